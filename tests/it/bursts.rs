//! What is growing, where and since when: the scan, through its public door.

mod door;

use guikou::analytics::burst::series::{Arrival, Cell, DAY, DayKind, Days, HOUR};
use guikou::analytics::burst::{Measured, Options, measure, scan};
use proptest::prelude::*;

/// The scan's moment: 20:00 of a Thursday, with room for the history before it.
const NOW: i64 = 20_000 * DAY + 6 * DAY + 20 * HOUR;

fn at(back: i64) -> Arrival {
    Arrival { at: NOW - back, person: None }
}

/// `daily` cases every day of the history, spread over its working hours, up to `until` before now.
fn steady(daily: i64, until: i64) -> Vec<Arrival> {
    let moments = (0..70).flat_map(|day| (0..daily).map(move |n| NOW - day * DAY - 10 * HOUR + n * 10 * HOUR / daily));
    moments.filter(|at| *at < NOW - until).map(|at| Arrival { at, person: None }).collect()
}

/// `size` cases in the last `hours` before `back` ago, each by another person.
fn burst(size: i64, hours: i64, back: i64) -> Vec<Arrival> {
    (0..size).map(|n| Arrival { person: Some(n as u64), ..at(back + hours * HOUR * (n + 1) / (size + 1)) }).collect()
}

fn city(special: Vec<Arrival>) -> Vec<Cell> {
    let mut cells = vec![Cell::new("噪声", "城东", special)];
    for (category, daily) in [("噪声", 2), ("供水", 1), ("停车", 4)] {
        cells.extend(["城南", "城西", "城北"].map(|area| Cell::new(category, area, steady(daily, 0))));
    }
    cells
}

fn of(cells: &[Cell], now: i64, window: u32) -> Measured {
    let all = measure(cells, &Days::default(), now, &Options::default());
    all.into_iter().find(|measured| measured.cell == 0 && measured.window == window).unwrap()
}

fn found(cells: &[Cell]) -> Vec<(String, String)> {
    let found = scan(cells, &Days::default(), NOW, &Options::default());
    found.into_iter().map(|found| (found.category, found.area)).collect()
}

#[test]
fn a_steady_series_is_expected_to_go_on() {
    let cells = city(steady(2, 0));
    let (day, three) = (of(&cells, NOW, 24), of(&cells, NOW, 72));
    assert_eq!((day.observed, three.observed), (2, 6));
    assert!((day.expected - 2.0).abs() < 0.1 && (three.expected - 6.0).abs() < 0.3, "{day:?} {three:?}");
    assert!(day.chance > 0.3 && day.z.abs() < 0.2 && (4..10).contains(&day.bound), "{day:?}");
    assert!(found(&cells).is_empty());
}

#[test]
fn a_burst_is_found_with_its_figures_and_its_onset() {
    let mut arrivals = steady(1, 0);
    arrivals.extend(burst(9, 5, 0));
    let cells = city(arrivals);
    let found = scan(&cells, &Days::default(), NOW, &Options::default());
    assert_eq!(found.len(), 1, "{found:?}");
    let (one, measured) = (&found[0], &found[0].measured);
    assert_eq!((one.category.as_str(), one.area.as_str()), ("噪声", "城东"));
    assert_eq!((measured.window, measured.cases, measured.people, measured.observed), (24, 10, 10, 10));
    assert!((0.9..1.2).contains(&measured.expected) && measured.z > 4.0, "{measured:?}");
    assert!(measured.chance < 1e-5 && measured.discovery <= 20.0 * measured.chance, "{measured:?}");
    assert!((measured.bound as usize) < measured.observed);
    // The first of the nine came 4.5 hours ago, in an hour that is busy anyway; the second 4 hours ago.
    assert!((NOW - 5 * HOUR..=NOW - 4 * HOUR).contains(&one.since) && one.until.is_none(), "{one:?}");
    assert!(one.strength > 5.0);
}

#[test]
fn a_burst_that_is_over_has_an_end() {
    let mut arrivals = steady(1, 0);
    arrivals.extend(burst(20, 4, 14 * HOUR));
    let found = scan(&city(arrivals), &Days::default(), NOW, &Options::default());
    let until = found[0].until.unwrap();
    assert!((NOW - 14 * HOUR..NOW - 12 * HOUR).contains(&until), "{}", (NOW - until) / HOUR);
    assert!(found[0].since >= NOW - 18 * HOUR && found[0].since < NOW - 17 * HOUR);
}

#[test]
fn one_angry_caller_is_no_burst_and_twelve_people_are() {
    let angry = |person: fn(i64) -> u64| {
        let mut arrivals = steady(1, 0);
        arrivals.extend((0..12).map(|n| Arrival { person: Some(person(n)), ..at(HOUR + n * HOUR / 2) }));
        arrivals
    };
    assert!(found(&city(angry(|_| 7))).is_empty());
    let one = of(&city(angry(|_| 7)), NOW, 24);
    assert_eq!((one.cases, one.people, one.observed), (13, 2, 2), "the unknown caller is one, the angry one is one");
    assert_eq!(found(&city(angry(|n| n as u64))).len(), 1);
}

