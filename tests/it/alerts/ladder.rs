//! The rules as data: each level just met and just missed, and wrong files told by line.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use chrono::{FixedOffset, Offset, Utc};
use guikou::analytics::{Ladder, Rule, reached};
use guikou::case::{AlertKind, Sighting};
use guikou::error::Result;
use guikou::taxonomy::Taxonomy;
use proptest::prelude::*;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// 2026-11-20 12:00 in China.
const NOW: i64 = 1_795_147_200_000;

static LADDER: LazyLock<Ladder> = LazyLock::new(|| load(Path::new("data")).expect("the data of the house loads"));

fn load(dir: &Path) -> Result<Ladder> {
    Ladder::load(dir, &Taxonomy::load(Path::new("data")).unwrap())
}

fn offset() -> FixedOffset {
    "+08:00".parse().unwrap_or(Utc.fix())
}

/// `n` cases of callers of their own, the last an hour ago, `apart` from each other.
fn cases(n: usize, apart: i64) -> Vec<Sighting> {
    let one = |n: usize| Sighting {
        arrival: n as i64,
        at: NOW - HOUR - n as i64 * apart,
        reporter: Some(n as u64),
        words: n as u64,
        community: Some("甲社区".to_owned()),
        flags: Vec::new(),
    };
    (0..n).map(one).collect()
}

fn level(kind: AlertKind, cases: &[Sighting], z: Option<f64>) -> Option<&'static str> {
    reached(&LADDER, kind, cases, z, NOW, offset()).map(|reached| reached.rule.level.code())
}

#[test]
fn each_level_of_an_event_is_just_met_and_just_missed() {
    let check = |n: usize, apart: i64, expected: Option<&str>| {
        assert_eq!(
            level(AlertKind::Event, &cases(n, apart), None),
            expected,
            "{n} cases, {} minutes apart",
            apart / MINUTE
        );
    };
    check(2, MINUTE, None);
    check(3, MINUTE, Some("blue"));
    // The first and the third lie just within, and just not within, 24 hours.
    check(3, 12 * HOUR - 1, Some("blue"));
    check(3, 12 * HOUR, None);
    check(4, MINUTE, Some("blue"));
    check(5, MINUTE, Some("yellow"));
    check(5, 6 * HOUR - 1, Some("yellow"));
    check(5, 6 * HOUR, Some("blue"));
    // Ten in 72 hours, but no more than four in any 24.
    check(10, 8 * HOUR - 1, Some("yellow"));
    check(10, 8 * HOUR, Some("blue"));
    check(9, MINUTE, Some("yellow"));
    check(10, MINUTE, Some("orange"));
    check(19, MINUTE, Some("orange"));
    check(20, MINUTE, Some("red"));
}

#[test]
fn people_communities_and_flags_count_as_the_rules_say() {
    let change = |n: usize, change: &dyn Fn(usize, &mut Sighting)| {
        let mut cases = cases(n, MINUTE);
        cases.iter_mut().enumerate().for_each(|(n, case)| change(n, case));
        level(AlertKind::Event, &cases, None)
    };
    assert_eq!(change(25, &|_, case| case.reporter = Some(1)), None, "one caller");
    assert_eq!(change(25, &|n, case| case.reporter = Some(u64::from(n == 0))), Some("red"), "two");
    let copied = |n: usize, case: &mut Sighting| (case.reporter, case.words) = (None, u64::from(n > 24));
    assert_eq!(change(25, &copied), None, "copied texts of callers unknown");
    assert_eq!(change(26, &copied), Some("red"), "and one of another's own");
    let copy_of_known = |n: usize, case: &mut Sighting| (case.reporter, case.words) = ((n == 0).then_some(1), 1);
    assert_eq!(change(5, &copy_of_known), None, "copied from a known caller");
    let in_communities =
        |most: usize| move |n: usize, case: &mut Sighting| case.community = Some(format!("社区{}", n.min(most - 1)));
    assert_eq!(change(3, &in_communities(3)), Some("orange"));
    assert_eq!(change(4, &in_communities(2)), Some("blue"));
    let flagged = |most: usize| {
        move |n: usize, case: &mut Sighting| {
            case.flags =
                if n < most { vec![["life_safety", "threat"][n % 2].to_owned()] } else { vec!["media".to_owned()] };
        }
    };
    assert_eq!(change(4, &flagged(3)), Some("red"));
    assert_eq!(change(4, &flagged(2)), Some("blue"));
}

