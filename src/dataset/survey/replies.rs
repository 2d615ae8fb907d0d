//! Columns read as answers; what cannot be read is told and left out.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset};

use super::matching::{Columns, Matched};
use super::moment;
use super::sheet::Sheet;
use super::values::{Chosen, Options, mark, seconds, ticked};
use crate::case::{Answers, Checklist, Finding, Question, QuestionKind, Replies, Survey};

/// More than that share of answers that fit no option: the options are another questionnaire's.
const OTHER_OPTIONS: f64 = 0.2;

pub(super) struct Reading<'a> {
    pub(super) sheet: &'a Sheet,
    pub(super) offset: FixedOffset,
    pub(super) found: Checklist,
}

impl Reading<'_> {
    /// Every question's answers. Whatever the survey does not name of platforms' own columns is read by its name.
    pub(super) fn answers(&mut self, survey: &Survey, matched: &[Matched]) -> Answers {
        let column = |kind| {
            let named = matched.iter().find(|matched| matched.question.kind == kind);
            let named = named.and_then(|matched| match &matched.columns {
                Columns::One(heading) => Some(heading.at),
                Columns::Ticks(_) => None,
            });
            named.or_else(|| self.sheet.of_system(kind).map(|heading| heading.at))
        };
        let [id, time, duration, weight] =
            [QuestionKind::Id, QuestionKind::Time, QuestionKind::Duration, QuestionKind::Weight].map(column);
        let mut answers = Answers {
            ids: self.ids(id),
            lines: self.sheet.rows.iter().map(|(line, _)| *line).collect(),
            times: self.times(time),
            seconds: self.column(duration, seconds),
            weights: self.weights(weight, survey),
            ..Answers::default()
        };
        for matched in matched.iter().filter(|matched| matched.question.kind.is_asked()) {
            let mut others = vec![None; answers.ids.len()];
            let replies = self.replies(matched, &mut others);
            let beside = matched.fills.iter().flat_map(|fill| self.sheet.cells(fill.at).enumerate());
            for (at, (_, cell)) in beside.filter(|(_, (_, cell))| !cell.is_empty()) {
                others[at] = Some(cell.to_owned());
            }
            answers.replies.insert(matched.question.id.clone(), replies);
            if others.iter().any(Option::is_some) {
                answers.others.insert(matched.question.id.clone(), others);
            }
        }
        answers
    }

    fn column<T>(&self, at: Option<usize>, read: impl Fn(&str) -> Option<T>) -> Vec<Option<T>> {
        match at {
            Some(at) => self.sheet.cells(at).map(|(_, cell)| read(cell)).collect(),
            None => self.sheet.rows.iter().map(|_| None).collect(),
        }
    }

    /// The ids of the file, or the lines where it has none.
    fn ids(&mut self, at: Option<usize>) -> Vec<String> {
        let ids = self.column(at, |cell| (!cell.is_empty()).then(|| cell.to_owned()));
        let lines = self.sheet.rows.iter().map(|(line, _)| *line);
        if at.is_some() {
            let blank: Vec<usize> =
                lines.clone().zip(&ids).filter(|(_, id)| id.is_none()).map(|(line, _)| line).collect();
            if !blank.is_empty() {
                self.found.add(
                    Finding::warning(
                        "no_id",
                        "没有编号，改用行号：若是合并单元格或汇总行，请先拆开或删去再导入",
                        "no id; the line's number stands for it: unmerge cells and delete rows of totals first",
                    )
                    .on(blank),
                );
            }
        }
        let line = |(id, line): (Option<String>, usize)| id.unwrap_or_else(|| format!("line{line}"));
        ids.into_iter().zip(lines).map(line).collect()
    }

    fn times(&mut self, at: Option<usize>) -> Vec<Option<DateTime<FixedOffset>>> {
        let times = self.column(at, |cell| moment(cell, self.offset));
        let Some(at) = at else { return times };
        let odd = self.sheet.cells(at).zip(&times).filter(|((_, cell), time)| !cell.is_empty() && time.is_none());
        let odd: Vec<usize> = odd.map(|((line, _), _)| line).collect();
        let finding = match odd.len() {
            0 => return times,
            count if count == times.len() => Finding::fatal,
            _ => Finding::warning,
        };
        self.found.add(
            finding(
                "time",
                "提交时间是文字，看不懂：请写成 2026-09-07 08:12:00（或在表格里把这一列设为日期时间格式）",
                "the time is not understood: write it as 2026-09-07 08:12:00, or format the column as date and time",
            )
            .on(odd),
        );
        times
    }

    /// Weights of the file's own; one that is missing or not above 0 is fatal, since whoever has none counts for nothing.
    fn weights(&mut self, at: Option<usize>, survey: &Survey) -> Option<Vec<f64>> {
        let at = at?;
        let weights =
            self.column(Some(at), |cell| cell.parse::<f64>().ok().filter(|weight| weight.is_finite() && *weight > 0.0));
        let lines = self.sheet.rows.iter().map(|(line, _)| *line);
        let odd: Vec<usize> =
            lines.zip(&weights).filter(|(_, weight)| weight.is_none()).map(|(line, _)| line).collect();
        if !odd.is_empty() {
            self.found.add(
                Finding::fatal(
                    "weight",
                    "权重缺失、不是数或不大于 0：请补上；不加权请把这一列改为 kind = \"skip\"",
                    "the weight is missing, no number or not above 0: fill it in, or make the column kind = \"skip\"",
                )
                .on(odd),
            );
        }
        if !survey.margins.is_empty() {
            self.found.add(Finding::warning(
                "two_weights",
                "文件里已有权重，survey.toml 又给了总体构成：将在文件的权重之上再加权",
                "the file has weights and survey.toml has margins: raking starts from the file's weights",
            ));
        }
        Some(weights.into_iter().map(|weight| weight.unwrap_or(1.0)).collect())
    }

    fn replies(&mut self, matched: &Matched, others: &mut [Option<String>]) -> Replies {
        let question = matched.question;
        match (&matched.columns, question.kind) {
            (Columns::Ticks(headings), _) => {
                self.ticks(question, &headings.iter().map(|heading| heading.at).collect::<Vec<_>>())
            }
            (Columns::One(heading), QuestionKind::Multiple) => self.several(question, heading.at, others),
            (Columns::One(heading), QuestionKind::Rating | QuestionKind::Nps) => self.marks(question, heading.at),
            (Columns::One(heading), QuestionKind::Background | QuestionKind::Single) => {
                self.one(question, heading.at, others)
            }
            (Columns::One(heading), _) => {
                Replies::Text(self.column(Some(heading.at), |cell| (!cell.is_empty()).then(|| cell.to_owned())))
            }
        }
    }

    fn options<'q>(&mut self, question: &'q Question, at: usize) -> Options<'q> {
        let options = Options::of(&question.options, self.sheet.cells(at).map(|(_, cell)| cell));
        if options.are_coded() && self.sheet.cells(at).any(|(_, cell)| !cell.is_empty()) {
            self.found.add(
                Finding::warning(
                    "coded",
                    format!("{} 的答案是选项序号，按 survey.toml 里选项的次序读：请核对次序与问卷一致", question.id),
                    format!(
                        "the answers of {} are numbers of options: check that survey.toml lists them in order",
                        question.id
                    ),
                )
                .of(&question.id),
            );
        }
        options
    }

    fn one(&mut self, question: &Question, at: usize, others: &mut [Option<String>]) -> Replies {
        let options = self.options(question, at);
        let mut unknown = Vec::new();
        let read = |(row, (line, cell)): (usize, (usize, &str))| match options.one(cell) {
            _ if cell.is_empty() => None,
            Chosen::Option(option, beside) => {
                others[row] = beside.or(others[row].take());
                Some(option)
            }
            Chosen::Unknown => {
                unknown.push(line);
                None
            }
        };
        let column: Vec<Option<u16>> = self.sheet.cells(at).enumerate().map(read).collect();
        self.unknown(question, unknown, column.iter().flatten().count());
        Replies::Choice(column)
    }

    fn several(&mut self, question: &Question, at: usize, others: &mut [Option<String>]) -> Replies {
        let options = self.options(question, at);
        let mut unknown = Vec::new();
        let read = |(row, (line, cell)): (usize, (usize, &str))| {
            let (chosen, beside, strange) = options.several(cell);
            others[row] = beside.or(others[row].take());
            if strange {
                unknown.push(line);
            }
            (!chosen.is_empty()).then_some(chosen)
        };
        let column: Vec<Option<Vec<u16>>> = self.sheet.cells(at).enumerate().map(read).collect();
        self.unknown(question, unknown, column.iter().flatten().count());
        Replies::Choices(column)
    }

    /// A row in which every cell is blank did not see the question.
    fn ticks(&mut self, question: &Question, places: &[usize]) -> Replies {
        let mut strange: BTreeMap<usize, ()> = BTreeMap::new();
        let rows = self.sheet.rows.len();
        let mut column: Vec<Option<Vec<u16>>> = vec![None; rows];
        for (option, at) in places.iter().enumerate() {
            for (row, (line, cell)) in self.sheet.cells(*at).enumerate().filter(|(_, (_, cell))| !cell.is_empty()) {
                let chosen = column[row].get_or_insert_default();
                match ticked(cell, &question.options[option]) {
                    Some(true) => chosen.push(option as u16),
                    Some(false) => {}
                    None => _ = strange.insert(line, ()),
                }
            }
        }
        let lines: Vec<usize> = strange.into_keys().collect();
        self.unknown(question, lines, column.iter().flatten().count());
        Replies::Choices(column)
    }

    fn marks(&mut self, question: &Question, at: usize) -> Replies {
        let (low, high) = question.range().unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
        let marks = question.marks();
        let (mut outside, mut between, mut no_mark) = (Vec::new(), Vec::new(), Vec::new());
        let read = |(line, cell): (usize, &str)| match mark(cell) {
            _ if cell.is_empty() => None,
            Some(mark) if marks.as_ref().map_or((low..=high).contains(&mark), |marks| marks.contains(&mark)) => {
                Some(mark)
            }
            Some(mark) if (low..=high).contains(&mark) => {
                between.push(line);
                None
            }
            Some(_) => {
                outside.push(line);
                None
            }
            None => {
                no_mark.push(line);
                None
            }
        };
        let column: Vec<Option<f64>> = self.sheet.cells(at).map(read).collect();
        let id = &question.id;
        if !outside.is_empty() {
            self.found.add(
                Finding::warning(
                    "out_of_range",
                    format!("{id} 的分数不在 {low}—{high} 之间，按未答处理：请核对是录错还是量表写错"),
                    format!("marks of {id} are not within {low}–{high} and count as no answer: check marks and scale"),
                )
                .on(outside)
                .of(id),
            );
        }
        if !between.is_empty() {
            self.found.add(
                Finding::warning(
                    "between_marks",
                    format!("{id} 的分数在所列各分值之间，按未答处理：请核对，允许半分的请在 options 里列出每个分值"),
                    format!("marks of {id} lie between those listed and count as no answer: check them or list each"),
                )
                .on(between)
                .of(id),
            );
        }
        self.unknown(question, no_mark, column.iter().flatten().count());
        Replies::Number(column)
    }

    /// Cells that are no answer to the question; `known` are those that are.
    fn unknown(&mut self, question: &Question, lines: Vec<usize>, known: usize) {
        if lines.is_empty() {
            return;
        }
        let id = &question.id;
        let most = lines.len() as f64 > OTHER_OPTIONS * (lines.len() + known) as f64;
        let finding = if most {
            Finding::fatal(
                "other_options",
                format!(
                    "{id} 有 {} 格答案不在选项里，超过五分之一：请照文件改正 survey.toml 的选项，或核对是不是同一份问卷",
                    lines.len()
                ),
                format!(
                    "{} answers of {id} are none of the options, more than a fifth: correct the options",
                    lines.len()
                ),
            )
        } else {
            Finding::warning(
                "unknown_option",
                format!("{id} 的答案不在选项里，按未答处理：请改正答案，或在 survey.toml 补上选项"),
                format!(
                    "answers of {id} are none of its options and count as no answer: correct them or add the option"
                ),
            )
        };
        self.found.add(finding.on(lines).of(id));
    }
}
