//! Files of complaints become cases: whatever program wrote them, once, and without the lines that are wrong.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use guikou::dataset::{Columns, Intake, complaints_of};
use guikou::error::Error;
use guikou::store::{CASE_SORTS, Case, Filter, Seek, State, Store, newest_first};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use serde_json::{Value, json};

use crate::door::{Reply, get, post, send, start};
use crate::keep::{on_file, reopened, serve};

fn east() -> chrono::FixedOffset {
    "+08:00".parse().unwrap()
}

fn read(name: &str, bytes: &[u8], map: &str) -> Result<Intake, Error> {
    complaints_of(Path::new(name), bytes.to_vec(), &Columns::parse_intake(map)?, east())
}

#[test]
fn headers_of_real_exports_are_understood_without_being_told() {
    let cases = [
        (
            "id,order_no,service_object_type,case_content,case_goal,area_code,info_protect,address_detail,case_lnglat,order_type,\
             order_source,call_time,case_complete_time,deptName",
            "正文 ← case_content，举报人保护 ← info_protect，事发地 ← address_detail，渠道 ← order_source，编号 ← order_no，受理时间 ← call_time，\
             诉求主体 ← order_type，行政区划代码 ← area_code，经度 ← case_lnglat",
        ),
        (
            "report_num,rec_id,event_property,occur_place,event_src,dispose_unit,create_time,content",
            "正文 ← content，事发地 ← occur_place，渠道 ← event_src，编号 ← report_num，受理时间 ← create_time",
        ),
        (
            "留言编号,留言用户,留言主题,留言时间,留言详情,点赞数,反对数",
            "正文 ← 留言详情，标题 ← 留言主题，编号 ← 留言编号，受理时间 ← 留言时间，诉求人 ← 留言用户",
        ),
        (
            "序号,工单编号,来电人,联系电话,受理时间,诉求标题,诉求内容,诉求来源,事发地址,承办单位",
            "正文 ← 诉求内容，标题 ← 诉求标题，事发地 ← 事发地址，渠道 ← 诉求来源，编号 ← 工单编号，\
             受理时间 ← 受理时间，诉求人 ← 联系电话",
        ),
        ("序号,内容", "正文 ← 内容"),
        (
            "reference,text,received_at,location.text,location.area_code,location.lng,location.lat",
            "正文 ← text，事发地 ← location.text，编号 ← reference，受理时间 ← received_at，\
             行政区划代码 ← location.area_code，经度 ← location.lng，纬度 ← location.lat",
        ),
    ];
    for (header, said) in cases {
        let header: Vec<String> = header.split(',').map(str::to_owned).collect();
        assert_eq!(Columns::guess_intake(&header).to_string(), said);
    }
    let intake =
        read("a.csv", "编号,内容,说明,电话\n1,甲,乙,\n".as_bytes(), "text=说明, reporter=, reference=").unwrap();
    assert_eq!(intake.columns.to_string(), "正文 ← 说明");
    assert_eq!(intake.items[0].complaint.text.as_str(), "乙");
    let asked = read("a.csv", "内容,是否保密\n甲,是\n乙,否\n丙,\n丁,也许\n".as_bytes(), "").unwrap();
    let flags: Vec<_> = asked.items.iter().map(|item| item.complaint.flags.join(" ")).collect();
    assert_eq!(
        (flags, asked.faults[0].pointer),
        (vec!["info_protect".to_owned(), String::new(), String::new()], "/flags")
    );
    let wrong = Columns::parse_intake("category=类别").unwrap_err();
    assert!(wrong.saying.zh.contains("category") && wrong.saying.zh.contains("received_at"), "{wrong}");
}

const LINES: &str = "工单编号,联系电话,受理时间,事发时间,诉求标题,诉求内容,诉求来源,主体类型,事发地点,区划代码,经度,纬度\n\
    A-1,139 1234 5678,2026-11-23 08:12:00,2026/11/22 23:30,夜间施工,\"长虹路北段工地,凌晨两点还在打桩，\n睡不着\",电话,个人,长虹路北段,420606,112.1,32.0\n\
    ,匿名,2026年11月24日9时5分,,,小区停水两天了,,,,,,\n";

