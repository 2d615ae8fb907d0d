//! Watching (预警): what came or changed since the last look is held against the rules, and what reaches a level is
//! raised, once.

use std::sync::PoisonError;

use chrono::{DateTime, FixedOffset};

use super::{Ground, Insight};
use crate::analytics::{Ladder, reached};
use crate::case::{AlertKind, AlertLevel, Subject};
use crate::error::Result;
use crate::store::{Alert, AlertTurn, Change, Since, Warning};

/// What is watched by, and whom it is told.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    pub ladder: &'a Ladder,
    /// Where alerts are sent: the outbox gets a line for each.
    pub targets: &'a [String],
    /// The burst score of a subject, where there is one.
    pub z: &'a dyn Fn(&Subject) -> Result<Option<f64>>,
}

/// What was told in one look.
pub type Told = Vec<(AlertTurn, AlertLevel)>;

/// What is to be done about the alerts of one subject.
#[derive(Debug, PartialEq, Eq)]
struct Plan {
    /// The alert that speaks for the subject.
    leader: Option<usize>,
    /// Alerts of the same time that go on in it, since their groups were merged.
    joins: Vec<usize>,
    /// It had gone on in another, and their groups were parted again.
    parts: bool,
    deed: Deed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Nothing,
    Raise,
    Escalate,
    Refresh,
    Hold,
}

impl Insight {
    /// Looks at the subjects touched since the last look, raises and escalates; all of it stands with what is to be sent,
    /// or nothing. The first look after a start takes all cases received lately for new, and finds what it told already.
    pub fn watch(&self, ground: Ground, watch: &Watch, now: DateTime<FixedOffset>) -> Result<Told> {
        let mut since = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, change) = (now.timestamp_millis(), ground.store.last_change()?);
        let mut found = Vec::new();
        for subject in ground.store.touched(*since, at - watch.ladder.recent(), at)? {
            let warning = warning(ground, watch, &subject, at)?;
            let standing = ground.store.alerts_of(&subject)?;
            if !Plan::of(&standing, &subject, warning.as_ref(), watch.ladder.quiet()).is_empty() {
                found.push((subject, warning));
            }
        }
        let mut told = Vec::new();
        if !found.is_empty() {
            told = ground.store.change(|change| {
                let settled =
                    found.iter().map(|(subject, warning)| settle(change, subject, warning.as_ref(), watch, at));
                Ok(settled.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
            })?;
        }
        *since = Since { change, at };
        Ok(told)
    }
}

/// What the cases of a subject reach now.
fn warning(ground: Ground, watch: &Watch, subject: &Subject, now: i64) -> Result<Option<Warning>> {
    let (ladder, kind, z) = (watch.ladder, subject.kind(), (watch.z)(subject)?);
    // Without a burst score most cells can reach nothing: their cases need not be read.
    if !ladder.rules(kind).any(|rule| rule.z.is_none() || z.is_some()) {
        return Ok(None);
    }
    let sightings = ground.store.sightings(subject, now - ladder.reach(), now)?;
    let Some(reached) = reached(ladder, kind, &sightings, z, now, ground.deadlines.offset()) else { return Ok(None) };
    let Some((title, category, district)) = described(ground, subject)? else { return Ok(None) };
    Ok(Some(Warning {
        subject: subject.clone(),
        level: reached.rule.level,
        rule: reached.rule.code.clone(),
        sentence: reached.rule.sentence(&title, &reached.figures),
        title,
        category,
        district,
        figures: reached.figures,
        held_at: reached.held_at,
    }))
}

type Described = (String, Option<String>, Option<String>);

/// Title, category and district; `None` for a group that is no more.
fn described(ground: Ground, subject: &Subject) -> Result<Option<Described>> {
    Ok(match subject {
        Subject::Event(issue) => {
            let group = ground.store.group(issue)?;
            group.map(|group| (without_words(&group.title).to_owned(), group.category, group.district))
        }
        Subject::Cell { category, district } => {
            let name = ground.taxonomy.category(category).map_or(category, |category| &category.name);
            Some((format!("{district}：{name}"), Some(category.clone()), Some(district.clone())))
        }
    })
}

