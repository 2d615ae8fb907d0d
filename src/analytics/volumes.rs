//! Volumes (诉求量): how many cases, and of how many people, there are of each kind; by one thing, or by two (交叉).
//!
//! Rows are filtered by columns and then counted in one pass into a field of counters, one for each value: no hashing,
//! and no word is looked at. People (人数) are different reporters; a case of which nobody knows who called counts as a
//! person of its own, as in a group (诉求组).

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;
use rayon::prelude::*;

use super::frame::broken;
use super::keys::{Keys, bucket, columns, keys};
use super::period::Period;
use super::{Snapshot, column};
use crate::case::Scope;
use crate::error::Result;

/// Reporters of one place that are worth the work of several threads.
const MANY: usize = 1 << 18;

/// What cases are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dimension {
    Hour,
    Day,
    /// Monday to Sunday.
    Week,
    Month,
    HourOfDay,
    Weekday,
    /// Level-1 category.
    Domain,
    Category,
    Petition,
    Department,
    District,
    Street,
    Community,
    Channel,
    Urgency,
    Status,
    Issue,
}

/// One value of a dimension.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// An hour since 1970, a day since 1970 (of a week its Monday), a month since January 1970, an hour of the day (0 to
    /// 23) or a weekday (Monday is 1), all as the hotline's offset has them.
    Number(i32),
    Code(String),
    /// All values beyond the top.
    Rest,
    /// Of cases that lack it.
    Lacking,
}

/// How many there are of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    pub value: Value,
    pub cases: i64,
    pub people: i64,
}

/// Cases counted by two dimensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pivot {
    pub rows: Vec<Counted>,
    pub columns: Vec<Counted>,
    /// Cases of each row in each column.
    pub cells: Vec<Vec<i64>>,
}

/// By what, and how many of its values at most: those with the most cases, the rest as one. Times are never folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    pub by: Dimension,
    pub top: Option<usize>,
}

impl Dimension {
    pub const ALL: [Dimension; 17] = [
        Dimension::Hour,
        Dimension::Day,
        Dimension::Week,
        Dimension::Month,
        Dimension::HourOfDay,
        Dimension::Weekday,
        Dimension::Domain,
        Dimension::Category,
        Dimension::Petition,
        Dimension::Department,
        Dimension::District,
        Dimension::Street,
        Dimension::Community,
        Dimension::Channel,
        Dimension::Urgency,
        Dimension::Status,
        Dimension::Issue,
    ];

    /// On the wire.
    pub fn code(self) -> &'static str {
        match self {
            Dimension::Hour => "hour",
            Dimension::Day => "day",
            Dimension::Week => "week",
            Dimension::Month => "month",
            Dimension::HourOfDay => "hour_of_day",
            Dimension::Weekday => "weekday",
            Dimension::Domain => "domain",
            Dimension::Category => "category",
            Dimension::Petition => "petition",
            Dimension::Department => "department",
            Dimension::District => "district",
            Dimension::Street => "street",
            Dimension::Community => "community",
            Dimension::Channel => "channel",
            Dimension::Urgency => "urgency",
            Dimension::Status => "status",
            Dimension::Issue => "issue",
        }
    }

    /// Whether its values follow one another in time.
    pub fn is_time(self) -> bool {
        self.runs() || matches!(self, Dimension::HourOfDay | Dimension::Weekday)
    }

    /// Whether each of its values is a period.
    pub fn runs(self) -> bool {
        matches!(self, Dimension::Hour | Dimension::Day | Dimension::Week | Dimension::Month)
    }
}

/// How many cases and people there are in a scope.
pub fn total(snapshot: &Snapshot, scope: &Scope) -> Result<(i64, i64)> {
    let rows = selected(snapshot, scope, &[], &[column::REPORTER])?;
    let people = people(&vec![0; rows.height()], 1, &rows)?;
    Ok((rows.height() as i64, people.first().copied().unwrap_or(0)))
}

