//! Operation reports (运行报告): daily, weekly, monthly, and special ones of a matter, written from the answers that the
//! routes give, so that each number is found again by its citation. Shapes: 日报、周报、月报、专报 as hotlines publish them.
//!
//! A report is of a period that is over, or of the one that runs, which is then named as such. Sentences are chosen by
//! rules and filled with figures; nothing is said that no figure says. Tickets are self-selected, so there is no margin
//! of error anywhere, and no percentage of fewer than [`LEAST_BASE`].

mod advice;
mod asking;
mod hot;
mod intake;
mod kinds;
mod units;

use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate};

use self::asking::Asking;
use super::{Ground, Insight, USUAL_DAYS};
use crate::analytics::{Period, start_of};
use crate::case::Scope;
use crate::case::document::{Document, Edition, Section};
use crate::error::{Error, Result};

/// What a report is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReportKind {
    /// 日报
    Daily,
    /// 周报, Monday to Sunday
    Weekly,
    /// 月报
    Monthly,
    /// 专报, of a category, a place, an event or a unit
    Special,
}

/// Which report.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportAsked {
    pub kind: ReportKind,
    pub period: Period,
    /// Handling is as it stood then, as far as deadlines go; what was received later is not known. In whole seconds.
    pub as_of: DateTime<FixedOffset>,
    pub edition: Edition,
    /// Of a special report what it is about; its times are the period's.
    pub scope: Scope,
    /// Who publishes it.
    pub issuer: Option<String>,
}

impl ReportKind {
    pub const ALL: [ReportKind; 4] = [ReportKind::Daily, ReportKind::Weekly, ReportKind::Monthly, ReportKind::Special];

    /// On the wire and in file names.
    pub fn code(self) -> &'static str {
        match self {
            ReportKind::Daily => "daily",
            ReportKind::Weekly => "weekly",
            ReportKind::Monthly => "monthly",
            ReportKind::Special => "special",
        }
    }

    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            ReportKind::Daily => "日报",
            ReportKind::Weekly => "周报",
            ReportKind::Monthly => "月报",
            ReportKind::Special => "专报",
        }
    }

    /// The period that is over by a moment, or with `running` the one that it falls into.
    pub fn period(self, as_of: DateTime<FixedOffset>, running: bool) -> Period {
        let today = as_of.date_naive();
        let back = |day: NaiveDate, days: u64| day.checked_sub_days(Days::new(days)).unwrap_or(day);
        let on = |day: NaiveDate, days: u64| day.checked_add_days(Days::new(days)).unwrap_or(day);
        let monday = back(today, today.weekday().num_days_from_monday().into());
        let first = back(today, today.day0().into());
        let month_of = |day: NaiveDate| back(day, day.day0().into());
        let (from, to) = match (self, running) {
            (ReportKind::Daily, true) => (today, on(today, 1)),
            (ReportKind::Daily, false) => (back(today, 1), today),
            (ReportKind::Weekly, true) => (monday, on(monday, 7)),
            (ReportKind::Weekly, false) => (back(monday, 7), monday),
            (ReportKind::Monthly, true) => (first, month_of(on(first, 31))),
            (ReportKind::Monthly, false) => (month_of(back(first, 1)), first),
            (ReportKind::Special, true) => (back(today, USUAL_DAYS - 1), on(today, 1)),
            (ReportKind::Special, false) => (back(today, USUAL_DAYS), today),
        };
        let offset = *as_of.offset();
        Period { from: start_of(from, offset), to: start_of(to, offset) }
    }

    /// What the period before is called.
    fn before(self) -> &'static str {
        match self {
            ReportKind::Daily => "前一日",
            ReportKind::Weekly => "上周",
            ReportKind::Monthly => "上月",
            ReportKind::Special => "此前同样长的时段",
        }
    }

    /// Which number in its year.
    fn number(self, period: &Period) -> Option<String> {
        let day = period.from.date_naive();
        match self {
            ReportKind::Daily => Some(format!("{}年第{}期", day.year(), day.ordinal())),
            ReportKind::Weekly => Some(format!("{}年第{}周", day.iso_week().year(), day.iso_week().week())),
            ReportKind::Monthly => Some(format!("{}年第{}期", day.year(), day.month())),
            ReportKind::Special => None,
        }
    }
}

impl ReportAsked {
    /// Whether the period is not over yet.
    pub fn runs(&self) -> bool {
        self.as_of < self.period.to
    }

    /// Which cases.
    fn scope(&self) -> Scope {
        Scope { from: Some(self.period.from), to: Some(self.period.to), ..self.scope.clone() }
    }

