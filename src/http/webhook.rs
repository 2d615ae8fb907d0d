//! Webhooks: an alert as a CloudEvent (<https://github.com/cloudevents/spec>, 1.0, JSON, structured mode), signed as Standard
//! Webhooks has it (<https://github.com/standard-webhooks/standard-webhooks>, v1: HMAC-SHA256 over `id.timestamp.body`).
//!
//! Sent to the configured addresses and nowhere else: redirects are not followed, and no proxy of the environment is
//! asked. What is received is not read, only its status.

use std::path::Path;
use std::time::Duration;

use axum::http::Uri;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, FixedOffset, SecondsFormat};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::http::alarms::AlertOptions;
use crate::store::Due;

/// The shortest secret taken, in bytes; the standard advises 24 to 64.
const SHORTEST_SECRET: usize = 16;
/// How a secret in Base64 begins, as Standard Webhooks has it.
const IN_BASE64: &str = "whsec_";

/// The status of an answer that took it; or the status, if any, and why it was not taken.
pub type Sent = std::result::Result<u16, (Option<u16>, &'static str)>;

/// Carries alerts to the configured addresses.
pub struct Courier {
    agent: ureq::Agent,
    secret: Vec<u8>,
    urls: Vec<String>,
    names: Vec<String>,
    most_attempts: u32,
    first: f64,
    longest: f64,
}

/// A delivery on its way; holds nothing of the store.
pub struct Carried {
    agent: ureq::Agent,
    secret: Vec<u8>,
    url: String,
    id: String,
    body: Vec<u8>,
}

impl Courier {
    /// Refuses addresses that are none, and addresses without a secret.
    pub fn new(options: &AlertOptions) -> Result<Self> {
        let urls = options.webhooks.clone();
        if let Some(place) = urls.iter().position(|url| !is_address(url)) {
            let (zh, en) = (
                format!("alerts.webhooks 第 {} 个须为 http:// 或 https:// 开头的地址", place + 1),
                format!("alerts.webhooks: number {} must be an http:// or https:// address", place + 1),
            );
            return Err(Error::setup(zh, en));
        }
        let (first, longest) = (options.first_retry_seconds, options.longest_retry_seconds);
        if !(first > 0.0 && longest >= first && longest.is_finite()) {
            let zh = "alerts.first_retry_seconds 须大于 0，且不大于 longest_retry_seconds";
            let en = "alerts.first_retry_seconds must be above 0 and not above longest_retry_seconds";
            return Err(Error::setup(zh, en));
        }
        Ok(Self {
            agent: agent(options)?,
            secret: if urls.is_empty() { Vec::new() } else { secret(options)? },
            names: urls.iter().map(|url| name(url)).collect(),
            urls,
            most_attempts: options.most_attempts.get(),
            first,
            longest,
        })
    }

    /// The addresses without what may be secret in them: scheme, host and a digest that tells them apart.
    pub fn targets(&self) -> &[String] {
        &self.names
    }

    /// Takes a delivery to the target in this place.
    pub fn carry(&self, place: usize, due: Due) -> Carried {
        Carried {
            agent: self.agent.clone(),
            secret: self.secret.clone(),
            url: self.urls[place].clone(),
            id: event_id(&due),
            body: event(&due),
        }
    }

    /// How long to wait after so many attempts in vain: exponential backoff, half of it at random (`chance` in 0..1) so
    /// that what failed together does not come again together; `None` after the last.
    ///
    /// `d = min(longest, first · 2^(n−1))`, the wait is in `[d/2, d)` ("equal jitter", M. Brooker, AWS Architecture Blog,
    /// Exponential Backoff And Jitter, 2015).
    pub fn wait(&self, attempts: u32, chance: f64) -> Option<Duration> {
        if attempts >= self.most_attempts {
            return None;
        }
        let whole = (self.first * 2f64.powi(attempts.saturating_sub(1).min(64) as i32)).min(self.longest);
        Some(Duration::from_secs_f64(whole * (0.5 + 0.5 * chance.clamp(0.0, 1.0))))
    }
}

impl Carried {
    /// Blocks until the other side answers, or the time set is over.
    pub fn send(&self, now: DateTime<FixedOffset>) -> Sent {
        let timestamp = now.timestamp().to_string();
        let request = self.agent.post(&self.url).header("content-type", "application/cloudevents+json; charset=utf-8");
        let request = request.header("webhook-id", &self.id).header("webhook-timestamp", &timestamp);
        let request = request.header("webhook-signature", signature(&self.secret, &self.id, &timestamp, &self.body));
        match request.send(&self.body[..]).map(|answer| answer.status().as_u16()) {
            Ok(status @ 200..=299) => Ok(status),
            Ok(status @ 300..=399) => Err((Some(status), "redirect")),
            Ok(status) => Err((Some(status), "status")),
            Err(error) => Err((None, why(&error))),
        }
    }
}

/// `v1,` and the MAC in Base64.
fn signature(secret: &[u8], id: &str, timestamp: &str, body: &[u8]) -> String {
    let mut mac = match Hmac::<Sha256>::new_from_slice(secret) {
        Ok(mac) => mac,
        // HMAC takes keys of any length.
        Err(_) => return String::new(),
    };
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// The same for every attempt and every target, so that a receiver can tell what it has.
fn event_id(due: &Due) -> String {
    format!("{}.{}", due.alert.id, due.entry.n)
}

/// What was told then, not what stands now; no text of a complaint.
fn event(due: &Due) -> Vec<u8> {
    let (alert, entry) = (&due.alert, &due.entry);
    let event = json!({
        "specversion": "1.0",
        "type": "cn.gov.hotline.event.alerted",
        "id": event_id(due),
        "source": "urn:guikou:alerts",
        "subject": alert.id,
        "time": entry.at.to_rfc3339_opts(SecondsFormat::Millis, true),
        "datacontenttype": "application/json",
        "data": {
            "alert": alert.id,
            "turn": entry.turn,
            "kind": alert.kind,
            "level": entry.level,
            "level_name": entry.level.name(),
            "rule": entry.rule,
            "title": entry.title,
            "sentence": entry.sentence,
            "figures": entry.figures,
            "issue": alert.issue,
            "category": alert.category,
            "district": alert.district,
            "raised_at": alert.raised_at,
            "link": format!("/v1/alerts/{}", alert.id),
        },
    });
    event.to_string().into_bytes()
}

fn why(error: &ureq::Error) -> &'static str {
    match error {
        ureq::Error::Timeout(_) => "timeout",
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::Pem(_) => "tls",
        ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => "connect",
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => "connect",
        _ => "io",
    }
}

fn agent(options: &AlertOptions) -> Result<ureq::Agent> {
    let longest = Duration::from_secs(options.webhook_timeout_seconds.get());
    let mut tls = ureq::tls::TlsConfig::builder();
    if let Some(file) = &options.webhook_ca_file {
        tls = tls.root_certs(ureq::tls::RootCerts::new_with_certs(&certificates(file)?));
    }
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(longest))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .proxy(None)
        .user_agent(concat!("guikou/", env!("CARGO_PKG_VERSION")))
        .tls_config(tls.build());
    Ok(config.build().new_agent())
}

