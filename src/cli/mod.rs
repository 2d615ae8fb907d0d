//! Face: the command line. Reads the arguments, builds everything once, and turns outcomes into exit codes:
//! 0 done, 1 failed, 2 used wrongly. Standard output is the answer; log and progress go to standard error.

mod backup;
mod check;
mod export;
mod hotspots;
mod import;
mod learn;
mod log;
mod models;
mod monthly;
mod picture;
mod report;
mod show;
mod survey;
mod when;

use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::case::{Complaint, ComplaintText};
use crate::config::{Config, Settings};
use crate::error::{Error, Result};
use crate::http::{Server, told_to_stop};
use crate::store::Store;
use crate::triage::{Shadow, Triage, Wanted};

const EXAMPLES: &str = "\
示例：
  guikou serve --demo                    启动服务并打开 http://127.0.0.1:8345
  guikou route \"小区楼下烧烤店油烟大\"      派单建议
  cat 诉求.txt | guikou route - --json   从标准输入读取，输出 JSON
  guikou check                           校验数据目录与模型

退出码：0 成功，1 失败，2 用法错误";

/// 归口：12345 热线诉求的分类、归口与依据，全部在本机计算
#[derive(Parser)]
#[command(name = "guikou", version, after_help = EXAMPLES, help_template = TEMPLATE, disable_help_subcommand = true,
    disable_help_flag = true, disable_version_flag = true, subcommand_help_heading = "命令",
    override_usage = "guikou [选项] <命令>")]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

const TEMPLATE: &str = "{about}\n\n用法：{usage}\n\n{all-args}{after-help}";

#[derive(Args)]
#[command(next_help_heading = "通用选项")]
struct Common {
    /// 设置文件（TOML）
    #[arg(long, global = true, env = "GUIKOU_CONFIG", value_name = "文件")]
    config: Option<PathBuf>,
    /// 数据目录，默认 ./data
    #[arg(long, global = true, value_name = "目录")]
    data: Option<String>,
    /// 模型目录，默认为模型库里当前启用的
    #[arg(long, global = true, value_name = "目录")]
    model: Option<String>,
    /// 模型库目录，默认 ./models
    #[arg(long, global = true, value_name = "目录")]
    models: Option<String>,
    /// 日志级别：error、warn、info、debug、trace
    #[arg(long, global = true, value_name = "级别")]
    log_level: Option<String>,
    /// 日志格式：text 或 json
    #[arg(long, global = true, value_name = "格式")]
    log_format: Option<String>,
    /// 打印帮助
    #[arg(short, long, global = true, action = clap::ArgAction::Help)]
    help: Option<bool>,
    /// 打印版本
    #[arg(short = 'V', long, action = clap::ArgAction::Version)]
    version: Option<bool>,
}

