//! The life of a case: the steps it takes, what people made of its suggestion, and its supervision. What may be done to
//! a case is decided by who calls, within the one transaction that does it: two who act at once do not cross.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, named_params, params};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::case::{Outcome, ReturnReason, Satisfaction, Status, SupervisionKind};
use crate::error::{Error, Kind, Result};
use crate::store::{Case, Change, Store, audit, code, named_as, one, tick, time};

/// 办理过程中的一步。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Step {
    pub at: DateTime<Utc>,
    pub status: Status,
    /// 派往的单位（派单、改派）
    pub unit: Option<String>,
    /// 原因代码（退单等）
    pub reason: Option<ReturnReason>,
    /// 回访评价
    pub satisfied: Option<Satisfaction>,
    /// 回访时诉求人说是否解决；没有问到为 null
    pub resolved: Option<bool>,
    /// 说明，已脱敏
    pub note: Option<String>,
    /// 自这一步起的期限：派单为签收期限，其余为答复期限
    pub due_at: Option<DateTime<Utc>>,
    /// 经办角色或岗位
    pub actor: Option<String>,
}

/// A step to be taken, and what it changes. Its note is masked.
#[derive(Debug)]
pub struct Turn {
    pub step: Step,
    /// The deadline for the answer from now on; `None` leaves it.
    pub due_at: Option<DateTime<Utc>>,
    /// When it is written down; `step.at` may be earlier.
    pub kept_at: DateTime<Utc>,
}

/// 反馈：人工对一条建议的处理结果。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Feedback {
    pub at: DateTime<Utc>,
    pub outcome: Outcome,
    pub reason_code: Option<ReturnReason>,
    /// 人工确认的单位、分类代码
    pub final_unit: Option<String>,
    pub final_category: Option<String>,
    /// 是否已审定；只有审定的才用于训练
    pub settled: bool,
    /// 说明，已脱敏
    pub note: Option<String>,
    pub actor: Option<String>,
}

/// 督办。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Supervision {
    pub id: String,
    pub kind: SupervisionKind,
    /// 交办人或部门
    pub issuer: String,
    pub issued_at: DateTime<Utc>,
    pub due_at: DateTime<Utc>,
    /// 说明，已脱敏
    pub note: Option<String>,
    /// 销号时间；督办中为 null
    pub lifted_at: Option<DateTime<Utc>>,
}

/// Where the lives of cases are written: the store, each thing in a transaction of its own, or a change under way.
pub trait Lives {
    /// Runs `work` on a case; all of it stands, or nothing. A refusal writes nothing.
    fn alter<T>(&self, id: &str, work: impl FnOnce(&Transaction, Case) -> rusqlite::Result<Result<T>>) -> Result<T>;

    /// Takes the step that `decide` makes of the case as it stands, or refuses as it does. Returns the case after it.
    fn step(&self, id: &str, decide: impl FnOnce(&Case) -> Result<Turn>) -> Result<Case> {
        self.alter(id, |transaction, case| {
            let turn = match decide(&case) {
                Ok(turn) => turn,
                Err(refusal) => return Ok(Err(refusal)),
            };
            write_step(transaction, &case, &turn)?;
            Ok(whole(transaction, id)?.ok_or_else(no_case))
        })
    }

    /// Keeps the feedback that `judge` gives; one that is settled settles the case's unit and category, where named.
    fn feed_back(&self, id: &str, judge: impl FnOnce(&Case) -> Result<Feedback>) -> Result<Feedback> {
        self.alter(id, |transaction, case| {
            let feedback = match judge(&case) {
                Ok(feedback) => feedback,
                Err(refusal) => return Ok(Err(refusal)),
            };
            write_feedback(transaction, &case, &feedback)?;
            let kept = whole(transaction, id)?.and_then(|case| case.feedback?.pop());
            Ok(kept.ok_or_else(no_case))
        })
    }

