//! Times as exports write them.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone};

/// Formats of a day with and without a time, after [`spelt`].
const TIMES: [&str; 3] = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%d %H"];
/// Days that a serial number of a spreadsheet may mean: 1954 to 2119. Fewer digits are no time.
const SERIAL: std::ops::Range<f64> = 20_000.0..80_000.0;

/// RFC 3339, `2026-11-23 08:12:00`, `2026/11/23 8:12`, `2026年11月23日8时12分`, a day alone (its first moment), digits
/// alone (`20261123081200`), the serial number of a spreadsheet (`46349.34`), or seconds or milliseconds since 1970.
/// What states no offset of its own is of `offset`; all is told in `offset`, whose days the hotline counts by.
pub(in crate::dataset) fn moment(text: &str, offset: FixedOffset) -> Option<DateTime<FixedOffset>> {
    read(text.trim(), offset).map(|time| time.with_timezone(&offset))
}

fn read(text: &str, offset: FixedOffset) -> Option<DateTime<FixedOffset>> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time);
    }
    if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return digits(text, offset);
    }
    let spelt = spelt(text);
    let stated = ["%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%d %H:%M%#z"];
    if let Some(time) = stated.iter().find_map(|format| DateTime::parse_from_str(&spelt, format).ok()) {
        return Some(time);
    }
    let time = TIMES.iter().find_map(|format| NaiveDateTime::parse_from_str(&spelt, format).ok());
    let day = || NaiveDate::parse_from_str(&spelt, "%Y-%m-%d").ok().map(|day| day.and_time(NaiveTime::MIN));
    local(time.or_else(day)?, offset)
}

/// What is written without any separator but a point.
fn digits(text: &str, offset: FixedOffset) -> Option<DateTime<FixedOffset>> {
    let day = |text| NaiveDate::parse_from_str(text, "%Y%m%d").ok();
    match text.len() {
        14 if !text.contains('.') => local(day(&text[..8])?.and_time(clock(&text[8..])?), offset),
        8 if !text.contains('.') => local(day(text)?.and_time(NaiveTime::MIN), offset),
        10 if !text.contains('.') => Some(DateTime::from_timestamp(text.parse().ok()?, 0)?.with_timezone(&offset)),
        13 if !text.contains('.') => Some(DateTime::from_timestamp_millis(text.parse().ok()?)?.with_timezone(&offset)),
        _ if text.matches('.').count() == 2 => {
            let day = NaiveDate::parse_from_str(text, "%Y.%m.%d").ok()?;
            local(day.and_time(NaiveTime::MIN), offset)
        }
        _ => {
            let days = text.parse::<f64>().ok().filter(|days| SERIAL.contains(days))?;
            let start = NaiveDate::from_ymd_opt(1899, 12, 30)?.and_time(NaiveTime::MIN);
            // A second is about 1e-5 of a day: what the sheet shows is the nearest one.
            local(start.checked_add_signed(TimeDelta::seconds((days * 86_400.0).round() as i64))?, offset)
        }
    }
}

fn clock(text: &str) -> Option<NaiveTime> {
    NaiveTime::parse_from_str(text, "%H%M%S").ok()
}

fn local(time: NaiveDateTime, offset: FixedOffset) -> Option<DateTime<FixedOffset>> {
    offset.from_local_datetime(&time).single()
}

/// The same with `-` in the day, `:` in the time, and one blank between: `2026年11月23日8时12分` → `2026-11-23 8:12`.
fn spelt(text: &str) -> String {
    let mut spelt = String::with_capacity(text.len());
    let mut in_day = true;
    for c in text.chars() {
        match c {
            '年' | '月' | '/' => spelt.push('-'),
            '.' if in_day => spelt.push('-'),
            '日' | 'T' | ' ' | '\u{3000}' | '\u{a0}' if in_day => {
                spelt.push(' ');
                in_day = false;
            }
            ' ' | '\u{3000}' | '\u{a0}' | '秒' => {}
            '时' | '点' | '分' | '：' => spelt.push(':'),
            '\u{ff10}'..='\u{ff19}' => spelt.push(char::from_u32(c as u32 - 0xfee0).unwrap_or(c)),
            c => spelt.push(c),
        }
    }
    spelt.trim_end_matches([':', ' ']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_however_they_are_written() {
        let east = FixedOffset::east_opt(8 * 3600).expect("an offset");
        let check = |text: &str, expected: &str| {
            let read = moment(text, east).map(|time| time.to_rfc3339()).unwrap_or_default();
            assert_eq!(read, expected, "{text}");
        };
        for text in [
            "2026-11-23T08:12:00+08:00",
            "2026-11-23T00:12:00Z",
            "2026-11-23 08:12:00",
            "2026-11-23T08:12:00",
            "2026-11-23 08:12:00.000",
            "2026/11/23 8:12",
            "2026.11.23 8:12:00",
            "2026年11月23日8时12分",
            "2026年11月23日 08时12分00秒",
            "2026年11月23日8点12分",
            "2026-11-23  08:12",
            "2026-11-23 08:12:00 +0800",
            "2026-11-23 00:12:00Z",
            "２０２６-11-23 08：12",
            "20261123081200",
            "46349.341666666667",
            "1795392720",
            "1795392720000",
        ] {
            check(text, "2026-11-23T08:12:00+08:00");
        }
        for text in ["2026-11-23", "2026/11/23", "2026.11.23", "2026年11月23日", "20261123", "46349"] {
            check(text, "2026-11-23T00:00:00+08:00");
        }
        for text in
            ["11/23/2026", "2026-13-01", "2026-02-30 10:00", "昨天", "8:12", "12", "1.5", "2026-11-23 25:00", "", "."]
        {
            check(text, "");
        }
    }
}
