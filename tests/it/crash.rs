//! What was acknowledged outlives every kill; a full or closed disk is told, loses nothing, and intake goes on by itself
//! once there is room again.
//!
//! `GUIKOU_KILLS=200 GUIKOU_SEED=7 GUIKOU_KILL_MODEL=models/default cargo test --test it -- --nocapture crash` kills more
//! often, at moments that the seed decides, a server that thinks with that model; without one it knows keywords alone.

#![cfg(unix)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use guikou::model::backward::splitmix;
use guikou::store::Store;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::backup::{TEXT, fill};
use crate::door::{await_status, get, post};
use crate::keep::{reopened, serve, serve_with};

/// Clients that send at the same time.
const CLIENTS: u64 = 4;
/// Kills where nothing else is asked for.
const KILLS: u64 = 6;
/// A reference in so many is sent by all clients; a case in so many has none; one in so many is sent again.
const SHARED: u64 = 5;
const NAMELESS: u64 = 7;
const AGAIN: u64 = 4;

/// What the clients sent and what was acknowledged, over all kills.
#[derive(Default)]
struct Ledger {
    sent: BTreeSet<String>,
    nameless_sent: usize,
    /// Reference → id.
    acknowledged: BTreeMap<String, String>,
    nameless: BTreeSet<String>,
    /// Answers since the last kill: id → suggestion.
    fresh: BTreeMap<String, Value>,
}

fn open(ledger: &Mutex<Ledger>) -> MutexGuard<'_, Ledger> {
    ledger.lock().unwrap()
}

fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number")))
}

#[test]
fn killed_at_any_moment_nothing_acknowledged_is_lost_and_nothing_stands_twice() {
    let (kills, seed) = (number("GUIKOU_KILLS", KILLS), number("GUIKOU_SEED", rand::random::<u32>().into()));
    let model = std::env::var("GUIKOU_KILL_MODEL").unwrap_or_else(|_| "no/such/folder".into());
    eprintln!("GUIKOU_KILLS={kills} GUIKOU_SEED={seed} GUIKOU_KILL_MODEL={model}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cases.db");
    let ledger = Mutex::new(Ledger::default());
    for kill in 0..kills {
        let (mut served, address) = serve_with(&model, &file, "");
        let chance = splitmix(seed ^ kill);
        // Now and then before anything can have been answered.
        let moment = Duration::from_millis(if chance.is_multiple_of(8) { chance / 8 % 20 } else { chance / 8 % 500 });
        std::thread::scope(|scope| {
            for client in 0..CLIENTS {
                let (ledger, seed) = (&ledger, splitmix(chance ^ client));
                scope.spawn(move || {
                    (0..).try_for_each(|n| send(address, ledger, (kill, client, n), splitmix(seed ^ n)))
                });
            }
            std::thread::sleep(moment);
            served.kill();
        });
        let stands = stands_whole(&file, &mut open(&ledger));
        eprintln!("kill {} after {} ms: {stands} cases stand", kill + 1, moment.as_millis());
    }
    let ledger = open(&ledger);
    assert!(ledger.acknowledged.len() as u64 > kills, "too little was sent to prove anything");
}

/// Lines of the file that is imported.
const LINES: usize = 600;

