//! A file of answers comes in: read by what a person confirmed, masked, kept.

use std::path::Path;

use chrono::{DateTime, FixedOffset, Utc};
use sha2::{Digest, Sha256};

use super::Ground;
use crate::case::{Checklist, Survey};
use crate::dataset::survey::{self as files, SurveyRead};
use crate::error::Result;
use crate::store::{KeptSurvey, NewSurvey};

/// A file of answers and what it asks.
#[derive(Debug, Clone)]
pub struct Upload<'a> {
    /// Its ending tells what it is.
    pub name: &'a Path,
    pub bytes: Vec<u8>,
    pub survey: Survey,
    /// Of times that state none.
    pub offset: FixedOffset,
    pub actor: Option<String>,
    pub now: DateTime<Utc>,
}

/// Keeps a survey. Refused, with every place that must be mended, while its checklist has fatal findings. Columns of
/// personal data are never read, and every text is masked before it is kept.
pub fn keep(ground: Ground, upload: Upload) -> Result<KeptSurvey> {
    let file = digest(&upload.bytes);
    let SurveyRead { mut answers, checklist, .. } =
        files::read_answers(upload.name, upload.bytes, &upload.survey, upload.offset)?;
    Checklist::settle(&checklist)?;
    answers.each_text(|_, text| *text = ground.reader.mask(text));
    let (survey, actor, now) = (upload.survey, upload.actor, upload.now);
    let id = ground.store.add_survey(&NewSurvey { survey, answers, checklist, file, actor, now })?;
    ground.store.survey(&id)
}

/// As hexadecimal digits.
pub(super) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