/// Cases and people of the scope for each value. Times in their order, from the first to the last of the scope, each of
/// them, be it empty; else most cases first, equal ones by value, then the rest, then what lacks it.
pub fn volumes(snapshot: &Snapshot, scope: &Scope, cut: Cut) -> Result<Vec<Counted>> {
    let rows = selected(snapshot, scope, &[cut.by], &[column::REPORTER])?;
    let keys = keys(&rows, cut.by)?;
    let (values, places) = laid_out(&keys, cut, snapshot, scope);
    let placed = keys.placed(&places);
    counted(values, &placed, &rows)
}

/// Cases of the scope for each value that there is, and nothing else.
pub fn cases_by(snapshot: &Snapshot, scope: &Scope, by: Dimension) -> Result<BTreeMap<Value, i64>> {
    let keys = keys(&selected(snapshot, scope, &[by], &[])?, by)?;
    Ok(keys.counts().into_iter().map(|(key, cases)| (keys.value(key), cases.into())).collect())
}

/// As [`volumes`], by two dimensions at once; both margins as [`volumes`] gives them. None where it would have more than
/// `most` cells.
pub fn pivot(snapshot: &Snapshot, scope: &Scope, down: Cut, across: Cut, most: usize) -> Result<Option<Pivot>> {
    let rows = selected(snapshot, scope, &[down.by, across.by], &[column::REPORTER])?;
    let (first, second) = (keys(&rows, down.by)?, keys(&rows, across.by)?);
    let (down, places) = laid_out(&first, down, snapshot, scope);
    let first = first.placed(&places);
    let (across, places) = laid_out(&second, across, snapshot, scope);
    let second = second.placed(&places);
    let width = across.len();
    if down.len().saturating_mul(width) > most {
        return Ok(None);
    }
    let mut cells = vec![0i64; down.len() * width];
    first.iter().zip(&second).for_each(|(row, column)| cells[*row as usize * width + *column as usize] += 1);
    let cells = cells.chunks(width.max(1)).map(<[i64]>::to_vec).collect();
    Ok(Some(Pivot { rows: counted(down, &first, &rows)?, columns: counted(across, &second, &rows)?, cells }))
}

/// How many cases of the scope, whatever its times, fall in each of the periods.
pub fn within_periods(snapshot: &Snapshot, scope: &Scope, periods: &[Period]) -> Result<Vec<i64>> {
    let (from, to) = (periods.iter().map(|one| one.from).min(), periods.iter().map(|one| one.to).max());
    let hull = Scope { from, to, ..scope.clone() };
    let rows = snapshot.rows_of(&hull)?.select([col(column::AT)]).collect().map_err(broken)?;
    let times = rows.column(column::AT).and_then(|column| column.i64()).map_err(broken)?;
    let mut times: Vec<i64> = times.iter().flatten().collect();
    times.sort();
    let before = |at: i64| times.partition_point(|time| *time < at);
    let count = |one: &Period| before(one.to.timestamp_millis()) - before(one.from.timestamp_millis());
    Ok(periods.iter().map(|one| count(one) as i64).collect())
}

/// Only the columns that are counted by, and these.
fn selected(snapshot: &Snapshot, scope: &Scope, by: &[Dimension], also: &[&str]) -> Result<DataFrame> {
    let wanted: BTreeSet<&str> = by.iter().flat_map(|by| columns(*by)).chain(also).copied().collect();
    let wanted: Vec<Expr> = wanted.into_iter().map(col).collect();
    snapshot.rows_of(scope)?.select(wanted).collect().map_err(broken)
}

