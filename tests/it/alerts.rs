//! Early warning (预警): raised when the rules say so, told once, acted on by people, delivered to whoever must know.

mod ladder;
mod live;
mod push;

use std::collections::BTreeSet;

use chrono::{DateTime, FixedOffset, TimeDelta};
use guikou::case::{Complaint, ComplaintText, Subject};
use guikou::insight::{Ground, Insight, Told, Watch};
use guikou::store::{Alert, AlertFilter, AlertState, Store};
use guikou::triage::{Ruling, Triage, Wanted};
use proptest::prelude::*;

use crate::door::settings;
use crate::duplicates::{LIFT, SITE, SMOKE, folder};

const TARGETS: [&str; 1] = ["https://oa.example.gov.cn#00000000"];

/// A hotline in this process, without a server; cases in memory.
struct Hotline {
    triage: Triage,
    insight: Insight,
    now: DateTime<FixedOffset>,
}

/// A complaint received so many minutes ago.
struct Said<'a> {
    reference: String,
    text: &'a str,
    caller: Option<String>,
    minutes_ago: i64,
}

fn noon() -> DateTime<FixedOffset> {
    "2026-11-20T12:00:00+08:00".parse().unwrap()
}

fn triage() -> Triage {
    Triage::load(&settings(&[]).settings.data(), folder()).unwrap()
}

/// The `n`th telling of a matter, by a caller of its own.
fn said<'a>(matter: &str, texts: &'a [&'a str], n: usize) -> Said<'a> {
    Said {
        reference: format!("{matter}{n}"),
        text: texts[n % texts.len()],
        caller: Some(format!("{matter}-{n}")),
        minutes_ago: 10 + n as i64,
    }
}

impl Hotline {
    fn new() -> Self {
        Self { triage: triage(), insight: Insight::default(), now: noon() }
    }

    fn keep(&self, all: &[Said]) {
        let complaints: Vec<Complaint> = all
            .iter()
            .map(|said| Complaint {
                reference: Some(said.reference.clone()),
                received_at: Some(self.now - TimeDelta::minutes(said.minutes_ago)),
                reporter_key: said.caller.clone(),
                ..Complaint::of(ComplaintText::parse(said.text).unwrap())
            })
            .collect();
        self.triage.keep(&complaints, Wanted { top_k: 1, explain: false }, self.now).unwrap();
    }

    fn ground(&self) -> Ground<'_> {
        Ground {
            store: self.triage.store(),
            taxonomy: self.triage.taxonomy(),
            deadlines: self.triage.deadlines(),
            reader: self.triage.reader(),
        }
    }

    fn watch_by(&self, z: &dyn Fn(&Subject) -> Option<f64>) -> Told {
        let z: &dyn Fn(&Subject) -> guikou::error::Result<Option<f64>> = &|subject| Ok(z(subject));
        let targets = TARGETS.map(str::to_owned);
        let watch = Watch { ladder: self.triage.ladder(), targets: &targets, z };
        self.insight.watch(self.ground(), &watch, self.now).unwrap()
    }

    /// What was told, in words such as `Raised Blue`.
    fn watch(&self) -> Vec<String> {
        self.watch_by(&|_| None).iter().map(|(turn, level)| format!("{turn:?} {level:?}")).collect()
    }

    /// As if the program had been started anew.
    fn restart(&mut self) {
        self.insight = Insight::default();
    }

    fn alerts(&self) -> Vec<Alert> {
        self.triage.store().alerts(&AlertFilter::default(), None, 100).unwrap().0
    }

    fn group_of(&self, reference: &str) -> String {
        self.triage.store().find_reference(reference).unwrap().unwrap().issue.unwrap()
    }

    fn id_of(&self, reference: &str) -> String {
        self.triage.store().find_reference(reference).unwrap().unwrap().id
    }

    fn act(&self, id: &str, state: AlertState, reason: &str) -> Alert {
        let said = (Some("值班长".to_owned()), Some(reason.to_owned()));
        self.insight.act_on_alert(self.ground(), id, state, said, self.now).unwrap().alert
    }

    /// How many lines stand in the outbox.
    fn posted(&self) -> usize {
        self.triage.store().deliveries(&Default::default(), None, 1000).unwrap().0.len()
    }
}

