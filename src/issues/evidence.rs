//! What speaks for and against two cases telling the same, in numbers a person can read.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::trace::BUCKETS;
use crate::case::{PairEvidence, Trace};
use crate::disk;
use crate::error::{Error, Result};

/// How rare each pair of letters is: the inverse document frequency (ln N/df) times 20, one byte a bucket.
#[derive(Clone)]
pub struct Rarity(Vec<u8>);

/// Steps of rarity in one unit of the natural logarithm.
const STEPS: f32 = 20.0;
/// Pairs up to this rarity stand in everybody's words.
const ORDINARY: f32 = 4.0;
/// A text copied whole (原文照抄) has this share of its words in the other: one more telling, not one more person.
const COPIED: f32 = 0.95;
/// A pair this rare belongs to a name.
const RARE: f32 = 5.0;

impl Rarity {
    /// Of all texts given, by their grams.
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a [u32]>) -> Self {
        let (mut counts, mut all) = (vec![0u32; BUCKETS], 0u32);
        for grams in texts {
            all += 1;
            grams.iter().for_each(|gram| counts[*gram as usize] += 1);
        }
        let rarity = |count: u32| ((all.max(1) as f32 / (1.0 + count as f32)).ln() * STEPS).round().clamp(0.0, 255.0);
        Self(counts.into_iter().map(|count| rarity(count) as u8).collect())
    }

    /// In units of the natural logarithm, 0 to 12.75.
    pub fn of_gram(&self, gram: u32) -> f32 {
        f32::from(self.0.get(gram as usize).copied().unwrap_or(0)) / STEPS
    }

    /// The grams of a name or a number: what candidates are found by.
    pub fn is_rare(&self, gram: u32) -> bool {
        self.of_gram(gram) > RARE
    }

    fn sum(&self, grams: impl Iterator<Item = u32>) -> f32 {
        // The sum of nothing is -0.0.
        grams.map(|gram| self.of_gram(gram)).fold(0.0, |sum, rarity| sum + rarity)
    }
}

/// The scorer (判重): log-odds = bias + Σ weight · evidence. Learnt by `guikou train --events`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    pub bias: f32,
    /// By the name of the evidence.
    pub weights: BTreeMap<String, f32>,
}

/// Judges pairs.
pub struct Scorer {
    pub weights: Weights,
    pub rarity: Rarity,
    order: Vec<f32>,
}

/// The scorer's weights in a model folder.
pub const WEIGHTS: &str = "events.json";
const RARITY: &str = "events.idf";

impl Scorer {
    /// Refuses weights of another set of evidence.
    pub fn new(weights: Weights, rarity: Rarity) -> Result<Self> {
        let order: Vec<f32> = NAMES.iter().filter_map(|name| weights.weights.get(*name).copied()).collect();
        if order.len() != NAMES.len() || weights.weights.len() != NAMES.len() {
            return Err(Error::setup(
                format!("{WEIGHTS} 与本程序的判重依据不符：请用 guikou train --events 重新学习"),
                format!("{WEIGHTS} names other evidence than this program: learn it again with guikou train --events"),
            ));
        }
        Ok(Self { weights, rarity, order })
    }

    /// Whether the folder holds a scorer.
    pub fn is_in(model: &Path) -> bool {
        model.join(WEIGHTS).is_file()
    }

    /// Reads `events.json` and `events.idf` of a model folder.
    pub fn load(model: &Path) -> Result<Self> {
        let lacking = |file: &str| {
            let path = model.join(file);
            std::fs::read(&path).map_err(|error| {
                let shown = path.display();
                Error::setup(
                    format!("读不了 {shown}：请用 guikou train --events 学习判重"),
                    format!("cannot read {shown}: learn it with guikou train --events"),
                )
                .because(error)
            })
        };
        let weights = serde_json::from_slice(&lacking(WEIGHTS)?).map_err(|error| {
            Error::setup(format!("{WEIGHTS} 写错了"), format!("{WEIGHTS} is broken")).because(error)
        })?;
        let rarity = lacking(RARITY)?;
        if rarity.len() != BUCKETS {
            return Err(Error::setup(format!("{RARITY} 不完整"), format!("{RARITY} is not whole")));
        }
        Self::new(weights, Rarity(rarity))
    }

