//! What is odd about answers as a whole: twins, haste, one mark for all, gaps.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

use crate::case::{Answers, Checklist, FEW_ANSWERS, Finding, Question, QuestionKind, Replies, Survey};

/// A share of blanks from which a question is told of.
const MANY_BLANKS: f64 = 0.2;
/// One mark for so many questions of one scale in a row says that nothing was weighed.
const STRAIGHT: usize = 5;
/// Words that nobody else writes by chance.
const TELLING: usize = 8;
/// So many closed answers alike are no chance either.
const MANY_ALIKE: usize = 15;

pub(super) fn check(survey: &Survey, answers: &Answers, found: &mut Checklist) {
    if answers.len() < FEW_ANSWERS {
        let count = answers.len();
        found.add(Finding::warning(
            "few",
            format!("只有 {count} 份答卷，不足 {FEW_ANSWERS} 份：只列数，不下结论"),
            format!("there are {count} answers only, fewer than {FEW_ANSWERS}: count them, conclude nothing"),
        ));
    }
    ids(answers, found);
    totals(answers, found);
    twins(survey, answers, found);
    straight(survey, answers, found);
    hasty(answers, found);
    times(survey, answers, found);
    for question in &survey.questions {
        if let Some(replies) = answers.replies.get(&question.id) {
            blanks(question, replies, answers.len(), found);
            too_many(question, answers, found);
        }
    }
}

/// The lines of rows for which something holds.
fn lines(answers: &Answers, holds: impl Fn(usize) -> bool) -> Vec<usize> {
    (0..answers.len()).filter(|row| holds(*row)).map(|row| answers.lines[row]).collect()
}

