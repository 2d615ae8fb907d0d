//! Places (地点): names of the gazetteer and shapes, put together, and told where in the city they lie.
//!
//! What touches a listed district lies in it. A name with several meanings (城关镇 lies in three counties) takes the one
//! in a district that the text names. A text about another city takes the gazetteer's word back: 建设路 is everywhere.

use super::gazetteer::Gazetteer;
use super::lexicon::Lexicon;
use super::shapes::{Found, Lined, Shapes};
use crate::case::{Place, PlaceKind, Segmented, Span};

/// Places of `read.text` in order, not overlapping.
pub fn places(read: &Segmented, gazetteer: &Gazetteer, shapes: &Shapes, lexicon: &Lexicon) -> Vec<Place> {
    let text = Lined::new(&read.text, &read.words, lexicon);
    let mut found = text.listed(gazetteer);
    text.areas(&mut found);
    shapes.find(&text, &mut found);
    join_crossings(&text, &mut found);
    settle(&mut found, &text, gazetteer);
    place_all(&found, &text, read, gazetteer)
}

/// 汉江路与长征路交叉口: two roads joined, with the word for their meeting, are one crossing.
fn join_crossings(text: &Lined, found: &mut Vec<Found>) {
    let mut joined: Vec<Found> = Vec::with_capacity(found.len());
    for &next in found.iter() {
        if let Some(last) = joined.last_mut() {
            let gap: String = text.slice(last.end.min(next.start), next.start);
            let roads =
                matches!(last.kind, PlaceKind::Road) && matches!(next.kind, PlaceKind::Road | PlaceKind::Crossing);
            if roads && matches!(gap.as_str(), "与" | "和" | "跟" | "及" | "、" | "同") {
                let mut end = next.end;
                let rest: String = text.slice(end, text.chars.len().min(end + 5));
                let meeting = [
                    "交叉路口",
                    "交叉口",
                    "交汇处",
                    "交界处",
                    "交汇口",
                    "十字路口",
                    "路口",
                    "转角",
                    "交汇",
                    "交叉",
                    "交界",
                    "口",
                ];
                let word = meeting.iter().find(|word| rest.trim_start_matches('的').starts_with(*word));
                if let Some(word) = word {
                    end += word.chars().count() + usize::from(rest.starts_with('的'));
                }
                if word.is_some() || next.kind == PlaceKind::Crossing {
                    *last = Found { end, kind: PlaceKind::Crossing, ..*last };
                    continue;
                }
            }
        }
        joined.push(next);
    }
    *found = joined;
}

/// Decides between the meanings of a name, and takes the gazetteer's word back where the text is about another city or
/// names other districts only.
fn settle(found: &mut [Found], text: &Lined, gazetteer: &Gazetteer) {
    let home = |f: &Found| {
        f.meaning.is_some_and(|m| gazetteer.within(m, PlaceKind::District).is_some() || gazetteer.is_home(m))
    };
    let is_area = |f: &Found| matches!(f.kind, PlaceKind::City | PlaceKind::District);
    let at_home = found.iter().any(|f| is_area(f) && home(f));
    let elsewhere = found.iter().any(|f| is_area(f) && !home(f) && !(f.listed && gazetteer.holds_home(f.meaning)));
    let mut told: Vec<usize> =
        found.iter().filter(|f| f.kind == PlaceKind::District).filter_map(|f| f.meaning).collect();
    told.sort_unstable();
    told.dedup();
    for f in found.iter_mut().filter(|f| f.listed && f.meaning.is_none()) {
        let name = text.slice(f.start, f.end);
        f.meaning = told.iter().find_map(|&district| gazetteer.named_in(&name, district));
    }
    let apart = |f: &Found| {
        let district = f.meaning.and_then(|m| gazetteer.within(m, PlaceKind::District));
        let names = |&m: &usize| district.is_some_and(|d| gazetteer.entry(m).name == d.name);
        district.is_some() && !told.is_empty() && !told.iter().any(names)
    };
    for f in found.iter_mut().filter(|f| !is_area(f)) {
        if elsewhere && !at_home || apart(f) {
            (f.meaning, f.listed) = (None, false);
        }
    }
}

fn place_all(found: &[Found], text: &Lined, read: &Segmented, gazetteer: &Gazetteer) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::with_capacity(found.len());
    let mut end = usize::MAX;
    for f in found {
        let entry = f.meaning.map(|m| gazetteer.entry(m));
        let above = |kind| f.meaning.and_then(|m| gazetteer.within(m, kind)).map(|e| e.name.clone());
        let written = text.slice(f.start, f.end);
        let before = places.last().filter(|_| f.start == end || f.start == end + 1 && text.chars[end] == ' ');
        let inherited = |pick: fn(&Place) -> &Option<String>| before.and_then(|place| pick(place).clone());
        let own_district = (f.kind == PlaceKind::District && !f.listed).then(|| written.clone());
        let own_street = (f.kind == PlaceKind::Street && !f.listed).then(|| written.clone());
        let district = above(PlaceKind::District).or_else(|| inherited(|p| &p.district)).or(own_district);
        let area_code = f.meaning.and_then(|m| gazetteer.area_code(m)).or_else(|| inherited(|p| &p.area_code));
        places.push(Place {
            kind: f.kind,
            span: read.submitted(Span { start: f.start, end: f.end }),
            name: entry.map(|e| e.name.clone()),
            area_code,
            district,
            street: above(PlaceKind::Street).or(own_street).or_else(|| inherited(|p| &p.street)),
            listed: f.listed && f.meaning.is_some(),
            text: written,
        });
        end = f.end;
    }
    places
}
