//! Figures (统计): each as JSON, and its table as a file.

use std::io::Cursor;
use std::sync::Arc;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, FixedOffset, Local, SubsecRound};
use serde::Serialize;

use crate::dataset::export::Format;
use crate::error::Result;
use crate::http::Answer;
use crate::http::desk::{Desk, Seat, ground};
use crate::http::export::media_type;
use crate::http::problem::Problem;
use crate::insight::{Ground, Insight, Table};
use crate::triage::Triage;

/// The clock, to the millisecond: as times are kept.
pub fn now() -> DateTime<FixedOffset> {
    Local::now().fixed_offset().trunc_subsecs(3)
}

/// Answers a question with figures: as JSON where no format is named, else with the table of the answer as a file
/// called `name` and the time.
pub async fn answer<T: Serialize + Send + 'static>(
    desk: &Arc<Desk>,
    seat: Seat,
    name: &str,
    format: Option<Format>,
    work: impl FnOnce(&Insight, Ground) -> Result<T> + Send + 'static,
    table: impl FnOnce(&T) -> Table + Send + 'static,
) -> Result<Response, Problem> {
    let here = Arc::clone(desk);
    told(desk, seat, name, format, move |triage| work(&here.insight, ground(triage)), table).await
}

/// The same of whatever answers from what is loaded.
pub async fn told<T: Serialize + Send + 'static>(
    desk: &Arc<Desk>,
    seat: Seat,
    name: &str,
    format: Option<Format>,
    work: impl FnOnce(&Triage) -> Result<T> + Send + 'static,
    table: impl FnOnce(&T) -> Table + Send + 'static,
) -> Result<Response, Problem> {
    let done = desk.cross(seat, move |triage| {
        let answered = work(triage)?;
        let file = format.map(|format| table(&answered).write(format, Cursor::new(Vec::new()))).transpose()?;
        Ok::<_, crate::error::Error>((answered, file))
    });
    let (answered, file) = done.await??;
    let (Some(format), Some(file)) = (format, file) else { return Ok(Answer(answered).into_response()) };
    let moment = Local::now().format("%Y%m%d-%H%M%S");
    let disposition = format!("attachment; filename=\"{name}-{moment}.{}\"", format.name());
    let headers = [(header::CONTENT_TYPE, media_type(format).to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, file.into_inner()).into_response())
}
