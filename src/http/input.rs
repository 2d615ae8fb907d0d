//! Reading what is sent, strictly: the body as JSON, then each object field by field.
//!
//! Nothing unknown is let through, and every mistake is collected, so that the sender mends all of them in one go.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::{FromRequest, OptionalFromRequest, Request};
use axum::http::{HeaderMap, header};
use chrono::{DateTime, FixedOffset};
use serde_json::{Map, Value};

use crate::error::{Error, Flaw, Kind, Result, Saying};
use crate::http::desk::Desk;
use crate::http::problem::Problem;
use crate::store::MACHINE;

/// Characters of a role, at most.
pub const ROLE: usize = 64;

/// A body that is JSON in UTF-8 and not too large.
pub struct Input(pub Value);

impl FromRequest<Arc<Desk>> for Input {
    type Rejection = Problem;

    async fn from_request(request: Request, desk: &Arc<Desk>) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::wrong_media_type());
        }
        let seconds = desk.options.body_timeout_seconds;
        let read = read(request.into_body(), desk.options.max_body_bytes.get());
        let bytes = tokio::time::timeout(Duration::from_secs(seconds), read)
            .await
            .map_err(|_| Problem::too_slow(seconds))??;
        Ok(Self(parse(&bytes)?))
    }
}

/// A body that is JSON, or a file of TOML as `guikou` writes it.
pub enum Written {
    Json(Value),
    Toml(String),
}

impl FromRequest<Arc<Desk>> for Written {
    type Rejection = Problem;

    async fn from_request(request: Request, desk: &Arc<Desk>) -> Result<Self, Problem> {
        if essence(request.headers()).as_deref() != Some(TOML) {
            let Input(json) = <Input as FromRequest<_>>::from_request(request, desk).await?;
            return Ok(Self::Json(json));
        }
        let Upload(bytes) = Upload::from_request(request, desk).await?;
        Ok(Self::Toml(utf8(&bytes)?.to_owned()))
    }
}

/// The kind of a body that is TOML, as IANA registers it.
pub const TOML: &str = "application/toml";

/// None where nothing is sent, as what has no kind.
impl OptionalFromRequest<Arc<Desk>> for Input {
    type Rejection = Problem;

    async fn from_request(request: Request, desk: &Arc<Desk>) -> Result<Option<Self>, Problem> {
        match request.headers().contains_key(header::CONTENT_TYPE) {
            true => <Self as FromRequest<_>>::from_request(request, desk).await.map(Some),
            false => Ok(None),
        }
    }
}

/// A body that is a file, not too large for one.
pub struct Upload(pub Vec<u8>);

impl FromRequest<Arc<Desk>> for Upload {
    type Rejection = Problem;

    /// A larger file may take longer: at the pace at which other bodies must come.
    async fn from_request(request: Request, desk: &Arc<Desk>) -> Result<Self, Problem> {
        if !is_file(request.headers()) {
            return Err(Problem::not_a_file());
        }
        let (most, usual) = (desk.options.max_import_bytes.get(), desk.options.max_body_bytes.get());
        let seconds = desk.options.body_timeout_seconds * most.div_ceil(usual).max(1) as u64;
        let read = read(request.into_body(), most);
        let bytes = tokio::time::timeout(Duration::from_secs(seconds), read)
            .await
            .map_err(|_| Problem::too_slow(seconds))??;
        Ok(Self(bytes))
    }
}

/// The kind of a body, without its parameters.
pub fn essence(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

/// Any kind but those that a page of another site may send without asking first (Fetch, CORS-safelisted).
fn is_file(headers: &HeaderMap) -> bool {
    let Some(essence) = essence(headers) else { return false };
    let unasked = ["text/plain", "multipart/form-data", "application/x-www-form-urlencoded"];
    essence.contains('/') && !unasked.contains(&essence.as_str())
}

/// `application/json` or `…+json`, in UTF-8 if it says a charset.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let mut parts = value.split(';').map(|part| part.trim().to_ascii_lowercase());
    let essence = parts.next().unwrap_or_default();
    let json = essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"));
    json && parts.all(|part| part.strip_prefix("charset=").is_none_or(|charset| charset.trim_matches('"') == "utf-8"))
}

