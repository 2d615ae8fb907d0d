//! Hotspots as tables: the two that are customary (热点问题表、热点问题留言明细表), and all figures.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset};

use super::{Hotspot, Hotspots};
use crate::dataset::export::{Cell, Holds, column};
use crate::error::{Error, Kind, Result};
use crate::insight::{Ground, Table};
use crate::store::Telling;

/// Which table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// 热点问题表.
    Hotspots,
    /// 热点问题留言明细表.
    Details,
    /// All figures of each hotspot.
    Figures,
}

impl Shape {
    pub const ALL: [Shape; 3] = [Shape::Hotspots, Shape::Details, Shape::Figures];

    /// On the wire.
    pub fn code(self) -> &'static str {
        match self {
            Shape::Hotspots => "hotspots",
            Shape::Details => "details",
            Shape::Figures => "figures",
        }
    }
}

impl Hotspots {
    /// As a table. Details hold at most `most` cases, where that is bounded.
    pub fn table(&self, shape: Shape, ground: Ground, most: Option<usize>) -> Result<Table> {
        match shape {
            Shape::Hotspots => Ok(self.customary()),
            Shape::Details => self.details(ground, most),
            Shape::Figures => Ok(self.figures()),
        }
    }

    fn customary(&self) -> Table {
        let columns = vec![
            column("rank", "热度排名", Holds::Count, "从 1 起"),
            column("id", "问题ID", Holds::Words, "诉求组编号，或分类代码@区县"),
            column("heat", "热度指数", Holds::Number, "按所选公式"),
            column("period", "时间范围", Holds::Words, "统计期内的首件日期至末件日期"),
            column("place", "地点/人群", Holds::Words, "区县、街道、小区或道路"),
            column("problem", "问题描述", Holds::Words, "是什么问题"),
        ];
        let row = |hotspot: &Hotspot| {
            vec![
                Cell::Count(hotspot.rank as i64),
                Cell::of(Some(&hotspot.id)),
                Cell::Number(hotspot.heat),
                Cell::Words(period(hotspot)),
                Cell::of(hotspot.whereabouts()),
                Cell::of(Some(&hotspot.problem)),
            ]
        };
        Table { title: "热点问题表", columns, rows: self.rows.iter().map(row).collect() }
    }

    /// One row for each case, under its hotspot; the first received first.
    fn details(&self, ground: Ground, most: Option<usize>) -> Result<Table> {
        let all: usize = self.rows.iter().map(|hotspot| hotspot.arrivals.len()).sum();
        most.filter(|most| all > *most).map_or(Ok(()), |most| Err(too_many(most)))?;
        let columns = vec![
            column("id", "问题ID", Holds::Words, "诉求组编号，或分类代码@区县"),
            column("message", "留言编号", Holds::Words, "工单编号；没有则为案件编号"),
            column("user", "留言用户", Holds::Words, "该问题的第几位诉求人，不含身份"),
            column("subject", "留言主题", Holds::Words, "来件标题，已脱敏；举报人须保护的不给出"),
            column("received_at", "留言时间", Holds::Time, "受理时间"),
            column("text", "留言详情", Holds::Words, "来件原文，已脱敏；举报人须保护的不给出"),
            column("likes", "点赞数", Holds::Count, "来件渠道没有的为空"),
            column("dislikes", "反对数", Holds::Count, "来件渠道没有的为空"),
        ];
        let offset = ground.deadlines.offset();
        let mut rows = Vec::with_capacity(all);
        for hotspot in &self.rows {
            let mut tellings = ground.store.tellings(&hotspot.arrivals)?;
            tellings.sort_by(|a, b| (a.received_at, &a.text).cmp(&(b.received_at, &b.text)));
            let mut people = BTreeMap::new();
            for telling in tellings {
                let next = people.len() + 1;
                let person = *people.entry(telling.person).or_insert(next);
                rows.push(detail(&hotspot.id, person, &telling, offset));
            }
        }
        Ok(Table { title: "热点问题留言明细表", columns, rows })
    }

