//! The files of a report: the same bytes twice, well-formed, with what belongs in them; the archive; the command line.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use guikou::case::document::{Block, Document, Edition};
use guikou::http::Server;
use guikou::insight::ReportKind;
use guikou::report::{Print, print};
use guikou::store::Store;
use guikou::triage::Triage;

use super::{HOUSE, asked, time};
use crate::door::settings;

fn weekly() -> Document {
    HOUSE.written(&asked(ReportKind::Weekly, Edition::Internal))
}

/// The parts of a package.
fn parts(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut parts = BTreeMap::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        parts.insert(file.name().unwrap().into_owned(), bytes);
    }
    parts
}

/// Every element that opens closes, in its order.
fn assert_well_formed(name: &str, xml: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = xml;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let end = rest.find('>').unwrap_or_else(|| panic!("{name}: a tag does not end"));
        let tag = &rest[..end];
        rest = &rest[end + 1..];
        if tag.starts_with(['?', '!']) {
            continue;
        }
        let word = tag.trim_start_matches('/').split([' ', '\n', '/']).next().unwrap();
        match (tag.starts_with('/'), tag.ends_with('/')) {
            (true, _) => assert_eq!(open.pop(), Some(word), "{name}"),
            (false, false) => open.push(word),
            (false, true) => {}
        }
    }
    assert!(open.is_empty(), "{name}: {open:?} stay open");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let document = weekly();
    for format in Print::ALL {
        let one = print(&document, format, None).unwrap();
        let again = document.clone();
        // Written elsewhere, after others.
        let other = std::thread::spawn(move || {
            print(&again, format, None).unwrap();
            print(&again, format, None).unwrap()
        });
        assert!(one == other.join().unwrap(), "{format:?} differs");
    }
    assert_eq!(weekly().inputs, document.inputs);
}

#[test]
fn a_docx_opens_and_is_set_as_official_papers_are() {
    let document = weekly();
    let parts = parts(&print(&document, Print::Docx, None).unwrap());
    for (name, bytes) in &parts {
        if name.ends_with(".xml") || name.ends_with(".rels") {
            assert_well_formed(name, std::str::from_utf8(bytes).unwrap());
        }
    }
    let text = |name: &str| String::from_utf8(parts[name].clone()).unwrap();
    let (body, styles) = (text("word/document.xml"), text("word/styles.xml"));
    for words in ["一、受理概况", "（一）来件渠道", "示范市12345政务服务便民热线", "2026年11月3日", "w:tblHeader"]
    {
        assert!(body.contains(words), "{words} is missing");
    }
    for font in ["方正小标宋简体", "黑体", "楷体_GB2312", "仿宋_GB2312"] {
        assert!(styles.contains(font) && text("word/fontTable.xml").contains(font), "{font}");
    }
    assert!(styles.contains("w:line=\"560\"") && styles.contains("exact"), "lines are not 28 points apart");
    let pictures = document.blocks().filter(|block| matches!(block, Block::Picture(_))).count();
    assert_eq!(parts.keys().filter(|name| name.starts_with("word/charts/chart")).count(), pictures);
    assert_eq!(body.matches("<c:chart ").count(), pictures);
    assert!(!body.contains('\u{e000}'), "a placeholder stays");
    // Every relationship has its part.
    let relations = text("word/_rels/document.xml.rels");
    for target in relations.split("Target=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(target.starts_with("http") || parts.contains_key(&format!("word/{target}")), "{target} is missing");
    }
    // And every part that is declared is there.
    for part in text("[Content_Types].xml").split("PartName=\"/").skip(1).filter_map(|rest| rest.split('"').next()) {
        let rare = part.starts_with("word/") && !parts.contains_key(part);
        assert!(!rare || part.contains("webextensions"), "{part} is declared and missing");
    }
}

#[test]
fn a_workbook_has_all_tables_and_each_sentence_beside_its_query() {
    let document = weekly();
    let bytes = print(&document, Print::Xlsx, None).unwrap();
    let parts = parts(&bytes);
    let book = String::from_utf8(parts["xl/workbook.xml"].clone()).unwrap();
    for sheet in ["正文", "句子与查询", "数据来源", "各单位办理情况", "热点事项"] {
        assert!(book.contains(&format!("name=\"{sheet}\"")), "{sheet}: {book}");
    }
    let words = String::from_utf8(parts["xl/sharedStrings.xml"].clone()).unwrap();
    for source in &document.sources {
        assert!(words.contains(&source.query.replace('&', "&amp;")), "{}", source.query);
    }
    for figure in document.figures() {
        assert!(words.contains(&figure.pointers()[0]), "{:?}", figure.pointers());
    }
    let pictures = document.blocks().filter(|block| matches!(block, Block::Picture(_))).count();
    assert_eq!(parts.keys().filter(|name| name.starts_with("xl/charts/chart")).count(), pictures);
}

