//! How a unit handles the cases that it was given (办理情况): the states that figures count and that a list of cases is
//! asked for by, so that each figure leads to exactly its cases.
//!
//! A case is a unit's (承办件) from its first dispatch on: the unit's that it was last dispatched to, also while it lies
//! returned (已退单) and waits to be dispatched anew. What the hotline declines (不予受理) or answers itself (直接答复),
//! at once or after a return, is no unit's.

use super::{ReturnReason, Satisfaction};

/// Whether a unit has signed for a case since it was last dispatched (签收).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Signing {
    /// Signed by the deadline for signing.
    InTime,
    /// Signed after it.
    Late,
    /// Not signed, though dispatched and past that deadline.
    Overdue,
    /// Not signed, and not late: the deadline is to come, or the unit asked to return it.
    Waiting,
}

/// How a unit stands with the answer that it owes (答复), by the deadline in force: extensions (延期) and time suspended
/// (挂账) are in it. What has no deadline is not late. Each unit's case is in one of these states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answering {
    /// Answered, the last answer by the deadline.
    InTime,
    /// Answered, after the deadline.
    Late,
    /// Not answered, within the deadline.
    Waiting,
    /// Not answered, past the deadline.
    Overdue,
    /// Not answered, the clock stopped (挂账).
    Suspended,
    /// Returned by the unit and not dispatched anew.
    SentBack,
}

/// Codes of a catalogue: these, or all others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Among {
    These(Vec<String>),
    Others(Vec<String>),
}

/// Conditions on how a case is handled. An empty list and `None` are no condition; of a list any one is enough.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Handling {
    /// Whether it is a unit's case.
    pub assigned: Option<bool>,
    /// The unit that has it, or had it last.
    pub last_unit: Option<Among>,
    pub signed: Vec<Signing>,
    pub answered: Vec<Answering>,
    /// What the citizen said when last asked (回访).
    pub satisfied: Vec<Satisfaction>,
    pub resolved: Vec<bool>,
    /// Whether it ever was (退单、改派、重办、延期).
    pub returned: Option<bool>,
    pub reassigned: Option<bool>,
    pub redone: Option<bool>,
    pub extended: Option<bool>,
    /// The unit that returned it last, and why.
    pub returned_by: Option<Among>,
    pub return_reason: Option<ReturnReason>,
}

impl Signing {
    pub const ALL: [Signing; 4] = [Signing::InTime, Signing::Late, Signing::Overdue, Signing::Waiting];

    /// On the wire.
    pub fn code(self) -> &'static str {
        match self {
            Signing::InTime => "in_time",
            Signing::Late => "late",
            Signing::Overdue => "overdue",
            Signing::Waiting => "waiting",
        }
    }
}

impl Answering {
    pub const ALL: [Answering; 6] = [
        Answering::InTime,
        Answering::Late,
        Answering::Waiting,
        Answering::Overdue,
        Answering::Suspended,
        Answering::SentBack,
    ];

    /// On the wire.
    pub fn code(self) -> &'static str {
        match self {
            Answering::InTime => "in_time",
            Answering::Late => "late",
            Answering::Waiting => "waiting",
            Answering::Overdue => "overdue",
            Answering::Suspended => "suspended",
            Answering::SentBack => "sent_back",
        }
    }
}
