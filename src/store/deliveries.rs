//! The outbox (推送): what is to be sent to other systems, written with what it tells, until it is delivered or given up.

use chrono::{DateTime, FixedOffset, Utc};
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::alerts::{AlertEntry, entry_of};
use super::{Alert, Store, audit, code, json, named_as, time};
use crate::error::{Error, Kind, Result};

/// Why what was waiting is given up when its target is not configured any more.
const UNCONFIGURED: &str = "target_not_configured";

/// 推送的情况：waiting 待送（含重试中）、delivered 已送达、dead 已放弃（可人工重试）。
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    Waiting,
    Delivered,
    Dead,
}

/// 一次推送。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Delivery {
    pub id: String,
    /// 推送的预警
    pub alert: String,
    /// 推送的是它的哪次变动（变动序号）
    pub entry: i64,
    /// 推送到哪里；地址中可能含密钥的部分不给出
    pub target: String,
    pub state: DeliveryState,
    /// 已试几次
    pub attempts: i64,
    /// 下次何时再试；已送达或已放弃的没有意义
    pub next_at: DateTime<Utc>,
    /// 最近一次对方答复的 HTTP 状态
    pub status: Option<u16>,
    /// 最近一次为何没有送达：connect、timeout、tls、status、redirect、io、internal、target_not_configured
    pub error: Option<String>,
    pub created_at: DateTime<Utc>,
    pub delivered_at: Option<DateTime<Utc>>,
    #[serde(skip)]
    pub n: i64,
}

/// A delivery whose time has come, and what it tells.
#[derive(Debug, Clone, PartialEq)]
pub struct Due {
    pub delivery: Delivery,
    pub entry: AlertEntry,
    pub alert: Alert,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    Delivered {
        status: u16,
    },
    /// To be tried again at the time given, milliseconds since 1970; `None` gives it up.
    Failed {
        status: Option<u16>,
        error: &'static str,
        again: Option<i64>,
    },
}

/// How the outbox stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outbox {
    pub waiting: i64,
    /// Of those waiting, how many were tried in vain.
    pub failing: i64,
    pub dead: i64,
    /// The target and the error of the last that failed.
    pub last: Option<(String, String)>,
}

/// Which deliveries; `None` is all.
#[derive(Debug, Clone, Default)]
pub struct DeliveryFilter {
    pub state: Option<DeliveryState>,
    pub alert: Option<String>,
}

impl Store {
    /// The next delivery to a target whose time has come. Of one alert the earlier is always sent before the later.
    pub fn due_delivery(&self, target: &str, now: DateTime<FixedOffset>) -> Result<Option<Due>> {
        let query = "SELECT * FROM deliveries AS d WHERE target = ?1 AND state = 'waiting' AND next_at <= ?2 \
            AND NOT EXISTS (SELECT 1 FROM deliveries AS e WHERE e.target = ?1 AND e.state = 'waiting' AND e.n < d.n \
                AND e.alert = d.alert) ORDER BY n LIMIT 1";
        self.read(|connection| {
            let moment = connection.unchecked_transaction()?;
            let values = params![target, now.timestamp_millis()];
            let due = moment.prepare_cached(query)?.query_row(values, delivery_of).optional()?;
            let Some(delivery) = due else { return Ok(None) };
            let entry = "SELECT * FROM alert_log WHERE n = ?";
            let entry = moment.prepare_cached(entry)?.query_row([delivery.entry], entry_of)?;
            let alert = super::alerts::one(&moment, &delivery.alert)?;
            Ok(alert.map(|alert| Due { delivery, entry, alert }))
        })
    }

    /// Notes how an attempt ended.
    pub fn note_attempt(&self, id: &str, attempt: Attempt, now: DateTime<FixedOffset>) -> Result<()> {
        self.write(|transaction| {
            let now = now.timestamp_millis();
            let (state, status, error, next, delivered) = match attempt {
                Attempt::Delivered { status } => (DeliveryState::Delivered, Some(status), None, now, Some(now)),
                Attempt::Failed { status, error, again: Some(again) } => {
                    (DeliveryState::Waiting, status, Some(error), again, None)
                }
                Attempt::Failed { status, error, again: None } => (DeliveryState::Dead, status, Some(error), now, None),
            };
            let update = "UPDATE deliveries SET attempts = attempts + 1, state = ?, status = ?, error = ?, next_at = ?, \
                delivered_at = ? WHERE id = ? AND state = 'waiting'";
            let values = params![code(state)?, status, error, next, delivered, id];
            transaction.prepare_cached(update)?.execute(values).map(drop)
        })
    }

