//! When bursts are asked for.

use chrono::{DateTime, FixedOffset};
use utoipa::IntoParams;

use super::figures::figure_format;
use super::{Parameters, Query};
use crate::dataset::export::Format;
use crate::error::{Result, Saying};
use crate::http::export::FileFormat;

/// 截至何时、以什么形式给出，均可省略。
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `bursts` reads")]
pub struct BurstQuery {
    /// 截至何时，不给则为现在；此后受理的不计 · as of when; now where it is left out
    #[param(example = "2026-11-20T08:00:00+08:00")]
    as_of: Option<String>,
    /// hours 最近 24 和 72 小时；week 上一个整周，与往年同季相比，须有两年以上的历史 · hours, or the last whole week against
    /// the season of earlier years
    #[param(example = "hours", default = "hours")]
    over: Option<String>,
    /// 不给则为 JSON；给出则为表格文件：csv、xlsx、jsonl 或 parquet · a table as a file
    #[param(example = "csv", value_type = Option<FileFormat>, inline)]
    format: Option<String>,
}

/// As of when, whether of a week, and as what kind of file if any.
pub fn bursts(query: Query, now: DateTime<FixedOffset>) -> Result<(DateTime<FixedOffset>, bool, Option<Format>)> {
    let mut given = Parameters::of(query);
    let as_of = given.moment("as_of", 0).unwrap_or(now);
    let of_week = given.read("over", |text| match text {
        "hours" => Ok(false),
        "week" => Ok(true),
        _ => Err(Saying::new("只能是 hours 或 week", "must be hours or week")),
    });
    let format = given.read("format", figure_format);
    given.finish().map(|()| (as_of, of_week.unwrap_or(false), format.flatten()))
}
