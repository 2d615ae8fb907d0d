//! How fast texts become tokens and tokens become vectors: `cargo bench --bench speed`.
//!
//! `GUIKOU_BENCH_MODEL` names another model folder than `models/base`. Throughput is in texts. To compare with
//! another engine on a busy machine, set `RAYON_NUM_THREADS=1`, alternate short runs and take medians.

#![allow(clippy::unwrap_used, reason = "a benchmark stops at the first surprise")]

use std::env;
use std::path::PathBuf;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use guikou::model::encoder::Encoder;
use guikou::model::tokens::{Limit, Tokens};

const TEXT: &str = "长虹路北段工地每天凌晨两点还在打桩,家里有高考的孩子,打了三次电话没人管。";

fn model() -> PathBuf {
    env::var_os("GUIKOU_BENCH_MODEL")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("models/base"), PathBuf::from)
}

fn tokenizing(criterion: &mut Criterion) {
    let tokens = Tokens::load(&model()).unwrap();
    let mut group = criterion.benchmark_group("tokenize");
    for length in [32, 64, 128] {
        let text: String = TEXT.chars().cycle().take(length - 2).collect();
        group.throughput(Throughput::Elements(1));
        group.bench_function(BenchmarkId::from_parameter(length), |b| {
            b.iter(|| tokens.ids(&text, Limit::of(512)).unwrap());
        });
    }
}

fn encoding(criterion: &mut Criterion) {
    let encoder = Encoder::load(&model()).unwrap();
    let vocabulary = encoder.config().vocab_size as u32;
    let mut group = criterion.benchmark_group("encode");
    group.sample_size(10);
    for length in [32, 64, 128] {
        for batch in [1, 8, 32] {
            let texts: Vec<Vec<u32>> =
                (0..batch).map(|t| (0..length).map(|i| (t * length + i) * 7919 % vocabulary).collect()).collect();
            group.throughput(Throughput::Elements(batch.into()));
            group.bench_function(BenchmarkId::new(format!("{length} tokens"), batch), |b| {
                b.iter(|| encoder.encode(&texts).unwrap());
            });
        }
    }
}

criterion_group!(speed, tokenizing, encoding);
criterion_main!(speed);
