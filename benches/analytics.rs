//! How fast a dashboard's questions are answered: `cargo bench --bench analytics`.
//!
//! Made-up cases of two years, as many as `GUIKOU_ROWS` says (1,000,000 where nothing is said), are written as Parquet
//! with the frame's columns, in `GUIKOU_BENCH_FOLDER` or the target folder, and kept for the next run. *Cold*: the columns
//! needed are read from the file, then the question is answered; what the file's pages are in memory is the system's
//! business. *Warm*: the frame is in memory. Times are medians; memory is the most that the process had (Linux).
//! `benches/analytics_duckdb.py` asks DuckDB the same of the same file.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark stops at the first surprise and says what it found"
)]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chrono::{DateTime, FixedOffset, TimeDelta};
use guikou::analytics::{Cut, Dimension, Frame, Snapshot, cases_by, column, pivot, volumes};
use guikou::case::{Fact, Life, Scope, Status};
use polars::prelude::*;
use polars_io::parquet::read::ParquetReader;
use polars_io::parquet::write::ParquetWriter;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Rows made at once, and rows of a group of the file, as DuckDB writes them.
const AT_ONCE: i64 = 500_000;
const GROUP: usize = 122_880;
/// Cases of one part in two run over so many days.
const DAYS: i64 = 730;
const DAY: i64 = 86_400_000;
const NOW: &str = "2026-11-01T00:00:00+08:00";

fn now() -> DateTime<FixedOffset> {
    NOW.parse().unwrap()
}

fn offset() -> FixedOffset {
    *now().offset()
}

/// The n-th of `of` values, of which the first are the most common (1/n).
fn common(random: &mut StdRng, of: usize) -> usize {
    ((of as f64).powf(random.random::<f64>()) as usize - 1).min(of - 1)
}

fn fact(n: i64, rows: i64, random: &mut StdRng) -> Fact {
    // In order of time, each day's about as many, some hours late.
    let at = now().timestamp_millis() - DAYS * DAY + DAYS * DAY / rows * n - random.random_range(0..6 * 3_600_000);
    let domain = common(random, 19) + 1;
    let closed = random.random_bool(0.9);
    let district = common(random, 11);
    Fact {
        arrival: n,
        seq: n + 1,
        received_at: at,
        category: Some(format!("{domain:02}{:02}", common(random, 6) + 1)),
        petition: Some(["complaint", "help", "consult", "suggest", "report"][common(random, 5)].to_owned()),
        department: Some(format!("U{:02}", common(random, 45))),
        channel: Some(["电话", "微信", "网站", "App", "信件"][common(random, 5)].to_owned()),
        urgency: ["normal", "urgent", "critical"][common(random, 3)].to_owned(),
        district: random.random_bool(0.95).then(|| format!("区{district:02}")),
        street: random.random_bool(0.8).then(|| format!("街{district:02}-{:02}", common(random, 12))),
        community: random.random_bool(0.6).then(|| format!("社区{district:02}-{:03}", common(random, 300))),
        reporter: random
            .random_bool(0.9)
            .then(|| (common(random, (rows / 3).max(2) as usize) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)),
        issue: random.random_bool(0.3).then(|| format!("i_{:06}", n / 200 + random.random_range(0..40))),
        flags: Vec::new(),
        status: if closed { Status::Closed } else { Status::Handling },
        due_at: Some(at + 5 * DAY),
        closed_at: closed.then_some(at + 3 * DAY),
        life: Life {
            unit: Some(format!("U{:02}", common(random, 45))),
            dispatched_at: Some(at + 3_600_000),
            ..Life::default()
        },
    }
}

