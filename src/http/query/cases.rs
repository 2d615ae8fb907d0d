//! Which cases are asked for, and in what form.

use chrono::{DateTime, FixedOffset};
use utoipa::IntoParams;

use super::{Parameters, Query, USUAL_PAGE, page_size, truth, unit};
use crate::case::{Decision, Status};
use crate::dataset::export::Format;
use crate::error::{Result, Saying};
use crate::http::export::{FileFormat, LONGEST_EXPORT};
use crate::store::{CASE_SORTS, Filter, Order, Seek, Sort, Supervised, newest_first};
use crate::taxonomy::Taxonomy;
use crate::text::Reader;

/// 筛选与翻页，均可省略。
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `Query::cases` reads")]
pub struct CaseQuery {
    /// 查找：用空格隔开的词，每个都要在标题、正文、所述地点、工单编号或区县、街道、社区里出现；全半角、繁简、大小写不计。
    /// 举报人须保护的案件只按编号和区划找。最多 100 字、8 个词；不记入日志，但请勿写个人信息 · words that all occur in
    /// the title, the text, the place or the reference; of protected cases only in reference and district
    #[param(example = "路灯 长虹路", max_length = 100)]
    q: Option<String>,
    /// 二级分类代码，或一级分类代码（含其下全部二级） · level-2 code, or level-1 for all of its children
    #[param(example = "0706")]
    category: Option<String>,
    /// 牵头单位代码 · lead unit
    #[param(example = "CGJ")]
    unit: Option<String>,
    /// 处置建议 · what was advised
    decision: Option<Decision>,
    /// 受理时间不早于；RFC 3339 时间，或日期 · received at or after; a time or a date
    #[param(example = "2026-11-01")]
    from: Option<String>,
    /// 受理时间早于；给日期时含当日 · received before; a date includes that day
    #[param(example = "2026-11-30")]
    to: Option<String>,
    /// 办理状态 · status
    status: Option<Status>,
    /// 现承办单位代码 · the unit that has it now
    #[param(example = "CGJ")]
    handler: Option<String>,
    /// 诉求类型代码；`-` 为没有 · petition type; `-`: without one
    #[param(example = "complaint")]
    petition: Option<String>,
    /// 归口单位代码：人工确认的，否则现承办的，否则建议的；`-` 为没有 · the unit in whose charge it is; `-`: none
    #[param(example = "CGJ")]
    department: Option<String>,
    /// 来件渠道；`-` 为未注明 · channel; `-`: not stated
    #[param(example = "电话")]
    channel: Option<String>,
    /// 紧急程度代码 · urgency
    #[param(example = "urgent")]
    urgency: Option<String>,
    /// 区县；`-` 为未读出 · district; `-`: none read
    #[param(example = "樊城区")]
    district: Option<String>,
    /// 街道、乡镇；`-` 为未读出 · street or town
    street: Option<String>,
    /// 社区、村或小区；`-` 为未读出 · community, village or estate
    community: Option<String>,
    /// 所属诉求组；`-` 为不属任何组 · the group it is told in; `-`: in none
    issue: Option<String>,
    /// 是否答复超期：尚未答复且已过期限 · the answer is owed and late
    overdue: Option<bool>,
    /// 是否签收超期：已派单而逾期未签收 · dispatched and not signed for in time
    sign_overdue: Option<bool>,
    /// 督办：`true` 有未销号的督办，`overdue` 其中有超期的，`false` 没有 · under supervision, or past its deadline
    #[param(example = "true")]
    supervised: Option<String>,
    /// 排序：received_at 受理时间、due_at 答复期限、urgency 紧急程度、probability 建议单位的概率；早的、急的、拿不准的在前，
    /// 前面加 `-` 则相反；没有期限或概率的总在最后。默认 -received_at · sorted by; `-` turns it round
    #[param(example = "due_at", default = "-received_at")]
    sort: Option<String>,
    /// 上一页的 next_cursor；其中已含排序
    cursor: Option<String>,
    /// 每页件数 · cases on a page
    #[param(minimum = 1, maximum = 200, default = 50)]
    page_size: Option<usize>,
    /// 不给则为一页 JSON；给出则把符合条件的全部案件（最多 10000 件，旧的在前）作为文件下载，此时不可再给 sort、
    /// cursor 和 page_size · csv, xlsx, jsonl or parquet: all cases as a file
    #[param(example = "csv", value_type = Option<FileFormat>, inline)]
    format: Option<String>,
}

