//! What was advised against what was decided: by ruling, by decision, over the threshold, and by probability.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, FixedOffset};
use serde::Serialize;
use utoipa::ToSchema;

use super::{AskedQuality, Decided, all_decided, comparable, decided, number, rate_cells, rate_columns};
use crate::analytics::Rate;
use crate::analytics::quality::{Answer, calibration, curve};
use crate::case::{Aspect, Decision, Hindsight, Ruling};
use crate::dataset::export::{Cell, Holds, column};
use crate::error::Result;
use crate::insight::{Cases, Ground, Insight, RateBody, Table};

const DAY_MS: f64 = 86_400_000.0;

/// 现行阈值，0 到 1。
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct Bounds {
    /// 自动派单：牵头单位的概率不低于它，且没有须人工的情形
    pub auto: f64,
    /// 建议派单：低于它由人工派单
    pub suggest: f64,
}

/// 建议质量：人工认定的案件里，建议有多少与认定相同。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Quality {
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
    /// 全部案件
    pub cases: Cases,
    /// 准确率：已认定的案件里，建议与认定相同的
    pub right: RateBody,
    /// 其中有多少已认定
    pub decided: RateBody,
    /// 按认定的依据分，从严到宽
    pub rulings: Vec<RulingRow>,
    /// 按当时的处置建议分；`auto` 一行就是自动派单的实际准确率。紧急转接和告知渠道由规则定，不计入其余各项的单位准确率
    pub decisions: Vec<DecisionRow>,
    /// 按给出建议的模型分
    pub models: Vec<ModelRow>,
    /// 现行阈值；看分类时仍是牵头单位的阈值
    pub bounds: Bounds,
    /// 概率达到自动派单阈值的案件里，因规则须人工的（保护、敏感、属地不明等）占多少，不含紧急转接和告知渠道；看分类时为 null
    pub held: Option<RateBody>,
    /// 平均每天多少件
    pub per_day: Option<f64>,
    /// 覆盖率—准确率曲线：若把阈值设在各处
    pub curve: Vec<CurvePoint>,
    pub calibration: Reliability,
    /// 说明
    pub note: String,
}

/// 由一种依据认定的。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RulingRow {
    pub ruling: Ruling,
    pub name: String,
    pub right: RateBody,
}

/// 当时处置建议相同的。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DecisionRow {
    pub decision: Decision,
    pub name: String,
    pub cases: Cases,
    pub right: RateBody,
}

/// 同一版模型给出建议的。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ModelRow {
    pub version: String,
    pub cases: i64,
    pub decided: i64,
    pub right: i64,
}

/// 阈值设在一处会怎样。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CurvePoint {
    pub threshold: f64,
    /// 概率达到阈值的案件，不论是否已认定
    pub reached: Cases,
    /// 占全部案件的比例
    pub coverage: Option<f64>,
    /// 估计可自动派单的占全部案件的比例：扣除因规则须人工的；看分类时与 coverage 相同
    pub automatic: Option<f64>,
    /// 达到阈值且已认定的案件里，建议与认定相同的
    pub right: RateBody,
    /// 估计平均每天自动派单多少件、其中派错多少件及其区间
    pub automatic_per_day: Option<f64>,
    pub wrong_per_day: Option<f64>,
    pub wrong_per_day_low: Option<f64>,
    pub wrong_per_day_high: Option<f64>,
}

/// 概率是否名副其实（校准）。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Reliability {
    /// 期望校准误差（等件数分箱）；没有已认定的案件时为 null
    pub error: Option<f64>,
    /// 即使概率完全准确，全凭偶然也会有的误差
    pub by_chance: Option<f64>,
    /// 概率由低到高
    pub bins: Vec<CalibrationBin>,
}

/// 概率相近的案件。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CalibrationBin {
    pub from: f64,
    pub to: f64,
    /// 平均概率：模型说的
    pub said: f64,
    /// 人认定的
    pub right: RateBody,
}

impl Bounds {
    /// As they are written: suggestions tell their probabilities by the shortest number too, so that what reached a bound
    /// is not below it.
    pub fn of(auto: f32, suggest: f32) -> Self {
        let written = |bound: f32| bound.to_string().parse().unwrap_or(f64::from(bound));
        Self { auto: written(auto), suggest: written(suggest) }
    }
}

