//! What is wrong with a file, collected until it has been read to the end.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::{Error, Kind, Result, Saying};

/// So many bad lines are named; more are counted. Past that the whole file is of another kind than it seems.
const NAMED: usize = 100;

pub(super) struct Flaws {
    path: PathBuf,
    kind: Kind,
    /// Line, what to do in Chinese and in English.
    found: Vec<(usize, String, String)>,
}

impl Flaws {
    pub(super) fn of(path: &Path) -> Self {
        Self { path: path.to_owned(), kind: Kind::Invalid, found: Vec::new() }
    }

    /// A line that was read but says something wrong.
    pub(super) fn wrong(&mut self, line: usize, zh: impl Into<String>, en: impl Into<String>) {
        self.found.push((line, zh.into(), en.into()));
    }

    /// A line that cannot be read.
    pub(super) fn unreadable(&mut self, line: usize, zh: impl Into<String>, en: impl Into<String>) {
        self.kind = Kind::Malformed;
        self.wrong(line, zh, en);
    }

    pub(super) fn any(&self) -> bool {
        !self.found.is_empty()
    }

    /// The first flaw of each line, in the order of the lines.
    pub(super) fn by_line(self) -> BTreeMap<usize, Saying> {
        let mut first = BTreeMap::new();
        for (line, zh, en) in self.found {
            first.entry(line).or_insert_with(|| Saying::new(zh, en));
        }
        first
    }

    /// One error for all, in the order of the lines.
    pub(super) fn settle(mut self) -> Result<()> {
        if self.found.is_empty() {
            return Ok(());
        }
        self.found.sort_by_key(|(line, ..)| *line);
        let (path, count) = (self.path.display(), self.found.len());
        let more = if count > NAMED { format!("（列出前 {NAMED} 处）") } else { String::new() };
        let error = Error::new(
            self.kind,
            format!("{path} 有 {count} 处要改{more}，一行也没有读入："),
            format!("{path} has {count} places to mend; nothing was read"),
        );
        let named = self.found.into_iter().take(NAMED);
        Err(named.fold(error, |error, (line, zh, en)| error.at(format!("{}:{line}", self.path.display()), zh, en)))
    }
}
