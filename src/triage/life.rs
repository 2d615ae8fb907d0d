//! The life of a case: what people do with it after it was kept. Says what is allowed, counts the deadlines, masks what
//! people wrote.

use chrono::{DateTime, FixedOffset, TimeDelta, Utc};

use crate::case::{Outcome, ReturnReason, Satisfaction, Status, SupervisionKind};
use crate::deadline::{Marks, Profile};
use crate::error::{Error, Flaw, Kind, Result, Saying};
use crate::store::{Case, Feedback, Lives, Step, Supervision, Turn};
use crate::triage::Triage;

/// How far a sender's clock may be ahead of ours.
const AHEAD: TimeDelta = TimeDelta::minutes(5);

/// A change of status as asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    pub status: Status,
    /// To whom it is dispatched.
    pub unit: Option<String>,
    pub reason: Option<ReturnReason>,
    pub note: Option<String>,
    /// The deadline asked for (延期、重办).
    pub due_at: Option<DateTime<FixedOffset>>,
    pub satisfied: Option<Satisfaction>,
    /// Whether the citizen says it is resolved (回访).
    pub resolved: Option<bool>,
    pub actor: Option<String>,
    /// When it happened; `None` is now.
    pub at: Option<DateTime<FixedOffset>>,
}

/// What someone thinks of a case's suggestion.
#[derive(Debug, Clone)]
pub struct Opinion {
    pub outcome: Outcome,
    pub reason_code: Option<ReturnReason>,
    pub final_unit: Option<String>,
    pub final_category: Option<String>,
    /// Adjudicated (审定).
    pub settled: bool,
    pub note: Option<String>,
    pub actor: Option<String>,
}

/// A supervision as ordered.
#[derive(Debug, Clone)]
pub struct Order {
    pub kind: SupervisionKind,
    pub issuer: String,
    pub due_at: DateTime<FixedOffset>,
    pub note: Option<String>,
    pub actor: Option<String>,
}

impl Triage {
    /// Changes the status of a case. Fails with `Conflict`, naming what is allowed now, where the case stands otherwise.
    pub fn step(&self, id: &str, asked: Asked, now: DateTime<FixedOffset>) -> Result<Case> {
        self.step_in(&self.store, id, asked, now)
    }

    pub(super) fn step_in(
        &self,
        lives: &impl Lives,
        id: &str,
        asked: Asked,
        now: DateTime<FixedOffset>,
    ) -> Result<Case> {
        self.fits(&asked, now)?;
        let asked = Asked { note: self.masked(asked.note), actor: self.masked(asked.actor), ..asked };
        lives.step(id, |case| self.turn(case, asked, now))
    }

    /// Keeps what someone thinks of a case's suggestion; moves no status.
    pub fn feed_back(&self, id: &str, opinion: Opinion, now: DateTime<FixedOffset>) -> Result<Feedback> {
        self.feed_back_in(&self.store, id, opinion, now)
    }

    pub(super) fn feed_back_in(
        &self,
        lives: &impl Lives,
        id: &str,
        opinion: Opinion,
        now: DateTime<FixedOffset>,
    ) -> Result<Feedback> {
        self.sensible(&opinion)?;
        let opinion = Opinion { note: self.masked(opinion.note), actor: self.masked(opinion.actor), ..opinion };
        lives.feed_back(id, |case| judged(case, opinion, now))
    }

    /// Puts a case under supervision (督办).
    pub fn supervise(&self, id: &str, order: Order, now: DateTime<FixedOffset>) -> Result<Supervision> {
        self.supervise_in(&self.store, id, order, now)
    }

    pub(super) fn supervise_in(
        &self,
        lives: &impl Lives,
        id: &str,
        order: Order,
        now: DateTime<FixedOffset>,
    ) -> Result<Supervision> {
        let mut flaws = Flaws::default();
        if order.due_at <= now {
            flaws.add("/due_at", "须晚于此刻", "must be later than now");
        }
        if order.issuer.trim().is_empty() {
            flaws.add("/issuer", "不能为空", "must not be blank");
        }
        flaws.finish()?;
        let (issuer, note, actor) =
            (self.reader.mask(&order.issuer), self.masked(order.note), self.masked(order.actor));
        lives.supervise(id, actor.as_deref(), |case| {
            if case.status.is_over() {
                return Err(over(case));
            }
            Ok(Supervision {
                id: String::new(),
                kind: order.kind,
                issuer,
                issued_at: now.to_utc(),
                due_at: order.due_at.to_utc(),
                note,
                lifted_at: None,
            })
        })
    }

