//! Emerging words (新词热词): what is told more in one set of texts than in another, chance allowed for.
//!
//! The log-odds ratio with an informative Dirichlet prior (Monroe, Colaresi & Quinn 2008, "Fightin' Words", *Political
//! Analysis* 16:372). A word is told by y of n here and by y′ of n′ there; both are first given α₀ more, of whom as many
//! (α_w) tell it as of all together, so that rare words need more to stand out. The paper counts mentions, y of n words;
//! here people are counted, y of n people: one who repeats himself is one.
//!
//! ```text
//! δ = ln (y + α_w)/(n + α₀ − y − α_w) − ln (y′ + α_w)/(n′ + α₀ − y′ − α_w)
//! σ² ≈ 1/(y + α_w) + 1/(y′ + α_w)         z = δ/σ
//! ```

use chrono::{NaiveDate, TimeDelta};
use polars::prelude::*;

use super::frame::broken;
use super::{Snapshot, column, start_of};
use crate::case::Scope;
use crate::error::Result;

/// A case whose words count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Teller {
    pub arrival: i64,
    /// When it was received, milliseconds since 1970.
    pub at: i64,
    /// Days since 1970.
    pub day: i32,
    /// Who called, hashed; none where the sender did not say.
    pub reporter: Option<u64>,
}

/// The cases of the scope received on the days `from..to`, by time; times of the scope do not count.
pub fn tellers(snapshot: &Snapshot, scope: &Scope, from: i32, to: i32) -> Result<Vec<Teller>> {
    let begins = |day: i32| Some(start_of(NaiveDate::default() + TimeDelta::days(day.into()), snapshot.offset()));
    let scope = Scope { from: begins(from), to: begins(to), ..scope.clone() };
    let wanted = [column::ARRIVAL, column::AT, column::DAY, column::REPORTER].map(col);
    let found = snapshot.rows_of(&scope)?.select(wanted).collect().map_err(broken)?;
    let arrivals = found.column(column::ARRIVAL).and_then(|column| column.i64().cloned()).map_err(broken)?;
    let times = found.column(column::AT).and_then(|column| column.i64().cloned()).map_err(broken)?;
    let days = found.column(column::DAY).and_then(|column| column.i32().cloned()).map_err(broken)?;
    let reporters = found.column(column::REPORTER).and_then(|column| column.u64().cloned()).map_err(broken)?;
    let rows = arrivals.iter().zip(times.iter()).zip(days.iter().zip(reporters.iter()));
    let teller = |((arrival, at), (day, reporter))| Some(Teller { arrival: arrival?, at: at?, day: day?, reporter });
    let mut tellers: Vec<Teller> = rows.filter_map(teller).collect();
    tellers.sort_by_key(|teller| (teller.at, teller.arrival));
    Ok(tellers)
}

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

/// Each word's odds, in order; `all` is how many there are here and there (n, n′), `prior` is α₀. What all tell or none
/// tells does not stand out.
pub fn log_odds(told: &[Told], all: Told, prior: f64) -> Vec<Odds> {
    let (here, there) = (f64::from(all.here), f64::from(all.there));
    let odds = |word: &Told| {
        let share = (f64::from(word.here) + f64::from(word.there)) / (here + there);
        let alpha = prior * share;
        let (y, y_there) = (f64::from(word.here) + alpha, f64::from(word.there) + alpha);
        let log_odds = (y / (here + prior - y)).ln() - (y_there / (there + prior - y_there)).ln();
        match log_odds.is_finite() {
            true => Odds { log_odds, z: log_odds / (1.0 / y + 1.0 / y_there).sqrt() },
            false => Odds { log_odds: 0.0, z: 0.0 },
        }
    };
    told.iter().map(odds).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The paper's formula worked in R 4.2, for words told by y of n = 105 here and z of m = 477 there:
    /// `a <- a0 * (y + z) / (n + m); d <- log((y + a) / (n + a0 - y - a)) - log((z + a) / (m + a0 - z - a));
    /// d / sqrt(1 / (y + a) + 1 / (z + a))`.
    #[test]
    fn log_odds_are_those_of_the_paper() {
        let told = [(12, 8), (3, 0), (50, 160), (0, 9), (40, 300)].map(|(here, there)| Told { here, there });
        let weighty = [
            (1.3725315691648, 3.5413320064338),
            (2.9138132994437, 1.9965090516576),
            (0.33434088348672, 2.6082442443615),
            (-0.86967147543136, -1.0321086442874),
            (-0.56293640198568, -5.0080402630081),
        ];
        let light = [
            (1.8484087730925, 4.1973551272258),
            (4.8097320815024, 1.5192808771737),
            (0.5096703947114, 3.3277159034442),
            (-2.0406801784694, -1.1164846579085),
            (-0.86956167510299, -5.789776572398),
        ];
        for (prior, theirs) in [(105.0, weighty), (20.0, light)] {
            for (ours, (log_odds, z)) in log_odds(&told, Told { here: 105, there: 477 }, prior).iter().zip(theirs) {
                assert!((ours.log_odds - log_odds).abs() < 1e-12, "{ours:?} is not {log_odds}");
                assert!((ours.z - z).abs() < 1e-12, "{ours:?} is not {z}");
            }
        }
    }

    #[test]
    fn nothing_stands_out_of_nothing() {
        let none = Told::default();
        assert!(log_odds(&[], none, 10.0).is_empty());
        let nothing = Odds { log_odds: 0.0, z: 0.0 };
        assert_eq!(log_odds(&[none, none], none, 0.0), [nothing, nothing]);
        let all = Told { here: 5, there: 9 };
        assert_eq!(log_odds(&[all, none], all, 5.0), [nothing, nothing], "what all tell, and what none tells");
    }
}
