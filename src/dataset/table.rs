//! Files to rows of cells, whatever their kind.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use calamine::{Data, Range, Reader, Sheets, open_workbook_auto_from_rs};
use encoding_rs::{Encoding, GB18030, UTF_8};

use super::columns::Columns;
use super::export::unquoted;
use super::flaws::Flaws;
use super::review::filled;
use crate::error::{Error, Kind, Result};

/// What may stand between the labels of one cell.
pub(super) const BETWEEN: [char; 6] = ['|', ';', '；', ',', '，', '、'];

/// The line (text files) or row (sheets) it stands in, from 1, and its cells.
pub(super) type Row = (usize, Vec<String>);

/// A header and its rows.
pub(super) struct Table {
    pub(super) header: Vec<String>,
    pub(super) rows: Vec<Row>,
    /// Read from a review workbook: its columns are ours and not to be mapped.
    pub(super) ours: bool,
}

impl Table {
    /// Which column holds which field.
    pub(super) fn columns(&self, named: &Columns) -> Columns {
        let guess = Columns::guess(&self.header);
        if self.ours { guess } else { guess.overridden(named) }
    }
}

/// Reads by the file's ending. What is wrong with single lines goes to `flaws`.
pub(super) fn read(path: &Path, flaws: &mut Flaws) -> Result<Table> {
    let bytes = reader_of(path).and_then(|_| bytes_of(path))?;
    read_bytes(path, bytes, flaws)
}

/// All of a file.
pub(super) fn bytes_of(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| unreadable(path).because(error))
}

/// The same for what was in a file of that name.
pub(super) fn read_bytes(path: &Path, bytes: Vec<u8>, flaws: &mut Flaws) -> Result<Table> {
    let table = reader_of(path)?(bytes, path, flaws)?;
    if table.rows.is_empty() && !flaws.any() {
        let path = path.display();
        return Err(Error::invalid(
            format!("{path} 里没有数据：第一行是列名，其后每行一条"),
            format!("{path} holds no rows: the first line names the columns, each further line is one complaint"),
        ));
    }
    Ok(table)
}

type Read = fn(Vec<u8>, &Path, &mut Flaws) -> Result<Table>;

fn reader_of(path: &Path) -> Result<Read> {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    match ending.as_str() {
        "csv" | "tsv" => Ok(|bytes, _, flaws| delimited(&decoded(&bytes, flaws), flaws)),
        "jsonl" | "ndjson" => Ok(|bytes, _, flaws| Ok(json_lines(&decoded(&bytes, flaws), flaws))),
        "xlsx" | "xls" => Ok(sheet),
        _ => Err(unknown_kind(path)),
    }
}

fn unreadable(path: &Path) -> Error {
    let path = path.display();
    Error::new(
        Kind::NotFound,
        format!("打不开 {path}：请检查路径和权限"),
        format!("cannot open {path}: check the path and the rights"),
    )
}

fn unknown_kind(path: &Path) -> Error {
    let path = path.display();
    Error::invalid(
        format!("{path} 的类型不认识：请存成 .csv .tsv .xlsx .xls 或 .jsonl"),
        format!("{path} is of no known kind: save it as .csv .tsv .xlsx .xls or .jsonl"),
    )
}

/// The text of a file: by its byte order mark, else UTF-8 or GB18030, whichever more of its lines are written in.
/// Lines that are not are noted; what cannot be read in them becomes `\u{fffd}`, so that quotes and line numbers stand.
fn decoded(bytes: &[u8], flaws: &mut Flaws) -> String {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes)
        && encoding != UTF_8
    {
        return encoding.decode_without_bom_handling(&bytes[mark..]).0.into_owned();
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    let foreign = lines.iter().filter(|line| std::str::from_utf8(line).is_err()).count();
    let native = lines.iter().filter(|line| !line.is_ascii()).count() - foreign;
    let encoding = if native > foreign { UTF_8 } else { GB18030 };
    let decoded = lines.iter().enumerate().map(|(at, line)| {
        let (text, broken) = encoding.decode_without_bom_handling(line);
        if broken {
            let name = encoding.name();
            flaws.unreadable(
                at + 1,
                format!("不是 {name} 编码：请把整个文件另存为 UTF-8"),
                format!("is not {name}: save the whole file as UTF-8"),
            );
        }
        text
    });
    decoded.collect::<Vec<_>>().join("\n")
}

