//! The registry (模型登记): which model folders there are, which one is in service, and which were before it.
//!
//! The active model is a pointer, `active.json` beside the folders, written whole or not at all. Without one,
//! `default` is active.

use std::path::{Path, PathBuf};

use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};

use super::gate::Verdict;
use super::{check, same, write_json};
use crate::error::{Error, Kind, Result};
use crate::model::Model;
use crate::model::card::Card;
use crate::routing::Thresholds;
use crate::taxonomy::Taxonomy;

/// The pointer's file, and the model that is active without one.
const POINTER: &str = "active.json";
pub const DEFAULT: &str = "default";

/// `active.json`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pointer {
    /// The name of a folder beside the pointer.
    pub active: String,
    /// Every change, oldest first.
    #[serde(default)]
    pub history: Vec<Change>,
}

/// One change of the active model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    pub name: String,
    pub version: String,
    pub at: DateTime<FixedOffset>,
    pub reason: Option<String>,
    /// What the gate said then; nothing where it was not asked.
    pub gate: Option<Passed>,
    /// Whether it took back what came after the last activation of `name`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rollback: bool,
}

/// A gate in one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passed {
    pub file: String,
    pub champion: String,
    pub passed: bool,
}

/// A model folder and what it says of itself.
pub struct Listed {
    pub name: String,
    pub active: bool,
    pub card: Result<Card>,
    pub gate: Option<bool>,
    pub bytes: u64,
}

/// How a model is activated.
pub struct Activation {
    pub at: DateTime<FixedOffset>,
    pub reason: Option<String>,
    /// Activate what the checks or the gate speak against; needs a reason.
    pub force: bool,
}

/// The folder that the pointer names, if there is a pointer. The folder need not be there: who loads it says so.
pub fn active(models: &Path) -> Result<Option<PathBuf>> {
    Ok(read(models)?.map(|pointer| models.join(pointer.active)))
}

/// The folder called `name`, which must be one of `models`.
pub fn folder(models: &Path, name: &str) -> Result<PathBuf> {
    let dir = models.join(name);
    if plain(name) && dir.join("card.json").is_file() {
        return Ok(dir);
    }
    let known: Vec<String> = names(models)?;
    let (shown, known) = (models.display(), known.join("、"));
    Err(Error::new(
        Kind::NotFound,
        format!("{shown} 里没有模型 {name}；现有：{known}"),
        format!("there is no model {name} in {shown}; there are: {known}"),
    ))
}

/// Every model folder, by name.
pub fn list(models: &Path) -> Result<Vec<Listed>> {
    let active = read(models)?.map_or_else(|| DEFAULT.to_owned(), |pointer| pointer.active);
    let listed = names(models)?.into_iter().map(|name| {
        let dir = models.join(&name);
        let card = Card::load(&dir);
        let verdict = card.as_ref().ok().and_then(|card| Verdict::of(&dir, &card.version).ok().flatten());
        let (active, gate) = (name == active, verdict.map(|verdict| verdict.passed));
        Listed { name, active, card, gate, bytes: bytes(&dir) }
    });
    Ok(listed.collect())
}

/// Makes a model the active one, after the one in the folder `serving`. Refuses one that is not whole or does not speak
/// the catalogue's codes, one that a gate, now or earlier, found worse, and one that was compared with another than the
/// one in service; unless forced, for a stated reason. What cannot be loaded is never activated.
pub fn activate(models: &Path, name: &str, serving: &Path, wanted: Activation, taxonomy: &Taxonomy) -> Result<Change> {
    let dir = folder(models, name)?;
    let version = Model::load(&dir)?.card.version;
    Thresholds::load(&dir)?;
    let verdict = Verdict::of(&dir, &version)?;
    let champion = Card::load(serving).ok().filter(|_| !same(serving, &dir));
    let against = |verdict: &Verdict| match &champion {
        Some(champion) => verdict.settle().and_then(|()| verdict.is_against(champion)),
        None => verdict.settle(),
    };
    let checked = check::model(&dir, taxonomy).map(drop);
    let settled = checked.and_then(|()| verdict.as_ref().map_or(Ok(()), against));
    match (settled, wanted.force, &wanted.reason) {
        (Err(error), false, _) => return Err(error),
        (Err(_), true, None) => {
            return Err(Error::invalid(
                "--force 要用 --reason 写明理由：它会记入 active.json",
                "--force needs a --reason, which is kept in active.json",
            ));
        }
        _ => {}
    }
    let gate = verdict.map(|verdict| Passed {
        file: verdict.duel.file,
        champion: verdict.duel.champion.version,
        passed: verdict.passed,
    });
    let Activation { at, reason, .. } = wanted;
    turn(models, Change { name: name.to_owned(), version, at, reason, gate, rollback: false })
}

