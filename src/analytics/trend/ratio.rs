//! Whether the rate changed between two stretches of time: the exact conditional test of two counts.
//!
//! Given how many cases there are in both together, how many of them fall into the second stretch is binomial if the
//! rates are equal (Przyborowski & Wilenski 1940, *Biometrika* 31:313). Calls come in clusters, so that counts spread
//! wider than Poisson; with a variance of φ times the mean, gamma-mixed, the same conditioning gives the beta-binomial
//! law instead: sums of such counts with one φ are negative binomial again, and given their sum they share it like a
//! Dirichlet-multinomial (Johnson, Kotz & Balakrishnan 1997, *Discrete Multivariate Distributions*, ch. 35). φ = 1 is
//! the binomial. p is twice the smaller tail, so that test and interval agree (Fay 2010, *R Journal* 2/1:53).

use crate::analytics::burst::chance::ln_gamma;

/// Counts of two stretches, and how long each is in comparable days.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Counted {
    /// In the stretch looked at, and in the one before.
    pub here: u64,
    pub before: u64,
    pub exposure_here: f64,
    pub exposure_before: f64,
    /// φ, how many times wider than Poisson counts spread; at least 1.
    pub dispersion: f64,
}

/// What became of the rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// Rate here over rate before; none where there was none before.
    pub ratio: Option<f64>,
    /// 95 % interval of the ratio (Clopper & Pearson's, carried over); no upper end where there was none before.
    pub low: f64,
    pub high: Option<f64>,
    /// That the rates are equal, two-sided.
    pub p: f64,
}

/// Outside either end of the interval.
const OUTSIDE: f64 = 0.025;
/// Where ln(ratio) is looked for.
const WIDEST: f64 = 40.0;

impl Counted {
    /// None where there is no case or no time at all.
    pub fn change(&self) -> Option<Change> {
        let all = self.here + self.before;
        if all == 0 || self.exposure_here <= 0.0 || self.exposure_before <= 0.0 {
            return None;
        }
        let rate_here = self.here as f64 / self.exposure_here;
        let ratio = (self.before > 0).then(|| rate_here * self.exposure_before / self.before as f64);
        let p = (2.0 * self.at_least(0.0).min(self.at_most(0.0))).min(1.0);
        let low = if self.here == 0 { 0.0 } else { crossing(|log| self.at_least(log) > OUTSIDE).exp() };
        let high = (self.before > 0).then(|| crossing(|log| self.at_most(log) <= OUTSIDE).exp());
        Some(Change { ratio, low, high, p })
    }

    /// P(at least so many here), if the ratio of rates were exp(`log`).
    pub fn at_least(&self, log: f64) -> f64 {
        self.law(log).at_least(self.here)
    }

    /// P(at most so many here), if the ratio of rates were exp(`log`).
    pub fn at_most(&self, log: f64) -> f64 {
        self.law(log).mirrored().at_least(self.before)
    }

    fn law(&self, log: f64) -> Shared {
        let odds = log.exp() * self.exposure_here / self.exposure_before;
        let share = odds / (1.0 + odds);
        Shared {
            all: self.here + self.before,
            share,
            rest: 1.0 / (1.0 + odds),
            excess: (self.dispersion - 1.0).max(0.0),
        }
    }
}

/// Where a condition that holds for great values begins to hold, by halving.
fn crossing(holds: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (-WIDEST, WIDEST);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if holds(middle) { high = middle } else { low = middle }
    }
    f64::midpoint(low, high)
}

/// How many of `all` fall into a stretch that takes `share` of the time: binomial, or beta-binomial.
#[derive(Clone, Copy)]
struct Shared {
    all: u64,
    share: f64,
    /// 1 − share, kept apart where one of them is tiny.
    rest: f64,
    /// φ − 1.
    excess: f64,
}

impl Shared {
    fn mirrored(self) -> Self {
        Self { share: self.rest, rest: self.share, ..self }
    }

    /// The two parameters of the beta law; none where there is no excess.
    fn beta(&self) -> Option<(f64, f64)> {
        let weight = self.all as f64 / self.excess;
        (self.excess > 1e-9).then_some((weight * self.share, weight * self.rest))
    }

    /// P(X ≥ count): the masses summed on the thin side.
    fn at_least(&self, count: u64) -> f64 {
        if count == 0 {
            return 1.0;
        }
        let mean = self.all as f64 * self.share;
        let tail = if count as f64 > mean { self.sum(count, true) } else { 1.0 - self.sum(count - 1, false) };
        tail.clamp(0.0, 1.0)
    }

    /// The masses of `count` and of all beyond it, upwards or downwards.
    fn sum(&self, count: u64, upward: bool) -> f64 {
        let (mut k, mut term, mut sum) = (count, 1.0, 1.0);
        let end = if upward { self.all } else { 0 };
        while k != end && (term > sum * 1e-17 || self.is_hollow()) {
            if upward {
                term *= self.step(k as f64);
                k += 1;
            } else {
                k -= 1;
                term /= self.step(k as f64);
            }
            sum += term;
        }
        (self.log_mass(count) + f64::ln(sum)).exp()
    }

    /// Whether masses may rise again towards the ends: then none is left out.
    fn is_hollow(&self) -> bool {
        self.beta().is_some_and(|(a, b)| a < 1.0 || b < 1.0)
    }

