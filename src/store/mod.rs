//! Store (案件库): cases in one SQLite file, or in memory.
//!
//! One writer, a few readers, write-ahead log. What [`Store::keep`] has returned is on disk: it outlives the process
//! being killed. Only masked text comes in here. How a unit was chosen and what a hotspot is, is not known here.

mod acts;
mod alerts;
mod audit;
mod backup;
mod deliveries;
mod events;
mod export;
mod facts;
mod glimpses;
mod groups;
mod handling;
mod health;
mod hindsight;
mod jobs;
mod life;
mod list;
mod open;
mod order;
mod row;
mod schema;
mod secret;
mod supervisions;
mod surveys;
mod texts;
mod undo;
mod watched;

use std::fs::File;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, FixedOffset, Utc};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, named_params};
use serde::Serialize;
use utoipa::ToSchema;

use crate::case::{Decision, StatedLocation, Status, Suggestion, Versions};
use crate::error::{Error, Kind, Result};
pub use acts::{Act, Done};
pub use alerts::{Alert, AlertAct, AlertEntry, AlertFilter, AlertState, AlertTurn, Warning};
pub use audit::{AuditLine, Broken, Chain, MACHINE, PERSON};
pub use backup::Restored;
pub use deliveries::{Attempt, Delivery, DeliveryFilter, DeliveryState, Due, Outbox};
pub use events::{Sketch, Story, Telling};
pub use export::{Exported, Stretch};
pub use glimpses::{Glimpse, Words};
pub use groups::{Days, ISSUE_SORTS, IssueFilter, IssueLine, IssuePage, Standing, last_told_first};
pub use health::Health;
pub use hindsight::{Codes, Leaning};
pub use jobs::{Job, NAMED, Outcome, Problem, Progress, State, Told};
pub use life::{Feedback, Lives, Step, Supervision, Turn};
pub use list::{CASE_SORTS, Filter, LONGEST_PAGE, Page, Supervised, newest_first};
pub use order::{Order, Seek, Sort};
use row::{COLUMNS, case_of, one};
pub use secret::Sealer;
pub use supervisions::{SupervisionFilter, SupervisionState, Watched, WatchedUnit};
pub use surveys::{FrameState, FrameVersion, KeptSurvey, Mapping, MoreAnswers, NewSurvey, Offered, SurveyLine};
pub use texts::{Heading, Text};
pub use undo::Undoing;
pub use watched::Since;

/// A complaint made ready to be kept. Every text in it is masked.
pub struct NewCase {
    /// The sender's own number (工单编号), unique.
    pub reference: Option<String>,
    pub title: Option<String>,
    pub text: String,
    pub channel: Option<String>,
    pub received_at: DateTime<FixedOffset>,
    pub occurred_at: Option<DateTime<FixedOffset>>,
    /// When it is kept.
    pub created_at: DateTime<FixedOffset>,
    pub subject_type: Option<String>,
    /// Opaque; kept to tell the same reporter again, never given out.
    pub reporter_key: Option<String>,
    pub location: Option<StatedLocation>,
    pub suggestion: Suggestion,
}

/// 案件：一件已保存的诉求。文本均已脱敏；代码附保存时的名称。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Case {
    pub id: String,
    /// 发送方自己的工单编号
    pub reference: Option<String>,
    /// 变更序号：每次新增或修改都增大
    pub seq: i64,
    pub title: Option<String>,
    pub text: String,
    pub channel: Option<String>,
    /// 受理时间；未提供时为保存时间
    pub received_at: DateTime<Utc>,
    pub occurred_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub subject_type: Option<String>,
    /// 发送方所述事发地
    pub location: Option<StatedLocation>,
    /// 读出的区县
    pub district: Option<String>,
    /// 读出的街道、乡镇
    pub street: Option<String>,
    /// 读出的社区、村或小区
    pub community: Option<String>,
    pub category: Option<Named>,
    pub petition: Option<Named>,
    pub unit: Option<Named>,
    pub decision: Decision,
    pub urgency: Named,
    /// 标签代码；`info_protect` 为举报人须保护
    pub flags: Vec<String>,
    pub status: Status,
    /// 现承办单位：最近一次派往的单位；未派单或已退单时为 null
    pub handler: Option<String>,
    /// 答复期限，含延期
    pub due_at: Option<DateTime<Utc>>,
    pub closed_at: Option<DateTime<Utc>>,
    /// 人工确认的单位和分类；尚未确认时为 null
    pub final_unit: Option<String>,
    pub final_category: Option<String>,
    /// 所属诉求组
    pub issue: Option<String>,
    pub versions: Versions,
    /// 保存时给出的建议，原样；其中的位置指向当时提交的文本。列表中不给出
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Suggestion>)]
    pub suggestion: Option<serde_json::Value>,
    /// 现在可转入的状态。列表中不给出
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Vec<Status>>,
    /// 办理过程，从受理起依次。列表中不给出
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<Vec<Step>>,
    /// 对建议的反馈，依次。列表中不给出
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feedback: Option<Vec<Feedback>>,
    /// 督办，依次，含已销号的。列表中不给出
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supervisions: Option<Vec<Supervision>>,
    /// What pages count by.
    #[serde(skip)]
    arrival: i64,
}

