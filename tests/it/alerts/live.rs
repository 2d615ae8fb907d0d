//! Over HTTP: raised within seconds of the case, listed, acted on, streamed to whoever listens.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use chrono::{Local, TimeDelta};
use serde_json::{Value, json};

use crate::door::{Reply, begin, get, post, start};
use crate::duplicates::{SITE, SMOKE, folder, kept};

pub fn server(set: &[(&str, &str)]) -> SocketAddr {
    let mut all = vec![("model", folder().to_str().unwrap())];
    all.extend(set);
    start(&all)
}

/// Tells a matter so many times, each by another caller, just now.
pub fn tell(address: SocketAddr, texts: &[&str], callers: std::ops::Range<usize>) -> Vec<Value> {
    let told = callers.map(|n| {
        let received_at = (Local::now() - TimeDelta::minutes(1)).fixed_offset().to_rfc3339();
        let body = json!({"text": texts[n % texts.len()], "received_at": received_at, "reporter_key": format!("k{n}"),
            "explain": false});
        kept(address, &body)
    });
    told.collect()
}

pub fn list(address: SocketAddr, query: &str) -> Vec<Value> {
    let reply = get(address, &format!("/v1/alerts?{query}"));
    assert_eq!(reply.status, 200, "{query}: {}", reply.body);
    reply.json()["items"].as_array().unwrap().clone()
}

/// Asks until there are so many; how long it took.
pub fn await_alerts(address: SocketAddr, query: &str, count: usize) -> Vec<Value> {
    let since = Instant::now();
    loop {
        let found = list(address, query);
        if found.len() == count {
            return found;
        }
        assert!(since.elapsed() < Duration::from_secs(20), "{query}: {found:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn act(address: SocketAddr, id: &Value, verb: &str, body: &Value) -> Reply {
    post(address, &format!("/v1/alerts/{}:{verb}", id.as_str().unwrap()), body)
}

#[test]
fn an_alert_is_raised_by_itself_and_leads_to_exactly_its_cases() {
    let address = server(&[]);
    let cases = tell(address, &SMOKE, 0..3);
    let alert = await_alerts(address, "", 1).remove(0);
    for (field, value) in [
        ("kind", json!("event")),
        ("level", json!("blue")),
        ("level_name", json!("蓝色预警")),
        ("state", json!("open")),
        ("title", json!("云锦苑小区 餐饮油烟")),
        ("category", json!("0706")),
        ("issue", cases[2]["suggestion"]["issue"].clone()),
    ] {
        assert_eq!(alert[field], value, "{field}");
    }
    assert_eq!((&alert["figures"]["cases"], &alert["figures"]["people"]), (&json!(3), &json!(3)));
    let listed = get(address, alert["link"].as_str().unwrap()).json();
    let ids =
        |items: &[Value]| items.iter().map(|case| case["id"].to_string()).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(ids(listed["items"].as_array().unwrap()), ids(&cases));
    let story = get(address, &format!("/v1/alerts/{}", alert["id"].as_str().unwrap())).json();
    assert_eq!((&story["log"][0]["turn"], &story["deliveries"]), (&json!("raised"), &json!([])));
    assert!(!story.to_string().contains("烧烤"), "no word of a complaint: {story}");
    let metrics = get(address, "/metrics").body;
    assert!(metrics.contains("guikou_alerts_total{level=\"blue\",turn=\"raised\"}"), "{metrics}");
}

#[test]
fn alerts_are_listed_page_by_page_as_files_and_acted_on() {
    let address = server(&[]);
    tell(address, &SMOKE, 0..3);
    await_alerts(address, "", 1);
    tell(address, &SITE, 10..16);
    await_alerts(address, "level=yellow", 1);
    let titles = |query: &str| list(address, query).iter().map(|alert| alert["level"].to_string()).collect::<Vec<_>>();
    assert_eq!(titles(""), ["\"yellow\"", "\"blue\""], "the newest first");
    assert_eq!(titles("level=blue&state=open&kind=event"), ["\"blue\""]);
    assert_eq!(titles("category=0706"), ["\"blue\""]);
    assert_eq!(titles("category=07").len(), 2);
    assert!(
        titles("kind=cell").is_empty() && titles("to=2026-11-01").is_empty() && titles("state=dismissed").is_empty()
    );
    let grill = list(address, "level=blue")[0]["issue"].clone();
    assert_eq!(titles(&format!("issue={}", grill.as_str().unwrap())), ["\"blue\""]);
    assert!(titles("issue=g_none").is_empty());
    let first = get(address, "/v1/alerts?page_size=1").json();
    let next =
        get(address, &format!("/v1/alerts?page_size=1&cursor={}", first["next_cursor"].as_str().unwrap())).json();
    assert_eq!((&next["items"][0]["level"], &next["next_cursor"]), (&json!("blue"), &Value::Null));
    let file = get(address, "/v1/alerts?format=csv");
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(
        file.body.contains("预警编号,级别,标题") && file.body.contains("黄色预警,樊城区长虹路北段工地 建筑施工噪声"),
        "{}",
        file.body
    );
    for (query, wrong) in [
        ("level=green", "?level"),
        ("state=new", "?state"),
        ("format=csv&page_size=3", "?page_size"),
        ("unit=CGJ", "?unit"),
    ] {
        let reply = get(address, &format!("/v1/alerts?{query}"));
        assert_eq!((reply.status, &reply.json()["errors"][0]["pointer"]), (422, &json!(wrong)), "{query}");
    }
    let id = first["items"][0]["id"].clone();
    let done = act(address, &id, "acknowledge", &json!({"actor": "值班长"}));
    assert_eq!((done.status, &done.json()["state"]), (200, &json!("acknowledged")));
    assert_eq!(act(address, &id, "acknowledge", &json!({})).status, 409);
    for body in [json!({}), json!({"reason": " "}), json!({"reason": "有误", "who": "x"})] {
        assert_eq!(act(address, &id, "dismiss", &body).status, 422, "{body}");
    }
    let done = act(address, &id, "dismiss", &json!({"reason": "计划内", "actor": "值班长"}));
    assert_eq!((done.status, &done.json()["reason"]), (200, &json!("计划内")));
    assert_eq!(act(address, &id, "dismiss", &json!({"reason": "计划内"})).status, 409);
    assert_eq!(act(address, &json!("a_none"), "dismiss", &json!({"reason": "计划内"})).status, 404);
    assert_eq!(act(address, &id, "archive", &json!({})).status, 404);
    assert_eq!(titles("state=dismissed"), ["\"yellow\""]);
}

/// Events as they come, as `(id, event, data)`.
pub struct Listener(BufReader<TcpStream>);

impl Listener {
    pub fn to(address: SocketAddr, headers: &[(&str, &str)]) -> Self {
        let stream = begin(address, "GET", "/v1/alerts/stream", headers, 0);
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut reader = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(reader.read_line(&mut head).unwrap() > 0, "{head}");
        }
        assert!(head.starts_with("HTTP/1.1 200") && head.contains("content-type: text/event-stream"), "{head}");
        Self(reader)
    }

    /// The next event; `None` when the stream has ended.
    pub fn next(&mut self) -> Option<(i64, String, Value)> {
        let (mut id, mut name) = (0, String::new());
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            let line = line.trim_end();
            if let Some(value) = line.strip_prefix("id: ") {
                id = value.parse().unwrap();
            } else if let Some(value) = line.strip_prefix("event: ") {
                name = value.to_owned();
            } else if let Some(value) = line.strip_prefix("data: ") {
                return Some((id, name, serde_json::from_str(value).unwrap()));
            }
        }
    }
}