    /// P(X = k + 1) / P(X = k).
    fn step(&self, k: f64) -> f64 {
        let all = self.all as f64;
        let chosen = (all - k) / (k + 1.0);
        match self.beta() {
            Some((a, b)) => chosen * (a + k) / (b + all - k - 1.0),
            None => chosen * self.share / self.rest,
        }
    }

    /// ln P(X = count).
    fn log_mass(&self, count: u64) -> f64 {
        let (n, k) = (self.all as f64, count as f64);
        let chosen = ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0);
        match self.beta() {
            Some((a, b)) => {
                let ln_beta = |a: f64, b: f64| ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b);
                chosen + ln_beta(a + k, b + n - k) - ln_beta(a, b)
            }
            None => chosen + times_ln(k, self.share) + times_ln(n - k, self.rest),
        }
    }
}

/// k·ln x, nothing where k is 0.
fn times_ln(k: f64, x: f64) -> f64 {
    if k == 0.0 { 0.0 } else { k * x.ln() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(here: u64, before: u64, exposure_here: f64, exposure_before: f64, dispersion: f64) -> Counted {
        Counted { here, before, exposure_here, exposure_before, dispersion }
    }

    fn close(ours: f64, theirs: f64, what: &str) {
        assert!((ours - theirs).abs() <= 1e-9 * theirs.abs(), "{what}: {ours} is not {theirs}");
    }

    /// R 4.2: `poisson.test(c(here, before), c(t, s), alternative = "greater")$p.value`, the same with `"less"`, and
    /// `poisson.test(c(here, before), c(t, s))$conf.int`.
    #[test]
    fn tails_and_intervals_are_those_of_poisson_test() {
        let table = [
            (18, 24, 7.0, 28.0, 0.000629444695181489, 0.999808411132746, 1.53408597523974, 5.76535629146703),
            (3, 40, 7.0, 28.0, 0.995359399221116, 0.0177638029356696, 0.0593703082453717, 0.941976451456987),
            (10, 0, 7.0, 28.0, 1.024e-07, 1.0, 8.96608590039023, f64::INFINITY),
            (0, 9, 7.0, 28.0, 1.0, 0.134217728, 0.0, 2.02652076117867),
            (1, 1, 7.0, 28.0, 0.36, 0.96, 0.0509574683346665, 313.987341265051),
            (250, 800, 7.0, 28.0, 0.00139930753923713, 0.998904147918633, 1.08014238421525, 1.44252390029653),
            (1250, 4800, 7.5, 27.2, 0.96583710208651, 0.0366246182913617, 0.886751946416144, 1.00530839273134),
            (11, 17, 31.0, 28.0, 0.944782696141071, 0.112066643999765, 0.247443096268464, 1.32273914597818),
            (2, 3, 1.0, 366.0, 7.38413335457355e-05, 0.99999979852319, 20.3795713766404, 2130.03090789964),
            (60, 10, 7.0, 7.0, 4.00241169972781e-10, 0.999999999935781, 3.04746465442391, 13.1461815512574),
        ];
        for (here, before, t, s, greater, less, low, high) in table {
            let counted = counted(here, before, t, s, 1.0);
            let what = format!("{here} {before}");
            close(counted.at_least(0.0), greater, &what);
            close(counted.at_most(0.0), less, &what);
            let change = counted.change().unwrap();
            close(change.p, (2.0 * f64::min(greater, less)).min(1.0), &what);
            close(change.low, low, &what);
            close(change.high.unwrap_or(f64::INFINITY).min(1e300), high.min(1e300), &what);
            assert_eq!(change.ratio.is_none(), before == 0);
        }
    }

    /// R 4.2: `sum(exp(lchoose(n, x:n) + lbeta(x:n + a, n - x:n + b) - lbeta(a, b)))` with x = here, n = here + before,
    /// a = n·t/(t + s)/(phi − 1), b = n·s/(t + s)/(phi − 1).
    #[test]
    fn tails_of_clustered_counts_are_those_of_the_beta_binomial_law() {
        let table = [
            (18, 24, 7.0, 28.0, 1.5, 0.00491156435472599),
            (18, 24, 7.0, 28.0, 3.0, 0.0331694610037027),
            (5, 2, 7.0, 28.0, 2.0, 0.0337196307692308),
            (250, 800, 7.0, 28.0, 4.0, 0.0677001688984539),
            (3, 0, 7.0, 28.0, 5.0, 0.102753246753247),
        ];
        for (here, before, t, s, dispersion, greater) in table {
            close(counted(here, before, t, s, dispersion).at_least(0.0), greater, &format!("{here} {before}"));
        }
        let (narrow, wide) = (counted(18, 24, 7.0, 28.0, 1.0), counted(18, 24, 7.0, 28.0, 3.0));
        let (narrow, wide) = (narrow.change().unwrap(), wide.change().unwrap());
        assert!(wide.low < narrow.low && wide.high > narrow.high && wide.p > narrow.p);
    }

    #[test]
    fn nothing_is_said_of_nothing() {
        assert_eq!(counted(0, 0, 7.0, 28.0, 1.0).change(), None);
        assert_eq!(counted(3, 1, 7.0, 0.0, 1.0).change(), None);
    }
}
