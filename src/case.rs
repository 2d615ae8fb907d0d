//! Every value that passes between crafts, from the text that came in to the suggestion that goes out.
//!
//! Read from top to bottom and you know the program: [`Complaint`] (诉求, what came in) → [`Segmented`] (text) →
//! [`Prediction`] (model) → [`Routing`] (routing) → [`Suggestion`] (what the sender gets back) → [`Status`] by status.
//!
//! Codes (`0702`, `CGJ`, `complaint`) are on disk and on the wire. Offsets count Unicode scalar values.
//! Probabilities are in 0..=1.

mod alert;
pub mod document;
mod event;
mod fact;
mod handling;
mod labelled;
mod life;
mod ruling;
mod scope;
mod survey;
mod theme;

use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::{Error, Kind, Result};
pub use crate::taxonomy::{Basis, Level};
pub use alert::{AlertFigures, AlertKind, AlertLevel, Sighting, Subject};
pub use event::{ActKind, Duplicate, Issue, PairEvidence, Relation, Trace, Verdict, caller, fnv};
pub use fact::{Fact, Life};
pub use handling::{Among, Answering, Handling, Signing};
pub use labelled::{Head, Labelled};
pub use life::{Outcome, ReturnReason, Satisfaction, Status, SupervisionKind};
pub use ruling::{ANY, Aspect, Hindsight, Judged, Judgement, REVIEWER, Ruling};
pub use scope::{NONE, Scope};
pub use survey::{
    Answers, Checklist, FEW_ANSWERS, Finding, OptionOrder, Precision, Question, QuestionKind, Replies, Sampling,
    Survey, SurveyColumn, SurveyMargin, SurveyWave,
};
pub use theme::{
    AnswerKey, CategoryLink, Confirmed, Description, Excerpt, Flood, Frame, FrameStep, Mapped, MappedTheme, NO_OPINION,
    OFF_TOPIC, Sentiment, SubMapped, SubTheme, Theme,
};

/// The longest text taken, in Unicode scalar values. The longest real message seen has about 4,300.
pub const LONGEST_TEXT: usize = 10_000;

/// A half-open range of Unicode scalar values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
pub struct Span {
    pub start: usize,
    pub end: usize,
}

/// A citizen's words: trimmed, not empty, bounded. Can only be made by [`ComplaintText::parse`].
#[derive(Clone, PartialEq, Eq)]
pub struct ComplaintText(String);

impl ComplaintText {
    /// Takes the text as submitted; offsets in answers count from its first character, blanks included.
    pub fn parse(text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        let length = text.chars().count();
        if !text.chars().any(|c| !c.is_whitespace() && !c.is_control()) {
            return Err(Error::invalid("诉求内容为空：请填写 text", "the complaint is empty: fill in `text`").at(
                "/text",
                "不能为空或只有空白",
                "must not be empty or blank",
            ));
        }
        if length > LONGEST_TEXT {
            return Err(Error::new(
                Kind::TooLarge,
                format!("诉求内容有 {length} 字，超过上限 {LONGEST_TEXT} 字：请缩短，或把附件内容另行提交"),
                format!("the complaint has {length} characters, the limit is {LONGEST_TEXT}: shorten it"),
            )
            .at("/text", format!("最多 {LONGEST_TEXT} 字"), format!("at most {LONGEST_TEXT} characters")));
        }
        Ok(Self(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Never prints the text: what is debug-printed ends in logs.
impl std::fmt::Debug for ComplaintText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ComplaintText({} chars)", self.0.chars().count())
    }
}

/// One request of a citizen (诉求) as the intake system hands it over. Holds no name, phone or id number field.
#[derive(Debug, Clone)]
pub struct Complaint {
    /// The sender's own number (工单编号), unique.
    pub reference: Option<String>,
    pub text: ComplaintText,
    pub title: Option<String>,
    pub channel: Option<String>,
    pub received_at: Option<DateTime<FixedOffset>>,
    pub occurred_at: Option<DateTime<FixedOffset>>,
    pub subject_type: Option<String>,
    pub location: Option<StatedLocation>,
    /// An opaque hash of who called.
    pub reporter_key: Option<String>,
    /// What the sender already knows, e.g. `info_protect`.
    pub flags: Vec<String>,
}

impl Complaint {
    /// A complaint of which only the text is known.
    pub fn of(text: ComplaintText) -> Self {
        Self {
            reference: None,
            text,
            title: None,
            channel: None,
            received_at: None,
            occurred_at: None,
            subject_type: None,
            location: None,
            reporter_key: None,
            flags: Vec::new(),
        }
    }
}

/// Where the sender says it happened (事发地).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatedLocation {
    pub text: Option<String>,
    /// Administrative code, GB/T 2260, e.g. `420606`.
    pub area_code: Option<String>,
    pub lng: Option<f64>,
    pub lat: Option<f64>,
}

// ── text ────────────────────────────────────────────────────────────────────────────────────────────────────────
/// A text made ready: normalized, masked, cut into words. The only form that anything after `text` sees.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Segmented {
    /// Normalized and masked (`[手机号]` stands where a number stood).
    pub text: String,
    /// For each character of `text`, the span of the submitted text it came from (same length as `text` in chars).
    pub origin: Vec<Span>,
    pub words: Vec<Word>,
    /// Heaviest first.
    pub keywords: Vec<Keyword>,
    pub places: Vec<Place>,
    pub masked: Vec<Masked>,
}