impl Insight {
    /// How right advice was.
    pub fn quality(&self, ground: Ground, asked: &AskedQuality, now: DateTime<FixedOffset>) -> Result<Quality> {
        let asked = &asked.dated(ground, now);
        let cases = self.judged(ground, &asked.scope)?;
        let decided = decided(&cases, asked);
        let held = (asked.question == Aspect::Unit).then(|| held(asked, &cases));
        let per_day = per_day(&cases, asked, now);
        let answers: Vec<Answer> =
            decided.iter().map(|one| Answer { probability: one.probability, is_right: one.is_right() }).collect();
        let all = cases.len() as i64;
        Ok(Quality {
            from: asked.scope.from,
            to: asked.scope.to,
            as_of: now,
            question: asked.question,
            ruling: asked.loosest,
            cases: Cases { cases: all, link: asked.scope.link() },
            right: linked(asked, &asked.rulings(), rate(decided.iter()), &[]),
            decided: RateBody::told(
                Rate { hits: decided.len() as i64, of: all },
                list(asked, &asked.rulings(), &[]),
                asked.scope.link(),
            ),
            rulings: rulings(asked, &decided),
            decisions: decisions(asked, &cases),
            models: models(&cases, &decided),
            bounds: asked.bounds,
            curve: points(asked, &cases, &answers, held.as_ref(), per_day),
            calibration: reliability(asked, &answers),
            note: note(asked),
            held,
            per_day,
        })
    }
}

