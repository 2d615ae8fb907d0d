//! Grouping vectors: a tree by Ward's criterion, cut where its groups stand apart most clearly.
//!
//! All of it is deterministic: ties go to the earlier, and the caller gives the vectors in an order of their own.

use rayon::prelude::*;

use super::algebra::{dot32, unit};

/// Vectors that the tree is built of, at most; more are first drawn together around as many of them, evenly taken.
const LEAVES: usize = 1200;
/// Rounds in which groups are drawn to their centres again.
const ROUNDS: usize = 4;

/// A tree over some leaves: joins in the order of their heights.
pub struct Tree {
    /// Which leaf each vector belongs to.
    leaf: Vec<usize>,
    leaves: usize,
    /// Two leaves whose groups join.
    joins: Vec<(usize, usize)>,
}

impl Tree {
    /// Ward's tree (Ward 1963) by the nearest-neighbour chain (Murtagh 1983), over unit vectors, each counting
    /// `weights`.
    pub fn grow(vectors: &[&[f32]], weights: &[f32]) -> Self {
        let (leaf, centres, masses) = leaves(vectors, weights);
        let joins = ward(&centres, &masses);
        Self { leaf, leaves: centres.len(), joins }
    }

    /// The group of each vector when the tree is cut into `count`; groups are numbered by their first vector.
    pub fn cut(&self, count: usize) -> Vec<usize> {
        let mut root: Vec<usize> = (0..self.leaves).collect();
        for (a, b) in self.joins.iter().take(self.leaves.saturating_sub(count.max(1))) {
            let (a, b) = (find(&root, *a), find(&root, *b));
            root[a.max(b)] = a.min(b);
        }
        numbered(self.leaf.iter().map(|leaf| find(&root, *leaf)).collect())
    }
}

/// Cuts into the number of groups, of `fewest..=most`, whose simplified silhouette (Hruschka 2004: distances to
/// centres instead of to all others) is the highest, then draws the groups to their centres again.
pub fn grouped(vectors: &[&[f32]], weights: &[f32], fewest: usize, most: usize) -> Vec<usize> {
    let most = most.min(vectors.len());
    if most < 2 || fewest > most {
        return vec![0; vectors.len()];
    }
    let tree = Tree::grow(vectors, weights);
    let cuts = (fewest.max(1)..=most).map(|count| drawn(vectors, weights, tree.cut(count)));
    let judged = cuts.map(|groups| (silhouette(vectors, weights, &groups), groups));
    judged.reduce(|best, next| if next.0 > best.0 { next } else { best }).map_or_else(Vec::new, |(_, groups)| groups)
}

/// The centre of each group: the weighted mean of its vectors, length 1.
pub fn centres(vectors: &[&[f32]], weights: &[f32], groups: &[usize]) -> Vec<Vec<f32>> {
    let count = groups.iter().max().map_or(0, |last| last + 1);
    let width = vectors.first().map_or(0, |vector| vector.len());
    let mut sums = vec![vec![0f32; width]; count];
    for ((vector, weight), group) in vectors.iter().zip(weights).zip(groups) {
        sums[*group].iter_mut().zip(*vector).for_each(|(sum, x)| *sum += weight * x);
    }
    sums.into_iter().map(unit).collect()
}

/// The likeliest centre of a vector and the cosine with it, then the cosine with the next.
pub fn nearest(vector: &[f32], centres: &[Vec<f32>]) -> (usize, f32, f32) {
    let (mut best, mut second) = ((0, f32::NEG_INFINITY), f32::NEG_INFINITY);
    for (i, centre) in centres.iter().enumerate() {
        let cosine = dot32(vector, centre);
        if cosine > best.1 {
            second = best.1;
            best = (i, cosine);
        } else {
            second = second.max(cosine);
        }
    }
    (best.0, best.1, second)
}

fn drawn(vectors: &[&[f32]], weights: &[f32], mut groups: Vec<usize>) -> Vec<usize> {
    for _ in 0..ROUNDS {
        let centres = centres(vectors, weights, &groups);
        let next: Vec<usize> = vectors.par_iter().map(|vector| nearest(vector, &centres).0).collect();
        let next = numbered(next);
        if next == groups {
            break;
        }
        groups = next;
    }
    groups
}

/// Weighted mean of (b − a) / max(a, b), a and b the distances to the own and to the next centre.
fn silhouette(vectors: &[&[f32]], weights: &[f32], groups: &[usize]) -> f64 {
    let centres = centres(vectors, weights, groups);
    let apart = |cosine: f32| (1.0 - f64::from(cosine)).max(0.0);
    let one = |(vector, weight): (&&[f32], &f32)| {
        let (_, own, next) = nearest(vector, &centres);
        let (a, b) = (apart(own), apart(next));
        f64::from(*weight) * (b - a) / a.max(b).max(1e-9)
    };
    let each: Vec<f64> = vectors.par_iter().zip(weights.par_iter()).map(one).collect();
    each.iter().sum::<f64>() / weights.iter().map(|w| f64::from(*w)).sum::<f64>().max(1e-9)
}

