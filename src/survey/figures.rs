//! Closed questions, counted: by respondents' groups, weighted, against the wave before.

use serde::Serialize;
use utoipa::ToSchema;

use super::Ground;
use super::answers::no_question;
use crate::analytics::survey::{Change, Closed, Cross, Driver, Gap, Raked, Sample, changes, judged};
use crate::case::{Question, QuestionKind};
use crate::error::{Error, Result};
use crate::store::KeptSurvey;

/// What is asked of a survey.
#[derive(Debug, Clone, Default)]
pub struct QuestionsAsked {
    /// One question; none: all closed ones.
    pub question: Option<String>,
    /// Crossed with this background question.
    pub by: Option<String>,
    /// Weighted, where there are weights or margins to weight by.
    pub weighted: bool,
}

/// 封闭题的结果
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct QuestionFigures {
    /// 调查编号
    pub survey: String,
    /// 调查名称
    pub title: String,
    /// 答卷份数
    pub respondents: usize,
    /// 回收率，0 到 1；不知发放多少份时没有
    pub response_rate: Option<f64>,
    /// 必须随数字一起写出的说明
    pub caveat: Option<String>,
    /// 加权的情况；未加权时没有
    pub weighting: Option<Weighting>,
    /// 各封闭题
    pub questions: Vec<Closed>,
    /// 与背景题交叉；没有指定背景题时为空
    pub cross: Vec<Cross>,
    /// 各分项与总体评价的相关，大的在前；没有总体评价题时为空
    pub drivers: Vec<Driver>,
    /// 与上一次调查相比；没有上一次时为空
    pub changes: Vec<Change>,
    /// 所依据的答卷
    pub link: String,
}

/// 按总体构成加权（迭代比例拟合）的情况
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Weighting {
    /// 设计效应（Kish）
    pub deff: f64,
    /// 有效样本量
    pub effective: f64,
    /// 权重被截到 [0.3, 3] 的份数
    pub trimmed: usize,
    pub converged: bool,
    /// 各项的目标和加权前后的占比
    pub gaps: Vec<Gap>,
}

impl From<&Raked> for Weighting {
    fn from(raked: &Raked) -> Self {
        let Raked { deff, effective, trimmed, converged, gaps, .. } = raked.clone();
        Self { deff, effective, trimmed, converged, gaps }
    }
}

/// The figures of a survey's closed questions.
pub fn figures(ground: Ground, id: &str, asked: &QuestionsAsked) -> Result<QuestionFigures> {
    let kept = ground.store.survey(id)?;
    let raked = asked.weighted.then(|| Sample::of(&kept.survey, &kept.answers).rake()).flatten();
    let sample = sample(&kept, asked.weighted, raked.as_ref());
    let questions = chosen(&kept, asked.question.as_deref())?;
    let by = asked.by.as_deref().map(|by| background(&kept, by)).transpose()?;
    let crossed = by.map(|by| {
        let others = questions.iter().filter(|question| question.id != by.id && question.kind.is_asked());
        judged(others.filter_map(|question| sample.cross(by, question)).collect())
    });
    let closed: Vec<Closed> = questions.iter().filter_map(|question| sample.closed(question)).collect();
    let rate = kept.survey.invited.filter(|invited| *invited > 0);
    Ok(QuestionFigures {
        survey: kept.id.clone(),
        title: kept.survey.title.clone(),
        respondents: kept.answers.len(),
        response_rate: rate.map(|invited| kept.answers.len() as f64 / f64::from(invited)),
        caveat: kept.survey.sampling.caveat().map(str::to_owned),
        changes: since_last(ground, &kept, &closed, asked.weighted)?,
        drivers: if asked.question.is_none() { sample.drivers() } else { Vec::new() },
        questions: closed,
        cross: crossed.unwrap_or_default(),
        weighting: raked.as_ref().map(Weighting::from),
        link: format!("/v1/surveys/{}/answers", kept.id),
    })
}

/// As it is counted: by the raked weights, else by the file's own, else each answer once.
fn sample<'a>(kept: &'a KeptSurvey, weighted: bool, raked: Option<&'a Raked>) -> Sample<'a> {
    let sample = Sample::of(&kept.survey, &kept.answers);
    match raked {
        Some(raked) => sample.weighted(&raked.weights),
        None if weighted => sample,
        None => Sample { weights: None, ..sample },
    }
}

fn chosen<'a>(kept: &'a KeptSurvey, id: Option<&str>) -> Result<Vec<&'a Question>> {
    let is_closed = |question: &&Question| question.kind.is_asked() && question.kind != QuestionKind::Open;
    match id {
        None => Ok(kept.survey.questions.iter().filter(is_closed).collect()),
        Some(id) => match kept.survey.question(id).filter(is_closed) {
            Some(question) => Ok(vec![question]),
            None => Err(no_question(kept, id)),
        },
    }
}

fn background<'a>(kept: &'a KeptSurvey, id: &str) -> Result<&'a Question> {
    kept.survey.question(id).filter(|question| question.kind == QuestionKind::Background).ok_or_else(|| {
        let known: Vec<&str> = kept.survey.of_kind(QuestionKind::Background).map(|q| q.id.as_str()).collect();
        let known = known.join("、");
        Error::invalid("交叉要用背景题", "crossing takes a background question").at(
            "by",
            format!("须为背景题的题号：{known}"),
            format!("must be one of {known}"),
        )
    })
}

/// What changed since the wave before, where that is kept here.
fn since_last(ground: Ground, kept: &KeptSurvey, now: &[Closed], weighted: bool) -> Result<Vec<Change>> {
    let Some(wave) = &kept.survey.previous else { return Ok(Vec::new()) };
    let Ok(last) = ground.store.survey(&wave.survey) else { return Ok(Vec::new()) };
    let raked = weighted.then(|| Sample::of(&last.survey, &last.answers).rake()).flatten();
    let sample = sample(&last, weighted, raked.as_ref());
    let same = |closed: &Closed| {
        let id = wave.questions.get(&closed.question);
        let question = match id {
            Some(id) => last.survey.question(id)?,
            None => last.survey.question(&closed.question).filter(|question| question.text == closed.text)?,
        };
        sample.closed(question)
    };
    let pairs: Vec<(&Closed, Closed)> = now.iter().filter_map(|closed| Some((closed, same(closed)?))).collect();
    Ok(changes(&pairs.iter().map(|(now, before)| (*now, before)).collect::<Vec<_>>()))
}
