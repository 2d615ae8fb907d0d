//! What a day is to people (日子): worked or not, and for which holiday.

use chrono::{Datelike, NaiveDate, Weekday};
use serde::Serialize;
use utoipa::ToSchema;

use crate::deadline::Calendar;

/// 一天是什么日子，依工作日历；日历没有该年时只按星期。
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CalendarDay)]
pub struct Day {
    /// `workday` 工作日，`weekend` 周末，`holiday` 放假，`made_up` 调休上班
    pub kind: String,
    /// 放的什么假，或为哪个假调休上班；其他日子为 null
    pub holiday: Option<String>,
}

impl Day {
    pub fn of(calendar: &Calendar, day: NaiveDate) -> Self {
        let is_weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
        let holiday = calendar.holiday(day);
        let kind = match (holiday, calendar.is_worked(day)) {
            (Some(_), true) => "made_up",
            (Some(_), false) => "holiday",
            (None, _) if is_weekend => "weekend",
            (None, _) => "workday",
        };
        Self { kind: kind.to_owned(), holiday: holiday.map(str::to_owned) }
    }

    /// 国庆节放假, 国庆节调休上班; nothing where a day is as its weekday says.
    pub fn said(&self) -> Option<String> {
        let what = if self.kind == "made_up" { "调休上班" } else { "放假" };
        self.holiday.as_ref().map(|holiday| format!("{holiday}{what}"))
    }
}
