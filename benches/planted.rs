//! Planted truth: how many bursts are found, how fast, and how many alarms are false.
//!
//! 200 made-up city-months (`GUIKOU_CITIES` for another number), seeds 1 to 200; the scan's settings were tuned on
//! seeds from 1000 on. Every rule sees the same cities, hour by hour, knowing only what had come by then.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints its table and stops at a surprise")]

#[path = "planted/watch.rs"]
mod watch;
#[path = "planted/world.rs"]
mod world;

use watch::{Outcome, RULES, Rule, Score, watch};
use world::City;

fn main() {
    let number: u64 = std::env::var("GUIKOU_CITIES").ok().and_then(|n| n.parse().ok()).unwrap_or(200);
    let cities: Vec<City> = (1..=number).map(City::new).collect();
    tell_mix(&cities);
    println!(
        "\n| rule | false alarms per 1,000 series-days | 3–7 | 8–14 | 15–40 | 8 and more | median delay, 8 and more |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|");
    let scores: Vec<Score> = RULES.iter().map(|rule| watched(&cities, rule)).collect();
    RULES.iter().zip(&scores).for_each(|(rule, score)| tell_rule(rule, score));
    tell_difficulty(&scores[0]);
    let off = scores[0].median(|burst| burst.onset_off.filter(|_| burst.size >= 8));
    println!("\nOnset told with the alarm, median distance from the true one: {:.1} h", off.unwrap_or(f64::NAN));
}

/// A rule over all cities, on all cores; the sum does not depend on how they are shared out.
fn watched(cities: &[City], rule: &Rule) -> Score {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = |core: usize| {
        let mut score = Score::default();
        cities.iter().skip(core).step_by(cores).for_each(|city| score.join(watch(city, rule)));
        score
    };
    let mut all = Score::default();
    std::thread::scope(|scope| {
        let share = &share;
        let shares: Vec<_> = (0..cores).map(|core| scope.spawn(move || share(core))).collect();
        shares.into_iter().for_each(|part| all.join(part.join().unwrap()));
    });
    all
}

fn tell_mix(cities: &[City]) {
    let rates: Vec<f64> = cities.iter().flat_map(|city| city.rates.iter().copied()).collect();
    let below = |rate: f64| 100.0 * rates.iter().filter(|own| **own < rate).count() as f64 / rates.len() as f64;
    let planted: usize = cities.iter().map(|city| city.planted.len()).sum();
    let quiet = cities.iter().filter(|city| city.planted.is_empty()).count();
    println!(
        "{} city-months, {} series ({} to {} a city), {planted} bursts planted, none in {quiet} of the months",
        cities.len(),
        rates.len(),
        cities.iter().map(|city| city.cells.len()).min().unwrap_or(0),
        cities.iter().map(|city| city.cells.len()).max().unwrap_or(0),
    );
    println!(
        "series below 0.1 cases a day {:.0} %, below 0.5 {:.0} %, below 2 {:.0} %, below 5 {:.0} %",
        below(0.1),
        below(0.5),
        below(2.0),
        below(5.0)
    );
}

fn tell_rule(rule: &Rule, score: &Score) {
    let class = |least: usize, most: usize| share(score.found(|burst| (least..=most).contains(&burst.size)));
    let delay = score.median(|burst| burst.delay.filter(|_| burst.size >= 8)).unwrap_or(f64::NAN);
    println!(
        "| {} | {:.2} ({}) | {} | {} | {} | {} | {delay:.1} h |",
        rule.name,
        score.per_thousand(),
        score.false_alarms,
        class(3, 7),
        class(8, 14),
        class(15, 40),
        class(8, 40),
    );
}

/// How hard a burst is: its size over the square root of what is ordinary in a day.
fn tell_difficulty(score: &Score) {
    println!("\n| size / √(ordinary + 1) | found by the scan |");
    println!("|---|---:|");
    let ratio = |burst: &Outcome| burst.size as f64 / (burst.ordinary + 1.0).sqrt();
    for (low, high) in [(0.0, 3.0), (3.0, 5.0), (5.0, 7.0), (7.0, 10.0), (10.0, 100.0)] {
        let found = score.found(|burst| (low..high).contains(&ratio(burst)));
        println!("| {low} to {high} | {} |", share(found));
    }
}

fn share((found, all): (usize, usize)) -> String {
    format!("{:.3} ({found}/{all})", found as f64 / all as f64)
}
