//! What bursts (突增): more cases than season, weekday, hour and chance explain — where, since when, how surely.
//!
//! - [`scan`] looks at every cell (category × area) over windows of hours, at any moment, and needs a few weeks of
//!   history: a negative-binomial baseline ([`baseline`]), the tail's chance, false discoveries controlled over all
//!   cells ([`discovery`]), and the onset ([`onset`]).
//! - [`farrington`] bounds a week or a day by the same season of earlier years, where there are years.
//! - [`ears`] bounds a day by the week before, where there is nothing else.
//!
//! Slices in, plain values out: no clock, no store, and the order of cells and cases does not matter.

pub mod baseline;
pub mod chance;
pub mod discovery;
pub mod ears;
pub mod farrington;
pub mod onset;
pub mod profile;
mod regression;
pub mod series;

use std::collections::BTreeMap;

use baseline::{Baseline, Ordinary};
use chance::Counts;
use onset::Automaton;
use series::{Cell, DAY, Days, HOUR};

/// Hours looked back over for the onset.
const TRACED: usize = 14 * 24;

/// How to scan. The defaults were tuned on simulated cities with seeds other than those that are reported.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Hours looked at, each up to the moment of the scan.
    pub windows: Vec<u32>,
    /// Weeks of history before the longest window.
    pub weeks: usize,
    /// Days after which a past day counts half.
    pub half_life: f64,
    /// A find has at most this q: of all finds, this share may be chance.
    pub level: f64,
    /// And at least so many cases,
    pub least: usize,
    /// from at least so many people.
    pub least_people: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { windows: vec![24, 72], weeks: 8, half_life: 28.0, level: 0.01, least: 5, least_people: 2 }
    }
}

/// One cell in one window.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Place in the cells given.
    pub cell: usize,
    /// In hours.
    pub window: u32,
    pub cases: usize,
    /// Who brought them, unknown people each for one; counted only where there are cases enough.
    pub people: usize,
    /// New voices ([`Cell::voices`]): what is held against the expected.
    pub observed: usize,
    pub expected: f64,
    /// (n − μ)/√(μ + μ²/k + 1): how far above, in deviations; tame where little is expected.
    pub z: f64,
    /// How likely as many or more are by chance (p).
    pub chance: f64,
    /// The same over all cells and windows scanned (q, Benjamini–Hochberg).
    pub discovery: f64,
    /// The most that chance explains at the level asked for.
    pub bound: u64,
}

/// A burst.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    pub category: String,
    pub area: String,
    /// The window in which it stands out most.
    pub measured: Measured,
    /// When its first case came.
    pub since: i64,
    /// When it was over; `None` while it goes on.
    pub until: Option<i64>,
    /// The log-likelihood that speaks for a burst over its whole stretch.
    pub strength: f64,
}

/// Every cell in every window at `now`, in the order given; nothing where the city's history is shorter than
/// [`baseline::LEAST_DAYS`] before the longest window.
///
/// Cases at or after `now` are not seen.
pub fn measure(cells: &[Cell], days: &Days, now: i64, options: &Options) -> Vec<Measured> {
    Scan::of(cells, days, now, options).map_or_else(Vec::new, |scan| scan.measured)
}

/// The bursts at `now`, surest first; of one cell the window in which it stands out most. None where [`measure`] has
/// nothing to go by.
pub fn scan(cells: &[Cell], days: &Days, now: i64, options: &Options) -> Vec<Found> {
    look(cells, days, now, options).1
}

/// What [`measure`] and [`scan`] tell, in one look.
pub fn look(cells: &[Cell], days: &Days, now: i64, options: &Options) -> (Vec<Measured>, Vec<Found>) {
    let Some(scan) = Scan::of(cells, days, now, options) else {
        return (Vec::new(), Vec::new());
    };
    let mut best: BTreeMap<usize, &Measured> = BTreeMap::new();
    for measured in scan.measured.iter().filter(|measured| stands_out(measured, options)) {
        let so_far = best.entry(measured.cell).or_insert(measured);
        if measured.chance < so_far.chance {
            *so_far = measured;
        }
    }
    let one = |measured: &Measured| {
        let ordinary = scan.baseline.cell(scan.place[measured.cell]);
        trace(&cells[measured.cell], ordinary, days, now, measured.clone())
    };
    let mut found: Vec<Found> = best.into_values().map(one).collect();
    found.sort_by(|a, b| {
        let names = |found: &Found| (found.category.clone(), found.area.clone());
        a.measured.chance.total_cmp(&b.measured.chance).then_with(|| names(a).cmp(&names(b)))
    });
    (scan.measured, found)
}

/// One look at all cells.
struct Scan {
    baseline: Baseline,
    /// Where each cell given stands in the baseline.
    place: Vec<usize>,
    measured: Vec<Measured>,
}

impl Scan {
    fn of(cells: &[Cell], days: &Days, now: i64, options: &Options) -> Option<Self> {
        // Sums of fractions depend on their order in the last digit: cells are read in one order, whatever was given.
        let mut order: Vec<usize> = (0..cells.len()).collect();
        order.sort_by(|a, b| cells[*a].cmp(&cells[*b]));
        let mut place = vec![0; cells.len()];
        order.iter().enumerate().for_each(|(sorted, given)| place[*given] = sorted);
        let sorted: Vec<&Cell> = order.iter().map(|given| &cells[*given]).collect();
        let baseline = Baseline::fit(&sorted, days, now - longest(options), options)?;
        let mut measured = measure_against(&baseline, &sorted, days, now, options);
        measured.iter_mut().for_each(|measured| measured.cell = order[measured.cell]);
        measured.sort_by_key(|measured| measured.cell);
        Some(Self { baseline, place, measured })
    }
}

