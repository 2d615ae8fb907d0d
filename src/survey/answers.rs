//! The answers behind a figure: who (by the file's own numbers) said what, personal data masked. They are records, for
//! those who work on the survey: nothing small is hidden, and no public edition leads here.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use utoipa::ToSchema;

use super::Ground;
use crate::case::{AnswerKey, Mapped, MappedTheme, Question, QuestionKind, Replies, Sentiment};
use crate::error::{Error, Result};
use crate::store::{FrameState, FrameVersion, KeptSurvey};

/// Which answers.
#[derive(Debug, Clone, Default)]
pub struct AnswersAsked {
    /// None: of every open question.
    pub question: Option<String>,
    /// Of a closed question: those who chose this.
    pub option: Option<String>,
    /// Of an open question: those mapped to this theme or sub-theme.
    pub theme: Option<String>,
    pub sentiment: Option<Sentiment>,
    /// How many to leave out, and how many to give at most.
    pub skip: usize,
    pub most: usize,
}

/// 一题的答案，或其中选了某项、说到某主题的；逐份列出，供内部核对，不像结果那样隐去不足五份的，不宜公开
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AnswerList {
    /// 调查编号
    pub survey: String,
    /// 题号；各开放题合在一起时为 null
    pub question: Option<String>,
    /// 题目原文
    pub text: String,
    /// 符合条件的共几条
    pub total: usize,
    /// 符合条件的人数：一人几条只计一次，雷同答卷不计；各主题的人数即此
    pub people: usize,
    /// 各主题、子主题代码的名称，依签认的一版；封闭题和尚未签认时没有
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, String>,
    pub answers: Vec<AnswerLine>,
    /// 还有时，下一页从第几份起
    pub next: Option<usize>,
}

/// 一份答卷对这一题的回答
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AnswerLine {
    /// 题号
    pub question: String,
    /// 答卷序号
    pub respondent: String,
    /// 开放题：原话；封闭题：写在“其他”旁边的话；已脱敏
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// 封闭题：选了什么，或打了几分
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub chosen: Vec<String>,
    /// 开放题：归入的主题；尚未签认时没有
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub themes: Vec<MappedTheme>,
    /// 开放题：态度
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentiment: Option<Sentiment>,
    /// 雷同答卷：与哪一条几乎一样
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy_of: Option<AnswerKey>,
    /// 主题以人工确认为准
    pub confirmed: bool,
}

/// Whether an answer was mapped to the theme or sub-theme of that code.
pub(super) fn tells(mapped: &Mapped, code: &str) -> bool {
    mapped.themes.iter().any(|theme| theme.code == code || theme.sub.iter().any(|sub| sub.code == code))
}

/// The answers that were asked for, in the order of the file.
pub fn answers(ground: Ground, id: &str, asked: &AnswersAsked) -> Result<AnswerList> {
    let kept = ground.store.survey(id)?;
    let questions: Vec<&Question> = match &asked.question {
        None => kept.survey.of_kind(QuestionKind::Open).collect(),
        Some(id) => {
            let question = kept.survey.question(id).filter(|question| question.kind.is_asked());
            vec![question.ok_or_else(|| no_question(&kept, id))?]
        }
    };
    let (lines, names) = match questions.as_slice() {
        [question] if question.kind != QuestionKind::Open => (closed(&kept, question, asked), BTreeMap::new()),
        open_ones => (open(ground, &kept, open_ones, asked)?, names(ground, id)?),
    };
    let people: BTreeSet<&str> =
        lines.iter().filter(|line| line.copy_of.is_none()).map(|line| line.respondent.as_str()).collect();
    let people = people.len();
    let (total, end) = (lines.len(), asked.skip.saturating_add(asked.most));
    let lines: Vec<AnswerLine> = lines.into_iter().skip(asked.skip).take(asked.most).collect();
    Ok(AnswerList {
        survey: kept.id.clone(),
        question: asked.question.clone(),
        text: questions.iter().map(|question| question.text.as_str()).collect::<Vec<_>>().join("；"),
        total,
        people,
        names,
        answers: lines,
        next: (end < total).then_some(end),
    })
}

/// The names of the signed themes.
fn names(ground: Ground, id: &str) -> Result<BTreeMap<String, String>> {
    let Some(signed) = signed(ground, id)? else { return Ok(BTreeMap::new()) };
    let mut names = BTreeMap::new();
    for theme in signed.frame.themes {
        names.extend(theme.sub.into_iter().map(|sub| (sub.code, sub.name)));
        names.insert(theme.code, theme.name);
    }
    Ok(names)
}

