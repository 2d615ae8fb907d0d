//! `guikou train` and `guikou eval`: progress on standard error, marks on standard output.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::{models, picture, show};
use crate::config::Settings;
use crate::dataset::Columns;
use crate::error::{Error, Result};
use crate::learning::seams::Parted;
use crate::learning::tune::Tuned;
use crate::learning::{self, Order, Stage, corrections, eval, events, gate, review, tune};
use crate::model::train::Options;
use crate::routing::Thresholds;
use crate::taxonomy::Taxonomy;
use crate::text::Reader;
use crate::triage;

#[derive(Args)]
pub struct Train {
    /// 标注文件：CSV（UTF-8 或 GB18030）、XLSX、JSONL，可以多个
    #[arg(value_name = "文件", required = true)]
    files: Vec<PathBuf>,
    /// 更正文件：工作中复核过的标注，取代编号或正文相同的样本，并重复学习
    #[arg(long, value_name = "文件", num_args = 1..)]
    corrections: Vec<PathBuf>,
    /// 每条更正每轮最多学几遍；合计不超过一轮的三分之一
    #[arg(long, value_name = "数", default_value_t = corrections::TIMES)]
    times: usize,
    /// 闸门：训练后在这份标注文件上与冠军模型相比，较差则退出码为 1
    #[arg(long, value_name = "文件")]
    gate: Option<PathBuf>,
    /// 冠军模型（名称或目录），默认为当前模型
    #[arg(long, value_name = "模型", requires = "gate")]
    champion: Option<PathBuf>,
    /// 模型写到哪个目录；同一命令被中断后再运行会从检查点继续
    #[arg(long, value_name = "目录", required_unless_present_any = ["review", "events"])]
    out: Option<PathBuf>,
    /// 不训练模型，学习判重：文件要有 event（事件）一列；写进 --out 或当前模型的目录
    #[arg(long, conflicts_with_all = ["gate", "corrections", "review", "average"])]
    events: bool,
    /// 只用来评判重的文件，不从中学习；不给时按事件分五折轮流评
    #[arg(long, value_name = "文件", num_args = 1.., requires = "events")]
    judge: Vec<PathBuf>,
    /// 不训练，写一份复核表（XLSX）：可能标错的标注，和最值得标注的来件
    #[arg(long, value_name = "文件", conflicts_with_all = ["out", "gate", "corrections"])]
    review: Option<PathBuf>,
    /// 从这些没有标注的文件里挑最值得标注的来件
    #[arg(long, value_name = "文件", num_args = 1.., requires = "review")]
    unlabelled: Vec<PathBuf>,
    /// 最多挑几条
    #[arg(long, value_name = "数", default_value_t = 100, requires = "review")]
    rows: usize,
    /// 起步用的编码器目录
    #[arg(long, value_name = "目录", default_value = "models/base")]
    base: PathBuf,
    /// 不训练编码器，取这些训练（同一基座、同样标签）的权重平均；同一目录写两遍算两份；校准取第一个的
    #[arg(long, value_name = "目录", num_args = 1..)]
    average: Vec<PathBuf>,
    /// 列名对应，例如 text=留言详情,category=一级标签
    #[arg(long, value_name = "对应")]
    map: Option<String>,
    /// 留出多少比例用于早停、校准和成绩
    #[arg(long, value_name = "比例", default_value_t = 0.08)]
    held_out: f64,
    /// 冻结：0 全部学习，1 冻结词向量，N 冻结词向量和前 N−1 层（机器小时用）
    #[arg(long, value_name = "层数")]
    freeze: Option<usize>,
    /// 最多几轮
    #[arg(long, value_name = "数")]
    epochs: Option<usize>,
    /// 每步多少条
    #[arg(long, value_name = "数")]
    batch: Option<usize>,
    /// 编码器的最高学习率
    #[arg(long, value_name = "数")]
    rate: Option<f32>,
    /// 文本最长多少个词元
    #[arg(long, value_name = "数")]
    max_tokens: Option<usize>,
    /// 随机种子：同样的文件、参数、核数和种子得到同样的模型
    #[arg(long, value_name = "数")]
    seed: Option<u64>,
    /// 用几个核
    #[arg(long, value_name = "数")]
    workers: Option<usize>,
    /// 模型以什么许可发布，写在模型卡上
    #[arg(long, value_name = "许可", default_value = "Apache-2.0")]
    licence: String,
}

