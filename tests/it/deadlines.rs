//! Deadlines: by working days as the State Council published them, by profiles as data, wrong files told by line.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate, TimeDelta};
use guikou::deadline::{Deadlines, Marks, Period};
use guikou::error::{Kind, Result};
use guikou::taxonomy::Taxonomy;
use proptest::prelude::*;
use serde_json::json;

use crate::door::{SHARED, post};

static DEADLINES: LazyLock<Deadlines> = LazyLock::new(|| load(Path::new("data")).expect("the data of the house loads"));

fn load(dir: &Path) -> Result<Deadlines> {
    Deadlines::load(dir, &Taxonomy::load(Path::new("data")).unwrap())
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn at(text: &str) -> DateTime<FixedOffset> {
    DateTime::parse_from_rfc3339(text).unwrap()
}

#[test]
fn a_day_is_worked_as_the_notices_say() {
    let off = [
        ("2025-01-01", "2025-01-01"),
        ("2025-01-28", "2025-02-04"),
        ("2025-04-04", "2025-04-06"),
        ("2025-05-01", "2025-05-05"),
        ("2025-05-31", "2025-06-02"),
        ("2025-10-01", "2025-10-08"),
        ("2026-01-01", "2026-01-03"),
        ("2026-02-15", "2026-02-23"),
        ("2026-04-04", "2026-04-06"),
        ("2026-05-01", "2026-05-05"),
        ("2026-06-19", "2026-06-21"),
        ("2026-09-25", "2026-09-27"),
        ("2026-10-01", "2026-10-07"),
    ];
    let worked_weekends = [
        "2025-01-26",
        "2025-02-08",
        "2025-04-27",
        "2025-09-28",
        "2025-10-11",
        "2026-01-04",
        "2026-02-14",
        "2026-02-28",
        "2026-05-09",
        "2026-09-20",
        "2026-10-10",
    ];
    let off = |date: NaiveDate| off.iter().any(|(from, to)| (day(from)..=day(to)).contains(&date));
    for date in day("2025-01-01").iter_days().take_while(|date| date.year() < 2027) {
        let weekday = date.weekday().num_days_from_monday() < 5;
        let expected = worked_weekends.contains(&date.to_string().as_str()) || (weekday && !off(date));
        assert_eq!(DEADLINES.calendar.is_worked(date), expected, "{date}");
    }
    for year in [2025, 2026] {
        let (before, last) = (NaiveDate::from_ymd_opt(year - 1, 12, 31), NaiveDate::from_ymd_opt(year, 12, 31));
        assert_eq!(DEADLINES.calendar.between(before.unwrap(), last.unwrap()), 248, "{year}");
    }
}

#[test]
fn a_period_ends_with_its_last_day() {
    let check = |start: &str, period: Period, due: &str| {
        assert_eq!(DEADLINES.after(at(start), period).to_rfc3339(), due, "{start} {period:?}");
    };
    check("2026-11-27T10:30:00+08:00", Period::Hours(2), "2026-11-27T12:30:00+08:00");
    check("2026-11-27T23:30:00+08:00", Period::Hours(24), "2026-11-28T23:30:00+08:00");
    check("2026-11-27T10:30:00+08:00", Period::Days(7), "2026-12-04T23:59:59+08:00");
    check("2026-11-27T10:30:00+08:00", Period::WorkingDays(1), "2026-11-30T23:59:59+08:00");
    // The day is that of the file's time zone, however the time was written.
    check("2026-11-26T16:00:00Z", Period::Days(1), "2026-11-28T23:59:59+08:00");
    check("2026-11-26T15:59:59Z", Period::Days(1), "2026-11-27T23:59:59+08:00");
    // Holidays are skipped, weekend days worked for them count.
    check("2026-09-24T09:00:00+08:00", Period::WorkingDays(3), "2026-09-30T23:59:59+08:00");
    check("2026-09-30T09:00:00+08:00", Period::WorkingDays(3), "2026-10-10T23:59:59+08:00");
    check("2026-02-13T09:00:00+08:00", Period::WorkingDays(3), "2026-02-25T23:59:59+08:00");
    check("2025-01-25T09:00:00+08:00", Period::WorkingDays(2), "2025-01-27T23:59:59+08:00");
    // A year that the file lacks: weekdays, New Year's Day among them.
    check("2026-12-31T09:00:00+08:00", Period::WorkingDays(2), "2027-01-04T23:59:59+08:00");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_deadline_is_never_before_its_start_and_never_overtakes(
        seconds in 1_700_000_000i64..1_900_000_000, later in 0i64..3_000_000, zone in -12i32..=14, period in periods(),
    ) {
        let zone = FixedOffset::east_opt(zone * 3600).unwrap();
        let start = DateTime::from_timestamp(seconds, 0).unwrap().with_timezone(&zone);
        let due = DEADLINES.after(start, period);
        prop_assert!(due > start);
        prop_assert!(DEADLINES.after(start + TimeDelta::seconds(later), period) >= due);
        prop_assert_eq!(due, DEADLINES.after(start.to_utc().fixed_offset(), period), "the same moment, the same deadline");
    }

    #[test]
    fn working_days_are_counted_as_by_hand(days in 0u64..1500, count in 1u32..60) {
        let start = day("2024-06-01") + Days::new(days);
        let (mut by_hand, mut left) = (start, count);
        while left > 0 {
            by_hand = by_hand.succ_opt().unwrap();
            left -= u32::from(DEADLINES.calendar.is_worked(by_hand));
        }
        prop_assert_eq!(DEADLINES.calendar.after(start, count), by_hand);
        prop_assert_eq!(DEADLINES.calendar.between(start, by_hand), count);
    }

    #[test]
    fn while_the_clock_stands_still_nothing_of_the_deadline_is_used_up(
        seconds in 1_700_000_000i64..1_900_000_000, run in 0.0f64..1.0, still in 0i64..5_000_000, period in periods(),
    ) {
        let start = DateTime::from_timestamp(seconds, 0).unwrap().fixed_offset();
        let due = DEADLINES.after(start, period);
        let stopped = start + TimeDelta::seconds(((due - start).num_seconds() as f64 * run) as i64);
        let resumed = stopped + TimeDelta::seconds(still);
        let moved = DEADLINES.moved(due, stopped, resumed, period);
        prop_assert!(moved >= due && moved >= resumed);
        let local = |at: DateTime<FixedOffset>| at.with_timezone(due.offset()).date_naive();
        match period {
            Period::Hours(_) => prop_assert_eq!(moved - resumed, due - stopped),
            Period::Days(_) => prop_assert!(moved - resumed >= due - stopped && moved - resumed < due - stopped + TimeDelta::days(1)),
            Period::WorkingDays(_) => {
                let left = |from, to| DEADLINES.calendar.between(local(from), local(to));
                prop_assert_eq!(left(resumed, moved), left(stopped, due));
            }
        }
    }
}

fn periods() -> impl Strategy<Value = Period> {
    prop_oneof![
        (1u32..200).prop_map(Period::Hours),
        (1u32..60).prop_map(Period::Days),
        (1u32..60).prop_map(Period::WorkingDays),
    ]
}

#[test]
fn a_deadline_that_was_past_when_the_clock_stopped_stays_past_by_as_much() {
    let due = at("2026-11-02T23:59:59+08:00");
    let (stopped, resumed) = (at("2026-11-04T10:00:00+08:00"), at("2026-11-05T10:00:00+08:00"));
    for period in [Period::Hours(2), Period::Days(7), Period::WorkingDays(3)] {
        assert_eq!(DEADLINES.moved(due, stopped, resumed, period), due + TimeDelta::days(1), "{period:?}");
    }
}

#[test]
fn the_first_profile_that_fits_applies() {
    let check = |urgency, petition, category, code: &str| {
        assert_eq!(DEADLINES.profile(Marks { urgency, petition, category }).code, code);
    };
    check("critical", Some("consult"), Some("0501"), "critical");
    check("urgent", Some("report"), Some("0501"), "urgent");
    check("normal", Some("help"), Some("0501"), "utility");
    check("normal", Some("consult"), Some("0501"), "simple");
    check("normal", Some("help"), Some("0702"), "simple");
    check("normal", Some("suggestion"), Some("0702"), "inquiry");
    check("normal", Some("complaint"), Some("0702"), "normal");
    check("normal", None, None, "normal");
}

#[test]
fn a_level_1_category_stands_for_its_children() {
    let folder = copy_with("service.toml", |text| {
        text.replace("category = [\"0501\", \"0502\", \"0503\", \"0504\"]", "category = [\"05\"]")
    });
    let deadlines = load(folder.path()).unwrap();
    let profile =
        |category| deadlines.profile(Marks { urgency: "normal", petition: Some("help"), category }).code.clone();
    assert_eq!([profile(Some("0505")), profile(Some("0605")), profile(None)], ["utility", "simple", "simple"]);
}

#[test]
fn another_time_zone_has_other_days() {
    let folder = copy_with("service.toml", |text| text.replace("\"+08:00\"", "\"+06:00\""));
    let due = load(folder.path()).unwrap().after(at("2026-11-27T01:00:00+08:00"), Period::Days(1));
    assert_eq!(due.to_rfc3339(), "2026-11-27T23:59:59+06:00");
}

#[test]
fn a_year_that_the_calendar_lacks_is_said_before_it_comes() {
    let said = |now: &str| DEADLINES.lacking(at(now)).into_iter().map(|saying| saying.zh).collect::<Vec<_>>();
    assert_eq!(said("2026-03-01T08:00:00+08:00"), [""; 0]);
    let soon = said("2026-11-27T08:00:00+08:00");
    assert!(soon.len() == 1 && soon[0].contains("2027") && soon[0].contains("calendar.toml"), "{soon:?}");
    assert_eq!(said("2027-12-01T08:00:00+08:00").len(), 2);
}

/// The shipped folder with one file changed.
fn copy_with(file: &str, change: impl FnOnce(String) -> String) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["service.toml", "calendar.toml"] {
        fs::copy(Path::new("data").join(name), folder.path().join(name)).unwrap();
    }
    let text = fs::read_to_string(folder.path().join(file)).unwrap();
    fs::write(folder.path().join(file), change(text)).unwrap();
    folder
}

