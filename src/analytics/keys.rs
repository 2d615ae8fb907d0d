//! Keys: what rows are counted by, as small numbers, one for each row.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Datelike, FixedOffset, Timelike};
use polars::prelude::*;

use super::frame::{broken, day_number, month_number};
use super::{Dimension, Value, column};
use crate::error::Result;

/// The key of what lacks a code; the keys of codes begin after it.
const LACKING: u32 = 0;
/// 1970 began on a Thursday, three days after Monday.
const AFTER_MONDAY: i32 = 3;

/// One key for each row.
pub struct Keys {
    of: Vec<u32>,
    means: Means,
}

/// What a key stands for.
enum Means {
    /// So many after the first number.
    Number {
        first: i32,
    },
    Code(Arc<CategoricalMapping>),
}

impl Keys {
    pub fn value(&self, key: u32) -> Value {
        match &self.means {
            Means::Number { first } => Value::Number(first + key as i32),
            Means::Code(_) if key == LACKING => Value::Lacking,
            Means::Code(codes) => codes.cat_to_str(key - 1).map_or(Value::Lacking, |code| Value::Code(code.to_owned())),
        }
    }

    /// The keys there are, and how many rows have each.
    pub fn counts(&self) -> Vec<(u32, u32)> {
        let mut counts = vec![0u32; self.of.iter().max().map_or(0, |most| *most as usize + 1)];
        self.of.iter().for_each(|key| counts[*key as usize] += 1);
        (0..).zip(counts).filter(|(_, count)| *count > 0).collect()
    }

    /// For each row the place of its key.
    pub fn placed(self, places: &BTreeMap<u32, u32>) -> Vec<u32> {
        let mut table = vec![0u32; places.last_key_value().map_or(0, |(most, _)| *most as usize + 1)];
        places.iter().for_each(|(key, place)| table[*key as usize] = *place);
        let mut of = self.of;
        of.iter_mut().for_each(|key| *key = table[*key as usize]);
        of
    }
}

/// The columns that a dimension is made of.
pub fn columns(by: Dimension) -> &'static [&'static str] {
    match by {
        Dimension::Hour => &[column::DAY, column::HOUR],
        Dimension::Day | Dimension::Week | Dimension::Weekday => &[column::DAY],
        Dimension::Month => &[column::MONTH],
        Dimension::HourOfDay => &[column::HOUR],
        Dimension::Domain => &[column::DOMAIN],
        Dimension::Category => &[column::CATEGORY],
        Dimension::Petition => &[column::PETITION],
        Dimension::Department => &[column::DEPARTMENT],
        Dimension::District => &[column::DISTRICT],
        Dimension::Street => &[column::STREET],
        Dimension::Community => &[column::COMMUNITY],
        Dimension::Channel => &[column::CHANNEL],
        Dimension::Urgency => &[column::URGENCY],
        Dimension::Status => &[column::STATUS],
        Dimension::Issue => &[column::ISSUE],
    }
}

/// The keys of rows that have these columns.
pub fn keys(rows: &DataFrame, by: Dimension) -> Result<Keys> {
    let each =
        |name: &str, number: fn(i32) -> i32| Ok(numbered(numbers(rows, name)?.into_iter().map(number).collect()));
    match by {
        Dimension::Hour => {
            let both = numbers(rows, column::DAY)?.into_iter().zip(numbers(rows, column::HOUR)?);
            Ok(numbered(both.map(|(day, hour)| day * 24 + hour).collect()))
        }
        Dimension::Day => each(column::DAY, |day| day),
        Dimension::Week => each(column::DAY, monday),
        Dimension::Weekday => each(column::DAY, |day| day - monday(day) + 1),
        Dimension::Month => each(column::MONTH, |month| month),
        Dimension::HourOfDay => each(column::HOUR, |hour| hour),
        _ => coded(rows, columns(by)[0]),
    }
}

/// A column of numbers without gaps.
fn numbers(rows: &DataFrame, name: &str) -> Result<Vec<i32>> {
    let column = rows.column(name).and_then(|column| column.i32()).map_err(broken)?;
    let mut numbers = Vec::with_capacity(column.len());
    column.downcast_iter().for_each(|chunk| numbers.extend_from_slice(chunk.values()));
    Ok(numbers)
}

/// The number of the time in which a moment lies; of dimensions that run.
pub fn bucket(by: Dimension, at: DateTime<FixedOffset>, offset: FixedOffset) -> i32 {
    let at = at.with_timezone(&offset);
    let day = day_number(at.date_naive());
    match by {
        Dimension::Hour => day.saturating_mul(24).saturating_add(at.hour() as i32),
        Dimension::Week => monday(day),
        Dimension::Month => month_number(at.date_naive()),
        Dimension::Weekday => at.weekday().number_from_monday() as i32,
        Dimension::HourOfDay => at.hour() as i32,
        _ => day,
    }
}

fn monday(day: i32) -> i32 {
    day - (day + AFTER_MONDAY).rem_euclid(7)
}

fn numbered(numbers: Vec<i32>) -> Keys {
    let first = numbers.iter().min().copied().unwrap_or(0);
    Keys { of: numbers.into_iter().map(|number| (number - first) as u32).collect(), means: Means::Number { first } }
}

fn coded(rows: &DataFrame, name: &str) -> Result<Keys> {
    let codes = rows.column(name).and_then(|column| column.cat32()).map_err(broken)?;
    let mut of = Vec::with_capacity(codes.physical().len());
    for chunk in codes.physical().downcast_iter() {
        match chunk.validity() {
            None => of.extend(chunk.values().iter().map(|code| code + 1)),
            Some(_) => of.extend(chunk.iter().map(|code| code.map_or(LACKING, |code| *code + 1))),
        }
    }
    Ok(Keys { of, means: Means::Code(Arc::clone(codes.get_mapping())) })
}