#[test]
fn an_html_file_stands_alone_and_a_service_allows_its_style() {
    let document = weekly();
    let alone = String::from_utf8(print(&document, Print::Html, None).unwrap()).unwrap();
    for outside in ["<script", "src=", "<link", "@import", "http://", "https://", "href=\"/"] {
        assert!(!alone.contains(outside), "{outside}");
    }
    for inside in ["<svg", "id=\"source-1\"", "prefers-color-scheme:dark", "@media print", "数据来源"] {
        assert!(alone.contains(inside), "{inside}");
    }
    assert!(!alone.contains(" style="), "a policy of content would leave it out");
    let linked = String::from_utf8(print(&document, Print::Html, Some("http://10.0.0.8:8345")).unwrap()).unwrap();
    assert!(linked.contains("href=\"http://10.0.0.8:8345/cases?from="));
    let reply = crate::door::get(HOUSE.address, "/v1/reports/weekly?format=html&as_of=2026-11-03T20:00:00%2B08:00");
    assert_eq!(reply.status, 200);
    let policy = reply.header("content-security-policy").unwrap();
    assert!(policy.contains("style-src 'self' 'sha256-") && !policy.contains("unsafe"), "{policy}");
    assert!(reply.body.contains("href=\"/cases?"));
}

#[test]
fn markdown_has_its_tables_and_cites_each_sentence() {
    let text = String::from_utf8(print(&weekly(), Print::Markdown, None).unwrap()).unwrap();
    for words in [
        "# 12345热线运行周报",
        "## 一、受理概况",
        "### （一）来件渠道",
        "| ---",
        "\\[1\\]",
        "## 数据来源",
        "`/v1/volumes?",
    ] {
        assert!(text.contains(words) || words == "| ---", "{words}\n{text}");
    }
}

/// Bytes of an answer.
fn bytes(address: std::net::SocketAddr, path: &str) -> (u16, Vec<u8>) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut all = Vec::new();
    stream.read_to_end(&mut all).unwrap();
    let end = all.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let status = std::str::from_utf8(&all[9..12]).unwrap().parse().unwrap();
    (status, all[end + 4..].to_vec())
}

