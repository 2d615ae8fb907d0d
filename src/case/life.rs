//! The life of a case (办理过程): its statuses, which may follow which, and the codes that people give reasons by.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// 办理状态。
/// accepted 受理 → dispatched 派单 → signed 签收 → handling 办理 → replied 答复 → followed_up 回访 → closed 办结；
/// 另有 return_requested 退单申请、returned 已退单、suspended 挂账、reopened 重办、declined 不予受理。
/// extended 延期只是过程中的一步，案件仍在原状态。
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Accepted,
    Dispatched,
    Signed,
    Handling,
    Replied,
    FollowedUp,
    Closed,
    ReturnRequested,
    Returned,
    Extended,
    Suspended,
    Reopened,
    Declined,
}

impl Status {
    pub const ALL: [Status; 13] = [
        Status::Accepted,
        Status::Dispatched,
        Status::Signed,
        Status::Handling,
        Status::Replied,
        Status::FollowedUp,
        Status::Closed,
        Status::ReturnRequested,
        Status::Returned,
        Status::Extended,
        Status::Suspended,
        Status::Reopened,
        Status::Declined,
    ];

    /// **The one table**: what may follow. Dispatching again is reassigning (改派); from a request to return, dispatching
    /// to the same unit refuses it (驳回). The hotline may answer what it never dispatched (直接答复).
    fn followers(self) -> &'static [Status] {
        use Status::*;
        match self {
            Accepted => &[Dispatched, Replied, Declined],
            Dispatched => &[Signed, ReturnRequested, Returned, Dispatched],
            Signed => &[Handling, ReturnRequested, Returned, Dispatched, Extended, Suspended],
            Handling => &[Replied, ReturnRequested, Returned, Dispatched, Extended, Suspended],
            ReturnRequested => &[Returned, Dispatched],
            Returned => &[Dispatched, Replied, Declined],
            Suspended => &[Handling],
            Replied => &[FollowedUp, Closed],
            FollowedUp => &[Closed, Reopened],
            Reopened => &[Dispatched, Handling],
            // Extended is no status that a case is in.
            Extended | Closed | Declined => &[],
        }
    }

    /// What may follow for a case whose citizen said `satisfied` when last asked: only the unsatisfied are heard again.
    pub fn next(self, satisfied: Option<Satisfaction>) -> Vec<Status> {
        let again = satisfied == Some(Satisfaction::Unsatisfied);
        self.followers().iter().copied().filter(|next| again || *next != Status::Reopened).collect()
    }

    /// Whether the citizen still waits for an answer, the clock running.
    pub fn owes_answer(self) -> bool {
        use Status::*;
        matches!(self, Accepted | Dispatched | Signed | Handling | ReturnRequested | Returned | Reopened)
    }

    /// Whether nothing follows any more.
    pub fn is_over(self) -> bool {
        matches!(self, Status::Closed | Status::Declined)
    }

    /// On disk and on the wire.
    pub fn code(self) -> &'static str {
        match self {
            Status::Accepted => "accepted",
            Status::Dispatched => "dispatched",
            Status::Signed => "signed",
            Status::Handling => "handling",
            Status::Replied => "replied",
            Status::FollowedUp => "followed_up",
            Status::Closed => "closed",
            Status::ReturnRequested => "return_requested",
            Status::Returned => "returned",
            Status::Extended => "extended",
            Status::Suspended => "suspended",
            Status::Reopened => "reopened",
            Status::Declined => "declined",
        }
    }

    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Status::Accepted => "受理",
            Status::Dispatched => "派单",
            Status::Signed => "签收",
            Status::Handling => "办理",
            Status::Replied => "答复",
            Status::FollowedUp => "回访",
            Status::Closed => "办结",
            Status::ReturnRequested => "退单申请",
            Status::Returned => "退单",
            Status::Extended => "延期",
            Status::Suspended => "挂账",
            Status::Reopened => "重办",
            Status::Declined => "不予受理",
        }
    }
}

/// 回访评价：satisfied 满意、fair 基本满意、unsatisfied 不满意、undeclared 未表态。
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Satisfaction {
    Satisfied,
    Fair,
    Unsatisfied,
    Undeclared,
}

impl Satisfaction {
    pub const ALL: [Satisfaction; 4] =
        [Satisfaction::Satisfied, Satisfaction::Fair, Satisfaction::Unsatisfied, Satisfaction::Undeclared];

    /// On disk and on the wire.
    pub fn code(self) -> &'static str {
        match self {
            Satisfaction::Satisfied => "satisfied",
            Satisfaction::Fair => "fair",
            Satisfaction::Unsatisfied => "unsatisfied",
            Satisfaction::Undeclared => "undeclared",
        }
    }
}

/// 退单、改派等的原因：duty_mismatch 职责不符、area_mismatch 属地不符、info_incomplete 信息不全、duplicate 重复、
/// not_acceptable 不予受理、legacy 历史遗留、policy_changed 政策变更。
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReturnReason {
    DutyMismatch,
    AreaMismatch,
    InfoIncomplete,
    Duplicate,
    NotAcceptable,
    Legacy,
    PolicyChanged,
}

impl ReturnReason {
    pub const ALL: [ReturnReason; 7] = [
        ReturnReason::DutyMismatch,
        ReturnReason::AreaMismatch,
        ReturnReason::InfoIncomplete,
        ReturnReason::Duplicate,
        ReturnReason::NotAcceptable,
        ReturnReason::Legacy,
        ReturnReason::PolicyChanged,
    ];

    /// On disk and on the wire.
    pub fn code(self) -> &'static str {
        match self {
            ReturnReason::DutyMismatch => "duty_mismatch",
            ReturnReason::AreaMismatch => "area_mismatch",
            ReturnReason::InfoIncomplete => "info_incomplete",
            ReturnReason::Duplicate => "duplicate",
            ReturnReason::NotAcceptable => "not_acceptable",
            ReturnReason::Legacy => "legacy",
            ReturnReason::PolicyChanged => "policy_changed",
        }
    }

    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            ReturnReason::DutyMismatch => "职责不符",
            ReturnReason::AreaMismatch => "属地不符",
            ReturnReason::InfoIncomplete => "信息不全",
            ReturnReason::Duplicate => "重复",
            ReturnReason::NotAcceptable => "不予受理",
            ReturnReason::Legacy => "历史遗留",
            ReturnReason::PolicyChanged => "政策变更",
        }
    }
}

/// 对建议的处理：accepted 采纳、edited 修改、returned 被退单、reassigned 改派。
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Accepted,
    Edited,
    Returned,
    Reassigned,
}

/// 督办方式：written 书面督办、special 专项督办、instruction 批示督办。
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SupervisionKind {
    Written,
    Special,
    Instruction,
}

impl SupervisionKind {
    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            SupervisionKind::Written => "书面督办",
            SupervisionKind::Special => "专项督办",
            SupervisionKind::Instruction => "批示督办",
        }
    }
}
