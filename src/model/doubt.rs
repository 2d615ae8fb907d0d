//! Which labels are likely wrong, and which texts would teach most: the arithmetic of looking labels over (标注复核).
//!
//! Suspect labels (存疑标注) by confident learning (Northcutt, Jiang & Chuang 2021); texts to label next (待标注) by
//! uncertainty (margin sampling, Scheffer et al. 2001) times distance from what was already chosen (farthest-first
//! traversal, Gonzalez 1985).

use std::cmp::Ordering;

/// A labelled text that another label fits better.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Suspect {
    /// Its place among the texts.
    pub text: usize,
    pub given: usize,
    pub better: usize,
    /// Normalized margin: the given label's probability less that of the best label not given, in -1..=1; the lower,
    /// the likelier wrong.
    pub margin: f32,
}

/// What a labelled text is judged by.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// One probability for each label, from a model that has not seen the text.
    pub probabilities: Vec<f32>,
    pub given: usize,
    /// Labels that are right as well; the given one need not be among them.
    pub accepted: Vec<usize>,
}

impl Judged {
    fn right(&self, label: usize) -> bool {
        label == self.given || self.accepted.contains(&label)
    }

    /// The highest probability among the labels that are right, or among those that are not.
    fn best(&self, right: bool) -> f32 {
        let of = self.probabilities.iter().enumerate().filter(|(label, _)| self.right(*label) == right);
        of.map(|(_, p)| *p).fold(0.0, f32::max)
    }

    fn margin(&self) -> f32 {
        self.best(true) - self.best(false)
    }
}

/// The texts whose given label is likely wrong, likeliest first. A text is counted for the most probable of the
/// labels whose own mean confidence it reaches; it is suspect where that label is neither given nor accepted and more
/// probable than those that are. Without that last condition a rare label, whose mean confidence is next to nothing, is
/// reached by texts that all but surely have another.
/// `texts` are `None` where no model can judge.
pub fn suspects(texts: &[Option<Judged>]) -> Vec<Suspect> {
    let thresholds = thresholds(texts.iter().flatten());
    let counted = |judged: &Judged| {
        let reached = judged.probabilities.iter().zip(&thresholds).enumerate().filter(|(_, (p, least))| p >= least);
        reached.max_by(|(_, (p, _)), (_, (q, _))| p.total_cmp(q)).map(|(label, _)| label)
    };
    let suspect = |(text, judged): (usize, &Option<Judged>)| {
        let judged = judged.as_ref()?;
        let wrong = |label: &usize| !judged.right(*label) && judged.probabilities[*label] > judged.best(true);
        let better = counted(judged).filter(wrong)?;
        Some(Suspect { text, given: judged.given, better, margin: judged.margin() })
    };
    let mut suspects: Vec<Suspect> = texts.iter().enumerate().filter_map(suspect).collect();
    suspects.sort_by(|a, b| a.margin.total_cmp(&b.margin).then(a.text.cmp(&b.text)));
    suspects
}

/// For each label the mean probability of the texts that were given it (self-confidence); above 1, hence never
/// reached, where none was.
fn thresholds<'a>(texts: impl Iterator<Item = &'a Judged>) -> Vec<f32> {
    let mut sums: Vec<(f32, f32)> = Vec::new();
    for Judged { probabilities, given, .. } in texts {
        sums.resize(sums.len().max(probabilities.len()), (0.0, 0.0));
        sums[*given].0 += probabilities[*given];
        sums[*given].1 += 1.0;
    }
    sums.into_iter().map(|(sum, count)| if count > 0.0 { sum / count } else { f32::INFINITY }).collect()
}

/// A text as a vector of length 1, by ascending position.
pub type Vector = Vec<(u32, f32)>;

