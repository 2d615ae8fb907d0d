//! Files of survey answers (问卷答卷) as 问卷星, 腾讯问卷 and the like export them: CSV and XLSX in, a guess of the
//! questions out, to be confirmed as `survey.toml`; or, given that, [`Answers`].
//!
//! Columns of personal data are dropped before a cell of them is read any further. What is wrong is told in a
//! [`Checklist`] that quotes no answer. Texts come out as they stood: whoever reads them masks them first
//! ([`Answers::each_text`]).

mod checks;
mod guess;
mod heading;
mod matching;
mod replies;
mod sheet;
mod toml;
mod values;

use std::path::Path;

use chrono::FixedOffset;

use self::heading::Heading;
use self::matching::Matched;
use self::replies::Reading;
use self::sheet::{Sheet, letters};
pub use self::toml::{ThemesFile, read_survey, write_survey};
use super::flaws::Flaws;
use super::intake::moment;
use super::table::{self, bytes_of};
use crate::case::{Answers, Checklist, Finding, Question, QuestionKind, Survey, SurveyColumn};
use crate::error::{Error, Result};

/// What a file of answers seems to ask.
#[derive(Debug, Clone, PartialEq)]
pub struct SurveyGuess {
    /// Not yet [`Survey::checked`]: who asked, and of whom, no file of answers tells.
    pub survey: Survey,
    pub columns: Vec<SurveyColumn>,
    pub checklist: Checklist,
}

/// A file of answers as read by a confirmed survey.
#[derive(Debug, Clone, PartialEq)]
pub struct SurveyRead {
    pub answers: Answers,
    pub columns: Vec<SurveyColumn>,
    /// Nothing may be computed while [`Checklist::settle`] refuses.
    pub checklist: Checklist,
}

/// Guesses from a file on disk.
pub fn guess_survey_file(path: &Path, offset: FixedOffset) -> Result<SurveyGuess> {
    guess_survey(path, bytes_of(path)?, offset)
}

/// Reads a file on disk.
pub fn read_answers_file(path: &Path, survey: &Survey, offset: FixedOffset) -> Result<SurveyRead> {
    read_answers(path, bytes_of(path)?, survey, offset)
}

/// Guesses the kind of each column of what was in a file of that name; times without an offset are of `offset`.
pub fn guess_survey(name: &Path, bytes: Vec<u8>, offset: FixedOffset) -> Result<SurveyGuess> {
    let mut checklist = Checklist::default();
    let sheet = sheet_of(name, bytes, &mut checklist)?;
    let mut questions = Vec::new();
    for block in &sheet.blocks {
        questions.extend(guess::questions(&sheet, block, questions.len() + 1));
    }
    guess::distinct(&mut questions);
    let days = sheet.of_system(QuestionKind::Time).map(|heading| {
        let times = sheet.cells(heading.at).filter_map(|(_, cell)| moment(cell, offset));
        let days: Vec<String> = times.map(|time| time.format("%Y-%m-%d").to_string()).collect();
        Some(format!("{}至{}", days.iter().min()?, days.iter().max()?))
    });
    let stem = name.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let survey = Survey {
        title: sheet.title.clone().or(stem).unwrap_or_default(),
        period: days.flatten().unwrap_or_default(),
        questions,
        ..Survey::default()
    };
    told_personal(&sheet, &mut checklist);
    let matched = matching::matched(&sheet, &survey, &mut Checklist::default());
    let columns = columns(&sheet, &matched);
    Ok(SurveyGuess { survey, columns, checklist: checklist.sorted() })
}

/// Reads what was in a file of that name by a survey that [`Survey::checked`] made whole.
pub fn read_answers(name: &Path, bytes: Vec<u8>, survey: &Survey, offset: FixedOffset) -> Result<SurveyRead> {
    let mut checklist = Checklist::default();
    let sheet = sheet_of(name, bytes, &mut checklist)?;
    told_personal(&sheet, &mut checklist);
    let matched = matching::matched(&sheet, survey, &mut checklist);
    let columns = columns(&sheet, &matched);
    told_unread(&columns, &mut checklist);
    let mut reading = Reading { sheet: &sheet, offset, found: checklist };
    let answers = reading.answers(survey, &matched);
    let mut checklist = reading.found;
    checks::check(survey, &answers, &mut checklist);
    Ok(SurveyRead { answers, columns, checklist: checklist.sorted() })
}

