//! Checking (校验): is a model folder whole, is a corpus whole, and do both speak the catalogue's codes? Every flaw is
//! found in one go.

use std::collections::BTreeSet;
use std::path::Path;

use crate::case::{Head, Labelled};
use crate::dataset::{self, Columns};
use crate::error::{Error, Flaw, Result, Saying};
use crate::learning::seams;
use crate::model::card::Card;
use crate::model::encoder::Encoder;
use crate::model::examples::Examples;
use crate::model::linear::Linear;
use crate::model::tokens::Tokens;
use crate::model::{Model, calibration, heads};
use crate::taxonomy::Taxonomy;

/// Looks at every file of a model folder; returns the model's version.
pub fn model(dir: &Path, taxonomy: &Taxonomy) -> Result<String> {
    Card::load(dir)?;
    let files = [
        heads::read_plan(dir).map(drop),
        Linear::load(dir).map(drop),
        calibration::load(dir).map(drop),
        Encoder::load(dir).map(drop),
        Tokens::load(dir).map(drop),
        Examples::load(dir).map(drop),
    ];
    gathered(files.into_iter().filter_map(Result::err))?;
    let model = Model::load(dir)?;
    gathered(model.lacking.into_iter().chain(foreign(dir, taxonomy)?))?;
    Ok(model.card.version)
}

/// Labels of `labels.json` that the taxonomy does not know.
fn foreign(dir: &Path, taxonomy: &Taxonomy) -> Result<Option<Error>> {
    let name = dir.join("labels.json").display().to_string();
    let mut error = Error::setup(
        format!("{name} 里有目录中没有的标签：请换用配套的模型或目录，或重新训练"),
        format!(
            "{name} holds labels that the catalogue lacks: use a model and data that belong together, or train again"
        ),
    );
    for (head, labels) in heads::read_plan(dir)? {
        for code in labels.codes.iter().filter(|code| !known(taxonomy, head, code)) {
            error.flaws.push(unknown(format!("{name}#/{}", head.name()), head, code));
        }
    }
    Ok(Some(error).filter(|error| !error.flaws.is_empty()))
}

/// Looks at every `.jsonl` of a folder of labelled examples; returns how many there are. A folder that is not there
/// holds none.
pub fn corpus(dir: &Path, taxonomy: &Taxonomy) -> Result<usize> {
    let Ok(entries) = std::fs::read_dir(dir) else { return Ok(0) };
    let mut files: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|path| path.extension().is_some_and(|kind| kind == "jsonl"));
    files.sort();
    let (mut count, mut errors) = (0, Vec::new());
    for file in &files {
        match dataset::read_labelled(file, &Columns::default()) {
            Ok(examples) => {
                count += examples.len();
                let flaws: Vec<Flaw> = examples.iter().flat_map(|example| flaws(file, example, taxonomy)).collect();
                let name = file.display();
                let mut error = Error::setup(format!("语料有错：{name}"), format!("flaws in the corpus: {name}"));
                error.flaws = flaws;
                errors.extend(Some(error).filter(|error| !error.flaws.is_empty()));
            }
            Err(error) => errors.push(error),
        }
    }
    gathered(errors.into_iter()).map(|()| count)
}

/// Looks at the texts whose matters are marked; returns how many there are.
pub fn matters(data: &Path, taxonomy: &Taxonomy) -> Result<usize> {
    let texts = seams::read(data)?;
    let name = data.join(seams::FILE).display().to_string();
    let mut error =
        Error::setup(format!("一单多诉样例有错：{name}"), format!("flaws in the texts of several matters: {name}"));
    for parted in &texts {
        let codes = parted.parts.iter().flat_map(|part| part.l2_alt.iter().chain([&part.l2]));
        let codes = codes.map(|code| (Head::Category, code));
        let codes = codes.chain(parted.parts.iter().map(|part| (Head::Petition, &part.petition)));
        let strange = codes.filter(|(head, code)| !known(taxonomy, *head, code));
        error.flaws.extend(strange.map(|(head, code)| unknown(format!("{name}#{}", parted.id), head, code)));
    }
    if error.flaws.is_empty() { Ok(texts.len()) } else { Err(error) }
}

fn flaws(file: &Path, example: &Labelled, taxonomy: &Taxonomy) -> Vec<Flaw> {
    let at = format!("{}:{}", file.display(), example.line);
    let given = example.labels.iter().map(|(head, label)| (*head, label));
    let accepted = example.accepted.iter().flat_map(|(head, labels)| labels.iter().map(|label| (*head, label)));
    let strange = given.chain(accepted).filter(|(head, label)| !known(taxonomy, *head, label));
    let strange: BTreeSet<(Head, &String)> = strange.collect();
    let mut flaws: Vec<Flaw> = strange.into_iter().map(|(head, label)| unknown(at.clone(), head, label)).collect();
    let told = |place: &str| [Some(&example.text), example.title.as_ref()].iter().flatten().any(|t| t.contains(place));
    if example.place.as_deref().is_some_and(|place| !told(place)) {
        flaws.push(Flaw {
            pointer: at,
            saying: Saying::new("事发地不是正文或标题的原文片段", "the place does not stand in the text"),
        });
    }
    flaws
}

fn unknown(pointer: String, head: Head, code: &str) -> Flaw {
    let (zh, en) = match head {
        Head::Category => ("二级分类", "category"),
        Head::Petition => ("诉求类型", "petition type"),
        Head::Urgency => ("紧急程度", "urgency"),
        Head::Protect => ("举报人保护", "protection"),
        Head::Unit => ("单位", "unit"),
    };
    Flaw { pointer, saying: Saying::new(format!("没有{zh} {code}"), format!("there is no {en} {code}")) }
}

fn known(taxonomy: &Taxonomy, head: Head, label: &str) -> bool {
    match head {
        Head::Category => taxonomy.category(label).is_some(),
        Head::Petition => taxonomy.petition_type(label).is_some(),
        Head::Urgency => taxonomy.urgency_level(label).is_some(),
        Head::Unit => taxonomy.department(label).is_some(),
        Head::Protect => ["true", "false"].contains(&label),
    }
}

/// One error for several: the first alone stays as it is, of more each becomes a flaw beside its own.
fn gathered(errors: impl Iterator<Item = Error>) -> Result<()> {
    let mut errors: Vec<Error> = errors.collect();
    if errors.len() < 2 {
        return errors.pop().map_or(Ok(()), Err);
    }
    let zh = format!("{} 个文件有问题：", errors.len());
    let mut all = Error::setup(zh, format!("{} files are wrong:", errors.len()));
    for error in errors {
        all.flaws.push(Flaw { pointer: "·".into(), saying: error.saying });
        all.flaws.extend(error.flaws);
    }
    Err(all)
}
