//! The encoder while it learns: the arithmetic of `encoder.rs` with dropout, and its backward pass written out.
//!
//! Weights are kept as `[in, out]` with query, key and value side by side, because that multiplies fastest; files
//! keep Hugging Face's BERT layout (`[out, in]`, apart).

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use candle_core::{DType, Device, Result, Tensor, Var, bail};

use super::backward::{
    Attention, Dropout, add_bias, column_sums, gelu, gelu_slope, layer_norm, layer_norm_backward, lend, matrix,
    mean_pool, mean_pool_backward, splitmix, values,
};
use super::weights::Config;

/// The table of word vectors, `[vocabulary, hidden]`; learns only the rows a batch touches.
pub const WORDS: &str = "embeddings.word";

/// A 26/256 share of hidden values is dropped in training, BERT's tenth.
const DROP: u8 = 26;

/// Gradients by variable; those of the word table by row.
#[derive(Default)]
pub struct Gradients {
    pub dense: BTreeMap<String, Tensor>,
    pub words: BTreeMap<u32, Vec<f32>>,
}

/// Every variable of the encoder by the name of its place.
pub struct Trunk {
    config: Config,
    vars: BTreeMap<String, Var>,
    /// 0: everything learns; 1: embeddings keep; N: embeddings and the first N−1 layers keep.
    frozen: usize,
}

/// What one layer's backward pass needs of its forward pass; all `[tokens, …]`.
struct Trace {
    x: Tensor,
    qkv: Tensor,
    seen: Tensor,
    sum1: Vec<f32>,
    x1: Tensor,
    wide: Vec<f32>,
    active: Tensor,
    sum2: Vec<f32>,
}

/// What the backward pass needs of a whole forward pass.
pub struct Memory {
    ids: Vec<u32>,
    lengths: Vec<usize>,
    noise: Option<u64>,
    embedded: Vec<f32>,
    layers: Vec<Trace>,
}

impl Trunk {
    pub fn vars(&self) -> impl Iterator<Item = (&String, &Var)> {
        self.vars.iter().filter(|(name, _)| !self.is_frozen(name))
    }

    fn is_frozen(&self, name: &str) -> bool {
        match name.strip_prefix("layer.").and_then(|rest| rest.split('.').next()) {
            Some(layer) => layer.parse::<usize>().is_ok_and(|layer| layer + 1 < self.frozen),
            None => self.frozen > 0,
        }
    }

    fn var(&self, name: &str) -> Result<&Tensor> {
        self.vars.get(name).map(|var| var.as_tensor()).ok_or_else(|| candle_core::Error::msg(format!("no {name}")))
    }

    /// Mean-pooled last hidden states `[texts, hidden]`; `noise` seeds dropout, without it nothing is dropped.
    pub fn forward(&self, texts: &[&[u32]], noise: Option<u64>) -> Result<(Tensor, Memory)> {
        let ids: Vec<u32> = texts.iter().flat_map(|ids| ids.iter().copied()).collect();
        let lengths: Vec<usize> = texts.iter().map(|ids| ids.len()).collect();
        let embedded = self.embed(&ids, &lengths)?;
        let mut x = self.norm(&embedded, "embeddings.norm")?;
        self.drop(&mut x, noise, 0);
        let mut memory = Memory { ids, lengths, noise, embedded, layers: Vec::new() };
        let mut x = matrix(x, self.config.hidden_size)?;
        for layer in 0..self.config.num_hidden_layers {
            let (y, trace) = self.layer(x, layer, &memory.lengths, noise)?;
            memory.layers.push(trace);
            x = y;
        }
        let pooled = lend(&x, |x| mean_pool(x, &memory.lengths, self.config.hidden_size))?;
        Ok((matrix(pooled, self.config.hidden_size)?, memory))
    }

    fn embed(&self, ids: &[u32], lengths: &[usize]) -> Result<Vec<f32>> {
        let hidden = self.config.hidden_size;
        let places = lengths.iter().flat_map(|&n| 0..n);
        lend(self.var(WORDS)?, |words| {
            lend(self.var("embeddings.position")?, |positions| {
                let mut out = Vec::with_capacity(ids.len() * hidden);
                for (&id, place) in ids.iter().zip(places) {
                    let (word, position) = (&words[id as usize * hidden..][..hidden], &positions[place * hidden..]);
                    out.extend(word.iter().zip(position).map(|(w, p)| w + p));
                }
                lend(self.var("embeddings.type")?, |kind| add_bias(&mut out, kind)).map(|()| out)
            })
        })??
    }

