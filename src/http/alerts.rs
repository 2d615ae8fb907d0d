//! `/v1/alerts`: early warnings (预警), listed, read, and acted on by people.

pub mod stream;

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use chrono::Local;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::error::Result;
use crate::http::Answer;
use crate::http::desk::{Desk, Seat, ground};
use crate::http::figures;
use crate::http::input::{Fields, Input, ROLE, text};
use crate::http::observe::Caller;
use crate::http::problem::{Problem, ProblemBody, Refusals};
use crate::http::query::{AlertQuery, Query};
use crate::insight::{AlertStory, Alerts, Ground, Insight};
use crate::store::AlertState;

/// Longest reason, in characters.
const NOTE: usize = 2000;

/// 确认预警。
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"actor": "值班长", "reason": "已派人核实"}))]
#[expect(dead_code, reason = "documents what `acknowledge` reads")]
pub struct AcknowledgeRequest {
    /// 说明，保存前脱敏
    #[schema(max_length = 2000)]
    reason: Option<String>,
    /// 经办角色或岗位，不写姓名
    #[schema(max_length = 64)]
    actor: Option<String>,
}

/// 解除预警。
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"actor": "值班长", "reason": "计划内停水，已公告"}))]
#[expect(dead_code, reason = "documents what `dismiss` reads")]
pub struct DismissRequest {
    /// 理由，必填，保存前脱敏
    #[schema(max_length = 2000)]
    reason: String,
    /// 经办角色或岗位，不写姓名
    #[schema(max_length = 64)]
    actor: Option<String>,
}

/// 列出预警：新的在前，按游标翻页；给 format 则把符合条件的全部（最多 10000 条）作为文件下载
///
/// 两个诉求组并组之后，只列由其继续的一条。
#[utoipa::path(get, path = "/v1/alerts", tag = "统计", operation_id = "list_alerts", params(AlertQuery),
    responses((status = 200, description = "一页预警 · one page", body = Alerts), Refusals))]
pub async fn list(State(desk): State<Arc<Desk>>, seat: Seat, query: Query) -> Result<Response, Problem> {
    let asked = query.alerts(desk.ready()?.taxonomy())?;
    let format = asked.format;
    let work = move |insight: &Insight, ground: Ground| insight.alerts(ground, &asked.filter, asked.cursor, asked.most);
    figures::answer(&desk, seat, "alerts", format, work, Alerts::table).await
}

/// 读一条预警：数字、变动、推送和它的案件
#[utoipa::path(get, path = "/v1/alerts/{id}", tag = "统计", operation_id = "read_alert",
    params(("id" = String, Path, description = "预警编号 · the alert")),
    responses(
        (status = 200, description = "预警 · the alert", body = AlertStory),
        (status = 404, description = "没有这条预警 · no such alert", body = ProblemBody, content_type = "application/problem+json"),
        Refusals))]
pub async fn read(
    State(desk): State<Arc<Desk>>,
    seat: Seat,
    Path(id): Path<String>,
) -> Result<Answer<AlertStory>, Problem> {
    let here = Arc::clone(&desk);
    Ok(Answer(desk.cross(seat, move |triage| here.insight.alert(ground(triage), &id)).await??))
}

/// 确认预警：已知悉，在办
#[utoipa::path(post, path = "/v1/alerts/{id}:acknowledge", tag = "统计", operation_id = "acknowledge_alert",
    params(("id" = String, Path, description = "预警编号 · the alert")), request_body = AcknowledgeRequest,
    responses(
        (status = 200, description = "确认后的预警 · the alert as it now stands", body = AlertStory),
        (status = 404, description = "没有这条预警 · no such alert", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "已经确认或解除过 · acted on already", body = ProblemBody, content_type = "application/problem+json"),
        Refusals))]
async fn acknowledge(desk: Arc<Desk>, seat: Seat, id: String, body: Value) -> Result<Answer<AlertStory>, Problem> {
    let mut fields = Fields::of(&body, "");
    let reason = fields.field("reason", text(NOTE));
    let actor = fields.actor();
    fields.finish()?;
    act_on(desk, seat, id, AlertState::Acknowledged, (actor, reason)).await
}

/// 解除预警：不成立或已平息；确认过的也可解除。此后只有级别升高、或静默期之后重新达到，才再次预警
#[utoipa::path(post, path = "/v1/alerts/{id}:dismiss", tag = "统计", operation_id = "dismiss_alert",
    params(("id" = String, Path, description = "预警编号 · the alert")), request_body = DismissRequest,
    responses(
        (status = 200, description = "解除后的预警 · the alert as it now stands", body = AlertStory),
        (status = 404, description = "没有这条预警 · no such alert", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "已经解除过 · dismissed already", body = ProblemBody, content_type = "application/problem+json"),
        Refusals))]
async fn dismiss(desk: Arc<Desk>, seat: Seat, id: String, body: Value) -> Result<Answer<AlertStory>, Problem> {
    let mut fields = Fields::of(&body, "");
    let given = |value: &Value| {
        let reason = text(NOTE)(value)?;
        let blank = || crate::error::Saying::new("不能为空", "must not be blank");
        (!reason.trim().is_empty()).then_some(reason).ok_or_else(blank)
    };
    let reason = fields.required("reason", given);
    let actor = fields.actor();
    fields.finish()?;
    act_on(desk, seat, id, AlertState::Dismissed, (actor, reason)).await
}

async fn act_on(
    desk: Arc<Desk>,
    seat: Seat,
    id: String,
    state: AlertState,
    said: (Option<String>, Option<String>),
) -> Result<Answer<AlertStory>, Problem> {
    let (here, now) = (Arc::clone(&desk), Local::now().fixed_offset());
    let done = desk.cross(seat, move |triage| here.insight.act_on_alert(ground(triage), &id, state, said, now));
    let story = done.await??;
    desk.alarms.ring();
    Ok(Answer(story))
}

/// `POST /v1/alerts/{id}:acknowledge`, `:dismiss`: the router cannot tell what stands after an id, so it is told here.
pub async fn act(
    State(desk): State<Arc<Desk>>,
    caller: Caller,
    seat: Seat,
    Path(path): Path<String>,
    Input(body): Input,
) -> Result<Response, Problem> {
    let (id, verb) = path.rsplit_once(':').unwrap_or((&path, ""));
    let id = id.to_owned();
    Ok(match verb {
        "acknowledge" => acknowledge(desk, seat, id, body).await?.into_response(),
        "dismiss" => dismiss(desk, seat, id, body).await?.into_response(),
        _ => return Err(Problem::no_such_route(&caller.path)),
    })
}

// The documented limits are written out above because attributes take literals only.
const _: () = assert!(NOTE == 2000 && ROLE == 64);
