//! Long work on a survey: proposing themes and mapping every answer by the signed ones. Each is a job; one runs at a time,
//! and few may wait.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{accepted, surveying, wrong};
use crate::error::{Error, Kind, Result, Saying};
use crate::http::desk::{Desk, Seat};
use crate::http::figures::now;
use crate::http::input::{Input, acted};
use crate::http::jobs::JobBody;
use crate::http::observe::Caller;
use crate::http::problem::{Problem, ProblemBody, Refusals};
use crate::store::{self, Job, Outcome, Progress};
use crate::survey::{self, By};
use crate::triage::Triage;

/// Progress is noted this often.
const OFTEN: Duration = Duration::from_millis(500);
/// Jobs that may wait beside the one at work.
const WAITING: usize = 3;

/// 怎样归纳，均可省略
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposeBody {
    /// 放弃改过或签认过的主题表、重新归纳：须给出所看到的版本；不给时，签认过的照旧，只补充新主题
    #[serde(default)]
    pub version: Option<i64>,
    /// 谁要归纳的
    #[serde(default)]
    pub actor: Option<String>,
}

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

/// The jobs on surveys: the one at work and those in line, first come first served.
#[derive(Default)]
pub struct Surveying {
    line: Mutex<Vec<Place>>,
    /// Whoever holds it works; the others wait without a thread.
    turn: tokio::sync::Mutex<()>,
}

struct Place {
    survey: String,
    job: String,
    running: bool,
    /// It is to end.
    end: Arc<AtomicBool>,
}

impl Surveying {
    /// Notes a job and puts it in line; refused where too many wait, or one of the same survey.
    fn take(&self, survey: &str, note: impl FnOnce() -> Result<Job>) -> Result<Job> {
        let mut line = self.open();
        if line.iter().any(|place| place.survey == survey) {
            let zh = "这次调查的主题正在归纳或签认：请等它完成，或先取消";
            return Err(Error::new(
                Kind::Busy,
                zh,
                "the themes of this survey are being worked on: wait, or cancel it",
            ));
        }
        if line.len() > WAITING {
            let zh = format!("已有 {WAITING} 个归纳、签认在排队：请等前面的完成再发");
            return Err(Error::new(Kind::Busy, zh, format!("{WAITING} jobs on surveys wait already: send it later")));
        }
        let job = note()?;
        let (survey, end) = (survey.to_owned(), Arc::default());
        line.push(Place { survey, job: job.id.clone(), running: false, end });
        Ok(job)
    }

    /// Its turn has come: what tells it to end; none where it was cancelled.
    fn begin(&self, job: &str) -> Option<Arc<AtomicBool>> {
        let mut line = self.open();
        let place = line.iter_mut().find(|place| place.job == job)?;
        place.running = true;
        Some(Arc::clone(&place.end))
    }

    fn leave(&self, job: &str) {
        self.open().retain(|place| place.job != job);
    }

    /// Ends a job, at once where it waits, else after the step at work.
    pub fn cancel(&self, triage: &Triage, job: &str) -> Result<()> {
        let mut line = self.open();
        let Some(place) = line.iter().find(|place| place.job == job) else { return Ok(()) };
        place.end.store(true, Ordering::Relaxed);
        if !place.running {
            triage.store().end_job(job, store::State::Cancelled, Progress::default(), None, now())?;
            line.retain(|place| place.job != job);
        }
        Ok(())
    }

    fn open(&self) -> MutexGuard<'_, Vec<Place>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// 归纳主题：读全部开放题答案，提出两级主题；接收后进行，进度见返回的任务
///
/// 签认过的主题表照旧，只从其后补充的答案里提出新主题；改过还没有签认的不动（409）。要放弃它们重新归纳，须给出所看到的版本。
#[utoipa::path(post, path = "/v1/surveys/{id}/themes:propose", tag = "调查", operation_id = "propose_themes",
    params(("id" = String, Path, description = "调查编号 · the survey")), request_body = Option<ProposeBody>,
    responses(
        (status = 202, description = "已接收 · taken", body = JobBody,
            headers(("Location" = String, description = "任务地址 · where the job is"))),
        (status = 404, description = "没有这次调查 · no such survey", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "主题表改过还没有签认，或版本不对 · edited and not signed, or another version", body = ProblemBody, content_type = "application/problem+json"),
        Refusals))]
