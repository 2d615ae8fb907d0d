//! Open answers as the craft of themes wants them: normalized, masked, cut into words and phrases, heard by the models.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::{Ground, Progress};
use crate::case::{AnswerKey, Frame, QuestionKind, Replies, Segmented, Sentiment, Span};
use crate::error::{Error, Result};
use crate::model::vectors::Vectors;
use crate::store::KeptSurvey;
use crate::text;
use crate::themes::{self, Answer, Attitude, AttitudeWords, Opinion, Reading, Taught};

/// Texts heard at once.
const BATCH: usize = 64;
/// The likeliest categories that a reading keeps.
const CATEGORIES: usize = 5;
/// Words of attitude, in the data folder.
const ATTITUDES: &str = "attitude.txt";
/// Opinions whose attitude a person has said, in the data folder.
const OPINIONS: &str = "opinions.jsonl";

/// What open answers are read by, loaded at the first survey, and those read last: reading takes the models, and signing
/// comes soon after proposing.
#[derive(Default)]
pub struct Readings {
    /// The data folder and that of the base encoder; by default neither, and answers are ordered by their words alone.
    folders: Option<(PathBuf, PathBuf)>,
    vectors: OnceLock<Option<Vectors>>,
    attitude: OnceLock<Option<Arc<Attitude>>>,
    last: Mutex<Option<Last>>,
}

/// The survey, how many answered it, and what they said.
type Last = (String, usize, Arc<Vec<Answer>>);

impl Readings {
    pub fn by(data: PathBuf, base: PathBuf) -> Self {
        Self { folders: Some((data, base)), ..Self::default() }
    }

    /// Every open answer of a survey, by question and then by respondent as the file has them.
    pub(super) fn of(&self, ground: Ground, kept: &KeptSurvey, progress: Progress) -> Result<Arc<Vec<Answer>>> {
        // Answers may be added to a survey; none is ever changed.
        let many = kept.answers.len();
        if let Some((id, read, answers)) = &*self.last.lock().unwrap_or_else(PoisonError::into_inner)
            && (id, *read) == (&kept.id, many)
        {
            return Ok(Arc::clone(answers));
        }
        let answers = Arc::new(self.answers(ground, open_texts(kept), progress)?);
        let last = Some((kept.id.clone(), many, Arc::clone(&answers)));
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = last;
        Ok(answers)
    }

    /// Names and descriptions of a frame, read.
    pub(super) fn taught(&self, ground: Ground, frame: &Frame) -> Result<Taught> {
        let told = themes::lessons(frame);
        let mut readings: Vec<Reading> =
            told.iter().map(|(_, text)| reading(ground, &ground.reader.read(text))).collect();
        self.hear(ground, readings.iter_mut().collect(), &|_, _| Ok(()))?;
        let mut taught = Taught::new();
        for ((code, _), reading) in told.into_iter().zip(readings) {
            taught.entry(code).or_default().push(reading);
        }
        Ok(taught)
    }

    /// How attitudes are told, learnt from our own opinions; none where the data folder has none.
    pub(super) fn attitude(&self, ground: Ground) -> Result<Option<Arc<Attitude>>> {
        if let Some(known) = self.attitude.get() {
            return Ok(known.clone());
        }
        let learnt = self.learn_attitude(ground)?.map(Arc::new);
        Ok(self.attitude.get_or_init(|| learnt).clone())
    }

    fn learn_attitude(&self, ground: Ground) -> Result<Option<Attitude>> {
        let Some((data, _)) = &self.folders else { return Ok(None) };
        if !data.join(ATTITUDES).exists() {
            return Ok(None);
        }
        let words = AttitudeWords::parse(&read(data, ATTITUDES)?, ATTITUDES)?;
        let (texts, sentiments): (Vec<Told>, Vec<Sentiment>) = Opinion::parse(&read(data, OPINIONS)?, OPINIONS)?
            .into_iter()
            .enumerate()
            .map(|(n, opinion)| {
                let key = AnswerKey::new("", n.to_string());
                (Told { key, at: None, text: ground.reader.mask(&opinion.text) }, opinion.sentiment)
            })
            .unzip();
        let answers = self.answers(ground, texts, &|_, _| Ok(()))?;
        Ok(Some(Attitude::learn(words, &answers.into_iter().zip(sentiments).collect::<Vec<_>>())))
    }

