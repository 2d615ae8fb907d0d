//! The store's file: its audit cannot be edited unseen, it is copied while it is written to, put back, looked over, and
//! brought forward from what an older version made.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use chrono::DateTime;
use guikou::case::{Complaint, ComplaintText, Suggestion};
use guikou::store::{Filter, Kept, NewCase, Seek, Store, newest_first};
use guikou::triage::Triage;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::door::{get, post, settings, start};

pub const TEXT: &str = "樊城区长虹路北段工地每天凌晨两点还在打桩";

/// What keywords advise for [`TEXT`]; made once, since loading takes longer than any test here.
static ADVISED: LazyLock<Suggestion> = LazyLock::new(|| {
    let triage = Triage::load(&settings(&[]).settings.data(), Path::new("no/such/folder")).unwrap();
    let complaint = Complaint::of(ComplaintText::parse(TEXT).unwrap());
    triage.suggest(&[complaint], Default::default()).pop().unwrap().unwrap()
});

pub fn new_case(reference: &str) -> NewCase {
    let at = DateTime::parse_from_rfc3339("2026-11-23T08:12:00+08:00").unwrap();
    NewCase {
        reference: Some(reference.to_owned()),
        title: Some("工地噪声".into()),
        text: TEXT.into(),
        channel: Some("电话".into()),
        received_at: at,
        occurred_at: None,
        created_at: at,
        subject_type: None,
        reporter_key: None,
        location: None,
        suggestion: ADVISED.clone(),
    }
}

/// Keeps `count` cases and returns their ids.
pub fn fill(store: &Store, name: &str, count: usize) -> Vec<String> {
    let cases: Vec<NewCase> = (0..count).map(|n| new_case(&format!("{name}-{n}"))).collect();
    let kept = store.keep(&cases).unwrap().into_iter().map(|kept| match kept {
        Kept::New(case) | Kept::Standing(case) => case.id,
    });
    kept.collect()
}

/// A store of `count` cases in a folder of its own, closed.
pub fn store_of(count: usize) -> (tempfile::TempDir, PathBuf, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cases.db");
    let store = Store::open(Some(&file)).unwrap();
    let ids = fill(&store, "B", count);
    drop(store);
    (folder, file, ids)
}

