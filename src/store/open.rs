//! Opening: one writer and a few readers on a file that is ours alone, or one connection to memory.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::error::{Error, Kind, Result};
use crate::store::{Store, schema};

/// Connections that read beside the writer; each keeps its own cache of pages.
const READERS: usize = 3;
/// How long a statement waits for another program that holds the file, such as a backup.
const PATIENCE: Duration = Duration::from_secs(5);

impl Store {
    /// Opens the file at `path`, making or bringing it forward as needed; `None` is memory, gone when dropped. Refuses
    /// a file that another process uses, that is another program's, or that a newer version made.
    pub fn open(path: Option<&Path>) -> Result<Self> {
        match path {
            Some(path) => Self::file(path).map_err(|error| error.doing("打开案件库")),
            None => Self::memory(),
        }
    }

    /// Opens the file at `path` for reading only, beside whoever writes to it. Whatever would change it fails.
    pub fn open_to_read(path: &Path) -> Result<Self> {
        let doing = |error: Error| error.doing("打开案件库");
        let (connection, shown) = reading(path).map_err(doing)?;
        let format = schema::format(&connection).map_err(|error| told(error, &shown))?;
        if format < schema::NEWEST {
            let zh =
                format!("{shown} 是旧格式（{format}）：请先用 guikou serve --store 启动一次，它会把库升级到新格式");
            let en = format!(
                "{shown} has the old format {format}: start guikou serve --store once, which brings it forward"
            );
            return Err(doing(Error::setup(zh, en)));
        }
        let (writer, failing) = (Mutex::new(connection), AtomicBool::new(false));
        Ok(Self { writer, readers: Vec::new(), failing, shown, _lock: None })
    }

    fn memory() -> Result<Self> {
        let shown = "内存".to_owned();
        let open = || {
            let mut connection = Connection::open_in_memory()?;
            schema::bring_forward(&mut connection)?;
            Ok(connection)
        };
        let writer = open().map_err(|error| told(error, &shown))?;
        Ok(Self {
            writer: Mutex::new(writer),
            readers: Vec::new(),
            failing: AtomicBool::new(false),
            shown,
            _lock: None,
        })
    }

    fn file(path: &Path) -> Result<Self> {
        let path = settled(path)?;
        let shown = path.display().to_string();
        let lock = lock(&path, &shown)?;
        own(&path).map_err(|error| unwritable(&shown).because(error))?;
        let told = |error| told(error, &shown);
        let mut writer = connect(&path, WRITING).map_err(told)?;
        schema::identify(&writer, &shown)?;
        log_ahead(&writer, &shown)?;
        schema::bring_forward(&mut writer).map_err(told)?;
        let readers = (0..READERS).map(|_| reader(&path)).collect::<rusqlite::Result<_>>().map_err(told)?;
        Ok(Self { writer: Mutex::new(writer), readers, failing: AtomicBool::new(false), shown, _lock: Some(lock) })
    }
}

