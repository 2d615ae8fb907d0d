//! Cases found by words (查找), as analysts look for them; what must be protected is not found by its text.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::door::{get, post, start};

fn keep(address: SocketAddr, body: Value) {
    assert_eq!(post(address, "/v1/complaints", &body).status, 201, "{body}");
}

/// As a browser writes it.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |written, byte| format!("{written}%{byte:02X}"))
}

/// References of a list's cases, in its order.
fn references(address: SocketAddr, query: &str) -> Vec<String> {
    let reply = get(address, &format!("/v1/complaints?{query}"));
    assert_eq!(reply.status, 200, "{query}: {}", reply.body);
    let page = reply.json();
    let items = page["items"].as_array().unwrap();
    items.iter().map(|item| item["reference"].as_str().unwrap_or("—").to_owned()).collect()
}

#[test]
fn all_words_must_occur_however_they_are_written() {
    let address = start(&[]);
    for (reference, text, title, place) in [
        ("GD-1", "樊城区长虹路路灯不亮，晚上出门害怕", None, None),
        ("GD-2", "路灯修好了又坏", Some("长虹路照明"), None),
        ("GD-3", "手机App登录不了", None, Some("檀溪路100%大厦")),
        ("GD-4", "襄城区檀溪路小区停水两天", None, None),
    ] {
        keep(address, json!({"reference": reference, "text": text, "title": title, "location": {"text": place}}));
    }
    let check = |q: &str, expected: &[&str]| {
        assert_eq!(references(address, &format!("q={}", encoded(q))), expected, "{q}");
    };
    check("路灯", &["GD-2", "GD-1"]);
    check("路灯 长虹路", &["GD-2", "GD-1"]);
    check("照明 又坏", &["GD-2"]);
    check("路灯　害怕", &["GD-1"]);
    check("路燈", &["GD-2", "GD-1"]);
    check("ＡＰＰ", &["GD-3"]);
    check("app 登录", &["GD-3"]);
    check("gd-4", &["GD-4"]);
    check("樊城区 路灯", &["GD-2", "GD-1"]);
    check("襄城区 停水", &["GD-4"]);
    check("檀溪路", &["GD-4", "GD-3"]);
    check("100%", &["GD-3"]);
    check("1%0", &[]);
    check("_", &[]);
    check("\\", &[]);
    check("' OR 1=1", &[]);
    check("路灯 停水", &[]);
    check(" ", &["GD-4", "GD-3", "GD-2", "GD-1"]);
    assert_eq!(references(address, &format!("q={}&district={}", encoded("檀溪路"), encoded("樊城区"))), [""; 0]);
}

#[test]
fn a_search_reveals_nothing_that_a_list_hides() {
    let address = start(&[]);
    let told = "举报襄州区双沟镇一厂夜里偷排黑水";
    keep(
        address,
        json!({"reference": "BH-1", "text": told, "title": "偷排黑水", "location": {"text": "双沟桥头"}, "flags": ["info_protect"]}),
    );
    keep(address, json!({"reference": "BH-2", "text": told}));
    let check = |q: &str, expected: &[&str]| {
        assert_eq!(references(address, &format!("q={}", encoded(q))), expected, "{q}");
    };
    check("偷排", &["BH-2"]);
    check("双沟桥头", &[]);
    check("BH", &["BH-2", "BH-1"]);
    check("襄州区 BH-1", &["BH-1"]);
    check("BH-1 黑水", &[]);
}

#[test]
fn pages_and_files_hold_exactly_what_was_found() {
    let address = start(&[]);
    for n in 0..9 {
        let text = if n % 3 == 0 { "井盖丢了一个" } else { "路灯不亮了" };
        keep(address, json!({"reference": format!("YM-{n}"), "text": text}));
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = get(address, &format!("/v1/complaints?q={}&page_size=2&cursor={cursor}", encoded("路灯"))).json();
        assert_eq!(page["total"], if seen.is_empty() { json!(6) } else { Value::Null });
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["reference"].clone()));
        keep(address, json!({"text": "又一盏路灯不亮"}));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = next.to_owned();
    }
    assert_eq!(seen, ["YM-8", "YM-7", "YM-5", "YM-4", "YM-2", "YM-1"]);
    let file = get(address, &format!("/v1/complaints?q={}&format=csv", encoded("井盖"))).body;
    let held = |n: usize| file.contains(&format!("YM-{n}"));
    assert!(held(0) && held(3) && held(6) && !held(1) && !file.contains("路灯"), "{file}");
}

