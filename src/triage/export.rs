//! Handing on (导出): cases of the store as rows of a table. What is trained on must have been known at intake and
//! settled by people; the columns say which is which, and what the machine advised goes by names that training does not
//! read.

use std::borrow::Cow;
use std::io::{Seek, Write};

use chrono::{DateTime, FixedOffset, Utc};

use crate::case::Decision;
use crate::dataset::export::{Cell, Column, Format, Holds, When, Writer};
use crate::error::{Error, Kind, Result, Saying};
use crate::store::{Exported, Filter, Named, Store, Stretch};

/// Cases read at once.
const BATCH: usize = 500;

/// What is asked for.
pub struct Order {
    pub format: Format,
    pub filter: Filter,
    /// Only cases whose category or unit people settled: what training takes.
    pub settled_only: bool,
    /// Out of [`columns`], in this order.
    pub columns: Vec<Column>,
    /// Refuses to hand on more; None is no bound.
    pub most: Option<usize>,
    /// What is overdue is overdue now; times are given in this offset.
    pub now: DateTime<FixedOffset>,
}

/// How a column's cell is made from a case.
type Made = fn(&Exported, &DateTime<FixedOffset>) -> Cell;

const fn column(name: &'static str, zh: &'static str, holds: Holds, when: When, meaning: &'static str) -> Column {
    Column { name: Cow::Borrowed(name), zh: Cow::Borrowed(zh), holds, when: Some(when), meaning }
}

use Holds::{Count, Share, Time, Truth, Words};
use When::{Closing, Intake, Routing};