    fn figures(&self) -> Table {
        let points = |name, zh| column(name, zh, Holds::Number, "guikou 公式里这一部分的得分");
        let columns = vec![
            column("rank", "热度排名", Holds::Count, "从 1 起"),
            column("id", "问题ID", Holds::Words, "诉求组编号，或分类代码@区县"),
            column("title", "问题", Holds::Words, "地点加问题"),
            column("category", "二级分类", Holds::Words, "名称"),
            column("heat", "热度指数", Holds::Number, "按所选公式"),
            points("volume", "量"),
            points("burst", "突增"),
            points("people_points", "人"),
            points("severity", "轻重"),
            points("returns", "反复"),
            column("cases", "件数", Holds::Count, "统计期内的件数"),
            column("people", "人数", Holds::Count, "同一来电人只算一次"),
            column("before", "上期件数", Holds::Count, "上一个同样长的时段"),
            column("change", "环比", Holds::Share, "上期不足 20 件的为空"),
            column("closed_share", "办结率", Holds::Share, "已办结占件数"),
            column("satisfied_share", "满意率", Holds::Share, "满意和基本满意占已回访"),
            column("units", "归口单位", Holds::Words, "件数最多的三个"),
            column("keywords", "关键词", Holds::Words, "最能代表的词"),
            column("first_at", "首件时间", Holds::Time, "统计期内"),
            column("last_at", "末件时间", Holds::Time, "统计期内"),
            column("link", "案件列表", Holds::Words, "接口路径"),
        ];
        Table { title: "热点", columns, rows: self.rows.iter().map(Hotspot::figures).collect() }
    }
}

impl Hotspot {
    /// The title without the problem.
    fn whereabouts(&self) -> Option<&str> {
        self.title.split_once(' ').map(|(place, _)| place)
    }

    fn figures(&self) -> Vec<Cell> {
        let (parts, count) = (&self.parts, |count: u32| Cell::Count(count.into()));
        let units: Vec<&str> = self.units.iter().map(|unit| unit.name.as_str()).collect();
        vec![
            Cell::Count(self.rank as i64),
            Cell::of(Some(&self.id)),
            Cell::of(Some(&self.title)),
            Cell::of(self.category.as_ref().map(|category| category.name.as_str())),
            Cell::Number(self.heat),
            Cell::Number(parts.volume.points),
            Cell::Number(parts.burst.points),
            Cell::Number(parts.people.points),
            Cell::Number(parts.severity.points),
            Cell::Number(parts.returns.points),
            count(self.cases),
            count(self.people),
            self.growth.before.map_or(Cell::Blank, count),
            self.growth.change.map_or(Cell::Blank, Cell::Share),
            Cell::Share(self.status.closed_share),
            self.status.satisfied_share.map_or(Cell::Blank, Cell::Share),
            Cell::Words(units.join("、")),
            Cell::Words(self.keywords.join("、")),
            Cell::Time(self.first_at),
            Cell::Time(self.last_at),
            Cell::of(Some(&self.link)),
        ]
    }
}

fn detail(id: &str, person: usize, telling: &Telling, offset: FixedOffset) -> Vec<Cell> {
    let shown = |words: Option<&str>| Cell::of(words.filter(|_| !telling.protected));
    let received: DateTime<FixedOffset> = telling.received_at.with_timezone(&offset);
    vec![
        Cell::of(Some(id)),
        Cell::of(Some(telling.reference.as_ref().unwrap_or(&telling.case))),
        Cell::Words(format!("第 {person} 位诉求人")),
        shown(telling.title.as_deref()),
        Cell::Time(received),
        shown(Some(&telling.text)),
        Cell::Blank,
        Cell::Blank,
    ]
}

/// From day to day; one day once.
fn period(hotspot: &Hotspot) -> String {
    let (first, last) =
        (hotspot.first_at.format("%Y/%m/%d").to_string(), hotspot.last_at.format("%Y/%m/%d").to_string());
    if first == last { first } else { format!("{first}至{last}") }
}

fn too_many(most: usize) -> Error {
    Error::new(
        Kind::TooLarge,
        format!("超过一次最多导出的 {most} 件：请减少 top 或缩短时间，或在服务器上用 guikou report hotspots --details"),
        format!("more than the {most} cases of one export: ask for fewer, or use guikou report hotspots --details"),
    )
}
