//! What is refused, with which status, problem type and pointer.

use serde_json::{Value, json};

use crate::door::{SHARED, begin, get, post, receive, send, settings, start, start_with};
use guikou::triage::Triage;
use std::io::{Read, Write};

const JSON: &[(&str, &str)] = &[("Content-Type", "application/json")];

/// Sends a body to `path` and looks at the problem that comes back.
fn check(
    name: &str,
    (path, headers, body): (&str, &[(&str, &str)], &[u8]),
    status: u16,
    kind: &str,
    pointer: Option<&str>,
) {
    let reply = send(*SHARED, "POST", path, headers, body);
    assert_eq!(reply.status, status, "{name}: {}", reply.body);
    assert_eq!(reply.header("content-type"), Some("application/problem+json; charset=utf-8"), "{name}");
    assert_eq!(reply.header("content-language"), Some("zh-CN"), "{name}");
    let problem = reply.json();
    assert_eq!(problem["type"], format!("urn:guikou:problem:{kind}"), "{name}: {problem}");
    assert_eq!(problem["status"], status, "{name}");
    assert_eq!(problem["instance"], path, "{name}");
    assert_eq!(problem["request_id"].as_str(), reply.header("x-request-id"), "{name}");
    assert!(
        problem["detail"].as_str().is_some_and(|detail| !detail.is_ascii()),
        "{name} says it in Chinese: {problem}"
    );
    let pointers: Vec<_> = problem["errors"].as_array().into_iter().flatten().map(|e| e["pointer"].clone()).collect();
    match pointer {
        Some(pointer) => assert!(pointers.contains(&json!(pointer)), "{name}: {pointers:?} lacks {pointer}"),
        None => assert!(pointers.is_empty(), "{name}: {pointers:?}"),
    }
}

