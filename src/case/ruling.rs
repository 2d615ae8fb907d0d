//! What was advised of a case and what people decided (裁定): what the quality of advice is measured by, and what a list of
//! cases is asked for by, so that each figure leads to exactly its cases.
//!
//! A case is decided by the strictest of three that there is: what was settled (审定) as the truth to learn from; what
//! somebody said of the suggestion without settling it (反馈); and, of the unit, that a unit took the case and answered it
//! without returning it (承办答复). The looser the ruling, the more of it is only nobody's objection.

use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use super::{Decision, ReturnReason};

/// Who settles what was put up for review (复核): what this actor settled is not put up again.
pub const REVIEWER: &str = "复核";
/// Any unit.
pub const ANY: &str = "*";

/// 判断的是什么：unit 牵头单位、category 二级分类。
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = JudgedQuestion)]
pub enum Aspect {
    Unit,
    Category,
}

/// 由什么认定：settled 审定、said 反馈（未审定）、answered 承办答复（单位接办并答复，没有退回；只用于单位）。从严到宽。
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ruling {
    Settled,
    Said,
    Answered,
}

/// What was advised on one question, and what was decided.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Judgement {
    pub advised: Option<Arc<str>>,
    /// Of what was advised, calibrated.
    pub probability: Option<f64>,
    pub settled: Option<Arc<str>>,
    pub said: Option<Arc<str>>,
    pub answered: Option<Arc<str>>,
}

/// A case as its advice is judged, without a word that a citizen wrote.
#[derive(Debug, Clone, PartialEq)]
pub struct Hindsight {
    /// The store's number of the case.
    pub arrival: i64,
    /// Its number of change when it was read.
    pub seq: i64,
    /// Milliseconds since 1970.
    pub received_at: i64,
    pub unit: Judgement,
    pub category: Judgement,
    pub decision: Decision,
    pub model: Arc<str>,
    /// Whether the advice was given without the model.
    pub degraded: bool,
    /// Unicode scalar values of the text.
    pub length: u32,
    pub channel: Option<Arc<str>>,
    /// Whether a reviewer looked at it and settled it.
    pub is_reviewed: bool,
    /// Units that it was ever dispatched to, each once.
    pub sent_to: Vec<Arc<str>>,
    /// The unit that returned it last, and why.
    pub returned_by: Option<Arc<str>>,
    pub return_reason: Option<ReturnReason>,
}

/// Conditions on what was advised and decided. An empty list and `None` are no condition.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Judged {
    /// What the others are about; the unit where nothing is said.
    pub question: Option<Aspect>,
    /// Decided by any of these; `None`: by none.
    pub rulings: Vec<Option<Ruling>>,
    /// Whether what was advised is what was decided.
    pub right: Option<bool>,
    /// The code that was advised, or how it begins; [`super::NONE`]: nothing was.
    pub advised: Option<String>,
    pub decided: Option<String>,
    /// The probability of what was advised: from, and below.
    pub from: Option<f64>,
    pub below: Option<f64>,
    pub degraded: Option<bool>,
    /// Whether it was advised to dispatch it without a person.
    pub automatic: Option<bool>,
    /// Whether it was routed by probability, see [`Hindsight::is_routed`].
    pub routed: Option<bool>,
    /// A unit that it was ever dispatched to; [`ANY`], or [`super::NONE`].
    pub sent_to: Option<String>,
}

impl Aspect {
    pub const ALL: [Aspect; 2] = [Aspect::Unit, Aspect::Category];

    /// On the wire.
    pub fn code(self) -> &'static str {
        match self {
            Aspect::Unit => "unit",
            Aspect::Category => "category",
        }
    }

    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Aspect::Unit => "牵头单位",
            Aspect::Category => "二级分类",
        }
    }
}

impl Ruling {
    /// Strictest first.
    pub const ALL: [Ruling; 3] = [Ruling::Settled, Ruling::Said, Ruling::Answered];

    /// On the wire.
    pub fn code(self) -> &'static str {
        match self {
            Ruling::Settled => "settled",
            Ruling::Said => "said",
            Ruling::Answered => "answered",
        }
    }

    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Ruling::Settled => "审定",
            Ruling::Said => "反馈",
            Ruling::Answered => "承办答复",
        }
    }

    /// Those that are as strict or stricter.
    pub fn and_stricter(self) -> impl Iterator<Item = Ruling> + Clone {
        Self::ALL.into_iter().take_while(move |ruling| *ruling <= self)
    }
}

impl Judgement {
    /// What was decided, and by what, no looser than `loosest`.
    pub fn decided(&self, loosest: Ruling) -> Option<(&Arc<str>, Ruling)> {
        let by = |ruling| match ruling {
            Ruling::Settled => self.settled.as_ref(),
            Ruling::Said => self.said.as_ref(),
            Ruling::Answered => self.answered.as_ref(),
        };
        loosest.and_stricter().find_map(|ruling| Some((by(ruling)?, ruling)))
    }

    /// Whether what was advised is what was decided; none where nothing was advised or decided.
    pub fn is_right(&self, loosest: Ruling) -> Option<bool> {
        Some(self.decided(loosest)?.0 == self.advised.as_ref()?)
    }
}

impl Hindsight {
    /// Whether its unit was advised by probability. An emergency handed over (紧急转接) and what belongs to another channel
    /// (告知渠道) go where rules say, with a probability that is a rule's and not the model's, and the unit that follows
    /// it up is another question.
    pub fn is_routed(&self) -> bool {
        !matches!(self.decision, Decision::TransferEmergency | Decision::Redirect)
    }

    pub fn of(&self, question: Aspect) -> &Judgement {
        match question {
            Aspect::Unit => &self.unit,
            Aspect::Category => &self.category,
        }
    }
}