#[test]
fn an_import_killed_at_any_moment_and_run_again_keeps_every_line_once() {
    let (kills, seed) = (number("GUIKOU_KILLS", KILLS), number("GUIKOU_SEED", rand::random::<u32>().into()));
    let model = std::env::var("GUIKOU_KILL_MODEL").unwrap_or_else(|_| "no/such/folder".into());
    eprintln!("GUIKOU_KILLS={kills} GUIKOU_SEED={seed} GUIKOU_KILL_MODEL={model}");
    let folder = tempfile::tempdir().unwrap();
    let lines = folder.path().join("lines.csv");
    let told: String =
        (0..LINES).map(|n| format!("R-{n},长虹路{n}号门前的路灯不亮已经{n}天,2026-11-23 08:12\n")).collect();
    std::fs::write(&lines, format!("工单编号,诉求内容,受理时间\n{told}")).unwrap();
    // Moments are drawn from the time that an import takes here and now.
    let begun_at = Instant::now();
    assert!(importing(&model, &lines, &folder.path().join("undisturbed.db")).status().unwrap().success());
    let whole = begun_at.elapsed().as_millis() as u64 * 6 / 5;
    let (mut round, mut stood, mut in_the_middle) = (0, 0, 0);
    for kill in 0..kills {
        let file = folder.path().join(format!("{round}.db"));
        let mut child = importing(&model, &lines, &file).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(splitmix(seed ^ kill) % whole));
        let _ = child.kill();
        let finished = child.wait().unwrap().success();
        if !begun(&file) {
            continue;
        }
        let references: Vec<_> = rows_of(&file).into_iter().map(|(_, reference)| reference.unwrap()).collect();
        assert!(references.len() >= stood, "{} cases stood, now {}", stood, references.len());
        assert_eq!(references.iter().collect::<BTreeSet<_>>().len(), references.len(), "a line stands twice");
        sound(&file, references.len());
        in_the_middle += u64::from(!finished && (1..LINES).contains(&references.len()));
        eprintln!("kill {}: {} of {LINES} stand", kill + 1, references.len());
        let all = references.len() == LINES;
        assert!(all || !finished, "an import that ended well left lines out");
        (round, stood) = if all { (round + 1, 0) } else { (round, references.len()) };
    }
    let file = folder.path().join(format!("{round}.db"));
    assert!(importing(&model, &lines, &file).status().unwrap().success());
    assert_eq!(rows_of(&file).len(), LINES);
    sound(&file, LINES);
    eprintln!("{in_the_middle} of {kills} kills fell into the middle of an import");
    assert!(in_the_middle > 0 || kills < 20, "no kill fell into an import");
}

/// Whether there is a store in the file: before its first step it holds nothing, after it all that a store has.
fn begun(file: &Path) -> bool {
    file.exists() && {
        let connection = Connection::open(file).unwrap();
        let (format, tables): (i64, i64) = connection
            .query_row(
                "SELECT user_version, (SELECT count(*) FROM sqlite_schema) FROM pragma_user_version",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .unwrap();
        assert_eq!(format == 0, tables == 0, "a store is made whole or not at all");
        tables > 0
    }
}

fn importing(model: &str, lines: &Path, store: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guikou"));
    command.arg("import").arg(lines).arg("--store").arg(store).args(["--yes", "--model", model]);
    command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    command
}

/// One complaint sent by a client, for the first time or again; `None` once nobody answers.
fn send(address: SocketAddr, ledger: &Mutex<Ledger>, (kill, client, n): (u64, u64, u64), chance: u64) -> Option<()> {
    let reference = match chance {
        chance if chance.is_multiple_of(NAMELESS) => None,
        chance if chance.is_multiple_of(SHARED) => Some(format!("S-{kill}-{}", n / 4)),
        chance if chance.is_multiple_of(AGAIN) => {
            let known = &open(ledger).acknowledged;
            known.keys().nth(chance as usize / 16 % known.len().max(1)).cloned()
        }
        _ => Some(format!("K-{kill}-{client}-{n}")),
    };
    let mut body = json!({"text": TEXT, "explain": false});
    match &reference {
        Some(reference) => {
            body["reference"] = json!(reference);
            open(ledger).sent.insert(reference.clone());
        }
        None => open(ledger).nameless_sent += 1,
    }
    let (status, answer) = answered(address, &body)?;
    assert!([200, 201].contains(&status), "{status}: {answer}");
    let id = answer["id"].as_str().unwrap().to_owned();
    let mut ledger = open(ledger);
    match reference {
        Some(reference) => {
            let known = ledger.acknowledged.entry(reference).or_insert_with(|| id.clone());
            assert_eq!(*known, id, "one reference is one case");
        }
        None => assert!(ledger.nameless.insert(id.clone()), "a case without a reference was given twice"),
    }
    ledger.fresh.insert(id, answer["suggestion"].clone());
    Some(())
}

/// The status and the body, if a whole answer came before the connection broke.
fn answered(address: SocketAddr, body: &Value) -> Option<(u16, Value)> {
    let (mut stream, body) = (TcpStream::connect(address).ok()?, body.to_string());
    let length = body.len();
    let head = format!("POST /v1/complaints HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    let head = format!("{head}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}");
    stream.write_all(head.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, serde_json::from_str(body).ok()?))
}

