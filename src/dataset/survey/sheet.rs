//! A file of answers before anything is known of its questions: headers of one row or two, blocks of columns, rows.

use super::heading::{Heading, is_personal, lettered, system};
use crate::case::{Checklist, Finding, QuestionKind};
use crate::dataset::table::{Grid, Merged, Row};

/// Columns that hold one question.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Block {
    pub(super) number: Option<u32>,
    pub(super) stem: String,
    /// At least one, in the order of the file; fills apart.
    pub(super) columns: Vec<Heading>,
    /// Columns of what was written beside options.
    pub(super) fills: Vec<Heading>,
}

/// A file of answers, its columns sorted by what they are.
pub(super) struct Sheet {
    /// What stood in a row of its own above the header.
    pub(super) title: Option<String>,
    pub(super) blocks: Vec<Block>,
    /// Columns that the platform added.
    pub(super) system: Vec<(QuestionKind, Heading)>,
    /// Columns of personal data: never read.
    pub(super) personal: Vec<Heading>,
    pub(super) rows: Vec<Row>,
}

/// `A`, `B` … `Z`, `AA`: a column as spreadsheet programs name it.
pub(super) fn letters(at: usize) -> String {
    let letter = char::from(b'A' + (at % 26) as u8);
    if at < 26 { letter.to_string() } else { format!("{}{letter}", letters(at / 26 - 1)) }
}

impl Sheet {
    /// Sorts the columns; what is wrong with header and shape goes to `found`.
    pub(super) fn of(grid: Grid, found: &mut Checklist) -> Self {
        let Grid { mut rows, merged } = grid;
        let title = take_title(&mut rows);
        let headings = take_header(&mut rows, &merged);
        let first = rows.first().map_or(usize::MAX, |(line, _)| *line);
        let mut sheet = Self { title, blocks: Vec::new(), system: Vec::new(), personal: Vec::new(), rows };
        merged_rows(&merged, first, found);
        sheet.headless(&headings, found);
        let mut asked = Vec::new();
        for heading in headings.into_iter().filter(|heading| !heading.whole.is_empty()) {
            match system(&heading) {
                _ if is_personal(&heading) || sheet.is_of_people(&heading) => sheet.personal.push(heading),
                Some(kind) => sheet.system.push((kind, heading)),
                None => asked.push(heading),
            }
        }
        sheet.blocks = blocks(asked);
        sheet
    }

    /// The trimmed cells of a column, with their lines; what stands for "not shown" or "left blank" is blank.
    pub(super) fn cells(&self, at: usize) -> impl Iterator<Item = (usize, &str)> {
        self.rows.iter().map(move |(line, cells)| (*line, filled(cells.get(at).map_or("", |cell| cell))))
    }

    /// Whether what stands in a column is mostly phone numbers, identity numbers, addresses of mail or of machines.
    fn is_of_people(&self, heading: &Heading) -> bool {
        let (mut filled, mut personal) = (0, 0);
        for (_, cell) in self.cells(heading.at).filter(|(_, cell)| !cell.is_empty()) {
            filled += 1;
            personal += usize::from(is_of_a_person(cell));
        }
        personal > 0 && 2 * personal >= filled
    }

    /// Columns that hold something and have no name, and files whose first row is an answer.
    fn headless(&self, headings: &[Heading], found: &mut Checklist) {
        let looks_answered = |heading: &&Heading| {
            let name = heading.whole.as_str();
            name.parse::<f64>().is_ok() || name.len() > 8 && name.bytes().filter(u8::is_ascii_digit).count() >= 6
        };
        let names = |heading: &Heading| {
            system(heading).is_some()
                || heading.number.is_some() && !(heading.stem.is_empty() && heading.part.is_none())
        };
        let answered = headings.iter().filter(looks_answered).count();
        if headings.iter().all(|heading| heading.whole.is_empty()) || answered >= 2 && !headings.iter().any(names) {
            found.add(Finding::fatal(
                "no_header",
                "第一行像是答卷，不是列名：请在最上面补一行列名（序号、题号和题目），或重新导出并勾选“包含题目”",
                "the first row looks like answers, not names: put a row of column names on top",
            ));
        }
        for heading in headings.iter().filter(|heading| heading.whole.is_empty()) {
            let count = self.cells(heading.at).filter(|(_, cell)| !cell.is_empty()).count();
            if count > 0 {
                let column = letters(heading.at);
                found.add(Finding::fatal(
                    "no_name",
                    format!("{column} 列有 {count} 格内容却没有列名：请补上题号和题目，不要的列请删去"),
                    format!("column {column} holds {count} cells and has no name: name it or delete it"),
                ));
            }
        }
    }
}

/// Blank for what platforms write where there is no answer.
fn filled(cell: &str) -> &str {
    let cell = cell.trim();
    match cell {
        "(跳过)" | "（跳过）" | "(空)" | "（空）" | "-3" | "-2" | "NULL" | "null" | "#N/A" => "",
        cell => cell,
    }
}

fn is_of_a_person(cell: &str) -> bool {
    let digits = cell.bytes().filter(u8::is_ascii_digit).count();
    let phone = cell.len() == 11 && digits == 11 && cell.starts_with('1');
    let identity = cell.len() == 18 && digits >= 17;
    let mail =
        cell.len() < 60 && cell.split_once('@').is_some_and(|(_, host)| host.contains('.')) && !cell.contains(' ');
    let machine = cell.split_once('(').map_or(cell, |(address, _)| address).trim().parse::<std::net::IpAddr>().is_ok();
    phone || identity || mail || machine
}

