//! Which cases tell one event (诉求组): the same groups whatever the order in which the cases came.
//!
//! Average-linkage clustering over the pairs that were judged, from the surest pair on; what people said (together,
//! apart) comes first. A pair that was not judged counts as an unlikely one, so that a chain of near ones does not
//! become one event. The outcome depends on pairs and ties only, hence not on the order of arrival.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};

/// Two cases and how probable it is that they tell the same.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    pub a: i64,
    pub b: i64,
    pub probability: f32,
    /// Near enough in time to be one event by themselves. Others count once such a pair links two groups.
    pub near: bool,
}

/// What a person said of two cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tie {
    pub a: i64,
    pub b: i64,
    pub together: bool,
}

/// The probability that a pair never judged is taken to have.
const UNJUDGED: f64 = 0.1;

/// The likeness of two groups: of how many judged pairs, and their sum.
#[derive(Debug, Clone, Copy, Default)]
struct Link {
    sum: f64,
    count: usize,
    near: bool,
}

struct Groups {
    members: HashMap<i64, Vec<i64>>,
    /// The group that each case stands in.
    home: HashMap<i64, i64>,
    links: HashMap<i64, HashMap<i64, Link>>,
    apart: HashMap<i64, BTreeSet<i64>>,
}

/// Groups of the given cases, each ascending, the groups by their first case. Two groups are joined while the average
/// probability of their pairs is at least `threshold`.
pub fn groups(cases: &[i64], pairs: &[Pair], ties: &[Tie], threshold: f32) -> Vec<Vec<i64>> {
    let mut groups = Groups::of(cases, pairs, ties);
    for tie in ties.iter().filter(|tie| tie.together) {
        groups.tie(tie.a, tie.b);
    }
    groups.join(f64::from(threshold));
    let mut found: Vec<Vec<i64>> = groups.members.into_values().collect();
    found.iter_mut().for_each(|group| group.sort_unstable());
    found.sort_unstable();
    found
}

impl Groups {
    fn of(cases: &[i64], pairs: &[Pair], ties: &[Tie]) -> Self {
        let members: HashMap<i64, Vec<i64>> = cases.iter().map(|case| (*case, vec![*case])).collect();
        let home = cases.iter().map(|case| (*case, *case)).collect();
        let mut links: HashMap<i64, HashMap<i64, Link>> = HashMap::new();
        let mut unique: BTreeMap<(i64, i64), (f32, bool)> = BTreeMap::new();
        for pair in pairs {
            unique.insert((pair.a.min(pair.b), pair.a.max(pair.b)), (pair.probability, pair.near));
        }
        for ((a, b), (probability, near)) in unique {
            if a != b && members.contains_key(&a) && members.contains_key(&b) {
                let link = Link { sum: f64::from(probability), count: 1, near };
                links.entry(a).or_default().insert(b, link);
                links.entry(b).or_default().insert(a, link);
            }
        }
        let mut apart: HashMap<i64, BTreeSet<i64>> = HashMap::new();
        for tie in ties.iter().filter(|tie| !tie.together) {
            if members.contains_key(&tie.a) && members.contains_key(&tie.b) {
                apart.entry(tie.a).or_default().insert(tie.b);
                apart.entry(tie.b).or_default().insert(tie.a);
            }
        }
        Self { members, home, links, apart }
    }

    /// Joins the groups of two cases that a person put together.
    fn tie(&mut self, a: i64, b: i64) {
        if let (Some(&a), Some(&b)) = (self.home.get(&a), self.home.get(&b))
            && a != b
            && !self.are_apart(a, b)
        {
            self.unite(a.min(b), a.max(b));
        }
    }

    fn are_apart(&self, a: i64, b: i64) -> bool {
        self.apart.get(&a).is_some_and(|apart| apart.contains(&b))
    }

    /// Average over all pairs of both groups, those never judged included; none where no pair is near in time.
    fn average(&self, a: i64, b: i64) -> Option<f64> {
        let link = self.links.get(&a)?.get(&b).filter(|link| link.near)?;
        let all = self.members.get(&a)?.len() * self.members.get(&b)?.len();
        Some((link.sum + (all - link.count) as f64 * UNJUDGED) / all as f64)
    }

    /// Joins the likeliest two groups again and again.
    fn join(&mut self, threshold: f64) {
        let mut waiting = BinaryHeap::new();
        let rank = |average: f64| (average * 1e9).round() as i64;
        let names: BTreeSet<i64> = self.links.keys().copied().collect();
        for &a in &names {
            for &b in self.links[&a].keys().filter(|b| **b > a) {
                if let Some(average) = self.average(a, b) {
                    waiting.push((rank(average), Reverse((a, b))));
                }
            }
        }
        while let Some((ranked, Reverse((a, b)))) = waiting.pop() {
            let Some(average) = self.average(a, b) else { continue };
            if rank(average) != ranked || self.are_apart(a, b) {
                continue;
            }
            if average < threshold {
                break;
            }
            self.unite(a, b);
            let near: Vec<i64> = self.links.get(&a).map(|near| near.keys().copied().collect()).unwrap_or_default();
            for c in near {
                if let Some(average) = self.average(a, c) {
                    waiting.push((rank(average), Reverse((a.min(c), a.max(c)))));
                }
            }
        }
    }