    pub fn save(&self, model: &Path) -> Result<()> {
        let failed = |error: std::io::Error| {
            let shown = model.display();
            Error::setup(format!("写不进 {shown}"), format!("cannot write to {shown}")).because(error)
        };
        let json = serde_json::to_vec_pretty(&self.weights)
            .map_err(|error| Error::internal("权重无法写成 JSON", "the weights are not JSON").because(error))?;
        std::fs::create_dir_all(model).map_err(failed)?;
        disk::write(&model.join(WEIGHTS), &json)?;
        disk::write(&model.join(RARITY), &self.rarity.0)
    }

    /// Probability that both tell the same matter.
    pub fn probability(&self, evidence: &PairEvidence) -> f32 {
        let sum: f32 = numbers(evidence).iter().zip(&self.order).map(|(x, w)| x * w).sum();
        1.0 / (1.0 + (-(sum + self.weights.bias)).exp())
    }

    /// Symmetric to the last bit: sums of fractions depend on their order, so the earlier case always comes first.
    pub fn evidence(&self, a: &Trace, b: &Trace) -> PairEvidence {
        let (a, b) = if (a.at, &a.grams) <= (b.at, &b.grams) { (a, b) } else { (b, a) };
        evidence(a, b, &self.rarity)
    }
}

impl PairEvidence {
    /// Whether one text has (nearly) all words of the other and hardly more: copied whole (原文照抄).
    pub fn is_copy(&self) -> bool {
        self.words >= COPIED
    }
}

/// The evidence in the order of [`numbers`].
pub const NAMES: [&str; 18] = [
    "meaning",
    "words",
    "contained",
    "rare",
    "rare_alike",
    "place",
    "places_known",
    "scene",
    "places_differ",
    "place_mentioned",
    "same_district",
    "other_district",
    "other_city",
    "category",
    "same_number",
    "other_number",
    "category_and_place",
    "category_and_rare",
];

pub fn numbers(e: &PairEvidence) -> [f32; 18] {
    [
        e.meaning,
        e.words,
        e.contained,
        e.rare,
        e.rare_alike,
        e.place,
        e.places_known,
        e.scene,
        e.places_differ,
        e.place_mentioned,
        e.same_district,
        e.other_district,
        e.other_city,
        e.category,
        e.same_number,
        e.other_number,
        e.category_and_place,
        e.category_and_rare,
    ]
}

/// What two traces have in common and what not.
pub fn evidence(a: &Trace, b: &Trace, rarity: &Rarity) -> PairEvidence {
    let shared: Vec<u32> = common(&a.grams, &b.grams);
    let [all_a, all_b] = [a, b].map(|trace| rarity.sum(trace.grams.iter().copied()).max(1e-6));
    let both = rarity.sum(shared.iter().copied());
    let rare: f32 = shared.iter().map(|gram| (rarity.of_gram(*gram) - RARE).max(0.0)).sum();
    let place = alike(&a.places, &b.places);
    let known = truth(!a.places.is_empty() && !b.places.is_empty());
    let scene = a.place.as_ref().zip(b.place.as_ref()).map_or(0.0, |(a, b)| likeness(a, b));
    let areas = [a, b].map(areas);
    let meaning = cosine(&a.embedding, &b.embedding);
    let category = overlap(a, b);
    let rare = rare.ln_1p();
    PairEvidence {
        meaning,
        words: both / (all_a * all_b).sqrt(),
        contained: both / all_a.min(all_b),
        rare,
        rare_alike: rare_alike(a, b, &shared, rarity),
        place,
        places_known: known,
        scene,
        places_differ: truth(known > 0.0 && place < 0.3),
        place_mentioned: truth(mentions(a, b) || mentions(b, a)),
        same_district: truth(shares(&areas[0].0, &areas[1].0)),
        other_district: truth(differ(&areas[0].0, &areas[1].0)),
        other_city: truth(differ(&areas[0].1, &areas[1].1)),
        category,
        same_number: truth(a.numbers.iter().any(|number| b.numbers.contains(number))),
        other_number: truth(numbers_differ(a, b)),
        category_and_place: category * place,
        category_and_rare: category * rare,
    }
}

/// Districts, and cities, of a trace. `A3区` lies in A市.
fn areas(trace: &Trace) -> (Vec<String>, Vec<String>) {
    let (mut districts, mut cities) = (trace.district.iter().cloned().collect::<Vec<_>>(), Vec::new());
    for area in &trace.areas {
        let letter = area.chars().next().filter(char::is_ascii_uppercase);
        let numbered = area.chars().nth(1).is_some_and(|c| c.is_ascii_digit());
        match letter {
            Some(letter) if numbered => {
                districts.push(area.clone());
                cities.push(format!("{letter}市"));
            }
            _ if area.ends_with(['区', '县']) => districts.push(area.clone()),
            _ => cities.push(area.clone()),
        }
    }
    (districts, cities)
}