pub fn guikou(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guikou"));
    command
        .args(arguments)
        .env_remove("GUIKOU_CONFIG")
        .env_remove("GUIKOU_STORE")
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

/// Runs it, expects this exit code and returns what was printed on both streams.
pub fn said(arguments: &[&str], code: i32) -> String {
    let output = guikou(arguments);
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    said
}

fn shown(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn with(path: &Path, ending: &str) -> PathBuf {
    PathBuf::from(format!("{}{ending}", path.display()))
}

/// Names in the folder of `path`, without the lock and what SQLite keeps beside a file in use.
fn beside(path: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(path.parent().unwrap()).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| [".lock", "-wal", "-shm"].iter().all(|ending| !name.ends_with(ending)));
    names.sort();
    names
}

#[test]
fn every_kept_case_leaves_a_line_of_codes_and_no_text() {
    let address = start(&[("model", "no/such/folder")]);
    let kept = post(address, "/v1/complaints", &json!({"text": TEXT, "reference": "A-1"})).json();
    assert_eq!(post(address, "/v1/complaints", &json!({"text": TEXT, "reference": "A-1"})).status, 200);
    let trail = format!("/v1/complaints/{}/audit", kept["id"].as_str().unwrap());
    let reply = get(address, &trail);
    let items = reply.json()["items"].as_array().unwrap().clone();
    assert_eq!((reply.status, items.len()), (200, 1), "what stood already leaves no line: {}", reply.body);
    let said = &kept["suggestion"];
    assert_eq!((&items[0]["n"], &items[0]["actor"], &items[0]["act"]), (&json!(1), &json!("machine"), &json!("kept")));
    assert_eq!(items[0]["at"], kept["created_at"]);
    let detail = json!({
        "model": "keywords", "taxonomy": said["versions"]["taxonomy"], "rules": said["versions"]["rules"],
        "decision": said["decision"], "unit": said["assignment"][0]["lead"]["code"],
        "category": said["categories"][0]["code"]
    });
    assert_eq!(items[0]["detail"], detail);
    assert!(!reply.body.contains("打桩") && items[0]["seal"].as_str().unwrap().len() == 64, "{}", reply.body);
    assert_eq!(get(address, "/v1/complaints/c_0/audit").status, 404);
}

#[test]
fn the_seal_is_what_the_documentation_says() {
    use sha2::{Digest, Sha256};
    let (_folder, file, ids) = store_of(2);
    let connection = Connection::open(&file).unwrap();
    let line = |n: i64| {
        let query = "SELECT at, actor, act, subject, detail, previous, seal FROM audit WHERE n = ?1";
        connection
            .query_row(query, [n], |row| {
                let words: [String; 4] = [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?];
                Ok((row.get::<_, i64>(0)?, words, row.get::<_, Vec<u8>>(5)?, row.get::<_, Vec<u8>>(6)?))
            })
            .unwrap()
    };
    let (at, [actor, act, subject, detail], previous, seal) = line(1);
    let told = format!("{at}\x1f{actor}\x1f{act}\x1f{subject}\x1f{detail}");
    assert_eq!(seal, Sha256::digest([&[0; 32], told.as_bytes()].concat()).to_vec());
    assert_eq!((previous, line(2).2, subject), (vec![0; 32], seal, ids[0].clone()));
}

#[test]
fn the_audit_takes_no_edits_and_names_the_first_line_that_was_forced() {
    let check = |force: &str, broken: i64, why: &str| {
        let (_folder, file, _) = store_of(6);
        let connection = Connection::open(&file).unwrap();
        for edit in ["UPDATE audit SET actor = 'someone'", "DELETE FROM audit WHERE n = 6"] {
            let refused = connection.execute(edit, []).unwrap_err().to_string();
            assert!(refused.contains("append-only"), "{edit}: {refused}");
        }
        connection.execute_batch("DROP TRIGGER audit_is_not_edited; DROP TRIGGER audit_is_not_cut").unwrap();
        connection.execute_batch(force).unwrap();
        drop(connection);
        let chain = Store::open(Some(&file)).unwrap().verify_audit().unwrap();
        let found = chain.broken.unwrap_or_else(|| panic!("{force} went unseen"));
        assert_eq!(
            (found.line, chain.lines),
            (broken, broken.min(found.line) - 1 - i64::from(why.contains("缺"))),
            "{force}"
        );
        assert!(found.why.zh.contains(why), "{force}: {}", found.why.zh);
        let report = said(&["check", "--store", shown(&file)], 1);
        assert!(
            report.contains(&format!("审计链在第 {broken} 行断开")) && report.contains("guikou restore"),
            "{report}"
        );
    };
    check("UPDATE audit SET at = at + 1 WHERE n = 3", 3, "封印不符");
    check("UPDATE audit SET detail = '{}' WHERE n = 1", 1, "封印不符");
    check("UPDATE audit SET actor = 'machinekept', act = '' WHERE n = 2", 2, "封印不符");
    check("DELETE FROM audit WHERE n = 4", 5, "缺了行");
    check("UPDATE audit SET seal = zeroblob(32) WHERE n = 6", 6, "封印不符");
    check("UPDATE audit SET previous = zeroblob(32) WHERE n = 5", 5, "接不上");
}

#[test]
fn an_audit_cut_off_at_its_end_shows_in_the_cases() {
    let (_folder, file, _) = store_of(6);
    let whole = said(&["check", "--store", shown(&file)], 0);
    for words in ["格式 9", "案件：6 件", "审计链：6 行，完整", "磁盘剩余", "全部通过"] {
        assert!(whole.contains(words), "{words} is missing in {whole}");
    }
    let connection = Connection::open(&file).unwrap();
    connection.execute_batch("DROP TRIGGER audit_is_not_cut; DELETE FROM audit WHERE n > 4").unwrap();
    let report = said(&["check", "--store", shown(&file)], 1);
    assert!(report.contains("有 2 件案件没有保存时的审计记录"), "{report}");
}

#[test]
fn an_audit_emptied_as_a_whole_shows_in_the_cases() {
    let (folder, file, _) = store_of(3);
    let connection = Connection::open(&file).unwrap();
    connection.execute_batch("DROP TRIGGER audit_is_not_cut; DELETE FROM audit").unwrap();
    drop(connection);
    let report = said(&["check", "--store", shown(&file)], 1);
    assert!(report.contains("有 3 件案件没有保存时的审计记录"), "{report}");
    said(&["backup", "--store", shown(&file), shown(&folder.path().join("copy.db"))], 1);
}

#[test]
fn a_backup_holds_all_is_for_its_owner_only_and_replaces_nothing_unasked() {
    let (folder, file, ids) = store_of(30);
    let copy = folder.path().join("copy.db");
    let report = said(&["backup", "--store", shown(&file), shown(&copy)], 0);
    assert!(report.contains("30 件案件，30 行审计"), "{report}");
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&copy).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
    assert_eq!(beside(&file), ["cases.db", "copy.db"]);
    assert!(said(&["check", "--store", shown(&copy)], 0).contains("案件：30 件"));
    let before = std::fs::read(&copy).unwrap();
    assert!(said(&["backup", "--store", shown(&file), shown(&copy)], 1).contains("--force"));
    assert!(said(&["backup", "--store", shown(&file), shown(&file), "--force"], 1).contains("同一个文件"));
    assert_eq!(std::fs::read(&copy).unwrap(), before);
    said(&["backup", "--force", "--store", shown(&file), shown(&copy)], 0);
    let store = Store::open(Some(&copy)).unwrap();
    assert!(ids.iter().all(|id| store.find(id).unwrap().is_some()));
}

