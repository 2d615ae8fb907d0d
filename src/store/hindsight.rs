//! What was advised of cases and what people decided, in the order of change; and lists by the same ([`Judged`]).

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use rusqlite::types::Value;
use rusqlite::{Connection, Row, params};

use super::facts::{Step, live, steps};
use super::texts::PROTECTED;
use super::{Store, named_as, parsed};
use crate::case::{ANY, Aspect, Hindsight, Judged, Judgement, Life, NONE, REVIEWER, ReturnReason, Ruling, Status};
use crate::error::Result;

const HINDSIGHT: &str = "SELECT arrival, seq, received_at, unit, category, decision, model, length(text) AS length, \
    nullif(nullif(trim(channel), ''), '-') AS channel, final_unit, final_category, \
    suggestion ->> '$.assignment[0].probability' AS unit_probability, \
    suggestion ->> '$.categories[0].probability' AS category_probability, \
    coalesce(suggestion ->> '$.degraded', 0) AS degraded, \
    (SELECT f.unit FROM feedback AS f WHERE f.arrival = cases.arrival AND f.unit IS NOT NULL ORDER BY f.n DESC LIMIT 1) \
        AS said_unit, \
    (SELECT f.category FROM feedback AS f WHERE f.arrival = cases.arrival AND f.category IS NOT NULL \
        ORDER BY f.n DESC LIMIT 1) AS said_category, \
    EXISTS (SELECT 1 FROM feedback AS f WHERE f.arrival = cases.arrival AND f.settled = 1 AND f.actor = ?) AS reviewed \
    FROM cases WHERE seq > ? ORDER BY seq LIMIT ?";

/// The unit that answered a case after it was last dispatched and did not return it.
const ANSWERED: &str = "(SELECT iif(\
    EXISTS (SELECT 1 FROM steps AS a WHERE a.arrival = d.arrival AND a.status = 'replied' AND a.n > d.n) \
    AND NOT EXISTS (SELECT 1 FROM steps AS r WHERE r.arrival = d.arrival AND r.status = 'returned' AND r.n > d.n), \
    d.unit, NULL) FROM steps AS d WHERE d.arrival = cases.arrival AND d.status = 'dispatched' ORDER BY d.n DESC LIMIT 1)";

/// That it was dispatched; to be closed.
const SENT: &str = "EXISTS (SELECT 1 FROM steps AS t WHERE t.arrival = cases.arrival AND t.status = 'dispatched'";

/// Codes that many cases share are kept once.
#[derive(Default)]
pub struct Codes(HashSet<Arc<str>>);

impl Codes {
    fn of(&mut self, code: Option<String>) -> Option<Arc<str>> {
        let code = code?;
        if let Some(known) = self.0.get(code.as_str()) {
            return Some(Arc::clone(known));
        }
        let new: Arc<str> = code.into();
        self.0.insert(Arc::clone(&new));
        Some(new)
    }
}

impl Store {
    /// Cases that came or changed after the change numbered `after`, in the order of change, at most `most`.
    pub fn hindsights(&self, after: i64, most: usize, codes: &mut Codes) -> Result<Vec<Hindsight>> {
        self.read(|connection| {
            let moment = connection.unchecked_transaction()?;
            let mut statement = moment.prepare_cached(HINDSIGHT)?;
            let rows = statement.query_map(params![REVIEWER, after, most as i64], |row| hindsight(row, codes))?;
            let mut hindsights: Vec<Hindsight> = rows.collect::<rusqlite::Result<_>>()?;
            handled(&moment, &mut hindsights, codes)?;
            Ok(hindsights)
        })
    }
}

