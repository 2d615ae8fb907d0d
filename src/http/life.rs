//! `/v1/complaints/{id}/status`, `/feedback`, `/supervisions`: what people do with a case.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use chrono::{DateTime, FixedOffset, Local};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::ToSchema;

use crate::case::{Outcome, ReturnReason, Satisfaction, Status, SupervisionKind};
use crate::error::{Error, Result, Saying};
use crate::http::Answer;
use crate::http::desk::{Desk, Seat};
use crate::http::input::{Fields, Input, ROLE, text, time, truth};
use crate::http::problem::{Problem, ProblemBody, Refusals};
use crate::store::{Case, Feedback, Supervision};
use crate::triage::{Asked, Opinion, Order};

/// Longest note and issuer, in characters.
const NOTE: usize = 2000;
const ISSUER: usize = 100;
const CODE: usize = 64;

const REASONS: &str = "duty_mismatch area_mismatch info_incomplete duplicate not_acceptable legacy policy_changed";

/// 状态变更。
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"status": "dispatched", "unit": "CGJ", "actor": "派单员"}))]
#[expect(dead_code, reason = "documents what `step` reads field by field")]
pub struct StatusRequest {
    /// 转入的状态；现在可转入哪些，见案件的 `next`
    status: Status,
    /// 派往的单位代码，只用于派单；首次派单不给时按建议的单位
    #[schema(max_length = 64)]
    unit: Option<String>,
    /// 原因代码；退单必填，不予受理、挂账、延期须有 reason 或 note
    reason: Option<ReturnReason>,
    /// 说明，保存前脱敏
    #[schema(max_length = 2000)]
    note: Option<String>,
    /// 新期限；延期必填，重办可给
    due_at: Option<DateTime<FixedOffset>>,
    /// 回访评价，回访必填
    satisfied: Option<Satisfaction>,
    /// 诉求人是否认为已解决，只用于回访；没有问到可不给
    resolved: Option<bool>,
    /// 经办角色或岗位，不写姓名
    #[schema(max_length = 64)]
    actor: Option<String>,
    /// 发生时间，默认此刻；不得早于上一步
    at: Option<DateTime<FixedOffset>>,
}

/// 对建议的反馈。
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"outcome": "reassigned", "reason_code": "duty_mismatch", "final_unit": "STHJ", "settled": true}))]
#[expect(dead_code, reason = "documents what `feed_back` reads field by field")]
pub struct FeedbackRequest {
    outcome: Outcome,
    /// 退单、改派必填
    reason_code: Option<ReturnReason>,
    /// 确认的单位代码；采纳、修改时不给即同建议
    #[schema(max_length = 64)]
    final_unit: Option<String>,
    /// 确认的二级分类代码；采纳、修改时不给即同建议
    #[schema(max_length = 64)]
    final_category: Option<String>,
    /// 是否已审定；审定的写入案件，并用于训练
    #[schema(default = false)]
    settled: Option<bool>,
    /// 说明，保存前脱敏
    #[schema(max_length = 2000)]
    note: Option<String>,
    /// 经办角色或岗位，不写姓名
    #[schema(max_length = 64)]
    actor: Option<String>,
}

/// 督办。
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "written", "issuer": "市政府督查室", "due_at": "2026-12-04T18:00:00+08:00"}))]
#[expect(dead_code, reason = "documents what `supervise` reads field by field")]
pub struct SupervisionRequest {
    kind: SupervisionKind,
    /// 交办部门
    #[schema(min_length = 1, max_length = 100)]
    issuer: String,
    /// 督办期限
    due_at: DateTime<FixedOffset>,
    /// 说明，保存前脱敏
    #[schema(max_length = 2000)]
    note: Option<String>,
    /// 经办角色或岗位，不写姓名
    #[schema(max_length = 64)]
    actor: Option<String>,
}

/// 销号。
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "documents what `lift` reads field by field")]
pub struct LiftRequest {
    /// 经办角色或岗位，不写姓名
    #[schema(max_length = 64)]
    actor: Option<String>,
}

/// 变更办理状态：派单、签收、办理、答复、回访、办结，及退单、改派、延期、挂账、重办、不予受理
#[utoipa::path(post, path = "/v1/complaints/{id}/status", tag = "办理", operation_id = "change_status",
    params(("id" = String, Path, description = "案件编号 · the case")), request_body = StatusRequest,
    responses(
        (status = 200, description = "变更后的案件 · the case after it", body = Case),
        (status = 404, description = "没有这件 · no such case", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "现在不能这样转，errors 列出可以的 · not allowed now; errors list what is", body = ProblemBody, content_type = "application/problem+json"),
        Refusals))]
pub async fn step(
    State(desk): State<Arc<Desk>>,
    seat: Seat,
    Path(id): Path<String>,
    Input(body): Input,
) -> Result<Answer<Case>, Problem> {
    let asked = asked(&body)?;
    let now = Local::now().fixed_offset();
    Ok(Answer(desk.cross(seat, move |triage| triage.step(&id, asked, now)).await??))
}

/// 反馈：采纳、修改、被退单或改派；不改变办理状态
#[utoipa::path(post, path = "/v1/complaints/{id}/feedback", tag = "办理", operation_id = "give_feedback",
    params(("id" = String, Path, description = "案件编号 · the case")), request_body = FeedbackRequest,
    responses(
        (status = 201, description = "已保存 · kept", body = Feedback),
        (status = 404, description = "没有这件 · no such case", body = ProblemBody, content_type = "application/problem+json"),
        Refusals))]
