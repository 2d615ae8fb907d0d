//! The days ahead (预测), of all cases and of each level-1 category.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use super::period::{self, Stretch};
use crate::analytics::forecast::{self as model, AHEAD, LEAST};
use crate::analytics::trend::{Key, Over, Period, first_day, series};
use crate::analytics::{DayKind, Snapshot};
use crate::case::{NONE, Scope};
use crate::dataset::export::{Cell, Holds, column};
use crate::error::Result;
use crate::insight::{Day, Ground, Insight, Table};

/// 未来 7 天的预测。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Forecast {
    /// 依据哪些天；没有案件时为 null
    pub history: Option<Stretch>,
    /// 预测哪些天，自历史的次日起；默认自今日起
    pub ahead: Stretch,
    /// 历史不足 4 周，不预测
    pub too_short: bool,
    /// 说明
    pub note: String,
    /// 全部在前，然后是各一级分类；各自预测，合计不必相等
    pub series: Vec<Outlook>,
}

/// 一个序列的预测。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Outlook {
    /// 一级分类代码；全部为 null，未分类为 `-`
    pub code: Option<String>,
    pub name: String,
    pub days: Vec<Coming>,
    /// 用历史回测；历史不足 5 周时为 null
    pub backtest: Option<Backtested>,
    /// 所依据的案件的列表
    pub link: String,
}

/// 一天的预测。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Coming {
    pub date: NaiveDate,
    /// `workday` 工作日，`weekend` 周末，`holiday` 放假，`made_up` 调休上班
    pub kind: String,
    /// 放的什么假，或为哪个假调休上班；其他日子为 null
    pub holiday: Option<String>,
    /// 预期件数
    pub expected: f64,
    /// 80% 区间，两端都含
    pub low_80: u64,
    pub high_80: u64,
    /// 95% 区间，两端都含
    pub low_95: u64,
    pub high_95: u64,
}

/// 回测：从过去若干天出发，用当时已知的案件预测其后 7 天，再与实际相比。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Backtested {
    /// 从多少个日子出发，每周一个
    pub origins: usize,
    /// 共预测了多少天
    pub days: usize,
    /// 实际落在 80% 区间内的比例
    pub held_80: f64,
    /// 实际落在 95% 区间内的比例
    pub held_95: f64,
    /// 平均绝对误差与“同上周”预测之比，小于 1 为好；“同上周”从不出错时为 null
    pub mase: Option<f64>,
}

impl Insight {
    /// What the seven days after the scope's end will bring; its beginning bounds the history.
    pub fn forecast(&self, ground: Ground, scope: &Scope, now: DateTime<FixedOffset>) -> Result<Forecast> {
        let offset = ground.deadlines.offset();
        let (_, to) = period::days(&Scope { from: None, ..scope.clone() }, now, offset)?;
        let longest = to - period::LONGEST;
        let since = match scope.from.map(|from| from.max(period::beginning(longest, offset))) {
            Some(from) => period::days(&Scope { from: Some(from), ..scope.clone() }, now, offset)?.0,
            None => longest,
        };
        let snapshot = self.fresh(ground)?;
        let first = first_day(&snapshot)?.unwrap_or(to).max(since);
        let kinds = period::kinds(ground.deadlines);
        let days: Vec<DayKind> = (first..to + AHEAD as i32).map(kinds).collect();
        let counts = Counts::of(&snapshot, scope, first, to)?;
        let parts: Vec<&[u32]> = counts.parts.values().map(Vec::as_slice).collect();
        let told = model::outlook(&counts.total, &parts, &days);
        let ahead = Stretch { from: period::date(to), to: period::date(to + AHEAD as i32 - 1), days: AHEAD as i32 };
        let too_short = told.is_none();
        let keys = std::iter::once(None).chain(counts.parts.keys().map(Some));
        let of = period::within(scope, first, to, offset);
        let rows = keys.zip(told.unwrap_or_default());
        let series = rows.map(|(key, told)| Outlook::of(ground, key, &told, to, &of)).collect();
        let note = note(ground, too_short, (to - first).max(0), to);
        Ok(Forecast { history: Stretch::of(first, to), ahead, too_short, note, series })
    }
}

/// Daily counts of all cases and of each level-1 category.
struct Counts {
    total: Vec<u32>,
    parts: BTreeMap<Key, Vec<u32>>,
}

