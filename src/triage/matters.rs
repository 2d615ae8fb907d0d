//! Several matters in one text (一单多诉): a proposal to split it, each part with its own route.

use crate::case::{Joint, Location, Matter, Prediction, Routing, Segmented, Span};
use crate::routing::{self, Evidence};
use crate::text;
use crate::triage::{Read, Triage};

/// Characters below which a text is not looked at.
const SHORTEST: usize = 24;
/// Probability of the whole text's category from which it is not looked at either, unless its words announce another
/// matter: looking costs as much as reading the text once for each of its clauses. On the 260 texts of
/// `data/matters.jsonl` the F1 was 0.645 from 0.85, 0.665 from 0.95, 0.683 where all are looked at (eightfold).
const SURE: f32 = 0.95;

/// A part that may be a matter of its own.
struct Part {
    span: Span,
    read: Segmented,
    prediction: Prediction,
}

impl Triage {
    /// The matters of a text, in order, where it tells more than one; else none.
    pub(super) fn matters(&self, read: &Read, prediction: &Prediction) -> Vec<Matter> {
        let text = &read.text;
        // What stands in the title was not submitted as text, see `Triage::read`.
        let body = text.origin.iter().take_while(|origin| origin.end == 0).count();
        let clauses = text::clauses(&text.text, body);
        let told = clauses.iter().map(|clause| clause.span.end - clause.span.start).sum::<usize>();
        let sure = prediction.categories.first().is_some_and(|first| first.probability >= SURE);
        let announced = clauses.iter().any(|clause| clause.joint == Joint::Announced);
        let worth_it = told >= SHORTEST && clauses.len() > 1 && (announced || !sure);
        let Some(model) = self.model.as_ref().filter(|_| worth_it) else {
            return Vec::new();
        };
        let spans = model.matters(&text.text, &clauses).unwrap_or_default();
        if spans.len() < 2 {
            return Vec::new();
        }
        let parts = self.apart(&text.text, spans);
        if parts.len() < 2 {
            return Vec::new();
        }
        parts.iter().map(|part| self.matter(text, part, read.location.as_ref())).collect()
    }

    /// The parts that differ from the part before them; those that do not are told with it.
    fn apart(&self, text: &str, spans: Vec<Span>) -> Vec<Part> {
        let mut parts: Vec<Part> = Vec::new();
        for span in spans {
            let part = self.part(text, span);
            match parts.pop() {
                Some(last) if last.first() == part.first() => {
                    parts.push(self.part(text, Span { start: last.span.start, end: span.end }));
                }
                last => parts.extend(last.into_iter().chain([part])),
            }
        }
        parts
    }

    fn part(&self, text: &str, span: Span) -> Part {
        let words: String = text.chars().skip(span.start).take(span.end - span.start).collect();
        let read = self.reader.read(&words);
        let prediction = self.predict(&[&read]).pop().unwrap_or_default();
        Part { span, read, prediction }
    }

    /// What goes to the sender; a part that names no place happened where the whole did.
    fn matter(&self, text: &Segmented, part: &Part, whole: Option<&Location>) -> Matter {
        let Span { start, end } = text.submitted(part.span);
        let location = text::scene(&part.read);
        let evidence = Evidence {
            text: &part.read,
            prediction: &part.prediction,
            location: location.as_ref().or(whole),
            stated_flags: &[],
            on: None,
        };
        let Routing { assignment, .. } = routing::decide(&evidence, &self.taxonomy, &self.thresholds);
        Matter {
            start,
            end,
            categories: self.categories(&part.prediction, 1),
            petition_types: self.petition_types(&part.prediction, 1),
            lead: assignment.into_iter().next().map(|first| first.lead),
        }
    }
}

impl Part {
    fn first(&self) -> &str {
        self.prediction.categories.first().map_or("", |first| first.code.as_str())
    }
}
