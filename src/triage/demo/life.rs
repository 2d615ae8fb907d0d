//! What people do with a case of the demonstration: when it is dispatched, answered, asked about. Pure; drawn by a seed.

use std::ops::Range;

use chrono::{DateTime, Days, FixedOffset, NaiveTime, TimeDelta, Timelike};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::Part;
use crate::case::{Outcome, ReturnReason, Satisfaction, Status, SupervisionKind};
use crate::deadline::{Calendar, Deadlines, Period};
use crate::triage::{Asked, Opinion, Order};

/// The unit that sends back much of what it gets.
const CONTRARY: &str = "CGJ";
/// How often that unit sends back, and how often with success.
const SENT_BACK: (f64, f64) = (0.35, 0.5);
/// How many answers come late where all goes well, and how many more where nothing does; the same of cases left lying
/// and of people dissatisfied.
const LATE: (f64, f64) = (0.05, 0.45);
const LEFT: (f64, f64) = (0.008, 0.1);
const DISSATISFIED: (f64, f64) = (0.08, 0.25);
/// How many say that it is resolved, of the satisfied, the fairly satisfied and the dissatisfied.
const RESOLVED: (f64, f64, f64) = (0.98, 0.85, 0.2);
/// Who orders and ends supervisions.
pub const SUPERVISOR: &str = "督办员";
/// Offices open and close, local time.
const OPENS: u32 = 8 * 3600 + 1800;
const CLOSES: u32 = 17 * 3600 + 1800;

/// What is known of a case when its life begins.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    pub received: DateTime<FixedOffset>,
    /// Nothing is done before.
    pub kept: DateTime<FixedOffset>,
    pub due: DateTime<FixedOffset>,
    /// Codes of the catalogue: where the machine would send it, where it belongs, who else has a hand in it.
    pub advised: Option<&'a str>,
    pub belongs: Option<&'a str>,
    pub beside: Option<&'a str>,
    /// The right category, where the machine found another.
    pub category: Option<&'a str>,
    pub petition: &'a str,
    pub part: Part,
    /// How badly things go, 0 to 1.
    pub strain: f64,
}

/// One thing that someone does.
#[derive(Debug, Clone)]
pub struct Act {
    pub at: DateTime<FixedOffset>,
    pub deed: Deed,
}

#[derive(Debug, Clone)]
pub enum Deed {
    Step(Asked),
    Judge(Opinion),
    Supervise(Order),
    /// Ends the supervision ordered last.
    Lift,
}

/// The whole life of a case, in order; it may reach beyond today.
pub fn life(facts: &Facts, deadlines: &Deadlines, seed: u64) -> Vec<Act> {
    let random = ChaCha8Rng::seed_from_u64(seed);
    let mut course = Course { facts, deadlines, random, at: facts.kept, acts: Vec::new() };
    course.begin();
    let mut acts = course.acts;
    acts.sort_by_key(|act| act.at);
    acts
}

struct Course<'a> {
    facts: &'a Facts<'a>,
    deadlines: &'a Deadlines,
    random: ChaCha8Rng,
    /// When the step before was taken.
    at: DateTime<FixedOffset>,
    acts: Vec<Act>,
}

