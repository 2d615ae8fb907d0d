//! The frame: all cases as columns, kept fresh change by change.
//!
//! Most rows lie still in parts, each sorted by arrival. What came or changed lately lies in the tail; a row of a part
//! that changed is not `live` any more. So one new case costs as much as the tail is long, however many lie still. A tail
//! that gets long becomes a part, and parts of like length become one (as in a log-structured merge tree: O'Neil et al.,
//! Acta Informatica 33, 1996).

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate};
use polars::prelude::*;

use super::part::Part;
use super::within;
use crate::case::{Fact, Scope};
use crate::error::{Error, Result};

/// How long the tail gets before it becomes a part: it is made into columns anew whenever something came.
const LONGEST_TAIL: usize = 2048;

/// Names of the frame's columns. Times are milliseconds since 1970; `DAY` counts days since 1970 and `MONTH` months since
/// January 1970, both as the hotline's offset has them; `HOUR` is 0 to 23. What a case lacks is null.
pub mod column {
    pub const ARRIVAL: &str = "arrival";
    /// The number of change that the row tells.
    pub const SEQ: &str = "seq";
    pub const AT: &str = "at";
    pub const DAY: &str = "day";
    pub const HOUR: &str = "hour";
    pub const MONTH: &str = "month";
    pub const CATEGORY: &str = "category";
    /// Level-1 category.
    pub const DOMAIN: &str = "domain";
    pub const PETITION: &str = "petition";
    pub const DEPARTMENT: &str = "department";
    pub const CHANNEL: &str = "channel";
    pub const URGENCY: &str = "urgency";
    pub const DISTRICT: &str = "district";
    pub const STREET: &str = "street";
    pub const COMMUNITY: &str = "community";
    pub const ISSUE: &str = "issue";
    pub const REPORTER: &str = "reporter";
    /// Flags of the rules with blanks between them; null where there are none.
    pub const FLAGS: &str = "flags";
    pub const STATUS: &str = "status";
    /// Whether the citizen waits for an answer.
    pub const OWED: &str = "owed";
    pub const DUE: &str = "due_at";
    pub const CLOSED: &str = "closed_at";
    /// The unit that has it, or had it last.
    pub const UNIT: &str = "unit";
    pub const DISPATCHED: &str = "dispatched_at";
    pub const SIGN_DUE: &str = "sign_due_at";
    pub const SIGNED: &str = "signed_at";
    pub const FIRST_REPLIED: &str = "first_replied_at";
    pub const REPLIED: &str = "replied_at";
    /// The first answer after it was last dispatched.
    pub const ANSWERED: &str = "answered_at";
    /// Whether it was returned after that.
    pub const GIVEN_BACK: &str = "given_back";
    /// The unit that returned it last.
    pub const RETURNED_BY: &str = "returned_by";
    pub const RETURNS: &str = "returns";
    pub const REASSIGNED: &str = "reassigned";
    pub const EXTENDED: &str = "extended";
    pub const REDONE: &str = "redone";
    pub const SUSPENDED: &str = "suspended";
    pub const SATISFIED: &str = "satisfied";
    pub const RESOLVED: &str = "resolved";
    pub const SUPERVISIONS: &str = "supervisions";
    pub const SUPERVISED: &str = "supervised";
    /// Whether the row tells the case as it is.
    pub const LIVE: &str = "live";
}

/// All cases, as far as they were taken in.
pub struct Frame {
    offset: FixedOffset,
    /// Largest first, each more than twice as long as the next.
    parts: Vec<Part>,
    tail: BTreeMap<i64, Fact>,
    /// The last change taken in.
    seq: i64,
}

/// The cases at one moment. Cheap to make and to hand on.
#[derive(Clone)]
pub struct Snapshot {
    parts: Vec<Part>,
    rows: DataFrame,
    offset: FixedOffset,
    seq: i64,
}

impl Frame {
    /// An empty frame whose days begin where `offset` begins them.
    pub fn new(offset: FixedOffset) -> Result<Self> {
        Ok(Self { offset, parts: Vec::new(), tail: BTreeMap::new(), seq: 0 })
    }

    /// The number of the last change taken in: what comes after it is new.
    pub fn seq(&self) -> i64 {
        self.seq
    }

    /// Takes in cases that came or changed, in any order and any number of times. The newest word on a case counts.
    pub fn absorb(&mut self, facts: Vec<Fact>) -> Result<()> {
        let mut outdated: Vec<Vec<usize>> = vec![Vec::new(); self.parts.len()];
        for fact in facts {
            self.seq = self.seq.max(fact.seq);
            let found = self.parts.iter().map(|part| part.find(fact.arrival)).collect::<Result<Vec<_>>>()?;
            if found.iter().flatten().any(|(_, seq)| *seq >= fact.seq) {
                continue;
            }
            for (places, found) in outdated.iter_mut().zip(found) {
                places.extend(found.map(|(at, _)| at));
            }
            lay(&mut self.tail, fact);
        }
        for (part, places) in self.parts.iter_mut().zip(outdated).filter(|(_, places)| !places.is_empty()) {
            part.outdate(&places)?;
        }
        if self.tail.len() > LONGEST_TAIL { self.lay_down() } else { Ok(()) }
    }

