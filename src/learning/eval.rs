//! Marks (评测): what a model folder gets right on a labelled file, beside the linear yardstick on the same texts.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

use super::read;
use crate::case::{Decision, Head, Labelled, Prediction, Scored, Segmented};
use crate::dataset::Columns;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::model::score::{self, Answer, Comparison, Marks};
use crate::routing::{self, Evidence, Thresholds};
use crate::taxonomy::Taxonomy;
use crate::text::{self, Reader};

/// Texts predicted at once: enough to fill the cores, few enough for a progress bar to move.
const AT_ONCE: usize = 32;

/// What one system got right, mark by mark.
pub type System = BTreeMap<&'static str, Marks>;

/// The result of `guikou eval`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    pub file: String,
    pub examples: usize,
    pub model_version: String,
    /// The shipped system: encoder and linear voice, rules.
    pub model: System,
    /// The linear model alone, with the same rules.
    pub linear: System,
    /// Model minus linear, paired bootstrap.
    pub gaps: BTreeMap<&'static str, Comparison>,
    pub dispatch: Option<Dispatch>,
    pub place: Option<PlaceFound>,
}

/// How the decision `auto` fared (自动派单).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Dispatch {
    /// Share of all cases decided `auto`.
    pub coverage: f64,
    /// Share of those whose unit was right.
    pub precision: f64,
}

/// How often the place (事发地) was found, of the texts that have one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PlaceFound {
    pub with_place: usize,
    pub exact: f64,
    pub exact_or_overlapping: f64,
}

/// Measures a model folder on labelled files. `tell` hears (texts done, of all).
pub fn eval(
    files: &[PathBuf],
    columns: &Columns,
    model: &Model,
    thresholds: &Thresholds,
    reader: &Reader,
    taxonomy: &Taxonomy,
    tell: &dyn Fn(usize, usize),
) -> Result<Report> {
    let examples = read(files, columns, reader)?;
    let texts: Vec<&str> = examples.iter().map(|example| example.text.as_str()).collect();
    let segmented: Vec<Segmented> = texts.iter().map(|text| reader.read(text)).collect();
    let predictions = said(model, &texts, &segmented, taxonomy, thresholds, tell)?;
    let linear = model.predict_linear(&texts);
    let ours = answers_of(&examples, &predictions, &segmented, taxonomy, thresholds);
    let theirs = answers_of(&examples, &linear, &segmented, taxonomy, thresholds);
    if ours.is_empty() {
        return Err(Error::invalid(
            "评测文件里没有可比的标签：请用 --map 指明标签列，并确认模型认识这些标签",
            "the file holds no label that the model knows: name the columns with --map",
        ));
    }
    let gaps = ours.iter().filter_map(|(name, mine)| Some((*name, score::compare(mine, theirs.get(name)?))));
    Ok(Report {
        file: files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", "),
        examples: examples.len(),
        model_version: model.card.version.clone(),
        gaps: gaps.collect(),
        dispatch: dispatch(&examples, &predictions, &segmented, taxonomy, thresholds),
        place: place(&examples, &segmented),
        model: ours.iter().map(|(name, answers)| (*name, score::score(answers))).collect(),
        linear: theirs.iter().map(|(name, answers)| (*name, score::score(answers))).collect(),
    })
}

/// What a model says of each text in service: its own voice, and the keywords where it speaks the taxonomy's codes.
pub(super) fn said(
    model: &Model,
    texts: &[&str],
    segmented: &[Segmented],
    taxonomy: &Taxonomy,
    thresholds: &Thresholds,
    tell: &dyn Fn(usize, usize),
) -> Result<Vec<Prediction>> {
    let mut predictions = Vec::new();
    for chunk in texts.chunks(AT_ONCE) {
        predictions.extend(model.predict(chunk)?);
        tell(predictions.len(), texts.len());
    }
    Ok(with_keywords(predictions, segmented, taxonomy, thresholds))
}

/// What a model said, and the keywords where it speaks the taxonomy's codes.
pub(super) fn with_keywords(
    said: Vec<Prediction>,
    segmented: &[Segmented],
    taxonomy: &Taxonomy,
    thresholds: &Thresholds,
) -> Vec<Prediction> {
    if !routable(&said, taxonomy) {
        return said;
    }
    let pairs = said.iter().zip(segmented);
    pairs.map(|(said, text)| routing::hear_keywords(said, text, taxonomy, thresholds.keywords)).collect()
}

/// One list of answers for each mark that the examples' labels allow.
pub(super) fn answers_of(
    examples: &[Labelled],
    predictions: &[Prediction],
    segmented: &[Segmented],
    taxonomy: &Taxonomy,
    thresholds: &Thresholds,
) -> BTreeMap<&'static str, Vec<Answer>> {
    let mut all = BTreeMap::new();
    all.insert("level1", sharpened(domain_answers(examples, predictions, taxonomy), thresholds.domain_power));
    all.insert("level2", sharpened(answers(examples, predictions, Head::Category), thresholds.category_power));
    for (name, head) in [("petition", Head::Petition), ("urgency", Head::Urgency), ("unit_head", Head::Unit)] {
        all.insert(name, answers(examples, predictions, head));
    }
    if routable(predictions, taxonomy) {
        all.insert("unit", unit_answers(examples, predictions, segmented, taxonomy, thresholds));
    }
    all.retain(|_, answers| !answers.is_empty());
    all
}

