//! Walk 4 (训练与评测): labelled files → a model folder with its card; a model folder → its marks.
//!
//! Every text passes the same normalization and masking in training as in service, so the model never sees personal
//! data and never meets a writing it was not trained on.

pub mod check;
pub mod corrections;
pub mod eval;
pub mod events;
pub mod gate;
pub mod registry;
pub mod review;
pub mod seams;
pub mod tune;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use crate::case::{Head, Labelled, Scored, Segmented};
use crate::dataset::{self, Columns};
use crate::disk;
use crate::error::{Error, Result};
use crate::issues;
use crate::model::card::{Card, Source};
use crate::model::encoder::Encoder;
use crate::model::examples::{Example, Examples};
use crate::model::heads::{self, Heads, Labels, Plan};
use crate::model::linear::{self, Linear};
use crate::model::score::{self, Answer, Marks};
use crate::model::train::{self, Item, Material, Trainer};
use crate::model::weights::Config;
use crate::model::{self, Model, calibration, soup, split};
use crate::routing::Thresholds;
use crate::taxonomy::Taxonomy;
use crate::text::Reader;
use corrections::Replayed;
use seams::Parted;

/// What to train, from what, to where.
#[derive(Debug, Clone)]
pub struct Order {
    pub files: Vec<PathBuf>,
    /// Files of labels settled at work, which replace those of `files`; see [`corrections`].
    pub corrections: Vec<PathBuf>,
    /// How often a correction is heard in one epoch, at most.
    pub times: usize,
    pub columns: Columns,
    pub out: PathBuf,
    /// The encoder to start from.
    pub base: PathBuf,
    /// Trainings whose encoders and heads are averaged instead of training one; see [`soup`]. The mean is calibrated as
    /// the first of them is: what was held out here, the others may have learnt.
    pub average: Vec<PathBuf>,
    /// Texts whose matters are marked; without any the model never parts a text.
    pub matters: Vec<Parted>,
    /// Share of the examples held out for early stopping, calibration and the card's marks.
    pub held_out: f64,
    pub options: train::Options,
    /// Under which the model is given away; the base encoder's own is added to it.
    pub licence: String,
    /// The day written on the card.
    pub today: NaiveDate,
}

/// What is under way, for a progress bar.
#[derive(Debug, Clone, Copy)]
pub enum Stage {
    /// Texts read.
    Read(usize),
    Replayed {
        corrections: usize,
        /// Examples that gave way to them.
        replaced: usize,
        /// How often each is heard in one epoch.
        times: usize,
    },
    /// Classes of the linear model done, of all.
    Linear(usize, usize),
    Encoder(train::Progress),
    /// The held-out mark (macro-F1) after an epoch.
    Marked(usize, f64),
    /// Texts made ready to be compared, of all.
    Traced(usize, usize),
    /// Unlabelled texts that the model has answered, of all.
    Asked(usize, usize),
}

/// Labelled texts, masked, with who belongs to the held-out part.
struct Lesson {
    examples: Vec<Labelled>,
    /// For each example the number of its set of copies, see [`split::copies`].
    copies: Vec<usize>,
    /// A correction stands in it several times.
    training: Vec<usize>,
    held: Vec<usize>,
}

/// Trains a model folder; returns its card.
pub fn train(order: &Order, reader: &Reader, taxonomy: &Taxonomy, tell: &(dyn Fn(Stage) + Sync)) -> Result<Card> {
    let lesson = prepare(order, reader, tell)?;
    let plan = heads::plan(&lesson.examples, &|example| parent(example, taxonomy));
    if plan.is_empty() {
        return Err(Error::invalid(
            "训练文件里没有可学的标签：请检查标签列（至少要有两个不同的标签），或用 --map 指明列名",
            "the files hold nothing to learn: name the label column with --map; two different labels are needed",
        ));
    }
    if lesson.held.is_empty() {
        return Err(Error::invalid(
            "标注文本太少，留不出用于早停、校准和成绩的部分：请增加样本，或调大 --held-out",
            "too few examples to hold a part out: add some, or raise --held-out",
        ));
    }
    ready(order, &plan)?;
    begin(&order.out, &plan)?;
    learn_linear(order, &lesson, &plan, tell)?;
    copy_frame(order)?;
    let history = if order.average.is_empty() {
        learn_encoder(order, &lesson, &plan, tell)?
    } else {
        soup::average(&order.average, &order.out)?;
        Vec::new()
    };
    let card = finish(order, &lesson, &plan, history, reader, taxonomy)?;
    train::clear(&order.out);
    Ok(card)
}