#[test]
fn what_cannot_be_backed_up_is_told_and_leaves_nothing_behind() {
    let (folder, file, _) = store_of(3);
    let copy = folder.path().join("copy.db");
    let file_of = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let empty = file_of("empty.db", b"");
    let notes = file_of("notes.db", &b"no database at all, but long enough to have a header".repeat(4));
    let before = beside(&file);
    let check = |arguments: &[&str], holds: &str| {
        let told = said(arguments, 1);
        assert!(told.contains(holds), "{holds} is missing in {told}");
        assert_eq!(beside(&file), before, "{arguments:?}");
    };
    let nowhere = folder.path().join("nowhere/copy.db");
    check(&["backup", shown(&copy)], "--store");
    check(&["backup", "--store", "no/such.db", shown(&copy)], "没有这个案件库");
    check(&["backup", "--store", shown(&empty), shown(&copy)], "空文件");
    check(&["backup", "--store", shown(&notes), shown(&copy)], "不是 SQLite 文件");
    check(&["backup", "--store", shown(&file), shown(&nowhere)], "目录不存在");
    check(&["check", "--store", "no/such.db"], "没有这个案件库");
    check(&["restore", shown(&notes), "--store", shown(&copy)], "不是 SQLite 文件");
    check(&["restore", shown(&empty), "--store", shown(&copy)], "空文件");
    check(&["restore", "no/such.db", "--store", shown(&copy)], "没有这个案件库");
}

#[test]
fn a_damaged_store_is_named_and_not_copied_on() {
    let (folder, file, _) = store_of(40);
    Connection::open(&file).unwrap().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let mut bytes = std::fs::read(&file).unwrap();
    // Whole pages in the middle of the file, wherever the tables lie by now.
    let (from, to) = (bytes.len() / 2, bytes.len() / 2 + 20_000);
    bytes[from..to].fill(0x5a);
    std::fs::write(&file, bytes).unwrap();
    let copy = folder.path().join("copy.db");
    let report = said(&["check", "--store", shown(&file)], 1);
    assert!(report.contains("损坏") && report.contains("备份"), "{report}");
    let told = said(&["backup", "--store", shown(&file), shown(&copy)], 1);
    assert!(told.contains("损坏") && !copy.exists(), "{told}");
    assert!(!report.contains("打桩") && !told.contains("打桩"), "no text in messages: {report}{told}");
}

