//! When what is told: sixty days of a hotline, made of lines of the corpus. Pure; the same day gives the same stream.

use std::collections::{BTreeMap, HashSet, VecDeque};

use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate, NaiveTime, TimeDelta, Weekday};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;

use crate::deadline::Calendar;

/// How many days the stream has, today included.
pub const DAYS: u32 = 60;
/// Cases on an ordinary working day, beside those of events.
const ORDINARY: f64 = 32.0;
/// Events told by several, beside the bursts and the growing one.
const EVENTS: usize = 40;
/// Of the other cases, how many say nothing of where it is.
const NOWHERE: f64 = 0.12;
/// Many in a day about one thing: category, the district it began in, how many days ago.
const BURSTS: [(&str, &str, u64); 2] = [("0501", "襄城区", 1), ("0404", "樊城区", 24)];
const BURST: usize = 25;
/// The growing event: over how many days, with how many cases.
const GROWING_DAYS: f64 = 20.0;
const GROWING: usize = 14;
/// How many days ago the district of the growing event began to get worse, and since when it is at its worst.
const DECLINE: (f64, f64) = (28.0, 8.0);
/// How many of the cases are from there before and in the end.
const ITS_SHARE: (f64, f64) = (0.06, 0.24);

/// By hour, from midnight: nights are quiet.
const WORKED: [f64; 24] = [
    0.15, 0.1, 0.08, 0.08, 0.1, 0.2, 0.6, 1.6, 4.0, 5.5, 5.0, 4.0, 2.2, 2.4, 4.0, 4.4, 4.0, 3.0, 2.2, 2.2, 2.0, 1.6,
    0.9, 0.4,
];
const FREE: [f64; 24] = [
    0.25, 0.15, 0.1, 0.1, 0.1, 0.2, 0.5, 1.1, 2.2, 3.4, 3.8, 3.4, 2.4, 2.4, 3.0, 3.2, 3.0, 2.6, 2.4, 2.6, 2.4, 1.8,
    1.1, 0.5,
];
/// What Monday mornings have more of.
const MONDAY: f64 = 1.7;

/// A line of the corpus.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Told {
    pub id: String,
    pub title: String,
    pub text: String,
    pub channel: String,
    /// As written; may be empty.
    pub place: String,
    pub district: String,
    /// Codes.
    pub l2: String,
    /// Other categories that would do.
    pub l2_alt: Vec<String>,
    pub petition: String,
    pub lead: String,
    pub co: Vec<String>,
    pub protect: bool,
    pub event: Option<String>,
    /// `repeat`: the same person again.
    pub relation: Option<String>,
}

/// A line as it comes in.
#[derive(Debug, Clone)]
pub struct Arrival<'t> {
    pub at: DateTime<FixedOffset>,
    pub told: &'t Told,
    /// Stands for the person; who tells again has the same.
    pub caller: &'t str,
    pub part: Part,
    /// How badly things go where it is, 0 to 1.
    pub strain: f64,
}

/// What an arrival is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Alone,
    Event,
    Growing,
    Burst,
}

impl Told {
    fn is_repeat(&self) -> bool {
        self.relation.as_deref() == Some("repeat")
    }
}

/// The stream up to now, oldest first. `at_home` are the lines from the districts of the hotline; others that name a
/// place stay away. Days begin where the offset of `now` begins them.
pub fn stream<'t>(
    told: &'t [Told],
    at_home: impl Fn(&Told) -> bool,
    calendar: &Calendar,
    now: DateTime<FixedOffset>,
) -> Vec<Arrival<'t>> {
    let today = now.date_naive();
    let random = ChaCha8Rng::seed_from_u64(u64::from(today.num_days_from_ce().unsigned_abs()));
    let home: Vec<&Told> = told.iter().filter(|told| at_home(told)).collect();
    let mut events: BTreeMap<&str, Vec<&Told>> = BTreeMap::new();
    for told in &home {
        if let Some(event) = &told.event {
            events.entry(event).or_default().push(told);
        }
    }
    let offset = *now.offset();
    let mut made = Making { calendar, today, offset, random, home, events, used: HashSet::new(), arrivals: Vec::new() };
    BURSTS.iter().for_each(|burst| made.burst(*burst));
    let worse = made.growing();
    made.planted();
    made.alone(told, worse);
    let (tonight, mut arrivals) = (made.tonight(), made.arrivals);
    arrivals.retain(|arrival| arrival.at <= now);
    for arrival in arrivals.iter_mut().filter(|arrival| worse == Some(&arrival.told.district)) {
        arrival.strain = decline(arrival.at, tonight);
    }
    arrivals.sort_by(|a, b| (a.at, &a.told.id).cmp(&(b.at, &b.told.id)));
    arrivals
}

