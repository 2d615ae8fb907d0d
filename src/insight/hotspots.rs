//! Hotspots (热点): what is told much, by many, more than usual and badly, each with why it is hot, where, who is in charge,
//! how far it is, and exactly its cases.

mod options;
mod tables;

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, TimeDelta};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Ground, Insight};
use crate::analytics::{Asked, Formula, Over, Parts, Scale, Signs, Subject, Tally, Weights, rank, tallies, usual_z};
use crate::case::{Issue, NONE, Scope};
use crate::error::Result;
use crate::store::{Glimpse, Named};
use crate::taxonomy::Taxonomy;
pub use options::Options;
pub use tables::Shape;

/// What marks a case as grave, and as told before.
const SIGNS: Signs = Signs { urgent: &["urgent", "critical"], grave: &["life_safety", "threat"], again: &["repeat"] };
/// Of one hotspot, how many cases are looked at for its keywords, and how many keywords and units are told.
const LOOKED_AT: usize = 100;
const KEYWORDS: usize = 6;
const UNITS: usize = 3;
/// A change is told in percent from so many cases on: below, it says nothing.
const LEAST_BASE: u32 = 20;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct HotspotsAsked {
    /// Where it has no times, the days of the settings up to `as_of`.
    pub scope: Scope,
    pub over: Over,
    pub as_of: DateTime<FixedOffset>,
    pub formula: Formula,
    /// What the parts of the index weigh; as set where there are none.
    pub weights: Option<Weights>,
    /// At most so many, the hottest.
    pub top: usize,
}

/// 热点排名。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Hotspots {
    /// 统计期：受理时间不早于
    pub from: DateTime<FixedOffset>,
    /// 统计期：受理时间早于
    pub to: DateTime<FixedOffset>,
    /// 截至何时：此后受理的、此后办理的不计；诉求组和回访评价按现在所知
    pub as_of: DateTime<FixedOffset>,
    /// event 诉求组；cell 二级分类 × 区县；street 二级分类 × 街道
    pub over: &'static str,
    /// 热度按哪个公式
    pub formula: Used,
    /// 统计期内达到 hotspots.least_cases 件的热点数，`rows` 只列前 `top` 个
    pub total: usize,
    /// 最热的在前
    pub rows: Vec<Hotspot>,
}

/// 所用的公式，及 V、B、P、S、R 的权重和参数。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Used {
    pub code: &'static str,
    /// N 件数；天数为首件到末件
    pub written: &'static str,
    pub weights: Weighed,
    /// 设置里的权重：没有另给时用它
    pub usual_weights: Weighed,
    /// 过多少小时，一件只算半件
    pub half_life_hours: f64,
    /// 折算后多少件（人）算满
    pub reference: f64,
}

/// 热度各部分的权重，即每部分最多占多少（×100 分）。
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct Weighed {
    pub volume: f64,
    pub burst: f64,
    pub people: f64,
    pub severity: f64,
    pub returns: f64,
}

impl From<&Weights> for Weighed {
    fn from(weights: &Weights) -> Self {
        let Weights { volume, burst, people, severity, returns } = *weights;
        Self { volume, burst, people, severity, returns }
    }
}

/// 一个热点。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Hotspot {
    /// 热度排名，从 1 起
    pub rank: usize,
    /// 问题 ID：诉求组编号，或 `分类代码@区县`、`分类代码@区县/街道`（没有的为 `-`）
    pub id: String,
    /// 热度指数，按所选公式；guikou 公式为 0–100
    pub heat: f64,
    /// 地点加问题
    pub title: String,
    /// 问题
    pub problem: String,
    /// 二级分类
    pub category: Option<Named>,
    pub district: Option<String>,
    /// 小区、道路等；街道一级的热点为街道
    pub place: Option<String>,
    /// 统计期内的首件、末件
    pub first_at: DateTime<FixedOffset>,
    pub last_at: DateTime<FixedOffset>,
    pub cases: u32,
    /// 人数：同一来电人只算一次，来电人不明的各算一人
    pub people: u32,
    pub growth: Growth,
    /// 为什么热：不论按哪个公式排名，都给出 guikou 公式的各部分
    pub parts: Shares,
    pub status: Progress,
    /// 归口单位，件数最多的三个
    pub units: Vec<InCharge>,
    pub keywords: Vec<String>,
    /// 最有代表性的一件的编号
    pub representative: Option<String>,
    /// 这些案件的列表
    pub link: String,
    /// The store's numbers of its cases.
    #[serde(skip)]
    pub arrivals: Vec<i64>,
}

