//! Events told by many (诉求组): who stands with whom, under which name, and what people make of it.

mod rulings;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use chrono::{DateTime, FixedOffset};
use guikou::case::{Complaint, ComplaintText};
use guikou::store::{Filter, IssueFilter, Seek, Store, last_told_first, newest_first};
use guikou::triage::{Ruling, Triage, Wanted};
use serde_json::{Value, json};

use crate::door::{Reply, get, post, settings, start_with};
use crate::duplicates::{LIFT, SITE, SMOKE, SMOKE_ELSEWHERE, folder, kept, on, scorer, server};
use crate::learn::TRAINED;

fn moment(day: u32) -> DateTime<FixedOffset> {
    on(day).parse().unwrap()
}

/// A complaint with its reference, the day it came in and who called.
fn told(reference: &str, text: &str, day: u32, caller: Option<&str>) -> Complaint {
    Complaint {
        reference: Some(reference.to_owned()),
        received_at: Some(moment(day)),
        reporter_key: caller.map(str::to_owned),
        ..Complaint::of(ComplaintText::parse(text).unwrap())
    }
}

/// In this process, without a server; cases in memory.
fn triage() -> Triage {
    Triage::load(&settings(&[]).settings.data(), folder()).unwrap()
}

fn keep(triage: &Triage, complaints: &[Complaint]) {
    let wanted = Wanted { top_k: 1, explain: false };
    triage.keep(complaints, wanted, moment(20)).unwrap();
}

/// The group of each case, by the case's reference.
fn groups(triage: &Triage) -> BTreeMap<String, Option<String>> {
    let filter = Filter { now: moment(20), ..Filter::default() };
    let cases = triage.store().list(&filter, &Seek::first(newest_first()), 200).unwrap().items;
    cases.into_iter().map(|case| (case.reference.unwrap(), case.issue)).collect()
}

/// Who stands together, whatever the group is called.
fn partition(triage: &Triage) -> BTreeSet<BTreeSet<String>> {
    let mut parts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (reference, group) in groups(triage) {
        parts.entry(group.unwrap_or_else(|| format!("alone {reference}"))).or_default().insert(reference);
    }
    parts.into_values().collect()
}

fn read(address: SocketAddr, id: &Value) -> Value {
    let reply = get(address, &format!("/v1/issues/{}", id.as_str().unwrap()));
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.json()
}

fn act(address: SocketAddr, id: &Value, verb: &str, body: &Value) -> Reply {
    post(address, &format!("/v1/issues/{}:{verb}", id.as_str().unwrap()), body)
}

fn done(address: SocketAddr, id: &Value, verb: &str, body: Value) -> Value {
    let reply = act(address, id, verb, &body);
    assert_eq!(reply.status, 200, "{verb} {body}: {}", reply.body);
    reply.json()
}

fn list(address: SocketAddr, query: &str) -> Vec<Value> {
    let reply = get(address, &format!("/v1/issues?{query}"));
    assert_eq!(reply.status, 200, "{query}: {}", reply.body);
    reply.json()["items"].as_array().unwrap().clone()
}

fn of(issue: &Value, field: &str) -> Vec<Value> {
    issue["tellings"].as_array().unwrap().iter().map(|telling| telling[field].clone()).collect()
}

fn kinds(issue: &Value) -> Vec<&str> {
    issue["acts"].as_array().unwrap().iter().map(|act| act["kind"].as_str().unwrap()).collect()
}

