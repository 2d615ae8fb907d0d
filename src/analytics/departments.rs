//! Department figures (办理情况): what became of the cases that units were given.
//!
//! The states are those of [`crate::case::Handling`], and the store lists by the same, so that each count leads to
//! exactly its cases. All of it comes from the frame in one pass; only medians over everything take a second.

use std::sync::Arc;

use polars::prelude::*;

use super::frame::broken;
use super::{Rate, Snapshot, column};
use crate::case::{Answering, Satisfaction, Scope, Signing, Status};
use crate::error::Result;

/// One thing that is counted of the cases of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Count {
    /// All of its cases (承办).
    Assigned,
    Signed(Signing),
    Answered(Answering),
    /// Of its cases: came from another unit (改派), were done again (重办), extended (延期), closed (办结), are under
    /// supervision (督办中).
    Reassigned,
    Redone,
    Extended,
    Closed,
    Supervised,
    /// What the citizen said when last asked.
    Said(Satisfaction),
    Resolved(bool),
    /// Cases that it returned last (退单), whoever has them now: not a part of `Assigned`.
    Returned,
}

/// What rows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Grouping {
    /// The unit that has the case or had it last.
    Unit,
    /// Its kind.
    Level,
    /// Level-1 category, level-2 category, district of the case.
    Domain,
    Category,
    District,
}

/// Median and 90th percentile, by linear interpolation between order statistics (R. J. Hyndman and Y. Fan, "Sample
/// quantiles in statistical packages", The American Statistician 50 (1996) 361–365, definition 7).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    pub median: f64,
    pub p90: f64,
}

/// The figures of one group.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Handled {
    /// What the group is called; `None`: those that lack it.
    pub value: Option<String>,
    counts: Vec<u32>,
    /// From the last dispatch to the first answer after it, of cases that stand answered: working days (工作日) after the
    /// day of dispatch, 0 on the same day, and natural hours.
    pub days: Option<Spread>,
    pub hours: Option<Spread>,
}

/// How many days were worked, from a day on: what a stretch of working days is counted by.
#[derive(Debug, Clone)]
pub struct WorkedDays {
    /// Days since 1970.
    first: i32,
    /// Of the days from `first` up to and with each.
    upto: Arc<[i32]>,
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    pub scope: &'a Scope,
    pub by: Grouping,
    /// The unit whose cases alone count.
    pub unit: Option<&'a str>,
    /// Units and their kinds, by code; what is not here has none.
    pub levels: &'a [(String, &'static str)],
    pub worked: &'a WorkedDays,
    /// What is late is late by this time, milliseconds since 1970.
    pub now: i64,
}

impl Count {
    /// Each once, in the order of [`Handled`].
    pub const ALL: [Count; 23] = [
        Count::Assigned,
        Count::Signed(Signing::InTime),
        Count::Signed(Signing::Late),
        Count::Signed(Signing::Overdue),
        Count::Signed(Signing::Waiting),
        Count::Answered(Answering::InTime),
        Count::Answered(Answering::Late),
        Count::Answered(Answering::Waiting),
        Count::Answered(Answering::Overdue),
        Count::Answered(Answering::Suspended),
        Count::Answered(Answering::SentBack),
        Count::Reassigned,
        Count::Redone,
        Count::Extended,
        Count::Closed,
        Count::Supervised,
        Count::Said(Satisfaction::Satisfied),
        Count::Said(Satisfaction::Fair),
        Count::Said(Satisfaction::Unsatisfied),
        Count::Said(Satisfaction::Undeclared),
        Count::Resolved(true),
        Count::Resolved(false),
        Count::Returned,
    ];

    /// The name of its column while counting.
    fn name(self) -> String {
        format!("{self:?}")
    }

