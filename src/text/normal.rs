//! Normalization (规范化): one writing for one content, each character tied to where it came from.
//!
//! What is folded: full-width letters, digits and symbols → ASCII; HTML tags and entities; control, zero-width and
//! formatting characters → nothing; runs of blanks → one; traditional → simplified (OpenCC `t2s`, phrase by phrase).
//! What stays: emoji, circled numbers (①), and punctuation as written. `，。：；？！（）` are not folded to ASCII nor
//! the other way round: a BERT vocabulary has both, and `3.5` and `三。五` mean different things.
//!
//! Entities and tags are resolved against the *output*, so that `&amp;lt;br&gt;` ends where a second run would end:
//! normalizing twice changes nothing.

use ferrous_opencc::{OpenCC, config::BuiltinConfig};
use unicode_normalization::UnicodeNormalization;

use super::holds;
use crate::case::Span;
use crate::error::{Error, Result};

/// A normalized text; `origin[i]` is the submitted span of `chars[i]`, starts never decreasing.
#[derive(Debug, Clone, Default)]
pub struct Normal {
    pub chars: Vec<char>,
    pub origin: Vec<Span>,
}

/// Turns submitted text into normalized text.
pub struct Normalizer {
    simplify: OpenCC,
    /// The simplified form of every character from U+3400 to U+9FFF, taken alone.
    simple: Vec<char>,
}

const SIMPLIFYING_ROUNDS: usize = 4;
const FIRST_HAN: u32 = 0x3400;
const LAST_HAN: u32 = 0x9FFF;

impl Normalizer {
    pub fn load() -> Result<Self> {
        let simplify = OpenCC::from_config(BuiltinConfig::T2s).map_err(|error| {
            Error::internal("繁简转换表无法载入", "the traditional-to-simplified table cannot be loaded").because(error)
        })?;
        let alone = |code| {
            let c = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
            let mut simple = simplify.convert(c.encode_utf8(&mut [0; 4])).chars().collect::<Vec<_>>().into_iter();
            simple.next().filter(|_| simple.next().is_none()).unwrap_or(c)
        };
        let simple = (FIRST_HAN..=LAST_HAN).map(alone).collect();
        Ok(Self { simplify, simple })
    }

    pub fn normalize(&self, submitted: &str) -> Normal {
        let mut folding = Folding::default();
        for (position, c) in submitted.chars().enumerate() {
            folding.take(c, position);
        }
        let mut normal = folding.finish();
        self.to_simplified(&mut normal.chars);
        normal
    }

    /// Until nothing changes: `t2s` turns 薴 into 苧, and 苧 into 苎.
    fn to_simplified(&self, chars: &mut [char]) {
        for _ in 0..SIMPLIFYING_ROUNDS {
            if !chars.iter().any(|&c| self.is_traditional(c)) {
                return;
            }
            chars.chunk_by_mut(|&a, &b| is_han(a) && is_han(b)).for_each(|run| self.simplify_run(run));
        }
    }

    /// Phrase-aware; a run whose length would change is done character by character, so that every character keeps
    /// its place.
    fn simplify_run(&self, run: &mut [char]) {
        let written: String = run.iter().collect();
        let whole: Vec<char> = self.simplify.convert(&written).chars().collect();
        if whole.len() == run.len() {
            run.copy_from_slice(&whole);
        } else {
            run.iter_mut().for_each(|c| *c = self.simplified_char(*c));
        }
    }

    fn simplified_char(&self, c: char) -> char {
        let place = u32::from(c).checked_sub(FIRST_HAN).map(|i| i as usize);
        place.and_then(|i| self.simple.get(i)).copied().unwrap_or(c)
    }

    /// A character that simplified writing keeps in some words does not make a text traditional.
    fn is_traditional(&self, c: char) -> bool {
        is_han(c) && !KEPT_IN_SIMPLIFIED.contains(c) && self.simplified_char(c) != c
    }
}

/// Written in simplified text too, in set words (瞭望, 著名, 乾隆, 宫商角徵羽), though `t2s` has another form for them.
const KEPT_IN_SIMPLIFIED: &str = "瞭著乾徵藉覆";

#[derive(Default)]
struct Folding {
    chars: Vec<char>,
    origin: Vec<Span>,
    /// Where in `chars` a `<` stands that no `>` has answered yet.
    open: Vec<usize>,
}

impl Folding {
    fn take(&mut self, c: char, position: usize) {
        let span = Span { start: position, end: position + 1 };
        match c {
            '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{0B}' | '\u{0C}' => self.blank('\n', span),
            _ if c.is_whitespace() => self.blank(' ', span),
            _ if is_dropped(c) => {}
            _ if is_folded(c) => std::iter::once(c).nfkc().for_each(|folded| match folded {
                ' ' => self.blank(' ', span),
                _ => self.push(folded, span),
            }),
            _ => self.push(c, span),
        }
    }

