//! How units handle what they are given: twenty-one cases by every way through life, each figure counted by hand, each
//! link leading to exactly its cases.

mod asked;
mod public;

use std::net::SocketAddr;
use std::sync::LazyLock;

use chrono::{DateTime, FixedOffset};
use guikou::case::{Complaint, ComplaintText, ReturnReason, Satisfaction, Scope, Status, SupervisionKind};
use guikou::insight::{Cases, DepartmentGroup, DepartmentRow, Departments, Ground, Insight, Month, RateBody};
use guikou::store::Kept;
use guikou::triage::{Asked, Order, Triage, Wanted};
use serde_json::Value;

use crate::door::{await_status, get, settings, start_with};

/// A Wednesday at noon: answers to what came in on 3 November were due on the 10th, signing on the 4th.
const NOW: &str = "2025-11-12T12:00:00+08:00";
const TEXT: &str = "樊城区长虹路北段工地每天凌晨两点还在打桩，打了三次电话没人管";
const PLACELESS: &str = "自家门口的路灯不亮，晚上看不见路";

/// Each case: when it was received, and its steps, `day.hour status@unit=said`; a `+` or `-` at the end says that it is
/// resolved or not. Days are of November 2025.
const LIVES: [(&str, &str, &str); 21] = [
    (
        "c01",
        "03.09",
        "03.10 dispatched@CGJ 03.15 signed 04.09 handling 06.09 replied 07.09 followed_up=satisfied+ 07.10 closed",
    ),
    ("c02", "03.09", "03.10 dispatched@CGJ 05.09 signed 05.10 handling 11.09 replied 11.15 followed_up=unsatisfied-"),
    ("c03", "11.09", "11.10 dispatched@CGJ"),
    ("c04", "03.09", "03.11 dispatched@CGJ"),
    ("c05", "03.09", "03.12 dispatched@CGJ 03.13 signed 03.14 handling"),
    ("c06", "03.09", "03.10 dispatched@CGJ 03.11 signed 03.12 handling 04.09 suspended"),
    ("c07", "03.09", "03.10 dispatched@CGJ 03.15 return_requested 04.10 returned"),
    (
        "c08",
        "03.09",
        "03.10 dispatched@CGJ 03.15 returned 03.16 dispatched@STHJ 03.17 signed 04.09 handling 05.09 replied \
         06.09 followed_up=fair+ 06.10 closed",
    ),
    (
        "c09",
        "03.09",
        "03.10 dispatched@STHJ 03.11 signed 04.10 dispatched@CGJ 04.11 signed 04.12 handling 07.10 replied",
    ),
    (
        "c10",
        "03.09",
        "03.10 dispatched@STHJ 03.11 signed 03.12 handling 04.09 replied 05.09 followed_up=unsatisfied- \
         05.10 reopened 05.11 handling 07.09 replied 10.09 followed_up=satisfied+ 10.10 closed",
    ),
    (
        "c11",
        "03.09",
        "03.10 dispatched@STHJ 03.11 signed 03.12 handling 04.09 replied 05.09 followed_up=unsatisfied \
         05.10 reopened 05.11 dispatched@STHJ",
    ),
    ("c12", "03.09", "03.10 dispatched@STHJ 03.11 signed 03.12 handling 07.09 extended"),
    ("c13", "03.09", "03.10 replied 04.09 followed_up=satisfied+ 04.10 closed"),
    ("c14", "03.09", "03.10 declined"),
    ("c15", "03.09", ""),
    ("c16", "03.09", "03.10 dispatched@CGJ 03.12 returned 04.09 replied 04.10 closed"),
    ("c17", "03.09", "03.10 dispatched@STHJ 03.12 returned 03.15 declined"),
    // At the deadline's last second.
    (
        "c18",
        "03.09",
        "03.10 dispatched@GSGS 03.11 signed 03.12 handling 10.23:59:59 replied 11.09 followed_up=undeclared",
    ),
    ("c19", "10.09", "10.10 dispatched@QX 10.15 return_requested"),
    // The last seconds of two months.
    ("c20", "-1.23:59:59", "03.10 dispatched@CGJ"),
    ("c21", "30.23:59:59", "30.23:59:59 dispatched@JD"),
];

