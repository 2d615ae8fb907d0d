//! The gate (闸门): a new model, the challenger (挑战者), takes the place of the one in service, the champion (冠军),
//! only if it does not fall behind it on labelled texts that neither has learnt from.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{eval, read, tune, write_json};
use crate::case::{Head, Labelled, Segmented};
use crate::dataset::Columns;
use crate::error::{Error, Flaw, Kind, Result, Saying};
use crate::model::Model;
use crate::model::card::Card;
use crate::model::score::{self, Answer, Comparison, Marks, Share};
use crate::routing::Thresholds;
use crate::taxonomy::Taxonomy;
use crate::text::Reader;

/// Written beside the card of a challenger.
pub const FILE: &str = "gate.json";

/// How far a challenger may fall behind, as shares: one text in two hundred for the accuracy of the category and of
/// the unit that leads (accepted labels count), one in a hundred for the category's macro-F1, which rare categories
/// make restless.
pub const CATEGORY_ACCURACY: f64 = 0.005;
pub const UNIT_ACCEPTED: f64 = 0.005;
pub const CATEGORY_MACRO_F1: f64 = 0.01;

/// A model as it would serve: with the newcomers of the catalogue.
pub struct Contender {
    /// The name of its folder.
    pub name: String,
    pub model: Model,
    pub thresholds: Thresholds,
}

/// Two models on the same texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Duel {
    pub file: String,
    pub examples: usize,
    /// Texts of them with a category.
    #[serde(default)]
    pub categories: usize,
    /// Texts of the file that were not asked about, since one of both has learnt from them.
    #[serde(default)]
    pub left_out: usize,
    pub champion: Party,
    pub challenger: Party,
    /// By the marks of `guikou eval`: `level1`, `level2`, `unit`, …
    pub marks: BTreeMap<String, Pair>,
    /// Marks that the champion has and the challenger, whose labels are others, has not.
    pub unanswered: Vec<String>,
}

/// Who was marked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    pub name: String,
    pub version: String,
    /// Texts asked about that it was trained on, word for word.
    pub seen: usize,
}

/// One mark of both.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    pub champion: Figures,
    pub challenger: Figures,
    /// The challenger's minus the champion's, paired bootstrap.
    pub difference: Comparison,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    pub accuracy: Share,
    pub accepted: Share,
    pub macro_f1: Share,
}

/// What the gate says: `gate.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    pub passed: bool,
    /// Where the challenger falls behind by more than it may; none when it passed.
    pub behind: Vec<Behind>,
    #[serde(flatten)]
    pub duel: Duel,
}

/// One figure that is too low.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Behind {
    /// A mark of `guikou eval`, and `accuracy`, `accepted` or `macro_f1` of it.
    pub mark: String,
    pub figure: String,
    /// By how much, as a share; nothing where the challenger cannot answer at all.
    pub by: Option<f64>,
    pub allowed: f64,
}

impl Contender {
    /// The model of a folder, which must be whole: marks of half a model decide nothing.
    pub fn of(dir: &Path, mut model: Model, thresholds: Thresholds) -> Result<Self> {
        let name = dir.file_name().map_or_else(|| dir.display().to_string(), |name| name.to_string_lossy().into());
        match model.lacking.take() {
            Some(why) => Err(why.doing(format!("载入模型 {}", dir.display()))),
            None => Ok(Self { name, model, thresholds }),
        }
    }
}

impl From<Marks> for Figures {
    fn from(Marks { accuracy, accepted, macro_f1, .. }: Marks) -> Self {
        Self { accuracy, accepted, macro_f1 }
    }
}

/// Texts with a category, at least, on which a gate decides: as many as tuning asks for.
pub const LEAST: usize = tune::LEAST;

/// Refuses a gate's file that could not decide once the challenger has learnt from the texts `learnt`.
pub fn can_judge(file: &Path, examples: &[Labelled], champion: &Contender, learnt: &[Labelled]) -> Result<()> {
    let shown = file.display().to_string();
    let labelled: Vec<&Labelled> =
        examples.iter().filter(|example| example.labels.contains_key(&Head::Category)).collect();
    if labelled.is_empty() || !champion.model.plan().contains_key(&Head::Category) {
        return Err(no_category(&shown));
    }
    let learnt: HashSet<&str> = learnt.iter().map(|example| example.text.as_str()).collect();
    let texts: Vec<&str> = labelled.iter().map(|example| example.text.as_str()).collect();
    let seen = texts.iter().zip(champion.model.has_seen(&texts));
    enough(&shown, seen.filter(|(text, seen)| !seen && !learnt.contains(*text)).count())
}

