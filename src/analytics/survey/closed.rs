//! One closed question, counted.

use serde::Serialize;
use utoipa::ToSchema;

use super::hidden::{shown_overlapping, shown_parts};
use super::interval::{mean, nps};
use super::marks::Marks;
use super::{Sample, Share, Tally};
use crate::analytics::suppress::is_small;
use crate::case::{FEW_ANSWERS, Question, QuestionKind};

/// 一道封闭题的结果。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Closed {
    /// 题号
    pub question: String,
    /// 题目原文
    pub text: String,
    /// 矩阵题的题干
    pub matrix: Option<String>,
    pub kind: QuestionKind,
    /// 全部答卷
    pub asked: usize,
    /// 回答了这一题的，含未表态
    pub answered: usize,
    /// 没有回答的
    pub blank: usize,
    /// 有效样本量：加权后相当于多少份
    pub effective: f64,
    /// 底数不足 30，只列数，不解读
    pub few: bool,
    /// 各选项，按问卷的次序；占比以回答了这一题的为底
    pub parts: Vec<Part>,
    /// 满意度题
    pub satisfaction: Option<Satisfaction>,
    /// 打分题和给了分值的选择题；不足 5 份的，以及会泄露不显示的选项的，没有
    pub mean: Option<Mean>,
    /// 推荐意愿题；三类人有一类不显示时没有
    pub nps: Option<Nps>,
}

/// 一个选项。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = SurveyPart)]
pub struct Part {
    pub option: String,
    /// 选它的份数和占比；少于 5 份的，以及会泄露它们的，不显示
    pub share: Option<Share>,
    /// 多选题：占至少选了一项的人；有选项不显示时没有
    pub of_choosers: Option<f64>,
    /// 多选题：占全部选择次数；有选项不显示时没有
    pub of_ticks: Option<f64>,
    /// 算作未表态
    pub missing: bool,
    /// 算作满意
    pub favourable: bool,
}

/// 满意率（两级满意合计），两种底数都给。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = SurveySatisfaction)]
pub struct Satisfaction {
    /// 以表了态的为底：未表态不计入
    pub of_expressed: Option<Share>,
    /// 以全部回答的为底：未表态计入
    pub of_answered: Option<Share>,
    /// 未表态，以全部回答的为底；没有这类选项的题没有
    pub missing: Option<Share>,
}

/// 均值。
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct Mean {
    /// 打了分的份数
    pub base: usize,
    pub effective: f64,
    pub mean: f64,
    /// 标准差；有选项不显示时没有，区间也没有：由它们会推出不显示的数
    pub deviation: Option<f64>,
    /// 95% 区间（t 分布）
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// 最低分和最高分可以是多少
    pub least: f64,
    pub most: f64,
    /// 打出最高两个分值的占比
    pub top_two: Option<Share>,
    pub few: bool,
}

/// 净推荐值。
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct Nps {
    pub base: usize,
    pub effective: f64,
    /// 推荐者（9—10 分）占比减贬损者（0—6 分）占比，-100 到 100
    pub score: f64,
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub promoters: Share,
    pub passives: Share,
    pub detractors: Share,
    pub few: bool,
}

/// Which options are shown, by groups that are told together (满意、其余、未表态).
pub(super) struct Groups {
    pub(super) tallies: Vec<Tally>,
    totals: [Tally; 3],
    pub(super) shown: Vec<bool>,
    pub(super) shown_totals: [bool; 3],
    /// Whether there is a mean to tell, and whether options are hidden beside it.
    mean: bool,
    pub(super) mean_is_bare: bool,
}

impl Groups {
    /// Whether it may be known how many expressed an opinion.
    pub(super) fn tell_opinions(&self) -> bool {
        self.shown_totals[2]
    }
}

