//! How well open answers are ordered, on the authored surveys (`data/surveys`): prints the marks.
//!
//! Confirmed answers and copies are left out of the marks. Intervals: 1,000 bootstrap samples of respondents, 95 %.
//! Attitudes are learnt from the other two surveys. `cargo bench --bench themes`

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "it prints marks and stops at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use guikou::case::{AnswerKey, Confirmed, Flood, Frame, Mapped};
use guikou::themes::{self, Mapper, ProposeOptions, QuoteRules};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};

#[path = "themes/ground.rs"]
mod ground;

use ground::{Gold, Ground, SURVEYS, Survey};

const SEEDS: u64 = 5;
/// Answers a person confirms at a time, and how often.
const ROUND: usize = 30;
const ROUNDS: usize = 9;
const QUIET: &(dyn Fn(usize, usize) + Sync) = &|_, _| {};

fn main() {
    let ground = Ground::load();
    let surveys: Vec<Survey> = SURVEYS.iter().map(|name| ground.survey(name)).collect();
    for survey in &surveys {
        let others: Vec<&Survey> = surveys.iter().filter(|other| other.name != survey.name).collect();
        println!("\n== {}: {} answers", survey.name, survey.answers.len());
        floods(survey);
        proposed(survey);
        mapped(&ground, survey, &others);
    }
    speed(&ground, &surveys);
}

fn floods(survey: &Survey) {
    let found: BTreeMap<AnswerKey, AnswerKey> = themes::floods(&survey.answers)
        .into_iter()
        .flat_map(|flood| flood.copies.into_iter().map(move |copy| (copy, flood.first.clone())))
        .collect();
    let gold: BTreeMap<&AnswerKey, &AnswerKey> =
        survey.gold.iter().filter_map(|(key, gold)| Some((key, gold.copy_of.as_ref()?))).collect();
    let right = found.iter().filter(|(copy, first)| gold.get(copy) == Some(first)).count();
    println!("floods: {} copies, {} found, {right} right", gold.len(), found.len());
}

fn level1(code: &str) -> String {
    code.trim_end_matches(|c: char| c.is_ascii_lowercase()).to_owned()
}

fn proposed(survey: &Survey) {
    let start = Instant::now();
    let proposal = themes::propose(&survey.answers, &ProposeOptions::default(), QUIET);
    let taken = start.elapsed().as_secs_f64();
    let dominant: BTreeMap<AnswerKey, String> = proposal.dominant().into_iter().collect();
    let mut pairs = Vec::new();
    let mut of: BTreeMap<&String, BTreeMap<String, usize>> = BTreeMap::new();
    for (key, gold) in survey.gold.iter().filter(|(_, gold)| gold.copy_of.is_none()) {
        let codes: BTreeSet<String> = gold.codes.iter().map(|code| level1(code)).collect();
        if codes.len() == 1 {
            pairs.push((dominant[key].clone(), codes.first().unwrap().clone()));
        }
        codes.into_iter().for_each(|code| *of.entry(&dominant[key]).or_default().entry(code).or_default() += 1);
    }
    let appear: BTreeSet<&String> =
        of.values().filter_map(|golds| golds.iter().max_by_key(|(_, count)| **count).map(|(code, _)| code)).collect();
    println!(
        "proposed: {} themes in {taken:.1} s, ARI {:.3} on {} answers of one theme, {} of {} gold themes lead one",
        proposal.frame.themes.iter().filter(|theme| theme.is_theme()).count(),
        ari(&pairs),
        pairs.len(),
        appear.len(),
        survey.frame.themes.len()
    );
    for theme in proposal.frame.themes.iter().filter(|theme| theme.is_theme()) {
        let size: usize = dominant.values().filter(|code| **code == theme.code).count();
        let subs: Vec<&str> = theme.sub.iter().map(|sub| sub.name.as_str()).collect();
        println!(
            "  {} {size:3} {} | {} | {}",
            theme.code,
            theme.name,
            theme.sentence.as_deref().unwrap_or(""),
            subs.join(" / ")
        );
    }
}

/// The adjusted Rand index (Hubert & Arabie 1985).
fn ari(pairs: &[(String, String)]) -> f64 {
    let two = |n: usize| (n * n.saturating_sub(1)) as f64 / 2.0;
    let (mut both, mut one, mut other) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for (a, b) in pairs {
        *both.entry((a, b)).or_insert(0usize) += 1;
        *one.entry(a).or_insert(0usize) += 1;
        *other.entry(b).or_insert(0usize) += 1;
    }
    let index: f64 = both.values().map(|n| two(*n)).sum();
    let (a, b): (f64, f64) = (one.values().map(|n| two(*n)).sum(), other.values().map(|n| two(*n)).sum());
    let expected = a * b / two(pairs.len());
    (index - expected) / ((a + b) / 2.0 - expected)
}