impl Course<'_> {
    fn begin(&mut self) {
        let facts = self.facts;
        match facts.petition {
            "invalid" => {
                self.wait(0.1..1.0);
                self.step(Asked { reason: Some(ReturnReason::NotAcceptable), ..asked(Status::Declined) });
            }
            "consult" | "praise" if self.chance(0.4) => {
                self.wait(0.1..2.0);
                self.step(asked(Status::Replied));
                self.ask_back(false);
            }
            _ => {
                if self.dispatch() {
                    self.handle();
                }
            }
        }
    }

    /// To the unit that will handle it, over detours; `false` where nobody knows whose it is.
    fn dispatch(&mut self) -> bool {
        let Facts { advised, belongs, beside, .. } = *self.facts;
        let corrected = advised.is_none() || self.chance(0.5);
        let Some(first) = (if corrected { belongs.or(advised) } else { advised }) else { return false };
        if self.is_pressing() {
            self.wait(0.03..0.2)
        } else {
            self.wait(0.2..3.0)
        }
        if Some(first) != advised || self.facts.category.is_some() && self.chance(0.5) {
            self.judge(Outcome::Edited, None, Some(first), true);
        } else if belongs == advised && self.facts.category.is_none() && self.chance(0.4) {
            let settled = self.chance(0.5);
            self.judge(Outcome::Accepted, None, None, settled);
        }
        self.send(first);
        match belongs.filter(|belongs| *belongs != first) {
            Some(belongs) => self.send_back(belongs, true),
            None if first == CONTRARY && self.chance(SENT_BACK.0) => {
                match beside.filter(|beside| *beside != first && SENT_BACK.1 > self.random.random()) {
                    Some(beside) => self.send_back(beside, false),
                    None => {
                        self.ask_to_return(ReturnReason::DutyMismatch);
                        self.office(1.0..8.0);
                        self.send(first);
                    }
                }
            }
            None => {}
        }
        true
    }

    /// The unit sends it back, and another gets it.
    fn send_back(&mut self, other: &str, settled: bool) {
        let reason = if self.chance(0.25) { ReturnReason::AreaMismatch } else { ReturnReason::DutyMismatch };
        self.ask_to_return(reason);
        self.office(1.0..8.0);
        let outcome = if self.chance(0.5) {
            self.step(Asked { reason: Some(reason), ..asked(Status::Returned) });
            self.wait(0.1..1.0);
            Outcome::Returned
        } else {
            Outcome::Reassigned
        };
        self.judge(outcome, Some(reason), Some(other), settled);
        self.send(other);
    }

    fn ask_to_return(&mut self, reason: ReturnReason) {
        self.office(0.5..8.0);
        self.step(Asked { reason: Some(reason), ..asked(Status::ReturnRequested) });
    }

    fn send(&mut self, unit: &str) {
        self.step(Asked { unit: Some(unit.to_owned()), ..asked(Status::Dispatched) });
    }

    /// From signing to the end.
    fn handle(&mut self) {
        let strain = self.facts.strain;
        if self.is_pressing() {
            self.wait(0.03..0.3)
        } else {
            self.office(0.3..6.0)
        }
        self.step(asked(Status::Signed));
        if self.is_pressing() {
            self.wait(0.03..0.2)
        } else {
            self.office(0.1..3.0)
        }
        self.step(asked(Status::Handling));
        let begun = self.at;
        let mut due = self.extended();
        if self.chance(0.015) {
            self.office(4.0..24.0);
            self.step(Asked { reason: Some(ReturnReason::Legacy), ..asked(Status::Suspended) });
            if self.chance(0.4) {
                return;
            }
            self.office(100.0..400.0);
            self.step(asked(Status::Handling));
            due = self.at + TimeDelta::days(3);
        }
        let left = self.chance(LEFT.0 + LEFT.1 * strain);
        let answered = (!left).then(|| self.answer_time(due));
        self.supervision(begun, due, answered);
        if let Some(answered) = answered {
            self.at = answered;
            self.step(asked(Status::Replied));
            self.ask_back(false);
        }
    }

    /// When the answer comes: mostly in time, on a working day.
    fn answer_time(&mut self, due: DateTime<FixedOffset>) -> DateTime<FixedOffset> {
        let left = due - self.at;
        let soonest = self.at + TimeDelta::minutes(20);
        if left < TimeDelta::hours(1) || self.chance(LATE.0 + LATE.1 * self.facts.strain) {
            let given = (due - self.facts.received).max(TimeDelta::hours(2));
            let late = due.max(soonest) + part_of(given, self.random.random_range(0.02..0.6));
            return if self.is_pressing() { late } else { self.opening(late) };
        }
        let wanted = self.at + part_of(left, self.random.random_range(0.1..0.9));
        let wanted = if self.is_pressing() { wanted } else { self.closing(wanted) };
        wanted.max(soonest)
    }

    /// Asks for more time, sometimes; gives the deadline from then on.
    fn extended(&mut self) -> DateTime<FixedOffset> {
        let due = self.facts.due;
        let at = self.closing(due - TimeDelta::days(1));
        let long = due - self.facts.received > TimeDelta::days(5);
        if !long || at <= self.at || self.deadlines.extension.times == 0 || !self.chance(0.06) {
            return due;
        }
        let later = self.deadlines.after(due, self.deadlines.extension.longest);
        self.at = at;
        let note = Some("情况复杂，需现场勘验".to_owned());
        self.step(Asked { due_at: Some(later), note, ..asked(Status::Extended) });
        later
    }

    /// A supervision of what is overdue, or of what many tell.
    fn supervision(
        &mut self,
        begun: DateTime<FixedOffset>,
        due: DateTime<FixedOffset>,
        answered: Option<DateTime<FixedOffset>>,
    ) {
        let overdue = self.opening(due.max(self.at) + TimeDelta::hours(12));
        let special = self.opening(begun + TimeDelta::hours(20)).max(self.at);
        let open = |at| answered.is_none_or(|answered| answered > at);
        let facts = self.facts;
        let (at, kind, issuer) = match facts.part {
            Part::Burst | Part::Growing if open(special) && self.chance(0.15) => {
                (special, SupervisionKind::Special, "市政府督查室")
            }
            _ if open(overdue) && self.chance(0.6) => (overdue, SupervisionKind::Written, "热线督办岗"),
            Part::Event if open(special) && self.chance(0.04) => {
                (special, SupervisionKind::Instruction, "市政府督查室")
            }
            _ => return,
        };
        let order = Order {
            kind,
            issuer: issuer.to_owned(),
            due_at: self.deadlines.after(at, Period::WorkingDays(3)),
            note: None,
            actor: Some(SUPERVISOR.to_owned()),
        };
        self.acts.push(Act { at, deed: Deed::Supervise(order) });
        if let Some(answered) = answered {
            self.acts.push(Act { at: self.opening(answered + TimeDelta::hours(2)), deed: Deed::Lift });
        }
    }

    /// Whether the citizen is content, and closing.
    fn ask_back(&mut self, again: bool) {
        if self.chance(0.08) {
            self.office(24.0..96.0);
            self.step(asked(Status::Closed));
            return;
        }
        self.office(8.0..60.0);
        let dissatisfied = DISSATISFIED.0 + DISSATISFIED.1 * self.facts.strain;
        let said = match self.random.random::<f64>() {
            drawn if drawn < dissatisfied => Satisfaction::Unsatisfied,
            drawn if drawn < dissatisfied + 0.16 => Satisfaction::Fair,
            drawn if drawn > 0.93 => Satisfaction::Undeclared,
            _ => Satisfaction::Satisfied,
        };
        let resolved = match said {
            Satisfaction::Satisfied => Some(self.chance(RESOLVED.0)),
            Satisfaction::Fair => Some(self.chance(RESOLVED.1)),
            Satisfaction::Unsatisfied => Some(self.chance(RESOLVED.2)),
            Satisfaction::Undeclared => None,
        };
        self.step(Asked { satisfied: Some(said), resolved, ..asked(Status::FollowedUp) });
        if said == Satisfaction::Unsatisfied && !again && self.chance(0.4) {
            self.office(1.0..20.0);
            self.step(asked(Status::Reopened));
            self.office(2.0..12.0);
            self.step(asked(Status::Handling));
            self.office(24.0..72.0);
            self.step(asked(Status::Replied));
            return self.ask_back(true);
        }
        self.office(1.0..24.0);
        self.step(asked(Status::Closed));
    }

    fn step(&mut self, asked: Asked) {
        self.acts.push(Act { at: self.at, deed: Deed::Step(Asked { at: Some(self.at), ..asked }) });
    }

    fn judge(&mut self, outcome: Outcome, reason: Option<ReturnReason>, unit: Option<&str>, settled: bool) {
        let opinion = Opinion {
            outcome,
            reason_code: reason,
            final_unit: unit.map(str::to_owned),
            final_category: self.facts.category.filter(|_| outcome == Outcome::Edited).map(str::to_owned),
            settled,
            note: None,
            actor: Some("派单员".to_owned()),
        };
        self.acts.push(Act { at: self.at, deed: Deed::Judge(opinion) });
    }

    fn chance(&mut self, probability: f64) -> bool {
        self.random.random::<f64>() < probability
    }

    /// Whether people work on it by day and night.
    fn is_pressing(&self) -> bool {
        self.facts.due - self.facts.received <= TimeDelta::hours(24)
    }

    /// Some hours later, whatever the time.
    fn wait(&mut self, hours: Range<f64>) {
        self.at += part_of(TimeDelta::hours(1), self.random.random_range(hours));
    }

    /// Some hours later, when offices are open.
    fn office(&mut self, hours: Range<f64>) {
        self.wait(hours);
        self.at = self.opening(self.at);
    }

    fn opening(&self, at: DateTime<FixedOffset>) -> DateTime<FixedOffset> {
        opening(at, &self.deadlines.calendar)
    }

    fn closing(&self, at: DateTime<FixedOffset>) -> DateTime<FixedOffset> {
        closing(at, &self.deadlines.calendar)
    }
}