/// What is put where the last profile begins, or at the end of the calendar, and what is said of which of its lines.
#[test]
fn each_mistake_is_told_with_its_file_and_line() {
    let profile = |rest: &str| {
        format!(
            "[[profile]]\ncode = \"try\"\nname = \"试\"\nenglish = \"try\"\n{rest}sign = {{ hours = 1 }}\nreply = {{ days = 2 }}\n"
        )
    };
    let holiday = |rest: &str| format!("[[holiday]]\nname = \"试\"\n{rest}");
    let service = [
        (profile("urgency = [\"urgent\", \"soon\"]\n"), 5, "没有紧急程度 soon"),
        (profile("petition = [\"beg\"]\n"), 5, "没有诉求类型 beg"),
        (profile("category = [\"0702\", \"0799\"]\n"), 5, "没有分类 0799"),
        (profile("categories = [\"0702\"]\n"), 5, "categories"),
        (profile("urgency = [\"urgent\"]\n"), 1, "永远轮不到：urgent"),
        (profile("petition = [\"help\"]\ncategory = [\"0501\"]\n"), 1, "永远轮不到：utility"),
        (profile("category = [\"0702\"]\n").replace("try\"\nname", "urgent\"\nname"), 2, "urgent 重复"),
        (profile("category = [\"0702\"]\n").replace("days = 2", "days = 0"), 7, "大于 0"),
        (profile("category = [\"0702\"]\n").replace("days = 2", "days = 400"), 7, "最长一年"),
        (profile("category = [\"0702\"]\n").replace("days = 2", "days = 4000000000"), 7, "最长一年"),
        (profile("category = [\"0702\"]\n").replace("days = 2", "weeks = 2"), 7, "weeks"),
        (profile("category = [\"0702\"]\n").replace("days = 2", "days = -2"), 7, "不符合要求"),
        (profile("category = [\"0702\"]\n").replace("hours = 1", "days = 3"), 6, "签收时限长于答复时限"),
    ];
    let calendar = [
        (holiday("from = \"2026-12-05\"\nto = \"2026-12-04\"\n"), 4, "不早于 from"),
        (holiday("from = \"2026-11-05\"\nto = \"2026-12-31\"\n"), 4, "最多 40 天"),
        (holiday("from = \"2028-01-01\"\nto = \"2028-01-01\"\n"), 3, "2028 年没有列在"),
        (holiday("from = \"2026-10-07\"\nto = \"2026-10-09\"\n"), 3, "2026-10-07 已在另一假期中"),
        (holiday("from = \"2026-12-31\"\nto = \"2026-12-31\"\nwork = [\"2026-12-25\"]\n"), 5, "不是周六、周日"),
        (holiday("from = \"2026-12-31\"\nto = \"2026-12-31\"\nwork = [\"2026-10-04\"]\n"), 5, "不能又上班"),
        (holiday("from = \"2026-12-31\"\nto = \"2026-12-31\"\nwork = [\"2026-10-10\"]\n"), 5, "2026-10-10 重复"),
        (holiday("from = \"2026-02-30\"\nto = \"2026-12-31\"\n"), 3, "不符合要求"),
        ("[[year]]\nyear = 2026\nsource = \"通知\"\nverified = true\n".to_owned(), 2, "2026 年重复"),
        ("[[year]]\nyear = 2028\nsource = \" \"\nverified = true\n".to_owned(), 3, "source 为空"),
        ("[[festival]]\nname = \"试\"\n".to_owned(), 1, "festival"),
    ];
    let last = |text: &str| text.rfind("[[profile]]").unwrap();
    for (added, line, said) in service {
        check("service.toml", line, said, |text| (last(text), added));
    }
    for (added, line, said) in calendar {
        check("calendar.toml", line, said, |text| (text.len(), added));
    }
    check("service.toml", 1, "最后一条不得设条件", |text| (text.len(), profile("category = [\"0702\"]\n")));
    let folder = copy_with("service.toml", |text| text.replace("+08:00", "Beijing"));
    let error = load(folder.path()).unwrap_err();
    assert!(error.flaws.len() == 1 && error.flaws[0].saying.zh.contains("+08:00"), "{error}");
}

