//! Who told the same before: how two cases relate, what a person needs to judge it, and whose words are withheld.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::LazyLock;

use guikou::case::Trace;
use guikou::issues::{Breadth, Index, NAMES, Rarity, Scorer, Weights};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::door::{Reply, get, post, settings, start};

/// A model folder that holds nothing but a scorer made by hand, so that what is the same matter is known beforehand:
/// shared words and the same place speak for it, another place and another number against it.
static FOLDER: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    scorer().save(folder.path()).unwrap();
    folder
});

pub fn folder() -> &'static Path {
    FOLDER.path()
}

pub fn scorer() -> Scorer {
    let said = [("words", 10.0), ("place", 2.0), ("places_differ", -4.0), ("other_number", -3.0)];
    let weight = |name: &str| said.iter().find(|(known, _)| *known == name).map_or(0.0, |(_, weight)| *weight);
    let weights = NAMES.iter().map(|name| ((*name).to_owned(), weight(name))).collect();
    // Of a thousand texts none has any pair of letters: all are rare, and equally.
    let rarity = Rarity::of(vec![&[][..]; 1000]);
    Scorer::new(Weights { bias: -6.0, weights }, rarity).unwrap()
}

/// Three tell of one smoking grill, two near misses of another matter there and of the same matter elsewhere, two of
/// one building site.
pub const SMOKE: [&str; 3] = [
    "云锦苑小区楼下烧烤店油烟太大，晚上呛得不敢开窗",
    "云锦苑小区楼下那家烧烤店油烟很大，天天晚上不敢开窗",
    "云锦苑小区的烧烤店每晚油烟呛人，住户都不敢开窗，请处理",
];
pub const LIFT: &str = "云锦苑小区电梯坏了三天没人修，老人上不了楼";
pub const SMOKE_ELSEWHERE: &str = "丽景花园小区楼下烧烤店油烟太大，晚上呛得不敢开窗";
pub const SITE: [&str; 2] =
    ["长虹路北段工地每天凌晨两点还在打桩，家里有高考的孩子", "长虹路北段工地凌晨打桩，孩子高考睡不好，没人管"];

pub fn server() -> SocketAddr {
    start(&[("model", folder().to_str().unwrap())])
}

pub fn on(day: u32) -> String {
    format!("2026-11-{day:02}T09:00:00+08:00")
}

/// Hands in a complaint that is new; what was answered.
pub fn kept(address: SocketAddr, body: &Value) -> Value {
    let reply = post(address, "/v1/complaints", body);
    assert_eq!(reply.status, 201, "{}", reply.body);
    reply.json()
}

fn search(address: SocketAddr, body: &Value) -> Vec<Value> {
    let reply = post(address, "/v1/duplicates:search", body);
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.json()["items"].as_array().unwrap().clone()
}

fn words(text: &str, spans: &Value) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let at = |span: &Value, end: &str| span[end].as_u64().unwrap() as usize;
    spans.as_array().unwrap().iter().map(|s| letters[at(s, "start")..at(s, "end")].iter().collect()).collect()
}

#[test]
fn the_settings_as_documented_are_the_programs_own() {
    assert_eq!(settings(&[]).settings.issues, guikou::issues::Options::default());
}

