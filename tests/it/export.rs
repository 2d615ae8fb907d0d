//! What is handed on: every case once, with what was known when, for tables, for people, and back into training.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use calamine::{Data, Reader};
use guikou::case::{Head, Labelled};
use guikou::dataset::export::Format;
use guikou::dataset::{Columns, read_labelled};
use guikou::error::Kind;
use guikou::store::{Filter, Store};
use guikou::triage::export::{Order, columns, export};
use polars::prelude::SerReader;
use polars_io::parquet::read::ParquetReader;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::backup::{fill, new_case, said};
use crate::door::{get, post, start};

/// Texts that break tables: a formula, quotes, commas and lines, and a harmless one.
const TEXTS: [&str; 4] = [
    "=HYPERLINK(\"http://x\",\"工地噪声\")",
    "夜里\"打桩\",\n孩子睡不着；家里'有'老人",
    "路灯不亮",
    "@所有人 停水两天了",
];

/// A store with one case for each text, of which people settled the first three, each in another way.
struct Sample {
    folder: tempfile::TempDir,
    file: PathBuf,
    ids: Vec<String>,
}

impl Sample {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cases.db");
        let store = Store::open(Some(&file)).unwrap();
        let mut cases: Vec<_> = (0..4).map(|n| new_case(&format!("20261123{n:012}"))).collect();
        for (n, case) in cases.iter_mut().enumerate() {
            case.text = TEXTS[n].into();
            case.received_at += chrono::TimeDelta::days(n as i64);
        }
        store.keep(&cases).unwrap();
        let ids = (0..4).map(|n| store.find_reference(&format!("20261123{n:012}")).unwrap().unwrap().id);
        let ids: Vec<String> = ids.collect();
        drop(store);
        let connection = Connection::open(&file).unwrap();
        connection.execute_batch(WORK).unwrap();
        Self { folder, file, ids }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Exports with these further arguments and returns what was printed.
    fn export(&self, name: &str, further: &[&str]) -> String {
        let out = self.path(name);
        let arguments = ["export", "--store", self.file.to_str().unwrap(), "--out", out.to_str().unwrap()];
        said(&[&arguments, further].concat(), 0)
    }

