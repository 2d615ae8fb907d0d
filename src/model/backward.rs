//! The encoder's elementwise steps and attention, each beside its backward pass, over *packed* sequences: the tokens
//! of a batch stand back to back in `[tokens, hidden]` and nothing is padded.
//!
//! candle's own differentiation walks memory several times for every operation and zero-fills every gradient before
//! adding to it; written out by hand the same arithmetic takes half the time. Matrix products stay candle's.
//! Formulas: Vaswani 2017 (attention), Ba 2016 (layer norm), Hendrycks 2016 (GELU), Srivastava 2014 (dropout).

use candle_core::{Device, Result, Storage, Tensor, bail};

/// The standard normal's density at 0, `1/√(2π)`.
const DENSITY: f32 = 0.398_942_3;

/// Lends a tensor's values.
pub fn lend<R>(tensor: &Tensor, read: impl FnOnce(&[f32]) -> R) -> Result<R> {
    let tensor = tensor.contiguous()?;
    let (storage, layout) = tensor.storage_and_layout();
    match (&*storage, layout.contiguous_offsets()) {
        (Storage::Cpu(storage), Some((start, end))) => Ok(read(&storage.as_slice::<f32>()?[start..end])),
        _ => bail!("training runs on the CPU"),
    }
}

/// A tensor's values, to be worked on in place.
pub fn values(tensor: &Tensor) -> Result<Vec<f32>> {
    lend(tensor, <[f32]>::to_vec)
}

/// `[rows, width]`.
pub fn matrix(values: Vec<f32>, width: usize) -> Result<Tensor> {
    let rows = values.len() / width;
    Tensor::from_vec(values, (rows, width), &Device::Cpu)
}

/// The sum of the rows.
pub fn column_sums(values: &[f32], width: usize) -> Vec<f32> {
    let mut sums = vec![0f32; width];
    for row in values.chunks_exact(width) {
        sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
    }
    sums
}

pub fn add_bias(values: &mut [f32], bias: &[f32]) {
    for row in values.chunks_exact_mut(bias.len()) {
        row.iter_mut().zip(bias).for_each(|(x, b)| *x += b);
    }
}

// ── exponentials that the compiler can make vectors of ──────────────────────────────────────────────────────────

/// `e^x` for x ≤ 88 by range reduction and a degree-6 polynomial (Cephes `expf`), relative error ≤ 2e-7.
fn exp(x: f32) -> f32 {
    const ROUND: f32 = 12_582_912.0; // 1.5·2²³: adding and subtracting it rounds to an integer
    let x = x.max(-87.0);
    let n = (x * std::f32::consts::LOG2_E + ROUND) - ROUND;
    let r = x - n * 0.693_359_4 + n * 2.121_944_4e-4;
    let tail = 0.5 + r * (0.166_666_65 + r * (0.041_665_796 + r * (0.008_333_452 + r * 0.001_398_2)));
    let poly = 1.0 + r * (1.0 + r * tail);
    poly * f32::from_bits((((n as i32) + 127) << 23) as u32)
}

/// erf by Abramowitz & Stegun 7.1.26, |error| ≤ 1.5e-7.
fn erf(x: f32) -> f32 {
    let a = x.abs();
    let t = 1.0 / (1.0 + 0.327_591_1 * a);
    let poly = t * (0.254_829_6 + t * (-0.284_496_74 + t * (1.421_413_7 + t * (-1.453_152 + t * 1.061_405_4))));
    (1.0 - poly * exp(-a * a)).copysign(x)
}

/// The exact (erf) GELU that BERT uses.
pub fn gelu(x: f32) -> f32 {
    0.5 * x * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2))
}

pub fn gelu_slope(x: f32) -> f32 {
    0.5 * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2)) + x * DENSITY * exp(-0.5 * x * x)
}

// ── layer norm ──────────────────────────────────────────────────────────────────────────────────────────────────