    /// Whether a unit's case is counted.
    fn holds(self, now: i64) -> Expr {
        match self {
            Count::Assigned | Count::Returned => lit(true),
            Count::Signed(signing) => signed(signing, now),
            Count::Answered(answering) => answered(answering, now),
            Count::Reassigned => col(column::REASSIGNED).gt(lit(0)),
            Count::Redone => col(column::REDONE).gt(lit(0)),
            Count::Extended => col(column::EXTENDED).gt(lit(0)),
            Count::Closed => status(Status::Closed),
            Count::Supervised => col(column::SUPERVISIONS).gt(lit(0)),
            Count::Said(said) => is(col(column::SATISFIED).eq(lit(said.code()))),
            Count::Resolved(resolved) => is(col(column::RESOLVED).eq(lit(resolved))),
        }
    }
}

impl Handled {
    /// How many there are of something.
    pub fn count(&self, of: Count) -> i64 {
        let at = Count::ALL.iter().position(|count| *count == of);
        at.and_then(|at| self.counts.get(at)).copied().unwrap_or_default().into()
    }

    /// All of these together.
    pub fn sum(&self, of: &[Count]) -> i64 {
        of.iter().map(|count| self.count(*count)).sum()
    }

    pub fn rate(&self, hits: &[Count], misses: &[Count]) -> Rate {
        let hits = self.sum(hits);
        Rate { hits, of: hits + self.sum(misses) }
    }

    /// All of them together, without the times.
    pub fn sum_of<'a>(groups: impl Iterator<Item = &'a Handled> + Clone) -> Self {
        let mut sum = Self::default();
        for count in Count::ALL {
            sum.set(count, groups.clone().map(|group| group.count(count) as u32).sum());
        }
        sum
    }

    fn set(&mut self, of: Count, cases: u32) {
        self.counts.resize(Count::ALL.len(), 0);
        if let Some(at) = Count::ALL.iter().position(|count| *count == of) {
            self.counts[at] = cases;
        }
    }
}

impl WorkedDays {
    /// Of the days from `first`, days since 1970, on: whether each is worked.
    pub fn new(first: i32, worked: impl Iterator<Item = bool>) -> Self {
        let mut sum = 0;
        let upto = worked.map(|worked| {
            sum += i32::from(worked);
            sum
        });
        Self { first, upto: upto.collect() }
    }

    /// Days worked from `first` up to and with a day; a day outside is the nearest inside.
    fn upto(&self, day: i64) -> i32 {
        let at = (day - i64::from(self.first)).min(self.upto.len() as i64 - 1);
        usize::try_from(at).ok().and_then(|at| self.upto.get(at)).copied().unwrap_or_default()
    }
}

/// The figures of each group, by its value; groups without a case are left out. The last is the total of all of them.
pub fn departments(snapshot: &Snapshot, asked: Question) -> Result<(Vec<Handled>, Handled)> {
    let rows = prepared(snapshot, asked)?;
    let mut groups = grouped(rows.clone().filter(given()), asked)?;
    for (value, cases) in returned(rows.clone(), asked)? {
        match groups.iter_mut().find(|group| group.value == value) {
            Some(group) => group.set(Count::Returned, cases),
            None => {
                let mut group = Handled { value, ..Handled::default() };
                group.set(Count::Returned, cases);
                groups.push(group);
            }
        }
    }
    groups.sort_by(|a, b| (a.value.is_none(), &a.value).cmp(&(b.value.is_none(), &b.value)));
    let times = theirs(rows.filter(given()), column::UNIT, asked).select(times()).collect().map_err(broken)?;
    let (days, hours) = (spread(&times, "days", 0)?, spread(&times, "hours", 0)?);
    let total = Handled { days, hours, ..Handled::sum_of(groups.iter()) };
    Ok((groups, total))
}

