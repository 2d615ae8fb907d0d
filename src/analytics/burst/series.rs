//! Cases in time: what is counted, and what kind each day is.
//!
//! Times are milliseconds on the hotline's own clock, from the midnight that began 1970-01-01 there: whoever calls
//! has added the offset already, so a day begins where the hotline's day begins.

use std::collections::BTreeMap;

pub use crate::analytics::DayKind;

pub const HOUR: i64 = 3_600_000;
pub const DAY: i64 = 24 * HOUR;

/// One case: when it came, and who brought it where that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arrival {
    pub at: i64,
    /// The same number for the same person; tells nothing else.
    pub person: Option<u64>,
}

/// The cases of one category in one area (类别 × 区域).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    pub category: String,
    pub area: String,
    /// In the order they came.
    arrivals: Vec<Arrival>,
    /// Those that are not the same person again.
    voices: Vec<i64>,
}

/// A person who has called about the same within this time is no new voice.
const AGAIN: i64 = 3 * DAY;

impl Cell {
    /// Takes the cases in any order.
    pub fn new(category: impl Into<String>, area: impl Into<String>, mut arrivals: Vec<Arrival>) -> Self {
        arrivals.sort_unstable();
        let voices = voices(&arrivals);
        Self { category: category.into(), area: area.into(), arrivals, voices }
    }

    /// When the first case came.
    pub fn first(&self) -> Option<i64> {
        self.arrivals.first().map(|arrival| arrival.at)
    }

    /// The cases of `from` ≤ time < `to`.
    pub fn between(&self, from: i64, to: i64) -> &[Arrival] {
        let first = self.arrivals.partition_point(|arrival| arrival.at < from);
        let length = self.arrivals[first..].partition_point(|arrival| arrival.at < to);
        &self.arrivals[first..first + length]
    }

    /// When new voices (新诉求人) were heard: the same, less the cases of people who had brought one within the three
    /// days before. One angry caller is one voice, and without the repeats counts come near to independent ones.
    pub fn voices(&self, from: i64, to: i64) -> &[i64] {
        let first = self.voices.partition_point(|at| *at < from);
        let length = self.voices[first..].partition_point(|at| *at < to);
        &self.voices[first..first + length]
    }
}

fn voices(arrivals: &[Arrival]) -> Vec<i64> {
    let mut last = BTreeMap::new();
    let mut new = |arrival: &&Arrival| match arrival.person {
        Some(person) => last.insert(person, arrival.at).is_none_or(|before| arrival.at - before > AGAIN),
        None => true,
    };
    arrivals.iter().filter(|arrival| new(arrival)).map(|arrival| arrival.at).collect()
}

/// How many people brought these cases: the known ones once each, and every unknown one for itself.
pub fn people(arrivals: &[Arrival]) -> usize {
    let mut known: Vec<u64> = arrivals.iter().filter_map(|arrival| arrival.person).collect();
    let unknown = arrivals.len() - known.len();
    known.sort_unstable();
    known.dedup();
    known.len() + unknown
}

/// The kinds of a stretch of days; days outside it are what their weekday is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Days {
    first: i64,
    kinds: Vec<DayKind>,
}

impl Days {
    /// `first` is the day, counted from 1970-01-01, that `kinds` begins with. A weekend day worked instead counts as a
    /// Friday: there are too few in eight weeks to have ways of their own.
    pub fn new(first: i64, mut kinds: Vec<DayKind>) -> Self {
        kinds.iter_mut().filter(|kind| **kind == DayKind::MadeUp).for_each(|kind| *kind = DayKind::Friday);
        Self { first, kinds }
    }

    pub fn kind(&self, day: i64) -> DayKind {
        let place = usize::try_from(day - self.first).ok();
        place.and_then(|place| self.kinds.get(place).copied()).unwrap_or_else(|| of_weekday(day))
    }

    /// The days that `from` ≤ time < `to` touches.
    pub fn parts(&self, from: i64, to: i64) -> Vec<Part> {
        let days = from.div_euclid(DAY)..=(to - 1).div_euclid(DAY);
        let part = |day: i64| {
            let hour = |time: i64| (time - day * DAY).clamp(0, DAY) as f64 / HOUR as f64;
            Part { kind: self.kind(day), from: hour(from), to: hour(to) }
        };
        days.map(part).collect()
    }
}

fn of_weekday(day: i64) -> DayKind {
    // 1970-01-01 was a Thursday.
    DayKind::ALL[(day + 3).rem_euclid(7) as usize]
}

/// A stretch of one day, in hours 0..=24.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    pub kind: DayKind,
    pub from: f64,
    pub to: f64,
}
