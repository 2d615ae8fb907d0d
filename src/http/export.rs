//! `GET /v1/complaints?format=…`: the cases asked for as a file.

use std::io::Cursor;
use std::sync::Arc;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use chrono::Local;
use tokio::sync::Semaphore;
use utoipa::ToSchema;

use crate::dataset::export::Format;
use crate::error::{Error, Kind};
use crate::http::desk::{Desk, Seat};
use crate::http::problem::Problem;
use crate::store::Filter;
use crate::triage::export::{Order, columns, export};

/// Cases in a file, at most: it is made in memory. `guikou export` has no bound.
pub const LONGEST_EXPORT: usize = 10_000;

/// 表格文件的格式。
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "documents what is read as a `Format`")]
pub enum FileFormat {
    Csv,
    Jsonl,
    Xlsx,
    Parquet,
}

/// 文件，供下载。
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "documents the answer")]
pub struct Download(Vec<u8>);

/// Files made at once: their memory must not take intake's.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// The file, to be downloaded; only cases that people settled where that is asked for.
pub async fn file(
    desk: &Arc<Desk>,
    seat: Seat,
    filter: Filter,
    format: Format,
    settled_only: bool,
) -> Result<Response, Problem> {
    let busy = |_| Error::new(Kind::Busy, "已有两个导出在进行，请稍后再试", "two exports are under way, retry soon");
    let _one = AT_ONCE.try_acquire().map_err(busy)?;
    let now = Local::now().fixed_offset();
    let order = Order { format, filter, settled_only, columns: columns(), most: Some(LONGEST_EXPORT), now };
    let made = move |store: &_| export(store, &order, Cursor::new(Vec::new()), &|_, _| {});
    let (file, _) = desk.cross(seat, move |triage| made(triage.store())).await??;
    let what = if settled_only { "corrections" } else { "complaints" };
    let name = format!("attachment; filename=\"{what}-{}.{}\"", now.format("%Y%m%d-%H%M%S"), format.name());
    let headers = [(header::CONTENT_TYPE, media_type(format).to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, file.into_inner()).into_response())
}

pub fn media_type(format: Format) -> &'static str {
    match format {
        Format::Csv => "text/csv; charset=utf-8",
        Format::Jsonl => "application/x-ndjson; charset=utf-8",
        Format::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        Format::Parquet => "application/vnd.apache.parquet",
    }
}
