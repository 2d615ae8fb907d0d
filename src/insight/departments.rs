//! Department figures (办理情况): how well units handle what they are given, each figure with the list of its cases.
//!
//! No league table: 国办函〔2025〕66号 asks for assessment by class (分档分类) instead of ranking (不片面追求排名), so rows
//! stand by code, grouped by the kind of unit, and each rate comes with its counts and its interval.
//!
//! The rates follow Beijing's three (三率: 响应率、解决率、满意率; 《北京市接诉即办工作条例》2021) as far as the steps of a
//! case can tell:
//!
//! ```text
//! 响应率     signed in time   ÷ (signed in time + signed late + not signed and late)
//! 按时办结率 answered in time ÷ (answered in time + answered late + not answered and late)
//! 解决率     said resolved    ÷ (said resolved + said not resolved)
//! 满意率     (满意 + 基本满意) ÷ (满意 + 基本满意 + 不满意)
//! ```
//!
//! Beijing's 响应 is contact with the citizen, which no step tells; signing stands for it. 办结 is counted by the answer
//! (答复), which the deadline is for; closing (办结) follows a follow-up that is the hotline's. 未表态 counts neither as
//! satisfied nor as asked, as a no-opinion answer in surveys, and is told beside the rate. What is not due yet is in no
//! rate. All is as it stands at `as_of`: what was done again is judged by its last answer and last deadline.

mod links;
mod public;
mod tables;
mod unit;

use chrono::{DateTime, Days, FixedOffset, NaiveDate, NaiveTime};
use serde::Serialize;
use utoipa::ToSchema;

use self::links::Place;
use super::{Ground, Insight};
use crate::analytics::{Count, Grouping, Handled, Question, Rate, Snapshot, Spread, WorkedDays, departments};
use crate::case::{Answering, NONE, Satisfaction, Scope, Signing};
use crate::deadline::Deadlines;
use crate::error::Result;
use crate::taxonomy::{Taxonomy, Tier};
pub use public::{Month, PublicDepartments, PublicRate, PublicRow};
pub use unit::DepartmentReport;

/// How many days figures go back where nothing is said, today included.
const USUAL_DAYS: u64 = 30;
/// Working days are known from here on.
const FIRST_DAY: NaiveDate = match NaiveDate::from_ymd_opt(2000, 1, 1) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

/// 办理情况：各承办单位（或各档、各类、各区县）的承办件及办理结果，截至 `as_of`。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Departments {
    /// 受理时间不早于
    pub from: Option<DateTime<FixedOffset>>,
    /// 受理时间早于
    pub to: Option<DateTime<FixedOffset>>,
    /// 状态截至何时
    pub as_of: DateTime<FixedOffset>,
    pub group: DepartmentGroup,
    pub total: DepartmentRow,
    /// 按代码排列，不排名
    pub rows: Vec<DepartmentRow>,
}

/// 按什么分行：unit 承办单位、level 单位性质、category 一级分类、district 区县。
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DepartmentGroup {
    Unit,
    Level,
    Category,
    District,
}

/// 一个单位（或一档、一类、一区县）的办理情况。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DepartmentRow {
    /// 代码；没有的为 `-`
    pub code: String,
    pub name: String,
    /// 单位性质；按单位、单位性质分行时给出
    pub level: Option<Tier>,
    /// 承办件：派给它且现在仍归它，或最后归它的
    pub assigned: Cases,
    /// 签收；四项之和为承办件
    pub signing: SigningCases,
    /// 答复；六项之和为承办件
    pub answering: AnsweringCases,
    /// 退单：最后一次由它退回的，不论现在归谁，不计入承办件
    pub returned: Cases,
    /// 改派：承办件中由别的单位改派来的
    pub reassigned: Cases,
    /// 重办过的
    pub redone: Cases,
    /// 延期过的
    pub extended: Cases,
    /// 已办结
    pub closed: Cases,
    /// 督办中
    pub supervised: Cases,
    /// 最近一次回访的评价
    pub satisfied: SatisfactionCases,
    /// 最近一次回访是否解决
    pub resolved: ResolvedCases,
    /// 从最近一次派单到其后首次答复的工作日数，派单当日为 0；只计已答复的，含挂账时间
    pub working_days: Option<SpreadBody>,
    /// 同上，自然小时
    pub hours: Option<SpreadBody>,
    /// 响应率：按时签收 ÷（按时签收＋逾期签收＋逾期未签收）
    pub response: RateBody,
    /// 按时办结率：按时答复 ÷（按时答复＋逾期答复＋超期未答复）
    pub on_time: RateBody,
    /// 解决率：已解决 ÷（已解决＋未解决）
    pub resolution: RateBody,
    /// 满意率：（满意＋基本满意）÷（满意＋基本满意＋不满意），未表态另计
    pub satisfaction: RateBody,
}