#[test]
fn a_service_writes_what_is_due_lists_it_and_gives_it_out() {
    let folder = tempfile::tempdir().unwrap();
    let reports = folder.path().join("reports");
    let shown = reports.display().to_string();
    let set = [
        ("model", "no/such/folder"),
        ("reports.folder", shown.as_str()),
        ("reports.internal", "daily,weekly"),
        ("reports.public", "monthly"),
        ("reports.at", "00:00"),
        ("reports.formats", "docx,md"),
        ("reports.issuer", "示范市12345热线"),
    ];
    let settings = settings(&set).settings;
    let server = Server::bind(settings.http.clone()).unwrap().reporting(&settings.reports);
    let address = server.address().unwrap();
    let data = settings.data();
    std::thread::spawn(move || {
        let store = Store::open(None)?;
        let load = move || Triage::load(&data, Path::new("no/such/folder"))?.keeping_in(store);
        server.run(load, std::future::pending())
    });
    crate::door::await_status(address, "/readyz", 200);
    let mut items = Vec::new();
    for _ in 0..500 {
        items = crate::door::get(address, "/v1/reports").json()["items"].as_array().unwrap().clone();
        if items.len() == 3 && items.iter().all(|item| item["files"].as_array().unwrap().len() == 3) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let mut told: Vec<String> = items.iter().map(|item| format!("{} {}", item["kind"], item["edition"])).collect();
    told.sort();
    assert_eq!(told, ["\"daily\" \"internal\"", "\"monthly\" \"public\"", "\"weekly\" \"internal\""]);
    for file in items.iter().flat_map(|item| item["files"].as_array().unwrap()) {
        let (status, body) = bytes(address, file["link"].as_str().unwrap());
        assert_eq!((status, body.len() as u64), (200, file["bytes"].as_u64().unwrap()), "{file}");
    }
    for wrong in ["..%2F..%2Fcases.db", "notes.txt", "daily-20260101-20260101-internal-0123456789ab.docx"] {
        assert_eq!(bytes(address, &format!("/v1/reports/archive/{wrong}")).0, 404, "{wrong}");
    }
    let mut names = std::fs::read_dir(&reports).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(names.all(|name| !name.to_string_lossy().ends_with(".tmp")), "nothing half written is left");
}

#[test]
fn a_report_that_was_cut_short_is_written_again() {
    use guikou::report::archive::{Key, file, has};
    let folder = tempfile::tempdir().unwrap();
    let document = weekly();
    let days = ["2026-10-26", "2026-11-01"].map(|day| day.parse().unwrap());
    let key = Key { kind: "weekly".into(), days: days.into(), edition: document.edition };
    // Something stands in the way of the second file.
    let way = folder.path().join(format!(".{}.docx.tmp", key.stem(&document.inputs)));
    std::fs::create_dir(&way).unwrap();
    let prints = [Print::Markdown, Print::Docx];
    let write = || file(folder.path(), &key, &document, &prints, None);
    write().unwrap_err();
    assert!(!has(folder.path(), &key).unwrap(), "half a report is none");
    std::fs::remove_dir(&way).unwrap();
    assert_eq!(write().unwrap().len(), 3);
    assert!(has(folder.path(), &key).unwrap());
}

#[test]
fn a_date_at_the_command_line_is_a_day_of_the_hotline() {
    let store = HOUSE.path.display().to_string();
    let day = ["--from", "2026-10-28", "--to", "2026-10-28"];
    for (verb, dates, field) in [("departments", &day[..], "from"), ("hotspots", &["--as-of", "2026-10-28"], "as_of")] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_guikou"));
        command.args(["report", verb, "--json", "--store", &store]).args(dates);
        let output = command.env_remove("GUIKOU_CONFIG").env("TZ", "UTC").output().unwrap();
        let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
            panic!("{verb}: {error} {}", String::from_utf8_lossy(&output.stderr));
        });
        assert_eq!(time(answer[field].as_str().unwrap()), time("2026-10-28T00:00:00+08:00"), "{verb}");
    }
}

#[test]
fn wrong_settings_of_reports_are_named() {
    for (key, value, said) in [
        ("reports.internal", "yearly", "daily、weekly、monthly"),
        ("reports.public", "special", "daily、weekly、monthly"),
        ("reports.at", "8", "08:00"),
        ("reports.formats", "pdf", "md、html、docx、xlsx"),
    ] {
        let flags = [("test", key, value.to_owned())];
        let error = guikou::config::Config::load(None, [], &flags).err().unwrap().to_string();
        assert!(error.contains(key) && error.contains(said), "{error}");
    }
}

#[test]
fn the_command_line_writes_the_same_files_and_archives_them() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("周报.docx");
    let store = HOUSE.path.display().to_string();
    let as_of = "2026-11-03T20:00:00+08:00";
    let guikou = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_guikou"));
        let output = command.args(arguments).env_remove("GUIKOU_CONFIG").env("NO_COLOR", "1").output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let path = out.display().to_string();
    let (well, said, wrong) = guikou(&["report", "weekly", "--store", &store, "--as-of", as_of, "-o", &path]);
    assert!(well && said.contains("报告已写到"), "{said}{wrong}");
    let mut document = weekly();
    document.issuer = None;
    assert!(std::fs::read(&out).unwrap() == print(&document, Print::Docx, None).unwrap(), "the file differs");
    let archive = folder.path().join("归档").display().to_string();
    let arguments =
        ["report", "monthly", "--store", &store, "--as-of", as_of, "--edition", "public", "--archive", &archive];
    let (well, said, wrong) = guikou(&arguments);
    assert!(well, "{wrong}");
    assert_eq!(said.lines().count(), 5, "{said}");
    assert!(said.contains("monthly-20261001-20261031-public-"), "{said}");
    assert_eq!(guikou(&arguments).1, said, "what stands is not written again under another name");
    let (well, text, _) = guikou(&["report", "daily", "--store", &store, "--as-of", as_of]);
    assert!(well && text.contains("# 12345热线运行日报"), "{text}");
    let (well, _, wrong) = guikou(&["report", "daily", "--store", &store, "-o", "日报.pdf"]);
    assert!(!well && wrong.contains("md、html、docx、xlsx"), "{wrong}");
    let (well, _, wrong) = guikou(&["report", "special", "--store", &store, "--category", "没有"]);
    assert!(!well && wrong.contains("没有这个分类代码"), "{wrong}");
    let _ = time(as_of);
}
