//! Which figures of departments, and which supervisions, are asked for.

use chrono::{DateTime, FixedOffset};
use utoipa::IntoParams;

use super::{Parameters, Query, USUAL_PAGE, figures::figure_format, one_of, page_size, unit};
use crate::case::Scope;
use crate::dataset::export::Format;
use crate::error::{Result, Saying};
use crate::http::export::{FileFormat, LONGEST_EXPORT};
use crate::insight::{DepartmentGroup, Month};
use crate::store::{SupervisionFilter, SupervisionState};
use crate::taxonomy::Taxonomy;

/// 办理情况怎么分行、哪一版，均可省略。
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `Query::departments` reads")]
pub struct DepartmentQuery {
    /// 按什么分行：unit 承办单位（默认）、level 单位性质、category 一级分类、district 区县 · what rows are
    group: Option<DepartmentGroup>,
    /// 受理的自然月，不与 from、to 同时给；公开版默认上一个完整的月 · a calendar month of receipt
    #[param(example = "2026-10")]
    month: Option<String>,
    /// internal 内部版（默认）；public 公开版：只按已结束的自然月，不接受其他筛选，1 至 4 件的数字隐去 · public: whole months
    /// only, no other conditions, counts of 1 to 4 hidden
    #[param(example = "public")]
    edition: Option<String>,
    /// 截至何时，不给则为现在：逾期与否按此时判断，办理过程按现在所知；不能晚于现在 · what is late is late by then
    #[param(example = "2026-11-20T08:00:00+08:00")]
    as_of: Option<String>,
}

/// 筛选督办与翻页，均可省略。
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `Query::supervisions` reads")]
pub struct SupervisionQuery {
    /// standing 未销号、overdue 其中已超期的、lifted 已销号；不给即全部 · all where not given
    #[param(example = "overdue")]
    state: Option<String>,
    /// 承办单位代码：现在的，或最后一个 · the unit that has the case or had it last
    #[param(example = "CGJ")]
    unit: Option<String>,
    /// 上一页的 next_cursor
    cursor: Option<String>,
    /// 截至何时，不给则为现在：超期与否按此时判断；不能晚于现在 · what is late is late by then
    as_of: Option<String>,
    /// 每页条数 · supervisions on a page
    #[param(minimum = 1, maximum = 200, default = 50)]
    page_size: Option<usize>,
    /// 不给则为一页 JSON；给出则为文件（最多 10000 条）：csv、xlsx、jsonl 或 parquet，此时不可再给 cursor 和 page_size · a table as a file
    #[param(example = "csv", value_type = Option<FileFormat>, inline)]
    format: Option<String>,
}

/// What of departments is asked for.
pub enum AskedDepartments {
    Internal(Box<Scope>),
    Public(Month),
}

/// Which supervisions, after which, how many, as what kind of file if any.
pub struct AskedSupervisions {
    /// What is late is late by this time.
    pub as_of: DateTime<FixedOffset>,
    pub filter: SupervisionFilter,
    pub cursor: Option<(i64, i64)>,
    pub most: usize,
    pub format: Option<Format>,
}