/// 代码及其名称。
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Named {
    pub code: String,
    pub name: String,
}

/// What became of a case that was handed in.
#[derive(Debug)]
pub enum Kept {
    New(Case),
    /// A case with the same reference stands already; nothing was stored.
    Standing(Case),
}

/// What was answered to a request that may be sent again (Idempotency-Key).
pub struct Answered {
    /// The digest of what was sent.
    pub body: Vec<u8>,
    /// Ids of the cases in order, and whether each was new.
    pub cases: Vec<(String, bool)>,
}

/// Where cases are kept. Made by [`Store::open`].
pub struct Store {
    writer: Mutex<Connection>,
    /// None for memory, where the writer reads as well.
    readers: Vec<Mutex<Connection>>,
    /// A write failed since the last [`Store::check`], which then tries a real one.
    failing: AtomicBool,
    shown: String,
    _lock: Option<File>,
}

/// How long a request that may be sent again is remembered, in milliseconds: 24 hours, as senders know it from Stripe
/// (https://docs.stripe.com/api/idempotent_requests). The draft standard leaves the time to the server
/// (draft-ietf-httpapi-idempotency-key-header-07, §2.3).
const REMEMBERED: i64 = 24 * 3_600_000;

/// Bytes that a case with its suggestion, its indices and the log's pages take at most.
const ROOM_OF_A_CASE: u32 = 64 * 1024;

impl Store {
    /// Keeps all cases or, on an error, none; the answers are in order. The same reference again, also within one call,
    /// returns the case that stands.
    pub fn keep(&self, cases: &[NewCase]) -> Result<Vec<Kept>> {
        self.change(|change| cases.iter().map(|case| change.keep(case)).collect())
    }

    /// Runs `work` as one change: all of it stands and is on disk, or nothing.
    pub fn change<T>(&self, work: impl FnOnce(&Change) -> Result<T>) -> Result<T> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let told = |error| open::told(error, &self.shown);
        let run = || {
            let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate).map_err(told)?;
            let done = work(&Change { transaction: &transaction, shown: &self.shown })?;
            transaction.commit().map_err(told).map(|()| done)
        };
        let outcome = run();
        // A sender's mistake says nothing of the disk.
        let is_ours = |error: &Error| matches!(error.kind, Kind::Setup | Kind::Internal);
        // A small change may find room where a case does not: only `check`, which tries a case's room, takes it back.
        if outcome.as_ref().err().is_some_and(is_ours) {
            self.failing.store(true, Ordering::Relaxed);
        }
        outcome
    }

    /// The case with this id, with its whole suggestion and life.
    pub fn find(&self, id: &str) -> Result<Option<Case>> {
        // One moment for all of it: a step taken meanwhile is not half seen.
        self.read(|connection| life::whole(&*connection.unchecked_transaction()?, id))
    }

    /// The case that stands under the sender's own number.
    pub fn find_reference(&self, reference: &str) -> Result<Option<Case>> {
        self.read(|connection| one(connection, "reference = ?1", reference))
    }

    /// Whether a request under this key was answered already.
    pub fn knows_request(&self, key: &str) -> Result<bool> {
        self.read(|connection| request(connection, key)).map(|answered| answered.is_some())
    }

    pub fn is_empty(&self) -> Result<bool> {
        self.read(|connection| connection.query_row("SELECT NOT EXISTS (SELECT 1 FROM cases)", [], |row| row.get(0)))
    }

    /// Fails if a case handed in now could not be kept. Costs no flush unless a write failed.
    pub fn check(&self) -> Result<()> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let try_it = |connection: &mut Connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            if !self.failing.load(Ordering::Relaxed) {
                transaction.execute("UPDATE counter SET seq = seq", [])?;
                return transaction.rollback();
            }
            transaction.execute("INSERT INTO room VALUES (zeroblob(?1))", [ROOM_OF_A_CASE])?;
            transaction.commit()?;
            // In a transaction of its own: pages freed in the one that filled them need never reach the disk.
            connection.execute("DELETE FROM room", []).map(drop)
        };
        let outcome = try_it(&mut writer);
        self.failing.store(outcome.is_err(), Ordering::Relaxed);
        outcome.map_err(|error| open::told(error, &self.shown))
    }

    /// The file, or that it is memory; for people.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Runs `work` in one transaction: all of it stands, or nothing.
    fn write<T>(&self, work: impl FnOnce(&Transaction) -> rusqlite::Result<T>) -> Result<T> {
        self.change(|change| change.told(|| work(change.transaction)))
    }

    /// Runs `work` on a reader that is free, else on the first that becomes so.
    fn read<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        let first = self.readers.first().unwrap_or(&self.writer);
        let free = self.readers.iter().find_map(|reader| reader.try_lock().ok());
        let reader = free.unwrap_or_else(|| first.lock().unwrap_or_else(PoisonError::into_inner));
        work(&reader).map_err(|error| open::told(error, &self.shown))
    }
}

