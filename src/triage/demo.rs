//! The demonstration: an empty store filled with our own examples, as if a hotline had worked for sixty days.
//!
//! Only lines of the corpus come in, as they are written; what people do with them is drawn by a seed, the day. Each
//! walk is told that it is then: times, groups and the audit read as they would have been written.

mod life;
mod schedule;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Days, FixedOffset, TimeDelta};

use crate::case::{Complaint, ComplaintText, Decision, StatedLocation};
use crate::error::{Error, Result};
use crate::store::{Case, Change, Kept, Lives};
use crate::triage::{Triage, Wanted};
use life::{Act, Deed, Facts, SUPERVISOR};
pub use schedule::{Arrival, DAYS, Part, Told};

/// How many are thought about at once: few, so that real senders hardly wait.
const AT_ONCE: usize = 5;
/// How far apart those may have come in.
const TOGETHER: TimeDelta = TimeDelta::minutes(30);
/// Of the last so many, those that a person decides on are left for who looks at the demonstration to decide.
const UNDECIDED: usize = 60;
/// Nobody reads the reasons of thousands at once.
const BULK: Wanted = Wanted { top_k: 3, explain: false };

/// What people are yet to do: by when, then in the order in which it was planned.
#[derive(Default)]
struct Agenda {
    acts: BTreeMap<(DateTime<FixedOffset>, usize), (String, Deed)>,
    planned: usize,
    /// The last supervision of each case.
    supervisions: HashMap<String, String>,
}

impl Triage {
    /// Keeps the cases of the last `days` and what people did with them, oldest first, into a store that has none; does
    /// nothing where it has some. `go_on` is told how many of how many are done and may end it.
    pub fn demonstrate(
        &self,
        days: u32,
        now: DateTime<FixedOffset>,
        go_on: impl Fn(usize, usize) -> bool,
    ) -> Result<()> {
        if !self.store.is_empty()? {
            return Ok(());
        }
        let told = self.corpus()?;
        let stream = self.stream(&told, days, now);
        let (all, mut agenda) = (stream.len(), Agenda::default());
        let mut rest = &stream[..];
        while let Some(first) = rest.first() {
            if !go_on(all - rest.len(), all) {
                return Ok(());
            }
            let together = rest.iter().take(AT_ONCE).take_while(|arrival| arrival.at - first.at <= TOGETHER).count();
            let (some, later) = rest.split_at(together);
            rest = later;
            self.live(&mut agenda, first.at)?;
            let complaints = some.iter().map(|arrival| self.complaint(arrival)).collect::<Result<Vec<_>>>()?;
            let at = some.last().map_or(first.at, |last| last.at);
            let lately = rest.len() < UNDECIDED;
            let wanted = Wanted { explain: lately, ..BULK };
            for (arrival, kept) in some.iter().zip(self.keep(&complaints, wanted, at)?) {
                if let Kept::New(case) = kept
                    && !(lately && matches!(case.decision, Decision::Suggest | Decision::Manual))
                {
                    let facts = self.facts(arrival, &case, at);
                    agenda.plan(&case.id, life::life(&facts, &self.deadlines, seed(arrival)));
                }
            }
        }
        self.live(&mut agenda, now)?;
        go_on(all, all);
        Ok(())
    }

    /// The lines that the demonstration is made of.
    pub fn corpus(&self) -> Result<Vec<Told>> {
        let folder = self.data.join("corpus");
        let mut told = Vec::new();
        for file in files(&folder)? {
            let text = std::fs::read_to_string(&file).map_err(|error| unread(&file).because(error))?;
            for line in text.lines().filter(|line| !line.trim().is_empty()) {
                told.push(serde_json::from_str(line).map_err(|error| unread(&file).because(error))?);
            }
        }
        Ok(told)
    }

