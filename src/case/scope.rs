//! Which cases are meant: what figures are counted over, and what a list of cases is asked for by, are one thing, so that
//! each figure leads to exactly its cases.

use chrono::{DateTime, FixedOffset, SecondsFormat};

/// How cases are asked for that lack what is asked by: no district, no channel.
pub const NONE: &str = "-";

/// Which cases (范围); `None` is all. Of what a case may lack, [`NONE`] asks for those that lack it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scope {
    /// Received at or after.
    pub from: Option<DateTime<FixedOffset>>,
    /// Received before.
    pub to: Option<DateTime<FixedOffset>>,
    /// Level-2 code, or level-1 for all of its children: as settled, else as advised.
    pub category: Option<String>,
    pub petition: Option<String>,
    /// The unit in whose charge it is: as settled, else the one that has it, else the one advised.
    pub department: Option<String>,
    pub channel: Option<String>,
    pub urgency: Option<String>,
    pub district: Option<String>,
    pub street: Option<String>,
    pub community: Option<String>,
    /// The group (诉求组) it is told in.
    pub issue: Option<String>,
}

impl Scope {
    /// What is equal to something, by the parameter's name; the times are apart.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let named = [
            ("category", &self.category),
            ("petition", &self.petition),
            ("department", &self.department),
            ("channel", &self.channel),
            ("urgency", &self.urgency),
            ("district", &self.district),
            ("street", &self.street),
            ("community", &self.community),
            ("issue", &self.issue),
        ];
        named.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)))
    }

    /// The list of exactly these cases: `/v1/complaints?…`, percent-encoded.
    pub fn link(&self) -> String {
        self.link_with(&[])
    }

    /// The same with more conditions of the list: names and values.
    pub fn link_with(&self, more: &[(&'static str, &str)]) -> String {
        self.asked_at("/v1/complaints", more)
    }

    /// A question over these cases, `path?…`, with more parameters, percent-encoded.
    pub fn asked_at(&self, path: &str, more: &[(&'static str, &str)]) -> String {
        let time = |at: &DateTime<FixedOffset>| at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        let times = [("from", self.from.as_ref().map(time)), ("to", self.to.as_ref().map(time))];
        let times = times.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let others = self.named().map(|(name, value)| (name, value.to_owned()));
        let more = more.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let parts: Vec<String> =
            times.chain(others).chain(more).map(|(name, value)| format!("{name}={}", encoded(&value))).collect();
        match parts.is_empty() {
            true => path.to_owned(),
            false => format!("{path}?{}", parts.join("&")),
        }
    }
}

/// As RFC 3986 has it (§2.3): all but the unreserved characters as `%XX` of their UTF-8.
fn encoded(value: &str) -> String {
    let one = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    value.bytes().map(one).collect()
}
