//! Tables fit for the public (公开): no count of 1 to 4 is shown, and none can be worked out from what is shown.
//!
//! Counts below a threshold are suppressed (primary suppression), and so many others with them (complementary
//! suppression) that margins do not give them away: L. Willenborg and T. de Waal, *Elements of Statistical Disclosure
//! Control*, Springer 2001, ch. 4; A. Hundepool et al., *Statistical Disclosure Control*, Wiley 2012, ch. 4.
//!
//! A table is a tree: the total, rows that sum to it in one or more ways (by kind of unit, by category, by district),
//! and rows below them (units). A row has its size and some answers; the parts of an answer sum to the size: hits,
//! misses, the rest. A row is shown with its size or not at all, an answer with all of its parts or not at all. That
//! keeps what an outsider can know to a few sums, whose reach is known exactly ([`Reach`]):
//!
//! - Where a row's answer is hidden, its parts are known to sum to its size.
//! - Where the row above shows that answer, the hidden rows' parts are also known to sum to what the row above has more
//!   than the shown ones. Sizes and sums are then the margins of a two-way table without a known cell, whose cells reach
//!   exactly from `max(0, row + column − all)` to `min(row, column)` (M. Fréchet 1951; for whole numbers too, as
//!   transportation problems have whole corners).
//! - Of several hidden sizes, each is at least 1, and at most what they have together less 1 for each other.
//!
//! Every hidden count of 1 to 4 reaches from 1 or less to 4 or more; every larger one over four values at least. Until
//! that holds, the smallest shown row beside is hidden too, and when none is left the row above. That a row is hidden
//! tells not whether for itself or for another's sake. Tables of overlapping times would tell by their difference: see
//! `insight::Month`.

/// Counts from 1 up to this one are not shown.
pub const HIDDEN_UP_TO: u32 = 4;

/// A row with the rows that sum to it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Node {
    /// At least 1, but for a total of nothing.
    pub size: u32,
    /// Answers, each as parts that sum to `size`; every row has the same answers.
    pub answers: Vec<Vec<u32>>,
    /// Each the rows below in one way of dividing; they sum to this one.
    pub tables: Vec<Vec<Node>>,
}

/// What may be shown of a row and of those below; the same shape as the [`Node`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub size: bool,
    pub answers: Vec<bool>,
    pub tables: Vec<Vec<Shown>>,
}

/// From where to where a hidden count may lie, for all that is known.
pub type Reach = (u32, u32);

/// What may be shown so that no count of 1 to [`HIDDEN_UP_TO`] is known.
pub fn protect(node: &Node) -> Shown {
    let mut shown = first(node);
    settle(&mut shown);
    while improve(node, &mut shown) {
        settle(&mut shown);
    }
    shown
}

/// Where each part of the hidden answer `at` of the rows of a table may lie; `None` for rows whose answer is shown.
/// `above` is the reach of the parts of the row above.
pub fn reach(rows: &[Node], shown: &[Shown], at: usize, above: &[Reach]) -> Vec<Option<Vec<Reach>>> {
    let hidden = || rows.iter().zip(shown).filter(|(_, shown)| !shown.answers[at]);
    let all: u32 = hidden().map(|(row, _)| row.size).sum();
    let hidden_size = size_reach(rows, shown);
    let sums: Vec<Reach> = above
        .iter()
        .enumerate()
        .map(|(part, (low, high))| {
            let told: u32 = rows
                .iter()
                .zip(shown)
                .filter(|(_, shown)| shown.answers[at])
                .map(|(row, _)| row.answers[at][part])
                .sum();
            (low.saturating_sub(told), high.saturating_sub(told))
        })
        .collect();
    let one = |row: &Node, shown: &Shown| {
        let (least, most) = if shown.size { (row.size, row.size) } else { hidden_size };
        sums.iter().map(|(low, high)| ((low + least).saturating_sub(all), (*high).min(most))).collect()
    };
    rows.iter().zip(shown).map(|(row, shown)| (!shown.answers[at]).then(|| one(row, shown))).collect()
}

/// Whether a count is too small to be shown.
pub fn is_small(count: u32) -> bool {
    (1..=HIDDEN_UP_TO).contains(&count)
}

