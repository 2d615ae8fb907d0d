//! The demonstration: sixty days that look like a hotline's, the same whenever they are made on the same day.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, TimeDelta, Timelike, Weekday};
use guikou::case::{ReturnReason, Satisfaction, Status};
use guikou::store::{CASE_SORTS, Case, Filter, Seek, Supervised, newest_first};
use guikou::triage::Triage;
use guikou::triage::demo::{Arrival, DAYS, Part, Told};

use crate::door::settings;

/// A Tuesday evening, with the National Day holidays (1–7 October, all off; 10 October worked) in the days before.
const NOW: &str = "2026-10-20T20:00:00+08:00";

static TRIAGE: LazyLock<Triage> = LazyLock::new(keywords);
static CORPUS: LazyLock<Vec<Told>> = LazyLock::new(|| TRIAGE.corpus().unwrap());

/// Without a model: keywords and rules answer.
fn keywords() -> Triage {
    let settings = settings(&[("model", "no/such/folder")]).settings;
    Triage::load(&settings.data(), &settings.model().unwrap()).unwrap()
}

fn time(text: &str) -> DateTime<FixedOffset> {
    text.parse().unwrap()
}

fn stream(days: u32, now: &str) -> Vec<Arrival<'static>> {
    TRIAGE.stream(&CORPUS, days, time(now))
}

fn day(arrival: &Arrival) -> NaiveDate {
    arrival.at.date_naive()
}

fn shown(stream: &[Arrival]) -> Vec<String> {
    stream.iter().map(|told| format!("{} {} {}", told.at, told.told.id, told.caller)).collect()
}

/// Cases a day on the days that `which` takes.
fn a_day(stream: &[Arrival], which: impl Fn(NaiveDate) -> bool) -> f64 {
    let days: BTreeSet<NaiveDate> = stream.iter().map(day).filter(|day| which(*day)).collect();
    stream.iter().filter(|told| which(day(told))).count() as f64 / days.len() as f64
}

#[test]
fn one_day_has_one_stream_and_another_day_another() {
    let evening = shown(&stream(DAYS, NOW));
    assert_eq!(evening, shown(&stream(DAYS, NOW)));
    let morning = shown(&stream(DAYS, "2026-10-20T09:30:00+08:00"));
    assert!(morning.len() < evening.len() && evening.starts_with(&morning), "the day goes on where it stood");
    assert_eq!(morning, shown(&stream(DAYS, "2026-10-20T01:30:00Z")), "the days are the service's own");
    let week = shown(&stream(7, NOW));
    assert!(week.len() > 150 && evening.ends_with(&week), "the last days are the same, however many are asked for");
    assert_ne!(evening[..20], shown(&stream(DAYS, "2026-10-21T20:00:00+08:00"))[..20]);
}

#[test]
fn sixty_days_of_our_own_lines_and_none_to_come() {
    let (stream, now) = (stream(DAYS, NOW), time(NOW));
    assert!((1_500..2_500).contains(&stream.len()), "{}", stream.len());
    assert!(stream.is_sorted_by_key(|told| told.at) && stream.iter().all(|told| told.at <= now));
    let days: BTreeSet<NaiveDate> = stream.iter().map(day).collect();
    assert_eq!((days.len(), *days.first().unwrap()), (60, NaiveDate::from_ymd_opt(2026, 8, 22).unwrap()));
    let ids: BTreeSet<&str> = stream.iter().map(|told| told.told.id.as_str()).collect();
    assert_eq!(ids.len(), stream.len(), "a line comes in once");
    let here = |told: &Told| TRIAGE.taxonomy().district(None, Some(&told.district)).is_some();
    let elsewhere: Vec<_> = stream.iter().filter(|told| !here(told.told) && !told.told.place.is_empty()).collect();
    assert!(elsewhere.is_empty(), "{elsewhere:?}");
    let channels: BTreeSet<&str> = stream.iter().map(|told| told.told.channel.as_str()).collect();
    assert!(channels.len() >= 7, "{channels:?}");
}