impl Query {
    /// Whose figures, in what rows, as what kind of file if any. Months are the hotline's.
    pub fn departments(
        self,
        taxonomy: &Taxonomy,
        now: DateTime<FixedOffset>,
    ) -> Result<(AskedDepartments, DepartmentGroup, Option<Format>, DateTime<FixedOffset>)> {
        let mut given = Parameters::of(self);
        let offset = given.zone;
        let now = given.as_of(now);
        let group = given.read("group", group).unwrap_or(DepartmentGroup::Unit);
        let public = given.read("edition", |text| one_of(text, &["internal", "public"])).as_deref() == Some("public");
        let month = given.read("month", month);
        let mut scope = given.scope(taxonomy);
        let format = given.read("format", figure_format).flatten();
        let times = [("from", scope.from.is_some()), ("to", scope.to.is_some())];
        let times: Vec<_> = times.into_iter().filter(|(_, is)| *is).map(|(name, _)| name).collect();
        if public {
            let narrowed: Vec<_> = times.iter().copied().chain(scope.named().map(|(name, _)| name)).collect();
            narrowed.into_iter().for_each(|name| given.wrong(name, whole_months_only()));
            let month = month.unwrap_or_else(|| Month::last(now, offset));
            if !month.is_over(now, offset) {
                given.wrong("month", Saying::new("公开版须为已结束的月份", "must be a month that is over"));
            }
            return given.finish().map(|()| (AskedDepartments::Public(month), group, format, now));
        }
        if let Some(month) = month {
            let (zh, en) = ("不能与 month 同时给", "not beside `month`");
            times.into_iter().for_each(|name| given.wrong(name, Saying::new(zh, en)));
            let Scope { from, to, .. } = month.scope(offset);
            (scope.from, scope.to) = (from, to);
        }
        given.finish().map(|()| (AskedDepartments::Internal(Box::new(scope)), group, format, now))
    }

    /// Which supervisions; late is what is late `now`.
    pub fn supervisions(self, taxonomy: &Taxonomy, now: DateTime<FixedOffset>) -> Result<AskedSupervisions> {
        let mut given = Parameters::of(self);
        let now = given.as_of(now);
        let filter = SupervisionFilter {
            state: given.read("state", state),
            unit: given.read("unit", |code| unit(code, taxonomy)),
            now: now.to_utc(),
        };
        let cursor = given.read("cursor", place);
        let size = given.read("page_size", page_size);
        let format = given.read("format", figure_format).flatten();
        if format.is_some() {
            let paged = [("cursor", cursor.is_some()), ("page_size", size.is_some())];
            for (name, _) in paged.into_iter().filter(|(_, is)| *is) {
                given.wrong(
                    name,
                    Saying::new("不能与 format 同时给：文件含全部督办", "not beside `format`: a file holds all"),
                );
            }
        }
        let most = if format.is_some() { LONGEST_EXPORT } else { size.unwrap_or(USUAL_PAGE) };
        given.finish().map(|()| AskedSupervisions { as_of: now, filter, cursor, most, format })
    }
}

fn whole_months_only() -> Saying {
    Saying::new(
        "公开版只按自然月，不接受其他筛选：部分重叠的表格相减会推出隐去的数字",
        "the public edition is by whole months only: tables that overlap give away what is hidden",
    )
}

fn group(text: &str) -> Result<DepartmentGroup, Saying> {
    let known = DepartmentGroup::ALL.map(DepartmentGroup::code);
    let code = one_of(text, &known)?;
    let found = DepartmentGroup::ALL.into_iter().find(|group| group.code() == code);
    found.ok_or_else(|| Saying::new("不认识", "unknown"))
}

fn month(text: &str) -> Result<Month, Saying> {
    Month::parse(text).ok_or_else(|| Saying::new("须为月份，如 2026-10", "must be a month such as 2026-10"))
}

fn state(text: &str) -> Result<SupervisionState, Saying> {
    match text {
        "standing" => Ok(SupervisionState::Standing),
        "overdue" => Ok(SupervisionState::Overdue),
        "lifted" => Ok(SupervisionState::Lifted),
        _ => Err(Saying::new("只能是 standing、overdue 或 lifted", "must be standing, overdue or lifted")),
    }
}

// The documented limit is written out above because attributes take literals only.
const _: () = assert!(LONGEST_EXPORT == 10_000);

/// `ms.row`: when it is due, and the number of its row.
fn place(text: &str) -> Result<(i64, i64), Saying> {
    let unknown = || Saying::new("不是本接口给出的游标", "is no cursor that this route gave");
    let (at, seq) = text.split_once('.').ok_or_else(unknown)?;
    at.parse().ok().zip(seq.parse().ok()).ok_or_else(unknown)
}
