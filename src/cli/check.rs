//! `guikou check`: are all the files that answers are made from whole, and do they fit together?

use std::path::Path;
use std::process::ExitCode;

use crate::case::Head;
use crate::cli::show::{BAD, FAINT, GOOD, PLAIN};
use crate::config::Settings;
use crate::dataset::{self, Columns};
use crate::error::{Error, Result};
use crate::taxonomy::Taxonomy;
use crate::text::Reader;
use crate::triage::Triage;

/// Looks at every artefact, one after the other, and prints what it finds; 1 when anything is wrong.
pub fn check(settings: &Settings) -> Result<ExitCode> {
    let (data, model) = (settings.data(), settings.model());
    let findings = [catalogue(&data), words(&data), corpus(&data), together(&data, &model)];
    let flaws = findings.iter().filter(|finding| finding.is_err()).count();
    for finding in findings {
        match finding {
            Ok(found) => found.iter().for_each(|line| anstream::println!("{GOOD}✓{PLAIN} {line}")),
            Err(error) => anstream::println!("{BAD}✗{PLAIN} {}", error.chain()),
        }
    }
    match flaws {
        0 => anstream::println!("{GOOD}全部通过{PLAIN}"),
        _ => anstream::println!("{BAD}有问题，按所列文件和行号修改后再运行 guikou check{PLAIN}"),
    }
    Ok(if flaws == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn catalogue(data: &Path) -> Result<Vec<String>> {
    let taxonomy = Taxonomy::load(data)?;
    let grounds: Vec<_> = taxonomy.rules.iter().flat_map(|rule| &rule.basis).collect();
    let verified = grounds.iter().filter(|ground| ground.verified).count();
    let (domains, categories) = (taxonomy.domains.len(), taxonomy.categories.len());
    Ok(vec![
        format!("分类目录：一级 {domains} 个，二级 {categories} 个 {FAINT}{}{PLAIN}", taxonomy.version()),
        format!(
            "单位目录：{} {} 个单位，{} 个区县",
            taxonomy.city.name,
            taxonomy.departments.len(),
            taxonomy.districts.len()
        ),
        format!(
            "派单目录：{} 条规则，{} 条依据（已核实 {verified} 条） {FAINT}{}{PLAIN}",
            taxonomy.rules.len(),
            grounds.len(),
            taxonomy.rules_version()
        ),
    ])
}

fn words(data: &Path) -> Result<Vec<String>> {
    Reader::load(data).map(|_| vec!["词典、停用词与地名：lexicon.txt、stopwords.txt、places.csv".to_owned()])
}

/// The labelled examples: whole files, and no label that the catalogue lacks.
fn corpus(data: &Path) -> Result<Vec<String>> {
    let folder = data.join("corpus");
    let Ok(entries) = std::fs::read_dir(&folder) else { return Ok(Vec::new()) };
    let mut files: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|path| path.extension().is_some_and(|kind| kind == "jsonl"));
    files.sort();
    let taxonomy = Taxonomy::load(data);
    let mut count = 0;
    let mut unknown = Error::setup("语料中有目录里没有的标签", "the corpus has labels that the catalogue lacks");
    for file in &files {
        for example in dataset::read_labelled(file, &Columns::default())? {
            count += 1;
            let Ok(taxonomy) = &taxonomy else { continue };
            for (head, label) in example.labels.iter().filter(|(head, label)| !known(taxonomy, **head, label)) {
                let (zh, en) = (format!("{} 没有 {label}", head.name()), format!("no {label} in {}", head.name()));
                unknown = unknown.at(format!("{}:{}", file.display(), example.line), zh, en);
            }
        }
    }
    match unknown.flaws.is_empty() {
        true => Ok(vec![format!("标注语料：{} 个文件，{count} 件", files.len())]),
        false => Err(unknown),
    }
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

/// The model, and whether it speaks the same codes as the data; only told where the data alone is right.
fn together(data: &Path, model: &Path) -> Result<Vec<String>> {
    if Taxonomy::load(data).is_err() || Reader::load(data).is_err() {
        return Ok(Vec::new());
    }
    let triage = Triage::load(data, model)?;
    match triage.lacking().first() {
        None => Ok(vec![format!("模型：{} {FAINT}{}{PLAIN}", model.display(), triage.versions().model)]),
        Some(lacking) => Err(Error::setup(lacking.zh.clone(), lacking.en.clone())),
    }
}
