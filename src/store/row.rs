//! A case as it is read from its row.

use rusqlite::{Connection, OptionalExtension, Row};

use super::{Case, Named, named_as, parsed, time};
use crate::case::Versions;

/// The unit that has a case now, as SQL.
macro_rules! handler {
    () => {
        "(SELECT steps.unit FROM steps WHERE steps.arrival = cases.arrival AND steps.status IN ('dispatched', 'returned') \
        ORDER BY steps.n DESC LIMIT 1)"
    };
}
pub(super) use handler;

/// In whose charge a case is (归口单位): settled by people, else the unit that has it, else the one advised.
macro_rules! department {
    () => {
        concat!("coalesce(final_unit, ", $crate::store::row::handler!(), ", unit)")
    };
}
pub(super) use department;

/// What [`case_of`] reads. Names are those that the suggestion gave, not those of a later catalogue.
pub(super) const COLUMNS: &str = concat!(
    "arrival, id, reference, seq, title, text, channel, received_at, occurred_at, created_at, \
    subject_type, location, district, street, community, flags, decision, model, taxonomy, rules, status, due_at, closed_at, \
    final_unit, final_category, issue, ",
    handler!(),
    " AS handler, \
    category, suggestion ->> '$.categories[0].name' AS category_name, \
    petition, suggestion ->> '$.petition_types[0].name' AS petition_name, \
    unit, suggestion ->> '$.assignment[0].lead.name' AS unit_name, \
    urgency, suggestion ->> '$.urgency.name' AS urgency_name"
);

pub(super) fn one(connection: &Connection, which: &str, value: impl rusqlite::ToSql) -> rusqlite::Result<Option<Case>> {
    let query = format!("SELECT {COLUMNS}, suggestion FROM cases WHERE {which}");
    connection.prepare_cached(&query)?.query_row([value], case_of).optional()
}

/// A row of [`COLUMNS`]; the suggestion where it was asked for.
pub(super) fn case_of(row: &Row) -> rusqlite::Result<Case> {
    let named = |code: &str, name: &str| {
        let code: Option<String> = row.get(code)?;
        let name: Option<String> = row.get(name)?;
        Ok::<_, rusqlite::Error>(code.map(|code| Named { name: name.unwrap_or_else(|| code.clone()), code }))
    };
    let location: Option<String> = row.get("location")?;
    let flags: String = row.get("flags")?;
    let suggestion: Option<String> = row.get("suggestion").or_else(|error| match error {
        rusqlite::Error::InvalidColumnName(_) => Ok(None),
        error => Err(error),
    })?;
    Ok(Case {
        arrival: row.get("arrival")?,
        id: row.get("id")?,
        reference: row.get("reference")?,
        seq: row.get("seq")?,
        title: row.get("title")?,
        text: row.get("text")?,
        channel: row.get("channel")?,
        received_at: time(row.get("received_at")?),
        occurred_at: row.get::<_, Option<i64>>("occurred_at")?.map(time),
        created_at: time(row.get("created_at")?),
        subject_type: row.get("subject_type")?,
        location: location.map(|location| parsed(&location)).transpose()?,
        district: row.get("district")?,
        street: row.get("street")?,
        community: row.get("community")?,
        category: named("category", "category_name")?,
        petition: named("petition", "petition_name")?,
        unit: named("unit", "unit_name")?,
        decision: named_as(row.get("decision")?)?,
        urgency: named("urgency", "urgency_name")?.ok_or(rusqlite::Error::QueryReturnedNoRows)?,
        flags: parsed(&flags)?,
        status: named_as(row.get("status")?)?,
        handler: row.get("handler")?,
        due_at: row.get::<_, Option<i64>>("due_at")?.map(time),
        closed_at: row.get::<_, Option<i64>>("closed_at")?.map(time),
        final_unit: row.get("final_unit")?,
        final_category: row.get("final_category")?,
        issue: row.get("issue")?,
        versions: Versions { model: row.get("model")?, taxonomy: row.get("taxonomy")?, rules: row.get("rules")? },
        suggestion: suggestion.map(|suggestion| parsed(&suggestion)).transpose()?,
        next: None,
        steps: None,
        feedback: None,
        supervisions: None,
    })
}
