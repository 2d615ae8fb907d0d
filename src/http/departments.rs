//! `GET /v1/departments`, `/v1/departments/{code}`, `/v1/supervisions`: how units handle what they are given.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::Result;
use crate::http::desk::{Desk, Seat};
use crate::http::figures::{self, now};
use crate::http::problem::{Problem, ProblemBody, Refusals};
use crate::http::query::{AskedDepartments, AskedSupervisions, DepartmentQuery, FigureQuery, Query, SupervisionQuery};
use crate::insight::{DepartmentReport, Departments, Ground, Insight, PublicDepartments, Supervisions, Table};

/// 内部版或公开版。
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum DepartmentsAnswer {
    Internal(Box<Departments>),
    Public(Box<PublicDepartments>),
}

/// 办理情况：各承办单位（或各档、各类、各区县）的派单、签收、答复、退单、回访和三率
///
/// 统计受理于所给时段的承办件，状态截至 `as_of` 或此刻；不给时段则为含今日的最近 30 天。承办件归现在的或最后的承办单位；未派单的、
/// 不予受理的和热线直接答复的不是承办件。按现行期限判断按时与否：含延期，挂账期间不计时；重办的看最后一次答复。
///
/// 各率均附分子、分母和 Wilson 95% 区间，未到期的不计入；按代码排列，不排名（国办函〔2025〕66号）。
///
/// `edition=public` 为公开版：一个已结束的自然月，不含案件和链接，1 至 4 件的数字以及能据以推算出它们的数字一律隐去。
#[utoipa::path(get, path = "/v1/departments", tag = "统计", operation_id = "departments", params(FigureQuery, DepartmentQuery),
    responses((status = 200, description = "办理情况 · department figures", body = DepartmentsAnswer), Refusals))]
pub async fn departments(State(desk): State<Arc<Desk>>, seat: Seat, query: Query) -> Result<Response, Problem> {
    let (triage, now) = (desk.ready()?, now());
    let offset = triage.deadlines().offset();
    let (asked, group, format, now) = query.departments(triage.taxonomy(), now)?;
    let now = now.with_timezone(&offset);
    let work = move |insight: &Insight, ground: Ground| match asked {
        AskedDepartments::Internal(scope) => {
            insight.departments(ground, &scope, group, now).map(Box::new).map(DepartmentsAnswer::Internal)
        }
        AskedDepartments::Public(month) => {
            insight.published_departments(ground, month, group, now).map(Box::new).map(DepartmentsAnswer::Public)
        }
    };
    figures::answer(&desk, seat, "departments", format, work, DepartmentsAnswer::table).await
}

/// 一个单位的办理情况：按二级分类的数字、超期未答复、退单原因、督办
#[utoipa::path(get, path = "/v1/departments/{code}", tag = "统计", operation_id = "department",
    params(("code" = String, Path, description = "单位代码 · the unit"), FigureQuery),
    responses(
        (status = 200, description = "一个单位的办理情况 · figures of one unit", body = DepartmentReport),
        (status = 404, description = "没有这个单位 · no such unit", body = ProblemBody, content_type = "application/problem+json"),
        Refusals))]
pub async fn department(
    State(desk): State<Arc<Desk>>,
    seat: Seat,
    Path(code): Path<String>,
    query: Query,
) -> Result<Response, Problem> {
    let triage = desk.ready()?;
    let now = now().with_timezone(&triage.deadlines().offset());
    let (scope, format) = query.figures(triage.taxonomy())?;
    let work = move |insight: &Insight, ground: Ground| insight.department(ground, &code, &scope, now);
    figures::answer(&desk, seat, "department", format, work, DepartmentReport::table).await
}

/// 督办：先到期的在前，按游标翻页；附各单位未销号和超期的条数
#[utoipa::path(get, path = "/v1/supervisions", tag = "统计", operation_id = "supervisions", params(SupervisionQuery),
    responses((status = 200, description = "一页督办 · one page", body = Supervisions), Refusals))]
pub async fn supervisions(State(desk): State<Arc<Desk>>, seat: Seat, query: Query) -> Result<Response, Problem> {
    let triage = desk.ready()?;
    let now = now().with_timezone(&triage.deadlines().offset());
    let AskedSupervisions { as_of, filter, cursor, most, format } = query.supervisions(triage.taxonomy(), now)?;
    let is_file = format.is_some();
    let as_of = as_of.with_timezone(&triage.deadlines().offset());
    let work = move |insight: &Insight, ground: Ground| {
        let page = insight.supervisions(ground, &filter, cursor, most, as_of)?;
        if is_file { page.whole() } else { Ok(page) }
    };
    figures::answer(&desk, seat, "supervisions", format, work, Supervisions::table).await
}

impl DepartmentsAnswer {
    fn table(&self) -> Table {
        match self {
            DepartmentsAnswer::Internal(figures) => figures.table(),
            DepartmentsAnswer::Public(figures) => figures.table(),
        }
    }
}
