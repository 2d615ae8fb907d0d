//! A text goes in, a suggestion comes out.

use serde_json::{Value, json};

use crate::door::{Reply, SHARED, get, post};

const TEXT: &str = "樊城区长虹路北段工地每天凌晨两点还在打桩，夜间施工噪声吵得睡不着";

fn suggest(body: &Value) -> Value {
    let reply = post(*SHARED, "/v1/suggestions", body);
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(reply.header("content-type"), Some("application/json; charset=utf-8"));
    reply.json()
}

#[test]
fn a_suggestion_has_every_field_of_the_contract() {
    let answer = suggest(&json!({"text": TEXT, "reference": "XY20261123000123"}));
    for field in [
        "decision",
        "decision_reason",
        "petition_types",
        "categories",
        "assignment",
        "location",
        "urgency",
        "flags",
        "multi_issue",
        "ask",
        "duplicates",
        "issue",
        "due_at",
        "versions",
        "degraded",
        "latency_ms",
        "keywords",
        "masked",
    ] {
        assert!(answer.get(field).is_some(), "{field} is missing: {answer}");
    }
    assert_eq!(answer["reference"], "XY20261123000123");
    assert_eq!(answer["categories"][0]["code"], "0702", "{answer}");
    assert_eq!(answer["categories"][0]["path"], "生态环境/建筑施工噪声");
    let names: Vec<_> = answer["assignment"].as_array().unwrap().iter().map(|a| a["lead"]["name"].clone()).collect();
    assert!(
        !names.is_empty() && names.iter().all(|name| name.as_str().is_some_and(|name| !name.is_empty())),
        "{names:?}"
    );
    assert!(!answer["assignment"][0]["reasons"].as_array().unwrap().is_empty(), "reasons are given: {answer}");
}

#[test]
fn every_field_of_the_request_is_taken() {
    let answer = suggest(&json!({
        "reference": "r1", "text": "半夜还在打桩", "title": "工地噪声", "channel": "电话",
        "received_at": "2026-11-23T08:12:00+08:00", "occurred_at": "2026-11-22T23:30:00Z", "subject_type": "个人",
        "location": {"text": "樊城区长虹路", "area_code": "420606", "lng": 112.1, "lat": 32.0},
        "reporter_key": "opaque", "flags": ["info_protect"], "top_k": 1, "explain": false
    }));
    assert_eq!(answer["location"]["district"], "樊城区", "{answer}");
    assert_eq!(answer["location"]["source"], "stated", "{answer}");
    assert!(answer["categories"].as_array().unwrap().len() <= 1 && answer["assignment"].as_array().unwrap().len() <= 1);
}

#[test]
fn offsets_count_characters_of_the_submitted_text() {
    let text = "𠮷😀 樊城区长虹路工地半夜打桩，夜间施工噪声大，电话１３８００００００００，快来管管";
    let check = |body: Value| {
        let answer = suggest(&body);
        let chars: Vec<char> = text.chars().collect();
        let cut = |value: &Value| -> String {
            let (start, end) = (value["start"].as_u64().unwrap() as usize, value["end"].as_u64().unwrap() as usize);
            chars[start..end].iter().collect()
        };
        let phones: Vec<_> = answer["masked"].as_array().unwrap().iter().map(&cut).collect();
        assert_eq!(phones, ["１３８００００００００"], "{body}");
        let reasons = answer["assignment"][0]["reasons"].as_array().unwrap();
        let spans: Vec<_> = reasons.iter().filter(|reason| reason["kind"] == "span").collect();
        assert!(!spans.is_empty(), "{answer}");
        for span in spans {
            assert_eq!(cut(span), span["text"].as_str().unwrap(), "{body}");
        }
    };
    check(json!({"text": text}));
    check(json!({"text": text, "title": "工地噪声扰民"}));
}

#[test]
fn personal_data_never_comes_back_out() {
    let answer = suggest(
        &json!({"text": "我叫张建国，身份证11010519491231002X，电话13800000000，路灯不亮", "title": "联系电话13911112222"}),
    );
    for secret in ["张建国", "11010519491231002X", "13800000000", "13911112222"] {
        assert!(!answer.to_string().contains(secret), "{secret} in {answer}");
    }
}