/// The certificates (PEM) that answer for the servers, in place of the public ones.
fn certificates(file: &Path) -> Result<Vec<ureq::tls::Certificate<'static>>> {
    let shown = file.display();
    let unusable = || {
        let en = format!("alerts.webhook_ca_file: there are no certificates (PEM) in {shown}");
        Error::setup(format!("alerts.webhook_ca_file：{shown} 中没有可用的证书（PEM）"), en)
    };
    let text = std::fs::read(file).map_err(|error| unusable().because(error))?;
    let mut found = Vec::new();
    for item in ureq::tls::parse_pem(&text) {
        if let ureq::tls::PemItem::Certificate(certificate) = item.map_err(|error| unusable().because(error))? {
            found.push(certificate);
        }
    }
    if found.is_empty() { Err(unusable()) } else { Ok(found) }
}

fn secret(options: &AlertOptions) -> Result<Vec<u8>> {
    let text = match (&options.webhook_secret, &options.webhook_secret_file) {
        (Some(secret), _) => secret.clone(),
        (None, Some(file)) => std::fs::read_to_string(file).map_err(|error| {
            let shown = file.display();
            Error::setup(format!("读不了 webhook 密钥文件 {shown}"), format!("cannot read the webhook secret {shown}"))
                .because(error)
        })?,
        (None, None) => {
            let zh = "设了 alerts.webhooks，须同时设 alerts.webhook_secret 或 webhook_secret_file（接收方据此验签）";
            let en = "alerts.webhooks needs alerts.webhook_secret or webhook_secret_file, by which receivers verify";
            return Err(Error::setup(zh, en));
        }
    };
    let text = text.trim();
    let bytes = match text.strip_prefix(IN_BASE64) {
        Some(encoded) => STANDARD.decode(encoded).map_err(|error| {
            let en = "alerts.webhook_secret begins with whsec_ but is no Base64";
            Error::setup("alerts.webhook_secret 以 whsec_ 开头，其后须为 Base64", en).because(error)
        })?,
        None => text.as_bytes().to_vec(),
    };
    if bytes.len() < SHORTEST_SECRET {
        let zh = format!("webhook 密钥太短，至少 {SHORTEST_SECRET} 字节（可用 openssl rand -hex 32 生成）");
        return Err(Error::setup(zh, format!("the webhook secret needs at least {SHORTEST_SECRET} bytes")));
    }
    Ok(bytes)
}

fn is_address(url: &str) -> bool {
    let uri = url.parse::<Uri>().ok();
    uri.is_some_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
    })
}

/// Scheme and host; path and query may hold a token.
fn name(url: &str) -> String {
    let digest: String = Sha256::digest(url).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let uri = url.parse::<Uri>().unwrap_or_default();
    let port = uri.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}#{digest}", uri.scheme_str().unwrap_or_default(), uri.host().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the standard's own libraries (standard-webhooks, `libraries/*/tests`).
    #[test]
    fn a_signature_is_that_of_the_standard() {
        let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("Base64");
        let (id, timestamp) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330");
        let signed = signature(&secret, id, timestamp, br#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn waits_double_up_to_the_longest_and_end() {
        let options =
            AlertOptions { most_attempts: std::num::NonZeroU32::MIN.saturating_add(11), ..AlertOptions::default() };
        let courier = Courier::new(&options).expect("a courier");
        let longest: Vec<f64> = (1..=12).map_while(|n| courier.wait(n, 1.0)).map(|wait| wait.as_secs_f64()).collect();
        assert_eq!(longest, [5., 10., 20., 40., 80., 160., 320., 640., 1280., 2560., 3600.]);
        assert_eq!(courier.wait(1, 0.0), Some(Duration::from_millis(2500)));
    }

    #[test]
    fn a_target_is_named_without_its_secrets() {
        let named = name("https://user:pw@oa.example.gov.cn:8443/hook/T0KEN?key=abc");
        assert!(named.starts_with("https://oa.example.gov.cn:8443#") && !named.contains("T0KEN"), "{named}");
        assert_ne!(name("https://a.cn/1"), name("https://a.cn/2"));
        assert!(!is_address("ftp://a.cn") && !is_address("a.cn/x") && is_address("http://10.0.0.1:80/x"));
    }
}
