//! Mapping answers to the themes of a signed-off frame.
//!
//! 1. *Teach*: what the frame says ([`lessons`](super::lessons)) and the confirmed answers are examples; [`Ridge`]
//!    learns from them what each code looks like, and what is answered to each question.
//! 2. *Ask*: an answer scores for a code half by its whole, half by its best clause.
//! 3. *Look around*: answers that mean the same should fall to the same themes, so scores are drawn to those of the
//!    nearest answers (label spreading, Zhou et al. 2004).
//! 4. *Decide*: scores become probabilities by a logistic curve whose steepness depends on how much was confirmed.
//!
//! Steepness, ridge and shares were chosen on the authored surveys (`data/surveys`), see `benches/themes.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::algebra::dot32;
use super::attitude::Attitude;
use super::nothing::says_nothing;
use super::ridge::Ridge;
use super::sight::{Point, Seen, Sight, ordered};
use super::{Answer, Progress, Reading, by_turns};
use crate::case::{AnswerKey, Flood, Frame, Mapped, MappedTheme, NO_OPINION, OFF_TOPIC, Sentiment, SubMapped};

/// What a frame says, read: for each theme and sub-theme (by code) its [`lessons`](super::lessons).
pub type Taught = BTreeMap<String, Vec<Reading>>;

/// The share of the best clause in a score, beside the whole.
const CLAUSE: f64 = 0.5;
/// Neighbours looked at, how much they count, and how often.
const NEIGHBOURS: usize = 10;
const AROUND: f64 = 0.3;
const ROUNDS: usize = 5;
/// Answers that may be neighbours, at most: evenly taken.
const POOL: usize = 4000;
/// Probability from which a theme is told; what makes the most of F1 lies below one half (Lipton et al. 2014).
const TOLD: f32 = 0.34;
/// The share of a theme's probability from which a sub-theme is told.
const SHARED: f64 = 0.3;
/// Log-odds = steepness · score + this.
const OFFSET: f64 = -5.2;
/// What is taken from the score of 无意见 where an answer does say something.
const SAYS_SOMETHING: f64 = 0.15;
/// Answers handled between two reports of progress.
const BATCH: usize = 256;

/// A learnt mapping. Learn once for a frame and its answers, then map any answers.
pub struct Mapper {
    sight: Sight,
    ridge: Ridge,
    codes: Codes,
    steepness: f64,
    confirmed: BTreeMap<AnswerKey, BTreeSet<String>>,
    pool: Vec<Neighbour>,
    attitude: Arc<Attitude>,
}

/// The codes of a frame in one row: which are themes, and which stand under which.
struct Codes {
    all: Vec<String>,
    /// For a sub-theme where its theme stands in `all`.
    above: Vec<Option<usize>>,
}

/// An answer of the pool, and its scores after looking around.
struct Neighbour {
    key: AnswerKey,
    point: Point,
    scores: Vec<f64>,
}

impl Codes {
    fn of(frame: &Frame) -> Self {
        let (mut all, mut above) = (Vec::new(), Vec::new());
        for theme in &frame.themes {
            let at = all.len();
            all.push(theme.code.clone());
            above.push(None);
            for sub in &theme.sub {
                all.push(sub.code.clone());
                above.push(Some(at));
            }
        }
        Self { all, above }
    }

    fn at(&self, code: &str) -> Option<usize> {
        self.all.iter().position(|other| other == code)
    }

    /// 1 for each code and for the theme above it.
    fn targets<'a>(&self, codes: impl Iterator<Item = &'a String>) -> Vec<f64> {
        let mut targets = vec![0.0; self.all.len()];
        for at in codes.filter_map(|code| self.at(code)) {
            targets[at] = 1.0;
            self.above[at].into_iter().for_each(|theme| targets[theme] = 1.0);
        }
        targets
    }
}

