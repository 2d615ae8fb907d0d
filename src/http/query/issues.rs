//! Which groups (诉求组) are asked for.

use chrono::{DateTime, Days as ChronoDays, FixedOffset, TimeDelta};
use utoipa::IntoParams;

use super::cases::order;
use super::{Parameters, Query, USUAL_PAGE, categories, district, one_of, or_none, page_size, unit};
use crate::error::{Result, Saying};
use crate::store::{Days, ISSUE_SORTS, IssueFilter, Seek, Standing, last_told_first};
use crate::taxonomy::Taxonomy;
use crate::text::Reader;

/// Days that a small line has at most.
const MOST_DAYS: usize = 366;

/// 筛选诉求组与翻页，均可省略。
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `Query::issues` reads")]
pub struct IssueQuery {
    /// 查找：用空格隔开的词，每个都要在标题、地点或区县里出现；最多 100 字、8 个词 · words that all occur in title, place or
    /// district
    #[param(example = "油烟", max_length = 100)]
    q: Option<String>,
    /// 情况：open 未全部办结、closed 已全部办结、growing 在增长、alerted 有未解除的预警 · how it stands
    #[param(example = "open")]
    state: Option<String>,
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
    /// 归口单位代码：组里有其案件的；`-` 为没有归口单位的 · with a case in whose charge this unit is
    #[param(example = "CGJ")]
    department: Option<String>,
    /// 至少多少件 · with at least so many cases
    #[param(minimum = 2)]
    min_cases: Option<i64>,
    /// 附每组最近多少天的每日件数，至 `to` 或今天；日期按热线所在时区 · counts by day, so many days up to `to` or today
    #[param(minimum = 1, maximum = 366, example = 30)]
    days: Option<usize>,
    /// 排序：last_at 最近反映、first_at 首次反映、cases 件数、people 人数、growth 末 7 天比再前 7 天多出的件数；从小到大，前面
    /// 加 `-` 则从大到小。默认 -last_at · sorted by; `-` for the greatest first
    #[param(example = "-people", default = "-last_at")]
    sort: Option<String>,
    /// 上一页的 next_cursor；其中已含排序
    cursor: Option<String>,
    /// 每页组数 · groups on a page
    #[param(minimum = 1, maximum = 200, default = 50)]
    page_size: Option<usize>,
}

/// Which groups, from where on, how many, and with which days.
pub struct AskedIssues {
    pub filter: IssueFilter,
    pub seek: Seek,
    pub page_size: usize,
    pub days: Option<Days>,
}

impl Query {
    /// Which groups, from where on, and how many; what is lately is so by `now`.
    pub fn issues(self, taxonomy: &Taxonomy, reader: &Reader, now: DateTime<FixedOffset>) -> Result<AskedIssues> {
        let mut given = Parameters::of(self);
        let filter = IssueFilter {
            words: given.words(reader),
            from: given.moment("from", 0),
            to: given.moment("to", 1),
            categories: given.read("category", |code| categories(code, taxonomy)).unwrap_or_default(),
            district: given.read("district", |name| district(name, taxonomy)),
            department: given.read("department", |code| or_none(code, |code| unit(code, taxonomy))),
            least_cases: given.read("min_cases", least_cases),
            standing: given.read("state", standing),
            now,
        };
        let days = given.read("days", days);
        let sort = given.read("sort", |text| order(text, &ISSUE_SORTS));
        let cursor = given.seek(&ISSUE_SORTS, sort);
        let page_size = given.read("page_size", page_size).unwrap_or(USUAL_PAGE);
        if filter.from.zip(filter.to).is_some_and(|(from, to)| from > to) {
            given.wrong("to", Saying::new("早于 from：请对调", "is before `from`: swap them"));
        }
        let seek = cursor.unwrap_or_else(|| Seek::first(sort.unwrap_or_else(last_told_first)));
        // A time that ends the period is not in it.
        let last = filter.to.map_or(now, |to| to - TimeDelta::milliseconds(1)).with_timezone(&given.zone).date_naive();
        let days = days.and_then(|count| {
            Some(Days { first: last.checked_sub_days(ChronoDays::new(count as u64 - 1))?, count, offset: given.zone })
        });
        given.finish().map(|()| AskedIssues { filter, seek, page_size, days })
    }
}

fn standing(text: &str) -> Result<Standing, Saying> {
    let known = Standing::ALL.map(Standing::code);
    let code = one_of(text, &known)?;
    let standing = Standing::ALL.into_iter().find(|standing| standing.code() == code);
    standing.ok_or_else(|| Saying::new("没有这种情况", "there is no such state"))
}

fn days(text: &str) -> Result<usize, Saying> {
    let wanted = || {
        Saying::new(format!("须为 1 到 {MOST_DAYS} 的整数"), format!("must be a whole number from 1 to {MOST_DAYS}"))
    };
    text.parse().ok().filter(|days| (1..=MOST_DAYS).contains(days)).ok_or_else(wanted)
}

fn least_cases(text: &str) -> Result<i64, Saying> {
    let wanted = || Saying::new("须为 2 以上的整数", "must be a whole number of 2 or more");
    text.parse().ok().filter(|cases| *cases >= 2).ok_or_else(wanted)
}

// The documented limit is written out above because attributes take literals only.
const _: () = assert!(MOST_DAYS == 366);
