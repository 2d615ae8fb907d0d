//! Requests that are sent again under one `Idempotency-Key`: carried out once, answered the same.

use std::net::SocketAddr;

use chrono::{DateTime, FixedOffset, TimeDelta};
use guikou::case::{Complaint, ComplaintText};
use guikou::error::Kind;
use guikou::store::Kept;
use guikou::triage::{Once, Triage, Wanted};
use serde_json::{Value, json};

use crate::door::{Reply, get, send, settings};
use crate::duplicates::{SMOKE, folder, kept, on, server};

fn sent(address: SocketAddr, path: &str, key: &str, body: &str) -> Reply {
    let headers = [("Content-Type", "application/json"), ("Idempotency-Key", key)];
    send(address, "POST", path, &headers, body.as_bytes())
}

fn cases(address: SocketAddr) -> usize {
    get(address, "/v1/complaints?page_size=200").json()["items"].as_array().unwrap().len()
}

#[test]
fn the_same_key_and_body_are_carried_out_once_and_answered_the_same() {
    let address = server();
    kept(address, &json!({"text": SMOKE[0], "received_at": on(1)}));
    let body = json!({"text": SMOKE[1], "received_at": on(2)});
    let first = sent(address, "/v1/complaints", "one", &body.to_string());
    assert_eq!(first.status, 201);
    assert!(first.json()["suggestion"]["issue"].is_string(), "{}", first.body);
    // Other blanks, another order, and the quotation marks of the draft standard.
    let again = format!("{{\n \"received_at\": \"{}\", \"text\": \"{}\" }}", on(2), SMOKE[1]);
    for key in ["one", "\"one\""] {
        let reply = sent(address, "/v1/complaints", key, &again);
        assert_eq!((reply.status, reply.json()), (201, first.json()));
        assert_eq!(reply.header("location"), first.header("location"));
    }
    assert_eq!(cases(address), 2);
    let other = sent(address, "/v1/complaints", "two", &body.to_string());
    assert!(other.status == 201 && other.json()["id"] != first.json()["id"], "a new key is a new request");
    let changed = sent(address, "/v1/complaints", "one", &json!({"text": SMOKE[2], "received_at": on(2)}).to_string());
    assert_eq!((changed.status, &changed.json()["type"]), (422, &json!("urn:guikou:problem:invalid")));
    assert!(changed.json()["detail"].as_str().unwrap().contains("Idempotency-Key"));
    assert_eq!(cases(address), 3);
}

#[test]
fn a_case_that_stood_before_is_answered_as_it_was() {
    let address = server();
    let body = json!({"text": SMOKE[0], "reference": "S-1"}).to_string();
    let first = sent(address, "/v1/complaints", "a", &body);
    for key in ["b", "b"] {
        let reply = sent(address, "/v1/complaints", key, &body);
        assert_eq!((reply.status, reply.json()), (200, first.json()), "{key}");
    }
    assert_eq!(sent(address, "/v1/complaints", "a", &body).status, 201, "new under this key");
}

#[test]
fn a_request_that_is_wrong_leaves_its_key_free() {
    let address = server();
    assert_eq!(sent(address, "/v1/complaints", "w", "{\"text\": \"\"}").status, 422);
    assert_eq!(sent(address, "/v1/complaints", "w", &json!({"text": SMOKE[0]}).to_string()).status, 201);
}

#[test]
fn a_batch_sent_again_has_the_same_cases_and_the_same_problems() {
    let address = server();
    kept(address, &json!({"text": SMOKE[2], "reference": "B-0"}));
    let items = json!([
        {"text": SMOKE[0], "received_at": on(1)},
        {"text": "", "phone": "1"},
        {"text": SMOKE[2], "reference": "B-0"},
        {"text": SMOKE[1], "received_at": on(1), "top_k": 1},
        {"text": "路灯不亮", "explain": false},
    ]);
    let body = json!({"items": items}).to_string();
    let without_ids = |reply: &Reply| {
        let mut answer = reply.json();
        answer["items"][1]["problem"]["request_id"] = Value::Null;
        answer
    };
    let first = sent(address, "/v1/complaints:batch", "batch", &body);
    let new: Vec<_> =
        first.json()["items"].as_array().unwrap().iter().map(|item| item["complaint"]["new"].clone()).collect();
    assert_eq!(new, [json!(true), Value::Null, json!(false), json!(true), json!(true)], "{}", first.body);
    assert_eq!(first.json()["items"][3]["complaint"]["suggestion"]["categories"].as_array().unwrap().len(), 1);
    let again = sent(address, "/v1/complaints:batch", "batch", &body);
    assert_eq!((again.status, without_ids(&again)), (200, without_ids(&first)));
    assert_eq!(cases(address), 4);
    let other = sent(address, "/v1/complaints:batch", "batch", &json!({"items": [{"text": "井盖丢了"}]}).to_string());
    assert_eq!(other.status, 422, "{}", other.body);
    let all_bad =
        |text: &str| sent(address, "/v1/complaints:batch", "bad", &json!({"items": [{"text": text}]}).to_string());
    assert_eq!((all_bad("").status, all_bad("").status, all_bad("井盖丢了").status), (200, 200, 422));
    assert_eq!(cases(address), 4);
}

