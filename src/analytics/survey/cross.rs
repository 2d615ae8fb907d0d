//! A closed question by a background (交叉分析).
//!
//! Shares are weighted where the sample is; the tests are of the answers themselves, unweighted, since the law of χ² is
//! not that of weighted counts (J. N. K. Rao and A. J. Scott 1981, JASA 76:221): they say whether the answers of those
//! who answered differ by more than chance. Tests are made of the groups that are shown whole, so that they tell nothing
//! of what is hidden. How many of a group had no opinion may follow from its bases: that is no answer.

use serde::Serialize;
use utoipa::ToSchema;

use super::association::{chi_square, fisher, residuals, trimmed};
use super::closed::Groups;
use super::interval::two_sided;
use super::{Sample, Share, Total, hide};
use crate::analytics::burst::discovery::{adjusted, holm};
use crate::case::{FEW_ANSWERS, Question, QuestionKind};

/// 一道题按一道背景题分组的结果。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Cross {
    /// 背景题题号
    pub by: String,
    /// 被分组的题号
    pub question: String,
    /// 各列：选项；满意度题并为 满意、其余，未表态不计入
    pub columns: Vec<String>,
    pub rows: Vec<CrossRow>,
    /// 两题都答了的份数，未表态不计入；整表不显示时没有
    pub base: Option<usize>,
    /// 检验，只用全部显示的组；样本不是抽来的没有
    pub test: Option<Association>,
    /// 检验做不了或靠不住时说明原因和办法
    pub caution: Option<String>,
}

/// 背景题的一组。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CrossRow {
    pub option: String,
    /// 这一组的份数；少于 5 份的不显示
    pub base: Option<usize>,
    /// 不足 30 份，只列数，不解读
    pub few: bool,
    pub cells: Vec<CrossCell>,
}

/// 一格。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CrossCell {
    /// 份数和占这一组的比；少于 5 份的，以及会泄露它们的，不显示
    pub share: Option<Share>,
    /// 调整残差；不足 30 份的组和不显示的格没有
    pub residual: Option<f64>,
    /// 残差的 p 值，在本表各格之间按 BH 校正
    pub p: Option<f64>,
    /// 明显高（true）或低（false）于其他组：校正后 p < 0.05
    pub higher: Option<bool>,
}

/// 两题有没有关系的检验。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Association {
    pub method: Method,
    /// χ²；费舍尔检验没有
    pub statistic: Option<f64>,
    /// 自由度
    pub freedom: Option<f64>,
    pub p: f64,
    /// 同一批交叉表之间按 Holm 校正的 p；由 `judged` 填写
    pub p_adjusted: Option<f64>,
    /// 克莱姆 V，0 到 1
    pub v: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// χ² 检验
    ChiSquare,
    /// 费舍尔精确检验
    Fisher,
}

/// Said where no part of a table may be shown.
const HIDDEN: &str = "有的答案不足五份，分组会由此推出它们，整表不显示。";

/// The columns of a cross table: for each answer its column, and the columns' names.
type Columns = (Vec<Option<usize>>, Vec<String>);

