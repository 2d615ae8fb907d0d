//! What is counted of one subject.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Subject;

const DAY: i64 = 86_400_000;
const WEEK: i64 = 7 * DAY;
/// Past times that a time is compared with.
const WEEKS: i64 = 8;
/// How long the same person telling the same counts as telling again (重复诉求).
const AGAIN: i64 = 30 * DAY;

/// A case as it is counted here.
pub(super) struct Row {
    pub subject: u32,
    pub at: i64,
    pub arrival: i64,
    pub reporter: Option<u64>,
    pub unit: Option<u32>,
    pub severe: bool,
    /// Its words say that it was told before.
    pub again: bool,
    pub overdue: bool,
    pub closed: bool,
    /// Whether the citizen was asked (回访), and what was said.
    pub heard: bool,
    pub content: bool,
    pub discontent: bool,
}

/// Which time is asked for; milliseconds since 1970.
pub(super) struct Window {
    pub from: i64,
    /// Received before.
    pub until: i64,
    /// From when ages count.
    pub end: i64,
    pub half_life: i64,
}

/// What was counted of one subject in the time asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Tally {
    pub subject: Subject,
    pub cases: u32,
    /// Distinct callers (人数); who is not known counts as one of their own.
    pub people: u32,
    /// `Σ 2^(−age/h)` over tellings, each caller's at most one in a half-life.
    pub halved: f64,
    /// Cases that are urgent or speak of danger.
    pub severe: u32,
    /// Cases told again by the same person within 30 days, or by their own words.
    pub repeated: u32,
    /// Cases that are late at the moment asked for.
    pub overdue: u32,
    /// Cases of citizens who were asked (回访), who are content, and who are not.
    pub heard: u32,
    pub content: u32,
    pub discontent: u32,
    /// Cases that are repeated, overdue or of a discontent citizen.
    pub returning: u32,
    pub closed: u32,
    /// First and last telling, milliseconds since 1970.
    pub first_at: i64,
    pub last_at: i64,
    /// Cases of the time before, as long as the one asked for; none where that begins before the first case of all.
    pub before: Option<u32>,
    /// People of the same weekdays and hours one, two … weeks ago, the latest first, as far back as cases were kept.
    pub past: Vec<u32>,
    /// Units in charge with their cases, most first.
    pub units: Vec<(String, u32)>,
    /// The store's numbers of the cases.
    pub arrivals: Vec<i64>,
}

impl Window {
    fn length(&self) -> i64 {
        (self.end - self.from).max(0)
    }

    /// How far apart are times that are compared: in whole weeks, so that weekdays agree, and none reaches into another.
    fn step(&self) -> i64 {
        let weeks = self.length().div_euclid(WEEK) + i64::from(self.length() % WEEK > 0);
        weeks.max(1) * WEEK
    }

    /// Since when rows are needed.
    pub fn first(&self) -> i64 {
        self.from - (WEEKS * self.step()).max(AGAIN)
    }
}

/// Counts the rows of one subject, which are in the order received; nothing where none is of the time asked for.
pub(super) fn tally(subject: &Subject, rows: &[Row], window: &Window, begun: i64, units: &[String]) -> Option<Tally> {
    let between = |from: i64, until: i64| {
        let first = rows.partition_point(|row| row.at < from);
        &rows[first..rows.partition_point(|row| row.at < until).max(first)]
    };
    let now = between(window.from, window.until);
    let (first, last) = (now.first()?, now.last()?);
    let count = |is: fn(&Row) -> bool| now.iter().filter(|row| is(row)).count() as u32;
    let again: Vec<bool> = told_again(rows)[rows.len() - now.len()..].to_vec();
    let returning = now.iter().zip(&again).filter(|(row, again)| **again || row.overdue || row.discontent).count();
    let (length, step) = (window.length(), window.step());
    let before = window.from - length;
    let past = (1..=WEEKS).map(|week| week * step).take_while(|back| window.from - back >= begun);
    Some(Tally {
        subject: subject.clone(),
        cases: now.len() as u32,
        people: people(now),
        halved: halved(now, window),
        severe: count(|row| row.severe),
        repeated: again.iter().filter(|again| **again).count() as u32,
        overdue: count(|row| row.overdue),
        heard: count(|row| row.heard),
        content: count(|row| row.content),
        discontent: count(|row| row.discontent),
        returning: returning as u32,
        closed: count(|row| row.closed),
        first_at: first.at,
        last_at: last.at,
        before: (before >= begun).then(|| between(before, window.from).len() as u32),
        past: past.map(|back| people(between(window.from - back, window.until - back))).collect(),
        units: in_charge(now, units),
        arrivals: now.iter().map(|row| row.arrival).collect(),
    })
}

fn people(rows: &[Row]) -> u32 {
    let known: HashSet<u64> = rows.iter().filter_map(|row| row.reporter).collect();
    (known.len() + rows.iter().filter(|row| row.reporter.is_none()).count()) as u32
}

/// From the latest telling back; what the same caller told less than a half-life before one that counts does not count.
fn halved(rows: &[Row], window: &Window) -> f64 {
    let mut counted: HashMap<u64, i64> = HashMap::new();
    let mut sum = 0.0;
    for row in rows.iter().rev() {
        if let Some(caller) = row.reporter {
            if counted.get(&caller).is_some_and(|later| later - row.at < window.half_life) {
                continue;
            }
            counted.insert(caller, row.at);
        }
        sum += (-((window.end - row.at) as f64 / window.half_life as f64)).exp2();
    }
    sum
}

/// Of each row whether the same person told the same before, or says so.
fn told_again(rows: &[Row]) -> Vec<bool> {
    let mut last: HashMap<u64, i64> = HashMap::new();
    let again = |row: &Row| {
        let before = row.reporter.and_then(|caller| last.insert(caller, row.at));
        row.again || before.is_some_and(|before| row.at - before <= AGAIN)
    };
    rows.iter().map(again).collect()
}

fn in_charge(rows: &[Row], units: &[String]) -> Vec<(String, u32)> {
    let mut counts: BTreeMap<&String, u32> = BTreeMap::new();
    for unit in rows.iter().filter_map(|row| units.get(row.unit? as usize)) {
        *counts.entry(unit).or_default() += 1;
    }
    let mut units: Vec<(String, u32)> = counts.into_iter().map(|(unit, cases)| (unit.clone(), cases)).collect();
    units.sort_by_key(|(_, cases)| std::cmp::Reverse(*cases));
    units
}
