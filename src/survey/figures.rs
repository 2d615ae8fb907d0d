//! Closed questions, counted: by respondents' groups, weighted, against the wave before.

use serde::Serialize;
use utoipa::ToSchema;

use super::Ground;
use super::answers::no_question;
use crate::analytics::survey::{Change, Closed, Cross, Driver, Gap, Raked, Sample, changes, judged, kish};
use crate::case::{Question, QuestionKind};
use crate::error::{Error, Kind, Result};
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
    /// 与上一次没有比或没有全比时说明原因
    pub changes_caution: Option<String>,
    /// 所依据的答卷
    pub link: String,
}

/// 加权的情况：按总体构成（迭代比例拟合），或按文件自带的权重
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Weighting {
    /// 是否按总体构成加权；否则只用文件自带的权重
    pub raked: bool,
    /// 设计效应（Kish）
    pub deff: f64,
    /// 有效样本量
    pub effective: f64,
    /// 权重被截到 [0.3, 3] 的份数；不足 5 份的不显示
    pub trimmed: Option<usize>,
    pub converged: bool,
    /// 各项的目标和加权前后的占比
    pub gaps: Vec<Gap>,
}

impl From<&Raked> for Weighting {
    fn from(raked: &Raked) -> Self {
        let Raked { deff, effective, trimmed, converged, gaps, .. } = raked.clone();
        Self { raked: true, deff, effective, trimmed, converged, gaps }
    }
}

impl Weighting {
    /// Weights of the file's own, taken as they are.
    fn own(weights: &[f64]) -> Self {
        let (deff, effective) = kish(weights);
        Self { raked: false, deff, effective, trimmed: Some(0), converged: true, gaps: Vec::new() }
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
    let (changes, changes_caution) = since_last(ground, &kept, &questions, &sample, asked.weighted)?;
    let weighting = match (&raked, sample.weights) {
        (Some(raked), _) => Some(Weighting::from(raked)),
        (None, weights) => weights.map(Weighting::own),
    };
    let closed: Vec<Closed> = questions.iter().filter_map(|question| sample.closed(question)).collect();
    let rate = kept.survey.invited.filter(|invited| *invited > 0);
    Ok(QuestionFigures {
        survey: kept.id.clone(),
        title: kept.survey.title.clone(),
        respondents: kept.answers.len(),
        response_rate: rate.map(|invited| kept.answers.len() as f64 / f64::from(invited)),
        caveat: kept.survey.sampling.caveat().map(str::to_owned),
        changes,
        changes_caution,
        drivers: if asked.question.is_none() { sample.drivers() } else { Vec::new() },
        questions: closed,
        cross: crossed.unwrap_or_default(),
        weighting,
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

/// What changed since the wave before, and what could not be compared: a wave that is not kept here, and questions that
/// were not asked in the same way, whose answers may differ for that.
fn since_last(
    ground: Ground,
    kept: &KeptSurvey,
    questions: &[&Question],
    now: &Sample,
    weighted: bool,
) -> Result<(Vec<Change>, Option<String>)> {
    let Some(wave) = &kept.survey.previous else { return Ok((Vec::new(), None)) };
    let last = match ground.store.survey(&wave.survey) {
        Err(error) if error.kind == Kind::NotFound => {
            let why = format!("上一次调查 {} 不在本系统里，没有比较：请核对 previous 的编号。", wave.survey);
            return Ok((Vec::new(), Some(why)));
        }
        found => found?,
    };
    let raked = weighted.then(|| Sample::of(&last.survey, &last.answers).rake()).flatten();
    let before = sample(&last, weighted, raked.as_ref());
    let same = |question: &Question| match wave.questions.get(&question.id) {
        Some(id) => last.survey.question(id),
        None => last.survey.question(&question.id).filter(|last| last.text == question.text),
    };
    let pairs = questions.iter().filter_map(|question| Some((*question, same(question)?)));
    let (alike, unlike): (Vec<_>, Vec<_>) = pairs.partition(|(now, last)| is_asked_alike(now, last));
    let both = |(question, last): &(&Question, &Question)| Some((now.closed(question)?, before.closed(last)?));
    let pairs: Vec<(Closed, Closed)> = alike.iter().filter_map(both).collect();
    let unlike: Vec<&str> = unlike.iter().map(|(now, _)| now.id.as_str()).collect();
    let caution = format!("{} 的选项或满意的算法与上一次不同，没有比较。", unlike.join("、"));
    let changes = changes(&pairs.iter().map(|(now, before)| (now, before)).collect::<Vec<_>>());
    Ok((changes, (!unlike.is_empty()).then_some(caution)))
}

/// Whether the same was to be chosen from, and the same of it counts as good.
fn is_asked_alike(now: &Question, last: &Question) -> bool {
    let scale = |question: &Question| {
        let Question { kind, options, favourable, missing, scores, .. } = question.clone();
        (kind, options, favourable, missing, scores)
    };
    scale(now) == scale(last)
}
