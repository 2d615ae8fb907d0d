//! What a theme is called among the hotline's categories (诉求分类).

use std::collections::BTreeMap;

use super::mapper::Taught;
use super::{Answer, Reading};
use crate::case::{AnswerKey, CategoryLink, Frame, Mapped};

/// How much the theme's own name and description count beside all answers that were mapped to it.
const DESCRIBED: f32 = 0.5;

/// For each theme the `count` likeliest categories, likeliest first: half what the model says of the theme's name and
/// description, half the mean of what it says of the answers, each weighing as it was mapped. To be confirmed.
pub fn links(
    frame: &Frame,
    taught: &Taught,
    answers: &[Answer],
    mapped: &[Mapped],
    count: usize,
) -> Vec<(String, Vec<CategoryLink>)> {
    let of: BTreeMap<&AnswerKey, &Answer> = answers.iter().map(|answer| (&answer.key, answer)).collect();
    let mut told: Vec<&Mapped> = mapped.iter().filter(|mapped| mapped.copy_of.is_none()).collect();
    told.sort_by(|a, b| a.answer.cmp(&b.answer));
    let link = |code: &String| {
        let described = taught.get(code).into_iter().flatten().map(|reading| (reading, 1.0));
        let answered = told.iter().filter_map(|mapped| {
            let theme = mapped.themes.iter().find(|theme| theme.code == *code)?;
            // An answer to several themes says less of each.
            Some((&of.get(&mapped.answer)?.whole, theme.probability / mapped.themes.len() as f32))
        });
        let mut sums: BTreeMap<&str, f32> = BTreeMap::new();
        for (share, part) in [(DESCRIBED, mean(described)), (1.0 - DESCRIBED, mean(answered))] {
            part.into_iter().for_each(|(code, probability)| *sums.entry(code).or_default() += share * probability);
        }
        let link =
            |(code, probability): (&str, f32)| CategoryLink { code: code.to_owned(), probability, confirmed: false };
        let mut links: Vec<CategoryLink> = sums.into_iter().map(link).collect();
        links.sort_by(|a, b| b.probability.total_cmp(&a.probability).then_with(|| a.code.cmp(&b.code)));
        links.truncate(count);
        (code.clone(), links)
    };
    frame.themes.iter().filter(|theme| theme.is_theme()).map(|theme| link(&theme.code)).collect()
}

fn mean<'a>(readings: impl Iterator<Item = (&'a Reading, f32)>) -> BTreeMap<&'a str, f32> {
    let (mut sums, mut total): (BTreeMap<&str, f32>, f32) = (BTreeMap::new(), 0.0);
    for (reading, weight) in readings.filter(|(reading, _)| !reading.categories.is_empty()) {
        total += weight;
        for scored in &reading.categories {
            *sums.entry(scored.code.as_str()).or_default() += weight * scored.probability;
        }
    }
    sums.values_mut().for_each(|sum| *sum /= total.max(1e-9));
    sums
}
