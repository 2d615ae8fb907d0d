//! The support vector machine: L2-regularised squared hinge loss, solved in the dual by coordinate descent
//! (Hsieh, Chang, Lin, Keerthi, Sundararajan, ICML 2008, algorithms 1 and 3 — LIBLINEAR's `-s 1`).

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::features::Row;

/// Stop when the projected gradients lie this close together.
const TOLERANCE: f64 = 0.01;
/// Sweeps over the examples at most.
const SWEEPS: usize = 300;

/// What an example inside the margin costs: a member of the class, any other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Costs {
    pub(super) member: f64,
    pub(super) other: f64,
}

/// The weights (`width` of them) and the bias that part members (`true`) from the others. The bias is regularised,
/// as a feature that is always 1.
pub(super) fn fit(examples: &[(&Row, bool)], width: usize, costs: Costs, seed: u64) -> (Vec<f32>, f32) {
    let mut machine = Machine::new(examples, width, costs);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut active: Vec<usize> = (0..examples.len()).collect();
    let mut highest = f64::INFINITY;
    for _ in 0..SWEEPS {
        active.shuffle(&mut random);
        let (low, high) = machine.sweep(&mut active, highest);
        let settled = high - low <= TOLERANCE;
        if settled && active.len() == examples.len() {
            break;
        }
        if settled {
            // What was set aside as settled is looked at once more, without setting aside anything.
            active = (0..examples.len()).collect();
            highest = f64::INFINITY;
        } else {
            highest = if high > 0.0 { high } else { f64::INFINITY };
        }
    }
    (machine.weights, machine.bias)
}

struct Machine<'a> {
    examples: &'a [(&'a Row, bool)],
    costs: Costs,
    /// Dual variables, one for each example.
    alpha: Vec<f64>,
    /// Squared length of each example, the bias feature included.
    square: Vec<f64>,
    weights: Vec<f32>,
    bias: f32,
}

impl<'a> Machine<'a> {
    fn new(examples: &'a [(&'a Row, bool)], width: usize, costs: Costs) -> Self {
        let square = |row: &Row| 1.0 + row.iter().map(|(_, value)| f64::from(value * value)).sum::<f64>();
        Self {
            examples,
            costs,
            alpha: vec![0.0; examples.len()],
            square: examples.iter().map(|(row, _)| square(row)).collect(),
            weights: vec![0.0; width],
            bias: 0.0,
        }
    }

    /// One step for each active example; drops those that rest at zero. Answers the least and greatest projected
    /// gradient met.
    fn sweep(&mut self, active: &mut Vec<usize>, highest: f64) -> (f64, f64) {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        active.retain(|&example| {
            let gradient = self.gradient(example);
            let resting = self.alpha[example] == 0.0;
            if resting && gradient > highest {
                return false;
            }
            let projected = if resting { gradient.min(0.0) } else { gradient };
            low = low.min(projected);
            high = high.max(projected);
            if projected.abs() > 1e-12 {
                self.step(example, gradient);
            }
            true
        });
        (low, high)
    }

    fn gradient(&self, example: usize) -> f64 {
        let (row, member) = self.examples[example];
        let reach = row.iter().map(|(feature, value)| self.weights[*feature as usize] * value).sum::<f32>() + self.bias;
        let sign = if member { 1.0 } else { -1.0 };
        sign * f64::from(reach) - 1.0 + self.alpha[example] * self.slack(member)
    }

    fn step(&mut self, example: usize, gradient: f64) {
        let (row, member) = self.examples[example];
        let before = self.alpha[example];
        self.alpha[example] = (before - gradient / (self.square[example] + self.slack(member))).max(0.0);
        let change = (self.alpha[example] - before) as f32 * if member { 1.0 } else { -1.0 };
        for (feature, value) in row {
            self.weights[*feature as usize] += change * value;
        }
        self.bias += change;
    }

    /// The diagonal that the squared loss adds to the dual: 1 / 2C.
    fn slack(&self, member: bool) -> f64 {
        0.5 / if member { self.costs.member } else { self.costs.other }
    }
}
