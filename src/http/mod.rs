//! Face: HTTP. Routes, limits, problems (RFC 9457), OpenAPI, the page.
//!
//! Requests pass, from the outside in: `observe` (id, language, metrics, log, wording of problems), security
//! headers, keys, a seat (429 when none is free), the body, and then the one crossing into blocking code in `desk`.
//! Only this face is async.

mod alarms;
mod alerts;
mod audit;
mod bursts;
mod catalogue;
mod complaints;
mod deliveries;
mod departments;
mod desk;
mod duplicates;
mod export;
mod figures;
mod guard;
mod hotspots;
mod imports;
mod input;
mod issues;
mod jobs;
mod life;
mod models;
mod observe;
mod once;
mod pages;
mod problem;
mod quality;
mod query;
mod reports;
mod suggestions;
mod surveys;
mod trends;
mod undo;
mod volumes;
mod webhook;

use std::future::Future;
use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::serve::ListenerExt;
use axum::{Router, middleware};
use chrono::{FixedOffset, Local};
use serde::{Deserialize, Deserializer, Serialize};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::error::{Error, Result};
use crate::insight;
use crate::survey::Readings;
use crate::triage::{Triage, give_up_imports};
pub use alarms::AlertOptions;
use desk::Desk;
use guard::Keys;
use problem::Problem;
pub use query::{
    Query, kind as trend_kind, moment, over as trend_over, quality as read_quality, report as read_report,
    volumes as read_volumes,
};
pub use reports::ReportOptions;
pub use suggestions::Segments;
pub use surveys::{heard, surveying};

/// Settings of this face; defaults and their meaning stand in `src/config.default.toml`, section `http`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    pub listen: SocketAddr,
    pub api_keys: Vec<String>,
    pub api_keys_file: Option<PathBuf>,
    pub max_body_bytes: NonZeroUsize,
    pub max_batch: NonZeroUsize,
    pub max_import_bytes: NonZeroUsize,
    /// Of times in imported files that state none.
    #[serde(deserialize_with = "offset")]
    pub import_offset: FixedOffset,
    pub max_in_flight: NonZeroUsize,
    pub body_timeout_seconds: u64,
    pub answer_timeout_seconds: u64,
    pub stop_notice_seconds: u64,
    pub grace_seconds: u64,
    pub demo: bool,
    pub demo_days: NonZeroU32,
}

fn offset<'de, D: Deserializer<'de>>(value: D) -> Result<FixedOffset, D::Error> {
    let text = String::deserialize(value)?;
    text.parse().map_err(|_| serde::de::Error::custom("须为与 UTC 之差，如 +08:00 (an offset such as +08:00)"))
}

/// A server that has its port but does not answer yet.
pub struct Server {
    listener: std::net::TcpListener,
    desk: Arc<Desk>,
}

impl Server {
    /// Takes the port. Refuses an address that others can reach unless API keys are configured.
    pub fn bind(options: Options) -> Result<Self> {
        let keys = Keys::read(&options)?;
        let listen = options.listen;
        if !listen.ip().is_loopback() && keys.is_empty() {
            let zh = format!(
                "{listen} 可被其他机器访问，须先配置 http.api_keys 或 http.api_keys_file；只在本机使用请改为 127.0.0.1"
            );
            let en =
                format!("{listen} can be reached by others: configure http.api_keys first, or listen on 127.0.0.1");
            return Err(Error::setup(zh, en));
        }
        let taken = |error| {
            let zh = format!("无法监听 {listen}：端口可能被占用，请换一个（--listen）");
            Error::setup(zh, format!("cannot listen on {listen}: choose another port (--listen)")).because(error)
        };
        let listener = std::net::TcpListener::bind(listen).map_err(taken)?;
        listener.set_nonblocking(true).map_err(taken)?;
        Ok(Self { listener, desk: Arc::new(Desk::new(options, keys)?) })
    }

    /// Gives early warning by these settings. Refuses webhooks that could not be sent, or not be verified.
    pub fn alerting(mut self, options: &AlertOptions) -> Result<Self> {
        let alarms = alarms::Alarms::new(options)?;
        if let Some(desk) = Arc::get_mut(&mut self.desk) {
            desk.alarms = alarms;
        }
        Ok(self)
    }

    /// Writes reports by these settings.
    pub fn reporting(mut self, options: &ReportOptions) -> Self {
        if let Some(desk) = Arc::get_mut(&mut self.desk) {
            desk.reports = options.clone();
        }
        self
    }

    /// Measures figures by these settings.
    pub fn measuring_by(self, options: insight::Options) -> Self {
        let Self { listener, desk } = self;
        let desk = Arc::try_unwrap(desk).map(|desk| desk.measuring_by(options)).map_or_else(|desk| desk, Arc::new);
        Self { listener, desk }
    }

    /// Reads open answers of surveys by the words of the data folder and the base encoder.
    pub fn surveying_by(mut self, data: PathBuf, base: PathBuf) -> Self {
        if let Some(desk) = Arc::get_mut(&mut self.desk) {
            desk.readings = Readings::by(data, base);
        }
        self
    }

