//! `/v1/issues`: events told by many (诉求组), read, and put right by people.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Local, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::case::{Issue, Status};
use crate::error::{Error, Kind, Result};
use crate::http::Answer;
use crate::http::desk::{Desk, Seat};
use crate::http::input::{Fields, Input, ROLE, text, texts, whole};
use crate::http::observe::Caller;
use crate::http::problem::{Problem, ProblemBody, Refusals};
use crate::http::query::{AskedIssues, IssueQuery, Query};
use crate::store::{self, Act, IssuePage, Story};
use crate::triage::{Ruling, Triage};

/// Longest note and id, in characters, and cases taken out at once.
const NOTE: usize = 2000;
const ID: usize = 64;
const AT_ONCE: usize = 500;

/// 诉求组：同一件事，多人反映。
#[derive(Debug, Serialize, ToSchema)]
pub struct IssueBody {
    /// `cases` 为 0 表示已并入别组（见 `into_issue`）或已解散
    #[serde(flatten)]
    pub issue: Issue,
    /// 组内各件，先受理的在前
    pub tellings: Vec<Telling>,
    /// 变更记录，先发生的在前；撤销时用其中的 `n`
    pub acts: Vec<Act>,
}

/// 诉求组里的一件。
#[derive(Debug, Serialize, ToSchema)]
pub struct Telling {
    /// 案件编号
    pub case: String,
    pub reference: Option<String>,
    pub title: Option<String>,
    /// 脱敏后的文本；举报人须保护的案件不给出
    pub text: Option<String>,
    /// 举报人须保护：不给出标题和文本
    pub protected: bool,
    pub received_at: DateTime<Utc>,
    pub channel: Option<String>,
    /// 承办单位代码
    pub unit: Option<String>,
    #[schema(value_type = Status)]
    pub status: String,
    /// 组里第几个人：同一来电人号码相同
    pub person: i64,
}

/// 拆分之后的两组。
#[derive(Debug, Serialize, ToSchema)]
pub struct SplitBody {
    /// 原来的诉求组
    pub issue: IssueBody,
    /// 拆出的案件现在所在的诉求组；只拆出一件而不属别组时为 null
    pub other: Option<IssueBody>,
}

/// 并组。
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"with": "g_6f1d…", "reason": "同一工地", "actor": "派单员"}))]
#[expect(dead_code, reason = "documents what `merge` reads")]
pub struct MergeRequest {
    /// 并进来的诉求组
    #[schema(max_length = 64)]
    with: String,
    /// 说明，保存前脱敏
    #[schema(max_length = 2000)]
    reason: Option<String>,
    /// 经办角色或岗位，不写姓名
    #[schema(max_length = 64)]
    actor: Option<String>,
}

/// 拆分。
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"cases": ["c_1b9e…"], "reason": "另一个小区"}))]
#[expect(dead_code, reason = "documents what `split` reads")]
pub struct SplitRequest {
    /// 拆出哪些案件，不能是全部
    #[schema(min_items = 1, max_items = 500)]
    cases: Vec<String>,
    /// 说明，保存前脱敏
    #[schema(max_length = 2000)]
    reason: Option<String>,
    /// 经办角色或岗位，不写姓名
    #[schema(max_length = 64)]
    actor: Option<String>,
}

/// 撤销。
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"act": 12, "reason": "并错了"}))]
#[expect(dead_code, reason = "documents what `undo` reads")]
pub struct UndoRequest {
    /// 撤销第几次变更，即变更记录里的 `n`
    #[schema(minimum = 1)]
    act: i64,
    /// 说明，保存前脱敏
    #[schema(max_length = 2000)]
    reason: Option<String>,
    /// 经办角色或岗位，不写姓名
    #[schema(max_length = 64)]
    actor: Option<String>,
}

/// 列出诉求组：默认最近有人反映的在前，可另排序，按游标翻页；已并入别组的不列
#[utoipa::path(get, path = "/v1/issues", tag = "查重与诉求组", operation_id = "list_issues", params(IssueQuery),
    responses((status = 200, description = "一页诉求组 · one page", body = IssuePage), Refusals))]
pub async fn list(State(desk): State<Arc<Desk>>, seat: Seat, query: Query) -> Result<Answer<IssuePage>, Problem> {
    let triage = desk.ready()?;
    let now = Local::now().with_timezone(&triage.deadlines().offset());
    let AskedIssues { filter, seek, page_size, days } = query.issues(triage.taxonomy(), triage.reader(), now)?;
    let work = move |triage: &Triage| triage.store().issues(&filter, &seek, page_size, days);
    Ok(Answer(desk.cross(seat, work).await??))
}

/// 读一个诉求组：各件和变更记录
///
/// 已并入别组的也读得到，`into_issue` 给出并入了哪一组。
#[utoipa::path(get, path = "/v1/issues/{id}", tag = "查重与诉求组", operation_id = "read_issue",
    params(("id" = String, Path, description = "诉求组编号 · the group")),
    responses(
        (status = 200, description = "诉求组 · the group", body = IssueBody),
        (status = 404, description = "没有这个诉求组 · no such group", body = ProblemBody, content_type = "application/problem+json"),
        Refusals))]
pub async fn read(
    State(desk): State<Arc<Desk>>,
    seat: Seat,
    Path(id): Path<String>,
) -> Result<Answer<IssueBody>, Problem> {
    Ok(Answer(desk.cross(seat, move |triage| standing(triage, &id)).await??))
}

