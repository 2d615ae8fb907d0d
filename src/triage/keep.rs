//! Keeping: a complaint with its suggestion becomes a case. What citizens wrote is masked before it gets there.
//!
//! Thinking goes on side by side. Finding duplicates and inserting must be one: who comes holds the order, and takes
//! all that are waiting with them into one transaction, so that many senders share one flush of the disk.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, FixedOffset};

use crate::case::{Complaint, Duplicate, Reason, Relation, StatedLocation, Suggestion, Trace, Verdict};
use crate::error::{Error, Kind, Result};
use crate::issues::Index;
use crate::store::{Answered, Case, Change, Kept, NewCase, Store, Telling};
use crate::triage::duplicates::{SHOWN, likeliest_first, summary};
use crate::triage::regroup::Claims;
use crate::triage::{Advice, Triage, Wanted, in_groups};

/// What a sender who may send again says of a request (Idempotency-Key): its key and the digest of its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once {
    pub key: String,
    pub body: Vec<u8>,
}

/// Cases thought about and not yet kept.
struct Ready {
    cases: Vec<Thought>,
    once: Option<Once>,
    now: DateTime<FixedOffset>,
}

/// One complaint of a request.
enum Thought {
    /// Its reference has a case already.
    Standing(Box<Case>),
    Fresh(Box<(NewCase, Trace)>),
}

/// One sender in the queue.
pub(super) struct Waiting {
    ready: Ready,
    done: Mutex<Option<Result<Vec<Kept>>>>,
}

/// Cases of one transaction, not yet in the index.
struct Young {
    index: Index,
    traces: Vec<Trace>,
}

/// The least probability noted of a pair.
const FAINT: f32 = 0.1;

impl Triage {
    /// One case for each complaint, in order; all of them are kept or, on an error, none. A reference that stands
    /// already costs no thinking: a sender may send everything again after a crash.
    pub fn keep(&self, complaints: &[Complaint], wanted: Wanted, now: DateTime<FixedOffset>) -> Result<Vec<Kept>> {
        self.keep_once(complaints.iter().map(|complaint| (complaint.clone(), wanted)).collect(), now, None)
    }

    /// The same for a request that may be sent again: with the same key and body it is answered as it was, with the
    /// same key and another body nothing is kept, and while it is under way it is refused.
    pub fn keep_once(
        &self,
        asked: Vec<(Complaint, Wanted)>,
        now: DateTime<FixedOffset>,
        once: Option<Once>,
    ) -> Result<Vec<Kept>> {
        let _under_way = once.as_ref().map(|once| self.claim(&once.key)).transpose()?;
        // Asked of a reader: a new request does not wait for those being kept.
        if let Some(once) = &once
            && self.store.knows_request(&once.key)?
            && let Some(answer) = self.store.change(|change| answered(change, once))?
        {
            return Ok(answer);
        }
        let mut cases = Vec::with_capacity(asked.len());
        let mut fresh = Vec::new();
        for (complaint, wanted) in asked {
            let complaint = self.made_ready(complaint, now);
            let standing = complaint.reference.as_ref().map(|reference| self.store.find_reference(reference));
            cases.push(standing.transpose()?.flatten().map(|case| Thought::Standing(Box::new(case))));
            if cases.last().is_some_and(Option::is_none) {
                fresh.push((complaint, wanted));
            }
        }
        let mut thought = self.think(fresh, now).into_iter();
        let cases: Vec<Thought> = cases.into_iter().filter_map(|case| case.or_else(|| thought.next())).collect();
        let nothing_new = cases.iter().all(|case| matches!(case, Thought::Standing(_)));
        if nothing_new && once.is_none() {
            let standing = cases.into_iter().filter_map(|case| match case {
                Thought::Standing(case) => Some(Kept::Standing(*case)),
                Thought::Fresh(_) => None,
            });
            return Ok(standing.collect());
        }
        self.queue_up(Ready { cases, once, now })
    }

    /// Advises all that want the same side by side; in the order given.
    fn think(&self, asked: Vec<(Complaint, Wanted)>, now: DateTime<FixedOffset>) -> Vec<Thought> {
        let thought = in_groups(asked, |complaints, wanted| {
            let advised = complaints.iter().zip(self.advise(complaints, wanted));
            let fresh = advised.map(|(complaint, mut advice)| {
                self.ask_shadow(advice.asked.take());
                Thought::Fresh(Box::new(new_case(complaint, advice, now)))
            });
            fresh.collect()
        });
        thought.into_iter().flatten().collect()
    }

    /// Whether a case stands under this reference.
    pub(super) fn stands(&self, reference: &str) -> bool {
        self.store.find_reference(reference.trim()).is_ok_and(|case| case.is_some())
    }