// ── preparing ───────────────────────────────────────────────────────────────────────────────────────────────────

/// Reads and masks labelled files; title and text become one text, as in service.
pub fn read(files: &[PathBuf], columns: &Columns, reader: &Reader) -> Result<Vec<Labelled>> {
    let mut examples = Vec::new();
    for file in files {
        examples.extend(dataset::read_labelled(file, columns)?);
    }
    Ok(masked(examples, reader))
}

fn masked(mut examples: Vec<Labelled>, reader: &Reader) -> Vec<Labelled> {
    for example in &mut examples {
        let title = example.title.take().filter(|title| !title.trim().is_empty());
        let joined = title.map_or_else(|| example.text.clone(), |title| format!("{}\n{}", title.trim(), example.text));
        example.text = reader.mask(&joined);
    }
    examples
}

fn prepare(order: &Order, reader: &Reader, tell: &dyn Fn(Stage)) -> Result<Lesson> {
    if !(0.01..=0.5).contains(&order.held_out) {
        return Err(Error::invalid("--held-out 应在 0.01 与 0.5 之间", "--held-out must lie between 0.01 and 0.5"));
    }
    let examples = read(&order.files, &order.columns, reader)?;
    let corrected = read(&order.corrections, &order.columns, reader)?;
    let Replayed { examples, from, replaced } = corrections::replay(examples, corrected);
    tell(Stage::Read(examples.len()));
    let texts: Vec<&str> = examples.iter().map(|example| example.text.as_str()).collect();
    let stated: Vec<Option<&str>> = examples.iter().map(|example| example.group.as_deref()).collect();
    let groups = split::near_duplicate_groups(&texts, &stated);
    let label = |example: &Labelled| example.labels.get(&Head::Category).cloned().unwrap_or_default();
    let labels: Vec<String> = examples.iter().map(label).collect();
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let held = split::stratified_split(&groups, &labels, order.held_out, order.options.seed);
    let (held, mut training): (Vec<usize>, Vec<usize>) = (0..examples.len()).partition(|&i| held[i]);
    let heard: Vec<usize> = training.iter().copied().filter(|&i| i >= from).collect();
    let times = corrections::times(order.times, heard.len(), training.len() - heard.len());
    training.extend(heard.repeat(times - 1));
    if !order.corrections.is_empty() {
        tell(Stage::Replayed { corrections: examples.len() - from, replaced, times });
    }
    let copies = split::copies(&texts, &groups);
    Ok(Lesson { copies, training, held, examples })
}

/// The level above a category: the taxonomy's where it knows the code, else the file's own.
fn parent(example: &Labelled, taxonomy: &Taxonomy) -> Option<String> {
    let known = example.labels.get(&Head::Category).filter(|code| taxonomy.category(code).is_some());
    known.and_then(|code| taxonomy.domain(code)).map(|domain| domain.code.clone()).or_else(|| example.domain.clone())
}

impl Lesson {
    fn part(&self, indices: &[usize]) -> Vec<Labelled> {
        indices.iter().map(|&i| self.examples[i].clone()).collect()
    }

    /// For each example the number of its event; none where it stands alone or only with copies of itself.
    fn events(&self) -> Vec<Option<usize>> {
        let mut sets: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        let told = self.examples.iter().zip(&self.copies);
        for (name, copies) in told.filter_map(|(example, copies)| Some((example.group.as_deref()?, *copies))) {
            sets.entry(name).or_default().insert(copies);
        }
        let numbers: BTreeMap<&str, usize> =
            sets.into_iter().filter(|(_, copies)| copies.len() > 1).map(|(name, _)| name).zip(0..).collect();
        let number = |example: &Labelled| numbers.get(example.group.as_deref()?).copied();
        self.examples.iter().map(number).collect()
    }

    fn texts(&self, indices: &[usize]) -> Vec<&str> {
        indices.iter().map(|&i| self.examples[i].text.as_str()).collect()
    }
}

