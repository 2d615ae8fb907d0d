//! The archive of reports (归档): files whose names say what they are of and the hash of what they were made from, so that
//! nothing that stands is written again, and what was made of other inputs stands beside it.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Print, print};
use crate::case::document::{Document, Edition};
use crate::disk;
use crate::error::{Error, Kind, Result};

/// Characters of the hash in a name.
const HASH: usize = 12;

/// What a report is of, as its name says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// `weekly`
    pub kind: String,
    /// First and last day.
    pub days: (NaiveDate, NaiveDate),
    pub edition: Edition,
}

/// 一份归档的报告。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Filed {
    /// daily 日报、weekly 周报、monthly 月报、special 专报
    pub kind: String,
    /// 首日和末日
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub edition: Edition,
    /// 输入摘要的前 12 位：数据不变则不变
    pub inputs: String,
    /// 各种格式
    pub files: Vec<File>,
}

/// 一个文件。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ReportFile)]
pub struct File {
    /// md、html、docx、xlsx 或 json
    pub format: String,
    pub bytes: u64,
    /// 下载
    pub link: String,
}

impl Key {
    /// The name of a file without its ending.
    pub fn stem(&self, inputs: &str) -> String {
        let (from, to) = (self.days.0.format("%Y%m%d"), self.days.1.format("%Y%m%d"));
        let hash: String = inputs.chars().take(HASH).collect();
        format!("{}-{from}-{to}-{}-{hash}", self.kind, self.edition.code())
    }

    fn read(stem: &str) -> Option<(Self, String)> {
        let [kind, from, to, edition, hash] = stem.split('-').collect::<Vec<_>>().try_into().ok()?;
        let day = |text: &str| NaiveDate::parse_from_str(text, "%Y%m%d").ok();
        let edition = Edition::ALL.into_iter().find(|known| known.code() == edition)?;
        let is_hash = hash.len() == HASH && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hash
            .then(|| Some((Self { kind: kind.to_owned(), days: (day(from)?, day(to)?), edition }, hash.to_owned())))?
    }
}

/// Writes a report in all formats and, last, as JSON, by which it is known to be whole; gives the names. What stands
/// already is left as it is.
pub fn file(
    folder: &Path,
    key: &Key,
    document: &Document,
    prints: &[Print],
    address: Option<&str>,
) -> Result<Vec<PathBuf>> {
    let failed = |error| unwritable(folder).because(error);
    fs::create_dir_all(folder).map_err(failed)?;
    let stem = key.stem(&document.inputs);
    let json = serde_json::to_vec_pretty(document);
    let json = json.map_err(|error| Error::internal("报告写不成 JSON", "the report is not JSON").because(error))?;
    let mut written = Vec::new();
    for one in prints {
        let bytes = print(document, *one, address)?;
        written.push(put(folder, &format!("{stem}.{}", one.code()), &bytes)?);
    }
    written.push(put(folder, &format!("{stem}.json"), &json)?);
    Ok(written)
}

/// What is filed already stays as it is.
fn put(folder: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf> {
    let path = folder.join(name);
    if path.exists() {
        return Ok(path);
    }
    disk::write(&path, bytes).map(|()| path)
}

/// All that are filed, the latest period first.
pub fn filed(folder: &Path) -> Result<Vec<Filed>> {
    let mut found: Vec<Filed> = Vec::new();
    let failed = |error| {
        Error::setup(format!("读不了报告文件夹 {}", folder.display()), "the folder of reports cannot be read")
            .because(error)
    };
    if !folder.exists() {
        return Ok(found);
    }
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some((stem, format)) = name.rsplit_once('.') else { continue };
        let Some((key, inputs)) = Key::read(stem).filter(|_| format == "json" || Print::called(format).is_some())
        else {
            continue;
        };
        let bytes = entry.metadata().map_err(failed)?.len();
        let file = File { format: format.to_owned(), bytes, link: format!("/v1/reports/archive/{name}") };
        let (from, to) = key.days;
        let same = |filed: &&mut Filed| {
            (&filed.kind, filed.from, filed.to, filed.edition, &filed.inputs)
                == (&key.kind, from, to, key.edition, &inputs)
        };
        match found.iter_mut().find(same) {
            Some(filed) => filed.files.push(file),
            None => found.push(Filed { kind: key.kind, from, to, edition: key.edition, inputs, files: vec![file] }),
        }
    }
    found.iter_mut().for_each(|filed| filed.files.sort_by(|a, b| a.format.cmp(&b.format)));
    found.sort_by(|a, b| {
        (b.to, b.from, &a.kind, a.edition.code(), &a.inputs).cmp(&(a.to, a.from, &b.kind, b.edition.code(), &b.inputs))
    });
    Ok(found)
}

/// Whether a report of this is filed whole, from whatever inputs. One that was cut short has no JSON yet.
pub fn has(folder: &Path, key: &Key) -> Result<bool> {
    let same = |one: &Filed| (&one.kind, (one.from, one.to), one.edition) == (&key.kind, key.days, key.edition);
    let whole = |one: &Filed| one.files.iter().any(|file| file.format == "json");
    Ok(filed(folder)?.iter().any(|one| same(one) && whole(one)))
}

/// A file of the archive and its media type, by its name alone.
pub fn read(folder: &Path, name: &str) -> Result<(Vec<u8>, &'static str)> {
    let unknown = || Error::new(Kind::NotFound, "归档里没有这个文件", "no such file in the archive");
    let (stem, format) = name.rsplit_once('.').ok_or_else(unknown)?;
    Key::read(stem).ok_or_else(unknown)?;
    let media = match (format, Print::called(format)) {
        ("json", _) => "application/json; charset=utf-8",
        (_, Some(print)) => print.media_type(),
        _ => return Err(unknown()),
    };
    fs::read(folder.join(name)).map(|bytes| (bytes, media)).map_err(|error| unknown().because(error))
}

fn unwritable(folder: &Path) -> Error {
    let shown = folder.display();
    Error::setup(
        format!("写不了报告文件夹 {shown}：请检查路径、权限和空间"),
        format!("cannot write to {shown}: check path, rights and space"),
    )
}
