//! The review workbook (复核表): labels to look over and texts to label, put before people as XLSX; [`filled`] reads
//! what they filled in.
//!
//! Sheets: 说明, 存疑标注, 待标注, and a hidden 标签 with the choices. Every text is written as a string and its cell
//! formatted as text, so that a long number keeps its digits and what begins with `=` is never a formula, not even
//! after editing.

pub(super) mod filled;

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::path::Path;

use chrono::{Datelike, NaiveDate};
use rust_xlsxwriter::{
    DataValidation, DataValidationErrorStyle, DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet,
    XlsxError,
};

use crate::case::{Head, LONGEST_TEXT};
use crate::error::{Error, Result};

const DOUBTS: &str = "存疑标注";
const PICKS: &str = "待标注";
const CHOICES: &str = "标签";

const ID: &str = "编号";
/// Which head the row asks about.
const ASKED: &str = "项目";
const TEXT: &str = "诉求内容";
const RESULT: &str = "复核结果";
const NOTE: &str = "备注";

/// The heads that people look over, and what 项目 calls them; also the names of the lists of choices.
const HEADS: [(Head, &str); 2] = [(Head::Category, "分类"), (Head::Unit, "牵头单位")];

const GUIDE: [&str; 5] = [
    "1. “存疑标注”列出现标签可能有误的诉求，最可疑的在前；“待标注”列出模型最拿不准、彼此又不相似的诉求。",
    "2. 逐条读诉求内容，在黄色的“复核结果”里从下拉列表选一个标签（也可只写代码）；现标签没有错就选现标签，拿不准就留空，在“备注”里写明。",
    "3. 建议标签来自没有学过这一条的线性模型，只作提醒；以诉求内容和分类目录为准。",
    "4. 可以筛选、排序、分几次填；请不要改动表名、列名和其他各列。个人信息已经隐去，仍请按内部资料保管。",
    "5. 填完存盘，交回重新训练：guikou train 原来的标注文件 --corrections 本表.xlsx --out 模型目录。留空的行不会读入。",
];

/// What is put before people.
#[derive(Debug, Clone, PartialEq)]
pub struct Review {
    /// Most suspect first.
    pub doubts: Vec<Doubt>,
    /// Most informative first.
    pub picks: Vec<Pick>,
    /// The labels to choose from; for the category and the lead unit only.
    pub choices: BTreeMap<Head, Vec<Choice>>,
}

/// A label with its name, shown as `0401 道路与桥隧破损`; [`code_of`] reads the code back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub code: String,
    /// None for a label that the catalogue lacks.
    pub name: Option<String>,
}

/// A labelled text whose label is likely wrong (存疑标注).
#[derive(Debug, Clone, PartialEq)]
pub struct Doubt {
    pub id: String,
    /// `file:line` it was read from.
    pub origin: String,
    /// Masked.
    pub text: String,
    pub head: Head,
    pub given: Choice,
    pub suggested: Choice,
    /// Probability of the suggested label, 0..=1.
    pub confidence: f32,
    /// One short Chinese sentence.
    pub because: String,
}

/// An unlabelled text worth labelling (待标注).
#[derive(Debug, Clone, PartialEq)]
pub struct Pick {
    pub id: String,
    /// Masked.
    pub text: String,
    pub head: Head,
    pub first: Choice,
    pub second: Choice,
    /// 1 − (probability of the first − of the second guess), 0..=1.
    pub uncertainty: f32,
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code)?;
        self.name.as_ref().map_or(Ok(()), |name| write!(f, " {name}"))
    }
}

/// The code of a cell that holds a code, or a code, a blank and a name: `0401 道路与桥隧破损` → `0401`.
pub fn code_of(cell: &str) -> &str {
    cell.split_whitespace().next().unwrap_or_default()
}

/// Writes the workbook to `path`, which it overwrites. The same review and day give the same bytes.
pub fn write_review(path: &Path, review: &Review, today: NaiveDate) -> Result<()> {
    let written = workbook(review, today).and_then(|mut book| book.save_to_writer(own(path)?));
    written.map_err(|error| {
        let path = path.display();
        Error::setup(
            format!("写不进复核表 {path}：请检查路径、权限和磁盘，文件不要在 Excel 里开着"),
            format!("cannot write the review workbook {path}: check path, rights and disk, and close it elsewhere"),
        )
        .because(error)
    })
}

