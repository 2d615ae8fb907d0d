//! Poisson regression with a logarithmic link and weights: iterated weighted least squares (McCullagh & Nelder,
//! *Generalized Linear Models*, 1989, 2.5), few columns, by Cholesky's factor.

/// More rounds than ever needed; a fit that has not settled by then is none.
const ROUNDS: usize = 50;
/// Settled: the deviance changes by less than this share.
const SETTLED: f64 = 1e-12;

/// A design (设计矩阵): one row for each observation, all of the same length.
pub struct Design {
    pub rows: Vec<Vec<f64>>,
    pub counts: Vec<f64>,
}

/// A settled fit.
pub struct Fit {
    pub coefficients: Vec<f64>,
    /// What is expected for each observation.
    pub fitted: Vec<f64>,
    /// (XᵀWX)⁻¹, to be multiplied by the dispersion.
    pub covariance: Vec<Vec<f64>>,
    /// How much of each fitted value hangs on its own observation (杠杆值), 0..=1.
    pub leverage: Vec<f64>,
    /// Pearson's χ² over the degrees of freedom (离散系数); 1 where counts are Poisson.
    pub dispersion: f64,
    /// Observations less columns.
    pub freedom: f64,
}

/// Fits `design` with a weight for each observation; `None` where there are no more observations than columns, or
/// where it does not settle.
pub fn fit(design: &Design, weights: &[f64]) -> Option<Fit> {
    let columns = design.rows.first()?.len();
    if design.rows.len() <= columns {
        return None;
    }
    let mut fitted: Vec<f64> = design.counts.iter().map(|count| count + 0.1).collect();
    let mut deviance = f64::INFINITY;
    for _ in 0..ROUNDS {
        let (factor, coefficients) = step(design, weights, &fitted)?;
        fitted = design.rows.iter().map(|row| dot(row, &coefficients).exp()).collect();
        let now = deviance_of(&design.counts, &fitted, weights);
        if !now.is_finite() {
            return None;
        }
        if (now - deviance).abs() <= SETTLED * (now.abs() + 0.1) {
            return Some(finish(design, weights, coefficients, fitted, &factor));
        }
        deviance = now;
    }
    None
}

/// One round: the weighted least squares of the working response; gives Cholesky's factor of XᵀWX and the
/// coefficients.
fn step(design: &Design, weights: &[f64], fitted: &[f64]) -> Option<(Vec<Vec<f64>>, Vec<f64>)> {
    let columns = design.rows[0].len();
    let mut square = vec![vec![0.0; columns]; columns];
    let mut right = vec![0.0; columns];
    for (i, row) in design.rows.iter().enumerate() {
        let weight = weights[i] * fitted[i];
        let response = fitted[i].ln() + (design.counts[i] - fitted[i]) / fitted[i];
        for a in 0..columns {
            right[a] += weight * row[a] * response;
            for b in 0..=a {
                square[a][b] += weight * row[a] * row[b];
            }
        }
    }
    let factor = cholesky(square)?;
    let coefficients = solve(&factor, &right);
    Some((factor, coefficients))
}

fn finish(design: &Design, weights: &[f64], coefficients: Vec<f64>, fitted: Vec<f64>, factor: &[Vec<f64>]) -> Fit {
    let columns = coefficients.len();
    let unit = |at: usize| (0..columns).map(|i| if i == at { 1.0 } else { 0.0 }).collect::<Vec<f64>>();
    let covariance: Vec<Vec<f64>> = (0..columns).map(|at| solve(factor, &unit(at))).collect();
    let spread = |row: &[f64]| dot(row, &covariance.iter().map(|line| dot(line, row)).collect::<Vec<_>>());
    let leverage = design.rows.iter().enumerate().map(|(i, row)| weights[i] * fitted[i] * spread(row)).collect();
    let freedom = (design.rows.len() - columns) as f64;
    let pearson: f64 = (0..fitted.len()).map(|i| weights[i] * (design.counts[i] - fitted[i]).powi(2) / fitted[i]).sum();
    Fit { coefficients, fitted, covariance, leverage, dispersion: pearson / freedom, freedom }
}

fn deviance_of(counts: &[f64], fitted: &[f64], weights: &[f64]) -> f64 {
    let one = |count: f64, mean: f64| if count > 0.0 { count * (count / mean).ln() - (count - mean) } else { mean };
    2.0 * (0..counts.len()).map(|i| weights[i] * one(counts[i], fitted[i])).sum::<f64>()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The lower factor L of a symmetric matrix A = LLᵀ, of which only the lower half is read.
fn cholesky(mut matrix: Vec<Vec<f64>>) -> Option<Vec<Vec<f64>>> {
    for a in 0..matrix.len() {
        for b in 0..=a {
            let rest = matrix[a][b] - (0..b).map(|i| matrix[a][i] * matrix[b][i]).sum::<f64>();
            if a == b {
                if rest <= 1e-12 * matrix[a][a] || !rest.is_finite() {
                    return None;
                }
                matrix[a][a] = rest.sqrt();
            } else {
                matrix[a][b] = rest / matrix[b][b];
            }
        }
    }
    Some(matrix)
}

/// Solves LLᵀx = right.
fn solve(factor: &[Vec<f64>], right: &[f64]) -> Vec<f64> {
    let size = right.len();
    let mut x = right.to_vec();
    for a in 0..size {
        x[a] = (x[a] - (0..a).map(|i| factor[a][i] * x[i]).sum::<f64>()) / factor[a][a];
    }
    for a in (0..size).rev() {
        x[a] = (x[a] - (a + 1..size).map(|i| factor[i][a] * x[i]).sum::<f64>()) / factor[a][a];
    }
    x
}
