//! Duplicates (判重) and the events behind them (诉求组): which cases tell the same.
//!
//! Pure: traces in, verdicts and groups out. Where cases are kept is not known here, nor what time it is.
//! Rule (重复诉求, 国办函〔2025〕66号): the same person and the same matter is to be merged (并单); other people and the
//! same matter is one event, and each person is still answered.

mod evidence;
mod groups;
mod index;
mod trace;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

pub use evidence::{NAMES, Rarity, Scorer, WEIGHTS, Weights, evidence, numbers};
pub use groups::{Pair, Tie, groups, heirs};
pub use index::{Breadth, Index};
pub use trace::{grams, trace};

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
            same_from: 0.4,
            related_from: 0.2,
            group_from: 0.4,
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

/// How many people tell it: a caller counts once; of those unknown each does, unless the words are another's. `tellings`
/// are the callers, and the case whose words each has.
pub fn people<'t>(tellings: impl Iterator<Item = (Option<&'t str>, i64)> + Clone) -> usize {
    let callers: BTreeSet<&str> = tellings.clone().filter_map(|(caller, _)| caller).collect();
    let known: BTreeSet<i64> =
        tellings.clone().filter(|(caller, _)| caller.is_some()).map(|(_, words)| words).collect();
    let unknown: BTreeSet<i64> = tellings.map(|(_, words)| words).filter(|words| !known.contains(words)).collect();
    (callers.len() + unknown.len()).max(1)
}

/// The case most like the others: the highest sum of probabilities, the earliest among equals.
pub fn medoid(cases: &[i64], pairs: &[Pair]) -> Option<i64> {
    let mut sums: BTreeMap<i64, f64> = cases.iter().map(|case| (*case, 0.0)).collect();
    for pair in pairs {
        if sums.contains_key(&pair.a) && sums.contains_key(&pair.b) {
            [pair.a, pair.b].iter().for_each(|case| *sums.entry(*case).or_default() += f64::from(pair.probability));
        }
    }
    sums.into_iter().max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0))).map(|(case, _)| case)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_count_once_and_copied_words_are_nobodys() {
        let people = |tellings: &[(Option<&str>, i64)]| people(tellings.iter().copied());
        assert_eq!(people(&[(Some("k1"), 1), (Some("k1"), 2), (Some("k2"), 3)]), 2);
        assert_eq!(people(&[(None, 1), (None, 2), (None, 1)]), 2, "the third has the first's words");
        assert_eq!(people(&[(None, 1), (Some("k1"), 1)]), 1, "in whichever order they came");
        assert_eq!(people(&[(Some("k1"), 1), (Some("k2"), 1)]), 2, "two who sign one letter are two");
        assert_eq!(people(&[]), 1);
    }

    #[test]
    fn the_case_most_like_the_others_stands_for_them() {
        let pair = |a, b, probability| Pair { a, b, probability, near: true };
        let pairs = [pair(1, 2, 0.6), pair(2, 3, 0.9), pair(1, 3, 0.6), pair(3, 9, 1.0)];
        assert_eq!(medoid(&[1, 2, 3], &pairs), Some(2), "the earlier among equals; 9 is not one of them");
        assert_eq!(medoid(&[], &pairs), None);
    }
}