/// Whether the model speaks this taxonomy's categories; one trained on another taxonomy is not routed.
pub(super) fn routable(predictions: &[Prediction], taxonomy: &Taxonomy) -> bool {
    let first = predictions.first().and_then(|prediction| prediction.categories.first());
    first.is_some_and(|category| taxonomy.category(&category.code).is_some())
}

/// One head's answers; examples without its label are left out.
pub fn answers(examples: &[Labelled], predictions: &[Prediction], head: Head) -> Vec<Answer> {
    let pairs = examples.iter().zip(predictions);
    let given = pairs.filter_map(|(example, prediction)| {
        let ranked = match head {
            Head::Category => prediction.categories.clone(),
            Head::Petition => prediction.petition.clone(),
            Head::Urgency => prediction.urgency.clone(),
            Head::Unit => prediction.units.clone(),
            Head::Protect => either(prediction.protect),
        };
        answer(example, head, ranked)
    });
    given.collect()
}

fn either(protect: f32) -> Vec<Scored> {
    let mut both = vec![
        Scored { code: "true".into(), probability: protect },
        Scored { code: "false".into(), probability: 1.0 - protect },
    ];
    both.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    both
}

fn answer(example: &Labelled, head: Head, ranked: Vec<Scored>) -> Option<Answer> {
    let gold = example.labels.get(&head)?.clone();
    let accepted = example.accepted.get(&head).cloned().unwrap_or_default();
    (!ranked.is_empty()).then(|| Answer { gold, accepted, ranked, group: example.group.clone() })
}

fn domain_answers(examples: &[Labelled], predictions: &[Prediction], taxonomy: &Taxonomy) -> Vec<Answer> {
    let pairs = examples.iter().zip(predictions).filter(|(_, prediction)| !prediction.domains.is_empty());
    let given = pairs.filter_map(|(example, prediction)| {
        let gold = super::parent(example, taxonomy)?;
        Some(Answer { gold, accepted: Vec::new(), ranked: prediction.domains.clone(), group: example.group.clone() })
    });
    given.collect()
}

fn sharpened(answers: Vec<Answer>, power: f32) -> Vec<Answer> {
    let answers = answers.into_iter();
    answers.map(|answer| Answer { ranked: routing::sharpened(&answer.ranked, power), ..answer }).collect()
}

/// Lead units after routing.
pub fn unit_answers(
    examples: &[Labelled],
    predictions: &[Prediction],
    segmented: &[Segmented],
    taxonomy: &Taxonomy,
    thresholds: &Thresholds,
) -> Vec<Answer> {
    let cases = examples.iter().zip(predictions).zip(segmented);
    let given = cases.filter_map(|((example, prediction), text)| {
        let routing = decide(text, prediction, taxonomy, thresholds);
        let lead =
            |assigned: crate::case::Assignment| Scored { code: assigned.lead.code, probability: assigned.probability };
        answer(example, Head::Unit, routing.assignment.into_iter().map(lead).collect())
    });
    given.collect()
}

fn decide(
    text: &Segmented,
    prediction: &Prediction,
    taxonomy: &Taxonomy,
    thresholds: &Thresholds,
) -> crate::case::Routing {
    let location = text::scene(text);
    let evidence = Evidence { text, prediction, location: location.as_ref(), stated_flags: &[], on: None };
    routing::decide(&evidence, taxonomy, thresholds)
}

pub(super) fn dispatch(
    examples: &[Labelled],
    predictions: &[Prediction],
    segmented: &[Segmented],
    taxonomy: &Taxonomy,
    thresholds: &Thresholds,
) -> Option<Dispatch> {
    let (mut auto, mut right, mut all) = (0usize, 0usize, 0usize);
    for ((example, prediction), text) in examples.iter().zip(predictions).zip(segmented) {
        let Some(gold) = example.labels.get(&Head::Unit) else { continue };
        all += 1;
        let routing = decide(text, prediction, taxonomy, thresholds);
        if let (Decision::Auto, Some(first)) = (routing.decision, routing.assignment.first()) {
            auto += 1;
            let accepted = example.accepted.get(&Head::Unit).is_some_and(|units| units.contains(&first.lead.code));
            right += usize::from(accepted || *gold == first.lead.code);
        }
    }
    let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
    (all > 0).then(|| Dispatch { coverage: share(auto, all), precision: share(right, auto) })
}

fn place(examples: &[Labelled], segmented: &[Segmented]) -> Option<PlaceFound> {
    let (mut with, mut exact, mut overlapping) = (0usize, 0usize, 0usize);
    for (example, text) in examples.iter().zip(segmented) {
        let Some(gold) = example.place.as_deref().filter(|place| !place.is_empty()) else { continue };
        with += 1;
        let found = text::scene(text).and_then(|location| location.place).unwrap_or_default();
        exact += usize::from(found == gold);
        overlapping += usize::from(!found.is_empty() && (gold.contains(&found) || found.contains(gold)));
    }
    let share = |part: usize| part as f64 / with.max(1) as f64;
    (with > 0).then(|| PlaceFound { with_place: with, exact: share(exact), exact_or_overlapping: share(overlapping) })
}
