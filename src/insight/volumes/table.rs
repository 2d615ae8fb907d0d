//! Volumes as a table: one row for each value and one for all; counted by two things, a column for each of the other.

use std::collections::BTreeSet;

use super::name::dimension;
use super::{Base, Change, Heading, Volume, Volumes};
use crate::analytics::Dimension;
use crate::dataset::export::{Cell, Column, Holds, column, column_of};
use crate::insight::{Day, Table};

const ALL: &str = "合计";
/// The column of what lies beyond the top, where columns have codes.
const REST: &str = "rest";

impl Volumes {
    pub fn table(&self) -> Table {
        match &self.columns {
            None => self.plain(),
            Some(headings) => self.crossed(headings),
        }
    }

    fn plain(&self) -> Table {
        let columns = vec![
            column("code", "代码", Holds::Words, "代码或时间"),
            column_of("name".into(), self.called(0), Holds::Words, "名称"),
            column("cases", "件数", Holds::Count, "本期件数"),
            column("people", "人数", Holds::Count, "同一来电人只算一次，没有来电人标识的各算一人"),
            column("share", "占比", Holds::Share, "件数 ÷ 合计"),
            column("previous", "上期件数", Holds::Count, "上期件数"),
            column("change", "环比", Holds::Share, "（本期 − 上期）÷ 上期；上期不足 20 件不计"),
            column("year_before", "去年同期件数", Holds::Count, "去年同期件数"),
            column("year_change", "同比", Holds::Share, "（本期 − 去年同期）÷ 去年同期；去年同期不足 20 件不计"),
            column("note", "备注", Holds::Words, "是否为未完的时段；放假或调休上班的日子；本期和对比期的法定节假日"),
        ];
        let whole = |base: &Base| Change { cases: base.cases, change: base.change, link: None };
        let (previous, year_before) = (self.previous.as_ref().map(whole), self.year_before.as_ref().map(whole));
        let mut all = vec![Cell::Blank, Cell::Words(ALL.into()), Cell::Count(self.total), Cell::Count(self.people)];
        all.push(Cell::Share(if self.total > 0 { 1.0 } else { 0.0 }));
        all.extend(changes(previous.as_ref(), year_before.as_ref()));
        all.push(Cell::of(self.note().as_deref()));
        let rows = self.rows.iter().map(row).chain([all]).collect();
        Table { title: "诉求量", columns, rows }
    }

    fn crossed(&self, headings: &[Heading]) -> Table {
        let mut columns = vec![
            column("code", "代码", Holds::Words, "代码或时间"),
            column_of("name".into(), self.called(0), Holds::Words, "名称"),
            column("cases", "件数", Holds::Count, "各列合计"),
        ];
        let mut taken: BTreeSet<(String, String)> = BTreeSet::new();
        let mut other = |heading: &Heading| {
            let name = free(heading.code.as_deref().unwrap_or(REST), |name| {
                ["code", "name", "cases"].contains(&name) || taken.iter().any(|(taken, _)| taken == name)
            });
            let zh = free(&heading.name, |zh| {
                ["代码", "件数", &self.called(0)].contains(&zh) || taken.iter().any(|(_, taken)| taken == zh)
            });
            taken.insert((name.clone(), zh.clone()));
            column_of(name, zh, Holds::Count, "这一列的件数")
        };
        let own: Vec<Column> = headings.iter().map(&mut other).collect();
        columns.extend(own);
        let row = |row: &Volume| {
            let own = [Cell::of(row.code.as_deref()), Cell::Words(row.name.clone()), Cell::Count(row.cases)];
            own.into_iter().chain(row.cells.iter().flatten().map(|cell| Cell::Count(cell.cases))).collect()
        };
        let all = [Cell::Blank, Cell::Words(ALL.into()), Cell::Count(self.total)];
        let all = all.into_iter().chain(headings.iter().map(|heading| Cell::Count(heading.cases))).collect();
        Table { title: "诉求量", columns, rows: self.rows.iter().map(row).chain([all]).collect() }
    }

    fn called(&self, at: usize) -> String {
        let by = self.by.get(at).and_then(|code| Dimension::ALL.into_iter().find(|by| by.code() == *code));
        by.map_or("类别", dimension).to_owned()
    }

    /// What a reader of the whole must know: 本期未完; holidays of the three periods.
    fn note(&self) -> Option<String> {
        let days = |what: &str, holidays: Option<&Vec<String>>| match holidays {
            Some(names) if !names.is_empty() => Some(format!("{what}含{}", names.join("、"))),
            _ => None,
        };
        let base = |base: &Option<Base>| base.as_ref().and_then(|base| base.holidays.clone());
        let notes = [
            self.partial.then(|| "本期未完，与对比期的同一段相比".to_owned()),
            days("本期", self.holidays.as_ref()),
            days("上期", base(&self.previous).as_ref()),
            days("去年同期", base(&self.year_before).as_ref()),
        ];
        let notes: Vec<String> = notes.into_iter().flatten().collect();
        (!notes.is_empty()).then(|| notes.join("；"))
    }
}

fn row(row: &Volume) -> Vec<Cell> {
    let mut cells = vec![Cell::of(row.code.as_deref()), Cell::Words(row.name.clone())];
    cells.extend([Cell::Count(row.cases), Cell::Count(row.people), Cell::Share(row.share)]);
    cells.extend(changes(row.previous.as_ref(), row.year_before.as_ref()));
    let partial = row.partial.filter(|is| *is).map(|_| "时段未完".to_owned());
    let notes: Vec<String> = partial.into_iter().chain(row.day.as_ref().and_then(Day::said)).collect();
    cells.push(if notes.is_empty() { Cell::Blank } else { Cell::Words(notes.join("；")) });
    cells
}

fn changes(previous: Option<&Change>, year_before: Option<&Change>) -> impl Iterator<Item = Cell> {
    let cells = |change: Option<&Change>| {
        let share = change.and_then(|change| change.change);
        [change.map_or(Cell::Blank, |change| Cell::Count(change.cases)), share.map_or(Cell::Blank, Cell::Share)]
    };
    cells(previous).into_iter().chain(cells(year_before))
}

/// A name that no other column has.
fn free(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let mut free = name.to_owned();
    while is_taken(&free) {
        free.push('_');
    }
    free
}
