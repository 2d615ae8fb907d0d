//! What figures are asked for.

use chrono::{DateTime, FixedOffset};
use utoipa::IntoParams;

use super::cases::file_format;
use super::{Parameters, Query};
use crate::case::Scope;
use crate::dataset::export::Format;
use crate::error::{Result, Saying};
use crate::http::export::FileFormat;
use crate::taxonomy::Taxonomy;

/// 统计哪些案件、以什么形式给出，均可省略。
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `Query::figures` reads")]
pub struct FigureQuery {
    /// 受理时间不早于；RFC 3339 时间，或日期 · received at or after; a time or a date
    #[param(example = "2026-11-01")]
    from: Option<String>,
    /// 受理时间早于；给日期时含当日 · received before; a date includes that day
    #[param(example = "2026-11-30")]
    to: Option<String>,
    /// 二级或一级分类代码；`-` 为没有 · level-2 or level-1 code; `-`: without one
    #[param(example = "0706")]
    category: Option<String>,
    /// 诉求类型代码 · petition type
    petition: Option<String>,
    /// 归口单位代码 · the unit in whose charge it is
    #[param(example = "CGJ")]
    department: Option<String>,
    /// 来件渠道 · channel
    channel: Option<String>,
    /// 紧急程度代码 · urgency
    urgency: Option<String>,
    /// 区县 · district
    #[param(example = "樊城区")]
    district: Option<String>,
    /// 街道、乡镇 · street or town
    street: Option<String>,
    /// 社区、村或小区 · community, village or estate
    community: Option<String>,
    /// 所属诉求组 · the group it is told in
    issue: Option<String>,
    /// 不给则为 JSON；给出则为表格文件：csv、xlsx、jsonl 或 parquet · a table as a file
    #[param(example = "csv", value_type = Option<FileFormat>, inline)]
    format: Option<String>,
}

impl Query {
    /// Over which cases figures are wanted, and as what kind of file if any.
    pub fn figures(self, taxonomy: &Taxonomy) -> Result<(Scope, Option<Format>)> {
        let mut given = Parameters::of(self);
        let scope = given.scope(taxonomy);
        let format = given.read("format", figure_format);
        given.finish().map(|()| (scope, format.flatten()))
    }
}

impl Parameters {
    /// The moment figures are as of; not later than `now`, which it is where it is left out.
    pub(super) fn as_of(&mut self, now: DateTime<FixedOffset>) -> DateTime<FixedOffset> {
        let as_of = self.moment("as_of", 0);
        if as_of.is_some_and(|as_of| as_of > now) {
            self.wrong("as_of", Saying::new("不能晚于现在", "must not be in the future"));
        }
        as_of.unwrap_or(now)
    }
}

/// A kind of file; none for `json`.
pub(super) fn figure_format(text: &str) -> Result<Option<Format>, Saying> {
    if text.eq_ignore_ascii_case("json") { Ok(None) } else { file_format(text).map(Some) }
}
