//! Walk 1: a complaint comes in, a suggestion goes out, and a case is kept where that is asked for.
//!
//! Holds everything that is needed to answer, loaded once. The fallback ladder is encoder → linear → keywords: a text
//! always gets an answer, `degraded` when the model could not speak, because intake must never stop.

pub mod demo;
mod duplicates;
mod events;
pub mod export;
mod import;
mod keep;
mod life;
mod matters;
mod reasons;
mod regroup;
mod shadow;
mod titles;
mod undo;
mod voice;
mod wanted;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Instant;

use chrono::{DateTime, FixedOffset};

use crate::analytics::Ladder;
use crate::case::{
    CategoryScore, Complaint, ComplaintText, Decision, Location, LocationSource, NamedScore, Prediction, Routing,
    Segmented, Span, StatedLocation, Suggestion, Trace, Urgency, Versions, Voice,
};
use crate::deadline::{Deadlines, Marks};
use crate::error::{Error, Result, Saying};
use crate::issues;
use crate::model::Model;
use crate::routing::{self, Evidence, Thresholds};
use crate::store::{Sealer, Store};
use crate::taxonomy::Taxonomy;
use crate::text::{self, Reader};
pub use duplicates::Search;
use duplicates::{said_words, traced};
pub use events::Ruling;
pub use import::{Pace, give_up_imports, masked_faults};
pub use keep::Once;
pub use life::{Asked, Opinion, Order};
use shadow::Overheard;
pub use shadow::{Shadow, Tally};
use voice::heard;
pub use voice::model;
pub use wanted::{Wanted, in_groups};

/// Everything needed to answer one complaint.
pub struct Triage {
    reader: Reader,
    taxonomy: Taxonomy,
    deadlines: Deadlines,
    ladder: Ladder,
    model: Option<Model>,
    thresholds: Thresholds,
    lacking: Vec<Saying>,
    store: Store,
    /// Makes opaque who called.
    sealer: Sealer,
    data: PathBuf,
    shadow: Option<Shadow>,
    /// None where no scorer was learnt: then there are no duplicates and no groups.
    scorer: Option<issues::Scorer>,
    issue_options: issues::Options,
    /// Derived from the store.
    index: RwLock<issues::Index>,
    /// Finding duplicates and inserting are one.
    order: Mutex<()>,
    waiting: Mutex<Vec<Arc<keep::Waiting>>>,
    /// Keys of requests under way.
    claimed: Mutex<HashSet<String>>,
}

/// A complaint's own words, masked: all that may be kept of them.
struct Told {
    title: Option<String>,
    text: String,
}

/// What is made of one complaint.
struct Advice {
    told: Told,
    suggestion: Suggestion,
    /// What it is compared by; without the store's number.
    trace: Trace,
    /// The words of the text, where they stand in what was submitted.
    words: Vec<(String, Span)>,
    /// What the challenger in the shadow may be asked, if there is one.
    asked: Option<Overheard>,
}

/// A complaint's text made ready, with where it happened.
struct Read {
    told: Told,
    text: Segmented,
    location: Option<Location>,
}

impl Triage {
    /// Reads the data folder, which must be whole, and the model folder, which may be missing or broken: then every
    /// suggestion is `degraded` and [`Triage::lacking`] says why. Cases are kept in memory; see [`Triage::keeping_in`].
    pub fn load(data: &Path, model: &Path) -> Result<Self> {
        let taxonomy = Taxonomy::load(data)?;
        let deadlines = Deadlines::load(data, &taxonomy)?;
        let ladder = Ladder::load(data, &taxonomy)?;
        let reader = Reader::load(data)?;
        let mut lacking = Vec::new();
        let folder = model;
        let loaded = voice::model(folder, &taxonomy, &reader).and_then(|model| Ok((model, Thresholds::load(folder)?)));
        let (model, thresholds) = match loaded.map_err(|error| lacking.push(silent(&error))) {
            Ok((model, thresholds)) => (Some(model), thresholds),
            Err(()) => (None, Thresholds::default()),
        };
        lacking.extend(model.as_ref().and_then(|model| model.lacking.as_ref()).map(encoder_silent));
        let (store, data) = (Store::open(None)?, data.to_owned());
        let sealer = store.sealer()?;
        let scorer = scorer(folder);
        if let (Err(error), true) = (&scorer, lacking.is_empty()) {
            lacking.push(no_scorer(error));
        }
        let scorer = scorer.ok();
        let triage = Self {
            reader,
            taxonomy,
            deadlines,
            ladder,
            model,
            thresholds,
            lacking,
            store,
            sealer,
            data,
            shadow: None,
            scorer,
            issue_options: issues::Options::default(),
            index: RwLock::default(),
            order: Mutex::default(),
            waiting: Mutex::default(),
            claimed: Mutex::default(),
        };
        triage.warm_up()?;
        Ok(triage)
    }

