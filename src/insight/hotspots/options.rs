//! By what hotspots are measured.

use chrono::{DateTime, FixedOffset, TimeDelta};
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::analytics::{Scale, Weights};
use crate::case::Scope;

/// Up to this length a period is looked at day by day (日视图), and a telling ages faster.
const SHORT: TimeDelta = TimeDelta::days(3);

/// Settings; defaults and their meaning stand in `src/config.default.toml`, section `hotspots`.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    #[serde(deserialize_with = "share")]
    pub weight_volume: f64,
    #[serde(deserialize_with = "share")]
    pub weight_burst: f64,
    #[serde(deserialize_with = "share")]
    pub weight_people: f64,
    #[serde(deserialize_with = "share")]
    pub weight_severity: f64,
    #[serde(deserialize_with = "share")]
    pub weight_returns: f64,
    #[serde(deserialize_with = "positive")]
    pub half_life_hours: f64,
    #[serde(deserialize_with = "positive")]
    pub long_half_life_hours: f64,
    #[serde(deserialize_with = "positive")]
    pub reference: f64,
    #[serde(deserialize_with = "days")]
    pub days: u32,
    pub least_cases: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            weight_volume: 0.35,
            weight_burst: 0.25,
            weight_people: 0.15,
            weight_severity: 0.15,
            weight_returns: 0.10,
            half_life_hours: 72.0,
            long_half_life_hours: 168.0,
            reference: 100.0,
            days: 7,
            least_cases: 2,
        }
    }
}

impl Options {
    pub fn scale(&self) -> Scale {
        let weights = Weights {
            volume: self.weight_volume,
            burst: self.weight_burst,
            people: self.weight_people,
            severity: self.weight_severity,
            returns: self.weight_returns,
        };
        Scale { weights, reference: self.reference }
    }

    /// After which time a telling counts half, of a period so long.
    pub fn half_life(&self, period: TimeDelta) -> TimeDelta {
        let hours = if period <= SHORT { self.half_life_hours } else { self.long_half_life_hours };
        TimeDelta::milliseconds((hours * 3.6e6) as i64)
    }

    /// The period of a scope; where it does not say, some days up to its end.
    pub fn period(
        &self,
        scope: &Scope,
        as_of: DateTime<FixedOffset>,
    ) -> (DateTime<FixedOffset>, DateTime<FixedOffset>) {
        // What is received at the moment itself is known.
        let to = scope.to.unwrap_or(as_of + TimeDelta::milliseconds(1));
        let from = scope.from.unwrap_or_else(|| to.min(as_of) - TimeDelta::days(self.days.into()));
        (from, to)
    }
}

fn share<'de, D: Deserializer<'de>>(value: D) -> Result<f64, D::Error> {
    let share = f64::deserialize(value)?;
    let fits = (0.0..=1.0).contains(&share);
    fits.then_some(share).ok_or_else(|| D::Error::custom("须在 0 与 1 之间 (from 0 to 1)"))
}

fn positive<'de, D: Deserializer<'de>>(value: D) -> Result<f64, D::Error> {
    let number = f64::deserialize(value)?;
    let fits = number > 0.0 && number < 1e6;
    fits.then_some(number).ok_or_else(|| D::Error::custom("须大于 0 (above 0)"))
}

fn days<'de, D: Deserializer<'de>>(value: D) -> Result<u32, D::Error> {
    let days = u32::deserialize(value)?;
    let fits = (1..=366).contains(&days);
    fits.then_some(days).ok_or_else(|| D::Error::custom("须为 1 到 366 (from 1 to 366)"))
}
