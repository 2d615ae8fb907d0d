//! How hot a subject is (热度指数): the house's own index with every part of it, and the formulas in common use beside it,
//! all from the same counts.

use std::cmp::Ordering;

use super::Tally;
use crate::error::Saying;

/// In milliseconds.
const SECOND: f64 = 1e3;
const HOUR: f64 = 3.6e6;
const DAY: f64 = 8.64e7;
/// Past times that a burst is told by, at least: with fewer there is no spread to compare with.
const LEAST_PAST: usize = 2;
/// So unusual that more makes no difference.
const HIGHEST_Z: f64 = 6.0;
/// From when Reddit's formula counts, seconds since 1970.
const REDDIT_BEGAN: f64 = 1_134_028_003.0;

/// What each part weighs; they should sum to 1, so that the index reaches from 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    pub volume: f64,
    pub burst: f64,
    pub people: f64,
    pub severity: f64,
    pub returns: f64,
}

/// By what the index is measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    pub weights: Weights,
    /// As many tellings, none of them old, as make volume and people reach 1.
    pub reference: f64,
}

/// The parts of the index, each 0..=1 (its share of its weight).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parts {
    /// `V = ln(1+Σ2^(−age/h)) / ln(1+ref)`, at most 1.
    pub volume: f64,
    /// `B = z/6`, within 0..=1; 0 where there is no z.
    pub burst: f64,
    /// `P = people/n · ln(1+people)/ln(1+ref)`, at most 1.
    pub people: f64,
    /// `S` = share of cases that are urgent or speak of danger.
    pub severity: f64,
    /// `R` = share of cases that are repeated, overdue or of a discontent citizen.
    pub returns: f64,
}

/// Formulas of heat. Likes and dislikes (点赞、反对), which some of them count, are 0: no channel hands them in. `n` are
/// cases, `span` days from the first telling to the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Formula {
    /// `100·(0.35·V + 0.25·B + 0.15·P + 0.15·S + 0.10·R)`, weights as set.
    Guikou,
    /// `n`.
    Count,
    /// `0.6·n + 0.2·likes + 0.1·dislikes + 0.1·span`; in public solutions of the 8th Teddy Cup (泰迪杯, 2020), problem C.
    Span,
    /// `0.7·n/span + 0.3·(likes+dislikes)/Σ`; from the same.
    Teddy,
    /// `773.514 + 0.250·likes + 48.269·n + 4.869·span`, a regression; from the same.
    Regression,
    /// `(people−1)/(age+2)^1.8`, age in hours of the first telling: how Hacker News ranked its front page.
    HackerNews,
    /// `log10(people) + t/45000`, t in seconds from 2005-12-08 to the first telling: Reddit's "hot".
    Reddit,
}

impl Weights {
    /// How far their sum may be from 1.
    const SLACK: f64 = 0.001;

    /// Five shares that sum to 1, in the order of the fields: `0.35,0.25,0.15,0.15,0.10`.
    pub fn parse(text: &str) -> Result<Self, Saying> {
        let wrong = || {
            let (zh, en) = ("须为五个 0 到 1 的数，依次为 V、B、P、S、R 的权重", "must be five numbers from 0 to 1");
            Saying::new(format!("{zh}，如 0.35,0.25,0.15,0.15,0.10"), format!("{en}: the weights of V, B, P, S and R"))
        };
        let share = |text: &str| text.trim().parse().ok().filter(|share| (0.0..=1.0).contains(share)).ok_or_else(wrong);
        let shares: Vec<f64> = text.split(',').map(share).collect::<Result<_, _>>()?;
        let [volume, burst, people, severity, returns] = shares.try_into().map_err(|_| wrong())?;
        let sum = volume + burst + people + severity + returns;
        if (sum - 1.0).abs() > Self::SLACK {
            let sum = format!("{sum:.3}");
            let sum = sum.trim_end_matches('0').trim_end_matches('.');
            return Err(Saying::new(format!("五个权重之和须为 1，现在是 {sum}"), format!("must sum to 1, not {sum}")));
        }
        Ok(Self { volume, burst, people, severity, returns })
    }
}

impl Parts {
    /// Of what was counted, with the burst's z where one is known.
    pub fn of(tally: &Tally, z: Option<f64>, scale: &Scale) -> Self {
        let cases = f64::from(tally.cases.max(1));
        let people = f64::from(tally.people);
        let grown = |count: f64| count.ln_1p() / scale.reference.ln_1p();
        Self {
            volume: grown(tally.halved).min(1.0),
            burst: (z.unwrap_or(0.0) / HIGHEST_Z).clamp(0.0, 1.0),
            people: (people / cases * grown(people)).min(1.0),
            severity: f64::from(tally.severe) / cases,
            returns: f64::from(tally.returning) / cases,
        }
    }

