//! What an event (诉求组) is called: 「{区}{街道}{小区/道路} {问题}」, where and what, from the words of all its cases.
//!
//! The place is the one that most cases name, told as fully as one of them tells it; the problem is the category's name
//! with the words that set this event apart. Those are found by class-based TF-IDF (c-TF-IDF, Grootendorst 2022): how much
//! the group says a word, times how rare it is elsewhere. What is rare is known from the texts that the scorer was learnt
//! on, not from the cases that happen to lie in the store: so an event has one title, whatever came in before it. Never a
//! name, a number or a mask; no word of a case whose reporter must be protected.

use std::collections::{BTreeMap, HashMap};

use crate::case::{Trace, Word};
use crate::issues::{Rarity, grams};
use crate::store::Words;
use crate::text::Reader;

/// Of a title, of the place in it, and of the words beside the category, in letters.
pub const LONGEST: usize = 40;
const LONGEST_PLACE: usize = 20;
/// Cases looked at, evenly over the group, and words told.
pub const LOOKED_AT: usize = 24;
const TOLD: usize = 2;
/// A word must be said in this share of the cases, and in two.
const SHARE: f64 = 0.4;
const LEAST: usize = 2;
/// And be this much rarer than what everybody says, in units of the natural logarithm; beyond the second, a word is odd
/// rather than telling.
const RARE: f64 = 3.0;
const ODD: f64 = 6.0;
/// Letters of a text that say what it is about, where it has no title; how much more a word said there weighs.
const HEAD: usize = 40;
const HEADLINE: f64 = 4.0;
/// What the second word must weigh against the first.
const BESIDE: f64 = 0.3;
/// Letters of words that may make one phrase.
const LONGEST_PHRASE: usize = 8;
/// Whom citizens write to, not what they write of.
const ADDRESSED: [&str; 10] = ["局", "委", "厅", "办", "长", "书记", "政府", "部门", "街道", "单位"];
/// A place as long as this may have a verb in it that is no name.
const LONG_PLACE: usize = 9;
const SHORTEST_PLACE: usize = 3;

/// Where an event happens, as most of its cases have it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Whereabouts {
    pub district: Option<String>,
    /// A district, county or city of anonymised letters (A3区), where no district is known.
    pub area: Option<String>,
    pub street: Option<String>,
    pub place: Option<String>,
}

impl Whereabouts {
    pub fn of(traces: &[Trace], told: &[Words], reader: &Reader) -> Self {
        let district = most(traces.iter().filter_map(|trace| trace.district.clone()));
        let area = most(traces.iter().filter_map(|trace| narrowest(&trace.areas)));
        let streets = || told.iter().filter_map(|words| words.street.as_ref());
        // One alone may have named another's.
        let shared = |street: &&String| streets().filter(|other| other == street).count() >= LEAST;
        let street = most(streets().filter(shared).cloned());
        let is_area = |place: &str| {
            let mut areas = traces.iter().flat_map(|trace| trace.areas.iter().chain(&trace.district));
            areas.any(|area| area.contains(place))
        };
        let place = most_telling(traces, is_area).map(|place| name_of(&place, reader));
        Self { area: area.filter(|_| district.is_none()), district, street, place }
    }

    /// From the district on; what the next part says already is left out.
    fn told(&self) -> String {
        let [district, street, place] =
            [self.district.as_ref().or(self.area.as_ref()), self.street.as_ref(), self.place.as_ref()]
                .map(|part| part.map_or("", String::as_str));
        // 襄阳高新区 says 高新区 already.
        let place = if district.contains(place) { "" } else { place };
        let street = if place.contains(street) || street.contains(place) && !place.is_empty() { "" } else { street };
        let district = if place.starts_with(district) || street.starts_with(district) { "" } else { district };
        [district, street, place].concat().split_whitespace().collect()
    }
}

/// The title of a group at a place, of a category by this name. At most [`LONGEST`] letters, one blank between place and
/// problem.
pub fn title(place: &Whereabouts, category: Option<&str>, told: &[Words], rarity: Option<&Rarity>) -> String {
    let whereabouts = place.told();
    let telling = |rarity| telling(told, category.unwrap_or_default(), &whereabouts, rarity);
    let words = rarity.map(telling).unwrap_or_default();
    let problem = match (category, words.is_empty()) {
        (Some(category), true) => category.to_owned(),
        (Some(category), false) => format!("{category}（{}）", words.join("、")),
        (None, true) => "未分类".to_owned(),
        (None, false) => words.join("、"),
    };
    let room = LONGEST.saturating_sub(problem.chars().count() + 1);
    let whereabouts = if whereabouts.is_empty() { "地点不明".to_owned() } else { whereabouts };
    let extra = whereabouts.chars().count().saturating_sub(room);
    let whereabouts: String = whereabouts.chars().skip(extra).collect();
    format!("{whereabouts} {problem}")
}

