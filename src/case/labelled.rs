//! Labelled examples (标注样本).

use serde::{Deserialize, Serialize};

/// One question the model answers about a text; each has its own labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Head {
    /// Level-2 category, or the only level there is.
    Category,
    /// Petition type (诉求类型).
    Petition,
    Urgency,
    /// `true` or `false`: the reporter needs protection.
    Protect,
    /// Lead unit.
    Unit,
}

impl Head {
    pub const ALL: [Head; 5] = [Head::Category, Head::Petition, Head::Urgency, Head::Protect, Head::Unit];

    /// The name on disk and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Head::Category => "category",
            Head::Petition => "petition",
            Head::Urgency => "urgency",
            Head::Protect => "protect",
            Head::Unit => "unit",
        }
    }
}

/// A labelled example (标注样本) as read from a file; not yet masked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Labelled {
    pub id: String,
    pub title: Option<String>,
    pub text: String,
    /// The one right label for each head that was labelled.
    pub labels: std::collections::BTreeMap<Head, String>,
    /// Labels a careful reader would accept as well, the right one included; empty when not given.
    pub accepted: std::collections::BTreeMap<Head, Vec<String>>,
    /// The level-1 label where the file states one.
    pub domain: Option<String>,
    /// The place (事发地) as written, where labelled.
    pub place: Option<String>,
    pub channel: Option<String>,
    /// Near-duplicates and tellings of one event share it; they never straddle training and held-out parts.
    pub group: Option<String>,
    /// `repeat`: the same person tells it again; `near_miss:EVENT`: like an event, yet another matter or place.
    pub relation: Option<String>,
    /// Line (text files) or row (spreadsheets), from 1, for messages.
    pub line: usize,
}
