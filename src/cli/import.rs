//! `guikou import`: files of complaints into a store; the mapping is shown and asked about before anything is kept.

use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{FixedOffset, Local};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::show::{BAD, FAINT, GOOD, PLAIN};
use crate::config::Settings;
use crate::dataset::{self, Columns, Fault, Intake, Item};
use crate::error::{Error, Result};
use crate::http;
use crate::store::{Job, Progress, State, Store};
use crate::text::Reader;
use crate::triage::{Pace, Triage, give_up_imports, masked_faults};

/// Cases thought about and kept at once.
const AT_ONCE: usize = 64;
/// Rows shown before asking, and characters of each.
const SAMPLES: usize = 3;
const SHORT: usize = 40;

#[derive(Args)]
pub struct Import {
    /// 来件文件：CSV（UTF-8 或 GB18030）、XLSX、JSONL，可以多个
    #[arg(value_name = "文件", required = true)]
    files: Vec<PathBuf>,
    /// 案件库（SQLite 文件）；服务正在使用的库请改用 POST /v1/imports
    #[arg(long, value_name = "文件")]
    pub store: Option<String>,
    /// 列名对应，例如 text=诉求内容,reporter=联系电话；写 area_code= 则不读那一列
    #[arg(long, value_name = "对应")]
    map: Option<String>,
    /// 只读取并报告问题，不保存
    #[arg(long)]
    dry_run: bool,
    /// 不询问，按所示的列名对应导入
    #[arg(long)]
    yes: bool,
}

