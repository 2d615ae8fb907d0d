//! One TOML file, read so that every mistake in it can be told with its line.
//!
//! Each entry is deserialized by itself: one wrong entry does not hide the next.

use std::path::Path;

use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use crate::error::{Error, Flaw, Result, Saying};

/// A file's text under its name.
pub(crate) struct Source {
    path: String,
    text: String,
}

impl Source {
    pub fn read(dir: &Path, name: &str) -> Result<Self> {
        let path = dir.join(name).display().to_string();
        let text = std::fs::read_to_string(dir.join(name)).map_err(|cause| {
            Error::setup(
                format!("读不了 {path}：请检查数据目录、文件权限和编码（UTF-8）"),
                format!("cannot read {path}: check the data folder, its permissions and that the file is UTF-8"),
            )
            .because(cause)
        })?;
        Ok(Self { path, text })
    }

    /// First eight hexadecimal digits of the SHA-256 of the given texts, one after the other.
    pub fn hash(sources: &[&Source]) -> String {
        let mut digest = Sha256::new();
        sources.iter().for_each(|source| digest.update(source.text.as_bytes()));
        digest.finalize().iter().take(4).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// A file under examination.
pub(crate) struct Sheet<'a> {
    source: &'a Source,
    root: DeValue<'a>,
    broken: bool,
    pub flaws: Vec<Flaw>,
}

/// An entry and where it stands.
pub(crate) struct Entry<'a, T> {
    pub value: T,
    node: Spanned<DeValue<'a>>,
}

impl<'a> Sheet<'a> {
    pub fn of(source: &'a Source) -> Self {
        let (root, mistakes) = DeTable::parse_recoverable(&source.text);
        let root = DeValue::Table(root.into_inner());
        let mut sheet = Self { source, root, broken: !mistakes.is_empty(), flaws: Vec::new() };
        // The parser goes on after a mistake and stumbles over the rest of the file: only the first is one to mend.
        if let Some(mistake) = mistakes.first() {
            let at = mistake.span().map_or(0, |span| span.start);
            sheet.flaw(at, format!("TOML 语法错误：{}", mistake.message()), format!("TOML: {}", mistake.message()));
        }
        sheet
    }

    /// What stands under a top-level key.
    pub fn one<T: DeserializeOwned>(&mut self, key: &str) -> Option<Entry<'a, T>> {
        let node = self.node(key)?;
        self.entry(node)
    }

    /// All tables `[[key]]`.
    pub fn all<T: DeserializeOwned>(&mut self, key: &str) -> Vec<Entry<'a, T>> {
        let Some(node) = self.node(key) else { return Vec::new() };
        let at = node.span().start;
        match node.into_inner() {
            DeValue::Array(items) => items.into_iter().filter_map(|item| self.entry(item)).collect(),
            _ => {
                self.flaw(at, format!("{key} 应写成 [[{key}]]"), format!("write {key} as [[{key}]]"));
                Vec::new()
            }
        }
    }

    /// Names every top-level key that is none of `known`.
    pub fn only(&mut self, known: &[&str]) {
        let strange = self.root.as_table().into_iter().flat_map(|table| table.keys());
        let strange = strange.map(|key| (key.span().start, key.get_ref().to_string()));
        let strange = strange.filter(|(_, key)| !known.contains(&key.as_str())).collect::<Vec<_>>();
        for (at, key) in strange {
            let list = known.join(", ");
            self.flaw(at, format!("不认识的字段 {key}（可用：{list}）"), format!("unknown key {key} (known: {list})"));
        }
    }

    /// Notes a mistake at a byte of the file.
    pub fn flaw(&mut self, at: usize, zh: impl Into<String>, en: impl Into<String>) {
        let before = self.source.text.as_bytes().get(..at).unwrap_or_default();
        let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
        self.flaws.push(Flaw { pointer: format!("{}:{line}", self.source.path), saying: Saying::new(zh, en) });
    }

    fn entry<T: DeserializeOwned>(&mut self, node: Spanned<DeValue<'a>>) -> Option<Entry<'a, T>> {
        match T::deserialize(ValueDeserializer::from(node.clone())) {
            Ok(value) => Some(Entry { value, node }),
            Err(mistake) => {
                let at = mistake.span().unwrap_or(node.span()).start;
                let what = mistake.message().to_string();
                self.flaw(at, format!("内容不符合要求：{what}"), format!("does not fit: {what}"));
                None
            }
        }
    }

    /// A key swallowed by a syntax error is not reported as missing as well.
    fn node(&mut self, key: &str) -> Option<Spanned<DeValue<'a>>> {
        let node = self.root.get(key).cloned();
        if node.is_none() && !self.broken {
            self.flaw(0, format!("缺少 {key}"), format!("{key} is missing"));
        }
        node
    }
}

impl<T> Entry<'_, T> {
    /// Where the entry begins.
    pub fn start(&self) -> usize {
        self.node.span().start
    }

    /// Where the value of a field stands.
    pub fn at(&self, field: &str) -> usize {
        self.node.get_ref().get(field).map_or(self.start(), |node| node.span().start)
    }

    /// Where one item of a list stands.
    pub fn at_item(&self, field: &str, item: usize) -> usize {
        let list = self.node.get_ref().get(field);
        list.and_then(|list| list.get_ref().get(item)).map_or(self.at(field), |node| node.span().start)
    }
}