fn moments(row: &[f32], eps: f32) -> (f32, f32) {
    let count = row.len() as f32;
    let mean = row.iter().sum::<f32>() / count;
    let variance = row.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / count;
    (mean, 1.0 / (variance + eps).sqrt())
}

pub fn layer_norm(xs: &[f32], weight: &[f32], bias: &[f32], eps: f32) -> Vec<f32> {
    let mut out = vec![0f32; xs.len()];
    for (row, to) in xs.chunks_exact(weight.len()).zip(out.chunks_exact_mut(weight.len())) {
        let (mean, scale) = moments(row, eps);
        for (((y, x), w), b) in to.iter_mut().zip(row).zip(weight).zip(bias) {
            *y = (x - mean) * scale * w + b;
        }
    }
    out
}

/// Gradients of the input, the weight and the bias.
pub fn layer_norm_backward(xs: &[f32], grads: &[f32], weight: &[f32], eps: f32) -> [Vec<f32>; 3] {
    let width = weight.len();
    let (mut dx, mut dw, mut db) = (vec![0f32; xs.len()], vec![0f32; width], vec![0f32; width]);
    let rows = xs.chunks_exact(width).zip(grads.chunks_exact(width)).zip(dx.chunks_exact_mut(width));
    for ((x, g), d) in rows {
        let (mean, scale) = moments(x, eps);
        let (mut sum, mut dot) = (0f32, 0f32);
        for i in 0..width {
            let (normal, through) = ((x[i] - mean) * scale, g[i] * weight[i]);
            dw[i] += g[i] * normal;
            db[i] += g[i];
            sum += through;
            dot += through * normal;
        }
        let (sum, dot) = (sum / width as f32, dot / width as f32);
        for i in 0..width {
            d[i] = scale * (g[i] * weight[i] - sum - (x[i] - mean) * scale * dot);
        }
    }
    [dx, dw, db]
}

// ── dropout ─────────────────────────────────────────────────────────────────────────────────────────────────────

/// Sets a share of the values to zero and scales the rest. The mask is a function of the seed, so the backward pass
/// makes the same one again instead of keeping it.
#[derive(Clone, Copy)]
pub struct Dropout {
    /// Of 256.
    pub drop: u8,
    pub seed: u64,
}

impl Dropout {
    pub fn apply(self, values: &mut [f32]) {
        let scale = 256.0 / (256.0 - self.drop as f32);
        for (i, chunk) in values.chunks_mut(8).enumerate() {
            let noise = splitmix(self.seed.wrapping_add(i as u64)).to_le_bytes();
            chunk.iter_mut().zip(noise).for_each(|(x, n)| *x = if n < self.drop { 0.0 } else { *x * scale });
        }
    }
}

/// SplitMix64 (Steele 2014): one well-mixed word for each counter.
pub fn splitmix(counter: u64) -> u64 {
    let mut z = counter.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

// ── attention ───────────────────────────────────────────────────────────────────────────────────────────────────

/// Multi-head self-attention of packed sequences: `[tokens, 3·hidden]` (query, key, value side by side) →
/// `[tokens, hidden]`. The probabilities are made again in the backward pass rather than kept.
pub struct Attention<'a> {
    pub lengths: &'a [usize],
    pub heads: usize,
    pub hidden: usize,
}

