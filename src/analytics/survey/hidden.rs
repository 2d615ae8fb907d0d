//! Small counts of tables, hidden with so many others that sums do not give them away.
//!
//! A table with its margins is a set of sums: in each row the cells make the row's total, in each column the column's,
//! and the totals make the whole. Counts of 1 to 4 are hidden (primary suppression), and others with them (complementary
//! suppression; L. Willenborg and T. de Waal, *Elements of Statistical Disclosure Control*, Springer 2001, ch. 4). What
//! an outsider can still work out is asked of the table itself: every table that agrees with what is shown is reached
//! from the true one by moving answers along closed walks of hidden counts, so a hidden count reaches exactly as far as
//! such walks take it (L. H. Cox, "Network models for complementary cell suppression", JASA 90 (1995) 1453). Where that
//! is not far enough ([`crate::analytics::suppress`] says how far), the cheapest rectangle through it is hidden too.

use std::collections::VecDeque;

use crate::analytics::suppress::{HIDDEN_UP_TO, Node, Shown, is_safe, is_small, protect};

/// The total of a row of a cross table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Total {
    /// Told elsewhere too.
    Known,
    /// Told nowhere else, so that it may be hidden here.
    Open,
    /// Hidden elsewhere, so that it must be hidden here.
    Hidden,
}

/// For each cell whether it is hidden; the last row and the last column are the totals, the last cell the whole, which
/// is shown. `cells` have no totals; `columns` says which totals of columns are shown beside the table. None where no
/// part of the table can be shown.
pub fn hide(cells: &[Vec<usize>], rows: &[Total], columns: &[bool]) -> Option<Vec<Vec<bool>>> {
    let mut table = Table::of(cells, rows, columns);
    let mut given_up = Vec::new();
    while let Some(at) = table.unsafe_one(&given_up) {
        if table.widen(at, rows) {
            continue;
        }
        // What the margins alone tell of a cell cannot be helped here; a total can.
        if at.0 == table.height || at.1 == table.width {
            return None;
        }
        given_up.push(at);
    }
    Some(table.hidden)
}

/// Which of the parts of a whole are shown, and which totals of their groups; `of` names the group, 0 to 2, of each
/// part. The whole is shown. Parts that nobody chose are, unless all are hidden.
pub fn shown_parts(of: &[usize], counts: &[usize]) -> (Vec<bool>, [bool; 3]) {
    let leaf = |size: usize| Node { size: size as u32, ..Node::default() };
    let total = |group: usize| of.iter().zip(counts).filter(|(of, _)| **of == group).map(|(_, count)| count).sum();
    let totals: [usize; 3] = [total(0), total(1), total(2)];
    let filled: Vec<usize> = (0..3).filter(|group| totals[*group] > 0).collect();
    let within = |group: usize| (0..of.len()).filter(move |at| of[*at] == group && counts[*at] > 0);
    let node = |group: &usize| {
        let below: Vec<Node> = within(*group).map(|at| leaf(counts[at])).collect();
        // A single part is its group.
        let tables = if below.len() > 1 { vec![below] } else { Vec::new() };
        Node { tables, ..leaf(totals[*group]) }
    };
    let root = Node { tables: vec![filled.iter().map(node).collect()], ..leaf(totals.iter().sum()) };
    let Shown { size, tables, .. } = protect(&root);
    // So few that not even who chose nothing may be known.
    let (mut parts, mut groups) = (vec![size; of.len()], [size; 3]);
    for (group, row) in filled.iter().zip(tables.into_iter().flatten()) {
        groups[*group] = row.size;
        let below: Vec<bool> = match row.tables.first() {
            Some(below) => below.iter().map(|below| below.size).collect(),
            None => vec![row.size],
        };
        within(*group).zip(below).for_each(|(at, shown)| parts[at] = shown);
    }
    (parts, groups)
}

/// Which of several counts are shown that may overlap (several ticks, several themes), of `whole` people who are each in
/// one of them at least: what the shown ones do not make up must leave room for a hidden one to be 1.
pub fn shown_overlapping(counts: &[usize], whole: usize) -> Vec<bool> {
    let mut shown: Vec<bool> = counts.iter().map(|count| !is_small(*count as u32)).collect();
    let hidden = shown.iter().filter(|shown| !**shown).count();
    let told: usize = counts.iter().zip(&shown).filter(|(_, shown)| **shown).map(|(count, _)| count).sum();
    if hidden > 0 && whole > 1 + told + HIDDEN_UP_TO as usize * (hidden - 1) {
        let open = (0..counts.len()).filter(|at| shown[*at] && counts[*at] > 0);
        if let Some(least) = open.min_by_key(|at| counts[*at]) {
            shown[least] = false;
        }
    }
    shown
}

type At = (usize, usize);

/// Counts with their totals in the last row and column, and which are hidden.
struct Table {
    counts: Vec<Vec<usize>>,
    hidden: Vec<Vec<bool>>,
    height: usize,
    width: usize,
}