/// 与上一个同样长的时段比。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Growth {
    /// 上一时段的件数；那时还没有案件入库的为 null
    pub before: Option<u32>,
    /// 增长的比例；上一时段不足 20 件的为 null
    pub change: Option<f64>,
}

/// 热度的各部分。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Shares {
    /// V 量：近的算得多，同一人在半衰期内只算一次
    pub volume: VolumePart,
    /// B 突增：比往常同一星期几、同样钟点多出多少
    pub burst: BurstPart,
    /// P 人：有多少不同的人
    pub people: PeoplePart,
    /// S 轻重：紧急或涉及安全的占多少
    pub severity: SeverityPart,
    /// R 反复：重复、超期或不满意的占多少
    pub returns: ReturnsPart,
}

/// V = ln(1+Σ2^(−时长/半衰期)) ÷ ln(1+参照)，最多为 1。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct VolumePart {
    /// Σ2^(−时长/半衰期)
    pub halved: f64,
    pub value: f64,
    /// 100 × 权重 × value
    pub points: f64,
}

/// B = z ÷ 6，在 0 与 1 之间。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BurstPart {
    /// (人数−μ)/√(μ+μ²/k+1)，与最多 8 个往周同一时段比；往周不足两个的为 null
    pub z: Option<f64>,
    pub value: f64,
    pub points: f64,
}

/// P = 人数÷件数 × ln(1+人数) ÷ ln(1+参照)，最多为 1。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PeoplePart {
    pub people: u32,
    pub value: f64,
    pub points: f64,
}

/// S = 紧急或涉及安全的件数 ÷ 件数。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SeverityPart {
    pub cases: u32,
    pub value: f64,
    pub points: f64,
}

/// R = 重复、超期或不满意的件数 ÷ 件数；兼有几样的只算一次。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ReturnsPart {
    /// 30 天内同一人再次反映，或自称反映过
    pub repeated: u32,
    /// 应答未答而过期限
    pub overdue: u32,
    /// 回访不满意
    pub unsatisfied: u32,
    pub value: f64,
    pub points: f64,
}

/// 办得怎样。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Progress {
    /// 已办结件数
    pub closed: u32,
    /// 办结率
    pub closed_share: f64,
    /// 已回访件数
    pub followed_up: u32,
    /// 其中满意或基本满意的件数
    pub satisfied: u32,
    /// 满意率，占已回访的；没有回访的为 null
    pub satisfied_share: Option<f64>,
}

/// 归口单位及其件数。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct InCharge {
    pub code: String,
    pub name: String,
    pub cases: u32,
}

/// A subject that was counted, and how hot it is.
struct Warm {
    tally: Tally,
    z: Option<f64>,
    parts: Parts,
    heat: f64,
}

impl Insight {
    /// The hottest events, or kinds of matters in places. How far a category in a district is above what is usual is told
    /// as [`Insight::bursts`] tells it; else, and where history is short, by the same weekdays of the past.
    pub fn hotspots(&self, ground: Ground, asked: &HotspotsAsked) -> Result<Hotspots> {
        let levels = self.levels(ground, asked.as_of)?;
        let z = |tally: &Tally| match &tally.subject {
            Subject::Cell { category: Some(category), district: Some(district) } => levels.z(category, district),
            _ => None,
        };
        self.hotspots_by(ground, asked, |tally| z(tally).or_else(|| usual_z(tally)))
    }

    /// The same, with `z` telling how far each subject is above what is usual; none where that is not known.
    pub fn hotspots_by(
        &self,
        ground: Ground,
        asked: &HotspotsAsked,
        z: impl Fn(&Tally) -> Option<f64>,
    ) -> Result<Hotspots> {
        let options = &self.options.hotspots;
        let here = |at: DateTime<FixedOffset>| at.with_timezone(&ground.deadlines.offset());
        let (from, to) = options.period(&asked.scope, asked.as_of);
        let (from, to, as_of) = (here(from), here(to), here(asked.as_of));
        let half_life = options.half_life(to.min(as_of) - from);
        let over = asked.over;
        let counted = Asked { scope: &asked.scope, over, from, to, as_of, half_life, signs: SIGNS };
        let until = counted.until();
        let usual = options.scale();
        let scale = Scale { weights: asked.weights.unwrap_or(usual.weights), ..usual };
        let tallies = tallies(&self.fresh(ground)?, &counted)?;
        let end = to.min(as_of).timestamp_millis();
        let warmed = |tally| warm(tally, &z, asked.formula, &scale, end);
        let many = tallies.into_iter().filter(|tally| tally.cases >= options.least_cases);
        let mut warm: Vec<Warm> = many.map(warmed).collect();
        rank(&mut warm, |warm| (warm.heat, &warm.tally));
        let total = warm.len();
        warm.truncate(asked.top);
        let scope = Scope { from: Some(from), to: Some(until), ..asked.scope.clone() };
        let rows = told(ground, &scope, warm, &scale)?;
        let formula = used(asked.formula, &scale, &usual.weights, half_life);
        Ok(Hotspots { from, to: until, as_of, over: over_code(over), formula, total, rows })
    }
}