fn hindsight(row: &Row, codes: &mut Codes) -> rusqlite::Result<Hindsight> {
    let mut judgement = |name: &str| {
        let mut code = |column: &str| Ok::<_, rusqlite::Error>(codes.of(row.get(column)?));
        Ok::<_, rusqlite::Error>(Judgement {
            advised: code(name)?,
            settled: code(&format!("final_{name}"))?,
            said: code(&format!("said_{name}"))?,
            answered: None,
            probability: row.get(format!("{name}_probability").as_str())?,
        })
    };
    let (unit, category) = (judgement("unit")?, judgement("category")?);
    let model: String = row.get("model")?;
    Ok(Hindsight {
        arrival: row.get("arrival")?,
        seq: row.get("seq")?,
        received_at: row.get("received_at")?,
        unit,
        category,
        decision: named_as(row.get("decision")?)?,
        model: codes.of(Some(model)).unwrap_or_default(),
        degraded: row.get("degraded")?,
        length: row.get("length")?,
        channel: codes.of(row.get("channel")?),
        is_reviewed: row.get("reviewed")?,
        sent_to: Vec::new(),
        returned_by: None,
        return_reason: None,
    })
}

/// Adds what the steps tell.
fn handled(connection: &Connection, hindsights: &mut [Hindsight], codes: &mut Codes) -> rusqlite::Result<()> {
    let mut steps: BTreeMap<i64, Vec<Step>> = steps(connection, hindsights.iter().map(|hindsight| hindsight.arrival))?;
    for hindsight in hindsights {
        let steps = steps.remove(&hindsight.arrival).unwrap_or_default();
        let mut life = Life::default();
        live(&mut life, &steps)?;
        for step in &steps {
            match step.status {
                Status::Dispatched => hindsight.sent_to.extend(codes.of(step.unit.clone())),
                Status::Returned => hindsight.return_reason = reason(step)?,
                _ => {}
            }
        }
        hindsight.sent_to.sort_unstable();
        hindsight.sent_to.dedup();
        hindsight.returned_by = codes.of(life.returned_by);
        let is_answered = life.answered_at.is_some() && !life.given_back;
        hindsight.unit.answered = codes.of(life.unit.filter(|_| is_answered));
    }
    Ok(())
}

fn reason(step: &Step) -> rusqlite::Result<Option<ReturnReason>> {
    step.said.clone().map(named_as).transpose()
}

/// What was advised of one case, in full, with its text.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaning {
    pub arrival: i64,
    /// The case's id.
    pub case: String,
    pub reference: Option<String>,
    /// Milliseconds since 1970.
    pub received_at: i64,
    /// Masked; nothing where the reporter needs protection (举报人保护).
    pub title: Option<String>,
    pub text: Option<String>,
    pub status: Status,
    /// As people settled them.
    pub final_unit: Option<String>,
    pub final_category: Option<String>,
    /// Most probable first; as many as were kept.
    pub units: Vec<(String, f64)>,
    pub categories: Vec<(String, f64)>,
}

impl Store {
    /// What was advised of these cases, in no order; those that are not there are left out.
    pub fn leanings(&self, arrivals: &[i64]) -> Result<Vec<Leaning>> {
        let listed = |list: &str, code: &str| {
            format!(
                "(SELECT json_group_array(json_array(value ->> '{code}', value ->> '$.probability')) \
                 FROM json_each(cases.suggestion, '$.{list}'))"
            )
        };
        let query = format!(
            "SELECT arrival, id, reference, received_at, title, text, status, final_unit, \
             final_category, {PROTECTED} AS protected, \
             {} AS units, {} AS categories FROM cases WHERE arrival IN (SELECT value FROM json_each(?))",
            listed("assignment", "$.lead.code"),
            listed("categories", "$.code")
        );
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&query)?;
            statement.query_map([super::json(&arrivals)?], leaning)?.collect()
        })
    }
}

fn leaning(row: &Row) -> rusqlite::Result<Leaning> {
    let protected: bool = row.get("protected")?;
    let listed = |name: &str| parsed::<Vec<(String, f64)>>(row.get_ref(name)?.as_str()?);
    Ok(Leaning {
        arrival: row.get("arrival")?,
        case: row.get("id")?,
        reference: row.get("reference")?,
        received_at: row.get("received_at")?,
        title: row.get::<_, Option<String>>("title")?.filter(|_| !protected),
        text: row.get::<_, Option<String>>("text")?.filter(|_| !protected),
        status: named_as(row.get("status")?)?,
        final_unit: row.get("final_unit")?,
        final_category: row.get("final_category")?,
        units: listed("units")?,
        categories: listed("categories")?,
    })
}

// ── lists ───────────────────────────────────────────────────────────────────────────────────────────────────────

