//! The audit (审计): who did what when, each line sealed with the one before.

use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Adds one line, sealed with SHA-256 over the previous seal and the line itself. `actor` is `machine` or what the
/// caller said of themselves, masked; `detail` holds codes and numbers only.
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
    let seal = Sha256::new()
        .chain_update(&previous)
        .chain_update(format!("{at_ms}\u{1f}{actor}\u{1f}{act}\u{1f}{subject}\u{1f}{detail}"))
        .finalize();
    let line = "INSERT INTO audit (n, at, actor, act, subject, detail, previous, seal) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    let values = params![n + 1, at_ms, actor, act, subject, detail, previous, seal.as_slice()];
    transaction.prepare_cached(line)?.execute(values).map(drop)
}
