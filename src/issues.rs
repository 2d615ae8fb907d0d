//! Duplicates (判重) and the events behind them (诉求组): which cases tell the same.
//!
//! Pure: traces in, verdicts and groups out. Where cases are kept is not known here, nor what time it is.
//! Rule (重复诉求, 国办函〔2025〕66号): the same person and the same matter is to be merged (并单); other people and the
//! same matter is one event, and each person is still answered.

mod evidence;
mod groups;
mod index;
mod trace;

use serde::Deserialize;

pub use evidence::{NAMES, Rarity, Scorer, Weights, evidence, numbers};
pub use groups::{Pair, Tie, groups, heirs};
pub use index::{Breadth, Index};
pub use trace::{caller, grams, trace};

use crate::case::{PairEvidence, Relation, Trace, Verdict};

/// Settings; defaults and their meaning stand in `src/config.default.toml`, section `issues`.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    pub same_person_days: u32,
    pub event_days: u32,
    pub same_from: f32,
    pub related_from: f32,
    pub group_from: f32,
    pub index_cases: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            same_person_days: 30,
            event_days: 14,
            same_from: 0.5,
            related_from: 0.2,
            group_from: 0.5,
            index_cases: 300_000,
        }
    }
}

/// Log-odds that the same caller adds: who calls twice within weeks mostly calls for the same.
const SAME_CALLER: f32 = 1.0;

impl Options {
    /// How far back duplicates are looked for.
    pub fn days(&self) -> u32 {
        self.same_person_days.max(self.event_days)
    }

    /// What two cases are to each other.
    pub fn verdict(&self, a: &Trace, b: &Trace, scorer: &Scorer) -> Verdict {
        let evidence = scorer.evidence(a, b);
        let same_reporter = a.reporter.zip(b.reporter).map(|(a, b)| a == b);
        let mut probability = scorer.probability(&evidence).clamp(1e-6, 1.0 - 1e-6);
        if same_reporter == Some(true) {
            let odds = (probability / (1.0 - probability)).ln() + SAME_CALLER;
            probability = 1.0 / (1.0 + (-odds).exp());
        }
        let days_apart = (a.at - b.at).abs() as f64 / 86_400_000.0;
        let relation = self.relation(probability, days_apart, same_reporter, &evidence);
        let distance_m = a.point.zip(b.point).map(|(a, b)| distance(a, b));
        Verdict { relation, probability, days_apart, same_reporter, distance_m, evidence }
    }

    fn relation(&self, probability: f32, days: f64, same_reporter: Option<bool>, evidence: &PairEvidence) -> Relation {
        let same = probability >= self.same_from;
        match same_reporter {
            Some(true) if same && days <= f64::from(self.same_person_days) => Relation::SamePersonSameMatter,
            _ if same && days <= f64::from(self.event_days) => Relation::OtherPersonSameMatter,
            _ if probability >= self.related_from || evidence.place >= 0.8 && evidence.category >= 0.5 => {
                Relation::Related
            }
            _ => Relation::Different,
        }
    }

    /// Whether two cases are near enough in time to stand in one group by themselves.
    pub fn within(&self, verdict: &Verdict) -> bool {
        let days = if verdict.same_reporter == Some(true) { self.days() } else { self.event_days };
        verdict.days_apart <= f64::from(days)
    }
}

/// Great-circle distance in metres (haversine, mean radius of the earth 6,371,009 m).
fn distance(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (lng, lat) = ((b.0 - a.0).to_radians(), (b.1 - a.1).to_radians());
    let h = (lat / 2.0).sin().powi(2) + a.1.to_radians().cos() * b.1.to_radians().cos() * (lng / 2.0).sin().powi(2);
    2.0 * 6_371_009.0 * h.sqrt().min(1.0).asin()
}

/// How many people tell it: a caller counts once; of those unknown each does, unless the words are a copy. `tellings`
/// are the callers, and whether the text is a copy of an earlier one of the group.
pub fn people(tellings: impl IntoIterator<Item = (Option<u64>, bool)>) -> usize {
    let mut callers = std::collections::BTreeSet::new();
    let mut unknown = 0;
    for (caller, copied) in tellings {
        match caller {
            Some(caller) => _ = callers.insert(caller),
            None if !copied => unknown += 1,
            None => {}
        }
    }
    (callers.len() + unknown).max(1)
}

/// The case most like the others: the highest sum of probabilities, the earliest among equals.
pub fn medoid(cases: &[i64], pairs: &[Pair]) -> Option<i64> {
    let sum = |case: &i64| {
        let own =
            |pair: &&Pair| (pair.a == *case && cases.contains(&pair.b)) || (pair.b == *case && cases.contains(&pair.a));
        pairs.iter().filter(own).map(|pair| f64::from(pair.probability)).sum::<f64>()
    };
    cases
        .iter()
        .map(|case| (sum(case), case))
        .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1)))
        .map(|(_, case)| *case)
}