/// Every column. Names are those of the API where it has one; training reads `id text title channel place issue` and
/// the two `final_…` as what they are.
static COLUMNS: [(Column, Made); 38] = [
    (column("id", "案件编号", Words, Intake, "本系统的编号"), |one, _| Cell::of(Some(&one.case.id))),
    (column("reference", "工单编号", Words, Intake, "发送方自己的编号，唯一"), |one, _| {
        Cell::of(one.case.reference.as_deref())
    }),
    (column("title", "标题", Words, Intake, "来件标题，已脱敏"), |one, _| {
        Cell::of(one.case.title.as_deref())
    }),
    (
        column("text", "诉求内容", Words, Intake, "首次提交的原文，已脱敏；以后不会改动"),
        |one, _| Cell::of(Some(&one.case.text)),
    ),
    (column("channel", "渠道", Words, Intake, "来件渠道"), |one, _| Cell::of(one.case.channel.as_deref())),
    (column("subject_type", "主体类型", Words, Intake, "个人、企业等，由发送方给出"), |one, _| {
        Cell::of(one.case.subject_type.as_deref())
    }),
    (column("received_at", "受理时间", Time, Intake, "未提供时为保存时间"), |one, now| {
        at(Some(one.case.received_at), now)
    }),
    (column("occurred_at", "发生时间", Time, Intake, "事情发生的时间，由发送方给出"), |one, now| {
        at(one.case.occurred_at, now)
    }),
    (column("created_at", "保存时间", Time, Intake, "本系统保存的时间"), |one, now| {
        at(Some(one.case.created_at), now)
    }),
    (column("district", "区县", Words, Intake, "从来件读出的区县"), |one, _| {
        Cell::of(one.case.district.as_deref())
    }),
    (
        column("place", "事发地", Words, Intake, "发送方所述地点；没有则为从原文读出的地点"),
        |one, _| {
            let stated = one.case.location.as_ref().and_then(|stated| stated.text.as_deref());
            Cell::of(stated.or(one.place.as_deref()))
        },
    ),
    (
        column(
            "decision",
            "处置建议",
            Words,
            Routing,
            "auto 自动派单、suggest 建议派单、manual 人工派单、transfer_emergency 紧急转接、redirect 告知渠道",
        ),
        |one, _| Cell::of(Some(decision(one.case.decision))),
    ),
    (
        column("advised_category", "建议分类", Words, Routing, "程序建议的二级分类代码，未经人工确认"),
        |one, _| code(&one.case.category),
    ),
    (column("advised_category_name", "建议分类名称", Words, Routing, "保存时的名称"), |one, _| {
        name(&one.case.category)
    }),
    (column("advised_category_probability", "建议分类概率", Share, Routing, "已校准，0 到 1"), |one, _| {
        share(one.category_probability)
    }),
    (
        column("advised_petition", "建议诉求类型", Words, Routing, "程序建议的诉求类型代码"),
        |one, _| code(&one.case.petition),
    ),
    (column("advised_petition_name", "建议诉求类型名称", Words, Routing, "保存时的名称"), |one, _| {
        name(&one.case.petition)
    }),
    (
        column("advised_petition_probability", "建议诉求类型概率", Share, Routing, "已校准，0 到 1"),
        |one, _| share(one.petition_probability),
    ),
    (
        column("advised_unit", "建议牵头单位", Words, Routing, "程序建议的牵头单位代码，未经人工确认"),
        |one, _| code(&one.case.unit),
    ),
    (column("advised_unit_name", "建议牵头单位名称", Words, Routing, "保存时的名称"), |one, _| {
        name(&one.case.unit)
    }),
    (
        column("advised_unit_probability", "建议牵头单位概率", Share, Routing, "已校准，0 到 1"),
        |one, _| share(one.unit_probability),
    ),
    (column("advised_urgency", "建议紧急程度", Words, Routing, "normal、urgent 或 critical"), |one, _| {
        Cell::of(Some(&one.case.urgency.code))
    }),
    (column("model", "模型版本", Words, Routing, "给出建议的模型"), |one, _| {
        Cell::of(Some(&one.case.versions.model))
    }),
    (column("taxonomy", "分类目录版本", Words, Routing, "给出建议时的分类目录"), |one, _| {
        Cell::of(Some(&one.case.versions.taxonomy))
    }),
    (column("rules", "派单目录版本", Words, Routing, "给出建议时的派单目录"), |one, _| {
        Cell::of(Some(&one.case.versions.rules))
    }),
    (column("issue", "诉求组", Words, Routing, "所属诉求组；合并、拆分后会变"), |one, _| {
        Cell::of(one.case.issue.as_deref())
    }),
    (column("due_at", "答复期限", Time, Routing, "含延期"), |one, now| at(one.case.due_at, now)),
    (column("status", "办理状态", Words, Closing, "导出时的状态代码"), |one, _| {
        Cell::of(Some(one.case.status.code()))
    }),
    (
        column(
            "outcome",
            "反馈结果",
            Words,
            Closing,
            "最近一次反馈：accepted 采纳、edited 修改、returned 退单、reassigned 改派",
        ),
        |one, _| Cell::of(one.outcome.as_deref()),
    ),
    (column("reason", "反馈原因", Words, Closing, "最近一次反馈的原因代码"), |one, _| {
        Cell::of(one.reason.as_deref())
    }),
    (
        column("final_category", "最终分类", Words, Closing, "人工裁定的二级分类代码；未裁定为空"),
        |one, _| Cell::of(one.final_category.as_deref()),
    ),
    (
        column("final_unit", "最终单位", Words, Closing, "人工裁定的牵头单位代码；未裁定为空"),
        |one, _| Cell::of(one.final_unit.as_deref()),
    ),
    (column("settled", "已裁定", Truth, Closing, "分类或单位经人工裁定，可用于训练"), |one, _| {
        Cell::Truth(one.final_category.is_some() || one.final_unit.is_some())
    }),
    (column("closed_at", "办结时间", Time, Closing, "未办结为空"), |one, now| at(one.case.closed_at, now)),
    (
        column("overdue", "超期", Truth, Closing, "办结晚于期限，或导出时已过期限仍未办结；没有期限为空"),
        |one, now| overdue(one, now),
    ),
    (column("supervisions", "督办次数", Count, Closing, "书面、专项和批示督办合计"), |one, _| {
        Cell::Count(one.supervisions)
    }),
    (
        column(
            "satisfied",
            "回访评价",
            Words,
            Closing,
            "最近一次回访：satisfied 满意、fair 基本满意、unsatisfied 不满意、undeclared 未表态；未回访为空",
        ),
        |one, _| Cell::of(one.satisfied.as_deref()),
    ),
    (
        column("resolved", "是否解决", Truth, Closing, "最近一次回访时诉求人认为是否已解决；没有问到为空"),
        |one, _| one.resolved.map_or(Cell::Blank, Cell::Truth),
    ),
];

