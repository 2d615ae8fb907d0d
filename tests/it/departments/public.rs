//! The edition for the public, attacked: whoever reads all tables must not learn a count under five.

use std::collections::BTreeSet;

use guikou::analytics::suppress::{Node, Shown, protect};
use guikou::insight::{DepartmentGroup, Insight, Month, PublicDepartments};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::{ADDRESS, NOW, TRIAGE, ground, time};
use crate::door::get;

/// What may hold of a row: by its size, the hits it may have, as bits.
type Known = Vec<u128>;

fn pairs(known: &Known) -> impl Iterator<Item = (usize, usize)> {
    let hits = |bits: u128| (0..128).filter(move |hits| bits >> hits & 1 == 1);
    known.iter().enumerate().flat_map(move |(size, bits)| hits(*bits).map(move |hits| (size, hits)))
}

/// All sums of one from each.
fn sums<'k>(of: impl Iterator<Item = &'k Known>, most: usize) -> Known {
    let mut nothing = vec![0; most + 1];
    nothing[0] = 1;
    of.fold(nothing, |sums, known| {
        let mut both = vec![0; most + 1];
        for (size, hits) in pairs(known) {
            (0..=most - size).for_each(|rest| both[rest + size] |= sums[rest] << hits);
        }
        both
    })
}

/// All that a row and the rows listed below it could be, for what is shown of them, by trying everything.
fn possible(node: &Node, shown: &Shown, most: usize) -> Known {
    let mut own = vec![0; most + 1];
    let sizes = if shown.size { node.size as usize..=node.size as usize } else { 1..=most };
    for size in sizes {
        own[size] = if shown.answers[0] { 1 << node.answers[0][0] } else { (1 << (size + 1)) - 1 };
    }
    if shown.size {
        for (rows, shown) in node.tables.iter().zip(&shown.tables) {
            let below: Vec<Known> = rows.iter().zip(shown).map(|(row, shown)| possible(row, shown, most)).collect();
            own.iter_mut().zip(sums(below.iter(), most)).for_each(|(own, sum)| *own &= sum);
        }
    }
    own
}

/// Walks down with what is known of the row above, and gives each hidden count with all that it could be.
fn attack(node: &Node, shown: &Shown, known: &Known, told: &mut Vec<(u32, BTreeSet<usize>)>) {
    if !shown.size {
        told.push((node.size, pairs(known).map(|(size, _)| size).collect()));
    }
    if !shown.answers[0] {
        told.push((node.answers[0][0], pairs(known).map(|(_, hits)| hits).collect()));
        told.push((node.answers[0][1], pairs(known).map(|(size, hits)| size - hits).collect()));
    }
    if !shown.size {
        return;
    }
    let most = known.len() - 1;
    for (rows, shown) in node.tables.iter().zip(&shown.tables) {
        let below: Vec<Known> = rows.iter().zip(shown).map(|(row, shown)| possible(row, shown, most)).collect();
        for at in 0..rows.len() {
            let others = (0..rows.len()).filter(|other| *other != at).map(|other| &below[other]);
            let others = sums(others, most);
            let mut mine = vec![0; most + 1];
            for (size, hits) in pairs(&below[at]) {
                let fits = (0..=most - size).any(|rest| others[rest] << hits & known[rest + size] != 0);
                mine[size] |= u128::from(fits) << hits;
            }
            let truth = (rows[at].size as usize, rows[at].answers[0][0]);
            assert!(mine[truth.0] >> truth.1 & 1 == 1, "the truth is always possible");
            attack(&rows[at], &shown[at], &mine, told);
        }
    }
}

fn leaf(size: u32, hits: u32) -> Node {
    Node { size, answers: vec![vec![hits, size - hits]], tables: Vec::new() }
}

fn over(tables: Vec<Vec<Node>>) -> Node {
    let sum = |part: usize| tables[0].iter().map(|row| row.answers[0][part]).sum::<u32>();
    let (hits, misses) = (sum(0), sum(1));
    Node { size: hits + misses, answers: vec![vec![hits, misses]], tables }
}

