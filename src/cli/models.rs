//! `guikou models`: which models there are, which of two is better, and which one is in service.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use crate::cli::learn::{Bar, columns};
use crate::cli::show;
use crate::config::Settings;
use crate::error::{Error, Result};
use crate::learning::gate::{self, Contender, Duel, Texts, Verdict};
use crate::learning::registry::{self, Activation};
use crate::learning::same;
use crate::routing::Thresholds;
use crate::taxonomy::Taxonomy;
use crate::text::Reader;
use crate::triage;

#[derive(Args)]
pub struct Models {
    #[command(subcommand)]
    action: Option<Action>,
}

const HELP: &str = "{about}\n\n用法：{usage}\n\n{all-args}{after-help}";

#[derive(Subcommand)]
enum Action {
    /// 两个模型在同一份标注文件上的成绩、差和区间
    #[command(override_usage = "guikou models compare [选项] <甲> <乙> <文件>...", help_template = HELP, next_help_heading = "选项")]
    Compare(Compare),
    /// 启用一个模型；重启服务后生效
    #[command(override_usage = "guikou models activate [选项] <名称>", help_template = HELP, next_help_heading = "选项")]
    Activate(Activate),
    /// 退回上一个启用的模型；重启服务后生效
    #[command(override_usage = "guikou models rollback [选项]", help_template = HELP, next_help_heading = "选项")]
    Rollback {
        /// 理由，记入 active.json
        #[arg(long, value_name = "文字")]
        reason: Option<String>,
    },
}

#[derive(Args)]
struct Compare {
    /// 模型库里的名称，或模型目录
    #[arg(value_name = "甲")]
    first: String,
    /// 与甲相比的另一个
    #[arg(value_name = "乙")]
    second: String,
    /// 标注文件：CSV、XLSX、JSONL，可以多个
    #[arg(value_name = "文件", required = true)]
    files: Vec<PathBuf>,
    /// 列名对应，例如 text=留言详情,category=一级标签
    #[arg(long, value_name = "对应")]
    map: Option<String>,
    /// 输出 JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Activate {
    /// 模型库里的名称
    #[arg(value_name = "名称")]
    name: String,
    /// 先在这份标注文件上与当前模型相比，较差则不启用
    #[arg(long, value_name = "文件")]
    gate: Option<PathBuf>,
    /// 闸门文件的列名对应
    #[arg(long, value_name = "对应", requires = "gate")]
    map: Option<String>,
    /// 理由，记入 active.json
    #[arg(long, value_name = "文字")]
    reason: Option<String>,
    /// 校验或闸门不通过也启用；须写明 --reason
    #[arg(long, requires = "reason")]
    force: bool,
}

/// Lists the models, or does what is asked with them.
pub fn models(settings: &Settings, wanted: Models) -> Result<()> {
    let models = settings.models();
    match wanted.action {
        None => list(settings, &models),
        Some(Action::Compare(wanted)) => compare(settings, &wanted),
        Some(Action::Activate(wanted)) => activate(settings, &models, wanted),
        Some(Action::Rollback { reason }) => {
            let change = registry::rollback(&models, chrono::Local::now().fixed_offset(), reason)?;
            anstream::println!("已退回 {}，版本 {}；重启 guikou serve 后生效", change.name, change.version);
            Ok(())
        }
    }
}

fn list(settings: &Settings, models: &Path) -> Result<()> {
    show::models(&registry::list(models)?);
    if settings.names_model() {
        let named = settings.model()?;
        anstream::println!("另由设置 model 直接指定：{}，它优先于启用的模型", named.display());
    }
    Ok(())
}

fn compare(settings: &Settings, wanted: &Compare) -> Result<()> {
    let both = [&wanted.first, &wanted.second].map(|named| settings.named(Path::new(named)));
    let duel = duel(settings, (&wanted.files, Texts::All), wanted.map.as_deref(), &both)?;
    if wanted.json {
        return show::json(&duel);
    }
    show::duel(&duel);
    Ok(())
}

fn activate(settings: &Settings, models: &Path, wanted: Activate) -> Result<()> {
    let (serving, dir) = (settings.model()?, registry::folder(models, &wanted.name)?);
    if let Some(file) = wanted.gate {
        if same(&serving, &dir) {
            return Err(Error::invalid(
                format!("{} 正在使用，与自己比不出高下：不必 --gate", wanted.name),
                format!("{} is in service, a comparison with itself says nothing: leave out --gate", wanted.name),
            ));
        }
        pass(settings, file, wanted.map.as_deref(), &[serving.clone(), dir])?;
    }
    let at = chrono::Local::now().fixed_offset();
    let activation = Activation { at, reason: wanted.reason, force: wanted.force };
    let taxonomy = Taxonomy::load(&settings.data())?;
    let change = registry::activate(models, &wanted.name, &serving, activation, &taxonomy)?;
    anstream::println!("已启用 {}，版本 {}；重启 guikou serve 后生效", change.name, change.version);
    Ok(())
}

/// Marks champion and challenger, tells it, and leaves the verdict beside the challenger's card.
pub fn pass(settings: &Settings, file: PathBuf, map: Option<&str>, both: &[PathBuf; 2]) -> Result<Verdict> {
    let verdict = gate::judge(duel(settings, (&[file], Texts::Unseen), map, both)?)?;
    verdict.save(&both[1])?;
    show::duel(&verdict.duel);
    Ok(verdict)
}

fn duel(settings: &Settings, asked: (&[PathBuf], Texts), map: Option<&str>, both: &[PathBuf; 2]) -> Result<Duel> {
    let (reader, taxonomy) = (Reader::load(&settings.data())?, Taxonomy::load(&settings.data())?);
    let [champion, challenger] = [contender(&both[0], &taxonomy, &reader)?, contender(&both[1], &taxonomy, &reader)?];
    let bar = Bar::new();
    let tell = |done: usize, all: usize| bar.at("比较", done, all, "比较".into());
    let duel = gate::compare(asked, &columns(map)?, [&champion, &challenger], &reader, &taxonomy, &tell)?;
    bar.done();
    Ok(duel)
}

/// A model folder as it would serve.
pub fn contender(dir: &Path, taxonomy: &Taxonomy, reader: &Reader) -> Result<Contender> {
    Contender::of(dir, triage::model(dir, taxonomy, reader)?, Thresholds::load(dir)?)
}