#[test]
fn the_same_told_by_others_is_one_group_with_one_name() {
    let address = server();
    let keep = |text: &str, day: u32, caller: Option<&str>| {
        kept(address, &json!({"text": text, "received_at": on(day), "reporter_key": caller}))
    };
    let first = keep(SMOKE[0], 1, Some("k1"));
    assert!(list(address, "").is_empty(), "one case is no group");
    let near_misses = [keep(LIFT, 1, None), keep(SMOKE_ELSEWHERE, 1, None)];
    let second = keep(SMOKE[1], 3, Some("k2"));
    let id = second["suggestion"]["issue"].clone();
    let third = keep(SMOKE[2], 5, Some("k1"));
    assert_eq!(third["suggestion"]["issue"], id, "the name stays");
    assert_eq!(third["suggestion"]["duplicates"][0]["relation"], "same_person_same_matter");
    let issue = read(address, &id);
    assert_eq!(of(&issue, "case"), [first["id"].clone(), second["id"].clone(), third["id"].clone()]);
    assert_eq!(of(&issue, "person"), [json!(1), json!(2), json!(1)]);
    for (field, value) in [
        ("cases", json!(3)),
        ("people", json!(2)),
        ("first_at", json!("2026-11-01T01:00:00Z")),
        ("last_at", json!("2026-11-05T01:00:00Z")),
        ("recent", json!(3)),
        ("before", json!(0)),
        ("into_issue", Value::Null),
        ("category", json!("0706")),
        ("place", json!("云锦苑小区")),
        ("title", json!("云锦苑小区 餐饮油烟（烧烤店、开窗）")),
    ] {
        assert_eq!(issue[field], value, "{field}");
    }
    assert!([&first["id"], &second["id"]].contains(&&issue["medoid"]), "{issue}");
    assert_eq!(kinds(&issue), ["found", "join"]);
    let join = &issue["acts"][1];
    assert_eq!((&join["cases"], &join["actor"]), (&json!([third["id"]]), &Value::Null));
    assert!(join["reason"]["probability"].as_f64().unwrap() > 0.6, "{join}");
    for case in [&first, &second, &third] {
        assert_eq!(get(address, &format!("/v1/complaints/{}", case["id"].as_str().unwrap())).json()["issue"], id);
    }
    for case in near_misses {
        assert_eq!(
            get(address, &format!("/v1/complaints/{}", case["id"].as_str().unwrap())).json()["issue"],
            Value::Null
        );
    }
    let of_group = get(address, &format!("/v1/complaints?issue={}", id.as_str().unwrap())).json();
    assert_eq!(of_group["items"].as_array().unwrap().len(), 3);
}

#[test]
fn one_angry_caller_and_one_copied_text_count_once() {
    let triage = triage();
    let angry: Vec<Complaint> =
        (0..4).map(|n| told(&format!("A{n}"), SMOKE[n % 3], 1 + n as u32, Some("k1"))).collect();
    let copied: Vec<Complaint> = (0..3).map(|n| told(&format!("C{n}"), SITE[0], 1, None)).collect();
    keep(&triage, &angry);
    keep(&triage, &copied);
    keep(&triage, &[told("C3", SITE[1], 2, None)]);
    let all = triage.store().issues(&IssueFilter::default(), &Seek::first(last_told_first()), 10, None).unwrap().items;
    let counted: BTreeSet<(i64, i64)> = all.iter().map(|line| (line.issue.cases, line.issue.people)).collect();
    assert_eq!(counted, BTreeSet::from([(4, 1), (4, 2)]), "{all:?}");
}

/// All that is told in the tests of order: two events, two near misses, one telling too late.
fn stories() -> Vec<Complaint> {
    let mut stories = vec![told("N1", LIFT, 3, None), told("N2", SMOKE_ELSEWHERE, 3, None)];
    stories.extend(SMOKE.iter().zip(1..).map(|(text, n)| told(&format!("E{n}"), text, n, None)));
    stories.extend(SITE.iter().zip(4..).map(|(text, n)| told(&format!("S{n}"), text, n, None)));
    // 16 days after the last telling of others.
    stories.push(told("L1", SMOKE[0], 19, None));
    stories
}

fn expected() -> BTreeSet<BTreeSet<String>> {
    let parts = ["E1 E2 E3", "S4 S5", "N1", "N2", "L1"];
    parts.iter().map(|part| part.split(' ').map(str::to_owned).collect()).collect()
}

#[test]
fn neither_the_order_of_arrival_nor_that_of_a_batch_makes_a_difference() {
    let mut triage = triage();
    let mut order = stories();
    for n in 0..12 {
        let (turn, step) = (n % order.len(), 1 + n % 3);
        order.rotate_left(turn);
        if n % 2 == 0 {
            order.reverse();
        }
        // One by one, by threes, all at once.
        let at_once = [1, 3, order.len()][step - 1];
        triage = triage.keeping_in(Store::open(None).unwrap()).unwrap();
        order.chunks(at_once).for_each(|some| keep(&triage, some));
        assert_eq!(partition(&triage), expected(), "{:?}", order.iter().map(|c| &c.reference).collect::<Vec<_>>());
    }
}

