//! What was answered, column by column.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};

/// The answers (答卷) to a survey, one row a respondent; every list is as long as `ids`.
///
/// Columns of personal data are not in it. Texts are as they came in until [`Answers::each_text`] has masked them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Answers {
    /// As the file names them (序号), or their line.
    pub ids: Vec<String>,
    /// Line (text files) or row (sheets) of the file, from 1.
    pub lines: Vec<usize>,
    /// When it was handed in (提交时间).
    pub times: Vec<Option<DateTime<FixedOffset>>>,
    /// How long it took (答题用时), in seconds.
    pub seconds: Vec<Option<u32>>,
    /// Weights of the file's own, above 0; none where it has no such column.
    pub weights: Option<Vec<f64>>,
    /// By question's id.
    pub replies: BTreeMap<String, Replies>,
    /// What was written beside 其他, by question's id.
    pub others: BTreeMap<String, Vec<Option<String>>>,
}

/// The answers to one question; `None` where it was not answered.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub enum Replies {
    /// The option chosen, by its place in [`super::Question::options`].
    Choice(Vec<Option<u16>>),
    /// The options chosen, ascending. An empty list: it was shown and nothing ticked.
    Choices(Vec<Option<Vec<u16>>>),
    /// Marks.
    Number(Vec<Option<f64>>),
    /// The respondent's own words; never blank.
    Text(Vec<Option<String>>),
}

impl Answers {
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The option that each chose of a single-choice or background question.
    pub fn choice(&self, question: &str) -> Option<&[Option<u16>]> {
        match self.replies.get(question)? {
            Replies::Choice(column) => Some(column),
            _ => None,
        }
    }

    pub fn choices(&self, question: &str) -> Option<&[Option<Vec<u16>>]> {
        match self.replies.get(question)? {
            Replies::Choices(column) => Some(column),
            _ => None,
        }
    }

    pub fn numbers(&self, question: &str) -> Option<&[Option<f64>]> {
        match self.replies.get(question)? {
            Replies::Number(column) => Some(column),
            _ => None,
        }
    }

    pub fn texts(&self, question: &str) -> Option<&[Option<String>]> {
        match self.replies.get(question)? {
            Replies::Text(column) => Some(column),
            _ => None,
        }
    }

    /// Changes every free text, what stands beside 其他 included: `change` gets the question's id and the words. Here
    /// they are masked, before anything else sees them.
    pub fn each_text(&mut self, mut change: impl FnMut(&str, &mut String)) {
        for (question, replies) in &mut self.replies {
            if let Replies::Text(column) = replies {
                column.iter_mut().flatten().for_each(|text| change(question, text));
            }
        }
        for (question, column) in &mut self.others {
            column.iter_mut().flatten().for_each(|text| change(question, text));
        }
    }

    /// Puts `more` after these and returns how many they are: whoever stands already under the same id with the same
    /// answers is left out. Where somebody stands with other answers nothing is added, and their lines in `more` come
    /// back.
    pub fn add(&mut self, mut more: Answers) -> Result<usize, Vec<usize>> {
        let at: BTreeMap<&String, usize> = self.ids.iter().enumerate().map(|(row, id)| (id, row)).collect();
        let stand: Vec<Option<usize>> = more.ids.iter().map(|id| at.get(id).copied()).collect();
        let unlike = |(row, stands): (usize, &Option<usize>)| {
            let same = |(question, replies): (&String, &Replies)| {
                more.replies.get(question).is_none_or(|more| replies.same(stands.unwrap_or(row), more, row))
            };
            (stands.is_some() && !self.replies.iter().all(same)).then(|| more.lines[row])
        };
        let unlike: Vec<usize> = stand.iter().enumerate().filter_map(unlike).collect();
        if !unlike.is_empty() {
            return Err(unlike);
        }
        more.keep(|row| stand[row].is_none());
        let (before, added) = (self.len(), more.len());
        self.ids.append(&mut more.ids);
        self.lines.append(&mut more.lines);
        self.times.append(&mut more.times);
        self.seconds.append(&mut more.seconds);
        if let Some(weights) = &mut self.weights {
            weights.extend(more.weights.unwrap_or_else(|| vec![1.0; added]));
        }
        for (question, replies) in &mut self.replies {
            replies.append(more.replies.remove(question), added);
        }
        let others: BTreeSet<String> = self.others.keys().chain(more.others.keys()).cloned().collect();
        for question in others {
            let column = self.others.entry(question.clone()).or_insert_with(|| vec![None; before]);
            column.extend(more.others.remove(&question).unwrap_or_else(|| vec![None; added]));
        }
        Ok(added)
    }

