//! The arithmetic under the encoder, on plain `f32` rows: matrix product, softmax, layer norm, GELU.
//!
//! `pulp` picks AVX-512, AVX2 or NEON when the program runs, so that one safe source serves every machine. The
//! product keeps its right-hand side packed the way the inner loop reads it, which no general library can do for a
//! matrix it sees for the first time; that, and no padding, is what makes one short text fast.

use std::cell::Cell;

use pulp::{Arch, Simd, WithSimd};

/// Rows of the left-hand side that one inner loop works on: 6 × 2 sums fill AVX2's 16 registers, 6 × 4 AVX-512's 32.
pub const TILE_ROWS: usize = 6;

/// A K×N matrix with a bias per column, cut into panels of a few vectors' width: panel `j` holds columns
/// `j·width..` as K×width, contiguous, the last one filled up with zeros.
#[derive(Default)]
pub struct Panels {
    k: usize,
    n: usize,
    data: Vec<f32>,
    bias: Vec<f32>,
}

impl Panels {
    /// Weights as Hugging Face keeps them, `[out, in]`, and their bias `[out]`.
    pub fn of_weights(weights: &[f32], bias: &[f32]) -> Self {
        let mut panels = Self::default();
        let (n, k) = (bias.len(), weights.len() / bias.len());
        panels.fill_transposed(n, k, weights, k);
        panels.bias[..n].copy_from_slice(bias);
        panels
    }

    /// How many columns the matrix has: the width of a product.
    pub fn columns(&self) -> usize {
        self.n
    }

    /// From `k` rows of `n` values, `stride` apart.
    pub fn fill(&mut self, k: usize, n: usize, rows: &[f32], stride: usize) {
        let width = self.reset(k, n);
        for (j, panel) in self.data.chunks_exact_mut(k * width).enumerate() {
            let columns = width.min(n - j * width);
            for (to, from) in panel.chunks_exact_mut(width).zip(rows.chunks(stride)) {
                to[..columns].copy_from_slice(&from[j * width..][..columns]);
            }
        }
    }

    /// From `n` rows of `k` values, `stride` apart: row `i` becomes column `i`.
    pub fn fill_transposed(&mut self, n: usize, k: usize, rows: &[f32], stride: usize) {
        let width = self.reset(k, n);
        for (panel, rows) in self.data.chunks_exact_mut(k * width).zip(rows.chunks(stride * width)) {
            for (c, from) in rows.chunks(stride).enumerate() {
                for (to, value) in panel[c..].iter_mut().step_by(width).zip(&from[..k]) {
                    *to = *value;
                }
            }
        }
    }

    fn reset(&mut self, k: usize, n: usize) -> usize {
        let width = Arch::new().dispatch(PanelWidth);
        (self.k, self.n) = (k, n);
        self.data.clear();
        self.data.resize(k * n.next_multiple_of(width), 0.0);
        self.bias.clear();
        self.bias.resize(n.next_multiple_of(width), 0.0);
        width
    }
}

/// What happens to a sum before it is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Then {
    Nothing,
    Gelu,
}

/// `out = then(x · w + bias)`: rows of `w.k` values, `x_stride` apart, to rows of `w.n` values, `out_stride` apart.
/// As many rows as `out` holds the start of.
pub fn multiply(x: &[f32], x_stride: usize, w: &Panels, then: Then, out: &mut [f32], out_stride: usize) {
    thread_local!(static PACKED: Cell<Vec<f32>> = const { Cell::new(Vec::new()) });
    let mut packed = PACKED.take();
    Arch::new().dispatch(Multiply { x, x_stride, w, then, out, out_stride, packed: &mut packed });
    PACKED.set(packed);
}

/// Softmax over the first `n` values of each row; rows are `stride` apart.
pub fn softmax(rows: &mut [f32], stride: usize, n: usize) {
    Arch::new().dispatch(
        #[inline(always)]
        || rows.chunks_mut(stride).for_each(|row| softmax_row(&mut row[..n])),
    );
}

/// The learned scale γ and shift β of a layer norm.
pub struct Norm {
    pub gamma: Vec<f32>,
    pub beta: Vec<f32>,
    pub epsilon: f32,
}

impl Norm {
    /// `x = (v − mean v) / √(var v + ε) · γ + β` for each row `v = x + y`.
    pub fn of_sum(&self, x: &mut [f32], y: &[f32]) {
        let width = self.gamma.len();
        Arch::new().dispatch(
            #[inline(always)]
            || x.chunks_exact_mut(width).zip(y.chunks_exact(width)).for_each(|(x, y)| self.row(x, y)),
        );
    }

    #[inline(always)]
    fn row(&self, x: &mut [f32], y: &[f32]) {
        x.iter_mut().zip(y).for_each(|(x, y)| *x += y);
        let mean = sum(x, |v| v) / x.len() as f32;
        let variance = sum(x, |v| (v - mean) * (v - mean)) / x.len() as f32;
        let scale = 1.0 / (variance + self.epsilon).sqrt();
        for ((x, gamma), beta) in x.iter_mut().zip(&self.gamma).zip(&self.beta) {
            *x = (*x - mean) * scale * gamma + beta;
        }
    }
}

