//! What early warning needs beside the requests: its settings, who listens, what could not be delivered; and the tasks
//! that watch and deliver.
//!
//! Cases are kept first and looked at after: intake never waits for a warning, nor a warning for a delivery.

use std::cell::OnceCell;
use std::num::{NonZeroU32, NonZeroU64, NonZeroUsize};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{Local, TimeDelta};
use metrics::{counter, gauge};
use serde::Deserialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::case::Subject;
use crate::error::{Error, Kind, Result, Saying};
use crate::http::desk::{Desk, ground};
use crate::http::webhook::Courier;
use crate::insight::{Levels, Watch};
use crate::store::{Attempt, Outbox};
use crate::triage::Triage;

/// How often the watch asks whether anything changed, and after how long it looks even where nothing did: what was to
/// be received later has its time then.
const LOOK: Duration = Duration::from_millis(500);
const AT_LEAST: Duration = Duration::from_secs(60);
/// How often a courier asks whether something is to be delivered.
const ROUND: Duration = Duration::from_millis(500);

/// Settings of early warning; defaults and their meaning stand in `src/config.default.toml`, section `alerts`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertOptions {
    pub webhooks: Vec<String>,
    pub webhook_secret: Option<String>,
    pub webhook_secret_file: Option<PathBuf>,
    pub webhook_ca_file: Option<PathBuf>,
    pub webhook_timeout_seconds: NonZeroU64,
    pub most_attempts: NonZeroU32,
    pub first_retry_seconds: f64,
    pub longest_retry_seconds: f64,
    pub listeners: NonZeroUsize,
}

impl Default for AlertOptions {
    fn default() -> Self {
        Self {
            webhooks: Vec::new(),
            webhook_secret: None,
            webhook_secret_file: None,
            webhook_ca_file: None,
            webhook_timeout_seconds: NonZeroU64::MIN.saturating_add(9),
            most_attempts: NonZeroU32::MIN.saturating_add(14),
            first_retry_seconds: 5.0,
            longest_retry_seconds: 3600.0,
            listeners: NonZeroUsize::MIN.saturating_add(63),
        }
    }
}

/// One per server.
pub struct Alarms {
    pub courier: Courier,
    news: watch::Sender<News>,
    listeners: NonZeroUsize,
    seats: Arc<Semaphore>,
    outbox: Mutex<Outbox>,
}

/// What listeners wait for.
#[derive(Debug, Clone, Copy, Default)]
pub struct News {
    /// Grows when something was said or done of an alert.
    rung: u64,
    /// The server stops.
    pub over: bool,
}

impl Alarms {
    pub fn new(options: &AlertOptions) -> Result<Self> {
        let listeners = options.listeners;
        Ok(Self {
            courier: Courier::new(options)?,
            news: watch::Sender::new(News::default()),
            listeners,
            seats: Arc::new(Semaphore::new(listeners.get())),
            outbox: Mutex::default(),
        })
    }

    /// Tells all listeners to look.
    pub fn ring(&self) {
        self.news.send_modify(|news| news.rung += 1);
    }

    /// Tells all listeners and tasks to end.
    pub fn end(&self) {
        self.news.send_modify(|news| news.over = true);
    }

    pub fn news(&self) -> watch::Receiver<News> {
        self.news.subscribe()
    }

    /// The right to listen.
    pub fn seat(&self) -> Result<OwnedSemaphorePermit> {
        Arc::clone(&self.seats).try_acquire_owned().map_err(|_| {
            let most = self.listeners;
            let zh = format!("同时接收预警的连接已达上限 {most}，请稍后再试");
            Error::new(Kind::Busy, zh, format!("{most} listeners are connected already, retry soon"))
        })
    }

    /// What is not delivered, for people; empty where nothing fails.
    pub fn lacking(&self) -> Option<Saying> {
        let Outbox { failing, dead, last, .. } = self.outbox.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (target, error) = last.filter(|_| failing + dead > 0)?;
        Some(Saying::new(
            format!(
                "预警推送：{failing} 次正在重试，{dead} 次已放弃；最近一次 {target}（{error}），见 GET /v1/deliveries"
            ),
            format!(
                "alert deliveries: {failing} being retried, {dead} given up; the last to {target} ({error}), see GET /v1/deliveries"
            ),
        ))
    }

    /// Learns how the outbox stands.
    pub fn count(&self, triage: &Triage) -> Result<()> {
        let outbox = triage.store().outbox()?;
        gauge!("guikou_alert_deliveries", "state" => "waiting").set(outbox.waiting as f64);
        gauge!("guikou_alert_deliveries", "state" => "failing").set(outbox.failing as f64);
        gauge!("guikou_alert_deliveries", "state" => "dead").set(outbox.dead as f64);
        *self.outbox.lock().unwrap_or_else(PoisonError::into_inner) = outbox;
        Ok(())
    }
}

/// Begins to watch and to deliver; ends when the desk stops.
pub fn start(desk: &Arc<Desk>) {
    tokio::spawn(watch(Arc::clone(desk)));
    for place in 0..desk.alarms.courier.targets().len() {
        tokio::spawn(deliver(Arc::clone(desk), place));
    }
}

/// Waits, unless the server stops meanwhile: then `false`.
pub async fn goes_on(news: &mut watch::Receiver<News>, longest: Duration) -> bool {
    let over = async {
        while !news.borrow_and_update().over {
            if news.changed().await.is_err() {
                break;
            }
        }
    };
    tokio::time::timeout(longest, over).await.is_err()
}

