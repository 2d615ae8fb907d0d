//! What is kept: it comes back, once, masked, page by page, and outlives being killed.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use guikou::error::Kind;
use guikou::store::{Filter, Seek, Store, newest_first};
use guikou::triage::Triage;
use serde_json::{Value, json};

use crate::door::{Reply, SHARED, get, post, settings, start, start_with};

const TEXT: &str = "樊城区长虹路北段工地每天凌晨两点还在打桩，打了三次电话没人管";

fn keep(address: SocketAddr, body: &Value) -> Reply {
    post(address, "/v1/complaints", body)
}

/// Hands in a complaint that is new and returns the answer.
fn kept(address: SocketAddr, body: &Value) -> Value {
    let reply = keep(address, body);
    assert_eq!(reply.status, 201, "{}", reply.body);
    let answer = reply.json();
    assert_eq!(reply.header("location"), Some(format!("/v1/complaints/{}", answer["id"].as_str().unwrap()).as_str()));
    answer
}

fn read(address: SocketAddr, answer: &Value) -> Value {
    let reply = get(address, &format!("/v1/complaints/{}", answer["id"].as_str().unwrap()));
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.json()
}

fn list(address: SocketAddr, query: &str) -> Value {
    let reply = get(address, &format!("/v1/complaints?{query}"));
    assert_eq!(reply.status, 200, "{query}: {}", reply.body);
    reply.json()
}

fn ids(page: &Value) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_is_kept_comes_back_whole() {
    let address = start(&[]);
    let sent = json!({
        "text": TEXT, "title": "工地噪声", "reference": "XY-1", "channel": "电话", "subject_type": "个人",
        "received_at": "2026-11-23T08:12:00+08:00", "occurred_at": "2026-11-22T23:30:00Z",
        "location": {"text": "长虹路", "area_code": "420606", "lng": 112.1, "lat": 32.0}, "reporter_key": "opaque-7"
    });
    let answer = kept(address, &sent);
    assert_eq!(answer["reference"], "XY-1");
    let mut advised = post(address, "/v1/suggestions", &sent).json();
    // What like texts say is shown, not kept.
    for reason in advised["assignment"].as_array_mut().unwrap().iter_mut().flat_map(|one| one["reasons"].as_array_mut())
    {
        reason.iter_mut().filter_map(Value::as_object_mut).filter(|one| one["kind"] == "similar").for_each(|one| {
            assert!(one.remove("text").is_some());
        });
    }
    for field in ["decision", "categories", "assignment", "location", "flags", "versions"] {
        assert_eq!(answer["suggestion"][field], advised[field], "{field}");
    }
    let case = read(address, &answer);
    assert_eq!(case["suggestion"], answer["suggestion"]);
    assert_eq!(case["created_at"], answer["created_at"]);
    for (field, value) in [
        ("text", post(address, "/v1/segment", &json!({"text": TEXT})).json()["text"].clone()),
        ("title", json!("工地噪声")),
        ("channel", json!("电话")),
        ("received_at", json!("2026-11-23T00:12:00Z")),
        ("occurred_at", json!("2026-11-22T23:30:00Z")),
        ("location", json!({"text": "长虹路", "area_code": "420606", "lng": 112.1, "lat": 32.0})),
        ("district", json!("樊城区")),
        ("category", json!({"code": "0702", "name": "建筑施工噪声"})),
        ("versions", answer["suggestion"]["versions"].clone()),
    ] {
        assert_eq!(case[field], value, "{field}");
    }
    let lead = &answer["suggestion"]["assignment"][0]["lead"];
    assert_eq!((&case["unit"]["code"], &case["unit"]["name"]), (&lead["code"], &lead["name"]));
    assert!(!case.to_string().contains("opaque-7"), "who called is never given out: {case}");
}

#[test]
fn the_same_reference_again_returns_the_case_that_stands() {
    let address = start(&[]);
    let first = kept(address, &json!({"text": TEXT, "reference": "A-1"}));
    let again = keep(address, &json!({"text": "小区停水两天了", "reference": "A-1"}));
    assert_eq!((again.status, again.json()), (200, first), "nothing is thought or stored anew");
    for blank in [json!({"text": "井盖丢了"}), json!({"text": "井盖丢了", "reference": " "})] {
        kept(address, &blank);
        kept(address, &blank);
    }
    assert_eq!(list(address, "")["items"].as_array().unwrap().len(), 5, "a blank reference is none");
}

