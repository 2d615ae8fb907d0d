//! DOCX as official papers are set: GB/T 9704—2012 《党政机关公文格式》 for paper, margins, fonts, sizes, numbering and page
//! numbers; lines 28 points apart. Fonts that a machine lacks have their usual substitutes (`package`).

use docx_rs::{
    AlignmentType, Docx, Footer, LineSpacing, LineSpacingType, PageMargin, PageNum, Paragraph, Run, RunFonts, Shading,
    SpecialIndentType, Style, StyleType, Table as Grid, TableAlignmentType, TableCell, TableCellMargins,
    TableLayoutType, TableRow, VAlignType, VertAlignType, WidthType,
};
use unicode_width::UnicodeWidthStr;

use super::package::{Drawing, pack, placeholder};
use super::{chart, date, marks, numeral, source_of, under_title};
use crate::case::document::{Block, Column, Document, Part, Picture, Sentence, Table};
use crate::error::Result;

const SONG: &str = "宋体";
const TITLE: &str = "方正小标宋简体";
const HEI: &str = "黑体";
const KAI: &str = "楷体_GB2312";
const FANG: &str = "仿宋_GB2312";
const LATIN: &str = "Times New Roman";

/// Half points: 二号, 三号, 四号, 五号.
const SIZE_2: usize = 44;
const SIZE_3: usize = 32;
const SIZE_4: usize = 28;
const SIZE_5: usize = 21;
/// Twentieths of a point: lines 28 points apart; two characters of 三号; the width of the text, 156 mm.
const LINE: i32 = 560;
const TWO: i32 = 640;
const WIDE: usize = 8844;
/// Widths of the columns of the sources.
const SOURCES: [usize; 3] = [700, 1700, WIDE - 2400];
/// A cell is as wide as so many columns of a terminal at least, and at most counts so many.
const NARROW: usize = 6;
const BROAD: usize = 28;

pub fn print(document: &Document) -> Result<Vec<u8>> {
    let mut paper = Paper { docx: styled(), drawings: Vec::new() };
    paper.add(centred("Title", &document.title));
    for line in document.subtitle.iter().cloned().chain([under_title(document)]) {
        paper.add(centred("Subtitle", &line));
    }
    for (number, section) in (1..).zip(&document.sections) {
        paper.add(words("Heading1", &format!("{}、{}", numeral(number), section.title)).keep_next(true));
        let mut headings = 0;
        for block in &section.blocks {
            headings += usize::from(matches!(block, Block::Heading(_)));
            paper.block(block, headings)?;
        }
    }
    paper.end(document);
    pack(paper.docx.build(), &paper.drawings, &document.title)
}

struct Paper {
    docx: Docx,
    drawings: Vec<Drawing>,
}

impl Paper {
    fn add(&mut self, paragraph: Paragraph) {
        self.docx = std::mem::take(&mut self.docx).add_paragraph(paragraph);
    }

    fn block(&mut self, block: &Block, heading: usize) -> Result<()> {
        match block {
            Block::Heading(title) => {
                self.add(words("Heading2", &format!("（{}）{title}", numeral(heading))).keep_next(true));
            }
            Block::Paragraph(sentences) => self.add(said(Paragraph::new().style("Text"), sentences)),
            Block::Points(points) => {
                for (number, point) in (1..).zip(points) {
                    let begun = Paragraph::new().style("Text").add_run(Run::new().add_text(format!("{number}.")));
                    let rule = point
                        .rule
                        .iter()
                        .map(|rule| Run::new().add_text(format!("（条件：{rule}）")).fonts(fonts(KAI)));
                    self.add(rule.fold(said(begun, &point.sentences), Paragraph::add_run));
                }
            }
            Block::Table(table) => self.table(table),
            Block::Picture(picture) => self.picture(picture)?,
            Block::Quote(quote) => {
                let words = Run::new().add_text(format!("“{}”", quote.words.shown()));
                let paragraph = Paragraph::new().style("Quote").add_run(words).add_run(mark(&[quote.words.source()]));
                let by = quote.said.iter().map(|said| Run::new().add_text(format!("——{}", said.text())));
                self.add(by.fold(paragraph, Paragraph::add_run));
            }
        }
        Ok(())
    }

