//! Charts of the workbook and of the DOCX: native ones, which Excel, Word, WPS and LibreOffice draw with their own fonts, and
//! whose numbers can be looked at and changed there. A drawn picture would need Chinese fonts on the server, which a server
//! often lacks.

use std::io::{Cursor, Read};

use rust_xlsxwriter::{
    Chart, ChartFont, ChartFormat, ChartLegendPosition, ChartSolidFill, ChartType, Color, DocProperties, ExcelDateTime,
    Workbook, Worksheet, XlsxError,
};

use super::unprintable;
use crate::case::document::{Form, Picture, Shape};
use crate::error::Result;

/// Told apart by those who see few colours, too (after Okabe & Ito 2008).
const COLOURS: [u32; 5] = [0x2F6FB0, 0xC9772B, 0x4C9A6A, 0x9A5AA8, 0x8A8F99];
/// More bars than these have no numbers at them.
const LABELLED: usize = 24;
/// Names under columns, at most.
const NAMES: u16 = 10;
/// Labels with their value alone.
const LABELS: &str = "<c:showLegendKey val=\"0\"/><c:showVal val=\"1\"/><c:showCatName val=\"0\"/>\
                      <c:showSerName val=\"0\"/><c:showPercent val=\"0\"/><c:showBubbleSize val=\"0\"/>";
/// The sheet in the workbook inside a DOCX.
const SHEET: &str = "数据";

/// The numbers of a picture, from the first row and column of a sheet on.
pub fn data(sheet: &mut Worksheet, picture: &Picture) -> Result<(), XlsxError> {
    for (column, series) in (1..).zip(&picture.series) {
        sheet.write_string(0, column, &series.name)?;
        for (row, point) in (1..).zip(&series.points) {
            if let Some(value) = point.value() {
                sheet.write_number(row, column, value)?;
            }
        }
    }
    for (row, name) in (1..).zip(&picture.names) {
        sheet.write_string(row, 0, name.text())?;
    }
    Ok(())
}

/// The chart of numbers that stand so on a sheet; on paper, where they do not stand beside it, with its numbers in it.
pub fn chart(picture: &Picture, sheet: &str, on_paper: bool) -> Chart {
    let kind = match picture.shape {
        Shape::Bars => ChartType::Bar,
        Shape::Stacked => ChartType::BarPercentStacked,
        Shape::Columns => ChartType::Column,
        Shape::Line => ChartType::Line,
    };
    let mut chart = Chart::new(kind);
    let labelled = on_paper && picture.shape != Shape::Line && picture.names.len() * picture.series.len() <= LABELLED;
    let last = picture.names.len() as u32;
    for (at, series) in picture.series.iter().enumerate() {
        let column = at as u16 + 1;
        let colour = Color::RGB(COLOURS[at % COLOURS.len()]);
        let mut format = match picture.shape {
            Shape::Line => {
                ChartFormat::new().set_line(rust_xlsxwriter::ChartLine::new().set_color(colour).set_width(2)).clone()
            }
            _ => ChartFormat::new().set_solid_fill(ChartSolidFill::new().set_color(colour)).clone(),
        };
        let drawn = chart.add_series();
        drawn
            .set_values((sheet, 1, column, last, column))
            .set_categories((sheet, 1, 0, last, 0))
            .set_name(&series.name);
        drawn.set_format(&mut format);
        if labelled {
            drawn.set_data_label(rust_xlsxwriter::ChartDataLabel::new().show_value());
        }
    }
    let percent = picture
        .series
        .iter()
        .flat_map(|series| &series.points)
        .all(|point| matches!(point.form(), Form::Percent | Form::Ratio | Form::Rate));
    chart.title().set_name(&picture.title).set_font(ChartFont::new().set_size(12).set_bold());
    let format = if percent { "0%" } else { "#,##0" };
    match picture.shape {
        // From top to bottom as in the table. The axis of values would go to the top with it.
        Shape::Bars | Shape::Stacked => {
            chart.y_axis().set_reverse();
            chart.x_axis().set_num_format(format).set_min(0).set_hidden(labelled).set_major_gridlines(false);
        }
        Shape::Columns | Shape::Line => {
            chart.y_axis().set_num_format(format).set_min(0);
            chart.x_axis().set_label_interval((picture.names.len() as u16).div_ceil(NAMES));
        }
    }
    match picture.series.len() {
        1 => _ = chart.legend().set_hidden(),
        _ => _ = chart.legend().set_position(ChartLegendPosition::Bottom),
    }
    chart
}

/// What a DOCX holds of a chart: its drawing, and the workbook with its numbers.
pub struct Part {
    pub drawing: Vec<u8>,
    pub workbook: Vec<u8>,
}

/// Makes a workbook with the chart and takes the drawing out of it.
pub fn part(picture: &Picture) -> Result<Part> {
    let workbook = workbook(picture).map_err(|error| unprintable("图表").because(error))?;
    let mut drawing = drawing(&workbook)?;
    let Some(end) = drawing.find("<c:printSettings>").or_else(|| drawing.find("</c:chartSpace>")) else {
        return Err(unprintable("图表"));
    };
    drawing.truncate(end);
    // What is not said of a label or a line, some programs take for yes.
    drawing = drawing.replace("<c:showVal val=\"1\"/>", LABELS);
    if picture.shape == Shape::Line {
        drawing = drawing.replace("</c:ser>", "<c:smooth val=\"0\"/></c:ser>");
    }
    drawing.push_str("<c:externalData r:id=\"rId1\"><c:autoUpdate val=\"0\"/></c:externalData></c:chartSpace>");
    Ok(Part { drawing: drawing.into_bytes(), workbook })
}

fn drawing(workbook: &[u8]) -> Result<String> {
    let mut archive =
        zip::ZipArchive::new(Cursor::new(workbook)).map_err(|error| unprintable("图表").because(error))?;
    let mut drawing = String::new();
    let mut file = archive.by_name("xl/charts/chart1.xml").map_err(|error| unprintable("图表").because(error))?;
    file.read_to_string(&mut drawing).map_err(|error| unprintable("图表").because(error))?;
    Ok(drawing)
}

fn workbook(picture: &Picture) -> Result<Vec<u8>, XlsxError> {
    let mut book = new_book(&picture.title)?;
    let sheet = book.add_worksheet().set_name(SHEET)?;
    data(sheet, picture)?;
    sheet.insert_chart(1, picture.series.len() as u16 + 2, &chart(picture, SHEET, true))?;
    book.save_to_buffer()
}

/// A workbook that does not tell when it was made.
pub fn new_book(title: &str) -> Result<Workbook, XlsxError> {
    let mut book = Workbook::new();
    let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
    book.set_properties(&DocProperties::new().set_title(title).set_author("guikou").set_creation_datetime(&made));
    Ok(book)
}
