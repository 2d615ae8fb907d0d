//! Which days are looked at, and which they are held against: whole days of the hotline's own.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveTime, TimeDelta};
use serde::Serialize;
use utoipa::ToSchema;

use crate::analytics::DayKind;
use crate::analytics::trend::{Period, WEEK, YEAR};
use crate::case::Scope;
use crate::deadline::Deadlines;
use crate::error::{Error, Result};

/// Days of the period where nothing is said: the last full ones.
pub const USUAL_DAYS: i32 = 7;
/// Days of the base at least, where nothing is said.
pub const USUAL_BASE: i32 = 28;
/// Weeks looked back over (回看) for what is new and what goes on as ever.
pub const WEEKS_BACK: i32 = 26;
/// Earlier years looked at for a season.
const YEARS: i32 = 4;
/// The longest period, in days.
pub const LONGEST: i32 = 366;

/// 一段日期，首尾两日都含。
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Stretch {
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub days: i32,
}

impl Stretch {
    /// From a day to the one before `to`; none where that is no day.
    pub fn of(from: i32, to: i32) -> Option<Self> {
        (from < to).then(|| Self { from: date(from), to: date(to - 1), days: to - from })
    }

    /// `10月13日—10月19日`, with years where they differ.
    pub fn shown(&self) -> String {
        let day = |day: NaiveDate| format!("{}月{}日", day.month(), day.day());
        match (self.from == self.to, self.from.year() == self.to.year()) {
            (true, _) => day(self.from),
            (false, true) => format!("{}—{}", day(self.from), day(self.to)),
            (false, false) => {
                let year = |date: NaiveDate| format!("{}年{}", date.year(), day(date));
                format!("{}—{}", year(self.from), year(self.to))
            }
        }
    }
}

/// Days since 1970 of a date.
pub fn number(day: NaiveDate) -> i32 {
    day.signed_duration_since(NaiveDate::default()).num_days() as i32
}

/// The date so many days after 1970 began.
pub fn date(number: i32) -> NaiveDate {
    NaiveDate::default().checked_add_signed(TimeDelta::days(number.into())).unwrap_or_default()
}

/// When a day begins.
pub fn beginning(day: i32, offset: FixedOffset) -> DateTime<FixedOffset> {
    let midnight = date(day).and_time(NaiveTime::MIN) - offset;
    DateTime::from_naive_utc_and_offset(midnight, offset)
}

/// The scope, of these days only.
pub fn within(scope: &Scope, from: i32, to: i32, offset: FixedOffset) -> Scope {
    Scope { from: Some(beginning(from, offset)), to: Some(beginning(to, offset)), ..scope.clone() }
}

/// The full days asked for, the last not later than yesterday; the last week where nothing is said. A time stands for
/// its day.
pub fn days(scope: &Scope, now: DateTime<FixedOffset>, offset: FixedOffset) -> Result<(i32, i32)> {
    let day = |at: DateTime<FixedOffset>| number(at.with_timezone(&offset).date_naive());
    let today = day(now);
    let to = scope.to.map_or(today, day).min(today);
    let from = scope.from.map_or(to - USUAL_DAYS, day);
    let wrong = |zh: String, en: String| Err(Error::invalid(zh.clone(), en.clone()).at("?from", zh, en));
    if from >= to {
        let zh = format!("这段时间里没有完整的一天：from 须早于 {}", date(to));
        return wrong(zh, format!("there is no full day in it: `from` must be before {}", date(to)));
    }
    if to - from > LONGEST {
        let zh = format!("时间过长：最多 {LONGEST} 天");
        return wrong(zh, format!("too long: {LONGEST} days at most"));
    }
    Ok((from, to))
}

/// The period with what it is held against; nothing before `first`, the first day of which there is a case.
pub fn period(from: i32, to: i32, base_days: Option<i32>, first: i32) -> Period {
    let base = (from - length(from, to, base_days)).max(first).min(from);
    let back = (from - WEEKS_BACK * WEEK).max(first).min(base);
    Period { back, base, from, to }
}

/// Earlier years of which the same days and those before them are there.
pub fn years(from: i32, to: i32, base_days: Option<i32>, first: i32) -> usize {
    let base = from - length(from, to, base_days);
    (1..=YEARS).take_while(|year| base - year * YEAR >= first).count()
}

fn length(from: i32, to: i32, base_days: Option<i32>) -> i32 {
    base_days.unwrap_or(USUAL_BASE.max(to - from))
}

/// What kind of day each is, as the calendar has it.
pub fn kinds(deadlines: &Deadlines) -> impl Fn(i32) -> DayKind + Copy {
    move |day| DayKind::of(date(day), deadlines.calendar.is_worked(date(day)))
}