    fn table(&mut self, table: &Table) {
        let marks: Vec<usize> = source_of(table.rows.iter().flatten()).into_iter().collect();
        self.add(words("Caption", &table.title).add_run(mark(&marks)).keep_next(true));
        let rows: Vec<Vec<&str>> = table.rows.iter().map(|row| row.iter().map(Part::text).collect()).collect();
        self.grid(&table.columns, &rows, widths(&table.columns, &rows));
        self.add(words("Note", table.note.as_deref().unwrap_or_default()));
    }

    fn grid(&mut self, columns: &[Column], rows: &[Vec<&str>], widths: Vec<usize>) {
        let size = match columns.len() {
            0..=5 => SIZE_5,
            6..=7 => 20,
            _ => 18,
        };
        let cell = |text: &str, wide: usize, number: bool, is_head: bool| {
            let run = Run::new().add_text(text).size(size);
            let (run, align) = match (is_head, number) {
                (true, _) => (run.fonts(fonts(HEI)), AlignmentType::Center),
                (false, true) => (run, AlignmentType::Right),
                (false, false) => (run, AlignmentType::Left),
            };
            let cell = TableCell::new().width(wide, WidthType::Dxa).vertical_align(VAlignType::Center);
            let cell = cell.add_paragraph(Paragraph::new().style("Cell").align(align).add_run(run));
            if is_head { cell.shading(Shading::new().fill("F2F2F2")) } else { cell }
        };
        let head = columns.iter().zip(&widths).map(|(column, wide)| cell(&column.name, *wide, column.number, true));
        // Which rows are heads is marked so for `package`, which has them stand again on each page.
        let mut all = vec![TableRow::new(head.collect()).cant_split()];
        for row in rows {
            let cells = row.iter().zip(columns).zip(&widths);
            all.push(TableRow::new(
                cells.map(|((text, column), wide)| cell(text, *wide, column.number, false)).collect(),
            ));
        }
        let grid = Grid::new(all)
            .set_grid(widths)
            .width(WIDE, WidthType::Dxa)
            .layout(TableLayoutType::Fixed)
            .align(TableAlignmentType::Center)
            .margins(TableCellMargins::new().margin(30, 80, 30, 80));
        self.docx = std::mem::take(&mut self.docx).add_table(grid);
    }

    fn picture(&mut self, picture: &Picture) -> Result<()> {
        let number = self.drawings.len() + 1;
        let bars = picture.names.len() * picture.series.len();
        self.drawings.push(Drawing {
            part: chart::part(picture)?,
            title: picture.title.clone(),
            shape: picture.shape,
            bars,
        });
        self.add(Paragraph::new().style("Chart").add_run(Run::new().add_text(placeholder(number))).keep_next(true));
        let point = picture.series.iter().flat_map(|series| &series.points).next();
        let marks: Vec<usize> = point.map(|point| point.source()).into_iter().collect();
        self.add(words("Caption", &format!("图{number}　{}（{}）", picture.title, picture.unit)).add_run(mark(&marks)));
        Ok(())
    }

    fn end(&mut self, document: &Document) {
        self.add(Paragraph::new().style("Text"));
        for line in document.issuer.iter().cloned().chain([date(document)]) {
            self.add(words("Signed", &line));
        }
        self.add(words("Heading1", "说明").keep_next(true));
        for (number, note) in (1..).zip(&document.notes) {
            self.add(words("Note", &format!("{number}.{note}")));
        }
        self.add(words("Heading1", "数据来源").keep_next(true));
        let column = |name: &str, number| Column { name: name.to_owned(), number };
        let columns = [column("序号", true), column("内容", false), column("查询", false)];
        let numbers: Vec<String> = document.sources.iter().map(|source| source.number.to_string()).collect();
        let rows: Vec<Vec<&str>> = document
            .sources
            .iter()
            .zip(&numbers)
            .map(|(source, number)| vec![number.as_str(), source.name.as_str(), source.query.as_str()])
            .collect();
        self.grid(&columns, &rows, SOURCES.to_vec());
        self.add(words("Note", &format!("输入摘要 SHA-256：{}", document.inputs)));
    }
}

