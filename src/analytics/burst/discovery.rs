//! Many places looked at, few false finds (错误发现率控制): Benjamini & Hochberg, J. R. Stat. Soc. B 57 (1995) 289.

/// For each chance its q (校正后的 p 值): among all finds with a q of at most x, a share of at most x is expected to
/// be chance alone.
///
/// q₍ᵢ₎ = min over j ≥ i of p₍ⱼ₎·m/j, at most 1. Holds where the tests are independent or lean the same way
/// (Benjamini & Yekutieli 2001). In the order of the input; equal chances get equal q.
pub fn adjusted(chances: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..chances.len()).collect();
    order.sort_by(|a, b| chances[*b].total_cmp(&chances[*a]));
    let tests = chances.len() as f64;
    let (mut least, mut adjusted) = (1.0, vec![1.0; chances.len()]);
    for (above, place) in order.into_iter().enumerate() {
        let rank = tests - above as f64;
        least = f64::min(least, chances[place] * tests / rank);
        adjusted[place] = least;
    }
    adjusted
}

/// For each chance what it is worth among all tests made (Holm 校正): S. Holm, Scand. J. Stat. 6 (1979) 65. To find
/// anything wrongly among those with at most x has a chance of at most x, however the tests depend on each other.
///
/// p₍ᵢ₎ → max over j ≤ i of (m − j + 1)·p₍ⱼ₎, at most 1; in the order of the input.
pub fn holm(chances: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..chances.len()).collect();
    order.sort_by(|a, b| chances[*a].total_cmp(&chances[*b]));
    let (mut most, mut adjusted) = (0.0, vec![1.0; chances.len()]);
    for (below, place) in order.into_iter().enumerate() {
        most = f64::max(most, chances[place] * (chances.len() - below) as f64).min(1.0);
        adjusted[place] = most;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R: `p.adjust(c(0.0001, 0.04, 0.0003, 0.04, 0.5, 0.012, 1, 0.0301, 0.2, 0.0009), "BH")`.
    #[test]
    fn the_adjusted_chances_are_those_of_r() {
        let chances = [0.0001, 0.04, 0.0003, 0.04, 0.5, 0.012, 1.0, 0.0301, 0.2, 0.0009];
        let theirs = [
            0.001,
            0.057142857142857,
            0.0015,
            0.057142857142857,
            0.55555555555556,
            0.03,
            1.0,
            0.057142857142857,
            0.25,
            0.003,
        ];
        for (ours, theirs) in adjusted(&chances).iter().zip(theirs) {
            assert!((ours - theirs).abs() < 1e-13, "{ours} is not {theirs}");
        }
        assert!(adjusted(&[]).is_empty());
    }

    /// statsmodels 0.15: `multipletests([0.01, 0.04, 0.03, 0.005, 0.5, 0.01], method="holm")[1]`.
    #[test]
    fn chances_adjusted_by_holm_are_those_of_statsmodels() {
        let adjusted = holm(&[0.01, 0.04, 0.03, 0.005, 0.5, 0.01]);
        for (ours, theirs) in adjusted.iter().zip([0.05, 0.09, 0.09, 0.03, 0.5, 0.05]) {
            assert!((ours - theirs).abs() < 1e-12, "{adjusted:?}");
        }
    }
}
