//! Long work (任务), as far as it is told: what it is, how far it got, what came of it. Holds no texts.

use chrono::{DateTime, FixedOffset, Utc};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::error::{Result, Saying};
use crate::store::{LONGEST_PAGE, Store, audit, code, json, parsed, time};

/// So many bad lines are kept with a job; all are counted.
pub const NAMED: usize = 1000;

/// 任务状态。
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// 排队
    Waiting,
    /// 进行中
    Running,
    /// 完成
    Done,
    /// 出错中止
    Failed,
    /// 已取消
    Cancelled,
    /// 因服务停止而中断
    Interrupted,
}

impl State {
    /// Whether nothing more will happen.
    pub fn ended(self) -> bool {
        !matches!(self, State::Waiting | State::Running)
    }
}

/// Work as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    pub id: String,
    /// `import`, `themes`.
    pub kind: String,
    pub state: State,
    pub created_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    /// Items gone through, of `total`.
    pub done: usize,
    pub total: usize,
    pub outcome: Outcome,
    /// What pages count by.
    pub n: i64,
}

/// What came of it so far.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The file's name as the sender has it, masked.
    pub file: Option<String>,
    /// Which column was read as what.
    pub mapping: String,
    pub kept: usize,
    /// Stood already.
    pub standing: usize,
    /// Lines that were not kept; the first [`NAMED`] of them are named.
    pub problems_total: usize,
    pub problems: Vec<Problem>,
    /// Why it ended before its time, or what is to be told of it.
    pub why: Option<Told>,
}

/// A line that was not kept. Quotes nothing of it but its masked reference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// Line (text files) or row (sheets), from 1.
    pub line: usize,
    pub reference: Option<String>,
    /// The field that is wrong, `/received_at`; empty for the whole line.
    pub pointer: String,
    pub saying: Told,
}

/// A sentence in the two languages of the house, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub zh: String,
    pub en: String,
}

impl From<Saying> for Told {
    fn from(Saying { zh, en }: Saying) -> Self {
        Self { zh, en }
    }
}

/// How far a job got.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    pub done: usize,
    pub total: usize,
    pub kept: usize,
    pub standing: usize,
}

impl Store {
    /// Notes work that is to be done; returns it waiting.
    pub fn add_job(&self, kind: &str, total: usize, outcome: &Outcome, now: DateTime<FixedOffset>) -> Result<Job> {
        let id = format!("j_{}", uuid::Uuid::new_v4().simple());
        let at = now.timestamp_millis();
        self.write(|transaction| {
            let insert = "INSERT INTO jobs (id, kind, state, created_at, done, total, outcome) \
                VALUES (?, ?, ?, ?, 0, ?, ?)";
            transaction.execute(insert, params![id, kind, code(State::Waiting)?, at, total as i64, json(outcome)?])?;
            let detail = json!({"total": total, "problems": outcome.problems_total});
            audit::note(transaction, at, audit::MACHINE, &format!("{kind}_job"), &id, &detail)?;
            one(transaction, &id)?.ok_or(rusqlite::Error::QueryReturnedNoRows)
        })
    }

    /// The job with this id.
    pub fn job(&self, id: &str) -> Result<Option<Job>> {
        self.read(|connection| one(connection, id))
    }

    /// Jobs, newest first, from the one before `before` (a [`Job::n`]) on.
    pub fn jobs(&self, before: Option<i64>, most: usize) -> Result<Vec<Job>> {
        self.read(|connection| {
            let query = format!("SELECT {COLUMNS} FROM jobs WHERE rowid < ? ORDER BY rowid DESC LIMIT ?");
            let mut statement = connection.prepare_cached(&query)?;
            let most = most.min(LONGEST_PAGE + 1) as i64;
            statement.query_map(params![before.unwrap_or(i64::MAX), most], job_of)?.collect()
        })
    }

