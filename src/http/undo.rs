//! `/v1/complaints/{id}/feedback:undo` and `/status:undo`: what was just decided, taken back.

use std::sync::Arc;

use axum::extract::{Path, State};
use chrono::{DateTime, FixedOffset, Local};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::error::{Error, Result};
use crate::http::Answer;
use crate::http::desk::{Desk, Seat};
use crate::http::input::{Fields, Input, ROLE, time};
use crate::http::problem::{Problem, ProblemBody, Refusals};
use crate::store::Case;

/// 撤销最近一次反馈或状态变更。
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"at": "2026-11-27T10:21:07.482Z", "actor": "派单员"}))]
#[expect(dead_code, reason = "documents what `asked` reads")]
pub struct TakeBackRequest {
    /// 撤销哪一次：反馈或步骤的 `at`，须是最近一次的，以免撤销了别人后来做的
    at: DateTime<FixedOffset>,
    /// 经办角色或岗位，不写姓名
    #[schema(max_length = 64)]
    actor: Option<String>,
}

/// 撤销反馈：最近一次反馈不再算数，确认的单位和分类恢复原样；审计记录保留
#[utoipa::path(post, path = "/v1/complaints/{id}/feedback:undo", tag = "办理", operation_id = "undo_feedback",
    params(("id" = String, Path, description = "案件编号 · the case")), request_body = TakeBackRequest,
    responses(
        (status = 200, description = "撤销后的案件 · the case after it", body = Case),
        (status = 404, description = "没有这件 · no such case", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "此后又有反馈，或已撤销 · not the last, or undone already", body = ProblemBody, content_type = "application/problem+json"),
        Refusals))]
pub async fn feedback(
    State(desk): State<Arc<Desk>>,
    seat: Seat,
    Path(id): Path<String>,
    Input(body): Input,
) -> Result<Answer<Case>, Problem> {
    let (at, actor) = asked(&body)?;
    let now = Local::now().fixed_offset();
    Ok(Answer(desk.cross(seat, move |triage| triage.undo_feedback(&id, at, actor, now)).await??))
}

/// 撤销状态变更：最近一步是派单、退单或不予受理时，收回这一步，案件恢复原状；审计记录保留
#[utoipa::path(post, path = "/v1/complaints/{id}/status:undo", tag = "办理", operation_id = "undo_status",
    params(("id" = String, Path, description = "案件编号 · the case")), request_body = TakeBackRequest,
    responses(
        (status = 200, description = "撤销后的案件 · the case after it", body = Case),
        (status = 404, description = "没有这件 · no such case", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "此后又有变动（如已签收），或不能撤销 · not the last, or cannot be undone", body = ProblemBody, content_type = "application/problem+json"),
        Refusals))]
pub async fn status(
    State(desk): State<Arc<Desk>>,
    seat: Seat,
    Path(id): Path<String>,
    Input(body): Input,
) -> Result<Answer<Case>, Problem> {
    let (at, actor) = asked(&body)?;
    let now = Local::now().fixed_offset();
    Ok(Answer(desk.cross(seat, move |triage| triage.undo_step(&id, at, actor, now)).await??))
}

fn asked(body: &Value) -> Result<(DateTime<FixedOffset>, Option<String>)> {
    let mut fields = Fields::of(body, "");
    let at = fields.required("at", time);
    let actor = fields.actor();
    fields.finish()?;
    let at = at.ok_or_else(|| Error::internal("必填字段没有读到", "a required field was not read"))?;
    Ok((at, actor))
}

// The documented limits are written out above because attributes take literals only.
const _: () = assert!(ROLE == 64);