/// A change under way (see [`Store::change`]).
pub struct Change<'t> {
    transaction: &'t Transaction<'t>,
    shown: &'t str,
}

impl Change<'_> {
    /// Keeps a case, unless one with the same reference stands.
    pub fn keep(&self, case: &NewCase) -> Result<Kept> {
        self.told(|| keep(self.transaction, case))
    }

    /// The case under this id, with its suggestion as it stands now.
    pub fn find(&self, id: &str) -> Result<Option<Case>> {
        self.told(|| one(self.transaction, "id = ?1", id))
    }

    /// What was answered to a request that may be sent again.
    pub fn request(&self, key: &str) -> Result<Option<Answered>> {
        self.told(|| request(self.transaction, key))
    }

    /// Remembers what was answered, and forgets what was answered too long ago.
    pub fn remember_request(&self, key: &str, answered: &Answered, now: i64) -> Result<()> {
        self.told(|| {
            self.prepare_cached("DELETE FROM requests WHERE at < ?")?.execute([now - REMEMBERED])?;
            let insert = "INSERT INTO requests (key, body, at, answer) VALUES (?, ?, ?, ?)";
            self.prepare_cached(insert)?
                .execute(rusqlite::params![key, answered.body, now, json(&answered.cases)?])
                .map(drop)
        })
    }

    /// Adds to what was answered for a case just kept: cases that may tell the same, and its group.
    pub fn complete_answer(&self, arrival: i64, duplicates: &impl Serialize, issue: Option<&str>) -> Result<()> {
        self.told(|| {
            let update = "UPDATE cases SET suggestion = json_set(suggestion, '$.duplicates', json(?), '$.issue', ?) \
                WHERE arrival = ?";
            self.prepare_cached(update)?.execute(rusqlite::params![json(duplicates)?, issue, arrival]).map(drop)
        })
    }

    fn prepare_cached(&self, query: &str) -> rusqlite::Result<rusqlite::CachedStatement<'_>> {
        self.transaction.prepare_cached(query)
    }

    fn told<T>(&self, work: impl FnOnce() -> rusqlite::Result<T>) -> Result<T> {
        work().map_err(|error| open::told(error, self.shown))
    }
}

impl Case {
    /// The store's own number, growing with each case.
    pub fn arrival(&self) -> i64 {
        self.arrival
    }
}

fn request(connection: &Connection, key: &str) -> rusqlite::Result<Option<Answered>> {
    let query = "SELECT body, answer FROM requests WHERE key = ?";
    let found = connection.prepare_cached(query)?.query_row([key], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)));
    found.optional()?.map(|(body, answer)| Ok(Answered { body, cases: parsed(&answer)? })).transpose()
}