fn styled() -> Docx {
    let margin = PageMargin::new().top(2098).bottom(1984).left(1588).right(1474).header(851).footer(1247);
    let two = Some(SpecialIndentType::FirstLine(TWO));
    let text = |id: &str, name: &str| {
        let style = Style::new(id, StyleType::Paragraph).name(name).fonts(fonts(FANG)).size(SIZE_3);
        style.line_spacing(exactly(LINE)).align(AlignmentType::Both)
    };
    let small = |id: &str, name: &str| {
        text(id, name).size(SIZE_5).line_spacing(LineSpacing::new().line(300).line_rule(LineSpacingType::Auto))
    };
    Docx::new()
        .page_size(11906, 16838)
        .page_margin(margin)
        .default_fonts(fonts(FANG))
        .default_size(SIZE_3)
        .add_style(
            text("Title", "Title")
                .fonts(fonts(TITLE))
                .size(SIZE_2)
                .align(AlignmentType::Center)
                .line_spacing(exactly(700)),
        )
        .add_style(text("Subtitle", "Subtitle").fonts(fonts(KAI)).align(AlignmentType::Center))
        .add_style(text("Heading1", "heading 1").fonts(fonts(HEI)).indent(None, two, None, None).outline_lvl(0))
        .add_style(text("Heading2", "heading 2").fonts(fonts(KAI)).indent(None, two, None, None).outline_lvl(1))
        .add_style(text("Text", "Body Text").indent(None, two, None, None))
        .add_style(text("Quote", "Quote").fonts(fonts(KAI)).indent(Some(TWO), None, Some(TWO), None))
        .add_style(text("Signed", "Signature").align(AlignmentType::Right).indent(None, None, Some(TWO), None))
        .add_style(small("Caption", "caption").fonts(fonts(HEI)).align(AlignmentType::Center))
        .add_style(
            small("Cell", "table cell").line_spacing(LineSpacing::new().line(240).line_rule(LineSpacingType::Auto)),
        )
        .add_style(
            small("Chart", "chart")
                .align(AlignmentType::Center)
                .line_spacing(LineSpacing::new().line(240).line_rule(LineSpacingType::Auto)),
        )
        .add_style(small("Note", "note"))
        .footer(Footer::new().add_paragraph(page_number(AlignmentType::Right)))
        .even_footer(Footer::new().add_paragraph(page_number(AlignmentType::Left)))
}

/// — 1 —, one character from the outer edge.
fn page_number(side: AlignmentType) -> Paragraph {
    let dash = |text: &str| Run::new().add_text(text).fonts(fonts(SONG)).size(SIZE_4);
    let one = SIZE_4 as i32 * 10;
    let (left, right) = if matches!(side, AlignmentType::Left) { (Some(one), None) } else { (None, Some(one)) };
    let begun = Paragraph::new().align(side).indent(left, None, right, None).size(SIZE_4).fonts(fonts(SONG));
    begun.add_run(dash("— ")).add_page_num(PageNum::new()).add_run(dash(" —"))
}

fn fonts(east: &str) -> RunFonts {
    RunFonts::new().east_asia(east).ascii(LATIN).hi_ansi(LATIN)
}

fn exactly(line: i32) -> LineSpacing {
    LineSpacing::new().line(line).line_rule(LineSpacingType::Exact)
}

fn words(style: &str, text: &str) -> Paragraph {
    Paragraph::new().style(style).add_run(Run::new().add_text(text))
}

fn centred(style: &str, text: &str) -> Paragraph {
    words(style, text).align(AlignmentType::Center)
}

fn said(begun: Paragraph, sentences: &[Sentence]) -> Paragraph {
    let add = |paragraph: Paragraph, sentence: &Sentence| {
        paragraph.add_run(Run::new().add_text(sentence.text())).add_run(mark(&marks(sentence)))
    };
    sentences.iter().fold(begun, add)
}

/// The numbers of sources, raised.
fn mark(marks: &[usize]) -> Run {
    let text: String = marks.iter().map(|mark| format!("[{mark}]")).collect();
    let mut run = Run::new().add_text(text);
    run.run_property = run.run_property.vert_align(VertAlignType::SuperScript);
    run
}

/// As wide as what stands in them, within reason; together the width of the text.
fn widths(columns: &[Column], rows: &[Vec<&str>]) -> Vec<usize> {
    let longest = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at)).map(|text| text.width());
        cells.chain([columns[at].name.width()]).max().unwrap_or_default().clamp(NARROW, BROAD)
    };
    let wanted: Vec<usize> = (0..columns.len()).map(longest).collect();
    let all: usize = wanted.iter().sum::<usize>().max(1);
    wanted.iter().map(|wanted| wanted * WIDE / all).collect()
}
