//! Cells (类别 × 区县): when cases of one level-2 category came in one district, as bursts are looked for.

use std::collections::BTreeMap;

use polars::prelude::*;

use super::burst::series::{Arrival, Cell};
use super::frame::broken;
use super::{Snapshot, column};
use crate::case::Scope;
use crate::error::Result;

/// The cells of the cases of a scope, in the order of their codes. Cases without category or district are in none. Times
/// in them are the hotline's own clock.
pub fn cells(snapshot: &Snapshot, scope: &Scope) -> Result<Vec<Cell>> {
    let placed = col(column::CATEGORY).is_not_null().and(col(column::DISTRICT).is_not_null());
    let text = |name: &str| col(name).cast(DataType::String);
    let wanted = [text(column::CATEGORY), text(column::DISTRICT), col(column::AT), col(column::REPORTER)];
    let rows = snapshot.rows_of(scope)?.filter(placed).select(wanted).collect().map_err(broken)?;
    let read = || -> PolarsResult<Vec<Cell>> {
        let categories = rows.column(column::CATEGORY)?.str()?;
        let districts = rows.column(column::DISTRICT)?.str()?;
        let (times, people) = (rows.column(column::AT)?.i64()?, rows.column(column::REPORTER)?.u64()?);
        let mut found: BTreeMap<(&str, &str), Vec<Arrival>> = BTreeMap::new();
        let rows = categories.iter().zip(districts.iter()).zip(times.iter().zip(people.iter()));
        let shift = i64::from(snapshot.offset().local_minus_utc()) * 1000;
        for ((category, district), (at, person)) in rows {
            let (Some(category), Some(district), Some(at)) = (category, district, at) else { continue };
            let arrival = Arrival { at: at + shift, person };
            found.entry((category, district)).or_default().push(arrival);
        }
        let cell = |((category, district), arrivals)| Cell::new(category, district, arrivals);
        Ok(found.into_iter().map(cell).collect())
    };
    read().map_err(broken)
}
