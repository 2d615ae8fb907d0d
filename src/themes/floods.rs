//! Floods (雷同答卷): one text handed in by many, a letter or two changed.
//!
//! Likeness is that of Jaccard between sets of three letters in a row, punctuation aside. Candidates come from
//! MinHash with banding (Broder 1997; Leskovec, Rajaraman & Ullman, Mining of Massive Datasets, chapter 3): with 32
//! bands of 3 rows two answers of likeness s meet with probability 1 − (1 − s³)³², 0.9995 at 0.6. What is told is then
//! measured exactly. Many people say 没意见 in the same words: short answers are no flood.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;

use super::Answer;
use crate::case::Flood;

/// Letters below which an answer may well be said by many on their own.
const SHORTEST: usize = 12;
/// Answers that make a flood, the first among them.
const LEAST: usize = 3;
/// Likeness from which two answers are one text, and what is enough when they came within [`CLOSE`] of each other.
const LIKE: f32 = 0.6;
const LIKE_AND_CLOSE: f32 = 0.45;
/// Milliseconds: two hours.
const CLOSE: i64 = 2 * 60 * 60 * 1000;
const SHINGLE: usize = 3;
const BANDS: usize = 32;
const ROWS: usize = 3;
/// Answers of one band's bucket that are compared with each other; more only repeat what the first ones find.
const BUCKET: usize = 64;

/// Finds near-identical answers to the same question, most copies first.
pub fn floods(answers: &[Answer]) -> Vec<Flood> {
    among(&answers.iter().collect::<Vec<_>>())
}

pub(super) fn among(answers: &[&Answer]) -> Vec<Flood> {
    let mut order: Vec<usize> = (0..answers.len()).collect();
    order.sort_by_key(|&i| (answers[i].at.unwrap_or(i64::MAX), &answers[i].key));
    let sets: Vec<Vec<u64>> = order.par_iter().map(|&i| shingles(&answers[i].whole.text)).collect();
    let mut groups = Groups::of(order.len());
    for (a, b) in candidates(answers, &order, &sets) {
        let likeness = jaccard(&sets[a], &sets[b]);
        let (one, other) = (answers[order[a]], answers[order[b]]);
        let close = one.at.zip(other.at).is_some_and(|(a, b)| (a - b).abs() <= CLOSE);
        if likeness >= LIKE || close && likeness >= LIKE_AND_CLOSE {
            groups.join(a, b);
        }
    }
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    (0..order.len()).for_each(|i| members.entry(groups.root(i)).or_default().push(i));
    let large = members.into_values().filter(|members| members.len() >= LEAST);
    let mut floods: Vec<Flood> = large.map(|members| told(answers, &order, &sets, &members)).collect();
    floods.sort_by(|a, b| b.copies.len().cmp(&a.copies.len()).then_with(|| a.first.cmp(&b.first)));
    floods
}

fn told(answers: &[&Answer], order: &[usize], sets: &[Vec<u64>], members: &[usize]) -> Flood {
    let key = |i: usize| answers[order[i]].key.clone();
    let likeness = members[1..].iter().map(|&i| jaccard(&sets[members[0]], &sets[i])).fold(1.0, f32::min);
    let times: Vec<i64> = members.iter().filter_map(|&i| answers[order[i]].at).collect();
    let minutes = times.iter().max().zip(times.iter().min()).map(|(last, first)| (last - first) / 60_000);
    Flood {
        first: key(members[0]),
        copies: members[1..].iter().map(|&i| key(i)).collect(),
        likeness,
        minutes: minutes.filter(|_| times.len() == members.len()),
    }
}

/// Hashes of all runs of three letters or figures, ascending, each once; none of a short text.
fn shingles(text: &str) -> Vec<u64> {
    let letters: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    if letters.len() < SHORTEST {
        return Vec::new();
    }
    let mut hashes: Vec<u64> =
        letters.windows(SHINGLE).map(|run| run.iter().fold(0, |hash, c| mix(hash ^ u64::from(*c as u32)))).collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}

/// Pairs that share a band of MinHash values, each once, in order.
fn candidates(answers: &[&Answer], order: &[usize], sets: &[Vec<u64>]) -> Vec<(usize, usize)> {
    let signatures: Vec<Vec<u64>> = sets.par_iter().map(|set| signature(set)).collect();
    let mut pairs = Vec::new();
    for band in 0..BANDS {
        let mut buckets: HashMap<(&str, &[u64]), Vec<usize>> = HashMap::new();
        for (i, signature) in signatures.iter().enumerate().filter(|(i, _)| !sets[*i].is_empty()) {
            let question = answers[order[i]].key.question.as_str();
            buckets.entry((question, &signature[band * ROWS..][..ROWS])).or_default().push(i);
        }
        for bucket in buckets.into_values() {
            for (at, &a) in bucket.iter().enumerate() {
                let next = bucket.get(at + 1..).unwrap_or_default();
                pairs.extend(next.iter().take(BUCKET).map(|&b| (a, b)));
            }
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

fn signature(set: &[u64]) -> Vec<u64> {
    let least = |seed: u64| set.iter().map(|&hash| mix(hash ^ mix(seed))).min().unwrap_or(0);
    (1..=(BANDS * ROWS) as u64).map(least).collect()
}

/// |a ∩ b| / |a ∪ b| of two ascending lists; 0 where one is empty.
fn jaccard(a: &[u64], b: &[u64]) -> f32 {
    let shared = a.iter().filter(|hash| b.binary_search(hash).is_ok()).count();
    shared as f32 / (a.len() + b.len() - shared).max(1) as f32
}

/// SplitMix64's finalizer (Steele, Lea & Flood 2014).
fn mix(mut x: u64) -> u64 {
    x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Union-find; a group's root is its first member.
struct Groups(Vec<usize>);

impl Groups {
    fn of(count: usize) -> Self {
        Self((0..count).collect())
    }

    fn root(&mut self, mut i: usize) -> usize {
        while self.0[i] != i {
            self.0[i] = self.0[self.0[i]];
            i = self.0[i];
        }
        i
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }
}
