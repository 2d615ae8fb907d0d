//! The forecast, told to cities whose truth is known: its intervals hold as often as they say.

use std::collections::BTreeSet;

use chrono::{Datelike, Days, NaiveDate};
use guikou::analytics::DayKind;
use guikou::analytics::burst::chance::{Counts, normal_quantile};
use guikou::analytics::forecast::{AHEAD, LEAST, Outlook, outlook};
use guikou::triage::Triage;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::time;
use crate::door::settings;

/// A hotline as it might be: its level drifts, its weekdays differ, nobody calls on holidays, and calls come in clusters.
struct City {
    level: f64,
    /// The standard deviation of a day's step of ln(level).
    drift: f64,
    /// φ.
    spread: f64,
    weekend: f64,
}

const CITIES: [City; 6] = [
    City { level: 2.0, drift: 0.0, spread: 1.0, weekend: 0.7 },
    City { level: 12.0, drift: 0.02, spread: 1.0, weekend: 0.5 },
    City { level: 12.0, drift: 0.0, spread: 2.0, weekend: 0.8 },
    City { level: 60.0, drift: 0.03, spread: 1.5, weekend: 0.6 },
    City { level: 300.0, drift: 0.01, spread: 4.0, weekend: 0.55 },
    City { level: 2000.0, drift: 0.02, spread: 10.0, weekend: 0.7 },
];

/// Lengths of history, in days: just enough, two months, half a year, a year and more.
const HISTORIES: [usize; 4] = [LEAST, 63, 180, 400];

fn kinds(days: usize) -> Vec<DayKind> {
    let first = NaiveDate::from_ymd_opt(2027, 1, 4).unwrap();
    let holiday = |day: NaiveDate| (day.month(), day.day()) == (4, 5) || day.month() == 10 && day.day() <= 7;
    let kind = |day: NaiveDate| DayKind::of(day, day.weekday().number_from_monday() < 6 && !holiday(day));
    (0..days).map(|at| kind(first + Days::new(at as u64))).collect()
}

impl City {
    fn counts(&self, kinds: &[DayKind], random: &mut ChaCha8Rng) -> Vec<u32> {
        let mut log = self.level.ln();
        let day = |kind: &DayKind| {
            log += self.drift * normal_quantile(random.random_range(1e-9..1.0));
            let weight = match kind {
                DayKind::Monday => 1.3,
                DayKind::Saturday => self.weekend,
                DayKind::Sunday | DayKind::Holiday => self.weekend * 0.8,
                _ => 1.0,
            };
            let mean = weight * log.exp();
            let size = if self.spread > 1.0 { mean / (self.spread - 1.0) } else { f64::INFINITY };
            Counts { mean, size }.quantile(random.random_range(1e-12..1.0)) as u32
        };
        kinds.iter().map(day).collect()
    }
}

/// How many of the days that came lie within the 80 % and the 95 % interval.
fn held(told: &Outlook, came: &[u32]) -> (usize, usize) {
    let within = |(low, high): (u64, u64), count: u32| (low..=high).contains(&u64::from(count));
    let count = |held: &dyn Fn(usize) -> bool| (0..came.len()).filter(|at| held(*at)).count();
    (count(&|at| within(told.days[at].within_80, came[at])), count(&|at| within(told.days[at].within_95, came[at])))
}

#[test]
fn intervals_hold_as_often_as_they_say_in_cities_whose_truth_is_known() {
    let (mut days, mut held_80, mut held_95, mut tested, mut test_80) = (0, 0, 0, 0.0, 0.0);
    for (number, city) in CITIES.iter().enumerate() {
        let mut of_city = (0, 0);
        for (at, history) in HISTORIES.iter().enumerate() {
            for seed in 0..SEEDS {
                let mut random = ChaCha8Rng::seed_from_u64(seed * 100 + (number * 10 + at) as u64);
                let kinds = kinds(history + AHEAD);
                let counts = city.counts(&kinds, &mut random);
                let told = &outlook(&counts[..*history], &[], &kinds).unwrap()[0];
                let (eighty, ninety_five) = held(told, &counts[*history..]);
                (days, held_80, held_95) = (days + AHEAD, held_80 + eighty, held_95 + ninety_five);
                of_city = (of_city.0 + AHEAD, of_city.1 + eighty);
                if let Some(test) = told.backtest {
                    (tested, test_80) = (tested + test.days as f64, test_80 + test.held_80 * test.days as f64);
                }
            }
        }
        println!("city {number}: {} of {}", of_city.1, of_city.0);
    }
    let share = |held: usize| held as f64 / days as f64;
    println!("80 %: {:.3}, 95 %: {:.3}, back-tested 80 %: {:.3}", share(held_80), share(held_95), test_80 / tested);
    assert!((0.72..=0.88).contains(&share(held_80)), "{}", share(held_80));
    assert!((0.90..=0.99).contains(&share(held_95)), "{}", share(held_95));
    assert!((0.72..=0.88).contains(&(test_80 / tested)), "{}", test_80 / tested);
}

const SEEDS: u64 = 6;

#[test]
fn intervals_hold_in_the_demonstration_too() {
    let settings = settings(&[("model", "no/such/folder")]).settings;
    let triage = Triage::load(&settings.data(), &settings.model().unwrap()).unwrap();
    let (corpus, now) = (triage.corpus().unwrap(), time("2026-10-20T20:00:00+08:00"));
    let stream = triage.stream(&corpus, 60, now);
    let first = now.date_naive() - Days::new(59);
    let calendar = &triage.deadlines().calendar;
    let day = |at: u64| first + Days::new(at);
    let kinds: Vec<DayKind> = (0..66).map(|at| DayKind::of(day(at), calendar.is_worked(day(at)))).collect();
    let counts = |which: &dyn Fn(&str) -> bool| -> Vec<u32> {
        let of = |at: u64| stream.iter().filter(|told| told.at.date_naive() == day(at) && which(&told.told.l2)).count();
        (0..59).map(|at| of(at) as u32).collect()
    };
    let domains: BTreeSet<String> = corpus.iter().map(|told| told.l2[..2].to_owned()).collect();
    let parts: Vec<Vec<u32>> = domains.iter().map(|domain| counts(&|code| code.starts_with(domain.as_str()))).collect();
    let parts: Vec<&[u32]> = parts.iter().map(Vec::as_slice).collect();
    let told = outlook(&counts(&|_| true), &parts, &kinds).unwrap();
    let tests: Vec<_> = told.iter().map(|told| told.backtest.unwrap()).collect();
    let (days, held): (usize, f64) =
        tests.iter().fold((0, 0.0), |(days, held), test| (days + test.days, held + test.held_80 * test.days as f64));
    let mase: f64 = tests.iter().filter_map(|test| test.mase).sum::<f64>() / tests.len() as f64;
    println!(
        "all: {:?}; with the {} domains: {:.3} of {days} days, MASE {mase:.3}",
        tests[0],
        parts.len(),
        held / days as f64
    );
    // Counts of one or two a day: whole numbers hold more than 80 %. Holidays came once.
    assert!((0.72..=0.95).contains(&(held / days as f64)), "{held} of {days}");
    assert!(mase < 1.0, "no worse than a week ago: {mase}");
}