/// The words that set the group apart, weightiest first; two that the cases say side by side are one phrase.
fn telling(told: &[Words], category: &str, whereabouts: &str, rarity: &Rarity) -> Vec<String> {
    let open: Vec<&Words> = told.iter().filter(|words| !words.protected).collect();
    let said = |word: &str| open.iter().filter(|words| words.says(word)).count();
    let least = LEAST.max((SHARE * open.len() as f64).ceil() as usize);
    let is_known = |word: &str| category.contains(word) || whereabouts.contains(word);
    let mut weighed: Vec<(f64, &str)> = Vec::new();
    for (word, weight) in weights(&open) {
        let rare = rare(word, rarity);
        if !is_known(word) && !is_addressed(word) && rare >= RARE && said(word) >= least {
            let heads = open.iter().filter(|words| words.begins_with(word)).count();
            let share = |cases: usize| cases as f64 / open.len() as f64;
            weighed.push((weight * share(said(word)) * rare.min(ODD) * (1.0 + HEADLINE * share(heads)), word));
        }
    }
    weighed.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    let mut chosen: Vec<&str> = Vec::new();
    let enough = weighed.first().map_or(0.0, |(first, _)| BESIDE * first);
    for (_, word) in weighed.iter().filter(|(weight, _)| *weight >= enough) {
        if chosen.len() < TOLD && !chosen.iter().any(|other| other.contains(word) || word.contains(other)) {
            chosen.push(word);
        }
    }
    match chosen[..] {
        [first, second] => side_by_side(first, second, said)
            .map_or_else(|| vec![first.to_owned(), second.to_owned()], |phrase| vec![phrase]),
        _ => chosen.into_iter().map(str::to_owned).collect(),
    }
}

/// How much the group says each keyword: its TF-IDF weight, each case's summing to 1.
fn weights<'t>(told: &[&'t Words]) -> BTreeMap<&'t str, f64> {
    let mut weights = BTreeMap::new();
    for words in told {
        let sum: f64 = words.keywords.iter().map(|keyword| keyword.weight).sum();
        for keyword in words.keywords.iter().filter(|_| sum > 0.0) {
            *weights.entry(keyword.text.as_str()).or_default() += keyword.weight / sum;
        }
    }
    weights
}

fn is_addressed(word: &str) -> bool {
    ADDRESSED.iter().any(|ending| word.ends_with(ending))
}

impl Words {
    fn says(&self, word: &str) -> bool {
        self.text.contains(word) || self.title.as_ref().is_some_and(|title| title.contains(word))
    }

    /// Whether the title says it, or what a text without one begins with.
    fn begins_with(&self, word: &str) -> bool {
        let head = || self.text.char_indices().nth(HEAD).map_or(self.text.as_str(), |(end, _)| &self.text[..end]);
        self.title.as_deref().unwrap_or_else(head).contains(word)
    }
}

/// 自来水 and 发黄, where two cases say 自来水发黄.
fn side_by_side(first: &str, second: &str, said: impl Fn(&str) -> usize) -> Option<String> {
    let phrases = [format!("{first}{second}"), format!("{second}{first}")];
    let mut phrases: Vec<(usize, String)> = phrases.into_iter().map(|phrase| (said(&phrase), phrase)).collect();
    phrases.sort();
    phrases
        .pop()
        .filter(|(cases, phrase)| *cases >= LEAST && phrase.chars().count() <= LONGEST_PHRASE)
        .map(|(_, phrase)| phrase)
}

/// How rare the pairs of letters of a word are, on average.
fn rare(word: &str, rarity: &Rarity) -> f64 {
    let grams = grams(word);
    let sum: f64 = grams.iter().map(|gram| f64::from(rarity.of_gram(*gram))).sum();
    sum / grams.len().max(1) as f64
}

/// Of the areas named, a district or county before a city.
fn narrowest(areas: &[String]) -> Option<String> {
    let narrow = |area: &&String| area.ends_with(['区', '县']);
    areas.iter().find(narrow).or(areas.first()).cloned()
}

/// The value that stands most often; the first in order among equals.
pub fn most(values: impl Iterator<Item = String>) -> Option<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    values.for_each(|value| *counts.entry(value).or_default() += 1);
    counts.into_iter().max_by(|(a, m), (b, n)| m.cmp(n).then(b.cmp(a))).map(|(value, _)| value)
}

/// The place most cases name, told as fully as one of them does, in at most [`LONGEST_PLACE`] letters; not a city, district
/// or county, which stands before it anyway.
fn most_telling(traces: &[Trace], is_area: impl Fn(&str) -> bool) -> Option<String> {
    let mut votes: HashMap<&str, usize> = HashMap::new();
    for trace in traces {
        trace.places.iter().for_each(|place| *votes.entry(place).or_default() += 1);
    }
    let worth = |place: &str| votes.iter().filter(|(other, _)| place.contains(**other)).map(|(_, n)| n).sum::<usize>();
    let fits = |place: &&str| place.chars().count() <= LONGEST_PLACE && !is_area(place);
    let scenes = traces.iter().filter_map(|trace| trace.place.as_deref()).filter(fits);
    scenes.max_by(|a, b| (worth(a), votes.get(a)).cmp(&(worth(b), votes.get(b))).then(b.cmp(a))).map(str::to_owned)
}

/// A place without what the sentence around it says: 因广源公司 is 广源公司, and who stood before 因 is not told.
fn name_of(place: &str, reader: &Reader) -> String {
    let read = reader.read(place);
    let letters: Vec<char> = read.text.chars().collect();
    // 邓城大道与追日路口 is one place.
    let joins = |word: &Word| matches!(word.text.as_str(), "与" | "和" | "跟" | "同" | "及");
    let cuts = |word: &&Word| match word.tag.as_str() {
        "p" | "uj" => !joins(word),
        // Other pronouns may begin a name: 余 is also an old word for I.
        "r" => matches!(word.text.as_str(), "我" | "我们" | "本" | "该" | "各" | "某" | "这" | "那" | "其"),
        "v" => letters.len() >= LONG_PLACE,
        _ => false,
    };
    let ends = read.words.iter().rev().filter(cuts).map(|word| word.span.end);
    let cut = ends.into_iter().find(|end| letters.len().saturating_sub(*end) >= SHORTEST_PLACE);
    let name: String = letters.iter().skip(cut.unwrap_or(0)).collect();
    let named = if letters.len() >= LONG_PLACE { name.trim_start_matches('于') } else { &name };
    named.to_owned()
}