/// Imports one file after the other; 1 where a line was not kept or the work was cut short.
pub fn import(settings: &Settings, import: &Import) -> Result<ExitCode> {
    let columns = import.map.as_deref().map_or_else(|| Ok(Columns::default()), Columns::parse_intake)?;
    let asks = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    if !import.dry_run && !import.yes && import.map.is_none() && !asks {
        return Err(Error::invalid(
            "不是在终端上，无法确认列名对应：请先用 --dry-run 看一遍，再加 --yes 或 --map",
            "not on a terminal, so the mapping cannot be confirmed: look with --dry-run, then give --yes or --map",
        ));
    }
    let desk = Desk {
        reader: Reader::load(&settings.data())?,
        offset: settings.http.import_offset,
        asks: asks && !import.yes,
        columns,
    };
    let files = import.files.iter().filter(|file| {
        let ours = dataset::holds_faults(file);
        if ours {
            anstream::eprintln!("{FAINT}略过 {}：这是上次导入的问题清单{PLAIN}", file.display());
        }
        !ours
    });
    let whole = match import.dry_run {
        true => files.map(|file| desk.look(file)).collect::<Result<Vec<bool>>>()?,
        false => {
            let service = Service::start(settings)?;
            files.map(|file| desk.take_in(file, &service)).collect::<Result<Vec<bool>>>()?
        }
    };
    Ok(if whole.into_iter().all(|whole| whole) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What cases are kept with, and whether it was told to stop.
struct Service {
    triage: Triage,
    stopped: Arc<AtomicBool>,
}

impl Service {
    fn start(settings: &Settings) -> Result<Self> {
        let path = settings
            .store
            .as_deref()
            .ok_or_else(|| Error::invalid("请用 --store 指明案件库", "name the store with --store"))?;
        let store = Store::open(Some(path))?;
        give_up_imports(&store, now())?;
        let (model, broken) = settings.model_anyhow();
        let triage = Triage::load(&settings.data(), &model)?.also_lacking(broken);
        let triage = triage.judging_by(settings.issues).keeping_in(store)?;
        for lacking in triage.lacking() {
            tracing::warn!("{}", lacking.zh);
        }
        let stopped = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stopped);
        http::when_told_to_stop(move || {
            told.store(true, Ordering::Relaxed);
            anstream::eprintln!("正在结束当前一批……");
        })?;
        Ok(Self { triage, stopped })
    }

    fn stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

fn now() -> chrono::DateTime<FixedOffset> {
    Local::now().fixed_offset()
}

/// How files are read and asked about.
struct Desk {
    reader: Reader,
    columns: Columns,
    offset: FixedOffset,
    asks: bool,
}

impl Desk {
    /// Reads a file and tells what is wrong with it; whether nothing is.
    fn look(&self, file: &Path) -> Result<bool> {
        let intake = dataset::read_complaints(file, &self.columns, self.offset)?;
        self.show(file, &intake);
        anstream::println!("{}：{}，没有保存任何内容", file.display(), read(&intake));
        self.tell(file, intake.faults, false)
    }

    /// Reads a file and keeps its complaints; whether all of them are kept now.
    fn take_in(&self, file: &Path, service: &Service) -> Result<bool> {
        if service.stopped() {
            anstream::println!("{}：没有导入", file.display());
            return Ok(false);
        }
        let intake = dataset::read_complaints(file, &self.columns, self.offset)?;
        self.show(file, &intake);
        if self.asks && !agreed()? {
            anstream::println!("{}：没有导入；列名对应可用 --map 改正", file.display());
            return Ok(false);
        }
        let told = read(&intake);
        let name = file.file_name().map(|name| name.to_string_lossy());
        let job = service.triage.announce(&intake, name.as_deref(), now())?;
        let Intake { items, faults, unnumbered, .. } = intake;
        let ended = keep(service, &job, items)?;
        let (kept, standing) = (ended.outcome.kept, ended.outcome.standing);
        anstream::println!("{}：{told}；{GOOD}保存 {kept} 件{PLAIN}，已有 {standing} 件", file.display());
        if ended.state != State::Done {
            let left = ended.total - ended.done;
            anstream::println!("{BAD}中途停止{PLAIN}，还有 {left} 件：再运行同一命令即可接着导入，已保存的不会重复");
        }
        let clean = self.tell(file, faults, unnumbered > 0)?;
        Ok(clean && ended.state == State::Done)
    }

    /// What was understood: the mapping and a few rows, masked and short.
    fn show(&self, file: &Path, intake: &Intake) {
        anstream::eprintln!("{}\n  列名对应：{}", file.display(), intake.columns);
        for Item { line, complaint, reporter } in intake.items.iter().take(SAMPLES) {
            let text = self.short(complaint.text.as_str());
            let title = complaint.title.as_deref().map(|title| self.short(title)).unwrap_or_default();
            let time = complaint.received_at.map(|at| at.format("%Y-%m-%d %H:%M ").to_string()).unwrap_or_default();
            let reporter = if reporter.is_some() { "" } else { "（没有诉求人）" };
            anstream::eprintln!("  {FAINT}第 {line} 行{PLAIN} {time}{title} {text}{FAINT}{reporter}{PLAIN}");
        }
    }

    /// Masked first: a number cut in two is not known as one.
    fn short(&self, text: &str) -> String {
        let masked = self.reader.mask(text).replace(char::is_whitespace, " ");
        let more = if masked.chars().count() > SHORT { "…" } else { "" };
        masked.chars().take(SHORT).chain(more.chars()).collect()
    }

    /// Writes what is wrong beside the file and says how much; whether nothing is.
    fn tell(&self, file: &Path, faults: Vec<Fault>, unnumbered: bool) -> Result<bool> {
        if faults.is_empty() {
            return Ok(true);
        }
        let faults = masked_faults(faults, &self.reader);
        let mut lines: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for fault in &faults {
            *lines.entry((fault.pointer, &fault.saying.zh)).or_default() += 1;
        }
        let beside = dataset::faults_beside(file);
        dataset::write_faults(&beside, &faults)?;
        anstream::println!("{BAD}{} 处有问题{PLAIN}，逐行写在 {}：", faults.len(), beside.display());
        for ((pointer, saying), count) in lines {
            anstream::println!("  {count} 处 {FAINT}{pointer}{PLAIN} {saying}");
        }
        if unnumbered {
            anstream::println!("  这个文件没有编号列：请把改好的行另存为一个文件导入；改动原文件再整份导入会重复");
        }
        Ok(false)
    }
}

fn read(intake: &Intake) -> String {
    let lines: std::collections::BTreeSet<usize> = intake.faults.iter().map(|fault| fault.line).collect();
    format!("读入 {} 件，另有 {} 行有问题", intake.items.len(), lines.len())
}

/// Asks; anything but an explicit yes is no.
fn agreed() -> Result<bool> {
    anstream::eprint!("按以上列名对应导入吗？[y/N] ");
    let mut answer = String::new();
    let failed = |error| Error::invalid("读不到回答", "no answer can be read").because(error);
    std::io::stdin().lock().read_line(&mut answer).map_err(failed)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes" | "是"))
}

/// Keeps them all, or as many as came before it was told to stop.
fn keep(service: &Service, job: &Job, items: Vec<Item>) -> Result<Job> {
    let bar = ProgressBar::new(items.len() as u64);
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} 件  {per_sec}  还需 {eta}") {
        bar.set_style(style);
    }
    let go_on = |progress: Progress| {
        bar.set_position(progress.done as u64);
        if service.stopped() { ControlFlow::Break(State::Cancelled) } else { ControlFlow::Continue(()) }
    };
    let ended = service.triage.import(job, items, &Pace { at_once: AT_ONCE, clock: &now, go_on: &go_on });
    bar.finish_and_clear();
    ended
}
