//! The life of a case: from dispatch to closing and every way between, deadlines kept, nothing lost, all of it told.

mod record;
mod undo;

use std::net::SocketAddr;
use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::door::{Reply, get, post, start};

/// Without a model: what is tested here needs none.
static ADDRESS: LazyLock<SocketAddr> = LazyLock::new(|| start(&[("model", "no/such/folder")]));

const TEXT: &str = "樊城区长虹路北段工地每天凌晨两点还在打桩，打了三次电话没人管";

/// A new case received on Monday 2025-11-03; its id.
fn new() -> String {
    new_at(*ADDRESS, "2025-11-03T09:00:00+08:00")
}

fn new_at(address: SocketAddr, received_at: &str) -> String {
    let reply = post(address, "/v1/complaints", &json!({"text": TEXT, "received_at": received_at, "explain": false}));
    assert_eq!(reply.status, 201, "{}", reply.body);
    reply.json()["id"].as_str().unwrap().to_owned()
}

fn read(id: &str) -> Value {
    get(*ADDRESS, &format!("/v1/complaints/{id}")).json()
}

fn ask(id: &str, body: &Value) -> Reply {
    post(*ADDRESS, &format!("/v1/complaints/{id}/status"), body)
}

fn step(id: &str, body: Value) -> Value {
    let reply = ask(id, &body);
    assert_eq!(reply.status, 200, "{body}: {}", reply.body);
    reply.json()
}

/// Takes the steps of a line such as `dispatched signed handling`, each with what it needs.
fn lead(id: &str, way: &str) {
    for status in way.split_whitespace() {
        let (status, unit) = status.split_once('@').map_or((status, None), |(status, unit)| (status, Some(unit)));
        let (status, satisfied) = status.split_once('=').map_or((status, None), |(status, said)| (status, Some(said)));
        let mut body = json!({"status": status, "unit": unit, "satisfied": satisfied});
        match status {
            "return_requested" | "returned" => body["reason"] = json!("duty_mismatch"),
            "declined" | "suspended" => body["note"] = json!("见附件"),
            _ => {}
        }
        step(id, body);
    }
}

fn pointers(reply: &Reply) -> Vec<String> {
    let problem = reply.json();
    problem["errors"].as_array().unwrap().iter().map(|flaw| flaw["pointer"].as_str().unwrap().to_owned()).collect()
}

fn time(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap_or_else(|| panic!("{value} is no time")).parse().unwrap()
}

#[test]
fn a_case_goes_from_acceptance_to_closing_and_every_step_is_told() {
    let id = new();
    let before = read(&id);
    assert_eq!(
        (&before["status"], &before["next"]),
        (&json!("accepted"), &json!(["dispatched", "replied", "declined"]))
    );
    assert_eq!((&before["due_at"], &before["handler"]), (&json!("2025-11-10T15:59:59Z"), &Value::Null));
    assert_eq!((&before["feedback"], &before["supervisions"]), (&json!([]), &json!([])));
    let dispatched = step(&id, json!({"status": "dispatched", "actor": "派单员", "at": "2025-11-03T10:00:00+08:00"}));
    assert_eq!(dispatched["handler"], before["unit"]["code"], "the first dispatch goes where it was advised to");
    step(&id, json!({"status": "signed", "at": "2025-11-03T15:00:00+08:00"}));
    step(&id, json!({"status": "handling", "at": "2025-11-04T09:00:00+08:00"}));
    step(&id, json!({"status": "replied", "note": "已责令停工", "at": "2025-11-06T09:00:00+08:00"}));
    step(&id, json!({"status": "followed_up", "satisfied": "fair", "at": "2025-11-07T09:00:00+08:00"}));
    let case = step(&id, json!({"status": "closed", "at": "2025-11-07T10:00:00+08:00"}));
    assert_eq!((&case["status"], &case["closed_at"]), (&json!("closed"), &json!("2025-11-07T02:00:00Z")));
    assert_eq!((&case["next"], case["seq"].as_i64() > before["seq"].as_i64()), (&json!([]), true));
    assert_eq!(case, read(&id));
    let steps = case["steps"].as_array().unwrap();
    let told: Vec<_> = steps.iter().map(|step| (step["status"].as_str().unwrap(), &step["due_at"])).collect();
    let (signing, answer) = (json!("2025-11-04T15:59:59Z"), json!("2025-11-10T15:59:59Z"));
    let expected = [
        ("accepted", &answer),
        ("dispatched", &signing),
        ("signed", &answer),
        ("handling", &answer),
        ("replied", &Value::Null),
        ("followed_up", &Value::Null),
        ("closed", &Value::Null),
    ];
    assert_eq!(told, expected);
    assert_eq!((&steps[1]["actor"], &steps[1]["unit"]), (&json!("派单员"), &before["unit"]["code"]));
    assert_eq!((&steps[4]["note"], &steps[5]["satisfied"]), (&json!("已责令停工"), &json!("fair")));
    assert_eq!(steps[5]["reason"], Value::Null);
}