/// RFC 4180, parted by whichever of comma, tab and semicolon stands most often in the header.
fn delimited(text: &str, flaws: &mut Flaws) -> Result<Table> {
    let text = &text.replace("\r\n", "\n");
    let mut records = records(text, text.lines().next().unwrap_or_default(), flaws)?.into_iter();
    let header = records.next().map(|(_, cells)| cells).unwrap_or_default();
    let rows = records.filter(|(line, cells)| fits(*line, cells, header.len(), flaws)).collect();
    Ok(Table { header, rows, ours: false })
}

/// The records that hold anything, parted by whichever of comma, tab and semicolon stands most often in `head`.
fn records(text: &str, head: &str, flaws: &mut Flaws) -> Result<Vec<Row>> {
    let delimiter = [b',', b'\t', b';'].into_iter().rev().max_by_key(|d| head.bytes().filter(|b| b == d).count());
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter.unwrap_or(b','))
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut records = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| Error::internal("CSV 解析失败", "the CSV parser failed").because(error))?;
        let line = record.position().map_or(0, |position| starts_in(text, position));
        records.push((line, record.iter().map(|cell| unquoted(cell).to_owned()).collect::<Vec<_>>()));
    }
    unclosed(text, &records, flaws);
    records.retain(|(_, cells)| cells.iter().any(|cell| !cell.trim().is_empty()));
    Ok(records)
}

/// The line a record starts in; the reader's position stands before the blank lines it skips.
fn starts_in(text: &str, position: &csv::Position) -> usize {
    let blank = text.as_bytes().iter().skip(position.byte() as usize).take_while(|byte| **byte == b'\n').count();
    position.line() as usize + blank
}

fn fits(line: usize, cells: &[String], width: usize, flaws: &mut Flaws) -> bool {
    let fits = cells.len() == width;
    if !fits {
        let count = cells.len();
        flaws.unreadable(
            line,
            format!("有 {count} 列，列名却有 {width} 个：含逗号或换行的内容要用双引号括起来"),
            format!("has {count} cells for {width} columns: put double quotes around text with commas or line breaks"),
        );
    }
    fits
}

/// A quote that is opened and never closed swallows the rest of the file into one cell.
fn unclosed(text: &str, records: &[(usize, Vec<String>)], flaws: &mut Flaws) {
    let odd = text.bytes().filter(|byte| *byte == b'"').count() % 2 == 1;
    if let Some((line, _)) = records.last()
        && odd
        && *line < text.trim_end().lines().count()
    {
        flaws.unreadable(
            *line,
            "双引号没有配对，其后的行都被并进了这一格：请补上，或把引号写成两个",
            "a double quote is never closed and swallows the lines after it: close it, or write it twice",
        );
    }
}

/// One JSON object a line; the columns are all keys, in the order they first stand; `outer.inner` in an object.
fn json_lines(text: &str, flaws: &mut Flaws) -> Table {
    let mut table = Table { header: Vec::new(), rows: Vec::new(), ours: false };
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        // serde_json's own sentence may quote the line.
        let Ok(object) = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(line) else {
            flaws.unreadable(
                at + 1,
                "不是一个 JSON 对象：每行写一个 {…}，不要逗号结尾，也不要跨行",
                "is not a JSON object: write one {…} a line, without a comma after it or a break in it",
            );
            continue;
        };
        let mut cells = vec![String::new(); table.header.len()];
        let mut put = |key: String, value: &serde_json::Value| {
            let place = table.header.iter().position(|known| *known == key).unwrap_or_else(|| {
                table.header.push(key);
                cells.push(String::new());
                cells.len() - 1
            });
            cells[place] = cell(value);
        };
        for (key, value) in object {
            match value {
                serde_json::Value::Object(inner) => {
                    inner.iter().for_each(|(name, value)| put(format!("{key}.{name}"), value));
                }
                value => put(key, &value),
            }
        }
        table.rows.push((at + 1, cells));
    }
    table
}

fn cell(value: &serde_json::Value) -> String {
    use serde_json::Value;
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join("|"),
        other => other.to_string(),
    }
}

/// A file as it lies there: no row is a header yet.
pub(super) struct Grid {
    /// The rows that hold anything; each as wide as the widest.
    pub(super) rows: Vec<Row>,
    /// Cells merged into one (合并单元格), which only a workbook can tell.
    pub(super) merged: Vec<Merged>,
}

/// A merged region: rows from 1 as in [`Row`], columns from 0, ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Merged {
    pub(super) rows: (usize, usize),
    pub(super) columns: (usize, usize),
}