impl Segmented {
    /// Carries a span of `self.text` back to the submitted text.
    pub fn submitted(&self, span: Span) -> Span {
        match self.origin.get(span.start..span.end.max(span.start)) {
            Some([first, .., last]) => Span { start: first.start, end: last.end },
            Some([only]) => *only,
            _ => Span { start: 0, end: 0 },
        }
    }
}

/// One word (词) of the masked text.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Word {
    pub text: String,
    /// Part of speech, jieba's (ICTCLAS) tags: `n`, `v`, `ns`, `m` …
    pub tag: String,
    /// In the masked text ([`Segmented::text`]).
    #[serde(flatten)]
    pub span: Span,
}

/// A stretch of a text that belongs together (分句).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clause {
    /// In the masked text.
    pub span: Span,
    /// How it begins.
    pub joint: Joint,
}

/// What lies between a clause and the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joint {
    /// Words that announce another matter, such as 另外.
    Announced,
    /// A full stop, or the beginning of the text.
    Sentence,
    /// A comma in a sentence that runs on.
    Pause,
}

/// A word that carries the matter (关键词).
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Keyword {
    pub text: String,
    /// TF-IDF weight; comparable within one text only.
    pub weight: f64,
}

/// A place read from the text (地点).
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Place {
    /// As written.
    pub text: String,
    pub kind: PlaceKind,
    /// In the submitted text.
    #[serde(flatten)]
    pub span: Span,
    /// Official name and administrative code where the gazetteer knows it.
    pub name: Option<String>,
    pub area_code: Option<String>,
    /// The district (区县) it lies in, where known.
    pub district: Option<String>,
    pub street: Option<String>,
    /// Read from the gazetteer (`true`) or by its shape (`false`).
    pub listed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlaceKind {
    City,
    District,
    Street,
    Community,
    Village,
    Estate,
    Road,
    Crossing,
    School,
    Hospital,
    Firm,
    Poi,
}

/// Personal data that was taken out (脱敏).
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Masked {
    pub kind: Personal,
    /// In the submitted text.
    #[serde(flatten)]
    pub span: Span,
}

/// Kinds of personal data (个人信息) masked before anything else sees the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Personal {
    Phone,
    Landline,
    IdCard,
    BankCard,
    Plate,
    Email,
    Wechat,
    Qq,
    Name,
    HouseNo,
}

// ── model ───────────────────────────────────────────────────────────────────────────────────────────────────────
/// A label's code and how probable it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scored {
    pub code: String,
    pub probability: f32,
}

/// What the model says of one text. Every list is complete and sorted, most probable first; a head that the loaded
/// model lacks leaves its list empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Prediction {
    /// Level-2 categories (二级分类).
    pub categories: Vec<Scored>,
    /// Level-1 categories (一级分类); each is the sum of its level-2 children, so the two never disagree.
    pub domains: Vec<Scored>,
    /// Petition types (诉求类型).
    pub petition: Vec<Scored>,
    pub urgency: Vec<Scored>,
    /// Whether the reporter needs protection (举报人保护).
    pub protect: f32,
    /// Lead units (牵头单位) as the labelled examples had them; evidence for routing, not its decision.
    pub units: Vec<Scored>,
    /// Length 1; the dot product of two is their likeness. Empty where only the linear model spoke.
    pub embedding: Vec<f32>,
    pub voice: Voice,
}

