//! Which kept cases may tell the same as a complaint, and what a person needs to judge it.

use std::collections::{HashMap, HashSet};

use crate::case::{Complaint, Duplicate, Prediction, Relation, Segmented, Span, Suggestion, Trace, Verdict, caller};
use crate::error::{Error, Kind, Result};
use crate::issues::{self, Breadth, Index};
use crate::store::Telling;
use crate::triage::{Advice, Read, Triage, Wanted};

/// How many are shown beside a suggestion, and kept in a case's answer.
pub(super) const SHOWN: usize = 5;
const DAY: i64 = 86_400_000;

/// Where and how far to look.
#[derive(Debug, Clone, Copy)]
pub struct Search {
    /// Days before and after the complaint was received; `None` is as set for all.
    pub days: Option<u32>,
    /// How many, at most.
    pub most: usize,
    /// Whether unrelated ones are left out.
    pub only_related: bool,
}

impl Triage {
    /// Kept cases that may tell the same, likeliest first; not the case that stands under the complaint's own reference.
    pub fn duplicates(&self, complaint: &Complaint, search: Search) -> Result<Vec<Duplicate>> {
        self.scorer()?;
        let wanted = Wanted { top_k: 1, explain: true };
        let advice = self.advise(std::slice::from_ref(complaint), wanted).pop();
        let advice = advice.ok_or_else(|| Error::internal("没有读出诉求", "no complaint was read"))?;
        self.found(&advice, search, true)
    }

    /// What two complaints are to each other, and that in a sentence; neither is kept.
    pub fn compare(&self, one: &Complaint, other: &Complaint) -> Result<(Verdict, String)> {
        let scorer = self.scorer()?;
        let wanted = Wanted { top_k: 1, explain: false };
        let advised = self.advise(&[one.clone(), other.clone()], wanted);
        let [one, other] = advised.as_slice() else {
            return Err(Error::internal("没有读出两件诉求", "two complaints were not read"));
        };
        let verdict = self.issue_options.verdict(&one.trace, &other.trace, scorer);
        Ok((verdict, summary(&verdict)))
    }

    fn scorer(&self) -> Result<&issues::Scorer> {
        self.scorer.as_ref().ok_or_else(|| {
            Error::new(
                Kind::NotReady,
                "没有判重模型：请用 guikou train --events 学习，或使用出厂模型",
                "no scorer for duplicates: learn one with guikou train --events, or use the shipped model",
            )
        })
    }

    /// The suggestion with the cases that may tell the same; where these cannot be read it goes out without them.
    pub(super) fn with_duplicates(&self, mut advice: Advice, wanted: Wanted) -> Suggestion {
        let search = Search { days: None, most: SHOWN, only_related: true };
        match self.found(&advice, search, wanted.explain) {
            Ok(found) => {
                let same = found.iter().find(|other| other.verdict.relation.is_same_matter());
                advice.suggestion.issue = same.and_then(|other| other.issue.clone());
                advice.suggestion.duplicates = found;
            }
            Err(error) => tracing::warn!("没有查重：{}", error.chain()),
        }
        advice.suggestion
    }

    /// Kept cases, likeliest first; words that differ are marked where `marked`.
    fn found(&self, advice: &Advice, search: Search, marked: bool) -> Result<Vec<Duplicate>> {
        let Some(scorer) = &self.scorer else { return Ok(Vec::new()) };
        let candidates = {
            let index = self.index.read().unwrap_or_else(std::sync::PoisonError::into_inner);
            self.near(&index, &advice.trace, search.days.unwrap_or(self.issue_options.days()))
        };
        let mut found: Vec<(i64, Verdict)> = self
            .store
            .traces(&candidates, &self.compares_by())?
            .iter()
            .map(|other| (other.arrival, self.issue_options.verdict(&advice.trace, other, scorer)))
            .filter(|(_, verdict)| !search.only_related || verdict.relation != Relation::Different)
            .collect();
        likeliest_first(&mut found);
        // One more, in case the complaint itself is among them.
        found.truncate(search.most + 1);
        let arrivals: Vec<i64> = found.iter().map(|(arrival, _)| *arrival).collect();
        let mut tellings: HashMap<i64, Telling> =
            self.store.tellings(&arrivals)?.into_iter().map(|telling| (telling.arrival, telling)).collect();
        let own = advice.suggestion.reference.as_ref();
        tellings.retain(|_, telling| own.is_none() || telling.reference.as_ref() != own);
        let shown = found
            .iter()
            .filter_map(|(arrival, verdict)| Some(self.duplicate(advice, tellings.get(arrival)?, *verdict, marked)));
        Ok(shown.take(search.most).collect())
    }

    /// Candidates of an index within some days.
    pub(super) fn near(&self, index: &Index, trace: &Trace, days: u32) -> Vec<i64> {
        let Some(scorer) = &self.scorer else { return Vec::new() };
        let span = i64::from(days) * DAY;
        index.candidates(trace, trace.at - span, trace.at + span, &scorer.rarity, Breadth::default())
    }