/// Each status by a way to it, and what may follow: everything else is refused and the list is told.
#[test]
fn what_may_follow_is_told_and_all_else_refused() {
    let table = [
        ("", "dispatched replied declined"),
        ("dispatched", "signed return_requested returned dispatched"),
        ("dispatched signed", "handling return_requested returned dispatched extended suspended"),
        ("dispatched signed handling", "replied return_requested returned dispatched extended suspended"),
        ("dispatched return_requested", "returned dispatched"),
        ("dispatched returned", "dispatched replied declined"),
        ("dispatched signed suspended", "handling"),
        ("replied", "followed_up closed"),
        ("replied followed_up=satisfied", "closed"),
        ("replied followed_up=undeclared", "closed"),
        ("replied followed_up=unsatisfied", "closed reopened"),
        ("replied followed_up=unsatisfied reopened", "dispatched handling"),
        ("replied closed", ""),
        ("declined", ""),
    ];
    let all = "accepted dispatched signed handling replied followed_up closed return_requested returned extended \
        suspended reopened declined";
    for (way, may) in table {
        let id = new_at(*ADDRESS, "2026-01-05T09:00:00+08:00");
        lead(&id, way);
        let before = read(&id);
        let may: Vec<_> = may.split_whitespace().collect();
        assert_eq!(before["next"], json!(may), "after {way:?}");
        for status in all.split_whitespace().filter(|status| !may.contains(status)) {
            let mut body = json!({"status": status, "unit": null});
            match status {
                "followed_up" => body["satisfied"] = json!("fair"),
                "extended" => (body["due_at"], body["note"]) = (json!("2030-01-01T00:00:00Z"), json!("难")),
                _ => body["reason"] = json!("legacy"),
            }
            let reply = ask(&id, &body);
            let problem = reply.json();
            assert_eq!(
                (reply.status, &problem["type"]),
                (409, &json!("urn:guikou:problem:conflict")),
                "{way:?} {body}"
            );
            for may in &may {
                assert!(problem["detail"].as_str().unwrap().contains(may), "{may} is missing in {problem}");
            }
            assert!(may.is_empty() || problem["errors"][0]["pointer"] == "/status", "{problem}");
        }
        assert_eq!(read(&id), before, "a refusal changes nothing");
    }
}

