//! A made-up city of which the truth is known: what is ordinary, and which bursts were planted where and when.
//!
//! Nothing here knows how bursts are looked for.

use std::f64::consts::TAU;

use guikou::analytics::burst::series::{Arrival, Cell, DAY, DayKind, Days, HOUR};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Days of history, and days on which every hour is looked at.
pub const HISTORY: i64 = 60;
pub const WATCHED: i64 = 30;
const LENGTH: i64 = HISTORY + WATCHED;

/// One month of one city.
pub struct City {
    pub cells: Vec<Cell>,
    /// The same, where nobody knows who called.
    pub nameless: Vec<Cell>,
    pub days: Days,
    pub planted: Vec<Planted>,
    /// What is ordinary for each cell, in cases a day, over the whole time.
    pub rates: Vec<f64>,
}

/// A burst that was put there.
pub struct Planted {
    pub cell: usize,
    pub size: usize,
    /// Its first case and its last.
    pub start: i64,
    pub end: i64,
    /// What is ordinary in the 24 hours after its first case.
    pub ordinary: f64,
}

/// What is ordinary for a category: how it moves through week, day and season.
struct Habit {
    weekend: f64,
    holiday: f64,
    monday: f64,
    /// Share of the day's calls for each hour, workdays and days of rest.
    hours: [[f64; 24]; 2],
    swing: f64,
    period: f64,
    phase: f64,
    growth: f64,
    /// One number for each day: what moves the category in all areas at once.
    weather: Vec<f64>,
}

struct Dice(StdRng);

impl Dice {
    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.0.random::<f64>()
    }

    fn normal(&mut self) -> f64 {
        let (a, b) = (1.0 - self.0.random::<f64>(), self.0.random::<f64>());
        (-2.0 * a.ln()).sqrt() * (TAU * b).cos()
    }

    fn poisson(&mut self, mean: f64) -> usize {
        let (mut time, mut count) = (0.0, 0);
        loop {
            time -= (1.0 - self.0.random::<f64>()).ln();
            if time > mean {
                return count;
            }
            count += 1;
        }
    }

    /// Gamma with mean 1 (Marsaglia & Tsang 2000; `shape` of at least 1).
    fn gamma(&mut self, shape: f64) -> f64 {
        let d = shape - 1.0 / 3.0;
        loop {
            let x = self.normal();
            let v = (1.0 + x / (9.0 * d).sqrt()).powi(3);
            let u = 1.0 - self.0.random::<f64>();
            if v > 0.0 && u.ln() < x * x / 2.0 + d * (1.0 - v + v.ln()) {
                return d * v / shape;
            }
        }
    }

    fn hour(&mut self, shares: &[f64; 24]) -> i64 {
        let mut left = self.0.random::<f64>() * shares.iter().sum::<f64>();
        for (hour, share) in shares.iter().enumerate() {
            left -= share;
            if left < 0.0 {
                return hour as i64;
            }
        }
        23
    }

    fn moment(&mut self, day: i64, shares: &[f64; 24]) -> i64 {
        day * DAY + self.hour(shares) * HOUR + self.0.random_range(0..HOUR)
    }

    fn habit(&mut self) -> Habit {
        let night = self.0.random::<f64>() < 0.25;
        let shape = |hour: usize, rest: bool| match hour {
            0..=5 => 0.15,
            6..=7 => 0.6,
            8..=11 => {
                if rest {
                    1.2
                } else {
                    1.8
                }
            }
            12..=13 => 1.0,
            14..=17 => {
                if rest {
                    1.1
                } else {
                    1.6
                }
            }
            18..=20 => {
                if night {
                    2.2
                } else {
                    0.9
                }
            }
            _ => {
                if night {
                    2.8
                } else {
                    0.5
                }
            }
        };
        Habit {
            weekend: self.between(0.5, 1.15),
            holiday: self.between(0.3, 1.3),
            monday: self.between(1.0, 1.25),
            hours: [false, true].map(|rest| std::array::from_fn(|hour| shape(hour, rest))),
            swing: self.between(0.0, 0.3),
            period: self.between(60.0, 180.0),
            phase: self.between(0.0, TAU),
            growth: 0.1 * self.normal(),
            weather: (0..LENGTH).map(|_| self.gamma(40.0)).collect(),
        }
    }
}

impl Habit {
    /// Times the ordinary, on a day.
    fn height(&self, day: i64, kind: DayKind) -> f64 {
        let by_kind = match kind {
            DayKind::Holiday => self.holiday,
            DayKind::Saturday | DayKind::Sunday => self.weekend,
            DayKind::Monday => self.monday,
            _ => 1.0,
        };
        let time = day as f64;
        let season = self.swing * (TAU * time / self.period + self.phase).sin();
        by_kind * (season + self.growth * time / 30.0).exp() * self.weather[day as usize]
    }
}

impl City {
    /// The city of that number; a third of them have nothing planted.
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice(StdRng::seed_from_u64(seed));
        let days = calendar(&mut dice);
        let habits: Vec<Habit> = (0..dice.0.random_range(8..=15)).map(|_| dice.habit()).collect();
        let rates = rates(&mut dice, habits.len());
        let areas = rates.len() / habits.len();
        let mut arrivals: Vec<Vec<Arrival>> = rates
            .iter()
            .enumerate()
            .map(|(cell, rate)| ordinary(&mut dice, *rate, &habits[cell / areas], &days))
            .collect();
        disturb(&mut dice, &mut arrivals);
        let planted =
            if seed.is_multiple_of(3) { Vec::new() } else { plant(&mut dice, &mut arrivals, &rates, &habits, &days) };
        let nobody = |arrivals: &Vec<Arrival>| arrivals.iter().map(|one| Arrival { person: None, ..*one }).collect();
        let nameless = arrivals.iter().map(nobody).collect();
        Self { cells: cells(arrivals, areas), nameless: cells(nameless, areas), days, planted, rates }
    }
}

