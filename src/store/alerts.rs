//! Early warnings (预警): raised and escalated together with what is to be sent of them, listed, and acted on by people.
//!
//! An alert keeps the group that it was raised for. Where that group was merged into another, the alert speaks of the
//! other: the way of `issues.into_issue` is gone when it is read, so that undoing a merge undoes this as well.

use chrono::{DateTime, FixedOffset, Utc};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, Serialize};
use serde_json::json as object;
use utoipa::ToSchema;

use super::{Change, Store, audit, code, json, named_as, parsed, time};
use crate::case::{AlertFigures, AlertKind, AlertLevel, Scope, Subject};
use crate::error::{Error, Kind, Result};

/// How many merges are followed from a group to the one in use.
const LONGEST_WAY: usize = 100;

/// 预警的处理：open 待处理、acknowledged 已确认、dismissed 已解除。
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertState {
    Open,
    Acknowledged,
    Dismissed,
}

/// 预警的变动：raised 发出、escalated 升级、acknowledged 确认、dismissed 解除、joined 并入（两个诉求组并了组）。
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertTurn {
    Raised,
    Escalated,
    Acknowledged,
    Dismissed,
    Joined,
}

/// 一条预警；没有诉求内容。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Alert {
    pub id: String,
    /// 变动序号：每次发出、升级、确认、解除都增大
    pub seq: i64,
    pub kind: AlertKind,
    /// 诉求组编号；已并入别组的为现在的组。分类与区县的预警为 null
    pub issue: Option<String>,
    pub category: Option<String>,
    pub district: Option<String>,
    pub level: AlertLevel,
    #[schema(example = "黄色预警")]
    pub level_name: &'static str,
    /// 达到的规则代码
    pub rule: String,
    /// 地点加问题
    pub title: String,
    /// 一句话
    pub sentence: String,
    pub figures: AlertFigures,
    pub raised_at: DateTime<Utc>,
    /// 最近一次升级的时间；没有升级过为 null
    pub escalated_at: Option<DateTime<Utc>>,
    pub state: AlertState,
    /// 谁确认或解除的（岗位）
    pub actor: Option<String>,
    /// 理由，已脱敏
    pub reason: Option<String>,
    pub acted_at: Option<DateTime<Utc>>,
    /// 并入了哪条预警：两个诉求组并组之后由那一条继续；null 表示仍单独有效
    pub into_alert: Option<String>,
    /// 时段内这些案件的列表
    pub link: String,
    #[serde(skip)]
    n: i64,
    /// The end of the last window in which a rule held, milliseconds since 1970.
    #[serde(skip)]
    pub held_at: i64,
    /// As it was raised for: the group before any merge, or `category@district`.
    #[serde(skip)]
    pub subject: String,
}

/// 预警的一次变动。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AlertEntry {
    /// 变动序号，全库连续；用作事件流的 id
    pub n: i64,
    /// 预警编号
    pub alert: String,
    pub at: DateTime<Utc>,
    pub turn: AlertTurn,
    /// 当时的级别、规则和数字
    pub level: AlertLevel,
    pub rule: String,
    pub title: String,
    pub sentence: String,
    pub figures: AlertFigures,
    pub actor: Option<String>,
    pub reason: Option<String>,
}

/// What is to be written of a subject that reached a level.
#[derive(Debug, Clone, PartialEq)]
pub struct Warning {
    pub subject: Subject,
    pub level: AlertLevel,
    pub rule: String,
    pub title: String,
    pub sentence: String,
    pub category: Option<String>,
    pub district: Option<String>,
    pub figures: AlertFigures,
    pub held_at: i64,
}

