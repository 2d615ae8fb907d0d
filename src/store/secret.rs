//! Who called, made opaque: the same caller gets the same key, and the key tells nobody who it is.

use sha2::{Digest, Sha256};

use crate::error::Result;
use crate::store::Store;

/// Makes reporter keys (诉求人标识) with the secret of one store.
///
/// Whoever has the store has the secret as well, and could then try every phone number: the key protects lists,
/// exports and screens, not a stolen store.
pub struct Sealer([u8; 32]);

impl Store {
    /// The maker of keys of this store; two stores make different keys of the same caller.
    pub fn sealer(&self) -> Result<Sealer> {
        let secret = "SELECT value FROM secrets WHERE name = 'reporter'";
        self.read(|connection| connection.query_row(secret, [], |row| row.get(0))).map(Sealer)
    }
}

impl Sealer {
    /// 64 hexadecimal digits. The secret has a fixed length and stands first, so no two inputs read the same.
    pub fn key(&self, reporter: &str) -> String {
        let sealed = Sha256::new().chain_update(self.0).chain_update(reporter).finalize();
        sealed.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
