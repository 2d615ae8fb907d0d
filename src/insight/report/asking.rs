//! Asking: each question is put as a route puts it, and its answer kept with the path that gives it again.

use chrono::{DateTime, FixedOffset, SecondsFormat};
use serde::Serialize;

use super::{ReportAsked, ReportKind};
use crate::analytics::{Dimension, Formula, Over};
use crate::case::Scope;
use crate::case::document::{Edition, LEAST_BASE, Source, Sources, Told};
use crate::error::Result;
use crate::insight::{Breakdown, DepartmentGroup, Ground, HotspotsAsked, Insight, Month};
use crate::store::{SupervisionFilter, SupervisionState};

/// Hotspots told.
const HOTSPOTS: usize = 10;
/// Overdue supervisions told.
const OVERDUE: usize = 50;

/// A report under way.
pub struct Asking<'a> {
    insight: &'a Insight,
    ground: Ground<'a>,
    pub asked: &'a ReportAsked,
    sources: Sources,
    /// Cases of the period by what the trend is by, which says the total too.
    pub whole: Told,
}

impl<'a> Asking<'a> {
    pub fn new(insight: &'a Insight, ground: Ground<'a>, asked: &'a ReportAsked) -> Result<Self> {
        let mut sources = Sources::new(asked.edition);
        let by = match (asked.kind, asked.edition) {
            (ReportKind::Daily, Edition::Internal) => Dimension::HourOfDay,
            _ => Dimension::Day,
        };
        let whole = volumes(insight, ground, asked, &mut sources, ("受理量", by, None))?;
        Ok(Self { insight, ground, asked, sources, whole })
    }

    pub fn close(self) -> (Vec<Source>, String) {
        self.sources.close()
    }

    /// Whether it speaks for the whole hotline, not for a part of it.
    pub fn is_whole(&self) -> bool {
        self.asked.scope == Scope::default()
    }

    /// Nothing was received.
    pub fn is_empty(&self) -> bool {
        self.whole.number("/total") == Some(0.0)
    }

    /// Whether there are enough cases for percentages.
    pub fn has_shares(&self) -> bool {
        self.whole.number("/total").is_some_and(|total| total >= LEAST_BASE)
    }

    pub fn is_public(&self) -> bool {
        self.asked.edition == Edition::Public
    }

    /// Cases of the period by something.
    pub fn volumes(&mut self, name: &str, by: Dimension, top: Option<usize>) -> Result<Told> {
        volumes(self.insight, self.ground, self.asked, &mut self.sources, (name, by, top))
    }

    /// The hottest events.
    pub fn events(&mut self) -> Result<Told> {
        self.hotspots("热点诉求组", Over::Event)
    }

    /// The kinds of matters that are hottest in districts.
    pub fn matters(&mut self) -> Result<Told> {
        self.hotspots("分区域热点", Over::Cell)
    }

    fn hotspots(&mut self, name: &str, over: Over) -> Result<Told> {
        let (scope, as_of) = (self.asked.scope(), self.asked.as_of);
        let asked =
            HotspotsAsked { scope: scope.clone(), over, as_of, formula: Formula::Guikou, weights: None, top: HOTSPOTS };
        let answer = self.insight.hotspots(self.ground, &asked)?;
        let (over, top) = (crate::insight::hotspots::over_code(over), HOTSPOTS.to_string());
        let query = scope.asked_at("/v1/hotspots", &[("over", over), ("as_of", &told(as_of)), ("top", &top)]);
        self.ask(name, &query, &answer)
    }

    fn ask(&mut self, name: &str, query: &str, answer: &impl Serialize) -> Result<Told> {
        ask(&mut self.sources, name, query, answer)
    }

    /// What comes more than usual at the end of the period.
    pub fn bursts(&mut self) -> Result<Told> {
        let as_of = self.asked.as_of.min(self.asked.period.to);
        let answer = self.insight.bursts(self.ground, as_of)?;
        let query = Scope::default().asked_at("/v1/bursts", &[("as_of", &told(as_of))]);
        self.ask("突增", &query, &answer)
    }

    /// How units handle what was received in the period.
    pub fn departments(&mut self) -> Result<Told> {
        let (scope, as_of) = (self.asked.scope(), self.asked.as_of);
        let answer = self.insight.departments(self.ground, &scope, DepartmentGroup::Unit, as_of)?;
        let query = scope.asked_at("/v1/departments", &[("group", "unit"), ("as_of", &told(as_of))]);
        self.ask("各单位办理情况", &query, &answer)
    }

    /// What may be published of it; by whole months only.
    pub fn published_departments(&mut self) -> Result<Option<Told>> {
        let month = self.asked.period.from.format("%Y-%m").to_string();
        let Some(parsed) = Month::parse(&month).filter(|_| self.asked.kind == ReportKind::Monthly) else {
            return Ok(None);
        };
        let as_of = self.asked.as_of;
        let answer = self.insight.published_departments(self.ground, parsed, DepartmentGroup::Unit, as_of)?;
        let query = [("edition", "public"), ("month", &month), ("group", "unit"), ("as_of", &told(as_of))];
        let query = Scope::default().asked_at("/v1/departments", &query);
        self.ask("各单位办理情况（公开版）", &query, &answer).map(Some)
    }

    /// Supervisions that stand and are late.
    pub fn supervisions(&mut self) -> Result<Told> {
        let as_of = self.asked.as_of;
        let state = Some(SupervisionState::Overdue);
        let filter = SupervisionFilter { state, unit: None, now: as_of.to_utc() };
        let answer = self.insight.supervisions(self.ground, &filter, None, OVERDUE, as_of)?;
        let size = OVERDUE.to_string();
        let query = [("state", "overdue"), ("page_size", size.as_str()), ("as_of", &told(as_of))];
        let query = Scope::default().asked_at("/v1/supervisions", &query);
        self.ask("督办", &query, &answer)
    }
}

/// A colon may stand in a query as it is, and is read more easily so.
fn ask(sources: &mut Sources, name: &str, query: &str, answer: &impl Serialize) -> Result<Told> {
    sources.ask(name, &query.replace("%3A", ":"), answer)
}

fn volumes(
    insight: &Insight,
    ground: Ground,
    asked: &ReportAsked,
    sources: &mut Sources,
    (name, by, top): (&str, Dimension, Option<usize>),
) -> Result<Told> {
    let (scope, until) = (asked.scope(), asked.runs().then_some(asked.as_of));
    let now = asked.as_of;
    let breakdown = Breakdown { scope: asked.scope.clone(), period: asked.period, by, across: None, top, now, until };
    let (top, as_of) = (top.map(|top| top.to_string()), until.map(told));
    let mut more = vec![("by", by.code())];
    more.extend(top.as_deref().map(|top| ("top", top)));
    more.extend(as_of.as_deref().map(|as_of| ("as_of", as_of)));
    if asked.edition == Edition::Public {
        more.push(("edition", Edition::Public.code()));
        let query = scope.asked_at("/v1/volumes", &more);
        return ask(sources, name, &query, &insight.published_volumes(ground, &breakdown)?);
    }
    let query = scope.asked_at("/v1/volumes", &more);
    ask(sources, name, &query, &insight.volumes(ground, &breakdown)?)
}

/// A time as it is asked for.
fn told(at: DateTime<FixedOffset>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
