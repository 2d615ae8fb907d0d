//! Documents (材料): what walks write and the face `report` prints — operation reports and survey summaries.
//!
//! A sentence is words and [`Figure`]s. A figure cannot be written by hand: it is taken out of an answer by JSON pointer
//! (RFC 6901) through [`Told`], so that each number of a document is found again where it came from, and changes when the
//! data change. [`Document::check`] asks every source again and compares.
//!
//! ```
//! use guikou::case::document::{Edition, Sources};
//! let mut sources = Sources::new(Edition::Internal);
//! let answer = serde_json::json!({ "total": 1816, "rows": [{ "name": "物业与小区", "share": 0.2131 }] });
//! let told = sources.ask("受理概况", "/v1/volumes?by=domain", &answer)?;
//! let sentence = told.say("共受理{/total:count}件，{/rows/0/name}占{/rows/0/share:percent}。")?;
//! assert_eq!(sentence.text(), "共受理1,816件，物业与小区占21.3%。");
//! # Ok::<(), guikou::error::Error>(())
//! ```

mod check;
mod figure;
mod told;

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

pub use self::check::{Checked, Mismatch};
pub use self::figure::{Figure, Form, LEAST_BASE};
pub use self::told::{Sources, Told};

/// 给谁看：internal 内部版，public 公开版（去标识、小数隐去、不带案件链接）。
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Edition {
    Internal,
    Public,
}

/// 一份材料。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Document {
    pub title: String,
    /// 标题下一行，如起止日期
    pub subtitle: Option<String>,
    /// 发文单位
    pub issuer: Option<String>,
    /// 期号
    pub number: Option<String>,
    /// 成文日期
    pub dated: NaiveDate,
    pub edition: Edition,
    pub sections: Vec<Section>,
    /// 说明：数据来源的局限、口径，印在文末
    pub notes: Vec<String>,
    /// 每个数字出自哪次查询
    pub sources: Vec<Source>,
    /// 全部查询及其答案的 SHA-256：数据不变则不变
    pub inputs: String,
}

/// 一章，印作“一、”。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Section {
    pub title: String,
    pub blocks: Vec<Block>,
}

/// 章内的一块。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(tag = "kind", content = "body", rename_all = "snake_case")]
pub enum Block {
    /// 节标题，印作“（一）”
    Heading(String),
    Paragraph(Vec<Sentence>),
    /// 逐条，印作“1.”
    Points(Vec<Point>),
    Table(Table),
    Picture(Picture),
    Quote(Quote),
}

/// 一条，附其成立的条件。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Point {
    pub sentences: Vec<Sentence>,
    /// 什么条件下写这一条
    pub rule: Option<String>,
}

/// 一句：文字与数字相间。
#[derive(Debug, Clone, PartialEq, Default, Serialize, ToSchema)]
pub struct Sentence {
    pub parts: Vec<Part>,
}

/// 文字，或出自答案的数字、名称。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Part {
    Words(String),
    Figure(Figure),
}

/// 表。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = DocumentTable)]
pub struct Table {
    pub title: String,
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Part>>,
    pub note: Option<String>,
}

/// 表的一列。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = DocumentColumn)]
pub struct Column {
    pub name: String,
    /// 数字列靠右
    pub number: bool,
}

/// 图。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Picture {
    pub title: String,
    pub shape: Shape,
    /// 纵轴的单位
    pub unit: String,
    /// 横轴上的名称
    pub names: Vec<Part>,
    pub series: Vec<Series>,
}

/// 图形：bars 横条，columns 竖条，line 折线，stacked 堆积横条（各段合计为一）。
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    Bars,
    Columns,
    Line,
    Stacked,
}

/// 图中的一组数。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Series {
    pub name: String,
    pub points: Vec<Figure>,
}

/// 原话，已去标识。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Quote {
    pub words: Figure,
    /// 出自何人何处，不含个人信息
    pub said: Option<Sentence>,
}

/// 一次查询。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = DocumentSource)]
pub struct Source {
    /// 材料中的脚注号，从 1 起
    pub number: usize,
    pub name: String,
    /// 接口路径和参数：再问一次得同一答案
    pub query: String,
    /// 所依据的案件或答卷的列表；公开版没有
    pub link: Option<String>,
    /// 答案的 SHA-256
    pub sha256: String,
}

impl Edition {
    pub const ALL: [Edition; 2] = [Edition::Internal, Edition::Public];

    /// On the wire.
    pub fn code(self) -> &'static str {
        match self {
            Edition::Internal => "internal",
            Edition::Public => "public",
        }
    }

    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Edition::Internal => "内部版",
            Edition::Public => "公开版",
        }
    }
}

impl Sentence {
    /// Words without a figure.
    pub fn plain(words: impl Into<String>) -> Self {
        Self { parts: vec![Part::Words(words.into())] }
    }

    /// Goes on in another, which may tell of another answer.
    pub fn and(mut self, more: Sentence) -> Self {
        self.parts.extend(more.parts);
        self
    }

    pub fn text(&self) -> String {
        self.parts.iter().map(Part::text).collect()
    }

    pub fn figures(&self) -> impl Iterator<Item = &Figure> {
        self.parts.iter().filter_map(Part::figure)
    }
}

impl Part {
    pub fn text(&self) -> &str {
        match self {
            Part::Words(words) => words,
            Part::Figure(figure) => figure.shown(),
        }
    }

    pub fn figure(&self) -> Option<&Figure> {
        match self {
            Part::Words(_) => None,
            Part::Figure(figure) => Some(figure),
        }
    }
}

impl From<Sentence> for Point {
    fn from(sentence: Sentence) -> Self {
        Self { sentences: vec![sentence], rule: None }
    }
}

impl Block {
    /// A paragraph of one sentence.
    pub fn says(sentence: Sentence) -> Self {
        Block::Paragraph(vec![sentence])
    }

    /// All sentences of the block.
    pub fn sentences(&self) -> Vec<&Sentence> {
        match self {
            Block::Paragraph(sentences) => sentences.iter().collect(),
            Block::Points(points) => points.iter().flat_map(|point| &point.sentences).collect(),
            Block::Quote(quote) => quote.said.iter().collect(),
            Block::Heading(_) | Block::Table(_) | Block::Picture(_) => Vec::new(),
        }
    }

    /// All figures of the block, in the order they are read.
    pub fn figures(&self) -> Vec<&Figure> {
        match self {
            Block::Table(table) => table.rows.iter().flatten().filter_map(Part::figure).collect(),
            Block::Picture(picture) => {
                let names = picture.names.iter().filter_map(Part::figure);
                names.chain(picture.series.iter().flat_map(|series| &series.points)).collect()
            }
            Block::Quote(quote) => {
                std::iter::once(&quote.words).chain(quote.said.iter().flat_map(Sentence::figures)).collect()
            }
            _ => self.sentences().into_iter().flat_map(Sentence::figures).collect(),
        }
    }
}

impl Document {
    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.sections.iter().flat_map(|section| &section.blocks)
    }

    /// All sentences, in the order they are read.
    pub fn sentences(&self) -> impl Iterator<Item = &Sentence> {
        self.blocks().flat_map(Block::sentences)
    }

    /// All figures, in the order they are read.
    pub fn figures(&self) -> impl Iterator<Item = &Figure> {
        self.blocks().flat_map(Block::figures)
    }

    pub fn source(&self, figure: &Figure) -> Option<&Source> {
        self.sources.iter().find(|source| source.number == figure.source())
    }
}