#[test]
fn an_event_is_told_once_a_level_and_the_last_level_stands() {
    let hotline = Hotline::new();
    let mut told = Vec::new();
    for n in 0..22 {
        hotline.keep(&[said("E", &SMOKE, n)]);
        told.push(hotline.watch());
        assert!(hotline.watch().is_empty(), "nothing new is nothing told");
    }
    let told: Vec<(usize, String)> =
        told.into_iter().enumerate().flat_map(|(n, told)| told.into_iter().map(move |what| (n + 1, what))).collect();
    let expected = [(3, "Raised Blue"), (5, "Escalated Yellow"), (10, "Escalated Orange"), (20, "Escalated Red")];
    assert_eq!(told, expected.map(|(n, what)| (n, what.to_owned())));
    let alerts = hotline.alerts();
    let alert = &alerts[0];
    assert_eq!((alerts.len(), alert.level.code(), alert.rule.as_str()), (1, "red", "event_20_in_24h"));
    assert_eq!(alert.title, "云锦苑小区 餐饮油烟");
    assert_eq!(alert.sentence, "云锦苑小区 餐饮油烟，24 小时内 22 人反映 22 件");
    assert_eq!((alert.figures.cases, alert.figures.people), (22, 22), "the figures are those of now");
    assert_eq!(hotline.posted(), 4, "each telling is sent");
    let (_, log) = hotline.triage.store().alert(&alert.id).unwrap().unwrap();
    let entries: Vec<_> = log.iter().map(|entry| (entry.level.code(), entry.figures.cases)).collect();
    assert_eq!(entries, [("blue", 3), ("yellow", 5), ("orange", 10), ("red", 20)]);
}

#[test]
fn one_caller_shouting_ten_times_raises_nothing_nor_do_copies() {
    let hotline = Hotline::new();
    let shouted: Vec<Said> = (0..10).map(|n| Said { caller: Some("k".into()), ..said("E", &SMOKE, n) }).collect();
    hotline.keep(&shouted);
    assert!(hotline.watch().is_empty());
    let copied: Vec<Said> = (0..10).map(|n| Said { caller: None, ..said("S", &SITE[..1], n) }).collect();
    hotline.keep(&copied);
    assert!(hotline.watch().is_empty());
    hotline.keep(&[Said { caller: None, ..said("S", &SITE[1..], 10) }]);
    assert_eq!(hotline.watch(), ["Raised Orange"], "a second person makes it an event");
    let alert = &hotline.alerts()[0];
    assert_eq!((alert.figures.cases, alert.figures.people), (11, 2));
}

#[test]
fn what_is_dismissed_comes_back_only_graver_or_after_quiet() {
    let mut hotline = Hotline::new();
    hotline.keep(&(0..3).map(|n| said("E", &SMOKE, n)).collect::<Vec<_>>());
    assert_eq!(hotline.watch(), ["Raised Blue"]);
    let id = hotline.alerts()[0].id.clone();
    let alert = hotline.act(&id, AlertState::Dismissed, "已联系13812345678核实，计划内检修");
    let reason = alert.reason.unwrap();
    assert!(!reason.contains("138") && reason.contains("核实"), "{reason}");
    hotline.keep(&[said("E", &SMOKE, 3)]);
    hotline.restart();
    assert!(hotline.watch().is_empty(), "a fourth is no graver");
    assert_eq!((hotline.alerts()[0].state, hotline.alerts()[0].figures.cases), (AlertState::Dismissed, 4));
    hotline.keep(&[said("E", &SMOKE, 4)]);
    assert_eq!(hotline.watch(), ["Escalated Yellow"]);
    let alert = &hotline.alerts()[0];
    assert_eq!((alert.state, &alert.reason, &alert.id), (AlertState::Open, &None, &id), "graver: open again");
    hotline.act(&id, AlertState::Dismissed, "已处理");
    // A week without anything, less a day and then whole.
    for (days, told) in [(6, &[][..]), (14, &["Raised Blue"][..])] {
        hotline.now = noon() + TimeDelta::days(days);
        let again: Vec<Said> =
            (0..3).map(|n| Said { reference: format!("{days}-{n}"), ..said("E", &SMOKE, n) }).collect();
        hotline.keep(&again);
        assert_eq!(hotline.watch(), told, "after {days} days");
    }
    let alerts = hotline.alerts();
    assert_eq!(alerts.iter().filter(|alert| alert.state == AlertState::Open).count(), 1);
    assert_ne!(alerts[0].id, id, "a new one");
}

