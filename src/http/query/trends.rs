//! What trends, words and forecasts are asked for, beside which cases.

use utoipa::IntoParams;

use super::figures::figure_format;
use super::{Parameters, Query, one_of};
use crate::analytics::trend::{Kind, Over};
use crate::case::Scope;
use crate::dataset::export::Format;
use crate::error::{Result, Saying};
use crate::insight::{AskedTrends, AskedWords, MOST_TOP, Of, USUAL_TOP};
use crate::taxonomy::Taxonomy;

/// 哪些趋势，均可省略。`from`、`to` 为本期，按整日计，不给则为最近 7 个整日。
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `Query::trends` reads")]
pub struct TrendQuery {
    /// 什么的趋势：`category` 二级分类，`cell` 分类·区县，`event` 诉求组 · series of what
    #[param(example = "cell", default = "category")]
    over: Option<String>,
    /// 只要哪一类：`new` 新出现，`rising` 上升，`falling` 下降，`seasonal` 季节性，`chronic` 长期存在 · of one kind only
    #[param(example = "rising")]
    kind: Option<String>,
    /// 基期天数；不给则与本期等长，至少 28 天 · days of the base
    #[param(minimum = 7, maximum = 366)]
    base_days: Option<i32>,
    /// 每类最多多少个 · of each kind, at most
    #[param(minimum = 1, maximum = 200, default = 20)]
    top: Option<usize>,
}

/// 哪些新词，均可省略。`from`、`to` 为本期，按整日计，不给则为最近 7 个整日。
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `Query::words` reads")]
pub struct WordQuery {
    /// `words` 词，`places` 地点 · words or places
    #[param(example = "places", default = "words")]
    of: Option<String>,
    /// 基期天数；不给则与本期等长，至少 28 天 · days of the base
    #[param(minimum = 7, maximum = 366)]
    base_days: Option<i32>,
    /// 最多多少个 · at most
    #[param(minimum = 1, maximum = 200, default = 20)]
    top: Option<usize>,
}

impl Query {
    /// Which trends are wanted, and as what kind of file if any.
    pub fn trends(self, taxonomy: &Taxonomy) -> Result<(AskedTrends, Option<Format>)> {
        let mut given = Parameters::of(self);
        let asked = AskedTrends {
            scope: given.scope(taxonomy),
            over: given.read("over", over).unwrap_or(Over::Category),
            kind: given.read("kind", kind),
            base_days: given.read("base_days", |text| within(text, 7, 366)),
            top: given.read("top", top).unwrap_or(USUAL_TOP),
        };
        let format = given.read("format", figure_format);
        given.finish().map(|()| (asked, format.flatten()))
    }

    /// Which words are wanted, and as what kind of file if any.
    pub fn words(self, taxonomy: &Taxonomy) -> Result<(AskedWords, Option<Format>)> {
        let mut given = Parameters::of(self);
        let asked = AskedWords {
            scope: given.scope(taxonomy),
            of: given.read("of", of).unwrap_or(Of::Words),
            base_days: given.read("base_days", |text| within(text, 7, 366)),
            top: given.read("top", top).unwrap_or(USUAL_TOP),
        };
        let format = given.read("format", figure_format);
        given.finish().map(|()| (asked, format.flatten()))
    }

    /// Of which cases the days ahead are wanted, and as what kind of file if any.
    pub fn forecast(self, taxonomy: &Taxonomy) -> Result<(Scope, Option<Format>)> {
        self.figures(taxonomy)
    }
}

/// Series of what, by its name on the wire.
pub fn over(text: &str) -> Result<Over, Saying> {
    one_of(text, &["category", "cell", "event"]).map(|name| match name.as_str() {
        "cell" => Over::Cell,
        "event" => Over::Event,
        _ => Over::Category,
    })
}

/// A kind of trend, by its name on the wire.
pub fn kind(text: &str) -> Result<Kind, Saying> {
    let known = Kind::ALL.map(Kind::code);
    let code = one_of(text, &known)?;
    Ok(Kind::ALL.into_iter().find(|kind| kind.code() == code).unwrap_or(Kind::New))
}

fn of(text: &str) -> Result<Of, Saying> {
    one_of(text, &["words", "places"]).map(|name| if name == "places" { Of::Places } else { Of::Words })
}

fn top(text: &str) -> Result<usize, Saying> {
    within(text, 1, MOST_TOP as i32).map(|top| top as usize)
}

fn within(text: &str, least: i32, most: i32) -> Result<i32, Saying> {
    let wanted = || {
        let zh = format!("须为 {least} 到 {most} 的整数");
        Saying::new(zh, format!("must be a whole number from {least} to {most}"))
    };
    text.parse().ok().filter(|number| (least..=most).contains(number)).ok_or_else(wanted)
}

// The documented limits are written out above because attributes take literals only.
const _: () = assert!(MOST_TOP == 200 && USUAL_TOP == 20);
