//! Nouns of duplicates and of the events behind them (诉求组).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Scored, Span};

/// What a case is compared by (比对痕迹), made of its masked text; the text itself is not in it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// The store's number of the case; 0 for a text that is not kept.
    pub arrival: i64,
    /// When it was received, milliseconds since 1970.
    pub at: i64,
    /// Who called, hashed; none where the sender did not say.
    pub reporter: Option<u64>,
    /// Most probable first; the likeliest few.
    pub categories: Vec<Scored>,
    /// Where it happened, as read or stated.
    pub district: Option<String>,
    /// Cities, districts and counties named, those of anonymised letters (A3区, K县) included.
    pub areas: Vec<String>,
    /// Where it happened, without province, city and district.
    pub place: Option<String>,
    /// Every place named, the same way.
    pub places: Vec<String>,
    /// Numbers of buildings (`3栋`), lines (`102路`) and phases (`2期`), in Arabic digits.
    pub numbers: Vec<String>,
    /// Pairs of letters that follow each other, as hash buckets, ascending, each once.
    pub grams: Vec<u32>,
    /// Length 1, each component times 254 as int8; empty where only the linear model spoke.
    pub embedding: Vec<i8>,
    /// Longitude and latitude in degrees, where stated.
    pub point: Option<(f64, f64)>,
}

/// A caller, told by a sealed key, as a number.
pub fn caller(key: &str) -> u64 {
    fnv(key.bytes())
}

/// FNV-1a; the same on every machine and for ever, since traces are kept.
pub fn fnv(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

/// How two cases relate (关系).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// 同人同事：同一人再次反映同一件事，可并单
    SamePersonSameMatter,
    /// 异人同事：不同的人反映同一件事，归入诉求组，各自答复
    OtherPersonSameMatter,
    /// 相关：同一地点的另一件事、另一处的同类事，或同一件事但相隔过久
    Related,
    /// 无关
    Different,
}

impl Relation {
    /// The name for people.
    pub fn zh(self) -> &'static str {
        match self {
            Self::SamePersonSameMatter => "同人同事",
            Self::OtherPersonSameMatter => "异人同事",
            Self::Related => "相关",
            Self::Different => "无关",
        }
    }

    pub fn is_same_matter(self) -> bool {
        matches!(self, Self::SamePersonSameMatter | Self::OtherPersonSameMatter)
    }
}

/// 判断两件是否同一件事的依据；各数越大越像，注明者除外。
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct PairEvidence {
    /// 文意相近：两段文本向量的余弦，-1 到 1
    pub meaning: f32,
    /// 用词相近：共有的字对，按稀有程度加权，占两边的几何平均，0 到 1
    pub words: f32,
    /// 较短一段有多少用词在另一段里，0 到 1
    pub contained: f32,
    /// 共有的稀有字对（名称、数字）有多少，取对数
    pub rare: f32,
    /// 稀有字对有多像：按稀有程度加权的余弦，0 到 1，不因文本长而变大
    pub rare_alike: f32,
    /// 最像的一对地名，0 到 1；任一边没有地名时为 0
    pub place: f32,
    /// 两边都说了地名为 1
    pub places_known: f32,
    /// 两边的事发地有多像，0 到 1
    pub scene: f32,
    /// 两边都说了地名而没有一对相像为 1；越大越不像
    pub places_differ: f32,
    /// 一边的地名在另一边的文本里为 1
    pub place_mentioned: f32,
    /// 提到同一区县为 1
    pub same_district: f32,
    /// 两边都说了区县而不同为 1；越大越不像
    pub other_district: f32,
    /// 两边都说了市而不同为 1；越大越不像
    pub other_city: f32,
    /// 分类重合的程度，0 到 1
    pub category: f32,
    /// 楼栋、线路、期数有相同的为 1
    pub same_number: f32,
    /// 楼栋、线路或期数都说了而不同为 1；越大越不像
    pub other_number: f32,
    /// `category` × `place`
    pub category_and_place: f32,
    /// `category` × `rare`
    pub category_and_rare: f32,
}

/// What is said of two cases.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Verdict {
    pub relation: Relation,
    /// 说同一件事的概率，0 到 1
    pub probability: f32,
    /// 相隔天数
    pub days_apart: f64,
    /// 是否同一来电人；任一边未给出 reporter_key 时为 null
    pub same_reporter: Option<bool>,
    /// 两边都给了经纬度时的距离，米
    pub distance_m: Option<f64>,
    pub evidence: PairEvidence,
}

/// 可能重复的案件，及判断所需。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Duplicate {
    /// 案件编号
    pub case: String,
    pub reference: Option<String>,
    pub title: Option<String>,
    /// 脱敏后的文本；举报人须保护的案件不给出
    pub text: Option<String>,
    pub received_at: DateTime<Utc>,
    /// 所属诉求组
    pub issue: Option<String>,
    #[serde(flatten)]
    pub verdict: Verdict,
    /// 一句话说明
    pub summary: String,
    /// 本件里对方没有的词；位置按提交的文本计
    pub only_here: Vec<Span>,
    /// 对方文本里本件没有的词；位置按给出的 text 计
    pub only_there: Vec<Span>,
}

/// An event told by several cases (诉求组), as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Issue {
    pub id: String,
    /// 变更序号
    pub seq: i64,
    /// 地点加问题
    pub title: String,
    /// 最有代表性的一件
    pub medoid: String,
    /// 件数
    pub cases: i64,
    /// 人数：同一来电人只算一次，没有来电人标识的各算一人，原文照抄的不另算
    pub people: i64,
    pub first_at: DateTime<Utc>,
    pub last_at: DateTime<Utc>,
    /// 至最近一次反映止的 7 天内的件数
    pub recent: i64,
    /// 再往前 7 天的件数；`recent` 比它多即在增长
    pub before: i64,
    pub category: Option<String>,
    pub district: Option<String>,
    pub place: Option<String>,
    /// 并入了哪个诉求组；null 表示仍在用
    pub into_issue: Option<String>,
}

/// What was done to a group (诉求组变更).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActKind {
    /// 成组
    Found,
    /// 加入
    Join,
    /// 并组
    Merge,
    /// 拆分
    Split,
    /// 移出
    Leave,
    /// 撤销
    Undo,
}
