//! `guikou report departments`, `guikou report supervisions`.

use chrono::{DateTime, FixedOffset, Local};
use clap::{Args, ValueEnum};

use super::{Desk, Shape, Which, give};
use crate::error::{Error, Result};
use crate::insight::{DepartmentGroup, Month};
use crate::store::{SupervisionFilter, SupervisionState};

/// Supervisions in one report, at most.
const MOST: usize = 10_000;

#[derive(Args)]
pub struct Wanted {
    #[command(flatten)]
    which: Which,
    /// 按什么分行
    #[arg(long, value_enum, default_value = "unit")]
    group: Group,
    /// 受理的自然月，如 2026-10；公开版默认上一个完整的月
    #[arg(long, value_name = "月份", value_parser = month, conflicts_with_all = ["from", "to"])]
    month: Option<Month>,
    /// 公开版：不含案件，1 至 4 件的数字隐去
    #[arg(long, conflicts_with_all = ["from", "to", "category", "petition", "department", "channel", "district"])]
    public: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Group {
    Unit,
    Level,
    Category,
    District,
}

#[derive(Args)]
pub struct Watched {
    /// 哪些督办；不给即全部
    #[arg(long, value_enum)]
    state: Option<State>,
    /// 承办单位代码
    #[arg(long, value_name = "代码")]
    unit: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum State {
    Standing,
    Overdue,
    Lifted,
}

fn month(text: &str) -> Result<Month, String> {
    Month::parse(text).ok_or_else(|| "须为月份，如 2026-10".to_owned())
}

pub fn departments(desk: &Desk, shape: &Shape, wanted: &Wanted) -> Result<()> {
    let (ground, now) = (desk.ground(), now(desk));
    let offset = *now.offset();
    let group = match wanted.group {
        Group::Unit => DepartmentGroup::Unit,
        Group::Level => DepartmentGroup::Level,
        Group::Category => DepartmentGroup::Category,
        Group::District => DepartmentGroup::District,
    };
    if wanted.public {
        let month = wanted.month.unwrap_or_else(|| Month::last(now, offset));
        if !month.is_over(now, offset) {
            let zh = format!("{month} 还没有结束：公开版须为已结束的月份");
            return Err(Error::setup(zh, format!("{month} is not over: the public edition is of whole months")));
        }
        let answer = desk.insight.published_departments(ground, month, group, now)?;
        return give(shape, &answer, &answer.table());
    }
    let mut scope = wanted.which.scope(ground)?;
    if let Some(month) = wanted.month {
        let whole = month.scope(offset);
        (scope.from, scope.to) = (whole.from, whole.to);
    }
    let answer = desk.insight.departments(ground, &scope, group, now)?;
    give(shape, &answer, &answer.table())
}

pub fn supervisions(desk: &Desk, shape: &Shape, wanted: &Watched) -> Result<()> {
    let now = now(desk);
    let state = wanted.state.map(|state| match state {
        State::Standing => SupervisionState::Standing,
        State::Overdue => SupervisionState::Overdue,
        State::Lifted => SupervisionState::Lifted,
    });
    let filter = SupervisionFilter { state, unit: wanted.unit.clone(), now: now.to_utc() };
    let answer = desk.insight.supervisions(desk.ground(), &filter, None, MOST, now)?.whole()?;
    give(shape, &answer, &answer.table())
}

/// Now, as the hotline's days have it.
fn now(desk: &Desk) -> DateTime<FixedOffset> {
    Local::now().with_timezone(&desk.ground().deadlines.offset())
}
