//! Small cells of tables, hidden with so many others that sums do not give them away.
//!
//! A table with its margins is a set of sums: in each row the cells make the row's total, in each column the column's,
//! and the totals make the whole, which is shown. Counts of 1 to 4 are hidden (primary suppression); wherever just one
//! cell of a sum is hidden, the smallest shown one beside it is hidden too, until none is alone (complementary
//! suppression; L. Willenborg and T. de Waal, *Elements of Statistical Disclosure Control*, Springer 2001, ch. 4). A sum
//! of hidden cells that is itself small is widened the same way.

use crate::analytics::suppress::HIDDEN_UP_TO;

/// For each cell whether it is hidden; the last row and the last column are the totals, the last cell the whole. Totals
/// of rows are hidden by the same rule. `cells` have no totals.
pub fn hide(cells: &[Vec<usize>]) -> Vec<Vec<bool>> {
    let table = with_totals(cells);
    let small = |count: &usize| (1..=HIDDEN_UP_TO as usize).contains(count);
    let mut hidden: Vec<Vec<bool>> = table.iter().map(|row| row.iter().map(small).collect()).collect();
    let (height, width) = (table.len(), table.first().map_or(0, Vec::len));
    // The whole is shown: whoever asks knows how many answered.
    hidden[height - 1][width - 1] = false;
    let lines: Vec<Vec<(usize, usize)>> = (0..height)
        .map(|row| (0..width).map(|column| (row, column)).collect())
        .chain((0..width).map(|column| (0..height).map(|row| (row, column)).collect()))
        .collect();
    while let Some((row, column)) = lines.iter().find_map(|line| exposed(&table, &hidden, line)) {
        hidden[row][column] = true;
    }
    hidden
}

/// What must be hidden too, if the hidden cells of a line can be worked out.
fn exposed(table: &[Vec<usize>], hidden: &[Vec<bool>], line: &[(usize, usize)]) -> Option<(usize, usize)> {
    let (height, width) = (table.len(), table[0].len());
    let mut covered = line.iter().filter(|(row, column)| hidden[*row][*column]);
    let sum: usize = covered.clone().map(|(row, column)| table[*row][*column]).sum();
    let count = covered.clone().count();
    let margin = covered.any(|(row, column)| *row == height - 1 || *column == width - 1);
    // Of two cells that make 3 one would know that each is 1 or 2; a hidden total leaves its cells free.
    let alone = count == 1 || count > 1 && !margin && sum < count + HIDDEN_UP_TO as usize - 1;
    if !alone {
        return None;
    }
    let shown =
        line.iter().filter(|(row, column)| !hidden[*row][*column] && (*row, *column) != (height - 1, width - 1));
    shown.copied().min_by_key(|(row, column)| {
        let is_margin = *row == height - 1 || *column == width - 1;
        (table[*row][*column] == 0, is_margin, table[*row][*column])
    })
}

fn with_totals(cells: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let width = cells.first().map_or(0, Vec::len);
    let whole = |row: &Vec<usize>| row.iter().copied().chain([row.iter().sum()]).collect::<Vec<usize>>();
    let mut table: Vec<Vec<usize>> = cells.iter().map(whole).collect();
    table.push((0..=width).map(|at| table.iter().map(|row| row[at]).sum()).collect());
    table
}