    fn duplicate(&self, advice: &Advice, telling: &Telling, verdict: Verdict, marked: bool) -> Duplicate {
        let (only_here, only_there) = match marked && !telling.protected {
            true => differing(&advice.words, &self.reader.read(&telling.text)),
            false => Default::default(),
        };
        Duplicate {
            case: telling.case.clone(),
            reference: telling.reference.clone(),
            title: telling.title.clone().filter(|_| !telling.protected),
            text: (!telling.protected).then(|| telling.text.clone()),
            received_at: telling.received_at,
            issue: telling.issue.clone(),
            summary: summary(&verdict),
            verdict,
            only_here,
            only_there,
        }
    }
}

/// Likeliest first, the earlier case among equals.
pub(super) fn likeliest_first(found: &mut [(i64, Verdict)]) {
    found.sort_by(|(a, one), (b, other)| other.probability.total_cmp(&one.probability).then(a.cmp(b)));
}

/// One sentence that a dispatcher can act on.
pub(super) fn summary(verdict: &Verdict) -> String {
    let evidence = &verdict.evidence;
    // Common words such as 工地 may be a place to both: only where it happened says that the place is the same.
    let place = if evidence.scene >= 0.8 {
        "地点相同"
    } else if evidence.places_differ > 0.0 {
        "地点不同"
    } else if evidence.place >= 0.8 || evidence.place_mentioned > 0.0 {
        "提到同一地点"
    } else {
        "地点不能确定"
    };
    let caller = match verdict.same_reporter {
        Some(true) => "同一来电人",
        Some(false) => "不同来电人",
        None => "来电人未知",
    };
    let matter = if evidence.category >= 0.6 { "问题同类" } else { "问题不同类" };
    let number = if evidence.other_number > 0.0 { "，楼栋或线路不同" } else { "" };
    let days = verdict.days_apart;
    let apart = if days < 1.0 { "一天之内".to_owned() } else { format!("相隔 {days:.0} 天") };
    let chance = verdict.probability * 100.0;
    format!("{}（{chance:.0}%）：{place}{number}，{matter}，{apart}，{caller}", verdict.relation.zh())
}

/// What a complaint is compared by; `key`: who called, sealed.
pub(super) fn traced(complaint: &Complaint, key: Option<&str>, read: &Read, prediction: &Prediction) -> Trace {
    let stated = complaint.location.as_ref();
    Trace {
        at: complaint.received_at.map_or(0, |at| at.timestamp_millis()),
        reporter: key.map(caller),
        point: stated.and_then(|stated| stated.lng.zip(stated.lat)),
        ..issues::trace(&read.text, prediction, read.location.as_ref())
    }
}

/// The words that carry meaning, where they stand in the submitted text.
pub(super) fn said_words(text: &Segmented) -> Vec<(String, Span)> {
    let carries = |tag: &str| tag.starts_with(['n', 'v', 'a', 'm', 'i', 'l', 'j', 'e']);
    let words = text.words.iter().filter(|word| carries(&word.tag) && word.text.chars().any(char::is_alphanumeric));
    words.map(|word| (word.text.clone(), text.submitted(word.span))).filter(|(_, span)| span.start < span.end).collect()
}

/// Words of each that the other lacks.
fn differing(here: &[(String, Span)], there: &Segmented) -> (Vec<Span>, Vec<Span>) {
    let there = said_words(there);
    let lacking = |words: &[(String, Span)], other: &[(String, Span)]| {
        let other: HashSet<&str> = other.iter().map(|(word, _)| word.as_str()).collect();
        words.iter().filter(|(word, _)| !other.contains(word.as_str())).map(|(_, span)| *span).collect()
    };
    (lacking(here, &there), lacking(&there, here))
}

impl Triage {
    /// Whose vectors can be compared: the weights that make them.
    pub(super) fn compares_by(&self) -> String {
        self.model.as_ref().map_or_else(|| "keywords".into(), |model| model.card.weights().to_owned())
    }

    /// Fills the index from the store with the newest cases.
    pub(super) fn index_store(&self) -> Result<()> {
        let Some(scorer) = &self.scorer else { return Ok(()) };
        let model = self.compares_by();
        let mut index = Index::new();
        let mut foreign = 0;
        self.store.newest_traces(self.issue_options.index_cases, |made_by, mut trace| {
            if made_by != model {
                foreign += 1;
                trace.embedding = Vec::new();
            }
            index.insert(&trace, &scorer.rarity);
        })?;
        if foreign > 0 {
            tracing::warn!("{foreign} 件的痕迹由别的模型留下，查重时只比用词和地点");
        }
        *self.index.write().unwrap_or_else(std::sync::PoisonError::into_inner) = index;
        Ok(())
    }
}