    fn layer(&self, x: Tensor, layer: usize, lengths: &[usize], noise: Option<u64>) -> Result<(Tensor, Trace)> {
        let at = |name: &str| format!("layer.{layer}.{name}");
        let hidden = self.config.hidden_size;
        let qkv = self.linear(&x, &at("qkv"))?;
        let seen = matrix(self.attention(lengths).forward(&qkv)?, hidden)?;
        let sum1 = self.residual(self.linear(&seen, &at("out"))?, &x, noise, 2 * layer + 1)?;
        let x1 = matrix(self.norm(&sum1, &at("norm1"))?, hidden)?;
        let wide = self.linear(&x1, &at("up"))?;
        let active = matrix(wide.iter().map(|&x| gelu(x)).collect(), self.config.intermediate_size)?;
        let sum2 = self.residual(self.linear(&active, &at("down"))?, &x1, noise, 2 * layer + 2)?;
        let y = matrix(self.norm(&sum2, &at("norm2"))?, hidden)?;
        Ok((y, Trace { x, qkv: matrix(qkv, 3 * hidden)?, seen, sum1, x1, wide, active, sum2 }))
    }

    fn attention<'a>(&self, lengths: &'a [usize]) -> Attention<'a> {
        Attention { lengths, heads: self.config.num_attention_heads, hidden: self.config.hidden_size }
    }

    fn linear(&self, x: &Tensor, name: &str) -> Result<Vec<f32>> {
        let mut out = values(&x.matmul(self.var(&format!("{name}.weight"))?)?)?;
        lend(self.var(&format!("{name}.bias"))?, |bias| add_bias(&mut out, bias))?;
        Ok(out)
    }

    fn norm(&self, x: &[f32], name: &str) -> Result<Vec<f32>> {
        let eps = self.config.layer_norm_eps as f32;
        lend(self.var(&format!("{name}.weight"))?, |weight| {
            lend(self.var(&format!("{name}.bias"))?, |bias| layer_norm(x, weight, bias, eps))
        })?
    }

    /// `x + dropout(y)`.
    fn residual(&self, mut y: Vec<f32>, x: &Tensor, noise: Option<u64>, site: usize) -> Result<Vec<f32>> {
        self.drop(&mut y, noise, site);
        lend(x, |x| y.iter_mut().zip(x).for_each(|(y, x)| *y += x))?;
        Ok(y)
    }

    fn drop(&self, values: &mut [f32], noise: Option<u64>, site: usize) {
        if let Some(seed) = noise {
            Dropout { drop: DROP, seed: splitmix(seed ^ ((site as u64) << 48)) }.apply(values);
        }
    }

    // ── backward ────────────────────────────────────────────────────────────────────────────────────────────────

    /// All gradients from that of the pooled vectors.
    pub fn backward(&self, memory: Memory, pooled: &Tensor) -> Result<Gradients> {
        let hidden = self.config.hidden_size;
        let mut grads = Gradients::default();
        let mut d = lend(pooled, |grads| mean_pool_backward(grads, &memory.lengths, hidden))?;
        for (layer, trace) in memory.layers.into_iter().enumerate().rev() {
            if layer + 1 < self.frozen {
                return Ok(grads);
            }
            d = self.layer_backward(layer, trace, &memory.lengths, memory.noise, d, &mut grads)?;
        }
        if self.frozen == 0 {
            self.drop(&mut d, memory.noise, 0);
            let d = self.norm_backward(&memory.embedded, &d, "embeddings.norm", &mut grads)?;
            self.embed_backward(&memory.ids, &memory.lengths, &d, &mut grads)?;
        }
        Ok(grads)
    }

    fn layer_backward(
        &self,
        layer: usize,
        trace: Trace,
        lengths: &[usize],
        noise: Option<u64>,
        d: Vec<f32>,
        grads: &mut Gradients,
    ) -> Result<Vec<f32>> {
        let at = |name: &str| format!("layer.{layer}.{name}");
        let sum = |a: Vec<f32>, b: &[f32]| a.iter().zip(b).map(|(a, b)| a + b).collect::<Vec<f32>>();
        let d_sum2 = self.norm_backward(&trace.sum2, &d, &at("norm2"), grads)?;
        let mut d_down = d_sum2.clone();
        self.drop(&mut d_down, noise, 2 * layer + 2);
        let mut d_wide = self.linear_backward(&trace.active, d_down, &at("down"), grads)?;
        d_wide.iter_mut().zip(&trace.wide).for_each(|(d, &x)| *d *= gelu_slope(x));
        let d_x1 = sum(self.linear_backward(&trace.x1, d_wide, &at("up"), grads)?, &d_sum2);
        let d_sum1 = self.norm_backward(&trace.sum1, &d_x1, &at("norm1"), grads)?;
        let mut d_out = d_sum1.clone();
        self.drop(&mut d_out, noise, 2 * layer + 1);
        let d_seen = self.linear_backward(&trace.seen, d_out, &at("out"), grads)?;
        let d_qkv = lend(&trace.qkv, |qkv| self.attention(lengths).backward(qkv, &d_seen))??;
        Ok(sum(self.linear_backward(&trace.x, d_qkv, &at("qkv"), grads)?, &d_sum1))
    }

    /// Keeps the weight's and bias's gradients and returns the input's.
    fn linear_backward(&self, x: &Tensor, d: Vec<f32>, name: &str, grads: &mut Gradients) -> Result<Vec<f32>> {
        let weight = self.var(&format!("{name}.weight"))?;
        let width = weight.dim(1)?;
        let bias = column_sums(&d, width);
        let d = matrix(d, width)?;
        grads.dense.insert(format!("{name}.bias"), Tensor::from_vec(bias, width, &Device::Cpu)?);
        grads.dense.insert(format!("{name}.weight"), x.t()?.matmul(&d)?);
        values(&d.matmul(&weight.t()?)?)
    }

    fn norm_backward(&self, x: &[f32], d: &[f32], name: &str, grads: &mut Gradients) -> Result<Vec<f32>> {
        let weight = format!("{name}.weight");
        let eps = self.config.layer_norm_eps as f32;
        let [dx, dw, db] = lend(self.var(&weight)?, |weight| layer_norm_backward(x, d, weight, eps))?;
        let width = dw.len();
        grads.dense.insert(weight, Tensor::from_vec(dw, width, &Device::Cpu)?);
        grads.dense.insert(format!("{name}.bias"), Tensor::from_vec(db, width, &Device::Cpu)?);
        Ok(dx)
    }

    fn embed_backward(&self, ids: &[u32], lengths: &[usize], d: &[f32], grads: &mut Gradients) -> Result<()> {
        let hidden = self.config.hidden_size;
        let mut positions = vec![0f32; self.var("embeddings.position")?.elem_count()];
        let places = lengths.iter().flat_map(|&n| 0..n);
        for ((&id, place), d) in ids.iter().zip(places).zip(d.chunks_exact(hidden)) {
            let word = grads.words.entry(id).or_insert_with(|| vec![0f32; hidden]);
            word.iter_mut().zip(d).for_each(|(sum, d)| *sum += d);
            positions[place * hidden..][..hidden].iter_mut().zip(d).for_each(|(sum, d)| *sum += d);
        }
        let kind = Tensor::from_vec(column_sums(d, hidden), hidden, &Device::Cpu)?;
        grads.dense.insert("embeddings.type".into(), kind);
        grads.dense.insert("embeddings.position".into(), matrix(positions, hidden)?);
        Ok(())
    }
}