#[test]
fn monday_mornings_are_full_and_nights_weekends_and_holidays_are_not() {
    let stream = stream(DAYS, NOW);
    let alone: Vec<_> = stream.iter().filter(|told| told.part == Part::Alone).cloned().collect();
    let calendar = &TRIAGE.deadlines().calendar;
    let holiday = |day: NaiveDate| day.month() == 10 && day.day() <= 7;
    let weekend = |day: NaiveDate| !calendar.is_worked(day) && !holiday(day) && day.month() != 9;
    let worked = a_day(&alone, |day| calendar.is_worked(day));
    let (weekends, holidays) = (a_day(&alone, weekend), a_day(&alone, holiday));
    assert!(weekends < 0.7 * worked && holidays < 0.9 * weekends, "{worked} {weekends} {holidays}");
    let made_up = a_day(&alone, |day| day == NaiveDate::from_ymd_opt(2026, 10, 10).unwrap());
    assert!(made_up > 0.8 * worked, "a Saturday that is worked is a working day: {made_up}");

    let nights = alone.iter().filter(|told| told.at.hour() < 6).count();
    assert!(nights * 40 < alone.len(), "{nights} of {}", alone.len());
    let mornings: Vec<_> = alone.iter().filter(|told| (8..11).contains(&told.at.hour())).cloned().collect();
    let on =
        |weekdays: &[Weekday]| a_day(&mornings, |day| calendar.is_worked(day) && weekdays.contains(&day.weekday()));
    let (monday, midweek) = (on(&[Weekday::Mon]), on(&[Weekday::Tue, Weekday::Wed, Weekday::Thu]));
    assert!(monday > 1.25 * midweek, "{monday} {midweek}");
}

#[test]
fn there_are_bursts_a_growing_event_and_many_small_ones() {
    let stream = stream(DAYS, NOW);
    let today = time(NOW).date_naive();
    for (category, ago) in [("0501", 1), ("0404", 24)] {
        let alike: Vec<_> = stream.iter().filter(|told| told.told.l2 == category).cloned().collect();
        let burst = a_day(&alike, |day| (today - day).num_days() == ago);
        let usual = alike.len() as f64 - burst;
        assert!(burst >= 20.0 && burst > 10.0 * usual / 59.0, "{category}: {burst}, otherwise {usual} in 59 days");
    }
    let growing: Vec<_> = stream.iter().filter(|told| told.part == Part::Growing).collect();
    let ago: Vec<i64> = growing.iter().map(|told| (today - day(told)).num_days()).collect();
    assert!(ago.len() >= 10 && ago[0] >= 19, "{ago:?}");
    let late = ago.iter().filter(|ago| **ago < 10).count();
    assert!(late > ago.len() - late, "it grows: {ago:?}");
    let its_own = growing.iter().filter(|told| told.told.event == growing[0].told.event).count();
    assert!(its_own >= 5 && growing[0].told.event.is_some(), "{its_own}");

    let mut events: BTreeMap<&str, Vec<&Arrival>> = BTreeMap::new();
    for told in stream.iter().filter(|told| told.part == Part::Event) {
        events.entry(told.told.event.as_deref().unwrap()).or_default().push(told);
    }
    let lasted = |told: &Vec<&Arrival>| (told[told.len() - 1].at - told[0].at).num_days();
    let many = events.values().filter(|told| told.len() >= 3).count();
    assert!((30..=40).contains(&many), "{many}");
    assert!(events.values().all(|told| lasted(told) <= 12) && events.values().any(|told| lasted(told) >= 5));
}

#[test]
fn who_tells_again_is_the_one_who_told_first() {
    let stream = stream(DAYS, NOW);
    let mut first: BTreeMap<&str, &Arrival> = BTreeMap::new();
    let (mut callers, mut repeats) = (BTreeSet::new(), 0);
    for told in &stream {
        let begun = told.told.event.as_deref().map(|event| *first.entry(event).or_insert(told));
        if told.told.relation.as_deref() == Some("repeat") {
            let begun = begun.unwrap();
            assert_eq!(told.caller, begun.caller, "{}", told.told.id);
            assert!(told.at - begun.at >= TimeDelta::days(1), "{} after {}", told.told.id, begun.told.id);
            repeats += 1;
        } else {
            assert!(callers.insert(told.caller), "{} has the caller of another", told.told.id);
        }
    }
    assert!(repeats >= 25, "{repeats}");
}

#[test]
fn a_district_gets_worse() {
    let stream = stream(DAYS, NOW);
    let today = time(NOW).date_naive();
    let worse = &stream.iter().find(|told| told.part == Part::Growing).unwrap().told.district;
    let share = |from: i64, to: i64| {
        let these = stream.iter().filter(|told| told.part == Part::Alone);
        let these: Vec<_> = these.filter(|told| (from..to).contains(&(today - day(told)).num_days())).collect();
        these.iter().filter(|told| told.told.district == *worse).count() as f64 / these.len() as f64
    };
    let (before, lately) = (share(30, 60), share(0, 14));
    assert!(lately > 2.0 * before, "{worse}: {before} {lately}");
    let strained = |told: &Arrival| told.strain > 0.0;
    assert!(stream.iter().filter(|told| strained(told)).all(|told| told.told.district == *worse));
}

