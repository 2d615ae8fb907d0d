//! Attitude (态度): whether an answer praises, complains, does both, or calmly proposes.
//!
//! Learnt by [`Ridge`] from answers whose attitude people have said, by what they mean, how they are written, and which
//! words of attitude (`data/attitude.txt`) they hold where.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::algebra::{dot32, unit};
use super::grams;
use super::ridge::Ridge;
use super::sight::{Point, Sight};
use super::{Answer, Reading};
use crate::case::Sentiment;
use crate::error::{Error, Result};

/// Kinds of words, as `data/attitude.txt` names them: 夸, 怨, 提议, 否定, 转折, 今昔对比, 追问.
const KINDS: [&str; 7] = ["good", "bad", "ask", "not", "but", "was", "query"];
const GOOD: usize = 0;
const BAD: usize = 1;
const ASK: usize = 2;
const NOT: usize = 3;
const BUT: usize = 4;
/// Characters within which 不 turns a word of praise, and one of complaint.
const TURNS_GOOD: usize = 2;
const TURNS_BAD: usize = 1;

/// The words of attitude.
#[derive(Debug, Clone, Default)]
pub struct AttitudeWords {
    kinds: BTreeMap<String, usize>,
    longest: usize,
}

impl AttitudeWords {
    /// Reads lines of `kind word word …`; `#` opens a comment. `file` is named where a line is wrong.
    pub fn parse(text: &str, file: &str) -> Result<Self> {
        let mut words = Self::default();
        let mut error =
            Error::setup("态度词表有误：请按下列各行改正", "the words of attitude have mistakes: mend these");
        let lines = text.lines().enumerate().filter(|(_, line)| !line.starts_with('#') && !line.trim().is_empty());
        for (i, line) in lines {
            let mut parts = line.split_whitespace();
            let kind = parts.next().and_then(|name| KINDS.iter().position(|kind| *kind == name));
            let Some(kind) = kind else {
                let (zh, en) =
                    (format!("第一个词应为 {}", KINDS.join("、")), format!("begin with {}", KINDS.join(", ")));
                error = error.at(format!("{file}:{}", i + 1), zh, en);
                continue;
            };
            for word in parts {
                words.longest = words.longest.max(word.chars().count());
                words.kinds.entry(word.to_owned()).or_insert(kind);
            }
        }
        if error.flaws.is_empty() { Ok(words) } else { Err(error) }
    }

    /// How many words of each kind: the longest word counts, and 不 before one turns it over.
    fn count(&self, text: &str) -> [f32; KINDS.len()] {
        let letters: Vec<char> = text.chars().collect();
        let mut counts = [0f32; KINDS.len()];
        let (mut i, mut before): (usize, Option<(usize, usize)>) = (0, None);
        while i < letters.len() {
            let lengths = (1..=self.longest.min(letters.len() - i)).rev();
            let found = lengths.map(|n| letters[i..i + n].iter().collect::<String>());
            let found = found.filter_map(|word| self.kinds.get(&word).map(|kind| (*kind, word.chars().count()))).next();
            let Some((mut kind, length)) = found else {
                i += 1;
                continue;
            };
            let gap = before.filter(|(kind, _)| *kind == NOT).map(|(_, end)| i - end);
            let turned = match kind {
                GOOD if gap.is_some_and(|gap| gap <= TURNS_GOOD) => Some(BAD),
                BAD if gap.is_some_and(|gap| gap <= TURNS_BAD) => Some(GOOD),
                _ => None,
            };
            if let Some(turned) = turned {
                kind = turned;
                counts[NOT] -= 1.0;
            }
            counts[kind] += 1.0;
            i += length;
            before = Some((kind, i));
        }
        counts
    }

    /// What the words say of an answer: how many of each kind, in all, in the first and in the last clause, and how
    /// they stand together.
    fn signs(&self, answer: &Answer) -> Vec<f32> {
        let text = answer.whole.text.as_str();
        let all = self.count(text);
        let clause = |part: Option<&Reading>| self.count(part.map_or(text, |part| part.text.as_str()));
        let (first, last) = (clause(answer.parts.first()), clause(answer.parts.last()));
        let says = |truth: bool| f32::from(u8::from(truth));
        let mut signs: Vec<f32> = all.iter().flat_map(|count| [count.min(4.0), says(*count > 0.0)]).collect();
        signs.extend(last.iter().chain(&first).map(|count| count.min(2.0)));
        let has = |kind: usize| all[kind] > 0.0;
        signs.extend([
            (text.chars().count() as f32 + 1.0).ln(),
            answer.parts.len() as f32,
            says(has(GOOD) && has(BAD)),
            says(has(GOOD) && has(BUT)),
            says(all[GOOD] > all[BAD]),
            says(has(ASK) && !has(GOOD) && !has(BAD)),
            says(text.contains(['！', '!'])),
            says(text.ends_with(['？', '?'])),
        ]);
        signs
    }
}

