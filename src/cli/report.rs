//! `guikou report`: figures of a store on the terminal, as JSON, or as a file.

mod alerts;
mod departments;
mod quality;
mod trends;
mod written;

use std::fs;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use chrono::Local;
use clap::{Args, Subcommand};
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use crate::case::Scope;
use crate::cli::export::{by_ending, own, unwritable, with};
use crate::cli::show::{FAINT, GOOD, PLAIN};
use crate::cli::when::When;
use crate::cli::{backup, hotspots, show};
use crate::config::Settings;
use crate::dataset::export::{Cell, Column, Holds};
use crate::deadline::Deadlines;
use crate::error::Result;
use crate::http::{Query, read_volumes};
use crate::insight::{Ground, Insight, NO_SHARE, ReportKind, Table, Volumes};
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
    #[arg(long, value_name = "时间")]
    from: Option<When>,
    /// 受理时间早于；给日期时含当日
    #[arg(long, value_name = "时间")]
    to: Option<When>,
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
    /// 紧急程度代码
    #[arg(long, value_name = "代码")]
    urgency: Option<String>,
    /// 区县
    #[arg(long, value_name = "区县")]
    district: Option<String>,
    /// 街道、乡镇
    #[arg(long, value_name = "名称")]
    street: Option<String>,
    /// 社区、村或小区
    #[arg(long, value_name = "名称")]
    community: Option<String>,
    /// 所属诉求组
    #[arg(long, value_name = "编号")]
    issue: Option<String>,
}

/// What volumes are counted by.
#[derive(Args)]
struct By {
    #[command(flatten)]
    which: Which,
    /// 按什么计数：一项，或用逗号隔开的两项（交叉），如 day、category、district,domain；默认 category
    #[arg(long, value_name = "项")]
    by: Option<String>,
    /// 只列件数最多的几个，其余合为一行
    #[arg(long, value_name = "数")]
    top: Option<usize>,
}

#[derive(Args)]
struct Shape {
    /// 写到哪个文件；不给则打印
    #[arg(long, short, value_name = "文件", global = true)]
    out: Option<PathBuf>,
    /// 打印 JSON，与接口一致
    #[arg(long, global = true, conflicts_with = "out")]
    json: bool,
}

#[derive(Subcommand)]
enum What {
    /// 诉求量：件数、人数、占比、环比、同比；不给起止即最近 30 天
    Volumes(By),
    /// 办理情况：各单位的派单、签收、答复、退单、回访和三率
    Departments(departments::Wanted),
    /// 督办：先到期的在前
    Supervisions(departments::Watched),
    /// 突增：哪类事在哪个区县多得不能用偶然来解释
    Bursts {
        /// 看上一个整周，与往年同季相比；须有两年以上的历史
        #[arg(long)]
        week: bool,
    },
    /// 预警：新的在前
    Alerts(alerts::Asked),
    /// 热点：热点问题表，或留言明细表
    Hotspots(hotspots::Hotspots),
    /// 日报：受理概况、诉求分类、热点、责任单位办理、督办、建议研判；默认昨日
    Daily(written::Wanted),
    /// 周报：默认上一个整周（周一至周日）
    Weekly(written::Wanted),
    /// 月报：默认上一个整月
    Monthly(written::Wanted),
    /// 专报：一个分类、一个区县、一个诉求组或一个单位；默认最近 30 天
    Special(Box<written::Special>),
    /// 趋势：新出现、上升、下降、季节性、长期存在；新词、新地点；今后 7 天
    Trends(trends::Wanted),
    /// 质量：建议有多准、退单、改动、漂移、复核队列；不给起止即最近 30 天
    Quality(quality::Wanted),
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
        Ok(Self {
            store,
            taxonomy,
            deadlines,
            reader: Reader::load(&data)?,
            insight: Insight::measuring_by(settings.measures()),
        })
    }

    pub fn ground(&self) -> Ground<'_> {
        Ground { store: &self.store, taxonomy: &self.taxonomy, deadlines: &self.deadlines, reader: &self.reader }
    }
}

impl Which {
    /// Dates are days of the hotline.
    pub fn scope(&self, ground: Ground) -> Result<Scope> {
        let zone = ground.deadlines.offset();
        let from = self.from.as_ref().map(|from| from.from(zone)).transpose()?;
        let to = self.to.as_ref().map(|to| to.to(zone)).transpose()?;
        Ok(Scope { from, to, ..self.at_any_time() })
    }

    fn at_any_time(&self) -> Scope {
        Scope {
            category: self.category.clone(),
            petition: self.petition.clone(),
            department: self.department.clone(),
            channel: self.channel.clone(),
            urgency: self.urgency.clone(),
            district: self.district.clone(),
            street: self.street.clone(),
            community: self.community.clone(),
            issue: self.issue.clone(),
            ..Scope::default()
        }
    }

