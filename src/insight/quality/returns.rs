//! Returns (退单): what units send back of what they were sent, and why.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, FixedOffset};
use serde::Serialize;
use utoipa::ToSchema;

use super::{AskedQuality, called, rate_cells, rate_columns};
use crate::analytics::Rate;
use crate::case::{ANY, Aspect, Hindsight, ReturnReason};
use crate::dataset::export::{Cell, Holds, column, column_of};
use crate::error::Result;
use crate::insight::{Cases, Ground, Insight, RateBody, Table};

/// 退单：派出的案件里，各单位退回了多少、因为什么。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Returns {
    /// 受理时间不早于
    pub from: Option<DateTime<FixedOffset>>,
    /// 受理时间早于
    pub to: Option<DateTime<FixedOffset>>,
    /// 截至何时
    pub as_of: DateTime<FixedOffset>,
    /// 退单率：派过单的案件里退过单的
    pub total: RateBody,
    /// 各种原因，按代码表的次序；没有的不列
    pub reasons: Vec<ReasonTotal>,
    /// 退过单的单位，按代码排列，不排名
    pub units: Vec<ReturnRow>,
}

/// 一种退单原因。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ReasonTotal {
    pub reason: ReturnReason,
    pub name: String,
    pub cases: Cases,
}

/// 一个单位的退单。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ReturnRow {
    pub code: String,
    pub name: String,
    /// 退单率：曾派给它的案件里，最后一次由它退回的
    pub returned: RateBody,
    /// 它的各种退单原因，多的在前
    pub reasons: Vec<ReasonCases>,
}

/// 一个单位因一种原因退回的。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ReasonCases {
    pub reason: ReturnReason,
    pub name: String,
    pub cases: Cases,
}

#[derive(Default)]
struct Tally {
    sent: i64,
    returned: i64,
    reasons: BTreeMap<usize, i64>,
}

impl Insight {
    /// What units sent back.
    pub fn returns(&self, ground: Ground, asked: &AskedQuality, now: DateTime<FixedOffset>) -> Result<Returns> {
        let asked = &asked.dated(ground, now);
        let cases = self.judged(ground, &asked.scope)?;
        let units = tallies(&cases);
        let sent = cases.iter().filter(|case| !case.sent_to.is_empty()).count() as i64;
        let returned = units.values().map(|tally| tally.returned).sum();
        let scope = &asked.scope;
        let reason = |(at, reason): (usize, &ReturnReason)| {
            let cases = units.values().filter_map(|tally| tally.reasons.get(&at)).sum();
            let link = scope.link_with(&[("return_reason", reason.code())]);
            (cases > 0).then(|| ReasonTotal {
                reason: *reason,
                name: reason.name().to_owned(),
                cases: Cases { cases, link },
            })
        };
        Ok(Returns {
            from: scope.from,
            to: scope.to,
            as_of: now,
            total: RateBody::told(
                Rate { hits: returned, of: sent },
                scope.link_with(&[("returned", "true")]),
                scope.link_with(&[("sent_to", ANY)]),
            ),
            reasons: ReturnReason::ALL.iter().enumerate().filter_map(reason).collect(),
            units: units
                .iter()
                .filter(|(_, tally)| tally.returned > 0)
                .map(|(code, tally)| row(asked, ground, code, tally))
                .collect(),
        })
    }
}

fn tallies(cases: &[Arc<Hindsight>]) -> BTreeMap<Arc<str>, Tally> {
    let mut units: BTreeMap<Arc<str>, Tally> = BTreeMap::new();
    for case in cases {
        for unit in &case.sent_to {
            units.entry(Arc::clone(unit)).or_default().sent += 1;
        }
        let Some(unit) = &case.returned_by else { continue };
        let tally = units.entry(Arc::clone(unit)).or_default();
        tally.returned += 1;
        let reason = ReturnReason::ALL.iter().position(|known| Some(*known) == case.return_reason);
        reason.into_iter().for_each(|at| *tally.reasons.entry(at).or_default() += 1);
    }
    units
}

fn row(asked: &AskedQuality, ground: Ground, code: &str, tally: &Tally) -> ReturnRow {
    let scope = &asked.scope;
    let reason = |(at, cases): (&usize, &i64)| {
        let reason = ReturnReason::ALL[*at];
        let link = scope.link_with(&[("returned_by", code), ("return_reason", reason.code())]);
        ReasonCases { reason, name: reason.name().to_owned(), cases: Cases { cases: *cases, link } }
    };
    let mut reasons: Vec<ReasonCases> = tally.reasons.iter().map(reason).collect();
    reasons.sort_by_key(|one| std::cmp::Reverse(one.cases.cases));
    ReturnRow {
        code: code.to_owned(),
        name: called(Aspect::Unit, code, ground.taxonomy),
        returned: RateBody::told(
            Rate { hits: tally.returned, of: tally.sent },
            scope.link_with(&[("returned_by", code)]),
            scope.link_with(&[("sent_to", code)]),
        ),
        reasons,
    }
}

impl Returns {
    /// A row for each unit, a column for each reason; the total last.
    pub fn table(&self) -> Table {
        let mut columns =
            vec![column("code", "代码", Holds::Words, "单位"), column("name", "名称", Holds::Words, "名称")];
        columns.extend(rate_columns(
            ["returned", "sent", "return_rate", "return_rate_low", "return_rate_high"],
            ["退单", "派出", "退单率", "退单率下限", "退单率上限"],
        ));
        let reasons = self.reasons.iter().map(|reason| {
            column_of(reason.reason.code().to_owned(), reason.name.clone(), Holds::Count, "因此退回的件数")
        });
        columns.extend(reasons);
        let row = |row: &ReturnRow| {
            let mut cells = vec![Cell::Words(row.code.clone()), Cell::Words(row.name.clone())];
            cells.extend(rate_cells(&row.returned));
            cells.extend(self.reasons.iter().map(|total| {
                let own = row.reasons.iter().find(|one| one.reason == total.reason);
                Cell::Count(own.map_or(0, |one| one.cases.cases))
            }));
            cells
        };
        let mut total = vec![Cell::Words("total".to_owned()), Cell::Words("合计".to_owned())];
        total.extend(rate_cells(&self.total));
        total.extend(self.reasons.iter().map(|reason| Cell::Count(reason.cases.cases)));
        Table { title: "退单", columns, rows: self.units.iter().map(row).chain([total]).collect() }
    }
}