/// A total divided into kinds with units, and the same total divided otherwise.
fn drawn(random: &mut ChaCha8Rng) -> Node {
    let few = |random: &mut ChaCha8Rng, most: u32| {
        let size = if random.random_bool(0.4) { random.random_range(1..=4) } else { random.random_range(1..=most) };
        let misses =
            if random.random_bool(0.6) { random.random_range(0..=size.min(4)) } else { random.random_range(0..=size) };
        leaf(size, size - misses)
    };
    let levels = random.random_range(1..=3);
    let levels: Vec<Node> = (0..levels)
        .map(|_| {
            let units = random.random_range(1..=3);
            over(vec![(0..units).map(|_| few(random, 9)).collect()])
        })
        .collect();
    let mut total = over(vec![levels]);
    // The same cases by place: each goes to one of three.
    let mut places = [(0, 0); 3];
    for case in 0..total.size {
        let place = &mut places[if random.random_bool(0.6) { 0 } else { random.random_range(1..3) }];
        place.0 += 1;
        place.1 += u32::from(case < total.answers[0][0]);
    }
    total.tables.push(places.iter().filter(|(size, _)| *size > 0).map(|(size, hits)| leaf(*size, *hits)).collect());
    total
}

fn shown_counts(node: &Node, shown: &Shown, counts: &mut Vec<u32>) {
    counts.extend(shown.size.then_some(node.size));
    counts.extend(node.answers.iter().zip(&shown.answers).filter(|(_, shown)| **shown).flat_map(|(parts, _)| parts));
    let below = node.tables.iter().flatten().zip(shown.tables.iter().flatten());
    below.for_each(|(node, shown)| shown_counts(node, shown, counts));
}

#[test]
fn no_count_under_five_is_shown_or_can_be_worked_out() {
    let mut random = ChaCha8Rng::seed_from_u64(20_251_112);
    let (mut small, mut narrowest, mut shown_rates, mut rates) = (0, usize::MAX, 0, 0);
    for _ in 0..150 {
        let node = drawn(&mut random);
        let shown = protect(&node);
        let mut counts = Vec::new();
        shown_counts(&node, &shown, &mut counts);
        assert!(counts.iter().all(|count| *count == 0 || *count > 4), "{node:?} {shown:?}");
        let units = || node.tables[0].iter().zip(&shown.tables[0]);
        shown_rates += units().filter(|(_, shown)| shown.answers[0]).count();
        rates += units().count();
        let known = possible(&node, &shown, node.size.max(12) as usize);
        let mut told = Vec::new();
        attack(&node, &shown, &known, &mut told);
        for (truth, could_be) in told.into_iter().filter(|(truth, _)| *truth > 0) {
            let (low, high) = (*could_be.first().unwrap(), *could_be.last().unwrap());
            assert!(high - low >= 3, "{truth} in {low}..={high}: {node:?} {shown:?}");
            if truth <= 4 {
                assert!((1..=4).all(|count| could_be.contains(&count)), "{truth} in {could_be:?}: {node:?} {shown:?}");
                (small, narrowest) = (small + 1, narrowest.min(high - low));
            }
        }
    }
    println!(
        "{small} hidden counts of 1 to 4, the narrowest reach {narrowest} wide; {shown_rates} of {rates} kinds shown"
    );
    assert!(small > 1_000 && shown_rates > 20, "{small} {shown_rates}");
}

/// As an outsider would: what is left of a total when all but one are shown.
#[test]
fn a_hidden_row_never_stands_alone() {
    let hidden = |sizes: &[(u32, u32)]| {
        let node = over(vec![sizes.iter().map(|(size, hits)| leaf(*size, *hits)).collect()]);
        let shown = protect(&node);
        let rows = shown.tables[0].iter().map(|row| (!row.size, !row.answers[0])).collect::<Vec<_>>();
        ((!shown.size, !shown.answers[0]), rows)
    };
    let none = (false, false);
    assert_eq!(hidden(&[(40, 30), (20, 10)]), (none, vec![none, none]));
    // A row of 3 takes the smallest other with it; the rate of the third stays.
    assert_eq!(hidden(&[(40, 30), (3, 0), (20, 10)]), (none, vec![none, (true, true), (true, true)]));
    // Two misses take the smallest other's rate with them, not its size.
    assert_eq!(hidden(&[(40, 30), (30, 28), (20, 10)]), (none, vec![none, (false, true), (false, true)]));
    // With nothing to hide behind, the total goes too.
    assert_eq!(hidden(&[(3, 0)]), ((true, true), vec![(true, true)]));
    assert_eq!(hidden(&[(30, 28)]), ((false, true), vec![(false, true)]));
}

