//! Emerging words and places (新词、新地点): what people tell of more than before.
//!
//! Counted are voices: one caller who calls ten times, or one text sent by ten, is one. Texts of cases whose reporter
//! needs protection are not read.

use std::collections::{BTreeMap, HashMap};
use std::sync::PoisonError;

use chrono::{DateTime, FixedOffset};
use serde::Serialize;
use utoipa::ToSchema;

use super::period::{self, Stretch};
use super::readings::{Reading, Readings, Token};
use crate::analytics::burst::chance::normal_quantile;
use crate::analytics::trend::first_day;
use crate::analytics::words::{Odds, Teller, Told, log_odds, tellers};
use crate::case::{PlaceKind, Scope};
use crate::dataset::export::{Cell, Holds, column};
use crate::error::Result;
use crate::insight::{Ground, Insight, Table};

/// Texts read of each of the two stretches, at most; of more, evenly over time.
const MOST_READ: usize = 20_000;
/// Voices of the period from which a word is told.
const LEAST: u32 = 3;
/// Cases shown for each.
const EXAMPLES: usize = 3;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    Words,
    Places,
}

/// Which words are wanted.
#[derive(Debug, Clone)]
pub struct AskedWords {
    /// Its times are the period (本期); none: the last seven full days.
    pub scope: Scope,
    pub of: Of,
    /// Days of the base (基期); none: as long as the period, four weeks at least.
    pub base_days: Option<i32>,
    pub top: usize,
}

/// 新词或新地点。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Words {
    /// 本期
    pub period: Stretch,
    /// 基期：紧接本期之前；库中没有更早的案件时为 null
    pub base: Option<Stretch>,
    pub texts: Texts,
    /// 说明
    pub note: String,
    /// 比较了多少个词：本期至少 3 人说到的；其中全凭偶然也会有约 2.5% 达到 z ≥ 1.96
    pub compared: usize,
    /// 最突出的在前
    pub rows: Vec<Emerging>,
    /// 本期全部案件的列表
    pub link: String,
}

/// 读了多少文本。
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Texts {
    /// 本期案件数
    pub cases: usize,
    /// 基期案件数
    pub base_cases: usize,
    /// 本期读了多少件；案件过多时按时间均匀抽取，须保护举报人的不读
    pub read: usize,
    pub base_read: usize,
    /// 本期有多少人：同一来电人算一人，原文照抄的算一人
    pub people: u32,
    pub base_people: u32,
}

/// 一个词或地点。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Emerging {
    pub text: String,
    /// 地点的种类；词为 null
    pub place: Option<PlaceKind>,
    /// 本期多少人说到：同一来电人算一人，原文照抄的算一人
    pub people: u32,
    /// 本期多少件说到
    pub cases: u32,
    /// 基期多少人、多少件说到
    pub base_people: u32,
    pub base_cases: u32,
    /// 加先验后两期的对数优势比，大于 0 为本期更多
    pub log_odds: f64,
    /// 对数优势比与其标准误之比，不小于 1.96 的才列出
    pub z: f64,
    /// 一句话，只陈述数字
    pub sentence: String,
    /// 最近提到它的案件，不同的人，最多 3 件
    pub examples: Vec<String>,
}

/// A text that was read.
struct Read<'a> {
    teller: Teller,
    reading: &'a Reading,
    voice: usize,
}

/// How often a word is told.
#[derive(Clone, Copy, Default)]
struct Tally {
    people: u32,
    cases: u32,
}

impl Insight {
    /// Which words or places of the scope are told more in the period than before.
    pub fn words(&self, ground: Ground, asked: &AskedWords, now: DateTime<FixedOffset>) -> Result<Words> {
        let offset = ground.deadlines.offset();
        let (from, to) = period::days(&asked.scope, now, offset)?;
        let snapshot = self.fresh(ground)?;
        let period = period::period(from, to, asked.base_days, first_day(&snapshot)?.unwrap_or(from));
        let all = tellers(&snapshot, &asked.scope, period.base, to)?;
        let (before, here) = all.split_at(all.partition_point(|teller| teller.day < from));
        let (before_read, here_read) = (evenly(before), evenly(here));
        let arrivals: Vec<i64> = before_read.iter().chain(&here_read).map(|teller| teller.arrival).collect();
        let mut readings = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
        readings.read(ground, &arrivals)?;
        let (here_read, before_read) = told(&readings, &here_read, &before_read);
        let texts = Texts {
            cases: here.len(),
            base_cases: before.len(),
            read: here_read.len(),
            base_read: before_read.len(),
            people: people(&here_read),
            base_people: people(&before_read),
        };
        let base = Stretch::of(period.base, from);
        let (compared, mut rows) = emerging(asked.of, &readings, &here_read, &before_read);
        rows.truncate(asked.top);
        let rows = rows.into_iter().map(|found| found.row(&readings, &here_read, asked.of, texts)).collect();
        let link = period::within(&asked.scope, from, to, offset).link();
        let period = Stretch { from: period::date(from), to: period::date(to - 1), days: to - from };
        Ok(Words { note: note(&period, base.as_ref(), &texts, compared), period, base, texts, compared, rows, link })
    }
}

