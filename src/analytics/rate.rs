//! Rates with what may be said of them.

/// The standard normal quantile of a two-sided 95 %.
pub(super) const Z: f64 = 1.959_963_984_540_054;

/// So many of so many (率).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rate {
    pub hits: i64,
    pub of: i64,
}

impl Rate {
    /// In 0..=1; none where there is nothing to count of.
    pub fn share(self) -> Option<f64> {
        (self.of > 0).then(|| self.hits as f64 / self.of as f64)
    }

    /// The 95 % score interval ([`wilson`]).
    pub fn interval(self) -> Option<(f64, f64)> {
        Some(wilson(self.share()?, self.of as f64))
    }
}

/// The 95 % score interval of E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
/// Journal of the American Statistical Association 22 (1927) 209–212: with z = 1.96,
/// `(p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n)`. It holds for small n too, and never leaves 0..=1. Of weighted
/// answers n is the effective number.
pub fn wilson(p: f64, n: f64) -> (f64, f64) {
    let squared = Z * Z;
    let middle = p + squared / (2.0 * n);
    let spread = Z * (p * (1.0 - p) / n + squared / (4.0 * n * n)).sqrt();
    let whole = 1.0 + squared / n;
    (((middle - spread) / whole).max(0.0), ((middle + spread) / whole).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As statsmodels 0.15.0 gives them, `proportion_confint(hits, of, 0.05, method="wilson")`; the last four stand, to four
    /// places, in R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17
    /// (1998), table I, method 3.
    #[test]
    fn wilson_intervals_are_those_of_the_paper() {
        for (hits, of, low, high) in [
            (0, 10, 0.0, 0.277_532_799_862_889_26),
            (10, 10, 0.722_467_200_137_110_6, 1.0),
            (1, 1, 0.206_549_314_377_237_4, 1.0),
            (8, 10, 0.490_162_471_536_641_83, 0.943_317_848_545_624_7),
            (50, 100, 0.403_831_530_365_995_6, 0.596_168_469_634_004_4),
            (81, 263, 0.255_288_519_878_274_2, 0.366_209_576_982_800_04),
            (15, 148, 0.062_386_399_530_736_28, 0.160_487_241_723_308_03),
            (0, 20, 0.0, 0.161_125_158_052_819_4),
            (1, 29, 0.006_113_214_292_762_667, 0.171_755_218_793_202_94),
        ] {
            let (found_low, found_high) = Rate { hits, of }.interval().unwrap();
            let near = |found: f64, told: f64| (found - told).abs() < 1e-12;
            assert!(near(found_low, low) && near(found_high, high), "{hits}/{of}: {found_low} {found_high}");
        }
        assert_eq!((Rate::default().share(), Rate::default().interval()), (None, None));
    }
}
