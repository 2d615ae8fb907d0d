//! Answers as tables: what every face shows, and what goes out as CSV, XLSX, JSONL and Parquet.

use std::io::{Seek, Write};

use crate::dataset::export::{Cell, Column, Format, Holds, Writer};
use crate::error::Result;

/// A table of figures (统计表), its columns told. One cell for each column in each row.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The name of its sheet, in Chinese.
    pub title: &'static str,
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// Writes it to `out`, and gives that back. In CSV and XLSX, which people read, columns have their Chinese names.
    pub fn write<W: Write + Seek + Send>(&self, format: Format, out: W) -> Result<W> {
        let mut columns = self.columns.clone();
        if matches!(format, Format::Csv | Format::Xlsx) {
            columns.iter_mut().for_each(|column| column.name = column.zh);
        }
        let mut writer = Writer::begin(format, self.title, columns, out)?;
        self.rows.iter().try_for_each(|row| writer.row(row))?;
        writer.finish()
    }
}

/// A column of figures.
pub(super) const fn column(name: &'static str, zh: &'static str, holds: Holds, meaning: &'static str) -> Column {
    Column { name, zh, holds, when: None, meaning }
}
