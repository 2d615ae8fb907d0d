//! Events told by many (诉求组): groups follow from judged pairs and from what people said, each change with its reason.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, FixedOffset};
use serde_json::{Value, json};

use crate::case::{ActKind, Trace};
use crate::error::{Error, Kind, Result};
use crate::issues::{self, COPIED, Pair, Tie};
use crate::store::{Change, Done, Sketch};
use crate::triage::Triage;

/// Cases looked at when one is grouped. A larger event is not torn: who stands in it already stays.
const MOST: usize = 300;

/// Why groups change.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cause<'a> {
    /// A case came in.
    Arrival,
    /// A person said so.
    Person {
        kind: ActKind,
        issue: &'a str,
        other: Option<&'a str>,
        moved: &'a [i64],
        reason: &'a Value,
        actor: Option<&'a str>,
        undoes: Option<i64>,
    },
}

/// 人工调整诉求组的说明。
#[derive(Debug, Clone, Default)]
pub struct Ruling {
    /// Masked before it is kept.
    pub reason: Option<String>,
    pub actor: Option<String>,
}

/// What bears on the grouping of some cases.
struct Neighbourhood {
    cases: Vec<i64>,
    pairs: Vec<Pair>,
    ties: Vec<Tie>,
    /// Groups that stand, with all their cases; the larger first.
    former: Vec<(String, Vec<i64>)>,
}

impl Triage {
    /// Puts `other` and `issue` together (并组): they stay together whatever comes.
    pub fn merge(&self, issue: &str, other: &str, ruling: &Ruling, now: DateTime<FixedOffset>) -> Result<String> {
        if issue == other {
            return Err(Error::invalid("不能与自己合并", "a group cannot be merged with itself").at(
                "/with",
                "须为另一个诉求组",
                "must be another group",
            ));
        }
        let reason = self.reason(ruling);
        self.rule(|change| {
            let (here, there) = (standing(change, issue)?, standing(change, other)?);
            let cause = Cause::Person {
                kind: ActKind::Merge,
                issue,
                other: Some(other),
                moved: &there,
                reason: &reason,
                actor: ruling.actor.as_deref(),
                undoes: None,
            };
            let act = self.note(change, cause, now)?;
            // One tie holds two groups together only as long as both hold by themselves.
            change.tie(here[0], there[0], true, act)?;
            for group in [&here, &there] {
                group[1..].iter().try_for_each(|case| change.tie(group[0], *case, true, act))?;
            }
            self.regroup(change, &[here.as_slice(), &there].concat(), now, cause)?;
            Ok(issue.to_owned())
        })
    }

    /// Takes cases out of a group (拆分); they stay apart from it whatever comes. Gives the group they now stand in,
    /// if there are several.
    pub fn split(
        &self,
        issue: &str,
        cases: &[String],
        ruling: &Ruling,
        now: DateTime<FixedOffset>,
    ) -> Result<Option<String>> {
        let reason = self.reason(ruling);
        self.rule(|change| {
            let members = standing(change, issue)?;
            let arrivals = change.arrivals(cases)?;
            let out: BTreeSet<i64> = arrivals.values().copied().filter(|case| members.contains(case)).collect();
            if out.len() != cases.iter().collect::<BTreeSet<_>>().len() || out.is_empty() || out.len() == members.len()
            {
                return Err(Error::invalid(
                    "要拆出的案件须在该诉求组中，且不能是全部",
                    "the cases to take out must stand in the group and not be all of it",
                )
                .at("/cases", "请核对案件编号", "check the ids"));
            }
            let out: Vec<i64> = out.into_iter().collect();
            let rest: Vec<i64> = members.iter().copied().filter(|case| !out.contains(case)).collect();
            let cause = Cause::Person {
                kind: ActKind::Split,
                issue,
                other: None,
                moved: &out,
                reason: &reason,
                actor: ruling.actor.as_deref(),
                undoes: None,
            };
            let act = self.note(change, cause, now)?;
            for a in &out {
                rest.iter().try_for_each(|b| change.tie(*a, *b, false, act))?;
            }
            for group in [&out, &rest] {
                group[1..].iter().try_for_each(|case| change.tie(group[0], *case, true, act))?;
            }
            self.regroup(change, &members, now, cause)?;
            Ok(change.issues_of(&out)?.into_values().next())
        })
    }