#[test]
fn what_a_step_needs_and_what_it_cannot_take_is_named() {
    let id = new();
    let check = |body: Value, named: &[&str]| {
        let reply = ask(&id, &body);
        assert_eq!((reply.status, pointers(&reply)), (422, named.iter().map(|at| at.to_string()).collect()), "{body}");
    };
    check(json!({}), &["/status"]);
    check(json!({"status": "done"}), &["/status"]);
    check(json!({"status": 7, "when": "now"}), &["/status", "/when"]);
    check(json!({"status": "dispatched", "unit": "NOBODY"}), &["/unit"]);
    check(json!({"status": "signed", "unit": "CGJ"}), &["/unit"]);
    check(json!({"status": "followed_up"}), &["/satisfied"]);
    check(json!({"status": "followed_up", "satisfied": "happy"}), &["/satisfied"]);
    check(json!({"status": "followed_up", "satisfied": "fair", "reason": "legacy"}), &["/reason"]);
    check(json!({"status": "closed", "satisfied": "fair"}), &["/satisfied"]);
    check(json!({"status": "extended"}), &["/due_at", "/reason"]);
    check(json!({"status": "closed", "due_at": "2030-01-01T00:00:00Z"}), &["/due_at"]);
    check(json!({"status": "return_requested", "note": "不是我们的"}), &["/reason"]);
    check(json!({"status": "returned", "reason": "职责不符"}), &["/reason"]);
    check(json!({"status": "suspended", "note": " "}), &["/reason"]);
    check(json!({"status": "declined"}), &["/reason"]);
    check(json!({"status": "dispatched", "at": "2999-01-01T00:00:00Z"}), &["/at"]);
    check(json!({"status": "dispatched", "at": "2025-11-03T08:59:59+08:00"}), &["/at"]);
    check(json!({"status": "dispatched", "actor": "员".repeat(65)}), &["/actor"]);
    assert_eq!(read(&id)["status"], "accepted");
    assert_eq!(ask("c_0", &json!({"status": "dispatched"})).status, 404);
}

#[test]
fn a_case_goes_back_and_to_another_unit() {
    let id = new();
    lead(&id, "dispatched@CGJ");
    let reply = ask(&id, &json!({"status": "dispatched", "unit": "CGJ"}));
    assert_eq!((reply.status, pointers(&reply)), (422, vec!["/unit".to_owned()]), "it is there already");
    let reply = ask(&id, &json!({"status": "dispatched"}));
    assert_eq!((reply.status, pointers(&reply)), (422, vec!["/unit".to_owned()]), "only the first has a default");
    lead(&id, "dispatched@STHJ signed return_requested");
    assert_eq!(read(&id)["handler"], "STHJ", "a request is no return");
    lead(&id, "dispatched@STHJ");
    assert_eq!(read(&id)["handler"], "STHJ", "the return was refused");
    lead(&id, "return_requested returned");
    assert_eq!(read(&id)["handler"], Value::Null);
    lead(&id, "dispatched@ZJJ signed handling dispatched@CGJ");
    let case = read(&id);
    let units: Vec<_> = case["steps"].as_array().unwrap().iter().filter_map(|step| step["unit"].as_str()).collect();
    assert_eq!((units, &case["handler"]), (vec!["CGJ", "STHJ", "STHJ", "ZJJ", "CGJ"], &json!("CGJ")));
    let returned = case["steps"].as_array().unwrap().iter().find(|step| step["status"] == "returned").unwrap();
    assert_eq!(returned["reason"], "duty_mismatch");
    assert_eq!(case["due_at"], "2025-11-10T15:59:59Z", "the citizen's clock runs on");
}

#[test]
fn an_extension_is_granted_in_time_within_the_limit_and_twice() {
    let id = new();
    for status in ["dispatched", "signed"] {
        step(&id, json!({"status": status, "at": "2025-11-03T10:00:00+08:00"}));
    }
    let extend = |due_at: &str, at: &str| {
        ask(&id, &json!({"status": "extended", "note": "需现场勘查", "due_at": due_at, "at": at}))
    };
    for due_at in ["2025-11-10T23:59:59+08:00", "2025-11-19T00:00:00+08:00"] {
        let reply = extend(due_at, "2025-11-05T10:00:00+08:00");
        assert_eq!((reply.status, pointers(&reply)), (422, vec!["/due_at".to_owned()]), "{}", reply.body);
        assert!(reply.body.contains("2025-11-18T23:59:59+08:00"), "the limit is told: {}", reply.body);
    }
    let granted = extend("2025-11-18T23:59:59+08:00", "2025-11-05T10:00:00+08:00").json();
    assert_eq!((&granted["status"], &granted["due_at"]), (&json!("signed"), &json!("2025-11-18T15:59:59Z")));
    let last = granted["steps"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["status"], &last["due_at"]), (&json!("extended"), &json!("2025-11-18T15:59:59Z")));
    let late = extend("2025-11-20T12:00:00+08:00", "2025-11-19T10:00:00+08:00");
    assert!(late.status == 409 && late.body.contains("已超过期限"), "{}", late.body);
    step(&id, json!({"status": "handling", "at": "2025-11-06T10:00:00+08:00"}));
    assert_eq!(extend("2025-11-20T12:00:00+08:00", "2025-11-10T10:00:00+08:00").status, 200);
    let third = extend("2025-11-21T12:00:00+08:00", "2025-11-11T10:00:00+08:00");
    assert!(third.status == 409 && third.body.contains("2 次"), "{}", third.body);
    assert_eq!(read(&id)["due_at"], "2025-11-20T04:00:00Z");
}

