//! What the open answers say, counted by the signed themes: respondents, not mentions; copies once.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use utoipa::ToSchema;

use super::Ground;
use super::answers::{no_question, not_signed, signed};
use crate::analytics::survey::{Share, shown_overlapping, shown_parts};
use crate::analytics::wilson;
use crate::case::{
    AnswerKey, Excerpt, FEW_ANSWERS, Mapped, NO_OPINION, OFF_TOPIC, Precision, QuestionKind, Sentiment, Theme,
};
use crate::error::Result;
use crate::store::{KeptSurvey, Mapping};

/// 开放题的结果：按签认的主题计数，以答了的人为底，雷同答卷只计一次
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ThemeFigures {
    /// 调查编号
    pub survey: String,
    /// 签认的版本
    pub version: i64,
    /// 只计这一题；没有指定时各开放题合计
    pub question: Option<String>,
    /// 开放题题目原文
    pub text: String,
    /// 计数的人：答了开放题的，雷同的只计一份
    pub respondents: usize,
    /// 计数的答案
    pub answers: usize,
    /// 因雷同没有重复计数的答案
    pub copies: usize,
    /// 签认之后补充、还没有归类、不在其中的答案；都已归类时没有
    pub unmapped: Option<usize>,
    /// 必须随数字一起写出的说明
    pub caveat: Option<String>,
    /// 各主题，说到的人多的在前
    pub themes: Vec<ThemeRow>,
    /// 没有意见或看不出意见的；不显示的没有
    pub none: Option<Share>,
    /// 说的是别的事；不显示的没有
    pub off: Option<Share>,
    /// 雷同答卷，份数多的在前
    pub floods: Vec<FloodRow>,
    /// 所依据的答案
    pub link: String,
}

/// 一个主题
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ThemeRow {
    pub code: String,
    pub name: String,
    /// 界线
    pub description: String,
    /// 说到它的人及占比；少于 5 人的，以及会泄露它们的，不显示
    pub share: Option<Share>,
    /// 各种态度的人数；不显示的主题没有
    pub sentiment: Option<Attitudes>,
    /// 子主题，说到的人多的在前
    pub sub: Vec<SubRow>,
    /// 代表性原话，已去标识；不显示的主题没有
    pub quotes: Vec<Excerpt>,
    /// 人工确认过对应的诉求分类
    pub category: Option<String>,
    /// 所依据的答案
    pub link: String,
}

/// 一个子主题
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SubRow {
    pub code: String,
    pub name: String,
    /// 说到它的人及占比；少于 5 人的，以及会泄露它们的，不显示
    pub share: Option<Share>,
    pub link: String,
}

/// 说到一个主题的人各是什么态度；少于 5 人的，以及会泄露它们的，不显示
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, ToSchema)]
pub struct Attitudes {
    /// 肯定
    pub positive: Option<usize>,
    /// 否定
    pub negative: Option<usize>,
    /// 有褒有贬
    pub mixed: Option<usize>,
    /// 中性
    pub neutral: Option<usize>,
    /// 否定和有褒有贬的占比，0 到 1
    pub critical: Option<f64>,
}

/// 一团雷同答卷
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FloodRow {
    /// 题号
    pub question: String,
    /// 共几份，连最先的一份
    pub size: usize,
    /// 前后隔了多少分钟
    pub minutes: Option<i64>,
    /// 最低的相似度
    pub likeness: f32,
    /// 各份的序号，最先的在前
    pub respondents: Vec<String>,
}

/// What is counted: the answers to the chosen questions, copies left out.
struct Counted<'a> {
    mapped: Vec<&'a Mapped>,
    respondents: BTreeSet<&'a str>,
    copies: usize,
    precise: bool,
    link: String,
}

