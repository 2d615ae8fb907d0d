//! Walk 1: a complaint comes in, a suggestion goes out.
//!
//! Holds everything that is needed to answer, loaded once. The fallback ladder is encoder → linear → keywords: a text
//! always gets an answer, `degraded` when the model could not speak, because intake must never stop.

use std::path::Path;
use std::time::Instant;

use crate::case::{
    CategoryScore, Complaint, ComplaintText, Decision, Location, LocationSource, NamedScore, Prediction, Reason,
    Routing, Segmented, Span, StatedLocation, Suggestion, Urgency, Versions, Voice,
};
use crate::error::{Result, Saying};
use crate::routing::{self, Evidence, Thresholds};
use crate::taxonomy::Taxonomy;
use crate::text::{self, Reader};

/// What the sender wants to see of each suggestion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// How many categories and units, at most.
    pub top_k: usize,
    /// Whether to look for the words and examples that spoke for it; costs a few more passes.
    pub explain: bool,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { top_k: 3, explain: true }
    }
}

/// Everything needed to answer one complaint.
pub struct Triage {
    reader: Reader,
    taxonomy: Taxonomy,
    thresholds: Thresholds,
    lacking: Vec<Saying>,
}

/// A complaint's text made ready, with where it happened.
struct Read {
    text: Segmented,
    location: Option<Location>,
}

impl Triage {
    /// Reads the data folder, which must be whole, and the model folder, which may be missing or broken: then every
    /// suggestion is `degraded` and [`Triage::lacking`] says why.
    pub fn load(data: &Path, model: &Path) -> Result<Self> {
        let taxonomy = Taxonomy::load(data)?;
        let reader = Reader::load(data)?;
        let lacking = vec![Saying::new(
            format!("未加载模型（{}），只按关键词和规则给出建议", model.display()),
            format!("no model is loaded ({}): suggestions rest on keywords and rules only", model.display()),
        )];
        let triage = Self { reader, taxonomy, thresholds: Thresholds::default(), lacking };
        triage.warm_up()?;
        Ok(triage)
    }

    /// What is built at its first use is built now, so that the first sender does not wait for it.
    fn warm_up(&self) -> Result<()> {
        let text = ComplaintText::parse("樊城区长虹路工地夜间施工噪声扰民，联系电话13800000000")?;
        self.suggest(&[Complaint::of(text)], Wanted::default()).into_iter().try_for_each(|answer| answer.map(drop))
    }

    /// One suggestion for each complaint, in order.
    pub fn suggest(&self, complaints: &[Complaint], wanted: Wanted) -> Vec<Result<Suggestion>> {
        let started = Instant::now();
        let read: Vec<Read> = complaints.iter().map(|complaint| self.read(complaint)).collect();
        let predictions = self.predict(&read);
        let answers = complaints.iter().zip(read).zip(predictions);
        let mut answers: Vec<_> =
            answers.map(|((complaint, read), prediction)| self.answer(complaint, read, &prediction, wanted)).collect();
        let share = started.elapsed().as_secs_f64() * 1e3 / complaints.len().max(1) as f64;
        for answer in &mut answers {
            answer.latency_ms = (share * 100.0).round() / 100.0;
        }
        answers.into_iter().map(Ok).collect()
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

    /// What answers are made with.
    pub fn versions(&self) -> Versions {
        Versions {
            model: "keywords".into(),
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
        text.origin.iter_mut().for_each(|span| *span = shifted(*span));
        text.masked.retain(|masked| masked.span.start >= title_length);
        text.masked.iter_mut().for_each(|masked| masked.span = shifted(masked.span));
        Read { text, location }
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
                place: None,
                source: LocationSource::Stated,
                start: None,
                end: None,
            }),
            (read, None) => read,
        }
    }

    /// The fallback ladder.
    fn predict(&self, read: &[Read]) -> Vec<Prediction> {
        read.iter().map(|read| routing::keyword_prediction(&read.text, &self.taxonomy)).collect()
    }

    fn answer(&self, complaint: &Complaint, read: Read, prediction: &Prediction, wanted: Wanted) -> Suggestion {
        let evidence = Evidence {
            text: &read.text,
            prediction,
            location: read.location.as_ref(),
            stated_flags: &complaint.flags,
            on: complaint.received_at.map(|received| received.date_naive()),
        };
        let mut routing = cautious(routing::decide(&evidence, &self.taxonomy, &self.thresholds), prediction.voice);
        routing.assignment.truncate(wanted.top_k);
        if let (true, Some(first)) = (wanted.explain, routing.assignment.first_mut()) {
            let spans = self.spoke_for_it(&read.text, prediction, &first.reasons);
            first.reasons.extend(spans);
        }
        Suggestion {
            reference: complaint.reference.clone(),
            decision: routing.decision,
            decision_reason: routing.decision_reason,
            petition_types: self.petition_types(prediction, wanted.top_k),
            categories: self.categories(prediction, wanted.top_k),
            assignment: routing.assignment,
            location: read.location,
            urgency: self.urgency(prediction, routing.decision),
            flags: routing.flags,
            multi_issue: Vec::new(),
            ask: routing.ask,
            keywords: read.text.keywords,
            masked: read.text.masked,
            duplicates: Vec::new(),
            issue: None,
            due_at: None,
            versions: self.versions(),
            degraded: prediction.voice != Voice::Encoder,
            latency_ms: 0.0,
        }
    }

    /// The keywords of the category that the unit was named for: all that spoke where no model did.
    fn spoke_for_it(&self, text: &Segmented, prediction: &Prediction, reasons: &[Reason]) -> Vec<Reason> {
        let named = reasons.iter().find_map(|reason| match reason {
            Reason::Category { code, .. } => Some(code),
            _ => None,
        });
        let code = named.or(prediction.categories.first().map(|first| &first.code));
        let category = code.and_then(|code| self.taxonomy.category(code));
        let keywords = category.map(|category| category.keywords.as_slice()).unwrap_or_default();
        // What stands in place of personal data is no word of the citizen's.
        let said = |span: &Span| {
            text.masked.iter().all(|masked| span.end <= masked.span.start || masked.span.end <= span.start)
        };
        let found = keywords.iter().filter_map(|word| {
            let start = text.text[..text.text.find(word.as_str())?].chars().count();
            let span = text.submitted(Span { start, end: start + word.chars().count() });
            Some((word, span)).filter(|(_, span)| said(span))
        });
        let found: Vec<_> = found.collect();
        let weight = 1.0 / found.len().max(1) as f32;
        let spans = found.into_iter().map(|(word, Span { start, end })| Reason::Span {
            start,
            end,
            text: word.clone(),
            weight,
        });
        spans.collect()
    }

    fn categories(&self, prediction: &Prediction, top_k: usize) -> Vec<CategoryScore> {
        let known = prediction.categories.iter().filter_map(|scored| {
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

/// Nothing is dispatched without a person when the encoder did not speak.
fn cautious(mut routing: Routing, voice: Voice) -> Routing {
    if routing.decision == Decision::Auto && voice != Voice::Encoder {
        routing.decision = Decision::Suggest;
        routing.decision_reason = format!("模型未加载，不自动派单（{}）", routing.decision_reason);
    }
    routing
}