    /// Ends a supervision (销号).
    pub fn lift(
        &self,
        id: &str,
        supervision: &str,
        actor: Option<String>,
        now: DateTime<FixedOffset>,
    ) -> Result<Supervision> {
        self.store.lift(id, supervision, self.masked(actor).as_deref(), now.to_utc())
    }

    /// Masked; blank is nothing.
    pub(super) fn masked(&self, text: Option<String>) -> Option<String> {
        text.filter(|text| !text.trim().is_empty()).map(|text| self.reader.mask(&text))
    }

    /// Whether all that the new status needs is there, and nothing that means nothing with it.
    fn fits(&self, asked: &Asked, now: DateTime<FixedOffset>) -> Result<()> {
        use Status::*;
        let mut flaws = Flaws::default();
        let status = asked.status;
        match &asked.unit {
            Some(_) if status != Dispatched => flaws.add("/unit", "只用于派单 dispatched", "only with dispatched"),
            Some(unit) if self.taxonomy.department(unit).is_none() => flaws.no_unit("/unit"),
            _ => {}
        }
        match (&asked.satisfied, status) {
            (None, FollowedUp) => flaws.add("/satisfied", "回访须给出评价", "a follow-up needs it"),
            (Some(_), status) if status != FollowedUp => {
                flaws.add("/satisfied", "只用于回访 followed_up", "only with followed_up");
            }
            _ => {}
        }
        if asked.resolved.is_some() && status != FollowedUp {
            flaws.add("/resolved", "只用于回访 followed_up", "only with followed_up");
        }
        match (&asked.due_at, status) {
            (None, Extended) => flaws.add("/due_at", "延期须给出新期限", "an extension needs the new deadline"),
            (Some(_), Extended | Reopened) | (None, _) => {}
            (Some(_), _) => {
                flaws.add("/due_at", "只用于延期 extended 或重办 reopened", "only with extended or reopened");
            }
        }
        reasoned(asked, &mut flaws);
        if asked.at.is_some_and(|at| at > now + AHEAD) {
            flaws.add("/at", "不能晚于此刻", "must not be later than now");
        }
        flaws.finish()
    }

    /// The step that the case takes from where it stands.
    fn turn(&self, case: &Case, asked: Asked, now: DateTime<FixedOffset>) -> Result<Turn> {
        let next = case.next.as_deref().unwrap_or_default();
        if !next.contains(&asked.status) {
            return Err(forbidden(case, asked.status, next));
        }
        let last = case.steps.iter().flatten().last().map_or(case.received_at, |last| last.at);
        let at = match asked.at.map(|at| at.to_utc()) {
            Some(at) if at < last => return Err(wrong("/at", "早于上一步", "is before the step before it")),
            Some(at) => at,
            None => now.to_utc().max(last),
        };
        let unit = addressee(case, &asked)?;
        let due_at = self.new_deadline(case, &asked, at)?;
        let profile = self.profile_of(case);
        let stands = match asked.status {
            Status::Dispatched => Some(self.deadlines.after(at.fixed_offset(), profile.sign).to_utc()),
            status if status.owes_answer() || status == Status::Extended => due_at.or(case.due_at),
            _ => None,
        };
        let Asked { status, reason, satisfied, resolved, note, actor, .. } = asked;
        let step = Step { at, status, unit, reason, satisfied, resolved, note, due_at: stands, actor };
        Ok(Turn { step, due_at, kept_at: now.to_utc() })
    }

    /// The deadline from now on, where the step changes it.
    fn new_deadline(&self, case: &Case, asked: &Asked, at: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        let reply = self.profile_of(case).reply;
        match asked.status {
            Status::Extended => self.extended(case, asked, at).map(Some),
            Status::Reopened => {
                let due = asked.due_at.unwrap_or_else(|| self.deadlines.after(at.fixed_offset(), reply)).to_utc();
                if due <= at {
                    return Err(wrong("/due_at", "须晚于重办时间", "must be later than the reopening"));
                }
                Ok(Some(due))
            }
            Status::Handling if case.status == Status::Suspended => {
                let stopped = case.steps.iter().flatten().rev().find(|step| step.status == Status::Suspended);
                let moved = stopped.zip(case.due_at).map(|(stopped, due)| {
                    let (due, stopped) = (due.fixed_offset(), stopped.at.fixed_offset());
                    self.deadlines.moved(due, stopped, at.fixed_offset(), reply).to_utc()
                });
                Ok(moved)
            }
            _ => Ok(None),
        }
    }

