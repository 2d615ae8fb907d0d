//! What is to be counted.

use chrono::{DateTime, Days, FixedOffset, NaiveTime};
use utoipa::IntoParams;

use super::figures::figure_format;
use super::{Parameters, Query, one_of};
use crate::analytics::{Dimension, Period, last_days, start_of};
use crate::case::Scope;
use crate::dataset::export::Format;
use crate::error::{Result, Saying};
use crate::insight::{Breakdown, USUAL_DAYS};
use crate::taxonomy::Taxonomy;

/// Values given at most.
const MOST: usize = 1000;

/// 按什么计数，均可省略。
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `volumes` reads")]
pub struct VolumeQuery {
    /// 一项，或用逗号隔开的两项（交叉统计，前者为行）；默认 category · one, or two for a pivot：hour 小时、day 日、week
    /// 周（周一起）、month 月、hour_of_day 钟点、weekday 星期、domain 一级分类、category 二级分类、petition 诉求类型、
    /// department 归口单位、district 区县、street 街道乡镇、community 社区村小区、channel 渠道、urgency 紧急程度、status
    /// 办理状态、issue 诉求组
    #[param(example = "day,domain")]
    by: Option<String>,
    /// 只列件数最多的几个，其余合为一行；时间不受其限 · the top so many; the rest as one
    #[param(minimum = 1, maximum = 1000, example = 20)]
    top: Option<usize>,
    /// 截至何时，不给则为现在：此后受理的不计，尚未结束的时段以此时为界；不能晚于现在 · as known then
    #[param(example = "2026-11-20T08:00:00+08:00")]
    as_of: Option<String>,
    /// internal 内部版（默认）；public 公开版：只按已结束的整日，只按 day、domain、petition、district、channel 之一，不接受
    /// 其他筛选，1 至 4 件的数字隐去 · public: whole days that are over, no other conditions, counts of 1 to 4 hidden
    #[param(example = "public")]
    edition: Option<String>,
}

/// What is to be counted, for whom, as what kind of file if any.
pub struct AskedVolumes {
    pub breakdown: Breakdown,
    pub public: bool,
    pub format: Option<Format>,
}

/// Reads what is to be counted, and as what kind of file if any. Where no period is said, of the last
/// [`USUAL_DAYS`] up to and with today.
pub fn volumes(query: Query, taxonomy: &Taxonomy, now: DateTime<FixedOffset>) -> Result<AskedVolumes> {
    let mut given = Parameters::of(query);
    let offset = given.zone;
    let present = now;
    let now = given.as_of(now);
    let public = given.read("edition", |text| one_of(text, &["internal", "public"])).as_deref() == Some("public");
    let scope = given.scope(taxonomy);
    let by = given.read("by", dimensions).unwrap_or((Dimension::Category, None));
    let top = given.read("top", top);
    let format = given.read("format", figure_format);
    if top.is_some() && std::iter::once(by.0).chain(by.1).all(Dimension::is_time) {
        given.wrong("top", Saying::new("时间不分多少：请去掉，或加上别的分法", "times have no top: leave it out"));
    }
    let (first, today) = last_days(USUAL_DAYS, now, offset);
    let tomorrow = start_of(today.checked_add_days(Days::new(1)).unwrap_or(today), offset);
    let to = scope.to.unwrap_or(scope.from.map_or(tomorrow, |from| tomorrow.max(from))).with_timezone(&offset);
    let usual = to.checked_sub_days(Days::new(USUAL_DAYS)).unwrap_or_else(|| start_of(first, offset));
    let from = scope.from.unwrap_or(usual).with_timezone(&offset);
    let period = Period::new(from, to);
    if period.is_none() && !given.is_wrong() {
        let (zh, en) = ("起止之间没有时间：to 须晚于 from", "there is no time between them: `to` must be after `from`");
        given.wrong(if scope.to.is_some() { "to" } else { "from" }, Saying::new(zh, en));
    }
    if public {
        only_public(&mut given, &scope, by, top, Period { from, to }, now);
    }
    given.finish()?;
    let period = period.unwrap_or(Period { from, to });
    let until = (now != present).then_some(now);
    let breakdown = Breakdown { scope, period, by: by.0, across: by.1, top, now, until };
    Ok(AskedVolumes { breakdown, public, format: format.flatten() })
}

/// Names what the public edition does not take.
fn only_public(
    given: &mut Parameters,
    scope: &Scope,
    (by, across): (Dimension, Option<Dimension>),
    top: Option<usize>,
    period: Period,
    now: DateTime<FixedOffset>,
) {
    let narrowed = scope.named().map(|(name, _)| name).chain(top.map(|_| "top"));
    for name in narrowed {
        given.wrong(name, Saying::new("公开版不接受这个筛选", "the public edition takes no such condition"));
    }
    if across.is_some() || !Breakdown::PUBLIC.contains(&by) {
        let known = Breakdown::PUBLIC.map(Dimension::code).join(" ");
        let (zh, en) = (format!("公开版只按其中一项：{known}"), format!("the public edition is by one of {known}"));
        given.wrong("by", Saying::new(zh, en));
    }
    let whole = |at: DateTime<FixedOffset>| at.time() == NaiveTime::MIN;
    if !(whole(period.from) && whole(period.to) && period.to <= now) {
        let (zh, en) = ("公开版须为已结束的整日", "the public edition is of whole days that are over");
        given.wrong("to", Saying::new(zh, en));
    }
}

fn dimensions(text: &str) -> Result<(Dimension, Option<Dimension>), Saying> {
    let named = |code: &str| Dimension::ALL.into_iter().find(|by| by.code() == code.trim());
    let known = Dimension::ALL.map(Dimension::code).join(" ");
    let wrong = || {
        let zh = format!("须为下列之一，或用逗号隔开的不同两项：{known}");
        Saying::new(zh, format!("must be one of these, or two different ones with a comma between: {known}"))
    };
    match text.split(',').map(named).collect::<Option<Vec<_>>>().ok_or_else(wrong)?[..] {
        [by] => Ok((by, None)),
        [by, across] if by != across => Ok((by, Some(across))),
        _ => Err(wrong()),
    }
}

fn top(text: &str) -> Result<usize, Saying> {
    let wanted = || Saying::new(format!("须为 1 到 {MOST} 的整数"), format!("must be a whole number from 1 to {MOST}"));
    text.parse().ok().filter(|top| (1..=MOST).contains(top)).ok_or_else(wanted)
}
