//! Which days get more cases than others (星期规律): Mondays are full, Sundays and holidays are not.
//!
//! A sparse series cannot say; so it is drawn towards a wider one that it is part of, as if that one had added a number
//! of cases of its own: the mean of a gamma posterior whose prior is the wider pattern (empirical Bayes).

use super::day::DayKind;

const KINDS: usize = DayKind::ALL.len();
const WORKDAYS: std::ops::Range<usize> = 0..5;

/// As many cases as the wider pattern adds for each kind of day.
const BORROWED: f64 = 20.0;
/// Days before and after a day whose mean is the level of that day.
const AROUND: usize = 14;
/// Rounds of fitting level and weights in turn; the weights hardly move after the third.
const ROUNDS: usize = 5;

/// How many cases a day of each kind gets, of a mean day of an ordinary week (日型权重).
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    weights: [f64; KINDS],
    /// As many cases as speak for each weight, those borrowed included.
    seen: [f64; KINDS],
}

impl Pattern {
    /// Every day like the other.
    pub fn even() -> Self {
        Self { weights: [1.0; KINDS], seen: [BORROWED; KINDS] }
    }

    /// What daily counts show, drawn towards `wider`. The level, which may drift, is the mean of the four weeks around
    /// a day; level and weights are fitted in turn. `kinds` has at least as many days as `counts`.
    pub fn of(counts: &[u32], kinds: &[DayKind], wider: &Self) -> Self {
        let mut pattern = wider.clone();
        for _ in 0..ROUNDS {
            let levels = pattern.levels(counts, kinds);
            let (mut cases, mut expected) = ([0.0; KINDS], [0.0; KINDS]);
            for ((count, kind), level) in counts.iter().zip(kinds).zip(&levels) {
                cases[*kind as usize] += f64::from(*count);
                expected[*kind as usize] += level;
            }
            pattern = Self::drawn(&cases, &expected, wider);
        }
        pattern
    }

    fn drawn(cases: &[f64; KINDS], expected: &[f64; KINDS], wider: &Self) -> Self {
        let (holiday, made_up, sunday) =
            (DayKind::Holiday as usize, DayKind::MadeUp as usize, DayKind::Sunday as usize);
        let mut prior = wider.weights;
        let drawn = |kind: usize, prior: f64| (cases[kind] + BORROWED * prior) / (expected[kind] + BORROWED);
        let mut weights: [f64; KINDS] = std::array::from_fn(|kind| drawn(kind, prior[kind]));
        let mean = weights[..holiday].iter().sum::<f64>() / 7.0;
        weights.iter_mut().for_each(|weight| *weight /= mean);
        // Seldom seen: a holiday is like this series' own Sundays, a day made up for like its workdays, as far as the
        // wider pattern has it so.
        let worked = |weights: &[f64; KINDS]| weights[WORKDAYS].iter().sum::<f64>() / 5.0;
        prior[holiday] *= weights[sunday] / wider.weights[sunday];
        prior[made_up] *= worked(&weights) / worked(&wider.weights);
        for kind in [holiday, made_up] {
            weights[kind] = drawn(kind, prior[kind]);
        }
        Self { weights, seen: std::array::from_fn(|kind| weights[kind] * (expected[kind] + BORROWED)) }
    }

    /// The level around each day: cases over weights of the days around it.
    fn levels(&self, counts: &[u32], kinds: &[DayKind]) -> Vec<f64> {
        let sums = |each: &dyn Fn(usize) -> f64| {
            (0..counts.len()).fold(vec![0.0], |mut sums, day| {
                sums.push(sums[day] + each(day));
                sums
            })
        };
        let (cases, weights) = (sums(&|day| f64::from(counts[day])), sums(&|day| self.weight(kinds[day])));
        let level = |day: usize| {
            let (from, to) = (day.saturating_sub(AROUND), (day + AROUND + 1).min(counts.len()));
            (cases[to] - cases[from]) / (weights[to] - weights[from]).max(f64::MIN_POSITIVE)
        };
        (0..counts.len()).map(level).collect()
    }

    pub fn weight(&self, kind: DayKind) -> f64 {
        self.weights[kind as usize]
    }

    /// How many mean days' cases these days get.
    pub fn exposure(&self, kinds: impl IntoIterator<Item = DayKind>) -> f64 {
        kinds.into_iter().map(|kind| self.weight(kind)).sum()
    }

    /// How far the weight may be off: the square of its standard error, of the weight, if counts are Poisson.
    pub fn doubt(&self, kind: DayKind) -> f64 {
        1.0 / self.seen[kind as usize].max(f64::MIN_POSITIVE)
    }
}
