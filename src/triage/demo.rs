//! The demonstration: an empty store filled with our own examples, so that every list has something to show.

use std::path::{Path, PathBuf};

use chrono::{DateTime, FixedOffset, TimeDelta};

use crate::case::{Complaint, ComplaintText, Labelled};
use crate::dataset::{self, Columns};
use crate::error::{Error, Result};
use crate::triage::{Triage, Wanted};

/// How many cases are made, at most, and over how many days up to now they are spread.
const CASES: usize = 200;
const DAYS: i64 = 30;
/// How many are thought about at once: few, so that real senders hardly wait.
const AT_ONCE: usize = 5;

impl Triage {
    /// Keeps examples of the corpus as if they had come in over the last days, oldest first. Does nothing where the
    /// store has cases. `go_on` is told how many of how many are done and may end it.
    pub fn demonstrate(&self, now: DateTime<FixedOffset>, go_on: impl Fn(usize, usize) -> bool) -> Result<()> {
        if !self.store.is_empty()? {
            return Ok(());
        }
        let examples = examples(&self.data.join("corpus"))?;
        let all = examples.len();
        for (n, some) in examples.chunks(AT_ONCE).enumerate() {
            let done = n * AT_ONCE;
            if !go_on(done, all) {
                return Ok(());
            }
            let told = some.iter().zip(done..).map(|(example, n)| complaint(example, now - before(n, all)));
            self.keep(&told.collect::<Result<Vec<_>>>()?, Wanted::default(), now)?;
        }
        go_on(all, all);
        Ok(())
    }
}

/// Examples from all over the corpus, its parts mixed; always the same.
fn examples(corpus: &Path) -> Result<Vec<Labelled>> {
    let unread = |error| {
        let shown = corpus.display();
        Error::setup(format!("读不了演示语料 {shown}"), format!("cannot read the corpus {shown}")).because(error)
    };
    let entries = std::fs::read_dir(corpus).map_err(unread)?;
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| file.extension().is_some_and(|kind| kind == "jsonl"));
    files.sort();
    let share = CASES.div_ceil(files.len().max(1));
    let mut mixed = Vec::new();
    for file in &files {
        let read = dataset::read_plain(file, &Columns::default())?;
        let step = (read.len() / share).max(1);
        mixed.extend(read.into_iter().step_by(step).take(share).enumerate());
    }
    mixed.sort_by_key(|(place, _)| *place);
    Ok(mixed.into_iter().map(|(_, example)| example).take(CASES).collect())
}

/// How long before now the `n`-th of `all` came in.
fn before(n: usize, all: usize) -> TimeDelta {
    TimeDelta::days(DAYS) * (all - 1 - n) as i32 / all as i32
}

fn complaint(example: &Labelled, received_at: DateTime<FixedOffset>) -> Result<Complaint> {
    Ok(Complaint {
        reference: Some(format!("DEMO-{}", example.id)),
        title: example.title.clone(),
        channel: example.channel.clone(),
        received_at: Some(received_at),
        ..Complaint::of(ComplaintText::parse(example.text.as_str())?)
    })
}