/// A connection that only reads a file that is ours and not empty, and the file's name for people.
pub(super) fn reading(path: &Path) -> Result<(Connection, String)> {
    let shown = path.display().to_string();
    let absent = |error| {
        let (zh, en) = (format!("没有这个案件库文件：{shown}"), format!("there is no such store: {shown}"));
        Error::new(Kind::NotFound, zh, en).because(error)
    };
    let path = path.canonicalize().map_err(absent)?;
    let connection = connect(&path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(|error| told(error, &shown))?;
    schema::identify(&connection, &shown)?;
    match schema::format(&connection).map_err(|error| told(error, &shown))? {
        0 => {
            let zh = format!("{shown} 是空文件，不是案件库：请核对文件名");
            Err(Error::setup(zh, format!("{shown} is empty and no store: check the name")))
        }
        _ => Ok((connection, shown)),
    }
}

/// The file's own name, links followed, so that two names of one file are one store.
pub(super) fn settled(path: &Path) -> Result<PathBuf> {
    if let Ok(known) = path.canonicalize() {
        return Ok(known);
    }
    let shown = path.display();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let no_folder = |error| {
        let zh = format!("案件库所在目录不存在：{}；请先建立目录", folder.display());
        Error::setup(zh, format!("the folder of the store does not exist: {}; make it first", folder.display()))
            .because(error)
    };
    let folder = folder.canonicalize().map_err(no_folder)?;
    let unnamed = || Error::setup(format!("{shown} 不是文件名"), format!("{shown} names no file"));
    Ok(folder.join(path.file_name().ok_or_else(unnamed)?))
}

/// A file beside the store, locked while we live: what we derive from the store must have no second writer. SQLite's
/// own locks could not say so, since a lock on its file must stay its own.
pub(super) fn lock(path: &Path, shown: &str) -> Result<File> {
    let mut beside = path.to_owned().into_os_string();
    beside.push(".lock");
    let file = own(Path::new(&beside)).map_err(|error| unwritable(shown).because(error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::setup(
            format!("案件库 {shown} 正被另一个进程使用：请先停止它，或换一个文件（--store）"),
            format!("the store {shown} is in use by another process: stop it or choose another file (--store)"),
        )),
        Err(TryLockError::Error(error)) => Err(unwritable(shown).because(error)),
    }
}

/// Opens a file, making it readable for its owner only.
pub(super) fn own(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// To read and write, making the file where there is none.
pub(super) const WRITING: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE.union(OpenFlags::SQLITE_OPEN_CREATE);

pub(super) fn connect(path: &Path, how: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, how | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // What is deleted or replaced is overwritten: it does not stay readable in the file.
    connection.pragma_update(None, "secure_delete", true)?;
    Ok(connection)
}

fn reader(path: &Path) -> rusqlite::Result<Mutex<Connection>> {
    let connection = connect(path, WRITING)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(Mutex::new(connection))
}

/// Write-ahead logging: readers never wait for the writer. Some network file systems cannot.
fn log_ahead(writer: &Connection, shown: &str) -> Result<()> {
    let mode = writer.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0));
    match mode.map_err(|error| told(error, shown))?.as_str() {
        "wal" => Ok(()),
        _ => Err(Error::setup(
            format!("{shown} 所在的文件系统不支持 WAL：请放在本机磁盘上"),
            format!("the file system of {shown} cannot do WAL: use a local disk"),
        )),
    }
}

pub(super) fn unwritable(shown: &str) -> Error {
    Error::setup(
        format!("案件库 {shown} 不能读写：请检查文件和目录的权限"),
        format!("the store {shown} cannot be read and written: check the rights of file and folder"),
    )
}

/// SQLite's error, sorted by who can mend it.
pub fn told(error: rusqlite::Error, shown: &str) -> Error {
    use ErrorCode::*;
    let error_of = match error.sqlite_error_code() {
        Some(DatabaseBusy | DatabaseLocked) => {
            let zh = format!("案件库 {shown} 正被别的程序占用，请稍后再试");
            Error::new(Kind::Busy, zh, format!("the store {shown} is held by another program, retry soon"))
        }
        Some(DiskFull) => Error::setup(
            format!("磁盘已满，没有保存：请清理 {shown} 所在的磁盘"),
            format!("the disk is full, nothing was kept: free space on the disk of {shown}"),
        ),
        Some(ReadOnly | PermissionDenied | CannotOpen | AuthorizationForStatementDenied) => unwritable(shown),
        Some(NotADatabase | DatabaseCorrupt) => Error::setup(
            format!("{shown} 不是 SQLite 文件，或已损坏：请换一个文件（--store），或从备份恢复"),
            format!("{shown} is no SQLite file or is damaged: choose another file (--store) or restore a backup"),
        ),
        Some(SystemIoFailure) => Error::setup(
            format!("案件库 {shown} 读写失败，没有保存：请检查磁盘"),
            format!("reading or writing the store {shown} failed, nothing was kept: check the disk"),
        ),
        _ => Error::internal(format!("案件库 {shown} 出错"), format!("the store {shown} failed")),
    };
    error_of.because(error)
}
