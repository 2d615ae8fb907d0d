//! Supervisions (督办) across cases: what stands, what is late, by unit.

use chrono::{DateTime, Utc};
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};

use super::handling::last_unit;
use crate::case::{Status, SupervisionKind};
use crate::error::Result;
use crate::store::{Store, named_as, time};

/// Where a supervision stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SupervisionState {
    /// Not lifted (未销号).
    Standing,
    /// Of those, past its deadline.
    Overdue,
    /// Lifted (已销号).
    Lifted,
}

/// Which supervisions; `None` is all.
#[derive(Debug, Clone, Default)]
pub struct SupervisionFilter {
    pub state: Option<SupervisionState>,
    /// The unit that has the case, or had it last.
    pub unit: Option<String>,
    /// What is late is late by this time.
    pub now: DateTime<Utc>,
}

/// A supervision with what it is about, without a word that a citizen wrote.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    pub id: String,
    pub case: String,
    pub reference: Option<String>,
    pub status: Status,
    pub unit: Option<String>,
    pub kind: SupervisionKind,
    pub issuer: String,
    pub issued_at: DateTime<Utc>,
    pub due_at: DateTime<Utc>,
    pub lifted_at: Option<DateTime<Utc>>,
    /// Its place in the list.
    pub place: (i64, i64),
}

/// Standing supervisions of a unit's cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchedUnit {
    /// None: the case was never dispatched.
    pub unit: Option<String>,
    pub standing: i64,
    pub overdue: i64,
}

impl Store {
    /// At most `most` supervisions after a place, the one due first first.
    pub fn supervisions(
        &self,
        filter: &SupervisionFilter,
        after: Option<(i64, i64)>,
        most: usize,
    ) -> Result<Vec<Watched>> {
        self.read(|connection| list(connection, filter, after, most))
    }

    /// How many stand with each unit, and are late at `now`; by unit, those without one first.
    pub fn supervised_units(&self, now: DateTime<Utc>) -> Result<Vec<WatchedUnit>> {
        let query = format!(
            "SELECT {} AS unit, count(*) AS standing, sum(s.due_at < ?) AS overdue \
             FROM supervisions AS s JOIN cases USING (arrival) WHERE s.lifted_at IS NULL GROUP BY 1 ORDER BY 1",
            last_unit()
        );
        let unit = |row: &Row| {
            Ok(WatchedUnit { unit: row.get("unit")?, standing: row.get("standing")?, overdue: row.get("overdue")? })
        };
        self.read(|connection| connection.prepare_cached(&query)?.query_map([now.timestamp_millis()], unit)?.collect())
    }
}

fn list(
    connection: &Connection,
    filter: &SupervisionFilter,
    after: Option<(i64, i64)>,
    most: usize,
) -> rusqlite::Result<Vec<Watched>> {
    let (mut clauses, mut values) = (Vec::new(), Vec::new());
    match filter.state {
        Some(SupervisionState::Standing) => clauses.push("s.lifted_at IS NULL".to_owned()),
        Some(SupervisionState::Lifted) => clauses.push("s.lifted_at IS NOT NULL".to_owned()),
        Some(SupervisionState::Overdue) => {
            clauses.push("s.lifted_at IS NULL AND s.due_at < ?".to_owned());
            values.push(Value::Integer(filter.now.timestamp_millis()));
        }
        None => {}
    }
    if let Some(unit) = &filter.unit {
        clauses.push(format!("{} = ?", last_unit()));
        values.push(Value::Text(unit.clone()));
    }
    if let Some((due, row)) = after {
        clauses.push("(s.due_at, s.rowid) > (?, ?)".to_owned());
        values.extend([due, row].map(Value::Integer));
    }
    let clauses = if clauses.is_empty() { "TRUE".to_owned() } else { clauses.join(" AND ") };
    values.push(Value::Integer(most as i64));
    let query = format!(
        "SELECT s.*, s.rowid AS place, cases.id AS case_id, cases.reference, cases.status, {} AS unit \
         FROM supervisions AS s JOIN cases USING (arrival) WHERE {clauses} ORDER BY s.due_at, s.rowid LIMIT ?",
        last_unit()
    );
    connection.prepare_cached(&query)?.query_map(params_from_iter(values), watched)?.collect()
}

fn watched(row: &Row) -> rusqlite::Result<Watched> {
    let due_ms: i64 = row.get("due_at")?;
    Ok(Watched {
        id: row.get("id")?,
        case: row.get("case_id")?,
        reference: row.get("reference")?,
        status: named_as(row.get("status")?)?,
        unit: row.get("unit")?,
        kind: named_as(row.get("kind")?)?,
        issuer: row.get("issuer")?,
        issued_at: time(row.get("issued_at")?),
        due_at: time(due_ms),
        lifted_at: row.get::<_, Option<i64>>("lifted_at")?.map(time),
        place: (due_ms, row.get("place")?),
    })
}