    /// Where it listens; the real port where 0 was asked for.
    pub fn address(&self) -> Result<SocketAddr> {
        self.listener.local_addr().map_err(|error| Error::internal("读不到监听地址", "no local address").because(error))
    }

    /// Answers until `stop` is done, then finishes what is under way. `load` runs beside it; when it fails, so does
    /// the server.
    pub fn run(
        self,
        load: impl FnOnce() -> Result<Triage> + Send + 'static,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<()> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Error::internal("无法启动线程", "no runtime").because(error))?;
        let done = runtime.block_on(serve(self.listener, self.desk, load, stop));
        runtime.shutdown_background();
        done
    }
}

/// Done when the process is told to stop (SIGTERM, SIGINT).
pub async fn told_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! { _ = interrupt => {}, _ = terminate.recv() => {} }
        return;
    }
    let _ = interrupt.await;
}

/// Calls `then` once the process is told to stop, for a face that does not wait for it.
pub fn when_told_to_stop(then: impl FnOnce() + Send + 'static) -> Result<()> {
    let failed = |error| Error::internal("无法等待停止信号", "cannot wait for signals").because(error);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let wait = move || {
        runtime.block_on(told_to_stop());
        then();
    };
    std::thread::Builder::new().name("signals".into()).spawn(wait).map(drop).map_err(failed)
}

async fn serve(
    listener: std::net::TcpListener,
    desk: Arc<Desk>,
    load: impl FnOnce() -> Result<Triage> + Send + 'static,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let recorder = catalogue::recorder()?;
    let broken = |error| Error::internal("监听中断", "the listener broke").because(error);
    let listener = tokio::net::TcpListener::from_std(listener).map_err(broken)?;
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    let (close, closed) = tokio::sync::oneshot::channel::<()>();
    let answering = axum::serve(listener, router(&desk)).with_graceful_shutdown(async move {
        let _ = closed.await;
    });
    let answering = tokio::spawn(answering.into_future());
    let loading = tokio::task::spawn_blocking(load);
    // Histograms gather samples until someone folds them; without a scraper nobody would.
    let upkeep = tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(5)).await;
            recorder.run_upkeep();
        }
    });
    let outcome = open_and_wait(&desk, loading, stop).await;
    desk.stop();
    if outcome.is_ok() {
        tokio::time::sleep(Duration::from_secs(desk.options.stop_notice_seconds)).await;
    }
    let _ = close.send(());
    let grace = Duration::from_secs(desk.options.grace_seconds);
    if tokio::time::timeout(grace, answering).await.is_err() {
        tracing::warn!("等待 {} 秒后仍有请求未答完，不再等待", grace.as_secs());
    }
    let closing = Arc::clone(&desk);
    let closing = tokio::task::spawn_blocking(move || closing.imports.close());
    let _ = tokio::time::timeout(grace, closing).await;
    upkeep.abort();
    outcome
}

async fn open_and_wait(
    desk: &Arc<Desk>,
    loading: tokio::task::JoinHandle<Result<Triage>>,
    stop: impl Future<Output = ()>,
) -> Result<()> {
    let mut stop = std::pin::pin!(stop);
    let loaded = tokio::select! { loaded = loading => loaded, () = &mut stop => return Ok(()) };
    let triage = loaded.map_err(|panic| Error::internal("加载时崩溃", "loading panicked").because(panic))??;
    catalogue::announce(&triage.versions());
    let unknown_years = triage.deadlines().lacking(chrono::Local::now().fixed_offset());
    for lacking in triage.lacking().iter().chain(&unknown_years) {
        tracing::warn!("{}", lacking.zh);
    }
    if let Err(error) = give_up_imports(triage.store(), Local::now().fixed_offset()) {
        tracing::warn!("上次没做完的导入没有标明中断：{}", error.chain());
    }
    desk.open(triage);
    desk.imports.start(desk)?;
    alarms::start(desk);
    reports::start(desk);
    tracing::info!("就绪");
    if desk.options.demo {
        desk::demonstrate(desk);
    }
    stop.await;
    tracing::info!("正在停止，先答完在途的请求");
    Ok(())
}

/// The document that `/openapi.json` is generated from; the routes add themselves.
#[derive(OpenApi)]
#[openapi(
    info(title = "guikou 归口", description = "12345 热线诉求的分类、归口与依据，全部在本机计算。\n\n\
        错误一律为 RFC 9457 `application/problem+json`，中文在前；请求头 `Accept-Language: en` 得英文。\
        位置按提交文本的 Unicode 字符计，概率已校准。"),
    tags(
        (name = "派单建议", description = "一段诉求进，分类、归口单位和依据出；不保存任何内容"),
        (name = "查重与诉求组", description = "谁反映过同一件事；多人反映的同一件事成一组，每次变更有理由，可撤销"),
        (name = "办理", description = "案件的办理过程、反馈和督办"),
        (name = "调查", description = "民意调查：答卷进，封闭题结果、开放题主题（人工签认）和带引证的报告出"),
        (name = "报告", description = "运行报告：日报、周报、月报、专报；每个数字可按其查询再得"),
        (name = "统计", description = "诉求量、热点、趋势、预警、各单位办理情况和建议质量；每个数字附其案件的列表"),
        (name = "任务", description = "较长的工作，如导入：进度、结果、取消"),
        (name = "目录与版本", description = "分类、单位、派单目录和各部件的版本"),
        (name = "运维", description = "健康检查和指标"),
    ),
    // What stands after an id is told apart by one handler, so these add no routes of their own.
    paths(issues::merge, issues::split, issues::undo, alerts::acknowledge, alerts::dismiss, deliveries::retry),
    modifiers(&Bearer)
)]
struct Api;