#[test]
fn a_cell_needs_a_burst_score() {
    let cell = |n: usize, z: Option<f64>| level(AlertKind::Cell, &cases(n, MINUTE), z);
    assert_eq!((cell(100, None), cell(100, Some(2.99))), (None, None));
    assert_eq!((cell(4, Some(3.0)), cell(5, Some(3.0))), (None, Some("yellow")));
}

#[test]
fn the_figures_lead_to_exactly_the_cases_of_the_fullest_window() {
    // Three within a day, and two days before them five.
    let mut cases = cases(3, HOUR);
    cases.extend(self::cases(5, HOUR).into_iter().map(|case| Sighting {
        arrival: case.arrival + 10,
        at: case.at - 48 * HOUR,
        reporter: Some(case.arrival as u64 + 10),
        ..case
    }));
    let reached = reached(&LADDER, AlertKind::Event, &cases, None, NOW, offset()).unwrap();
    assert_eq!((reached.rule.code.as_str(), reached.figures.cases), ("event_5_in_24h", 5));
    assert_eq!(reached.figures.to.to_rfc3339(), "2026-11-18T11:00:00.001+08:00");
    assert_eq!(reached.figures.from.to_rfc3339(), "2026-11-17T11:00:00.001+08:00");
    let inside = |case: &&Sighting| {
        (reached.figures.from.timestamp_millis()..reached.figures.to.timestamp_millis()).contains(&case.at)
    };
    assert_eq!(cases.iter().filter(inside).count(), reached.figures.cases);
    assert_eq!(reached.held_at, NOW - HOUR, "the blue of today still holds");
}

proptest! {
    #[test]
    fn the_order_of_the_cases_makes_no_difference(
        ats in prop::collection::vec(0i64..100, 1..40).prop_flat_map(|ats| {
            let shuffled = Just(ats.clone()).prop_shuffle();
            (Just(ats), shuffled)
        })
    ) {
        let of = |ats: &[i64]| -> Vec<Sighting> {
            ats.iter().map(|at| Sighting {
                arrival: 0, at: NOW - at * HOUR, reporter: Some((at % 7) as u64), words: (at % 3) as u64,
                community: (at % 5 > 0).then(|| format!("{}", at % 5)), flags: Vec::new(),
            }).collect()
        };
        let find = |ats: &[i64]| reached(&LADDER, AlertKind::Event, &of(ats), None, NOW, offset());
        prop_assert_eq!(find(&ats.0), find(&ats.1));
    }

    /// Counting up and down as the window slides gives what counting each window anew gives.
    #[test]
    fn sliding_counts_what_counting_anew_counts(
        told in prop::collection::vec((0i64..60, prop::option::of(0u64..4), 0u64..4), 1..30)
    ) {
        let cases: Vec<Sighting> = told.iter().enumerate().map(|(n, (at, reporter, words))| Sighting {
            arrival: n as i64, at: NOW - at * HOUR, reporter: *reporter, words: *words, community: None, flags: Vec::new(),
        }).collect();
        let holds = |rule: &Rule, end: &Sighting| {
            let since = end.at - i64::from(rule.within_hours) * HOUR;
            let inside: Vec<&Sighting> = cases.iter().filter(|case| case.at > since && case.at <= end.at).collect();
            let callers: BTreeSet<u64> = inside.iter().filter_map(|case| case.reporter).collect();
            let known: Vec<u64> = inside.iter().filter(|case| case.reporter.is_some()).map(|case| case.words).collect();
            let unknown: BTreeSet<u64> = inside.iter()
                .filter(|case| case.reporter.is_none() && !known.contains(&case.words)).map(|case| case.words).collect();
            inside.len() >= rule.cases && callers.len() + unknown.len() >= rule.people
        };
        // No case has a community or a flag.
        let rules: Vec<&Rule> =
            LADDER.rules(AlertKind::Event).filter(|rule| rule.communities + rule.flagged == 0).collect();
        let held = rules.iter().flat_map(|rule| cases.iter().filter(|end| holds(rule, end)).map(|end| (rule.level, end.at)));
        let anew = held.reduce(|(level, last), (other, at)| (level.max(other), last.max(at)));
        let found = reached(&LADDER, AlertKind::Event, &cases, None, NOW, offset());
        prop_assert_eq!(found.map(|found| (found.rule.level, found.held_at)), anew);
    }
}

