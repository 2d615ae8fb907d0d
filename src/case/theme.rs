//! Nouns of open answers (开放题): themes, the frame that was signed off, and what each answer was mapped to.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The code of answers that say nothing (无, 没有意见, 不清楚).
pub const NO_OPINION: &str = "NONE";
/// The code of answers about something else (广告, 别的事).
pub const OFF_TOPIC: &str = "OFF";

/// 一条开放题答案是谁答的哪一题
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerKey {
    /// 题目编号，如 q13
    pub question: String,
    /// 答卷序号
    pub respondent: String,
}

impl AnswerKey {
    pub fn new(question: impl Into<String>, respondent: impl Into<String>) -> Self {
        Self { question: question.into(), respondent: respondent.into() }
    }
}

/// `q13/251`, as links write it.
impl fmt::Display for AnswerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.question, self.respondent)
    }
}

/// 一套主题（两级），作为一题或几题开放题的编码表
///
/// On disk it is `themes.toml`: `[[theme]]` with `[[theme.sub]]`, then `[[confirmed]]`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Frame {
    /// 一级主题
    #[serde(default, rename = "theme", skip_serializing_if = "Vec::is_empty")]
    pub themes: Vec<Theme>,
    /// 人工确认过的答案：其全部主题以此为准
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub confirmed: Vec<Confirmed>,
    /// 用过又撤掉的代码：不再给别的主题用
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub retired: BTreeSet<String>,
}

/// 一级主题
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Theme {
    /// 代码，如 T03；改名、增减答案都不变
    pub code: String,
    /// 名称
    pub name: String,
    /// 界线：什么算、什么不算
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// 最能把它同别的主题分开的词，重的在前
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    /// 典型的一句（已去标识）
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
    /// 对应的诉求分类，待确认或已确认
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<CategoryLink>,
    /// 子主题
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sub: Vec<SubTheme>,
}

impl Theme {
    /// A theme proper, neither [`NO_OPINION`] nor [`OFF_TOPIC`].
    pub fn is_theme(&self) -> bool {
        self.code != NO_OPINION && self.code != OFF_TOPIC
    }
}

/// 子主题
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubTheme {
    /// 代码，如 T03a
    pub code: String,
    /// 名称
    pub name: String,
    /// 界线
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// 最能把它分开的词
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    /// 典型的一句（已去标识）
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
}

/// 主题对应的诉求分类
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CategoryLink {
    /// 二级分类代码
    pub code: String,
    /// 概率，0 到 1
    pub probability: f32,
    /// 是否已由人确认；未确认的不用于印证
    #[serde(default)]
    pub confirmed: bool,
}

/// 人工确认的一条答案
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirmed {
    pub answer: AnswerKey,
    /// 它的全部主题：一级或子主题代码，或 NONE、OFF
    pub codes: BTreeSet<String>,
}

/// 态度
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sentiment {
    /// 肯定
    Positive,
    /// 否定
    Negative,
    /// 有褒有贬
    Mixed,
    /// 中性：平心的建议，或没有表态
    Neutral,
}

impl Sentiment {
    pub const ALL: [Self; 4] = [Self::Positive, Self::Negative, Self::Mixed, Self::Neutral];

    /// The name for people.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Positive => "肯定",
            Self::Negative => "否定",
            Self::Mixed => "有褒有贬",
            Self::Neutral => "中性",
        }
    }
}

/// 一条答案归入的主题和态度
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Mapped {
    pub answer: AnswerKey,
    /// 归入的主题，概率大的在前；至少一个（看不出意见的归 NONE）
    pub themes: Vec<MappedTheme>,
    pub sentiment: Sentiment,
    /// 态度的概率
    pub sentiment_probability: f32,
    /// 雷同答卷：与哪一条几乎一样（最先的那条）；计数时只算一次
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy_of: Option<AnswerKey>,
    /// 以人工确认为准
    pub confirmed: bool,
}

/// 一条答案归入的一个主题
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MappedTheme {
    /// 一级主题代码
    pub code: String,
    pub probability: f32,
    /// 子主题代码及概率；看不清的没有
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sub: Vec<SubMapped>,
}

/// 一条答案归入的一个子主题
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SubMapped {
    pub code: String,
    pub probability: f32,
}

/// 签认时对主题表做的一步
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum FrameStep {
    /// 改名、改界线（不给的不变）
    Rename { code: String, name: Option<String>, description: Option<String> },
    /// 并入：几个主题并到另一个，原有子主题和确认过的答案一并过去
    Merge { codes: Vec<String>, into: String },
    /// 拆开：一个主题按描述分成几个；确认过的答案须另行确认
    Split { code: String, into: Vec<Description> },
    /// 撤掉
    Drop { code: String },
    /// 移动：子主题移到另一主题下，或升为一级（under 不给）；没有子主题的一级主题移到另一主题下
    Move { code: String, under: Option<String> },
    /// 按描述增加；under 给出的是它的上级
    Add { name: String, description: String, under: Option<String> },
    /// 确认一条答案的全部主题
    Confirm { answer: AnswerKey, codes: BTreeSet<String> },
    /// 撤回确认
    Unconfirm { answer: AnswerKey },
    /// 确认对应的诉求分类；category 不给的是“没有对应”
    Link { code: String, category: Option<String> },
}

/// 新主题的名称和界线
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Description {
    pub name: String,
    #[serde(default)]
    pub description: String,
}

/// 一团雷同答卷
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Flood {
    /// 最先的一条
    pub first: AnswerKey,
    /// 其余几乎一样的
    pub copies: Vec<AnswerKey>,
    /// 与最先一条的相似度，最低的一个，0 到 1
    pub likeness: f32,
    /// 从第一条到最后一条隔了多少分钟；没有时间的为空
    pub minutes: Option<i64>,
}

/// 一条代表性原话（已去标识）
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Excerpt {
    pub answer: AnswerKey,
    pub text: String,
    pub sentiment: Sentiment,
    /// 与这一主题多数人的态度相反
    pub dissent: bool,
}