    /// Refuses what cannot be published or has not begun.
    fn check(&self) -> Result<()> {
        if self.as_of <= self.period.from {
            return Err(Error::invalid("时段还没有开始：请换更早的时段", "the period has not begun").at(
                "?from",
                "晚于截至时间",
                "is after `as_of`",
            ));
        }
        if self.edition == Edition::Public && (self.runs() || self.kind == ReportKind::Special) {
            let zh = "公开版只有已结束的日报、周报和月报：专报和未完的时段范围小，容易推知个别诉求";
            let en = "the public edition is of days, weeks and months that are over";
            return Err(Error::invalid(zh, en).at("?edition", "此处只能是 internal", "must be internal here"));
        }
        Ok(())
    }
}

impl Insight {
    /// Writes a report.
    pub fn report(&self, ground: Ground, asked: &ReportAsked) -> Result<Document> {
        asked.check()?;
        let mut asking = Asking::new(self, ground, asked)?;
        let written = match asked.edition {
            Edition::Internal => internal(&mut asking)?,
            Edition::Public => public(&mut asking)?,
        };
        let (sources, inputs) = asking.close();
        let date = |day: NaiveDate| format!("{}年{}月{}日", day.year(), day.month(), day.day());
        let (first, last) = asked.period.days();
        let days = if first == last { date(first) } else { format!("{}至{}", date(first), date(last)) };
        let running = if asked.runs() {
            format!("，本期未完，统计截至{}", asked.as_of.format("%-m月%-d日%-H时%M分"))
        } else {
            String::new()
        };
        Ok(Document {
            title: asked.title(ground),
            subtitle: Some(format!("（{days}{running}）")),
            issuer: asked.issuer.clone(),
            number: asked.kind.number(&asked.period),
            dated: asked.as_of.date_naive(),
            edition: asked.edition,
            sections: written.into_iter().filter(|section| !section.blocks.is_empty()).collect(),
            notes: notes(asked),
            sources,
            inputs,
        })
    }
}

impl ReportAsked {
    fn title(&self, ground: Ground) -> String {
        let scope = &self.scope;
        let category = scope.category.as_deref().map(|code| {
            let category = ground.taxonomy.category(code).map(|category| category.name.as_str());
            category.or_else(|| ground.taxonomy.domain(code).map(|domain| domain.name.as_str())).unwrap_or(code)
        });
        let unit = scope.department.as_deref();
        let unit = unit.map(|code| ground.taxonomy.department(code).map_or(code, |unit| unit.name.as_str()));
        let issue = scope.issue.as_deref().and_then(|id| ground.store.group(id).ok().flatten());
        let issue = issue.map(|group| group.title.split('（').next().unwrap_or_default().to_owned());
        let places = [&scope.district, &scope.street, &scope.community].into_iter().flatten().map(String::as_str);
        let about: Vec<&str> = places.chain(category).chain(unit).chain(issue.as_deref()).collect();
        match (self.kind, about.is_empty()) {
            (ReportKind::Special, false) => format!("关于{}诉求情况的专报", about.join("")),
            (kind, _) => format!("12345热线运行{}", kind.name()),
        }
    }
}

fn internal(asking: &mut Asking) -> Result<Vec<Section>> {
    let intake = intake::section(asking)?;
    if asking.is_empty() {
        return Ok(vec![intake]);
    }
    let kinds = kinds::section(asking)?;
    let hot = hot::section(asking)?;
    let units = units::section(asking)?;
    let watched = units::supervisions(asking)?;
    Ok(vec![intake, kinds, hot, units, watched, advice::section(asking)?])
}

/// What may be published: no case, no words of a citizen, no place finer than a district, no small number.
fn public(asking: &mut Asking) -> Result<Vec<Section>> {
    let intake = intake::section(asking)?;
    if asking.is_empty() {
        return Ok(vec![intake]);
    }
    let kinds = kinds::section(asking)?;
    let hot = hot::published(asking)?;
    Ok(vec![intake, kinds, hot, units::published(asking)?])
}

fn notes(asked: &ReportAsked) -> Vec<String> {
    let mut notes = vec![
        "热线诉求由市民自愿反映，不是抽样调查：不能据以推断全体市民的看法，本报告不给出误差范围。".to_owned(),
        format!(
            "环比：与{}相比；同比：整周比52周前，其余比去年同日。对比期不足20件不给增减幅度，分母不足20件不给百分比，以“—”表示。",
            asked.kind.before()
        ),
    ];
    match asked.edition {
        Edition::Internal => {
            let as_of = asked.as_of.format("%Y年%-m月%-d日%-H时%M分");
            notes.push(format!("逾期与否按截至{as_of}判断，诉求组、办理过程和回访评价按成文时所知。"));
            notes.push("每句后的编号是文末“数据来源”的序号：按其查询可再得同一数字及其案件。".to_owned());
        }
        Edition::Public => {
            notes.push("1至4件的数字，以及能据以推算出它们的数字，以“—”隐去；隐去的不一定小于5。".to_owned());
            notes.push("按日、按周、按月只宜公开一种：部分重叠的时段相减会推出隐去的数字。".to_owned());
        }
    }
    notes
}
