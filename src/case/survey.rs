//! Nouns of opinion surveys (民意调查): what was asked of whom and how, and what was answered.
//!
//! A [`Survey`] is what stands in `survey.toml`; [`Answers`] is what a file of answers held, read by that. Both are
//! confirmed by a person before anything is computed.

mod answers;
mod check;
mod checklist;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use answers::{Answers, Replies};
pub use checklist::{Checklist, Finding, SurveyColumn};

/// Below so many answers figures are told, not interpreted (D5, E1 of the house's domain report).
pub const FEW_ANSWERS: usize = 30;

/// 一次民意调查：怎样做的、问了什么；`survey.toml` 的内容。
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Survey {
    /// 调查名称
    pub title: String,
    /// 主办单位
    pub organiser: String,
    /// 实施单位，与主办单位不同时填写
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fielded_by: Option<String>,
    /// 调查目的
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// 调查对象（总体）
    pub population: String,
    /// 抽样框：名单从哪里来，如 2026 年上半年办结工单
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<String>,
    /// 调查方式，如 网络问卷、电话（CATI）、入户、现场扫码
    pub mode: String,
    /// 调查时间，如 `2026-09-07至2026-09-20`
    pub period: String,
    /// 受访者怎样产生；决定能不能说误差
    #[serde(default)]
    pub sampling: Sampling,
    /// 怎样抽取的说明，照原样写进方法说明
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection: Option<String>,
    /// 发放份数或拨打人数，用来算回收率
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invited: Option<u32>,
    /// 总体评价是哪一题（题号）；不填则按题目里的“总体”推定，或取唯一的打分题，都没有则没有总体评价
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overall: Option<String>,
    /// 题目，按问卷的次序
    #[serde(default, rename = "question")]
    pub questions: Vec<Question>,
    /// 加权用的总体构成
    #[serde(default, rename = "margin", skip_serializing_if = "Vec::is_empty")]
    pub margins: Vec<SurveyMargin>,
    /// 上一次调查，用来比较
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<SurveyWave>,
}

/// 受访者怎样产生（抽样方式）。
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sampling {
    /// 随机抽样
    Random,
    /// 配额抽样
    Quota,
    /// 全体调查
    Census,
    /// 自愿参加：网络问卷、现场扫码、张贴二维码
    #[default]
    Open,
    /// 热线工单：来电来信的人，不是抽出来的样本
    Hotline,
}

/// 一道题，或答卷文件里的一列（编号、时间、权重）。
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SurveyQuestion)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// 题号，如 `q5`；矩阵题的一行是 `q8_2`
    pub id: String,
    /// 题目原文；矩阵题为这一行的文字
    pub text: String,
    /// 题型
    pub kind: QuestionKind,
    /// 选项，按问卷的次序；打分题为各分值，开放题为空
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// 算作未表态的选项：单列，不计入满意率的分母；不填则按字面推定（未表态、说不清……）
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<Vec<String>>,
    /// 算作满意（肯定）的选项；不填则按字面推定（满意、基本满意……）
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub favourable: Option<Vec<String>>,
    /// 选项的次序；不填则按字面推定，推定不出的视为没有次序
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OptionOrder>,
    /// 各选项的分值，与 `options` 一一对应，用来算均值；不填则选择题不算均值
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scores: Option<Vec<f64>>,
    /// 最多选几项，不填则按题目里的“最多选”推定；超过的列入数据检查
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<usize>,
    /// 矩阵题共同的题干；有它的相邻各题是同一道矩阵题
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matrix: Option<String>,
    /// 答卷文件里的列名；不填则按题号和题目对应
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
}

/// 题型。
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    /// 答卷编号
    Id,
    /// 提交时间
    Time,
    /// 答题用时
    Duration,
    /// 权重
    Weight,
    /// 背景题：区县、年龄、性别
    Background,
    /// 单选题
    Single,
    /// 多选题
    Multiple,
    /// 打分题，高分为好
    Rating,
    /// 推荐意愿，0 到 10 分
    Nps,
    /// 开放题
    Open,
    /// 不读：来源、IP、姓名、电话等
    #[default]
    Skip,
}

/// 选项按什么次序排。
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OptionOrder {
    /// 从好到差
    BestFirst,
    /// 从差到好
    WorstFirst,
}

/// 一道背景题在总体中的构成，答卷按它加权。
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SurveyMargin {
    /// 背景题题号
    pub question: String,
    /// 数字从哪里来，如 第七次全国人口普查
    pub source: String,
    /// 选项 → 占比；合计为 1（或 100）
    pub shares: BTreeMap<String, f64>,
}

/// 上一次调查。
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SurveyWave {
    /// 上一次调查在本系统里的编号
    pub survey: String,
    /// 本次题号 → 上次题号；不填的按相同题号且相同题目对应
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub questions: BTreeMap<String, String>,
}

/// What may be said of the error of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// An interval is one in the statistician's sense.
    Sampled,
    /// There is no chance of selection: an interval holds only if the answers came like a random sample, and says so.
    Assumed,
    /// Nothing was sampled: no interval, no margin of error.
    Never,
}

impl Survey {
    pub fn question(&self, id: &str) -> Option<&Question> {
        self.questions.iter().find(|question| question.id == id)
    }

    /// The questions of one kind, in order.
    pub fn of_kind(&self, kind: QuestionKind) -> impl Iterator<Item = &Question> {
        self.questions.iter().filter(move |question| question.kind == kind)
    }

