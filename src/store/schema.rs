//! The tables, as a list of steps that only grows: a file made by an older version is brought forward, never back.

use rusqlite::{Connection, TransactionBehavior};

use crate::error::{Error, Result};
use crate::store::open::told;
use crate::store::{audit, secret};

/// `guik`: marks a file as ours (SQLite's `application_id`).
const OURS: i32 = 0x6775_696B;

/// One step for each version of the schema (SQLite's `user_version`); a step that was released is never edited.
const STEPS: [&str; 9] = [CASES, WORK, SECRETS, FIGURES, ALERTS, UNDOING, SURVEYS, WORDS, SEALED];

const CASES: &str = "
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
";

const WORK: &str = "
ALTER TABLE cases ADD COLUMN status TEXT NOT NULL DEFAULT 'accepted';
ALTER TABLE cases ADD COLUMN due_at INTEGER;       -- when it must be answered, extensions included
ALTER TABLE cases ADD COLUMN closed_at INTEGER;
ALTER TABLE cases ADD COLUMN final_unit TEXT;      -- as settled by people; null while only advised
ALTER TABLE cases ADD COLUMN final_category TEXT;
ALTER TABLE cases ADD COLUMN issue TEXT;           -- the group (诉求组) it is told in, where others tell the same
CREATE INDEX cases_by_issue ON cases (issue) WHERE issue IS NOT NULL;
CREATE INDEX cases_by_due ON cases (due_at) WHERE closed_at IS NULL;
CREATE INDEX cases_by_status ON cases (status);

-- Every step of a case (办理过程), first to last.
CREATE TABLE steps (
  n       INTEGER PRIMARY KEY AUTOINCREMENT,
  arrival INTEGER NOT NULL REFERENCES cases,
  at      INTEGER NOT NULL,
  status  TEXT NOT NULL,
  unit    TEXT,
  reason  TEXT,                                    -- a code
  note    TEXT,                                    -- masked
  due_at  INTEGER,                                 -- the deadline from this step on
  actor   TEXT
) STRICT;
CREATE INDEX steps_of_case ON steps (arrival);

-- What people made of a suggestion (反馈).
CREATE TABLE feedback (
  n        INTEGER PRIMARY KEY AUTOINCREMENT,
  arrival  INTEGER NOT NULL REFERENCES cases,
  at       INTEGER NOT NULL,
  outcome  TEXT NOT NULL,                          -- accepted, edited, returned, reassigned
  reason   TEXT,                                   -- a code
  unit     TEXT,
  category TEXT,
  settled  INTEGER NOT NULL,                       -- 1: adjudicated, to be learnt from
  note     TEXT,                                   -- masked
  actor    TEXT
) STRICT;
CREATE INDEX feedback_of_case ON feedback (arrival);

-- Supervision (督办).
CREATE TABLE supervisions (
  id        TEXT PRIMARY KEY,
  arrival   INTEGER NOT NULL REFERENCES cases,
  kind      TEXT NOT NULL,                         -- written, special, instruction
  issuer    TEXT NOT NULL,
  issued_at INTEGER NOT NULL,
  due_at    INTEGER NOT NULL,
  note      TEXT,                                  -- masked
  lifted_at INTEGER
) STRICT;
CREATE INDEX supervisions_of_case ON supervisions (arrival);

-- What a case is compared by; made from the case by the model named, and can be made again.
CREATE TABLE traces (
  arrival INTEGER PRIMARY KEY REFERENCES cases,
  model   TEXT NOT NULL,
  trace   BLOB NOT NULL
) STRICT;

-- Two cases that may tell the same, the later one first.
CREATE TABLE pairs (
  later       INTEGER NOT NULL REFERENCES cases,
  earlier     INTEGER NOT NULL REFERENCES cases,
  probability REAL NOT NULL,
  near        INTEGER NOT NULL,                    -- 1: near enough in time to be one event by themselves
  evidence    TEXT NOT NULL CHECK (json_valid(evidence)),
  PRIMARY KEY (later, earlier)
) STRICT, WITHOUT ROWID;
CREATE INDEX pairs_backwards ON pairs (earlier);

