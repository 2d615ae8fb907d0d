//! Whether two questions go together: χ², Fisher's exact test, residuals of cells.

use crate::analytics::burst::chance::{chi_square_at_least, ln_gamma};

/// χ² of a table (K. Pearson 1900), without correction of continuity.
#[derive(Debug, Clone, PartialEq)]
pub struct ChiSquare {
    pub statistic: f64,
    pub freedom: f64,
    pub p: f64,
    /// Cramér's V (1946), 0..=1: √(χ²/n/(min(rows, columns) − 1)).
    pub v: f64,
    /// The least expected count, and the share of cells that expect under 5.
    pub least: f64,
    pub sparse: f64,
}

impl ChiSquare {
    /// Whether the law of χ² may be trusted: no cell expects under 1, and at most a fifth under 5 (W. G. Cochran,
    /// "Some methods for strengthening the common χ² tests", Biometrics 10 (1954) 417).
    pub fn holds(&self) -> bool {
        self.least >= 1.0 && self.sparse <= 0.2
    }
}

/// The table without rows and columns in which nothing stands.
pub fn trimmed(table: &[Vec<u64>]) -> Vec<Vec<u64>> {
    let width = table.iter().map(Vec::len).max().unwrap_or(0);
    let full: Vec<bool> = (0..width).map(|at| table.iter().any(|row| row[at] > 0)).collect();
    let kept = |row: &Vec<u64>| row.iter().zip(&full).filter(|(_, full)| **full).map(|(cell, _)| *cell).collect();
    table.iter().filter(|row| row.iter().any(|cell| *cell > 0)).map(kept).collect()
}

/// Expected counts under independence: row · column / all.
pub fn expected(table: &[Vec<u64>]) -> Vec<Vec<f64>> {
    let (rows, columns, all) = margins(table);
    rows.iter().map(|row| columns.iter().map(|column| row * column / all).collect()).collect()
}

fn margins(table: &[Vec<u64>]) -> (Vec<f64>, Vec<f64>, f64) {
    let rows: Vec<f64> = table.iter().map(|row| row.iter().sum::<u64>() as f64).collect();
    let width = table.first().map_or(0, Vec::len);
    let columns = (0..width).map(|at| table.iter().map(|row| row[at]).sum::<u64>() as f64).collect();
    let all = rows.iter().sum();
    (rows, columns, all)
}

/// None for a table that has one row or one column only; empty ones do not count.
pub fn chi_square(table: &[Vec<u64>]) -> Option<ChiSquare> {
    let table = trimmed(table);
    let (height, width) = (table.len(), table.first().map_or(0, Vec::len));
    if height < 2 || width < 2 {
        return None;
    }
    let expected = expected(&table);
    let pairs = || table.iter().flatten().zip(expected.iter().flatten());
    let statistic: f64 = pairs().map(|(seen, expected)| (*seen as f64 - expected).powi(2) / expected).sum();
    let all: f64 = table.iter().flatten().sum::<u64>() as f64;
    let freedom = ((height - 1) * (width - 1)) as f64;
    let under = expected.iter().flatten().filter(|expected| **expected < 5.0).count() as f64;
    Some(ChiSquare {
        statistic,
        freedom,
        p: chi_square_at_least(statistic, freedom),
        v: (statistic / all / (height.min(width) - 1) as f64).sqrt(),
        least: expected.iter().flatten().copied().fold(f64::INFINITY, f64::min),
        sparse: under / (height * width) as f64,
    })
}

/// Fisher's exact test of a two-by-two table, two-sided: all tables of the same margins that are no more likely than
/// this one (R. A. Fisher 1935; the two-sided rule of Freeman & Halton, Biometrika 38 (1951) 141).
pub fn fisher([[a, b], [c, d]]: [[u64; 2]; 2]) -> f64 {
    let (row, other, column) = (a + b, c + d, a + c);
    let ways = |n: u64, k: u64| {
        let term = |x: u64| ln_gamma(x as f64 + 1.0);
        term(n) - term(k) - term(n - k)
    };
    let mass = |x: u64| ways(row, x) + ways(other, column - x) - ways(row + other, column);
    let seen = mass(a);
    let possible = column.saturating_sub(other)..=row.min(column);
    // Equal chances differ by rounding.
    possible.map(mass).filter(|mass| *mass <= seen + 1e-7).map(f64::exp).sum::<f64>().min(1.0)
}

/// Adjusted standardised residuals (调整残差), about standard normal where the questions are independent: with e the
/// expected count, `(n − e)/√(e·(1 − row/all)·(1 − column/all))` (S. J. Haberman, Biometrics 29 (1973) 205). None where a
/// row or a column is empty or all.
pub fn residuals(table: &[Vec<u64>]) -> Vec<Vec<Option<f64>>> {
    let (rows, columns, all) = margins(table);
    let one = |seen: u64, row: f64, column: f64| {
        let expected = row * column / all;
        let variance = expected * (1.0 - row / all) * (1.0 - column / all);
        (variance > 0.0).then(|| (seen as f64 - expected) / variance.sqrt())
    };
    let of_row = |(row, total): (&Vec<u64>, &f64)| {
        row.iter().zip(&columns).map(|(seen, column)| one(*seen, *total, *column)).collect()
    };
    table.iter().zip(&rows).map(of_row).collect()
}
