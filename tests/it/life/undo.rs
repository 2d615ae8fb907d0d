//! What was just decided is taken back: nothing of it counts any more, and all of it is told.

use serde_json::{Value, json};

use super::{ADDRESS, ask, lead, new, pointers, read, step};
use crate::door::{Reply, get, post};

fn judge(id: &str, body: Value) -> Value {
    let reply = post(*ADDRESS, &format!("/v1/complaints/{id}/feedback"), &body);
    assert_eq!(reply.status, 201, "{body}: {}", reply.body);
    reply.json()
}

fn undo(id: &str, what: &str, body: Value) -> Reply {
    post(*ADDRESS, &format!("/v1/complaints/{id}/{what}:undo"), &body)
}

/// Without what tells of the change itself.
fn still(mut case: Value) -> Value {
    case["seq"] = Value::Null;
    case
}

#[test]
fn feedback_taken_back_settles_nothing_and_what_stood_before_stands_again() {
    let id = new();
    let fresh = read(&id);
    let first = judge(&id, json!({"outcome": "edited", "final_unit": "STHJ", "settled": true}));
    let settled = read(&id);
    let second =
        judge(&id, json!({"outcome": "edited", "final_category": "0706", "final_unit": "CGJ", "settled": true}));
    assert_eq!((&read(&id)["final_unit"], &read(&id)["final_category"]), (&json!("CGJ"), &json!("0706")));

    let early = undo(&id, "feedback", json!({"at": first["at"]}));
    assert_eq!((early.status, &early.json()["errors"][0]["pointer"]), (409, &json!("/at")), "it is not the last");
    let reply = undo(&id, "feedback", json!({"at": second["at"], "actor": "派单员13912345678"}));
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(still(reply.json()), still(settled.clone()));
    assert!(reply.json()["seq"].as_i64() > settled["seq"].as_i64(), "others see that it changed");
    assert_eq!(undo(&id, "feedback", json!({"at": second["at"]})).status, 409, "undone already");
    assert_eq!(still(undo(&id, "feedback", json!({"at": first["at"]})).json()), still(fresh));
    assert_eq!(undo(&id, "feedback", json!({"at": first["at"]})).status, 409, "there is none");

    let trail = get(*ADDRESS, &format!("/v1/complaints/{id}/audit")).json();
    let lines = trail["items"].as_array().unwrap();
    let acts: Vec<_> = lines.iter().map(|line| line["act"].as_str().unwrap()).collect();
    assert_eq!(acts, ["kept", "feedback", "feedback", "undo", "undo"], "both are told");
    assert_eq!((&lines[3]["detail"]["what"], &lines[3]["detail"]["unit"]), (&json!("feedback"), &json!("CGJ")));
    assert!(!trail.to_string().contains("13912345678"));
    let by = ["machine", "person", "person", "派单员", "person"];
    for (line, by) in lines.iter().zip(by) {
        assert!(line["actor"].as_str().unwrap().starts_with(by), "{by}: {line}");
    }
}

#[test]
fn nobody_acts_as_the_program() {
    let id = new();
    for (path, mut body) in [
        ("status", json!({"status": "dispatched"})),
        ("feedback", json!({"outcome": "accepted"})),
        ("supervisions", json!({"kind": "written", "issuer": "督查室", "due_at": "2027-01-01T00:00:00Z"})),
        ("status:undo", json!({"at": "2025-11-03T01:00:00Z"})),
    ] {
        body["actor"] = json!(" machine");
        let reply = post(*ADDRESS, &format!("/v1/complaints/{id}/{path}"), &body);
        assert_eq!((reply.status, pointers(&reply)), (422, vec!["/actor".to_owned()]), "{path}: {}", reply.body);
    }
    let reply = ask(&id, &json!({"status": "dispatched", "actor": "machine"}));
    assert!(reply.json()["errors"][0]["detail"].to_string().contains("程序自己"), "{}", reply.body);
    assert_eq!(read(&id)["status"], json!("accepted"), "nothing was done");
}

#[test]
fn a_dispatch_is_taken_back_until_the_unit_signs_for_it() {
    let id = new();
    let fresh = read(&id);
    let sent = step(&id, json!({"status": "dispatched", "unit": "CGJ"}));
    let at = &sent["steps"][1]["at"];
    let reply = undo(&id, "status", json!({"at": at}));
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(still(reply.json()), still(fresh), "accepted, with nobody, the deadline as it was");

    let sent = step(&id, json!({"status": "dispatched", "unit": "STHJ"}));
    let moved = get(*ADDRESS, "/v1/complaints?reassigned=true&page_size=200").json();
    assert!(moved["items"].as_array().unwrap().iter().all(|case| case["id"] != json!(id)), "it never was elsewhere");
    let at = sent["steps"][1]["at"].clone();
    let signed = step(&id, json!({"status": "signed"}));
    assert_eq!(undo(&id, "status", json!({"at": at})).status, 409);
    let refused = undo(&id, "status", json!({"at": signed["steps"][2]["at"]}));
    assert_eq!(refused.status, 409);
    assert!(refused.json()["detail"].as_str().unwrap().contains("签收"), "{}", refused.body);
    assert_eq!(still(read(&id)), still(signed), "a refusal changes nothing");
}

#[test]
fn a_case_that_was_declined_or_returned_stands_as_before() {
    for (way, last) in
        [("", "declined"), ("dispatched return_requested", "returned"), ("dispatched signed", "dispatched@STHJ")]
    {
        let id = new();
        lead(&id, way);
        let before = read(&id);
        lead(&id, last);
        let after = read(&id);
        let at = after["steps"].as_array().unwrap().last().unwrap()["at"].clone();
        let reply = undo(&id, "status", json!({"at": at}));
        assert_eq!(reply.status, 200, "{last}: {}", reply.body);
        assert_eq!(still(reply.json()), still(before), "{last}");
    }
}

#[test]
fn what_is_to_be_taken_back_must_be_named() {
    let id = new();
    for what in ["feedback", "status"] {
        let reply = undo(&id, what, json!({}));
        assert_eq!((reply.status, &reply.json()["errors"][0]["pointer"]), (422, &json!("/at")), "{what}");
        assert_eq!(undo(&id, what, json!({"at": "2025-11-03T09:00:00+08:00"})).status, 409, "nothing was done");
        assert_eq!(undo("c_none", what, json!({"at": "2025-11-03T09:00:00+08:00"})).status, 404);
    }
}
