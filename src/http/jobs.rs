//! `/v1/jobs`: how far long work got, what came of it, and its end before its time.

use std::sync::Arc;

use axum::extract::{Path, State as Shared};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{Error, Kind, Result};
use crate::http::Answer;
use crate::http::desk::{Desk, Seat};
use crate::http::observe::{Caller, Language};
use crate::http::problem::{Problem, ProblemBody, Refusals};
use crate::http::query::{PageQuery, Query};
use crate::store::{self, Job, State, Told};

/// 任务：较长的工作，如导入。
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Job)]
pub struct JobBody {
    pub id: String,
    /// import 导入，themes 归纳或签认调查的主题
    #[schema(example = "import")]
    pub kind: String,
    pub state: State,
    pub created_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    /// 已处理件数，至多比实际晚一秒
    pub done: usize,
    /// 应处理件数，不含有问题的行
    pub total: usize,
    /// 新保存的件数
    pub kept: usize,
    /// 已有的件数：编号相同，没有重复保存
    pub standing: usize,
    /// 有问题、没有保存的处数
    pub problems_total: usize,
    /// 有问题的行，最多 1000 处；列表中不给出
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problems: Option<Vec<JobProblem>>,
    /// 列名对应
    #[schema(example = "正文 ← 诉求内容，编号 ← 工单编号")]
    pub mapping: String,
    /// 文件名，已脱敏
    pub file: Option<String>,
    /// 没有做完的原因和办法，或做完后要说明的
    pub detail: Option<String>,
}

/// 有问题的一行。
#[derive(Debug, Serialize, ToSchema)]
pub struct JobProblem {
    /// 行号，从 1 起
    pub line: usize,
    /// 编号，已脱敏
    pub reference: Option<String>,
    /// 有问题的字段；整行有问题时为空
    #[schema(example = "/received_at")]
    pub pointer: String,
    pub detail: String,
}

/// 一页任务，新的在前。
#[derive(Debug, Serialize, ToSchema)]
pub struct JobPage {
    pub items: Vec<JobBody>,
    /// 下一页的游标；没有下一页时为 null
    pub next_cursor: Option<String>,
}

/// 列出任务：新的在前，按游标翻页
#[utoipa::path(get, path = "/v1/jobs", tag = "任务", operation_id = "list_jobs", params(PageQuery),
    responses((status = 200, description = "一页任务 · one page", body = JobPage), Refusals))]
pub async fn list(
    Shared(desk): Shared<Arc<Desk>>,
    caller: Caller,
    seat: Seat,
    query: Query,
) -> Result<Answer<JobPage>, Problem> {
    let (before, size) = query.page()?;
    let mut jobs = desk.cross(seat, move |triage| triage.store().jobs(before, size + 1)).await??;
    let more = jobs.len() > size;
    jobs.truncate(size);
    let next_cursor = jobs.last().filter(|_| more).map(|last| last.n.to_string());
    Ok(Answer(JobPage { items: jobs.into_iter().map(|job| JobBody::brief(job, &caller)).collect(), next_cursor }))
}

/// 读一个任务：进度、结果、有问题的行
#[utoipa::path(get, path = "/v1/jobs/{id}", tag = "任务", operation_id = "read_job",
    params(("id" = String, Path, description = "任务编号 · as given when it was taken")),
    responses(
        (status = 200, description = "任务 · the job", body = JobBody),
        (status = 404, description = "没有这个任务 · no such job", body = ProblemBody, content_type = "application/problem+json"),
        Refusals))]
pub async fn read(
    Shared(desk): Shared<Arc<Desk>>,
    caller: Caller,
    seat: Seat,
    Path(id): Path<String>,
) -> Result<Answer<JobBody>, Problem> {
    let found = desk.cross(seat, move |triage| triage.store().job(&id)).await??;
    Ok(Answer(JobBody::whole(found.ok_or_else(none)?, &caller)))
}

/// 取消任务：排队的立即取消，进行中的做完当前一步后停止
///
/// 已保存的不撤回；主题的归纳和签认没有做完的不留下。也可 `POST /v1/jobs/{id}:cancel`。已结束的任务原样返回。
#[utoipa::path(delete, path = "/v1/jobs/{id}", tag = "任务", operation_id = "cancel_job",
    params(("id" = String, Path, description = "任务编号 · as given when it was taken")),
    responses(
        (status = 200, description = "任务；进行中的稍后才停 · the job, which may run for a moment yet", body = JobBody),
        (status = 404, description = "没有这个任务 · no such job", body = ProblemBody, content_type = "application/problem+json"),
        Refusals))]
pub async fn cancel(
    Shared(desk): Shared<Arc<Desk>>,
    caller: Caller,
    seat: Seat,
    Path(id): Path<String>,
) -> Result<Answer<JobBody>, Problem> {
    let here = Arc::clone(&desk);
    let cancel = move |triage: &crate::triage::Triage| {
        if !here.imports.cancel(triage, &id)? {
            here.surveying.cancel(triage, &id)?;
        }
        triage.store().job(&id)
    };
    let found = desk.cross(seat, cancel).await??;
    Ok(Answer(JobBody::whole(found.ok_or_else(none)?, &caller)))
}

/// `POST /v1/jobs/{id}:cancel`: the router cannot tell what stands after an id, so it is told here.
pub async fn act(
    desk: Shared<Arc<Desk>>,
    caller: Caller,
    seat: Seat,
    Path(id): Path<String>,
) -> Result<Answer<JobBody>, Problem> {
    match id.strip_suffix(":cancel") {
        Some(id) => cancel(desk, caller, seat, Path(id.to_owned())).await,
        None => Err(Problem::no_such_route(&caller.path)),
    }
}

fn none() -> Error {
    Error::new(Kind::NotFound, "没有这个任务：请核对编号", "there is no such job: check the id")
}

impl JobBody {
    /// With its bad lines.
    pub fn whole(mut job: Job, caller: &Caller) -> Self {
        let problems = std::mem::take(&mut job.outcome.problems);
        let problems = problems.into_iter().map(|problem| JobProblem::of(problem, caller)).collect();
        Self { problems: Some(problems), ..Self::brief(job, caller) }
    }

    fn brief(job: Job, caller: &Caller) -> Self {
        let Job { id, kind, state, created_at, ended_at, done, total, outcome, .. } = job;
        Self {
            id,
            kind,
            state,
            created_at,
            ended_at,
            done,
            total,
            kept: outcome.kept,
            standing: outcome.standing,
            problems_total: outcome.problems_total,
            problems: None,
            mapping: outcome.mapping,
            file: outcome.file,
            detail: outcome.why.map(|why| said(why, caller)),
        }
    }
}

impl JobProblem {
    fn of(problem: store::Problem, caller: &Caller) -> Self {
        let store::Problem { line, reference, pointer, saying } = problem;
        Self { line, reference, pointer, detail: said(saying, caller) }
    }
}

fn said(told: Told, caller: &Caller) -> String {
    match caller.language {
        Language::Chinese => told.zh,
        Language::English => told.en,
    }
}

// The documented limit is written out above because attributes take literals only.
const _: () = assert!(store::NAMED == 1000);
