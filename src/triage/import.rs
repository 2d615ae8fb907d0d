//! Importing: the complaints of a file become cases, some at a time, and a job tells how far it got.

use std::ops::ControlFlow;

use chrono::{DateTime, FixedOffset, TimeDelta};

use crate::case::Complaint;
use crate::dataset::{Fault, Intake, Item};
use crate::error::{Result, Saying};
use crate::store::{Job, Kept, NAMED, Outcome, Problem, Progress, State, Store, Told};
use crate::text::Reader;
use crate::triage::{Triage, Wanted};

/// Nobody reads the reasons of thousands at once.
const BULK: Wanted = Wanted { top_k: 3, explain: false };
/// How often the progress is written down.
const NOTED: TimeDelta = TimeDelta::seconds(1);

/// What the face that asked for an import says and does meanwhile.
pub struct Pace<'a> {
    /// How many are thought about and kept at once: between them others get their turn, and it can end.
    pub at_once: usize,
    pub clock: &'a dyn Fn() -> DateTime<FixedOffset>,
    /// Is told how far it is before each step, and may end it as [`State::Cancelled`] or [`State::Interrupted`].
    pub go_on: &'a dyn Fn(Progress) -> ControlFlow<State>,
}

impl Triage {
    /// Notes an import that is to come: a waiting job with the lines that will not be kept.
    pub fn announce(&self, file: &Intake, name: Option<&str>, now: DateTime<FixedOffset>) -> Result<Job> {
        let masked = |text: &str| self.reader.mask(text);
        let named: Vec<Fault> = file.faults.iter().take(NAMED).cloned().collect();
        let outcome = Outcome {
            file: name.map(masked),
            mapping: masked(&file.columns.to_string()),
            problems_total: file.faults.len(),
            problems: masked_faults(named, &self.reader).into_iter().map(problem).collect(),
            ..Outcome::default()
        };
        self.store.add_job("import", file.items.len(), &outcome, now)
    }

    /// Keeps the complaints of an announced file, first to last; what stands already is passed over, so that the same
    /// file can be imported again after it was cut short. Returns the job as it ended.
    pub fn import(&self, job: &Job, items: Vec<Item>, pace: &Pace) -> Result<Job> {
        let mut progress = Progress { total: items.len(), ..Progress::default() };
        let ended = self.keep_all(&job.id, items, pace, &mut progress);
        let (state, why) = match &ended {
            Ok(State::Interrupted) => (State::Interrupted, Some(Told::from(cut_short()))),
            Ok(state) => (*state, None),
            Err(_) => (State::Failed, Some(Told::from(failed()))),
        };
        let told = self.store.end_job(&job.id, state, progress, why.as_ref(), (pace.clock)());
        ended.and(told)
    }

    /// Notes that an import failed, where [`Triage::import`] could not; fails as long as the store cannot take it.
    pub fn import_failed(&self, id: &str, now: DateTime<FixedOffset>) -> Result<()> {
        let Some(job) = self.store.job(id)? else { return Ok(()) };
        let Outcome { kept, standing, .. } = job.outcome;
        let progress = Progress { done: job.done, total: job.total, kept, standing };
        self.store.end_job(id, State::Failed, progress, Some(&failed().into()), now).map(drop)
    }

    fn keep_all(&self, job: &str, items: Vec<Item>, pace: &Pace, progress: &mut Progress) -> Result<State> {
        self.store.advance_job(job, *progress)?;
        let mut noted = (pace.clock)();
        let mut items = items.into_iter().map(|item| Complaint { reporter_key: item.reporter, ..item.complaint });
        loop {
            if let ControlFlow::Break(state) = (pace.go_on)(*progress) {
                return Ok(state);
            }
            let some: Vec<Complaint> = items.by_ref().take(pace.at_once.max(1)).collect();
            if some.is_empty() {
                return Ok(State::Done);
            }
            let now = (pace.clock)();
            let kept = self.keep(&some, BULK, now)?;
            let new = kept.iter().filter(|kept| matches!(kept, Kept::New(_))).count();
            progress.done += some.len();
            progress.kept += new;
            progress.standing += kept.len() - new;
            if now - noted >= NOTED {
                self.store.advance_job(job, *progress)?;
                noted = now;
            }
        }
    }
}

/// Marks imports that an earlier process left undone; what they held in memory is gone.
pub fn give_up_imports(store: &Store, now: DateTime<FixedOffset>) -> Result<usize> {
    store.interrupt_jobs(&cut_short().into(), now)
}

/// The faults of a file with their references masked: all that may be shown of them.
pub fn masked_faults(mut faults: Vec<Fault>, reader: &Reader) -> Vec<Fault> {
    for fault in &mut faults {
        fault.reference = fault.reference.take().map(|reference| reader.mask(&reference));
    }
    faults
}

fn problem(fault: Fault) -> Problem {
    let Fault { line, reference, pointer, saying } = fault;
    Problem { line, reference, pointer: pointer.to_owned(), saying: saying.into() }
}

fn cut_short() -> Saying {
    Saying::new(
        "没有做完：请重新开始；导入的文件请再发一次，已保存的不会重复",
        "it was cut short: start it again; send an imported file again, what was kept is not kept twice",
    )
}

fn failed() -> Saying {
    Saying::new(
        "中途出错，原因已记入日志：解决后请把文件再发一次，已保存的不会重复",
        "it failed, see the log: then send the file again, what was kept is not kept twice",
    )
}
