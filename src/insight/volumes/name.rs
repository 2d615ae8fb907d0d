//! What the values that cases are counted by are called, for people and on the wire.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate, TimeDelta};

use super::Breakdown;
use super::link::month;
use crate::analytics::{Dimension, Pivot, Value};
use crate::case::{NONE, Status};
use crate::error::Result;
use crate::insight::Ground;
use crate::taxonomy::Taxonomy;

const WEEKDAYS: [&str; 7] = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];
/// All values beyond the top.
const REST: &str = "其余";

/// The catalogue, and the titles of groups.
pub struct Names<'a> {
    taxonomy: &'a Taxonomy,
    titles: BTreeMap<String, String>,
}

impl<'a> Names<'a> {
    pub fn of(ground: Ground<'a>, asked: &Breakdown, counted: &Pivot) -> Result<Self> {
        let (rows, columns) = (counted.rows.iter().map(|one| (asked.by, &one.value)), asked.across);
        let columns = columns.into_iter().flat_map(|by| counted.columns.iter().map(move |one| (by, &one.value)));
        let issues: Vec<&str> = rows
            .chain(columns)
            .filter_map(|one| match one {
                (Dimension::Issue, Value::Code(id)) => Some(id.as_str()),
                _ => None,
            })
            .collect();
        let titles = if issues.is_empty() { BTreeMap::new() } else { ground.store.titles(&issues)? };
        Ok(Self { taxonomy: ground.taxonomy, titles })
    }

    /// On the wire: codes as they are, times as dates; none for the rest.
    pub fn code(&self, by: Dimension, value: &Value) -> Option<String> {
        match value {
            Value::Number(number) => Some(time(by, *number).0),
            Value::Code(code) => Some(code.clone()),
            Value::Rest => None,
            Value::Lacking => Some(NONE.to_owned()),
        }
    }

    /// For people. A code that the catalogue has no more is its own name.
    pub fn name(&self, by: Dimension, value: &Value) -> String {
        match value {
            Value::Number(number) => time(by, *number).1,
            Value::Code(code) => self.called(by, code).unwrap_or(code).to_owned(),
            Value::Rest => REST.to_owned(),
            Value::Lacking => lacking(by).to_owned(),
        }
    }

    fn called(&self, by: Dimension, code: &str) -> Option<&str> {
        let taxonomy = self.taxonomy;
        match by {
            Dimension::Domain => taxonomy.domain(code).map(|domain| domain.name.as_str()),
            Dimension::Category => taxonomy.category(code).map(|category| category.name.as_str()),
            Dimension::Petition => taxonomy.petition_type(code).map(|petition| petition.name.as_str()),
            Dimension::Department => taxonomy.department(code).map(|department| department.name.as_str()),
            Dimension::Urgency => taxonomy.urgency_level(code).map(|level| level.name.as_str()),
            Dimension::Status => Status::ALL.iter().find(|status| status.code() == code).map(|status| status.name()),
            Dimension::Issue => self.titles.get(code).map(String::as_str),
            _ => None,
        }
    }
}

/// What a dimension is called.
pub fn dimension(by: Dimension) -> &'static str {
    match by {
        Dimension::Hour | Dimension::Day | Dimension::Week | Dimension::Month => "时间",
        Dimension::HourOfDay => "钟点",
        Dimension::Weekday => "星期",
        Dimension::Domain => "一级分类",
        Dimension::Category => "二级分类",
        Dimension::Petition => "诉求类型",
        Dimension::Department => "归口单位",
        Dimension::District => "区县",
        Dimension::Street => "街道乡镇",
        Dimension::Community => "社区村小区",
        Dimension::Channel => "渠道",
        Dimension::Urgency => "紧急程度",
        Dimension::Status => "办理状态",
        Dimension::Issue => "诉求组",
    }
}

fn lacking(by: Dimension) -> &'static str {
    match by {
        Dimension::District | Dimension::Street | Dimension::Community => "未读出",
        Dimension::Channel => "未注明",
        Dimension::Department => "未归口",
        Dimension::Issue => "不属任何组",
        _ => "未分类",
    }
}

/// A time's code and name.
fn time(by: Dimension, number: i32) -> (String, String) {
    let day = |number: i32| NaiveDate::default().checked_add_signed(TimeDelta::days(number.into())).unwrap_or_default();
    match by {
        Dimension::Hour => {
            let (day, hour) = (day(number.div_euclid(24)), number.rem_euclid(24));
            (format!("{day}T{hour:02}"), format!("{day} {hour:02} 时"))
        }
        Dimension::Week => {
            let (monday, week) = (day(number), day(number).iso_week());
            let sunday = monday.checked_add_days(Days::new(6)).unwrap_or(monday);
            let (year, week) = (week.year(), week.week());
            (
                monday.to_string(),
                format!("{year} 年第 {week} 周（{} 至 {}）", monday.format("%m-%d"), sunday.format("%m-%d")),
            )
        }
        Dimension::Month => {
            let month = month(number).unwrap_or_default();
            (month.format("%Y-%m").to_string(), format!("{} 年 {} 月", month.year(), month.month()))
        }
        Dimension::HourOfDay => (number.to_string(), format!("{number:02} 时")),
        Dimension::Weekday => {
            let name = usize::try_from(number - 1).ok().and_then(|at| WEEKDAYS.get(at)).unwrap_or(&"");
            (number.to_string(), (*name).to_owned())
        }
        _ => (day(number).to_string(), day(number).to_string()),
    }
}
