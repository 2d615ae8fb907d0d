//! `guikou survey`: opinion surveys from a file of answers to a summary, without a running service.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono::Local;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

use crate::case::document::Edition;
use crate::case::{Checklist, Frame, QuestionKind, Survey};
use crate::cli::show::{BAD, FAINT, GOOD, PLAIN};
use crate::config::Settings;
use crate::dataset::survey as files;
use crate::error::{Error, Result};
use crate::http;
use crate::insight::Insight;
use crate::report::{Print, print};
use crate::store::Store;
use crate::survey::{self, By, FrameBody, FrameChange, Readings};
use crate::triage::Triage;

#[derive(Args)]
pub struct Surveys {
    /// 案件库（SQLite 文件）
    #[arg(long, value_name = "文件", global = true)]
    pub store: Option<String>,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// 看答卷文件：各列是什么、有什么要改；可写出 survey.toml 供确认
    Check {
        /// 答卷：CSV（UTF-8 或 GB18030）或 XLSX，问卷星、腾讯问卷的导出
        #[arg(value_name = "文件")]
        file: PathBuf,
        /// 已确认的问卷；不给则猜
        #[arg(long, value_name = "文件")]
        survey: Option<PathBuf>,
        /// 把猜出的问卷写到这里，确认后用 add 提交
        #[arg(long, value_name = "文件")]
        write: Option<PathBuf>,
    },
    /// 保存一次调查：答卷和确认过的 survey.toml
    Add {
        #[arg(value_name = "文件")]
        file: PathBuf,
        #[arg(long, value_name = "文件")]
        survey: PathBuf,
    },
    /// 列出各次调查
    List,
    /// 归纳开放题的主题，写成文件供修改
    Propose {
        #[arg(value_name = "编号")]
        id: String,
        /// 主题表文件
        #[arg(long, value_name = "文件")]
        out: Option<PathBuf>,
    },
    /// 签认主题表，并把每条答案归类
    Sign {
        #[arg(value_name = "编号")]
        id: String,
        /// 改好的主题表；不给则签认库中现有的
        #[arg(long, value_name = "文件")]
        themes: Option<PathBuf>,
        /// 谁签认的
        #[arg(long, value_name = "姓名或岗位")]
        actor: Option<String>,
    },
    /// 写调查报告：文件名结尾为 md、html、docx 或 xlsx
    Summary {
        #[arg(value_name = "编号")]
        id: String,
        #[arg(long, value_name = "文件")]
        out: PathBuf,
        /// 公开版：不带答卷链接
        #[arg(long)]
        public: bool,
    },
}

