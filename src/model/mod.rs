//! The local transformer (本地模型): a text in, calibrated probabilities and an embedding out.
//!
//! A model is a folder: `card.json`, `labels.json`, `calibration.json`, `linear.safetensors`, and, for the encoder,
//! `config.json`, `model.safetensors`, `heads.safetensors`, `tokenizer.json`, `seams.json`. [`Model::load`] reads it,
//! [`Model::predict`] asks it. Two voices speak: the encoder with its heads, and a linear model that also answers
//! alone when the encoder cannot be loaded. Texts must come normalized and masked.

pub mod augment;
pub mod backward;
pub mod calibration;
pub mod card;
pub mod doubt;
pub mod encoder;
pub mod examples;
pub mod graph;
pub mod heads;
pub mod kernels;
pub mod linear;
pub mod logistic;
pub mod newcomers;
pub mod optimizer;
pub mod score;
pub mod seams;
pub mod soup;
pub mod split;
pub mod tokens;
pub mod train;
pub mod vectors;
pub mod weights;

use std::collections::BTreeMap;
use std::path::Path;

use calibration::Calibration;
use card::Card;
use encoder::Encoder;
use examples::Examples;
use heads::{Heads, Plan};
use linear::Linear;
use newcomers::{Newcomer, Newcomers};
use seams::Seams;
use tokens::{Limit, Tokens};
use weights::Config;

use crate::case::{Clause, Head, Prediction, Scored, Similar, Span, Voice};
use crate::error::{Error, Result};

/// A loaded model folder; read-only, shared by all threads.
pub struct Model {
    pub card: Card,
    /// Why only the linear model speaks, where that is so.
    pub lacking: Option<Error>,
    plan: Plan,
    calibration: Calibration,
    transformer: Option<Transformer>,
    linear: Linear,
    examples: Examples,
    seams: Option<Seams>,
    newcomers: Newcomers,
}

/// The encoder with what stands before and behind it.
struct Transformer {
    tokens: Tokens,
    encoder: Encoder,
    heads: Heads,
    limit: Limit,
}

/// What both voices say of one text before calibration, label by label in the order of the head's codes.
pub struct Heard {
    /// The encoder's; empty where it is not loaded.
    pub logits: BTreeMap<Head, Vec<f32>>,
    /// The linear model's.
    pub margins: BTreeMap<Head, Vec<f32>>,
    pub embedding: Vec<f32>,
}

impl Model {
    /// Reads a model folder. Fails only when not even the linear model can answer; when the encoder is missing or
    /// damaged, [`Model::lacking`] says why.
    pub fn load(dir: &Path) -> Result<Self> {
        Self::with_card(dir, Card::load(dir)?)
    }

    /// The same for a folder whose card is not written yet.
    pub fn with_card(dir: &Path, card: Card) -> Result<Self> {
        let plan = heads::read_plan(dir)?;
        let linear = Linear::load(dir)?;
        if linear.labels() != plan.iter().map(|(head, labels)| (*head, labels.codes.len())).collect() {
            return Err(mixed(dir, linear::FILE, "labels.json"));
        }
        let calibration = calibration::load(dir)?;
        let (transformer, lacking) = match Transformer::load(dir, &plan, card.options.max_tokens) {
            Ok(transformer) => (Some(transformer), None),
            Err(error) => (None, Some(error)),
        };
        let (examples, seams) = (Examples::load(dir)?, Seams::load(dir)?);
        Ok(Self {
            card,
            lacking,
            plan,
            calibration,
            transformer,
            linear,
            examples,
            seams,
            newcomers: Newcomers::default(),
        })
    }

    /// The labels each head can answer.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Lets the model answer categories it was not trained on, see [`newcomers`]; those it was trained on are left out.
    pub fn welcome(&mut self, newcomers: &[Newcomer]) -> Result<()> {
        let learnt = |code: &str| self.plan.get(&Head::Category).is_some_and(|labels| labels.index(code).is_some());
        let mut new = Vec::new();
        for newcomer in newcomers.iter().filter(|newcomer| !learnt(&newcomer.code)) {
            let texts: Vec<&str> = newcomer.texts.iter().map(String::as_str).collect();
            let embedded = self.hear(&texts)?.into_iter().map(|heard| heard.embedding);
            new.push((newcomer.code.clone(), embedded.filter(|embedding| !embedding.is_empty()).collect()));
        }
        self.newcomers = Newcomers::of(self.examples.embedded(), new.into_iter());
        Ok(())
    }

