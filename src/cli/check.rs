//! `guikou check`: are all the files that answers are made from whole, and do they fit together?

use std::process::ExitCode;

use crate::cli::show::{BAD, GOOD, PLAIN};
use crate::config::Settings;
use crate::error::Result;
use crate::triage::Triage;

/// Prints what was found; 1 when anything is wrong.
pub fn check(settings: &Settings) -> Result<ExitCode> {
    let (data, model) = (settings.data(), settings.model());
    anstream::println!("数据目录 {}\n模型目录 {}", data.display(), model.display());
    let triage = Triage::load(&data, &model)?;
    for lacking in triage.lacking() {
        anstream::println!("{BAD}缺{PLAIN} {}", lacking.zh);
    }
    if triage.lacking().is_empty() {
        anstream::println!("{GOOD}全部通过{PLAIN}");
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}
