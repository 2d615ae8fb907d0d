//! Lists by how cases are handled: the states of [`Handling`] as conditions on the steps.

use rusqlite::types::Value;

use super::{Filter, Store, json};
use crate::case::{Among, Answering, Handling, ReturnReason, Signing, Status};
use crate::error::Result;

/// The last dispatch of a case: `{}` is the column wanted of it.
const DISPATCH: &str = "(SELECT d.{} FROM steps AS d WHERE d.arrival = cases.arrival AND d.status = 'dispatched' \
    ORDER BY d.n DESC LIMIT 1)";
/// The last return of a case, and the unit that it was with.
const RETURN: &str = "(SELECT r.{} FROM steps AS r WHERE r.arrival = cases.arrival AND r.status = 'returned' \
    ORDER BY r.n DESC LIMIT 1)";
const RETURNED_BY: &str = "(SELECT d.unit FROM steps AS r JOIN steps AS d ON d.arrival = r.arrival AND d.n < r.n \
    WHERE r.arrival = cases.arrival AND r.status = 'returned' AND d.status = 'dispatched' \
    ORDER BY r.n DESC, d.n DESC LIMIT 1)";
/// Whether it is a unit's case.
const ASSIGNED: &str = "(cases.status = 'returned' OR (SELECT m.status FROM steps AS m \
    WHERE m.arrival = cases.arrival AND m.status IN ('dispatched', 'returned') ORDER BY m.n DESC LIMIT 1) = 'dispatched')";
/// When the last answer was given.
const REPLIED: &str = "(SELECT a.at FROM steps AS a WHERE a.arrival = cases.arrival AND a.status = 'replied' \
    ORDER BY a.n DESC LIMIT 1)";
/// What the citizen said when last asked: `{}` is the column wanted of it.
const SAID: &str = "(SELECT f.{} FROM steps AS f WHERE f.arrival = cases.arrival AND f.status = 'followed_up' \
    ORDER BY f.n DESC LIMIT 1)";
/// Whether it was dispatched to another unit than before.
const REASSIGNED: &str = "EXISTS (SELECT 1 FROM steps AS d WHERE d.arrival = cases.arrival AND d.status = 'dispatched' \
    AND d.unit IS NOT (SELECT e.unit FROM steps AS e WHERE e.arrival = d.arrival AND e.status = 'dispatched' \
    AND e.n < d.n ORDER BY e.n DESC LIMIT 1) \
    AND EXISTS (SELECT 1 FROM steps AS e WHERE e.arrival = d.arrival AND e.status = 'dispatched' AND e.n < d.n))";

/// The reason of the last return, as SQL.
pub(super) fn return_reason() -> String {
    RETURN.replace("{}", "reason")
}

/// The unit that a case was last dispatched to, as SQL.
pub(super) fn last_unit() -> String {
    DISPATCH.replace("{}", "unit")
}

/// The conditions, each with the values of its places, in order. `now` is milliseconds since 1970.
pub(super) fn conditions(handling: &Handling, now: i64) -> rusqlite::Result<Vec<(String, Vec<Value>)>> {
    let mut found = Vec::new();
    let plain = |clause: String| (clause, Vec::new());
    found.extend(handling.assigned.map(|wanted| plain(whether(ASSIGNED, wanted))));
    found.extend(handling.last_unit.as_ref().map(|units| among(&last_unit(), units)).transpose()?);
    found.extend(handling.returned_by.as_ref().map(|units| among(RETURNED_BY, units)).transpose()?);
    found.extend(any(&handling.signed, |signing| signed(signing, now)));
    found.extend(any(&handling.answered, |answering| answered(answering, now)));
    let said = SAID.replace("{}", "reason");
    found.extend(any(&handling.satisfied, |said_so| plain(format!("{said} = '{}'", said_so.code()))));
    let resolved = SAID.replace("{}", "resolved");
    found.extend(any(&handling.resolved, |is| plain(format!("{resolved} = {}", i64::from(is)))));
    let was = |status: &str| {
        format!("EXISTS (SELECT 1 FROM steps AS w WHERE w.arrival = cases.arrival AND w.status = '{status}')")
    };
    found.extend(handling.returned.map(|wanted| plain(whether(&was("returned"), wanted))));
    found.extend(handling.redone.map(|wanted| plain(whether(&was("reopened"), wanted))));
    found.extend(handling.extended.map(|wanted| plain(whether(&was("extended"), wanted))));
    found.extend(handling.reassigned.map(|wanted| plain(whether(REASSIGNED, wanted))));
    found.extend(handling.return_reason.map(|reason| plain(format!("{} = '{}'", return_reason(), reason.code()))));
    Ok(found)
}