#[test]
fn every_kind_of_file_gives_the_same_complaints() {
    let crlf = LINES.replace('\n', "\r\n");
    let kinds = [
        ("a.csv", LINES.as_bytes().to_vec(), [2, 4]),
        ("bom.csv", [b"\xEF\xBB\xBF", crlf.as_bytes()].concat(), [2, 4]),
        ("gbk.csv", encoding_rs::GB18030.encode(LINES).0.into_owned(), [2, 4]),
        ("a.tsv", LINES.replace("工地,", "工地，").replace(',', "\t").replace("工地，", "工地,").into_bytes(), [2, 4]),
        ("a.xlsx", sheet(), [2, 3]),
        ("a.jsonl", json_lines().into_bytes(), [1, 2]),
    ];
    for (name, bytes, lines) in kinds {
        let Intake { items, faults, unnumbered, .. } = read(name, &bytes, "").unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(faults.is_empty(), "{name}: {faults:?}");
        assert_eq!(items.iter().map(|item| item.line).collect::<Vec<_>>(), lines, "{name}");
        let first = &items[0].complaint;
        assert_eq!(first.reference.as_deref(), Some("A-1"), "{name}");
        assert_eq!(first.text.as_str(), "长虹路北段工地,凌晨两点还在打桩，\n睡不着", "{name}");
        let texts = [&first.title, &first.channel, &first.subject_type].map(|text| text.as_deref().unwrap_or_default());
        assert_eq!(texts, ["夜间施工", "电话", "个人"], "{name}");
        let times = [first.received_at, first.occurred_at].map(|time| time.unwrap().to_rfc3339());
        assert_eq!(times, ["2026-11-23T08:12:00+08:00", "2026-11-22T23:30:00+08:00"], "{name}");
        let place = first.location.as_ref().unwrap();
        assert_eq!((place.text.as_deref(), place.area_code.as_deref()), (Some("长虹路北段"), Some("420606")), "{name}");
        assert_eq!((place.lng, place.lat), (Some(112.1), Some(32.0)), "{name}");
        assert_eq!(items[0].reporter.as_deref(), Some("13912345678"), "{name}");
        assert!(first.reporter_key.is_none());
        let second = &items[1].complaint;
        assert_eq!(second.received_at.unwrap().to_rfc3339(), "2026-11-24T09:05:00+08:00", "{name}");
        assert_eq!((second.location.as_ref(), items[1].reporter.as_deref(), unnumbered), (None, None, 1), "{name}");
        let digest = sha2::Digest::finalize(sha2::Digest::chain_update(<sha2::Sha256 as sha2::Digest>::new(), &bytes));
        let digest: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(second.reference, Some(format!("file:{digest}:{}", lines[1])), "{name}");
    }
}

/// The two complaints as a workbook: times are cells of time, numbers are numbers.
fn sheet() -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let time = Format::new().set_num_format("yyyy/m/d h:mm");
    let at = |text: &str| ExcelDateTime::parse_from_str(text).unwrap();
    let header = LINES.lines().next().unwrap();
    for (column, name) in header.split(',').enumerate() {
        sheet.write(0, column as u16, name).unwrap();
    }
    sheet.write(1, 0, "A-1").unwrap();
    sheet.write(1, 1, 13_912_345_678_f64).unwrap();
    sheet.write_with_format(1, 2, at("2026-11-23T08:12:00"), &time).unwrap();
    sheet.write(1, 3, "2026/11/22 23:30").unwrap();
    sheet.write(1, 4, "夜间施工").unwrap();
    sheet.write(1, 5, "长虹路北段工地,凌晨两点还在打桩，\n睡不着").unwrap();
    for (column, text) in [(6, "电话"), (7, "个人"), (8, "长虹路北段")] {
        sheet.write(1, column, text).unwrap();
    }
    for (column, number) in [(9, 420_606.0), (10, 112.1), (11, 32.0)] {
        sheet.write(1, column, number).unwrap();
    }
    sheet.write(2, 1, "匿名").unwrap();
    // A serial number whose cell was never formatted as a time.
    sheet.write(2, 2, 46_350.378_472_222_2).unwrap();
    sheet.write(2, 5, "小区停水两天了").unwrap();
    book.save_to_buffer().unwrap()
}

