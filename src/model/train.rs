//! Fine-tuning: labelled texts in, encoder and heads out.
//!
//! One step's batch is shared out over the cores; each worker runs its own graph on its own thread and the gradients
//! are added up. Matrix products inside a worker stay on its thread (a pool of one), which on few cores beats
//! threading each product. The same seed, files and number of workers give the same weights.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use candle_core::{Device, Tensor, Var};
use serde::{Deserialize, Serialize};

use super::augment::{Augment, Views};
use super::backward::splitmix;
use super::encoder::Encoder;
use super::graph::{Gradients, Trunk};
use super::heads::{Learners, Plan, Target, contrast};
use super::optimizer::AdamW;
use crate::case::{Head, Labelled};
use crate::disk;
use crate::error::{Error, Kind, Result};

/// How to train; every field has a default that suits some thousand texts on two cores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Options {
    pub epochs: usize,
    /// Texts per step.
    pub batch: usize,
    /// Peak learning rate of the encoder; heads learn ten times as fast.
    pub rate: f32,
    /// Share of all steps in which the rate grows.
    pub warmup: f32,
    pub decay: f32,
    /// Longest text in tokens.
    pub max_tokens: usize,
    /// 0: everything learns; 1: embeddings keep; N: embeddings and the first N−1 layers keep.
    pub freeze: usize,
    /// Share of the truth given to all other labels (Szegedy 2016).
    pub smoothing: f32,
    /// Share given to labels that a careful reader would accept too.
    pub accepted: f32,
    /// Stop after this many epochs without gain on the held-out part.
    pub patience: usize,
    pub seed: u64,
    pub workers: usize,
    /// How much closer tellings of one event are drawn than anything else in the step (supervised contrastive loss,
    /// Khosla et al. 2020), beside the heads' losses; 0 leaves it out.
    #[serde(default)]
    pub contrast: f32,
    /// How texts are varied from epoch to epoch.
    #[serde(default = "Augment::none")]
    pub augment: Augment,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            epochs: 6,
            batch: 32,
            rate: 1e-4,
            warmup: 0.1,
            decay: 0.01,
            max_tokens: 256,
            freeze: 0,
            smoothing: 0.05,
            accepted: 0.15,
            patience: 2,
            seed: 12345,
            workers: std::thread::available_parallelism().map_or(1, |n| n.get()),
            contrast: 0.1,
            augment: Augment::default(),
        }
    }
}

/// What is reported after each step.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    pub epoch: usize,
    pub step: usize,
    /// Steps of the whole training.
    pub steps: usize,
    /// Smoothed loss.
    pub loss: f32,
}

/// One text ready for the graph.
pub struct Item {
    /// `[CLS]`, the tokens, `[SEP]`.
    pub ids: Vec<u32>,
    pub target: Target,
    /// Items of one number are copies of one text: an epoch reads one of them.
    pub copies: usize,
    /// Items of one number tell the same event.
    pub event: Option<usize>,
}

/// What is learnt from.
pub struct Material<'a> {
    /// The examples of `items`, whose labels say how rare each label is.
    pub examples: &'a [Labelled],
    pub items: &'a [Item],
    /// Ids that a view may leave out.
    pub punctuation: BTreeSet<u32>,
}

/// An item as one step reads it.
struct Reading {
    ids: Vec<u32>,
    target: Target,
    event: Option<usize>,
}

/// Turns labels into distributions: the right label, the accepted ones, a little for all.
pub fn target(example: &Labelled, plan: &Plan, options: &Options) -> Target {
    let mut target = Target::new();
    for (&head, labels) in plan {
        let Some(right) = example.labels.get(&head).and_then(|code| labels.index(code)) else { continue };
        let others: Vec<usize> = example
            .accepted
            .get(&head)
            .into_iter()
            .flatten()
            .filter_map(|code| labels.index(code))
            .filter(|&i| i != right)
            .collect();
        let given = if others.is_empty() { 0.0 } else { options.accepted };
        let smoothing = if head == Head::Protect || head == Head::Urgency { 0.0 } else { options.smoothing };
        let mut shares = vec![(right, 1.0 - given - smoothing)];
        shares.extend(others.iter().map(|&i| (i, given / others.len() as f32)));
        if smoothing > 0.0 {
            let each = smoothing / labels.codes.len() as f32;
            shares.extend((0..labels.codes.len()).map(|i| (i, each)));
        }
        target.insert(head, shares);
    }
    target
}

