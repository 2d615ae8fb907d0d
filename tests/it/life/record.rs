//! What is left on the disk of what people did with a case: masked, and sealed line by line.

use std::net::SocketAddr;
use std::path::Path;

use guikou::store::Store;
use guikou::triage::Triage;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::new_at;
use crate::door::{get, post, settings, start_with};

/// Runs `work` on a server that keeps its cases in `file`, then stops it.
fn on_file(file: &Path, work: impl FnOnce(SocketAddr)) {
    let settings = settings(&[("model", "no/such/folder")]).settings;
    let store = Store::open(Some(file)).unwrap();
    let load = move || Triage::load(&settings.data(), &settings.model()?)?.keeping_in(store);
    let (address, stop, running) = start_with(&[], load);
    crate::door::await_status(address, "/readyz", 200);
    work(address);
    stop.send(()).unwrap();
    running.join().unwrap().unwrap();
}

#[test]
fn what_people_write_is_masked_and_each_act_leaves_a_sealed_line_without_texts() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cases.db");
    let mut id = String::new();
    on_file(&file, |address| {
        id = new_at(address, "2025-11-03T09:00:00+08:00");
        let path = |rest: &str| format!("/v1/complaints/{id}/{rest}");
        let note = "已联系诉求人张建国，电话13912345678";
        for body in [
            json!({"status": "dispatched", "unit": "CGJ", "actor": "派单员13912345679", "note": note}),
            json!({"status": "return_requested", "reason": "duty_mismatch", "note": note}),
        ] {
            assert_eq!(post(address, &path("status"), &body).status, 200);
        }
        let feedback =
            json!({"outcome": "reassigned", "reason_code": "duty_mismatch", "final_unit": "STHJ", "note": note});
        assert_eq!(post(address, &path("feedback"), &feedback).status, 201);
        let order =
            json!({"kind": "written", "issuer": "督查室13912345670", "due_at": "2999-01-01T00:00:00Z", "note": note});
        let standing = post(address, &path("supervisions"), &order).json();
        let lift = path(&format!("supervisions/{}/lift", standing["id"].as_str().unwrap()));
        assert_eq!(post(address, &lift, &json!({"actor": "督办员13912345671"})).status, 200);
        let case = get(address, &format!("/v1/complaints/{id}")).json();
        let note = case["steps"][1]["note"].as_str().unwrap();
        assert!(note.contains("已联系") && !note.contains("1391234567") && !note.contains("张建国"), "{note}");
    });
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for secret in ["1391234567", "张建国"] {
            assert!(
                !bytes.windows(secret.len()).any(|part| part == secret.as_bytes()),
                "{secret} in {}",
                path.display()
            );
        }
    }
    let lines = audit(&file);
    let ours: Vec<_> = lines.iter().filter(|line| line.subject == id).collect();
    let acts: Vec<_> = ours.iter().map(|line| line.act.as_str()).filter(|act| *act != "kept").collect();
    assert_eq!(acts, ["step", "step", "feedback", "supervise", "lift"]);
    let details: Vec<Value> = lines.iter().map(|line| serde_json::from_str(&line.detail).unwrap()).collect();
    assert!(lines.iter().all(|line| !line.detail.contains("已联系")));
    let step = details.iter().find(|detail| detail["to"] == "return_requested").unwrap();
    assert_eq!((&step["from"], &step["reason"]), (&json!("dispatched"), &json!("duty_mismatch")));
    let mut previous = vec![0u8; 32];
    for line in &lines {
        let text = [&line.at.to_string(), &line.actor, &line.act, &line.subject, &line.detail]
            .map(String::as_str)
            .join("\u{1f}");
        assert_eq!(line.previous, previous);
        previous = Sha256::new().chain_update(&previous).chain_update(text).finalize().to_vec();
        assert_eq!(line.seal, previous, "the line {} is sealed", line.act);
    }
}

struct Line {
    at: i64,
    actor: String,
    act: String,
    subject: String,
    detail: String,
    previous: Vec<u8>,
    seal: Vec<u8>,
}

fn audit(file: &Path) -> Vec<Line> {
    let connection = rusqlite::Connection::open(file).unwrap();
    let mut lines = connection.prepare("SELECT * FROM audit ORDER BY n").unwrap();
    let line = |row: &rusqlite::Row| {
        Ok(Line {
            at: row.get("at")?,
            actor: row.get("actor")?,
            act: row.get("act")?,
            subject: row.get("subject")?,
            detail: row.get("detail")?,
            previous: row.get("previous")?,
            seal: row.get("seal")?,
        })
    };
    lines.query_map([], line).unwrap().map(Result::unwrap).collect()
}
