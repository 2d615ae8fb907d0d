//! The list of exactly the cases that a figure counts.

use crate::analytics::Count;
use crate::case::{Scope, Status};

/// Which cases a row counts.
pub(super) struct Place {
    pub scope: Scope,
    /// The unit, or kind of unit, that has them, had them last, or returned them.
    pub unit: Option<String>,
}

impl Place {
    /// The list of the cases that any of the counts holds; all of them are of one kind.
    pub fn link(&self, counts: &[Count]) -> String {
        let mut more: Vec<(&'static str, &str)> = Vec::new();
        let returned = counts.contains(&Count::Returned);
        match (returned, &self.unit) {
            (true, Some(unit)) => more.push(("returned_by", unit)),
            (true, None) => more.push(("returned", "true")),
            (false, Some(unit)) => more.push(("last_unit", unit)),
            (false, None) => {}
        }
        let values: Vec<&str> = counts.iter().filter_map(|count| Some(condition(*count)?.1)).collect();
        let values = values.join(",");
        let name = counts.iter().find_map(|count| Some(condition(*count)?.0));
        // Signing and answering are told of units' cases only.
        if !returned && !matches!(name, Some("signed" | "answered")) {
            more.push(("assigned", "true"));
        }
        more.extend(name.map(|name| (name, values.as_str())));
        self.scope.link_with(&more)
    }
}

/// What the list is asked for by, beside that it is a unit's case.
fn condition(count: Count) -> Option<(&'static str, &'static str)> {
    match count {
        Count::Assigned | Count::Returned => None,
        Count::Signed(signing) => Some(("signed", signing.code())),
        Count::Answered(answering) => Some(("answered", answering.code())),
        Count::Reassigned => Some(("reassigned", "true")),
        Count::Redone => Some(("redone", "true")),
        Count::Extended => Some(("extended", "true")),
        Count::Closed => Some(("status", Status::Closed.code())),
        Count::Supervised => Some(("supervised", "true")),
        Count::Said(said) => Some(("satisfied", said.code())),
        Count::Resolved(resolved) => Some(("resolved", if resolved { "true" } else { "false" })),
    }
}
