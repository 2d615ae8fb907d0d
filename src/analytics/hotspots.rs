//! Hotspots (热点): what is told much, by many, more than usual, and badly — events (诉求组), and kinds of matters in
//! places. Here they are counted; how hot they are by these counts is told in [`heat`].

mod heat;
mod tally;

use std::collections::HashMap;

use chrono::{DateTime, FixedOffset, TimeDelta};
use polars::prelude::*;

use super::frame::broken;
use super::{Snapshot, column};
use crate::case::{NONE, Satisfaction, Scope};
use crate::error::Result;
pub use heat::{Formula, Parts, Scale, Weights, rank, usual_z};
use tally::Row;
pub use tally::Tally;

/// What is compared with what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Over {
    /// Events told by several cases (诉求组); cases that stand alone are in none.
    Event,
    /// Level-2 category × district.
    Cell,
    /// Level-2 category × street, where the street is known.
    Street,
}

/// What may be a hotspot. A category or a district that cases lack is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    Event { issue: String },
    Cell { category: Option<String>, district: Option<String> },
    Street { category: Option<String>, district: Option<String>, street: String },
}

/// Which marks of a case mean what, as codes.
#[derive(Debug, Clone, Copy)]
pub struct Signs<'a> {
    /// Urgencies (紧急程度) above the ordinary.
    pub urgent: &'a [&'a str],
    /// Flags that speak of danger.
    pub grave: &'a [&'a str],
    /// Flags that say that it was told before.
    pub again: &'a [&'a str],
}

/// What is asked: over which cases, of which time, as known when.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Its times are not looked at.
    pub scope: &'a Scope,
    pub over: Over,
    /// Received at or after.
    pub from: DateTime<FixedOffset>,
    /// Received before.
    pub to: DateTime<FixedOffset>,
    /// Cases received later are not known yet, nor is what became of a case later.
    pub as_of: DateTime<FixedOffset>,
    /// After which time a telling counts half.
    pub half_life: TimeDelta,
    pub signs: Signs<'a>,
}

impl Subject {
    /// Exactly its cases among those of a scope.
    pub fn scope(&self, all: &Scope) -> Scope {
        let named = |name: &Option<String>| Some(name.clone().unwrap_or_else(|| NONE.to_owned()));
        let all = all.clone();
        match self {
            Self::Event { issue } => Scope { issue: Some(issue.clone()), ..all },
            Self::Cell { category, district } => Scope { category: named(category), district: named(district), ..all },
            Self::Street { category, district, street } => {
                let street = Some(street.clone());
                Scope { category: named(category), district: named(district), street, ..all }
            }
        }
    }
}

impl Asked<'_> {
    /// The end of the time asked for, as far as it is known: what is received at it or after does not count.
    pub fn until(&self) -> DateTime<FixedOffset> {
        self.to.min(self.as_of + TimeDelta::milliseconds(1))
    }

    /// The time asked for, in milliseconds.
    fn window(&self) -> tally::Window {
        let until = self.until().timestamp_millis();
        tally::Window {
            from: self.from.timestamp_millis(),
            until,
            end: until.min(self.as_of.timestamp_millis()),
            half_life: self.half_life.num_milliseconds().max(1),
        }
    }
}

/// What was counted of each subject that has a case in the time asked for, in the order of the subjects.
pub fn tallies(snapshot: &Snapshot, asked: &Asked) -> Result<Vec<Tally>> {
    let window = asked.window();
    let (rows, subjects, units) = read(snapshot, asked, window.first())?;
    let begun = begun(snapshot)?;
    let mut tallies = Vec::new();
    for rows in rows.chunk_by(|a, b| a.subject == b.subject) {
        let subject = &subjects[rows[0].subject as usize];
        tallies.extend(tally::tally(subject, rows, &window, begun, &units));
    }
    tallies.sort_by(|a, b| a.subject.cmp(&b.subject));
    Ok(tallies)
}

/// When the first case of all was received: before it nothing is known.
fn begun(snapshot: &Snapshot) -> Result<i64> {
    let first = snapshot.rows().select([col(column::AT).min()]).collect().map_err(broken)?;
    let first = first.column(column::AT).and_then(|column| column.i64().cloned()).map_err(broken)?;
    Ok(first.get(0).unwrap_or(i64::MAX))
}

/// The rows since `first`, by subject, then by time.
fn read(snapshot: &Snapshot, asked: &Asked, first: i64) -> Result<(Vec<Row>, Vec<Subject>, Vec<String>)> {
    let first = DateTime::from_timestamp_millis(first).map(|first| first.with_timezone(&snapshot.offset()));
    let scope = Scope { from: first, to: Some(asked.until()), ..asked.scope.clone() };
    let has_one = match asked.over {
        Over::Event => col(column::ISSUE).is_not_null(),
        Over::Cell => lit(true),
        Over::Street => col(column::STREET).is_not_null(),
    };
    let rows = snapshot.rows_of(&scope)?.filter(has_one);
    let rows = rows.select(wanted(asked)).collect().map_err(broken)?;
    let (mut subjects, mut units) = (Names::default(), Names::default());
    let mut found = rows_of(&rows, asked, &mut subjects, &mut units).map_err(broken)?;
    found.sort_unstable_by_key(|row| (row.subject, row.at, row.arrival));
    Ok((found, subjects.named, units.named))
}