    /// The cases as they are now.
    pub fn snapshot(&self) -> Result<Snapshot> {
        let tail = Part::of(table(&self.tail.values().collect::<Vec<_>>(), self.offset)?)?;
        let parts: Vec<Part> = self.parts.iter().cloned().chain([tail]).collect();
        Snapshot::made(parts, self.offset, self.seq)
    }

    /// Makes the tail a part. Parts of like length become one: each row is moved about as often as the rows can be
    /// doubled, whatever comes.
    fn lay_down(&mut self) -> Result<()> {
        let tail = std::mem::take(&mut self.tail);
        let mut part = Part::of(table(&tail.values().collect::<Vec<_>>(), self.offset)?)?;
        while let Some(before) = self.parts.pop_if(|before| before.height() <= 2 * part.height()) {
            part = before.joined(&part)?;
        }
        self.parts.push(part);
        Ok(())
    }
}

impl Snapshot {
    /// A snapshot of rows that came as a table, such as a Parquet file: columns as [`mod@column`] names them, `AT` among them,
    /// sorted by arrival; `live` is left out.
    pub fn of(rows: DataFrame, offset: FixedOffset) -> Result<Self> {
        let names: Vec<PlSmallStr> = rows.get_column_names_owned();
        let is_coded = |name: &PlSmallStr| {
            rows.column(name).is_ok_and(|column| matches!(column.dtype(), DataType::String | DataType::Categorical(..)))
        };
        let coded: Vec<Expr> =
            names.iter().filter(|name| is_coded(name)).map(|name| col(name.clone()).cast(codes())).collect();
        let rows = rows.lazy().with_columns(coded).with_column(lit(true).alias(column::LIVE));
        let rows = rows.collect().map_err(broken)?;
        Self::made(vec![Part::of(rows)?], offset, 0)
    }

    fn made(parts: Vec<Part>, offset: FixedOffset, seq: i64) -> Result<Self> {
        let pieces: Vec<DataFrame> = parts.iter().map(|part| part.rows.clone()).collect();
        Ok(Self { rows: stacked(&pieces)?, parts, offset, seq })
    }

    /// The cases, each once.
    pub fn rows(&self) -> LazyFrame {
        self.rows.clone().lazy().filter(col(column::LIVE))
    }

    /// The cases of a scope, each once. Rows received at quite other times are not looked at.
    pub fn rows_of(&self, scope: &Scope) -> Result<LazyFrame> {
        let pieces: Vec<DataFrame> = self.parts.iter().map(|part| part.about(scope)).collect();
        Ok(stacked(&pieces)?.lazy().filter(col(column::LIVE).and(within(scope))))
    }

    /// Where days begin.
    pub fn offset(&self) -> FixedOffset {
        self.offset
    }

    /// The number of the last change in it.
    pub fn seq(&self) -> i64 {
        self.seq
    }

    /// The day of a moment, as the hotline has it.
    pub fn day(&self, at: i64) -> NaiveDate {
        local(at, self.offset).date_naive()
    }
}

/// Pieces one after another. There is always one, the tail, be it empty.
fn stacked(pieces: &[DataFrame]) -> Result<DataFrame> {
    let (first, rest) = pieces.split_first().ok_or_else(|| Error::internal("统计表是空的", "no rows were given"))?;
    rest.iter().try_fold(first.clone(), |all, piece| all.vstack(piece)).map_err(broken)
}

fn lay(rows: &mut BTreeMap<i64, Fact>, fact: Fact) {
    if rows.get(&fact.arrival).is_none_or(|standing| standing.seq <= fact.seq) {
        rows.insert(fact.arrival, fact);
    }
}

fn local(at: i64, offset: FixedOffset) -> DateTime<FixedOffset> {
    DateTime::from_timestamp_millis(at).unwrap_or_default().with_timezone(&offset)
}

