//! `guikou backup`, `guikou restore` and `guikou check --store`: the store's file, copied, put back and looked over.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::Args;

use crate::cli::learn::Bar;
use crate::cli::show::{BAD, FAINT, GOOD, PLAIN};
use crate::config::Settings;
use crate::error::{Error, Result};
use crate::store::{Chain, Health, Store};

#[derive(Args)]
pub struct Backup {
    /// 备份写到哪个文件
    #[arg(value_name = "文件")]
    out: PathBuf,
    /// 案件库（SQLite 文件）；服务运行时也可以备份
    #[arg(long, value_name = "文件")]
    pub store: Option<String>,
    /// 文件已存在时替换它
    #[arg(long)]
    force: bool,
}

#[derive(Args)]
pub struct Restore {
    /// 备份文件
    #[arg(value_name = "文件")]
    file: PathBuf,
    /// 恢复成哪个案件库；须先停止使用它的服务
    #[arg(long, value_name = "文件")]
    pub store: Option<String>,
    /// 案件库已存在时也恢复，原来的库改名为 .old 保留
    #[arg(long)]
    force: bool,
}

/// The store that was set, or what to do where none was.
pub fn store(settings: &Settings) -> Result<&Path> {
    let none = || Error::invalid("请用 --store 指明案件库文件", "name the store with --store");
    settings.store.as_deref().ok_or_else(none)
}

/// Copies the store and prints what the copy holds.
pub fn back_up(settings: &Settings, wanted: &Backup) -> Result<()> {
    let bar = Bar::new();
    let tell = |done: usize, all: usize| bar.at("备份", done, all, "备份".into());
    let health = Store::back_up(store(settings)?, &wanted.out, wanted.force, &tell)?;
    bar.done();
    anstream::println!("{GOOD}✓{PLAIN} 已备份到 {}：{}，已核对", wanted.out.display(), told(&health));
    if let Some(chain) = health.chain.filter(|chain| chain.lines > 0) {
        anstream::println!("  审计末行 {} 封印 {FAINT}{}{PLAIN}", chain.lines, chain.seal);
    }
    Ok(())
}

/// Puts a backup in the store's place and prints what the store holds now.
pub fn restore(settings: &Settings, wanted: &Restore) -> Result<()> {
    let (store, bar) = (store(settings)?, Bar::new());
    let tell = |done: usize, all: usize| bar.at("恢复", done, all, "恢复".into());
    let restored = Store::restore(&wanted.file, store, wanted.force, &tell)?;
    bar.done();
    let health = &restored.health;
    anstream::println!("{GOOD}✓{PLAIN} 已恢复到 {}：{}，已核对", store.display(), told(health));
    if restored.from_format < health.format {
        anstream::println!("  备份是旧格式 {}，已升级到格式 {}", restored.from_format, health.format);
    }
    if let Some(old) = restored.old {
        anstream::println!("  原来的库保留为 {}", old.display());
    }
    Ok(())
}

fn told(health: &Health) -> String {
    let lines = health.chain.as_ref().map_or(0, |chain| chain.lines);
    format!("{} 件案件，{lines} 行审计，{}", health.cases, size(health.bytes))
}

/// Looks the store over and prints what it finds; 1 when anything is wrong.
pub fn check(store: &Path) -> Result<ExitCode> {
    let bar = Bar::new();
    let health = Store::examine(store, &|done, all| bar.at("检查", done, all, "检查案件库".into()))?;
    bar.done();
    let newest = health.newest;
    let older = if health.format < newest {
        format!("（旧；本程序为 {newest}，启动服务时自动升级）")
    } else {
        String::new()
    };
    let good = |line: String| anstream::println!("{GOOD}✓{PLAIN} {line}");
    good(format!("案件库：{}，格式 {}{older}", store.display(), health.format));
    good(format!("案件：{} 件", health.cases));
    good(format!("空间：文件 {}，其中可再用 {}{}", size(health.bytes), size(health.free), room(store)));
    match &health.chain {
        Some(Chain { lines, seal, broken: None }) => good(format!("审计链：{lines} 行，完整 {FAINT}{seal}{PLAIN}")),
        Some(Chain { .. }) => {}
        None => good("审计链：旧格式没有审计".into()),
    }
    if health.flaws.is_empty() {
        good("完整性：文件、外键和各表之间的关系都没有问题".into());
        anstream::println!("{GOOD}全部通过{PLAIN}");
        return Ok(ExitCode::SUCCESS);
    }
    health.flaws.iter().for_each(|flaw| anstream::println!("{BAD}✗{PLAIN} {}", flaw.zh));
    let shown = store.display();
    anstream::println!(
        "{BAD}案件库有问题{PLAIN}：请停止服务，先把 {shown} 及 {shown}-wal 复制一份，再用最近的完好备份恢复：guikou restore 备份文件 \
         --store {shown} --force"
    );
    Ok(ExitCode::FAILURE)
}

/// What is free on the disk, where the system's `df` says so.
fn room(store: &Path) -> String {
    let output = Command::new("df").arg("-Pk").arg(store).env("LC_ALL", "C").output();
    let said =
        output.ok().filter(|output| output.status.success()).and_then(|output| String::from_utf8(output.stdout).ok());
    let free = said.as_deref().and_then(|said| said.lines().nth(1)?.split_whitespace().nth(3)?.parse::<i64>().ok());
    free.map_or_else(String::new, |kibibytes| format!("；磁盘剩余 {}", size(kibibytes * 1024)))
}

/// Bytes for people.
fn size(bytes: i64) -> String {
    const UNITS: [&str; 5] = ["B", "KB", "MB", "GB", "TB"];
    let (mut size, mut unit) = (bytes as f64, 0);
    while size >= 1024.0 && unit < UNITS.len() - 1 {
        (size, unit) = (size / 1024.0, unit + 1);
    }
    let places = usize::from(unit > 0 && size < 100.0);
    format!("{size:.places$} {}", UNITS[unit])
}
