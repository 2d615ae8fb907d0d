//! The questions asked of one pooled text vector: one linear layer each, all answered in the same pass.
//!
//! The category head has two levels. A level-2 logit is its own plus its parent's, one softmax runs over all level-2
//! labels, and a level-1 probability is the sum of its children's: the two levels cannot disagree, and rare
//! categories lean on what their whole branch has learnt.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use candle_core::{D, Device, Tensor, Var};
use candle_nn::ops::log_softmax;
use serde::{Deserialize, Serialize};

use crate::case::{Head, Labelled};
use crate::error::{Error, Result};

/// The labels of one head, in the order of its weights' columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Labels {
    pub codes: Vec<String>,
    /// For each code, the index of its parent in `parents`; empty where there is one level only.
    #[serde(default)]
    pub parent: Vec<usize>,
    #[serde(default)]
    pub parents: Vec<String>,
}

/// What a model folder answers: `labels.json`.
pub type Plan = BTreeMap<Head, Labels>;

impl Labels {
    pub fn index(&self, code: &str) -> Option<usize> {
        self.codes.iter().position(|known| known == code)
    }

    /// Whether every code stands once and every index leads somewhere.
    fn sound(&self) -> bool {
        let once: BTreeSet<&String> = self.codes.iter().collect();
        let one_level = self.parent.is_empty() && self.parents.is_empty();
        let placed = self.parent.len() == self.codes.len() && self.parent.iter().all(|&at| at < self.parents.len());
        once.len() == self.codes.len() && (one_level || placed)
    }
}

/// Collects the labels that the examples use. `parent_of` names a category's parent where there are two levels.
pub fn plan(examples: &[Labelled], parent_of: &dyn Fn(&Labelled) -> Option<String>) -> Plan {
    let mut plan = Plan::new();
    for head in Head::ALL {
        let mut seen: BTreeMap<&str, Option<String>> = BTreeMap::new();
        for example in examples {
            if let Some(code) = example.labels.get(&head) {
                let parent = seen.entry(code).or_default();
                if head == Head::Category && parent.is_none() {
                    *parent = parent_of(example);
                }
            }
        }
        if seen.len() < 2 {
            continue;
        }
        let two_levels = seen.values().all(Option::is_some);
        let mut parents: Vec<String> = seen.values().flatten().cloned().collect();
        parents.sort();
        parents.dedup();
        let index = |parent: &Option<String>| parents.iter().position(|p| Some(p) == parent.as_ref());
        let parent: Vec<usize> = seen.values().filter_map(index).collect();
        let codes = seen.keys().map(|code| code.to_string()).collect();
        plan.insert(
            head,
            if two_levels && parents.len() > 1 {
                Labels { codes, parent, parents }
            } else {
                Labels { codes, parent: Vec::new(), parents: Vec::new() }
            },
        );
    }
    plan
}

/// How much each head counts in the training loss: category leads, the rare binary questions follow.
fn importance(head: Head) -> f64 {
    match head {
        Head::Category => 1.0,
        Head::Unit => 0.6,
        Head::Petition => 0.5,
        Head::Urgency | Head::Protect => 0.25,
    }
}

/// One head while it learns.
struct Learner {
    labels: Labels,
    weight: Var,
    bias: Var,
    /// Level 1: weight, bias and the `[parents, codes]` membership.
    above: Option<(Var, Var, Tensor)>,
    /// How much an example of each label counts, so that rare labels are heard.
    balance: Vec<f32>,
}

/// All heads while they learn.
pub struct Learners(BTreeMap<Head, Learner>);

/// What one example should answer: a distribution over a head's labels.
pub type Target = BTreeMap<Head, Vec<(usize, f32)>>;

fn seeded(rows: usize, columns: usize, seed: u64) -> candle_core::Result<Var> {
    let unit = |i: u64| (super::backward::splitmix(seed ^ i) >> 40) as f32 / (1u64 << 24) as f32 - 0.5;
    let values: Vec<f32> = (0..(rows * columns) as u64).map(|i| unit(i) * 0.04).collect();
    Var::from_vec(values, (rows, columns), &Device::Cpu)
}

impl Learners {
    pub fn new(plan: &Plan, hidden: usize, examples: &[Labelled], seed: u64) -> candle_core::Result<Self> {
        let mut heads = BTreeMap::new();
        for (&head, labels) in plan {
            let seed = super::backward::splitmix(seed ^ head as u64);
            let zeros = |n: usize| Var::zeros(n, candle_core::DType::F32, &Device::Cpu);
            let above = match labels.parents.len() {
                0 => None,
                parents => {
                    let mut member = vec![0f32; parents * labels.codes.len()];
                    for (code, parent) in labels.parent.iter().enumerate() {
                        member[parent * labels.codes.len() + code] = 1.0;
                    }
                    let member = Tensor::from_vec(member, (parents, labels.codes.len()), &Device::Cpu)?;
                    Some((seeded(hidden, parents, !seed)?, zeros(parents)?, member))
                }
            };
            let learner = Learner {
                weight: seeded(hidden, labels.codes.len(), seed)?,
                bias: zeros(labels.codes.len())?,
                above,
                balance: balance(head, labels, examples),
                labels: labels.clone(),
            };
            heads.insert(head, learner);
        }
        Ok(Self(heads))
    }