/// Place and problem of a group's title. What sets it apart, in brackets, are words of citizens: they do not leave with an
/// alert.
fn without_words(title: &str) -> &str {
    title.split_once('（').map_or(title, |(place_and_problem, _)| place_and_problem)
}

/// Does what the plan says, by the alerts as they stand in this moment: a person may have acted since.
fn settle(
    change: &Change,
    subject: &Subject,
    warning: Option<&Warning>,
    watch: &Watch,
    now: i64,
) -> Result<Option<(AlertTurn, AlertLevel)>> {
    let alerts = change.alerts_of(subject)?;
    let plan = Plan::of(&alerts, subject, warning, watch.ladder.quiet());
    let leader = plan.leader.map(|at| &alerts[at]);
    if let Some(leader) = leader {
        if plan.parts {
            change.part(leader)?;
        }
        // The gravest first: it is taken over once.
        let mut joins: Vec<&Alert> = plan.joins.iter().map(|at| &alerts[*at]).collect();
        joins.sort_by_key(|alert| std::cmp::Reverse(alert.level));
        for (n, alert) in joins.into_iter().enumerate() {
            let graver = n == 0 && alert.level > leader.level;
            change.join(alert, leader, graver, now)?;
        }
    }
    let Some(warning) = warning else { return Ok(None) };
    match (plan.deed, leader) {
        (Deed::Raise, _) => {
            change.raise(warning, watch.targets, now)?;
            return Ok(Some((AlertTurn::Raised, warning.level)));
        }
        (Deed::Escalate, Some(leader)) => {
            change.escalate(leader, warning, watch.targets, now)?;
            return Ok(Some((AlertTurn::Escalated, warning.level)));
        }
        (Deed::Refresh, Some(leader)) => change.refresh(leader, warning)?,
        (Deed::Hold, Some(leader)) => change.hold(leader, warning.held_at)?,
        _ => {}
    }
    Ok(None)
}

impl Plan {
    /// `quiet` is how long no rule must have held before what holds again is a new alert, in milliseconds.
    fn of(alerts: &[Alert], subject: &Subject, warning: Option<&Warning>, quiet: i64) -> Self {
        let key = subject.key();
        let order = |at: &usize| (alerts[*at].held_at, alerts[*at].subject == key, *at);
        let leader = (0..alerts.len()).max_by_key(order);
        let Some(lead) = leader.map(|at| &alerts[at]) else {
            let deed = if warning.is_some() { Deed::Raise } else { Deed::Nothing };
            return Self { leader, joins: Vec::new(), parts: false, deed };
        };
        // Only groups merge.
        let merges = subject.kind() == AlertKind::Event;
        let joins = (0..alerts.len()).filter(|at| {
            let alert = &alerts[*at];
            merges
                && alert.id != lead.id
                && alert.subject != lead.subject
                && alert.into_alert.is_none()
                && lead.held_at - alert.held_at < quiet
        });
        let joins: Vec<usize> = joins.collect();
        let level = joins.iter().map(|at| alerts[*at].level).fold(lead.level, AlertLevel::max);
        let deed = warning.map_or(Deed::Nothing, |warning| deed(warning, lead, level, quiet));
        Self { leader, joins, parts: lead.into_alert.is_some(), deed }
    }

    fn is_empty(&self) -> bool {
        self.joins.is_empty() && !self.parts && self.deed == Deed::Nothing
    }
}

/// What a warning does to the alert that speaks for its subject and told `level` already.
fn deed(warning: &Warning, lead: &Alert, level: AlertLevel, quiet: i64) -> Deed {
    let later = warning.held_at > lead.held_at;
    if warning.held_at - lead.held_at >= quiet {
        Deed::Raise
    } else if warning.level > level {
        Deed::Escalate
    } else if warning.level == level {
        let same = (&warning.figures, &warning.rule, &warning.title) == (&lead.figures, &lead.rule, &lead.title);
        if same && !later { Deed::Nothing } else { Deed::Refresh }
    } else if later {
        Deed::Hold
    } else {
        Deed::Nothing
    }
}
