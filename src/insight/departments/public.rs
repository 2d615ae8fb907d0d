//! The public edition (公开版): what a city may publish of how its units answer — no case, no link, no count under 5,
//! and nothing from which one could be worked out.
//!
//! One table of one whole calendar month that is over: tables of times that overlap would give away their difference.
//! All divisions of the month (by unit, kind of unit, category, district) are protected as one ([`suppress`]), so that
//! they may be published side by side. Publish a month once: the same month computed again on a later day differs by
//! what was answered in between.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveTime};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Asked, DepartmentGroup, Named, ON_TIME, Parts, RESOLUTION, RESPONSE, SATISFACTION};
use crate::analytics::suppress::{Node, Shown, protect};
use crate::analytics::{Count, Grouping, Handled, Rate};
use crate::case::{NONE, Satisfaction, Scope};
use crate::error::Result;
use crate::insight::{Ground, Insight};
use crate::taxonomy::{Taxonomy, Tier};

/// A month of the calendar, as the hotline's days have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    first: NaiveDate,
}

/// 办理情况公开版：一个自然月受理的承办件，截至 `as_of`。不含案件编号和链接；1 至 4 件的数字，以及能据以推算出它们的
/// 数字，一律隐去（`suppressed`），隐去的不一定小于 5。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PublicDepartments {
    /// 受理的月份
    #[schema(example = "2026-10")]
    pub month: String,
    /// 状态截至何时
    pub as_of: DateTime<FixedOffset>,
    pub group: DepartmentGroup,
    pub total: PublicRow,
    /// 按代码排列，不排名；整档隐去的，其单位不列
    pub rows: Vec<PublicRow>,
}

/// 一个单位（或一档、一类、一区县）的公开数字。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PublicRow {
    pub code: String,
    pub name: String,
    pub level: Option<Tier>,
    /// 承办件
    pub assigned: Option<i64>,
    /// 承办件已隐去，其余也都隐去
    pub suppressed: bool,
    pub response: PublicRate,
    pub on_time: PublicRate,
    pub resolution: PublicRate,
    pub satisfaction: PublicRate,
    /// 未表态：不计入满意率；与满意率一同隐去
    pub undeclared: Option<i64>,
}

/// 率：分子、分母、比例及 Wilson 95% 区间；隐去的和分母为 0 的为 null。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PublicRate {
    pub hits: Option<i64>,
    pub of: Option<i64>,
    pub rate: Option<f64>,
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub suppressed: bool,
}

/// The rates in the order of a node's answers.
const RATES: [&Parts; 4] = [&RESPONSE, &ON_TIME, &RESOLUTION, &SATISFACTION];
/// Which of them tells the undeclared.
const SATISFIED: usize = 3;

impl Month {
    /// `2026-10`.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-').filter(|(year, month)| year.len() == 4 && month.len() == 2)?;
        NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, 1).map(|first| Self { first })
    }

    /// The last that is over.
    pub fn last(now: DateTime<FixedOffset>, offset: FixedOffset) -> Self {
        let today = now.with_timezone(&offset).date_naive();
        let before = today.with_day(1).and_then(|first| first.pred_opt()).and_then(|last| last.with_day(1));
        Self { first: before.unwrap_or(today) }
    }

    pub fn is_over(self, now: DateTime<FixedOffset>, offset: FixedOffset) -> bool {
        self <= Self::last(now, offset)
    }

    /// What was received in it.
    pub fn scope(self, offset: FixedOffset) -> Scope {
        let start = |day: NaiveDate| DateTime::from_naive_utc_and_offset(day.and_time(NaiveTime::MIN) - offset, offset);
        let next = self.first.checked_add_months(chrono::Months::new(1));
        Scope { from: Some(start(self.first)), to: next.map(start), ..Scope::default() }
    }
}

impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.first.format("%Y-%m"))
    }
}

/// A row with its figures; the node has the same rows below.
struct Row {
    code: String,
    handled: Handled,
    node: Node,
    /// By way of dividing: units only below kinds of units.
    units: Vec<Row>,
}

