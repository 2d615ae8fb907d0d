//! Teaching who tells the same (判重): from requests that are labelled with the event they tell.
//!
//! The positives are pairs of tellings of one event. The negatives are what the index would offer as candidates and
//! tells another event, and every near miss (同地异事, 同事异地) that the file names. Marks come from events that were
//! not learnt from: five folds by event, or other files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::case::{Labelled, Trace, fnv};
use crate::dataset::{self, Columns};
use crate::error::{Error, Result};
use crate::issues::{self, Breadth, Index, NAMES, Options, Pair, Rarity, Scorer, Weights};
use crate::learning::Stage;
use crate::model::Model;
use crate::model::logistic::{Known, Logistic};
use crate::text::{self, Reader};

/// What to learn from, with which model, and where to.
#[derive(Debug, Clone)]
pub struct Order {
    pub files: Vec<PathBuf>,
    /// Files that only give marks.
    pub judged: Vec<PathBuf>,
    pub columns: Columns,
    /// The model folder whose vectors are compared.
    pub model: PathBuf,
    pub out: PathBuf,
}

/// Marks on events that were not learnt from; all between 0 and 1.
#[derive(Debug, Clone, Serialize)]
pub struct Marks {
    pub requests: usize,
    pub events: usize,
    /// Pairs of one event.
    pub same: usize,
    /// Near misses that the files name, against the event they resemble.
    pub near_misses: usize,
    /// Share of the same pairs that are among the candidates.
    pub candidates: f64,
    /// Of same pairs and near misses, at the threshold.
    pub precision: f64,
    pub recall: f64,
    pub f1: f64,
    /// Of same pairs, near misses and all other candidates.
    pub precision_all: f64,
    pub recall_all: f64,
    pub f1_all: f64,
    /// Threshold, then precision, recall and F1 of same pairs and near misses, then of all.
    pub by_threshold: Vec<(f32, [f64; 3], [f64; 3])>,
    /// B-cubed F1 of the groups, by the least average probability.
    pub bcubed_by_threshold: Vec<(f32, f64)>,
    /// The least probability at which 95 in 100 of same pairs and near misses are right, and the recall there.
    pub sure_from: f32,
    pub sure_recall: f64,
    /// Groups against events (Bagga & Baldwin 1998), over the tellings of events.
    pub bcubed_precision: f64,
    pub bcubed_recall: f64,
    pub bcubed_f1: f64,
    pub threshold: f32,
    pub group_from: f32,
}

const FOLDS: u64 = 5;
/// Others to one of the same event among what a person is shown, five at a time: what a probability refers to.
const OTHERS: f32 = 4.0;
/// How often a near miss is heard: of all that is not the same it is what a person would take for it.
const NEAR: usize = 3;
/// The precision asked of pairs that are merged without a person.
const SURE: f64 = 0.95;

/// Candidates of a request that tells no labelled event: all of them are negatives.
const LONE: Breadth = Breadth { by_meaning: 3, by_words: 6, by_reporter: 0 };

/// Requests with their events, ready to be compared.
struct World {
    lines: Vec<Labelled>,
    pairs: Vec<Known2>,
    rarity: Rarity,
    candidates: f64,
}

/// A pair whose truth is known.
struct Known2 {
    a: usize,
    b: usize,
    same: bool,
    near_miss: bool,
    evidence: [f32; NAMES.len()],
    /// The folds of the events that it is of or resembles, one bit for each.
    folds: u8,
}

/// Learns the scorer and writes it into the model folder; its marks.
pub fn train(order: &Order, reader: &Reader, tell: &(dyn Fn(Stage) + Sync)) -> Result<Marks> {
    let model = Model::load(&order.model)?;
    let world = World::read(&order.files, &order.columns, &model, reader, None, tell)?;
    let scorer = fit(world.pairs.iter(), &world.rarity)?;
    let marks = match order.judged.is_empty() {
        true => {
            let mut probabilities = vec![0.0; world.pairs.len()];
            for folds in world.pairs.iter().map(|pair| pair.folds).collect::<BTreeSet<_>>() {
                let learnt = fit(apart(&world.pairs, folds), &world.rarity)?;
                for (pair, probability) in
                    world.pairs.iter().zip(&mut probabilities).filter(|(pair, _)| pair.folds == folds)
                {
                    *probability = probability_of(&learnt, pair);
                }
            }
            world.marks(&probabilities)
        }
        false => {
            let judged = World::read(&order.judged, &order.columns, &model, reader, Some(&world.rarity), tell)?;
            let probabilities: Vec<f32> = judged.pairs.iter().map(|pair| probability_of(&scorer, pair)).collect();
            judged.marks(&probabilities)
        }
    };
    scorer.save(&order.out)?;
    Ok(marks)
}

