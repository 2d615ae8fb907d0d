//! Closed questions of surveys (民意调查的封闭题), counted: shares and their intervals, satisfaction, means, NPS, cross
//! tables, weights, what changed since the last wave, what goes with the overall mark.
//!
//! Pure: a confirmed survey and its answers in, figures out. Counts of 1 to 4 are never shown, nor what would tell them
//! within a question or the table of two; not looked at are three questions together, and weighted shares beside
//! unweighted ones. What rests on fewer than 30 answers says so. Where nothing was sampled ([`Precision::Never`]) no
//! interval and no test is made, so that none can be printed.

pub mod association;
mod change;
mod closed;
mod cross;
mod drivers;
mod hidden;
pub mod interval;
mod marks;
mod rake;

use serde::Serialize;
use utoipa::ToSchema;

pub use self::change::{Change, Measured, change_of_means, change_of_shares, changes};
pub use self::closed::{Closed, Mean, Nps, Part, Satisfaction};
pub use self::cross::{Association, Cross, CrossCell, CrossRow, Method, judged};
pub use self::drivers::{Driver, spearman};
pub use self::hidden::{Total, hide, shown_overlapping, shown_parts};
pub use self::rake::{Gap, Raked, kish};
use crate::case::{Answers, FEW_ANSWERS, Precision, Question, Survey};

/// The answers to a survey, as they are counted.
#[derive(Debug, Clone, Copy)]
pub struct Sample<'a> {
    pub survey: &'a Survey,
    pub answers: &'a Answers,
    /// One above 0 for each answer; none counts each once.
    pub weights: Option<&'a [f64]>,
}

/// 一个占比和它的根据。
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, ToSchema)]
pub struct Share {
    /// 份数（未加权）
    pub count: usize,
    /// 以多少份为底（未加权）
    pub base: usize,
    /// 占比，0 到 1；加权时为加权占比
    pub share: f64,
    /// 有效样本量；未加权时等于底数
    pub effective: f64,
    /// 95% 威尔逊区间下限；不该有区间的没有
    pub low: Option<f64>,
    /// 上限
    pub high: Option<f64>,
    /// 底数不足 30，只列数，不解读
    pub few: bool,
}

/// How many and how heavy.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Tally {
    count: usize,
    weight: f64,
    squared: f64,
}

impl FromIterator<f64> for Tally {
    fn from_iter<I: IntoIterator<Item = f64>>(weights: I) -> Self {
        weights.into_iter().fold(Self::default(), |all, weight| Self {
            count: all.count + 1,
            weight: all.weight + weight,
            squared: all.squared + weight * weight,
        })
    }
}

impl Tally {
    /// Kish's effective number.
    fn effective(&self) -> f64 {
        if self.squared > 0.0 { self.weight * self.weight / self.squared } else { 0.0 }
    }
}

impl<'a> Sample<'a> {
    pub fn of(survey: &'a Survey, answers: &'a Answers) -> Self {
        Self { survey, answers, weights: answers.weights.as_deref() }
    }

    /// The same with other weights, one for each answer.
    pub fn weighted(self, weights: &'a [f64]) -> Self {
        Self { weights: Some(weights), ..self }
    }

    pub(super) fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights.get(row).copied().unwrap_or(1.0))
    }

    /// Whether intervals and tests may be made at all.
    pub fn has_precision(&self) -> bool {
        self.survey.sampling.precision() != Precision::Never
    }

    /// The rows for which something holds, weighed.
    pub(super) fn tally(&self, holds: impl Fn(usize) -> bool) -> Tally {
        (0..self.answers.len()).filter(|row| holds(*row)).map(|row| self.weight(row)).collect()
    }

    /// So many of so many; none where there is nobody.
    pub(super) fn share(&self, part: Tally, whole: Tally) -> Option<Share> {
        let (share, effective) = (part.weight / whole.weight, whole.effective());
        let interval = self.has_precision().then(|| super::wilson(share, effective));
        (whole.count > 0).then(|| Share {
            count: part.count,
            base: whole.count,
            share,
            effective,
            low: interval.map(|(low, _)| low),
            high: interval.map(|(_, high)| high),
            few: whole.count < FEW_ANSWERS,
        })
    }

    /// For each answer the option chosen of a question of one choice or of marks; none where there is none.
    pub(super) fn levels(&self, question: &Question) -> Option<Vec<Option<usize>>> {
        if let Some(column) = self.answers.choice(&question.id) {
            return Some(column.iter().map(|option| option.map(usize::from)).collect());
        }
        let marks = question.marks()?;
        let column = self.answers.numbers(&question.id)?;
        Some(column.iter().map(|mark| marks.iter().position(|level| Some(*level) == *mark)).collect())
    }

    /// What each answer is worth, the more the better; none for no answer, no opinion and options without order.
    pub(super) fn merits(&self, question: &Question) -> Option<Vec<Option<f64>>> {
        use crate::case::OptionOrder::BestFirst;
        if let Some(column) = self.answers.numbers(&question.id) {
            let sign = if question.order == Some(BestFirst) { -1.0 } else { 1.0 };
            return Some(column.iter().map(|mark| mark.map(|mark| sign * mark)).collect());
        }
        let sign = if question.order? == BestFirst { -1.0 } else { 1.0 };
        let worth = |option: usize| (!question.is_missing(option)).then_some(sign * option as f64);
        Some(self.answers.choice(&question.id)?.iter().map(|option| worth(usize::from((*option)?))).collect())
    }
}