struct PanelWidth;

impl WithSimd for PanelWidth {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> usize {
        S::F32_LANES * vectors::<S>()
    }
}

/// Vectors side by side in one panel.
const fn vectors<S: Simd>() -> usize {
    if S::REGISTER_COUNT >= 32 { 4 } else { 2 }
}

struct Multiply<'a> {
    x: &'a [f32],
    x_stride: usize,
    w: &'a Panels,
    then: Then,
    out: &'a mut [f32],
    out_stride: usize,
    packed: &'a mut Vec<f32>,
}

impl WithSimd for Multiply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        self.pack();
        if vectors::<S>() == 4 { self.panels::<S, 4>(simd) } else { self.panels::<S, 2>(simd) }
    }
}

impl Multiply<'_> {
    /// Interleaves each group of rows, so that the inner loop reads both sides from one end to the other.
    #[inline(always)]
    fn pack(&mut self) {
        let k = self.w.k;
        let rows = self.out.len().div_ceil(self.out_stride);
        self.packed.resize(rows * k, 0.0);
        for (group, x) in self.packed.chunks_mut(TILE_ROWS * k).zip(self.x.chunks(TILE_ROWS * self.x_stride)) {
            let rows = group.len() / k;
            for (r, row) in x.chunks(self.x_stride).take(rows).enumerate() {
                for (to, from) in group[r..].iter_mut().step_by(rows).zip(&row[..k]) {
                    *to = *from;
                }
            }
        }
    }

    #[inline(always)]
    fn panels<S: Simd, const C: usize>(self, simd: S) {
        let (k, width) = (self.w.k, S::F32_LANES * C);
        let panels = self.w.data.chunks_exact(k * width).zip(self.w.bias.chunks_exact(width));
        for (j, (panel, bias)) in panels.enumerate() {
            let tile = Tile::<S, C> { simd, panel, bias, then: self.then, stride: self.out_stride };
            let (first, columns) = (j * width, width.min(self.w.n - j * width));
            for (group, out) in self.packed.chunks(TILE_ROWS * k).zip(self.out.chunks_mut(TILE_ROWS * self.out_stride))
            {
                let out = &mut out[first..];
                match group.len() / k {
                    6 => tile.write::<6>(group, out, columns),
                    5 => tile.write::<5>(group, out, columns),
                    4 => tile.write::<4>(group, out, columns),
                    3 => tile.write::<3>(group, out, columns),
                    2 => tile.write::<2>(group, out, columns),
                    _ => tile.write::<1>(group, out, columns),
                }
            }
        }
    }
}

/// One panel, ready to be multiplied with groups of up to [`TILE_ROWS`] rows.
struct Tile<'a, S, const C: usize> {
    simd: S,
    panel: &'a [f32],
    bias: &'a [f32],
    then: Then,
    stride: usize,
}

impl<S: Simd, const C: usize> Tile<'_, S, C> {
    #[inline(always)]
    fn write<const R: usize>(&self, group: &[f32], out: &mut [f32], columns: usize) {
        let sums = self.sums::<R>(group);
        for (sums, out) in sums.iter().zip(out.chunks_mut(self.stride)) {
            let mut row = *sums;
            for (value, bias) in row.iter_mut().zip(S::as_simd_f32s(self.bias).0) {
                *value = self.simd.add_f32s(*value, *bias);
                if self.then == Then::Gelu {
                    *value = gelu(self.simd, *value);
                }
            }
            if columns == S::F32_LANES * C {
                S::as_mut_simd_f32s(&mut out[..columns]).0.copy_from_slice(&row);
            } else {
                let mut whole = [0.0; 64];
                S::as_mut_simd_f32s(&mut whole).0[..C].copy_from_slice(&row);
                out[..columns].copy_from_slice(&whole[..columns]);
            }
        }
    }

    #[inline(always)]
    fn sums<const R: usize>(&self, group: &[f32]) -> [[S::f32s; C]; R] {
        let simd = self.simd;
        let mut sums = [[simd.splat_f32s(0.0); C]; R];
        let panel = S::as_simd_f32s(self.panel).0.as_chunks::<C>().0;
        for (x, w) in group.as_chunks::<R>().0.iter().zip(panel) {
            for r in 0..R {
                let x = simd.splat_f32s(x[r]);
                for c in 0..C {
                    sums[r][c] = simd.mul_add_e_f32s(x, w[c], sums[r][c]);
                }
            }
        }
        sums
    }
}

