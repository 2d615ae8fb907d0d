//! The list of exactly the cases that a figure counts, where such a list can be asked for.

use chrono::{DateTime, Days, FixedOffset, Months, NaiveDate, TimeDelta};

use crate::analytics::{Dimension, Period, Value, start_of};
use crate::case::{NONE, Scope};
use crate::taxonomy::Taxonomy;

/// Cases that can be asked for as a list.
#[derive(Clone)]
pub struct Listed<'a> {
    scope: Scope,
    status: Option<String>,
    taxonomy: &'a Taxonomy,
}

impl<'a> Listed<'a> {
    pub fn all(scope: &Scope, taxonomy: &'a Taxonomy) -> Self {
        Self { scope: scope.clone(), status: None, taxonomy }
    }

    pub fn link(&self) -> String {
        let link = self.scope.link();
        match &self.status {
            None => link,
            Some(status) => format!("{link}{}status={status}", if link.contains('?') { '&' } else { '?' }),
        }
    }

    /// Those of them that have a value; none where no list can be asked for that holds just these.
    pub fn narrowed(&self, by: Dimension, value: &Value) -> Option<Self> {
        let mut listed = self.clone();
        if by.runs() {
            let own = Period::new(self.scope.from?, self.scope.to?)?;
            let both = period_of(by, value, *own.from.offset())?.and(&own)?;
            (listed.scope.from, listed.scope.to) = (Some(both.from), Some(both.to));
            return Some(listed);
        }
        let code = match value {
            Value::Code(code) if !by.is_time() && self.can_be_asked_for(by, code) => code.as_str(),
            Value::Lacking => NONE,
            _ => return None,
        };
        let scope = &mut listed.scope;
        let place = match by {
            Dimension::Status => &mut listed.status,
            Dimension::Domain | Dimension::Category => &mut scope.category,
            Dimension::Petition => &mut scope.petition,
            Dimension::Department => &mut scope.department,
            Dimension::District => &mut scope.district,
            Dimension::Street => &mut scope.street,
            Dimension::Community => &mut scope.community,
            Dimension::Channel => &mut scope.channel,
            Dimension::Urgency => &mut scope.urgency,
            Dimension::Issue => &mut scope.issue,
            _ => return None,
        };
        *place = Some(match place.as_deref() {
            // A level-1 code covers its children; the narrower of the two is meant.
            Some(standing) if standing.starts_with(code) => standing.to_owned(),
            Some(standing) if !code.starts_with(standing) => return None,
            _ => code.to_owned(),
        });
        Some(listed)
    }

    /// Whether a list takes the code, and takes it as it is.
    fn can_be_asked_for(&self, by: Dimension, code: &str) -> bool {
        let taxonomy = self.taxonomy;
        match by {
            Dimension::Domain => taxonomy.domains.iter().any(|domain| domain.code == code),
            Dimension::Category => taxonomy.category(code).is_some(),
            Dimension::Petition => taxonomy.petition_type(code).is_some(),
            Dimension::Department => taxonomy.department(code).is_some(),
            Dimension::Urgency => taxonomy.urgency_level(code).is_some(),
            Dimension::District => taxonomy.district(None, Some(code)).is_none_or(|district| district.name == code),
            _ => true,
        }
    }
}

/// The period that a value of a dimension that runs is.
pub fn period_of(by: Dimension, value: &Value, offset: FixedOffset) -> Option<Period> {
    let Value::Number(number) = value else { return None };
    let day = |number: i32| NaiveDate::default().checked_add_signed(TimeDelta::days(number.into()));
    let starting = |day: NaiveDate, days: u64| {
        period(start_of(day, offset), start_of(day.checked_add_days(Days::new(days))?, offset))
    };
    match by {
        Dimension::Hour => {
            let from = start_of(day(number.div_euclid(24))?, offset) + TimeDelta::hours(number.rem_euclid(24).into());
            period(from, from + TimeDelta::hours(1))
        }
        Dimension::Day => starting(day(*number)?, 1),
        Dimension::Week => starting(day(*number)?, 7),
        Dimension::Month => {
            let first = month(*number)?;
            period(start_of(first, offset), start_of(first.checked_add_months(Months::new(1))?, offset))
        }
        _ => None,
    }
}

/// The day that a value is, where days are counted.
pub fn day_of(by: Dimension, value: &Value) -> Option<NaiveDate> {
    match (by, value) {
        (Dimension::Day, Value::Number(number)) => {
            NaiveDate::default().checked_add_signed(TimeDelta::days((*number).into()))
        }
        _ => None,
    }
}

/// The first day of a month since January 1970.
pub fn month(number: i32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(1970 + number.div_euclid(12), number.rem_euclid(12) as u32 + 1, 1)
}

fn period(from: DateTime<FixedOffset>, to: DateTime<FixedOffset>) -> Option<Period> {
    Period::new(from, to)
}