    /// `a` takes up `b`.
    fn unite(&mut self, a: i64, b: i64) {
        let taken = self.members.remove(&b).unwrap_or_default();
        taken.iter().for_each(|case| _ = self.home.insert(*case, a));
        self.members.entry(a).or_default().extend(taken);
        for (c, link) in self.links.remove(&b).unwrap_or_default() {
            if let Some(near) = self.links.get_mut(&c) {
                near.remove(&b);
            }
            if c == a {
                continue;
            }
            for (one, other) in [(a, c), (c, a)] {
                let sum = self.links.entry(one).or_default().entry(other).or_default();
                *sum = Link { sum: sum.sum + link.sum, count: sum.count + link.count, near: sum.near || link.near };
            }
        }
        for c in self.apart.remove(&b).unwrap_or_default() {
            if let Some(apart) = self.apart.get_mut(&c) {
                apart.remove(&b);
                apart.insert(a);
            }
            self.apart.entry(a).or_default().insert(c);
        }
    }
}

/// Which former group each new one goes on as: the one it shares most cases with, the older first; no former group
/// goes on twice. `former` are ids with their cases, oldest first.
pub fn heirs(groups: &[Vec<i64>], former: &[(String, Vec<i64>)]) -> Vec<Option<String>> {
    let mut claims: Vec<(usize, usize, usize)> = Vec::new();
    for (n, group) in groups.iter().enumerate() {
        for (f, (_, cases)) in former.iter().enumerate() {
            let shared = cases.iter().filter(|case| group.binary_search(case).is_ok()).count();
            if shared > 0 {
                claims.push((shared, f, n));
            }
        }
    }
    claims.sort_by_key(|(shared, f, n)| (Reverse(*shared), *f, *n));
    let mut heirs = vec![None; groups.len()];
    let mut gone = BTreeSet::new();
    for (_, f, n) in claims {
        if heirs[n].is_none() && gone.insert(f) {
            heirs[n] = Some(former[f].0.clone());
        }
    }
    heirs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(a: i64, b: i64, probability: f32) -> Pair {
        Pair { a, b, probability, near: true }
    }

    #[test]
    fn what_is_far_in_time_counts_only_beside_what_is_near() {
        let far = |a, b| Pair { near: false, ..pair(a, b, 0.9) };
        assert_eq!(groups(&[1, 2], &[far(1, 2)], &[], 0.4), [vec![1], vec![2]]);
        let pairs = [pair(1, 2, 0.9), pair(2, 3, 0.9), far(1, 3)];
        assert_eq!(groups(&[1, 2, 3], &pairs, &[], 0.8), [vec![1, 2, 3]]);
    }

    #[test]
    fn sure_pairs_are_joined_and_a_weak_chain_is_not() {
        let pairs = [pair(1, 2, 0.9), pair(2, 3, 0.8), pair(1, 3, 0.9), pair(3, 4, 0.5), pair(4, 5, 0.9)];
        assert_eq!(groups(&[1, 2, 3, 4, 5, 6], &pairs, &[], 0.4), [vec![1, 2, 3], vec![4, 5], vec![6]]);
    }

    #[test]
    fn what_people_said_comes_first() {
        let pairs = [pair(1, 2, 0.9), pair(3, 4, 0.9)];
        // As a merge of two groups writes it.
        let together = [(1, 2), (3, 4), (1, 4)].map(|(a, b)| Tie { a, b, together: true });
        let apart = Tie { a: 1, b: 2, together: false };
        assert_eq!(groups(&[1, 2, 3, 4], &pairs, &together, 0.4), [vec![1, 2, 3, 4]]);
        assert_eq!(groups(&[1, 2, 3, 4], &pairs, &[apart], 0.4), [vec![1], vec![2], vec![3, 4]]);
    }

    /// As of a group too large to be seen whole: every arrival ties it again.
    #[test]
    fn thousands_that_stand_together_are_tied_in_one_pass() {
        let cases: Vec<i64> = (0..30_000).collect();
        let ties: Vec<Tie> = cases[1..].iter().map(|b| Tie { a: 0, b: *b, together: true }).collect();
        assert_eq!(groups(&cases, &[], &ties, 0.4), [cases]);
    }

    #[test]
    fn the_order_makes_no_difference() {
        let pairs: Vec<Pair> =
            (0..60).map(|n| pair(n * 7 % 20, n * 13 % 20, ((n * 37 % 100) as f32) / 100.0)).collect();
        let cases: Vec<i64> = (0..20).collect();
        let want = groups(&cases, &pairs, &[], 0.4);
        let mut turned: Vec<Pair> = pairs.iter().rev().map(|p| pair(p.b, p.a, p.probability)).collect();
        turned.sort_by(|a, b| a.probability.total_cmp(&b.probability));
        let mut backwards = cases;
        backwards.reverse();
        // Of a pair judged twice the last word counts, so both hold the same last words.
        let last = |pairs: &[Pair]| {
            let mut last = BTreeMap::new();
            pairs.iter().for_each(|p| _ = last.insert((p.a.min(p.b), p.a.max(p.b)), p.probability));
            last.into_iter().map(|((a, b), p)| pair(a, b, p)).collect::<Vec<_>>()
        };
        let mut turned = last(&pairs);
        turned.reverse();
        assert_eq!(groups(&backwards, &turned, &[], 0.4), want);
        assert!(want.len() > 1 && want.len() < 20, "{want:?}");
    }

    #[test]
    fn ids_go_to_whom_most_cases_went() {
        let former = [("g1".to_owned(), vec![1, 2, 3]), ("g2".to_owned(), vec![4, 5])];
        let heirs_of = |groups: &[Vec<i64>]| heirs(groups, &former);
        assert_eq!(heirs_of(&[vec![1, 2, 3, 4, 5]]), [Some("g1".to_owned())]);
        assert_eq!(heirs_of(&[vec![1], vec![2, 3], vec![4, 5]]), [None, Some("g1".to_owned()), Some("g2".to_owned())]);
    }
}
