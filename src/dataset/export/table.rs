//! Answers as tables: what every face shows, and what goes out as CSV, XLSX, JSONL and Parquet.

use std::borrow::Cow;
use std::io::{Seek, Write};

use super::{Cell, Column, Format, Holds, Writer};
use crate::error::Result;

/// What people read where there is no share to give, such as a change from next to nothing.
pub const NO_SHARE: &str = "—";

/// A table of figures (统计表), its columns told. One cell for each column in each row.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The name of its sheet, in Chinese.
    pub title: &'static str,
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// Writes it to `out`, and gives that back. In CSV and XLSX, which people read, columns have their Chinese names, and
    /// shares that there are not are told as such.
    pub fn write<W: Write + Seek + Send>(&self, format: Format, out: W) -> Result<W> {
        let mut columns = self.columns.clone();
        let is_read = matches!(format, Format::Csv | Format::Xlsx);
        if is_read {
            columns.iter_mut().for_each(|column| column.name = column.zh.clone());
        }
        let mut writer = Writer::begin(format, self.title, columns, out)?;
        for row in &self.rows {
            if is_read { writer.row(&self.told(row))? } else { writer.row(row)? }
        }
        writer.finish()
    }

    fn told(&self, row: &[Cell]) -> Vec<Cell> {
        let told = |(cell, column): (&Cell, &Column)| match (cell, column.holds) {
            (Cell::Blank, Holds::Share) => Cell::Words(NO_SHARE.to_owned()),
            _ => cell.clone(),
        };
        row.iter().zip(&self.columns).map(told).collect()
    }
}

/// A column of figures.
pub const fn column(name: &'static str, zh: &'static str, holds: Holds, meaning: &'static str) -> Column {
    Column { name: Cow::Borrowed(name), zh: Cow::Borrowed(zh), holds, when: None, meaning }
}

/// A column of a value that figures are counted by.
pub fn column_of(name: String, zh: String, holds: Holds, meaning: &'static str) -> Column {
    Column { name: Cow::Owned(name), zh: Cow::Owned(zh), holds, when: None, meaning }
}
