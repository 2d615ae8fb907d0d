//! A review workbook (复核表) that comes back: the rows in which a label was chosen, as a table like any other.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::super::flaws::Flaws;
use super::super::table::{Row, Table};
use super::{ASKED, CHOICES, DOUBTS, HEADS, ID, PICKS, RESULT, TEXT, code_of};
use crate::error::{Error, Result};

/// Whether a workbook with these sheets is one of ours.
pub(in super::super) fn ours(sheets: &[String]) -> bool {
    sheets.iter().any(|name| [DOUBTS, PICKS].contains(&name.as_str()))
}

/// The filled rows of both sheets; `rows_of` reads a sheet, its header first. Rows that ask about the same complaint
/// become one. A label that the workbook does not offer is noted.
pub(in super::super) fn table(
    path: &Path,
    sheets: &[String],
    mut rows_of: impl FnMut(&str) -> Result<Vec<Row>>,
    flaws: &mut Flaws,
) -> Result<Table> {
    let mut stands = |name: &str| if sheets.iter().any(|sheet| sheet == name) { rows_of(name) } else { Ok(Vec::new()) };
    let offered = Offered::of(&stands(CHOICES)?);
    let mut gathered = Gathered::default();
    for name in [DOUBTS, PICKS] {
        let rows = stands(name)?;
        let Some(((_, header), rows)) = rows.split_first() else { continue };
        for (line, cells) in rows {
            let cell = |column: &str| {
                let place = header.iter().position(|name| name.trim() == column);
                place.and_then(|place| cells.get(place)).map_or("", |cell| cell.trim())
            };
            if cell(RESULT).is_empty() {
                continue;
            }
            match offered.chosen(cell(ASKED), cell(RESULT)) {
                Some((head, label)) => gathered.take(name, *line, cell(ID), cell(TEXT), head, label),
                None => flaws.wrong(
                    *line,
                    format!("“{name}”的复核结果不在标签之列：请从下拉列表选择，或只写标签的代码；项目一列不要改"),
                    format!(
                        "the label chosen in sheet {name} is not offered: choose it from the list or write its code"
                    ),
                ),
            }
        }
    }
    if gathered.rows.is_empty() && !flaws.any() {
        return Err(nothing(path));
    }
    let header = [ID, TEXT].into_iter().chain(HEADS.map(|(_, name)| name)).map(str::to_owned).collect();
    Ok(Table { header, rows: gathered.rows, ours: true })
}

fn nothing(path: &Path) -> Error {
    let path = path.display();
    Error::invalid(
        format!("复核表 {path} 里没有一行填了“{RESULT}”：请填写后再用；表名和列名不要改"),
        format!("no row of the review workbook {path} has a label chosen: fill it in, and leave names as they are"),
    )
}

/// The labels on offer: list and cell → code.
struct Offered(HashMap<(usize, String), String>);

impl Offered {
    fn of(rows: &[Row]) -> Self {
        let mut offered = HashMap::new();
        for (_, cells) in rows.iter().skip(1) {
            for head in 0..HEADS.len() {
                if let Some([shown, code]) = cells.get(2 * head..2 * head + 2)
                    && !code.trim().is_empty()
                {
                    offered.insert((head, shown.trim().to_owned()), code.trim().to_owned());
                    offered.insert((head, code.trim().to_owned()), code.trim().to_owned());
                }
            }
        }
        Self(offered)
    }

    /// The head asked about, by its place in [`HEADS`], and the label chosen: as shown, its code, or its code with
    /// anything after it. Without the sheet of choices every code is taken.
    fn chosen(&self, asked: &str, said: &str) -> Option<(usize, String)> {
        let head = HEADS.iter().position(|(_, name)| *name == asked)?;
        let known = |said: &str| self.0.get(&(head, said.to_owned())).cloned();
        let code = known(said).or_else(|| known(code_of(said)));
        Some((head, code.or_else(|| self.0.is_empty().then(|| code_of(said).to_owned()))?))
    }
}

/// Rows of id, text and a label for each head.
#[derive(Default)]
struct Gathered {
    rows: Vec<Row>,
    /// Id and text → place in `rows`.
    places: HashMap<(String, String), usize>,
    ids: HashSet<String>,
}

impl Gathered {
    fn take(&mut self, sheet: &str, line: usize, id: &str, text: &str, head: usize, label: String) {
        let place = *self.places.entry((id.to_owned(), text.to_owned())).or_insert_with(|| {
            // Files count their rows from 1 each, so two complaints may have come under one number.
            let id = if self.ids.insert(id.to_owned()) { id.to_owned() } else { format!("{sheet}:{line}") };
            self.rows.push((line, vec![id, text.to_owned(), String::new(), String::new()]));
            self.rows.len() - 1
        });
        self.rows[place].1[2 + head] = label;
    }
}
