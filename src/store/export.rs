//! Cases as they are handed on (导出): each with what was advised and what people made of it, oldest first.

use std::collections::BTreeSet;
use std::ops::Range;

use chrono::FixedOffset;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};

use crate::error::Result;
use crate::store::list::{Filter, conditions};
use crate::store::{COLUMNS, Case, Store, case_of};

/// A case with all that is handed on.
#[derive(Debug, Clone, PartialEq)]
pub struct Exported {
    pub case: Case,
    /// Where it happened, as read.
    pub place: Option<String>,
    /// Calibrated, of what was advised first.
    pub category_probability: Option<f64>,
    pub petition_probability: Option<f64>,
    pub unit_probability: Option<f64>,
    /// As people settled them (裁定); None where nobody did. What was accepted is what was advised.
    pub final_category: Option<String>,
    pub final_unit: Option<String>,
    /// Of the last feedback.
    pub outcome: Option<String>,
    pub reason: Option<String>,
    pub supervisions: i64,
    /// What the citizen said when last asked (回访评价), and whether it is resolved.
    pub satisfied: Option<String>,
    pub resolved: Option<bool>,
}

/// Which cases, and from where on.
#[derive(Debug, Clone, Default)]
pub struct Stretch {
    pub filter: Filter,
    /// Only cases whose category or unit people settled.
    pub settled_only: bool,
    /// After this place in the order of arrival.
    pub after: i64,
    /// Up to this one.
    pub up_to: i64,
}

/// Feedback of a case that settles something.
const SETTLING: &str = "FROM feedback AS f WHERE f.arrival = cases.arrival AND f.settled = 1";

impl Store {
    /// The place of the newest case in the order of arrival; 0 where there is none.
    pub fn newest(&self) -> Result<i64> {
        self.read(|connection| {
            connection.query_row("SELECT coalesce(max(arrival), 0) FROM cases", [], |row| row.get(0))
        })
    }

    /// The id of the oldest case; none where there is no case.
    pub fn first_case(&self) -> Result<Option<String>> {
        self.read(|connection| {
            let query = "SELECT id FROM cases ORDER BY arrival LIMIT 1";
            connection.query_row(query, [], |row| row.get(0)).optional()
        })
    }

    /// Months of receipt (`2026-11`, as `offset` has them) of cases that came or changed after the change numbered `after`,
    /// or whose answer became overdue in a stretch of time, in milliseconds since 1970.
    pub fn months_changed(&self, after: i64, overdue: Range<i64>, offset: FixedOffset) -> Result<BTreeSet<String>> {
        self.read(|connection| {
            let month = "strftime('%Y-%m', (received_at + ?1) / 1000.0, 'unixepoch')";
            let query = format!(
                "SELECT {month} FROM cases WHERE seq > ?2 UNION \
                 SELECT {month} FROM cases WHERE closed_at IS NULL AND due_at >= ?3 AND due_at < ?4"
            );
            let ahead = i64::from(offset.local_minus_utc()) * 1000;
            let mut statement = connection.prepare_cached(&query)?;
            let months = statement.query_map(params![ahead, after, overdue.start, overdue.end], |row| row.get(0))?;
            months
                .collect::<rusqlite::Result<BTreeSet<Option<String>>>>()
                .map(|months| months.into_iter().flatten().collect())
        })
    }

    /// At most `most` cases of the stretch, oldest first.
    pub fn exported(&self, stretch: &Stretch, most: usize) -> Result<Vec<Exported>> {
        self.read(|connection| select(connection, stretch, most))
    }
}

impl Exported {
    /// The case's place in the order of arrival.
    pub fn arrival(&self) -> i64 {
        self.case.arrival
    }
}

fn select(connection: &Connection, stretch: &Stretch, most: usize) -> rusqlite::Result<Vec<Exported>> {
    let (clauses, mut values) = conditions(&stretch.filter)?;
    values.extend([stretch.after, stretch.up_to, most as i64].map(Value::Integer));
    let settled = match stretch.settled_only {
        true => "final_category_by_people IS NOT NULL OR final_unit_by_people IS NOT NULL",
        false => "TRUE",
    };
    let (category, unit) = (settled_on("category"), settled_on("unit"));
    let last = |column: &str| {
        format!("(SELECT {column} FROM feedback AS f WHERE f.arrival = cases.arrival ORDER BY n DESC LIMIT 1)")
    };
    let (outcome, reason) = (last("outcome"), last("reason"));
    let said = |column: &str| {
        format!(
            "(SELECT {column} FROM steps AS s WHERE s.arrival = cases.arrival AND s.status = 'followed_up' \
             ORDER BY n DESC LIMIT 1)"
        )
    };
    let (satisfied, resolved) = (said("reason"), said("resolved"));
    // By arrival whatever is filtered on, so that a later stretch costs no more than the first.
    let query = format!(
        "SELECT {COLUMNS}, suggestion ->> '$.location.place' AS place, \
         suggestion ->> '$.categories[0].probability' AS category_probability, \
         suggestion ->> '$.petition_types[0].probability' AS petition_probability, \
         suggestion ->> '$.assignment[0].probability' AS unit_probability, \
         {category} AS final_category_by_people, {unit} AS final_unit_by_people, \
         {outcome} AS outcome, {reason} AS reason, \
         (SELECT count(*) FROM supervisions AS s WHERE s.arrival = cases.arrival) AS supervisions, \
         {satisfied} AS satisfied, {resolved} AS resolved \
         FROM cases NOT INDEXED WHERE {clauses} AND arrival > ? AND arrival <= ? AND ({settled}) \
         ORDER BY arrival LIMIT ?"
    );
    let mut statement = connection.prepare_cached(&query)?;
    statement.query_map(params_from_iter(values), exported_of)?.collect()
}

/// What people settled on last, or what was advised where they accepted it.
fn settled_on(column: &str) -> String {
    let said = format!("coalesce(f.{column}, iif(f.outcome = 'accepted', cases.{column}, NULL))");
    format!("(SELECT {said} {SETTLING} AND {said} IS NOT NULL ORDER BY f.n DESC LIMIT 1)")
}

fn exported_of(row: &Row) -> rusqlite::Result<Exported> {
    Ok(Exported {
        case: case_of(row)?,
        place: row.get("place")?,
        category_probability: row.get("category_probability")?,
        petition_probability: row.get("petition_probability")?,
        unit_probability: row.get("unit_probability")?,
        final_category: row.get("final_category_by_people")?,
        final_unit: row.get("final_unit_by_people")?,
        outcome: row.get("outcome")?,
        reason: row.get("reason")?,
        supervisions: row.get("supervisions")?,
        satisfied: row.get("satisfied")?,
        resolved: row.get("resolved")?,
    })
}
