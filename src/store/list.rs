//! Lists of cases, page by page.

use chrono::{DateTime, FixedOffset};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use serde::Serialize;
use utoipa::ToSchema;

use crate::case::{Decision, Handling, Judged, NONE, Scope, Status};
use crate::error::Result;
use crate::store::order::{Order, Seek, Sort};
use crate::store::row::{department, handler};
use crate::store::texts::sought;
use crate::store::{COLUMNS, Case, Store, case_of, code, handling, hindsight};

/// The longest page given.
pub const LONGEST_PAGE: usize = 200;

/// What cases can be sorted by. What presses most is least: soonest due, most urgent, least certain.
pub static CASE_SORTS: [Sort; 4] = [
    RECEIVED,
    Sort { name: "due_at", by: "due_at", lacks: true },
    Sort { name: "urgency", by: "CASE urgency WHEN 'critical' THEN 0 WHEN 'urgent' THEN 1 ELSE 2 END", lacks: false },
    // Of the unit that was advised first.
    Sort { name: "probability", by: "suggestion ->> '$.assignment[0].probability'", lacks: true },
];

const RECEIVED: Sort = Sort { name: "received_at", by: "received_at", lacks: false };

/// The usual order: what was received last comes first.
pub fn newest_first() -> Order {
    Order { sort: &RECEIVED, down: true }
}

/// Which cases; `None` is all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Words that must all occur in what the case says; see `sought`.
    pub words: Vec<String>,
    pub scope: Scope,
    /// The unit that was advised.
    pub unit: Option<String>,
    pub decision: Option<Decision>,
    pub status: Option<Status>,
    /// The unit that has it now.
    pub handler: Option<String>,
    /// Whether the answer is owed and late.
    pub overdue: Option<bool>,
    /// Whether it was dispatched and is not signed for in time.
    pub sign_overdue: Option<bool>,
    pub supervised: Option<Supervised>,
    pub handling: Handling,
    /// What was advised and decided.
    pub judged: Judged,
    /// What is late is late by this time.
    pub now: DateTime<FixedOffset>,
}

/// How a case stands with supervision (督办).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Supervised {
    No,
    Yes,
    /// With one whose deadline is past.
    Overdue,
}

/// 一页案件，次序见 sort。
#[derive(Debug, Serialize, ToSchema)]
pub struct Page {
    pub items: Vec<Case>,
    /// 符合条件的共有多少件；只在第一页给出
    pub total: Option<i64>,
    /// 下一页的游标；没有下一页时为 null
    pub next_cursor: Option<String>,
}

impl Store {
    /// The page that begins there, of at most `page_size` cases, without their suggestions; the first page also says how
    /// many there are. A case that arrives meanwhile moves no page.
    pub fn list(&self, filter: &Filter, seek: &Seek, page_size: usize) -> Result<Page> {
        let size = page_size.clamp(1, LONGEST_PAGE);
        let (mut items, total) = self.read(|connection| {
            let items = select(connection, filter, seek, size + 1)?;
            // A first page that is the last says it by itself.
            let total = match seek.is_first() {
                false => None,
                true if items.len() <= size => Some(items.len() as i64),
                true => Some(count(connection, filter)?),
            };
            Ok((items, total))
        })?;
        let more = items.len() > size;
        items.truncate(size);
        let next_cursor = items.last().filter(|_| more).map(|(last, place)| seek.ending(*place, last.arrival));
        Ok(Page { items: items.into_iter().map(|(case, _)| case).collect(), total, next_cursor })
    }
}

/// Each case with what it is sorted by. Which they are is found first: only they are read whole.
fn select(
    connection: &Connection,
    filter: &Filter,
    seek: &Seek,
    most: usize,
) -> rusqlite::Result<Vec<(Case, Option<f64>)>> {
    let (clauses, mut values) = conditions(filter)?;
    let (after, places) = seek.condition("arrival");
    values.extend(places);
    values.push(Value::Integer(most as i64));
    let by = seek.order.sort.by;
    let (inner, outer) = (seek.order.sql(by, "arrival"), seek.order.sql("place", "arrival"));
    let query = format!(
        "WITH found AS (SELECT arrival AS number, {by} AS place FROM cases WHERE {clauses} AND {after} \
         ORDER BY {inner} LIMIT ?) \
         SELECT {COLUMNS}, place FROM found JOIN cases ON arrival = number ORDER BY {outer}"
    );
    let mut statement = connection.prepare_cached(&query)?;
    statement.query_map(params_from_iter(values), |row| Ok((case_of(row)?, row.get("place")?)))?.collect()
}