/// Right, told and true of one answer.
type Counts = (f64, f64, f64);

fn f1(counts: impl Iterator<Item = Counts>) -> f64 {
    let (right, told, truth) = counts.fold((0.0, 0.0, 0.0), |sum, c| (sum.0 + c.0, sum.1 + c.1, sum.2 + c.2));
    2.0 * right / f64::max(told + truth, 1.0)
}

fn mapped(ground: &Ground, survey: &Survey, others: &[&Survey]) {
    let taught = ground.taught(&survey.frame);
    let floods = themes::floods(&survey.answers);
    for k in [0, 3, 5, 10, 20, 40] {
        let (mut tops, mut subs, mut whole, mut signed) = (Vec::new(), Vec::new(), Vec::new(), 0);
        for seed in 0..if k == 0 { 1 } else { SEEDS } {
            let frame = confirmed(survey, k, seed);
            signed += frame.confirmed.len();
            let mapper = Mapper::learn(&frame, &taught, &survey.answers, QUIET);
            let mapped = mapper.map(&survey.answers, &floods, QUIET);
            tops.push(counts(survey, &mapped, true, false));
            subs.push(counts(survey, &mapped, false, false));
            whole.push(counts(survey, &mapped, true, true));
        }
        println!(
            "mapped, k = {k} ({} confirmed): themes micro-F1 {}; sub-themes {}; themes with the confirmed counted {}",
            signed / tops.len(),
            interval(&tops),
            interval(&subs),
            interval(&whole)
        );
    }
    reviewed(ground, survey, &floods);
    let frame = confirmed(survey, 10, 0);
    let attitude = ground.attitude(others);
    let mapper = Mapper::learn(&frame, &taught, &survey.answers, QUIET).feeling(attitude.into());
    let mapped = mapper.map(&survey.answers, &floods, QUIET);
    let judged: Vec<(&Mapped, &Gold)> = mapped.iter().map(|mapped| (mapped, &survey.gold[&mapped.answer])).collect();
    let judged: Vec<_> = judged.into_iter().filter(|(_, gold)| gold.copy_of.is_none()).collect();
    let right = judged.iter().filter(|(mapped, gold)| mapped.sentiment == gold.sentiment).count();
    println!("attitude: {:.3} of {} right", right as f64 / judged.len() as f64, judged.len());
    for theme in survey.frame.themes.iter().filter(|theme| theme.is_theme()).take(4) {
        for excerpt in themes::quotes(&mapper, &theme.code, &survey.answers, &mapped, QuoteRules::default()) {
            println!(
                "  {} {:?} {} {}",
                theme.name,
                excerpt.sentiment,
                if excerpt.dissent { "不同意见" } else { "" },
                excerpt.text
            );
        }
    }
}

/// A person confirms the most doubtful answers, [`ROUND`] at a time, as the program asks; beside it as many by lot.
fn reviewed(ground: &Ground, survey: &Survey, floods: &[Flood]) {
    let taught = ground.taught(&survey.frame);
    let settled = |frame: &mut Frame, keys: Vec<AnswerKey>| {
        let keys = keys.into_iter().filter(|key| survey.gold[key].copy_of.is_none());
        let new = keys.map(|answer| Confirmed { codes: survey.gold[&answer].codes.clone(), answer });
        frame.confirmed.extend(new);
    };
    let (mut asked, mut drawn) = (survey.frame.clone(), survey.frame.clone());
    let mut by_lot: Vec<AnswerKey> =
        survey.gold.iter().filter(|(_, gold)| gold.copy_of.is_none()).map(|(key, _)| key.clone()).collect();
    by_lot.shuffle(&mut StdRng::seed_from_u64(3));
    for round in 0..=ROUNDS {
        let count = asked.confirmed.len();
        let more = by_lot.drain(..(count - drawn.confirmed.len()).min(by_lot.len())).collect();
        settled(&mut drawn, more);
        let lot = Mapper::learn(&drawn, &taught, &survey.answers, QUIET).map(&survey.answers, floods, QUIET);
        let mapper = Mapper::learn(&asked, &taught, &survey.answers, QUIET);
        let mapped = mapper.map(&survey.answers, floods, QUIET);
        println!(
            "reviewed, {count} confirmed ({:.0} % of the answers): the survey's themes micro-F1 {}; by lot {}",
            100.0 * count as f64 / (survey.gold.len() as f64),
            interval(&[counts(survey, &mapped, true, true)]),
            interval(&[counts(survey, &lot, true, true)]),
        );
        if round < ROUNDS {
            let next = mapper.to_confirm(&survey.answers, floods, ROUND);
            settled(&mut asked, next.into_iter().flat_map(|(_, keys)| keys).collect());
        }
    }
}

