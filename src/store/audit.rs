//! Audit (审计): who did what when, each line sealed with the one before.

use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Writes one line: `seal` is the SHA-256 over the seal before and the line. `detail` holds codes and numbers, no texts.
pub(super) fn note(
    transaction: &Transaction,
    at_ms: i64,
    actor: &str,
    act: &str,
    subject: &str,
    detail: &Value,
) -> rusqlite::Result<()> {
    let last = "SELECT n, seal FROM audit ORDER BY n DESC LIMIT 1";
    let last = transaction.prepare_cached(last)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let (n, previous): (i64, Vec<u8>) = last.unwrap_or((0, vec![0; 32]));
    let detail = detail.to_string();
    let line = [at_ms.to_string().as_str(), actor, act, subject, &detail].join("\u{1f}");
    let seal = Sha256::new().chain_update(&previous).chain_update(line).finalize();
    let insert =
        "INSERT INTO audit (n, at, actor, act, subject, detail, previous, seal) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    let values = params![n + 1, at_ms, actor, act, subject, detail, previous, seal.as_slice()];
    transaction.prepare_cached(insert)?.execute(values).map(drop)
}