/// On the wire and on the command line.
pub fn over_code(over: Over) -> &'static str {
    match over {
        Over::Event => "event",
        Over::Cell => "cell",
        Over::Street => "street",
    }
}

fn warm(tally: Tally, z: impl Fn(&Tally) -> Option<f64>, formula: Formula, scale: &Scale, end: i64) -> Warm {
    let z = z(&tally);
    let parts = Parts::of(&tally, z, scale);
    let heat = formula.heat(&tally, &parts, scale, end);
    Warm { tally, z, parts, heat }
}

fn used(formula: Formula, scale: &Scale, usual: &Weights, half_life: TimeDelta) -> Used {
    Used {
        code: formula.code(),
        written: formula.written(),
        weights: Weighed::from(&scale.weights),
        usual_weights: Weighed::from(usual),
        half_life_hours: half_life.num_minutes() as f64 / 60.0,
        reference: scale.reference,
    }
}

fn told(ground: Ground, scope: &Scope, warm: Vec<Warm>, scale: &Scale) -> Result<Vec<Hotspot>> {
    let event = |subject: &Subject| match subject {
        Subject::Event { issue } => Some(issue.clone()),
        _ => None,
    };
    let ids: Vec<String> = warm.iter().filter_map(|warm| event(&warm.tally.subject)).collect();
    let issues = ground.store.issues_called(&ids.iter().map(String::as_str).collect::<Vec<_>>())?;
    let tell = |(warm, rank): (Warm, usize)| {
        let glimpses = ground.store.glimpses(&warm.tally.arrivals, LOOKED_AT)?;
        let issue = event(&warm.tally.subject).and_then(|id| issues.get(&id));
        Ok(hotspot(ground, scope, warm, rank, issue, &glimpses, scale))
    };
    warm.into_iter().zip(1..).map(tell).collect()
}

fn hotspot(
    ground: Ground,
    scope: &Scope,
    warm: Warm,
    rank: usize,
    issue: Option<&Issue>,
    glimpses: &[Glimpse],
    scale: &Scale,
) -> Hotspot {
    let Warm { tally, z, parts, heat } = warm;
    let face = Face::of(&tally.subject, issue, ground.taxonomy);
    let at =
        |at: i64| DateTime::from_timestamp_millis(at).unwrap_or_default().with_timezone(&ground.deadlines.offset());
    let (keywords, typical) = typical(glimpses);
    let medoid = issue.map(|issue| &issue.medoid).filter(|id| glimpses.iter().any(|one| one.case == **id));
    Hotspot {
        rank,
        heat,
        first_at: at(tally.first_at),
        last_at: at(tally.last_at),
        cases: tally.cases,
        people: tally.people,
        growth: growth(&tally),
        parts: shares(&tally, z, &parts, scale),
        status: progress(&tally),
        units: in_charge(&tally, ground.taxonomy),
        keywords,
        representative: medoid.cloned().or(typical),
        link: tally.subject.scope(scope).link(),
        arrivals: tally.arrivals,
        id: face.id,
        title: face.title,
        problem: face.problem,
        category: face.category,
        district: face.district,
        place: face.place,
    }
}

/// What a hotspot is called.
struct Face {
    id: String,
    title: String,
    problem: String,
    category: Option<Named>,
    district: Option<String>,
    place: Option<String>,
}

impl Face {
    fn of(subject: &Subject, issue: Option<&Issue>, taxonomy: &Taxonomy) -> Self {
        match subject {
            Subject::Event { issue: id } => Self::of_event(id, issue, taxonomy),
            Subject::Cell { category, district } => {
                let (code, area) = (said(category), said(district));
                Self::of_cell(format!("{code}@{area}"), category, district, None, taxonomy)
            }
            Subject::Street { category, district, street } => {
                let id = format!("{}@{}/{street}", said(category), said(district));
                Self::of_cell(id, category, district, Some(street.clone()), taxonomy)
            }
        }
    }