    /// Keeps cases in `store` from now on; what is derived from them is built first.
    pub fn keeping_in(self, store: Store) -> Result<Self> {
        let triage = Self { sealer: store.sealer()?, store, ..self };
        triage.index_store()?;
        Ok(triage)
    }

    /// Says what is missing besides what it found itself.
    pub fn also_lacking(mut self, what: Option<Saying>) -> Self {
        self.lacking.extend(what);
        self
    }

    /// Judges duplicates and groups by these settings.
    pub fn judging_by(self, issue_options: issues::Options) -> Self {
        Self { issue_options, ..self }
    }

    /// What is built at its first use is built now, so that the first sender does not wait for it.
    fn warm_up(&self) -> Result<()> {
        let text = ComplaintText::parse("樊城区长虹路工地夜间施工噪声扰民，联系电话13800000000")?;
        self.suggest(&[Complaint::of(text)], Wanted::default()).into_iter().try_for_each(|answer| answer.map(drop))
    }

    /// One suggestion for each complaint, in order.
    pub fn suggest(&self, complaints: &[Complaint], wanted: Wanted) -> Vec<Result<Suggestion>> {
        let advised = self.advise(complaints, wanted).into_iter();
        let told = advised.map(|mut advice| {
            let reference = advice.suggestion.reference.as_deref();
            // A case that is looked at again was compared when it was kept.
            if advice.asked.is_some() && !reference.is_some_and(|reference| self.stands(reference)) {
                self.ask_shadow(advice.asked.take());
            }
            Ok(self.with_duplicates(advice, wanted))
        });
        told.collect()
    }

    /// The same beside the words that it was made from.
    fn advise(&self, complaints: &[Complaint], wanted: Wanted) -> Vec<Advice> {
        let started = Instant::now();
        let read: Vec<Read> = complaints.iter().map(|complaint| self.read(complaint)).collect();
        let predictions = self.predict(&read.iter().map(|read| &read.text).collect::<Vec<_>>());
        let answers = complaints.iter().zip(read).zip(predictions);
        let mut answers: Vec<_> =
            answers.map(|((complaint, read), prediction)| self.answer(complaint, read, &prediction, wanted)).collect();
        let share = started.elapsed().as_secs_f64() * 1e3 / complaints.len().max(1) as f64;
        for answer in &mut answers {
            answer.suggestion.latency_ms = (share * 100.0).round() / 100.0;
        }
        answers
    }

    /// Words, keywords, places and masked spans of a text, and where it says it happened.
    pub fn segment(&self, text: &ComplaintText) -> (Segmented, Option<Location>) {
        let read = self.reader.read(text.as_str());
        let location = text::scene(&read);
        (read, location)
    }

    pub fn taxonomy(&self) -> &Taxonomy {
        &self.taxonomy
    }

    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// None where there is no model that can answer.
    pub fn model(&self) -> Option<&Model> {
        self.model.as_ref()
    }

    pub fn deadlines(&self) -> &Deadlines {
        &self.deadlines
    }

    /// By which early warning is given (预警).
    pub fn ladder(&self) -> &Ladder {
        &self.ladder
    }

    /// Where probabilities become decisions.
    pub fn thresholds(&self) -> &Thresholds {
        &self.thresholds
    }

    /// What answers are made with.
    pub fn versions(&self) -> Versions {
        Versions {
            model: self.model.as_ref().map_or_else(|| "keywords".into(), |model| model.card.version.clone()),
            taxonomy: self.taxonomy.version().to_owned(),
            rules: self.taxonomy.rules_version().to_owned(),
        }
    }

    /// What is missing for full answers; empty when nothing is.
    pub fn lacking(&self) -> &[Saying] {
        &self.lacking
    }

    /// Reads title and text as one, then counts all offsets from the text again; what lies in the title has none.
    fn read(&self, complaint: &Complaint) -> Read {
        let body = complaint.text.as_str();
        let title = complaint.title.as_deref().map(str::trim).filter(|title| !title.is_empty());
        let (mut text, title_length) = match title {
            Some(title) => (self.reader.read(&format!("{title}\n{body}")), title.chars().count() + 1),
            None => (self.reader.read(body), 0),
        };
        let shifted = |span: Span| Span {
            start: span.start.saturating_sub(title_length),
            end: span.end.saturating_sub(title_length),
        };
        let mut location = self.locate(&text, complaint.location.as_ref());
        if let Some(location) = &mut location {
            let inside = location.start.is_some_and(|start| start >= title_length);
            location.start = location.start.filter(|_| inside).map(|at| at - title_length);
            location.end = location.end.filter(|_| inside).map(|at| at - title_length);
        }
        let told = Told::split(&text, title_length);
        text.origin.iter_mut().for_each(|span| *span = shifted(*span));
        text.masked.retain(|masked| masked.span.start >= title_length);
        text.masked.iter_mut().for_each(|masked| masked.span = shifted(masked.span));
        Read { told, text, location }
    }

