//! The scene (事发地): of all places named in a text, the one where it happened.
//!
//! Places that touch make one address (樊城区 + 长虹路 + 世纪云邸). The address that says most precisely where wins;
//! the words before it (位于, 地址, 家住) and its being told early count too; a body that is addressed (区政府, 住建局)
//! counts less.

use super::{ends_with_any, starts_with_any};
use crate::case::{Location, LocationSource, Place, PlaceKind, Segmented, Span};

/// Where it happened, or nothing when the text names no place.
pub fn scene(read: &Segmented) -> Option<Location> {
    let chars: Vec<char> = read.text.chars().collect();
    let title = chars.iter().position(|&c| c == '\n').unwrap_or(0);
    let addresses = addresses(read, &chars);
    let best = addresses.iter().enumerate().max_by(|(i, a), (j, b)| {
        let (a, b) = (a.weight(*i, title, &chars), b.weight(*j, title, &chars));
        a.total_cmp(&b).then(j.cmp(i))
    })?;
    Some(location(read, &chars, best.1))
}

/// Places that touch, in the masked text.
struct Address<'r> {
    places: &'r [Place],
    span: Span,
}

fn addresses<'r>(read: &'r Segmented, chars: &[char]) -> Vec<Address<'r>> {
    let spans: Vec<Span> = read.places.iter().map(|place| in_masked_text(read, place.span)).collect();
    let mut found = Vec::new();
    let mut first = 0;
    for i in 0..spans.len() {
        let joined = spans.get(i + 1).is_some_and(|next| {
            next.start == spans[i].end || next.start == spans[i].end + 1 && chars.get(spans[i].end) == Some(&' ')
        });
        if !joined {
            found.push(Address {
                places: &read.places[first..=i],
                span: Span { start: spans[first].start, end: spans[i].end },
            });
            first = i + 1;
        }
    }
    found
}

/// Starts never decrease in `origin`, so a submitted offset is found by halving.
fn in_masked_text(read: &Segmented, span: Span) -> Span {
    let start = read.origin.partition_point(|origin| origin.start < span.start);
    let end = read.origin.partition_point(|origin| origin.start < span.end);
    Span { start, end }
}

impl Address<'_> {
    /// `rank`: how many were named before it; `title`: where the first line ends, if there are several. Tuned by hand on the project's corpus and on real messages; flat around these values.
    fn weight(&self, rank: usize, title: usize, chars: &[char]) -> f64 {
        let precise = self.places.iter().map(precision).fold(0.0, f64::max);
        let breadth = 0.5 * (self.places.len() - 1) as f64;
        let listed = if self.places.iter().any(|place| place.listed) { 0.3 } else { 0.0 };
        let titled = if self.span.start < title { 0.8 } else { 0.0 };
        let late = (0.5 * rank as f64).min(2.0);
        precise + breadth + listed + titled - late + self.announced(chars) - self.addressed(chars)
    }

    /// 位于, 地址：, 家住 before it.
    fn announced(&self, chars: &[char]) -> f64 {
        let before: String = chars[self.span.start.saturating_sub(4)..self.span.start].iter().collect();
        let before = before.trim_end_matches([' ', ':', '：', '，']);
        match () {
            () if ends_with_any(before, "地址 地址是 地点 坐落于 坐落") => 1.5,
            () if ends_with_any(before, "住 在 我是 于 地处") => 0.6,
            () => 0.0,
        }
    }

    /// 政府, 领导 right after it: who is written to, not where it is.
    fn addressed(&self, chars: &[char]) -> f64 {
        let after: String = chars[self.span.end..chars.len().min(self.span.end + 4)].iter().collect();
        let bodies = "政府 人民政府 领导 市长 书记 县长 区长 住建 城管 公安 交警 人民法院 信访";
        if starts_with_any(&after, bodies) { 1.2 } else { 0.0 }
    }
}

fn precision(place: &Place) -> f64 {
    let office = place.text.ends_with(['局', '所']) || place.text.ends_with("中心") || place.text.ends_with("法院");
    match place.kind {
        PlaceKind::Poi if office && !place.listed => 2.4,
        PlaceKind::Estate | PlaceKind::Crossing => 4.0,
        PlaceKind::School | PlaceKind::Hospital | PlaceKind::Poi | PlaceKind::Firm => 3.6,
        PlaceKind::Village | PlaceKind::Community | PlaceKind::Road => 3.4,
        PlaceKind::Street => 3.0,
        PlaceKind::District => 2.2,
        PlaceKind::City => 1.6,
    }
}

fn location(read: &Segmented, chars: &[char], address: &Address) -> Location {
    let end = address.span.end + tail_length(&chars[address.span.end..]);
    let span = Span { start: address.span.start, end };
    let submitted = read.submitted(span);
    let told = |pick: fn(&Place) -> Option<&String>| address.places.iter().rev().find_map(pick).cloned();
    let district = told(|place| place.district.as_ref());
    let elsewhere = address.places.iter().any(|place| place.kind == PlaceKind::City && !place.listed);
    let only = if elsewhere || district.is_some() { None } else { only_district(&read.places) };
    Location {
        area_code: told(|place| place.area_code.as_ref()).or(only.and_then(|place| place.area_code.clone())),
        district: district.or(only.and_then(|place| place.district.clone())),
        street: told(|place| place.street.as_ref()),
        place: Some(chars[span.start..span.end].iter().collect()),
        source: LocationSource::Text,
        start: Some(submitted.start),
        end: Some(submitted.end),
    }
}

/// A place of the one district that the whole text names, if it names one only.
fn only_district(places: &[Place]) -> Option<&Place> {
    let mut named = places.iter().filter(|place| place.district.is_some());
    let first = named.next()?;
    named.all(|other| other.district == first.district).then_some(first)
}

/// 12号, 7栋, 二期, 附近 after a place still say where.
fn tail_length(after: &[char]) -> usize {
    let number =
        after.iter().take_while(|c| c.is_ascii_alphanumeric() || "一二三四五六七八九十".contains(**c)).take(4).count();
    let rest: String = after[number..].iter().take(2).collect();
    let unit = match () {
        () if number > 0 && rest.starts_with("号楼") => 2,
        () if number > 0 && rest.starts_with(['号', '栋', '幢', '期', '组', '座', '区']) => 1,
        () => 0,
    };
    let taken = if unit > 0 { number + unit } else { 0 };
    let near: String = after[taken..].iter().take(2).collect();
    taken + if near == "附近" { 2 } else { 0 }
}
