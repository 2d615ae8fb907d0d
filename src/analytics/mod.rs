//! Analytics (分析): cases counted — volumes, trends, hotspots, alerts, figures of departments.
//!
//! Pure: facts in, figures out. Where cases are kept is not known here, nor what time it is, nor what a code is called.
//! Days begin where the hotline's offset begins them; no result depends on the order of rows, or on how they came.

mod frame;
mod hotspots;
mod scope;
mod volumes;

pub use frame::{Frame, Snapshot, column};
pub use hotspots::{Asked, Formula, Over, Parts, Scale, Signs, Subject, Tally, Weights, rank, tallies, usual_z};
pub use scope::within;
pub use volumes::{Dimension, volumes};
