//! The seasonal bound where history allows (季节基线): Farrington et al., J. R. Stat. Soc. A 159 (1996) 547, in the
//! flexible form of Noufaily et al., Stat. Med. 32 (2013) 1206.
//!
//! A period (a week, a day) is held against the same season of earlier years: quasi-Poisson regression on season and
//! trend, past outbreaks weighed down, and the bound a quantile of the negative binomial with the fit's dispersion.
//!
//! Agrees with R's `surveillance::farringtonFlexible` but for two things, both as the papers have them: the deviation
//! of the forecast and the test of the trend use the dispersion max(φ, 1) of the reweighted fit (R puts the outbreak
//! weights where the working weights belong), and the score is on the scale of counts for either bound.

use super::chance::{Counts, normal_quantile, student_two_sided};
use super::regression::{self, Design, Fit};

/// How the bound is drawn (界限算法).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// Quantile of a negative binomial with the fitted mean and dispersion; a whole number.
    NegativeBinomial,
    /// Normal on the scale of counts^⅔, the mean's own uncertainty included (1996).
    TwoThirds,
}

/// What to hold a period against.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Periods in a year: 52 for weeks; for days 364, so that weekdays meet weekdays.
    pub year: usize,
    /// Years to look back (b).
    pub years: usize,
    /// Periods on each side of the same period of earlier years that count as the same season (w).
    pub window: usize,
    /// Seasons that the year is cut into (noPeriods); 1 looks at the same season alone.
    pub seasons: usize,
    /// Last periods left out, so that an outbreak under way does not lift its own bound.
    pub skip: usize,
    /// One-sided chance of passing the bound.
    pub level: f64,
    pub bound: Bound,
    /// Whether a trend may be kept: where significant, over three years or more, and not forecasting beyond all seen.
    pub trend: bool,
    pub trend_level: f64,
    /// Anscombe residual above which a past count is an outbreak and weighs residual⁻²; infinite for never.
    pub outbreak: f64,
    /// Fewer than `least` in the last `least_in` periods is no alarm.
    pub least: f64,
    pub least_in: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            year: 52,
            years: 3,
            window: 3,
            seasons: 10,
            skip: 26,
            level: 0.01,
            bound: Bound::NegativeBinomial,
            trend: true,
            trend_level: 0.05,
            outbreak: 2.58,
            least: 5.0,
            least_in: 4,
        }
    }
}

/// What one period came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    pub expected: f64,
    /// The most that chance explains, in counts.
    pub bound: f64,
    /// max(φ, 1): the variance over the mean.
    pub dispersion: f64,
    /// Growth for each period, as a logarithm; `None` where no trend was kept.
    pub trend: Option<f64>,
    /// How likely a count as great as seen, or greater, is by chance.
    pub chance: f64,
    /// (count − expected) / (bound − expected): an alarm is above 1.
    pub score: f64,
    /// Whether there were enough cases of late for an alarm.
    pub enough: bool,
    pub alarm: bool,
}

/// Judges period `at` of `counts`; `None` where the history is too short or the regression does not settle.
pub fn judge(counts: &[f64], at: usize, options: &Options) -> Option<Judged> {
    let past = Past::gather(counts, at, options)?;
    let fit = past.model(options)?;
    let expected = fit.coefficients[0].exp();
    let dispersion = fit.dispersion.max(1.0);
    let count = counts[at];
    let (bound, chance) = match options.bound {
        Bound::NegativeBinomial => plugged_in(expected, dispersion, count, options.level),
        Bound::TwoThirds => two_thirds(expected, dispersion, fit.covariance[0][0], count, options.level),
    };
    let recent: f64 = counts[(at + 1).saturating_sub(options.least_in)..=at].iter().sum();
    let enough = recent >= options.least;
    let score = (count - expected) / (bound - expected);
    let trend = past.with_trend(&fit).then(|| fit.coefficients[1]);
    Some(Judged { expected, bound, dispersion, trend, chance, score, enough, alarm: enough && count > bound })
}

/// Mean μ and variance φμ: the negative binomial of size μ/(φ − 1).
fn plugged_in(expected: f64, dispersion: f64, count: f64, level: f64) -> (f64, f64) {
    let size = if dispersion > 1.0 { expected / (dispersion - 1.0) } else { f64::INFINITY };
    let law = Counts { mean: expected, size };
    (law.quantile(1.0 - level) as f64, law.at_least(count.max(0.0).ceil() as u64))
}

