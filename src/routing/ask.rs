//! What to ask the caller: facts that would decide the route and that the text does not hold (追问).

use super::naming::goes_by_place;
use super::words::find;
use super::{Case, Decision};
use crate::taxonomy::{Jurisdiction, Question};

/// Most questions asked.
const ASKED: usize = 3;
/// A category below this share is not asked about.
const WORTH: f32 = 0.25;

/// The place first where it decides; then the questions of the rule that spoke, or, where none spoke, of the rules
/// that might have.
pub(super) fn questions(case: &Case, decision: Decision) -> Vec<String> {
    let mut asked = place(case).into_iter().collect::<Vec<_>>();
    if matches!(decision, Decision::TransferEmergency | Decision::Redirect) {
        return asked;
    }
    for claim in case.claims.iter().filter(|claim| claim.mass >= WORTH) {
        let open = case.taxonomy.rules_of(&claim.category.code).filter(|rule| !rule.is_emergency());
        let questions = match claim.rule {
            Some(rule) => rule.ask.iter().collect::<Vec<_>>(),
            None => open.flat_map(|rule| &rule.ask).collect(),
        };
        for question in questions {
            if !answered(case, question) && !asked.contains(&question.question) {
                asked.push(question.question.clone());
            }
        }
    }
    asked.truncate(ASKED);
    asked
}

/// The question for the place that says whose unit acts.
fn place(case: &Case) -> Option<String> {
    let questions = &case.taxonomy.questions;
    let place = case.place();
    let ask = match place {
        Jurisdiction::Workplace => &questions.workplace,
        Jurisdiction::Project => &questions.project,
        Jurisdiction::Insured => &questions.insured,
        Jurisdiction::Seller => &questions.seller,
        Jurisdiction::Registrar => &questions.registrar,
        _ => &questions.place,
    };
    let unknown = match place {
        Jurisdiction::Insured | Jurisdiction::Seller | Jurisdiction::Registrar | Jurisdiction::Vertical => false,
        place => goes_by_place(place) && !case.ground.is_known(),
    };
    (unknown || unstated(case, ask)).then(|| ask.question.clone())
}

/// Where neither the event's place nor anything said tells it.
fn unstated(case: &Case, ask: &Question) -> bool {
    let place = case.place();
    let elsewhere = matches!(place, Jurisdiction::Insured | Jurisdiction::Seller | Jurisdiction::Registrar);
    elsewhere && !answered(case, ask)
}

fn answered(case: &Case, question: &Question) -> bool {
    question.unless.iter().any(|word| find(&case.evidence.text.text, word).is_some())
}