-- What people said of two cases: must be together (1) or must not (0). `act` is the line of `acts` that said it; the
-- last word counts.
CREATE TABLE ties (
  a        INTEGER NOT NULL REFERENCES cases,
  b        INTEGER NOT NULL REFERENCES cases,
  together INTEGER NOT NULL,
  act      INTEGER NOT NULL,
  PRIMARY KEY (a, b, act)
) STRICT, WITHOUT ROWID;
CREATE INDEX ties_backwards ON ties (b);
CREATE INDEX ties_of_act ON ties (act);

-- Events told by many (诉求组). One that was taken up by another keeps its line.
CREATE TABLE issues (
  id         TEXT PRIMARY KEY,
  seq        INTEGER NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  into_issue TEXT,                                 -- the one that took it up
  title      TEXT NOT NULL,
  medoid     INTEGER NOT NULL,
  cases      INTEGER NOT NULL,
  people     INTEGER NOT NULL,
  first_at   INTEGER NOT NULL,
  last_at    INTEGER NOT NULL,
  recent     INTEGER NOT NULL,                     -- cases of the seven days up to the last, and of the seven before
  before     INTEGER NOT NULL,
  category   TEXT,
  district   TEXT,
  place      TEXT
) STRICT;
CREATE INDEX issues_by_time ON issues (last_at);

-- Every change of groups, with its reason; never edited.
CREATE TABLE acts (
  n      INTEGER PRIMARY KEY AUTOINCREMENT,
  at     INTEGER NOT NULL,
  kind   TEXT NOT NULL,                            -- found, join, merge, split, leave, undo
  issue  TEXT NOT NULL,
  other  TEXT,
  cases  TEXT NOT NULL CHECK (json_valid(cases)),  -- ids of the cases that moved
  reason TEXT NOT NULL CHECK (json_valid(reason)),
  actor  TEXT,                                     -- null: the machine
  undoes INTEGER
) STRICT;
CREATE INDEX acts_of_issue ON acts (issue);
CREATE INDEX acts_of_other ON acts (other) WHERE other IS NOT NULL;
CREATE INDEX acts_undone ON acts (undoes) WHERE undoes IS NOT NULL;

-- Long work (任务), such as an import.
CREATE TABLE jobs (
  id         TEXT PRIMARY KEY,
  kind       TEXT NOT NULL,
  state      TEXT NOT NULL,                        -- waiting, running, done, failed, cancelled, interrupted
  created_at INTEGER NOT NULL,
  ended_at   INTEGER,
  done       INTEGER NOT NULL,
  total      INTEGER,
  outcome    TEXT NOT NULL CHECK (json_valid(outcome)) -- counts and problems, without texts
) STRICT;

-- Requests that may be sent again (Idempotency-Key).
CREATE TABLE requests (
  key    TEXT PRIMARY KEY,                         -- hashed: senders put anything there
  body   BLOB NOT NULL,                            -- SHA-256 of what was sent
  at     INTEGER NOT NULL,
  answer TEXT NOT NULL CHECK (json_valid(answer))  -- ids of the cases, and which were new
) STRICT;
CREATE INDEX requests_by_time ON requests (at);

-- Who did what when, each line sealed with the one before. No text of a complaint stands here.
CREATE TABLE audit (
  n        INTEGER PRIMARY KEY,
  at       INTEGER NOT NULL,
  actor    TEXT NOT NULL,
  act      TEXT NOT NULL,
  subject  TEXT NOT NULL,
  detail   TEXT NOT NULL CHECK (json_valid(detail)),
  previous BLOB NOT NULL,
  seal     BLOB NOT NULL
) STRICT;
CREATE INDEX audit_of_subject ON audit (subject);
CREATE TRIGGER audit_is_not_edited BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE TRIGGER audit_is_not_cut BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
";

