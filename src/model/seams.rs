//! Seams (一单多诉的接缝): where in a text one matter ends and another begins.
//!
//! A seam is judged by what the model makes of the words before and behind it, each heard alone: how alike their
//! embeddings and their categories are, what joins them, and how much stands on either side. A logistic regression
//! weighs this evidence; the text is cut at its likeliest seam, and each part again, while a seam is likely enough.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::logistic::Logistic;
use crate::case::{Clause, Joint, Prediction, Span};
use crate::error::{Error, Result};

/// How many numbers are known of a seam.
pub const EVIDENCE: usize = 8;
/// Characters below which a part is no matter of its own.
const SHORTEST: usize = 10;
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
    pub fn cut(&self, clauses: &[Clause], ear: &mut Ear) -> Result<Vec<Span>> {
        self.cut_again(clauses, ear, DEPTH)
    }

    fn cut_again(&self, clauses: &[Clause], ear: &mut Ear, depth: usize) -> Result<Vec<Span>> {
        let found = if depth > 0 { seams(clauses, ear)? } else { Vec::new() };
        let likeliest = found.into_iter().map(|(at, evidence)| (at, self.odds.probability(&evidence)));
        match likeliest.max_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, p)| *p >= self.threshold) {
            None => Ok(whole(clauses).into_iter().collect()),
            Some((at, _)) => {
                let mut spans = self.cut_again(&clauses[..at], ear, depth - 1)?;
                spans.extend(self.cut_again(&clauses[at..], ear, depth - 1)?);
                Ok(spans)
            }
        }
    }
}

/// From the beginning of the first clause to the end of the last.
pub fn whole(clauses: &[Clause]) -> Option<Span> {
    Some(Span { start: clauses.first()?.span.start, end: clauses.last()?.span.end })
}

/// Every place where the clauses may be parted, by the index of the clause behind it, with its evidence.
pub fn seams(clauses: &[Clause], ear: &mut Ear) -> Result<Vec<(usize, [f32; EVIDENCE])>> {
    let Some(Span { start, end }) = whole(clauses) else { return Ok(Vec::new()) };
    let room = |at: &usize| clauses[*at].span.start - start >= SHORTEST && end - clauses[*at].span.start >= SHORTEST;
    let places: Vec<usize> = (1..clauses.len()).filter(room).collect();
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let border = |at: usize| clauses[at].span.start;
    let mut spans: Vec<Span> = clauses.iter().map(|clause| clause.span).collect();
    spans.extend(places.iter().flat_map(|&at| [Span { start, end: border(at) }, Span { start: border(at), end }]));
    let heard = ear(&spans)?;
    let (near, sides) = heard.split_at(clauses.len());
    let judged = places.iter().zip(sides.chunks_exact(2)).map(|(&at, sides)| {
        let (before, behind) = (border(at) - start, end - border(at));
        (at, evidence(&sides[0], &sides[1], [&near[at - 1], &near[at]], clauses[at].joint, before, behind))
    });
    Ok(judged.collect())
}

/// Likeness (cosine) of all that stands before and behind, and of the two clauses that meet; how much of their category
/// mass they share (Bhattacharyya coefficient); whether words announce another matter, whether a mere comma stands
/// there; the shorter side's share; the logarithm of its characters; whether both sides have the same first category.
fn evidence(
    before: &Prediction,
    behind: &Prediction,
    meeting: [&Prediction; 2],
    joint: Joint,
    length_before: usize,
    length_behind: usize,
) -> [f32; EVIDENCE] {
    let cosine = |a: &Prediction, b: &Prediction| a.embedding.iter().zip(&b.embedding).map(|(a, b)| a * b).sum();
    let shorter = length_before.min(length_behind) as f32;
    let first = |said: &Prediction| said.categories.first().map(|first| first.code.clone());
    let flag = f32::from;
    [
        cosine(before, behind),
        cosine(meeting[0], meeting[1]),
        shared(before, behind),
        flag(joint == Joint::Announced),
        flag(joint == Joint::Pause),
        shorter / (length_before + length_behind) as f32,
        shorter.max(1.0).ln(),
        flag(first(before) == first(behind)),
    ]
}

fn shared(a: &Prediction, b: &Prediction) -> f32 {
    let mass = |code: &str| b.categories.iter().find(|scored| scored.code == code).map_or(0.0, |s| s.probability);
    a.categories.iter().map(|scored| (scored.probability * mass(&scored.code)).sqrt()).sum()
}