/// On the scale y^⅔ a forecast is about normal, with variance 4/9·μ^⅓·(φ + var(μ̂)/μ).
fn two_thirds(expected: f64, dispersion: f64, unscaled: f64, count: f64, level: f64) -> (f64, f64) {
    let forecast = dispersion + dispersion * unscaled * expected;
    let deviation = (4.0 / 9.0 * expected.cbrt() * forecast).sqrt();
    let middle = expected.powf(2.0 / 3.0);
    let bound = (middle + normal_quantile(1.0 - level) * deviation).powf(1.5);
    let above = (count.powf(2.0 / 3.0) - middle) / deviation;
    (bound, super::chance::normal_share(-above))
}

/// The periods that one period is held against.
struct Past {
    /// Periods before the one judged; negative.
    when: Vec<f64>,
    /// 0 is the season of the period judged.
    season: Vec<usize>,
    counts: Vec<f64>,
    seasons: usize,
}

impl Past {
    fn gather(counts: &[f64], at: usize, options: &Options) -> Option<Self> {
        let (year, window) = (options.year, options.window);
        let cut = options.seasons.max(1) - 1;
        let reach = options.years * year + window;
        if options.years == 0 || at >= counts.len() || at < reach || year < 2 * window + 1 + cut {
            return None;
        }
        let mut past = Self { when: Vec::new(), season: Vec::new(), counts: Vec::new(), seasons: cut + 1 };
        for before in ((options.skip + 1)..=reach).rev() {
            if let Some(season) = season_of(before, options) {
                past.when.push(-(before as f64));
                past.season.push(season);
                past.counts.push(counts[at - before]);
            }
        }
        Some(past)
    }

    fn design(&self, trend: bool) -> Design {
        // A season that no period is left of would make a column of nothing.
        let present: Vec<usize> = (1..self.seasons).filter(|season| self.season.contains(season)).collect();
        let row = |i: usize| {
            let time = trend.then_some(self.when[i]);
            let seasons = present.iter().map(|season| if self.season[i] == *season { 1.0 } else { 0.0 });
            std::iter::once(1.0).chain(time).chain(seasons).collect()
        };
        Design { rows: (0..self.when.len()).map(row).collect(), counts: self.counts.clone() }
    }

    fn with_trend(&self, fit: &Fit) -> bool {
        fit.coefficients.len() > self.design(false).rows.first().map_or(0, Vec::len)
    }

    /// With the trend where it may and should be kept, else without.
    fn model(&self, options: &Options) -> Option<Fit> {
        if options.trend
            && options.years >= 3
            && let Some(fit) = reweighted(&self.design(true), options.outbreak)
            && self.keeps(&fit, options.trend_level)
        {
            return Some(fit);
        }
        reweighted(&self.design(false), options.outbreak)
    }

    /// Whether the trend is significant and does not forecast more than was ever seen.
    fn keeps(&self, fit: &Fit, level: f64) -> bool {
        let deviation = (fit.dispersion.max(1.0) * fit.covariance[1][1]).sqrt();
        let most = self.counts.iter().copied().fold(0.0, f64::max);
        let significant = student_two_sided(fit.coefficients[1] / deviation, fit.freedom) < level;
        significant && fit.coefficients[0].exp() <= most
    }
}

/// The season of the period that lies `before` periods back: 0 within the window around the same period of a year,
/// else 1, 2, … from one window's end to the next one's beginning. `None` for what does not count.
fn season_of(before: usize, options: &Options) -> Option<usize> {
    let (year, window, cut) = (options.year, options.window, options.seasons.max(1) - 1);
    let years = before.div_ceil(year).max(1);
    let after = years * year - before;
    // `after` periods after the same period of `years` ago, and `year − after` before the next.
    if before <= window || after <= window && years <= options.years || year - after <= window {
        return Some(0);
    }
    if cut == 0 || years > options.years {
        return None;
    }
    let (between, place) = (year - 2 * window - 1, after - window - 1);
    let (length, longer) = (between / cut, between % cut);
    let in_longer = longer * (length + 1);
    Some(1 + if place < in_longer { place / (length + 1) } else { longer + (place - in_longer) / length })
}

