//! Who called, made opaque: the same caller gets the same key, and the key tells nobody who it is.

use rusqlite::{Connection, Transaction, params};
use sha2::{Digest, Sha256};

use crate::case::caller;
use crate::error::Result;
use crate::store::Store;
use crate::store::events::{packed, unpacked};

/// Makes reporter keys (诉求人标识) with the secret of one store.
///
/// Whoever has the store has the secret as well, and could then try every phone number: the key protects lists,
/// exports and screens, not a stolen store.
pub struct Sealer([u8; 32]);

impl Store {
    /// The maker of keys of this store; two stores make different keys of the same caller.
    pub fn sealer(&self) -> Result<Sealer> {
        self.read(sealer)
    }
}

fn sealer(connection: &Connection) -> rusqlite::Result<Sealer> {
    connection.query_row("SELECT value FROM secrets WHERE name = 'reporter'", [], |row| row.get(0)).map(Sealer)
}

/// A step of the schema: seals who called where older versions kept it as it was sent, and in the trace by which a case
/// is compared, so that the same caller is still the same caller.
pub fn seal_what_stands(transaction: &Transaction) -> rusqlite::Result<()> {
    let sealer = sealer(transaction)?;
    let standing = "SELECT arrival, reporter_key, trace FROM cases LEFT JOIN traces USING (arrival) \
        WHERE reporter_key IS NOT NULL";
    let mut select = transaction.prepare(standing)?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let (arrival, sent): (i64, String) = (row.get(0)?, row.get(1)?);
        let key = sealer.sealed(&sent);
        if key == sent {
            continue;
        }
        transaction.execute("UPDATE cases SET reporter_key = ? WHERE arrival = ?", params![key, arrival])?;
        if let Some(mut trace) = row.get::<_, Option<Vec<u8>>>(2)?.and_then(|bytes| unpacked(&bytes)) {
            trace.reporter = Some(caller(&key));
            transaction.execute("UPDATE traces SET trace = ? WHERE arrival = ?", params![packed(&trace)?, arrival])?;
        }
    }
    Ok(())
}

impl Sealer {
    /// The key of who called as a sender tells it: a number, a name, or what is a key already, which stays.
    pub fn sealed(&self, reporter: &str) -> String {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        match reporter.len() == 64 && reporter.bytes().all(digit) {
            true => reporter.to_owned(),
            false => self.key(reporter),
        }
    }

    /// 64 hexadecimal digits. The secret has a fixed length and stands first, so no two inputs read the same.
    fn key(&self, reporter: &str) -> String {
        let sealed = Sha256::new().chain_update(self.0).chain_update(reporter).finalize();
        sealed.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
