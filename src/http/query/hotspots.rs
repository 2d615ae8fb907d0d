//! What hotspots are asked for.

use chrono::{DateTime, FixedOffset};
use utoipa::IntoParams;

use super::figures::figure_format;
use super::{Parameters, Query};
use crate::analytics::{Formula, Over, Weights};
use crate::dataset::export::Format;
use crate::error::{Result, Saying};
use crate::insight::HotspotsAsked;
use crate::insight::hotspots::{Shape, over_code};
use crate::taxonomy::Taxonomy;

/// Hotspots told where nothing is said, and at most.
pub const USUAL_TOP: usize = 20;
pub const MOST_TOP: usize = 500;

/// 排什么、按什么排、截至何时，均可省略。
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `Query::hotspots` reads")]
pub struct HotspotQuery {
    /// event 诉求组；cell 二级分类 × 区县；street 二级分类 × 街道 · events, or kinds of matters by district or street
    #[param(example = "event", default = "event")]
    over: Option<String>,
    /// 截至何时，不给则为现在；此后受理的、此后办理的不计。统计期不给 from 时为截至前的 7 天（hotspots.days） · as known
    /// then; the present where it is left out
    #[param(example = "2026-11-20T08:00:00+08:00")]
    as_of: Option<String>,
    /// 热度公式：guikou、count、span、teddy、regression、hn、reddit · which formula
    #[param(example = "guikou", default = "guikou")]
    formula: Option<String>,
    /// 热度指数各部分 V、B、P、S、R 的权重，之和为 1，只与 guikou 公式同用；不给则按设置 · what the parts of the index weigh
    #[param(example = "0.35,0.25,0.15,0.15,0.10")]
    weights: Option<String>,
    /// 只要最热的几个 · the hottest so many
    #[param(minimum = 1, maximum = 500, default = 20)]
    top: Option<usize>,
    /// 哪张表，只与 format 同用：hotspots 热点问题表；details 热点问题留言明细表；figures 全部数字 · which table goes
    /// into the file
    #[param(example = "hotspots", default = "hotspots")]
    table: Option<String>,
}

/// A question for hotspots, and as what file if any.
pub struct AskedHotspots {
    pub asked: HotspotsAsked,
    pub format: Option<Format>,
    pub shape: Shape,
}

impl Query {
    /// Which hotspots are wanted, and as what kind of file if any.
    pub fn hotspots(self, taxonomy: &Taxonomy, now: DateTime<FixedOffset>) -> Result<AskedHotspots> {
        let mut given = Parameters::of(self);
        let scope = given.scope(taxonomy);
        let asked = HotspotsAsked {
            over: given.read("over", over).unwrap_or(Over::Event),
            as_of: given.moment("as_of", 0).unwrap_or(now),
            formula: given.read("formula", formula).unwrap_or(Formula::Guikou),
            weights: given.read("weights", Weights::parse),
            top: given.read("top", top).unwrap_or(USUAL_TOP),
            scope,
        };
        if asked.weights.is_some() && asked.formula != Formula::Guikou {
            given.wrong("weights", Saying::new("只与 guikou 公式同给", "only with the formula guikou"));
        }
        let format = given.read("format", figure_format);
        let shape = given.read("table", shape);
        if shape.is_some() && format.flatten().is_none() {
            given.wrong("table", Saying::new("只与 format 同给", "only beside `format`"));
        }
        given.finish().map(|()| AskedHotspots {
            asked,
            format: format.flatten(),
            shape: shape.unwrap_or(Shape::Hotspots),
        })
    }
}

fn over(text: &str) -> Result<Over, Saying> {
    among([Over::Event, Over::Cell, Over::Street], over_code, text)
}

fn formula(text: &str) -> Result<Formula, Saying> {
    among(Formula::ALL, Formula::code, text)
}

fn shape(text: &str) -> Result<Shape, Saying> {
    among(Shape::ALL, Shape::code, text)
}

/// What has this code.
fn among<T: Copy, const N: usize>(all: [T; N], code: fn(T) -> &'static str, text: &str) -> Result<T, Saying> {
    let known = all.map(code).join(" ");
    let found = all.into_iter().find(|one| code(*one) == text);
    found.ok_or_else(|| Saying::new(format!("只能是 {known} 之一"), format!("must be one of {known}")))
}

fn top(text: &str) -> Result<usize, Saying> {
    let wanted = || {
        let (zh, en) = (format!("须为 1 到 {MOST_TOP} 的整数"), format!("must be a whole number from 1 to {MOST_TOP}"));
        Saying::new(zh, en)
    };
    text.parse().ok().filter(|top| (1..=MOST_TOP).contains(top)).ok_or_else(wanted)
}

// The documented limits are written out above because attributes take literals only.
const _: () = assert!(USUAL_TOP == 20 && MOST_TOP == 500);