    /// As the parameters of a request, to be read as strictly.
    fn given(&self) -> Vec<(String, String)> {
        let scope = self.at_any_time();
        let times = [("from", &self.from), ("to", &self.to)];
        let times = times.into_iter().filter_map(|(name, when)| Some((name, when.as_ref()?.text())));
        times.chain(scope.named()).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }
}

/// Counts, read as a request is.
fn volumes(desk: &Desk, asked: &By) -> Result<Volumes> {
    let mut given = asked.which.given();
    given.extend(asked.by.clone().map(|by| ("by".to_owned(), by)));
    given.extend(asked.top.map(|top| ("top".to_owned(), top.to_string())));
    let now = Local::now().fixed_offset();
    let asked = read_volumes(Query::of(given, desk.deadlines.offset()), &desk.taxonomy, now)?;
    desk.insight.volumes(desk.ground(), &asked.breakdown)
}

/// Makes the report and gives it out in the shape asked for.
pub fn run(settings: &Settings, wanted: &Report) -> Result<()> {
    let desk = Desk::open(settings)?;
    match &wanted.what {
        What::Volumes(asked) => {
            let answer = volumes(&desk, asked)?;
            give(&wanted.shape, &answer, &answer.table())
        }
        What::Departments(asked) => departments::departments(&desk, &wanted.shape, asked),
        What::Supervisions(asked) => departments::supervisions(&desk, &wanted.shape, asked),
        What::Bursts { week } => {
            let now = chrono::Local::now().fixed_offset();
            let answer = match week {
                true => desk.insight.bursts_of_week(desk.ground(), now)?,
                false => desk.insight.bursts(desk.ground(), now)?,
            };
            give(&wanted.shape, &answer, &answer.table())
        }
        What::Alerts(asked) => {
            let answer = desk.insight.alerts(desk.ground(), &asked.filter(desk.ground())?, None, i32::MAX as usize)?;
            give(&wanted.shape, &answer, &answer.table())
        }
        What::Hotspots(asked) => {
            let answer = desk.insight.hotspots(desk.ground(), &asked.asked(desk.ground())?)?;
            give(&wanted.shape, &answer, &answer.table(asked.shape(), desk.ground(), None)?)
        }
        What::Trends(asked) => asked.run(&desk, &wanted.shape),
        What::Daily(asked) => asked.run(&desk, settings, &wanted.shape, ReportKind::Daily, &[]),
        What::Weekly(asked) => asked.run(&desk, settings, &wanted.shape, ReportKind::Weekly, &[]),
        What::Monthly(asked) => asked.run(&desk, settings, &wanted.shape, ReportKind::Monthly, &[]),
        What::Special(special) => special.run(&desk, settings, &wanted.shape),
        What::Quality(asked) => asked.run(&desk, settings, &wanted.shape),
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

/// Of tables too wide for a terminal, the columns that people look at first; files and JSON hold all.
const BRIEF: [(&str, &[&str]); 5] = [
    (
        "办理情况",
        &[
            "代码",
            "名称",
            "承办件",
            "按时答复",
            "逾期答复",
            "超期未答复",
            "退单",
            "响应率",
            "按时办结率",
            "解决率",
            "满意率",
        ],
    ),
    ("督办", &["工单编号", "承办单位名称", "督办方式", "督办期限", "剩余天数", "超期"]),
    ("预警", &["级别", "说明", "发出时间", "处理"]),
    ("复核", &["案件编号", "为什么", "理由", "建议", "现认定"]),
    ("趋势", &["趋势", "名称", "本期件数", "基期件数", "倍数", "q", "首次出现"]),
];

/// The table as it fits a terminal, and whether columns were left out.
fn briefly(table: &Table) -> (Table, bool) {
    let Some((_, names)) = BRIEF.iter().find(|(title, _)| *title == table.title) else { return (table.clone(), false) };
    let kept: Vec<usize> = (0..table.columns.len()).filter(|at| names.contains(&&*table.columns[*at].zh)).collect();
    let columns = kept.iter().map(|at| table.columns[*at].clone()).collect();
    let rows = table.rows.iter().map(|row| kept.iter().map(|at| row[*at].clone()).collect()).collect();
    (Table { title: table.title, columns, rows }, true)
}

/// In columns; numbers to the right, shares in hundredths.
fn print(table: &Table) {
    let (table, left_out) = &briefly(table);
    let header: Vec<String> = table.columns.iter().map(|column| column.zh.to_string()).collect();
    let rows: Vec<Vec<String>> =
        table.rows.iter().map(|row| row.iter().zip(&table.columns).map(shown).collect()).collect();
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
    if *left_out {
        anstream::eprintln!("{FAINT}其余各列见 --json，或用 --out 写成文件{PLAIN}");
    }
}

fn shown((cell, column): (&Cell, &Column)) -> String {
    match (cell, column.holds) {
        (Cell::Blank, Holds::Share) => NO_SHARE.to_owned(),
        (Cell::Share(share), _) => format!("{:.2}%", share * 100.0),
        _ => cell.text(),
    }
}
