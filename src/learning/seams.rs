//! Teaching a model where one matter ends and the next begins (一单多诉).
//!
//! Texts that tell several matters are rare and seldom labelled, so they are made: pieces of held-out messages of
//! different categories, one behind the other, joined as people join them. Single messages, cut to all lengths, show
//! what is no seam.

use std::collections::BTreeSet;

use crate::case::{Clause, Head, Labelled};
use crate::error::Result;
use crate::model::Model;
use crate::model::backward::splitmix;
use crate::model::logistic::{Known, Logistic};
use crate::model::seams::{Seams, seams};
use crate::text;

/// Texts made, half of them of one matter.
const TEXTS: usize = 480;
/// Probability from which a seam is cut: a text split in vain costs a dispatcher more than one left whole.
const THRESHOLD: f32 = 0.5;
/// How people join matters; mostly they do not.
const JOINED: [&str; 12] =
    ["", "", "", "", "", "另外,", "还有,", "还有一件事,", "顺便反映一下,", "再一个,", "第二,", "还想反映"];

/// A text made of pieces, with where each but the first begins.
struct Made {
    text: String,
    begins: BTreeSet<usize>,
}

/// Learns from messages the model was not trained on; `None` where they hold nothing to learn.
pub fn learn(model: &Model, held: &[Labelled], seed: u64) -> Result<Option<Seams>> {
    let held: Vec<&Labelled> = held.iter().filter(|example| example.labels.contains_key(&Head::Category)).collect();
    if held.len() < 2 {
        return Ok(None);
    }
    let mut known = Vec::new();
    for n in 0..TEXTS as u64 {
        let made = make(&held, splitmix(seed ^ n), n % 2 == 1);
        let clauses = text::clauses(&made.text, 0);
        let found = seams(&clauses, &mut |spans| model.hear_parts(&made.text, spans))?;
        let is_seam = |at: usize| made.begins.iter().any(|&begin| holds(&clauses[at], begin));
        known.extend(found.into_iter().map(|(at, evidence)| Known { evidence: evidence.to_vec(), truth: is_seam(at) }));
    }
    Ok(Logistic::fit(&known).map(|odds| Seams { odds, threshold: THRESHOLD }))
}

/// Whether a clause is the one with which a piece begins.
fn holds(clause: &Clause, begin: usize) -> bool {
    (clause.span.start..clause.span.end).contains(&begin)
}

fn make(held: &[&Labelled], seed: u64, several: bool) -> Made {
    let draw = |n: u64, below: usize| splitmix(seed ^ (n << 40)) as usize % below.max(1);
    let pieces = if several { 2 + usize::from(draw(1, 4) == 0) } else { 1 };
    let (mut text, mut begins, mut told) = (String::new(), BTreeSet::new(), BTreeSet::new());
    for n in 0..pieces as u64 {
        let example = held[draw(10 + n, held.len())];
        if !told.insert(&example.labels[&Head::Category]) {
            continue;
        }
        if !text.is_empty() {
            begins.insert(text.chars().count());
            text += JOINED[draw(20 + n, JOINED.len())];
        }
        let most = if several { 20 + draw(30 + n, 110) } else { 40 + draw(30 + n, 260) };
        text += &beginning(body(example), most);
        // One in three runs on: a comma stands where the sentence should end.
        if several && draw(40 + n, 3) == 0 {
            text.truncate(text.trim_end_matches(STOPS).len());
            text.push(',');
        }
    }
    Made { text, begins }
}

/// Title and text were joined by a line's end; a piece of another text has no title.
fn body(example: &Labelled) -> &str {
    let titled = example.title.is_none().then(|| example.text.split_once('\n')).flatten();
    titled.filter(|(title, _)| title.chars().count() <= 30).map_or(&example.text, |(_, body)| body)
}

const STOPS: [char; 6] = ['。', '！', '？', '!', '?', '\n'];

/// Whole sentences up to about `most` characters, at least one.
fn beginning(text: &str, most: usize) -> String {
    let (mut out, mut length) = (String::new(), 0);
    for sentence in text.split_inclusive(STOPS) {
        let longer = length + sentence.chars().count();
        if length > 0 && longer > most {
            break;
        }
        out += sentence;
        length = longer;
    }
    out.trim().to_owned()
}