#[test]
fn a_reference_sent_by_many_at_once_is_kept_once() {
    let address = start(&[]);
    let senders = (0..8).map(|_| std::thread::spawn(move || keep(address, &json!({"text": TEXT, "reference": "B-1"}))));
    let replies: Vec<Reply> = senders.collect::<Vec<_>>().into_iter().map(|sender| sender.join().unwrap()).collect();
    assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1);
    assert!(replies.iter().all(|reply| reply.json()["id"] == replies[0].json()["id"]), "{replies:?}");
    assert_eq!(list(address, "")["items"].as_array().unwrap().len(), 1);
}

/// A server that keeps its cases in `file`, and what stops it.
pub fn on_file(file: &Path) -> (SocketAddr, impl FnOnce()) {
    let settings = settings(&[]).settings;
    let store = Store::open(Some(file)).unwrap();
    let load = move || Triage::load(&settings.data(), &settings.model()?)?.keeping_in(store);
    let (address, stop, running) = start_with(&[], load);
    crate::door::await_status(address, "/readyz", 200);
    (address, move || {
        stop.send(()).unwrap();
        running.join().unwrap().unwrap();
    })
}

/// Opens the store as soon as the server that had it is gone.
pub fn reopened(file: &Path) -> Store {
    for _ in 0..500 {
        match Store::open(Some(file)) {
            Ok(store) => return store,
            Err(_) => std::thread::sleep(std::time::Duration::from_millis(10)),
        }
    }
    Store::open(Some(file)).unwrap()
}

#[test]
fn a_file_outlives_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cases.db");
    let (address, stop) = on_file(&file);
    let answer = kept(address, &json!({"text": TEXT, "reference": "C-1"}));
    let before = read(address, &answer);
    stop();
    drop(reopened(&file));
    let (address, stop) = on_file(&file);
    assert_eq!(read(address, &answer), before);
    assert_eq!(keep(address, &json!({"text": TEXT, "reference": "C-1"})).status, 200);
    stop();
}

#[test]
fn no_personal_data_reaches_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cases.db");
    let (address, stop) = on_file(&file);
    let answer = kept(
        address,
        &json!({
            "text": "我叫张建国，电话13912345678，住长虹路8号3栋2单元501室，楼下烧烤店油烟大",
            "title": "请回电13912345679", "channel": "电话13912345670", "subject_type": "13912345671",
            "location": {"text": "联系13912345672"}, "flags": ["13912345673"]
        }),
    );
    let case = read(address, &answer);
    assert!(
        case["text"].as_str().unwrap().contains("油烟") && case["title"].as_str().unwrap().contains("请回电"),
        "{case}"
    );
    stop();
    drop(reopened(&file));
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for secret in ["1391234567", "张建国", "501室"] {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} stands in {}", path.display());
        }
    }
    let bytes = std::fs::read(&file).unwrap();
    assert!(bytes.windows("油烟".len()).any(|window| window == "油烟".as_bytes()), "the search can find");
}

#[test]
fn pages_stand_still_while_cases_arrive() {
    let address = start(&[]);
    let some = |n: usize| kept(address, &json!({"text": "路灯不亮", "reference": format!("D-{n}")}))["id"].clone();
    let first: Vec<Value> = (0..7).map(some).collect();
    let (mut seen, mut cursor, mut n) = (Vec::new(), String::new(), 7);
    loop {
        let page = list(address, &format!("page_size=3&cursor={cursor}"));
        let total = if seen.is_empty() { json!(7) } else { Value::Null };
        assert_eq!(page["total"], total, "how many there are is said once");
        seen.extend(ids(&page));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = next.to_owned();
        some(n);
        n += 1;
    }
    let newest_first: Vec<&str> = first.iter().rev().map(|id| id.as_str().unwrap()).collect();
    assert_eq!(seen, newest_first, "each case once, newest first, none that came later");
}

