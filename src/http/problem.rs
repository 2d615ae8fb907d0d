//! Every refusal, in one shape: RFC 9457 `application/problem+json`, and the one map from [`Kind`] to status.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};

use crate::error::{Error, Flaw, Kind, Saying};
use crate::http::observe::{Caller, Language};

/// Why a request is not answered. Rendered by [`crate::http::observe`], in the language of who asks.
#[derive(Debug, Clone)]
pub struct Problem {
    pub status: StatusCode,
    slug: &'static str,
    title: Saying,
    detail: Saying,
    flaws: Vec<Flaw>,
    /// Seconds after which the same request may pass.
    retry_after: Option<u32>,
    /// The whole story, for the log only.
    story: Option<String>,
}

/// The problem as sent (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// A URI that names the kind of problem: `urn:guikou:problem:invalid`.
    #[schema(example = "urn:guikou:problem:invalid")]
    pub r#type: String,
    pub title: String,
    #[schema(example = 422)]
    pub status: u16,
    pub detail: String,
    /// The path that was asked for.
    #[schema(example = "/v1/suggestions")]
    pub instance: String,
    /// Every place that is wrong.
    pub errors: Vec<ProblemFlaw>,
    pub request_id: String,
}

/// One place that is wrong.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProblemFlaw)]
pub struct ProblemFlaw {
    /// JSON pointer (RFC 6901) into the request body.
    #[schema(example = "/text")]
    pub pointer: String,
    pub detail: String,
}

/// The refusals that every route of `/v1` may give, for the documentation.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "read by the macro only")]
pub enum Refusals {
    /// 请求无法读取：JSON 语法错误或不是 UTF-8 · cannot be read: broken JSON or not UTF-8
    #[response(status = 400, content_type = "application/problem+json")]
    Malformed(ProblemBody),
    /// 缺少或错误的 API 密钥 · missing or wrong API key
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthorized(ProblemBody),
    /// 正文、文本或批量过大 · body, text or batch too large
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(ProblemBody),
    /// 不是 application/json · not application/json
    #[response(status = 415, content_type = "application/problem+json")]
    MediaType(ProblemBody),
    /// 字段缺失、多余、类型或取值不对，逐项列出 · fields missing, unknown or wrong, each listed
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(ProblemBody),
    /// 正忙，按 Retry-After 再试 · busy, see Retry-After
    #[response(status = 429, content_type = "application/problem+json")]
    Busy(ProblemBody),
    /// 程序错误，细节只记在日志 · our mistake, details in the log only
    #[response(status = 500, content_type = "application/problem+json")]
    Internal(ProblemBody),
    /// 正在加载、正在停止或超时 · loading, stopping or timed out
    #[response(status = 503, content_type = "application/problem+json")]
    NotReady(ProblemBody),
}

