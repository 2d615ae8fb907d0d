//! Making the trace (痕迹) by which a case is compared.

use crate::case::{Location, Place, PlaceKind, Prediction, Segmented, Trace, fnv};

/// Buckets into which pairs of letters are hashed.
pub const BUCKETS: usize = 1 << 17;
/// A component of a vector of length 1 that is kept exactly; larger ones are cut.
const REACH: f32 = 0.5;
/// Categories and places kept.
const CATEGORIES: usize = 5;
const PLACES: usize = 12;

/// The trace of a text that was read and judged, without time, caller and number.
pub fn trace(text: &Segmented, prediction: &Prediction, location: Option<&Location>) -> Trace {
    let place = location.and_then(|location| location.place.as_deref()).map(core);
    let mut places: Vec<String> = place.iter().cloned().collect();
    for named in text.places.iter().filter(|place| is_somewhere(place)).map(|place| core(&place.text)) {
        if named.chars().count() >= 2 && !places.contains(&named) && places.len() < PLACES {
            places.push(named);
        }
    }
    Trace {
        categories: prediction.categories.iter().take(CATEGORIES).cloned().collect(),
        district: location.and_then(|location| location.district.clone()),
        areas: areas(text),
        place,
        places,
        numbers: numbers(&text.text),
        grams: grams(&text.text),
        embedding: prediction
            .embedding
            .iter()
            .map(|x| (x / REACH * 127.0).round().clamp(-127.0, 127.0) as i8)
            .collect(),
        ..Trace::default()
    }
}

/// Cities, districts and counties named: by the gazetteer, and as public boards anonymise them (A市, A3区, K县).
fn areas(text: &Segmented) -> Vec<String> {
    let named = text.places.iter().filter(|place| !is_somewhere(place));
    let mut areas: Vec<String> = named.map(|place| place.name.clone().unwrap_or_else(|| place.text.clone())).collect();
    let letters: Vec<char> = text.text.chars().collect();
    for (at, _) in letters.iter().enumerate().filter(|(_, c)| c.is_ascii_uppercase()) {
        let digits = letters[at + 1..].iter().take_while(|c| c.is_ascii_digit()).count();
        let begins = at == 0 || !letters[at - 1].is_ascii_alphanumeric();
        if begins && digits <= 2 && letters.get(at + 1 + digits).is_some_and(|c| "市区县".contains(*c)) {
            areas.push(letters[at..=at + 1 + digits].iter().collect());
        }
    }
    areas.sort_unstable();
    areas.dedup();
    areas.truncate(PLACES);
    areas
}

fn is_somewhere(place: &Place) -> bool {
    !matches!(place.kind, PlaceKind::City | PlaceKind::District)
}

/// A place without the province, city and district before it: 襄阳市樊城区长虹路 and 樊城长虹路 are one road.
fn core(place: &str) -> String {
    let mut rest = place;
    for (ending, longest) in [("省", 4), ("市", 5), ("区", 5), ("县", 5)] {
        let found = rest.char_indices().take(longest + 1).find(|(_, c)| ending.starts_with(*c));
        if let Some((at, _)) = found.filter(|(at, _)| *at > 0) {
            let after = &rest[at + ending.len()..];
            // 小区 and 社区 end names of estates.
            let is_estate = rest[..at].ends_with(['小', '社', '园']);
            if after.chars().count() >= 2 && !is_estate {
                rest = after;
            }
        }
    }
    rest.to_owned()
}

/// Pairs of letters that follow each other, as buckets, ascending, each once.
pub fn grams(text: &str) -> Vec<u32> {
    let letters: Vec<char> = text.chars().collect();
    let pairs = letters.windows(2).filter(|pair| pair.iter().all(|c| c.is_alphanumeric()));
    let mut buckets: Vec<u32> = pairs.map(|pair| bucket(pair[0], pair[1])).collect();
    buckets.sort_unstable();
    buckets.dedup();
    buckets
}

fn bucket(first: char, second: char) -> u32 {
    let hash = fnv([first, second].into_iter().flat_map(|c| u32::from(c.to_ascii_lowercase()).to_le_bytes()));
    ((hash ^ (hash >> 32)) as u32) & (BUCKETS as u32 - 1)
}

/// Numbers that tell one building, line or phase from another.
fn numbers(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().map(digit).collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        let length = letters[at..].iter().take_while(|c| c.is_ascii_digit()).count();
        if length == 0 {
            at += 1;
            continue;
        }
        let kind = match letters.get(at + length) {
            Some('栋' | '幢' | '#') => Some('栋'),
            Some('号') if letters.get(at + length + 1) == Some(&'楼') => Some('栋'),
            Some('路') => Some('路'),
            Some('期') => Some('期'),
            _ => None,
        };
        if let Some(kind) = kind {
            let number: String = letters[at..at + length].iter().chain(std::iter::once(&kind)).collect();
            if !found.contains(&number) {
                found.push(number);
            }
        }
        at += length;
    }
    found
}

/// Chinese digits as Arabic ones; 十 alone is no digit, so 十二栋 reads 2栋 on both sides alike.
fn digit(c: char) -> char {
    let place = "零一二三四五六七八九".chars().position(|digit| digit == c);
    place.and_then(|value| char::from_digit(value as u32, 10)).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_loses_what_stands_before_it() {
        for (place, want) in [
            ("襄阳市樊城区长虹路", "长虹路"),
            ("长虹路", "长虹路"),
            ("A3区梅溪湖", "梅溪湖"),
            ("阳光小区二期", "阳光小区二期"),
            ("湖北省襄阳市谷城县城关镇", "城关镇"),
            ("市民公园", "市民公园"),
        ] {
            assert_eq!(core(place), want, "{place}");
        }
    }

    #[test]
    fn buildings_lines_and_phases_are_found() {
        assert_eq!(numbers("云锦苑3栋和四号楼，102路公交，二期，第5天"), ["3栋", "4栋", "102路", "2期"]);
        assert!(numbers("十月一号给100元").is_empty());
    }
}
