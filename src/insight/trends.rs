//! Trends (趋势): what is new, rises, falls, follows the season or goes on as ever — each with its figures, a sentence
//! that states them, and the list of exactly its cases.

mod forecast;
mod period;
mod readings;
mod words;

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Ground, Insight, Table};
use crate::analytics::trend::{Judged, Kind, Options, Over, Period, Series, first_day, judge, series};
use crate::case::{NONE, Scope};
use crate::dataset::export::{Cell, Holds, column};
use crate::error::Result;
use crate::store::{Heading, Named};
pub use forecast::{Backtested, Coming, Forecast, Outlook};
pub use period::Stretch;
pub(super) use readings::Readings;
pub use words::{AskedWords, Emerging, Of, Texts, Words};

/// Trends of each kind, where nothing is said.
pub const USUAL_TOP: usize = 20;
pub const MOST_TOP: usize = 200;

/// Which trends are wanted.
#[derive(Debug, Clone)]
pub struct AskedTrends {
    /// Its times are the period (本期); none: the last seven full days.
    pub scope: Scope,
    pub over: Over,
    /// None: all kinds.
    pub kind: Option<Kind>,
    /// Days of the base (基期); none: as long as the period, four weeks at least.
    pub base_days: Option<i32>,
    /// So many of each kind.
    pub top: usize,
}

/// 趋势。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Trends {
    /// 本期
    pub period: Stretch,
    /// 基期：紧接本期之前；库中没有更早的案件时为 null
    pub base: Option<Stretch>,
    /// 回看多少周，用于判断“新出现”与“长期存在”
    pub weeks_back: u32,
    /// 季节性用了往年多少年的同期；不足 2 年时不判断
    pub years: usize,
    /// 检验了多少个序列；两期合计不足 5 件的不检验
    pub tested: usize,
    /// 上升、下降、季节性中预期至多有这个比例是偶然（错误发现率）
    pub level: f64,
    /// 说明
    pub note: String,
    /// 各类各有多少，依次为新出现、上升、下降、季节性、长期存在
    pub found: Vec<Found>,
    pub rows: Vec<Trend>,
}

/// 一类趋势有多少。
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Found {
    /// `new` `rising` `falling` `seasonal` `chronic`
    pub kind: String,
    pub name: String,
    pub series: usize,
}

/// 一个序列的趋势。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Trend {
    /// `new` 新出现，`rising` 上升，`falling` 下降，`seasonal` 季节性，`chronic` 长期存在
    pub kind: String,
    pub kind_name: String,
    /// 分类、分类·区县或诉求组的名称；诉求组的标题出自须保护的案件时只写编号
    pub name: String,
    pub category: Option<Named>,
    pub district: Option<String>,
    /// 诉求组编号
    pub issue: Option<String>,
    /// 本期件数
    pub cases: u64,
    /// 基期件数
    pub base_cases: u64,
    /// 按基期的水平和本期的星期、假日，本期应有的件数
    pub expected: f64,
    /// 本期与基期之比，按可比日折算；基期没有时为 null
    pub ratio: Option<f64>,
    /// 比值的 95% 区间
    pub ratio_low: Option<f64>,
    pub ratio_high: Option<f64>,
    /// 两期相同的概率（双侧）
    pub p: Option<f64>,
    /// 按错误发现率校正后的 p
    pub q: Option<f64>,
    /// 离散程度：方差是泊松分布的几倍
    pub dispersion: f64,
    /// 库中第一次出现的日期
    pub first_seen: NaiveDate,
    /// 回看的各周中有几周出现
    pub weeks_present: u32,
    pub weeks_looked: u32,
    /// 往年同期与其基期之比；不足 2 年或没有时为 null
    pub season_ratio: Option<f64>,
    /// `counts` 的第一天
    pub counts_from: NaiveDate,
    /// 基期和本期逐日的件数
    pub counts: Vec<u32>,
    /// 一句话，只陈述数字
    pub sentence: String,
    /// 本期这些案件的列表
    pub link: String,
}

/// A series with what was found and what it is called.
struct Told<'a> {
    series: &'a Series,
    judged: &'a Judged,
    kind: Kind,
    heading: Option<&'a Heading>,
}

