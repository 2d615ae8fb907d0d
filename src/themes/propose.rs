//! Proposing themes (提出主题): clauses that mean the same are drawn together, on two levels, and named.
//!
//! Clauses, not answers, are grouped, since an answer tells several matters. Copies count once, what says nothing is
//! set apart, and a group that is too small joins the nearest: nothing is left for an “other”.

use std::collections::{BTreeMap, BTreeSet};

use super::cluster::{centres, grouped, nearest};
use super::nothing::says_nothing;
use super::sight::{Sight, ordered};
use super::words::{class_words, leading};
use super::{Answer, Progress, Reading, by_turns, floods, sign};
use crate::case::{AnswerKey, Frame, NO_OPINION, OFF_TOPIC, SubTheme, Theme};

/// How themes are proposed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProposeOptions {
    /// Themes of the first level at least and at most; the number between is chosen by the data.
    pub fewest: usize,
    pub most: usize,
    /// Sub-themes of one theme at most.
    pub most_subs: usize,
    /// Answers below which a theme or sub-theme is not proposed by itself.
    pub smallest: usize,
    /// Answers most typical of each theme that are given to be confirmed.
    pub typical: usize,
}

impl Default for ProposeOptions {
    fn default() -> Self {
        Self { fewest: 10, most: 18, most_subs: 5, smallest: 5, typical: 12 }
    }
}

/// A frame to be signed off, and which answers made each of its themes.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    pub frame: Frame,
    /// For each answer, by key, the code (level 1 or 2) of each of its clauses.
    pub codes: Vec<(AnswerKey, Vec<String>)>,
    /// For each theme the answers most typical of it, of each question in turn: what the signer is asked to confirm.
    pub typical: Vec<(String, Vec<AnswerKey>)>,
}

impl Proposal {
    /// The same under codes of their own where those of `given` were given before: an old code never comes to mean
    /// something else.
    pub fn beyond(self, given: BTreeSet<String>) -> Self {
        let highest = sign::highest(&given);
        let new = |code: String| match sign::number(&code) {
            Some(number) => {
                let letter = code.trim_start_matches(|c: char| c.is_ascii_uppercase() || c.is_ascii_digit());
                format!("{}{letter}", sign::numbered(number + highest))
            }
            None => code,
        };
        let Self { mut frame, codes, typical } = self;
        for theme in &mut frame.themes {
            theme.code = new(std::mem::take(&mut theme.code));
            theme.sub.iter_mut().for_each(|sub| sub.code = new(std::mem::take(&mut sub.code)));
        }
        frame.retired = given;
        let codes = codes.into_iter().map(|(key, codes)| (key, codes.into_iter().map(new).collect()));
        let typical = typical.into_iter().map(|(code, keys)| (new(code), keys));
        Self { frame, codes: codes.collect(), typical: typical.collect() }
    }

    /// For each answer its theme of level 1 that most of its clauses fell to; of equals the one told first.
    pub fn dominant(&self) -> Vec<(AnswerKey, String)> {
        let above: BTreeMap<&str, &str> = self
            .frame
            .themes
            .iter()
            .flat_map(|theme| {
                let subs = theme.sub.iter().map(|sub| (sub.code.as_str(), theme.code.as_str()));
                subs.chain(std::iter::once((theme.code.as_str(), theme.code.as_str())))
            })
            .collect();
        let most = |codes: &Vec<String>| {
            let themes: Vec<&str> = codes.iter().filter_map(|code| above.get(code.as_str()).copied()).collect();
            let count = |theme: &str| themes.iter().filter(|other| **other == theme).count();
            let best = themes.iter().copied().reduce(|best, next| if count(next) > count(best) { next } else { best });
            best.unwrap_or(NO_OPINION).to_owned()
        };
        self.codes.iter().map(|(key, codes)| (key.clone(), most(codes))).collect()
    }
}

/// A clause that is grouped.
struct Unit<'a> {
    answer: usize,
    part: usize,
    /// Whether it is all that the answer says.
    alone: bool,
    reading: &'a Reading,
    vector: Vec<f32>,
}

