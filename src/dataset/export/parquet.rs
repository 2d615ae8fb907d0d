//! An exported table as Parquet (<https://parquet.apache.org/docs/file-format/>), for polars, DuckDB, pandas and BI tools.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use polars::prelude::{Column as Values, DataFrame, DataType, PolarsError, PolarsResult, TimeUnit};
use polars_io::parquet::write::{BatchedWriter, ParquetWriter};

use super::{Cell, Column, Holds};

/// Rows written at once, as a group of the file.
const GROUP: usize = 65_536;

/// A file under way.
pub struct Rows<W: Write> {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
    writer: BatchedWriter<Shared<W>>,
    out: Arc<Mutex<W>>,
}

/// The library keeps what it writes to; this gives it back.
struct Shared<W>(Arc<Mutex<W>>);

impl<W: Write> Write for Shared<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).flush()
    }
}

impl<W: Write> Rows<W> {
    pub fn begin(columns: &[Column], out: W) -> PolarsResult<Self> {
        let out = Arc::new(Mutex::new(out));
        let empty = table(columns, &[])?;
        let writer = ParquetWriter::new(Shared(Arc::clone(&out))).batched(empty.schema())?;
        Ok(Self { columns: columns.to_vec(), rows: Vec::new(), writer, out })
    }

    pub fn row(&mut self, cells: &[Cell]) -> PolarsResult<()> {
        self.rows.push(cells.to_vec());
        if self.rows.len() < GROUP { Ok(()) } else { self.write() }
    }

    pub fn finish(mut self) -> PolarsResult<W> {
        self.write()?;
        self.writer.finish()?;
        drop(self.writer);
        let lost = || PolarsError::ComputeError("the file is still being written".into());
        let out = Arc::into_inner(self.out).ok_or_else(lost)?;
        Ok(out.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    fn write(&mut self) -> PolarsResult<()> {
        let rows = std::mem::take(&mut self.rows);
        self.writer.write_batch(&table(&self.columns, &rows)?)
    }
}

/// Rows as columns of what the columns say they hold; a cell that holds something else is blank.
fn table(columns: &[Column], rows: &[Vec<Cell>]) -> PolarsResult<DataFrame> {
    let made = columns.iter().enumerate().map(|(at, column)| values(column, rows.iter().map(move |row| &row[at])));
    DataFrame::new(rows.len(), made.collect::<PolarsResult<Vec<_>>>()?)
}

fn values<'c>(column: &Column, cells: impl Iterator<Item = &'c Cell>) -> PolarsResult<Values> {
    let name = (&*column.name).into();
    Ok(match column.holds {
        Holds::Words => Values::new(name, cells.map(words).collect::<Vec<_>>()),
        Holds::Share | Holds::Number => Values::new(name, cells.map(number).collect::<Vec<_>>()),
        Holds::Count => Values::new(name, cells.map(count).collect::<Vec<_>>()),
        Holds::Truth => Values::new(name, cells.map(truth).collect::<Vec<_>>()),
        Holds::Time => Values::new(name, cells.map(clock).collect::<Vec<_>>())
            .cast(&DataType::Datetime(TimeUnit::Milliseconds, None))?,
    })
}

fn words(cell: &Cell) -> Option<&str> {
    if let Cell::Words(words) = cell { Some(words) } else { None }
}

fn number(cell: &Cell) -> Option<f64> {
    if let Cell::Share(number) | Cell::Number(number) = cell { Some(*number) } else { None }
}

fn count(cell: &Cell) -> Option<i64> {
    if let Cell::Count(count) = cell { Some(*count) } else { None }
}

fn truth(cell: &Cell) -> Option<bool> {
    if let Cell::Truth(truth) = cell { Some(*truth) } else { None }
}

/// The clock's own time, as milliseconds.
fn clock(cell: &Cell) -> Option<i64> {
    if let Cell::Time(time) = cell { Some(time.naive_local().and_utc().timestamp_millis()) } else { None }
}