/// Whether it counts as a burst.
pub fn stands_out(measured: &Measured, options: &Options) -> bool {
    measured.discovery <= options.level && measured.observed >= options.least && measured.people >= options.least_people
}

fn longest(options: &Options) -> i64 {
    options.windows.iter().max().map_or(DAY, |hours| i64::from(*hours) * HOUR)
}

fn measure_against(baseline: &Baseline, cells: &[&Cell], days: &Days, now: i64, options: &Options) -> Vec<Measured> {
    let mut all = Vec::with_capacity(cells.len() * options.windows.len());
    for window in &options.windows {
        all.extend(in_window(baseline, cells, days, now, *window, options));
    }
    let chances: Vec<f64> = all.iter().map(|measured| measured.chance).collect();
    all.iter_mut().zip(discovery::adjusted(&chances)).for_each(|(measured, q)| measured.discovery = q);
    all
}

/// All cells in one window, each against its own baseline and against how the whole city does in that window.
fn in_window(
    baseline: &Baseline,
    cells: &[&Cell],
    days: &Days,
    now: i64,
    window: u32,
    options: &Options,
) -> Vec<Measured> {
    let from = now - i64::from(window) * HOUR;
    let seen: Vec<usize> = cells.iter().map(|cell| cell.voices(from, now).len()).collect();
    let parts = days.parts(from, now);
    let laws: Vec<Counts> = (0..cells.len()).map(|place| baseline.cell(place).law(&parts)).collect();
    let tide = Tide::of(&seen, &laws);
    (0..cells.len())
        .map(|cell| {
            let (observed, arrivals) = (seen[cell], cells[cell].between(from, now));
            let law = tide.without(observed, &laws[cell]);
            let people = if arrivals.len() >= options.least { series::people(arrivals) } else { 0 };
            Measured {
                cell,
                window,
                cases: arrivals.len(),
                people,
                observed,
                expected: law.mean,
                z: (observed as f64 - law.mean) / (law.variance() + 1.0).sqrt(),
                chance: law.at_least(observed as u64),
                discovery: 1.0,
                bound: law.quantile(1.0 - options.level),
            }
        })
        .collect()
}

/// How the city as a whole does in a window (全市水平): holidays never seen before, rain, a drift that the history
/// does not show yet. Each cell is judged by all others, whose own bursts are cut off.
struct Tide {
    seen: f64,
    expected: f64,
}

impl Tide {
    /// As many cases as the belief in an ordinary day is worth: the city's level strays by about 15 %.
    const BELIEF: f64 = 44.0;
    /// Deviations above which a cell's cases are no part of the tide.
    const CUT: f64 = 2.0;
    /// A tide explains at most so much either way: a city that doubles is news.
    const MOST: f64 = 1.5;

    fn of(observed: &[usize], laws: &[Counts]) -> Self {
        let seen = observed.iter().zip(laws).map(|(observed, law)| Self::cut(*observed, law)).sum();
        Self { seen, expected: laws.iter().map(|law| law.mean).sum() }
    }

    fn cut(observed: usize, law: &Counts) -> f64 {
        (observed as f64).min(law.mean + Self::CUT * (law.variance() + 1.0).sqrt())
    }

    /// The law of one cell at the height that the others show.
    fn without(&self, observed: usize, law: &Counts) -> Counts {
        let seen = self.seen - Self::cut(observed, law);
        let expected = self.expected - law.mean;
        let height = ((seen + Self::BELIEF) / (expected + Self::BELIEF)).clamp(1.0 / Self::MOST, Self::MOST);
        Counts { mean: law.mean * height, ..*law }
    }
}

/// Since when, by the automaton over the hours before `now`.
fn trace(cell: &Cell, ordinary: &Ordinary, days: &Days, now: i64, measured: Measured) -> Found {
    let start = |hour: usize| now - (TRACED - hour) as i64 * HOUR;
    let counts: Vec<u32> = (0..TRACED).map(|hour| cell.voices(start(hour), start(hour + 1)).len() as u32).collect();
    let expected: Vec<f64> =
        (0..TRACED).map(|hour| ordinary.law(&days.parts(start(hour), start(hour + 1))).mean.max(1e-6)).collect();
    let times = (measured.observed as f64 / measured.expected.max(1e-6)).max(1.5);
    let window = now - i64::from(measured.window) * HOUR;
    let stretches = Automaton { times, gamma: 1.0 }.stretches(&counts, &expected);
    let last = stretches.last().filter(|stretch| start(stretch.end) > window);
    let first = |from: i64| cell.between(from, now).first().map_or(from, |arrival| arrival.at);
    let (since, until, strength) = match last {
        Some(stretch) => {
            let until = (stretch.end < TRACED).then(|| start(stretch.end));
            (first(start(stretch.start)), until, stretch.strength)
        }
        None => (first(window), None, 0.0),
    };
    let (category, area) = (cell.category.clone(), cell.area.clone());
    Found { category, area, measured, since, until, strength }
}

/// A number for each key, the same for the same key.
fn by_key<'a>(keys: impl Iterator<Item = &'a str>) -> Vec<usize> {
    let mut numbers = BTreeMap::new();
    keys.map(|key| {
        let next = numbers.len();
        *numbers.entry(key).or_insert(next)
    })
    .collect()
}
