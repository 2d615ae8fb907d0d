//! What is ordinary for a cell, from the weeks before (短历史基线): a negative binomial around weekday, hour and level.
//!
//! The history lies in days of 24 hours that end where the longest window begins, and begins with the city's first
//! case or as many weeks before as asked for. For each cell:
//!
//! - **Profile**: kind of day × hour, drawn towards the category's and the city's ([`Profile`]).
//! - **Level**: cases for each ordinary day. Gamma prior with the mean that the category's and the area's totals
//!   make likely (independence, as DuMouchel, *Am. Stat.* 53 (1999) 177) and a shape by moments from how far cells
//!   stray from it; late days count more (half-life), past outbreaks less.
//! - **Outbreaks**: a day whose standardised Anscombe residual is above 2.58 weighs (2.58/residual)², so that an old
//!   burst does not hide a new one (Noufaily et al. 2013, whose weights begin at residual⁻²).
//! - **Spread**: 1/k by moments, Σ((n − μ)² − μ)/Σμ², drawn towards the city's by the two variances.
//!
//! What the next window holds is then negative binomial: gamma level, Poisson cases (the classical marginal), with
//! 1/size = 1/k + 1/shape of the level.

use super::chance::Counts;
use super::farrington::anscombe;
use super::profile::{Exposure, Profile, Tally};
use super::series::{Cell, DAY, Days, Part};
use super::{Options, by_key};

/// Days of history below which nothing is called ordinary: each weekday twice. Until then there is [`super::ears`].
pub const LEAST_DAYS: usize = 14;
/// Rounds of fitting and weighing; the weights hardly move after the second.
const ROUNDS: usize = 3;
/// Days with fewer cases than this are never outbreaks: of a sparse cell, one case alone has a great residual.
const LEAST_OUTBREAK: usize = 3;
/// Prior guess of 1/k, and the standard deviation of cells' true 1/k around the city's.
const USUAL_SPREAD: f64 = 0.1;
const SPREAD_STRAYS: f64 = 0.1;
/// The least 1/k believed: weighing outbreaks down makes days look more alike than they are.
const LEAST_SPREAD: f64 = 0.03;

/// The baselines of all cells, in their order.
pub struct Baseline {
    cells: Vec<Ordinary>,
}

/// What is ordinary for one cell.
#[derive(Debug, Clone)]
pub struct Ordinary {
    profile: Profile,
    /// Cases for each ordinary day.
    level: f64,
    /// Shape of the level's gamma posterior: about the cases it rests on.
    shape: f64,
    /// 1/k.
    spread: f64,
}

impl Ordinary {
    /// The law of the count in these stretches, everything being ordinary.
    pub fn law(&self, parts: &[Part]) -> Counts {
        let mean = self.level * self.profile.ordinary_days(parts);
        Counts { mean, size: 1.0 / (self.spread + 1.0 / self.shape) }
    }
}

impl Baseline {
    /// Reads the history of all cells up to `until`; `None` where it has less than [`LEAST_DAYS`].
    pub fn fit(cells: &[&Cell], days: &Days, until: i64, options: &Options) -> Option<Self> {
        // Days before the city's first case are not days without cases.
        let first = cells.iter().filter_map(|cell| cell.first()).min()?;
        let known = usize::try_from((until - first).div_euclid(DAY)).unwrap_or(0);
        if known < LEAST_DAYS {
            return None;
        }
        let history = History::new(days, until, known.min(options.weeks * 7), options.half_life);
        let mut past: Vec<Past> = cells.iter().map(|cell| history.of(cell)).collect();
        let even = vec![Profile::even(); cells.len()];
        past.iter_mut().zip(&even).for_each(|(past, profile)| past.expose(profile, &history));
        let mut ordinary = ordinaries(cells, &past, even);
        for _ in 1..ROUNDS {
            past.iter_mut().zip(&ordinary).for_each(|(past, ordinary)| past.weigh(ordinary));
            let profiles = profiles(cells, &past, &history);
            past.iter_mut().zip(&profiles).for_each(|(past, profile)| past.expose(profile, &history));
            ordinary = ordinaries(cells, &past, profiles);
        }
        Some(Self { cells: ordinary })
    }

    pub fn cell(&self, place: usize) -> &Ordinary {
        &self.cells[place]
    }
}