#[test]
fn sent_twice_at_once_it_is_carried_out_once() {
    let address = server();
    let items: Vec<Value> = (0..100).map(|n| json!({"text": format!("{}，第{n}次反映", SMOKE[n % 3])})).collect();
    let body = json!({"items": items}).to_string();
    let senders: Vec<_> = (0..4)
        .map(|_| {
            let body = body.clone();
            std::thread::spawn(move || sent(address, "/v1/complaints:batch", "at-once", &body))
        })
        .collect();
    let replies: Vec<Reply> = senders.into_iter().map(|sender| sender.join().unwrap()).collect();
    let with = |status: u16| replies.iter().filter(|reply| reply.status == status).collect::<Vec<_>>();
    assert!(!with(200).is_empty() && with(200).len() + with(409).len() == 4, "{replies:?}");
    assert!(!with(409).is_empty(), "a hundred cases take longer than four requests");
    assert_eq!(with(409)[0].json()["type"], "urn:guikou:problem:conflict");
    assert!(with(200).iter().all(|reply| reply.json() == with(200)[0].json()));
    assert_eq!(cases(address), 100);
    assert_eq!(sent(address, "/v1/complaints:batch", "at-once", &body).json(), with(200)[0].json());
}

#[test]
fn a_key_is_remembered_for_a_day() {
    let triage = Triage::load(&settings(&[]).settings.data(), folder()).unwrap();
    let now: DateTime<FixedOffset> = on(1).parse().unwrap();
    let ask = |key: &str, text: &str, hours: i64| {
        let once = Once { key: key.into(), body: text.into() };
        let complaint = Complaint::of(ComplaintText::parse(text).unwrap());
        triage.keep_once(vec![(complaint, Wanted::default())], now + TimeDelta::hours(hours), Some(once))
    };
    assert!(matches!(ask("a", SMOKE[0], 0).unwrap()[0], Kept::New(_)));
    ask("b", SMOKE[1], 24).unwrap();
    assert_eq!(ask("a", SMOKE[2], 24).unwrap_err().kind, Kind::Invalid, "still known");
    ask("c", SMOKE[1], 25).unwrap();
    assert!(matches!(ask("a", SMOKE[2], 25).unwrap()[0], Kept::New(_)), "forgotten");
    assert_eq!(ask("b", SMOKE[2], 25).unwrap_err().kind, Kind::Invalid, "not yet a day old");
}

#[test]
fn a_key_that_is_none_is_refused() {
    let address = server();
    let body = json!({"text": SMOKE[0]}).to_string();
    for key in ["", "\"\"", "two words", "密钥", &"k".repeat(256)] {
        let reply = sent(address, "/v1/complaints", key, &body);
        assert_eq!((reply.status, &reply.json()["type"]), (400, &json!("urn:guikou:problem:malformed")), "{key}");
    }
    let twice = [("Content-Type", "application/json"), ("Idempotency-Key", "a"), ("Idempotency-Key", "b")];
    assert_eq!(send(address, "POST", "/v1/complaints", &twice, body.as_bytes()).status, 400);
    assert_eq!(cases(address), 0);
    assert_eq!(sent(address, "/v1/complaints", &"k".repeat(255), &body).status, 201);
}

/// Checked arithmetic panics; where it is not checked there is nothing to see.
#[cfg(debug_assertions)]
#[test]
fn a_case_that_panics_fails_none_of_those_kept_with_it() {
    use guikou::case::Trace;
    use guikou::store::Store;

    let disk = tempfile::tempdir().unwrap();
    let file = disk.path().join("cases.db");
    let triage = Triage::load(&settings(&[]).settings.data(), folder()).unwrap();
    let triage = triage.keeping_in(Store::open(Some(&file)).unwrap()).unwrap();
    let now: DateTime<FixedOffset> = on(1).parse().unwrap();
    let keep = &|text: &str| {
        let complaint = Complaint::of(ComplaintText::parse(text).unwrap());
        triage.keep(&[complaint], Wanted { top_k: 1, explain: false }, now).map(|kept| kept.len())
    };
    keep(SMOKE[0]).unwrap();
    // By its trace it came in so long ago that nothing can be so many days from it.
    let beside = rusqlite::Connection::open(&file).unwrap();
    let bytes: Vec<u8> = beside.query_row("SELECT trace FROM traces", [], |row| row.get(0)).unwrap();
    let trace: Trace = postcard::from_bytes(&bytes[1..]).unwrap();
    let broken = postcard::to_extend(&Trace { at: i64::MIN, ..trace }, bytes[..1].to_vec()).unwrap();
    beside.execute("UPDATE traces SET trace = ?", [broken]).unwrap();
    // While another writes, who has the turn waits, and the others wait for theirs: they are kept together.
    beside.execute_batch("BEGIN IMMEDIATE").unwrap();
    let kept = std::thread::scope(|scope| {
        let texts = ["井盖丢了没人补", SMOKE[1], "公交车总是晚点", "学校门口没有斑马线"];
        let senders = texts.map(|text| {
            let sender = scope.spawn(move || keep(text));
            std::thread::sleep(std::time::Duration::from_millis(400));
            sender
        });
        beside.execute_batch("COMMIT").unwrap();
        senders.map(|sender| sender.join().expect("nobody's thread ends"))
    });
    let kinds = kept.map(|kept| kept.map_err(|error| error.kind));
    assert_eq!(kinds, [Ok(1), Err(Kind::Internal), Ok(1), Ok(1)]);
}
