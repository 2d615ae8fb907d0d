//! What is counted of a case: its codes, its times and what became of it, without a word that a citizen wrote.

use super::{Satisfaction, Status};

/// A case as analytics counts it (统计行). Times are milliseconds since 1970, UTC; codes as settled by people where they
/// settled them.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// The store's number of the case.
    pub arrival: i64,
    /// Its number of change when it was read.
    pub seq: i64,
    pub received_at: i64,
    /// Level-2 category: as settled, else as advised.
    pub category: Option<String>,
    pub petition: Option<String>,
    /// The unit in whose charge it is (归口单位): as settled, else the one that has it, else the one advised.
    pub department: Option<String>,
    pub channel: Option<String>,
    pub urgency: String,
    pub district: Option<String>,
    pub street: Option<String>,
    pub community: Option<String>,
    /// Who called, hashed; none where the sender did not say.
    pub reporter: Option<u64>,
    /// The group (诉求组) it is told in.
    pub issue: Option<String>,
    /// Flags of the rules that speak of danger, as codes.
    pub flags: Vec<String>,
    pub status: Status,
    pub due_at: Option<i64>,
    pub closed_at: Option<i64>,
    pub life: Life,
}

/// What became of a case (办理), from its steps.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Life {
    /// The unit that has it, or had it last: the one it was last dispatched to.
    pub unit: Option<String>,
    /// When it was last dispatched, and by when that had to be signed.
    pub dispatched_at: Option<i64>,
    pub sign_due_at: Option<i64>,
    /// When it was signed after that.
    pub signed_at: Option<i64>,
    /// The first answer (首次答复), and the last.
    pub first_replied_at: Option<i64>,
    pub replied_at: Option<i64>,
    /// The first answer after it was last dispatched.
    pub answered_at: Option<i64>,
    /// Whether it was returned after it was last dispatched, so that no unit has it.
    pub given_back: bool,
    /// The unit that returned it; of several, the last.
    pub returned_by: Option<String>,
    /// How often it was returned (退单), reassigned to another unit (改派), extended (延期) and done again (重办).
    pub returns: u32,
    pub reassigned: u32,
    pub extended: u32,
    pub redone: u32,
    pub suspended: bool,
    /// What the citizen said when last asked.
    pub satisfied: Option<Satisfaction>,
    /// Whether the citizen then said that it is resolved.
    pub resolved: Option<bool>,
    /// Standing supervisions (督办), and how many there were.
    pub supervisions: u32,
    pub supervised: u32,
}

impl Fact {
    /// Whether the answer is owed and late at `now`.
    pub fn is_overdue(&self, now: i64) -> bool {
        self.closed_at.is_none() && self.status.owes_answer() && self.due_at.is_some_and(|due| due < now)
    }
}