/// All cases of the store, with their lives.
fn whole(triage: &Triage, filter: &Filter) -> Vec<Case> {
    let (mut cases, mut seek) = (Vec::new(), Seek::first(newest_first()));
    loop {
        let page = triage.store().list(filter, &seek, 200).unwrap();
        cases.extend(page.items.iter().map(|case| triage.store().find(&case.id).unwrap().unwrap()));
        match page.next_cursor {
            Some(next) => seek = Seek::after(&CASE_SORTS, &next).unwrap(),
            None => return cases,
        }
    }
}

#[test]
fn cases_live_as_they_would_with_people() {
    let (triage, now) = (keywords(), time(NOW));
    let told = std::cell::Cell::new((0, 0));
    triage
        .demonstrate(12, now, |done, all| {
            told.set((done, all));
            true
        })
        .unwrap();
    let stream = stream(12, NOW);
    assert_eq!(told.get(), (stream.len(), stream.len()));
    let cases = whole(&triage, &Filter { now, ..Filter::default() });
    assert_eq!(cases.len(), stream.len());
    let references: Vec<String> = cases.iter().rev().map(|case| case.reference.clone().unwrap()).collect();
    let expected: Vec<String> = stream.iter().map(|told| format!("DEMO-{}", told.told.id)).collect();
    assert_eq!(references, expected, "oldest first");

    let steps = || cases.iter().flat_map(|case| case.steps.iter().flatten());
    assert!(steps().all(|step| step.at <= now), "nothing is yet to come");
    for case in &cases {
        assert!(case.steps.as_ref().unwrap().is_sorted_by_key(|step| step.at), "{:?}", case.reference);
        let first = case.steps.iter().flatten().nth(1);
        assert!(first.is_none_or(|first| first.at >= case.created_at), "{:?}", case.reference);
    }
    let count = |status| steps().filter(|step| step.status == status).count();
    for status in Status::ALL {
        let least = if matches!(status, Status::Suspended | Status::Declined | Status::Extended) { 0 } else { 3 };
        assert!(count(status) >= least, "{status:?}: {}", count(status));
    }
    assert!(count(Status::Closed) * 4 > cases.len() && count(Status::Closed) < cases.len());
    let content = steps().filter(|step| step.satisfied == Some(Satisfaction::Satisfied)).count();
    assert!(content * 2 > count(Status::FollowedUp) && content < count(Status::FollowedUp));
    let mismatched = steps().filter(|step| step.reason == Some(ReturnReason::DutyMismatch)).count();
    assert!(mismatched > 0);
    let judged: Vec<_> = cases.iter().flat_map(|case| case.feedback.iter().flatten()).collect();
    assert!(judged.iter().any(|one| one.settled) && judged.iter().all(|one| one.at <= now));
    let late = Filter { overdue: Some(true), now, ..Filter::default() };
    let watched = Filter { supervised: Some(Supervised::Yes), now, ..Filter::default() };
    assert!(!whole(&triage, &late).is_empty() && !whole(&triage, &watched).is_empty());
}

#[test]
fn what_a_line_needs_is_what_becomes_of_it() {
    let triage = keywords();
    triage.demonstrate(3, time(NOW), |_, _| true).unwrap();
    let by_reference = |id: &str| triage.store().find_reference(&format!("DEMO-{id}")).unwrap().unwrap();
    for told in stream(3, NOW) {
        let case = by_reference(&told.told.id);
        assert_eq!((case.received_at, case.channel.as_ref()), (told.at.to_utc(), Some(&told.told.channel)));
        let waited = case.created_at - case.received_at;
        assert!((0..=30).contains(&waited.num_minutes()), "{}: {waited}", told.told.id);
        let protected = case.suggestion.unwrap()["flags"].as_array().unwrap().iter().any(|flag| flag == "info_protect");
        assert!(!told.told.protect || protected, "{}", told.told.id);
    }
}

#[test]
fn the_demonstration_ends_when_it_is_told_to_and_leaves_a_filled_store_alone() {
    let triage = keywords();
    let ended = std::cell::Cell::new(0);
    let go_on = |done, _| {
        ended.set(done);
        done < 10
    };
    triage.demonstrate(2, time(NOW), go_on).unwrap();
    let all = Filter::default();
    assert!((10..15).contains(&ended.get()) && whole(&triage, &all).len() == ended.get());
    triage.demonstrate(2, time(NOW), |_, _| panic!("there are cases")).unwrap();
    assert_eq!(whole(&triage, &all).len(), ended.get());
}
