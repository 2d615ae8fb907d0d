//! `GET /v1/volumes`: how many cases there are of what.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use crate::http::desk::{Desk, Seat};
use crate::http::figures::{self, now};
use crate::http::problem::{Problem, Refusals};
use crate::http::query::{self, FigureQuery, Query, VolumeQuery};
use crate::insight::{Ground, Insight, Volumes};

/// 诉求量：按时间、分类、单位、地点等计数，或两项交叉；与上期、去年同期相比；每个数字附其案件的列表
///
/// 不给起止即最近 30 天（含今天）；日期是热线所在时区的日期。环比：整月比上一个整月，其余比紧接其前、同样长的一段；同比：整周
/// （周一至周日）比 52 周前，其余比去年同日。尚未结束的时段只把已过的一段与对比期的同一段相比。对比期不足 20 件不给增减幅度。
#[utoipa::path(get, path = "/v1/volumes", tag = "统计", operation_id = "volumes", params(FigureQuery, VolumeQuery),
    responses((status = 200, description = "诉求量 · volumes", body = Volumes), Refusals))]
pub async fn volumes(State(desk): State<Arc<Desk>>, seat: Seat, query: Query) -> Result<Response, Problem> {
    let triage = desk.ready()?;
    let (offset, now) = (triage.deadlines().offset(), now());
    let (asked, format) = query::volumes(query, triage.taxonomy(), offset, now)?;
    let work = move |insight: &Insight, ground: Ground| insight.volumes(ground, &asked);
    figures::answer(&desk, seat, "volumes", format, work, Volumes::table).await
}
