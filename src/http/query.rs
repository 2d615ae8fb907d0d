//! Reading what is asked for behind the `?`, as strictly as a body: unknown, repeated and wrong parameters are named.

mod alerts;
mod bursts;
mod codes;
mod departments;
mod figures;
mod handling;
mod hotspots;
mod judged;
mod quality;
mod reports;
mod surveys;
mod trends;
mod volumes;

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use chrono::{DateTime, Days, FixedOffset, NaiveDate, NaiveTime, TimeZone};
use utoipa::IntoParams;

use crate::case::{Decision, Scope, Status};
use crate::dataset::Columns;
use crate::dataset::export::Format;
use crate::error::{Error, Flaw, Result, Saying};
use crate::http::desk::Desk;
use crate::http::export::LONGEST_EXPORT;
use crate::http::problem::Problem;
use crate::store::{Filter, IssueFilter, LONGEST_PAGE, Supervised};
use crate::taxonomy::Taxonomy;
pub use alerts::{AlertQuery, DeliveryQuery};
pub use bursts::{BurstQuery, bursts};
use codes::{categories, category, one_of, or_none, petition, unit, urgency};
pub use departments::{AskedDepartments, AskedSupervisions, DepartmentQuery, SupervisionQuery};
pub use figures::FigureQuery;
pub use handling::HandlingQuery;
pub use hotspots::HotspotQuery;
pub use judged::JudgedQuery;
pub use quality::{QualityQuery, quality};
pub use reports::{ReportName, ReportQuery, report};
pub use surveys::{ActorQuery, SummaryQuery, SurveyAnswerQuery, SurveyFigureQuery, SurveyFileQuery, ThemeQuery};
pub use trends::{TrendQuery, WordQuery, kind, over};
pub use volumes::{AskedVolumes, VolumeQuery, volumes};

/// Cases on a page where nothing is said.
const USUAL_PAGE: usize = 50;

/// 筛选与翻页，均可省略。
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `Query::cases` reads")]
pub struct CaseQuery {
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
    /// 上一页的 next_cursor
    cursor: Option<String>,
    /// 每页件数 · cases on a page
    #[param(minimum = 1, maximum = 200, default = 50)]
    page_size: Option<usize>,
    /// 不给则为一页 JSON；给出则把符合条件的全部案件（最多 10000 件，旧的在前）作为文件下载，此时不可再给 cursor 和
    /// page_size · csv, xlsx, jsonl or parquet: all cases as a file
    #[param(example = "csv")]
    format: Option<String>,
}

/// What was asked for: a page, or a file.
pub enum Wanted {
    Page { cursor: Option<i64>, page_size: usize },
    File(Format),
}

/// 翻页，均可省略。
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `Query::page` reads")]
pub struct PageQuery {
    /// 上一页的 next_cursor
    cursor: Option<String>,
    /// 每页件数 · items on a page
    #[param(minimum = 1, maximum = 200, default = 50)]
    page_size: Option<usize>,
}

/// 筛选诉求组与翻页，均可省略。
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `Query::issues` reads")]
pub struct IssueQuery {
    /// 在此时或以后仍有人反映；RFC 3339 时间，或日期 · told at or after; a time or a date
    #[param(example = "2026-11-01")]
    from: Option<String>,
    /// 在此前已有人反映；给日期时含当日 · told before; a date includes that day
    #[param(example = "2026-11-30")]
    to: Option<String>,
    /// 二级分类代码，或一级分类代码（含其下全部二级） · level-2 code, or level-1 for all of its children
    #[param(example = "0706")]
    category: Option<String>,
    /// 区县名称 · district
    #[param(example = "樊城区")]
    district: Option<String>,
    /// 至少多少件 · with at least so many cases
    #[param(minimum = 2)]
    min_cases: Option<i64>,
    /// 上一页的 next_cursor
    cursor: Option<String>,
    /// 每页组数 · groups on a page
    #[param(minimum = 1, maximum = 200, default = 50)]
    page_size: Option<usize>,
}

