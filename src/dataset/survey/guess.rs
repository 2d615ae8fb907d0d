//! What each column seems to be, to be shown and confirmed.

use std::collections::{BTreeMap, BTreeSet};

use super::heading::bare;
use super::sheet::{Block, Sheet};
use super::values::{mark, ticked};
use crate::case::{Question, QuestionKind};

/// More options than that are words of one's own.
const MOST_OPTIONS: usize = 30;
/// An option's wording is hardly longer.
const LONGEST_OPTION: usize = 24;
/// What people are, not what they think.
const BACKGROUND: [&str; 22] = [
    "区县",
    "年龄",
    "性别",
    "学历",
    "文化程度",
    "职业",
    "收入",
    "户籍",
    "户口",
    "民族",
    "婚姻",
    "居住",
    "所在",
    "身份",
    "政治面貌",
    "单位性质",
    "行业",
    "常住",
    "家庭人口",
    "所属",
    "辖区",
    "受教育",
];

/// The questions of a block of columns.
pub(super) fn questions(sheet: &Sheet, block: &Block, count: usize) -> Vec<Question> {
    let id = format!("q{}", block.number.map_or(count, |number| number as usize));
    let Some(parts) = block.parts().filter(|_| !block.columns.is_empty()) else {
        return block
            .columns
            .iter()
            .enumerate()
            .map(|(at, heading)| {
                let id = if at == 0 { id.clone() } else { format!("{id}_{}", at + 1) };
                let question = Question { id, text: wording(block, &heading.stem), ..Question::default() };
                filled(question, &values(sheet, heading.at))
            })
            .collect();
    };
    let is_ticked = |(heading, part): (&super::heading::Heading, &&str)| {
        sheet.cells(heading.at).all(|(_, cell)| ticked(cell, part).is_some())
    };
    if block.columns.iter().zip(&parts).all(is_ticked) {
        let options = parts.iter().map(|part| (*part).to_owned()).collect();
        let question = Question {
            id,
            text: wording(block, &block.stem),
            kind: QuestionKind::Multiple,
            options,
            ..Question::default()
        };
        return vec![question];
    }
    let row = |(at, (heading, part)): (usize, (&super::heading::Heading, &&str))| {
        let question = Question {
            id: format!("{id}_{}", at + 1),
            text: (*part).to_owned(),
            matrix: Some(block.stem.clone()),
            ..Question::default()
        };
        filled(question, &values(sheet, heading.at))
    };
    let mut rows: Vec<Question> = block.columns.iter().zip(&parts).enumerate().map(row).collect();
    one_scale(&mut rows);
    rows
}

fn wording(block: &Block, stem: &str) -> String {
    match block.number {
        _ if !stem.is_empty() => stem.to_owned(),
        // Where only options are exported, the wording is to be filled in.
        Some(number) => format!("第{number}题"),
        None => block.columns.first().map(|heading| heading.whole.clone()).unwrap_or_default(),
    }
}

/// The rows of a matrix have one scale: an option that nobody chose in one row is still one.
fn one_scale(rows: &mut [Question]) {
    if rows.iter().any(|row| row.kind != QuestionKind::Single) {
        return;
    }
    let all: BTreeMap<String, usize> =
        rows.iter().flat_map(|row| row.options.iter().map(|option| (option.clone(), 0))).collect();
    let all = ordered(all);
    rows.iter_mut().for_each(|row| row.options.clone_from(&all));
}

/// What stands in a column, how often; blanks apart.
fn values(sheet: &Sheet, at: usize) -> BTreeMap<String, usize> {
    let mut values = BTreeMap::new();
    for (_, cell) in sheet.cells(at).filter(|(_, cell)| !cell.is_empty()) {
        *values.entry(cell.to_owned()).or_default() += 1;
    }
    values
}

/// The question with the kind and the options that its answers suggest.
fn filled(question: Question, values: &BTreeMap<String, usize>) -> Question {
    let total: usize = values.values().sum();
    let marks: Vec<Option<f64>> = values.keys().map(|value| mark(value)).collect();
    if total == 0 {
        return Question { kind: QuestionKind::Open, ..question };
    }
    if marks.iter().all(Option::is_some) && values.len() <= 101 {
        return marked(question, &marks.into_iter().flatten().collect::<Vec<_>>());
    }
    if let Some(options) = joined(&question, values) {
        return Question { kind: QuestionKind::Multiple, options: ordered(options), ..question };
    }
    let longest = values.keys().map(|value| value.chars().count()).max().unwrap_or(0);
    let repeats = values.len() <= MOST_OPTIONS
        && longest <= LONGEST_OPTION
        && (total >= 3 * values.len() || values.len() <= 6 && total > values.len());
    if !repeats {
        return Question { kind: QuestionKind::Open, ..question };
    }
    let is_background = BACKGROUND.iter().any(|word| question.text.contains(word)) && !question.text.contains("满意");
    let kind = if is_background { QuestionKind::Background } else { QuestionKind::Single };
    Question { kind, options: ordered(values.clone()), ..question }
}

