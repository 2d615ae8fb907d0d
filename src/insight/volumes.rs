//! Volumes (诉求量), each with the list of exactly its cases.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Ground, Insight, Table, table::column};
use crate::analytics::{Dimension, volumes};
use crate::case::{NONE, Scope};
use crate::dataset::export::{Cell, Holds};
use crate::error::Result;

/// 诉求量。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Volumes {
    /// 件数合计
    pub total: i64,
    pub rows: Vec<Volume>,
}

/// 一类的诉求量。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Volume {
    /// 代码；没有的为 `-`
    pub code: String,
    pub name: String,
    pub cases: i64,
    /// 占比
    pub share: f64,
    /// 这些案件的列表
    pub link: String,
}

impl Insight {
    /// How many cases of the scope there are of each district, most first.
    pub fn volumes(&self, ground: Ground, scope: &Scope) -> Result<Volumes> {
        let counted = volumes(&self.fresh(ground)?, scope, Dimension::District)?;
        let total: i64 = counted.iter().map(|(_, cases)| i64::from(*cases)).sum();
        let row = |(value, cases): (Option<String>, u32)| {
            let code = value.clone().unwrap_or_else(|| NONE.to_owned());
            let link = Scope { district: Some(code.clone()), ..scope.clone() }.link();
            let name = value.unwrap_or_else(|| "未读出".to_owned());
            Volume { code, name, cases: cases.into(), share: f64::from(cases) / total.max(1) as f64, link }
        };
        Ok(Volumes { total, rows: counted.into_iter().map(row).collect() })
    }
}

impl Volumes {
    pub fn table(&self) -> Table {
        let columns = vec![
            column("name", "类别", Holds::Words, "名称"),
            column("cases", "件数", Holds::Count, "案件数"),
            column("share", "占比", Holds::Share, "占合计的比例"),
        ];
        let row = |row: &Volume| vec![Cell::of(Some(&row.name)), Cell::Count(row.cases), Cell::Share(row.share)];
        Table { title: "诉求量", columns, rows: self.rows.iter().map(row).collect() }
    }
}
