//! Finding words in a text, and telling whether what they name is happening now.
//!
//! A pattern lists alternatives with `|`, also in brackets within a word, and leaves a gap within one clause with `…`.
//! Positions are bytes.

use std::ops::Range;

use crate::taxonomy::{Cues, Flag, Rule, When, alternatives};

/// Most characters a gap `…` spans.
const GAP: usize = 12;
/// How far behind a word its being over may be told, in characters.
const BEHIND: usize = 7;
/// From this length on, in characters, a text is a letter: an emergency told in it says "now" or cries for help.
const LETTER: usize = 260;

/// Characters between the brackets of a mask: `[手机号]`.
const LONGEST_MASK: usize = 3;

/// Whether the conditions hold for this text; `places` are kinds of places read from it, in Chinese.
pub(super) fn holds(when: &When, text: &str, places: &[&str]) -> bool {
    let said = |pattern: &String| find(text, pattern).is_some();
    (when.any.is_empty() || when.any.iter().any(said))
        && when.all.iter().all(said)
        && !when.not.iter().any(said)
        && (when.place.is_empty() || when.place.iter().any(|place| said(place) || places.contains(&place.as_str())))
}

/// Whether the rule's words are there at all, excused or not.
pub(super) fn mentions(when: &When, text: &str) -> bool {
    let said = |pattern: &String| find(text, pattern).is_some();
    when.any.iter().any(said) && when.all.iter().all(said)
}

/// The first mention that makes an emergency rule speak: told as happening now, not excused in its sentence.
pub(super) fn alarm(rule: &Rule, text: &str, cues: &Cues) -> Option<Range<usize>> {
    if !rule.when.all.iter().all(|pattern| find(text, pattern).is_some()) {
        return None;
    }
    let excused = |hit: &Range<usize>| {
        let sentence = &text[within(text, hit, is_sentence_end)];
        rule.when.not.iter().any(|pattern| find(sentence, pattern).is_some())
    };
    let mut hits = rule.when.any.iter().flat_map(|pattern| find_all(text, pattern));
    hits.find(|hit| !excused(hit) && is_live(text, hit, cues))
}

/// Whether the text bears the flag.
pub(super) fn bears(flag: &Flag, text: &str, cues: &Cues) -> bool {
    let mut hits = flag.cues.iter().flat_map(|pattern| find_all(text, pattern));
    hits.any(|hit| {
        let clause = &text[within(text, &hit, is_clause_end)];
        let excused = flag.not.iter().any(|pattern| find(clause, pattern).is_some());
        !excused && (!flag.live || is_live(text, &hit, cues))
    })
}

/// Whether what is mentioned at `hit` is told as happening now: neither denied nor past, feared, drilled or a figure
/// of speech. In doubt it counts as happening.
pub(super) fn is_live(text: &str, hit: &Range<usize>, cues: &Cues) -> bool {
    let (sentence, clause) = (within(text, hit, is_sentence_end), within(text, hit, is_clause_end));
    let (before, behind) = (&text[clause.start..hit.start], &text[hit.end..clause.end]);
    let has = |part: &str, words: &[String]| words.iter().any(|word| find(part, word).is_some());
    let letter = text.chars().count() >= LETTER;
    let plea = !letter && has(text, &cues.plea);
    let now = has(&text[sentence.clone()], &cues.now);

    let denied = cues.denied.iter().any(|word| before.ends_with(word.as_str()));
    let figure = cues.figure.iter().any(|word| behind.starts_with(word.as_str()));
    let near = head(behind, BEHIND);
    let over = has(near, &cues.over) || has(near, &cues.past);
    let suspected = has(before, &cues.suspected) && !behind.starts_with('了');
    let settled = !now && has(&text[sentence.clone()], &cues.settled);
    let calm = letter && !now;
    let soft =
        over || suspected || settled || has(before, &cues.unreal) || was(&text[sentence.start..clause.start], cues);
    !(denied || figure || calm || was(&text[clause.start..hit.end], cues) || (soft && !plea))
}

/// Whether a past time is named last, and as the time of the event: a clause that tells of reporting dates the
/// report.
fn was(told: &str, cues: &Cues) -> bool {
    let past = told.split(is_clause_end).filter(|clause| !cues.reported.iter().any(|word| clause.contains(word)));
    let place = |clause: &str| clause.as_ptr() as usize - told.as_ptr() as usize;
    let ends = past.map(|clause| (place(clause), last(clause, &cues.past))).filter(|(_, end)| *end > 0);
    ends.map(|(start, end)| start + end).max().is_some_and(|past| past > last(told, &cues.now))
}