fn shares(a: &[String], b: &[String]) -> bool {
    a.iter().any(|name| b.contains(name))
}

/// Both name some and none is the same.
fn differ(a: &[String], b: &[String]) -> bool {
    !a.is_empty() && !b.is_empty() && !shares(a, b)
}

/// Cosine of the rare pairs of letters, each weighted by how far it is beyond the ordinary.
fn rare_alike(a: &Trace, b: &Trace, shared: &[u32], rarity: &Rarity) -> f32 {
    let squared =
        |grams: &[u32]| grams.iter().map(|gram| (rarity.of_gram(*gram) - ORDINARY).max(0.0).powi(2)).sum::<f32>();
    let norm = (squared(&a.grams) * squared(&b.grams)).sqrt();
    if norm > 0.0 { squared(shared) / norm } else { 0.0 }
}

fn truth(is_so: bool) -> f32 {
    f32::from(u8::from(is_so))
}

/// What two ascending lists share.
fn common(a: &[u32], b: &[u32]) -> Vec<u32> {
    let (mut i, mut j, mut shared) = (0, 0, Vec::new());
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        match x.cmp(y) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                shared.push(*x);
                (i, j) = (i + 1, j + 1);
            }
        }
    }
    shared
}

fn cosine(a: &[i8], b: &[i8]) -> f32 {
    if a.len() != b.len() {
        return 0.0;
    }
    dot(a, b) as f32 / (254.0 * 254.0)
}

/// Written so that the compiler uses wide registers.
pub fn dot(a: &[i8], b: &[i8]) -> i32 {
    let chunks = a.chunks_exact(64).zip(b.chunks_exact(64));
    let whole: i32 =
        chunks.map(|(a, b)| a.iter().zip(b).map(|(x, y)| i32::from(i16::from(*x) * i16::from(*y))).sum::<i32>()).sum();
    let done = a.len() / 64 * 64;
    whole + a[done..].iter().zip(&b[done..]).map(|(x, y)| i32::from(*x) * i32::from(*y)).sum::<i32>()
}

/// The likeliest pair of places.
fn alike(a: &[String], b: &[String]) -> f32 {
    a.iter().flat_map(|a| b.iter().map(|b| likeness(a, b))).fold(0.0, f32::max)
}

/// Dice coefficient of the pairs of letters of two names.
fn likeness(a: &str, b: &str) -> f32 {
    if a == b {
        return 1.0;
    }
    let pairs = |name: &str| {
        let letters: Vec<char> = name.chars().collect();
        let mut pairs: Vec<(char, char)> = letters.windows(2).map(|pair| (pair[0], pair[1])).collect();
        pairs.sort_unstable();
        pairs.dedup();
        pairs
    };
    let (a, b) = (pairs(a), pairs(b));
    let shared = a.iter().filter(|pair| b.contains(pair)).count();
    2.0 * shared as f32 / (a.len() + b.len()).max(1) as f32
}

/// Whether a place named in `a`, of three letters or more, stands in the text of `b`, by its pairs of letters.
fn mentions(a: &Trace, b: &Trace) -> bool {
    let stands = |place: &String| {
        let grams = super::trace::grams(place);
        grams.len() >= 2 && grams.iter().all(|gram| b.grams.binary_search(gram).is_ok())
    };
    a.places.iter().any(stands)
}

/// Bhattacharyya coefficient of the likeliest categories.
fn overlap(a: &Trace, b: &Trace) -> f32 {
    let other = |code: &str| b.categories.iter().find(|scored| scored.code == code).map(|scored| scored.probability);
    a.categories.iter().filter_map(|scored| Some((scored.probability * other(&scored.code)?).sqrt())).sum()
}

/// Both name a number of one kind, and none is the same.
fn numbers_differ(a: &Trace, b: &Trace) -> bool {
    let of = |trace: &Trace, kind: char| -> Vec<String> {
        trace.numbers.iter().filter(|number| number.ends_with(kind)).cloned().collect()
    };
    ['栋', '路', '期'].into_iter().any(|kind| {
        let (a, b) = (of(a, kind), of(b, kind));
        !a.is_empty() && !b.is_empty() && !a.iter().any(|number| b.contains(number))
    })
}
