//! The encoder: a BERT (Devlin et al. 2018) that turns token ids into one vector per text.
//!
//! Texts are laid back to back, nothing is padded: the linear layers see one tall matrix, attention works inside each
//! text. Work is cut into blocks of rows and shared among the threads of rayon's pool, so that a batch and a single
//! text both use every core; no setting is needed, and a thread count in `RAYON_NUM_THREADS` is obeyed.
//! Training differentiates and so has its own forward pass; this one is for speed, and `tests/it/golden.rs` holds it
//! to ONNX Runtime.

use std::ops::Range;
use std::path::Path;

use rayon::prelude::*;

use super::kernels::{Norm, Panels, TILE_ROWS, Then, multiply, softmax};
use super::weights::{Config, Tensors, Weights};
use crate::error::{Error, Result};

/// Rows that one job carries through a layer: their widest values (× 2048 × 4 bytes) stay in a core's own cache.
const BLOCK_ROWS: usize = 8 * TILE_ROWS;
/// Tokens laid back to back in one pack: more only spills the shared cache.
const PACK_TOKENS: usize = 512;

/// The encoder of one model folder; read-only, shared by all threads.
pub struct Encoder {
    config: Config,
    words: Vec<f32>,
    /// Position embeddings with the embedding of token type 0 added.
    positions: Vec<f32>,
    norm: Norm,
    layers: Vec<Layer>,
}

/// What the encoder makes of a list of texts, in their order: two poolings of the last layer, `[texts, hidden]`,
/// row-major, not normalized.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoded {
    pub hidden: usize,
    /// The vector of `[CLS]`.
    pub cls: Vec<f32>,
    /// The mean over all tokens of the text, `[CLS]` and `[SEP]` among them.
    pub mean: Vec<f32>,
}

