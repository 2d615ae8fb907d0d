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

/// Steps of gradient descent, their length, and the ridge on standardized weights.
const STEPS: usize = 3000;
const PACE: f64 = 0.5;
const RIDGE: f64 = 1e-3;

impl Logistic {
    pub fn probability(&self, evidence: &[f32]) -> f32 {
        let sum: f32 = self.weights.iter().zip(evidence).map(|(w, x)| w * x).sum();
        1.0 / (1.0 + (-(sum + self.bias)).exp())
    }

    /// Fits all of `known`, whose evidence must be of one length. Nothing can be learnt where all of it is true, or none.
    pub fn fit(known: &[Known]) -> Option<Self> {
        let truths = known.iter().filter(|known| known.truth).count();
        if truths == 0 || truths == known.len() {
            return None;
        }
        let scale = Scale::of(known);
        let rows: Vec<(Vec<f64>, f64)> = known.iter().map(|known| (scale.apply(known), known.truth.into())).collect();
        let (n, width) = (rows.len() as f64, scale.mean.len());
        let (mut weights, mut bias) = (vec![0f64; width], 0f64);
        for _ in 0..STEPS {
            let mut down: Vec<f64> = weights.iter().map(|w| RIDGE * w).collect();
            let mut down_bias = 0.0;
            for (x, truth) in &rows {
                let sum: f64 = x.iter().zip(&weights).map(|(x, w)| x * w).sum();
                let off = (1.0 / (1.0 + (-(sum + bias)).exp()) - truth) / n;
                down.iter_mut().zip(x).for_each(|(down, x)| *down += off * x);
                down_bias += off;
            }
            weights.iter_mut().zip(&down).for_each(|(w, down)| *w -= PACE * down);
            bias -= PACE * down_bias;
        }
        Some(scale.undo(&weights, bias))
    }
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
}
