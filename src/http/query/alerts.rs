//! What alerts and deliveries are asked for.

use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use super::figures::figure_format;
use super::{Parameters, Query, USUAL_PAGE, categories, cursor, district, page_size};
use crate::case::{AlertKind, AlertLevel};
use crate::dataset::export::Format;
use crate::error::{Result, Saying};
use crate::http::export::{FileFormat, LONGEST_EXPORT};
use crate::store::{AlertFilter, AlertState, DeliveryFilter, DeliveryState};
use crate::taxonomy::Taxonomy;

/// 筛选预警与翻页，均可省略。
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `Query::alerts` reads")]
pub struct AlertQuery {
    /// 级别 · level
    level: Option<AlertLevel>,
    /// 处理 · state
    state: Option<AlertState>,
    /// 对象 · kind of subject
    kind: Option<AlertKind>,
    /// 发出时间不早于；RFC 3339 时间，或日期 · raised at or after; a time or a date
    #[param(example = "2026-11-01")]
    from: Option<String>,
    /// 发出时间早于；给日期时含当日 · raised before; a date includes that day
    #[param(example = "2026-11-30")]
    to: Option<String>,
    /// 二级分类代码，或一级分类代码（含其下全部二级） · level-2 code, or level-1 for all of its children
    #[param(example = "0706")]
    category: Option<String>,
    /// 区县 · district
    #[param(example = "樊城区")]
    district: Option<String>,
    /// 诉求组编号：它的预警，含并入它的各组的 · of this group and of those merged into it
    issue: Option<String>,
    /// 上一页的 next_cursor
    cursor: Option<String>,
    /// 每页条数 · alerts on a page
    #[param(minimum = 1, maximum = 200, default = 50)]
    page_size: Option<usize>,
    /// 不给则为 JSON；给出则为表格文件：csv、xlsx、jsonl 或 parquet，此时不可再给 cursor 和 page_size · a table as a file
    #[param(example = "csv", value_type = Option<FileFormat>, inline)]
    format: Option<String>,
}

/// 筛选推送与翻页，均可省略。
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `Query::deliveries` reads")]
pub struct DeliveryQuery {
    /// 情况 · state
    state: Option<DeliveryState>,
    /// 哪条预警的 · of which alert
    alert: Option<String>,
    /// 上一页的 next_cursor
    cursor: Option<String>,
    /// 每页条数 · deliveries on a page
    #[param(minimum = 1, maximum = 200, default = 50)]
    page_size: Option<usize>,
}

/// Which alerts, after which, how many, and as what kind of file if any.
pub struct AskedAlerts {
    pub filter: AlertFilter,
    pub cursor: Option<i64>,
    pub most: usize,
    pub format: Option<Format>,
}

impl Query {
    pub fn alerts(self, taxonomy: &Taxonomy) -> Result<AskedAlerts> {
        let mut given = Parameters::of(self);
        let filter = AlertFilter {
            level: given.read("level", |text| coded(text, "blue yellow orange red")),
            state: given.read("state", |text| coded(text, "open acknowledged dismissed")),
            kind: given.read("kind", |text| coded(text, "event cell")),
            from: given.moment("from", 0),
            to: given.moment("to", 1),
            categories: given.read("category", |code| categories(code, taxonomy)).unwrap_or_default(),
            district: given.read("district", |name| district(name, taxonomy)),
            issue: given.read("issue", |id| Ok(id.to_owned())),
        };
        if filter.from.zip(filter.to).is_some_and(|(from, to)| from > to) {
            given.wrong("to", Saying::new("早于 from：请对调", "is before `from`: swap them"));
        }
        let cursor = given.read("cursor", cursor);
        let size = given.read("page_size", page_size);
        let format = given.read("format", figure_format).flatten();
        if format.is_some() {
            let zh = "不能与 format 同时给：文件含全部预警";
            for (name, is_given) in [("cursor", cursor.is_some()), ("page_size", size.is_some())] {
                if is_given {
                    given.wrong(name, Saying::new(zh, "not beside `format`: a file holds all alerts"));
                }
            }
        }
        let most = if format.is_some() { LONGEST_EXPORT } else { size.unwrap_or(USUAL_PAGE) };
        given.finish().map(|()| AskedAlerts { filter, cursor, most, format })
    }

    /// Which deliveries, after which, and how many.
    pub fn deliveries(self) -> Result<(DeliveryFilter, Option<i64>, usize)> {
        let mut given = Parameters::of(self);
        let state = given.read("state", |text| coded(text, "waiting delivered dead"));
        let alert = given.read("alert", |id| Ok(id.to_owned()));
        let cursor = given.read("cursor", cursor);
        let most = given.read("page_size", page_size).unwrap_or(USUAL_PAGE);
        given.finish().map(|()| (DeliveryFilter { state, alert }, cursor, most))
    }
}

fn coded<T: DeserializeOwned>(text: &str, known: &str) -> Result<T, Saying> {
    serde_json::from_value(text.into())
        .map_err(|_| Saying::new(format!("只能是 {known} 之一"), format!("must be one of {known}")))
}

const _: () = assert!(LONGEST_EXPORT == 10_000, "documented with the route");
