//! Which figures of quality are asked for.

use utoipa::IntoParams;

use super::judged::question;
use super::{Parameters, Query, figures::figure_format};
use crate::case::{Aspect, Ruling};
use crate::dataset::export::Format;
use crate::error::{Result, Saying};
use crate::insight::{AskedQuality, Bounds, MOST_REVIEW};
use crate::taxonomy::Taxonomy;

/// The longest base, in days.
const LONGEST_BASE: i64 = 366;

/// 看哪一项建议、怎样才算认定，均可省略。
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `quality` reads")]
pub struct QualityQuery {
    /// 看什么：unit 牵头单位（默认）、category 二级分类 · what is judged
    judged: Option<Aspect>,
    /// 认定最宽到哪一种：settled 只计审定、said 加上反馈、answered 再加上承办答复（默认） · the loosest ruling that counts
    ruling: Option<Ruling>,
    /// 漂移：基期天数，紧接本期之前；不给则与本期等长 · drift: days held against
    #[param(minimum = 1, maximum = 366)]
    base_days: Option<i64>,
    /// 改动：最多多少对；复核：每种理由最多多少件 · at most so many pairs or cases
    #[param(minimum = 1, maximum = 200, default = 30)]
    top: Option<usize>,
}

/// Over which cases quality is wanted, and as what kind of file if any.
pub fn quality(query: Query, taxonomy: &Taxonomy, bounds: Bounds) -> Result<(AskedQuality, Option<Format>)> {
    let mut given = Parameters::of(query);
    let usual = AskedQuality::of(given.scope(taxonomy), bounds);
    let asked = AskedQuality {
        question: given.read("judged", question).unwrap_or(usual.question),
        loosest: given.read("ruling", ruling).unwrap_or(usual.loosest),
        base_days: given.read("base_days", |text| within(text, LONGEST_BASE)),
        top: given.read("top", |text| within(text, MOST_REVIEW as i64)).map_or(usual.top, |top| top as usize),
        ..usual
    };
    let format = given.read("format", figure_format).flatten();
    given.finish().map(|()| (asked, format))
}

fn ruling(text: &str) -> Result<Ruling, Saying> {
    let known = Ruling::ALL.into_iter().find(|ruling| ruling.code() == text);
    known.ok_or_else(|| Saying::new("只能是 settled、said 或 answered", "must be settled, said or answered"))
}

fn within(text: &str, most: i64) -> Result<i64, Saying> {
    let wanted = || Saying::new(format!("须为 1 到 {most} 的整数"), format!("must be a whole number from 1 to {most}"));
    text.parse().ok().filter(|number| (1..=most).contains(number)).ok_or_else(wanted)
}

// The documented limits are written out above because attributes take literals only.
const _: () = assert!(LONGEST_BASE == 366 && MOST_REVIEW == 200 && crate::insight::USUAL_REVIEW == 30);