/// The values in the order in which they are given, and where each key stands among them.
fn laid_out(keys: &Keys, cut: Cut, snapshot: &Snapshot, scope: &Scope) -> (Vec<Value>, BTreeMap<u32, u32>) {
    let counts = keys.counts();
    let mut found: Vec<(Value, u32, u32)> =
        counts.into_iter().map(|(key, cases)| (keys.value(key), key, cases)).collect();
    let is_time = cut.by.is_time();
    // Lacking sorts last of all values.
    found.sort_by(|(a, _, more), (b, _, less)| match is_time || [a, b].contains(&&Value::Lacking) {
        true => a.cmp(b),
        false => less.cmp(more).then_with(|| a.cmp(b)),
    });
    let mut values: Vec<Value> = if is_time { spanned(cut.by, snapshot, scope, &found) } else { Vec::new() };
    let mut places = BTreeMap::new();
    let named = found.iter().filter(|(value, ..)| *value != Value::Lacking).count();
    let top = cut.top.filter(|_| !is_time).unwrap_or(usize::MAX);
    for (at, (value, key, _)) in found.into_iter().enumerate() {
        let value = if at >= top && at < named { Value::Rest } else { value };
        let place = match is_time {
            true => values.binary_search(&value).unwrap_or_default(),
            false if values.last() == Some(&value) => values.len() - 1,
            false => {
                values.push(value);
                values.len() - 1
            }
        };
        places.insert(key, place as u32);
    }
    (values, places)
}

/// All times from the first to the last: those of the scope, and where it has no bound those found.
fn spanned(by: Dimension, snapshot: &Snapshot, scope: &Scope, found: &[(Value, u32, u32)]) -> Vec<Value> {
    let number = |one: Option<&(Value, u32, u32)>| match one {
        Some((Value::Number(number), ..)) => Some(*number),
        _ => None,
    };
    let (first, last) = match by {
        Dimension::HourOfDay => (Some(0), Some(23)),
        Dimension::Weekday => (Some(1), Some(7)),
        _ => {
            let (from, to) =
                (scope.from, scope.to.and_then(|to| to.checked_sub_signed(chrono::TimeDelta::milliseconds(1))));
            let number_of = |at: chrono::DateTime<chrono::FixedOffset>| bucket(by, at, snapshot.offset());
            (from.map(number_of).or_else(|| number(found.first())), to.map(number_of).or_else(|| number(found.last())))
        }
    };
    let (Some(first), Some(last)) = (first, last) else { return Vec::new() };
    let step = if by == Dimension::Week { 7 } else { 1 };
    (first..=last).step_by(step).map(Value::Number).collect()
}

fn counted(values: Vec<Value>, placed: &[u32], rows: &DataFrame) -> Result<Vec<Counted>> {
    let mut cases = vec![0i64; values.len()];
    placed.iter().for_each(|place| cases[*place as usize] += 1);
    let people = people(placed, values.len(), rows)?;
    let all = values.into_iter().zip(cases).zip(people);
    Ok(all.map(|((value, cases), people)| Counted { value, cases, people }).collect())
}

/// How many people there are at each place: reporters are laid together by place, and each place's sorted on its own.
fn people(placed: &[u32], places: usize, rows: &DataFrame) -> Result<Vec<i64>> {
    let reporters = rows.column(column::REPORTER).and_then(|column| column.u64()).map_err(broken)?;
    let mut ends = vec![0usize; places + 1];
    let mut people = vec![0i64; places];
    for (place, reporter) in placed.iter().zip(reporters.iter()) {
        match reporter {
            Some(_) => ends[*place as usize + 1] += 1,
            None => people[*place as usize] += 1,
        }
    }
    (0..places).for_each(|place| ends[place + 1] += ends[place]);
    let mut next = ends.clone();
    let mut together = vec![0u64; ends[places]];
    for (place, reporter) in placed.iter().zip(reporters.iter()) {
        if let Some(reporter) = reporter {
            let next = &mut next[*place as usize];
            together[*next] = reporter;
            *next += 1;
        }
    }
    let mut rest = together.as_mut_slice();
    let own = ends.windows(2).map(|ends| rest.split_off_mut(..ends[1] - ends[0]).unwrap_or_default());
    let own: Vec<&mut [u64]> = own.collect();
    own.into_par_iter().zip(&mut people).for_each(|(own, count)| *count += different(own));
    Ok(people)
}

/// How many different ones there are.
fn different(reporters: &mut [u64]) -> i64 {
    if reporters.len() > MANY {
        reporters.par_sort_unstable()
    } else {
        reporters.sort_unstable()
    }
    reporters.chunk_by(|a, b| a == b).count() as i64
}
