//! An exported table as XLSX: rows go to disk as they come; every text is a text, so that a long number keeps its digits
//! and what begins with `=` is no formula, not even after editing.

use std::io::{Seek, Write};

use chrono::{DateTime, Datelike, FixedOffset, Timelike};
use rust_xlsxwriter::{ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError};

use super::{Cell, Column, When, rounded};

/// Rows on a sheet; Excel takes 48,576 more.
const ROWS: u32 = 1_000_000;
/// Characters in a cell, as Excel takes them.
const LONGEST: usize = 32_767;

const FIELDS: &str = "字段说明";

/// A workbook under way: the table on a sheet of its title (案件, 案件2 …), its columns told on 字段说明.
pub struct Book {
    book: Workbook,
    title: String,
    columns: Vec<Column>,
    /// The sheet that is written to, and its last row.
    sheet: usize,
    row: u32,
    words: Format,
    time: Format,
    share: Format,
}

impl Book {
    pub fn begin(title: &str, columns: &[Column]) -> Result<Self, XlsxError> {
        let top = || Format::new().set_align(FormatAlign::Top);
        let mut begun = Self {
            book: Workbook::new(),
            title: title.to_owned(),
            columns: columns.to_vec(),
            sheet: 0,
            row: 0,
            words: top().set_num_format("@").set_quote_prefix(),
            time: top().set_num_format("yyyy-mm-dd hh:mm:ss"),
            share: top().set_num_format("0.0000"),
        };
        table(begun.book.add_worksheet_with_constant_memory()?, title, columns)?;
        told(begun.book.add_worksheet(), columns)?;
        Ok(begun)
    }

    pub fn row(&mut self, cells: &[Cell]) -> Result<(), XlsxError> {
        if self.row == ROWS {
            self.filtered()?;
            // 字段说明 stays the second sheet.
            let count = self.book.worksheets().len();
            table(self.book.add_worksheet_with_constant_memory()?, &format!("{}{count}", self.title), &self.columns)?;
            (self.sheet, self.row) = (count, 0);
        }
        self.row += 1;
        let sheet = self.book.worksheet_from_index(self.sheet)?;
        for (column, cell) in (0..).zip(cells) {
            match cell {
                Cell::Blank => {}
                Cell::Number(number) => _ = sheet.write_number(self.row, column, rounded(*number))?,
                Cell::Share(share) => _ = sheet.write_with_format(self.row, column, rounded(*share), &self.share)?,
                Cell::Count(count) => _ = sheet.write_number(self.row, column, *count as f64)?,
                Cell::Truth(truth) => _ = sheet.write_boolean(self.row, column, *truth)?,
                Cell::Time(time) => match moment(time) {
                    Ok(moment) => _ = sheet.write_datetime_with_format(self.row, column, &moment, &self.time)?,
                    Err(_) => _ = sheet.write_string_with_format(self.row, column, cell.text(), &self.words)?,
                },
                Cell::Words(words) => {
                    let fitting: String = words.chars().take(LONGEST).collect();
                    sheet.write_string_with_format(self.row, column, fitting, &self.words)?;
                }
            }
        }
        Ok(())
    }

    pub fn save(mut self, out: &mut (impl Write + Seek + Send)) -> Result<(), XlsxError> {
        self.filtered()?;
        self.book.save_to_writer(out)
    }

    /// Ends the sheet that is written to.
    fn filtered(&mut self) -> Result<(), XlsxError> {
        let last = (self.columns.len() as u16).saturating_sub(1);
        self.book.worksheet_from_index(self.sheet)?.autofilter(0, 0, self.row, last).map(drop)
    }
}

/// The clock's own time; a cell holds no offset. Excel's days begin in 1900.
fn moment(time: &DateTime<FixedOffset>) -> Result<ExcelDateTime, XlsxError> {
    let year = u16::try_from(time.year()).unwrap_or(0);
    let day = ExcelDateTime::from_ymd(year, time.month() as u8, time.day() as u8)?;
    day.and_hms(time.hour() as u16, time.minute() as u8, time.second())
}

/// The header, each column in the colour of when it is known.
fn table(sheet: &mut Worksheet, name: &str, columns: &[Column]) -> Result<(), XlsxError> {
    sheet.set_name(name)?.set_freeze_panes(1, 0)?;
    for (place, column) in (0..).zip(columns) {
        sheet.set_column_width(place, width(column))?;
        sheet.write_string_with_format(0, place, &*column.name, &band(column.when))?;
    }
    Ok(())
}

fn width(column: &Column) -> f64 {
    match &*column.name {
        "text" => 70.0,
        "id" => 36.0,
        _ => 20.0,
    }
}

fn band(when: Option<When>) -> Format {
    let colour = match when {
        Some(When::Intake) => "#DDEBDA",
        Some(When::Routing) => "#DDE6F0",
        Some(When::Closing) => "#F5DEDA",
        None => "#E6E6E6",
    };
    Format::new().set_bold().set_background_color(colour)
}

/// What each column is and when it is known.
fn told(sheet: &mut Worksheet, columns: &[Column]) -> Result<(), XlsxError> {
    sheet.set_name(FIELDS)?.set_freeze_panes(1, 0)?;
    let head = Format::new().set_bold();
    for (place, (name, width)) in (0..).zip([("字段", 30.0), ("名称", 20.0), ("何时可知", 12.0), ("说明", 90.0)])
    {
        sheet.set_column_width(place, width)?.write_string_with_format(0, place, name, &head)?;
    }
    for (row, column) in (1..).zip(columns) {
        let band = band(column.when);
        sheet.write_string_with_format(row, 0, &*column.name, &band)?.write_string(row, 1, &*column.zh)?;
        sheet.write_string_with_format(row, 2, column.when.map_or("", When::zh), &band)?.write_string(
            row,
            3,
            column.meaning,
        )?;
    }
    Ok(())
}