#[test]
fn a_list_says_who_must_be_protected_and_how_many_there_are() {
    let address = start(&[]);
    kept(address, &json!({"text": "举报楼下饭店油烟", "flags": ["info_protect"]}));
    kept(address, &json!({"text": "路灯不亮"}));
    let page = list(address, "");
    assert_eq!((&page["total"], &page["items"][0]["flags"]), (&json!(2), &json!([])));
    assert!(page["items"][1]["flags"].as_array().unwrap().contains(&json!("info_protect")), "{page}");
    assert_eq!(list(address, "channel=电话")["total"], json!(0));
}

#[test]
fn the_days_of_a_list_are_the_hotlines() {
    let address = start(&[]);
    let early = kept(address, &json!({"text": "路灯不亮", "received_at": "2026-11-02T00:10:00+08:00"}));
    let late = kept(address, &json!({"text": "井盖响", "received_at": "2026-11-02T23:50:00+08:00"}));
    kept(address, &json!({"text": "停水", "received_at": "2026-11-03T00:10:00+08:00"}));
    assert_eq!(
        ids(&list(address, "from=2026-11-02&to=2026-11-02")),
        [late["id"].as_str().unwrap(), early["id"].as_str().unwrap()]
    );
}

#[test]
fn lists_hold_what_was_asked_for_and_no_suggestions() {
    let address = start(&[]);
    let at =
        |text: &str, day: &str| kept(address, &json!({"text": text, "received_at": format!("{day}T12:00:00+08:00")}));
    let noise = at(TEXT, "2026-11-01");
    let water = at("小区停水两天了，自来水公司电话打不通", "2026-11-02");
    let again = at("半夜工地打桩噪声太大", "2026-11-03");
    let category = read(address, &water)["category"]["code"].as_str().unwrap().to_owned();
    let unit = read(address, &water)["unit"]["code"].as_str().unwrap().to_owned();
    let decision = water["suggestion"]["decision"].as_str().unwrap().to_owned();
    let check = |query: &str, expected: &[&Value]| {
        let expected: Vec<&str> = expected.iter().map(|answer| answer["id"].as_str().unwrap()).collect();
        assert_eq!(ids(&list(address, query)), expected, "{query}");
    };
    check("", &[&again, &water, &noise]);
    check("category=0702", &[&again, &noise]);
    check("category=07", &[&again, &noise]);
    check(&format!("category={category}&unit={unit}&decision={decision}"), &[&water]);
    check("from=2026-11-02&to=2026-11-02", &[&water]);
    check("from=2026-11-02T12:00:00%2B08:00&to=2026-11-03T12:00:00+08:00", &[&water]);
    check("from=2026-11-04", &[]);
    check("page_size=1", &[&again]);
    let page = list(address, "category=0702&page_size=1");
    assert!(page["next_cursor"].is_string() && page["items"][0].get("suggestion").is_none(), "{page}");
}

#[test]
fn an_unknown_case_is_not_found() {
    for id in ["c_0", "%E6%97%A0", "'%20OR%201=1"] {
        let reply = get(*SHARED, &format!("/v1/complaints/{id}"));
        assert_eq!((reply.status, &reply.json()["type"]), (404, &json!("urn:guikou:problem:not-found")), "{id}");
    }
}

#[test]
fn every_wrong_parameter_is_named() {
    let check = |query: &str, named: &[&str]| {
        let reply = get(*SHARED, &format!("/v1/complaints?{query}"));
        let problem = reply.json();
        assert_eq!((reply.status, &problem["type"]), (422, &json!("urn:guikou:problem:invalid")), "{query}");
        let pointers: Vec<_> =
            problem["errors"].as_array().unwrap().iter().map(|flaw| flaw["pointer"].clone()).collect();
        assert_eq!(pointers, named, "{query}");
    };
    check("page_size=0", &["?page_size"]);
    check("page_size=201", &["?page_size"]);
    check("page_size=many", &["?page_size"]);
    check("cursor=-1", &["?cursor"]);
    check("cursor=next", &["?cursor"]);
    check("category=nothing", &["?category"]);
    check("unit=NOBODY", &["?unit"]);
    check("decision=never", &["?decision"]);
    check("from=yesterday&to=2026-13-01", &["?from", "?to"]);
    check("from=2026-11-02&to=2026-10-01", &["?to"]);
    check("unit=CGJ&unit=STHJ", &["?unit"]);
    check("color=red&page_size=0", &["?page_size", "?color"]);
}

