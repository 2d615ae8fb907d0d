//! Files of complaints with their labels (标注数据): CSV, XLSX and JSONL in, [`Labelled`] out; and the review workbook
//! (复核表), which goes out to people and comes back like any other file.
//!
//! A labelled file is read whole or not at all (`intake` reads what is to be kept, line by line): every bad line is named in one error, each with what to do about it, and a
//! complaint's text never stands in it.

mod columns;
pub mod export;
mod flaws;
mod intake;
mod review;
pub mod survey;
mod table;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

pub use self::columns::{Columns, Field};
use self::flaws::Flaws;
pub use self::intake::{
    Fault, Intake, Item, complaints_of, faults_beside, holds_faults, read_complaints, write_faults,
};
pub use self::review::{Choice, Doubt, Pick, Review, code_of, write_review};
use self::table::Table;
use crate::case::{ComplaintText, Head, Labelled};
use crate::error::{Error, Result};

/// Reads a labelled file: CSV (UTF-8 with or without BOM, UTF-16 with BOM, GB18030; RFC 4180 quoting; comma, tab or
/// semicolon), XLSX or XLS (first sheet that holds rows; of a review workbook the rows with a 复核结果), JSONL. Every
/// row has a text and at least one label. `named` overrides what [`Columns::guess`] makes of the header, but for a
/// review workbook, whose columns are known.
pub fn read_labelled(path: &Path, named: &Columns) -> Result<Vec<Labelled>> {
    read(path, named, true)
}

/// The same for a file without labels (or with some, which are read too). Of the columns in `named` it may lack all
/// but those of the text.
pub fn read_plain(path: &Path, named: &Columns) -> Result<Vec<Labelled>> {
    read(path, named, false)
}

/// Which column of `path` would be read as what, to be shown before or after reading.
pub fn columns_of(path: &Path, named: &Columns) -> Result<Columns> {
    let mut flaws = Flaws::of(path);
    let table = table::read(path, &mut flaws)?;
    Ok(table.columns(named))
}

fn read(path: &Path, named: &Columns, labelled: bool) -> Result<Vec<Labelled>> {
    let mut flaws = Flaws::of(path);
    let table = table::read(path, &mut flaws)?;
    let columns = if labelled { named.clone() } else { named.only_needed(&table.header) };
    let columns = table.columns(&columns);
    if table.rows.is_empty() && flaws.any() {
        return flaws.settle().map(|()| Vec::new());
    }
    let places = columns.places(&table.header).map_err(|error| error.doing(format!("读取 {}", path.display())))?;
    suffices(path, &table, &places, labelled)?;
    let reader = Reader { stem: stem(path), places, labelled };
    let examples: Vec<Labelled> =
        table.rows.iter().filter_map(|(line, cells)| reader.example(*line, cells, &mut flaws)).collect();
    twice(&examples, &mut flaws);
    flaws.settle().map(|()| examples)
}

fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Where each field stands in a row.
type Places = BTreeMap<Field, usize>;

/// Refuses a file in which the text, or every label, has no column.
fn suffices(path: &Path, table: &Table, places: &Places, labelled: bool) -> Result<()> {
    let shown = columns::shown(&table.header);
    let path = path.display();
    if !places.contains_key(&Field::Text) && !places.contains_key(&Field::Tokens) {
        return Err(Error::invalid(
            format!("{path}：找不到正文列（{shown}）：请用 text=列名 指明"),
            format!("{path}: no column holds the text ({shown}): name it with text=COLUMN"),
        ));
    }
    if labelled && !places.keys().any(|field| matches!(field, Field::Label(_) | Field::Reviewed(_))) {
        return Err(Error::invalid(
            format!("{path}：找不到标签列（{shown}）：请用 category=列名 指明"),
            format!("{path}: no column holds a label ({shown}): name it with category=COLUMN"),
        ));
    }
    Ok(())
}

/// Notes every id that stands twice.
fn twice(examples: &[Labelled], flaws: &mut Flaws) {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for example in examples {
        if let Some(first) = seen.get(example.id.as_str()) {
            flaws.wrong(
                example.line,
                format!("编号与第 {first} 行重复：请删去一行，或用 id= 不读编号列"),
                format!("the id already stands in line {first}: delete one, or ignore the ids with id="),
            );
        } else {
            seen.insert(&example.id, example.line);
        }
    }
}

