//! In what order a list comes, and where in it a page ends.
//!
//! A page goes on after a place, not after so many rows: what comes or goes meanwhile moves nothing else.

use rusqlite::types::Value;

/// What a list can be sorted by.
#[derive(Debug)]
pub struct Sort {
    pub name: &'static str,
    /// A number for each row.
    pub(super) by: &'static str,
    /// Some rows have none: they come last, whichever way.
    pub(super) lacks: bool,
}

/// Sorted by what, and which way.
#[derive(Debug, Clone, Copy)]
pub struct Order {
    pub(super) sort: &'static Sort,
    pub(super) down: bool,
}

/// Where in an order a page begins.
#[derive(Debug, Clone, Copy)]
pub struct Seek {
    pub(super) order: Order,
    /// After the row with this value and this number; from the beginning where there is none.
    after: Option<(Option<f64>, i64)>,
}

impl Order {
    /// `name`, least first; `-name`, greatest first.
    pub fn called(sorts: &'static [Sort], text: &str) -> Option<Self> {
        let (name, down) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
        sorts.iter().find(|sort| sort.name == name).map(|sort| Self { sort, down })
    }

    /// `ORDER BY` this, where `number` is the column of the row's own number: rows of one value come by it.
    pub(super) fn sql(self, by: &str, number: &str) -> String {
        let way = if self.down { "DESC" } else { "ASC" };
        let lacking = if self.sort.lacks { " NULLS LAST" } else { "" };
        format!("{by} {way}{lacking}, {number} {way}")
    }
}

impl Seek {
    /// From the beginning.
    pub fn first(order: Order) -> Self {
        Self { order, after: None }
    }

    /// From where a page ended, as `Seek::ending` wrote it.
    pub fn after(sorts: &'static [Sort], cursor: &str) -> Option<Self> {
        let (order, place) = cursor.split_once('.')?;
        let (value, number) = place.rsplit_once('.')?;
        let value =
            if value.is_empty() { None } else { Some(value.parse().ok().filter(|value: &f64| value.is_finite())?) };
        let after = Some((value, number.parse().ok()?));
        Some(Self { order: Order::called(sorts, order)?, after })
    }

    /// Whether it goes on in this order.
    pub fn is_in(&self, order: Order) -> bool {
        self.order.sort.name == order.sort.name && self.order.down == order.down
    }

    pub(super) fn is_first(&self) -> bool {
        self.after.is_none()
    }

    /// The cursor that goes on after a row.
    pub(super) fn ending(&self, value: Option<f64>, number: i64) -> String {
        let way = if self.order.down { "-" } else { "" };
        let value = value.map_or_else(String::new, |value| value.to_string());
        format!("{way}{}.{value}.{number}", self.order.sort.name)
    }

    /// That a row comes after the place, and the values of its places.
    pub(super) fn condition(&self, number: &str) -> (String, Vec<Value>) {
        let Sort { by, lacks, .. } = self.order.sort;
        let way = if self.order.down { '<' } else { '>' };
        match self.after {
            None => ("TRUE".to_owned(), Vec::new()),
            Some((None, row)) => (format!("({by} IS NULL AND {number} {way} ?)"), vec![Value::Integer(row)]),
            Some((Some(value), row)) => {
                let lacking = if *lacks { format!(" OR {by} IS NULL") } else { String::new() };
                let clause = format!("(({by}, {number}) {way} (?, ?){lacking})");
                (clause, vec![Value::Real(value), Value::Integer(row)])
            }
        }
    }
}