/// Reads a CSV or a workbook whose headers may take several rows.
pub(super) fn grid(path: &Path, bytes: Vec<u8>, flaws: &mut Flaws) -> Result<Grid> {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    let mut grid = match ending.as_str() {
        "csv" | "tsv" => {
            let text = decoded(&bytes, flaws).replace("\r\n", "\n");
            // A title may stand above the header.
            let head: String = text.lines().take(4).collect();
            let rows = even(records(&text, &head, flaws)?, flaws);
            Grid { rows, merged: Vec::new() }
        }
        "xlsx" | "xls" => grid_of_sheet(bytes, path)?,
        _ => return Err(unknown_kind(path)),
    };
    let width = grid.rows.iter().map(|(_, cells)| cells.len()).max().unwrap_or(0);
    grid.rows.iter_mut().for_each(|(_, cells)| cells.resize(width, String::new()));
    Ok(grid)
}

/// Rows without those that have another number of cells than most; the first two may be titles and headers.
fn even(rows: Vec<Row>, flaws: &mut Flaws) -> Vec<Row> {
    let mut widths: Vec<usize> = rows.iter().map(|(_, cells)| cells.len()).collect();
    widths.sort_unstable();
    let width = widths.get(widths.len() / 2).copied().unwrap_or(0);
    let mut at = 0;
    let fitting = |(line, cells): &Row| {
        at += 1;
        at <= 2 || fits(*line, cells, width, flaws)
    };
    rows.into_iter().filter(fitting).collect()
}

/// The first sheet that holds anything, with what is merged in it.
fn grid_of_sheet(bytes: Vec<u8>, path: &Path) -> Result<Grid> {
    let broken = |error: calamine::Error| unsound(path).because(error);
    let mut book = open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(broken)?;
    for name in book.sheet_names() {
        let range = book.worksheet_range(&name).map_err(broken)?;
        let left = range.start().map_or(0, |(_, column)| column as usize);
        let mut rows = filled_rows(&range);
        if rows.is_empty() {
            continue;
        }
        rows.iter_mut().for_each(|(_, cells)| _ = cells.splice(..0, vec![String::new(); left]));
        // What cannot be told is not told: the cells themselves were read.
        let merged = match &mut book {
            Sheets::Xlsx(book) => book.merge_cells_by_sheet_name(&name).unwrap_or_default(),
            Sheets::Xls(book) => book.merge_cells_by_sheet_name(&name).unwrap_or_default(),
            _ => Vec::new(),
        };
        let region = |region: calamine::Dimensions| Merged {
            rows: (region.start.0 as usize + 1, region.end.0 as usize + 1),
            columns: (region.start.1 as usize, region.end.1 as usize),
        };
        return Ok(Grid { rows, merged: merged.into_iter().map(region).collect() });
    }
    Ok(Grid { rows: Vec::new(), merged: Vec::new() })
}

fn unsound(path: &Path) -> Error {
    let path = path.display();
    Error::new(
        Kind::Malformed,
        format!("{path} 不是完好的 Excel 文件：请用 Excel 或 WPS 打开后另存为 .xlsx"),
        format!("{path} is not a sound Excel file: open it in a spreadsheet program and save it as .xlsx"),
    )
}

/// The filled rows of a review workbook; of any other, the first sheet that holds anything.
fn sheet(bytes: Vec<u8>, path: &Path, flaws: &mut Flaws) -> Result<Table> {
    let broken = |error: calamine::Error| unsound(path).because(error);
    let mut book = open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(broken)?;
    let names = book.sheet_names();
    let mut rows_of = |name: &str| book.worksheet_range(name).map(|range| filled_rows(&range)).map_err(broken);
    if filled::ours(&names) {
        return filled::table(path, &names, rows_of, flaws);
    }
    for name in names {
        let mut rows = rows_of(&name)?.into_iter();
        if let Some((_, header)) = rows.next() {
            return Ok(Table { header, rows: rows.collect(), ours: false });
        }
    }
    Ok(Table { header: Vec::new(), rows: Vec::new(), ours: false })
}

/// The rows that hold anything.
fn filled_rows(range: &Range<Data>) -> Vec<Row> {
    let top = range.start().map_or(0, |(row, _)| row as usize);
    let rows = range.rows().enumerate().map(|(at, cells)| (top + at + 1, cells.iter().map(shown).collect::<Vec<_>>()));
    rows.filter(|(_, cells)| cells.iter().any(|cell| !cell.trim().is_empty())).collect()
}

/// A cell as text; whole numbers without a point, times as `2026-11-23 08:12:00`, errors of formulas as nothing.
fn shown(cell: &Data) -> String {
    match cell {
        Data::Error(_) => String::new(),
        Data::DateTime(at) if at.is_datetime() => {
            let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
        }
        other => other.to_string(),
    }
}
