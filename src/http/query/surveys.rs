//! What is asked of surveys.

use std::path::PathBuf;

use utoipa::IntoParams;

use super::figures::figure_format;
use super::{Parameters, Query, one_of, truth};
use crate::case::Sentiment;
use crate::case::document::Edition;
use crate::dataset::export::Format;
use crate::error::{Result, Saying};
use crate::http::export::{FileFormat, LONGEST_EXPORT};
use crate::http::input::acting;
use crate::report::Print;
use crate::survey::{AnswersAsked, QuestionsAsked};

/// Answers given at once, unless told otherwise and at most.
const PAGE: usize = 100;
const LONGEST_PAGE: usize = 1000;
/// The longest name of a file.
const NAME: usize = 200;

/// 文件名：由它的结尾得知格式（csv、xlsx）。
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `Query::survey_file` reads")]
pub struct SurveyFileQuery {
    /// 文件名，如 答卷.xlsx · the file's name
    #[param(example = "answers.csv")]
    filename: String,
}

/// 谁做的，可省略。
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `Query::actor` reads")]
pub struct ActorQuery {
    /// 经办角色或岗位，不写姓名，至多 64 字 · who does it
    #[param(example = "分析员")]
    actor: Option<String>,
}

/// 封闭题结果怎样算，均可省略。
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `Query::survey_figures` reads")]
pub struct SurveyFigureQuery {
    /// 只要这一题；不给则为全部封闭题 · one question
    #[param(example = "q6")]
    question: Option<String>,
    /// 与这道背景题交叉 · crossed with a background question
    #[param(example = "q1")]
    by: Option<String>,
    /// 有总体构成或权重时是否加权，默认加权 · weighted where there are weights
    #[param(default = true)]
    weighted: Option<bool>,
    /// 不给则为 JSON；给出则为表格文件：csv、xlsx、jsonl 或 parquet · a table as a file
    #[param(example = "csv", value_type = Option<FileFormat>, inline)]
    format: Option<String>,
}

/// 要哪些答案。
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `Query::survey_answers` reads")]
pub struct SurveyAnswerQuery {
    /// 题号；不给则为全部开放题 · the question; all open ones where it is left out
    #[param(example = "q13")]
    question: Option<String>,
    /// 封闭题：选了这一项的 · those who chose this
    option: Option<String>,
    /// 开放题：说到这个主题或子主题的 · those who told of this theme
    #[param(example = "T03")]
    theme: Option<String>,
    /// 开放题：positive、negative、mixed、neutral · of this attitude
    sentiment: Option<Sentiment>,
    /// 从第几份起，见答案的 next · from which on
    skip: Option<usize>,
    /// 最多几份，默认 100，上限 1000 · at most
    page_size: Option<usize>,
    /// 不给则为 JSON；给出则为表格文件，不分页：csv、xlsx、jsonl 或 parquet · all of them as a file
    #[param(example = "csv", value_type = Option<FileFormat>, inline)]
    format: Option<String>,
}

/// 问卷、主题表以什么形式给出，可省略。
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `Query::survey_toml` reads")]
pub struct TomlQuery {
    /// 不给则为 JSON；toml 为文件，与命令行所写的相同 · toml: the file that the command line writes
    #[param(example = "toml")]
    format: Option<String>,
}

/// 调查报告以什么形式给出，均可省略。
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `Query::survey_summary` reads")]
pub struct SummaryQuery {
    /// internal 内部版，public 公开版（不带答卷链接） · the edition
    #[param(example = "internal", default = "internal")]
    edition: Option<String>,
    /// 不给则为 JSON；md、html、docx、xlsx 为文件 · a file
    #[param(example = "docx")]
    format: Option<String>,
}

/// 开放题主题的结果怎样算，可省略。
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `Query::survey_themes` reads")]
pub struct ThemeQuery {
    /// 只计这一题；不给则各开放题合计 · one question
    #[param(example = "q13")]
    question: Option<String>,
    /// 不给则为 JSON；给出则为表格文件：csv、xlsx、jsonl 或 parquet · a table as a file
    #[param(example = "csv", value_type = Option<FileFormat>, inline)]
    format: Option<String>,
}