/// Which alerts; `None` is all. Those that go on in another are left out.
#[derive(Debug, Clone, Default)]
pub struct AlertFilter {
    pub level: Option<AlertLevel>,
    pub state: Option<AlertState>,
    pub kind: Option<AlertKind>,
    /// Raised at or after.
    pub from: Option<DateTime<FixedOffset>>,
    /// Raised before.
    pub to: Option<DateTime<FixedOffset>>,
    /// Level-2 codes; empty is all.
    pub categories: Vec<String>,
    pub district: Option<String>,
    /// Of this group, or of one that it took up.
    pub issue: Option<String>,
}

/// What a person says of an alert. Texts are masked.
#[derive(Debug, Clone)]
pub struct AlertAct {
    /// Acknowledged or dismissed.
    pub state: AlertState,
    pub actor: String,
    pub reason: Option<String>,
}

impl Store {
    /// Alerts after `cursor`, newest first, at most `most`, and the cursor of the next page.
    pub fn alerts(
        &self,
        filter: &AlertFilter,
        cursor: Option<i64>,
        most: usize,
    ) -> Result<(Vec<Alert>, Option<String>)> {
        let query = "SELECT * FROM alerts WHERE into_alert IS NULL AND (?1 IS NULL OR level = ?1) \
            AND (?2 IS NULL OR state = ?2) AND (?3 IS NULL OR kind = ?3) AND (?4 IS NULL OR raised_at >= ?4) \
            AND (?5 IS NULL OR raised_at < ?5) AND (?6 IS NULL OR category IN (SELECT value FROM json_each(?6))) \
            AND (?7 IS NULL OR district = ?7) AND (?8 IS NULL OR n < ?8) \
            AND (?10 IS NULL OR kind = 'event' AND subject IN (WITH RECURSIVE told (id) AS (VALUES (?10) UNION \
            SELECT issues.id FROM issues JOIN told ON into_issue = told.id) SELECT id FROM told)) \
            ORDER BY n DESC LIMIT ?9";
        self.read(|connection| {
            let moment = connection.unchecked_transaction()?;
            let values = params![
                filter.level.map(code).transpose()?,
                filter.state.map(code).transpose()?,
                filter.kind.map(code).transpose()?,
                filter.from.map(|at| at.timestamp_millis()),
                filter.to.map(|at| at.timestamp_millis()),
                (!filter.categories.is_empty()).then(|| json(&filter.categories)).transpose()?,
                filter.district,
                cursor,
                most as i64 + 1,
                filter.issue
            ];
            let mut alerts = read(&moment, query, values)?;
            let more = alerts.len() > most;
            alerts.truncate(most);
            let next = alerts.last().filter(|_| more).map(|last| last.n.to_string());
            Ok((alerts, next))
        })
    }

    /// The alert with this id and all that was said and done of it, first to last.
    pub fn alert(&self, id: &str) -> Result<Option<(Alert, Vec<AlertEntry>)>> {
        self.read(|connection| {
            let moment = connection.unchecked_transaction()?;
            let Some(alert) = one(&moment, id)? else { return Ok(None) };
            let log = moment
                .prepare_cached("SELECT * FROM alert_log WHERE alert = ? ORDER BY n")?
                .query_map([id], entry_of)?
                .collect::<rusqlite::Result<_>>()?;
            Ok(Some((alert, log)))
        })
    }

    /// What was said and done after the entry numbered `after`, first to last, at most `most`.
    pub fn alert_entries(&self, after: i64, most: usize) -> Result<Vec<AlertEntry>> {
        self.read(|connection| {
            let query = "SELECT * FROM alert_log WHERE n > ? ORDER BY n LIMIT ?";
            connection.prepare_cached(query)?.query_map(params![after, most as i64], entry_of)?.collect()
        })
    }

    /// The number of the last entry; 0 where there is none.
    pub fn last_alert_entry(&self) -> Result<i64> {
        self.read(|connection| connection.query_row("SELECT coalesce(max(n), 0) FROM alert_log", [], |row| row.get(0)))
    }

    /// Alerts of a subject, oldest first; of a group also those of groups that were merged into it.
    pub fn alerts_of(&self, subject: &Subject) -> Result<Vec<Alert>> {
        self.read(|connection| alerts_of(connection, subject))
    }

