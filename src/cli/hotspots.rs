//! `guikou report hotspots`: what is asked for.

use chrono::Local;
use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::analytics::{Formula, Over, Weights};
use crate::cli::report::Which;
use crate::cli::when::When;
use crate::error::{Error, Result};
use crate::insight::hotspots::{Shape, over_code};
use crate::insight::{Ground, HotspotsAsked};

#[derive(Args)]
pub struct Hotspots {
    #[command(flatten)]
    which: Which,
    /// 排什么：event 诉求组，cell 分类 × 区县，street 分类 × 街道
    #[arg(long, value_name = "对象", default_value = "event", value_parser = PossibleValuesParser::new(OVERS.map(over_code)))]
    over: String,
    /// 截至何时：日期或 RFC 3339 时间；不给则为现在
    #[arg(long, value_name = "时间")]
    as_of: Option<When>,
    /// 热度公式
    #[arg(long, value_name = "公式", default_value = "guikou", value_parser = PossibleValuesParser::new(Formula::ALL.map(Formula::code)))]
    formula: String,
    /// 热度各部分 V、B、P、S、R 的权重，之和为 1；不给则按设置
    #[arg(long, value_name = "权重", value_parser = weights)]
    weights: Option<Weights>,
    /// 只要最热的几个
    #[arg(long, value_name = "个数", default_value_t = 20)]
    top: usize,
    /// 给出热点问题留言明细表
    #[arg(long)]
    details: bool,
    /// 给出全部数字
    #[arg(long, conflicts_with = "details")]
    figures: bool,
}

const OVERS: [Over; 3] = [Over::Event, Over::Cell, Over::Street];

impl Hotspots {
    pub fn asked(&self, ground: Ground) -> Result<HotspotsAsked> {
        let as_of = self.as_of.as_ref().map(|as_of| as_of.from(ground.deadlines.offset())).transpose()?;
        let formula = Formula::called(&self.formula).unwrap_or(Formula::Guikou);
        if self.weights.is_some() && formula != Formula::Guikou {
            let zh = "--weights 只与 guikou 公式同用：请去掉 --weights 或 --formula";
            return Err(Error::invalid(zh, "--weights goes with the formula guikou only: leave out one of the two"));
        }
        Ok(HotspotsAsked {
            scope: self.which.scope(ground)?,
            over: OVERS.into_iter().find(|over| over_code(*over) == self.over).unwrap_or(Over::Event),
            as_of: as_of.unwrap_or_else(|| Local::now().fixed_offset()),
            formula,
            weights: self.weights,
            top: self.top,
        })
    }

    pub fn shape(&self) -> Shape {
        match (self.details, self.figures) {
            (true, _) => Shape::Details,
            (_, true) => Shape::Figures,
            _ => Shape::Hotspots,
        }
    }
}

fn weights(text: &str) -> Result<Weights, String> {
    Weights::parse(text).map_err(|wrong| format!("{} · {}", wrong.zh, wrong.en))
}