#[test]
fn the_same_matter_is_found_with_what_is_needed_to_judge_it() {
    let address = server();
    let first = kept(
        address,
        &json!({"text": SMOKE[0], "title": "油烟", "reference": "A-1", "received_at": on(1), "reporter_key": "k1",
            "location": {"lng": 112.10, "lat": 32.00}}),
    );
    for text in [LIFT, SMOKE_ELSEWHERE, SITE[0]] {
        kept(address, &json!({"text": text, "received_at": on(1)}));
    }
    let asked = json!({"text": SMOKE[1], "received_at": on(3), "reporter_key": "k2", "location": {"lng": 112.11, "lat": 32.00}});
    let found = search(address, &asked);
    let same = &found[0];
    for (field, value) in [
        ("case", first["id"].clone()),
        ("reference", json!("A-1")),
        ("title", json!("油烟")),
        ("text", json!(SMOKE[0])),
        ("relation", json!("other_person_same_matter")),
        ("days_apart", json!(2.0)),
        ("same_reporter", json!(false)),
        ("issue", Value::Null),
    ] {
        assert_eq!(same[field], value, "{field}");
    }
    let probability = same["probability"].as_f64().unwrap();
    assert!((0.9..0.97).contains(&probability) && same["evidence"]["place"] == 1.0, "{same}");
    assert_eq!(same["summary"], "异人同事（94%）：地点相同，问题同类，相隔 2 天，不同来电人");
    // One hundredth of a degree of longitude at 32°N.
    let distance = same["distance_m"].as_f64().unwrap();
    assert!((distance - 943.0).abs() < 1.0, "{distance}");
    let (here, there) = (words(SMOKE[1], &same["only_here"]), words(SMOKE[0], &same["only_there"]));
    assert!(here.contains(&"很大".to_owned()) && here.iter().all(|word| !SMOKE[0].contains(word.as_str())), "{here:?}");
    assert!(there.iter().any(|word| word.contains('呛')) && !there.contains(&"油烟".to_owned()), "{there:?}");
    assert!(found.iter().skip(1).all(|other| other["relation"] == "related"), "{found:?}");

    let mut all = asked.clone();
    all["all"] = json!(true);
    let everything = search(address, &all);
    assert!(everything.len() > found.len() && everything.iter().any(|other| other["relation"] == "different"));
    all["top"] = json!(1);
    assert_eq!(search(address, &all).len(), 1);
    assert_eq!(get(address, "/v1/complaints").json()["items"].as_array().unwrap().len(), 4, "searching keeps nothing");

    let suggested = post(address, "/v1/suggestions", &asked).json();
    assert_eq!(
        (&suggested["duplicates"][0]["case"], &suggested["duplicates"][0]["text"]),
        (&first["id"], &json!(SMOKE[0]))
    );
    assert_eq!(suggested["issue"], Value::Null, "one case alone is no group");
}

#[test]
fn how_two_complaints_relate() {
    let address = server();
    let told =
        |text: &str, day: u32, key: Option<&str>| json!({"text": text, "received_at": on(day), "reporter_key": key});
    let check = |a: Value, b: Value, relation: &str, name: &str, holds: &str| {
        for (a, b) in [(&a, &b), (&b, &a)] {
            let reply = post(address, "/v1/duplicates:compare", &json!({"a": a, "b": b}));
            assert_eq!(reply.status, 200, "{}", reply.body);
            let said = reply.json();
            assert_eq!((&said["relation"], &said["name"]), (&json!(relation), &json!(name)), "{a} {b}: {said}");
            let summary = said["summary"].as_str().unwrap();
            assert!(summary.starts_with(name) && summary.contains(holds), "{summary}");
        }
    };
    let (other, same, related, different) =
        ("other_person_same_matter", "same_person_same_matter", "related", "different");
    let first = || told(SMOKE[0], 1, Some("k1"));
    check(first(), told(SMOKE[1], 2, Some("k2")), other, "异人同事", "不同来电人");
    check(first(), told(SMOKE[1], 2, None), other, "异人同事", "来电人未知");
    check(first(), told(SMOKE[2], 2, Some("k1")), same, "同人同事", "同一来电人");
    // 14 days for others, 30 for the same person.
    check(first(), told(SMOKE[1], 15, Some("k2")), other, "异人同事", "相隔 14 天");
    check(first(), told(SMOKE[1], 16, Some("k2")), related, "相关", "相隔 15 天");
    check(first(), told(SMOKE[1], 28, Some("k1")), same, "同人同事", "相隔 27 天");
    let late = json!({"text": SMOKE[1], "received_at": "2026-12-02T09:00:00+08:00", "reporter_key": "k1"});
    check(first(), late, related, "相关", "相隔 31 天");
    check(first(), told(SMOKE_ELSEWHERE, 1, None), related, "相关", "地点不同，问题同类");
    check(first(), told(LIFT, 1, None), different, "无关", "地点相同，问题不同类");
    check(first(), told(SITE[0], 1, None), different, "无关", "地点不同");
    check(json!({"text": SITE[0]}), json!({"text": SITE[1]}), other, "异人同事", "一天之内");
    let apart =
        post(address, "/v1/duplicates:compare", &json!({"a": {"text": SITE[0]}, "b": {"text": SITE[1]}})).json();
    assert_eq!(apart["days_apart"], 0.0);
}