    /// Puts the case under the supervision that `order` gives, which gets its id here.
    fn supervise(
        &self,
        id: &str,
        actor: Option<&str>,
        order: impl FnOnce(&Case) -> Result<Supervision>,
    ) -> Result<Supervision> {
        self.alter(id, |transaction, case| {
            let supervision = match order(&case) {
                Ok(order) => Supervision { id: format!("s_{}", uuid::Uuid::new_v4().simple()), ..order },
                Err(refusal) => return Ok(Err(refusal)),
            };
            write_supervision(transaction, &case, &supervision, actor)?;
            supervision_in(transaction, id, &supervision.id)
        })
    }

    /// Ends a supervision (销号).
    fn lift(&self, id: &str, supervision: &str, actor: Option<&str>, at: DateTime<Utc>) -> Result<Supervision> {
        self.alter(id, |transaction, case| {
            let standing = match supervision_in(transaction, id, supervision)? {
                Ok(standing) => standing,
                Err(refusal) => return Ok(Err(refusal)),
            };
            if standing.lifted_at.is_some() {
                return Ok(Err(lifted_already()));
            }
            let lift = "UPDATE supervisions SET lifted_at = ? WHERE id = ?";
            transaction.prepare_cached(lift)?.execute(params![at.timestamp_millis(), supervision])?;
            touch(transaction, case.arrival)?;
            let detail = json!({"supervision": supervision, "kind": standing.kind});
            note(transaction, at, actor, "lift", &case, &detail)?;
            supervision_in(transaction, id, supervision)
        })
    }
}

impl Lives for Store {
    fn alter<T>(&self, id: &str, work: impl FnOnce(&Transaction, Case) -> rusqlite::Result<Result<T>>) -> Result<T> {
        self.write(|transaction| altered(transaction, id, work))?
    }
}

impl Lives for Change<'_> {
    fn alter<T>(&self, id: &str, work: impl FnOnce(&Transaction, Case) -> rusqlite::Result<Result<T>>) -> Result<T> {
        self.told(|| altered(self.transaction, id, work))?
    }
}

fn altered<T>(
    transaction: &Transaction,
    id: &str,
    work: impl FnOnce(&Transaction, Case) -> rusqlite::Result<Result<T>>,
) -> rusqlite::Result<Result<T>> {
    match whole(transaction, id)? {
        Some(case) => work(transaction, case),
        None => Ok(Err(no_case())),
    }
}

pub(super) fn no_case() -> Error {
    Error::new(Kind::NotFound, "没有这件案件：请核对编号", "there is no such case: check the id")
}

fn no_supervision() -> Error {
    Error::new(Kind::NotFound, "这件案件没有这条督办：请核对编号", "the case has no such supervision: check the id")
}

fn lifted_already() -> Error {
    Error::new(Kind::Conflict, "这条督办已经销号", "this supervision is lifted already")
}

// ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────

/// The case with its suggestion, steps, feedback and supervisions.
pub(super) fn whole(connection: &Connection, id: &str) -> rusqlite::Result<Option<Case>> {
    let Some(mut case) = one(connection, "id = ?1", id)? else { return Ok(None) };
    let steps = steps(connection, &case)?;
    case.next = Some(case.status.next(steps.last().and_then(|last| last.satisfied)));
    case.steps = Some(steps);
    let feedback = "SELECT * FROM feedback WHERE arrival = ? ORDER BY n";
    case.feedback = Some(rows(connection, feedback, case.arrival, feedback_of)?);
    let supervisions = "SELECT * FROM supervisions WHERE arrival = ? ORDER BY issued_at, rowid";
    case.supervisions = Some(rows(connection, supervisions, case.arrival, supervision_of)?);
    Ok(Some(case))
}

/// One supervision of a case, as it stands.
fn supervision_in(connection: &Connection, case: &str, id: &str) -> rusqlite::Result<Result<Supervision>> {
    let query = "SELECT supervisions.* FROM supervisions JOIN cases USING (arrival) \
        WHERE cases.id = ? AND supervisions.id = ?";
    let found = connection.prepare_cached(query)?.query_row([case, id], supervision_of).optional()?;
    Ok(found.ok_or_else(no_supervision))
}

