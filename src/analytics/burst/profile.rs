//! When people call (诉求节律): how much of a day's calls each kind of day and each hour gets.
//!
//! A sparse series cannot say; so each is drawn towards the wider one that it is part of, as if that one had added a
//! number of calls of its own: a cell towards its category, a category towards the city, the city towards even days.
//! That is the mean of a gamma posterior whose prior is the wider profile (empirical Bayes).

use super::series::{DAY, DayKind, Days, HOUR, Part};

/// As many calls as the wider profile adds for each kind of day.
const BORROWED_DAYS: f64 = 30.0;
/// As many as it adds over the 24 hours.
const BORROWED_HOURS: f64 = 48.0;

/// Calls by kind of day and hour.
#[derive(Debug, Clone)]
pub struct Tally {
    days: [f64; DayKind::ALL.len()],
    /// Workdays, days of rest.
    hours: [[f64; 24]; 2],
}

/// Days of each kind in the stretch looked at.
#[derive(Debug, Clone)]
pub struct Exposure([f64; DayKind::ALL.len()]);

/// Calls of a kind of day and an hour, relative to an ordinary day.
#[derive(Debug, Clone)]
pub struct Profile {
    /// 1 is as many as on a day of the average.
    days: [f64; DayKind::ALL.len()],
    /// Share of a day's calls up to each full hour 0..=24, on workdays and on days of rest.
    hours: [[f64; 25]; 2],
}

impl Tally {
    pub fn empty() -> Self {
        Self { days: [0.0; DayKind::ALL.len()], hours: [[0.0; 24]; 2] }
    }

    pub fn add(&mut self, at: i64, days: &Days, weight: f64) {
        let kind = days.kind(at.div_euclid(DAY));
        self.days[kind as usize] += weight;
        self.hours[usize::from(kind.rests())][(at.rem_euclid(DAY) / HOUR) as usize] += weight;
    }

    pub fn join(&mut self, other: &Self) {
        self.days.iter_mut().zip(other.days).for_each(|(mine, theirs)| *mine += theirs);
        for (mine, theirs) in self.hours.iter_mut().flatten().zip(other.hours.iter().flatten()) {
            *mine += theirs;
        }
    }
}

impl Exposure {
    pub fn of(days: &Days, from: i64, to: i64) -> Self {
        let mut exposure = [0.0; DayKind::ALL.len()];
        days.parts(from, to).iter().for_each(|part| exposure[part.kind as usize] += (part.to - part.from) / 24.0);
        Self(exposure)
    }
}

impl Profile {
    /// Every day and every hour like the other.
    pub fn even() -> Self {
        let hours: [f64; 25] = std::array::from_fn(|hour| hour as f64 / 24.0);
        Self { days: [1.0; DayKind::ALL.len()], hours: [hours; 2] }
    }

    /// What `tally` shows, drawn towards `wider`.
    pub fn drawn(tally: &Tally, exposure: &Exposure, wider: &Self) -> Self {
        Self { days: drawn_days(tally, exposure, &wider.days), hours: drawn_hours(tally, &wider.hours) }
    }

    /// The same, with the hours of `wider`: what a single cell can say.
    pub fn drawn_by_day(tally: &Tally, exposure: &Exposure, wider: &Self) -> Self {
        Self { days: drawn_days(tally, exposure, &wider.days), hours: wider.hours }
    }

    /// How many ordinary days' calls these stretches get.
    pub fn ordinary_days(&self, parts: &[Part]) -> f64 {
        let one = |part: &Part| {
            let hours = &self.hours[usize::from(part.kind.rests())];
            self.days[part.kind as usize] * (share(hours, part.to) - share(hours, part.from))
        };
        parts.iter().map(one).sum()
    }
}

fn share(hours: &[f64; 25], hour: f64) -> f64 {
    let full = (hour as usize).min(23);
    hours[full] + (hours[full + 1] - hours[full]) * (hour - full as f64)
}

fn drawn_days(tally: &Tally, exposure: &Exposure, wider: &[f64; DayKind::ALL.len()]) -> [f64; DayKind::ALL.len()] {
    let (calls, length) = (tally.days.iter().sum::<f64>(), exposure.0.iter().sum::<f64>());
    let rate = if length > 0.0 { calls / length } else { 0.0 };
    let mut days: [f64; DayKind::ALL.len()] = std::array::from_fn(|kind| {
        (tally.days[kind] + BORROWED_DAYS * wider[kind]) / (rate * exposure.0[kind] + BORROWED_DAYS)
    });
    let holiday = DayKind::Holiday as usize;
    if exposure.0[holiday] == 0.0 {
        // No holiday seen: like Sundays, more or less as the wider profile has it.
        let sunday = DayKind::Sunday as usize;
        days[holiday] = wider[holiday] * days[sunday] / wider[sunday];
    }
    days
}

fn drawn_hours(tally: &Tally, wider: &[[f64; 25]; 2]) -> [[f64; 25]; 2] {
    std::array::from_fn(|rest| {
        let calls: f64 = tally.hours[rest].iter().sum();
        let (mut upto, mut sum) = ([0.0; 25], 0.0);
        for hour in 0..24 {
            let borrowed = BORROWED_HOURS * (wider[rest][hour + 1] - wider[rest][hour]);
            sum += (tally.hours[rest][hour] + borrowed) / (calls + BORROWED_HOURS);
            upto[hour + 1] = sum;
        }
        upto
    })
}
