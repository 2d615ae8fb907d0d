//! `guikou check`: are all the files that answers are made from whole, and do they fit together?

use std::path::Path;
use std::process::ExitCode;

use crate::analytics::Ladder;
use crate::case::AlertKind;
use crate::cli::show::{BAD, FAINT, GOOD, PLAIN};
use crate::config::Settings;
use crate::deadline::Deadlines;
use crate::error::Result;
use crate::issues;
use crate::learning;
use crate::routing::Thresholds;
use crate::taxonomy::Taxonomy;
use crate::text::Reader;

/// Looks at every artefact, one after the other, and prints what it finds; 1 when anything is wrong.
pub fn check(settings: &Settings) -> Result<ExitCode> {
    let (data, folder) = (settings.data(), settings.model()?);
    let findings =
        [catalogue(&data), service(&data), warnings(&data), words(&data), corpus(&data), model(&data, &folder)];
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

/// Deadlines and working days; only told where the catalogue is right, whose codes they name.
fn service(data: &Path) -> Result<Vec<String>> {
    let Ok(taxonomy) = Taxonomy::load(data) else { return Ok(Vec::new()) };
    let deadlines = Deadlines::load(data, &taxonomy)?;
    let years: Vec<_> = deadlines.calendar.years().collect();
    let verified = years.iter().filter(|(_, verified)| *verified).count();
    let listed: Vec<_> = years.iter().map(|(year, _)| year.to_string()).collect();
    let mut found = vec![
        format!("办理期限：{} 档 {FAINT}{}{PLAIN}", deadlines.profiles().len(), deadlines.version()),
        format!("工作日历：{} 年（已核实 {verified} 年）", listed.join("、")),
    ];
    found.extend(deadlines.lacking(chrono::Local::now().fixed_offset()).into_iter().map(|lacking| lacking.zh));
    Ok(found)
}

/// The rules of early warning; only told where the catalogue is right, whose flags they name.
fn warnings(data: &Path) -> Result<Vec<String>> {
    let Ok(taxonomy) = Taxonomy::load(data) else { return Ok(Vec::new()) };
    let ladder = Ladder::load(data, &taxonomy)?;
    let rules = AlertKind::ALL.iter().map(|kind| ladder.rules(*kind).count()).sum::<usize>();
    Ok(vec![format!("预警规则：{rules} 条 {FAINT}{}{PLAIN}", ladder.version())])
}

fn words(data: &Path) -> Result<Vec<String>> {
    Reader::load(data).map(|_| vec!["词典、停用词与地名：lexicon.txt、stopwords.txt、places.csv".to_owned()])
}

/// The labelled examples; only told where the catalogue is right, as is the model.
fn corpus(data: &Path) -> Result<Vec<String>> {
    let Ok(taxonomy) = Taxonomy::load(data) else { return Ok(Vec::new()) };
    let count = learning::check::corpus(&data.join("corpus"), &taxonomy)?;
    let matters = learning::check::matters(data, &taxonomy)?;
    Ok(vec![format!("标注语料：{count} 条；一单多诉样例：{matters} 条")])
}

/// The model folder, and whether it speaks the same codes as the data.
fn model(data: &Path, model: &Path) -> Result<Vec<String>> {
    let Ok(taxonomy) = Taxonomy::load(data) else { return Ok(Vec::new()) };
    let version = learning::check::model(model, &taxonomy)?;
    Thresholds::load(model)?;
    let mut found = vec![format!("模型：{} {FAINT}{version}{PLAIN}", model.display())];
    match issues::Scorer::is_in(model) {
        true => found.push(format!("判重：{} 项依据", issues::Scorer::load(model)?.weights.weights.len())),
        false => found.push("模型目录里没有判重：用出厂模型的，或运行 guikou train --events".to_owned()),
    }
    Ok(found)
}
