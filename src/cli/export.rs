//! `guikou export`: cases as a file for BI tools, for people, and for training.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use chrono::{FixedOffset, Local};
use clap::Args;
use serde::Serialize;

use crate::case::Scope;
use crate::cli::learn::Bar;
use crate::cli::show::{GOOD, PLAIN};
use crate::cli::when::When;
use crate::cli::{backup, monthly, show};
use crate::config::Settings;
use crate::dataset::export::{Column, Format};
use crate::deadline::Deadlines;
use crate::error::{Error, Result};
use crate::store::{Filter, Store};
use crate::taxonomy::Taxonomy;
use crate::text::Reader;
use crate::triage::export::{Order, columns, columns_called, export};

#[derive(Args)]
pub struct Export {
    /// 案件库（SQLite 文件）；服务运行时也可以导出
    #[arg(long, value_name = "文件")]
    pub store: Option<String>,
    /// 写到哪个文件，旁边另写一份字段说明（.fields.json）
    #[arg(long, value_name = "文件", required_unless_present_any = ["describe", "monthly"])]
    out: Option<PathBuf>,
    /// 格式：csv、jsonl、xlsx 或 parquet，默认看文件名的结尾
    #[arg(long, value_name = "格式", value_parser = format)]
    format: Option<Format>,
    /// 受理时间不早于：日期或 RFC 3339 时间
    #[arg(long, value_name = "时间")]
    from: Option<When>,
    /// 受理时间早于；给日期时含当日
    #[arg(long, value_name = "时间")]
    to: Option<When>,
    /// 查找：用空格隔开的词，每个都要在标题、内容、地点、编号或区划里出现；须保护的案件只按编号和区划找
    #[arg(long, value_name = "词")]
    q: Option<String>,
    /// 只导出经人工裁定的案件：可直接用于 guikou train --corrections
    #[arg(long)]
    settled_only: bool,
    /// 只要这些字段，用逗号隔开；全部字段见 --describe
    #[arg(long, value_name = "字段", value_delimiter = ',')]
    fields: Vec<String>,
    /// 列名用中文
    #[arg(long)]
    chinese: bool,
    /// 不导出，打印字段说明（JSON）：名称、含义、何时可知
    #[arg(long)]
    describe: bool,
    /// 写到这个目录，每个受理月份一个 Parquet 文件，不含标题、内容和地点；再次导出只重写有变动的月份
    #[arg(long, value_name = "目录", conflicts_with_all = ["out", "format", "from", "to", "q", "settled_only", "fields", "chinese", "describe"])]
    monthly: Option<PathBuf>,
    /// 月度文件也含标题、内容和地点（均已脱敏）
    #[arg(long, requires = "monthly")]
    with_texts: bool,
}

/// What stands beside an export.
#[derive(Serialize)]
struct Described<'a> {
    /// What the values of `available` mean.
    availability: BTreeMap<&'static str, &'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<usize>,
    fields: &'a [Column],
}

const AVAILABILITY: [(&str, &str); 3] =
    [("intake", "受理时已知"), ("routing", "派单后才有"), ("closing", "办理或办结后才有：不可用作受理时的特征")];

fn format(text: &str) -> Result<Format, String> {
    Format::called(text).ok_or_else(|| "只能是 csv、jsonl、xlsx、parquet 之一".to_owned())
}

/// Where the hotline's days begin.
fn zone(settings: &Settings) -> Result<FixedOffset> {
    let data = settings.data();
    Ok(Deadlines::load(&data, &Taxonomy::load(&data)?)?.offset())
}