/// The rows as a table, in the order given.
fn table(facts: &[&Fact], offset: FixedOffset) -> Result<DataFrame> {
    use column::*;
    let columns = vec![
        whole(ARRIVAL, facts, |fact| Some(fact.arrival)),
        whole(SEQ, facts, |fact| Some(fact.seq)),
        whole(AT, facts, |fact| Some(fact.received_at)),
        narrow(DAY, facts, |fact| day_number(local(fact.received_at, offset).date_naive())),
        narrow(MONTH, facts, |fact| month_number(local(fact.received_at, offset).date_naive())),
        narrow(HOUR, facts, |fact| hour(local(fact.received_at, offset))),
        coded(CATEGORY, facts, |fact| fact.category.as_deref())?,
        coded(DOMAIN, facts, |fact| fact.category.as_deref().and_then(|code| code.get(..2)))?,
        coded(PETITION, facts, |fact| fact.petition.as_deref())?,
        coded(DEPARTMENT, facts, |fact| fact.department.as_deref())?,
        coded(CHANNEL, facts, |fact| fact.channel.as_deref())?,
        coded(URGENCY, facts, |fact| Some(&fact.urgency))?,
        coded(DISTRICT, facts, |fact| fact.district.as_deref())?,
        coded(STREET, facts, |fact| fact.street.as_deref())?,
        coded(COMMUNITY, facts, |fact| fact.community.as_deref())?,
        coded(ISSUE, facts, |fact| fact.issue.as_deref())?,
        Column::new(REPORTER.into(), facts.iter().map(|fact| fact.reporter).collect::<Vec<_>>()),
        flagged(facts)?,
        coded(STATUS, facts, |fact| Some(fact.status.code()))?,
        truth(OWED, facts, |fact| Some(fact.status.owes_answer())),
        whole(DUE, facts, |fact| fact.due_at),
        whole(CLOSED, facts, |fact| fact.closed_at),
        coded(UNIT, facts, |fact| fact.life.unit.as_deref())?,
        whole(DISPATCHED, facts, |fact| fact.life.dispatched_at),
        whole(SIGN_DUE, facts, |fact| fact.life.sign_due_at),
        whole(SIGNED, facts, |fact| fact.life.signed_at),
        whole(FIRST_REPLIED, facts, |fact| fact.life.first_replied_at),
        whole(REPLIED, facts, |fact| fact.life.replied_at),
        whole(ANSWERED, facts, |fact| fact.life.answered_at),
        truth(GIVEN_BACK, facts, |fact| Some(fact.life.given_back)),
        coded(RETURNED_BY, facts, |fact| fact.life.returned_by.as_deref())?,
        narrow(RETURNS, facts, |fact| fact.life.returns as i32),
        narrow(REASSIGNED, facts, |fact| fact.life.reassigned as i32),
        narrow(EXTENDED, facts, |fact| fact.life.extended as i32),
        narrow(REDONE, facts, |fact| fact.life.redone as i32),
        truth(SUSPENDED, facts, |fact| Some(fact.life.suspended)),
        coded(SATISFIED, facts, |fact| fact.life.satisfied.map(|said| said.code()))?,
        truth(RESOLVED, facts, |fact| fact.life.resolved),
        narrow(SUPERVISIONS, facts, |fact| fact.life.supervisions as i32),
        narrow(SUPERVISED, facts, |fact| fact.life.supervised as i32),
        truth(LIVE, facts, |_| Some(true)),
    ];
    DataFrame::new(facts.len(), columns).map_err(broken)
}

fn whole(name: &str, facts: &[&Fact], value: impl Fn(&Fact) -> Option<i64>) -> Column {
    Column::new(name.into(), facts.iter().map(|fact| value(fact)).collect::<Vec<_>>())
}

fn narrow(name: &str, facts: &[&Fact], value: impl Fn(&Fact) -> i32) -> Column {
    Column::new(name.into(), facts.iter().map(|fact| value(fact)).collect::<Vec<_>>())
}

fn truth(name: &str, facts: &[&Fact], value: impl Fn(&Fact) -> Option<bool>) -> Column {
    Column::new(name.into(), facts.iter().map(|fact| value(fact)).collect::<Vec<_>>())
}

fn flagged(facts: &[&Fact]) -> Result<Column> {
    let flags = |fact: &&Fact| (!fact.flags.is_empty()).then(|| fact.flags.join(" "));
    let words = Column::new(column::FLAGS.into(), facts.iter().map(flags).collect::<Vec<_>>());
    words.cast(&DataType::from_categories(Categories::global())).map_err(broken)
}

/// Codes and names as numbers beside one list of them.
fn coded<'f>(name: &str, facts: &[&'f Fact], value: impl Fn(&'f Fact) -> Option<&'f str>) -> Result<Column> {
    let words = Column::new(name.into(), facts.iter().map(|fact| value(fact)).collect::<Vec<_>>());
    words.cast(&codes()).map_err(broken)
}

fn codes() -> DataType {
    DataType::from_categories(Categories::global())
}

/// Days since 1970.
pub(super) fn day_number(day: NaiveDate) -> i32 {
    day.signed_duration_since(NaiveDate::default()).num_days() as i32
}

/// Months since January 1970.
pub(super) fn month_number(day: NaiveDate) -> i32 {
    (day.year() - 1970) * 12 + day.month0() as i32
}

fn hour(at: DateTime<FixedOffset>) -> i32 {
    chrono::Timelike::hour(&at) as i32
}

/// What polars says, in our words: nothing that a caller could mend.
pub(super) fn broken(error: PolarsError) -> Error {
    Error::internal("统计出错", "analytics failed").because(error)
}