fn sheet_of(name: &Path, bytes: Vec<u8>, found: &mut Checklist) -> Result<Sheet> {
    let mut flaws = Flaws::of(name);
    let grid = table::grid(name, bytes, &mut flaws)?;
    for (line, saying) in flaws.by_line() {
        found.add(Finding::fatal("unreadable", saying.zh, saying.en).on([line]));
    }
    let sheet = Sheet::of(grid, found);
    if sheet.rows.is_empty() {
        let name = name.display();
        return Err(Error::invalid(
            format!("{name} 里没有答卷：第一行是列名，其后每行一份；请检查导出的是不是答卷数据"),
            format!("{name} holds no answers: the first row names the columns, each further row is one respondent"),
        ));
    }
    Ok(sheet)
}

/// What each column of the file was read as, in the order of the file.
fn columns(sheet: &Sheet, matched: &[Matched]) -> Vec<SurveyColumn> {
    let shown = |heading: &Heading, question: Option<&Question>, kind, personal| {
        let question = question.filter(|question| question.kind.is_asked()).map(|question| question.id.clone());
        (
            heading.at,
            SurveyColumn { column: letters(heading.at), header: heading.whole.clone(), question, kind, personal },
        )
    };
    let mut columns = Vec::new();
    for heading in &sheet.personal {
        columns.push(shown(heading, None, QuestionKind::Skip, true));
    }
    let used = |at: usize| matched.iter().find(|matched| matched.uses(at)).map(|matched| matched.question);
    for (kind, heading) in &sheet.system {
        let question = used(heading.at);
        columns.push(shown(heading, question, question.map_or(*kind, |question| question.kind), false));
    }
    for heading in sheet.blocks.iter().flat_map(|block| block.columns.iter().chain(&block.fills)) {
        let question = used(heading.at);
        columns.push(shown(heading, question, question.map_or(QuestionKind::Skip, |question| question.kind), false));
    }
    columns.sort_by_key(|(at, _)| *at);
    columns.into_iter().map(|(_, column)| column).collect()
}

fn told_personal(sheet: &Sheet, found: &mut Checklist) {
    if sheet.personal.is_empty() {
        return;
    }
    let names: Vec<String> = sheet.personal.iter().map(|heading| named(&heading.whole, heading.at)).collect();
    let names = names.join("、");
    found.add(Finding::warning(
        "personal",
        format!("{names} 是个人信息，内容没有读入；交出或留存这份文件以前请把这些列删去"),
        format!("{names}: personal data, not read; delete these columns before the file is passed on or kept"),
    ));
}

fn told_unread(columns: &[SurveyColumn], found: &mut Checklist) {
    let unread = columns.iter().filter(|column| {
        column.kind == QuestionKind::Skip
            && !column.personal
            && heading::system(&Heading::of(0, &column.header)).is_none()
    });
    let names: Vec<String> = unread.map(|column| format!("{} 列", column.column)).collect();
    if names.is_empty() {
        return;
    }
    let (shown, count) = (names.iter().take(10).cloned().collect::<Vec<_>>().join("、"), names.len());
    found.add(Finding::warning(
        "unread",
        format!(
            "{shown}{} 共 {count} 列不在 survey.toml 里，没有读；要读的请补上题目",
            if count > 10 { " 等" } else { "" }
        ),
        format!("{count} columns are not in survey.toml and were not read; add the questions that should be"),
    ));
}

/// A column for people: `E 列“来自IP”`; long names may be answers.
fn named(header: &str, at: usize) -> String {
    let column = letters(at);
    if header.chars().count() > 16 { format!("{column} 列") } else { format!("{column} 列“{header}”") }
}
