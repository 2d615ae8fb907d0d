//! Marks (评测指标): how good ranked answers are, as pure arithmetic. Knows no model and no file.
//!
//! *Right* means accepted: the gold label or, where a careful reader accepted others as well, one of those. Strict
//! accuracy, macro-F1, the per-class table, the confusions and Brier's score look at the gold label alone.
//! Intervals are 95 % percentile bootstrap intervals over groups; a fixed seed makes them repeatable.

mod bootstrap;
mod calibration;
mod table;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::bootstrap::{Comparison, Difference, compare};
pub use self::calibration::{
    Chance, Point, adaptive_calibration_error, boast, brier, calibration_error, chance, coverage_at_precision, curve,
    precision_at_coverage, surprise,
};
pub use self::table::aligned;
use crate::case::Scored;

/// What was asked and what was answered, for one text and one head.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    pub gold: String,
    /// Labels that are right as well; the gold label need not stand in it.
    pub accepted: Vec<String>,
    /// Most probable first. Empty where the system said nothing, which counts as wrong with probability 0.
    pub ranked: Vec<Scored>,
    /// Texts of one group are drawn together when resampling. `None` stands for itself.
    pub group: Option<String>,
}

impl Answer {
    fn predicted(&self) -> Option<&str> {
        self.ranked.first().map(|scored| scored.code.as_str())
    }

    /// The probability of the first answer.
    fn confidence(&self) -> f64 {
        self.ranked.first().map_or(0.0, |scored| f64::from(scored.probability))
    }

    fn accepts(&self, label: &str) -> bool {
        label == self.gold || self.accepted.iter().any(|accepted| accepted == label)
    }

    fn right(&self) -> bool {
        self.predicted().is_some_and(|label| self.accepts(label))
    }

    fn right_within(&self, top: usize) -> bool {
        self.ranked.iter().take(top).any(|scored| self.accepts(&scored.code))
    }
}

/// A share in 0..=1 with its 95 % interval.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Share {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

/// All marks of one head.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Marks {
    pub count: usize,
    /// First answer = gold.
    pub accuracy: Share,
    /// First answer accepted.
    pub accepted: Share,
    /// One of the first three answers accepted.
    pub top3: Share,
    /// Mean F1 of the labels that stand in the gold.
    pub macro_f1: Share,
    /// Expected calibration error, 15 bins of equal width (Naeini et al. 2015, Guo et al. 2017).
    pub calibration_error: f64,
    /// What it would come to by chance alone, were all probabilities exactly right.
    pub chance: Chance,
    /// The same with 15 bins of equal size (adaptive, Nixon et al. 2019).
    pub adaptive_calibration_error: f64,
    /// Mean squared error of the whole distribution, 0..=2 (Brier 1950).
    pub brier: f64,
    /// At most 101 points of the coverage–precision curve, by growing coverage.
    pub curve: Vec<Point>,
    /// For each precision asked, the point of the greatest coverage that keeps it.
    pub coverage_at_precision: Vec<(f64, Option<Point>)>,
    /// For each coverage asked, the point of the greatest precision that reaches it.
    pub precision_at_coverage: Vec<(f64, Option<Point>)>,
    /// Most frequent label first.
    pub classes: Vec<ClassMarks>,
    /// At most 20, most frequent first.
    pub confusions: Vec<Confusion>,
}

/// One label against the rest. Shares with nothing to divide by are 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassMarks {
    pub label: String,
    pub precision: f64,
    pub recall: f64,
    pub f1: f64,
    /// How often it stands in the gold.
    pub support: usize,
}

/// How often `gold` was taken for `predicted`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confusion {
    pub gold: String,
    pub predicted: String,
    pub count: usize,
}

/// Precisions at which the coverage is asked, coverages at which the precision is.
const PRECISIONS: [f64; 5] = [0.85, 0.90, 0.92, 0.95, 0.97];
const COVERAGES: [f64; 4] = [0.5, 0.6, 0.8, 0.88];

/// Marks the answers. Of no answers at all every mark is 0.
pub fn score(answers: &[Answer]) -> Marks {
    let shares = bootstrap::shares(answers);
    let curve = curve(answers);
    Marks {
        count: answers.len(),
        accuracy: shares.accuracy,
        accepted: shares.accepted,
        top3: shares.top3,
        macro_f1: shares.macro_f1,
        calibration_error: calibration_error(answers),
        chance: chance(answers),
        adaptive_calibration_error: adaptive_calibration_error(answers),
        brier: brier(answers),
        coverage_at_precision: PRECISIONS.map(|p| (p, coverage_at_precision(&curve, p))).to_vec(),
        precision_at_coverage: COVERAGES.map(|c| (c, precision_at_coverage(&curve, c))).to_vec(),
        curve: calibration::thinned(&curve),
        classes: classes(answers),
        confusions: confusions(answers),
    }
}

fn classes(answers: &[Answer]) -> Vec<ClassMarks> {
    // Label → (gold, predicted, both).
    let mut counts: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for answer in answers {
        counts.entry(&answer.gold).or_default()[0] += 1;
        if let Some(predicted) = answer.predicted() {
            counts.entry(predicted).or_default()[1] += 1;
            counts.entry(predicted).or_default()[2] += usize::from(predicted == answer.gold);
        }
    }
    let mut classes: Vec<ClassMarks> = (counts.into_iter())
        .map(|(label, [gold, predicted, both])| ClassMarks {
            label: label.to_owned(),
            precision: over(both, predicted),
            recall: over(both, gold),
            f1: over(2 * both, gold + predicted),
            support: gold,
        })
        .collect();
    classes.sort_by(|a, b| b.support.cmp(&a.support).then_with(|| a.label.cmp(&b.label)));
    classes
}

fn confusions(answers: &[Answer]) -> Vec<Confusion> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for answer in answers {
        if let Some(predicted) = answer.predicted().filter(|predicted| *predicted != answer.gold) {
            *counts.entry((&answer.gold, predicted)).or_default() += 1;
        }
    }
    let confusion = |((gold, predicted), count): ((&str, &str), usize)| Confusion {
        gold: gold.to_owned(),
        predicted: predicted.to_owned(),
        count,
    };
    let mut confusions: Vec<Confusion> = counts.into_iter().map(confusion).collect();
    // Stable: equal counts stay in the order of their labels.
    confusions.sort_by_key(|confusion| std::cmp::Reverse(confusion.count));
    confusions.truncate(20);
    confusions
}

/// 0 where there is nothing to divide by.
fn over(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
