//! Weights that give a sample the margins of its population (加权): raking, trimmed, and what it costs.
//!
//! Iterative proportional fitting of W. E. Deming and F. F. Stephan, "On a least squares adjustment of a sampled
//! frequency table when the expected marginal totals are known", Annals of Mathematical Statistics 11 (1940) 427–444:
//! margin by margin, every weight is multiplied by what its group has too little, until all margins hold. Weights
//! outside 0.3..=3 are then cut to the ends and the margins fitted again; what does not hold afterwards is told. Groups
//! that may not be shown count as one, so that neither weights nor their cost tell how small each is. The cost
//! is L. Kish's design effect (*Survey Sampling*, Wiley 1965, ch. 11.7): deff = n·Σw²/(Σw)², effective n = n/deff.

use serde::Serialize;
use utoipa::ToSchema;

use super::Sample;
use crate::analytics::suppress::is_small;

/// A weight is at least and at most so much, the mean being 1.
pub const TRIMMED: (f64, f64) = (0.3, 3.0);
/// Margins hold when no share is off by more.
const HOLDS: f64 = 1e-9;
/// After trimming they are said to hold when none is off by more than half a percentage point.
const NEARLY: f64 = 0.005;
const MOST_ROUNDS: usize = 500;
const MOST_TRIMS: usize = 100;

/// 加权的结果。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Raked {
    /// 每份答卷的权重，平均为 1
    pub weights: Vec<f64>,
    /// 迭代轮数
    pub rounds: usize,
    /// 各总体构成是否都对上（截尾后相差不超过半个百分点）
    pub converged: bool,
    /// 被截到 0.3 或 3 的份数；不足 5 份的不显示
    pub trimmed: Option<usize>,
    /// 设计效应（Kish 1965）
    pub deff: f64,
    /// 有效样本量
    pub effective: f64,
    /// 加权后仍与总体构成相差最多的几组
    pub gaps: Vec<Gap>,
}

/// 加权后与总体构成的差距。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Gap {
    /// 背景题题号
    pub question: String,
    pub option: String,
    /// 总体占比
    pub target: f64,
    /// 加权前占比；少于 5 份的组，以及会泄露它们的，不显示
    pub before: Option<f64>,
    /// 加权后占比，同上
    pub after: Option<f64>,
    /// 样本里这一组的份数，同上；0 份的无法靠加权补上
    pub count: Option<usize>,
}

/// Design effect and effective number of weights; 1 and their number where all are equal.
pub fn kish(weights: &[f64]) -> (f64, f64) {
    let (sum, squared) =
        weights.iter().fold((0.0, 0.0), |(sum, squared), weight| (sum + weight, squared + weight * weight));
    if sum <= 0.0 {
        return (1.0, 0.0);
    }
    let effective = sum * sum / squared;
    (weights.len() as f64 / effective, effective)
}

/// A margin in numbers: for each answer its group, and what share each group should have. Options that are hidden are
/// one group.
struct Margin {
    groups: Vec<Option<usize>>,
    targets: Vec<f64>,
    /// What was asked for, groups that nobody answered from included.
    asked: Vec<f64>,
    shown: Vec<bool>,
}