    fn of_event(id: &str, issue: Option<&Issue>, taxonomy: &Taxonomy) -> Self {
        let title = issue.map_or_else(|| id.to_owned(), |issue| issue.title.clone());
        let problem = title.split_once(' ').map_or(title.as_str(), |(_, problem)| problem).to_owned();
        let category = issue.and_then(|issue| issue.category.as_ref()).map(|code| named(code, taxonomy));
        let (district, place) = issue.map(|issue| (issue.district.clone(), issue.place.clone())).unwrap_or_default();
        Self { id: id.to_owned(), title, problem, category, district, place }
    }

    fn of_cell(
        id: String,
        category: &Option<String>,
        district: &Option<String>,
        street: Option<String>,
        taxonomy: &Taxonomy,
    ) -> Self {
        let category = category.as_ref().map(|code| named(code, taxonomy));
        let problem = category.as_ref().map_or("未分类", |category| category.name.as_str()).to_owned();
        let whereabouts: String = [district, &street].into_iter().flatten().map(String::as_str).collect();
        let whereabouts = if whereabouts.is_empty() { "地点不明".to_owned() } else { whereabouts };
        let title = format!("{whereabouts} {problem}");
        Self { id, title, problem, category, district: district.clone(), place: street }
    }
}

fn said(value: &Option<String>) -> &str {
    value.as_deref().unwrap_or(NONE)
}

fn named(code: &str, taxonomy: &Taxonomy) -> Named {
    let name = taxonomy.category(code).map_or(code, |category| category.name.as_str());
    Named { code: code.to_owned(), name: name.to_owned() }
}

/// The words that most cases share, each case counting the same; and the case that has most of them.
fn typical(glimpses: &[Glimpse]) -> (Vec<String>, Option<String>) {
    let mut weights: BTreeMap<&str, f64> = BTreeMap::new();
    for one in glimpses {
        let sum: f64 = one.keywords.iter().map(|word| word.weight).sum();
        for word in one.keywords.iter().filter(|_| sum > 0.0) {
            *weights.entry(&word.text).or_default() += word.weight / sum;
        }
    }
    let worth = |one: &Glimpse| one.keywords.iter().filter_map(|word| weights.get(word.text.as_str())).sum::<f64>();
    // The latest among equals; one whose text may be read where there is one.
    let best =
        glimpses.iter().rev().max_by(|a, b| b.protected.cmp(&a.protected).then_with(|| worth(a).total_cmp(&worth(b))));
    let mut words: Vec<(&str, f64)> = weights.iter().map(|(word, weight)| (*word, *weight)).collect();
    words.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    let words = words.into_iter().take(KEYWORDS).map(|(word, _)| word.to_owned());
    (words.collect(), best.map(|one| one.case.clone()))
}

fn growth(tally: &Tally) -> Growth {
    let change = |before: &u32| (f64::from(tally.cases) - f64::from(*before)) / f64::from(*before);
    Growth { before: tally.before, change: tally.before.filter(|before| *before >= LEAST_BASE).as_ref().map(change) }
}

fn shares(tally: &Tally, z: Option<f64>, parts: &Parts, scale: &Scale) -> Shares {
    let [volume, burst, people, severity, returns] = parts.points(&scale.weights);
    Shares {
        volume: VolumePart { halved: tally.halved, value: parts.volume, points: volume },
        burst: BurstPart { z, value: parts.burst, points: burst },
        people: PeoplePart { people: tally.people, value: parts.people, points: people },
        severity: SeverityPart { cases: tally.severe, value: parts.severity, points: severity },
        returns: ReturnsPart {
            repeated: tally.repeated,
            overdue: tally.overdue,
            unsatisfied: tally.discontent,
            value: parts.returns,
            points: returns,
        },
    }
}

fn progress(tally: &Tally) -> Progress {
    let share = |part: u32, all: u32| f64::from(part) / f64::from(all);
    Progress {
        closed: tally.closed,
        closed_share: share(tally.closed, tally.cases.max(1)),
        followed_up: tally.heard,
        satisfied: tally.content,
        satisfied_share: (tally.heard > 0).then(|| share(tally.content, tally.heard)),
    }
}

fn in_charge(tally: &Tally, taxonomy: &Taxonomy) -> Vec<InCharge> {
    let name = |code: &str| taxonomy.department(code).map_or(code, |unit| unit.name.as_str()).to_owned();
    let units = tally.units.iter().take(UNITS);
    units.map(|(code, cases)| InCharge { name: name(code), code: code.clone(), cases: *cases }).collect()
}
