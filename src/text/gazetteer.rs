//! The gazetteer (地名词典): the names of one city, read from `places.csv`, found in a text in one pass.

use std::collections::HashMap;
use std::path::Path;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::case::PlaceKind;
use crate::error::{Error, Result};

const HEADER: &str = "name,aliases,kind,area_code,parent";

/// One line of the file.
#[derive(Debug, Clone)]
pub struct Entry {
    pub name: String,
    pub kind: PlaceKind,
    /// GB/T 2260, where it has one.
    pub area_code: Option<String>,
    parent: Option<usize>,
}

pub struct Gazetteer {
    entries: Vec<Entry>,
    /// For each written form, the entries it may mean (城关镇 lies in three counties).
    meanings: Vec<Vec<usize>>,
    forms: Vec<String>,
    home: Option<usize>,
    automaton: AhoCorasick,
}

/// A written form found: bytes, and what it may mean.
pub struct Hit<'g> {
    pub start: usize,
    pub end: usize,
    pub meanings: &'g [usize],
}

impl Gazetteer {
    /// Reads `places.csv`; all mistakes at once, each with its line.
    pub fn load(path: &Path) -> Result<Self> {
        let text = super::read_file(path)?;
        let rows = rows(&text, path)?;
        let by_name: HashMap<&str, usize> = rows.iter().enumerate().rev().map(|(i, row)| (row.name, i)).collect();
        let entries: Vec<Entry> = rows.iter().map(|row| row.entry(&by_name)).collect();
        let mut forms: Vec<String> = Vec::new();
        let mut meanings: Vec<Vec<usize>> = Vec::new();
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for (i, row) in rows.iter().enumerate() {
            for form in row.forms() {
                let place = *seen.entry(form).or_insert_with(|| {
                    forms.push(form.to_owned());
                    meanings.push(Vec::new());
                    forms.len() - 1
                });
                meanings[place].push(i);
            }
        }
        let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&forms);
        let broken = |error| Error::internal("地名词典无法编译", "the gazetteer does not compile").because(error);
        let home = entries.iter().find(|e| e.kind == PlaceKind::District).and_then(|district| district.parent);
        Ok(Self { entries, meanings, forms, home, automaton: automaton.map_err(broken)? })
    }

    /// Every way a place may be written.
    pub fn forms(&self) -> impl Iterator<Item = &str> {
        self.forms.iter().map(String::as_str)
    }

    /// The longest names, left to right, not overlapping.
    pub fn find<'g>(&'g self, text: &str) -> Vec<Hit<'g>> {
        let hits = self.automaton.find_iter(text);
        hits.map(|hit| Hit { start: hit.start(), end: hit.end(), meanings: &self.meanings[hit.pattern()] }).collect()
    }

    pub fn entry(&self, index: usize) -> &Entry {
        &self.entries[index]
    }

    /// The city whose districts the file lists.
    pub fn is_home(&self, index: usize) -> bool {
        self.home == Some(index)
    }

    /// A province or the like that the home city lies in.
    pub fn holds_home(&self, index: Option<usize>) -> bool {
        self.home.and_then(|home| self.entries[home].parent).is_some_and(|above| Some(above) == index)
    }

    /// The place of this name that lies in `district`.
    pub fn named_in(&self, form: &str, district: usize) -> Option<usize> {
        let place = self.forms.iter().position(|f| f == form)?;
        let district = &self.entries[district].name;
        let inside = |&&m: &&usize| self.within(m, PlaceKind::District).is_some_and(|d| d.name == *district);
        self.meanings[place].iter().find(inside).copied()
    }

    /// Its own code, or that of the nearest place around it that has one, down to the district.
    pub fn area_code(&self, index: usize) -> Option<String> {
        let entry = &self.entries[index];
        let district = self.within(index, PlaceKind::District);
        entry.area_code.clone().or_else(|| district.and_then(|d| d.area_code.clone()))
    }

    /// The entry itself or what it lies in, of this kind.
    pub fn within(&self, index: usize, kind: PlaceKind) -> Option<&Entry> {
        let mut here = Some(index);
        while let Some(i) = here {
            if self.entries[i].kind == kind {
                return Some(&self.entries[i]);
            }
            here = self.entries[i].parent;
        }
        None
    }
}

