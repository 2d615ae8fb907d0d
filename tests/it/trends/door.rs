//! Trends through the door: over HTTP and on the command line.

use std::process::Command;

use assert_cmd::assert::OutputAssertExt;
use guikou::store::Store;
use guikou::triage::Triage;
use serde_json::Value;

use super::{ago, case};
use crate::door::{await_status, get, settings, start_with};

/// Twelve weeks: of one category a case a day, and four a day in the last week.
fn kept_in(store: &Store) {
    let mut cases = Vec::new();
    for day in 1..85 {
        let many = if day < 8 { 4 } else { 1 };
        cases.extend((0..many).map(|_| case(ago(day), "0501", Some("樊城区"), "停水两天了")));
        cases.push(case(ago(day), "0101", None, "路灯不亮"));
    }
    store.keep(&cases).unwrap();
}

#[test]
fn each_figure_leads_to_exactly_its_cases_and_every_mistake_is_named() {
    let store = Store::open(None).unwrap();
    kept_in(&store);
    let settings = settings(&[("model", "no/such/folder")]).settings;
    let load = move || Triage::load(&settings.data(), &settings.model()?)?.keeping_in(store);
    let (address, stop, running) = start_with(&[], load);
    await_status(address, "/readyz", 200);
    let asked = |path: &str| {
        let reply = get(address, path);
        assert_eq!(reply.status, 200, "{path}: {}", reply.body);
        reply
    };
    let period = "from=2024-03-11&to=2024-03-17";
    let trends = asked(&format!("/v1/trends?{period}&over=cell")).json();
    let rows = trends["rows"].as_array().unwrap();
    assert_eq!(rows.iter().map(|row| row["kind"].as_str().unwrap()).collect::<Vec<_>>(), ["rising", "chronic"]);
    for row in rows {
        let listed = asked(&format!("{}&page_size=200", row["link"].as_str().unwrap())).json();
        assert_eq!(listed["items"].as_array().unwrap().len() as u64, row["cases"].as_u64().unwrap(), "{row}");
    }
    let csv = asked(&format!("/v1/trends?{period}&format=csv"));
    assert!(csv.header("content-type").unwrap().starts_with("text/csv"));
    assert!(csv.body.contains("趋势,名称,本期件数") && csv.body.contains("上升,"), "{}", csv.body);

    let forecast = asked("/v1/trends/forecast?to=2024-03-17").json();
    assert_eq!((&forecast["too_short"], &forecast["ahead"]["from"]), (&Value::Bool(false), &Value::from("2024-03-18")));
    let names: Vec<_> = forecast["series"].as_array().unwrap().iter().map(|one| one["code"].clone()).collect();
    assert_eq!(names, [Value::Null, Value::from("01"), Value::from("05")]);
    let lamps = &forecast["series"][1];
    assert_eq!(lamps["days"].as_array().unwrap().len(), 7);
    assert!((0.5..1.5).contains(&lamps["days"][0]["expected"].as_f64().unwrap()), "{lamps}");
    assert_eq!(lamps["backtest"]["days"], 56);
    assert!(asked("/v1/trends/forecast?from=2024-03-01&to=2024-03-17").json()["too_short"].as_bool().unwrap());

    let words = asked(&format!("/v1/trends/words?{period}&of=places")).json();
    assert_eq!(words["texts"]["cases"], 35);
    for (path, parameter) in [
        ("/v1/trends?over=street", "?over"),
        ("/v1/trends?kind=rise", "?kind"),
        ("/v1/trends?top=0", "?top"),
        ("/v1/trends?base_days=3", "?base_days"),
        ("/v1/trends/words?over=cell", "?over"),
        ("/v1/trends/words?of=names", "?of"),
        ("/v1/trends/forecast?kind=new", "?kind"),
        ("/v1/trends?from=2999-01-01", "?from"),
    ] {
        let reply = get(address, path);
        assert_eq!(reply.status, 422, "{path}: {}", reply.body);
        assert_eq!(reply.json()["errors"][0]["pointer"], parameter, "{path}");
    }
    stop.send(()).unwrap();
    running.join().unwrap().unwrap();
}

#[test]
fn the_command_line_prints_what_the_interface_answers() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cases.db");
    kept_in(&Store::open(Some(&file)).unwrap());
    let said = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_guikou"));
        command.args(["report", "trends", "--from", "2024-03-11", "--to", "2024-03-17"]).args(arguments);
        command.args(["--store", file.to_str().unwrap()]).env_remove("GUIKOU_CONFIG").env("NO_COLOR", "1");
        String::from_utf8(command.assert().success().get_output().stdout.clone()).unwrap()
    };
    let shown = said(&[]);
    assert!(shown.contains("上升") && shown.contains("本期 3月11日—3月17日"), "{shown}");
    let json: Value = serde_json::from_str(&said(&["--json", "--over", "cell", "--kind", "rising"])).unwrap();
    assert_eq!((&json["rows"][0]["cases"], &json["rows"][0]["base_cases"]), (&28.into(), &28.into()));
    assert!(said(&["--words"]).contains("读 35 件"));
    assert!(said(&["--forecast"]).contains("不足 28 天"));
}
