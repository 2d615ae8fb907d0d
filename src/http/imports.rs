//! `POST /v1/imports`: a file of complaints in, a job out. One worker keeps the files, one after the other, in small
//! steps between which senders of single complaints get their turn.
//!
//! What a file says stays in memory until it is masked: it never touches the disk. A file that was not finished when
//! the service ended has to be sent again.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use axum::extract::State as Shared;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, FixedOffset, Local};

use crate::dataset::{self, Intake, Item};
use crate::error::{Error, Kind, Result};
use crate::http::Answer;
use crate::http::desk::{Desk, Seat};
use crate::http::input::Upload;
use crate::http::jobs::JobBody;
use crate::http::observe::Caller;
use crate::http::problem::{Problem, Refusals};
use crate::http::query::{ImportQuery, Query};
use crate::store::{Job, Progress, State};
use crate::triage::{Pace, Triage, give_up_imports};

/// Cases kept in one step: few, so that real senders hardly wait.
const AT_ONCE: usize = 8;
/// Files that may wait beside the one at work; each is held in memory.
const WAITING: usize = 3;

/// The files that wait and the one at work.
#[derive(Default)]
pub struct Imports {
    queue: Mutex<Queue>,
    rung: Condvar,
    worker: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<(Job, Vec<Item>)>,
    /// The job at work and whether it is to end.
    running: Option<(String, Arc<AtomicBool>)>,
    closed: bool,
}

/// 导入来件文件：接收后逐件保存，进度见返回的任务
///
/// 正文就是文件本身（CSV 为 UTF-8 或 GB18030，XLSX，JSONL），Content-Type 用 text/csv、application/octet-stream 等。
/// 列名自动识别，可用 map 指定。有问题的行不保存，逐行列在任务里；其余照常保存。同一文件再发一次，已保存的不会重复。
/// 文件只在内存里，脱敏后才保存；服务中断后须重新发送。
#[utoipa::path(post, path = "/v1/imports", tag = "案件", operation_id = "import",
    params(ImportQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "文件 · the file"),
    responses(
        (status = 202, description = "已接收 · taken", body = JobBody,
            headers(("Location" = String, description = "任务地址 · where the job is"))), Refusals))]
pub async fn import(
    Shared(desk): Shared<Arc<Desk>>,
    caller: Caller,
    seat: Seat,
    query: Query,
    Upload(bytes): Upload,
) -> Result<Response, Problem> {
    let asked = query.import()?;
    let (here, offset) = (Arc::clone(&desk), desk.options.import_offset);
    let work = move |triage: &Triage| {
        here.imports.room()?;
        let name = format!("upload.{}", asked.format);
        let intake = dataset::complaints_of(Path::new(&name), bytes, &asked.columns, offset)?;
        here.imports.take(triage, intake, asked.filename.as_deref())
    };
    let job = desk.cross(seat, work).await??;
    let place = format!("/v1/jobs/{}", job.id);
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, place)], Answer(JobBody::whole(job, &caller))).into_response())
}

fn now() -> DateTime<FixedOffset> {
    Local::now().fixed_offset()
}

impl Imports {
    /// Sets the worker to work; called once, when everything is loaded.
    pub fn start(&self, desk: &Arc<Desk>) -> Result<()> {
        let failed = |error| Error::internal("导入线程无法启动", "no thread for imports").because(error);
        let desk = Arc::clone(desk);
        let worker = std::thread::Builder::new().name("imports".into()).spawn(move || work(&desk)).map_err(failed)?;
        *self.worker.lock().unwrap_or_else(PoisonError::into_inner) = Some(worker);
        Ok(())
    }

    /// Takes no more; returns once the step at work is done. The service must be stopping.
    pub fn close(&self) {
        self.open().closed = true;
        self.rung.notify_all();
        let worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(worker) = worker {
            let _ = worker.join();
        }
    }

    /// Ends an import, at once where it waits, else after the step at work. Returns whether it was there.
    pub fn cancel(&self, triage: &Triage, id: &str) -> Result<bool> {
        let mut queue = self.open();
        if let Some((_, end)) = queue.running.as_ref().filter(|(running, _)| running == id) {
            end.store(true, Ordering::Relaxed);
            return Ok(true);
        }
        let Some(at) = queue.waiting.iter().position(|(job, _)| job.id == id) else { return Ok(false) };
        let progress = Progress { total: queue.waiting[at].1.len(), ..Progress::default() };
        triage.store().end_job(id, State::Cancelled, progress, None, now())?;
        queue.waiting.remove(at);
        Ok(true)
    }

    /// Refuses where too many wait already.
    fn room(&self) -> Result<()> {
        let queue = self.open();
        if queue.waiting.len() < WAITING && !queue.closed {
            return Ok(());
        }
        let zh = format!("已有 {WAITING} 个导入在排队：请等前面的完成再发");
        Err(Error::new(Kind::Busy, zh, format!("{WAITING} imports are waiting already: send it when they are done")))
    }

    /// Notes the job and puts the file in line.
    fn take(&self, triage: &Triage, intake: Intake, name: Option<&str>) -> Result<Job> {
        self.room()?;
        let job = triage.announce(&intake, name, now())?;
        self.open().waiting.push_back((job.clone(), intake.items));
        self.rung.notify_one();
        Ok(job)
    }

    /// The next file, once there is one; none when closed.
    fn next(&self) -> Option<(Job, Vec<Item>, Arc<AtomicBool>)> {
        let mut queue = self.open();
        queue.running = None;
        loop {
            if queue.closed {
                return None;
            }
            if let Some((job, items)) = queue.waiting.pop_front() {
                let end = Arc::new(AtomicBool::new(false));
                queue.running = Some((job.id.clone(), Arc::clone(&end)));
                return Some((job, items, end));
            }
            queue = self.rung.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn open(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps file after file until closed; what still waits then is marked.
fn work(desk: &Arc<Desk>) {
    let Some(triage) = desk.loaded() else { return };
    while let Some((job, items, end)) = desk.imports.next() {
        let go_on = |_: Progress| {
            if desk.ready().is_err() {
                ControlFlow::Break(State::Interrupted)
            } else if end.load(Ordering::Relaxed) {
                ControlFlow::Break(State::Cancelled)
            } else {
                ControlFlow::Continue(())
            }
        };
        let pace = Pace { at_once: AT_ONCE, clock: &now, go_on: &go_on };
        let done = std::panic::catch_unwind(AssertUnwindSafe(|| triage.import(&job, items, &pace)));
        let done = done.unwrap_or_else(|_| Err(Error::internal("导入时崩溃", "the import panicked")));
        match done {
            Ok(ended) => {
                let (id, kept, standing) = (ended.id, ended.outcome.kept, ended.outcome.standing);
                tracing::info!("导入 {id} 结束（{:?}）：保存 {kept} 件，已有 {standing} 件", ended.state);
            }
            Err(error) => {
                tracing::error!("导入 {} 没有完成：{}", job.id, error.chain());
                mark_failed(desk, triage, &job.id);
            }
        }
    }
    if let Err(error) = give_up_imports(triage.store(), now()) {
        tracing::warn!("排队的导入没有标明中断：{}", error.chain());
    }
}

/// A full disk that failed the import may take nothing yet: tries until it does, else the job would seem to run on.
fn mark_failed(desk: &Desk, triage: &Triage, id: &str) {
    while triage.import_failed(id, now()).is_err() && desk.ready().is_ok() {
        std::thread::sleep(Duration::from_secs(1));
    }
}
