//! The last rung of the fallback ladder: categories from their keywords and the rules' words, when no model speaks.

use super::words::find;
use crate::case::{Prediction, Scored, Segmented, Voice};
use crate::taxonomy::{Category, Taxonomy};

/// A word of a rule counts this much of a category's own keyword.
const RULE_WORD: f32 = 0.5;
/// Mass that stays with the unknown: few words make no certainty.
const DOUBT: f32 = 1.5;

/// A prediction from keywords alone. Longer words weigh more; words that many categories share weigh less. Lists
/// are sorted, most probable first; [`Voice::None`] says that no model spoke.
pub fn keyword_prediction(text: &Segmented, taxonomy: &Taxonomy) -> Prediction {
    let votes = taxonomy.categories.iter().map(|category| (category, vote(category, &text.text, taxonomy)));
    let mut votes = votes.filter(|(_, vote)| *vote > 0.0).collect::<Vec<_>>();
    votes.push((taxonomy.fallback(), DOUBT));
    let whole = votes.iter().map(|(_, vote)| vote).sum::<f32>();
    let scored = votes.into_iter().map(|(category, vote)| (category.code.as_str(), vote / whole));
    let categories = sorted(scored.clone());
    let mut domains = Vec::<(&str, f32)>::new();
    for (code, mass) in scored {
        match domains.iter_mut().find(|(domain, _)| *domain == &code[..2]) {
            Some((_, before)) => *before += mass,
            None => domains.push((&code[..2], mass)),
        }
    }
    Prediction { categories, domains: sorted(domains.into_iter()), voice: Voice::None, ..Prediction::default() }
}

fn vote(category: &Category, text: &str, taxonomy: &Taxonomy) -> f32 {
    let own = category.keywords.iter().filter(|word| find(text, word).is_some()).map(|word| weight(word));
    let rules = taxonomy.rules_of(&category.code).filter(|rule| !rule.is_emergency());
    let ruled = rules.flat_map(|rule| &rule.when.any).filter(|word| find(text, word).is_some());
    let ruled = ruled.map(|word| weight(word)).fold(0.0, f32::max);
    own.sum::<f32>() + RULE_WORD * ruled
}

/// Characters beyond the first: `停电` 1, `飞线充电` 3.
fn weight(word: &str) -> f32 {
    word.split('|').map(|alternative| alternative.chars().count()).max().unwrap_or(1) as f32 - 1.0
}

fn sorted<'a>(scored: impl Iterator<Item = (&'a str, f32)>) -> Vec<Scored> {
    let mut list = scored.map(|(code, probability)| Scored { code: code.to_string(), probability }).collect::<Vec<_>>();
    list.sort_by(|a, b| b.probability.total_cmp(&a.probability).then_with(|| a.code.cmp(&b.code)));
    list
}