/// The stretch of time that baselines rest on, in days of 24 hours, the last one first.
struct History<'a> {
    days: &'a Days,
    until: i64,
    parts: Vec<Vec<Part>>,
    recency: Vec<f64>,
}

impl<'d> History<'d> {
    fn new(days: &'d Days, until: i64, length: usize, half_life: f64) -> Self {
        let parts = |back| days.parts(Self::day_before(until, back).0, Self::day_before(until, back).1);
        Self {
            days,
            until,
            parts: (0..length).map(parts).collect(),
            recency: (0..length).map(|back| 0.5_f64.powf(back as f64 / half_life)).collect(),
        }
    }

    /// The `back`-th day before `until`, 0 being the last.
    fn day_before(until: i64, back: usize) -> (i64, i64) {
        let end = until - back as i64 * DAY;
        (end - DAY, end)
    }

    fn start(&self) -> i64 {
        self.until - self.parts.len() as i64 * DAY
    }

    fn of<'a>(&self, cell: &'a Cell) -> Past<'a> {
        let voices = (0..self.parts.len()).map(|back| {
            let (from, to) = Self::day_before(self.until, back);
            cell.voices(from, to)
        });
        let weights = vec![1.0; self.parts.len()];
        Past { voices: voices.collect(), recency: self.recency.clone(), weights, exposure: Vec::new() }
    }
}

/// One cell's history, day by day from the last back.
struct Past<'a> {
    voices: Vec<&'a [i64]>,
    recency: Vec<f64>,
    /// 1, and less for an outbreak.
    weights: Vec<f64>,
    /// In ordinary days.
    exposure: Vec<f64>,
}

impl Past<'_> {
    fn expose(&mut self, profile: &Profile, history: &History) {
        self.exposure = history.parts.iter().map(|parts| profile.ordinary_days(parts)).collect();
    }

    fn count(&self, back: usize) -> f64 {
        self.voices[back].len() as f64
    }

    /// Cases and ordinary days, late days counting more and outbreaks less.
    fn weighed(&self) -> (f64, f64) {
        let weight = |back: usize| self.weights[back] * self.recency[back];
        let cases = (0..self.weights.len()).map(|back| weight(back) * self.count(back)).sum();
        let days = (0..self.weights.len()).map(|back| weight(back) * self.exposure[back]).sum();
        (cases, days)
    }

    /// Weighs outbreaks down.
    fn weigh(&mut self, ordinary: &Ordinary) {
        for back in 0..self.weights.len() {
            let mean = ordinary.level * self.exposure[back];
            let cases = self.voices[back].len();
            let residual = if cases >= LEAST_OUTBREAK && mean > 0.0 {
                anscombe(cases as f64, mean) / (1.0 + mean * ordinary.spread).sqrt()
            } else {
                0.0
            };
            self.weights[back] = (OUTBREAK / residual.max(OUTBREAK)).powi(2);
        }
    }

    /// Σ w((n − μ)² − μ) and Σ wμ², the two parts of 1/k by moments.
    fn spread(&self, level: f64) -> (f64, f64) {
        (0..self.weights.len()).fold((0.0, 0.0), |(over, square), back| {
            let mean = level * self.exposure[back];
            let weight = self.weights[back];
            (over + weight * ((self.count(back) - mean).powi(2) - mean), square + weight * mean * mean)
        })
    }

    fn tally(&self, days: &Days) -> Tally {
        let mut tally = Tally::empty();
        for (voices, weight) in self.voices.iter().zip(&self.weights) {
            voices.iter().for_each(|at| tally.add(*at, days, *weight));
        }
        tally
    }
}

/// The residual above which a day was an outbreak (Noufaily et al. 2013).
const OUTBREAK: f64 = 2.58;

/// Each cell's profile, drawn towards its category's, that towards the city's.
fn profiles(cells: &[&Cell], past: &[Past], history: &History) -> Vec<Profile> {
    let exposure = Exposure::of(history.days, history.start(), history.until);
    let tallies: Vec<Tally> = past.iter().map(|past| past.tally(history.days)).collect();
    let category = by_key(cells.iter().map(|cell| cell.category.as_str()));
    let kinds = category.iter().max().map_or(0, |most| most + 1);
    let (mut city, mut wide) = (Tally::empty(), vec![Tally::empty(); kinds]);
    for (tally, category) in tallies.iter().zip(&category) {
        city.join(tally);
        wide[*category].join(tally);
    }
    let city = Profile::drawn(&city, &exposure, &Profile::even());
    let wide: Vec<Profile> = wide.iter().map(|tally| Profile::drawn(tally, &exposure, &city)).collect();
    let own = |(tally, category): (&Tally, &usize)| Profile::drawn_by_day(tally, &exposure, &wide[*category]);
    tallies.iter().zip(&category).map(own).collect()
}