#[test]
fn too_late_is_related_and_joins_no_group() {
    let triage = triage();
    keep(&triage, &stories());
    let answer = triage.store().find_reference("L1").unwrap().unwrap();
    let suggestion = answer.suggestion.unwrap();
    let same_words = &suggestion["duplicates"][0];
    assert_eq!((&same_words["relation"], &same_words["days_apart"]), (&json!("related"), &json!(18.0)));
    assert_eq!(answer.issue, None);
    // The same person may come back for 30 days.
    keep(&triage, &[told("K1", SITE[0], 1, Some("k1")), told("K2", SITE[1], 19, Some("k1"))]);
    let now = groups(&triage);
    assert!(now["K1"].is_some() && now["K1"] == now["K2"], "{now:?}");
}

#[test]
fn growth_is_told_by_the_last_week_and_the_one_before() {
    let triage = triage();
    for (n, day) in [1, 3, 5, 10].into_iter().enumerate() {
        keep(&triage, &[told(&format!("G{n}"), SMOKE[n % 3], day, Some(&format!("k{n}")))]);
    }
    let issue = triage
        .store()
        .issues(&IssueFilter::default(), &Seek::first(last_told_first()), 10, None)
        .unwrap()
        .items
        .remove(0)
        .issue;
    assert_eq!((issue.cases, issue.recent, issue.before), (4, 2, 2), "the third lies just a week back");
}

#[test]
fn a_trace_that_cannot_be_read_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cases.db");
    let kept = triage().keeping_in(Store::open(Some(&file)).unwrap()).unwrap();
    keep(&kept, &stories());
    drop(kept);
    let connection = rusqlite::Connection::open(&file).unwrap();
    let broken = connection.execute("UPDATE traces SET trace = x'FF00' WHERE arrival % 2 = 0", []).unwrap();
    assert!(broken > 2);
    drop(connection);
    let reopened = triage().keeping_in(Store::open(Some(&file)).unwrap()).unwrap();
    keep(&reopened, &[told("AGAIN", SITE[0], 6, None)]);
    assert!(groups(&reopened).contains_key("AGAIN"), "intake goes on");
}

/// Two models' vectors have nothing to do with each other.
#[test]
fn vectors_of_another_model_are_not_compared() {
    let folder = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(&*TRAINED).unwrap().map(|file| file.unwrap().path()).filter(|file| file.is_file()) {
        std::fs::copy(&file, folder.path().join(file.file_name().unwrap())).unwrap();
    }
    scorer().save(folder.path()).unwrap();
    let file = folder.path().join("cases.db");
    let open = || {
        let triage = Triage::load(&settings(&[]).settings.data(), folder.path()).unwrap();
        triage.keeping_in(Store::open(Some(&file)).unwrap()).unwrap()
    };
    let meaning = |triage: &Triage, reference: &str| {
        let case = triage.store().find_reference(reference).unwrap().unwrap();
        case.suggestion.unwrap()["duplicates"][0]["evidence"]["meaning"].as_f64().unwrap()
    };
    let triage = open();
    keep(&triage, &[told("A", SMOKE[0], 1, None), told("B", SMOKE[0], 2, None)]);
    assert!(meaning(&triage, "B") > 0.9);
    drop(triage);
    let connection = rusqlite::Connection::open(&file).unwrap();
    connection.execute("UPDATE traces SET model = '20250101-another'", []).unwrap();
    drop(connection);
    let triage = open();
    keep(&triage, &[told("C", SMOKE[0], 3, None)]);
    assert_eq!(meaning(&triage, "C"), 0.0);
}

/// Over HTTP as in a file.
#[test]
fn a_reference_is_the_same_with_blanks_around_it() {
    let triage = triage();
    keep(&triage, &[told("XY1", SMOKE[0], 1, None), told("XY1 ", SMOKE[0], 1, None), told(" XY1", SMOKE[0], 1, None)]);
    assert_eq!(groups(&triage).into_keys().collect::<Vec<_>>(), ["XY1"]);
}

#[test]
fn one_reference_sent_at_once_is_told_once() {
    let address = server();
    kept(address, &json!({"text": SMOKE[0], "received_at": on(1), "reporter_key": "k1"}));
    let body = json!({"text": SMOKE[1], "reference": "R-1", "received_at": on(2), "reporter_key": "k2"});
    let senders: Vec<_> = (0..6)
        .map(|_| {
            let body = body.clone();
            std::thread::spawn(move || post(address, "/v1/complaints", &body))
        })
        .collect();
    let replies: Vec<Reply> = senders.into_iter().map(|sender| sender.join().unwrap()).collect();
    assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1);
    let issue = &list(address, "")[0];
    assert_eq!((&issue["cases"], &issue["people"]), (&json!(2), &json!(2)));
    assert!(replies.iter().all(|reply| reply.json()["suggestion"]["issue"] == issue["id"]), "{replies:?}");
}

