//! Volumes (诉求量): how many cases there are of what, beside how many there were, each with the list of exactly its cases.

mod change;
mod link;
mod name;
mod public;
mod table;

use chrono::{DateTime, FixedOffset};
use serde::Serialize;
use utoipa::ToSchema;

use self::change::{Bases, Beside, RowBeside};
use self::link::Listed;
use self::name::Names;
use super::{Day, Ground, Insight};
use crate::analytics::{Counted, Cut, Dimension, Period, Pivot, Snapshot, Value, pivot, total, volumes};
use crate::case::Scope;
use crate::error::{Error, Result};
pub use public::{PublicBase, PublicVolume, PublicVolumes};

/// The days counted over where nothing is said, today among them.
pub const USUAL_DAYS: u64 = 30;
/// Rows and columns of an answer, multiplied.
const MOST_CELLS: usize = 50_000;
/// Hours, days, weeks or months of an answer.
const MOST_TIMES: i64 = 4_000;

/// What is to be counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Breakdown {
    /// Its times are those of `period`.
    pub scope: Scope,
    pub period: Period,
    pub by: Dimension,
    /// Counted by this as well.
    pub across: Option<Dimension>,
    /// At most so many values of what is no time; the rest as one.
    pub top: Option<usize>,
    pub now: DateTime<FixedOffset>,
    /// What was received later is not known yet.
    pub until: Option<DateTime<FixedOffset>>,
}

/// 诉求量：本期各类件数，与上期、去年同期相比。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Volumes {
    /// 本期，含起不含止
    pub from: DateTime<FixedOffset>,
    pub to: DateTime<FixedOffset>,
    /// 按什么计数
    #[schema(value_type = Vec<String>)]
    pub by: Vec<&'static str>,
    /// 件数合计
    pub total: i64,
    /// 人数合计：同一来电人只算一次，没有来电人标识的各算一人
    pub people: i64,
    /// 日均件数：件数 ÷ 本期已过的天数
    pub per_day: Option<f64>,
    /// 本期全部案件的列表
    pub link: String,
    /// 本期尚未结束：只把已过的一段与对比期的同一段相比
    pub partial: bool,
    /// 本期内的法定节假日；工作日历没有该年时为 null
    pub holidays: Option<Vec<String>>,
    /// 上期：整月比上一个整月，其余比紧接其前、同样长的一段（环比）
    pub previous: Option<Base>,
    /// 去年同期：整周比 52 周前，其余比去年同日（同比）
    pub year_before: Option<Base>,
    /// 交叉统计的各列；只按一项计数时没有
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<Heading>>,
    /// 时间依次、不缺空档；其余件数多的在前，其后是「其余」，最后是没有的
    pub rows: Vec<Volume>,
}

/// 对比期。放假日不同则增减受其影响。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = VolumeBase)]
pub struct Base {
    /// 含起不含止
    pub from: DateTime<FixedOffset>,
    pub to: DateTime<FixedOffset>,
    pub cases: i64,
    /// 增减幅度：（本期 − 对比期）÷ 对比期；对比期不足 20 件为 null
    pub change: Option<f64>,
    /// 其中的法定节假日；工作日历没有该年时为 null
    pub holidays: Option<Vec<String>>,
    pub link: String,
}

/// 交叉统计的一列。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = VolumeColumn)]
pub struct Heading {
    /// 代码；没有的为 `-`，「其余」为 null
    pub code: Option<String>,
    pub name: String,
    pub cases: i64,
    pub people: i64,
    /// 这些案件的列表；见行的 link
    pub link: Option<String>,
}

/// 一类的诉求量。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Volume {
    /// 代码；没有的为 `-`，「其余」为 null
    pub code: Option<String>,
    pub name: String,
    pub cases: i64,
    pub people: i64,
    /// 占比：件数 ÷ 合计
    pub share: f64,
    /// 正是这些案件的列表；钟点、星期和「其余」无法列出，目录里已没有的代码也不能，为 null
    pub link: Option<String>,
    /// 这一时段尚未结束，或被本期的起止截去一部分：与对比期的同一段相比。只在按时间计数时给出
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partial: Option<bool>,
    /// 这一天是什么日子。只在按日计数时给出
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<Day>,
    /// 按时间计数时为上一时段，否则为上期的这一类
    pub previous: Option<Change>,
    /// 按时间计数时为去年的这一时段，否则为去年同期的这一类
    pub year_before: Option<Change>,
    /// 交叉统计：依各列
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cells: Option<Vec<Figure>>,
}

/// 与对比期相比。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = VolumeChange)]
pub struct Change {
    /// 对比期件数
    pub cases: i64,
    /// 增减幅度：（本期 − 对比期）÷ 对比期；对比期不足 20 件为 null
    pub change: Option<f64>,
    /// 对比期这些案件的列表；无法列出为 null
    pub link: Option<String>,
}

/// 件数及其案件的列表。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = VolumeFigure)]
pub struct Figure {
    pub cases: i64,
    /// 见行的 link
    pub link: Option<String>,
}

