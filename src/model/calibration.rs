//! Two voices made one, and honest: temperature scaling (Guo et al. 2017) of each, a linear opinion pool (Stone 1961),
//! and one more exponent on the pool, because a pool of calibrated voices is too timid (Ranjan & Gneiting 2010).

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::heads::softmax;
use crate::case::Head;
use crate::error::{Error, Result};

/// How one head's logits and margins become probabilities: `pool^power`, normalized, with
/// `pool = (1 − linear_share)·softmax(logits/temperature) + linear_share·softmax(sharpness·margins)`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tuning {
    pub temperature: f32,
    pub sharpness: f32,
    pub linear_share: f32,
    pub power: f32,
}

/// `calibration.json` of a model folder.
pub type Calibration = BTreeMap<Head, Tuning>;

impl Default for Tuning {
    fn default() -> Self {
        Self { temperature: 1.0, sharpness: 2.0, linear_share: 0.0, power: 1.0 }
    }
}

impl Tuning {
    fn sound(&self) -> bool {
        let positive = |value: f32| value.is_finite() && value > 0.0;
        [self.temperature, self.sharpness, self.power].into_iter().all(positive)
            && (0.0..=1.0).contains(&self.linear_share)
    }

    /// Probabilities from whichever voices spoke (an empty slice is silence).
    pub fn probabilities(&self, logits: &[f32], margins: &[f32]) -> Vec<f32> {
        let linear = || softmax(margins, 1.0 / self.sharpness);
        match (logits.is_empty(), margins.is_empty()) {
            (true, true) => Vec::new(),
            (true, false) => linear(),
            (false, true) => softmax(logits, self.temperature),
            (false, false) => self.pool(softmax(logits, self.temperature), &linear()),
        }
    }

    fn pool(&self, mut encoder: Vec<f32>, linear: &[f32]) -> Vec<f32> {
        for (p, q) in encoder.iter_mut().zip(linear) {
            *p = ((1.0 - self.linear_share) * *p + self.linear_share * q).max(1e-12).powf(self.power);
        }
        let total: f32 = encoder.iter().sum();
        encoder.iter_mut().for_each(|p| *p /= total);
        encoder
    }
}

/// One held-out text for one head: what each voice said, and the labels that a careful reader accepts.
pub struct Spoken {
    pub logits: Vec<f32>,
    pub margins: Vec<f32>,
    pub right: Vec<usize>,
}

/// Mean negative log of the probability that the voices gave to what is accepted.
fn surprise(spoken: &[Spoken], probabilities: impl Fn(&Spoken) -> Vec<f32>) -> f64 {
    let each = spoken.iter().map(|s| {
        let said = probabilities(s);
        let accepted: f32 = s.right.iter().map(|&label| said[label]).sum();
        -f64::from(accepted.clamp(1e-9, 1.0)).ln()
    });
    each.sum::<f64>() / spoken.len().max(1) as f64
}

/// Mean negative log-likelihood of "the first answer is accepted" under the probability it was given (top-label
/// calibration, Gupta & Ramdas 2022).
fn boast(spoken: &[Spoken], probabilities: impl Fn(&Spoken) -> Vec<f32>) -> f64 {
    let each = spoken.iter().map(|s| {
        let said = probabilities(s);
        let first = (0..said.len()).max_by(|&a, &b| said[a].total_cmp(&said[b])).unwrap_or(0);
        let sure = f64::from(said[first]).clamp(1e-6, 1.0 - 1e-6);
        if s.right.contains(&first) { -sure.ln() } else { -(1.0 - sure).ln() }
    });
    each.sum::<f64>() / spoken.len().max(1) as f64
}