/// Fits, weighs past outbreaks down by the standardised Anscombe residual, and fits again.
fn reweighted(design: &Design, outbreak: f64) -> Option<Fit> {
    let even = vec![1.0; design.counts.len()];
    let first = regression::fit(design, &even)?;
    if outbreak.is_infinite() {
        return Some(first);
    }
    let dispersion = first.dispersion.max(1.0);
    let weight = |i: usize| {
        let scale = (dispersion * (1.0 - first.leverage[i])).sqrt();
        let residual = anscombe(design.counts[i], first.fitted[i]) / scale;
        if residual > outbreak { residual.powi(-2) } else { 1.0 }
    };
    let weights: Vec<f64> = (0..even.len()).map(weight).collect();
    let share = weights.len() as f64 / weights.iter().sum::<f64>();
    regression::fit(design, &weights.iter().map(|weight| weight * share).collect::<Vec<_>>())
}

/// Anscombe's residual of a count: 3/2·(y^⅔·μ^(−1/6) − μ^½), about standard normal for a Poisson count.
pub(super) fn anscombe(count: f64, mean: f64) -> f64 {
    1.5 * (count.powf(2.0 / 3.0) * mean.powf(-1.0 / 6.0) - mean.sqrt())
}

#[cfg(test)]
mod tests {
    //! Figures of R 4.2 with surveillance 1.20.3, series made with a seed (negative binomial around a trend and a
    //! yearly wave, with outbreaks put in; Poisson without a trend):
    //! `farringtonFlexible(sts(y, frequency = 52), control = list(range = k, limit54 = c(5, 4), b = …, w = …, …))`.

    use super::*;

    const RISING: [f64; 238] = [
        5.0, 7.0, 9.0, 10.0, 5.0, 9.0, 7.0, 11.0, 3.0, 8.0, 14.0, 13.0, 18.0, 7.0, 6.0, 7.0, 10.0, 13.0, 3.0, 2.0,
        16.0, 7.0, 6.0, 5.0, 3.0, 6.0, 2.0, 6.0, 4.0, 4.0, 5.0, 0.0, 6.0, 6.0, 2.0, 2.0, 6.0, 1.0, 2.0, 2.0, 3.0, 2.0,
        2.0, 5.0, 3.0, 0.0, 5.0, 6.0, 6.0, 0.0, 2.0, 11.0, 5.0, 2.0, 4.0, 13.0, 9.0, 6.0, 3.0, 28.0, 42.0, 27.0, 5.0,
        13.0, 10.0, 9.0, 8.0, 4.0, 5.0, 18.0, 11.0, 13.0, 17.0, 12.0, 6.0, 10.0, 8.0, 8.0, 11.0, 5.0, 7.0, 2.0, 3.0,
        4.0, 1.0, 8.0, 1.0, 4.0, 10.0, 2.0, 4.0, 5.0, 3.0, 10.0, 3.0, 3.0, 12.0, 1.0, 6.0, 3.0, 4.0, 9.0, 9.0, 3.0,
        4.0, 6.0, 6.0, 6.0, 7.0, 8.0, 6.0, 9.0, 17.0, 8.0, 12.0, 13.0, 14.0, 25.0, 15.0, 4.0, 24.0, 20.0, 9.0, 10.0,
        8.0, 8.0, 8.0, 6.0, 7.0, 10.0, 5.0, 6.0, 6.0, 6.0, 0.0, 11.0, 1.0, 2.0, 1.0, 9.0, 9.0, 6.0, 5.0, 4.0, 0.0, 9.0,
        9.0, 7.0, 2.0, 44.0, 0.0, 10.0, 1.0, 6.0, 9.0, 14.0, 10.0, 8.0, 7.0, 10.0, 16.0, 15.0, 10.0, 9.0, 8.0, 7.0,
        25.0, 14.0, 23.0, 12.0, 18.0, 18.0, 21.0, 16.0, 11.0, 23.0, 13.0, 19.0, 7.0, 23.0, 9.0, 12.0, 12.0, 4.0, 10.0,
        5.0, 4.0, 1.0, 2.0, 3.0, 3.0, 8.0, 9.0, 1.0, 6.0, 4.0, 5.0, 7.0, 10.0, 5.0, 17.0, 2.0, 2.0, 3.0, 14.0, 3.0,
        8.0, 3.0, 8.0, 18.0, 3.0, 17.0, 9.0, 14.0, 11.0, 21.0, 10.0, 17.0, 18.0, 9.0, 8.0, 22.0, 8.0, 9.0, 18.0, 15.0,
        11.0, 27.0, 8.0, 30.0, 15.0, 11.0, 13.0, 11.0, 10.0, 4.0, 8.0, 45.0,
    ];

