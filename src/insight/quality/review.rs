//! Review (复核): which cases a person should look at next — undecided ones that would teach most, and decided ones
//! whose decision a sure machine contradicts. What a reviewer settles goes in as feedback, and out again as corrections
//! to learn from.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{AskedQuality, Decided, called, decided};
use crate::case::{Aspect, Hindsight, NONE, Ruling, Status};
use crate::dataset::export::{Cell, Holds, column};
use crate::error::Result;
use crate::insight::{Cases, Ground, Insight, Table};
use crate::model::doubt::{self, Vector};
use crate::store::{Leaning, Named};

/// Undecided cases that are looked at closely, the least sure ones.
const CLOSELY: usize = 1_000;
/// Two choices nearer to each other than this are even.
const EVEN: f64 = 0.3;
/// Decided cases that labels are doubted among, the latest: enough for each label's mean confidence.
const DOUBTED: usize = 20_000;

/// 复核队列：最值得人看一看的案件。须保护举报人的不在其中。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Review {
    /// 看什么
    pub question: Aspect,
    /// 认定最宽到哪一种
    pub ruling: Ruling,
    /// 尚未认定的案件（审定和反馈都没有）
    pub undecided: Cases,
    /// 存疑的有多少件
    pub doubtful: usize,
    /// 存疑的在前，最可疑的最前；然后是拿不准的，最能教会模型的最前
    pub items: Vec<ReviewItem>,
}

/// 为什么要复核：suspect 已认定，但与有把握的建议相反；uncertain 尚未认定，而建议拿不准。
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewReason {
    Suspect,
    Uncertain,
}

/// 一件要复核的案件。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ReviewItem {
    /// 案件编号
    pub id: String,
    pub reference: Option<String>,
    pub received_at: DateTime<Utc>,
    pub status: Status,
    pub title: Option<String>,
    /// 诉求内容，已脱敏
    pub text: String,
    pub reason: ReviewReason,
    /// 一句话
    pub because: String,
    /// 越大越值得看，0 到 1
    pub worth: f64,
    /// 建议的，由大到小
    pub advised: Vec<Choice>,
    /// 认定的；尚未认定为 null
    pub decided: Option<Named>,
    /// 由什么认定
    pub decided_by: Option<Ruling>,
    /// 建议的分类和单位
    pub category: Option<Named>,
    pub unit: Option<Named>,
    /// 审定过的分类和单位：只改其一时，另一项应随之带上
    pub final_category: Option<String>,
    pub final_unit: Option<String>,
}

/// 一个候选。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Choice {
    pub code: String,
    pub name: String,
    pub probability: f64,
}

/// A case put up, before its text is known.
struct Put {
    arrival: i64,
    reason: ReviewReason,
    worth: f64,
    decided: Option<(Arc<str>, Ruling)>,
}

impl Insight {
    /// The cases to look at next, at most so many of each reason.
    pub fn review(&self, ground: Ground, asked: &AskedQuality, now: DateTime<chrono::FixedOffset>) -> Result<Review> {
        let asked = &asked.dated(ground, now);
        let cases = self.judged(ground, &asked.scope)?;
        let decided = decided(&cases, asked);
        let suspects = suspects(ground, asked, &decided)?;
        let undecided: Vec<&Arc<Hindsight>> =
            cases.iter().filter(|case| case.of(asked.question).decided(Ruling::Said).is_none()).collect();
        let uncertain = self.uncertain(ground, asked, &undecided)?;
        let doubtful = suspects.len();
        let mut put = suspects;
        put.truncate(asked.top);
        put.extend(uncertain);
        let arrivals: Vec<i64> = put.iter().map(|put| put.arrival).collect();
        let told: HashMap<i64, Leaning> =
            ground.store.leanings(&arrivals)?.into_iter().map(|one| (one.arrival, one)).collect();
        let item = |put: &Put| item(ground, asked.question, put, told.get(&put.arrival)?);
        Ok(Review {
            question: asked.question,
            ruling: asked.loosest,
            undecided: Cases { cases: undecided.len() as i64, link: undecided_link(asked) },
            doubtful,
            items: put.iter().filter_map(item).collect(),
        })
    }

