//! The likeness index (相似索引): which kept cases may tell the same as a new one.
//!
//! Derived from the store and never the record: rebuilt at start, and losing it changes no answer. Cases lie in
//! buckets of days; a bucket is dropped whole when its last day is too old to be asked for. Within the days asked for
//! the search is exact: all vectors are scanned, and all cases that share a rare pair of letters are counted.

use std::collections::{BTreeMap, HashMap};

use super::evidence::{Rarity, dot};
use crate::case::Trace;

/// Days in a bucket.
const DAYS: i64 = 7;
const DAY: i64 = 86_400_000;

/// Cases of some days.
#[derive(Default)]
struct Bucket {
    arrivals: Vec<i64>,
    at: Vec<i64>,
    reporters: Vec<Option<u64>>,
    /// How many grams each has; long texts share more by chance.
    lengths: Vec<u32>,
    /// Vectors one after the other, `width` each, and the rows they belong to: not every case has one.
    vectors: Vec<i8>,
    with_vector: Vec<u32>,
    /// Rare gram → rows.
    postings: HashMap<u32, Vec<u32>>,
}

/// All kept cases of the last days.
pub struct Index {
    buckets: BTreeMap<i64, Bucket>,
    width: usize,
}

/// How many candidates each way of looking gives at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Breadth {
    pub by_meaning: usize,
    pub by_words: usize,
    pub by_reporter: usize,
}

impl Default for Breadth {
    fn default() -> Self {
        Self { by_meaning: 16, by_words: 32, by_reporter: 16 }
    }
}

impl Index {
    pub fn new() -> Self {
        Self { buckets: BTreeMap::new(), width: 0 }
    }

    /// How many cases it holds.
    pub fn len(&self) -> usize {
        self.buckets.values().map(|bucket| bucket.arrivals.len()).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.buckets.is_empty()
    }

    pub fn insert(&mut self, trace: &Trace, rarity: &Rarity) {
        if self.width == 0 {
            self.width = trace.embedding.len();
        }
        let width = self.width;
        let bucket = self.buckets.entry(trace.at.div_euclid(DAYS * DAY)).or_default();
        let row = bucket.arrivals.len() as u32;
        bucket.arrivals.push(trace.arrival);
        bucket.at.push(trace.at);
        bucket.reporters.push(trace.reporter);
        bucket.lengths.push(trace.grams.len() as u32);
        if width > 0 && trace.embedding.len() == width {
            bucket.vectors.extend_from_slice(&trace.embedding);
            bucket.with_vector.push(row);
        }
        for gram in trace.grams.iter().filter(|gram| rarity.is_rare(**gram)) {
            bucket.postings.entry(*gram).or_default().push(row);
        }
    }

    /// Forgets the oldest buckets while more cases are held than that.
    pub fn hold(&mut self, most: usize) {
        while self.buckets.len() > 1 && self.len() > most {
            self.buckets.pop_first();
        }
    }

    /// Arrivals of cases received in `from..=to` that may tell the same, ascending; not the case itself.
    pub fn candidates(&self, trace: &Trace, from: i64, to: i64, rarity: &Rarity, breadth: Breadth) -> Vec<i64> {
        let (mut near, mut wordy, mut same) =
            (Best::of(breadth.by_meaning), Best::of(breadth.by_words), Best::of(breadth.by_reporter));
        for bucket in self.buckets.range(from.div_euclid(DAYS * DAY)..=to.div_euclid(DAYS * DAY)).map(|(_, b)| b) {
            let open = |row: usize| (from..=to).contains(&bucket.at[row]) && bucket.arrivals[row] != trace.arrival;
            if trace.embedding.len() == self.width && self.width > 0 && breadth.by_meaning > 0 {
                for (row, vector) in bucket.with_vector.iter().zip(bucket.vectors.chunks_exact(self.width)) {
                    let (row, score) = (*row as usize, dot(vector, &trace.embedding));
                    if score > 0 && near.takes(f64::from(score)) && open(row) {
                        near.offer(f64::from(score), bucket.arrivals[row]);
                    }
                }
            }
            for (row, score) in bucket.shared(trace, rarity) {
                if wordy.takes(score) && open(row) {
                    wordy.offer(score, bucket.arrivals[row]);
                }
            }
            if trace.reporter.is_some() {
                for row in
                    (0..bucket.arrivals.len()).filter(|row| bucket.reporters[*row] == trace.reporter && open(*row))
                {
                    same.offer(bucket.at[row] as f64, bucket.arrivals[row]);
                }
            }
        }
        let mut found: Vec<i64> = [near, wordy, same].into_iter().flat_map(Best::into_cases).collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

impl Default for Index {
    fn default() -> Self {
        Self::new()
    }
}

impl Bucket {
    /// Rows that share rare pairs of letters: the squares of their rarity, less for a long text.
    fn shared(&self, trace: &Trace, rarity: &Rarity) -> HashMap<usize, f64> {
        let mut scores: HashMap<usize, f64> = HashMap::new();
        for gram in trace.grams.iter().filter(|gram| rarity.is_rare(**gram)) {
            let weight = f64::from(rarity.of_gram(*gram)).powi(2);
            for row in self.postings.get(gram).into_iter().flatten() {
                *scores.entry(*row as usize).or_default() += weight;
            }
        }
        scores.iter_mut().for_each(|(row, score)| *score /= f64::from(30 + self.lengths[*row]).sqrt());
        scores
    }
}

/// The best few; among equals the earlier case.
struct Best {
    most: usize,
    kept: Vec<(f64, i64)>,
}

impl Best {
    fn of(most: usize) -> Self {
        Self { most, kept: Vec::with_capacity(most + 1) }
    }

    fn takes(&self, score: f64) -> bool {
        self.kept.len() < self.most || self.kept.last().is_some_and(|(least, _)| score >= *least)
    }

    fn offer(&mut self, score: f64, case: i64) {
        let before = |(s, c): &(f64, i64)| s.total_cmp(&score).is_gt() || (*s == score && *c < case);
        let place = self.kept.partition_point(before);
        self.kept.insert(place, (score, case));
        self.kept.truncate(self.most);
    }

    fn into_cases(self) -> impl Iterator<Item = i64> {
        self.kept.into_iter().map(|(_, case)| case)
    }
}
