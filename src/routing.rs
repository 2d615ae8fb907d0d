//! Who answers for a complaint (归口): evidence in, ranked units and a decision out.
//!
//! Pure: no clock, no files, no tensors. Emergency rules win over everything. Below them the rules and the
//! categories' ordinary units speak, weighted by how probable each category is, mixed with what the model learnt
//! about units; a rule may veto the model. Redirect rules only propose.

mod ask;
mod keyword;
mod naming;
mod rank;
mod words;

use std::path::Path;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::case::{Assignment, Decision, Level, Location, Prediction, Reason, Routing, Scored, Segmented, Voice};
use crate::error::{Error, Result};
use crate::taxonomy::{Department, Jurisdiction, PetitionType, Rule, Taxonomy, Tier};
pub use keyword::{hear_keywords, keyword_prediction};
use naming::Ground;
use rank::Claim;

/// What is known about one complaint.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// Normalized and masked, title included.
    pub text: &'a Segmented,
    /// Calibrated; empty without a model.
    pub prediction: &'a Prediction,
    pub location: Option<&'a Location>,
    /// What the sender already knows, e.g. `info_protect`.
    pub stated_flags: &'a [String],
    /// The day whose rules are in force (生效日期); without it, those not repealed.
    pub on: Option<NaiveDate>,
}

/// Where probabilities become decisions; kept beside the model they were tuned for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Thresholds {
    /// Dispatched without a person from this probability of the unit on (自动派单).
    pub auto: f32,
    /// Suggested from this probability on; below, a person decides.
    pub suggest: f32,
    /// Share of the categories' mass that keywords have beside the model, see [`hear_keywords`].
    pub keywords: f32,
    /// Share of the model's own unit head in a unit's probability; the rest is rules and categories.
    pub unit_head: f32,
    /// The same where a rule of the dispatch catalogue speaks for the most probable category.
    pub unit_head_under_rule: f32,
    /// Exponent on the units' masses before they are brought to sum 1: mixed voices are too timid, so it is mostly
    /// above 1 (Ranjan & Gneiting 2010).
    pub unit_power: f32,
    /// The same for the category's two levels, where they are told; they are heard as they are.
    pub category_power: f32,
    pub domain_power: f32,
}

impl Thresholds {
    /// Reads `thresholds.json` of a model folder; a folder without one decides by the defaults.
    pub fn load(model: &Path) -> Result<Self> {
        let file = model.join("thresholds.json");
        let Ok(text) = std::fs::read_to_string(&file) else { return Ok(Self::default()) };
        serde_json::from_str(&text).map_err(|e| {
            Error::setup("阈值文件写错了，请按提示改正", "broken threshold file: mend it as told").at(
                format!("{}:{}", file.display(), e.line()),
                e.to_string(),
                e.to_string(),
            )
        })
    }
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            auto: 0.90,
            suggest: 0.35,
            keywords: 0.10,
            unit_head: 0.35,
            unit_head_under_rule: 0.10,
            unit_power: 1.0,
            category_power: 1.0,
            domain_power: 1.0,
        }
    }
}

/// Most units named.
const NAMED: usize = 5;
/// A unit below this probability is named only to make up three.
const FAINT: f32 = 0.02;
/// Probability from which the model is believed alone: in a redirect, in who needs protection, in a unit against a rule.
const SURE: f32 = 0.5;
/// The same where a redirect rule found its words.
const AGREED: f32 = 0.25;
/// Probability of a redirect rule's unit when the model sees another matter.
const PROPOSED: f32 = 0.05;
/// What an emergency rule leaves to the units that follow up.
const FOLLOW_UP: f32 = 0.05;

/// Every probability raised to `power`, normalized: the order stays.
pub fn sharpened(list: &[Scored], power: f32) -> Vec<Scored> {
    let raised = list.iter().map(|scored| scored.probability.powf(power));
    let whole = raised.clone().sum::<f32>().max(f32::MIN_POSITIVE);
    let pairs = list.iter().zip(raised);
    pairs.map(|(scored, raised)| Scored { code: scored.code.clone(), probability: raised / whole }).collect()
}

