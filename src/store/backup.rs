//! Backup and restore (备份与恢复): the database's own online backup, looked over before it gets its name.
//!
//! A copy is one state of the store, whatever is written meanwhile: it is made in one reading transaction, which in
//! write-ahead mode holds up no writer. It is written beside its place under another name, examined, and renamed; so a
//! file with the right name is always whole.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use crate::error::{Error, Kind, Result};
use crate::store::health::{Health, examine};
use crate::store::{Store, open, schema};

/// Pages copied between two signs of progress.
const PAGES: i32 = 2048;
/// How long to wait where another program holds a file for a moment.
const PAUSE: Duration = Duration::from_millis(50);
/// What SQLite keeps beside a file in use.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

/// What became of a restore.
#[derive(Debug)]
pub struct Restored {
    /// How the store is now.
    pub health: Health,
    /// The format that the backup had.
    pub from_format: usize,
    /// Where the store that stood there before is kept.
    pub old: Option<PathBuf>,
}

impl Store {
    /// Copies the store at `from` to `to`, also while another process writes to it, and examines the copy. A file at `to`
    /// is replaced only with `replace`, and not while another process uses it as its store. `tell` hears how many pages
    /// of how many are copied.
    pub fn back_up(from: &Path, to: &Path, replace: bool, tell: &dyn Fn(usize, usize)) -> Result<Health> {
        let to = open::settled(to)?;
        if to.exists() && !replace {
            let shown = to.display();
            let zh = format!("{shown} 已经存在：请换一个文件名，或加 --force 替换它");
            return Err(Error::new(
                Kind::Conflict,
                zh,
                format!("{shown} stands already: choose another name or --force"),
            ));
        }
        let (source, shown) = open::reading(from)?;
        two_files(&open::settled(from)?, &to)?;
        let used = to.exists() || BESIDE.iter().any(|ending| with(&to, ending).exists());
        let _lock = used.then(|| open::lock(&to, &to.display().to_string())).transpose()?;
        let part = Part::beside(&to)?;
        let health = copy(&source, &shown, &part, false, tell)?;
        // A log that stays would be read into the new file.
        settle(&to);
        BESIDE.iter().for_each(|ending| _ = fs::remove_file(with(&to, ending)));
        part.rename(&to).map(|()| health)
    }

    /// Puts a backup in the place of the store at `to`, brought forward to this program's format. Refuses while another
    /// process uses that store. A store that stands there is refused too or, with `replace`, kept under another name.
    pub fn restore(from: &Path, to: &Path, replace: bool, tell: &dyn Fn(usize, usize)) -> Result<Restored> {
        let (source, shown) = open::reading(from)?;
        let to = open::settled(to)?;
        two_files(&open::settled(from)?, &to)?;
        let _lock = open::lock(&to, &to.display().to_string())?;
        if to.exists() && !replace {
            let shown = to.display();
            let zh = format!("案件库 {shown} 已经存在：加 --force 恢复，原来的库会改名保留");
            let en =
                format!("the store {shown} stands already: restore with --force, which keeps the old one beside it");
            return Err(Error::new(Kind::Conflict, zh, en));
        }
        let from_format = schema::format(&source).map_err(|error| open::told(error, &shown))?;
        let part = Part::beside(&to)?;
        let health = copy(&source, &shown, &part, true, tell)?;
        let old = set_aside(&to)?;
        part.rename(&to)?;
        Ok(Restored { health, from_format, old })
    }
}

fn two_files(from: &Path, to: &Path) -> Result<()> {
    match from == to {
        false => Ok(()),
        true => Err(Error::invalid(
            "备份和案件库是同一个文件：请换一个文件名",
            "backup and store are one file: choose another name",
        )),
    }
}

