//! Looking labels over (标注复核): labelled files → the labels most likely wrong, and of unlabelled files the texts
//! most worth labelling, as a workbook for people (复核表).
//!
//! A label is judged only by linear models that have seen neither its text nor a near-duplicate nor another telling
//! of its event (out-of-fold, grouped). An encoder that stands ready has mostly been trained on these very rows, and
//! nothing tells which it was not; it therefore has no voice here, and guesses only for unlabelled texts.

mod choose;
mod lesson;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use self::lesson::Lesson;
use super::Stage;
use crate::case::{Head, Voice};
use crate::dataset::{self, Choice, Columns, Doubt, Review};
use crate::error::{Error, Kind, Result};
use crate::model::doubt::{self, Judged, Suspect};
use crate::taxonomy::Taxonomy;
use crate::text::Reader;

/// What to look over, and where to put the workbook.
#[derive(Debug, Clone)]
pub struct Order {
    pub files: Vec<PathBuf>,
    /// Files to choose texts to label from.
    pub unlabelled: Vec<PathBuf>,
    pub columns: Columns,
    /// The workbook, which must not stand yet: it may hold somebody's work.
    pub sheet: PathBuf,
    /// So many unlabelled texts are chosen at most.
    pub rows: usize,
    /// The model that guesses for unlabelled texts, if its encoder loads and it knows the files' labels.
    pub model: PathBuf,
    pub seed: u64,
    /// The day written into the workbook.
    pub today: NaiveDate,
}

/// What was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Reviewed {
    /// How many labelled texts were looked over.
    pub examples: usize,
    pub review: Review,
    /// Who guessed for the unlabelled texts.
    pub guesser: Voice,
}

/// Looks the labels of `order.files` over, chooses from `order.unlabelled`, and writes the workbook. The same files,
/// options and seed give the same workbook.
pub fn review(order: &Order, reader: &Reader, taxonomy: &Taxonomy, tell: &(dyn Fn(Stage) + Sync)) -> Result<Reviewed> {
    not_there(&order.sheet)?;
    let lesson = Lesson::read(order, reader, taxonomy)?;
    tell(Stage::Read(lesson.examples.len()));
    let heard = lesson.out_of_fold(order.seed, tell);
    let mut suspects: Vec<(Head, Suspect)> = Vec::new();
    for (head, heard) in &heard {
        suspects.extend(doubt::suspects(&heard.judged).into_iter().map(|suspect| (*head, suspect)));
    }
    suspects.sort_by(|(_, a), (_, b)| a.margin.total_cmp(&b.margin));
    let doubts = suspects.iter().filter_map(|(head, suspect)| {
        let judged = heard[head].judged[suspect.text].as_ref()?;
        Some(doubted(&lesson, *head, suspect, judged, taxonomy))
    });
    let doubts: Vec<Doubt> = doubts.collect();
    let (picks, guesser) = choose::picks(order, &lesson, &heard, reader, taxonomy, tell)?;
    let mut offered: BTreeMap<Head, BTreeSet<String>> =
        lesson.plan.iter().map(|(head, labels)| (*head, labels.codes.iter().cloned().collect())).collect();
    for pick in &picks {
        offered.entry(pick.head).or_default().extend([pick.first.code.clone(), pick.second.code.clone()]);
    }
    let choices = offered.into_iter().map(|(head, codes)| (head, choices(head, codes, taxonomy))).collect();
    let review = Review { doubts, picks, choices };
    dataset::write_review(&order.sheet, &review, order.today)?;
    Ok(Reviewed { examples: lesson.examples.len(), review, guesser })
}

fn not_there(sheet: &Path) -> Result<()> {
    let name = sheet.display();
    if sheet.extension().is_none_or(|ending| !ending.eq_ignore_ascii_case("xlsx")) {
        return Err(Error::invalid(
            format!("复核表 {name} 应以 .xlsx 结尾：请改文件名"),
            format!("the review workbook {name} must end in .xlsx: rename it"),
        ));
    }
    if sheet.exists() {
        return Err(Error::new(
            Kind::Conflict,
            format!("{name} 已经存在，里面可能有填好的复核结果：请换一个文件名，或先移走它"),
            format!("{name} exists and may hold labels people chose: name another file or move it away"),
        ));
    }
    Ok(())
}

fn doubted(lesson: &Lesson, head: Head, suspect: &Suspect, judged: &Judged, taxonomy: &Taxonomy) -> Doubt {
    let example = &lesson.examples[suspect.text];
    let label = |label: usize| choice(head, &lesson.plan[&head].codes[label], taxonomy);
    let [given, better] = [suspect.given, suspect.better].map(|label| judged.probabilities[label]);
    Doubt {
        id: example.id.clone(),
        origin: lesson.origins[suspect.text].clone(),
        text: example.text.clone(),
        head,
        given: label(suspect.given),
        suggested: label(suspect.better),
        confidence: better,
        because: format!("没有学过这一条的模型：建议标签的可能性 {:.0}%，现标签 {:.0}%", 100.0 * better, 100.0 * given),
    }
}

/// A label with the name the catalogue has for it.
fn choice(head: Head, code: &str, taxonomy: &Taxonomy) -> Choice {
    let name = match head {
        Head::Category => taxonomy.category(code).map(|category| category.name.clone()),
        _ => taxonomy.department(code).map(|unit| unit.name.clone()),
    };
    Choice { code: code.to_owned(), name }
}

/// The files' own labels, and where they are the catalogue's, all of the catalogue; by code.
fn choices(head: Head, mut codes: BTreeSet<String>, taxonomy: &Taxonomy) -> Vec<Choice> {
    let catalogue: Vec<&String> = match head {
        Head::Category => taxonomy.categories.iter().map(|category| &category.code).collect(),
        _ => taxonomy.departments.iter().map(|unit| &unit.code).collect(),
    };
    if catalogue.iter().any(|code| codes.contains(*code)) {
        codes.extend(catalogue.into_iter().cloned());
    }
    codes.iter().map(|code| choice(head, code, taxonomy)).collect()
}