fn json_lines() -> String {
    let first = json!({
        "reference": "A-1", "text": "长虹路北段工地,凌晨两点还在打桩，\n睡不着", "title": "夜间施工", "channel": "电话",
        "received_at": "2026-11-23T08:12:00+08:00", "occurred_at": "2026-11-22T15:30:00Z", "subject_type": "个人",
        "location": {"text": "长虹路北段", "area_code": "420606", "lng": 112.1, "lat": 32.0}, "reporter": "+8613912345678"
    });
    let second = json!({"text": "小区停水两天了", "received_at": "2026-11-24 09:05", "reporter": "匿名"});
    format!("{first}\n{second}\n")
}

#[test]
fn a_caller_is_the_same_however_the_number_is_written_and_nobody_is_nobody() {
    let same = ["13912345678", "+86 139-1234-5678", "8613912345678", "１３９１２３４５６７８", " 139 1234 5678 "];
    let nobody = ["", "匿名", "无", "-", "/", "138****5678", "王先生", "李女士", "N/A", "＊＊＊"];
    let read = |cells: &[&str]| -> Vec<Option<String>> {
        let lines: String = cells.iter().map(|cell| format!("路灯不亮,\"{cell}\"\n")).collect();
        let intake = read("a.csv", format!("内容,联系电话\n{lines}").as_bytes(), "").unwrap();
        intake.items.into_iter().map(|item| item.reporter).collect()
    };
    assert_eq!(read(&same), vec![Some("13912345678".to_owned()); same.len()]);
    assert_eq!(read(&nobody), vec![None; nobody.len()]);
    assert_eq!(read(&["A00074011", "王建国"]), [Some("a00074011".to_owned()), Some("王建国".to_owned())]);
    let (one, other) = (Store::open(None).unwrap(), Store::open(None).unwrap());
    let key = one.sealer().unwrap().sealed("13912345678");
    assert!(key.len() == 64 && key.bytes().all(|byte| byte.is_ascii_hexdigit()), "{key}");
    assert_eq!(key, one.sealer().unwrap().sealed("13912345678"));
    assert_ne!(key, one.sealer().unwrap().sealed("13912345679"));
    assert_ne!(key, other.sealer().unwrap().sealed("13912345678"), "every store has a secret of its own");
    assert_eq!(key, one.sealer().unwrap().sealed(&key), "what is sealed is not sealed twice");
}

#[test]
fn a_bad_line_is_named_and_harms_no_other() {
    // Name, content, lines kept, and the faults: line, pointer, a piece of the sentence.
    type Fault<'a> = (usize, &'a str, &'a str);
    let csv = "编号,内容,受理时间,区划代码,经度,纬度,标题\n";
    let long = "长".repeat(501);
    type File<'a> = (&'a str, Vec<u8>, Vec<usize>, Vec<Fault<'a>>);
    let cases: Vec<File> = vec![
        (
            "fields.csv",
            format!(
                "{csv}1,好,,,,,\n2,,昨天,,,,\n3,秘密,,樊城区,200,95,\n4,秘密,,,,,{long}\n5,好,2026-11-23,420606,,,\n"
            )
            .into_bytes(),
            vec![2, 6],
            vec![
                (3, "/text", "正文为空"),
                (3, "/received_at", "2026-11-23 08:12:00"),
                (4, "/location/lng", "-180 到 180"),
                (4, "/location/lat", "-90 到 90"),
                (4, "/location/area_code", "6 到 12 位"),
                (5, "/title", "500"),
            ],
        ),
        ("cells.csv", "编号,内容\n1,秘密,坏\n2,好\n".into(), vec![3], vec![(2, "", "双引号括起来")]),
        (
            "bytes.csv",
            [
                &b"\xEF\xBB\xBF"[..],
                "编号,内容\n1,\"好\n好\"\n2,\"秘密\n坏".as_bytes(),
                b"\xff\"\n",
                "3,好\n".as_bytes(),
            ]
            .concat(),
            vec![2, 6],
            vec![(5, "", "UTF-8")],
        ),
        (
            "lines.jsonl",
            "{\"text\":\"好\"}\n{\"text\":\"秘密\"\n[]\n{\"text\":\"好\"}".into(),
            vec![1, 4],
            vec![(2, "", "JSON"), (3, "", "JSON")],
        ),
    ];
    for (name, content, lines, expected) in cases {
        let intake = read(name, &content, "").unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(intake.items.iter().map(|item| item.line).collect::<Vec<_>>(), lines, "{name}");
        assert_eq!(intake.faults.len(), expected.len(), "{name}: {:?}", intake.faults);
        for (line, pointer, sentence) in expected {
            let fault = intake.faults.iter().find(|fault| (fault.line, fault.pointer) == (line, pointer));
            let fault = fault.unwrap_or_else(|| panic!("{name}:{line} {pointer} is missing: {:?}", intake.faults));
            assert!(fault.saying.zh.contains(sentence) && !fault.saying.en.is_empty(), "{name}: {fault:?}");
            assert!(!format!("{fault:?}").contains("秘密"), "{name} quotes the line");
        }
    }
    for (name, content, sentence) in
        [("none.csv", "甲,乙\n1,2\n", "text=列名"), ("empty.csv", "", "没有数据"), ("kind.docx", "x", "类型不认识")]
    {
        let Err(error) = read(name, content.as_bytes(), "") else { panic!("{name} was taken") };
        assert!(error.to_string().contains(sentence), "{name}: {error}");
    }
}

