//! What is wanted of suggestions, and answering many complaints of which each may want something else.

use std::collections::BTreeMap;

use crate::case::Complaint;

/// What the sender wants to see of each suggestion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// How many categories and units, at most.
    pub top_k: usize,
    /// Whether to look for the words and examples that spoke for it; costs a few more passes.
    pub explain: bool,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { top_k: 3, explain: true }
    }
}

/// Has all answered together that want the same, and puts every answer back in its place; `None` where none came.
pub fn in_groups<T>(
    asked: Vec<(Complaint, Wanted)>,
    answer: impl Fn(&[Complaint], Wanted) -> Vec<T>,
) -> Vec<Option<T>> {
    let mut groups: BTreeMap<Wanted, (Vec<usize>, Vec<Complaint>)> = BTreeMap::new();
    let mut answers: Vec<Option<T>> = asked.iter().map(|_| None).collect();
    for (at, (complaint, wanted)) in asked.into_iter().enumerate() {
        let group = groups.entry(wanted).or_default();
        group.0.push(at);
        group.1.push(complaint);
    }
    for (wanted, (places, complaints)) in groups {
        for (at, one) in places.into_iter().zip(answer(&complaints, wanted)) {
            answers[at] = Some(one);
        }
    }
    answers
}
