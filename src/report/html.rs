//! One HTML file: no script, no other file, light and dark, fit for paper. Each sentence has small numbers that lead to the
//! query it came from; each number says its place in the answer, and leads to its cases where the service can be reached.

use std::fmt::Write;

use html_escape::encode_double_quoted_attribute as attribute;
use html_escape::encode_text as text;

use super::{date, marks, numeral, picture, rows, source_of, under_title};
use crate::case::document::{Block, Document, Figure, Part, Picture, Sentence, Table};

/// The style sheet, which stands in the file: a service that sends it must allow exactly this.
pub const STYLE: &str = include_str!("page.css");

pub fn print(document: &Document, address: Option<&str>) -> String {
    let page = Page { document, address };
    let title = text(&document.title);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <main>\n<header>\n<h1>{title}</h1>\n"
    );
    if let Some(subtitle) = &document.subtitle {
        let _ = writeln!(out, "<p class=\"subtitle\">{}</p>", text(subtitle));
    }
    let _ = writeln!(out, "<p class=\"number\">{}</p>\n</header>", text(&under_title(document)));
    let mut pictures = 0;
    for (number, section) in (1..).zip(&document.sections) {
        let _ = writeln!(out, "<section>\n<h2>{}、{}</h2>", numeral(number), text(&section.title));
        let mut headings = 0;
        for block in &section.blocks {
            headings += usize::from(matches!(block, Block::Heading(_)));
            pictures += usize::from(matches!(block, Block::Picture(_)));
            page.block(&mut out, block, headings, pictures);
        }
        out.push_str("</section>\n");
    }
    page.end(&mut out);
    out
}

struct Page<'a> {
    document: &'a Document,
    address: Option<&'a str>,
}