/// Who spoke: the fallback ladder is encoder → linear → none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Voice {
    Encoder,
    Linear,
    #[default]
    None,
}

/// A labelled example (样例) near to a text.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Similar {
    pub case: String,
    /// Cosine of the two embeddings.
    pub score: f32,
    pub category: String,
    pub unit: String,
    /// Masked.
    pub text: String,
}

// ── routing ─────────────────────────────────────────────────────────────────────────────────────────────────────
/// What the machine advises to do with the case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Dispatch without a person (自动派单).
    Auto,
    /// A person confirms (建议派单).
    Suggest,
    /// A person decides (人工派单).
    Manual,
    /// Hand over to 110/119/120/122 at once (紧急转接).
    TransferEmergency,
    /// Tell the legal channel; not for the hotline (告知渠道).
    Redirect,
}

/// Who answers for the case (归口), as routing decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Routing {
    pub decision: Decision,
    pub decision_reason: String,
    /// Best first, at least one.
    pub assignment: Vec<Assignment>,
    /// Questions whose answer would decide the route.
    pub ask: Vec<String>,
    /// Flags the rules saw, by code.
    pub flags: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Assignment {
    /// The unit that leads (主办).
    pub lead: Unit,
    /// Units that help (协办).
    pub co: Vec<Unit>,
    pub level: Level,
    pub probability: f32,
    pub reasons: Vec<Reason>,
    pub basis: Vec<Basis>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Unit {
    pub code: String,
    pub name: String,
    /// Administrative code of the branch that acts, where the place is known.
    pub area: Option<String>,
}

/// Why a unit is named.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reason {
    /// A rule of the dispatch catalogue (派单目录).
    Rule { id: String, text: String },
    /// The category's ordinary unit.
    Category { code: String, text: String },
    /// Words of the submitted text that spoke for it (positive weight) or against it.
    Span { start: usize, end: usize, text: String, weight: f32 },
    /// A labelled example like it; without its text in what is kept with a case.
    Similar {
        case: String,
        score: f32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
    /// Units that labelled examples like this one had.
    Model { text: String },
}

// ── the answer ──────────────────────────────────────────────────────────────────────────────────────────────────
/// What the sender gets back: the contract of `POST /v1/suggestions`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Suggestion {
    pub reference: Option<String>,
    pub decision: Decision,
    pub decision_reason: String,
    pub petition_types: Vec<NamedScore>,
    pub categories: Vec<CategoryScore>,
    pub assignment: Vec<Assignment>,
    pub location: Option<Location>,
    pub urgency: Urgency,
    pub flags: Vec<String>,
    /// The matters told in the text, in order, where there are several (一单多诉): a proposal to split it.
    pub multi_issue: Vec<Matter>,
    pub ask: Vec<String>,
    pub keywords: Vec<Keyword>,
    pub masked: Vec<Masked>,
    pub duplicates: Vec<Duplicate>,
    pub issue: Option<String>,
    /// By when it must be answered (答复期限); `None` where it is not known when it was received.
    pub due_at: Option<DateTime<FixedOffset>>,
    pub versions: Versions,
    pub degraded: bool,
    /// Milliseconds this text took; in a batch, its share.
    pub latency_ms: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct NamedScore {
    pub code: String,
    pub name: String,
    pub probability: f32,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CategoryScore {
    pub code: String,
    pub name: String,
    /// `一级/二级`.
    pub path: String,
    pub probability: f32,
}

/// One of several matters told in a text, with its own route.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Matter {
    /// In the submitted text.
    pub start: usize,
    pub end: usize,
    /// The most probable one.
    pub categories: Vec<CategoryScore>,
    pub petition_types: Vec<NamedScore>,
    /// The unit that leads (主办).
    pub lead: Option<Unit>,
}

/// Where it happened (事发地), as read.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Location {
    pub district: Option<String>,
    pub area_code: Option<String>,
    pub street: Option<String>,
    /// Community, village or estate (社区、村、小区).
    pub community: Option<String>,
    pub place: Option<String>,
    pub source: LocationSource,
    /// In the submitted text, where it was read from it.
    pub start: Option<usize>,
    pub end: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LocationSource {
    Text,
    Stated,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Urgency {
    /// `normal`, `urgent` or `critical`.
    pub level: String,
    pub name: String,
    pub probability: f32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Versions {
    pub model: String,
    pub taxonomy: String,
    pub rules: String,
}