#[test]
fn pages_follow_every_order_exactly_also_where_many_are_equal() {
    let address = start(&[]);
    for (n, day) in ["02", "01", "02", "03", "02", "01", "02"].into_iter().enumerate() {
        let text = if n == 3 { "加油站起火冒烟，赶快来人" } else { "路灯不亮了" };
        let mut body = json!({"reference": format!("{n}"), "text": text});
        // Without a time of receipt there is no deadline yet in what was advised, but the case has one.
        body["received_at"] = json!(format!("2026-11-{day}T12:00:00+08:00"));
        keep(address, body);
    }
    let paged = |sort: &str, size: usize| {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/v1/complaints?sort={sort}&page_size={size}&cursor={cursor}");
            let page = get(address, &path).json();
            seen.extend(page["items"].as_array().unwrap_or_else(|| panic!("{path}: {page}")).clone());
            let Some(next) = page["next_cursor"].as_str() else { return seen };
            cursor = next.to_owned();
        }
    };
    let names =
        |cases: &[Value]| cases.iter().map(|one| one["reference"].as_str().unwrap().to_owned()).collect::<String>();
    assert_eq!(names(&paged("", 200)), "3642051");
    assert_eq!(names(&paged("-received_at", 200)), "3642051");
    assert_eq!(names(&paged("received_at", 200)), "1502463");
    assert!(names(&paged("urgency", 200)).starts_with('3') && names(&paged("-urgency", 200)).ends_with('3'));
    let due: Vec<Value> = paged("due_at", 200).iter().map(|one| one["due_at"].clone()).collect();
    assert!(due.is_sorted_by(|a, b| a.as_str() <= b.as_str()) && due.iter().all(Value::is_string), "{due:?}");
    for sort in
        ["received_at", "-received_at", "due_at", "-due_at", "urgency", "-urgency", "probability", "-probability"]
    {
        let whole = names(&paged(sort, 200));
        assert_eq!(whole.len(), 7, "{sort}");
        for size in [1, 2, 3] {
            assert_eq!(names(&paged(sort, size)), whole, "{sort} by {size}");
        }
    }
}

#[test]
fn an_order_that_is_not_there_is_answered_with_those_that_are() {
    let check = |query: &str, pointer: &str, holds: &str| {
        let reply = get(*crate::door::SHARED, &format!("/v1/complaints?{query}"));
        let problem = reply.json();
        assert_eq!((reply.status, &problem["errors"][0]["pointer"]), (422, &json!(pointer)), "{query}: {}", reply.body);
        assert!(reply.body.contains(holds), "{query}: {}", reply.body);
    };
    check("sort=colour", "?sort", "received_at due_at urgency probability");
    check("sort=--due_at", "?sort", "due_at");
    check("sort=due_at&format=csv", "?sort", "format");
    check("sort=due_at&cursor=-due_at.1.1", "?cursor", "另一种排序");
    for cursor in ["7", "due_at.1", "due_at.x.1", "due_at.NaN.1", "due_at.1.x", "colour.1.1"] {
        check(&format!("cursor={cursor}"), "?cursor", "游标");
    }
}

#[test]
fn too_long_a_search_is_refused_without_repeating_it() {
    for q in ["路灯".repeat(51), "a b c d e f g h i".to_owned()] {
        let reply = get(*crate::door::SHARED, &format!("/v1/complaints?q={}", encoded(&q)));
        let problem = reply.json();
        assert_eq!((reply.status, &problem["errors"][0]["pointer"]), (422, &json!("?q")), "{}", reply.body);
        assert!(!reply.body.contains(&q), "{}", reply.body);
    }
}
