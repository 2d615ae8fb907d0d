//! Walk 2: cases become an answer — how many, where, since when, by whom handled and how well.
//!
//! Keeps the frame fresh: what came or changed since the last question is taken in before the next is answered. The
//! frame is derived from the store and never the record.

mod alerts;
mod bursts;
mod day;
mod departments;
pub mod hotspots;
mod quality;
mod report;
mod supervisions;
mod trends;
mod volumes;
mod watch;

use std::sync::{Arc, Mutex, PoisonError};

use crate::analytics::{Frame, Snapshot};
pub use crate::dataset::export::{NO_SHARE, Table};
use crate::deadline::Deadlines;
use crate::error::Result;
use crate::store::{Since, Store};
use crate::taxonomy::Taxonomy;
use crate::text::Reader;
pub use alerts::{AlertStory, Alerts};
pub use bursts::{Burst, Bursts, Levels};
pub use day::Day;
pub use departments::{
    Cases, DepartmentGroup, DepartmentReport, DepartmentRow, Departments, Month, PublicDepartments, PublicRate,
    PublicRow, RateBody, SpreadBody,
};
pub use hotspots::{Hotspots, HotspotsAsked};
pub use quality::*;
pub use report::{ReportAsked, ReportKind};
pub use supervisions::{SupervisedUnit, SupervisionRow, Supervisions};
pub use trends::*;
pub use volumes::{Breakdown, PublicBase, PublicVolume, PublicVolumes, USUAL_DAYS, Volume, Volumes};
pub use watch::{Told, Watch};

/// Cases read from the store at once.
const BATCH: usize = 50_000;

/// What answers are made from. All of it belongs to whoever asks.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    pub store: &'a Store,
    pub taxonomy: &'a Taxonomy,
    pub deadlines: &'a Deadlines,
    pub reader: &'a Reader,
}

/// By what is measured; each part has its own section of the settings.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Options {
    pub hotspots: hotspots::Options,
}

/// One per store: the frame, and what else is kept between questions.
#[derive(Default)]
pub struct Insight {
    options: Options,
    frame: Mutex<Option<Fresh>>,
    /// Up to where early warning looked.
    watched: Mutex<Since>,
    /// The last looks at all cells, the newest last.
    looked: Mutex<Vec<Arc<Levels>>>,
    readings: Mutex<trends::Readings>,
    /// What was advised and decided.
    known: Mutex<quality::Known>,
}

/// The frame with the snapshot last made of it.
struct Fresh {
    frame: Frame,
    snapshot: Snapshot,
    /// The store's last change when it was read; not all of them are changes of cases.
    change: i64,
}

impl Insight {
    /// Measures by these settings.
    pub fn measuring_by(options: Options) -> Self {
        Self { options, ..Self::default() }
    }

    /// The cases as the store has them now. The first call reads the whole store, later ones only what is new.
    pub fn fresh(&self, ground: Ground) -> Result<Snapshot> {
        let mut held = self.frame.lock().unwrap_or_else(PoisonError::into_inner);
        let change = ground.store.last_change()?;
        let fresh = match held.take() {
            Some(fresh) if fresh.change == change => fresh,
            Some(fresh) => caught_up(fresh, ground.store, change)?,
            None => {
                let frame = Frame::new(ground.deadlines.offset())?;
                caught_up(Fresh { snapshot: frame.snapshot()?, frame, change }, ground.store, change)?
            }
        };
        let snapshot = fresh.snapshot.clone();
        *held = Some(fresh);
        Ok(snapshot)
    }
}

/// Takes in all that is new. A frame that was left half way is dropped and built again at the next question.
fn caught_up(Fresh { mut frame, snapshot, .. }: Fresh, store: &Store, change: i64) -> Result<Fresh> {
    let before = frame.seq();
    loop {
        let facts = store.facts(frame.seq(), BATCH)?;
        let all = facts.len() < BATCH;
        frame.absorb(facts)?;
        if all {
            let snapshot = if frame.seq() == before { snapshot } else { frame.snapshot()? };
            return Ok(Fresh { frame, snapshot, change });
        }
    }
}
