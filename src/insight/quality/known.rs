//! What was advised and decided, read once and kept fresh: what came or changed since the last question is taken in
//! before the next is answered.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, PoisonError};

use crate::analytics::arrivals;
use crate::case::{Hindsight, Scope};
use crate::error::Result;
use crate::insight::{Ground, Insight};
use crate::store::Codes;

/// Cases read from the store at once.
const BATCH: usize = 10_000;

/// All cases as their advice is judged, by arrival.
#[derive(Default)]
pub struct Known {
    cases: BTreeMap<i64, Arc<Hindsight>>,
    codes: Codes,
    /// The last change taken in.
    seq: i64,
    /// The store's last change when it was read; not all of them are changes of cases.
    change: i64,
}

impl Known {
    fn catch_up(&mut self, ground: Ground) -> Result<()> {
        let change = ground.store.last_change()?;
        while self.change != change {
            let new = ground.store.hindsights(self.seq, BATCH, &mut self.codes)?;
            if new.len() < BATCH {
                self.change = change;
            }
            for one in new {
                self.seq = self.seq.max(one.seq);
                self.cases.insert(one.arrival, Arc::new(one));
            }
        }
        Ok(())
    }
}

impl Insight {
    /// The cases of a scope, by arrival.
    pub(super) fn judged(&self, ground: Ground, scope: &Scope) -> Result<Vec<Arc<Hindsight>>> {
        let wanted: HashSet<i64> = arrivals(&self.fresh(ground)?, scope)?.into_iter().collect();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.catch_up(ground)?;
        Ok(known.cases.iter().filter(|(arrival, _)| wanted.contains(arrival)).map(|(_, one)| Arc::clone(one)).collect())
    }
}