    /// Notes what a person says. An alert that was dealt with so already stays as it is, and that is said; what was
    /// acknowledged may still be dismissed.
    pub fn act_on_alert(&self, id: &str, act: &AlertAct, now: DateTime<FixedOffset>) -> Result<Alert> {
        self.change(|change| {
            let none =
                || Error::new(Kind::NotFound, "没有这条预警：请核对编号", "there is no such alert: check the id");
            let alert = change.told(|| one(change.transaction, id))?.ok_or_else(none)?;
            if let Some(into) = &alert.into_alert {
                let zh = format!("这条预警已并入 {into}：请处理那一条");
                return Err(Error::new(Kind::Conflict, zh, format!("this alert goes on in {into}: act on that one")));
            }
            let done = alert.state == act.state || alert.state == AlertState::Dismissed;
            if done {
                let en = "this alert was acknowledged or dismissed already";
                return Err(Error::new(Kind::Conflict, "这条预警已经确认或解除过", en));
            }
            change.told(|| write_act(change.transaction, &alert, act, now.timestamp_millis()))?;
            change.told(|| one(change.transaction, id))?.ok_or_else(none)
        })
    }
}

impl Change<'_> {
    /// Alerts of a subject as they stand in this moment (see [`Store::alerts_of`]).
    pub fn alerts_of(&self, subject: &Subject) -> Result<Vec<Alert>> {
        self.told(|| alerts_of(self.transaction, subject))
    }

    /// Raises an alert, and puts a line into the outbox for each target.
    pub fn raise(&self, warning: &Warning, targets: &[String], now: i64) -> Result<()> {
        self.told(|| {
            let id = format!("a_{}", uuid::Uuid::new_v4().simple());
            let insert = "INSERT INTO alerts (id, seq, kind, subject, level, rule, title, sentence, category, district, \
                figures, raised_at, held_at, state) VALUES (?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open')";
            self.prepare_cached(insert)?.execute(params![
                id,
                warning.subject.kind().code(),
                warning.subject.key(),
                warning.level.code(),
                warning.rule,
                warning.title,
                warning.sentence,
                warning.category,
                warning.district,
                json(&warning.figures)?,
                now,
                warning.held_at
            ])?;
            self.tell(&id, AlertTurn::Raised, targets, now)
        })
    }

    /// Raises the level of an alert; it is open again, and told again.
    pub fn escalate(&self, alert: &Alert, warning: &Warning, targets: &[String], now: i64) -> Result<()> {
        self.told(|| {
            let update = "UPDATE alerts SET escalated_at = ?, state = 'open', actor = NULL, reason = NULL, \
                acted_at = NULL WHERE id = ?";
            self.prepare_cached(update)?.execute(params![now, alert.id])?;
            self.describe(alert, warning)?;
            self.tell(&alert.id, AlertTurn::Escalated, targets, now)
        })
    }

    /// Brings the figures of an alert up to what holds now, without telling anybody.
    pub fn refresh(&self, alert: &Alert, warning: &Warning) -> Result<()> {
        self.told(|| self.describe(alert, warning))
    }

    /// Notes until when a rule held; the figures stay those of the higher level that was told.
    pub fn hold(&self, alert: &Alert, held_at: i64) -> Result<()> {
        self.told(|| {
            let update = "UPDATE alerts SET held_at = max(held_at, ?) WHERE id = ?";
            self.prepare_cached(update)?.execute(params![held_at, alert.id]).map(drop)
        })
    }

    /// One alert goes on in another, since their groups were merged: nobody is told, for nothing new happened. Where it is
    /// the `graver`, the other takes its level and figures over, and is open if it was.
    pub fn join(&self, alert: &Alert, into: &Alert, graver: bool, now: i64) -> Result<()> {
        self.told(|| {
            let join = "UPDATE alerts SET into_alert = ? WHERE id = ?";
            self.prepare_cached(join)?.execute(params![into.id, alert.id])?;
            note(self.transaction, &alert.id, AlertTurn::Joined, None, None, now)?;
            if graver {
                let take = "UPDATE alerts AS mine SET level = his.level, rule = his.rule, sentence = his.sentence, \
                    figures = his.figures, state = iif(his.state = 'open', 'open', mine.state) FROM alerts AS his \
                    WHERE mine.id = ?1 AND his.id = ?2";
                self.prepare_cached(take)?.execute(params![into.id, alert.id])?;
                note(self.transaction, &into.id, AlertTurn::Joined, None, None, now)?;
            }
            Ok(())
        })
    }

    /// An alert stands by itself again, since the merge was undone.
    pub fn part(&self, alert: &Alert) -> Result<()> {
        self.told(|| {
            let part = "UPDATE alerts SET into_alert = NULL WHERE id = ?";
            self.prepare_cached(part)?.execute([&alert.id]).map(drop)
        })
    }

    fn describe(&self, alert: &Alert, warning: &Warning) -> rusqlite::Result<()> {
        let update = "UPDATE alerts SET level = ?, rule = ?, title = ?, sentence = ?, category = ?, district = ?, \
            figures = ?, held_at = max(held_at, ?) WHERE id = ?";
        let values = params![
            warning.level.code(),
            warning.rule,
            warning.title,
            warning.sentence,
            warning.category,
            warning.district,
            json(&warning.figures)?,
            warning.held_at,
            alert.id
        ];
        self.prepare_cached(update)?.execute(values).map(drop)
    }

    fn tell(&self, id: &str, turn: AlertTurn, targets: &[String], now: i64) -> rusqlite::Result<()> {
        let entry = note(self.transaction, id, turn, None, None, now)?;
        targets.iter().try_for_each(|target| super::deliveries::post(self.transaction, id, entry, target, now))
    }
}

