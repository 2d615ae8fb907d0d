//! The frame: all cases as columns, kept fresh change by change.
//!
//! Most rows lie still in `base`, sorted by arrival. What came or changed lately lies in `tail`; a row of `base` that
//! changed is not `live` any more. So one new case costs as much as the tail is long, whatever the base holds.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate};
use polars::prelude::*;

use crate::case::Fact;
use crate::error::{Error, Result};

/// How long the tail gets before it is laid to the base.
const LONGEST_TAIL: usize = 4096;

/// Names of the frame's columns. Times are milliseconds since 1970; `DAY` counts days since 1970 and `MONTH` months since
/// January 1970, both as the hotline's offset has them; `HOUR` is 0 to 23. What a case lacks is null.
pub mod column {
    pub const ARRIVAL: &str = "arrival";
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
    base: DataFrame,
    live: Vec<bool>,
    tail: BTreeMap<i64, Fact>,
    /// The last change taken in.
    seq: i64,
}

/// The cases at one moment. Cheap to make and to hand on.
#[derive(Clone)]
pub struct Snapshot {
    rows: DataFrame,
    offset: FixedOffset,
    seq: i64,
}

impl Frame {
    /// An empty frame whose days begin where `offset` begins them.
    pub fn new(offset: FixedOffset) -> Result<Self> {
        let base = table(&[], offset)?;
        Ok(Self { offset, base, live: Vec::new(), tail: BTreeMap::new(), seq: 0 })
    }

    /// The number of the last change taken in: what comes after it is new.
    pub fn seq(&self) -> i64 {
        self.seq
    }

    /// Takes in cases that came or changed, in any order. The newest word on a case counts.
    pub fn absorb(&mut self, facts: Vec<Fact>) -> Result<()> {
        if facts.len() > LONGEST_TAIL && self.is_empty() {
            self.seq = facts.iter().map(|fact| fact.seq).fold(self.seq, i64::max);
            let mut newest: BTreeMap<i64, Fact> = BTreeMap::new();
            facts.into_iter().for_each(|fact| lay(&mut newest, fact));
            return self.lay_down(newest);
        }
        let arrivals = self.base.column(column::ARRIVAL).and_then(|column| column.i64().cloned()).map_err(broken)?;
        let arrivals = arrivals.cont_slice().map_err(broken)?;
        for fact in facts {
            self.seq = self.seq.max(fact.seq);
            if let Ok(at) = arrivals.binary_search(&fact.arrival) {
                self.live[at] = false;
            }
            lay(&mut self.tail, fact);
        }
        if self.tail.len() > LONGEST_TAIL {
            let tail = std::mem::take(&mut self.tail);
            self.lay_down(tail)?;
        }
        self.mark()
    }

    /// The cases as they are now.
    pub fn snapshot(&self) -> Result<Snapshot> {
        let tail = table(&self.tail.values().collect::<Vec<_>>(), self.offset)?;
        let rows = self.base.vstack(&tail).map_err(broken)?;
        Ok(Snapshot { rows, offset: self.offset, seq: self.seq })
    }

    fn is_empty(&self) -> bool {
        self.live.is_empty() && self.tail.is_empty()
    }

    fn mark(&mut self) -> Result<()> {
        let live = Column::new(column::LIVE.into(), self.live.as_slice());
        self.base.with_column(live).map(drop).map_err(broken)
    }

    /// Lays rows to the base, which stays sorted by arrival and in one piece.
    fn lay_down(&mut self, rows: BTreeMap<i64, Fact>) -> Result<()> {
        self.mark()?;
        let rows = table(&rows.values().collect::<Vec<_>>(), self.offset)?;
        let standing = self.base.clone().lazy().filter(col(column::LIVE)).collect().map_err(broken)?;
        let all = standing.vstack(&rows).map_err(broken)?;
        let mut all = all.sort([column::ARRIVAL], SortMultipleOptions::default()).map_err(broken)?;
        all.rechunk_mut();
        self.live = vec![true; all.height()];
        self.base = all;
        Ok(())
    }
}

impl Snapshot {
    /// A snapshot of rows that came as a table, such as a Parquet export: columns as [`column`] names them, `live` left
    /// out.
    pub fn of(rows: DataFrame, offset: FixedOffset) -> Result<Self> {
        let rows = rows.lazy().with_column(lit(true).alias(column::LIVE)).collect().map_err(broken)?;
        Ok(Self { rows, offset, seq: 0 })
    }

    /// The cases, each once.
    pub fn rows(&self) -> LazyFrame {
        self.rows.clone().lazy().filter(col(column::LIVE))
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
    words.cast(&DataType::from_categories(Categories::global())).map_err(broken)
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
