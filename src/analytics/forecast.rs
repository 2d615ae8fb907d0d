//! Forecast (预测): how many cases the next days will bring, with intervals, and how often such intervals held before.
//!
//! **Model.** A day's cases are its kind's weight (`pattern`) times a level that drifts slowly. The level is known
//! as a gamma law Γ(a, b); each day ω < 1 of what is known is kept, then the day is added: a ← ωa + y/φ, b ← ωb + w.
//! So the level follows the last 1/(1 − ω) days, and h days ahead it is known as Γ(ωʰa, ωʰb): the interval widens by
//! itself (Harvey & Fernandes 1989, *J. Bus. Econ. Stat.* 7:407; West & Harrison 1997, §10.8). Days spread φ times wider
//! than Poisson. What is to come is negative binomial with mean m = w·a/b and variance φm + m²/(ωʰa) + (doubt of w)·m².
//! ω and φ are those that told this series' own past best, 1, 4 and 7 days ahead, by the score of Dawid & Sebastiani
//! (1999, *Ann. Stat.* 27:65), which asks for the mean and the variance at once; for counts: Czado, Gneiting & Held 2009
//! (*Biometrics* 65:1254).
//!
//! **Why this one.** A city's day has from none to some thousand cases: a law of counts is needed, logarithms of zero are
//! not. Seven days ahead a trend adds error more often than it helps, so the level drifts without one. All is in closed
//! form, so that each origin of the back-test is fitted anew.
//!
//! **Back-test.** From up to [`ORIGINS`] earlier days, a week apart, the seven days after are told from what was known
//! then, and held against what came (rolling origin; Tashman 2000, *Int. J. Forecasting* 16:437).

use super::burst::chance::Counts;
use super::day::DayKind;
use super::pattern::Pattern;

/// Days told ahead (预测天数).
pub const AHEAD: usize = 7;
/// Days of history below which nothing is told.
pub const LEAST: usize = 28;
/// Earlier days that the back-test tells from, at most.
pub const ORIGINS: usize = 12;
/// Days of a week: what the naive forecast goes back by.
const WEEK: usize = 7;

/// What is tried for ω, and for φ.
const KEPT: [f64; 8] = [0.75, 0.85, 0.91, 0.95, 0.97, 0.985, 0.995, 1.0];
const SPREAD: [f64; 11] = [1.0, 1.15, 1.35, 1.6, 2.0, 2.6, 3.5, 5.0, 7.5, 12.0, 20.0];
/// How far ahead each is tried.
const TRIED: [usize; 3] = [1, 4, 7];
/// Days from which on the past is told, so that what is known at first does not count.
const BURN_IN: usize = 14;
/// Days that the first guess of the level is worth.
const FIRST_GUESS: f64 = 1.0;

/// What one day will bring.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Day {
    pub mean: f64,
    /// The 80 % interval, ends included.
    pub within_80: (u64, u64),
    pub within_95: (u64, u64),
}

/// How well earlier forecasts were.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Backtest {
    pub origins: usize,
    /// Days told.
    pub days: usize,
    /// The share of days within the interval.
    pub held_80: f64,
    pub held_95: f64,
    /// Mean absolute error over that of "as a week ago" in the history before each origin (MASE; Hyndman & Koehler 2006,
    /// *Int. J. Forecasting* 22:679): below 1 is better. None where the naive forecast never erred.
    pub mase: Option<f64>,
}

/// What is told of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlook {
    pub days: Vec<Day>,
    /// None where the history is too short for one.
    pub backtest: Option<Backtest>,
}

/// Tells the [`AHEAD`] days after the counts. `parts` are drawn towards the pattern of `total`; `kinds` tells the days of
/// the counts and those ahead. The first is of the total, then one of each part; none where the history is shorter than
/// [`LEAST`].
pub fn outlook(total: &[u32], parts: &[&[u32]], kinds: &[DayKind]) -> Option<Vec<Outlook>> {
    let days = total.len();
    if days < LEAST || kinds.len() < days + AHEAD {
        return None;
    }
    let told = |end: usize| told(total, parts, kinds, end);
    let now = told(days);
    let mut tests = vec![Tally::default(); now.len()];
    for back in 1..=ORIGINS {
        let Some(origin) = days.checked_sub(back * AHEAD).filter(|origin| *origin >= LEAST) else { break };
        let series = std::iter::once(&total).chain(parts);
        for ((test, told), counts) in tests.iter_mut().zip(told(origin)).zip(series) {
            test.add(&told, counts, origin);
        }
    }
    let whole = now.into_iter().zip(tests).map(|(days, test)| Outlook { days, backtest: test.backtest() });
    Some(whole.collect())
}

/// What was to be told when `end` days were known.
fn told(total: &[u32], parts: &[&[u32]], kinds: &[DayKind], end: usize) -> Vec<Vec<Day>> {
    let wide = Pattern::of(&total[..end], kinds, &Pattern::even());
    let of = |counts: &[u32], pattern: &Pattern| ahead(&counts[..end], kinds, pattern);
    let parts = parts.iter().map(|counts| of(counts, &Pattern::of(&counts[..end], kinds, &wide)));
    std::iter::once(of(total, &wide)).chain(parts).collect()
}