/// Makes the file unless it is there.
fn made(rows: i64) -> PathBuf {
    let folder = std::env::var_os("GUIKOU_BENCH_FOLDER")
        .map_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).to_owned(), PathBuf::from);
    let file = folder.join(format!("cases-{rows}.parquet"));
    if file.exists() {
        return file;
    }
    let mut random = StdRng::seed_from_u64(12345);
    let mut writer = None;
    let part = file.with_extension("part");
    for first in (0..rows).step_by(AT_ONCE as usize) {
        let facts = (first..(first + AT_ONCE).min(rows)).map(|n| fact(n, rows, &mut random)).collect();
        let mut frame = Frame::new(offset()).unwrap();
        frame.absorb(facts).unwrap();
        let table = frame.snapshot().unwrap().rows().drop(cols([column::LIVE])).collect().unwrap();
        let begin = || {
            let to = File::create(&part).unwrap();
            ParquetWriter::new(to).with_row_group_size(Some(GROUP)).batched(table.schema()).unwrap()
        };
        writer.get_or_insert_with(begin).write_batch(&table).unwrap();
    }
    writer.unwrap().finish().unwrap();
    fs::rename(&part, &file).unwrap();
    file
}

/// The cases of the file, these columns of them; of a question over the last days only the stretch of groups that may have
/// such cases, as the file tells of each.
fn read(file: &Path, columns: Option<&[&str]>, days: Option<i64>) -> Snapshot {
    let columns = columns.map(|columns| columns.iter().map(|name| (*name).to_owned()).collect());
    let mut reader = ParquetReader::new(File::open(file).unwrap()).with_columns(columns);
    let stretch = days.map(|days| {
        let from = (now() - TimeDelta::days(days)).timestamp_millis();
        let metadata = reader.get_metadata().unwrap();
        let (mut first, mut ends, mut row) = (usize::MAX, 0, 0);
        for group in &metadata.row_groups {
            let times = group.columns_under_root_iter(column::AT).unwrap().next().unwrap();
            let told = times.statistics(&metadata.footer_buf).unwrap().unwrap();
            if told.expect_as_int64().max_value.is_none_or(|latest| latest >= from) {
                (first, ends) = (first.min(row), row + group.num_rows());
            }
            row += group.num_rows();
        }
        (first.min(ends), ends - first.min(ends))
    });
    Snapshot::of(reader.with_slice(stretch).finish().unwrap(), offset()).unwrap()
}

fn last(days: i64) -> Scope {
    Scope { from: Some(now() - TimeDelta::days(days)), to: Some(now()), ..Scope::default() }
}

/// Cases by two things, and the people of each row and column.
fn crossed(snapshot: &Snapshot, scope: &Scope, down: Dimension, across: Dimension) -> usize {
    let cut = |by| Cut { by, top: None };
    let counted = pivot(snapshot, scope, cut(down), cut(across), usize::MAX).unwrap().unwrap();
    counted.rows.len() * counted.columns.len()
}

/// A question: the columns that it needs, and how it is answered; returns how many rows the answer has.
struct Question {
    name: &'static str,
    columns: &'static [&'static str],
    /// The last days that it is about; all where none.
    days: Option<i64>,
    ask: fn(&Snapshot) -> usize,
}

