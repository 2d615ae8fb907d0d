//! Which columns hold which question.

use super::guess::alike;
use super::heading::{Heading, bare, lettered};
use super::sheet::{Block, Sheet};
use crate::case::{Checklist, Finding, Question, QuestionKind, Survey};

/// A question and where its answers stand.
pub(super) struct Matched<'a> {
    pub(super) question: &'a Question,
    pub(super) columns: Columns<'a>,
    /// Where stands what was written beside options.
    pub(super) fills: Vec<&'a Heading>,
}

pub(super) enum Columns<'a> {
    One(&'a Heading),
    /// A column for each option, in the order of the options.
    Ticks(Vec<&'a Heading>),
}

impl Matched<'_> {
    pub(super) fn uses(&self, at: usize) -> bool {
        let own = match &self.columns {
            Columns::One(heading) => heading.at == at,
            Columns::Ticks(headings) => headings.iter().any(|heading| heading.at == at),
        };
        own || self.fills.iter().any(|heading| heading.at == at)
    }
}

impl Sheet {
    /// The first column of that kind that the platform added.
    pub(super) fn of_system(&self, kind: QuestionKind) -> Option<&Heading> {
        self.system.iter().find(|(known, _)| *known == kind).map(|(_, heading)| heading)
    }

    fn all(&self) -> impl Iterator<Item = &Heading> {
        let asked = self.blocks.iter().flat_map(|block| block.columns.iter().chain(&block.fills));
        self.system.iter().map(|(_, heading)| heading).chain(asked)
    }

    fn called(&self, name: &str) -> Option<&Heading> {
        self.all().find(|heading| alike(&heading.whole, name))
    }
}

/// Finds every question's columns: by the name that `survey.toml` gives, by the wording, by the number. Questions
/// without a column are fatal.
pub(super) fn matched<'a>(sheet: &'a Sheet, survey: &'a Survey, found: &mut Checklist) -> Vec<Matched<'a>> {
    survey.questions.iter().filter_map(|question| find(sheet, question, found)).collect()
}

fn find<'a>(sheet: &'a Sheet, question: &'a Question, found: &mut Checklist) -> Option<Matched<'a>> {
    let one = |heading| Some(Matched { question, columns: Columns::One(heading), fills: Vec::new() });
    if let Some(name) = question.column.as_deref() {
        if let Some(heading) = sheet.called(name) {
            return one(heading);
        }
    } else if !question.kind.is_asked() {
        let named = sheet.called(&question.text).or_else(|| sheet.called(&question.id));
        return named
            .or_else(|| sheet.of_system(question.kind).filter(|_| question.kind != QuestionKind::Skip))
            .and_then(one);
    }
    let Some(block) = block_of(sheet, question, found) else {
        if question.kind != QuestionKind::Skip {
            missing(sheet, question, found);
        }
        return None;
    };
    let columns = within(block, question, found)?;
    // What was written beside a matrix belongs to none of its rows.
    let fills = block.fills.iter().filter(|_| question.matrix.is_none()).collect();
    Some(Matched { question, columns, fills })
}

fn missing(sheet: &Sheet, question: &Question, found: &mut Checklist) {
    let id = &question.id;
    let text = question.column.as_ref().unwrap_or(&question.text);
    let personal = sheet.personal.iter().any(|heading| alike(&heading.stem, text) || alike(&heading.whole, text));
    let finding = if personal {
        Finding::fatal(
            "personal_question",
            format!("{id} 问的是个人信息，不读：请把这一题改为 kind = \"skip\" 或删去"),
            format!("{id} asks for personal data, which is not read: make it kind = \"skip\" or delete it"),
        )
    } else {
        Finding::fatal(
            "no_column",
            format!("{id} 在文件里找不到对应的列：请核对题号和题目，或用 column = \"列名\" 指明；没有问的题请删去"),
            format!("{id} has no column in the file: check number and wording, or name it with column = \"…\""),
        )
    };
    found.add(finding.of(id));
}

