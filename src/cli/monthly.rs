//! `guikou export --monthly`: a folder with one Parquet file for each month of receipt, for BI tools that read folders.
//!
//! Only months are written in which something changed since the last time; `manifest.json` tells which that was. A file
//! is written under another name and takes its place whole; the manifest is written last, so that what was broken off is
//! done again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use chrono::{DateTime, FixedOffset, Months, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::analytics::start_of;
use crate::case::Scope;
use crate::cli::export::{own, unwritable, with};
use crate::cli::learn::Bar;
use crate::cli::show::{GOOD, PLAIN};
use crate::dataset::export::{Column, Format};
use crate::error::{Error, Result};
use crate::store::{Filter, Store};
use crate::triage::export::{Order, columns, export};

const MANIFEST: &str = "manifest.json";
const LOCK: &str = ".lock";
/// What citizens wrote, masked.
const TEXTS: [&str; 3] = ["title", "text", "place"];

/// What stands in the folder, and up to which change of which store.
#[derive(Serialize)]
struct Manifest<'a> {
    #[serde(flatten)]
    done: Done,
    fields: &'a [Column],
}

#[derive(Serialize, Deserialize, Default, PartialEq)]
struct Done {
    /// The store's first case: another store begins with another.
    first: Option<String>,
    /// The store's last change that is in the files.
    seq: i64,
    /// What is overdue is overdue at this time, in milliseconds since 1970.
    at: i64,
    offset: String,
    names: Vec<String>,
    months: BTreeMap<String, Month>,
}

#[derive(Serialize, Deserialize, PartialEq)]
struct Month {
    file: String,
    rows: usize,
    bytes: u64,
}

/// Brings the folder up to the store as it is now. `now` is in the offset whose months these are.
pub fn run(store: &Store, folder: &Path, texts: bool, now: DateTime<FixedOffset>) -> Result<()> {
    fs::create_dir_all(folder).map_err(|error| unwritable(folder).because(error))?;
    let _alone = alone(folder)?;
    let mut columns = columns();
    columns.retain(|column| texts || !TEXTS.contains(&&*column.name));
    // The last change is read first: what changes meanwhile is written again next time.
    let mut done = Done {
        first: store.first_case()?,
        seq: store.last_change()?,
        at: now.timestamp_millis(),
        offset: now.offset().to_string(),
        names: columns.iter().map(|column| column.name.to_string()).collect(),
        months: BTreeMap::new(),
    };
    let before = standing(folder, &done);
    let changed = store.months_changed(before.seq, before.at..done.at, *now.offset())?;
    done.months = before.months;
    done.months.retain(|_, month| is_whole(folder, month));
    let wanted: BTreeSet<String> = match before.seq {
        0 => changed,
        _ => store
            .months_changed(0, 0..0, *now.offset())?
            .into_iter()
            .filter(|month| changed.contains(month) || !done.months.contains_key(month))
            .collect(),
    };
    let bar = Bar::new();
    for (at, month) in wanted.iter().enumerate() {
        bar.at("导出", at, wanted.len(), month.clone());
        let written = write(store, folder, month, &columns, now)?;
        done.months.insert(month.clone(), written);
    }
    bar.done();
    let (written, all) = (wanted.len(), done.months.len());
    record(folder, &Manifest { done, fields: &columns })?;
    anstream::println!("{GOOD}✓{PLAIN} 写了 {written} 个月，共 {all} 个月，在 {}", folder.display());
    Ok(())
}

/// What was done before, or nothing where it was of another store, of other fields, or of a later state of the store.
fn standing(folder: &Path, now: &Done) -> Done {
    let read = fs::read(folder.join(MANIFEST)).ok();
    let before: Option<Done> = read.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let same = |before: &Done| {
        (&before.first, &before.offset, &before.names) == (&now.first, &now.offset, &now.names)
            && before.seq <= now.seq
            && before.at <= now.at
    };
    before.filter(same).unwrap_or_default()
}

fn is_whole(folder: &Path, month: &Month) -> bool {
    fs::metadata(folder.join(&month.file)).is_ok_and(|file| file.len() == month.bytes)
}

/// Writes the cases received in a month.
fn write(store: &Store, folder: &Path, month: &str, columns: &[Column], now: DateTime<FixedOffset>) -> Result<Month> {
    let file = format!("cases-{month}.parquet");
    let out = folder.join(&file);
    let lost = || Error::internal("月份读不出", "a month cannot be read");
    let first: NaiveDate = format!("{month}-01").parse().map_err(|error| lost().because(error))?;
    let next = first.checked_add_months(Months::new(1)).ok_or_else(lost)?;
    let (from, to) = (start_of(first, *now.offset()), start_of(next, *now.offset()));
    let scope = Scope { from: Some(from), to: Some(to), ..Scope::default() };
    let order = Order {
        format: Format::Parquet,
        filter: Filter { scope, now, ..Filter::default() },
        settled_only: false,
        columns: columns.to_vec(),
        most: None,
        now,
    };
    let (rows, bytes) = whole(&out, |part| {
        let (part, rows) = export(store, &order, BufWriter::new(part), &|_, _| {})?;
        Ok((part.into_inner().map_err(|error| unwritable(&out).because(error.into_error()))?, rows))
    })?;
    Ok(Month { file, rows, bytes })
}

fn record(folder: &Path, manifest: &Manifest) -> Result<()> {
    let told = serde_json::to_vec_pretty(manifest)
        .map_err(|error| Error::internal("写 JSON 出错", "cannot write JSON").because(error))?;
    let out = folder.join(MANIFEST);
    let write = |mut part: File| {
        part.write_all(&told).map_err(|error| unwritable(&out).because(error))?;
        Ok((part, ()))
    };
    whole(&out, write).map(drop)
}

/// Writes a file under another name, to the disk, and then puts it in its place; its length.
fn whole<T>(out: &Path, write: impl FnOnce(File) -> Result<(File, T)>) -> Result<(T, u64)> {
    let part = with(out, ".part");
    let told = |error: std::io::Error| unwritable(out).because(error);
    let written = (|| {
        let (file, made) = write(own(&part).map_err(told)?)?;
        let bytes = file.metadata().map_err(told)?.len();
        file.sync_all().and_then(|()| fs::rename(&part, out)).map_err(told)?;
        Ok((made, bytes))
    })();
    written.inspect_err(|_| _ = fs::remove_file(&part))
}

/// Held while the folder is written to, by one process only.
fn alone(folder: &Path) -> Result<File> {
    let path = folder.join(LOCK);
    let lock = own(&path).map_err(|error| unwritable(&path).because(error))?;
    let taken = |error: std::fs::TryLockError| {
        let shown = folder.display();
        Error::setup(
            format!("{shown} 正由另一个导出写入：请等它完成"),
            format!("{shown} is being written to by another export: wait for it"),
        )
        .because(error)
    };
    lock.try_lock().map_err(taken)?;
    Ok(lock)
}
