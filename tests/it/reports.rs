//! Operation reports: every number is found again by its citation, the same input gives the same bytes, the public edition
//! gives nothing away, and the files open.

mod files;
mod public;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use chrono::{DateTime, FixedOffset};
use guikou::case::Scope;
use guikou::case::document::{Block, Document, Edition};
use guikou::deadline::Deadlines;
use guikou::insight::{Ground, Insight, ReportAsked, ReportKind};
use guikou::store::Store;
use guikou::taxonomy::Taxonomy;
use guikou::text::Reader;
use guikou::triage::Triage;
use serde_json::{Value, json};

use crate::door::{get, post, settings, start_with};
use crate::duplicates::{SMOKE, folder};

/// The demonstration's days end here, a Tuesday in the hotline's clock.
pub const NOW: &str = "2026-11-03T20:00:00+08:00";
pub const DAYS: u32 = 40;

pub fn time(text: &str) -> DateTime<FixedOffset> {
    text.parse().unwrap()
}

/// A store that a server has open, and the same store as the command line reads it beside.
pub struct House {
    pub address: SocketAddr,
    pub path: PathBuf,
    pub store: Store,
    taxonomy: Taxonomy,
    deadlines: Deadlines,
    reader: Reader,
    insight: Insight,
    _folder: tempfile::TempDir,
}

impl House {
    /// With so many days of the demonstration.
    pub fn new(days: u32) -> Self {
        let kept_in = tempfile::tempdir().unwrap();
        let (path, data) = (kept_in.path().join("cases.db"), settings(&[]).settings.data());
        let kept = path.clone();
        let with = |model: &Path| {
            let store = Store::open(Some(&kept)).unwrap();
            Triage::load(&data, model).unwrap().keeping_in(store).unwrap()
        };
        if days > 0 {
            // Keywords are quick; groups come with vectors.
            with(Path::new("no/such/folder")).demonstrate(days, time(NOW), |_, _| true).unwrap();
        }
        let triage = with(folder());
        let set = [("model", "no/such/folder"), ("http.answer_timeout_seconds", "300")];
        let (address, stop, _) = start_with(&set, move || Ok(triage));
        std::mem::forget(stop);
        crate::door::await_status(address, "/readyz", 200);
        let taxonomy = Taxonomy::load(&data).unwrap();
        Self {
            address,
            store: Store::open_to_read(&path).unwrap(),
            path,
            deadlines: Deadlines::load(&data, &taxonomy).unwrap(),
            taxonomy,
            reader: Reader::load(&data).unwrap(),
            insight: Insight::default(),
            _folder: kept_in,
        }
    }

    pub fn written(&self, asked: &ReportAsked) -> Document {
        let (store, taxonomy) = (&self.store, &self.taxonomy);
        let ground = Ground { store, taxonomy, deadlines: &self.deadlines, reader: &self.reader };
        self.insight.report(ground, asked).unwrap()
    }

    /// What its sources tell now.
    pub fn mismatches(&self, document: &Document) -> usize {
        let checked = document.check(|query| Ok(self.answer(query))).unwrap();
        assert!(checked.figures > 0);
        checked.mismatches.len()
    }

    pub fn answer(&self, query: &str) -> Value {
        let reply = get(self.address, query);
        assert_eq!(reply.status, 200, "{query}: {}", reply.body);
        reply.json()
    }
}

/// Beside the demonstration, three people tell of one thing in the week that is reported.
pub static HOUSE: LazyLock<House> = LazyLock::new(|| {
    let house = House::new(DAYS);
    for (n, text) in SMOKE.iter().enumerate() {
        let received = format!("2026-10-{}T20:00:00+08:00", 28 + n);
        let body = json!({ "text": text, "received_at": received, "reporter_key": format!("k{n}"), "flags": [],
            "location": { "area_code": "420606" }, "channel": "电话" });
        let reply = post(house.address, "/v1/complaints", &body);
        assert!(reply.status < 300, "{}", reply.body);
    }
    house
});

