//! New vocabulary (新词): words of the period that nobody said in the time before.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, PoisonError};

use serde::Serialize;
use utoipa::ToSchema;

use crate::case::Hindsight;
use crate::error::Result;
use crate::insight::trends::Readings;
use crate::insight::{Ground, Insight};

/// Texts read of each side, at most; of more, evenly over the order of arrival.
const MOST_READ: usize = 3_000;
/// Cases from which a new word is listed.
const LEAST: u32 = 2;
/// Words listed, and cases shown of each.
const TOP: usize = 20;
const EXAMPLES: usize = 3;

/// 新词所占比例。两期读同样多的文本；没有变化时，本期的新词与基期的旧词（本期没人说的）比例相近。
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Vocabulary {
    /// 每期读了多少件；须保护举报人的不读
    pub read: usize,
    /// 本期的词里基期没有人说过的比例；同一件里重复的算一次
    pub new_share: Option<f64>,
    /// 基期的词里本期没有人再说的比例
    pub gone_share: Option<f64>,
    /// 至少 2 件说到的新词，多的在前
    pub words: Vec<NewWord>,
    /// 一句话
    pub sentence: String,
}

/// 一个新词。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct NewWord {
    pub text: String,
    pub cases: u32,
    /// 说到它的案件编号，最多 3 件，新的在前
    pub examples: Vec<String>,
}

impl Insight {
    /// Words of these cases that those before lack.
    pub(super) fn vocabulary(
        &self,
        ground: Ground,
        cases: &[Arc<Hindsight>],
        before: &[Arc<Hindsight>],
    ) -> Result<Vocabulary> {
        let most = cases.len().min(before.len()).min(MOST_READ);
        let (here, there) = (evenly(cases, most), evenly(before, most));
        let mut readings = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
        let both: Vec<i64> = here.iter().chain(&there).copied().collect();
        readings.read(ground, &both)?;
        Ok(compared(&readings, &here, &there))
    }
}

fn evenly(cases: &[Arc<Hindsight>], most: usize) -> Vec<i64> {
    (0..most).map(|at| cases[at * cases.len() / most].arrival).collect()
}

fn compared(readings: &Readings, here: &[i64], there: &[i64]) -> Vocabulary {
    let known = |arrivals: &[i64]| -> HashSet<u32> {
        arrivals
            .iter()
            .filter_map(|arrival| readings.of(*arrival))
            .flat_map(|read| read.words.iter().copied())
            .collect()
    };
    let (mine, theirs) = (known(here), known(there));
    let (new_share, gone_share) = (unknown(readings, here, &theirs), unknown(readings, there, &mine));
    let mut told: BTreeMap<u32, (u32, Vec<String>)> = BTreeMap::new();
    for read in here.iter().rev().filter_map(|arrival| readings.of(*arrival)) {
        for word in read.words.iter().filter(|word| !theirs.contains(word)) {
            let (cases, examples) = told.entry(*word).or_default();
            *cases += 1;
            if examples.len() < EXAMPLES {
                examples.push(read.case.clone());
            }
        }
    }
    let words = told.into_iter().filter(|(_, (cases, _))| *cases >= LEAST && !there.is_empty());
    let word = |(word, (cases, examples)): (u32, (u32, Vec<String>))| NewWord {
        text: readings.token(word).text.clone(),
        cases,
        examples,
    };
    let mut words: Vec<NewWord> = words.map(word).collect();
    words.sort_by(|a, b| b.cases.cmp(&a.cases).then_with(|| a.text.cmp(&b.text)));
    words.truncate(TOP);
    let read = here.iter().filter(|arrival| readings.of(**arrival).is_some()).count();
    Vocabulary { read, sentence: sentence(new_share, gone_share), new_share, gone_share, words }
}

/// The share of the words of these texts that are not among the known.
fn unknown(readings: &Readings, arrivals: &[i64], known: &HashSet<u32>) -> Option<f64> {
    let (mut all, mut unknown) = (0u64, 0u64);
    for read in arrivals.iter().filter_map(|arrival| readings.of(*arrival)) {
        all += read.words.len() as u64;
        unknown += read.words.iter().filter(|word| !known.contains(word)).count() as u64;
    }
    (all > 0).then(|| unknown as f64 / all as f64)
}

fn sentence(new: Option<f64>, gone: Option<f64>) -> String {
    match new.zip(gone) {
        Some((new, gone)) => {
            let [new, gone] = [new, gone].map(|share| share * 100.0);
            format!(
                "本期 {new:.1}% 的词是基期没有的；反过来，基期 {gone:.1}% 的词本期没有。两者相近即没有新的话题涌入。"
            )
        }
        None => "有一期没有文本，无从比较。".to_owned(),
    }
}