fn keep(transaction: &Transaction, case: &NewCase) -> rusqlite::Result<Kept> {
    if let Some(reference) = &case.reference
        && let Some(standing) = one(transaction, "reference = ?1", reference)?
    {
        return Ok(Kept::Standing(standing));
    }
    insert(transaction, case)?;
    let kept = one(transaction, "arrival = ?1", transaction.last_insert_rowid())?;
    let kept = kept.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    let at = case.created_at.timestamp_millis();
    audit::note(transaction, at, audit::MACHINE, "kept", &kept.id, &kept_as(&kept)?)?;
    Ok(Kept::New(kept))
}

/// What the audit says of a case that was kept: what was advised, and what with.
fn kept_as(case: &Case) -> rusqlite::Result<serde_json::Value> {
    let code_of = |named: &Option<Named>| named.as_ref().map(|named| named.code.clone());
    Ok(serde_json::json!({
        "model": case.versions.model,
        "taxonomy": case.versions.taxonomy,
        "rules": case.versions.rules,
        "decision": code(case.decision)?,
        "unit": code_of(&case.unit),
        "category": code_of(&case.category),
    }))
}

const INSERT: &str = "INSERT INTO cases (seq, id, reference, title, text, channel, received_at, occurred_at, created_at, \
    subject_type, reporter_key, location, district, category, petition, unit, decision, urgency, suggestion, model, \
    taxonomy, rules, due_at, street, community, flags) VALUES (:seq, :id, :reference, :title, :text, :channel, :received_at, :occurred_at, :created_at, \
    :subject_type, :reporter_key, :location, :district, :category, :petition, :unit, :decision, :urgency, :suggestion, \
    :model, :taxonomy, :rules, :due_at, :street, :community, :flags)";

/// The next number of change.
fn tick(transaction: &Transaction) -> rusqlite::Result<i64> {
    let tick = "UPDATE counter SET seq = seq + 1 RETURNING seq";
    transaction.prepare_cached(tick)?.query_row([], |row| row.get(0))
}

fn insert(transaction: &Transaction, case: &NewCase) -> rusqlite::Result<()> {
    let seq = tick(transaction)?;
    let said = &case.suggestion;
    let values = named_params! {
        ":seq": seq,
        ":id": format!("c_{}", uuid::Uuid::new_v4().simple()),
        ":reference": case.reference,
        ":title": case.title,
        ":text": case.text,
        ":channel": case.channel,
        ":received_at": case.received_at.timestamp_millis(),
        ":occurred_at": case.occurred_at.map(|at| at.timestamp_millis()),
        ":created_at": case.created_at.timestamp_millis(),
        ":subject_type": case.subject_type,
        ":reporter_key": case.reporter_key,
        ":location": case.location.as_ref().map(json).transpose()?,
        ":district": said.location.as_ref().and_then(|location| location.district.as_ref()),
        ":category": said.categories.first().map(|first| &first.code),
        ":petition": said.petition_types.first().map(|first| &first.code),
        ":unit": said.assignment.first().map(|first| &first.lead.code),
        ":decision": code(said.decision)?,
        ":urgency": said.urgency.level,
        ":suggestion": json(said)?,
        ":model": said.versions.model,
        ":taxonomy": said.versions.taxonomy,
        ":rules": said.versions.rules,
        ":due_at": said.due_at.map(|at| at.timestamp_millis()),
        ":street": said.location.as_ref().and_then(|location| location.street.as_ref()),
        ":community": said.location.as_ref().and_then(|location| location.community.as_ref()),
        ":flags": json(&said.flags)?,
    };
    transaction.prepare_cached(INSERT)?.execute(values).map(drop)
}

fn time(milliseconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(milliseconds).unwrap_or_default()
}

fn json(value: &impl Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

/// The wire code of an enum without fields.
fn code(value: impl Serialize) -> rusqlite::Result<String> {
    json(&value).map(|quoted| quoted.trim_matches('"').to_owned())
}

/// What has this wire code.
fn named_as<T: serde::de::DeserializeOwned>(code: String) -> rusqlite::Result<T> {
    parsed(&format!("\"{code}\""))
}

fn parsed<T: serde::de::DeserializeOwned>(text: &str) -> rusqlite::Result<T> {
    let broken = |error: serde_json::Error| {
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, error.into())
    };
    serde_json::from_str(text).map_err(broken)
}