/// Ranks the units and decides what to do with the complaint.
pub fn decide(evidence: &Evidence, taxonomy: &Taxonomy, thresholds: &Thresholds) -> Routing {
    let case = Case::read(evidence, taxonomy, thresholds);
    let assignment = case.assignment();
    let (decision, decision_reason) = case.decision(&assignment[0], thresholds);
    Routing { decision, decision_reason, ask: ask::questions(&case, decision), assignment, flags: case.flags }
}

/// All that was found out about one complaint.
struct Case<'a> {
    evidence: &'a Evidence<'a>,
    taxonomy: &'a Taxonomy,
    ground: Ground<'a>,
    flags: Vec<String>,
    /// Emergency rules that spoke, highest priority first, and the words that made them.
    alarms: Vec<(&'a Rule, &'a str)>,
    /// What the model takes for an emergency.
    felt: Option<Claim<'a>>,
    /// Redirect rules that spoke.
    redirects: Vec<&'a Rule>,
    claims: Vec<Claim<'a>>,
    units: Vec<(&'a str, f32)>,
}

impl<'a> Case<'a> {
    fn read(evidence: &'a Evidence<'a>, taxonomy: &'a Taxonomy, thresholds: &Thresholds) -> Self {
        let text = &evidence.text.text;
        let at_all = |rule: &&Rule| rule.in_force(evidence.on);
        let alarms = taxonomy.rules.iter().filter(|rule| rule.is_emergency()).filter(at_all);
        let redirects = taxonomy.rules.iter().filter(|rule| rule.is_redirect()).filter(at_all);
        let flags = taxonomy.flags.iter().filter(|flag| words::bears(flag, text, &taxonomy.cues));
        let mut flags = flags.map(|flag| flag.code.clone()).collect::<Vec<_>>();
        for stated in evidence.stated_flags {
            if !flags.contains(stated) {
                flags.push(stated.clone());
            }
        }
        let claims = rank::claims(evidence, taxonomy);
        let mut case = Self {
            evidence,
            taxonomy,
            ground: Ground::new(taxonomy, evidence.location),
            flags,
            alarms: alarms
                .filter_map(|rule| words::alarm(rule, text, &taxonomy.cues).map(|hit| (rule, &text[hit])))
                .collect(),
            felt: rank::alarm(evidence, taxonomy),
            redirects: redirects.filter(|rule| words::holds(&rule.when, text, &[])).collect(),
            units: rank::units(&claims, evidence, taxonomy, thresholds),
            claims,
        };
        case.propose();
        case
    }

    /// Puts the units of what decides first, and those of redirect rules in where the model did not see them.
    fn propose(&mut self) {
        for rule in &self.redirects {
            raise(&mut self.units, &rule.lead, PROPOSED);
        }
        let alarms = self.alarms.iter().map(|(rule, _)| rule.lead.as_str());
        let deciding = match (alarms.collect::<Vec<_>>(), &self.felt, self.firm()) {
            (alarms, ..) if !alarms.is_empty() => alarms,
            (_, Some(felt), _) => vec![felt.lead()],
            (.., Some(rule)) => vec![rule.lead.as_str()],
            _ => Vec::new(),
        };
        if !deciding.is_empty() {
            self.units.iter_mut().for_each(|(_, mass)| *mass *= FOLLOW_UP);
        }
        for (rank, unit) in deciding.into_iter().enumerate() {
            raise(&mut self.units, unit, (1.0 - FOLLOW_UP) / (1 << rank) as f32);
        }
        self.units.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    }

