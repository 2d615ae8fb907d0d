//! 环比 and 同比: the period before and the same of the year before, the whole of each or, while the period still runs, the
//! same stretch of each. `change = (this − base) / base`, none where the base has under [`LEAST_BASE`] cases: of so few a
//! share tells nothing. Holidays (法定节假日) of either are named, for then the change is partly theirs.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, FixedOffset};

use super::link::{Listed, period_of};
use super::{Base, Breakdown, Change};
use crate::analytics::{Counted, Period, Snapshot, Value, cases_by, within_periods};
use crate::error::Result;
use crate::insight::Ground;
use crate::taxonomy::Taxonomy;

/// A base of fewer cases gives no share.
const LEAST_BASE: i64 = 20;

/// A stretch of a period, and the same stretch of what the period is compared with.
struct Compared {
    /// None where it has not begun.
    stretch: Option<Period>,
    /// It is not the whole period.
    partial: bool,
    previous: Option<Period>,
    year_before: Option<Period>,
}

/// What the whole period is compared with.
pub struct Bases {
    pub partial: bool,
    pub previous: Option<Base>,
    pub year_before: Option<Base>,
    compared: Compared,
}

/// What each row is compared with.
pub enum Beside {
    /// Each row is a period of its own.
    Times(Vec<RowBeside>),
    /// Each row is a kind of case: how many there are of it in the stretch and in the bases.
    Values { now: BTreeMap<Value, i64>, previous: Option<Counts>, year_before: Option<Counts> },
}

/// What a row is beside its bases.
#[derive(Clone, Default)]
pub struct RowBeside {
    /// Of a time: whether it is not whole.
    pub partial: Option<bool>,
    pub previous: Option<Change>,
    pub year_before: Option<Change>,
}

/// Cases of a base.
pub struct Counts {
    period: Period,
    cases: BTreeMap<Value, i64>,
}

impl Compared {
    /// What of `whole` was asked for and is over by now.
    fn of(whole: &Period, asked: &Period, now: DateTime<FixedOffset>) -> Self {
        let stretch = whole.and(asked).and_then(|stretch| stretch.until(now));
        let same = |base: Option<Period>| base?.like(whole, &stretch?);
        let (previous, year_before) = (same(whole.before()), same(whole.year_before()));
        Self { partial: stretch != Some(*whole), stretch, previous, year_before }
    }
}

impl Bases {
    pub fn of(ground: Ground, snapshot: &Snapshot, asked: &Breakdown) -> Result<Self> {
        let compared = Compared::of(&asked.period, &asked.period, asked.now);
        // Apart, so that nothing of the months between is read.
        let lately = counted(snapshot, asked, &[compared.stretch, compared.previous])?;
        let then = counted(snapshot, asked, &[compared.year_before])?;
        let base = |period: Option<Period>, cases: Option<i64>| {
            let (period, cases, now) = (period?, cases?, lately[0]?);
            let (change, link) = (share(now, cases), asked.over(period).link());
            Some(Base { from: period.from, to: period.to, cases, change, holidays: holidays(ground, period), link })
        };
        let (previous, year_before) = (base(compared.previous, lately[1]), base(compared.year_before, then[0]));
        Ok(Self { partial: compared.partial, previous, year_before, compared })
    }
}

impl Beside {
    pub fn of(snapshot: &Snapshot, asked: &Breakdown, bases: &Bases, rows: &[Counted]) -> Result<Self> {
        if asked.by.runs() {
            return times(snapshot, asked, rows).map(Self::Times);
        }
        let cases = |period: Period| cases_by(snapshot, &asked.over(period), asked.by);
        let base = |period: Option<Period>| {
            period.map(|period| Ok(Counts { period, cases: unlisted(cases(period)?, rows) })).transpose()
        };
        let now = match bases.compared.stretch.filter(|_| bases.partial) {
            Some(stretch) => unlisted(cases(stretch)?, rows),
            None => rows.iter().map(|row| (row.value.clone(), row.cases)).collect(),
        };
        let (previous, year_before) = (base(bases.compared.previous)?, base(bases.compared.year_before)?);
        Ok(Self::Values { now, previous, year_before })
    }