struct Row<'t> {
    name: &'t str,
    aliases: &'t str,
    kind: PlaceKind,
    area_code: &'t str,
    parent: &'t str,
}

impl<'t> Row<'t> {
    fn forms(&self) -> impl Iterator<Item = &'t str> {
        std::iter::once(self.name).chain(self.aliases.split('|').filter(|alias| !alias.is_empty()))
    }

    fn entry(&self, by_name: &HashMap<&str, usize>) -> Entry {
        Entry {
            name: self.name.to_owned(),
            kind: self.kind,
            area_code: Some(self.area_code.to_owned()).filter(|code| !code.is_empty()),
            parent: by_name.get(self.parent).copied(),
        }
    }
}

fn rows<'t>(text: &'t str, path: &Path) -> Result<Vec<Row<'t>>> {
    let mut error = Error::setup("地名词典有误：请按下列各行改正", "the gazetteer has mistakes: mend these lines");
    let mut rows: Vec<(usize, Row)> = Vec::new();
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    let at = |i: usize| format!("{}:{}", path.display(), i + 1);
    match lines.next() {
        Some((_, header)) if header.trim_start_matches('\u{FEFF}').trim() == HEADER => {}
        found => {
            let line = found.map_or(0, |(i, _)| i);
            return Err(error.at(at(line), format!("首行应为 {HEADER}"), format!("the header must be {HEADER}")));
        }
    }
    for (i, line) in lines {
        match row(line) {
            Ok(row) => rows.push((i, row)),
            Err((zh, en)) => error = error.at(at(i), zh, en),
        }
    }
    for (i, zh, en) in contradictions(&rows) {
        error = error.at(at(i), zh, en);
    }
    if error.flaws.is_empty() { Ok(rows.into_iter().map(|(_, row)| row).collect()) } else { Err(error) }
}

fn row(line: &str) -> std::result::Result<Row<'_>, (String, String)> {
    let columns: Vec<&str> = line.split(',').map(str::trim).collect();
    let [name, aliases, kind, area_code, parent] = columns[..] else {
        return Err((
            format!("应有 5 列，实有 {} 列", columns.len()),
            format!("5 columns wanted, {} found", columns.len()),
        ));
    };
    if name.is_empty() {
        return Err(("name 不能为空".into(), "name must not be empty".into()));
    }
    if !area_code.is_empty() && (area_code.len() != 6 || !area_code.bytes().all(|b| b.is_ascii_digit())) {
        return Err(("area_code 应为 6 位数字或空".into(), "area_code is six digits or empty".into()));
    }
    let quoted = serde_json::Value::String(kind.to_owned());
    let kind = serde_json::from_value(quoted)
        .map_err(|_| (format!("不认识的 kind “{kind}”"), format!("unknown kind `{kind}`: see the head of the file")))?;
    Ok(Row { name, aliases, kind, area_code, parent })
}

/// Parents that stand nowhere or in a circle, and the same place twice.
fn contradictions(rows: &[(usize, Row)]) -> Vec<(usize, String, String)> {
    let parents: HashMap<&str, &str> = rows.iter().rev().map(|(_, row)| (row.name, row.parent)).collect();
    let mut seen = HashMap::new();
    let mut found = Vec::new();
    for (i, row) in rows {
        if !row.parent.is_empty() && !parents.contains_key(row.parent) {
            let name = row.parent;
            found.push((
                *i,
                format!("上级“{name}”不在本文件中"),
                format!("parent `{name}` stands nowhere in this file"),
            ));
        }
        let mut above = row.parent;
        let mut steps = 0;
        while let Some(next) = parents.get(above).filter(|_| steps <= rows.len()) {
            (above, steps) = (next, steps + 1);
        }
        if steps > rows.len() {
            found.push((*i, "上级关系成环".into(), "its parents run in a circle".into()));
        }
        if let Some(first) = seen.insert((row.name, row.parent), i + 1) {
            found.push((*i, format!("与第 {first} 行重复"), format!("the same as line {first}")));
        }
    }
    found
}
