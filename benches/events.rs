//! Looking for duplicates: how long one search of the index takes.
//!
//! Made-up cases with vectors of 512 and as many pairs of letters as a request has, some common, some rare, over 30
//! days. `GUIKOU_CASES` sets how many (100,000 where nothing is said; 1,000,000 takes about 1.5 GB).

#![allow(clippy::unwrap_used, reason = "a benchmark stops at the first surprise")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use guikou::case::Trace;
use guikou::issues::{Breadth, Index, Rarity};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

const DAY: i64 = 86_400_000;
const WIDTH: usize = 512;

fn trace(arrival: i64, random: &mut StdRng) -> Trace {
    // Pairs of letters are used as words are: the n-th in order of use about 1/n as often.
    let gram = |random: &mut StdRng| ((131_072f64.powf(random.random::<f64>())) as u32).min(131_071);
    let mut grams: Vec<u32> = (0..110).map(|_| gram(random)).collect();
    grams.extend((0..10).map(|_| random.random_range(0..131_072)));
    grams.sort_unstable();
    grams.dedup();
    let embedding = (0..WIDTH).map(|_| random.random_range(-20..=20)).collect();
    Trace { arrival, at: arrival % 30 * DAY, grams, embedding, ..Trace::default() }
}

fn search(criterion: &mut Criterion) {
    let cases: i64 = std::env::var("GUIKOU_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let mut random = StdRng::seed_from_u64(12345);
    let sample: Vec<Trace> = (0..5_000).map(|n| trace(n, &mut random)).collect();
    let rarity = Rarity::of(sample.iter().map(|trace| trace.grams.as_slice()));
    let mut index = Index::new();
    (0..cases).for_each(|n| index.insert(&trace(n, &mut random), &rarity));
    let asked: Vec<Trace> = (0..64).map(|n| trace(-1 - n, &mut random)).collect();
    let mut group = criterion.benchmark_group(format!("{cases} cases"));
    group.sample_size(20);
    for (name, breadth) in [
        ("by meaning and words", Breadth::default()),
        ("by words", Breadth { by_meaning: 0, ..Breadth::default() }),
        ("by meaning", Breadth { by_words: 0, ..Breadth::default() }),
    ] {
        let mut n = 0;
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                n += 1;
                black_box(index.candidates(&asked[n % asked.len()], 0, 30 * DAY, &rarity, breadth))
            })
        });
    }
}

criterion_group!(benches, search);
criterion_main!(benches);
