//! The package (OPC) of a DOCX: what `docx-rs` writes, with the charts put in, fonts with their substitutes, table heads that
//! stand on each page, and nothing that differs from one writing to the next.

use std::io::{Cursor, Write};

use docx_rs::XMLDocx;
use html_escape::encode_double_quoted_attribute as attribute;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::{chart, unprintable};
use crate::case::document::Shape;
use crate::error::Result;

/// The width of the text, 156 mm, in EMU.
const WIDE: usize = 5_616_000;
/// Heights: of columns and lines, and of bars for each.
const HIGH: usize = 2_700_000;
const BAR: usize = 190_000;

/// A chart that is to stand where its placeholder stands.
pub struct Drawing {
    pub part: chart::Part,
    pub title: String,
    pub shape: Shape,
    /// Bars in it.
    pub bars: usize,
}

/// The words that a chart takes the place of.
pub fn placeholder(number: usize) -> String {
    format!("\u{e000}chart{number}\u{e000}")
}

/// The file.
pub fn pack(xml: XMLDocx, drawings: &[Drawing], title: &str) -> Result<Vec<u8>> {
    let mut parts = vec![
        ("[Content_Types].xml".to_owned(), types(&utf8(xml.content_type)?, drawings.len()).into_bytes()),
        ("_rels/.rels".to_owned(), xml.rels),
        ("docProps/app.xml".to_owned(), xml.doc_props.app),
        ("docProps/core.xml".to_owned(), core(&utf8(xml.doc_props.core)?, title).into_bytes()),
        ("docProps/custom.xml".to_owned(), xml.doc_props.custom),
        ("word/_rels/document.xml.rels".to_owned(), relations(&utf8(xml.document_rels)?, drawings.len()).into_bytes()),
        ("word/document.xml".to_owned(), body(utf8(xml.document)?, drawings).into_bytes()),
        ("word/styles.xml".to_owned(), xml.styles),
        ("word/settings.xml".to_owned(), xml.settings),
        ("word/fontTable.xml".to_owned(), FONTS.as_bytes().to_vec()),
        ("word/comments.xml".to_owned(), xml.comments),
        ("word/numbering.xml".to_owned(), xml.numberings),
        ("word/commentsExtended.xml".to_owned(), xml.comments_extended),
        ("word/footnotes.xml".to_owned(), xml.footnotes),
    ];
    for (number, footer) in (1..).zip(xml.footers) {
        parts.push((format!("word/footer{number}.xml"), lasting(utf8(footer)?).into_bytes()));
    }
    for (number, rels) in (1..).zip(xml.footer_rels) {
        parts.push((format!("word/_rels/footer{number}.xml.rels"), rels));
    }
    for (number, drawing) in (1..).zip(drawings) {
        parts.push((format!("word/charts/chart{number}.xml"), drawing.part.drawing.clone()));
        parts.push((format!("word/charts/_rels/chart{number}.xml.rels"), to_workbook(number).into_bytes()));
        parts.push((format!("word/embeddings/chart{number}.xlsx"), drawing.part.workbook.clone()));
    }
    zipped(parts).map_err(|error| unprintable("DOCX").because(error))
}

fn zipped(parts: Vec<(String, Vec<u8>)>) -> zip::result::ZipResult<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default());
    for (name, bytes) in parts {
        writer.start_file(name, options)?;
        writer.write_all(&bytes)?;
    }
    Ok(writer.finish()?.into_inner())
}

fn utf8(bytes: Vec<u8>) -> Result<String> {
    String::from_utf8(bytes).map_err(|error| unprintable("DOCX").because(error))
}

fn types(types: &str, charts: usize) -> String {
    let one = |number| {
        format!(
            "<Override PartName=\"/word/charts/chart{number}.xml\" \
             ContentType=\"application/vnd.openxmlformats-officedocument.drawingml.chart+xml\"/>"
        )
    };
    let mut more: String = (1..=charts).map(one).collect();
    if charts > 0 {
        more.push_str(
            "<Default Extension=\"xlsx\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet\"/>",
        );
    }
    types.replacen("</Types>", &format!("{more}</Types>"), 1)
}

