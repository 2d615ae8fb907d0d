//! Which alerts `guikou report alerts` shows.

use clap::Args;
use serde::de::DeserializeOwned;

use crate::cli::when::When;
use crate::error::{Error, Result};
use crate::insight::Ground;
use crate::store::AlertFilter;
use crate::taxonomy::Taxonomy;

#[derive(Args)]
pub struct Asked {
    /// 发出时间不早于：日期或 RFC 3339 时间
    #[arg(long, value_name = "时间")]
    from: Option<When>,
    /// 发出时间早于；给日期时含当日
    #[arg(long, value_name = "时间")]
    to: Option<When>,
    /// 级别：blue、yellow、orange、red
    #[arg(long, value_name = "级别", value_parser = ["blue", "yellow", "orange", "red"])]
    level: Option<String>,
    /// 处理：open、acknowledged、dismissed
    #[arg(long, value_name = "处理", value_parser = ["open", "acknowledged", "dismissed"])]
    state: Option<String>,
    /// 对象：event 诉求组，cell 分类与区县
    #[arg(long, value_name = "对象", value_parser = ["event", "cell"])]
    kind: Option<String>,
    /// 二级或一级分类代码
    #[arg(long, value_name = "代码")]
    category: Option<String>,
    /// 区县
    #[arg(long, value_name = "区县")]
    district: Option<String>,
    /// 诉求组编号：它的预警，含并入它的各组的
    #[arg(long, value_name = "编号")]
    issue: Option<String>,
}

impl Asked {
    pub fn filter(&self, ground: Ground) -> Result<AlertFilter> {
        let zone = ground.deadlines.offset();
        let categories = match &self.category {
            Some(code) => children(code, ground.taxonomy)?,
            None => Vec::new(),
        };
        Ok(AlertFilter {
            level: coded(&self.level),
            state: coded(&self.state),
            kind: coded(&self.kind),
            from: self.from.as_ref().map(|from| from.from(zone)).transpose()?,
            to: self.to.as_ref().map(|to| to.to(zone)).transpose()?,
            categories,
            district: self.district.clone(),
            issue: self.issue.clone(),
        })
    }
}

/// The code itself, or all children of a level-1 code.
fn children(code: &str, taxonomy: &Taxonomy) -> Result<Vec<String>> {
    let found = taxonomy.categories.iter().map(|category| &category.code).filter(|known| known.starts_with(code));
    let found: Vec<String> = found.cloned().collect();
    if found.is_empty() {
        let (zh, en) = (format!("目录里没有分类 {code}"), format!("there is no category {code}"));
        return Err(Error::invalid(zh, en));
    }
    Ok(found)
}

/// What clap let through has one of the codes.
fn coded<T: DeserializeOwned>(code: &Option<String>) -> Option<T> {
    serde_json::from_value(code.clone()?.into()).ok()
}