impl Mapper {
    /// Learns from the frame (`taught`: its lessons, read), its confirmed answers, and the words of all
    /// `answers`. Deterministic; independent of the order of `answers`.
    pub fn learn(frame: &Frame, taught: &Taught, answers: &[Answer], progress: Progress) -> Self {
        let answers = ordered(answers);
        let told: Vec<&Reading> = taught.values().flatten().collect();
        let sight = Sight::of(&answers, &told);
        let codes = Codes::of(frame);
        let confirmed: BTreeMap<AnswerKey, BTreeSet<String>> =
            frame.confirmed.iter().map(|confirmed| (confirmed.answer.clone(), confirmed.codes.clone())).collect();
        let (mut examples, mut targets) = (Vec::new(), Vec::new());
        for answer in &answers {
            if let Some(said) = confirmed.get(&answer.key) {
                examples.push(sight.said(answer, &answer.whole));
                targets.push(codes.targets(said.iter()));
            }
        }
        let each = examples.len() as f64 / frame.themes.len().max(1) as f64;
        for (code, readings) in taught.iter().filter(|(code, _)| codes.at(code).is_some()) {
            examples.extend(readings.iter().map(|reading| sight.point(reading)));
            targets.extend(readings.iter().map(|_| codes.targets(std::iter::once(code))));
        }
        let ridge = Ridge::learn(examples, &targets, Point::likeness);
        let steepness = 20.0 * (1.0 + each).powf(-0.14);
        let (pool, attitude) = (Vec::new(), Arc::default());
        let mut mapper = Self { sight, ridge, codes, steepness, confirmed, pool, attitude };
        mapper.look_around(&answers, progress);
        mapper
    }

    /// Tells attitudes as `attitude` has learnt them; until then every answer is neutral.
    pub fn feeling(self, attitude: Arc<Attitude>) -> Self {
        Self { attitude, ..self }
    }

    /// Each answer to its themes, in the order of `answers`. Those of `floods` carry `copy_of` and their first's
    /// themes.
    pub fn map(&self, answers: &[Answer], floods: &[Flood], progress: Progress) -> Vec<Mapped> {
        let mut mapped = Vec::with_capacity(answers.len());
        for batch in answers.chunks(BATCH) {
            mapped.par_extend(batch.par_iter().map(|answer| self.map_one(answer)));
            progress(mapped.len(), answers.len());
        }
        let at: BTreeMap<AnswerKey, usize> =
            mapped.iter().enumerate().map(|(i, mapped)| (mapped.answer.clone(), i)).collect();
        for flood in floods {
            let Some(first) = at.get(&flood.first).map(|&i| mapped[i].clone()) else { continue };
            for i in flood.copies.iter().filter_map(|copy| at.get(copy)) {
                let confirmed = mapped[*i].confirmed;
                let own = mapped[*i].clone();
                mapped[*i] = Mapped {
                    answer: own.answer,
                    copy_of: Some(flood.first.clone()),
                    confirmed,
                    themes: if confirmed { own.themes } else { first.themes.clone() },
                    ..first.clone()
                };
            }
        }
        mapped
    }

    /// For each theme the answers to confirm next, at most `count`: likely ones that are not like each other, of each
    /// question in turn. Those already confirmed are left out.
    pub fn to_confirm(&self, answers: &[Answer], count: usize) -> Vec<(String, Vec<AnswerKey>)> {
        let answers: Vec<&Answer> =
            ordered(answers).into_iter().filter(|answer| !self.confirmed.contains_key(&answer.key)).collect();
        let seen = self.sight.seen(&answers);
        let scored: Vec<Vec<f64>> =
            answers.par_iter().zip(&seen).map(|(answer, seen)| self.scores(answer, seen)).collect();
        let themes = (0..self.codes.all.len()).filter(|&t| self.codes.above[t].is_none());
        let choose = |t: usize| {
            let mut order: Vec<usize> = (0..answers.len()).collect();
            order.sort_by(|&a, &b| scored[b][t].total_cmp(&scored[a][t]).then_with(|| a.cmp(&b)));
            order.truncate(8 * count.max(1));
            let mut chosen: Vec<usize> = Vec::new();
            while chosen.len() < 2 * count.min(order.len()) {
                let value = |i: usize| {
                    let like = chosen.iter().map(|&c| seen[c].whole.meaning(&seen[i].whole)).fold(0.0, f32::max);
                    f64::from(self.probability(scored[i][t])) - 0.5 * f64::from(like)
                };
                let free = order.iter().copied().filter(|i| !chosen.contains(i));
                let Some(next) = free.reduce(|best, next| if value(next) > value(best) { next } else { best }) else {
                    break;
                };
                chosen.push(next);
            }
            let mut chosen = by_turns(chosen, |&i| answers[i].key.question.clone());
            chosen.truncate(count);
            (self.codes.all[t].clone(), chosen.into_iter().map(|i| answers[i].key.clone()).collect())
        };
        themes.map(choose).collect()
    }

