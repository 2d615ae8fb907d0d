//! `GET /v1/bursts`: what comes more than chance explains.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use crate::http::desk::{Desk, Seat};
use crate::http::figures::{self, now};
use crate::http::problem::{Problem, Refusals};
use crate::http::query::{self, BurstQuery, Query};
use crate::insight::{Bursts, Ground, Insight};

/// 突增：哪类事在哪个区县多得不能用星期、节假日、钟点和偶然来解释，从何时起
///
/// 看 24 小时和 72 小时两个时间窗；全部「二级分类 × 区县」一起看，错误发现率不超过 1 %（Benjamini–Hochberg）；至少 5 件、2 人。
/// 平常应有多少按最近 8 周的负二项基线，过去的突增降权；历史不足 14 天时按前 7 天（EARS C2）。
/// `over=week` 把上一个整周与往年同季相比（Farrington，Noufaily 2013）。
#[utoipa::path(get, path = "/v1/bursts", tag = "统计", operation_id = "bursts", params(BurstQuery),
    responses((status = 200, description = "突增 · bursts", body = Bursts), Refusals))]
pub async fn bursts(State(desk): State<Arc<Desk>>, seat: Seat, query: Query) -> Result<Response, Problem> {
    desk.ready()?;
    let (as_of, of_week, format) = query::bursts(query, now())?;
    let work = move |insight: &Insight, ground: Ground| match of_week {
        true => insight.bursts_of_week(ground, as_of),
        false => insight.bursts(ground, as_of),
    };
    figures::answer(&desk, seat, "bursts", format, work, Bursts::table).await
}
