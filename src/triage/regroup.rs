//! Events told by many (诉求组): groups follow from judged pairs and from what people said, each change with its reason.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, FixedOffset};
use serde_json::{Value, json};

use crate::case::ActKind;
use crate::error::Result;
use crate::issues::{self, Pair, Tie};
use crate::store::{Change, Done, Sketch};
use crate::triage::Triage;
use crate::triage::titles::{self, Whereabouts, most};

/// Cases looked at when one is grouped, and when a group is described. A larger event is not torn: who stands in it
/// already stays.
const MOST: usize = 300;
/// In milliseconds: over which growth is told.
const WEEK: i64 = 7 * 86_400_000;

/// Names of groups and the cases that claim each, where a person's ruling says other than how the groups stand.
pub(super) type Claims = BTreeMap<String, Vec<i64>>;

/// A change of groups that is still to be written down.
pub(super) struct Move {
    kind: ActKind,
    issue: String,
    other: Option<String>,
    cases: Vec<i64>,
    reason: Value,
}

/// What bears on the grouping of some cases.
struct Neighbourhood {
    /// In an order that does not depend on how they came in.
    cases: Vec<i64>,
    pairs: Vec<Pair>,
    /// The last words first.
    ties: Vec<Tie>,
    /// Groups that stand, with all their cases; the oldest first.
    former: Vec<(String, Vec<i64>)>,
}

/// Groups with their names, as they are to stand.
type Named = Vec<(String, Vec<i64>)>;

impl Triage {
    /// Groups the cases around `seeds` anew and writes how they stand; gives what changed.
    pub(super) fn regroup(
        &self,
        change: &Change,
        seeds: &[i64],
        claims: &Claims,
        now: DateTime<FixedOffset>,
    ) -> Result<Vec<Move>> {
        let near = self.neighbourhood(change, seeds)?;
        let named = self.named(change, &near, claims);
        let mut moves = Vec::new();
        for (name, group) in &named {
            moves.extend(self.arrivals(change, name, group, &near)?);
        }
        for (id, cases) in &near.former {
            moves.extend(departures(change, id, cases, &named)?);
        }
        for (name, group) in &named {
            if !near.stood(name, group) {
                let sketch = self.sketch(change, group, &near.pairs)?;
                change.put_issue(name, group.len(), &sketch, now.timestamp_millis())?;
            }
        }
        Ok(moves)
    }

    /// Writes down what the machine did; not what an act of a person tells already.
    pub(super) fn note_moves(
        &self,
        change: &Change,
        moves: Vec<Move>,
        told: &[i64],
        now: DateTime<FixedOffset>,
    ) -> Result<()> {
        for Move { kind, issue, other, mut cases, reason } in moves {
            cases.retain(|case| !told.contains(case));
            if !cases.is_empty() {
                let done = Done {
                    kind,
                    issue: &issue,
                    other: other.as_deref(),
                    cases: &cases,
                    reason: &reason,
                    actor: None,
                    undoes: None,
                };
                change.note_act(&done, now.timestamp_millis())?;
            }
        }
        Ok(())
    }

    /// The groups and what each is called from now on: as most of its cases were.
    fn named(&self, change: &Change, near: &Neighbourhood, claims: &Claims) -> Named {
        let groups: Vec<Vec<i64>> = near.groups(self.issue_options.group_from);
        let stand = near.former.iter().filter(|(id, _)| !claims.contains_key(id)).cloned();
        let claimed = claims.iter().map(|(id, cases)| (id.clone(), cases.clone()));
        let mut former: Named = stand.chain(claimed).collect();
        former.sort_by_key(|(id, cases)| (cases.iter().min().copied(), id.clone()));
        let heirs = issues::heirs(&groups, &former).into_iter();
        heirs.map(|heir| heir.unwrap_or_else(|| change.new_issue())).zip(groups).collect()
    }