    pub fn learning(&self) -> Vec<(String, &Var)> {
        let mut vars = Vec::new();
        for (head, learner) in &self.0 {
            vars.push((format!("{}.weight", head.name()), &learner.weight));
            vars.push((format!("{}.bias", head.name()), &learner.bias));
            if let Some((weight, bias, _)) = &learner.above {
                vars.push((format!("{}.above.weight", head.name()), weight));
                vars.push((format!("{}.above.bias", head.name()), bias));
            }
        }
        vars
    }

    /// The summed, weighted cross-entropy of a batch, `[texts, hidden]` against one target each; divide by the size
    /// of the whole step's batch.
    pub fn loss(&self, pooled: &Tensor, targets: &[&Target]) -> candle_core::Result<Tensor> {
        let mut total = Tensor::zeros((), candle_core::DType::F32, &Device::Cpu)?;
        for (head, learner) in &self.0 {
            total = (total + (learner.loss(pooled, targets, *head)? * importance(*head))?)?;
        }
        Ok(total)
    }
}

/// Texts of one event are drawn together, all others of the batch pushed apart (supervised contrastive loss, Khosla et
/// al. 2020, eq. 2, on cosines), summed over the texts that have a companion. `None` where none has.
pub fn contrast(pooled: &Tensor, events: &[Option<usize>]) -> candle_core::Result<Option<Tensor>> {
    let n = events.len();
    let told = |i: usize, j: usize| i != j && events[i].is_some() && events[i] == events[j];
    let mut pull = vec![0f32; n * n];
    for (i, row) in pull.chunks_exact_mut(n).enumerate() {
        let companions = (0..n).filter(|&j| told(i, j)).count();
        (0..n).filter(|&j| told(i, j)).for_each(|j| row[j] = 1.0 / companions as f32);
    }
    if pull.iter().all(|share| *share == 0.0) {
        return Ok(None);
    }
    let own: Vec<f32> = (0..n * n).map(|at| if at / n == at % n { -1e4 } else { 0.0 }).collect();
    let (pull, own) = (Tensor::from_vec(pull, (n, n), &Device::Cpu)?, Tensor::from_vec(own, (n, n), &Device::Cpu)?);
    let length = (pooled.sqr()?.sum_keepdim(1)? + 1e-12)?.sqrt()?;
    let unit = pooled.broadcast_div(&length)?;
    let likeness = ((unit.matmul(&unit.t()?)? / WARMTH)? + own)?;
    Ok(Some((log_softmax(&likeness, D::Minus1)? * pull)?.sum_all()?.neg()?))
}

/// Temperature of the contrastive loss.
const WARMTH: f64 = 0.1;

/// Square-root inverse frequency, mean 1 over the examples: full inverse would let a label with ten examples shout.
fn balance(head: Head, labels: &Labels, examples: &[Labelled]) -> Vec<f32> {
    let mut counts = vec![0f32; labels.codes.len()];
    let index: BTreeMap<&str, usize> = labels.codes.iter().enumerate().map(|(i, code)| (code.as_str(), i)).collect();
    for code in examples.iter().filter_map(|example| example.labels.get(&head)) {
        if let Some(&i) = index.get(code.as_str()) {
            counts[i] += 1.0;
        }
    }
    let total: f32 = counts.iter().sum();
    let rough: Vec<f32> = counts.iter().map(|n| (1.0 / n.max(1.0)).sqrt()).collect();
    let mean: f32 = rough.iter().zip(&counts).map(|(w, n)| w * n).sum::<f32>() / total.max(1.0);
    rough.iter().map(|w| (w / mean).min(4.0)).collect()
}

impl Learner {
    fn logits(&self, pooled: &Tensor) -> candle_core::Result<Tensor> {
        let own = pooled.matmul(&self.weight)?.broadcast_add(&self.bias)?;
        match &self.above {
            Some((weight, bias, member)) => own + pooled.matmul(weight)?.broadcast_add(bias)?.matmul(member)?,
            None => Ok(own),
        }
    }

    fn loss(&self, pooled: &Tensor, targets: &[&Target], head: Head) -> candle_core::Result<Tensor> {
        let width = self.labels.codes.len();
        let mut wanted = vec![0f32; targets.len() * width];
        for (row, target) in wanted.chunks_exact_mut(width).zip(targets) {
            for &(label, share) in target.get(&head).into_iter().flatten() {
                row[label] += share * self.balance[label];
            }
        }
        let wanted = Tensor::from_vec(wanted, (targets.len(), width), &Device::Cpu)?;
        let spoken = log_softmax(&self.logits(pooled)?, D::Minus1)?;
        let fine = (&spoken * &wanted)?.sum_all()?.neg()?;
        match &self.above {
            None => Ok(fine),
            Some((_, _, member)) => {
                let coarse = (spoken.exp()?.matmul(&member.t()?)? + 1e-9)?.log()?;
                let wanted = wanted.matmul(&member.t()?)?;
                fine + ((coarse * wanted)?.sum_all()?.neg()? * 0.3)?
            }
        }
    }
}

