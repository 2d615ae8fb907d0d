//! Webhooks, against a real receiver: signed, tried again, given up in the open, never lost.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use base64::Engine;
use guikou::http::AlertOptions;
use guikou::triage::Triage;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};

use super::live::{await_alerts, server, tell};
use crate::door::{await_status, get, post, settings, start_with};
use crate::duplicates::{SITE, SMOKE, folder};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// What came in.
struct Call {
    headers: Vec<(String, String)>,
    body: String,
}

impl Call {
    fn header(&self, name: &str) -> &str {
        &self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).unwrap().1
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// A receiver that answers with these statuses in turn, then with the last for ever. Ends with the test process.
fn receiver(statuses: &[u16]) -> (SocketAddr, Receiver<Call>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (address, receive_at(listener, statuses))
}

fn receive_at(listener: TcpListener, statuses: &[u16]) -> Receiver<Call> {
    let (sender, calls) = channel();
    let mut statuses: VecDeque<u16> = statuses.iter().copied().collect();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut reader = BufReader::new(stream.unwrap());
            let (mut headers, mut line) = (Vec::new(), String::new());
            reader.read_line(&mut line).unwrap();
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                let Some((name, value)) = line.trim_end().split_once(": ") else { break };
                headers.push((name.to_owned(), value.to_owned()));
            }
            let call = Call { headers, body: String::new() };
            let mut body = vec![0; call.header("content-length").parse().unwrap()];
            reader.read_exact(&mut body).unwrap();
            let call = Call { body: String::from_utf8(body).unwrap(), ..call };
            let status = if statuses.len() > 1 { statuses.pop_front() } else { statuses.front().copied() }.unwrap();
            let answer = format!(
                "HTTP/1.1 {status} X\r\nLocation: /elsewhere\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
            let _ = reader.get_mut().write_all(answer.as_bytes());
            if sender.send(call).is_err() {
                return;
            }
        }
    });
    calls
}

fn next(calls: &Receiver<Call>) -> Call {
    calls.recv_timeout(Duration::from_secs(20)).expect("a call")
}

/// Settings of a server that pushes there, trying again quickly.
fn pushing(url: &str) -> Vec<(&'static str, String)> {
    vec![
        ("alerts.webhooks", url.to_owned()),
        ("alerts.webhook_secret", SECRET.to_owned()),
        ("alerts.first_retry_seconds", "0.05".to_owned()),
        ("alerts.longest_retry_seconds", "0.1".to_owned()),
        ("alerts.most_attempts", "3".to_owned()),
    ]
}

fn borrowed<'a>(set: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    set.iter().map(|(key, value)| (*key, value.as_str())).collect()
}

/// As a receiver verifies it (https://github.com/standard-webhooks/standard-webhooks).
fn verify(call: &Call) {
    let key = base64::engine::general_purpose::STANDARD.decode(SECRET.strip_prefix("whsec_").unwrap()).unwrap();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("{}.{}.{}", call.header("webhook-id"), call.header("webhook-timestamp"), call.body).as_bytes());
    let signature = call.header("webhook-signature").strip_prefix("v1,").unwrap();
    let signature = base64::engine::general_purpose::STANDARD.decode(signature).unwrap();
    mac.verify_slice(&signature).expect("the signature holds");
    let sent: i64 = call.header("webhook-timestamp").parse().unwrap();
    assert!((chrono::Utc::now().timestamp() - sent).abs() < 60);
}

fn deliveries(address: SocketAddr, query: &str) -> Vec<Value> {
    let reply = get(address, &format!("/v1/deliveries?{query}"));
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.json()["items"].as_array().unwrap().clone()
}