    /// The clause of an answer that says most of `code`, and how likely it alone would fall to it.
    pub fn clause<'a>(&self, answer: &'a Answer, code: &str) -> Option<(&'a Reading, f32)> {
        let at = self.codes.at(code)?;
        let ask = |part: &'a Reading| (part, self.probability(self.ridge.ask(&self.sight.said(answer, part))[at]));
        answer.parts.iter().map(ask).reduce(|best, next| if next.1 > best.1 { next } else { best })
    }

    fn map_one(&self, answer: &Answer) -> Mapped {
        let (sentiment, sentiment_probability) = self.attitude.of(answer);
        let confirmed = self.confirmed.get(&answer.key);
        let scores = match confirmed {
            Some(said) => self.codes.targets(said.iter()),
            None => {
                let seen = self.sight.seen(&[answer]);
                seen.first().map_or_else(Vec::new, |seen| self.scores(answer, seen))
            }
        };
        let probability = |at: usize| match confirmed {
            Some(_) => scores[at] as f32,
            None => self.probability(scores[at]),
        };
        let told: Vec<(usize, f32)> = self.themes().map(|at| (at, probability(at))).collect();
        Mapped {
            answer: answer.key.clone(),
            themes: self.told(told, &scores, confirmed.is_some()),
            sentiment: if says_nothing(&answer.whole.text) && sentiment == Sentiment::Mixed {
                Sentiment::Neutral
            } else {
                sentiment
            },
            sentiment_probability,
            copy_of: None,
            confirmed: confirmed.is_some(),
        }
    }

    fn themes(&self) -> impl Iterator<Item = usize> {
        (0..self.codes.all.len()).filter(|&at| self.codes.above[at].is_none())
    }

    /// The themes to tell: all that are likely enough, at least the likeliest; 无意见 and 与问卷无关 stand alone.
    fn told(&self, mut themes: Vec<(usize, f32)>, scores: &[f64], confirmed: bool) -> Vec<MappedTheme> {
        themes.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let alone = |at: usize| self.codes.all[at] == NO_OPINION || self.codes.all[at] == OFF_TOPIC;
        let first = themes.first().map(|(at, _)| *at);
        themes.retain(|(at, p)| Some(*at) == first || *p >= TOLD && !alone(*at));
        if first.is_some_and(alone) {
            themes.truncate(1);
        }
        let theme = |(at, p): (usize, f32)| MappedTheme {
            code: self.codes.all[at].clone(),
            probability: p,
            sub: self.subs(at, p, scores, confirmed),
        };
        themes.into_iter().map(theme).collect()
    }

    /// The sub-themes of a theme that is told: they share its probability by how their scores compare. The first is told
    /// unless it is one of many alike, others where they have [`SHARED`] of it.
    fn subs(&self, theme: usize, probability: f32, scores: &[f64], confirmed: bool) -> Vec<SubMapped> {
        let below: Vec<usize> = (0..self.codes.all.len()).filter(|&at| self.codes.above[at] == Some(theme)).collect();
        let sub = |at: usize, probability: f32| SubMapped { code: self.codes.all[at].clone(), probability };
        if confirmed {
            return below.into_iter().filter(|&at| scores[at] > 0.5).map(|at| sub(at, 1.0)).collect();
        }
        let weight = |at: usize| (self.steepness * scores[at]).exp();
        let total: f64 = below.iter().map(|&at| weight(at)).sum();
        let mut shares: Vec<(usize, f64)> = below.iter().map(|&at| (at, weight(at) / total)).collect();
        shares.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let told = shares.into_iter().filter(|(_, share)| *share >= SHARED);
        told.map(|(at, share)| sub(at, probability * share as f32)).collect()
    }

    fn probability(&self, score: f64) -> f32 {
        (1.0 / (1.0 + (-(self.steepness * score + OFFSET)).exp())) as f32
    }

    /// Half the whole, half the best clause; what is confirmed is as confirmed.
    fn own_scores(&self, answer: &Answer, seen: &Seen) -> Vec<f64> {
        if let Some(said) = self.confirmed.get(&answer.key) {
            return self.codes.targets(said.iter());
        }
        let whole = self.ridge.ask(&seen.whole);
        let mut best = if seen.parts.is_empty() { whole.clone() } else { vec![f64::NEG_INFINITY; whole.len()] };
        for part in &seen.parts {
            best.iter_mut().zip(self.ridge.ask(part)).for_each(|(best, score)| *best = best.max(score));
        }
        whole.iter().zip(best).map(|(whole, best)| (1.0 - CLAUSE) * whole + CLAUSE * best).collect()
    }

    fn scores(&self, answer: &Answer, seen: &Seen) -> Vec<f64> {
        let mut scores = self.own_scores(answer, seen);
        if !self.confirmed.contains_key(&answer.key) {
            let near = near(&seen.whole, &answer.key, &self.pool);
            drawn(&mut scores, near.iter().map(|(at, weight)| (&self.pool[*at].scores, *weight)));
        }
        let nothing = says_nothing(&answer.whole.text);
        for (code, score) in self.codes.all.iter().zip(&mut scores) {
            *score = match (nothing, code == NO_OPINION) {
                (true, says) => f64::from(u8::from(says)),
                (false, true) => *score - SAYS_SOMETHING,
                (false, false) => *score,
            };
        }
        scores
    }

    /// Fills the pool: answers and their scores, drawn to each other a few times.
    fn look_around(&mut self, answers: &[&Answer], progress: Progress) {
        let step = answers.len().div_ceil(POOL).max(1);
        let pooled: Vec<&Answer> = answers.iter().copied().step_by(step).collect();
        let seen = self.sight.seen(&pooled);
        let own: Vec<Vec<f64>> =
            pooled.par_iter().zip(&seen).map(|(answer, seen)| self.own_scores(answer, seen)).collect();
        let neighbours = pooled.iter().zip(seen).zip(&own);
        let pool: Vec<Neighbour> = neighbours
            .map(|((answer, seen), scores)| Neighbour {
                key: answer.key.clone(),
                point: seen.whole,
                scores: scores.clone(),
            })
            .collect();
        let mut close = Vec::with_capacity(pool.len());
        for batch in pool.chunks(BATCH) {
            close.par_extend(batch.par_iter().map(|one| near(&one.point, &one.key, &pool)));
            progress(close.len(), pool.len());
        }
        let mut scores = own.clone();
        for _ in 0..ROUNDS {
            let next = |(own, near): (&Vec<f64>, &Vec<(usize, f64)>)| {
                let mut next = own.clone();
                drawn(&mut next, near.iter().map(|(at, weight)| (&scores[*at], *weight)));
                next
            };
            scores = own.par_iter().zip(&close).map(next).collect();
        }
        self.pool = pool.into_iter().zip(scores).map(|(one, scores)| Neighbour { scores, ..one }).collect();
    }
}