/// Writes the file, and beside it what its fields are.
pub fn run(settings: &Settings, wanted: &Export) -> Result<()> {
    if let Some(folder) = &wanted.monthly {
        let now = Local::now().with_timezone(&zone(settings)?);
        let store = Store::open_to_read(backup::store(settings)?)?;
        return monthly::run(&store, folder, wanted.with_texts, now);
    }
    let mut columns = if wanted.fields.is_empty() { columns() } else { columns_called(&wanted.fields)? };
    if wanted.chinese {
        columns.iter_mut().for_each(|column| column.name = column.zh.clone());
    }
    let out = match &wanted.out {
        Some(out) if !wanted.describe => out,
        _ => return show::json(&Described { availability: AVAILABILITY.into(), rows: None, fields: &columns }),
    };
    let format = wanted.format.map_or_else(|| by_ending(out), Ok)?;
    let path = backup::store(settings)?;
    apart(path, out)?;
    let zone = zone(settings)?;
    let from = wanted.from.as_ref().map(|from| from.from(zone)).transpose()?;
    let to = wanted.to.as_ref().map(|to| to.to(zone)).transpose()?;
    let scope = Scope { from, to, ..Scope::default() };
    let reader = wanted.q.as_ref().map(|_| Reader::load(&settings.data())).transpose()?;
    let words = reader.zip(wanted.q.as_ref()).map(|(reader, q)| reader.sought(q)).unwrap_or_default();
    let filter = Filter { words, scope, ..Filter::default() };
    let (settled_only, now) = (wanted.settled_only, Local::now().fixed_offset());
    let order = Order { format, filter, settled_only, columns, most: None, now };
    let rows = write(&Store::open_to_read(path)?, &order, out)?;
    anstream::println!("{GOOD}✓{PLAIN} 已导出 {rows} 件到 {}，字段说明在 {}", out.display(), described(out).display());
    Ok(())
}

pub fn by_ending(out: &Path) -> Result<Format> {
    let ending = out.extension().map(|ending| ending.to_string_lossy().into_owned()).unwrap_or_default();
    let unknown = || {
        let shown = out.display();
        Error::invalid(
            format!("从文件名 {shown} 看不出格式：请以 .csv、.jsonl、.xlsx 或 .parquet 结尾，或用 --format 指明"),
            format!("the name {shown} tells no format: end it in .csv, .jsonl, .xlsx or .parquet, or say --format"),
        )
    };
    Format::called(&ending).ok_or_else(unknown)
}

/// An export never takes the store's place.
fn apart(store: &Path, out: &Path) -> Result<()> {
    let same = store.canonicalize().is_ok_and(|store| out.canonicalize().is_ok_and(|out| out == store));
    match same {
        false => Ok(()),
        true => {
            Err(Error::invalid("--out 就是案件库本身：请换一个文件", "--out is the store itself: choose another file"))
        }
    }
}

/// Writes under another name first: a file with the right name is always whole.
fn write(store: &Store, order: &Order, out: &Path) -> Result<usize> {
    let part = with(out, ".part");
    let written = (|| {
        let bar = Bar::new();
        let tell = |done: usize, all: usize| bar.at("导出", done, all, "导出".into());
        let file = BufWriter::new(own(&part).map_err(|error| unwritable(out).because(error))?);
        let (file, rows) = export(store, order, file, &tell)?;
        let file = file.into_inner().map_err(|error| unwritable(out).because(error.into_error()))?;
        file.sync_all().and_then(|()| fs::rename(&part, out)).map_err(|error| unwritable(out).because(error))?;
        bar.done();
        Ok(rows)
    })();
    let rows = written.inspect_err(|_| _ = fs::remove_file(&part))?;
    let told = Described { availability: AVAILABILITY.into(), rows: Some(rows), fields: &order.columns };
    let told = serde_json::to_string_pretty(&told)
        .map_err(|error| Error::internal("写 JSON 出错", "cannot write JSON").because(error))?;
    let beside = described(out);
    let told = own(&beside).and_then(|mut file| file.write_all((told + "\n").as_bytes()));
    told.map(|()| rows).map_err(|error| unwritable(&beside).because(error))
}

/// An empty file for its owner only: what citizens wrote stands in it, masked though it is.
pub fn own(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn described(out: &Path) -> PathBuf {
    with(out, ".fields.json")
}

pub fn with(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.to_owned().into_os_string();
    name.push(ending);
    name.into()
}

pub fn unwritable(path: &Path) -> Error {
    let shown = path.display();
    Error::setup(
        format!("写不进 {shown}：请检查目录是否存在、权限和磁盘空间，文件不要在别处开着"),
        format!("cannot write {shown}: check the folder, its rights and its disk, and close it elsewhere"),
    )
}
