//! How texts are written: runs of one to three letters, weighted by how rare they are (TF-IDF, 1 + ln tf, as in
//! scikit-learn's `sublinear_tf` and `smooth_idf`), length 1.

use std::collections::BTreeMap;

use rayon::prelude::*;

/// The runs of letters of one text: hash and weight, hashes ascending.
pub type Grams = Vec<(u32, f32)>;

const LONGEST_RUN: usize = 3;

/// How many texts hold each run.
pub struct Rarity {
    texts: usize,
    holding: BTreeMap<u32, u32>,
}

impl Rarity {
    pub fn of(texts: &[&str]) -> Self {
        let counted: Vec<BTreeMap<u32, u32>> = texts.par_iter().map(|text| runs(text)).collect();
        let mut holding: BTreeMap<u32, u32> = BTreeMap::new();
        counted.iter().flat_map(BTreeMap::keys).for_each(|&run| *holding.entry(run).or_default() += 1);
        Self { texts: texts.len(), holding }
    }

    pub fn weigh(&self, text: &str) -> Grams {
        let idf = |run: &u32| {
            let holding = self.holding.get(run).copied().unwrap_or(0);
            ((1.0 + self.texts as f32) / (1.0 + holding as f32)).ln() + 1.0
        };
        let mut grams: Grams =
            runs(text).iter().map(|(run, tf)| (*run, (1.0 + (*tf as f32).ln()) * idf(run))).collect();
        let norm = grams.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt().max(1e-12);
        grams.iter_mut().for_each(|(_, weight)| *weight /= norm);
        grams
    }
}

/// The cosine of two texts' runs.
pub fn likeness(a: &Grams, b: &Grams) -> f32 {
    let (mut i, mut j, mut sum) = (0, 0, 0.0);
    while let (Some((left, x)), Some((right, y))) = (a.get(i), b.get(j)) {
        match left.cmp(right) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                sum += x * y;
                (i, j) = (i + 1, j + 1);
            }
        }
    }
    sum
}

fn runs(text: &str) -> BTreeMap<u32, u32> {
    let letters: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
    let mut runs = BTreeMap::new();
    for length in 1..=LONGEST_RUN {
        for run in letters.windows(length) {
            *runs.entry(hash(run)).or_default() += 1;
        }
    }
    runs
}

/// FNV-1a over the letters.
fn hash(run: &[char]) -> u32 {
    run.iter().fold(0x811c_9dc5, |hash, letter| (hash ^ *letter as u32).wrapping_mul(0x0100_0193))
}
