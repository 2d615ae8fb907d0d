//! Seams (一单多诉的接缝): where in a text one matter ends and another begins.
//!
//! A seam is judged by what the model makes of the words before and behind it, each heard alone: how alike their
//! embeddings and their categories are, whether either is clearer alone than both together, what joins them, and how
//! much stands on either side. A logistic regression weighs this evidence; the text is cut at its likeliest seam, and
//! each part again, while a seam is likely enough.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::logistic::Logistic;
use crate::case::{Clause, Joint, Prediction, Scored, Span};
use crate::error::{Error, Result};

/// How many numbers are known of a seam.
pub const EVIDENCE: usize = 6;
/// Characters below which a part is no matter of its own.
const SHORTEST: usize = 10;
/// Seams heard on both sides, at most, and how likely one must look by its clauses to be one of them. On the 260 texts
/// of `data/matters.jsonl` the F1 is that of hearing every seam (eightfold), in a third of the time.
const LOOKED_AT: usize = 3;
const FAINT: f32 = 0.05;
/// A text is cut into two, and each of them into two, at most so many times.
const DEPTH: usize = 3;
pub const FILE: &str = "seams.json";

/// `seams.json` of a model folder: how the evidence is weighed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seams {
    pub odds: Logistic,
    /// Probability from which a seam is cut.
    pub threshold: f32,
}

/// Says what the model makes of each span, heard alone.
pub type Ear<'a> = dyn FnMut(&[Span]) -> Result<Vec<Prediction>> + 'a;

impl Seams {
    /// Reads `seams.json`; a folder without one never cuts.
    pub fn load(dir: &Path) -> Result<Option<Self>> {
        let file = dir.join(FILE);
        let Ok(text) = std::fs::read_to_string(&file) else { return Ok(None) };
        let broken = |e: serde_json::Error| {
            let at = format!("{}:{}", file.display(), e.line());
            let error = Error::setup("接缝文件写错了，请重新训练", "broken seam file: train again");
            error.at(at, e.to_string(), e.to_string())
        };
        let seams: Self = serde_json::from_str(&text).map_err(broken)?;
        if seams.odds.weights.len() == EVIDENCE {
            return Ok(Some(seams));
        }
        let (at, found) = (format!("{}#/odds/weights", file.display()), seams.odds.weights.len());
        let error = Error::setup("接缝文件写错了，请重新训练", "broken seam file: train again");
        Err(error.at(at, format!("应有 {EVIDENCE} 个权重，有 {found} 个"), format!("{found} weights, not {EVIDENCE}")))
    }

    /// The spans between which another matter begins.
    ///
    /// Each clause is heard once, alone. What the clauses on either side say together stands for what that side would
    /// say, and only the seams that look likeliest by that are judged by both sides heard whole: most texts tell one
    /// matter, and cost no more than reading them once more.
    pub fn cut(&self, clauses: &[Clause], ear: &mut Ear) -> Result<Vec<Span>> {
        if places(clauses).is_empty() {
            return Ok(whole(clauses).into_iter().collect());
        }
        let spans: Vec<Span> = clauses.iter().map(|clause| clause.span).chain(whole(clauses)).collect();
        let mut near = ear(&spans)?;
        let all = near.pop().unwrap_or_default();
        self.cut_again(clauses, &near, &all, ear, DEPTH)
    }

    /// `near` is what each clause says alone, `all` what they say together, heard whole.
    fn cut_again(
        &self,
        clauses: &[Clause],
        near: &[Prediction],
        all: &Prediction,
        ear: &mut Ear,
        depth: usize,
    ) -> Result<Vec<Span>> {
        let likely = if depth > 0 { self.likeliest(clauses, near, all) } else { Vec::new() };
        let borders: Vec<Span> = likely.iter().flat_map(|&at| sides(clauses, at)).collect();
        let heard = if borders.is_empty() { Vec::new() } else { ear(&borders)? };
        let judged = likely.iter().zip(heard.chunks_exact(2));
        let judged = judged.map(|(&at, sides)| (at, sides, self.judge(clauses, at, all, [&sides[0], &sides[1]])));
        match judged.max_by(|a, b| a.2.total_cmp(&b.2)).filter(|(.., p)| *p >= self.threshold) {
            None => Ok(whole(clauses).into_iter().collect()),
            Some((at, sides, _)) => {
                let mut spans = self.cut_again(&clauses[..at], &near[..at], &sides[0], ear, depth - 1)?;
                spans.extend(self.cut_again(&clauses[at..], &near[at..], &sides[1], ear, depth - 1)?);
                Ok(spans)
            }
        }
    }

