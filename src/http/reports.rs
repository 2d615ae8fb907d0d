//! `GET /v1/reports`, `/v1/reports/{kind}`, `/v1/reports/archive/{name}`: operation reports; and their writing by the clock.

use std::path::{Path as File, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, FixedOffset, Local, NaiveTime, SubsecRound};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::case::Scope;
use crate::case::document::{Document, Edition};
use crate::error::{Error, Kind, Result};
use crate::http::Answer;
use crate::http::alarms::goes_on;
use crate::http::desk::{Desk, Seat, ground};
use crate::http::export::Download;
use crate::http::figures::now;
use crate::http::problem::{Problem, ProblemBody, Refusals};
use crate::http::query::{self, Query, ReportName, ReportQuery};
use crate::insight::{ReportAsked, ReportKind};
use crate::report::archive::{self, Filed, Key};
use crate::report::{Print, print};

/// How often it is looked whether a report is due.
const LOOK: Duration = Duration::from_secs(20);

/// Settings of reports; defaults and their meaning stand in `src/config.default.toml`, section `reports`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportOptions {
    pub folder: Option<PathBuf>,
    #[serde(deserialize_with = "kinds")]
    pub internal: Vec<ReportKind>,
    #[serde(default, deserialize_with = "kind")]
    pub public: Option<ReportKind>,
    #[serde(deserialize_with = "clock")]
    pub at: NaiveTime,
    #[serde(deserialize_with = "prints")]
    pub formats: Vec<Print>,
    pub issuer: Option<String>,
    pub address: Option<String>,
}

impl Default for ReportOptions {
    fn default() -> Self {
        Self {
            folder: None,
            internal: Vec::new(),
            public: None,
            at: NaiveTime::MIN,
            formats: Print::ALL.to_vec(),
            issuer: None,
            address: None,
        }
    }
}

/// By the clock, of what is over.
fn regular(code: &str) -> Option<ReportKind> {
    let known = [ReportKind::Daily, ReportKind::Weekly, ReportKind::Monthly];
    known.into_iter().find(|kind| kind.code() == code)
}

fn kinds<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<ReportKind>, D::Error> {
    let read = |code: &String| regular(code).ok_or_else(|| D::Error::custom("只能是 daily、weekly、monthly"));
    Vec::<String>::deserialize(value)?.iter().map(read).collect()
}

fn kind<'de, D: Deserializer<'de>>(value: D) -> Result<Option<ReportKind>, D::Error> {
    let code = String::deserialize(value)?;
    regular(&code).map(Some).ok_or_else(|| D::Error::custom("只能是 daily、weekly、monthly 之一"))
}

fn clock<'de, D: Deserializer<'de>>(value: D) -> Result<NaiveTime, D::Error> {
    let text = String::deserialize(value)?;
    NaiveTime::parse_from_str(&text, "%H:%M").map_err(|_| D::Error::custom("须为 08:00 这样的时刻"))
}

fn prints<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<Print>, D::Error> {
    let read = |code: &String| Print::called(code).ok_or_else(|| D::Error::custom("只能是 md、html、docx、xlsx"));
    Vec::<String>::deserialize(value)?.iter().map(read).collect()
}

/// 归档的报告。
#[derive(Debug, Serialize, ToSchema)]
pub struct Reports {
    /// 写到文件夹的定时报告；reports.folder 没有设置时为 false
    pub archived: bool,
    /// 时段晚的在前
    pub items: Vec<Filed>,
}

/// 归档的运行报告：由服务定时写出，或由 `guikou report --archive` 写出
#[utoipa::path(get, path = "/v1/reports", tag = "报告", operation_id = "reports",
    responses((status = 200, description = "归档 · the archive", body = Reports), Refusals))]
pub async fn list(State(desk): State<Arc<Desk>>, seat: Seat) -> Result<Response, Problem> {
    let folder = desk.reports.folder.clone();
    let read = move |_: &_| folder.as_deref().map(archive::filed).transpose();
    let items = desk.cross(seat, read).await??;
    Ok(Answer(Reports { archived: items.is_some(), items: items.unwrap_or_default() }).into_response())
}

/// 运行报告：日报、周报、月报、专报
///
/// 受理概况、诉求分类、热点诉求、责任单位办理、督办、建议研判。每个数字都取自本服务的一个答案：`sources` 列出查询，数字带有它在答案中
/// 的位置（JSON Pointer），再问一次得同一数字。诉求由市民自愿反映，不给误差范围；建议由数字按固定条件得出，条件随文。
///
/// 不给 `as_of` 即最近已结束的一期。docx 按 GB/T 9704 排版，xlsx 含全部表格和“句子与查询”一表，html 为单个文件。
#[utoipa::path(get, path = "/v1/reports/{kind}", tag = "报告", operation_id = "report",
    params(("kind" = inline(ReportName), Path, description = "哪种报告 · which report"), ReportQuery),
    responses(
        (status = 200, description = "报告；给 format 时为文件 · the report, or a file of it", body = Document),
        (status = 404, description = "没有这种报告 · no such report", body = ProblemBody, content_type = "application/problem+json"),
        Refusals))]
