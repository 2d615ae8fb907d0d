//! Which groups (诉求组) are asked for.

use utoipa::IntoParams;

use super::{Parameters, Query, USUAL_PAGE, categories, district, page_size};
use crate::error::{Result, Saying};
use crate::store::IssueFilter;
use crate::taxonomy::Taxonomy;

/// 筛选诉求组与翻页，均可省略。
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `Query::issues` reads")]
pub struct IssueQuery {
    /// 在此时或以后仍有人反映；RFC 3339 时间，或日期 · told at or after; a time or a date
    #[param(example = "2026-11-01")]
    from: Option<String>,
    /// 在此前已有人反映；给日期时含当日 · told before; a date includes that day
    #[param(example = "2026-11-30")]
    to: Option<String>,
    /// 二级分类代码，或一级分类代码（含其下全部二级） · level-2 code, or level-1 for all of its children
    #[param(example = "0706")]
    category: Option<String>,
    /// 区县名称 · district
    #[param(example = "樊城区")]
    district: Option<String>,
    /// 至少多少件 · with at least so many cases
    #[param(minimum = 2)]
    min_cases: Option<i64>,
    /// 上一页的 next_cursor
    cursor: Option<String>,
    /// 每页组数 · groups on a page
    #[param(minimum = 1, maximum = 200, default = 50)]
    page_size: Option<usize>,
}

/// Which groups, after which, and how many.
pub struct AskedIssues {
    pub filter: IssueFilter,
    pub cursor: Option<(i64, i64)>,
    pub page_size: usize,
}

impl Query {
    /// Which groups, after which, and how many.
    pub fn issues(self, taxonomy: &Taxonomy) -> Result<AskedIssues> {
        let mut given = Parameters::of(self);
        let filter = IssueFilter {
            from: given.moment("from", 0),
            to: given.moment("to", 1),
            categories: given.read("category", |code| categories(code, taxonomy)).unwrap_or_default(),
            district: given.read("district", |name| district(name, taxonomy)),
            least_cases: given.read("min_cases", least_cases),
        };
        let cursor = given.read("cursor", issue_cursor);
        let page_size = given.read("page_size", page_size).unwrap_or(USUAL_PAGE);
        if filter.from.zip(filter.to).is_some_and(|(from, to)| from > to) {
            given.wrong("to", Saying::new("早于 from：请对调", "is before `from`: swap them"));
        }
        given.finish().map(|()| AskedIssues { filter, cursor, page_size })
    }
}

fn least_cases(text: &str) -> Result<i64, Saying> {
    let wanted = || Saying::new("须为 2 以上的整数", "must be a whole number of 2 or more");
    text.parse().ok().filter(|cases| *cases >= 2).ok_or_else(wanted)
}

/// `ms.seq`: when it was last told, and its number of change.
pub(super) fn issue_cursor(text: &str) -> Result<(i64, i64), Saying> {
    let unknown = || Saying::new("不是本接口给出的游标", "is no cursor that this route gave");
    let (at, seq) = text.split_once('.').ok_or_else(unknown)?;
    at.parse().ok().zip(seq.parse().ok()).ok_or_else(unknown)
}