impl Insight {
    /// What may be published of a month.
    pub fn published_departments(
        &self,
        ground: Ground,
        month: Month,
        group: DepartmentGroup,
        now: DateTime<FixedOffset>,
    ) -> Result<PublicDepartments> {
        let scope = month.scope(ground.deadlines.offset());
        let asked = Asked { snapshot: self.fresh(ground)?, ground, scope: &scope, now };
        let (units, total) = asked.figures(Grouping::Unit, None)?;
        let levels = by_level(rows(units), ground.taxonomy);
        let (domains, districts) =
            (rows(asked.figures(Grouping::Domain, None)?.0), rows(asked.figures(Grouping::District, None)?.0));
        let tables = [&levels, &domains, &districts].map(|rows| rows.iter().map(|row| row.node.clone()).collect());
        let node = Node { tables: tables.into(), ..node(&total) };
        let shown = protect(&node);
        let told = |row: &Row, shown: &Shown, by| {
            public(&row.handled, shown, Named::of(row.code.clone(), by, ground.taxonomy))
        };
        let plain = |rows: &[Row], at: usize, by| {
            rows.iter().zip(&shown.tables[at]).map(|(row, shown)| told(row, shown, by)).collect::<Vec<_>>()
        };
        let listed = match group {
            DepartmentGroup::Level => plain(&levels, 0, Grouping::Level),
            DepartmentGroup::Category => plain(&domains, 1, Grouping::Domain),
            DepartmentGroup::District => plain(&districts, 2, Grouping::District),
            DepartmentGroup::Unit => {
                let open = levels.iter().zip(&shown.tables[0]).filter(|(_, shown)| shown.size);
                let units = open.flat_map(|(level, shown)| level.units.iter().zip(&shown.tables[0]));
                let mut units: Vec<_> = units.map(|(row, shown)| told(row, shown, Grouping::Unit)).collect();
                units.sort_by(|a, b| a.code.cmp(&b.code));
                units
            }
        };
        let total = public(&total, &shown, Named::total());
        Ok(PublicDepartments { month: month.to_string(), as_of: now, group, total, rows: listed })
    }
}

/// Groups that have cases, by code.
fn rows(groups: Vec<Handled>) -> Vec<Row> {
    let some = groups.into_iter().filter(|handled| handled.count(Count::Assigned) > 0);
    let row = |handled: Handled| Row {
        code: handled.value.clone().unwrap_or_else(|| NONE.to_owned()),
        node: node(&handled),
        handled,
        units: Vec::new(),
    };
    some.map(row).collect()
}

/// Units under their kinds.
fn by_level(units: Vec<Row>, taxonomy: &Taxonomy) -> Vec<Row> {
    let mut levels: BTreeMap<(usize, &str), Vec<Row>> = BTreeMap::new();
    for row in units {
        let tier = taxonomy.department(&row.code).map(|unit| unit.level);
        let place = Tier::ALL.iter().position(|known| Some(*known) == tier).unwrap_or(Tier::ALL.len());
        levels.entry((place, tier.map_or(NONE, Tier::code))).or_default().push(row);
    }
    let level = |((_, code), units): ((usize, &str), Vec<Row>)| {
        let handled = Handled::sum_of(units.iter().map(|unit| &unit.handled));
        let below = units.iter().map(|unit| unit.node.clone()).collect();
        Row { code: code.to_owned(), node: Node { tables: vec![below], ..node(&handled) }, handled, units }
    };
    levels.into_iter().map(level).collect()
}

/// What is to be protected of a row: of each rate the hits, the misses, for satisfaction the undeclared, and the rest.
fn node(handled: &Handled) -> Node {
    let size = handled.count(Count::Assigned) as u32;
    let answer = |at: usize| {
        let mut parts = vec![handled.sum(RATES[at].hits) as u32, handled.sum(RATES[at].misses) as u32];
        if at == SATISFIED {
            parts.push(handled.count(Count::Said(Satisfaction::Undeclared)) as u32);
        }
        parts.push(size.saturating_sub(parts.iter().sum()));
        parts
    };
    Node { size, answers: (0..RATES.len()).map(answer).collect(), tables: Vec::new() }
}

fn public(handled: &Handled, shown: &Shown, named: Named) -> PublicRow {
    let rate = |at: usize| PublicRate::of(handled.rate(RATES[at].hits, RATES[at].misses), shown.answers[at]);
    let undeclared = handled.count(Count::Said(Satisfaction::Undeclared));
    PublicRow {
        code: named.code,
        name: named.name,
        level: named.level,
        assigned: shown.size.then(|| handled.count(Count::Assigned)),
        suppressed: !shown.size,
        response: rate(0),
        on_time: rate(1),
        resolution: rate(2),
        satisfaction: rate(SATISFIED),
        undeclared: shown.answers[SATISFIED].then_some(undeclared),
    }
}

impl PublicRate {
    fn of(rate: Rate, shown: bool) -> Self {
        let interval = rate.interval().filter(|_| shown);
        Self {
            hits: shown.then_some(rate.hits),
            of: shown.then_some(rate.of),
            rate: rate.share().filter(|_| shown),
            low: interval.map(|(low, _)| low),
            high: interval.map(|(_, high)| high),
            suppressed: !shown,
        }
    }
}