/// The one map: status, name and title of each kind.
fn of_kind(kind: Kind) -> (StatusCode, &'static str, (&'static str, &'static str)) {
    match kind {
        Kind::Malformed => (StatusCode::BAD_REQUEST, "malformed", ("请求无法读取", "The request cannot be read")),
        Kind::NotFound => (StatusCode::NOT_FOUND, "not-found", ("没有找到", "Not found")),
        Kind::Conflict => (StatusCode::CONFLICT, "conflict", ("与已有内容冲突", "Conflict")),
        Kind::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too-large", ("内容过大", "Too large")),
        Kind::Invalid => (StatusCode::UNPROCESSABLE_ENTITY, "invalid", ("内容不符合要求", "The content is not valid")),
        Kind::Busy => (StatusCode::TOO_MANY_REQUESTS, "busy", ("服务正忙", "Busy")),
        Kind::NotReady => (StatusCode::SERVICE_UNAVAILABLE, "not-ready", ("服务尚未就绪", "Not ready")),
        Kind::Setup | Kind::Internal => {
            (StatusCode::INTERNAL_SERVER_ERROR, "internal", ("服务内部错误", "Internal error"))
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let (status, slug, (zh, en)) = of_kind(error.kind);
        let ours = status == StatusCode::INTERNAL_SERVER_ERROR;
        let story = ours.then(|| error.chain());
        let detail = match ours {
            true => Saying::new(
                "程序出错，细节已记入日志；请凭 request_id 联系运维",
                "our mistake: give the request_id to the operator",
            ),
            false => error.saying,
        };
        let retry_after = match error.kind {
            Kind::Busy => Some(1),
            Kind::NotReady => Some(2),
            _ => None,
        };
        let flaws = if ours { Vec::new() } else { error.flaws };
        Self { status, slug, title: Saying::new(zh, en), detail, flaws, retry_after, story }
    }
}

/// The refusals that only HTTP knows.
impl Problem {
    fn of_http(status: StatusCode, slug: &'static str, title: (&str, &str), detail: (String, String)) -> Self {
        let (title, detail) = (Saying::new(title.0, title.1), Saying::new(detail.0, detail.1));
        Self { status, slug, title, detail, flaws: Vec::new(), retry_after: None, story: None }
    }

    pub fn no_such_route(path: &str) -> Self {
        let zh = format!("没有这个地址：{path}；全部接口见 /docs");
        let en = format!("there is nothing at {path}; every route is listed at /docs");
        Self::of_http(StatusCode::NOT_FOUND, "not-found", ("没有找到", "Not found"), (zh, en))
    }

    pub fn wrong_method(method: &str) -> Self {
        let zh = format!("这个地址不接受 {method} 方法，可用的方法见 Allow 头");
        let en = format!("{method} is not taken here; see the Allow header");
        let title = ("方法不被接受", "Method not allowed");
        Self::of_http(StatusCode::METHOD_NOT_ALLOWED, "wrong-method", title, (zh, en))
    }

    pub fn wrong_media_type() -> Self {
        let zh = "请求头 Content-Type 须为 application/json（UTF-8）".into();
        let en = "send Content-Type: application/json (UTF-8)".into();
        let title = ("媒体类型不支持", "Unsupported media type");
        Self::of_http(StatusCode::UNSUPPORTED_MEDIA_TYPE, "wrong-media-type", title, (zh, en))
    }

    pub fn not_a_file() -> Self {
        let zh = "请求正文须为文件本身，请求头 Content-Type 用 text/csv、application/octet-stream 等；不收表单".into();
        let en =
            "send the file itself with Content-Type: text/csv, application/octet-stream or the like; no forms".into();
        let title = ("媒体类型不支持", "Unsupported media type");
        Self::of_http(StatusCode::UNSUPPORTED_MEDIA_TYPE, "wrong-media-type", title, (zh, en))
    }

    pub fn no_key() -> Self {
        let zh = "需要有效的 API 密钥：请求头 Authorization: Bearer <密钥>".into();
        let en = "a valid API key is needed: Authorization: Bearer <key>".into();
        Self::of_http(StatusCode::UNAUTHORIZED, "unauthorized", ("未授权", "Unauthorized"), (zh, en))
    }

    /// The sender took too long to send.
    pub fn too_slow(seconds: u64) -> Self {
        let zh = format!("{seconds} 秒内没有收完请求正文");
        let en = format!("the body did not arrive within {seconds} s");
        Self::of_http(StatusCode::REQUEST_TIMEOUT, "too-slow", ("接收超时", "Request timeout"), (zh, en))
    }

    /// We took too long to answer.
    pub fn timed_out(seconds: u64) -> Self {
        let zh = format!("{seconds} 秒内没有算完：请减小批量，或稍后再试");
        let en = format!("no answer within {seconds} s: send less at once, or retry later");
        let title = ("处理超时", "Timed out");
        let mut problem = Self::of_http(StatusCode::SERVICE_UNAVAILABLE, "timed-out", title, (zh, en));
        problem.retry_after = Some(2);
        problem
    }
}

impl Problem {
    /// The body for one caller; logs the story of a mistake of ours, once, here.
    pub fn body(&self, caller: &Caller) -> ProblemBody {
        if let Some(story) = &self.story {
            tracing::error!(request_id = %caller.request_id, "{story}");
        }
        let say = |saying: &Saying| match caller.language {
            Language::Chinese => saying.zh.clone(),
            Language::English => saying.en.clone(),
        };
        let errors =
            self.flaws.iter().map(|flaw| ProblemFlaw { pointer: flaw.pointer.clone(), detail: say(&flaw.saying) });
        ProblemBody {
            r#type: format!("urn:guikou:problem:{}", self.slug),
            title: say(&self.title),
            status: self.status.as_u16(),
            detail: say(&self.detail),
            instance: caller.path.clone(),
            errors: errors.collect(),
            request_id: caller.request_id.clone(),
        }
    }

    /// The whole answer for one caller, keeping headers already set on `response` (`Allow`).
    pub fn render(&self, caller: &Caller, mut response: Response) -> Response {
        let body = serde_json::to_vec(&self.body(caller)).unwrap_or_default();
        let headers = response.headers_mut();
        headers.remove(header::CONTENT_LENGTH);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json; charset=utf-8"));
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(caller.language.tag()));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        *response.body_mut() = body.into();
        response
    }
}

/// Leaves the problem on the response; [`crate::http::observe`] renders it.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
