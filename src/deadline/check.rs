//! Finds what is wrong in `service.toml`: unknown codes, empty or endless periods, profiles that can never apply.

use std::collections::HashSet;

use chrono::FixedOffset;

use super::{Extension, Period, Profile};
use crate::taxonomy::Taxonomy;
use crate::taxonomy::sheet::{Entry, Sheet};

/// The longest period taken: a year.
const LONGEST_HOURS: u32 = 365 * 24;
/// How often one case may be extended, at most.
const MOST_TIMES: u32 = 10;

/// The file's content.
pub(super) struct Made {
    pub version: String,
    pub offset: FixedOffset,
    pub extension: Extension,
    pub profiles: Vec<Profile>,
}

/// What the file says; mistakes are left in the sheet.
pub(super) fn assemble(sheet: &mut Sheet, taxonomy: &Taxonomy) -> Option<Made> {
    sheet.only(&["version", "utc_offset", "extension", "profile"]);
    let version = sheet.one::<String>("version");
    let offset = offset(sheet);
    let extension = sheet.one::<Extension>("extension");
    if let Some(extension) = &extension {
        limits(sheet, extension);
    }
    let profiles = sheet.all::<Profile>("profile");
    for (at, profile) in profiles.iter().enumerate() {
        conditions(sheet, profile, taxonomy);
        periods(sheet, profile);
        reachable(sheet, profile, &profiles[..at]);
    }
    catch_all(sheet, &profiles);
    Some(Made {
        version: version?.value,
        offset: offset?,
        extension: extension?.value,
        profiles: profiles.into_iter().map(|profile| profile.value).collect(),
    })
}

fn offset(sheet: &mut Sheet) -> Option<FixedOffset> {
    let entry = sheet.one::<String>("utc_offset")?;
    let offset = entry.value.parse().ok();
    if offset.is_none() {
        sheet.flaw(entry.start(), "utc_offset 须写成 \"+08:00\"", "write utc_offset as \"+08:00\"");
    }
    offset
}

fn limits(sheet: &mut Sheet, extension: &Entry<Extension>) {
    if extension.value.times > MOST_TIMES {
        let zh = format!("times 最多 {MOST_TIMES}");
        sheet.flaw(extension.at("times"), zh, format!("`times` is {MOST_TIMES} at most"));
    }
    length(sheet, extension.at("longest"), extension.value.longest);
}

fn conditions(sheet: &mut Sheet, profile: &Entry<Profile>, taxonomy: &Taxonomy) {
    let mut refer = |field: &str, codes: &[String], zh: &str, known: &dyn Fn(&str) -> bool| {
        for (at, code) in codes.iter().enumerate().filter(|(_, code)| !known(code)) {
            let en = format!("there is no {field} {code}");
            sheet.flaw(profile.at_item(field, at), format!("没有{zh} {code}"), en);
        }
    };
    let domain = |code: &str| taxonomy.domains.iter().any(|domain| domain.code == code);
    refer("urgency", &profile.value.urgency, "紧急程度", &|code| taxonomy.urgency_level(code).is_some());
    refer("petition", &profile.value.petition, "诉求类型", &|code| taxonomy.petition_type(code).is_some());
    refer("category", &profile.value.category, "分类", &|code| taxonomy.category(code).is_some() || domain(code));
}

fn periods(sheet: &mut Sheet, profile: &Entry<Profile>) {
    let Profile { sign, reply, .. } = profile.value;
    let whole = length(sheet, profile.at("sign"), sign) & length(sheet, profile.at("reply"), reply);
    if whole && sign.hours() > reply.hours() {
        sheet.flaw(profile.at("sign"), "签收时限长于答复时限", "signing may not take longer than answering");
    }
}

fn length(sheet: &mut Sheet, at: usize, period: Period) -> bool {
    let (Period::Hours(count) | Period::Days(count) | Period::WorkingDays(count)) = period;
    let whole = count.checked_mul(24).is_some() && (1..=LONGEST_HOURS).contains(&period.hours());
    if !whole {
        sheet.flaw(at, "时限须大于 0，最长一年", "a period must be above 0 and a year at most");
    }
    whole
}

/// A code twice, or an earlier profile that takes all it could take.
fn reachable(sheet: &mut Sheet, profile: &Entry<Profile>, earlier: &[Entry<Profile>]) {
    let seen: HashSet<&str> = earlier.iter().map(|earlier| earlier.value.code.as_str()).collect();
    let code = &profile.value.code;
    if seen.contains(code.as_str()) {
        sheet.flaw(profile.at("code"), format!("{code} 重复"), format!("{code} is there twice"));
    }
    if let Some(takes_all) = earlier.iter().find(|earlier| covers(&earlier.value, &profile.value)) {
        let first = &takes_all.value.code;
        let zh = format!("{code} 永远轮不到：{first} 在它前面，且条件更宽");
        sheet.flaw(profile.start(), zh, format!("{code} can never apply: {first} comes first and is wider"));
    }
}

fn covers(wide: &Profile, narrow: &Profile) -> bool {
    let takes = |wide: &[String], narrow: &[String]| {
        // The first two digits of a category are its domain; no other code has two characters.
        let one = |code: &String| wide.iter().any(|listed| listed == code || code.get(..2) == Some(listed.as_str()));
        wide.is_empty() || (!narrow.is_empty() && narrow.iter().all(one))
    };
    takes(&wide.urgency, &narrow.urgency)
        && takes(&wide.petition, &narrow.petition)
        && takes(&wide.category, &narrow.category)
}

fn catch_all(sheet: &mut Sheet, profiles: &[Entry<Profile>]) {
    let (zh, en) = ("最后一条不得设条件，否则有的诉求没有期限", "the last profile must have no condition");
    match profiles.last() {
        None => sheet.flaw(0, zh, en),
        Some(last) => {
            let Profile { urgency, petition, category, .. } = &last.value;
            if [urgency, petition, category].iter().any(|list| !list.is_empty()) {
                sheet.flaw(last.start(), zh, en);
            }
        }
    }
}
