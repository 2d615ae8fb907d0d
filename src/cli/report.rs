//! `guikou report`: figures of a store on the terminal, as JSON, or as a file.

mod trends;

use std::fs;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use chrono::{DateTime, FixedOffset};
use clap::{Args, Subcommand};
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use crate::case::Scope;
use crate::cli::export::{by_ending, from, own, to, unwritable, with};
use crate::cli::show::{FAINT, GOOD, PLAIN};
use crate::cli::{backup, show};
use crate::config::Settings;
use crate::deadline::Deadlines;
use crate::error::Result;
use crate::insight::{Ground, Insight, Table};
use crate::store::Store;
use crate::taxonomy::Taxonomy;
use crate::text::Reader;

#[derive(Args)]
pub struct Report {
    /// 案件库（SQLite 文件）；服务运行时也可以统计
    #[arg(long, value_name = "文件", global = true)]
    pub store: Option<String>,
    #[command(flatten)]
    shape: Shape,
    #[command(subcommand)]
    what: What,
}

/// Which cases, the same for every report.
#[derive(Args)]
pub struct Which {
    /// 受理时间不早于：日期或 RFC 3339 时间
    #[arg(long, value_name = "时间", value_parser = from)]
    from: Option<DateTime<FixedOffset>>,
    /// 受理时间早于；给日期时含当日
    #[arg(long, value_name = "时间", value_parser = to)]
    to: Option<DateTime<FixedOffset>>,
    /// 二级或一级分类代码
    #[arg(long, value_name = "代码")]
    category: Option<String>,
    /// 诉求类型代码
    #[arg(long, value_name = "代码")]
    petition: Option<String>,
    /// 归口单位代码
    #[arg(long, value_name = "代码")]
    department: Option<String>,
    /// 来件渠道
    #[arg(long, value_name = "渠道")]
    channel: Option<String>,
    /// 区县
    #[arg(long, value_name = "区县")]
    district: Option<String>,
}

#[derive(Args)]
struct Shape {
    /// 写到哪个文件；不给则打印
    #[arg(long, value_name = "文件", global = true)]
    out: Option<PathBuf>,
    /// 打印 JSON，与接口一致
    #[arg(long, global = true, conflicts_with = "out")]
    json: bool,
}

#[derive(Subcommand)]
enum What {
    /// 诉求量
    Volumes(Which),
    /// 趋势：新出现、上升、下降、季节性、长期存在；新词、新地点；今后 7 天
    Trends(trends::Wanted),
}

/// What a report is made from.
pub struct Desk {
    store: Store,
    taxonomy: Taxonomy,
    deadlines: Deadlines,
    reader: Reader,
    pub insight: Insight,
}

impl Desk {
    fn open(settings: &Settings) -> Result<Self> {
        let (data, store) = (settings.data(), Store::open_to_read(backup::store(settings)?)?);
        let taxonomy = Taxonomy::load(&data)?;
        let deadlines = Deadlines::load(&data, &taxonomy)?;
        Ok(Self { store, taxonomy, deadlines, reader: Reader::load(&data)?, insight: Insight::default() })
    }

    pub fn ground(&self) -> Ground<'_> {
        Ground { store: &self.store, taxonomy: &self.taxonomy, deadlines: &self.deadlines, reader: &self.reader }
    }
}

impl Which {
    pub fn scope(&self) -> Scope {
        Scope {
            from: self.from,
            to: self.to,
            category: self.category.clone(),
            petition: self.petition.clone(),
            department: self.department.clone(),
            channel: self.channel.clone(),
            district: self.district.clone(),
            ..Scope::default()
        }
    }
}

/// Makes the report and gives it out in the shape asked for.
pub fn run(settings: &Settings, wanted: &Report) -> Result<()> {
    let desk = Desk::open(settings)?;
    match &wanted.what {
        What::Volumes(which) => {
            let answer = desk.insight.volumes(desk.ground(), &which.scope())?;
            give(&wanted.shape, &answer, &answer.table())
        }
        What::Trends(asked) => asked.run(&desk, &wanted.shape),
    }
}

/// As JSON, as a file, or printed.
fn give<T: Serialize>(shape: &Shape, answer: &T, table: &Table) -> Result<()> {
    match (&shape.out, shape.json) {
        (Some(out), _) => written(out, table),
        (None, true) => show::json(answer),
        (None, false) => {
            print(table);
            Ok(())
        }
    }
}

/// Written under another name first: a file with the right name is always whole.
fn written(out: &Path, table: &Table) -> Result<()> {
    let (format, part) = (by_ending(out)?, with(out, ".part"));
    let file = BufWriter::new(own(&part).map_err(|error| unwritable(out).because(error))?);
    let file = table.write(format, file).inspect_err(|_| _ = fs::remove_file(&part))?;
    let file = file.into_inner().map_err(|error| unwritable(out).because(error.into_error()))?;
    file.sync_all().and_then(|()| fs::rename(&part, out)).map_err(|error| unwritable(out).because(error))?;
    anstream::println!("{GOOD}✓{PLAIN} {} 行已写到 {}", table.rows.len(), out.display());
    Ok(())
}

/// In columns; numbers to the right.
fn print(table: &Table) {
    let header: Vec<String> = table.columns.iter().map(|column| column.zh.to_owned()).collect();
    let rows: Vec<Vec<String>> = table.rows.iter().map(|row| row.iter().map(|cell| cell.text()).collect()).collect();
    let width = |at: usize| std::iter::once(&header).chain(&rows).map(|row| row[at].width()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let line = |row: &[String]| {
        let cells = row.iter().zip(&table.columns).zip(&widths).map(|((cell, column), width)| {
            let blank = " ".repeat(width - cell.width());
            if column.holds.is_numeric() { format!("{blank}{cell}") } else { format!("{cell}{blank}") }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    anstream::println!("{FAINT}{}{PLAIN}", line(&header));
    rows.iter().for_each(|row| anstream::println!("{}", line(row)));
}
