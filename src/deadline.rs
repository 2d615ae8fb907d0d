//! Deadlines (期限): by when a case must be signed for (签收) and answered (答复).
//!
//! All of it is data: the profiles of `service.toml` and the working days of `calendar.toml`. Times come in with any
//! offset and go out with the offset of the file, whose days these are. A day's deadline is its last second.

mod calendar;
mod check;

use std::path::Path;

use chrono::{DateTime, Days, FixedOffset, NaiveDate, NaiveTime, TimeDelta};
use serde::Deserialize;

use crate::error::{Error, Result, Saying};
use crate::taxonomy::Taxonomy;
use crate::taxonomy::sheet::{Sheet, Source};
pub use calendar::Calendar;

/// How far ahead [`Deadlines::lacking`] looks: about as far as new deadlines reach.
const AHEAD: Days = Days::new(60);

/// Everything loaded from `service.toml` and `calendar.toml`.
#[derive(Debug, Clone)]
pub struct Deadlines {
    version: String,
    offset: FixedOffset,
    pub extension: Extension,
    /// First match applies; the last matches everything.
    profiles: Vec<Profile>,
    pub calendar: Calendar,
}

/// How long what kind of case may take (时限).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    pub code: String,
    pub name: String,
    pub english: String,
    /// Conditions; an empty list is none.
    #[serde(default)]
    urgency: Vec<String>,
    #[serde(default)]
    petition: Vec<String>,
    /// Level-1 or level-2 codes.
    #[serde(default)]
    category: Vec<String>,
    /// From dispatch to signing (签收).
    pub sign: Period,
    /// From receipt to answer (答复).
    pub reply: Period,
}

/// A stretch of time, never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// From the moment on, by day and night.
    Hours(u32),
    /// Whole days after the day it begins on.
    Days(u32),
    /// Days that are worked, after the day it begins on.
    WorkingDays(u32),
}

/// What may be granted beyond the deadline (延期).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// How often, for one case.
    pub times: u32,
    /// How far past the deadline in force, each time.
    pub longest: Period,
}

/// What a profile is chosen by; codes.
#[derive(Debug, Clone, Copy)]
pub struct Marks<'a> {
    pub urgency: &'a str,
    pub petition: Option<&'a str>,
    pub category: Option<&'a str>,
}

impl Deadlines {
    /// Reads the two files of `dir`. Fails with one [`Error`] of kind `Setup` that lists every mistake as `file:line`.
    pub fn load(dir: &Path, taxonomy: &Taxonomy) -> Result<Self> {
        let service = Source::read(dir, "service.toml")?;
        let days = Source::read(dir, "calendar.toml")?;
        let (mut service_sheet, mut days_sheet) = (Sheet::of(&service), Sheet::of(&days));
        let calendar = calendar::assemble(&mut days_sheet);
        let made = check::assemble(&mut service_sheet, taxonomy);
        let flaws: Vec<_> = service_sheet.flaws.into_iter().chain(days_sheet.flaws).collect();
        match (made, calendar) {
            (Some(made), Some(calendar)) if flaws.is_empty() => {
                let version = format!("{}+{}", made.version, Source::hash(&[&service, &days]));
                let check::Made { offset, extension, profiles, .. } = made;
                Ok(Self { version, offset, extension, profiles, calendar })
            }
            _ => Err(broken(flaws)),
        }
    }

    /// Declared version and a short hash of both files: `2026.11+1a2b3c4d`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Where days begin and end.
    pub fn offset(&self) -> FixedOffset {
        self.offset
    }

    pub fn profiles(&self) -> &[Profile] {
        &self.profiles
    }

    /// The profile that applies.
    pub fn profile(&self, marks: Marks) -> &Profile {
        let last = self.profiles.len() - 1;
        self.profiles.iter().find(|profile| profile.fits(marks)).unwrap_or(&self.profiles[last])
    }

    /// When a period that begins at `start` is over; always later than `start`.
    pub fn after(&self, start: DateTime<FixedOffset>, period: Period) -> DateTime<FixedOffset> {
        let start = start.with_timezone(&self.offset);
        let day = start.date_naive();
        match period {
            Period::Hours(hours) => start + TimeDelta::hours(hours.into()),
            Period::Days(days) => self.end_of(day + Days::new(days.into())),
            Period::WorkingDays(days) => self.end_of(self.calendar.after(day, days)),
        }
    }

    /// A deadline of this kind of period whose clock stood still from `stopped` to `resumed` (挂账). What was left of it
    /// when the clock stopped is left when it runs again: hours to the moment, days as days, working days as such.
    pub fn moved(
        &self,
        due: DateTime<FixedOffset>,
        stopped: DateTime<FixedOffset>,
        resumed: DateTime<FixedOffset>,
        period: Period,
    ) -> DateTime<FixedOffset> {
        let shifted = (due + (resumed - stopped).max(TimeDelta::zero())).with_timezone(&self.offset);
        // Overdue already: it stays overdue by as much.
        if due <= stopped {
            return shifted;
        }
        let day = |at: DateTime<FixedOffset>| at.with_timezone(&self.offset).date_naive();
        match period {
            Period::Hours(_) => shifted,
            Period::Days(_) => self.end_of(shifted.date_naive()),
            Period::WorkingDays(_) => {
                let left = self.calendar.between(day(stopped), day(due));
                self.end_of(self.calendar.after(day(resumed), left)).max(due.with_timezone(&self.offset))
            }
        }
    }

    /// Years that deadlines of cases received about `now` may reach and of which the calendar knows nothing, told for
    /// people: they are counted by weekdays.
    pub fn lacking(&self, now: DateTime<FixedOffset>) -> Vec<Saying> {
        let today = now.with_timezone(&self.offset).date_naive();
        let told = self.calendar.unknown(today, today + AHEAD).map(|year| {
            Saying::new(
                format!("calendar.toml 没有 {year} 年的放假安排：该年期限暂按周一至周五计，公布后请补上"),
                format!(
                    "calendar.toml lacks the holidays of {year}: that year is counted by weekdays until you add them"
                ),
            )
        });
        told.collect()
    }

    /// The last second of a day.
    fn end_of(&self, day: NaiveDate) -> DateTime<FixedOffset> {
        let next = (day + Days::new(1)).and_time(NaiveTime::MIN) - TimeDelta::seconds(1);
        DateTime::from_naive_utc_and_offset(next - self.offset, self.offset)
    }
}

impl Profile {
    fn fits(&self, marks: Marks) -> bool {
        let among = |list: &[String], code: Option<&str>| {
            list.is_empty() || code.is_some_and(|code| list.iter().any(|listed| listed == code))
        };
        let domain = marks.category.and_then(|code| code.get(..2));
        among(&self.urgency, Some(marks.urgency))
            && among(&self.petition, marks.petition)
            && (among(&self.category, marks.category) || among(&self.category, domain))
    }
}

impl Period {
    /// Hours at least, for comparing periods of different kinds.
    fn hours(self) -> u32 {
        match self {
            Period::Hours(hours) => hours,
            Period::Days(days) | Period::WorkingDays(days) => days * 24,
        }
    }
}

fn broken(flaws: Vec<crate::error::Flaw>) -> Error {
    let mut error = Error::setup(
        format!("办理期限或工作日历有 {} 处错误：请按所列文件和行号修改", flaws.len()),
        format!("the service levels or the calendar have {} mistakes: mend the lines listed", flaws.len()),
    );
    error.flaws = flaws;
    error
}