/// At most so many, evenly over time.
fn evenly(tellers: &[Teller]) -> Vec<Teller> {
    let taken = tellers.len().min(MOST_READ);
    (0..taken).map(|at| tellers[at * tellers.len() / taken]).collect()
}

/// The texts of both stretches, each with the number of its voice.
fn told<'a>(readings: &'a Readings, here: &[Teller], before: &[Teller]) -> (Vec<Read<'a>>, Vec<Read<'a>>) {
    let read = |teller: &Teller| Some(Read { teller: *teller, reading: readings.of(teller.arrival)?, voice: 0 });
    let mut here: Vec<Read> = here.iter().filter_map(read).collect();
    let mut before: Vec<Read> = before.iter().filter_map(read).collect();
    let mut voices = Voices::default();
    let numbers: Vec<usize> = here.iter().chain(&before).map(|read| voices.hear(read)).collect();
    for (read, number) in here.iter_mut().chain(&mut before).zip(numbers) {
        read.voice = voices.root(number);
    }
    (here, before)
}

/// Who is one voice: the same caller, or copies of one text.
#[derive(Default)]
struct Voices {
    parent: Vec<usize>,
    reporters: HashMap<u64, usize>,
    copies: HashMap<u64, usize>,
}

impl Voices {
    fn hear(&mut self, read: &Read) -> usize {
        let number = self.parent.len();
        self.parent.push(number);
        let same_caller = read.teller.reporter.map(|reporter| *self.reporters.entry(reporter).or_insert(number));
        let same_text = read.reading.copy.map(|copy| *self.copies.entry(copy).or_insert(number));
        for other in same_caller.into_iter().chain(same_text) {
            let (a, b) = (self.root(number), self.root(other));
            self.parent[a.max(b)] = a.min(b);
        }
        number
    }

    fn root(&mut self, mut number: usize) -> usize {
        while self.parent[number] != number {
            self.parent[number] = self.parent[self.parent[number]];
            number = self.parent[number];
        }
        number
    }
}

fn people(read: &[Read]) -> u32 {
    let mut voices: Vec<usize> = read.iter().map(|read| read.voice).collect();
    voices.sort_unstable();
    voices.dedup();
    voices.len() as u32
}

fn tokens(of: Of, reading: &Reading) -> &[u32] {
    match of {
        Of::Words => &reading.words,
        Of::Places => &reading.places,
    }
}

/// How many people and cases tell each word.
fn tallies(of: Of, read: &[Read]) -> BTreeMap<u32, Tally> {
    let told = read.iter().flat_map(|read| tokens(of, read.reading).iter().map(|token| (*token, read.voice)));
    let mut told: Vec<(u32, usize)> = told.collect();
    told.sort_unstable();
    let mut tallies: BTreeMap<u32, Tally> = BTreeMap::new();
    let mut last = None;
    for pair in told {
        let tally = tallies.entry(pair.0).or_default();
        tally.cases += 1;
        tally.people += u32::from(last != Some(pair));
        last = Some(pair);
    }
    tallies
}

/// A word that stands out.
struct Found {
    token: u32,
    here: Tally,
    before: Tally,
    odds: Odds,
}

