//! A part of the frame: rows that lie still, sorted by arrival. What is looked for is found without reading all of them.

use std::ops::Range;

use polars::prelude::*;

use super::column;
use super::frame::broken;
use crate::case::Scope;
use crate::error::Result;

/// Rows whose times are kept together: few enough to pass over most of a large part, many enough to cost nothing.
const ZONE: usize = 65_536;

/// Rows in one piece.
#[derive(Clone)]
pub struct Part {
    pub rows: DataFrame,
    /// The earliest and the latest receipt of each [`ZONE`] rows.
    zones: Arc<[(i64, i64)]>,
}

impl Part {
    /// Rows that are sorted by arrival.
    pub fn of(mut rows: DataFrame) -> Result<Self> {
        rows.rechunk_mut();
        let times = whole(&rows, column::AT)?;
        let ends =
            |zone: &[i64]| zone.iter().fold((i64::MAX, i64::MIN), |(first, last), at| (first.min(*at), last.max(*at)));
        let zones = times.chunks(ZONE).map(ends).collect();
        Ok(Self { rows, zones })
    }

    pub fn height(&self) -> usize {
        self.rows.height()
    }

    /// Where the case lies, and its number of change there.
    pub fn find(&self, arrival: i64) -> Result<Option<(usize, i64)>> {
        let arrivals = whole(&self.rows, column::ARRIVAL)?;
        // Most cases that come are newer than all that lie still.
        if arrivals.last().is_none_or(|last| *last < arrival) {
            return Ok(None);
        }
        let Ok(at) = arrivals.binary_search(&arrival) else { return Ok(None) };
        Ok(whole(&self.rows, column::SEQ)?.get(at).map(|seq| (at, *seq)))
    }

    /// Rows at these places tell their case no more.
    pub fn outdate(&mut self, places: &[usize]) -> Result<()> {
        let live = self.rows.column(column::LIVE).and_then(|live| live.bool()).map_err(broken)?;
        let places = places.iter().map(|at| *at as IdxSize);
        let live = live.scatter_single(places, Some(false)).map_err(broken)?;
        self.rows.with_column(live.into_column()).map(drop).map_err(broken)
    }

    /// Both as one, without what is outdated.
    pub fn joined(&self, other: &Self) -> Result<Self> {
        let standing = |part: &Self| part.rows.clone().lazy().filter(col(column::LIVE)).collect().map_err(broken);
        let all = standing(self)?.vstack(&standing(other)?).map_err(broken)?;
        Self::of(all.sort([column::ARRIVAL], SortMultipleOptions::default()).map_err(broken)?)
    }

    /// A stretch of rows outside which none is of the scope.
    pub fn about(&self, scope: &Scope) -> DataFrame {
        let (from, to) = (scope.from.map(|at| at.timestamp_millis()), scope.to.map(|at| at.timestamp_millis()));
        let may = |(first, last): &(i64, i64)| from.is_none_or(|from| *last >= from) && to.is_none_or(|to| *first < to);
        let zones = self.zones.iter().position(may).zip(self.zones.iter().rposition(may));
        let rows: Range<usize> = zones.map_or(0..0, |(first, last)| first * ZONE..(last + 1) * ZONE);
        self.rows.slice(rows.start as i64, rows.len())
    }
}

/// A column of whole numbers without gaps.
fn whole<'r>(rows: &'r DataFrame, name: &str) -> Result<&'r [i64]> {
    rows.column(name).and_then(|column| column.i64()).and_then(|column| column.cont_slice()).map_err(broken)
}