/// Every column that can be asked for, in the usual order.
pub fn columns() -> Vec<Column> {
    COLUMNS.iter().map(|(column, _)| column.clone()).collect()
}

/// The columns of these names, in this order; every unknown or repeated name is told.
pub fn columns_called(names: &[String]) -> Result<Vec<Column>> {
    let known: Vec<&str> = COLUMNS.iter().map(|(column, _)| &*column.name).collect();
    let known = known.join(" ");
    let (mut found, mut error) =
        (Vec::new(), Error::invalid("字段名有误，请改正", "field names are wrong: correct them"));
    for called in names {
        let column =
            COLUMNS.iter().map(|(column, _)| column).find(|column| column.name == *called || column.zh == *called);
        let flaw = match column {
            Some(column) if found.contains(column) => Saying::new("写了两次", "is named twice"),
            Some(column) => {
                found.push(column.clone());
                continue;
            }
            None => Saying::new(format!("没有这个字段；可用：{known}"), format!("no such field; known: {known}")),
        };
        error = error.at(called, flaw.zh, flaw.en);
    }
    if error.flaws.is_empty() { Ok(found) } else { Err(error) }
}

/// Writes the cases asked for to `out`, oldest first, and gives it back with how many there were. Those that arrive
/// meanwhile are not among them. `tell` hears how much of the store is done.
pub fn export<W: Write + Seek + Send>(
    store: &Store,
    order: &Order,
    out: W,
    tell: &dyn Fn(usize, usize),
) -> Result<(W, usize)> {
    let made = made(&order.columns)?;
    let mut writer = Writer::begin(order.format, "案件", order.columns.clone(), out)?;
    let (up_to, mut after, mut rows) = (store.newest()?, 0, 0);
    loop {
        let stretch = Stretch { filter: order.filter.clone(), settled_only: order.settled_only, after, up_to };
        let some = store.exported(&stretch, BATCH)?;
        rows += some.len();
        order.most.filter(|most| rows > *most).map_or(Ok(()), |most| Err(too_many(most)))?;
        for one in &some {
            let cells: Vec<Cell> = made.iter().map(|made| made(one, &order.now)).collect();
            writer.row(&cells)?;
        }
        after = some.last().map_or(up_to, Exported::arrival);
        tell(after as usize, up_to as usize);
        if some.len() < BATCH {
            return Ok((writer.finish()?, rows));
        }
    }
}

/// How the cells of these columns are made, whatever the columns are called by now.
fn made(columns: &[Column]) -> Result<Vec<Made>> {
    let made = |wanted: &Column| COLUMNS.iter().find(|(column, _)| column.zh == wanted.zh).map(|(_, made)| *made);
    let lost = || Error::internal("导出了没有的字段", "a column without a value was exported");
    columns.iter().map(|column| made(column).ok_or_else(lost)).collect()
}

fn too_many(most: usize) -> Error {
    Error::new(
        Kind::TooLarge,
        format!("超过一次最多导出的 {most} 件：请用 from、to 分段，或在服务器上用 guikou export"),
        format!("more than the {most} cases of one export: use from and to, or guikou export on the server"),
    )
}

fn at(time: Option<DateTime<Utc>>, now: &DateTime<FixedOffset>) -> Cell {
    time.map_or(Cell::Blank, |time| Cell::Time(time.with_timezone(now.offset())))
}

fn code(named: &Option<Named>) -> Cell {
    Cell::of(named.as_ref().map(|named| named.code.as_str()))
}

fn name(named: &Option<Named>) -> Cell {
    Cell::of(named.as_ref().map(|named| named.name.as_str()))
}

fn share(probability: Option<f64>) -> Cell {
    probability.map_or(Cell::Blank, Cell::Share)
}

fn decision(decision: Decision) -> &'static str {
    match decision {
        Decision::Auto => "auto",
        Decision::Suggest => "suggest",
        Decision::Manual => "manual",
        Decision::TransferEmergency => "transfer_emergency",
        Decision::Redirect => "redirect",
    }
}

fn overdue(one: &Exported, now: &DateTime<FixedOffset>) -> Cell {
    let until = one.case.closed_at.unwrap_or_else(|| now.to_utc());
    one.case.due_at.map_or(Cell::Blank, |due| Cell::Truth(until > due))
}