/// A question of marks.
fn marked(question: Question, marks: &[f64]) -> Question {
    let (low, high) =
        marks.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), mark| (low.min(*mark), high.max(*mark)));
    let recommends = ["推荐", "建议亲友", "介绍给"].iter().any(|words| question.text.contains(words));
    if recommends && low >= 0.0 && high <= 10.0 {
        let options = (0..=10).map(|mark: u32| mark.to_string()).collect();
        return Question { kind: QuestionKind::Nps, options, ..question };
    }
    let whole = marks.iter().all(|mark| mark.fract() == 0.0);
    let most = [5.0, 10.0].into_iter().find(|most| high <= *most);
    let options = match most {
        Some(most) if low >= 0.0 && whole => {
            let least = if low < 1.0 { 0 } else { 1 };
            (least..=most as u32).map(|mark| mark.to_string()).collect()
        }
        _ => vec!["0".to_owned(), "100".to_owned()],
    };
    Question { kind: QuestionKind::Rating, options, ..question }
}

/// The options of a column in which several stand in one cell.
fn joined(question: &Question, values: &BTreeMap<String, usize>) -> Option<BTreeMap<String, usize>> {
    let says = ["多选", "最多选", "选三项", "选3项", "不限项"].iter().any(|words| question.text.contains(words));
    let parted: &[char] = if values.keys().any(|value| value.contains('┋')) {
        &['┋']
    } else if says {
        &[';', '；', '|', '\n', ',', '，']
    } else {
        return None;
    };
    let mut options = BTreeMap::new();
    for (value, count) in values {
        for part in value.split(parted).map(str::trim).filter(|part| !part.is_empty()) {
            let bracket = part.starts_with("其他").then(|| part.find(['〖', '[', '【', ':', '：'])).flatten();
            let option = bracket.map_or(part, |at| &part[..at]);
            *options.entry(option.to_owned()).or_default() += count;
        }
    }
    (options.len() <= MOST_OPTIONS).then_some(options)
}

/// Degrees in the order questionnaires use, best first; of several that fit the longest counts.
const DEGREES: [(&str, u32); 27] = [
    ("非常满意", 0),
    ("很满意", 0),
    ("满意", 1),
    ("比较满意", 2),
    ("基本满意", 3),
    ("较满意", 2),
    ("一般", 4),
    ("不太满意", 5),
    ("较不满意", 5),
    ("不满意", 6),
    ("很不满意", 7),
    ("非常不满意", 7),
    ("未表态", 9),
    ("不了解", 9),
    ("说不清", 9),
    ("不清楚", 9),
    ("非常同意", 0),
    ("同意", 1),
    ("比较同意", 2),
    ("不太同意", 5),
    ("不同意", 6),
    ("非常不同意", 7),
    ("很好", 0),
    ("好", 1),
    ("较好", 2),
    ("差", 6),
    ("很差", 7),
];

/// Options as a questionnaire would list them, whatever the order of the answers: degrees, else by the number in them,
/// else by how often they were chosen; 其他 and no opinion last.
fn ordered(options: BTreeMap<String, usize>) -> Vec<String> {
    let degree = |option: &str| DEGREES.iter().find(|(words, _)| *words == option).map(|(_, degree)| *degree);
    let known = options.keys().filter(|option| degree(option).is_some()).count();
    let numbers = options.keys().filter(|option| number(option).is_some()).count();
    let by_degree = known >= 2;
    let by_number = !by_degree && numbers * 2 > options.len();
    let mut listed: Vec<(String, usize)> = options.into_iter().collect();
    listed.sort_by_cached_key(|(option, count)| {
        let last = option.starts_with("其他") || option.starts_with("其它");
        let rank = match () {
            () if by_degree => degree(option).unwrap_or(8),
            () if by_number => number(option).unwrap_or(u32::MAX),
            () => u32::MAX - *count as u32,
        };
        (last, rank, option.clone())
    });
    listed.into_iter().map(|(option, _)| option).collect()
}

/// Twice the first number of an option; 以下 stands before what begins with the same number.
fn number(option: &str) -> Option<u32> {
    let digits: String = option.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    let number: u32 = digits.parse().ok()?;
    Some(number.saturating_mul(2).saturating_sub(u32::from(option.contains("以下") || option.contains("不到"))))
}

/// Ids of questions must differ.
pub(super) fn distinct(questions: &mut [Question]) {
    let mut seen = BTreeSet::new();
    for question in questions {
        let stem = question.id.clone();
        let mut count = 1;
        while !seen.insert(question.id.clone()) {
            count += 1;
            question.id = format!("{stem}x{count}");
        }
    }
}

/// Whether two wordings are one question's.
pub(super) fn alike(ours: &str, theirs: &str) -> bool {
    let (ours, theirs) = (bare(ours), bare(theirs));
    !ours.is_empty() && ours == theirs
}
