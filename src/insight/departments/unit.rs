//! One unit: its figures, by category, why it returns, what is overdue and under supervision.

use chrono::{DateTime, FixedOffset};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Asked, Cases, DepartmentRow, Named, Place, row, usual};
use crate::analytics::{Count, Grouping};
use crate::case::{Among, Answering, Handling, ReturnReason, Scope};
use crate::error::{Error, Kind, Result};
use crate::insight::supervisions::{SupervisionRow, with_days};
use crate::insight::{Ground, Insight};
use crate::store::{Filter, SupervisionFilter, SupervisionState};
use crate::taxonomy::Department;

/// Standing supervisions told with a unit.
const SUPERVISIONS: usize = 200;

/// 一个单位的办理情况。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DepartmentReport {
    /// 受理时间不早于
    pub from: Option<DateTime<FixedOffset>>,
    /// 受理时间早于
    pub to: Option<DateTime<FixedOffset>>,
    /// 状态截至何时
    pub as_of: DateTime<FixedOffset>,
    pub figures: DepartmentRow,
    /// 按二级分类
    pub categories: Vec<DepartmentRow>,
    /// 超期未答复
    pub overdue: Cases,
    /// 退单原因，多的在前
    pub returns: Vec<ReturnReasonCount>,
    /// 未销号的督办，不论何时受理；先到期的在前，最多 200 条
    pub supervisions: Vec<SupervisionRow>,
}

/// 一种退单原因。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ReturnReasonCount {
    pub reason: ReturnReason,
    pub name: String,
    pub cases: i64,
    pub link: String,
}

impl Insight {
    /// The figures of one unit. Fails with `NotFound` where neither the catalogue nor a case knows it.
    pub fn department(
        &self,
        ground: Ground,
        code: &str,
        scope: &Scope,
        now: DateTime<FixedOffset>,
    ) -> Result<DepartmentReport> {
        let scope = usual(scope, ground.deadlines, now);
        let asked = Asked { snapshot: self.fresh(ground)?, ground, scope: &scope, now };
        let (categories, total) = asked.figures(Grouping::Category, Some(code))?;
        let known: Option<&Department> = ground.taxonomy.department(code);
        if known.is_none() && categories.is_empty() {
            let (zh, en) = ("没有这个单位：请核对代码", "there is no such unit: check the code");
            return Err(Error::new(Kind::NotFound, zh, en));
        }
        let place = Place { scope: scope.clone(), unit: Some(code.to_owned()) };
        let figures = row(&total, Named::of(code.to_owned(), Grouping::Unit, ground.taxonomy), &place);
        let overdue = Count::Answered(Answering::Overdue);
        let standing = SupervisionFilter {
            state: Some(SupervisionState::Standing),
            unit: Some(code.to_owned()),
            now: now.to_utc(),
        };
        let standing = ground.store.supervisions(&standing, None, SUPERVISIONS)?;
        Ok(DepartmentReport {
            from: scope.from,
            to: scope.to,
            as_of: now,
            categories: categories.iter().map(|one| asked.row(one, Grouping::Category, Some(code))).collect(),
            overdue: Cases { cases: total.count(overdue), link: place.link(&[overdue]) },
            figures,
            returns: returns(ground, code, &scope, now)?,
            supervisions: standing.into_iter().map(|one| with_days(one, ground, now)).collect(),
        })
    }
}

fn returns(ground: Ground, code: &str, scope: &Scope, now: DateTime<FixedOffset>) -> Result<Vec<ReturnReasonCount>> {
    let returned_by = Some(Among::These(vec![code.to_owned()]));
    let handling = Handling { returned_by, ..Handling::default() };
    let filter = Filter { scope: scope.clone(), handling, now, ..Filter::default() };
    let counted = ground.store.return_reasons(&filter)?;
    let one = |(reason, cases): (ReturnReason, i64)| {
        let link = scope.link_with(&[("returned_by", code), ("return_reason", reason.code())]);
        ReturnReasonCount { reason, name: reason.name().to_owned(), cases, link }
    };
    Ok(counted.into_iter().map(one).collect())
}