impl Encoder {
    /// Reads `config.json` and `model.safetensors` of a model folder.
    pub fn load(dir: &Path) -> Result<Self> {
        let config = Config::load(dir)?;
        let weights = Weights::read(dir)?;
        Self::of(config, &weights.open()?)
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Encodes texts given as token ids, `[CLS]` first and `[SEP]` last. Each must hold 1 to
    /// `max_position_embeddings` ids of the vocabulary.
    pub fn encode<T: AsRef<[u32]> + Sync>(&self, texts: &[T]) -> Result<Encoded> {
        let texts: Vec<&[u32]> = texts.iter().map(AsRef::as_ref).collect();
        texts.iter().try_for_each(|ids| self.check(ids))?;
        let packs = packs(&texts);
        let pooled: Vec<_> = packs.into_par_iter().map(|pack| (pack.clone(), self.pooled(&texts, &pack))).collect();
        let hidden = self.config.hidden_size;
        let mut encoded =
            Encoded { hidden, cls: vec![0.0; texts.len() * hidden], mean: vec![0.0; texts.len() * hidden] };
        for (pack, rows) in pooled {
            for (text, row) in pack.into_iter().zip(rows.chunks_exact(2 * hidden)) {
                encoded.cls[text * hidden..][..hidden].copy_from_slice(&row[..hidden]);
                encoded.mean[text * hidden..][..hidden].copy_from_slice(&row[hidden..]);
            }
        }
        Ok(encoded)
    }

    fn of(config: Config, tensors: &Tensors) -> Result<Self> {
        let hidden = config.hidden_size;
        let table = |name: &str, rows| tensors.get(&format!("embeddings.{name}_embeddings.weight"), &[rows, hidden]);
        let words = table("word", config.vocab_size)?;
        let mut positions = table("position", config.max_position_embeddings)?;
        let types = table("token_type", config.type_vocab_size)?;
        for row in positions.chunks_exact_mut(hidden) {
            add(row, &types[..hidden]);
        }
        let norm = norm(tensors, "embeddings", &config)?;
        let layers = (0..config.num_hidden_layers).map(|i| Layer::of(tensors, i, &config)).collect::<Result<_>>()?;
        Ok(Self { config, words, positions, norm, layers })
    }

    fn check(&self, ids: &[u32]) -> Result<()> {
        let longest = self.config.max_position_embeddings;
        if ids.is_empty() || ids.len() > longest || ids.iter().any(|id| *id as usize >= self.config.vocab_size) {
            return Err(Error::internal(
                format!("词元序列须有 1–{longest} 个词表内的编号"),
                format!("a token sequence must hold 1 to {longest} ids of the vocabulary"),
            ));
        }
        Ok(())
    }

    /// For each text of the pack its `[CLS]` row and its mean row, back to back.
    fn pooled(&self, texts: &[&[u32]], pack: &[usize]) -> Vec<f32> {
        let texts: Vec<&[u32]> = pack.iter().map(|text| texts[*text]).collect();
        let hidden = self.config.hidden_size;
        let mut rows = &self.last_hidden(&texts)[..];
        let mut pooled = vec![0.0; texts.len() * 2 * hidden];
        for (ids, to) in texts.iter().zip(pooled.chunks_exact_mut(2 * hidden)) {
            let (text, rest) = rows.split_at(ids.len() * hidden);
            rows = rest;
            let (cls, mean) = to.split_at_mut(hidden);
            cls.copy_from_slice(&text[..hidden]);
            text.chunks_exact(hidden).for_each(|row| add(mean, row));
            mean.iter_mut().for_each(|v| *v /= ids.len() as f32);
        }
        pooled
    }

    /// The last layer's rows of all texts, back to back: `[tokens, hidden]`.
    fn last_hidden(&self, texts: &[&[u32]]) -> Vec<f32> {
        let (hidden, heads) = (self.config.hidden_size, self.config.num_attention_heads);
        let mut x = self.embedded(texts);
        let spans = spans(texts);
        let rows = x.len() / hidden;
        let block = rows.div_ceil(rayon::current_num_threads()).next_multiple_of(TILE_ROWS).min(BLOCK_ROWS);
        let mut qkv = vec![0.0; rows * 3 * hidden];
        for layer in &self.layers {
            qkv.par_chunks_mut(block * 3 * hidden)
                .zip(x.par_chunks(block * hidden))
                .for_each(|(qkv, x)| multiply(x, hidden, &layer.qkv, Then::Nothing, qkv, 3 * hidden));
            x.par_chunks_mut(block * hidden).enumerate().for_each(|(i, x)| {
                let first = i * block;
                let context = attention(&qkv, &spans, first..first + x.len() / hidden, hidden, heads);
                layer.transform(x, &context);
            });
        }
        x
    }

    fn embedded(&self, texts: &[&[u32]]) -> Vec<f32> {
        let hidden = self.config.hidden_size;
        let ids = || texts.iter().flat_map(|ids| ids.iter());
        let mut words: Vec<f32> = Vec::with_capacity(ids().count() * hidden);
        let mut positions = Vec::with_capacity(words.capacity());
        ids().for_each(|id| words.extend_from_slice(&self.words[*id as usize * hidden..][..hidden]));
        texts.iter().for_each(|ids| positions.extend_from_slice(&self.positions[..ids.len() * hidden]));
        self.norm.of_sum(&mut words, &positions);
        words
    }
}

/// One transformer layer. Query weights carry the 1/√(head size) of the attention scores.
struct Layer {
    qkv: Panels,
    attention_output: Panels,
    attention_norm: Norm,
    up: Panels,
    down: Panels,
    norm: Norm,
}

impl Layer {
    fn of(tensors: &Tensors, i: usize, config: &Config) -> Result<Self> {
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        let at = |part: &str| format!("encoder.layer.{i}.{part}");
        let dense = |part: &str, n, k| {
            let weights = tensors.get(&at(&format!("{part}.weight")), &[n, k])?;
            Ok((weights, tensors.get(&at(&format!("{part}.bias")), &[n])?))
        };
        let panels = |part: &str, n, k| dense(part, n, k).map(|(w, b)| Panels::of_weights(&w, &b));
        let (mut weights, mut bias) = dense("attention.self.query", hidden, hidden)?;
        let scale = 1.0 / (config.head_size() as f32).sqrt();
        weights.iter_mut().chain(&mut bias).for_each(|v| *v *= scale);
        for part in ["attention.self.key", "attention.self.value"] {
            let (w, b) = dense(part, hidden, hidden)?;
            weights.extend(w);
            bias.extend(b);
        }
        Ok(Self {
            qkv: Panels::of_weights(&weights, &bias),
            attention_output: panels("attention.output.dense", hidden, hidden)?,
            attention_norm: norm(tensors, &at("attention.output"), config)?,
            up: panels("intermediate.dense", inner, hidden)?,
            down: panels("output.dense", hidden, inner)?,
            norm: norm(tensors, &at("output"), config)?,
        })
    }