/// `x/2 · (1 + erf(x/√2))`. erf is the rational approximation of Eigen's and XLA's `erf` for floats:
/// odd over even polynomial on |x| ≤ 4, beyond which erf is ±1 in single precision.
#[inline(always)]
fn gelu<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    const ODD: [f32; 7] = [
        -2.726_142_3e-10,
        2.770_681_4e-8,
        -2.101_024e-6,
        -5.692_506_5e-5,
        -7.349_906_3e-4,
        -2.954_6e-3,
        -1.609_603_3e-2,
    ];
    const EVEN: [f32; 5] = [-1.456_607_2e-5, -2.133_740_6e-4, -1.682_827e-3, -7.373_329e-3, -1.426_473_9e-2];
    let z = simd.mul_f32s(x, simd.splat_f32s(std::f32::consts::FRAC_1_SQRT_2));
    let z = simd.min_f32s(simd.max_f32s(z, simd.splat_f32s(-4.0)), simd.splat_f32s(4.0));
    let z2 = simd.mul_f32s(z, z);
    let erf = simd.div_f32s(simd.mul_f32s(z, polynomial(simd, z2, &ODD)), polynomial(simd, z2, &EVEN));
    let half = simd.mul_f32s(x, simd.splat_f32s(0.5));
    simd.mul_add_e_f32s(half, erf, half)
}

#[inline(always)]
fn polynomial<S: Simd, const N: usize>(simd: S, x: S::f32s, coefficients: &[f32; N]) -> S::f32s {
    let mut y = simd.splat_f32s(coefficients[0]);
    for c in &coefficients[1..] {
        y = simd.mul_add_e_f32s(y, x, simd.splat_f32s(*c));
    }
    y
}

#[inline(always)]
fn softmax_row(row: &mut [f32]) {
    let mut most = [f32::NEG_INFINITY; LANES];
    for chunk in row.chunks(LANES) {
        most.iter_mut().zip(chunk).for_each(|(m, v)| *m = if *v > *m { *v } else { *m });
    }
    let most = most.into_iter().fold(f32::NEG_INFINITY, f32::max);
    row.iter_mut().for_each(|v| *v = exp(*v - most));
    let scale = 1.0 / sum(row, |v| v);
    row.iter_mut().for_each(|v| *v *= scale);
}

/// Independent sums, as many as the widest vector has lanes: the order of additions is fixed, whatever the machine.
const LANES: usize = 16;

#[inline(always)]
fn sum(row: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let mut sums = [0.0; LANES];
    let (chunks, rest) = row.as_chunks::<LANES>();
    for chunk in chunks {
        sums.iter_mut().zip(chunk).for_each(|(sum, v)| *sum += of(*v));
    }
    sums.iter_mut().zip(rest).for_each(|(sum, v)| *sum += of(*v));
    sums.into_iter().sum()
}

/// `eˣ` for x ≤ 0, as 2ⁿ · eʳ with |r| ≤ ln 2 / 2 (Cephes `expf`); 0 is given as 1e-38, which a softmax does not feel.
#[inline(always)]
fn exp(x: f32) -> f32 {
    const ROUND: f32 = 12_582_912.0; // 1.5 · 2²³: adding it leaves the nearest integer in the low bits
    let x = if x < -87.0 { -87.0 } else { x };
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = x - n * 0.693_359_4 + n * 2.121_944_4e-4;
    let mut p = 1.987_569_1e-4;
    for c in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 0.166_666_66, 0.5] {
        p = p * r + c;
    }
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23));
    (p * r * r + r + 1.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gelu_is_the_exact_one_to_a_millionth() {
        let mut out = vec![0.0; 2001];
        let x: Vec<f32> = (-1000..=1000).map(|i| i as f32 / 125.0).collect();
        let one = Panels::of_weights(&[1.0], &[0.0]);
        multiply(&x, 1, &one, Then::Gelu, &mut out, 1);
        for (x, y) in x.into_iter().zip(out) {
            let exact = 0.5 * f64::from(x) * (1.0 + candle_core::cpu::erf::erf_f64(f64::from(x) / 2f64.sqrt()));
            assert!((f64::from(y) - exact).abs() < 1e-6, "gelu({x}) = {y}, not {exact}");
        }
    }

    #[test]
    fn exp_is_the_exact_one_to_a_few_millionths() {
        for i in 0..8700 {
            let x = -(i as f32) / 100.0;
            let exact = f64::from(x).exp();
            assert!((f64::from(exp(x)) / exact - 1.0).abs() < 3e-7, "exp({x})");
        }
    }

    #[test]
    fn a_product_of_any_shape_equals_the_sum_over_k() {
        for (rows, k, n) in [(1, 1, 1), (5, 3, 17), (7, 16, 33), (13, 8, 64), (6, 40, 5)] {
            let value = |i: usize| ((i * 37 % 19) as f32 - 9.0) / 8.0;
            let (x, w) = ((0..rows * k).map(value), (0..n * k).map(|i| value(i + 5)));
            let (x, w): (Vec<f32>, Vec<f32>) = (x.collect(), w.collect());
            let bias: Vec<f32> = (0..n).map(value).collect();
            let mut out = vec![0.0; rows * n];
            multiply(&x, k, &Panels::of_weights(&w, &bias), Then::Nothing, &mut out, n);
            for (i, got) in out.into_iter().enumerate() {
                let (r, c) = (i / n, i % n);
                let want: f32 = bias[c] + (0..k).map(|p| x[r * k + p] * w[c * k + p]).sum::<f32>();
                assert!((got - want).abs() < 1e-4, "{rows}×{k}×{n} at {r},{c}: {got}, not {want}");
            }
        }
    }
}
