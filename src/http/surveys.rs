//! `/v1/surveys`: opinion surveys in, figures, themes to be signed, and summaries out.

pub mod work;

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::case::{CategoryLink, Checklist, Survey, SurveyColumn};
use crate::dataset::survey::{self as files, SurveyGuess, SurveyRead, ThemesFile};
use crate::error::{Error, Kind, Result};
use crate::http::Answer;
use crate::http::desk::{Desk, Seat, ground};
use crate::http::figures::{now, told};
use crate::http::input::{TOML, Upload, Written, acted, essence};
use crate::http::jobs::JobBody;
use crate::http::problem::{Problem, ProblemBody, Refusals};
use crate::http::query::{
    self, ActorQuery, Query, SummaryQuery, SurveyAnswerQuery, SurveyFigureQuery, SurveyFileQuery, ThemeQuery, TomlQuery,
};
use crate::insight::Insight;
use crate::report::print;
use crate::survey::{
    self, Added, AnswerList, By, FrameBody, FrameChange, Ground, Heard, More, QuestionFigures, SurveyBody, SurveyList,
    ThemeFigures,
};
use crate::triage::Triage;

/// What surveys are worked on with.
pub fn surveying(triage: &Triage) -> Ground<'_> {
    Ground { store: triage.store(), reader: triage.reader(), taxonomy: triage.taxonomy(), model: triage.model() }
}

/// 答卷文件看起来问了什么；确认或修改后随文件一起提交
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SurveyGuess)]
pub struct GuessBody {
    /// 猜出的问卷
    pub survey: Survey,
    /// 同一内容写成 survey.toml
    pub toml: String,
    /// 各列读作什么；个人信息的列不读
    pub columns: Vec<SurveyColumn>,
    /// 数据检查
    pub checklist: Checklist,
}

/// 提交一次调查：确认过的问卷和答卷文件
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSurveyBody {
    /// 文件名，由它的结尾得知格式
    #[schema(example = "answers.csv")]
    pub filename: String,
    /// 文件内容，base64
    pub file: String,
    /// 确认过的问卷
    pub survey: Survey,
    /// 谁提交的
    #[serde(default)]
    pub actor: Option<String>,
}

/// 补充答卷
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoreAnswersBody {
    /// 文件名，由它的结尾得知格式
    #[schema(example = "answers.csv")]
    pub filename: String,
    /// 文件内容，base64
    pub file: String,
    /// 谁补充的
    #[serde(default)]
    pub actor: Option<String>,
}

/// 照确认过的 survey.toml 看答卷文件
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExamineBody {
    /// 文件内容，base64
    pub file: String,
    /// survey.toml 的内容
    pub toml: String,
}

/// 先看一看答卷文件：猜各列是什么，列出要改的地方；不保存任何内容
///
/// 正文就是文件本身（CSV 为 UTF-8 或 GB18030，XLSX，问卷星、腾讯问卷的导出）；已有确认过的 survey.toml 时，正文为 JSON，
/// 文件（base64）和 survey.toml 的内容一起发来，照它读。
#[utoipa::path(post, path = "/v1/surveys:examine", tag = "调查", operation_id = "examine_survey", params(SurveyFileQuery),
    request_body(description = "文件，或文件和 survey.toml · the file, or it and survey.toml",
        content((Vec<u8> = "application/octet-stream"), (ExamineBody = "application/json"))),
    responses((status = 200, description = "问卷、各列和数据检查 · what it seems to ask", body = GuessBody), Refusals))]