    const LEVEL: [f64; 238] = [
        0.0, 3.0, 2.0, 0.0, 2.0, 1.0, 1.0, 3.0, 1.0, 1.0, 1.0, 2.0, 3.0, 1.0, 1.0, 1.0, 2.0, 1.0, 2.0, 2.0, 0.0, 0.0,
        1.0, 0.0, 1.0, 1.0, 2.0, 1.0, 0.0, 2.0, 1.0, 1.0, 2.0, 1.0, 0.0, 3.0, 1.0, 1.0, 1.0, 0.0, 2.0, 3.0, 0.0, 1.0,
        3.0, 2.0, 0.0, 2.0, 2.0, 0.0, 0.0, 1.0, 0.0, 2.0, 2.0, 1.0, 5.0, 2.0, 3.0, 2.0, 1.0, 0.0, 1.0, 3.0, 2.0, 0.0,
        0.0, 0.0, 1.0, 0.0, 2.0, 1.0, 0.0, 0.0, 0.0, 0.0, 2.0, 2.0, 1.0, 0.0, 0.0, 3.0, 0.0, 1.0, 1.0, 2.0, 6.0, 1.0,
        2.0, 1.0, 2.0, 3.0, 0.0, 1.0, 2.0, 0.0, 0.0, 1.0, 2.0, 0.0, 1.0, 2.0, 2.0, 2.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0,
        1.0, 1.0, 2.0, 1.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 3.0, 1.0, 0.0, 0.0, 1.0, 0.0,
        1.0, 1.0, 1.0, 1.0, 0.0, 2.0, 4.0, 1.0, 1.0, 0.0, 1.0, 0.0, 2.0, 1.0, 0.0, 1.0, 0.0, 2.0, 0.0, 1.0, 3.0, 4.0,
        2.0, 0.0, 1.0, 1.0, 0.0, 0.0, 4.0, 2.0, 1.0, 2.0, 1.0, 1.0, 1.0, 1.0, 4.0, 2.0, 0.0, 1.0, 3.0, 1.0, 3.0, 0.0,
        0.0, 3.0, 2.0, 1.0, 2.0, 0.0, 0.0, 2.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 2.0, 0.0, 0.0, 2.0, 1.0, 1.0, 4.0, 0.0,
        1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 5.0, 2.0, 2.0, 4.0, 1.0, 2.0, 0.0, 1.0, 4.0, 0.0, 1.0, 0.0, 5.0, 0.0, 0.0, 2.0,
        0.0, 0.0, 1.0, 2.0, 0.0, 0.0, 1.0, 1.0, 0.0, 2.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0,
    ];

    /// R's regression stops at a change of 1e-8 and takes the weights of the round before: four digits are its own.
    fn close(ours: f64, theirs: f64) -> bool {
        (ours - theirs).abs() <= 1e-4 * theirs.abs()
    }

    fn options(years: usize, window: usize, seasons: usize, skip: usize, level: f64) -> Options {
        Options { years, window, seasons, skip, level, ..Options::default() }
    }

    /// `thresholdMethod = "nbPlugin"`: bound, expected, phi, slope, p.
    #[test]
    fn the_plugged_in_bound_is_that_of_r() {
        let table = [
            (&RISING, 220, options(3, 3, 10, 26, 0.01), 38.0, 19.8148307, 2.37212552, Some(0.00332674479), 0.971582456),
            (&RISING, 220, options(4, 3, 10, 26, 0.001), 48.0, 20.9454767, 2.30659016, Some(0.0038177998), 0.982053121),
            (
                &RISING,
                238,
                options(4, 3, 10, 26, 0.001),
                26.0,
                6.80725308,
                2.63860137,
                Some(0.00287529513),
                6.64576174e-7,
            ),
            (&RISING, 238, options(4, 3, 1, 3, 0.01), 15.0, 4.75, 2.2397661972, None, 3.36576821e-9),
            (&LEVEL, 220, options(3, 3, 10, 26, 0.01), 4.0, 1.0952380952, 1.0, None, 0.2992267418),
            (&LEVEL, 220, options(3, 5, 5, 2, 0.01), 5.0, 1.2777777778, 1.0099824011, None, 0.3647914540),
        ];
        for (counts, week, options, bound, expected, dispersion, trend, chance) in table {
            let judged = judge(counts, week - 1, &options).unwrap();
            assert_eq!(judged.bound, bound, "{options:?}");
            assert!(close(judged.expected, expected), "{options:?} {judged:?}");
            assert!(close(judged.dispersion, dispersion), "{options:?} {judged:?}");
            assert!(close(judged.chance, chance), "{options:?} {judged:?}");
            assert_eq!(judged.trend.is_some(), trend.is_some(), "{options:?} {judged:?}");
            assert!((judged.trend.unwrap_or(0.0) - trend.unwrap_or(0.0)).abs() < 1e-6, "{options:?} {judged:?}");
            assert_eq!(judged.alarm, week == 238 && judged.enough);
        }
    }