#[test]
fn who_listens_is_told_within_seconds_and_takes_up_where_it_left_off() {
    let address = server(&[("alerts.listeners", "2")]);
    let mut listener = Listener::to(address, &[]);
    tell(address, &SMOKE, 0..3);
    let since = Instant::now();
    let (first, name, data) = listener.next().unwrap();
    assert!(since.elapsed() < Duration::from_secs(5), "within seconds: {:?}", since.elapsed());
    assert_eq!(
        (name.as_str(), &data["level"], &data["title"]),
        ("raised", &json!("blue"), &json!("云锦苑小区 餐饮油烟"))
    );
    drop(listener);
    tell(address, &SMOKE, 3..5);
    let id = await_alerts(address, "level=yellow", 1)[0]["id"].clone();
    assert_eq!(act(address, &id, "acknowledge", &json!({})).status, 200);
    let mut resumed = Listener::to(address, &[("Last-Event-ID", &first.to_string())]);
    let (second, name, _) = resumed.next().unwrap();
    assert!((second, name.as_str()) == (first + 1, "escalated"), "nothing was missed");
    assert_eq!(resumed.next().unwrap().1, "acknowledged");
    // Who does not say where it left off is told what comes from now on.
    let mut fresh = Listener::to(address, &[]);
    let refused = get(address, "/v1/alerts/stream");
    assert_eq!((refused.status, refused.header("retry-after").is_some()), (429, true), "two listen already");
    assert_eq!(act(address, &id, "dismiss", &json!({"reason": "已处理"})).status, 200);
    assert_eq!((resumed.next().unwrap().1, fresh.next().unwrap().1), ("dismissed".to_owned(), "dismissed".to_owned()));
    drop(resumed);
    // The seat of who has gone is free again as soon as that is noticed.
    let since = Instant::now();
    loop {
        let stream = begin(address, "GET", "/v1/alerts/stream", &[("Last-Event-ID", "x")], 0);
        let status = crate::door::receive(stream).status;
        if status == 422 {
            break;
        }
        assert!(status == 429 && since.elapsed() < Duration::from_secs(20), "{status}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_stream_ends_when_the_server_stops() {
    let data = crate::door::settings(&[]).settings.data();
    let load = move || guikou::triage::Triage::load(&data, folder());
    let (address, stop, running) = crate::door::start_with(&[], load);
    crate::door::await_status(address, "/readyz", 200);
    let mut listener = Listener::to(address, &[]);
    let since = Instant::now();
    stop.send(()).unwrap();
    assert!(listener.next().is_none());
    running.join().unwrap().unwrap();
    assert!(since.elapsed() < Duration::from_secs(10), "nobody waits for it: {:?}", since.elapsed());
}