/// The conditions, each with the values of its places, in order.
pub(super) fn conditions(judged: &Judged) -> Vec<(String, Vec<Value>)> {
    let question = judged.question.unwrap_or(Aspect::Unit);
    let advised = format!("cases.{}", question.code());
    let decided = decided(question, Ruling::Answered);
    let probability = match question {
        Aspect::Unit => "(cases.suggestion ->> '$.assignment[0].probability')",
        Aspect::Category => "(cases.suggestion ->> '$.categories[0].probability')",
    };
    let text = |code: &String| vec![Value::Text(code.clone())];
    let mut found = Vec::new();
    found.extend(judged.advised.as_ref().map(|code| match code.as_str() {
        NONE => (format!("{advised} IS NULL"), vec![]),
        // Of categories the level-1 code is how the codes of its children begin.
        _ if question == Aspect::Category => (format!("instr({advised}, ?) = 1"), text(code)),
        _ => (format!("{advised} = ?"), text(code)),
    }));
    found.extend(judged.from.map(|from| (format!("{probability} >= ?"), vec![Value::Real(from)])));
    found.extend(judged.below.map(|below| (format!("{probability} < ?"), vec![Value::Real(below)])));
    let degraded = "coalesce(cases.suggestion ->> '$.degraded', 0)";
    found.extend(judged.degraded.map(|is| (format!("{degraded} = {}", i64::from(is)), vec![])));
    let routed = |is| format!("cases.decision {} ('transfer_emergency', 'redirect')", if is { "NOT IN" } else { "IN" });
    found.extend(judged.routed.map(|is| (routed(is), vec![])));
    let automatic = |is| format!("cases.decision {} 'auto'", if is { "=" } else { "<>" });
    found.extend(judged.automatic.map(|is| (automatic(is), vec![])));
    found.extend(judged.sent_to.as_ref().map(|unit| match unit.as_str() {
        NONE => (format!("NOT {SENT})"), vec![]),
        ANY => (format!("{SENT})"), vec![]),
        _ => (format!("{SENT} AND t.unit = ?)"), text(unit)),
    }));
    if !judged.rulings.is_empty() {
        let by = judged.rulings.iter().map(|ruling| format!("({})", by(question, *ruling)));
        found.push((format!("({})", by.collect::<Vec<_>>().join(" OR ")), vec![]));
    }
    found.extend(judged.decided.as_ref().map(|code| match code.as_str() {
        NONE => (format!("{decided} IS NULL"), vec![]),
        _ => (format!("{decided} = ?"), text(code)),
    }));
    found.extend(judged.right.map(|is| {
        let compared = if is { "=" } else { "<>" };
        (format!("{decided} {compared} {advised}"), vec![])
    }));
    found
}

/// What was decided, no looser than `loosest`, as SQL.
fn decided(question: Aspect, loosest: Ruling) -> String {
    let rulings: Vec<String> = loosest.and_stricter().map(|ruling| what(question, ruling)).collect();
    format!("coalesce({}, NULL)", rulings.join(", "))
}

/// What was decided by one kind of ruling, as SQL.
fn what(question: Aspect, ruling: Ruling) -> String {
    let code = question.code();
    match ruling {
        Ruling::Settled => format!("cases.final_{code}"),
        Ruling::Said => format!(
            "(SELECT f.{code} FROM feedback AS f WHERE f.arrival = cases.arrival AND f.{code} IS NOT NULL \
             ORDER BY f.n DESC LIMIT 1)"
        ),
        Ruling::Answered if question == Aspect::Unit => ANSWERED.to_owned(),
        Ruling::Answered => "NULL".to_owned(),
    }
}

/// Whether it was decided by this kind of ruling and by no stricter one, or by none, as SQL.
fn by(question: Aspect, ruling: Option<Ruling>) -> String {
    let Some(ruling) = ruling else { return format!("{} IS NULL", decided(question, Ruling::Answered)) };
    let stricter = ruling.and_stricter().filter(|other| *other != ruling);
    let none: String = stricter.map(|other| format!(" AND {} IS NULL", what(question, other))).collect();
    format!("{} IS NOT NULL{none}", what(question, ruling))
}
