//! The public edition (公开版) of volumes: no case, no link, no person, no count of 1 to 4, and nothing from which one could
//! be worked out ([`crate::analytics::suppress`]). Times that overlap would tell by their difference: publish one cadence
//! only, days or weeks or months.

use chrono::{DateTime, FixedOffset};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Base, Breakdown, Volumes};
use crate::analytics::Dimension;
use crate::analytics::suppress::{HIDDEN_UP_TO, Node, protect};
use crate::dataset::export::{Cell, Holds, column};
use crate::error::Result;
use crate::insight::{Day, Ground, Insight, Table};

/// 诉求量公开版：一个已结束的时段，只按一项计数。不含案件、链接和人数；1 至 4 件的数字，以及能据以推算出它们的数字，
/// 一律隐去，隐去的不一定小于 5。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PublicVolumes {
    /// 含起不含止
    pub from: DateTime<FixedOffset>,
    pub to: DateTime<FixedOffset>,
    /// 按什么计数
    pub by: String,
    /// 件数合计；隐去的为 null
    pub total: Option<i64>,
    /// 日均件数
    pub per_day: Option<f64>,
    /// 本期内的法定节假日；工作日历没有该年时为 null
    pub holidays: Option<Vec<String>>,
    /// 上期（环比）
    pub previous: Option<PublicBase>,
    /// 去年同期（同比）
    pub year_before: Option<PublicBase>,
    pub rows: Vec<PublicVolume>,
}

/// 对比期的合计。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PublicBase {
    pub cases: Option<i64>,
    /// 增减幅度；对比期不足 20 件为 null
    pub change: Option<f64>,
}

/// 一类的件数和占比；隐去的为 null。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PublicVolume {
    pub code: Option<String>,
    pub name: String,
    pub cases: Option<i64>,
    pub share: Option<f64>,
    pub suppressed: bool,
    /// 这一天是什么日子。只在按日计数时给出
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<Day>,
}

impl Breakdown {
    /// What may be published: days, and what names no person and no place finer than a district.
    pub const PUBLIC: [Dimension; 5] =
        [Dimension::Day, Dimension::Domain, Dimension::Petition, Dimension::District, Dimension::Channel];
}

impl Insight {
    /// What may be published of a period that is over.
    pub fn published_volumes(&self, ground: Ground, asked: &Breakdown) -> Result<PublicVolumes> {
        Ok(PublicVolumes::of(&self.volumes(ground, asked)?, asked.by))
    }
}

impl PublicVolumes {
    fn of(counted: &Volumes, by: Dimension) -> Self {
        let leaf = |cases: i64| Node { size: cases as u32, ..Node::default() };
        let some: Vec<_> = counted.rows.iter().filter(|row| row.cases > 0).collect();
        let rows = some.iter().map(|row| leaf(row.cases)).collect();
        let shown = protect(&Node { tables: vec![rows], ..leaf(counted.total) });
        let mut kept = some.iter().zip(&shown.tables[0]).map(|(_, shown)| shown.size);
        let row = |row: &super::Volume| {
            let shown = row.cases == 0 || kept.next().unwrap_or_default();
            PublicVolume {
                code: row.code.clone(),
                name: row.name.clone(),
                cases: shown.then_some(row.cases),
                share: shown.then_some(row.share),
                suppressed: !shown,
                day: row.day.clone(),
            }
        };
        let rows = counted.rows.iter().map(row).collect();
        Self {
            from: counted.from,
            to: counted.to,
            by: by.code().to_owned(),
            total: shown.size.then_some(counted.total),
            per_day: counted.per_day.filter(|_| shown.size),
            holidays: counted.holidays.clone(),
            previous: counted.previous.as_ref().map(|base| PublicBase::of(base, shown.size)),
            year_before: counted.year_before.as_ref().map(|base| PublicBase::of(base, shown.size)),
            rows,
        }
    }

    pub fn table(&self) -> Table {
        let columns = vec![
            column("code", "代码", Holds::Words, "代码或时间"),
            column("name", "名称", Holds::Words, "名称"),
            column("cases", "件数", Holds::Count, "件数；隐去的为空"),
            column("share", "占比", Holds::Share, "件数 ÷ 合计；隐去的为空"),
        ];
        let count = |cases: Option<i64>| cases.map_or(Cell::Blank, Cell::Count);
        let row = |row: &PublicVolume| {
            let share = row.share.map_or(Cell::Blank, Cell::Share);
            vec![Cell::of(row.code.as_deref()), Cell::Words(row.name.clone()), count(row.cases), share]
        };
        let all = vec![Cell::Blank, Cell::Words("合计".into()), count(self.total), Cell::Blank];
        Table { title: "诉求量", columns, rows: self.rows.iter().map(row).chain([all]).collect() }
    }
}

impl PublicBase {
    /// With the change the base could be worked out from the total, and the other way round.
    fn of(base: &Base, total_is_shown: bool) -> Self {
        let small = (1..=i64::from(HIDDEN_UP_TO)).contains(&base.cases);
        let change = base.change.filter(|_| total_is_shown && !small);
        Self { cases: (!small).then_some(base.cases), change }
    }
}