/// The list of cases decided by these rulings that can be right or wrong, with more conditions; a later one of the same
/// name counts.
fn list(asked: &AskedQuality, rulings: &str, more: &[(&'static str, &str)]) -> String {
    let mut all: Vec<(&'static str, &str)> = comparable(asked.question);
    all.push(("ruling", rulings));
    all.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    all.extend(more.iter().filter(|(_, value)| !value.is_empty()));
    asked.scope.link_with(&all)
}

fn rate<'d>(of: impl Iterator<Item = &'d Decided<'d>>) -> Rate {
    of.fold(Rate::default(), |rate, one| Rate { hits: rate.hits + i64::from(one.is_right()), of: rate.of + 1 })
}

/// With the lists of right ones and of all: decided cases of this condition.
fn linked(asked: &AskedQuality, rulings: &str, rate: Rate, link: &[(&'static str, &str)]) -> RateBody {
    let mut hits = link.to_vec();
    hits.push(("right", "true"));
    RateBody::told(rate, list(asked, rulings, &hits), list(asked, rulings, link))
}

fn rulings(asked: &AskedQuality, decided: &[Decided]) -> Vec<RulingRow> {
    let row = |ruling: Ruling| {
        let own = rate(decided.iter().filter(|one| one.ruling == ruling));
        RulingRow { ruling, name: ruling.name().to_owned(), right: linked(asked, ruling.code(), own, &[]) }
    };
    let fits = |ruling: &Ruling| asked.question == Aspect::Unit || *ruling != Ruling::Answered;
    asked.loosest.and_stricter().filter(fits).map(row).collect()
}

pub(super) const DECISIONS: [(Decision, &str, &str); 5] = [
    (Decision::Auto, "auto", "自动派单"),
    (Decision::Suggest, "suggest", "建议派单"),
    (Decision::Manual, "manual", "人工派单"),
    (Decision::TransferEmergency, "transfer_emergency", "紧急转接"),
    (Decision::Redirect, "redirect", "告知渠道"),
];

fn decisions(asked: &AskedQuality, cases: &[Arc<Hindsight>]) -> Vec<DecisionRow> {
    let decided = all_decided(cases, asked);
    let row = |(decision, code, name): &(Decision, &'static str, &str)| {
        let count = cases.iter().filter(|case| case.decision == *decision).count() as i64;
        let own = rate(decided.iter().filter(|one| one.case.decision == *decision));
        (count > 0).then(|| DecisionRow {
            decision: *decision,
            name: (*name).to_owned(),
            cases: Cases { cases: count, link: asked.scope.link_with(&[("decision", code)]) },
            right: linked(asked, &asked.rulings(), own, &[("decision", code), ("routed", "")]),
        })
    };
    DECISIONS.iter().filter_map(row).collect()
}

fn models(cases: &[Arc<Hindsight>], decided: &[Decided]) -> Vec<ModelRow> {
    let mut models: BTreeMap<&str, ModelRow> = BTreeMap::new();
    for case in cases {
        let row = models.entry(&case.model).or_insert_with(|| ModelRow {
            version: case.model.to_string(),
            cases: 0,
            decided: 0,
            right: 0,
        });
        row.cases += 1;
    }
    for one in decided {
        if let Some(row) = models.get_mut(&*one.case.model) {
            row.decided += 1;
            row.right += i64::from(one.is_right());
        }
    }
    models.into_values().collect()
}

/// Cases as sure as the threshold, and those of them that were not dispatched automatically all the same.
fn held(asked: &AskedQuality, cases: &[Arc<Hindsight>]) -> RateBody {
    let auto = asked.bounds.auto;
    let is_sure = |case: &&Arc<Hindsight>| case.is_routed() && case.unit.probability.is_some_and(|p| p >= auto);
    let of = cases.iter().filter(is_sure).count() as i64;
    let sent = cases.iter().filter(is_sure).filter(|case| case.decision == Decision::Auto).count() as i64;
    let auto = number(auto);
    let link = |more: &[(&'static str, &str)]| {
        let mut all = vec![("judged", Aspect::Unit.code()), ("probability_from", auto.as_str()), ("routed", "true")];
        all.extend_from_slice(more);
        asked.scope.link_with(&all)
    };
    RateBody::told(Rate { hits: of - sent, of }, link(&[("automatic", "false")]), link(&[]))
}

/// Over the part of the period that is past, from its beginning or from the first case on.
fn per_day(cases: &[Arc<Hindsight>], asked: &AskedQuality, now: DateTime<FixedOffset>) -> Option<f64> {
    let first = cases.iter().map(|case| case.received_at).min()?;
    let from = asked.scope.from.map_or(first, |from| from.timestamp_millis()).max(first);
    let to = asked.scope.to.unwrap_or(now).min(now).timestamp_millis();
    let days = (to - from) as f64 / DAY_MS;
    // Of less than a day nothing is said for a day.
    (days >= 1.0).then(|| cases.len() as f64 / days)
}

/// Each hundredth, two where most answers lie, and where the service acts.
fn thresholds(bounds: Bounds) -> Vec<f64> {
    let mut all: Vec<f64> = (0..100).map(|n| f64::from(n) / 100.0).chain([0.995, 0.999, bounds.auto]).collect();
    all.sort_by(f64::total_cmp);
    all.dedup();
    all
}

fn points(
    asked: &AskedQuality,
    cases: &[Arc<Hindsight>],
    answers: &[Answer],
    held: Option<&RateBody>,
    per_day: Option<f64>,
) -> Vec<CurvePoint> {
    let mut sure: Vec<f64> = cases.iter().filter_map(|case| advised(case, asked.question)).collect();
    sure.sort_by(f64::total_cmp);
    let all = cases.len() as i64;
    let rulings = asked.rulings();
    let free = 1.0 - held.and_then(|held| held.rate).unwrap_or(0.0);
    let point = |told: crate::analytics::quality::Point| {
        let threshold = number(told.threshold);
        let reached = (sure.len() - sure.partition_point(|p| *p < told.threshold)) as i64;
        let mut link = comparable(asked.question);
        link.retain(|(name, _)| *name != "probability_from");
        let mut link: Vec<(&'static str, &str)> = link;
        link.push(("probability_from", &threshold));
        let coverage = Rate { hits: reached, of: all }.share();
        let automatic = coverage.map(|coverage| coverage * free);
        let automatic_per_day = automatic.zip(per_day).map(|(share, per_day)| share * per_day);
        let right = linked(asked, &rulings, told.right, &[("probability_from", &threshold)]);
        let wrong = |right: Option<f64>| automatic_per_day.zip(right).map(|(sent, right)| sent * (1.0 - right));
        CurvePoint {
            threshold: told.threshold,
            reached: Cases { cases: reached, link: asked.scope.link_with(&link) },
            coverage,
            automatic,
            automatic_per_day,
            wrong_per_day: wrong(right.rate),
            wrong_per_day_low: wrong(right.high),
            wrong_per_day_high: wrong(right.low),
            right,
        }
    };
    curve(answers, &thresholds(asked.bounds)).into_iter().map(point).collect()
}

/// How sure the advice was; none where it is no question of probability.
fn advised(case: &Hindsight, question: Aspect) -> Option<f64> {
    case.of(question).probability.filter(|_| question != Aspect::Unit || case.is_routed())
}

fn reliability(asked: &AskedQuality, answers: &[Answer]) -> Reliability {
    let (told, rulings) = (calibration(answers), asked.rulings());
    let bin = |at: usize| {
        let bin = &told.bins[at];
        let from = number(bin.from);
        let below = told.bins.get(at + 1).map(|next| number(next.from));
        let mut link = vec![("probability_from", from.as_str())];
        link.extend(below.as_deref().map(|below| ("probability_below", below)));
        CalibrationBin { from: bin.from, to: bin.to, said: bin.said, right: linked(asked, &rulings, bin.right, &link) }
    };
    Reliability { error: told.error, by_chance: told.by_chance, bins: (0..told.bins.len()).map(bin).collect() }
}

fn note(asked: &AskedQuality) -> String {
    let by: Vec<&str> = asked.loosest.and_stricter().map(Ruling::name).collect();
    let loose = match asked.loosest {
        Ruling::Settled => "审定的多是有争议的，准确率因此偏低。",
        Ruling::Said => "反馈采纳可能没有细看，准确率因此偏高；审定的多是有争议的，单看审定则偏低。",
        Ruling::Answered => {
            "没有人反对即算正确：反馈采纳可能没有细看，单位也可能代办了别家的事，准确率因此偏高；审定的多是有争议的，\
             单看审定则偏低。"
        }
    };
    let rules = match asked.question {
        Aspect::Unit => "紧急转接和告知渠道由规则定去向，不在其中。",
        Aspect::Category => "",
    };
    format!("只计已认定的案件，依据：{}，取最严的一种。{rules}{loose}", by.join("、"))
}

impl Quality {
    /// The curve.
    pub fn table(&self) -> Table {
        let mut columns = vec![
            column("threshold", "阈值", Holds::Number, "概率不低于它的都采用"),
            column("reached", "达到件数", Holds::Count, "概率达到阈值的案件，不论是否已认定"),
            column("coverage", "覆盖率", Holds::Share, "占全部案件的比例"),
            column("automatic", "可自动派比例", Holds::Share, "扣除因规则须人工的，估计"),
        ];
        columns.extend(rate_columns(
            ["right", "decided", "precision", "precision_low", "precision_high"],
            ["正确", "已认定", "准确率", "准确率下限", "准确率上限"],
        ));
        columns.push(column("automatic_per_day", "每天自动派", Holds::Number, "件，估计"));
        columns.push(column("wrong_per_day", "每天派错", Holds::Number, "件，估计"));
        let share = |share: Option<f64>| share.map_or(Cell::Blank, Cell::Share);
        let number = |number: Option<f64>| number.map_or(Cell::Blank, Cell::Number);
        let row = |point: &CurvePoint| {
            let mut cells = vec![
                Cell::Number(point.threshold),
                Cell::Count(point.reached.cases),
                share(point.coverage),
                share(point.automatic),
            ];
            cells.extend(rate_cells(&point.right));
            cells.extend([number(point.automatic_per_day), number(point.wrong_per_day)]);
            cells
        };
        Table { title: "覆盖率与准确率", columns, rows: self.curve.iter().map(row).collect() }
    }

    /// What the model said against what people decided.
    pub fn calibration_table(&self) -> Table {
        let mut columns = vec![
            column("from", "概率自", Holds::Number, "箱内最低"),
            column("to", "概率至", Holds::Number, "箱内最高"),
            column("said", "平均概率", Holds::Share, "模型说的"),
        ];
        columns.extend(rate_columns(
            ["right", "decided", "precision", "precision_low", "precision_high"],
            ["正确", "已认定", "准确率", "准确率下限", "准确率上限"],
        ));
        let row = |bin: &CalibrationBin| {
            let mut cells = vec![Cell::Number(bin.from), Cell::Number(bin.to), Cell::Share(bin.said)];
            cells.extend(rate_cells(&bin.right));
            cells
        };
        Table { title: "校准", columns, rows: self.calibration.bins.iter().map(row).collect() }
    }
}
