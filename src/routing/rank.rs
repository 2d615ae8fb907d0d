//! From category probabilities, rules and the model's unit head to a mass for each unit.

use std::collections::BTreeMap;

use super::words::{holds, mentions};
use super::{Evidence, Thresholds};
use crate::case::{PlaceKind, Scored, Voice};
use crate::taxonomy::{Category, Jurisdiction, Rule, Taxonomy, Tier};

/// Of a category's mass, what its lead unit gets; the rest goes to the other units named.
const LEAD_SHARE: f32 = 0.92;
/// What a unit named in the text weighs beside a co-unit's 1.
const NAMED_WEIGHT: f32 = 3.0;
/// Of its mass, what a category about manners, counters or advice keeps beside the matter itself: who is in charge of
/// the matter answers for it (谁主管谁负责).
const YIELD: f32 = 0.5;
/// Probability of category and urgency together from which the model alone calls for a hand-over. Below even: to miss an
/// emergency is worse than to ask in vain.
const ALARM: f32 = 0.4;
/// Probability that a category handed over must have by itself where emergency words are there but excused.
const EXCUSED: f32 = 0.55;
/// Categories below this share of the whole say nothing.
const FAINT: f32 = 0.01;
/// Most categories heard.
const HEARD: usize = 12;

/// What one category says: its units and on what ground.
pub(super) struct Claim<'a> {
    pub category: &'a Category,
    /// Share of all categories heard.
    pub mass: f32,
    /// The rule that speaks for it, in place of its ordinary unit.
    pub rule: Option<&'a Rule>,
    /// The emergency number that the model expects, where the category is handed over (紧急事项转接).
    pub number: Option<&'a str>,
    /// Units that the text names, where the category asks for them.
    pub named: Vec<&'a str>,
    /// Another rule of the same priority names another lead.
    pub contested: bool,
}

impl<'a> Claim<'a> {
    pub fn lead(&self) -> &'a str {
        let number = self.number.unwrap_or(&self.category.lead);
        self.rule.map_or(number, |rule| &rule.lead)
    }

    pub fn co(&self) -> &'a [String] {
        self.rule.map_or(&self.category.co, |rule| &rule.co)
    }

    /// The units and their shares of the claim's mass, which sum to 1.
    fn shares(&self) -> Vec<(&'a str, f32)> {
        let lead = self.lead();
        let mut others = self.co().iter().map(|code| (code.as_str(), 1.0)).collect::<Vec<_>>();
        if self.category.lead != lead {
            others.retain(|(code, _)| *code != self.category.lead);
            others.push((&self.category.lead, 2.0));
        }
        others.retain(|(code, _)| !self.named.contains(code));
        others.extend(self.named.iter().filter(|code| **code != lead).map(|code| (*code, NAMED_WEIGHT)));
        let whole = others.iter().map(|(_, weight)| weight).sum::<f32>();
        let rest = if others.is_empty() { 0.0 } else { 1.0 - LEAD_SHARE };
        let others = others.into_iter().map(|(code, weight)| (code, rest * weight / whole));
        std::iter::once((lead, 1.0 - rest)).chain(others).collect()
    }
}

/// The likely categories, each with the rule that speaks for it; heaviest first, never empty.
pub(super) fn claims<'a>(evidence: &Evidence, taxonomy: &'a Taxonomy) -> Vec<Claim<'a>> {
    let places = places(evidence);
    let mut heard = normalized(&evidence.prediction.categories, |code| taxonomy.category(code).is_some());
    heard.retain(|(_, mass)| *mass >= FAINT);
    heard.truncate(HEARD);
    for (code, mass) in &mut heard {
        if taxonomy.category(code).is_some_and(|category| category.named) {
            *mass *= YIELD;
        }
    }
    heard.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let whole = heard.iter().map(|(_, mass)| mass).sum::<f32>();
    let mut claims = heard
        .into_iter()
        .filter_map(|(code, mass)| Some(claim(taxonomy.category(code)?, mass / whole, evidence, taxonomy, &places)))
        .collect::<Vec<_>>();
    if claims.is_empty() {
        claims.push(Claim {
            category: taxonomy.fallback(),
            mass: 1.0,
            rule: None,
            number: None,
            named: Vec::new(),
            contested: false,
        });
    }
    claims
}

fn claim<'a>(
    category: &'a Category,
    mass: f32,
    evidence: &Evidence,
    taxonomy: &'a Taxonomy,
    places: &[&str],
) -> Claim<'a> {
    let (rule, contested) = speaking(category, evidence, taxonomy, places);
    let number = if category.place == Jurisdiction::Transfer { number(evidence, taxonomy) } else { None };
    let named = if category.named { named(evidence, taxonomy) } else { Vec::new() };
    Claim { category, mass, rule, number, named, contested }
}

/// What the model takes for an emergency (紧急事项), its mass the probability of the category and of the urgency that
/// goes with it (特急) together: to miss one is worse than to ask in vain. Where an emergency rule has its words but
/// did not speak, they tell of something past, feared or played, and the category must be sure by itself.
pub(super) fn alarm<'a>(evidence: &Evidence, taxonomy: &'a Taxonomy) -> Option<Claim<'a>> {
    let prediction = evidence.prediction;
    // Whatever stands first in the list.
    let of = |list: &[Scored], code: &str| {
        list.iter().filter(|scored| scored.code == code).map(|scored| scored.probability).fold(0.0, f32::max)
    };
    let handed_over = taxonomy.categories.iter().filter(|category| category.place == Jurisdiction::Transfer);
    let mut emergencies = taxonomy.rules.iter().filter(|rule| rule.is_emergency());
    let excused = emergencies.any(|rule| mentions(&rule.when, &evidence.text.text));
    let claims = handed_over.map(|category| {
        let urgency = if excused { 0.0 } else { of(&prediction.urgency, &category.urgency) };
        claim(category, of(&prediction.categories, &category.code) + urgency, evidence, taxonomy, &[])
    });
    let likeliest = claims.max_by(|a, b| a.mass.total_cmp(&b.mass));
    let enough = if excused { EXCUSED } else { ALARM };
    likeliest.filter(|claim| claim.mass >= enough && prediction.voice != Voice::None)
}