/// Writes down a turn with the alert as it now stands, and a line of the audit; the number of the entry.
fn note(
    transaction: &Transaction,
    id: &str,
    turn: AlertTurn,
    actor: Option<&str>,
    reason: Option<&str>,
    now: i64,
) -> rusqlite::Result<i64> {
    let turn = code(turn)?;
    let insert = "INSERT INTO alert_log (alert, at, kind, level, rule, title, sentence, figures, actor, reason) \
        SELECT id, ?2, ?3, level, rule, title, sentence, figures, ?4, ?5 FROM alerts WHERE id = ?1";
    transaction.prepare_cached(insert)?.execute(params![id, now, turn, actor, reason])?;
    let entry = transaction.last_insert_rowid();
    transaction.prepare_cached("UPDATE alerts SET seq = ? WHERE id = ?")?.execute(params![entry, id])?;
    let said = "SELECT kind, level, rule FROM alerts WHERE id = ?";
    let detail = transaction.prepare_cached(said)?.query_row([id], |row| {
        let word = |at| row.get::<_, String>(at);
        Ok(object!({"entry": entry, "kind": word(0)?, "level": word(1)?, "rule": word(2)?}))
    })?;
    let actor = actor.unwrap_or(audit::MACHINE);
    audit::note(transaction, now, actor, &format!("alert_{turn}"), id, &detail).map(|()| entry)
}

fn write_act(transaction: &Transaction, alert: &Alert, act: &AlertAct, now: i64) -> rusqlite::Result<()> {
    let update = "UPDATE alerts SET state = ?, actor = ?, reason = ?, acted_at = ? WHERE id = ?";
    let values = params![code(act.state)?, act.actor, act.reason, now, alert.id];
    transaction.prepare_cached(update)?.execute(values)?;
    let turn = if act.state == AlertState::Dismissed { AlertTurn::Dismissed } else { AlertTurn::Acknowledged };
    note(transaction, &alert.id, turn, Some(&act.actor), act.reason.as_deref(), now).map(drop)
}

