//! One row, read field by field; every mistake in it is noted.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset};

use super::super::columns::Field;
use super::super::yes_or_no;
use super::times;
use crate::case::{ComplaintText, Head};
use crate::error::Saying;

pub(super) struct Cells<'a> {
    places: &'a BTreeMap<Field, usize>,
    cells: &'a [String],
    found: Vec<(&'static str, Saying)>,
}

/// What stands in a reporter's cell when nobody is named, or nobody in particular.
const NOBODY: [&str; 14] = [
    "匿名",
    "匿名用户",
    "匿名举报",
    "无",
    "未知",
    "不详",
    "保密",
    "拒绝提供",
    "不愿透露",
    "空",
    "null",
    "none",
    "n/a",
    "0",
];
/// Forms of address: 王先生 is many people.
const ADDRESSES: [&str; 8] = ["先生", "女士", "小姐", "同志", "师傅", "阿姨", "大爷", "大妈"];

impl<'a> Cells<'a> {
    pub(super) fn of(places: &'a BTreeMap<Field, usize>, cells: &'a [String]) -> Self {
        Self { places, cells, found: Vec::new() }
    }

    /// The mistakes: where, and what to do.
    pub(super) fn finish(self) -> Vec<(&'static str, Saying)> {
        self.found
    }

    fn wrong(&mut self, pointer: &'static str, zh: impl Into<String>, en: impl Into<String>) {
        self.found.push((pointer, Saying::new(zh, en)));
    }

    /// The trimmed cell, if the field has a column and the cell is not blank.
    fn cell(&self, field: Field) -> Option<&'a str> {
        let cell = self.cells.get(*self.places.get(&field)?)?.trim();
        (!cell.is_empty()).then_some(cell)
    }

    /// The complaint's own words.
    pub(super) fn words(&mut self) -> Option<ComplaintText> {
        let text = self.cell(Field::Text).unwrap_or_default();
        match ComplaintText::parse(text) {
            Ok(text) => Some(text),
            Err(_) if text.is_empty() => {
                self.wrong(
                    "/text",
                    "正文为空：请补上，或删去这一行",
                    "the text is empty: fill it in or delete the line",
                );
                None
            }
            Err(error) => {
                self.wrong("/text", error.saying.zh, error.saying.en);
                None
            }
        }
    }

    /// A text of at most `longest` characters.
    pub(super) fn text(&mut self, field: Field, pointer: &'static str, longest: usize) -> Option<String> {
        let text = self.cell(field)?;
        if text.chars().count() <= longest {
            return Some(text.to_owned());
        }
        self.wrong(
            pointer,
            format!("超过 {longest} 字：请缩短，或不读这一列"),
            format!("longer than {longest} characters: shorten it, or ignore the column"),
        );
        None
    }

    /// A time; without an offset of its own, of `offset`.
    pub(super) fn time(
        &mut self,
        field: Field,
        pointer: &'static str,
        offset: FixedOffset,
    ) -> Option<DateTime<FixedOffset>> {
        let time = times::moment(self.cell(field)?, offset);
        if time.is_none() {
            self.wrong(
                pointer,
                "时间看不懂：请写成 2026-11-23 08:12:00",
                "the time is not understood: write it as 2026-11-23 08:12:00",
            );
        }
        time
    }

    /// A number in ±`most` degrees.
    fn degrees(&mut self, text: &str, pointer: &'static str, most: f64) -> Option<f64> {
        let number = text.trim().parse::<f64>().ok().filter(|number| number.abs() <= most);
        if number.is_none() {
            self.wrong(
                pointer,
                format!("须为 -{most} 到 {most} 的度数"),
                format!("must be degrees from -{most} to {most}"),
            );
        }
        number
    }

    /// Longitude and latitude; both may stand in one cell, as `119.97,31.81`.
    pub(super) fn point(&mut self) -> (Option<f64>, Option<f64>) {
        let (lng, lat) = match (self.cell(Field::Lng), self.cell(Field::Lat)) {
            (Some(both), None) => match both.split_once([',', '，', ' ', ';']) {
                Some((lng, lat)) => (Some(lng), Some(lat)),
                None => (Some(both), None),
            },
            apart => apart,
        };
        let lng = lng.and_then(|lng| self.degrees(lng, "/location/lng", 180.0));
        (lng, lat.and_then(|lat| self.degrees(lat, "/location/lat", 90.0)))
    }

    pub(super) fn area_code(&mut self) -> Option<String> {
        let code = self.cell(Field::AreaCode)?;
        if (6..=12).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(code.to_owned());
        }
        self.wrong(
            "/location/area_code",
            "须为 6 到 12 位数字的行政区划代码；若是地名，请不读这一列（area_code=）",
            "must be an area code of 6 to 12 digits; if it is a name, ignore the column (area_code=)",
        );
        None
    }

    /// What the sender knows already: that the reporter needs protection.
    pub(super) fn flags(&mut self) -> Vec<String> {
        let Some(cell) = self.cell(Field::Label(Head::Protect)) else { return Vec::new() };
        let protect = yes_or_no(cell);
        if protect.is_none() {
            self.wrong(
                "/flags",
                "举报人保护一列只能是 是/否 或 true/false；不是这个意思请不读这一列（info_protect=）",
                "protection must be true or false; if the column means another thing, ignore it (info_protect=)",
            );
        }
        protect.filter(|protect| *protect).map(|_| "info_protect".to_owned()).into_iter().collect()
    }

    /// Who called, in one spelling; none where the cell names nobody in particular, since all whom it could mean would
    /// count as one.
    pub(super) fn reporter(&self) -> Option<String> {
        let spelt: String = self.cell(Field::Reporter)?.chars().filter_map(plain).collect();
        let spelt = spelt.to_lowercase();
        let number = spelt.strip_prefix('+').unwrap_or(&spelt);
        let mobile = number.strip_prefix("86").filter(|rest| rest.len() == 11 && rest.starts_with('1'));
        let known = mobile.unwrap_or(number);
        let hidden = known.contains(['*', '×', '＊']) || known.chars().all(|c| !c.is_alphanumeric());
        let nobody = NOBODY.contains(&known) || ADDRESSES.iter().any(|address| known.ends_with(address));
        (!hidden && !nobody).then(|| known.to_owned())
    }
}

/// The character as ASCII where it is a wide form of it; nothing for what may part the digits of a number.
fn plain(c: char) -> Option<char> {
    let c = match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        c => c,
    };
    let parting = c.is_whitespace() || matches!(c, '-' | '(' | ')' | '\'' | '\u{2013}' | '\u{2014}');
    (!parting).then_some(c)
}