/// The rows that are not the first with their key.
fn repeated<'k>(keys: impl Iterator<Item = Option<&'k str>>) -> Vec<bool> {
    let mut seen = HashMap::new();
    let again = |(row, key): (usize, Option<&'k str>)| key.is_some_and(|key| *seen.entry(key).or_insert(row) != row);
    keys.enumerate().map(again).collect()
}

fn ids(answers: &Answers, found: &mut Checklist) {
    let again = repeated(answers.ids.iter().map(|id| Some(id.as_str())));
    let lines = lines(answers, |row| again[row]);
    if !lines.is_empty() {
        found.add(
            Finding::fatal(
                "duplicate_id",
                "编号与前面的答卷重复：同一份请删去一行，不同的答卷请改编号",
                "the id stands already: delete the line if it is the same answer, else give it an id of its own",
            )
            .on(lines),
        );
    }
}

/// Rows of totals that spreadsheets put below.
fn totals(answers: &Answers, found: &mut Checklist) {
    let is_total = |id: &str| ["合计", "总计", "小计", "平均", "平均值", "平均分"].contains(&id);
    let lines = lines(answers, |row| is_total(answers.ids[row].trim()));
    if !lines.is_empty() {
        found.add(
            Finding::fatal(
                "total_row",
                "是合计或平均行，不是答卷：请删去",
                "a row of totals, not an answer: delete it",
            )
            .on(lines),
        );
    }
}

/// Answers that are alike in everything.
fn twins(survey: &Survey, answers: &Answers, found: &mut Checklist) {
    let keys: Vec<Option<String>> = (0..answers.len()).map(|row| told(survey, answers, row)).collect();
    let again = repeated(keys.iter().map(Option::as_deref));
    let lines = lines(answers, |row| again[row]);
    if !lines.is_empty() {
        found.add(
            Finding::warning(
                "duplicate_answers",
                "各题答案与前面一份完全相同，可能是重复提交：请核对，重复的删去后再导入",
                "every answer is the same as in an earlier line: it may have been handed in twice; check and delete",
            )
            .on(lines),
        );
    }
}

/// Everything a row answers, if that is enough to tell it from all others.
fn told(survey: &Survey, answers: &Answers, row: usize) -> Option<String> {
    let (mut key, mut closed, mut telling) = (String::new(), 0, false);
    for question in survey.questions.iter().filter(|question| question.kind.is_asked()) {
        let asked = question.kind != QuestionKind::Background;
        match answers.replies.get(&question.id)? {
            Replies::Choice(column) => {
                closed += usize::from(asked && column[row].is_some());
                _ = write!(key, "{:?}\u{1f}", column[row]);
            }
            Replies::Choices(column) => {
                closed += column[row].as_ref().map_or(0, |_| question.options.len() / 3);
                _ = write!(key, "{:?}\u{1f}", column[row]);
            }
            Replies::Number(column) => {
                closed += usize::from(column[row].is_some());
                _ = write!(key, "{:?}\u{1f}", column[row]);
            }
            Replies::Text(column) => {
                let text = column[row].as_deref().unwrap_or_default();
                telling |= text.chars().count() >= TELLING;
                _ = write!(key, "{text}\u{1f}");
            }
        }
    }
    (telling || closed >= MANY_ALIKE).then_some(key)
}

/// One mark all the way down five questions of one scale or more; 未表态 all the way down counts, too.
fn straight(survey: &Survey, answers: &Answers, found: &mut Checklist) {
    let mut scales: BTreeMap<&[String], Vec<&Question>> = BTreeMap::new();
    for question in &survey.questions {
        if question.is_satisfaction() || question.kind == QuestionKind::Rating {
            scales.entry(&question.options).or_default().push(question);
        }
    }
    let mut odd = vec![false; answers.len()];
    for questions in scales.values().filter(|questions| questions.len() >= STRAIGHT) {
        for (row, odd) in odd.iter_mut().enumerate() {
            let marks: Vec<Option<u64>> = questions.iter().map(|question| place(answers, &question.id, row)).collect();
            *odd |= marks[0].is_some() && marks.iter().all(|mark| *mark == marks[0]);
        }
    }
    let lines = lines(answers, |row| odd[row]);
    if !lines.is_empty() {
        found.add(
            Finding::warning(
                "straight_lining",
                format!("同一量表的 {STRAIGHT} 道以上题全选同一项：可能没有细看，请抽查；剔除的话两种结果都要写明"),
                format!("one mark for {STRAIGHT} questions or more of one scale: look at some; if you leave them out, tell both results"),
            )
            .on(lines),
        );
    }
}

fn place(answers: &Answers, question: &str, row: usize) -> Option<u64> {
    match answers.replies.get(question)? {
        Replies::Choice(column) => column[row].map(u64::from),
        Replies::Number(column) => column[row].map(f64::to_bits),
        _ => None,
    }
}

/// Under a third of the median (Leiner 2019, *Survey Research Methods* 13:229, takes half the median's speed as odd;
/// a third is what panels use).
fn hasty(answers: &Answers, found: &mut Checklist) {
    let mut taken: Vec<u32> = answers.seconds.iter().flatten().copied().collect();
    if taken.len() < FEW_ANSWERS {
        return;
    }
    taken.sort_unstable();
    let least = taken[taken.len() / 2] / 3;
    let lines = lines(answers, |row| answers.seconds[row].is_some_and(|seconds| seconds < least));
    if !lines.is_empty() {
        found.add(
            Finding::warning(
                "too_fast",
                format!("用时不到 {least} 秒（中位用时的三分之一）：可能没有细看，请抽查；剔除的话两种结果都要写明"),
                format!("took less than {least} seconds, a third of the median: look at some; if you leave them out, tell both results"),
            )
            .on(lines),
        );
    }
}

/// Answers handed in outside the days that the survey names.
fn times(survey: &Survey, answers: &Answers, found: &mut Checklist) {
    let Some((first, last)) = survey.days() else { return };
    let outside = |row: usize| answers.times[row].is_some_and(|time| !(first..=last).contains(&time.date_naive()));
    let lines = lines(answers, outside);
    if !lines.is_empty() {
        found.add(
            Finding::warning(
                "out_of_period",
                format!("提交时间不在调查时间 {first} 至 {last} 之内：请核对 period，或删去试填的答卷"),
                format!("handed in outside {first} to {last}: check `period`, or delete answers that were tests"),
            )
            .on(lines),
        );
    }
}

fn blanks(question: &Question, replies: &Replies, rows: usize, found: &mut Checklist) {
    let blank = rows - replies.answered();
    if question.kind == QuestionKind::Open || (blank as f64) < MANY_BLANKS * rows as f64 {
        return;
    }
    let (id, share) = (&question.id, 100.0 * blank as f64 / rows as f64);
    let finding = if blank == rows {
        Finding::fatal(
            "all_blank",
            format!("{id} 一份也没有回答：请核对列，没有问的题请从 survey.toml 删去"),
            format!("nobody answered {id}: check the column, or delete the question from survey.toml"),
        )
    } else {
        Finding::warning(
            "many_blanks",
            format!("{id} 有 {blank} 份（{share:.1}%）没有回答：占比按回答的人算，请写明是不是跳题"),
            format!(
                "{blank} ({share:.1} %) did not answer {id}: shares are of those who did; say whether it was skipped by design"
            ),
        )
    };
    found.add(finding.of(id));
}

fn too_many(question: &Question, answers: &Answers, found: &mut Checklist) {
    let (Some(most), Some(column)) = (question.most, answers.choices(&question.id)) else { return };
    let lines = lines(answers, |row| column[row].as_ref().is_some_and(|chosen| chosen.len() > most));
    if !lines.is_empty() {
        let id = &question.id;
        found.add(
            Finding::warning(
                "too_many",
                format!("{id} 最多选 {most} 项，选多了：照样计入，请核对问卷是否限制了项数"),
                format!("more than {most} options of {id} were chosen: they count all the same; check the limit"),
            )
            .on(lines)
            .of(id),
        );
    }
}