impl Sample<'_> {
    /// A question of one choice or of marks by a background. Questions of satisfaction are cut into 满意 and the rest
    /// of those who expressed an opinion, NPS into promoters, passives and detractors. None where either was not read.
    pub fn cross(&self, by: &Question, question: &Question) -> Option<Cross> {
        let rows = self.levels(by)?;
        let (columns, names) = self.columns(question)?;
        let both = |row: usize| Some((rows[row]?, columns[row]?));
        let mut counts = vec![vec![0; names.len()]; by.options.len()];
        for (row, column) in (0..self.answers.len()).filter_map(both) {
            counts[row][column] += 1;
        }
        let hidden = self.hidden(by, question, &counts);
        // What is tested is what is shown.
        let whole = |row: &usize| !hidden[*row].contains(&true) && counts[*row].iter().any(|cell| *cell > 0);
        let tested_rows: Vec<usize> = (0..counts.len()).filter(whole).collect();
        let cells = |row: &usize| counts[*row].iter().map(|cell| *cell as u64).collect();
        let table: Vec<Vec<u64>> = tested_rows.iter().map(cells).collect();
        let notable = notable(&table);
        let one = |at: usize| {
            let whole = self.tally(|row| both(row).is_some_and(|(row, _)| row == at));
            let few = whole.count < FEW_ANSWERS;
            let place = tested_rows.iter().position(|row| *row == at);
            let cell = |column: usize| {
                let part = self.tally(|row| both(row) == Some((at, column)));
                let judged = place.and_then(|place| notable[place][column]);
                let judged = judged.filter(|_| !few && self.has_precision());
                CrossCell {
                    share: self.share(part, whole).filter(|_| !hidden[at][column] && !hidden[at][names.len()]),
                    residual: judged.map(|(residual, _)| residual),
                    p: judged.map(|(_, p)| p),
                    higher: judged.filter(|(_, p)| *p < 0.05).map(|(residual, _)| residual > 0.0),
                }
            };
            CrossRow {
                option: by.options[at].clone(),
                base: (!hidden[at][names.len()]).then_some(whole.count),
                few: few && !hidden[at][names.len()],
                cells: (0..names.len()).map(cell).collect(),
            }
        };
        let rows: Vec<CrossRow> = (0..by.options.len()).map(one).collect();
        let told = !hidden[counts.len()][names.len()];
        let left_out = hidden.iter().flatten().any(|hidden| *hidden);
        let (test, caution) = match self.has_precision() {
            true if told => tested(&table, left_out),
            _ => (None, (!told).then(|| HIDDEN.to_owned())),
        };
        let base = told.then(|| counts.iter().flatten().sum());
        Some(Cross { by: by.id.clone(), question: question.id.clone(), columns: names, rows, base, test, caution })
    }

    /// What of the counts and their totals is hidden, beside what is shown of either question by itself. Two backgrounds
    /// are crossed both ways and hide the same both ways.
    fn hidden(&self, by: &Question, question: &Question, counts: &[Vec<usize>]) -> Vec<Vec<bool>> {
        let place = |question: &Question| self.survey.questions.iter().position(|other| other.id == question.id);
        if question.kind == QuestionKind::Background && place(question) < place(by) {
            return turned(&self.hidden(question, by, &turned(counts)));
        }
        let groups = |question: &Question| Some(self.groups(question, &self.levels(question)?));
        let some = || {
            let (by, asked) = (groups(by)?, groups(question)?);
            // With the mean, or without the number of opinions, the sums of the table would tell what is hidden there.
            if !asked.tell_opinions() || asked.mean_is_bare {
                return None;
            }
            let total = |row: usize| match counts[row].iter().sum::<usize>() {
                _ if !by.shown[row] => Total::Hidden,
                total if total == by.tallies[row].count => Total::Known,
                _ => Total::Open,
            };
            let rows: Vec<Total> = (0..counts.len()).map(total).collect();
            hide(counts, &rows, &told_columns(question, &asked))
        };
        let width = counts.first().map_or(0, Vec::len);
        some().unwrap_or_else(|| vec![vec![true; width + 1]; counts.len() + 1])
    }

    fn columns(&self, question: &Question) -> Option<Columns> {
        let levels = self.levels(question)?;
        let names = match question.kind {
            QuestionKind::Nps => ["推荐者", "中立者", "贬损者"].map(str::to_owned).into(),
            _ if question.is_satisfaction() => {
                vec![question.favourable.iter().flatten().cloned().collect::<Vec<_>>().join("、"), "其余".to_owned()]
            }
            _ => opinions(question).map(|at| question.options[at].clone()).collect(),
        };
        Some((levels.into_iter().map(|level| column(question, level?)).collect(), names))
    }
}

