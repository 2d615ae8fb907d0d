//! A mean beside hidden counts: it is one more sum from which they could be worked out.
//!
//! With the mean and its base the sum of all marks is known. A hidden count is safe all the same where answers can be
//! moved between hidden options so that every known sum stays: so many from one mark to another, so many back elsewhere.

use crate::analytics::suppress::is_safe;

/// An answer may be moved so often, each way.
const MOST: i64 = 12;

/// The options of a question of marks, or of choices that have scores.
pub struct Marks<'a> {
    /// The group of each option whose total may be shown.
    pub of: &'a [usize],
    pub counts: &'a [usize],
    /// None for what does not enter the mean.
    pub marks: &'a [Option<f64>],
}

impl Marks<'_> {
    /// What of the options may be shown beside the mean, hiding the smallest first; none where the mean would tell a
    /// small count whatever else is hidden.
    pub fn beside_the_mean(&self, mut shown: Vec<bool>) -> Option<Vec<bool>> {
        let counts = |at: &usize| self.marks[*at].is_some() && self.counts[*at] > 0;
        while !self.is_safe(&shown) {
            let open = (0..shown.len()).filter(|at| shown[*at]).filter(counts);
            let least = open.min_by_key(|at| self.counts[*at])?;
            shown[least] = false;
        }
        Some(shown)
    }

    fn is_safe(&self, shown: &[bool]) -> bool {
        let moves = self.moves(shown);
        let reaches = |at: usize| {
            let count = self.counts[at] as i64;
            let ends = moves
                .iter()
                .filter(|moved| moved[at] != 0)
                .flat_map(|moved| [1, -1].map(|way| count + way * moved[at] * self.times(moved, way)));
            let (low, high) = ends.fold((count, count), |(low, high), end| (low.min(end), high.max(end)));
            (low as u32, high as u32)
        };
        let mut hidden = (0..shown.len()).filter(|at| !shown[*at] && self.marks[*at].is_some());
        hidden.all(|at| is_safe(self.counts[at] as u32, reaches(at)))
    }

    /// How often a move can be made one way.
    fn times(&self, moved: &[i64], way: i64) -> i64 {
        let taken = self.counts.iter().zip(moved).filter(|(_, moved)| way * **moved < 0);
        taken.map(|(count, moved)| *count as i64 / moved.abs()).min().unwrap_or_default()
    }

    /// Moves between hidden options that keep the totals of groups and the sum of all marks: along two pairs, each
    /// within a group.
    fn moves(&self, shown: &[bool]) -> Vec<Vec<i64>> {
        let hidden = |at: &usize| !shown[*at] && self.marks[*at].is_some();
        let options: Vec<usize> = (0..shown.len()).filter(hidden).collect();
        let after = |from: usize| options.iter().filter(move |to| **to > from && self.of[**to] == self.of[from]);
        let pairs: Vec<(usize, usize)> = options.iter().flat_map(|from| after(*from).map(|to| (*from, *to))).collect();
        let gain =
            |(from, to): (usize, usize)| self.marks[to].unwrap_or_default() - self.marks[from].unwrap_or_default();
        let mut moves = Vec::new();
        for (at, one) in pairs.iter().enumerate() {
            for other in &pairs[at + 1..] {
                let even = |(p, q): &(i64, i64)| (*p as f64 * gain(*one) + *q as f64 * gain(*other)).abs() < 1e-9;
                let often = (1..=MOST).flat_map(|p| (1..=MOST).flat_map(move |q| [(p, q), (p, -q)]));
                let Some((p, q)) = often.into_iter().find(even) else { continue };
                let mut moved = vec![0; shown.len()];
                for ((from, to), often) in [(*one, p), (*other, q)] {
                    moved[from] -= often;
                    moved[to] += often;
                }
                moves.push(moved);
            }
        }
        moves
    }
}
