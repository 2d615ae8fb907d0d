//! The themes of a survey's open answers, from proposal to signature (签认). A person decides; each step is kept.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::read::Readings;
use super::{Ground, Progress};
use crate::case::{AnswerKey, Frame, FrameStep, QuestionKind};
use crate::error::{Error, Kind, Result};
use crate::store::{FrameState, FrameVersion, KeptSurvey, Mapping};
use crate::themes::{self, Mapper, ProposeOptions, QuoteRules};

/// So many answers are offered for confirmation to each theme.
const OFFERED: usize = 5;
/// Open answers below which themes are not proposed: so few are read one by one.
const FEWEST: usize = 20;

/// 一次调查的主题表
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FrameBody {
    /// 调查编号
    pub survey: String,
    /// 版本，改一步加一；修改时须给出所看到的版本
    pub version: i64,
    pub at: DateTime<Utc>,
    pub state: FrameState,
    /// 主题和确认过的答案
    pub frame: Frame,
    /// 请确认的答案：每个主题几条，最有用的在前
    pub typical: Vec<Typical>,
    /// 怎样一步步改来的
    pub log: Vec<LogLine>,
}

/// 一个主题请人确认的答案
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Typical {
    /// 主题代码
    pub code: String,
    pub answers: Vec<TypicalAnswer>,
}

/// 一条请确认的答案
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TypicalAnswer {
    pub answer: AnswerKey,
    /// 原话，已脱敏
    pub text: String,
}

/// 改的一步
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LogLine {
    pub version: i64,
    pub at: DateTime<Utc>,
    pub actor: Option<String>,
    pub state: FrameState,
    /// 做了什么；整表替换、提出和签认时没有
    pub step: Option<FrameStep>,
}

/// 对主题表的修改：逐步，或整表替换
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FrameChange {
    /// 所看到的版本；还没有主题表时为 0
    pub version: i64,
    /// 依次做的各步
    #[serde(default)]
    pub steps: Vec<FrameStep>,
    /// 整表替换
    #[serde(default)]
    pub frame: Option<Frame>,
    /// 谁改的
    #[serde(default)]
    pub actor: Option<String>,
}

/// Who acts, and when.
#[derive(Debug, Clone)]
pub struct By {
    pub actor: Option<String>,
    pub now: DateTime<Utc>,
}

/// The themes as they stand; none where nothing was proposed.
pub fn frame_of(ground: Ground, id: &str) -> Result<Option<FrameBody>> {
    let kept = ground.store.survey(id)?;
    let versions = ground.store.frames(id)?;
    let Some(last) = versions.last().cloned() else { return Ok(None) };
    let log = versions.into_iter().map(|version| LogLine {
        version: version.version,
        at: version.at,
        actor: version.actor,
        state: version.state,
        step: version.step,
    });
    let typical = typical(&kept, &last.frame, &ground.store.offered(id)?);
    Ok(Some(FrameBody {
        survey: kept.id,
        version: last.version,
        at: last.at,
        state: last.state,
        frame: last.frame,
        typical,
        log: log.collect(),
    }))
}

/// What is still to be confirmed, with its words.
fn typical(kept: &KeptSurvey, frame: &Frame, offered: &BTreeMap<String, Vec<AnswerKey>>) -> Vec<Typical> {
    let confirmed: BTreeSet<&AnswerKey> = frame.confirmed.iter().map(|confirmed| &confirmed.answer).collect();
    let text = |answer: &AnswerKey| {
        let row = kept.answers.ids.iter().position(|id| *id == answer.respondent)?;
        kept.answers.texts(&answer.question)?.get(row)?.clone()
    };
    let theme = |theme: &crate::case::Theme| {
        let answers = offered.get(&theme.code)?.iter().filter(|answer| !confirmed.contains(answer));
        let answers = answers
            .filter_map(|answer| Some(TypicalAnswer { text: text(answer)?, answer: answer.clone() }))
            .take(OFFERED);
        Some(Typical { code: theme.code.clone(), answers: answers.collect() })
    };
    frame.themes.iter().filter_map(theme).collect()
}

/// Proposes themes anew. Takes the model's time; `progress` tells how far it is.
pub fn propose(ground: Ground, readings: &Readings, id: &str, by: &By, progress: Progress) -> Result<FrameBody> {
    let kept = ground.store.survey(id)?;
    let answers = readings.of(ground, &kept, progress)?;
    if answers.len() < FEWEST {
        let open = kept.survey.of_kind(QuestionKind::Open).count();
        let zh = format!("开放题共 {open} 题、{} 条答案，少于 {FEWEST} 条：不必归纳，请逐条阅读", answers.len());
        let en = format!("{} open answers are too few for themes (at least {FEWEST}): read them", answers.len());
        return Err(Error::new(Kind::Invalid, zh, en));
    }
    if answers.iter().all(|answer| answer.whole.vector.is_empty()) {
        let zh = "归纳主题要用基础编码器（models/base），现在没有：请放好再试，或按描述自己增加主题";
        let en =
            "proposing takes the base encoder (models/base), which is missing: put it there, or add themes yourself";
        return Err(Error::new(Kind::NotReady, zh, en));
    }
    let before = ground.store.frame(id)?.map_or(0, |version| version.version);
    let proposal = themes::propose(&answers, &ProposeOptions::default(), progress);
    let offered = proposal.typical.into_iter().collect();
    let version = version(by, FrameState::Proposed, None, proposal.frame);
    ground.store.add_frame(id, before, &version, None, Some(&offered))?;
    standing(ground, id)
}

