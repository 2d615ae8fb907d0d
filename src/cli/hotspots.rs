//! `guikou report hotspots`: what is asked for.

use chrono::{DateTime, FixedOffset, Local};
use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::analytics::{Formula, Over};
use crate::cli::export::from;
use crate::cli::report::Which;
use crate::insight::HotspotsAsked;
use crate::insight::hotspots::{Shape, over_code};

#[derive(Args)]
pub struct Hotspots {
    #[command(flatten)]
    which: Which,
    /// 排什么：event 诉求组，cell 分类 × 区县，street 分类 × 街道
    #[arg(long, value_name = "对象", default_value = "event", value_parser = PossibleValuesParser::new(OVERS.map(over_code)))]
    over: String,
    /// 截至何时：日期或 RFC 3339 时间；不给则为现在
    #[arg(long, value_name = "时间", value_parser = from)]
    as_of: Option<DateTime<FixedOffset>>,
    /// 热度公式
    #[arg(long, value_name = "公式", default_value = "guikou", value_parser = PossibleValuesParser::new(Formula::ALL.map(Formula::code)))]
    formula: String,
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
    pub fn asked(&self) -> HotspotsAsked {
        HotspotsAsked {
            scope: self.which.scope(),
            over: OVERS.into_iter().find(|over| over_code(*over) == self.over).unwrap_or(Over::Event),
            as_of: self.as_of.unwrap_or_else(|| Local::now().fixed_offset()),
            formula: Formula::called(&self.formula).unwrap_or(Formula::Guikou),
            top: self.top,
        }
    }

    pub fn shape(&self) -> Shape {
        match (self.details, self.figures) {
            (true, _) => Shape::Details,
            (_, true) => Shape::Figures,
            _ => Shape::Hotspots,
        }
    }
}