#[test]
fn how_far_back_is_looked_can_be_said() {
    let address = server();
    let old = kept(address, &json!({"text": SMOKE[0], "received_at": "2026-09-20T09:00:00+08:00"}));
    let asked = |days: Option<u32>| search(address, &json!({"text": SMOKE[1], "received_at": on(1), "days": days}));
    assert!(asked(None).is_empty(), "by default 30 days");
    assert!(asked(Some(41)).is_empty());
    let found = asked(Some(42));
    assert_eq!(
        (&found[0]["case"], &found[0]["relation"]),
        (&old["id"], &json!("related")),
        "the same, but too long ago"
    );
}

#[test]
fn a_case_is_not_its_own_duplicate() {
    let address = server();
    let body = json!({"text": SMOKE[0], "reference": "OWN-1", "received_at": on(1)});
    kept(address, &body);
    for (n, others) in [(0, 0), (1, 1)] {
        let suggested = post(address, "/v1/suggestions", &body).json();
        assert_eq!(suggested["duplicates"].as_array().unwrap().len(), others, "{suggested}");
        assert_eq!(search(address, &body).len(), others);
        kept(address, &json!({"text": SMOKE[1], "reference": format!("OTHER-{n}"), "received_at": on(1)}));
    }
}

#[test]
fn words_of_protected_reporters_are_withheld_everywhere() {
    let address = server();
    let secret = "举报"; // stands in the protected text only
    let hidden = format!("{}，我实名举报", SMOKE[0]);
    let first = kept(
        address,
        &json!({"text": hidden, "title": "举报油烟", "received_at": on(1), "flags": ["info_protect"], "reporter_key": "k1"}),
    );
    let second = kept(address, &json!({"text": SMOKE[1], "received_at": on(2), "reporter_key": "k2"}));
    let found = search(address, &json!({"text": SMOKE[2], "received_at": on(2)}));
    let of = |id: &Value| found.iter().find(|other| other["case"] == *id).unwrap();
    let protected = of(&first["id"]);
    assert_eq!((&protected["text"], &protected["title"]), (&Value::Null, &Value::Null));
    assert_eq!((&protected["only_there"], &protected["only_here"]), (&json!([]), &json!([])));
    assert!(of(&second["id"])["text"].is_string() && protected["summary"].is_string());
    let issue = get(address, &format!("/v1/issues/{}", second["suggestion"]["issue"].as_str().unwrap()));
    let suggested = post(address, "/v1/suggestions", &json!({"text": SMOKE[2], "received_at": on(2)}));
    let stored = get(address, &format!("/v1/complaints/{}", second["id"].as_str().unwrap()));
    let list = get(address, "/v1/issues");
    for reply in [&issue, &suggested, &stored, &list] {
        assert_eq!(reply.status, 200);
        assert!(!reply.body.contains(secret) && !reply.body.contains("呛"), "{}", reply.body);
    }
    assert_eq!(suggested.json()["issue"], second["suggestion"]["issue"], "{}", suggested.body);
    let told = issue.json()["tellings"].clone();
    assert_eq!(
        (&told[0]["protected"], &told[0]["text"], &told[0]["title"]),
        (&json!(true), &Value::Null, &Value::Null)
    );
    assert_eq!((&told[1]["protected"], &told[1]["text"]), (&json!(false), &json!(SMOKE[1])));
}

#[test]
fn a_kept_answer_names_its_duplicates_without_their_words() {
    let address = server();
    let first = kept(address, &json!({"text": SMOKE[0], "title": "油烟扰民", "received_at": on(1)}));
    assert_eq!((&first["suggestion"]["duplicates"], &first["suggestion"]["issue"]), (&json!([]), &Value::Null));
    let second = kept(address, &json!({"text": SMOKE[1], "received_at": on(2)}));
    let named = &second["suggestion"]["duplicates"][0];
    assert_eq!((&named["case"], &named["relation"]), (&first["id"], &json!("other_person_same_matter")));
    assert_eq!((&named["text"], &named["title"], &named["only_there"]), (&Value::Null, &Value::Null, &json!([])));
    assert!(named["issue"].is_string() && named["issue"] == second["suggestion"]["issue"], "{named}");
    let read = get(address, &format!("/v1/complaints/{}", second["id"].as_str().unwrap())).json();
    assert_eq!((&read["suggestion"], &read["issue"]), (&second["suggestion"], &second["suggestion"]["issue"]));
}

fn pointers(reply: &Reply) -> Vec<Value> {
    reply.json()["errors"].as_array().unwrap().iter().map(|flaw| flaw["pointer"].clone()).collect()
}

