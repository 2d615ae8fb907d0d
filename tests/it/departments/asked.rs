//! What is asked over HTTP and on the command line: one unit, supervisions, files, and what is refused.

use std::net::SocketAddr;
use std::sync::LazyLock;

use guikou::insight::Insight;
use guikou::store::{Filter, Seek, Store, SupervisionFilter, SupervisionState, newest_first};
use guikou::triage::Triage;
use serde_json::{Value, json};

use super::{ADDRESS, NOW, TRIAGE, ground, keywords, november, time};
use crate::door::{get, post, start};

static OPEN: LazyLock<SocketAddr> = LazyLock::new(|| start(&[("model", "no/such/folder")]));

fn pointers(problem: &Value) -> Vec<&str> {
    problem["errors"].as_array().unwrap().iter().map(|flaw| flaw["pointer"].as_str().unwrap()).collect()
}

#[test]
fn a_follow_up_says_whether_it_is_resolved() {
    let text = json!({"text": super::TEXT, "received_at": "2025-11-03T09:00:00+08:00", "explain": false});
    let id = post(*OPEN, "/v1/complaints", &text).json()["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/complaints/{id}/status");
    let refused = post(*OPEN, &path, &json!({"status": "replied", "resolved": true}));
    assert_eq!((refused.status, pointers(&refused.json())), (422, vec!["/resolved"]));
    let wrong = post(*OPEN, &path, &json!({"status": "replied", "resolved": "yes"}));
    assert_eq!((wrong.status, pointers(&wrong.json())), (422, vec!["/resolved"]));
    assert_eq!(post(*OPEN, &path, &json!({"status": "replied"})).status, 200);
    let said = json!({"status": "followed_up", "satisfied": "unsatisfied", "resolved": false});
    let case = post(*OPEN, &path, &said).json();
    let steps = case["steps"].as_array().unwrap();
    let told: Vec<&Value> = steps.iter().map(|step| &step["resolved"]).collect();
    assert_eq!(told, [&Value::Null, &Value::Null, &json!(false)]);
    let rows = get(*OPEN, "/v1/complaints?format=jsonl&resolved=false").body;
    let row: Value = serde_json::from_str(rows.lines().next().unwrap()).unwrap();
    assert_eq!((&row["satisfied"], &row["resolved"]), (&json!("unsatisfied"), &json!(false)));
}

#[test]
fn a_unit_is_told_by_category_with_its_returns_and_supervisions() {
    let insight = Insight::default();
    let report = insight.department(ground(&TRIAGE), "CGJ", &november(&TRIAGE), time(NOW)).unwrap();
    let whole = insight
        .departments(ground(&TRIAGE), &november(&TRIAGE), guikou::insight::DepartmentGroup::Unit, time(NOW))
        .unwrap();
    assert_eq!(Some(&report.figures), whole.rows.iter().find(|row| row.code == "CGJ"));
    let categories: Vec<_> = report.categories.iter().map(|row| (row.assigned.cases, row.returned.cases)).collect();
    assert_eq!((categories, report.overdue.cases), (vec![(8, 3)], 2));
    assert!(report.categories[0].name.contains('/'), "{}", report.categories[0].name);
    let returns: Vec<_> = report.returns.iter().map(|one| (one.name.as_str(), one.cases)).collect();
    assert_eq!(returns, [("职责不符", 3)]);
    let told: Vec<_> =
        report.supervisions.iter().map(|one| (one.reference.as_deref().unwrap(), one.days_left)).collect();
    assert_eq!(told, [("c04", Some(0)), ("c05", Some(2))]);
    for (path, status) in [("CGJ", 200), ("JYJ", 200), ("NOBODY", 404), ("CGJ?unit=CGJ", 422)] {
        assert_eq!(get(*ADDRESS, &format!("/v1/departments/{path}")).status, status, "{path}");
    }
}