impl Breakdown {
    /// What is counted over: the scope with the period's times.
    fn over(&self, period: Period) -> Scope {
        let to = self.until.map_or(period.to, |until| until.clamp(period.from, period.to));
        Scope { from: Some(period.from), to: Some(to), ..self.scope.clone() }
    }

    /// 日均: of the days that are over, and of the part of the day that runs.
    fn per_day(&self, cases: i64) -> Option<f64> {
        let stretch = self.period.until(self.now)?;
        let days = (stretch.to - stretch.from).num_seconds() as f64 / 86_400.0;
        (days >= 1.0).then(|| cases as f64 / days)
    }

    fn cut(&self, by: Dimension) -> Cut {
        Cut { by, top: self.top }
    }

    fn dimensions(&self) -> impl Iterator<Item = Dimension> {
        std::iter::once(self.by).chain(self.across)
    }

    /// Refuses what would be too long to read.
    fn check_times(&self) -> Result<()> {
        for by in self.dimensions().filter(|by| by.runs()) {
            let number = |at| i64::from(crate::analytics::bucket(by, at, *self.period.from.offset()));
            if number(self.period.to) - number(self.period.from)
                > MOST_TIMES * if by == Dimension::Week { 7 } else { 1 }
            {
                return Err(too_long("时段分得太细", "the period is cut too finely"));
            }
        }
        Ok(())
    }
}

impl Insight {
    /// How many cases of the period there are of what, beside the period before and the same of the year before.
    pub fn volumes(&self, ground: Ground, asked: &Breakdown) -> Result<Volumes> {
        asked.check_times()?;
        let (snapshot, scope) = (self.fresh(ground)?, asked.over(asked.period));
        let many = || too_long("行列太多", "there are too many rows and columns");
        let counted = match asked.across {
            Some(across) => {
                pivot(&snapshot, &scope, asked.cut(asked.by), asked.cut(across), MOST_CELLS)?.ok_or_else(many)?
            }
            None => {
                let rows = volumes(&snapshot, &scope, asked.cut(asked.by))?;
                Pivot { rows, columns: Vec::new(), cells: Vec::new() }
            }
        };
        if counted.rows.len() > MOST_CELLS {
            return Err(many());
        }
        answered(ground, &snapshot, asked, &counted)
    }
}

fn answered(ground: Ground, snapshot: &Snapshot, asked: &Breakdown, counted: &Pivot) -> Result<Volumes> {
    let scope = asked.over(asked.period);
    let (total, people) = total(snapshot, &scope)?;
    let bases = Bases::of(ground, snapshot, asked)?;
    let beside = Beside::of(snapshot, asked, &bases, &counted.rows)?;
    let all = Listed::all(&scope, ground.taxonomy);
    let names = Names::of(ground, asked, counted)?;
    let row = |(at, one): (usize, &Counted)| {
        let own = all.narrowed(asked.by, &one.value);
        let RowBeside { partial, previous, year_before } = beside.of_row(at, ground.taxonomy, asked, &one.value);
        Volume {
            code: names.code(asked.by, &one.value),
            name: names.name(asked.by, &one.value),
            cases: one.cases,
            people: one.people,
            share: one.cases as f64 / total.max(1) as f64,
            link: own.as_ref().map(Listed::link),
            partial,
            day: link::day_of(asked.by, &one.value).map(|day| Day::of(&ground.deadlines.calendar, day)),
            previous,
            year_before,
            cells: asked.across.map(|across| cells(own.as_ref(), across, counted, at)),
        }
    };
    Ok(Volumes {
        from: asked.period.from,
        to: asked.period.to,
        by: asked.dimensions().map(Dimension::code).collect(),
        total,
        people,
        per_day: asked.per_day(total),
        link: scope.link(),
        partial: bases.partial,
        holidays: change::holidays(ground, asked.period),
        columns: asked
            .across
            .map(|across| counted.columns.iter().map(|one| heading(&all, &names, across, one)).collect()),
        rows: counted.rows.iter().enumerate().map(row).collect(),
        previous: bases.previous,
        year_before: bases.year_before,
    })
}

fn heading(all: &Listed, names: &Names, across: Dimension, one: &Counted) -> Heading {
    Heading {
        code: names.code(across, &one.value),
        name: names.name(across, &one.value),
        cases: one.cases,
        people: one.people,
        link: all.narrowed(across, &one.value).map(|listed| listed.link()),
    }
}

fn cells(own: Option<&Listed>, across: Dimension, counted: &Pivot, at: usize) -> Vec<Figure> {
    let link = |value: &Value| Some(own?.narrowed(across, value)?.link());
    let cells = counted.columns.iter().zip(counted.cells.get(at).into_iter().flatten());
    cells.map(|(column, cases)| Figure { cases: *cases, link: link(&column.value) }).collect()
}

fn too_long(zh: &str, en: &str) -> Error {
    Error::invalid(
        format!("{zh}：请缩短时段，换更粗的分法，或用 top 只取最多的"),
        format!("{en}: ask for less, or for the top"),
    )
    .at("?by", "结果太长", "the answer would be too long")
}