// ── the command line ────────────────────────────────────────────────────────────────────────────────────────────

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guikou"));
    command.arg("import").args(arguments).args(["--model", "no/such/folder"]);
    command.env_remove("GUIKOU_CONFIG").env("NO_COLOR", "1").stdin(Stdio::null());
    command
}

/// Runs it; its exit code, standard output and standard error.
fn import(arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command(arguments).output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

fn all(store: &Store) -> Vec<Case> {
    let (mut cases, mut seek) = (Vec::new(), Seek::first(newest_first()));
    loop {
        let page = store.list(&Filter::default(), &seek, 200).unwrap();
        cases.extend(page.items);
        match page.next_cursor {
            Some(next) => seek = Seek::after(&CASE_SORTS, &next).unwrap(),
            None => return cases,
        }
    }
}

/// A file in a folder of its own, and a store beside it.
fn folder(name: &str, content: &[u8]) -> (tempfile::TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (file, store) = (folder.path().join(name), folder.path().join("cases.db"));
    std::fs::write(&file, content).unwrap();
    (folder, file, store)
}

#[test]
fn a_file_is_shown_then_kept_and_what_is_wrong_is_written_beside_it() {
    let content = format!(
        "{LINES}13912345670,,,,,,,,,,,\nA-4,,昨天,,,秘密的来电,,,,,,\nA-5,,2026-11-25,,,我叫张建国，路灯不亮,,,,,,\n"
    );
    let (folder, file, store) = folder("工单.csv", content.as_bytes());
    let (path, database) = (file.to_str().unwrap(), store.to_str().unwrap());
    let (code, _, complaint) = import(&[path, "--store", database]);
    assert!(code == 1 && complaint.contains("--yes") && !store.exists(), "nobody could confirm: {complaint}");
    let (code, told, shown) = import(&[path, "--dry-run"]);
    assert!(code == 1 && told.contains("读入 3 件") && !store.exists(), "{told}{shown}");
    assert!(shown.contains("正文 ← 诉求内容") && shown.contains("[姓名]"), "{shown}");
    let problems = file.with_file_name("工单.csv.问题.csv");
    let written = std::fs::read_to_string(&problems).unwrap();
    assert!(written.starts_with("\u{feff}行号,编号,位置,怎么改\r\n"), "{written:?}");
    assert!(
        written.contains("5,[手机号],/text,正文为空") && written.contains("6,A-4,/received_at,时间看不懂"),
        "{written}"
    );
    let (code, told, shown) = import(&[path, "--store", database, "--yes"]);
    assert!(code == 1 && told.contains("保存 3 件") && told.contains("已有 0 件"), "{told}{shown}");
    for said in [&told, &shown, &written] {
        assert!(!["1391234567", "张建国", "秘密"].iter().any(|secret| said.contains(secret)), "{said}");
    }
    let kept = reopened(&store);
    let case = kept.find_reference("A-1").unwrap().unwrap();
    assert_eq!(case.received_at.to_rfc3339(), "2026-11-23T00:12:00+00:00");
    assert_eq!((case.channel.as_deref(), case.title.as_deref()), (Some("电话"), Some("夜间施工")));
    drop(kept);
    let everything = format!("{}/工单.csv.问题.csv", folder.path().display());
    let (code, told, shown) = import(&[path, &everything, "--store", database, "--map", "received_at="]);
    assert!(code == 1 && told.contains("保存 1 件") && told.contains("已有 3 件"), "a mended mapping: {told}{shown}");
    assert!(shown.contains("略过"), "{shown}");
    let kept = reopened(&store);
    assert_eq!(all(&kept).len(), 4);
    let states: Vec<State> = kept.jobs(None, 10).unwrap().iter().map(|job| job.state).collect();
    assert_eq!(states, [State::Done, State::Done]);
}

#[test]
fn a_clean_file_ends_with_0_and_a_used_store_is_refused() {
    let (_folder, file, store) = folder("a.jsonl", json_lines().as_bytes());
    let arguments = [file.to_str().unwrap(), "--store", store.to_str().unwrap(), "--yes"];
    let (code, told, _) = import(&arguments);
    assert!(code == 0 && told.contains("保存 2 件"), "{told}");
    assert!(!file.with_file_name("a.jsonl.问题.csv").exists());
    let (code, told, _) = import(&arguments);
    assert!(code == 0 && told.contains("保存 0 件") && told.contains("已有 2 件"), "{told}");
    let held = reopened(&store);
    let (code, _, complaint) = import(&arguments);
    assert!(code == 1 && complaint.contains("另一个进程"), "{complaint}");
    drop(held);
    let (code, _, complaint) = import(&[file.to_str().unwrap(), "--yes"]);
    assert!(code == 1 && complaint.contains("--store"), "{complaint}");
}

/// As many complaints without a reference, each another.
fn many(count: usize) -> String {
    let lines = (0..count).map(|n| format!("长虹路{n}号门前的路灯不亮已经{n}天，打了电话没人管,2026-11-23 08:12\n"));
    std::iter::once("诉求内容,受理时间\n".to_owned()).chain(lines).collect()
}

/// Waits until it is so.
fn until(what: &str, mut so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !so() {
        assert!(started.elapsed() < Duration::from_secs(60), "never: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[cfg(unix)]
#[test]
fn killed_or_stopped_in_the_middle_an_import_goes_on_where_it_was_and_keeps_nothing_twice() {
    const COUNT: usize = 1500;
    let (folder, file, store) = folder("many.csv", many(COUNT).as_bytes());
    let arguments = [file.to_str().unwrap(), "--store", store.to_str().unwrap(), "--yes"];
    let written = || std::fs::metadata(folder.path().join("cases.db-wal")).map_or(0, |file| file.len());
    let begun = |beyond: u64| {
        let child = command(&arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        until("something is kept", || written() > beyond);
        child
    };
    let mut child = begun(1_000_000);
    child.kill().unwrap();
    child.wait().unwrap();
    let kept = reopened(&store);
    let first = all(&kept).len();
    assert!((1..COUNT).contains(&first), "{first}");
    assert!(!kept.jobs(None, 1).unwrap()[0].state.ended());
    drop(kept);

    let child = begun(1_000_000);
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.code() == Some(1) && told.contains("中途停止"), "{told}");
    let kept = reopened(&store);
    let second = all(&kept).len();
    assert!((first..COUNT).contains(&second), "{first} then {second}");
    let states: Vec<State> = kept.jobs(None, 2).unwrap().iter().map(|job| job.state).collect();
    assert_eq!(states, [State::Cancelled, State::Interrupted]);
    drop(kept);

    let (code, told, shown) = import(&arguments);
    let sum = format!("保存 {} 件，已有 {second} 件", COUNT - second);
    assert!(code == 0 && told.contains(&sum), "{sum}: {told}{shown}");
    let references = all(&reopened(&store)).into_iter().map(|case| case.reference.unwrap());
    assert_eq!(references.collect::<std::collections::BTreeSet<_>>().len(), COUNT);
}

// ── jobs ────────────────────────────────────────────────────────────────────────────────────────────────────────

const CSV: (&str, &str) = ("Content-Type", "text/csv");

fn upload(address: SocketAddr, query: &str, body: &[u8]) -> Reply {
    send(address, "POST", &format!("/v1/imports?{query}"), &[CSV], body)
}

/// Sends a file that is taken; its job's id.
fn taken(address: SocketAddr, query: &str, body: &[u8]) -> String {
    let reply = upload(address, query, body);
    assert_eq!(reply.status, 202, "{}", reply.body);
    let id = reply.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(reply.header("location"), Some(format!("/v1/jobs/{id}").as_str()));
    id
}

fn job(address: SocketAddr, id: &str) -> Value {
    let reply = get(address, &format!("/v1/jobs/{id}"));
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.json()
}

/// The job once it has ended.
fn ended(address: SocketAddr, id: &str) -> Value {
    until("the job ends", || !["waiting", "running"].contains(&job(address, id)["state"].as_str().unwrap()));
    job(address, id)
}

fn keywords() -> SocketAddr {
    start(&[("model", "no/such/folder")])
}

#[test]
fn an_import_is_a_job_that_tells_what_came_of_it() {
    let address = keywords();
    let content = format!("{LINES}A-3,,昨天,,,秘密,,,,,,\n");
    let id = taken(address, "format=csv&filename=张建国13912345678.csv&map=title=", content.as_bytes());
    let done = ended(address, &id);
    for (field, value) in [
        ("state", json!("done")),
        ("kind", json!("import")),
        ("done", json!(2)),
        ("total", json!(2)),
        ("kept", json!(2)),
        ("standing", json!(0)),
        ("problems_total", json!(1)),
        ("detail", Value::Null),
    ] {
        assert_eq!(done[field], value, "{field}: {done}");
    }
    assert!(done["created_at"].as_str() <= done["ended_at"].as_str(), "{done}");
    let mapping = done["mapping"].as_str().unwrap();
    assert!(mapping.contains("诉求人 ← 联系电话") && !mapping.contains("标题"), "{mapping}");
    assert!(!done["file"].as_str().unwrap().contains("1391234"), "{done}");
    let problem = &done["problems"][0];
    assert_eq!((&problem["line"], &problem["pointer"]), (&json!(5), &json!("/received_at")));
    assert!(problem["detail"].as_str().unwrap().contains("时间") && !done.to_string().contains("秘密"), "{done}");
    let english = send(address, "GET", &format!("/v1/jobs/{id}"), &[("Accept-Language", "en")], b"").json();
    assert!(english["problems"][0]["detail"].as_str().unwrap().contains("write it as"), "{english}");

    let again = ended(address, &taken(address, "format=csv", content.as_bytes()));
    assert_eq!((&again["kept"], &again["standing"]), (&json!(0), &json!(2)));
    let sheet = ended(address, &taken(address, "format=xlsx", &sheet()));
    assert_eq!((&sheet["kept"], &sheet["standing"]), (&json!(1), &json!(1)), "A-1 stands: {sheet}");
    let lines = ended(address, &taken(address, "format=jsonl", json_lines().as_bytes()));
    assert_eq!(lines["state"], "done");

    let page = get(address, "/v1/jobs?page_size=3").json();
    let next = page["next_cursor"].as_str().unwrap();
    let last = get(address, &format!("/v1/jobs?page_size=3&cursor={next}")).json();
    let of =
        |page: &Value| -> Vec<Value> { page["items"].as_array().unwrap().iter().map(|j| j["id"].clone()).collect() };
    assert_eq!(
        [of(&page), of(&last)].concat(),
        [&lines["id"], &sheet["id"], &again["id"], &done["id"]].map(Clone::clone)
    );
    assert!(last["next_cursor"].is_null() && last["items"][0].get("problems").is_none(), "{last}");
}

#[test]
fn what_cannot_be_an_import_is_refused_at_once() {
    let address = start(&[("model", "no/such/folder"), ("http.max_import_bytes", "2000")]);
    let check = |query: &str, kind: &str, body: &[u8], status: u16, pointer: Option<&str>| {
        let reply = send(address, "POST", &format!("/v1/imports?{query}"), &[("Content-Type", kind)], body);
        assert_eq!(reply.status, status, "{query} {kind}: {}", reply.body);
        let problem = reply.json();
        let pointers: Vec<&str> =
            problem["errors"].as_array().unwrap().iter().filter_map(|flaw| flaw["pointer"].as_str()).collect();
        assert_eq!(pointers, pointer.into_iter().collect::<Vec<_>>(), "{problem}");
        assert!(!problem.to_string().contains("秘密"), "{problem}");
    };
    let file = "内容\n秘密\n".as_bytes();
    check("", "text/csv", file, 422, Some("?format"));
    check("format=docx", "text/csv", file, 422, Some("?format"));
    check("format=csv&map=text:a", "text/csv", file, 422, Some("?map"));
    check("format=csv&colour=red", "text/csv", file, 422, Some("?colour"));
    check("format=csv&map=title=无此列", "text/csv", file, 422, None);
    check("format=csv", "text/csv", "甲,乙\n秘密,b\n".as_bytes(), 422, None);
    check("format=csv", "text/csv", b"", 422, None);
    check("format=xlsx", "application/octet-stream", file, 400, None);
    check("format=csv", "text/csv", &[b'a'; 2001], 413, None);
    for form in ["text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"] {
        check("format=csv", form, file, 415, None);
    }
    assert_eq!(get(address, "/v1/jobs").json()["items"], json!([]), "none of them is a job");
    for (method, path) in [("GET", "/v1/jobs/j_0"), ("DELETE", "/v1/jobs/j_0"), ("POST", "/v1/jobs/j_0:cancel")] {
        assert_eq!(send(address, method, path, &[], b"").json()["type"], "urn:guikou:problem:not-found", "{path}");
    }
    assert_eq!(send(address, "POST", "/v1/jobs/j_0:paint", &[], b"").status, 404);
}

#[test]
fn cancelled_imports_stop_soon_and_keep_what_was_kept() {
    let address = keywords();
    let file = many(3000);
    let running = taken(address, "format=csv", file.as_bytes());
    let waiting: Vec<String> = (0..3).map(|_| taken(address, "format=csv", file.as_bytes())).collect();
    let refused = upload(address, "format=csv", file.as_bytes());
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("1")), "{}", refused.body);
    for (n, id) in waiting.iter().enumerate() {
        let reply = match n {
            0 => send(address, "POST", &format!("/v1/jobs/{id}:cancel"), &[], b""),
            _ => send(address, "DELETE", &format!("/v1/jobs/{id}"), &[], b""),
        };
        assert_eq!((reply.status, &reply.json()["state"]), (200, &json!("cancelled")), "{}", reply.body);
    }
    let counted = || get(address, "/v1/complaints?page_size=200").json()["items"].as_array().unwrap().len();
    until("some are kept", || counted() > 10);
    let kept = post(address, "/v1/complaints", &json!({"text": "井盖丢了"}));
    assert_eq!(kept.status, 201, "a sender gets a turn: {}", kept.body);
    assert_eq!(job(address, &running)["state"], "running");
    assert_eq!(send(address, "DELETE", &format!("/v1/jobs/{running}"), &[], b"").status, 200);
    let end = ended(address, &running);
    assert_eq!(end["state"], "cancelled", "{end}");
    let kept = end["kept"].as_u64().unwrap();
    assert!((8..3000).contains(&kept) && end["done"] == end["kept"], "{end}");
    assert_eq!(send(address, "DELETE", &format!("/v1/jobs/{running}"), &[], b"").json(), end, "it has ended already");
}

#[cfg(unix)]
#[test]
fn an_import_that_the_service_did_not_finish_is_shown_so_and_can_be_sent_again() {
    const COUNT: usize = 400;
    let (_folder, file, store) = folder("many.csv", many(COUNT).as_bytes());
    let file = std::fs::read(file).unwrap();
    let (mut served, address) = serve(&store, "");
    let (first, second) = (taken(address, "format=csv", &file), taken(address, "format=csv", &file));
    until("some are kept", || get(address, "/v1/complaints?page_size=20").json()["next_cursor"].is_string());
    served.kill();
    drop(reopened(&store));
    let (mut served, address) = serve(&store, "");
    for id in [&first, &second] {
        let job = job(address, id);
        assert_eq!(job["state"], "interrupted", "{job}");
        assert!(job["ended_at"].is_string() && job["detail"].as_str().unwrap().contains("再发一次"), "{job}");
    }
    let done = ended(address, &taken(address, "format=csv", &file));
    let [kept, standing] = ["kept", "standing"].map(|field| done[field].as_u64().unwrap());
    assert!(standing >= 20 && kept + standing == COUNT as u64, "{done}");
    served.kill();
    assert_eq!(all(&reopened(&store)).len(), COUNT);
}

#[test]
fn a_service_that_stops_waits_for_the_step_at_work_only() {
    let (_folder, file, store) = folder("many.csv", many(2000).as_bytes());
    let file = std::fs::read(file).unwrap();
    let (address, stop) = on_file(&store);
    let id = taken(address, "format=csv", &file);
    until("some are kept", || get(address, "/v1/complaints?page_size=1").json()["next_cursor"].is_string());
    stop();
    let kept = reopened(&store);
    let job = kept.job(&id).unwrap().unwrap();
    assert_eq!((job.state, job.done), (State::Interrupted, all(&kept).len()), "what it tells is what is kept");
    assert!(job.done < 2000 && job.ended_at.is_some());
}

#[test]
fn no_personal_data_of_a_file_reaches_the_disk() {
    let content = "编号,联系电话,标题,内容,来源,主体类型,地点,受理时间\n\
        P-1,13912345678,请回电13912345679,我叫张建国，住长虹路8号3栋2单元501室，楼下烧烤店油烟大,电话13912345670,13912345671,联系13912345672,\n\
        13912345673,13912345674,,我叫张建国,,,,昨天\n";
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("cases.db");
    let (address, stop) = on_file(&store);
    let done = ended(address, &taken(address, "format=csv&filename=13912345675.csv", content.as_bytes()));
    assert_eq!((&done["kept"], &done["problems_total"]), (&json!(1), &json!(1)), "{done}");
    stop();
    let kept = reopened(&store);
    let key = kept.sealer().unwrap().sealed("13912345678");
    drop(kept);
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for secret in ["1391234567", "张建国", "501室"] {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} stands in {}", path.display());
        }
    }
    let bytes = std::fs::read(&store).unwrap();
    assert!(bytes.windows(key.len()).any(|window| window == key.as_bytes()), "the opaque key is kept");
}