    /// Where it happened (属地): what the text says, then what the sender states.
    fn locate(&self, text: &Segmented, stated: Option<&StatedLocation>) -> Option<Location> {
        let told = text::scene(text);
        let stated = stated.and_then(|stated| self.stated(stated));
        match (told, stated) {
            (Some(told), Some(stated)) if told.district.is_none() => {
                Some(Location { district: stated.district, area_code: stated.area_code, ..told })
            }
            (told, stated) => told.or(stated),
        }
    }

    fn stated(&self, stated: &StatedLocation) -> Option<Location> {
        let read = stated.text.as_deref().and_then(|text| text::scene(&self.reader.read(text)));
        let district = self.taxonomy.district(stated.area_code.as_deref(), None);
        let read = read.map(|read| Location { source: LocationSource::Stated, start: None, end: None, ..read });
        match (read, district) {
            (Some(read), Some(district)) => {
                Some(Location { district: Some(district.name.clone()), area_code: district.code.clone(), ..read })
            }
            (None, Some(district)) => Some(Location {
                district: Some(district.name.clone()),
                area_code: district.code.clone(),
                street: None,
                community: None,
                place: None,
                source: LocationSource::Stated,
                start: None,
                end: None,
            }),
            (read, None) => read,
        }
    }

    /// The fallback ladder: encoder with the linear voice, linear model alone, keywords alone.
    fn predict(&self, read: &[&Segmented]) -> Vec<Prediction> {
        let texts: Vec<&str> = read.iter().map(|read| read.text.as_str()).collect();
        let said = self.model.as_ref().map(|model| heard(model, &texts));
        let said = said.unwrap_or_else(|| vec![Prediction::default(); texts.len()]);
        let heard = read
            .iter()
            .zip(said)
            .map(|(read, said)| routing::hear_keywords(&said, read, &self.taxonomy, self.thresholds.keywords));
        heard.collect()
    }

    fn answer(&self, complaint: &Complaint, read: Read, prediction: &Prediction, wanted: Wanted) -> Advice {
        let evidence = Evidence {
            text: &read.text,
            prediction,
            location: read.location.as_ref(),
            stated_flags: &complaint.flags,
            on: complaint.received_at.map(|received| received.date_naive()),
        };
        let mut routing = cautious(routing::decide(&evidence, &self.taxonomy, &self.thresholds), prediction.voice);
        let asked = self.shadow().map(|_| Overheard::of(&evidence, &routing));
        let matters = self.matters(&read, prediction);
        if !matters.is_empty() {
            routing = to_be_split(routing);
        }
        routing.assignment.truncate(wanted.top_k);
        if let (true, Some(first)) = (wanted.explain, routing.assignment.first_mut()) {
            first.reasons.extend(self.spoke_for_it(&read.text, prediction));
        }
        let key = complaint.reporter_key.as_deref().map(|reporter| self.sealer.sealed(reporter));
        let (trace, words) = (traced(complaint, key.as_deref(), &read, prediction), said_words(&read.text));
        let mut suggestion = Suggestion {
            reference: complaint.reference.clone(),
            decision: routing.decision,
            decision_reason: routing.decision_reason,
            petition_types: self.petition_types(prediction, wanted.top_k),
            categories: self.categories(prediction, wanted.top_k),
            assignment: routing.assignment,
            location: read.location,
            urgency: self.urgency(prediction, routing.decision),
            multi_issue: matters,
            flags: routing.flags,
            ask: routing.ask,
            keywords: read.text.keywords,
            masked: read.text.masked,
            duplicates: Vec::new(),
            issue: None,
            due_at: None,
            versions: self.versions(),
            degraded: prediction.voice != Voice::Encoder,
            latency_ms: 0.0,
        };
        suggestion.due_at = complaint.received_at.map(|received| self.due(received, &suggestion));
        Advice { told: read.told, suggestion, trace, words, asked }
    }