/// Reads at most `limit` bytes. A larger body is read on to four times the limit and thrown away, because a sender
/// that is still writing when the connection closes never sees the answer.
async fn read(mut body: Body, limit: usize) -> Result<Vec<u8>> {
    let (mut bytes, mut length) = (Vec::new(), 0);
    while let Some(frame) = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let broken =
            |error: axum::Error| Error::new(Kind::Malformed, "请求正文没有传完", "the body broke off").because(error);
        let Ok(chunk) = frame.map_err(broken)?.into_data() else { continue };
        length += chunk.len();
        if length <= limit {
            bytes.extend_from_slice(&chunk);
        } else if length > 4 * limit {
            break;
        }
    }
    if length > limit {
        let zh = format!("请求正文超过上限 {limit} 字节：请分批提交");
        return Err(Error::new(Kind::TooLarge, zh, format!("the body is over the limit of {limit} bytes: send less")));
    }
    Ok(bytes)
}

fn utf8(bytes: &[u8]) -> Result<&str> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        let zh = format!("请求正文不是合法的 UTF-8：第 {at} 字节处（从 0 计）有错，请检查编码是否为 GBK");
        Error::new(Kind::Malformed, zh, format!("the body is not UTF-8: wrong at byte {at}"))
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

fn parse(bytes: &[u8]) -> Result<Value> {
    let text = utf8(bytes)?;
    serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let zh = format!("请求正文不是合法的 JSON：第 {line} 行第 {column} 列");
        Error::new(Kind::Malformed, zh, format!("the body is not JSON: line {line}, column {column}"))
    })
}

/// One JSON object, read field by field; [`Fields::finish`] refuses what was not asked for.
pub struct Fields<'a> {
    pointer: String,
    object: Option<&'a Map<String, Value>>,
    known: Vec<&'static str>,
    flaws: Vec<Flaw>,
}

impl<'a> Fields<'a> {
    /// `pointer` is where `value` stands in the body: empty for the body itself.
    pub fn of(value: &'a Value, pointer: impl Into<String>) -> Self {
        let pointer = pointer.into();
        let object = value.as_object();
        let mut fields = Self { pointer, object, known: Vec::new(), flaws: Vec::new() };
        if object.is_none() {
            let at = fields.pointer.clone();
            fields.wrong(at, "须为 JSON 对象", "must be a JSON object");
        }
        fields
    }

    pub fn pointer(&self, name: &str) -> String {
        format!("{}/{}", self.pointer, name.replace('~', "~0").replace('/', "~1"))
    }

    fn wrong(&mut self, pointer: String, zh: impl Into<String>, en: impl Into<String>) {
        self.flaws.push(Flaw { pointer, saying: Saying::new(zh, en) });
    }

    /// The field read by `read`, which says in two languages what was expected; `null` counts as absent.
    pub fn field<T>(&mut self, name: &'static str, read: impl FnOnce(&'a Value) -> Result<T, Saying>) -> Option<T> {
        self.known.push(name);
        let value = self.object?.get(name).filter(|value| !value.is_null())?;
        match read(value) {
            Ok(value) => Some(value),
            Err(saying) => {
                self.wrong(self.pointer(name), saying.zh, saying.en);
                None
            }
        }
    }

    /// The same for a field that must be there.
    pub fn required<T>(&mut self, name: &'static str, read: impl FnOnce(&'a Value) -> Result<T, Saying>) -> Option<T> {
        let before = self.flaws.len();
        let value = self.field(name, read);
        if value.is_none() && self.flaws.len() == before {
            self.wrong(self.pointer(name), "缺少必填字段", "is required");
        }
        value
    }

    /// An object inside this one; its mistakes become this one's.
    pub fn object<T>(&mut self, name: &'static str, read: impl FnOnce(&mut Fields<'a>) -> T) -> Option<T> {
        let (value, pointer) = (self.field(name, Ok)?, self.pointer(name));
        let mut inner = Fields::of(value, pointer);
        let made = read(&mut inner);
        inner.refuse_unknown();
        self.flaws.append(&mut inner.flaws);
        Some(made)
    }

    /// Who does it, by the role; [`MACHINE`] is what the audit calls the program itself.
    pub fn actor(&mut self) -> Option<String> {
        self.field("actor", |value| acting(text(ROLE)(value)?))
    }

    fn refuse_unknown(&mut self) {
        let Some(object) = self.object else { return };
        let unknown: Vec<_> = object.keys().filter(|key| !self.known.contains(&key.as_str())).cloned().collect();
        let (zh, en) = (self.known.join("、"), self.known.join(", "));
        for key in unknown {
            let (zh, en) = (format!("不认识的字段；可用字段：{zh}"), format!("unknown field; known fields: {en}"));
            self.wrong(self.pointer(&key), zh, en);
        }
    }

    /// Fails with every mistake found, unknown fields included.
    pub fn finish(mut self) -> Result<()> {
        self.refuse_unknown();
        if self.flaws.is_empty() {
            return Ok(());
        }
        let count = self.flaws.len();
        let mut error = Error::invalid(
            format!("请求有 {count} 处不符合要求，见 errors"),
            format!("the request is wrong in {count} place(s), see errors"),
        );
        error.flaws = self.flaws;
        Err(error)
    }
}

