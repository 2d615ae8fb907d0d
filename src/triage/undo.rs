//! Taking back (撤销) what was just decided.

use chrono::{DateTime, FixedOffset};

use crate::error::Result;
use crate::store::{Case, Undoing};
use crate::triage::Triage;

impl Triage {
    /// Takes back the last feedback, which is that of the time `at`. Fails with `Conflict` where another came after it.
    pub fn undo_feedback(
        &self,
        id: &str,
        at: DateTime<FixedOffset>,
        actor: Option<String>,
        now: DateTime<FixedOffset>,
    ) -> Result<Case> {
        self.store.undo_feedback(id, &self.undoing(at, actor, now))
    }

    /// Takes back the last change of status, which is that of the time `at`. Fails with `Conflict` where another came
    /// after it, or where it was not the hotline's own.
    pub fn undo_step(
        &self,
        id: &str,
        at: DateTime<FixedOffset>,
        actor: Option<String>,
        now: DateTime<FixedOffset>,
    ) -> Result<Case> {
        self.store.undo_step(id, &self.undoing(at, actor, now))
    }

    fn undoing(&self, at: DateTime<FixedOffset>, actor: Option<String>, now: DateTime<FixedOffset>) -> Undoing {
        Undoing { at: at.to_utc(), actor: self.masked(actor), now: now.to_utc() }
    }
}
