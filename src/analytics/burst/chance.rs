//! Laws of chance: tails and quantiles of counts, of the normal law and of Student's.
//!
//! Every formula is a textbook's (Abramowitz & Stegun, *Handbook of Mathematical Functions*: 6.1.41, 26.5.8, 26.7);
//! the figures below the code are R's.

use std::f64::consts::PI;

/// How counts spread around what is expected (计数分布): negative binomial, whose variance is `mean + mean²/size`.
///
/// An infinite `size` is the Poisson law.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Counts {
    /// What is expected; not negative.
    pub mean: f64,
    /// The smaller, the wider; above 0.
    pub size: f64,
}

impl Counts {
    pub fn poisson(mean: f64) -> Self {
        Self { mean, size: f64::INFINITY }
    }

    pub fn variance(&self) -> f64 {
        self.mean + self.mean * self.mean / self.size
    }

    /// How likely it is to see `count` or more: P(X ≥ count).
    pub fn at_least(&self, count: u64) -> f64 {
        if count == 0 {
            return 1.0;
        }
        if self.mean <= 0.0 {
            return 0.0;
        }
        let tail = if count as f64 > self.mean { self.upward(count) } else { 1.0 - self.downward(count - 1) };
        tail.clamp(0.0, 1.0)
    }

    /// The least count that is not passed with probability `share` (0..1): min { n : P(X ≤ n) ≥ share }.
    pub fn quantile(&self, share: f64) -> u64 {
        // From a guess by the normal law, step by step to where the tail crosses.
        let guess = self.mean + normal_quantile(share) * self.variance().sqrt();
        let mut count = guess.clamp(0.0, 1e15) as u64;
        let rest = (1.0 - share) * (1.0 + 1e-12);
        while count > 0 && self.at_least(count) <= rest {
            count -= 1;
        }
        while self.at_least(count + 1) > rest {
            count += 1;
        }
        count
    }

    /// ln P(X = count).
    fn log_mass(&self, count: u64) -> f64 {
        let (n, m, k) = (count as f64, self.mean, self.size);
        let poisson = k.is_infinite() || k > 1e12 * (1.0 + m);
        if poisson {
            return n * m.ln() - m - ln_gamma(n + 1.0);
        }
        ln_gamma(n + k) - ln_gamma(k) - ln_gamma(n + 1.0) - k * (m / k).ln_1p() + n * (m / (k + m)).ln()
    }

    /// P(X = n + 1) / P(X = n).
    fn step(&self, n: f64) -> f64 {
        if self.size.is_infinite() {
            return self.mean / (n + 1.0);
        }
        // (n + k)/(n + 1) · m/(m + k), so written that a great k does no harm.
        (n / self.size + 1.0) / (n + 1.0) * self.mean / (self.mean / self.size + 1.0)
    }

    /// Σ of the masses from `count` on; `count` lies above the mean, so they fall.
    fn upward(&self, count: u64) -> f64 {
        let (mut n, mut term, mut sum) = (count as f64, 1.0, 1.0);
        while term > sum * 1e-17 {
            term *= self.step(n);
            n += 1.0;
            sum += term;
        }
        (self.log_mass(count) + f64::ln(sum)).exp()
    }

    /// Σ of the masses from `count` down to 0; `count` lies below the mean.
    fn downward(&self, count: u64) -> f64 {
        let (mut n, mut term, mut sum) = (count as f64, 1.0, 1.0);
        while n > 0.0 && term > sum * 1e-17 {
            term /= self.step(n - 1.0);
            n -= 1.0;
            sum += term;
        }
        (self.log_mass(count) + f64::ln(sum)).exp()
    }
}

/// ln Γ(x) for x > 0: Stirling's series, after raising x to where it holds to 15 digits.
pub fn ln_gamma(x: f64) -> f64 {
    let (mut x, mut product) = (x, 1.0);
    while x < 12.0 {
        product *= x;
        x += 1.0;
    }
    let inverse = 1.0 / (x * x);
    let series =
        1.0 / 12.0 - inverse * (1.0 / 360.0 - inverse * (1.0 / 1260.0 - inverse * (1.0 / 1680.0 - inverse / 1188.0)));
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * PI).ln() + series / x - f64::ln(product)
}

/// P(|T| ≥ |t|) of Student's law with `freedom` degrees of freedom.
pub fn student_two_sided(t: f64, freedom: f64) -> f64 {
    beta_share(freedom / (freedom + t * t), freedom / 2.0, 0.5)
}

