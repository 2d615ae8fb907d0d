//! Which branch of a unit acts (属地管理): its name, its area and the level it acts at.

use crate::case::{Location, Unit};
use crate::taxonomy::{Department, District, Jurisdiction, Level, Taxonomy, Tier};

/// Where the case lies, as far as it is known.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    taxonomy: &'a Taxonomy,
    district: Option<&'a District>,
    street: Option<&'a str>,
}

impl<'a> Ground<'a> {
    pub fn new(taxonomy: &'a Taxonomy, location: Option<&'a Location>) -> Self {
        let district = location.and_then(|at| taxonomy.district(at.area_code.as_deref(), at.district.as_deref()));
        Self { taxonomy, district, street: location.and_then(|at| at.street.as_deref()) }
    }

    pub fn is_known(&self) -> bool {
        self.district.is_some()
    }

    /// The unit as it is called where it acts.
    pub fn unit(&self, unit: &Department, place: Jurisdiction, level: Level) -> Unit {
        let district =
            self.district.filter(|_| goes_by_place(place) && !matches!(level, Level::City | Level::Redirect));
        let area = district.filter(|_| unit.branch.is_some()).and_then(|district| district.code.clone());
        let name = district.and_then(|district| self.branch(unit, district)).unwrap_or_else(|| unit.name.clone());
        Unit { code: unit.code.clone(), name, area }
    }

    /// The name of a unit's branch in a district; `None` where it serves the whole city.
    fn branch(&self, unit: &Department, district: &District) -> Option<String> {
        let county = unit.county_branch.as_ref().filter(|_| !district.name.ends_with('区'));
        let pattern = county.or(unit.branch.as_ref())?;
        if let Some(government) = district.government.as_ref().filter(|_| pattern == "{district}人民政府") {
            return Some(government.clone());
        }
        let Some(street) = self.street else {
            let whole = !pattern.contains("{street}");
            return Some(if whole {
                self.fill(pattern, district, "")
            } else {
                format!("{}{}", district.name, unit.name)
            });
        };
        Some(self.fill(pattern, district, street))
    }

    fn fill(&self, pattern: &str, district: &District, street: &str) -> String {
        let named = pattern.replace("{city}", &self.taxonomy.city.name).replace("{district}", &district.name);
        named.replace("{street}", street)
    }
}

/// Whether the place of the event (or of work, or of the project) says whose branch acts.
pub(super) fn goes_by_place(place: Jurisdiction) -> bool {
    use Jurisdiction::{Local, Project, Transfer, Vertical, Workplace};
    matches!(place, Local | Workplace | Project | Vertical | Transfer)
}

/// The level a unit acts at when no rule says so.
pub(super) fn level(unit: &Department, place: Jurisdiction) -> Level {
    match (unit.level, place) {
        (Tier::Emergency, _) => Level::Transfer,
        (_, Jurisdiction::Redirect) => Level::Redirect,
        (Tier::Utility, _) => Level::Utility,
        (Tier::Street, _) => Level::Street,
        (_, Jurisdiction::City | Jurisdiction::Manual) => Level::City,
        _ => Level::District,
    }
}
