//! Series of daily counts, out of the frame.

use std::collections::BTreeMap;

use polars::prelude::*;

use super::{Period, YEAR};
use crate::analytics::frame::broken;
use crate::analytics::{Snapshot, column, within};
use crate::case::Scope;
use crate::error::Result;

/// What makes a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Over {
    /// A level-2 category.
    Category,
    /// A level-2 category in a district.
    Cell,
    /// An event (诉求组).
    Event,
    /// A level-1 category.
    Domain,
    /// All cases as one.
    All,
}

/// What the cases of a series have in common, in the order of [`Over`]'s columns; `None` where they lack it.
pub type Key = Vec<Option<String>>;

/// The cases of one series, day by day.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub key: Key,
    /// From the first day looked back to up to the period's last.
    pub days: Vec<u32>,
    /// The first day ever seen, as days since 1970.
    pub first: i32,
    /// Cases of the same days, and of the base before them, one year (364 days) earlier, two years earlier, and so on.
    pub earlier: Vec<(u64, u64)>,
}

impl Over {
    fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Category => &[column::CATEGORY],
            Self::Cell => &[column::CATEGORY, column::DISTRICT],
            Self::Event => &[column::ISSUE],
            Self::Domain => &[column::DOMAIN],
            Self::All => &[],
        }
    }
}

/// All series of the scope that have a case in the period or its base, by key. Times of the scope do not count; `years`
/// is how many earlier years there are.
pub fn series(snapshot: &Snapshot, scope: &Scope, over: Over, period: &Period, years: usize) -> Result<Vec<Series>> {
    let rows = rows(snapshot, scope, over).filter(col(column::DAY).lt(lit(period.to)));
    let length = (period.to - period.back) as usize;
    let mut found: BTreeMap<Key, Series> = BTreeMap::new();
    let daily = rows.clone().filter(col(column::DAY).gt_eq(lit(period.back)));
    for (key, day, cases) in counted(daily, over, col(column::DAY))? {
        let blank = || Series { key: key.clone(), days: vec![0; length], first: day, earlier: vec![(0, 0); years] };
        found.entry(key.clone()).or_insert_with(blank).days[(day - period.back) as usize] = cases;
    }
    let base = (period.base - period.back) as usize;
    found.retain(|_, series| series.days[base..].iter().any(|count| *count > 0));
    for (key, first) in firsts(rows.clone(), over)? {
        found.entry(key).and_modify(|series| series.first = first);
    }
    for year in 1..=years {
        let (base, from, to) = shifted(period, year);
        let then = rows.clone().filter(col(column::DAY).gt_eq(lit(base)).and(col(column::DAY).lt(lit(to))));
        for (key, here, cases) in counted(then, over, col(column::DAY).gt_eq(lit(from)).cast(DataType::Int32))? {
            found.entry(key).and_modify(|series| {
                let sums = &mut series.earlier[year - 1];
                *(if here == 1 { &mut sums.0 } else { &mut sums.1 }) = u64::from(cases);
            });
        }
    }
    Ok(found.into_values().collect())
}

/// The first day of which there is a case, whatever it is of.
pub fn first_day(snapshot: &Snapshot) -> Result<Option<i32>> {
    let first = snapshot.rows().select([col(column::DAY).min()]).collect().map_err(broken)?;
    let first = first.column(column::DAY).and_then(|column| column.i32().cloned()).map_err(broken)?;
    Ok(first.get(0))
}

/// The same days some years earlier.
fn shifted(period: &Period, years: usize) -> (i32, i32, i32) {
    let back = years as i32 * YEAR;
    (period.base - back, period.from - back, period.to - back)
}

fn rows(snapshot: &Snapshot, scope: &Scope, over: Over) -> LazyFrame {
    let scope = Scope { from: None, to: None, ..scope.clone() };
    let rows = snapshot.rows().filter(within(&scope));
    match over {
        Over::Event => rows.filter(col(column::ISSUE).is_not_null()),
        _ => rows,
    }
}

/// Cases by key and a whole number.
fn counted(rows: LazyFrame, over: Over, number: Expr) -> Result<Vec<(Key, i32, u32)>> {
    let by: Vec<Expr> = names(over).into_iter().chain([number.alias(NUMBER)]).collect();
    let found = rows.group_by(by).agg([len().alias(CASES)]).collect().map_err(broken)?;
    let cases = found.column(CASES).and_then(|column| column.u32().cloned()).map_err(broken)?;
    let numbers = found.column(NUMBER).and_then(|column| column.i32().cloned()).map_err(broken)?;
    let keys = keys(&found, over)?.into_iter();
    Ok(keys.zip(numbers.iter().zip(cases.iter())).filter_map(|(key, (n, cases))| Some((key, n?, cases?))).collect())
}

fn firsts(rows: LazyFrame, over: Over) -> Result<Vec<(Key, i32)>> {
    let by: Vec<Expr> = names(over).into_iter().chain([lit(0).alias(NUMBER)]).collect();
    let found = rows.group_by(by).agg([col(column::DAY).min()]).collect().map_err(broken)?;
    let days = found.column(column::DAY).and_then(|column| column.i32().cloned()).map_err(broken)?;
    let keys = keys(&found, over)?.into_iter();
    Ok(keys.zip(days.iter()).filter_map(|(key, day)| Some((key, day?))).collect())
}

fn names(over: Over) -> Vec<Expr> {
    over.columns().iter().map(|name| col(*name)).collect()
}

/// Grouped as codes, which is quick, and told as words.
fn keys(found: &DataFrame, over: Over) -> Result<Vec<Key>> {
    let mut keys = vec![Key::new(); found.height()];
    for name in over.columns() {
        let values = found.column(name).and_then(|column| column.cast(&DataType::String)).map_err(broken)?;
        let values = values.str().map_err(broken)?;
        keys.iter_mut().zip(values.iter()).for_each(|(key, value)| key.push(value.map(str::to_owned)));
    }
    Ok(keys)
}

const NUMBER: &str = "number";
const CASES: &str = "cases";