/// How many words enough people tell, and those that stand out, most first; equal ones by their text. The prior weighs
/// as much as all people of the period.
fn emerging(of: Of, readings: &Readings, here: &[Read], before: &[Read]) -> (usize, Vec<Found>) {
    let voices = Told { here: people(here), there: people(before) };
    let (here, before) = (tallies(of, here), tallies(of, before));
    let mut all: Vec<u32> = here.keys().chain(before.keys()).copied().collect();
    all.sort_unstable();
    all.dedup();
    let tally = |tallies: &BTreeMap<u32, Tally>, token| tallies.get(&token).copied().unwrap_or_default();
    let counts: Vec<Told> = all
        .iter()
        .map(|token| Told { here: tally(&here, *token).people, there: tally(&before, *token).people })
        .collect();
    let found = all.iter().zip(log_odds(&counts, voices, voices.here.into())).map(|(token, odds)| Found {
        token: *token,
        here: tally(&here, *token),
        before: tally(&before, *token),
        odds,
    });
    let mut found: Vec<Found> = found.filter(|found| found.here.people >= LEAST).collect();
    let compared = found.len();
    found.retain(|found| found.odds.z >= normal_quantile(0.975));
    found.sort_by(|a, b| {
        b.odds.z.total_cmp(&a.odds.z).then_with(|| readings.token(a.token).cmp(readings.token(b.token)))
    });
    (compared, found)
}

impl Found {
    fn row(&self, readings: &Readings, here: &[Read], of: Of, texts: Texts) -> Emerging {
        let Token { text, place } = readings.token(self.token).clone();
        let sentence = format!(
            "“{text}”：本期 {} 人、{} 件说到（共 {} 人），基期 {} 人、{} 件（共 {} 人），z = {:.1}。",
            self.here.people,
            self.here.cases,
            texts.people,
            self.before.people,
            self.before.cases,
            texts.base_people,
            self.odds.z,
        );
        Emerging {
            text,
            place,
            people: self.here.people,
            cases: self.here.cases,
            base_people: self.before.people,
            base_cases: self.before.cases,
            log_odds: self.odds.log_odds,
            z: self.odds.z,
            sentence,
            examples: examples(self.token, here, of),
        }
    }
}

/// The latest that tell it, each of another voice.
fn examples(token: u32, here: &[Read], of: Of) -> Vec<String> {
    let mut telling: Vec<&Read> = here.iter().filter(|read| tokens(of, read.reading).contains(&token)).collect();
    telling.sort_by_key(|read| (std::cmp::Reverse(read.teller.at), read.reading.copy));
    let mut heard = Vec::new();
    telling.retain(|read| {
        let new = !heard.contains(&read.voice) && heard.len() < EXAMPLES;
        if new {
            heard.push(read.voice);
        }
        new
    });
    telling.into_iter().map(|read| read.reading.case.clone()).collect()
}

fn note(period: &Stretch, base: Option<&Stretch>, texts: &Texts, compared: usize) -> String {
    let base = base.map_or_else(|| "无".to_owned(), Stretch::shown);
    let mut note = format!(
        "本期 {} 共 {} 件、读 {} 件，基期 {base} 共 {} 件、读 {} 件；须保护举报人的不读。",
        period.shown(),
        texts.cases,
        texts.read,
        texts.base_cases,
        texts.base_read
    );
    if texts.base_read == 0 {
        note.push_str("基期没有文本，无从比较。");
    } else {
        note.push_str(&format!("比较了 {compared} 个至少 {LEAST} 人说到的，全凭偶然也会有约 2.5% 列出。"));
    }
    note
}

impl Words {
    pub fn table(&self) -> Table {
        let columns = vec![
            column("text", "词", Holds::Words, "词或地点"),
            column("people", "本期人数", Holds::Count, "本期说到的人；同一来电人、原文照抄的算一人"),
            column("cases", "本期件数", Holds::Count, "本期说到的案件数"),
            column("base_people", "基期人数", Holds::Count, "基期说到的人"),
            column("base_cases", "基期件数", Holds::Count, "基期说到的案件数"),
            column("log_odds", "对数优势比", Holds::Number, "加先验后两期的对数优势比"),
            column("z", "z", Holds::Number, "对数优势比与其标准误之比"),
            column("examples", "例", Holds::Words, "案件编号，最多 3 件"),
        ];
        let row = |row: &Emerging| {
            vec![
                Cell::of(Some(&row.text)),
                Cell::Count(row.people.into()),
                Cell::Count(row.cases.into()),
                Cell::Count(row.base_people.into()),
                Cell::Count(row.base_cases.into()),
                Cell::Number(row.log_odds),
                Cell::Number(row.z),
                Cell::Words(row.examples.join(" ")),
            ]
        };
        Table { title: "新词与新地点", columns, rows: self.rows.iter().map(row).collect() }
    }
}