/// Returns to the model that was active before this one.
pub fn rollback(models: &Path, at: DateTime<FixedOffset>, reason: Option<String>) -> Result<Change> {
    let before = read(models)?.and_then(|pointer| pointer.before());
    let Some((name, was)) = before else {
        return Err(Error::new(
            Kind::Conflict,
            "没有更早的模型可以退回：用 guikou models activate 指定一个",
            "there is no earlier model to return to: name one with `guikou models activate`",
        ));
    };
    let version = Model::load(&folder(models, &name)?)?.card.version;
    if let Some(was) = was.filter(|was| *was != version) {
        return Err(Error::new(
            Kind::Conflict,
            format!(
                "{name} 当时是版本 {was}，现在是 {version}，退不回去：请用 guikou models activate {name} --gate 文件"
            ),
            format!(
                "{name} was version {was} then and is {version} now: use `guikou models activate {name} --gate FILE`"
            ),
        ));
    }
    turn(models, Change { name, version, at, reason, gate: None, rollback: true })
}

impl Pointer {
    /// The model that was active before this one, if there was another: its name, and its version where that is known.
    fn before(&self) -> Option<(String, Option<String>)> {
        let mut standing: Vec<(&str, Option<&str>)> = vec![(DEFAULT, None)];
        for change in &self.history {
            if change.rollback {
                while standing.len() > 1 && standing.last().is_some_and(|(name, _)| *name != change.name) {
                    standing.pop();
                }
            } else {
                standing.push((&change.name, Some(&change.version)));
            }
        }
        let before = standing.into_iter().rev().find(|(name, _)| *name != self.active);
        before.map(|(name, version)| (name.to_owned(), version.map(str::to_owned)))
    }
}

/// Notes a change and points to its model.
fn turn(models: &Path, change: Change) -> Result<Change> {
    let mut pointer = read(models)?.unwrap_or_default();
    pointer.active.clone_from(&change.name);
    pointer.history.push(change.clone());
    write_json(models, POINTER, &pointer).map(|()| change)
}

fn read(models: &Path) -> Result<Option<Pointer>> {
    let file = models.join(POINTER);
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(broken(&file).because(e)),
    };
    let pointer: Pointer = serde_json::from_str(&text)
        .map_err(|e| broken(&file).at(format!("{}:{}", file.display(), e.line()), e.to_string(), e.to_string()))?;
    if plain(&pointer.active) {
        return Ok(Some(pointer));
    }
    let (zh, en) = ("active 须是同一目录下的模型目录名", "`active` must name a folder beside the file");
    Err(broken(&file).at(file.display().to_string(), zh, en))
}

fn broken(file: &Path) -> Error {
    let name = file.display();
    Error::setup(
        format!(
            "当前模型的指针 {name} 坏了：删去它即用回 {DEFAULT}，再用 guikou models activate 名称 启用别的；\
             或用 --model 直接指定模型目录"
        ),
        format!(
            "the pointer to the active model, {name}, is broken: delete it to return to `{DEFAULT}`, then activate \
             another with `guikou models activate NAME`; or name a model folder with --model"
        ),
    )
}

/// Whether it names something inside a folder and nothing elsewhere.
fn plain(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\'])
}

/// Names of the folders that hold a card.
fn names(models: &Path) -> Result<Vec<String>> {
    let entries = std::fs::read_dir(models).map_err(|e| {
        let shown = models.display();
        Error::setup(
            format!("没有模型库目录 {shown}：请用 --models 指明"),
            format!("there is no folder of models {shown}: name it with --models"),
        )
        .because(e)
    })?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| models.join(name).join("card.json").is_file()).collect();
    names.sort();
    Ok(names)
}

fn bytes(dir: &Path) -> u64 {
    let files = std::fs::read_dir(dir).into_iter().flatten();
    files.filter_map(|file| file.ok()?.metadata().ok()).filter(|file| file.is_file()).map(|file| file.len()).sum()
}
