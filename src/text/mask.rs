//! Masking (脱敏): personal data becomes a token (`[手机号]`) before anything else sees the text.
//!
//! Done until nothing is found, so that masking a masked text changes nothing.

use super::lexicon::Lexicon;
use super::names::Names;
use super::normal::Normal;
use super::numbers::{Finding, Numbers};
use crate::case::{Masked, Personal, Span};
use crate::error::Result;

pub struct Masker {
    numbers: Numbers,
    names: Names,
}

/// More rounds than any text has needed.
const ROUNDS: usize = 6;

impl Masker {
    pub fn load() -> Result<Self> {
        Ok(Self { numbers: Numbers::load()?, names: Names::load()? })
    }

    /// Replaces what is personal; says what was replaced, in the submitted text, first to last.
    pub fn mask(&self, mut normal: Normal, lexicon: &Lexicon) -> (Normal, Vec<Masked>) {
        let mut masked = Vec::new();
        for _ in 0..ROUNDS {
            let text: String = normal.chars.iter().collect();
            let findings = self.find(&text, lexicon);
            if findings.is_empty() {
                break;
            }
            normal = replace(normal, &text, &findings, &mut masked);
        }
        masked.sort_by_key(|m: &Masked| m.span);
        (normal, masked)
    }

    /// Without overlaps: the earlier start wins, then the longer, then the surer.
    fn find(&self, text: &str, lexicon: &Lexicon) -> Vec<Finding> {
        let mut findings = Vec::new();
        self.numbers.find(text, &mut findings);
        let numbers = findings.clone();
        self.names.find(text, lexicon, &numbers, &mut findings);
        findings.sort_by_key(|f| (f.start, std::cmp::Reverse(f.end)));
        let mut end = 0;
        findings.retain(|f| {
            let free = f.start >= end;
            end = if free { f.end } else { end };
            free
        });
        findings
    }
}

fn replace(normal: Normal, text: &str, findings: &[Finding], masked: &mut Vec<Masked>) -> Normal {
    let mut replaced = Normal::default();
    let mut waiting = findings.iter().peekable();
    let mut until = 0;
    for (i, (byte, c)) in text.char_indices().enumerate() {
        if byte < until {
            continue;
        }
        let Some(finding) = waiting.next_if(|f| f.start == byte) else {
            replaced.chars.push(c);
            replaced.origin.push(normal.origin[i]);
            continue;
        };
        until = finding.end;
        let last = i + text[finding.start..finding.end].chars().count() - 1;
        let span = Span { start: normal.origin[i].start, end: normal.origin[last].end };
        masked.push(Masked { kind: finding.kind, span });
        for c in token(finding.kind).chars() {
            replaced.chars.push(c);
            replaced.origin.push(span);
        }
    }
    replaced
}

/// What stands in the text instead.
pub fn token(kind: Personal) -> &'static str {
    match kind {
        Personal::Phone => "[手机号]",
        Personal::Landline => "[电话]",
        Personal::IdCard => "[身份证]",
        Personal::BankCard => "[银行卡]",
        Personal::Plate => "[车牌]",
        Personal::Email => "[邮箱]",
        Personal::Wechat => "[微信]",
        Personal::Qq => "[QQ]",
        Personal::Name => "[姓名]",
        Personal::HouseNo => "[门牌]",
    }
}