/// Refuses what would fail after hours, and a folder that is not to be written over: what stands there is given up only
/// for a training that can end.
fn ready(order: &Order, plan: &Plan) -> Result<()> {
    frame(&order.base)?;
    let base = Encoder::load(&order.base)?;
    model::tokenizer(&order.base, base.config(), order.options.max_tokens)?;
    soup::fits(&order.average, plan, base.config())?;
    let shown = order.out.display();
    if order.average.iter().any(|dir| same(dir, &order.out)) {
        return Err(Error::invalid(
            format!("{shown} 是要平均的模型之一：请换一个 --out"),
            format!("{shown} is one of the models to average: choose another --out"),
        ));
    }
    let empty = std::fs::read_dir(&order.out).map_or(true, |mut files| files.next().is_none());
    if !empty && !KNOWN_BY.iter().any(|file| order.out.join(file).exists()) {
        return Err(Error::invalid(
            format!("{shown} 里有别的文件，不是模型目录：请换一个新目录或空目录"),
            format!("{shown} holds other files and is no model folder: choose a new or empty one"),
        ));
    }
    Ok(())
}

/// What a folder holds that a model was trained into, wholly or in part.
const KNOWN_BY: [&str; 3] = ["labels.json", train::CHECKPOINT, issues::WEIGHTS];

/// Whether two paths are one folder.
pub fn same(one: &Path, other: &Path) -> bool {
    let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    whole(one) == whole(other)
}

/// What an earlier training left is no longer true: until this one ends, the folder holds no model.
fn begin(out: &Path, plan: &Plan) -> Result<()> {
    std::fs::create_dir_all(out).map_err(|e| unwritable(out, e))?;
    for stale in [
        "card.json",
        "README.md",
        "calibration.json",
        "thresholds.json",
        "examples.jsonl",
        model::seams::FILE,
        gate::FILE,
    ] {
        std::fs::remove_file(out.join(stale)).ok();
    }
    write_json(out, "labels.json", plan)
}

// ── learning ────────────────────────────────────────────────────────────────────────────────────────────────────

fn learn_linear(order: &Order, lesson: &Lesson, plan: &Plan, tell: &(dyn Fn(Stage) + Sync)) -> Result<()> {
    let index =
        |head: Head, i: usize| lesson.examples[i].labels.get(&head).and_then(|code| plan.get(&head)?.index(code));
    let targets = plan.iter().map(|(&head, labels)| {
        let of = lesson.training.iter().map(|&i| index(head, i)).collect();
        (head, linear::Targets { labels: labels.codes.len(), of })
    });
    let options = linear::Options { seed: order.options.seed, ..linear::Options::default() };
    let texts = lesson.texts(&lesson.training);
    Linear::train(&texts, &targets.collect(), &options, &|done, all| tell(Stage::Linear(done, all))).save(&order.out)
}

/// What the encoder needs beside its weights.
fn copy_frame(order: &Order) -> Result<()> {
    for file in frame(&order.base)? {
        std::fs::copy(order.base.join(file), order.out.join(file)).map_err(|e| unwritable(&order.out, e))?;
    }
    Ok(())
}

/// The files of a base beside its weights, which must be there.
fn frame(base: &Path) -> Result<[&'static str; 2]> {
    let files = ["config.json", "tokenizer.json"];
    match files.iter().find(|file| !base.join(file).is_file()) {
        None => Ok(files),
        Some(file) => {
            let base = base.display();
            Err(Error::setup(format!("基础模型不全：{base} 缺 {file}"), format!("the base model {base} lacks {file}")))
        }
    }
}

fn learn_encoder(
    order: &Order,
    lesson: &Lesson,
    plan: &Plan,
    tell: &(dyn Fn(Stage) + Sync),
) -> Result<Vec<train::Epoch>> {
    let training = lesson.part(&lesson.training);
    let (tokens, limit) = model::tokenizer(&order.out, &Config::load(&order.out)?, order.options.max_tokens)?;
    let events = lesson.events();
    let mut seen = BTreeSet::new();
    let item = |(at, &i): (usize, &usize)| -> Result<Item> {
        let example = &lesson.examples[i];
        let (ids, target) = (tokens.ids(&example.text, limit)?, train::target(example, plan, &order.options));
        // What stands several times is to be read several times: it is no copy of itself.
        let copies = if seen.insert(i) { lesson.copies[i] } else { lesson.copies.len() + at };
        Ok(Item { ids, target, copies, event: events[i] })
    };
    let both = lesson.training.iter().chain(&lesson.held).enumerate();
    let mut items = both.map(item).collect::<Result<Vec<_>>>()?;
    let held = items.split_off(lesson.training.len());
    let run = fingerprint(order, lesson, plan)?;
    let punctuation = tokens.known(PUNCTUATION);
    let material = Material { examples: &training, items: &items, punctuation };
    let mut trainer = Trainer::start(&order.base, &order.out, plan, material, &order.options, run)?;
    trainer.run(&mut |progress| tell(Stage::Encoder(progress)), &mut |epoch, fresh| {
        let mark = held_mark(fresh, &order.out, plan, lesson, &held)?;
        tell(Stage::Marked(epoch, mark));
        Ok(mark)
    })
}