/// Turns rows into examples.
struct Reader {
    stem: String,
    places: Places,
    labelled: bool,
}

impl Reader {
    fn example(&self, line: usize, cells: &[String], flaws: &mut Flaws) -> Option<Labelled> {
        let text = self.text(line, cells, flaws)?;
        let labels = self.labels(line, cells, flaws)?;
        let accepted = Head::ALL.into_iter().filter_map(|head| Some((head, self.accepted(head, cells, &labels)?)));
        Some(Labelled {
            id: self.cell(Field::Id, cells).unwrap_or_else(|| format!("{}:{line}", self.stem)),
            title: self.cell(Field::Title, cells),
            text,
            accepted: accepted.collect(),
            labels,
            domain: self.cell(Field::Domain, cells).filter(|_| !self.moved(cells)),
            place: self.cell(Field::Place, cells),
            channel: self.cell(Field::Channel, cells),
            group: self.cell(Field::Group, cells),
            relation: self.cell(Field::Relation, cells),
            line,
        })
    }

    /// The trimmed cell, if the field has a column and the cell is not blank.
    fn cell(&self, field: Field, cells: &[String]) -> Option<String> {
        let cell = cells.get(*self.places.get(&field)?)?.trim();
        (!cell.is_empty()).then(|| cell.to_owned())
    }

    fn text(&self, line: usize, cells: &[String], flaws: &mut Flaws) -> Option<String> {
        let text = self.cell(Field::Text, cells).or_else(|| Some(joined(&self.cell(Field::Tokens, cells)?)));
        match ComplaintText::parse(text.unwrap_or_default()) {
            Ok(text) => Some(text.as_str().to_owned()),
            Err(error) => {
                flaws.wrong(line, error.saying.zh, error.saying.en);
                None
            }
        }
    }

    fn labels(&self, line: usize, cells: &[String], flaws: &mut Flaws) -> Option<BTreeMap<Head, String>> {
        let settled = |head| self.cell(Field::Reviewed(head), cells).or_else(|| self.cell(Field::Label(head), cells));
        let mut labels: BTreeMap<Head, String> =
            Head::ALL.into_iter().filter_map(|head| Some((head, settled(head)?))).collect();
        if labels.is_empty() && self.labelled {
            flaws.wrong(line, "没有标签：请补上，或删去这一行", "no label: add one or delete the line");
            return None;
        }
        if let Some(protect) = labels.get_mut(&Head::Protect) {
            let Some(said) = yes_or_no(protect) else {
                flaws.wrong(line, "举报人保护一列只能是 是/否 或 true/false", "protect must be true or false");
                return None;
            };
            *protect = said.to_string();
        }
        Some(labels)
    }

    /// Whether a reviewer chose another category than the row's first: its level 1 then says nothing of the new one.
    fn moved(&self, cells: &[String]) -> bool {
        let [first, reviewed] = [Field::Label, Field::Reviewed].map(|field| self.cell(field(Head::Category), cells));
        first.is_some() && reviewed.is_some() && first != reviewed
    }

    /// The label with what else is accepted; nothing where the file does not say.
    fn accepted(&self, head: Head, cells: &[String], labels: &BTreeMap<Head, String>) -> Option<Vec<String>> {
        let stated = self.cell(Field::Accepted(head), cells)?;
        let mut accepted = vec![labels.get(&head)?.clone()];
        for label in stated.split(table::BETWEEN).map(str::trim).filter(|label| !label.is_empty()) {
            if !accepted.iter().any(|known| known == label) {
                accepted.push(label.to_owned());
            }
        }
        Some(accepted)
    }
}

fn yes_or_no(cell: &str) -> Option<bool> {
    match cell.to_lowercase().as_str() {
        "true" | "1" | "yes" | "y" | "是" => Some(true),
        "false" | "0" | "no" | "n" | "否" => Some(false),
        _ => None,
    }
}

/// Joins words that blanks part, as Chinese is written; between Latin words the blank stays.
fn joined(tokens: &str) -> String {
    let mut text = String::with_capacity(tokens.len());
    for token in tokens.split_whitespace() {
        let latin = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        if latin(text.chars().next_back()) && latin(token.chars().next()) {
            text.push(' ');
        }
        text.push_str(token);
    }
    text
}