fn await_deliveries(address: SocketAddr, query: &str, count: usize) -> Vec<Value> {
    let since = Instant::now();
    loop {
        let found = deliveries(address, query);
        if found.len() == count {
            return found;
        }
        assert!(since.elapsed() < Duration::from_secs(20), "{query}: {found:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn an_alert_is_pushed_signed_as_a_cloud_event_without_a_word_of_the_complaint() {
    let (there, calls) = receiver(&[200]);
    let set = pushing(&format!("http://{there}/hook/T0KEN?key=s3cret"));
    let address = server(&borrowed(&set));
    tell(address, &SMOKE, 0..3);
    let call = next(&calls);
    verify(&call);
    assert_eq!(call.header("content-type"), "application/cloudevents+json; charset=utf-8");
    let (event, alert) = (call.json(), await_alerts(address, "", 1).remove(0));
    for (field, value) in [
        ("specversion", json!("1.0")),
        ("type", json!("cn.gov.hotline.event.alerted")),
        ("id", json!(call.header("webhook-id"))),
        ("subject", alert["id"].clone()),
        ("datacontenttype", json!("application/json")),
    ] {
        assert_eq!(event[field], value, "{field}");
    }
    let data = &event["data"];
    assert_eq!(
        (&data["level"], &data["turn"], &data["title"]),
        (&json!("blue"), &json!("raised"), &json!("云锦苑小区 餐饮油烟"))
    );
    assert!(!call.body.contains("烧烤") && !call.body.contains("k0"), "{}", call.body);
    let delivered = await_deliveries(address, "state=delivered", 1).remove(0);
    assert_eq!(
        (&delivered["status"], &delivered["attempts"], &delivered["alert"]),
        (&json!(200), &json!(1), &alert["id"])
    );
    let target = delivered["target"].as_str().unwrap();
    assert!(target.starts_with(&format!("http://{there}#")) && !target.contains("T0KEN"), "{target}");
    let retry = post(address, &format!("/v1/deliveries/{}:retry", delivered["id"].as_str().unwrap()), &json!({}));
    assert_eq!(retry.status, 409, "it arrived");
}

#[test]
fn what_fails_twice_arrives_the_third_time_in_order() {
    let (there, calls) = receiver(&[500, 302, 204]);
    let set = pushing(&format!("http://{there}/hook"));
    let address = server(&borrowed(&set));
    tell(address, &SMOKE, 0..3);
    let ids: Vec<String> = (0..3).map(|_| next(&calls).header("webhook-id").to_owned()).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "each attempt has the same id: {ids:?}");
    assert_eq!(await_deliveries(address, "state=delivered", 1)[0]["attempts"], 3);
    tell(address, &SMOKE, 3..5);
    let later = next(&calls);
    assert_eq!(later.json()["data"]["level"], "yellow");
    assert_ne!(later.header("webhook-id"), ids[0]);
    let info = get(address, "/v1/info").json();
    assert!(!info["lacking"].to_string().contains("推送"), "nothing is lacking any more: {info}");
}

#[test]
fn what_never_arrives_is_given_up_in_the_open_and_sent_again_by_hand() {
    // A port where nobody listens yet.
    let there = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let set = pushing(&format!("http://{there}/hook"));
    let address = server(&borrowed(&set));
    tell(address, &SMOKE, 0..3);
    let dead = await_deliveries(address, "state=dead", 1).remove(0);
    assert_eq!((&dead["attempts"], &dead["error"], &dead["status"]), (&json!(3), &json!("connect"), &Value::Null));
    let since = Instant::now();
    while !get(address, "/v1/info").json()["lacking"].to_string().contains("1 次已放弃") {
        assert!(since.elapsed() < Duration::from_secs(10), "the failing delivery is shown");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(get(address, "/metrics").body.contains("guikou_alert_deliveries{state=\"dead\"} "));
    let calls = receive_at(TcpListener::bind(there).unwrap(), &[200]);
    let retry = post(address, &format!("/v1/deliveries/{}:retry", dead["id"].as_str().unwrap()), &json!({}));
    assert_eq!((retry.status, &retry.json()["state"]), (200, &json!("waiting")), "{}", retry.body);
    verify(&next(&calls));
    assert_eq!(await_deliveries(address, "state=delivered", 1)[0]["id"], dead["id"]);
    assert_eq!(post(address, "/v1/deliveries/d_none:retry", &json!({})).status, 404);
}

/// A server on a file that pushes there.
fn on_file(file: &Path, there: SocketAddr, most_attempts: &str) -> (SocketAddr, impl FnOnce()) {
    let mut set = pushing(&format!("http://{there}/hook"));
    set.push(("alerts.most_attempts", most_attempts.to_owned()));
    let data = settings(&[]).settings.data();
    let store = crate::keep::reopened(file);
    let load = move || Triage::load(&data, folder())?.keeping_in(store);
    let (address, stop, running) = start_with(&borrowed(&set), load);
    await_status(address, "/readyz", 200);
    (address, move || {
        stop.send(()).unwrap();
        running.join().unwrap().unwrap();
    })
}

#[test]
fn a_restart_loses_no_delivery_and_tells_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cases.db");
    let there = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (address, stop) = on_file(&file, there, "1000");
    tell(address, &SMOKE, 0..3);
    let alert = await_alerts(address, "", 1).remove(0);
    tell(address, &SMOKE, 3..5);
    await_alerts(address, "level=yellow", 1);
    await_deliveries(address, "state=waiting", 2);
    stop();
    let calls = receive_at(TcpListener::bind(there).unwrap(), &[200]);
    let (address, stop) = on_file(&file, there, "1000");
    for level in ["blue", "yellow"] {
        let call = next(&calls);
        verify(&call);
        assert_eq!((&call.json()["subject"], &call.json()["data"]["level"]), (&alert["id"], &json!(level)), "in order");
    }
    await_deliveries(address, "state=delivered", 2);
    // One more of the same is no graver, and another event is another alert.
    tell(address, &SMOKE, 5..6);
    tell(address, &SITE, 10..13);
    let alerts = await_alerts(address, "", 2);
    assert_eq!(alerts[1]["id"], alert["id"]);
    assert_eq!(next(&calls).json()["subject"], alerts[0]["id"]);
    await_deliveries(address, "state=delivered", 3);
    stop();
    // What waits for an address that is not in the settings any more is given up, and that is said.
    rusqlite::Connection::open(&file).unwrap().execute("UPDATE deliveries SET state = 'waiting'", []).unwrap();
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (address, stop) = on_file(&file, elsewhere, "1");
    let dead = await_deliveries(address, "state=dead", 3);
    assert!(dead.iter().all(|dead| dead["error"] == "target_not_configured"), "{dead:?}");
    let retry = post(address, &format!("/v1/deliveries/{}:retry", dead[0]["id"].as_str().unwrap()), &json!({}));
    assert_eq!(retry.status, 409, "{}", retry.body);
    stop();
}

#[test]
fn webhooks_are_refused_that_could_not_be_sent_or_verified() {
    let refused = |set: &[(&str, &str)]| {
        let settings = settings(set).settings;
        let server = guikou::http::Server::bind(settings.http).unwrap();
        server.alerting(&settings.alerts).err().map(|error| error.to_string()).unwrap_or_default()
    };
    let secret = ("alerts.webhook_secret", SECRET);
    assert!(refused(&[("alerts.webhooks", "https://a.example.cn/x")]).contains("webhook_secret"));
    assert!(refused(&[("alerts.webhooks", "ftp://a.example.cn/x"), secret]).contains("第 1 个"));
    assert!(
        refused(&[("alerts.webhooks", "https://a.example.cn/x"), ("alerts.webhook_secret", "short")]).contains("太短")
    );
    assert!(refused(&[("alerts.webhook_ca_file", "Cargo.toml")]).contains("webhook_ca_file"));
    assert!(refused(&[("alerts.first_retry_seconds", "0")]).contains("first_retry_seconds"));
    assert_eq!(refused(&[("alerts.webhooks", "https://a.example.cn/x"), secret]), "");
}

#[test]
fn the_settings_are_as_documented_and_secrets_stay_hidden() {
    assert_eq!(settings(&[]).settings.alerts, AlertOptions::default());
    let shown =
        settings(&[("alerts.webhooks", "https://a.example.cn/T0KEN"), ("alerts.webhook_secret", SECRET)]).show();
    assert!(!shown.contains("T0KEN") && !shown.contains(SECRET), "{shown}");
    assert!(shown.contains("webhook_secret = \"***\""), "{shown}");
}

#[test]
fn report_lists_alerts_of_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cases.db");
    let there = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (address, stop) = on_file(&file, there, "1");
    tell(address, &SMOKE, 0..5);
    await_alerts(address, "level=yellow", 1);
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_guikou"));
        command.args(["report", "alerts", "--store", file.to_str().unwrap()]).args(arguments).env("NO_COLOR", "1");
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let printed = run(&[]);
    assert!(printed.contains("黄色预警") && printed.contains("云锦苑小区 餐饮油烟"), "{printed}");
    let answer: Value = serde_json::from_str(&run(&["--json", "--level", "yellow"])).unwrap();
    assert_eq!(answer["items"][0]["figures"]["cases"], 5);
    assert!(!run(&["--level", "red"]).contains("云锦苑"));
    let out = folder.path().join("预警.xlsx");
    run(&["--out", out.to_str().unwrap()]);
    assert!(std::fs::metadata(&out).unwrap().len() > 1000);
    stop();
}
