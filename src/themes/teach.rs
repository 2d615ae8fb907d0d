//! What a frame teaches by its own words: the texts from which a mapping learns before anything is confirmed.

use crate::case::Frame;

/// Where a sentence ends, and where a phrase does.
const ENDS: &[char] = &['。', '；', ';', '！', '!', '？', '?', '\n'];
const PAUSES: &[char] = &['、', '，', ',', '：', ':', '（', '）', '(', ')'];

/// Each code with a text of its: name and description as they stand, and their phrases alone, since 班次少、等得久、挤不上车
/// names three things that people say one at a time. A sentence that sends to another code (电子站牌归 T06) is left out
/// of the phrases.
pub fn lessons(frame: &Frame) -> Vec<(String, String)> {
    let codes: Vec<&str> = frame
        .themes
        .iter()
        .flat_map(|theme| theme.sub.iter().map(|sub| &sub.code).chain(std::iter::once(&theme.code)))
        .map(String::as_str)
        .collect();
    let mut lessons = Vec::new();
    let mut teach = |code: &str, name: &str, description: &str| {
        let mut texts: Vec<&str> = [name, description].into_iter().filter(|text| !text.is_empty()).collect();
        for phrase in [name, description].into_iter().flat_map(|text| phrases(text, &codes)) {
            if !texts.contains(&phrase) {
                texts.push(phrase);
            }
        }
        lessons.extend(texts.into_iter().map(|text| (code.to_owned(), text.to_owned())));
    };
    for theme in &frame.themes {
        teach(&theme.code, &theme.name, &theme.description);
        theme.sub.iter().for_each(|sub| teach(&sub.code, &sub.name, &sub.description));
    }
    lessons
}

/// The phrases of two letters or more in the sentences that name no code.
fn phrases<'a>(text: &'a str, codes: &[&str]) -> Vec<&'a str> {
    let sentences = text.split(ENDS).filter(|sentence| !codes.iter().any(|code| sentence.contains(code)));
    let phrases = sentences.flat_map(|sentence| sentence.split(PAUSES)).map(|phrase| {
        phrase.trim_matches(|c: char| c.is_whitespace() || c.is_ascii_punctuation() || matches!(c, '“' | '”' | '…'))
    });
    phrases.filter(|phrase| phrase.chars().count() >= 2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{SubTheme, Theme};

    #[test]
    fn phrases_are_taught_alone_and_borders_are_not() {
        let sub = SubTheme {
            code: "T05a".into(),
            name: "站点远、撤站".into(),
            description: "走到车站要多久".into(),
            ..SubTheme::default()
        };
        let theme = Theme {
            code: "T05".into(),
            name: "站点".into(),
            description: "站设在哪里，站台好不好用；电子站牌归 T06".into(),
            sub: vec![sub],
            ..Theme::default()
        };
        let next = Theme { code: "T06".into(), name: "到站信息".into(), ..Theme::default() };
        let frame = Frame { themes: vec![theme, next], ..crate::themes::empty_frame() };
        let lessons = lessons(&frame);
        let of = |code: &str| -> Vec<&str> {
            lessons.iter().filter(|(other, _)| other == code).map(|(_, text)| text.as_str()).collect()
        };
        assert_eq!(of("T05"), ["站点", "站设在哪里，站台好不好用；电子站牌归 T06", "站设在哪里", "站台好不好用"]);
        assert_eq!(of("T05a"), ["站点远、撤站", "走到车站要多久", "站点远", "撤站"]);
        assert_eq!(of("T06"), ["到站信息"]);
    }
}
