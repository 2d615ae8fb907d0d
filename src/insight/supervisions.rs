//! The supervision list (督办): what stands, with whom, until when.

use chrono::{DateTime, FixedOffset};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Ground, Insight, Table};
use crate::case::{Status, SupervisionKind};
use crate::dataset::export::{Cell, Holds, column};
use crate::error::{Error, Kind, Result};
use crate::store::{SupervisionFilter, Watched};

/// 督办列表，先到期的在前。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Supervisions {
    /// 是否超期、还剩几天，以此时为准
    pub as_of: DateTime<FixedOffset>,
    /// 未销号的督办共几条；不受筛选影响
    pub standing: i64,
    /// 其中已超期的
    pub overdue: i64,
    pub items: Vec<SupervisionRow>,
    /// 各单位未销号的督办，按代码排列；不受筛选影响
    pub units: Vec<SupervisedUnit>,
    /// 下一页的游标；没有下一页时为 null
    pub next_cursor: Option<String>,
}

/// 一条督办。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SupervisionRow {
    pub id: String,
    /// 案件编号
    pub case: String,
    /// 发送方自己的工单编号
    pub reference: Option<String>,
    pub status: Status,
    /// 承办单位代码：现在的，或最后一个；未派单为 null
    pub unit: Option<String>,
    pub unit_name: Option<String>,
    pub kind: SupervisionKind,
    /// 督办方式的名称
    pub kind_name: String,
    /// 交办人或部门，已脱敏
    pub issuer: String,
    pub issued_at: DateTime<FixedOffset>,
    pub due_at: DateTime<FixedOffset>,
    /// 销号时间；督办中为 null
    pub lifted_at: Option<DateTime<FixedOffset>>,
    /// 距期限还有几个自然日，当日到期为 0，超期为负；已销号为 null
    pub days_left: Option<i64>,
    /// 未销号而已过期限
    pub overdue: bool,
    /// 案件
    pub link: String,
}

/// 一个单位未销号的督办。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SupervisedUnit {
    /// 代码；未派单为 `-`
    pub code: String,
    pub name: String,
    pub standing: i64,
    /// 其中已超期的
    pub overdue: i64,
}

impl Insight {
    /// At most `most` supervisions after a place in the list ([`Supervisions::next_cursor`]).
    pub fn supervisions(
        &self,
        ground: Ground,
        filter: &SupervisionFilter,
        after: Option<(i64, i64)>,
        most: usize,
        now: DateTime<FixedOffset>,
    ) -> Result<Supervisions> {
        let mut found = ground.store.supervisions(filter, after, most + 1)?;
        let more = found.len() > most;
        found.truncate(most);
        let next_cursor = found.last().filter(|_| more).map(|last| format!("{}.{}", last.place.0, last.place.1));
        let unit = |unit: crate::store::WatchedUnit| {
            let name = unit.unit.as_deref().map_or(Some("未派单".to_owned()), |code| named(code, ground));
            let code = unit.unit.unwrap_or_else(|| crate::case::NONE.to_owned());
            SupervisedUnit {
                name: name.unwrap_or_else(|| code.clone()),
                code,
                standing: unit.standing,
                overdue: unit.overdue,
            }
        };
        let units: Vec<_> = ground.store.supervised_units(now.to_utc())?.into_iter().map(unit).collect();
        let standing = units.iter().map(|unit| unit.standing).sum();
        let overdue = units.iter().map(|unit| unit.overdue).sum();
        let items = found.into_iter().map(|one| with_days(one, ground, now)).collect();
        Ok(Supervisions { as_of: now, standing, overdue, items, units, next_cursor })
    }
}

fn named(code: &str, ground: Ground) -> Option<String> {
    ground.taxonomy.department(code).map(|unit| unit.name.clone())
}

/// The supervision with how many days are left, by the hotline's days.
pub(super) fn with_days(one: Watched, ground: Ground, now: DateTime<FixedOffset>) -> SupervisionRow {
    let offset = ground.deadlines.offset();
    let (due_at, today) = (one.due_at.with_timezone(&offset), now.with_timezone(&offset).date_naive());
    let standing = one.lifted_at.is_none();
    SupervisionRow {
        link: format!("/v1/complaints/{}", one.case),
        id: one.id,
        case: one.case,
        reference: one.reference,
        status: one.status,
        unit_name: one.unit.as_deref().and_then(|code| named(code, ground)),
        unit: one.unit,
        kind_name: one.kind.name().to_owned(),
        kind: one.kind,
        issuer: one.issuer,
        issued_at: one.issued_at.with_timezone(&offset),
        due_at,
        lifted_at: one.lifted_at.map(|at| at.with_timezone(&offset)),
        days_left: standing.then(|| (due_at.date_naive() - today).num_days()),
        overdue: standing && due_at < now,
    }
}

impl Supervisions {
    /// All that were asked for. Fails with `TooLarge` where there are more: a file with a part of them would mislead.
    pub fn whole(self) -> Result<Self> {
        match self.next_cursor {
            None => Ok(self),
            Some(_) => Err(Error::new(
                Kind::TooLarge,
                format!("超过一次最多给出的 {} 条督办：请用 state、unit 筛选", self.items.len()),
                format!("more than {} supervisions: narrow them by state and unit", self.items.len()),
            )),
        }
    }

    pub fn table(&self) -> Table {
        let columns = vec![
            column("case", "案件编号", Holds::Words, "本系统的编号"),
            column("reference", "工单编号", Holds::Words, "发送方自己的编号"),
            column("unit", "承办单位", Holds::Words, "单位代码"),
            column("unit_name", "承办单位名称", Holds::Words, "单位名称"),
            column("status", "办理状态", Holds::Words, "案件的状态代码"),
            column("kind", "督办方式", Holds::Words, "书面督办、专项督办或批示督办"),
            column("issuer", "交办部门", Holds::Words, "已脱敏"),
            column("issued_at", "交办时间", Holds::Time, "督办开始的时间"),
            column("due_at", "督办期限", Holds::Time, "须在此前办结"),
            column("days_left", "剩余天数", Holds::Count, "自然日；当日到期为 0，超期为负"),
            column("overdue", "超期", Holds::Truth, "未销号而已过期限"),
            column("lifted_at", "销号时间", Holds::Time, "督办中为空"),
        ];
        Table { title: "督办", columns, rows: self.items.iter().map(SupervisionRow::cells).collect() }
    }
}

impl SupervisionRow {
    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::of(Some(&self.case)),
            Cell::of(self.reference.as_deref()),
            Cell::of(self.unit.as_deref()),
            Cell::of(self.unit_name.as_deref()),
            Cell::of(Some(self.status.code())),
            Cell::of(Some(self.kind.name())),
            Cell::of(Some(&self.issuer)),
            Cell::Time(self.issued_at),
            Cell::Time(self.due_at),
            self.days_left.map_or(Cell::Blank, Cell::Count),
            Cell::Truth(self.overdue),
            self.lifted_at.map_or(Cell::Blank, Cell::Time),
        ]
    }
}
