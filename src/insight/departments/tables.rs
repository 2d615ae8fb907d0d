//! Department figures as tables.

use super::{
    DepartmentReport, DepartmentRow, Departments, PublicDepartments, PublicRate, PublicRow, RateBody, SpreadBody,
};
use crate::dataset::export::{Cell, Column, Holds, column};
use crate::insight::Table;
use crate::taxonomy::Tier;

/// How a rate's columns are called: hits, of, rate, low, high.
macro_rules! rate_columns {
    ($name:literal, $zh:literal) => {
        [
            column(concat!($name, "_hits"), concat!($zh, "分子"), Holds::Count, "件数"),
            column(concat!($name, "_of"), concat!($zh, "分母"), Holds::Count, "件数"),
            column(concat!($name, "_rate"), $zh, Holds::Share, "分母为 0 时为空"),
            column(concat!($name, "_low"), concat!($zh, "下限"), Holds::Share, "Wilson 95% 区间"),
            column(concat!($name, "_high"), concat!($zh, "上限"), Holds::Share, "Wilson 95% 区间"),
        ]
    };
}

const NAMES: [Column; 3] = [
    column("code", "代码", Holds::Words, "单位、性质、分类或区县的代码"),
    column("name", "名称", Holds::Words, "名称"),
    column("level", "单位性质", Holds::Words, "政府部门、公用企业、区县政府等"),
];

const COUNTS: [Column; 25] = [
    column("assigned", "承办件", Holds::Count, "派给它且现在仍归它，或最后归它的"),
    column("signed_in_time", "按时签收", Holds::Count, "件数"),
    column("signed_late", "逾期签收", Holds::Count, "件数"),
    column("sign_overdue", "逾期未签收", Holds::Count, "件数"),
    column("sign_waiting", "未到期未签收", Holds::Count, "含未签收而申请退单、已退单的"),
    column("answered_in_time", "按时答复", Holds::Count, "按现行期限"),
    column("answered_late", "逾期答复", Holds::Count, "按现行期限"),
    column("waiting", "未到期未答复", Holds::Count, "件数"),
    column("overdue", "超期未答复", Holds::Count, "件数"),
    column("suspended", "挂账", Holds::Count, "件数"),
    column("sent_back", "已退单待改派", Holds::Count, "件数"),
    column("returned", "退单", Holds::Count, "最后一次由它退回的，不计入承办件"),
    column("reassigned", "改派", Holds::Count, "由别的单位改派来的"),
    column("redone", "重办", Holds::Count, "件数"),
    column("extended", "延期", Holds::Count, "件数"),
    column("closed", "办结", Holds::Count, "件数"),
    column("supervised", "督办中", Holds::Count, "件数"),
    column("satisfied", "满意", Holds::Count, "最近一次回访"),
    column("fair", "基本满意", Holds::Count, "最近一次回访"),
    column("unsatisfied", "不满意", Holds::Count, "最近一次回访"),
    column("undeclared", "未表态", Holds::Count, "最近一次回访；不计入满意率"),
    column("resolved", "已解决", Holds::Count, "最近一次回访"),
    column("unresolved", "未解决", Holds::Count, "最近一次回访"),
    column("working_days_median", "答复工作日中位数", Holds::Number, "从派单到答复，派单当日为 0"),
    column("working_days_p90", "答复工作日第90百分位", Holds::Number, "从派单到答复，派单当日为 0"),
];

fn rates() -> impl Iterator<Item = Column> {
    let response = rate_columns!("response", "响应率");
    let on_time = rate_columns!("on_time", "按时办结率");
    let resolution = rate_columns!("resolution", "解决率");
    let satisfaction = rate_columns!("satisfaction", "满意率");
    [response, on_time, resolution, satisfaction].into_iter().flatten()
}

fn table(rows: Vec<Vec<Cell>>) -> Table {
    let columns = NAMES.into_iter().chain(COUNTS).chain(rates()).collect();
    Table { title: "办理情况", columns, rows }
}

impl Departments {
    /// A row for each, the total last.
    pub fn table(&self) -> Table {
        table(self.rows.iter().chain([&self.total]).map(DepartmentRow::cells).collect())
    }
}

