//! Why a category was said: words of the text, and labelled examples like it.

use crate::case::{Keyword, Prediction, Reason, Segmented, Span, Word};
use crate::model::Model;
use crate::triage::Triage;

impl Triage {
    /// Why this category: the words that spoke for it and examples like it; without a model, its keywords.
    pub(super) fn spoke_for_it(&self, text: &Segmented, prediction: &Prediction) -> Vec<Reason> {
        let Some(code) = prediction.categories.first().map(|first| first.code.as_str()) else { return Vec::new() };
        match &self.model {
            Some(model) => {
                let mut reasons = words_for(model, text, code);
                reasons.extend(model.similar(&prediction.embedding, EXAMPLES).into_iter().map(|similar| {
                    Reason::Similar { case: similar.case, score: similar.score, text: Some(similar.text) }
                }));
                reasons
            }
            None => self.keywords_for(text, code),
        }
    }

    fn keywords_for(&self, text: &Segmented, code: &str) -> Vec<Reason> {
        let keywords = self.taxonomy.category(code).map(|category| category.keywords.as_slice()).unwrap_or_default();
        let found = keywords.iter().filter_map(|word| {
            let start = text.text[..text.text.find(word.as_str())?].chars().count();
            let span = text.submitted(Span { start, end: start + word.chars().count() });
            Some((word, span)).filter(|(_, span)| is_said(text, *span))
        });
        let found: Vec<_> = found.collect();
        let weight = 1.0 / found.len().max(1) as f32;
        let spans = found.into_iter().map(|(word, span)| spoken(word, span, weight));
        spans.collect()
    }
}

/// Labelled examples shown beside a suggestion.
const EXAMPLES: usize = 3;
/// Words shown as having spoken for a category, and words tried at most.
const SHOWN: usize = 6;
const TRIED: usize = 12;
/// Characters that trying words may cost, all tries together: keeps an explanation of a long text affordable.
const BUDGET: usize = 3000;
/// The words whose absence would change the category's odds most. Tried are the text's keywords, heaviest first.
fn words_for(model: &Model, text: &Segmented, code: &str) -> Vec<Reason> {
    let length = text.text.chars().count().max(1);
    let tries = (BUDGET / length).clamp(3, TRIED);
    let said = |word: &&Word| is_said(text, text.submitted(word.span));
    let first = |keyword: &Keyword| text.words.iter().filter(said).find(|word| word.text == keyword.text);
    let words: Vec<_> = text.keywords.iter().filter_map(first).take(tries).collect();
    let spans: Vec<Span> = words.iter().map(|word| word.span).collect();
    let weights = model.occlude(&text.text, &spans, code).unwrap_or_default();
    let mut weighed: Vec<_> = words.into_iter().zip(weights).collect();
    weighed.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    let heaviest = weighed.into_iter().take(SHOWN);
    heaviest.map(|(word, weight)| spoken(&word.text, text.submitted(word.span), weight)).collect()
}

fn spoken(word: &str, Span { start, end }: Span, weight: f32) -> Reason {
    Reason::Span { start, end, text: word.to_owned(), weight }
}

/// Whether the citizen said it in the text itself: the title lies outside, and what stands in place of personal data
/// is no word of theirs.
fn is_said(text: &Segmented, span: Span) -> bool {
    span.start < span.end
        && text.masked.iter().all(|masked| span.end <= masked.span.start || masked.span.end <= span.start)
}
