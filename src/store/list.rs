//! Lists of cases, newest first, page by page.

use chrono::{DateTime, FixedOffset};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use serde::Serialize;
use utoipa::ToSchema;

use crate::case::Decision;
use crate::error::Result;
use crate::store::{COLUMNS, Case, Store, case_of, code, json};

/// The longest page given.
pub const LONGEST_PAGE: usize = 200;

/// Which cases; empty and `None` are all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Any of these codes.
    pub categories: Vec<String>,
    pub unit: Option<String>,
    pub decision: Option<Decision>,
    /// Received at or after.
    pub from: Option<DateTime<FixedOffset>>,
    /// Received before.
    pub to: Option<DateTime<FixedOffset>>,
}

/// 一页案件，新的在前。
#[derive(Debug, Serialize, ToSchema)]
pub struct Page {
    pub items: Vec<Case>,
    /// 下一页的游标；没有下一页时为 null
    pub next_cursor: Option<String>,
}

impl Store {
    /// The page after `cursor` (a [`Page::next_cursor`]; from the newest case on where there is none), of at most
    /// `page_size` cases, without their suggestions. A case that arrives meanwhile moves no page.
    pub fn list(&self, filter: &Filter, cursor: Option<i64>, page_size: usize) -> Result<Page> {
        let size = page_size.clamp(1, LONGEST_PAGE);
        let mut items = self.read(|connection| select(connection, filter, cursor, size + 1))?;
        let more = items.len() > size;
        items.truncate(size);
        let next_cursor = items.last().filter(|_| more).map(|last| last.arrival.to_string());
        Ok(Page { items, next_cursor })
    }
}

fn select(connection: &Connection, filter: &Filter, cursor: Option<i64>, most: usize) -> rusqlite::Result<Vec<Case>> {
    let (clauses, mut values) = conditions(filter, cursor)?;
    values.push(Value::Integer(most as i64));
    let query = format!("SELECT {COLUMNS} FROM cases WHERE {clauses} ORDER BY arrival DESC LIMIT ?");
    let mut statement = connection.prepare_cached(&query)?;
    statement.query_map(params_from_iter(values), case_of)?.collect()
}

/// The conditions that were named, and their values in the same order.
pub(super) fn conditions(filter: &Filter, cursor: Option<i64>) -> rusqlite::Result<(String, Vec<Value>)> {
    let categories = (!filter.categories.is_empty()).then(|| json(&filter.categories)).transpose()?;
    let named = [
        ("arrival < ?", cursor.map(Value::Integer)),
        ("category IN (SELECT value FROM json_each(?))", categories.map(Value::Text)),
        ("unit = ?", filter.unit.clone().map(Value::Text)),
        ("decision = ?", filter.decision.map(code).transpose()?.map(Value::Text)),
        ("received_at >= ?", filter.from.map(|at| Value::Integer(at.timestamp_millis()))),
        ("received_at < ?", filter.to.map(|at| Value::Integer(at.timestamp_millis()))),
    ];
    let (clauses, values): (Vec<_>, Vec<_>) =
        named.into_iter().filter_map(|(clause, value)| Some((clause, value?))).unzip();
    Ok((if clauses.is_empty() { "TRUE".to_owned() } else { clauses.join(" AND ") }, values))
}