/// A text of at most `longest` characters.
pub fn text(longest: usize) -> impl Fn(&Value) -> Result<String, Saying> {
    move |value| match value.as_str() {
        Some(text) if text.chars().count() <= longest => Ok(text.to_owned()),
        Some(_) => Err(Saying::new(format!("最多 {longest} 字"), format!("at most {longest} characters"))),
        None => Err(expected("字符串", "a string", value)),
    }
}

/// Who acts, unless called as the program is.
pub fn acting(actor: String) -> Result<String, Saying> {
    if actor.chars().count() > ROLE {
        return Err(Saying::new(format!("最多 {ROLE} 字"), format!("at most {ROLE} characters")));
    }
    let taken = || {
        Saying::new(
            format!("“{MACHINE}”是程序自己：请写岗位，或不给"),
            format!("\"{MACHINE}\" is the program itself: say the role, or leave it out"),
        )
    };
    (actor.trim() != MACHINE).then_some(actor).ok_or_else(taken)
}

/// [`acting`] of a body that was read already; what is wrong stands at `/actor`.
pub fn acted(actor: Option<String>) -> Result<Option<String>> {
    let wrong = |Saying { zh, en }| {
        Error::invalid("内容不符合要求，见 errors", "the body is wrong, see errors").at("/actor", zh, en)
    };
    actor.map(acting).transpose().map_err(wrong)
}

pub fn truth(value: &Value) -> Result<bool, Saying> {
    value.as_bool().ok_or_else(|| expected("true 或 false", "true or false", value))
}

/// A whole number in a range; `3.0` is one, as JSON Schema has it.
pub fn whole(range: std::ops::RangeInclusive<usize>) -> impl Fn(&Value) -> Result<usize, Saying> {
    move |value| {
        let number =
            value.as_f64().filter(|number| number.fract() == 0.0 && *number >= 0.0).map(|number| number as usize);
        let (low, high) = (range.start(), range.end());
        let wanted = (format!(" {low} 到 {high} 的整数"), format!("a whole number from {low} to {high}"));
        number.filter(|number| range.contains(number)).ok_or_else(|| out_of_range(wanted, value))
    }
}

/// A number in a range.
pub fn number(range: std::ops::RangeInclusive<f64>) -> impl Fn(&Value) -> Result<f64, Saying> {
    move |value| {
        let (low, high) = (range.start(), range.end());
        let wanted = (format!(" {low} 到 {high} 的数"), format!("a number from {low} to {high}"));
        value.as_f64().filter(|number| range.contains(number)).ok_or_else(|| out_of_range(wanted, value))
    }
}

fn out_of_range((zh, en): (String, String), value: &Value) -> Saying {
    match value {
        Value::Number(_) => Saying::new(format!("须为{zh}"), format!("must be {en}")),
        other => expected(&zh, &en, other),
    }
}

/// A time of RFC 3339 with its offset: `2026-11-23T08:12:00+08:00`.
pub fn time(value: &Value) -> Result<DateTime<FixedOffset>, Saying> {
    let time = value.as_str().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
    time.ok_or_else(|| {
        Saying::new(
            "须为带时区的 RFC 3339 时间，如 2026-11-23T08:12:00+08:00",
            "must be an RFC 3339 time with offset, such as 2026-11-23T08:12:00+08:00",
        )
    })
}

/// Up to `most` texts of up to `longest` characters.
pub fn texts(most: usize, longest: usize) -> impl Fn(&Value) -> Result<Vec<String>, Saying> {
    move |value| {
        let items = value.as_array().ok_or_else(|| expected("字符串数组", "an array of strings", value))?;
        if items.len() > most {
            return Err(Saying::new(format!("最多 {most} 项"), format!("at most {most} items")));
        }
        items.iter().map(text(longest)).collect()
    }
}

/// Names the type that came, never the value: it may be a citizen's words or number.
fn expected(zh: &str, en: &str, value: &Value) -> Saying {
    let (came, got) = match value {
        Value::Null => ("null", "null"),
        Value::Bool(_) => ("布尔值", "a boolean"),
        Value::Number(_) => ("数字", "a number"),
        Value::String(_) => ("字符串", "a string"),
        Value::Array(_) => ("数组", "an array"),
        Value::Object(_) => ("对象", "an object"),
    };
    Saying::new(format!("须为{zh}，收到的是{came}"), format!("must be {en}, got {got}"))
}