/// By wording; of several alike, and where none is, by number.
fn block_of<'a>(sheet: &'a Sheet, question: &Question, found: &mut Checklist) -> Option<&'a Block> {
    let wording = question.column.as_ref().or(question.matrix.as_ref()).unwrap_or(&question.text);
    let number = number_of(&question.id);
    let words = |block: &&Block| {
        alike(&block.stem, wording) || block.columns.iter().any(|heading| alike(&heading.stem, wording))
    };
    let counts = |block: &&Block| block.number.is_some() && block.number == number;
    let both = || sheet.blocks.iter().find(|block| words(block) && counts(block));
    if let Some(block) = both().or_else(|| sheet.blocks.iter().find(words)) {
        return Some(block);
    }
    let block = sheet.blocks.iter().find(counts).filter(|_| question.column.is_none())?;
    let (told, asked) = (bare(&block.stem), bare(wording));
    if !told.is_empty() && !told.contains(&asked) && !asked.contains(&told) {
        let id = &question.id;
        found.add(
            Finding::warning(
                "other_wording",
                format!(
                    "{id} 按题号对应到文件里的列，但题目文字不同：请核对是不是同一题，题目以文件为准改正 survey.toml"
                ),
                format!("{id} was matched by its number, but the wording differs: check that it is the same question"),
            )
            .of(id),
        );
    }
    Some(block)
}

/// The number in `q12` and in `q8_2`.
fn number_of(id: &str) -> Option<u32> {
    let digits: String = id.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// The columns of a block that hold the question.
fn within<'a>(block: &'a Block, question: &Question, found: &mut Checklist) -> Option<Columns<'a>> {
    let id = &question.id;
    let parted = block.parts().is_some();
    if question.matrix.is_some() {
        let row = |heading: &&Heading| {
            heading
                .part
                .as_deref()
                .is_some_and(|part| alike(lettered(part).1, &question.text) || alike(part, &question.text))
        };
        let heading = block.columns.iter().find(row);
        if heading.is_none() {
            found.add(no_part(id, &question.text));
        }
        return heading.map(Columns::One);
    }
    match block.columns.as_slice() {
        [only] if !parted || question.kind != QuestionKind::Multiple => return Some(Columns::One(only)),
        [] => {}
        _ if parted && question.kind == QuestionKind::Multiple => return ticks(block, question, found),
        several if !parted => {
            let same: Vec<&Heading> = several.iter().filter(|heading| alike(&heading.stem, &question.text)).collect();
            if let [only] = same.as_slice() {
                return Some(Columns::One(only));
            }
        }
        _ => {}
    }
    found.add(
        Finding::fatal(
            "columns_differ",
            format!(
                "{id} 在文件里是 {} 列，与题型“{}”不合：请把题型改为 multiple，或把各列写成矩阵题（matrix）",
                block.columns.len(),
                question.kind.zh()
            ),
            format!(
                "{id} has {} columns, which its kind has not: make it `multiple`, or a matrix",
                block.columns.len()
            ),
        )
        .of(id),
    );
    None
}

/// A column for each option: by its wording, else by its letter.
fn ticks<'a>(block: &'a Block, question: &Question, found: &mut Checklist) -> Option<Columns<'a>> {
    let (mut columns, mut lacking) = (Vec::new(), Vec::new());
    for (at, option) in question.options.iter().enumerate() {
        match option_column(block, question, at, option) {
            Some(heading) => columns.push(heading),
            None => lacking.push(option),
        }
    }
    lacking.iter().for_each(|option| found.add(no_part(&question.id, option)));
    lacking.is_empty().then_some(Columns::Ticks(columns))
}

fn option_column<'a>(block: &'a Block, question: &Question, at: usize, option: &str) -> Option<&'a Heading> {
    let letter = char::from_u32('A' as u32 + at as u32);
    let part = |heading: &'a Heading| heading.part.as_deref().unwrap_or_default();
    let worded = |heading: &&Heading| {
        let part = heading.part.as_deref().unwrap_or_default();
        alike(lettered(part).1, option) || alike(part, option)
    };
    let as_many = block.columns.len() == question.options.len();
    let by_letter = || block.columns.iter().find(|heading| as_many && lettered(part(heading)).0 == letter);
    block.columns.iter().find(worded).or_else(by_letter)
}

fn no_part(id: &str, part: &str) -> Finding {
    let finding = Finding::fatal(
        "no_part",
        format!("{id} 的“{part}”在文件里没有对应的列：请照列名改正 survey.toml，或重新导出全部选项"),
        format!("{id}: no column holds {part}: correct survey.toml by the column names, or export all options"),
    );
    finding.of(id)
}