/// What hurried or transcribed messages leave out.
const PUNCTUATION: &str = "，。！？、；：,.!?;:…—“”\"'（）()《》【】";

/// What a checkpoint must agree with: data and its parts, labels, options, base.
fn fingerprint(order: &Order, lesson: &Lesson, plan: &Plan) -> Result<String> {
    let mut hash = Sha256::new();
    for Labelled { text, labels, accepted, .. } in &lesson.examples {
        hash.update(format!("{text:?} {labels:?} {accepted:?}\n"));
    }
    hash.update(format!("{:?} {:?} {plan:?} {:?} ", lesson.training, lesson.held, order.options));
    hash.update(hash_of(&order.base, &["model.safetensors"])?);
    Ok(hex(&hash.finalize()[..8]))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Macro-F1 of the first head on the held-out part, by the encoder alone.
fn held_mark(fresh: &Path, out: &Path, plan: &Plan, lesson: &Lesson, held: &[Item]) -> Result<f64> {
    std::fs::copy(out.join("config.json"), fresh.join("config.json")).map_err(|e| unwritable(fresh, e))?;
    let encoder = Encoder::load(fresh)?;
    let heads = Heads::load(fresh, plan, encoder.config().hidden_size)?;
    let ids: Vec<&[u32]> = held.iter().map(|item| item.ids.as_slice()).collect();
    let encoded = encoder.encode(&ids)?;
    // Heads are in order, the category first where there is one.
    let Some((&head, Labels { codes, .. })) = plan.first_key_value() else { return Ok(0.0) };
    let mut answers = Vec::new();
    for (&i, pooled) in lesson.held.iter().zip(encoded.mean.chunks_exact(encoded.hidden)) {
        let Some(gold) = lesson.examples[i].labels.get(&head) else { continue };
        let logits = heads.logits(head, pooled);
        let best = (0..logits.len()).max_by(|&a, &b| logits[a].total_cmp(&logits[b])).unwrap_or(0);
        let ranked = vec![Scored { code: codes[best].clone(), probability: 1.0 }];
        answers.push(Answer { gold: gold.clone(), accepted: Vec::new(), ranked, group: None });
    }
    Ok(score::score(&answers).macro_f1.value)
}

// ── finishing ───────────────────────────────────────────────────────────────────────────────────────────────────

fn finish(
    order: &Order,
    lesson: &Lesson,
    plan: &Plan,
    history: Vec<train::Epoch>,
    reader: &Reader,
    taxonomy: &Taxonomy,
) -> Result<Card> {
    let out = &order.out;
    let mut card = blank_card(order, history)?;
    match order.average.first() {
        Some(first) => soup::as_its_first(first, &mut card, out)?,
        None => calibrate(&card, out, lesson, plan)?,
    }
    let model = Model::with_card(out, card.clone())?;
    if let Some(why) = model.lacking {
        return Err(why.doing("载入刚训练的模型"));
    }
    keep_examples(&model, &lesson.examples, taxonomy, out)?;
    if order.average.is_empty() {
        let predictions = model.predict(&lesson.texts(&lesson.held))?;
        let held = lesson.part(&lesson.held);
        for head in plan.keys() {
            let marks = score::score(&eval::answers(&held, &predictions, *head));
            card.marks.insert(head.name().into(), plain(&marks));
        }
        let segmented: Vec<Segmented> = held.iter().map(|example| reader.read(&example.text)).collect();
        let thresholds = tune::thresholds(&held, &segmented, &model, taxonomy, &Thresholds::default())?;
        write_json(out, "thresholds.json", &thresholds)?;
    }
    if let Some(seams) = seams::learn(&model, &order.matters, reader)? {
        write_json(out, model::seams::FILE, &seams)?;
    }
    // The last of all: a folder without a card is no model.
    card.save(out)?;
    Ok(card)
}

/// The card but for its marks.
fn blank_card(order: &Order, history: Vec<train::Epoch>) -> Result<Card> {
    let name = |path: &Path| path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let files = ["model.safetensors", "heads.safetensors", linear::FILE];
    let licence = std::fs::read_to_string(order.base.join("LICENSE")).unwrap_or_default();
    let licence = licence.lines().next().unwrap_or("not stated");
    Ok(Card {
        name: name(&order.out),
        version: format!("{}-{}", order.today.format("%Y%m%d"), hash_of(&order.out, &files)?),
        trained_on: order.today,
        base: format!("{} {}{}", name(&order.base), hash_of(&order.base, &files[..1])?, averaged(order)?),
        licence: format!("{}; base encoder: {licence}", order.licence),
        data: sources(order)?,
        options: order.options.clone(),
        history,
        marks: BTreeMap::new(),
        reviewed: None,
    })
}

/// Which trainings were averaged.
fn averaged(order: &Order) -> Result<String> {
    let versions = order.average.iter().map(|dir| Ok(Card::load(dir)?.version));
    let versions = versions.collect::<Result<Vec<_>>>()?.join(" + ");
    Ok(if versions.is_empty() { versions } else { format!("; 平均 mean of {versions}") })
}

fn plain(marks: &Marks) -> BTreeMap<String, f64> {
    let pairs = [
        ("accuracy", marks.accuracy.value),
        ("macro_f1", marks.macro_f1.value),
        ("top3", marks.top3.value),
        ("calibration_error", marks.calibration_error),
    ];
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn sources(order: &Order) -> Result<Vec<Source>> {
    let files = order.files.iter().chain(&order.corrections);
    files
        .map(|file| {
            let bytes = std::fs::read(file).map_err(|e| unwritable(file, e))?;
            let name = file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            let examples = dataset::read_labelled(file, &order.columns)?.len();
            Ok(Source { file: name, examples, sha256: hex(&Sha256::digest(&bytes)) })
        })
        .collect()
}

fn hash_of(dir: &Path, files: &[&str]) -> Result<String> {
    let mut hash = Sha256::new();
    for file in files {
        hash.update(std::fs::read(dir.join(file)).map_err(|e| unwritable(&dir.join(file), e))?);
    }
    Ok(hex(&hash.finalize()[..4]))
}

/// Fits every head's tuning on the held-out part.
fn calibrate(card: &Card, out: &Path, lesson: &Lesson, plan: &Plan) -> Result<()> {
    let model = Model::with_card(out, card.clone())?;
    let voices = model.hear(&lesson.texts(&lesson.held))?;
    let held: Vec<&Labelled> = lesson.held.iter().map(|&i| &lesson.examples[i]).collect();
    write_json(out, "calibration.json", &tune::fit(plan, &held, &voices))
}

fn keep_examples(model: &Model, examples: &[Labelled], taxonomy: &Taxonomy, out: &Path) -> Result<()> {
    let texts: Vec<&str> = examples.iter().map(|example| example.text.as_str()).collect();
    let predictions = model.predict(&texts)?;
    let line = |example: &Labelled| {
        let label = |head: Head| example.labels.get(&head).cloned().unwrap_or_default();
        let confidential = taxonomy.petition_type(&label(Head::Petition)).is_some_and(|petition| petition.confidential);
        Example {
            id: example.id.clone(),
            category: label(Head::Category),
            unit: label(Head::Unit),
            text: example.text.clone(),
            protected: confidential || label(Head::Protect) == "true",
        }
    };
    let lines = examples.iter().map(line).collect();
    let embeddings: Vec<Vec<f32>> = predictions.into_iter().map(|prediction| prediction.embedding).collect();
    Examples::of(lines, &embeddings).save(out)
}

fn write_json<T: serde::Serialize>(dir: &Path, name: &str, value: &T) -> Result<()> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|e| Error::internal("写 JSON 出错", "cannot write JSON").because(e))?;
    disk::write(&dir.join(name), (text + "\n").as_bytes())
}

fn unwritable(path: &Path, cause: std::io::Error) -> Error {
    let name = path.display();
    Error::setup(
        format!("读写不了 {name}：请检查路径、权限和磁盘"),
        format!("cannot read or write {name}: check path, rights and disk"),
    )
    .because(cause)
}
