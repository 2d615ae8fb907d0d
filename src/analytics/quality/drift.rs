//! Drift (漂移): whether what comes in, or what is said of it, is spread as before.
//!
//! The population stability index over classes with shares e before and a now,
//!
//! ```text
//! PSI = Σ (a − e) · ln(a / e)
//! ```
//!
//! with the customary bounds 0.1 (some change) and 0.25 (great change) of N. Siddiqi, *Credit Risk Scorecards* (Wiley 2006).
//! Those bounds know nothing of how many cases there are: where nothing changed, PSI is spread as (1/n + 1/m)·χ² with B − 1
//! degrees of freedom, so that it is (B − 1)(1/n + 1/m) on average (B. Yurdakul, *Statistical properties of population
//! stability index*, Western Michigan University 2018; B. Yurdakul and J. Naranjo, *Journal of Risk Model Validation* 14,
//! 2020). With 60 classes and 200 cases on each side that is 0.59 of nothing but chance. So a value is held first against
//! what chance passes once in twenty times, and only then against the bounds.
//!
//! Classes that would have fewer than five cases on the smaller side are counted as one (W. G. Cochran, *Biometrics* 10,
//! 1954), and each class is given half a case on both sides, so that one that is new makes no infinity.

use super::super::burst::chance::chi_square_quantile;

/// The customary bounds.
pub const MODERATE: f64 = 0.1;
pub const LARGE: f64 = 0.25;
/// Cases that are expected of a class at least, on the smaller side.
pub const LEAST_EXPECTED: f64 = 5.0;
/// Half a case (Jeffreys' prior).
const PRIOR: f64 = 0.5;
/// What chance passes once in twenty times.
const SURE: f64 = 0.95;

/// Cases before and now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sides {
    pub before: u64,
    pub now: u64,
}

/// A class and how many cases it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// None: all classes too small to stand alone.
    pub code: Option<String>,
    pub cases: Sides,
}

/// A class and what it adds to the index.
#[derive(Debug, Clone, PartialEq)]
pub struct Shifted {
    pub class: Class,
    pub adds: f64,
}

/// How far the spread over classes changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Shift {
    pub psi: f64,
    /// The mean where nothing changed, and what it passes then once in twenty times.
    pub by_chance: f64,
    pub critical: f64,
    pub all: Sides,
    /// In the order given, the small ones last as one.
    pub classes: Vec<Shifted>,
}

/// The index of these classes, each told once. None where one side has no case, or where there are no two classes to
/// compare.
pub fn psi(classes: Vec<Class>) -> Option<Shift> {
    let all = sum(&classes);
    if all.before == 0 || all.now == 0 {
        return None;
    }
    let classes = gathered(classes, all);
    let count = classes.len() as f64;
    if classes.len() < 2 {
        return None;
    }
    let share = |cases: u64, of: u64| (cases as f64 + PRIOR) / (of as f64 + PRIOR * count);
    let adds = |class: &Class| {
        let (before, now) = (share(class.cases.before, all.before), share(class.cases.now, all.now));
        (now - before) * (now / before).ln()
    };
    let classes: Vec<Shifted> = classes.into_iter().map(|class| Shifted { adds: adds(&class), class }).collect();
    let noise = 1.0 / all.before as f64 + 1.0 / all.now as f64;
    Some(Shift {
        psi: classes.iter().map(|class| class.adds).sum(),
        by_chance: (count - 1.0) * noise,
        critical: chi_square_quantile(SURE, count - 1.0) * noise,
        all,
        classes,
    })
}

fn sum(classes: &[Class]) -> Sides {
    classes.iter().fold(Sides::default(), |sum, class| Sides {
        before: sum.before + class.cases.before,
        now: sum.now + class.cases.now,
    })
}

/// The classes that stand alone, then the small ones as one.
fn gathered(classes: Vec<Class>, all: Sides) -> Vec<Class> {
    let smaller = all.before.min(all.now) as f64 / (all.before + all.now) as f64;
    let is_small = |class: &Class| ((class.cases.before + class.cases.now) as f64 * smaller) < LEAST_EXPECTED;
    let (small, mut alone): (Vec<Class>, Vec<Class>) = classes.into_iter().partition(is_small);
    let rest = sum(&small);
    if rest != Sides::default() {
        alone.push(Class { code: None, cases: rest });
    }
    alone
}

/// The value that `share` of ascending values lie at or below, by linear interpolation between order statistics (Hyndman
/// and Fan 1996, definition 7); none of nothing.
pub fn quantile(ascending: &[u32], share: f64) -> Option<f64> {
    let last = ascending.len().checked_sub(1)?;
    let place = share * last as f64;
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    let (low, high) = (f64::from(ascending[below]), f64::from(ascending[above.min(last)]));
    Some(low + (high - low) * (place - below as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(cases: &[(u64, u64)]) -> Vec<Class> {
        let class = |(n, (before, now)): (usize, &(u64, u64))| Class {
            code: Some(format!("c{n}")),
            cases: Sides { before: *before, now: *now },
        };
        cases.iter().enumerate().map(class).collect()
    }

    /// R 4.2: `e <- (b + .5) / (sum(b) + 2); a <- (n + .5) / (sum(n) + 2); sum((a - e) * log(a / e))` and `(1/100 + 1/100) *
    /// qchisq(.95, 3)`.
    #[test]
    fn the_index_is_that_of_the_formula() {
        let shift = psi(classes(&[(50, 40), (30, 30), (15, 20), (5, 10)])).unwrap();
        assert!((shift.psi - 0.067036997622).abs() < 1e-10, "{}", shift.psi);
        assert!((shift.critical - 0.156294558130).abs() < 1e-9, "{}", shift.critical);
        assert!((shift.by_chance - 0.06).abs() < 1e-12);
        assert_eq!(shift.classes[1].adds, 0.0);
        let same = psi(classes(&[(50, 50), (30, 30)])).unwrap();
        assert_eq!(same.psi, 0.0);
    }

    /// Of 180 before and 50 now a class needs 23 cases in all to have five expected on the smaller side.
    #[test]
    fn small_classes_count_as_one_and_a_new_one_makes_no_infinity() {
        let shift = psi(classes(&[(90, 10), (60, 20), (30, 15), (0, 4), (0, 1)])).unwrap();
        let told: Vec<_> = shift.classes.iter().map(|one| (one.class.code.as_deref(), one.class.cases.now)).collect();
        assert_eq!(told, [(Some("c0"), 10), (Some("c1"), 20), (Some("c2"), 15), (None, 5)]);
        assert!(shift.psi.is_finite() && shift.psi > shift.critical);
        assert_eq!(psi(classes(&[(10, 0), (5, 0)])), None, "nothing now");
        assert_eq!(psi(classes(&[(10, 9)])), None, "one class");
        assert_eq!(psi(Vec::new()), None);
        assert!(psi(classes(&[(1, 0), (0, 1)])).is_none(), "one case on each side says nothing");
    }

    #[test]
    fn quantiles_lie_between_order_statistics() {
        for (share, expected) in [(0.0, 1.0), (0.5, 2.5), (0.9, 7.9), (1.0, 10.0)] {
            assert!((quantile(&[1, 2, 3, 10], share).unwrap() - expected).abs() < 1e-12, "{share}");
        }
        assert_eq!((quantile(&[7], 0.9), quantile(&[], 0.5)), (Some(7.0), None));
    }
}
