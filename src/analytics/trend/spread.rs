//! How much wider than Poisson a series' weeks spread (过度离散): calls about one event come in clusters.
//!
//! A week is held against the mean of the five weeks around it, so that a slow drift is not taken for spread. One series
//! has few weeks; so each is drawn towards what all series together say of one of its size, φ = 1 + c·mean, the negative
//! binomial law with one c (Robinson & Smyth 2008, *Biostatistics* 9:321, in plain moments).

/// Days of a block.
const WEEK: usize = 7;
/// Blocks before and after a block that make its level with it.
const AROUND: usize = 2;
/// As many degrees of freedom as all series together add.
const BORROWED: f64 = 8.0;
/// Rounds of weighing; c hardly moves after the second.
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
    let c = (0..ROUNDS).fold(0.0, |c, _| common(&known, c));
    weeks.iter().map(|weeks| weeks.map_or(1.0, |weeks| weeks.dispersion(c))).collect()
}

/// c by weighted least squares of χ²/df − 1 on the mean.
fn common(weeks: &[Weeks], c: f64) -> f64 {
    let (above, below) = weeks.iter().fold((0.0, 0.0), |(above, below), weeks| {
        let weight = weeks.freedom / weeks.variance(1.0 + c * weeks.mean);
        let excess = weeks.squares / weeks.freedom - 1.0;
        (above + weight * weeks.mean * excess, below + weight * weeks.mean * weeks.mean)
    });
    if below > 0.0 { (above / below).max(0.0) } else { 0.0 }
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

    /// Of χ² of one degree of freedom, where φ is this.
    fn variance(&self, dispersion: f64) -> f64 {
        2.0 * dispersion * dispersion + 1.0 / self.mean
    }

    fn dispersion(&self, c: f64) -> f64 {
        let likely = 1.0 + c * self.mean;
        // A sparse series says less with each week than one whose counts are all but normal.
        let freedom = self.freedom * 2.0 * likely * likely / self.variance(likely);
        let own = self.squares / self.freedom;
        ((freedom * own + BORROWED * likely) / (freedom + BORROWED)).max(1.0)
    }
}
