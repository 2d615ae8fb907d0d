//! Who may ask, and what browsers are told not to do.

use std::sync::{Arc, LazyLock};

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::http::Options;
use crate::http::desk::Desk;
use crate::http::problem::Problem;
use crate::report::HTML_STYLE;

/// The shortest API key taken, in characters.
const SHORTEST_KEY: usize = 16;

/// API keys, kept as digests only.
pub struct Keys(Vec<[u8; 32]>);

impl Keys {
    /// Reads the keys of the settings and of the key file (one a line, `#` starts a comment).
    pub fn read(options: &Options) -> Result<Self> {
        let mut keys: Vec<(String, String)> =
            options.api_keys.iter().map(|k| ("http.api_keys".into(), k.clone())).collect();
        if let Some(path) = &options.api_keys_file {
            let shown = path.display();
            let text = std::fs::read_to_string(path).map_err(|error| {
                Error::setup(format!("读不了密钥文件 {shown}"), format!("cannot read the key file {shown}"))
                    .because(error)
            })?;
            let lines = text.lines().enumerate().map(|(n, line)| (n + 1, line.trim()));
            let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
            keys.extend(lines.map(|(n, line)| (format!("{shown}:{n}"), line.to_owned())));
        }
        if let Some((origin, _)) = keys.iter().find(|(_, key)| key.chars().count() < SHORTEST_KEY) {
            let zh = format!("{origin}：API 密钥太短，至少 {SHORTEST_KEY} 个字符（可用 openssl rand -hex 32 生成）");
            return Err(Error::setup(zh, format!("{origin}: an API key needs at least {SHORTEST_KEY} characters")));
        }
        Ok(Self(keys.iter().map(|(_, key)| Sha256::digest(key).into()).collect()))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Compares digests whole, so that the time taken says nothing about a key.
    fn admit(&self, key: &str) -> bool {
        let given: [u8; 32] = Sha256::digest(key).into();
        let same = |known: &[u8; 32]| known.iter().zip(&given).fold(0, |acc, (a, b)| acc | (a ^ b)) == 0;
        self.0.iter().fold(false, |found, known| found | same(known))
    }
}

/// Asks for a Bearer key (RFC 6750) where keys are configured.
pub async fn keyed(State(desk): State<Arc<Desk>>, request: Request, next: Next) -> Response {
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given =
        given.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    if desk.keys.is_empty() || given.is_some_and(|(_, key)| desk.keys.admit(key.trim())) {
        return next.run(request).await;
    }
    Problem::no_key().into_response()
}

const STRICT: &str =
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";
/// Swagger UI sets styles inline and draws its icons from data URIs; scripts stay bound to our own files.
const FOR_DOCS: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; \
                        form-action 'self'; frame-ancestors 'none'; object-src 'none'";

/// A report has its own style in it, and only that: it is known by its hash.
static FOR_REPORTS: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(HTML_STYLE));
    let policy = format!("{STRICT}; style-src 'self' 'sha256-{hash}'");
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static(STRICT))
});

/// Security headers on every answer.
pub async fn shielded(request: Request, next: Next) -> Response {
    let policy = match request.uri().path() {
        path if path.starts_with("/docs") => HeaderValue::from_static(FOR_DOCS),
        path if path.starts_with("/v1/reports/") => FOR_REPORTS.clone(),
        _ => HeaderValue::from_static(STRICT),
    };
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