impl DepartmentReport {
    /// A row for each category, the unit's total last.
    pub fn table(&self) -> Table {
        table(self.categories.iter().chain([&self.figures]).map(DepartmentRow::cells).collect())
    }
}

impl DepartmentRow {
    fn cells(&self) -> Vec<Cell> {
        let counts = [
            &self.assigned,
            &self.signing.in_time,
            &self.signing.late,
            &self.signing.overdue,
            &self.signing.waiting,
            &self.answering.in_time,
            &self.answering.late,
            &self.answering.waiting,
            &self.answering.overdue,
            &self.answering.suspended,
            &self.answering.sent_back,
            &self.returned,
            &self.reassigned,
            &self.redone,
            &self.extended,
            &self.closed,
            &self.supervised,
            &self.satisfied.satisfied,
            &self.satisfied.fair,
            &self.satisfied.unsatisfied,
            &self.satisfied.undeclared,
            &self.resolved.yes,
            &self.resolved.no,
        ];
        let number =
            |value: fn(SpreadBody) -> f64| self.working_days.map_or(Cell::Blank, |days| Cell::Number(value(days)));
        let mut cells = names(&self.code, &self.name, self.level);
        cells.extend(counts.map(|count| Cell::Count(count.cases)));
        cells.extend([number(|days| days.median), number(|days| days.p90)]);
        cells.extend(
            [&self.response, &self.on_time, &self.resolution, &self.satisfaction].into_iter().flat_map(RateBody::cells),
        );
        cells
    }
}

impl RateBody {
    fn cells(&self) -> [Cell; 5] {
        rate([Some(self.hits), Some(self.of)], [self.rate, self.low, self.high])
    }
}

impl PublicDepartments {
    /// A row for each, the total last. What is hidden is blank, and named in the last column: a mark such as `<5` would
    /// be untrue of what is hidden for another's sake, and telling the two apart would give both away.
    pub fn table(&self) -> Table {
        let [assigned, ..] = COUNTS;
        let undeclared = column("undeclared", "未表态", Holds::Count, "最近一次回访；不计入满意率");
        let hidden = column("suppressed", "隐去", Holds::Words, "为保护个人信息隐去的各项；隐去的不一定小于 5");
        let columns = NAMES.into_iter().chain([assigned]).chain(rates()).chain([undeclared, hidden]).collect();
        let rows = self.rows.iter().chain([&self.total]).map(PublicRow::cells).collect();
        Table { title: "办理情况公开版", columns, rows }
    }
}

impl PublicRow {
    fn cells(&self) -> Vec<Cell> {
        let rates = [
            ("响应率", &self.response),
            ("按时办结率", &self.on_time),
            ("解决率", &self.resolution),
            ("满意率", &self.satisfaction),
        ];
        let mut hidden: Vec<&str> = rates.iter().filter(|(_, rate)| rate.suppressed).map(|(name, _)| *name).collect();
        if self.suppressed {
            hidden.insert(0, "承办件");
        }
        let mut cells = names(&self.code, &self.name, self.level);
        cells.push(self.assigned.map_or(Cell::Blank, Cell::Count));
        cells.extend(rates.into_iter().flat_map(|(_, rate)| rate.cells()));
        cells.push(self.undeclared.map_or(Cell::Blank, Cell::Count));
        cells.push(Cell::of(Some(hidden.join("、")).as_deref().filter(|hidden| !hidden.is_empty())));
        cells
    }
}

impl PublicRate {
    fn cells(&self) -> [Cell; 5] {
        rate([self.hits, self.of], [self.rate, self.low, self.high])
    }
}

fn names(code: &str, name: &str, level: Option<Tier>) -> Vec<Cell> {
    vec![Cell::of(Some(code)), Cell::of(Some(name)), Cell::of(level.map(Tier::name))]
}

fn rate(counts: [Option<i64>; 2], shares: [Option<f64>; 3]) -> [Cell; 5] {
    let count = |count: Option<i64>| count.map_or(Cell::Blank, Cell::Count);
    let share = |share: Option<f64>| share.map_or(Cell::Blank, Cell::Share);
    [count(counts[0]), count(counts[1]), share(shares[0]), share(shares[1]), share(shares[2])]
}
