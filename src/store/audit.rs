//! Audit (审计): who did what when, each line sealed with the one before.
//!
//! A line stands in the same transaction as the change it tells of. It holds codes and numbers, never a text: it may be
//! shown to who may not read complaints. Whoever changes, adds or takes out a line breaks every seal after it; what is
//! cut off at the end shows in the cases that then have no line ([`crate::store::Health`]).

use std::fmt::Write;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, Transaction};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::error::{Result, Saying};
use crate::store::{Store, json, parsed, time};

/// Who acts where no person does.
pub const MACHINE: &str = "machine";
/// Who acted where a person does not say.
pub const PERSON: &str = "person";

/// What stands before the first line.
const BEGINNING: [u8; 32] = [0; 32];

/// Parts what is sealed.
const BETWEEN: u8 = 0x1f;

/// 审计记录：谁在何时做了什么。只有代码和数字，没有诉求内容。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AuditLine {
    /// 行号，全库连续
    pub n: i64,
    pub at: DateTime<Utc>,
    /// 谁：machine（程序）、调用方给出的岗位，没有给出则为 person（人工）
    #[schema(example = "machine")]
    pub actor: String,
    /// 做了什么
    #[schema(example = "kept")]
    pub act: String,
    #[schema(value_type = Object)]
    pub detail: Value,
    /// 封印：SHA-256，与上一行相连，十六进制
    pub seal: String,
}

/// The chain of all lines, walked from the first to the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// How many lines hold, counted up to the first that does not.
    pub lines: i64,
    /// The seal of the last line that holds, as hexadecimal digits: noted elsewhere, it tells later whether lines were
    /// cut off at the end. Empty where there is no line.
    pub seal: String,
    pub broken: Option<Broken>,
}

/// The first line that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    pub line: i64,
    pub why: Saying,
}

impl Store {
    /// Walks the whole chain. A break is told, not failed on.
    pub fn verify_audit(&self) -> Result<Chain> {
        self.read(walk)
    }

    /// The lines of the case with this id, first to last; `None` where there is no such case.
    pub fn audit_of(&self, id: &str) -> Result<Option<Vec<AuditLine>>> {
        self.read(|connection| {
            let stands = "SELECT EXISTS (SELECT 1 FROM cases WHERE id = ?1)";
            if !connection.prepare_cached(stands)?.query_row([id], |row| row.get(0))? {
                return Ok(None);
            }
            let lines = "SELECT n, at, actor, act, detail, seal FROM audit WHERE subject = ?1 ORDER BY n";
            connection.prepare_cached(lines)?.query_map([id], line_of)?.collect::<rusqlite::Result<_>>().map(Some)
        })
    }
}

/// Adds a line in the transaction of the change that it tells of. `subject` is the id of what was changed; `detail` holds
/// codes and numbers only.
pub(super) fn note(
    transaction: &Transaction,
    at_ms: i64,
    actor: &str,
    act: &str,
    subject: &str,
    detail: &Value,
) -> rusqlite::Result<()> {
    let last = "SELECT n, seal FROM audit ORDER BY n DESC LIMIT 1";
    let last = transaction.prepare_cached(last)?.query_row([], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)));
    let (n, previous): (i64, [u8; 32]) = last.optional()?.unwrap_or((0, BEGINNING));
    let detail = json(detail)?;
    let seal = sealed(&previous, at_ms, [actor, act, subject, &detail]);
    let insert =
        "INSERT INTO audit (n, at, actor, act, subject, detail, previous, seal) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    let line = (n + 1, at_ms, actor, act, subject, detail, previous, seal);
    transaction.prepare_cached(insert)?.execute(line).map(drop)
}

/// SHA-256 over the previous seal and the line.
fn sealed(previous: &[u8], at_ms: i64, words: [&str; 4]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(previous);
    hash.update(at_ms.to_string());
    for word in words {
        hash.update([BETWEEN]);
        hash.update(word);
    }
    hash.finalize().into()
}

/// Follows the chain to its end or to the first line that does not hold.
pub(super) fn walk(connection: &Connection) -> rusqlite::Result<Chain> {
    let all = "SELECT n, at, actor, act, subject, detail, previous, seal FROM audit ORDER BY n";
    let mut statement = connection.prepare(all)?;
    let mut rows = statement.query([])?;
    let (mut lines, mut last) = (0, BEGINNING.to_vec());
    while let Some(row) = rows.next()? {
        let line: i64 = row.get(0)?;
        if let Some(why) = flaw(row, line == lines + 1, &last)? {
            return Ok(Chain { lines, seal: digits(lines, &last), broken: Some(Broken { line, why }) });
        }
        (lines, last) = (line, row.get(7)?);
    }
    Ok(Chain { lines, seal: digits(lines, &last), broken: None })
}

/// What is wrong with a line that should follow the one sealed with `last`.
fn flaw(row: &Row, next: bool, last: &[u8]) -> rusqlite::Result<Option<Saying>> {
    let word = |place| row.get_ref(place).and_then(|word| Ok(word.as_str()?));
    let (previous, seal): (Vec<u8>, Vec<u8>) = (row.get(6)?, row.get(7)?);
    Ok(if !next {
        Some(Saying::new("它前面缺了行", "lines before it are missing"))
    } else if previous != last {
        Some(Saying::new("与上一行接不上", "it does not follow the line before"))
    } else if seal != sealed(&previous, row.get(1)?, [word(2)?, word(3)?, word(4)?, word(5)?]) {
        Some(Saying::new("内容与封印不符", "what it says is not what was sealed"))
    } else {
        None
    })
}

fn line_of(row: &Row) -> rusqlite::Result<AuditLine> {
    let (detail, seal): (String, Vec<u8>) = (row.get("detail")?, row.get("seal")?);
    Ok(AuditLine {
        n: row.get("n")?,
        at: time(row.get("at")?),
        actor: row.get("actor")?,
        act: row.get("act")?,
        detail: parsed(&detail)?,
        seal: digits(1, &seal),
    })
}

fn digits(lines: i64, seal: &[u8]) -> String {
    let some = if lines == 0 { &[][..] } else { seal };
    some.iter().fold(String::with_capacity(64), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}
