//! Volumes: every figure with the list of exactly its cases, beside what it was before, whole lines, nothing dropped.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::LazyLock;

use chrono::{DateTime, FixedOffset};
use guikou::analytics::{Dimension, Period};
use guikou::case::Scope;
use guikou::insight::{Breakdown, Ground, Insight, Volumes};
use guikou::store::Store;
use guikou::triage::Triage;
use serde_json::{Value, json};

use crate::backup::new_case;
use crate::door::{Reply, get, post, settings, start_with};

/// The demonstration's days end here.
const NOW: &str = "2026-10-20T20:00:00+08:00";
const DEMO: &str = "from=2026-10-09&to=2026-10-20";

/// Without a model: keywords and rules answer.
fn keywords() -> Triage {
    Triage::load(&settings(&[]).settings.data(), Path::new("no/such/folder")).unwrap()
}

static TRIAGE: LazyLock<Triage> = LazyLock::new(keywords);

/// A server whose cases are twelve days of the demonstration: dispatched, returned, settled otherwise, in groups.
static ADDRESS: LazyLock<SocketAddr> = LazyLock::new(|| {
    let triage = keywords();
    triage.demonstrate(12, time(NOW), |_, _| true).unwrap();
    serving(triage)
});

fn serving(triage: Triage) -> SocketAddr {
    let (address, stop, _) = start_with(&[("model", "no/such/folder")], move || Ok(triage));
    std::mem::forget(stop);
    crate::door::await_status(address, "/readyz", 200);
    address
}

fn time(text: &str) -> DateTime<FixedOffset> {
    let text = if text.len() == 10 { format!("{text}T00:00:00+08:00") } else { text.to_owned() };
    text.parse().unwrap()
}

fn asked(query: &str) -> Value {
    let reply = get(*ADDRESS, &format!("/v1/volumes?{query}"));
    assert_eq!(reply.status, 200, "{query}: {}", reply.body);
    reply.json()
}

fn items<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name].as_array().unwrap_or_else(|| panic!("no {name} in {value}"))
}

/// How many cases a list holds, page by page.
fn listed(address: SocketAddr, link: &str) -> i64 {
    let (mut count, mut cursor) = (0, String::new());
    loop {
        let separator = if link.contains('?') { '&' } else { '?' };
        let reply = get(address, &format!("{link}{separator}page_size=200{cursor}"));
        assert_eq!(reply.status, 200, "{link}: {}", reply.body);
        let page = reply.json();
        count += items(&page, "items").len() as i64;
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return count,
        }
    }
}

