//! Learning from few examples: kernel ridge regression (Saunders, Gammerman & Vovk 1998), one row of targets for each
//! example. With 13 themes and ten examples each it is solved exactly in a blink, the same way every time.

use rayon::prelude::*;

use super::algebra::{Square, dot};
use super::sight::Point;

/// λ: how far the targets may be missed.
const RIDGE: f64 = 0.3;

pub struct Ridge {
    examples: Vec<Point>,
    /// For each target, a weight for each example.
    weights: Vec<Vec<f64>>,
    /// What each target is where nothing is known: its mean.
    means: Vec<f64>,
    likeness: fn(&Point, &Point) -> f32,
}

impl Ridge {
    /// `targets[i]` are the targets of `examples[i]`; all of one length.
    pub fn learn(examples: Vec<Point>, targets: &[Vec<f64>], likeness: fn(&Point, &Point) -> f32) -> Self {
        let n = examples.len();
        let count = targets.first().map_or(0, Vec::len);
        let means: Vec<f64> =
            (0..count).map(|t| targets.iter().map(|row| row[t]).sum::<f64>() / n.max(1) as f64).collect();
        let kernel = Square::of(n, |i, j| {
            // From the smaller to the larger, so that the matrix is symmetric to the last bit.
            let (a, b) = (&examples[i.min(j)], &examples[i.max(j)]);
            f64::from(likeness(a, b)) + if i == j { RIDGE } else { 0.0 }
        });
        let factor = kernel.cholesky();
        let solve = |t: usize| factor.solve(&targets.iter().map(|row| row[t] - means[t]).collect::<Vec<f64>>());
        let weights = (0..count).into_par_iter().map(solve).collect();
        Self { examples, weights, means, likeness }
    }

    /// The targets of a new point.
    pub fn ask(&self, point: &Point) -> Vec<f64> {
        let near: Vec<f64> = self.examples.iter().map(|example| f64::from((self.likeness)(example, point))).collect();
        self.weights.iter().zip(&self.means).map(|(weights, mean)| dot(weights, &near) + mean).collect()
    }
}