/// How far a decline that ends tonight has come at a moment, 0 to 1.
fn decline(at: DateTime<FixedOffset>, tonight: DateTime<FixedOffset>) -> f64 {
    let ago = (tonight - at).num_minutes() as f64 / 1440.0;
    ((DECLINE.0 - ago) / (DECLINE.0 - DECLINE.1)).clamp(0.0, 1.0)
}

struct Making<'t, 'c> {
    calendar: &'c Calendar,
    today: NaiveDate,
    offset: FixedOffset,
    random: ChaCha8Rng,
    home: Vec<&'t Told>,
    events: BTreeMap<&'t str, Vec<&'t Told>>,
    used: HashSet<&'t str>,
    arrivals: Vec<Arrival<'t>>,
}

impl<'t> Making<'t, '_> {
    /// Many in one day, from early morning on; who tells again does so a day later.
    fn burst(&mut self, (category, district, ago): (&str, &str, u64)) {
        let day = self.today - Days::new(ago);
        let mut times: Vec<_> = (0..BURST).map(|_| self.moment(day, rush)).collect();
        times.sort_unstable();
        let tellers = self.around(category, district, BURST);
        self.tell(&tellers, times, Part::Burst);
    }

    /// The event told most, with what is told nearby about the same kind of thing, ever faster up to now. Gives its
    /// district.
    fn growing(&mut self) -> Option<&'t String> {
        let largest = self.events.values().filter(|told| !self.used.contains(told[0].id.as_str()));
        let first: &'t Told =
            largest.max_by_key(|told| (told.len(), std::cmp::Reverse(&told[0].id))).map(|told| told[0])?;
        let tellers = self.around(&first.l2, &first.district, GROWING);
        let (own, others): (Vec<&Told>, Vec<&Told>) = tellers.into_iter().partition(|told| told.event == first.event);
        for tellers in [own, others] {
            let last = tellers.len().max(2) - 1;
            let ago = |n: usize| (GROWING_DAYS * (1.0 - n as f64 / last as f64).powf(1.6)).round() as u64;
            let mut times: Vec<_> =
                (0..tellers.len()).map(|n| self.moment(self.today - Days::new(ago(n)), |hour| WORKED[hour])).collect();
            times.sort_unstable();
            self.tell(&tellers, times, Part::Growing);
        }
        Some(&first.district)
    }

    /// Events told over some days, begun all over the time; the last are not told out yet.
    fn planted(&mut self) {
        let mut events: Vec<Vec<&Told>> = self.events.values().cloned().collect();
        events.retain(|told| told.len() >= 3 && told.iter().all(|told| !self.used.contains(told.id.as_str())));
        events.shuffle(&mut self.random);
        events.truncate(EVENTS);
        let all = events.len().max(1) as f64;
        for (n, tellers) in events.into_iter().enumerate() {
            let begun = f64::from(DAYS - 1) * (n as f64 + self.random.random::<f64>()) / all;
            let spread: f64 = self.random.random_range(1.0..10.0);
            let mut days: Vec<f64> =
                tellers[1..].iter().map(|_| begun + spread * self.random.random::<f64>().powf(1.3)).collect();
            days.push(begun);
            let mut times: Vec<_> =
                days.into_iter().map(|day| self.usual(self.first_day() + Days::new(day as u64))).collect();
            times.sort_unstable();
            self.tell(&tellers, times, Part::Event);
        }
    }

    /// The others, as many each day as such a day has.
    fn alone(&mut self, told: &'t [Told], worse: Option<&'t String>) {
        let single = |told: &&Told| told.event.is_none() && !self.used.contains(told.id.as_str());
        let (there, elsewhere): (Vec<&Told>, Vec<&Told>) =
            self.home.iter().copied().filter(single).partition(|told| worse == Some(&told.district));
        let nowhere = told.iter().filter(single).filter(|told| told.district.is_empty() && told.place.is_empty());
        let mut lists = [there, nowhere.collect(), elsewhere].map(|mut list| {
            list.shuffle(&mut self.random);
            VecDeque::from(list)
        });
        for day in self.first_day().iter_days().take(DAYS as usize) {
            let declined = decline(self.time(day, 12 * 3600), self.tonight());
            let its_share = ITS_SHARE.0 + (ITS_SHARE.1 - ITS_SHARE.0) * declined;
            let cases = ORDINARY * load(day, self.calendar) * self.random.random_range(0.9..1.1);
            for _ in 0..cases.round() as usize {
                let drawn: f64 = self.random.random();
                let first = if drawn < its_share { 0 } else { 1 + usize::from(drawn >= its_share + NOWHERE) };
                let Some(told) = lists[first].pop_front().or_else(|| lists[2].pop_front()) else { continue };
                let at = self.usual(day);
                self.tell(&[told], vec![at], Part::Alone);
            }
        }
    }

    /// Unused lines about one kind of thing: events of the district first, then the district, then the others.
    fn around(&self, category: &str, district: &str, most: usize) -> Vec<&'t Told> {
        let alike = self.home.iter().filter(|told| told.l2 == category && !self.used.contains(told.id.as_str()));
        let mut alike: Vec<&Told> =
            alike.copied().filter(|told| told.event.is_none() || told.district == district).collect();
        let size = |told: &Told| told.event.as_deref().and_then(|event| self.events.get(event)).map_or(0, Vec::len);
        alike.sort_by_key(|told| (told.district != district, std::cmp::Reverse(size(told)), &told.id));
        alike.truncate(most);
        alike
    }

    /// Lets `tellers` speak at `times`, which ascend; whoever tells again does so a day after the first telling at least.
    fn tell(&mut self, tellers: &[&'t Told], times: Vec<DateTime<FixedOffset>>, part: Part) {
        let mut order: Vec<&'t Told> = tellers.to_vec();
        if let Some((_, rest)) = order.split_first_mut() {
            rest.shuffle(&mut self.random);
            rest.sort_by_key(|told| told.is_repeat());
        }
        let mut first: BTreeMap<&str, (&'t str, DateTime<FixedOffset>)> = BTreeMap::new();
        for (told, mut at) in order.into_iter().zip(times) {
            let mut caller = told.id.as_str();
            if let Some(event) = &told.event {
                let (begun, since) = *first.entry(event).or_insert((caller, at));
                if told.is_repeat() {
                    caller = begun;
                    at = at.max(since + TimeDelta::days(1));
                }
            }
            self.used.insert(&told.id);
            self.arrivals.push(Arrival { at, told, caller, part, strain: 0.0 });
        }
    }

    fn first_day(&self) -> NaiveDate {
        self.today - Days::new(u64::from(DAYS) - 1)
    }

    /// A moment of the day, more likely in busy hours.
    fn usual(&mut self, day: NaiveDate) -> DateTime<FixedOffset> {
        let worked = self.calendar.is_worked(day);
        let monday = day.weekday() == Weekday::Mon && worked;
        self.moment(day, |hour| match (worked, hour) {
            (true, 8..=10) if monday => WORKED[hour] * MONDAY,
            (true, _) => WORKED[hour],
            (false, _) => FREE[hour],
        })
    }

    fn moment(&mut self, day: NaiveDate, weight: impl Fn(usize) -> f64) -> DateTime<FixedOffset> {
        let mut drawn = self.random.random::<f64>() * (0..24).map(&weight).sum::<f64>();
        let passed = |hour: &usize| {
            drawn -= weight(*hour);
            drawn < 0.0
        };
        let hour = (0..24).find(passed).unwrap_or(23) as u32;
        let within = self.random.random_range(0..3600);
        self.time(day, hour * 3600 + within)
    }

    fn time(&self, day: NaiveDate, second: u32) -> DateTime<FixedOffset> {
        let time = NaiveTime::from_num_seconds_from_midnight_opt(second, 0).unwrap_or_default();
        DateTime::from_naive_utc_and_offset(day.and_time(time) - self.offset, self.offset)
    }

    fn tonight(&self) -> DateTime<FixedOffset> {
        self.time(self.today, 0) + TimeDelta::days(1)
    }
}

/// How busy a day is beside an ordinary working day.
fn load(day: NaiveDate, calendar: &Calendar) -> f64 {
    let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    match day.weekday() {
        _ if !calendar.is_worked(day) && is_holiday(day, calendar) => 0.4,
        Weekday::Mon => 1.2,
        Weekday::Fri => 0.95,
        _ if calendar.is_worked(day) => 1.0,
        _ if weekend => 0.55,
        _ => 0.4,
    }
}

/// Whether a day off belongs to a run of three or more.
fn is_holiday(day: NaiveDate, calendar: &Calendar) -> bool {
    let off = |day: &NaiveDate| !calendar.is_worked(*day);
    let before = (1..3).map_while(|n| day.checked_sub_days(Days::new(n))).take_while(off).count();
    let after = (1..3).map_while(|n| day.checked_add_days(Days::new(n))).take_while(off).count();
    off(&day) && before + after >= 2
}

/// A burst begins in the early morning and goes on into the night.
fn rush(hour: usize) -> f64 {
    if hour < 6 { 0.0 } else { 6.0 / (hour as f64 - 4.0) }
}