/// 件数及这些案件的列表。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Cases {
    pub cases: i64,
    pub link: String,
}

/// 签收情况。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SigningCases {
    /// 按时签收
    pub in_time: Cases,
    /// 逾期签收
    pub late: Cases,
    /// 逾期未签收
    pub overdue: Cases,
    /// 未到期未签收，及未签收而申请退单、已退单的
    pub waiting: Cases,
}

/// 答复情况，按现行期限（含延期；挂账期间不计时）。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AnsweringCases {
    /// 按时答复；没有期限的不算逾期
    pub in_time: Cases,
    /// 逾期答复
    pub late: Cases,
    /// 未答复，未到期
    pub waiting: Cases,
    /// 未答复，已超期
    pub overdue: Cases,
    /// 挂账
    pub suspended: Cases,
    /// 已退单，待改派
    pub sent_back: Cases,
}

/// 回访评价。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SatisfactionCases {
    pub satisfied: Cases,
    pub fair: Cases,
    pub unsatisfied: Cases,
    /// 未表态：不计入满意率
    pub undeclared: Cases,
}

/// 是否解决。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ResolvedCases {
    pub yes: Cases,
    pub no: Cases,
}

/// 中位数与第 90 百分位。
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct SpreadBody {
    pub median: f64,
    pub p90: f64,
}

/// 率：分子、分母、比例及 Wilson 95% 区间；分母为 0 时比例和区间为 null。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RateBody {
    pub hits: i64,
    pub of: i64,
    pub rate: Option<f64>,
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// 分子的案件
    pub hits_link: String,
    /// 分母的案件
    pub of_link: String,
}

/// The four rates as hits and misses.
struct Parts {
    hits: &'static [Count],
    misses: &'static [Count],
}

const RESPONSE: Parts = Parts {
    hits: &[Count::Signed(Signing::InTime)],
    misses: &[Count::Signed(Signing::Late), Count::Signed(Signing::Overdue)],
};
const ON_TIME: Parts = Parts {
    hits: &[Count::Answered(Answering::InTime)],
    misses: &[Count::Answered(Answering::Late), Count::Answered(Answering::Overdue)],
};
const RESOLUTION: Parts = Parts { hits: &[Count::Resolved(true)], misses: &[Count::Resolved(false)] };
const SATISFACTION: Parts = Parts {
    hits: &[Count::Said(Satisfaction::Satisfied), Count::Said(Satisfaction::Fair)],
    misses: &[Count::Said(Satisfaction::Unsatisfied)],
};

impl DepartmentGroup {
    pub const ALL: [DepartmentGroup; 4] =
        [DepartmentGroup::Unit, DepartmentGroup::Level, DepartmentGroup::Category, DepartmentGroup::District];

    /// On the wire.
    pub fn code(self) -> &'static str {
        match self {
            DepartmentGroup::Unit => "unit",
            DepartmentGroup::Level => "level",
            DepartmentGroup::Category => "category",
            DepartmentGroup::District => "district",
        }
    }

    fn grouping(self) -> Grouping {
        match self {
            DepartmentGroup::Unit => Grouping::Unit,
            DepartmentGroup::Level => Grouping::Level,
            DepartmentGroup::Category => Grouping::Domain,
            DepartmentGroup::District => Grouping::District,
        }
    }
}