    fn push(&mut self, c: char, span: Span) {
        match c {
            ';' if self.end_entity(span) => return,
            '>' if self.end_tag(span) => return,
            '<' => self.open.push(self.chars.len()),
            _ => {}
        }
        self.chars.push(c);
        self.origin.push(span);
        if c == '_' && ends_with(&self.chars, CARRIAGE_RETURN) {
            self.cut_to(self.chars.len() - CARRIAGE_RETURN.len(), '\n', span);
        }
    }

    /// A run of blanks is one blank; a line break in it wins.
    fn blank(&mut self, blank: char, span: Span) {
        match self.chars.last_mut() {
            None => {}
            Some(last @ (' ' | '\n')) => {
                if blank == '\n' {
                    *last = '\n';
                }
                if let Some(origin) = self.origin.last_mut() {
                    origin.end = span.end;
                }
            }
            Some(_) => {
                self.chars.push(blank);
                self.origin.push(span);
            }
        }
    }

    /// `…&nbsp` + `;` → the character it stands for.
    fn end_entity(&mut self, span: Span) -> bool {
        let tail = self.chars.len().saturating_sub(LONGEST_ENTITY);
        let Some(start) = self.chars[tail..].iter().rposition(|&c| c == '&').map(|i| tail + i) else { return false };
        let written: String = self.chars[start..].iter().chain([&';']).collect();
        let decoded = html_escape::decode_html_entities(&written);
        let mut chars = decoded.chars();
        let (Some(c), None) = (chars.next(), chars.next()) else { return false };
        let whole = Span { start: self.origin[start].start, end: span.end };
        self.truncate(start);
        match c {
            _ if is_dropped(c) => {}
            '\n' | '\r' => self.blank('\n', whole),
            _ if c.is_whitespace() => self.blank(' ', whole),
            _ => self.push(c, whole),
        }
        true
    }

    /// `…<br` + `>` → a line break for a block, nothing for the others.
    fn end_tag(&mut self, span: Span) -> bool {
        let Some(start) = self.open.pop() else { return false };
        let Some(blank) = tag_meaning(&self.chars[start + 1..]) else { return false };
        match blank {
            Some(blank) => self.cut_to(start, blank, span),
            None => self.truncate(start),
        }
        true
    }

    fn cut_to(&mut self, start: usize, blank: char, span: Span) {
        let whole = Span { start: self.origin[start].start, end: span.end };
        self.truncate(start);
        self.blank(blank, whole);
    }

    fn truncate(&mut self, length: usize) {
        self.chars.truncate(length);
        self.origin.truncate(length);
        while self.open.last().is_some_and(|&open| open >= length) {
            self.open.pop();
        }
    }

    fn finish(mut self) -> Normal {
        if matches!(self.chars.last(), Some(' ' | '\n')) {
            self.chars.pop();
            self.origin.pop();
        }
        Normal { chars: self.chars, origin: self.origin }
    }
}

fn ends_with(chars: &[char], word: &str) -> bool {
    chars.len() >= word.len() && word.chars().rev().eq(chars.iter().rev().copied().take(word.len()))
}

/// `&thetasym;` and the like; longer ones exist, but nobody's complaint has them.
const LONGEST_ENTITY: usize = 12;

/// How spreadsheets write a carriage return into XML.
const CARRIAGE_RETURN: &str = "_x000D_";

const BLOCKS: &str = "br p div li ul ol tr td table hr h1 h2 h3 blockquote";
const INLINE: &str = "\
    span b i u a img font strong em sub sup tbody center label section o:p";

/// Of what stands between `<` and `>`: `None` is no tag; `Some(blank)` is the blank it leaves.
fn tag_meaning(inside: &[char]) -> Option<Option<char>> {
    let inside: String = inside.iter().collect::<String>().to_ascii_lowercase();
    let inside = inside.trim_start_matches('/').trim_end_matches('/').trim();
    let (name, attributes) = inside.split_once([' ', '\n']).unwrap_or((inside, ""));
    if !attributes.is_empty() && !attributes.contains('=') {
        return None;
    }
    if holds(BLOCKS, name) {
        Some(Some('\n'))
    } else if holds(INLINE, name) {
        Some(None)
    } else {
        None
    }
}

/// Compatibility forms whose NFKC form says the same; circled numbers are not among them (`2①` must not become 21).
fn is_folded(c: char) -> bool {
    match c {
        '，' | '：' | '；' | '？' | '！' | '（' | '）' => false,
        '\u{2E80}'..='\u{2FDF}' | '\u{F900}'..='\u{FAFF}' | '\u{2F800}'..='\u{2FA1F}' => true,
        '\u{3300}'..='\u{33FF}' | '\u{FF00}'..='\u{FFEF}' => true,
        '\u{1D400}'..='\u{1D7FF}' => true,
        _ => false,
    }
}

/// Control, zero-width, bidirectional, variation-selector and keycap characters.
fn is_dropped(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{20E3}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E0FFF}' | '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}')
}

/// A Chinese character (汉字), extensions included.
pub fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{323AF}' | '〇')
}
