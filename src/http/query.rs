//! Reading what is asked for behind the `?`, as strictly as a body: unknown, repeated and wrong parameters are named.

mod alerts;
mod bursts;
mod cases;
mod codes;
mod departments;
mod figures;
mod handling;
mod hotspots;
mod issues;
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

use crate::case::Scope;
use crate::dataset::Columns;
use crate::error::{Error, Flaw, Result, Saying};
use crate::http::desk::Desk;
use crate::http::problem::Problem;
use crate::store::LONGEST_PAGE;
use crate::taxonomy::Taxonomy;
use crate::text::Reader;
pub use alerts::{AlertQuery, DeliveryQuery};
pub use bursts::{BurstQuery, bursts};
pub use cases::{CaseQuery, Wanted};
use codes::{categories, category, one_of, or_none, petition, unit, urgency};
pub use departments::{AskedDepartments, AskedSupervisions, DepartmentQuery, SupervisionQuery};
pub use figures::FigureQuery;
pub use handling::HandlingQuery;
pub use hotspots::HotspotQuery;
pub use issues::{AskedIssues, IssueQuery};
pub use judged::JudgedQuery;
pub use quality::{QualityQuery, quality};
pub use reports::{ReportName, ReportQuery, report};
pub use surveys::{
    ActorQuery, SummaryQuery, SurveyAnswerQuery, SurveyFigureQuery, SurveyFileQuery, ThemeQuery, TomlQuery,
};
pub use trends::{TrendQuery, WordQuery, kind, over};
pub use volumes::{AskedVolumes, VolumeQuery, volumes};

/// Cases on a page where nothing is said.
const USUAL_PAGE: usize = 50;
/// The longest search, in characters and in words: each word is looked for in every case that the rest leaves.
const LONGEST_SEARCH: usize = 100;
const MOST_WORDS: usize = 8;

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

    /// The words that are looked for, written as texts are. What is wrong is told without them: they may be anyone's.
    fn words(&mut self, reader: &Reader) -> Vec<String> {
        self.read("q", |text| {
            let words = reader.sought(text);
            let short = text.chars().count() <= LONGEST_SEARCH && words.len() <= MOST_WORDS;
            short.then_some(words).ok_or_else(|| {
                Saying::new(
                    format!("最多 {LONGEST_SEARCH} 字、{MOST_WORDS} 个词"),
                    format!("at most {LONGEST_SEARCH} characters and {MOST_WORDS} words"),
                )
            })
        })
        .unwrap_or_default()
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

fn truth(text: &str) -> Result<bool, Saying> {
    text.parse().map_err(|_| Saying::new("只能是 true 或 false", "must be true or false"))
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

/// A district of the catalogue by its name or alias; others as they are called.
fn district(name: &str, taxonomy: &Taxonomy) -> Result<String, Saying> {
    Ok(taxonomy.district(None, Some(name)).map_or(name, |district| district.name.as_str()).to_owned())
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
const _: () = assert!(LONGEST_PAGE == 200 && USUAL_PAGE == 50 && LONGEST_SEARCH == 100 && MOST_WORDS == 8);
