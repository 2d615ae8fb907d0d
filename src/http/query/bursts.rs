//! When bursts are asked for.

use chrono::{DateTime, FixedOffset};
use utoipa::IntoParams;

use super::figures::figure_format;
use super::{Parameters, Query, moment};
use crate::dataset::export::Format;
use crate::error::Result;

/// 截至何时、以什么形式给出，均可省略。
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `bursts` reads")]
pub struct BurstQuery {
    /// 截至何时，不给则为现在；此后受理的不计 · as of when; now where it is left out
    #[param(example = "2026-11-20T08:00:00+08:00")]
    as_of: Option<String>,
    /// 不给则为 JSON；给出则为表格文件：csv、xlsx、jsonl 或 parquet · a table as a file
    #[param(example = "csv")]
    format: Option<String>,
}

/// As of when, and as what kind of file if any.
pub fn bursts(query: Query, now: DateTime<FixedOffset>) -> Result<(DateTime<FixedOffset>, Option<Format>)> {
    let mut given = Parameters::of(query);
    let as_of = given.read("as_of", |text| moment(text, 0)).unwrap_or(now);
    let format = given.read("format", figure_format);
    given.finish().map(|()| (as_of, format.flatten()))
}