#[test]
fn the_clock_stands_still_while_a_case_is_suspended() {
    let id = new();
    for status in ["dispatched", "signed", "handling"] {
        step(&id, json!({"status": status, "at": "2025-11-03T10:00:00+08:00"}));
    }
    step(&id, json!({"status": "suspended", "reason": "legacy", "at": "2025-11-05T10:00:00+08:00"}));
    let case = step(&id, json!({"status": "handling", "at": "2025-11-25T10:00:00+08:00"}));
    assert_eq!((&case["status"], &case["due_at"]), (&json!("handling"), &json!("2025-11-30T15:59:59Z")), "20 days on");
}

#[test]
fn the_unsatisfied_are_heard_again_with_a_new_deadline() {
    let id = new();
    step(&id, json!({"status": "replied", "at": "2025-11-05T10:00:00+08:00"}));
    step(&id, json!({"status": "followed_up", "satisfied": "unsatisfied", "at": "2025-11-12T10:00:00+08:00"}));
    let reply = ask(
        &id,
        &json!({"status": "reopened", "due_at": "2025-11-12T10:00:00+08:00", "at": "2025-11-13T10:00:00+08:00"}),
    );
    assert_eq!((reply.status, pointers(&reply)), (422, vec!["/due_at".to_owned()]));
    let case = step(&id, json!({"status": "reopened", "at": "2025-11-13T10:00:00+08:00"}));
    assert_eq!(case["due_at"], "2025-11-20T15:59:59Z");
    lead(&id, "handling replied followed_up=satisfied closed");
    let reply = ask(&id, &json!({"status": "reopened"}));
    assert!(reply.status == 409 && reply.body.contains("已办结"), "{}", reply.body);
}

#[test]
fn of_two_who_dispatch_at_once_one_is_told_that_it_is_done() {
    let id = new();
    let race: Vec<_> = (0..8)
        .map(|_| {
            let id = id.clone();
            std::thread::spawn(move || ask(&id, &json!({"status": "declined", "reason": "not_acceptable"})).status)
        })
        .collect();
    let mut answers: Vec<_> = race.into_iter().map(|sender| sender.join().unwrap()).collect();
    answers.sort();
    assert_eq!(answers, [200, 409, 409, 409, 409, 409, 409, 409]);
    assert_eq!(read(&id)["steps"].as_array().unwrap().len(), 2);
}

