//! `POST /v1/duplicates:search` and `:compare`: who told the same before, and what two complaints are to each other.

use std::sync::Arc;

use axum::extract::State;
use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::case::{Complaint, Duplicate, StatedLocation, Verdict};
use crate::error::{Error, Result};
use crate::http::Answer;
use crate::http::desk::{Desk, Seat};
use crate::http::input::{Fields, Input, truth, whole};
use crate::http::problem::{Problem, Refusals};
use crate::http::suggestions::{SuggestionRequest, asked, asked_with};
use crate::triage::Search;

/// Cases given where nothing is said, and at most; the longest time to look over.
const USUAL: usize = 10;
const MOST: usize = 50;
const LONGEST_DAYS: usize = 3650;

/// 查重：派单建议的请求，再加查多远、给几件。只有 `text` 必填。
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "长虹路北段工地每天凌晨两点还在打桩", "days": 30}))]
#[expect(dead_code, reason = "documents what `search` reads field by field")]
pub struct DuplicateSearch {
    /// 诉求内容
    #[schema(min_length = 1, max_length = 10000)]
    text: String,
    /// 发送方自己的工单编号；同一编号的案件不列出
    #[schema(max_length = 128)]
    reference: Option<String>,
    /// 标题
    #[schema(max_length = 500)]
    title: Option<String>,
    /// 渠道
    #[schema(max_length = 64)]
    channel: Option<String>,
    /// 受理时间，RFC 3339 带时区；不给即此刻
    received_at: Option<DateTime<FixedOffset>>,
    /// 事发时间，RFC 3339 带时区
    occurred_at: Option<DateTime<FixedOffset>>,
    /// 诉求主体
    #[schema(max_length = 64)]
    subject_type: Option<String>,
    /// 事发地
    location: Option<StatedLocation>,
    /// 诉求人的标识，如散列值，密封后比对；两边都有才分得出同人、异人
    #[schema(max_length = 128)]
    reporter_key: Option<String>,
    /// 已知标签
    #[schema(max_items = 32)]
    flags: Option<Vec<String>>,
    /// 查重不用；派单建议的请求可原样发来
    #[schema(minimum = 1, maximum = 20)]
    top_k: Option<usize>,
    /// 查重不用；派单建议的请求可原样发来
    explain: Option<bool>,
    /// 只看受理时间前后多少天之内；不给时按设置
    #[schema(minimum = 1, maximum = 3650)]
    days: Option<usize>,
    /// 最多给出几件
    #[schema(minimum = 1, maximum = 50, default = 10)]
    top: Option<usize>,
    /// 无关的也列出，供核对
    #[schema(default = false)]
    all: Option<bool>,
}

/// 可能重复的案件，最像的在前。
#[derive(Debug, Serialize, ToSchema)]
pub struct Duplicates {
    pub items: Vec<Duplicate>,
}

/// 两件诉求，各与派单建议的请求相同。
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "a": {"text": "长虹路北段工地每天凌晨两点还在打桩", "reporter_key": "k1"},
    "b": {"text": "长虹路那个工地半夜打桩没人管", "reporter_key": "k2"}}))]
#[expect(dead_code, reason = "documents what `compare` reads")]
pub struct CompareRequest {
    a: SuggestionRequest,
    b: SuggestionRequest,
}

/// 两件的关系及判断所需。
#[derive(Debug, Serialize, ToSchema)]
pub struct Comparison {
    #[serde(flatten)]
    pub verdict: Verdict,
    /// 关系的名称：同人同事、异人同事、相关、无关
    #[schema(example = "异人同事")]
    pub name: &'static str,
    /// 一句话说明
    pub summary: String,
}

/// 查重：已有案件中哪些可能是同一件事，及判断所需
///
/// 不保存任何内容。与请求同一 `reference` 的案件就是它自己，不列出。举报人须保护的案件不给出文本。
#[utoipa::path(post, path = "/v1/duplicates:search", tag = "查重与诉求组", operation_id = "search_duplicates",
    request_body = DuplicateSearch,
    responses((status = 200, description = "最像的在前 · likeliest first", body = Duplicates), Refusals))]
pub async fn search(
    State(desk): State<Arc<Desk>>,
    seat: Seat,
    Input(body): Input,
) -> Result<Answer<Duplicates>, Problem> {
    let (complaint, _, search) = asked_with(&body, "", reach)?;
    let items = desk.cross(seat, move |triage| triage.duplicates(&complaint, search)).await??;
    Ok(Answer(Duplicates { items }))
}

/// 比较两件诉求：同人同事、异人同事、相关还是无关
///
/// 不保存任何内容。没有给出 `received_at` 的按此刻算，两件都不给即不计相隔的天数。
#[utoipa::path(post, path = "/v1/duplicates:compare", tag = "查重与诉求组", operation_id = "compare_complaints",
    request_body = CompareRequest,
    responses((status = 200, description = "关系和依据 · how they relate, and why", body = Comparison), Refusals))]
pub async fn compare(
    State(desk): State<Arc<Desk>>,
    seat: Seat,
    Input(body): Input,
) -> Result<Answer<Comparison>, Problem> {
    let (a, b) = both(&body)?;
    let (verdict, summary) = desk.cross(seat, move |triage| triage.compare(&a, &b)).await??;
    Ok(Answer(Comparison { verdict, name: verdict.relation.zh(), summary }))
}

fn reach(fields: &mut Fields) -> Search {
    let days = fields.field("days", whole(1..=LONGEST_DAYS));
    let top = fields.field("top", whole(1..=MOST)).unwrap_or(USUAL);
    let all = fields.field("all", truth).unwrap_or_default();
    Search { days: days.map(|days| days as u32), most: top, only_related: !all }
}

/// Both complaints, or every mistake in either.
fn both(body: &Value) -> Result<(Complaint, Complaint)> {
    let mut fields = Fields::of(body, "");
    let (a, b) = (fields.required("a", Ok), fields.required("b", Ok));
    fields.finish()?;
    let lost = || Error::internal("必填字段没有读到", "a required field was not read");
    let (a, b) = a.zip(b).ok_or_else(lost)?;
    match (asked(a, "/a"), asked(b, "/b")) {
        (Ok((a, _)), Ok((mut b, _))) => {
            // Each was read at its own moment, which says nothing of the days between them.
            let unsaid = |value: &Value| value.get("received_at").is_none_or(Value::is_null);
            if unsaid(&body["a"]) && unsaid(&body["b"]) {
                b.received_at = a.received_at;
            }
            Ok((a, b))
        }
        (Err(mut error), Err(other)) => {
            error.flaws.extend(other.flaws);
            Err(error)
        }
        (Err(error), Ok(_)) | (Ok(_), Err(error)) => Err(error),
    }
}

// The documented limits are written out above because attributes take literals only.
const _: () = assert!(USUAL == 10 && MOST == 50 && LONGEST_DAYS == 3650);
