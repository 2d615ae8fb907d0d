//! Walk 1: a complaint comes in, a suggestion goes out.
//!
//! Holds everything that is needed to answer, loaded once. The fallback ladder ends here: without a model a text still
//! gets an answer, `manual` and `degraded`, because intake must never stop.

use std::path::Path;
use std::time::Instant;

use crate::case::{Complaint, ComplaintText, Decision, Location, Segmented, Suggestion, Urgency, Versions};
use crate::error::{Result, Saying};

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
    lacking: Vec<Saying>,
}

impl Triage {
    /// Reads the data folder, which must be whole, and the model folder, which may be missing or broken: then every
    /// suggestion is `degraded` and [`Triage::lacking`] says why.
    pub fn load(_data: &Path, model: &Path) -> Result<Self> {
        let lacking = vec![Saying::new(
            format!("未加载模型（{}），只能给出人工派单", model.display()),
            format!("no model is loaded ({}): every case goes to a person", model.display()),
        )];
        Ok(Self { lacking })
    }

    /// One suggestion for each complaint, in order.
    pub fn suggest(&self, complaints: &[Complaint], _wanted: Wanted) -> Vec<Result<Suggestion>> {
        let started = Instant::now();
        let mut suggestions: Vec<_> = complaints.iter().map(|complaint| Ok(self.by_hand(complaint))).collect();
        let share = started.elapsed().as_secs_f64() * 1e3 / complaints.len().max(1) as f64;
        for suggestion in suggestions.iter_mut().flatten() {
            suggestion.latency_ms = (share * 100.0).round() / 100.0;
        }
        suggestions
    }

    /// Words, keywords, places and masked spans of a text.
    pub fn segment(&self, text: &ComplaintText) -> (Segmented, Option<Location>) {
        (Segmented { text: text.as_str().to_owned(), ..Segmented::default() }, None)
    }

    /// What answers are made with.
    pub fn versions(&self) -> Versions {
        Versions { model: "none".into(), taxonomy: "none".into(), rules: "none".into() }
    }

    /// What is missing for full answers; empty when nothing is.
    pub fn lacking(&self) -> &[Saying] {
        &self.lacking
    }

    /// The bottom rung of the fallback ladder.
    fn by_hand(&self, complaint: &Complaint) -> Suggestion {
        Suggestion {
            reference: complaint.reference.clone(),
            decision: Decision::Manual,
            decision_reason: "没有可用的模型，请人工派单".into(),
            petition_types: Vec::new(),
            categories: Vec::new(),
            assignment: Vec::new(),
            location: None,
            urgency: Urgency { level: "normal".into(), name: "一般".into(), probability: 0.0 },
            flags: complaint.flags.clone(),
            multi_issue: Vec::new(),
            ask: Vec::new(),
            keywords: Vec::new(),
            masked: Vec::new(),
            duplicates: Vec::new(),
            issue: None,
            due_at: None,
            versions: self.versions(),
            degraded: true,
            latency_ms: 0.0,
        }
    }
}