/// 导入哪种文件、怎么读。
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `Query::import` reads")]
pub struct ImportQuery {
    /// 文件种类：csv、xlsx 或 jsonl
    #[param(example = "csv")]
    format: String,
    /// 列名对应，没写的自动识别 · field=column; what is not named is guessed
    #[param(example = "text=诉求内容,reporter=联系电话")]
    map: Option<String>,
    /// 文件名，只用于显示；脱敏后保存
    #[param(example = "工单.csv")]
    filename: Option<String>,
}

/// Which groups, after which, and how many.
pub struct AskedIssues {
    pub filter: IssueFilter,
    pub cursor: Option<(i64, i64)>,
    pub page_size: usize,
}

/// How an uploaded file is to be read.
pub struct AskedImport {
    /// `csv`, `xlsx` or `jsonl`.
    pub format: &'static str,
    pub columns: Columns,
    pub filename: Option<String>,
}

/// The parameters as sent, not yet read. Their dates are days of the hotline's time zone, wherever the machine stands.
pub struct Query {
    given: Vec<(String, String)>,
    zone: FixedOffset,
}

impl FromRequestParts<Arc<Desk>> for Query {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, desk: &Arc<Desk>) -> Result<Self, Problem> {
        let broken = |error| Error::invalid("查询参数无法读取", "the query cannot be read").because(error);
        let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&parts.uri).map_err(broken)?;
        Ok(Self { given: pairs.0, zone: desk.zone() })
    }
}

impl Query {
    /// The same parameters from elsewhere, such as the command line.
    pub fn of(given: Vec<(String, String)>, zone: FixedOffset) -> Self {
        Self { given, zone }
    }

    /// Which cases, and in what form; late is what is late `now`.
    pub fn cases(self, taxonomy: &Taxonomy, now: DateTime<FixedOffset>) -> Result<(Filter, Wanted)> {
        let mut given = Parameters::of(self);
        let filter = Filter {
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
        let cursor = given.read("cursor", cursor);
        let page_size = given.read("page_size", page_size);
        let format = given.read("format", file_format);
        if format.is_some() {
            for (name, _) in
                [("cursor", cursor.is_some()), ("page_size", page_size.is_some())].iter().filter(|(_, is)| *is)
            {
                given.wrong(
                    name,
                    Saying::new("不能与 format 同时给：文件含全部案件", "not beside `format`: a file holds all cases"),
                );
            }
        }
        let page = Wanted::Page { cursor, page_size: page_size.unwrap_or(USUAL_PAGE) };
        given.finish().map(|()| (filter, format.map_or(page, Wanted::File)))
    }
}

impl Query {
    /// Which groups, after which, and how many.
    pub fn issues(self, taxonomy: &Taxonomy) -> Result<AskedIssues> {
        let mut given = Parameters::of(self);
        let filter = IssueFilter {
            from: given.moment("from", 0),
            to: given.moment("to", 1),
            categories: given.read("category", |code| categories(code, taxonomy)).unwrap_or_default(),
            district: given.read("district", |name| district(name, taxonomy)),
            least_cases: given.read("min_cases", least_cases),
        };
        let cursor = given.read("cursor", issue_cursor);
        let page_size = given.read("page_size", page_size).unwrap_or(USUAL_PAGE);
        if filter.from.zip(filter.to).is_some_and(|(from, to)| from > to) {
            given.wrong("to", Saying::new("早于 from：请对调", "is before `from`: swap them"));
        }
        given.finish().map(|()| AskedIssues { filter, cursor, page_size })
    }

    /// After which, and how many.
    pub fn page(self) -> Result<(Option<i64>, usize)> {
        let mut given = Parameters::of(self);
        let cursor = given.read("cursor", cursor);
        let page_size = given.read("page_size", page_size).unwrap_or(USUAL_PAGE);
        given.finish().map(|()| (cursor, page_size))
    }