static TRIAGE: LazyLock<Triage> = LazyLock::new(|| filled(false));
static ADDRESS: LazyLock<SocketAddr> = LazyLock::new(|| serve(filled(false)));

fn serve(triage: Triage) -> SocketAddr {
    let (address, stop, _) = start_with(&[], move || Ok(triage));
    // Lives as long as the tests.
    std::mem::forget(stop);
    await_status(address, "/readyz", 200);
    address
}

fn keywords() -> Triage {
    let settings = settings(&[("model", "no/such/folder")]).settings;
    Triage::load(&settings.data(), &settings.model().unwrap()).unwrap()
}

fn time(text: &str) -> DateTime<FixedOffset> {
    text.parse().unwrap()
}

/// `03.10`, `10.23:59:59`; `-1` is the day before November.
fn moment(text: &str) -> DateTime<FixedOffset> {
    let (day, hour) = text.split_once('.').unwrap();
    let day = if day == "-1" { "2025-10-31".to_owned() } else { format!("2025-11-{day}") };
    let hour = if hour.contains(':') { hour.to_owned() } else { format!("{hour}:00:00") };
    time(&format!("{day}T{hour}+08:00"))
}

fn keep(triage: &Triage, reference: &str, received: &str) -> String {
    let text = if reference == "c18" { PLACELESS } else { TEXT };
    let complaint = Complaint {
        reference: Some(reference.to_owned()),
        received_at: Some(moment(received)),
        ..Complaint::of(ComplaintText::parse(text).unwrap())
    };
    let kept = triage.keep(&[complaint], Wanted { top_k: 1, explain: false }, moment(received)).unwrap();
    match &kept[0] {
        Kept::New(case) => case.id.clone(),
        Kept::Standing(_) => panic!("{reference} is there twice"),
    }
}

fn step(triage: &Triage, id: &str, at: &str, what: &str) {
    let (what, resolved) = match what.strip_suffix(['+', '-']) {
        Some(rest) => (rest, Some(what.ends_with('+'))),
        None => (what, None),
    };
    let (what, said) = what.split_once('=').map_or((what, None), |(what, said)| (what, Some(said)));
    let (status, unit) = what.split_once('@').map_or((what, None), |(what, unit)| (what, Some(unit)));
    let status = Status::ALL.into_iter().find(|known| known.code() == status).unwrap();
    let returned = matches!(status, Status::ReturnRequested | Status::Returned);
    let asked = Asked {
        status,
        unit: unit.map(str::to_owned),
        reason: returned.then_some(ReturnReason::DutyMismatch),
        note: matches!(status, Status::Declined | Status::Suspended | Status::Extended).then(|| "见附件".to_owned()),
        due_at: (status == Status::Extended).then(|| moment("17.18")),
        satisfied: said.and_then(|said| Satisfaction::ALL.into_iter().find(|known| known.code() == said)),
        resolved,
        actor: None,
        at: Some(moment(at)),
    };
    triage.step(id, asked, moment(at)).unwrap_or_else(|error| panic!("{what} at {at}: {error}"));
}

/// The cases with all that was done, forwards or backwards; supervisions of the fourth to the sixth, the last lifted.
fn filled(backwards: bool) -> Triage {
    let triage = keywords();
    fill(&triage, backwards, |_| {});
    triage
}

fn fill(triage: &Triage, backwards: bool, mut after_each: impl FnMut(&Triage)) {
    let mut lives: Vec<_> = LIVES.iter().collect();
    if backwards {
        lives.reverse();
    }
    for (reference, received, steps) in lives {
        let id = keep(triage, reference, received);
        let steps: Vec<&str> = steps.split_whitespace().collect();
        steps.chunks(2).for_each(|step_at| step(triage, &id, step_at[0], step_at[1]));
        let supervised = [("c04", "12.10", SupervisionKind::Special), ("c05", "14.18", SupervisionKind::Written)];
        let supervised = supervised.iter().chain([&("c06", "14.18", SupervisionKind::Instruction)]);
        for (_, due, kind) in supervised.filter(|(known, ..)| known == reference) {
            let order = Order {
                kind: *kind,
                issuer: "督查室13912345678".to_owned(),
                due_at: moment(due),
                note: None,
                actor: None,
            };
            let standing = triage.supervise(&id, order, moment("11.09")).unwrap();
            if *reference == "c06" {
                triage.lift(&id, &standing.id, None, moment("11.10")).unwrap();
            }
        }
        after_each(triage);
    }
}

