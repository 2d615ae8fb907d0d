//! Periods (时段), and what each is compared with: 环比 with the one before, 同比 with the same a year before.

use chrono::{DateTime, Datelike, Days, FixedOffset, Months, NaiveDate, NaiveTime, TimeDelta, Weekday};

/// A year as whole weeks, so that weekdays stand beside the same weekdays.
const WEEKS_OF_A_YEAR: TimeDelta = TimeDelta::weeks(52);

/// A stretch of time that is not empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Included.
    pub from: DateTime<FixedOffset>,
    /// Not included.
    pub to: DateTime<FixedOffset>,
}

impl Period {
    /// In the offset of `from`; none where it would be empty.
    pub fn new(from: DateTime<FixedOffset>, to: DateTime<FixedOffset>) -> Option<Self> {
        (from < to).then(|| Self { from, to: to.with_timezone(from.offset()) })
    }

    /// The period before (环比期): of whole months as many whole months, else as long.
    pub fn before(&self) -> Option<Self> {
        let Some(months) = self.months() else {
            let length = self.to - self.from;
            return Self::new(self.from.checked_sub_signed(length)?, self.from);
        };
        Self::new(months_earlier(self.from, months)?, self.from)
    }

    /// The same period a year before (同比期): of whole weeks, Monday to Sunday, the one 52 weeks before, else the same
    /// dates, 28 February for the 29th where there is none.
    pub fn year_before(&self) -> Option<Self> {
        if self.months().is_none() && self.is_weeks() {
            return Self::new(
                self.from.checked_sub_signed(WEEKS_OF_A_YEAR)?,
                self.to.checked_sub_signed(WEEKS_OF_A_YEAR)?,
            );
        }
        let to = match is_midnight(self.to) && self.months().is_none() {
            // What ends with a day ends with the same day: with 28 February for the 29th.
            true => {
                let last = self.to.checked_sub_signed(TimeDelta::days(1))?;
                months_earlier(last, 12)?.checked_add_signed(TimeDelta::days(1))?
            }
            false => months_earlier(self.to, 12)?,
        };
        Self::new(months_earlier(self.from, 12)?, to)
    }

    /// What of it is over by a moment; none where it has not begun.
    pub fn until(&self, moment: DateTime<FixedOffset>) -> Option<Self> {
        Self::new(self.from, self.to.min(moment))
    }

    /// What both have in common.
    pub fn and(&self, other: &Self) -> Option<Self> {
        Self::new(self.from.max(other.from).with_timezone(self.from.offset()), self.to.min(other.to))
    }

    /// The stretch of this one that lies in it as `stretch` lies in `whole`; it ends where this one does.
    pub fn like(&self, whole: &Self, stretch: &Self) -> Option<Self> {
        if stretch == whole {
            return Some(*self);
        }
        let from = self.from.checked_add_signed(stretch.from - whole.from)?;
        let to = if stretch.to == whole.to { self.to } else { from.checked_add_signed(stretch.to - stretch.from)? };
        Self::new(from, to.min(self.to))
    }

    /// Its days, first and last.
    pub fn days(&self) -> (NaiveDate, NaiveDate) {
        (self.from.date_naive(), (self.to - TimeDelta::nanoseconds(1)).date_naive())
    }

    /// How many whole months it is, if it is that.
    fn months(&self) -> Option<u32> {
        let begins = |at: DateTime<FixedOffset>| is_midnight(at) && at.day() == 1;
        let number = |at: DateTime<FixedOffset>| at.year() * 12 + at.month0() as i32;
        (begins(self.from) && begins(self.to)).then(|| number(self.to).abs_diff(number(self.from)))
    }

    fn is_weeks(&self) -> bool {
        [self.from, self.to].into_iter().all(|at| is_midnight(at) && at.weekday() == Weekday::Mon)
    }
}

/// The first moment of a day.
pub fn start_of(day: NaiveDate, offset: FixedOffset) -> DateTime<FixedOffset> {
    let utc = day.and_time(NaiveTime::MIN).checked_sub_offset(offset);
    DateTime::from_naive_utc_and_offset(utc.unwrap_or(day.and_time(NaiveTime::MIN)), offset)
}

/// The last `days` days up to and with the day of `now`.
pub fn last_days(days: u64, now: DateTime<FixedOffset>, offset: FixedOffset) -> (NaiveDate, NaiveDate) {
    let today = now.with_timezone(&offset).date_naive();
    (today.checked_sub_days(Days::new(days.saturating_sub(1))).unwrap_or(today), today)
}

fn is_midnight(at: DateTime<FixedOffset>) -> bool {
    at.time() == NaiveTime::MIN
}

