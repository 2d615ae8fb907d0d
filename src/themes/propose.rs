//! Proposing themes.

use super::{Answer, Progress};
use crate::case::{AnswerKey, Frame};

/// How themes are proposed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProposeOptions {
    /// Themes of the first level at least and at most; the number between is chosen by the data.
    pub fewest: usize,
    pub most: usize,
    /// Answers below which a theme is not proposed by itself.
    pub smallest: usize,
}

impl Default for ProposeOptions {
    fn default() -> Self {
        Self { fewest: 8, most: 16, smallest: 5 }
    }
}

/// A frame to be signed off, and which answers made each of its themes.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    pub frame: Frame,
    /// For each answer the codes (level 1 or 2) that its clauses fell to, most weighty first.
    pub codes: Vec<(AnswerKey, Vec<String>)>,
    /// For each theme the answers most typical of it, most typical first: what the signer is asked to confirm.
    pub typical: Vec<(String, Vec<AnswerKey>)>,
}

/// Proposes a frame. Deterministic; independent of the order of `answers`.
pub fn propose(_answers: &[Answer], _options: &ProposeOptions, _progress: Progress) -> Proposal {
    Proposal { frame: Frame::default(), codes: Vec::new(), typical: Vec::new() }
}

/// Proposes again after answers were added: themes that still stand keep their codes, new ones get new codes.
pub fn extend(_old: &Proposal, answers: &[Answer], options: &ProposeOptions, progress: Progress) -> Proposal {
    propose(answers, options, progress)
}