    /// Undecided cases that would teach most: unsure ones that are unlike each other by their words.
    fn uncertain(&self, ground: Ground, asked: &AskedQuality, undecided: &[&Arc<Hindsight>]) -> Result<Vec<Put>> {
        let question = asked.question;
        let mut sorted: Vec<(f64, i64)> =
            undecided.iter().filter_map(|case| Some((case.of(question).probability?, case.arrival))).collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        sorted.truncate(CLOSELY);
        let arrivals: Vec<i64> = sorted.iter().map(|(_, arrival)| *arrival).collect();
        let leanings: HashMap<i64, Leaning> =
            ground.store.leanings(&arrivals)?.into_iter().map(|one| (one.arrival, one)).collect();
        let mut readings = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
        readings.read(ground, &arrivals)?;
        let unsure = |arrival: &i64| {
            let choices = choices_of(leanings.get(arrival)?, question);
            let probability = |at: usize| choices.get(at).map_or(0.0, |(_, probability)| *probability);
            let margin = (probability(0) - probability(1)).clamp(0.0, 1.0);
            Some((*arrival, (1.0 - margin) as f32, vector(&readings.of(*arrival)?.words)))
        };
        let texts: Vec<(i64, f32, Vector)> = arrivals.iter().filter_map(unsure).collect();
        let uncertainty: Vec<f32> = texts.iter().map(|(_, unsure, _)| *unsure).collect();
        let vectors: Vec<Vector> = texts.iter().map(|(.., vector)| vector.clone()).collect();
        let put = |at: usize| Put {
            arrival: texts[at].0,
            reason: ReviewReason::Uncertain,
            worth: f64::from(texts[at].1),
            decided: None,
        };
        Ok(doubt::informative(&uncertainty, &vectors, asked.top).into_iter().map(put).collect())
    }
}

/// Of length 1, each word as heavy as the others.
fn vector(words: &[u32]) -> Vector {
    let weight = 1.0 / (words.len().max(1) as f32).sqrt();
    words.iter().map(|word| (*word, weight)).collect()
}

fn undecided_link(asked: &AskedQuality) -> String {
    // Whoever answered it meanwhile: nobody said that it was right.
    asked.scope.link_with(&[("judged", asked.question.code()), ("ruling", "answered,none")])
}

fn choices_of(leaning: &Leaning, question: Aspect) -> &[(String, f64)] {
    match question {
        Aspect::Unit => &leaning.units,
        Aspect::Category => &leaning.categories,
    }
}

/// Decided cases that a sure machine contradicts, most suspect first, by confident learning: what was advised is more
/// probable than what was decided, and as probable as cases that were rightly so advised are on average. Advice was given
/// before the decision, so no model has learnt from it. What a reviewer settled is not doubted again.
fn suspects(ground: Ground, asked: &AskedQuality, decided: &[Decided]) -> Result<Vec<Put>> {
    let latest = &decided[decided.len().saturating_sub(DOUBTED)..];
    let wrong: Vec<i64> = latest.iter().filter(|one| !one.is_right()).map(|one| one.case.arrival).collect();
    let leanings: HashMap<i64, Leaning> =
        ground.store.leanings(&wrong)?.into_iter().map(|one| (one.arrival, one)).collect();
    let mut labels: Vec<&str> = latest.iter().flat_map(|one| [&**one.advised, &**one.decided]).collect();
    labels.sort_unstable();
    labels.dedup();
    let label = |code: &str| labels.binary_search(&code).ok();
    let judged = |one: &Decided| {
        let mut probabilities = vec![0f32; labels.len()];
        let told = leanings.get(&one.case.arrival).map_or(&[][..], |leaning| choices_of(leaning, asked.question));
        let listed = told.iter().map(|(code, p)| (code.as_str(), *p));
        for (code, probability) in listed.chain([(&**one.advised, one.probability)]) {
            if let Some(at) = label(code) {
                probabilities[at] = probability as f32;
            }
        }
        Some(doubt::Judged { probabilities, given: label(one.decided)?, accepted: Vec::new() })
    };
    let judged: Vec<Option<doubt::Judged>> = latest.iter().map(judged).collect();
    let found = doubt::suspects(&judged).into_iter();
    let found = found.filter(|suspect| !latest[suspect.text].case.is_reviewed);
    let found = found.filter(|suspect| {
        let leaning = leanings.get(&latest[suspect.text].case.arrival);
        leaning.is_some_and(|leaning| leaning.text.is_some())
    });
    let put = |suspect: doubt::Suspect| {
        let one = &latest[suspect.text];
        Put {
            arrival: one.case.arrival,
            reason: ReviewReason::Suspect,
            worth: f64::from(-suspect.margin),
            decided: Some((Arc::clone(one.decided), one.ruling)),
        }
    };
    Ok(found.map(put).collect())
}