/// Proposes a frame. Deterministic; independent of the order of `answers`.
pub fn propose(answers: &[Answer], options: &ProposeOptions, progress: Progress) -> Proposal {
    let answers = ordered(answers);
    let units = units(&answers);
    progress(1, 4);
    let mut groups = group(&units, options.fewest, options.most, options.smallest);
    by_size(&mut groups, &units);
    progress(2, 4);
    let count = groups.iter().max().map_or(0, |last| last + 1);
    let mut codes: Vec<String> = groups.iter().map(|group| sign::numbered(*group as u32 + 1)).collect();
    for theme in 0..count {
        let members: Vec<usize> = (0..units.len()).filter(|&i| groups[i] == theme).collect();
        for (i, sub) in members.iter().zip(subs(&units, &members, options)) {
            sub.into_iter().for_each(|letter| codes[*i].push(letter));
        }
    }
    progress(3, 4);
    let proposal = told(&answers, &units, &codes, options);
    progress(4, 4);
    proposal
}

/// Proposes again after answers were added. Clauses that stood keep their codes, so all themes keep theirs; new clauses
/// go to the nearest theme, and where enough of them are near none, they make themes of their own with new codes.
/// Clauses that stood without a theme make none.
pub fn extend(old: &Proposal, answers: &[Answer], options: &ProposeOptions, progress: Progress) -> Proposal {
    let answers = ordered(answers);
    let mut units = units(&answers);
    progress(1, 3);
    let known: BTreeMap<&AnswerKey, &Vec<String>> = old.codes.iter().map(|(key, codes)| (key, codes)).collect();
    let before = |unit: &Unit| known.get(&answers[unit.answer].key)?.get(unit.part).cloned();
    units.retain(|unit| before(unit).is_none_or(|code| code != NO_OPINION && code != OFF_TOPIC));
    let mut codes: Vec<Option<String>> = units.iter().map(before).collect();
    let names: Vec<String> = codes.iter().flatten().cloned().collect::<BTreeSet<_>>().into_iter().collect();
    let stood: Vec<usize> = (0..units.len()).filter(|&i| codes[i].is_some()).collect();
    let groups: Vec<usize> =
        stood.iter().map(|&i| codes[i].as_ref().and_then(|code| names.binary_search(code).ok()).unwrap_or(0)).collect();
    let vectors: Vec<&[f32]> = stood.iter().map(|&i| units[i].vector.as_slice()).collect();
    let centres = centres(&vectors, &vec![1.0; vectors.len()], &groups);
    let mut near: Vec<f32> = vectors.iter().map(|vector| nearest(vector, &centres).1).collect();
    near.sort_by(f32::total_cmp);
    // As far as the farthest twentieth of what stood.
    let far = near.get(near.len() / 20).copied().unwrap_or(f32::NEG_INFINITY);
    let mut strangers = Vec::new();
    for i in (0..units.len()).filter(|&i| codes[i].is_none()).collect::<Vec<_>>() {
        let (to, cosine, _) = nearest(&units[i].vector, &centres);
        codes[i] = names.get(to).cloned();
        if cosine < far || codes[i].is_none() {
            strangers.push(i);
        }
    }
    progress(2, 3);
    let fresh = settle(&units, &strangers, &mut codes, old, options);
    let codes: Vec<String> = codes.into_iter().map(Option::unwrap_or_default).collect();
    let new = told(&answers, &units, &codes, options);
    let proposal = Proposal { frame: kept(&old.frame, new.frame, &fresh), ..new };
    progress(3, 3);
    proposal
}

/// What stood keeps its names and descriptions; only new themes bring theirs.
fn kept(old: &Frame, new: Frame, fresh: &BTreeSet<String>) -> Frame {
    let mut frame = old.clone();
    let fresh: Vec<Theme> = new.themes.into_iter().filter(|theme| fresh.contains(&theme.code)).collect();
    let at = frame.themes.iter().position(|theme| !theme.is_theme()).unwrap_or(frame.themes.len());
    frame.themes.splice(at..at, fresh);
    frame
}