impl Sample<'_> {
    /// The figures of a closed question; none of an open one, and of one that has no answers read.
    pub fn closed(&self, question: &Question) -> Option<Closed> {
        match question.kind {
            QuestionKind::Multiple => self.ticks(question),
            QuestionKind::Background | QuestionKind::Single | QuestionKind::Rating | QuestionKind::Nps => {
                self.one_of(question)
            }
            _ => None,
        }
    }

    fn shape(&self, question: &Question, answered: Tally) -> Closed {
        Closed {
            question: question.id.clone(),
            text: question.text.clone(),
            matrix: question.matrix.clone(),
            kind: question.kind,
            asked: self.answers.len(),
            answered: answered.count,
            blank: self.answers.len() - answered.count,
            effective: answered.effective(),
            few: answered.count < FEW_ANSWERS,
            parts: Vec::new(),
            satisfaction: None,
            mean: None,
            nps: None,
        }
    }

    fn one_of(&self, question: &Question) -> Option<Closed> {
        let Some(levels) = self.levels(question) else {
            let numbers = self.answers.numbers(&question.id)?;
            let answered = self.tally(|row| numbers[row].is_some());
            let mean = if is_small(answered.count as u32) { None } else { self.mean(question, None) };
            return Some(Closed { mean, ..self.shape(question, answered) });
        };
        let answered = self.tally(|row| levels[row].is_some());
        let groups = self.groups(question, &levels);
        let part = |at: usize| Part {
            option: question.options.get(at).cloned().unwrap_or_else(|| at.to_string()),
            share: groups.shown[at].then(|| self.share(groups.tallies[at], answered)).flatten(),
            of_choosers: None,
            of_ticks: None,
            missing: question.is_missing(at),
            favourable: question.is_favourable(at),
        };
        let satisfaction = question.is_satisfaction().then(|| self.satisfaction(question, &groups, answered));
        Some(Closed {
            parts: (0..groups.tallies.len()).map(part).collect(),
            satisfaction,
            mean: if groups.mean { self.mean(question, Some(&groups)) } else { None },
            nps: (question.kind == QuestionKind::Nps).then(|| self.nps(&groups, answered)).flatten(),
            ..self.shape(question, answered)
        })
    }

    /// Options by what is told of them together: good, other and missing ones; the two best marks and the rest;
    /// promoters, passives and detractors.
    pub(super) fn groups(&self, question: &Question, levels: &[Option<usize>]) -> Groups {
        let count = if question.kind == QuestionKind::Nps { 11 } else { question.options.len() };
        let best = best_two(question, count);
        let of = |at: usize| match question.kind {
            QuestionKind::Nps => usize::from(at < 9) + usize::from(at < 7),
            QuestionKind::Rating => usize::from(!best.contains(&at)),
            _ if question.is_missing(at) => 2,
            _ => usize::from(question.is_satisfaction() && !question.is_favourable(at)),
        };
        let of: Vec<usize> = (0..count).map(of).collect();
        let tallies: Vec<Tally> = (0..count).map(|at| self.tally(|row| levels[row] == Some(at))).collect();
        let total = |group: usize| self.tally(|row| levels[row].is_some_and(|at| of[at] == group));
        let totals = [total(0), total(1), total(2)];
        let counts: Vec<usize> = tallies.iter().map(|tally| tally.count).collect();
        let (shown, shown_totals) = shown_parts(&of, &counts);
        let marks: Vec<Option<f64>> = (0..count).map(|at| worth(question, at)).collect();
        let expressed: usize =
            counts.iter().zip(&marks).filter(|(_, mark)| mark.is_some()).map(|(count, _)| count).sum();
        let is_marked = marks.iter().any(Option::is_some) && shown_totals[2] && !is_small(expressed as u32);
        let beside = Marks { of: &of, counts: &counts, marks: &marks };
        let beside = if is_marked { beside.beside_the_mean(shown.clone()) } else { None };
        let mean = beside.is_some();
        let shown = beside.unwrap_or(shown);
        let mean_is_bare = mean && shown.contains(&false);
        Groups { tallies, totals, shown, shown_totals, mean, mean_is_bare }
    }

    fn satisfaction(&self, question: &Question, groups: &Groups, answered: Tally) -> Satisfaction {
        let [good, _, missing] = groups.totals;
        let expressed = self.share_of_groups(groups, answered);
        let is_shown = groups.shown_totals[0] && groups.shown_totals[2];
        let asks = question.missing.as_ref().is_some_and(|missing| !missing.is_empty());
        Satisfaction {
            of_expressed: expressed.filter(|_| is_shown),
            of_answered: self.share(good, answered).filter(|_| groups.shown_totals[0]),
            missing: self.share(missing, answered).filter(|_| asks && groups.shown_totals[2]),
        }
    }

    /// Good ones among those who expressed an opinion. Their squared weights are what is left without the missing.
    fn share_of_groups(&self, groups: &Groups, answered: Tally) -> Option<Share> {
        let [good, _, missing] = groups.totals;
        let expressed = Tally {
            count: answered.count - missing.count,
            weight: answered.weight - missing.weight,
            squared: answered.squared - missing.squared,
        };
        self.share(good, expressed)
    }

    /// The mean of marks, or of options that have scores; bare where that tells options which are hidden.
    fn mean(&self, question: &Question, groups: Option<&Groups>) -> Option<Mean> {
        let weigh = |(row, mark): (usize, Option<f64>)| Some((mark?, self.weight(row)));
        let values: Vec<(f64, f64)> = match self.levels(question) {
            Some(levels) => {
                let mark = |level: Option<usize>| level.and_then(|level| worth(question, level));
                levels.into_iter().map(mark).enumerate().filter_map(weigh).collect()
            }
            None => self.answers.numbers(&question.id)?.iter().copied().enumerate().filter_map(weigh).collect(),
        };
        let centre = mean(&values)?;
        let is_bare = groups.is_some_and(|groups| groups.mean_is_bare);
        let ends = centre.interval.filter(|_| self.has_precision() && !is_bare);
        let (least, most) = question.range().unwrap_or_else(|| {
            let scores = question.scores.iter().flatten();
            scores
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), score| (least.min(*score), most.max(*score)))
        });
        let best = groups.filter(|groups| question.kind == QuestionKind::Rating && groups.shown_totals[0]);
        let answered = || values.iter().map(|(_, weight)| *weight).collect();
        Some(Mean {
            base: values.len(),
            effective: centre.effective,
            mean: centre.mean,
            deviation: (!is_bare).then_some(centre.deviation),
            low: ends.map(|(low, _)| low.max(least)),
            high: ends.map(|(_, high)| high.min(most)),
            least,
            most,
            top_two: best.and_then(|groups| self.share(groups.totals[0], answered())),
            few: values.len() < FEW_ANSWERS,
        })
    }

    fn nps(&self, groups: &Groups, answered: Tally) -> Option<Nps> {
        if answered.count == 0 || groups.shown_totals.contains(&false) {
            return None;
        }
        let [promoters, passives, detractors] = groups.totals;
        let effective = answered.effective();
        let (score, (low, high)) =
            nps(promoters.weight / answered.weight, detractors.weight / answered.weight, effective);
        Some(Nps {
            base: answered.count,
            effective,
            score,
            low: self.has_precision().then_some(low),
            high: self.has_precision().then_some(high),
            promoters: self.share(promoters, answered)?,
            passives: self.share(passives, answered)?,
            detractors: self.share(detractors, answered)?,
            few: answered.count < FEW_ANSWERS,
        })
    }

    fn ticks(&self, question: &Question) -> Option<Closed> {
        let column = self.answers.choices(&question.id)?;
        let answered = self.tally(|row| column[row].is_some());
        let choosers = self.tally(|row| column[row].as_ref().is_some_and(|chosen| !chosen.is_empty()));
        let chose = |row: usize, at: usize| column[row].as_ref().is_some_and(|chosen| chosen.contains(&(at as u16)));
        let tallies: Vec<Tally> = (0..question.options.len()).map(|at| self.tally(|row| chose(row, at))).collect();
        let all: f64 = tallies.iter().map(|tally| tally.weight).sum();
        let counts: Vec<usize> = tallies.iter().map(|tally| tally.count).collect();
        let shown = shown_overlapping(&counts, choosers.count);
        let all_shown = !shown.contains(&false);
        // Who ticked nothing is known by those who ticked something.
        let tells_choosers = all_shown && !is_small((answered.count - choosers.count) as u32);
        let part = |(at, tally): (usize, &Tally)| Part {
            option: question.options[at].clone(),
            share: self.share(*tally, answered).filter(|_| shown[at]),
            of_choosers: (tells_choosers && choosers.weight > 0.0).then(|| tally.weight / choosers.weight),
            of_ticks: (all_shown && all > 0.0).then(|| tally.weight / all),
            missing: question.is_missing(at),
            favourable: false,
        };
        let parts = tallies.iter().enumerate().map(part).collect();
        Some(Closed { parts, ..self.shape(question, answered) })
    }
}

/// The options of the two best marks.
fn best_two(question: &Question, count: usize) -> Vec<usize> {
    let mut options: Vec<(f64, usize)> =
        (0..count).filter_map(|at| Some((question.options.get(at)?.trim().parse().ok()?, at))).collect();
    options.sort_by(|a, b| b.0.total_cmp(&a.0));
    if question.order == Some(crate::case::OptionOrder::BestFirst) {
        options.reverse();
    }
    options.into_iter().take(2).map(|(_, at)| at).collect()
}

/// What an option adds to the mean: its mark, or its score; none for no opinion and for options without either.
fn worth(question: &Question, at: usize) -> Option<f64> {
    match question.kind {
        QuestionKind::Rating => question.options.get(at)?.trim().parse().ok(),
        QuestionKind::Nps => None,
        _ => question.scores.as_ref()?.get(at).copied().filter(|_| !question.is_missing(at)),
    }
}
