//! Sums that are known, and how far a count may lie for all of them.

/// What is known of the cells of a table: sums with factors, and what they make.
#[derive(Default)]
pub struct Known {
    pub width: usize,
    pub height: usize,
    pub sums: Vec<(Vec<f64>, f64)>,
}

impl Known {
    /// The factor of each cell, by its row and column.
    pub fn sum(&self, factor: impl Fn(usize, usize) -> f64) -> Vec<f64> {
        (0..self.height * self.width).map(|at| factor(at / self.width, at % self.width)).collect()
    }

    pub fn tell(&mut self, value: Option<f64>, factor: impl Fn(usize, usize) -> f64) {
        let sum = self.sum(factor);
        self.sums.extend(value.map(|value| (sum, value)));
    }
}

pub fn one(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}

/// A linear programme: where the true table and whatever else agrees with what is known lies.
pub struct Programme {
    rows: Vec<Vec<f64>>,
    basis: Vec<usize>,
    width: usize,
}

const NIL: f64 = 1e-7;

impl Programme {
    /// Finds a table that agrees (the first phase of G. B. Dantzig's simplex method, by R. G. Bland's rule).
    pub fn of(known: &Known) -> Self {
        let (width, count) = (known.height * known.width, known.sums.len());
        let rows = known.sums.iter().enumerate().map(|(at, (sum, value))| {
            let sign = if *value < 0.0 { -1.0 } else { 1.0 };
            let mut row: Vec<f64> = sum.iter().map(|factor| sign * factor).collect();
            row.extend((0..count).map(|helper| one(helper == at)));
            row.push(sign * value);
            row
        });
        let mut programme =
            Self { rows: rows.collect(), basis: (width..width + count).collect(), width: width + count };
        let helpers: Vec<f64> = (0..width + count).map(|at| -one(at >= width)).collect();
        let left = programme.most(&helpers);
        assert!(left.abs() < 1e-4, "what is served does not agree with itself: {left}");
        for at in (0..programme.rows.len()).rev() {
            if programme.basis[at] >= width {
                match (0..width).find(|column| programme.rows[at][*column].abs() > NIL) {
                    Some(column) => programme.pivot(at, column),
                    None => {
                        programme.rows.remove(at);
                        programme.basis.remove(at);
                    }
                }
            }
        }
        programme.rows.iter_mut().for_each(|row| _ = row.splice(width..width + count, []));
        programme.width = width;
        programme
    }

    fn pivot(&mut self, at: usize, column: usize) {
        let by = self.rows[at][column];
        self.rows[at].iter_mut().for_each(|value| *value /= by);
        let chosen = self.rows[at].clone();
        for (other, row) in self.rows.iter_mut().enumerate() {
            let times = row[column];
            if other != at && times.abs() > 1e-12 {
                row.iter_mut().zip(&chosen).for_each(|(value, chosen)| *value -= times * chosen);
            }
        }
        self.basis[at] = column;
    }

    /// The most that a sum can be.
    fn most(&mut self, factors: &[f64]) -> f64 {
        for _ in 0..2000 {
            let gain = |column: usize| {
                let spent = self.basis.iter().zip(&self.rows).map(|(basic, row)| factors[*basic] * row[column]);
                factors[column] - spent.sum::<f64>()
            };
            let Some(column) = (0..self.width).find(|column| gain(*column) > NIL) else { break };
            let ratios = self.rows.iter().enumerate().filter(|(_, row)| row[column] > NIL);
            let ratios = ratios.map(|(at, row)| (row[self.width] / row[column], self.basis[at], at));
            let Some((_, _, at)) =
                ratios.min_by(|a, b| if (a.0 - b.0).abs() < 1e-9 { a.1.cmp(&b.1) } else { a.0.total_cmp(&b.0) })
            else {
                panic!("nothing bounds the sum");
            };
            self.pivot(at, column);
        }
        self.basis.iter().zip(&self.rows).map(|(basic, row)| factors[*basic] * row[self.width]).sum()
    }

    /// Whether a count can only be one whole number.
    pub fn tells(&mut self, factors: &[f64]) -> bool {
        let most = self.most(factors);
        let turned: Vec<f64> = factors.iter().map(|factor| -factor).collect();
        let least = -self.most(&turned);
        (most + 1e-4).floor() - (least - 1e-4).ceil() < 1.0
    }
}