/// Puts text in the file at the byte that `place` says, and looks for what is said of its `line`-th line.
fn check(file: &str, line: usize, said: &str, place: impl FnOnce(&str) -> (usize, String)) {
    let mut before = 0;
    let folder = copy_with(file, |mut text| {
        let (at, added) = place(&text);
        before = text[..at].matches('\n').count();
        text.insert_str(at, &added);
        text
    });
    let error = load(folder.path()).expect_err(said);
    assert_eq!(error.kind, Kind::Setup);
    let pointer = format!("{}:{}", folder.path().join(file).display(), before + line);
    let told = error.flaws.iter().any(|flaw| flaw.pointer == pointer && flaw.saying.zh.contains(said));
    assert!(told, "wanted {pointer} {said}, got {error}");
}

#[test]
fn a_missing_file_is_named() {
    for name in ["service.toml", "calendar.toml"] {
        let folder = copy_with("service.toml", |text| text);
        fs::remove_file(folder.path().join(name)).unwrap();
        let error = load(folder.path()).unwrap_err();
        assert!(error.kind == Kind::Setup && error.to_string().contains(name), "{error}");
    }
}

#[test]
fn check_tells_the_profiles_and_years_or_the_line_that_is_wrong() {
    let run = |data: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_guikou"));
        command.args(["check", "--model", "no/such/folder", "--data"]).arg(data).env_remove("GUIKOU_CONFIG");
        String::from_utf8(command.env("NO_COLOR", "1").output().unwrap().stdout).unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    for file in fs::read_dir("data").unwrap().map(Result::unwrap).filter(|file| file.path().is_file()) {
        fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
    }
    let report = run(folder.path());
    assert!(report.contains("办理期限：6 档") && report.contains("工作日历：2025、2026 年（已核实 2 年）"), "{report}");
    let calendar = folder.path().join("calendar.toml");
    let text = fs::read_to_string(&calendar).unwrap();
    let line = 1 + text.lines().position(|line| line.starts_with("work = ")).unwrap();
    fs::write(&calendar, text.replacen("2025-01-26", "2025-01-27", 1)).unwrap();
    let report = run(folder.path());
    assert!(report.contains(&format!("calendar.toml:{line}")) && report.contains("2025-01-27"), "{report}");
}