/// The rows that may count, with what they are grouped by and how long they took.
fn prepared(snapshot: &Snapshot, asked: Question) -> Result<LazyFrame> {
    let mut rows = snapshot.rows_of(asked.scope)?;
    if asked.by == Grouping::Level {
        rows = with_level(rows, column::UNIT, LEVEL, asked)?;
        rows = with_level(rows, column::RETURNED_BY, RETURNED_LEVEL, asked)?;
    }
    let took = col(column::ANSWERED) - col(column::DISPATCHED);
    let hours = took.cast(DataType::Float64) / lit(HOUR);
    let days = worked(column::ANSWERED, snapshot, asked.worked) - worked(column::DISPATCHED, snapshot, asked.worked);
    Ok(rows.with_columns([hours.alias("hours"), days.cast(DataType::Float64).alias("days")]))
}

const LEVEL: &str = "level";
const RETURNED_LEVEL: &str = "returned_level";
/// Milliseconds of an hour and of a day.
const HOUR: f64 = 3_600_000.0;
const DAY: i64 = 86_400_000;

/// Adds the kind of the unit in `of` as column `name`.
fn with_level(rows: LazyFrame, of: &str, name: &str, asked: Question) -> Result<LazyFrame> {
    let codes = Column::new("code".into(), asked.levels.iter().map(|(code, _)| code.as_str()).collect::<Vec<_>>());
    let codes = codes.cast(&DataType::from_categories(Categories::global())).map_err(broken)?;
    let levels = Column::new(name.into(), asked.levels.iter().map(|(_, level)| *level).collect::<Vec<_>>());
    let table = DataFrame::new(asked.levels.len(), vec![codes, levels]).map_err(broken)?;
    Ok(rows.join(table.lazy(), [col(of)], [col("code")], JoinArgs::new(JoinType::Left)))
}

/// Days worked up to the day of a time, as the hotline has it.
fn worked(time: &str, snapshot: &Snapshot, days: &WorkedDays) -> Expr {
    let (days, offset) = (days.clone(), i64::from(snapshot.offset().local_minus_utc()) * 1000);
    let counted = move |times: Column| {
        let times = times.i64()?;
        let found = times.iter().map(|time| time.map(|time| days.upto((time + offset).div_euclid(DAY))));
        Ok(Column::new(times.name().clone(), found.collect::<Vec<_>>()))
    };
    col(time).map(counted, |_, field| Ok(Field::new(field.name().clone(), DataType::Int32)))
}

/// Those of the unit asked for, if one is.
fn theirs(rows: LazyFrame, of: &str, asked: Question) -> LazyFrame {
    match asked.unit {
        Some(unit) => rows.filter(is(col(of).eq(lit(unit.to_owned())))),
        None => rows,
    }
}

/// Counts of the units' cases by group.
fn grouped(rows: LazyFrame, asked: Question) -> Result<Vec<Handled>> {
    let rows = theirs(rows, column::UNIT, asked);
    let key = match asked.by {
        Grouping::Unit => column::UNIT,
        Grouping::Level => LEVEL,
        by => by.place(),
    };
    let counts = Count::ALL.iter().filter(|count| **count != Count::Returned);
    let counts = counts.map(|count| match count {
        Count::Assigned => len().alias(count.name()),
        count => count.holds(asked.now).sum().alias(count.name()),
    });
    let wanted: Vec<Expr> = counts.chain(times()).collect();
    let counted = rows.group_by([col(key).cast(DataType::String).alias("value")]).agg(wanted).collect();
    let counted = counted.map_err(broken)?;
    let values = counted.column("value").and_then(|column| column.str().cloned()).map_err(broken)?;
    let mut groups = Vec::with_capacity(counted.height());
    for (at, value) in values.iter().enumerate() {
        let (days, hours) = (spread(&counted, "days", at)?, spread(&counted, "hours", at)?);
        groups.push(Handled { value: value.map(str::to_owned), counts: Vec::new(), days, hours });
    }
    for count in Count::ALL.into_iter().filter(|count| *count != Count::Returned) {
        let column = counted.column(&count.name()).and_then(|column| column.u32().cloned()).map_err(broken)?;
        groups.iter_mut().zip(column.iter()).for_each(|(group, cases)| group.set(count, cases.unwrap_or_default()));
    }
    Ok(groups)
}

