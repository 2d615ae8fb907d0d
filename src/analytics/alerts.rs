//! Early warning (预警): which level the cases of one subject reach, by rules that are data.
//!
//! A window is the time `(t − within_hours, t]` that ends with a case received at `t`; a rule holds where all its
//! conditions hold in one window. What was received long ago ([`Ladder::recent_hours`]) ends no window, so what is found
//! follows from the cases and the time alone: it does not matter in which order or in how many batches they came, or when
//! somebody looked.

mod ladder;

use std::collections::HashMap;
use std::hash::Hash;

use chrono::{DateTime, FixedOffset};

use crate::case::{AlertFigures, AlertKind, Sighting};
pub use ladder::{Ladder, Rule};

/// In milliseconds.
const HOUR: i64 = 3_600_000;

/// What the cases of one subject reach.
#[derive(Debug, Clone, PartialEq)]
pub struct Reached<'l> {
    pub rule: &'l Rule,
    /// Of the window with most cases in which the rule holds, the last among equals.
    pub figures: AlertFigures,
    /// The end of the last window in which any rule holds, milliseconds since 1970.
    pub held_at: i64,
}

/// The highest level that the sightings of one subject reach by `now` (milliseconds since 1970); `None` where no rule
/// holds. `z` is the subject's burst score where there is one. Times in the figures have the offset of `offset`.
pub fn reached<'l>(
    ladder: &'l Ladder,
    kind: AlertKind,
    sightings: &[Sighting],
    z: Option<f64>,
    now: i64,
    offset: FixedOffset,
) -> Option<Reached<'l>> {
    let mut seen: Vec<&Sighting> = sightings.iter().filter(|sighting| sighting.at <= now).collect();
    seen.sort_by_key(|sighting| (sighting.at, sighting.arrival));
    let mut best: Option<(&Rule, Window)> = None;
    let mut held_at = None;
    for rule in ladder.rules(kind).filter(|rule| rule.z.is_none_or(|least| z.is_some_and(|z| z >= least))) {
        let Some(held) = held(rule, &seen, now - ladder.recent()) else { continue };
        held_at = held_at.max(Some(held.last));
        if best.as_ref().is_none_or(|(standing, _)| standing.level < rule.level) {
            best = Some((rule, held.fullest));
        }
    }
    let ((rule, window), held_at) = best.zip(held_at)?;
    Some(Reached { rule, figures: window.figures(rule, z, offset), held_at })
}

impl Rule {
    /// What is said of a subject called `title`.
    pub fn sentence(&self, title: &str, figures: &AlertFigures) -> String {
        let z = figures.z.map_or_else(|| "—".to_owned(), |z| format!("{z:.1}"));
        let values = [
            ("{title}", title.to_owned()),
            ("{hours}", self.within_hours.to_string()),
            ("{cases}", figures.cases.to_string()),
            ("{people}", figures.people.to_string()),
            ("{communities}", figures.communities.to_string()),
            ("{flagged}", figures.flagged.to_string()),
            ("{z}", z),
        ];
        values.iter().fold(self.says.clone(), |said, (name, value)| said.replace(name, value))
    }

    fn holds(&self, window: &Window) -> bool {
        window.cases >= self.cases
            && window.people >= self.people
            && window.communities >= self.communities
            && window.flagged >= self.flagged
    }
}

/// Where a rule holds.
struct Held {
    fullest: Window,
    /// The end of the last window.
    last: i64,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    end: i64,
    cases: usize,
    people: usize,
    communities: usize,
    flagged: usize,
}

/// Slides the window over the sightings, which are in order of time; those up to `since` end none.
fn held(rule: &Rule, seen: &[&Sighting], since: i64) -> Option<Held> {
    let within = i64::from(rule.within_hours) * HOUR;
    let mut tally = Tally::default();
    let (mut first, mut found) = (0, None::<Held>);
    for (n, sighting) in seen.iter().enumerate() {
        tally.add(sighting, rule);
        while seen[first].at <= sighting.at - within {
            tally.take(seen[first], rule);
            first += 1;
        }
        // Of those received in the same moment only the last ends a window: their order says nothing.
        if sighting.at <= since || seen.get(n + 1).is_some_and(|next| next.at == sighting.at) {
            continue;
        }
        let window = tally.window(sighting.at);
        if rule.holds(&window) {
            let fullest = match found {
                Some(Held { fullest, .. }) if fullest.cases > window.cases => fullest,
                _ => window,
            };
            found = Some(Held { fullest, last: window.end });
        }
    }
    found
}

/// What stands in the window, counted up and down.
#[derive(Default)]
struct Tally<'s> {
    cases: usize,
    flagged: usize,
    callers: HashMap<u64, usize>,
    /// How often each text was told by callers unknown, and by known ones.
    texts: HashMap<u64, [usize; 2]>,
    /// Texts that only callers unknown told: each is one more who tells it, copied or not.
    unknown: usize,
    communities: HashMap<&'s str, usize>,
}

impl<'s> Tally<'s> {
    fn add(&mut self, sighting: &'s Sighting, rule: &Rule) {
        self.cases += 1;
        self.flagged += usize::from(is_flagged(sighting, rule));
        if let Some(caller) = sighting.reporter {
            *self.callers.entry(caller).or_default() += 1;
        }
        if let Some(community) = &sighting.community {
            *self.communities.entry(community).or_default() += 1;
        }
        let told = self.texts.entry(sighting.words).or_default();
        let before = is_unknown(told);
        told[usize::from(sighting.reporter.is_some())] += 1;
        self.unknown = self.unknown + usize::from(is_unknown(told)) - usize::from(before);
    }

    fn take(&mut self, sighting: &'s Sighting, rule: &Rule) {
        self.cases -= 1;
        self.flagged -= usize::from(is_flagged(sighting, rule));
        if let Some(caller) = &sighting.reporter {
            less(&mut self.callers, caller);
        }
        if let Some(community) = &sighting.community {
            less(&mut self.communities, &community.as_str());
        }
        let told = self.texts.entry(sighting.words).or_default();
        let before = is_unknown(told);
        told[usize::from(sighting.reporter.is_some())] -= 1;
        self.unknown = self.unknown + usize::from(is_unknown(told)) - usize::from(before);
    }

    fn window(&self, end: i64) -> Window {
        Window {
            end,
            cases: self.cases,
            people: self.callers.len() + self.unknown,
            communities: self.communities.len(),
            flagged: self.flagged,
        }
    }
}

fn is_flagged(sighting: &Sighting, rule: &Rule) -> bool {
    rule.flags.iter().any(|flag| sighting.flags.contains(flag))
}

fn is_unknown(told: &[usize; 2]) -> bool {
    told[0] > 0 && told[1] == 0
}

fn less<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

impl Window {
    /// As a half-open range, which is what cases are listed by: `(t − within, t]` in whole milliseconds.
    fn figures(self, rule: &Rule, z: Option<f64>, offset: FixedOffset) -> AlertFigures {
        let moment = |at: i64| DateTime::from_timestamp_millis(at).unwrap_or_default().with_timezone(&offset);
        AlertFigures {
            within_hours: rule.within_hours,
            from: moment(self.end - i64::from(rule.within_hours) * HOUR + 1),
            to: moment(self.end + 1),
            cases: self.cases,
            people: self.people,
            communities: self.communities,
            flagged: self.flagged,
            z,
        }
    }
}