    /// One prediction per text, in order.
    pub fn predict(&self, texts: &[&str]) -> Result<Vec<Prediction>> {
        Ok(self.settled(&self.hear(texts)?))
    }

    /// Predictions from what the voices said, as the calibration has it now.
    pub fn settled(&self, heard: &[Heard]) -> Vec<Prediction> {
        heard.iter().map(|heard| self.settle(heard)).collect()
    }

    /// How each head's voices become probabilities.
    pub fn calibration(&mut self) -> &mut Calibration {
        &mut self.calibration
    }

    /// The same from the linear model alone: the yardstick.
    pub fn predict_linear(&self, texts: &[&str]) -> Vec<Prediction> {
        let heard = self.margins(texts).into_iter().map(|margins| Heard {
            logits: BTreeMap::new(),
            margins,
            embedding: Vec::new(),
        });
        heard.map(|heard| self.settle(&heard)).collect()
    }

    /// How much each span of `text` spoke for `code` (occlusion, Zeiler & Fergus 2014): the log-odds of `code` with
    /// the span minus those without it. Positive: spoke for it. Spans are in `text`'s characters.
    pub fn occlude(&self, text: &str, spans: &[Span], code: &str) -> Result<Vec<f32>> {
        let characters: Vec<char> = text.chars().collect();
        let without = |span: &Span| -> String {
            let kept = characters.iter().enumerate().filter(|(i, _)| !(span.start..span.end).contains(i));
            kept.map(|(_, c)| c).collect()
        };
        let mut texts = vec![text.to_owned()];
        texts.extend(spans.iter().map(without));
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let odds: Vec<f32> = self.predict(&texts)?.iter().map(|prediction| log_odds(prediction, code)).collect();
        Ok(odds[1..].iter().map(|without| odds[0] - without).collect())
    }

    /// The `count` labelled examples nearest to an embedding.
    pub fn similar(&self, embedding: &[f32], count: usize) -> Vec<Similar> {
        self.examples.nearest(embedding, count)
    }

    /// The spans of `text` that tell one matter each, in order: its clauses, cut where another matter begins. One span
    /// where the text tells one matter, or where the model has not learnt to tell.
    pub fn matters(&self, text: &str, clauses: &[Clause]) -> Result<Vec<Span>> {
        match &self.seams {
            Some(seams) => seams.cut(clauses, &mut |spans| self.hear_parts(text, spans)),
            None => Ok(seams::whole(clauses).into_iter().collect()),
        }
    }