#[test]
fn every_bad_request_gets_its_status_type_and_pointer() {
    let one = "/v1/suggestions";
    let body = |value: Value| value.to_string().into_bytes();
    let long = "噪".repeat(350_000);
    let bad = |name: &str, body: Vec<u8>, status: u16, kind: &str, pointer: Option<&str>| {
        check(name, (one, JSON, &body), status, kind, pointer);
    };
    bad("empty body", vec![], 400, "malformed", None);
    bad("broken JSON", b"{\"text\":".to_vec(), 400, "malformed", None);
    bad("two values", b"{} {}".to_vec(), 400, "malformed", None);
    bad("invalid UTF-8", b"{\"text\":\"\xb0\xa1\"}".to_vec(), 400, "malformed", None);
    bad("half a surrogate", br#"{"text":"\ud83d"}"#.to_vec(), 400, "malformed", None);
    bad("nesting without end", "[".repeat(100_000).into_bytes(), 400, "malformed", None);
    bad("not an object", body(json!(["投诉"])), 422, "invalid", Some(""));
    bad("no text", body(json!({})), 422, "invalid", Some("/text"));
    bad("null text", body(json!({"text": null})), 422, "invalid", Some("/text"));
    bad("empty text", body(json!({"text": ""})), 422, "invalid", Some("/text"));
    bad("blank text", body(json!({"text": " \u{3000}\t\n"})), 422, "invalid", Some("/text"));
    bad("text of a megabyte", body(json!({"text": long})), 413, "too-large", Some("/text"));
    bad("text is a number", body(json!({"text": 12345})), 422, "invalid", Some("/text"));
    bad("text is a list", body(json!({"text": ["投诉"]})), 422, "invalid", Some("/text"));
    bad("unknown field", body(json!({"text": "路灯不亮", "phone": "1"})), 422, "invalid", Some("/phone"));
    bad("unknown field to escape", body(json!({"text": "路灯不亮", "a/b~": 1})), 422, "invalid", Some("/a~1b~0"));
    bad(
        "unknown field inside",
        body(json!({"text": "路灯不亮", "location": {"x": 1}})),
        422,
        "invalid",
        Some("/location/x"),
    );
    bad(
        "latitude out of the world",
        body(json!({"text": "路灯不亮", "location": {"lat": 91}})),
        422,
        "invalid",
        Some("/location/lat"),
    );
    bad(
        "area code of letters",
        body(json!({"text": "路灯不亮", "location": {"area_code": "fancheng"}})),
        422,
        "invalid",
        Some("/location/area_code"),
    );
    bad(
        "time without offset",
        body(json!({"text": "路灯不亮", "received_at": "2026-11-23T08:12:00"})),
        422,
        "invalid",
        Some("/received_at"),
    );
    bad("top_k of nothing", body(json!({"text": "路灯不亮", "top_k": 0})), 422, "invalid", Some("/top_k"));
    bad("top_k below nothing", body(json!({"text": "路灯不亮", "top_k": -1})), 422, "invalid", Some("/top_k"));
    bad("explain in words", body(json!({"text": "路灯不亮", "explain": "yes"})), 422, "invalid", Some("/explain"));
    bad("flags of numbers", body(json!({"text": "路灯不亮", "flags": [1]})), 422, "invalid", Some("/flags"));
    bad(
        "reference too long",
        body(json!({"text": "路灯不亮", "reference": "1".repeat(129)})),
        422,
        "invalid",
        Some("/reference"),
    );
}

#[test]
fn a_body_over_the_limit_is_read_to_its_end_and_refused() {
    check("ten megabytes", ("/v1/suggestions", JSON, &vec![b' '; 10_000_000]), 413, "too-large", None);
}

#[test]
fn only_json_in_utf_8_is_taken() {
    let body = json!({"text": "路灯不亮"}).to_string();
    for kind in ["text/plain", "application/json; charset=gbk", "application/x-www-form-urlencoded"] {
        check(kind, ("/v1/suggestions", &[("Content-Type", kind)], body.as_bytes()), 415, "wrong-media-type", None);
    }
    check("no media type", ("/v1/suggestions", &[], body.as_bytes()), 415, "wrong-media-type", None);
    let taken = send(
        *SHARED,
        "POST",
        "/v1/suggestions",
        &[("Content-Type", "application/json; charset=UTF-8")],
        body.as_bytes(),
    );
    assert_eq!(taken.status, 200, "{}", taken.body);
}

#[test]
fn batches_of_the_wrong_size_or_shape_are_refused_whole() {
    let batch = |items: Value| json!({"items": items}).to_string().into_bytes();
    let item = json!({"text": "路灯不亮"});
    let path = "/v1/suggestions:batch";
    check("501 items", (path, JSON, &batch(json!(vec![item; 501]))), 413, "too-large", Some("/items"));
    check("no item", (path, JSON, &batch(json!([]))), 422, "invalid", Some("/items"));
    check("items is a text", (path, JSON, &batch(json!("路灯不亮"))), 422, "invalid", Some("/items"));
    check("no items", (path, JSON, b"{}"), 422, "invalid", Some("/items"));
    check("something beside", (path, JSON, br#"{"items":[{"text":"a"}],"mode":1}"#), 422, "invalid", Some("/mode"));
}

#[test]
fn every_mistake_of_a_request_is_named_at_once() {
    let reply = post(*SHARED, "/v1/suggestions", &json!({"text": " ", "top_k": "3", "nickname": 1}));
    let problem = reply.json();
    let pointers: Vec<_> =
        problem["errors"].as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/text", "/top_k", "/nickname"], "{problem}");
}

#[test]
fn unknown_paths_and_wrong_methods_are_problems_too() {
    for path in ["/nope", "/v1", "/v1/suggestions/", "/v1/suggestions:bulk", "/v1/suggestions/1"] {
        check(path, (path, JSON, b"{}"), 404, "not-found", None);
    }
    for path in ["/", "/v1/info", "/livez", "/metrics", "/openapi.json", "/docs/", "/assets/app.js"] {
        check(path, (path, JSON, b"{}"), 405, "wrong-method", None);
    }
    let reply = send(*SHARED, "DELETE", "/v1/suggestions", &[], b"");
    assert_eq!((reply.status, reply.header("allow")), (405, Some("POST")));
    assert_eq!(reply.json()["type"], "urn:guikou:problem:wrong-method");
    assert_eq!(get(*SHARED, "/assets/nope.js").status, 404);
}

#[test]
fn problems_are_told_in_english_to_who_prefers_it() {
    let check = |accept: &str, language: &str| {
        let headers = [("Content-Type", "application/json"), ("Accept-Language", accept)];
        let reply = send(*SHARED, "POST", "/v1/suggestions", &headers, b"{}");
        assert_eq!(reply.header("content-language"), Some(language), "{accept}");
        assert_eq!(reply.body.is_ascii(), language == "en", "{accept}: {}", reply.body);
    };
    check("en", "en");
    check("en-GB,en;q=0.9,zh;q=0.5", "en");
    check("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN");
    check("fr", "zh-CN");
    check("*", "zh-CN");
    check(";;q=,en;q=x", "zh-CN");
}

#[test]
fn a_senders_request_id_is_kept_only_when_it_is_harmless() {
    let id = |given: &str| {
        let reply = send(*SHARED, "GET", "/livez", &[("X-Request-Id", given)], b"");
        reply.header("x-request-id").map(str::to_owned).unwrap()
    };
    assert_eq!(id("XY2026-11.23_1:a"), "XY2026-11.23_1:a");
    for odd in ["", "a b", "<script>", "a\"b", &"x".repeat(129)] {
        let made = id(odd);
        assert!(made != odd && made.len() == 36, "{odd:?} became {made:?}");
    }
}

#[test]
fn a_full_house_answers_429_and_still_serves_who_is_inside() {
    let address = start(&[("http.max_in_flight", "1")]);
    let body = json!({"text": "路灯不亮"}).to_string();
    // The server asks for the body only once the sender has a seat.
    let headers = [JSON, &[("Expect", "100-continue")]].concat();
    let mut inside = begin(address, "POST", "/v1/suggestions", &headers, body.len());
    let mut go_on = [0; 25];
    inside.read_exact(&mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    let refused = post(address, "/v1/segment", &json!({"text": "路灯不亮"}));
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(refused.json()["type"], "urn:guikou:problem:busy");
    assert_eq!(get(address, "/livez").status, 200);
    inside.write_all(body.as_bytes()).unwrap();
    assert_eq!(receive(inside).status, 200);
}

#[test]
fn a_body_that_never_comes_is_given_up() {
    let address = start(&[("http.body_timeout_seconds", "1")]);
    let stalled = begin(address, "POST", "/v1/suggestions", JSON, 100);
    let reply = receive(stalled);
    assert_eq!((reply.status, &reply.json()["type"]), (408, &json!("urn:guikou:problem:too-slow")));
}

#[test]
fn with_keys_only_who_shows_one_is_answered() {
    let key = "a-key-of-enough-length";
    let address = start(&[("http.api_keys", &format!("another-long-enough-key,{key}"))]);
    let ask = |headers: &[(&str, &str)]| {
        let headers = [&[("Content-Type", "application/json")], headers].concat();
        send(address, "POST", "/v1/suggestions", &headers, json!({"text": "路灯不亮"}).to_string().as_bytes())
    };
    let refused = ask(&[]);
    assert_eq!((refused.status, refused.header("www-authenticate")), (401, Some("Bearer")));
    assert_eq!(refused.json()["type"], "urn:guikou:problem:unauthorized");
    for wrong in ["Bearer a-key-of-enough-lengtH", "Bearer ", "Basic a-key-of-enough-length", key] {
        assert_eq!(ask(&[("Authorization", wrong)]).status, 401, "{wrong}");
    }
    assert_eq!(ask(&[("Authorization", &format!("Bearer {key}"))]).status, 200);
    for (path, status) in [("/metrics", 401), ("/v1/info", 401), ("/livez", 200), ("/", 200), ("/openapi.json", 200)] {
        assert_eq!(get(address, path).status, status, "{path}");
    }
}

#[test]
fn an_address_that_others_reach_needs_a_key() {
    let open = guikou::http::Server::bind(settings(&[("http.listen", "0.0.0.0:0")]).settings.http);
    let error = open.err().expect("refused");
    assert!(error.to_string().contains("http.api_keys"), "{error}");
    let keys = [("http.listen", "0.0.0.0:0"), ("http.api_keys", "long-enough-for-a-key")];
    assert!(guikou::http::Server::bind(settings(&keys).settings.http).is_ok());
    let short = guikou::http::Server::bind(settings(&[("http.api_keys", "short")]).settings.http);
    assert!(!short.err().expect("refused").to_string().contains("short"), "a key is never shown");
}

#[test]
fn before_loading_and_while_stopping_it_is_not_ready() {
    let (release, wait) = std::sync::mpsc::channel::<()>();
    let settings = settings(&[]).settings;
    let load = move || {
        let _ = wait.recv();
        Triage::load(&settings.data(), &settings.model()?)
    };
    let (address, stop, running) = start_with(&[("http.stop_notice_seconds", "2")], load);
    let early = crate::door::await_status(address, "/readyz", 503);
    assert_eq!(early.json()["type"], "urn:guikou:problem:not-ready");
    let asked = post(address, "/v1/suggestions", &json!({"text": "路灯不亮"}));
    assert_eq!((asked.status, asked.header("retry-after").is_some()), (503, true));
    assert_eq!(get(address, "/livez").status, 200);
    release.send(()).unwrap();
    crate::door::await_status(address, "/readyz", 200);
    stop.send(()).unwrap();
    let late = crate::door::await_status(address, "/readyz", 503);
    assert!(late.json()["detail"].as_str().unwrap().contains("停止"), "{}", late.body);
    running.join().unwrap().expect("a clean stop");
}

#[test]
fn a_server_whose_data_is_broken_ends_with_the_reason() {
    let empty = tempfile::tempdir().unwrap();
    let data = empty.path().to_owned();
    let (_, _stop, running) = start_with(&[], move || Triage::load(&data, &data));
    let error = running.join().unwrap().expect_err("broken data");
    assert!(error.to_string().contains("taxonomy.toml"), "{error}");
}