/// Takes a row with one filled cell from above the header.
fn take_title(rows: &mut Vec<Row>) -> Option<String> {
    let filled = |row: &Row| row.1.iter().filter(|cell| !cell.trim().is_empty()).count();
    let above = rows.len() > 1 && filled(&rows[0]) == 1 && filled(&rows[1]) > 2;
    above.then(|| rows.remove(0)).and_then(|(_, cells)| cells.into_iter().find(|cell| !cell.trim().is_empty()))
}

/// Takes one header row, or two where the first spans what the second names.
fn take_header(rows: &mut Vec<Row>, merged: &[Merged]) -> Vec<Heading> {
    if rows.is_empty() {
        return Vec::new();
    }
    let (line, top) = rows.remove(0);
    let below = rows
        .first()
        .filter(|(next, below)| is_second(line, &top, *next, below, merged))
        .map(|(_, below)| below.clone());
    let Some(below) = below else {
        return top.iter().enumerate().map(|(at, cell)| Heading::of(at, cell)).collect();
    };
    rows.remove(0);
    let mut spanning = String::new();
    let joined = top.iter().zip(&below).enumerate().map(|(at, (top, below))| {
        if !top.trim().is_empty() {
            spanning.clone_from(top);
        } else if below.trim().is_empty() {
            spanning.clear();
        }
        Heading::under(at, &spanning, below)
    });
    joined.collect()
}

/// Whether the second row names parts of the first: a workbook says so by what is merged; in text the second row is
/// blank where the first stands alone, and filled wherever the first is blank.
fn is_second(line: usize, top: &[String], next: usize, below: &[String], merged: &[Merged]) -> bool {
    let across = merged.iter().any(|region| region.rows == (line, line) && region.columns.0 < region.columns.1);
    let down = merged.iter().any(|region| region.rows == (line, next));
    if across || down {
        return true;
    }
    let is_blank = |cell: &String| cell.trim().is_empty();
    let pairs = || top.iter().zip(below);
    let spans = pairs().any(|(top, below)| is_blank(top) && !is_blank(below));
    let stands = pairs().next().is_some_and(|(top, below)| !is_blank(top) && is_blank(below));
    let gap = pairs().any(|(top, below)| is_blank(top) && is_blank(below));
    spans && stands && !gap
}

/// Merged cells among the answers: only their first row holds the answer.
fn merged_rows(merged: &[Merged], first: usize, found: &mut Checklist) {
    let among = merged.iter().filter(|region| region.rows.1 >= first);
    let places: Vec<(usize, String)> = among
        .map(|Merged { rows, columns }| {
            let (left, right) = (letters(columns.0), letters(columns.1));
            (rows.0, format!("{left}{}:{right}{}", rows.0, rows.1))
        })
        .collect();
    if places.is_empty() {
        return;
    }
    let shown: Vec<&str> = places.iter().take(5).map(|(_, place)| place.as_str()).collect();
    let (shown, more) = (shown.join("、"), if places.len() > 5 { "等" } else { "" });
    found.add(
        Finding::fatal(
            "merged_cells",
            format!("答卷里有合并单元格（{shown}{more}），只有左上一格有值：请在表格里取消合并，并把值填满每一格"),
            format!("cells are merged among the answers ({shown}): unmerge them and fill every cell"),
        )
        .on(places.iter().map(|(line, _)| *line)),
    );
}

/// Columns that follow each other and belong to one question.
fn blocks(asked: Vec<Heading>) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for heading in asked {
        match blocks.last_mut().filter(|block| block.takes(&heading)) {
            Some(block) => block.add(heading),
            None => blocks.push(Block::begun(heading)),
        }
    }
    blocks.iter_mut().for_each(Block::settle);
    blocks
}

impl Block {
    fn begun(heading: Heading) -> Self {
        let (number, stem) = (heading.number, heading.stem.clone());
        let mut block = Self { number, stem, columns: Vec::new(), fills: Vec::new() };
        block.add(heading);
        block
    }

    fn add(&mut self, heading: Heading) {
        if heading.is_fill { self.fills.push(heading) } else { self.columns.push(heading) }
    }

    /// Whether the column belongs to the same question: by its number, else by its wording.
    fn takes(&self, heading: &Heading) -> bool {
        if self.number.is_some() || heading.number.is_some() {
            return self.number == heading.number;
        }
        if heading.part.is_some() || heading.is_fill {
            return heading.stem == self.stem;
        }
        let split = |heading: &Heading| heading.split().map(|split| split.stem);
        let last = self.columns.last().and_then(split);
        last.is_some() && last == split(heading)
    }

    /// Takes wording and options apart where the headers hold both.
    fn settle(&mut self) {
        if self.columns.len() > 1 && self.columns.iter().all(|heading| heading.part.is_none()) {
            let split: Option<Vec<Heading>> = self.columns.iter().map(Heading::split).collect();
            let same = |split: &Vec<Heading>| split.iter().all(|heading| heading.stem == split[0].stem);
            if let Some(split) = split.filter(same) {
                self.columns = split;
            }
        }
        let fills = self
            .fills
            .iter()
            .map(|fill| fill.split().filter(|_| self.columns.len() > 1).unwrap_or_else(|| fill.clone()));
        self.fills = fills.collect();
        if let Some(first) = self.columns.iter().find(|heading| !heading.stem.is_empty()) {
            self.stem.clone_from(&first.stem);
        }
    }

    /// The names of its options or rows, letters gone; none where it is a single column.
    pub(super) fn parts(&self) -> Option<Vec<&str>> {
        self.columns.iter().map(|heading| heading.part.as_deref().map(|part| lettered(part).1)).collect()
    }
}
