//! The last rung of the fallback ladder: categories from their keywords and the rules' words, when no model speaks.

use std::collections::HashMap;

use super::words::find;
use crate::case::{Prediction, Scored, Segmented, Voice};
use crate::taxonomy::{Category, Taxonomy};

/// A word of a rule counts this much of a category's own keyword.
const RULE_WORD: f32 = 0.5;
/// Mass that stays with the unknown: few words make no certainty.
const DOUBT: f32 = 1.0;

/// A prediction from keywords alone. Longer words weigh more; words that many categories share weigh less. Lists
/// are sorted, most probable first; [`Voice::None`] says that no model spoke.
pub fn keyword_prediction(text: &Segmented, taxonomy: &Taxonomy) -> Prediction {
    let mut shared = HashMap::<&str, f32>::new();
    for word in taxonomy.categories.iter().flat_map(|category| words(category, taxonomy)) {
        *shared.entry(word.0).or_default() += 1.0;
    }
    let vote = |category| {
        let said = words(category, taxonomy).filter(|(word, _)| find(&text.text, word).is_some());
        said.map(|(word, worth)| worth * length(word) / shared[word]).sum::<f32>()
    };
    let mut votes = taxonomy.categories.iter().map(|category| (category.code.as_str(), vote(category)));
    let mut votes = votes.by_ref().filter(|(_, vote)| *vote > 0.0).collect::<Vec<_>>();
    votes.push((taxonomy.fallback().code.as_str(), DOUBT));
    let whole = votes.iter().map(|(_, vote)| vote).sum::<f32>();
    votes.iter_mut().for_each(|(_, vote)| *vote /= whole);
    let domains = votes.iter().map(|(code, vote)| (&code[..2], *vote)).collect::<Vec<_>>();
    Prediction { categories: sorted(&votes), domains: sorted(&domains), voice: Voice::None, ..Prediction::default() }
}

/// A category's words and what each counts: its own keywords, and the words its rules look for.
fn words<'a>(category: &'a Category, taxonomy: &'a Taxonomy) -> impl Iterator<Item = (&'a str, f32)> {
    let rules = taxonomy.rules_of(&category.code).filter(|rule| !rule.is_emergency());
    let ruled = rules.flat_map(|rule| &rule.when.any).map(|word| (word.as_str(), RULE_WORD));
    category.keywords.iter().map(|word| (word.as_str(), 1.0)).chain(ruled)
}

/// Characters beyond the first: `停电` 1, `飞线充电` 3.
fn length(word: &str) -> f32 {
    let longest = word.split('|').map(|alternative| alternative.chars().count()).max();
    longest.unwrap_or(1).saturating_sub(1) as f32
}

/// Masses of the same code added up, heaviest first.
fn sorted(votes: &[(&str, f32)]) -> Vec<Scored> {
    let mut list = Vec::<Scored>::new();
    for (code, mass) in votes {
        match list.iter_mut().find(|scored| scored.code == *code) {
            Some(scored) => scored.probability += mass,
            None => list.push(Scored { code: code.to_string(), probability: *mass }),
        }
    }
    list.sort_by(|a, b| b.probability.total_cmp(&a.probability).then_with(|| a.code.cmp(&b.code)));
    list
}
