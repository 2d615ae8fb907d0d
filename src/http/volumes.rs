//! `GET /v1/volumes`: how many cases there are of what.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use crate::http::desk::{Desk, Seat};
use crate::http::figures;
use crate::http::problem::{Problem, Refusals};
use crate::http::query::{FigureQuery, Query};
use crate::insight::Volumes;

/// 诉求量：按类别计数，每个数字附其案件的列表
#[utoipa::path(get, path = "/v1/volumes", tag = "统计", operation_id = "volumes", params(FigureQuery),
    responses((status = 200, description = "诉求量 · volumes", body = Volumes), Refusals))]
pub async fn volumes(State(desk): State<Arc<Desk>>, seat: Seat, query: Query) -> Result<Response, Problem> {
    let (scope, format) = query.figures(desk.ready()?.taxonomy())?;
    let work = move |insight: &crate::insight::Insight, ground: crate::insight::Ground| insight.volumes(ground, &scope);
    figures::answer(&desk, seat, "volumes", format, work, Volumes::table).await
}