pub fn asked(kind: ReportKind, edition: Edition) -> ReportAsked {
    let as_of = time(NOW);
    let (period, scope) = (kind.period(as_of, false), Scope::default());
    ReportAsked {
        kind, period, as_of, edition, scope, issuer: Some("示范市12345政务服务便民热线".to_owned())
    }
}

fn text(document: &Document) -> String {
    document.sentences().map(|sentence| sentence.text()).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_number_is_found_again_by_its_citation() {
    let mut reports = Vec::new();
    for kind in ReportKind::ALL {
        reports.push(asked(kind, Edition::Internal));
        let running = ReportAsked { period: kind.period(time(NOW), true), ..asked(kind, Edition::Internal) };
        reports.push(running);
        if kind != ReportKind::Special {
            reports.push(asked(kind, Edition::Public));
        }
    }
    let about = [
        Scope { category: Some("02".into()), ..Scope::default() },
        Scope { district: Some("樊城区".into()), ..Scope::default() },
    ];
    reports.extend(about.map(|scope| ReportAsked { scope, ..asked(ReportKind::Special, Edition::Internal) }));
    for report in reports {
        let document = HOUSE.written(&report);
        let checked = document.check(|query| Ok(HOUSE.answer(query))).unwrap();
        let name = format!("{:?} {:?}", report.kind, report.edition);
        assert!(checked.figures > 10, "{name}: {}", checked.figures);
        assert_eq!(checked.mismatches, [], "{name}");
        assert_eq!(checked.unsourced, [""; 0], "{name}");
    }
}

#[test]
fn the_route_writes_the_same_report() {
    let query = "as_of=2026-11-03T20:00:00%2B08:00";
    let reply = HOUSE.answer(&format!("/v1/reports/weekly?{query}"));
    let document = HOUSE.written(&asked(ReportKind::Weekly, Edition::Internal));
    let mut written = serde_json::to_value(&document).unwrap();
    written["issuer"] = Value::Null;
    assert_eq!(reply, written);
    assert_eq!(document.subtitle.as_deref(), Some("（2026年10月26日至2026年11月1日）"));
    assert_eq!(document.number.as_deref(), Some("2026年第44周"));
}

#[test]
fn sections_stand_in_their_order_and_say_what_was_counted() {
    let document = HOUSE.written(&asked(ReportKind::Weekly, Edition::Internal));
    let titles: Vec<&str> = document.sections.iter().map(|section| section.title.as_str()).collect();
    assert_eq!(titles, ["受理概况", "诉求分类", "热点诉求", "责任单位办理", "督办", "建议研判"]);
    let counted = HOUSE.answer("/v1/volumes?from=2026-10-26&to=2026-11-01&by=day");
    let (total, text) = (counted["total"].as_i64().unwrap(), text(&document));
    assert!(text.contains(&format!("12345热线共受理诉求{total}件")), "{text}");
    let change = counted["previous"]["change"].as_f64().unwrap();
    let turn = match change {
        up if up > 0.0 => format!("上升{:.1}%", up * 100.0),
        down if down < 0.0 => format!("下降{:.1}%", -down * 100.0),
        _ => "持平".to_owned(),
    };
    assert!(text.contains(&turn), "{text}");
    let event = document.figures().find(|figure| figure.pointers()[0] == "/rows/0/title").expect("no event");
    assert!(
        !event.shown().contains('（') && text.contains(&format!("{}：3人反映3件，自10月28日起", event.shown())),
        "{text}"
    );
    let of = |block: &Block| matches!(block, Block::Picture(_));
    assert!(document.blocks().filter(|block| of(block)).count() >= 2, "no pictures");
}

#[test]
fn a_report_of_another_day_says_another_number() {
    let house = House::new(3);
    let report = asked(ReportKind::Daily, Edition::Internal);
    let before = house.written(&report);
    assert_eq!(house.mismatches(&before), 0);
    let body = json!({ "text": "长虹路北段工地每天凌晨两点还在打桩", "received_at": "2026-11-02T10:00:00+08:00", "channel": "电话" });
    let reply = post(house.address, "/v1/complaints", &body);
    assert!(reply.status < 300, "{}", reply.body);
    let after = house.written(&report);
    assert!(house.mismatches(&before) > 0, "the old report still holds");
    assert_eq!(house.mismatches(&after), 0);
    assert_ne!(text(&before), text(&after));
    assert_ne!(before.inputs, after.inputs);
}

#[test]
fn an_empty_store_is_told_as_such() {
    let house = House::new(0);
    for kind in ReportKind::ALL {
        let document = house.written(&asked(kind, Edition::Internal));
        assert!(text(&document).contains("没有受理诉求（0件）"), "{}", text(&document));
        assert_eq!((document.sections.len(), house.mismatches(&document)), (1, 0));
    }
    let public = house.written(&asked(ReportKind::Monthly, Edition::Public));
    assert!(text(&public).contains("没有受理诉求（0件）"));
}

#[test]
fn the_first_day_has_nothing_to_stand_beside() {
    let house = House::new(2);
    let report = ReportAsked {
        period: ReportKind::Daily.period(time(NOW), true),
        ..asked(ReportKind::Daily, Edition::Internal)
    };
    let document = house.written(&report);
    assert!(
        document.subtitle.as_deref().unwrap().contains("本期未完，统计截至11月3日20时00分"),
        "{:?}",
        document.subtitle
    );
    assert!(!text(&document).contains("去年同期"), "{}", text(&document));
    assert_eq!(house.mismatches(&document), 0);
}

#[test]
fn periods_are_whole_days_weeks_and_months_of_the_hotlines_clock() {
    let table = [
        // The day after a leap day, the new year, the day a week and a month end.
        (ReportKind::Daily, "2028-03-01T08:00:00+08:00", false, ("2028-02-29", "2028-02-29")),
        (ReportKind::Daily, "2028-02-29T08:00:00+08:00", true, ("2028-02-29", "2028-02-29")),
        (ReportKind::Daily, "2027-01-01T00:00:00+08:00", false, ("2026-12-31", "2026-12-31")),
        (ReportKind::Weekly, "2026-11-23T08:00:00+08:00", false, ("2026-11-16", "2026-11-22")),
        (ReportKind::Weekly, "2026-11-22T23:59:59+08:00", false, ("2026-11-09", "2026-11-15")),
        (ReportKind::Weekly, "2026-11-22T23:59:59+08:00", true, ("2026-11-16", "2026-11-22")),
        (ReportKind::Monthly, "2028-03-01T08:00:00+08:00", false, ("2028-02-01", "2028-02-29")),
        (ReportKind::Monthly, "2028-03-31T08:00:00+08:00", false, ("2028-02-01", "2028-02-29")),
        (ReportKind::Monthly, "2028-02-10T08:00:00+08:00", true, ("2028-02-01", "2028-02-29")),
        (ReportKind::Monthly, "2027-01-31T08:00:00+08:00", false, ("2026-12-01", "2026-12-31")),
        (ReportKind::Monthly, "2026-12-31T08:00:00+08:00", true, ("2026-12-01", "2026-12-31")),
        (ReportKind::Special, "2026-11-23T08:00:00+08:00", false, ("2026-10-24", "2026-11-22")),
    ];
    for (kind, as_of, running, (first, last)) in table {
        let (from, to) = kind.period(time(as_of), running).days();
        assert_eq!((from.to_string(), to.to_string()), (first.into(), last.into()), "{kind:?} {as_of} {running}");
    }
}

#[test]
fn no_percentage_is_given_of_a_few() {
    let scope = Scope { community: Some("没有这个小区".into()), ..Scope::default() };
    let none = HOUSE.written(&ReportAsked { scope, ..asked(ReportKind::Special, Edition::Internal) });
    assert!(text(&none).contains("没有受理诉求"));
    let counted = HOUSE.answer("/v1/volumes?by=category&from=2026-10-04&to=2026-11-02");
    let rows = counted["rows"].as_array().unwrap();
    let few = rows.iter().find(|row| (3..15).contains(&row["cases"].as_i64().unwrap())).unwrap();
    let scope = Scope { category: few["code"].as_str().map(str::to_owned), ..Scope::default() };
    let document = HOUSE.written(&ReportAsked { scope, ..asked(ReportKind::Special, Edition::Internal) });
    assert!(document.title.contains(few["name"].as_str().unwrap()), "{}", document.title);
    // It speaks of its own range only.
    let said = text(&document);
    assert!(
        said.contains("本专报范围内共受理诉求") && !said.contains("热线共受理") && !said.contains("低于全市"),
        "{said}"
    );
    let shown: Vec<&str> = document.figures().map(|figure| figure.shown()).collect();
    assert!(shown.iter().all(|shown| !shown.ends_with('%')), "{shown:?}");
    assert_eq!(HOUSE.mismatches(&document), 0);
}

#[test]
fn each_piece_of_advice_says_on_what_condition() {
    let document = HOUSE.written(&asked(ReportKind::Monthly, Edition::Internal));
    let advice = document.sections.last().unwrap();
    assert_eq!(advice.title, "建议研判");
    let points = advice.blocks.iter().filter_map(|block| match block {
        Block::Points(points) => Some(points),
        _ => None,
    });
    let points: Vec<_> = points.flatten().collect();
    assert!(!points.is_empty(), "forty days of the demonstration give no advice");
    for point in points {
        assert!(point.rule.as_ref().is_some_and(|rule| !rule.is_empty()));
        assert!(point.sentences.iter().all(|sentence| sentence.figures().count() > 0));
        let said: String = point.sentences.iter().map(|sentence| sentence.text()).collect();
        assert!(said.contains('宜') && !said.contains("必须"), "{said}");
    }
}

#[test]
fn what_cannot_be_asked_for_is_refused_with_what_to_do() {
    let table: BTreeMap<&str, (u16, &str)> = BTreeMap::from([
        ("/v1/reports/yearly", (404, "daily")),
        ("/v1/reports/weekly?category=02", (422, "只用于专报")),
        ("/v1/reports/weekly?from=2026-10-01", (422, "只用于专报")),
        ("/v1/reports/special?edition=public", (422, "公开版只有已结束的")),
        ("/v1/reports/weekly?edition=public&running=true", (422, "公开版只有已结束的")),
        ("/v1/reports/weekly?edition=secret", (422, "internal public")),
        ("/v1/reports/weekly?format=pdf", (422, "json md html docx xlsx")),
        ("/v1/reports/weekly?as_of=2999-01-01", (422, "不能晚于现在")),
        ("/v1/reports/special?from=2026-10-10&to=2026-10-01", (422, "早于")),
        ("/v1/reports/daily?unknown=1", (422, "不认识的参数")),
        ("/v1/reports/archive/x.docx", (404, "reports.folder")),
        ("/v1/volumes?edition=public&by=community", (422, "公开版只按其中一项")),
        ("/v1/volumes?edition=public&by=domain&district=樊城区", (422, "公开版不接受这个筛选")),
        ("/v1/volumes?edition=public&by=domain&from=2026-10-01T08:00:00%2B08:00&to=2026-10-09", (422, "已结束的整日")),
    ]);
    for (path, (status, said)) in table {
        let path: String = path.chars().map(|c| if c.is_ascii() { c.to_string() } else { encoded(c) }).collect();
        let reply = get(HOUSE.address, &path);
        assert_eq!(reply.status, status, "{path}: {}", reply.body);
        assert!(reply.body.contains(said), "{path}: {}", reply.body);
    }
}

fn encoded(letter: char) -> String {
    letter.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect()
}
