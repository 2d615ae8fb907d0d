//! Walk 2: cases become an answer — how many, where, since when, by whom handled and how well.
//!
//! Keeps the frame fresh: what came or changed since the last question is taken in before the next is answered. The
//! frame is derived from the store and never the record.

mod table;
mod trends;
mod volumes;

use std::sync::{Mutex, PoisonError};

use crate::analytics::{Frame, Snapshot};
use crate::deadline::Deadlines;
use crate::error::Result;
use crate::store::Store;
use crate::taxonomy::Taxonomy;
use crate::text::Reader;
pub use table::Table;
pub use trends::*;
pub use volumes::{Volume, Volumes};

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

/// One per store: the frame, and what else is kept between questions.
#[derive(Default)]
pub struct Insight {
    frame: Mutex<Option<Fresh>>,
    readings: Mutex<trends::Readings>,
}

/// The frame with the snapshot last made of it.
struct Fresh {
    frame: Frame,
    snapshot: Snapshot,
}

impl Insight {
    /// The cases as the store has them now. The first call reads the whole store, later ones only what is new.
    pub fn fresh(&self, ground: Ground) -> Result<Snapshot> {
        let mut held = self.frame.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = match held.take() {
            Some(fresh) if fresh.frame.seq() == ground.store.last_change()? => fresh,
            Some(Fresh { frame, .. }) => caught_up(frame, ground.store)?,
            None => caught_up(Frame::new(ground.deadlines.offset())?, ground.store)?,
        };
        let snapshot = fresh.snapshot.clone();
        *held = Some(fresh);
        Ok(snapshot)
    }
}

/// Takes in all that is new. A frame that was left half way is dropped and built again at the next question.
fn caught_up(mut frame: Frame, store: &Store) -> Result<Fresh> {
    loop {
        let facts = store.facts(frame.seq(), BATCH)?;
        let all = facts.len() < BATCH;
        frame.absorb(facts)?;
        if all {
            return Ok(Fresh { snapshot: frame.snapshot()?, frame });
        }
    }
}
