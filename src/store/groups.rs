//! Lists of groups (诉求组), page by page, each with how far it is and how it was told day by day.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, TimeDelta, TimeZone};
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};
use serde::Serialize;
use utoipa::ToSchema;

use super::events::{ISSUE, issue_of};
use super::order::{Order, Seek, Sort};
use super::row::department;
use super::texts::occurs;
use super::{LONGEST_PAGE, Store, json};
use crate::case::{Issue, NONE};
use crate::error::Result;

/// What groups can be sorted by. Growth is what [`Issue::recent`] has over [`Issue::before`].
pub static ISSUE_SORTS: [Sort; 5] = [
    LAST,
    Sort { name: "first_at", by: "first_at", lacks: false },
    Sort { name: "cases", by: "cases", lacks: false },
    Sort { name: "people", by: "people", lacks: false },
    Sort { name: "growth", by: "recent - before", lacks: false },
];

const LAST: Sort = Sort { name: "last_at", by: "last_at", lacks: false };

/// The usual order: what was told last comes first.
pub fn last_told_first() -> Order {
    Order { sort: &LAST, down: true }
}

/// For how long a group that grew is said to grow after it was last told.
const FRESH: TimeDelta = TimeDelta::days(7);
const DAY: i64 = 86_400_000;

/// How a group stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Not all of its cases are closed.
    Open,
    Closed,
    /// Told more in its last seven days than in the seven before, more than once, and lately.
    Growing,
    /// With an early warning that nobody dismissed.
    Alerted,
}

impl Standing {
    pub const ALL: [Self; 4] = [Self::Open, Self::Closed, Self::Growing, Self::Alerted];

    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Growing => "growing",
            Self::Alerted => "alerted",
        }
    }
}

/// Which groups; `None` is all.
#[derive(Debug, Clone, Default)]
pub struct IssueFilter {
    /// Words that must all occur in title, place or district.
    pub words: Vec<String>,
    /// With a telling at or after.
    pub from: Option<DateTime<FixedOffset>>,
    /// With a telling before.
    pub to: Option<DateTime<FixedOffset>>,
    pub categories: Vec<String>,
    pub district: Option<String>,
    /// In whose charge a case of it is; [`NONE`]: with a case in nobody's.
    pub department: Option<String>,
    pub least_cases: Option<i64>,
    pub standing: Option<Standing>,
    /// What is lately is so by this time.
    pub now: DateTime<FixedOffset>,
}

/// Days that tellings are counted on, where days begin as this offset has them.
#[derive(Debug, Clone, Copy)]
pub struct Days {
    pub first: NaiveDate,
    pub count: usize,
    pub offset: FixedOffset,
}

/// 列表中的一个诉求组。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct IssueLine {
    #[serde(flatten)]
    pub issue: Issue,
    /// 已办结的件数；等于 `cases` 即已全部办结
    pub closed: i64,
    /// 归口单位代码，件数多的在前
    pub departments: Vec<String>,
    /// 每日件数，从 `days_from` 起，日期按热线所在时区；要了 `days` 才给出
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<Vec<i64>>,
}

/// 一页诉求组，次序见 sort。
#[derive(Debug, Serialize, ToSchema)]
pub struct IssuePage {
    pub items: Vec<IssueLine>,
    /// 符合条件的共有多少组；只在第一页给出
    pub total: Option<i64>,
    /// `days` 的第一天
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days_from: Option<NaiveDate>,
    pub next_cursor: Option<String>,
}

impl Store {
    /// The page that begins there, of at most `page_size` groups in use; the first also says how many there are.
    pub fn issues(&self, filter: &IssueFilter, seek: &Seek, page_size: usize, days: Option<Days>) -> Result<IssuePage> {
        let size = page_size.clamp(1, LONGEST_PAGE);
        self.read(|connection| {
            let moment = connection.unchecked_transaction()?;
            let mut found = select(&moment, filter, seek, size + 1)?;
            let total = seek.is_first().then(|| count(&moment, filter)).transpose()?;
            let more = found.len() > size;
            found.truncate(size);
            let next_cursor =
                found.last().filter(|_| more).map(|(_, value, number)| seek.ending(Some(*value), *number));
            let ids = json(&found.iter().map(|(issue, ..)| &issue.id).collect::<Vec<_>>())?;
            let mut progress = progress(&moment, &ids)?;
            let mut daily = days.map(|days| daily(&moment, &ids, days)).transpose()?;
            let items = found.into_iter().map(|(issue, ..)| {
                let (closed, departments) = progress.remove(&issue.id).unwrap_or_default();
                let none = || vec![0; days.map_or(0, |days| days.count)];
                let days = daily.as_mut().map(|daily| daily.remove(&issue.id).unwrap_or_else(none));
                IssueLine { issue, closed, departments, days }
            });
            Ok(IssuePage { items: items.collect(), total, days_from: days.map(|days| days.first), next_cursor })
        })
    }
}

