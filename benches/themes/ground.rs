//! The authored surveys with their gold, read as the service reads answers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use guikou::case::{AnswerKey, Frame, Sentiment};
use guikou::model::vectors::Vectors;
use guikou::text::{self, Reader};
use guikou::themes::{self, Answer, Attitude, AttitudeWords, Reading, Taught};

pub const SURVEYS: [&str; 3] = ["renovation", "bus", "hall"];

pub struct Ground {
    pub reader: Reader,
    pub vectors: Vectors,
}

pub struct Survey {
    pub name: &'static str,
    pub answers: Vec<Answer>,
    pub gold: BTreeMap<AnswerKey, Gold>,
    pub frame: Frame,
}

pub struct Gold {
    pub codes: BTreeSet<String>,
    pub sentiment: Sentiment,
    pub copy_of: Option<AnswerKey>,
}

#[derive(serde::Deserialize)]
struct Line {
    id: u64,
    question: String,
    themes: BTreeSet<String>,
    sentiment: Sentiment,
    copy_of: Option<u64>,
}

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

impl Ground {
    pub fn load() -> Self {
        let root = root();
        let vectors = Vectors::load(&root.join("models/base")).unwrap();
        Self { reader: Reader::load(&root.join("data")).unwrap(), vectors }
    }

    /// Each text once: an answer of one phrase is that phrase.
    pub fn readings(&self, texts: &[String]) -> Vec<Reading> {
        let mut at: BTreeMap<&String, usize> = BTreeMap::new();
        let mut distinct: Vec<&String> = Vec::new();
        for text in texts {
            at.entry(text).or_insert_with(|| {
                distinct.push(text);
                distinct.len() - 1
            });
        }
        let mut readings: Vec<Reading> = distinct.iter().map(|text| self.reading(text)).collect();
        let masked: Vec<&str> = readings.iter().map(|reading| reading.text.as_str()).collect();
        let vectors = self.vectors.of(&masked).unwrap();
        readings.iter_mut().zip(vectors).for_each(|(reading, vector)| reading.vector = vector);
        texts.iter().map(|text| readings[at[text]].clone()).collect()
    }

    fn reading(&self, text: &str) -> Reading {
        let read = self.reader.read(text);
        let spoken: Vec<_> = read.words.iter().filter(|word| word.text.chars().any(char::is_alphanumeric)).collect();
        Reading {
            words: spoken.iter().map(|word| word.text.to_lowercase()).collect(),
            telling: spoken.iter().map(|word| self.reader.tells(word)).collect(),
            text: read.text,
            ..Reading::default()
        }
    }

    pub fn answers(&self, told: Vec<(AnswerKey, Option<i64>, String)>) -> Vec<Answer> {
        let masked: Vec<String> = told.iter().map(|(.., text)| self.reader.mask(text)).collect();
        let mut texts: Vec<String> = Vec::new();
        let mut spans = Vec::new();
        for text in &masked {
            let start = texts.len();
            texts.push(text.clone());
            let phrase = |span: guikou::case::Span| text.chars().skip(span.start).take(span.end - span.start).collect();
            texts.extend(text::phrases(text).into_iter().map(phrase));
            spans.push(start..texts.len());
        }
        let readings = self.readings(&texts);
        let answer = |((key, at, _), span): ((AnswerKey, Option<i64>, String), std::ops::Range<usize>)| Answer {
            key,
            at,
            whole: readings[span.start].clone(),
            parts: readings[span.start + 1..span.end].to_vec(),
            protected: false,
        };
        told.into_iter().zip(spans).map(answer).collect()
    }

    pub fn taught(&self, frame: &Frame) -> Taught {
        let texts = themes::lessons(frame);
        let readings = self.readings(&texts.iter().map(|(_, text)| text.clone()).collect::<Vec<_>>());
        let mut taught = Taught::new();
        texts.into_iter().zip(readings).for_each(|((code, _), reading)| taught.entry(code).or_default().push(reading));
        taught
    }

    pub fn survey(&self, name: &'static str) -> Survey {
        let folder = root().join("data/surveys").join(name);
        let texts = texts(&folder);
        let lines = std::fs::read_to_string(folder.join("gold.jsonl")).unwrap();
        let key = |question: &str, id: u64| AnswerKey::new(question, id.to_string());
        let (mut gold, mut told) = (BTreeMap::new(), Vec::new());
        for line in lines.lines() {
            let line: Line = serde_json::from_str(line).unwrap();
            let answer = key(&line.question, line.id);
            let (at, text) = texts[&answer].clone();
            told.push((answer.clone(), at, text));
            let copy_of = line.copy_of.map(|first| key(&line.question, first));
            gold.insert(answer, Gold { codes: line.themes, sentiment: line.sentiment, copy_of });
        }
        let frame = std::fs::read_to_string(folder.join("themes.toml")).unwrap();
        Survey { name, answers: self.answers(told), gold, frame: toml::from_str(&frame).unwrap() }
    }

    /// Attitudes as the other surveys teach them.
    pub fn attitude(&self, others: &[&Survey]) -> Attitude {
        let file = root().join("data/attitude.txt");
        let words = AttitudeWords::parse(&std::fs::read_to_string(file).unwrap(), "data/attitude.txt").unwrap();
        let known = |survey: &&Survey| {
            let original = survey.answers.iter().filter(|answer| survey.gold[&answer.key].copy_of.is_none());
            original.map(|answer| (answer.clone(), survey.gold[&answer.key].sentiment)).collect::<Vec<_>>()
        };
        Attitude::learn(words, &others.iter().flat_map(known).collect::<Vec<_>>())
    }
}

/// Open answers by question and respondent, with when they came.
fn texts(folder: &Path) -> BTreeMap<AnswerKey, (Option<i64>, String)> {
    let bytes = std::fs::read_to_string(folder.join("answers.csv")).unwrap();
    let mut rows = csv::ReaderBuilder::new().from_reader(bytes.trim_start_matches('\u{feff}').as_bytes());
    let header = rows.headers().unwrap().clone();
    let columns: Vec<(usize, String)> = (header.iter().enumerate())
        .filter_map(|(i, name)| {
            ["13", "14"].iter().find(|n| name.starts_with(&format!("{n}、"))).map(|n| (i, format!("q{n}")))
        })
        .collect();
    let mut texts = BTreeMap::new();
    for row in rows.records().map(Result::unwrap) {
        let at = chrono::NaiveDateTime::parse_from_str(&row[1], "%Y/%m/%d %H:%M:%S").ok();
        let at = at.map(|at| at.and_utc().timestamp_millis());
        for (i, question) in columns.iter().filter(|(i, _)| !row[*i].is_empty()) {
            texts.insert(AnswerKey::new(question, &row[0]), (at, row[*i].to_owned()));
        }
    }
    texts
}