/// Strangers that are many enough and alike become themes; returns their codes.
fn settle(
    units: &[Unit],
    strangers: &[usize],
    codes: &mut [Option<String>],
    old: &Proposal,
    options: &ProposeOptions,
) -> BTreeSet<String> {
    let vectors: Vec<&[f32]> = strangers.iter().map(|&i| units[i].vector.as_slice()).collect();
    let groups = grouped(&vectors, &vec![1.0; vectors.len()], 1, 4.min(strangers.len() / options.smallest.max(1)));
    let (mut frame, mut fresh) = (old.frame.clone(), BTreeSet::new());
    for group in 0..groups.iter().max().map_or(0, |last| last + 1) {
        let members: Vec<usize> =
            strangers.iter().zip(&groups).filter(|(_, g)| **g == group).map(|(i, _)| *i).collect();
        let people: BTreeSet<usize> = members.iter().map(|&i| units[i].answer).collect();
        let own: Vec<&[f32]> = members.iter().map(|&i| units[i].vector.as_slice()).collect();
        let centre = centres(&own, &vec![1.0; own.len()], &vec![0; own.len()]);
        let close = own.iter().map(|vector| nearest(vector, &centre).1).sum::<f32>() / own.len().max(1) as f32;
        if people.len() >= options.smallest && close >= ALIKE {
            let code = sign::next_theme(&frame);
            frame.retired.insert(code.clone());
            members.into_iter().for_each(|i| codes[i] = Some(code.clone()));
            fresh.insert(code);
        }
    }
    fresh
}

/// Mean cosine with the centre from which strangers are alike.
const ALIKE: f32 = 0.5;

/// All clauses that say something, in order; of copies only the first's.
fn units<'a>(answers: &[&'a Answer]) -> Vec<Unit<'a>> {
    let sight = Sight::of(answers, &[]);
    let copies: BTreeSet<AnswerKey> = floods::among(answers).into_iter().flat_map(|flood| flood.copies).collect();
    let mut units = Vec::new();
    for (i, answer) in answers.iter().enumerate() {
        if copies.contains(&answer.key) || says_nothing(&answer.whole.text) {
            continue;
        }
        for (part, reading) in answer.parts.iter().enumerate() {
            let vector = sight.centred(&reading.vector);
            if !vector.is_empty() && !says_nothing(&reading.text) {
                units.push(Unit { answer: i, part, alone: answer.parts.len() == 1, reading, vector });
            }
        }
    }
    units
}

/// Groups of `smallest` answers at least; smaller ones join the nearest.
fn group(units: &[Unit], fewest: usize, most: usize, smallest: usize) -> Vec<usize> {
    let vectors: Vec<&[f32]> = units.iter().map(|unit| unit.vector.as_slice()).collect();
    let weights = vec![1.0; vectors.len()];
    let mut groups = grouped(&vectors, &weights, fewest.min(vectors.len()), most);
    loop {
        let mut people: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for (group, unit) in groups.iter().zip(units) {
            people.entry(*group).or_default().insert(unit.answer);
        }
        let least = people.iter().min_by_key(|(group, people)| (people.len(), **group));
        let Some((&least, _)) = least.filter(|(_, members)| members.len() < smallest && people.len() > 1) else {
            return groups;
        };
        let mut centres = centres(&vectors, &weights, &groups);
        centres[least].fill(0.0);
        let empty: Vec<usize> = (0..centres.len()).filter(|group| !people.contains_key(group)).collect();
        for (i, group) in groups.iter_mut().enumerate().filter(|(_, group)| **group == least) {
            let others: Vec<usize> = (0..centres.len()).filter(|g| *g != least && !empty.contains(g)).collect();
            let open: Vec<Vec<f32>> = others.iter().map(|&g| centres[g].clone()).collect();
            *group = others[nearest(vectors[i], &open).0];
        }
    }
}

