//! A survey as written, made whole: what may be left out filled in, what is wrong named.

use std::collections::BTreeSet;

use super::{OptionOrder, Question, QuestionKind, Survey, SurveyMargin};
use crate::error::{Error, Result};

/// Options that say there is no opinion, wherever they stand alone.
const NO_OPINION: [&str; 7] = ["未表态", "拒绝回答", "拒答", "不适用", "无法评价", "未作答", "未填写"];
/// Options that say so beside degrees of satisfaction; elsewhere they may be an answer.
const UNSURE: [&str; 12] = [
    "不了解",
    "不清楚",
    "说不清",
    "说不清楚",
    "不好说",
    "不知道",
    "没有接触过",
    "未接触过",
    "没接触过",
    "未办理过",
    "没办理过",
    "没有经历过",
];
/// Shares sum to 1 or 100, but for rounding.
const ROUNDING: f64 = 0.005;

impl Survey {
    /// The same with what was left out filled in by the wording (missing and good options, their order, the overall
    /// question), and shares as parts of 1; or every flaw by its JSON pointer (`/question/3/options`).
    pub fn checked(mut self) -> Result<Self> {
        self.questions.iter_mut().for_each(Question::fill);
        if self.overall.is_none() {
            self.overall = overall(&self.questions);
        }
        let mut flaws = Flaws::default();
        self.stands(&mut flaws);
        let mut seen = BTreeSet::new();
        for (at, question) in self.questions.iter().enumerate() {
            question.stands(&format!("/question/{at}"), &mut flaws);
            if !seen.insert(question.id.clone()) {
                flaws.at(
                    format!("/question/{at}/id"),
                    format!("题号 {} 重复：每题一个题号", question.id),
                    format!("the id {} stands twice: one id for each question", question.id),
                );
            }
        }
        let mut margins = std::mem::take(&mut self.margins);
        for (at, margin) in margins.iter_mut().enumerate() {
            margin.settle();
            margin.stands(&self, &format!("/margin/{at}"), &mut flaws);
        }
        self.margins = margins;
        flaws.settle(self)
    }

    fn stands(&self, flaws: &mut Flaws) {
        for (pointer, words) in
            [("/title", &self.title), ("/organiser", &self.organiser), ("/population", &self.population)]
        {
            if words.trim().is_empty() {
                flaws.at(pointer, "不能为空：摘要要写明", "must not be blank: the summary states it");
            }
        }
        if !self.questions.iter().any(|question| question.kind.is_asked()) {
            flaws.at("/question", "没有题目：至少要有一题", "no question: there must be one at least");
        }
        for kind in [QuestionKind::Id, QuestionKind::Time, QuestionKind::Duration, QuestionKind::Weight] {
            if self.of_kind(kind).count() > 1 {
                flaws.at(
                    "/question",
                    format!("“{}”有两列：请留一列，另一列改为 skip", kind.zh()),
                    "two columns of a kind of which there is one: make the other `skip`",
                );
            }
        }
        if let Some(id) = &self.overall
            && !self.question(id).is_some_and(|question| question.is_satisfaction() || question.kind.is_marked())
        {
            flaws.at(
                "/overall",
                "须为一道满意度题或打分题的题号",
                "must be the id of a question of satisfaction or of marks",
            );
        }
    }
}

impl Question {
    /// Fills in what the wording tells.
    fn fill(&mut self) {
        if self.kind == QuestionKind::Multiple && self.most.is_none() {
            self.most = most(&self.text);
        }
        if self.kind != QuestionKind::Single {
            self.missing.get_or_insert_default();
            return;
        }
        let favourable = self.favourable.get_or_insert_with(|| good(&self.options)).clone();
        let is_satisfaction = !favourable.is_empty();
        let missing = |option: &&String| {
            let option = option.trim();
            NO_OPINION.contains(&option) || is_satisfaction && UNSURE.contains(&option)
        };
        let missing = self.missing.get_or_insert_with(|| self.options.iter().filter(missing).cloned().collect());
        if self.order.is_none() && is_satisfaction {
            let first = self.options.iter().find(|option| !missing.contains(option));
            let best = first.is_some_and(|first| favourable.contains(first));
            self.order = Some(if best { OptionOrder::BestFirst } else { OptionOrder::WorstFirst });
        }
    }

    fn stands(&self, pointer: &str, flaws: &mut Flaws) {
        if self.id.is_empty() || !self.id.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-') {
            flaws.at(format!("{pointer}/id"), "题号只用字母、数字、_ 和 -", "an id has letters, digits, _ and - only");
        }
        if self.text.trim().is_empty() && self.kind.is_asked() {
            flaws.at(format!("{pointer}/text"), "要写题目原文", "the wording of the question must stand here");
        }
        if self.kind.has_options() && self.options.len() < 2 {
            flaws.at(format!("{pointer}/options"), "选择题至少要有两个选项", "a choice needs two options at least");
        }
        if let Some(twice) = twice(&self.options) {
            flaws.at(
                format!("{pointer}/options"),
                format!("选项“{twice}”重复：请改成不同的字"),
                format!("the option {twice} stands twice: word them differently"),
            );
        }
        if self.kind.is_marked() && self.options.iter().any(|option| option.trim().parse::<f64>().is_err()) {
            flaws.at(format!("{pointer}/options"), "打分题的选项须都是数", "the options of marks must be numbers");
        }
        for (name, listed) in [("missing", &self.missing), ("favourable", &self.favourable)] {
            for option in listed.iter().flatten().filter(|option| self.option(option).is_none()) {
                flaws.at(
                    format!("{pointer}/{name}"),
                    format!("“{option}”不在这一题的选项里：请照抄选项原文"),
                    format!("{option} is no option of the question: copy an option's wording"),
                );
            }
        }
        if self.scores.as_ref().is_some_and(|scores| scores.len() != self.options.len()) {
            flaws.at(format!("{pointer}/scores"), "分值要与选项一样多", "there must be as many scores as options");
        }
    }
}