const SECRETS: &str = "
-- What this store alone knows; SQLite seeds `randomblob` from the system's randomness.
CREATE TABLE secrets (
  name  TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT;
INSERT INTO secrets VALUES ('reporter', randomblob(32)); -- who called is sealed with it
";

const FIGURES: &str = "
-- What cases are counted by, beside what stands there already.
ALTER TABLE cases ADD COLUMN street TEXT;          -- as read
ALTER TABLE cases ADD COLUMN community TEXT;       -- community, village or estate (社区、村、小区), as read
ALTER TABLE cases ADD COLUMN flags TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(flags)); -- as the rules saw them
UPDATE cases SET street = suggestion ->> '$.location.street', community = suggestion ->> '$.location.community',
  flags = coalesce(suggestion -> '$.flags', '[]');
ALTER TABLE steps ADD COLUMN resolved INTEGER;     -- of a follow-up: 1 if the citizen says it is resolved, 0 if not
";

const ALERTS: &str = "
-- Early warnings (预警). No text of a complaint stands here.
CREATE TABLE alerts (
  n            INTEGER PRIMARY KEY AUTOINCREMENT,
  id           TEXT NOT NULL UNIQUE,
  seq          INTEGER NOT NULL,                    -- its last line in alert_log
  kind         TEXT NOT NULL,                       -- event, cell
  subject      TEXT NOT NULL,                       -- the group it was raised for, or category@district
  level        TEXT NOT NULL,
  rule         TEXT NOT NULL,
  title        TEXT NOT NULL,                       -- place and problem
  sentence     TEXT NOT NULL,
  category     TEXT,
  district     TEXT,
  figures      TEXT NOT NULL CHECK (json_valid(figures)),
  raised_at    INTEGER NOT NULL,
  escalated_at INTEGER,
  held_at      INTEGER NOT NULL,                    -- the end of the last window in which a rule held
  state        TEXT NOT NULL,                       -- open, acknowledged, dismissed
  actor        TEXT,
  reason       TEXT,                                -- masked
  acted_at     INTEGER,
  into_alert   TEXT                                 -- the one that speaks for both since their groups were merged
) STRICT;
CREATE INDEX alerts_of_subject ON alerts (subject);

-- All that was said and done of alerts, first to last; never edited. What listeners are told stands here.
CREATE TABLE alert_log (
  n        INTEGER PRIMARY KEY AUTOINCREMENT,
  alert    TEXT NOT NULL REFERENCES alerts (id),
  at       INTEGER NOT NULL,
  kind     TEXT NOT NULL,                           -- raised, escalated, acknowledged, dismissed, joined
  level    TEXT NOT NULL,
  rule     TEXT NOT NULL,
  title    TEXT NOT NULL,
  sentence TEXT NOT NULL,
  figures  TEXT NOT NULL CHECK (json_valid(figures)),
  actor    TEXT,
  reason   TEXT                                     -- masked
) STRICT;
CREATE INDEX alert_log_of_alert ON alert_log (alert);

-- What is to be sent to other systems (推送): written with the line that it tells, gone over until it is delivered.
CREATE TABLE deliveries (
  n            INTEGER PRIMARY KEY AUTOINCREMENT,
  id           TEXT NOT NULL UNIQUE,
  alert        TEXT NOT NULL REFERENCES alerts (id),
  entry        INTEGER NOT NULL REFERENCES alert_log (n),
  target       TEXT NOT NULL,                       -- the address without what may be secret in it
  attempts     INTEGER NOT NULL,
  next_at      INTEGER NOT NULL,
  status       INTEGER,                             -- the last HTTP status
  error        TEXT,                                -- a code
  state        TEXT NOT NULL,                       -- waiting, delivered, dead
  created_at   INTEGER NOT NULL,
  delivered_at INTEGER
) STRICT;
CREATE INDEX deliveries_undone ON deliveries (target, n) WHERE state = 'waiting';
CREATE INDEX deliveries_dead ON deliveries (n) WHERE state = 'dead';
CREATE INDEX deliveries_of_alert ON deliveries (alert);

-- By which the watch finds its cases.
CREATE INDEX cases_by_cell ON cases (coalesce(final_category, category), district, received_at);
CREATE INDEX issues_by_into ON issues (into_issue) WHERE into_issue IS NOT NULL;
";

