//! Open answers (开放题): what people wrote, ordered by what it is about.
//!
//! ```text
//! answers, read ─ floods ─► counted once ─ propose ─► frame ─ sign ─► signed frame ─ Mapper ─► mapped ─► excerpts
//! ```
//!
//! Pure: readings (vectors, words) and a frame in, themes out; knows no model, no dictionary, no store. Nothing
//! depends on the order of the answers.

mod algebra;
mod attitude;
mod cluster;
mod floods;
mod grams;
mod link;
mod mapper;
mod nothing;
mod propose;
mod quotes;
mod ridge;
mod sight;
mod sign;
mod teach;
mod words;

use std::collections::BTreeMap;

use crate::case::{AnswerKey, Scored};

pub use attitude::{Attitude, AttitudeWords, Opinion};
pub use floods::floods;
pub use link::links;
pub use mapper::{Mapper, Taught};
pub use nothing::says_nothing;
pub use propose::{Proposal, ProposeOptions, extend, propose};
pub use quotes::{QuoteRules, quotes};
pub use sign::{empty_frame, signed};
pub use teach::lessons;
pub use words::class_words;

/// An open answer as the walk read it. `text` and all parts are normalized and masked: personal data never come here.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub key: AnswerKey,
    /// When it was handed in, milliseconds since 1970; none where the file has no times.
    pub at: Option<i64>,
    pub whole: Reading,
    /// The clauses of the text, each read alone; one where the text is one clause.
    pub parts: Vec<Reading>,
    /// Whoever wrote it needs protection (举报人保护): never quoted.
    pub protected: bool,
}

/// A text and what reader and model made of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading {
    /// Normalized and masked.
    pub text: String,
    /// The words in order, each lower-cased, without blanks and punctuation; `telling` says which may carry a matter.
    pub words: Vec<String>,
    /// For each of `words`: a noun or verb of two letters or more, no name of a person or place, no stop word.
    pub telling: Vec<bool>,
    /// The encoder's vector (the base encoder's, which was made for comparing); empty where there is none.
    pub vector: Vec<f32>,
    /// The categories of the hotline the model takes it for, most probable first; the likeliest few.
    pub categories: Vec<Scored>,
    /// Types of petition (诉求类型), all of them.
    pub petition: Vec<Scored>,
}

/// How far work has got: done, of all. Called from the thread that works.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// Answers of each question in turn, so that every question is heard; within a question the first stay first.
fn by_turns<T>(given: impl IntoIterator<Item = T>, question: impl Fn(&T) -> String) -> Vec<T> {
    let mut turns: BTreeMap<String, usize> = BTreeMap::new();
    let turn = |one: T| {
        let turn = turns.entry(question(&one)).or_default();
        *turn += 1;
        (*turn, one)
    };
    let mut told: Vec<(usize, T)> = given.into_iter().map(turn).collect();
    told.sort_by_key(|(turn, _)| *turn);
    told.into_iter().map(|(_, one)| one).collect()
}

#[cfg(test)]
mod tests {
    use super::by_turns;

    #[test]
    fn each_question_has_its_turn_and_the_first_stay_first() {
        let given = ["a1", "a2", "a3", "b1", "a4", "b2", "c1"];
        let told = by_turns(given, |one| one[..1].to_owned());
        assert_eq!(told, ["a1", "b1", "c1", "a2", "b2", "a3", "a4"]);
    }
}