/// Where training stands; written with each checkpoint.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Standing {
    /// A fingerprint of options and data: a checkpoint of another training is not taken up.
    run: String,
    epoch: usize,
    best: f64,
    best_epoch: usize,
    history: Vec<Epoch>,
}

/// One finished epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    pub epoch: usize,
    pub loss: f32,
    /// The mark on the held-out part that early stopping watches.
    pub mark: f64,
}

/// A training under way.
pub struct Trainer<'a> {
    trunk: Trunk,
    learners: Learners,
    optimizer: AdamW,
    options: &'a Options,
    views: Views<'a>,
    items: &'a [Item],
    standing: Standing,
    out: PathBuf,
}

impl<'a> Trainer<'a> {
    /// Takes up the checkpoint under `out` when it belongs to the same training, else starts from `base`.
    pub fn start(
        base: &Path,
        out: &Path,
        plan: &Plan,
        material: Material<'a>,
        options: &'a Options,
        run: String,
    ) -> Result<Self> {
        // The encoder's own loader refuses, by name, what does not fit together; the trunk takes shapes for granted.
        let config = Encoder::load(base)?.config().clone();
        let trunk =
            Trunk::load(&base.join("model.safetensors"), &config, options.freeze).map_err(|e| setup(base, e))?;
        let learners = Learners::new(plan, config.hidden_size, material.examples, options.seed).map_err(failed)?;
        let body = trunk.vars().map(|(name, var)| (name.clone(), var, 1.0));
        let heads = learners.learning();
        let heads = heads.into_iter().map(|(name, var)| (name, var, 10.0));
        let optimizer = AdamW::new(body.chain(heads), options.decay);
        let standing = Standing { run, ..Standing::default() };
        let items = material.items;
        let views = Views::new(items, options.augment, options.max_tokens, material.punctuation);
        let mut trainer = Self { trunk, learners, optimizer, options, views, items, standing, out: out.to_owned() };
        trainer.resume()?;
        Ok(trainer)
    }

    fn checkpoint(&self) -> PathBuf {
        self.out.join(CHECKPOINT)
    }

