//! The workbook of a document: its text, every table with numbers that are numbers, every picture as a chart of its numbers,
//! and each sentence's figures beside the query and the place in the answer they came from.

use rust_xlsxwriter::{Format, FormatAlign, Worksheet, XlsxError};

use super::{chart, date, numeral, unprintable};
use crate::case::document::{Block, Document, Figure, Form, Part, Sentence, Table};
use crate::error::Result;

/// Characters in the name of a sheet, as Excel takes them.
const LONGEST_NAME: usize = 31;
/// Characters in a cell.
const LONGEST: usize = 32_767;

pub fn print(document: &Document) -> Result<Vec<u8>> {
    written(document).map_err(|error| unprintable("XLSX").because(error))
}

struct Looks {
    head: Format,
    wrapped: Format,
    percent: Format,
    signed: Format,
    count: Format,
    one: Format,
    two: Format,
}

fn written(document: &Document) -> Result<Vec<u8>, XlsxError> {
    let looks = Looks {
        head: Format::new().set_bold().set_background_color("#F2F2F2").set_text_wrap().set_align(FormatAlign::Top),
        wrapped: Format::new().set_text_wrap().set_align(FormatAlign::Top),
        percent: Format::new().set_num_format("0.0%"),
        signed: Format::new().set_num_format("+0.0%;-0.0%;0.0%"),
        count: Format::new().set_num_format("#,##0"),
        one: Format::new().set_num_format("0.0"),
        two: Format::new().set_num_format("0.00"),
    };
    let mut book = chart::new_book(&document.title)?;
    text(book.add_worksheet().set_name("正文")?, document, &looks)?;
    let mut names = vec!["正文".to_owned(), SENTENCES.to_owned(), SOURCES.to_owned()];
    for block in document.blocks() {
        match block {
            Block::Table(table) => {
                let name = free(&table.title, &mut names);
                self::table(book.add_worksheet().set_name(name)?, table, &looks)?;
            }
            Block::Picture(picture) => {
                let name = free(&format!("图 {}", picture.title), &mut names);
                let sheet = book.add_worksheet().set_name(&name)?;
                chart::data(sheet, picture)?;
                sheet.set_column_width(0, 24)?;
                sheet.insert_chart(1, picture.series.len() as u16 + 2, &chart::chart(picture, &name, false))?;
            }
            _ => {}
        }
    }
    sentences(book.add_worksheet().set_name(SENTENCES)?, document, &looks)?;
    sources(book.add_worksheet().set_name(SOURCES)?, document, &looks)?;
    book.save_to_buffer()
}

const SENTENCES: &str = "句子与查询";
const SOURCES: &str = "数据来源";

/// A name that no sheet has, without what Excel does not take in one.
fn free(title: &str, names: &mut Vec<String>) -> String {
    let clean: String = title.chars().filter(|letter| !"[]:*?/\\'".contains(*letter)).collect();
    let cut = |most: usize| clean.chars().take(most).collect::<String>();
    let mut name = cut(LONGEST_NAME);
    for number in 2.. {
        if !names.contains(&name) {
            break;
        }
        name = format!("{} {number}", cut(LONGEST_NAME - 5));
    }
    names.push(name.clone());
    name
}

fn text(sheet: &mut Worksheet, document: &Document, looks: &Looks) -> Result<(), XlsxError> {
    sheet.set_column_width(0, 110)?;
    let mut lines = vec![(document.title.clone(), true)];
    lines.extend(document.subtitle.iter().map(|line| (line.clone(), false)));
    lines.push((super::under_title(document), false));
    for (number, section) in (1..).zip(&document.sections) {
        lines.push((format!("{}、{}", numeral(number), section.title), true));
        for block in &section.blocks {
            match block {
                Block::Heading(title) => lines.push((title.clone(), true)),
                Block::Paragraph(sentences) => lines.push((sentences.iter().map(Sentence::text).collect(), false)),
                Block::Points(points) => {
                    for (number, point) in (1..).zip(points) {
                        let said: String = point.sentences.iter().map(Sentence::text).collect();
                        let rule = point.rule.as_ref().map(|rule| format!("（条件：{rule}）")).unwrap_or_default();
                        lines.push((format!("{number}.{said}{rule}"), false));
                    }
                }
                Block::Quote(quote) => lines.push((format!("“{}”", quote.words.shown()), false)),
                Block::Table(table) => lines.push((format!("表：{}", table.title), false)),
                Block::Picture(picture) => lines.push((format!("图：{}", picture.title), false)),
            }
        }
    }
    lines.extend(document.issuer.iter().cloned().chain([date(document)]).map(|line| (line, false)));
    lines.push(("说明".to_owned(), true));
    lines.extend(document.notes.iter().map(|note| (note.clone(), false)));
    for (row, (line, is_head)) in (0..).zip(lines) {
        sheet.write_string_with_format(row, 0, fitting(&line), if is_head { &looks.head } else { &looks.wrapped })?;
    }
    Ok(())
}