    /// Where cases are kept.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Waits for the turn; whoever has it keeps for all who wait.
    fn queue_up(&self, ready: Ready) -> Result<Vec<Kept>> {
        let mine = Arc::new(Waiting { ready, done: Mutex::new(None) });
        let lost = || Error::internal("没有得到案件", "no case came");
        lock(&self.waiting).push(Arc::clone(&mine));
        let _order = lock(&self.order);
        if let Some(done) = lock(&mine.done).take() {
            return done;
        }
        let all = std::mem::take(&mut *lock(&self.waiting));
        // Who has the turn keeps for others as well: a panic over one case must not lose theirs.
        let settle = |some: &[Arc<Waiting>]| {
            let broken = |_| Err(Error::internal("保存时崩溃", "keeping it panicked"));
            catch_unwind(AssertUnwindSafe(|| self.settle(some))).unwrap_or_else(broken)
        };
        match settle(&all) {
            Ok(kept) => all.iter().zip(kept).for_each(|(waiting, kept)| *lock(&waiting.done) = Some(Ok(kept))),
            // One of them failed all: each alone, so that it fails only itself.
            Err(error) if all.len() == 1 => *lock(&mine.done) = Some(Err(error)),
            Err(_) => {
                for waiting in &all {
                    let alone = settle(std::slice::from_ref(waiting));
                    *lock(&waiting.done) = Some(alone.and_then(|mut kept| kept.pop().ok_or_else(lost)));
                }
            }
        }
        lock(&mine.done).take().unwrap_or_else(|| Err(lost()))
    }

    /// One transaction for all of them; the index learns of them when it stands.
    fn settle(&self, all: &[Arc<Waiting>]) -> Result<Vec<Vec<Kept>>> {
        let mut young = Young { index: Index::new(), traces: Vec::new() };
        let kept = self.store.change(|change| {
            all.iter().map(|waiting| self.keep_one(change, &waiting.ready, &mut young)).collect::<Result<Vec<_>>>()
        })?;
        if let Some(scorer) = &self.scorer {
            let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
            young.traces.iter().for_each(|trace| index.insert(trace, &scorer.rarity));
            index.hold(self.issue_options.index_cases);
        }
        Ok(kept)
    }

    fn keep_one(&self, change: &Change, ready: &Ready, young: &mut Young) -> Result<Vec<Kept>> {
        if let Some(once) = &ready.once
            && let Some(standing) = answered(change, once)?
        {
            return Ok(standing);
        }
        let mut kept = Vec::with_capacity(ready.cases.len());
        for thought in &ready.cases {
            kept.push(match thought {
                Thought::Standing(case) => Kept::Standing(Case::clone(case)),
                Thought::Fresh(fresh) => self.keep_fresh(change, fresh, young, ready.now)?,
            });
        }
        if let Some(once) = &ready.once {
            let cases = kept.iter().map(|kept| match kept {
                Kept::New(case) => (case.id.clone(), true),
                Kept::Standing(case) => (case.id.clone(), false),
            });
            let answered = Answered { body: once.body.clone(), cases: cases.collect() };
            change.remember_request(&once.key, &answered, ready.now.timestamp_millis())?;
        }
        Ok(kept)
    }

    fn keep_fresh(
        &self,
        change: &Change,
        fresh: &(NewCase, Trace),
        young: &mut Young,
        now: DateTime<FixedOffset>,
    ) -> Result<Kept> {
        let case = match change.keep(&fresh.0)? {
            Kept::New(case) => case,
            standing => return Ok(standing),
        };
        let trace = Trace { arrival: case.arrival(), ..fresh.1.clone() };
        self.join(change, trace, young, now)?;
        let lost = || Error::internal("没有得到案件", "no case came");
        change.find(&case.id)?.map(Kept::New).ok_or_else(lost)
    }

    /// Finds who tells the same as a case just kept, and puts it into its group.
    fn join(&self, change: &Change, trace: Trace, young: &mut Young, now: DateTime<FixedOffset>) -> Result<()> {
        let Some(scorer) = &self.scorer else { return Ok(()) };
        let mut candidates = {
            let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
            self.near(&index, &trace, self.issue_options.days())
        };
        candidates.extend(self.near(&young.index, &trace, self.issue_options.days()));
        let mut found: Vec<(i64, Verdict)> = change
            .traces(&candidates, &self.compares_by())?
            .iter()
            .map(|other| (other.arrival, self.issue_options.verdict(&trace, other, scorer)))
            .collect();
        likeliest_first(&mut found);
        let copied = found.iter().filter(|(_, verdict)| verdict.evidence.is_copy()).map(|(other, _)| *other).min();
        change.leave_trace(&self.compares_by(), &trace, copied)?;
        let mut grouped = false;
        for (other, verdict) in found.iter().filter(|(_, verdict)| verdict.probability >= FAINT) {
            let near = self.issue_options.within(verdict);
            change.judge(trace.arrival, *other, verdict, near)?;
            grouped |= near && verdict.probability >= self.issue_options.group_from;
        }
        if grouped {
            let moves = self.regroup(change, &[trace.arrival], &Claims::new(), now)?;
            self.note_moves(change, moves, &[], now)?;
        }
        self.answer_duplicates(change, trace.arrival, &found)?;
        young.index.insert(&trace, &scorer.rarity);
        young.traces.push(trace);
        Ok(())
    }