    /// What is said of each span of a text, heard alone.
    pub fn hear_parts(&self, text: &str, spans: &[Span]) -> Result<Vec<Prediction>> {
        let parts: Vec<String> = spans.iter().map(|span| part(text, *span)).collect();
        self.predict(&parts.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Which of the texts were labelled for it: marks on those say little of what it does with new ones.
    pub fn has_seen(&self, texts: &[&str]) -> Vec<bool> {
        self.examples.known(texts)
    }

    /// What each voice says of each text, before calibration.
    pub fn hear(&self, texts: &[&str]) -> Result<Vec<Heard>> {
        let margins = self.margins(texts);
        let Some(transformer) = &self.transformer else {
            let silent = |margins| Heard { logits: BTreeMap::new(), margins, embedding: Vec::new() };
            return Ok(margins.into_iter().map(silent).collect());
        };
        let pooled = transformer.pooled(texts)?;
        let heard = pooled.into_iter().zip(margins).map(|(pooled, margins)| Heard {
            logits: self.plan.keys().map(|&head| (head, transformer.heads.logits(head, &pooled))).collect(),
            margins,
            embedding: unit(pooled),
        });
        Ok(heard.collect())
    }

    fn margins(&self, texts: &[&str]) -> Vec<BTreeMap<Head, Vec<f32>>> {
        let mut out = vec![BTreeMap::new(); texts.len()];
        for (head, rows) in self.linear.predict(texts) {
            for (to, row) in out.iter_mut().zip(rows) {
                to.insert(head, row);
            }
        }
        out
    }

    fn settle(&self, heard: &Heard) -> Prediction {
        let voice = if heard.logits.is_empty() { Voice::Linear } else { Voice::Encoder };
        let said = |head: Head| -> Vec<f32> {
            let of = |from: &BTreeMap<Head, Vec<f32>>| from.get(&head).cloned().unwrap_or_default();
            let tuning = self.calibration.get(&head).copied().unwrap_or_default();
            tuning.probabilities(&of(&heard.logits), &of(&heard.margins))
        };
        let categories = said(Head::Category);
        Prediction {
            domains: self.domains(&categories),
            categories: self.newcomers.join(&heard.embedding, self.ranked(Head::Category, categories)),
            petition: self.ranked(Head::Petition, said(Head::Petition)),
            urgency: self.ranked(Head::Urgency, said(Head::Urgency)),
            units: self.ranked(Head::Unit, said(Head::Unit)),
            protect: self.probability(Head::Protect, "true", &said(Head::Protect)),
            embedding: heard.embedding.clone(),
            voice,
        }
    }

    fn ranked(&self, head: Head, probabilities: Vec<f32>) -> Vec<Scored> {
        let codes = self.plan.get(&head).map_or(&[][..], |labels| &labels.codes);
        ranked(codes, probabilities)
    }

    fn probability(&self, head: Head, code: &str, probabilities: &[f32]) -> f32 {
        let at = self.plan.get(&head).and_then(|labels| labels.index(code));
        at.and_then(|i| probabilities.get(i)).copied().unwrap_or(0.0)
    }

    /// Level-1 probabilities: each the sum of its children's.
    fn domains(&self, categories: &[f32]) -> Vec<Scored> {
        let Some(labels) = self.plan.get(&Head::Category) else { return Vec::new() };
        let mut sums = vec![0f32; labels.parents.len()];
        for (parent, p) in labels.parent.iter().zip(categories) {
            sums[*parent] += p;
        }
        ranked(&labels.parents, sums)
    }
}

fn ranked(codes: &[String], probabilities: Vec<f32>) -> Vec<Scored> {
    let pairs = codes.iter().cloned().zip(probabilities);
    let mut out: Vec<Scored> = pairs.map(|(code, probability)| Scored { code, probability }).collect();
    out.sort_by(|a, b| b.probability.total_cmp(&a.probability).then_with(|| a.code.cmp(&b.code)));
    out
}

/// Against the sum of all others, not 1 − p, which says nothing more of a category that is all but certain.
fn log_odds(prediction: &Prediction, code: &str) -> f32 {
    let (mut of, mut against) = (0f32, 0f32);
    for Scored { code: known, probability } in &prediction.categories {
        *(if known == code { &mut of } else { &mut against }) += probability;
    }
    (of.max(1e-12) / against.max(1e-12)).ln()
}

/// The tokenizer of a model folder, which must speak the encoder's vocabulary, and how long a text may get.
pub fn tokenizer(dir: &Path, config: &Config, longest: usize) -> Result<(Tokens, Limit)> {
    let tokens = Tokens::load(dir)?;
    if tokens.vocabulary() > config.vocab_size {
        return Err(mixed(dir, "tokenizer.json", "config.json"));
    }
    Ok((tokens, Limit::of(longest.min(config.max_position_embeddings))))
}

/// Two files that are each whole but of different models.
fn mixed(dir: &Path, one: &str, other: &str) -> Error {
    let dir = dir.display();
    Error::setup(
        format!("{dir} 里的 {one} 与 {other} 不是同一个模型的：请重新训练，或整个目录一起复制"),
        format!("{one} and {other} in {dir} are not of one model: train again, or copy the whole folder"),
    )
}

/// The characters of a span.
fn part(text: &str, span: Span) -> String {
    text.chars().skip(span.start).take(span.end.saturating_sub(span.start)).collect()
}

/// Scaled to length 1.
fn unit(mut vector: Vec<f32>) -> Vec<f32> {
    let norm = vector.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-12);
    vector.iter_mut().for_each(|x| *x /= norm);
    vector
}

impl Transformer {
    fn load(dir: &Path, plan: &Plan, longest: usize) -> Result<Self> {
        let encoder = Encoder::load(dir)?;
        let (tokens, limit) = tokenizer(dir, encoder.config(), longest)?;
        Ok(Self { tokens, heads: Heads::load(dir, plan, encoder.config().hidden_size)?, encoder, limit })
    }

    /// The pooled vector that the heads read: the mean of the last layer.
    fn pooled(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
        let ids = texts.iter().map(|text| self.tokens.ids(text, self.limit)).collect::<Result<Vec<_>>>()?;
        let encoded = self.encoder.encode(&ids)?;
        Ok(encoded.mean.chunks_exact(encoded.hidden).map(<[f32]>::to_vec).collect())
    }
}