// ── batches ─────────────────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn a_batch_answers_each_item_in_its_place() {
    let address = start(&[("model", "no/such/folder"), ("http.max_batch", "6")]);
    let batch = |items: &[Value]| post(address, "/v1/complaints:batch", &json!({"items": items}));
    let items = [
        json!({"text": "小区停水两天了", "reference": "B-1", "top_k": 1}),
        json!({"text": ""}),
        json!({"text": "路灯不亮", "reference": "B-2"}),
        json!({"text": "同一件", "reference": "B-1", "explain": false}),
        json!({"text": "井盖丢了", "phone": "1"}),
        json!({"text": "井盖丢了"}),
    ];
    let reply = batch(&items);
    assert_eq!(reply.status, 200, "{}", reply.body);
    let answer = reply.json();
    let answers = answer["items"].as_array().unwrap();
    let kept = |n: usize| &answers[n]["complaint"];
    assert_eq!(answers.len(), 6);
    assert_eq!((kept(0)["reference"].as_str(), kept(2)["reference"].as_str()), (Some("B-1"), Some("B-2")));
    assert_eq!(kept(0)["id"], kept(3)["id"], "one reference is one case");
    assert_eq!([0, 3].iter().filter(|n| kept(**n)["new"] == true).count(), 1, "{answer}");
    assert!(kept(2)["new"] == true && kept(5)["new"] == true && kept(5)["suggestion"]["decision"].is_string());
    for (n, pointer) in [(1, "/items/1/text"), (4, "/items/4/phone")] {
        let problem = &answers[n]["problem"];
        assert_eq!((&problem["status"], &problem["errors"][0]["pointer"]), (&json!(422), &json!(pointer)), "{answer}");
    }
    let case = get(address, &format!("/v1/complaints/{}", kept(2)["id"].as_str().unwrap())).json();
    assert_eq!((&case["created_at"], &case["suggestion"]), (&kept(2)["created_at"], &kept(2)["suggestion"]));
    assert_eq!(get(address, "/v1/complaints").json()["items"].as_array().unwrap().len(), 3);
    let again = batch(&[items[2].clone()]).json();
    let again = &again["items"][0]["complaint"];
    assert_eq!((&again["id"], &again["new"]), (&kept(2)["id"], &json!(false)));
    let seven = vec![items[2].clone(); 7];
    for (items, status) in [(&seven[..], 413), (&[], 422)] {
        assert_eq!(
            (batch(items).status, batch(items).json()["errors"][0]["pointer"].as_str()),
            (status, Some("/items"))
        );
    }
}
