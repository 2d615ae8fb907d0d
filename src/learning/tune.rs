//! Tuning (校准): a model folder keeps its weights, a reviewed sample of real messages says how its voices are mixed,
//! what their probabilities are worth and from which one a case is dispatched without a person.
//!
//! Some thirty numbers are chosen, none of them a weight, so a few hundred messages are enough. The sample must not
//! have been trained on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::eval;
use super::{calibration, read, write_json};
use crate::case::{Head, Labelled, Prediction, Segmented};
use crate::dataset::Columns;
use crate::error::{Error, Result};
use crate::model::calibration::Spoken;
use crate::model::heads::{self, Plan};
use crate::model::{Heard, Model, score};
use crate::routing::{self, Thresholds};
use crate::taxonomy::Taxonomy;
use crate::text::Reader;

/// Messages needed, at least, before anything is changed.
pub const LEAST: usize = 50;
/// Of the cases dispatched without a person so many shall go to the right unit. A point above the 95 of 100 that is
/// promised, because the threshold is chosen on the very cases it is measured on.
const WANTED: f64 = 0.96;

/// What tuning changed: calibration error (0..=1) and share of accepted first answers, before and after.
#[derive(Debug, Clone, Serialize)]
pub struct Tuned {
    pub examples: usize,
    pub before: BTreeMap<&'static str, [f64; 2]>,
    pub after: BTreeMap<&'static str, [f64; 2]>,
    pub thresholds: Thresholds,
}

/// Refits `calibration.json` and `thresholds.json` of the model folder `dir` on labelled files, from its present
/// thresholds `start`.
pub fn tune(
    files: &[PathBuf],
    columns: &Columns,
    dir: &Path,
    start: &Thresholds,
    reader: &Reader,
    taxonomy: &Taxonomy,
) -> Result<Tuned> {
    let examples = read(files, columns, reader)?;
    if examples.len() < LEAST {
        return Err(Error::invalid(
            format!("复核样本只有 {} 条：至少要 {LEAST} 条没参加训练的真实来件", examples.len()),
            format!("{} reviewed messages are too few: {LEAST} that were not trained on are needed", examples.len()),
        ));
    }
    let texts: Vec<&str> = examples.iter().map(|example| example.text.as_str()).collect();
    let segmented: Vec<Segmented> = texts.iter().map(|text| reader.read(text)).collect();
    let measure = |model: &Model, thresholds: &Thresholds| -> Result<BTreeMap<&'static str, [f64; 2]>> {
        let predictions = heard(model, &texts, &segmented, taxonomy, thresholds)?;
        let answers = eval::answers_of(&examples, &predictions, &segmented, taxonomy, thresholds);
        let marks = answers.iter().map(|(name, answers)| (*name, score::score(answers)));
        Ok(marks.map(|(name, marks)| (name, [marks.calibration_error, marks.accepted.value])).collect())
    };
    let before = measure(&Model::load(dir)?, start)?;
    let voices = Model::load(dir)?.hear(&texts)?;
    write_json(dir, "calibration.json", &fit(&heads::read_plan(dir)?, &examples.iter().collect::<Vec<_>>(), &voices))?;
    let model = Model::load(dir)?;
    let thresholds = thresholds(&examples, &segmented, &model, taxonomy, start)?;
    write_json(dir, "thresholds.json", &thresholds)?;
    Ok(Tuned { examples: examples.len(), before, after: measure(&model, &thresholds)?, thresholds })
}

/// Every head's tuning on held-out examples and what the voices said of them.
pub fn fit(plan: &Plan, examples: &[&Labelled], voices: &[Heard]) -> calibration::Calibration {
    let fitted = plan.iter().map(|(&head, labels)| {
        let spoken = examples.iter().zip(voices).filter_map(|(example, voice)| {
            let given = example.labels.get(&head)?;
            let accepted = example.accepted.get(&head).into_iter().flatten();
            let right: Vec<usize> =
                std::iter::once(given).chain(accepted).filter_map(|code| labels.index(code)).collect();
            let of = |from: &BTreeMap<Head, Vec<f32>>| from.get(&head).cloned().unwrap_or_default();
            (!right.is_empty()).then(|| Spoken { logits: of(&voice.logits), margins: of(&voice.margins), right })
        });
        let spoken: Vec<Spoken> = spoken.collect();
        (head, calibration::fit(&spoken))
    });
    fitted.collect()
}

fn heard(
    model: &Model,
    texts: &[&str],
    segmented: &[Segmented],
    taxonomy: &Taxonomy,
    thresholds: &Thresholds,
) -> Result<Vec<Prediction>> {
    let said = model.predict(texts)?;
    if !eval::routable(&said, taxonomy) {
        return Ok(said);
    }
    let pairs = said.iter().zip(segmented);
    Ok(pairs.map(|(said, text)| routing::hear_keywords(said, text, taxonomy, thresholds.keywords)).collect())
}

/// Mixing shares tried for the units, and exponents.
const SHARES: [f32; 6] = [0.0, 0.1, 0.2, 0.35, 0.5, 0.65];
const POWERS: [f32; 9] = [0.8, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.4, 2.8];

/// How the unit's voices are mixed, sharpened and trusted.
pub fn thresholds(
    examples: &[Labelled],
    segmented: &[Segmented],
    model: &Model,
    taxonomy: &Taxonomy,
    start: &Thresholds,
) -> Result<Thresholds> {
    let texts: Vec<&str> = examples.iter().map(|example| example.text.as_str()).collect();
    let predictions = heard(model, &texts, segmented, taxonomy, start)?;
    if !eval::routable(&predictions, taxonomy) {
        return Ok(start.clone());
    }
    let answers = |thresholds: &Thresholds| eval::unit_answers(examples, &predictions, segmented, taxonomy, thresholds);
    let least = |candidates: Vec<Thresholds>, cost: &dyn Fn(&[score::Answer]) -> f64| {
        let costs = candidates.into_iter().map(|candidate| (cost(&answers(&candidate)), candidate));
        costs.min_by(|a, b| a.0.total_cmp(&b.0)).map_or_else(|| start.clone(), |(_, best)| best)
    };
    let plain = Thresholds { unit_power: 1.0, ..start.clone() };
    let shares = SHARES.iter().flat_map(|&head| SHARES.iter().take(4).map(move |&ruled| (head, ruled)));
    let mixed = |(unit_head, unit_head_under_rule)| Thresholds { unit_head, unit_head_under_rule, ..plain.clone() };
    let mixed = least(shares.map(mixed).collect(), &score::surprise);
    let sharpened = POWERS.iter().map(|&unit_power| Thresholds { unit_power, ..mixed.clone() });
    let mut tuned = least(sharpened.collect(), &score::boast);
    if let Some(point) = score::coverage_at_precision(&score::curve(&answers(&tuned)), WANTED) {
        tuned.auto = (point.threshold as f32).clamp(0.5, 0.99);
    }
    Ok(tuned)
}
