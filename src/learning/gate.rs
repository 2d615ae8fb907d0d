//! The gate (闸门): a new model, the challenger (挑战者), takes the place of the one in service, the champion (冠军),
//! only if it does not fall behind it on labelled texts that neither has learnt from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{eval, read, write_json};
use crate::case::Segmented;
use crate::dataset::Columns;
use crate::error::{Error, Flaw, Kind, Result, Saying};
use crate::model::Model;
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

/// A model as it would serve.
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
    /// Texts of the file that it was trained on, word for word.
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
    /// Reads a model folder, which must be whole: marks of half a model decide nothing.
    pub fn load(dir: &Path, thresholds: Thresholds) -> Result<Self> {
        let name = dir.file_name().map_or_else(|| dir.display().to_string(), |name| name.to_string_lossy().into());
        let mut model = Model::load(dir)?;
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

/// Marks two models on labelled files. `tell` hears (texts done, of all, both models' together).
pub fn compare(
    files: &[PathBuf],
    columns: &Columns,
    [champion, challenger]: [&Contender; 2],
    reader: &Reader,
    taxonomy: &Taxonomy,
    tell: &dyn Fn(usize, usize),
) -> Result<Duel> {
    let examples = read(files, columns, reader)?;
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
    let party = |of: &Contender| Party {
        name: of.name.clone(),
        version: of.model.card.version.clone(),
        seen: of.model.has_seen(&texts),
    };
    Ok(Duel {
        file: files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", "),
        examples: examples.len(),
        champion: party(champion),
        challenger: party(challenger),
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
/// but that of the category must be there.
pub fn judge(duel: Duel) -> Result<Verdict> {
    let asked = |name: &str| duel.marks.contains_key(name) || duel.unanswered.iter().any(|other| other == name);
    if !asked(CATEGORY) {
        return Err(Error::invalid(
            format!("{} 里没有冠军模型认识的分类标签，评不出高下：请换一份标注文件", duel.file),
            format!("{} holds no category that the champion knows: use another labelled file", duel.file),
        ));
    }
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