/// The themes last signed.
pub(super) fn signed(ground: Ground, id: &str) -> Result<Option<FrameVersion>> {
    let signed = |version: &FrameVersion| version.state == FrameState::Signed;
    Ok(ground.store.frames(id)?.into_iter().rev().find(signed))
}

pub(super) fn no_question(kept: &KeptSurvey, question: &str) -> Error {
    let known: Vec<&str> =
        kept.survey.questions.iter().filter(|q| q.kind.is_asked()).map(|question| question.id.as_str()).collect();
    let known = known.join("、");
    let detail = format!("没有这一题；可用的题号：{known}");
    Error::invalid("题号不对", "no such question").at(
        "question",
        detail,
        format!("{} is none of {known}", question.chars().take(20).collect::<String>()),
    )
}

fn open(ground: Ground, kept: &KeptSurvey, questions: &[&Question], asked: &AnswersAsked) -> Result<Vec<AnswerLine>> {
    let mapping = ground.store.mapping(&kept.id)?;
    let mapped = mapping.iter().flat_map(|mapping| &mapping.mapped);
    let mapped: BTreeMap<&AnswerKey, &Mapped> = mapped.map(|mapped| (&mapped.answer, mapped)).collect();
    if mapping.is_none() && (asked.theme.is_some() || asked.sentiment.is_some()) {
        return Err(not_signed());
    }
    let line = |question: &str, respondent: &String, text: &Option<String>| {
        let text = text.as_ref()?;
        let mapped = mapped.get(&AnswerKey::new(question, respondent)).copied();
        let holds = |mapped: &Mapped| {
            asked.theme.as_ref().is_none_or(|code| tells(mapped, code))
                && asked.sentiment.is_none_or(|sentiment| mapped.sentiment == sentiment)
        };
        if !mapped.map_or(asked.theme.is_none() && asked.sentiment.is_none(), holds) {
            return None;
        }
        Some(AnswerLine {
            question: question.to_owned(),
            respondent: respondent.clone(),
            text: Some(text.clone()),
            chosen: Vec::new(),
            themes: mapped.map(|mapped| mapped.themes.clone()).unwrap_or_default(),
            sentiment: mapped.map(|mapped| mapped.sentiment),
            copy_of: mapped.and_then(|mapped| mapped.copy_of.clone()),
            confirmed: mapped.is_some_and(|mapped| mapped.confirmed),
        })
    };
    let lines = questions.iter().flat_map(|question| {
        let texts = kept.answers.texts(&question.id).unwrap_or_default();
        let rows = kept.answers.ids.iter().zip(texts);
        rows.filter_map(|(respondent, text)| line(&question.id, respondent, text))
    });
    Ok(lines.collect())
}

/// Themes were asked for before a person signed them.
pub(super) fn not_signed() -> Error {
    Error::new(
        crate::error::Kind::Conflict,
        "主题表还没有签认：请先在调查页或用 guikou survey sign 签认",
        "the themes are not signed yet: sign them first",
    )
}

fn closed(kept: &KeptSurvey, question: &Question, asked: &AnswersAsked) -> Vec<AnswerLine> {
    let name = |option: u16| question.options.get(usize::from(option)).cloned().unwrap_or_default();
    let chosen = |row: usize| -> Vec<String> {
        match kept.answers.replies.get(&question.id) {
            Some(Replies::Choice(column)) => column[row].map(name).into_iter().collect(),
            Some(Replies::Choices(column)) => column[row].iter().flatten().copied().map(name).collect(),
            Some(Replies::Number(column)) => column[row].map(|mark| mark.to_string()).into_iter().collect(),
            _ => Vec::new(),
        }
    };
    let line = |(row, respondent): (usize, &String)| {
        let chosen = chosen(row);
        let holds = asked.option.as_ref().map_or(!chosen.is_empty(), |option| chosen.contains(option));
        holds.then(|| AnswerLine {
            question: question.id.clone(),
            respondent: respondent.clone(),
            text: kept.answers.others.get(&question.id).and_then(|column| column[row].clone()),
            chosen,
            themes: Vec::new(),
            sentiment: None,
            copy_of: None,
            confirmed: false,
        })
    };
    kept.answers.ids.iter().enumerate().filter_map(line).collect()
}
