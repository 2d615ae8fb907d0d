//! The tables, as a list of steps that only grows: a file made by an older version is brought forward, never back.

use rusqlite::{Connection, TransactionBehavior};

use crate::error::{Error, Result};
use crate::store::open::told;

/// `guik`: marks a file as ours (SQLite's `application_id`).
const OURS: i32 = 0x6775_696B;

/// One step for each version of the schema (SQLite's `user_version`); a step that was released is never edited.
const STEPS: [&str; 1] = ["
CREATE TABLE cases (
  arrival      INTEGER PRIMARY KEY AUTOINCREMENT, -- the order of arrival: what pages count by
  seq          INTEGER NOT NULL UNIQUE,           -- grows with each insert and each change
  id           TEXT NOT NULL UNIQUE,
  reference    TEXT UNIQUE,
  title        TEXT,                              -- masked, as all that citizens wrote
  text         TEXT NOT NULL,
  channel      TEXT,
  received_at  INTEGER NOT NULL,                  -- times: milliseconds since 1970, UTC
  occurred_at  INTEGER,
  created_at   INTEGER NOT NULL,
  subject_type TEXT,
  reporter_key TEXT,                              -- the sender's opaque hash; never given out
  location     TEXT CHECK (json_valid(location)), -- as stated
  district     TEXT,                              -- as read
  category     TEXT,
  petition     TEXT,
  unit         TEXT,
  decision     TEXT NOT NULL,
  urgency      TEXT NOT NULL,
  suggestion   TEXT NOT NULL CHECK (json_valid(suggestion)), -- whole, as it was given
  model        TEXT NOT NULL,
  taxonomy     TEXT NOT NULL,
  rules        TEXT NOT NULL
) STRICT;
CREATE INDEX cases_by_category ON cases (category);
CREATE INDEX cases_by_unit ON cases (unit);
CREATE INDEX cases_by_decision ON cases (decision);
CREATE INDEX cases_by_time ON cases (received_at);
CREATE TABLE counter (seq INTEGER NOT NULL) STRICT;
INSERT INTO counter VALUES (0);
-- Empty but for a moment: `Store::check` writes here to see whether there is room.
CREATE TABLE room (bytes BLOB NOT NULL) STRICT;
"];

/// Refuses a file that is another program's or a newer version's; touches nothing.
pub fn identify(connection: &Connection, shown: &str) -> Result<()> {
    let number = |pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0));
    let tables = "SELECT count(*) FROM sqlite_schema";
    let read =
        || Ok((number("application_id")?, number("user_version")?, connection.query_row(tables, [], |r| r.get(0))?));
    let (owner, version, tables): (i32, i32, i64) = read().map_err(|error| told(error, shown))?;
    if owner != OURS && (owner, version, tables) != (0, 0, 0) {
        let zh = format!("{shown} 是别的程序的数据库：请换一个文件（--store）");
        return Err(Error::setup(zh, format!("{shown} is another program's database: choose another file (--store)")));
    }
    if version as usize > STEPS.len() {
        let zh = format!("{shown} 由更新的版本建立（格式 {version}，本程序到 {}）：请使用新版程序", STEPS.len());
        let en = format!("{shown} was made by a newer version (format {version}): use that version");
        return Err(Error::setup(zh, en));
    }
    Ok(())
}

/// Takes every step that the file lacks, each whole or not at all.
pub fn bring_forward(connection: &mut Connection) -> rusqlite::Result<()> {
    let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for (step, taken) in STEPS.iter().zip(1u32..).filter(|(_, taken)| *taken > version) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "application_id", OURS)?;
        transaction.pragma_update(None, "user_version", taken)?;
        transaction.commit()?;
    }
    Ok(())
}