fn probability_of(scorer: &Scorer, pair: &Known2) -> f32 {
    let sum: f32 = NAMES.iter().zip(&pair.evidence).map(|(name, x)| scorer.weights.weights[*name] * x).sum();
    1.0 / (1.0 + (-(sum + scorer.weights.bias)).exp())
}

fn fit<'p>(pairs: impl Iterator<Item = &'p Known2>, rarity: &Rarity) -> Result<Scorer> {
    let known = |pair: &Known2| Known { evidence: pair.evidence.to_vec(), truth: pair.same };
    let known: Vec<Known> =
        pairs.flat_map(|pair| std::iter::repeat_n(known(pair), if pair.near_miss { NEAR } else { 1 })).collect();
    let none = || {
        Error::invalid(
            "文件里没有可学的事件：event（事件）一列要有两条以上的同一事件",
            "the files hold no event told twice: fill the `event` column",
        )
    };
    let odds = Logistic::fit(&known).ok_or_else(none)?;
    let weights = NAMES.iter().map(|name| (*name).to_owned()).zip(odds.weights).collect();
    // Candidates are mostly chance; a person judges the likeliest few. The odds are told as among those.
    let same = known.iter().filter(|known| known.truth).count() as f32;
    let bias = odds.bias + ((known.len() as f32 - same) / same / OTHERS).ln();
    Scorer::new(Weights { bias, weights }, rarity.clone())
}

impl World {
    fn read(
        files: &[PathBuf],
        columns: &Columns,
        model: &Model,
        reader: &Reader,
        rarity: Option<&Rarity>,
        tell: &(dyn Fn(Stage) + Sync),
    ) -> Result<Self> {
        let mut lines = Vec::new();
        for file in files {
            lines.extend(dataset::read_plain(file, columns)?);
        }
        tell(Stage::Read(lines.len()));
        let traces = traces(&lines, model, reader, tell)?;
        let rarity = rarity.cloned().unwrap_or_else(|| Rarity::of(traces.iter().map(|trace| trace.grams.as_slice())));
        let (pairs, candidates) = pairs(&lines, &traces, &rarity);
        Ok(Self { lines, pairs, rarity, candidates })
    }

    fn marks(&self, probabilities: &[f32]) -> Marks {
        let options = Options::default();
        let threshold = options.same_from;
        let (named, all) = (|pair: &Known2| pair.same || pair.near_miss, |_: &Known2| true);
        let (precision, recall, f1) = self.rates(probabilities, threshold, named);
        let (precision_all, recall_all, f1_all) = self.rates(probabilities, threshold, all);
        let sure_from =
            (50..100).map(|step| step as f32 / 100.0).find(|t| self.rates(probabilities, *t, named).0 >= SURE);
        let sure_from = sure_from.unwrap_or(1.0);
        let judged: Vec<Pair> = self
            .pairs
            .iter()
            .zip(probabilities)
            .map(|(pair, probability)| Pair {
                a: pair.a as i64,
                b: pair.b as i64,
                probability: *probability,
                near: true,
            })
            .collect();
        let cases: Vec<i64> = (0..self.lines.len() as i64).collect();
        let tenths = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
        let three = |(p, r, f): (f64, f64, f64)| [p, r, f];
        let by_threshold =
            tenths.map(|t| (t, three(self.rates(probabilities, t, named)), three(self.rates(probabilities, t, all))));
        let bcubed_by_threshold = tenths.map(|t| (t, self.bcubed(&issues::groups(&cases, &judged, &[], t)).2));
        let groups = issues::groups(&cases, &judged, &[], options.group_from);
        let (bcubed_precision, bcubed_recall, bcubed_f1) = self.bcubed(&groups);
        Marks {
            requests: self.lines.len(),
            events: self.lines.iter().filter_map(|line| line.group.as_ref()).collect::<BTreeSet<_>>().len(),
            same: self.pairs.iter().filter(|pair| pair.same).count(),
            near_misses: self.pairs.iter().filter(|pair| pair.near_miss).count(),
            candidates: self.candidates,
            precision,
            recall,
            f1,
            by_threshold: by_threshold.to_vec(),
            bcubed_by_threshold: bcubed_by_threshold.to_vec(),
            precision_all,
            recall_all,
            f1_all,
            sure_from,
            sure_recall: self.rates(probabilities, sure_from, named).1,
            bcubed_precision,
            bcubed_recall,
            bcubed_f1,
            threshold,
            group_from: options.group_from,
        }
    }

