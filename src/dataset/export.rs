//! Tables that go out (导出): CSV, JSONL, XLSX and Parquet, row by row, for BI tools, people, and back into training.
//!
//! Every column says when it is known ([`When`]): who trains on, or routes by, what is known later than intake, leaks.
//! CSV is UTF-8 with a byte order mark and CRLF, and nothing in it is a formula; XLSX keeps long numbers as text. In XLSX and Parquet a time
//! is the clock's own, without offset, as people and BI tools read it.

mod parquet;
mod sheet;
mod table;

use std::borrow::Cow;
use std::io::{Seek, Write};

use chrono::{DateTime, FixedOffset, SecondsFormat};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use self::parquet::Rows;
use self::sheet::Book;
pub use self::table::{NO_SHARE, Table, column, column_of};
use crate::error::{Error, Result};

/// The kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Csv,
    Jsonl,
    Xlsx,
    Parquet,
}

/// When the value of a column is known (何时可知).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// 受理时已知.
    Intake,
    /// 派单后才有.
    Routing,
    /// 办理和办结后才有.
    Closing,
}

/// A column: its name, what it is called in Chinese, and what it means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    pub name: Cow<'static, str>,
    pub zh: Cow<'static, str>,
    pub holds: Holds,
    /// None for what is counted, not known of a case.
    #[serde(rename = "available", skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    pub meaning: &'static str,
}

/// What the cells of a column are, where they are not blank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    Words,
    /// A share or probability, 0..=1.
    Share,
    Number,
    Count,
    Truth,
    Time,
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Blank,
    Words(String),
    /// A share or probability, 0..=1.
    Share(f64),
    Number(f64),
    Count(i64),
    Truth(bool),
    Time(DateTime<FixedOffset>),
}

impl Format {
    pub const ALL: [Format; 4] = [Format::Csv, Format::Jsonl, Format::Xlsx, Format::Parquet];

    /// The name on the command line and on the wire, and the file's ending.
    pub fn name(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Jsonl => "jsonl",
            Format::Xlsx => "xlsx",
            Format::Parquet => "parquet",
        }
    }

    pub fn called(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name().eq_ignore_ascii_case(name))
    }
}

impl Holds {
    /// Whether its cells are numbers: they stand to the right.
    pub fn is_numeric(self) -> bool {
        matches!(self, Holds::Share | Holds::Number | Holds::Count)
    }
}

impl When {
    pub const ALL: [When; 3] = [When::Intake, When::Routing, When::Closing];

    pub fn zh(self) -> &'static str {
        match self {
            When::Intake => "受理时",
            When::Routing => "派单后",
            When::Closing => "办结后",
        }
    }
}

impl Cell {
    /// Words, or nothing.
    pub fn of(words: Option<&str>) -> Self {
        words.map_or(Cell::Blank, |words| Cell::Words(words.to_owned()))
    }

    /// As text; times as RFC 3339.
    pub fn text(&self) -> String {
        match self {
            Cell::Blank => String::new(),
            Cell::Words(words) => words.clone(),
            Cell::Share(number) | Cell::Number(number) => rounded(*number).to_string(),
            Cell::Count(count) => count.to_string(),
            Cell::Truth(truth) => truth.to_string(),
            Cell::Time(time) => time.to_rfc3339_opts(SecondsFormat::Secs, true),
        }
    }
}

/// Four places: what a calibrated probability can bear, and more than a figure needs.
fn rounded(share: f64) -> f64 {
    (share * 1e4).round() / 1e4
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Cell::Blank => serializer.serialize_none(),
            Cell::Share(number) | Cell::Number(number) => serializer.serialize_f64(rounded(*number)),
            Cell::Count(count) => serializer.serialize_i64(*count),
            Cell::Truth(truth) => serializer.serialize_bool(*truth),
            Cell::Words(_) | Cell::Time(_) => serializer.serialize_str(&self.text()),
        }
    }
}

/// Writes a table to `W`, row by row; memory does not grow with the rows (Parquet: some thousands at a time).
pub struct Writer<W: Write + Seek + Send> {
    columns: Vec<Column>,
    out: Out<W>,
}

enum Out<W: Write + Seek + Send> {
    Csv(Box<csv::Writer<W>>),
    Jsonl(W),
    Xlsx(Box<Book>, W),
    Parquet(Box<Rows<W>>),
}

impl<W: Write + Seek + Send> Writer<W> {
    /// Begins the table with its header; `title` is the name of a sheet.
    pub fn begin(format: Format, title: &str, columns: Vec<Column>, mut out: W) -> Result<Self> {
        let out = match format {
            Format::Csv => {
                out.write_all("\u{feff}".as_bytes()).map_err(unwritten)?;
                let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
                csv.write_record(columns.iter().map(|column| quoted(&column.name))).map_err(unwritten)?;
                Out::Csv(Box::new(csv))
            }
            Format::Jsonl => Out::Jsonl(out),
            Format::Xlsx => Out::Xlsx(Box::new(Book::begin(title, &columns).map_err(unwritten)?), out),
            Format::Parquet => Out::Parquet(Box::new(Rows::begin(&columns, out).map_err(unwritten)?)),
        };
        Ok(Self { columns, out })
    }

    /// One cell for each column.
    pub fn row(&mut self, cells: &[Cell]) -> Result<()> {
        match &mut self.out {
            Out::Csv(csv) => csv.write_record(cells.iter().map(harmless)).map_err(unwritten),
            Out::Jsonl(out) => {
                serde_json::to_writer(&mut *out, &Line(&self.columns, cells)).map_err(unwritten)?;
                out.write_all(b"\n").map_err(unwritten)
            }
            Out::Xlsx(book, _) => book.row(cells).map_err(unwritten),
            Out::Parquet(rows) => rows.row(cells).map_err(unwritten),
        }
    }

    /// Ends the table and gives back what it was written to.
    pub fn finish(self) -> Result<W> {
        let mut out = match self.out {
            Out::Csv(csv) => csv.into_inner().map_err(|error| unwritten(error.into_error()))?,
            Out::Jsonl(out) => out,
            Out::Xlsx(book, mut out) => {
                book.save(&mut out).map_err(unwritten)?;
                out
            }
            Out::Parquet(rows) => rows.finish().map_err(unwritten)?,
        };
        out.flush().map_err(unwritten)?;
        Ok(out)
    }
}

/// A row as a JSON object, its keys in the order of the columns.
struct Line<'a>(&'a [Column], &'a [Cell]);

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (column, cell) in self.0.iter().zip(self.1) {
            map.serialize_entry(&*column.name, cell)?;
        }
        map.end()
    }
}

/// With what a spreadsheet program would take for a formula quoted (OWASP, CSV injection); read back without the quote.
fn harmless(cell: &Cell) -> String {
    match cell {
        Cell::Words(words) => quoted(words),
        other => other.text(),
    }
}

/// The words, with a quote before them where a spreadsheet program would run them.
pub(super) fn quoted(words: &str) -> String {
    let is_formula = words.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
    if is_formula { format!("'{words}") } else { words.to_owned() }
}

/// A cell as it was before [`harmless`] quoted it.
pub(super) fn unquoted(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| quoted(rest) == cell).unwrap_or(cell)
}

fn unwritten(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    let (zh, en) =
        ("写不出导出文件：请检查路径、权限和磁盘空间", "the export cannot be written: check path, rights and disk");
    Error::setup(zh, en).because(error)
}