    /// `thresholdMethod = "delta"` without reweighting, and, with it, `glm` and `predict` by hand, for R's own
    /// function puts the outbreak weights where the working weights belong.
    #[test]
    fn the_bound_of_1996_is_that_of_r() {
        let (never, past) = (f64::INFINITY, 2.58);
        let table = [
            (&RISING, 220, never, options(4, 3, 1, 3, 0.01), 37.889169526434, 14.071428592443, 0.73916077309725),
            (&RISING, 238, never, options(4, 3, 1, 3, 0.01), 14.288429782755, 4.75, 4.2062472420798e-14),
            (&RISING, 220, past, options(4, 3, 1, 3, 0.01), 31.922232831451, 13.176608363515, 0.74199280561408),
            (&RISING, 220, past, options(3, 3, 10, 26, 0.01), 39.39710732868, 19.814828488553, 0.94924742867654),
            (&RISING, 238, past, options(3, 3, 10, 26, 0.01), 15.962232294175, 5.047619047619, 1.4773815261142e-11),
            (&LEVEL, 220, past, options(3, 3, 10, 26, 0.01), 4.3724538610258, 1.0952380952381, 0.22429994502732),
            (&LEVEL, 238, past, options(4, 3, 1, 3, 0.01), 3.9784195204542, 0.92857142857143, 0.922239270783),
        ];
        for (counts, week, outbreak, options, bound, expected, chance) in table {
            let options = Options { bound: Bound::TwoThirds, outbreak, ..options };
            let judged = judge(counts, week - 1, &options).unwrap();
            assert!(close(judged.bound, bound), "{options:?} {judged:?}");
            assert!(close(judged.expected, expected), "{options:?} {judged:?}");
            assert!(close(judged.chance, chance), "{options:?} {judged:?}");
        }
    }

    #[test]
    fn too_few_cases_of_late_are_no_alarm_and_too_short_a_history_is_no_judgement() {
        let mut counts = LEVEL;
        counts[234..].copy_from_slice(&[0.0, 0.0, 0.0, 0.0]);
        let quiet = judge(&counts, 237, &Options { level: 0.9999, ..Options::default() }).unwrap();
        assert!(!quiet.enough && !quiet.alarm);
        assert!(judge(&counts, 158, &Options::default()).is_none());
        assert!(judge(&counts, 159, &Options::default()).is_some());
        assert!(judge(&counts, 238, &Options::default()).is_none());
    }

    #[test]
    fn a_place_that_never_had_a_case_expects_none() {
        let mut counts = [0.0; 200];
        counts[199] = 6.0;
        let judged = judge(&counts, 199, &Options::default()).unwrap();
        assert!(judged.expected < 1e-6 && judged.bound < 1.0 && judged.alarm, "{judged:?}");
    }

    /// Every period of a year stands in one season, as R's `blocks` cuts it: 52 weeks, w = 3, ten seasons.
    #[test]
    fn seasons_are_cut_from_one_window_to_the_next() {
        let options = Options::default();
        let season: Vec<usize> = (1..=52).rev().map(|before| season_of(before, &options).unwrap()).collect();
        assert_eq!(season[..9], [0, 0, 0, 0, 1, 1, 1, 1, 1]);
        assert_eq!(season[45..], [9, 9, 9, 9, 0, 0, 0]);
        assert!((1..10).all(|cut| season.iter().filter(|season| **season == cut).count() == 5));
    }
}