pub async fn report(
    State(desk): State<Arc<Desk>>,
    seat: Seat,
    Path(kind): Path<String>,
    query: Query,
) -> Result<Response, Problem> {
    let triage = desk.ready()?;
    let unknown = || {
        let known = ReportKind::ALL.map(ReportKind::code).join("、");
        Error::new(Kind::NotFound, format!("没有这种报告：可用 {known}"), format!("no such report: there are {known}"))
    };
    let kind = ReportKind::ALL.into_iter().find(|known| known.code() == kind).ok_or_else(unknown)?;
    let (asked, format) = query::report(query, kind, triage.taxonomy(), now())?;
    let asked = ReportAsked { issuer: desk.reports.issuer.clone(), ..asked };
    let name = key(&asked);
    let here = Arc::clone(&desk);
    let work = move |triage: &_| {
        let document = here.insight.report(ground(triage), &asked)?;
        let file = format.map(|format| print(&document, format, Some(""))).transpose()?;
        Ok::<_, Error>((document, file))
    };
    let (document, file) = desk.cross(seat, work).await??;
    let (Some(format), Some(file)) = (format, file) else { return Ok(Answer(document).into_response()) };
    Ok(sent(file, format.media_type(), &format!("{}.{}", name.stem(&document.inputs), format.code())))
}

/// 归档的一个文件
#[utoipa::path(get, path = "/v1/reports/archive/{name}", tag = "报告", operation_id = "archived_report",
    params(("name" = String, Path, description = "文件名，见归档列表的 link · a name of the archive")),
    responses(
        (status = 200, description = "文件 · the file", body = Download, content_type = "application/octet-stream"),
        (status = 404, description = "没有这个文件 · no such file", body = ProblemBody, content_type = "application/problem+json"),
        Refusals))]
pub async fn archived(
    State(desk): State<Arc<Desk>>,
    seat: Seat,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let none =
        || Error::new(Kind::NotFound, "没有设置 reports.folder，没有归档", "there is no archive: set reports.folder");
    let (folder, asked) = (desk.reports.folder.clone().ok_or_else(none)?, name.clone());
    let (bytes, media) = desk.cross(seat, move |_| archive::read(&folder, &asked)).await??;
    Ok(sent(bytes, media, &name))
}

/// What can be read in a browser is shown there, all else saved.
fn sent(bytes: Vec<u8>, media: &'static str, name: &str) -> Response {
    let how = if media.starts_with("text/html") { "inline" } else { "attachment" };
    let disposition = format!("{how}; filename=\"{name}\"");
    ([(header::CONTENT_TYPE, media.to_owned()), (header::CONTENT_DISPOSITION, disposition)], bytes).into_response()
}

fn key(asked: &ReportAsked) -> Key {
    Key { kind: asked.kind.code().to_owned(), days: asked.period.days(), edition: asked.edition }
}

/// Writes reports when they are due; ends when the desk stops.
pub fn start(desk: &Arc<Desk>) {
    let Some(folder) = desk.reports.folder.clone() else { return };
    let desk = Arc::clone(desk);
    tokio::spawn(async move {
        let mut news = desk.alarms.news();
        // What fails is told once, and tried again.
        let mut failed = false;
        loop {
            let (here, folder) = (Arc::clone(&desk), folder.clone());
            let moment = Local::now().fixed_offset();
            let done = tokio::task::spawn_blocking(move || file_due(&here, &folder, moment)).await;
            match done {
                Ok(Ok(())) => failed = false,
                Ok(Err(error)) if !failed => {
                    tracing::warn!("定时报告没有写成，稍后再试：{}", error.chain());
                    failed = true;
                }
                Err(_) if !failed => {
                    tracing::error!("写定时报告时出错，稍后再试");
                    failed = true;
                }
                _ => {}
            }
            if !goes_on(&mut news, LOOK).await {
                return;
            }
        }
    });
}

/// Writes what is over, due, and not filed yet: what a service that stood still missed, it writes when it is back.
fn file_due(desk: &Desk, folder: &File, moment: DateTime<FixedOffset>) -> Result<()> {
    let Ok(triage) = desk.ready() else { return Ok(()) };
    let options = &desk.reports;
    let as_of = moment.with_timezone(&triage.deadlines().offset()).trunc_subsecs(0);
    if as_of.time() < options.at {
        return Ok(());
    }
    let internal = options.internal.iter().map(|kind| (*kind, Edition::Internal));
    for (kind, edition) in internal.chain(options.public.map(|kind| (kind, Edition::Public))) {
        let period = kind.period(as_of, false);
        let (scope, issuer) = (Scope::default(), options.issuer.clone());
        let asked = ReportAsked { kind, period, as_of, edition, scope, issuer };
        let key = key(&asked);
        if archive::has(folder, &key)? {
            continue;
        }
        let document = desk.insight.report(ground(triage), &asked)?;
        let written = archive::file(folder, &key, &document, &options.formats, options.address.as_deref())?;
        tracing::info!(
            "{}（{}）已写到 {}，共 {} 个文件",
            document.title,
            edition.name(),
            folder.display(),
            written.len()
        );
    }
    Ok(())
}
