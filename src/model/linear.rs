//! The linear yardstick (线性基线): character 1–3-grams, TF-IDF, one-vs-rest linear SVM. It is what `eval` measures
//! the encoder against, the second voice beside it, and the fallback when it cannot load.
//!
//! Features after Salton & Buckley 1988 (sublinear tf × idf, length 1), hashed after Weinberger et al. 2009; the
//! solver is in `linear/solver.rs`. All heads share the features. Margins (间隔) are unbounded and not probabilities;
//! calibration on held-out texts makes them so.

mod features;
mod file;
mod solver;

use std::collections::BTreeMap;
use std::ops::Range;

use rayon::prelude::*;

use self::features::{Features, Row};
pub use self::file::FILE;
use crate::case::Head;

/// A trained one-vs-rest machine for one or more heads.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    features: Features,
    /// Which classes each head owns, in the order of its labels.
    heads: BTreeMap<Head, Range<usize>>,
    weights: Weights,
}

/// Sparse int8 weights, feature-major: a text touches few features and each speaks to many classes.
#[derive(Debug, Clone, PartialEq)]
struct Weights {
    /// `entries[starts[f]..starts[f + 1]]` belong to feature `f`.
    starts: Vec<u32>,
    /// Class and weight; × `scale[class]` gives the real weight.
    entries: Vec<(u16, i8)>,
    scale: Vec<f32>,
    bias: Vec<f32>,
}

/// The labels of one head for the texts given to [`Linear::train`].
#[derive(Debug, Clone, PartialEq)]
pub struct Targets {
    /// How many labels the head has.
    pub labels: usize,
    /// For each text its label in `0..labels`, or `None` where it has none.
    pub of: Vec<Option<usize>>,
}

/// How to train.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Cost of an example inside the margin (LIBLINEAR's `-c`).
    pub cost: f64,
    /// Weigh rare classes up, in inverse proportion to how often they occur.
    pub balance: bool,
    /// An n-gram must stand in at least so many training texts.
    pub least_texts: u32,
    /// The strongest weights of a class are kept until they hold this share of its squared length; the rest is cut
    /// from the file. 1.0 keeps all.
    pub keep: f32,
    pub seed: u64,
}

/// The cost was checked by grouped cross-validation on the corpus; the rest was set on a development set.
impl Default for Options {
    fn default() -> Self {
        Self { cost: 0.5, balance: false, least_texts: 2, keep: 0.95, seed: 12345 }
    }
}