    fn resume(&mut self) -> Result<()> {
        let Ok(text) = std::fs::read_to_string(self.checkpoint().join("standing.json")) else { return Ok(()) };
        match serde_json::from_str::<(Standing, u32)>(&text) {
            Ok((standing, steps)) if standing.run == self.standing.run => {
                let file = self.checkpoint().join(format!("state-{}.safetensors", standing.epoch));
                let state = candle_core::safetensors::load(&file, &Device::Cpu);
                state.and_then(|state| self.optimizer.restore(&state, steps)).map_err(|e| damaged(&file, e))?;
                self.standing = standing;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Writes the state first and the standing last, so that a kill between the two leaves the older pair whole.
    fn save_checkpoint(&self) -> Result<()> {
        let dir = self.checkpoint();
        let failed = |e: std::io::Error| Error::setup("检查点写不进去", "cannot write the checkpoint").because(e);
        std::fs::create_dir_all(&dir).map_err(failed)?;
        let state = self.optimizer.state().map_err(self::failed)?;
        let name = |epoch: usize| dir.join(format!("state-{epoch}.safetensors"));
        candle_core::safetensors::save(&state, name(self.standing.epoch)).map_err(self::failed)?;
        let standing = serde_json::to_string_pretty(&(&self.standing, self.optimizer.steps)).unwrap_or_default();
        disk::write(&dir.join("standing.json"), standing.as_bytes())?;
        if self.standing.epoch > 1 {
            std::fs::remove_file(name(self.standing.epoch - 1)).ok();
        }
        Ok(())
    }

    /// Runs the remaining epochs; the best epoch's files stay in `out`. `mark` hears which epoch is over and where
    /// its weights lie, and judges them on the held-out part. The checkpoint stays until [`clear`] is called, so that
    /// a kill while the model is being finished costs no epoch.
    pub fn run(
        &mut self,
        progress: &mut dyn FnMut(Progress),
        mark: &mut dyn FnMut(usize, &Path) -> Result<f64>,
    ) -> Result<Vec<Epoch>> {
        while !self.is_done() {
            let loss = self.epoch(progress)?;
            self.standing.epoch += 1;
            let mark = self.judge(mark)?;
            self.standing.history.push(Epoch { epoch: self.standing.epoch, loss, mark });
            self.save_checkpoint()?;
        }
        Ok(self.standing.history.clone())
    }

    fn is_done(&self) -> bool {
        let Standing { epoch, best_epoch, .. } = self.standing;
        epoch >= self.options.epochs || (epoch > 0 && epoch - best_epoch >= self.options.patience)
    }

    /// Writes the weights, has them marked, and moves them to `out` where they are the best so far.
    fn judge(&mut self, mark: &mut dyn FnMut(usize, &Path) -> Result<f64>) -> Result<f64> {
        let unwritable = |e: std::io::Error| Error::setup("模型文件写不进去", "cannot write the weights").because(e);
        let fresh = self.out.join(FRESH);
        std::fs::create_dir_all(&fresh).map_err(unwritable)?;
        self.write(&fresh)?;
        let mark = mark(self.standing.epoch, &fresh)?;
        if mark > self.standing.best || self.standing.best_epoch == 0 {
            (self.standing.best, self.standing.best_epoch) = (mark, self.standing.epoch);
            for file in ["model.safetensors", "heads.safetensors"] {
                std::fs::rename(fresh.join(file), self.out.join(file)).map_err(unwritable)?;
            }
        }
        Ok(mark)
    }

    fn write(&self, dir: &Path) -> Result<()> {
        self.trunk.save(&dir.join("model.safetensors")).map_err(failed)?;
        let heads: HashMap<String, Tensor> =
            self.learners.learning().into_iter().map(|(name, var)| (name, var.as_detached_tensor())).collect();
        candle_core::safetensors::save(&heads, dir.join("heads.safetensors")).map_err(failed)
    }

    fn epoch(&mut self, progress: &mut dyn FnMut(Progress)) -> Result<f32> {
        let per_epoch = self.views.len().div_ceil(self.options.batch);
        let steps = per_epoch * self.options.epochs;
        let (mut smooth, mut total) = (None, 0f32);
        for (i, batch) in self.batches().into_iter().enumerate() {
            let step = self.standing.epoch * per_epoch + i;
            let loss = self.step(&batch, step, steps)?;
            total += loss;
            let shown = smooth.map_or(loss, |old: f32| 0.95 * old + 0.05 * loss);
            smooth = Some(shown);
            progress(Progress { epoch: self.standing.epoch + 1, step: step + 1, steps, loss: shown });
        }
        Ok(total / per_epoch as f32)
    }

    /// This epoch's steps. Tellings of one event lie in one step; which step comes when is drawn anew.
    fn batches(&self) -> Vec<Vec<usize>> {
        let seed = splitmix(self.options.seed ^ (self.standing.epoch as u64) << 32);
        let order = self.views.epoch(seed);
        order.chunks(self.options.batch).map(<[usize]>::to_vec).collect()
    }

    fn step(&mut self, batch: &[usize], step: usize, steps: usize) -> Result<f32> {
        let noise = splitmix(self.options.seed.wrapping_add(step as u64));
        let read = |&at: &usize| {
            let (ids, target) = self.views.read(at, noise);
            Reading { ids, target, event: self.items[at].event }
        };
        let shares = self.shares(batch.iter().map(read).collect());
        let results: Vec<candle_core::Result<(f32, Gradients)>> = std::thread::scope(|scope| {
            let work = |(worker, share): (usize, Vec<Reading>)| {
                let (this, size, seed) = (&*self, batch.len(), splitmix(noise ^ worker as u64));
                scope.spawn(move || this.gradients(&share, size, seed))
            };
            let running: Vec<_> = shares.into_iter().enumerate().map(work).collect();
            let joined = running.into_iter().map(|thread| thread.join());
            joined.map(|result| result.unwrap_or_else(|_| candle_core::bail!("a training thread died"))).collect()
        });
        let mut results = results.into_iter().collect::<candle_core::Result<Vec<_>>>().map_err(failed)?.into_iter();
        let Some((mut loss, mut grads)) = results.next() else { return Ok(0.0) };
        for (more, others) in results {
            loss += more;
            grads.add(others).map_err(failed)?;
        }
        self.optimizer.step(&grads, self.rate(step, steps)).map_err(failed)?;
        Ok(loss)
    }

    /// Deals the batch out so that every worker has about as many tokens.
    fn shares(&self, mut batch: Vec<Reading>) -> Vec<Vec<Reading>> {
        batch.sort_by_key(|reading| std::cmp::Reverse(reading.ids.len()));
        let workers = self.options.workers.clamp(1, batch.len());
        let mut shares: Vec<(usize, Vec<Reading>)> = (0..workers).map(|_| (0, Vec::new())).collect();
        for reading in batch {
            if let Some(least) = shares.iter_mut().min_by_key(|share| share.0) {
                least.0 += reading.ids.len();
                least.1.push(reading);
            }
        }
        shares.into_iter().map(|(_, share)| share).collect()
    }

    fn gradients(&self, share: &[Reading], batch: usize, seed: u64) -> candle_core::Result<(f32, Gradients)> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().map_err(candle_core::Error::wrap)?;
        pool.install(|| {
            let ids: Vec<&[u32]> = share.iter().map(|reading| reading.ids.as_slice()).collect();
            let targets: Vec<&Target> = share.iter().map(|reading| &reading.target).collect();
            let events: Vec<Option<usize>> = share.iter().map(|reading| reading.event).collect();
            let (pooled, memory) = self.trunk.forward(&ids, Some(seed))?;
            let pooled = Var::from_tensor(&pooled)?;
            let mut loss = self.learners.loss(&pooled, &targets)?;
            if let Some(apart) = contrast(&pooled, &events)?.filter(|_| self.options.contrast > 0.0) {
                loss = (loss + (apart * f64::from(self.options.contrast))?)?;
            }
            let loss = (loss / batch as f64)?;
            let heads = loss.backward()?;
            let Some(down) = heads.get(&pooled) else { candle_core::bail!("no head has a label in this batch") };
            let mut grads = self.trunk.backward(memory, down)?;
            for (name, var) in self.learners.learning() {
                if let Some(grad) = heads.get(var) {
                    grads.dense.insert(name, grad.clone());
                }
            }
            Ok((loss.to_scalar::<f32>()?, grads))
        })
    }

    /// Linear warm-up, then linear decay to nothing.
    fn rate(&self, step: usize, steps: usize) -> f32 {
        let (at, warm) = (step as f32 + 1.0, (steps as f32 * self.options.warmup).max(1.0));
        let rest = (steps as f32 - at).max(0.0) / (steps as f32 - warm).max(1.0);
        self.options.rate * (at / warm).min(rest.max(1.0 / steps as f32))
    }
}

/// Where a training keeps its standing and the weights of the epoch just over, under its output folder.
pub const CHECKPOINT: &str = ".checkpoint";
const FRESH: &str = ".epoch";

/// Removes what only a training under way needs.
pub fn clear(out: &Path) {
    std::fs::remove_dir_all(out.join(FRESH)).ok();
    std::fs::remove_dir_all(out.join(CHECKPOINT)).ok();
}

fn damaged(file: &Path, error: candle_core::Error) -> Error {
    let name = file.display();
    Error::setup(
        format!("检查点读不了：{name}，请删去它所在的目录，从头训练"),
        format!("cannot read the checkpoint {name}: delete its folder and train anew"),
    )
    .because(error)
}

fn failed(error: candle_core::Error) -> Error {
    Error::internal("训练出错", "training failed").because(error)
}

fn setup(base: &Path, error: candle_core::Error) -> Error {
    let name = base.display();
    Error::new(
        Kind::Setup,
        format!("基础模型读不了：{name}（应有 config.json、model.safetensors、tokenizer.json）"),
        format!("cannot read the base model {name} (config.json, model.safetensors, tokenizer.json)"),
    )
    .because(error)
}