/// Runs one verb; 1 where a file must be mended first.
pub fn run(settings: &Settings, wanted: &Surveys) -> Result<ExitCode> {
    match &wanted.what {
        What::Check { file, survey, write } => return check(settings, file, survey.as_deref(), write.as_deref()),
        What::Add { file, survey } => add(settings, file, survey)?,
        What::List => list(settings)?,
        What::Propose { id, out } => propose(settings, id, out.as_deref())?,
        What::Sign { id, themes, actor } => sign(settings, id, themes.as_deref(), actor.clone())?,
        What::Summary { id, out, public } => summary(settings, id, out, *public)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn check(settings: &Settings, file: &Path, survey: Option<&Path>, write: Option<&Path>) -> Result<ExitCode> {
    let offset = settings.http.import_offset;
    let (survey, checklist) = match survey {
        Some(path) => {
            let survey = read_survey(path)?;
            let read = files::read_answers_file(file, &survey, offset)?;
            (survey, read.checklist)
        }
        None => {
            let guess = files::guess_survey_file(file, offset)?;
            (guess.survey, guess.checklist)
        }
    };
    for question in &survey.questions {
        let options =
            if question.options.is_empty() { String::new() } else { format!("{} 项", question.options.len()) };
        anstream::println!("{:>6}  {}  {} {FAINT}{options}{PLAIN}", question.id, question.kind.zh(), question.text);
    }
    told(&checklist);
    if let Some(path) = write {
        std::fs::write(path, files::write_survey(&survey)).map_err(|error| unwritable(path, error))?;
        anstream::println!("{GOOD}问卷写在 {}：请逐题确认题型和选项，再用 add 提交{PLAIN}", path.display());
    }
    Ok(if checklist.fatal().next().is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn told(checklist: &Checklist) {
    for finding in &checklist.findings {
        let mark = if finding.fatal { format!("{BAD}✗{PLAIN}") } else { format!("{FAINT}!{PLAIN}") };
        let place = finding.place();
        let place = if place.is_empty() { String::new() } else { format!("{place}：") };
        anstream::println!("{mark} {place}{}", finding.zh);
    }
}

fn add(settings: &Settings, file: &Path, survey: &Path) -> Result<()> {
    let (triage, survey) = (loaded(settings)?, read_survey(survey)?);
    let bytes = std::fs::read(file).map_err(|error| unreadable(file, error))?;
    let offset = settings.http.import_offset;
    let upload = survey::Upload { name: file, bytes, survey, offset, actor: None, now: Local::now().to_utc() };
    let kept = survey::keep(http::surveying(&triage), upload)?;
    told(&kept.checklist);
    anstream::println!("{GOOD}已保存 {}{PLAIN}：{} 份答卷", kept.id, kept.answers.len());
    if kept.survey.of_kind(QuestionKind::Open).next().is_some() {
        anstream::println!("下一步：guikou survey propose {} --out themes.toml", kept.id);
    }
    Ok(())
}

fn list(settings: &Settings) -> Result<()> {
    for survey in store(settings)?.surveys()? {
        let (title, respondents) = (&survey.survey.title, survey.respondents);
        anstream::println!("{}  {title}  {respondents} 份 {FAINT}{}{PLAIN}", survey.id, survey.survey.period);
    }
    Ok(())
}

fn propose(settings: &Settings, id: &str, out: Option<&Path>) -> Result<()> {
    let (triage, bar) = (loaded(settings)?, bar());
    let by = By { actor: None, now: Local::now().to_utc() };
    let progress = |done: usize, all: usize| moved(&bar, done, all);
    let body = survey::propose(http::surveying(&triage), &readings(settings), id, &by, &progress)?;
    bar.finish_and_clear();
    themes(&body);
    if let Some(path) = out {
        let text = toml::to_string(&body.frame)
            .map_err(|error| Error::internal("主题表无法写成 TOML", "the themes are not TOML").because(error))?;
        std::fs::write(path, text).map_err(|error| unwritable(path, error))?;
        anstream::println!("{GOOD}主题表写在 {}{PLAIN}：改好后用 sign --themes 签认", path.display());
    }
    Ok(())
}

fn themes(body: &FrameBody) {
    for theme in &body.frame.themes {
        anstream::println!("{}  {} {FAINT}{}{PLAIN}", theme.code, theme.name, theme.words.join(" "));
        for sub in &theme.sub {
            anstream::println!("    {}  {} {FAINT}{}{PLAIN}", sub.code, sub.name, sub.words.join(" "));
        }
    }
}

fn sign(settings: &Settings, id: &str, themes: Option<&Path>, actor: Option<String>) -> Result<()> {
    let (triage, bar) = (loaded(settings)?, bar());
    let (ground, now) = (http::surveying(&triage), Local::now().to_utc());
    let mut version = survey::frame_of(ground, id)?.map_or(0, |body| body.version);
    if let Some(path) = themes {
        let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, error))?;
        let frame: Frame = toml::from_str(&text).map_err(|error| wrong_themes(path, &error))?;
        let change = FrameChange { version, frame: Some(frame), actor: actor.clone(), ..FrameChange::default() };
        version = survey::change(ground, id, change, now)?.version;
    }
    let progress = |done: usize, all: usize| moved(&bar, done, all);
    let body = survey::sign(ground, &readings(settings), id, version, &By { actor, now }, &progress)?;
    bar.finish_and_clear();
    let figures = survey::theme_figures(ground, id, None)?;
    for theme in &figures.themes {
        let share = theme
            .share
            .map_or("不足 5 人".to_owned(), |share| format!("{} 人，{:.1}%", share.count, share.share * 100.0));
        anstream::println!("{}  {}  {share}", theme.code, theme.name);
    }
    anstream::println!("{GOOD}已签认第 {} 版{PLAIN}", body.version);
    Ok(())
}

fn summary(settings: &Settings, id: &str, out: &Path, public: bool) -> Result<()> {
    let ending = out.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let known = Print::ALL.map(Print::code).join("、");
    let kind = Print::called(ending).ok_or_else(|| {
        Error::invalid(format!("文件名结尾须为 {known} 之一"), format!("the name must end in one of {known}"))
    })?;
    let triage = loaded(settings)?;
    let edition = if public { Edition::Public } else { Edition::Internal };
    let heard = http::heard(&Insight::default(), &triage, id)?;
    let ground = http::surveying(&triage);
    let dated = survey::body(ground, id)?.created_at.with_timezone(&triage.deadlines().offset()).date_naive();
    let document = survey::summary(ground, id, edition, heard, dated)?;
    std::fs::write(out, print(&document, kind, None)?).map_err(|error| unwritable(out, error))?;
    anstream::println!("{GOOD}调查报告写在 {}{PLAIN} {FAINT}{}{PLAIN}", out.display(), document.inputs);
    Ok(())
}

fn read_survey(path: &Path) -> Result<Survey> {
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, error))?;
    files::read_survey(&text)
}

fn store(settings: &Settings) -> Result<Store> {
    let path = settings.store.as_deref();
    let path = path.ok_or_else(|| Error::invalid("请用 --store 指明案件库", "name the store with --store"))?;
    Store::open(Some(path))
}

fn loaded(settings: &Settings) -> Result<Triage> {
    let store = store(settings)?;
    let triage = Triage::load(&settings.data(), &settings.model()?)?.keeping_in(store)?;
    for lacking in triage.lacking() {
        tracing::warn!("{}", lacking.zh);
    }
    Ok(triage)
}

fn readings(settings: &Settings) -> Readings {
    Readings::by(settings.data(), settings.models().join("base"))
}

fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {percent}% {elapsed} 剩 {eta}");
    ProgressBar::new(1).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn moved(bar: &ProgressBar, done: usize, all: usize) {
    bar.set_length(all as u64);
    bar.set_position(done as u64);
}

fn unreadable(path: &Path, error: std::io::Error) -> Error {
    let shown = path.display();
    Error::setup(format!("无法读取 {shown}"), format!("cannot read {shown}")).because(error)
}

fn unwritable(path: &Path, error: std::io::Error) -> Error {
    let shown = path.display();
    Error::setup(format!("无法写入 {shown}"), format!("cannot write {shown}")).because(error)
}

fn wrong_themes(path: &Path, error: &toml::de::Error) -> Error {
    let shown = path.display();
    Error::invalid(format!("{shown} 不是主题表"), format!("{shown} is not a file of themes")).at(
        "/",
        "写法不对，见英文说明",
        error.message(),
    )
}
