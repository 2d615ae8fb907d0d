//! What people say of groups (诉求组): put together, taken apart, taken back. It holds against all evidence, and each
//! ruling can be undone.

use std::collections::BTreeSet;

use chrono::{DateTime, FixedOffset};
use serde_json::{Value, json};

use crate::case::ActKind;
use crate::error::{Error, Kind, Result};
use crate::store::{Act, Change, Done, PERSON};
use crate::triage::Triage;
use crate::triage::regroup::Claims;

/// 人工调整诉求组的说明。
#[derive(Debug, Clone, Default)]
pub struct Ruling {
    /// Masked before it is kept.
    pub reason: Option<String>,
    pub actor: Option<String>,
}

/// A ruling under way.
struct Said<'a> {
    kind: ActKind,
    issue: &'a str,
    other: Option<&'a str>,
    /// The cases it moves.
    moved: &'a [i64],
    undoes: Option<i64>,
}

impl Triage {
    /// Puts `other` and `issue` together (并组): they stay together whatever comes, under the name of `issue`.
    pub fn merge(&self, issue: &str, other: &str, ruling: &Ruling, now: DateTime<FixedOffset>) -> Result<()> {
        if issue == other {
            return Err(wrong_other("须为另一个诉求组", "must be another group"));
        }
        self.rule(|change| {
            let here = standing(change, issue)?;
            let there = standing(change, other).map_err(|error| match error.kind {
                Kind::NotFound => wrong_other(error.saying.zh, error.saying.en),
                _ => error,
            })?;
            let act = change.next_act()?;
            // One tie holds two groups together only as long as both hold by themselves.
            bind(change, &here, act)?;
            bind(change, &there, act)?;
            change.tie(here[0], there[0], true, act)?;
            overrule(change, &here, &there, act)?;
            let both = [here.as_slice(), &there].concat();
            let claims = Claims::from([(issue.to_owned(), both.clone()), (other.to_owned(), Vec::new())]);
            let said = Said { kind: ActKind::Merge, issue, other: Some(other), moved: &there, undoes: None };
            self.carry_out(change, said, &both, &claims, ruling, now)
        })
    }

    /// Takes cases out of a group (拆分); they stay apart from it whatever comes. Gives the group they now stand in, if
    /// there are several.
    pub fn split(
        &self,
        issue: &str,
        cases: &[String],
        ruling: &Ruling,
        now: DateTime<FixedOffset>,
    ) -> Result<Option<String>> {
        self.rule(|change| {
            let members = standing(change, issue)?;
            let asked: BTreeSet<&String> = cases.iter().collect();
            let out: BTreeSet<i64> = change.arrivals(cases)?.into_values().collect();
            let all_inside = out.len() == asked.len() && out.iter().all(|case| members.contains(case));
            if !all_inside || out.is_empty() || out.len() == members.len() {
                return Err(not_inside());
            }
            let rest: Vec<i64> = members.iter().copied().filter(|case| !out.contains(case)).collect();
            let out: Vec<i64> = out.into_iter().collect();
            let act = change.next_act()?;
            keep_apart(change, &out, &rest, act)?;
            bind(change, &out, act)?;
            bind(change, &rest, act)?;
            let claims = Claims::from([(issue.to_owned(), rest)]);
            let said = Said { kind: ActKind::Split, issue, other: None, moved: &out, undoes: None };
            self.carry_out(change, said, &members, &claims, ruling, now)?;
            Ok(change.issues_of(&out)?.into_values().next())
        })
    }

    /// Takes back what a person did to a group, or what the machine did: then people have spoken, and it stays so.
    pub fn undo(&self, issue: &str, act: i64, ruling: &Ruling, now: DateTime<FixedOffset>) -> Result<()> {
        self.rule(|change| {
            let concerns = |done: &Act| done.issue == issue || done.other.as_deref() == Some(issue);
            let done = change.act(act)?.filter(concerns).ok_or_else(no_such_act)?;
            if done.undone_by.is_some() || done.kind == ActKind::Undo {
                return Err(not_to_be_undone());
            }
            let mut moved: Vec<i64> = change.arrivals(&done.cases)?.into_values().collect();
            moved.sort_unstable();
            let here = without(&change.members(&done.issue)?, &moved);
            let there = match &done.other {
                Some(other) => without(&change.members(other)?, &moved),
                None => Vec::new(),
            };
            match &done.actor {
                Some(_) => change.untie(act)?,
                None => contradict(change, &done, &moved, &here, &there)?,
            }
            let seeds = [moved.as_slice(), &here, &there].concat();
            let mut claims = as_before(&done, &moved, here, there);
            for followed in change.followed(act)? {
                reclaim(change, &followed, &mut claims)?;
            }
            let (issue, other) = (done.issue.as_str(), done.other.as_deref());
            let said = Said { kind: ActKind::Undo, issue, other, moved: &moved, undoes: Some(act) };
            self.carry_out(change, said, &seeds, &claims, ruling, now)
        })
    }

    /// One ruling at a time, and none while a case comes in.
    fn rule<T>(&self, work: impl FnOnce(&Change) -> Result<T>) -> Result<T> {
        let _order = self.order.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        self.store.change(work)
    }