impl Table {
    fn of(cells: &[Vec<usize>], rows: &[Total], columns: &[bool]) -> Self {
        let (height, width) = (cells.len(), columns.len());
        let whole = |row: &Vec<usize>| row.iter().copied().chain([row.iter().sum()]).collect::<Vec<usize>>();
        let mut counts: Vec<Vec<usize>> = cells.iter().map(whole).collect();
        counts.push((0..=width).map(|at| counts.iter().map(|row| row[at]).sum()).collect());
        let mut hidden: Vec<Vec<bool>> =
            counts.iter().map(|row| row.iter().map(|count| is_small(*count as u32)).collect()).collect();
        columns.iter().enumerate().for_each(|(at, shown)| hidden[height][at] |= !shown);
        hidden[height][width] = false;
        let mut table = Self { counts, hidden, height, width };
        for (row, total) in rows.iter().enumerate() {
            if table.hidden[row][width] || *total == Total::Hidden {
                table.hide_row(row);
            }
        }
        table
    }

    fn hide_row(&mut self, row: usize) {
        self.hidden[row].fill(true);
    }

    /// The first hidden count that does not reach far enough.
    fn unsafe_one(&self, given_up: &[At]) -> Option<At> {
        let places = (0..=self.height).flat_map(|row| (0..=self.width).map(move |column| (row, column)));
        let hidden = places.filter(|(row, column)| self.hidden[*row][*column] && self.counts[*row][*column] > 0);
        let fits = |at: &At| is_safe(self.counts[at.0][at.1] as u32, self.reach(*at));
        hidden.filter(|at| !given_up.contains(at)).find(|at| !fits(at))
    }

    /// From where to where a hidden count can be moved, looked at as far as it matters.
    fn reach(&self, at: At) -> (u32, u32) {
        let steps = |up: bool| {
            let mut counts = self.counts.clone();
            (1..HIDDEN_UP_TO).take_while(|_| self.moved(&mut counts, at, up)).count() as u32
        };
        let count = self.counts[at.0][at.1] as u32;
        (count - steps(false), count + steps(true))
    }

    /// Moves one answer into or out of a hidden count and others so that every sum stays; whether that can be done.
    /// Totals stand on the other side of their sums, hence the signs.
    fn moved(&self, counts: &mut [Vec<usize>], start: At, up: bool) -> bool {
        let sign = |(row, column): At| (row == self.height) == (column == self.width);
        let can = |counts: &[Vec<usize>], at: At, add: bool| {
            at != start && self.hidden[at.0][at.1] && (add == sign(at) || counts[at.0][at.1] > 0)
        };
        let first = up == sign(start);
        if !up && counts[start.0][start.1] == 0 {
            return false;
        }
        // From a row by what evens it out to columns, from a column to rows, until the first column is even.
        let (mut to_column, mut to_row) = (vec![None; self.width + 1], vec![None; self.height + 1]);
        let mut queue = VecDeque::from([start.0]);
        let mut seen = vec![false; self.height + 1];
        seen[start.0] = true;
        while let Some(row) = queue.pop_front() {
            for (column, before) in to_column.iter_mut().enumerate() {
                if before.is_some() || !can(counts, (row, column), !first) {
                    continue;
                }
                *before = Some(row);
                let rows: Vec<usize> =
                    (0..=self.height).filter(|next| !seen[*next] && can(counts, (*next, column), first)).collect();
                for next in rows.into_iter().filter(|_| column != start.1) {
                    seen[next] = true;
                    to_row[next] = Some(column);
                    queue.push_back(next);
                }
            }
        }
        let mut put = |at: At, add: bool| {
            let count = &mut counts[at.0][at.1];
            *count = if add == sign(at) { *count + 1 } else { *count - 1 };
        };
        let Some(mut row) = to_column[start.1] else { return false };
        put(start, first);
        let mut column = start.1;
        loop {
            put((row, column), !first);
            let Some(before) = to_row[row] else { return true };
            column = before;
            put((row, column), first);
            let Some(above) = to_column[column] else { return true };
            row = above;
        }
    }

    /// Hides the rest of the cheapest rectangle that has this corner; whether there was one.
    fn widen(&mut self, (row, column): At, rows: &[Total]) -> bool {
        let may =
            |at: At| self.hidden[at.0][at.1] || at.0 < self.height && (at.1 < self.width || rows[at.0] == Total::Open);
        let filled = |at: &At| self.counts[at.0][self.width] > 0 && self.counts[self.height][at.1] > 0;
        let corners = |other: At| [(row, other.1), (other.0, column), other];
        let cost = |other: &At| {
            let fresh = corners(*other).into_iter().filter(|at| !self.hidden[at.0][at.1]);
            let counts: Vec<usize> = fresh.map(|at| self.counts[at.0][at.1]).collect();
            (counts.iter().filter(|count| **count == 0).count(), counts.iter().sum::<usize>(), counts.len())
        };
        let others = (0..=self.height).flat_map(|row| (0..=self.width).map(move |column| (row, column)));
        let best = others
            .filter(|other| other.0 != row && other.1 != column && filled(other))
            .filter(|other| corners(*other).into_iter().all(may) && cost(other).2 > 0)
            .min_by_key(cost);
        let Some(best) = best else { return false };
        for at in corners(best) {
            if at.1 == self.width {
                self.hide_row(at.0);
            } else {
                self.hidden[at.0][at.1] = true;
            }
        }
        true
    }
}
