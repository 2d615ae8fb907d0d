//! `/v1/complaints/{id}/audit`: who did what to a case, when.

use std::sync::Arc;

use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{Error, Kind};
use crate::http::Answer;
use crate::http::desk::{Desk, Seat};
use crate::http::problem::{Problem, ProblemBody, Refusals};
use crate::store::AuditLine;

/// 一件案件的审计记录，先后为序。
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditTrail {
    pub items: Vec<AuditLine>,
}

/// 一件案件的审计记录
///
/// 谁在何时对这件案件做了什么。记录只增不改，逐行以 SHA-256 相连；`guikou check --store` 核对整条链。
#[utoipa::path(get, path = "/v1/complaints/{id}/audit", tag = "案件", operation_id = "read_audit",
    params(("id" = String, Path, description = "案件编号 · id of the case")),
    responses(
        (status = 200, description = "全部记录 · every line", body = AuditTrail),
        (status = 404, description = "没有这件 · no such case", body = ProblemBody, content_type = "application/problem+json"),
        Refusals))]
pub async fn read(
    State(desk): State<Arc<Desk>>,
    seat: Seat,
    Path(id): Path<String>,
) -> Result<Answer<AuditTrail>, Problem> {
    let found = desk.cross(seat, move |triage| triage.store().audit_of(&id)).await??;
    let none = || Error::new(Kind::NotFound, "没有这件案件：请核对编号", "there is no such case: check the id");
    Ok(Answer(AuditTrail { items: found.ok_or_else(none)? }))
}