#[test]
fn feedback_is_kept_and_what_is_settled_settles_the_case() {
    let id = new();
    let case = read(&id);
    let (unit, category) = (case["unit"]["code"].clone(), case["category"]["code"].clone());
    assert!(unit != "STHJ" && category.is_string(), "{case}");
    let give = |body: &Value| post(*ADDRESS, &format!("/v1/complaints/{id}/feedback"), body);
    let check = |body: Value, named: &[&str]| {
        let reply = give(&body);
        assert_eq!((reply.status, pointers(&reply)), (422, named.iter().map(|at| at.to_string()).collect()), "{body}");
    };
    check(json!({}), &["/outcome"]);
    check(json!({"outcome": "fine", "reason": "legacy"}), &["/outcome", "/reason"]);
    check(json!({"outcome": "returned"}), &["/reason_code"]);
    check(json!({"outcome": "reassigned"}), &["/reason_code", "/final_unit"]);
    check(json!({"outcome": "reassigned", "reason_code": "mood", "final_unit": "CGJ"}), &["/reason_code"]);
    check(json!({"outcome": "returned", "reason_code": "legacy", "settled": true}), &["/settled"]);
    check(json!({"outcome": "edited"}), &["/final_unit"]);
    check(
        json!({"outcome": "edited", "final_unit": "NOBODY", "final_category": "07"}),
        &["/final_unit", "/final_category"],
    );
    check(json!({"outcome": "accepted", "final_unit": "STHJ"}), &["/final_unit"]);
    check(json!({"outcome": "accepted", "settled": "yes"}), &["/settled"]);
    assert_eq!(post(*ADDRESS, "/v1/complaints/c_0/feedback", &json!({"outcome": "accepted"})).status, 404);

    let kept = |body: Value| {
        let reply = give(&body);
        assert_eq!(reply.status, 201, "{body}: {}", reply.body);
        (reply.json(), read(&id))
    };
    let (returned, case) = kept(json!({"outcome": "returned", "reason_code": "area_mismatch", "note": "不在我区"}));
    assert_eq!((&returned["reason_code"], &returned["settled"]), (&json!("area_mismatch"), &json!(false)));
    assert_eq!((&case["final_unit"], &case["status"]), (&Value::Null, &json!("accepted")));
    let (_, case) = kept(json!({"outcome": "reassigned", "reason_code": "duty_mismatch", "final_unit": "STHJ"}));
    assert_eq!(case["final_unit"], Value::Null, "an opinion settles nothing");
    let (edited, case) = kept(json!({"outcome": "edited", "final_unit": "STHJ", "settled": true, "actor": "审核员"}));
    assert_eq!((&edited["final_category"], &edited["actor"]), (&category, &json!("审核员")), "the rest is agreed to");
    assert_eq!((&case["final_unit"], &case["final_category"]), (&json!("STHJ"), &category));
    let (_, case) = kept(json!({"outcome": "accepted", "settled": true}));
    assert_eq!((&case["final_unit"], &case["unit"]["code"]), (&unit, &unit), "a later word counts");
    let told: Vec<_> = case["feedback"].as_array().unwrap().iter().map(|given| given["outcome"].clone()).collect();
    assert_eq!(json!(told), json!(["returned", "reassigned", "edited", "accepted"]));
}

#[test]
fn a_supervision_is_ordered_and_lifted_once() {
    let id = new();
    let path = format!("/v1/complaints/{id}/supervisions");
    let check = |body: Value, named: &[&str]| {
        let reply = post(*ADDRESS, &path, &body);
        assert_eq!((reply.status, pointers(&reply)), (422, named.iter().map(|at| at.to_string()).collect()), "{body}");
    };
    check(json!({}), &["/kind", "/issuer", "/due_at"]);
    check(json!({"kind": "书面", "issuer": "督查室", "due_at": "2999-01-01T00:00:00Z"}), &["/kind"]);
    check(json!({"kind": "written", "issuer": " ", "due_at": "2025-01-01T00:00:00Z"}), &["/due_at", "/issuer"]);
    let order = json!({"kind": "instruction", "issuer": "市政府办公室", "due_at": "2999-01-01T08:00:00+08:00", "note": "限期办结"});
    let before = read(&id)["seq"].clone();
    let reply = post(*ADDRESS, &path, &order);
    assert_eq!(reply.status, 201, "{}", reply.body);
    let standing = reply.json();
    for (field, value) in
        [("kind", "instruction"), ("issuer", "市政府办公室"), ("due_at", "2999-01-01T00:00:00Z"), ("note", "限期办结")]
    {
        assert_eq!(standing[field], value, "{standing}");
    }
    let case = read(&id);
    assert_eq!((&case["supervisions"], case["seq"] != before), (&json!([standing]), true));
    let lift = |supervision: &str| post(*ADDRESS, &format!("{path}/{supervision}/lift"), &json!({"actor": "督办员"}));
    assert_eq!(lift("s_0").status, 404);
    let lifted = lift(standing["id"].as_str().unwrap());
    assert_eq!(lifted.status, 200, "{}", lifted.body);
    assert_eq!(read(&id)["supervisions"], json!([lifted.json()]));
    assert!(lifted.json()["lifted_at"].is_string());
    assert_eq!(lift(standing["id"].as_str().unwrap()).status, 409);
    lead(&id, "declined");
    assert_eq!(post(*ADDRESS, &path, &order).status, 409, "what is over is not supervised");
}

