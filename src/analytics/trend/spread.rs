//! How much wider than Poisson a series' weeks spread (过度离散): calls about one event come in clusters.
//!
//! A week is held against the mean of the five weeks around it, so that a slow drift is not taken for spread. One series
//! has few weeks; so each is drawn towards what all series together say of one of its size: φ = 1 + a + c·mean, the two
//! common forms of the negative binomial law at once (a common dispersion: Robinson & Smyth 2008, *Biostatistics* 9:321;
//! here in plain moments).

/// Days of a block.
const WEEK: usize = 7;
/// Blocks before and after a block that make its level with it.
const AROUND: usize = 2;
/// As many degrees of freedom as all series together add.
const BORROWED: f64 = 20.0;
/// Rounds of weighing; they hardly move after the third.
const ROUNDS: usize = 4;

/// What the weeks of one series say.
#[derive(Clone, Copy)]
struct Weeks {
    /// Cases a week.
    mean: f64,
    /// Pearson's sum of squares.
    squares: f64,
    freedom: f64,
}

/// φ of each series, at least 1, in their order. `exposure` is how many mean days each day is worth; of a series, the
/// last days make the weeks.
pub fn dispersions(series: &[&[u32]], exposure: &[f64]) -> Vec<f64> {
    let weeks: Vec<Option<Weeks>> = series.iter().map(|counts| Weeks::of(counts, exposure)).collect();
    let known: Vec<Weeks> = weeks.iter().flatten().copied().collect();
    let common = (0..ROUNDS).fold(Common::default(), |common, _| common.better(&known));
    weeks.iter().map(|weeks| weeks.map_or(1.0, |weeks| weeks.dispersion(common))).collect()
}

/// What all series together say: φ − 1 = every + growing·mean, neither below 0.
#[derive(Clone, Copy, Default)]
struct Common {
    every: f64,
    growing: f64,
}

impl Common {
    fn dispersion(&self, mean: f64) -> f64 {
        1.0 + self.every + self.growing * mean
    }

    /// By weighted least squares of χ²/df − 1 on the mean; the weights by what was held before.
    fn better(self, weeks: &[Weeks]) -> Self {
        let (mut w, mut wm, mut wmm, mut we, mut wme) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for Weeks { mean, squares, freedom } in weeks.iter().copied() {
            let weight = freedom / variance(self.dispersion(mean), mean);
            let excess = squares / freedom - 1.0;
            w += weight;
            wm += weight * mean;
            wmm += weight * mean * mean;
            we += weight * excess;
            wme += weight * mean * excess;
        }
        let over = |above: f64, below: f64| if below > 0.0 { (above / below).max(0.0) } else { 0.0 };
        let determinant = w * wmm - wm * wm;
        let (every, growing) = (we * wmm - wme * wm, wme * w - we * wm);
        // Where one of the two would fall below 0, it is 0 and the other is fitted alone.
        match (every > 0.0, growing > 0.0) {
            (true, true) if determinant > 1e-9 * w * wmm => {
                Self { every: every / determinant, growing: growing / determinant }
            }
            (false, _) => Self { every: 0.0, growing: over(wme, wmm) },
            _ => Self { every: over(we, w), growing: 0.0 },
        }
    }
}

/// Of χ² of one degree of freedom, where φ is this and a week has so many cases.
fn variance(dispersion: f64, mean: f64) -> f64 {
    2.0 * dispersion * dispersion + 1.0 / mean
}

impl Weeks {
    /// None without a case, or with fewer than three weeks.
    fn of(counts: &[u32], exposure: &[f64]) -> Option<Self> {
        let sums: Vec<(f64, f64)> = counts
            .rchunks_exact(WEEK)
            .zip(exposure.rchunks_exact(WEEK))
            .map(|(cases, days)| (cases.iter().map(|count| f64::from(*count)).sum(), days.iter().sum()))
            .collect();
        let cases: f64 = sums.iter().map(|(cases, _)| cases).sum();
        if sums.len() < 3 || cases == 0.0 {
            return None;
        }
        let (mut squares, mut freedom) = (0.0, 0.0);
        for (at, (cases, days)) in sums.iter().enumerate() {
            let around = &sums[at.saturating_sub(AROUND)..(at + AROUND + 1).min(sums.len())];
            let (all, length) = around.iter().fold((0.0, 0.0), |(a, b), (cases, days)| (a + cases, b + days));
            let expected = all * days / length;
            if expected > 0.0 {
                squares += (cases - expected) * (cases - expected) / expected;
                freedom += 1.0 - days / length;
            }
        }
        (freedom > 0.0).then(|| Self { mean: cases / sums.len() as f64, squares, freedom })
    }

    fn dispersion(&self, common: Common) -> f64 {
        let likely = common.dispersion(self.mean);
        // A sparse series says less with each week than one whose counts are all but normal.
        let freedom = self.freedom * 2.0 * likely * likely / variance(likely, self.mean);
        let own = self.squares / self.freedom;
        // The mean of the scaled inverse χ² posterior, whose freedom is the sum of both.
        ((freedom * own + BORROWED * likely) / (freedom + BORROWED - 2.0)).max(1.0)
    }
}
