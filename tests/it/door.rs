//! The public door for tests: a real server on a free port, and a client that can also send what is broken.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::LazyLock;

use guikou::config::Config;
use guikou::error::Result;
use guikou::http::Server;
use guikou::triage::Triage;
use serde_json::Value;

/// Settings for a test server: a free port and what `set` says, as `(key, value)`.
pub fn settings(set: &[(&str, &str)]) -> Config {
    let mut flags = vec![("test", "http.listen", "127.0.0.1:0".to_owned())];
    flags.extend(set.iter().map(|(key, value)| ("test", *key, (*value).to_owned())));
    Config::load(None, [], &flags).expect("settings")
}

/// Starts a server that lives as long as the test process.
pub fn start(set: &[(&str, &str)]) -> SocketAddr {
    let settings = settings(set).settings;
    let (data, model) = (settings.data(), settings.model().expect("model"));
    let server = Server::bind(settings.http).expect("bind").alerting(&settings.alerts).expect("alerts");
    let address = server.address().expect("address");
    std::thread::spawn(move || server.run(move || Triage::load(&data, &model), std::future::pending()));
    await_status(address, "/readyz", 200);
    address
}

/// Asks until the status comes; a server takes a moment to load.
pub fn await_status(address: SocketAddr, path: &str, status: u16) -> Reply {
    for _ in 0..3000 {
        let reply = get(address, path);
        if reply.status == status {
            return reply;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("{path} never answered {status}");
}

/// The server that most tests share.
pub static SHARED: LazyLock<SocketAddr> = LazyLock::new(|| {
    // A build for tests reads slowly, and all tests ask at once.
    start(&[("http.demo", "true"), ("http.demo_days", "4"), ("http.answer_timeout_seconds", "300")])
});

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: String,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

pub fn get(address: SocketAddr, path: &str) -> Reply {
    send(address, "GET", path, &[], b"")
}

pub fn post(address: SocketAddr, path: &str, body: &Value) -> Reply {
    send(address, "POST", path, &[("Content-Type", "application/json")], body.to_string().as_bytes())
}

pub fn send(address: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    let mut stream = begin(address, method, path, headers, body.len());
    stream.write_all(body).expect("send");
    receive(stream)
}

/// Sends the head of a request only.
pub fn begin(address: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], length: usize) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("connect");
    let mut head =
        format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{head}\r\n").as_bytes()).expect("send");
    stream
}

pub fn receive(mut stream: TcpStream) -> Reply {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("receive");
    let text = String::from_utf8(bytes).expect("UTF-8");
    let (head, body) = text.split_once("\r\n\r\n").expect("an HTTP answer");
    let mut lines = head.lines();
    let status =
        lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok()).expect("status");
    let headers = lines.filter_map(|line| line.split_once(": ")).map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
    Reply { status, headers, body: body.to_owned() }
}

/// Runs `load` in a server of its own and stops it when the sender of the returned channel says so.
pub fn start_with(
    set: &[(&str, &str)],
    load: impl FnOnce() -> Result<Triage> + Send + 'static,
) -> (SocketAddr, tokio::sync::oneshot::Sender<()>, std::thread::JoinHandle<Result<()>>) {
    let settings = settings(set).settings;
    let server = Server::bind(settings.http).expect("bind").alerting(&settings.alerts).expect("alerts");
    let address = server.address().expect("address");
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let running = std::thread::spawn(move || {
        server.run(load, async {
            let _ = stopped.await;
        })
    });
    (address, stop, running)
}
