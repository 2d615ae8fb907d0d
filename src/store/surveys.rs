//! Surveys (民意调查): what was asked, the answers with their texts masked, and each version of their themes.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::case::{AnswerKey, Answers, Checklist, Excerpt, Flood, Frame, FrameStep, Mapped, Survey};
use crate::error::{Error, Kind, Result};
use crate::store::{Store, audit, code, json, named_as, parsed, time};

/// A survey to be kept. All texts of `answers` are masked.
#[derive(Debug, Clone)]
pub struct NewSurvey {
    pub survey: Survey,
    pub answers: Answers,
    pub checklist: Checklist,
    /// SHA-256 of the file, as hexadecimal digits: the same file again is told.
    pub file: String,
    pub actor: Option<String>,
    pub now: DateTime<Utc>,
}

/// A survey's answers once more were added. All texts are masked.
#[derive(Debug, Clone)]
pub struct MoreAnswers {
    /// All of them: those that stood, then the new ones.
    pub answers: Answers,
    pub checklist: Checklist,
    /// How many are new.
    pub added: usize,
    /// SHA-256 of the file of the new ones.
    pub file: String,
    pub actor: Option<String>,
    pub now: DateTime<Utc>,
}

/// A survey as it is listed.
#[derive(Debug, Clone, PartialEq)]
pub struct SurveyLine {
    pub id: String,
    pub created_at: DateTime<Utc>,
    pub survey: Survey,
    pub respondents: usize,
    /// How far its themes are; none where nothing was proposed yet.
    pub themes: Option<FrameState>,
}

/// A survey with its answers.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptSurvey {
    pub id: String,
    pub created_at: DateTime<Utc>,
    pub survey: Survey,
    pub answers: Answers,
    pub checklist: Checklist,
    /// SHA-256 of the file it came from.
    pub file: String,
}

/// 主题表的状态。
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FrameState {
    /// 程序提出，待签认
    Proposed,
    /// 正在修改
    Edited,
    /// 已签认：每条答案都按它归类
    Signed,
}

/// One version of a survey's themes; versions only grow.
#[derive(Debug, Clone, PartialEq)]
pub struct FrameVersion {
    pub version: i64,
    pub at: DateTime<Utc>,
    pub actor: Option<String>,
    pub state: FrameState,
    /// What made it of the version before.
    pub step: Option<FrameStep>,
    pub frame: Frame,
}

/// What every open answer was mapped to by one version.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Mapping {
    pub mapped: Vec<Mapped>,
    pub floods: Vec<Flood>,
    /// By theme.
    pub quotes: BTreeMap<String, Vec<Excerpt>>,
}

/// For each theme the answers that a person is asked to confirm.
pub type Offered = BTreeMap<String, Vec<AnswerKey>>;

const LINE: &str = "SELECT s.id, s.created_at, s.survey, s.respondents, \
    (SELECT f.state FROM survey_frames AS f WHERE f.survey = s.id ORDER BY f.version DESC LIMIT 1) AS themes \
    FROM surveys AS s";

impl Store {
    /// Keeps a survey; returns its id. The same file again is refused with the id that stands.
    pub fn add_survey(&self, new: &NewSurvey) -> Result<String> {
        let id = format!("s_{}", uuid::Uuid::new_v4().simple());
        let at = new.now.timestamp_millis();
        let added = self.write(|transaction| {
            let standing = "SELECT id FROM surveys WHERE file = ?";
            let standing: Option<String> = transaction.query_row(standing, [&new.file], |row| row.get(0)).optional()?;
            if let Some(standing) = standing {
                return Ok(Err(standing));
            }
            let insert = "INSERT INTO surveys (id, created_at, actor, survey, answers, checklist, respondents, file) \
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
            let (survey, answers, checklist) = (json(&new.survey)?, json(&new.answers)?, json(&new.checklist)?);
            let respondents = new.answers.len() as i64;
            transaction
                .execute(insert, params![id, at, new.actor, survey, answers, checklist, respondents, new.file])?;
            let actor = new.actor.as_deref().unwrap_or(audit::PERSON);
            audit::note(transaction, at, actor, "survey_kept", &id, &json!({"respondents": respondents}))?;
            Ok(Ok(()))
        })?;
        added.map(|()| id).map_err(|standing: String| {
            Error::new(
                Kind::Conflict,
                format!("这份答卷已经导入过（{standing}）：直接使用它，或先删除它再导入"),
                format!("this file was taken already ({standing}): use that, or delete it first"),
            )
        })
    }

