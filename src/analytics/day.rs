//! What a day is to callers (日类型).

use chrono::{Datelike, NaiveDate, Weekday};

/// What kind of day it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DayKind {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
    /// A public holiday (法定节假日).
    Holiday,
    /// A weekend day that is worked (调休上班).
    MadeUp,
}

impl DayKind {
    pub const ALL: [Self; 9] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
        Self::Holiday,
        Self::MadeUp,
    ];

    /// The kind by the calendar; a weekend day that is not worked is a weekend day, holiday or not.
    pub fn of(day: NaiveDate, worked: bool) -> Self {
        let weekday = Self::ALL[day.weekday().num_days_from_monday() as usize];
        match (day.weekday(), worked) {
            (Weekday::Sat | Weekday::Sun, true) => Self::MadeUp,
            (Weekday::Sat | Weekday::Sun, false) | (_, true) => weekday,
            (_, false) => Self::Holiday,
        }
    }

    /// Whether offices are closed.
    pub fn rests(self) -> bool {
        matches!(self, Self::Saturday | Self::Sunday | Self::Holiday)
    }
}