#[derive(Args)]
pub struct Eval {
    /// 标注文件：CSV（UTF-8 或 GB18030）、XLSX、JSONL，可以多个
    #[arg(value_name = "文件", required = true)]
    files: Vec<PathBuf>,
    /// 列名对应，例如 text=留言详情,category=一级标签
    #[arg(long, value_name = "对应")]
    map: Option<String>,
    /// 成绩同时写成 JSON
    #[arg(long, value_name = "文件")]
    json: Option<PathBuf>,
    /// 同时画覆盖率–精确率图（SVG）
    #[arg(long, value_name = "文件")]
    picture: Option<PathBuf>,
    /// 同时打印区间、覆盖率–精确率、各类成绩和易混淆的类
    #[arg(long)]
    full: bool,
}

pub fn columns(map: Option<&str>) -> Result<Columns> {
    map.map_or_else(|| Ok(Columns::default()), Columns::parse)
}

/// Trains a model folder and prints its marks on the held-out part; with `--review`, looks the labels over instead.
pub fn train(settings: &Settings, train: &Train) -> Result<()> {
    if train.events {
        return learn_events(settings, train);
    }
    match (&train.review, &train.out) {
        (Some(sheet), _) => look_over(settings, train, sheet),
        (None, Some(out)) => learn(settings, train, out),
        (None, None) => Err(Error::invalid("请用 --out 指明模型目录", "name the model folder with --out")),
    }
}

/// Learns who tells the same.
fn learn_events(settings: &Settings, train: &Train) -> Result<()> {
    let model = settings.model()?;
    let order = events::Order {
        files: train.files.clone(),
        judged: train.judge.clone(),
        columns: columns(train.map.as_deref())?,
        out: train.out.clone().unwrap_or_else(|| model.clone()),
        model,
    };
    let bar = Bar::new();
    let marks = events::train(&order, &Reader::load(&settings.data())?, &|stage| bar.show(stage))?;
    bar.done();
    anstream::println!("{}", events::shown(&marks, &order.out));
    Ok(())
}

/// Writes the review workbook.
fn look_over(settings: &Settings, train: &Train, sheet: &Path) -> Result<()> {
    let (reader, taxonomy) = (Reader::load(&settings.data())?, Taxonomy::load(&settings.data())?);
    let order = review::Order {
        files: train.files.clone(),
        unlabelled: train.unlabelled.clone(),
        columns: columns(train.map.as_deref())?,
        sheet: sheet.to_owned(),
        rows: train.rows,
        model: settings.model()?,
        seed: train.seed.unwrap_or(Options::default().seed),
        today: chrono::Local::now().date_naive(),
    };
    let bar = Bar::new();
    let done = review::review(&order, &reader, &taxonomy, &|stage| bar.show(stage))?;
    bar.done();
    let (doubts, picks) = (done.review.doubts.len(), done.review.picks.len());
    anstream::println!("已写入 {}：{} 条标注里存疑 {doubts} 条，待标注 {picks} 条", sheet.display(), done.examples);
    Ok(())
}