#[derive(Subcommand)]
enum Command {
    /// 启动 HTTP 服务和网页
    #[command(override_usage = "guikou serve [选项]", help_template = TEMPLATE, next_help_heading = "选项", after_help = SERVE_EXAMPLES)]
    Serve(Serve),
    /// 给一段诉求的派单建议
    #[command(override_usage = "guikou route [选项] <文本|->", help_template = TEMPLATE, next_help_heading = "选项", after_help = ROUTE_EXAMPLES)]
    Route(Route),
    /// 分词：词性、关键词、地点、脱敏
    #[command(override_usage = "guikou segment [选项] <文本|->", help_template = TEMPLATE, next_help_heading = "选项")]
    Segment(Segment),
    /// 导入来件文件，保存为案件
    #[command(override_usage = "guikou import [选项] --store <文件> <文件>...", help_template = TEMPLATE, next_help_heading = "选项", after_help = IMPORT_EXAMPLES)]
    Import(import::Import),
    /// 校验分类、单位、派单目录、办理期限、预警规则、地名、词典、语料和模型；或检查案件库
    #[command(override_usage = "guikou check [选项]", help_template = TEMPLATE, next_help_heading = "选项", after_help = CHECK_EXAMPLES)]
    Check {
        /// 只检查这个案件库：完整性、审计链、空间；服务运行时也可以
        #[arg(long, value_name = "文件")]
        store: Option<PathBuf>,
    },
    /// 备份案件库，不必停止服务
    #[command(override_usage = "guikou backup [选项] --store <案件库> <文件>", help_template = TEMPLATE, next_help_heading = "选项", after_help = BACKUP_EXAMPLES)]
    Backup(backup::Backup),
    /// 从备份恢复案件库
    #[command(override_usage = "guikou restore [选项] --store <案件库> <文件>", help_template = TEMPLATE, next_help_heading = "选项", after_help = BACKUP_EXAMPLES)]
    Restore(backup::Restore),
    /// 导出案件：CSV、XLSX、JSONL 或 Parquet，供统计、BI 和重新训练
    #[command(override_usage = "guikou export [选项] --store <案件库> --out <文件>|--monthly <目录>", help_template = TEMPLATE, next_help_heading = "选项", after_help = EXPORT_EXAMPLES)]
    Export(Box<export::Export>),
    /// 统计：诉求量、热点、趋势、预警、各单位办理情况；日报、周报、月报、专报
    #[command(override_usage = "guikou report [选项] <统计> --store <案件库>", help_template = TEMPLATE, subcommand_help_heading = "统计", next_help_heading = "选项", disable_help_subcommand = true, after_help = REPORT_EXAMPLES)]
    Report(Box<report::Report>),
    /// 民意调查：答卷进，主题归纳和签认，调查报告出
    #[command(override_usage = "guikou survey [选项] <命令>", help_template = TEMPLATE, subcommand_help_heading = "命令", next_help_heading = "选项", disable_help_subcommand = true, after_help = SURVEY_EXAMPLES)]
    Survey(survey::Surveys),
    /// 用标注文件训练模型
    #[command(override_usage = "guikou train [选项] --out <目录> <文件>...", help_template = TEMPLATE, next_help_heading = "选项", after_help = TRAIN_EXAMPLES)]
    Train(Box<learn::Train>),
    /// 评测模型，并列出线性基线
    #[command(override_usage = "guikou eval [选项] <文件>...", help_template = TEMPLATE, next_help_heading = "选项", after_help = EVAL_EXAMPLES)]
    Eval(learn::Eval),
    /// 用复核样本校准模型：概率、各路的份额、自动派单阈值；不动权重
    #[command(override_usage = "guikou tune [选项] <文件>...", help_template = TEMPLATE, next_help_heading = "选项", after_help = TUNE_EXAMPLES)]
    Tune(learn::Tune),
    /// 列出模型；比较、启用、退回
    #[command(override_usage = "guikou models [选项] [compare|activate|rollback]", help_template = TEMPLATE, subcommand_help_heading = "命令", disable_help_subcommand = true, after_help = MODELS_EXAMPLES)]
    Models(models::Models),
    /// 打印当前生效的设置及其来源（密钥隐去）
    #[command(override_usage = "guikou config [选项]", help_template = TEMPLATE)]
    Config,
    /// 生成命令补全脚本
    #[command(override_usage = "guikou completions <bash|zsh|fish|powershell|elvish>", help_template = TEMPLATE, next_help_heading = "选项", after_help = COMPLETIONS_EXAMPLES)]
    Completions {
        /// 终端类型
        #[arg(value_name = "SHELL")]
        shell: clap_complete::Shell,
    },
}

const SERVE_EXAMPLES: &str = "\
示例：
  guikou serve --demo
  guikou serve --store cases.db
  guikou serve --listen 127.0.0.1:9000 --config guikou.toml
  GUIKOU_HTTP__API_KEYS_FILE=/etc/guikou/keys guikou serve --listen 0.0.0.0:8345";

const ROUTE_EXAMPLES: &str = "\
示例：
  guikou route \"长虹路北段工地每天凌晨两点还在打桩\"
  guikou route --json - < 诉求.txt";

const IMPORT_EXAMPLES: &str = "\
示例：
  guikou import 工单.xlsx --dry-run
  guikou import 工单.xlsx --store cases.db
  guikou import 工单*.csv --store cases.db --map text=诉求内容,received_at=来电时间 --yes

有问题的行写在 <文件>.问题.csv；同一文件再导入一次，已保存的不会重复。退出码：有没保存的行为 1";

