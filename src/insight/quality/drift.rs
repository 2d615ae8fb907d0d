//! Drift (漂移): whether what comes in and what is said of it is spread as in the time before.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, FixedOffset, TimeDelta};
use serde::Serialize;
use utoipa::ToSchema;

use super::vocabulary::Vocabulary;
use super::{AskedQuality, called, number};
use crate::analytics::quality::{Class, LARGE, MODERATE, Shift, Sides, psi, quantile};
use crate::analytics::{Period, Rate};
use crate::case::{Aspect, Decision, Hindsight, NONE, Scope};
use crate::dataset::export::{Cell, Holds, column};
use crate::error::Result;
use crate::insight::{Cases, Ground, Insight, RateBody, Table};

/// Level-1 codes are so long.
const LEVEL_1: usize = 2;
/// Where the bins of probability begin; the last goes up to 1.
const SURE: [f64; 8] = [0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99];
/// Where the bins of length begin, in characters.
const LENGTHS: [u32; 6] = [0, 50, 100, 200, 400, 800];

/// 漂移：本期与基期相比，来件和建议的构成变了多少。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Drift {
    pub now: Side,
    /// 基期：紧接本期之前
    pub before: Side,
    /// 通用界限：低于 0.1 变化很小，0.25 以上变化很大（Siddiqi 2006）
    pub moderate: f64,
    pub large: f64,
    /// 各项构成
    pub measures: Vec<Measure>,
    /// 新词
    pub vocabulary: Vocabulary,
    /// 没有模型时给出的建议所占比例：本期、基期
    pub degraded: RateBody,
    pub degraded_before: RateBody,
    /// 正文长度（字）：本期、基期；没有案件时为 null
    pub length: Option<Lengths>,
    pub length_before: Option<Lengths>,
    /// 一句话
    pub sentence: String,
}

/// 一段时间及其案件。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Side {
    pub from: DateTime<FixedOffset>,
    pub to: DateTime<FixedOffset>,
    pub cases: Cases,
}

/// 正文长度，字。
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct Lengths {
    pub median: f64,
    pub p10: f64,
    pub p90: f64,
}

/// 一项构成变了多少。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Measure {
    /// domain 建议的一级分类、unit 建议的单位、decision 处置建议、probability 建议单位的概率、channel 来件渠道、length 正文长度
    pub measure: String,
    pub name: String,
    pub state: DriftState,
    /// 群体稳定性指数；任一期没有案件，或只有一类时为 null
    pub psi: Option<f64>,
    /// 没有变化时它平均会有多大：(类数−1)(1/n+1/m)
    pub by_chance: Option<f64>,
    /// 临界值：没有变化时它 20 次里约有 1 次超过这里（Yurdakul 2018）；不超过即偶然可以解释
    pub critical: Option<f64>,
    /// 一句话
    pub sentence: String,
    /// 各类，变化大的在前；太小的合为一类
    pub classes: Vec<ClassShift>,
}

/// 变化程度：stable 偶然可以解释、slight 变化很小、moderate 有变化、large 变化很大、unknown 件数不足。
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DriftState {
    Unknown,
    Stable,
    Slight,
    Moderate,
    Large,
}

/// 一类的变化。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ClassShift {
    /// 代码；合并的小类为 null
    pub code: Option<String>,
    pub name: String,
    pub now: i64,
    pub before: i64,
    pub now_share: f64,
    pub before_share: f64,
    /// 对指数的贡献
    pub adds: f64,
    /// 本期这一类的案件；没有这样的列表时为 null
    pub now_link: Option<String>,
    pub before_link: Option<String>,
}

/// One thing that cases are spread by.
struct By {
    measure: &'static str,
    name: &'static str,
    /// The class of a case; none where it does not count.
    class: fn(&Hindsight) -> Option<String>,
    called: fn(&str, Ground) -> String,
    link: fn(&Scope, &str) -> Option<String>,
}