/// The value of `from..=to` (in equal ratios) where `cost` is least, found by three narrowing scans.
pub fn least(from: f32, to: f32, mut cost: impl FnMut(f32) -> f64) -> f32 {
    let (mut low, mut high) = (from.ln(), to.ln());
    for _ in 0..3 {
        let grid: Vec<f32> = (0..=12).map(|i| low + (high - low) * i as f32 / 12.0).collect();
        let costs = grid.into_iter().map(|at| (at, cost(at.exp())));
        let best = costs.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(low, |(at, _)| at);
        let reach = (high - low) / 12.0;
        (low, high) = (best - reach, best + reach);
    }
    ((low + high) / 2.0).exp()
}

/// The sharpness that fits one head's margins alone.
pub fn sharpness(spoken: &[Spoken]) -> f32 {
    least(0.2, 30.0, |h| surprise(spoken, |s| softmax(&s.margins, 1.0 / h)))
}

/// Fits one head on held-out texts: the voices and their shares to what is accepted, the exponent so that the first
/// answer's probability says how often it is accepted.
pub fn fit(spoken: &[Spoken]) -> Tuning {
    let mut tuning = Tuning::default();
    if spoken.is_empty() {
        return tuning;
    }
    tuning.temperature = least(0.2, 5.0, |t| surprise(spoken, |s| softmax(&s.logits, t)));
    tuning.sharpness = sharpness(spoken);
    let cost = |share: f32| {
        let tuning = Tuning { linear_share: share, ..tuning };
        surprise(spoken, |s| tuning.probabilities(&s.logits, &s.margins))
    };
    let shares = (0..=20).map(|i| i as f32 / 20.0);
    tuning.linear_share = shares.min_by(|a, b| cost(*a).total_cmp(&cost(*b))).unwrap_or(0.0);
    tuning.power = least(0.5, 4.0, |power| {
        let tuning = Tuning { power, ..tuning };
        boast(spoken, |s| tuning.probabilities(&s.logits, &s.margins))
    });
    tuning
}

/// Reads `calibration.json`; a folder without one speaks uncalibrated.
pub fn load(dir: &Path) -> Result<Calibration> {
    let file = dir.join("calibration.json");
    let Ok(text) = std::fs::read_to_string(&file) else { return Ok(Calibration::new()) };
    let name = file.display();
    let broken =
        || Error::setup("校准文件写错了，请按提示改正或重新训练", "broken calibration file: mend it or train again");
    let calibration: Calibration = serde_json::from_str(&text)
        .map_err(|e| broken().at(format!("{name}:{}", e.line()), e.to_string(), e.to_string()))?;
    match calibration.iter().find(|(_, tuning)| !tuning.sound()) {
        None => Ok(calibration),
        Some((head, _)) => Err(broken().at(
            format!("{name}#/{}", head.name()),
            "temperature、sharpness、power 须大于 0，linear_share 须在 0–1",
            "temperature, sharpness and power must be above 0, linear_share within 0..=1",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Labels drawn from `softmax(scores)`; a voice that exaggerates threefold must be cooled down threefold.
    #[test]
    fn an_exaggerating_voice_is_cooled_to_the_truth() {
        let mut spoken = Vec::new();
        for i in 0..4000u64 {
            let random = |j: u64| (super::super::backward::splitmix(i * 7 + j) >> 11) as f32 / (1u64 << 53) as f32;
            let scores: Vec<f32> = (0..3).map(|j| 4.0 * random(j) - 2.0).collect();
            let mut draw = random(5);
            let right = softmax(&scores, 1.0).iter().position(|p| {
                draw -= p;
                draw < 0.0
            });
            let logits = scores.iter().map(|s| 3.0 * s).collect();
            spoken.push(Spoken { logits, margins: vec![0.0; 3], right: vec![right.unwrap_or(2)] });
        }
        let tuning = fit(&spoken);
        assert!((tuning.temperature - 3.0).abs() < 0.3, "temperature {}", tuning.temperature);
        assert!(tuning.linear_share < 0.2, "a voice that knows nothing got share {}", tuning.linear_share);
    }
}