impl Gradients {
    /// Adds another worker's share.
    pub fn add(&mut self, other: Gradients) -> Result<()> {
        for (name, grad) in other.dense {
            let sum = match self.dense.remove(&name) {
                Some(mine) => {
                    let (shape, mut sum) = (mine.shape().clone(), values(&mine)?);
                    lend(&grad, |grad| sum.iter_mut().zip(grad).for_each(|(sum, g)| *sum += g))?;
                    Tensor::from_vec(sum, shape, &Device::Cpu)?
                }
                None => grad,
            };
            self.dense.insert(name, sum);
        }
        for (id, row) in other.words {
            match self.words.entry(id) {
                std::collections::btree_map::Entry::Vacant(free) => drop(free.insert(row)),
                std::collections::btree_map::Entry::Occupied(mut mine) => {
                    mine.get_mut().iter_mut().zip(row).for_each(|(sum, g)| *sum += g);
                }
            }
        }
        Ok(())
    }
}

// ── files ───────────────────────────────────────────────────────────────────────────────────────────────────────

const TYPES: &str = "embeddings.token_type_embeddings.weight";

/// Our names and Hugging Face's, for what is one tensor in both.
fn names(config: &Config) -> Vec<(String, String)> {
    let mut names = vec![
        (WORDS.to_owned(), "embeddings.word_embeddings.weight".to_owned()),
        ("embeddings.position".to_owned(), "embeddings.position_embeddings.weight".to_owned()),
    ];
    let mut pair = |ours: String, theirs: String| {
        for leaf in ["weight", "bias"] {
            names.push((format!("{ours}.{leaf}"), format!("{theirs}.{leaf}")));
        }
    };
    pair("embeddings.norm".into(), "embeddings.LayerNorm".into());
    for layer in 0..config.num_hidden_layers {
        for (ours, theirs) in [
            ("out", "attention.output.dense"),
            ("norm1", "attention.output.LayerNorm"),
            ("up", "intermediate.dense"),
            ("down", "output.dense"),
            ("norm2", "output.LayerNorm"),
        ] {
            pair(format!("layer.{layer}.{ours}"), format!("encoder.layer.{layer}.{theirs}"));
        }
    }
    names
}