/// A step as taken by whoever takes such steps.
fn asked(status: Status) -> Asked {
    let actor = match status {
        Status::Dispatched | Status::Returned | Status::Declined | Status::Closed => "派单员",
        Status::FollowedUp | Status::Reopened => "回访员",
        _ => "承办单位",
    };
    Asked {
        status,
        unit: None,
        reason: None,
        note: None,
        due_at: None,
        satisfied: None,
        resolved: None,
        actor: Some(actor.to_owned()),
        at: None,
    }
}

fn part_of(whole: TimeDelta, share: f64) -> TimeDelta {
    TimeDelta::seconds((whole.num_seconds() as f64 * share) as i64)
}

/// The same moment while offices are open, else within the hour after they open next.
fn opening(at: DateTime<FixedOffset>, calendar: &Calendar) -> DateTime<FixedOffset> {
    let (day, second) = (at.date_naive(), at.num_seconds_from_midnight());
    let worked = calendar.is_worked(day);
    if worked && (OPENS..=CLOSES).contains(&second) {
        return at;
    }
    let day = if worked && second < OPENS { day } else { calendar.after(day, 1) };
    on(at, day, OPENS + second % 3600)
}

/// The same moment while offices are open, else within the hour before they closed last.
fn closing(at: DateTime<FixedOffset>, calendar: &Calendar) -> DateTime<FixedOffset> {
    let (day, second) = (at.date_naive(), at.num_seconds_from_midnight());
    let worked = calendar.is_worked(day);
    if worked && (OPENS..=CLOSES).contains(&second) {
        return at;
    }
    let mut before =
        (if worked && second > CLOSES { 0 } else { 1 }..).map_while(|n| day.checked_sub_days(Days::new(n)));
    let day = before.find(|day| calendar.is_worked(*day)).unwrap_or(day);
    on(at, day, CLOSES - second % 3600)
}

