//! Cases seen beside many others: what they are about, without a word of their texts but the keywords.

use std::collections::BTreeMap;

use rusqlite::Row;

use super::events::{ISSUE, issue_of};
use super::{Change, Store, json, parsed};
use crate::case::{Issue, Keyword};
use crate::error::Result;

/// A case by its keywords.
#[derive(Debug, Clone, PartialEq)]
pub struct Glimpse {
    pub case: String,
    /// Heaviest first; none of a case whose reporter must be protected.
    pub keywords: Vec<Keyword>,
    pub protected: bool,
}

/// What a case says, as far as a title is made of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Words {
    /// Masked, as the text.
    pub title: Option<String>,
    pub text: String,
    /// Heaviest first.
    pub keywords: Vec<Keyword>,
    /// As read.
    pub street: Option<String>,
    pub protected: bool,
}

/// The order does not depend on how cases came in.
const GLIMPSE: &str = "SELECT id, suggestion -> '$.keywords' AS keywords, \
    EXISTS (SELECT 1 FROM json_each(flags) WHERE value IN ('info_protect', 'reporter_protect')) AS protected \
    FROM cases WHERE arrival IN (SELECT value FROM json_each(?)) ORDER BY received_at DESC, text LIMIT ?";

impl Store {
    /// These cases, the latest received first, at most so many.
    pub fn glimpses(&self, arrivals: &[i64], most: usize) -> Result<Vec<Glimpse>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(GLIMPSE)?;
            statement.query_map((json(&arrivals)?, most as i64), glimpse)?.collect()
        })
    }

    /// Groups (诉求组) by their ids, as they stand now; those that there are none of are left out.
    pub fn issues_called(&self, ids: &[&str]) -> Result<BTreeMap<String, Issue>> {
        self.read(|connection| {
            let query = format!(
                "SELECT {ISSUE} FROM issues LEFT JOIN cases ON arrival = medoid \
                 WHERE issues.id IN (SELECT value FROM json_each(?))"
            );
            let mut statement = connection.prepare_cached(&query)?;
            let issues = statement.query_map([json(&ids)?], issue_of)?;
            issues.map(|issue| issue.map(|issue| (issue.id.clone(), issue))).collect()
        })
    }
}

impl Change<'_> {
    /// What these cases say, in the order received.
    pub fn words_of(&self, arrivals: &[i64]) -> Result<Vec<Words>> {
        self.told(|| {
            let mut statement = self.prepare_cached(WORDS)?;
            statement.query_map([json(&arrivals)?], words)?.collect()
        })
    }
}

const WORDS: &str = "SELECT title, text, street, \
    suggestion -> '$.keywords' AS keywords, \
    EXISTS (SELECT 1 FROM json_each(flags) WHERE value IN ('info_protect', 'reporter_protect')) AS protected \
    FROM cases WHERE arrival IN (SELECT value FROM json_each(?)) ORDER BY received_at, text";

fn words(row: &Row) -> rusqlite::Result<Words> {
    Ok(Words {
        title: row.get("title")?,
        text: row.get("text")?,
        keywords: keywords(row)?,
        street: row.get("street")?,
        protected: row.get("protected")?,
    })
}

fn keywords(row: &Row) -> rusqlite::Result<Vec<Keyword>> {
    let keywords: Option<String> = row.get("keywords")?;
    let said: Vec<Said> = keywords.map_or(Ok(Vec::new()), |keywords| parsed(&keywords))?;
    Ok(said.into_iter().map(|said| Keyword { text: said.text, weight: said.weight }).collect())
}

fn glimpse(row: &Row) -> rusqlite::Result<Glimpse> {
    let protected: bool = row.get("protected")?;
    let keywords = if protected { Vec::new() } else { keywords(row)? };
    Ok(Glimpse { case: row.get("id")?, keywords, protected })
}

#[derive(serde::Deserialize)]
struct Said {
    text: String,
    weight: f64,
}
