//! Long work on a survey: proposing themes and mapping every answer by the signed ones. Each is a job; one runs at a time.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{accepted, surveying, wrong};
use crate::error::{Error, Result};
use crate::http::desk::{Desk, Seat};
use crate::http::figures::now;
use crate::http::input::Input;
use crate::http::jobs::JobBody;
use crate::http::observe::Caller;
use crate::http::problem::{Problem, ProblemBody, Refusals};
use crate::store::{self, Job, Outcome, Progress};
use crate::survey::{self, By};
use crate::triage::Triage;

/// Progress is noted this often.
const OFTEN: Duration = Duration::from_millis(500);

/// 谁签认哪一版
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignBody {
    /// 所看到的版本
    pub version: i64,
    /// 谁签认的
    #[serde(default)]
    pub actor: Option<String>,
}

/// 归纳主题：读全部开放题答案，提出两级主题；接收后进行，进度见返回的任务
#[utoipa::path(post, path = "/v1/surveys/{id}/themes:propose", tag = "调查", operation_id = "propose_themes",
    params(("id" = String, Path, description = "调查编号 · the survey")),
    responses(
        (status = 202, description = "已接收 · taken", body = JobBody,
            headers(("Location" = String, description = "任务地址 · where the job is"))),
        (status = 404, description = "没有这次调查 · no such survey", body = ProblemBody, content_type = "application/problem+json"),
        Refusals))]
pub async fn propose(
    State(desk): State<Arc<Desk>>,
    caller: Caller,
    seat: Seat,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    begin(desk, caller, seat, id, |desk, triage, id, progress| {
        let by = By { actor: None, now: now().to_utc() };
        survey::propose(surveying(triage), &desk.readings, id, &by, progress).map(drop)
    })
    .await
}

/// 签认主题表：此后每条答案都按它归类；接收后进行，进度见返回的任务
#[utoipa::path(post, path = "/v1/surveys/{id}/themes:sign", tag = "调查", operation_id = "sign_themes",
    params(("id" = String, Path, description = "调查编号 · the survey")), request_body = SignBody,
    responses(
        (status = 202, description = "已接收 · taken", body = JobBody,
            headers(("Location" = String, description = "任务地址 · where the job is"))),
        (status = 404, description = "没有这次调查 · no such survey", body = ProblemBody, content_type = "application/problem+json"),
        Refusals))]
pub async fn sign(
    State(desk): State<Arc<Desk>>,
    caller: Caller,
    seat: Seat,
    Path(id): Path<String>,
    Input(body): Input,
) -> Result<Response, Problem> {
    let body: SignBody = serde_json::from_value(body).map_err(|error| wrong(&error))?;
    begin(desk, caller, seat, id, move |desk, triage, id, progress| {
        let by = By { actor: body.actor, now: now().to_utc() };
        survey::sign(surveying(triage), &desk.readings, id, body.version, &by, progress).map(drop)
    })
    .await
}

/// Notes a job and sets it to work on a thread of its own; what comes of it stands with the job.
async fn begin(
    desk: Arc<Desk>,
    caller: Caller,
    seat: Seat,
    id: String,
    work: impl FnOnce(&Desk, &Triage, &str, survey::Progress) -> Result<()> + Send + 'static,
) -> Result<Response, Problem> {
    let survey = id.clone();
    let noted = move |triage: &Triage| {
        let total = survey::body(surveying(triage), &survey)?.open_answers;
        triage.store().add_job("themes", total, &Outcome::default(), now())
    };
    let job = desk.cross(seat, noted).await??;
    let (here, running) = (Arc::clone(&desk), job.clone());
    tokio::task::spawn_blocking(move || run(&here, &running, &id, work));
    Ok(accepted(JobBody::whole(job, &caller)))
}

fn run(desk: &Desk, job: &Job, survey: &str, work: impl FnOnce(&Desk, &Triage, &str, survey::Progress) -> Result<()>) {
    let Some(triage) = desk.loaded() else { return };
    let _one = desk.surveying.lock().unwrap_or_else(PoisonError::into_inner);
    let told = std::sync::Mutex::new(None::<Instant>);
    let progress = |done: usize, total: usize| {
        let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_none_or(|last| last.elapsed() >= OFTEN) {
            *told = Some(Instant::now());
            let share = (done * job.total).checked_div(total).unwrap_or_default();
            let progress = Progress { done: share, total: job.total, ..Progress::default() };
            if let Err(error) = triage.store().advance_job(&job.id, progress) {
                tracing::warn!("任务进度没有记下：{}", error.chain());
            }
        }
    };
    progress(0, 1);
    let broken = |_| Err(Error::internal("归纳主题时崩溃", "the work on themes panicked"));
    let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(desk, triage, survey, &progress)));
    let done = done.unwrap_or_else(broken);
    let (state, why) = match &done {
        Ok(()) => (store::State::Done, None),
        Err(error) => (store::State::Failed, Some(error.saying.clone().into())),
    };
    let whole = if done.is_ok() { job.total } else { 0 };
    let progress = Progress { done: whole, total: job.total, ..Progress::default() };
    if let Err(error) = triage.store().end_job(&job.id, state, progress, why.as_ref(), now()) {
        tracing::warn!("任务结果没有记下：{}", error.chain());
    }
}
