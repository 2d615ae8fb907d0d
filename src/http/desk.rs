//! What the handlers share, and the one crossing from async into blocking code.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use chrono::{DateTime, FixedOffset, Local, Offset, Utc};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{Error, Kind, Result, Saying};
use crate::http::Options;
use crate::http::alarms::{Alarms, AlertOptions};
use crate::http::guard::Keys;
use crate::http::imports::Imports;
use crate::http::problem::Problem;
use crate::http::reports::ReportOptions;
use crate::http::surveys::work::Surveying;
use crate::insight::{self, Ground, Insight};
use crate::survey::Readings;
use crate::triage::Triage;

/// How long the store may take to say that it is well.
const CHECK: Duration = Duration::from_secs(2);
/// How long the demonstration holds back while senders are being answered, and how often it looks.
const HELD_BACK: Duration = Duration::from_secs(1);
const LOOK: Duration = Duration::from_millis(10);

/// One per server.
pub struct Desk {
    pub options: Options,
    pub keys: Keys,
    pub started_at: DateTime<Local>,
    pub imports: Imports,
    pub insight: Insight,
    pub alarms: Alarms,
    /// Open answers of the survey last worked on.
    pub readings: Readings,
    /// The jobs on surveys.
    pub surveying: Surveying,
    pub reports: ReportOptions,
    triage: OnceLock<Triage>,
    stopping: AtomicBool,
    seats: Arc<Semaphore>,
}

/// The right to be worked on. Held until the work is done, even when the sender has gone.
pub struct Seat(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

impl Desk {
    pub fn new(options: Options, keys: Keys) -> Result<Self> {
        let seats = Arc::new(Semaphore::new(options.max_in_flight.get()));
        let (triage, stopping, imports) = (OnceLock::new(), AtomicBool::new(false), Imports::default());
        let (insight, alarms) = (Insight::default(), Alarms::new(&AlertOptions::default())?);
        let (readings, surveying) = (Readings::default(), Surveying::default());
        let started_at = Local::now();
        let reports = ReportOptions::default();
        Ok(Self {
            options,
            keys,
            started_at,
            imports,
            insight,
            alarms,
            readings,
            surveying,
            reports,
            triage,
            stopping,
            seats,
        })
    }

    /// Measures figures by these settings.
    pub fn measuring_by(self, options: insight::Options) -> Self {
        Self { insight: Insight::measuring_by(options), ..self }
    }

    /// Called once, when everything is loaded.
    pub fn open(&self, triage: Triage) {
        let _ = self.triage.set(triage);
    }

    /// From now on not ready; what is under way is finished.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        self.alarms.end();
    }

    /// Whether someone is being answered.
    fn is_busy(&self) -> bool {
        self.seats.available_permits() < self.options.max_in_flight.get()
    }

    /// What answers, or why nothing can be answered now.
    pub fn ready(&self) -> Result<&Triage> {
        if self.stopping.load(Ordering::Relaxed) {
            return Err(Error::new(Kind::NotReady, "服务正在停止", "the service is stopping"));
        }
        self.triage
            .get()
            .ok_or_else(|| Error::new(Kind::NotReady, "正在加载数据和模型，请稍后再试", "still loading, retry soon"))
    }

    /// Where the hotline's days begin. Until the data are loaded nothing is answered, and it is UTC.
    pub fn zone(&self) -> FixedOffset {
        self.loaded().map_or_else(|| Utc.fix(), |triage| triage.deadlines().offset())
    }

    /// What answers once it is loaded, also while stopping: for what is under way.
    pub fn loaded(&self) -> Option<&Triage> {
        self.triage.get()
    }

    /// **The one crossing**: runs `work` on a thread that may block, for at most the set time.
    pub async fn cross<T: Send + 'static>(
        self: &Arc<Self>,
        seat: Seat,
        work: impl FnOnce(&Triage) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let desk = Arc::clone(self);
        let task = tokio::task::spawn_blocking(move || {
            let _seat = seat;
            desk.triage.get().map(work)
        });
        let seconds = self.options.answer_timeout_seconds;
        let done = tokio::time::timeout(Duration::from_secs(seconds), task).await;
        let done = done.map_err(|_| Problem::timed_out(seconds))?;
        // What a panic says may quote the text, so it is not kept; where it happened is in the log already.
        let done = done.map_err(|_| Error::internal("计算线程崩溃", "the worker panicked"))?;
        done.ok_or_else(|| Error::internal("未就绪时进入了计算", "crossed before ready").into())
    }
}

/// Whether a case sent now would be kept. Asked without a seat: a full house is not a broken one.
pub async fn can_keep(desk: &Arc<Desk>) -> Result<()> {
    let asked = Arc::clone(desk);
    let asked = tokio::task::spawn_blocking(move || asked.ready()?.store().check());
    let not_ready = |saying: Saying| Error::new(Kind::NotReady, saying.zh, saying.en);
    let slow = |_| not_ready(Saying::new("案件库没有应答", "the store does not answer"));
    let answer = tokio::time::timeout(CHECK, asked).await.map_err(slow)?;
    let answer = answer.map_err(|panic| Error::internal("检查时崩溃", "the check panicked").because(panic))?;
    answer.map_err(|error| not_ready(error.saying))
}

/// What figures are made from.
pub fn ground(triage: &Triage) -> Ground<'_> {
    Ground {
        store: triage.store(),
        taxonomy: triage.taxonomy(),
        deadlines: triage.deadlines(),
        reader: triage.reader(),
    }
}

/// Fills an empty store beside the requests, which go first; ends with the server.
pub fn demonstrate(desk: &Arc<Desk>) {
    let desk = Arc::clone(desk);
    let now = Local::now().fixed_offset();
    tokio::task::spawn_blocking(move || {
        let told = std::cell::Cell::new(0);
        let go_on = |done: usize, all: usize| {
            if done >= told.get() || done == all {
                tracing::info!("演示案件 {done}/{all}");
                told.set(done + 200);
            }
            let since = Instant::now();
            while desk.is_busy() && since.elapsed() < HELD_BACK {
                std::thread::sleep(LOOK);
            }
            desk.ready().is_ok()
        };
        let days = desk.options.demo_days.get();
        let filled = desk.ready().and_then(|triage| triage.demonstrate(days, now, go_on));
        if let Err(error) = filled {
            tracing::warn!("演示案件没有备齐：{}", error.chain());
        }
    });
}

/// Taken before the body is read: a full house answers 429 at once.
impl FromRequestParts<Arc<Desk>> for Seat {
    type Rejection = Problem;

    async fn from_request_parts(_: &mut Parts, desk: &Arc<Desk>) -> Result<Self, Problem> {
        desk.ready()?;
        let most = desk.options.max_in_flight;
        Arc::clone(&desk.seats).try_acquire_owned().map(Seat).map_err(|_| {
            let zh = format!("同时处理的请求已达上限 {most}，请稍后再试");
            Error::new(Kind::Busy, zh, format!("{most} requests are already under way, retry soon")).into()
        })
    }
}