/// Levels and spreads of all cells, each with what its siblings make likely.
fn ordinaries(cells: &[&Cell], past: &[Past], profiles: Vec<Profile>) -> Vec<Ordinary> {
    let weighed: Vec<(f64, f64)> = past.iter().map(Past::weighed).collect();
    let likely = likely(cells, &weighed);
    let shape = prior_shape(&weighed, &likely);
    // Level: gamma posterior of shape a + n and rate a/likely + days.
    let level = |(cases, days): &(f64, f64), likely: &f64| (shape + cases) / (shape / likely + days);
    let levels: Vec<f64> = weighed.iter().zip(&likely).map(|(seen, likely)| level(seen, likely)).collect();
    let spreads = spreads(past, &levels);
    let one = |(place, profile): (usize, Profile)| Ordinary {
        profile,
        level: levels[place],
        shape: shape + weighed[place].0,
        spread: spreads[place],
    };
    profiles.into_iter().enumerate().map(one).collect()
}

/// For each cell the level that its category's and its area's totals make likely: category × area / city.
fn likely(cells: &[&Cell], weighed: &[(f64, f64)]) -> Vec<f64> {
    let category = by_key(cells.iter().map(|cell| cell.category.as_str()));
    let area = by_key(cells.iter().map(|cell| cell.area.as_str()));
    let totals = |keys: &[usize]| {
        let mut totals = vec![(0.0, 0.0); keys.iter().max().map_or(0, |most| most + 1)];
        for (key, (cases, days)) in keys.iter().zip(weighed) {
            totals[*key].0 += cases;
            totals[*key].1 += days;
        }
        // Half a case more, so that a total of none is not a certainty of none.
        totals.into_iter().map(|(cases, days): (f64, f64)| (cases + 0.5) / days.max(1.0)).collect::<Vec<f64>>()
    };
    let (categories, areas) = (totals(&category), totals(&area));
    let city = totals(&vec![0; cells.len()]);
    (0..cells.len()).map(|place| categories[category[place]] * areas[area[place]] / city[0]).collect()
}

/// The shape a of the gamma prior, by moments: E(n − M)² = M + M²/a over cells, M being the likely number.
fn prior_shape(weighed: &[(f64, f64)], likely: &[f64]) -> f64 {
    let (mut over, mut square) = (0.0, 0.0);
    for ((cases, days), likely) in weighed.iter().zip(likely) {
        let expected = likely * days;
        let weight = 1.0 / (1.0 + expected).powi(2);
        over += weight * ((cases - expected).powi(2) - expected);
        square += weight * expected * expected;
    }
    // Never surer than 20 cases, never less than a third of one.
    if over <= 0.0 { 20.0 } else { (square / over).clamp(0.3, 20.0) }
}

/// 1/k of each cell: its own by moments, drawn towards the city's by how sure each is.
fn spreads(past: &[Past], levels: &[f64]) -> Vec<f64> {
    let parts: Vec<(f64, f64)> = past.iter().zip(levels).map(|(past, level)| past.spread(*level)).collect();
    let (over, square) = parts.iter().zip(levels).fold((0.0, 0.0), |(over, square), (part, level)| {
        let weight = 1.0 / (1.0 + level).powi(2);
        (over + weight * part.0, square + weight * part.1)
    });
    // As if ten days with one case each had shown the usual spread.
    let city = ((over + 10.0 * USUAL_SPREAD) / (square + 10.0)).max(0.0);
    let one = |(part, level): (&(f64, f64), &f64)| {
        let own = if part.1 > 0.0 { part.0 / part.1 } else { city };
        let days = if *level > 0.0 { part.1 / (level * level) } else { 0.0 };
        let unsure = 2.0 * (1.0 / level.max(1e-9) + city).powi(2) / days.max(1.0);
        let trust = SPREAD_STRAYS.powi(2) / (SPREAD_STRAYS.powi(2) + unsure);
        (trust * own + (1.0 - trust) * city).max(LEAST_SPREAD)
    };
    parts.iter().zip(levels).map(one).collect()
}
