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
