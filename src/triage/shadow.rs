//! Shadow mode (影子模式): a challenger model answers what the champion answered, and only their agreement is kept.
//!
//! It never delays a suggestion: what is to be compared waits in a bounded queue for one worker with one core, and is
//! dropped when the queue is full. Only masked texts wait there, and nothing of them is kept.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use chrono::{DateTime, FixedOffset, NaiveDate};

use crate::case::{Decision, Location, Prediction, Routing, Scored, Segmented};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::routing::{self, Evidence, Thresholds};
use crate::taxonomy::Taxonomy;
use crate::text::Reader;
use crate::triage::{self, Triage, cautious};

/// Texts that may wait for the challenger.
const WAITING: usize = 256;

/// A challenger at work beside the champion; ends when dropped.
pub struct Shadow {
    pub name: String,
    pub version: String,
    pub since: DateTime<FixedOffset>,
    queue: SyncSender<Overheard>,
    dropped: AtomicU64,
    /// The challenger is at work no more.
    ended: AtomicBool,
    tally: Arc<Mutex<Tally>>,
}

/// How often the two said the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    pub compared: u64,
    pub category: u64,
    pub domain: u64,
    pub unit: u64,
    pub decision: u64,
    /// (champion's category, challenger's) → how often; blank where there was none.
    pub disagreements: BTreeMap<(String, String), u64>,
}

/// What one model made of a text.
struct Said {
    category: String,
    domain: String,
    unit: String,
    decision: Decision,
}

/// A text that the champion has answered.
pub(super) struct Overheard {
    text: Segmented,
    location: Option<Location>,
    flags: Vec<String>,
    on: Option<NaiveDate>,
    champion: Said,
}

/// What answers in the shadow.
struct Challenger {
    model: Model,
    thresholds: Thresholds,
    taxonomy: Taxonomy,
}

impl Shadow {
    /// Loads the challenger and sets it to work. Fails where its folder is not whole: half a model compares to nothing.
    pub fn start(data: &Path, model: &Path, since: DateTime<FixedOffset>) -> Result<Self> {
        let (thresholds, taxonomy) = (Thresholds::load(model)?, Taxonomy::load(data)?);
        let mut model = triage::model(model, &taxonomy, &Reader::load(data)?)?;
        if let Some(why) = model.lacking.take() {
            return Err(why);
        }
        let (name, version) = (model.card.name.clone(), model.card.version.clone());
        let (queue, waiting) = sync_channel(WAITING);
        let tally = Arc::new(Mutex::new(Tally::default()));
        let (challenger, heard) = (Challenger { model, thresholds, taxonomy }, Arc::downgrade(&tally));
        let failed = |error| Error::internal("影子模型的线程无法启动", "no thread for the shadow model").because(error);
        let worker = std::thread::Builder::new().name("shadow".into());
        worker.spawn(move || challenger.work(&waiting, &heard)).map_err(failed)?;
        Ok(Self { name, version, since, queue, dropped: AtomicU64::new(0), ended: AtomicBool::new(false), tally })
    }

    /// Hands over a text with what the champion said, or drops it; returns at once.
    fn offer(&self, asked: Overheard) {
        match self.queue.try_send(asked) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => _ = self.dropped.fetch_add(1, Ordering::Relaxed),
            Err(TrySendError::Disconnected(_)) => {
                if !self.ended.swap(true, Ordering::Relaxed) {
                    tracing::error!("影子模型 {} 已停止，不再比较：请重启服务", self.name);
                }
            }
        }
    }

    /// How often the two said the same so far.
    pub fn tally(&self) -> Tally {
        open(&self.tally).clone()
    }

    /// Texts that came while the queue was full.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

impl Triage {
    /// Has every case from now on compared with the shadow's answer, once, and every suggestion for a text that is none.
    pub fn beside(self, shadow: Shadow) -> Self {
        Self { shadow: Some(shadow), ..self }
    }

    /// None where no challenger is at work.
    pub fn shadow(&self) -> Option<&Shadow> {
        self.shadow.as_ref().filter(|shadow| !shadow.ended.load(Ordering::Relaxed))
    }

    /// Asks the challenger as well.
    pub(super) fn ask_shadow(&self, asked: Option<Overheard>) {
        if let (Some(shadow), Some(asked)) = (self.shadow(), asked) {
            shadow.offer(asked);
        }
    }

    /// The name of the model that answers; none where keywords and rules do.
    pub fn champion(&self) -> Option<&str> {
        self.model.as_ref().map(|model| model.card.name.as_str())
    }
}

impl Challenger {
    /// Answers what comes until nobody asks any more.
    fn work(&self, waiting: &Receiver<Overheard>, tally: &Weak<Mutex<Tally>>) {
        // A pool of its own: the champion's threads never wait for the challenger's work.
        let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build();
        let Ok(alone) = alone else { return };
        while let (Ok(asked), Some(tally)) = (waiting.recv(), tally.upgrade()) {
            let said = alone.install(|| self.answer(&asked));
            open(&tally).add(&asked.champion, &said);
        }
    }

    /// As in service.
    fn answer(&self, asked: &Overheard) -> Said {
        let said = triage::heard(&self.model, &[&asked.text.text]).pop().unwrap_or_default();
        let prediction = routing::hear_keywords(&said, &asked.text, &self.taxonomy, self.thresholds.keywords);
        let evidence = Evidence {
            text: &asked.text,
            prediction: &prediction,
            location: asked.location.as_ref(),
            stated_flags: &asked.flags,
            on: asked.on,
        };
        let routing = routing::decide(&evidence, &self.taxonomy, &self.thresholds);
        Said::of(&prediction, &cautious(routing, prediction.voice))
    }
}

impl Overheard {
    pub(super) fn of(evidence: &Evidence, routing: &Routing) -> Self {
        Self {
            text: evidence.text.clone(),
            location: evidence.location.cloned(),
            flags: evidence.stated_flags.to_vec(),
            on: evidence.on,
            champion: Said::of(evidence.prediction, routing),
        }
    }
}

impl Said {
    fn of(prediction: &Prediction, routing: &Routing) -> Self {
        let code = |ranked: &[Scored]| ranked.first().map(|first| first.code.clone()).unwrap_or_default();
        let unit = routing.assignment.first().map(|first| first.lead.code.clone());
        Self {
            category: code(&prediction.categories),
            domain: code(&prediction.domains),
            unit: unit.unwrap_or_default(),
            decision: routing.decision,
        }
    }
}

impl Tally {
    fn add(&mut self, champion: &Said, challenger: &Said) {
        self.compared += 1;
        self.category += u64::from(champion.category == challenger.category);
        self.domain += u64::from(champion.domain == challenger.domain);
        self.unit += u64::from(champion.unit == challenger.unit);
        self.decision += u64::from(champion.decision == challenger.decision);
        if champion.category != challenger.category {
            let pair = (champion.category.clone(), challenger.category.clone());
            *self.disagreements.entry(pair).or_default() += 1;
        }
    }
}

/// Counts stay true whoever panicked while holding them.
fn open(tally: &Mutex<Tally>) -> MutexGuard<'_, Tally> {
    tally.lock().unwrap_or_else(PoisonError::into_inner)
}
