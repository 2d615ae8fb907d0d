//! Answers as tables, for those who go on counting elsewhere. What is hidden in an answer is blank in its table.

use super::{AnswerLine, AnswerList, QuestionFigures, ThemeFigures};
use crate::analytics::survey::{Closed, Cross, Mean, Nps, Satisfaction, Share};
use crate::case::{MappedTheme, NO_OPINION, OFF_TOPIC};
use crate::dataset::export::{Cell, Column, Holds, Table, column};

/// The columns of a share, after those that say of what.
fn share_columns(of: Vec<Column>) -> Vec<Column> {
    let share = [
        column("count", "份数", Holds::Count, "未加权；按主题计的为人数；不足 5 的，以及会推出它们的，不给出"),
        column("base", "底数", Holds::Count, "以多少份（人）为底，未加权"),
        column("share", "占比", Holds::Share, "0 到 1；加权时为加权占比"),
        column("low", "区间下限", Holds::Share, "95% 威尔逊区间；不该有区间的没有"),
        column("high", "区间上限", Holds::Share, "95% 威尔逊区间；不该有区间的没有"),
        column("few", "不足 30", Holds::Truth, "底数不足 30，只列数，不解读"),
    ];
    of.into_iter().chain(share).collect()
}

fn count(number: usize) -> Cell {
    Cell::Count(i64::try_from(number).unwrap_or(i64::MAX))
}

fn maybe(share: Option<f64>) -> Cell {
    share.map_or(Cell::Blank, Cell::Share)
}

fn share_cells(share: Option<&Share>) -> [Cell; 6] {
    share.map_or([const { Cell::Blank }; 6], |share| {
        let Share { count: of, base, share, low, high, few, .. } = *share;
        [count(of), count(base), Cell::Share(share), maybe(low), maybe(high), Cell::Truth(few)]
    })
}

impl QuestionFigures {
    /// One row for each option and each measure of each question, and for each group where they are crossed.
    pub fn table(&self) -> Table {
        let of = vec![
            column("question", "题号", Holds::Words, "与答卷文件一致"),
            column("text", "题目", Holds::Words, "原文；矩阵题前有大题"),
            column("kind", "题型", Holds::Words, "单选、多选、打分等"),
            column("by", "背景题", Holds::Words, "交叉的背景题题号；不交叉的没有"),
            column("group", "背景组", Holds::Words, "背景题的选项；不交叉的没有"),
            column("measure", "指标", Holds::Words, "选项、满意率、未表态、均值、净推荐值等"),
            column("option", "选项", Holds::Words, "指标为选项时"),
            column("score", "数值", Holds::Number, "均值和净推荐值；占比见其后各列"),
        ];
        let rows = self.questions.iter().flat_map(|closed| {
            let crossed = self.cross.iter().filter(|cross| cross.question == closed.question);
            measured(closed).into_iter().chain(crossed.flat_map(|cross| grouped(closed, cross)))
        });
        Table { title: "封闭题结果", columns: share_columns(of), rows: rows.collect() }
    }
}

/// A row: of which group, what was measured, of which option, the score, and the share.
fn row(
    closed: &Closed,
    group: [Cell; 2],
    measure: &str,
    option: Cell,
    score: Cell,
    share: Option<&Share>,
) -> Vec<Cell> {
    let text = closed.matrix.iter().map(String::as_str).chain([closed.text.as_str()]).collect::<Vec<_>>().join(" — ");
    let words = |text: &str| Cell::Words(text.to_owned());
    let of = [words(&closed.question), Cell::Words(text), words(closed.kind.zh())];
    let rest = [words(measure), option, score];
    of.into_iter().chain(group).chain(rest).chain(share_cells(share)).collect()
}

fn measured(closed: &Closed) -> Vec<Vec<Cell>> {
    let whole = || [Cell::Blank, Cell::Blank];
    let of = |measure: &str, share: Option<&Share>| row(closed, whole(), measure, Cell::Blank, Cell::Blank, share);
    let scored = |measure: &str, score: f64, base: usize, few: bool| {
        let mut cells = row(closed, whole(), measure, Cell::Blank, Cell::Number(score), None);
        let [.., based, _, _, _, is_few] = cells.as_mut_slice() else { return cells };
        (*based, *is_few) = (count(base), Cell::Truth(few));
        cells
    };
    let parts = closed.parts.iter();
    let option = |option: &str| Cell::Words(option.to_owned());
    let mut rows: Vec<_> = parts
        .map(|part| row(closed, whole(), "选项", option(&part.option), Cell::Blank, part.share.as_ref()))
        .collect();
    if let Some(Satisfaction { of_expressed, of_answered, missing }) = &closed.satisfaction {
        rows.push(of("满意率（以表了态的为底）", of_expressed.as_ref()));
        rows.push(of("满意率（未表态计入底数）", of_answered.as_ref()));
        rows.push(of("未表态", missing.as_ref()));
    }
    if let Some(Mean { mean, base, few, top_two, .. }) = &closed.mean {
        rows.push(scored("均值", *mean, *base, *few));
        rows.push(of("打最高两档的", top_two.as_ref()));
    }
    if let Some(Nps { score, base, few, promoters, passives, detractors, .. }) = &closed.nps {
        rows.push(scored("净推荐值", *score, *base, *few));
        rows.push(of("推荐者", Some(promoters)));
        rows.push(of("中立者", Some(passives)));
        rows.push(of("贬损者", Some(detractors)));
    }
    rows
}