impl Insight {
    /// The figures of the scope, of the last `USUAL_DAYS` days where it names no time.
    pub fn departments(
        &self,
        ground: Ground,
        scope: &Scope,
        group: DepartmentGroup,
        now: DateTime<FixedOffset>,
    ) -> Result<Departments> {
        let scope = usual(scope, ground.deadlines, now);
        let asked = Asked { snapshot: self.fresh(ground)?, ground, scope: &scope, now };
        let (groups, total) = asked.figures(group.grouping(), None)?;
        let mut rows: Vec<_> = groups.iter().map(|one| asked.row(one, group.grouping(), None)).collect();
        if group == DepartmentGroup::Level {
            rows.sort_by_key(|row| Tier::ALL.iter().position(|tier| Some(*tier) == row.level).unwrap_or(usize::MAX));
        }
        let total = row(&total, Named::total(), &Place { scope: scope.clone(), unit: None });
        Ok(Departments { from: scope.from, to: scope.to, as_of: now, group, total, rows })
    }
}

/// A question under way.
struct Asked<'a> {
    snapshot: Snapshot,
    ground: Ground<'a>,
    scope: &'a Scope,
    now: DateTime<FixedOffset>,
}

impl Asked<'_> {
    fn figures(&self, by: Grouping, unit: Option<&str>) -> Result<(Vec<Handled>, Handled)> {
        let units = self.ground.taxonomy.departments.iter();
        let levels: Vec<_> = units.map(|unit| (unit.code.clone(), unit.level.code())).collect();
        let worked = worked(self.ground.deadlines, self.scope.from, self.now);
        let now = self.now.timestamp_millis();
        departments(&self.snapshot, Question { scope: self.scope, by, unit, levels: &levels, worked: &worked, now })
    }

    /// The row of a group; `unit` is the one whose cases alone count.
    fn row(&self, handled: &Handled, by: Grouping, unit: Option<&str>) -> DepartmentRow {
        let code = handled.value.clone().unwrap_or_else(|| NONE.to_owned());
        let mut scope = self.scope.clone();
        let mut owner = unit.map(str::to_owned);
        match by {
            Grouping::Unit | Grouping::Level => owner = Some(code.clone()),
            Grouping::Domain | Grouping::Category => scope.category = Some(code.clone()),
            Grouping::District => scope.district = Some(code.clone()),
        }
        row(handled, Named::of(code, by, self.ground.taxonomy), &Place { scope, unit: owner })
    }
}

/// What a row is called.
struct Named {
    code: String,
    name: String,
    level: Option<Tier>,
}

impl Named {
    fn total() -> Self {
        Self { code: "total".to_owned(), name: "合计".to_owned(), level: None }
    }

    fn of(code: String, by: Grouping, taxonomy: &Taxonomy) -> Self {
        let unit = taxonomy.department(&code).filter(|_| by == Grouping::Unit);
        let tier = Tier::ALL.into_iter().find(|tier| by == Grouping::Level && tier.code() == code);
        let name = match by {
            Grouping::Unit => unit.map(|unit| unit.name.clone()),
            Grouping::Level => tier.map(|tier| tier.name().to_owned()),
            Grouping::Domain => taxonomy.domain(&code).map(|domain| domain.name.clone()),
            Grouping::Category => taxonomy.path(&code),
            Grouping::District => None,
        };
        let name = name.unwrap_or_else(|| match (code.as_str(), by) {
            (NONE, Grouping::Level) => "不在目录中".to_owned(),
            (NONE, _) => "未读出".to_owned(),
            (code, _) => code.to_owned(),
        });
        Self { level: unit.map(|unit| unit.level).or(tier), code, name }
    }
}