/// Whether a count may lie so.
pub(super) fn is_safe(count: u32, (low, high): Reach) -> bool {
    match count {
        0 => true,
        count if is_small(count) => low <= 1 && high >= HIDDEN_UP_TO,
        _ => high - low >= HIDDEN_UP_TO - 1,
    }
}

/// Hides what is small itself.
fn first(node: &Node) -> Shown {
    let size = !is_small(node.size);
    let answers = node.answers.iter().map(|parts| !parts.iter().any(|part| is_small(*part))).collect();
    Shown { size, answers, tables: node.tables.iter().map(|rows| rows.iter().map(first).collect()).collect() }
}

/// Hides below what is hidden above: rows that are all shown would sum to it.
fn settle(shown: &mut Shown) {
    if !shown.size {
        shown.answers.fill(false);
    }
    for row in shown.tables.iter_mut().flatten() {
        row.size &= shown.size;
        row.answers.iter_mut().zip(&shown.answers).for_each(|(row, above)| *row &= *above);
        settle(row);
    }
}

/// Hides one thing more where something can still be worked out; whether there was.
fn improve(node: &Node, shown: &mut Shown) -> bool {
    for at in 0..node.tables.len() {
        if shown.size && !sizes_are_safe(&node.tables[at], &shown.tables[at]) {
            match smallest(&node.tables[at], &shown.tables[at], |row| row.size) {
                Some(row) => shown.tables[at][row].size = false,
                None => shown.size = false,
            }
            return true;
        }
        for answer in 0..node.answers.len() {
            if !shown.answers[answer] || answers_are_safe(node, shown, at, answer) {
                continue;
            }
            match smallest(&node.tables[at], &shown.tables[at], |row| row.answers[answer]) {
                Some(row) => shown.tables[at][row].answers[answer] = false,
                None => shown.answers[answer] = false,
            }
            return true;
        }
    }
    let below = node.tables.iter().flatten().zip(shown.tables.iter_mut().flatten());
    below.into_iter().any(|(node, shown)| improve(node, shown))
}

/// The smallest row of which that is shown; of equal ones the first.
fn smallest(rows: &[Node], shown: &[Shown], is_shown: impl Fn(&Shown) -> bool) -> Option<usize> {
    let open = (0..rows.len()).filter(|row| is_shown(&shown[*row]));
    open.min_by_key(|row| rows[*row].size)
}

fn sizes_are_safe(rows: &[Node], shown: &[Shown]) -> bool {
    let reach = size_reach(rows, shown);
    rows.iter().zip(shown).all(|(row, shown)| shown.size || is_safe(row.size, reach))
}

/// Where each hidden size of a table may lie: one alone is what the row above has more than the shown ones; of several
/// each is 1 at least, and at most what leaves 1 to each other.
fn size_reach(rows: &[Node], shown: &[Shown]) -> Reach {
    let hidden = || rows.iter().zip(shown).filter(|(_, shown)| !shown.size).map(|(row, _)| row.size);
    let (all, count) = (hidden().sum::<u32>(), hidden().count() as u32);
    if count == 1 { (all, all) } else { (1, (all + 1).saturating_sub(count)) }
}

/// Whether the hidden answers of a table, and of those below, can lie far enough; the row above shows its own.
fn answers_are_safe(node: &Node, shown: &Shown, at: usize, answer: usize) -> bool {
    let exact: Vec<Reach> = node.answers[answer].iter().map(|part| (*part, *part)).collect();
    rows_are_safe(&node.tables[at], &shown.tables[at], answer, &exact)
}

fn rows_are_safe(rows: &[Node], shown: &[Shown], answer: usize, above: &[Reach]) -> bool {
    let reached = reach(rows, shown, answer, above);
    rows.iter().zip(shown).zip(reached).all(|((row, shown), reached)| {
        let Some(reached) = reached else { return true };
        let here = row.answers[answer].iter().zip(&reached).all(|(part, reach)| is_safe(*part, *reach));
        // Rows below a hidden row are not listed.
        let below = || {
            !shown.size
                || row
                    .tables
                    .iter()
                    .zip(&shown.tables)
                    .all(|(rows, shown)| rows_are_safe(rows, shown, answer, &reached))
        };
        here && below()
    })
}
