//! Emerging words (新词热词): what is told more in one set of texts than in another, chance allowed for.
//!
//! The log-odds ratio with an informative Dirichlet prior (Monroe, Colaresi & Quinn 2008, "Fightin' Words", *Political
//! Analysis* 16:372). Of a word, y of n tell it here and y′ of n′ there; both are first given α cases more, shared out
//! among the words as all texts together tell them (α_w of α₀), so that rare words need more to stand out:
//!
//! ```text
//! δ = ln (y + α_w)/(n + α₀ − y − α_w) − ln (y′ + α_w)/(n′ + α₀ − y′ − α_w)
//! σ² ≈ 1/(y + α_w) + 1/(y′ + α_w)         z = δ/σ
//! ```

/// How many tell a word, here and there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Told {
    pub here: u32,
    pub there: u32,
}

/// How a word stands out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Odds {
    /// δ; above 0 where it is told more here.
    pub log_odds: f64,
    pub z: f64,
}

/// Each word's odds, in order; `prior` is α₀. Nothing stands out of nothing.
pub fn log_odds(told: &[Told], prior: f64) -> Vec<Odds> {
    let (here, there) =
        told.iter().fold((0.0, 0.0), |(a, b), word| (a + f64::from(word.here), b + f64::from(word.there)));
    let all = here + there;
    let odds = |word: &Told| {
        let share = (f64::from(word.here) + f64::from(word.there)) / all;
        let alpha = prior * share;
        let (y, y_there) = (f64::from(word.here) + alpha, f64::from(word.there) + alpha);
        if alpha <= 0.0 || all <= 0.0 {
            return Odds { log_odds: 0.0, z: 0.0 };
        }
        let log_odds = (y / (here + prior - y)).ln() - (y_there / (there + prior - y_there)).ln();
        Odds { log_odds, z: log_odds / (1.0 / y + 1.0 / y_there).sqrt() }
    };
    told.iter().map(odds).collect()
}
