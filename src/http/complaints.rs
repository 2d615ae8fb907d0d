//! `/v1/complaints`: a complaint in, a case kept; cases read one by one or page by page.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, FixedOffset, Local, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::case::{Complaint, Suggestion};
use crate::error::{Error, Kind, Result};
use crate::http::Answer;
use crate::http::desk::{Desk, Seat};
use crate::http::export;
use crate::http::input::Input;
use crate::http::observe::Caller;
use crate::http::once::Key;
use crate::http::problem::{Problem, ProblemBody, Refusals};
use crate::http::query::{self, CaseQuery, HandlingQuery, JudgedQuery, Query};
use crate::http::suggestions::{BatchRequest, SuggestionRequest, asked, count, items};
use crate::store::{Case, Kept, Page};
use crate::triage::{Once, Triage, Wanted};

/// 已保存的诉求及其建议。
#[derive(Debug, Serialize, ToSchema)]
pub struct KeptCase {
    pub id: String,
    pub reference: Option<String>,
    pub created_at: DateTime<Utc>,
    #[schema(value_type = Suggestion)]
    pub suggestion: Option<serde_json::Value>,
}

/// 一批的结果，次序与请求相同。
#[derive(Debug, Serialize, ToSchema)]
pub struct KeptBatch {
    pub items: Vec<KeptItem>,
}

/// 一件的结果：已保存的案件，或一个问题。
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeptItem {
    Complaint(Box<BatchedCase>),
    Problem(ProblemBody),
}

/// 批量中已保存的一件。
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchedCase {
    #[serde(flatten)]
    pub case: KeptCase,
    /// 是新保存的；同一 `reference` 已有案件时为 false
    pub new: bool,
}

/// 接收诉求：给出派单建议并保存案件
///
/// 只保存脱敏后的文本。同一 `reference` 再次提交时不再保存，原样返回已有案件（200）。
///
/// 没收到答复而要重发的，请带 `Idempotency-Key`：同一个键、同样的内容只办一次，重发得到与首次相同的状态和案件
/// （首次新保存的仍答 201）；键相同而内容不同答 422；首次还没办完答 409。内容按 JSON 的含义比较，空白和字段次序不计。
/// 键记住 24 小时。
#[utoipa::path(post, path = "/v1/complaints", tag = "案件", operation_id = "keep_complaint",
    params(("Idempotency-Key" = Option<String>, Header, description = "重发用的键，1 到 255 个可见 ASCII 字符，如 UUID · key of a request that may be sent again")),
    request_body = SuggestionRequest,
    responses(
        (status = 201, description = "已保存 · kept", body = KeptCase,
            headers(("Location" = String, description = "案件地址 · where the case is"))),
        (status = 200, description = "该 reference 已有案件 · the case that stands", body = KeptCase),
        (status = 409, description = "同一键的请求还没办完 · a request with this key is under way", body = ProblemBody, content_type = "application/problem+json"),
        Refusals))]
pub async fn keep(
    State(desk): State<Arc<Desk>>,
    seat: Seat,
    key: Key,
    Input(body): Input,
) -> Result<Response, Problem> {
    let asked = asked(&body, "")?;
    let (now, once) = (Local::now().fixed_offset(), key.with(&body));
    let mut kept = desk.cross(seat, move |triage| triage.keep_once(vec![asked], now, once)).await??;
    let lost = || Error::internal("没有得到案件", "no case came");
    Ok(match kept.pop().ok_or_else(lost)? {
        Kept::New(case) => {
            count(case.decision);
            let place = format!("/v1/complaints/{}", case.id);
            (StatusCode::CREATED, [(header::LOCATION, place)], Answer(KeptCase::of(case))).into_response()
        }
        Kept::Standing(case) => Answer(KeptCase::of(case)).into_response(),
    })
}

/// 批量接收诉求：逐件给出案件或问题，次序不变
///
/// 一件有问题不影响其他各件。同一 `reference` 再次提交时不再保存，给出已有案件（`new` 为 false）。
/// `Idempotency-Key` 与单件相同，管整批：重发得到同样的案件、同样的 `new` 和同样的问题。
#[utoipa::path(post, path = "/v1/complaints:batch", tag = "案件", operation_id = "keep_complaints",
    params(("Idempotency-Key" = Option<String>, Header, description = "重发用的键，1 到 255 个可见 ASCII 字符，如 UUID · key of a request that may be sent again")),
    request_body = BatchRequest,
    responses(
        (status = 200, description = "逐件结果 · one for each, in order", body = KeptBatch),
        (status = 409, description = "同一键的请求还没办完 · a request with this key is under way", body = ProblemBody, content_type = "application/problem+json"),
        Refusals))]
