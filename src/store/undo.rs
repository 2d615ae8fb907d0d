//! Taking back (撤销) what people did last with a case. What is taken back no longer counts anywhere, yet is not lost: its
//! row moves to `undone`, and the audit has both lines.

use chrono::{DateTime, Utc};
use rusqlite::{Transaction, params};
use serde_json::json;

use super::life::{no_case, note, touch, whole};
use crate::case::Status;
use crate::error::{Error, Kind, Result};
use crate::store::{Case, Lives, Store};

/// Which act is taken back: the one of this time.
#[derive(Debug, Clone)]
pub struct Undoing {
    pub at: DateTime<Utc>,
    pub actor: Option<String>,
    pub now: DateTime<Utc>,
}

const FEEDBACK: &str = "INSERT INTO undone (arrival, at, kind, was, actor) SELECT arrival, ?2, 'feedback', \
    json_object('n', n, 'at', at, 'outcome', outcome, 'reason', reason, 'unit', unit, 'category', category, \
    'settled', settled, 'note', note, 'actor', actor), ?3 FROM feedback WHERE n = ?1";

const STEP: &str = "INSERT INTO undone (arrival, at, kind, was, actor) SELECT arrival, ?2, 'step', \
    json_object('n', n, 'at', at, 'status', status, 'unit', unit, 'reason', reason, 'note', note, 'due_at', due_at, \
    'actor', actor), ?3 FROM steps WHERE n = ?1";

impl Store {
    /// Takes back the last feedback of a case; its unit and category are settled as they were before.
    pub fn undo_feedback(&self, id: &str, undoing: &Undoing) -> Result<Case> {
        self.alter(id, |transaction, case| {
            let Some(last) = case.feedback.iter().flatten().next_back() else { return Ok(Err(nothing())) };
            if last.at != undoing.at {
                return Ok(Err(another()));
            }
            take_out(transaction, "feedback", FEEDBACK, &case, undoing)?;
            let settled = |column: &str| {
                format!(
                    "(SELECT f.{column} FROM feedback AS f WHERE f.arrival = cases.arrival AND f.settled = 1 \
                     AND f.{column} IS NOT NULL ORDER BY f.n DESC LIMIT 1)"
                )
            };
            let (unit, category) = (settled("unit"), settled("category"));
            let restore =
                format!("UPDATE cases SET final_unit = {unit}, final_category = {category} WHERE arrival = ?");
            transaction.prepare_cached(&restore)?.execute([case.arrival])?;
            let detail = json!({"what": "feedback", "outcome": last.outcome, "unit": last.final_unit,
                "category": last.final_category, "settled": last.settled});
            told(transaction, &case, undoing, &detail)
        })
    }

    /// Takes back the last step of a case, where the hotline took it and nobody went on from it; the case stands as before.
    pub fn undo_step(&self, id: &str, undoing: &Undoing) -> Result<Case> {
        self.alter(id, |transaction, case| {
            let steps = case.steps.as_deref().unwrap_or_default();
            let [.., before, last] = steps else { return Ok(Err(nothing())) };
            if last.at != undoing.at {
                return Ok(Err(another()));
            }
            if !matches!(last.status, Status::Dispatched | Status::Returned | Status::Declined) {
                return Ok(Err(not_ours(last.status)));
            }
            take_out(transaction, "steps", STEP, &case, undoing)?;
            // An extension is a step, not a status to be in.
            let standing = steps[..steps.len() - 1].iter().rev().map(|step| step.status);
            let status = standing.into_iter().find(|status| *status != Status::Extended).unwrap_or(before.status);
            // None of these steps moves the deadline for the answer.
            let restore = "UPDATE cases SET status = ?, closed_at = NULL WHERE arrival = ?";
            transaction.prepare_cached(restore)?.execute(params![status.code(), case.arrival])?;
            let detail = json!({"what": "step", "from": last.status, "to": status, "unit": last.unit});
            told(transaction, &case, undoing, &detail)
        })
    }
}

/// Moves the last row of a case to `undone`.
fn take_out(
    transaction: &Transaction,
    table: &str,
    keep: &str,
    case: &Case,
    undoing: &Undoing,
) -> rusqlite::Result<()> {
    let last = format!("SELECT max(n) FROM {table} WHERE arrival = ?");
    let n: i64 = transaction.prepare_cached(&last)?.query_row([case.arrival], |row| row.get(0))?;
    transaction.prepare_cached(keep)?.execute(params![n, undoing.now.timestamp_millis(), undoing.actor])?;
    transaction.prepare_cached(&format!("DELETE FROM {table} WHERE n = ?"))?.execute([n]).map(drop)
}

fn told(
    transaction: &Transaction,
    case: &Case,
    undoing: &Undoing,
    detail: &serde_json::Value,
) -> rusqlite::Result<Result<Case>> {
    touch(transaction, case.arrival)?;
    note(transaction, undoing.now, undoing.actor.as_deref(), "undo", case, detail)?;
    Ok(whole(transaction, &case.id)?.ok_or_else(no_case))
}

fn nothing() -> Error {
    Error::new(Kind::Conflict, "没有可撤销的", "there is nothing to undo")
}

fn another() -> Error {
    let zh = "此后又有变动，或已撤销：请刷新后再看";
    Error::new(Kind::Conflict, zh, "it is not the last any more, or undone already: look again").at(
        "/at",
        "不是最近一条的时间",
        "not the time of the last one",
    )
}

fn not_ours(status: Status) -> Error {
    let zh = format!("最近一步是{}，不能撤销；只能撤销派单、退单和不予受理", status.name());
    let en = format!("the last step is {}: only dispatched, returned and declined can be undone", status.code());
    Error::new(Kind::Conflict, zh, en)
}
