//! `POST /v1/suggestions`, `:batch` and `/v1/segment`: a text in, an answer out; nothing is kept.

use std::sync::Arc;

use axum::extract::State;
use chrono::{DateTime, FixedOffset, Local};
use metrics::counter;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::case::{
    Complaint, ComplaintText, Decision, Keyword, LONGEST_TEXT, Location, Masked, Place, Segmented, StatedLocation,
    Suggestion, Word,
};
use crate::error::{Error, Kind, Result, Saying};
use crate::http::Answer;
use crate::http::desk::{Desk, Seat};
use crate::http::input::{Fields, Input, number, text, texts, time, truth, whole};
use crate::http::observe::Caller;
use crate::http::problem::{Problem, ProblemBody, Refusals};
use crate::triage::{Wanted, in_groups};

/// 一件诉求。只有 `text` 必填；不收姓名、电话、证件号，文本中的个人信息会先被脱敏。
/// One complaint; only `text` is required.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "长虹路北段工地每天凌晨两点还在打桩，家里有高考的孩子，打了三次电话没人管", "top_k": 3}))]
#[expect(dead_code, reason = "documents what `asked` reads field by field")]
pub struct SuggestionRequest {
    /// 诉求内容
    #[schema(min_length = 1, max_length = 10000)]
    text: String,
    /// 发送方自己的工单编号
    #[schema(max_length = 128)]
    reference: Option<String>,
    /// 标题
    #[schema(max_length = 500)]
    title: Option<String>,
    /// 渠道：电话、微信小程序、网站……
    #[schema(max_length = 64)]
    channel: Option<String>,
    /// 受理时间，RFC 3339 带时区；不给即此刻。期限由此起算
    received_at: Option<DateTime<FixedOffset>>,
    /// 事发时间，RFC 3339 带时区
    occurred_at: Option<DateTime<FixedOffset>>,
    /// 诉求主体：个人、企业、其他组织
    #[schema(max_length = 64)]
    subject_type: Option<String>,
    /// 事发地
    location: Option<StatedLocation>,
    /// 诉求人的标识，如散列值；再加密封后才比对、保存，原值不留
    #[schema(max_length = 128)]
    reporter_key: Option<String>,
    /// 已知标签，如 `info_protect`
    #[schema(max_items = 32)]
    flags: Option<Vec<String>>,
    /// 最多给出几个分类和单位，默认 3
    #[schema(minimum = 1, maximum = 20, default = 3)]
    top_k: Option<usize>,
    /// 是否给出依据（起作用的词、相似样例），默认 true
    #[schema(default = true)]
    explain: Option<bool>,
}

/// 一批诉求，默认最多 500 件。
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "documents what `items` reads")]
pub struct BatchRequest {
    #[schema(min_items = 1, max_items = 500)]
    items: Vec<SuggestionRequest>,
}

/// 每件一个结果或一个问题，次序与请求相同。
#[derive(Debug, Serialize, ToSchema)]
pub struct Batch {
    pub items: Vec<BatchItem>,
}

/// 一件的结果。
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BatchItem {
    Suggestion(Box<Suggestion>),
    Problem(ProblemBody),
}

/// 要分词的文本。
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "樊城区长虹路烧烤店油烟大，联系电话13800000000"}))]
#[expect(dead_code, reason = "documents what `segment` reads")]
pub struct SegmentRequest {
    #[schema(min_length = 1, max_length = 10000)]
    text: String,
}

/// 分词、关键词、地点和脱敏结果。
#[derive(Debug, Serialize, ToSchema)]
pub struct Segments {
    /// 规范化并脱敏后的文本
    pub text: String,
    /// 词与词性；`start`、`end` 指向脱敏后的 `text`
    pub words: Vec<Word>,
    /// 关键词，最重的在前
    pub keywords: Vec<Keyword>,
    /// 地点；位置指向提交的文本
    pub places: Vec<Place>,
    /// 被脱敏的个人信息；位置指向提交的文本
    pub masked: Vec<Masked>,
    /// 推断的事发地
    pub location: Option<Location>,
}