/// What was asked for: a page, or a file.
pub enum Wanted {
    Page { seek: Seek, page_size: usize },
    File(Format),
}

impl Query {
    /// Which cases, and in what form; late is what is late `now`.
    pub fn cases(self, taxonomy: &Taxonomy, reader: &Reader, now: DateTime<FixedOffset>) -> Result<(Filter, Wanted)> {
        let mut given = Parameters::of(self);
        let filter = Filter {
            words: given.words(reader),
            scope: given.scope(taxonomy),
            unit: given.read("unit", |code| unit(code, taxonomy)),
            decision: given.read("decision", decision),
            status: given.read("status", status),
            handler: given.read("handler", |code| unit(code, taxonomy)),
            overdue: given.read("overdue", truth),
            sign_overdue: given.read("sign_overdue", truth),
            supervised: given.read("supervised", supervised),
            handling: given.handling(taxonomy),
            judged: given.judged(),
            now,
        };
        let sort = given.read("sort", |text| order(text, &CASE_SORTS));
        let cursor = given.seek(&CASE_SORTS, sort);
        let page_size = given.read("page_size", page_size);
        let format = given.read("format", file_format);
        if format.is_some() {
            for (name, _) in
                [("sort", sort.is_some()), ("cursor", cursor.is_some()), ("page_size", page_size.is_some())]
                    .iter()
                    .filter(|(_, is)| *is)
            {
                given.wrong(
                    name,
                    Saying::new("不能与 format 同时给：文件含全部案件", "not beside `format`: a file holds all cases"),
                );
            }
        }
        let seek = cursor.unwrap_or_else(|| Seek::first(sort.unwrap_or_else(newest_first)));
        let page = Wanted::Page { seek, page_size: page_size.unwrap_or(USUAL_PAGE) };
        given.finish().map(|()| (filter, format.map_or(page, Wanted::File)))
    }
}

impl Parameters {
    /// Where a page begins; in the order asked for, if one is.
    pub(super) fn seek(&mut self, sorts: &'static [Sort], order: Option<Order>) -> Option<Seek> {
        let seek = self.read("cursor", |text| {
            let unknown = || Saying::new("不是本接口给出的游标", "is no cursor that this route gave");
            Seek::after(sorts, text).ok_or_else(unknown)
        });
        if seek.zip(order).is_some_and(|(seek, order)| !seek.is_in(order)) {
            self.wrong(
                "cursor",
                Saying::new("是另一种排序的游标：从第一页取起", "is of another order: begin at the first page"),
            );
        }
        seek
    }
}

/// What to sort by, and which way.
pub(super) fn order(text: &str, sorts: &'static [Sort]) -> Result<Order, Saying> {
    let wrong = || {
        let known = sorts.iter().map(|sort| sort.name).collect::<Vec<_>>().join(" ");
        Saying::new(
            format!("只能是 {known} 之一，前面可加 - 表示从大到小"),
            format!("must be one of {known}, with - before it for the greatest first"),
        )
    };
    Order::called(sorts, text).ok_or_else(wrong)
}

fn decision(text: &str) -> Result<Decision, Saying> {
    let known = "auto suggest manual transfer_emergency redirect";
    serde_json::from_value(text.into())
        .map_err(|_| Saying::new(format!("只能是 {known} 之一"), format!("must be one of {known}")))
}

fn status(text: &str) -> Result<Status, Saying> {
    let in_one = |status: &&Status| **status != Status::Extended;
    let known: Vec<_> = Status::ALL.iter().filter(in_one).map(|status| status.code()).collect();
    let wrong =
        || Saying::new(format!("只能是 {} 之一", known.join(" ")), format!("must be one of {}", known.join(" ")));
    Status::ALL.into_iter().find(|status| status.code() == text && in_one(&status)).ok_or_else(wrong)
}

fn supervised(text: &str) -> Result<Supervised, Saying> {
    match text {
        "true" => Ok(Supervised::Yes),
        "false" => Ok(Supervised::No),
        "overdue" => Ok(Supervised::Overdue),
        _ => Err(Saying::new("只能是 true、false 或 overdue", "must be true, false or overdue")),
    }
}

pub(super) fn file_format(text: &str) -> Result<Format, Saying> {
    let known = Format::ALL.map(Format::name).join(" ");
    Format::called(text).ok_or_else(|| Saying::new(format!("只能是 {known} 之一"), format!("must be one of {known}")))
}

// The documented limit is written out above because attributes take literals only.
const _: () = assert!(LONGEST_EXPORT == 10_000);