pub async fn feed_back(
    State(desk): State<Arc<Desk>>,
    seat: Seat,
    Path(id): Path<String>,
    Input(body): Input,
) -> Result<(StatusCode, Answer<Feedback>), Problem> {
    let opinion = opinion(&body)?;
    let now = Local::now().fixed_offset();
    let kept = desk.cross(seat, move |triage| triage.feed_back(&id, opinion, now)).await??;
    Ok((StatusCode::CREATED, Answer(kept)))
}

/// 督办：书面、专项或批示
#[utoipa::path(post, path = "/v1/complaints/{id}/supervisions", tag = "办理", operation_id = "supervise",
    params(("id" = String, Path, description = "案件编号 · the case")), request_body = SupervisionRequest,
    responses(
        (status = 201, description = "已督办 · under supervision", body = Supervision),
        (status = 404, description = "没有这件 · no such case", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "案件已办结 · the case is closed", body = ProblemBody, content_type = "application/problem+json"),
        Refusals))]
pub async fn supervise(
    State(desk): State<Arc<Desk>>,
    seat: Seat,
    Path(id): Path<String>,
    Input(body): Input,
) -> Result<(StatusCode, Answer<Supervision>), Problem> {
    let order = order(&body)?;
    let now = Local::now().fixed_offset();
    let standing = desk.cross(seat, move |triage| triage.supervise(&id, order, now)).await??;
    Ok((StatusCode::CREATED, Answer(standing)))
}

/// 督办销号
#[utoipa::path(post, path = "/v1/complaints/{id}/supervisions/{supervision}/lift", tag = "办理", operation_id = "lift_supervision",
    params(
        ("id" = String, Path, description = "案件编号 · the case"),
        ("supervision" = String, Path, description = "督办编号 · the supervision")),
    request_body = LiftRequest,
    responses(
        (status = 200, description = "已销号 · lifted", body = Supervision),
        (status = 404, description = "没有这件 · no such case or supervision", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "已经销号 · lifted already", body = ProblemBody, content_type = "application/problem+json"),
        Refusals))]
pub async fn lift(
    State(desk): State<Arc<Desk>>,
    seat: Seat,
    Path((id, supervision)): Path<(String, String)>,
    Input(body): Input,
) -> Result<Answer<Supervision>, Problem> {
    let mut fields = Fields::of(&body, "");
    let actor = fields.actor();
    fields.finish()?;
    let now = Local::now().fixed_offset();
    Ok(Answer(desk.cross(seat, move |triage| triage.lift(&id, &supervision, actor, now)).await??))
}

fn asked(body: &Value) -> Result<Asked> {
    let known: Vec<_> = Status::ALL.iter().map(|status| status.code()).collect();
    let mut fields = Fields::of(body, "");
    let status = fields.required("status", one_of(&known.join(" ")));
    let unit = fields.field("unit", text(CODE));
    let reason = fields.field("reason", one_of(REASONS));
    let note = fields.field("note", text(NOTE));
    let due_at = fields.field("due_at", time);
    let satisfied = fields.field("satisfied", one_of("satisfied fair unsatisfied undeclared"));
    let resolved = fields.field("resolved", truth);
    let actor = fields.actor();
    let at = fields.field("at", time);
    fields.finish()?;
    let status = status.ok_or_else(lost)?;
    Ok(Asked { status, unit, reason, note, due_at, satisfied, resolved, actor, at })
}

fn opinion(body: &Value) -> Result<Opinion> {
    let mut fields = Fields::of(body, "");
    let outcome = fields.required("outcome", one_of("accepted edited returned reassigned"));
    let reason_code = fields.field("reason_code", one_of(REASONS));
    let final_unit = fields.field("final_unit", text(CODE));
    let final_category = fields.field("final_category", text(CODE));
    let settled = fields.field("settled", truth).unwrap_or_default();
    let note = fields.field("note", text(NOTE));
    let actor = fields.actor();
    fields.finish()?;
    let outcome = outcome.ok_or_else(lost)?;
    Ok(Opinion { outcome, reason_code, final_unit, final_category, settled, note, actor })
}

fn order(body: &Value) -> Result<Order> {
    let mut fields = Fields::of(body, "");
    let kind = fields.required("kind", one_of("written special instruction"));
    let issuer = fields.required("issuer", text(ISSUER));
    let due_at = fields.required("due_at", time);
    let note = fields.field("note", text(NOTE));
    let actor = fields.actor();
    fields.finish()?;
    let (Some(kind), Some(issuer), Some(due_at)) = (kind, issuer, due_at) else { return Err(lost()) };
    Ok(Order { kind, issuer, due_at, note, actor })
}

fn lost() -> Error {
    Error::internal("必填字段没有读到", "a required field was not read")
}

/// A value by its wire code; `known` lists the codes, for whom to tell.
fn one_of<T: DeserializeOwned>(known: &str) -> impl Fn(&Value) -> Result<T, Saying> {
    move |value| {
        let wrong = |_| Saying::new(format!("只能是 {known} 之一"), format!("must be one of {known}"));
        serde_json::from_value(value.clone()).map_err(wrong)
    }
}

// The documented limits are written out above because attributes take literals only.
const _: () = assert!(NOTE == 2000 && ROLE == 64 && ISSUER == 100 && CODE == 64);
