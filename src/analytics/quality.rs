//! Quality of advice (质量): how often what was advised is what was decided, at which probability, and whether probabilities
//! mean what they say.
//!
//! Only decided cases can be right or wrong, and people do not decide at random: they look harder at what the machine
//! was unsure of, and what nobody objected to counts as right. So a figure here says what became of the cases, not how
//! well the model knows the world; who calls these figures tells by which rulings they were taken.

mod drift;

pub use drift::{Class, LARGE, LEAST_EXPECTED, MODERATE, Shift, Shifted, Sides, psi, quantile};

use super::Rate;

/// Bins of the calibration table, at most.
const BINS: usize = 10;
/// Answers that a bin of the calibration table has at least, where there are so many.
const LEAST_OF_A_BIN: usize = 20;

/// A decided case: how sure the advice was, and whether it was right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answer {
    /// 0 to 1.
    pub probability: f64,
    pub is_right: bool,
}

/// What happens when every answer at or above a probability is taken and no other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub threshold: f64,
    /// Right ones of those taken (准确率).
    pub right: Rate,
    /// Taken ones of all (覆盖率).
    pub taken: Rate,
}

/// Answers of like probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// The lowest and the highest probability in it.
    pub from: f64,
    pub to: f64,
    /// The mean probability: what the model said.
    pub said: f64,
    /// What people decided.
    pub right: Rate,
    /// Σ p(1 − p): how far `right.hits` varies where probabilities are true.
    variance: f64,
}

/// Whether probabilities mean what they say.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    pub bins: Vec<Bin>,
    /// Expected calibration error (期望校准误差), Σ |bin| / n · |right − said| over bins of equal mass: C. Guo, G. Pleiss, Y.
    /// Sun and K. Q. Weinberger, "On calibration of modern neural networks", ICML 2017; equal mass as in M. P. Naeini, G.
    /// F. Cooper and M. Hauskrecht, AAAI 2015. None of nothing.
    pub error: Option<f64>,
    /// The error that chance alone makes of probabilities that are true: Σ |bin| / n · E|right − said| by the normal law,
    /// `√(2/π) · √Σp(1 − p) / |bin|`. An error near it says nothing against the model (R. Roelofs et al., "Mitigating bias
    /// in calibration error estimation", AISTATS 2022).
    pub by_chance: Option<f64>,
}

/// The curve at these thresholds.
pub fn curve(answers: &[Answer], thresholds: &[f64]) -> Vec<Point> {
    let sorted = by_probability(answers);
    // Right ones from each place on.
    let mut right = vec![0i64; sorted.len() + 1];
    for (at, answer) in sorted.iter().enumerate().rev() {
        right[at] = right[at + 1] + i64::from(answer.is_right);
    }
    let point = |threshold: &f64| {
        let first = sorted.partition_point(|answer| answer.probability < *threshold);
        let of = (sorted.len() - first) as i64;
        Point {
            threshold: *threshold,
            right: Rate { hits: right[first], of },
            taken: Rate { hits: of, of: sorted.len() as i64 },
        }
    };
    thresholds.iter().map(point).collect()
}

/// What the model said against what people decided. Bins hold about equally many; equal probabilities lie in one bin, so
/// that no order matters.
pub fn calibration(answers: &[Answer]) -> Calibration {
    let sorted = by_probability(answers);
    let count = (sorted.len() / LEAST_OF_A_BIN).clamp(1, BINS);
    let mut bins = Vec::new();
    let mut begin = 0;
    for nth in 1..=count {
        let goal = (nth * sorted.len()).div_ceil(count).max(begin);
        let end = match sorted.get(goal.wrapping_sub(1)) {
            Some(last) if goal > begin => sorted.partition_point(|answer| answer.probability <= last.probability),
            _ => continue,
        };
        bins.push(Bin::of(&sorted[begin..end]));
        begin = end;
    }
    let all = sorted.len() as f64;
    let weighed = |gap: fn(&Bin) -> f64| {
        let sum: f64 = bins.iter().map(|bin| bin.right.of as f64 / all * gap(bin)).sum();
        (!bins.is_empty()).then_some(sum)
    };
    Calibration { error: weighed(Bin::gap), by_chance: weighed(Bin::gap_by_chance), bins }
}