    /// Puts into a group who was not in it.
    fn arrivals(&self, change: &Change, name: &str, group: &[i64], near: &Neighbourhood) -> Result<Vec<Move>> {
        let is_new = !near.former.iter().any(|(id, _)| id == name);
        let mut from: BTreeMap<Option<&str>, Vec<i64>> = BTreeMap::new();
        for case in group {
            let was = near.group_of(*case);
            if was != Some(name) {
                from.entry(was).or_default().push(*case);
            }
        }
        let mut moves = Vec::new();
        for (was, cases) in from {
            change.assign(&cases, Some(name))?;
            let kind = match was {
                Some(_) if is_new => ActKind::Split,
                Some(_) => ActKind::Merge,
                None if is_new => ActKind::Found,
                None => ActKind::Join,
            };
            let reason = match likeliest(&cases, group, &near.pairs) {
                Some(pair) => {
                    json!({"kind": "pair", "cases": change.ids(&[pair.a, pair.b])?, "probability": pair.probability})
                }
                None => json!({"kind": "tied"}),
            };
            moves.push(Move { kind, issue: name.to_owned(), other: was.map(str::to_owned), cases, reason });
        }
        Ok(moves)
    }

    /// Cases linked to the seeds by likely pairs, ties or a common group, the nearest first, at most [`MOST`].
    fn neighbourhood(&self, change: &Change, seeds: &[i64]) -> Result<Neighbourhood> {
        // Groups are joined only where some pair is as probable as their average must be.
        let least = self.issue_options.group_from;
        let mut waiting: Vec<i64> = seeds.to_vec();
        let mut seen: BTreeSet<i64> = seeds.iter().copied().collect();
        let mut pairs: BTreeMap<(i64, i64), (f32, bool)> = BTreeMap::new();
        let mut ties: BTreeMap<(i64, i64), (i64, bool)> = BTreeMap::new();
        let mut former: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        let mut next = 0;
        while let Some(&case) = waiting.get(next) {
            next += 1;
            let mut reach = |other: i64| {
                if seen.len() < MOST.max(seeds.len()) && seen.insert(other) {
                    waiting.push(other);
                }
            };
            let mut judged = change.pairs_of(case)?;
            judged.sort_by(|(a, one, _), (b, other, _)| other.total_cmp(one).then(a.cmp(b)));
            for (other, probability, near) in judged {
                pairs.insert((case.min(other), case.max(other)), (probability, near));
                if near && probability >= least {
                    reach(other);
                }
            }
            for (other, together, act) in change.ties_of(case)? {
                ties.insert((case.min(other), case.max(other)), (act, together));
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
        let mut ties: Vec<(i64, Tie)> =
            ties.into_iter().map(|((a, b), (act, together))| (act, Tie { a, b, together })).collect();
        ties.sort_by_key(|(act, tie)| (std::cmp::Reverse(*act), tie.a, tie.b));
        let mut ties: Vec<Tie> = ties.into_iter().map(|(_, tie)| tie).collect();
        // Of a group that is too large to be seen whole, what was seen and what was not stays together.
        for members in former.values().filter(|members| members.iter().any(|case| !seen.contains(case))) {
            ties.extend(members[1..].iter().map(|case| Tie { a: members[0], b: *case, together: true }));
        }
        seen.extend(former.values().flatten());
        let mut former: Named = former.into_iter().collect();
        former.sort_by_key(|(id, cases)| (cases.first().copied(), id.clone()));
        let cases = change.as_received(&seen.into_iter().collect::<Vec<_>>())?;
        let pairs = pairs.into_iter().map(|((a, b), (probability, near))| Pair { a, b, probability, near }).collect();
        Ok(Neighbourhood { cases, pairs, ties, former })
    }

    /// What a group is called and how it stands.
    fn sketch(&self, change: &Change, group: &[i64], pairs: &[Pair]) -> Result<Sketch> {
        let received = change.as_received(group)?;
        let traces = change.traces(&evenly(&received, MOST), &self.compares_by())?;
        let medoid = issues::medoid(group, pairs).unwrap_or(group[0]);
        let category = most(traces.iter().filter_map(|trace| Some(trace.categories.first()?.code.clone())));
        let told = change.words_of(&evenly(&received, titles::LOOKED_AT))?;
        let place = Whereabouts::of(&traces, &told, &self.reader);
        let problem = category.as_deref().and_then(|code| self.taxonomy.category(code));
        let rarity = self.scorer.as_ref().map(|scorer| &scorer.rarity);
        let title = titles::title(&place, problem.map(|category| category.name.as_str()), &told, rarity);
        let tellings = change.told_by(group)?;
        let at = tellings.iter().map(|(at, ..)| *at);
        let last = at.clone().max().unwrap_or_default();
        let within = |after: i64, up_to: i64| at.clone().filter(|at| after < *at && *at <= up_to).count();
        Ok(Sketch {
            title,
            medoid,
            people: issues::people(tellings.iter().map(|(_, caller, words)| (caller.as_deref(), *words))),
            first_at: at.clone().min().unwrap_or_default(),
            last_at: last,
            recent: within(last - WEEK, last),
            before: within(last - 2 * WEEK, last - WEEK),
            category,
            district: place.district,
            place: place.place,
        })
    }
}

/// At most so many of the cases, evenly over all of them.
fn evenly(cases: &[i64], most: usize) -> Vec<i64> {
    cases.iter().copied().step_by(cases.len().div_ceil(most).max(1)).collect()
}

impl Neighbourhood {
    /// Groups of two and more. Among equals the order of `cases` decides, hence not the order in which they came in.
    fn groups(&self, threshold: f32) -> Vec<Vec<i64>> {
        let place: HashMap<i64, i64> = self.cases.iter().zip(0..).map(|(case, n)| (*case, n)).collect();
        let placed = |a: i64, b: i64| Some((*place.get(&a)?, *place.get(&b)?));
        let pairs = self.pairs.iter().filter_map(|pair| placed(pair.a, pair.b).map(|(a, b)| Pair { a, b, ..*pair }));
        let ties = self.ties.iter().filter_map(|tie| placed(tie.a, tie.b).map(|(a, b)| Tie { a, b, ..*tie }));
        let (pairs, ties): (Vec<Pair>, Vec<Tie>) = (pairs.collect(), ties.collect());
        let places: Vec<i64> = (0..self.cases.len() as i64).collect();
        let found = issues::groups(&places, &pairs, &ties, threshold).into_iter().filter(|group| group.len() > 1);
        let mut groups: Vec<Vec<i64>> =
            found.map(|group| group.into_iter().map(|n| self.cases[n as usize]).collect()).collect();
        groups.iter_mut().for_each(|group| group.sort_unstable());
        groups.sort_unstable();
        groups
    }

    fn group_of(&self, case: i64) -> Option<&str> {
        self.former.iter().find(|(_, cases)| cases.binary_search(&case).is_ok()).map(|(id, _)| id.as_str())
    }

    /// Whether a group stands already, the same to the last case.
    fn stood(&self, name: &str, group: &[i64]) -> bool {
        self.former.iter().any(|(id, cases)| id == name && cases == group)
    }
}

/// Takes out of a group who stands in none any more, and closes it where nobody is left.
fn departures(change: &Change, id: &str, cases: &[i64], named: &Named) -> Result<Vec<Move>> {
    let home = |case: &i64| named.iter().find(|(_, group)| group.binary_search(case).is_ok()).map(|(name, _)| name);
    let alone: Vec<i64> = cases.iter().copied().filter(|case| home(case).is_none()).collect();
    change.assign(&alone, None)?;
    let goes_on = named.iter().any(|(name, _)| name == id);
    if !goes_on {
        change.close_issue(id, cases.iter().find_map(home).map(String::as_str))?;
    }
    if alone.is_empty() {
        return Ok(Vec::new());
    }
    let text = if goes_on { "与本组各件平均不够像，移出" } else { "本组没有第二件，解散" };
    let reason = json!({"kind": "regrouped", "text": text});
    Ok(vec![Move { kind: ActKind::Leave, issue: id.to_owned(), other: None, cases: alone, reason }])
}

/// The surest pair between some cases and the rest of their group, or among themselves.
fn likeliest(cases: &[i64], group: &[i64], pairs: &[Pair]) -> Option<Pair> {
    let within = |case: &i64| group.binary_search(case).is_ok();
    let inside =
        |pair: &&Pair| within(&pair.a) && within(&pair.b) && (cases.contains(&pair.a) || cases.contains(&pair.b));
    pairs.iter().filter(inside).max_by(|a, b| a.probability.total_cmp(&b.probability)).copied()
}
