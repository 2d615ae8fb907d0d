//! Markdown (CommonMark with tables): for wikis, mail and version control. Pictures are given as their tables.

use std::fmt::Write;

use super::{date, marks, numeral, rows, source_of, under_title};
use crate::case::document::{Block, Document, Part, Sentence, Table};

pub fn print(document: &Document) -> String {
    let mut out = format!("# {}\n\n", told(&document.title));
    for line in document.subtitle.iter().cloned().chain([under_title(document)]) {
        let _ = write!(out, "{}\n\n", told(&line));
    }
    for (number, section) in (1..).zip(&document.sections) {
        let _ = write!(out, "## {}、{}\n\n", numeral(number), told(&section.title));
        let mut headings = 0;
        for piece in &section.blocks {
            headings += usize::from(matches!(piece, Block::Heading(_)));
            block(&mut out, piece, headings);
        }
    }
    for line in document.issuer.iter().cloned().chain([date(document)]) {
        let _ = write!(out, "{}\n\n", told(&line));
    }
    out.push_str("## 说明\n\n");
    for note in &document.notes {
        let _ = writeln!(out, "- {}", told(note));
    }
    out.push_str("\n## 数据来源\n\n| 序号 | 内容 | 查询 | 答案 SHA-256 |\n|---:|---|---|---|\n");
    for source in &document.sources {
        let short: String = source.sha256.chars().take(12).collect();
        let _ = writeln!(out, "| {} | {} | `{}` | `{short}` |", source.number, told(&source.name), source.query);
    }
    let _ = write!(out, "\n输入摘要：`{}`\n", document.inputs);
    out
}

fn block(out: &mut String, block: &Block, heading: usize) {
    match block {
        Block::Heading(title) => _ = write!(out, "### （{}）{}\n\n", numeral(heading), told(title)),
        Block::Paragraph(sentences) => _ = write!(out, "{}\n\n", said(sentences)),
        Block::Points(points) => {
            for (number, point) in (1..).zip(points) {
                let _ = write!(out, "{number}. {}", said(&point.sentences));
                if let Some(rule) = &point.rule {
                    let _ = write!(out, "（条件：{}）", told(rule));
                }
                out.push('\n');
            }
            out.push('\n');
        }
        Block::Table(table) => self::table(out, table),
        Block::Picture(picture) => {
            let names = picture.series.iter().map(|series| series.name.as_str());
            let rows: Vec<Vec<String>> =
                rows(picture).iter().map(|row| row.iter().map(|cell| told(cell)).collect()).collect();
            let numbers = std::iter::once(false).chain(picture.series.iter().map(|_| true));
            let title = format!("{}（{}）", picture.title, picture.unit);
            let points = picture.series.iter().flat_map(|series| &series.points).next();
            let source = points.map(|point| point.source());
            grid(out, &title, source, std::iter::once("").chain(names).zip(numbers).collect(), &rows);
        }
        Block::Quote(quote) => {
            let said = quote.said.as_ref().map(|said| format!("——{}", told(&said.text()))).unwrap_or_default();
            let _ = write!(out, "> “{}”{said}{}\n\n", told(quote.words.shown()), cited(&[quote.words.source()]));
        }
    }
}

fn table(out: &mut String, table: &Table) {
    let columns = table.columns.iter().map(|column| (column.name.as_str(), column.number)).collect();
    let rows: Vec<Vec<String>> =
        table.rows.iter().map(|row| row.iter().map(|cell| told(cell.text())).collect()).collect();
    grid(out, &table.title, source_of(table.rows.iter().flatten()), columns, &rows);
    if let Some(note) = &table.note {
        let _ = write!(out, "{}\n\n", told(note));
    }
}

fn grid(out: &mut String, title: &str, source: Option<usize>, columns: Vec<(&str, bool)>, rows: &[Vec<String>]) {
    let marks: Vec<usize> = source.into_iter().collect();
    let _ = write!(out, "**{}**{}\n\n", told(title), cited(&marks));
    let names: Vec<String> = columns.iter().map(|(name, _)| told(name)).collect();
    let rules: Vec<&str> = columns.iter().map(|(_, number)| if *number { "---:" } else { "---" }).collect();
    let _ = write!(out, "| {} |\n|{}|\n", names.join(" | "), rules.join("|"));
    for row in rows {
        let _ = writeln!(out, "| {} |", row.join(" | "));
    }
    out.push('\n');
}

fn said(sentences: &[Sentence]) -> String {
    let one = |sentence: &Sentence| {
        let text: String = sentence.parts.iter().map(|part: &Part| told(part.text())).collect();
        format!("{text}{}", cited(&marks(sentence)))
    };
    sentences.iter().map(one).collect()
}

fn cited(marks: &[usize]) -> String {
    marks.iter().map(|mark| format!("\\[{mark}\\]")).collect()
}

/// With what Markdown would read as its own signs escaped.
fn told(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '\n' | '\r' => out.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' => out.extend(['\\', letter]),
            letter => out.push(letter),
        }
    }
    out
}