const ALL: [By; 6] = [
    By { measure: "domain", name: "建议的一级分类", class: domain, called: domain_name, link: domain_link },
    By { measure: "unit", name: "建议的单位", class: unit, called: unit_name, link: unit_link },
    By { measure: "decision", name: "处置建议", class: decision, called: decision_name, link: decision_link },
    By { measure: "probability", name: "建议单位的概率", class: sure, called: sure_name, link: sure_link },
    By { measure: "channel", name: "来件渠道", class: channel, called: channel_name, link: channel_link },
    By { measure: "length", name: "正文长度", class: length, called: length_name, link: |_, _| None },
];

impl DriftState {
    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            DriftState::Unknown => "件数不足",
            DriftState::Stable => "平稳",
            DriftState::Slight => "略有变化",
            DriftState::Moderate => "有变化",
            DriftState::Large => "变化很大",
        }
    }

    fn of(shift: &Shift) -> Self {
        match shift.psi {
            psi if psi <= shift.critical => DriftState::Stable,
            psi if psi < MODERATE => DriftState::Slight,
            psi if psi < LARGE => DriftState::Moderate,
            _ => DriftState::Large,
        }
    }
}

impl Insight {
    /// How far the period is from the one before.
    pub fn drift(&self, ground: Ground, asked: &AskedQuality, now: DateTime<FixedOffset>) -> Result<Drift> {
        let asked = &asked.dated(ground, now);
        let (here, there) = periods(asked, ground, now);
        let scopes =
            [here, there].map(|period| Scope { from: Some(period.from), to: Some(period.to), ..asked.scope.clone() });
        let [cases, before] = [self.judged(ground, &scopes[0])?, self.judged(ground, &scopes[1])?];
        let measures: Vec<Measure> = ALL.iter().map(|by| measure(by, ground, &scopes, &cases, &before)).collect();
        let degraded = |cases: &[Arc<Hindsight>], scope: &Scope| {
            let hits = cases.iter().filter(|case| case.degraded).count() as i64;
            RateBody::told(
                Rate { hits, of: cases.len() as i64 },
                scope.link_with(&[("degraded", "true")]),
                scope.link(),
            )
        };
        let side = |period: Period, scope: &Scope, cases: &[Arc<Hindsight>]| Side {
            from: period.from,
            to: period.to,
            cases: Cases { cases: cases.len() as i64, link: scope.link() },
        };
        Ok(Drift {
            now: side(here, &scopes[0], &cases),
            before: side(there, &scopes[1], &before),
            moderate: MODERATE,
            large: LARGE,
            sentence: sentence(&measures),
            measures,
            vocabulary: self.vocabulary(ground, &cases, &before)?,
            degraded: degraded(&cases, &scopes[0]),
            degraded_before: degraded(&before, &scopes[1]),
            length: lengths(&cases),
            length_before: lengths(&before),
        })
    }
}

/// The period up to now, and the one that it is held against.
fn periods(asked: &AskedQuality, ground: Ground, now: DateTime<FixedOffset>) -> (Period, Period) {
    let offset = ground.deadlines.offset();
    let to = asked.scope.to.unwrap_or(now).min(now).with_timezone(&offset);
    let from = asked.scope.from.map_or(to - TimeDelta::days(30), |from| from.with_timezone(&offset));
    let from = from.min(to - TimeDelta::milliseconds(1));
    let here = Period { from, to };
    let length = asked.base_days.map_or(to - from, TimeDelta::days);
    let begin = from.checked_sub_signed(length).unwrap_or(from);
    (here, Period { from: begin, to: from })
}

fn measure(
    by: &By,
    ground: Ground,
    scopes: &[Scope; 2],
    cases: &[Arc<Hindsight>],
    before: &[Arc<Hindsight>],
) -> Measure {
    let mut classes: BTreeMap<String, Sides> = BTreeMap::new();
    for class in cases.iter().filter_map(|case| (by.class)(case)) {
        classes.entry(class).or_default().now += 1;
    }
    for class in before.iter().filter_map(|case| (by.class)(case)) {
        classes.entry(class).or_default().before += 1;
    }
    let classes = classes.into_iter().map(|(code, cases)| Class { code: Some(code), cases });
    let shift = psi(classes.collect());
    let state = shift.as_ref().map_or(DriftState::Unknown, DriftState::of);
    let mut shown: Vec<ClassShift> = shift.iter().flat_map(|shift| shown(by, ground, scopes, shift)).collect();
    shown.sort_by(|a, b| b.adds.total_cmp(&a.adds));
    Measure {
        measure: by.measure.to_owned(),
        name: by.name.to_owned(),
        state,
        psi: shift.as_ref().map(|shift| shift.psi),
        by_chance: shift.as_ref().map(|shift| shift.by_chance),
        critical: shift.as_ref().map(|shift| shift.critical),
        sentence: told(by.name, shift.as_ref(), state, &shown),
        classes: shown,
    }
}