impl Page<'_> {
    fn block(&self, out: &mut String, block: &Block, heading: usize, number: usize) {
        match block {
            Block::Heading(title) => _ = writeln!(out, "<h3>（{}）{}</h3>", numeral(heading), text(title)),
            Block::Paragraph(sentences) => _ = writeln!(out, "<p>{}</p>", self.said(sentences)),
            Block::Points(points) => {
                out.push_str("<ol>\n");
                for point in points {
                    let rule = point.rule.as_ref().map(|rule| format!("<small>（条件：{}）</small>", text(rule)));
                    let _ = writeln!(out, "<li>{}{}</li>", self.said(&point.sentences), rule.unwrap_or_default());
                }
                out.push_str("</ol>\n");
            }
            Block::Table(table) => self.table(out, table),
            Block::Picture(picture) => self.picture(out, picture, number),
            Block::Quote(quote) => {
                let said = quote.said.as_ref().map(|said| format!("<footer>——{}</footer>", self.sentence(said)));
                let (words, mark) = (text(quote.words.shown()), cited(&[quote.words.source()]));
                let _ = writeln!(out, "<blockquote><p>“{words}”{mark}</p>{}</blockquote>", said.unwrap_or_default());
            }
        }
    }

    fn said(&self, sentences: &[Sentence]) -> String {
        sentences.iter().map(|sentence| format!("{}{}", self.sentence(sentence), cited(&marks(sentence)))).collect()
    }

    fn sentence(&self, sentence: &Sentence) -> String {
        sentence.parts.iter().map(|part| self.part(part)).collect()
    }

    fn part(&self, part: &Part) -> String {
        match part {
            Part::Words(words) => text(words).into_owned(),
            Part::Figure(figure) => self.figure(figure),
        }
    }

    fn figure(&self, figure: &Figure) -> String {
        let place = format!("来源 {} {}", figure.source(), figure.pointers().join(" "));
        let (shown, place) = (text(figure.shown()), attribute(&place).into_owned());
        match (figure.link(), self.address) {
            (Some(link), Some(address)) => {
                let page = link.replacen("/v1/complaints", "/cases", 1);
                format!(
                    "<a class=\"figure\" href=\"{}\" title=\"{place}\">{shown}</a>",
                    attribute(&format!("{address}{page}"))
                )
            }
            _ => format!("<span title=\"{place}\">{shown}</span>"),
        }
    }

    fn table(&self, out: &mut String, table: &Table) {
        let mark = source_of(table.rows.iter().flatten()).map(|mark| cited(&[mark])).unwrap_or_default();
        let _ =
            write!(out, "<div class=\"table\"><table>\n<caption>{}{mark}</caption>\n<thead><tr>", text(&table.title));
        for column in &table.columns {
            let class = if column.number { " class=\"n\"" } else { "" };
            let _ = write!(out, "<th scope=\"col\"{class}>{}</th>", text(&column.name));
        }
        out.push_str("</tr></thead>\n<tbody>\n");
        for row in &table.rows {
            out.push_str("<tr>");
            for (cell, column) in row.iter().zip(&table.columns) {
                let class = if column.number { " class=\"n\"" } else { "" };
                let _ = write!(out, "<td{class}>{}</td>", self.part(cell));
            }
            out.push_str("</tr>\n");
        }
        out.push_str("</tbody>\n</table></div>\n");
        if let Some(note) = &table.note {
            let _ = writeln!(out, "<p class=\"note\">{}</p>", text(note));
        }
    }

    fn picture(&self, out: &mut String, picture: &Picture, number: usize) {
        let points = picture.series.iter().flat_map(|series| &series.points).next();
        let mark = points.map(|point| cited(&[point.source()])).unwrap_or_default();
        let _ = writeln!(
            out,
            "<figure>\n{}<figcaption>图{number}　{}{mark}</figcaption>",
            picture::svg(picture),
            text(&picture.title)
        );
        let _ = write!(out, "<details><summary>图中数字</summary><div class=\"table\"><table><thead><tr><th></th>");
        for series in &picture.series {
            let _ = write!(out, "<th scope=\"col\" class=\"n\">{}</th>", text(&series.name));
        }
        out.push_str("</tr></thead><tbody>\n");
        for row in rows(picture) {
            let cells: String = row.iter().skip(1).map(|cell| format!("<td class=\"n\">{}</td>", text(cell))).collect();
            let _ = writeln!(out, "<tr><th scope=\"row\">{}</th>{cells}</tr>", text(row.first().unwrap_or(&"")));
        }
        out.push_str("</tbody></table></div></details>\n</figure>\n");
    }

    fn end(&self, out: &mut String) {
        out.push_str("<footer class=\"signed\">\n");
        for line in self.document.issuer.iter().cloned().chain([date(self.document)]) {
            let _ = writeln!(out, "<p>{}</p>", text(&line));
        }
        out.push_str("</footer>\n<section class=\"end\">\n<h2>说明</h2>\n<ul>\n");
        for note in &self.document.notes {
            let _ = writeln!(out, "<li>{}</li>", text(note));
        }
        out.push_str(
            "</ul>\n<h2>数据来源</h2>\n<div class=\"table\"><table>\n<thead><tr><th scope=\"col\" class=\"n\">序号</th>\
                      <th scope=\"col\">内容</th><th scope=\"col\">查询</th></tr></thead>\n<tbody>\n",
        );
        for source in &self.document.sources {
            let _ = writeln!(
                out,
                "<tr id=\"source-{0}\"><td class=\"n\">{0}</td><td>{1}</td><td><code title=\"SHA-256 {2}\">{3}</code></td></tr>",
                source.number,
                text(&source.name),
                source.sha256,
                text(&source.query)
            );
        }
        let _ = write!(
            out,
            "</tbody>\n</table></div>\n<p class=\"note\">输入摘要 SHA-256：<code>{}</code></p>\n",
            self.document.inputs
        );
        out.push_str("</section>\n</main>\n</body>\n</html>\n");
    }
}

fn cited(marks: &[usize]) -> String {
    if marks.is_empty() {
        return String::new();
    }
    let links: Vec<String> = marks.iter().map(|mark| format!("<a href=\"#source-{mark}\">{mark}</a>")).collect();
    format!("<sup>{}</sup>", links.join(","))
}
