//! Corrections (更正): labels that people settled on at work, heard again with the examples they correct (replay,
//! Rolnick et al. 2019), so that a model learns from its mistakes without forgetting the rest.

use std::collections::{HashMap, HashSet};

use crate::case::{Head, Labelled};

/// How often a correction is heard in one epoch, where nothing else is said.
pub const TIMES: usize = 3;

/// Corrections fill at most one part in this many of an epoch.
const PARTS: usize = 3;

/// Examples in which corrections have taken the place of what they correct.
pub struct Replayed {
    /// The examples that still stand, then the corrections.
    pub examples: Vec<Labelled>,
    /// Where the corrections begin.
    pub from: usize,
    /// How many examples gave way.
    pub replaced: usize,
}

/// Puts corrections in the place of the examples with the same id or the same text; of two corrections of one
/// complaint the later stands. What a correction does not name (another head's label and what is accepted for it, the
/// event, the place) stays as the first example it replaces had it.
pub fn replay(examples: Vec<Labelled>, corrections: Vec<Labelled>) -> Replayed {
    let mut corrections = latest(corrections);
    let by_id: HashMap<String, usize> = places(&corrections, |one| names_a_case(one).then(|| one.id.clone()));
    let by_text: HashMap<String, usize> = places(&corrections, |one| Some(one.text.clone()));
    let all = examples.len();
    let standing = examples.into_iter().filter_map(|example| {
        let by_id = by_id.get(&example.id).filter(|_| names_a_case(&example));
        let Some(&by) = by_id.or_else(|| by_text.get(&example.text)) else { return Some(example) };
        inherit(&mut corrections[by], example);
        None
    });
    let mut examples: Vec<Labelled> = standing.collect();
    let from = examples.len();
    examples.extend(corrections);
    Replayed { examples, from, replaced: all - from }
}

/// Gives a correction what it leaves open. What was accepted beside a label goes with the label it replaces.
fn inherit(correction: &mut Labelled, old: Labelled) {
    let Labelled { labels, accepted, domain, place, channel, group, .. } = old;
    if !correction.labels.contains_key(&Head::Category) {
        correction.domain = correction.domain.take().or(domain);
    }
    for (head, label) in
        labels.into_iter().filter(|(head, _)| !correction.labels.contains_key(head)).collect::<Vec<_>>()
    {
        correction.labels.insert(head, label);
        correction.accepted.extend(accepted.get(&head).map(|accepted| (head, accepted.clone())));
    }
    correction.place = correction.place.take().or(place);
    correction.channel = correction.channel.take().or(channel);
    correction.group = correction.group.take().or(group);
}

/// How often each of `corrections` is heard in an epoch beside `others`: as often as wanted, but at least once and
/// never so often that they fill more than a third of it.
pub fn times(wanted: usize, corrections: usize, others: usize) -> usize {
    let most = others / ((PARTS - 1) * corrections.max(1));
    wanted.min(most).max(1)
}

fn places(corrections: &[Labelled], key: impl Fn(&Labelled) -> Option<String>) -> HashMap<String, usize> {
    corrections.iter().enumerate().filter_map(|(at, one)| Some((key(one)?, at))).collect()
}

/// The last correction of each complaint, in order.
fn latest(corrections: Vec<Labelled>) -> Vec<Labelled> {
    let (mut ids, mut texts) = (HashSet::new(), HashSet::new());
    let mut latest: Vec<Labelled> = corrections.into_iter().rev().collect();
    latest.retain(|one| {
        let fresh_id = !names_a_case(one) || ids.insert(one.id.clone());
        texts.insert(one.text.clone()) && fresh_id
    });
    latest.reverse();
    latest
}

/// Whether the id means the same complaint in every file: a row's number, written (序号) or given by us (`file:line`),
/// does not.
fn names_a_case(one: &Labelled) -> bool {
    let count = one.id.len() <= LONGEST_COUNT && one.id.bytes().all(|byte| byte.is_ascii_digit());
    !count && !one.id.ends_with(&format!(":{}", one.line))
}

/// Digits of the highest row number that a table is believed to have.
const LONGEST_COUNT: usize = 6;

#[cfg(test)]
mod tests {
    #[test]
    fn corrections_are_heard_often_but_never_fill_more_than_a_third() {
        for (wanted, corrections, others, times) in [
            (3, 10, 1000, 3),
            (3, 10, 60, 3),
            (3, 10, 59, 2),
            (3, 10, 19, 1),
            (3, 10, 0, 1),
            (5, 0, 10, 5),
            (0, 1, 9, 1),
        ] {
            assert_eq!(super::times(wanted, corrections, others), times, "{wanted} {corrections} {others}");
        }
    }
}
