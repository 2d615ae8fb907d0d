//! Who answers for a complaint (归口): evidence in, ranked units and a decision out.
//!
//! Pure: no clock, no files, no tensors. Emergency rules win over everything; below them, rules and the categories'
//! ordinary units speak weighted by how probable each category is, mixed with what the model learnt about units.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::case::{Location, Prediction, Routing, Segmented};
use crate::taxonomy::Taxonomy;

/// What is known about one complaint.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// Normalized and masked, title included.
    pub text: &'a Segmented,
    /// Calibrated; empty without a model.
    pub prediction: &'a Prediction,
    pub location: Option<&'a Location>,
    /// What the sender already knows, e.g. `info_protect`.
    pub stated_flags: &'a [String],
    /// The day whose rules are in force (生效日期); without it, those not repealed.
    pub on: Option<NaiveDate>,
}

/// Where probabilities become decisions; kept beside the model they were tuned for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Thresholds {
    /// Dispatched without a person from this probability of the unit on (自动派单).
    pub auto: f32,
    /// Suggested from this probability on; below, a person decides.
    pub suggest: f32,
    /// Share of the model's own unit head in a unit's probability; the rest is rules and categories.
    pub unit_head: f32,
    /// The same where a rule of the dispatch catalogue fired.
    pub unit_head_under_rule: f32,
}

/// Ranks the units and decides what to do with the complaint.
pub fn decide(evidence: &Evidence, taxonomy: &Taxonomy, thresholds: &Thresholds) -> Routing {
    let _ = (evidence, taxonomy, thresholds);
    todo!()
}

/// A prediction from keywords alone: the last rung of the fallback ladder, when no model can speak.
pub fn keyword_prediction(text: &Segmented, taxonomy: &Taxonomy) -> Prediction {
    let _ = (text, taxonomy);
    todo!()
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { auto: 0.90, suggest: 0.35, unit_head: 0.35, unit_head_under_rule: 0.15 }
    }
}