#[test]
fn a_backup_of_a_store_that_is_written_to_is_one_whole_state() {
    let folder = tempfile::tempdir().unwrap();
    let (file, copy) = (folder.path().join("cases.db"), folder.path().join("copy.db"));
    let store = Store::open(Some(&file)).unwrap();
    let before = fill(&store, "before", 200);
    let stop = std::sync::atomic::AtomicBool::new(false);
    let (during, holds) = std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            let written = (0..).take_while(|_| !stop.load(std::sync::atomic::Ordering::Relaxed));
            written.map(|n| fill(&store, &format!("during-{n}"), 1).len()).sum::<usize>()
        });
        // The binary is another process beside the writer in this one.
        let holds: Vec<usize> = (0..3)
            .map(|_| {
                said(&["backup", "--force", "--store", shown(&file), shown(&copy)], 0);
                let store = Store::open(Some(&copy)).unwrap();
                assert!(before.iter().all(|id| store.find(id).unwrap().is_some()));
                let chain = store.verify_audit().unwrap();
                assert_eq!(chain.broken, None);
                drop(store);
                let health = Store::examine(&copy, &|_, _| {}).unwrap();
                assert_eq!((health.flaws, health.cases), (Vec::new(), chain.lines));
                chain.lines as usize
            })
            .collect();
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        (writing.join().unwrap(), holds)
    });
    assert!(holds.is_sorted() && holds[0] < holds[2] && holds[2] <= 200 + during, "{holds:?} of {during}");
}

#[test]
fn restoring_brings_back_what_was_and_keeps_what_stood_there() {
    let (folder, file, ids) = store_of(5);
    let copy = folder.path().join("copy.db");
    said(&["backup", "--store", shown(&file), shown(&copy)], 0);
    let store = Store::open(Some(&file)).unwrap();
    let later = fill(&store, "later", 1);
    let in_use = said(&["restore", shown(&copy), "--store", shown(&file), "--force"], 1);
    assert!(in_use.contains("另一个进程"), "{in_use}");
    drop(store);
    assert!(said(&["restore", shown(&copy), "--store", shown(&file)], 1).contains("--force"));
    assert!(said(&["restore", shown(&copy), "--store", shown(&copy), "--force"], 1).contains("同一个文件"));
    let find = |path: &Path, id: &str| Store::open(Some(path)).unwrap().find(id).unwrap().is_some();
    assert!(find(&file, &later[0]), "a refused restore changes nothing");
    for old in [".old", ".old2"] {
        let report = said(&["restore", shown(&copy), "--store", shown(&file), "--force"], 0);
        assert!(report.contains("5 件案件") && report.contains(&format!("cases.db{old}")), "{report}");
    }
    assert!(ids.iter().all(|id| find(&file, id)) && !find(&file, &later[0]));
    assert!(find(&with(&file, ".old"), &later[0]), "the store that stood there is kept whole");
    assert!(fill(&Store::open(Some(&file)).unwrap(), "again", 1).len() == 1, "and intake goes on");
    let elsewhere = folder.path().join("elsewhere.db");
    said(&["restore", shown(&copy), "--store", shown(&elsewhere)], 0);
    assert!(find(&elsewhere, &ids[4]));
}

#[test]
fn a_log_left_without_its_store_is_not_replayed_into_the_restored_one() {
    let (folder, file, ids) = store_of(5);
    let copy = folder.path().join("copy.db");
    said(&["backup", "--store", shown(&file), shown(&copy)], 0);
    // A log as a crash leaves it: the copy is taken while the store is open.
    let store = Store::open(Some(&file)).unwrap();
    fill(&store, "later", 3);
    let log = std::fs::read(with(&file, "-wal")).unwrap();
    assert!(!log.is_empty());
    drop(store);
    let lost = folder.path().join("lost.db");
    std::fs::write(with(&lost, "-wal"), &log).unwrap();
    said(&["restore", shown(&copy), "--store", shown(&lost)], 0);
    assert!(!with(&lost, "-wal").exists() && with(&lost, ".old-wal").exists());
    let health = Store::examine(&lost, &|_, _| {}).unwrap();
    assert_eq!((health.cases, health.flaws), (ids.len() as i64, Vec::new()));
}