/// The value that |T| passes with probability `share` (0..1); by halving, since the tail falls steadily.
pub fn student_two_sided_quantile(share: f64, freedom: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while student_two_sided(high, freedom) > share && high < 1e12 {
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if student_two_sided(middle, freedom) > share { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// P(X ≥ x) of the χ² law with `freedom` degrees of freedom: the upper incomplete gamma function Q(freedom/2, x/2), by
/// its series (A&S 6.5.29) below its middle and its continued fraction (A&S 6.5.31, Lentz's method) above.
pub fn chi_square_at_least(x: f64, freedom: f64) -> f64 {
    let (a, x) = (freedom / 2.0, x / 2.0);
    if x <= 0.0 {
        return 1.0;
    }
    let front = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 {
        let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
        while f64::abs(term) > 1e-17 * f64::abs(sum) {
            n += 1.0;
            term *= x / n;
            sum += term;
        }
        return 1.0 - front * sum;
    }
    let (mut b, mut c, mut d) = (x + 1.0 - a, f64::INFINITY, 1.0 / (x + 1.0 - a));
    let mut fraction = d;
    for step in 1..1000 {
        let i = f64::from(step);
        let numerator = -i * (i - a);
        b += 2.0;
        d = 1.0 / (numerator * d + b);
        c = b + numerator / c;
        fraction *= c * d;
        if (c * d - 1.0).abs() < 1e-16 {
            break;
        }
    }
    front * fraction
}

/// The regularised incomplete beta function I_x(a, b), by its continued fraction (A&S 26.5.8, Lentz's method).
fn beta_share(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return if x >= 1.0 { 1.0 } else { 0.0 };
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - beta_share(1.0 - x, b, a);
    }
    let front = ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p();
    let (mut c, mut d) = (1.0, 1.0 / (1.0 - (a + b) * x / (a + 1.0)));
    let mut fraction = d;
    for step in 1..500 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / (1.0 + even * d);
        c = 1.0 + even / c;
        fraction *= c * d;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / (1.0 + odd * d);
        c = 1.0 + odd / c;
        fraction *= c * d;
        if (c * d - 1.0).abs() < 1e-16 {
            break;
        }
    }
    front.exp() * fraction / a
}

/// P(Z ≤ z) of the normal law: by its series near the middle, by its continued fraction in the tails.
pub fn normal_share(z: f64) -> f64 {
    let density = (-z * z / 2.0).exp() / (2.0 * PI).sqrt();
    if z.abs() < 3.0 {
        let (mut term, mut sum, mut odd) = (z, z, 1.0);
        while f64::abs(term) > 1e-17 * f64::abs(sum) {
            odd += 2.0;
            term *= z * z / odd;
            sum += term;
        }
        return 0.5 + density * sum;
    }
    let x = z.abs();
    let tail = density / (1..=120).rev().fold(x, |rest, step| x + f64::from(step) / rest);
    if z > 0.0 { 1.0 - tail } else { tail }
}

/// The value that a normal figure stays under with probability `share`; infinite at 0 and 1.
pub fn normal_quantile(share: f64) -> f64 {
    if share <= 0.0 || share >= 1.0 {
        return if share >= 1.0 { f64::INFINITY } else { f64::NEG_INFINITY };
    }
    if share > 0.5 {
        return -normal_quantile(1.0 - share);
    }
    // A&S 26.2.23 gives three digits; Newton's steps, on the scale of logarithms, the rest.
    let t = (-2.0 * share.ln()).sqrt();
    let guess = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
    (0..4).fold(-guess, |z, _| {
        let below = normal_share(z);
        let density = (-z * z / 2.0).exp() / (2.0 * PI).sqrt();
        z - (below.ln() - share.ln()) * below / density
    })
}

/// The value that a χ² figure of `freedom` degrees of freedom (above 0) stays under with probability `share`, 0..1.
pub fn chi_square_quantile(share: f64, freedom: f64) -> f64 {
    // Between nothing and far beyond any tail that is asked for, halved until no digit changes.
    let (mut low, mut high) = (0.0, freedom + 40.0 * (freedom + 10.0).sqrt());
    for _ in 0..100 {
        let middle = (low + high) / 2.0;
        if gamma_share(freedom / 2.0, middle / 2.0) < share { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

/// The regularised incomplete gamma function P(a, x): by its series (A&S 6.5.29) for small x, else by its continued
/// fraction (6.5.31, Lentz's method).
fn gamma_share(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    let front = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 {
        let (mut term, mut sum, mut next) = (1.0 / a, 1.0 / a, a);
        while term > sum * 1e-17 {
            next += 1.0;
            term *= x / next;
            sum += term;
        }
        return front * sum;
    }
    let mut b = x + 1.0 - a;
    let (mut c, mut d) = (f64::INFINITY, 1.0 / b);
    let mut fraction = d;
    for step in 1..500 {
        let m = f64::from(step);
        let numerator = m * (a - m);
        b += 2.0;
        d = 1.0 / (b + numerator * d);
        c = b + numerator / c;
        fraction *= c * d;
        if (c * d - 1.0).abs() < 1e-16 {
            break;
        }
    }
    1.0 - front * fraction
}

#[cfg(test)]
mod tests {
    //! Figures of R 4.2: `pnbinom`, `ppois`, `qnbinom`, `qpois`, `lgamma`, `pt`, `qnorm`, `pnorm`, `qchisq`.

    use super::*;

    fn all_close(table: &[(f64, f64)]) {
        for (ours, theirs) in table {
            assert!((ours - theirs).abs() <= 1e-10 * theirs.abs(), "{ours} is not {theirs}");
        }
    }

    fn wide(mean: f64, size: f64) -> Counts {
        Counts { mean, size }
    }

    #[test]
    fn tails_of_counts_are_those_of_r() {
        all_close(&[
            (Counts::poisson(0.1).at_least(5), 7.6678016861893e-8),
            (Counts::poisson(2.5).at_least(10), 2.7735209462084e-4),
            (Counts::poisson(120.0).at_least(100), 0.97213626010948),
            (Counts::poisson(20.0).at_least(60), 4.2332846947129e-13),
            (wide(0.1, 0.5).at_least(5), 3.4114010142784e-5),
            (wide(2.5, 3.0).at_least(10), 8.5912078876787e-3),
            (wide(120.0, 10.0).at_least(100), 0.67121477749797),
        ]);
        // A great size is all but Poisson; the difference of two great ln Γ costs a few digits.
        let nearly = wide(20.0, 1e6).at_least(60);
        assert!((nearly / 4.2366272471196e-13 - 1.0).abs() < 1e-8, "{nearly}");
        assert_eq!(wide(0.0, 2.0).at_least(1), 0.0);
        assert_eq!(wide(3.0, 2.0).at_least(0), 1.0);
    }

    #[test]
    fn quantiles_of_counts_are_those_of_r() {
        let law = wide(7.3, 2.2);
        assert_eq!([0.5, 0.9, 0.99, 0.9999].map(|share| law.quantile(share)), [6, 15, 26, 45]);
        let law = Counts::poisson(3.3);
        assert_eq!([0.01, 0.5, 0.99, 0.999999].map(|share| law.quantile(share)), [0, 3, 8, 15]);
        assert_eq!(Counts::poisson(0.0).quantile(0.999), 0);
    }

    #[test]
    fn continuous_laws_are_those_of_r() {
        let freedom = |t, freedom| student_two_sided(t, freedom);
        all_close(&[
            (ln_gamma(0.01), 4.599479878042),
            (ln_gamma(0.5), 0.5723649429247),
            (ln_gamma(1.5), -0.12078223763525),
            (ln_gamma(12.3), 18.238983407092),
            (ln_gamma(500.0), 2605.1158503617),
            (freedom(0.5, 3.0), 0.65144796484815),
            (freedom(-2.0, 40.0), 5.2322343215049e-2),
            (freedom(5.0, 200.0), 1.2501981277715e-6),
            (freedom(12.0, 7.0), 6.3583103781851e-6),
            (normal_quantile(1e-12), -7.0344838253011),
            (normal_quantile(0.001), -3.0902323061678),
            (normal_quantile(0.025), -1.9599639845401),
            (normal_quantile(0.9), 1.2815515655446),
            (normal_quantile(0.999), 3.0902323061678),
            (normal_share(-8.0), 6.2209605742718e-16),
            (normal_share(-3.2), 6.8713793791585e-4),
            (normal_share(-1.0), 0.15865525393146),
            (normal_share(0.3), 0.61791142218895),
            (normal_share(2.9), 0.99813418669962),
            (normal_share(4.0), 0.99996832875817),
            (chi_square_quantile(0.95, 1.0), 3.8414588206941),
            (chi_square_quantile(0.5, 3.0), 2.3659738843753),
            (chi_square_quantile(0.95, 7.0), 14.0671404493402),
            (chi_square_quantile(0.95, 60.0), 79.0819444878487),
        ]);
        assert!(normal_quantile(0.5).abs() < 1e-15);
        assert_eq!(normal_quantile(1.0), f64::INFINITY);
    }

    /// scipy 1.17.1: `stats.chi2.sf(x, df)` and `stats.t.ppf(0.975, df)`.
    #[test]
    fn chi_square_and_quantiles_of_student_are_those_of_scipy() {
        let chi = chi_square_at_least;
        let t = |freedom| student_two_sided_quantile(0.05, freedom);
        all_close(&[
            (chi(3.841458820694124, 1.0), 0.05),
            (chi(0.5, 3.0), 0.9188914116546758),
            (chi(11.07, 5.0), 0.050009618622405425),
            (chi(30.0, 2.0), 3.0590232050182594e-07),
            (chi(40.5, 41.0), 0.492684478459202),
            (chi(0.001, 1.0), 0.9747728793699604),
            (chi(200.0, 9.0), 3.312992393909567e-38),
            (chi(5.0, 12.0), 0.9579789618046939),
            (t(1.0), 12.706204736174694),
            (t(5.0), 2.5705818356363146),
            (t(29.0), 2.045229642132703),
            (t(399.0), 1.965927295920882),
            (t(12.5), 2.1691859427125406),
        ]);
        assert_eq!(chi(0.0, 3.0), 1.0);
    }
}