pub async fn propose(
    State(desk): State<Arc<Desk>>,
    caller: Caller,
    seat: Seat,
    Path(id): Path<String>,
    body: Option<Input>,
) -> Result<Response, Problem> {
    let body = body.map(|Input(body)| serde_json::from_value(body)).transpose().map_err(|error| wrong(&error))?;
    let ProposeBody { version, actor } = body.unwrap_or_default();
    let actor = acted(actor)?;
    let may = move |triage: &Triage, id: &str| survey::may_propose(surveying(triage), id, version);
    begin(desk, caller, seat, id, may, move |desk, triage, id, progress| {
        let by = By { actor, now: now().to_utc() };
        let proposed = survey::propose(surveying(triage), &desk.readings, id, version, &by, progress)?;
        let nothing =
            Saying::new("现有主题之外没有成团的新意见，主题表未变", "nothing new beside the themes that stand");
        Ok(proposed.is_none().then_some(nothing))
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
    let SignBody { version, actor } = serde_json::from_value(body).map_err(|error| wrong(&error))?;
    let actor = acted(actor)?;
    begin(
        desk,
        caller,
        seat,
        id,
        |_, _| Ok(()),
        move |desk, triage, id, progress| {
            let by = By { actor, now: now().to_utc() };
            survey::sign(surveying(triage), &desk.readings, id, version, &by, progress).map(|_| None)
        },
    )
    .await
}

/// Notes a job that `may` be done and puts it in line; what comes of it stands with the job, and what the work wants to
/// be told.
async fn begin(
    desk: Arc<Desk>,
    caller: Caller,
    seat: Seat,
    id: String,
    may: impl FnOnce(&Triage, &str) -> Result<()> + Send + 'static,
    work: impl FnOnce(&Desk, &Triage, &str, survey::Progress) -> Result<Option<Saying>> + Send + 'static,
) -> Result<Response, Problem> {
    let here = Arc::clone(&desk);
    let taken = move |triage: &Triage| {
        let total = survey::body(surveying(triage), &id)?.open_answers;
        may(triage, &id)?;
        let note = || triage.store().add_job("themes", total, &Outcome::default(), now());
        let job = here.surveying.take(&id, note)?;
        tokio::spawn(in_turn(Arc::clone(&here), job.clone(), id, work));
        Ok::<_, Error>(job)
    };
    let job = desk.cross(seat, taken).await??;
    Ok(accepted(JobBody::whole(job, &caller)))
}

async fn in_turn(
    desk: Arc<Desk>,
    job: Job,
    survey: String,
    work: impl FnOnce(&Desk, &Triage, &str, survey::Progress) -> Result<Option<Saying>> + Send + 'static,
) {
    let _turn = desk.surveying.turn.lock().await;
    let Some(end) = desk.surveying.begin(&job.id) else { return };
    let (here, running) = (Arc::clone(&desk), job.clone());
    let done = tokio::task::spawn_blocking(move || run(&here, &running, &survey, &end, work)).await;
    if done.is_err() {
        tracing::error!("任务 {} 没有做完：线程崩溃", job.id);
    }
    desk.surveying.leave(&job.id);
}

fn run(
    desk: &Desk,
    job: &Job,
    survey: &str,
    end: &AtomicBool,
    work: impl FnOnce(&Desk, &Triage, &str, survey::Progress) -> Result<Option<Saying>>,
) {
    let Some(triage) = desk.loaded() else { return };
    let told = Mutex::new(None::<Instant>);
    let progress = |done: usize, total: usize| {
        desk.ready()?;
        if end.load(Ordering::Relaxed) {
            return Err(Error::new(Kind::Conflict, "已取消", "it was cancelled"));
        }
        let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_none_or(|last| last.elapsed() >= OFTEN) {
            *told = Some(Instant::now());
            let share = (done * job.total).checked_div(total).unwrap_or_default();
            let progress = Progress { done: share, total: job.total, ..Progress::default() };
            if let Err(error) = triage.store().advance_job(&job.id, progress) {
                tracing::warn!("任务进度没有记下：{}", error.chain());
            }
        }
        Ok(())
    };
    let broken = |_| Err(Error::internal("归纳主题时崩溃", "the work on themes panicked"));
    let work = || progress(0, 1).and_then(|()| work(desk, triage, survey, &progress));
    let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or_else(broken);
    let (state, why) = match &done {
        Ok(note) => (store::State::Done, note.clone()),
        Err(_) if end.load(Ordering::Relaxed) => (store::State::Cancelled, None),
        Err(_) if desk.ready().is_err() => (store::State::Interrupted, Some(cut_short())),
        Err(error) => (store::State::Failed, Some(error.saying.clone())),
    };
    let whole = if done.is_ok() { job.total } else { 0 };
    let progress = Progress { done: whole, total: job.total, ..Progress::default() };
    if let Err(error) = triage.store().end_job(&job.id, state, progress, why.map(Into::into).as_ref(), now()) {
        tracing::warn!("任务结果没有记下：{}", error.chain());
    }
}

fn cut_short() -> Saying {
    Saying::new("服务在做完之前停止了：请重新开始", "the service stopped before it was done: start it again")
}
