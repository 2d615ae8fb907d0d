//! Text: from a citizen's words as submitted to [`Segmented`], the only form that anything else sees.
//!
//! ```text
//! submitted ─ normal ─► one writing ─ mask ─► no personal data ─ lexicon ─► words, keywords
//!                                                              └ places ──► places ─ scene ─► where it happened
//! ```
//!
//! Owns jieba, OpenCC, the dictionaries and the gazetteer. Knows no category and no model. Spans of places and of
//! masked data count characters of the submitted text; spans of words count characters of the masked text.

mod clauses;
mod gazetteer;
mod lexicon;
mod mask;
mod names;
mod normal;
mod numbers;
mod place_words;
mod places;
mod scene;
mod shapes;

use std::path::Path;

pub use clauses::{clauses, phrases};
pub use scene::scene;

use crate::case::{Segmented, Word};
use crate::error::{Error, Result};

/// Reads texts. Load once, share between threads.
pub struct Reader {
    normalizer: normal::Normalizer,
    masker: mask::Masker,
    lexicon: lexicon::Lexicon,
    gazetteer: gazetteer::Gazetteer,
    shapes: shapes::Shapes,
}

impl Reader {
    /// Reads `lexicon.txt`, `stopwords.txt` and `places.csv` of `data_dir`. A wrong file is refused with all its
    /// mistakes, each with its line.
    pub fn load(data_dir: &Path) -> Result<Self> {
        let gazetteer = gazetteer::Gazetteer::load(&data_dir.join("places.csv"))?;
        let lexicon = lexicon::Lexicon::load(data_dir, gazetteer.forms())?;
        Ok(Self {
            normalizer: normal::Normalizer::load()?,
            masker: mask::Masker::load()?,
            lexicon,
            gazetteer,
            shapes: shapes::Shapes::load()?,
        })
    }

    /// Normalizes, masks, cuts, and finds keywords and places. Takes any text.
    pub fn read(&self, submitted: &str) -> Segmented {
        let (normal, masked) = self.masker.mask(self.normalizer.normalize(submitted), &self.lexicon);
        let text: String = normal.chars.iter().collect();
        let words = self.lexicon.words(&text);
        let keywords = self.lexicon.keywords(&text);
        let mut read = Segmented { text, origin: normal.origin, words, keywords, places: Vec::new(), masked };
        read.places = places::places(&read, &self.gazetteer, &self.shapes, &self.lexicon);
        read
    }

    /// Whether a word may be what a matter is about: a noun or verb, no name, no stop word.
    pub fn tells(&self, word: &Word) -> bool {
        self.lexicon.tells(word)
    }

    /// The words of a search (查找), written as texts are. Nothing is masked: what no kept text holds is not found.
    pub fn sought(&self, asked: &str) -> Vec<String> {
        let normal: String = self.normalizer.normalize(asked).chars.into_iter().collect();
        normal.split_whitespace().map(str::to_owned).collect()
    }

    /// Normalizes and masks only: the same text as [`Reader::read`] gives, for titles and training examples.
    pub fn mask(&self, submitted: &str) -> String {
        let (normal, _) = self.masker.mask(self.normalizer.normalize(submitted), &self.lexicon);
        normal.chars.into_iter().collect()
    }
}

fn read_file(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| {
        let name = path.display();
        Error::setup(
            format!("无法读取 {name}：请确认文件存在且为 UTF-8"),
            format!("cannot read {name}: it must exist and be UTF-8"),
        )
        .because(error)
    })
}

/// The words of a table that is written as one string.
fn words(table: &'static str) -> std::str::SplitAsciiWhitespace<'static> {
    table.split_ascii_whitespace()
}

fn holds(table: &'static str, word: &str) -> bool {
    words(table).any(|known| known == word)
}

fn starts_with_any(text: &str, table: &'static str) -> bool {
    words(table).any(|word| text.starts_with(word))
}

fn ends_with_any(text: &str, table: &'static str) -> bool {
    words(table).any(|word| text.ends_with(word))
}