const UNDOING: &str = "
-- Steps and feedback that were taken back (撤销), as they stood; never edited.
CREATE TABLE undone (
  n       INTEGER PRIMARY KEY AUTOINCREMENT,
  arrival INTEGER NOT NULL REFERENCES cases,
  at      INTEGER NOT NULL,                         -- when it was taken back
  kind    TEXT NOT NULL,                            -- step, feedback
  was     TEXT NOT NULL CHECK (json_valid(was)),    -- the row; its note is masked
  actor   TEXT
) STRICT;
CREATE INDEX undone_of_case ON undone (arrival);
";

const SURVEYS: &str = "
CREATE TABLE surveys (
  id          TEXT PRIMARY KEY,
  created_at  INTEGER NOT NULL,
  actor       TEXT,
  survey      TEXT NOT NULL CHECK (json_valid(survey)),    -- what was asked
  answers     TEXT NOT NULL CHECK (json_valid(answers)),   -- by columns; texts masked
  checklist   TEXT NOT NULL CHECK (json_valid(checklist)),
  respondents INTEGER NOT NULL,
  file        TEXT NOT NULL UNIQUE                         -- SHA-256 of the file they came in
) STRICT;

-- Each version of a survey's themes; never edited.
CREATE TABLE survey_frames (
  survey  TEXT NOT NULL REFERENCES surveys,
  version INTEGER NOT NULL,
  at      INTEGER NOT NULL,
  actor   TEXT,
  state   TEXT NOT NULL,                                   -- proposed, edited, signed
  step    TEXT CHECK (json_valid(step)),                   -- what made it of the version before
  frame   TEXT NOT NULL CHECK (json_valid(frame)),
  mapping TEXT CHECK (json_valid(mapping)),                -- what each answer was mapped to, once signed
  offered TEXT CHECK (json_valid(offered)),                -- answers that a person is asked to confirm
  PRIMARY KEY (survey, version)
) STRICT;
";

const WORDS: &str = "
-- The first case whose words a case has copied whole (原文照抄): one more telling, not one more person.
ALTER TABLE traces ADD COLUMN copy_of INTEGER;
UPDATE traces SET copy_of =
  (SELECT min(earlier) FROM pairs WHERE later = traces.arrival AND evidence ->> '$.words' >= 0.95);
-- Of examples shown beside an answer only which they are is kept: their words are other citizens'.
UPDATE cases SET suggestion = json_set(suggestion, '$.assignment[0].reasons', json((
  SELECT json_group_array(json(CASE value ->> '$.kind' WHEN 'similar' THEN json_remove(value, '$.text') ELSE value END))
  FROM json_each(suggestion, '$.assignment[0].reasons'))))
  WHERE EXISTS (SELECT 1 FROM json_each(suggestion, '$.assignment[0].reasons') WHERE value ->> '$.kind' = 'similar');
";

/// Who called is sealed (`secret::seal_what_stands`); no table changes.
const SEALED: &str = "";
const SEALING: usize = 9;

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

/// The format of a file: how many steps it has taken.
pub fn format(connection: &Connection) -> rusqlite::Result<usize> {
    let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(version as usize)
}

/// The format that this program makes.
pub const NEWEST: usize = STEPS.len();

/// The format from which on there is an audit.
pub const AUDITED: usize = 2;

/// What the audit calls it when a store takes new steps; cases up to the `arrival` told then may be older than the audit.
pub const BROUGHT_FORWARD: &str = "brought_forward";

/// Takes every step that the file lacks, all of them or none: a file is never between two formats.
pub fn bring_forward(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version = format(&transaction)?;
    for step in STEPS.iter().skip(version) {
        transaction.execute_batch(step)?;
    }
    if version < SEALING {
        secret::seal_what_stands(&transaction)?;
    }
    if (1..NEWEST).contains(&version) {
        let moment = "SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER), coalesce(max(arrival), 0) FROM cases";
        let (at, arrival): (i64, i64) = transaction.query_row(moment, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let detail = serde_json::json!({"from": version, "to": NEWEST, "arrival": arrival});
        audit::note(&transaction, at, audit::MACHINE, BROUGHT_FORWARD, "store", &detail)?;
    }
    if version < NEWEST {
        transaction.pragma_update(None, "application_id", OURS)?;
        transaction.pragma_update(None, "user_version", NEWEST as u32)?;
    }
    transaction.commit()
}