/// An opinion whose attitude a person has said: a line of `data/opinions.jsonl`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opinion {
    pub text: String,
    pub sentiment: Sentiment,
}

impl Opinion {
    /// Reads one opinion a line; `file` is named where a line is wrong.
    pub fn parse(text: &str, file: &str) -> Result<Vec<Self>> {
        let mut error =
            Error::setup("态度样例有误：请按下列各行改正", "the examples of attitude have mistakes: mend these");
        let mut opinions = Vec::new();
        for (i, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            match serde_json::from_str(line) {
                Ok(opinion) => opinions.push(opinion),
                Err(_) => {
                    let form = r#"{"text": "…", "sentiment": "positive|negative|mixed|neutral"}"#;
                    error = error.at(format!("{file}:{}", i + 1), format!("应为 {form}"), format!("write {form}"));
                }
            }
        }
        if error.flaws.is_empty() { Ok(opinions) } else { Err(error) }
    }
}

/// What was learnt of attitudes.
pub struct Attitude {
    words: AttitudeWords,
    sight: Sight,
    ridge: Ridge,
    /// Mean and spread of each sign.
    scale: Vec<(f32, f32)>,
}

impl Attitude {
    /// Learns from answers and their attitudes. With none, everything is neutral.
    pub fn learn(words: AttitudeWords, known: &[(Answer, Sentiment)]) -> Self {
        let mut known: Vec<(&Answer, Sentiment)> =
            known.iter().map(|(answer, sentiment)| (answer, *sentiment)).collect();
        known.sort_by(|a, b| a.0.key.cmp(&b.0.key).then_with(|| a.0.whole.text.cmp(&b.0.whole.text)));
        let answers: Vec<&Answer> = known.iter().map(|(answer, _)| *answer).collect();
        let signs: Vec<Vec<f32>> = answers.iter().map(|answer| words.signs(answer)).collect();
        let scale = scale(&signs);
        let sight = Sight::of(&answers, &[]);
        let point = |(answer, signs): (&&Answer, &Vec<f32>)| Point {
            signs: scaled(signs, &scale),
            ..sight.point(&answer.whole)
        };
        let examples = answers.iter().zip(&signs).map(point).collect();
        let targets: Vec<Vec<f64>> = known
            .iter()
            .map(|(_, said)| Sentiment::ALL.iter().map(|one| f64::from(u8::from(one == said))).collect())
            .collect();
        let ridge = Ridge::learn(examples, &targets, likeness);
        Self { words, sight, ridge, scale }
    }

    /// The likeliest attitude and how likely it is.
    pub fn of(&self, answer: &Answer) -> (Sentiment, f32) {
        let signs = scaled(&self.words.signs(answer), &self.scale);
        let scores = self.ridge.ask(&Point { signs, ..self.sight.point(&answer.whole) });
        let likely: Vec<f64> = scores.iter().map(|score| score.clamp(0.0, 1.0)).collect();
        let total: f64 = likely.iter().sum();
        let best = Sentiment::ALL.into_iter().zip(likely);
        let best = best.reduce(|best, next| if next.1 > best.1 { next } else { best });
        best.filter(|(_, score)| *score > 0.0)
            .map_or((Sentiment::Neutral, 0.0), |(sentiment, score)| (sentiment, (score / total) as f32))
    }
}

/// Nothing learnt: everything is neutral.
impl Default for Attitude {
    fn default() -> Self {
        Self::learn(AttitudeWords::default(), &[])
    }
}

/// Meaning, writing and signs count alike.
fn likeness(a: &Point, b: &Point) -> f32 {
    (dot32(&a.vector, &b.vector) + grams::likeness(&a.grams, &b.grams) + dot32(&a.signs, &b.signs)) / 3.0
}

fn scale(rows: &[Vec<f32>]) -> Vec<(f32, f32)> {
    let n = rows.len().max(1) as f32;
    let width = rows.first().map_or(0, Vec::len);
    let one = |i: usize| {
        let mean = rows.iter().map(|row| row[i]).sum::<f32>() / n;
        let variance = rows.iter().map(|row| (row[i] - mean).powi(2)).sum::<f32>() / n;
        (mean, variance.sqrt() + 1e-6)
    };
    (0..width).map(one).collect()
}

fn scaled(signs: &[f32], scale: &[(f32, f32)]) -> Vec<f32> {
    unit(signs.iter().zip(scale).map(|(sign, (mean, spread))| (sign - mean) / spread).collect())
}