#[test]
fn every_suggestion_says_by_when_it_must_be_answered() {
    let due = |text: &str| {
        let body = json!({"text": text, "received_at": "2026-09-24T09:00:00+08:00", "explain": false});
        let answer = post(*SHARED, "/v1/suggestions", &body).json();
        let marks = Marks {
            urgency: answer["urgency"]["level"].as_str().unwrap(),
            petition: answer["petition_types"][0]["code"].as_str(),
            category: answer["categories"][0]["code"].as_str(),
        };
        let expected = DEADLINES.after(at("2026-09-24T09:00:00+08:00"), DEADLINES.profile(marks).reply);
        assert_eq!(answer["due_at"], expected.to_rfc3339(), "{answer}");
        (answer["decision"].clone(), answer["due_at"].clone())
    };
    assert_eq!(due("咨询一下社保卡丢了去哪里补办").1, "2026-09-30T23:59:59+08:00");
    let (decision, handed_over) = due("救命，楼上着火了，老人小孩被困在屋里出不来");
    assert_eq!((decision, handed_over), (json!("transfer_emergency"), json!("2026-09-24T11:00:00+08:00")));
    let without = post(*SHARED, "/v1/suggestions", &json!({"text": "路灯不亮", "explain": false})).json();
    assert!(at(without["due_at"].as_str().unwrap()) > chrono::Utc::now(), "received now: {without}");
}