fn shown(by: &By, ground: Ground, scopes: &[Scope; 2], shift: &Shift) -> Vec<ClassShift> {
    let all = shift.all;
    let share = |cases: u64, of: u64| cases as f64 / of as f64;
    let one = |one: &crate::analytics::quality::Shifted| {
        let Sides { before, now } = one.class.cases;
        let code = one.class.code.as_deref();
        let link = |scope: &Scope| code.and_then(|code| (by.link)(scope, code));
        ClassShift {
            code: one.class.code.clone(),
            name: code.map_or_else(|| "其余各类".to_owned(), |code| (by.called)(code, ground)),
            now: now as i64,
            before: before as i64,
            now_share: share(now, all.now),
            before_share: share(before, all.before),
            adds: one.adds,
            now_link: link(&scopes[0]),
            before_link: link(&scopes[1]),
        }
    };
    shift.classes.iter().map(one).collect()
}

fn told(name: &str, shift: Option<&Shift>, state: DriftState, shown: &[ClassShift]) -> String {
    let Some(shift) = shift else { return format!("{name}：两期件数不足以比较。") };
    let value = format!("PSI {:.3}，临界值 {:.3}", shift.psi, shift.critical);
    if state == DriftState::Stable {
        return format!("{name}：平稳，差别偶然即可解释（{value}）。");
    }
    let most = shown.first().map_or_else(String::new, |most| {
        let (before, now) = (100.0 * most.before_share, 100.0 * most.now_share);
        format!("；变化最大的是{}，从 {before:.1}% 到 {now:.1}%", most.name)
    });
    format!("{name}：{}（{value}）{most}。", state.name())
}

/// What changed most, or that nothing did.
fn sentence(measures: &[Measure]) -> String {
    let changed: Vec<&str> = measures
        .iter()
        .filter(|measure| measure.state >= DriftState::Moderate)
        .map(|measure| measure.name.as_str())
        .collect();
    let known = measures.iter().filter(|measure| measure.state > DriftState::Unknown).count();
    match (changed.is_empty(), known) {
        (_, 0) => "两期件数不足以比较。".to_owned(),
        (true, _) => format!("{known} 项构成与基期相比没有值得注意的变化。"),
        (false, _) => format!("有变化的：{}。", changed.join("、")),
    }
}

fn lengths(cases: &[Arc<Hindsight>]) -> Option<Lengths> {
    let mut lengths: Vec<u32> = cases.iter().map(|case| case.length).collect();
    lengths.sort_unstable();
    let at = |share| quantile(&lengths, share);
    Some(Lengths { median: at(0.5)?, p10: at(0.1)?, p90: at(0.9)? })
}

// ── what cases are spread by ────────────────────────────────────────────────────────────────────────────────────

fn domain(case: &Hindsight) -> Option<String> {
    let advised = case.category.advised.as_deref();
    Some(advised.and_then(|code| code.get(..LEVEL_1)).unwrap_or(NONE).to_owned())
}

fn domain_name(code: &str, ground: Ground) -> String {
    let known = ground.taxonomy.domain(code).map(|domain| domain.name.clone());
    known.unwrap_or_else(|| called(Aspect::Category, code, ground.taxonomy))
}

fn domain_link(scope: &Scope, code: &str) -> Option<String> {
    Some(scope.link_with(&[("judged", "category"), ("advised", code)]))
}

fn unit(case: &Hindsight) -> Option<String> {
    Some(case.unit.advised.as_deref().unwrap_or(NONE).to_owned())
}

fn unit_name(code: &str, ground: Ground) -> String {
    called(Aspect::Unit, code, ground.taxonomy)
}

