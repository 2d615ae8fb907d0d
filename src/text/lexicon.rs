//! Words (分词): jieba with the hotline's own dictionary, parts of speech, and keywords by TF-IDF.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use jieba_rs::{Jieba, KeywordExtract, KeywordExtractConfig, TfIdf};
use regex::Regex;

use crate::case::{Keyword, Span, Word};
use crate::error::{Error, Result};

/// The dictionary, ready to cut.
pub struct Lexicon {
    jieba: Jieba,
    tfidf: TfIdf,
    wholes: Regex,
    /// The hotline's own words, with their parts of speech.
    own: HashMap<String, String>,
}

/// Keywords given for one text.
const KEYWORDS: usize = 10;

/// Parts of speech that may carry a matter: nouns, verbs, adjectives, names of things and our own words.
const CARRYING: &str = "n nz nl ng nt nrt v vn vd an a l i j eng hot";

/// Parts of speech of what is told: nouns and verbs, and phrases that stand for them.
const TELLING: &str = "n nz nl ng nt v vn vd vi l i j";

impl Lexicon {
    /// Reads `lexicon.txt` (`word frequency tag`) and `stopwords.txt` (a word a line); `#` opens a comment.
    /// `places` are words too, tagged `ns`.
    pub fn load<'a>(data_dir: &Path, places: impl Iterator<Item = &'a str>) -> Result<Self> {
        let mut jieba = Jieba::new();
        let mut own = HashMap::new();
        for (word, frequency, tag) in hotline_words(&data_dir.join("lexicon.txt"))? {
            jieba.add_word(&word, Some(frequency), Some(&tag));
            own.insert(word, tag);
        }
        for place in places {
            jieba.add_word(place, Some(PLACE_FREQUENCY), Some("ns"));
        }
        let mut tfidf = TfIdf::default();
        *tfidf.config_mut() = KeywordExtractConfig::builder()
            .set_stop_words(stop_words(&data_dir.join("stopwords.txt"))?)
            .use_hmm(false)
            .build();
        let wholes = Regex::new(WHOLES).map_err(|error| {
            Error::internal("分词规则写错了", "a segmentation rule does not compile").because(error)
        })?;
        Ok(Self { jieba, tfidf, wholes, own })
    }

    /// Every character of `text` in exactly one word, in order.
    /// Mask tokens and anonymised areas are one word each: jieba would cut `B6县江岭镇` after 县江.
    pub fn words(&self, text: &str) -> Vec<Word> {
        let mut words = Vec::new();
        let mut done = 0;
        for whole in self.wholes.find_iter(text) {
            self.cut(&text[done..whole.start()], &mut words);
            push_word(whole.as_str(), if whole.as_str().starts_with('[') { "x" } else { "ns" }, &mut words);
            done = whole.end();
        }
        self.cut(&text[done..], &mut words);
        words
    }

    fn cut(&self, text: &str, words: &mut Vec<Word>) {
        for tagged in self.jieba.tag(text, true) {
            push_word(tagged.word, tagged.tag, words);
        }
    }

    /// In the dictionary, ours or jieba's.
    pub fn knows(&self, word: &str) -> bool {
        self.jieba.has_word(word)
    }

    /// Heaviest first. Known words only: what jieba guesses (快派, 全灌) is too often no word.
    pub fn keywords(&self, text: &str) -> Vec<Keyword> {
        let carrying = super::words(CARRYING).map(str::to_owned).collect();
        let bare = self.wholes.replace_all(text, "，");
        let found = self.tfidf.extract_keywords(&self.jieba, &bare, KEYWORDS, carrying);
        found.into_iter().map(|k| Keyword { text: k.keyword, weight: k.weight }).collect()
    }

    /// Whether a word may be what a matter is about: a noun or verb of two letters or more that a dictionary has, no
    /// name of a person or place, no stop word. Of its own words the hotline's dictionary says what they are: jieba
    /// keeps the tags it had and takes 井盖 for a person.
    pub fn tells(&self, word: &Word) -> bool {
        let tag = self.own.get(&word.text).map_or(word.tag.as_str(), String::as_str);
        super::holds(TELLING, tag)
            && word.span.end - word.span.start > 1
            && self.knows(&word.text)
            && !self.tfidf.config().stop_words().contains(&word.text)
    }

    /// A dictionary word that is no personal name.
    pub fn is_common(&self, word: &str) -> bool {
        self.jieba.has_word(word) && !self.tag_of(word).starts_with("nr")
    }

    pub fn is_place(&self, word: &str) -> bool {
        self.jieba.has_word(word) && self.tag_of(word).starts_with("ns")
    }

    /// Whether jieba takes the first `bytes` of `text` for one word that no dictionary has, or for a name.
    pub fn starts_with_unit(&self, text: &str, bytes: usize) -> bool {
        let window = text.char_indices().nth(7).map_or(text, |(end, _)| &text[..end]);
        let first = self.jieba.tag(window, true).first().map(|tag| (tag.word.len(), tag.tag.to_owned()));
        first.is_some_and(|(length, tag)| length == bytes && (tag == "x" || tag.starts_with("nr")))
    }

    fn tag_of(&self, word: &str) -> String {
        match &self.jieba.tag(word, false)[..] {
            [one] => one.tag.to_owned(),
            _ => String::new(),
        }
    }
}

fn push_word(text: &str, tag: &str, words: &mut Vec<Word>) {
    let start = words.last().map_or(0, |word| word.span.end);
    let span = Span { start, end: start + text.chars().count() };
    words.push(Word { text: text.to_owned(), tag: tag.to_owned(), span });
}

/// What jieba must not cut: mask tokens, and areas whose names were taken out of a text (A3区, K5县).
const WHOLES: &str =
    r"\[[一-龥Q]{2,3}\]|(?-u:\b)[A-Z][0-9]{0,2} ?(?:市|省|州)|(?-u:\b)[A-Z][0-9]{1,2} ?(?:区|县)|西地省";

/// Enough to keep a name in one piece, too little to break common words.
const PLACE_FREQUENCY: usize = 300;

fn hotline_words(path: &Path) -> Result<Vec<(String, usize, String)>> {
    let mut words = Vec::new();
    let mut seen = BTreeSet::new();
    let mut error = Error::setup("分词词典有误：请按下列各行改正", "the dictionary has mistakes: mend these lines");
    for (line, row) in lines(path)? {
        let at = format!("{}:{line}", path.display());
        let columns: Vec<&str> = row.split_whitespace().collect();
        match columns[..] {
            [word, frequency, tag] if frequency.parse::<usize>().is_ok_and(|f| f > 0) => {
                if !seen.insert(word.to_owned()) {
                    error = error.at(at, format!("“{word}”重复"), format!("`{word}` stands twice"));
                } else {
                    words.push((word.to_owned(), frequency.parse().unwrap_or(1), tag.to_owned()));
                }
            }
            _ => {
                error =
                    error.at(at, "应为“词 词频 词性”，词频为正整数", "write `word frequency tag`, frequency above 0");
            }
        }
    }
    if error.flaws.is_empty() { Ok(words) } else { Err(error) }
}

fn stop_words(path: &Path) -> Result<BTreeSet<String>> {
    Ok(lines(path)?.into_iter().map(|(_, word)| word).collect())
}

/// Lines with their numbers, without comments and blanks.
fn lines(path: &Path) -> Result<Vec<(usize, String)>> {
    let text = super::read_file(path)?;
    let numbered = text.lines().enumerate().map(|(i, line)| (i + 1, line.trim().to_owned()));
    Ok(numbered.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')).collect())
}
