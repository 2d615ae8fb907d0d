//! Face: documents printed — Markdown, one HTML file, DOCX as official papers are set (GB/T 9704—2012), XLSX with every
//! sentence beside its query. The same document gives the same bytes.

pub mod archive;
mod chart;
mod docx;
mod html;
mod markdown;
mod package;
mod picture;
mod xlsx;

use crate::case::document::{Document, Part, Picture, Sentence};
use crate::error::{Error, Result};

pub use self::html::STYLE as HTML_STYLE;

/// 材料的格式。
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Print {
    Markdown,
    Html,
    Docx,
    Xlsx,
}

impl Print {
    pub const ALL: [Print; 4] = [Print::Markdown, Print::Html, Print::Docx, Print::Xlsx];

    /// On the wire and as the ending of a file.
    pub fn code(self) -> &'static str {
        match self {
            Print::Markdown => "md",
            Print::Html => "html",
            Print::Docx => "docx",
            Print::Xlsx => "xlsx",
        }
    }

    pub fn called(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|print| print.code().eq_ignore_ascii_case(code))
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Print::Markdown => "text/markdown; charset=utf-8",
            Print::Html => "text/html; charset=utf-8",
            Print::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Print::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// Prints a document. `address` is where the service is found, such as `http://127.0.0.1:8345`, or empty for links of the
/// service itself: numbers then lead to their cases; without it a file stands alone.
pub fn print(document: &Document, print: Print, address: Option<&str>) -> Result<Vec<u8>> {
    match print {
        Print::Markdown => Ok(markdown::print(document).into_bytes()),
        Print::Html => Ok(html::print(document, address).into_bytes()),
        Print::Docx => docx::print(document),
        Print::Xlsx => xlsx::print(document),
    }
}

/// 一 to 九十九.
fn numeral(number: usize) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let (tens, ones) = (number / 10 % 10, number % 10);
    match tens {
        0 => DIGITS[ones].to_owned(),
        1 => format!("十{}", DIGITS[ones]),
        tens => format!("{}十{}", DIGITS[tens], DIGITS[ones]),
    }
}

/// The numbers of a sentence's sources, each once, in the order they are told.
fn marks(sentence: &Sentence) -> Vec<usize> {
    let mut marks = Vec::new();
    for figure in sentence.figures() {
        if !marks.contains(&figure.source()) {
            marks.push(figure.source());
        }
    }
    marks
}

/// The one source of a table or picture, for its caption.
fn source_of<'a>(parts: impl IntoIterator<Item = &'a Part>) -> Option<usize> {
    parts.into_iter().find_map(|part| part.figure().map(crate::case::document::Figure::source))
}

/// What stands under the title: number, edition.
fn under_title(document: &Document) -> String {
    let parts = [document.number.clone(), Some(document.edition.name().to_owned())];
    parts.into_iter().flatten().collect::<Vec<_>>().join("　")
}

fn date(document: &Document) -> String {
    document.dated.format("%Y年%-m月%-d日").to_string()
}

/// A picture as rows: what each is called, and its numbers as they are written.
fn rows(picture: &Picture) -> Vec<Vec<&str>> {
    let point =
        |at: usize| picture.series.iter().map(move |series| series.points.get(at).map_or("", |point| point.shown()));
    let rows = picture.names.iter().enumerate();
    rows.map(|(at, name)| std::iter::once(name.text()).chain(point(at)).collect()).collect()
}

fn unprintable(what: &str) -> Error {
    Error::internal(format!("材料写不成 {what}"), format!("the document cannot be written as {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numerals_are_chinese() {
        let told: Vec<String> = [1, 9, 10, 11, 20, 21, 99].into_iter().map(numeral).collect();
        assert_eq!(told, ["一", "九", "十", "十一", "二十", "二十一", "九十九"]);
    }
}
