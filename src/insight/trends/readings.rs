//! What texts say, word by word and place by place, read once and kept for the next question.
//!
//! A text is read when it is first asked for; it never changes. Words are kept as numbers, so that a text takes some
//! hundred bytes; how many texts are kept is bounded, those not asked for lately go first.

use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use rayon::prelude::*;

use crate::case::{Place, PlaceKind, Segmented};
use crate::error::Result;
use crate::store::Text;
use crate::text::Reader;

use crate::insight::Ground;

/// Texts kept, at most.
const MOST: usize = 100_000;
/// Texts read from the store at once.
const BATCH: usize = 1000;
/// Words that are told apart; beyond them all is read anew.
const MOST_TOKENS: usize = 1_000_000;
/// Letters and digits from which two equal texts are copies, not two people who say the same.
const LEAST_COPY: usize = 10;

/// A word, or a place with its kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Token {
    pub text: String,
    /// None for a word.
    pub place: Option<PlaceKind>,
}

/// What one text says.
pub struct Reading {
    pub case: String,
    /// Equal for texts that are copies of each other; none for one too short to say.
    pub copy: Option<u64>,
    /// Each once, ascending.
    pub words: Vec<u32>,
    pub places: Vec<u32>,
    asked: u64,
}

/// The texts read so far.
#[derive(Default)]
pub struct Readings {
    numbers: HashMap<Token, u32>,
    tokens: Vec<Token>,
    /// None for a text that is not to be told.
    read: HashMap<i64, Option<Reading>>,
    /// Counts the questions.
    question: u64,
}

impl Readings {
    /// Reads those of these cases that are not yet known.
    pub fn read(&mut self, ground: Ground, arrivals: &[i64]) -> Result<()> {
        if self.tokens.len() > MOST_TOKENS {
            *self = Self::default();
        }
        self.question += 1;
        let question = self.question;
        for arrival in arrivals {
            if let Some(Some(reading)) = self.read.get_mut(arrival) {
                reading.asked = question;
            }
        }
        let new: Vec<i64> = arrivals.iter().filter(|arrival| !self.read.contains_key(arrival)).copied().collect();
        self.make_room(new.len());
        for some in new.chunks(BATCH) {
            let texts = ground.store.texts(some)?;
            let said: Vec<Option<Said>> =
                texts.par_iter().map(|text| text.told.as_deref().map(|told| Said::of(told, ground.reader))).collect();
            texts.into_iter().zip(said).for_each(|(text, said)| self.keep(text, said));
        }
        Ok(())
    }

    /// What a case says; none where it is not to be told, or is not there.
    pub fn of(&self, arrival: i64) -> Option<&Reading> {
        self.read.get(&arrival)?.as_ref()
    }

    pub fn token(&self, number: u32) -> &Token {
        &self.tokens[number as usize]
    }

    fn keep(&mut self, text: Text, said: Option<Said>) {
        let reading = said.map(|said| Reading {
            case: text.case,
            copy: said.copy,
            words: said.words.into_iter().map(|word| self.number(Token { text: word, place: None })).collect(),
            places: said
                .places
                .into_iter()
                .map(|(text, kind)| self.number(Token { text, place: Some(kind) }))
                .collect(),
            asked: self.question,
        });
        self.read.insert(text.arrival, reading);
    }

    fn number(&mut self, token: Token) -> u32 {
        let next = self.tokens.len() as u32;
        let Self { numbers, tokens, .. } = self;
        *numbers.entry(token).or_insert_with_key(|token| {
            tokens.push(token.clone());
            next
        })
    }

    /// Lets go of texts not asked for just now, the longest unasked first, until so many more fit.
    fn make_room(&mut self, more: usize) {
        let over = (self.read.len() + more).saturating_sub(MOST);
        if over == 0 {
            return;
        }
        let asked = |reading: &Option<Reading>| reading.as_ref().map_or(0, |reading| reading.asked);
        let mut old: Vec<(u64, i64)> = self.read.iter().map(|(arrival, reading)| (asked(reading), *arrival)).collect();
        old.retain(|(asked, _)| *asked < self.question);
        old.sort_unstable();
        old.iter().take(over).for_each(|(_, arrival)| drop(self.read.remove(arrival)));
    }
}

/// What one text says, in words.
struct Said {
    copy: Option<u64>,
    words: BTreeSet<String>,
    places: BTreeSet<(String, PlaceKind)>,
}

impl Said {
    fn of(text: &str, reader: &Reader) -> Self {
        let read = reader.read(text);
        let places = read.places.iter().filter(|place| is_somewhere(place)).map(|place| (called(place), place.kind));
        Self { copy: copy(&read), words: words(&read, reader), places: places.collect() }
    }
}

/// The words that count: none that is part of a place's name.
fn words(read: &Segmented, reader: &Reader) -> BTreeSet<String> {
    let words = read.words.iter().filter(|word| reader.tells(word));
    let words = words.filter(|word| {
        let span = read.submitted(word.span);
        !read.places.iter().any(|place| place.span.start < span.end && span.start < place.span.end)
    });
    words.map(|word| word.text.clone()).collect()
}

/// Narrower than a district.
fn is_somewhere(place: &Place) -> bool {
    !matches!(place.kind, PlaceKind::City | PlaceKind::District) && !place.text.contains('[')
}

/// Its official name where the gazetteer knows it, so that one place has one name.
fn called(place: &Place) -> String {
    place.name.as_ref().unwrap_or(&place.text).clone()
}

/// What is the same in copies of one text: its letters, without what was masked, stops and digits.
fn copy(read: &Segmented) -> Option<u64> {
    let mut hasher = DefaultHasher::new();
    let mut letters = 0;
    for word in read.words.iter().filter(|word| !word.text.starts_with('[')) {
        for letter in word.text.chars().filter(|letter| letter.is_alphabetic()) {
            letter.hash(&mut hasher);
            letters += 1;
        }
    }
    (letters >= LEAST_COPY).then(|| hasher.finish())
}
