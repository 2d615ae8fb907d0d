//! What early warning looks at: which subjects were touched, and the cases of one.

use std::hash::{DefaultHasher, Hash, Hasher};

use rusqlite::{Row, params};

use super::{Store, parsed};
use crate::case::{Sighting, Subject};
use crate::error::Result;
use crate::store::facts::hashed;

/// Since when what is new counts as new.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Since {
    /// The number of the last change that was looked at.
    pub change: i64,
    /// When it was looked at, milliseconds since 1970: what was to be received later was not yet seen.
    pub at: i64,
}

impl Store {
    /// Groups, and categories in districts, with a case received in `(after, now]` that came or changed since, or whose
    /// time came since; in no order, each once.
    pub fn touched(&self, since: Since, after: i64, now: i64) -> Result<Vec<Subject>> {
        let query = "SELECT issue, coalesce(final_category, category) AS category, district FROM cases \
            WHERE seq > ?1 AND received_at > ?3 AND received_at <= ?4 \
            UNION SELECT issue, coalesce(final_category, category), district FROM cases \
            WHERE received_at > max(?2, ?3) AND received_at <= ?4";
        let mut found = Vec::new();
        self.read(|connection| {
            let mut statement = connection.prepare_cached(query)?;
            let mut rows = statement.query(params![since.change, since.at, after, now])?;
            while let Some(row) = rows.next()? {
                found.extend(row.get::<_, Option<String>>("issue")?.map(Subject::Event));
                let category: Option<String> = row.get("category")?;
                let cell = category.zip(row.get("district")?);
                found.extend(cell.map(|(category, district)| Subject::Cell { category, district }));
            }
            Ok(())
        })?;
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// The cases of a subject received in `(after, until]`, in no order.
    pub fn sightings(&self, subject: &Subject, after: i64, until: i64) -> Result<Vec<Sighting>> {
        let what = "SELECT arrival, received_at, reporter_key, text, community, flags FROM cases WHERE";
        let when = "AND received_at > ?1 AND received_at <= ?2";
        self.read(|connection| match subject {
            Subject::Event(issue) => connection
                .prepare_cached(&format!("{what} issue = ?3 {when}"))?
                .query_map(params![after, until, issue], sighting)?
                .collect(),
            Subject::Cell { category, district } => connection
                .prepare_cached(&format!("{what} coalesce(final_category, category) = ?3 AND district = ?4 {when}"))?
                .query_map(params![after, until, category, district], sighting)?
                .collect(),
        })
    }

    /// The group under this id; its `into_issue` where it was merged.
    pub fn group(&self, id: &str) -> Result<Option<crate::case::Issue>> {
        self.read(|connection| super::events::group(connection, id))
    }
}

fn sighting(row: &Row) -> rusqlite::Result<Sighting> {
    Ok(Sighting {
        arrival: row.get("arrival")?,
        at: row.get("received_at")?,
        reporter: row.get::<_, Option<String>>("reporter_key")?.map(|key| hashed(&key)),
        words: words(row.get_ref("text")?.as_str()?),
        community: row.get("community")?,
        flags: parsed(row.get_ref("flags")?.as_str()?)?,
    })
}

/// Letters and digits only; never leaves the process.
fn words(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.chars().filter(|c| c.is_alphanumeric()).for_each(|c| c.hash(&mut hasher));
    hasher.finish()
}