fn count(connection: &Connection, filter: &Filter) -> rusqlite::Result<i64> {
    let (clauses, values) = conditions(filter)?;
    let query = format!("SELECT count(*) FROM cases WHERE {clauses}");
    connection.prepare_cached(&query)?.query_row(params_from_iter(values), |row| row.get(0))
}

/// The conditions that were named, and their values in the same order.
pub(super) fn conditions(filter: &Filter) -> rusqlite::Result<(String, Vec<Value>)> {
    let scope = &filter.scope;
    let text = |said: &Option<String>| said.clone().map(Value::Text);
    let time = |at: Option<DateTime<FixedOffset>>| at.map(|at| Value::Integer(at.timestamp_millis()));
    let mut named = vec![
        ("received_at >= ?", time(scope.from)),
        ("received_at < ?", time(scope.to)),
        ("unit = ?", text(&filter.unit)),
        ("decision = ?", filter.decision.map(code).transpose()?.map(Value::Text)),
        ("status = ?", filter.status.map(|status| Value::Text(status.code().to_owned()))),
        (concat!(handler!(), " = ?"), text(&filter.handler)),
    ];
    named.extend(scope.named().map(|(name, value)| counted(name, value)));
    let now = Value::Integer(filter.now.timestamp_millis());
    let mut clauses: Vec<String> = Vec::new();
    let mut values = Vec::new();
    for (clause, value) in named.into_iter().filter_map(|(clause, value)| Some((clause, value?))) {
        clauses.push(clause.to_owned());
        values.push(value);
    }
    for clause in late(filter) {
        values.extend(clause.contains('?').then(|| now.clone()));
        clauses.push(clause);
    }
    let handled = handling::conditions(&filter.handling, filter.now.timestamp_millis())?;
    // Looking for words costs most: it comes last.
    let words = filter.words.iter().map(|word| sought(word));
    for (clause, mut places) in handled.into_iter().chain(hindsight::conditions(&filter.judged)).chain(words) {
        clauses.push(clause);
        values.append(&mut places);
    }
    Ok((if clauses.is_empty() { "TRUE".to_owned() } else { clauses.join(" AND ") }, values))
}

/// What a case is counted by must be this, nothing included.
fn counted(name: &str, value: &str) -> (&'static str, Option<Value>) {
    let clause = match name {
        // A level-1 code is how the codes of its children begin.
        "category" if value != NONE => "instr(coalesce(final_category, category), ?) = 1",
        "category" => "coalesce(final_category, category) IS ?",
        "petition" => "petition IS ?",
        "department" => concat!(department!(), " IS ?"),
        // Senders leave blanks, and some write a dash for none.
        "channel" => "nullif(nullif(trim(channel), ''), '-') IS ?",
        "urgency" => "urgency IS ?",
        "district" => "district IS ?",
        "street" => "street IS ?",
        "community" => "community IS ?",
        _ => "issue IS ?",
    };
    (clause, Some(if value == NONE { Value::Null } else { Value::Text(value.to_owned()) }))
}

/// The conditions on deadlines; each has at most one place for a value, and that is now.
fn late(filter: &Filter) -> Vec<String> {
    let owed: Vec<_> = Status::ALL.iter().filter(|status| status.owes_answer()).map(|status| status.code()).collect();
    let overdue = format!("(closed_at IS NULL AND due_at < ? AND status IN ('{}'))", owed.join("', '"));
    let unsigned = "(status = 'dispatched' AND (SELECT steps.due_at FROM steps WHERE steps.arrival = cases.arrival \
        ORDER BY steps.n DESC LIMIT 1) < ?)";
    let standing = "SELECT 1 FROM supervisions WHERE supervisions.arrival = cases.arrival AND lifted_at IS NULL";
    let whether = |condition: &str, wanted: bool| match wanted {
        true => condition.to_owned(),
        // What has no deadline is not late.
        false => format!("{condition} IS NOT TRUE"),
    };
    let supervised = filter.supervised.map(|supervised| match supervised {
        Supervised::No => format!("NOT EXISTS ({standing})"),
        Supervised::Yes => format!("EXISTS ({standing})"),
        Supervised::Overdue => format!("EXISTS ({standing} AND supervisions.due_at < ?)"),
    });
    let overdue = filter.overdue.map(|wanted| whether(&overdue, wanted));
    let unsigned = filter.sign_overdue.map(|wanted| whether(unsigned, wanted));
    [overdue, unsigned, supervised].into_iter().flatten().collect()
}