    /// How an uploaded file is to be read.
    pub fn import(self) -> Result<AskedImport> {
        let mut given = Parameters::of(self);
        let format = given.read("format", format);
        let columns = given.read("map", |said| Columns::parse_intake(said).map_err(|error| error.saying));
        let filename = given.read("filename", filename);
        let format = format.unwrap_or_else(|| {
            if !given.flaws.iter().any(|flaw| flaw.pointer == "?format") {
                given.wrong(
                    "format",
                    Saying::new(format!("缺少必填参数：{FORMATS}"), format!("is required: {FORMATS}")),
                );
            }
            ""
        });
        given.finish().map(|()| AskedImport { format, columns: columns.unwrap_or_default(), filename })
    }
}

struct Parameters {
    given: Vec<(String, String)>,
    zone: FixedOffset,
    known: Vec<&'static str>,
    flaws: Vec<Flaw>,
}

impl Parameters {
    fn of(Query { given, zone }: Query) -> Self {
        Self { given, zone, known: Vec::new(), flaws: Vec::new() }
    }

    /// The parameter read by `read`, which says what was expected; empty counts as absent.
    fn read<T>(&mut self, name: &'static str, read: impl FnOnce(&str) -> Result<T, Saying>) -> Option<T> {
        self.known.push(name);
        let mut values = self.given.iter().filter(|(known, value)| known == name && !value.is_empty());
        let outcome = match (values.next(), values.next()) {
            (None, _) => return None,
            (Some((_, value)), None) => read(value),
            (Some(_), Some(_)) => Err(Saying::new("只能给一次", "may be given only once")),
        };
        outcome.map_err(|saying| self.wrong(name, saying)).ok()
    }

    /// A time, or the start of a day, `later` days on.
    fn moment(&mut self, name: &'static str, later: u64) -> Option<DateTime<FixedOffset>> {
        let zone = self.zone;
        self.read(name, |text| moment(text, later, &zone))
    }

    /// Which cases, by what they are counted by.
    fn scope(&mut self, taxonomy: &Taxonomy) -> Scope {
        let scope = Scope {
            from: self.moment("from", 0),
            to: self.moment("to", 1),
            category: self.read("category", |code| or_none(code, |code| category(code, taxonomy))),
            petition: self.read("petition", |code| or_none(code, |code| petition(code, taxonomy))),
            department: self.read("department", |code| or_none(code, |code| unit(code, taxonomy))),
            channel: self.read("channel", |name| Ok(name.to_owned())),
            urgency: self.read("urgency", |code| urgency(code, taxonomy)),
            district: self.read("district", |name| district(name, taxonomy)),
            street: self.read("street", |name| Ok(name.to_owned())),
            community: self.read("community", |name| Ok(name.to_owned())),
            issue: self.read("issue", |id| Ok(id.to_owned())),
        };
        if scope.from.zip(scope.to).is_some_and(|(from, to)| from > to) {
            self.wrong("to", Saying::new("早于 from：请对调", "is before `from`: swap them"));
        }
        scope
    }

    fn is_wrong(&self) -> bool {
        !self.flaws.is_empty()
    }

    fn wrong(&mut self, name: &str, saying: Saying) {
        self.flaws.push(Flaw { pointer: format!("?{name}"), saying });
    }

    fn finish(mut self) -> Result<()> {
        let known = self.known.join(" ");
        let unknown = self.given.iter().filter(|(name, _)| !self.known.contains(&name.as_str()));
        let unknown: Vec<_> = unknown.map(|(name, _)| name.clone()).collect();
        for name in unknown {
            let (zh, en) = (format!("不认识的参数；可用：{known}"), format!("unknown parameter; known: {known}"));
            self.wrong(&name, Saying::new(zh, en));
        }
        if self.flaws.is_empty() {
            return Ok(());
        }
        let count = self.flaws.len();
        let mut error = Error::invalid(
            format!("查询参数有 {count} 处不符合要求，见 errors"),
            format!("the query is wrong in {count} place(s), see errors"),
        );
        error.flaws = self.flaws;
        Err(error)
    }
}

const FORMATS: &str = "csv xlsx jsonl";

fn format(text: &str) -> Result<&'static str, Saying> {
    let known = FORMATS.split(' ').find(|known| *known == text);
    known.ok_or_else(|| Saying::new(format!("只能是 {FORMATS} 之一"), format!("must be one of {FORMATS}")))
}

