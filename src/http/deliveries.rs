//! `/v1/deliveries`: what was to be sent of alerts, what fails and what was given up.

use std::sync::Arc;

use axum::extract::{Path, State};
use chrono::Local;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::Result;
use crate::http::Answer;
use crate::http::desk::{Desk, Seat};
use crate::http::observe::Caller;
use crate::http::problem::{Problem, ProblemBody, Refusals};
use crate::http::query::{DeliveryQuery, Query};
use crate::store::Delivery;
use crate::triage::Triage;

/// 一页推送，新的在前。
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryPage {
    pub items: Vec<Delivery>,
    /// 下一页的游标；没有下一页时为 null
    pub next_cursor: Option<String>,
}

/// 列出推送：待送、已送达、已放弃，新的在前，按游标翻页
#[utoipa::path(get, path = "/v1/deliveries", tag = "统计", operation_id = "list_deliveries", params(DeliveryQuery),
    responses((status = 200, description = "一页推送 · one page", body = DeliveryPage), Refusals))]
pub async fn list(State(desk): State<Arc<Desk>>, seat: Seat, query: Query) -> Result<Answer<DeliveryPage>, Problem> {
    let (filter, cursor, most) = query.deliveries()?;
    let work = move |triage: &Triage| triage.store().deliveries(&filter, cursor, most);
    let (items, next_cursor) = desk.cross(seat, work).await??;
    Ok(Answer(DeliveryPage { items, next_cursor }))
}

/// 重试一次推送：从头计次，立即再送；待送的也可提前
#[utoipa::path(post, path = "/v1/deliveries/{id}:retry", tag = "统计", operation_id = "retry_delivery",
    params(("id" = String, Path, description = "推送编号 · the delivery")),
    responses(
        (status = 200, description = "将再送的推送 · the delivery, waiting again", body = Delivery),
        (status = 404, description = "没有这次推送 · no such delivery", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "已送达，或地址已不在设置中 · delivered, or its target is not configured", body = ProblemBody, content_type = "application/problem+json"),
        Refusals))]
async fn retry(desk: Arc<Desk>, seat: Seat, id: String) -> Result<Answer<Delivery>, Problem> {
    let here = Arc::clone(&desk);
    let work = move |triage: &Triage| {
        let now = Local::now().fixed_offset();
        let delivery = triage.store().retry_delivery(&id, here.alarms.courier.targets(), now)?;
        here.alarms.count(triage).map(|()| delivery)
    };
    Ok(Answer(desk.cross(seat, work).await??))
}

/// `POST /v1/deliveries/{id}:retry`: the router cannot tell what stands after an id, so it is told here.
pub async fn act(
    State(desk): State<Arc<Desk>>,
    caller: Caller,
    seat: Seat,
    Path(id): Path<String>,
) -> Result<Answer<Delivery>, Problem> {
    match id.strip_suffix(":retry") {
        Some(id) => retry(desk, seat, id.to_owned()).await,
        None => Err(Problem::no_such_route(&caller.path)),
    }
}
