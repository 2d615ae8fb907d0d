//! Trends: what is new, rises, falls, follows the season or goes on; which words and places come up; the days ahead.

mod door;
mod forecast;
mod kinds;
mod words;

use std::path::Path;
use std::sync::LazyLock;

use chrono::{DateTime, FixedOffset, TimeDelta};
use guikou::case::{CategoryScore, Decision, Location, LocationSource, NamedScore, Suggestion, Urgency, Versions};
use guikou::deadline::Deadlines;
use guikou::insight::Ground;
use guikou::store::{NewCase, Store};
use guikou::taxonomy::Taxonomy;
use guikou::text::Reader;

/// A Monday after a leap day. No calendar is known of that year: Monday to Friday are worked.
const NOW: &str = "2024-03-18T10:00:00+08:00";

static TAXONOMY: LazyLock<Taxonomy> = LazyLock::new(|| Taxonomy::load(Path::new("data")).unwrap());
static DEADLINES: LazyLock<Deadlines> = LazyLock::new(|| Deadlines::load(Path::new("data"), &TAXONOMY).unwrap());
static READER: LazyLock<Reader> = LazyLock::new(|| Reader::load(Path::new("data")).unwrap());

fn ground(store: &Store) -> Ground<'_> {
    Ground { store, taxonomy: &TAXONOMY, deadlines: &DEADLINES, reader: &READER }
}

fn time(text: &str) -> DateTime<FixedOffset> {
    text.parse().unwrap()
}

/// Noon, so many days before the day of [`NOW`].
fn ago(days: i64) -> DateTime<FixedOffset> {
    time("2024-03-18T12:00:00+08:00") - TimeDelta::days(days)
}

/// A case as it is kept, without a model having looked at it.
pub fn case(at: DateTime<FixedOffset>, category: &str, district: Option<&str>, text: &str) -> NewCase {
    let location = district.map(|district| Location {
        district: Some(district.to_owned()),
        area_code: None,
        street: None,
        community: None,
        place: None,
        source: LocationSource::Stated,
        start: None,
        end: None,
    });
    NewCase {
        reference: None,
        title: None,
        text: text.to_owned(),
        channel: None,
        received_at: at,
        occurred_at: None,
        created_at: at,
        subject_type: None,
        reporter_key: None,
        location: None,
        suggestion: suggestion(category, location),
    }
}

fn suggestion(category: &str, location: Option<Location>) -> Suggestion {
    let scored =
        CategoryScore { code: category.to_owned(), name: String::new(), path: String::new(), probability: 1.0 };
    Suggestion {
        reference: None,
        decision: Decision::Manual,
        decision_reason: String::new(),
        petition_types: vec![NamedScore { code: "complaint".to_owned(), name: String::new(), probability: 1.0 }],
        categories: vec![scored],
        assignment: Vec::new(),
        location,
        urgency: Urgency { level: "normal".to_owned(), name: String::new(), probability: 1.0 },
        flags: Vec::new(),
        multi_issue: Vec::new(),
        ask: Vec::new(),
        keywords: Vec::new(),
        masked: Vec::new(),
        duplicates: Vec::new(),
        issue: None,
        due_at: None,
        versions: Versions { model: String::new(), taxonomy: String::new(), rules: String::new() },
        degraded: false,
        latency_ms: 0.0,
    }
}

/// A store in memory that has these cases, kept so many at once.
fn store_of(cases: &[NewCase], at_once: usize) -> Store {
    let store = Store::open(None).unwrap();
    cases.chunks(at_once).for_each(|some| drop(store.keep(some).unwrap()));
    store
}