pub async fn examine(
    State(desk): State<Arc<Desk>>,
    seat: Seat,
    query: Query,
    headers: HeaderMap,
    Upload(bytes): Upload,
) -> Result<Answer<GuessBody>, Problem> {
    let (name, offset) = (query.survey_file()?, desk.options.import_offset);
    let work = move |_: &Triage| {
        if essence(&headers).as_deref() != Some("application/json") {
            return files::guess_survey(&name, bytes, offset);
        }
        let ExamineBody { file, toml } = parsed(&bytes)?;
        let survey = files::read_survey(&toml)?;
        let SurveyRead { columns, checklist, .. } = files::read_answers(&name, decoded(&file)?, &survey, offset)?;
        Ok(SurveyGuess { survey, columns, checklist })
    };
    let SurveyGuess { survey, columns, checklist } = desk.cross(seat, work).await??;
    Ok(Answer(GuessBody { toml: files::write_survey(&survey), survey, columns, checklist }))
}

/// 提交一次调查
///
/// 正文为 JSON：确认过的问卷，和文件内容（base64）。有不改就不能计算的问题时不保存，逐处说明。个人信息的列不读，文字脱敏后才保存。
#[utoipa::path(post, path = "/v1/surveys", tag = "调查", operation_id = "add_survey", request_body = NewSurveyBody,
    responses(
        (status = 201, description = "已保存 · kept", body = SurveyBody,
            headers(("Location" = String, description = "调查地址 · where it is"))),
        (status = 409, description = "同一文件已提交过 · the same file was sent before", body = ProblemBody, content_type = "application/problem+json"),
        Refusals))]
pub async fn add(State(desk): State<Arc<Desk>>, seat: Seat, Upload(bytes): Upload) -> Result<Response, Problem> {
    let new: NewSurveyBody = parsed(&bytes)?;
    let (file, actor) = (decoded(&new.file)?, acted(new.actor)?);
    let offset = desk.options.import_offset;
    let work = move |triage: &Triage| {
        let name = std::path::PathBuf::from(&new.filename);
        let survey = new.survey.checked()?;
        let now = now().to_utc();
        let upload = survey::Upload { name: &name, bytes: file, survey, offset, actor, now };
        let kept = survey::keep(surveying(triage), upload)?;
        survey::body(surveying(triage), &kept.id)
    };
    let body = desk.cross(seat, work).await??;
    let place = format!("/v1/surveys/{}", body.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], Answer(body)).into_response())
}

/// 补充答卷：文件按这次调查的问卷读，接在原有答卷之后
///
/// 正文为 JSON：文件名和文件内容（base64）。序号和答案都与原有答卷相同的不重复保存，因此可以整份再发；序号相同而答案不同时不保存，
/// 逐行说明。主题表、签认和确认过的答案都不变；补充的开放题答案重新签认后计入，可先归纳一次，补充新主题。
#[utoipa::path(post, path = "/v1/surveys/{id}/answers", tag = "调查", operation_id = "add_survey_answers",
    params(("id" = String, Path, description = "调查编号 · the survey")), request_body = MoreAnswersBody,
    responses(
        (status = 200, description = "补充了多少，和补充后的调查 · how many, and the survey", body = Added),
        (status = 404, description = "没有这次调查 · no such survey", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "同一序号，答案不同 · the same id with other answers", body = ProblemBody, content_type = "application/problem+json"),
        Refusals))]
pub async fn add_answers(
    State(desk): State<Arc<Desk>>,
    seat: Seat,
    Path(id): Path<String>,
    Upload(bytes): Upload,
) -> Result<Answer<Added>, Problem> {
    let MoreAnswersBody { filename, file, actor } = parsed(&bytes)?;
    let (bytes, actor, offset) = (decoded(&file)?, acted(actor)?, desk.options.import_offset);
    let work = move |triage: &Triage| {
        let name = std::path::PathBuf::from(&filename);
        let more = More { name: &name, bytes, offset, actor, now: now().to_utc() };
        survey::add(surveying(triage), &id, more)
    };
    Ok(Answer(desk.cross(seat, work).await??))
}

/// A file that was sent in base64.
fn decoded(file: &str) -> Result<Vec<u8>> {
    STANDARD.decode(file.trim()).map_err(|error| {
        Error::invalid("文件内容不是 base64", "the file is not base64")
            .at("/file", "须为文件内容的 base64 编码", "must be the file in base64")
            .because(error)
    })
}