#[test]
fn what_is_wrong_with_a_complaint_is_told_as_for_a_suggestion() {
    let reply = keep(*SHARED, &json!({"text": "", "phone": "1"}));
    let problem = reply.json();
    let pointers: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|flaw| &flaw["pointer"]).collect();
    assert_eq!((reply.status, pointers), (422, vec![&json!("/text"), &json!("/phone")]));
}

#[test]
fn a_file_that_is_not_ours_is_refused_with_its_name_and_left_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    std::fs::write(
        file("notes.txt"),
        "not a database at all, but long enough to have a header of a hundred bytes".repeat(3),
    )
    .unwrap();
    drop(Store::open(Some(&file("newer.db"))).unwrap());
    // `user_version` stands in bytes 60 to 63 of the header, `application_id` in 68 to 71 (SQLite file format, §1.3).
    let patched = |name: &str, at: usize, value: u32| {
        let mut bytes = std::fs::read(file("newer.db")).unwrap();
        bytes[at..at + 4].copy_from_slice(&value.to_be_bytes());
        std::fs::write(file(name), bytes).unwrap();
    };
    patched("foreign.db", 68, 7);
    patched("newer.db", 60, 99);
    std::fs::create_dir(file("folder")).unwrap();
    let check = |path: PathBuf, holds: &str| {
        let before = std::fs::read(&path).ok();
        let Err(error) = Store::open(Some(&path)) else { panic!("{} was taken", path.display()) };
        assert_eq!(error.kind, Kind::Setup, "{error}");
        assert!(error.to_string().contains(holds) && error.saying.en.is_ascii(), "{holds} is missing in {error}");
        assert_eq!(std::fs::read(&path).ok(), before, "{} was changed", path.display());
    };
    check(file("notes.txt"), "不是 SQLite 文件");
    check(file("foreign.db"), "别的程序");
    check(file("newer.db"), "新版");
    check(file("folder"), "folder");
    check(file("no/such/cases.db"), "目录不存在");
}

#[test]
fn two_processes_do_not_share_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cases.db");
    let first = Store::open(Some(&file)).unwrap();
    let beside = folder.path().join("link.db");
    #[cfg(unix)]
    std::os::unix::fs::symlink(&file, &beside).unwrap();
    for name in [&file, &beside].into_iter().filter(|name| name.exists()) {
        let Err(error) = Store::open(Some(name)) else { panic!("{} was opened twice", name.display()) };
        assert!(error.kind == Kind::Setup && error.to_string().contains("另一个进程"), "{error}");
    }
    drop(first);
    Store::open(Some(&file)).unwrap();
}