    /// The rows of an export as objects.
    fn rows(&self, further: &[&str]) -> Vec<Value> {
        self.export("rows.jsonl", further);
        let text = std::fs::read_to_string(self.path("rows.jsonl")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// What people did: 1 was accepted, 2 edited after a return, 3 settled as to its unit only; 4 was returned and someone's
/// wish for it noted, which settles nothing.
const WORK: &str = "
UPDATE cases SET status = 'closed', due_at = received_at + 86400000, closed_at = received_at + 90000000,
  issue = 'i_1' WHERE arrival = 1;
UPDATE cases SET due_at = received_at + 86400000, closed_at = received_at + 80000000 WHERE arrival = 2;
UPDATE cases SET due_at = 1000000000000 WHERE arrival = 3;
INSERT INTO feedback (arrival, at, outcome, reason, unit, category, settled) VALUES
 (1, 1, 'accepted', NULL, NULL, NULL, 1),
 (2, 2, 'returned', 'not_ours', NULL, NULL, 0),
 (2, 3, 'edited', 'wrong_category', 'STHJ', '0703', 1),
 (2, 4, 'edited', 'later_thought', NULL, '0501', 0),
 (3, 5, 'reassigned', 'wrong_unit', 'LDGL', NULL, 1),
 (4, 6, 'returned', 'not_ours', 'JJZD', '0705', 0);
INSERT INTO supervisions (id, arrival, kind, issuer, issued_at, due_at) VALUES
 ('s1', 1, 'written', '督查室', 1, 2), ('s2', 1, 'special', '督查室', 1, 2);
";

fn labels(read: &[Labelled]) -> BTreeMap<&str, Vec<(Head, &str)>> {
    fn of(one: &Labelled) -> Vec<(Head, &str)> {
        one.labels.iter().map(|(head, label)| (*head, label.as_str())).collect()
    }
    read.iter().map(|one| (one.id.as_str(), of(one))).collect()
}

#[test]
fn settled_cases_go_back_into_training_as_they_are() {
    let sample = Sample::new();
    let advised = Store::open(Some(&sample.file)).unwrap().find(&sample.ids[0]).unwrap().unwrap();
    let (category, unit) = (advised.category.unwrap().code, advised.unit.unwrap().code);
    let ids = &sample.ids;
    for name in ["settled.csv", "settled.xlsx", "settled.jsonl"] {
        sample.export(name, &["--settled-only"]);
        let read =
            read_labelled(&sample.path(name), &Columns::default()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let expected = BTreeMap::from([
            (ids[0].as_str(), vec![(Head::Category, category.as_str()), (Head::Unit, unit.as_str())]),
            (ids[1].as_str(), vec![(Head::Category, "0703"), (Head::Unit, "STHJ")]),
            (ids[2].as_str(), vec![(Head::Unit, "LDGL")]),
        ]);
        assert_eq!(labels(&read), expected, "{name}: only what was settled counts");
        let texts: Vec<&str> = read.iter().map(|one| one.text.as_str()).collect();
        assert_eq!(texts, TEXTS[..3], "{name}: as first filed");
        let first = &read[0];
        assert_eq!((first.title.as_deref(), first.channel.as_deref()), (Some("工地噪声"), Some("电话")), "{name}");
        assert_eq!((first.group.as_deref(), first.accepted.len()), (Some("i_1"), 0), "{name}");
        assert!(first.place.as_deref().is_some_and(|place| place.contains("长虹路")), "{name}: {:?}", first.place);
    }
    sample.export("chinese.csv", &["--settled-only", "--chinese"]);
    let read = read_labelled(&sample.path("chinese.csv"), &Columns::default()).unwrap();
    assert_eq!((read.len(), read[1].labels[&Head::Category].as_str()), (3, "0703"));
}

#[test]
fn every_case_is_told_with_what_was_advised_and_what_became_of_it() {
    let sample = Sample::new();
    let rows = sample.rows(&[]);
    let references: Vec<&str> = rows.iter().map(|row| row["reference"].as_str().unwrap()).collect();
    assert_eq!(references, [0, 1, 2, 3].map(|n| format!("20261123{n:012}")), "oldest first");
    let case = Store::open(Some(&sample.file)).unwrap().find(&sample.ids[0]).unwrap().unwrap();
    let said = case.suggestion.unwrap();
    for (field, value) in [
        ("id", json!(sample.ids[0])),
        ("text", json!(TEXTS[0])),
        ("channel", json!("电话")),
        ("decision", said["decision"].clone()),
        ("advised_category", said["categories"][0]["code"].clone()),
        ("advised_category_name", said["categories"][0]["name"].clone()),
        ("advised_unit", said["assignment"][0]["lead"]["code"].clone()),
        ("model", json!("keywords")),
        ("taxonomy", said["versions"]["taxonomy"].clone()),
        ("rules", said["versions"]["rules"].clone()),
        ("status", json!("closed")),
        ("outcome", json!("accepted")),
        ("settled", json!(true)),
        ("overdue", json!(true)),
        ("supervisions", json!(2)),
        ("issue", json!("i_1")),
        ("occurred_at", json!(null)),
        ("district", json!("樊城区")),
    ] {
        assert_eq!(rows[0][field], value, "{field}");
    }
    let probability = said["assignment"][0]["probability"].as_f64().unwrap();
    assert!((rows[0]["advised_unit_probability"].as_f64().unwrap() - probability).abs() < 1e-4);
    let moment = |row: &Value, field: &str| chrono::DateTime::parse_from_rfc3339(row[field].as_str().unwrap()).unwrap();
    assert_eq!(moment(&rows[0], "received_at").to_utc().to_rfc3339(), "2026-11-23T00:12:00+00:00");
    assert_eq!((moment(&rows[0], "closed_at") - moment(&rows[0], "received_at")).num_hours(), 25);
    let told = |field: &str| rows.iter().map(|row| row[field].clone()).collect::<Vec<_>>();
    assert_eq!(told("overdue"), [json!(true), json!(false), json!(true), json!(null)]);
    assert_eq!(told("settled"), [json!(true), json!(true), json!(true), json!(false)]);
    assert_eq!(told("final_category")[1..], [json!("0703"), json!(null), json!(null)]);
    assert_eq!(told("final_unit")[1..], [json!("STHJ"), json!("LDGL"), json!(null)]);
    assert_eq!(told("reason"), [json!(null), json!("later_thought"), json!("wrong_unit"), json!("not_ours")]);
}

#[test]
fn a_csv_is_for_spreadsheets_and_runs_nothing() {
    let sample = Sample::new();
    sample.export("cases.csv", &["--fields", "reference,text,received_at,final_unit"]);
    let bytes = std::fs::read(sample.path("cases.csv")).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let rest =
        text.strip_prefix("\u{feff}reference,text,received_at,final_unit\r\n").unwrap_or_else(|| panic!("{text}"));
    assert_eq!(rest.matches("\r\n").count(), 4, "{rest}");
    assert!(
        rest.starts_with("20261123000000000000,\"'=HYPERLINK(\"\"http://x\"\",\"\"工地噪声\"\")\",2026-11-23T"),
        "{rest}"
    );
    assert!(rest.contains(",'@所有人 停水两天了,") && rest.contains(",路灯不亮,"), "{rest}");
}

#[test]
fn a_workbook_keeps_long_numbers_and_tells_its_fields() {
    let sample = Sample::new();
    sample.export("cases.xlsx", &[]);
    let mut book = calamine::open_workbook_auto(sample.path("cases.xlsx")).unwrap();
    assert_eq!(book.sheet_names(), ["案件", "字段说明"]);
    let cases = book.worksheet_range("案件").unwrap();
    let header: Vec<String> = cases.rows().next().unwrap().iter().map(ToString::to_string).collect();
    let cell = |name: &str| &cases.rows().nth(1).unwrap()[header.iter().position(|column| column == name).unwrap()];
    assert_eq!(cell("reference"), &Data::String("20261123000000000000".into()));
    assert_eq!(cell("text"), &Data::String(TEXTS[0].into()), "a text, not a formula");
    assert_eq!((cell("supervisions"), cell("overdue")), (&Data::Float(2.0), &Data::Bool(true)));
    assert!(
        matches!(cell("received_at"), Data::DateTime(_)) && matches!(cell("advised_unit_probability"), Data::Float(_))
    );
    let told = book.worksheet_range("字段说明").unwrap();
    let told: BTreeMap<String, String> =
        told.rows().skip(1).map(|row| (row[0].to_string(), row[2].to_string())).collect();
    assert_eq!(told.len(), header.len());
    assert_eq!(
        (told["text"].as_str(), told["decision"].as_str(), told["final_unit"].as_str()),
        ("受理时", "派单后", "办结后")
    );
}

#[test]
fn every_field_says_when_it_is_known() {
    let sample = Sample::new();
    let described: Value = serde_json::from_str(&said(&["export", "--describe"], 0)).unwrap();
    let when: BTreeMap<&str, &str> = described["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| (field["name"].as_str().unwrap(), field["available"].as_str().unwrap()))
        .collect();
    let expected = [
        ("text", "intake"),
        ("received_at", "intake"),
        ("advised_category", "routing"),
        ("model", "routing"),
        ("due_at", "routing"),
        ("final_category", "closing"),
        ("final_unit", "closing"),
        ("status", "closing"),
        ("outcome", "closing"),
        ("overdue", "closing"),
        ("supervisions", "closing"),
    ];
    expected.iter().for_each(|(name, known)| assert_eq!(when[name], *known, "{name}"));
    sample.export("cases.jsonl", &["--fields", "id,final_unit"]);
    let beside = std::fs::read_to_string(sample.path("cases.jsonl.fields.json")).unwrap();
    let beside: Value = serde_json::from_str(&beside).unwrap();
    let names: Vec<&Value> = beside["fields"].as_array().unwrap().iter().map(|field| &field["name"]).collect();
    assert_eq!((names, &beside["rows"]), (vec![&json!("id"), &json!("final_unit")], &json!(4)));
    for row in sample.rows(&[]) {
        let keys: Vec<&String> = row.as_object().unwrap().keys().collect();
        assert!(keys.len() == when.len() && keys.iter().all(|key| when.contains_key(key.as_str())));
    }
}

#[test]
fn only_what_was_asked_for_is_exported() {
    let sample = Sample::new();
    let check = |further: &[&str], texts: &[&str]| {
        let rows = sample.rows(further);
        assert_eq!(rows.iter().map(|row| row["text"].as_str().unwrap()).collect::<Vec<_>>(), texts, "{further:?}");
    };
    check(&["--from", "2026-11-24", "--to", "2026-11-25"], &TEXTS[1..3]);
    check(&["--from", "2026-11-24T08:12:00+08:00", "--to", "2026-11-26T08:12:00+08:00"], &TEXTS[1..3]);
    check(&["--settled-only", "--from", "2026-11-25"], &TEXTS[2..3]);
    check(&["--from", "2027-01-01"], &[]);
    check(&["--q", "打桩 老人"], &TEXTS[1..2]);
    assert!(sample.export("none.xlsx", &["--from", "2027-01-01"]).contains("已导出 0 件"));
}

#[test]
fn what_cannot_be_exported_is_told_and_the_store_is_never_written_over() {
    let sample = Sample::new();
    let store = sample.file.to_str().unwrap();
    let out = sample.path("cases.csv");
    let out = out.to_str().unwrap();
    let check = |arguments: &[&str], code: i32, holds: &str| {
        let told = said(&[&["export"], arguments].concat(), code);
        assert!(told.contains(holds), "{holds} is missing in {told}");
    };
    check(&["--store", store], 2, "--out");
    check(&["--out", out], 1, "--store");
    check(&["--store", store, "--out", "cases.docx"], 1, "--format");
    check(&["--store", store, "--out", out, "--format", "pdf"], 2, "只能是 csv、jsonl、xlsx、parquet 之一");
    check(&["--store", store, "--out", out, "--from", "yesterday"], 2, "RFC 3339");
    check(&["--store", store, "--out", out, "--fields", "id,colour,id"], 1, "colour");
    check(&["--store", store, "--out", out, "--fields", "id,colour,id"], 1, "写了两次");
    check(&["--store", "no/such.db", "--out", out], 1, "没有这个案件库");
    check(&["--store", store, "--out", "no/such/cases.csv"], 1, "no/such/cases.csv");
    check(&["--store", store, "--out", store, "--format", "csv"], 1, "案件库本身");
    assert!(!Path::new(out).exists());
    assert_eq!(Store::examine(&sample.file, &|_, _| {}).unwrap().cases, 4);
}

#[test]
fn a_store_in_use_is_exported_case_by_case_without_gap_or_repeat() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cases.db");
    let store = Store::open(Some(&file)).unwrap();
    let ids = fill(&store, "E", 1203);
    let out = folder.path().join("cases.csv");
    let arguments = ["export", "--store", file.to_str().unwrap(), "--out", out.to_str().unwrap(), "--fields", "id"];
    let report = said(&arguments, 0);
    assert!(report.contains("已导出 1203 件"), "{report}");
    let text = std::fs::read_to_string(&out).unwrap();
    assert_eq!(text.lines().skip(1).collect::<Vec<_>>(), ids);
}

#[test]
fn more_than_an_answer_holds_is_refused_with_what_to_do() {
    let sample = Sample::new();
    let store = Store::open(Some(&sample.file)).unwrap();
    let of = |most: usize| Order {
        format: Format::Csv,
        filter: Filter::default(),
        settled_only: false,
        columns: columns(),
        most: Some(most),
        now: chrono::Local::now().fixed_offset(),
    };
    let made = |most: usize| export(&store, &of(most), std::io::Cursor::new(Vec::new()), &|_, _| {});
    assert_eq!(made(4).unwrap().1, 4);
    let error = made(3).unwrap_err();
    assert!(error.kind == Kind::TooLarge && error.saying.zh.contains("guikou export"), "{error}");
}

/// The head and the bytes of an answer that need not be text.
fn download(address: SocketAddr, path: &str) -> (String, Vec<u8>) {
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream
        .write_all(format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())
        .unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    (String::from_utf8(bytes[..end].to_vec()).unwrap().to_lowercase(), bytes[end + 4..].to_vec())
}

#[test]
fn lists_come_as_files_with_the_same_filters() {
    let address = start(&[("model", "no/such/folder")]);
    for (text, day) in [("工地半夜打桩", "01"), ("小区停水两天了", "02"), ("路灯不亮", "03")] {
        let received = format!("2026-11-{day}T12:00:00+08:00");
        assert_eq!(post(address, "/v1/complaints", &json!({"text": text, "received_at": received})).status, 201);
    }
    let (head, csv) = download(address, "/v1/complaints?format=csv&from=2026-11-02");
    assert!(
        head.contains("content-type: text/csv; charset=utf-8") && head.contains("attachment; filename=\"complaints-")
    );
    let csv = String::from_utf8(csv).unwrap();
    assert!(
        csv.starts_with('\u{feff}') && csv.contains("停水") && csv.contains("路灯") && !csv.contains("打桩"),
        "{csv}"
    );
    let (head, lines) = download(address, "/v1/complaints?format=jsonl");
    let lines = String::from_utf8(lines).unwrap();
    assert!(head.contains("application/x-ndjson"), "{head}");
    let texts: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["text"].clone()).collect();
    assert_eq!(texts, ["工地半夜打桩", "小区停水两天了", "路灯不亮"]);
    let (head, book) = download(address, "/v1/complaints?format=xlsx");
    assert!(head.contains("spreadsheetml"), "{head}");
    let mut book = calamine::open_workbook_auto_from_rs(std::io::Cursor::new(book)).unwrap();
    assert_eq!(book.worksheet_range("案件").unwrap().rows().count(), 4);
    let check = |query: &str, named: &[&str]| {
        let reply = get(address, &format!("/v1/complaints?{query}"));
        let flaws = reply.json()["errors"].as_array().unwrap().clone();
        let pointers: Vec<&str> = flaws.iter().map(|flaw| flaw["pointer"].as_str().unwrap()).collect();
        assert_eq!((reply.status, pointers.as_slice()), (422, named), "{query}");
    };
    check("format=docx", &["?format"]);
    check("format=csv&page_size=10&cursor=7", &["?cursor", "?page_size"]);
    check("format=csv&color=red", &["?color"]);
}

/// A Parquet file as rows of text, one cell for each of these columns.
fn parquet(bytes: Vec<u8>, names: &[&str]) -> Vec<Vec<String>> {
    let table = ParquetReader::new(std::io::Cursor::new(bytes)).finish().unwrap();
    let columns: Vec<_> = names.iter().map(|name| table.column(name).unwrap()).collect();
    let cell = |at: usize| columns.iter().map(|column| column.get(at).unwrap().to_string().replace('"', "")).collect();
    (0..table.height()).map(cell).collect()
}

fn monthly(sample: &Sample, further: &[&str]) -> String {
    let folder = sample.path("monthly");
    let arguments = ["export", "--store", sample.file.to_str().unwrap(), "--monthly", folder.to_str().unwrap()];
    said(&[&arguments, further].concat(), 0)
}

#[test]
fn each_month_is_a_file_of_its_own_and_only_what_changed_is_written_again() {
    let sample = Sample::new();
    let connection = Connection::open(&sample.file).unwrap();
    // One at the last moment of November here, one at the first of December; both 30 November elsewhere.
    let at = |text: &str| text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_millis();
    let moved = [(1, at("2026-11-30T15:59:59.999Z")), (2, at("2026-11-30T16:00:00Z")), (3, at("2024-02-29T00:00:00Z"))];
    for (arrival, at) in moved {
        connection.execute("UPDATE cases SET received_at = ?2 WHERE arrival = ?1", [arrival, at]).unwrap();
    }
    assert!(monthly(&sample, &[]).contains("写了 3 个月，共 3 个月"));
    let read = |month: &str| std::fs::read(sample.path("monthly").join(format!("cases-{month}.parquet"))).unwrap();
    let told = |month: &str| parquet(read(month), &["id", "received_at", "supervisions", "final_category"]);
    let ids = &sample.ids;
    assert_eq!(told("2024-02"), [[ids[2].as_str(), "2024-02-29 08:00:00", "0", "null"]]);
    assert_eq!(told("2026-12"), [[ids[1].as_str(), "2026-12-01 00:00:00", "0", "0703"]]);
    let november = told("2026-11");
    assert_eq!(november.iter().map(|row| &row[0]).collect::<Vec<_>>(), [&ids[0], &ids[3]]);
    assert_eq!(november[0][1..3], ["2026-11-30 23:59:59.999", "2"]);
    let columns = ParquetReader::new(std::io::Cursor::new(read("2026-11"))).finish().unwrap();
    let names: Vec<String> = columns.get_column_names().iter().map(ToString::to_string).collect();
    assert!(
        names.len() == 35 && !names.iter().any(|name| ["text", "title", "place"].contains(&name.as_str())),
        "{names:?}"
    );

    // Nothing changed: nothing is written.
    let before = read("2026-11");
    assert!(monthly(&sample, &[]).contains("写了 0 个月，共 3 个月"));
    connection.execute_batch("UPDATE counter SET seq = seq + 1; UPDATE cases SET status = 'signed', seq = (SELECT seq FROM counter) WHERE arrival = 2").unwrap();
    assert!(monthly(&sample, &[]).contains("写了 1 个月，共 3 个月"));
    assert_eq!(parquet(read("2026-12"), &["status"]), [["signed"]]);
    assert_eq!(read("2026-11"), before);
    // What is gone or broken is written again, and so is everything where other fields are wanted.
    std::fs::write(sample.path("monthly").join("cases-2026-11.parquet"), "cut").unwrap();
    assert!(monthly(&sample, &[]).contains("写了 1 个月，共 3 个月"));
    assert_eq!(told("2026-11"), november);
    assert!(monthly(&sample, &["--with-texts"]).contains("写了 3 个月，共 3 个月"));
    assert_eq!(parquet(read("2026-12"), &["text"]), [[TEXTS[1].replace('"', "")]]);
    let manifest = std::fs::read_to_string(sample.path("monthly").join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!((&manifest["months"]["2026-11"]["rows"], &manifest["offset"]), (&json!(2), &json!("+08:00")));
    let left: Vec<_> =
        std::fs::read_dir(sample.path("monthly")).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".part")), "{left:?}");
}

#[test]
fn a_month_is_written_again_when_one_of_its_answers_becomes_overdue() {
    let sample = Sample::new();
    let connection = Connection::open(&sample.file).unwrap();
    let soon = chrono::Utc::now().timestamp_millis() + 1500;
    connection.execute("UPDATE cases SET due_at = ?1, closed_at = NULL WHERE arrival = 4", [soon]).unwrap();
    monthly(&sample, &[]);
    let overdue = || {
        let file = std::fs::read(sample.path("monthly").join("cases-2026-11.parquet")).unwrap();
        parquet(file, &["overdue"]).last().unwrap()[0].clone()
    };
    assert_eq!(overdue(), "false");
    std::thread::sleep(std::time::Duration::from_millis(1600));
    assert!(monthly(&sample, &[]).contains("写了 1 个月"));
    assert_eq!(overdue(), "true");
}

#[test]
fn a_list_comes_as_parquet() {
    let address = start(&[("model", "no/such/folder")]);
    for (text, day) in [("工地半夜打桩", "01"), ("小区停水两天了", "02")] {
        let received = format!("2026-11-{day}T12:00:00+08:00");
        assert_eq!(post(address, "/v1/complaints", &json!({"text": text, "received_at": received})).status, 201);
    }
    let (head, file) = download(address, "/v1/complaints?format=parquet");
    assert!(head.contains("application/vnd.apache.parquet") && head.contains(".parquet\""), "{head}");
    assert_eq!(parquet(file, &["text", "settled"]), [["工地半夜打桩", "false"], ["小区停水两天了", "false"]]);
    let (_, none) = download(address, "/v1/complaints?format=parquet&from=2027-01-01");
    assert!(parquet(none, &["text"]).is_empty());
    let (_, figures) = download(address, "/v1/volumes?format=parquet&by=day&from=2026-11-01&to=2026-11-02");
    assert_eq!(
        parquet(figures, &["code", "cases", "change"])[..2],
        [["2026-11-01", "1", "null"], ["2026-11-02", "1", "null"]]
    );
}