fn ground(triage: &Triage) -> Ground<'_> {
    Ground {
        store: triage.store(),
        taxonomy: triage.taxonomy(),
        deadlines: triage.deadlines(),
        reader: triage.reader(),
    }
}

fn november(triage: &Triage) -> Scope {
    Month::parse("2025-11").unwrap().scope(triage.deadlines().offset())
}

fn figures(triage: &Triage, group: DepartmentGroup) -> Departments {
    Insight::default().departments(ground(triage), &november(triage), group, time(NOW)).unwrap()
}

fn row<'d>(figures: &'d Departments, code: &str) -> &'d DepartmentRow {
    figures.rows.iter().find(|row| row.code == code).unwrap_or_else(|| panic!("no row {code}"))
}

/// All counts of a row, in the order in which they stand there.
fn counts(row: &DepartmentRow) -> [i64; 23] {
    let (signing, answering) = (&row.signing, &row.answering);
    let cases: [&Cases; 23] = [
        &row.assigned,
        &signing.in_time,
        &signing.late,
        &signing.overdue,
        &signing.waiting,
        &answering.in_time,
        &answering.late,
        &answering.waiting,
        &answering.overdue,
        &answering.suspended,
        &answering.sent_back,
        &row.returned,
        &row.reassigned,
        &row.redone,
        &row.extended,
        &row.closed,
        &row.supervised,
        &row.satisfied.satisfied,
        &row.satisfied.fair,
        &row.satisfied.unsatisfied,
        &row.satisfied.undeclared,
        &row.resolved.yes,
        &row.resolved.no,
    ];
    cases.map(|cases| cases.cases)
}

fn rates(row: &DepartmentRow) -> [(i64, i64); 4] {
    [&row.response, &row.on_time, &row.resolution, &row.satisfaction].map(|rate| (rate.hits, rate.of))
}

