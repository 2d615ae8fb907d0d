//! How sure a mark is: the percentile bootstrap over groups (Efron 1979), paired for two systems (Koehn 2004).

use std::collections::BTreeMap;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::{Answer, Share};

const RESAMPLES: usize = 1_000;
const SEED: u64 = 12345;

/// The four marks that get an interval.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Shares {
    pub(super) accuracy: Share,
    pub(super) accepted: Share,
    pub(super) top3: Share,
    pub(super) macro_f1: Share,
}

/// One system against another on the same texts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    pub accuracy: Difference,
    pub accepted: Difference,
    pub top3: Difference,
    pub macro_f1: Difference,
}

/// The first system's mark minus the second's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    pub value: f64,
    /// 95 % interval; when it does not hold 0 the difference is hardly chance.
    pub low: f64,
    pub high: f64,
    /// Share of the resamples in which the first is ahead.
    pub ahead: f64,
}

pub(super) fn shares(answers: &[Answer]) -> Shares {
    let sample = Sample::of(answers);
    let [value, drawn] = [vec![sample.marks(&sample.all())], sample.resampled(|drawn| sample.marks(drawn))];
    let share = |mark: usize| {
        let (low, high) = interval(drawn.iter().map(|marks| marks[mark]).collect());
        Share { value: value[0][mark], low, high }
    };
    Shares { accuracy: share(0), accepted: share(1), top3: share(2), macro_f1: share(3) }
}

/// The paired bootstrap: both systems are marked on the same draws of groups.
///
/// # Panics
/// If the two do not answer the same questions in the same order.
pub fn compare(first: &[Answer], second: &[Answer]) -> Comparison {
    let same = |(a, b): (&Answer, &Answer)| a.gold == b.gold && a.group == b.group;
    assert!(first.len() == second.len() && first.iter().zip(second).all(same), "both answer the same questions");
    let samples = [Sample::of(first), Sample::of(second)];
    let gap = |drawn: &[usize]| {
        let [a, b] = [samples[0].marks(drawn), samples[1].marks(drawn)];
        std::array::from_fn(|mark| a[mark] - b[mark])
    };
    let value: [f64; 4] = gap(&samples[0].all());
    let drawn = samples[0].resampled(gap);
    let difference = |mark: usize| {
        let ahead = drawn.iter().filter(|gaps| gaps[mark] > 0.0).count() as f64 / RESAMPLES as f64;
        let (low, high) = interval(drawn.iter().map(|gaps| gaps[mark]).collect());
        Difference { value: value[mark], low, high, ahead }
    };
    Comparison { accuracy: difference(0), accepted: difference(1), top3: difference(2), macro_f1: difference(3) }
}

/// Answers boiled down to numbers: a thousand resamples are a thousand walks over them.
struct Sample {
    /// Gold label, predicted label, accepted, accepted within three.
    answers: Vec<(usize, Option<usize>, bool, bool)>,
    groups: Vec<Vec<usize>>,
    labels: usize,
}

impl Sample {
    fn of(answers: &[Answer]) -> Self {
        let mut labels: BTreeMap<&str, usize> = BTreeMap::new();
        let mut number = |label| {
            let next = labels.len();
            *labels.entry(label).or_insert(next)
        };
        let boiled = answers.iter().map(|answer| {
            (number(&answer.gold), answer.predicted().map(&mut number), answer.right(), answer.right_within(3))
        });
        let boiled = boiled.collect();
        Self { answers: boiled, groups: groups(answers), labels: labels.len() }
    }

    fn all(&self) -> Vec<usize> {
        (0..self.answers.len()).collect()
    }

    /// Accuracy, accepted, within three, macro-F1 of the answers drawn.
    fn marks(&self, drawn: &[usize]) -> [f64; 4] {
        let mut hits = [0usize; 3];
        // Label → (gold, predicted, both).
        let mut counts = vec![[0usize; 3]; self.labels];
        for (gold, predicted, right, within) in drawn.iter().map(|answer| self.answers[*answer]) {
            let strict = predicted == Some(gold);
            hits = [hits[0] + usize::from(strict), hits[1] + usize::from(right), hits[2] + usize::from(within)];
            counts[gold][0] += 1;
            counts[gold][2] += usize::from(strict);
            if let Some(predicted) = predicted {
                counts[predicted][1] += 1;
            }
        }
        let present = counts.iter().filter(|[gold, ..]| *gold > 0);
        let f1: Vec<f64> = present.map(|[gold, predicted, both]| super::over(2 * both, gold + predicted)).collect();
        let [accuracy, accepted, top3] = hits.map(|hits| super::over(hits, drawn.len()));
        [accuracy, accepted, top3, f1.iter().sum::<f64>() / f1.len().max(1) as f64]
    }

    /// As many groups as there are, drawn with replacement, a thousand times.
    fn resampled(&self, mark: impl Fn(&[usize]) -> [f64; 4]) -> Vec<[f64; 4]> {
        let mut random = ChaCha8Rng::seed_from_u64(SEED);
        let mut draw = || -> Vec<usize> {
            let draws = (0..self.groups.len()).map(|_| random.random_range(0..self.groups.len()));
            draws.flat_map(|group| self.groups[group].iter().copied()).collect()
        };
        (0..RESAMPLES).map(|_| mark(&draw())).collect()
    }
}

/// The answers of each group, in the order the groups first stand.
fn groups(answers: &[Answer]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, answer) in answers.iter().enumerate() {
        let fresh = groups.len();
        let group = answer.group.as_deref().map_or(fresh, |name| *known.entry(name).or_insert(fresh));
        if group == fresh {
            groups.push(Vec::new());
        }
        groups[group].push(at);
    }
    groups
}

/// The 2.5th and 97.5th percentile, interpolated between neighbours.
fn interval(mut values: Vec<f64>) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    let percentile = |share: f64| {
        let place = share * (values.len() - 1) as f64;
        let (below, above) = (values[place.floor() as usize], values[place.ceil() as usize]);
        below + (above - below) * place.fract()
    };
    (percentile(0.025), percentile(0.975))
}