/// Keys are asked for only where they are configured.
struct Bearer;

impl utoipa::Modify for Bearer {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
        let components = api.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        api.security = Some(vec![SecurityRequirement::default(), SecurityRequirement::new("bearer", [""; 0])]);
    }
}

fn router(desk: &Arc<Desk>) -> Router {
    let keyed = middleware::from_fn_with_state(Arc::clone(desk), guard::keyed);
    let guarded = OpenApiRouter::with_openapi(Api::openapi())
        .routes(routes!(suggestions::suggest))
        .routes(routes!(suggestions::suggest_batch))
        .routes(routes!(suggestions::segment))
        .routes(routes!(complaints::keep, complaints::list))
        .routes(routes!(complaints::read))
        .routes(routes!(life::step))
        .routes(routes!(life::feed_back))
        .routes(routes!(undo::feedback))
        .routes(routes!(undo::status))
        .routes(routes!(life::supervise))
        .routes(routes!(life::lift))
        .routes(routes!(complaints::keep_batch))
        .routes(routes!(duplicates::search))
        .routes(routes!(duplicates::compare))
        .routes(routes!(issues::list))
        .routes(routes!(issues::read))
        .route("/v1/issues/{id}", axum::routing::post(issues::act))
        .routes(routes!(imports::import))
        .routes(routes!(jobs::list))
        .routes(routes!(jobs::read, jobs::cancel))
        .route("/v1/jobs/{id}", axum::routing::post(jobs::act))
        .routes(routes!(audit::read))
        .routes(routes!(volumes::volumes))
        .routes(routes!(bursts::bursts))
        .routes(routes!(departments::departments))
        .routes(routes!(departments::department))
        .routes(routes!(departments::supervisions))
        .routes(routes!(alerts::list))
        .routes(routes!(alerts::stream::stream))
        .routes(routes!(alerts::read))
        .route("/v1/alerts/{id}", axum::routing::post(alerts::act))
        .routes(routes!(deliveries::list))
        .route("/v1/deliveries/{id}", axum::routing::post(deliveries::act))
        .routes(routes!(hotspots::hotspots))
        .routes(routes!(trends::trends))
        .routes(routes!(trends::words))
        .routes(routes!(trends::forecast))
        .routes(routes!(surveys::list, surveys::add))
        .routes(routes!(surveys::examine))
        .routes(routes!(surveys::read, surveys::delete))
        .routes(routes!(surveys::figures))
        .routes(routes!(surveys::answers, surveys::add_answers))
        .routes(routes!(surveys::themes, surveys::change))
        .routes(routes!(surveys::work::propose))
        .routes(routes!(surveys::work::sign))
        .routes(routes!(surveys::theme_figures))
        .routes(routes!(surveys::summary))
        .routes(routes!(reports::list))
        .routes(routes!(reports::report))
        .routes(routes!(reports::archived))
        .routes(routes!(quality::quality))
        .routes(routes!(quality::calibration))
        .routes(routes!(quality::returns))
        .routes(routes!(quality::changes))
        .routes(routes!(quality::drift))
        .routes(routes!(quality::review))
        .routes(routes!(quality::corrections))
        .routes(routes!(catalogue::taxonomy))
        .routes(routes!(catalogue::info))
        .routes(routes!(models::models))
        .routes(routes!(catalogue::metrics))
        .route_layer(keyed);
    let open = OpenApiRouter::new().routes(routes!(catalogue::livez)).routes(routes!(catalogue::readyz));
    let (routes, api) = guarded.merge(open).split_for_parts();
    let app = routes
        .merge(pages::router(api))
        .fallback(|request: Request| async move { Problem::no_such_route(request.uri().path()) })
        .method_not_allowed_fallback(|request: Request| async move { Problem::wrong_method(request.method().as_str()) })
        .layer(DefaultBodyLimit::disable())
        .layer(CatchPanicLayer::custom(panicked))
        .layer(CompressionLayer::new())
        .with_state(Arc::clone(desk));
    app.layer(middleware::from_fn(guard::shielded)).layer(middleware::from_fn(observe::observe))
}

fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    Problem::from(Error::internal("处理请求时崩溃", "a handler panicked")).into_response()
}

/// An answer as JSON in UTF-8.
pub struct Answer<T>(pub T);

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => {
                let kind = HeaderValue::from_static("application/json; charset=utf-8");
                (StatusCode::OK, [(header::CONTENT_TYPE, kind)], body).into_response()
            }
            Err(error) => Problem::from(Error::internal("答案无法写成 JSON", "the answer is not JSON").because(error))
                .into_response(),
        }
    }
}
