//! Trends (趋势): of each series whether it is new, rises, falls, follows the season or goes on as ever.
//!
//! A series is the cases of one category, of one category in one district, or of one event. The period is held against
//! the days before it, comparable days for comparable days (`pattern`), by the exact conditional test
//! ([`ratio`]) with room for clusters (`spread`); over all series at most a share `level` of the changes told is
//! expected to be chance (Benjamini & Hochberg 1995).

pub mod ratio;
mod series;
mod spread;

use super::burst::chance::normal_quantile;
use super::burst::discovery::adjusted;
use super::day::DayKind;
use super::pattern::Pattern;
use ratio::{Change, Counted};
pub use series::{Key, Over, Series, first_day, series};

/// Days of a week, and of a year that keeps the weekday.
pub const WEEK: i32 = 7;
pub const YEAR: i32 = 364;

/// The stretches of days, as days since 1970; each ends where the next begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first day looked back to (回看); at or before `base`.
    pub back: i32,
    /// The first day that the period is held against (基期).
    pub base: i32,
    /// The first day of the period (本期).
    pub from: i32,
    /// The day after its last.
    pub to: i32,
}

/// When a trend counts as one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// The share of the changes told that may be chance.
    pub level: f64,
    /// Cases of period and base together from which a series is tested.
    pub least: u64,
    /// Cases from which something new is told.
    pub least_new: u64,
    /// Weeks looked back from which something can be new or go on as ever.
    pub least_weeks: u32,
    /// The share of weeks with a case from which a series goes on as ever.
    pub chronic: f64,
    /// Earlier years that make a season.
    pub least_years: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { level: 0.1, least: 5, least_new: 3, least_weeks: 4, chronic: 0.8, least_years: 2 }
    }
}

/// What a series does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// 新出现: in the period, and not in the weeks looked back.
    New,
    /// 上升.
    Rising,
    /// 下降.
    Falling,
    /// 季节性: changed as it did in the same weeks of earlier years.
    Seasonal,
    /// 长期存在: in nearly every week, without a change.
    Chronic,
}

impl Kind {
    /// In the order in which they are told.
    pub const ALL: [Self; 5] = [Self::New, Self::Rising, Self::Falling, Self::Seasonal, Self::Chronic];

    pub fn code(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Rising => "rising",
            Self::Falling => "falling",
            Self::Seasonal => "seasonal",
            Self::Chronic => "chronic",
        }
    }

    pub fn zh(self) -> &'static str {
        match self {
            Self::New => "新出现",
            Self::Rising => "上升",
            Self::Falling => "下降",
            Self::Seasonal => "季节性",
            Self::Chronic => "长期存在",
        }
    }
}

/// How the same weeks went in earlier years.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Season {
    pub years: usize,
    /// Cases in the same weeks, and in those before them, over these years.
    pub here: u64,
    pub before: u64,
    pub change: Option<Change>,
}

/// A series with what was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    pub cases: u64,
    pub base: u64,
    /// Cases in all the days looked back over, those of the base among them.
    pub back: u64,
    /// Cases in the period at the rate of the base.
    pub expected: f64,
    pub change: Option<Change>,
    /// The change's q; none where the series was not tested.
    pub q: Option<f64>,
    /// φ.
    pub dispersion: f64,
    /// Weeks up to the period's end with a case, of how many.
    pub weeks: (u32, u32),
    pub season: Option<Season>,
    pub kind: Option<Kind>,
}

impl Period {
    /// Whole weeks looked back over before the period.
    pub fn weeks_back(&self) -> u32 {
        ((self.from - self.back) / WEEK).max(0) as u32
    }

    fn day(&self, day: i32) -> usize {
        (day - self.back).max(0) as usize
    }
}

/// Judges all series; `kinds` tells of any day what kind it is. In the order given; which others there are decides only
/// what is told of how days and clusters are, and q.
pub fn judge(series: &[Series], kinds: impl Fn(i32) -> DayKind, period: &Period, options: &Options) -> Vec<Judged> {
    let days: Vec<DayKind> = (period.back..period.to).map(&kinds).collect();
    let pattern = Pattern::of(&total(series, days.len()), &days, &Pattern::even());
    let exposure = |from: i32, to: i32| pattern.exposure((from..to).map(&kinds));
    let weights: Vec<f64> = days.iter().map(|kind| pattern.weight(*kind)).collect();
    let past = period.day(period.from);
    let before: Vec<&[u32]> = series.iter().map(|series| &series.days[..past]).collect();
    let dispersions = spread::dispersions(&before, &weights[..past]);
    let (here, base) = (exposure(period.from, period.to), exposure(period.base, period.from));
    let measured = series.iter().zip(dispersions).map(|(series, dispersion)| {
        let mut judged = measured(series, period, (here, base), dispersion);
        judged.season = season(series, exposure, period, dispersion, options);
        judged
    });
    let mut judged: Vec<Judged> = measured.collect();
    let tested: Vec<usize> =
        (0..judged.len()).filter(|at| judged[*at].cases + judged[*at].base >= options.least).collect();
    let chances: Vec<f64> = tested.iter().filter_map(|at| judged[*at].change.map(|change| change.p)).collect();
    // All of them have a change or none has: it hangs on the lengths of the stretches alone.
    for (at, q) in tested.iter().zip(adjusted(&chances)) {
        judged[*at].q = Some(q);
    }
    judged.iter_mut().for_each(|judged| judged.kind = kind(judged, period, options));
    judged
}

