//! Bounds for short histories: EARS C1, C2, C3 (Hutwagner et al., J. Urban Health 80 (2003) i89; Fricker, Hegler &
//! Dunfee, Stat. Med. 27 (2008) 3407).
//!
//! A day is held against the mean and the standard deviation of seven days before it. Needs no model of seasons and
//! knows none: weekends make it blunt. For a city's first weeks.

use super::chance::normal_quantile;

/// Days that a day is held against (基线天数).
const BASELINE: usize = 7;

/// Which of the three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Against the seven days just before: mild.
    C1,
    /// Two days are left out between, so that a slow burst does not lift its own bound: medium.
    C2,
    /// C2 of three days summed, each less 1: sees what grows slowly: ultra-sensitive.
    C3,
}

/// What one day came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    /// The mean of the baseline.
    pub expected: f64,
    /// The most that chance explains, in counts.
    pub bound: f64,
    /// (count − mean) / deviation; for C3 the sum. Infinite where the baseline never changed.
    pub score: f64,
    pub alarm: bool,
}

impl Method {
    /// Days from the baseline's first day to the day looked at.
    fn reach(self) -> usize {
        match self {
            Self::C1 => BASELINE,
            Self::C2 => BASELINE + 2,
            Self::C3 => BASELINE + 4,
        }
    }

    /// The one-sided level in common use: 0.001 for C1 and C2 (three deviations), 0.025 for C3 (two).
    pub fn usual_level(self) -> f64 {
        match self {
            Self::C1 | Self::C2 => 0.001,
            Self::C3 => 0.025,
        }
    }
}

/// Judges day `at` of `counts`; `None` where too few days lie before it.
///
/// `level` is the one-sided chance of passing the bound, if counts were normal: [`Method::usual_level`].
pub fn judge(counts: &[f64], at: usize, method: Method, level: f64) -> Option<Judged> {
    if at < method.reach() || at >= counts.len() {
        return None;
    }
    let quantile = normal_quantile(1.0 - level);
    let lag = if method == Method::C1 { 0 } else { 2 };
    let today = standardised(counts, at, lag);
    if method != Method::C3 {
        let bound = today.bound(quantile);
        return Some(Judged { expected: today.mean, bound, score: today.score, alarm: counts[at] > bound });
    }
    let before: f64 = (1..=2).map(|back| standardised(counts, at - back, lag).over_one()).sum();
    let score = before + today.over_one();
    let bound = today.bound(1.0 + quantile - before).max(0.0);
    Some(Judged { expected: today.mean, bound, score, alarm: score > quantile })
}

struct Standardised {
    mean: f64,
    deviation: f64,
    score: f64,
}

impl Standardised {
    fn over_one(&self) -> f64 {
        (self.score - 1.0).max(0.0)
    }

    fn bound(&self, deviations: f64) -> f64 {
        if self.deviation == 0.0 { self.mean } else { self.mean + deviations * self.deviation }
    }
}

/// Day `at` against the seven days that end `lag` days before it.
fn standardised(counts: &[f64], at: usize, lag: usize) -> Standardised {
    let baseline = &counts[at - lag - BASELINE..at - lag];
    let days = BASELINE as f64;
    let mean = baseline.iter().sum::<f64>() / days;
    let squares: f64 = baseline.iter().map(|count| (count - mean).powi(2)).sum();
    let deviation = (squares / (days - 1.0)).sqrt();
    let over = counts[at] - mean;
    let score = if over == 0.0 { 0.0 } else { over / deviation };
    Standardised { mean, deviation, score }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNTS: [f64; 20] =
        [3.0, 5.0, 2.0, 4.0, 6.0, 1.0, 0.0, 4.0, 3.0, 5.0, 9.0, 14.0, 12.0, 3.0, 4.0, 2.0, 21.0, 5.0, 4.0, 6.0];

    fn judged(method: Method, at: usize) -> Judged {
        judge(&COUNTS, at, method, method.usual_level()).unwrap()
    }

    /// R: `upperbound(earsC(sts(counts), control = list(method = "C1")))`, and `"C2"`.
    #[test]
    fn the_bounds_of_c1_and_c2_are_those_of_r() {
        let c1 = [
            9.6756647580388,
            9.9199302093295,
            9.1470047165891,
            9.8929088772687,
            13.440815638675,
            20.221646807943,
            22.442554810633,
            21.12635141564,
            21.12635141564,
            21.494474310365,
            30.674221346773,
            30.690037415888,
            28.524873336005,
        ];
        for (n, theirs) in c1.iter().enumerate() {
            let one = judged(Method::C1, 7 + n);
            assert!((one.bound - theirs).abs() < 1e-9 && one.alarm == (n == 4), "{n} {one:?}");
            if n < 11 {
                let two = judged(Method::C2, 9 + n);
                assert!((two.bound - theirs).abs() < 1e-9 && two.alarm == (n == 2 || n == 3), "{n} {two:?}");
            }
        }
    }

    /// By hand from the definition: day 12 is held against days 3 to 9 (mean 23/7, deviation 2.13809), as days 11 and
    /// 10 are against theirs. R's own `earsC` adds the day's count where the mean belongs, so it cannot be compared.
    #[test]
    fn c3_sums_what_three_days_are_over_one_deviation() {
        let days: Vec<f64> = (10..=12).map(|at| (judged(Method::C2, at).score - 1.0).max(0.0)).collect();
        assert!((days[2] - (8.7142857142857 / 2.1380899352994 - 1.0)).abs() < 1e-12, "{days:?}");
        let third = judged(Method::C3, 12);
        assert!((third.score - days.iter().sum::<f64>()).abs() < 1e-12 && third.alarm);
        let quiet = judged(Method::C3, 19);
        assert!(!quiet.alarm && quiet.bound > COUNTS[19]);
    }

    #[test]
    fn a_baseline_that_never_changed_is_passed_by_anything_above_it() {
        let mut counts = [2.0; 12];
        assert!(!judge(&counts, 11, Method::C3, 0.025).unwrap().alarm);
        counts[11] = 3.0;
        for method in [Method::C1, Method::C2, Method::C3] {
            let one = judge(&counts, 11, method, 0.001).unwrap();
            assert!(one.alarm && one.bound == 2.0 && one.score == f64::INFINITY, "{one:?}");
        }
        assert!(judge(&counts, 6, Method::C1, 0.001).is_none());
    }
}