/// Figures of the open answers by the themes last signed; refused before a person signed them.
pub fn theme_figures(ground: Ground, id: &str, question: Option<&str>) -> Result<ThemeFigures> {
    let kept = ground.store.survey(id)?;
    if let Some(question) = question
        && kept.survey.question(question).is_none_or(|question| question.kind != QuestionKind::Open)
    {
        return Err(no_question(&kept, question));
    }
    let (Some(version), Some(mapping)) = (signed(ground, id)?, ground.store.mapping(id)?) else {
        return Err(not_signed());
    };
    let counted = Counted::of(&kept, &mapping, question);
    let named: Vec<&Theme> = version.frame.themes.iter().filter(|theme| theme.is_theme()).collect();
    let codes = named.iter().map(|theme| theme.code.as_str()).chain([NO_OPINION, OFF_TOPIC]);
    // Whoever is counted told of a theme, of nothing, or of another matter.
    let mut shares = counted.shares(codes, counted.respondents.len());
    let (off, none) = (shares.pop().flatten(), shares.pop().flatten());
    let rows = named.into_iter().zip(shares);
    let mut themes: Vec<ThemeRow> =
        rows.map(|(theme, share)| counted.theme(theme, share, question, &mapping)).collect();
    themes.sort_by(|a, b| by_count(a.share).cmp(&by_count(b.share)).then_with(|| a.code.cmp(&b.code)));
    let open = kept.survey.of_kind(QuestionKind::Open).filter(|open| question.is_none_or(|id| open.id == id));
    let asked = |key: &AnswerKey| question.is_none_or(|question| key.question == question);
    Ok(ThemeFigures {
        survey: kept.id.clone(),
        version: version.version,
        question: question.map(str::to_owned),
        text: open.map(|open| open.text.as_str()).collect::<Vec<_>>().join("；"),
        respondents: counted.respondents.len(),
        answers: counted.mapped.len(),
        copies: counted.copies,
        unmapped: unmapped(&kept, &mapping, asked),
        caveat: kept.survey.sampling.caveat().map(str::to_owned),
        none,
        off,
        floods: mapping.floods.iter().filter(|flood| asked(&flood.first)).map(FloodRow::of).collect(),
        themes,
        link: counted.link.clone(),
    })
}

/// Answers that were added after the themes were signed.
fn unmapped(kept: &KeptSurvey, mapping: &Mapping, asked: impl Fn(&AnswerKey) -> bool) -> Option<usize> {
    let mapped = mapping.mapped.iter().filter(|mapped| asked(&mapped.answer)).count();
    let questions = kept.survey.of_kind(QuestionKind::Open).filter(|open| asked(&AnswerKey::new(&open.id, "")));
    let told = questions.filter_map(|open| kept.answers.replies.get(&open.id)).map(|replies| replies.answered());
    Some(told.sum::<usize>().saturating_sub(mapped)).filter(|unmapped| *unmapped > 0)
}

/// Largest first, those not shown last.
fn by_count(share: Option<Share>) -> (bool, std::cmp::Reverse<usize>) {
    (share.is_none(), std::cmp::Reverse(share.map_or(0, |share| share.count)))
}

impl<'a> Counted<'a> {
    fn of(kept: &KeptSurvey, mapping: &'a Mapping, question: Option<&str>) -> Self {
        let asked = |mapped: &&Mapped| question.is_none_or(|question| mapped.answer.question == question);
        let (once, copies): (Vec<&Mapped>, Vec<&Mapped>) =
            mapping.mapped.iter().filter(asked).partition(|mapped| mapped.copy_of.is_none());
        let filter = question.map(|question| format!("?question={question}")).unwrap_or_default();
        Self {
            respondents: once.iter().map(|mapped| mapped.answer.respondent.as_str()).collect(),
            mapped: once,
            copies: copies.len(),
            precise: kept.survey.sampling.precision() != Precision::Never,
            link: format!("/v1/surveys/{}/answers{filter}", kept.id),
        }
    }

