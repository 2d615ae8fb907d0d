//! The outermost layer: who asks (request id, language), what is measured and logged, and how problems are worded.
//!
//! A complaint's text never gets here: logged are method, route, status, milliseconds and the request id.

use std::time::Instant;

use axum::extract::{FromRequestParts, MatchedPath, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use metrics::{gauge, histogram};
use tower_http::request_id::{MakeRequestId, MakeRequestUuid};

use crate::error::Error;
use crate::http::problem::Problem;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Who asks, as far as an answer's wording needs it. Put on every request by [`observe`].
#[derive(Debug, Clone)]
pub struct Caller {
    pub request_id: String,
    pub language: Language,
    pub path: String,
}

/// The two languages of the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    Chinese,
    English,
}

impl Language {
    pub fn tag(self) -> &'static str {
        match self {
            Language::Chinese => "zh-CN",
            Language::English => "en",
        }
    }

    /// English only where `Accept-Language` prefers it to Chinese (RFC 9110 §12.5.4).
    fn preferred(headers: &HeaderMap) -> Self {
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let weight = |language: &str| {
            let ranges = accepted.split(',').filter_map(|range| {
                let (tag, quality) = range.trim().split_once(';').unwrap_or((range.trim(), "q=1"));
                let primary = tag.split('-').next()?;
                let quality = quality.trim().strip_prefix("q=")?.parse::<f32>().ok()?;
                primary.eq_ignore_ascii_case(language).then_some(quality)
            });
            ranges.fold(0.0, f32::max)
        };
        if weight("en") > weight("zh") { Language::English } else { Language::Chinese }
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let caller = parts.extensions.get::<Caller>().cloned();
        caller.ok_or_else(|| Error::internal("请求没有经过 observe 层", "the request did not pass `observe`").into())
    }
}

/// Counted while a request is under way, also when the sender hangs up.
struct Active(metrics::Gauge);

impl Active {
    fn enter(method: &'static str) -> Self {
        let gauge = gauge!("http_server_active_requests", "http_request_method" => method);
        gauge.increment(1.0);
        Self(gauge)
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

/// Names the request, times it, words its problem and logs one line.
pub async fn observe(mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = known(request.method());
    let _active = Active::enter(method);
    let caller = Caller {
        request_id: request_id(&request),
        language: Language::preferred(request.headers()),
        path: request.uri().path().to_owned(),
    };
    let route =
        request.extensions().get::<MatchedPath>().map_or("unmatched".to_owned(), |path| path.as_str().to_owned());
    request.extensions_mut().insert(caller.clone());

    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response = problem.render(&caller, response);
    }
    if let Ok(id) = HeaderValue::from_str(&caller.request_id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    record(method, route, response.status().as_u16(), started.elapsed().as_secs_f64(), &caller.request_id);
    response
}

fn record(method: &'static str, route: String, status: u16, seconds: f64, request_id: &str) {
    let ms = (seconds * 1e5).round() / 100.0;
    tracing::info!(method, route, status, ms, request_id, "request");
    let labels = [
        ("http_request_method", method.to_owned()),
        ("http_route", route),
        ("http_response_status_code", status.to_string()),
        ("url_scheme", "http".to_owned()),
    ];
    histogram!("http_server_request_duration_seconds", &labels).record(seconds);
}

/// The sender's own id where it is harmless in a log, a new one else.
fn request_id(request: &Request) -> String {
    let harmless = |id: &&str| {
        (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b))
    };
    let given = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).filter(harmless);
    given.map(str::to_owned).unwrap_or_else(|| {
        let made = MakeRequestUuid.make_request_id(request);
        made.and_then(|id| id.header_value().to_str().map(str::to_owned).ok()).unwrap_or_default()
    })
}

/// A bounded set of label values, as OpenTelemetry asks.
fn known(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "_OTHER",
    }
}