#[test]
fn the_demonstration_fills_an_empty_store_only() {
    let settings = settings(&[("model", "no/such/folder")]).settings;
    let triage = Triage::load(&settings.data(), &settings.model().unwrap()).unwrap();
    let now = chrono::Local::now().fixed_offset();
    let least = triage.stream(&triage.corpus().unwrap(), 3, now).len();
    assert!(least > 30, "{least}");
    let address = start(&[("http.demo", "true"), ("http.demo_days", "3"), ("model", "no/such/folder")]);
    let full = || list(address, "page_size=200")["items"].as_array().unwrap().len() >= least;
    assert!((0..3000).any(|_| full() || {
        std::thread::sleep(std::time::Duration::from_millis(20));
        false
    }));
    let page = list(address, "page_size=200");
    let items = page["items"].as_array().unwrap();
    let received =
        |item: &Value| item["received_at"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    let apart = received(&items[0]) - received(&items[items.len() - 1]);
    assert!((1..=3).contains(&(apart.num_days())), "{apart}");
    let categories: std::collections::BTreeSet<_> =
        items.iter().map(|item| item["category"]["code"].to_string()).collect();
    assert!(categories.len() > 20, "{categories:?}");
    assert!(items.iter().all(|item| item["channel"].is_string()));

    let complaint = guikou::case::Complaint::of(guikou::case::ComplaintText::parse(TEXT).unwrap());
    triage.keep(&[complaint], Default::default(), now).unwrap();
    triage.demonstrate(1, now, |_, _| true).unwrap();
    assert_eq!(triage.store().list(&Filter::default(), &Seek::first(newest_first()), 200).unwrap().items.len(), 1);
}

/// The real binary; killed with the test, however that ends.
pub struct Served(pub Child);

impl Served {
    pub fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The real binary on a free port, with keywords alone; its address once it is ready.
pub fn serve(file: &Path, before: &str) -> (Served, SocketAddr) {
    serve_with("no/such/folder", file, before)
}

/// The same with the model in this folder.
pub fn serve_with(model: &str, file: &Path, before: &str) -> (Served, SocketAddr) {
    let binary = env!("CARGO_BIN_EXE_guikou");
    let line =
        format!("{before} exec '{binary}' serve --listen 127.0.0.1:0 --model '{model}' --store '{}'", file.display());
    let mut command = Command::new("sh");
    command.args(["-c", &line]).env_remove("GUIKOU_CONFIG").env("NO_COLOR", "1");
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let listening = lines.find(|line| line.contains("http://")).expect("an address");
    let address = listening.rsplit("http://").next().unwrap().trim().parse().unwrap();
    lines.find(|line| line.contains("就绪")).expect("ready");
    std::thread::spawn(move || lines.for_each(drop));
    (Served(child), address)
}

#[cfg(unix)]
#[test]
fn killed_while_cases_arrive_every_acknowledged_one_stands_whole() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cases.db");
    let (mut served, address) = serve(&file, "");
    let (told, heard) = std::sync::mpsc::channel();
    for sender in 0..4 {
        let told = told.clone();
        std::thread::spawn(move || {
            for n in 0.. {
                let reference = format!("K-{sender}-{n}");
                let body = json!({"text": TEXT, "reference": reference, "explain": false});
                // The kill breaks the connection, which the client of these tests answers with a panic.
                let Ok(reply) = std::panic::catch_unwind(|| keep(address, &body)) else { return };
                if reply.status != 201 || told.send((reference, reply.json())).is_err() {
                    return;
                }
            }
        });
    }
    drop(told);
    let mut acknowledged: BTreeMap<String, Value> = heard.iter().take(40).collect();
    served.kill();
    acknowledged.extend(heard.iter());
    let store = reopened(&file);
    assert!(acknowledged.len() >= 40);
    for (reference, answer) in &acknowledged {
        let case = store.find_reference(reference).unwrap().unwrap_or_else(|| panic!("{reference} is lost"));
        assert_eq!((json!(case.id), case.suggestion.as_ref()), (answer["id"].clone(), Some(&answer["suggestion"])));
    }
}

#[cfg(unix)]
#[test]
fn on_a_full_disk_nothing_is_half_kept_and_reading_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cases.db");
    // No file may grow past this many blocks of 512 bytes; the signal that would tell so is ignored.
    let (mut served, address) = serve(&file, "trap '' XFSZ; ulimit -f 1200;");
    let mut standing = Vec::new();
    let refused = (0..400).find_map(|_| {
        let reply = keep(address, &json!({"text": TEXT, "explain": false}));
        if reply.status == 201 {
            standing.push(reply.json());
        }
        (reply.status != 201).then_some(reply)
    });
    let refused = refused.expect("the disk never filled");
    assert_eq!(
        (refused.status, refused.header("content-type")),
        (500, Some("application/problem+json; charset=utf-8"))
    );
    let ready = get(address, "/readyz");
    assert_eq!((ready.status, &ready.json()["type"]), (503, &json!("urn:guikou:problem:not-ready")), "{}", ready.body);
    assert!(!standing.is_empty());
    standing.iter().for_each(|answer| assert_eq!(read(address, answer)["id"], answer["id"]));
    served.kill();
    let store = reopened(&file);
    let kept = standing.iter().filter(|answer| store.find(answer["id"].as_str().unwrap()).unwrap().is_some());
    assert_eq!(kept.count(), standing.len());
}