    /// The deadline asked for, where it may be granted: in time, not too often, not too far.
    fn extended(&self, case: &Case, asked: &Asked, at: DateTime<Utc>) -> Result<DateTime<Utc>> {
        let counted = self.deadlines.after(case.received_at.fixed_offset(), self.profile_of(case).reply).to_utc();
        let standing = case.due_at.unwrap_or(counted);
        if standing < at {
            return Err(Error::new(
                Kind::Conflict,
                "已超过期限，不能再延期",
                "the deadline is past: too late to extend",
            ));
        }
        let since = case.steps.iter().flatten().rev().take_while(|step| step.status != Status::Reopened);
        let times = self.deadlines.extension.times;
        if since.filter(|step| step.status == Status::Extended).count() >= times as usize {
            let zh = format!("已延期 {times} 次，不能再延");
            return Err(Error::new(Kind::Conflict, zh, format!("it was extended {times} time(s) already")));
        }
        let furthest = self.deadlines.after(standing.fixed_offset(), self.deadlines.extension.longest);
        let due = asked.due_at.map_or(standing, |due| due.to_utc());
        if due <= standing || due > furthest.to_utc() {
            let standing = standing.with_timezone(furthest.offset()).to_rfc3339();
            let furthest = furthest.to_rfc3339();
            let zh = format!("须晚于现期限 {standing}，且不晚于 {furthest}");
            let en = format!("must be later than the deadline {standing} and not later than {furthest}");
            return Err(wrong("/due_at", zh, en));
        }
        Ok(due)
    }

    fn profile_of(&self, case: &Case) -> &Profile {
        let category = case.category.as_ref().map(|category| category.code.as_str());
        self.deadlines.profile(Marks {
            urgency: &case.urgency.code,
            petition: case.petition.as_ref().map(|petition| petition.code.as_str()),
            category: case.final_category.as_deref().or(category),
        })
    }

    /// Whether the codes are known and the outcome has what it needs.
    fn sensible(&self, opinion: &Opinion) -> Result<()> {
        let mut flaws = Flaws::default();
        let (unit, category) = (&opinion.final_unit, &opinion.final_category);
        if unit.as_ref().is_some_and(|unit| self.taxonomy.department(unit).is_none()) {
            flaws.no_unit("/final_unit");
        }
        if category.as_ref().is_some_and(|code| self.taxonomy.category(code).is_none()) {
            flaws.add("/final_category", "目录里没有这个二级分类代码", "no level-2 category has this code");
        }
        let returned = matches!(opinion.outcome, Outcome::Returned | Outcome::Reassigned);
        if returned && opinion.reason_code.is_none() {
            flaws.add("/reason_code", "退单、改派须给出原因代码", "a return or reassignment needs a reason");
        }
        match opinion.outcome {
            Outcome::Reassigned if unit.is_none() => {
                flaws.add("/final_unit", "改派须给出单位", "a reassignment needs the unit");
            }
            Outcome::Edited if unit.is_none() && category.is_none() => {
                flaws.add(
                    "/final_unit",
                    "修改须给出 final_unit 或 final_category",
                    "give final_unit or final_category",
                );
            }
            Outcome::Returned if opinion.settled && unit.is_none() && category.is_none() => {
                flaws.add("/settled", "审定须给出 final_unit 或 final_category", "give final_unit or final_category");
            }
            _ => {}
        }
        flaws.finish()
    }
}

/// Whether the reason fits the new status; some need one.
fn reasoned(asked: &Asked, flaws: &mut Flaws) {
    use Status::*;
    let silent = asked.note.as_ref().is_none_or(|note| note.trim().is_empty());
    match (asked.reason, asked.status) {
        (None, ReturnRequested | Returned) => flaws.add("/reason", "退单须给出原因代码", "a return needs a reason"),
        (Some(_), FollowedUp) => flaws.add("/reason", "不用于回访", "not with followed_up"),
        (None, Declined | Suspended | Extended) if silent => {
            flaws.add("/reason", "须给出 reason 或 note", "give `reason` or `note`");
        }
        _ => {}
    }
}