fn table(sheet: &mut Worksheet, table: &Table, looks: &Looks) -> Result<(), XlsxError> {
    for (at, column) in (0..).zip(&table.columns) {
        sheet.write_string_with_format(0, at, &column.name, &looks.head)?;
        sheet.set_column_width(at, if column.number { 12 } else { 26 })?;
    }
    for (row, cells) in (1..).zip(&table.rows) {
        for (at, cell) in (0..).zip(cells) {
            match cell {
                Part::Words(words) => _ = sheet.write_string(row, at, fitting(words))?,
                Part::Figure(figure) => self::figure(sheet, row, at, figure, looks)?,
            }
        }
    }
    if let Some(note) = &table.note {
        sheet.write_string(table.rows.len() as u32 + 2, 0, fitting(note))?;
    }
    sheet.set_freeze_panes(1, 0).map(drop)
}

/// Numbers as numbers, all else as it is written.
fn figure(sheet: &mut Worksheet, row: u32, column: u16, figure: &Figure, looks: &Looks) -> Result<(), XlsxError> {
    let format = match figure.form() {
        Form::Count | Form::Length => &looks.count,
        Form::Percent | Form::Rate | Form::Ratio => &looks.percent,
        Form::Signed => &looks.signed,
        Form::Decimal => &looks.one,
        Form::Decimal2 => &looks.two,
        _ => return sheet.write_string(row, column, fitting(figure.shown())).map(drop),
    };
    match figure.value() {
        Some(value) => sheet.write_number_with_format(row, column, value, format).map(drop),
        None => sheet.write_string(row, column, figure.shown()).map(drop),
    }
}

/// A line for each figure of each sentence, quote, table and picture.
fn sentences(sheet: &mut Worksheet, document: &Document, looks: &Looks) -> Result<(), XlsxError> {
    let head = ["章", "句子", "所在", "数字", "查询", "在答案中的位置（JSON Pointer）", "写法", "案件或答卷"];
    for (at, name) in (0..).zip(head) {
        sheet.write_string_with_format(0, at, name, &looks.head)?;
    }
    for (at, width) in (0..).zip([14, 60, 10, 14, 60, 32, 10, 60]) {
        sheet.set_column_width(at, width)?;
    }
    let mut row = 0;
    for section in &document.sections {
        for block in &section.blocks {
            for (said, place, figures) in told(block) {
                for figure in figures {
                    row += 1;
                    let query = document.source(figure).map_or("", |source| source.query.as_str());
                    let pointers = figure.pointers().join(" ");
                    let cells = [
                        &section.title,
                        &said,
                        place,
                        figure.shown(),
                        query,
                        &pointers,
                        figure.form().code(),
                        figure.link().unwrap_or_default(),
                    ];
                    for (at, cell) in (0..).zip(cells) {
                        sheet.write_string(row, at, fitting(cell))?;
                    }
                }
            }
        }
    }
    sheet.autofilter(0, 0, row.max(1), head.len() as u16 - 1)?;
    sheet.set_freeze_panes(1, 0).map(drop)
}

/// What is said where, with its figures.
fn told(block: &Block) -> Vec<(String, &'static str, Vec<&Figure>)> {
    match block {
        Block::Table(table) => vec![(table.title.clone(), "表", block.figures())],
        Block::Picture(picture) => vec![(picture.title.clone(), "图", block.figures())],
        Block::Quote(quote) => vec![(quote.words.shown().to_owned(), "原话", block.figures())],
        _ => block.sentences().into_iter().map(|one| (one.text(), "句子", one.figures().collect())).collect(),
    }
}

fn sources(sheet: &mut Worksheet, document: &Document, looks: &Looks) -> Result<(), XlsxError> {
    for (at, (name, width)) in
        (0..).zip([("序号", 6), ("内容", 24), ("查询", 90), ("案件或答卷", 60), ("答案的 SHA-256", 68)])
    {
        sheet.write_string_with_format(0, at, name, &looks.head)?;
        sheet.set_column_width(at, width)?;
    }
    for (row, source) in (1..).zip(&document.sources) {
        sheet.write_number(row, 0, source.number as f64)?;
        let cells = [&source.name, &source.query, source.link.as_deref().unwrap_or_default(), &source.sha256];
        for (at, cell) in (1..).zip(cells) {
            sheet.write_string(row, at, fitting(cell))?;
        }
    }
    let row = document.sources.len() as u32 + 2;
    sheet.write_string(row, 1, "输入摘要 SHA-256")?;
    sheet.write_string(row, 2, &document.inputs).map(drop)
}

fn fitting(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}
