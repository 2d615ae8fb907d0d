//! Logistic regression on a handful of numbers: the odds that something is so, with weights that can be read.

use serde::{Deserialize, Serialize};

/// Log-odds: `bias + Σ weights·evidence`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Logistic {
    pub weights: Vec<f32>,
    pub bias: f32,
}

/// Evidence with known truth.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    pub evidence: Vec<f32>,
    pub truth: bool,
}

/// Steps of Newton's method at most; it ends when none of the weights moves by as much as this.
const STEPS: usize = 50;
const STILL: f64 = 1e-7;

impl Logistic {
    pub fn probability(&self, evidence: &[f32]) -> f32 {
        let sum: f32 = self.weights.iter().zip(evidence).map(|(w, x)| w * x).sum();
        1.0 / (1.0 + (-(sum + self.bias)).exp())
    }

    /// Fits all of `known`, whose evidence must be of one length: the likeliest weights (Newton's method), held back by a
    /// ridge worth one example. Nothing can be learnt where all of it is true, or none.
    pub fn fit(known: &[Known]) -> Option<Self> {
        let truths = known.iter().filter(|known| known.truth).count();
        if truths == 0 || truths == known.len() {
            return None;
        }
        let scale = Scale::of(known);
        let row = |known: &Known| (scale.apply(known).into_iter().chain([1.0]).collect(), f64::from(known.truth));
        let rows: Vec<(Vec<f64>, f64)> = known.iter().map(row).collect();
        let mut weights = vec![0.0; scale.mean.len() + 1];
        let mut loss = loss_of(&rows, &weights);
        for _ in 0..STEPS {
            let step = newton(&rows, &weights);
            // A whole step may overshoot where the truth is told apart too well.
            let tried = (0..20).map(|halved| 0.5f64.powi(halved)).find_map(|pace| {
                let moved: Vec<f64> = weights.iter().zip(&step).map(|(w, step)| w - pace * step).collect();
                let reached = loss_of(&rows, &moved);
                (reached < loss).then_some((moved, reached))
            });
            let Some((moved, reached)) = tried else { break };
            let still = moved.iter().zip(&weights).all(|(a, b)| (a - b).abs() < STILL);
            (weights, loss) = (moved, reached);
            if still {
                break;
            }
        }
        let bias = weights.pop()?;
        Some(scale.undo(&weights, bias))
    }
}

fn odds_of(row: &[f64], weights: &[f64]) -> f64 {
    row.iter().zip(weights).map(|(x, w)| x * w).sum()
}

/// Of the ridge, which spares the last weight: that of the constant.
fn held(weights: &[f64]) -> &[f64] {
    &weights[..weights.len() - 1]
}

/// −ln of the likelihood, with the ridge.
fn loss_of(rows: &[(Vec<f64>, f64)], weights: &[f64]) -> f64 {
    let surprise = |(row, truth): &(Vec<f64>, f64)| {
        let odds = odds_of(row, weights);
        odds.max(0.0) + (-odds.abs()).exp().ln_1p() - truth * odds
    };
    rows.iter().map(surprise).sum::<f64>() + held(weights).iter().map(|w| w * w).sum::<f64>() / 2.0
}

/// Newton's step: H⁻¹·g, solved by conjugate gradients (Hestenes & Stiefel 1952), which end after as many rounds as there
/// are weights.
fn newton(rows: &[(Vec<f64>, f64)], weights: &[f64]) -> Vec<f64> {
    let width = weights.len();
    let (mut slope, mut bend) = (vec![0.0; width], vec![vec![0.0; width]; width]);
    for (i, weight) in held(weights).iter().enumerate() {
        (slope[i], bend[i][i]) = (*weight, 1.0);
    }
    for (row, truth) in rows {
        let p = 1.0 / (1.0 + (-odds_of(row, weights)).exp());
        for (i, x) in row.iter().enumerate() {
            slope[i] += (p - truth) * x;
            let pull = p * (1.0 - p) * x;
            bend[i].iter_mut().zip(row).for_each(|(bend, other)| *bend += pull * other);
        }
    }
    let (mut step, mut rest) = (vec![0.0; width], slope);
    let mut toward = rest.clone();
    let mut left = odds_of(&rest, &rest);
    for _ in 0..2 * width {
        if left < 1e-24 {
            break;
        }
        let bent: Vec<f64> = bend.iter().map(|row| odds_of(row, &toward)).collect();
        let pace = left / odds_of(&toward, &bent).max(f64::MIN_POSITIVE);
        step.iter_mut().zip(&toward).for_each(|(step, toward)| *step += pace * toward);
        rest.iter_mut().zip(&bent).for_each(|(rest, bent)| *rest -= pace * bent);
        let now = odds_of(&rest, &rest);
        toward.iter_mut().zip(&rest).for_each(|(toward, rest)| *toward = rest + now / left * *toward);
        left = now;
    }
    step
}