    /// By when it must be answered.
    fn due(&self, received: DateTime<FixedOffset>, suggestion: &Suggestion) -> DateTime<FixedOffset> {
        let marks = Marks {
            urgency: &suggestion.urgency.level,
            petition: suggestion.petition_types.first().map(|first| first.code.as_str()),
            category: suggestion.categories.first().map(|first| first.code.as_str()),
        };
        self.deadlines.after(received, self.deadlines.profile(marks).reply)
    }

    fn categories(&self, prediction: &Prediction, top_k: usize) -> Vec<CategoryScore> {
        let power = if prediction.voice == Voice::Encoder { self.thresholds.category_power } else { 1.0 };
        let told = routing::sharpened(&prediction.categories, power);
        let known = told.iter().filter_map(|scored| {
            let name = self.taxonomy.category(&scored.code)?.name.clone();
            let path = self.taxonomy.path(&scored.code)?;
            Some(CategoryScore { code: scored.code.clone(), name, path, probability: scored.probability })
        });
        known.take(top_k).collect()
    }

    fn petition_types(&self, prediction: &Prediction, top_k: usize) -> Vec<NamedScore> {
        let known = prediction.petition.iter().filter_map(|scored| {
            let name = self.taxonomy.petition_type(&scored.code)?.name.clone();
            Some(NamedScore { code: scored.code.clone(), name, probability: scored.probability })
        });
        known.take(top_k).collect()
    }

    /// As predicted; else as the category ordinarily is. What is handed over at once is critical (特急).
    fn urgency(&self, prediction: &Prediction, decision: Decision) -> Urgency {
        let ordinary = prediction
            .categories
            .first()
            .and_then(|first| Some((self.taxonomy.category(&first.code)?.urgency.as_str(), first.probability)));
        let predicted = prediction.urgency.first().map(|first| (first.code.as_str(), first.probability));
        let (level, probability) = match decision {
            Decision::TransferEmergency => ("critical", 1.0),
            _ => predicted.or(ordinary).unwrap_or(("normal", 0.0)),
        };
        let name = self.taxonomy.urgency_level(level).map_or_else(|| level.to_owned(), |level| level.name.clone());
        Urgency { level: level.to_owned(), name, probability }
    }
}

impl Told {
    /// Parts title and text again where they were joined: `title_length` submitted characters belong to the title.
    fn split(read: &Segmented, title_length: usize) -> Self {
        let body = read.origin.iter().take_while(|origin| origin.start < title_length).count();
        let at = read.text.char_indices().nth(body).map_or(read.text.len(), |(at, _)| at);
        let (title, text) = read.text.split_at(at);
        let title = title.trim();
        Self { title: (!title.is_empty()).then(|| title.to_owned()), text: text.to_owned() }
    }
}

/// Nothing is dispatched without a person when the encoder did not speak.
fn cautious(mut routing: Routing, voice: Voice) -> Routing {
    if routing.decision == Decision::Auto && voice != Voice::Encoder {
        routing.decision = Decision::Suggest;
        routing.decision_reason = format!("模型未加载，不自动派单（{}）", routing.decision_reason);
    }
    routing
}

/// A text that tells several matters is not dispatched whole without a person: the others would be lost.
fn to_be_split(mut routing: Routing) -> Routing {
    if !routing.flags.iter().any(|flag| flag == "multi_issue") {
        routing.flags.push("multi_issue".into());
    }
    if routing.decision == Decision::Auto {
        routing.decision = Decision::Suggest;
        routing.decision_reason = format!("像是一单多诉，请先确认拆单（{}）", routing.decision_reason);
    }
    routing
}

/// The scorer of the model folder; of the shipped model beside it where the folder has none.
fn scorer(model: &Path) -> Result<issues::Scorer> {
    issues::Scorer::load(model).or_else(|error| {
        let shipped = model.parent().map(|folder| folder.join("default"));
        shipped.and_then(|shipped| issues::Scorer::load(&shipped).ok()).ok_or(error)
    })
}

fn no_scorer(error: &Error) -> Saying {
    Saying::new(
        format!("没有判重模型，不查重、不成组：{error}"),
        format!("no scorer: duplicates are not looked for: {}", error.saying.en),
    )
}

fn silent(error: &Error) -> Saying {
    Saying::new(
        format!("未加载模型，只按关键词和规则给出建议：{error}"),
        format!("no model is loaded, suggestions rest on keywords and rules only: {}", error.saying.en),
    )
}

fn encoder_silent(error: &Error) -> Saying {
    Saying::new(
        format!("编码器未加载，只有线性模型和规则作答：{error}"),
        format!("the encoder is not loaded, the linear model and rules answer alone: {}", error.saying.en),
    )
}
