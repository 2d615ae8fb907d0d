//! More answers to a survey that stands: read by its own questions, masked, and put after those it has. Whoever stands
//! already is left out, so that a later export of the same survey may be handed in whole.

use std::path::Path;

use chrono::{DateTime, FixedOffset, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::keep::digest;
use super::{Ground, SurveyBody};
use crate::case::{Checklist, Finding};
use crate::dataset::survey::{self as files, SurveyRead};
use crate::error::{Error, Kind, Result};
use crate::store::MoreAnswers;

/// A further file of answers.
#[derive(Debug, Clone)]
pub struct More<'a> {
    /// Its ending tells what it is.
    pub name: &'a Path,
    pub bytes: Vec<u8>,
    /// Of times that state none.
    pub offset: FixedOffset,
    pub actor: Option<String>,
    pub now: DateTime<Utc>,
}

/// 补充了多少答卷
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = SurveyAdded)]
pub struct Added {
    /// 新补充的份数
    pub added: usize,
    /// 文件里已有的份数：序号和答案都相同，没有重复保存
    pub standing: usize,
    /// 补充后的调查
    pub survey: SurveyBody,
}

/// Adds answers. The themes, their signature and what was confirmed stay; new open answers are counted by them once they
/// are signed again.
pub fn add(ground: Ground, id: &str, more: More) -> Result<Added> {
    let kept = ground.store.survey(id)?;
    let More { name, bytes, offset, actor, now } = more;
    let (file, seen) = (digest(&bytes), kept.answers.len());
    let SurveyRead { answers: mut new, checklist: found, .. } = files::read_answers(name, bytes, &kept.survey, offset)?;
    Checklist::settle(&found)?;
    if new.weights.is_some() != kept.answers.weights.is_some() {
        return Err(Error::new(
            Kind::Conflict,
            "原有答卷和补充的答卷只有一方有权重：请补上或去掉权重列",
            "only one of the two files has weights: give both or neither",
        ));
    }
    new.each_text(|_, text| *text = ground.reader.mask(text));
    let (mut answers, all) = (kept.answers, new.len());
    let added = answers.add(new).map_err(unlike)?;
    if added > 0 {
        let mut checklist = joined(kept.checklist, found);
        let day = now.with_timezone(&offset).date_naive();
        checklist.add(Finding::warning(
            "added",
            format!("{day} 补充了 {added} 份答卷（文件 SHA-256 {file}）"),
            format!("{added} answers were added on {day} (file SHA-256 {file})"),
        ));
        ground.store.add_answers(id, seen, &MoreAnswers { answers, checklist, added, file, actor, now })?;
    }
    Ok(Added { added, standing: all - added, survey: super::body(ground, id)? })
}

/// What was found in the first file, and what else in this one.
fn joined(mut checklist: Checklist, found: Checklist) -> Checklist {
    let same = |new: &Finding, old: &Finding| (&new.code, &new.question) == (&old.code, &old.question);
    for mut finding in found.findings {
        if finding.lines.is_empty() && checklist.findings.iter().any(|old| same(&finding, old)) {
            continue;
        }
        finding.zh = format!("补充的答卷：{}", finding.zh);
        finding.en = format!("in the answers added: {}", finding.en);
        checklist.add(finding);
    }
    checklist
}

fn unlike(lines: Vec<usize>) -> Error {
    let finding = Finding::fatal("unlike", "", "").on(lines);
    Error::new(
        Kind::Conflict,
        "有的答卷序号已有，但答案不同：文件没有序号列的请补上；要更正已有答卷，请删除这次调查后整份重新提交",
        "some respondents stand already with other answers: add a column of ids, or delete the survey and send it whole",
    )
    .at(finding.place(), "同一序号，答案不同", "the same id, other answers")
}