#[test]
fn fewer_than_five_cases_are_none_however_rare_they_are() {
    assert!(found(&city(burst(4, 3, 0))).is_empty());
    assert_eq!(found(&city(burst(5, 3, 0))).len(), 1);
}

#[test]
fn an_old_outbreak_does_not_hide_a_new_one() {
    let mut arrivals = steady(1, 0);
    arrivals.extend(burst(60, 20, 9 * DAY));
    let before = of(&city(steady(1, 0)), NOW, 24).expected;
    let after = of(&city(arrivals.clone()), NOW, 24).expected;
    assert!(after < 1.35 * before, "expected {before}, with the outbreak {after}");
    arrivals.extend(burst(9, 5, 0));
    assert_eq!(found(&city(arrivals)).len(), 1);
}

#[test]
fn a_series_that_was_never_heard_expects_what_its_category_and_area_make_likely() {
    let quiet = of(&city(Vec::new()), NOW, 24);
    assert!(quiet.expected > 0.0 && quiet.expected < 0.2, "{quiet:?}");
    assert_eq!(found(&city(burst(8, 6, 0))), [("噪声".to_owned(), "城东".to_owned())]);
}

#[test]
fn a_day_is_held_against_days_of_its_kind() {
    // Six a day, none on Saturdays and Sundays; day 0 was a Thursday, so day 20,000 + 6 is one.
    let working: Vec<Arrival> =
        steady(6, 0).into_iter().filter(|one| (one.at.div_euclid(DAY) + 3).rem_euclid(7) < 5).collect();
    let cells = vec![Cell::new("公积金", "城东", working.clone()), Cell::new("公积金", "城西", working)];
    let (thursday, sunday) = (of(&cells, NOW, 24).expected, of(&cells, NOW - 4 * DAY, 24).expected);
    assert!(thursday > 5.5 && sunday < 2.5, "Thursday {thursday}, Sunday {sunday}");
    // A Thursday that is a holiday is like a Sunday, as long as none was seen.
    let holiday = Days::new(NOW.div_euclid(DAY) - 1, vec![DayKind::Holiday; 2]);
    let all = measure(&cells, &holiday, NOW, &Options::default());
    assert!(all[0].expected < 2.5, "{}", all[0].expected);
}

#[test]
fn days_before_the_first_case_are_no_quiet_days() {
    let city = |days: i64| {
        let young = |daily| steady(daily, 0).into_iter().filter(|one| one.at > NOW - days * DAY).collect();
        vec![Cell::new("噪声", "城东", young(2)), Cell::new("供水", "城东", young(5))]
    };
    let three_weeks = of(&city(21), NOW, 24);
    assert!((three_weeks.expected - 2.0).abs() < 0.2, "{three_weeks:?}");
    assert!(measure(&city(10), &Days::default(), NOW, &Options::default()).is_empty(), "ten days are no history");
}

#[test]
fn what_comes_later_is_not_seen() {
    let mut arrivals = steady(1, 0);
    let before = measure(&city(arrivals.clone()), &Days::default(), NOW, &Options::default());
    arrivals.extend(burst(30, 3, -4 * HOUR));
    assert_eq!(measure(&city(arrivals), &Days::default(), NOW, &Options::default()), before);
}

#[test]
fn empty_cities_and_cities_of_one_case_have_figures_and_no_burst() {
    assert!(scan(&[], &Days::default(), NOW, &Options::default()).is_empty());
    for arrivals in [Vec::new(), vec![at(HOUR)], vec![at(40 * DAY)], vec![at(0)]] {
        let cells = [Cell::new("噪声", "城东", arrivals)];
        assert!(scan(&cells, &Days::default(), NOW, &Options::default()).is_empty());
        for measured in measure(&cells, &Days::default(), NOW, &Options::default()) {
            assert!(measured.expected.is_finite() && measured.z.is_finite(), "{measured:?}");
            assert!((0.0..=1.0).contains(&measured.chance) && (0.0..=1.0).contains(&measured.discovery));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// To the last digit: sums are made in an order of their own.
    #[test]
    fn neither_the_order_of_cells_nor_of_cases_changes_anything(
        hours in prop::collection::vec((0usize..4, 0i64..1500, 0u64..40), 20..300),
        turn in 0usize..12,
    ) {
        let build = |hours: &[(usize, i64, u64)], turn: usize| {
            let place = |cell: usize| (["噪声", "供水"][cell % 2], ["城东", "城西"][cell / 2]);
            let arrivals = |cell| {
                let own = hours.iter().filter(move |one| one.0 == cell);
                own.map(|(_, back, person)| Arrival { person: Some(*person), ..at(back * HOUR) }).collect()
            };
            let mut cells: Vec<Cell> =
                (0..4).map(|cell| Cell::new(place(cell).0, place(cell).1, arrivals(cell))).collect();
            cells.rotate_left(turn % 4);
            cells
        };
        let mut turned = hours.clone();
        turned.reverse();
        let options = Options { level: 0.5, least: 1, ..Options::default() };
        let look = |cells: &[Cell]| {
            let mut found = scan(cells, &Days::default(), NOW, &options);
            found.iter_mut().for_each(|found| found.measured.cell = 0);
            found
        };
        prop_assert_eq!(look(&build(&hours, 0)), look(&build(&turned, turn)));
    }
}