#[test]
fn supervisions_are_listed_by_deadline_and_counted_by_unit() {
    let insight = Insight::default();
    let list = |state: Option<SupervisionState>, unit: Option<&str>, after, most| {
        let filter = SupervisionFilter { state, unit: unit.map(str::to_owned), now: time(NOW).to_utc() };
        insight.supervisions(ground(&TRIAGE), &filter, after, most, time(NOW)).unwrap()
    };
    let told = |state, unit| {
        let items = list(state, unit, None, 50).items;
        items.into_iter().map(|one| one.reference.unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(told(None, None), ["c04", "c05", "c06"]);
    assert_eq!(told(Some(SupervisionState::Standing), None), ["c04", "c05"]);
    assert_eq!(told(Some(SupervisionState::Overdue), Some("CGJ")), ["c04"]);
    assert_eq!(told(Some(SupervisionState::Lifted), None), ["c06"]);
    assert!(told(None, Some("STHJ")).is_empty());
    let all = list(None, None, None, 50);
    let days: Vec<_> = all.items.iter().map(|one| (one.days_left, one.overdue)).collect();
    // Due at ten on the day, which is noon: late, though no day is.
    assert_eq!(days, [(Some(0), true), (Some(2), false), (None, false)]);
    assert!(all.items.iter().all(|one| one.issuer.starts_with("督查室") && !one.issuer.contains("1391234")));
    let units: Vec<_> = all.units.iter().map(|one| (one.code.as_str(), one.standing, one.overdue)).collect();
    assert_eq!(units, [("CGJ", 2, 1)]);
    let first = list(None, None, None, 2);
    let (due, place) = first.next_cursor.as_deref().unwrap().split_once('.').unwrap();
    let rest = list(None, None, Some((due.parse().unwrap(), place.parse().unwrap())), 2);
    assert_eq!((rest.items[0].reference.as_deref(), rest.next_cursor), (Some("c06"), None));
    assert!(list(None, None, None, 2).whole().is_err(), "no file with a part of them");

    let page = get(*ADDRESS, "/v1/supervisions?page_size=1").json();
    let next = format!("/v1/supervisions?page_size=2&cursor={}", page["next_cursor"].as_str().unwrap());
    let next = get(*ADDRESS, &next).json();
    let references: Vec<_> = next["items"].as_array().unwrap().iter().map(|one| one["reference"].clone()).collect();
    assert_eq!(references, [json!("c05"), json!("c06")]);
    assert_eq!(get(*ADDRESS, page["items"][0]["link"].as_str().unwrap()).json()["reference"], "c04");
    let file = get(*ADDRESS, "/v1/supervisions?state=lifted&format=csv").body;
    assert!(file.starts_with('\u{feff}') && file.lines().count() == 2 && file.contains("批示督办"), "{file}");
}

#[test]
fn what_is_not_understood_is_named() {
    for (path, named) in [
        ("departments?group=size", "?group"),
        ("departments?edition=secret", "?edition"),
        ("departments?month=2025-13", "?month"),
        ("departments?month=2025-11&from=2025-11-01", "?from"),
        ("departments?units=CGJ", "?units"),
        ("departments?edition=public&from=2025-11-01", "?from"),
        ("departments?edition=public&district=%E6%A8%8A%E5%9F%8E%E5%8C%BA", "?district"),
        ("departments?edition=public&month=2999-01", "?month"),
        ("supervisions?state=late", "?state"),
        ("supervisions?unit=NOBODY", "?unit"),
        ("supervisions?format=csv&page_size=5", "?page_size"),
        ("complaints?answered=soon", "?answered"),
        ("complaints?signed=in_time,never", "?signed"),
        ("complaints?satisfied=satisfied,", "?satisfied"),
        ("complaints?return_reason=duplicate,legacy", "?return_reason"),
        ("complaints?redone=1", "?redone"),
    ] {
        let reply = get(*ADDRESS, &format!("/v1/{path}"));
        assert_eq!((reply.status, pointers(&reply.json())), (422, vec![named]), "{path}");
    }
}

#[test]
fn figures_go_out_as_tables_and_on_the_command_line() {
    let csv = get(*ADDRESS, "/v1/departments?month=2025-11&format=csv");
    let lines: Vec<&str> = csv.body.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!((lines.len(), lines[0].split(',').count()), (7, 3 + 25 + 20), "{}", csv.body);
    assert!(
        lines[0].starts_with("代码,名称,单位性质,承办件,") && lines[6].starts_with("total,合计,,15,"),
        "{}",
        csv.body
    );
    for format in ["xlsx", "parquet", "jsonl"] {
        let path = format!("/v1/departments/CGJ?format={format}");
        let mut stream = crate::door::begin(*ADDRESS, "GET", &path, &[], 0);
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut stream, &mut bytes).unwrap();
        assert!(bytes.starts_with(b"HTTP/1.1 200") && bytes.len() > 300, "{format}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cases.db");
    let triage: Triage = keywords().keeping_in(Store::open(Some(&file)).unwrap()).unwrap();
    super::fill(&triage, false, |_| {});
    assert_eq!(triage.store().list(&Filter::default(), &Seek::first(newest_first()), 200).unwrap().items.len(), 21);
    drop(triage);
    let report = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_guikou"));
        command.args(["report", "--store"]).arg(&file).args(arguments).env_remove("GUIKOU_CONFIG").env("NO_COLOR", "1");
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let told = report(&["departments", "--month", "2025-11", "--group", "level"]);
    assert!(told.contains("政府部门") && told.contains("合计") && told.lines().count() == 6, "{told}");
    assert!(told.contains("满意率") && !told.contains("基本满意"), "what fits a terminal: {told}");
    let public: Value =
        serde_json::from_str(&report(&["departments", "--public", "--month", "2025-11", "--json"])).unwrap();
    assert_eq!((&public["month"], public.get("rows").is_some()), (&json!("2025-11"), true));
    let watched = report(&["supervisions", "--state", "standing"]);
    assert!(watched.lines().count() == 3 && watched.contains("专项督办"), "{watched}");
}
