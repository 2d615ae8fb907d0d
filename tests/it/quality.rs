//! Quality of advice: eleven cases by every way to be right, wrong or neither, each figure counted by hand, each link
//! leading to exactly its cases; drift, and what is put up for review.

mod drift;
mod review;

use std::net::SocketAddr;
use std::sync::LazyLock;

use chrono::{DateTime, FixedOffset};
use guikou::case::{Aspect, Assignment, Decision, Level, Outcome, ReturnReason, Ruling, Scope, Status, Unit};
use guikou::insight::{AskedQuality, Bounds, Ground, Insight};
use guikou::store::{Kept, NewCase, Store};
use guikou::triage::{Asked, Opinion, Triage};
use serde_json::{Value, json};

use crate::door::{await_status, get, settings, start_with};
use crate::trends;

const NOW: &str = "2025-11-12T12:00:00+08:00";
const BOUNDS: Bounds = Bounds { auto: 0.87, suggest: 0.35 };

/// Each case: what was advised (unit, its probability, the decision), and what was done: a step `status@unit=reason`, or
/// a feedback `outcome!` settled or `outcome?` not, `@unit`.
const LIVES: [(&str, &str, f32, Decision, &str); 11] = [
    ("q01", "CGJ", 0.95, Decision::Auto, "accepted!"),
    ("q02", "CGJ", 0.90, Decision::Auto, "accepted?"),
    ("q03", "CGJ", 0.88, Decision::Auto, "dispatched@CGJ signed handling replied"),
    (
        "q04",
        "CGJ",
        0.92,
        Decision::Auto,
        "dispatched@CGJ returned=duty_mismatch reassigned!@STHJ dispatched@STHJ signed handling replied",
    ),
    ("q05", "CGJ", 0.60, Decision::Suggest, "edited!@ZJJ"),
    ("q06", "STHJ", 0.70, Decision::Suggest, "dispatched@STHJ signed handling replied"),
    ("q07", "STHJ", 0.40, Decision::Suggest, ""),
    ("q08", "CGJ", 0.99, Decision::Suggest, "accepted!"),
    ("q09", "", 0.0, Decision::Manual, "edited!@JD"),
    ("q10", "GAJ", 0.97, Decision::TransferEmergency, "edited!@ZJJ"),
    (
        "q11",
        "CGJ",
        0.50,
        Decision::Suggest,
        "dispatched@CGJ returned=area_mismatch dispatched@ZJJ signed handling replied",
    ),
];

static ADDRESS: LazyLock<SocketAddr> = LazyLock::new(|| serve(filled(false)));

fn serve(triage: Triage) -> SocketAddr {
    let (address, stop, _) = start_with(&[], move || Ok(triage));
    // Lives as long as the tests.
    std::mem::forget(stop);
    await_status(address, "/readyz", 200);
    address
}

fn empty() -> Triage {
    let settings = settings(&[("model", "no/such/folder")]).settings;
    let triage = Triage::load(&settings.data(), &settings.model().unwrap()).unwrap();
    triage.keeping_in(Store::open(None).unwrap()).unwrap()
}

fn time(text: &str) -> DateTime<FixedOffset> {
    text.parse().unwrap()
}

/// A case with its advice, as if a model had given it: the first unit, then the others.
fn advised(reference: &str, at: &str, units: &[(&str, f32)], decision: Decision, text: &str) -> NewCase {
    let mut case = trends::case(time(at), "0702", Some("樊城区"), text);
    let unit = |(code, probability): &(&str, f32)| Assignment {
        lead: Unit { code: (*code).to_owned(), name: String::new(), area: None },
        co: Vec::new(),
        level: Level::City,
        probability: *probability,
        reasons: Vec::new(),
        basis: Vec::new(),
    };
    case.suggestion.assignment = units.iter().map(unit).collect();
    case.suggestion.decision = decision;
    case.suggestion.categories[0].probability = 0.9;
    case.reference = Some(reference.to_owned());
    case
}