fn no_category(file: &str) -> Error {
    Error::invalid(
        format!("{file} 里没有冠军模型认识的分类标签，评不出高下：请换一份标注文件"),
        format!("{file} holds no category that the champion knows: use another labelled file"),
    )
}

fn enough(file: &str, count: usize) -> Result<()> {
    if count >= LEAST {
        return Ok(());
    }
    Err(Error::invalid(
        format!("{file} 里两个模型都没学过、又有分类标签的只有 {count} 条，评不出高下：至少要 {LEAST} 条"),
        format!("{file} holds {count} texts with a category that neither model has learnt from: {LEAST} are needed"),
    ))
}

/// Which texts of labelled files two models are marked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Texts {
    All,
    /// Those that neither has learnt from.
    Unseen,
}

/// Marks two models on labelled files. `tell` hears (texts done, of all, both models' together).
pub fn compare(
    (files, which): (&[PathBuf], Texts),
    columns: &Columns,
    [champion, challenger]: [&Contender; 2],
    reader: &Reader,
    taxonomy: &Taxonomy,
    tell: &dyn Fn(usize, usize),
) -> Result<Duel> {
    let all = read(files, columns, reader)?;
    let texts: Vec<&str> = all.iter().map(|example| example.text.as_str()).collect();
    let seen = [champion, challenger].map(|of| of.model.has_seen(&texts));
    let asked = |n: usize| which == Texts::All || !seen.iter().any(|seen| seen[n]);
    let examples: Vec<Labelled> = (0..all.len()).filter(|n| asked(*n)).map(|n| all[n].clone()).collect();
    let texts: Vec<&str> = examples.iter().map(|example| example.text.as_str()).collect();
    let segmented: Vec<Segmented> = texts.iter().map(|text| reader.read(text)).collect();
    let answers = |of: &Contender, before: usize| -> Result<BTreeMap<&str, Vec<Answer>>> {
        let tell = |done: usize, all: usize| tell(before + done, 2 * all);
        let said = eval::said(&of.model, &texts, &segmented, taxonomy, &of.thresholds, &tell)?;
        Ok(eval::answers_of(&examples, &said, &segmented, taxonomy, &of.thresholds))
    };
    let (first, second) = (answers(champion, 0)?, answers(challenger, texts.len())?);
    let pairs = first.iter().filter_map(|(name, first)| Some(((*name).to_owned(), pair(first, second.get(name)?))));
    let unanswered = first.keys().filter(|name| !second.contains_key(*name)).map(|name| (*name).to_owned());
    let party = |of: &Contender, seen: &[bool]| Party {
        name: of.name.clone(),
        version: of.model.card.version.clone(),
        seen: (0..all.len()).filter(|n| asked(*n) && seen[*n]).count(),
    };
    Ok(Duel {
        file: files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", "),
        examples: examples.len(),
        categories: first.get(CATEGORY).map_or(0, Vec::len),
        left_out: all.len() - examples.len(),
        champion: party(champion, &seen[0]),
        challenger: party(challenger, &seen[1]),
        marks: pairs.collect(),
        unanswered: unanswered.collect(),
    })
}

fn pair(champion: &[Answer], challenger: &[Answer]) -> Pair {
    Pair {
        champion: score::score(champion).into(),
        challenger: score::score(challenger).into(),
        difference: score::compare(challenger, champion),
    }
}