    /// The seams worth hearing both sides of, likeliest first.
    fn likeliest(&self, clauses: &[Clause], near: &[Prediction], all: &Prediction) -> Vec<usize> {
        let guess = |at: usize| {
            let (before, behind) = (together(&clauses[..at], &near[..at]), together(&clauses[at..], &near[at..]));
            (at, self.judge(clauses, at, all, [&before, &behind]))
        };
        let mut guessed: Vec<(usize, f32)> = places(clauses).into_iter().map(guess).collect();
        guessed.retain(|(_, p)| *p >= FAINT);
        guessed.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        guessed.into_iter().take(LOOKED_AT).map(|(at, _)| at).collect()
    }

    fn judge(&self, clauses: &[Clause], at: usize, all: &Prediction, sides: [&Prediction; 2]) -> f32 {
        self.odds.probability(&evidence(clauses, at, all, sides))
    }
}

/// From the beginning of the first clause to the end of the last.
pub fn whole(clauses: &[Clause]) -> Option<Span> {
    Some(Span { start: clauses.first()?.span.start, end: clauses.last()?.span.end })
}

/// Where the clauses may be parted, by the index of the clause behind.
fn places(clauses: &[Clause]) -> Vec<usize> {
    let Some(Span { start, end }) = whole(clauses) else { return Vec::new() };
    let room = |at: &usize| clauses[*at].span.start - start >= SHORTEST && end - clauses[*at].span.start >= SHORTEST;
    (1..clauses.len()).filter(room).collect()
}

/// All that stands before and behind a seam.
fn sides(clauses: &[Clause], at: usize) -> [Span; 2] {
    let border = clauses[at].span.start;
    let Span { start, end } = whole(clauses).unwrap_or(clauses[at].span);
    [Span { start, end: border }, Span { start: border, end }]
}

/// Every seam with its evidence, both sides heard whole.
pub fn seams(clauses: &[Clause], ear: &mut Ear) -> Result<Vec<(usize, [f32; EVIDENCE])>> {
    let places = places(clauses);
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let spans: Vec<Span> = whole(clauses).into_iter().chain(places.iter().flat_map(|&at| sides(clauses, at))).collect();
    let heard = ear(&spans)?;
    let Some((all, heard)) = heard.split_first() else { return Ok(Vec::new()) };
    let judged = places.iter().zip(heard.chunks_exact(2));
    Ok(judged.map(|(&at, sides)| (at, evidence(clauses, at, all, [&sides[0], &sides[1]]))).collect())
}

/// What clauses say together: each by its length, as far as [`evidence`] asks.
fn together(clauses: &[Clause], near: &[Prediction]) -> Prediction {
    let lengths: Vec<f32> = clauses.iter().map(|clause| (clause.span.end - clause.span.start) as f32).collect();
    let all: f32 = lengths.iter().sum();
    let mut embedding = vec![0.0; near.first().map_or(0, |first| first.embedding.len())];
    let mut mass: BTreeMap<&str, f32> = BTreeMap::new();
    for (said, length) in near.iter().zip(&lengths) {
        embedding.iter_mut().zip(&said.embedding).for_each(|(sum, value)| *sum += value * length);
        for scored in &said.categories {
            *mass.entry(&scored.code).or_default() += scored.probability * length / all;
        }
    }
    let norm = embedding.iter().map(|value| value * value).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
    embedding.iter_mut().for_each(|value| *value /= norm);
    let scored = |(code, probability): (&str, f32)| Scored { code: code.to_owned(), probability };
    let mut categories: Vec<Scored> = mass.into_iter().map(scored).collect();
    categories.sort_by(|a, b| b.probability.total_cmp(&a.probability).then_with(|| a.code.cmp(&b.code)));
    Prediction { embedding, categories, ..Prediction::default() }
}

/// Likeness (cosine) of all that stands before and behind; how much of their category mass they share (Bhattacharyya
/// coefficient); whether words announce another matter, whether a mere comma stands there; the shorter side's share; by
/// how much the less sure side is surer of its category alone than both are together.
fn evidence(clauses: &[Clause], at: usize, all: &Prediction, [before, behind]: [&Prediction; 2]) -> [f32; EVIDENCE] {
    let [length_before, length_behind] = sides(clauses, at).map(|side| (side.end - side.start) as f32);
    let joint = clauses[at].joint;
    let alike = before.embedding.iter().zip(&behind.embedding).map(|(a, b)| a * b).sum();
    let sure = |said: &Prediction| said.categories.first().map_or(0.0, |first| first.probability);
    [
        alike,
        shared(before, behind),
        f32::from(joint == Joint::Announced),
        f32::from(joint == Joint::Pause),
        length_before.min(length_behind) / (length_before + length_behind),
        sure(before).min(sure(behind)) - sure(all),
    ]
}

fn shared(a: &Prediction, b: &Prediction) -> f32 {
    let mass = |code: &str| b.categories.iter().find(|scored| scored.code == code).map_or(0.0, |s| s.probability);
    a.categories.iter().map(|scored| (scored.probability * mass(&scored.code)).sqrt()).sum()
}
