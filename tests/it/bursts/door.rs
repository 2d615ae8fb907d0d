//! Bursts through the door: what is found in a store, since when, and what early warning makes of it.

use chrono::{DateTime, FixedOffset, Local, TimeDelta};
use guikou::analytics::burst::Options;
use guikou::store::Store;
use guikou::triage::Triage;
use serde_json::{Value, json};

use crate::door::{await_status, get, settings, start_with};
use crate::trends::case;

/// Ten cells with a case every other day, out of step, over so many days before a moment.
fn ordinary(until: DateTime<FixedOffset>, days: i64) -> Vec<guikou::store::NewCase> {
    let cells = ["0702", "0501", "0101", "0602", "0801"].into_iter().flat_map(|c| [(c, "樊城区"), (c, "襄城区")]);
    let cells: Vec<_> = cells.enumerate().collect();
    let told = |day: i64| {
        let mine = cells.iter().filter(move |(n, _)| (day + *n as i64) % 2 == 0);
        mine.map(move |(_, (category, district))| (day, *category, *district))
    };
    let all = (1..days).flat_map(told);
    all.map(|(day, category, district)| {
        let at = until - TimeDelta::days(day) + TimeDelta::minutes(day % 7 * 40);
        case(at, category, Some(district), "路灯不亮")
    })
    .collect()
}

/// So many cases of one cell in the ten hours before a moment, each in its own words: a copied text is nobody new.
fn burst(until: DateTime<FixedOffset>, size: i64) -> Vec<guikou::store::NewCase> {
    let at = |n| until - TimeDelta::minutes(600 * n / size + 1);
    (0..size).map(|n| case(at(n), "0501", Some("樊城区"), &format!("停水{n}个小时了"))).collect()
}

/// Runs a server over the cases; what it answers to each path.
fn answers(cases: &[guikou::store::NewCase], asked: impl FnOnce(std::net::SocketAddr)) {
    let store = Store::open(None).unwrap();
    store.keep(cases).unwrap();
    let settings = settings(&[("model", "no/such/folder")]).settings;
    let load = move || Triage::load(&settings.data(), &settings.model()?)?.keeping_in(store);
    let (address, stop, running) = start_with(&[], load);
    await_status(address, "/readyz", 200);
    asked(address);
    let _ = stop.send(());
    running.join().unwrap().unwrap();
}

fn json_of(address: std::net::SocketAddr, path: &str) -> Value {
    let reply = get(address, path);
    assert_eq!(reply.status, 200, "{path}: {}", reply.body);
    reply.json()
}