impl Attention<'_> {
    fn scale(&self) -> f32 {
        1.0 / ((self.hidden / self.heads) as f32).sqrt()
    }

    pub fn forward(&self, qkv: &[f32]) -> Result<Vec<f32>> {
        let mut out = vec![0f32; qkv.len() / 3];
        let (mut from, mut to) = (qkv, out.as_mut_slice());
        for &n in self.lengths {
            let (mine, rest) = from.split_at(n * 3 * self.hidden);
            let (target, others) = to.split_at_mut(n * self.hidden);
            let p = probabilities(&self.part(mine, 3, 0)?.matmul(&self.part(mine, 3, 1)?.t()?)?, self.scale())?;
            self.unpart(&p.matmul(&self.part(mine, 3, 2)?)?, target, 1, 0)?;
            (from, to) = (rest, others);
        }
        Ok(out)
    }

    /// The gradient of `qkv` from that of the output.
    pub fn backward(&self, qkv: &[f32], grads: &[f32]) -> Result<Vec<f32>> {
        let mut out = vec![0f32; qkv.len()];
        let (mut from, mut above, mut to) = (qkv, grads, out.as_mut_slice());
        for &n in self.lengths {
            let (mine, rest) = from.split_at(n * 3 * self.hidden);
            let (grad, rest_grads) = above.split_at(n * self.hidden);
            let (target, others) = to.split_at_mut(n * 3 * self.hidden);
            let (q, k, v) = (self.part(mine, 3, 0)?, self.part(mine, 3, 1)?, self.part(mine, 3, 2)?);
            let p = probabilities(&q.matmul(&k.t()?)?, self.scale())?;
            let grad = self.part(grad, 1, 0)?;
            let d = through_softmax(&p, &grad.matmul(&v.t()?)?, self.scale())?;
            self.unpart(&d.matmul(&k)?, target, 3, 0)?;
            self.unpart(&d.t()?.matmul(&q)?, target, 3, 1)?;
            self.unpart(&p.t()?.matmul(&grad)?, target, 3, 2)?;
            (from, above, to) = (rest, rest_grads, others);
        }
        Ok(out)
    }

    /// Block `which` of rows that hold `blocks` of them, as `[heads, n, width]`.
    fn part(&self, rows: &[f32], blocks: usize, which: usize) -> Result<Tensor> {
        let (stride, width) = (blocks * self.hidden, self.hidden / self.heads);
        let tokens = rows.len() / stride;
        let mut out = Vec::with_capacity(tokens * self.hidden);
        for head in 0..self.heads {
            for row in rows.chunks_exact(stride) {
                let at = which * self.hidden + head * width;
                out.extend_from_slice(&row[at..at + width]);
            }
        }
        Tensor::from_vec(out, (self.heads, tokens, width), &Device::Cpu)
    }

    /// The way back of `part`.
    fn unpart(&self, from: &Tensor, rows: &mut [f32], blocks: usize, which: usize) -> Result<()> {
        let (_, tokens, width) = from.dims3()?;
        lend(from, |values| {
            for (head, values) in values.chunks_exact(tokens * width).enumerate() {
                let at = which * self.hidden + head * width;
                for (row, value) in rows.chunks_exact_mut(blocks * self.hidden).zip(values.chunks_exact(width)) {
                    row[at..at + width].copy_from_slice(value);
                }
            }
        })
    }
}

/// Scaled softmax over the last dimension.
fn probabilities(scores: &Tensor, scale: f32) -> Result<Tensor> {
    let mut out = values(scores)?;
    for row in out.chunks_exact_mut(scores.dim(2)?) {
        let top = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        row.iter_mut().for_each(|x| *x = exp((*x - top) * scale));
        let total = 1.0 / row.iter().sum::<f32>();
        row.iter_mut().for_each(|x| *x *= total);
    }
    Tensor::from_vec(out, scores.shape(), &Device::Cpu)
}

/// `p ∘ (d − Σ d∘p) · scale`, the softmax's backward pass.
fn through_softmax(p: &Tensor, d: &Tensor, scale: f32) -> Result<Tensor> {
    let (width, mut out) = (p.dim(2)?, values(d)?);
    lend(p, |p| {
        for (p, d) in p.chunks_exact(width).zip(out.chunks_exact_mut(width)) {
            let dot: f32 = p.iter().zip(&*d).map(|(p, d)| p * d).sum();
            d.iter_mut().zip(p).for_each(|(d, p)| *d = p * (*d - dot) * scale);
        }
    })?;
    Tensor::from_vec(out, p.shape(), &Device::Cpu)
}

// ── pooling ─────────────────────────────────────────────────────────────────────────────────────────────────────

