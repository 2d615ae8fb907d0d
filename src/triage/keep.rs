//! Keeping: a complaint with its suggestion becomes a case. What citizens wrote is masked before it gets there.

use chrono::{DateTime, FixedOffset};

use crate::case::{Complaint, StatedLocation, Suggestion};
use crate::error::Result;
use crate::store::{Kept, NewCase, Store};
use crate::triage::{Told, Triage, Wanted};

impl Triage {
    /// One case for each complaint, in order; all of them are kept or, on an error, none. A reference that stands
    /// already costs no thinking: a sender may send everything again after a crash.
    pub fn keep(&self, complaints: &[Complaint], wanted: Wanted, now: DateTime<FixedOffset>) -> Result<Vec<Kept>> {
        let complaints: Vec<Complaint> = complaints.iter().map(|complaint| self.made_ready(complaint, now)).collect();
        let standing = complaints.iter().map(|complaint| match &complaint.reference {
            Some(reference) => self.store.find_reference(reference),
            None => Ok(None),
        });
        let standing: Vec<_> = standing.collect::<Result<_>>()?;
        let fresh = complaints.into_iter().zip(&standing).filter(|(_, standing)| standing.is_none());
        let fresh: Vec<Complaint> = fresh.map(|(complaint, _)| complaint).collect();
        let answers = fresh.iter().zip(self.advise(&fresh, wanted));
        let new: Vec<_> = answers.map(|(complaint, answer)| new_case(complaint, answer, now)).collect();
        let mut kept = self.store.keep(&new)?.into_iter();
        Ok(standing.into_iter().filter_map(|standing| standing.map(Kept::Standing).or_else(|| kept.next())).collect())
    }

    /// Where cases are kept.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Masks what stands beside title and text. A blank reference is none: two complaints without a number are not one.
    /// What came in without a time came in now: its deadline counts from then.
    fn made_ready(&self, complaint: &Complaint, now: DateTime<FixedOffset>) -> Complaint {
        let masked = |text: &Option<String>| text.as_ref().map(|text| self.reader.mask(text));
        let location = complaint.location.as_ref();
        Complaint {
            reference: complaint.reference.clone().filter(|reference| !reference.trim().is_empty()),
            channel: masked(&complaint.channel),
            received_at: complaint.received_at.or(Some(now)),
            subject_type: masked(&complaint.subject_type),
            location: location.map(|stated| StatedLocation { text: masked(&stated.text), ..stated.clone() }),
            flags: complaint.flags.iter().map(|flag| self.reader.mask(flag)).collect(),
            ..complaint.clone()
        }
    }
}

fn new_case(complaint: &Complaint, (told, suggestion): (Told, Suggestion), now: DateTime<FixedOffset>) -> NewCase {
    NewCase {
        reference: complaint.reference.clone(),
        title: told.title,
        text: told.text,
        channel: complaint.channel.clone(),
        received_at: complaint.received_at.unwrap_or(now),
        occurred_at: complaint.occurred_at,
        created_at: now,
        subject_type: complaint.subject_type.clone(),
        reporter_key: complaint.reporter_key.clone(),
        location: complaint.location.clone(),
        suggestion,
    }
}