/// Rows as columns.
fn turned<T: Copy>(table: &[Vec<T>]) -> Vec<Vec<T>> {
    let width = table.first().map_or(0, Vec::len);
    (0..width).map(|at| table.iter().map(|row| row[at]).collect()).collect()
}

/// Which totals of the columns are shown by the question itself.
fn told_columns(question: &Question, groups: &Groups) -> Vec<bool> {
    match question.kind {
        QuestionKind::Nps => groups.shown_totals.to_vec(),
        _ if question.is_satisfaction() => groups.shown_totals[..2].to_vec(),
        _ => opinions(question).map(|at| groups.shown[at]).collect(),
    }
}

/// The options that are an opinion.
fn opinions(question: &Question) -> impl Iterator<Item = usize> {
    (0..question.options.len()).filter(|at| !question.is_missing(*at))
}

/// The column of an option; none for no opinion.
fn column(question: &Question, level: usize) -> Option<usize> {
    match question.kind {
        QuestionKind::Nps => Some(usize::from(level < 9) + usize::from(level < 7)),
        _ if question.is_missing(level) => None,
        _ if question.is_satisfaction() => Some(usize::from(!question.is_favourable(level))),
        _ => opinions(question).position(|at| at == level),
    }
}

/// χ² where its law holds; Fisher's test for four cells; else nothing, and what to do.
fn tested(table: &[Vec<u64>], left_out: bool) -> (Option<Association>, Option<String>) {
    let Some(chi) = chi_square(table) else {
        let why = if left_out { "全部显示的不足两组" } else { "只有一组或一个答案" };
        return (None, Some(format!("{why}，没有可比的，不做检验。")));
    };
    let aside = if left_out { "有格不显示的组不在检验内。" } else { "" };
    let mut test = Association {
        method: Method::ChiSquare,
        statistic: Some(chi.statistic),
        freedom: Some(chi.freedom),
        p: chi.p,
        p_adjusted: None,
        v: chi.v,
    };
    if chi.holds() {
        return (Some(test), left_out.then(|| aside.to_owned()));
    }
    let share = (100.0 * chi.sparse).round();
    if let [[a, b], [c, d]] = trimmed(table).iter().map(Vec::as_slice).collect::<Vec<_>>()[..] {
        test = Association {
            method: Method::Fisher,
            statistic: None,
            freedom: None,
            p: fisher([[*a, *b], [*c, *d]]),
            ..test
        };
        return (Some(test), Some(format!("{share}% 的格期望频数不足 5，改用费舍尔精确检验。{aside}")));
    }
    let zh = format!(
        "{share}% 的格期望频数不足 5（最小 {:.1}），χ² 检验靠不住，不给 p 值：请把人数少的组或选项合并后再比。{aside}",
        chi.least
    );
    (None, Some(zh))
}

/// Residuals of all cells with their p, adjusted among them; none for cells of empty rows and columns.
fn notable(table: &[Vec<u64>]) -> Vec<Vec<Option<(f64, f64)>>> {
    let residuals = residuals(table);
    let chances: Vec<f64> = residuals.iter().flatten().flatten().map(|residual| two_sided(*residual)).collect();
    let mut adjusted = adjusted(&chances).into_iter();
    let mut next = |residual: &Option<f64>| Some(((*residual)?, adjusted.next()?));
    residuals.iter().map(|row| row.iter().map(&mut next).collect()).collect()
}

/// Several cross tables looked at together: their p adjusted by Holm among each other.
pub fn judged(mut tables: Vec<Cross>) -> Vec<Cross> {
    let chances: Vec<f64> = tables.iter().filter_map(|table| Some(table.test.as_ref()?.p)).collect();
    let tests = tables.iter_mut().filter_map(|table| table.test.as_mut());
    tests.zip(holm(&chances)).for_each(|(test, p)| test.p_adjusted = Some(p));
    tables
}
