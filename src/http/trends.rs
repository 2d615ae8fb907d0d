//! `/v1/trends`: what is new, rises, falls, follows the season or goes on; which words come up; the days ahead.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use crate::http::desk::{Desk, Seat};
use crate::http::figures::{self, now};
use crate::http::problem::{Problem, Refusals};
use crate::http::query::{FigureQuery, Query, TrendQuery, WordQuery};
use crate::insight::{Forecast, Ground, Insight, Trends, Words};

/// 趋势：什么新出现、上升、下降、季节性或长期存在，每个附检验、逐日件数和其案件的列表
#[utoipa::path(get, path = "/v1/trends", tag = "统计", operation_id = "trends", params(FigureQuery, TrendQuery),
    responses((status = 200, description = "趋势 · trends", body = Trends), Refusals))]
pub async fn trends(State(desk): State<Arc<Desk>>, seat: Seat, query: Query) -> Result<Response, Problem> {
    let (asked, format) = query.trends(desk.ready()?.taxonomy())?;
    let now = now();
    let work = move |insight: &Insight, ground: Ground| insight.trends(ground, &asked, now);
    figures::answer(&desk, seat, "trends", format, work, Trends::table).await
}

/// 新词与新地点：本期比此前更多人说到的词和地点，每个附例案编号
#[utoipa::path(get, path = "/v1/trends/words", tag = "统计", operation_id = "emerging_words",
    params(FigureQuery, WordQuery),
    responses((status = 200, description = "新词、新地点 · emerging words or places", body = Words), Refusals))]
pub async fn words(State(desk): State<Arc<Desk>>, seat: Seat, query: Query) -> Result<Response, Problem> {
    let (asked, format) = query.words(desk.ready()?.taxonomy())?;
    let now = now();
    let work = move |insight: &Insight, ground: Ground| insight.words(ground, &asked, now);
    figures::answer(&desk, seat, "words", format, work, Words::table).await
}

/// 预测：今后 7 天的件数及区间，附区间在历史上的命中率；给 `to` 则预测其后 7 天
#[utoipa::path(get, path = "/v1/trends/forecast", tag = "统计", operation_id = "forecast", params(FigureQuery),
    responses((status = 200, description = "预测 · forecast", body = Forecast), Refusals))]
pub async fn forecast(State(desk): State<Arc<Desk>>, seat: Seat, query: Query) -> Result<Response, Problem> {
    let (scope, format) = query.forecast(desk.ready()?.taxonomy())?;
    let now = now();
    let work = move |insight: &Insight, ground: Ground| insight.forecast(ground, &scope, now);
    figures::answer(&desk, seat, "forecast", format, work, Forecast::table).await
}