    /// Takes back what a person did to a group, or an act of the machine: then the cases it moved stay apart.
    pub fn undo(&self, issue: &str, act: i64, ruling: &Ruling, now: DateTime<FixedOffset>) -> Result<()> {
        let reason = self.reason(ruling);
        self.rule(|change| {
            let done = change.act(act)?.filter(|done| done.issue == issue || done.other.as_deref() == Some(issue));
            let done = done.ok_or_else(|| {
                Error::new(
                    Kind::NotFound,
                    "该诉求组没有这次变更：请核对 act",
                    "this group has no such act: check `act`",
                )
            })?;
            if done.undone_by.is_some() || done.kind == ActKind::Undo {
                return Err(Error::new(
                    Kind::Conflict,
                    "这次变更已经撤销，或本身就是撤销",
                    "this act is undone already, or is an undoing itself",
                ));
            }
            let moved: Vec<i64> = change.arrivals(&done.cases)?.into_values().collect();
            let cause = Cause::Person {
                kind: ActKind::Undo,
                issue: &done.issue,
                other: done.other.as_deref(),
                moved: &moved,
                reason: &reason,
                actor: ruling.actor.as_deref(),
                undoes: Some(act),
            };
            let mut concerned: BTreeSet<i64> = moved.iter().copied().collect();
            for group in [Some(done.issue.as_str()), done.other.as_deref()].into_iter().flatten() {
                concerned.extend(change.members(group)?);
            }
            let n = self.note(change, cause, now)?;
            if done.actor.is_some() {
                change.untie(act)?;
            } else {
                let rest: Vec<i64> = concerned.iter().copied().filter(|case| !moved.contains(case)).collect();
                for a in &moved {
                    rest.iter().try_for_each(|b| change.tie(*a, *b, false, n))?;
                }
            }
            self.regroup(change, &concerned.into_iter().collect::<Vec<_>>(), now, cause)
        })
    }

    /// One ruling at a time, and none while a case comes in.
    fn rule<T>(&self, work: impl FnOnce(&Change) -> Result<T>) -> Result<T> {
        let _order = self.order.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        self.store.change(work)
    }

    fn reason(&self, ruling: &Ruling) -> Value {
        json!({"kind": "person", "note": ruling.reason.as_deref().map(|note| self.reader.mask(note))})
    }

    fn note(&self, change: &Change, cause: Cause, now: DateTime<FixedOffset>) -> Result<i64> {
        match cause {
            Cause::Arrival => Ok(0),
            Cause::Person { kind, issue, other, moved, reason, actor, undoes } => {
                let actor = actor.map(|actor| self.reader.mask(actor)).unwrap_or_else(|| "person".into());
                let done = Done { kind, issue, other, cases: moved, reason, actor: Some(&actor), undoes };
                change.note_act(&done, now.timestamp_millis())
            }
        }
    }

    /// Groups the cases around `seeds` anew and writes what changed.
    pub(super) fn regroup(
        &self,
        change: &Change,
        seeds: &[i64],
        now: DateTime<FixedOffset>,
        cause: Cause,
    ) -> Result<()> {
        let near = self.neighbourhood(change, seeds)?;
        let found = issues::groups(&near.cases, &near.pairs, &near.ties, self.issue_options.group_from);
        let groups: Vec<Vec<i64>> = found.into_iter().filter(|group| group.len() > 1).collect();
        let revived = match cause {
            Cause::Person { kind: ActKind::Undo, other: Some(other), moved, .. } => {
                Some((other.to_owned(), moved.to_vec()))
            }
            _ => None,
        };
        let mut former = near.former.clone();
        former.extend(revived.filter(|(id, _)| !near.former.iter().any(|(known, _)| known == id)));
        let names: Vec<String> = issues::heirs(&groups, &former)
            .into_iter()
            .map(|heir| heir.unwrap_or_else(|| change.new_issue()))
            .collect();
        let was = |case: i64| near.former.iter().find(|(_, cases)| cases.contains(&case)).map(|(id, _)| id.as_str());
        let by_machine = matches!(cause, Cause::Arrival);
        for (group, name) in groups.iter().zip(&names) {
            let changed = near.former.iter().find(|(id, _)| id == name).is_none_or(|(_, cases)| cases != group);
            if !changed {
                continue;
            }
            let arriving: Vec<i64> = group.iter().copied().filter(|case| was(*case) != Some(name.as_str())).collect();
            change.assign(&arriving, Some(name))?;
            if by_machine {
                self.note_arrivals(change, name, &arriving, group, &near, now)?;
            }
        }
        let kept: BTreeMap<i64, &String> =
            groups.iter().zip(&names).flat_map(|(group, name)| group.iter().map(move |case| (*case, name))).collect();
        for (id, cases) in &near.former {
            let gone: Vec<i64> =
                cases.iter().copied().filter(|case| kept.get(case).is_none_or(|name| *name != id)).collect();
            let alone: Vec<i64> = gone.iter().copied().filter(|case| !kept.contains_key(case)).collect();
            change.assign(&alone, None)?;
            if by_machine && !alone.is_empty() {
                let reason = json!({"kind": "regrouped", "text": "与本组各件平均不够像，移出"});
                self.machine_act(change, ActKind::Leave, id, None, &alone, &reason, now)?;
            }
            if !names.contains(id) {
                let into = gone.iter().find_map(|case| kept.get(case)).map(|name| name.as_str());
                change.close_issue(id, into)?;
            }
        }
        for (group, name) in groups.iter().zip(&names) {
            let unchanged = near.former.iter().any(|(id, cases)| id == name && cases == group);
            if !unchanged {
                let sketch = self.sketch(change, group, &near.pairs)?;
                change.put_issue(name, group.len(), &sketch, now.timestamp_millis())?;
            }
        }
        Ok(())
    }

