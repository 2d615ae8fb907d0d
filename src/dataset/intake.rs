//! Files of complaints to be kept (来件), as systems export them: CSV, XLSX and JSONL in, [`Complaint`]s out.
//!
//! Unlike a labelled file, one is not refused for a bad line: bad lines are told, each with what to do, and the others
//! stand. What is told quotes no cell but the reference, which whoever shows it masks.

mod cells;
mod times;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::FixedOffset;
use sha2::{Digest, Sha256};

use self::cells::Cells;
pub(super) use self::times::moment;
use super::columns::{self, Columns, Field};
use super::export::quoted;
use super::flaws::Flaws;
use super::table::{self, Row, Table};
use crate::case::{Complaint, StatedLocation};
use crate::error::{Error, Result, Saying};

/// A file as read.
pub struct Intake {
    /// Which column was read as what.
    pub columns: Columns,
    /// In the order of the file.
    pub items: Vec<Item>,
    /// In the order of the lines.
    pub faults: Vec<Fault>,
    /// Lines without a reference of their own, which are known by the file's digest and their line.
    pub unnumbered: usize,
}

/// A complaint of a file; not yet masked.
pub struct Item {
    /// Line (text files) or row (sheets), from 1.
    pub line: usize,
    /// Has a reference; has no reporter's key yet.
    pub complaint: Complaint,
    /// Who called, in one spelling: a phone, a name or a number. To be made opaque and forgotten.
    pub reporter: Option<String>,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    pub line: usize,
    /// As it stands in the file; not masked.
    pub reference: Option<String>,
    /// The field, `/received_at`; empty for the whole line.
    pub pointer: &'static str,
    pub saying: Saying,
}

/// Reads a file of complaints; times without an offset are of `offset`. `named` overrides the guess. Refuses a file
/// that is of no known kind, holds nothing, or has no column for the text.
pub fn read_complaints(path: &Path, named: &Columns, offset: FixedOffset) -> Result<Intake> {
    complaints_of(path, table::bytes_of(path)?, named, offset)
}

/// The same for what was in a file of that name.
pub fn complaints_of(name: &Path, bytes: Vec<u8>, named: &Columns, offset: FixedOffset) -> Result<Intake> {
    let digest: String = Sha256::digest(&bytes).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let mut flaws = Flaws::of(name);
    let Table { header, rows, ours } = table::read_bytes(name, bytes, &mut flaws)?;
    if ours {
        return Err(a_review(name));
    }
    let columns = Columns::guess_intake(&header).overridden(named);
    let places = columns.places(&header).map_err(|error| error.doing(format!("读取 {}", name.display())))?;
    if !places.contains_key(&Field::Text) {
        return Err(no_text(name, &header));
    }
    let mut reader = Reader { places, digest, offset, unreadable: flaws.by_line(), faults: Vec::new(), unnumbered: 0 };
    let items = rows.into_iter().filter_map(|row| reader.item(row)).collect();
    let Reader { unreadable, mut faults, unnumbered, .. } = reader;
    let whole = |(line, saying)| Fault { line, reference: None, pointer: "", saying };
    faults.extend(unreadable.into_iter().map(whole));
    faults.sort_by_key(|fault| fault.line);
    Ok(Intake { columns, items, faults, unnumbered })
}

fn a_review(name: &Path) -> Error {
    let name = name.display();
    Error::invalid(
        format!("{name} 是复核表，不是来件：请用 guikou train --corrections 交回"),
        format!("{name} is a review workbook, not a file of complaints: hand it to guikou train --corrections"),
    )
}

fn no_text(name: &Path, header: &[String]) -> Error {
    let (name, shown) = (name.display(), columns::shown(header));
    Error::invalid(
        format!("{name}：找不到正文列（{shown}）：请用 text=列名 指明"),
        format!("{name}: no column holds the text ({shown}): name it with text=COLUMN"),
    )
}

/// Turns rows into complaints.
struct Reader {
    places: BTreeMap<Field, usize>,
    digest: String,
    offset: FixedOffset,
    unreadable: BTreeMap<usize, Saying>,
    faults: Vec<Fault>,
    unnumbered: usize,
}

impl Reader {
    /// The row as a complaint, or none and its faults noted.
    fn item(&mut self, (line, cells): Row) -> Option<Item> {
        // A row may span lines, and one of them may be the unreadable one.
        let last = line + cells.iter().map(|cell| cell.matches('\n').count()).sum::<usize>();
        if self.unreadable.range(line..=last).next().is_some() {
            return None;
        }
        let mut cells = Cells::of(&self.places, &cells);
        let complaint = complaint(&mut cells, self.offset);
        let reporter = cells.reporter();
        let reference = cells.text(Field::Id, "/reference", 128);
        let found = cells.finish();
        let Some(mut complaint) = complaint.filter(|_| found.is_empty()) else {
            let faults = found.into_iter().map(|(pointer, saying)| Fault {
                line,
                reference: reference.clone(),
                pointer,
                saying,
            });
            self.faults.extend(faults);
            return None;
        };
        self.unnumbered += usize::from(reference.is_none());
        complaint.reference = reference.or_else(|| Some(format!("file:{}:{line}", self.digest)));
        Some(Item { line, complaint, reporter })
    }
}

fn complaint(cells: &mut Cells, offset: FixedOffset) -> Option<Complaint> {
    let text = cells.words();
    let title = cells.text(Field::Title, "/title", 500);
    let channel = cells.text(Field::Channel, "/channel", 64);
    let received_at = cells.time(Field::ReceivedAt, "/received_at", offset);
    let occurred_at = cells.time(Field::OccurredAt, "/occurred_at", offset);
    let subject_type = cells.text(Field::SubjectType, "/subject_type", 64);
    let (lng, lat) = cells.point();
    let place = cells.text(Field::Place, "/location/text", 500);
    let location = StatedLocation { text: place, area_code: cells.area_code(), lng, lat };
    let flags = cells.flags();
    let location = (location != StatedLocation::default()).then_some(location);
    Some(Complaint { title, channel, received_at, occurred_at, subject_type, location, flags, ..Complaint::of(text?) })
}

/// Where the faults of a file are written: beside it.
pub fn faults_beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(FAULTS);
    PathBuf::from(name)
}

const FAULTS: &str = ".问题.csv";

/// Whether a file is one that [`write_faults`] wrote.
pub fn holds_faults(path: &Path) -> bool {
    path.to_string_lossy().ends_with(FAULTS)
}

/// Writes the faults as CSV that spreadsheet programs read (UTF-8 with BOM); the references must be masked.
pub fn write_faults(path: &Path, faults: &[Fault]) -> Result<()> {
    let failed = |error: &dyn std::fmt::Display| {
        let shown = path.display();
        Error::setup(format!("写不了 {shown}：{error}"), format!("cannot write {shown}: {error}"))
    };
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(b"\xEF\xBB\xBF".to_vec());
    let mut record = |cells: [&str; 4]| writer.write_record(cells).map_err(|error| failed(&error));
    record(["行号", "编号", "位置", "怎么改"])?;
    for fault in faults {
        let reference = fault.reference.as_deref().map(quoted).unwrap_or_default();
        record([&fault.line.to_string(), &reference, fault.pointer, &fault.saying.zh])?;
    }
    let bytes = writer.into_inner().map_err(|error| failed(&error))?;
    std::fs::write(path, bytes).map_err(|error| failed(&error))
}
