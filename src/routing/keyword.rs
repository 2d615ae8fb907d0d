//! Categories from words alone: the last rung of the fallback ladder when no model speaks, and a quiet second voice
//! beside one that does.

use std::collections::{BTreeMap, HashSet};

use super::words::find;
use crate::case::{Prediction, Scored, Segmented, Voice};
use crate::taxonomy::{Taxonomy, alternatives};

/// A word of a rule counts this much of a category's own keyword.
const RULE_WORD: f32 = 0.5;
/// Mass that stays with the unknown: few words make no certainty.
const DOUBT: f32 = 1.0;

/// A prediction from keywords alone. Longer words weigh more; words that many categories share weigh less. Lists
/// are sorted, most probable first; [`Voice::None`] says that no model spoke.
pub fn keyword_prediction(text: &Segmented, taxonomy: &Taxonomy) -> Prediction {
    let categories = votes(text, taxonomy);
    Prediction { domains: domains(&categories), categories, voice: Voice::None, ..Prediction::default() }
}

/// The model's prediction with the words' voice mixed in: `share` of the categories' mass comes from keywords.
/// Level-1 stays the sum of level-2; every other head is the model's. Without a model, the words speak alone.
pub fn hear_keywords(prediction: &Prediction, text: &Segmented, taxonomy: &Taxonomy, share: f32) -> Prediction {
    if prediction.categories.is_empty() {
        return Prediction { voice: prediction.voice, ..keyword_prediction(text, taxonomy) };
    }
    let model = prediction.categories.iter().map(|scored| (scored.code.as_str(), (1.0 - share) * scored.probability));
    let words = votes(text, taxonomy);
    let categories = sorted(model.chain(words.iter().map(|scored| (scored.code.as_str(), share * scored.probability))));
    Prediction { domains: domains(&categories), categories, ..prediction.clone() }
}

fn votes(text: &Segmented, taxonomy: &Taxonomy) -> Vec<Scored> {
    let mut votes = vec![0.0; taxonomy.categories.len()];
    let pairs = pairs(&text.text);
    let may_stand =
        |word: &str| alternatives(word).any(|word| pair(word.chars()).is_none_or(|pair| pairs.contains(&pair)));
    let said = |word: &str| may_stand(word) && find(&text.text, word).is_some();
    for telling in taxonomy.words.iter().filter(|telling| said(&telling.word)) {
        let twice = telling.rule_word_of.iter().filter(|at| telling.keyword_of.contains(at)).count();
        let shared = (telling.keyword_of.len() + telling.rule_word_of.len() - twice) as f32;
        let worth = length(&telling.word) / shared;
        telling.keyword_of.iter().for_each(|&at| votes[at] += worth);
        telling.rule_word_of.iter().for_each(|&at| votes[at] += RULE_WORD * worth);
    }
    let whole = votes.iter().sum::<f32>() + DOUBT;
    let spoken = taxonomy.categories.iter().zip(&votes).filter(|(_, vote)| **vote > 0.0);
    let spoken = spoken.map(|(category, vote)| (category.code.as_str(), vote / whole));
    sorted(spoken.chain([(taxonomy.fallback().code.as_str(), DOUBT / whole)]))
}

/// Every two neighbouring characters: most of the two thousand words are ruled out by their first two.
fn pairs(text: &str) -> HashSet<(char, char)> {
    text.chars().zip(text.chars().skip(1)).collect()
}

fn pair(mut word: impl Iterator<Item = char>) -> Option<(char, char)> {
    word.next().zip(word.next()).filter(|(first, second)| *first != '(' && !['…', '('].contains(second))
}

/// Characters beyond the first, brackets aside: `停电` 1, `飞线充电` 3.
fn length(word: &str) -> f32 {
    let plain = |part: &str| part.split_once(')').map_or(part, |(_, plain)| plain).chars().count();
    let longest = alternatives(word).map(|alternative| alternative.split('(').map(plain).sum::<usize>()).max();
    longest.unwrap_or(1).saturating_sub(1) as f32
}

/// The sums of level-2 under each level-1.
fn domains(categories: &[Scored]) -> Vec<Scored> {
    sorted(categories.iter().map(|scored| (scored.code.get(..2).unwrap_or(&scored.code), scored.probability)))
}

/// Masses of the same code added up, heaviest first.
fn sorted<'a>(votes: impl Iterator<Item = (&'a str, f32)>) -> Vec<Scored> {
    let mut sums = BTreeMap::<&str, f32>::new();
    votes.for_each(|(code, mass)| *sums.entry(code).or_default() += mass);
    let scored = sums.into_iter().map(|(code, probability)| Scored { code: code.to_string(), probability });
    let mut list = scored.collect::<Vec<_>>();
    list.sort_by(|a, b| b.probability.total_cmp(&a.probability).then_with(|| a.code.cmp(&b.code)));
    list
}