fn keep(triage: &Triage, case: NewCase) -> String {
    match triage.store().keep(&[case]).unwrap().remove(0) {
        Kept::New(case) => case.id,
        Kept::Standing(_) => panic!("it is there twice"),
    }
}

fn act(triage: &Triage, id: &str, act: &str) {
    let (act, unit) = act.split_once('@').map_or((act, None), |(act, unit)| (act, Some(unit.to_owned())));
    let (act, reason) = act.split_once('=').map_or((act, None), |(act, reason)| (act, Some(reason)));
    let reason = reason.map(|code| ReturnReason::ALL.into_iter().find(|known| known.code() == code).unwrap());
    if let Some(outcome) = act.strip_suffix(['!', '?']) {
        return judge(triage, id, outcome, unit, act.ends_with('!'), None);
    }
    let status = Status::ALL.into_iter().find(|known| known.code() == act).unwrap();
    let asked = Asked {
        status,
        unit,
        reason,
        note: None,
        due_at: None,
        satisfied: None,
        resolved: None,
        actor: None,
        at: Some(time("2025-11-05T09:00:00+08:00")),
    };
    triage.step(id, asked, time(NOW)).unwrap_or_else(|error| panic!("{act}: {error}"));
}

fn judge(triage: &Triage, id: &str, outcome: &str, unit: Option<String>, settled: bool, actor: Option<&str>) {
    let outcome: Outcome = serde_json::from_value(json!(outcome)).unwrap();
    let opinion = Opinion {
        outcome,
        reason_code: (outcome == Outcome::Reassigned).then_some(ReturnReason::DutyMismatch),
        final_unit: unit,
        final_category: None,
        settled,
        note: None,
        actor: actor.map(str::to_owned),
    };
    triage.feed_back(id, opinion, time(NOW)).unwrap();
}

fn filled(backwards: bool) -> Triage {
    let triage = empty();
    let mut lives: Vec<_> = LIVES.iter().collect();
    if backwards {
        lives.reverse();
    }
    for (reference, unit, probability, decision, acts) in lives {
        let units = [(*unit, *probability)];
        let units = if unit.is_empty() { &units[..0] } else { &units[..] };
        let case = advised(reference, "2025-11-03T09:00:00+08:00", units, *decision, "长虹路工地夜里打桩");
        let id = keep(&triage, case);
        acts.split_whitespace().for_each(|one| act(&triage, &id, one));
    }
    triage
}

fn ground(triage: &Triage) -> Ground<'_> {
    Ground {
        store: triage.store(),
        taxonomy: triage.taxonomy(),
        deadlines: triage.deadlines(),
        reader: triage.reader(),
    }
}

/// November until now.
fn november() -> AskedQuality {
    let (from, to) = (Some(time("2025-11-01T00:00:00+08:00")), Some(time("2025-12-01T00:00:00+08:00")));
    AskedQuality::of(Scope { from, to, ..Scope::default() }, BOUNDS)
}

/// An answer with its links as they stand.
fn told<T: serde::Serialize>(answer: T) -> Value {
    serde_json::to_value(answer).unwrap()
}

