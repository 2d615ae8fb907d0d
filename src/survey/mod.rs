//! Walk 3: the answers of an opinion survey (民意调查) become figures, signed-off themes, and a summary in which every
//! number is cited.
//!
//! ```text
//! file ─ read by survey.toml ─ masked ─► kept ─┬─ closed questions ─► figures ──────────────┐
//!                                              └─ open answers ─ propose ─ sign ─ map ─► themes ─► summary
//! ```
//!
//! Personal data are masked before anything is kept; a person signs the themes before anything is counted by them.

mod add;
mod answers;
mod body;
mod figures;
mod frame;
mod keep;
mod read;
mod summary;
mod tables;
mod themes;

use crate::error::Result;
use crate::model::Model;
use crate::store::Store;
use crate::taxonomy::Taxonomy;
use crate::text::Reader;

pub use add::{Added, More, add};
pub use answers::{AnswerLine, AnswerList, AnswersAsked, answers};
pub use body::{SurveyBody, SurveyHead, SurveyList, body, list};
pub use figures::{QuestionFigures, QuestionsAsked, figures};
pub use frame::{By, FrameBody, FrameChange, Typical, change, change_by, frame_of, may_propose, propose, sign};
pub use keep::{Upload, keep};
pub use read::Readings;
pub use summary::{Heard, summary};
pub use themes::{ThemeFigures, theme_figures};

/// Who waits for long work: told how far it is (done, of all), and asked whether to go on. What it answers ends the work.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) -> Result<()> + Sync);

/// What surveys are worked on with. All of it belongs to whoever asks.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    pub store: &'a Store,
    pub reader: &'a Reader,
    pub taxonomy: &'a Taxonomy,
    /// Without it open answers are ordered by their words alone.
    pub model: Option<&'a Model>,
}
