//! Texts of many cases at once, for who counts words; and what groups are called.

use std::collections::BTreeMap;

use rusqlite::Row;
use rusqlite::types::Value;

use crate::error::Result;
use crate::store::{Store, json};

/// What was told in a case (诉求文本), masked.
pub struct Text {
    pub arrival: i64,
    /// The case's id.
    pub case: String,
    /// Title and text, a line each; nothing where the reporter needs protection (举报人保护).
    pub told: Option<String>,
}

/// What a group (诉求组) is called.
pub struct Heading {
    /// Nothing where it was made of words of a case whose reporter needs protection.
    pub title: Option<String>,
    pub category: Option<String>,
    pub district: Option<String>,
}

/// Whether the reporter of a case needs protection.
pub(super) const PROTECTED: &str =
    "EXISTS (SELECT 1 FROM json_each(cases.flags) WHERE value IN ('info_protect', 'reporter_protect'))";

/// What a case says in the citizen's words, and what every list shows of it.
const TOLD: [&str; 3] = ["title", "text", "location ->> '$.text'"];
const SHOWN: [&str; 4] = ["reference", "district", "street", "community"];

/// That a word occurs in a case (查找), and the values of its places. What a protected reporter told is not looked
/// through: whether it holds a word would tell it.
pub(super) fn sought(word: &str) -> (String, Vec<Value>) {
    let (shown, mut values) = occurs(&SHOWN, word);
    let (told, more) = occurs(&TOLD, word);
    values.extend(more);
    (format!("({shown} OR ({told} AND NOT {PROTECTED}))"), values)
}

/// That a word occurs in any of these columns. SQLite's LIKE takes ASCII letters of either case for the same.
pub(super) fn occurs(columns: &[&str], word: &str) -> (String, Vec<Value>) {
    let any: Vec<String> = columns.iter().map(|column| format!("{column} LIKE ? ESCAPE '\\'")).collect();
    let literal: String =
        word.chars().flat_map(|c| "\\%_".contains(c).then_some('\\').into_iter().chain([c])).collect();
    (format!("({})", any.join(" OR ")), vec![Value::Text(format!("%{literal}%")); columns.len()])
}

impl Store {
    /// The texts of these cases, in no order; those that are not there are left out.
    pub fn texts(&self, arrivals: &[i64]) -> Result<Vec<Text>> {
        let query = format!(
            "SELECT arrival, id, title, text, {PROTECTED} AS protected FROM cases \
             WHERE arrival IN (SELECT value FROM json_each(?))"
        );
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&query)?;
            statement.query_map([json(&arrivals)?], text)?.collect()
        })
    }

    /// What these groups are called, by id; those that are not there are left out.
    pub fn headings(&self, issues: &[String]) -> Result<BTreeMap<String, Heading>> {
        let query = format!(
            "SELECT issues.id, issues.title, issues.category, issues.district, {PROTECTED} AS protected \
             FROM issues LEFT JOIN cases ON arrival = medoid WHERE issues.id IN (SELECT value FROM json_each(?))"
        );
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&query)?;
            statement.query_map([json(&issues)?], heading)?.collect()
        })
    }
}

fn text(row: &Row) -> rusqlite::Result<Text> {
    let told = |row: &Row| {
        let (title, text): (Option<String>, String) = (row.get("title")?, row.get("text")?);
        Ok::<_, rusqlite::Error>(title.map_or(text.clone(), |title| format!("{title}\n{text}")))
    };
    let protected: bool = row.get("protected")?;
    let told = if protected { None } else { Some(told(row)?) };
    Ok(Text { arrival: row.get("arrival")?, case: row.get("id")?, told })
}

fn heading(row: &Row) -> rusqlite::Result<(String, Heading)> {
    let protected: bool = row.get("protected")?;
    let title: String = row.get("title")?;
    let heading = Heading {
        title: (!protected).then_some(title),
        category: row.get("category")?,
        district: row.get("district")?,
    };
    Ok((row.get("id")?, heading))
}