/// Changes the themes; all steps, or on an error none.
pub fn change(ground: Ground, id: &str, change: FrameChange, now: DateTime<Utc>) -> Result<FrameBody> {
    ground.store.survey(id)?;
    let by = By { actor: change.actor, now };
    let standing_now = ground.store.frame(id)?;
    let mut frame = match (change.frame, &standing_now) {
        (Some(frame), _) => whole(frame)?,
        (None, Some(version)) => version.frame.clone(),
        (None, None) => themes::empty_frame(),
    };
    let mut made = Vec::new();
    for (at, step) in change.steps.iter().enumerate() {
        frame = themes::signed(&frame, step).map_err(|error| {
            let wrong = Error::invalid("有一步不能做，见 errors", "a step cannot be done, see errors");
            wrong.at(format!("/steps/{at}"), error.saying.zh, error.saying.en)
        })?;
        made.push(version(&by, FrameState::Edited, Some(step.clone()), frame.clone()));
    }
    if made.is_empty() {
        made.push(version(&by, FrameState::Edited, None, frame));
    }
    ground.store.add_frames(id, change.version, &made)?;
    standing(ground, id)
}

/// Signs the themes as they stand, and maps every answer by them.
pub fn sign(
    ground: Ground,
    readings: &Readings,
    id: &str,
    seen: i64,
    by: &By,
    progress: Progress,
) -> Result<FrameBody> {
    let kept = ground.store.survey(id)?;
    let Some(last) = ground.store.frame(id)? else { return Err(super::answers::not_signed()) };
    let answers = readings.of(ground, &kept, progress)?;
    let floods = themes::floods(&answers);
    let taught = readings.taught(ground, &last.frame)?;
    let mapper = Mapper::learn(&last.frame, &taught, &answers, progress);
    let mapper = match readings.attitude(ground)? {
        Some(attitude) => mapper.feeling(attitude),
        None => mapper,
    };
    let mapped = mapper.map(&answers, &floods, progress);
    let offered = mapper.to_confirm(&answers, OFFERED).into_iter().collect();
    let quoted = |theme: &crate::case::Theme| {
        (theme.code.clone(), themes::quotes(&mapper, &theme.code, &answers, &mapped, QuoteRules::default()))
    };
    let quotes = last.frame.themes.iter().filter(|theme| theme.is_theme()).map(quoted).collect();
    let mut frame = last.frame.clone();
    for (code, links) in themes::links(&frame, &taught, &answers, &mapped, 1) {
        let theme = frame.themes.iter_mut().find(|theme| theme.code == code && theme.category.is_none());
        if let Some(theme) = theme {
            theme.category = links.into_iter().next();
        }
    }
    let version = version(by, FrameState::Signed, None, frame);
    let mapping = Mapping { mapped, floods, quotes };
    ground.store.add_frame(id, seen, &version, Some(&mapping), Some(&offered))?;
    standing(ground, id)
}

fn standing(ground: Ground, id: &str) -> Result<FrameBody> {
    frame_of(ground, id)?.ok_or_else(|| Error::internal("主题表没有写入", "the themes were not kept"))
}

fn version(by: &By, state: FrameState, step: Option<FrameStep>, frame: Frame) -> FrameVersion {
    FrameVersion { version: 0, at: by.now, actor: by.actor.clone(), state, step, frame }
}

/// A whole frame as a person wrote it: every code once, every theme named.
fn whole(frame: Frame) -> Result<Frame> {
    let mut codes = BTreeSet::new();
    let mut error = Error::invalid("主题表有误", "the themes are wrong");
    let mut wrong = false;
    let subs = frame.themes.iter().enumerate().flat_map(|(at, theme)| {
        let own = (format!("/frame/theme/{at}"), theme.code.clone(), theme.name.clone());
        let sub = move |(n, sub): (usize, &crate::case::SubTheme)| {
            (format!("/frame/theme/{at}/sub/{n}"), sub.code.clone(), sub.name.clone())
        };
        std::iter::once(own).chain(theme.sub.iter().enumerate().map(sub))
    });
    for (place, code, name) in subs {
        if code.trim().is_empty() || name.trim().is_empty() {
            (error, wrong) = (error.at(place.clone(), "代码和名称都要有", "code and name are needed"), true);
        }
        if !codes.insert(code) {
            (error, wrong) = (error.at(place, "代码重复", "the code is used twice"), true);
        }
    }
    for (at, confirmed) in frame.confirmed.iter().enumerate() {
        if let Some(code) = confirmed.codes.iter().find(|code| !codes.contains(*code)) {
            let place = format!("/frame/confirmed/{at}");
            (error, wrong) = (error.at(place, format!("没有主题 {code}"), format!("there is no theme {code}")), true);
        }
    }
    if wrong { Err(error) } else { Ok(frame) }
}
