//! Mapping answers to the themes of a signed-off frame.

use super::{Answer, Progress, Reading};
use crate::case::{AnswerKey, Flood, Frame, Mapped};

/// What a frame says, read: for each theme and sub-theme (by code) its name and its description, each read alone.
pub type Taught = std::collections::BTreeMap<String, Vec<Reading>>;

/// A learnt mapping. Learn once for a frame and its answers, then map any answers.
pub struct Mapper {
    frame: Frame,
}

impl Mapper {
    /// Learns from the frame (`taught`: its names and descriptions, read), its confirmed answers, and the words of all
    /// `answers`. Deterministic; independent of the order of `answers`.
    pub fn learn(frame: &Frame, _taught: &Taught, _answers: &[Answer], _progress: Progress) -> Self {
        Self { frame: frame.clone() }
    }

    /// Each answer to its themes, in the order of `answers`. Those of `floods` carry `copy_of` and their first's
    /// themes.
    pub fn map(&self, _answers: &[Answer], _floods: &[Flood], _progress: Progress) -> Vec<Mapped> {
        let _ = &self.frame;
        Vec::new()
    }

    /// For each theme the answers to confirm next, most useful first, at most `count`: those already confirmed are left
    /// out.
    pub fn to_confirm(&self, _answers: &[Answer], _count: usize) -> Vec<(String, Vec<AnswerKey>)> {
        Vec::new()
    }
}