fn unit_link(scope: &Scope, code: &str) -> Option<String> {
    Some(scope.link_with(&[("judged", "unit"), ("advised", code)]))
}

const DECISIONS: [(Decision, &str, &str); 5] = super::decisions::DECISIONS;

fn decision(case: &Hindsight) -> Option<String> {
    DECISIONS.iter().find(|(decision, ..)| *decision == case.decision).map(|(_, code, _)| (*code).to_owned())
}

fn decision_name(code: &str, _: Ground) -> String {
    DECISIONS.iter().find(|(_, known, _)| *known == code).map_or(code, |(.., name)| name).to_owned()
}

fn decision_link(scope: &Scope, code: &str) -> Option<String> {
    Some(scope.link_with(&[("decision", code)]))
}

/// By where the bin begins.
fn sure(case: &Hindsight) -> Option<String> {
    let probability = case.unit.probability?;
    SURE.iter().rev().find(|from| **from <= probability).map(|from| number(*from))
}

fn ends(from: &str) -> Option<f64> {
    let at = SURE.iter().position(|known| number(*known) == from)?;
    SURE.get(at + 1).copied()
}

fn sure_name(code: &str, _: Ground) -> String {
    match ends(code) {
        Some(below) => format!("{code} 至 {}", number(below)),
        None => format!("{code} 以上"),
    }
}

fn sure_link(scope: &Scope, code: &str) -> Option<String> {
    let below = ends(code).map(number);
    let mut more = vec![("judged", "unit"), ("probability_from", code)];
    more.extend(below.as_deref().map(|below| ("probability_below", below)));
    Some(scope.link_with(&more))
}

fn channel(case: &Hindsight) -> Option<String> {
    Some(case.channel.as_deref().unwrap_or(NONE).to_owned())
}

fn channel_name(code: &str, _: Ground) -> String {
    if code == NONE { "未注明".to_owned() } else { code.to_owned() }
}

fn channel_link(scope: &Scope, code: &str) -> Option<String> {
    Some(Scope { channel: Some(code.to_owned()), ..scope.clone() }.link())
}

/// By where the bin begins, so written that bins sort.
fn length(case: &Hindsight) -> Option<String> {
    LENGTHS.iter().rev().find(|from| **from <= case.length).map(|from| format!("{from:03}"))
}

fn length_name(code: &str, _: Ground) -> String {
    let from: u32 = code.parse().unwrap_or_default();
    match LENGTHS.iter().find(|other| **other > from) {
        Some(below) => format!("{from} 至 {} 字", below - 1),
        None => format!("{from} 字以上"),
    }
}

impl Drift {
    /// A row for each class of each measure.
    pub fn table(&self) -> Table {
        let columns = vec![
            column("measure", "项目", Holds::Words, "看什么的构成"),
            column("state", "变化", Holds::Words, "程度"),
            column("psi", "PSI", Holds::Number, "群体稳定性指数"),
            column("critical", "临界值", Holds::Number, "没有变化时 20 次里约有 1 次超过"),
            column("class", "类", Holds::Words, "其中一类"),
            column("now", "本期件数", Holds::Count, "件数"),
            column("before", "基期件数", Holds::Count, "件数"),
            column("now_share", "本期占比", Holds::Share, "比例"),
            column("before_share", "基期占比", Holds::Share, "比例"),
            column("adds", "贡献", Holds::Number, "对指数的贡献"),
        ];
        let number = |number: Option<f64>| number.map_or(Cell::Blank, Cell::Number);
        let row = |measure: &Measure, class: &ClassShift| {
            vec![
                Cell::Words(measure.name.clone()),
                Cell::Words(measure.state.name().to_owned()),
                number(measure.psi),
                number(measure.critical),
                Cell::Words(class.name.clone()),
                Cell::Count(class.now),
                Cell::Count(class.before),
                Cell::Share(class.now_share),
                Cell::Share(class.before_share),
                Cell::Number(class.adds),
            ]
        };
        let rows =
            self.measures.iter().flat_map(|measure| measure.classes.iter().map(move |class| row(measure, class)));
        Table { title: "漂移", columns, rows: rows.collect() }
    }
}
