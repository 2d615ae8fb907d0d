//! What is loaded, and how the service is: `/v1/taxonomy`, `/v1/info`, `/livez`, `/readyz`, `/metrics`.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use metrics::gauge;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use serde::Serialize;
use utoipa::ToSchema;

use crate::case::{LONGEST_TEXT, Versions};
use crate::error::{Error, Result};
use crate::http::Answer;
use crate::http::desk::{Desk, can_keep};
use crate::http::models;
use crate::http::observe::{Caller, Language};
use crate::http::problem::{Problem, Refusals};
use crate::taxonomy::{Category, City, Department, District, Domain, Flag, PetitionType, Rule, UrgencyLevel};

/// 分类目录、单位目录和派单目录，原样给出。
#[derive(Debug, Serialize, ToSchema)]
pub struct Catalogue {
    pub version: String,
    pub rules_version: String,
    pub city: City,
    pub districts: Vec<District>,
    /// 诉求类型
    pub petition_types: Vec<PetitionType>,
    /// 紧急程度
    pub urgency: Vec<UrgencyLevel>,
    /// 标签
    pub flags: Vec<Flag>,
    /// 一级分类
    pub domains: Vec<Domain>,
    /// 二级分类；代码前两位是一级分类
    pub categories: Vec<Category>,
    /// 承办单位
    pub departments: Vec<Department>,
    /// 派单目录
    pub rules: Vec<Rule>,
}

/// 服务、模型与目录的版本和限额。
#[derive(Debug, Serialize, ToSchema)]
pub struct Info {
    #[schema(example = "guikou")]
    pub name: &'static str,
    pub version: &'static str,
    /// 启动时间，RFC 3339
    pub started_at: String,
    pub versions: Versions,
    /// 是否缺少某些部件而降级
    pub degraded: bool,
    /// 缺少什么、怎么补；没有送达的预警推送也在这里
    pub lacking: Vec<String>,
    pub limits: Limits,
    pub demo: bool,
}

/// 限额。
#[derive(Debug, Serialize, ToSchema)]
pub struct Limits {
    /// 诉求文本最多字数
    pub text_chars: usize,
    /// 一批最多件数
    pub batch_items: usize,
    /// 请求正文最多字节
    pub body_bytes: usize,
    /// 导入文件最多字节
    pub import_bytes: usize,
    /// 同时处理的请求数
    pub in_flight: usize,
}

/// 健康状态。
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    #[schema(example = "ok")]
    pub status: &'static str,
    /// 各部件，仅 `?verbose` 时给出
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub checks: BTreeMap<&'static str, String>,
}

/// 分类、单位和派单目录
#[utoipa::path(get, path = "/v1/taxonomy", tag = "目录与版本", operation_id = "taxonomy",
    responses((status = 200, description = "目录 · the catalogue", body = Catalogue), Refusals))]
pub async fn taxonomy(State(desk): State<Arc<Desk>>) -> Result<Answer<Catalogue>, Problem> {
    let taxonomy = desk.ready()?.taxonomy();
    Ok(Answer(Catalogue {
        version: taxonomy.version().to_owned(),
        rules_version: taxonomy.rules_version().to_owned(),
        city: taxonomy.city.clone(),
        districts: taxonomy.districts.clone(),
        petition_types: taxonomy.petition.clone(),
        urgency: taxonomy.urgency.clone(),
        flags: taxonomy.flags.clone(),
        domains: taxonomy.domains.clone(),
        categories: taxonomy.categories.clone(),
        departments: taxonomy.departments.clone(),
        rules: taxonomy.rules.clone(),
    }))
}

/// 版本、限额和降级情况
#[utoipa::path(get, path = "/v1/info", tag = "目录与版本", operation_id = "info",
    responses((status = 200, description = "版本 · versions", body = Info), Refusals))]
pub async fn info(State(desk): State<Arc<Desk>>, caller: Caller) -> Result<Answer<Info>, Problem> {
    let triage = desk.ready()?;
    let undelivered = desk.alarms.lacking();
    let lacking = triage.lacking().iter().chain(&undelivered).map(|saying| match caller.language {
        Language::Chinese => saying.zh.clone(),
        Language::English => saying.en.clone(),
    });
    let options = &desk.options;
    Ok(Answer(Info {
        name: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
        started_at: desk.started_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, false),
        versions: triage.versions(),
        degraded: !triage.lacking().is_empty(),
        lacking: lacking.collect(),
        limits: Limits {
            text_chars: LONGEST_TEXT,
            batch_items: options.max_batch.get(),
            body_bytes: options.max_body_bytes.get(),
            import_bytes: options.max_import_bytes.get(),
            in_flight: options.max_in_flight.get(),
        },
        demo: options.demo,
    }))
}

/// 进程是否活着
#[utoipa::path(get, path = "/livez", tag = "运维", operation_id = "livez",
    responses((status = 200, description = "活着 · alive", body = Health)))]
pub async fn livez() -> Answer<Health> {
    Answer(Health { status: "ok", checks: BTreeMap::new() })
}

/// 能否接单：加载完成前、停止时和案件库不能写时为 503
#[utoipa::path(get, path = "/readyz", tag = "运维", operation_id = "readyz",
    params(("verbose" = Option<String>, Query, description = "逐部件列出")),
    responses((status = 200, description = "就绪 · ready", body = Health),
              (status = 503, description = "未就绪 · not ready", body = crate::http::problem::ProblemBody, content_type = "application/problem+json")))]
pub async fn readyz(
    State(desk): State<Arc<Desk>>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Answer<Health>, Problem> {
    let triage = desk.ready()?;
    can_keep(&desk).await?;
    let mut checks = BTreeMap::new();
    if query.contains_key("verbose") {
        let Versions { model, taxonomy, rules } = triage.versions();
        let store = triage.store().shown().to_owned();
        checks.extend([("model", model), ("taxonomy", taxonomy), ("rules", rules), ("store", store)]);
        let lacking: Vec<_> = triage.lacking().iter().map(|saying| saying.zh.as_str()).collect();
        if !lacking.is_empty() {
            checks.insert("lacking", lacking.join("；"));
        }
    }
    Ok(Answer(Health { status: "ready", checks }))
}

/// Prometheus 指标
#[utoipa::path(get, path = "/metrics", tag = "运维", operation_id = "metrics",
    responses((status = 200, description = "指标 · metrics", body = String, content_type = "text/plain")))]
pub async fn metrics(State(desk): State<Arc<Desk>>) -> Result<Response, Problem> {
    if let Ok(triage) = desk.ready() {
        models::publish(triage);
    }
    let text = recorder()?.render();
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}

/// Boundaries that OpenTelemetry advises for `http.server.request.duration`, in seconds, with finer ones below for
/// single texts.
const SECONDS: [f64; 16] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// The one recorder of the process, installed at the first call.
pub fn recorder() -> Result<&'static PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let install = || {
        let builder = PrometheusBuilder::new();
        let builder = builder.set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &SECONDS).ok()?;
        builder.install_recorder().ok()
    };
    let recorder = RECORDER.get_or_init(install).as_ref();
    recorder.ok_or_else(|| Error::internal("无法登记指标", "the metrics recorder cannot be installed"))
}

/// Says what runs, once it does.
pub fn announce(versions: &Versions) {
    gauge!("guikou_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    let Versions { model, taxonomy, rules } = versions.clone();
    gauge!("guikou_model_info", "version" => model).set(1.0);
    gauge!("guikou_taxonomy_info", "version" => taxonomy, "rules" => rules).set(1.0);
}