fn total(series: &[Series], days: usize) -> Vec<u32> {
    let mut total = vec![0_u32; days];
    for series in series {
        total.iter_mut().zip(&series.days).for_each(|(sum, count)| *sum = sum.saturating_add(*count));
    }
    total
}

fn sum(counts: &[u32]) -> u64 {
    counts.iter().map(|count| u64::from(*count)).sum()
}

fn measured(series: &Series, period: &Period, (here, base): (f64, f64), dispersion: f64) -> Judged {
    let (past, first) = (period.day(period.from), period.day(period.base));
    let (cases, before) = (sum(&series.days[past..]), sum(&series.days[first..past]));
    let counted = Counted { here: cases, before, exposure_here: here, exposure_before: base, dispersion };
    let whole = series.days.rchunks_exact(WEEK as usize);
    let weeks = (whole.clone().filter(|week| sum(week) > 0).count() as u32, whole.len() as u32);
    let expected = if base > 0.0 { before as f64 * here / base } else { 0.0 };
    Judged {
        cases,
        base: before,
        back: sum(&series.days[..past]),
        expected,
        change: counted.change(),
        q: None,
        dispersion,
        weeks,
        season: None,
        kind: None,
    }
}

/// The same weeks of earlier years; none where there are too few.
fn season(
    series: &Series,
    exposure: impl Fn(i32, i32) -> f64,
    period: &Period,
    dispersion: f64,
    options: &Options,
) -> Option<Season> {
    let years = series.earlier.len();
    if years < options.least_years {
        return None;
    }
    let (here, before) = series.earlier.iter().fold((0, 0), |(a, b), (here, before)| (a + here, b + before));
    let of_years =
        |from: i32, to: i32| (1..=years as i32).map(|year| exposure(from - year * YEAR, to - year * YEAR)).sum();
    let counted = Counted {
        here,
        before,
        exposure_here: of_years(period.from, period.to),
        exposure_before: of_years(period.base, period.from),
        dispersion,
    };
    Some(Season { years, here, before, change: counted.change() })
}

fn kind(judged: &Judged, period: &Period, options: &Options) -> Option<Kind> {
    if judged.back == 0 && judged.cases >= options.least_new && period.weeks_back() >= options.least_weeks {
        return Some(Kind::New);
    }
    if judged.q.is_some_and(|q| q < options.level) {
        return Some(match judged.season {
            Some(season) if explains(&season, judged) => Kind::Seasonal,
            _ if judged.cases as f64 > judged.expected => Kind::Rising,
            _ => Kind::Falling,
        });
    }
    let (present, looked) = judged.weeks;
    let often = looked >= options.least_weeks && f64::from(present) >= options.chronic * f64::from(looked);
    often.then_some(Kind::Chronic)
}

/// Whether earlier years changed the same way in these weeks (p < 0.05), and this year does not differ from them: the
/// difference of the two log ratios within 1.64 of its standard error, √(φ·Σ 1/(n + ½)) (Woolf 1955 with Haldane's ½).
fn explains(season: &Season, judged: &Judged) -> bool {
    let half = |count: u64| count as f64 + 0.5;
    let Some(change) = season.change.filter(|change| change.p < 0.05) else { return false };
    let (Some(then), Some(now)) = (change.ratio, judged.change.and_then(|change| change.ratio)) else { return false };
    let counts = [judged.cases, judged.base, season.here, season.before];
    let error = (judged.dispersion * counts.iter().map(|count| 1.0 / half(*count)).sum::<f64>()).sqrt();
    let same_way = (then > 1.0) == (now > 1.0);
    same_way
        && (now.max(f64::MIN_POSITIVE).ln() - then.max(f64::MIN_POSITIVE).ln()).abs() < normal_quantile(0.95) * error
}
