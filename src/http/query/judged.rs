//! Cases by what was advised and what was decided, as the figures of quality link to them.

use utoipa::IntoParams;

use super::handling::{CODE, listed};
use super::{Parameters, truth};
use crate::case::{Aspect, Judged, Ruling};
use crate::error::Saying;

/// 按建议与裁定筛选，均可省略；不给 judged 即看牵头单位。
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `Parameters::judged` reads")]
pub struct JudgedQuery {
    /// 以下各项看什么：unit 牵头单位（默认）、category 二级分类 · what the parameters below are about
    judged: Option<Aspect>,
    /// 由什么认定：settled 审定、said 反馈、answered 承办答复、none 尚未认定；几个用逗号隔开。有几种的算最严的一种 · decided by
    /// which ruling
    #[param(example = "settled,said")]
    ruling: Option<String>,
    /// 建议是否与认定的相同 · whether what was advised is what was decided
    right: Option<bool>,
    /// 建议的代码，或其开头；`-` 为没有建议 · the code advised, or how it begins
    #[param(example = "CGJ")]
    advised: Option<String>,
    /// 认定的代码；`-` 为尚未认定 · the code decided; `-`: undecided
    #[param(example = "ZJJ")]
    decided: Option<String>,
    /// 建议的概率不低于，0 到 1 · probability of what was advised, at least
    #[param(example = 0.87)]
    probability_from: Option<f64>,
    /// 建议的概率低于，0 到 1 · probability of what was advised, below
    #[param(example = 0.95)]
    probability_below: Option<f64>,
    /// 建议是否在没有模型时给出 · advised without the model
    degraded: Option<bool>,
    /// 是否建议自动派单 · advised to be dispatched without a person
    automatic: Option<bool>,
    /// 单位是否按概率建议：自动、建议和人工派单，不含紧急转接和告知渠道 · its unit was advised by probability, not by rules
    routed: Option<bool>,
    /// 曾派往的单位代码；`*` 为任何单位，`-` 为从未派单 · a unit that it was ever dispatched to; `*`: any; `-`: none
    #[param(example = "CGJ")]
    sent_to: Option<String>,
}

impl Parameters {
    pub(super) fn judged(&mut self) -> Judged {
        Judged {
            question: self.read("judged", question),
            rulings: self.read("ruling", rulings).unwrap_or_default(),
            right: self.read("right", truth),
            advised: self.read("advised", code),
            decided: self.read("decided", code),
            from: self.read("probability_from", probability),
            below: self.read("probability_below", probability),
            degraded: self.read("degraded", truth),
            automatic: self.read("automatic", truth),
            routed: self.read("routed", truth),
            sent_to: self.read("sent_to", code),
        }
    }
}

fn rulings(text: &str) -> Result<Vec<Option<Ruling>>, Saying> {
    let known: Vec<Option<Ruling>> = Ruling::ALL.into_iter().map(Some).chain([None]).collect();
    listed(text, &known, |ruling| ruling.map_or("none", Ruling::code))
}

/// What is judged, by its code.
pub(super) fn question(text: &str) -> Result<Aspect, Saying> {
    Aspect::ALL
        .into_iter()
        .find(|question| question.code() == text)
        .ok_or_else(|| Saying::new("只能是 unit 或 category", "must be unit or category"))
}

/// A code that left the catalogue is still found.
fn code(text: &str) -> Result<String, Saying> {
    let short = text.chars().count() <= CODE;
    short
        .then(|| text.to_owned())
        .ok_or_else(|| Saying::new(format!("最多 {CODE} 字"), format!("at most {CODE} characters")))
}

fn probability(text: &str) -> Result<f64, Saying> {
    let wanted = || Saying::new("须为 0 到 1 的数", "must be a number from 0 to 1");
    text.parse().ok().filter(|share| (0.0..=1.0).contains(share)).ok_or_else(wanted)
}