    /// All surveys, newest first.
    pub fn surveys(&self) -> Result<Vec<SurveyLine>> {
        self.read(|connection| {
            let query = format!("{LINE} ORDER BY s.created_at DESC, s.id");
            connection.prepare_cached(&query)?.query_map([], line_of)?.collect()
        })
    }

    /// A survey with its answers, or not found.
    pub fn survey(&self, id: &str) -> Result<KeptSurvey> {
        let query = "SELECT id, created_at, survey, answers, checklist, file FROM surveys WHERE id = ?";
        self.read(|connection| connection.prepare_cached(query)?.query_row([id], kept_of).optional())?
            .ok_or_else(|| no_survey(id))
    }

    /// Adds answers to a survey that had `seen` of them. Refused where others came between.
    pub fn add_answers(&self, id: &str, seen: usize, more: &MoreAnswers) -> Result<()> {
        let changed = self.write(|transaction| {
            let update =
                "UPDATE surveys SET answers = ?, checklist = ?, respondents = ? WHERE id = ? AND respondents = ?";
            let (answers, checklist) = (json(&more.answers)?, json(&more.checklist)?);
            let values = params![answers, checklist, more.answers.len() as i64, id, seen as i64];
            let changed = transaction.execute(update, values)?;
            if changed > 0 {
                let (at, actor) = (more.now.timestamp_millis(), more.actor.as_deref().unwrap_or(audit::PERSON));
                let detail = json!({"added": more.added, "file": more.file});
                audit::note(transaction, at, actor, "survey_answers_added", id, &detail)?;
            }
            Ok(changed)
        })?;
        if changed > 0 {
            return Ok(());
        }
        let (zh, en) = ("答卷在此期间已有变动：请再发一次", "the answers were changed meanwhile: send the file again");
        Err(Error::new(Kind::Conflict, zh, en))
    }

    /// Deletes a survey with its answers and themes; the audit keeps that it was there.
    pub fn delete_survey(&self, id: &str, actor: Option<&str>, now: DateTime<Utc>) -> Result<()> {
        let gone = self.write(|transaction| {
            transaction.execute("DELETE FROM survey_frames WHERE survey = ?", [id])?;
            let gone = transaction.execute("DELETE FROM surveys WHERE id = ?", [id])?;
            if gone > 0 {
                let actor = actor.unwrap_or(audit::PERSON);
                audit::note(transaction, now.timestamp_millis(), actor, "survey_deleted", id, &json!({}))?;
            }
            Ok(gone)
        })?;
        if gone == 0 { Err(no_survey(id)) } else { Ok(()) }
    }

    /// The last version of a survey's themes; none where nothing was proposed.
    pub fn frame(&self, survey: &str) -> Result<Option<FrameVersion>> {
        self.read(|connection| last(connection, survey))
    }

    /// All versions, first to last.
    pub fn frames(&self, survey: &str) -> Result<Vec<FrameVersion>> {
        let query =
            "SELECT version, at, actor, state, step, frame FROM survey_frames WHERE survey = ? ORDER BY version";
        self.read(|connection| connection.prepare_cached(query)?.query_map([survey], version_of)?.collect())
    }

    /// The mapping by the last signed version; none where nothing is signed.
    pub fn mapping(&self, survey: &str) -> Result<Option<Mapping>> {
        self.read(|connection| latest(connection, survey, "mapping"))
    }

    /// What was last offered for confirmation.
    pub fn offered(&self, survey: &str) -> Result<Offered> {
        self.read(|connection| latest(connection, survey, "offered")).map(Option::unwrap_or_default)
    }

    /// Adds a version after `before`, the last one that who asks has seen (0: none). Refused where another came between.
    pub fn add_frame(
        &self,
        survey: &str,
        before: i64,
        new: &FrameVersion,
        mapping: Option<&Mapping>,
        offered: Option<&Offered>,
    ) -> Result<()> {
        self.after(survey, before, |transaction| add(transaction, survey, before + 1, new, mapping, offered))
    }