/// The feedback with what it leaves unsaid: who accepts or edits a suggestion agrees with the rest of it.
fn judged(case: &Case, opinion: Opinion, now: DateTime<FixedOffset>) -> Result<Feedback> {
    let Opinion { outcome, reason_code, mut final_unit, mut final_category, settled, note, actor } = opinion;
    let advised_unit = case.unit.as_ref().map(|unit| unit.code.clone());
    let advised_category = case.category.as_ref().map(|category| category.code.clone());
    if outcome == Outcome::Accepted {
        let mut flaws = Flaws::default();
        let (zh, en) = ("与建议不同：请用 edited", "differs from what was advised: use `edited`");
        if final_unit.is_some() && final_unit != advised_unit {
            flaws.add("/final_unit", zh, en);
        }
        if final_category.is_some() && final_category != advised_category {
            flaws.add("/final_category", zh, en);
        }
        flaws.finish()?;
    }
    if matches!(outcome, Outcome::Accepted | Outcome::Edited) {
        final_unit = final_unit.or(advised_unit);
        final_category = final_category.or(advised_category);
    }
    Ok(Feedback { at: now.to_utc(), outcome, reason_code, final_unit, final_category, settled, note, actor })
}

/// To whom it goes. The first dispatch goes where it was advised to, unless said otherwise.
fn addressee(case: &Case, asked: &Asked) -> Result<Option<String>> {
    if asked.status != Status::Dispatched {
        return Ok(None);
    }
    let advised = case.unit.as_ref().map(|unit| unit.code.clone()).filter(|_| case.status == Status::Accepted);
    let Some(unit) = asked.unit.clone().or(advised) else {
        return Err(wrong("/unit", "须给出派往的单位", "name the unit it goes to"));
    };
    let moves = matches!(case.status, Status::Dispatched | Status::Signed | Status::Handling);
    if moves && case.handler.as_ref() == Some(&unit) {
        return Err(wrong("/unit", "已在该单位：改派须换一个单位", "it is with that unit already: name another"));
    }
    Ok(Some(unit))
}

/// What is not allowed now, and what is.
fn forbidden(case: &Case, asked: Status, next: &[Status]) -> Error {
    if next.is_empty() {
        return over(case);
    }
    let shown: Vec<_> = next.iter().map(|status| format!("{} {}", status.name(), status.code())).collect();
    let codes: Vec<_> = next.iter().map(|status| status.code()).collect();
    let (now, asked) = (case.status, asked);
    let zh = format!("案件现为{}，不能转为{}；现在可转为：{}", now.name(), asked.name(), shown.join("、"));
    let en =
        format!("the case is {}, it cannot become {}; allowed now: {}", now.code(), asked.code(), codes.join(", "));
    let list = (format!("只能是 {} 之一", codes.join(" ")), format!("must be one of {}", codes.join(" ")));
    Error::new(Kind::Conflict, zh, en).at("/status", list.0, list.1)
}

fn over(case: &Case) -> Error {
    let (zh, en) = (case.status.name(), case.status.code());
    let en = format!("the case is {en}: nothing more may be done");
    Error::new(Kind::Conflict, format!("案件已{zh}，不能再变更"), en)
}

fn wrong(pointer: &str, zh: impl Into<String>, en: impl Into<String>) -> Error {
    let mut flaws = Flaws::default();
    flaws.add(pointer, zh, en);
    flaws.error()
}

/// Every place of a request that is wrong.
#[derive(Default)]
struct Flaws(Vec<Flaw>);

impl Flaws {
    fn add(&mut self, pointer: &str, zh: impl Into<String>, en: impl Into<String>) {
        self.0.push(Flaw { pointer: pointer.to_owned(), saying: Saying::new(zh, en) });
    }

    fn no_unit(&mut self, pointer: &str) {
        self.add(pointer, "目录里没有这个单位代码", "no unit of the catalogue has this code");
    }

    fn finish(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(self.error()) }
    }

    fn error(self) -> Error {
        let count = self.0.len();
        let zh = format!("请求有 {count} 处不符合要求，见 errors");
        let mut error = Error::invalid(zh, format!("the request is wrong in {count} place(s), see errors"));
        error.flaws = self.0;
        error
    }
}
