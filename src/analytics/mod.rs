//! Analytics (分析): cases counted — volumes, trends, hotspots, alerts, figures of departments.
//!
//! Pure: facts in, figures out. Where cases are kept is not known here, nor what time it is, nor what a code is called.
//! Days begin where the hotline's offset begins them; no result depends on the order of rows, or on how they came.

pub mod burst;
pub mod forecast;
mod frame;
mod pattern;
mod scope;
pub mod trend;
mod volumes;
pub mod words;

pub use frame::{Frame, Snapshot, column};
pub use pattern::{DayKind, Pattern};
pub use scope::within;
pub use volumes::{Dimension, volumes};
