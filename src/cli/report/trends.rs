//! `guikou report trends`: what is new, rises or falls; which words and places come up; the days ahead.

use chrono::Local;
use clap::Args;
use serde::Serialize;

use super::{Desk, Shape, Which, give};
use crate::analytics::trend::{Kind, Over};
use crate::cli::show::{FAINT, PLAIN};
use crate::error::{Result, Saying};
use crate::http::{trend_kind, trend_over};
use crate::insight::{AskedTrends, AskedWords, Of, Table, USUAL_TOP};

#[derive(Args)]
pub struct Wanted {
    #[command(flatten)]
    which: Which,
    /// 新词：本期比此前更多人说到的词
    #[arg(long, conflicts_with_all = ["places", "forecast", "over", "kind"])]
    words: bool,
    /// 新地点
    #[arg(long, conflicts_with_all = ["forecast", "over", "kind"])]
    places: bool,
    /// 今后 7 天的件数及区间
    #[arg(long, conflicts_with_all = ["over", "kind", "base_days", "top"])]
    forecast: bool,
    /// 什么的趋势：category 二级分类、cell 分类·区县、event 诉求组
    #[arg(long, value_name = "序列", value_parser = over, default_value = "category")]
    over: Over,
    /// 只要哪一类：new、rising、falling、seasonal、chronic
    #[arg(long, value_name = "类", value_parser = kind)]
    kind: Option<Kind>,
    /// 基期天数；不给则与本期等长，至少 28 天
    #[arg(long, value_name = "天", value_parser = clap::value_parser!(i32).range(7..=366))]
    base_days: Option<i32>,
    /// 最多多少个
    #[arg(long, value_name = "个", default_value_t = USUAL_TOP)]
    top: usize,
}

fn over(text: &str) -> Result<Over, String> {
    trend_over(text).map_err(|Saying { zh, .. }| zh)
}

fn kind(text: &str) -> Result<Kind, String> {
    trend_kind(text).map_err(|Saying { zh, .. }| zh)
}

impl Wanted {
    pub fn run(&self, desk: &Desk, shape: &Shape) -> Result<()> {
        let (ground, now) = (desk.ground(), Local::now().fixed_offset());
        let scope = self.which.scope(ground)?;
        let (base_days, top) = (self.base_days, self.top);
        if self.forecast {
            let answer = desk.insight.forecast(ground, &scope, now)?;
            return told(shape, &answer, &answer.table(), &answer.note);
        }
        if self.words || self.places {
            let of = if self.places { Of::Places } else { Of::Words };
            let answer = desk.insight.words(ground, &AskedWords { scope, of, base_days, top }, now)?;
            return told(shape, &answer, &answer.table(), &answer.note);
        }
        let asked = AskedTrends { scope, over: self.over, kind: self.kind, base_days, top };
        let answer = desk.insight.trends(ground, &asked, now)?;
        told(shape, &answer, &answer.table(), &answer.note)
    }
}

/// With a word on what was compared, where people read it.
fn told<T: Serialize>(shape: &Shape, answer: &T, table: &Table, note: &str) -> Result<()> {
    give(shape, answer, table)?;
    if shape.out.is_none() && !shape.json {
        anstream::println!("{FAINT}{note}{PLAIN}");
    }
    Ok(())
}