    fn who(&self, holds: impl Fn(&Mapped) -> bool) -> BTreeSet<&'a str> {
        let holding = self.mapped.iter().filter(|mapped| holds(mapped));
        holding.map(|mapped| mapped.answer.respondent.as_str()).collect()
    }

    /// Respondents with an answer of each code, of `whole` that are counted; none where they may not be shown.
    fn shares<'c>(&self, codes: impl Iterator<Item = &'c str>, whole: usize) -> Vec<Option<Share>> {
        let people = |code: &str| self.who(|mapped| super::answers::tells(mapped, code)).len();
        let counts: Vec<usize> = codes.map(people).collect();
        let shown = shown_overlapping(&counts, whole);
        // Of which nobody told is not in the figures.
        let told = |(count, shown): (&usize, bool)| (shown && *count > 0).then(|| self.share(*count));
        counts.iter().zip(shown).map(told).collect()
    }

    fn share(&self, count: usize) -> Share {
        let base = self.respondents.len();
        let share = count as f64 / base as f64;
        let interval = self.precise.then(|| wilson(share, base as f64));
        let (low, high) = (interval.map(|(low, _)| low), interval.map(|(_, high)| high));
        Share { count, base, share, effective: base as f64, low, high, few: base < FEW_ANSWERS }
    }

    fn theme(&self, theme: &Theme, share: Option<Share>, question: Option<&str>, mapping: &Mapping) -> ThemeRow {
        let link = |code: &str| {
            let sign = if self.link.contains('?') { '&' } else { '?' };
            format!("{}{sign}theme={code}", self.link)
        };
        let codes = theme.sub.iter().map(|sub| sub.code.as_str());
        let shares = self.shares(codes, share.map_or(0, |share| share.count));
        let sub = |(sub, share): (&crate::case::SubTheme, Option<Share>)| SubRow {
            code: sub.code.clone(),
            name: sub.name.clone(),
            share,
            link: link(&sub.code),
        };
        let mut sub: Vec<SubRow> = theme.sub.iter().zip(shares).map(sub).collect();
        sub.sort_by(|a, b| by_count(a.share).cmp(&by_count(b.share)).then_with(|| a.code.cmp(&b.code)));
        let quotes = mapping.quotes.get(&theme.code).into_iter().flatten();
        let asked =
            |quote: &&Excerpt| share.is_some() && question.is_none_or(|question| quote.answer.question == question);
        ThemeRow {
            code: theme.code.clone(),
            name: theme.name.clone(),
            description: theme.description.clone(),
            sentiment: share.map(|_| self.attitudes(&theme.code)),
            share,
            sub,
            quotes: quotes.filter(asked).cloned().collect(),
            category: theme.category.as_ref().filter(|link| link.confirmed).map(|link| link.code.clone()),
            link: link(&theme.code),
        }
    }

    /// A respondent who was of two minds in two answers is mixed.
    fn attitudes(&self, code: &str) -> Attitudes {
        let mut held: BTreeMap<&str, BTreeSet<Sentiment>> = BTreeMap::new();
        for mapped in self.mapped.iter().filter(|mapped| super::answers::tells(mapped, code)) {
            held.entry(&mapped.answer.respondent).or_default().insert(mapped.sentiment);
        }
        // Positive, neutral, negative, mixed: the last two are critical.
        let mut counts = [0; 4];
        for sentiments in held.values() {
            let has = |sentiment| sentiments.contains(&sentiment);
            let both = has(Sentiment::Positive) && has(Sentiment::Negative);
            let place = if has(Sentiment::Mixed) || both {
                3
            } else if has(Sentiment::Negative) {
                2
            } else if has(Sentiment::Positive) {
                0
            } else {
                1
            };
            counts[place] += 1;
        }
        let (shown, groups) = shown_parts(&[0, 0, 1, 1], &counts);
        let count = |place: usize| shown[place].then_some(counts[place]);
        let critical = (counts[2] + counts[3]) as f64 / held.len().max(1) as f64;
        Attitudes {
            positive: count(0),
            neutral: count(1),
            negative: count(2),
            mixed: count(3),
            critical: groups[1].then_some(critical),
        }
    }
}

impl FloodRow {
    fn of(flood: &crate::case::Flood) -> Self {
        let all = std::iter::once(&flood.first).chain(&flood.copies);
        Self {
            question: flood.first.question.clone(),
            size: 1 + flood.copies.len(),
            minutes: flood.minutes,
            likeness: flood.likeness,
            respondents: all.map(|key| key.respondent.clone()).collect(),
        }
    }
}