    /// Writes down who joined a group and why.
    fn note_arrivals(
        &self,
        change: &Change,
        name: &str,
        arriving: &[i64],
        group: &[i64],
        near: &Neighbourhood,
        now: DateTime<FixedOffset>,
    ) -> Result<()> {
        let is_new = !near.former.iter().any(|(id, _)| id == name);
        let mut from: BTreeMap<Option<&str>, Vec<i64>> = BTreeMap::new();
        for case in arriving {
            let was = near.former.iter().find(|(_, cases)| cases.contains(case)).map(|(id, _)| id.as_str());
            from.entry(was).or_default().push(*case);
        }
        for (was, cases) in from {
            let kind = match was {
                Some(_) if is_new => ActKind::Split,
                Some(_) => ActKind::Merge,
                None if is_new => ActKind::Found,
                None => ActKind::Join,
            };
            let reason = likeliest(&cases, group, &near.pairs);
            let reason = match reason {
                Some(pair) => {
                    let both = [self.id_of(change, pair.a), self.id_of(change, pair.b)];
                    json!({"kind": "pair", "cases": both, "probability": pair.probability})
                }
                None => json!({"kind": "tied"}),
            };
            self.machine_act(change, kind, name, was, &cases, &reason, now)?;
        }
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "one line of the log, field by field")]
    fn machine_act(
        &self,
        change: &Change,
        kind: ActKind,
        issue: &str,
        other: Option<&str>,
        cases: &[i64],
        reason: &Value,
        now: DateTime<FixedOffset>,
    ) -> Result<()> {
        let done = Done { kind, issue, other, cases, reason, actor: None, undoes: None };
        change.note_act(&done, now.timestamp_millis()).map(drop)
    }

    fn id_of(&self, change: &Change, arrival: i64) -> Option<String> {
        change.ids(&[arrival]).ok().and_then(|ids| ids.into_iter().next())
    }

    /// Cases linked to the seeds by likely pairs, ties or a common group, the nearest first, at most [`MOST`].
    fn neighbourhood(&self, change: &Change, seeds: &[i64]) -> Result<Neighbourhood> {
        let least = self.issue_options.group_from / 2.0;
        let (mut seen, mut waiting): (BTreeSet<i64>, Vec<i64>) = (seeds.iter().copied().collect(), seeds.to_vec());
        let (mut pairs, mut ties, mut former) = (Vec::new(), Vec::new(), BTreeMap::new());
        let mut next = 0;
        while let Some(&case) = waiting.get(next) {
            next += 1;
            let mut reach = |other: i64| {
                if seen.len() < MOST.max(seeds.len()) && seen.insert(other) {
                    waiting.push(other);
                }
            };
            let mut judged = change.pairs_of(case)?;
            judged.sort_by(|(a, one), (b, other)| other.total_cmp(one).then(a.cmp(b)));
            for (other, probability) in judged {
                pairs.push(Pair { a: case, b: other, probability });
                if probability >= least {
                    reach(other);
                }
            }
            for (other, together) in change.ties_of(case)? {
                ties.push(Tie { a: case, b: other, together });
                reach(other);
            }
            if let Some(issue) = change.issues_of(&[case])?.remove(&case)
                && !former.contains_key(&issue)
            {
                let members = change.members(&issue)?;
                members.iter().for_each(|other| reach(*other));
                former.insert(issue, members);
            }
        }
        // Of a group that is too large to be seen whole, what is seen stays together.
        let mut former: Vec<(String, Vec<i64>)> = former.into_iter().collect();
        former.sort_by_key(|(id, cases)| (cases.first().copied(), id.clone()));
        let mut cases: Vec<i64> = seen.into_iter().collect();
        for (_, members) in &former {
            if members.iter().any(|case| cases.binary_search(case).is_err()) {
                let first = members[0];
                ties.extend(members[1..].iter().map(|case| Tie { a: first, b: *case, together: true }));
                cases.extend(members);
            }
            cases.sort_unstable();
            cases.dedup();
        }
        Ok(Neighbourhood { cases, pairs, ties, former })
    }

    /// What a group is called and how it stands.
    fn sketch(&self, change: &Change, group: &[i64], pairs: &[Pair]) -> Result<Sketch> {
        let traces = change.traces(group)?;
        let medoid = issues::medoid(group, pairs).unwrap_or(group[0]);
        let category = most(traces.iter().filter_map(|trace| Some(trace.categories.first()?.code.clone())));
        let district = most(traces.iter().filter_map(|trace| trace.district.clone()));
        let place = most_telling(&traces);
        let name =
            category.as_deref().and_then(|code| self.taxonomy.category(code)).map(|category| category.name.as_str());
        let at = traces.iter().map(|trace| trace.at);
        let title = [district.as_deref(), place.as_deref().filter(|place| district.as_deref() != Some(*place))];
        let whereabouts: String = title.into_iter().flatten().collect();
        Ok(Sketch {
            title: format!(
                "{}{}",
                if whereabouts.is_empty() { "地点不明：".into() } else { format!("{whereabouts}：") },
                name.unwrap_or("未分类")
            ),
            medoid,
            people: self.people(&traces),
            first_at: at.clone().min().unwrap_or_default(),
            last_at: at.max().unwrap_or_default(),
            category,
            district,
            place,
        })
    }

    fn people(&self, traces: &[Trace]) -> usize {
        let Some(scorer) = &self.scorer else { return traces.len() };
        let told = traces.iter().enumerate().map(|(n, trace)| {
            let copied = trace.reporter.is_none()
                && traces[..n].iter().any(|earlier| scorer.evidence(earlier, trace).words >= COPIED);
            (trace.reporter, copied)
        });
        issues::people(told)
    }
}