/// The scope with the usual period where it names none.
pub(super) fn usual(scope: &Scope, deadlines: &Deadlines, now: DateTime<FixedOffset>) -> Scope {
    if scope.from.is_some() || scope.to.is_some() {
        return scope.clone();
    }
    let today = now.with_timezone(&deadlines.offset()).date_naive();
    let start = |day: NaiveDate| {
        DateTime::from_naive_utc_and_offset(day.and_time(NaiveTime::MIN) - deadlines.offset(), deadlines.offset())
    };
    let from = Some(start(today - Days::new(USUAL_DAYS - 1)));
    Scope { from, to: Some(start(today + Days::new(1))), ..scope.clone() }
}

/// The days that may count: from the first received on to today.
fn worked(deadlines: &Deadlines, from: Option<DateTime<FixedOffset>>, now: DateTime<FixedOffset>) -> WorkedDays {
    let day = |at: DateTime<FixedOffset>| at.with_timezone(&deadlines.offset()).date_naive();
    let first = from.map_or(FIRST_DAY, day).max(FIRST_DAY);
    let days = first.iter_days().take_while(|one| *one <= day(now) + Days::new(1));
    let number = first.signed_duration_since(NaiveDate::default()).num_days() as i32;
    WorkedDays::new(number, days.map(|day| deadlines.calendar.is_worked(day)))
}

fn row(handled: &Handled, named: Named, place: &Place) -> DepartmentRow {
    let cases = |count: Count| Cases { cases: handled.count(count), link: place.link(&[count]) };
    let rate = |parts: &Parts| RateBody::of(handled, parts, place);
    let Named { code, name, level } = named;
    DepartmentRow {
        code,
        name,
        level,
        assigned: cases(Count::Assigned),
        signing: SigningCases {
            in_time: cases(Count::Signed(Signing::InTime)),
            late: cases(Count::Signed(Signing::Late)),
            overdue: cases(Count::Signed(Signing::Overdue)),
            waiting: cases(Count::Signed(Signing::Waiting)),
        },
        answering: AnsweringCases {
            in_time: cases(Count::Answered(Answering::InTime)),
            late: cases(Count::Answered(Answering::Late)),
            waiting: cases(Count::Answered(Answering::Waiting)),
            overdue: cases(Count::Answered(Answering::Overdue)),
            suspended: cases(Count::Answered(Answering::Suspended)),
            sent_back: cases(Count::Answered(Answering::SentBack)),
        },
        returned: cases(Count::Returned),
        reassigned: cases(Count::Reassigned),
        redone: cases(Count::Redone),
        extended: cases(Count::Extended),
        closed: cases(Count::Closed),
        supervised: cases(Count::Supervised),
        satisfied: SatisfactionCases {
            satisfied: cases(Count::Said(Satisfaction::Satisfied)),
            fair: cases(Count::Said(Satisfaction::Fair)),
            unsatisfied: cases(Count::Said(Satisfaction::Unsatisfied)),
            undeclared: cases(Count::Said(Satisfaction::Undeclared)),
        },
        resolved: ResolvedCases { yes: cases(Count::Resolved(true)), no: cases(Count::Resolved(false)) },
        working_days: handled.days.map(SpreadBody::of),
        hours: handled.hours.map(SpreadBody::of),
        response: rate(&RESPONSE),
        on_time: rate(&ON_TIME),
        resolution: rate(&RESOLUTION),
        satisfaction: rate(&SATISFACTION),
    }
}

impl SpreadBody {
    fn of(spread: Spread) -> Self {
        Self { median: spread.median, p90: spread.p90 }
    }
}

impl RateBody {
    fn of(handled: &Handled, parts: &Parts, place: &Place) -> Self {
        let all: Vec<Count> = parts.hits.iter().chain(parts.misses).copied().collect();
        Self::told(handled.rate(parts.hits, parts.misses), place.link(parts.hits), place.link(&all))
    }

    /// A rate with the lists of its cases.
    pub(super) fn told(rate: Rate, hits_link: String, of_link: String) -> Self {
        let interval = rate.interval();
        Self {
            hits: rate.hits,
            of: rate.of,
            rate: rate.share(),
            low: interval.map(|(low, _)| low),
            high: interval.map(|(_, high)| high),
            hits_link,
            of_link,
        }
    }
}
