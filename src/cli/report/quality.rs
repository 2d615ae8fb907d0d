//! `guikou report quality`: how good advice is, what was changed and sent back, what drifts, what to look at next.

use chrono::Local;
use clap::{Args, ValueEnum};

use super::{Desk, Shape, Which, give};
use crate::cli::show::{FAINT, PLAIN};
use crate::config::Settings;
use crate::error::Result;
use crate::http::{Query, read_quality};
use crate::insight::Bounds;
use crate::routing::Thresholds;

#[derive(Args)]
pub struct Wanted {
    #[command(flatten)]
    which: Which,
    /// 看哪一部分
    #[arg(long, value_enum, default_value = "curve")]
    part: Part,
    /// 看什么：unit 牵头单位、category 二级分类；默认 unit
    #[arg(long, value_name = "项")]
    judged: Option<String>,
    /// 认定最宽到哪一种：settled 审定、said 反馈、answered 承办答复；默认 answered
    #[arg(long, value_name = "依据")]
    ruling: Option<String>,
    /// 漂移：基期天数；不给则与本期等长
    #[arg(long, value_name = "天")]
    base_days: Option<u32>,
    /// 改动：最多多少对；复核：每种理由最多多少件
    #[arg(long, value_name = "数")]
    top: Option<usize>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Part {
    /// 覆盖率—准确率曲线
    Curve,
    /// 校准
    Calibration,
    /// 退单
    Returns,
    /// 改动
    Changes,
    /// 漂移
    Drift,
    /// 复核队列
    Review,
}

impl Wanted {
    pub fn run(&self, desk: &Desk, settings: &Settings, shape: &Shape) -> Result<()> {
        let mut given = self.which.given();
        let more = [
            ("judged", self.judged.clone()),
            ("ruling", self.ruling.clone()),
            ("base_days", self.base_days.map(|days| days.to_string())),
            ("top", self.top.map(|top| top.to_string())),
        ];
        given.extend(more.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        let thresholds = Thresholds::load(&settings.model()?)?;
        let bounds = Bounds::of(thresholds.auto, thresholds.suggest);
        let (ground, insight) = (desk.ground(), &desk.insight);
        let offset = ground.deadlines.offset();
        let (asked, _) = read_quality(Query::of(given, offset), ground.taxonomy, bounds)?;
        let now = Local::now().with_timezone(&offset);
        let note = match self.part {
            Part::Curve | Part::Calibration => {
                let answer = insight.quality(ground, &asked, now)?;
                let is_curve = matches!(self.part, Part::Curve);
                give(shape, &answer, &if is_curve { answer.table() } else { answer.calibration_table() })?;
                answer.note
            }
            Part::Returns => {
                let answer = insight.returns(ground, &asked, now)?;
                return give(shape, &answer, &answer.table());
            }
            Part::Changes => {
                let answer = insight.changes(ground, &asked, now)?;
                return give(shape, &answer, &answer.table());
            }
            Part::Drift => {
                let answer = insight.drift(ground, &asked, now)?;
                give(shape, &answer, &answer.table())?;
                answer.sentence
            }
            Part::Review => {
                let answer = insight.review(ground, &asked, now)?;
                return give(shape, &answer, &answer.table());
            }
        };
        if shape.out.is_none() && !shape.json {
            anstream::println!("{FAINT}{note}{PLAIN}");
        }
        Ok(())
    }
}