/// JSON that was sent as a file, or what is wrong with it.
fn parsed<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|error| wrong(&error))
}

/// What serde says names fields and types, never a text.
fn wrong(error: &serde_json::Error) -> Error {
    let place = format!("第 {} 行第 {} 列", error.line(), error.column());
    let zh = format!("{place}：不是所要的 JSON（{:?}）", error.classify());
    Error::invalid("内容不符合要求，见 errors", "the body is wrong, see errors").at("/", zh, error.to_string())
}

/// 各次调查
#[utoipa::path(get, path = "/v1/surveys", tag = "调查", operation_id = "list_surveys",
    responses((status = 200, description = "新的在前 · newest first", body = SurveyList), Refusals))]
pub async fn list(State(desk): State<Arc<Desk>>, seat: Seat) -> Result<Answer<SurveyList>, Problem> {
    Ok(Answer(desk.cross(seat, |triage| survey::list(surveying(triage))).await??))
}

/// 一次调查：怎样做的、问了什么、数据检查
#[utoipa::path(get, path = "/v1/surveys/{id}", tag = "调查", operation_id = "read_survey",
    params(("id" = String, Path, description = "调查编号 · the survey"), TomlQuery),
    responses(
        (status = 200, description = "调查；format=toml 时为 survey.toml · the survey", body = SurveyBody),
        (status = 404, description = "没有这次调查 · no such survey", body = ProblemBody, content_type = "application/problem+json"),
        Refusals))]
pub async fn read(
    State(desk): State<Arc<Desk>>,
    seat: Seat,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, Problem> {
    let as_file = query.survey_toml()?;
    let body = desk.cross(seat, move |triage| survey::body(surveying(triage), &id)).await??;
    Ok(if as_file { toml("survey", files::write_survey(&body.survey)) } else { Answer(body).into_response() })
}

/// A file as the command line writes it.
fn toml(name: &str, text: String) -> Response {
    let disposition = format!("attachment; filename=\"{name}.toml\"");
    ([(header::CONTENT_TYPE, TOML.to_owned()), (header::CONTENT_DISPOSITION, disposition)], text).into_response()
}

/// 删除一次调查，连同答卷和主题表；审计留有记录
#[utoipa::path(delete, path = "/v1/surveys/{id}", tag = "调查", operation_id = "delete_survey",
    params(("id" = String, Path, description = "调查编号 · the survey"), ActorQuery),
    responses(
        (status = 204, description = "已删除 · deleted"),
        (status = 404, description = "没有这次调查 · no such survey", body = ProblemBody, content_type = "application/problem+json"),
        Refusals))]
pub async fn delete(
    State(desk): State<Arc<Desk>>,
    seat: Seat,
    Path(id): Path<String>,
    query: Query,
) -> Result<StatusCode, Problem> {
    let (actor, at) = (query.actor()?, now().to_utc());
    desk.cross(seat, move |triage| triage.store().delete_survey(&id, actor.as_deref(), at)).await??;
    Ok(StatusCode::NO_CONTENT)
}

/// 封闭题结果：占比和区间、满意率、均值、净推荐值、交叉表和检验、加权、与上次比较
///
/// 区间为 95% 威尔逊区间；不足五份的数，以及会由此推出它们的数，不给出；不足三十份的标出，不宜解读。数据不是抽来的样本时不给区间和检验。
#[utoipa::path(get, path = "/v1/surveys/{id}/figures", tag = "调查", operation_id = "survey_figures",
    params(("id" = String, Path, description = "调查编号 · the survey"), SurveyFigureQuery),
    responses((status = 200, description = "封闭题结果 · the figures", body = QuestionFigures), Refusals))]
