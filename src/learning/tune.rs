//! Tuning (校准): a model folder keeps its weights, a reviewed sample of real messages says what its probabilities are
//! worth and from which one a case is dispatched without a person.
//!
//! Six numbers are chosen, none of them a weight: an exponent each for both levels of the category, the unit, the
//! petition type and the urgency, and the probability from which a case is dispatched. An exponent orders nothing anew,
//! so a hundred messages make the probabilities honest and leave the answers as they are. The sample must not have been
//! trained on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::eval;
use super::{calibration, hash_of, read, write_json};
use crate::case::{Head, Labelled, Segmented};
use crate::dataset::Columns;
use crate::error::{Error, Result};
use crate::model::calibration::{Spoken, Tuning};
use crate::model::card::{Card, Reviewed, ReviewedMarks};
use crate::model::heads::Plan;
use crate::model::{Heard, Model, score};
use crate::routing::Thresholds;
use crate::taxonomy::Taxonomy;
use crate::text::Reader;

/// Messages needed, at least, before anything is changed.
pub const LEAST: usize = 50;
/// Of the cases dispatched without a person so many shall go to the right unit. A point above the 95 of 100 that is
/// promised, because the threshold is chosen on the very cases it is measured on.
const WANTED: f64 = 0.96;

/// What tuning changed.
#[derive(Debug, Clone, Serialize)]
pub struct Tuned {
    pub before: Reviewed,
    pub after: Reviewed,
    pub thresholds: Thresholds,
}

/// Refits `calibration.json` and `thresholds.json` of the model folder `dir` on labelled files, from its present
/// thresholds `start`, and writes what it reached on them to its card.
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
    let measure = |model: &Model, thresholds: &Thresholds| -> Result<Reviewed> {
        let said = eval::said(model, &texts, &segmented, taxonomy, thresholds, &|_, _| ())?;
        let answers = eval::answers_of(&examples, &said, &segmented, taxonomy, thresholds);
        let marks = answers.iter().map(|(name, answers)| ((*name).to_owned(), marks(&score::score(answers))));
        let auto = eval::routable(&said, taxonomy)
            .then(|| eval::dispatch(&examples, &said, &segmented, taxonomy, thresholds))
            .flatten();
        let auto = auto.map(|auto| [auto.coverage, auto.precision]);
        Ok(Reviewed { messages: examples.len(), marks: marks.collect(), auto })
    };
    let mut model = Model::load(dir)?;
    let before = measure(&model, start)?;
    let voices = model.hear(&texts)?;
    let said = |model: &Model| eval::with_keywords(model.settled(&voices), &segmented, taxonomy, start);
    for (name, head) in HEADS {
        let Some(trained) = model.calibration().get(&head).copied() else { continue };
        let mut boast = |power: f32| {
            model.calibration().insert(head, Tuning { power, ..trained });
            let answers = eval::answers_of(&examples, &said(&model), &segmented, taxonomy, start);
            answers.get(name).map_or(0.0, |answers| score::boast(answers))
        };
        let power = calibration::least(0.5, 5.0, &mut boast);
        model.calibration().insert(head, Tuning { power, ..trained });
    }
    let said = said(&model);
    let boast = |name: &str, thresholds: &Thresholds| {
        let answers = eval::answers_of(&examples, &said, &segmented, taxonomy, thresholds);
        answers.get(name).map_or(0.0, |answers| score::boast(answers))
    };
    let mut thresholds = start.clone();
    for (name, power) in EXPONENTS {
        *power(&mut thresholds) = calibration::least(0.5, 5.0, |candidate| {
            let mut tried = start.clone();
            *power(&mut tried) = candidate;
            boast(name, &tried)
        });
    }
    if eval::routable(&said, taxonomy) {
        let units = eval::unit_answers(&examples, &said, &segmented, taxonomy, &thresholds);
        if let Some(point) = score::coverage_at_precision(&score::curve(&units), WANTED) {
            thresholds.auto = (point.threshold as f32).clamp(0.5, 0.99);
        }
    }
    let after = measure(&model, &thresholds)?;
    write_json(dir, "calibration.json", model.calibration())?;
    write_json(dir, "thresholds.json", &thresholds)?;
    let card = Card::load(dir)?;
    let version = format!("{}+{}", card.weights(), hash_of(dir, &["calibration.json", "thresholds.json"])?);
    Card { version, reviewed: Some(after.clone()), ..card }.save(dir)?;
    Ok(Tuned { before, after, thresholds })
}

fn marks(of: &score::Marks) -> ReviewedMarks {
    ReviewedMarks {
        strict: of.accuracy.value,
        accepted: of.accepted.value,
        top3: of.top3.value,
        calibration_error: of.calibration_error,
    }
}

/// Heads whose own exponent is refitted, and their marks.
const HEADS: [(&str, Head); 2] = [("petition", Head::Petition), ("urgency", Head::Urgency)];

/// Chooses one of the exponents.
type Exponent = fn(&mut Thresholds) -> &mut f32;

/// The marks by which the exponents of what is told are chosen.
const EXPONENTS: [(&str, Exponent); 3] = [
    ("level1", |thresholds| &mut thresholds.domain_power),
    ("level2", |thresholds| &mut thresholds.category_power),
    ("unit", |thresholds| &mut thresholds.unit_power),
];

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
    let predictions = eval::said(model, &texts, segmented, taxonomy, start, &|_, _| ())?;
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
