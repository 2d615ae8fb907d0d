//! What was done to groups (诉求组变更): written down, never edited.

use chrono::DateTime;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{Change, audit, json, parsed, time};
use crate::case::ActKind;
use crate::error::Result;

/// 诉求组的一次变更；只增不改。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Act {
    /// 第几次变更；撤销时用它指明
    pub n: i64,
    pub at: DateTime<chrono::Utc>,
    pub kind: ActKind,
    pub issue: String,
    /// 并入或拆出的另一个诉求组
    pub other: Option<String>,
    /// 变动的案件
    pub cases: Vec<String>,
    /// 理由：机器给出依据，人工给出说明
    pub reason: Value,
    /// 谁做的；null 表示系统
    pub actor: Option<String>,
    /// 撤销了哪一次
    pub undoes: Option<i64>,
    /// 被哪一次撤销
    pub undone_by: Option<i64>,
}

/// What is to be written of an act.
#[derive(Debug, Clone, PartialEq)]
pub struct Done<'a> {
    pub kind: ActKind,
    pub issue: &'a str,
    pub other: Option<&'a str>,
    pub cases: &'a [i64],
    pub reason: &'a Value,
    pub actor: Option<&'a str>,
    pub undoes: Option<i64>,
}

impl Change<'_> {
    /// The number that the next act will have.
    pub fn next_act(&self) -> Result<i64> {
        self.told(|| {
            let query = "SELECT coalesce(max(n), 0) + 1 FROM acts";
            self.prepare_cached(query)?.query_row([], |row| row.get(0))
        })
    }

    /// Writes down what was done; its number.
    pub fn note_act(&self, done: &Done, now: i64) -> Result<i64> {
        let ids = self.ids(done.cases)?;
        self.told(|| {
            let kind = json(&done.kind)?.trim_matches('"').to_owned();
            let insert = "INSERT INTO acts (at, kind, issue, other, cases, reason, actor, undoes) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
            let (cases, reason) = (json(&ids)?, json(done.reason)?);
            let values = params![now, kind, done.issue, done.other, cases, reason, done.actor, done.undoes];
            self.prepare_cached(insert)?.execute(values)?;
            let n = self.transaction.last_insert_rowid();
            let detail = serde_json::json!({"act": n, "other": done.other, "cases": ids.len()});
            let actor = done.actor.unwrap_or(audit::MACHINE);
            audit::note(self.transaction, now, actor, &format!("issue_{kind}"), done.issue, &detail).map(|()| n)
        })
    }

    /// What the machine did in consequence of an act: in the same moment, before anybody else acted.
    pub fn followed(&self, act: i64) -> Result<Vec<Act>> {
        self.told(|| {
            let query = format!(
                "{ACT} WHERE n > ?1 AND actor IS NULL AND at = (SELECT at FROM acts WHERE n = ?1) \
                 AND NOT EXISTS (SELECT 1 FROM acts b WHERE b.n > ?1 AND b.n < a.n AND b.actor IS NOT NULL) ORDER BY n"
            );
            self.prepare_cached(&query)?.query_map([act], act_of)?.collect()
        })
    }

    /// The act of this number.
    pub fn act(&self, n: i64) -> Result<Option<Act>> {
        self.told(|| self.prepare_cached(&format!("{ACT} WHERE n = ?"))?.query_row([n], act_of).optional())
    }
}

/// Acts with who took them back.
const ACT: &str = "SELECT a.*, (SELECT n FROM acts WHERE undoes = a.n) AS undone_by FROM acts a";

/// All that was done to a group, first to last.
pub(super) fn acts_of(connection: &Connection, issue: &str) -> rusqlite::Result<Vec<Act>> {
    let query = format!("{ACT} WHERE issue = ?1 OR other = ?1 ORDER BY n");
    connection.prepare_cached(&query)?.query_map([issue], act_of)?.collect()
}

fn act_of(row: &Row) -> rusqlite::Result<Act> {
    let kind: String = row.get("kind")?;
    Ok(Act {
        n: row.get("n")?,
        at: time(row.get("at")?),
        kind: parsed(&format!("\"{kind}\""))?,
        issue: row.get("issue")?,
        other: row.get("other")?,
        cases: parsed(&row.get::<_, String>("cases")?)?,
        reason: parsed(&row.get::<_, String>("reason")?)?,
        actor: row.get("actor")?,
        undoes: row.get("undoes")?,
        undone_by: row.get("undone_by")?,
    })
}