    /// First and last day of [`Survey::period`], where it is written as two whole days (`2026-09-07至2026-09-20`) or as
    /// one, which is both.
    pub fn days(&self) -> Option<(NaiveDate, NaiveDate)> {
        let spelt: String = self.period.chars().map(|c| if c.is_ascii_digit() { c } else { ' ' }).collect();
        let numbers: Vec<u32> = spelt.split_whitespace().filter_map(|number| number.parse().ok()).collect();
        let day =
            |at: usize| NaiveDate::from_ymd_opt(*numbers.get(at)? as i32, *numbers.get(at + 1)?, *numbers.get(at + 2)?);
        match numbers.len() {
            3 => Some((day(0)?, day(0)?)),
            6 => Some((day(0)?, day(3)?)).filter(|(first, last)| first <= last),
            _ => None,
        }
    }
}

impl Sampling {
    pub const ALL: [Sampling; 5] =
        [Sampling::Random, Sampling::Quota, Sampling::Census, Sampling::Open, Sampling::Hotline];

    /// The name for people.
    pub fn zh(self) -> &'static str {
        match self {
            Sampling::Random => "随机抽样",
            Sampling::Quota => "配额抽样",
            Sampling::Census => "全体调查",
            Sampling::Open => "自愿参加",
            Sampling::Hotline => "热线工单",
        }
    }

    pub fn precision(self) -> Precision {
        match self {
            Sampling::Random => Precision::Sampled,
            Sampling::Quota | Sampling::Open => Precision::Assumed,
            Sampling::Census | Sampling::Hotline => Precision::Never,
        }
    }

    /// The fixed sentence that goes with every figure of such answers; none where they were drawn by chance.
    pub fn caveat(self) -> Option<&'static str> {
        match self {
            Sampling::Random => None,
            Sampling::Quota => Some("受访者按配额选取，不是随机抽样；文中区间按随机样本推算，仅供参考。"),
            Sampling::Census => Some("调查对象为全体，未经抽样，不说抽样误差；未答者的意见不在其中。"),
            Sampling::Open => Some(
                "受访者自愿参加，不是随机抽样，不能代表全体市民；文中区间只说明：假如答卷如随机样本一样产生，结果会有多大出入。",
            ),
            Sampling::Hotline => {
                Some("数据来自热线工单，来电来信者自行反映，不是民意调查样本，不能推断全体市民，因此不列误差。")
            }
        }
    }
}

impl Question {
    /// Where an option stands.
    pub fn option(&self, name: &str) -> Option<usize> {
        self.options.iter().position(|option| option == name)
    }

    /// Whether the option says that there is no opinion (未表态).
    pub fn is_missing(&self, option: usize) -> bool {
        self.names(self.missing.as_ref(), option)
    }

    /// Whether the option is a good one (满意).
    pub fn is_favourable(&self, option: usize) -> bool {
        self.names(self.favourable.as_ref(), option)
    }

    /// Whether it asks how satisfied one is: it has good options and others.
    pub fn is_satisfaction(&self) -> bool {
        self.kind == QuestionKind::Single && self.favourable.as_ref().is_some_and(|good| !good.is_empty())
    }

    /// Lowest and highest mark of a rating or NPS question.
    pub fn range(&self) -> Option<(f64, f64)> {
        let marks: Vec<f64> = self.options.iter().filter_map(|option| option.trim().parse().ok()).collect();
        let ends = marks.iter().fold(None, |ends: Option<(f64, f64)>, mark| {
            Some(ends.map_or((*mark, *mark), |(low, high)| (low.min(*mark), high.max(*mark))))
        });
        match self.kind {
            QuestionKind::Nps => Some((0.0, 10.0)),
            QuestionKind::Rating => ends.or(Some((1.0, 5.0))),
            _ => None,
        }
    }

    /// The marks that the options of a rating or NPS question name, where it lists each.
    pub fn marks(&self) -> Option<Vec<f64>> {
        match self.kind {
            QuestionKind::Nps => Some((0..=10).map(f64::from).collect()),
            QuestionKind::Rating => {
                let marks: Option<Vec<f64>> = self.options.iter().map(|option| option.trim().parse().ok()).collect();
                marks.filter(|marks| marks.len() >= 3)
            }
            _ => None,
        }
    }

    fn names(&self, listed: Option<&Vec<String>>, option: usize) -> bool {
        self.options.get(option).is_some_and(|name| listed.is_some_and(|listed| listed.contains(name)))
    }
}

impl QuestionKind {
    pub const ALL: [QuestionKind; 11] = [
        QuestionKind::Id,
        QuestionKind::Time,
        QuestionKind::Duration,
        QuestionKind::Weight,
        QuestionKind::Background,
        QuestionKind::Single,
        QuestionKind::Multiple,
        QuestionKind::Rating,
        QuestionKind::Nps,
        QuestionKind::Open,
        QuestionKind::Skip,
    ];

    /// The name for people.
    pub fn zh(self) -> &'static str {
        match self {
            QuestionKind::Id => "编号",
            QuestionKind::Time => "提交时间",
            QuestionKind::Duration => "答题用时",
            QuestionKind::Weight => "权重",
            QuestionKind::Background => "背景",
            QuestionKind::Single => "单选",
            QuestionKind::Multiple => "多选",
            QuestionKind::Rating => "打分",
            QuestionKind::Nps => "推荐意愿",
            QuestionKind::Open => "开放",
            QuestionKind::Skip => "不读",
        }
    }

    /// Whether its answers are one or several of the options.
    pub fn has_options(self) -> bool {
        matches!(self, QuestionKind::Background | QuestionKind::Single | QuestionKind::Multiple)
    }

    /// Whether its answers are numbers.
    pub fn is_marked(self) -> bool {
        matches!(self, QuestionKind::Rating | QuestionKind::Nps)
    }

    /// Whether it is something that was asked, not a column of the export.
    pub fn is_asked(self) -> bool {
        self.has_options() || self.is_marked() || self == QuestionKind::Open
    }
}