#[test]
fn lists_hold_what_was_asked_for_page_by_page() {
    let address = server();
    for (n, text) in SMOKE.iter().enumerate() {
        kept(address, &json!({"text": text, "received_at": on(1 + n as u32)}));
    }
    for (n, text) in SITE.iter().enumerate() {
        kept(address, &json!({"text": text, "received_at": on(8 + n as u32), "location": {"area_code": "420606"}}));
    }
    let titles =
        |query: &str| list(address, query).iter().map(|issue| issue["cases"].as_i64().unwrap()).collect::<Vec<_>>();
    assert_eq!(titles(""), [2, 3], "the last told first");
    assert_eq!(titles("min_cases=3"), [3]);
    assert_eq!(titles("category=0706"), [3]);
    assert_eq!(titles("category=07"), [2, 3]);
    assert_eq!(titles("district=樊城区".replace("樊城区", "%E6%A8%8A%E5%9F%8E%E5%8C%BA").as_str()), [2]);
    assert_eq!(titles("from=2026-11-04"), [2]);
    assert_eq!(titles("to=2026-11-03"), [3]);
    assert_eq!(titles("from=2026-11-03&to=2026-11-08"), [2, 3]);
    let first = get(address, "/v1/issues?page_size=1").json();
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = get(address, &format!("/v1/issues?page_size=1&cursor={cursor}")).json();
    assert_eq!((&first["items"][0]["cases"], &second["items"][0]["cases"]), (&json!(2), &json!(3)));
    assert_eq!(second["next_cursor"], Value::Null);
    assert_eq!((&first["total"], &second["total"]), (&json!(2), &Value::Null));
    for (query, wrong) in [
        ("min_cases=1", "?min_cases"),
        ("cursor=12", "?cursor"),
        ("sort=heat", "?sort"),
        ("state=done", "?state"),
        ("days=0", "?days"),
        ("days=367", "?days"),
        ("department=NOBODY", "?department"),
        ("sort=people&cursor=-people.1.1", "?cursor"),
        ("page_size=0", "?page_size"),
        ("category=none", "?category"),
        ("from=2026-11-03&to=2026-11-01", "?to"),
        ("unit=CGJ", "?unit"),
    ] {
        let reply = get(address, &format!("/v1/issues?{query}"));
        assert_eq!((reply.status, &reply.json()["errors"][0]["pointer"]), (422, &json!(wrong)), "{query}");
    }
}

