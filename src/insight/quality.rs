//! Quality (质量): how often advice is right and how sure it is of itself, what units send back, what people change, whether
//! what comes in drifts away from what the model knows, and which cases a person should look at next.
//!
//! Right is what people decided ([`crate::case::Ruling`]). Nobody decides at random: the sure ones are waved through, and
//! what no unit returned counts as right. So each answer says by which rulings it was taken, and how the strict ones
//! alone come out; the truth lies between. What nobody decided is in no rate. Nor are emergencies handed over and what
//! belongs to another channel, where the unit is asked about: rules say where those go.

mod changes;
mod decisions;
mod drift;
mod known;
mod returns;
mod review;
mod vocabulary;

use std::sync::Arc;

use chrono::{DateTime, FixedOffset};

use super::Ground;
use crate::case::{Aspect, Hindsight, NONE, Ruling, Scope};
use crate::dataset::export::{Cell, Column, Holds, column};
use crate::taxonomy::Taxonomy;
pub use changes::{Change, Changes};
pub use decisions::{Bounds, CalibrationBin, CurvePoint, DecisionRow, ModelRow, Quality, Reliability, RulingRow};
pub use drift::{ClassShift, Drift, DriftState, Lengths, Measure, Side};
pub(super) use known::Known;
pub use returns::{ReasonCases, ReasonTotal, ReturnRow, Returns};
pub use review::{Choice, Review, ReviewItem, ReviewReason};
pub use vocabulary::{NewWord, Vocabulary};

/// Cases put up for review, or pairs listed, where nothing is said; and at most.
pub const USUAL_REVIEW: usize = 30;
pub const MOST_REVIEW: usize = 200;

/// What is asked about quality.
#[derive(Debug, Clone, PartialEq)]
pub struct AskedQuality {
    /// Its times are the period; none: the last 30 days, today included.
    pub scope: Scope,
    pub question: Aspect,
    /// The loosest ruling that counts as a decision.
    pub loosest: Ruling,
    /// At which probability the service acts.
    pub bounds: Bounds,
    /// Days held against; none: as many as the period, just before it.
    pub base_days: Option<i64>,
    /// So many cases or pairs.
    pub top: usize,
}

impl AskedQuality {
    /// What is asked where nothing is said.
    pub fn of(scope: Scope, bounds: Bounds) -> Self {
        let (question, loosest) = (Aspect::Unit, Ruling::Answered);
        Self { scope, question, loosest, bounds, base_days: None, top: USUAL_REVIEW }
    }

    /// With the usual period where none is named.
    fn dated(&self, ground: Ground, now: DateTime<FixedOffset>) -> Self {
        Self { scope: super::departments::usual(&self.scope, ground.deadlines, now), ..self.clone() }
    }

    /// The codes of the rulings that count, as the list is asked for by them.
    fn rulings(&self) -> String {
        self.loosest.and_stricter().map(Ruling::code).collect::<Vec<_>>().join(",")
    }
}

/// A decided case whose advice can be judged.
struct Decided<'a> {
    case: &'a Hindsight,
    advised: &'a Arc<str>,
    probability: f64,
    decided: &'a Arc<str>,
    ruling: Ruling,
}

impl Decided<'_> {
    fn is_right(&self) -> bool {
        self.advised == self.decided
    }
}

/// Those that were advised and decided; of units only those that were routed by probability.
fn decided<'a>(cases: &'a [Arc<Hindsight>], asked: &AskedQuality) -> Vec<Decided<'a>> {
    let mut all = all_decided(cases, asked);
    all.retain(|one| asked.question != Aspect::Unit || one.case.is_routed());
    all
}

/// The conditions by which the list of those is asked for, beside the rulings.
fn comparable(question: Aspect) -> Vec<(&'static str, &'static str)> {
    let mut all = vec![("judged", question.code()), ("probability_from", "0")];
    all.extend((question == Aspect::Unit).then_some(("routed", "true")));
    all
}

/// Those that were advised and decided.
fn all_decided<'a>(cases: &'a [Arc<Hindsight>], asked: &AskedQuality) -> Vec<Decided<'a>> {
    let one = |case: &'a Arc<Hindsight>| {
        let judgement = case.of(asked.question);
        let (decided, ruling) = judgement.decided(asked.loosest)?;
        let (advised, probability) = (judgement.advised.as_ref()?, judgement.probability?);
        Some(Decided { case, advised, probability, decided, ruling })
    };
    cases.iter().filter_map(one).collect()
}

/// What a code is called.
fn called(question: Aspect, code: &str, taxonomy: &Taxonomy) -> String {
    let name = match question {
        Aspect::Unit => taxonomy.department(code).map(|unit| unit.name.clone()),
        Aspect::Category => taxonomy.path(code),
    };
    name.unwrap_or_else(|| if code == NONE { "没有建议".to_owned() } else { code.to_owned() })
}

/// A number as a list takes it: the same number when read again.
fn number(number: f64) -> String {
    format!("{number}")
}

/// How a rate's columns are called.
fn rate_columns(name: [&'static str; 5], zh: [&'static str; 5]) -> Vec<Column> {
    let holds = [Holds::Count, Holds::Count, Holds::Share, Holds::Share, Holds::Share];
    let meaning = ["件数", "件数", "分母为 0 时为空", "Wilson 95% 区间", "Wilson 95% 区间"];
    (0..5).map(|at| column(name[at], zh[at], holds[at], meaning[at])).collect()
}

fn rate_cells(rate: &super::RateBody) -> Vec<Cell> {
    let share = |share: Option<f64>| share.map_or(Cell::Blank, Cell::Share);
    vec![Cell::Count(rate.hits), Cell::Count(rate.of), share(rate.rate), share(rate.low), share(rate.high)]
}