/// 派单建议：分类、归口单位及理由
#[utoipa::path(post, path = "/v1/suggestions", tag = "派单建议", operation_id = "suggest",
    request_body = SuggestionRequest,
    responses((status = 200, description = "建议 · the suggestion", body = Suggestion), Refusals))]
pub async fn suggest(
    State(desk): State<Arc<Desk>>,
    seat: Seat,
    Input(body): Input,
) -> Result<Answer<Suggestion>, Problem> {
    let (complaint, wanted) = asked(&body, "")?;
    let mut suggestions = desk.cross(seat, move |triage| triage.suggest(&[complaint], wanted)).await?;
    let lost = || Error::internal("建议数与诉求数不符", "not one suggestion for each complaint");
    let suggestion = suggestions.pop().ok_or_else(lost)??;
    count(suggestion.decision);
    Ok(Answer(suggestion))
}

/// 批量派单建议：逐件给出结果或问题，次序不变
#[utoipa::path(post, path = "/v1/suggestions:batch", tag = "派单建议", operation_id = "suggest_batch",
    request_body = BatchRequest,
    responses((status = 200, description = "逐件结果 · one for each, in order", body = Batch), Refusals))]
pub async fn suggest_batch(
    State(desk): State<Arc<Desk>>,
    caller: Caller,
    seat: Seat,
    Input(body): Input,
) -> Result<Answer<Batch>, Problem> {
    let asked: Vec<_> = items(&body, desk.options.max_batch.get())?
        .iter()
        .enumerate()
        .map(|(n, item)| asked(item, &format!("/items/{n}")))
        .collect();
    let done = desk.cross(seat, move |triage| answer_all(asked, |some, wanted| triage.suggest(some, wanted))).await?;
    let items = done.into_iter().map(|outcome| match outcome {
        Ok(suggestion) => {
            count(suggestion.decision);
            BatchItem::Suggestion(Box::new(suggestion))
        }
        Err(error) => BatchItem::Problem(Problem::from(error).body(&caller)),
    });
    Ok(Answer(Batch { items: items.collect() }))
}

/// 分词：词性、关键词、地点、脱敏
#[utoipa::path(post, path = "/v1/segment", tag = "派单建议", operation_id = "segment",
    request_body = SegmentRequest,
    responses((status = 200, description = "分词结果 · the segments", body = Segments), Refusals))]
pub async fn segment(
    State(desk): State<Arc<Desk>>,
    seat: Seat,
    Input(body): Input,
) -> Result<Answer<Segments>, Problem> {
    let mut fields = Fields::of(&body, "");
    let text = complaint_text(&mut fields);
    let text = settle(fields, text)?;
    Ok(Answer(
        desk.cross(seat, move |triage| triage.segment(&text)).await.map(|(read, place)| Segments::of(read, place))?,
    ))
}

impl Segments {
    pub fn of(read: Segmented, location: Option<Location>) -> Self {
        let Segmented { text, words, keywords, places, masked, .. } = read;
        Self { text, words, keywords, places, masked, location }
    }
}

/// Counts a suggestion that was given.
pub fn count(decision: Decision) {
    let name = serde_json::to_value(decision).ok().and_then(|name| name.as_str().map(str::to_owned));
    counter!("guikou_predictions_total", "decision" => name.unwrap_or_default()).increment(1);
}

/// The items of a batch. Too many is 413, as for a body that is too large: nothing in it is wrong, there is only too
/// much of it at once.
pub fn items(body: &Value, most: usize) -> Result<&[Value]> {
    let mut fields = Fields::of(body, "");
    let items = fields.required("items", |value| {
        let wrong = || Saying::new("须为数组", "must be an array");
        value.as_array().ok_or_else(wrong)
    });
    fields.finish()?;
    let items = items.map(Vec::as_slice).unwrap_or_default();
    if items.is_empty() {
        let error = Error::invalid("批量为空：items 至少要有一件", "the batch is empty: `items` needs at least one");
        return Err(error.at("/items", "至少一件", "at least one"));
    }
    if items.len() > most {
        let zh = format!("一批有 {} 件，超过上限 {most} 件：请分批提交", items.len());
        let en = format!("the batch has {} items, the limit is {most}: send it in parts", items.len());
        let error = Error::new(Kind::TooLarge, zh, en);
        return Err(error.at("/items", format!("最多 {most} 件"), format!("at most {most} items")));
    }
    Ok(items)
}

