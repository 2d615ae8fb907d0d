//! What goes with the overall mark (关键因素): rank correlations of single marks with it. No proof of cause.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Sample, Share};
use crate::analytics::burst::chance::student_two_sided;
use crate::analytics::burst::discovery::holm;
use crate::analytics::suppress::is_small;
use crate::case::{FEW_ANSWERS, Question, QuestionKind};

/// 一项与总体评价的关系。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Driver {
    /// 题号
    pub question: String,
    pub text: String,
    /// 斯皮尔曼等级相关，-1 到 1；越大，这一项满意的人总体也越满意
    pub correlation: f64,
    /// 两题都表了态的份数
    pub base: usize,
    /// 没有关系的 p 值（双侧），各项之间按 Holm 校正；样本不是抽来的没有
    pub p: Option<f64>,
    /// 这一项的满意率，以表了态的为底
    pub satisfaction: Option<Share>,
    /// 不足 30 份，只列数，不解读
    pub few: bool,
}

/// C. Spearman, American Journal of Psychology 15 (1904) 72: Pearson's correlation of ranks, equal values sharing the
/// mean of theirs. None where one side does not vary, or there are fewer than three.
pub fn spearman(pairs: &[(f64, f64)]) -> Option<f64> {
    if pairs.len() < 3 {
        return None;
    }
    let xs = ranks(&pairs.iter().map(|(x, _)| *x).collect::<Vec<_>>());
    let ys = ranks(&pairs.iter().map(|(_, y)| *y).collect::<Vec<_>>());
    let middle = (pairs.len() + 1) as f64 / 2.0;
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - middle) * (b - middle)).sum::<f64>();
    let spread = (product(&xs, &xs) * product(&ys, &ys)).sqrt();
    (spread > 0.0).then(|| product(&xs, &ys) / spread)
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    for same in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let first = order.partition_point(|at| values[*at] < values[same[0]]);
        same.iter().for_each(|at| ranks[*at] = first as f64 + (same.len() + 1) as f64 / 2.0);
    }
    ranks
}

impl Sample<'_> {
    /// Every question of satisfaction or of marks with the overall one, the closest first; none where the survey has no
    /// overall question. Left out are questions that fewer than five answered with an opinion beside it, and those of
    /// which it may not be known how many had one. p by Student's t of `r·√((n−2)/(1−r²))`.
    pub fn drivers(&self) -> Vec<Driver> {
        let overall = self.survey.overall.as_ref().and_then(|id| self.survey.question(id));
        let Some((overall, marks)) = overall.and_then(|overall| Some((overall, self.merits(overall)?))) else {
            return Vec::new();
        };
        let asked = |kind| matches!(kind, QuestionKind::Single | QuestionKind::Rating);
        let others = self.survey.questions.iter().filter(|question| asked(question.kind) && question.id != overall.id);
        let tells = |question: &Question| match self.levels(question) {
            Some(levels) => self.groups(question, &levels).tell_opinions(),
            None => true,
        };
        if !tells(overall) {
            return Vec::new();
        }
        let one = |question: &Question| {
            let merits = self.merits(question)?;
            let pairs: Vec<(f64, f64)> =
                merits.iter().zip(&marks).filter_map(|(one, all)| Some(((*one)?, (*all)?))).collect();
            if is_small(pairs.len() as u32) || !tells(question) {
                return None;
            }
            let correlation = spearman(&pairs)?;
            let freedom = pairs.len() as f64 - 2.0;
            let t = correlation * (freedom / (1.0 - correlation * correlation).max(1e-300)).sqrt();
            Some(Driver {
                question: question.id.clone(),
                text: question.text.clone(),
                correlation,
                base: pairs.len(),
                p: self.has_precision().then(|| student_two_sided(t, freedom)),
                satisfaction: self.closed(question)?.satisfaction.and_then(|shares| shares.of_expressed),
                few: pairs.len() < FEW_ANSWERS,
            })
        };
        let mut drivers: Vec<Driver> = others.filter_map(one).collect();
        let chances: Vec<f64> = drivers.iter().filter_map(|driver| driver.p).collect();
        drivers
            .iter_mut()
            .filter(|driver| driver.p.is_some())
            .zip(holm(&chances))
            .for_each(|(driver, p)| driver.p = Some(p));
        drivers.sort_by(|a, b| b.correlation.total_cmp(&a.correlation).then_with(|| a.question.cmp(&b.question)));
        drivers
    }
}
