//! Analytics (分析): cases counted — volumes, trends, hotspots, alerts, figures of departments.
//!
//! Pure: facts in, figures out. Where cases are kept is not known here, nor what time it is, nor what a code is called.
//! Days begin where the hotline's offset begins them; no result depends on the order of rows, or on how they came.

mod alerts;
pub mod burst;
mod cells;
mod day;
mod departments;
pub mod forecast;
mod frame;
mod hotspots;
mod keys;
mod part;
mod pattern;
mod period;
pub mod quality;
mod rate;
mod scope;
pub mod suppress;
pub mod survey;
pub mod trend;
mod volumes;
pub mod words;

pub use alerts::{Ladder, Reached, Rule, reached};
pub use cells::cells;
pub use day::DayKind;
pub use departments::{Count, Grouping, Handled, Question, Spread, WorkedDays, departments};
pub use frame::{Frame, Snapshot, column};
pub use hotspots::{Asked, Formula, Over, Parts, Scale, Signs, Subject, Tally, Weights, rank, tallies, usual_z};
pub use keys::bucket;
pub use pattern::Pattern;
pub use period::{Period, last_days, start_of};
pub use rate::{Rate, wilson};
pub use scope::{arrivals, within};
pub use volumes::{Counted, Cut, Dimension, Pivot, Value, cases_by, pivot, total, volumes, within_periods};