/// The first warning of a cell, which must come within seconds.
fn warned(address: std::net::SocketAddr) -> Value {
    let begun = std::time::Instant::now();
    loop {
        let alerts = json_of(address, "/v1/alerts?kind=cell");
        if let Some(alert) = alerts["items"].as_array().unwrap().first() {
            return alert.clone();
        }
        assert!(begun.elapsed().as_secs() < 20, "no warning was raised");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

#[test]
fn the_last_case_of_a_sudden_burst_counts_though_nothing_comes_after_it() {
    answers(&ordinary(Local::now().fixed_offset(), 60), |address| {
        // The watch has looked, and found nothing: what it measured then must not be taken for what is now.
        assert_eq!(json_of(address, "/v1/bursts")["rows"], json!([]));
        std::thread::sleep(std::time::Duration::from_millis(700));
        for n in 0..7 {
            let body = json!({"text": format!("樊城区丹江路停水{n}个小时了，供水公司没人管"), "reporter_key": format!("k{n}")});
            let kept = crate::door::post(address, "/v1/complaints", &body).json();
            let (category, place) = (&kept["suggestion"]["categories"][0], &kept["suggestion"]["location"]);
            assert_eq!((&category["code"], &place["district"]), (&json!("0501"), &json!("樊城区")), "{kept}");
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        assert_eq!(warned(address)["category"], json!("0501"));
    });
}

#[test]
fn a_burst_is_found_with_its_beginning_and_exactly_its_cases_and_a_warning_is_raised() {
    let now = Local::now().fixed_offset();
    let mut cases = ordinary(now, 60);
    cases.extend(burst(now, 12));
    answers(&cases, |address| {
        let bursts = json_of(address, "/v1/bursts");
        assert_eq!((&bursts["method"], &bursts["cells"]), (&json!("negative_binomial"), &json!(10)));
        let rows = bursts["rows"].as_array().unwrap();
        assert_eq!(rows.len(), 1, "{bursts}");
        let row = &rows[0];
        assert_eq!((&row["category"]["code"], &row["district"]), (&json!("0501"), &json!("樊城区")));
        assert!(row["expected"].as_f64().unwrap() < 2.0 && row["z"].as_f64().unwrap() > 3.0, "{row}");
        let since: DateTime<FixedOffset> = row["since"].as_str().unwrap().parse().unwrap();
        assert!((now - since - TimeDelta::hours(10)).abs() <= TimeDelta::hours(2), "{row}");
        let listed = json_of(address, &format!("{}&page_size=200", row["link"].as_str().unwrap()));
        assert_eq!(listed["items"].as_array().unwrap().len() as u64, row["cases"].as_u64().unwrap(), "{row}");
        // As it was known a day before: nothing yet.
        let before = (now - TimeDelta::days(1)).to_rfc3339().replace('+', "%2B");
        assert_eq!(json_of(address, &format!("/v1/bursts?as_of={before}"))["rows"], json!([]));
        let csv = get(address, "/v1/bursts?format=csv").body;
        assert!(csv.contains("分类代码,分类,区县,时间窗") && csv.contains("0501,"), "{csv}");
        let hot = json_of(address, "/v1/hotspots?over=cell&top=1");
        assert_eq!(hot["rows"][0]["category"]["code"], json!("0501"), "{hot}");
        let alert = warned(address);
        assert_eq!((&alert["level"], &alert["category"]), (&json!("yellow"), &json!("0501")), "{alert}");
        assert_eq!(get(address, "/v1/bursts?as_of=never").status, 422);
    });
}

#[test]
fn what_chance_explains_is_no_burst_and_a_short_history_is_judged_by_the_week_before() {
    let now = Local::now().fixed_offset();
    answers(&ordinary(now, 60), |address| {
        assert_eq!(json_of(address, "/v1/bursts")["rows"], json!([]));
        assert_eq!(json_of(address, "/v1/alerts?kind=cell")["items"], json!([]));
    });
    let mut young = ordinary(now, 13);
    young.extend(burst(now, 12));
    answers(&young, |address| {
        let bursts = json_of(address, "/v1/bursts");
        assert_eq!((&bursts["method"], bursts["rows"].as_array().unwrap().len()), (&json!("ears"), 1), "{bursts}");
        assert_eq!((&bursts["rows"][0]["cases"], &bursts["rows"][0]["p"]), (&json!(12), &Value::Null));
    });
    answers(&[], |address| {
        let bursts = json_of(address, "/v1/bursts");
        assert_eq!((&bursts["method"], &bursts["cells"], &bursts["rows"]), (&json!("none"), &json!(0), &json!([])));
    });
    assert_eq!(Options::default().windows, [24, 72], "the windows that the route's description names");
}

#[test]
fn a_week_is_held_against_the_season_of_earlier_years() {
    // Monday noon; winters are busy in this cell, and so is the last week.
    let now: DateTime<FixedOffset> = "2026-02-09T12:00:00+08:00".parse().unwrap();
    let told = |week: i64, many: i64, category: &str| {
        let at = now - TimeDelta::weeks(week) - TimeDelta::days(3);
        (0..many).map(|n| case(at + TimeDelta::minutes(n), category, Some("樊城区"), "暖气不热")).collect::<Vec<_>>()
    };
    let season = |week: i64| if (week + 6) % 52 < 12 { 9 + week % 3 } else { 1 + week % 2 };
    let years = || {
        let of = |week| [told(week, season(week), "0504"), told(week, 1 + week % 2, "0501")];
        (1..3 * 52 + 8).flat_map(of).flatten().chain(told(0, 10, "0504"))
    };
    let ordinary: Vec<_> = years().collect();
    let cases: Vec<_> = years().chain(told(0, 14, "0501")).collect();
    let asked = "/v1/bursts?over=week&as_of=2026-02-09T12:00:00%2B08:00";
    answers(&cases, |address| {
        let bursts = json_of(address, asked);
        assert_eq!(
            (&bursts["method"], bursts["rows"].as_array().unwrap().len()),
            (&json!("farrington"), 1),
            "{bursts}"
        );
        let row = &bursts["rows"][0];
        assert_eq!(
            (&row["category"]["code"], &row["cases"], &row["since"]),
            (&json!("0501"), &json!(14), &json!("2026-02-02T00:00:00+08:00"))
        );
        assert!(row["expected"].as_f64().unwrap() < 3.0 && row["bound"].as_f64().unwrap() < 14.0, "{row}");
        let listed = json_of(address, &format!("{}&page_size=200", row["link"].as_str().unwrap()));
        assert_eq!(listed["items"].as_array().unwrap().len(), 14);
        assert_eq!(json_of(address, "/v1/bursts?over=week&as_of=2024-02-09")["method"], json!("none"));
        assert_eq!(get(address, "/v1/bursts?over=year").status, 422);
    });
    // Ten in a winter's week are what winters are like.
    answers(&ordinary, |address| assert_eq!(json_of(address, asked)["rows"], json!([])));
}