#[test]
fn a_backup_replaces_an_older_one_with_its_log_and_no_store_in_use() {
    let (folder, file, _) = store_of(200);
    let old = folder.path().join("old.db");
    let store = Store::open(Some(&old)).unwrap();
    fill(&store, "old", 5);
    let in_use = said(&["backup", "--store", shown(&file), shown(&old), "--force"], 1);
    assert!(in_use.contains("另一个进程"), "{in_use}");
    // As a killed `serve` leaves it: all that was written stands in the log.
    let (main, log) = (std::fs::read(&old).unwrap(), std::fs::read(with(&old, "-wal")).unwrap());
    drop(store);
    let hot = folder.path().join("hot.db");
    std::fs::write(&hot, main).unwrap();
    std::fs::write(with(&hot, "-wal"), &log).unwrap();
    let fresh = folder.path().join("fresh.db");
    std::fs::write(with(&fresh, "-wal"), &log).unwrap();
    for to in [&hot, &fresh] {
        said(&["backup", "--store", shown(&file), shown(to), "--force"], 0);
        assert!(!with(to, "-wal").exists());
        let report = said(&["check", "--store", shown(to)], 0);
        assert!(report.contains("案件：200 件"), "{report}");
    }
}

#[test]
fn a_backup_that_was_killed_does_not_hinder_the_next() {
    let (folder, file, _) = store_of(3);
    let copy = folder.path().join("copy.db");
    // In a container every backup is process 1, so the next one would choose the same name.
    let script = format!("touch {0}.part-$$; exec \"$@\"", shown(&copy));
    let mut shell = Command::new("sh");
    shell.args(["-c", &script, "sh"]).arg(env!("CARGO_BIN_EXE_guikou"));
    let done = shell.args(["backup", "--store", shown(&file), shown(&copy)]).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// The schema as the first released version made it.
const FORMAT_1: &str = "
CREATE TABLE cases (
  arrival INTEGER PRIMARY KEY AUTOINCREMENT, seq INTEGER NOT NULL UNIQUE, id TEXT NOT NULL UNIQUE,
  reference TEXT UNIQUE, title TEXT, text TEXT NOT NULL, channel TEXT, received_at INTEGER NOT NULL,
  occurred_at INTEGER, created_at INTEGER NOT NULL, subject_type TEXT, reporter_key TEXT,
  location TEXT CHECK (json_valid(location)), district TEXT, category TEXT, petition TEXT, unit TEXT,
  decision TEXT NOT NULL, urgency TEXT NOT NULL, suggestion TEXT NOT NULL CHECK (json_valid(suggestion)),
  model TEXT NOT NULL, taxonomy TEXT NOT NULL, rules TEXT NOT NULL
) STRICT;
CREATE INDEX cases_by_category ON cases (category);
CREATE INDEX cases_by_unit ON cases (unit);
CREATE INDEX cases_by_decision ON cases (decision);
CREATE INDEX cases_by_time ON cases (received_at);
CREATE TABLE counter (seq INTEGER NOT NULL) STRICT;
INSERT INTO counter VALUES (3);
CREATE TABLE room (bytes BLOB NOT NULL) STRICT;
PRAGMA application_id = 0x6775696B;
PRAGMA user_version = 1;
PRAGMA journal_mode = WAL;
INSERT INTO cases (seq, id, reference, title, text, channel, received_at, occurred_at, created_at, subject_type,
  reporter_key, location, district, category, petition, unit, decision, urgency, suggestion, model, taxonomy, rules)
VALUES
 (1, 'c_a', 'OLD-1', '噪声', '工地打桩', '电话', 1700000000123, 1700000000000, 1700000000456, '个人', 'k1',
  '{\"text\":\"长虹路\",\"area_code\":null,\"lng\":112.1,\"lat\":32.0}', '樊城区', '0702', 'complaint', 'CGJ',
  'suggest', 'normal', '{\"categories\":[{\"name\":\"建筑施工噪声\",\"probability\":0.9}],\"urgency\":{\"name\":\"一般\"}}',
  'm1', 't1', 'r1'),
 (2, 'c_b', NULL, NULL, '路灯不亮', NULL, 1700000001000, NULL, 1700000001000, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
  'manual', 'normal', '{}', 'keywords', 't1', 'r1'),
 (3, 'c_c', 'OLD-3', NULL, '停水', NULL, 1700000002000, NULL, 1700000002000, NULL, NULL, NULL, NULL, '0501', NULL,
  'WATER', 'auto', 'urgent', '{\"assignment\":[{\"lead\":{\"name\":\"水务集团\"},\"reasons\":[{\"kind\":\"similar\",\"case\":\"e1\",\"score\":0.9,\"text\":\"他人的话\"}]}]}', 'm1', 't1', 'r1');
";

/// Everything that the old store held stands in this one, and what is new has its beginning.
fn holds_the_old_cases(file: &Path) {
    let store = Store::open(Some(file)).unwrap();
    let page = store.list(&Filter::default(), &Seek::first(newest_first()), 200).unwrap();
    let told: Vec<Value> = page.items.iter().map(|case| serde_json::to_value(case).unwrap()).collect();
    let ids: Vec<&str> = told.iter().map(|case| case["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["c_c", "c_b", "c_a"]);
    let answer = store.find_reference("OLD-3").unwrap().unwrap().suggestion.unwrap();
    let example = json!({"kind": "similar", "case": "e1", "score": 0.9});
    assert_eq!(answer["assignment"][0]["reasons"], json!([example]), "words of others are no longer kept");
    let oldest = store.find_reference("OLD-1").unwrap().unwrap();
    let oldest = serde_json::to_value(oldest).unwrap();
    for (field, value) in [
        ("seq", json!(1)),
        ("title", json!("噪声")),
        ("text", json!("工地打桩")),
        ("channel", json!("电话")),
        ("received_at", json!("2023-11-14T22:13:20.123Z")),
        ("occurred_at", json!("2023-11-14T22:13:20Z")),
        ("location", json!({"text": "长虹路", "area_code": null, "lng": 112.1, "lat": 32.0})),
        ("district", json!("樊城区")),
        ("category", json!({"code": "0702", "name": "建筑施工噪声"})),
        ("unit", json!({"code": "CGJ", "name": "CGJ"})),
        ("decision", json!("suggest")),
        ("versions", json!({"model": "m1", "taxonomy": "t1", "rules": "r1"})),
        ("status", json!("accepted")),
        ("final_unit", json!(null)),
        ("issue", json!(null)),
    ] {
        assert_eq!(oldest[field], value, "{field}");
    }
    let new = fill(&store, "NEW", 2);
    assert_eq!(store.find(&new[1]).unwrap().unwrap().seq, 5, "the counter goes on");
    let chain = store.verify_audit().unwrap();
    assert_eq!((chain.lines, chain.broken), (3, None), "that it was brought forward, and two cases");
    drop(store);
    let health = Store::examine(file, &|_, _| {}).unwrap();
    assert_eq!((health.format, health.cases, health.flaws), (9, 5, Vec::new()));
}

#[test]
fn a_store_of_the_first_format_is_brought_forward_with_everything_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("old.db");
    Connection::open(&file).unwrap().execute_batch(FORMAT_1).unwrap();
    let report = said(&["check", "--store", shown(&file)], 0);
    assert!(report.contains("格式 1（旧") && report.contains("案件：3 件"), "{report}");
    let version = || Connection::open(&file).unwrap().query_row("PRAGMA user_version", [], |row| row.get::<_, i32>(0));
    assert_eq!(version().unwrap(), 1, "looking changes nothing");
    let out = folder.path().join("cases.csv");
    let told = said(&["export", "--store", shown(&file), "--out", shown(&out)], 1);
    assert!(told.contains("旧格式") && told.contains("guikou serve"), "{told}");
    holds_the_old_cases(&file);
}

#[test]
fn a_backup_of_the_first_format_is_brought_forward_when_it_is_restored() {
    let folder = tempfile::tempdir().unwrap();
    let [old, copy, new] = ["old.db", "copy.db", "new.db"].map(|name| folder.path().join(name));
    Connection::open(&old).unwrap().execute_batch(FORMAT_1).unwrap();
    said(&["backup", "--store", shown(&old), shown(&copy)], 0);
    assert!(said(&["check", "--store", shown(&copy)], 0).contains("格式 1"), "a backup is what the store was");
    let report = said(&["restore", shown(&copy), "--store", shown(&new)], 0);
    assert!(report.contains("旧格式 1") && report.contains("3 件案件"), "{report}");
    holds_the_old_cases(&new);
}