/// Reads one complaint, strictly, and what is wanted of its suggestion.
pub fn asked(value: &Value, pointer: &str) -> Result<(Complaint, Wanted)> {
    asked_with(value, pointer, |_| ()).map(|(complaint, wanted, ())| (complaint, wanted))
}

/// The same where other fields stand beside them, which `read` reads.
pub fn asked_with<T>(
    value: &Value,
    pointer: &str,
    read: impl FnOnce(&mut Fields) -> T,
) -> Result<(Complaint, Wanted, T)> {
    let mut fields = Fields::of(value, pointer);
    let words = complaint_text(&mut fields);
    let reference = fields.field("reference", text(128));
    let title = fields.field("title", text(500));
    let channel = fields.field("channel", text(64));
    let received_at = fields.field("received_at", time).or_else(|| Some(Local::now().fixed_offset()));
    let occurred_at = fields.field("occurred_at", time);
    let subject_type = fields.field("subject_type", text(64));
    let location = fields.object("location", stated_location);
    let reporter_key = fields.field("reporter_key", text(128));
    let flags = fields.field("flags", texts(32, 64)).unwrap_or_default();
    let wanted = Wanted {
        top_k: fields.field("top_k", whole(1..=20)).unwrap_or(Wanted::default().top_k),
        explain: fields.field("explain", truth).unwrap_or(Wanted::default().explain),
    };
    let others = read(&mut fields);
    let text = settle(fields, words)?;
    let complaint = Complaint {
        reference,
        text,
        title,
        channel,
        received_at,
        occurred_at,
        subject_type,
        location,
        reporter_key,
        flags,
    };
    Ok((complaint, wanted, others))
}

/// The text, or why it is none.
fn complaint_text(fields: &mut Fields) -> Result<ComplaintText> {
    let pointer = fields.pointer("text");
    let words = fields.required("text", text(usize::MAX)).unwrap_or_default();
    ComplaintText::parse(words).map_err(|mut error| {
        error.flaws.iter_mut().for_each(|flaw| flaw.pointer.clone_from(&pointer));
        error
    })
}

/// The text where all fields are right; else every mistake. A text that alone is wrong keeps its own kind and sentence.
fn settle(fields: Fields, text: Result<ComplaintText>) -> Result<ComplaintText> {
    match (fields.finish(), text) {
        (Ok(()), text) => text,
        (Err(error), Ok(_)) => Err(error),
        (Err(mut error), Err(of_text)) => {
            let new =
                of_text.flaws.into_iter().filter(|flaw| error.flaws.iter().all(|known| known.pointer != flaw.pointer));
            error.flaws = new.chain(error.flaws.clone()).collect();
            Err(error)
        }
    }
}

fn stated_location(fields: &mut Fields) -> StatedLocation {
    StatedLocation {
        text: fields.field("text", text(500)),
        area_code: fields.field("area_code", |value| {
            let code = value
                .as_str()
                .filter(|code| (6..=12).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit()));
            let wrong = || Saying::new("须为 6 到 12 位数字的行政区划代码", "must be an area code of 6 to 12 digits");
            code.map(str::to_owned).ok_or_else(wrong)
        }),
        lng: fields.field("lng", number(-180.0..=180.0)),
        lat: fields.field("lat", number(-90.0..=90.0)),
    }
}

/// Answers all that could be read; what could not keeps its error in its place.
pub fn answer_all<T>(
    asked: Vec<Result<(Complaint, Wanted)>>,
    answer: impl Fn(&[Complaint], Wanted) -> Vec<Result<T>>,
) -> Vec<Result<T>> {
    let mut readable = Vec::new();
    let read: Vec<Result<()>> = asked.into_iter().map(|one| one.map(|one| readable.push(one))).collect();
    let mut answers = in_groups(readable, answer).into_iter();
    let lost = || Err(Error::internal("答案数与诉求数不符", "not one answer for each complaint"));
    read.into_iter().map(|read| read.and_then(|()| answers.next().flatten().unwrap_or_else(lost))).collect()
}

// The documented limits are written out above because attributes take literals only.
const _: () = assert!(LONGEST_TEXT == 10_000);