/// The mean of each sequence's rows: `[tokens, hidden]` → `[texts, hidden]`.
pub fn mean_pool(xs: &[f32], lengths: &[usize], hidden: usize) -> Vec<f32> {
    let mut out = vec![0f32; lengths.len() * hidden];
    let mut rows = xs.chunks_exact(hidden);
    for (&n, mean) in lengths.iter().zip(out.chunks_exact_mut(hidden)) {
        for row in rows.by_ref().take(n) {
            mean.iter_mut().zip(row).for_each(|(sum, x)| *sum += x / n as f32);
        }
    }
    out
}

pub fn mean_pool_backward(grads: &[f32], lengths: &[usize], hidden: usize) -> Vec<f32> {
    let mut out = Vec::with_capacity(lengths.iter().sum::<usize>() * hidden);
    for (&n, grad) in lengths.iter().zip(grads.chunks_exact(hidden)) {
        (0..n).for_each(|_| out.extend(grad.iter().map(|g| g / n as f32)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(n: usize, phase: f32) -> Vec<f32> {
        (0..n).map(|i| (i as f32 * 0.7 + phase).sin()).collect()
    }

    /// Compares a backward pass with central differences on every input value.
    fn check(name: &str, x: Vec<f32>, f: impl Fn(&[f32]) -> Vec<f32>, backward: impl Fn(&[f32], &[f32]) -> Vec<f32>) {
        let weights = wave(f(&x).len(), 1.1);
        let found = backward(&x, &weights);
        for i in 0..x.len() {
            let at = |step: f32| {
                let mut moved = x.clone();
                moved[i] += step;
                f(&moved).iter().zip(&weights).map(|(y, w)| y * w).sum::<f32>()
            };
            let expected = (at(1e-2) - at(-1e-2)) / 2e-2;
            assert!((found[i] - expected).abs() < 4e-3, "{name}: value {i} is {} not {expected}", found[i]);
        }
    }

    #[test]
    fn every_backward_pass_agrees_with_differences() {
        let (weight, bias) = (wave(6, 2.0), wave(6, 5.0));
        let norm = |x: &[f32]| layer_norm(x, &weight, &bias, 1e-5);
        check("layer norm", wave(18, 0.3), norm, |x, g| {
            let [dx, _, _] = layer_norm_backward(x, g, &weight, 1e-5);
            dx
        });
        let x = wave(18, 0.3);
        check(
            "layer norm's weight",
            weight.clone(),
            |w| layer_norm(&x, w, &bias, 1e-5),
            |w, g| {
                let [_, dw, _] = layer_norm_backward(&x, g, w, 1e-5);
                dw
            },
        );
        check(
            "gelu",
            wave(12, 0.3),
            |x| x.iter().map(|x| gelu(2.0 * x)).collect(),
            |x, g| x.iter().zip(g).map(|(x, g)| 2.0 * g * gelu_slope(2.0 * x)).collect(),
        );
        let lengths = [2, 3];
        check("mean", wave(15, 0.3), |x| mean_pool(x, &lengths, 3), |_, g| mean_pool_backward(g, &lengths, 3));
        let attention = Attention { lengths: &lengths, heads: 2, hidden: 4 };
        let forward = |x: &[f32]| attention.forward(x).unwrap();
        check("attention", wave(60, 0.3), forward, |x, g| attention.backward(x, g).unwrap());
    }

    #[test]
    fn exponential_and_error_function_are_exact_to_single_precision() {
        for i in -800..=800 {
            let x = i as f32 / 10.0;
            let expected = (x as f64).exp();
            assert!(((exp(x) as f64 - expected) / expected).abs() < 1e-6, "exp({x})");
        }
        // Abramowitz & Stegun, table 7.1.
        for (x, expected) in [(0.0, 0.0), (0.5, 0.520_499_9), (1.0, 0.842_700_8), (2.0, 0.995_322_3)] {
            assert!((erf(x) - expected).abs() < 1e-6 && (erf(-x) + expected).abs() < 1e-6, "erf({x})");
        }
    }
}