fn rows<T>(
    connection: &Connection,
    query: &str,
    arrival: i64,
    read: fn(&Row) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    connection.prepare_cached(query)?.query_map([arrival], read)?.collect()
}

/// All steps. The first, that it was accepted, stands in the case itself.
fn steps(connection: &Connection, case: &Case) -> rusqlite::Result<Vec<Step>> {
    let written = rows(connection, "SELECT * FROM steps WHERE arrival = ? ORDER BY n", case.arrival, step_of)?;
    let due_at = case.suggestion.as_ref().and_then(|said| said["due_at"].as_str()?.parse().ok());
    let accepted = Step {
        at: case.received_at,
        status: Status::Accepted,
        unit: None,
        reason: None,
        satisfied: None,
        resolved: None,
        note: None,
        due_at,
        actor: None,
    };
    let lacking = written.first().is_none_or(|first| first.status != Status::Accepted);
    Ok(lacking.then_some(accepted).into_iter().chain(written).collect())
}

/// What a follow-up stores as its reason is what the citizen said.
fn step_of(row: &Row) -> rusqlite::Result<Step> {
    let status: Status = named_as(row.get("status")?)?;
    let reason: Option<String> = row.get("reason")?;
    let (satisfied, reason) = match status {
        Status::FollowedUp => (reason, None),
        _ => (None, reason),
    };
    Ok(Step {
        at: time(row.get("at")?),
        status,
        unit: row.get("unit")?,
        reason: reason.map(named_as).transpose()?,
        satisfied: satisfied.map(named_as).transpose()?,
        resolved: row.get("resolved")?,
        note: row.get("note")?,
        due_at: row.get::<_, Option<i64>>("due_at")?.map(time),
        actor: row.get("actor")?,
    })
}

fn feedback_of(row: &Row) -> rusqlite::Result<Feedback> {
    Ok(Feedback {
        at: time(row.get("at")?),
        outcome: named_as(row.get("outcome")?)?,
        reason_code: row.get::<_, Option<String>>("reason")?.map(named_as).transpose()?,
        final_unit: row.get("unit")?,
        final_category: row.get("category")?,
        settled: row.get("settled")?,
        note: row.get("note")?,
        actor: row.get("actor")?,
    })
}

fn supervision_of(row: &Row) -> rusqlite::Result<Supervision> {
    Ok(Supervision {
        id: row.get("id")?,
        kind: named_as(row.get("kind")?)?,
        issuer: row.get("issuer")?,
        issued_at: time(row.get("issued_at")?),
        due_at: time(row.get("due_at")?),
        note: row.get("note")?,
        lifted_at: row.get::<_, Option<i64>>("lifted_at")?.map(time),
    })
}

// ── writing ─────────────────────────────────────────────────────────────────────────────────────────────────────

fn write_step(transaction: &Transaction, case: &Case, Turn { step, due_at, kept_at }: &Turn) -> rusqlite::Result<()> {
    let reason = match step.satisfied {
        Some(satisfied) => Some(code(satisfied)?),
        None => step.reason.map(code).transpose()?,
    };
    let insert = "INSERT INTO steps (arrival, at, status, unit, reason, resolved, note, due_at, actor) \
        VALUES (:arrival, :at, :status, :unit, :reason, :resolved, :note, :due_at, :actor)";
    transaction.prepare_cached(insert)?.execute(named_params! {
        ":arrival": case.arrival,
        ":at": step.at.timestamp_millis(),
        ":status": step.status.code(),
        ":unit": step.unit,
        ":reason": reason,
        ":resolved": step.resolved,
        ":note": step.note,
        ":due_at": step.due_at.map(|at| at.timestamp_millis()),
        ":actor": step.actor,
    })?;
    // An extension is a step, not a status to be in.
    let status = if step.status == Status::Extended { case.status } else { step.status };
    let update = "UPDATE cases SET status = ?, due_at = COALESCE(?, due_at), closed_at = ? WHERE arrival = ?";
    let closed_at = status.is_over().then(|| step.at.timestamp_millis());
    let due_ms = due_at.map(|at| at.timestamp_millis());
    transaction.prepare_cached(update)?.execute(params![status.code(), due_ms, closed_at, case.arrival])?;
    touch(transaction, case.arrival)?;
    let detail = json!({"from": case.status, "to": step.status, "unit": step.unit, "reason": reason, "due_at": due_ms});
    note(transaction, *kept_at, step.actor.as_deref(), "step", case, &detail)
}

