//! Rules set to watch a city hour by hour, and how they did: what they found, how late, and what was nothing.

use guikou::analytics::burst::series::{Cell, DAY, HOUR};
use guikou::analytics::burst::{Options, scan};

use super::world::{City, HISTORY, Planted, WATCHED};

/// A rule: given the city's cells and a moment, which cells it raises an alarm for.
pub struct Rule {
    pub name: &'static str,
    pub alarms: fn(&City, i64) -> Vec<usize>,
}

/// The rules compared.
pub const RULES: [Rule; 5] = [
    Rule { name: "guikou scan", alarms: by_scan },
    Rule { name: "guikou scan, nameless", alarms: by_scan_nameless },
    Rule { name: "5 or more in 24 h", alarms: by_count },
    Rule { name: "z >= 3 over 28 days", alarms: |city, now| by_deviation(city, now, 1) },
    Rule { name: "z >= 3 and 5 or more", alarms: |city, now| by_deviation(city, now, 5) },
];

fn by_scan(city: &City, now: i64) -> Vec<usize> {
    scanned(&city.cells, city, now)
}

fn by_scan_nameless(city: &City, now: i64) -> Vec<usize> {
    scanned(&city.nameless, city, now)
}

fn scanned(cells: &[Cell], city: &City, now: i64) -> Vec<usize> {
    scan(cells, &city.days, now, &Options::default()).into_iter().map(|found| found.measured.cell).collect()
}

fn cells(city: &City, alarm: impl Fn(&Cell) -> bool) -> Vec<usize> {
    (0..city.cells.len()).filter(|place| alarm(&city.cells[*place])).collect()
}

fn by_count(city: &City, now: i64) -> Vec<usize> {
    cells(city, |cell| cell.between(now - DAY, now).len() >= 5)
}

/// The last 24 hours against mean and deviation of the 28 days of 24 hours before.
fn by_deviation(city: &City, now: i64, least: usize) -> Vec<usize> {
    cells(city, |cell| {
        let count = |back: i64| cell.between(now - (back + 1) * DAY, now - back * DAY).len() as f64;
        let past: Vec<f64> = (1..=28).map(count).collect();
        let mean = past.iter().sum::<f64>() / 28.0;
        let deviation = (past.iter().map(|count| (count - mean).powi(2)).sum::<f64>() / 27.0).sqrt();
        let above = count(0) - mean;
        above > 0.0 && above >= 3.0 * deviation && count(0) as usize >= least
    })
}

/// One alarm: consecutive hours of one cell are one.
pub struct Alarm {
    pub cell: usize,
    pub start: i64,
}

/// How a rule did.
#[derive(Default)]
pub struct Score {
    /// For each planted burst: its size, what was ordinary there, and after how many hours it was found, if within 24.
    pub bursts: Vec<(usize, f64, Option<f64>)>,
    pub false_alarms: usize,
    pub series_days: usize,
}

impl Score {
    pub fn join(&mut self, other: Self) {
        self.bursts.extend(other.bursts);
        self.false_alarms += other.false_alarms;
        self.series_days += other.series_days;
    }

    pub fn per_thousand(&self) -> f64 {
        1000.0 * self.false_alarms as f64 / self.series_days as f64
    }

    /// Found, planted and the median delay in hours of the bursts that `chosen` chooses by size and ordinary rate.
    pub fn of(&self, chosen: impl Fn(usize, f64) -> bool) -> (usize, usize, f64) {
        let bursts = self.bursts.iter().filter(|(size, ordinary, _)| chosen(*size, *ordinary));
        let delays: Vec<Option<f64>> = bursts.map(|(_, _, delay)| *delay).collect();
        let mut found: Vec<f64> = delays.iter().flatten().copied().collect();
        found.sort_by(f64::total_cmp);
        (found.len(), delays.len(), found.get(found.len() / 2).copied().unwrap_or(f64::NAN))
    }
}

/// Watches a month hour by hour.
pub fn watch(city: &City, rule: &Rule) -> Score {
    let (mut on, mut alarms) = (vec![false; city.cells.len()], Vec::new());
    for hour in 0..=WATCHED * 24 {
        let now = HISTORY * DAY + hour * HOUR;
        let mut raised = vec![false; city.cells.len()];
        (rule.alarms)(city, now).into_iter().for_each(|cell| raised[cell] = true);
        // What was on before the watch began is nobody's alarm.
        let new = (0..raised.len()).filter(|cell| hour > 0 && raised[*cell] && !on[*cell]);
        alarms.extend(new.map(|cell| Alarm { cell, start: now }));
        on = raised;
    }
    judge(city, &alarms)
}

/// A burst is found by an alarm that began within 24 hours of its first case; an alarm that began from its first case
/// to 72 hours after its last is its own; every other is false.
fn judge(city: &City, alarms: &[Alarm]) -> Score {
    let within = |alarm: &Alarm, burst: &Planted, until: i64| {
        alarm.cell == burst.cell && alarm.start > burst.start && alarm.start <= until
    };
    let delay = |burst: &Planted| {
        let found = alarms.iter().find(|alarm| within(alarm, burst, burst.start + DAY));
        found.map(|alarm| (alarm.start - burst.start) as f64 / HOUR as f64)
    };
    let own = |alarm: &Alarm| city.planted.iter().any(|burst| within(alarm, burst, burst.end + 3 * DAY));
    Score {
        bursts: city.planted.iter().map(|burst| (burst.size, burst.ordinary, delay(burst))).collect(),
        false_alarms: alarms.iter().filter(|alarm| !own(alarm)).count(),
        series_days: city.cells.len() * WATCHED as usize,
    }
}