/// Every pair of `cases` or `total` with a `link` beside it, however deep.
fn figures(value: &Value, found: &mut Vec<(i64, String)>) {
    match value {
        Value::Object(object) => {
            let cases = object.get("cases").or(object.get("total")).and_then(Value::as_i64);
            let link = object.get("link").and_then(Value::as_str);
            found.extend(cases.zip(link.map(str::to_owned)));
            object.values().for_each(|value| figures(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| figures(item, found)),
        _ => {}
    }
}

#[test]
fn every_figure_leads_to_exactly_its_cases() {
    let mut links: BTreeMap<String, i64> = BTreeMap::new();
    let mut queries: Vec<String> = Dimension::ALL
        .iter()
        .filter(|by| **by != Dimension::Hour)
        .map(|by| format!("{DEMO}&by={}", by.code()))
        .collect();
    queries.extend(
        [
            "from=2026-10-19T08:30:00%2B08:00&to=2026-10-20T18:00:00%2B08:00&by=hour",
            "from=2026-10-14T08:30:00%2B08:00&to=2026-10-20T18:00:00%2B08:00&by=day",
            "from=2026-10-09&to=2026-10-20&by=department&top=3",
            "from=2026-10-09&to=2026-10-20&by=domain,district&top=4",
            "from=2026-10-09&to=2026-10-20&by=domain,category&category=05",
            "from=2026-10-09&to=2026-10-20&by=domain,status&category=0501",
            "from=2026-10-09&to=2026-10-20&by=week,day&district=-",
            "from=2026-10-09&to=2026-10-20&by=channel&category=07",
            "from=2026-10-09&to=2026-10-20&by=category&community=-",
        ]
        .map(str::to_owned),
    );
    for query in &queries {
        let mut found = Vec::new();
        figures(&asked(query), &mut found);
        assert!(found.len() > 1, "{query}");
        for (cases, link) in found {
            assert_eq!(*links.entry(link.clone()).or_insert(cases), cases, "{query}: {link}");
        }
    }
    assert!(links.len() > 300 && links.keys().any(|link| link.contains("=-")), "{}", links.len());
    for (link, cases) in &links {
        assert_eq!(listed(*ADDRESS, link), *cases, "{link}");
    }
}

/// A store of cases received at these times, in memory, asked about what is given.
fn counted(received: &[&str], asked: &Breakdown) -> Volumes {
    let store = Store::open(None).unwrap();
    for (n, at) in received.iter().enumerate() {
        let mut case = new_case(&format!("V-{n}"));
        case.received_at = time(at);
        store.keep(&[case]).unwrap();
    }
    of(&store, asked)
}

fn of(store: &Store, asked: &Breakdown) -> Volumes {
    let (taxonomy, deadlines, reader) = (TRIAGE.taxonomy(), TRIAGE.deadlines(), TRIAGE.reader());
    Insight::default().volumes(Ground { store, taxonomy, deadlines, reader }, asked).unwrap()
}

fn breakdown(from: &str, to: &str, by: Dimension, now: &str) -> Breakdown {
    let period = Period::new(time(from), time(to)).unwrap();
    Breakdown { scope: Scope::default(), period, by, across: None, top: None, now: time(now), until: None }
}

fn rows(volumes: &Volumes) -> Vec<(&str, i64)> {
    volumes.rows.iter().map(|row| (row.code.as_deref().unwrap_or("rest"), row.cases)).collect()
}

#[test]
fn days_begin_at_midnight_of_the_hotline_and_empty_ones_are_given() {
    let received = [
        "2024-02-28T23:59:59.999+08:00",
        "2024-02-29T00:00:00+08:00",
        // Still the 29th there, the 1st here; and the other way round.
        "2024-02-29T16:00:00Z",
        "2024-02-29T15:59:59.999Z",
        "2024-03-31T23:59:59+08:00",
    ];
    let now = "2024-06-01";
    let days = counted(&received, &breakdown("2024-02-27", "2024-03-03", Dimension::Day, now));
    let expected = [("2024-02-27", 0), ("2024-02-28", 1), ("2024-02-29", 2), ("2024-03-01", 1), ("2024-03-02", 0)];
    assert_eq!((rows(&days), days.total), (expected.to_vec(), 4));
    let months = counted(&received, &breakdown("2024-01-01", "2024-05-01", Dimension::Month, now));
    assert_eq!(rows(&months), [("2024-01", 0), ("2024-02", 3), ("2024-03", 2), ("2024-04", 0)]);
    // Monday 26 February to Sunday 3 March; the last week is cut off by the period.
    let weeks = counted(&received, &breakdown("2024-02-26", "2024-03-06", Dimension::Week, now));
    assert_eq!(rows(&weeks), [("2024-02-26", 4), ("2024-03-04", 0)]);
    assert_eq!(weeks.rows.iter().map(|row| row.partial).collect::<Vec<_>>(), [Some(false), Some(true)]);
    let hours =
        counted(&received, &breakdown("2024-02-28T22:00:00+08:00", "2024-02-29T02:00:00+08:00", Dimension::Hour, now));
    let expected = [("2024-02-28T22", 0), ("2024-02-28T23", 1), ("2024-02-29T00", 1), ("2024-02-29T01", 0)];
    assert_eq!(rows(&hours), expected);
    let weekdays = counted(&received, &breakdown("2024-02-26", "2024-03-04", Dimension::Weekday, now));
    assert_eq!(weekdays.rows.iter().map(|row| row.cases).collect::<Vec<_>>(), [0, 0, 1, 2, 1, 0, 0]);
    assert!(weekdays.rows.iter().all(|row| row.link.is_none()) && weekdays.rows[2].name == "周三");
    let of_day = counted(&received, &breakdown("2024-02-26", "2024-03-04", Dimension::HourOfDay, now));
    assert_eq!((of_day.rows.len(), of_day.rows[0].cases, of_day.rows[23].cases), (24, 2, 2));
}

#[test]
fn a_store_without_cases_and_one_with_a_single_case_have_figures() {
    for by in Dimension::ALL {
        let asked = breakdown("2026-11-23", "2026-11-24", by, "2026-11-25");
        let none = counted(&[], &asked);
        assert_eq!((none.total, none.people), (0, 0), "{by:?}");
        assert!(
            none.rows.iter().all(|row| row.cases == 0 && row.share == 0.0) && none.table().rows.len() > none.rows.len()
        );
        assert_eq!(none.rows.is_empty(), !by.is_time(), "{by:?}");
        let one = counted(&["2026-11-23T08:12:00+08:00"], &asked);
        let told: Vec<_> = one.rows.iter().filter(|row| row.cases > 0).collect();
        assert_eq!((told.len(), told[0].cases, told[0].people, told[0].share), (1, 1, 1, 1.0), "{by:?}");
        assert!(one.rows.iter().all(|row| row.previous.as_ref().is_none_or(|base| base.change.is_none())));
    }
}

/// `count` cases spread over the hours from a moment on.
fn burst(from: &str, count: i64) -> Vec<String> {
    (0..count).map(|n| (time(from) + chrono::TimeDelta::minutes(10 * n)).to_rfc3339()).collect()
}

fn spread(parts: &[(&str, i64)]) -> Vec<String> {
    parts.iter().flat_map(|(from, count)| burst(from, *count)).collect()
}

fn as_given(times: &[String]) -> Vec<&str> {
    times.iter().map(String::as_str).collect()
}

#[test]
fn a_period_is_compared_with_the_one_before_and_the_same_of_the_year_before() {
    let received = spread(&[("2026-03-10", 30), ("2026-02-10", 20), ("2025-03-10", 24), ("2026-01-10", 19)]);
    let march =
        counted(&as_given(&received), &breakdown("2026-03-01", "2026-04-01", Dimension::Category, "2026-06-01"));
    let (previous, year) = (march.previous.as_ref().unwrap(), march.year_before.as_ref().unwrap());
    assert_eq!((march.total, previous.cases, year.cases), (30, 20, 24));
    assert_eq!((previous.change, year.change), (Some(0.5), Some(0.25)));
    assert_eq!((previous.from, previous.to), (time("2026-02-01"), time("2026-03-01")));
    assert_eq!((year.from, year.to, march.partial), (time("2025-03-01"), time("2025-04-01"), false));
    let row = &march.rows[0];
    assert_eq!(row.previous.as_ref().map(|base| (base.cases, base.change)), Some((20, Some(0.5))));
    // 19 cases are no base.
    let february =
        counted(&as_given(&received), &breakdown("2026-02-01", "2026-03-01", Dimension::Month, "2026-06-01"));
    assert_eq!(february.previous.as_ref().map(|base| (base.cases, base.change)), Some((19, None)));
    assert_eq!(february.rows[0].previous.as_ref().map(|base| (base.cases, base.change)), Some((19, None)));
    let told = february.table();
    assert_eq!(told.rows[0].iter().map(|cell| cell.text()).collect::<Vec<_>>()[4..9], ["1", "19", "", "0", ""]);
    // Holidays of either are named; the calendar knows 2025 and 2026 only.
    assert_eq!(previous.holidays.as_deref(), Some(&["春节".to_owned()][..]));
    assert_eq!(march.holidays.as_deref(), Some(&[][..]));
    let february = counted(&[], &breakdown("2025-02-01", "2025-03-01", Dimension::Day, "2026-06-01"));
    assert_eq!((february.year_before.unwrap().holidays, february.holidays), (None, Some(vec!["春节".to_owned()])));
}

#[test]
fn each_day_says_what_it_is_to_people() {
    let told = asked("by=day&from=2026-09-30&to=2026-10-10");
    let days: Vec<&Value> = items(&told, "rows").iter().map(|row| &row["day"]).collect();
    for (at, kind, holiday) in [
        (0, "workday", Value::Null),
        (1, "holiday", "国庆节".into()),
        (3, "holiday", "国庆节".into()),
        (7, "holiday", "国庆节".into()),
        (8, "workday", Value::Null),
        (10, "made_up", "国庆节".into()),
    ] {
        assert_eq!((&days[at]["kind"], &days[at]["holiday"]), (&kind.into(), &holiday), "{at}");
    }
    assert_eq!(items(&asked("by=day&from=2026-11-28&to=2026-11-28"), "rows")[0]["day"]["kind"], "weekend");
    assert!(items(&asked("by=week&from=2026-09-30&to=2026-10-10"), "rows")[0].get("day").is_none());
    let csv = get(*ADDRESS, "/v1/volumes?by=day&from=2026-10-01&to=2026-10-10&format=csv").body;
    assert!(csv.contains("国庆节放假") && csv.contains("国庆节调休上班"), "{csv}");
    let coming = get(*ADDRESS, "/v1/trends/forecast").json();
    let days = coming["series"].as_array().unwrap().iter().flat_map(|one| one["days"].as_array().unwrap());
    assert!(days.clone().all(|day| day["kind"].is_string() && day.get("holiday").is_some()), "{coming}");
}

#[test]
fn a_period_that_still_runs_is_compared_with_the_same_stretch() {
    // At half past nine on the 10th: what came in later on the 10th of February is not compared with.
    let received = spread(&[
        ("2026-03-10T01:00:00+08:00", 30),
        ("2026-02-10T01:00:00+08:00", 40),
        ("2026-02-10T09:30:00+08:00", 50),
    ]);
    let now = "2026-03-10T09:30:00+08:00";
    let march = counted(&as_given(&received), &breakdown("2026-03-01", "2026-04-01", Dimension::District, now));
    let base = march.previous.as_ref().unwrap();
    assert_eq!((march.total, march.partial, base.cases, base.change), (30, true, 40, Some(-0.25)));
    assert_eq!((base.from, base.to), (time("2026-02-01"), time("2026-02-10T09:30:00+08:00")));
    assert_eq!(march.rows[0].previous.as_ref().map(|base| base.cases), Some(40));
    assert!(march.table().rows.last().unwrap()[9].text().contains("本期未完"));
    let months = counted(&as_given(&received), &breakdown("2026-02-01", "2026-04-01", Dimension::Month, now));
    let told: Vec<_> =
        months.rows.iter().map(|row| (row.cases, row.partial, row.previous.as_ref().unwrap().cases)).collect();
    assert_eq!(told, [(90, Some(false), 0), (30, Some(true), 40)]);
    // What has not begun is compared with nothing.
    let april = counted(&as_given(&received), &breakdown("2026-04-01", "2026-05-01", Dimension::Month, now));
    assert_eq!((april.previous, april.rows[0].previous.clone(), april.partial), (None, None, true));
}

#[test]
fn the_top_is_given_and_the_rest_is_one_row() {
    let whole = asked(&format!("{DEMO}&by=category"));
    let top = asked(&format!("{DEMO}&by=category&top=3"));
    let (whole, top) = (items(&whole, "rows"), items(&top, "rows"));
    assert_eq!(whole[..3], top[..3]);
    let rest = &top[3];
    assert_eq!(
        (&rest["name"], &rest["code"], &rest["link"], top.len()),
        (&json!("其余"), &Value::Null, &Value::Null, 4)
    );
    let sum = |rows: &[Value], of: &str| rows.iter().map(|row| row[of].as_i64().unwrap()).sum::<i64>();
    assert_eq!(rest["cases"].as_i64(), Some(sum(&whole[3..], "cases")));
    let base = |rows: &[Value]| rows.iter().map(|row| row["previous"]["cases"].as_i64().unwrap()).sum::<i64>();
    assert_eq!(base(&top[3..]), base(&whole[3..]));
    assert!(rest["people"].as_i64() <= Some(sum(&whole[3..], "people")) && rest["people"].as_i64() > Some(0));
    // What lacks a value is a row of its own, the last, whatever the top.
    let communities = asked(&format!("{DEMO}&by=community&top=1"));
    let last = items(&communities, "rows").last().unwrap();
    assert_eq!((&last["code"], &last["name"], last["link"].is_string()), (&json!("-"), &json!("未读出"), true));
}

#[test]
fn a_pivot_has_margins_that_are_the_plain_figures() {
    let pivot = asked(&format!("{DEMO}&by=day,domain&top=4"));
    let (days, domains) = (asked(&format!("{DEMO}&by=day")), asked(&format!("{DEMO}&by=domain&top=4")));
    let figures = |rows: &[Value]| -> Vec<Value> {
        rows.iter().map(|row| json!([row["code"], row["name"], row["cases"], row["people"], row["link"]])).collect()
    };
    assert_eq!(figures(items(&pivot, "rows")), figures(items(&days, "rows")));
    assert_eq!(figures(items(&pivot, "columns")), figures(items(&domains, "rows")));
    let cell = |row: &Value, at: usize| row["cells"][at]["cases"].as_i64().unwrap();
    for row in items(&pivot, "rows") {
        let width = items(row, "cells").len();
        assert_eq!((0..width).map(|at| cell(row, at)).sum::<i64>(), row["cases"].as_i64().unwrap());
    }
    for (at, column) in items(&pivot, "columns").iter().enumerate() {
        let sum: i64 = items(&pivot, "rows").iter().map(|row| cell(row, at)).sum();
        assert_eq!(Some(sum), column["cases"].as_i64());
    }
    let csv = get(*ADDRESS, &format!("/v1/volumes?{DEMO}&by=district,domain&format=csv")).body;
    let lines: Vec<&str> = csv.trim_start_matches('\u{feff}').lines().collect();
    let plain = asked(&format!("{DEMO}&by=district,domain"));
    assert!(lines[0].starts_with("代码,区县,件数,") && lines.len() == items(&plain, "rows").len() + 2, "{csv}");
    assert!(lines.last().unwrap().starts_with(&format!(",合计,{},", plain["total"])), "{csv}");
}

#[test]
fn what_was_settled_and_who_has_it_counts() {
    let plain = asked(&format!("{DEMO}&by=department"));
    let mut recount: BTreeMap<String, i64> = BTreeMap::new();
    let mut cursor = String::new();
    loop {
        let page = get(*ADDRESS, &format!("/v1/complaints?{DEMO_TIMES}&page_size=200{cursor}")).json();
        for case in items(&page, "items") {
            let held = [&case["final_unit"], &case["handler"], &case["unit"]["code"]];
            let unit = held.iter().find_map(|unit| unit.as_str()).unwrap_or("-");
            *recount.entry(unit.to_owned()).or_default() += 1;
        }
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    let told: BTreeMap<String, i64> = items(&plain, "rows")
        .iter()
        .map(|row| (row["code"].as_str().unwrap().to_owned(), row["cases"].as_i64().unwrap()))
        .collect();
    assert_eq!(told, recount);
    assert_eq!(plain["total"].as_i64(), Some(recount.values().sum()));
}

/// [`DEMO`] as moments: the list takes dates for days of the machine.
const DEMO_TIMES: &str = "from=2026-10-09T00:00:00%2B08:00&to=2026-10-21T00:00:00%2B08:00";

#[test]
fn a_query_in_another_offset_asks_for_the_same() {
    let mut here = asked(&format!("{DEMO}&by=day"));
    let mut there = asked("from=2026-10-08T16:00:00Z&to=2026-10-21T01:00:00%2B09:00&by=day");
    let strip =
        |value: &mut Value| value["rows"].as_array_mut().unwrap().iter_mut().for_each(|row| row["link"] = Value::Null);
    [&mut here, &mut there].into_iter().for_each(strip);
    assert_eq!(here, there);
}

#[test]
fn a_new_case_and_a_changed_one_are_in_the_next_answer() {
    let address = serving(keywords());
    let today = || get(address, "/v1/volumes?by=status").json();
    let told = |answer: &Value| -> BTreeMap<String, i64> {
        items(answer, "rows").iter().map(|row| (row["code"].to_string(), row["cases"].as_i64().unwrap())).collect()
    };
    assert_eq!(today()["total"], json!(0));
    let kept = post(
        address,
        "/v1/complaints",
        &json!({"text": "樊城区长虹路路灯不亮", "channel": " 电话 ", "explain": false}),
    );
    assert_eq!(kept.status, 201, "{}", kept.body);
    assert_eq!(told(&today()), BTreeMap::from([("\"accepted\"".to_owned(), 1)]), "the usual period ends with today");
    let id = kept.json()["id"].as_str().unwrap().to_owned();
    let step = post(address, &format!("/v1/complaints/{id}/status"), &json!({"status": "dispatched"}));
    assert_eq!(step.status, 200, "{}", step.body);
    assert_eq!(told(&today()), BTreeMap::from([("\"dispatched\"".to_owned(), 1)]));
    // Blanks and a dash are no channel, whoever writes them.
    for channel in ["-", "", "  ", "电话"] {
        post(address, "/v1/complaints", &json!({"text": "路灯不亮", "channel": channel, "explain": false}));
    }
    let channels = get(address, "/v1/volumes?by=channel").json();
    let found: Vec<_> =
        items(&channels, "rows").iter().map(|row| (row["code"].clone(), row["cases"].clone())).collect();
    assert_eq!(found, [(json!("电话"), json!(2)), (json!("-"), json!(3))]);
    for row in items(&channels, "rows") {
        assert_eq!(Some(listed(address, row["link"].as_str().unwrap())), row["cases"].as_i64());
    }
}

#[test]
fn what_cannot_be_counted_is_told() {
    let check = |query: &str, named: &[&str]| {
        let reply: Reply = get(*ADDRESS, &format!("/v1/volumes?{query}"));
        let problem = reply.json();
        assert_eq!(reply.status, 422, "{query}: {problem}");
        let pointers: Vec<&str> =
            items(&problem, "errors").iter().map(|flaw| flaw["pointer"].as_str().unwrap()).collect();
        assert_eq!(pointers, named, "{query}");
    };
    check("by=colour", &["?by"]);
    check("by=day,domain,district", &["?by"]);
    check("by=day,day", &["?by"]);
    check("by=day&top=3", &["?top"]);
    check("top=0", &["?top"]);
    check("from=2026-11-02&to=2026-11-01T00:00:00%2B08:00", &["?to"]);
    check("from=2026-11-01T00:00:00Z&to=2026-11-01T00:00:00Z", &["?to"]);
    check("category=8899&department=XXX&urgency=odd", &["?category", "?department", "?urgency"]);
    check("by=hour&from=2020-01-01&to=2026-01-01", &["?by"]);
    check("format=pdf&colour=red", &["?format", "?colour"]);
}

#[test]
fn the_terminal_shows_what_the_answer_says() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cases.db");
    let store = Store::open(Some(&file)).unwrap();
    for (n, district) in [Some("樊城区"), Some("樊城区"), Some("襄城区"), None].iter().enumerate() {
        let mut case = new_case(&format!("T-{n}"));
        if let Some(location) = case.suggestion.location.as_mut() {
            location.district = district.map(str::to_owned);
        }
        store.keep(&[case]).unwrap();
    }
    drop(store);
    let file = file.to_str().unwrap();
    let volumes = ["report", "volumes", "--store", file, "--from", "2026-11-23", "--to", "2026-11-23"];
    let said = crate::backup::said(&[&volumes[..], &["--by", "district"]].concat(), 0);
    let lines: Vec<Vec<&str>> = said.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0][..5], ["代码", "区县", "件数", "人数", "占比"]);
    assert_eq!(lines[1][..6], ["樊城区", "樊城区", "2", "2", "50.00%", "0"]);
    assert_eq!(lines[1][6], "—");
    assert_eq!((lines[3][..3].to_vec(), lines[4][..3].to_vec()), (vec!["-", "未读出", "1"], vec!["合计", "4", "4"]));
    let told: Value =
        serde_json::from_str(&crate::backup::said(&[&volumes[..], &["--by", "district", "--json"]].concat(), 0))
            .unwrap();
    assert_eq!((&told["total"], &told["rows"][0]["cases"]), (&json!(4), &json!(2)));
    let out = folder.path().join("诉求量.csv");
    crate::backup::said(&[&volumes[..], &["--by", "district,weekday", "--out", out.to_str().unwrap()]].concat(), 0);
    let csv = std::fs::read_to_string(&out).unwrap();
    assert!(csv.contains("代码,区县,件数,周一,周二") && csv.contains("樊城区,樊城区,2,2,0"), "{csv}");
    let refused = crate::backup::said(&[&volumes[..], &["--by", "colour"]].concat(), 1);
    assert!(refused.contains("?by"), "{refused}");
    let taken: BTreeSet<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!taken.iter().any(|name| name.to_string_lossy().ends_with(".part")));
}
