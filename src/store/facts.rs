//! Cases as they are counted: read in the order of change, so that who counts reads only what is new.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use rusqlite::{Connection, Row, params};

use crate::case::{Fact, Life, Status};
use crate::error::Result;
use crate::store::{Store, named_as, parsed};

/// See [`Fact`]; what a case is counted by is what [`crate::store::Filter`] finds it by.
const FACT: &str = "SELECT arrival, seq, received_at, coalesce(final_category, category) AS category, petition, unit, \
    final_unit, nullif(nullif(trim(channel), ''), '-') AS channel, urgency, district, street, community, reporter_key, issue, flags, status, due_at, closed_at, \
    (SELECT count(*) FROM supervisions AS s WHERE s.arrival = cases.arrival AND lifted_at IS NULL) AS supervisions, \
    (SELECT count(*) FROM supervisions AS s WHERE s.arrival = cases.arrival) AS supervised \
    FROM cases WHERE seq > ? ORDER BY seq LIMIT ?";

/// A step as far as figures need it.
pub(super) struct Step {
    at: i64,
    pub status: Status,
    pub unit: Option<String>,
    pub said: Option<String>,
    due_at: Option<i64>,
    resolved: Option<bool>,
}

impl Store {
    /// Cases that came or changed after the change numbered `after`, in the order of change, at most `most`.
    pub fn facts(&self, after: i64, most: usize) -> Result<Vec<Fact>> {
        self.read(|connection| {
            let moment = connection.unchecked_transaction()?;
            let mut facts: Vec<(Fact, Units)> =
                moment.prepare_cached(FACT)?.query_map(params![after, most as i64], fact)?.collect::<Result<_, _>>()?;
            let mut steps = steps(&moment, facts.iter().map(|(fact, _)| fact.arrival))?;
            for (fact, units) in &mut facts {
                let steps = steps.remove(&fact.arrival).unwrap_or_default();
                live(&mut fact.life, &steps)?;
                let held = if fact.life.given_back { None } else { fact.life.unit.clone() };
                fact.department = units.settled.take().or(held).or(units.advised.take());
            }
            Ok(facts.into_iter().map(|(fact, _)| fact).collect())
        })
    }

    /// What groups (诉求组) are called, by their ids.
    pub fn titles(&self, issues: &[&str]) -> Result<BTreeMap<String, String>> {
        self.read(|connection| {
            let query = "SELECT id, title FROM issues WHERE id IN (SELECT value FROM json_each(?))";
            let mut statement = connection.prepare_cached(query)?;
            statement.query_map([super::json(&issues)?], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        })
    }

    /// The number of the last change; 0 where there was none.
    pub fn last_change(&self) -> Result<i64> {
        self.read(|connection| connection.query_row("SELECT seq FROM counter", [], |row| row.get(0)))
    }
}

struct Units {
    settled: Option<String>,
    advised: Option<String>,
}

fn fact(row: &Row) -> rusqlite::Result<(Fact, Units)> {
    let reporter: Option<String> = row.get("reporter_key")?;
    let supervisions =
        Life { supervisions: row.get("supervisions")?, supervised: row.get("supervised")?, ..Life::default() };
    let fact = Fact {
        arrival: row.get("arrival")?,
        seq: row.get("seq")?,
        received_at: row.get("received_at")?,
        category: row.get("category")?,
        petition: row.get("petition")?,
        department: None,
        channel: row.get("channel")?,
        urgency: row.get("urgency")?,
        district: row.get("district")?,
        street: row.get("street")?,
        community: row.get("community")?,
        reporter: reporter.map(|key| hashed(&key)),
        issue: row.get("issue")?,
        flags: parsed(row.get_ref("flags")?.as_str()?)?,
        status: named_as(row.get("status")?)?,
        due_at: row.get("due_at")?,
        closed_at: row.get("closed_at")?,
        life: supervisions,
    };
    Ok((fact, Units { settled: row.get("final_unit")?, advised: row.get("unit")? }))
}

/// Never leaves the process.
pub(super) fn hashed(key: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

pub(super) fn steps(
    connection: &Connection,
    cases: impl Iterator<Item = i64>,
) -> rusqlite::Result<BTreeMap<i64, Vec<Step>>> {
    let cases = super::json(&cases.collect::<Vec<_>>())?;
    let query = "SELECT arrival, at, status, unit, reason, due_at, resolved FROM steps \
        WHERE arrival IN (SELECT value FROM json_each(?)) ORDER BY n";
    let mut statement = connection.prepare_cached(query)?;
    let mut rows = statement.query([cases])?;
    let mut found: BTreeMap<i64, Vec<Step>> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let step = Step {
            at: row.get("at")?,
            status: named_as(row.get("status")?)?,
            unit: row.get("unit")?,
            said: row.get("reason")?,
            due_at: row.get("due_at")?,
            resolved: row.get("resolved")?,
        };
        found.entry(row.get("arrival")?).or_default().push(step);
    }
    Ok(found)
}

/// Tells a life by its steps, first to last.
pub(super) fn live(life: &mut Life, steps: &[Step]) -> rusqlite::Result<()> {
    for step in steps {
        match step.status {
            Status::Dispatched => {
                life.reassigned += u32::from(life.unit.is_some() && life.unit != step.unit);
                life.unit.clone_from(&step.unit);
                (life.dispatched_at, life.sign_due_at, life.signed_at) = (Some(step.at), step.due_at, None);
                (life.answered_at, life.given_back) = (None, false);
            }
            Status::Signed => life.signed_at = Some(step.at),
            Status::Replied => {
                life.first_replied_at.get_or_insert(step.at);
                life.answered_at.get_or_insert(step.at);
                life.replied_at = Some(step.at);
            }
            Status::Returned => {
                life.returns += 1;
                life.given_back = true;
                life.returned_by.clone_from(&life.unit);
            }
            Status::Extended => life.extended += 1,
            Status::Reopened => life.redone += 1,
            Status::FollowedUp => {
                life.satisfied = step.said.clone().map(named_as).transpose()?;
                life.resolved = step.resolved;
            }
            _ => {}
        }
        if step.status != Status::Extended {
            life.suspended = step.status == Status::Suspended;
        }
    }
    Ok(())
}