/// Hugging Face's names of the three parts of a layer's `qkv`.
fn apart(layer: usize, leaf: &str) -> [String; 3] {
    ["query", "key", "value"].map(|part| format!("encoder.layer.{layer}.attention.self.{part}.{leaf}"))
}

/// Ours are `[in, out]`, theirs `[out, in]`; tables and vectors stay.
fn turned(name: &str, tensor: &Tensor) -> Result<Tensor> {
    if name.starts_with("layer.") && tensor.rank() == 2 { tensor.t()?.contiguous() } else { tensor.contiguous() }
}

impl Trunk {
    /// Reads Hugging Face's BERT layout.
    pub fn load(file: &Path, config: &Config, frozen: usize) -> Result<Self> {
        let raw = candle_core::safetensors::load(file, &Device::Cpu)?;
        let take = |name: &str| match raw.get(name).or_else(|| raw.get(&format!("bert.{name}"))) {
            Some(tensor) => tensor.to_dtype(DType::F32),
            None => bail!("tensor {name} is missing"),
        };
        let mut vars = BTreeMap::new();
        for (ours, theirs) in names(config) {
            vars.insert(ours.clone(), Var::from_tensor(&turned(&ours, &take(&theirs)?)?)?);
        }
        for layer in 0..config.num_hidden_layers {
            for leaf in ["weight", "bias"] {
                let [q, k, v] = apart(layer, leaf).map(|name| take(&name));
                let ours = format!("layer.{layer}.qkv.{leaf}");
                vars.insert(ours.clone(), Var::from_tensor(&turned(&ours, &Tensor::cat(&[q?, k?, v?], 0)?)?)?);
            }
        }
        vars.insert("embeddings.type".into(), Var::from_tensor(&take(TYPES)?.get(0)?)?);
        Ok(Self { config: config.clone(), vars, frozen })
    }

    /// Writes Hugging Face's BERT layout in fp16. The second token type is never used here and stays zero.
    pub fn save(&self, file: &Path) -> Result<()> {
        let mut out: HashMap<String, Tensor> = HashMap::new();
        let mut put = |name: String, tensor: Tensor| -> Result<()> {
            out.insert(name, tensor.to_dtype(DType::F16)?.contiguous()?);
            Ok(())
        };
        for (ours, theirs) in names(&self.config) {
            put(theirs, turned(&ours, &self.var(&ours)?.detach())?)?;
        }
        for layer in 0..self.config.num_hidden_layers {
            for leaf in ["weight", "bias"] {
                let ours = format!("layer.{layer}.qkv.{leaf}");
                let whole = turned(&ours, &self.var(&ours)?.detach())?;
                for (name, part) in apart(layer, leaf).into_iter().zip(whole.chunk(3, 0)?) {
                    put(name, part)?;
                }
            }
        }
        let kind = self.var("embeddings.type")?.detach();
        put(TYPES.into(), Tensor::stack(&[&kind, &kind.zeros_like()?], 0)?)?;
        candle_core::safetensors::save(&out, file)
    }
}
