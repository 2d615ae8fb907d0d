//! Early warnings (预警) as they are listed, and what people say of them.

use chrono::{DateTime, FixedOffset};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Ground, Insight, Table};
use crate::dataset::export::{Cell, Holds, column};
use crate::error::{Error, Kind, Result};
use crate::store::{Alert, AlertAct, AlertEntry, AlertFilter, AlertState, Delivery, DeliveryFilter, PERSON};

/// Deliveries shown with an alert, at most.
const SHOWN: usize = 200;

/// 一页预警，新的在前。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Alerts {
    pub items: Vec<Alert>,
    /// 下一页的游标；没有下一页时为 null
    pub next_cursor: Option<String>,
}

/// 一条预警和它的全部变动、推送。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AlertStory {
    #[serde(flatten)]
    pub alert: Alert,
    /// 变动，先发生的在前
    pub log: Vec<AlertEntry>,
    /// 推送，新的在前，最多 200 次；更多见 /v1/deliveries
    pub deliveries: Vec<Delivery>,
}

impl Insight {
    /// Alerts after `cursor`, newest first, at most `most`.
    pub fn alerts(&self, ground: Ground, filter: &AlertFilter, cursor: Option<i64>, most: usize) -> Result<Alerts> {
        let (items, next_cursor) = ground.store.alerts(filter, cursor, most)?;
        Ok(Alerts { items, next_cursor })
    }

    /// The alert with this id, what was done of it, and how it was sent.
    pub fn alert(&self, ground: Ground, id: &str) -> Result<AlertStory> {
        let none = || Error::new(Kind::NotFound, "没有这条预警：请核对编号", "there is no such alert: check the id");
        let (alert, log) = ground.store.alert(id)?.ok_or_else(none)?;
        let filter = DeliveryFilter { alert: Some(id.to_owned()), ..DeliveryFilter::default() };
        let (deliveries, _) = ground.store.deliveries(&filter, None, SHOWN)?;
        Ok(AlertStory { alert, log, deliveries })
    }

    /// Acknowledges or dismisses an alert; what is said is masked first.
    pub fn act_on_alert(
        &self,
        ground: Ground,
        id: &str,
        state: AlertState,
        (actor, reason): (Option<String>, Option<String>),
        now: DateTime<FixedOffset>,
    ) -> Result<AlertStory> {
        let masked =
            |text: Option<String>| text.filter(|text| !text.trim().is_empty()).map(|text| ground.reader.mask(&text));
        let actor = masked(actor).unwrap_or_else(|| PERSON.to_owned());
        ground.store.act_on_alert(id, &AlertAct { state, actor, reason: masked(reason) }, now)?;
        self.alert(ground, id)
    }
}

impl Alerts {
    pub fn table(&self) -> Table {
        let columns = vec![
            column("id", "预警编号", Holds::Words, "编号"),
            column("level", "级别", Holds::Words, "蓝、黄、橙、红"),
            column("title", "标题", Holds::Words, "地点加问题"),
            column("sentence", "说明", Holds::Words, "一句话"),
            column("kind", "对象", Holds::Words, "诉求组，或分类与区县"),
            column("category", "分类", Holds::Words, "二级分类代码"),
            column("district", "区县", Holds::Words, "区县"),
            column("cases", "件数", Holds::Count, "时段内的件数"),
            column("people", "人数", Holds::Count, "时段内的人数"),
            column("communities", "社区数", Holds::Count, "时段内涉及的社区、村、小区"),
            column("z", "突增分", Holds::Number, "与往常相比"),
            column("from", "时段起", Holds::Time, "含"),
            column("to", "时段止", Holds::Time, "不含"),
            column("raised_at", "发出时间", Holds::Time, "首次达到条件"),
            column("escalated_at", "升级时间", Holds::Time, "最近一次升级"),
            column("state", "处理", Holds::Words, "待处理、已确认、已解除"),
            column("actor", "处理人", Holds::Words, "岗位"),
            column("reason", "理由", Holds::Words, "已脱敏"),
            column("acted_at", "处理时间", Holds::Time, "确认或解除的时间"),
        ];
        Table { title: "预警", columns, rows: self.items.iter().map(row).collect() }
    }
}

fn row(alert: &Alert) -> Vec<Cell> {
    let figures = &alert.figures;
    let count = |count: usize| Cell::Count(count as i64);
    let time = |at: DateTime<chrono::Utc>| Cell::Time(at.with_timezone(figures.from.offset()));
    let state = match alert.state {
        AlertState::Open => "待处理",
        AlertState::Acknowledged => "已确认",
        AlertState::Dismissed => "已解除",
    };
    vec![
        Cell::of(Some(&alert.id)),
        Cell::of(Some(alert.level_name)),
        Cell::of(Some(&alert.title)),
        Cell::of(Some(&alert.sentence)),
        Cell::of(Some(alert.kind.name())),
        Cell::of(alert.category.as_deref()),
        Cell::of(alert.district.as_deref()),
        count(figures.cases),
        count(figures.people),
        count(figures.communities),
        figures.z.map_or(Cell::Blank, Cell::Number),
        Cell::Time(figures.from),
        Cell::Time(figures.to),
        time(alert.raised_at),
        alert.escalated_at.map_or(Cell::Blank, time),
        Cell::of(Some(state)),
        Cell::of(alert.actor.as_deref()),
        Cell::of(alert.reason.as_deref()),
        alert.acted_at.map_or(Cell::Blank, time),
    ]
}