const TRAIN_EXAMPLES: &str = "\
示例：
  guikou train data/corpus/*.jsonl --out models/mine
  guikou train 工单.xlsx --map text=诉求内容,category=二级分类,unit=承办单位 --out models/city --freeze 3
  guikou train data/corpus/*.jsonl --out models/next --gate 闸门.csv --corrections 复核*.csv";

const EVAL_EXAMPLES: &str = "\
示例：
  guikou eval 复核.csv --json 成绩.json
  guikou eval 复核.csv --model models/mine";

const TUNE_EXAMPLES: &str = "\
示例：
  guikou tune 复核.csv --model models/mine";

const MODELS_EXAMPLES: &str = "\
示例：
  guikou models
  guikou models compare default next 闸门.csv
  guikou models activate next --gate 闸门.csv --reason 加入十一月的更正
  guikou models rollback";

const CHECK_EXAMPLES: &str = "\
示例：
  guikou check
  guikou check --store cases.db";

const BACKUP_EXAMPLES: &str = "\
示例：
  guikou backup --store cases.db 备份-2026-11-23.db
  guikou check --store 备份-2026-11-23.db
  guikou restore 备份-2026-11-23.db --store cases.db --force";

const EXPORT_EXAMPLES: &str = "\
示例：
  guikou export --store cases.db --out 案件.xlsx --from 2026-11-01 --to 2026-11-30
  guikou export --store cases.db --out 更正.csv --settled-only
  guikou train data/corpus/*.jsonl --corrections 更正.csv --out models/next
  guikou export --store cases.db --monthly 月度 （cases-2026-11.parquet …，可用 polars、DuckDB、pandas 直接读）
  guikou export --describe

CSV 为 UTF-8（带 BOM），JSONL 每行一件；XLSX 和 Parquet 里的时间按本机时区";

const SURVEY_EXAMPLES: &str = "\
示例：
  guikou survey check 答卷.xlsx --write survey.toml
  guikou survey add 答卷.xlsx --survey survey.toml --store cases.db
  guikou survey propose s_… --store cases.db --out themes.toml
  guikou survey sign s_… --store cases.db --themes themes.toml
  guikou survey summary s_… --store cases.db --out 调查报告.docx
  guikou survey add 后来的答卷.xlsx --to s_… --store cases.db

个人信息的列不读，文字脱敏后才保存。主题由程序提出，人改过、签认后才计数。";

const REPORT_EXAMPLES: &str = "\
示例：
  guikou report volumes --store cases.db --from 2026-11-01 --to 2026-11-30
  guikou report volumes --store cases.db --by district,domain --top 10
  guikou report volumes --store cases.db --out 诉求量.xlsx
  guikou report alerts --store cases.db --level red
  guikou report hotspots --store cases.db --details --out 明细.xlsx
  guikou report weekly --store cases.db -o 周报.docx
  guikou report special --store cases.db --category 0706 --from 2026-11-01 --to 2026-11-20 -o 油烟专报.docx
  guikou report monthly --store cases.db --edition public --archive 报告 （可由 cron 定时运行）

不给 --out 就打印表格；给了就写成文件，格式看文件名的结尾（csv、xlsx、jsonl、parquet；日报、周报、月报、专报为 md、html、docx、xlsx）。服务运行时也可以统计";

const COMPLETIONS_EXAMPLES: &str = "\
示例：
  guikou completions bash > /etc/bash_completion.d/guikou";

#[derive(Args)]
struct Serve {
    /// 监听地址，默认 127.0.0.1:8345
    #[arg(long, value_name = "地址:端口")]
    listen: Option<String>,
    /// 案件库（SQLite 文件）；不给则保存在内存，退出即失
    #[arg(long, value_name = "文件")]
    store: Option<String>,
    /// 影子模型（名称或目录）：同时作答、只作比较，不影响建议；结果见 GET /v1/models
    #[arg(long, value_name = "模型")]
    shadow: Option<String>,
    /// 演示模式：页面带更多样例，空的案件库先放入近 60 天约 2000 件演示案件
    #[arg(long)]
    demo: bool,
}

#[derive(Args)]
struct Route {
    /// 诉求内容；- 表示从标准输入读取
    #[arg(value_name = "文本")]
    text: String,
    /// 输出 JSON，与接口一致
    #[arg(long)]
    json: bool,
    /// 最多给出几个分类和单位
    #[arg(long, value_name = "数", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=20), hide_default_value = true)]
    top_k: u8,
    /// 不找依据（更快）
    #[arg(long)]
    no_explain: bool,
}

#[derive(Args)]
struct Segment {
    /// 文本；- 表示从标准输入读取
    #[arg(value_name = "文本")]
    text: String,
    /// 输出 JSON，与接口一致
    #[arg(long)]
    json: bool,
}

/// Runs the command of the process's arguments.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    match carry_out(cli) {
        Ok(code) => code,
        Err(error) => {
            anstream::eprintln!("{}错误{}：{}", show::BAD, show::PLAIN, error.chain());
            ExitCode::FAILURE
        }
    }
}

fn carry_out(cli: Cli) -> Result<ExitCode> {
    if let Command::Completions { shell } = cli.command {
        clap_complete::generate(shell, &mut Cli::command(), "guikou", &mut std::io::stdout());
        return Ok(ExitCode::SUCCESS);
    }
    let config = Config::load(cli.common.config.as_deref(), std::env::vars(), &flags(&cli))?;
    let settings = &config.settings;
    log::start(&settings.log)?;
    match cli.command {
        Command::Serve(_) => serve(settings.clone())?,
        Command::Route(route) => advise(settings, &route)?,
        Command::Segment(segment) => cut(settings, &segment)?,
        Command::Import(import) => return import::import(settings, &import),
        Command::Check { store: Some(store) } => return backup::check(&store),
        Command::Check { store: None } => return check::check(settings),
        Command::Backup(backup) => backup::back_up(settings, &backup)?,
        Command::Restore(restore) => backup::restore(settings, &restore)?,
        Command::Export(export) => export::run(settings, &export)?,
        Command::Report(report) => report::run(settings, &report)?,
        Command::Survey(wanted) => return survey::run(settings, &wanted),
        Command::Train(train) => learn::train(settings, &train)?,
        Command::Eval(eval) => learn::evaluate(settings, &eval)?,
        Command::Tune(tune) => learn::tune(settings, &tune)?,
        Command::Models(models) => models::models(settings, models)?,
        Command::Config => anstream::print!("{}", config.show()),
        Command::Completions { .. } => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// The flags that are settings, as the last layer.
fn flags(cli: &Cli) -> Vec<(&'static str, &'static str, String)> {
    let common = &cli.common;
    let mut flags = vec![
        ("--data", "data", common.data.clone()),
        ("--model", "model", common.model.clone()),
        ("--models", "models", common.models.clone()),
        ("--log-level", "log.level", common.log_level.clone()),
        ("--log-format", "log.format", common.log_format.clone()),
    ];
    if let Command::Serve(serve) = &cli.command {
        flags.push(("--listen", "http.listen", serve.listen.clone()));
        flags.push(("--store", "store", serve.store.clone()));
        flags.push(("--shadow", "shadow", serve.shadow.clone()));
        flags.push(("--demo", "http.demo", serve.demo.then(|| "true".to_owned())));
    }
    let store = match &cli.command {
        Command::Import(import) => &import.store,
        Command::Backup(backup) => &backup.store,
        Command::Restore(restore) => &restore.store,
        Command::Export(export) => &export.store,
        Command::Report(report) => &report.store,
        Command::Survey(wanted) => &wanted.store,
        _ => &None,
    };
    flags.push(("--store", "store", store.clone()));
    flags.into_iter().filter_map(|(flag, key, value)| Some((flag, key, value?))).collect()
}

fn serve(settings: Settings) -> Result<()> {
    let server = Server::bind(settings.http.clone())?.alerting(&settings.alerts)?.reporting(&settings.reports);
    let base = settings.models().join("base");
    let server = server.measuring_by(settings.measures()).surveying_by(settings.data(), base);
    let address = server.address()?;
    tracing::info!("正在监听 http://{address}");
    let store = Store::open(settings.store.as_deref())?;
    let (model, broken) = settings.model_anyhow();
    let load = move || {
        let triage = Triage::load(&settings.data(), &model)?.also_lacking(broken);
        let triage = triage.judging_by(settings.issues).keeping_in(store)?;
        Ok(match &settings.shadow {
            Some(shadow) => beside(triage, &settings.data(), &settings.named(shadow)),
            None => triage,
        })
    };
    server.run(load, told_to_stop())
}

/// With a shadow model, or without it where it cannot be loaded: intake goes on either way.
fn beside(triage: Triage, data: &Path, shadow: &Path) -> Triage {
    match Shadow::start(data, shadow, chrono::Local::now().fixed_offset()) {
        Ok(shadow) => {
            tracing::info!("影子模型 {} 已启动，版本 {}", shadow.name, shadow.version);
            triage.beside(shadow)
        }
        Err(error) => {
            tracing::warn!("影子模型没有载入，只用当前模型作答：{}", error.chain());
            triage
        }
    }
}

fn advise(settings: &Settings, route: &Route) -> Result<()> {
    let received_at = Some(chrono::Local::now().fixed_offset());
    let complaint = Complaint { received_at, ..Complaint::of(ComplaintText::parse(given(&route.text)?)?) };
    let triage = Triage::load(&settings.data(), &settings.model()?)?;
    let wanted = Wanted { top_k: route.top_k.into(), explain: !route.no_explain };
    let suggestion = triage.suggest(&[complaint], wanted).pop();
    let lost = || Error::internal("没有得到建议", "no suggestion came");
    let suggestion = suggestion.ok_or_else(lost)??;
    match route.json {
        true => show::json(&suggestion),
        false => {
            show::suggestion(&suggestion, triage.taxonomy());
            Ok(())
        }
    }
}

fn cut(settings: &Settings, segment: &Segment) -> Result<()> {
    let text = ComplaintText::parse(given(&segment.text)?)?;
    let triage = Triage::load(&settings.data(), &settings.model()?)?;
    let (read, location) = triage.segment(&text);
    match segment.json {
        true => show::json(&crate::http::Segments::of(read, location)),
        false => {
            show::segmented(&read, location.as_ref());
            Ok(())
        }
    }
}

/// The argument, or standard input for `-`.
fn given(argument: &str) -> Result<String> {
    if argument != "-" {
        return Ok(argument.to_owned());
    }
    if std::io::stdin().is_terminal() {
        anstream::eprintln!("请输入诉求内容，以 Ctrl+D 结束：");
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(|error| {
        Error::invalid("标准输入读不了，或不是 UTF-8", "standard input cannot be read or is not UTF-8").because(error)
    })?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