fn relations(relations: &str, charts: usize) -> String {
    let one = |number| {
        format!(
            "<Relationship Id=\"chart{number}\" \
             Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/chart\" \
             Target=\"charts/chart{number}.xml\"/>"
        )
    };
    let more: String = (1..=charts).map(one).collect();
    relations.replacen("</Relationships>", &format!("{more}</Relationships>"), 1)
}

fn to_workbook(number: usize) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
         <Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
         <Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/package\" \
         Target=\"../embeddings/chart{number}.xlsx\"/></Relationships>"
    )
}

fn core(core: &str, title: &str) -> String {
    let creator = format!("<dc:title>{}</dc:title><dc:creator>guikou</dc:creator>", html_escape::encode_text(title));
    let core = core.replacen("<dc:creator>unknown</dc:creator>", &creator, 1);
    core.replacen("<cp:lastModifiedBy>unknown</cp:lastModifiedBy>", "<cp:lastModifiedBy>guikou</cp:lastModifiedBy>", 1)
}

/// The text with charts for their placeholders, and heads of tables marked.
fn body(body: String, drawings: &[Drawing]) -> String {
    let mut body = lasting(body);
    for (number, drawing) in (1..).zip(drawings) {
        let text = format!("<w:t xml:space=\"preserve\">{}</w:t>", placeholder(number));
        body = body.replacen(&text, &inline(number, drawing), 1);
    }
    body.replace("<w:cantSplit />", "<w:cantSplit /><w:tblHeader />")
        .replace("<w:cantSplit/>", "<w:cantSplit/><w:tblHeader/>")
}

/// Without the ids of paragraphs, which go on from one document to the next.
fn lasting(mut xml: String) -> String {
    const ID: &str = " w14:paraId=\"";
    while let Some(at) = xml.find(ID) {
        let Some(end) = xml[at + ID.len()..].find('"') else { break };
        xml.replace_range(at..=at + ID.len() + end, "");
    }
    xml
}

fn inline(number: usize, drawing: &Drawing) -> String {
    let high = match drawing.shape {
        Shape::Columns | Shape::Line => HIGH,
        Shape::Bars | Shape::Stacked => (drawing.bars * BAR + 900_000).clamp(1_800_000, 6_000_000),
    };
    format!(
        "<w:drawing><wp:inline xmlns:wp=\"http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing\" \
         distT=\"0\" distB=\"0\" distL=\"0\" distR=\"0\"><wp:extent cx=\"{WIDE}\" cy=\"{high}\"/>\
         <wp:docPr id=\"{number}\" name=\"图{number}\" descr=\"{}\"/><wp:cNvGraphicFramePr/>\
         <a:graphic xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\">\
         <a:graphicData uri=\"http://schemas.openxmlformats.org/drawingml/2006/chart\">\
         <c:chart xmlns:c=\"http://schemas.openxmlformats.org/drawingml/2006/chart\" \
         xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\" r:id=\"chart{number}\"/>\
         </a:graphicData></a:graphic></wp:inline></w:drawing>",
        attribute(&drawing.title)
    )
}

/// The fonts of official papers, and what stands for them on a machine without.
const FONTS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
<w:fonts xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\">\
<w:font w:name=\"方正小标宋简体\"><w:altName w:val=\"华文中宋\"/><w:charset w:val=\"86\"/><w:family w:val=\"roman\"/><w:pitch w:val=\"default\"/></w:font>\
<w:font w:name=\"仿宋_GB2312\"><w:altName w:val=\"仿宋\"/><w:charset w:val=\"86\"/><w:family w:val=\"modern\"/><w:pitch w:val=\"default\"/></w:font>\
<w:font w:name=\"楷体_GB2312\"><w:altName w:val=\"楷体\"/><w:charset w:val=\"86\"/><w:family w:val=\"modern\"/><w:pitch w:val=\"default\"/></w:font>\
<w:font w:name=\"黑体\"><w:altName w:val=\"SimHei\"/><w:charset w:val=\"86\"/><w:family w:val=\"modern\"/><w:pitch w:val=\"default\"/></w:font>\
<w:font w:name=\"宋体\"><w:altName w:val=\"SimSun\"/><w:charset w:val=\"86\"/><w:family w:val=\"roman\"/><w:pitch w:val=\"default\"/></w:font>\
<w:font w:name=\"Times New Roman\"><w:charset w:val=\"00\"/><w:family w:val=\"roman\"/><w:pitch w:val=\"variable\"/></w:font>\
</w:fonts>";