/// For its owner only: it holds what citizens wrote.
fn own(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn workbook(review: &Review, today: NaiveDate) -> Result<Workbook, XlsxError> {
    let mut book = Workbook::new();
    let day = ExcelDateTime::from_ymd(today.year() as u16, today.month() as u8, today.day() as u8)?;
    book.set_properties(&DocProperties::new().set_title("复核表").set_author("guikou").set_creation_datetime(&day));
    guide(book.add_worksheet())?;
    let (columns, rows) = doubts(&review.doubts);
    table(book.add_worksheet(), DOUBTS, &columns, &rows)?;
    let (columns, rows) = picks(&review.picks);
    table(book.add_worksheet(), PICKS, &columns, &rows)?;
    choices(&mut book, &review.choices)?;
    Ok(book)
}

/// A value of a cell.
enum Cell {
    Words(String),
    Share(f32),
}

/// A column's name and width in characters.
type Column = (&'static str, f64);

fn doubts(doubts: &[Doubt]) -> (Vec<Column>, Vec<Vec<Cell>>) {
    let columns: [Column; 10] = [
        (ID, 16.0),
        (ASKED, 10.0),
        ("原文件行", 18.0),
        (TEXT, 70.0),
        ("现标签", 22.0),
        ("建议标签", 22.0),
        ("把握", 8.0),
        ("依据", 28.0),
        (RESULT, 26.0),
        (NOTE, 24.0),
    ];
    let row = |doubt: &Doubt| {
        vec![
            Cell::Words(doubt.id.clone()),
            Cell::Words(called(doubt.head).into()),
            Cell::Words(doubt.origin.clone()),
            Cell::Words(doubt.text.clone()),
            Cell::Words(doubt.given.to_string()),
            Cell::Words(doubt.suggested.to_string()),
            Cell::Share(doubt.confidence),
            Cell::Words(doubt.because.clone()),
        ]
    };
    (columns.into(), doubts.iter().map(row).collect())
}

fn picks(picks: &[Pick]) -> (Vec<Column>, Vec<Vec<Cell>>) {
    let columns: [Column; 8] = [
        (ID, 16.0),
        (ASKED, 10.0),
        (TEXT, 70.0),
        ("猜测标签", 22.0),
        ("第二猜测", 22.0),
        ("不确定度", 10.0),
        (RESULT, 26.0),
        (NOTE, 24.0),
    ];
    let row = |pick: &Pick| {
        vec![
            Cell::Words(pick.id.clone()),
            Cell::Words(called(pick.head).into()),
            Cell::Words(pick.text.clone()),
            Cell::Words(pick.first.to_string()),
            Cell::Words(pick.second.to_string()),
            Cell::Share(pick.uncertainty),
        ]
    };
    (columns.into(), picks.iter().map(row).collect())
}

fn called(head: Head) -> &'static str {
    HEADS.iter().find(|(known, _)| *known == head).map_or(head.name(), |(_, name)| name)
}

fn guide(sheet: &mut Worksheet) -> Result<(), XlsxError> {
    sheet.set_name("说明")?.set_column_width(0, 100)?;
    let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    for (row, line) in (0..).zip(GUIDE) {
        sheet.write_string_with_format(row, 0, line, &wrapped)?;
    }
    Ok(())
}

fn table(sheet: &mut Worksheet, name: &str, columns: &[Column], rows: &[Vec<Cell>]) -> Result<(), XlsxError> {
    sheet.set_name(name)?.set_freeze_panes(1, 0)?;
    let head = Format::new().set_bold().set_background_color("#DDE6F0").set_text_wrap();
    let words = Format::new().set_num_format("@").set_quote_prefix().set_text_wrap().set_align(FormatAlign::Top);
    let share = Format::new().set_num_format("0.00").set_align(FormatAlign::Top);
    let empty = Format::new().set_num_format("@").set_text_wrap().set_align(FormatAlign::Top);
    let asked = empty.clone().set_background_color("#FFF8DC");
    for (column, (name, width)) in (0..).zip(columns) {
        sheet.set_column_width(column, *width)?.write_string_with_format(0, column, *name, &head)?;
        for row in 1..=rows.len() as u32 {
            match rows[row as usize - 1].get(usize::from(column)) {
                Some(Cell::Words(text)) => sheet.write_string_with_format(row, column, fitting(text), &words)?,
                Some(Cell::Share(value)) => sheet.write_number_with_format(row, column, rounded(*value), &share)?,
                None => sheet.write_blank(row, column, if *name == RESULT { &asked } else { &empty })?,
            };
        }
    }
    let Some(last) = rows.len().checked_sub(1) else { return Ok(()) };
    let last = last as u32 + 1;
    sheet.autofilter(0, 0, last, columns.len() as u16 - 1)?;
    let result = (0..).zip(columns).find(|(_, (name, _))| *name == RESULT).map_or(0, |(column, _)| column);
    sheet.add_data_validation(1, result, last, result, &drop_down()?)?;
    Ok(())
}

/// The choices of the head that 项目 (column B) names in the same row, also after sorting; a bare code may be written.
fn drop_down() -> Result<DataValidation, XlsxError> {
    DataValidation::new()
        .allow_list_formula("INDIRECT($B2)".into())
        .set_error_style(DataValidationErrorStyle::Warning)
        .set_error_title("不在列表里")?
        .set_error_message("请从列表中选择，或只写标签的代码。")
}

/// What a cell and [`crate::case::ComplaintText`] both take.
fn fitting(text: &str) -> String {
    text.chars().take(LONGEST_TEXT).collect()
}

fn rounded(value: f32) -> f64 {
    (f64::from(value) * 1000.0).round() / 1000.0
}

/// Two columns for each head: what the drop-down shows, and the bare code. The first is a named range.
fn choices(book: &mut Workbook, choices: &BTreeMap<Head, Vec<Choice>>) -> Result<(), XlsxError> {
    let sheet = book.add_worksheet();
    sheet.set_name(CHOICES)?.set_hidden(true);
    let mut names = Vec::new();
    for (place, (head, name)) in (0..).zip(HEADS) {
        let Some(of_head) = choices.get(&head).filter(|choices| !choices.is_empty()) else { continue };
        let column = 2 * place;
        sheet.write_string(0, column, name)?.write_string(0, column + 1, format!("{name}代码"))?;
        for (row, choice) in (1..).zip(of_head) {
            sheet.write_string(row, column, choice.to_string())?.write_string(row, column + 1, &choice.code)?;
        }
        let letter = char::from(b'A' + column as u8);
        names.push((name, format!("='{CHOICES}'!${letter}$2:${letter}${}", of_head.len() + 1)));
    }
    for (name, range) in names {
        book.define_name(name, &range)?;
    }
    Ok(())
}