#[test]
fn an_alert_is_acted_on_once_and_each_act_is_in_the_audit() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cases.db");
    let hotline = Hotline { triage: triage().keeping_in(Store::open(Some(&file)).unwrap()).unwrap(), ..Hotline::new() };
    hotline.keep(&(0..3).map(|n| said("E", &SMOKE, n)).collect::<Vec<_>>());
    hotline.watch();
    let id = hotline.alerts()[0].id.clone();
    let seq = hotline.alerts()[0].seq;
    let alert = hotline.act(&id, AlertState::Acknowledged, "已派人");
    assert_eq!((alert.state, alert.actor.as_deref()), (AlertState::Acknowledged, Some("值班长")));
    assert!(alert.seq > seq && alert.acted_at.is_some());
    let again = |state| {
        let outcome =
            hotline.insight.act_on_alert(hotline.ground(), &id, state, (None, Some("再".into())), hotline.now);
        outcome.unwrap_err().kind
    };
    assert_eq!(again(AlertState::Acknowledged), guikou::error::Kind::Conflict);
    hotline.act(&id, AlertState::Dismissed, "已处理");
    assert_eq!(again(AlertState::Dismissed), guikou::error::Kind::Conflict);
    assert_eq!(again(AlertState::Acknowledged), guikou::error::Kind::Conflict);
    assert!(hotline.triage.store().verify_audit().unwrap().broken.is_none());
    drop(hotline);
    let connection = rusqlite::Connection::open(&file).unwrap();
    let lines =
        "SELECT group_concat(act || ' ' || actor, ', ') FROM (SELECT * FROM audit WHERE subject = ? ORDER BY n)";
    let lines: String = connection.query_row(lines, [&id], |row| row.get(0)).unwrap();
    assert_eq!(lines, "alert_raised machine, alert_acknowledged 值班长, alert_dismissed 值班长");
    let texts = "SELECT count(*) FROM audit WHERE detail LIKE '%派人%' OR detail LIKE '%云锦苑%'";
    assert_eq!(connection.query_row(texts, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
}

/// Four tellings of one event and five of another, each with its alert.
fn two_events() -> Hotline {
    let hotline = Hotline::new();
    hotline.keep(&(0..4).map(|n| said("E", &SMOKE, n)).collect::<Vec<_>>());
    hotline.keep(&(0..5).map(|n| said("S", &SITE, n)).collect::<Vec<_>>());
    let told: BTreeSet<String> = hotline.watch().into_iter().collect();
    assert_eq!(told, BTreeSet::from(["Raised Blue".to_owned(), "Raised Yellow".to_owned()]));
    hotline
}

#[test]
fn groups_that_merge_are_not_told_again_and_one_alert_goes_on() {
    let hotline = two_events();
    let (smoke, site) = (hotline.group_of("E0"), hotline.group_of("S0"));
    hotline.triage.merge(&smoke, &site, &Ruling::default(), hotline.now).unwrap();
    assert!(hotline.watch().is_empty());
    let alerts = hotline.alerts();
    assert_eq!(alerts.len(), 1, "{alerts:?}");
    assert_eq!((alerts[0].level.code(), alerts[0].figures.cases), ("yellow", 9));
    assert_eq!(alerts[0].issue.as_deref(), Some(smoke.as_str()), "it speaks of the group that stays");
    assert!(alerts[0].link.contains(&format!("issue={smoke}")), "{}", alerts[0].link);
    assert_eq!(hotline.posted(), 2);
    // Taken back, each has its own alert again, and nothing is told.
    let act = hotline.triage.store().issue(&smoke).unwrap().unwrap().acts;
    let act = act.iter().find(|act| act.actor.is_some()).unwrap().n;
    hotline.triage.undo(&smoke, act, &Ruling::default(), hotline.now).unwrap();
    assert!(hotline.watch().is_empty());
    let alerts = hotline.alerts();
    let groups: BTreeSet<Option<String>> = alerts.iter().map(|alert| alert.issue.clone()).collect();
    assert_eq!(groups, BTreeSet::from([Some(smoke), Some(site)]), "{alerts:?}");
}

#[test]
fn an_alert_follows_its_group_into_one_that_had_none() {
    let hotline = Hotline::new();
    hotline.keep(&(0..3).map(|n| said("E", &SMOKE, n)).collect::<Vec<_>>());
    hotline.keep(&(0..2).map(|n| said("S", &SITE, n)).collect::<Vec<_>>());
    assert_eq!(hotline.watch(), ["Raised Blue"]);
    let (smoke, site) = (hotline.group_of("E0"), hotline.group_of("S0"));
    hotline.triage.merge(&site, &smoke, &Ruling::default(), hotline.now).unwrap();
    assert_eq!(hotline.watch(), ["Escalated Yellow"], "five together: graver, and the same alert");
    let alerts = hotline.alerts();
    assert_eq!((alerts.len(), alerts[0].issue.as_deref()), (1, Some(site.as_str())));
}

#[test]
fn when_a_group_splits_its_alert_stays_with_the_keeper_of_the_name() {
    let hotline = Hotline::new();
    hotline.keep(&(0..6).map(|n| said("E", &SMOKE, n)).collect::<Vec<_>>());
    assert_eq!(hotline.watch(), ["Raised Yellow"]);
    let before = hotline.alerts()[0].clone();
    let out: Vec<String> = ["E0", "E1"].iter().map(|reference| hotline.id_of(reference)).collect();
    hotline.triage.split(&hotline.group_of("E2"), &out, &Ruling::default(), hotline.now).unwrap();
    assert!(hotline.watch().is_empty(), "four and two: neither is graver than what was told");
    let alerts = hotline.alerts();
    assert_eq!((alerts.len(), &alerts[0].id, &alerts[0].issue), (1, &before.id, &before.issue));
    assert_eq!(alerts[0].issue.as_deref(), Some(hotline.group_of("E2").as_str()));
}

#[test]
fn only_what_was_received_lately_warns_and_only_when_its_time_has_come() {
    let mut hotline = Hotline::new();
    let history: Vec<Said> = (0..8).map(|n| Said { minutes_ago: 73 * 60 + n as i64, ..said("E", &SMOKE, n) }).collect();
    hotline.keep(&history);
    assert!(hotline.watch().is_empty(), "history is no news");
    let late: Vec<Said> = (0..3).map(|n| Said { minutes_ago: 70 * 60 + n as i64, ..said("S", &SITE, n) }).collect();
    hotline.keep(&late);
    assert_eq!(hotline.watch(), ["Raised Blue"], "within three days it is");
    let ahead: Vec<Said> = (0..4).map(|n| Said { minutes_ago: -30 - n as i64, ..said("L", &[LIFT], n) }).collect();
    hotline.keep(&ahead);
    assert!(hotline.watch().is_empty());
    hotline.now += TimeDelta::minutes(32);
    assert_eq!(hotline.watch(), ["Raised Blue"], "three of them are in the past now, though nothing changed");
    hotline.now += TimeDelta::minutes(2);
    assert!(hotline.watch().is_empty(), "the fourth changes nothing");
}

#[test]
fn a_category_that_bursts_in_a_district_is_told_where_a_score_says_so() {
    let hotline = Hotline::new();
    let texts: Vec<String> = (0..6).map(|n| format!("樊城区第{n}中学门口烧烤店油烟太大")).collect();
    let all: Vec<Said> =
        texts.iter().enumerate().map(|(n, text)| Said { text: text.as_str(), ..said("C", &[""], n) }).collect();
    hotline.keep(&all[..4]);
    let score = |z: f64| move |subject: &Subject| (subject.key() == "0706@樊城区").then_some(z);
    // The same tellings may be an event besides.
    let cells = || hotline.alerts().into_iter().filter(|alert| alert.kind == guikou::case::AlertKind::Cell);
    let told = |z: f64| {
        hotline.watch_by(&score(z));
        cells().count()
    };
    assert_eq!(told(9.0), 0, "four are too few");
    hotline.keep(&all[4..5]);
    assert_eq!(told(2.9), 0);
    hotline.keep(&all[5..]);
    assert_eq!(told(3.1), 1);
    let alert = cells().next().unwrap();
    assert_eq!(alert.sentence, "樊城区：餐饮油烟，24 小时内 6 件，明显多于往常（突增分 3.1）");
    assert_eq!((alert.issue.as_deref(), alert.district.as_deref()), (None, Some("樊城区")));
    assert!(alert.link.contains("category=0706&district=%E6%A8%8A"), "{}", alert.link);
}

/// Tellings of two events, of a third that is too small, and of one shouting caller.
fn stories() -> Vec<Said<'static>> {
    let mut all: Vec<Said> = (0..6).map(|n| said("E", &SMOKE, n)).collect();
    all.extend((0..3).map(|n| said("S", &SITE, n)));
    all.extend((0..2).map(|n| said("L", &[LIFT], n)));
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn the_order_the_batches_and_restarts_make_no_difference(
        order in Just((0..11).collect::<Vec<usize>>()).prop_shuffle(),
        sizes in prop::collection::vec(1usize..5, 11),
        looks in prop::collection::vec(0u8..3, 11),
    ) {
        static TRIAGE: std::sync::LazyLock<std::sync::Mutex<Option<Triage>>> =
            std::sync::LazyLock::new(|| std::sync::Mutex::new(Some(triage())));
        let mut shared = TRIAGE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let triage = shared.take().unwrap_or_else(triage).keeping_in(Store::open(None).unwrap()).unwrap();
        let mut hotline = Hotline { triage, insight: Insight::default(), now: noon() };
        let mut stories: Vec<Option<Said>> = stories().into_iter().map(Some).collect();
        let mut waiting: Vec<Said> = order.iter().map(|n| stories[*n].take().unwrap()).collect();
        for (size, look) in sizes.iter().zip(&looks) {
            let batch: Vec<Said> = waiting.drain(..(*size).min(waiting.len())).collect();
            hotline.keep(&batch);
            match look {
                0 => {}
                1 => _ = hotline.watch(),
                _ => hotline.restart(),
            }
        }
        hotline.keep(&waiting);
        hotline.watch();
        let found: BTreeSet<String> = hotline.alerts().iter().map(|alert| {
            let figures = &alert.figures;
            format!("{} {} {} {} {}", alert.title, alert.level.code(), alert.rule, figures.cases, figures.people)
        }).collect();
        let expected = ["云锦苑小区 餐饮油烟 yellow event_5_in_24h 6 6", "樊城区长虹路北段工地 建筑施工噪声 blue event_3_in_24h 3 3"];
        *shared = Some(hotline.triage);
        prop_assert_eq!(found, expected.map(str::to_owned).into());
    }
}