    pub fn of_row(&self, at: usize, taxonomy: &Taxonomy, asked: &Breakdown, value: &Value) -> RowBeside {
        let (now, previous, year_before) = match self {
            Self::Times(rows) => return rows.get(at).cloned().unwrap_or_default(),
            Self::Values { now, previous, year_before } => (now, previous, year_before),
        };
        let number = |cases: &BTreeMap<Value, i64>| cases.get(value).copied().unwrap_or(0);
        let change = |base: &Counts| {
            let listed = Listed::all(&asked.over(base.period), taxonomy).narrowed(asked.by, value);
            let (cases, link) = (number(&base.cases), listed.map(|listed| listed.link()));
            Change { cases, change: share(number(now), cases), link }
        };
        let (previous, year_before) = (previous.as_ref().map(change), year_before.as_ref().map(change));
        RowBeside { partial: None, previous, year_before }
    }
}

/// The holidays of a period.
pub fn holidays(ground: Ground, period: Period) -> Option<Vec<String>> {
    let (first, last) = period.days();
    ground.deadlines.calendar.holidays(first, last)
}

/// 增减幅度.
fn share(now: i64, base: i64) -> Option<f64> {
    (base >= LEAST_BASE).then(|| (now - base) as f64 / base as f64)
}

/// Each row beside the same stretch of the time before it, and of the year before.
fn times(snapshot: &Snapshot, asked: &Breakdown, rows: &[Counted]) -> Result<Vec<RowBeside>> {
    let whole = rows.iter().map(|row| period_of(asked.by, &row.value, *asked.period.from.offset()));
    let compared: Vec<Option<Compared>> =
        whole.map(|whole| Some(Compared::of(&whole?, &asked.period, asked.now))).collect();
    let of = |which: fn(&Compared) -> Option<Period>| -> Vec<Option<Period>> {
        compared.iter().map(|one| one.as_ref().and_then(which)).collect()
    };
    let (now, previous, year) = (of(|one| one.stretch), of(|one| one.previous), of(|one| one.year_before));
    let lately = counted(snapshot, asked, &[now.as_slice(), &previous].concat())?;
    let then = counted(snapshot, asked, &year)?;
    let (now, before) = lately.split_at(rows.len());
    let change = |now: Option<i64>, period: Option<Period>, cases: Option<i64>| {
        let (now, period, cases) = (now?, period?, cases?);
        Some(Change { cases, change: share(now, cases), link: Some(asked.over(period).link()) })
    };
    let row = |at: usize| RowBeside {
        partial: Some(compared[at].as_ref().is_none_or(|one| one.partial)),
        previous: change(now[at], previous[at], before[at]),
        year_before: change(now[at], year[at], then[at]),
    };
    Ok((0..rows.len()).map(row).collect())
}

/// Cases in each of the periods.
fn counted(snapshot: &Snapshot, asked: &Breakdown, periods: &[Option<Period>]) -> Result<Vec<Option<i64>>> {
    let known: Vec<Period> = periods.iter().flatten().copied().collect();
    let mut cases = match known.is_empty() {
        true => Vec::new(),
        false => within_periods(snapshot, &asked.scope, &known)?,
    }
    .into_iter();
    Ok(periods.iter().map(|period| period.and_then(|_| cases.next())).collect())
}

/// With those of values that have no row of their own as the rest.
fn unlisted(mut cases: BTreeMap<Value, i64>, rows: &[Counted]) -> BTreeMap<Value, i64> {
    let listed: BTreeSet<&Value> = rows.iter().map(|row| &row.value).collect();
    let rest = cases.iter().filter(|(value, _)| !listed.contains(value)).map(|(_, cases)| cases).sum();
    cases.insert(Value::Rest, rest);
    cases
}