/// Copies one state of `source` into `part`, brings it forward where that is asked for, and makes sure that it is
/// sound and holds as many rows.
fn copy(source: &Connection, shown: &str, part: &Part, forward: bool, tell: &dyn Fn(usize, usize)) -> Result<Health> {
    let named = part.path.display().to_string();
    let told = |error| open::told(error, &named);
    // From the first row read on, this connection sees one state; a backup inside it never starts over.
    let before =
        source.execute_batch("BEGIN").and_then(|()| counts(source)).map_err(|error| open::told(error, shown))?;
    let mut copy = open::connect(&part.path, open::WRITING).map_err(told)?;
    pages(source, &mut copy, tell).map_err(told)?;
    // One file, with nothing beside it.
    copy.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(())).map_err(told)?;
    let after = counts(&copy).map_err(told)?;
    if forward {
        schema::bring_forward(&mut copy).map_err(told)?;
    }
    copy.close().map_err(|(_, error)| told(error))?;
    let (copy, _) = open::reading(&part.path)?;
    let health = examine(&copy, &|_, _| {}).map_err(told)?;
    if let Some(flaw) = health.flaws.first() {
        let zh = format!("{shown} 本身有损坏，没有写出：{}。请用 guikou check --store 查看，并改用较早的备份", flaw.zh);
        let en = format!("{shown} itself is damaged, nothing was written: {}; look with guikou check --store", flaw.en);
        return Err(Error::setup(zh, en));
    }
    match before == after {
        true => Ok(health),
        false => Err(Error::internal(
            "副本的行数与原库不符，没有写出",
            "the copy has other rows than its source, nothing was written",
        )),
    }
}

fn pages(source: &Connection, copy: &mut Connection, tell: &dyn Fn(usize, usize)) -> rusqlite::Result<()> {
    let backup = Backup::new(source, copy)?;
    loop {
        let step = backup.step(PAGES)?;
        let progress = backup.progress();
        let all = progress.pagecount.max(0) as usize;
        tell(all.saturating_sub(progress.remaining.max(0) as usize), all);
        match step {
            StepResult::Done => return Ok(()),
            StepResult::More => {}
            _ => std::thread::sleep(PAUSE),
        }
    }
}

/// Rows of each table.
fn counts(connection: &Connection) -> rusqlite::Result<BTreeMap<String, i64>> {
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    let mut statement = connection.prepare(tables)?;
    let names = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
    let count = |name: String| {
        let query = format!("SELECT count(*) FROM \"{}\"", name.replace('"', "\"\""));
        Ok((name, connection.query_row(&query, [], |row| row.get(0))?))
    };
    names.into_iter().map(count).collect()
}

/// A file under way; gone again unless it is renamed.
struct Part {
    path: PathBuf,
}

impl Part {
    /// An empty file for its owner only, in the same folder, so that renaming it cannot be half done.
    fn beside(to: &Path) -> Result<Self> {
        // In a container every process has the same number: one that was killed would leave its name taken.
        let path = with(to, &format!(".part-{}", uuid::Uuid::new_v4().simple()));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&path).map_err(|error| unwritable(&path).because(error))?;
        Ok(Self { path })
    }

    fn rename(self, to: &Path) -> Result<()> {
        fs::rename(&self.path, to).map_err(|error| unwritable(to).because(error))?;
        flushed(to)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
        BESIDE.iter().for_each(|ending| _ = fs::remove_file(with(&self.path, ending)));
    }
}

/// The new name outlives a power cut.
fn flushed(path: &Path) -> Result<()> {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| unwritable(path).because(error))?;
    }
    Ok(())
}

/// Gives the store at `path`, and what SQLite left beside it, the first free name that ends in `.old`, `.old2` …
fn set_aside(path: &Path) -> Result<Option<PathBuf>> {
    let stands = path.exists();
    settle(path);
    let names = (1..).map(|n| with(path, &if n == 1 { ".old".to_owned() } else { format!(".old{n}") }));
    let free = |name: &PathBuf| !name.exists() && BESIDE.iter().all(|ending| !with(name, ending).exists());
    let old = names.into_iter().find(free).unwrap_or_else(|| with(path, ".old"));
    for ending in ["", BESIDE[0], BESIDE[1]] {
        let (from, to) = (with(path, ending), with(&old, ending));
        if from.exists() {
            fs::rename(&from, &to).map_err(|error| unwritable(&to).because(error))?;
        }
    }
    Ok(stands.then_some(old))
}

/// Puts what stands only in the log into the file; a broken file stays as it is.
fn settle(path: &Path) {
    if path.exists() {
        let settle = |store: Connection| store.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
        let _ = open::connect(path, open::WRITING).and_then(settle);
    }
}

fn with(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}

fn unwritable(path: &Path) -> Error {
    let shown = path.display();
    Error::setup(
        format!("写不进 {shown}：请检查目录是否存在、权限和磁盘空间"),
        format!("cannot write {shown}: check the folder, its rights and the space on its disk"),
    )
}
