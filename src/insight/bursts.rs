//! Bursts (突增): which kinds of matters come more in which district than weekday, hour, season and chance explain.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, TimeDelta};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Ground, Insight, Table};
use crate::analytics::burst::series::{Cell, DAY, DayKind, Days, people};
use crate::analytics::burst::{Found, Measured, Options, baseline, discovery, ears, farrington, look};
use crate::analytics::{cells, start_of};
use crate::case::Scope;
use crate::dataset::export::{Cell as Value, Holds, column};
use crate::deadline::Calendar;
use crate::error::Result;
use crate::store::Named;

/// How long what was measured stands where no case came or changed.
const STANDS: TimeDelta = TimeDelta::minutes(5);
/// Looks that are held: today's beside those of a few reports.
const LOOKS: usize = 4;
/// Years that a week is held against, at most: what was longer ago says little of how people call now.
const MOST_YEARS: i64 = 5;
/// Days of history that the scan looks at, its longest window included.
const REACH: TimeDelta = TimeDelta::days(8 * 7 + 3);

/// 突增。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Bursts {
    /// 截至何时
    pub as_of: DateTime<FixedOffset>,
    /// 看了多少个「二级分类 × 区县」
    pub cells: usize,
    /// 所用方法：negative_binomial 按星期、节假日和钟点的负二项基线；ears 历史不足 14 天，按前 7 天（EARS C2）；farrington
    /// 上一个整周按往年同季（Noufaily 2013）；none 历史太短，不判断
    pub method: &'static str,
    /// 最有把握的在前
    pub rows: Vec<Burst>,
}

/// 一处突增。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Burst {
    pub category: Named,
    pub district: String,
    /// 最突出的时间窗，小时
    pub window_hours: u32,
    /// 窗内件数
    pub cases: usize,
    /// 窗内人数；来电人未知的各算一人
    pub people: usize,
    /// 与基线相比的数：同一人三天内再来不另算；ears 为件数
    pub observed: usize,
    /// 平常应有多少
    pub expected: f64,
    /// 最多能用偶然解释到多少
    pub bound: f64,
    /// 超出几个标准差：(n − μ)/√(μ + μ²/k + 1)；ears 为 C2；farrington 为 (n − μ)/(上界 − μ)，大于 1 即超出
    pub z: f64,
    /// 纯属偶然而有这么多的概率；ears 没有
    pub p: Option<f64>,
    /// 全部格子一起看的错误发现率（Benjamini–Hochberg 1995）；ears 没有
    pub q: Option<f64>,
    /// 从何时起（Kleinberg 2002 两状态自动机）
    pub since: DateTime<FixedOffset>,
    /// 到何时止；仍在继续为 null
    pub until: Option<DateTime<FixedOffset>>,
    /// 窗内这些案件的列表
    pub link: String,
}

/// What one look at all cells told: how far each is above what is usual at a moment, and which of them stand out.
#[derive(Debug)]
pub struct Levels {
    at: DateTime<FixedOffset>,
    seq: i64,
    bursts: Bursts,
    /// Category and district → the highest z over the windows, and whether it is a find: alarms are raised by finds only.
    levels: BTreeMap<(String, String), (f64, bool)>,
}

impl Levels {
    /// How far a cell is above what is usual; none where it has no history.
    pub fn z(&self, category: &str, district: &str) -> Option<f64> {
        self.level(category, district).map(|(z, _)| z)
    }

    /// The same, of cells that chance does not explain.
    pub fn found(&self, category: &str, district: &str) -> Option<f64> {
        self.level(category, district).filter(|(_, found)| *found).map(|(z, _)| z)
    }

    fn level(&self, category: &str, district: &str) -> Option<(f64, bool)> {
        self.levels.get(&(category.to_owned(), district.to_owned())).copied()
    }
}

impl Insight {
    /// The bursts at `as_of`: only what was received by then counts.
    pub fn bursts(&self, ground: Ground, as_of: DateTime<FixedOffset>) -> Result<Bursts> {
        Ok(self.looked(ground, as_of, TimeDelta::zero())?.bursts.clone())
    }

