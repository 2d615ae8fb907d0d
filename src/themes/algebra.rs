//! The little linear algebra that learning from few examples needs: Cholesky's factor and what is solved with it.
//!
//! Sums run in the order of the rows, so that the same rows give the same figures to the last bit.

use rayon::prelude::*;

/// A square matrix, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Square {
    pub side: usize,
    pub values: Vec<f64>,
}

impl Square {
    pub fn of(side: usize, value: impl Fn(usize, usize) -> f64 + Sync) -> Self {
        let mut values = vec![0.0; side * side];
        values.par_chunks_mut(side.max(1)).enumerate().for_each(|(i, row)| {
            row.iter_mut().enumerate().for_each(|(j, cell)| *cell = value(i, j));
        });
        Self { side, values }
    }

    pub fn row(&self, i: usize) -> &[f64] {
        &self.values[i * self.side..][..self.side]
    }

    /// The lower factor L of A = L·Lᵀ; A must be symmetric. A pivot that rounding made negative counts as tiny, so
    /// that rows which say the same twice do no harm.
    pub fn cholesky(mut self) -> Lower {
        let n = self.side;
        for j in 0..n {
            let (above, below) = self.values.split_at_mut((j + 1) * n);
            let pivot_row = &mut above[j * n..];
            let left: f64 = pivot_row[..j].iter().map(|x| x * x).sum();
            let pivot = (pivot_row[j] - left).max(1e-10).sqrt();
            pivot_row[j] = pivot;
            let pivot_row = &pivot_row[..j];
            below
                .par_chunks_mut(n)
                .with_min_len(16)
                .for_each(|row| row[j] = (row[j] - dot(&row[..j], pivot_row)) / pivot);
        }
        for i in 0..n {
            self.values[i * n + i + 1..(i + 1) * n].fill(0.0);
        }
        Lower(self)
    }
}

/// A lower triangular factor.
#[derive(Debug, Clone, PartialEq)]
pub struct Lower(Square);

impl Lower {
    /// x of L·x = b.
    pub fn forward(&self, b: &[f64]) -> Vec<f64> {
        let mut x = Vec::with_capacity(b.len());
        for (i, b) in b.iter().enumerate() {
            let row = self.0.row(i);
            x.push((b - dot(&row[..i], &x)) / row[i]);
        }
        x
    }

    /// x of L·Lᵀ·x = b.
    pub fn solve(&self, b: &[f64]) -> Vec<f64> {
        let mut x = self.forward(b);
        for i in (0..x.len()).rev() {
            x[i] /= self.0.row(i)[i];
            let (before, rest) = x.split_at_mut(i);
            before.iter_mut().zip(self.0.row(i)).for_each(|(before, l)| *before -= l * rest[0]);
        }
        x
    }
}

pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The same on what takes half the room; eight sums side by side.
pub fn dot32(a: &[f32], b: &[f32]) -> f32 {
    let (a, b) = (&a[..a.len().min(b.len())], &b[..a.len().min(b.len())]);
    let mut sums = [0f32; 8];
    let (chunks, others) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = chunks.remainder().iter().zip(others.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in chunks.zip(others) {
        for i in 0..8 {
            sums[i] += a[i] * b[i];
        }
    }
    sums.iter().sum::<f32>() + rest
}

/// Scaled to length 1; a vector of nothing stays.
pub fn unit(mut vector: Vec<f32>) -> Vec<f32> {
    let norm = dot32(&vector, &vector).sqrt().max(1e-12);
    vector.iter_mut().for_each(|x| *x /= norm);
    vector
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A = [[4, 2, 2], [2, 5, 3], [2, 3, 6]]: L = [[2, 0, 0], [1, 2, 0], [1, 1, 2]]; A·(1, 2, 3)ᵀ = (14, 21, 26)ᵀ.
    #[test]
    fn factors_and_solutions_are_those_worked_by_hand() {
        let a = [[4.0, 2.0, 2.0], [2.0, 5.0, 3.0], [2.0, 3.0, 6.0]];
        let lower = Square::of(3, |i, j| a[i][j]).cholesky();
        assert_eq!(lower.0.values, [2.0, 0.0, 0.0, 1.0, 2.0, 0.0, 1.0, 1.0, 2.0]);
        assert_eq!(lower.solve(&[14.0, 21.0, 26.0]), [1.0, 2.0, 3.0]);
    }
}
