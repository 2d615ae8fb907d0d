//! Shadow mode (影子模式): a challenger model answers what the champion answered, and only their agreement is kept.
//!
//! It never delays a suggestion: what is to be compared waits in a bounded queue for one worker with one core, and is
//! dropped when the queue is full. Only masked texts wait there, and nothing of them is kept.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use chrono::{DateTime, FixedOffset, NaiveDate};

use crate::case::{Decision, Location, Prediction, Routing, Scored, Segmented};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::routing::{self, Evidence, Thresholds};
use crate::taxonomy::Taxonomy;
use crate::triage::{Triage, cautious, thresholds};

/// Texts that may wait for the challenger.
const WAITING: usize = 256;

/// A challenger at work beside the champion; ends when dropped.
pub struct Shadow {
    pub name: String,
    pub version: String,
    pub since: DateTime<FixedOffset>,
    queue: SyncSender<Asked>,
    dropped: AtomicU64,
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
struct Asked {
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
        let (thresholds, taxonomy) = (thresholds(model)?, Taxonomy::load(data)?);
        let mut model = Model::load(model)?;
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
        Ok(Self { name, version, since, queue, dropped: AtomicU64::new(0), tally })
    }

    /// Hands over a text with what the champion said, or drops it; returns at once.
    pub(super) fn offer(&self, evidence: &Evidence, routing: &Routing) {
        let asked = Asked {
            text: evidence.text.clone(),
            location: evidence.location.cloned(),
            flags: evidence.stated_flags.to_vec(),
            on: evidence.on,
            champion: Said::of(evidence.prediction, routing),
        };
        if self.queue.try_send(asked).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
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
    /// Has every suggestion from now on compared with the shadow's.
    pub fn beside(self, shadow: Shadow) -> Self {
        Self { shadow: Some(shadow), ..self }
    }

    pub fn shadow(&self) -> Option<&Shadow> {
        self.shadow.as_ref()
    }

    /// The name of the model that answers; none where keywords and rules do.
    pub fn champion(&self) -> Option<&str> {
        self.model.as_ref().map(|model| model.card.name.as_str())
    }
}

impl Challenger {
    /// Answers what comes until nobody asks any more.
    fn work(&self, waiting: &Receiver<Asked>, tally: &Weak<Mutex<Tally>>) {
        // A pool of its own: the champion's threads never wait for the challenger's work.
        let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build();
        let Ok(alone) = alone else { return };
        while let (Ok(asked), Some(tally)) = (waiting.recv(), tally.upgrade()) {
            let said = alone.install(|| self.answer(&asked));
            open(&tally).add(&asked.champion, &said);
        }
    }

    /// As in service: where the model fails, the keywords speak.
    fn answer(&self, asked: &Asked) -> Said {
        let said = self.model.predict(&[&asked.text.text]).ok().and_then(|mut said| said.pop()).unwrap_or_default();
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