fn write_feedback(transaction: &Transaction, case: &Case, feedback: &Feedback) -> rusqlite::Result<()> {
    let Feedback { at, outcome, reason_code, final_unit, final_category, settled, note: words, actor } = feedback;
    let reason = reason_code.map(code).transpose()?;
    let insert = "INSERT INTO feedback (arrival, at, outcome, reason, unit, category, settled, note, actor) \
        VALUES (:arrival, :at, :outcome, :reason, :unit, :category, :settled, :note, :actor)";
    transaction.prepare_cached(insert)?.execute(named_params! {
        ":arrival": case.arrival,
        ":at": at.timestamp_millis(),
        ":outcome": code(outcome)?,
        ":reason": reason,
        ":unit": final_unit,
        ":category": final_category,
        ":settled": settled,
        ":note": words,
        ":actor": actor,
    })?;
    if *settled {
        let settle = "UPDATE cases SET final_unit = COALESCE(?, final_unit), \
            final_category = COALESCE(?, final_category) WHERE arrival = ?";
        transaction.prepare_cached(settle)?.execute(params![final_unit, final_category, case.arrival])?;
    }
    touch(transaction, case.arrival)?;
    let detail = json!({"outcome": outcome, "reason": reason, "unit": final_unit, "category": final_category,
        "settled": settled});
    note(transaction, *at, actor.as_deref(), "feedback", case, &detail)
}

fn write_supervision(
    transaction: &Transaction,
    case: &Case,
    supervision: &Supervision,
    actor: Option<&str>,
) -> rusqlite::Result<()> {
    let insert = "INSERT INTO supervisions (id, arrival, kind, issuer, issued_at, due_at, note) \
        VALUES (:id, :arrival, :kind, :issuer, :issued_at, :due_at, :note)";
    let due_ms = supervision.due_at.timestamp_millis();
    transaction.prepare_cached(insert)?.execute(named_params! {
        ":id": supervision.id,
        ":arrival": case.arrival,
        ":kind": code(supervision.kind)?,
        ":issuer": supervision.issuer,
        ":issued_at": supervision.issued_at.timestamp_millis(),
        ":due_at": due_ms,
        ":note": supervision.note,
    })?;
    touch(transaction, case.arrival)?;
    let detail = json!({"supervision": supervision.id, "kind": supervision.kind, "due_at": due_ms});
    note(transaction, supervision.issued_at, actor, "supervise", case, &detail)
}

/// Marks the case as changed.
pub(super) fn touch(transaction: &Transaction, arrival: i64) -> rusqlite::Result<()> {
    let seq = tick(transaction)?;
    transaction.prepare_cached("UPDATE cases SET seq = ? WHERE arrival = ?")?.execute([seq, arrival]).map(drop)
}

/// A line of what a person did.
pub(super) fn note(
    transaction: &Transaction,
    at: DateTime<Utc>,
    actor: Option<&str>,
    act: &str,
    case: &Case,
    detail: &serde_json::Value,
) -> rusqlite::Result<()> {
    audit::note(transaction, at.timestamp_millis(), actor.unwrap_or(audit::PERSON), act, &case.id, detail)
}