    /// Notes that it runs, and how far it is.
    pub fn advance_job(&self, id: &str, progress: Progress) -> Result<()> {
        self.write(|transaction| advance(transaction, id, State::Running, progress))
    }

    /// Notes how it ended; returns it. What has ended already stays as it was.
    pub fn end_job(
        &self,
        id: &str,
        state: State,
        progress: Progress,
        why: Option<&Told>,
        now: DateTime<FixedOffset>,
    ) -> Result<Job> {
        let at = now.timestamp_millis();
        self.write(|transaction| {
            let standing = one(transaction, id)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
            if standing.state.ended() {
                return Ok(standing);
            }
            advance(transaction, id, state, progress)?;
            end(transaction, &standing, state, why, at)?;
            one(transaction, id)?.ok_or(rusqlite::Error::QueryReturnedNoRows)
        })
    }

    /// Marks what an earlier process left undone as interrupted; returns how many.
    pub fn interrupt_jobs(&self, why: &Told, now: DateTime<FixedOffset>) -> Result<usize> {
        let at = now.timestamp_millis();
        self.write(|transaction| {
            let undone = format!("SELECT {COLUMNS} FROM jobs WHERE state IN ('waiting', 'running')");
            let undone: Vec<Job> =
                transaction.prepare(&undone)?.query_map([], job_of)?.collect::<rusqlite::Result<_>>()?;
            for job in &undone {
                transaction.execute("UPDATE jobs SET state = 'interrupted' WHERE id = ?", [&job.id])?;
                end(transaction, job, State::Interrupted, Some(why), at)?;
            }
            Ok(undone.len())
        })
    }
}

fn advance(transaction: &Transaction, id: &str, state: State, progress: Progress) -> rusqlite::Result<()> {
    let update = "UPDATE jobs SET state = ?, done = ?, \
        outcome = json_set(outcome, '$.kept', ?, '$.standing', ?) WHERE id = ?";
    let Progress { done, kept, standing, .. } = progress;
    let values = params![code(state)?, done as i64, kept as i64, standing as i64, id];
    transaction.prepare_cached(update)?.execute(values).map(drop)
}

/// Seals the end of a job that has its last state already.
fn end(transaction: &Transaction, job: &Job, state: State, why: Option<&Told>, at: i64) -> rusqlite::Result<()> {
    let update = "UPDATE jobs SET ended_at = ?, outcome = json_set(outcome, '$.why', json(?)) WHERE id = ?";
    transaction.execute(update, params![at, json(&why)?, job.id])?;
    let detail = "SELECT json_object('kept', outcome -> '$.kept', 'standing', outcome -> '$.standing') FROM jobs \
        WHERE id = ?";
    let detail: String = transaction.query_row(detail, [&job.id], |row| row.get(0))?;
    let act = format!("{}_{}", job.kind, code(state)?);
    audit::note(transaction, at, audit::MACHINE, &act, &job.id, &parsed(&detail)?)
}

const COLUMNS: &str = "rowid, id, kind, state, created_at, ended_at, done, total, outcome";

fn one(connection: &Connection, id: &str) -> rusqlite::Result<Option<Job>> {
    let query = format!("SELECT {COLUMNS} FROM jobs WHERE id = ?");
    connection.prepare_cached(&query)?.query_row([id], job_of).optional()
}

fn job_of(row: &Row) -> rusqlite::Result<Job> {
    let state: String = row.get("state")?;
    let outcome: String = row.get("outcome")?;
    Ok(Job {
        n: row.get("rowid")?,
        id: row.get("id")?,
        kind: row.get("kind")?,
        state: parsed(&format!("\"{state}\""))?,
        created_at: time(row.get("created_at")?),
        ended_at: row.get::<_, Option<i64>>("ended_at")?.map(time),
        done: row.get::<_, i64>("done")? as usize,
        total: row.get::<_, Option<i64>>("total")?.unwrap_or_default() as usize,
        outcome: parsed(&outcome)?,
    })
}