fn months_earlier(at: DateTime<FixedOffset>, months: u32) -> Option<DateTime<FixedOffset>> {
    at.checked_sub_months(Months::new(months))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<FixedOffset> {
        let text = if text.len() == 10 { format!("{text}T00:00:00+08:00") } else { format!("{text}+08:00") };
        text.parse().unwrap()
    }

    fn period(from: &str, to: &str) -> Period {
        Period::new(at(from), at(to)).unwrap()
    }

    #[test]
    fn a_period_stands_beside_the_one_before_and_the_same_a_year_before() {
        let table = [
            // Whole months, also over the new year and after a short one.
            (("2026-11-01", "2026-12-01"), ("2026-10-01", "2026-11-01"), ("2025-11-01", "2025-12-01")),
            (("2026-03-01", "2026-04-01"), ("2026-02-01", "2026-03-01"), ("2025-03-01", "2025-04-01")),
            (("2026-01-01", "2026-04-01"), ("2025-10-01", "2026-01-01"), ("2025-01-01", "2025-04-01")),
            (("2026-01-01", "2027-01-01"), ("2025-01-01", "2026-01-01"), ("2025-01-01", "2026-01-01")),
            // February of a leap year is a month like any other.
            (("2024-02-01", "2024-03-01"), ("2024-01-01", "2024-02-01"), ("2023-02-01", "2023-03-01")),
            (("2025-02-01", "2025-03-01"), ("2025-01-01", "2025-02-01"), ("2024-02-01", "2024-03-01")),
            // Monday to Sunday.
            (("2026-11-16", "2026-11-23"), ("2026-11-09", "2026-11-16"), ("2025-11-17", "2025-11-24")),
            // A February of four whole weeks is a month.
            (("2027-02-01", "2027-03-01"), ("2027-01-01", "2027-02-01"), ("2026-02-01", "2026-03-01")),
            // Days that are neither; the leap day.
            (("2026-11-03", "2026-11-06"), ("2026-10-31", "2026-11-03"), ("2025-11-03", "2025-11-06")),
            (("2024-02-29", "2024-03-01"), ("2024-02-28", "2024-02-29"), ("2023-02-28", "2023-03-01")),
            (("2025-02-28", "2025-03-01"), ("2025-02-27", "2025-02-28"), ("2024-02-28", "2024-02-29")),
            // Hours.
            (
                ("2025-03-01T08:00:00", "2025-03-01T10:00:00"),
                ("2025-03-01T06:00:00", "2025-03-01T08:00:00"),
                ("2024-03-01T08:00:00", "2024-03-01T10:00:00"),
            ),
            (
                ("2026-11-27T08:00:00", "2026-11-27T10:00:00"),
                ("2026-11-27T06:00:00", "2026-11-27T08:00:00"),
                ("2025-11-27T08:00:00", "2025-11-27T10:00:00"),
            ),
        ];
        for ((from, to), before, year) in table {
            let asked = period(from, to);
            assert_eq!(asked.before(), Some(period(before.0, before.1)), "{from} {to}");
            assert_eq!(asked.year_before(), Some(period(year.0, year.1)), "{from} {to}");
        }
    }

    #[test]
    fn what_still_runs_stands_beside_the_same_stretch() {
        let month = period("2026-03-01", "2026-04-01");
        let (begun, before) = (month.until(at("2026-03-10T09:30:00")).unwrap(), month.before().unwrap());
        assert_eq!(before.like(&month, &begun), Some(period("2026-02-01", "2026-02-10T09:30:00")));
        // February has no 31st day: all of it.
        let begun = month.until(at("2026-03-31T12:00:00")).unwrap();
        assert_eq!(before.like(&month, &begun), Some(before));
        assert_eq!(month.until(at("2026-03-01")), None, "not begun");
        // A week that was asked for from Wednesday on.
        let (week, asked) = (period("2026-11-16", "2026-11-23"), period("2026-11-18", "2026-12-01"));
        let cut = week.and(&asked).unwrap();
        assert_eq!(week.before().unwrap().like(&week, &cut), Some(period("2026-11-11", "2026-11-16")));
    }

    #[test]
    fn days_begin_in_the_hotlines_offset_and_no_year_is_too_far() {
        let china = FixedOffset::east_opt(8 * 3600).unwrap();
        let now: DateTime<FixedOffset> = "2026-11-26T16:00:00Z".parse().unwrap();
        let day = |d| NaiveDate::from_ymd_opt(2026, 11, d).unwrap();
        assert_eq!(last_days(3, now, china), (day(25), day(27)));
        assert_eq!(start_of(day(27), china), now);
        assert_eq!(period("2026-11-01", "2026-12-01").days(), (day(1), day(30)));
        let first = DateTime::<chrono::Utc>::MIN_UTC.fixed_offset();
        let far = Period::new(first, first + TimeDelta::days(40)).unwrap();
        assert_eq!((far.before(), far.year_before()), (None, None));
    }
}