impl Bin {
    /// Of a bin that is not empty, ascending.
    fn of(answers: &[Answer]) -> Self {
        let probabilities = || answers.iter().map(|answer| answer.probability);
        Self {
            from: answers.first().map_or(0.0, |first| first.probability),
            to: answers.last().map_or(0.0, |last| last.probability),
            said: probabilities().sum::<f64>() / answers.len() as f64,
            right: Rate {
                hits: answers.iter().filter(|answer| answer.is_right).count() as i64,
                of: answers.len() as i64,
            },
            variance: probabilities().map(|p| p * (1.0 - p)).sum(),
        }
    }

    fn gap(&self) -> f64 {
        (self.right.share().unwrap_or(self.said) - self.said).abs()
    }

    fn gap_by_chance(&self) -> f64 {
        (2.0 * self.variance / std::f64::consts::PI).sqrt() / self.right.of as f64
    }
}

/// Ascending; of equal probability the wrong ones first, so that sums do not hang on the order given.
fn by_probability(answers: &[Answer]) -> Vec<Answer> {
    let mut sorted = answers.to_vec();
    sorted.sort_by(|a, b| a.probability.total_cmp(&b.probability).then(a.is_right.cmp(&b.is_right)));
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(said: &[(f64, bool)]) -> Vec<Answer> {
        said.iter().map(|(probability, is_right)| Answer { probability: *probability, is_right: *is_right }).collect()
    }

    #[test]
    fn a_threshold_takes_what_is_as_sure_and_surer() {
        let five = answers(&[(0.9, true), (0.5, false), (0.7, true), (0.7, false), (1.0, true)]);
        let told: Vec<_> = curve(&five, &[0.0, 0.7, 0.71, 1.0])
            .iter()
            .map(|point| (point.right.hits, point.right.of, point.taken.of))
            .collect();
        assert_eq!(told, [(3, 5, 5), (3, 4, 5), (2, 2, 5), (1, 1, 5)]);
        let none = curve(&[], &[0.5]);
        assert_eq!((none[0].right.share(), none[0].taken.share()), (None, None));
    }

    /// Forty answers, two bins of twenty: said 0.6 with 10 right, said 0.9 with 19 right. Error
    /// ½·|0.5 − 0.6| + ½·|0.95 − 0.9| = 0.075; by chance ½·√(2/π)·(√(20·0.24) + √(20·0.09)) / 20.
    #[test]
    fn the_calibration_error_is_the_mean_gap_of_bins_of_equal_mass() {
        let mut forty: Vec<(f64, bool)> = (0..20).map(|n| (0.6, n < 10)).collect();
        forty.extend((0..20).map(|n| (0.9, n < 19)));
        let told = calibration(&answers(&forty));
        assert_eq!(
            told.bins.iter().map(|bin| (bin.right.hits, bin.right.of)).collect::<Vec<_>>(),
            [(10, 20), (19, 20)]
        );
        assert!((told.error.unwrap() - 0.075).abs() < 1e-12);
        let by_chance = 0.5 * (2.0 / std::f64::consts::PI).sqrt() * (4.8f64.sqrt() + 1.8f64.sqrt()) / 20.0;
        assert!((told.by_chance.unwrap() - by_chance).abs() < 1e-12);
        forty.reverse();
        assert_eq!(calibration(&answers(&forty)), told, "the order does not matter");
        let one = calibration(&answers(&[(0.8, true)]));
        assert_eq!((one.bins.len(), (one.error.unwrap() - 0.2).abs() < 1e-12), (1, true));
        assert_eq!(calibration(&[]), Calibration { bins: Vec::new(), error: None, by_chance: None });
    }

    /// Forty of one probability and ten of another: what is equal stays together, and no bin is empty.
    #[test]
    fn equal_probabilities_lie_in_one_bin() {
        let mut many: Vec<(f64, bool)> = vec![(0.99, true); 90];
        many.extend((0..10).map(|n| (0.1 * f64::from(n), false)));
        let bins: Vec<i64> = calibration(&answers(&many)).bins.iter().map(|bin| bin.right.of).collect();
        assert_eq!(bins, [100]);
        let mut many: Vec<(f64, bool)> = vec![(0.5, true); 70];
        many.extend(vec![(0.9, true); 50]);
        let bins: Vec<i64> = calibration(&answers(&many)).bins.iter().map(|bin| bin.right.of).collect();
        assert_eq!(bins, [70, 50]);
    }
}