/// Opens the store as the next start would, and holds it against what the clients know. Returns how many cases stand.
fn stands_whole(file: &Path, ledger: &mut Ledger) -> usize {
    let as_left = Store::examine(file, &|_, _| {}).unwrap();
    assert_eq!(as_left.flaws, Vec::new(), "what the kill left is whole before anyone tidies it up");
    let store = reopened(file);
    for (id, suggestion) in std::mem::take(&mut ledger.fresh) {
        let case = store.find(&id).unwrap().unwrap_or_else(|| panic!("{id} is lost"));
        assert_eq!(case.suggestion, Some(suggestion), "{id} is not what was answered");
    }
    drop(store);
    let rows = rows_of(file);
    let ids: BTreeSet<&String> = rows.iter().map(|(id, _)| id).collect();
    let by_reference: BTreeMap<&String, &String> =
        rows.iter().filter_map(|(id, reference)| Some((reference.as_ref()?, id))).collect();
    assert_eq!(ids.len(), rows.len());
    let nameless = rows.iter().filter(|(_, reference)| reference.is_none()).count();
    assert_eq!(by_reference.len() + nameless, rows.len(), "a reference stands twice");
    assert!(nameless <= ledger.nameless_sent, "a case without a reference stands twice");
    assert!(by_reference.keys().all(|reference| ledger.sent.contains(*reference)), "nobody sent this");
    for (reference, id) in &ledger.acknowledged {
        assert_eq!(by_reference.get(reference), Some(&id), "{reference} was acknowledged");
    }
    assert!(ledger.nameless.iter().all(|id| ids.contains(id)), "an acknowledged case without a reference is lost");
    sound(file, rows.len());
    rows.len()
}

