//! New categories without retraining (新增分类): a label that no training text had is heard by its description.
//!
//! Every label has a vector: a learnt one's is the mean of its labelled examples, a newcomer's the mean of what its
//! description and its few example sentences embed to (prototypical networks, Snell et al. 2017). A softmax over the
//! cosines says how much of a text belongs to newcomers; the learnt labels share the rest as the model said. This is a
//! second opinion to begin with: once a category has some forty labelled texts, training serves it better.

use std::collections::BTreeMap;

use super::unit;
use crate::case::Scored;

/// Sharpness of the softmax over cosines, chosen on hidden categories; see `models/README.md`.
const SHARPNESS: f32 = 20.0;
/// What a newcomer's cosine gains: the mean of a few texts lies farther from its texts than the mean of many.
const ALLOWANCE: f32 = 0.05;

/// A category that the model was not trained on.
#[derive(Debug, Clone)]
pub struct Newcomer {
    pub code: String,
    /// Its name with what it is about, and sentences as citizens would say them; masked.
    pub texts: Vec<String>,
}

/// Label vectors of length 1, learnt labels first.
#[derive(Default)]
pub struct Newcomers {
    learnt: Vec<Vec<f32>>,
    new: Vec<(String, Vec<f32>)>,
}

impl Newcomers {
    /// From the embeddings of labelled examples and of each newcomer's texts.
    pub fn of<'a>(
        examples: impl Iterator<Item = (&'a str, Vec<f32>)>,
        new: impl Iterator<Item = (String, Vec<Vec<f32>>)>,
    ) -> Self {
        let mut sums: BTreeMap<&str, Vec<f32>> = BTreeMap::new();
        for (code, embedding) in examples {
            add(sums.entry(code).or_default(), &embedding);
        }
        let new = new.filter(|(_, texts)| !texts.is_empty()).map(|(code, texts)| {
            let mut sum = Vec::new();
            texts.iter().for_each(|text| add(&mut sum, text));
            (code, unit(sum))
        });
        Self { new: new.collect(), learnt: sums.into_values().map(unit).collect() }
    }

    pub fn is_empty(&self) -> bool {
        self.new.is_empty()
    }

    /// Puts the newcomers among the learnt categories of one text, most probable first.
    pub fn join(&self, embedding: &[f32], categories: Vec<Scored>) -> Vec<Scored> {
        if self.is_empty() || embedding.is_empty() {
            return categories;
        }
        let heat = |vector: &[f32], allowance: f32| {
            let cosine: f32 = vector.iter().zip(embedding).map(|(a, b)| a * b).sum();
            (SHARPNESS * (cosine + allowance)).exp()
        };
        let learnt: f32 = self.learnt.iter().map(|vector| heat(vector, 0.0)).sum();
        let new: Vec<f32> = self.new.iter().map(|(_, vector)| heat(vector, ALLOWANCE)).collect();
        let all = learnt + new.iter().sum::<f32>();
        let kept = categories.into_iter().map(|said| Scored { probability: said.probability * learnt / all, ..said });
        let told = self.new.iter().zip(&new);
        let told = told.map(|((code, _), heat)| Scored { code: code.clone(), probability: heat / all });
        let mut joined: Vec<Scored> = kept.chain(told).collect();
        joined.sort_by(|a, b| b.probability.total_cmp(&a.probability).then_with(|| a.code.cmp(&b.code)));
        joined
    }
}

fn add(sum: &mut Vec<f32>, row: &[f32]) {
    sum.resize(row.len(), 0.0);
    sum.iter_mut().zip(row).for_each(|(sum, v)| *sum += v);
}