    /// The last whole week (Monday to Sunday) of each cell against the same season of earlier years: for a hotline with
    /// two years of history or more (Farrington, as improved by Noufaily 2013).
    pub fn bursts_of_week(&self, ground: Ground, as_of: DateTime<FixedOffset>) -> Result<Bursts> {
        let as_of = as_of.with_timezone(&ground.deadlines.offset());
        let today = as_of.date_naive();
        let monday = today - TimeDelta::days(i64::from(today.weekday().num_days_from_monday()));
        let end = start_of(monday, *as_of.offset());
        let begin = end - TimeDelta::weeks(MOST_YEARS * 52 + 8);
        let cells = cells(&self.fresh(ground)?, &between(begin, end))?;
        let sight = Sight { as_of: end, now: own_clock(end), cells, days: Days::default() };
        let years = ((sight.span() / 7 - 4) / 52).min(MOST_YEARS);
        if years < 2 {
            return Ok(Bursts { as_of, cells: sight.cells.len(), method: "none", rows: Vec::new() });
        }
        let options = farrington::Options { years: years as usize, ..farrington::Options::default() };
        let judged = sight.cells.iter().filter_map(|cell| sight.by_season(ground, cell, &options)).collect();
        Ok(Bursts { as_of, cells: sight.cells.len(), method: "farrington", rows: surest(judged) })
    }

    /// How far all cells are above what is usual at `now`; as measured in the last minutes where no case came or changed
    /// since.
    pub fn levels(&self, ground: Ground, now: DateTime<FixedOffset>) -> Result<Arc<Levels>> {
        self.looked(ground, now, STANDS)
    }

    /// A look at all cells that was less than `stands` away, where no case came or changed since; else another. A report of
    /// another day does not take the place of today's.
    fn looked(&self, ground: Ground, at: DateTime<FixedOffset>, stands: TimeDelta) -> Result<Arc<Levels>> {
        let seq = ground.store.last_change()?;
        let mut held = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let near = |before: &Levels| before.at == at || (at - before.at).abs() < stands;
        held.retain(|before| before.seq == seq);
        if let Some(before) = held.iter().rev().find(|before| near(before)) {
            return Ok(Arc::clone(before));
        }
        let looked = Arc::new(self.look(ground, at, seq)?);
        if held.len() == LOOKS {
            held.remove(0);
        }
        held.push(Arc::clone(&looked));
        Ok(looked)
    }

    fn look(&self, ground: Ground, at: DateTime<FixedOffset>, seq: i64) -> Result<Levels> {
        let (sight, options) = (self.sight(ground, at)?, Options::default());
        let (all, found) = look(&sight.cells, &sight.days, sight.now, &options);
        let mut levels: BTreeMap<(String, String), (f64, bool)> = BTreeMap::new();
        for measured in all {
            let cell = &sight.cells[measured.cell];
            let is_found = crate::analytics::burst::stands_out(&measured, &options);
            let level = levels.entry((cell.category.clone(), cell.area.clone())).or_insert((measured.z, is_found));
            *level = (level.0.max(measured.z), level.1 || is_found);
        }
        let (method, rows) = match sight.is_long() {
            true => ("negative_binomial", found.iter().map(|found| sight.found(ground, found)).collect()),
            false => {
                let rows: Vec<Burst> = sight.cells.iter().filter_map(|cell| sight.by_ears(ground, cell)).collect();
                (if sight.span() < 9 { "none" } else { "ears" }, rows)
            }
        };
        let bursts = Bursts { as_of: sight.as_of, cells: sight.cells.len(), method, rows };
        Ok(Levels { at, seq, levels, bursts })
    }

    fn sight(&self, ground: Ground, as_of: DateTime<FixedOffset>) -> Result<Sight> {
        let as_of = as_of.with_timezone(&ground.deadlines.offset());
        let from = as_of - REACH;
        let cells = cells(&self.fresh(ground)?, &between(from, as_of))?;
        let days = days(&ground.deadlines.calendar, from.date_naive(), as_of.date_naive());
        Ok(Sight { as_of, now: own_clock(as_of), cells, days })
    }
}

