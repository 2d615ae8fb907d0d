//! Finding every figure again: each source is asked once more, and what it tells is held against what is printed.

use std::collections::BTreeMap;

use serde_json::Value;

use super::figure::BLANK;
use super::{Document, Part};
use crate::error::Result;

/// Numbers that words may have: the hotline's own, and the level of intervals.
const WORDS: [&str; 2] = ["12345", "95%"];

/// What was found when a document was checked.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Checked {
    /// Figures that were held against their sources.
    pub figures: usize,
    pub mismatches: Vec<Mismatch>,
    /// Sentences with a number that has no source.
    pub unsourced: Vec<String>,
}

/// A figure that its source tells otherwise now.
#[derive(Debug, Clone, PartialEq)]
pub struct Mismatch {
    pub query: String,
    pub pointers: Vec<String>,
    pub shown: String,
    /// As it would be written now.
    pub found: String,
}

impl Checked {
    pub fn holds(&self) -> bool {
        self.mismatches.is_empty() && self.unsourced.is_empty()
    }
}

impl Document {
    /// Asks each source again, `fetch` giving the answer to a path with parameters, and compares every figure.
    pub fn check(&self, mut fetch: impl FnMut(&str) -> Result<Value>) -> Result<Checked> {
        let mut answers = BTreeMap::new();
        for source in &self.sources {
            answers.insert(source.number, (source, fetch(&source.query)?));
        }
        let mut checked = Checked { unsourced: self.unsourced(), ..Checked::default() };
        for figure in self.figures() {
            checked.figures += 1;
            let answer = answers.get(&figure.source());
            let found = answer.and_then(|(_, answer)| {
                let values: Option<Vec<&Value>> = figure.pointers().iter().map(|place| answer.pointer(place)).collect();
                figure.form().write(&values?)
            });
            let found = found.unwrap_or_else(|| BLANK.to_owned());
            if found != figure.shown() {
                let query = answer.map(|(source, _)| source.query.clone()).unwrap_or_default();
                let (pointers, shown) = (figure.pointers().to_vec(), figure.shown().to_owned());
                checked.mismatches.push(Mismatch { query, pointers, shown, found });
            }
        }
        Ok(checked)
    }

    /// Sentences whose own words have a number: nothing would find it again.
    fn unsourced(&self) -> Vec<String> {
        let own = |part: &Part| match part {
            Part::Words(words) => {
                let rest = WORDS.iter().fold(words.clone(), |words, known| words.replace(known, ""));
                rest.contains(|letter: char| letter.is_ascii_digit())
            }
            Part::Figure(_) => false,
        };
        let sentences = self.sentences().filter(|sentence| sentence.parts.iter().any(own));
        sentences.map(super::Sentence::text).collect()
    }
}