/// 并组：另一组的案件并进来，此后不再被自动拆开；可撤销
#[utoipa::path(post, path = "/v1/issues/{id}:merge", tag = "查重与诉求组", operation_id = "merge_issues",
    params(("id" = String, Path, description = "留下的诉求组 · the group that stays")), request_body = MergeRequest,
    responses(
        (status = 200, description = "并组后的诉求组 · the group as it now stands", body = IssueBody),
        (status = 404, description = "没有在用的这个诉求组 · no such group in use", body = ProblemBody, content_type = "application/problem+json"),
        Refusals))]
async fn merge(desk: Arc<Desk>, seat: Seat, id: String, body: Value) -> Result<Answer<IssueBody>, Problem> {
    let mut fields = Fields::of(&body, "");
    let with = fields.required("with", text(ID)).unwrap_or_default();
    let ruling = ruling(fields)?;
    let now = Local::now().fixed_offset();
    let work = move |triage: &Triage| {
        triage.merge(&id, &with, &ruling, now)?;
        standing(triage, &id)
    };
    Ok(Answer(desk.cross(seat, work).await??))
}

/// 拆分：把几件从组里拆出，此后不再自动并回；可撤销
///
/// 拆出的几件自成一组，或归入与它们更像的另一组；只有一件而不属别组的，不成组。
#[utoipa::path(post, path = "/v1/issues/{id}:split", tag = "查重与诉求组", operation_id = "split_issue",
    params(("id" = String, Path, description = "诉求组编号 · the group")), request_body = SplitRequest,
    responses(
        (status = 200, description = "拆分后的两组 · both as they now stand", body = SplitBody),
        (status = 404, description = "没有在用的这个诉求组 · no such group in use", body = ProblemBody, content_type = "application/problem+json"),
        Refusals))]
async fn split(desk: Arc<Desk>, seat: Seat, id: String, body: Value) -> Result<Answer<SplitBody>, Problem> {
    let mut fields = Fields::of(&body, "");
    let cases = fields.required("cases", texts(AT_ONCE, ID)).unwrap_or_default();
    let ruling = ruling(fields)?;
    let now = Local::now().fixed_offset();
    let work = move |triage: &Triage| {
        let other = triage.split(&id, &cases, &ruling, now)?;
        let other = other.map(|other| standing(triage, &other)).transpose()?;
        Ok::<_, Error>(SplitBody { issue: standing(triage, &id)?, other })
    };
    Ok(Answer(desk.cross(seat, work).await??))
}

/// 撤销一次变更：人工的即取消其效力；系统的即按相反的意思认定，此后不再自动改回
#[utoipa::path(post, path = "/v1/issues/{id}:undo", tag = "查重与诉求组", operation_id = "undo_issue_change",
    params(("id" = String, Path, description = "诉求组编号 · the group")), request_body = UndoRequest,
    responses(
        (status = 200, description = "撤销后的诉求组 · the group as it now stands", body = IssueBody),
        (status = 404, description = "没有这次变更 · no such change of this group", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "已撤销，或放不回去 · undone already, or impossible now", body = ProblemBody, content_type = "application/problem+json"),
        Refusals))]
async fn undo(desk: Arc<Desk>, seat: Seat, id: String, body: Value) -> Result<Answer<IssueBody>, Problem> {
    let mut fields = Fields::of(&body, "");
    let act = fields.required("act", whole(1..=u32::MAX as usize)).unwrap_or_default() as i64;
    let ruling = ruling(fields)?;
    let now = Local::now().fixed_offset();
    let work = move |triage: &Triage| {
        triage.undo(&id, act, &ruling, now)?;
        standing(triage, &id)
    };
    Ok(Answer(desk.cross(seat, work).await??))
}

/// `POST /v1/issues/{id}:merge`, `:split`, `:undo`: the router cannot tell what stands after an id, so it is told here.
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
        "merge" => merge(desk, seat, id, body).await?.into_response(),
        "split" => split(desk, seat, id, body).await?.into_response(),
        "undo" => undo(desk, seat, id, body).await?.into_response(),
        _ => return Err(Problem::no_such_route(&caller.path)),
    })
}

fn ruling(mut fields: Fields) -> Result<Ruling> {
    let reason = fields.field("reason", text(NOTE));
    let actor = fields.actor();
    fields.finish().map(|()| Ruling { reason, actor })
}

fn standing(triage: &Triage, id: &str) -> Result<IssueBody> {
    let found = triage.store().issue(id)?;
    let none = || Error::new(Kind::NotFound, "没有这个诉求组：请核对编号", "there is no such group: check the id");
    let Story { issue, tellings, acts } = found.ok_or_else(none)?;
    Ok(IssueBody { issue, tellings: tellings.into_iter().map(Telling::of).collect(), acts })
}

impl Telling {
    fn of(told: store::Telling) -> Self {
        let shown = !told.protected;
        Self {
            case: told.case,
            reference: told.reference,
            title: told.title.filter(|_| shown),
            text: shown.then_some(told.text),
            protected: told.protected,
            received_at: told.received_at,
            channel: told.channel,
            unit: told.unit,
            status: told.status,
            person: told.person,
        }
    }
}

// The documented limits are written out above because attributes take literals only.
const _: () = assert!(NOTE == 2000 && ROLE == 64 && ID == 64 && AT_ONCE == 500);