    /// Adds several versions, one made of the other; all or none.
    pub fn add_frames(&self, survey: &str, before: i64, new: &[FrameVersion]) -> Result<()> {
        self.after(survey, before, |transaction| {
            (before + 1..).zip(new).try_for_each(|(version, new)| add(transaction, survey, version, new, None, None))
        })
    }

    fn after(&self, survey: &str, before: i64, work: impl FnOnce(&Transaction) -> rusqlite::Result<()>) -> Result<()> {
        let added = self.write(|transaction| {
            let standing = last(transaction, survey)?.map_or(0, |version| version.version);
            if standing == before { work(transaction).map(Some) } else { Ok(None) }
        })?;
        added.ok_or_else(|| {
            Error::new(
                Kind::Conflict,
                "主题表在此期间已被修改：请刷新后再改",
                "the themes were changed meanwhile: read them again first",
            )
        })
    }
}

fn add(
    transaction: &Transaction,
    survey: &str,
    version: i64,
    new: &FrameVersion,
    mapping: Option<&Mapping>,
    offered: Option<&Offered>,
) -> rusqlite::Result<()> {
    let insert = "INSERT INTO survey_frames (survey, version, at, actor, state, step, frame, mapping, offered) \
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let (at, state) = (new.at.timestamp_millis(), code(new.state)?);
    let (step, frame) = (new.step.as_ref().map(json).transpose()?, json(&new.frame)?);
    let (mapping, offered) = (mapping.map(json).transpose()?, offered.map(json).transpose()?);
    transaction.execute(insert, params![survey, version, at, new.actor, state, step, frame, mapping, offered])?;
    let actor = new.actor.as_deref().unwrap_or(audit::PERSON);
    let detail = json!({"version": version, "themes": new.frame.themes.len()});
    audit::note(transaction, at, actor, &format!("themes_{state}"), survey, &detail)
}

/// The last version that has something in `column`.
fn latest<T: serde::de::DeserializeOwned>(
    connection: &Connection,
    survey: &str,
    column: &str,
) -> rusqlite::Result<Option<T>> {
    let query = format!(
        "SELECT {column} FROM survey_frames WHERE survey = ? AND {column} IS NOT NULL ORDER BY version DESC LIMIT 1"
    );
    let text: Option<String> = connection.query_row(&query, [survey], |row| row.get(0)).optional()?;
    text.map(|text| parsed(&text)).transpose()
}

fn no_survey(id: &str) -> Error {
    let shown: String = id.chars().take(40).collect();
    Error::new(Kind::NotFound, format!("没有编号为 {shown} 的调查"), format!("there is no survey {shown}"))
}

fn last(connection: &Connection, survey: &str) -> rusqlite::Result<Option<FrameVersion>> {
    let query = "SELECT version, at, actor, state, step, frame FROM survey_frames WHERE survey = ? \
        ORDER BY version DESC LIMIT 1";
    connection.prepare_cached(query)?.query_row([survey], version_of).optional()
}

fn line_of(row: &Row) -> rusqlite::Result<SurveyLine> {
    let (survey, themes): (String, Option<String>) = (row.get("survey")?, row.get("themes")?);
    Ok(SurveyLine {
        id: row.get("id")?,
        created_at: time(row.get("created_at")?),
        survey: parsed(&survey)?,
        respondents: row.get::<_, i64>("respondents")? as usize,
        themes: themes.map(named_as).transpose()?,
    })
}

fn kept_of(row: &Row) -> rusqlite::Result<KeptSurvey> {
    let text = |column: &str| row.get::<_, String>(column);
    Ok(KeptSurvey {
        id: row.get("id")?,
        created_at: time(row.get("created_at")?),
        survey: parsed(&text("survey")?)?,
        answers: parsed(&text("answers")?)?,
        checklist: parsed(&text("checklist")?)?,
        file: row.get("file")?,
    })
}

fn version_of(row: &Row) -> rusqlite::Result<FrameVersion> {
    let step: Option<String> = row.get("step")?;
    Ok(FrameVersion {
        version: row.get("version")?,
        at: time(row.get("at")?),
        actor: row.get("actor")?,
        state: named_as(row.get("state")?)?,
        step: step.map(|step| parsed(&step)).transpose()?,
        frame: parsed(&row.get::<_, String>("frame")?)?,
    })
}
