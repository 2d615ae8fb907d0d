//! Traces, judged pairs and groups (诉求组).

use std::collections::BTreeMap;

use chrono::DateTime;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;
use utoipa::ToSchema;

use super::acts::{Act, acts_of};
use super::{Change, Store, json, tick, time};
use crate::case::{Issue, Trace, Verdict};
use crate::error::Result;

/// 诉求组里的一件。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Telling {
    pub case: String,
    pub reference: Option<String>,
    pub title: Option<String>,
    pub text: String,
    pub received_at: DateTime<chrono::Utc>,
    pub channel: Option<String>,
    pub unit: Option<String>,
    pub status: String,
    /// 所属诉求组
    pub issue: Option<String>,
    /// 同一组里第几个人：同一来电人号码相同
    pub person: i64,
    #[serde(skip)]
    pub arrival: i64,
    #[serde(skip)]
    pub protected: bool,
}

/// A group with all that is told of it.
pub struct Story {
    pub issue: Issue,
    /// In the order received.
    pub tellings: Vec<Telling>,
    pub acts: Vec<Act>,
}

/// What is to be written of a group.
#[derive(Debug, Clone, PartialEq)]
pub struct Sketch {
    pub title: String,
    pub medoid: i64,
    pub people: usize,
    pub first_at: i64,
    pub last_at: i64,
    /// Cases of the seven days up to the last telling, and of the seven days before.
    pub recent: usize,
    pub before: usize,
    pub category: Option<String>,
    pub district: Option<String>,
    pub place: Option<String>,
}

impl Store {
    /// Traces of the newest cases, at most so many, with the model that made them.
    pub fn newest_traces(&self, most: usize, mut each: impl FnMut(&str, Trace)) -> Result<()> {
        let query =
            "SELECT traces.model, trace FROM cases JOIN traces USING (arrival) ORDER BY received_at DESC LIMIT ?";
        self.read(|connection| {
            let mut statement = connection.prepare(query)?;
            let mut rows = statement.query([most as i64])?;
            while let Some(row) = rows.next()? {
                if let Some(trace) = unpacked(row.get_ref(1)?.as_blob().unwrap_or_default()) {
                    each(&row.get::<_, String>(0)?, trace);
                }
            }
            Ok(())
        })
    }

    /// Traces of these cases, in no order; those without one are left out, and vectors that another model than `model`
    /// made: they cannot be compared with its own.
    pub fn traces(&self, arrivals: &[i64], model: &str) -> Result<Vec<Trace>> {
        self.read(|connection| traces(connection, arrivals, model))
    }

    /// What is shown of these cases, newest first.
    pub fn tellings(&self, arrivals: &[i64]) -> Result<Vec<Telling>> {
        self.read(|connection| tellings_of(connection, arrivals))
    }

    /// The group with this id, its tellings in the order received, and what was done to it.
    pub fn issue(&self, id: &str) -> Result<Option<Story>> {
        self.read(|connection| {
            let moment = connection.unchecked_transaction()?;
            let query = format!("SELECT {ISSUE} FROM issues LEFT JOIN cases ON arrival = medoid WHERE issues.id = ?");
            let Some(issue) = moment.prepare_cached(&query)?.query_row([id], issue_of).optional()? else {
                return Ok(None);
            };
            let told = format!("{TELLING} WHERE issue = ? ORDER BY received_at, arrival");
            let tellings = tellings(&moment, &told, id.to_owned())?;
            let acts = acts_of(&moment, id)?;
            Ok(Some(Story { issue, tellings, acts }))
        })
    }
}