    /// Deliveries after `cursor`, newest first, at most `most`, and the cursor of the next page.
    pub fn deliveries(
        &self,
        filter: &DeliveryFilter,
        cursor: Option<i64>,
        most: usize,
    ) -> Result<(Vec<Delivery>, Option<String>)> {
        let query = "SELECT * FROM deliveries WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR alert = ?2) \
            AND (?3 IS NULL OR n < ?3) ORDER BY n DESC LIMIT ?4";
        self.read(|connection| {
            let values = params![filter.state.map(code).transpose()?, filter.alert, cursor, most as i64 + 1];
            let mut found: Vec<Delivery> =
                connection.prepare_cached(query)?.query_map(values, delivery_of)?.collect::<rusqlite::Result<_>>()?;
            let more = found.len() > most;
            found.truncate(most);
            let next = found.last().filter(|_| more).map(|last| last.n.to_string());
            Ok((found, next))
        })
    }

    /// Tries a delivery again, from its first attempt on. Only to a target that is configured.
    pub fn retry_delivery(&self, id: &str, targets: &[String], now: DateTime<FixedOffset>) -> Result<Delivery> {
        self.change(|change| {
            let read = || {
                let query = "SELECT * FROM deliveries WHERE id = ?";
                change.told(|| change.prepare_cached(query)?.query_row([id], delivery_of).optional())
            };
            let none =
                || Error::new(Kind::NotFound, "没有这次推送：请核对编号", "there is no such delivery: check the id");
            let delivery = read()?.ok_or_else(none)?;
            if delivery.state == DeliveryState::Delivered {
                return Err(Error::new(Kind::Conflict, "已经送达，不必重试", "it was delivered already"));
            }
            if !targets.contains(&delivery.target) {
                let en = "its target is not configured any more (alerts.webhooks)";
                return Err(Error::new(Kind::Conflict, "推送地址已不在设置 alerts.webhooks 中", en));
            }
            change.told(|| again(change.transaction, &delivery, now.timestamp_millis()))?;
            read()?.ok_or_else(none)
        })
    }

    /// Gives up what waits for targets that are not configured any more.
    pub fn give_up_deliveries(&self, targets: &[String]) -> Result<()> {
        self.write(|transaction| {
            let update = "UPDATE deliveries SET state = 'dead', error = ? WHERE state = 'waiting' \
                AND target NOT IN (SELECT value FROM json_each(?))";
            transaction.prepare_cached(update)?.execute(params![UNCONFIGURED, json(&targets)?]).map(drop)
        })
    }

    /// How many wait, fail and were given up, and why the last did.
    pub fn outbox(&self) -> Result<Outbox> {
        self.read(|connection| {
            let moment = connection.unchecked_transaction()?;
            let count = |which: &str| {
                let query = format!("SELECT count(*) FROM deliveries WHERE {which}");
                moment.prepare_cached(&query)?.query_row([], |row| row.get::<_, i64>(0))
            };
            let last = "SELECT target, iif(status IS NULL, error, error || ' ' || status) FROM deliveries \
                WHERE state <> 'delivered' AND error IS NOT NULL \
                AND n IN (SELECT n FROM deliveries WHERE state = 'waiting' UNION SELECT n FROM deliveries WHERE state = 'dead') \
                ORDER BY n DESC LIMIT 1";
            let last = moment.prepare_cached(last)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
            Ok(Outbox {
                waiting: count("state = 'waiting'")?,
                failing: count("state = 'waiting' AND attempts > 0")?,
                dead: count("state = 'dead'")?,
                last,
            })
        })
    }
}

/// Puts a line into the outbox.
pub(super) fn post(transaction: &Transaction, alert: &str, entry: i64, target: &str, now: i64) -> rusqlite::Result<()> {
    let id = format!("d_{}", uuid::Uuid::new_v4().simple());
    let insert = "INSERT INTO deliveries (id, alert, entry, target, attempts, next_at, state, created_at) \
        VALUES (?1, ?2, ?3, ?4, 0, ?5, 'waiting', ?5)";
    transaction.prepare_cached(insert)?.execute(params![id, alert, entry, target, now]).map(drop)
}

fn again(transaction: &Transaction, delivery: &Delivery, now: i64) -> rusqlite::Result<()> {
    let update = "UPDATE deliveries SET state = 'waiting', attempts = 0, next_at = ? WHERE id = ?";
    transaction.prepare_cached(update)?.execute(params![now, delivery.id])?;
    let detail = serde_json::json!({"entry": delivery.entry, "attempts": delivery.attempts});
    audit::note(transaction, now, audit::PERSON, "delivery_retried", &delivery.id, &detail)
}

fn delivery_of(row: &Row) -> rusqlite::Result<Delivery> {
    Ok(Delivery {
        n: row.get("n")?,
        id: row.get("id")?,
        alert: row.get("alert")?,
        entry: row.get("entry")?,
        target: row.get("target")?,
        state: named_as(row.get("state")?)?,
        attempts: row.get("attempts")?,
        next_at: time(row.get("next_at")?),
        status: row.get("status")?,
        error: row.get("error")?,
        created_at: time(row.get("created_at")?),
        delivered_at: row.get::<_, Option<i64>>("delivered_at")?.map(time),
    })
}
