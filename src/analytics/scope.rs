//! Which rows are meant: a [`Scope`] as a condition on the frame, the same that the store lists by.

use polars::prelude::*;

use super::frame::broken;
use super::{Snapshot, column};
use crate::case::{NONE, Scope};
use crate::error::Result;

/// The condition that a row is of the scope.
pub fn within(scope: &Scope) -> Expr {
    let after = scope.from.map(|from| col(column::AT).gt_eq(lit(from.timestamp_millis())));
    let before = scope.to.map(|to| col(column::AT).lt(lit(to.timestamp_millis())));
    let named = scope.named().map(|(name, value)| is(name, value));
    after.into_iter().chain(before).chain(named).fold(lit(true), Expr::and)
}

/// The condition that a column is this, nothing included; a level-1 code covers its children.
fn is(name: &str, value: &str) -> Expr {
    match (name, value) {
        (_, NONE) => col(name).is_null(),
        ("category", code) if code.len() == LEVEL_1 => equal(column::DOMAIN, code),
        (name, value) => equal(name, value),
    }
}

/// Rows that lack it are not it.
fn equal(name: &str, value: &str) -> Expr {
    col(name).eq(lit(value.to_owned())).fill_null(lit(false))
}

/// Characters of a level-1 code: the level-2 codes begin with it.
const LEVEL_1: usize = 2;

/// The store's numbers of the cases of a scope, ascending.
pub fn arrivals(snapshot: &Snapshot, scope: &Scope) -> Result<Vec<i64>> {
    let found = snapshot.rows_of(scope)?.select([col(column::ARRIVAL)]).collect().map_err(broken)?;
    let arrivals = found.column(column::ARRIVAL).and_then(|column| column.i64().cloned()).map_err(broken)?;
    let mut arrivals: Vec<i64> = arrivals.iter().flatten().collect();
    arrivals.sort_unstable();
    Ok(arrivals)
}