#[test]
fn each_mistake_is_told_with_its_file_and_line() {
    let shipped = fs::read_to_string("data/alerts.toml").unwrap();
    let check = |old: &str, new: &str, said: &[&str]| {
        assert!(shipped.contains(old), "{old}");
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("alerts.toml"), shipped.replacen(old, new, 1)).unwrap();
        let error = load(folder.path()).unwrap_err();
        let line = 1 + shipped[..shipped.find(old).unwrap()].matches('\n').count();
        let told = error.to_string();
        assert!(said.iter().all(|said| told.contains(said)), "{new}: {told}");
        // Where it stands, or where the rule or list begins that it makes wrong.
        let named = |line: usize| told.contains(&format!("alerts.toml:{line} "));
        assert!((line.saturating_sub(8)..=line).any(named), "{new} is in line {line}: {told}");
    };
    check("cases = 3", "cases = 0", &["cases 须大于 0"]);
    check("people = 2", "people = 4", &["people 多于 cases"]);
    check("z = 3.0", "z = -1.0", &["z 须大于 0"]);
    check("within_hours = 24", "within_hours = 1000", &["31 天"]);
    check("level = \"blue\"", "level = \"green\"", &["green"]);
    check("looks_at = \"event\"", "looks_at = \"city\"", &["city"]);
    check("\"threat\"", "\"thread\"", &["没有标签 thread"]);
    check("flagged = 3\n", "flagged = 0\n", &["flags 与 flagged 须同时给"]);
    check("quiet_days = 7", "quiet_days = 2", &["quiet_days 短于 recent_hours"]);
    check("says = \"{title}", "says = \"{name}", &["{name} 不认识"]);
    check("code = \"event_5_in_24h\"", "code = \"event_3_in_24h\"", &["重复"]);
    check("version = ", "edition = ", &["不认识的字段 edition", "缺少 version"]);
}

#[test]
fn check_tells_of_the_rules() {
    let data = tempfile::tempdir().unwrap();
    for file in fs::read_dir("data").unwrap().flatten().filter(|file| file.path().is_file()) {
        fs::copy(file.path(), data.path().join(file.file_name())).unwrap();
    }
    let shipped = fs::read_to_string("data/alerts.toml").unwrap();
    fs::write(data.path().join("alerts.toml"), shipped.replacen("cases = 3", "cases = 0", 1)).unwrap();
    let run = |data: &Path| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_guikou"));
        let command = command.args(["check", "--model", "no/such/folder", "--data", data.to_str().unwrap()]);
        String::from_utf8(command.env("NO_COLOR", "1").output().unwrap().stdout).unwrap()
    };
    assert!(run(Path::new("data")).contains("预警规则：8 条"));
    let broken = run(data.path());
    assert!(broken.contains("alerts.toml:") && broken.contains("cases 须大于 0"), "{broken}");
}
