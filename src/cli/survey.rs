//! `guikou survey`: opinion surveys from a file of answers to a summary, without a running service.

mod told;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono::Local;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

use crate::case::document::Edition;
use crate::case::{Checklist, QuestionKind, Survey};
use crate::cli::show::{BAD, FAINT, GOOD, PLAIN};
use crate::config::Settings;
use crate::dataset::survey as files;
use crate::error::{Error, Result};
use crate::http;
use crate::insight::Insight;
use crate::report::{Print, print};
use crate::store::Store;
use crate::survey::{self, By, FrameBody, More, Readings};
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
    /// 保存一次调查：答卷和确认过的 survey.toml；或给已有的调查补充答卷
    Add {
        #[arg(value_name = "文件")]
        file: PathBuf,
        /// 确认过的问卷
        #[arg(long, value_name = "文件", required_unless_present = "to", conflicts_with = "to")]
        survey: Option<PathBuf>,
        /// 补充到这次调查：已有的答卷不重复保存，主题表和确认过的答案不变
        #[arg(long, value_name = "编号")]
        to: Option<String>,
        /// 谁提交的
        #[arg(long, value_name = "岗位")]
        actor: Option<String>,
    },
    /// 列出各次调查
    List,
    /// 封闭题结果：各选项的份数、占比和 95% 区间，满意率
    Figures(told::Figures),
    /// 数字背后的答案，文字已脱敏
    Answers(told::Answers),
    /// 归纳开放题的主题，写成文件供修改；签认过的照旧，只补充新主题
    Propose {
        #[arg(value_name = "编号")]
        id: String,
        /// 主题表文件
        #[arg(long, value_name = "文件")]
        out: Option<PathBuf>,
        /// 放弃改过或签认过的主题表，重新归纳；须给出所看到的版本
        #[arg(long, value_name = "版本")]
        anew: Option<i64>,
        /// 谁要归纳的
        #[arg(long, value_name = "岗位")]
        actor: Option<String>,
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
    /// 删除一次调查，连同答卷和主题表，不能恢复；审计留有记录
    Delete {
        #[arg(value_name = "编号")]
        id: String,
        /// 谁删除的
        #[arg(long, value_name = "岗位")]
        actor: Option<String>,
    },
}

/// Runs one verb; 1 where a file must be mended first.
pub fn run(settings: &Settings, wanted: &Surveys) -> Result<ExitCode> {
    match &wanted.what {
        What::Check { file, survey, write } => return check(settings, file, survey.as_deref(), write.as_deref()),
        What::Add { file, survey: Some(survey), actor, .. } => add(settings, file, survey, actor.clone())?,
        What::Add { file, to, actor, .. } => more(settings, file, to.as_deref().unwrap_or_default(), actor.clone())?,
        What::List => list(settings)?,
        What::Figures(asked) => asked.run(http::surveying(&loaded(settings)?))?,
        What::Answers(asked) => asked.run(http::surveying(&loaded(settings)?))?,
        What::Propose { id, out, anew, actor } => propose(settings, id, out.as_deref(), *anew, actor.clone())?,
        What::Sign { id, themes, actor } => sign(settings, id, themes.as_deref(), actor.clone())?,
        What::Summary { id, out, public } => summary(settings, id, out, *public)?,
        What::Delete { id, actor } => {
            store(settings)?.delete_survey(id, actor.as_deref(), Local::now().to_utc())?;
            anstream::println!("{GOOD}已删除 {id}{PLAIN}");
        }
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

fn add(settings: &Settings, file: &Path, survey: &Path, actor: Option<String>) -> Result<()> {
    let (triage, survey) = (loaded(settings)?, read_survey(survey)?);
    let bytes = std::fs::read(file).map_err(|error| unreadable(file, error))?;
    let offset = settings.http.import_offset;
    let upload = survey::Upload { name: file, bytes, survey, offset, actor, now: Local::now().to_utc() };
    let kept = survey::keep(http::surveying(&triage), upload)?;
    told(&kept.checklist);
    anstream::println!("{GOOD}已保存 {}{PLAIN}：{} 份答卷", kept.id, kept.answers.len());
    if kept.survey.of_kind(QuestionKind::Open).next().is_some() {
        anstream::println!("下一步：guikou survey propose {} --out themes.toml", kept.id);
    }
    Ok(())
}

fn more(settings: &Settings, file: &Path, id: &str, actor: Option<String>) -> Result<()> {
    let triage = loaded(settings)?;
    let bytes = std::fs::read(file).map_err(|error| unreadable(file, error))?;
    let (offset, now) = (settings.http.import_offset, Local::now().to_utc());
    let added = survey::add(http::surveying(&triage), id, More { name: file, bytes, offset, actor, now })?;
    let (new, standing, all) = (added.added, added.standing, added.survey.respondents);
    anstream::println!("{GOOD}已补充 {new} 份{PLAIN}，已有 {standing} 份没有重复保存，现共 {all} 份答卷");
    if added.survey.unmapped > 0 {
        let unmapped = added.survey.unmapped;
        anstream::println!(
            "{unmapped} 条开放题答案还没有归类。下一步：guikou survey sign {id}；要补充新主题先 propose"
        );
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

fn propose(settings: &Settings, id: &str, out: Option<&Path>, anew: Option<i64>, actor: Option<String>) -> Result<()> {
    let (triage, bar) = (loaded(settings)?, bar());
    let (ground, by) = (http::surveying(&triage), By { actor, now: Local::now().to_utc() });
    let progress = |done: usize, all: usize| moved(&bar, done, all);
    let proposed = survey::propose(ground, &readings(settings), id, anew, &by, &progress)?;
    bar.finish_and_clear();
    if proposed.is_none() {
        anstream::println!("现有主题之外没有成团的新意见，主题表未变");
    }
    let Some(body) = proposed.map_or_else(|| survey::frame_of(ground, id), |body| Ok(Some(body)))? else {
        return Ok(());
    };
    themes(&body);
    if let Some(path) = out {
        let file = files::ThemesFile { version: Some(body.version), frame: body.frame };
        std::fs::write(path, file.written()?).map_err(|error| unwritable(path, error))?;
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
    let by = By { actor, now };
    let version = match themes {
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, error))?;
            survey::change_by(ground, id, files::ThemesFile::read(&text)?, by.clone())?.version
        }
        None => survey::frame_of(ground, id)?.map_or(0, |body| body.version),
    };
    let progress = |done: usize, all: usize| moved(&bar, done, all);
    let body = survey::sign(ground, &readings(settings), id, version, &by, &progress)?;
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

fn moved(bar: &ProgressBar, done: usize, all: usize) -> Result<()> {
    bar.set_length(all as u64);
    bar.set_position(done as u64);
    Ok(())
}

fn unreadable(path: &Path, error: std::io::Error) -> Error {
    let shown = path.display();
    Error::setup(format!("无法读取 {shown}"), format!("cannot read {shown}")).because(error)
}

fn unwritable(path: &Path, error: std::io::Error) -> Error {
    let shown = path.display();
    Error::setup(format!("无法写入 {shown}"), format!("cannot write {shown}")).because(error)
}