#[test]
fn what_is_wrong_with_a_search_or_a_comparison_is_named() {
    let address = server();
    let check = |path: &str, body: Value, wrong: &[&str]| {
        let reply = post(address, path, &body);
        assert_eq!((reply.status, pointers(&reply)), (422, wrong.iter().map(|p| json!(p)).collect()), "{body}");
    };
    let search = "/v1/duplicates:search";
    check(search, json!({}), &["/text"]);
    check(search, json!({"text": "路灯不亮", "days": 0, "top": 51, "all": "yes"}), &["/days", "/top", "/all"]);
    check(search, json!({"text": "路灯不亮", "days": 3651}), &["/days"]);
    check(search, json!({"text": "路灯不亮", "limit": 3}), &["/limit"]);
    let compare = "/v1/duplicates:compare";
    check(compare, json!({"a": {"text": "路灯不亮"}}), &["/b"]);
    check(compare, json!({"a": {"text": ""}, "b": {"text": "路灯不亮", "phone": 1}}), &["/a/text", "/b/phone"]);
    check(compare, json!({"a": {"text": "路灯不亮"}, "b": {"text": "路灯不亮"}, "c": 1}), &["/c"]);
    check(compare, json!({"a": "路灯不亮", "b": {"text": "路灯不亮"}}), &["/a", "/a/text"]);
}

#[test]
fn without_a_scorer_it_is_said_what_to_do_and_intake_goes_on() {
    let address = start(&[("model", "no/such/folder")]);
    let both = json!({"a": {"text": SMOKE[0]}, "b": {"text": SMOKE[1]}});
    for (path, body) in [("/v1/duplicates:search", json!({"text": SMOKE[0]})), ("/v1/duplicates:compare", both)] {
        let reply = post(address, path, &body);
        let problem = reply.json();
        assert_eq!((reply.status, &problem["type"]), (503, &json!("urn:guikou:problem:not-ready")), "{path}");
        assert!(problem["detail"].as_str().unwrap().contains("guikou train --events"), "{problem}");
    }
    kept(address, &json!({"text": SMOKE[0]}));
    let second = kept(address, &json!({"text": SMOKE[1]}));
    assert_eq!((&second["suggestion"]["duplicates"], &second["suggestion"]["issue"]), (&json!([]), &Value::Null));
    assert_eq!(get(address, "/v1/issues").json(), json!({"items": [], "total": 0, "next_cursor": null}));
}

#[test]
fn the_encoder_speaks_with_the_scorer() {
    let beside = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(settings(&[]).settings.model().unwrap()).unwrap() {
        let entry = entry.unwrap();
        if !["events.json", "events.idf"].iter().any(|file| entry.file_name() == *file) {
            std::fs::copy(entry.path(), beside.path().join(entry.file_name())).unwrap();
        }
    }
    scorer().save(beside.path()).unwrap();
    let address = start(&[("model", beside.path().to_str().unwrap())]);
    let first = kept(address, &json!({"text": SMOKE[0], "received_at": on(1)}));
    kept(address, &json!({"text": LIFT, "received_at": on(1)}));
    let found = search(address, &json!({"text": SMOKE[1], "received_at": on(1), "all": true}));
    let meaning = |item: &Value| item["evidence"]["meaning"].as_f64().unwrap();
    assert_eq!((&found[0]["case"], found.len()), (&first["id"], 2));
    assert!(meaning(&found[0]) > 0.5 && meaning(&found[0]) > meaning(&found[1]), "{found:?}");
}

#[test]
fn cases_without_a_vector_stand_beside_others() {
    let rarity = Rarity::of(vec![&[][..]; 1000]);
    let trace =
        |arrival: i64, embedding: &[i8]| Trace { arrival, at: 0, embedding: embedding.to_vec(), ..Trace::default() };
    let mut index = Index::new();
    // Kept while the encoder was away, before and after others.
    for (arrival, vector) in [(1, &[][..]), (2, &[100, 0][..]), (3, &[]), (4, &[0, 100]), (5, &[7, 7, 7])] {
        index.insert(&trace(arrival, vector), &rarity);
    }
    let breadth = Breadth { by_meaning: 1, by_words: 0, by_reporter: 0 };
    let near = |vector: &[i8]| index.candidates(&trace(0, vector), 0, 0, &rarity, breadth);
    assert_eq!((near(&[90, 10]), near(&[10, 90]), near(&[]), index.len()), (vec![2], vec![4], vec![], 5));
}