    /// The points that each part brings, in the order of the fields; their sum is the index.
    pub fn points(&self, weights: &Weights) -> [f64; 5] {
        [
            100.0 * weights.volume * self.volume,
            100.0 * weights.burst * self.burst,
            100.0 * weights.people * self.people,
            100.0 * weights.severity * self.severity,
            100.0 * weights.returns * self.returns,
        ]
    }
}

impl Formula {
    pub const ALL: [Formula; 7] = [
        Formula::Guikou,
        Formula::Count,
        Formula::Span,
        Formula::Teddy,
        Formula::Regression,
        Formula::HackerNews,
        Formula::Reddit,
    ];

    /// On the wire and on the command line.
    pub fn code(self) -> &'static str {
        match self {
            Formula::Guikou => "guikou",
            Formula::Count => "count",
            Formula::Span => "span",
            Formula::Teddy => "teddy",
            Formula::Regression => "regression",
            Formula::HackerNews => "hn",
            Formula::Reddit => "reddit",
        }
    }

    /// As people read it.
    pub fn written(self) -> &'static str {
        match self {
            Formula::Guikou => "100·(w1·V + w2·B + w3·P + w4·S + w5·R)",
            Formula::Count => "N",
            Formula::Span => "0.6·N + 0.2·点赞 + 0.1·反对 + 0.1·天数",
            Formula::Teddy => "0.7·N/天数 + 0.3·(点赞+反对)/Σ",
            Formula::Regression => "773.514 + 0.250·点赞 + 48.269·N + 4.869·天数",
            Formula::HackerNews => "(人数−1)/(小时+2)^1.8",
            Formula::Reddit => "log10(人数) + 秒/45000",
        }
    }

    pub fn called(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|formula| formula.code() == code)
    }

    /// The heat of a subject at `end`, milliseconds since 1970.
    pub fn heat(self, tally: &Tally, parts: &Parts, scale: &Scale, end: i64) -> f64 {
        let (cases, people) = (f64::from(tally.cases), f64::from(tally.people));
        let days = (tally.last_at - tally.first_at) as f64 / DAY;
        match self {
            Formula::Guikou => parts.points(&scale.weights).iter().sum(),
            Formula::Count => cases,
            Formula::Span => 0.6 * cases + 0.1 * days,
            // Told within a day, it lasted a day.
            Formula::Teddy => 0.7 * cases / days.max(1.0),
            Formula::Regression => 773.514 + 48.269 * cases + 4.869 * days,
            Formula::HackerNews => {
                let age = (end - tally.first_at) as f64 / HOUR;
                (people - 1.0) / (age.max(0.0) + 2.0).powf(1.8)
            }
            Formula::Reddit => people.max(1.0).log10() + (tally.first_at as f64 / SECOND - REDDIT_BEGAN) / 45_000.0,
        }
    }
}

/// How far people are above what the same weekdays and hours of the past had: `z = (n−μ)/√(μ+μ²/k+1)`, a negative
/// binomial whose `k` is taken by moments, so that `μ+μ²/k` is the sample variance where that is above μ, and μ (Poisson)
/// where it is not. None with fewer than two past times. Callers count once, so that nobody makes a burst alone.
pub fn usual_z(tally: &Tally) -> Option<f64> {
    if tally.past.len() < LEAST_PAST {
        return None;
    }
    let past = tally.past.iter().map(|people| f64::from(*people));
    let times = tally.past.len() as f64;
    let mean = past.clone().sum::<f64>() / times;
    let variance = past.map(|people| (people - mean).powi(2)).sum::<f64>() / (times - 1.0);
    Some((f64::from(tally.people) - mean) / (variance.max(mean) + 1.0).sqrt())
}

/// Hottest first; among equals what more people, then more cases, then later ones told, and then by name.
pub fn rank<T>(found: &mut [T], of: impl Fn(&T) -> (f64, &Tally)) {
    found.sort_by(|one, other| {
        let ((heat, one), (other_heat, other)) = (of(one), of(other));
        let warmer: Ordering = other_heat.total_cmp(&heat);
        let more = other.people.cmp(&one.people).then(other.cases.cmp(&one.cases));
        let later = other.last_at.cmp(&one.last_at).then(one.first_at.cmp(&other.first_at));
        warmer.then(more).then(later).then_with(|| one.subject.cmp(&other.subject))
    });
}