#[test]
fn groups_are_found_by_words_unit_and_how_they_stand_and_come_in_every_order() {
    let address = server();
    for (n, day) in [1, 2, 9, 10, 11].into_iter().enumerate() {
        kept(address, &json!({"text": SMOKE[n % 3], "received_at": on(day), "reporter_key": format!("k{}", n.min(2))}));
    }
    let site: Vec<Value> =
        (0..2).map(|n| kept(address, &json!({"text": SITE[n], "received_at": on(12 + n as u32)}))).collect();
    let all = list(address, "days=3&to=2026-11-13");
    let sizes =
        |query: &str| list(address, query).iter().map(|issue| issue["cases"].as_i64().unwrap()).collect::<Vec<_>>();
    assert_eq!(sizes(""), [2, 5]);
    for (sort, expected) in [
        ("last_at", [5, 2]),
        ("-last_at", [2, 5]),
        ("first_at", [5, 2]),
        ("cases", [2, 5]),
        ("-cases", [5, 2]),
        ("people", [2, 5]),
        ("growth", [5, 2]),
        ("-growth", [2, 5]),
    ] {
        let mut paged = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = get(address, &format!("/v1/issues?sort={sort}&page_size=1&cursor={cursor}")).json();
            paged.push(page["items"][0]["cases"].as_i64().unwrap());
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = next.to_owned();
        }
        assert_eq!(
            (sizes(&format!("sort={sort}")).as_slice(), paged.as_slice()),
            (&expected[..], &expected[..]),
            "{sort}"
        );
    }
    let page = get(address, "/v1/issues?days=3&to=2026-11-13").json();
    assert_eq!(page["days_from"], "2026-11-11");
    assert_eq!((&all[0]["days"], &all[1]["days"]), (&json!([0, 1, 1]), &json!([1, 0, 0])));
    assert!(list(address, "")[0].get("days").is_none());
    let title = all[1]["title"].as_str().unwrap();
    let encoded = title.bytes().fold(String::new(), |written, byte| format!("{written}%{byte:02X}"));
    assert_eq!(sizes(&format!("q={encoded}")), [5], "{title}");
    assert_eq!(sizes("q=nothing+of+this"), [0i64; 0]);
    let unit = all[0]["departments"][0].as_str().unwrap();
    let with = |issue: &Value| issue["departments"].as_array().unwrap().contains(&json!(unit));
    let expected: Vec<_> =
        all.iter().filter(|issue| with(issue)).map(|issue| issue["cases"].as_i64().unwrap()).collect();
    assert_eq!(sizes(&format!("department={unit}")), expected);
    assert_eq!(sizes("state=open"), [2, 5]);
    assert_eq!(sizes("state=closed"), [0i64; 0]);
    assert_eq!(sizes("state=alerted"), [0i64; 0]);
    for case in &site {
        let path = format!("/v1/complaints/{}/status", case["id"].as_str().unwrap());
        for step in ["dispatched", "signed", "handling", "replied", "closed"] {
            let reply = post(address, &path, &json!({"status": step}));
            assert!(reply.status < 300, "{step}: {}", reply.body);
        }
    }
    assert_eq!((sizes("state=open"), sizes("state=closed")), (vec![5], vec![2]));
    assert_eq!(list(address, "state=closed")[0]["closed"], 2);
}

/// A server on a file, with the scorer made by hand.
fn on_file(file: &std::path::Path) -> (SocketAddr, impl FnOnce()) {
    let data = settings(&[]).settings.data();
    let store = crate::keep::reopened(file);
    let (address, stop, running) = start_with(&[], move || Triage::load(&data, folder())?.keeping_in(store));
    crate::door::await_status(address, "/readyz", 200);
    (address, move || {
        stop.send(()).unwrap();
        running.join().unwrap().unwrap();
    })
}

#[test]
fn who_called_is_sealed_and_stays_the_same_caller() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cases.db");
    let number = "13987654321";
    let same = |address, text: &str| {
        let asked = json!({"text": text, "received_at": on(4), "reporter_key": number});
        let found = post(address, "/v1/duplicates:search", &asked).json();
        found["items"][0]["same_reporter"].clone()
    };
    let (address, stop) = on_file(&file);
    kept(address, &json!({"text": SMOKE[0], "received_at": on(2), "reporter_key": number}));
    kept(address, &json!({"text": SITE[0], "received_at": on(2), "reporter_key": "somebody"}));
    assert_eq!(same(address, SMOKE[1]), true, "what is asked is sealed as what is kept");
    assert_eq!(same(address, SITE[1]), false);
    stop();
    drop(crate::keep::reopened(&file));
    let is_in_file = || std::fs::read(&file).unwrap().windows(number.len()).any(|window| window == number.as_bytes());
    assert!(!is_in_file(), "the number stands in the file");

    // As a store of format 8 held it: in clear, and by another caller's trace.
    let connection = rusqlite::Connection::open(&file).unwrap();
    let clear = "UPDATE cases SET reporter_key = ? WHERE text LIKE '%打桩%'";
    assert_eq!(connection.execute(clear, [number]).unwrap(), 1);
    connection.pragma_update(None, "user_version", 8).unwrap();
    drop(connection);
    assert!(is_in_file());
    let (address, stop) = on_file(&file);
    assert_eq!((same(address, SMOKE[1]), same(address, SITE[1])), (json!(true), json!(true)));
    stop();
    drop(crate::keep::reopened(&file));
    assert!(!is_in_file(), "the number stands where it was");
    let connection = rusqlite::Connection::open(&file).unwrap();
    let keys = "SELECT count(DISTINCT reporter_key), max(length(reporter_key)), min(length(reporter_key)) FROM cases";
    let row = |row: &rusqlite::Row| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let told: (i64, i64, i64) = connection.query_row(keys, [], row).unwrap();
    assert_eq!(told, (1, 64, 64), "one caller, sealed");
}