    /// What came in over the last `days`, [`DAYS`] at most, up to now; oldest first. The days are the service's own.
    pub fn stream<'t>(&self, told: &'t [Told], days: u32, now: DateTime<FixedOffset>) -> Vec<Arrival<'t>> {
        let now = now.with_timezone(&self.deadlines.offset());
        let at_home = |told: &Told| self.taxonomy.district(None, Some(&told.district)).is_some();
        let mut stream = schedule::stream(told, at_home, &self.deadlines.calendar, now);
        let first = now.date_naive() - Days::new(u64::from(days.clamp(1, DAYS)) - 1);
        stream.retain(|arrival| arrival.at.date_naive() >= first);
        stream
    }

    fn complaint(&self, arrival: &Arrival) -> Result<Complaint> {
        let told = arrival.told;
        let district = self.taxonomy.district(None, Some(&told.district));
        let location = district.map(|district| StatedLocation {
            text: Some(told.place.clone()).filter(|place| !place.is_empty()),
            area_code: district.code.clone(),
            ..StatedLocation::default()
        });
        Ok(Complaint {
            reference: Some(format!("DEMO-{}", told.id)),
            title: Some(told.title.clone()).filter(|title| !title.is_empty()),
            channel: Some(told.channel.clone()),
            received_at: Some(arrival.at),
            reporter_key: Some(format!("DEMO-{}", arrival.caller)),
            location,
            flags: told.protect.then(|| "info_protect".to_owned()).into_iter().collect(),
            ..Complaint::of(ComplaintText::parse(told.text.as_str())?)
        })
    }

    fn facts<'a>(&self, arrival: &Arrival<'a>, case: &'a Case, kept: DateTime<FixedOffset>) -> Facts<'a> {
        let told = arrival.told;
        let known = |code: &&str| self.taxonomy.department(code).is_some();
        let found = case.category.as_ref().map(|category| category.code.as_str());
        let right = std::iter::once(&told.l2).chain(&told.l2_alt).any(|code| Some(code.as_str()) == found);
        Facts {
            received: arrival.at,
            kept,
            due: case.due_at.map_or(arrival.at, |due| due.with_timezone(arrival.at.offset())),
            advised: case.unit.as_ref().map(|unit| unit.code.as_str()).filter(known),
            belongs: Some(told.lead.as_str()).filter(known),
            beside: told.co.iter().map(String::as_str).find(known),
            category: Some(told.l2.as_str()).filter(|code| !right && self.taxonomy.category(code).is_some()),
            petition: &told.petition,
            part: arrival.part,
            strain: arrival.strain,
        }
    }

    /// Lets people do what they do before a moment, in one transaction: a flush of the disk for each would take longer
    /// than all the thinking.
    fn live(&self, agenda: &mut Agenda, until: DateTime<FixedOffset>) -> Result<()> {
        let due = agenda.due(until);
        if due.is_empty() {
            return Ok(());
        }
        self.store.change(|change| due.into_iter().try_for_each(|act| self.act(change, act, &mut agenda.supervisions)))
    }

    fn act(
        &self,
        change: &Change,
        (at, case, deed): (DateTime<FixedOffset>, String, Deed),
        supervisions: &mut HashMap<String, String>,
    ) -> Result<()> {
        match deed {
            Deed::Step(asked) => drop(self.step_in(change, &case, asked, at)?),
            Deed::Judge(opinion) => drop(self.feed_back_in(change, &case, opinion, at)?),
            Deed::Supervise(order) => {
                let supervision = self.supervise_in(change, &case, order, at)?;
                supervisions.insert(case, supervision.id);
            }
            Deed::Lift => {
                if let Some(supervision) = supervisions.remove(&case) {
                    change.lift(&case, &supervision, Some(SUPERVISOR), at.to_utc())?;
                }
            }
        }
        Ok(())
    }
}

impl Agenda {
    fn plan(&mut self, case: &str, acts: Vec<Act>) {
        for Act { at, deed } in acts {
            self.acts.insert((at, self.planned), (case.to_owned(), deed));
            self.planned += 1;
        }
    }

    /// Takes out what is done before a moment, in order.
    fn due(&mut self, until: DateTime<FixedOffset>) -> Vec<(DateTime<FixedOffset>, String, Deed)> {
        let later = self.acts.split_off(&(until, 0));
        let due = std::mem::replace(&mut self.acts, later);
        due.into_iter().map(|((at, _), (case, deed))| (at, case, deed)).collect()
    }
}

/// The case's own, so that its life does not hang on what else there is.
fn seed(arrival: &Arrival) -> u64 {
    // FNV-1a.
    let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let time = arrival.at.timestamp().to_le_bytes();
    arrival.told.id.bytes().chain(time).fold(0xcbf2_9ce4_8422_2325, fold)
}

/// The parts of the corpus, in order.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).map_err(|error| unread(folder).because(error))?;
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| file.extension().is_some_and(|kind| kind == "jsonl"));
    files.sort();
    Ok(files)
}

fn unread(path: &Path) -> Error {
    let shown = path.display();
    Error::setup(format!("读不了演示语料 {shown}"), format!("cannot read the corpus {shown}"))
}