impl Insight {
    /// Which series of the scope are new, rise, fall, follow the season or go on as ever.
    pub fn trends(&self, ground: Ground, asked: &AskedTrends, now: DateTime<FixedOffset>) -> Result<Trends> {
        let offset = ground.deadlines.offset();
        let (from, to) = period::days(&asked.scope, now, offset)?;
        let snapshot = self.fresh(ground)?;
        let first = first_day(&snapshot)?.unwrap_or(from);
        let period = period::period(from, to, asked.base_days, first);
        let years = period::years(from, to, asked.base_days, first);
        let options = Options::default();
        let series = series(&snapshot, &asked.scope, asked.over, &period, years)?;
        let judged = judge(&series, period::kinds(ground.deadlines), &period, &options);
        let mut told: Vec<Told> = series
            .iter()
            .zip(&judged)
            .filter_map(|(series, judged)| Some(Told { series, judged, kind: judged.kind?, heading: None }))
            .collect();
        let found = Kind::ALL.map(|kind| told.iter().filter(|told| told.kind == kind).count());
        told.retain(|told| asked.kind.is_none_or(|kind| told.kind == kind));
        let told = foremost(told, asked.top);
        let headings = headings(ground, asked.over, &told)?;
        let rows = told.into_iter().map(|told| {
            let heading = issue(asked.over, told.series).and_then(|issue| headings.get(issue));
            Told { heading, ..told }.row(ground, asked, &period)
        });
        let rows = rows.collect();
        Ok(Trends {
            period: Stretch { from: period::date(from), to: period::date(to - 1), days: to - from },
            base: Stretch::of(period.base, period.from),
            weeks_back: period.weeks_back(),
            years,
            tested: judged.iter().filter(|judged| judged.q.is_some()).count(),
            level: options.level,
            note: note(&period, years, &options),
            found: Kind::ALL.iter().zip(found).map(|(kind, series)| Found::of(*kind, series)).collect(),
            rows,
        })
    }
}

/// So many of each kind: the surest first, then the greatest, then by key.
fn foremost(mut told: Vec<Told>, top: usize) -> Vec<Told> {
    let q = |told: &Told| match told.kind {
        Kind::New | Kind::Chronic => 0.0,
        _ => told.judged.q.unwrap_or(1.0),
    };
    told.sort_by(|a, b| {
        let greater = (b.judged.cases, b.judged.base).cmp(&(a.judged.cases, a.judged.base));
        a.kind.cmp(&b.kind).then(q(a).total_cmp(&q(b))).then(greater).then_with(|| a.series.key.cmp(&b.series.key))
    });
    let mut taken: BTreeMap<Kind, usize> = BTreeMap::new();
    told.retain(|told| {
        let taken = taken.entry(told.kind).or_default();
        *taken += 1;
        *taken <= top
    });
    told
}

fn issue(over: Over, series: &Series) -> Option<&String> {
    series.key.first().and_then(Option::as_ref).filter(|_| over == Over::Event)
}

fn headings(ground: Ground, over: Over, told: &[Told]) -> Result<BTreeMap<String, Heading>> {
    let issues: Vec<String> = told.iter().filter_map(|told| issue(over, told.series)).cloned().collect();
    if issues.is_empty() { Ok(BTreeMap::new()) } else { ground.store.headings(&issues) }
}

/// What was compared with what, and what could not be judged.
fn note(period: &Period, years: usize, options: &Options) -> String {
    let shown = |from, to| Stretch::of(from, to).map_or_else(|| "无".to_owned(), |stretch| stretch.shown());
    let mut note =
        format!("本期 {}，基期 {}，均为整日。", shown(period.from, period.to), shown(period.base, period.from));
    if period.weeks_back() < options.least_weeks {
        note.push_str(&format!("此前的案件不足 {} 周，不判断新出现。", options.least_weeks));
    }
    if years < options.least_years {
        note.push_str(&format!("历史不足 {} 年，不判断季节性。", options.least_years));
    }
    note
}

impl Found {
    fn of(kind: Kind, series: usize) -> Self {
        Self { kind: kind.code().to_owned(), name: kind.zh().to_owned(), series }
    }
}