pub async fn figures(
    State(desk): State<Arc<Desk>>,
    seat: Seat,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, Problem> {
    let (asked, format) = query.survey_figures()?;
    let work = move |triage: &Triage| survey::figures(surveying(triage), &id, &asked);
    told(&desk, seat, "survey-figures", format, work, QuestionFigures::table).await
}

/// 一题的答案：数字背后的答卷，文字已脱敏
///
/// 逐份列出，供内部核对，不像结果那样隐去不足五份的，不宜公开；公开版的报告不带它的链接。
#[utoipa::path(get, path = "/v1/surveys/{id}/answers", tag = "调查", operation_id = "survey_answers",
    params(("id" = String, Path, description = "调查编号 · the survey"), SurveyAnswerQuery),
    responses((status = 200, description = "答案 · the answers", body = AnswerList), Refusals))]
pub async fn answers(
    State(desk): State<Arc<Desk>>,
    seat: Seat,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, Problem> {
    let (asked, format) = query.survey_answers()?;
    let work = move |triage: &Triage| survey::answers(surveying(triage), &id, &asked);
    told(&desk, seat, "survey-answers", format, work, AnswerList::table).await
}

/// 主题表：程序提出的、改过的或签认过的，以及请人确认的答案
#[utoipa::path(get, path = "/v1/surveys/{id}/themes", tag = "调查", operation_id = "survey_themes",
    params(("id" = String, Path, description = "调查编号 · the survey"), TomlQuery),
    responses(
        (status = 200, description = "主题表；还没有归纳时为 null；format=toml 时为 themes.toml · the themes, or null", body = Option<FrameBody>),
        Refusals))]
pub async fn themes(
    State(desk): State<Arc<Desk>>,
    seat: Seat,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, Problem> {
    let as_file = query.survey_toml()?;
    let body = desk.cross(seat, move |triage| survey::frame_of(surveying(triage), &id)).await??;
    if !as_file {
        return Ok(Answer(body).into_response());
    }
    let none = || Error::new(Kind::NotFound, "还没有主题表：请先归纳", "there are no themes yet: propose them first");
    let FrameBody { version, frame, .. } = body.ok_or_else(none)?;
    Ok(toml("themes", ThemesFile { version: Some(version), frame }.written()?))
}

/// 修改主题表：改名、合并、拆开、撤掉、移动、增加、确认答案、对应分类，或整表替换；要么全做，要么不做
///
/// 整表替换也可以直接发 themes.toml（`application/toml`），开头的 version 是所看到的版本，写法与命令行的相同。
#[utoipa::path(put, path = "/v1/surveys/{id}/themes", tag = "调查", operation_id = "change_themes",
    params(("id" = String, Path, description = "调查编号 · the survey"), ActorQuery),
    request_body(description = "各步，或整表 · steps, or the whole",
        content((FrameChange = "application/json"), (String = "application/toml"))),
    responses(
        (status = 200, description = "改后的主题表 · as they now stand", body = FrameBody),
        (status = 409, description = "在此期间已被修改 · changed meanwhile", body = ProblemBody, content_type = "application/problem+json"),
        Refusals))]
pub async fn change(
    State(desk): State<Arc<Desk>>,
    seat: Seat,
    Path(id): Path<String>,
    query: Query,
    written: Written,
) -> Result<Answer<FrameBody>, Problem> {
    let by = By { actor: query.actor()?, now: now().to_utc() };
    let work = move |triage: &Triage| match written {
        Written::Toml(text) => survey::change_by(surveying(triage), &id, ThemesFile::read(&text)?, by),
        Written::Json(body) => {
            let change: FrameChange = serde_json::from_value(body).map_err(|error| wrong(&error))?;
            let actor = acted(change.actor.clone())?.or(by.actor);
            survey::change(surveying(triage), &id, FrameChange { actor, ..change }, by.now)
        }
    };
    Ok(Answer(desk.cross(seat, work).await??))
}