/// Whether the challenger may take the champion's place. Marks that the file's labels do not allow are not asked for,
/// but that of the category must be there, on [`LEAST`] texts.
pub fn judge(duel: Duel) -> Result<Verdict> {
    let asked = |name: &str| duel.marks.contains_key(name) || duel.unanswered.iter().any(|other| other == name);
    if !asked(CATEGORY) && duel.left_out == 0 {
        return Err(no_category(&duel.file));
    }
    enough(&duel.file, duel.categories)?;
    let limits = [
        (CATEGORY, "accuracy", CATEGORY_ACCURACY),
        (CATEGORY, "macro_f1", CATEGORY_MACRO_F1),
        (UNITS.into_iter().find(|name| asked(name)).unwrap_or_default(), "accepted", UNIT_ACCEPTED),
    ];
    let behind = limits.into_iter().filter(|(mark, ..)| asked(mark)).filter_map(|(mark, figure, allowed)| {
        let by = duel.marks.get(mark).map(|pair| -pair.gap(figure));
        // Differences of shares carry rounding noise; a challenger just at the limit is within it.
        let too_low = by.is_none_or(|by| by > allowed + 1e-9);
        too_low.then(|| Behind { mark: mark.to_owned(), figure: figure.to_owned(), by, allowed })
    });
    let behind: Vec<Behind> = behind.collect();
    Ok(Verdict { passed: behind.is_empty(), behind, duel })
}

/// The mark of the category, and those of the unit, the routed one first.
const CATEGORY: &str = "level2";
const UNITS: [&str; 2] = ["unit", "unit_head"];

impl Pair {
    fn gap(&self, figure: &str) -> f64 {
        let Comparison { accuracy, accepted, macro_f1, .. } = self.difference;
        match figure {
            "accuracy" => accuracy.value,
            "accepted" => accepted.value,
            _ => macro_f1.value,
        }
    }
}

impl Behind {
    /// The sentence for people.
    pub fn saying(&self) -> Saying {
        let zh = match (self.mark.as_str(), self.figure.as_str()) {
            (CATEGORY, "accuracy") => "二级分类准确率",
            (CATEGORY, _) => "二级分类宏平均 F1",
            _ => "牵头单位可接受率",
        };
        let (mark, figure, allowed) = (&self.mark, &self.figure, self.allowed * 100.0);
        match self.by.map(|by| by * 100.0) {
            Some(by) => Saying::new(
                format!("{zh}低 {by:.1} 个百分点，容许 {allowed:.1}"),
                format!("{mark} {figure} is {by:.1} points lower, {allowed:.1} is allowed"),
            ),
            None => Saying::new(
                format!("{zh}：挑战者的标签不同，答不出"),
                format!("{mark} {figure}: the challenger, whose labels are others, has no answer"),
            ),
        }
    }
}

impl Verdict {
    /// Writes `gate.json` into the challenger's folder.
    pub fn save(&self, challenger: &Path) -> Result<()> {
        write_json(challenger, FILE, self)
    }

    /// The verdict on the model that lies in the folder now, if there is one.
    pub fn of(dir: &Path, version: &str) -> Result<Option<Self>> {
        let file = dir.join(FILE);
        let Ok(text) = std::fs::read_to_string(&file) else { return Ok(None) };
        let read: Self = serde_json::from_str(&text).map_err(|e| {
            let name = file.display();
            Error::setup(
                format!("闸门记录读不了：{name}，请删去它，用 --gate 重新比过"),
                format!("cannot read {name}: delete it and compare again with --gate"),
            )
            .because(e)
        })?;
        Ok(Some(read).filter(|verdict| verdict.duel.challenger.version == version))
    }

    /// Fails where the challenger was compared with another model than this one.
    pub fn is_against(&self, champion: &Card) -> Result<()> {
        let (name, then, now) = (&self.duel.challenger.name, &self.duel.champion, champion);
        if then.version == now.version {
            return Ok(());
        }
        Err(Error::new(
            Kind::Conflict,
            format!(
                "{name} 通过的闸门是与 {}（{}）比的，现在用的是 {}（{}）：请用 --gate 文件 再比一次",
                then.name, then.version, now.name, now.version
            ),
            format!(
                "{name} was compared with {} ({}), in service is {} ({}): compare again with --gate FILE",
                then.name, then.version, now.name, now.version
            ),
        ))
    }

    /// Fails where the challenger fell behind.
    pub fn settle(&self) -> Result<()> {
        if self.passed {
            return Ok(());
        }
        let (name, champion) = (&self.duel.challenger.name, &self.duel.champion.name);
        let mut error = Error::new(
            Kind::Conflict,
            format!("未过闸门：{name} 不如 {champion}，不启用；目录保留，成绩见 {FILE}"),
            format!("{name} does worse than {champion} and is not activated; its folder stays, see {FILE}"),
        );
        error.flaws = self.behind.iter().map(|one| Flaw { pointer: "·".into(), saying: one.saying() }).collect();
        Err(error)
    }
}