fn cells(arrivals: Vec<Vec<Arrival>>, areas: usize) -> Vec<Cell> {
    let name = |place: usize| (format!("{:02}", place / areas), format!("{:02}", place % areas));
    let cell = |(place, arrivals): (usize, Vec<Arrival>)| {
        let (category, area) = name(place);
        Cell::new(category, area, arrivals)
    };
    arrivals.into_iter().enumerate().map(cell).collect()
}

/// Days that begin on any weekday, with one stretch of 3 to 8 holidays.
fn calendar(dice: &mut Dice) -> Days {
    let weekday = dice.0.random_range(0..7);
    let first = dice.0.random_range(0..LENGTH - 8);
    let length = dice.0.random_range(3..=8);
    let kind = |day: i64| {
        if (first..first + length).contains(&day) {
            DayKind::Holiday
        } else {
            DayKind::ALL[((day + weekday) % 7) as usize]
        }
    };
    Days::new(0, (0..LENGTH).map(kind).collect())
}

/// Cases a day for each cell: category × area, each log-normal, and a good deal of their own.
fn rates(dice: &mut Dice, categories: usize) -> Vec<f64> {
    let areas = dice.0.random_range(5..=10);
    let of_category: Vec<f64> = (0..categories).map(|_| (1.1 * dice.normal()).exp()).collect();
    let of_area: Vec<f64> = (0..areas).map(|_| (0.6 * dice.normal()).exp()).collect();
    let cell = |place: usize| {
        let own = (0.5 * dice.normal()).exp();
        (0.45 * of_category[place / areas] * of_area[place % areas] * own).clamp(0.02, 15.0)
    };
    (0..categories * areas).map(cell).collect()
}

/// What a cell gets with nothing planted: days of uneven size, and people who call again.
fn ordinary(dice: &mut Dice, rate: f64, habit: &Habit, days: &Days) -> Vec<Arrival> {
    let uneven = dice.between(5.0, 30.0);
    let mut arrivals = Vec::new();
    for day in 0..LENGTH {
        let kind = days.kind(day);
        let mean = rate * habit.height(day, kind) * dice.gamma(uneven);
        for _ in 0..dice.poisson(mean) {
            let arrival =
                Arrival { at: dice.moment(day, &habit.hours[usize::from(kind.rests())]), person: person(dice) };
            arrivals.push(arrival);
            if dice.0.random::<f64>() < 0.04 {
                again(dice, arrival, &mut arrivals);
            }
        }
    }
    arrivals
}

fn person(dice: &mut Dice) -> Option<u64> {
    Some(dice.0.random())
}

/// The same person, once to three times more within a day.
fn again(dice: &mut Dice, first: Arrival, arrivals: &mut Vec<Arrival>) {
    for _ in 0..dice.0.random_range(1..=3) {
        arrivals.push(Arrival { at: first.at + dice.0.random_range(0..DAY), ..first });
    }
}

/// What a good rule does not fall for: old outbreaks in the history, and one angry caller now and then.
fn disturb(dice: &mut Dice, arrivals: &mut [Vec<Arrival>]) {
    for _ in 0..dice.0.random_range(1..=3) {
        let (cell, size) = (dice.0.random_range(0..arrivals.len()), dice.0.random_range(10..=60));
        let start = dice.0.random_range(0..(HISTORY - 7) * DAY);
        for _ in 0..size {
            arrivals[cell].push(Arrival { at: start + dice.0.random_range(0..2 * DAY), person: person(dice) });
        }
    }
    for _ in 0..dice.poisson(1.0) {
        let (cell, caller) = (dice.0.random_range(0..arrivals.len()), person(dice));
        let start = dice.0.random_range(HISTORY * DAY..(LENGTH - 1) * DAY);
        for _ in 0..dice.0.random_range(5..=9) {
            arrivals[cell].push(Arrival { at: start + dice.0.random_range(0..DAY / 2), person: caller });
        }
    }
}

/// One to four bursts, each in a cell of its own, of 3–7, 8–14 or 15–40 people in 2 to 24 hours.
fn plant(dice: &mut Dice, arrivals: &mut [Vec<Arrival>], rates: &[f64], habits: &[Habit], days: &Days) -> Vec<Planted> {
    let areas = rates.len() / habits.len();
    let mut planted: Vec<Planted> = Vec::new();
    for _ in 0..dice.0.random_range(1..=4) {
        let cell = dice.0.random_range(0..arrivals.len());
        if planted.iter().any(|other| other.cell == cell) {
            continue;
        }
        let size = match dice.0.random_range(0..3) {
            0 => dice.0.random_range(3..=7),
            1 => dice.0.random_range(8..=14),
            _ => dice.0.random_range(15..=40),
        };
        let habit = &habits[cell / areas];
        let day = dice.0.random_range(HISTORY + 1..LENGTH - 5);
        let start = dice.moment(day, &habit.hours[usize::from(days.kind(day).rests())]);
        let spread = dice.0.random_range(2 * HOUR..=DAY);
        let mut times: Vec<i64> = (1..size).map(|_| start + dice.0.random_range(0..spread)).collect();
        times.push(start);
        let end = times.iter().copied().max().unwrap_or(start);
        arrivals[cell].extend(times.into_iter().map(|at| Arrival { at, person: person(dice) }));
        let ordinary = rates[cell] * habit.height(day, days.kind(day));
        planted.push(Planted { cell, size, start, end, ordinary });
    }
    planted
}