/// 开放题结果：各主题说到的人和区间、态度、原话、雷同答卷；须先签认
#[utoipa::path(get, path = "/v1/surveys/{id}/themes/figures", tag = "调查", operation_id = "theme_figures",
    params(("id" = String, Path, description = "调查编号 · the survey"), ThemeQuery),
    responses(
        (status = 200, description = "开放题结果 · the figures", body = ThemeFigures),
        (status = 409, description = "还没有签认 · not signed yet", body = ProblemBody, content_type = "application/problem+json"),
        Refusals))]
pub async fn theme_figures(
    State(desk): State<Arc<Desk>>,
    seat: Seat,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, Problem> {
    let (question, format) = query.survey_themes()?;
    let work = move |triage: &Triage| survey::theme_figures(surveying(triage), &id, question.as_deref());
    told(&desk, seat, "survey-themes", format, work, ThemeFigures::table).await
}

/// 调查报告：九章，每个数字都取自本服务的一个答案，可再问一次核对
#[utoipa::path(get, path = "/v1/surveys/{id}/summary", tag = "调查", operation_id = "survey_summary",
    params(("id" = String, Path, description = "调查编号 · the survey"), SummaryQuery),
    responses(
        (status = 200, description = "调查报告；给 format 时为文件 · the summary", body = crate::case::document::Document),
        Refusals))]
pub async fn summary(
    State(desk): State<Arc<Desk>>,
    seat: Seat,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, Problem> {
    let (edition, format) = query.survey_summary()?;
    let (here, name) = (Arc::clone(&desk), id.clone());
    let work = move |triage: &Triage| {
        let heard = heard(&here.insight, triage, &id)?;
        let dated = survey::body(surveying(triage), &id)?.created_at.with_timezone(&triage.deadlines().offset());
        let document = survey::summary(surveying(triage), &id, edition, heard, dated.date_naive())?;
        let file = format.map(|format| print(&document, format, Some(""))).transpose()?;
        Ok::<_, Error>((document, file))
    };
    let (document, file) = desk.cross(seat, work).await??;
    let (Some(format), Some(file)) = (format, file) else { return Ok(Answer(document).into_response()) };
    let disposition = format!("attachment; filename=\"{name}.{}\"", format.code());
    let headers = [(header::CONTENT_TYPE, format.media_type().to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, file).into_response())
}

/// What the hotline heard of the themes whose categories a person confirmed, in the days of the survey.
pub fn heard(insight: &Insight, triage: &Triage, id: &str) -> Result<Vec<Heard>> {
    let kept = triage.store().survey(id)?;
    let Some((first, last)) = kept.survey.days() else { return Ok(Vec::new()) };
    let Some(version) = triage.store().frame(id)? else { return Ok(Vec::new()) };
    let mut heard = Vec::new();
    for theme in &version.frame.themes {
        // A category that was confirmed may have left the catalogue since.
        let stands = |link: &&CategoryLink| link.confirmed && triage.taxonomy().category(&link.code).is_some();
        let Some(link) = theme.category.as_ref().filter(stands) else { continue };
        let given = [("by", "category".to_owned()), ("category", link.code.clone())];
        let times = [("from", first.to_string()), ("to", last.to_string())];
        let given: Vec<(String, String)> =
            given.into_iter().chain(times).map(|(name, value)| (name.to_owned(), value)).collect();
        let pairs: Vec<String> = given.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let asked = pairs.join("&");
        let asking = query::volumes(Query::of(given, triage.deadlines().offset()), triage.taxonomy(), now())?;
        let answer = insight.volumes(ground(triage), &asking.breakdown)?;
        let unwritable = |error| Error::internal("答案无法写成 JSON", "the answer is not JSON").because(error);
        let answer = serde_json::to_value(&answer).map_err(unwritable)?;
        heard.push(Heard { theme: theme.code.clone(), query: format!("/v1/volumes?{asked}"), answer });
    }
    Ok(heard)
}

/// 长工作 · long work
fn accepted(job: JobBody) -> Response {
    let place = format!("/v1/jobs/{}", job.id);
    (StatusCode::ACCEPTED, [(header::LOCATION, place)], Answer(job)).into_response()
}