fn learn(settings: &Settings, train: &Train, out: &Path) -> Result<()> {
    let default = Options::default();
    let options = Options {
        freeze: train.freeze.unwrap_or(default.freeze),
        epochs: train.epochs.unwrap_or(default.epochs).max(1),
        batch: train.batch.unwrap_or(default.batch).max(1),
        rate: train.rate.unwrap_or(default.rate),
        max_tokens: train.max_tokens.unwrap_or(default.max_tokens).clamp(8, 512),
        seed: train.seed.unwrap_or(default.seed),
        workers: train.workers.unwrap_or(default.workers).max(1),
        ..default
    };
    let order = Order {
        files: train.files.clone(),
        corrections: train.corrections.clone(),
        times: train.times,
        columns: columns(train.map.as_deref())?,
        out: out.to_owned(),
        base: train.base.clone(),
        average: train.average.clone(),
        matters: matters(&settings.data())?,
        held_out: train.held_out,
        options,
        licence: train.licence.clone(),
        today: chrono::Local::now().date_naive(),
    };
    let (reader, taxonomy) = (Reader::load(&settings.data())?, Taxonomy::load(&settings.data())?);
    if settings.model().is_ok_and(|model| learning::same(&model, out) && model.join("card.json").is_file()) {
        return Err(Error::invalid(
            "新模型会写进正在使用的模型的目录：请换一个 --out，训练好后用 guikou models activate 启用",
            "the new model would overwrite the one in use: choose another --out, then `guikou models activate` it",
        ));
    }
    let gate = gate(settings, train, &order, &taxonomy, &reader)?;
    let bar = Bar::new();
    let card = learning::train(&order, &reader, &taxonomy, &|stage| bar.show(stage))?;
    bar.done();
    anstream::println!("模型已写入 {}，版本 {}", order.out.display(), card.version);
    for (head, marks) in &card.marks {
        let marks: Vec<String> = marks.iter().map(|(mark, value)| format!("{mark} {value:.3}")).collect();
        anstream::println!("  {head:10} {}", marks.join("  "));
    }
    if let Some((file, champion)) = gate {
        let verdict = models::pass(settings, file, train.map.as_deref(), &[champion, order.out])?;
        verdict.settle()?;
        match out.parent().is_some_and(|folder| learning::same(folder, &settings.models())) {
            true => anstream::println!("通过闸门，可以启用：guikou models activate {}", card.name),
            false => anstream::println!("通过闸门；放进模型库 {} 后可以启用", settings.models().display()),
        }
    }
    Ok(())
}

/// The texts whose matters are marked; without them the model will part nothing, which is said before hours of training.
fn matters(data: &Path) -> Result<Vec<Parted>> {
    let texts = learning::seams::read(data)?;
    if texts.is_empty() {
        let file = data.join(learning::seams::FILE);
        anstream::eprintln!("{}注意{}：没有 {}，学成的模型不会拆分一单多诉", show::BAD, show::PLAIN, file.display());
    }
    Ok(texts)
}

#[derive(Args)]
pub struct Tune {
    /// 复核过的真实来件：没参加训练的标注文件，至少 50 条
    #[arg(value_name = "文件", required = true)]
    files: Vec<PathBuf>,
    /// 列名对应，例如 text=留言详情,category=二级分类,unit=承办单位
    #[arg(long, value_name = "对应")]
    map: Option<String>,
}

/// Refits calibration and thresholds of the model folder and prints what that changed.
pub fn tune(settings: &Settings, wanted: &Tune) -> Result<()> {
    let (reader, taxonomy) = (Reader::load(&settings.data())?, Taxonomy::load(&settings.data())?);
    let dir = settings.model()?;
    let (columns, start) = (columns(wanted.map.as_deref())?, Thresholds::load(&dir)?);
    let tuned = tune::tune(&wanted.files, &columns, &dir, &start, &reader, &taxonomy)?;
    let Tuned { before, after, thresholds } = tuned;
    anstream::println!("用 {} 条复核样本校准了 {}（权重未动）", after.messages, dir.display());
    for (name, was) in &before.marks {
        let Some(now) = after.marks.get(name) else { continue };
        let (was_error, was_right) = (was.calibration_error, was.accepted * 100.0);
        let (error, right) = (now.calibration_error, now.accepted * 100.0);
        anstream::println!("  {name:10} 校准误差 {was_error:.3} → {error:.3}   可接受 {was_right:.1}% → {right:.1}%");
    }
    anstream::println!("  自动派单阈值 {:.2}", thresholds.auto);
    Ok(())
}

/// The gate's file and the champion; both are tried before hours of training, not after.
fn gate(
    settings: &Settings,
    train: &Train,
    order: &Order,
    taxonomy: &Taxonomy,
    reader: &Reader,
) -> Result<Option<(PathBuf, PathBuf)>> {
    let Some(file) = train.gate.clone() else { return Ok(None) };
    let champion = train.champion.as_deref().map_or_else(|| settings.model(), |named| Ok(settings.named(named)))?;
    if learning::same(&champion, &order.out) {
        return Err(Error::invalid(
            "新模型会写进冠军模型的目录：请换一个 --out，否则无从比较，也无从退回",
            "the new model would overwrite the champion: choose another --out, or nothing is left to compare with",
        ));
    }
    let serving = models::contender(&champion, taxonomy, reader).map_err(|error| error.doing("载入冠军模型"))?;
    let examples = learning::read(std::slice::from_ref(&file), &order.columns, reader)?;
    let learnt = learning::read(&[&order.files[..], &order.corrections].concat(), &order.columns, reader)?;
    gate::can_judge(&file, &examples, &serving, &learnt)?;
    Ok(Some((file, champion)))
}

