//! The rules of `alerts.toml`, read strictly: every mistake is told with its line, all at once.

use std::collections::HashSet;
use std::path::Path;

use serde::Deserialize;

use crate::case::{AlertKind, AlertLevel};
use crate::error::{Error, Result};
use crate::taxonomy::Taxonomy;
use crate::taxonomy::sheet::{Entry, Sheet, Source};

/// Longest window and quiet period taken: 31 days.
const LONGEST_HOURS: u32 = 31 * 24;
/// What a sentence may name.
const PLACEHOLDERS: [&str; 7] = ["title", "hours", "cases", "people", "communities", "flagged", "z"];

/// All rules of early warning (预警规则).
#[derive(Debug, Clone)]
pub struct Ladder {
    version: String,
    /// How late a case may come in and still warn.
    pub recent_hours: u32,
    /// After so many days without any rule holding, what holds again is a new alert.
    pub quiet_days: u32,
    rules: Vec<Rule>,
}

/// When an alert of one level is raised: all conditions hold in one window of time.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub code: String,
    pub level: AlertLevel,
    pub name: String,
    pub english: String,
    pub looks_at: AlertKind,
    pub within_hours: u32,
    pub cases: usize,
    pub people: usize,
    #[serde(default)]
    pub communities: usize,
    /// The least burst score.
    pub z: Option<f64>,
    /// Codes of the catalogue; `flagged` cases bear one of them.
    #[serde(default)]
    pub flags: Vec<String>,
    #[serde(default)]
    pub flagged: usize,
    /// The sentence, with placeholders.
    pub says: String,
}

impl Ladder {
    /// Reads `alerts.toml` of `dir`. Fails with one [`Error`] of kind `Setup` that lists every mistake as `file:line`.
    pub fn load(dir: &Path, taxonomy: &Taxonomy) -> Result<Self> {
        let source = Source::read(dir, "alerts.toml")?;
        let mut sheet = Sheet::of(&source);
        let made = assemble(&mut sheet, taxonomy);
        match made {
            Some(made) if sheet.flaws.is_empty() => {
                Ok(Self { version: format!("{}+{}", made.version, Source::hash(&[&source])), ..made })
            }
            _ => Err(broken(sheet.flaws)),
        }
    }

    /// Declared version and a short hash of the file: `2026.11+1a2b3c4d`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The rules that look at this kind, in the order of the file.
    pub fn rules(&self, kind: AlertKind) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(move |rule| rule.looks_at == kind)
    }

    pub fn rule(&self, code: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.code == code)
    }

    /// In milliseconds: how far back cases bear on whether a rule holds now.
    pub fn reach(&self) -> i64 {
        let longest = self.rules.iter().map(|rule| rule.within_hours).max().unwrap_or_default();
        i64::from(self.recent_hours + longest) * super::HOUR
    }

    /// In milliseconds: how far back a window may end.
    pub fn recent(&self) -> i64 {
        i64::from(self.recent_hours) * super::HOUR
    }

    /// In milliseconds.
    pub fn quiet(&self) -> i64 {
        i64::from(self.quiet_days) * 24 * super::HOUR
    }
}

fn assemble(sheet: &mut Sheet, taxonomy: &Taxonomy) -> Option<Ladder> {
    sheet.only(&["version", "recent_hours", "quiet_days", "rule"]);
    let version = sheet.one::<String>("version");
    let recent = sheet.one::<u32>("recent_hours");
    let quiet = sheet.one::<u32>("quiet_days");
    for (entry, factor) in [(&recent, 1), (&quiet, 24)] {
        if let Some(entry) = entry {
            hours(sheet, entry.start(), entry.value.checked_mul(factor));
        }
    }
    if let (Some(recent), Some(quiet)) = (&recent, &quiet)
        && quiet.value.saturating_mul(24) < recent.value
    {
        sheet.flaw(quiet.start(), "quiet_days 短于 recent_hours", "`quiet_days` is shorter than `recent_hours`");
    }
    let rules = sheet.all::<Rule>("rule");
    let mut seen = HashSet::new();
    for rule in &rules {
        let code = &rule.value.code;
        if !seen.insert(code.clone()) {
            sheet.flaw(rule.at("code"), format!("{code} 重复"), format!("{code} is there twice"));
        }
        conditions(sheet, rule);
        flags(sheet, rule, taxonomy);
        sentence(sheet, rule);
    }
    Some(Ladder {
        version: version?.value,
        recent_hours: recent?.value,
        quiet_days: quiet?.value,
        rules: rules.into_iter().map(|rule| rule.value).collect(),
    })
}

fn hours(sheet: &mut Sheet, at: usize, hours: Option<u32>) {
    if !hours.is_some_and(|hours| (1..=LONGEST_HOURS).contains(&hours)) {
        sheet.flaw(at, "须大于 0，最长 31 天", "must be above 0 and 31 days at most");
    }
}

fn conditions(sheet: &mut Sheet, rule: &Entry<Rule>) {
    let Rule { within_hours, cases, people, communities, z, flags, flagged, .. } = &rule.value;
    hours(sheet, rule.at("within_hours"), Some(*within_hours));
    for (field, least) in [("cases", cases), ("people", people)] {
        if *least == 0 {
            sheet.flaw(rule.at(field), format!("{field} 须大于 0"), format!("`{field}` must be above 0"));
        }
    }
    for (field, least) in [("people", people), ("communities", communities), ("flagged", flagged)] {
        if least > cases {
            let en = format!("`{field}` above `cases` can never hold without more cases: raise `cases`");
            sheet.flaw(rule.at(field), format!("{field} 多于 cases：请提高 cases"), en);
        }
    }
    if z.is_some_and(|z| !z.is_finite() || z <= 0.0) {
        sheet.flaw(rule.at("z"), "z 须大于 0", "`z` must be above 0");
    }
    if flags.is_empty() != (*flagged == 0) {
        let given = if flags.is_empty() { "flagged" } else { "flags" };
        sheet.flaw(rule.at(given), "flags 与 flagged 须同时给", "give `flags` and `flagged` together");
    }
}

fn flags(sheet: &mut Sheet, rule: &Entry<Rule>, taxonomy: &Taxonomy) {
    for (at, code) in rule.value.flags.iter().enumerate().filter(|(_, code)| taxonomy.flag(code).is_none()) {
        sheet.flaw(rule.at_item("flags", at), format!("没有标签 {code}"), format!("there is no flag {code}"));
    }
}

fn sentence(sheet: &mut Sheet, rule: &Entry<Rule>) {
    let named = rule.value.says.split('{').skip(1).map(|rest| rest.split('}').next().unwrap_or_default());
    let unknown: Vec<&str> = named.filter(|name| !PLACEHOLDERS.contains(name)).collect();
    for name in unknown {
        let known = PLACEHOLDERS.join(" ");
        let (zh, en) =
            (format!("says 里的 {{{name}}} 不认识；可用：{known}"), format!("`{{{name}}}` is unknown; known: {known}"));
        sheet.flaw(rule.at("says"), zh, en);
    }
}

fn broken(flaws: Vec<crate::error::Flaw>) -> Error {
    let mut error = Error::setup(
        format!("预警规则有 {} 处错误：请按所列文件和行号修改", flaws.len()),
        format!("the rules of early warning have {} mistakes: mend the lines listed", flaws.len()),
    );
    error.flaws = flaws;
    error
}