/// Cases by the unit that returned them last, or by what else is asked by.
fn returned(rows: LazyFrame, asked: Question) -> Result<Vec<(Option<String>, u32)>> {
    let rows = theirs(rows.filter(col(column::RETURNED_BY).is_not_null()), column::RETURNED_BY, asked);
    let key = match asked.by {
        Grouping::Unit => column::RETURNED_BY,
        Grouping::Level => RETURNED_LEVEL,
        by => by.place(),
    };
    let counted = rows.group_by([col(key).cast(DataType::String).alias("value")]).agg([len().alias("cases")]);
    let counted = counted.collect().map_err(broken)?;
    let values = counted.column("value").and_then(|column| column.str().cloned()).map_err(broken)?;
    let cases = counted.column("cases").and_then(|column| column.u32().cloned()).map_err(broken)?;
    let rows = values.iter().zip(cases.into_no_null_iter());
    Ok(rows.map(|(value, cases)| (value.map(str::to_owned), cases)).collect())
}

impl Grouping {
    /// The column of what a case itself is grouped by.
    fn place(self) -> &'static str {
        match self {
            Grouping::Domain => column::DOMAIN,
            Grouping::Category => column::CATEGORY,
            Grouping::District => column::DISTRICT,
            Grouping::Unit | Grouping::Level => column::UNIT,
        }
    }
}

/// Whether a case is a unit's.
fn given() -> Expr {
    let kept = col(column::GIVEN_BACK).not().or(status(Status::Returned));
    col(column::UNIT).is_not_null().and(kept)
}

fn status(status: Status) -> Expr {
    is(col(column::STATUS).eq(lit(status.code())))
}

/// What is not known is not so.
fn is(condition: Expr) -> Expr {
    condition.fill_null(lit(false))
}

fn signed(signing: Signing, now: i64) -> Expr {
    let signed = || col(column::SIGNED).is_not_null();
    let late = || is(col(column::SIGNED).gt(col(column::SIGN_DUE)));
    let overdue = || {
        let past = is(col(column::SIGN_DUE).lt(lit(now)));
        signed().not().and(status(Status::Dispatched)).and(past)
    };
    match signing {
        Signing::InTime => signed().and(late().not()),
        Signing::Late => late(),
        Signing::Overdue => overdue(),
        Signing::Waiting => signed().not().and(overdue().not()),
    }
}

fn is_answered() -> Expr {
    status(Status::Replied).or(status(Status::FollowedUp)).or(status(Status::Closed))
}

fn answered(answering: Answering, now: i64) -> Expr {
    let late = || is(col(column::REPLIED).gt(col(column::DUE)));
    let owed = || col(column::OWED).and(status(Status::Returned).not());
    let past = || is(col(column::DUE).lt(lit(now)));
    match answering {
        Answering::InTime => is_answered().and(late().not()),
        Answering::Late => is_answered().and(late()),
        Answering::Waiting => owed().and(past().not()),
        Answering::Overdue => owed().and(past()),
        Answering::Suspended => status(Status::Suspended),
        Answering::SentBack => status(Status::Returned),
    }
}

/// Medians and 90th percentiles of what cases that stand answered took.
fn times() -> [Expr; 4] {
    let of = |name: &str, at: f64, suffix: &str| {
        let taken = col(name).filter(is_answered());
        taken.quantile(lit(at), QuantileMethod::Linear).alias(format!("{name}_{suffix}"))
    };
    [of("days", 0.5, "median"), of("days", 0.9, "p90"), of("hours", 0.5, "median"), of("hours", 0.9, "p90")]
}

/// What [`times`] found in a row.
fn spread(table: &DataFrame, name: &str, row: usize) -> Result<Option<Spread>> {
    let found = |suffix: &str| {
        let column = table.column(&format!("{name}_{suffix}")).and_then(|column| column.f64().cloned());
        column.map(|column| column.get(row)).map_err(broken)
    };
    Ok(found("median")?.zip(found("p90")?).map(|(median, p90)| Spread { median, p90 }))
}