impl Counts {
    fn of(snapshot: &Snapshot, scope: &Scope, first: i32, to: i32) -> Result<Self> {
        let length = (to - first).max(0) as usize;
        let period = Period { back: first.min(to), base: first.min(to), from: to, to };
        let parts = series(snapshot, scope, Over::Domain, &period, 0)?;
        let mut total = vec![0; length];
        for series in &parts {
            total.iter_mut().zip(&series.days).for_each(|(sum, count)| *sum += count);
        }
        Ok(Self { total, parts: parts.into_iter().map(|series| (series.key, series.days)).collect() })
    }
}

fn note(ground: Ground, too_short: bool, days: i32, to: i32) -> String {
    let mut note = match too_short {
        true => format!("历史只有 {days} 天，不足 {LEAST} 天，不预测。"),
        false => format!("依据最近 {days} 天逐日的件数；预测的第一天为 {}。", period::date(to)),
    };
    let unknown = ground.deadlines.calendar.unknown(period::date(to), period::date(to + AHEAD as i32 - 1));
    for year in unknown {
        note.push_str(&format!("工作日历没有 {year} 年的放假安排，按周一至周五计。"));
    }
    note
}

impl Outlook {
    fn of(ground: Ground, key: Option<&Key>, told: &model::Outlook, to: i32, scope: &Scope) -> Self {
        let code = key.map(|key| key.first().cloned().flatten().unwrap_or_else(|| NONE.to_owned()));
        let name = match code.as_deref() {
            None => "全部",
            Some(NONE) => "未分类",
            Some(code) => ground.taxonomy.domain(code).map_or(code, |domain| domain.name.as_str()),
        };
        let link = match scope.category.as_deref() {
            // What was asked for is narrower.
            Some(asked) if asked.len() > 2 => scope.link(),
            _ => Scope { category: code.clone().or_else(|| scope.category.clone()), ..scope.clone() }.link(),
        };
        let days = told
            .days
            .iter()
            .zip((to..).map(period::date))
            .map(|(day, date)| Coming::of(day, date, Day::of(&ground.deadlines.calendar, date)));
        let backtest = told.backtest.map(|test| Backtested {
            origins: test.origins,
            days: test.days,
            held_80: test.held_80,
            held_95: test.held_95,
            mase: test.mase,
        });
        Self { name: name.to_owned(), code, days: days.collect(), backtest, link }
    }
}

impl Coming {
    fn of(day: &model::Day, date: NaiveDate, Day { kind, holiday }: Day) -> Self {
        Self {
            date,
            kind,
            holiday,
            expected: day.mean,
            low_80: day.within_80.0,
            high_80: day.within_80.1,
            low_95: day.within_95.0,
            high_95: day.within_95.1,
        }
    }
}

impl Forecast {
    pub fn table(&self) -> Table {
        let columns = vec![
            column("name", "类别", Holds::Words, "全部，或一级分类"),
            column("date", "日期", Holds::Words, "预测的一天"),
            column("expected", "预期件数", Holds::Number, "预期的案件数"),
            column("low_80", "80% 下限", Holds::Count, "80% 区间，含"),
            column("high_80", "80% 上限", Holds::Count, "80% 区间，含"),
            column("low_95", "95% 下限", Holds::Count, "95% 区间，含"),
            column("high_95", "95% 上限", Holds::Count, "95% 区间，含"),
            column("held_80", "80% 回测", Holds::Share, "回测中实际落在 80% 区间内的比例"),
            column("held_95", "95% 回测", Holds::Share, "回测中实际落在 95% 区间内的比例"),
            column("mase", "MASE", Holds::Number, "平均绝对误差与“同上周”预测之比"),
        ];
        let share = |value: Option<f64>| value.map_or(Cell::Blank, Cell::Share);
        let row = |of: &Outlook, day: &Coming| {
            let test = of.backtest.as_ref();
            vec![
                Cell::of(Some(&of.name)),
                Cell::Words(day.date.to_string()),
                Cell::Number(day.expected),
                Cell::Count(day.low_80 as i64),
                Cell::Count(day.high_80 as i64),
                Cell::Count(day.low_95 as i64),
                Cell::Count(day.high_95 as i64),
                share(test.map(|test| test.held_80)),
                share(test.map(|test| test.held_95)),
                test.and_then(|test| test.mase).map_or(Cell::Blank, Cell::Number),
            ]
        };
        let rows = self.series.iter().flat_map(|of| of.days.iter().map(move |day| row(of, day)));
        Table { title: "预测", columns, rows: rows.collect() }
    }
}