impl Linear {
    /// Learns every head of `heads` from `texts`. The same input and seed give the same model on any number of
    /// threads. `progress` hears (classes done, classes in all).
    ///
    /// # Panics
    /// If a head's `of` is not as long as `texts`, or names a label that is not below `labels`.
    pub fn train(
        texts: &[&str],
        heads: &BTreeMap<Head, Targets>,
        options: &Options,
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Self {
        for targets in heads.values() {
            assert_eq!(targets.of.len(), texts.len(), "one label, or none, for each text");
            assert!(targets.of.iter().flatten().all(|label| *label < targets.labels), "every label is numbered");
        }
        let (features, rows) = Features::fit(texts, options.least_texts);
        let ranges = ranges(heads.iter().map(|(head, targets)| (*head, targets.labels)));
        let classes: Vec<(&Targets, usize)> =
            heads.values().flat_map(|targets| (0..targets.labels).map(move |label| (targets, label))).collect();
        let done = std::sync::atomic::AtomicUsize::new(0);
        let learnt: Vec<Class> = classes
            .par_iter()
            .enumerate()
            .map(|(class, (targets, label))| {
                let learnt = Class::learn(&rows, features.len(), targets, *label, options, class as u64);
                progress(done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1, classes.len());
                learnt
            })
            .collect();
        Self { weights: Weights::join(&learnt, features.len()), features, heads: ranges }
    }

    /// For each head and text the margins of its labels, in label order. A head that was not trained is absent.
    pub fn predict(&self, texts: &[&str]) -> BTreeMap<Head, Vec<Vec<f32>>> {
        let margins: Vec<Vec<f32>> =
            texts.par_iter().map(|text| self.weights.margins(&self.features.row(text))).collect();
        self.heads
            .iter()
            .map(|(head, range)| (*head, margins.iter().map(|all| all[range.clone()].to_vec()).collect()))
            .collect()
    }

    /// The texts as the machine sees them: TF-IDF of the n-grams it knows, length 1 (empty where it knows none).
    pub fn vectors(&self, texts: &[&str]) -> Vec<Vec<(u32, f32)>> {
        texts.par_iter().map(|text| self.features.row(text)).collect()
    }

    /// How many labels each trained head has.
    pub fn labels(&self) -> BTreeMap<Head, usize> {
        self.heads.iter().map(|(head, range)| (*head, range.len())).collect()
    }
}

/// Lays the heads' labels side by side as classes.
fn ranges(heads: impl Iterator<Item = (Head, usize)>) -> BTreeMap<Head, Range<usize>> {
    let mut end = 0;
    heads
        .map(|(head, labels)| {
            end += labels;
            (head, end - labels..end)
        })
        .collect()
}

/// One class against the rest: its strongest weights, quantised.
struct Class {
    /// Feature and weight, by feature.
    weights: Vec<(u32, i8)>,
    scale: f32,
    bias: f32,
}

impl Class {
    fn learn(rows: &[Row], width: usize, targets: &Targets, label: usize, options: &Options, salt: u64) -> Self {
        let examples: Vec<(&Row, bool)> =
            (rows.iter().zip(&targets.of)).filter_map(|(row, of)| of.map(|of| (row, of == label))).collect();
        let members = examples.iter().filter(|(_, member)| *member).count();
        if members == 0 {
            return Self { weights: Vec::new(), scale: 1.0, bias: -1.0 };
        }
        let raise =
            if options.balance { examples.len() as f64 / (targets.labels as f64 * members as f64) } else { 1.0 };
        let costs = solver::Costs { member: options.cost * raise, other: options.cost };
        let (weights, bias) = solver::fit(&examples, width, costs, options.seed.wrapping_add(salt));
        let (weights, scale) = quantise(&weights, options.keep);
        Self { weights, scale, bias }
    }
}

/// The strongest weights, `keep` of their squared length, as int8 and the scale that restores them.
fn quantise(weights: &[f32], keep: f32) -> (Vec<(u32, i8)>, f32) {
    let mut order: Vec<u32> = (0..weights.len() as u32).filter(|f| weights[*f as usize] != 0.0).collect();
    order.sort_by(|a, b| weights[*b as usize].abs().total_cmp(&weights[*a as usize].abs()).then(a.cmp(b)));
    let top = order.first().map_or(1.0, |f| weights[*f as usize].abs());
    let scale = top / 127.0;
    let energy = |features: &[u32]| features.iter().map(|f| f64::from(weights[*f as usize]).powi(2)).sum::<f64>();
    let enough = energy(&order) * f64::from(keep);
    let mut held = 0.0;
    order.retain(|f| {
        let wanted = held < enough;
        held += energy(&[*f]);
        wanted
    });
    order.sort_unstable();
    let small = |feature: u32| (weights[feature as usize] / scale).round() as i8;
    (order.into_iter().map(|f| (f, small(f))).filter(|(_, weight)| *weight != 0).collect(), scale)
}

impl Weights {
    fn join(classes: &[Class], width: usize) -> Self {
        let mut starts = vec![0u32; width + 1];
        for (feature, _) in classes.iter().flat_map(|class| &class.weights) {
            starts[*feature as usize + 1] += 1;
        }
        for feature in 0..width {
            starts[feature + 1] += starts[feature];
        }
        let mut next = starts.clone();
        let mut entries = vec![(0, 0); starts[width] as usize];
        for (number, class) in classes.iter().enumerate() {
            for (feature, weight) in &class.weights {
                entries[next[*feature as usize] as usize] = (number as u16, *weight);
                next[*feature as usize] += 1;
            }
        }
        let scale = classes.iter().map(|class| class.scale).collect();
        Self { starts, entries, scale, bias: classes.iter().map(|class| class.bias).collect() }
    }

    /// One text's margins, all heads' classes side by side.
    fn margins(&self, row: &Row) -> Vec<f32> {
        let mut sums = vec![0f32; self.scale.len()];
        for (feature, value) in row {
            let entries = self.starts[*feature as usize] as usize..self.starts[*feature as usize + 1] as usize;
            for (class, weight) in &self.entries[entries] {
                sums[*class as usize] += value * f32::from(*weight);
            }
        }
        sums.iter().zip(&self.scale).zip(&self.bias).map(|((sum, scale), bias)| sum * scale + bias).collect()
    }
}