fn whether(condition: &str, wanted: bool) -> String {
    format!("{condition} IS {}TRUE", if wanted { "" } else { "NOT " })
}

fn among(of: &str, units: &Among) -> rusqlite::Result<(String, Vec<Value>)> {
    let (clause, codes) = match units {
        Among::These(codes) => (format!("{of} IN (SELECT value FROM json_each(?))"), codes),
        Among::Others(codes) => (format!("{of} NOT IN (SELECT value FROM json_each(?))"), codes),
    };
    Ok((clause, vec![Value::Text(json(codes)?)]))
}

/// That any of them holds; nothing where there is none.
fn any<T: Copy>(wanted: &[T], condition: impl Fn(T) -> (String, Vec<Value>)) -> Option<(String, Vec<Value>)> {
    let (clauses, values): (Vec<_>, Vec<_>) = wanted.iter().map(|one| condition(*one)).unzip();
    let clauses: Vec<String> = clauses.into_iter().map(|clause| format!("({clause})")).collect();
    (!clauses.is_empty()).then(|| (format!("({})", clauses.join(" OR ")), values.into_iter().flatten().collect()))
}

fn signed(signing: Signing, now: i64) -> (String, Vec<Value>) {
    let (dispatch, due) = (DISPATCH.replace("{}", "n"), DISPATCH.replace("{}", "due_at"));
    let at = format!(
        "(SELECT s.at FROM steps AS s WHERE s.arrival = cases.arrival AND s.status = 'signed' AND s.n > {dispatch} \
         ORDER BY s.n DESC LIMIT 1)"
    );
    let overdue = format!("{at} IS NULL AND cases.status = 'dispatched' AND {due} < ?");
    let now = vec![Value::Integer(now)];
    match signing {
        Signing::InTime => (format!("{ASSIGNED} AND {at} IS NOT NULL AND ({at} > {due}) IS NOT TRUE"), vec![]),
        Signing::Late => (format!("{ASSIGNED} AND {at} > {due}"), vec![]),
        Signing::Overdue => (format!("{ASSIGNED} AND {overdue}"), now),
        Signing::Waiting => (format!("{ASSIGNED} AND {at} IS NULL AND ({overdue}) IS NOT TRUE"), now),
    }
}

fn answered(answering: Answering, now: i64) -> (String, Vec<Value>) {
    let late = format!("({REPLIED} > cases.due_at)");
    let given = "cases.status IN ('replied', 'followed_up', 'closed')";
    let owes = |status: &&Status| status.owes_answer() && **status != Status::Returned;
    let owed: Vec<_> = Status::ALL.iter().filter(owes).map(|status| status.code()).collect();
    let owed = format!("cases.status IN ('{}')", owed.join("', '"));
    let now = vec![Value::Integer(now)];
    let (clause, values) = match answering {
        Answering::InTime => (format!("{given} AND {late} IS NOT TRUE"), vec![]),
        Answering::Late => (format!("{given} AND {late}"), vec![]),
        Answering::Waiting => (format!("{owed} AND (cases.due_at < ?) IS NOT TRUE"), now),
        Answering::Overdue => (format!("{owed} AND cases.due_at < ?"), now),
        Answering::Suspended => ("cases.status = 'suspended'".to_owned(), vec![]),
        Answering::SentBack => ("cases.status = 'returned'".to_owned(), vec![]),
    };
    (format!("{ASSIGNED} AND {clause}"), values)
}

impl Store {
    /// Why the cases of the filter were returned last, most frequent first; those never returned are not counted.
    pub fn return_reasons(&self, filter: &Filter) -> Result<Vec<(ReturnReason, i64)>> {
        let reason = return_reason();
        self.read(|connection| {
            let (clauses, values) = super::list::conditions(filter)?;
            let query = format!(
                "SELECT {reason} AS why, count(*) FROM cases WHERE {clauses} AND {reason} IS NOT NULL \
                 GROUP BY 1 ORDER BY 2 DESC, 1"
            );
            let mut statement = connection.prepare_cached(&query)?;
            let row = |row: &rusqlite::Row| Ok((super::named_as(row.get(0)?)?, row.get(1)?));
            statement.query_map(rusqlite::params_from_iter(values), row)?.collect()
        })
    }
}