impl Told<'_> {
    fn row(&self, ground: Ground, asked: &AskedTrends, period: &Period) -> Trend {
        let Told { series, judged, kind, .. } = self;
        let (category, district, issue) = self.parts(asked.over);
        let change = judged.change;
        let base = (period.base - period.back) as usize;
        let name = self.name(ground, category, district, issue);
        Trend {
            kind: kind.code().to_owned(),
            kind_name: kind.zh().to_owned(),
            sentence: self.sentence(&name, period),
            category: category.map(|code| Named { code: code.to_owned(), name: category_name(ground, code) }),
            district: district.map(str::to_owned),
            issue: issue.map(str::to_owned),
            name,
            cases: judged.cases,
            base_cases: judged.base,
            expected: judged.expected,
            ratio: change.and_then(|change| change.ratio),
            ratio_low: change.map(|change| change.low),
            ratio_high: change.and_then(|change| change.high),
            p: change.map(|change| change.p),
            q: judged.q,
            dispersion: judged.dispersion,
            first_seen: period::date(series.first),
            weeks_present: judged.weeks.0,
            weeks_looked: judged.weeks.1,
            season_ratio: judged.season.and_then(|season| season.change).and_then(|change| change.ratio),
            counts_from: period::date(period.base),
            counts: series.days[base..].to_vec(),
            link: self.link(ground, asked, period),
        }
    }

    /// Category, district and group, as far as the series is of one.
    fn parts(&self, over: Over) -> (Option<&str>, Option<&str>, Option<&str>) {
        let key = |at: usize| self.series.key.get(at).and_then(Option::as_deref);
        match over {
            Over::Event => {
                let of = |part: fn(&Heading) -> &Option<String>| self.heading.and_then(|told| part(told).as_deref());
                (of(|told| &told.category), of(|told| &told.district), key(0))
            }
            _ => (key(0), key(1), None),
        }
    }

    fn name(&self, ground: Ground, category: Option<&str>, district: Option<&str>, issue: Option<&str>) -> String {
        if let Some(issue) = issue {
            let title = self.heading.and_then(|heading| heading.title.clone());
            return title.unwrap_or_else(|| format!("诉求组 {issue}"));
        }
        let category = category.map_or_else(|| "未分类".to_owned(), |code| category_name(ground, code));
        match self.series.key.len() {
            1 => category,
            _ => format!("{category}·{}", district.unwrap_or("区县未读出")),
        }
    }

    fn link(&self, ground: Ground, asked: &AskedTrends, period: &Period) -> String {
        let key = |at: usize| Some(self.series.key.get(at)?.clone().unwrap_or_else(|| NONE.to_owned()));
        let scope = period::within(&asked.scope, period.from, period.to, ground.deadlines.offset());
        let scope = match asked.over {
            Over::Event => Scope { issue: key(0), ..scope },
            Over::Cell => Scope { category: key(0), district: key(1), ..scope },
            _ => Scope { category: key(0), ..scope },
        };
        scope.link()
    }

    fn sentence(&self, name: &str, period: &Period) -> String {
        let judged = self.judged;
        let mut told = format!("{name}：本期 {} 件，基期 {} 件", judged.cases, judged.base);
        if let Some((change, ratio)) = judged.change.and_then(|change| Some((change, change.ratio?))) {
            let high = change.high.map_or_else(String::new, short);
            told.push_str(&format!(
                "，按可比日折算为基期的 {} 倍（95% 区间 {}–{high}）",
                short(ratio),
                short(change.low)
            ));
        }
        if let Some(q) = judged.q {
            told.push_str(&if q < 0.001 { "，q < 0.001".to_owned() } else { format!("，q = {q:.3}") });
        }
        let season = judged.season.filter(|_| self.kind == Kind::Seasonal);
        match self.kind {
            Kind::New => told.push_str(&format!("；此前 {} 周没有", period.weeks_back())),
            Kind::Chronic => told.push_str(&format!("；近 {} 周中有 {} 周出现", judged.weeks.1, judged.weeks.0)),
            _ => {}
        }
        if let Some((season, ratio)) = season.and_then(|season| Some((season, season.change?.ratio?))) {
            told.push_str(&format!("；前 {} 年同期为其基期的 {} 倍", season.years, short(ratio)));
        }
        told.push('。');
        told
    }
}

fn category_name(ground: Ground, code: &str) -> String {
    ground.taxonomy.category(code).map_or(code, |category| category.name.as_str()).to_owned()
}

/// Two digits that count: 0.37, 3.0, 28.
fn short(number: f64) -> String {
    match number {
        number if number < 1.0 => format!("{number:.2}"),
        number if number < 10.0 => format!("{number:.1}"),
        number => format!("{number:.0}"),
    }
}

impl Trends {
    pub fn table(&self) -> Table {
        let columns = vec![
            column("kind", "趋势", Holds::Words, "新出现、上升、下降、季节性或长期存在"),
            column("name", "名称", Holds::Words, "分类、分类·区县或诉求组"),
            column("cases", "本期件数", Holds::Count, "本期的案件数"),
            column("base_cases", "基期件数", Holds::Count, "紧接本期之前各日的案件数"),
            column("ratio", "倍数", Holds::Number, "本期与基期之比，按可比日折算"),
            column("ratio_low", "区间下限", Holds::Number, "比值的 95% 区间"),
            column("ratio_high", "区间上限", Holds::Number, "比值的 95% 区间"),
            column("p", "p", Holds::Number, "两期相同的概率，双侧"),
            column("q", "q", Holds::Number, "按错误发现率校正后的 p"),
            column("first_seen", "首次出现", Holds::Words, "库中第一次出现的日期"),
            column("counts", "逐日件数", Holds::Words, "基期和本期，自基期首日起"),
            column("sentence", "说明", Holds::Words, "一句话，只陈述数字"),
            column("link", "案件", Holds::Words, "本期这些案件的列表"),
        ];
        let number = |value: Option<f64>| value.map_or(Cell::Blank, Cell::Number);
        let row = |row: &Trend| {
            vec![
                Cell::of(Some(&row.kind_name)),
                Cell::of(Some(&row.name)),
                Cell::Count(row.cases as i64),
                Cell::Count(row.base_cases as i64),
                number(row.ratio),
                number(row.ratio_low),
                number(row.ratio_high),
                number(row.p),
                number(row.q),
                Cell::Words(row.first_seen.to_string()),
                Cell::Words(row.counts.iter().map(u32::to_string).collect::<Vec<_>>().join(" ")),
                Cell::of(Some(&row.sentence)),
                Cell::of(Some(&row.link)),
            ]
        };
        Table { title: "趋势", columns, rows: self.rows.iter().map(row).collect() }
    }
}
