//! Whether probabilities mean what they say, and how much can be dispatched at which precision.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::{Answer, over};

const BINS: usize = 15;
/// Draws of [`chance`], and where they begin.
const DRAWS: usize = 1_000;
const SEED: u64 = 12345;

/// The calibration error of a system whose probabilities are exactly right, on as many answers. Figures of cases at work
/// have theirs (`analytics::quality`) over bins of equal mass, the mean by the normal law.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Chance {
    pub mean: f64,
    /// Critical value (临界值): exceeded by one draw in twenty.
    pub critical: f64,
}

/// What happens when every answer at or above a threshold is taken and no other.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    pub threshold: f64,
    /// Share of all answers that is taken.
    pub coverage: f64,
    /// Share of the taken answers that is right.
    pub precision: f64,
}

/// Expected calibration error of the first answer's probability: bins of equal width, (0, 1/15], (1/15, 2/15] …,
/// Σ |bin| / n · |right − mean probability| (Naeini, Cooper, Hauskrecht 2015; Guo et al. 2017).
pub fn calibration_error(answers: &[Answer]) -> f64 {
    let mut bins: [Vec<&Answer>; BINS] = Default::default();
    for answer in answers {
        bins[bin(answer.confidence())].push(answer);
    }
    gap(bins.iter().map(Vec::as_slice), answers.len())
}

fn bin(confidence: f64) -> usize {
    ((confidence * BINS as f64).ceil() as usize).clamp(1, BINS) - 1
}

/// What [`calibration_error`] comes to by chance alone: outcomes are drawn from the stated probabilities and measured
/// (consistency resampling, Bröcker & Smith 2007). On a few hundred answers it is far from 0, so a smaller error than
/// `critical` does not show that probabilities are wrong.
pub fn chance(answers: &[Answer]) -> Chance {
    let sure: Vec<f64> = answers.iter().map(Answer::confidence).collect();
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let mut drawn: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let mut gaps = [0.0; BINS];
            sure.iter().for_each(|p| gaps[bin(*p)] += f64::from(rng.random_bool(p.clamp(0.0, 1.0))) - p);
            gaps.iter().map(|gap: &f64| gap.abs()).sum::<f64>() / sure.len().max(1) as f64
        })
        .collect();
    drawn.sort_by(f64::total_cmp);
    Chance { mean: drawn.iter().sum::<f64>() / DRAWS as f64, critical: drawn[DRAWS * 19 / 20] }
}

/// The same over bins that hold (almost) equally many answers, so that no bin is a handful.
pub fn adaptive_calibration_error(answers: &[Answer]) -> f64 {
    let sorted = surest_first(answers);
    let edge = |bin: usize| bin * sorted.len() / BINS;
    gap((0..BINS).map(|bin| &sorted[edge(bin)..edge(bin + 1)]), answers.len())
}

fn gap<'a>(bins: impl Iterator<Item = &'a [&'a Answer]>, count: usize) -> f64 {
    let weighed = bins.map(|bin| {
        let right = bin.iter().filter(|answer| answer.right()).count() as f64;
        (right - bin.iter().map(|answer| answer.confidence()).sum::<f64>()).abs()
    });
    weighed.sum::<f64>() / count.max(1) as f64
}

/// Mean over the answers of Σ (probability − 1 if gold)², over all labels (Brier 1950); 0 is perfect, 2 the worst.
pub fn brier(answers: &[Answer]) -> f64 {
    let one = |answer: &Answer| {
        let miss = |code: &str, probability: f32| (f64::from(probability) - f64::from(code == answer.gold)).powi(2);
        let unheard = !answer.ranked.iter().any(|scored| scored.code == answer.gold);
        f64::from(unheard) + answer.ranked.iter().map(|scored| miss(&scored.code, scored.probability)).sum::<f64>()
    };
    answers.iter().map(one).sum::<f64>() / answers.len().max(1) as f64
}

/// Mean negative log of the probability given to what is accepted.
pub fn surprise(answers: &[Answer]) -> f64 {
    let one = |answer: &Answer| {
        let accepted = answer.ranked.iter().filter(|scored| answer.accepts(&scored.code));
        -accepted.map(|scored| f64::from(scored.probability)).sum::<f64>().clamp(1e-6, 1.0).ln()
    };
    answers.iter().map(one).sum::<f64>() / answers.len().max(1) as f64
}

/// Mean negative log-likelihood of "the first answer is accepted" under its probability (top-label calibration, Gupta &
/// Ramdas 2022).
pub fn boast(answers: &[Answer]) -> f64 {
    let one = |answer: &Answer| {
        let sure = answer.confidence().clamp(1e-6, 1.0 - 1e-6);
        if answer.right() { -sure.ln() } else { -(1.0 - sure).ln() }
    };
    answers.iter().map(one).sum::<f64>() / answers.len().max(1) as f64
}

/// Coverage and precision at each distinct probability, by growing coverage.
pub fn curve(answers: &[Answer]) -> Vec<Point> {
    let sorted = surest_first(answers);
    let mut right = 0;
    let mut points = Vec::new();
    for (at, answer) in sorted.iter().enumerate() {
        right += usize::from(answer.right());
        let last_of_its_kind = sorted.get(at + 1).is_none_or(|next| next.confidence() < answer.confidence());
        if last_of_its_kind {
            points.push(Point {
                threshold: answer.confidence(),
                coverage: over(at + 1, sorted.len()),
                precision: over(right, at + 1),
            });
        }
    }
    points
}

/// The point of the greatest coverage whose precision is at least `precision`.
pub fn coverage_at_precision(curve: &[Point], precision: f64) -> Option<Point> {
    curve.iter().rev().find(|point| point.precision >= precision).copied()
}

/// The point of the greatest precision whose coverage is at least `coverage`; of equals the one that covers more.
pub fn precision_at_coverage(curve: &[Point], coverage: f64) -> Option<Point> {
    let covering = curve.iter().filter(|point| point.coverage >= coverage);
    covering.max_by(|a, b| a.precision.total_cmp(&b.precision).then(a.coverage.total_cmp(&b.coverage))).copied()
}

/// The first point at or above each full percent of coverage.
pub(super) fn thinned(curve: &[Point]) -> Vec<Point> {
    let percent = |point: &Point| (point.coverage * 100.0) as usize;
    let first = |at: usize| at == 0 || percent(&curve[at]) > percent(&curve[at - 1]);
    (0..curve.len()).filter(|at| first(*at)).map(|at| curve[at]).collect()
}

/// Stable, so that equal probabilities stay in the order given.
fn surest_first(answers: &[Answer]) -> Vec<&Answer> {
    let mut sorted: Vec<&Answer> = answers.iter().collect();
    sorted.sort_by(|a, b| b.confidence().total_cmp(&a.confidence()));
    sorted
}