/// Numbers groups from the largest to the smallest, by answers; of equals the one that comes first.
fn by_size(groups: &mut [usize], units: &[Unit]) {
    let mut people: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    let mut first: BTreeMap<usize, usize> = BTreeMap::new();
    for (i, (group, unit)) in groups.iter().zip(units).enumerate() {
        people.entry(*group).or_default().insert(unit.answer);
        first.entry(*group).or_insert(i);
    }
    let mut order: Vec<usize> = people.keys().copied().collect();
    order.sort_by_key(|group| (std::cmp::Reverse(people[group].len()), first[group]));
    let rank: BTreeMap<usize, usize> = order.into_iter().enumerate().map(|(rank, group)| (group, rank)).collect();
    groups.iter_mut().for_each(|group| *group = rank[group]);
}

/// The letter of each member's sub-theme; none where the theme is too small to be divided.
fn subs(units: &[Unit], members: &[usize], options: &ProposeOptions) -> Vec<Option<char>> {
    let people: BTreeSet<usize> = members.iter().map(|&i| units[i].answer).collect();
    let most = options.most_subs.min(people.len() / (2 * options.smallest).max(1));
    if most < 2 {
        return vec![None; members.len()];
    }
    let own: Vec<Unit> = members
        .iter()
        .map(|&i| Unit {
            answer: units[i].answer,
            part: units[i].part,
            alone: units[i].alone,
            reading: units[i].reading,
            vector: units[i].vector.clone(),
        })
        .collect();
    let mut groups = group(&own, 2, most, options.smallest);
    by_size(&mut groups, &own);
    groups.into_iter().map(|group| char::from_u32('a' as u32 + group as u32)).collect()
}

/// Names the themes of clauses that carry `codes`.
fn told(answers: &[&Answer], units: &[Unit], codes: &[String], options: &ProposeOptions) -> Proposal {
    let level1 = |code: &str| code.trim_end_matches(char::is_alphabetic).to_owned();
    let tops: BTreeSet<String> = codes.iter().map(|code| level1(code)).collect();
    let mut frame = sign::empty_frame();
    let named = name(units, &codes.iter().map(|code| level1(code)).collect::<Vec<_>>());
    let named_subs = name(units, codes);
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut themes = Vec::new();
    for code in &tops {
        let Some(top) = named.get(code) else { continue };
        let sub = |sub: &String| {
            let named = &named_subs[sub];
            let (words, sentence) = (named.words.clone(), named.sentence.clone());
            (sub.clone(), SubTheme { code: sub.clone(), words, sentence, ..SubTheme::default() })
        };
        let below = codes.iter().filter(|other| level1(other) == *code && *other != code);
        let subs: BTreeMap<String, SubTheme> = below.collect::<BTreeSet<_>>().into_iter().map(sub).collect();
        let mut theme = Theme { code: code.clone(), name: fresh(&top.words, &mut taken), ..Theme::default() };
        (theme.words, theme.sentence) = (top.words.clone(), top.sentence.clone());
        theme.sub = subs.into_values().collect();
        themes.push(theme);
    }
    for sub in themes.iter_mut().flat_map(|theme| &mut theme.sub) {
        sub.name = fresh(&sub.words, &mut taken);
    }
    frame.themes.splice(0..0, themes);
    let mut of: Vec<(AnswerKey, Vec<String>)> = answers
        .iter()
        .map(|answer| (answer.key.clone(), vec![NO_OPINION.to_owned(); answer.parts.len().max(1)]))
        .collect();
    for (unit, code) in units.iter().zip(codes) {
        of[unit.answer].1[unit.part] = code.clone();
    }
    copied(answers, &mut of);
    let typical = named.into_iter().map(|(code, named)| {
        let mut keys: Vec<AnswerKey> = Vec::new();
        for i in named.order {
            let key = &answers[units[i].answer].key;
            if !keys.contains(key) {
                keys.push(key.clone());
            }
        }
        let mut keys = by_turns(keys, |key| key.question.clone());
        keys.truncate(options.typical);
        (code, keys)
    });
    Proposal { frame, codes: of, typical: typical.collect() }
}

