//! The page at `/`, its files under `/assets/`, and the documentation at `/docs`; all inside the binary.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::http::desk::Desk;
use crate::http::problem::Problem;

/// One embedded file.
struct Asset {
    name: &'static str,
    kind: &'static str,
    body: &'static str,
    /// Weak, because answers may be compressed on the way (RFC 9110 §8.8.3).
    etag: String,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    [
        ("index.html", "text/html; charset=utf-8", include_str!("web/index.html")),
        ("app.css", "text/css; charset=utf-8", include_str!("web/app.css")),
        ("app.js", "text/javascript; charset=utf-8", include_str!("web/app.js")),
        ("icon.svg", "image/svg+xml", include_str!("web/icon.svg")),
        ("samples.json", "application/json; charset=utf-8", include_str!("web/samples.json")),
    ]
    .map(|(name, kind, body)| Asset { name, kind, body, etag: etag(body) })
    .into()
});

fn etag(body: &str) -> String {
    let digest = Sha256::digest(body);
    let hex: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("W/\"{hex}\"")
}

/// `/`, `/assets/…` and `/docs`.
pub fn router(api: OpenApi) -> Router<Arc<Desk>> {
    let docs = SwaggerUi::new("/docs").url("/openapi.json", api);
    let docs = docs.config(Config::default().validator_url("none").try_it_out_enabled(true));
    Router::new()
        .route("/", get(|headers: HeaderMap| async move { send("index.html", &headers) }))
        .route("/favicon.ico", get(|headers: HeaderMap| async move { send("icon.svg", &headers) }))
        .route("/assets/{name}", get(asset))
        .merge(docs)
}

async fn asset(State(_): State<Arc<Desk>>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    send(&name, &headers)
}

fn send(name: &str, headers: &HeaderMap) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return Problem::no_such_route(&format!("/assets/{name}")).into_response();
    };
    let common = [(header::ETAG, asset.etag.as_str()), (header::CACHE_CONTROL, "no-cache")];
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if known.is_some_and(|known| known.split(',').any(|tag| tag.trim() == asset.etag)) {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    (common, [(header::CONTENT_TYPE, asset.kind)], asset.body).into_response()
}