    /// Keeps the rows for which `keep` says so.
    pub fn keep(&mut self, keep: impl Fn(usize) -> bool) {
        kept(&mut self.ids, &keep);
        kept(&mut self.lines, &keep);
        kept(&mut self.times, &keep);
        kept(&mut self.seconds, &keep);
        if let Some(weights) = &mut self.weights {
            kept(weights, &keep);
        }
        for replies in self.replies.values_mut() {
            match replies {
                Replies::Choice(column) => kept(column, &keep),
                Replies::Choices(column) => kept(column, &keep),
                Replies::Number(column) => kept(column, &keep),
                Replies::Text(column) => kept(column, &keep),
            }
        }
        self.others.values_mut().for_each(|column| kept(column, &keep));
    }
}

fn kept<T>(column: &mut Vec<T>, keep: impl Fn(usize) -> bool) {
    let mut at = 0;
    column.retain(|_| {
        at += 1;
        keep(at - 1)
    });
}

impl Replies {
    pub fn len(&self) -> usize {
        match self {
            Replies::Choice(column) => column.len(),
            Replies::Choices(column) => column.len(),
            Replies::Number(column) => column.len(),
            Replies::Text(column) => column.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether one row here and one there say the same.
    fn same(&self, row: usize, other: &Replies, at: usize) -> bool {
        match (self, other) {
            (Replies::Choice(column), Replies::Choice(other)) => column[row] == other[at],
            (Replies::Choices(column), Replies::Choices(other)) => column[row] == other[at],
            (Replies::Number(column), Replies::Number(other)) => column[row] == other[at],
            (Replies::Text(column), Replies::Text(other)) => column[row] == other[at],
            _ => false,
        }
    }

    /// Puts `more` after these; `rows` without an answer where there is none of the kind.
    fn append(&mut self, more: Option<Replies>, rows: usize) {
        match (self, more) {
            (Replies::Choice(column), Some(Replies::Choice(mut more))) => column.append(&mut more),
            (Replies::Choices(column), Some(Replies::Choices(mut more))) => column.append(&mut more),
            (Replies::Number(column), Some(Replies::Number(mut more))) => column.append(&mut more),
            (Replies::Text(column), Some(Replies::Text(mut more))) => column.append(&mut more),
            (Replies::Choice(column), _) => column.resize(column.len() + rows, None),
            (Replies::Choices(column), _) => column.resize(column.len() + rows, None),
            (Replies::Number(column), _) => column.resize(column.len() + rows, None),
            (Replies::Text(column), _) => column.resize(column.len() + rows, None),
        }
    }

    /// How many answered.
    pub fn answered(&self) -> usize {
        match self {
            Replies::Choice(column) => column.iter().flatten().count(),
            Replies::Choices(column) => column.iter().flatten().count(),
            Replies::Number(column) => column.iter().flatten().count(),
            Replies::Text(column) => column.iter().flatten().count(),
        }
    }
}

/// Never prints a text: what is debug-printed ends in logs.
impl fmt::Debug for Replies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Replies::Choice(column) => f.debug_tuple("Choice").field(column).finish(),
            Replies::Choices(column) => f.debug_tuple("Choices").field(column).finish(),
            Replies::Number(column) => f.debug_tuple("Number").field(column).finish(),
            Replies::Text(column) => write!(f, "Text({} answers)", column.len()),
        }
    }
}