/// The nearest of the pool in meaning, and their weights, together 1.
fn near(point: &Point, key: &AnswerKey, pool: &[Neighbour]) -> Vec<(usize, f64)> {
    let like = |one: &Neighbour| match point.vector.is_empty() {
        true => point.meaning(&one.point),
        false => dot32(&point.vector, &one.point.vector),
    };
    let mut near: Vec<(usize, f32)> =
        pool.iter().enumerate().filter(|(_, one)| one.key != *key).map(|(i, one)| (i, like(one))).collect();
    let order = |a: &(usize, f32), b: &(usize, f32)| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0));
    if near.len() > NEIGHBOURS {
        near.select_nth_unstable_by(NEIGHBOURS, order);
        near.truncate(NEIGHBOURS);
    }
    near.retain(|(_, like)| *like > 0.0);
    near.sort_by(order);
    let total: f64 = near.iter().map(|(_, like)| f64::from(*like)).sum();
    near.into_iter().map(|(i, like)| (i, f64::from(like) / total.max(1e-9))).collect()
}

/// own ← (1 − β)·own + β·Σ weight·neighbour.
fn drawn<'a>(own: &mut [f64], near: impl Iterator<Item = (&'a Vec<f64>, f64)>) {
    own.iter_mut().for_each(|own| *own *= 1.0 - AROUND);
    for (scores, weight) in near {
        own.iter_mut().zip(scores).for_each(|(own, score)| *own += AROUND * weight * score);
    }
}
