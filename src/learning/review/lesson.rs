//! Labelled texts, and what models say of them that have not seen them.

use std::collections::{BTreeMap, BTreeSet};

use super::Order;
use crate::case::{Head, Labelled};
use crate::error::{Error, Result};
use crate::learning::{Stage, parent, read};
use crate::model::calibration::{self, Spoken, Tuning};
use crate::model::doubt::Judged;
use crate::model::heads::{self, Plan};
use crate::model::linear::{self, Linear, Targets};
use crate::model::split;
use crate::taxonomy::Taxonomy;
use crate::text::Reader;

/// The linear models that judge: each has seen all folds but one.
const FOLDS: usize = 5;
/// The heads looked over.
const HEADS: [Head; 2] = [Head::Category, Head::Unit];

/// Labelled texts, masked.
pub(super) struct Lesson {
    pub(super) examples: Vec<Labelled>,
    /// `file:line` of each.
    pub(super) origins: Vec<String>,
    /// The labels of the heads looked over.
    pub(super) plan: Plan,
}

/// What out-of-fold models say of one head.
pub(super) struct Heard {
    /// For each text; `None` where it has no label, or one that stands in no other fold: nobody could have learnt it.
    pub(super) judged: Vec<Option<Judged>>,
    /// How margins became probabilities.
    pub(super) tuning: Tuning,
}

impl Lesson {
    pub(super) fn read(order: &Order, reader: &Reader, taxonomy: &Taxonomy) -> Result<Self> {
        let (mut examples, mut origins) = (Vec::new(), Vec::new());
        for file in &order.files {
            let name = file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            let read = read(std::slice::from_ref(file), &order.columns, reader)?;
            origins.extend(read.iter().map(|example| format!("{name}:{}", example.line)));
            examples.extend(read);
        }
        let mut plan = heads::plan(&examples, &|example| parent(example, taxonomy));
        plan.retain(|head, _| HEADS.contains(head));
        if plan.is_empty() {
            return Err(Error::invalid(
                "文件里没有可复核的标签：要有分类或牵头单位一列，至少两个不同的标签；可用 --map 指明列名",
                "the files hold no labels to look over: name a category or unit column with --map; two labels are needed",
            ));
        }
        Ok(Self { examples, origins, plan })
    }

    /// Trains the linear model on the texts at `places`.
    pub(super) fn learn(&self, places: &[usize], seed: u64, progress: &(dyn Fn(usize, usize) + Sync)) -> Linear {
        let texts: Vec<&str> = places.iter().map(|&text| self.examples[text].text.as_str()).collect();
        let targets = self.plan.iter().map(|(&head, labels)| {
            let of = places.iter().map(|&text| self.label(head, text)).collect();
            (head, Targets { labels: labels.codes.len(), of })
        });
        let options = linear::Options { seed, ..linear::Options::default() };
        Linear::train(&texts, &targets.collect(), &options, progress)
    }

    /// What models trained on the other folds say of each fold.
    pub(super) fn out_of_fold(&self, seed: u64, tell: &(dyn Fn(Stage) + Sync)) -> BTreeMap<Head, Heard> {
        let folds = self.folds(seed);
        let unheard = || vec![Vec::new(); folds.len()];
        let mut margins: BTreeMap<Head, Vec<Vec<f32>>> = self.plan.keys().map(|head| (*head, unheard())).collect();
        for fold in 0..FOLDS {
            let (held, seen): (Vec<usize>, Vec<usize>) = (0..folds.len()).partition(|&text| folds[text] == fold);
            let progress = |done, all| tell(Stage::Linear(fold * all + done, FOLDS * all));
            let linear = self.learn(&seen, seed, &progress);
            let asked: Vec<&str> = held.iter().map(|&text| self.examples[text].text.as_str()).collect();
            for (head, said) in linear.predict(&asked) {
                let margins = margins.entry(head).or_insert_with(unheard);
                held.iter().zip(said).for_each(|(&text, said)| margins[text] = said);
            }
        }
        margins.into_iter().map(|(head, margins)| (head, self.heard(head, &folds, margins))).collect()
    }

    /// A fold for each text; near-duplicates and tellings of one event share it.
    fn folds(&self, seed: u64) -> Vec<usize> {
        let texts: Vec<&str> = self.examples.iter().map(|example| example.text.as_str()).collect();
        let stated: Vec<Option<&str>> = self.examples.iter().map(|example| example.group.as_deref()).collect();
        let label = |example: &Labelled| self.plan.keys().find_map(|head| example.labels.get(head)).cloned();
        let labels: Vec<String> = self.examples.iter().map(|example| label(example).unwrap_or_default()).collect();
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        split::folds(&split::near_duplicate_groups(&texts, &stated), &labels, FOLDS, seed)
    }

    fn label(&self, head: Head, text: usize) -> Option<usize> {
        self.plan.get(&head)?.index(self.examples[text].labels.get(&head)?)
    }

    fn heard(&self, head: Head, folds: &[usize], mut margins: Vec<Vec<f32>>) -> Heard {
        let labelled: Vec<(usize, usize)> =
            (0..folds.len()).filter_map(|text| Some((text, self.label(head, text)?))).collect();
        let mut stands: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for (text, label) in &labelled {
            stands.entry(*label).or_default().insert(folds[*text]);
        }
        let judgeable = labelled.into_iter().filter(|(_, label)| stands[label].len() > 1);
        let (texts, spoken): (Vec<usize>, Vec<Spoken>) = judgeable
            .map(|(text, right)| {
                let margins = std::mem::take(&mut margins[text]);
                (text, Spoken { logits: Vec::new(), margins, right: vec![right] })
            })
            .unzip();
        let tuning = Tuning { sharpness: calibration::sharpness(&spoken), ..Tuning::default() };
        let mut judged = vec![None; folds.len()];
        for (text, Spoken { margins, right, .. }) in texts.into_iter().zip(spoken) {
            let (probabilities, accepted) = (tuning.probabilities(&[], &margins), self.accepted(head, text));
            judged[text] = right.first().map(|&given| Judged { probabilities, given, accepted });
        }
        Heard { judged, tuning }
    }

    fn accepted(&self, head: Head, text: usize) -> Vec<usize> {
        let codes = self.examples[text].accepted.get(&head).into_iter().flatten();
        codes.filter_map(|code| self.plan.get(&head)?.index(code)).collect()
    }
}