/// The units and their probabilities, most probable first; only units of the taxonomy, never empty.
pub(super) fn units<'a>(
    claims: &[Claim<'a>],
    evidence: &Evidence,
    taxonomy: &'a Taxonomy,
    thresholds: &Thresholds,
) -> Vec<(&'a str, f32)> {
    let head = normalized(&evidence.prediction.units, |code| taxonomy.department(code).is_some());
    let blind = evidence.prediction.categories.is_empty();
    let ruled = claims.first().is_some_and(|claim| claim.rule.is_some());
    let weight = match (head.is_empty(), blind, ruled) {
        (true, ..) => 0.0,
        (_, true, _) => 1.0,
        (_, _, true) => thresholds.unit_head_under_rule,
        _ => thresholds.unit_head,
    };
    let mut masses = BTreeMap::<&str, f32>::new();
    for claim in claims {
        for (code, share) in claim.shares() {
            *masses.entry(code).or_default() += (1.0 - weight) * claim.mass * share;
        }
    }
    for (code, mass) in head {
        let Some(unit) = taxonomy.department(code) else { continue };
        *masses.entry(&unit.code).or_default() += weight * mass;
    }
    let mut units = masses.into_iter().filter(|(_, mass)| *mass > 0.0).collect::<Vec<_>>();
    units.iter_mut().for_each(|(_, mass)| *mass = mass.powf(thresholds.unit_power));
    let whole = units.iter().map(|(_, mass)| mass).sum::<f32>();
    units.iter_mut().for_each(|(_, mass)| *mass /= whole);
    units.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    units
}

/// The model's most probable unit.
pub(super) fn head_top<'a>(evidence: &Evidence<'a>) -> Option<&'a Scored> {
    let by_mass = |a: &&Scored, b: &&Scored| a.probability.total_cmp(&b.probability).then(b.code.cmp(&a.code));
    evidence.prediction.units.iter().max_by(by_mass)
}

/// The emergency number that the model's unit head finds most probable.
fn number<'a>(evidence: &Evidence, taxonomy: &'a Taxonomy) -> Option<&'a str> {
    let units = evidence.prediction.units.iter().filter_map(|scored| {
        let unit = taxonomy.department(&scored.code).filter(|unit| unit.level == Tier::Emergency)?;
        Some((unit.code.as_str(), scored.probability))
    });
    units.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(a.0))).map(|(code, _)| code)
}

/// Known codes with their shares, heaviest first, ties by code: the order of the list does not matter.
fn normalized(list: &[Scored], known: impl Fn(&str) -> bool) -> Vec<(&str, f32)> {
    let valid = |scored: &&Scored| scored.probability > 0.0 && known(&scored.code);
    let mut list = list.iter().filter(valid).map(|s| (s.code.as_str(), s.probability)).collect::<Vec<_>>();
    list.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let whole = list.iter().map(|(_, mass)| mass).sum::<f32>();
    list.iter_mut().for_each(|(_, mass)| *mass /= whole);
    list
}

/// The rule that speaks for a category here. An emergency rule does so only for the categories that are handed over
/// (紧急事项转接): where the model is sure of an emergency, the words only tell which.
fn speaking<'a>(
    category: &Category,
    evidence: &Evidence,
    taxonomy: &'a Taxonomy,
    places: &[&str],
) -> (Option<&'a Rule>, bool) {
    let text = &evidence.text.text;
    let mut speaking = taxonomy.rules_of(&category.code).filter(|rule| {
        let spoken = match rule.is_emergency() {
            true => category.place == Jurisdiction::Transfer && mentions(&rule.when, text),
            false => holds(&rule.when, text, places),
        };
        spoken && rule.in_force(evidence.on)
    });
    let first = speaking.next();
    let rival = speaking.next().zip(first);
    (first, rival.is_some_and(|(next, first)| next.priority == first.priority && next.lead != first.lead))
}

/// Units called by a name of three characters or more, or by their official name.
fn named<'a>(evidence: &Evidence, taxonomy: &'a Taxonomy) -> Vec<&'a str> {
    let called = |name: &String| name.chars().count() >= 3 && evidence.text.text.contains(name.as_str());
    let units = taxonomy.departments.iter().filter(|unit| unit.level != Tier::Emergency);
    units.filter(|unit| unit.aliases.iter().any(called) || called(&unit.name)).map(|unit| unit.code.as_str()).collect()
}

/// The kinds of the places read from the text, as rules name them.
fn places(evidence: &Evidence) -> Vec<&'static str> {
    let kind = |kind: PlaceKind| match kind {
        PlaceKind::City => "城市",
        PlaceKind::District => "区县",
        PlaceKind::Street => "街道",
        PlaceKind::Community => "社区",
        PlaceKind::Village => "村",
        PlaceKind::Estate => "小区",
        PlaceKind::Road => "道路",
        PlaceKind::Crossing => "路口",
        PlaceKind::School => "学校",
        PlaceKind::Hospital => "医院",
        PlaceKind::Firm => "企业",
        PlaceKind::Poi => "场所",
    };
    evidence.text.places.iter().map(|place| kind(place.kind)).collect()
}
