//! Working days: weekdays, less holidays (法定节假日), with the weekend days worked for them (调休).

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, Weekday};
use serde::Deserialize;

use crate::taxonomy::sheet::{Entry, Sheet};

/// The longest holiday taken; anything longer is a slip of the pen.
const LONGEST: i64 = 40;

/// Which days are worked.
#[derive(Debug, Clone, Default)]
pub struct Calendar {
    /// The years that are known, and whether they were verified.
    years: BTreeMap<i32, bool>,
    /// Days off, and what for.
    off: BTreeMap<NaiveDate, String>,
    /// Weekend days worked, and what for.
    worked: BTreeMap<NaiveDate, String>,
}

/// A year that is known.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Year {
    year: i32,
    /// The notice it rests on.
    source: String,
    /// Compared with the notice's text.
    verified: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Holiday {
    name: String,
    from: NaiveDate,
    /// Included.
    to: NaiveDate,
    /// Weekend days worked instead.
    #[serde(default)]
    work: Vec<NaiveDate>,
}

impl Calendar {
    pub fn is_worked(&self, day: NaiveDate) -> bool {
        self.worked.contains_key(&day) || (!is_weekend(day) && !self.off.contains_key(&day))
    }

    /// The holiday that a day is off for, or that a weekend day is worked for.
    pub fn holiday(&self, day: NaiveDate) -> Option<&str> {
        self.off.get(&day).or_else(|| self.worked.get(&day)).map(String::as_str)
    }

    /// The `count`-th working day after `day`; `day` itself for 0.
    pub fn after(&self, day: NaiveDate, count: u32) -> NaiveDate {
        let mut worked = day.iter_days().skip(1).filter(|day| self.is_worked(*day));
        match count.checked_sub(1) {
            Some(before) => worked.nth(before as usize).unwrap_or(day),
            None => day,
        }
    }

    /// How many working days lie after `from`, up to and with `to`.
    pub fn between(&self, from: NaiveDate, to: NaiveDate) -> u32 {
        let days = from.iter_days().skip(1).take_while(|day| *day <= to);
        days.filter(|day| self.is_worked(*day)).map(|_| 1).sum()
    }

    /// The holidays (法定节假日) of which days lie from one day to another, in order; none where it does not know a year
    /// of these.
    pub fn holidays(&self, from: NaiveDate, to: NaiveDate) -> Option<Vec<String>> {
        if from > to || self.unknown(from, to).next().is_some() {
            return None;
        }
        let mut names: Vec<String> = Vec::new();
        for (_, name) in self.off.range(from..=to) {
            if names.last() != Some(name) {
                names.push(name.clone());
            }
        }
        Some(names)
    }

    /// The years it knows, in order, and whether each was compared with the notice.
    pub fn years(&self) -> impl Iterator<Item = (i32, bool)> {
        self.years.iter().map(|(year, verified)| (*year, *verified))
    }

    /// The years from one day to another that it does not know.
    pub fn unknown(&self, from: NaiveDate, to: NaiveDate) -> impl Iterator<Item = i32> {
        (from.year()..=to.year()).filter(|year| !self.years.contains_key(year))
    }
}

fn is_weekend(day: NaiveDate) -> bool {
    matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

/// The calendar; mistakes are left in the sheet.
pub(super) fn assemble(sheet: &mut Sheet) -> Option<Calendar> {
    sheet.only(&["version", "year", "holiday"]);
    let version = sheet.one::<String>("version");
    let mut calendar = Calendar::default();
    for year in sheet.all::<Year>("year") {
        let Year { year: number, source, verified } = &year.value;
        if source.trim().is_empty() {
            sheet.flaw(year.at("source"), "source 为空：请写明通知名称", "`source` is empty: name the notice");
        }
        if calendar.years.insert(*number, *verified).is_some() {
            sheet.flaw(year.at("year"), format!("{number} 年重复"), format!("the year {number} is there twice"));
        }
    }
    let holidays = sheet.all::<Holiday>("holiday");
    for holiday in &holidays {
        add(sheet, &mut calendar, holiday);
    }
    for holiday in &holidays {
        make_up(sheet, &mut calendar, holiday);
    }
    version.map(|_| calendar)
}

/// Takes up the days off.
fn add(sheet: &mut Sheet, calendar: &mut Calendar, holiday: &Entry<Holiday>) {
    let Holiday { name, from, to, .. } = &holiday.value;
    let length = (*to - *from).num_days() + 1;
    if !(1..=LONGEST).contains(&length) {
        let zh = format!("{name}：to 须不早于 from，且最多 {LONGEST} 天");
        sheet.flaw(holiday.at("to"), zh, format!("`to` must be from `from` on, {LONGEST} days at most"));
        return;
    }
    if [from, to].iter().all(|day| !calendar.years.contains_key(&day.year())) {
        let year = from.year();
        let zh = format!("{name}：{year} 年没有列在 [[year]] 中");
        sheet.flaw(holiday.at("from"), zh, format!("{year} is not listed under [[year]]"));
    }
    for day in from.iter_days().take_while(|day| day <= to) {
        if calendar.off.insert(day, name.clone()).is_some() {
            let zh = format!("{name}：{day} 已在另一假期中");
            sheet.flaw(holiday.at("from"), zh, format!("{day} is in another holiday already"));
        }
    }
}

/// Takes up the days worked instead, once all days off are known.
fn make_up(sheet: &mut Sheet, calendar: &mut Calendar, holiday: &Entry<Holiday>) {
    for (at, day) in holiday.value.work.iter().enumerate() {
        let place = holiday.at_item("work", at);
        if calendar.off.contains_key(day) {
            sheet.flaw(place, format!("{day} 是放假日，不能又上班"), format!("{day} is a day off"));
        } else if !is_weekend(*day) {
            sheet.flaw(place, format!("{day} 不是周六、周日，本来就上班"), format!("{day} is a weekday anyway"));
        } else if calendar.worked.insert(*day, holiday.value.name.clone()).is_some() {
            sheet.flaw(place, format!("{day} 重复"), format!("{day} is there twice"));
        }
    }
}
