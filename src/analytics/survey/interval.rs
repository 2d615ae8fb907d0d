//! Intervals and tests of shares, means and NPS; 95 %, two-sided.

use crate::analytics::burst::chance::{normal_share, student_two_sided, student_two_sided_quantile};
use crate::analytics::rate::{Z, wilson};

/// Outside the interval.
const OUTSIDE: f64 = 0.05;

/// Where values lie and how they spread.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Centre {
    pub mean: f64,
    /// Standard deviation.
    pub deviation: f64,
    /// Kish's effective number.
    pub effective: f64,
    /// None for fewer than two values.
    pub interval: Option<(f64, f64)>,
}

/// Mean, standard deviation and interval `x̄ ± t·s/√n` of values with weights, with Student's t of n − 1 degrees of
/// freedom (W. S. Gosset 1908). With weights x̄ = Σwx/Σw, s² = Σw(x−x̄)²/Σw · n′/(n′−1), and n′ = (Σw)²/Σw² (Kish 1965)
/// in place of n. None without values.
pub fn mean(values: &[(f64, f64)]) -> Option<Centre> {
    let (weight, squared) = values.iter().fold((0.0, 0.0), |(sum, squared), (_, w)| (sum + w, squared + w * w));
    if weight <= 0.0 {
        return None;
    }
    let effective = weight * weight / squared;
    let mean = values.iter().map(|(x, w)| x * w).sum::<f64>() / weight;
    let spread = values.iter().map(|(x, w)| w * (x - mean) * (x - mean)).sum::<f64>() / weight;
    if effective <= 1.0 + 1e-9 {
        return Some(Centre { mean, deviation: 0.0, effective, interval: None });
    }
    let deviation = (spread * effective / (effective - 1.0)).sqrt();
    let reach = student_two_sided_quantile(OUTSIDE, effective - 1.0) * deviation / effective.sqrt();
    Some(Centre { mean, deviation, effective, interval: Some((mean - reach, mean + reach)) })
}

/// NPS in points (−100..=100) and its interval: with p the shares of promoters and detractors,
/// `p₊ − p₋ ± z·√((p₊ + p₋ − (p₊ − p₋)²)/n)`, the variance of a difference of two multinomial shares.
pub fn nps(promoters: f64, detractors: f64, n: f64) -> (f64, (f64, f64)) {
    let score = promoters - detractors;
    let reach = Z * (nps_variance(promoters, detractors) / n).sqrt();
    (100.0 * score, (100.0 * (score - reach).max(-1.0), 100.0 * (score + reach).min(1.0)))
}

fn nps_variance(promoters: f64, detractors: f64) -> f64 {
    (promoters + detractors - (promoters - detractors).powi(2)).max(0.0)
}

/// The difference of two independent shares and its interval: method 10 of R. G. Newcombe, "Interval estimation for the
/// difference between independent proportions", Statistics in Medicine 17 (1998) 873–890, which joins Wilson's intervals
/// (l, u): `d − √((p₁−l₁)² + (u₂−p₂)²) .. d + √((u₁−p₁)² + (p₂−l₂)²)`.
pub fn newcombe((p1, n1): (f64, f64), (p2, n2): (f64, f64)) -> (f64, (f64, f64)) {
    let ((l1, u1), (l2, u2)) = (wilson(p1, n1), wilson(p2, n2));
    let difference = p1 - p2;
    let (down, up) = ((p1 - l1).hypot(u2 - p2), (u1 - p1).hypot(p2 - l2));
    (difference, (difference - down, difference + up))
}

/// That two independent shares are equal: z of the pooled share, and p. None where nothing can differ (all or none).
pub fn two_shares((p1, n1): (f64, f64), (p2, n2): (f64, f64)) -> Option<(f64, f64)> {
    let pooled = (p1 * n1 + p2 * n2) / (n1 + n2);
    let error = (pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n2)).sqrt();
    let z = (p1 - p2) / error;
    (error > 0.0).then(|| (z, two_sided(z)))
}

/// That two independent means are equal, their spreads not being so: Welch's t (B. L. Welch, Biometrika 34 (1947) 28),
/// of (mean, standard deviation, n) each. Difference, interval and p.
pub fn two_means((m1, s1, n1): (f64, f64, f64), (m2, s2, n2): (f64, f64, f64)) -> Option<(f64, (f64, f64), f64)> {
    let (v1, v2) = (s1 * s1 / n1, s2 * s2 / n2);
    let error = (v1 + v2).sqrt();
    if error.is_nan() || error <= 0.0 || n1 <= 1.0 || n2 <= 1.0 {
        return None;
    }
    let freedom = (v1 + v2).powi(2) / (v1 * v1 / (n1 - 1.0) + v2 * v2 / (n2 - 1.0));
    let difference = m1 - m2;
    let reach = student_two_sided_quantile(OUTSIDE, freedom) * error;
    Some((difference, (difference - reach, difference + reach), student_two_sided(difference / error, freedom)))
}

/// That two independent NPS are equal, of (promoters, detractors, n) each: difference in points, interval and p by the
/// normal law with [`nps`]'s variances.
pub fn two_nps((a1, d1, n1): (f64, f64, f64), (a2, d2, n2): (f64, f64, f64)) -> Option<(f64, (f64, f64), f64)> {
    let error = (nps_variance(a1, d1) / n1 + nps_variance(a2, d2) / n2).sqrt();
    let difference = (a1 - d1) - (a2 - d2);
    let ends = (100.0 * (difference - Z * error), 100.0 * (difference + Z * error));
    (error > 0.0).then(|| (100.0 * difference, ends, two_sided(difference / error)))
}

/// P(|Z| ≥ |z|).
pub fn two_sided(z: f64) -> f64 {
    2.0 * normal_share(-z.abs())
}