pub async fn keep_batch(
    State(desk): State<Arc<Desk>>,
    caller: Caller,
    seat: Seat,
    key: Key,
    Input(body): Input,
) -> Result<Answer<KeptBatch>, Problem> {
    let asked: Vec<_> = items(&body, desk.options.max_batch.get())?
        .iter()
        .enumerate()
        .map(|(n, item)| asked(item, &format!("/items/{n}")))
        .collect();
    let (now, once) = (Local::now().fixed_offset(), key.with(&body));
    let kept = desk.cross(seat, move |triage| keep_good(triage, asked, now, once)).await??;
    let items = kept.into_iter().map(|outcome| match outcome {
        Ok(kept) => KeptItem::Complaint(Box::new(BatchedCase::of(kept))),
        Err(error) => KeptItem::Problem(Problem::from(error).body(&caller)),
    });
    Ok(Answer(KeptBatch { items: items.collect() }))
}

/// Keeps all that could be read and puts every answer in its place. Where the store fails, each item has that problem;
/// under a key the whole request has it, so that it is plain that it may be sent again.
fn keep_good(
    triage: &Triage,
    asked: Vec<Result<(Complaint, Wanted)>>,
    now: DateTime<FixedOffset>,
    once: Option<Once>,
) -> Result<Vec<Result<Kept>>> {
    let is_keyed = once.is_some();
    let (mut good, mut places) = (Vec::new(), Vec::new());
    for outcome in asked {
        places.push(outcome.map(|one| good.push(one)));
    }
    let mut kept = match triage.keep_once(good, now, once) {
        Err(error) if is_keyed => return Err(error),
        outcome => outcome.map(Vec::into_iter),
    };
    let lost = || Error::internal("没有得到案件", "no case came");
    let settled = places.into_iter().map(|place| {
        place.and_then(|()| match &mut kept {
            Ok(kept) => kept.next().ok_or_else(lost),
            // The causes go with the first, whose story is logged.
            Err(error) => {
                let others = error.again();
                Err(std::mem::replace(error, others))
            }
        })
    });
    Ok(settled.collect())
}

/// 读一件案件：连同建议、办理过程、反馈和督办
#[utoipa::path(get, path = "/v1/complaints/{id}", tag = "案件", operation_id = "read_complaint",
    params(("id" = String, Path, description = "案件编号，保存时给出 · as given when it was kept")),
    responses(
        (status = 200, description = "案件，含保存时的建议和办理过程 · the case with its suggestion and life", body = Case),
        (status = 404, description = "没有这件 · no such case", body = ProblemBody, content_type = "application/problem+json"),
        Refusals))]
pub async fn read(State(desk): State<Arc<Desk>>, seat: Seat, Path(id): Path<String>) -> Result<Answer<Case>, Problem> {
    let found = desk.cross(seat, move |triage| triage.store().find(&id)).await??;
    let none = || Error::new(Kind::NotFound, "没有这件案件：请核对编号", "there is no such case: check the id");
    Ok(Answer(found.ok_or_else(none)?))
}

/// 列出案件：默认受理晚的在前，可另排序，按游标翻页；`format` 则下载为文件
#[utoipa::path(get, path = "/v1/complaints", tag = "案件", operation_id = "list_complaints",
    params(CaseQuery, HandlingQuery, JudgedQuery),
    responses(
        (status = 200, description = "一页案件；给出 format 时为文件 · one page, or a file where `format` is given", content(
            (Page = "application/json"),
            (export::Download = "text/csv"),
            (export::Download = "application/x-ndjson"),
            (export::Download = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (export::Download = "application/vnd.apache.parquet"))),
        Refusals))]
pub async fn list(State(desk): State<Arc<Desk>>, seat: Seat, query: Query) -> Result<Response, Problem> {
    let triage = desk.ready()?;
    let now = Local::now().with_timezone(&triage.deadlines().offset());
    let (filter, wanted) = query.cases(triage.taxonomy(), triage.reader(), now)?;
    match wanted {
        query::Wanted::File(format) => export::file(&desk, seat, filter, format, false).await,
        query::Wanted::Page { seek, page_size } => {
            let page = desk.cross(seat, move |triage| triage.store().list(&filter, &seek, page_size)).await??;
            Ok(Answer(page).into_response())
        }
    }
}

impl BatchedCase {
    fn of(kept: Kept) -> Self {
        match kept {
            Kept::New(case) => {
                count(case.decision);
                Self { case: KeptCase::of(case), new: true }
            }
            Kept::Standing(case) => Self { case: KeptCase::of(case), new: false },
        }
    }
}

impl KeptCase {
    fn of(case: Case) -> Self {
        let Case { id, reference, created_at, suggestion, .. } = case;
        Self { id, reference, created_at, suggestion }
    }
}