fn grouped<'a>(closed: &'a Closed, cross: &'a Cross) -> impl Iterator<Item = Vec<Cell>> + 'a {
    cross.rows.iter().flat_map(move |group| {
        cross.columns.iter().zip(&group.cells).map(move |(option, cell)| {
            let of = [Cell::Words(cross.by.clone()), Cell::Words(group.option.clone())];
            row(closed, of, "选项", Cell::Words(option.clone()), Cell::Blank, cell.share.as_ref())
        })
    })
}

impl ThemeFigures {
    /// One row for each theme and each sub-theme.
    pub fn table(&self) -> Table {
        let of = vec![
            column("code", "代码", Holds::Words, "主题代码；NONE 没有意见，OFF 别的事"),
            column("theme", "主题", Holds::Words, "一级主题"),
            column("sub", "子主题", Holds::Words, "子主题；一级主题的行没有"),
            column("description", "界线", Holds::Words, "什么算、什么不算"),
        ];
        let attitudes = [
            column("positive", "肯定", Holds::Count, "人数；不显示的没有"),
            column("negative", "否定", Holds::Count, "人数；不显示的没有"),
            column("mixed", "有褒有贬", Holds::Count, "人数；不显示的没有"),
            column("neutral", "中性", Holds::Count, "人数；不显示的没有"),
        ];
        let row = |code: &str, theme: &str, sub: Option<&str>, description: &str, share: Option<&Share>| {
            let of = [Cell::of(Some(code)), Cell::of(Some(theme)), Cell::of(sub), Cell::of(Some(description))];
            of.into_iter().chain(share_cells(share)).collect::<Vec<_>>()
        };
        let felt = |mut cells: Vec<Cell>, felt: [Option<usize>; 4]| {
            cells.extend(felt.map(|people| people.map_or(Cell::Blank, count)));
            cells
        };
        let mut rows = Vec::new();
        for theme in &self.themes {
            let told = theme.sentiment.unwrap_or_default();
            let whole = row(&theme.code, &theme.name, None, &theme.description, theme.share.as_ref());
            rows.push(felt(whole, [told.positive, told.negative, told.mixed, told.neutral]));
            for sub in &theme.sub {
                rows.push(felt(row(&sub.code, &theme.name, Some(&sub.name), "", sub.share.as_ref()), [None; 4]));
            }
        }
        rows.push(felt(row(NO_OPINION, "没有意见", None, "", self.none.as_ref()), [None; 4]));
        rows.push(felt(row(OFF_TOPIC, "别的事", None, "", self.off.as_ref()), [None; 4]));
        let columns = share_columns(of).into_iter().chain(attitudes).collect();
        Table { title: "开放题结果", columns, rows }
    }
}

impl AnswerList {
    /// One row for each answer.
    pub fn table(&self) -> Table {
        let columns = vec![
            column("question", "题号", Holds::Words, "与答卷文件一致"),
            column("respondent", "答卷序号", Holds::Words, "与答卷文件一致"),
            column("chosen", "所选", Holds::Words, "封闭题：选项或分数"),
            column("text", "原话", Holds::Words, "已脱敏"),
            column("themes", "主题", Holds::Words, "签认的主题名称；子主题在括号里"),
            column("theme_codes", "主题代码", Holds::Words, "签认的主题代码；子主题在括号里"),
            column("sentiment", "态度", Holds::Words, "肯定、否定、有褒有贬、中性；签认之后才有"),
            column("confirmed", "人工确认", Holds::Truth, "主题以人工确认为准"),
            column("copy_of", "雷同于", Holds::Words, "与哪一份几乎一样；不重复计数"),
        ];
        let code = |code: &str| code.to_owned();
        let name = |code: &str| self.names.get(code).map_or(code, String::as_str).to_owned();
        let told = |theme: &MappedTheme, said: &dyn Fn(&str) -> String| {
            let sub: Vec<String> = theme.sub.iter().map(|sub| said(&sub.code)).collect();
            let theme = said(&theme.code);
            if sub.is_empty() { theme } else { format!("{theme}（{}）", sub.join("、")) }
        };
        let joined = |words: Vec<String>| Cell::of((!words.is_empty()).then(|| words.join("、")).as_deref());
        let row = |line: &AnswerLine| {
            vec![
                Cell::of(Some(&line.question)),
                Cell::of(Some(&line.respondent)),
                joined(line.chosen.clone()),
                Cell::of(line.text.as_deref()),
                joined(line.themes.iter().map(|theme| told(theme, &name)).collect()),
                joined(line.themes.iter().map(|theme| told(theme, &code)).collect()),
                Cell::of(line.sentiment.map(|sentiment| sentiment.zh())),
                Cell::Truth(line.confirmed),
                Cell::of(line.copy_of.as_ref().map(|copy| copy.respondent.as_str())),
            ]
        };
        Table { title: "答案", columns, rows: self.answers.iter().map(row).collect() }
    }
}