/// What tells one subject from another.
fn keys(over: Over) -> &'static [&'static str] {
    match over {
        Over::Event => &[column::ISSUE],
        Over::Cell => &[column::CATEGORY, column::DISTRICT],
        Over::Street => &[column::CATEGORY, column::DISTRICT, column::STREET],
    }
}

/// What a row is counted by.
fn wanted(asked: &Asked) -> Vec<Expr> {
    let words = |name: &str| col(name).cast(DataType::String);
    let mut wanted: Vec<Expr> = keys(asked.over).iter().copied().map(words).collect();
    let as_of = lit(asked.as_of.timestamp_millis());
    let said = |code: Satisfaction| words(column::SATISFIED).eq(lit(code.code()));
    let heard = words(column::SATISFIED).is_not_null().and(col(column::REPLIED).lt_eq(as_of.clone()));
    wanted.extend([
        col(column::AT),
        col(column::ARRIVAL),
        col(column::REPORTER),
        words(column::DEPARTMENT),
        words(column::FLAGS),
        truth("urgent", one_of(column::URGENCY, asked.signs.urgent)),
        truth("overdue", overdue(as_of.clone())),
        truth("closed", col(column::CLOSED).lt_eq(as_of)),
        truth("heard", heard.clone()),
        truth("content", heard.clone().and(said(Satisfaction::Satisfied).or(said(Satisfaction::Fair)))),
        truth("discontent", heard.and(said(Satisfaction::Unsatisfied))),
    ]);
    wanted
}

fn truth(name: &str, condition: Expr) -> Expr {
    condition.fill_null(lit(false)).alias(name)
}

fn one_of(name: &str, codes: &[&str]) -> Expr {
    let words = col(name).cast(DataType::String);
    codes.iter().fold(lit(false), |any, code| any.or(words.clone().eq(lit((*code).to_owned()))))
}

/// Late at a moment: the deadline was past, and the answer came later or is owed to this day. A case that nobody owes an
/// answer to, such as one laid aside (挂账), is not late.
fn overdue(as_of: Expr) -> Expr {
    let answered = coalesce(&[col(column::REPLIED), col(column::CLOSED)]);
    let unanswered = col(column::OWED).or(answered.gt(as_of.clone()).fill_null(lit(false)));
    col(column::DUE).lt(as_of).and(unanswered)
}

/// Names by number, each once.
struct Names<T> {
    named: Vec<T>,
    numbers: HashMap<T, u32>,
}

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self { named: Vec::new(), numbers: HashMap::new() }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Names<T> {
    fn number(&mut self, name: T) -> u32 {
        let next = self.named.len() as u32;
        *self.numbers.entry(name).or_insert_with_key(|name| {
            self.named.push(name.clone());
            next
        })
    }
}

fn rows_of(
    frame: &DataFrame,
    asked: &Asked,
    subjects: &mut Names<Subject>,
    units: &mut Names<String>,
) -> PolarsResult<Vec<Row>> {
    let words = |name: &str| frame.column(name).and_then(|column| column.str().cloned());
    let truths = |name: &str| frame.column(name).and_then(|column| column.bool().cloned());
    let keys: Vec<StringChunked> = keys(asked.over).iter().map(|key| words(key)).collect::<PolarsResult<_>>()?;
    let (at, arrival) = (frame.column(column::AT)?.i64()?, frame.column(column::ARRIVAL)?.i64()?);
    let (reporter, unit) = (frame.column(column::REPORTER)?.u64()?, words(column::DEPARTMENT)?);
    let (flags, urgent) = (words(column::FLAGS)?, truths("urgent")?);
    let (overdue, closed, heard) = (truths("overdue")?, truths("closed")?, truths("heard")?);
    let (content, discontent) = (truths("content")?, truths("discontent")?);
    let mut rows = Vec::with_capacity(frame.height());
    for n in 0..frame.height() {
        let subject = subject(asked.over, |at: usize| keys[at].get(n).map(str::to_owned));
        let is = |marks: &BooleanChunked| marks.get(n).unwrap_or(false);
        let has = |codes: &[&str]| flags.get(n).is_some_and(|flags| flags.split(' ').any(|flag| codes.contains(&flag)));
        rows.push(Row {
            subject: subjects.number(subject),
            at: at.get(n).unwrap_or_default(),
            arrival: arrival.get(n).unwrap_or_default(),
            reporter: reporter.get(n),
            unit: unit.get(n).map(|unit| units.number(unit.to_owned())),
            severe: is(&urgent) || has(asked.signs.grave),
            again: has(asked.signs.again),
            overdue: is(&overdue),
            closed: is(&closed),
            heard: is(&heard),
            content: is(&content),
            discontent: is(&discontent),
        });
    }
    Ok(rows)
}

/// By its parts in the order of [`keys`].
fn subject(over: Over, part: impl Fn(usize) -> Option<String>) -> Subject {
    match over {
        Over::Event => Subject::Event { issue: part(0).unwrap_or_default() },
        Over::Cell => Subject::Cell { category: part(0), district: part(1) },
        Over::Street => Subject::Street { category: part(0), district: part(1), street: part(2).unwrap_or_default() },
    }
}