#[test]
fn the_public_edition_has_no_cases_links_or_small_counts() {
    let month = Month::parse("2025-11").unwrap();
    let insight = Insight::default();
    let published = |group| insight.published_departments(ground(&TRIAGE), month, group, time(NOW)).unwrap();
    let units = published(DepartmentGroup::Unit);
    // Kinds of 12, 1, 1 and 1 cases: the three hide behind the first, whose units are not listed then.
    assert_eq!((units.total.assigned, units.rows.len()), (Some(15), 0));
    let levels = published(DepartmentGroup::Level);
    assert!(levels.rows.iter().all(|row| row.suppressed && row.assigned.is_none()), "{levels:?}");
    let json = get(*ADDRESS, "/v1/departments?edition=public&month=2025-11&group=district").json();
    assert_eq!((&json["month"], json["rows"].as_array().unwrap().len()), (&json!("2025-11"), 2));
    let mut keys = BTreeSet::new();
    gathered(&json, &mut keys);
    for private in ["link", "hits_link", "case", "cases", "id", "reference"] {
        assert!(!keys.contains(private), "{private}");
    }
    let csv = get(*ADDRESS, "/v1/departments?edition=public&month=2025-11&group=level&format=csv").body;
    assert!(csv.contains("隐去") && csv.contains("承办件、响应率、按时办结率、解决率、满意率"), "{csv}");
    [DepartmentGroup::Unit, DepartmentGroup::Level, DepartmentGroup::Category, DepartmentGroup::District]
        .map(published)
        .iter()
        .for_each(no_small_count);
}

fn gathered(value: &Value, keys: &mut BTreeSet<String>) {
    for (key, value) in value.as_object().into_iter().flatten() {
        keys.insert(key.clone());
        gathered(value, keys);
    }
    value.as_array().into_iter().flatten().for_each(|value| gathered(value, keys));
}

fn no_small_count(published: &PublicDepartments) {
    for row in published.rows.iter().chain([&published.total]) {
        let mut counts: Vec<i64> = row.assigned.into_iter().chain(row.undeclared).collect();
        for rate in [&row.response, &row.on_time, &row.resolution, &row.satisfaction] {
            assert_eq!(rate.suppressed, rate.of.is_none() && rate.rate.is_none() && rate.low.is_none());
            let (Some(hits), Some(of)) = (rate.hits, rate.of) else { continue };
            counts.extend([hits, of - hits]);
            counts.extend(row.assigned.map(|assigned| assigned - of));
        }
        assert!(counts.iter().all(|count| *count == 0 || *count > 4), "{row:?}");
    }
}

/// Protection that hides all would be easy: of a city's forty bureaus and three units with a handful of cases, most are
/// told.
#[test]
fn an_ordinary_city_is_told_nearly_all() {
    let bureau = |n: u32| {
        let size = 60 + 35 * n;
        let (misses, rest) = (size * (4 + n % 7) / 100, size / 5);
        Node { size, answers: vec![vec![size - misses - rest, misses, rest]], tables: Vec::new() }
    };
    let few = |size: u32| Node { size, answers: vec![vec![size, 0, 0]], tables: Vec::new() };
    let above = |rows: Vec<Node>| {
        let part = |part: usize| rows.iter().map(|row| row.answers[0][part]).sum();
        let size = rows.iter().map(|row| row.size).sum();
        Node { size, answers: vec![vec![part(0), part(1), part(2)]], tables: vec![rows] }
    };
    let bureaus = above((0..40).map(bureau).chain([few(2), few(3)]).collect());
    let small = bureaus.tables[0].iter().filter(|row| row.answers[0].iter().any(|part| (1..=4).contains(part))).count();
    let node = above(vec![bureaus, above(vec![bureau(20), bureau(30), few(1)])]);
    let shown = protect(&node);
    assert!(shown.size && shown.answers[0] && shown.tables[0].iter().all(|kind| kind.size && kind.answers[0]));
    let units = || shown.tables[0].iter().flat_map(|kind| &kind.tables[0]);
    let (sizes, rates) = (units().filter(|unit| unit.size).count(), units().filter(|unit| unit.answers[0]).count());
    assert_eq!((units().count(), small), (45, 4), "two units and two rates of bureaus are small themselves");
    assert_eq!((sizes, rates), (41, 39), "what hides beside them is the smallest");
}