// ── answering ───────────────────────────────────────────────────────────────────────────────────────────────────

/// All heads of a trained model: plain arithmetic on one pooled vector.
pub struct Heads(BTreeMap<Head, Layer>);

struct Layer {
    /// `[codes][hidden]`, the parent's row already added.
    rows: Vec<Vec<f32>>,
    bias: Vec<f32>,
}

impl Heads {
    /// Reads `heads.safetensors` of a model folder, which must have a layer for every head of `plan`.
    pub fn load(dir: &Path, plan: &Plan, hidden: usize) -> Result<Self> {
        let file = dir.join("heads.safetensors");
        let raw = candle_core::safetensors::load(&file, &Device::Cpu).map_err(|e| unreadable(&file, e))?;
        let mut weights = BTreeMap::new();
        for (&head, labels) in plan {
            let layer = Layer::read(&raw, head, labels, hidden).map_err(|e| unreadable(&file, e))?;
            weights.insert(head, layer);
        }
        Ok(Self(weights))
    }

    /// One logit per label.
    pub fn logits(&self, head: Head, pooled: &[f32]) -> Vec<f32> {
        self.0.get(&head).map_or_else(Vec::new, |layer| layer.logits(pooled))
    }
}

/// Reads `labels.json`.
pub fn read_plan(dir: &Path) -> Result<Plan> {
    let file = dir.join("labels.json");
    let text = std::fs::read_to_string(&file).map_err(|e| unreadable(&file, e))?;
    let name = file.display();
    let broken = || {
        Error::setup(format!("标签文件写错了：{name}，请重新训练"), format!("broken label file {name}: train again"))
    };
    let plan: Plan = serde_json::from_str(&text)
        .map_err(|e| broken().at(format!("{name}:{}", e.line()), e.to_string(), e.to_string()))?;
    match plan.iter().find(|(_, labels)| !labels.sound()) {
        None => Ok(plan),
        Some((head, _)) => Err(broken().at(
            format!("{name}#/{}", head.name()),
            "标签重复，或与上级标签对不上",
            "labels repeat or do not fit their parents",
        )),
    }
}

fn unreadable(file: &Path, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    let name = file.display();
    Error::setup(
        format!("模型文件读不了：{name}（缺失或损坏，请重新训练或重新取得该模型）"),
        format!("cannot read {name}: missing or damaged"),
    )
    .because(cause)
}

impl Layer {
    fn read(
        raw: &std::collections::HashMap<String, Tensor>,
        head: Head,
        labels: &Labels,
        hidden: usize,
    ) -> candle_core::Result<Self> {
        let get = |leaf: &str, shape: &[usize]| match raw.get(&format!("{}.{leaf}", head.name())) {
            Some(tensor) if tensor.dims() == shape => Ok(tensor.to_dtype(candle_core::DType::F32)?),
            Some(tensor) => candle_core::bail!("{}.{leaf}: {:?} where {shape:?} is due", head.name(), tensor.dims()),
            None => candle_core::bail!("{}.{leaf} is missing", head.name()),
        };
        let (codes, parents) = (labels.codes.len(), labels.parents.len());
        let mut rows = get("weight", &[hidden, codes])?.t()?.contiguous()?.to_vec2::<f32>()?;
        let mut bias = get("bias", &[codes])?.to_vec1::<f32>()?;
        if parents > 0 {
            let above = get("above.weight", &[hidden, parents])?.t()?.contiguous()?.to_vec2::<f32>()?;
            let above_bias = get("above.bias", &[parents])?.to_vec1::<f32>()?;
            for (code, &parent) in labels.parent.iter().enumerate() {
                rows[code].iter_mut().zip(&above[parent]).for_each(|(w, a)| *w += a);
                bias[code] += above_bias[parent];
            }
        }
        Ok(Self { rows, bias })
    }

    fn logits(&self, pooled: &[f32]) -> Vec<f32> {
        let dot = |row: &Vec<f32>| row.iter().zip(pooled).map(|(w, x)| w * x).sum::<f32>();
        self.rows.iter().zip(&self.bias).map(|(row, bias)| dot(row) + bias).collect()
    }
}

/// `softmax(logits / temperature)`.
pub fn softmax(logits: &[f32], temperature: f32) -> Vec<f32> {
    let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut out: Vec<f32> = logits.iter().map(|x| ((x - top) / temperature).exp()).collect();
    let total: f32 = out.iter().sum();
    out.iter_mut().for_each(|x| *x /= total);
    out
}