impl Query {
    /// The name of a file that was sent.
    pub fn survey_file(self) -> Result<PathBuf> {
        let mut given = Parameters::of(self);
        let name = given.read("filename", file_name);
        if name.is_none() && !given.is_wrong() {
            given.wrong("filename", Saying::new("缺少必填参数，如 answers.csv", "is required, such as answers.csv"));
        }
        given.finish().map(|()| name.unwrap_or_default())
    }

    /// Who does it.
    pub fn actor(self) -> Result<Option<String>> {
        let mut given = Parameters::of(self);
        let actor = given.read("actor", |actor| acting(actor.to_owned()));
        given.finish().map(|()| actor)
    }

    /// Whether `toml` is wanted.
    pub fn survey_toml(self) -> Result<bool> {
        let mut given = Parameters::of(self);
        let format = given.read("format", |code| one_of(code, &["json", "toml"]));
        given.finish().map(|()| format.as_deref() == Some("toml"))
    }

    pub fn survey_figures(self) -> Result<(QuestionsAsked, Option<Format>)> {
        let mut given = Parameters::of(self);
        let question = given.read("question", |id| Ok(id.to_owned()));
        let by = given.read("by", |id| Ok(id.to_owned()));
        let weighted = given.read("weighted", truth).unwrap_or(true);
        let format = given.read("format", figure_format).flatten();
        given.finish().map(|()| (QuestionsAsked { question, by, weighted }, format))
    }

    pub fn survey_answers(self) -> Result<(AnswersAsked, Option<Format>)> {
        let mut given = Parameters::of(self);
        let format = given.read("format", figure_format).flatten();
        let usual = format.map_or(PAGE, |_| LONGEST_EXPORT);
        let asked = AnswersAsked {
            question: given.read("question", |id| Ok(id.to_owned())),
            option: given.read("option", |option| Ok(option.to_owned())),
            theme: given.read("theme", |code| Ok(code.to_owned())),
            sentiment: given.read("sentiment", sentiment),
            skip: given.read("skip", |text| number(text, 0, usize::MAX)).unwrap_or_default(),
            most: given.read("page_size", |text| number(text, 1, LONGEST_PAGE)).unwrap_or(usual),
        };
        given.finish().map(|()| (asked, format))
    }

    pub fn survey_themes(self) -> Result<(Option<String>, Option<Format>)> {
        let mut given = Parameters::of(self);
        let question = given.read("question", |id| Ok(id.to_owned()));
        let format = given.read("format", figure_format).flatten();
        given.finish().map(|()| (question, format))
    }

    pub fn survey_summary(self) -> Result<(Edition, Option<Print>)> {
        let mut given = Parameters::of(self);
        let edition = given.read("edition", |code| {
            let known = Edition::ALL.map(Edition::code);
            one_of(code, &known)
                .map(|_| if code == Edition::Public.code() { Edition::Public } else { Edition::Internal })
        });
        let print = given.read("format", |code| match code {
            "json" => Ok(None),
            code => {
                let known = Print::ALL.map(Print::code).join("、");
                let wrong = || Saying::new(format!("只能是 json、{known}"), format!("must be json or one of {known}"));
                Print::called(code).map(Some).ok_or_else(wrong)
            }
        });
        given.finish().map(|()| (edition.unwrap_or(Edition::Internal), print.flatten()))
    }
}

fn file_name(text: &str) -> Result<PathBuf, Saying> {
    let plain = !text.contains(['/', '\\']) && text.chars().count() <= NAME;
    plain.then(|| PathBuf::from(text)).ok_or_else(|| Saying::new("只要文件名，不带路径", "a name without folders"))
}

fn number(text: &str, least: usize, most: usize) -> Result<usize, Saying> {
    let wrong = || Saying::new(format!("须为 {least} 到 {most} 的整数"), format!("must be {least} to {most}"));
    text.parse().ok().filter(|number| (least..=most).contains(number)).ok_or_else(wrong)
}

fn sentiment(code: &str) -> Result<Sentiment, Saying> {
    match one_of(code, &["positive", "negative", "mixed", "neutral"])?.as_str() {
        "positive" => Ok(Sentiment::Positive),
        "negative" => Ok(Sentiment::Negative),
        "mixed" => Ok(Sentiment::Mixed),
        _ => Ok(Sentiment::Neutral),
    }
}