/// Copies fall to the themes of their first.
fn copied(answers: &[&Answer], codes: &mut [(AnswerKey, Vec<String>)]) {
    for flood in floods::among(answers) {
        let at = |key: &AnswerKey| codes.binary_search_by(|(other, _)| other.cmp(key)).ok();
        let Some(first) = at(&flood.first).map(|i| codes[i].1.clone()) else { continue };
        for i in flood.copies.iter().filter_map(at).collect::<Vec<_>>() {
            let parts = codes[i].1.len();
            codes[i].1 = (0..parts).map(|part| first[part.min(first.len() - 1)].clone()).collect();
        }
    }
}

/// What a group of clauses is told by.
struct Named {
    words: Vec<String>,
    sentence: Option<String>,
    /// Its clauses, most typical first.
    order: Vec<usize>,
}

/// Words of a theme, and characters of a typical sentence.
const WORDS: usize = 6;
/// Clauses among which the typical sentence is looked for first.
const MOST_TYPICAL: usize = 10;
const SENTENCE: std::ops::RangeInclusive<usize> = 8..=40;

fn name(units: &[Unit], codes: &[String]) -> BTreeMap<String, Named> {
    let mut members: BTreeMap<&String, Vec<usize>> = BTreeMap::new();
    codes.iter().enumerate().for_each(|(i, code)| members.entry(code).or_default().push(i));
    // A word counts once an answer: who says it five times is one person.
    let counted = members.values().map(|members| {
        let mut said: BTreeSet<(usize, &str)> = BTreeSet::new();
        for &i in members {
            let reading = units[i].reading;
            let telling = reading.words.iter().zip(&reading.telling).filter(|(_, telling)| **telling);
            said.extend(telling.map(|(word, _)| (units[i].answer, word.as_str())));
        }
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        said.into_iter().for_each(|(_, word)| *counts.entry(word).or_default() += 1);
        common(counts)
    });
    let words = class_words(&counted.collect::<Vec<_>>());
    let named = members.into_iter().zip(words).map(|((code, members), words)| {
        let vectors: Vec<&[f32]> = members.iter().map(|&i| units[i].vector.as_slice()).collect();
        let centre = centres(&vectors, &vec![1.0; vectors.len()], &vec![0; vectors.len()]);
        let mut order: Vec<(usize, f32)> = members.iter().map(|&i| (i, nearest(&units[i].vector, &centre).1)).collect();
        order.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let order: Vec<usize> = order.into_iter().map(|(i, _)| i).collect();
        let fits = |text: &&str| SENTENCE.contains(&text.chars().count()) && !text.contains('[');
        // A sentence that is all an answer says stands better alone than a clause cut out.
        let (alone, cut): (Vec<usize>, Vec<usize>) =
            order.iter().copied().take(MOST_TYPICAL).partition(|i| units[*i].alone);
        let sentences = alone.iter().chain(&cut).chain(&order).map(|&i| units[i].reading.text.trim());
        let sentence = sentences.into_iter().find(&fits).map(str::to_owned);
        (code.clone(), Named { words: leading(&words, WORDS), sentence, order })
    });
    named.collect()
}

/// What at least three say, or two where nothing is said by three: a rare word may weigh much and tell little.
fn common(counts: BTreeMap<&str, usize>) -> BTreeMap<&str, usize> {
    for least in [3, 2] {
        if counts.values().filter(|count| **count >= least).count() >= 2 {
            return counts.into_iter().filter(|(_, count)| *count >= least).collect();
        }
    }
    counts
}

/// A name of the first two or three words that no other theme has.
fn fresh(words: &[String], taken: &mut BTreeSet<String>) -> String {
    for count in [2, 3, 4, 5, 6] {
        let name = words.iter().take(count).cloned().collect::<Vec<_>>().join("、");
        if !name.is_empty() && taken.insert(name.clone()) {
            return name;
        }
    }
    let mut number = 1;
    while !taken.insert(format!("未命名{number}")) {
        number += 1;
    }
    format!("未命名{number}")
}
