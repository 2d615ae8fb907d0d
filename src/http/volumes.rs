//! `GET /v1/volumes`: how many cases there are of what.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::desk::{Desk, Seat};
use crate::http::figures::{self, now};
use crate::http::problem::{Problem, Refusals};
use crate::http::query::AskedVolumes;
use crate::http::query::{self, FigureQuery, Query, VolumeQuery};
use crate::insight::{Ground, Insight, PublicVolumes, Table, Volumes};

/// 内部版或公开版。
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum VolumesAnswer {
    Internal(Box<Volumes>),
    Public(Box<PublicVolumes>),
}

/// 诉求量：按时间、分类、单位、地点等计数，或两项交叉；与上期、去年同期相比；每个数字附其案件的列表
///
/// 不给起止即最近 30 天（含今天）；日期是热线所在时区的日期。环比：整月比上一个整月，其余比紧接其前、同样长的一段；同比：整周
/// （周一至周日）比 52 周前，其余比去年同日。尚未结束的时段只把已过的一段与对比期的同一段相比。对比期不足 20 件不给增减幅度。
///
/// `edition=public` 为公开版：已结束的整日，不含案件、链接和人数，1 至 4 件的数字以及能据以推算出它们的数字一律隐去；
/// 部分重叠的时段相减会推出隐去的数字，所以按日、按周、按月只宜公开一种。
#[utoipa::path(get, path = "/v1/volumes", tag = "统计", operation_id = "volumes", params(FigureQuery, VolumeQuery),
    responses((status = 200, description = "诉求量 · volumes", body = VolumesAnswer), Refusals))]
pub async fn volumes(State(desk): State<Arc<Desk>>, seat: Seat, query: Query) -> Result<Response, Problem> {
    let triage = desk.ready()?;
    let AskedVolumes { breakdown, public, format } = query::volumes(query, triage.taxonomy(), now())?;
    let work = move |insight: &Insight, ground: Ground| match public {
        false => insight.volumes(ground, &breakdown).map(Box::new).map(VolumesAnswer::Internal),
        true => insight.published_volumes(ground, &breakdown).map(Box::new).map(VolumesAnswer::Public),
    };
    figures::answer(&desk, seat, "volumes", format, work, VolumesAnswer::table).await
}

impl VolumesAnswer {
    fn table(&self) -> Table {
        match self {
            VolumesAnswer::Internal(figures) => figures.table(),
            VolumesAnswer::Public(figures) => figures.table(),
        }
    }
}