/// A second of a day, in the offset of `at`.
fn on(at: DateTime<FixedOffset>, day: chrono::NaiveDate, second: u32) -> DateTime<FixedOffset> {
    let time = NaiveTime::from_num_seconds_from_midnight_opt(second, 0).unwrap_or_default();
    DateTime::from_naive_utc_and_offset(day.and_time(time) - *at.offset(), *at.offset())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taxonomy::Taxonomy;

    fn deadlines() -> Deadlines {
        let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
        Deadlines::load(&data, &Taxonomy::load(&data).unwrap()).unwrap()
    }

    #[test]
    fn offices_open_on_working_days_only() {
        let calendar = deadlines().calendar;
        for (at, opens, closed) in [
            // In office hours nothing moves; a minute past the hour stays one.
            ("2026-10-20T10:05:00+08:00", "2026-10-20T10:05:00+08:00", "2026-10-20T10:05:00+08:00"),
            ("2026-10-20T07:05:00+08:00", "2026-10-20T08:35:00+08:00", "2026-10-19T17:25:00+08:00"),
            ("2026-10-20T22:10:00+08:00", "2026-10-21T08:40:00+08:00", "2026-10-20T17:20:00+08:00"),
            // National Day: closed from the evening of 30 September to the morning of 8 October.
            ("2026-10-03T12:00:00+08:00", "2026-10-08T08:30:00+08:00", "2026-09-30T17:30:00+08:00"),
        ] {
            let moment = |text: &str| DateTime::parse_from_rfc3339(text).unwrap();
            assert_eq!(opening(moment(at), &calendar), moment(opens), "{at}");
            assert_eq!(closing(moment(at), &calendar), moment(closed), "{at}");
        }
    }

    #[test]
    fn each_step_may_follow_the_one_before() {
        let deadlines = deadlines();
        let received = DateTime::parse_from_rfc3339("2026-09-25T16:40:00+08:00").unwrap();
        for seed in 0..2_000 {
            let petition = ["consult", "complaint", "invalid", "help"][seed as usize % 4];
            let due = received + [TimeDelta::hours(2), TimeDelta::hours(24), TimeDelta::days(7)][seed as usize % 3];
            let (advised, belongs) = (Some(CONTRARY).filter(|_| seed % 5 > 0), Some("JD").filter(|_| seed % 7 > 0));
            let strain = (seed % 11) as f64 / 10.0;
            let (beside, category, part) = (Some("ZJJ"), Some("0301").filter(|_| seed % 2 > 0), Part::Burst);
            let facts =
                Facts { received, kept: received, due, advised, belongs, beside, category, petition, part, strain };
            let (mut status, mut satisfied, mut last) = (Status::Accepted, None, received);
            for act in life(&facts, &deadlines, seed) {
                assert!(act.at >= last, "seed {seed}: {act:?}");
                last = act.at;
                let Deed::Step(asked) = act.deed else { continue };
                assert!(status.next(satisfied).contains(&asked.status), "seed {seed}: {status:?} to {asked:?}");
                if asked.status != Status::Extended {
                    (status, satisfied) = (asked.status, asked.satisfied);
                }
            }
        }
    }
}