/// One bar for whatever is under way. Where there is no terminal to draw it on, a line every half minute.
pub struct Bar {
    bar: ProgressBar,
    stage: Mutex<(&'static str, Instant)>,
}

/// How often a line is written where no bar is drawn.
const QUIET: Duration = Duration::from_secs(30);

impl Bar {
    pub fn new() -> Self {
        let bar = ProgressBar::new(0);
        let style = "{msg}  {wide_bar} {pos}/{len}  已用 {elapsed}  还需 {eta}";
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        Self { bar, stage: Mutex::new(("", Instant::now())) }
    }

    fn show(&self, stage: Stage) {
        match stage {
            Stage::Read(count) => self.line(format!("读入 {count} 条标注文本，已脱敏")),
            Stage::Replayed { corrections, replaced, times } => {
                self.line(format!("其中更正 {corrections} 条，取代旧样本 {replaced} 条，每轮各学 {times} 遍"));
            }
            Stage::Linear(done, all) => self.at("线性模型", done, all, "线性模型".into()),
            Stage::Encoder(p) => {
                self.at("编码器", p.step, p.steps, format!("编码器 第 {} 轮 损失 {:.3}", p.epoch, p.loss));
            }
            Stage::Traced(done, all) => self.at("读痕迹", done, all, "比对痕迹".into()),
            Stage::Asked(done, all) => self.at("待标注", done, all, "待标注".into()),
            Stage::Marked(epoch, mark) => self.line(format!("第 {epoch} 轮结束，留出集宏平均 F1 {mark:.4}")),
        }
    }

    pub fn at(&self, stage: &'static str, done: usize, all: usize, message: String) {
        self.bar.set_length(all as u64);
        self.bar.set_position(done as u64);
        self.bar.set_message(message.clone());
        let Ok(mut told) = self.stage.lock() else { return };
        if told.0 != stage {
            *told = (stage, Instant::now());
            self.bar.reset();
            self.bar.set_position(done as u64);
        } else if self.bar.is_hidden() && told.1.elapsed() >= QUIET {
            told.1 = Instant::now();
            self.line(format!("{message}  {done}/{all}  约需 {} 分钟", self.bar.eta().as_secs().div_ceil(60)));
        }
    }

    /// A line that stays.
    fn line(&self, text: String) {
        if self.bar.is_hidden() {
            anstream::eprintln!("{text}");
        } else {
            self.bar.println(text);
        }
    }

    pub fn done(&self) {
        self.bar.finish_and_clear();
    }
}

/// Prints the marks of the model folder beside the linear yardstick's.
pub fn evaluate(settings: &Settings, wanted: &Eval) -> Result<()> {
    let (reader, taxonomy) = (Reader::load(&settings.data())?, Taxonomy::load(&settings.data())?);
    let folder = settings.model()?;
    let model = triage::model(&folder, &taxonomy, &reader)?;
    if let Some(lacking) = &model.lacking {
        anstream::eprintln!("{}注意{}：编码器没有载入，只有线性模型作答：{lacking}", show::BAD, show::PLAIN);
    }
    let thresholds = Thresholds::load(&folder)?;
    let bar = Bar::new();
    let columns = columns(wanted.map.as_deref())?;
    let tell = |done: usize, all: usize| bar.at("评测", done, all, "评测".into());
    let report = eval::eval(&wanted.files, &columns, &model, &thresholds, &reader, &taxonomy, &tell)?;
    bar.done();
    if let Some(file) = &wanted.json {
        let text = serde_json::to_string_pretty(&report)
            .map_err(|e| Error::internal("写 JSON 出错", "cannot write JSON").because(e))?;
        write(file, &(text + "\n"))?;
    }
    if let Some(file) = &wanted.picture {
        write(file, &picture::coverage(&report))?;
    }
    show::report(&report, wanted.full);
    Ok(())
}

fn write(file: &Path, text: &str) -> Result<()> {
    std::fs::write(file, text).map_err(|e| {
        Error::setup(format!("写不进 {}", file.display()), format!("cannot write {}", file.display())).because(e)
    })
}