/// Where the pattern first stands.
pub(super) fn find(text: &str, pattern: &str) -> Option<Range<usize>> {
    alternatives(pattern).filter_map(|word| find_word(text, word, 0)).min_by_key(|hit| hit.start)
}

/// Everywhere the pattern stands, alternative by alternative.
fn find_all<'a>(text: &'a str, pattern: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
    alternatives(pattern).flat_map(move |word| {
        std::iter::successors(find_word(text, word, 0), move |hit| find_word(text, word, hit.end))
    })
}

/// One alternative, its parts with at most [`GAP`] characters and no end of a clause between them.
fn find_word(text: &str, word: &str, from: usize) -> Option<Range<usize>> {
    let (first, rest) = word.split_once('…').unwrap_or((word, ""));
    let mut from = from;
    loop {
        let part = find_part(&text[from..], first)?;
        let (start, end) = (from + part.start, from + part.end);
        if is_mask(text, start..end) {
            from = end;
            continue;
        }
        if rest.is_empty() {
            return Some(start..end);
        }
        let room = head(&text[end..], GAP + rest.chars().count());
        let room = &room[..room.find(is_clause_end).unwrap_or(room.len())];
        if let Some(hit) = find_word(room, rest, 0) {
            return Some(start..end + hit.end);
        }
        from = end;
    }
}

/// A part without gaps: plain, or with brackets to choose from.
fn find_part(text: &str, part: &str) -> Option<Range<usize>> {
    if !part.contains('(') {
        return text.find(part).map(|start| start..start + part.len());
    }
    let first = beginnings(part);
    let mut starts = text.char_indices().filter(|(_, c)| first.as_ref().is_none_or(|first| first.contains(c)));
    starts.find_map(|(start, _)| Some(start..start + reach(&text[start..], part)?))
}

/// The characters a part with brackets can begin with; none where it may begin with what follows an empty choice.
fn beginnings(part: &str) -> Option<Vec<char>> {
    let (plain, rest) = part.split_once('(')?;
    let choices = if plain.is_empty() { rest.split_once(')')?.0 } else { plain };
    choices.split('|').map(|choice| choice.chars().next()).collect()
}

/// How far the part reaches from the beginning of the text, one choice of each bracket after the other.
fn reach(text: &str, part: &str) -> Option<usize> {
    let Some((plain, rest)) = part.split_once('(') else { return text.starts_with(part).then_some(part.len()) };
    let (choices, rest) = rest.split_once(')')?;
    let text = text.strip_prefix(plain)?;
    choices.split('|').find_map(|choice| {
        let end = reach(text.strip_prefix(choice)?, rest)?;
        Some(plain.len() + choice.len() + end)
    })
}

/// Whether `hit` lies in what stands in place of personal data, as 手机号 in `[手机号]`: nobody said that.
fn is_mask(text: &str, hit: Range<usize>) -> bool {
    let Some(open) = text[..hit.start].rfind('[') else { return false };
    let close = text[open..].find(']').map(|at| open + at);
    close.is_some_and(|close| hit.end <= close && text[open + 1..close].chars().count() <= LONGEST_MASK)
}

/// Where the last of the words ends, counted from 1; 0 when none is there.
fn last(part: &str, words: &[String]) -> usize {
    let ends = words.iter().flat_map(|word| find_all(part, word)).map(|hit| hit.end);
    ends.max().unwrap_or(0)
}

/// The stretch around `hit` up to the nearest ends.
fn within(text: &str, hit: &Range<usize>, ends: fn(char) -> bool) -> Range<usize> {
    let start = text[..hit.start].rfind(ends).map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    let end = text[hit.end..].find(ends).map_or(text.len(), |at| hit.end + at);
    start..end
}

/// The first `count` characters.
fn head(text: &str, count: usize) -> &str {
    text.char_indices().nth(count).map_or(text, |(at, _)| &text[..at])
}

fn is_sentence_end(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '!' | '?' | '\n' | '；' | ';')
}

fn is_clause_end(c: char) -> bool {
    is_sentence_end(c) || matches!(c, '，' | ',' | '、' | '：' | ':' | ' ' | '\u{3000}')
}