    /// Writes into the answer which cases may tell the same: their ids and why, not their texts.
    fn answer_duplicates(&self, change: &Change, arrival: i64, found: &[(i64, Verdict)]) -> Result<()> {
        let issue = change.issues_of(&[arrival])?.remove(&arrival);
        let related = found.iter().filter(|(_, verdict)| verdict.relation != Relation::Different);
        let related: Vec<(i64, Verdict)> = related.take(SHOWN).copied().collect();
        let others: Vec<i64> = related.iter().map(|(other, _)| *other).collect();
        let tellings = change.tellings(&others)?;
        let telling = |other: i64| tellings.iter().find(|telling| telling.arrival == other);
        let duplicates: Vec<Duplicate> =
            related.iter().filter_map(|(other, verdict)| Some(untold(telling(*other)?, *verdict))).collect();
        match duplicates.is_empty() && issue.is_none() {
            true => Ok(()),
            false => change.complete_answer(arrival, &duplicates, issue.as_deref()),
        }
    }

    /// Masks what stands beside title and text, and seals who called. A reference is what stands between blanks, as in
    /// a file; a blank one is none: two complaints without a number are not one. What came in without a time came in
    /// now: its deadline counts from then.
    fn made_ready(&self, complaint: Complaint, now: DateTime<FixedOffset>) -> Complaint {
        let masked = |text: &Option<String>| text.as_ref().map(|text| self.reader.mask(text));
        let location = complaint.location.map(|stated| StatedLocation { text: masked(&stated.text), ..stated });
        Complaint {
            reference: complaint
                .reference
                .as_deref()
                .map(str::trim)
                .filter(|trimmed| !trimmed.is_empty())
                .map(str::to_owned),
            channel: masked(&complaint.channel),
            received_at: complaint.received_at.or(Some(now)),
            subject_type: masked(&complaint.subject_type),
            reporter_key: complaint.reporter_key.map(|reporter| self.sealer.sealed(&reporter)),
            location,
            flags: complaint.flags.iter().map(|flag| self.reader.mask(flag)).collect(),
            ..complaint
        }
    }

    /// Refuses a key under which a request is being worked on.
    fn claim(&self, key: &str) -> Result<Claim<'_>> {
        match lock(&self.claimed).insert(key.to_owned()) {
            true => Ok(Claim { triage: self, key: key.to_owned() }),
            false => Err(Error::new(
                Kind::Conflict,
                "同一 Idempotency-Key 的请求正在处理：请稍候用原请求再问",
                "a request with this Idempotency-Key is under way: send the same again in a moment",
            )),
        }
    }
}

/// A key while its request is worked on.
struct Claim<'t> {
    triage: &'t Triage,
    key: String,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        lock(&self.triage.claimed).remove(&self.key);
    }
}

/// What a request was answered before; refuses another body under its key.
fn answered(change: &Change, once: &Once) -> Result<Option<Vec<Kept>>> {
    let Some(Answered { body, cases }) = change.request(&once.key)? else { return Ok(None) };
    if body != once.body {
        return Err(Error::invalid(
            "同一 Idempotency-Key 曾用于另一份内容：新的请求请换一个新的键",
            "this Idempotency-Key was used for another body: give a new request a new key",
        ));
    }
    let lost = || Error::internal("答复过的案件不在了", "a case answered before is gone");
    let again = cases.iter().map(|(id, new)| {
        let case = change.find(id)?.ok_or_else(lost)?;
        Ok(if *new { Kept::New(case) } else { Kept::Standing(case) })
    });
    again.collect::<Result<_>>().map(Some)
}

/// What is kept of a duplicate in a case's answer: which case it is and why, none of its words.
fn untold(telling: &Telling, verdict: Verdict) -> Duplicate {
    Duplicate {
        case: telling.case.clone(),
        reference: telling.reference.clone(),
        title: None,
        text: None,
        received_at: telling.received_at,
        issue: telling.issue.clone(),
        summary: summary(&verdict),
        verdict,
        only_here: Vec::new(),
        only_there: Vec::new(),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn new_case(complaint: &Complaint, advice: Advice, now: DateTime<FixedOffset>) -> (NewCase, Trace) {
    let case = NewCase {
        reference: complaint.reference.clone(),
        title: advice.told.title,
        text: advice.told.text,
        channel: complaint.channel.clone(),
        received_at: complaint.received_at.unwrap_or(now),
        occurred_at: complaint.occurred_at,
        created_at: now,
        subject_type: complaint.subject_type.clone(),
        reporter_key: complaint.reporter_key.clone(),
        location: complaint.location.clone(),
        suggestion: kept_of(advice.suggestion),
    };
    (case, advice.trace)
}

/// What is kept of an answer: of examples like it only which they are, for their words are other citizens'.
fn kept_of(mut answer: Suggestion) -> Suggestion {
    for reason in answer.assignment.iter_mut().flat_map(|assigned| &mut assigned.reasons) {
        if let Reason::Similar { text, .. } = reason {
            *text = None;
        }
    }
    answer
}