impl SurveyMargin {
    /// Shares of 100 as shares of 1.
    fn settle(&mut self) {
        let sum: f64 = self.shares.values().sum();
        if (sum - 100.0).abs() < 100.0 * ROUNDING {
            self.shares.values_mut().for_each(|share| *share /= sum);
        } else if (sum - 1.0).abs() < ROUNDING {
            self.shares.values_mut().for_each(|share| *share /= sum);
        }
    }

    fn stands(&self, survey: &Survey, pointer: &str, flaws: &mut Flaws) {
        let Some(question) =
            survey.question(&self.question).filter(|question| question.kind == QuestionKind::Background)
        else {
            let zh = format!("题号 {} 不是背景题", self.question);
            return flaws.at(format!("{pointer}/question"), zh, "must be the id of a background question");
        };
        if self.source.trim().is_empty() {
            flaws.at(format!("{pointer}/source"), "要写明数字的来源", "must say where the numbers are from");
        }
        let sum: f64 = self.shares.values().sum();
        if (sum - 1.0).abs() > 1e-9 {
            flaws.at(
                format!("{pointer}/shares"),
                format!("各选项占比合计 {sum:.3}，应为 1（或 100）"),
                format!("the shares sum to {sum:.3}; they must sum to 1 (or 100)"),
            );
        }
        for option in self.shares.keys().filter(|option| question.option(option).is_none()) {
            flaws.at(
                format!("{pointer}/shares"),
                format!("“{option}”不在 {} 的选项里：请照抄选项原文", self.question),
                format!("{option} is no option of {}: copy an option's wording", self.question),
            );
        }
        if self.shares.values().any(|share| !share.is_finite() || *share < 0.0) {
            flaws.at(format!("{pointer}/shares"), "占比不能为负", "a share cannot be negative");
        }
        for option in question.options.iter().filter(|option| !self.shares.contains_key(*option)) {
            flaws.at(
                format!("{pointer}/shares"),
                format!("缺少选项“{option}”的占比：没有这类人请写 0"),
                format!("the share of {option} is missing: write 0 where there are none"),
            );
        }
    }
}

/// The options that say satisfied, where others say the contrary.
fn good(options: &[String]) -> Vec<String> {
    let says = |option: &&String| option.contains("满意");
    let denies = |option: &str| ["不", "欠", "一般", "没"].iter().any(|word| option.contains(word));
    if !options.iter().any(|option| says(&option) && denies(option)) {
        return Vec::new();
    }
    options.iter().filter(says).filter(|option| !denies(option)).cloned().collect()
}

/// The question that asks about the whole, by its wording; else the one that asks for a mark, if there is just one.
fn overall(questions: &[Question]) -> Option<String> {
    let asks = |question: &&Question| ["总体", "整体", "总的"].iter().any(|word| question.text.contains(word));
    let marked = || questions.iter().filter(|question| question.kind == QuestionKind::Rating);
    let satisfied = questions.iter().filter(|question| question.is_satisfaction());
    let only = || marked().next().filter(|_| marked().count() == 1);
    satisfied.chain(marked()).find(asks).or_else(only).map(|question| question.id.clone())
}

/// The number in 最多选三项.
fn most(text: &str) -> Option<usize> {
    let number = text.split("最多选").nth(1)?.trim_start_matches("择").trim_start().chars().next()?;
    let chinese = "一二三四五六七八九".chars().position(|c| c == number).map(|at| at + 1);
    let two = (number == '两').then_some(2);
    number.to_digit(10).map(|digit| digit as usize).or(chinese).or(two).filter(|most| *most > 0)
}

fn twice(options: &[String]) -> Option<&String> {
    let mut seen = BTreeSet::new();
    options.iter().find(|option| !seen.insert(option.as_str()))
}

#[derive(Default)]
struct Flaws(Vec<(String, String, String)>);

impl Flaws {
    fn at(&mut self, pointer: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) {
        self.0.push((pointer.into(), zh.into(), en.into()));
    }

    fn settle(self, survey: Survey) -> Result<Survey> {
        if self.0.is_empty() {
            return Ok(survey);
        }
        let count = self.0.len();
        let error = Error::invalid(
            format!("问卷说明（survey.toml）有 {count} 处要改："),
            format!("the survey (survey.toml) has {count} places to mend"),
        );
        Err(self.0.into_iter().fold(error, |error, (pointer, zh, en)| error.at(pointer, zh, en)))
    }
}
