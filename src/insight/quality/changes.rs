//! Changes (改动): what was advised and what people decided instead, pair by pair.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset};
use serde::Serialize;
use utoipa::ToSchema;

use super::{AskedQuality, called, comparable, decided};
use crate::analytics::Rate;
use crate::case::{Aspect, Decision, Ruling};
use crate::dataset::export::{Cell, Holds, column};
use crate::error::Result;
use crate::insight::{Cases, Ground, Insight, RateBody, Table};
use crate::store::Named;

/// 改动：建议与认定不同的，从哪里改到哪里。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Changes {
    /// 受理时间不早于
    pub from: Option<DateTime<FixedOffset>>,
    /// 受理时间早于
    pub to: Option<DateTime<FixedOffset>>,
    /// 截至何时
    pub as_of: DateTime<FixedOffset>,
    /// 看什么
    pub question: Aspect,
    /// 认定最宽到哪一种
    pub ruling: Ruling,
    /// 已认定的案件里改动了的
    pub changed: RateBody,
    /// 件数多的在前
    pub pairs: Vec<Change>,
    /// 没有列出的还有多少件
    pub rest: i64,
}

/// 从一个改到另一个。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Change {
    /// 建议的
    pub advised: Named,
    /// 认定的
    pub decided: Named,
    pub cases: Cases,
    /// 其中自动派单的
    pub automatic: Cases,
    /// 占同一建议的已认定案件的比例
    pub share: Option<f64>,
    /// 这些案件的建议概率平均多少
    pub probability: f64,
}

#[derive(Default)]
struct Tally {
    cases: i64,
    automatic: i64,
    probabilities: Vec<f64>,
}

impl Insight {
    /// What people changed.
    pub fn changes(&self, ground: Ground, asked: &AskedQuality, now: DateTime<FixedOffset>) -> Result<Changes> {
        let asked = &asked.dated(ground, now);
        let cases = self.judged(ground, &asked.scope)?;
        let decided = decided(&cases, asked);
        let mut advised: BTreeMap<&str, i64> = BTreeMap::new();
        let mut pairs: BTreeMap<(&str, &str), Tally> = BTreeMap::new();
        for one in &decided {
            *advised.entry(one.advised).or_default() += 1;
            if one.is_right() {
                continue;
            }
            let tally = pairs.entry((one.advised, one.decided)).or_default();
            tally.cases += 1;
            tally.automatic += i64::from(one.case.decision == Decision::Auto);
            tally.probabilities.push(one.probability);
        }
        let changed: i64 = pairs.values().map(|tally| tally.cases).sum();
        let row = |((from, to), tally): (&(&str, &str), &Tally)| {
            let share = Rate { hits: tally.cases, of: advised.get(from).copied().unwrap_or_default() }.share();
            pair(asked, ground, (from, to), tally, share)
        };
        let mut rows: Vec<Change> = pairs.iter().map(row).collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.cases.cases));
        rows.truncate(asked.top);
        let link = |more: &[(&'static str, &str)]| link(asked, more);
        Ok(Changes {
            from: asked.scope.from,
            to: asked.scope.to,
            as_of: now,
            question: asked.question,
            ruling: asked.loosest,
            changed: RateBody::told(
                Rate { hits: changed, of: decided.len() as i64 },
                link(&[("right", "false")]),
                link(&[]),
            ),
            rest: changed - rows.iter().map(|row| row.cases.cases).sum::<i64>(),
            pairs: rows,
        })
    }
}

fn link(asked: &AskedQuality, more: &[(&'static str, &str)]) -> String {
    let rulings = asked.rulings();
    let mut all: Vec<(&'static str, &str)> = comparable(asked.question);
    all.push(("ruling", rulings.as_str()));
    all.extend_from_slice(more);
    asked.scope.link_with(&all)
}

fn pair(asked: &AskedQuality, ground: Ground, (from, to): (&str, &str), tally: &Tally, share: Option<f64>) -> Change {
    let named = |code: &str| Named { code: code.to_owned(), name: called(asked.question, code, ground.taxonomy) };
    let own = [("advised", from), ("decided", to)];
    let mut probabilities = tally.probabilities.clone();
    // In one order, so that the sum does not hang on how cases came.
    probabilities.sort_by(f64::total_cmp);
    Change {
        advised: named(from),
        decided: named(to),
        cases: Cases { cases: tally.cases, link: link(asked, &own) },
        automatic: Cases { cases: tally.automatic, link: link(asked, &[own[0], own[1], ("automatic", "true")]) },
        share,
        probability: probabilities.iter().sum::<f64>() / tally.cases.max(1) as f64,
    }
}

impl Changes {
    /// A row for each pair.
    pub fn table(&self) -> Table {
        let columns = vec![
            column("advised", "建议代码", Holds::Words, "建议的"),
            column("advised_name", "建议", Holds::Words, "名称"),
            column("decided", "认定代码", Holds::Words, "人工认定的"),
            column("decided_name", "认定", Holds::Words, "名称"),
            column("cases", "件数", Holds::Count, "从建议改到认定的"),
            column("automatic", "自动派单", Holds::Count, "其中自动派单的"),
            column("share", "占同一建议", Holds::Share, "占同一建议的已认定案件的比例"),
            column("probability", "平均概率", Holds::Share, "建议的概率"),
        ];
        let row = |row: &Change| {
            vec![
                Cell::Words(row.advised.code.clone()),
                Cell::Words(row.advised.name.clone()),
                Cell::Words(row.decided.code.clone()),
                Cell::Words(row.decided.name.clone()),
                Cell::Count(row.cases.cases),
                Cell::Count(row.automatic.cases),
                row.share.map_or(Cell::Blank, Cell::Share),
                Cell::Share(row.probability),
            ]
        };
        Table { title: "改动", columns, rows: self.pairs.iter().map(row).collect() }
    }
}