    fn answers(&self, ground: Ground, told: Vec<Told>, progress: Progress) -> Result<Vec<Answer>> {
        let mut answers: Vec<Answer> = told.into_iter().map(|told| answer(ground, told)).collect();
        let readings =
            answers.iter_mut().flat_map(|answer| std::iter::once(&mut answer.whole).chain(&mut answer.parts));
        self.hear(ground, readings.collect(), progress)?;
        Ok(answers)
    }

    /// Adds what the models say of each text once; nothing where there are none.
    fn hear(&self, ground: Ground, mut readings: Vec<&mut Reading>, progress: Progress) -> Result<()> {
        let distinct: BTreeSet<String> = readings.iter().map(|reading| reading.text.clone()).collect();
        // Texts of like length are heard together: the encoder pads to the longest.
        let mut texts: Vec<String> = distinct.into_iter().collect();
        texts.sort_by_key(|text| text.chars().count());
        let (vectors, all) = (self.vectors(), texts.len());
        let mut heard: BTreeMap<&str, (Vec<f32>, Vec<_>, Vec<_>)> = BTreeMap::new();
        for (at, batch) in texts.chunks(BATCH).enumerate() {
            let batch: Vec<&str> = batch.iter().map(String::as_str).collect();
            let vectors = vectors.map(|vectors| vectors.of(&batch)).transpose()?;
            let predictions = ground.model.map(|model| model.predict_linear(&batch)).unwrap_or_default();
            for (at, text) in batch.iter().enumerate() {
                let vector = vectors.as_ref().map(|vectors| vectors[at].clone()).unwrap_or_default();
                let (categories, petition) = predictions.get(at).map_or_else(Default::default, |prediction| {
                    let categories = prediction.categories.iter().take(CATEGORIES).cloned().collect();
                    (categories, prediction.petition.clone())
                });
                heard.insert(text, (vector, categories, petition));
            }
            progress((at * BATCH + batch.len()).min(all), all)?;
        }
        for reading in &mut readings {
            if let Some((vector, categories, petition)) = heard.get(reading.text.as_str()) {
                reading.vector.clone_from(vector);
                reading.categories.clone_from(categories);
                reading.petition.clone_from(petition);
            }
        }
        Ok(())
    }

    fn vectors(&self) -> Option<&Vectors> {
        let load = || {
            let (_, base) = self.folders.as_ref()?;
            Vectors::load(base)
                .inspect_err(|error| tracing::warn!("没有基础编码器，开放题只按词语归纳：{}", error.chain()))
                .ok()
        };
        self.vectors.get_or_init(load).as_ref()
    }
}

fn read(folder: &Path, name: &str) -> Result<String> {
    let path = folder.join(name);
    std::fs::read_to_string(&path).map_err(|error| {
        let shown = path.display();
        let zh = format!("无法读取 {shown}：请确认文件存在且为 UTF-8");
        Error::setup(zh, format!("cannot read {shown}: it must exist and be UTF-8")).because(error)
    })
}

/// An open answer, masked.
struct Told {
    key: AnswerKey,
    at: Option<i64>,
    text: String,
}

fn open_texts(kept: &KeptSurvey) -> Vec<Told> {
    let mut told = Vec::new();
    for question in kept.survey.of_kind(QuestionKind::Open) {
        let Some(Replies::Text(texts)) = kept.answers.replies.get(&question.id) else { continue };
        for (row, text) in texts.iter().enumerate() {
            let Some(text) = text.clone() else { continue };
            let at = kept.answers.times.get(row).copied().flatten().map(|at| at.timestamp_millis());
            told.push(Told { key: AnswerKey::new(&question.id, &kept.answers.ids[row]), at, text });
        }
    }
    told
}

fn answer(ground: Ground, told: Told) -> Answer {
    let read = ground.reader.read(&told.text);
    let characters: Vec<char> = read.text.chars().collect();
    let cut = |span: Span| characters[span.start..span.end].iter().collect::<String>();
    let phrases: Vec<String> = text::phrases(&read.text).into_iter().map(cut).collect();
    Answer {
        key: told.key,
        at: told.at,
        parts: phrases.iter().map(|phrase| reading(ground, &ground.reader.read(phrase))).collect(),
        whole: reading(ground, &read),
        protected: false,
    }
}

/// What the dictionary says of a text.
fn reading(ground: Ground, read: &Segmented) -> Reading {
    let words: Vec<_> = read.words.iter().filter(|word| word.text.chars().any(char::is_alphanumeric)).collect();
    Reading {
        text: read.text.clone(),
        words: words.iter().map(|word| word.text.to_lowercase()).collect(),
        telling: words.iter().map(|word| ground.reader.tells(word)).collect(),
        ..Reading::default()
    }
}
