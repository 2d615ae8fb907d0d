//! Rules set to watch a city hour by hour, and how they did: what they found, how late, and what was nothing.

use guikou::analytics::burst::series::{Cell, DAY, HOUR};
use guikou::analytics::burst::{Options, scan};

use super::world::{City, HISTORY, Planted, WATCHED};

/// A cell for which an alarm is raised, and since when it bursts, where the rule says so.
type Raised = (usize, Option<i64>);

/// A rule: which cells of a city it raises an alarm for at a moment.
pub struct Rule {
    pub name: &'static str,
    pub alarms: fn(&City, i64) -> Vec<Raised>,
}

/// The rules compared.
pub const RULES: [Rule; 5] = [
    Rule { name: "guikou scan", alarms: by_scan },
    Rule { name: "guikou scan, nameless", alarms: by_scan_nameless },
    Rule { name: "5 or more in 24 h", alarms: by_count },
    Rule { name: "z >= 3 over 28 days", alarms: |city, now| by_deviation(city, now, 1) },
    Rule { name: "z >= 3 and 5 or more", alarms: |city, now| by_deviation(city, now, 5) },
];

fn by_scan(city: &City, now: i64) -> Vec<Raised> {
    scanned(&city.cells, city, now)
}

fn by_scan_nameless(city: &City, now: i64) -> Vec<Raised> {
    scanned(&city.nameless, city, now)
}

fn scanned(cells: &[Cell], city: &City, now: i64) -> Vec<Raised> {
    let found = scan(cells, &city.days, now, &Options::default());
    found.into_iter().map(|found| (found.measured.cell, Some(found.since))).collect()
}

fn cells(city: &City, alarm: impl Fn(&Cell) -> bool) -> Vec<Raised> {
    (0..city.cells.len()).filter(|place| alarm(&city.cells[*place])).map(|place| (place, None)).collect()
}

fn by_count(city: &City, now: i64) -> Vec<Raised> {
    cells(city, |cell| cell.between(now - DAY, now).len() >= 5)
}

/// The last 24 hours against mean and deviation of the 28 days of 24 hours before.
fn by_deviation(city: &City, now: i64, least: usize) -> Vec<Raised> {
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
struct Alarm {
    cell: usize,
    start: i64,
    since: Option<i64>,
}

/// What became of one planted burst.
pub struct Outcome {
    pub size: usize,
    /// What is ordinary in its cell, in cases a day.
    pub ordinary: f64,
    /// Hours from its first case to the alarm, if within 24.
    pub delay: Option<f64>,
    /// Hours that the onset told then lies off the true one, either way.
    pub onset_off: Option<f64>,
}

/// How a rule did.
#[derive(Default)]
pub struct Score {
    pub bursts: Vec<Outcome>,
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

    /// How many of the bursts that `chosen` chooses were found, and how many there are.
    pub fn found(&self, chosen: impl Fn(&Outcome) -> bool) -> (usize, usize) {
        let chosen: Vec<&Outcome> = self.bursts.iter().filter(|burst| chosen(burst)).collect();
        (chosen.iter().filter(|burst| burst.delay.is_some()).count(), chosen.len())
    }

    /// The median of a figure over the bursts that have it.
    pub fn median(&self, figure: impl Fn(&Outcome) -> Option<f64>) -> Option<f64> {
        let mut figures: Vec<f64> = self.bursts.iter().filter_map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures.get(figures.len() / 2).copied()
    }
}

/// Watches a month hour by hour.
pub fn watch(city: &City, rule: &Rule) -> Score {
    let (mut on, mut alarms) = (vec![false; city.cells.len()], Vec::new());
    for hour in 0..=WATCHED * 24 {
        let now = HISTORY * DAY + hour * HOUR;
        let mut raised = vec![false; city.cells.len()];
        for (cell, since) in (rule.alarms)(city, now) {
            raised[cell] = true;
            // What was on when the watch began is nobody's alarm.
            if hour > 0 && !on[cell] {
                alarms.push(Alarm { cell, start: now, since });
            }
        }
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
    let hours = |time: i64| time as f64 / HOUR as f64;
    let outcome = |burst: &Planted| {
        let found = alarms.iter().find(|alarm| within(alarm, burst, burst.start + DAY));
        let off = found.and_then(|alarm| alarm.since).map(|since| hours((since - burst.start).abs()));
        let delay = found.map(|alarm| hours(alarm.start - burst.start));
        Outcome { size: burst.size, ordinary: burst.ordinary, delay, onset_off: off }
    };
    let own = |alarm: &Alarm| city.planted.iter().any(|burst| within(alarm, burst, burst.end + 3 * DAY));
    Score {
        bursts: city.planted.iter().map(outcome).collect(),
        false_alarms: alarms.iter().filter(|alarm| !own(alarm)).count(),
        series_days: city.cells.len() * WATCHED as usize,
    }
}