/// The places of the at most `most` texts that would teach most, best first: each step takes the text whose
/// uncertainty (0..=1) times distance (1 − cosine) from the nearest one taken is greatest. A text like one taken is
/// worth nothing and not taken.
///
/// # Panics
/// If there is not one uncertainty for each vector.
pub fn informative(uncertainty: &[f32], vectors: &[Vector], most: usize) -> Vec<usize> {
    assert_eq!(uncertainty.len(), vectors.len(), "one uncertainty for each text");
    let mut distance = vec![1f32; vectors.len()];
    let mut taken = Vec::new();
    while taken.len() < most {
        let worth = |text: &usize| uncertainty[*text] * distance[*text];
        let by_worth = |a: &usize, b: &usize| -> Ordering { worth(a).total_cmp(&worth(b)).then(b.cmp(a)) };
        let Some(best) = (0..vectors.len()).max_by(by_worth).filter(|best| worth(best) > NOTHING) else { break };
        taken.push(best);
        for (distance, vector) in distance.iter_mut().zip(vectors) {
            *distance = distance.min(1.0 - cosine(vector, &vectors[best]));
        }
        distance[best] = 0.0;
    }
    taken
}

/// Worth less than this is rounding.
const NOTHING: f32 = 1e-5;

fn cosine(a: &[(u32, f32)], b: &[(u32, f32)]) -> f32 {
    let (mut i, mut j, mut sum) = (0, 0, 0.0);
    while let (Some((x, p)), Some((y, q))) = (a.get(i), b.get(j)) {
        if x == y {
            sum += p * q;
        }
        i += usize::from(x <= y);
        j += usize::from(y <= x);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(probabilities: [f32; 3], given: usize, accepted: &[usize]) -> Option<Judged> {
        Some(Judged { probabilities: probabilities.to_vec(), given, accepted: accepted.to_vec() })
    }

    /// Self-confidence: label 0 (0.8 + 0.1) / 2 = 0.45, label 1 (0.6 + 0.3 + 0.1) / 3, label 2 nobody's.
    #[test]
    fn a_label_is_suspect_where_another_reaches_its_own_mean_confidence() {
        let texts = [
            judged([0.8, 0.1, 0.1], 0, &[]),
            judged([0.1, 0.7, 0.2], 0, &[]),
            judged([0.3, 0.6, 0.1], 1, &[]),
            judged([0.44, 0.3, 0.26], 1, &[]),
            judged([0.7, 0.1, 0.2], 1, &[0]),
            None,
        ];
        let found = suspects(&texts);
        assert_eq!(found.iter().map(|s| (s.text, s.given, s.better)).collect::<Vec<_>>(), [(1, 0, 1)]);
        assert!((found[0].margin + 0.6).abs() < 1e-6);
    }

    /// Label 2 is rare and timid (mean 0.05): texts that all but surely have another label reach it. Of the third text
    /// label 1 is the more probable, but does not reach its own mean (0.6).
    #[test]
    fn a_label_less_probable_than_the_given_one_is_no_reason_for_doubt() {
        let texts = [
            judged([0.9, 0.05, 0.05], 2, &[]),
            judged([0.5, 0.4, 0.1], 0, &[]),
            judged([0.4, 0.45, 0.15], 0, &[]),
            judged([0.2, 0.6, 0.2], 1, &[]),
            judged([0.98, 0.01, 0.01], 0, &[]),
        ];
        let found: Vec<usize> = suspects(&texts).iter().map(|suspect| suspect.text).collect();
        assert_eq!(found, [0]);
    }

    #[test]
    fn what_is_like_a_text_already_taken_is_taken_last_or_never() {
        let vectors = [vec![(0, 1.0)], vec![(0, 1.0)], vec![(1, 1.0)], vec![(0, 0.6), (1, 0.8)]];
        assert_eq!(informative(&[0.9, 0.8, 0.3, 0.5], &vectors, 9), [0, 2, 3]);
        assert_eq!(informative(&[0.9, 0.8, 0.3, 0.5], &vectors, 1), [0]);
        assert!(informative(&[], &[], 3).is_empty());
    }
}