/// Up to where the watch looked, and when.
struct Looked {
    change: i64,
    at: Option<Instant>,
    failed: bool,
}

impl Default for Looked {
    /// Nothing yet.
    fn default() -> Self {
        Self { change: -1, at: None, failed: false }
    }
}

async fn watch(desk: Arc<Desk>) {
    let mut news = desk.alarms.news();
    let mut looked = Looked::default();
    loop {
        let here = Arc::clone(&desk);
        let look = tokio::task::spawn_blocking(move || {
            look(&here, &mut looked);
            looked
        });
        // A panic must not end early warning; what it says may quote a text, and where it was is in the log already.
        let wait = match look.await {
            Ok(after) => {
                looked = after;
                LOOK
            }
            Err(_) => {
                tracing::error!("预警监视出错，{} 秒后从头再看", AT_LEAST.as_secs());
                looked = Looked::default();
                AT_LEAST
            }
        };
        if !goes_on(&mut news, wait).await {
            return;
        }
    }
}

/// Looks if there is anything to look at. What fails is told once, and tried again.
fn look(desk: &Desk, looked: &mut Looked) {
    let Ok(triage) = desk.ready() else { return };
    let outcome = look_at(desk, triage, looked);
    if let (Err(error), false) = (&outcome, looked.failed) {
        tracing::warn!("预警暂时没有看成，稍后再看：{}", error.chain());
    }
    looked.failed = outcome.is_err();
}

fn look_at(desk: &Desk, triage: &Triage, looked: &mut Looked) -> Result<()> {
    let change = triage.store().last_change()?;
    let long_ago = looked.at.is_none_or(|at| at.elapsed() >= AT_LEAST);
    if change == looked.change && !long_ago {
        return Ok(());
    }
    let targets = desk.alarms.courier.targets();
    if looked.at.is_none() {
        triage.store().give_up_deliveries(targets)?;
    }
    let now = Local::now().fixed_offset();
    // Measured when first asked, after it was settled what to look at: so every case looked at was measured.
    let measured: OnceCell<Arc<Levels>> = OnceCell::new();
    let levels = || -> Result<&Levels> {
        Ok(match measured.get() {
            Some(levels) => levels,
            None => {
                // What was received in this very millisecond is looked at, and so is measured.
                let levels = desk.insight.levels(ground(triage), now + TimeDelta::milliseconds(1))?;
                measured.get_or_init(|| levels)
            }
        })
    };
    // Of all that stands high, only what chance does not explain: a city has hundreds of cells.
    let z = |subject: &Subject| match subject {
        Subject::Cell { category, district } => Ok(levels()?.found(category, district)),
        Subject::Event(_) => Ok(None),
    };
    let watch = Watch { ladder: triage.ladder(), targets, z: &z };
    let told = desk.insight.watch(ground(triage), &watch, now)?;
    for (turn, level) in &told {
        let turn = if *turn == crate::store::AlertTurn::Raised { "raised" } else { "escalated" };
        counter!("guikou_alerts_total", "level" => level.code(), "turn" => turn).increment(1);
    }
    if !told.is_empty() {
        desk.alarms.ring();
    }
    if !told.is_empty() || long_ago {
        desk.alarms.count(triage)?;
    }
    *looked = Looked { change, at: Some(Instant::now()), failed: looked.failed };
    Ok(())
}

/// Delivers what is due to one target, one after the other; targets do not wait for each other.
async fn deliver(desk: Arc<Desk>, place: usize) {
    let mut news = desk.alarms.news();
    loop {
        let here = Arc::clone(&desk);
        let next = tokio::task::spawn_blocking(move || {
            let target = &here.alarms.courier.targets()[place];
            here.ready().and_then(|triage| triage.store().due_delivery(target, Local::now().fixed_offset()))
        });
        let Ok(Ok(Some(due))) = next.await else {
            if !goes_on(&mut news, ROUND).await {
                return;
            }
            continue;
        };
        let (id, attempts) = (due.delivery.id.clone(), due.delivery.attempts);
        // The store is not held while the other side takes its time: a server that stops can close it.
        let carry = desk.alarms.courier.carry(place, due);
        let sent = tokio::task::spawn_blocking(move || carry.send(Local::now().fixed_offset())).await;
        let sent = sent.unwrap_or(Err((None, "internal")));
        let here = Arc::clone(&desk);
        let noted = tokio::task::spawn_blocking(move || note(&here, &id, attempts, sent));
        if !matches!(noted.await, Ok(Ok(()))) && !goes_on(&mut news, ROUND).await {
            return;
        }
    }
}

fn note(desk: &Desk, id: &str, attempts: i64, sent: crate::http::webhook::Sent) -> Result<()> {
    let (Some(triage), now) = (desk.loaded(), Local::now().fixed_offset()) else { return Ok(()) };
    let attempt = match sent {
        Ok(status) => Attempt::Delivered { status },
        Err((status, error)) => {
            let wait = desk.alarms.courier.wait(attempts as u32 + 1, rand::random());
            let again = wait.map(|wait| now.timestamp_millis() + wait.as_millis() as i64);
            tracing::warn!(delivery = id, error, status, given_up = again.is_none(), "预警没有送达");
            Attempt::Failed { status, error, again }
        }
    };
    triage.store().note_attempt(id, attempt, now)?;
    desk.alarms.count(triage)
}