/// All cells, as they are looked at.
struct Sight {
    as_of: DateTime<FixedOffset>,
    /// The same, as the hotline's own clock has it in milliseconds.
    now: i64,
    cells: Vec<Cell>,
    days: Days,
}

impl Sight {
    /// Days from the first case to now.
    fn span(&self) -> i64 {
        let first = self.cells.iter().filter_map(Cell::first).min();
        first.map_or(0, |first| self.now.div_euclid(DAY) - first.div_euclid(DAY))
    }

    /// Whether there is history enough before the longest window.
    fn is_long(&self) -> bool {
        self.span() >= baseline::LEAST_DAYS as i64 + 3
    }

    fn found(&self, ground: Ground, found: &Found) -> Burst {
        let Measured { window, cases, people, observed, expected, z, chance, discovery, bound, .. } = found.measured;
        let until = found.until.map(|until| self.moment(until));
        Burst {
            window_hours: window,
            cases,
            people,
            observed,
            expected,
            bound: bound as f64,
            z,
            p: Some(chance),
            q: Some(discovery),
            since: self.moment(found.since),
            until,
            ..self.burst(ground, &found.category, &found.area, window)
        }
    }

    /// The last 24 hours against the seven days that end two days before (EARS C2; Hutwagner 2003).
    fn by_ears(&self, ground: Ground, cell: &Cell) -> Option<Burst> {
        let day = |back: i64| cell.between(self.now - (back + 1) * DAY, self.now - back * DAY).len() as f64;
        let counts: Vec<f64> = (0..self.span().min(28)).rev().map(day).collect();
        let (at, least) = (counts.len().checked_sub(1)?, Options::default());
        let judged = ears::judge(&counts, at, ears::Method::C2, ears::Method::C2.usual_level())?;
        let arrivals = cell.between(self.now - DAY, self.now);
        let people = people(arrivals);
        let many = arrivals.len() >= least.least && people >= least.least_people;
        (judged.alarm && many).then(|| Burst {
            cases: arrivals.len(),
            people,
            observed: arrivals.len(),
            expected: judged.expected,
            bound: judged.bound,
            // A baseline that never changed has no deviation.
            z: judged.score.min(counts[at]),
            since: self.moment(arrivals.first().map_or(self.now, |first| first.at)),
            ..self.burst(ground, &cell.category, &cell.area, 24)
        })
    }

    /// The week that ends now, whether or not it is an alarm: what may be chance is judged over all cells.
    fn by_season(&self, ground: Ground, cell: &Cell, options: &farrington::Options) -> Option<(Burst, bool)> {
        let week = |back: i64| cell.between(self.now - (back + 1) * 7 * DAY, self.now - back * 7 * DAY);
        let counts: Vec<f64> = (0..=self.span() / 7).rev().map(|back| week(back).len() as f64).collect();
        let judged = farrington::judge(&counts, counts.len().checked_sub(1)?, options)?;
        let people = people(week(0));
        let burst = Burst {
            cases: week(0).len(),
            people,
            observed: week(0).len(),
            expected: judged.expected,
            bound: judged.bound,
            z: judged.score,
            p: Some(judged.chance),
            since: self.moment(self.now - 7 * DAY),
            until: Some(self.as_of),
            ..self.burst(ground, &cell.category, &cell.area, 7 * 24)
        };
        Some((burst, judged.alarm && people >= Options::default().least_people))
    }

    fn burst(&self, ground: Ground, category: &str, district: &str, window: u32) -> Burst {
        let name = ground.taxonomy.category(category).map_or(category, |category| &category.name);
        let scope = Scope {
            from: Some(self.as_of - TimeDelta::hours(window.into())),
            to: Some(self.as_of),
            category: Some(category.to_owned()),
            district: Some(district.to_owned()),
            ..Scope::default()
        };
        Burst {
            category: Named { code: category.to_owned(), name: name.to_owned() },
            district: district.to_owned(),
            window_hours: window,
            cases: 0,
            people: 0,
            observed: 0,
            expected: 0.0,
            bound: 0.0,
            z: 0.0,
            p: None,
            q: None,
            since: self.as_of,
            until: None,
            link: scope.link(),
        }
    }