const QUESTIONS: [Question; 6] = [
    Question {
        name: "cases a day, 90 days",
        columns: &[column::AT, column::DAY],
        days: Some(90),
        ask: |snapshot| cases_by(snapshot, &last(90), Dimension::Day).unwrap().len(),
    },
    Question {
        name: "category x district, 30 days",
        columns: &[column::AT, column::CATEGORY, column::DISTRICT, column::REPORTER],
        days: Some(30),
        ask: |snapshot| crossed(snapshot, &last(30), Dimension::Category, Dimension::District),
    },
    Question {
        name: "month x domain, all",
        columns: &[column::AT, column::MONTH, column::DOMAIN, column::REPORTER],
        days: None,
        ask: |snapshot| crossed(snapshot, &Scope::default(), Dimension::Month, Dimension::Domain),
    },
    Question {
        name: "top 20 communities, all",
        columns: &[column::AT, column::COMMUNITY],
        days: None,
        ask: |snapshot| {
            let mut counted: Vec<_> =
                cases_by(snapshot, &Scope::default(), Dimension::Community).unwrap().into_iter().collect();
            counted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            counted.truncate(20);
            counted.len()
        },
    },
    Question {
        name: "department shares with overdue, 30 days",
        columns: &[column::AT, column::DEPARTMENT, column::OWED, column::DUE, column::CLOSED],
        days: Some(30),
        ask: |snapshot| {
            let overdue = col(column::CLOSED)
                .is_null()
                .and(col(column::OWED))
                .and(col(column::DUE).lt(lit(now().timestamp_millis())));
            let rows = snapshot.rows_of(&last(30)).unwrap().group_by([col(column::DEPARTMENT)]);
            rows.agg([len().alias("cases"), overdue.sum().alias("overdue")]).collect().unwrap().height()
        },
    },
    Question {
        name: "people of each issue, all",
        columns: &[column::AT, column::ISSUE, column::REPORTER],
        days: None,
        ask: |snapshot| volumes(snapshot, &Scope::default(), Cut { by: Dimension::Issue, top: None }).unwrap().len(),
    },
];

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// Runs it some times, and says how long the middle one took and what came of it.
fn timed(times: usize, mut work: impl FnMut() -> usize) -> (Duration, usize) {
    let mut found = 0;
    let mut run = || {
        let begun = Instant::now();
        found = std::hint::black_box(work());
        begun.elapsed()
    };
    (median((0..times).map(|_| run()).collect()), found)
}

/// The most memory that this process had so far, in MiB; 0 where the system does not say.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok()).unwrap_or(0) / 1024
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// What one new case and one changed one cost, from the fact to the figures of the last 30 days.
fn refreshed(file: &Path, rows: i64) {
    let mut random = StdRng::seed_from_u64(54321);
    let mut frame = Frame::new(offset()).unwrap();
    for first in (0..rows).step_by(AT_ONCE as usize) {
        frame.absorb((first..(first + AT_ONCE).min(rows)).map(|n| fact(n, rows, &mut random)).collect()).unwrap();
    }
    let mut seq = rows + 1;
    // With a tail as long as it gets on the average.
    frame.absorb((rows..rows + 1000).map(|n| fact(n, rows, &mut random)).collect()).unwrap();
    let mut refresh = |frame: &mut Frame, arrival: i64| {
        seq += 2000;
        frame.absorb(vec![Fact { seq, ..fact(arrival, rows, &mut random) }]).unwrap();
        let snapshot = frame.snapshot().unwrap();
        (seq, snapshot)
    };
    let mut arrival = rows + 1000;
    let (new, _) = timed(51, || {
        arrival += 1;
        refresh(&mut frame, arrival).0 as usize
    });
    let mut old = 0;
    let (changed, _) = timed(51, || {
        old += rows / 60;
        refresh(&mut frame, old).0 as usize
    });
    println!(
        "refresh after one new case {:>8.2} ms, one changed case {:>8.2} ms ({})",
        ms(new),
        ms(changed),
        file.display()
    );
}

fn main() {
    let rows: i64 = std::env::var("GUIKOU_ROWS").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let begun = Instant::now();
    let file = made(rows);
    println!(
        "{rows} cases, {} MiB in {} ({:.1} s)",
        file.metadata().unwrap().len() >> 20,
        file.display(),
        begun.elapsed().as_secs_f64()
    );
    println!("{:<42}{:>12}{:>12}{:>10}", "", "cold ms", "warm ms", "rows");
    let cold: Vec<Duration> = QUESTIONS
        .iter()
        .map(|question| timed(5, || (question.ask)(&read(&file, Some(question.columns), question.days))).0)
        .collect();
    let memory = peak();
    let whole = read(&file, None, None);
    for (question, cold) in QUESTIONS.iter().zip(cold) {
        let (warm, found) = timed(11, || (question.ask)(&whole));
        println!("{:<42}{:>12.2}{:>12.2}{:>10}", question.name, ms(cold), ms(warm), found);
    }
    println!("peak memory: cold {memory} MiB, with the whole frame {} MiB", peak());
    drop(whole);
    refreshed(&file, rows.min(1_000_000));
}