#[test]
fn a_group_and_all_answers_outlive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cases.db");
    let asked = json!({"text": SMOKE[2], "received_at": on(4), "all": true, "top": 50});
    let search = |address| {
        let mut found = post(address, "/v1/duplicates:search", &asked).json();
        assert!(found["items"].as_array().unwrap().len() >= 3, "{found}");
        found["items"].as_array_mut().unwrap().sort_by_key(|item| item["case"].to_string());
        found
    };
    let (address, stop) = on_file(&file);
    for story in [SMOKE[0], LIFT, SITE[0], SMOKE[1], SMOKE_ELSEWHERE] {
        kept(address, &json!({"text": story, "received_at": on(2)}));
    }
    let (groups, found) = (list(address, ""), search(address));
    let before = read(address, &groups[0]["id"]);
    stop();
    // The index was never on the disk: it is made anew from the store.
    let (address, stop) = on_file(&file);
    assert_eq!((list(address, ""), search(address)), (groups.clone(), found));
    assert_eq!(read(address, &groups[0]["id"]), before);
    let third = kept(address, &json!({"text": SMOKE[2], "received_at": on(4)}));
    let id = &groups[0]["id"];
    assert_eq!(third["suggestion"]["issue"], *id, "who comes after the restart joins");
    let split = done(address, id, "split", json!({"cases": [third["id"]], "reason": "另一家", "actor": "组长"}));
    done(address, id, "undo", json!({"act": split["issue"]["acts"].as_array().unwrap().last().unwrap()["n"]}));
    stop();
    drop(crate::keep::reopened(&file));
    let connection = rusqlite::Connection::open(&file).unwrap();
    let lines = "SELECT count(*) FROM acts JOIN audit ON subject = issue AND act = 'issue_' || kind \
        AND detail ->> '$.act' = acts.n AND audit.actor = coalesce(acts.actor, 'machine')";
    let count = |query: &str| connection.query_row(query, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM acts"), 4, "found, join, split, undo");
    assert_eq!(count(lines), 4, "each has its line");
    let texts = "SELECT count(*) FROM audit WHERE detail LIKE '%另一家%' OR detail LIKE '%油烟%'";
    assert_eq!(count(texts), 0, "none tells a text");
}

/// Tellings of one matter in words of their own, by callers unknown.
fn flood(tellings: usize) -> Vec<Complaint> {
    const WHO: [&str; 10] = ["老人", "孩子", "孕妇", "病人", "租户", "店家", "学生", "邻居", "物业", "门卫"];
    const WHAT: [&str; 10] = [
        "做不了饭",
        "洗不了衣",
        "冲不了厕",
        "喝不上水",
        "开不了店",
        "没法洗澡",
        "没法浇菜",
        "煮不了药",
        "停业了",
        "上楼提水",
    ];
    let text = |n: usize| {
        let (a, b, c) = (n % 10, n / 10 % 10, n / 100 % 10);
        format!("长虹路水厂爆管停水两天了没人抢修，{}{}，{}{}，{}第{n}户", WHO[a], WHAT[b], WHO[c], WHAT[a], WHO[b])
    };
    (0..tellings).map(|n| told(&format!("F{n}"), &text(n), 1, None)).collect()
}

/// Nobody is compared with all others again when one more comes: what is copied stands with each telling.
#[test]
fn a_flood_without_callers_is_counted_telling_by_telling() {
    let triage = triage();
    let mut flood = flood(90);
    flood.push(told("COPY", flood[7].text.as_str(), 2, None));
    flood.chunks(30).for_each(|some| keep(&triage, some));
    let all = || {
        let page = triage.store().issues(&IssueFilter::default(), &Seek::first(last_told_first()), 200, None).unwrap();
        page.items.into_iter().map(|line| line.issue).collect::<Vec<_>>()
    };
    // A person says that it is one matter.
    while let [first, other, ..] = &all()[..] {
        triage.merge(&first.id, &other.id, &Ruling::default(), moment(3)).unwrap();
    }
    let whole = all().remove(0);
    let alone = groups(&triage).into_values().filter(Option::is_none).count() as i64;
    assert!(whole.cases > 60 && whole.cases + alone == 91, "{whole:?}");
    assert_eq!(whole.people, whole.cases - 1, "the copy is no further person");
}
