//! The pages, their files under `/assets/`, and the documentation at `/docs`; all inside the binary, where `build.rs`
//! puts them.

use std::collections::HashMap;
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

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// One embedded file.
struct Asset {
    kind: &'static str,
    body: &'static [u8],
    /// Weak, because answers may be compressed on the way (RFC 9110 §8.8.3).
    etag: String,
}

static ASSETS: LazyLock<HashMap<&str, Asset>> =
    LazyLock::new(|| FILES.iter().map(|(name, kind, body)| (*name, Asset { kind, body, etag: etag(body) })).collect());

fn etag(body: &[u8]) -> String {
    let digest = Sha256::digest(body);
    let hex: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("W/\"{hex}\"")
}

/// The pages, `/assets/…` and `/docs`.
pub fn router(api: OpenApi) -> Router<Arc<Desk>> {
    let docs = SwaggerUi::new("/docs").url("/openapi.json", api);
    let docs = docs.config(Config::default().validator_url("none").try_it_out_enabled(true));
    let file = |name: &'static str| get(move |headers: HeaderMap| async move { send(name, &headers) });
    let pages = PAGES.iter().fold(Router::new(), |router, (path, shell)| router.route(path, file(shell)));
    pages.route("/favicon.ico", file("icon.svg")).route("/assets/{*path}", get(asset)).merge(docs)
}

async fn asset(State(_): State<Arc<Desk>>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    send(&name, &headers)
}

fn send(name: &str, headers: &HeaderMap) -> Response {
    let Some(asset) = ASSETS.get(name) else {
        return Problem::no_such_route(&format!("/assets/{name}")).into_response();
    };
    let common = [(header::ETAG, asset.etag.as_str()), (header::CACHE_CONTROL, "no-cache")];
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if known.is_some_and(|known| known.split(',').any(|tag| tag.trim() == asset.etag)) {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    (common, [(header::CONTENT_TYPE, asset.kind)], asset.body).into_response()
}
