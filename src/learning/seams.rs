//! Teaching a model where one matter ends and the next begins (一单多诉), from texts whose matters are marked.
//!
//! What makes a seam is much the same whatever the catalogue: the texts of `data/matters.jsonl` teach every model, with
//! the categories that it has learnt itself.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Deserialize;

use crate::case::Clause;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::model::logistic::{Known, Logistic};
use crate::model::seams::{Seams, seams};
use crate::text::{self, Reader};

/// The texts, in the data folder.
pub const FILE: &str = "matters.jsonl";
/// Probability from which a seam is cut: a text split in vain costs a dispatcher more than one left whole. Of 0.25, 0.3,
/// 0.35 and 0.4 the least at which nine in ten texts of `data/matters.jsonl` that tell one matter stay whole (119 of 130,
/// eightfold); at 0.3 the F1 is .02 better and 116 stay whole.
const THRESHOLD: f32 = 0.35;

/// A text whose matters are marked (一单多诉样例): a line of `data/matters.jsonl`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parted {
    pub id: String,
    #[serde(default)]
    pub title: String,
    pub text: String,
    /// The matters in order; greetings and words that join them need not be in any.
    pub parts: Vec<Part>,
}

/// One matter.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// In `text`, in Unicode code points.
    pub start: usize,
    pub end: usize,
    /// Category, and what else a careful reader would accept; told for readers, learning asks only where a part ends.
    pub l2: String,
    #[serde(default)]
    pub l2_alt: Vec<String>,
    pub petition: String,
}

/// Reads the texts of the data folder; none where it has no such file.
pub fn read(data: &Path) -> Result<Vec<Parted>> {
    let file = data.join(FILE);
    let lines = match std::fs::read_to_string(&file) {
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        read => read.map_err(|cause| {
            let shown = file.display();
            Error::setup(
                format!("读不了 {shown}：应为 UTF-8 的 JSONL"),
                format!("cannot read {shown}: it must be JSONL in UTF-8"),
            )
            .because(cause)
        })?,
    };
    let mut error =
        Error::setup("一单多诉样例有误：请按下列各行改正", "the texts of several matters have mistakes: mend these");
    let mut texts = Vec::new();
    for (i, line) in lines.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let at = format!("{}:{}", file.display(), i + 1);
        match serde_json::from_str::<Parted>(line) {
            Ok(parted) if parted.is_in_order() => texts.push(parted),
            Ok(_) => {
                let (zh, en) =
                    ("各件事应按先后、互不重叠，且都在正文之内", "parts must be in order, apart, and within the text");
                error = error.at(at, zh, en);
            }
            Err(cause) => error = error.at(at, cause.to_string(), cause.to_string()),
        }
    }
    if error.flaws.is_empty() { Ok(texts) } else { Err(error) }
}

/// Learns from texts that the model was not trained on; `None` where they hold nothing to learn.
pub fn learn(model: &Model, texts: &[Parted], reader: &Reader) -> Result<Option<Seams>> {
    let mut known = Vec::new();
    for parted in texts {
        let Told { text, body, begins } = parted.told(reader);
        let clauses = text::clauses(&text, body);
        let cuts: BTreeSet<usize> =
            begins.iter().filter_map(|begin| clauses.iter().position(|clause| holds(clause, *begin))).collect();
        let ends: Vec<usize> = [0].into_iter().chain(cuts.iter().copied()).chain([clauses.len()]).collect();
        // Every matter alone, every two, and so on: a text is cut in two, and each half again.
        for (n, &from) in ends.iter().enumerate() {
            for &to in &ends[n + 1..] {
                let found = seams(&clauses[from..to], &mut |spans| model.hear_parts(&text, spans))?;
                let judged = found.into_iter().map(|(at, evidence)| (cuts.contains(&(from + at)), evidence));
                known.extend(judged.map(|(truth, evidence)| Known { evidence: evidence.to_vec(), truth }));
            }
        }
    }
    Ok(Logistic::fit(&known).map(|odds| Seams { odds, threshold: THRESHOLD }))
}

/// A text as the model reads it.
struct Told {
    /// Masked, the title before it.
    text: String,
    /// Where the body begins.
    body: usize,
    /// Where each matter but the first begins, with the words that join it.
    begins: Vec<usize>,
}

impl Parted {
    fn is_in_order(&self) -> bool {
        let length = self.text.chars().count();
        let apart = self.parts.windows(2).all(|two| two[0].end <= two[1].start);
        !self.parts.is_empty() && apart && self.parts.iter().all(|part| part.start < part.end && part.end <= length)
    }

    /// Masking changes lengths: the pieces are masked one by one.
    fn told(&self, reader: &Reader) -> Told {
        let characters: Vec<char> = self.text.chars().collect();
        let begin = |end: usize| end + characters[end..].iter().take_while(|c| !c.is_alphanumeric()).count();
        let cuts: Vec<usize> = self.parts.iter().rev().skip(1).rev().map(|part| begin(part.end)).collect();
        let title = self.title.trim();
        let mut text = if title.is_empty() { String::new() } else { reader.mask(title) + "\n" };
        let body = text.chars().count();
        let (mut begins, mut from) = (Vec::new(), 0);
        for to in cuts.into_iter().chain([characters.len()]) {
            if from > 0 {
                begins.push(text.chars().count());
            }
            text += &reader.mask(&characters[from..to].iter().collect::<String>());
            from = to;
        }
        Told { text, body, begins }
    }
}

fn holds(clause: &Clause, at: usize) -> bool {
    (clause.span.start..clause.span.end).contains(&at)
}