fn filename(text: &str) -> Result<String, Saying> {
    let short = text.chars().count() <= 200;
    short.then(|| text.to_owned()).ok_or_else(|| Saying::new("最多 200 字", "at most 200 characters"))
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

fn truth(text: &str) -> Result<bool, Saying> {
    text.parse().map_err(|_| Saying::new("只能是 true 或 false", "must be true or false"))
}

fn supervised(text: &str) -> Result<Supervised, Saying> {
    match text {
        "true" => Ok(Supervised::Yes),
        "false" => Ok(Supervised::No),
        "overdue" => Ok(Supervised::Overdue),
        _ => Err(Saying::new("只能是 true、false 或 overdue", "must be true, false or overdue")),
    }
}

/// A time, or the start of a day of this time zone, `later` days on. A bare `+` in a query means a blank: nobody who
/// writes one between time and offset means that.
pub fn moment(text: &str, later: u64, zone: &impl TimeZone) -> Result<DateTime<FixedOffset>, Saying> {
    let day = || {
        let day = text.parse::<NaiveDate>().ok()?.checked_add_days(Days::new(later))?;
        Some(day.and_time(NaiveTime::MIN).and_local_timezone(zone.clone()).earliest()?.fixed_offset())
    };
    let time = || DateTime::parse_from_rfc3339(&text.replace(' ', "+")).ok();
    time().or_else(day).ok_or_else(|| {
        Saying::new(
            "须为日期（2026-11-01）或带时区的 RFC 3339 时间（2026-11-01T08:00:00+08:00）",
            "must be a date (2026-11-01) or an RFC 3339 time with offset (2026-11-01T08:00:00+08:00)",
        )
    })
}

fn cursor(text: &str) -> Result<i64, Saying> {
    let unknown = || Saying::new("不是本接口给出的游标", "is no cursor that this route gave");
    text.parse().ok().filter(|cursor| *cursor > 0).ok_or_else(unknown)
}

fn file_format(text: &str) -> Result<Format, Saying> {
    let known = Format::ALL.map(Format::name).join(" ");
    Format::called(text).ok_or_else(|| Saying::new(format!("只能是 {known} 之一"), format!("must be one of {known}")))
}

/// A district of the catalogue by its name or alias; others as they are called.
fn district(name: &str, taxonomy: &Taxonomy) -> Result<String, Saying> {
    Ok(taxonomy.district(None, Some(name)).map_or(name, |district| district.name.as_str()).to_owned())
}

fn least_cases(text: &str) -> Result<i64, Saying> {
    let wanted = || Saying::new("须为 2 以上的整数", "must be a whole number of 2 or more");
    text.parse().ok().filter(|cases| *cases >= 2).ok_or_else(wanted)
}

/// `ms.seq`: when it was last told, and its number of change.
fn issue_cursor(text: &str) -> Result<(i64, i64), Saying> {
    let unknown = || Saying::new("不是本接口给出的游标", "is no cursor that this route gave");
    let (at, seq) = text.split_once('.').ok_or_else(unknown)?;
    at.parse().ok().zip(seq.parse().ok()).ok_or_else(unknown)
}

fn page_size(text: &str) -> Result<usize, Saying> {
    let wanted = || {
        Saying::new(
            format!("须为 1 到 {LONGEST_PAGE} 的整数"),
            format!("must be a whole number from 1 to {LONGEST_PAGE}"),
        )
    };
    text.parse().ok().filter(|size| (1..=LONGEST_PAGE).contains(size)).ok_or_else(wanted)
}

// The documented limit is written out above because attributes take literals only.
const _: () = assert!(LONGEST_PAGE == 200 && USUAL_PAGE == 50 && LONGEST_EXPORT == 10_000);
