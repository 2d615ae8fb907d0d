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
    let told = addresses.iter().filter(|other| other.tells_more_than(best.1, &chars));
    let fullest = told.max_by_key(|other| other.span.end - other.span.start).unwrap_or(best.1);
    Some(location(read, &chars, fullest))
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
        let joined = spans.get(i + 1).is_some_and(|next| continues(&chars[spans[i].end..next.start.max(spans[i].end)]));
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

/// Whether what stands between two places leaves them one address: nothing, a number of a house (银杉路559号某小区), or a
/// word that joins two (某路与某路交汇处).
fn continues(between: &[char]) -> bool {
    let joins = |c: &char| " 与和".contains(*c);
    match between {
        [] => true,
        [one] if joins(one) => true,
        number => tail_length(number) == number.len(),
    }
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

    /// Whether it names the same place with more around it: 朱亭镇九丘坳村 after 朱亭镇. A title is often shorter than the
    /// letter.
    fn tells_more_than(&self, other: &Address, chars: &[char]) -> bool {
        let Some(core) = other.places.last().filter(|place| precision(place) >= precision_of(PlaceKind::Street)) else {
            return false;
        };
        let (mine, theirs) = (self.span.end - self.span.start, other.span.end - other.span.start);
        let text: String = chars[self.span.start..self.span.end].iter().collect();
        core.text.chars().count() >= 3 && mine > theirs && text.contains(core.text.as_str())
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
    let ends = |ending: &str| place.text.ends_with(ending);
    match place.kind {
        // Who is written to or complained of, more often than where it is.
        PlaceKind::Poi if !place.listed && ["局", "办事处", "法院"].into_iter().any(ends) => 1.5,
        PlaceKind::Poi if !place.listed && ["所", "中心"].into_iter().any(ends) => 2.4,
        kind => precision_of(kind),
    }
}

fn precision_of(kind: PlaceKind) -> f64 {
    match kind {
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
        community: address.places.iter().rev().find(|place| is_community(place)).map(|place| called(place).to_owned()),
        place: Some(chars[span.start..span.end].iter().collect()),
        source: LocationSource::Text,
        start: Some(submitted.start),
        end: Some(submitted.end),
    }
}

fn is_community(place: &Place) -> bool {
    matches!(place.kind, PlaceKind::Community | PlaceKind::Village | PlaceKind::Estate)
}

/// Its official name where the gazetteer knows it, so that one place has one name.
fn called(place: &Place) -> &str {
    place.name.as_deref().unwrap_or(&place.text)
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
    let near: String = after[taken..].iter().take(3).collect();
    let meets = ["交汇处", "交叉口", "交界处", "附近", "之间", "路口"];
    taken + meets.iter().find(|word| near.starts_with(**word)).map_or(0, |word| word.chars().count())
}