/// The gold frame with `k` answers of each theme confirmed, at most half of the theme's.
fn confirmed(survey: &Survey, k: usize, seed: u64) -> Frame {
    let mut random = StdRng::seed_from_u64(seed);
    let mut frame = survey.frame.clone();
    let mut chosen: BTreeSet<&AnswerKey> = BTreeSet::new();
    for theme in &survey.frame.themes {
        let of = |gold: &Gold| gold.copy_of.is_none() && gold.codes.iter().any(|code| level1(code) == theme.code);
        let mut keys: Vec<&AnswerKey> = survey.gold.iter().filter(|(_, gold)| of(gold)).map(|(key, _)| key).collect();
        keys.shuffle(&mut random);
        chosen.extend(keys.iter().take(k.min(keys.len() / 2)));
    }
    let confirm = |key: &AnswerKey| Confirmed { answer: key.clone(), codes: survey.gold[key].codes.clone() };
    frame.confirmed = chosen.into_iter().map(confirm).collect();
    frame
}

fn counts(survey: &Survey, mapped: &[Mapped], top: bool, all: bool) -> BTreeMap<String, Vec<Counts>> {
    let mut by_respondent: BTreeMap<String, Vec<Counts>> = BTreeMap::new();
    for mapped in mapped.iter().filter(|mapped| all || !mapped.confirmed) {
        let gold = &survey.gold[&mapped.answer];
        if gold.copy_of.is_some() {
            continue;
        }
        let truth: BTreeSet<String> =
            gold.codes.iter().map(|code| if top { level1(code) } else { code.clone() }).collect();
        let told = mapped.themes.iter().flat_map(|theme| match top || theme.sub.is_empty() {
            true => vec![theme.code.clone()],
            false => theme.sub.iter().map(|sub| sub.code.clone()).collect(),
        });
        let told: BTreeSet<String> = told.collect();
        let right = told.intersection(&truth).count();
        let counts = (right as f64, told.len() as f64, truth.len() as f64);
        by_respondent.entry(mapped.answer.respondent.clone()).or_default().push(counts);
    }
    by_respondent
}

/// The mean over seeds, and its bootstrap interval over respondents.
fn interval(seeds: &[BTreeMap<String, Vec<Counts>>]) -> String {
    let all = |counts: &BTreeMap<String, Vec<Counts>>| f1(counts.values().flatten().copied());
    let mean = seeds.iter().map(all).sum::<f64>() / seeds.len() as f64;
    let people: Vec<&String> = seeds.iter().flat_map(BTreeMap::keys).collect::<BTreeSet<_>>().into_iter().collect();
    let mut random = StdRng::seed_from_u64(7);
    let mut sample = || {
        let drawn: Vec<&String> = (0..people.len()).map(|_| people[random.random_range(0..people.len())]).collect();
        let one = |counts: &BTreeMap<String, Vec<Counts>>| {
            f1(drawn.iter().filter_map(|person| counts.get(*person)).flatten().copied())
        };
        seeds.iter().map(one).sum::<f64>() / seeds.len() as f64
    };
    let mut means: Vec<f64> = (0..1000).map(|_| sample()).collect();
    means.sort_by(f64::total_cmp);
    format!("{mean:.3} [{:.3}, {:.3}]", means[24], means[974])
}

/// 10,000 answers from their texts to mapped: those of the survey of buses over and over, as long as people write them,
/// two letters of each changed so that none is like another.
fn speed(ground: &Ground, surveys: &[Survey]) {
    let mut random = StdRng::seed_from_u64(1);
    let authored = &surveys[1].answers;
    let told = (0..10_000).map(|i| {
        let mut letters: Vec<char> = authored[i % authored.len()].whole.text.chars().collect();
        for _ in 0..2 {
            let at = random.random_range(0..letters.len());
            letters[at] = char::from_u32(0x4e00 + random.random_range(0..3000)).unwrap();
        }
        (AnswerKey::new("q13", i.to_string()), None, letters.into_iter().collect())
    });
    let told: Vec<_> = told.collect();
    let start = Instant::now();
    let answers = ground.answers(told);
    let read = start.elapsed().as_secs_f64();
    let proposal = themes::propose(&answers, &ProposeOptions::default(), QUIET);
    let proposed = start.elapsed().as_secs_f64();
    let floods = themes::floods(&answers);
    let taught = ground.taught(&proposal.frame);
    let mapper =
        Mapper::learn(&proposal.frame, &taught, &answers, QUIET).feeling(ground.attitude(&[&surveys[0]]).into());
    let mapped = mapper.map(&answers, &floods, QUIET);
    let all = start.elapsed().as_secs_f64();
    println!("\n{} answers: read {read:.1} s, proposed by {proposed:.1} s, mapped by {all:.1} s", mapped.len());
}