/// Leaves of the tree: the vectors themselves, or centres around evenly taken ones.
fn leaves(vectors: &[&[f32]], weights: &[f32]) -> (Vec<usize>, Vec<Vec<f32>>, Vec<f32>) {
    if vectors.len() <= LEAVES {
        let own = vectors.iter().map(|vector| vector.to_vec()).collect();
        return ((0..vectors.len()).collect(), own, weights.to_vec());
    }
    let seeds: Vec<Vec<f32>> = (0..LEAVES).map(|i| vectors[i * vectors.len() / LEAVES].to_vec()).collect();
    let leaf = numbered(vectors.par_iter().map(|vector| nearest(vector, &seeds).0).collect());
    let centres = centres(vectors, weights, &leaf);
    let mut masses = vec![0f32; centres.len()];
    leaf.iter().zip(weights).for_each(|(leaf, weight)| masses[*leaf] += weight);
    (leaf, centres, masses)
}

fn ward(centres: &[Vec<f32>], masses: &[f32]) -> Vec<(usize, usize)> {
    let n = centres.len();
    let mut mass: Vec<f64> = masses.iter().map(|mass| f64::from(*mass)).collect();
    let mut cost: Vec<Vec<f64>> = (0..n)
        .into_par_iter()
        .map(|i| {
            let apart = |j: usize| 2.0 - 2.0 * f64::from(dot32(&centres[i], &centres[j]));
            (0..n).map(|j| apart(j).max(0.0) * mass[i] * mass[j] / (mass[i] + mass[j])).collect()
        })
        .collect();
    let mut alive = vec![true; n];
    let mut joins: Vec<(f64, usize, usize)> = Vec::with_capacity(n);
    let mut chain: Vec<usize> = Vec::new();
    while joins.len() + 1 < n {
        if chain.is_empty() {
            chain.extend(alive.iter().position(|alive| *alive));
        }
        let Some(&top) = chain.last() else { break };
        let before = chain.len().checked_sub(2).map(|at| chain[at]);
        let others = (0..n).filter(|&j| alive[j] && j != top);
        let first = before.unwrap_or(usize::MAX);
        let Some(next) = others.min_by(|&a, &b| {
            cost[top][a].total_cmp(&cost[top][b]).then_with(|| (a != first).cmp(&(b != first))).then(a.cmp(&b))
        }) else {
            break;
        };
        if Some(next) != before {
            chain.push(next);
            continue;
        }
        chain.truncate(chain.len() - 2);
        let (kept, gone) = (top.min(next), top.max(next));
        joins.push((cost[kept][gone], kept, gone));
        alive[gone] = false;
        let between = cost[kept][gone];
        for k in (0..n).filter(|&k| alive[k] && k != kept) {
            // Lance & Williams 1967.
            let together = mass[kept] + mass[gone] + mass[k];
            let joined =
                (mass[kept] + mass[k]) * cost[kept][k] + (mass[gone] + mass[k]) * cost[gone][k] - mass[k] * between;
            cost[kept][k] = joined / together;
            cost[k][kept] = joined / together;
        }
        mass[kept] += mass[gone];
    }
    joins.sort_by(|a, b| a.0.total_cmp(&b.0));
    joins.into_iter().map(|(_, a, b)| (a, b)).collect()
}

fn find(root: &[usize], mut i: usize) -> usize {
    while root[i] != i {
        i = root[i];
    }
    i
}

/// Numbers groups by their first member.
fn numbered(groups: Vec<usize>) -> Vec<usize> {
    let mut numbers = std::collections::BTreeMap::new();
    groups
        .into_iter()
        .map(|group| {
            let next = numbers.len();
            *numbers.entry(group).or_insert(next)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_together_is_one_group_and_the_number_of_groups_is_found() {
        let turn = |degrees: f32| vec![degrees.to_radians().cos(), degrees.to_radians().sin()];
        let points: Vec<Vec<f32>> = [0.0, 2.0, 4.0, 90.0, 92.0, 180.0, 183.0, 185.0, 1.0].map(turn).to_vec();
        let vectors: Vec<&[f32]> = points.iter().map(Vec::as_slice).collect();
        assert_eq!(grouped(&vectors, &[1.0; 9], 2, 6), [0, 0, 0, 1, 1, 2, 2, 2, 0]);
        let tree = Tree::grow(&vectors, &[1.0; 9]);
        assert_eq!(tree.cut(2), [0, 0, 0, 1, 1, 1, 1, 1, 0], "2·3/5·2.06 is less than 4·2/6·1.97");
    }
}