#[test]
fn lists_hold_what_is_late_supervised_and_where_it_stands() {
    let address = start(&[("model", "no/such/folder")]);
    let status = |id: &str, body: Value| {
        let reply = post(address, &format!("/v1/complaints/{id}/status"), &body);
        assert_eq!(reply.status, 200, "{}", reply.body);
    };
    let now = Utc::now();
    let fresh = new_at(address, &now.to_rfc3339());
    let [late, unsigned, suspended, replied, returned] =
        std::array::from_fn(|_| new_at(address, "2025-11-03T09:00:00+08:00"));
    let signed_in_time = new_at(address, &now.to_rfc3339());
    for (id, way) in [
        (&unsigned, "dispatched"),
        (&suspended, "dispatched signed suspended"),
        (&replied, "replied"),
        (&returned, "dispatched returned"),
    ] {
        for to in way.split(' ') {
            let unit = (to == "dispatched").then_some("CGJ");
            let reason = (to != "dispatched").then_some("legacy");
            let at = "2025-11-04T09:00:00+08:00";
            status(id, json!({"status": to, "unit": unit, "reason": reason, "at": at}));
        }
    }
    status(&signed_in_time, json!({"status": "dispatched", "unit": "STHJ"}));
    let order =
        json!({"kind": "special", "issuer": "督查室", "due_at": (now + TimeDelta::milliseconds(1500)).to_rfc3339()});
    let supervised = post(address, &format!("/v1/complaints/{late}/supervisions"), &order).json();
    let order = json!({"kind": "written", "issuer": "督查室", "due_at": "2999-01-01T00:00:00Z"});
    assert_eq!(post(address, &format!("/v1/complaints/{fresh}/supervisions"), &order).status, 201);

    let check = |query: &str, expected: &[&String]| {
        let page = get(address, &format!("/v1/complaints?{query}")).json();
        let items = page["items"].as_array().unwrap_or_else(|| panic!("{query}: {page}"));
        let mut found: Vec<_> = items.iter().map(|item| item["id"].as_str().unwrap()).collect();
        let mut expected: Vec<_> = expected.iter().map(|id| id.as_str()).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{query}");
        let first = get(address, &format!("/v1/complaints?{query}&page_size=1")).json();
        assert_eq!(first["total"], expected.len(), "{query}: {first}");
        for item in items {
            assert!(
                ["steps", "feedback", "supervisions", "next"].iter().all(|field| item.get(field).is_none()),
                "{item}"
            );
        }
    };
    check("overdue=true", &[&late, &unsigned, &returned]);
    check("overdue=false", &[&fresh, &suspended, &replied, &signed_in_time]);
    check("sign_overdue=true", &[&unsigned]);
    check("status=dispatched", &[&unsigned, &signed_in_time]);
    check("status=dispatched&handler=STHJ", &[&signed_in_time]);
    check("handler=CGJ", &[&unsigned, &suspended]);
    check("handler=CGJ&department=CGJ", &[&unsigned, &suspended]);
    check("status=accepted&overdue=true", &[&late]);
    check("supervised=true", &[&late, &fresh]);
    check("supervised=false&overdue=true", &[&unsigned, &returned]);
    check("issue=i_none", &[]);
    while Utc::now() < time(&supervised["due_at"]) {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    check("supervised=overdue", &[&late]);
    let path = format!("/v1/complaints/{late}/supervisions/{}/lift", supervised["id"].as_str().unwrap());
    assert_eq!(post(address, &path, &json!({})).status, 200);
    check("supervised=true", &[&fresh]);
    for query in ["overdue=yes", "status=done", "status=extended", "supervised=1", "handler=NOBODY", "sign_overdue=0"] {
        let reply = get(address, &format!("/v1/complaints?{query}"));
        let named = format!("?{}", query.split_once('=').unwrap().0);
        assert_eq!((reply.status, pointers(&reply)), (422, vec![named]), "{query}");
    }
}
