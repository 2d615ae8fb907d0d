//! Whose voice answers: the model of a folder as it serves, and what it says when its encoder fails at work.

use std::path::Path;

use crate::case::Prediction;
use crate::error::Result;
use crate::model::Model;
use crate::model::newcomers::Newcomer;
use crate::taxonomy::Taxonomy;
use crate::text::Reader;

/// The model of a folder as it serves: with the catalogue's newcomers.
pub fn model(folder: &Path, taxonomy: &Taxonomy, reader: &Reader) -> Result<Model> {
    let mut model = Model::load(folder)?;
    model.welcome(&described(taxonomy, reader))?;
    Ok(model)
}

/// What a model says; where its encoder fails at work, the linear voice alone.
pub(super) fn heard(model: &Model, texts: &[&str]) -> Vec<Prediction> {
    model.predict(texts).unwrap_or_else(|error| {
        tracing::warn!("编码器出错，这一批由线性模型作答：{}", error.chain());
        model.predict_linear(texts)
    })
}

/// The categories for which the catalogue has examples, by their words: for a model that was not trained on them.
fn described(taxonomy: &Taxonomy, reader: &Reader) -> Vec<Newcomer> {
    let given = taxonomy.categories.iter().filter(|category| !category.examples.is_empty());
    let described = given.map(|category| {
        let path = taxonomy.path(&category.code).unwrap_or_default();
        let words = format!("{path}：{}", category.keywords.join("、"));
        let texts = std::iter::once(&words).chain(&category.examples);
        Newcomer { code: category.code.clone(), texts: texts.map(|text| reader.mask(text)).collect() }
    });
    described.collect()
}