    /// The redirect rule that needs no consent.
    fn firm(&self) -> Option<&'a Rule> {
        self.redirects.iter().copied().find(|rule| rule.firm)
    }

    fn top(&self) -> &Claim<'a> {
        &self.claims[0]
    }

    /// The kind of place that says whose branch acts.
    fn place(&self) -> Jurisdiction {
        let alarmed = !self.alarms.is_empty() || self.felt.is_some();
        if alarmed { Jurisdiction::Transfer } else { self.top().category.place }
    }

    /// The rule in whose name a unit leads, and the claim that speaks most for it.
    fn ground_of(&self, unit: &str) -> (Option<&'a Rule>, Option<&Claim<'a>>) {
        let claim = self.claims.iter().find(|claim| claim.lead() == unit);
        let alarm = self.alarms.iter().map(|(rule, _)| *rule).find(|rule| rule.lead == unit);
        let redirect = || self.redirects.iter().copied().find(|rule| rule.lead == unit && claim.is_none());
        (alarm.or_else(|| claim.and_then(|claim| claim.rule)).or_else(redirect), claim)
    }

    fn assignment(&self) -> Vec<Assignment> {
        let likely = self.units.iter().take(NAMED).enumerate();
        let likely = likely.filter(|(rank, (_, mass))| *rank < 3 || *mass >= FAINT).map(|(_, unit)| unit);
        let mut named = Vec::<Assignment>::new();
        for (code, mass) in likely {
            let Some(unit) = self.taxonomy.department(code) else { continue };
            let assignment = self.assign(unit, *mass);
            match named.iter_mut().find(|before| before.lead == assignment.lead) {
                Some(before) => before.probability = (before.probability + mass).min(1.0),
                None => named.push(assignment),
            }
        }
        named.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        named
    }

    fn assign(&self, unit: &'a Department, probability: f32) -> Assignment {
        let (rule, claim) = self.ground_of(&unit.code);
        let place = claim.map_or(self.place(), |claim| claim.category.place);
        let level = rule.map_or_else(|| naming::level(unit, place), |rule| rule.level);
        let co = rule.map(|rule| &rule.co).or(claim.map(|claim| &claim.category.co));
        let (lead, level, avoided) = self.avoid(unit, level);
        let co = co.into_iter().flatten().filter(|code| **code != lead.code && **code != unit.code);
        let co = co.filter_map(|code| self.taxonomy.department(code));
        let named = |unit| self.ground.unit(unit, place, level);
        Assignment {
            co: co.map(named).collect(),
            lead: named(lead),
            level,
            probability,
            reasons: self.reasons(unit, rule, claim, avoided),
            basis: rule.map(|rule| rule.basis.clone()).unwrap_or_default(),
        }
    }

    /// A unit that is itself complained of does not answer (回避): the unit above it does.
    fn avoid(&self, unit: &'a Department, level: Level) -> (&'a Department, Level, Option<String>) {
        let supervisor = unit.supervisor.as_deref().and_then(|code| self.taxonomy.department(code));
        let (Some(above), true) = (supervisor, self.accuses(unit)) else { return (unit, level, None) };
        let said = format!("诉求反映的正是{}，不转被反映单位，由{}核查", unit.name, above.name);
        if above.code == unit.code {
            (unit, Level::City, Some(said + "（市级）"))
        } else {
            (above, Level::District, Some(said))
        }
    }

    /// Whether the text complains of this very unit.
    fn accuses(&self, unit: &Department) -> bool {
        let conflict = &self.taxonomy.conflict;
        let text = &self.evidence.text.text;
        let names = unit.aliases.iter().chain(std::iter::once(&unit.name));
        names.filter(|name| text.contains(name.as_str())).any(|name| {
            let accused = |word: &String| words::find(text, &format!("{word}{name}")).is_some();
            let behaved = |word: &String| words::find(text, &format!("{name}…{word}")).is_some();
            conflict.accuse.iter().any(accused) || conflict.misconduct.iter().any(behaved)
        })
    }

    fn reasons(
        &self,
        unit: &Department,
        rule: Option<&Rule>,
        claim: Option<&Claim>,
        avoided: Option<String>,
    ) -> Vec<Reason> {
        let mut reasons = Vec::new();
        if let Some(rule) = rule {
            reasons.push(Reason::Rule { id: rule.id.clone(), text: rule.explanation.clone() });
        }
        if let Some(claim) = claim.filter(|claim| claim.category.lead == unit.code) {
            let path = self.taxonomy.path(&claim.category.code).unwrap_or_default();
            let text = format!("“{path}”（{:.0}%）一般由{}主办", claim.mass * 100.0, unit.name);
            reasons.push(Reason::Category { code: claim.category.code.clone(), text });
        }
        let learnt = self.evidence.prediction.units.iter().find(|scored| scored.code == unit.code);
        if let Some(learnt) = learnt.filter(|scored| scored.probability >= 0.05) {
            let text = format!("历史样例中类似诉求由{}主办（{:.0}%）", unit.name, learnt.probability * 100.0);
            reasons.push(Reason::Model { text });
        }
        if let Some(text) = avoided {
            reasons.insert(0, Reason::Rule { id: "conflict".to_string(), text });
        }
        if reasons.is_empty() {
            let helped = self.claims.iter().find(|claim| claim.co().contains(&unit.code)).unwrap_or(self.top());
            let text = format!("“{}”常由{}协办", helped.category.name, unit.name);
            reasons.push(Reason::Category { code: helped.category.code.clone(), text });
        }
        reasons
    }

    // ── the decision ────────────────────────────────────────────────────────────────────────────────────────────

    fn decision(&self, first: &Assignment, thresholds: &Thresholds) -> (Decision, String) {
        let lead = &first.lead.name;
        let top = self.top();
        if let Some((rule, words)) = self.alarms.first() {
            let reason = format!("文中“{words}”像是正在发生的紧急情况（规则 {}）：立即核实并转接{lead}", rule.id);
            return (Decision::TransferEmergency, reason);
        }
        if let Some(felt) = &self.felt {
            let name = &felt.category.name;
            let reason =
                format!("模型认为像正在发生的紧急情况（“{name}”与特急合计 {:.2}）：立即核实并转接{lead}", felt.mass);
            return (Decision::TransferEmergency, reason);
        }
        if let Some(decided) = self.redirected() {
            return decided;
        }
        let p = first.probability;
        let elsewhere = matches!(top.category.place, Jurisdiction::Manual | Jurisdiction::Redirect);
        if elsewhere || self.petition().is_some_and(|petition| petition.manual) {
            return (Decision::Manual, format!("归入“{}”（{:.2}），须人工判断", top.category.name, top.mass));
        }
        if p < thresholds.suggest {
            let reason = format!("{lead} {p:.2}，低于建议阈值 {:.2}，请人工派单", thresholds.suggest);
            return (Decision::Manual, reason);
        }
        if p < thresholds.auto {
            let reason = format!("{lead} {p:.2}，低于自动派单阈值 {:.2}，请人工确认", thresholds.auto);
            return (Decision::Suggest, reason);
        }
        match self.forbidden(first) {
            Some(why) => (Decision::Suggest, format!("{lead} {p:.2}，但{why}，请人工确认")),
            None => (Decision::Auto, self.sent(first, thresholds.auto)),
        }
    }

    /// What the hotline does not settle itself: a firm rule says so, or another one and the most probable category,
    /// or the categories of other channels together. Where no channel is named, a person decides.
    fn redirected(&self) -> Option<(Decision, String)> {
        let top = self.top();
        let agreed = self.redirects.iter().copied().find(|rule| rule.categories.contains(&top.category.code));
        if let Some(rule) = self.firm().or(agreed.filter(|_| top.mass >= AGREED)) {
            let decision = if rule.level == Level::Redirect { Decision::Redirect } else { Decision::Manual };
            return Some((decision, format!("{}（规则 {}），请人工确认", rule.explanation, rule.id)));
        }
        let outside = self.claims.iter().filter(|claim| claim.category.place == Jurisdiction::Redirect);
        let (first, mass) = (outside.clone().next()?, outside.map(|claim| claim.mass).sum::<f32>());
        let name = &first.category.name;
        let reason = || format!("归入“{name}”等（{mass:.2}），不属热线受理范围，请人工确认后告知渠道");
        (mass >= SURE).then(|| (Decision::Redirect, reason()))
    }

    /// Why this case is never dispatched without a person, however sure the machine is.
    fn forbidden(&self, first: &Assignment) -> Option<String> {
        let prediction = self.evidence.prediction;
        if prediction.voice == Voice::None {
            return Some("当前没有模型，仅按关键词和规则判断".to_string());
        }
        if let Some(flag) = self.flags.iter().filter_map(|code| self.taxonomy.flag(code)).find(|flag| flag.manual) {
            return Some(format!("有“{}”标签", flag.name));
        }
        let stated = self.flags.iter().any(|flag| flag == "info_protect");
        if stated || prediction.protect >= SURE || self.petition().is_some_and(|petition| petition.confidential) {
            return Some("须保护反映人信息".to_string());
        }
        if let Some(rule) = self.redirects.first() {
            return Some(format!("可能应告知其他渠道（规则 {}）", rule.id));
        }
        let top = self.top();
        if top.contested {
            return Some("两条同级派单规则意见不一".to_string());
        }
        let head = rank::head_top(self.evidence).filter(|head| head.probability >= SURE && head.code != top.lead());
        if let (Some(rule), Some(head)) = (top.rule, head) {
            return Some(format!("规则 {} 与模型（{} {:.2}）意见不一", rule.id, head.code, head.probability));
        }
        if first.reasons.iter().any(|reason| matches!(reason, Reason::Rule { id, .. } if id == "conflict")) {
            return Some("涉及被反映单位回避".to_string());
        }
        (self.goes_by_place(first) && !self.is_placed(first)).then(|| "事发地不明，无法确定属地".to_string())
    }

    /// Whether the unit has a branch for each place, and the place says which.
    fn goes_by_place(&self, first: &Assignment) -> bool {
        let branched = self.taxonomy.department(&first.lead.code).is_some_and(|unit| unit.branch.is_some());
        naming::goes_by_place(self.place()) && branched && first.level != Level::City
    }

    /// Whether enough is known of the place to send the case: a bureau of the city passes it on to its branch wherever
    /// the citizen says it is; a district's or a street's own office needs the district.
    fn is_placed(&self, first: &Assignment) -> bool {
        let Some(told) = self.evidence.location else { return false };
        let territorial = self
            .taxonomy
            .department(&first.lead.code)
            .is_some_and(|unit| matches!(unit.level, Tier::District | Tier::Street));
        self.ground.is_known() || told.district.is_some() || (told.place.is_some() && !territorial)
    }

    /// Why a sure case is dispatched without a person.
    fn sent(&self, first: &Assignment, auto: f32) -> String {
        let reason = format!("{} {:.2}，达到自动派单阈值 {auto:.2}", first.lead.name, first.probability);
        match self.goes_by_place(first) && !self.ground.is_known() {
            true => format!("{reason}；事发地不在地名目录，由其确定属地后转办"),
            false => reason,
        }
    }

    /// The most probable petition type, where the model has one.
    fn petition(&self) -> Option<&PetitionType> {
        let by_mass = |a: &&Scored, b: &&Scored| a.probability.total_cmp(&b.probability).then(b.code.cmp(&a.code));
        let likeliest = self.evidence.prediction.petition.iter().max_by(by_mass)?;
        self.taxonomy.petition_type(&likeliest.code)
    }
}

/// Gives a unit at least this mass.
fn raise<'a>(units: &mut Vec<(&'a str, f32)>, unit: &'a str, mass: f32) {
    match units.iter_mut().find(|(code, _)| *code == unit) {
        Some((_, before)) => *before = before.max(mass),
        None => units.push((unit, mass)),
    }
}