#[test]
fn one_bad_item_spoils_only_itself() {
    let items = json!([
        {"text": "路灯不亮", "reference": "a"}, {"text": ""}, {"text": "井盖丢了", "reference": "b", "top_k": 1},
        {"text": 5}, "路灯不亮", {"text": "小区停水", "reference": "c", "explain": false}
    ]);
    let reply = post(*SHARED, "/v1/suggestions:batch", &json!({"items": items}));
    assert_eq!(reply.status, 200, "{}", reply.body);
    let answer = reply.json();
    let shape: Vec<Value> = answer["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| match (&item["suggestion"], &item["problem"]) {
            (suggestion, Value::Null) => suggestion["reference"].clone(),
            (_, problem) => json!([problem["status"], problem["errors"][0]["pointer"]]),
        })
        .collect();
    let expected = json!(["a", [422, "/items/1/text"], "b", [422, "/items/3/text"], [422, "/items/4"], "c"]);
    assert_eq!(json!(shape), expected, "{answer}");
}

#[test]
fn a_batch_says_the_same_as_one_at_a_time() {
    let texts = ["小区停水两天了", "楼下烧烤店油烟太大", "老板拖欠工资三个月", "路口红绿灯不亮"];
    let items: Vec<_> = texts.iter().map(|text| json!({"text": text})).collect();
    let batch = post(*SHARED, "/v1/suggestions:batch", &json!({"items": items})).json();
    for (text, item) in texts.iter().zip(batch["items"].as_array().unwrap()) {
        let mut alone = suggest(&json!({"text": text}));
        let mut among = item["suggestion"].clone();
        for answer in [&mut alone, &mut among] {
            answer["latency_ms"] = Value::Null;
        }
        assert_eq!(alone["categories"][0]["code"], among["categories"][0]["code"], "{text}");
        assert_eq!(alone["decision"], among["decision"], "{text}");
        assert_eq!(alone["assignment"][0]["lead"], among["assignment"][0]["lead"], "{text}");
    }
}

#[test]
fn a_text_is_cut_into_words_and_masked() {
    let answer = post(*SHARED, "/v1/segment", &json!({"text": "樊城区烧烤店油烟大，联系电话13800000000"})).json();
    let words: Vec<_> = answer["words"].as_array().unwrap().iter().map(|word| word["text"].as_str().unwrap()).collect();
    assert!(words.contains(&"油烟"), "{words:?}");
    assert!(answer["words"][0]["tag"].is_string() && answer["words"][0]["start"] == 0, "{answer}");
    assert_eq!(answer["masked"], json!([{"kind": "phone", "start": 14, "end": 25}]));
    assert!(!answer.to_string().contains("13800000000"));
}

#[test]
fn the_catalogue_and_the_versions_agree() {
    let catalogue = get(*SHARED, "/v1/taxonomy").json();
    let info = get(*SHARED, "/v1/info").json();
    let answer = suggest(&json!({"text": TEXT}));
    assert_eq!(catalogue["version"], info["versions"]["taxonomy"]);
    assert_eq!(catalogue["rules_version"], info["versions"]["rules"]);
    assert_eq!(answer["versions"], info["versions"]);
    assert_eq!(catalogue["domains"].as_array().unwrap().len(), 19);
    assert!(catalogue["categories"].as_array().unwrap().len() >= 150);
}

#[test]
fn without_a_model_it_answers_degraded_and_never_alone() {
    let address = crate::door::start(&[("model", "no/such/folder")]);
    let answer = post(address, "/v1/suggestions", &json!({"text": TEXT})).json();
    assert_eq!(answer["degraded"], true);
    assert_ne!(answer["decision"], "auto", "{answer}");
    assert_eq!(answer["categories"][0]["code"], "0702", "{answer}");
    let info = get(address, "/v1/info").json();
    assert!(info["degraded"] == true && info["lacking"][0].as_str().unwrap().contains("no/such/folder"), "{info}");
    let ready: Reply = get(address, "/readyz?verbose");
    assert!(ready.status == 200 && ready.body.contains("no/such/folder"), "{}", ready.body);
}

#[test]
fn what_is_answered_is_counted_by_decision_and_route() {
    suggest(&json!({"text": TEXT}));
    let metrics = get(*SHARED, "/metrics").body;
    for series in [
        "guikou_predictions_total{decision=",
        "http_server_request_duration_seconds_bucket{http_request_method=\"POST\",http_route=\"/v1/suggestions\",http_response_status_code=\"200\"",
        "http_server_active_requests{http_request_method=\"GET\"} ",
        "guikou_build_info{version=",
        "guikou_model_info{version=",
    ] {
        assert!(metrics.contains(series), "{series} is missing in\n{metrics}");
    }
}