    /// All of the layer that follows attention, in place, for a block of rows and their attention `context`.
    fn transform(&self, x: &mut [f32], context: &[f32]) {
        let (hidden, inner) = (self.norm.gamma.len(), self.up.columns());
        let mut y = vec![0.0; x.len()];
        multiply(context, hidden, &self.attention_output, Then::Nothing, &mut y, hidden);
        self.attention_norm.of_sum(x, &y);
        let mut wide = vec![0.0; x.len() / hidden * inner];
        multiply(x, hidden, &self.up, Then::Gelu, &mut wide, inner);
        multiply(&wide, inner, &self.down, Then::Nothing, &mut y, hidden);
        self.norm.of_sum(x, &y);
    }
}

/// softmax(Q·Kᵀ)·V for the rows `block` of `qkv` (`[tokens, 3·hidden]`), each within its own text.
fn attention(qkv: &[f32], spans: &[Range<usize>], block: Range<usize>, hidden: usize, heads: usize) -> Vec<f32> {
    let (size, stride) = (hidden / heads, 3 * hidden);
    let mut context = vec![0.0; block.len() * hidden];
    let (mut keys, mut values, mut scores) = (Panels::default(), Panels::default(), Vec::new());
    for span in spans.iter().filter(|span| span.start < block.end && block.start < span.end) {
        let rows = span.start.max(block.start)..span.end.min(block.end);
        let out = &mut context[(rows.start - block.start) * hidden..(rows.end - block.start) * hidden];
        let n = span.len();
        scores.resize(rows.len() * n, 0.0);
        for head in (0..hidden).step_by(size) {
            let text = &qkv[span.start * stride..span.end * stride];
            keys.fill_transposed(n, size, &text[hidden + head..], stride);
            values.fill(n, size, &text[2 * hidden + head..], stride);
            multiply(&qkv[rows.start * stride + head..], stride, &keys, Then::Nothing, &mut scores, n);
            softmax(&mut scores, n, n);
            multiply(&scores, n, &values, Then::Nothing, &mut out[head..], hidden);
        }
    }
    context
}

fn norm(tensors: &Tensors, part: &str, config: &Config) -> Result<Norm> {
    let get = |which: &str| tensors.get(&format!("{part}.LayerNorm.{which}"), &[config.hidden_size]);
    Ok(Norm { gamma: get("weight")?, beta: get("bias")?, epsilon: config.layer_norm_eps as f32 })
}

/// Where each text's rows lie when all are laid back to back.
fn spans(texts: &[&[u32]]) -> Vec<Range<usize>> {
    let ends = texts.iter().scan(0, |end, ids| {
        let start = *end;
        *end += ids.len();
        Some(start..*end)
    });
    ends.collect()
}

/// Cuts a list of texts, by index, into packs of about [`PACK_TOKENS`] tokens.
fn packs(texts: &[&[u32]]) -> Vec<Vec<usize>> {
    let mut packs: Vec<Vec<usize>> = Vec::new();
    let mut tokens = usize::MAX;
    for (i, ids) in texts.iter().enumerate() {
        if tokens.saturating_add(ids.len()) > PACK_TOKENS {
            packs.push(Vec::new());
            tokens = 0;
        }
        tokens += ids.len();
        packs.last_mut().expect("a pack was just begun").push(i);
    }
    packs
}

fn add(to: &mut [f32], row: &[f32]) {
    to.iter_mut().zip(row).for_each(|(to, v)| *to += v);
}
