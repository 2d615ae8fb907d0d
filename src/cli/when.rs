//! Times at the command line: a date is a day of the hotline, wherever the machine stands.

use std::str::FromStr;

use chrono::{DateTime, FixedOffset, Utc};

use crate::error::{Error, Result, Saying};
use crate::http::moment;

/// A date or a time as it was written. Which moment it is shows once it is known where the hotline's days begin.
#[derive(Debug, Clone)]
pub struct When(String);

impl FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        moment(text, 1, &Utc).map(|_| Self(text.to_owned())).map_err(|Saying { zh, .. }| zh)
    }
}

impl When {
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The time, or the start of the day.
    pub fn from(&self, zone: FixedOffset) -> Result<DateTime<FixedOffset>> {
        self.moment(0, zone)
    }

    /// The time, or the end of the day.
    pub fn to(&self, zone: FixedOffset) -> Result<DateTime<FixedOffset>> {
        self.moment(1, zone)
    }

    fn moment(&self, later: u64, zone: FixedOffset) -> Result<DateTime<FixedOffset>> {
        moment(&self.0, later, &zone).map_err(|Saying { zh, en }| Error::invalid(zh, en))
    }
}