/// The cases of a group in use; an error where there is none.
fn standing(change: &Change, issue: &str) -> Result<Vec<i64>> {
    let members = change.members(issue)?;
    if members.is_empty() {
        let into = change.issue(issue)?.and_then(|issue| issue.into_issue);
        let hint = into.map_or_else(String::new, |into| format!("，它已并入 {into}"));
        return Err(Error::new(
            Kind::NotFound,
            format!("没有这个诉求组 {issue}{hint}"),
            format!("there is no group {issue} in use"),
        ));
    }
    Ok(members)
}

/// The surest pair between some cases and the rest of their group, or among themselves.
fn likeliest(cases: &[i64], group: &[i64], pairs: &[Pair]) -> Option<Pair> {
    let inside = |pair: &&Pair| {
        group.contains(&pair.a) && group.contains(&pair.b) && (cases.contains(&pair.a) || cases.contains(&pair.b))
    };
    pairs.iter().filter(inside).max_by(|a, b| a.probability.total_cmp(&b.probability)).copied()
}

/// The value that stands most often; the first in order among equals.
fn most(values: impl Iterator<Item = String>) -> Option<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    values.for_each(|value| *counts.entry(value).or_default() += 1);
    counts.into_iter().max_by(|(a, m), (b, n)| m.cmp(n).then(b.cmp(a))).map(|(value, _)| value)
}

/// The place most cases name, told as fully as one of them does, in at most 20 letters.
fn most_telling(traces: &[Trace]) -> Option<String> {
    let mut votes: HashMap<&str, usize> = HashMap::new();
    for trace in traces {
        trace.places.iter().for_each(|place| *votes.entry(place).or_default() += 1);
    }
    let worth = |place: &str| votes.iter().filter(|(other, _)| place.contains(**other)).map(|(_, n)| n).sum::<usize>();
    let scenes = traces.iter().filter_map(|trace| trace.place.as_deref()).filter(|place| place.chars().count() <= 20);
    scenes.max_by(|a, b| (worth(a), votes.get(a)).cmp(&(worth(b), votes.get(b))).then(b.cmp(a))).map(str::to_owned)
}