/// Mean and standard deviation of each number.
struct Scale {
    mean: Vec<f64>,
    spread: Vec<f64>,
}

impl Scale {
    fn of(known: &[Known]) -> Self {
        let (n, width) = (known.len() as f64, known[0].evidence.len());
        let mean_of = |value: &dyn Fn(&Known) -> f64| known.iter().map(value).sum::<f64>() / n;
        let mean: Vec<f64> = (0..width).map(|i| mean_of(&|k| f64::from(k.evidence[i]))).collect();
        let variance = |i: usize| mean_of(&|k| (f64::from(k.evidence[i]) - mean[i]).powi(2));
        let spread = (0..width).map(|i| variance(i).sqrt().max(1e-6)).collect();
        Self { mean, spread }
    }

    fn apply(&self, known: &Known) -> Vec<f64> {
        let scale = self.mean.iter().zip(&self.spread);
        known.evidence.iter().zip(scale).map(|(x, (mean, spread))| (f64::from(*x) - mean) / spread).collect()
    }

    /// Weights for numbers as they come.
    fn undo(&self, weights: &[f64], bias: f64) -> Logistic {
        let plain: Vec<f64> = weights.iter().zip(&self.spread).map(|(w, spread)| w / spread).collect();
        let shift: f64 = plain.iter().zip(&self.mean).map(|(w, mean)| w * mean).sum();
        Logistic { weights: plain.into_iter().map(|w| w as f32).collect(), bias: (bias - shift) as f32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_finds_the_evidence_that_tells() {
        let random = |n: u64| (super::super::backward::splitmix(n) >> 40) as f32 / (1u64 << 24) as f32;
        let known = |i: u64| {
            let evidence: Vec<f32> = (0..5).map(|j| random(i * 9 + j)).collect();
            Known { truth: evidence[0] + 0.2 * random(i * 9 + 8) < 0.4, evidence }
        };
        let known: Vec<Known> = (0..400).map(known).collect();
        let fitted = Logistic::fit(&known).unwrap();
        let right = known.iter().filter(|k| (fitted.probability(&k.evidence) >= 0.5) == k.truth).count();
        assert!(right >= 370, "{right} of 400 right");
        assert!(fitted.weights[1..].iter().all(|w| w.abs() < fitted.weights[0].abs() / 4.0), "{fitted:?}");
        assert_eq!(Logistic::fit(&known[..0]), None);
    }

    /// Of 400 with the sign 300 are true, of 400 without it 100: the odds are ln 3 and −ln 3 but for the ridge.
    #[test]
    fn one_sign_gets_the_odds_that_counting_gives() {
        let known = |n: usize| Known { evidence: vec![(n % 2) as f32], truth: n % 2 == usize::from(n < 600) };
        let fitted = Logistic::fit(&(0..800).map(known).collect::<Vec<_>>()).unwrap();
        let odds = |sign: f32| (fitted.weights[0] * sign + fitted.bias) as f64;
        assert!((odds(1.0) - 3f64.ln()).abs() < 0.02 && (odds(0.0) + 3f64.ln()).abs() < 0.02, "{fitted:?}");
        assert!(odds(1.0) < 3f64.ln(), "the ridge holds back");
    }

    /// Evidence that tells truth and untruth apart wholly has no likeliest weights; the ridge keeps them finite.
    #[test]
    fn what_tells_everything_is_believed_but_not_without_end() {
        let known = |n: usize| Known { evidence: vec![n as f32, 1.0], truth: n >= 20 };
        let fitted = Logistic::fit(&(0..40).map(known).collect::<Vec<_>>()).unwrap();
        assert!((0..40).all(|n| (fitted.probability(&[n as f32, 1.0]) >= 0.5) == (n >= 20)), "{fitted:?}");
        assert!(fitted.weights.iter().all(|w| w.is_finite() && w.abs() < 50.0), "{fitted:?}");
    }
}
