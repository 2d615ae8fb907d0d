//! Analytics (分析): cases counted — volumes, trends, hotspots, alerts, figures of departments.
//!
//! Pure: facts in, figures out. Where cases are kept is not known here, nor what time it is, nor what a code is called.
//! Days begin where the hotline's offset begins them; no result depends on the order of rows, or on how they came.

pub mod burst;
mod departments;
mod frame;
mod rate;
mod scope;
pub mod suppress;
mod volumes;

pub use departments::{Count, Grouping, Handled, Question, Spread, WorkedDays, departments};
pub use frame::{Frame, Snapshot, column};
pub use rate::Rate;
pub use scope::within;
pub use volumes::{Dimension, volumes};
