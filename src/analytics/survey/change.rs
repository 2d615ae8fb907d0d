//! What became of a figure since the last wave (与上次调查比较).

use serde::Serialize;
use utoipa::ToSchema;

use super::Share;
use super::closed::{Closed, Mean, Nps};
use super::interval::{newcombe, two_means, two_nps, two_shares};
use crate::analytics::burst::discovery::holm;
use crate::case::FEW_ANSWERS;

/// 一个数与上次调查相比。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = SurveyChange)]
pub struct Change {
    /// 本次题号
    pub question: String,
    /// 比的是什么
    pub measured: Measured,
    /// 本次；占比 0 到 1，均值为分，净推荐值为点
    pub now: f64,
    /// 上次
    pub before: f64,
    /// 本次减上次；占比之差 0.01 是一个百分点
    pub difference: f64,
    /// 差的 95% 区间
    pub low: f64,
    pub high: f64,
    /// 没有变化的 p 值（双侧）；两次全是或全不是时没有
    pub p: Option<f64>,
    /// 同一批比较之间按 Holm 校正的 p
    pub p_adjusted: Option<f64>,
    /// 任一次不足 30 份，只列数，不解读
    pub few: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Measured {
    /// 满意率，以表了态的为底
    Satisfaction,
    /// 均值
    Mean,
    /// 净推荐值
    Nps,
}

/// Two independent shares: Newcombe's interval of the difference, and the test of the pooled share. Weighted ones count
/// with their effective numbers.
pub fn change_of_shares(question: &str, now: &Share, before: &Share) -> Change {
    let pairs = ((now.share, now.effective), (before.share, before.effective));
    let (difference, ends) = newcombe(pairs.0, pairs.1);
    let p = two_shares(pairs.0, pairs.1).map(|(_, p)| p);
    let few = now.base < FEW_ANSWERS || before.base < FEW_ANSWERS;
    change((question, Measured::Satisfaction), (now.share, before.share), (difference, ends, p), few)
}

/// Two independent means, by Welch; none where neither spreads, and where the spread may not be shown.
pub fn change_of_means(question: &str, now: &Mean, before: &Mean) -> Option<Change> {
    let part = |mean: &Mean| Some((mean.mean, mean.deviation?, mean.effective));
    let (difference, ends, p) = two_means(part(now)?, part(before)?)?;
    let few = now.few || before.few;
    Some(change((question, Measured::Mean), (now.mean, before.mean), (difference, ends, Some(p)), few))
}

/// Two independent NPS.
fn change_of_nps(question: &str, now: &Nps, before: &Nps) -> Option<Change> {
    let part = |nps: &Nps| (nps.promoters.share, nps.detractors.share, nps.effective);
    let (difference, ends, p) = two_nps(part(now), part(before))?;
    let few = now.few || before.few;
    Some(change((question, Measured::Nps), (now.score, before.score), (difference, ends, Some(p)), few))
}

fn change(
    (question, measured): (&str, Measured),
    (now, before): (f64, f64),
    (difference, (low, high), p): (f64, (f64, f64), Option<f64>),
    few: bool,
) -> Change {
    let question = question.to_owned();
    Change { question, measured, now, before, difference, low, high, p, p_adjusted: None, few }
}

/// Whatever both waves measured of each pair of questions (now, before), their p adjusted by Holm among each other.
/// Figures without intervals ([`crate::case::Precision::Never`]) are not tested.
pub fn changes(pairs: &[(&Closed, &Closed)]) -> Vec<Change> {
    let mut changes: Vec<Change> = pairs.iter().flat_map(|(now, before)| changes_of(now, before)).collect();
    let chances: Vec<f64> = changes.iter().filter_map(|change| change.p).collect();
    let tested = changes.iter_mut().filter(|change| change.p.is_some());
    tested.zip(holm(&chances)).for_each(|(change, p)| change.p_adjusted = Some(p));
    changes
}

fn changes_of(now: &Closed, before: &Closed) -> Vec<Change> {
    let id = now.question.as_str();
    let share = |closed: &Closed| closed.satisfaction.as_ref()?.of_expressed.filter(|share| share.low.is_some());
    let mean = |closed: &Closed| closed.mean.filter(|mean| mean.low.is_some());
    let nps = |closed: &Closed| closed.nps.filter(|nps| nps.low.is_some());
    let shares = share(now).zip(share(before)).map(|(now, before)| change_of_shares(id, &now, &before));
    let same = |(now, before): &(Mean, Mean)| (now.least, now.most) == (before.least, before.most);
    let means = mean(now).zip(mean(before)).filter(same).and_then(|(now, before)| change_of_means(id, &now, &before));
    let scores = nps(now).zip(nps(before)).and_then(|(now, before)| change_of_nps(id, &now, &before));
    [shares, means, scores].into_iter().flatten().collect()
}
