//! Cases by how they are handled, as the figures of departments link to them.

use utoipa::IntoParams;

use super::{Parameters, truth};
use crate::case::{Among, Answering, Handling, NONE, ReturnReason, Satisfaction, Signing};
use crate::error::Saying;
use crate::taxonomy::{Taxonomy, Tier};

/// The longest code of a unit taken.
pub(super) const CODE: usize = 64;

/// 按办理情况筛选，均可省略；同一参数可用逗号列出几个，合其一即可。
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `Parameters::handling` reads")]
pub struct HandlingQuery {
    /// 是否承办件：派过单，且没有改由热线直接答复或不予受理 · a unit's case
    assigned: Option<bool>,
    /// 承办单位：现在的，或最后一个；单位代码，或单位性质（bureau、utility、district、street、emergency）；`-` 为不在目录中的 ·
    /// the unit that has it or had it last, or a kind of unit
    #[param(example = "CGJ")]
    last_unit: Option<String>,
    /// 签收：in_time 按时、late 逾期、overdue 逾期未签、waiting 未到期未签 · signing
    #[param(example = "overdue")]
    signed: Option<String>,
    /// 答复：in_time 按时、late 逾期答复、waiting 未到期、overdue 超期未答、suspended 挂账、sent_back 已退单待改派 · answering
    #[param(example = "late,overdue")]
    answered: Option<String>,
    /// 最近一次回访评价：satisfied、fair、unsatisfied、undeclared · what the citizen said when last asked
    #[param(example = "satisfied,fair")]
    satisfied: Option<String>,
    /// 最近一次回访是否已解决：true、false · whether the citizen says it is resolved
    #[param(example = "false")]
    resolved: Option<String>,
    /// 是否退过单 · was returned
    returned: Option<bool>,
    /// 最后一次由谁退单；取值同 last_unit · who returned it last
    returned_by: Option<String>,
    /// 最后一次退单的原因代码 · why it was returned last
    return_reason: Option<ReturnReason>,
    /// 是否改派过 · was dispatched to another unit than before
    reassigned: Option<bool>,
    /// 是否重办过 · was done again
    redone: Option<bool>,
    /// 是否延期过 · was extended
    extended: Option<bool>,
}

impl Parameters {
    pub(super) fn handling(&mut self, taxonomy: &Taxonomy) -> Handling {
        Handling {
            assigned: self.read("assigned", truth),
            last_unit: self.read("last_unit", |code| units(code, taxonomy)),
            signed: self.read("signed", |text| listed(text, &Signing::ALL, Signing::code)).unwrap_or_default(),
            answered: self.read("answered", |text| listed(text, &Answering::ALL, Answering::code)).unwrap_or_default(),
            satisfied: self
                .read("satisfied", |text| listed(text, &Satisfaction::ALL, Satisfaction::code))
                .unwrap_or_default(),
            resolved: self.read("resolved", |text| listed(text, &[true, false], said)).unwrap_or_default(),
            returned: self.read("returned", truth),
            returned_by: self.read("returned_by", |code| units(code, taxonomy)),
            return_reason: self.read("return_reason", reason),
            reassigned: self.read("reassigned", truth),
            redone: self.read("redone", truth),
            extended: self.read("extended", truth),
        }
    }
}

fn said(truth: bool) -> &'static str {
    if truth { "true" } else { "false" }
}

fn reason(text: &str) -> Result<ReturnReason, Saying> {
    let known = ReturnReason::ALL.map(ReturnReason::code);
    ReturnReason::ALL.into_iter().find(|reason| reason.code() == text).ok_or_else(|| {
        let known = known.join(" ");
        Saying::new(format!("只能是 {known} 之一"), format!("must be one of {known}"))
    })
}

/// One or more of what is known, separated by commas.
pub(super) fn listed<T: Copy>(text: &str, known: &[T], code: impl Fn(T) -> &'static str) -> Result<Vec<T>, Saying> {
    let codes: Vec<&str> = known.iter().map(|one| code(*one)).collect();
    let one = |text: &str| known.iter().copied().find(|one| code(*one) == text).ok_or_else(|| unknown(&codes));
    text.split(',').map(one).collect()
}

fn unknown(codes: &[&str]) -> Saying {
    let known = codes.join(" ");
    Saying::new(
        format!("只能是 {known}；几个用逗号隔开"),
        format!("must be of {known}; several are separated by commas"),
    )
}

/// One unit, all of a kind, or all that the catalogue lacks. A unit that left the catalogue is still found by its code.
fn units(text: &str, taxonomy: &Taxonomy) -> Result<Among, Saying> {
    let codes = |keep: &dyn Fn(Tier) -> bool| {
        let kept = taxonomy.departments.iter().filter(|unit| keep(unit.level));
        kept.map(|unit| unit.code.clone()).collect()
    };
    if text == NONE {
        return Ok(Among::Others(codes(&|_| true)));
    }
    let tier = Tier::ALL.into_iter().find(|tier| tier.code() == text);
    match tier.filter(|_| taxonomy.department(text).is_none()) {
        Some(tier) => Ok(Among::These(codes(&|level| level == tier))),
        None if text.chars().count() <= CODE => Ok(Among::These(vec![text.to_owned()])),
        None => Err(Saying::new(format!("最多 {CODE} 字"), format!("at most {CODE} characters"))),
    }
}
