//! `survey.toml` and `themes.toml`: read, and written for people to confirm.

use std::fmt::Write;

use serde::Deserialize;

use crate::case::{Frame, OptionOrder, Question, QuestionKind, Sampling, Survey};
use crate::error::{Error, Kind, Result};

/// `themes.toml`, headed by the version that it was written from: so that nobody's changes since are lost.
#[derive(Debug, Clone, PartialEq)]
pub struct ThemesFile {
    pub version: Option<i64>,
    pub frame: Frame,
}

impl ThemesFile {
    pub fn written(&self) -> Result<String> {
        let text = toml::to_string(&self.frame)
            .map_err(|error| Error::internal("主题表无法写成 TOML", "the themes are not TOML").because(error))?;
        let version = self.version.map(|version| format!("version = {version}\n\n")).unwrap_or_default();
        Ok(version + &text)
    }

    /// Reads what stands in one. The error names the line.
    pub fn read(text: &str) -> Result<Self> {
        let text = text.trim_start_matches('\u{feff}');
        let wrong = |error| misread("themes.toml", text, &error);
        let Headed { version } = toml::from_str(text).map_err(wrong)?;
        let Some(version) = version else {
            return Ok(Self { version: None, frame: toml::from_str(text).map_err(wrong)? });
        };
        // The rest without that line, in as many lines, so that an error has its line.
        let span = version.span();
        let (before, after) = (&text[..span.start], &text[span.end..]);
        let rest = before[..before.rfind('\n').map_or(0, |at| at + 1)].to_owned() + after;
        let frame = toml::from_str(&rest).map_err(|error| misread("themes.toml", &rest, &error))?;
        Ok(Self { version: Some(version.into_inner()), frame })
    }
}

/// What stands above the themes.
#[derive(Deserialize)]
struct Headed {
    version: Option<toml::Spanned<i64>>,
}

fn misread(file: &str, text: &str, error: &toml::de::Error) -> Error {
    let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    let said = error.message();
    Error::new(
        Kind::Malformed,
        format!("{file} 第 {line} 行读不懂：{said}；写法见 docs 和 data/surveys 里的例子"),
        format!("line {line} of {file} is not understood: {said}"),
    )
    .at(format!("{file}:{line}"), "请照例子改正这一行", "correct this line")
}

/// Reads what stands in a `survey.toml` and makes it whole ([`Survey::checked`]). The error names the line.
pub fn read_survey(text: &str) -> Result<Survey> {
    let text = text.trim_start_matches('\u{feff}');
    let survey: Survey = toml::from_str(text).map_err(|error| misread("survey.toml", text, &error))?;
    survey.checked()
}

/// The survey as `survey.toml`, with notes on what is to be confirmed. Reading it back gives the same survey.
pub fn write_survey(survey: &Survey) -> String {
    let mut out = String::from(HEAD);
    let mut line = |name: &str, value: &str| _ = writeln!(out, "{name} = {}", quoted(value));
    line("title", &survey.title);
    line("organiser", &survey.organiser);
    for (name, value) in [("fielded_by", &survey.fielded_by), ("purpose", &survey.purpose)] {
        value.iter().for_each(|value| line(name, value));
    }
    line("population", &survey.population);
    survey.frame.iter().for_each(|value| line("frame", value));
    line("mode", &survey.mode);
    line("period", &survey.period);
    line("sampling", sampling(survey.sampling));
    survey.selection.iter().for_each(|value| line("selection", value));
    survey.overall.iter().for_each(|value| line("overall", value));
    if let Some(invited) = survey.invited {
        _ = writeln!(out, "invited = {invited}");
    }
    if let Some(previous) = &survey.previous {
        _ = writeln!(out, "\n[previous]\nsurvey = {}", quoted(&previous.survey));
        let pairs = previous.questions.iter().map(|(ours, theirs)| format!("{} = {}", quoted(ours), quoted(theirs)));
        _ = writeln!(out, "questions = {{ {} }}", pairs.collect::<Vec<_>>().join(", "));
    }
    survey.questions.iter().for_each(|question| write_question(&mut out, question));
    for margin in &survey.margins {
        _ = writeln!(out, "\n[[margin]]\nquestion = {}\nsource = {}", quoted(&margin.question), quoted(&margin.source));
        let pairs = margin.shares.iter().map(|(option, share)| format!("{} = {share:?}", quoted(option)));
        _ = writeln!(out, "shares = {{ {} }}", pairs.collect::<Vec<_>>().join(", "));
    }
    out
}

const HEAD: &str = "# 问卷说明：请逐项核对，空着的请填写，不对的请改正，再交回。
# sampling：random 随机抽样，quota 配额抽样，census 全体调查，open 自愿参加，hotline 热线工单
# kind：background 背景，single 单选，multiple 多选，rating 打分，nps 推荐意愿（0—10），open 开放，
#       id 编号，time 提交时间，duration 用时，weight 权重，skip 不读
# missing 是算作未表态的选项，favourable 是算作满意的选项，order 是 best_first（从好到差）或 worst_first
";

fn write_question(out: &mut String, question: &Question) {
    _ = writeln!(out, "\n[[question]]\nid = {}\ntext = {}", quoted(&question.id), quoted(&question.text));
    if let Some(matrix) = &question.matrix {
        _ = writeln!(out, "matrix = {}", quoted(matrix));
    }
    _ = writeln!(out, "kind = {}", quoted(kind(question.kind)));
    if !question.options.is_empty() {
        _ = writeln!(out, "options = {}", list(&question.options));
    }
    for (name, listed) in [("missing", &question.missing), ("favourable", &question.favourable)] {
        if let Some(listed) =
            listed.as_ref().filter(|listed| !listed.is_empty() || question.kind == QuestionKind::Single)
        {
            _ = writeln!(out, "{name} = {}", list(listed));
        }
    }
    if let Some(order) = question.order {
        let order = if order == OptionOrder::BestFirst { "best_first" } else { "worst_first" };
        _ = writeln!(out, "order = {}", quoted(order));
    }
    if let Some(scores) = &question.scores {
        _ = writeln!(out, "scores = {scores:?}");
    }
    if let Some(most) = question.most {
        _ = writeln!(out, "most = {most}");
    }
    if let Some(column) = &question.column {
        _ = writeln!(out, "column = {}", quoted(column));
    }
}

fn list(words: &[String]) -> String {
    format!("[{}]", words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(", "))
}

/// A basic string of TOML 1.0.
fn quoted(words: &str) -> String {
    let mut out = String::from("\"");
    for c in words.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => _ = write!(out, "\\u{:04X}", c as u32),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// The name on disk.
fn kind(kind: QuestionKind) -> &'static str {
    match kind {
        QuestionKind::Id => "id",
        QuestionKind::Time => "time",
        QuestionKind::Duration => "duration",
        QuestionKind::Weight => "weight",
        QuestionKind::Background => "background",
        QuestionKind::Single => "single",
        QuestionKind::Multiple => "multiple",
        QuestionKind::Rating => "rating",
        QuestionKind::Nps => "nps",
        QuestionKind::Open => "open",
        QuestionKind::Skip => "skip",
    }
}

fn sampling(sampling: Sampling) -> &'static str {
    match sampling {
        Sampling::Random => "random",
        Sampling::Quota => "quota",
        Sampling::Census => "census",
        Sampling::Open => "open",
        Sampling::Hotline => "hotline",
    }
}
