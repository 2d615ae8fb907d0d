//! Which report is asked for.

use chrono::{DateTime, FixedOffset, SubsecRound};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::{Parameters, Query, one_of, truth};
use crate::analytics::Period;
use crate::case::Scope;
use crate::case::document::Edition;
use crate::error::{Result, Saying};
use crate::insight::{ReportAsked, ReportKind};
use crate::report::Print;
use crate::taxonomy::Taxonomy;

/// daily 日报、weekly 周报（周一至周日）、monthly 月报、special 专报。
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "documents the path")]
pub enum ReportName {
    Daily,
    Weekly,
    Monthly,
    Special,
}

/// 哪一期、哪一版、什么格式，均可省略。
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `report` reads")]
pub struct ReportQuery {
    /// 截至何时，不给则为现在；报告为此时已结束的最近一期。同一 as_of、同样的数据得同样的文件 · the last period that is over then
    #[param(example = "2026-11-23T08:00:00+08:00")]
    as_of: Option<String>,
    /// true 则为此时所在、尚未结束的一期，标明“本期未完” · the period that runs
    running: Option<bool>,
    /// internal 内部版（默认）；public 公开版：去标识，1 至 4 件的数字隐去，只有已结束的日报、周报、月报 · what may be published
    #[param(example = "internal")]
    edition: Option<String>,
    /// json（默认）、md、html、docx 或 xlsx
    #[param(example = "docx")]
    format: Option<String>,
    /// 专报：受理时间不早于；RFC 3339 时间，或日期。不给起止为最近 30 天 · of a special report
    from: Option<String>,
    /// 专报：受理时间早于；给日期时含当日
    to: Option<String>,
    /// 专报：二级或一级分类代码
    #[param(example = "0706")]
    category: Option<String>,
    /// 专报：诉求类型代码
    petition: Option<String>,
    /// 专报：归口单位代码
    department: Option<String>,
    /// 专报：来件渠道
    channel: Option<String>,
    /// 专报：紧急程度代码
    urgency: Option<String>,
    /// 专报：区县
    district: Option<String>,
    /// 专报：街道、乡镇
    street: Option<String>,
    /// 专报：社区、村或小区
    community: Option<String>,
    /// 专报：诉求组编号
    issue: Option<String>,
}

/// Reads which report, and in what format if not as JSON. Periods begin where the hotline's days begin.
pub fn report(
    query: Query,
    kind: ReportKind,
    taxonomy: &Taxonomy,
    now: DateTime<FixedOffset>,
) -> Result<(ReportAsked, Option<Print>)> {
    let mut given = Parameters::of(query);
    let offset = given.zone;
    let as_of = given.as_of(now).with_timezone(&offset).trunc_subsecs(0);
    let running = given.read("running", truth).unwrap_or_default();
    let edition = given.read("edition", edition).unwrap_or(Edition::Internal);
    let print = given.read("format", print).flatten();
    let scope = given.scope(taxonomy);
    let times = [("from", scope.from.is_some()), ("to", scope.to.is_some())];
    if kind != ReportKind::Special {
        let named = scope.named().map(|(name, _)| name);
        let times = times.into_iter().filter(|(_, is)| *is).map(|(name, _)| name);
        for name in named.chain(times) {
            given.wrong(name, Saying::new("只用于专报（special）", "only of a special report"));
        }
    }
    let usual = kind.period(as_of, running);
    let from = scope.from.map_or(usual.from, |from| from.with_timezone(&offset));
    let to = scope.to.map_or(usual.to.max(from), |to| to.with_timezone(&offset));
    let period = Period::new(from, to);
    if period.is_none() {
        given.wrong("from", Saying::new("起止之间没有时间：须早于 to", "there is no time between them"));
    }
    given.finish()?;
    let scope = Scope { from: None, to: None, ..scope };
    let period = period.unwrap_or(usual);
    Ok((ReportAsked { kind, period, as_of, edition, scope, issuer: None }, print))
}

fn edition(text: &str) -> Result<Edition, Saying> {
    let known = Edition::ALL.map(Edition::code);
    let code = one_of(text, &known)?;
    Ok(if code == Edition::Public.code() { Edition::Public } else { Edition::Internal })
}

fn print(text: &str) -> Result<Option<Print>, Saying> {
    let known = || format!("json {}", Print::ALL.map(Print::code).join(" "));
    if text.eq_ignore_ascii_case("json") {
        return Ok(None);
    }
    let wrong = || Saying::new(format!("只能是 {} 之一", known()), format!("must be one of {}", known()));
    Print::called(text).map(Some).ok_or_else(wrong)
}
