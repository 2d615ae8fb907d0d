//! How answers are compared: by what they mean and by how they are written.
//!
//! Vectors are centred on the mean of the survey, since that all speak of buses tells nothing apart. Whitening them was
//! tried and lost ten points of F1: the encoder was made for cosines.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::algebra::{dot32, unit};
use super::grams::{self, Grams, Rarity};
use super::{Answer, Reading};

/// How much the writing counts beside the meaning.
const WRITING: f32 = 1.5;
/// How much it counts that two answer the same question.
const QUESTION: f32 = 0.1;

/// What must be known of all answers before two can be compared.
pub struct Sight {
    mean: Vec<f32>,
    rarity: Rarity,
    /// In the order of their names.
    questions: Vec<String>,
}

/// A text ready to be compared.
#[derive(Debug, Clone, Default)]
pub struct Point {
    /// Centred, length 1; empty where there is no encoder.
    pub vector: Vec<f32>,
    pub grams: Grams,
    /// Which of the questions it answers; none for what a frame says.
    pub question: Option<usize>,
    /// Signs of attitude, length 1; empty where they are not asked for.
    pub signs: Vec<f32>,
}

/// An answer ready to be compared, as a whole and clause by clause.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    pub whole: Point,
    pub parts: Vec<Point>,
}

impl Sight {
    /// `answers` in the order of their keys, so that sums are the same whatever order they came in.
    pub fn of(answers: &[&Answer], told: &[&Reading]) -> Self {
        let texts = answers.iter().map(|answer| answer.whole.text.as_str());
        let rarity = Rarity::of(&texts.chain(told.iter().map(|reading| reading.text.as_str())).collect::<Vec<_>>());
        let readings = answers.iter().flat_map(|answer| std::iter::once(&answer.whole).chain(&answer.parts));
        let mut sums: Vec<f64> = Vec::new();
        let mut count = 0f64;
        for vector in readings.map(|reading| &reading.vector).filter(|vector| !vector.is_empty()) {
            sums.resize(vector.len(), 0.0);
            sums.iter_mut().zip(vector).for_each(|(sum, x)| *sum += f64::from(*x));
            count += 1.0;
        }
        let questions: BTreeSet<&String> = answers.iter().map(|answer| &answer.key.question).collect();
        Self {
            mean: sums.into_iter().map(|sum| (sum / count) as f32).collect(),
            rarity,
            questions: questions.into_iter().cloned().collect(),
        }
    }

    pub fn seen(&self, answers: &[&Answer]) -> Vec<Seen> {
        let seen = |answer: &&Answer| Seen {
            whole: self.said(answer, &answer.whole),
            parts: answer.parts.iter().map(|part| self.said(answer, part)).collect(),
        };
        answers.par_iter().map(seen).collect()
    }

    pub fn point(&self, reading: &Reading) -> Point {
        let (vector, grams) = (self.centred(&reading.vector), self.rarity.weigh(&reading.text));
        Point { vector, grams, ..Point::default() }
    }

    /// The whole or a clause of an answer.
    pub fn said(&self, answer: &Answer, reading: &Reading) -> Point {
        Point { question: self.questions.binary_search(&answer.key.question).ok(), ..self.point(reading) }
    }

    pub fn centred(&self, vector: &[f32]) -> Vec<f32> {
        match vector.len() == self.mean.len() {
            true => unit(vector.iter().zip(&self.mean).map(|(x, mean)| x - mean).collect()),
            false => Vec::new(),
        }
    }
}

impl Point {
    /// How like two texts are, 0 to 1 or a little off: a kernel (a product in a space of its own). Where there is no
    /// encoder the writing alone speaks. What is asked tells much of what is answered: who is asked what pleases
    /// mostly praises.
    pub fn likeness(&self, other: &Self) -> f32 {
        let writing = grams::likeness(&self.grams, &other.grams);
        let question = if self.question.is_some() && self.question == other.question { QUESTION } else { 0.0 };
        question
            + match self.vector.is_empty() || other.vector.is_empty() {
                true => writing,
                false => (dot32(&self.vector, &other.vector) + WRITING * writing) / (1.0 + WRITING),
            }
    }

    /// How like they are in meaning; in writing where there is no encoder.
    pub fn meaning(&self, other: &Self) -> f32 {
        match self.vector.is_empty() || other.vector.is_empty() {
            true => grams::likeness(&self.grams, &other.grams),
            false => dot32(&self.vector, &other.vector),
        }
    }
}

/// Answers in the order of their keys.
pub fn ordered(answers: &[Answer]) -> Vec<&Answer> {
    let mut ordered: Vec<&Answer> = answers.iter().collect();
    ordered.sort_by(|a, b| a.key.cmp(&b.key));
    ordered
}
