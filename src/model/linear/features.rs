//! Characters to features: hashed 1–3-grams, weighed and brought to length 1.

use std::collections::HashMap;

use rayon::prelude::*;

/// Feature and value, by feature; length 1 unless no n-gram is known.
pub(super) type Row = Vec<(u32, f32)>;

/// Longest n-gram, in characters.
const LONGEST: usize = 3;
/// The n-grams that training saw, by bucket.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Features {
    /// Ascending; a feature is a position in it.
    pub(super) buckets: Vec<u32>,
    /// Inverse document frequency, ln((1 + n) / (1 + df)) + 1, one for each bucket.
    pub(super) idf: Vec<f32>,
}

impl Features {
    /// The features of `texts` that stand in at least `least` of them, and the texts as rows.
    pub(super) fn fit(texts: &[&str], least: u32) -> (Self, Vec<Row>) {
        let counted: Vec<Vec<(u32, u32)>> = texts.par_iter().map(|text| count(text)).collect();
        let mut frequency: HashMap<u32, u32> = HashMap::new();
        for (bucket, _) in counted.iter().flatten() {
            *frequency.entry(*bucket).or_default() += 1;
        }
        let mut buckets: Vec<u32> = frequency.iter().filter(|(_, n)| **n >= least).map(|(bucket, _)| *bucket).collect();
        buckets.sort_unstable();
        let idf = |df: u32| (((1 + texts.len()) as f64 / f64::from(1 + df)).ln() + 1.0) as f32;
        let idf = buckets.iter().map(|bucket| idf(frequency[bucket])).collect();
        let features = Self { buckets, idf };
        let rows = counted.par_iter().map(|counts| features.weigh(counts)).collect();
        (features, rows)
    }

    pub(super) fn len(&self) -> usize {
        self.buckets.len()
    }

    pub(super) fn row(&self, text: &str) -> Row {
        self.weigh(&count(text))
    }

    /// (1 + ln tf) × idf, then length 1.
    fn weigh(&self, counts: &[(u32, u32)]) -> Row {
        let mut row: Row = counts
            .iter()
            .filter_map(|(bucket, times)| {
                let feature = self.buckets.binary_search(bucket).ok()?;
                Some((feature as u32, (1.0 + (*times as f32).ln()) * self.idf[feature]))
            })
            .collect();
        let length = row.iter().map(|(_, value)| value * value).sum::<f32>().sqrt();
        row.iter_mut().for_each(|(_, value)| *value /= length);
        row
    }
}

/// Bucket and how often, by bucket. Case is folded, runs of blanks are one blank.
fn count(text: &str) -> Vec<(u32, u32)> {
    let lower = text.to_lowercase();
    let text = lower.split_whitespace().collect::<Vec<_>>().join(" ");
    let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let mut buckets: Vec<u32> = (1..=LONGEST)
        .flat_map(|n| ends.windows(n + 1).map(|window| (window[0], window[window.len() - 1])))
        .map(|(start, end)| bucket(&text.as_bytes()[start..end]))
        .collect();
    buckets.sort_unstable();
    buckets.chunk_by(|a, b| a == b).map(|run| (run[0], run.len() as u32)).collect()
}

/// FNV-1a, 64 bits xor-folded to 32 (Fowler, Noll, Vo; IETF draft-eastlake-fnv): the same on every machine and for
/// ever. At 22 bits n-grams sharing a bucket cost 1–3 points of accuracy; at 32 hardly two share one.
fn bucket(bytes: &[u8]) -> u32 {
    let hash = bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3));
    (hash >> 32 ^ hash) as u32
}