impl Change<'_> {
    /// Keeps what a case is compared by, and which earlier case its words are copied from, if any.
    pub fn leave_trace(&self, model: &str, trace: &Trace, copied: Option<i64>) -> Result<()> {
        self.told(|| {
            let bytes = packed(trace)?;
            // Of a copy of a copy the words are the first one's.
            let insert = "INSERT OR REPLACE INTO traces (arrival, model, trace, copy_of) \
                VALUES (?1, ?2, ?3, coalesce((SELECT copy_of FROM traces WHERE arrival = ?4), ?4))";
            self.prepare_cached(insert)?.execute(params![trace.arrival, model, bytes, copied]).map(drop)
        })
    }

    /// When these cases were received, who called, and the case whose words each has.
    pub fn told_by(&self, arrivals: &[i64]) -> Result<Vec<(i64, Option<String>, i64)>> {
        self.told(|| {
            let query = "SELECT received_at, reporter_key, coalesce(copy_of, cases.arrival) \
                FROM cases LEFT JOIN traces USING (arrival) WHERE cases.arrival IN (SELECT value FROM json_each(?))";
            let mut statement = self.prepare_cached(query)?;
            let row = |row: &Row| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
            statement.query_map([json(&arrivals)?], row)?.collect()
        })
    }

    /// The same as [`Store::traces`], of this moment.
    pub fn traces(&self, arrivals: &[i64], model: &str) -> Result<Vec<Trace>> {
        self.told(|| traces(self.transaction, arrivals, model))
    }

    /// The same as [`Store::tellings`], of this moment.
    pub fn tellings(&self, arrivals: &[i64]) -> Result<Vec<Telling>> {
        self.told(|| tellings_of(self.transaction, arrivals))
    }

    /// Notes that two cases may tell the same.
    pub fn judge(&self, later: i64, earlier: i64, verdict: &Verdict, near: bool) -> Result<()> {
        self.told(|| {
            let insert =
                "INSERT OR REPLACE INTO pairs (later, earlier, probability, near, evidence) VALUES (?, ?, ?, ?, ?)";
            let values = params![later, earlier, verdict.probability, near, json(&verdict.evidence)?];
            self.prepare_cached(insert)?.execute(values).map(drop)
        })
    }

    /// The pairs of a case: the other case, the probability, and whether they are near in time.
    pub fn pairs_of(&self, arrival: i64) -> Result<Vec<(i64, f32, bool)>> {
        self.told(|| {
            let query = "SELECT earlier, probability, near FROM pairs WHERE later = ?1 \
                UNION ALL SELECT later, probability, near FROM pairs WHERE earlier = ?1";
            let pair = |row: &Row| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
            self.prepare_cached(query)?.query_map([arrival], pair)?.collect()
        })
    }

    /// The last that people said of a case and others: the other case, whether together, and the act that said it.
    pub fn ties_of(&self, arrival: i64) -> Result<Vec<(i64, bool, i64)>> {
        self.told(|| {
            // Of all that was said of a pair, SQLite gives the row with the highest act.
            let query = "SELECT b, together, max(act) FROM ties WHERE a = ?1 GROUP BY b \
                UNION ALL SELECT a, together, max(act) FROM ties WHERE b = ?1 GROUP BY a";
            let tie = |row: &Row| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
            self.prepare_cached(query)?.query_map([arrival], tie)?.collect()
        })
    }

    /// The cases in an order that does not depend on how they came in: by when they were received, then by their text.
    pub fn as_received(&self, arrivals: &[i64]) -> Result<Vec<i64>> {
        self.told(|| {
            let query = "SELECT arrival FROM cases WHERE arrival IN (SELECT value FROM json_each(?)) \
                ORDER BY received_at, text, arrival";
            self.prepare_cached(query)?.query_map([json(&arrivals)?], |row| row.get(0))?.collect()
        })
    }

    /// Keeps what a person said of two cases; the last word counts.
    pub fn tie(&self, a: i64, b: i64, together: bool, act: i64) -> Result<()> {
        self.told(|| {
            let insert = "INSERT OR REPLACE INTO ties (a, b, together, act) VALUES (?, ?, ?, ?)";
            self.prepare_cached(insert)?.execute(params![a.min(b), a.max(b), together, act]).map(drop)
        })
    }

    /// Forgets what was said in an act.
    pub fn untie(&self, act: i64) -> Result<()> {
        self.told(|| self.prepare_cached("DELETE FROM ties WHERE act = ?")?.execute([act]).map(drop))
    }

    /// The group of each of these cases that has one.
    pub fn issues_of(&self, arrivals: &[i64]) -> Result<BTreeMap<i64, String>> {
        self.told(|| {
            let query = "SELECT arrival, issue FROM cases WHERE issue IS NOT NULL \
                AND arrival IN (SELECT value FROM json_each(?))";
            let mut statement = self.prepare_cached(query)?;
            statement.query_map([json(&arrivals)?], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        })
    }

    /// All cases of a group, ascending.
    pub fn members(&self, issue: &str) -> Result<Vec<i64>> {
        self.told(|| {
            let query = "SELECT arrival FROM cases WHERE issue = ? ORDER BY arrival";
            self.prepare_cached(query)?.query_map([issue], |row| row.get(0))?.collect()
        })
    }

    /// The group itself, whether in use or taken up by another.
    pub fn issue(&self, id: &str) -> Result<Option<Issue>> {
        self.told(|| group(self.transaction, id))
    }

    /// Arrivals of cases by their ids; those that do not stand are left out.
    pub fn arrivals(&self, ids: &[String]) -> Result<BTreeMap<String, i64>> {
        self.told(|| {
            let query = "SELECT id, arrival FROM cases WHERE id IN (SELECT value FROM json_each(?))";
            let mut statement = self.prepare_cached(query)?;
            statement.query_map([json(&ids)?], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        })
    }

    /// Ids of cases by their arrivals, in order of arrival.
    pub fn ids(&self, arrivals: &[i64]) -> Result<Vec<String>> {
        self.told(|| {
            let query = "SELECT id FROM cases WHERE arrival IN (SELECT value FROM json_each(?)) ORDER BY arrival";
            self.prepare_cached(query)?.query_map([json(&arrivals)?], |row| row.get(0))?.collect()
        })
    }

    /// A new group's id.
    pub fn new_issue(&self) -> String {
        format!("g_{}", uuid::Uuid::new_v4().simple())
    }

    /// Moves cases into a group, or out of all.
    pub fn assign(&self, arrivals: &[i64], issue: Option<&str>) -> Result<()> {
        self.told(|| {
            for arrival in arrivals {
                let seq = tick(self.transaction)?;
                let update = "UPDATE cases SET issue = ?, seq = ? WHERE arrival = ?";
                self.prepare_cached(update)?.execute(params![issue, seq, arrival])?;
            }
            Ok(())
        })
    }

    /// Writes a group of `cases` cases, new or changed.
    pub fn put_issue(&self, id: &str, cases: usize, sketch: &Sketch, now: i64) -> Result<()> {
        self.told(|| {
            let seq = tick(self.transaction)?;
            let put = "INSERT INTO issues (id, seq, created_at, title, medoid, cases, people, first_at, last_at, recent, \
                before, category, district, place) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) ON CONFLICT (id) DO UPDATE SET \
                seq = ?2, into_issue = NULL, title = ?4, medoid = ?5, cases = ?6, people = ?7, first_at = ?8, last_at = ?9, \
                recent = ?10, before = ?11, category = ?12, district = ?13, place = ?14";
            let values = params![
                id,
                seq,
                now,
                sketch.title,
                sketch.medoid,
                cases as i64,
                sketch.people as i64,
                sketch.first_at,
                sketch.last_at,
                sketch.recent as i64,
                sketch.before as i64,
                sketch.category,
                sketch.district,
                sketch.place
            ];
            self.prepare_cached(put)?.execute(values).map(drop)
        })
    }

    /// A group without cases of its own any more, taken up by another or dissolved.
    pub fn close_issue(&self, id: &str, into: Option<&str>) -> Result<()> {
        self.told(|| {
            let seq = tick(self.transaction)?;
            let close =
                "UPDATE issues SET seq = ?, cases = 0, people = 0, recent = 0, before = 0, into_issue = ? WHERE id = ?";
            self.prepare_cached(close)?.execute(params![seq, into, id]).map(drop)
        })
    }
}

/// The group itself, whether in use or taken up by another.
pub(super) fn group(connection: &Connection, id: &str) -> rusqlite::Result<Option<Issue>> {
    let query = format!("SELECT {ISSUE} FROM issues LEFT JOIN cases ON arrival = medoid WHERE issues.id = ?");
    connection.prepare_cached(&query)?.query_row([id], issue_of).optional()
}

fn traces(connection: &Connection, arrivals: &[i64], model: &str) -> rusqlite::Result<Vec<Trace>> {
    let mut statement = connection.prepare_cached("SELECT trace, model = ? FROM traces WHERE arrival = ?")?;
    let found = arrivals.iter().filter_map(|arrival| {
        let trace = statement.query_row(params![model, arrival], |row| {
            let trace = unpacked(row.get_ref(0)?.as_blob().unwrap_or_default());
            let own: bool = row.get(1)?;
            Ok(trace.map(|trace| if own { trace } else { Trace { embedding: Vec::new(), ..trace } }))
        });
        trace.optional().map(Option::flatten).transpose()
    });
    found.collect()
}

/// What a packed trace begins with. Whoever changes [`Trace`] raises it, and makes the old ones again from their texts.
const LAYOUT: u8 = 1;

pub(super) fn packed(trace: &Trace) -> rusqlite::Result<Vec<u8>> {
    postcard::to_extend(trace, vec![LAYOUT]).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

/// None for a trace of another layout or a damaged one: it is derived, and intake never stops for it.
pub(super) fn unpacked(bytes: &[u8]) -> Option<Trace> {
    bytes.strip_prefix(&[LAYOUT]).and_then(|packed| postcard::from_bytes(packed).ok())
}

const TELLING: &str = "SELECT arrival, id, reference, title, text, received_at, channel, coalesce(final_unit, unit) AS unit, status, issue, \
    reporter_key, EXISTS (SELECT 1 FROM json_each(suggestion, '$.flags') WHERE value IN ('info_protect', 'reporter_protect')) AS protected \
    FROM cases";

fn tellings_of(connection: &Connection, arrivals: &[i64]) -> rusqlite::Result<Vec<Telling>> {
    let query =
        format!("{TELLING} WHERE arrival IN (SELECT value FROM json_each(?)) ORDER BY received_at DESC, arrival DESC");
    tellings(connection, &query, json(&arrivals)?)
}

fn tellings(connection: &Connection, query: &str, value: String) -> rusqlite::Result<Vec<Telling>> {
    let mut statement = connection.prepare_cached(query)?;
    let mut people: BTreeMap<String, i64> = BTreeMap::new();
    let mut unknown = 0;
    let mut rows = statement.query([value])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let key = row.get::<_, Option<String>>("reporter_key")?.unwrap_or_else(|| {
            unknown += 1;
            format!("\u{0}{unknown}")
        });
        let next = people.len() as i64 + 1;
        let person = *people.entry(key).or_insert(next);
        found.push(Telling {
            case: row.get("id")?,
            reference: row.get("reference")?,
            title: row.get("title")?,
            text: row.get("text")?,
            received_at: time(row.get("received_at")?),
            channel: row.get("channel")?,
            unit: row.get("unit")?,
            status: row.get("status")?,
            issue: row.get("issue")?,
            person,
            arrival: row.get("arrival")?,
            protected: row.get("protected")?,
        });
    }
    Ok(found)
}

pub(super) const ISSUE: &str = "issues.id, issues.seq, issues.title, cases.id AS medoid_id, issues.cases, people, first_at, last_at, \
    recent, before, issues.category, issues.district, place, into_issue";

pub(super) fn issue_of(row: &Row) -> rusqlite::Result<Issue> {
    Ok(Issue {
        id: row.get(0)?,
        seq: row.get(1)?,
        title: row.get(2)?,
        medoid: row.get::<_, Option<String>>(3)?.unwrap_or_default(),
        cases: row.get(4)?,
        people: row.get(5)?,
        first_at: time(row.get(6)?),
        last_at: time(row.get(7)?),
        recent: row.get(8)?,
        before: row.get(9)?,
        category: row.get(10)?,
        district: row.get(11)?,
        place: row.get(12)?,
        into_issue: row.get(13)?,
    })
}