fn item(ground: Ground, question: Aspect, put: &Put, told: &Leaning) -> Option<ReviewItem> {
    let named =
        |question: Aspect, code: &str| Named { code: code.to_owned(), name: called(question, code, ground.taxonomy) };
    let choice = |(code, probability): &(String, f64)| Choice {
        name: called(question, code, ground.taxonomy),
        code: code.clone(),
        probability: *probability,
    };
    let advised: Vec<Choice> = choices_of(told, question).iter().map(choice).collect();
    let decided = put.decided.as_ref().map(|(code, _)| named(question, code));
    let first = |question, choices: &[(String, f64)]| choices.first().map(|(code, _)| named(question, code));
    Some(ReviewItem {
        id: told.case.clone(),
        reference: told.reference.clone(),
        received_at: DateTime::from_timestamp_millis(told.received_at).unwrap_or_default(),
        status: told.status,
        title: told.title.clone(),
        text: told.text.clone()?,
        reason: put.reason,
        because: because(put, &advised, decided.as_ref()),
        worth: put.worth,
        advised,
        decided,
        decided_by: put.decided.as_ref().map(|(_, ruling)| *ruling),
        category: first(Aspect::Category, &told.categories),
        unit: first(Aspect::Unit, &told.units),
        final_category: told.final_category.clone(),
        final_unit: told.final_unit.clone(),
    })
}

fn because(put: &Put, advised: &[Choice], decided: Option<&Named>) -> String {
    let percent = |choice: &Choice| 100.0 * choice.probability;
    match (advised, decided, &put.decided) {
        ([first, ..], Some(decided), Some((_, ruling))) => {
            format!("{}认定为{}，而当时有 {:.0}% 的把握建议{}", ruling.name(), decided.name, percent(first), first.name)
        }
        ([first, second, ..], ..) => {
            let how = if first.probability - second.probability < EVEN { "难分高下" } else { "把握不足" };
            format!("{} {:.0}%，{} {:.0}%，{how}", first.name, percent(first), second.name, percent(second))
        }
        ([first], ..) => format!("{} 只有 {:.0}% 的把握", first.name, percent(first)),
        _ => "没有建议".to_owned(),
    }
}

impl Review {
    /// A row for each case. `final_unit` and `final_category` are to be filled in: as `guikou train --corrections` reads them.
    pub fn table(&self) -> Table {
        let columns = vec![
            column("id", "案件编号", Holds::Words, "本系统的编号"),
            column("title", "标题", Holds::Words, "来件标题，已脱敏"),
            column("text", "诉求内容", Holds::Words, "已脱敏"),
            column("why", "为什么", Holds::Words, "存疑，或拿不准"),
            column("because", "理由", Holds::Words, "一句话"),
            column("advised", "建议", Holds::Words, "建议的代码"),
            column("advised_probability", "建议概率", Holds::Share, "已校准"),
            column("second", "第二候选", Holds::Words, "代码"),
            column("decided", "现认定", Holds::Words, "代码；尚未认定为空"),
            column("final_unit", "最终单位", Holds::Words, "请填写；填好后可交给 guikou train --corrections"),
            column("final_category", "最终分类", Holds::Words, "请填写"),
        ];
        let row = |item: &ReviewItem| {
            let choice = |at: usize| item.advised.get(at);
            let why = match item.reason {
                ReviewReason::Suspect => "存疑",
                ReviewReason::Uncertain => "拿不准",
            };
            vec![
                Cell::Words(item.id.clone()),
                Cell::of(item.title.as_deref()),
                Cell::Words(item.text.clone()),
                Cell::Words(why.to_owned()),
                Cell::Words(item.because.clone()),
                Cell::of(choice(0).map(|choice| choice.code.as_str()).filter(|code| *code != NONE)),
                choice(0).map_or(Cell::Blank, |choice| Cell::Share(choice.probability)),
                Cell::of(choice(1).map(|choice| choice.code.as_str())),
                Cell::of(item.decided.as_ref().map(|decided| decided.code.as_str())),
                Cell::Blank,
                Cell::Blank,
            ]
        };
        Table { title: "复核", columns, rows: self.items.iter().map(row).collect() }
    }
}