    /// A time of the hotline's own clock.
    fn moment(&self, at: i64) -> DateTime<FixedOffset> {
        let shift = i64::from(self.as_of.offset().local_minus_utc()) * 1000;
        DateTime::from_timestamp_millis(at - shift).unwrap_or_default().with_timezone(self.as_of.offset())
    }
}

/// The alarms that false discoveries are held down among (Benjamini–Hochberg over all cells), surest first.
fn surest(judged: Vec<(Burst, bool)>) -> Vec<Burst> {
    let chances: Vec<f64> = judged.iter().map(|(burst, _)| burst.p.unwrap_or(1.0)).collect();
    let rates = discovery::adjusted(&chances);
    let told = judged.into_iter().zip(rates).map(|((burst, alarm), q)| (Burst { q: Some(q), ..burst }, alarm));
    let mut rows: Vec<Burst> = told
        .filter(|(burst, alarm)| *alarm && burst.q <= Some(Options::default().level))
        .map(|(burst, _)| burst)
        .collect();
    let name = |burst: &Burst| (burst.category.code.clone(), burst.district.clone());
    rows.sort_by(|a, b| a.p.unwrap_or(1.0).total_cmp(&b.p.unwrap_or(1.0)).then_with(|| name(a).cmp(&name(b))));
    rows
}

fn between(from: DateTime<FixedOffset>, to: DateTime<FixedOffset>) -> Scope {
    Scope { from: Some(from), to: Some(to), ..Scope::default() }
}

/// A moment in milliseconds of the hotline's own clock.
fn own_clock(at: DateTime<FixedOffset>) -> i64 {
    at.naive_local().and_utc().timestamp_millis()
}

/// What each day is to callers; a weekend day in a holiday is a holiday like the others.
fn days(calendar: &Calendar, from: NaiveDate, to: NaiveDate) -> Days {
    let is_holiday = |day| calendar.holidays(day, day).is_some_and(|holidays| !holidays.is_empty());
    let kind = |day: NaiveDate| match calendar.is_worked(day) {
        false if is_holiday(day) => DayKind::Holiday,
        worked => DayKind::of(day, worked),
    };
    let first = from.signed_duration_since(NaiveDate::default()).num_days();
    Days::new(first, from.iter_days().take_while(|day| *day <= to).map(kind).collect())
}

impl Bursts {
    pub fn table(&self) -> Table {
        let columns = vec![
            column("category", "分类代码", Holds::Words, "二级分类代码"),
            column("category_name", "分类", Holds::Words, "二级分类"),
            column("district", "区县", Holds::Words, "读出的区县"),
            column("window_hours", "时间窗", Holds::Count, "最突出的时间窗，小时"),
            column("cases", "件数", Holds::Count, "窗内件数"),
            column("people", "人数", Holds::Count, "窗内人数"),
            column("expected", "平常应有", Holds::Number, "基线"),
            column("bound", "上界", Holds::Number, "最多能用偶然解释到多少"),
            column("z", "z", Holds::Number, "超出几个标准差"),
            column("q", "错误发现率", Holds::Number, "Benjamini–Hochberg"),
            column("since", "从何时起", Holds::Time, "Kleinberg 两状态自动机"),
        ];
        let row = |row: &Burst| {
            vec![
                Value::of(Some(&row.category.code)),
                Value::of(Some(&row.category.name)),
                Value::of(Some(&row.district)),
                Value::Count(row.window_hours.into()),
                Value::Count(row.cases as i64),
                Value::Count(row.people as i64),
                Value::Number(row.expected),
                Value::Number(row.bound),
                Value::Number(row.z),
                row.q.map_or(Value::Blank, Value::Number),
                Value::Time(row.since),
            ]
        };
        Table { title: "突增", columns, rows: self.rows.iter().map(row).collect() }
    }
}
