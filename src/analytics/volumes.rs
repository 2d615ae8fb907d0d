//! Volumes (诉求量): how many cases there are of each kind.

use polars::prelude::*;

use super::frame::broken;
use super::{Snapshot, column, within};
use crate::case::Scope;
use crate::error::Result;

/// What cases are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dimension {
    Domain,
    Category,
    District,
}

impl Dimension {
    fn column(self) -> &'static str {
        match self {
            Dimension::Domain => column::DOMAIN,
            Dimension::Category => column::CATEGORY,
            Dimension::District => column::DISTRICT,
        }
    }
}

/// How many cases of the scope have each value, most first, equal ones by value; `None` are those that lack it.
pub fn volumes(snapshot: &Snapshot, scope: &Scope, by: Dimension) -> Result<Vec<(Option<String>, u32)>> {
    let counted =
        snapshot.rows().filter(within(scope)).group_by([col(by.column()).cast(DataType::String).alias("value")]);
    let counted = counted.agg([len().alias("cases")]).collect().map_err(broken)?;
    let values = counted.column("value").and_then(|column| column.str().cloned()).map_err(broken)?;
    let cases = counted.column("cases").and_then(|column| column.u32().cloned()).map_err(broken)?;
    let rows = values.iter().zip(cases.into_no_null_iter());
    let mut rows: Vec<_> = rows.map(|(value, cases)| (value.map(str::to_owned), cases)).collect();
    rows.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Ok(rows)
}