fn ahead(counts: &[u32], kinds: &[DayKind], pattern: &Pattern) -> Vec<Day> {
    let model = Model::fitted(counts, kinds, pattern);
    let level = model.levels(counts, kinds, pattern)[counts.len()];
    let coming = kinds.iter().skip(counts.len()).take(AHEAD);
    coming.zip(1..).map(|(kind, days)| model.told(level, days, pattern, *kind).day()).collect()
}

/// What is known of the level.
#[derive(Clone, Copy)]
struct Level {
    /// Cases, as many as they would be without clusters.
    a: f64,
    /// Mean days.
    b: f64,
}

/// A forecast's mean and variance.
struct Told {
    mean: f64,
    variance: f64,
}

#[derive(Clone, Copy)]
struct Model {
    /// ω.
    kept: f64,
    /// φ.
    spread: f64,
}

impl Model {
    /// The one that told this past best; equal ones by the order tried.
    fn fitted(counts: &[u32], kinds: &[DayKind], pattern: &Pattern) -> Self {
        let all = KEPT.iter().flat_map(|kept| SPREAD.iter().map(|spread| Self { kept: *kept, spread: *spread }));
        let scored = all.map(|model| (model, model.score(counts, kinds, pattern)));
        let best = scored.min_by(|(_, a), (_, b)| a.total_cmp(b));
        best.map_or(Self { kept: 0.95, spread: 1.0 }, |(model, _)| model)
    }

    /// What was known before each day, and after the last.
    fn levels(&self, counts: &[u32], kinds: &[DayKind], pattern: &Pattern) -> Vec<Level> {
        let first = counts.len().min(BURN_IN);
        let cases: f64 = counts[..first].iter().map(|count| f64::from(*count)).sum();
        // Half a case: a level of nothing could never rise.
        let guess = (cases + 0.5) / pattern.exposure(kinds[..first].iter().copied()).max(f64::MIN_POSITIVE);
        let mut level = Level { a: FIRST_GUESS * guess / self.spread, b: FIRST_GUESS };
        let mut levels = vec![level];
        for (count, kind) in counts.iter().zip(kinds) {
            level.a = self.kept * level.a + f64::from(*count) / self.spread;
            level.b = self.kept * level.b + pattern.weight(*kind);
            levels.push(level);
        }
        levels
    }

    /// What a day brings, some days after the last that is known (1: the next).
    fn told(&self, level: Level, days: i32, pattern: &Pattern, kind: DayKind) -> Told {
        let mean = pattern.weight(kind) * level.a * self.spread / level.b;
        let known = level.a * self.kept.powi(days);
        let doubt = 1.0 / known.max(f64::MIN_POSITIVE) + self.spread * pattern.doubt(kind);
        Told { mean, variance: self.spread * mean + mean * mean * doubt }
    }

    /// The mean score of Dawid & Sebastiani, (y − m)²/v + ln v; less is better.
    fn score(&self, counts: &[u32], kinds: &[DayKind], pattern: &Pattern) -> f64 {
        let levels = self.levels(counts, kinds, pattern);
        let mut sum = 0.0;
        for (day, count) in counts.iter().enumerate().skip(BURN_IN) {
            for days in TRIED {
                let told = self.told(levels[day + 1 - days], days as i32, pattern, kinds[day]);
                let error = f64::from(*count) - told.mean;
                sum += error * error / told.variance + told.variance.ln();
            }
        }
        sum
    }
}

impl Told {
    fn day(&self) -> Day {
        let size = self.mean * self.mean / (self.variance - self.mean).max(f64::MIN_POSITIVE);
        let law = Counts { mean: self.mean, size };
        let within = |outside: f64| (law.quantile(outside), law.quantile(1.0 - outside));
        Day { mean: self.mean, within_80: within(0.1), within_95: within(0.025) }
    }
}

/// What earlier forecasts came to.
#[derive(Clone, Default)]
struct Tally {
    origins: usize,
    days: usize,
    held_80: usize,
    held_95: usize,
    /// Errors over the naive forecast's, and of how many days.
    scaled: (f64, usize),
}

impl Tally {
    fn add(&mut self, told: &[Day], counts: &[u32], origin: usize) {
        self.origins += 1;
        let naive = naive_error(&counts[..origin]);
        for (day, came) in told.iter().zip(&counts[origin..]) {
            let within = |(low, high): (u64, u64)| (low..=high).contains(&u64::from(*came));
            self.days += 1;
            self.held_80 += usize::from(within(day.within_80));
            self.held_95 += usize::from(within(day.within_95));
            if let Some(naive) = naive {
                self.scaled.0 += (f64::from(*came) - day.mean).abs() / naive;
                self.scaled.1 += 1;
            }
        }
    }

    fn backtest(&self) -> Option<Backtest> {
        let share = |held: usize| held as f64 / self.days as f64;
        (self.days > 0).then(|| Backtest {
            origins: self.origins,
            days: self.days,
            held_80: share(self.held_80),
            held_95: share(self.held_95),
            mase: (self.scaled.1 > 0).then(|| self.scaled.0 / self.scaled.1 as f64),
        })
    }
}

/// The mean absolute error of "as a week ago"; none where it is nothing.
fn naive_error(counts: &[u32]) -> Option<f64> {
    let errors = counts.iter().skip(WEEK).zip(counts).map(|(now, then)| f64::from(now.abs_diff(*then)));
    let sum: f64 = errors.clone().sum();
    (sum > 0.0).then(|| sum / errors.count() as f64)
}
