//! How a store file is (案件库体检): whole, its parts fitting together, its audit chain unbroken. Changes nothing.

use std::path::Path;

use rusqlite::Connection;

use crate::error::{Result, Saying};
use crate::store::audit::{self, Chain};
use crate::store::{Store, open, schema};

/// What [`Store::examine`] found.
#[derive(Debug, Clone, PartialEq)]
pub struct Health {
    /// The file's format, and the one that this program makes.
    pub format: usize,
    pub newest: usize,
    pub cases: i64,
    /// None where the format knows no audit yet.
    pub chain: Option<Chain>,
    /// Of the file, in bytes: all of it, and what may be written anew without growing.
    pub bytes: i64,
    pub free: i64,
    /// What is wrong; empty when nothing is.
    pub flaws: Vec<Saying>,
}

/// How many steps an examination has, for who shows its progress.
const STEPS: usize = 4;

/// Messages of SQLite that are shown.
const SHOWN: usize = 20;

/// Rows that lead nowhere though no foreign key says so: what is told in Chinese and in English, and how many.
const ORPHANS: [(&str, &str, &str); 3] = [
    (
        "件案件属于不存在的诉求组",
        "case(s) belong to an issue that does not exist",
        "SELECT count(*) FROM cases WHERE issue IS NOT NULL AND issue NOT IN (SELECT id FROM issues)",
    ),
    (
        "条诉求组变更属于不存在的诉求组",
        "act(s) are about an issue that does not exist",
        "SELECT count(*) FROM acts WHERE issue NOT IN (SELECT id FROM issues)",
    ),
    (
        "件案件没有保存时的审计记录",
        "case(s) lack the audit line of their keeping",
        // Cases older than the first line came in before there was an audit; since format 8 a line says up to which.
        "SELECT count(*) FROM cases WHERE arrival > coalesce( \
         (SELECT min(cases.arrival) FROM audit JOIN cases ON subject = id WHERE act = 'kept'), \
         (SELECT detail ->> '$.arrival' FROM audit WHERE act = 'brought_forward' ORDER BY n LIMIT 1), \
         (SELECT CASE WHEN user_version < 8 THEN max(arrival) ELSE 0 END FROM pragma_user_version, cases)) \
         AND NOT EXISTS (SELECT 1 FROM audit WHERE subject = id AND act = 'kept')",
    ),
];

impl Store {
    /// Looks at every page and row of the file at `path`, also while another process writes to it. What is wrong is told
    /// in [`Health::flaws`]; fails where the file cannot be read as a store at all. `tell` hears how many steps of how
    /// many are done.
    pub fn examine(path: &Path, tell: &dyn Fn(usize, usize)) -> Result<Health> {
        let (connection, shown) = open::reading(path)?;
        // One state of the store throughout, whatever arrives meanwhile.
        let examined = connection.execute_batch("BEGIN").and_then(|()| examine(&connection, tell));
        examined.map_err(|error| open::told(error, &shown))
    }
}

pub(super) fn examine(connection: &Connection, tell: &dyn Fn(usize, usize)) -> rusqlite::Result<Health> {
    tell(0, STEPS);
    let format = schema::format(connection)?;
    let mut flaws = integrity(connection)?;
    tell(1, STEPS);
    flaws.extend(foreign_keys(connection)?);
    tell(2, STEPS);
    let audited = format >= schema::AUDITED;
    let chain = audited.then(|| audit::walk(connection)).transpose()?;
    flaws.extend(chain.as_ref().and_then(|chain| chain.broken.as_ref()).map(|broken| {
        let (line, why) = (broken.line, &broken.why);
        Saying::new(
            format!("审计链在第 {line} 行断开：{}", why.zh),
            format!("the audit chain breaks at line {line}: {}", why.en),
        )
    }));
    tell(3, STEPS);
    if audited {
        flaws.extend(orphans(connection)?);
    }
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let page = pragma("page_size")?;
    tell(STEPS, STEPS);
    Ok(Health {
        format,
        newest: schema::NEWEST,
        cases: connection.query_row("SELECT count(*) FROM cases", [], |row| row.get(0))?,
        chain,
        bytes: pragma("page_count")? * page,
        free: pragma("freelist_count")? * page,
        flaws,
    })
}

/// What SQLite finds broken. Its messages name tables and pages, never what stands in them.
fn integrity(connection: &Connection) -> rusqlite::Result<Vec<Saying>> {
    let mut statement = connection.prepare(&format!("PRAGMA integrity_check({SHOWN})"))?;
    let found = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
    let broken = found.into_iter().filter(|message| message != "ok");
    Ok(broken
        .map(|message| Saying::new(format!("文件损坏：{message}"), format!("the file is damaged: {message}")))
        .collect())
}

fn foreign_keys(connection: &Connection) -> rusqlite::Result<Option<Saying>> {
    let by_table = "SELECT \"table\", count(*) FROM pragma_foreign_key_check GROUP BY 1 ORDER BY 1";
    let mut statement = connection.prepare(by_table)?;
    let dangling =
        statement.query_map([], |row| Ok(format!("{} {}", row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
    let dangling = dangling.collect::<rusqlite::Result<Vec<_>>>()?;
    let (zh, en) = (dangling.join("、"), dangling.join(", "));
    Ok((!dangling.is_empty()).then(|| {
        Saying::new(format!("有指向不存在案件的行：{zh}"), format!("rows point to cases that do not exist: {en}"))
    }))
}

fn orphans(connection: &Connection) -> rusqlite::Result<Vec<Saying>> {
    let mut found = Vec::new();
    for (zh, en, query) in ORPHANS {
        let count: i64 = connection.query_row(query, [], |row| row.get(0))?;
        if count > 0 {
            found.push(Saying::new(format!("有 {count} {zh}"), format!("{count} {en}")));
        }
    }
    Ok(found)
}
