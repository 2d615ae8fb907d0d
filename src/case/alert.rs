//! Nouns of early warning (预警): what is watched, what was seen of it, and how grave it is.

use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// 预警级别，由轻到重：blue 蓝、yellow 黄、orange 橙、red 红。
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertLevel {
    Blue,
    Yellow,
    Orange,
    Red,
}

impl AlertLevel {
    pub const ALL: [AlertLevel; 4] = [AlertLevel::Blue, AlertLevel::Yellow, AlertLevel::Orange, AlertLevel::Red];

    /// On disk and on the wire.
    pub fn code(self) -> &'static str {
        match self {
            AlertLevel::Blue => "blue",
            AlertLevel::Yellow => "yellow",
            AlertLevel::Orange => "orange",
            AlertLevel::Red => "red",
        }
    }

    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            AlertLevel::Blue => "蓝色预警",
            AlertLevel::Yellow => "黄色预警",
            AlertLevel::Orange => "橙色预警",
            AlertLevel::Red => "红色预警",
        }
    }
}

/// 预警的对象：event 诉求组（同一件事）、cell 一类诉求在一个区县。
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    Event,
    Cell,
}

impl AlertKind {
    pub const ALL: [AlertKind; 2] = [AlertKind::Event, AlertKind::Cell];

    /// On disk and on the wire.
    pub fn code(self) -> &'static str {
        match self {
            AlertKind::Event => "event",
            AlertKind::Cell => "cell",
        }
    }

    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            AlertKind::Event => "诉求组",
            AlertKind::Cell => "分类与区县",
        }
    }
}

/// What is watched.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// A group (诉求组), by its id.
    Event(String),
    /// A level-2 category in a district.
    Cell { category: String, district: String },
}

impl Subject {
    pub fn kind(&self) -> AlertKind {
        match self {
            Subject::Event(_) => AlertKind::Event,
            Subject::Cell { .. } => AlertKind::Cell,
        }
    }

    /// The group's id, or `0706@樊城区`.
    pub fn key(&self) -> String {
        match self {
            Subject::Event(issue) => issue.clone(),
            Subject::Cell { category, district } => format!("{category}@{district}"),
        }
    }
}

/// A case as warnings look at it: no word of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    pub arrival: i64,
    /// When it was received, milliseconds since 1970.
    pub at: i64,
    /// Who called, hashed; none where the sender did not say.
    pub reporter: Option<u64>,
    /// Its words hashed, without blanks and punctuation: a copied text has the same.
    pub words: u64,
    pub community: Option<String>,
    /// As the rules of routing saw them.
    pub flags: Vec<String>,
}

/// 达到预警条件的数字：时段内的件数、人数等。
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AlertFigures {
    /// 时段长度，小时
    pub within_hours: u32,
    /// 时段起，含
    pub from: DateTime<FixedOffset>,
    /// 时段止，不含
    pub to: DateTime<FixedOffset>,
    /// 件数
    pub cases: usize,
    /// 人数：同一来电人只算一次；没有来电人标识的各算一人，原文照抄的不另算
    pub people: usize,
    /// 涉及的社区、村、小区数
    pub communities: usize,
    /// 带规则所列标签的件数；规则没有列标签的为 0
    pub flagged: usize,
    /// 突增分（z）；没有算的为 null
    pub z: Option<f64>,
}
