//! Files written whole or not at all: a service may read a folder at any moment, and a machine may stop at any moment.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use crate::error::{Error, Result};

/// Writes a file beside the one of this name and gives it the name once it is on the disk. Who has the old one open
/// reads it to its end; its rights stay.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let fresh = path.with_file_name(format!(".{name}.tmp"));
    let write = || -> io::Result<()> {
        let mut file = File::create(&fresh)?;
        if let Ok(standing) = fs::metadata(path) {
            file.set_permissions(standing.permissions())?;
        }
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&fresh, path)
    };
    write().map_err(|error| {
        let shown = path.display();
        Error::setup(
            format!("写不了 {shown}：请检查路径、权限和磁盘"),
            format!("cannot write {shown}: check path, rights and disk"),
        )
        .because(error)
    })
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn who_reads_a_file_reads_one_of_both_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("card.json");
        write(&path, b"the old one").unwrap();
        let mut rights = fs::metadata(&path).unwrap().permissions();
        #[cfg(unix)]
        std::os::unix::fs::PermissionsExt::set_mode(&mut rights, 0o600);
        fs::set_permissions(&path, rights).unwrap();
        let rights = fs::metadata(&path).unwrap().permissions();
        let (mut open, mut read) = (File::open(&path).unwrap(), String::new());
        write(&path, b"new").unwrap();
        open.read_to_string(&mut read).unwrap();
        assert_eq!((read.as_str(), &*fs::read(&path).unwrap()), ("the old one", &b"new"[..]));
        assert_eq!(fs::metadata(&path).unwrap().permissions(), rights);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let error = write(&folder.path().join("none/card.json"), b"new").unwrap_err();
        assert!(error.to_string().contains("none/card.json"), "{error}");
    }
}
