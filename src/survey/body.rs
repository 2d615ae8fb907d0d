//! A survey as it is told: what was asked of whom and how, and how far its themes are.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::Ground;
use crate::case::{Checklist, QuestionKind, Survey};
use crate::error::Result;
use crate::store::{FrameState, KeptSurvey};

/// 各次调查，新的在前
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SurveyList {
    pub surveys: Vec<SurveyHead>,
}

/// 一次调查
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SurveyHead {
    pub id: String,
    pub created_at: DateTime<Utc>,
    pub title: String,
    pub organiser: String,
    pub period: String,
    /// 答卷份数
    pub respondents: usize,
    /// 主题表的状态；还没有归纳时为 null
    pub themes: Option<FrameState>,
}

/// 一次调查的全部说明
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SurveyBody {
    pub id: String,
    pub created_at: DateTime<Utc>,
    /// 怎样做的、问了什么
    pub survey: Survey,
    /// 受访者怎样产生，如 自愿参加
    pub sampling: String,
    /// 答卷份数
    pub respondents: usize,
    /// 回收率，0 到 1；不知发放多少份时没有
    pub response_rate: Option<f64>,
    /// 封闭题题数
    pub closed_questions: usize,
    /// 开放题题数
    pub open_questions: usize,
    /// 开放题答案条数
    pub open_answers: usize,
    /// 签认之后补充、还没有归类的开放题答案条数：重新签认后计入
    pub unmapped: usize,
    /// 每题回答了的份数
    pub answered: Vec<Answered>,
    /// 必须随数字一起写出的说明
    pub caveat: Option<String>,
    /// 数据检查的结果
    pub checklist: Checklist,
    /// 主题表的状态；还没有归纳时为 null
    pub themes: Option<FrameState>,
    /// 答卷文件的 SHA-256
    pub file: String,
    /// 答卷
    pub link: String,
}

/// 一题回答了多少份
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Answered {
    /// 题号
    pub question: String,
    /// 题目原文
    pub text: String,
    /// 题型，中文
    pub kind: String,
    pub answered: usize,
    pub blank: usize,
}

/// All surveys.
pub fn list(ground: Ground) -> Result<SurveyList> {
    let surveys = ground.store.surveys()?.into_iter().map(|line| SurveyHead {
        id: line.id,
        created_at: line.created_at,
        title: line.survey.title,
        organiser: line.survey.organiser,
        period: line.survey.period,
        respondents: line.respondents,
        themes: line.themes,
    });
    Ok(SurveyList { surveys: surveys.collect() })
}

/// One survey.
pub fn body(ground: Ground, id: &str) -> Result<SurveyBody> {
    let kept = ground.store.survey(id)?;
    let themes = ground.store.frame(id)?.map(|version| version.state);
    let mapped = ground.store.mapping(id)?.map(|mapping| mapping.mapped.len());
    Ok(told(kept, themes, mapped))
}

fn told(kept: KeptSurvey, themes: Option<FrameState>, mapped: Option<usize>) -> SurveyBody {
    let KeptSurvey { id, created_at, survey, answers, checklist, file } = kept;
    let asked = survey.questions.iter().filter(|question| question.kind.is_asked());
    let answered: Vec<Answered> = asked
        .map(|question| {
            let answered = answers.replies.get(&question.id).map_or(0, |replies| replies.answered());
            Answered {
                question: question.id.clone(),
                text: question.text.clone(),
                kind: question.kind.zh().to_owned(),
                answered,
                blank: answers.len() - answered,
            }
        })
        .collect();
    let open: Vec<&str> = survey.of_kind(QuestionKind::Open).map(|question| question.id.as_str()).collect();
    let open_answers = answered.iter().filter(|line| open.contains(&line.question.as_str()));
    let open_answers: usize = open_answers.map(|line| line.answered).sum();
    let invited = survey.invited.filter(|invited| *invited > 0);
    SurveyBody {
        link: format!("/v1/surveys/{id}/answers"),
        sampling: survey.sampling.zh().to_owned(),
        respondents: answers.len(),
        response_rate: invited.map(|invited| answers.len() as f64 / f64::from(invited)),
        closed_questions: answered.len() - open.len(),
        open_questions: open.len(),
        open_answers,
        unmapped: mapped.map_or(0, |mapped| open_answers.saturating_sub(mapped)),
        caveat: survey.sampling.caveat().map(str::to_owned),
        answered,
        id,
        created_at,
        survey,
        checklist,
        themes,
        file,
    }
}