/// Id and reference of every case.
fn rows_of(file: &Path) -> Vec<(String, Option<String>)> {
    let connection = Connection::open(file).unwrap();
    let mut statement = connection.prepare("SELECT id, reference FROM cases").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

/// The file is whole, and so is its audit: a line for each case.
fn sound(file: &Path, cases: usize) {
    let health = Store::examine(file, &|_, _| {}).unwrap();
    assert_eq!((health.flaws, health.cases as usize), (Vec::new(), cases));
    // Groups that the cases form leave lines of their own.
    let connection = Connection::open(file).unwrap();
    let kept = "SELECT count(*), count(DISTINCT subject) FROM audit WHERE act = 'kept'";
    let kept: (i64, i64) = connection.query_row(kept, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!(kept, (cases as i64, cases as i64));
    assert!(health.chain.unwrap().lines as usize >= cases);
}

/// Hands in complaints until one is not kept; the ids that were, and the refusal.
fn until_refused(address: SocketAddr, most: usize) -> (Vec<Value>, crate::door::Reply) {
    let mut kept = Vec::new();
    for _ in 0..most {
        let reply = post(address, "/v1/complaints", &json!({"text": TEXT, "explain": false}));
        if reply.status != 201 {
            return (kept, reply);
        }
        kept.push(reply.json()["id"].clone());
    }
    panic!("{most} complaints fitted in");
}

/// The refusal says no more than it should; the operator is told; then `make_room` is called, and intake must go on by
/// itself, with everything kept before.
fn recovers(address: SocketAddr, told: &str, most: usize, make_room: impl FnOnce()) -> usize {
    let (mut kept, refused) = until_refused(address, most);
    assert_eq!((refused.status, &refused.json()["type"]), (500, &json!("urn:guikou:problem:internal")));
    let ready = get(address, "/readyz");
    assert!(ready.status == 503 && ready.body.contains(told), "{}", ready.body);
    make_room();
    await_status(address, "/readyz", 200);
    for _ in 0..20 {
        let reply = post(address, "/v1/complaints", &json!({"text": TEXT, "explain": false}));
        assert_eq!(reply.status, 201, "{}", reply.body);
        kept.push(reply.json()["id"].clone());
    }
    for id in &kept {
        assert_eq!(get(address, &format!("/v1/complaints/{}", id.as_str().unwrap())).status, 200);
    }
    kept.len()
}

fn runs(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
}

#[test]
fn when_a_limit_is_lifted_intake_goes_on_by_itself() {
    if !runs("prlimit", &["--version"]) {
        return eprintln!("skipped: there is no prlimit to lift the limit of a running process with");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cases.db");
    // Only the soft limit is set, so that it can be lifted while the server runs.
    let (mut served, address) = serve(&file, "trap '' XFSZ; ulimit -S -f 1200;");
    let process = served.0.id().to_string();
    let kept =
        recovers(address, "没有保存", 400, || assert!(runs("prlimit", &["--pid", &process, "--fsize=unlimited:"])));
    served.kill();
    drop(reopened(&file));
    sound(&file, kept);
}

/// A small file system of its own; gone with the test.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = runs("mount", &["-t", "tmpfs", "-o", "size=3m", "tmpfs", folder.path().to_str().unwrap()]);
        mounted.then_some(Self(folder))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        runs("umount", &["-l", self.0.path().to_str().unwrap()]);
    }
}

#[test]
fn when_a_full_disk_has_room_again_intake_goes_on_by_itself() {
    let Some(disk) = SmallDisk::mount() else {
        return eprintln!("skipped: this user may not mount a small file system");
    };
    let (file, filler) = (disk.file("cases.db"), disk.file("filler"));
    let (mut served, address) = serve(&file, "");
    // Whatever is free is taken, until not one block is left.
    let mut taking = std::fs::File::create(&filler).unwrap();
    for size in [65_536, 4_096, 512] {
        while taking.write_all(&vec![1; size]).is_ok() {}
    }
    drop(taking);
    let kept = recovers(address, "磁盘已满", 400, || std::fs::remove_file(&filler).unwrap());
    served.kill();
    drop(reopened(&file));
    sound(&file, kept);
    // A backup that does not fit says so and leaves nothing.
    let mut taking = std::fs::File::create(&filler).unwrap();
    while taking.write_all(&[1; 4_096]).is_ok() {}
    let copy = disk.file("copy.db");
    let told = crate::backup::said(&["backup", "--store", file.to_str().unwrap(), copy.to_str().unwrap()], 1);
    assert!(told.contains("磁盘") && !copy.exists(), "{told}");
    let names: Vec<_> = std::fs::read_dir(disk.0.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(names.iter().all(|name| !name.to_string_lossy().contains("part")), "{names:?}");
}

/// Nobody's number: whom a root's tests can ask to be bound by rights.
const NOBODY: u32 = 65_534;

#[test]
fn a_store_that_may_only_be_read_is_refused_by_name_and_taken_once_it_may_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cases.db");
    let ids = fill(&Store::open(Some(&file)).unwrap(), "R", 3);
    let root = std::fs::metadata(&file).unwrap().uid() == 0;
    let may = |folder_mode: u32, file_mode: u32| {
        for (path, mode) in [(folder.path().to_owned(), folder_mode), (file.clone(), file_mode)] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            root.then(|| chown(&path, Some(NOBODY), Some(NOBODY)).unwrap());
        }
    };
    std::fs::remove_file(folder.path().join("cases.db.lock")).unwrap();
    let guikou = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_guikou"));
        command.args(arguments).env_remove("GUIKOU_CONFIG").env("NO_COLOR", "1");
        if root {
            command.uid(NOBODY).gid(NOBODY);
        }
        command.output()
    };
    match guikou(&["--version"]) {
        Ok(output) if output.status.success() => {}
        refused => return eprintln!("skipped: nobody may not run the binary here: {refused:?}"),
    }
    let (path, before) = (file.to_str().unwrap(), std::fs::read(&file).unwrap());
    let serve = ["serve", "--listen", "127.0.0.1:0", "--model", "no/such/folder", "--store", path];
    for (folder_mode, file_mode) in [(0o500, 0o400), (0o700, 0o400), (0o500, 0o600)] {
        may(folder_mode, file_mode);
        let output = guikou(&serve).unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains(path) && told.contains("权限"), "{told}");
        assert_eq!(std::fs::read(&file).unwrap(), before, "nothing is changed");
        let _ = std::fs::remove_file(folder.path().join("cases.db.lock"));
    }
    may(0o700, 0o600);
    let report = guikou(&["check", "--store", path]).unwrap();
    assert!(report.status.success(), "{}", String::from_utf8_lossy(&report.stdout));
    let store = Store::open(Some(&file)).unwrap();
    assert!(ids.iter().all(|id| store.find(id).unwrap().is_some()) && fill(&store, "again", 1).len() == 1);
}