/// Every figure that has a link, with the link, wherever it stands.
fn linked(answer: &Value, found: &mut Vec<(i64, String)>) {
    match answer {
        Value::Object(fields) => {
            let pairs = [
                ("cases", "link"),
                ("hits", "hits_link"),
                ("of", "of_link"),
                ("now", "now_link"),
                ("before", "before_link"),
            ];
            for (count, link) in pairs {
                let count = fields.get(count).and_then(Value::as_i64);
                let link = fields.get(link).and_then(Value::as_str);
                found.extend(count.zip(link.map(str::to_owned)));
            }
            fields.values().for_each(|value| linked(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| linked(value, found)),
        _ => {}
    }
}

/// Each link leads to as many cases as its figure says; gives how many there were.
fn leads_to_its_cases(address: SocketAddr, answer: &Value) -> usize {
    let mut found = Vec::new();
    linked(answer, &mut found);
    found.sort();
    found.dedup();
    for (count, link) in &found {
        let glue = if link.contains('?') { '&' } else { '?' };
        let reply = get(address, &format!("{link}{glue}page_size=200"));
        assert_eq!(reply.status, 200, "{link}: {}", reply.body);
        assert_eq!(reply.json()["items"].as_array().unwrap().len() as i64, *count, "{link}");
    }
    found.len()
}

fn rate(body: &Value) -> (i64, i64) {
    (body["hits"].as_i64().unwrap(), body["of"].as_i64().unwrap())
}

#[test]
fn right_is_what_people_decided_and_each_ruling_is_told_apart() {
    let triage = filled(false);
    let found = told(Insight::default().quality(ground(&triage), &november(), time(NOW)).unwrap());
    assert_eq!(
        (found["cases"]["cases"].as_i64(), rate(&found["right"]), rate(&found["decided"])),
        (Some(11), (5, 8), (8, 11))
    );
    let rulings: Vec<_> = found["rulings"].as_array().unwrap().iter().map(|row| rate(&row["right"])).collect();
    assert_eq!(rulings, [(2, 4), (1, 1), (2, 3)], "settled, said, answered");
    let decisions: Vec<_> = found["decisions"].as_array().unwrap().iter().collect();
    let decisions: Vec<_> = decisions
        .iter()
        .map(|row| (row["decision"].as_str().unwrap(), row["cases"]["cases"].as_i64().unwrap(), rate(&row["right"])))
        .collect();
    let wanted =
        [("auto", 4, (3, 4)), ("suggest", 5, (2, 4)), ("manual", 1, (0, 0)), ("transfer_emergency", 1, (0, 1))];
    assert_eq!(decisions, wanted);
    assert_eq!(rate(&found["held"]), (1, 5), "as sure as the threshold, yet a person decides");
    let (low, high) = (found["right"]["low"].as_f64().unwrap(), found["right"]["high"].as_f64().unwrap());
    // Wilson, 5 of 8.
    assert!((low - 0.305_742_6).abs() < 1e-6 && (high - 0.863_155_9).abs() < 1e-6, "{low} {high}");
}

#[test]
fn the_curve_says_what_a_threshold_would_do() {
    let triage = filled(false);
    let found = Insight::default().quality(ground(&triage), &november(), time(NOW)).unwrap();
    let at = |threshold: f64| found.curve.iter().find(|point| point.threshold == threshold).unwrap();
    let told = |threshold: f64| (at(threshold).reached.cases, at(threshold).right.hits, at(threshold).right.of);
    assert_eq!(told(0.87), (5, 4, 5), "where the service acts");
    assert_eq!(told(0.6), (7, 5, 7));
    assert_eq!(told(0.0), (9, 5, 8), "one has no advice, and of an emergency a rule decides");
    assert_eq!(told(0.999), (0, 0, 0));
    let auto = at(0.87);
    assert!((auto.coverage.unwrap() - 5.0 / 11.0).abs() < 1e-12);
    assert!((auto.automatic.unwrap() - 4.0 / 11.0).abs() < 1e-12, "one of the five sure ones is held back");
    // From 3 November at nine, when the first came, to the 12th at noon.
    let days = 9.125;
    assert!((found.per_day.unwrap() - 11.0 / days).abs() < 1e-12);
    assert!((auto.automatic_per_day.unwrap() - 4.0 / days).abs() < 1e-12);
    assert!((auto.wrong_per_day.unwrap() - 4.0 / days * 0.2).abs() < 1e-12);
    let bins: Vec<_> =
        found.calibration.bins.iter().map(|bin| (bin.from, bin.to, bin.right.hits, bin.right.of)).collect();
    assert_eq!(bins, [(0.5, 0.99, 5, 8)], "eight are one bin");
    let said = (0.95 + 0.9 + 0.88 + 0.92 + 0.6 + 0.7 + 0.99 + 0.5) / 8.0;
    assert!((found.calibration.error.unwrap() - (said - 0.625)).abs() < 1e-9);
}

#[test]
fn stricter_rulings_leave_more_undecided() {
    let triage = filled(false);
    let figures = |loosest, question| {
        let asked = AskedQuality { loosest, question, ..november() };
        let found = Insight::default().quality(ground(&triage), &asked, time(NOW)).unwrap();
        (found.right.hits, found.right.of, found.rulings.len())
    };
    assert_eq!(figures(Ruling::Settled, Aspect::Unit), (2, 4, 1));
    assert_eq!(figures(Ruling::Said, Aspect::Unit), (3, 5, 2));
    // Whoever edits a unit agrees with the category; a reassignment says nothing of it.
    assert_eq!(figures(Ruling::Answered, Aspect::Category), (6, 6, 2));
}

#[test]
fn returns_are_told_by_unit_and_reason() {
    let triage = filled(false);
    let found = Insight::default().returns(ground(&triage), &november(), time(NOW)).unwrap();
    assert_eq!((found.total.hits, found.total.of), (2, 4));
    let reasons: Vec<_> = found.reasons.iter().map(|one| (one.name.as_str(), one.cases.cases)).collect();
    assert_eq!(reasons, [("职责不符", 1), ("属地不符", 1)]);
    let units: Vec<_> = found.units.iter().map(|row| (row.code.as_str(), row.returned.hits, row.returned.of)).collect();
    assert_eq!(units, [("CGJ", 2, 3)], "units that returned nothing are not named");
}

#[test]
fn changes_are_told_pair_by_pair() {
    let triage = filled(false);
    let found = Insight::default().changes(ground(&triage), &november(), time(NOW)).unwrap();
    assert_eq!((found.changed.hits, found.changed.of, found.rest), (3, 8, 0));
    let pairs: Vec<_> = found
        .pairs
        .iter()
        .map(|pair| (pair.advised.code.as_str(), pair.decided.code.as_str(), pair.cases.cases, pair.automatic.cases))
        .collect();
    assert_eq!(pairs, [("CGJ", "ZJJ", 2, 0), ("CGJ", "STHJ", 1, 1)]);
    assert_eq!(found.pairs[0].share, Some(2.0 / 7.0));
    assert!((found.pairs[0].probability - 0.55).abs() < 1e-9);
    let one = AskedQuality { top: 1, ..november() };
    let found = Insight::default().changes(ground(&triage), &one, time(NOW)).unwrap();
    assert_eq!((found.pairs.len(), found.rest), (1, 1));
}

#[test]
fn every_figure_leads_to_exactly_its_cases() {
    let mut links = 0;
    for path in ["", "/calibration", "/returns", "/changes", "/drift", "/review"] {
        for query in [
            "",
            "&ruling=settled",
            "&ruling=said&judged=category",
            "&judged=category",
            "&district=%E6%A8%8A%E5%9F%8E%E5%8C%BA",
        ] {
            let path = format!("/v1/quality{path}?from=2025-11-01&to=2025-11-30{query}");
            let reply = get(*ADDRESS, &path);
            assert_eq!(reply.status, 200, "{path}: {}", reply.body);
            let mut answer = reply.json();
            // The curve has two hundred links of one kind: each tenth will do.
            if let Some(curve) = answer.get_mut("curve").and_then(Value::as_array_mut) {
                *curve = curve.iter().step_by(10).cloned().collect();
            }
            links += leads_to_its_cases(*ADDRESS, &answer);
        }
    }
    assert!(links > 300, "{links}");
}

#[test]
fn the_order_in_which_cases_came_does_not_matter() {
    let (there, back) = (filled(false), filled(true));
    let all = |triage: &Triage| {
        let insight = Insight::default();
        [
            told(insight.quality(ground(triage), &november(), time(NOW)).unwrap()),
            told(insight.returns(ground(triage), &november(), time(NOW)).unwrap()),
            told(insight.changes(ground(triage), &november(), time(NOW)).unwrap()),
            told(insight.drift(ground(triage), &november(), time(NOW)).unwrap()),
        ]
    };
    assert_eq!(all(&there), all(&back));
    // What is kept between questions is brought up to date.
    let insight = Insight::default();
    let before = told(insight.quality(ground(&there), &november(), time(NOW)).unwrap());
    let undecided = there.store().find_reference("q07").unwrap().unwrap().id;
    judge(&there, &undecided, "accepted", None, true, None);
    let after = told(insight.quality(ground(&there), &november(), time(NOW)).unwrap());
    assert_eq!((rate(&before["right"]), rate(&after["right"])), ((5, 8), (6, 9)));
}

#[test]
fn of_one_case_or_none_nothing_is_made_up() {
    let triage = empty();
    let insight = Insight::default();
    let none = told(insight.quality(ground(&triage), &november(), time(NOW)).unwrap());
    assert_eq!((rate(&none["right"]), &none["right"]["rate"], &none["per_day"]), ((0, 0), &Value::Null, &Value::Null));
    assert_eq!(
        (&none["calibration"]["error"], none["calibration"]["bins"].as_array().unwrap().len()),
        (&Value::Null, 0)
    );
    let drift = told(insight.drift(ground(&triage), &november(), time(NOW)).unwrap());
    assert!(drift["measures"].as_array().unwrap().iter().all(|one| one["state"] == "unknown" && one["psi"].is_null()));
    let review = told(insight.review(ground(&triage), &november(), time(NOW)).unwrap());
    assert_eq!(review["items"], json!([]));
    let id = keep(&triage, advised("one", "2025-11-03T09:00:00+08:00", &[("CGJ", 0.8)], Decision::Suggest, "打桩"));
    let one = told(insight.quality(ground(&triage), &november(), time(NOW)).unwrap());
    assert_eq!((rate(&one["right"]), rate(&one["decided"])), ((0, 0), (0, 1)));
    judge(&triage, &id, "edited", Some("ZJJ".to_owned()), true, None);
    let one = told(insight.quality(ground(&triage), &november(), time(NOW)).unwrap());
    assert_eq!((rate(&one["right"]), one["calibration"]["error"].as_f64()), ((0, 1), Some(0.8)));
}

#[test]
fn what_is_not_understood_is_named() {
    for (path, named) in [
        ("quality?judged=district", "?judged"),
        ("quality?ruling=nobody", "?ruling"),
        ("quality?ruling=settled,said", "?ruling"),
        ("quality/drift?base_days=0", "?base_days"),
        ("quality/review?top=201", "?top"),
        ("quality/corrections?top=5", "?top"),
        ("complaints?probability_from=1.5", "?probability_from"),
        ("complaints?probability_below=sure", "?probability_below"),
        ("complaints?right=maybe", "?right"),
        ("complaints?ruling=settled,nobody", "?ruling"),
        ("complaints?judged=domain", "?judged"),
    ] {
        let reply = get(*ADDRESS, &format!("/v1/{path}"));
        let problem = reply.json();
        assert_eq!((reply.status, problem["errors"][0]["pointer"].as_str()), (422, Some(named)), "{path}");
    }
}

#[test]
fn figures_go_out_as_tables_and_on_the_command_line() {
    for (path, columns, least) in
        [("", 11, 100), ("/calibration", 8, 1), ("/returns", 9, 2), ("/changes", 8, 2), ("/review", 11, 1)]
    {
        let csv = get(*ADDRESS, &format!("/v1/quality{path}?from=2025-11-01&to=2025-11-30&format=csv"));
        let lines: Vec<&str> = csv.body.trim_start_matches('\u{feff}').lines().collect();
        assert_eq!(lines[0].split(',').count(), columns, "{path}: {}", lines[0]);
        assert!(lines.len() > least, "{path}: {}", csv.body);
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cases.db");
    let store = Store::open(Some(&file)).unwrap();
    store.keep(&[advised("one", "2025-11-03T09:00:00+08:00", &[("CGJ", 0.8)], Decision::Suggest, "打桩")]).unwrap();
    drop(store);
    let report = |part: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_guikou"));
        command.args(["report", "quality", "--part", part, "--from", "2025-11-01", "--store"]).arg(&file);
        let output = command.env_remove("GUIKOU_CONFIG").env("NO_COLOR", "1").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(report("curve").contains("只计已认定的案件"));
    assert!(report("drift").contains("件数不足以比较"));
    assert!(report("review").contains("只有 80% 的把握"));
}
