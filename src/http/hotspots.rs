//! `GET /v1/hotspots`: what is hot, where, and why.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use crate::http::desk::{Desk, Seat};
use crate::http::export::LONGEST_EXPORT;
use crate::http::figures::{self, now};
use crate::http::problem::{Problem, Refusals};
use crate::http::query::{FigureQuery, HotspotQuery, Query};
use crate::insight::{Ground, Hotspots, Insight, Table};

/// The answer with the table that was asked for.
#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    hotspots: Hotspots,
    #[serde(skip)]
    table: Option<Table>,
}

/// 热点：按热度排名的诉求组，或分类 × 区县（街道），附热度的各部分、办理情况和案件列表
///
/// 热度指数（guikou）= 100·(0.35·V + 0.25·B + 0.15·P + 0.15·S + 0.10·R)，权重见设置 `[hotspots]`。通行的公式也可以选：
/// `count` 件数；`span` 0.6·N+0.2·点赞+0.1·反对+0.1·天数，`teddy` 0.7·N/天数+0.3·(点赞+反对)/Σ，`regression`
/// 773.514+0.250·点赞+48.269·N+4.869·天数，三者见于第八届泰迪杯（2020）C 题的公开解答；`hn` (人数−1)/(小时+2)^1.8，
/// Hacker News；`reddit` log10(人数)+秒/45000，Reddit。没有点赞、反对的渠道按 0 计。
#[utoipa::path(get, path = "/v1/hotspots", tag = "统计", operation_id = "hotspots", params(FigureQuery, HotspotQuery),
    responses((status = 200, description = "热点 · hotspots", body = Hotspots), Refusals))]
pub async fn hotspots(State(desk): State<Arc<Desk>>, seat: Seat, query: Query) -> Result<Response, Problem> {
    let wanted = query.hotspots(desk.ready()?.taxonomy(), now())?;
    let (format, shape, asked) = (wanted.format, wanted.shape, wanted.asked);
    let work = move |insight: &Insight, ground: Ground| {
        let hotspots = insight.hotspots(ground, &asked)?;
        let table = format.map(|_| hotspots.table(shape, ground, Some(LONGEST_EXPORT))).transpose()?;
        Ok(Told { hotspots, table })
    };
    let empty = || Table { title: "", columns: Vec::new(), rows: Vec::new() };
    let table = move |told: &Told| told.table.clone().unwrap_or_else(empty);
    figures::answer(&desk, seat, shape.code(), format, work, table).await
}