impl Sample<'_> {
    /// Weights for the survey's margins, starting from the sample's own; none where the survey names no margin. An answer
    /// that lacks a background keeps its weight in that margin. Groups that nobody answered from cannot be made up for:
    /// their share falls to the others of their margin, and is told among the gaps.
    pub fn rake(&self) -> Option<Raked> {
        let margins: Vec<Margin> = self.survey.margins.iter().filter_map(|margin| self.margin(margin)).collect();
        if margins.is_empty() || self.answers.is_empty() {
            return None;
        }
        let mut weights: Vec<f64> = (0..self.answers.len()).map(|row| self.weight(row)).collect();
        level(&mut weights);
        let before = weights.clone();
        let mut rounds = fit(&mut weights, &margins);
        for _ in 0..MOST_TRIMS {
            if !trim(&mut weights) {
                break;
            }
            rounds += fit(&mut weights, &margins);
        }
        // Cut and level by turns, so that both hold.
        for _ in 0..MOST_TRIMS {
            if !trim(&mut weights) {
                break;
            }
            level(&mut weights);
        }
        trim(&mut weights);
        let at_end = |weight: &&f64| **weight <= TRIMMED.0 || **weight >= TRIMMED.1;
        let trimmed = Some(weights.iter().filter(at_end).count()).filter(|count| !is_small(*count as u32));
        let gaps = self.gaps(&margins, &before, &weights);
        let (deff, effective) = kish(&weights);
        let converged = margins.iter().all(|margin| margin.holds(&weights));
        Some(Raked { weights, rounds, converged, trimmed, deff, effective, gaps })
    }

    fn margin(&self, margin: &crate::case::SurveyMargin) -> Option<Margin> {
        let question = self.survey.question(&margin.question)?;
        let levels = self.levels(question)?;
        let shown = self.groups(question, &levels).shown;
        let one = shown.iter().position(|shown| !shown);
        let place = |option: usize| if shown[option] { option } else { one.unwrap_or(option) };
        let groups: Vec<Option<usize>> = levels.iter().map(|level| level.map(place)).collect();
        let mut asked = vec![0.0; shown.len()];
        for (at, option) in question.options.iter().enumerate() {
            asked[place(at)] += margin.shares.get(option).copied().unwrap_or(0.0);
        }
        let filled = |at: usize| groups.contains(&Some(at));
        let targets: Vec<f64> =
            asked.iter().enumerate().map(|(at, share)| if filled(at) { *share } else { 0.0 }).collect();
        let sum: f64 = targets.iter().sum();
        let targets = targets.into_iter().map(|target| target / sum).collect();
        (sum > 0.0).then_some(Margin { groups, targets, asked, shown })
    }

    /// What each group of each margin should have, had and has; the largest differences first, hidden ones last.
    fn gaps(&self, margins: &[Margin], before: &[f64], after: &[f64]) -> Vec<Gap> {
        let mut gaps = Vec::new();
        let named = self.survey.margins.iter().filter(|named| self.margin(named).is_some());
        for (named, margin) in named.zip(margins) {
            let Some(question) = self.survey.question(&named.question) else { continue };
            let (before, after) = (margin.shares(before), margin.shares(after));
            for (at, option) in question.options.iter().enumerate() {
                gaps.push(Gap {
                    question: question.id.clone(),
                    option: option.clone(),
                    target: named.shares.get(option).copied().unwrap_or(0.0),
                    before: margin.shown[at].then_some(before[at]),
                    after: margin.shown[at].then_some(after[at]),
                    count: margin.shown[at].then(|| margin.groups.iter().filter(|g| **g == Some(at)).count()),
                });
            }
        }
        let off = |gap: &Gap| gap.after.map_or(-1.0, |after| (after - gap.target).abs());
        gaps.sort_by(|a, b| off(b).total_cmp(&off(a)));
        gaps
    }
}

impl Margin {
    fn shares(&self, weights: &[f64]) -> Vec<f64> {
        let mut shares = vec![0.0; self.targets.len()];
        for (group, weight) in self.groups.iter().zip(weights) {
            if let Some(group) = group {
                shares[*group] += weight;
            }
        }
        let sum: f64 = shares.iter().sum();
        shares.into_iter().map(|share| if sum > 0.0 { share / sum } else { 0.0 }).collect()
    }

    /// Whether no group is off by much.
    fn holds(&self, weights: &[f64]) -> bool {
        self.shares(weights).iter().zip(&self.asked).all(|(share, asked)| (share - asked).abs() <= NEARLY)
    }

    /// Multiplies each group's weights by what it lacks. A group whose target is 0 is left to the trimming.
    fn fit(&self, weights: &mut [f64]) -> f64 {
        let shares = self.shares(weights);
        let lacks: Vec<f64> = shares
            .iter()
            .zip(&self.targets)
            .map(|(share, target)| if *share > 0.0 { target / share } else { 1.0 })
            .collect();
        for (group, weight) in self.groups.iter().zip(weights) {
            if let Some(group) = group {
                *weight *= lacks[*group];
            }
        }
        shares.iter().zip(&self.targets).map(|(share, target)| (share - target).abs()).fold(0.0, f64::max)
    }
}

/// Margin by margin until all hold; how many rounds that took.
fn fit(weights: &mut [f64], margins: &[Margin]) -> usize {
    for round in 1..=MOST_ROUNDS {
        let worst = margins.iter().map(|margin| margin.fit(weights)).fold(0.0, f64::max);
        level(weights);
        if worst < HOLDS {
            return round;
        }
    }
    MOST_ROUNDS
}

/// Cuts what lies outside; whether anything did.
fn trim(weights: &mut [f64]) -> bool {
    let (low, high) = TRIMMED;
    let outside = weights.iter().any(|weight| *weight < low - 1e-9 || *weight > high + 1e-9);
    weights.iter_mut().for_each(|weight| *weight = weight.clamp(low, high));
    outside
}

/// Mean 1.
fn level(weights: &mut [f64]) {
    let mean = weights.iter().sum::<f64>() / weights.len() as f64;
    if mean > 0.0 {
        weights.iter_mut().for_each(|weight| *weight /= mean);
    }
}