    /// Groups anew around `seeds`, and writes down first what was said and then what followed from it.
    fn carry_out(
        &self,
        change: &Change,
        said: Said,
        seeds: &[i64],
        claims: &Claims,
        ruling: &Ruling,
        now: DateTime<FixedOffset>,
    ) -> Result<()> {
        let promised = change.next_act()?;
        let moves = self.regroup(change, seeds, claims, now)?;
        let new_home = match said.kind {
            ActKind::Split => change.issues_of(said.moved)?.into_values().next(),
            _ => None,
        };
        let actor = self.masked(ruling.actor.clone()).unwrap_or_else(|| PERSON.into());
        let reason = self.reason(ruling);
        let done = Done {
            kind: said.kind,
            issue: said.issue,
            other: said.other.or(new_home.as_deref()),
            cases: said.moved,
            reason: &reason,
            actor: Some(&actor),
            undoes: said.undoes,
        };
        let act = change.note_act(&done, now.timestamp_millis())?;
        if act != promised {
            return Err(Error::internal("变更号不符", "the act has another number than its ties"));
        }
        self.note_moves(change, moves, said.moved, now)
    }

    fn reason(&self, ruling: &Ruling) -> Value {
        json!({"kind": "person", "note": self.masked(ruling.reason.clone())})
    }
}

/// Ties all cases to the first of them.
fn bind(change: &Change, cases: &[i64], act: i64) -> Result<()> {
    let Some((first, others)) = cases.split_first() else { return Ok(()) };
    others.iter().try_for_each(|case| change.tie(*first, *case, true, act))
}

/// Ties every case of one side apart from every case of the other.
fn keep_apart(change: &Change, these: &[i64], those: &[i64], act: i64) -> Result<()> {
    these.iter().try_for_each(|a| those.iter().try_for_each(|b| change.tie(*a, *b, false, act)))
}

/// What was said before against their being together holds no longer.
fn overrule(change: &Change, these: &[i64], those: &[i64], act: i64) -> Result<()> {
    for case in these {
        for (other, together, _) in change.ties_of(*case)? {
            if !together && those.contains(&other) {
                change.tie(*case, other, true, act)?;
            }
        }
    }
    Ok(())
}

/// Says the contrary of what the machine did.
fn contradict(change: &Change, done: &Act, moved: &[i64], here: &[i64], there: &[i64]) -> Result<()> {
    let act = change.next_act()?;
    let gone = || {
        let en = "the group they came from is no more: merge groups instead";
        Error::new(Kind::Conflict, "原来的诉求组已不在，放不回去：请改用并组", en)
    };
    match done.kind {
        ActKind::Found => {
            moved.iter().enumerate().try_for_each(|(n, case)| keep_apart(change, &moved[n + 1..], &[*case], act))
        }
        ActKind::Split | ActKind::Leave => {
            let home = if done.kind == ActKind::Split { there } else { here };
            if home.is_empty() {
                return Err(gone());
            }
            bind(change, &[home, moved].concat(), act)?;
            overrule(change, home, moved, act)
        }
        _ => keep_apart(change, moved, here, act),
    }
}

/// Which names the groups had before an act: `here` and `there` are the other cases of its two groups.
fn as_before(done: &Act, moved: &[i64], here: Vec<i64>, there: Vec<i64>) -> Claims {
    let with_moved = |cases: Vec<i64>| [cases.as_slice(), moved].concat();
    // A person's split stands under the group that was split, the machine's under the one that came of it.
    let moved_here = match done.kind {
        ActKind::Merge => false,
        ActKind::Split => done.actor.is_some(),
        ActKind::Leave => true,
        _ => return Claims::new(),
    };
    let (here, there) = if moved_here { (with_moved(here), there) } else { (here, with_moved(there)) };
    let other = done.other.clone().map(|other| (other, there));
    std::iter::once((done.issue.clone(), here)).chain(other).collect()
}

/// What the machine took from a group in consequence of an act is that group's again.
fn reclaim(change: &Change, followed: &Act, claims: &mut Claims) -> Result<()> {
    let from = match followed.kind {
        ActKind::Leave => Some(&followed.issue),
        ActKind::Merge | ActKind::Split => followed.other.as_ref(),
        _ => None,
    };
    if let Some(from) = from {
        let cases = change.arrivals(&followed.cases)?;
        if !claims.contains_key(from) {
            claims.insert(from.clone(), change.members(from)?);
        }
        claims.entry(from.clone()).or_default().extend(cases.into_values());
    }
    Ok(())
}

fn without(cases: &[i64], moved: &[i64]) -> Vec<i64> {
    cases.iter().copied().filter(|case| !moved.contains(case)).collect()
}

/// The cases of a group in use; an error where there is none.
fn standing(change: &Change, issue: &str) -> Result<Vec<i64>> {
    let members = change.members(issue)?;
    if !members.is_empty() {
        return Ok(members);
    }
    let into = change.issue(issue)?.and_then(|issue| issue.into_issue);
    let (zh, en) = into
        .map_or_else(Default::default, |into| (format!("，它已并入 {into}"), format!(": it was taken up by {into}")));
    Err(Error::new(Kind::NotFound, format!("没有在用的这个诉求组{zh}"), format!("there is no such group in use{en}")))
}

fn wrong_other(zh: impl Into<String>, en: impl Into<String>) -> Error {
    Error::invalid("不能与它并组", "cannot be merged with it").at("/with", zh, en)
}

fn not_inside() -> Error {
    let en = "the cases to take out must stand in the group and not be all of it";
    Error::invalid("要拆出的案件须在该诉求组中，且不能是全部", en).at("/cases", "请核对案件编号", "check the ids")
}

fn no_such_act() -> Error {
    Error::new(Kind::NotFound, "该诉求组没有这次变更：请核对 act", "this group has no such act: check `act`")
}

fn not_to_be_undone() -> Error {
    let en = "this act is undone already, or is an undoing itself";
    Error::new(Kind::Conflict, "这次变更已经撤销，或本身就是撤销", en)
}