#[test]
fn each_figure_of_a_month_is_as_counted_by_hand() {
    let figures = figures(&TRIAGE, DepartmentGroup::Unit);
    let codes: Vec<&str> = figures.rows.iter().map(|row| row.code.as_str()).collect();
    assert_eq!(codes, ["CGJ", "GSGS", "JD", "QX", "STHJ"], "by code, whoever does best");
    // Assigned; signing; answering; returned, reassigned, redone, extended, closed, supervised; said; resolved.
    let expected = [
        ("CGJ", [8, 4, 1, 1, 2, 2, 1, 1, 2, 1, 1, 3, 1, 0, 0, 1, 2, 1, 0, 1, 0, 1, 1]),
        ("STHJ", [4, 3, 0, 1, 0, 2, 0, 2, 0, 0, 0, 1, 1, 2, 1, 2, 0, 1, 1, 1, 0, 2, 0]),
        ("GSGS", [1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]),
        ("QX", [1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        ("JD", [1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    ];
    for (code, expected) in expected {
        assert_eq!(counts(row(&figures, code)), expected, "{code}");
    }
    let total: Vec<i64> = (0..23).map(|at| expected.iter().map(|(_, counts)| counts[at]).sum()).collect();
    assert_eq!(counts(&figures.total).to_vec(), total);
    assert_eq!(rates(row(&figures, "CGJ")), [(4, 6), (2, 5), (1, 2), (1, 2)]);
    assert_eq!(rates(row(&figures, "STHJ")), [(3, 4), (2, 2), (2, 2), (2, 3)]);
    assert_eq!(rates(row(&figures, "GSGS")), [(1, 1), (1, 1), (0, 0), (0, 0)]);
    assert_eq!(rates(&figures.total), [(8, 11), (5, 8), (3, 4), (3, 5)]);
}

#[test]
fn a_rate_has_its_interval_and_nothing_of_nothing_has_none() {
    let figures = figures(&TRIAGE, DepartmentGroup::Unit);
    // statsmodels 0.15.0: proportion_confint(2, 5, method="wilson"), (1, 1), (8, 11).
    let check = |rate: &RateBody, low: f64, high: f64| {
        assert!((rate.low.unwrap() - low).abs() < 1e-9 && (rate.high.unwrap() - high).abs() < 1e-9, "{rate:?}");
        assert_eq!(rate.rate, Some(rate.hits as f64 / rate.of as f64));
    };
    check(&row(&figures, "CGJ").on_time, 0.117_620_774_232_647_88, 0.769_275_718_723_987_1);
    check(&row(&figures, "GSGS").response, 0.206_549_314_377_237_4, 1.0);
    check(&figures.total.response, 0.434_354_698_823_870_8, 0.902_539_407_099_751_1);
    let none = &row(&figures, "GSGS").satisfaction;
    assert_eq!((none.rate, none.low, none.high), (None, None, None), "未表态 is no answer");
}

/// Working days after the day of dispatch (the 8th and 9th are a weekend), and hours, to the first answer since.
#[test]
fn how_long_an_answer_takes_is_told_in_working_days_and_hours() {
    let figures = figures(&TRIAGE, DepartmentGroup::Unit);
    for (code, days, hours) in [
        // 3, 6 and 3 days; 71, 191 and 72 hours.
        ("CGJ", Some((3.0, 5.4)), Some((72.0, 167.2))),
        // 2 and 1; 41 and 23: what was done again by its first answer, what is being done again not.
        ("STHJ", Some((1.5, 1.9)), Some((32.0, 39.2))),
        ("GSGS", Some((5.0, 5.0)), Some((182.0, 182.0))),
        ("QX", None, None),
    ] {
        let row = row(&figures, code);
        let near = |found: Option<guikou::insight::SpreadBody>, told: Option<(f64, f64)>| match (found, told) {
            (Some(found), Some((median, p90))) => {
                (found.median - median).abs() < 1e-3 && (found.p90 - p90).abs() < 1e-3
            }
            (found, told) => found.is_none() && told.is_none(),
        };
        assert!(
            near(row.working_days, days) && near(row.hours, hours),
            "{code}: {:?} {:?}",
            row.working_days,
            row.hours
        );
    }
    let total = figures.total.working_days.unwrap();
    assert_eq!((total.median, total.p90), (3.0, 5.5), "of 1 2 3 3 5 6");
}

#[test]
fn units_are_told_by_kind_category_and_district_too() {
    let levels = figures(&TRIAGE, DepartmentGroup::Level);
    let told: Vec<_> =
        levels.rows.iter().map(|row| (row.code.as_str(), row.assigned.cases, row.returned.cases)).collect();
    assert_eq!(told, [("bureau", 12, 4), ("utility", 1, 0), ("district", 1, 0), ("street", 1, 0)]);
    let bureaus = &levels.rows[0];
    assert_eq!((bureaus.name.as_str(), rates(bureaus)), ("政府部门", [(7, 10), (4, 7), (3, 4), (3, 5)]));
    let days = bureaus.working_days.unwrap();
    assert_eq!((days.median, (days.p90 - 4.8).abs() < 1e-9), (3.0, true), "of 1 2 3 3 6");
    let districts = figures(&TRIAGE, DepartmentGroup::District);
    let told: Vec<_> = districts.rows.iter().map(|row| (row.code.as_str(), row.assigned.cases)).collect();
    assert_eq!(told, [("樊城区", 14), ("-", 1)]);
    let categories = figures(&TRIAGE, DepartmentGroup::Category);
    assert_eq!(categories.rows.iter().map(|row| row.assigned.cases).sum::<i64>(), 15);
    for other in [&levels, &districts, &categories] {
        assert_eq!(counts(&other.total), counts(&figures(&TRIAGE, DepartmentGroup::Unit).total));
    }
}

#[test]
fn figures_do_not_depend_on_what_came_first_or_on_when_one_looked() {
    let (forwards, backwards, insight) = (&*TRIAGE, keywords(), Insight::default());
    let looked = |triage: &Triage| {
        insight.departments(ground(triage), &november(triage), DepartmentGroup::Unit, time(NOW)).unwrap();
    };
    fill(&backwards, true, looked);
    for group in DepartmentGroup::ALL {
        let again = insight.departments(ground(&backwards), &november(&backwards), group, time(NOW)).unwrap();
        assert_eq!(again, figures(forwards, group), "{group:?}");
    }
}

#[test]
fn a_month_begins_and_ends_where_the_hotline_begins_and_ends_its_days() {
    let insight = Insight::default();
    let of = |month: &str| {
        let scope = Month::parse(month).unwrap().scope(TRIAGE.deadlines().offset());
        insight.departments(ground(&TRIAGE), &scope, DepartmentGroup::Unit, time(NOW)).unwrap()
    };
    let october = of("2025-10");
    assert_eq!((october.rows.len(), counts(row(&october, "CGJ"))[..5].to_vec()), (1, vec![1, 0, 0, 1, 0]));
    assert_eq!(october.to, Some(time("2025-11-01T00:00:00+08:00")));
    let leap = Month::parse("2024-02").unwrap().scope(TRIAGE.deadlines().offset());
    assert_eq!(
        (leap.from, leap.to),
        (Some(time("2024-02-01T00:00:00+08:00")), Some(time("2024-03-01T00:00:00+08:00")))
    );
    let december = of("2025-12");
    assert_eq!((december.rows.len(), counts(&december.total), rates(&december.total)), (0, [0; 23], [(0, 0); 4]));
    let usual = insight.departments(ground(&TRIAGE), &Scope::default(), DepartmentGroup::Unit, time(NOW)).unwrap();
    assert_eq!(
        (usual.from, usual.to),
        (Some(time("2025-10-14T00:00:00+08:00")), Some(time("2025-11-13T00:00:00+08:00"))),
        "thirty days, today included"
    );
    assert_eq!(usual.total.assigned.cases, 15, "with the case of October, without that of 30 November");
}

#[test]
fn a_store_without_cases_has_no_figures_and_no_mistakes() {
    let triage = keywords();
    let figures = figures(&triage, DepartmentGroup::Unit);
    assert!(figures.rows.is_empty() && counts(&figures.total) == [0; 23] && figures.total.working_days.is_none());
    let insight = Insight::default();
    let month = Month::parse("2025-11").unwrap();
    let public = insight.published_departments(ground(&triage), month, DepartmentGroup::Unit, time(NOW)).unwrap();
    assert_eq!((public.rows.len(), public.total.assigned), (0, Some(0)));
    assert!(insight.department(ground(&triage), "NOBODY", &Scope::default(), time(NOW)).is_err());
}

/// Every count with its link, and every rate's two.
fn linked(answer: &Value, found: &mut Vec<(i64, String)>) {
    let pairs = [("cases", "link"), ("hits", "hits_link"), ("of", "of_link")];
    if let Some(fields) = answer.as_object() {
        for (count, link) in pairs {
            if let (Some(count), Some(link)) = (fields.get(count), fields.get(link)) {
                found.push((count.as_i64().unwrap(), link.as_str().unwrap().to_owned()));
            }
        }
        fields.values().for_each(|value| linked(value, found));
    }
    answer.as_array().into_iter().flatten().for_each(|value| linked(value, found));
}

#[test]
fn every_figure_leads_to_exactly_its_cases() {
    let mut walked = std::collections::BTreeSet::new();
    let groups =
        ["unit", "level", "category", "district"].map(|group| format!("/v1/departments?month=2025-11&group={group}"));
    let others = [
        "/v1/departments/CGJ?from=2025-10-20",
        "/v1/departments/STHJ?from=2025-10-20&district=%E6%A8%8A%E5%9F%8E%E5%8C%BA",
    ];
    for path in groups.iter().map(String::as_str).chain(others) {
        let reply = get(*ADDRESS, path);
        assert_eq!(reply.status, 200, "{}", reply.body);
        let mut found = Vec::new();
        linked(&reply.json(), &mut found);
        assert!(found.len() >= 2 * 31, "{path}: {}", found.len());
        for (count, link) in found {
            if walked.insert(link.clone()) {
                let listed = get(*ADDRESS, &link);
                assert_eq!(listed.status, 200, "{link}: {}", listed.body);
                let page = listed.json();
                assert_eq!(page["items"].as_array().unwrap().len() as i64, count, "{link}");
                assert_eq!(page["next_cursor"], Value::Null, "{link}");
            }
        }
    }
    assert!(walked.len() > 300, "{}", walked.len());
}