fn alerts_of(connection: &Connection, subject: &Subject) -> rusqlite::Result<Vec<Alert>> {
    let query = "WITH RECURSIVE told (id) AS (VALUES (?1) UNION \
        SELECT issues.id FROM issues JOIN told ON into_issue = told.id) \
        SELECT * FROM alerts WHERE kind = ?2 AND subject IN (SELECT id FROM told) ORDER BY n";
    read(connection, query, params![subject.key(), subject.kind().code()])
}

pub(super) fn one(connection: &Connection, id: &str) -> rusqlite::Result<Option<Alert>> {
    read(connection, "SELECT * FROM alerts WHERE id = ?", [id]).map(|mut alerts| alerts.pop())
}

/// Alerts with the groups that they speak of now.
fn read(connection: &Connection, query: &str, values: impl rusqlite::Params) -> rusqlite::Result<Vec<Alert>> {
    let mut statement = connection.prepare_cached(query)?;
    let mut alerts: Vec<Alert> = statement.query_map(values, alert_of)?.collect::<rusqlite::Result<_>>()?;
    for alert in &mut alerts {
        if alert.kind == AlertKind::Event {
            alert.issue = Some(in_use(connection, &alert.subject)?);
        }
        alert.link = link(alert);
    }
    Ok(alerts)
}

/// The group that took this one up, or itself.
fn in_use(connection: &Connection, issue: &str) -> rusqlite::Result<String> {
    let mut statement = connection.prepare_cached("SELECT into_issue FROM issues WHERE id = ?")?;
    let mut here = issue.to_owned();
    for _ in 0..LONGEST_WAY {
        match statement.query_row([&here], |row| row.get::<_, Option<String>>(0)).optional()?.flatten() {
            Some(into) => here = into,
            None => break,
        }
    }
    Ok(here)
}

fn link(alert: &Alert) -> String {
    let cell = alert.kind == AlertKind::Cell;
    let scope = Scope {
        from: Some(alert.figures.from),
        to: Some(alert.figures.to),
        issue: alert.issue.clone(),
        category: alert.category.clone().filter(|_| cell),
        district: alert.district.clone().filter(|_| cell),
        ..Scope::default()
    };
    scope.link()
}

fn alert_of(row: &Row) -> rusqlite::Result<Alert> {
    let level: AlertLevel = named_as(row.get("level")?)?;
    Ok(Alert {
        n: row.get("n")?,
        id: row.get("id")?,
        seq: row.get("seq")?,
        kind: named_as(row.get("kind")?)?,
        issue: None,
        subject: row.get("subject")?,
        category: row.get("category")?,
        district: row.get("district")?,
        level,
        level_name: level.name(),
        rule: row.get("rule")?,
        title: row.get("title")?,
        sentence: row.get("sentence")?,
        figures: parsed(row.get_ref("figures")?.as_str()?)?,
        raised_at: time(row.get("raised_at")?),
        escalated_at: row.get::<_, Option<i64>>("escalated_at")?.map(time),
        held_at: row.get("held_at")?,
        state: named_as(row.get("state")?)?,
        actor: row.get("actor")?,
        reason: row.get("reason")?,
        acted_at: row.get::<_, Option<i64>>("acted_at")?.map(time),
        into_alert: row.get("into_alert")?,
        link: String::new(),
    })
}

pub(super) fn entry_of(row: &Row) -> rusqlite::Result<AlertEntry> {
    Ok(AlertEntry {
        n: row.get("n")?,
        alert: row.get("alert")?,
        at: time(row.get("at")?),
        turn: named_as(row.get("kind")?)?,
        level: named_as(row.get("level")?)?,
        rule: row.get("rule")?,
        title: row.get("title")?,
        sentence: row.get("sentence")?,
        figures: parsed(row.get_ref("figures")?.as_str()?)?,
        actor: row.get("actor")?,
        reason: row.get("reason")?,
    })
}