/// Each group with what it is sorted by and its row's number.
fn select(
    connection: &Connection,
    filter: &IssueFilter,
    seek: &Seek,
    most: usize,
) -> rusqlite::Result<Vec<(Issue, f64, i64)>> {
    let (clauses, mut values) = conditions(filter)?;
    let (after, places) = seek.condition("rowid");
    values.extend(places);
    values.push(Value::Integer(most as i64));
    let by = seek.order.sort.by;
    let (inner, outer) = (seek.order.sql(by, "rowid"), seek.order.sql("rank", "number"));
    let query = format!(
        "WITH found AS (SELECT rowid AS number, {by} AS rank FROM issues WHERE {clauses} AND {after} \
         ORDER BY {inner} LIMIT ?) \
         SELECT {ISSUE}, rank, number FROM found JOIN issues ON issues.rowid = number \
         LEFT JOIN cases ON arrival = medoid ORDER BY {outer}"
    );
    let mut statement = connection.prepare_cached(&query)?;
    let row = |row: &rusqlite::Row| Ok((issue_of(row)?, row.get("rank")?, row.get("number")?));
    statement.query_map(params_from_iter(values), row)?.collect()
}

fn count(connection: &Connection, filter: &IssueFilter) -> rusqlite::Result<i64> {
    let (clauses, values) = conditions(filter)?;
    let query = format!("SELECT count(*) FROM issues WHERE {clauses}");
    connection.prepare_cached(&query)?.query_row(params_from_iter(values), |row| row.get(0))
}

/// The conditions that were named, and the values of their places in the same order.
fn conditions(filter: &IssueFilter) -> rusqlite::Result<(String, Vec<Value>)> {
    let time = |at: Option<DateTime<FixedOffset>>| at.map(|at| Value::Integer(at.timestamp_millis()));
    let text = |said: &Option<String>| said.clone().map(Value::Text);
    let categories = (!filter.categories.is_empty()).then(|| json(&filter.categories)).transpose()?;
    let unit = |code: &String| if code == NONE { Value::Null } else { Value::Text(code.clone()) };
    let named = [
        ("last_at >= ?", time(filter.from)),
        ("first_at < ?", time(filter.to)),
        ("category IN (SELECT value FROM json_each(?))", categories.map(Value::Text)),
        ("district = ?", text(&filter.district)),
        ("cases >= ?", filter.least_cases.map(Value::Integer)),
        (
            concat!("EXISTS (SELECT 1 FROM cases WHERE cases.issue = issues.id AND ", department!(), " IS ?)"),
            filter.department.as_ref().map(unit),
        ),
    ];
    let named = named.into_iter().filter_map(|(clause, value)| Some((clause.to_owned(), vec![value?])));
    let standing = filter.standing.map(|standing| stands(standing, filter.now));
    let words = filter.words.iter().map(|word| occurs(&["title", "place", "district"], word));
    let in_use = ("into_issue IS NULL AND cases > 1".to_owned(), Vec::new());
    let (clauses, values): (Vec<_>, Vec<_>) = [in_use].into_iter().chain(named).chain(standing).chain(words).unzip();
    Ok((clauses.join(" AND "), values.into_iter().flatten().collect()))
}

fn stands(standing: Standing, now: DateTime<FixedOffset>) -> (String, Vec<Value>) {
    let open = "EXISTS (SELECT 1 FROM cases WHERE cases.issue = issues.id AND closed_at IS NULL)";
    match standing {
        Standing::Open => (open.to_owned(), vec![]),
        Standing::Closed => (format!("NOT {open}"), vec![]),
        Standing::Growing => {
            let since = Value::Integer((now - FRESH).timestamp_millis());
            ("recent > max(1, before) AND last_at > ?".to_owned(), vec![since])
        }
        Standing::Alerted => {
            let alert = "EXISTS (SELECT 1 FROM alerts WHERE kind = 'event' AND subject = issues.id \
                AND into_alert IS NULL AND state <> 'dismissed')";
            (alert.to_owned(), vec![])
        }
    }
}

/// Of each of these groups: closed cases, and in whose charge its cases are.
fn progress(connection: &Connection, ids: &str) -> rusqlite::Result<BTreeMap<String, (i64, Vec<String>)>> {
    let query = concat!(
        "SELECT issue, ",
        department!(),
        " AS unit_in_charge, count(*) AS told, sum(closed_at IS NOT NULL) AS closed \
         FROM cases WHERE issue IN (SELECT value FROM json_each(?)) GROUP BY 1, 2 ORDER BY told DESC, unit_in_charge"
    );
    let mut statement = connection.prepare_cached(query)?;
    let mut rows = statement.query([ids])?;
    let mut found: BTreeMap<String, (i64, Vec<String>)> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let (closed, departments) = found.entry(row.get(0)?).or_default();
        departments.extend(row.get::<_, Option<String>>(1)?);
        *closed += row.get::<_, i64>(3)?;
    }
    Ok(found)
}

/// Of each of these groups that was told then: how often on each day.
fn daily(connection: &Connection, ids: &str, days: Days) -> rusqlite::Result<BTreeMap<String, Vec<i64>>> {
    let first = days.offset.from_local_datetime(&days.first.and_time(NaiveTime::MIN)).earliest();
    let start = first.map_or(0, |first| first.timestamp_millis());
    let query = "SELECT issue, (received_at - ?2) / ?3, count(*) FROM cases \
        WHERE issue IN (SELECT value FROM json_each(?1)) AND received_at >= ?2 AND received_at < ?4 GROUP BY 1, 2";
    let mut statement = connection.prepare_cached(query)?;
    let mut rows = statement.query(params![ids, start, DAY, start + DAY * days.count as i64])?;
    let mut found: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let counts = found.entry(row.get(0)?).or_insert_with(|| vec![0; days.count]);
        if let Some(count) = counts.get_mut(row.get::<_, u32>(1)? as usize) {
            *count = row.get(2)?;
        }
    }
    Ok(found)
}