    /// Precision, recall and F1 of the pairs that count.
    fn rates(&self, probabilities: &[f32], threshold: f32, counts: impl Fn(&Known2) -> bool) -> (f64, f64, f64) {
        let (mut right, mut said, mut same) = (0, 0, 0);
        for (pair, probability) in self.pairs.iter().zip(probabilities).filter(|(pair, _)| counts(pair)) {
            let yes = *probability >= threshold;
            right += usize::from(yes && pair.same);
            said += usize::from(yes);
            same += usize::from(pair.same);
        }
        f1(ratio(right, said), ratio(right, same))
    }

    fn bcubed(&self, groups: &[Vec<i64>]) -> (f64, f64, f64) {
        let of_event = |event: &str| self.lines.iter().filter(|line| line.group.as_deref() == Some(event)).count();
        let (mut precision, mut recall, mut told) = (0.0, 0.0, 0);
        for group in groups {
            let mut inside: BTreeMap<&str, usize> = BTreeMap::new();
            for event in group.iter().filter_map(|case| self.lines[*case as usize].group.as_deref()) {
                *inside.entry(event).or_default() += 1;
            }
            for (event, count) in inside {
                precision += (count * count) as f64 / group.len() as f64;
                recall += (count * count) as f64 / of_event(event) as f64;
                told += count;
            }
        }
        f1(precision / told.max(1) as f64, recall / told.max(1) as f64)
    }
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn f1(precision: f64, recall: f64) -> (f64, f64, f64) {
    let sum = precision + recall;
    (precision, recall, if sum > 0.0 { 2.0 * precision * recall / sum } else { 0.0 })
}

fn traces(lines: &[Labelled], model: &Model, reader: &Reader, tell: &(dyn Fn(Stage) + Sync)) -> Result<Vec<Trace>> {
    const AT_ONCE: usize = 32;
    let mut made = Vec::with_capacity(lines.len());
    for some in lines.chunks(AT_ONCE) {
        let read: Vec<_> = some
            .iter()
            .map(|line| match &line.title {
                Some(title) => reader.read(&format!("{title}\n{}", line.text)),
                None => reader.read(&line.text),
            })
            .collect();
        let texts: Vec<&str> = read.iter().map(|read| read.text.as_str()).collect();
        for (read, prediction) in read.iter().zip(model.predict(&texts)?) {
            let trace = issues::trace(read, &prediction, text::scene(read).as_ref());
            made.push(Trace { arrival: made.len() as i64, ..trace });
        }
        tell(Stage::Traced(made.len(), lines.len()));
    }
    Ok(made)
}

/// Every pair that is learnt from or judged, and the share of same pairs that the index finds.
fn pairs(lines: &[Labelled], traces: &[Trace], rarity: &Rarity) -> (Vec<Known2>, f64) {
    let mut index = Index::new();
    traces.iter().for_each(|trace| index.insert(trace, rarity));
    let event = |at: usize| lines[at].group.as_deref();
    let mut members: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    (0..lines.len()).for_each(|at| {
        if let Some(event) = event(at) {
            members.entry(event).or_default().push(at);
        }
    });
    // What a near miss resembles.
    let resembles = |at: usize| lines[at].relation.as_deref().and_then(|said| said.strip_prefix("near_miss:"));
    let (mut offered, mut wanted) = (BTreeSet::new(), BTreeSet::new());
    for (at, trace) in traces.iter().enumerate() {
        let breadth = if event(at).is_some() { Breadth::default() } else { LONE };
        let found = index.candidates(trace, i64::MIN / 2, i64::MAX / 2, rarity, breadth);
        offered.extend(found.into_iter().map(|other| ordered(at, other as usize)));
    }
    for cases in members.values() {
        wanted.extend(cases.iter().flat_map(|a| cases.iter().filter(move |b| *b > a).map(|b| (*a, *b))));
    }
    let found = wanted.iter().filter(|pair| offered.contains(*pair)).count();
    let mut near = BTreeSet::new();
    for at in 0..lines.len() {
        let alike = resembles(at).and_then(|event| members.get(event)).into_iter().flatten();
        near.extend(alike.map(|other| ordered(at, *other)));
    }
    let share = ratio(found, wanted.len());
    let all: BTreeSet<(usize, usize)> = offered.union(&wanted).chain(&near).copied().collect();
    let known = all.into_iter().map(|(a, b)| Known2 {
        a,
        b,
        same: wanted.contains(&(a, b)),
        near_miss: near.contains(&(a, b)),
        evidence: issues::numbers(&issues::evidence(&traces[a], &traces[b], rarity)),
        folds: folds(event(a), event(b)),
    });
    (known.collect(), share)
}

fn ordered(a: usize, b: usize) -> (usize, usize) {
    (a.min(b), a.max(b))
}

/// A bit for each fold that the events of a pair are in; pairs that tell no event are in one as well.
fn folds(a: Option<&str>, b: Option<&str>) -> u8 {
    let fold = |event: Option<&str>| 1 << (fnv(event.unwrap_or_default().bytes()) % FOLDS);
    fold(a.or(b)) | fold(b.or(a))
}

/// The pairs from which may be learnt to judge those of these folds: none that tells one of their events.
fn apart(pairs: &[Known2], folds: u8) -> impl Iterator<Item = &Known2> {
    pairs.iter().filter(move |pair| pair.folds & folds == 0)
}

/// The marks for people.
pub fn shown(marks: &Marks, out: &Path) -> String {
    let percent = |share: f64| format!("{:.1}", share * 100.0);
    let rates = |p: f64, r: f64, f: f64| format!("精确率 {}，召回率 {}，F1 {}", percent(p), percent(r), percent(f));
    let mut table = String::from("阈值    同事件与近似 精确率 召回率 F1 | 连同其他候选 | 诉求组 B-cubed F1");
    for ((t, named, all), (_, bcubed)) in marks.by_threshold.iter().zip(&marks.bcubed_by_threshold) {
        let [p, r, f] = named.map(percent);
        let [pa, ra, fa] = all.map(percent);
        table
            .push_str(&format!("\n{t:.2}    {p:>5} {r:>5} {f:>5} | {pa:>5} {ra:>5} {fa:>5} | {:>5}", percent(*bcubed)));
    }
    format!(
        "{table}\n判重已写入 {}\n{} 条，{} 个事件；同一事件的对子 {}，近似而不同的 {}；候选里找到 {}%\n\
         同事件与近似的对子（≥ {}）：{}\n连同其他候选：{}\n95% 正确的阈值 {:.2}，召回率 {}\n诉求组 B-cubed（≥ {}）：{}",
        out.display(),
        marks.requests,
        marks.events,
        marks.same,
        marks.near_misses,
        percent(marks.candidates),
        marks.threshold,
        rates(marks.precision, marks.recall, marks.f1),
        rates(marks.precision_all, marks.recall_all, marks.f1_all),
        marks.sure_from,
        percent(marks.sure_recall),
        marks.group_from,
        rates(marks.bcubed_precision, marks.bcubed_recall, marks.bcubed_f1),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_pair_is_judged_by_what_was_learnt_from_its_events() {
        let events: Vec<String> = (0..12).map(|n| format!("E{n}")).collect();
        let pair = |a: usize, b: usize| {
            let folds = folds(Some(&events[a]), Some(&events[b]));
            Known2 { a, b, same: a == b, near_miss: a != b, evidence: [0.0; NAMES.len()], folds }
        };
        let pairs: Vec<Known2> = (0..12).flat_map(|a| (a..12).map(move |b| (a, b))).map(|(a, b)| pair(a, b)).collect();
        for judged in &pairs {
            let learnt: Vec<&Known2> = apart(&pairs, judged.folds).collect();
            let shares = |other: &Known2| [other.a, other.b].iter().any(|at| [judged.a, judged.b].contains(at));
            assert!(!learnt.iter().any(|other| shares(other)), "{}–{} was learnt from", judged.a, judged.b);
            assert!(learnt.len() >= 3, "and enough is left to learn from");
        }
        assert_eq!(folds(None, None).count_ones(), 1);
        assert_eq!(folds(Some("E1"), None), folds(Some("E1"), Some("E1")));
    }
}
