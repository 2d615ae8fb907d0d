//! Marks agree with scikit-learn and with tables worked by hand; splits keep together what belongs together.

use std::collections::BTreeMap;
use std::path::Path;

use guikou::case::{Head, Labelled, Scored};
use guikou::dataset::{Columns, read_labelled};
use guikou::model::score::{Answer, compare, coverage_at_precision, curve, precision_at_coverage, score};
use guikou::model::split::{folds, near_duplicate_groups, stratified_split};

/// Gold and the probabilities of a, b, c, d.
const TWELVE: [(&str, [f32; 4]); 12] = [
    ("a", [0.9, 0.05, 0.03, 0.02]),
    ("a", [0.6, 0.2, 0.15, 0.05]),
    ("a", [0.3, 0.5, 0.1, 0.1]),
    ("b", [0.1, 0.8, 0.06, 0.04]),
    ("b", [0.45, 0.4, 0.1, 0.05]),
    ("b", [0.05, 0.7, 0.2, 0.05]),
    ("c", [0.2, 0.2, 0.55, 0.05]),
    ("c", [0.1, 0.15, 0.35, 0.4]),
    ("c", [0.05, 0.05, 0.88, 0.02]),
    ("c", [0.5, 0.1, 0.3, 0.1]),
    ("a", [0.97, 0.01, 0.01, 0.01]),
    ("b", [0.02, 0.03, 0.05, 0.9]),
];

fn ranked(probabilities: [f32; 4]) -> Vec<Scored> {
    let scored = |(code, probability): (&str, f32)| Scored { code: code.into(), probability };
    let mut ranked: Vec<Scored> = ["a", "b", "c", "d"].into_iter().zip(probabilities).map(scored).collect();
    ranked.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    ranked
}

fn twelve() -> Vec<Answer> {
    let answer = |(gold, probabilities): (&str, [f32; 4])| Answer {
        gold: gold.into(),
        ranked: ranked(probabilities),
        ..Answer::default()
    };
    TWELVE.map(answer).to_vec()
}

/// An answer with one guess at probability `sure`.
fn guess(gold: &str, said: &str, sure: f32) -> Answer {
    let ranked = vec![Scored { code: said.into(), probability: sure }];
    Answer { gold: gold.into(), ranked, ..Answer::default() }
}

#[track_caller]
fn close(is: f64, ought: f64, what: &str) {
    assert!((is - ought).abs() < 1e-6, "{what}: {is} should be {ought}");
}

#[test]
fn marks_agree_with_scikit_learn() {
    // accuracy_score, f1_score(labels=[a, b, c], average="macro"), top_k_accuracy_score(k=3),
    // brier_score_loss(scale_by_half=False), precision_recall_fscore_support of scikit-learn 1.9 on TWELVE; the
    // calibration errors with numpy.digitize(right=True) over 15 bins and over 15 slices.
    let marks = score(&twelve());
    close(marks.accuracy.value, 0.583_333_333, "accuracy");
    close(marks.accepted.value, 0.583_333_333, "accepted without further labels");
    close(marks.top3.value, 1.0, "top 3");
    close(marks.macro_f1.value, 0.634_920_635, "macro-F1 over the labels of the gold");
    close(marks.brier, 0.433_233_333, "Brier");
    close(marks.calibration_error, 0.325_833_323, "expected calibration error");
    close(marks.adaptive_calibration_error, 0.362_499_995, "adaptive calibration error");
    let table = [
        ("a", 0.6, 0.75, 0.666_666_667, 4),
        ("b", 0.666_666_667, 0.5, 0.571_428_571, 4),
        ("c", 1.0, 0.5, 0.666_666_667, 4),
        ("d", 0.0, 0.0, 0.0, 0),
    ];
    assert_eq!(marks.classes.len(), table.len());
    for (class, (label, precision, recall, f1, support)) in marks.classes.iter().zip(table) {
        assert_eq!((class.label.as_str(), class.support), (label, support));
        close(class.precision, precision, label);
        close(class.recall, recall, label);
        close(class.f1, f1, label);
    }
    let confused: Vec<(&str, &str, usize)> =
        marks.confusions.iter().map(|pair| (pair.gold.as_str(), pair.predicted.as_str(), pair.count)).collect();
    assert_eq!(confused, [("a", "b", 1), ("b", "a", 1), ("b", "d", 1), ("c", "a", 1), ("c", "d", 1)]);
}

#[test]
fn the_coverage_precision_curve_is_the_hand_worked_one() {
    let curve = curve(&twelve());
    let worked = [
        (0.97, 1.0, 1.0),
        (0.9, 3.0, 2.0),
        (0.88, 4.0, 3.0),
        (0.8, 5.0, 4.0),
        (0.7, 6.0, 5.0),
        (0.6, 7.0, 6.0),
        (0.55, 8.0, 7.0),
        (0.5, 10.0, 7.0),
        (0.45, 11.0, 7.0),
        (0.4, 12.0, 7.0),
    ];
    assert_eq!(curve.len(), worked.len(), "equal probabilities are one point");
    for (point, (threshold, taken, right)) in curve.iter().zip(worked) {
        close(point.coverage, taken / 12.0, "coverage");
        close(point.precision, right / taken, "precision");
        assert!((point.threshold - threshold).abs() < 1e-6);
    }
    let at = |precision| coverage_at_precision(&curve, precision).map(|point| point.coverage);
    assert_eq!((at(0.85), at(0.99), at(0.5)), (Some(8.0 / 12.0), Some(1.0 / 12.0), Some(1.0)));
    close(precision_at_coverage(&curve, 0.5).expect("half can be covered").precision, 7.0 / 8.0, "precision at half");
    let hopeless = score(&[guess("a", "b", 0.9)]);
    assert!(hopeless.coverage_at_precision.iter().all(|(_, point)| point.is_none()));
}

#[test]
fn accepted_labels_count_where_they_should_and_nowhere_else() {
    let mut answers = twelve();
    answers[2].accepted = vec!["b".into()];
    answers[4].accepted = vec!["c".into(), "a".into()];
    let marks = score(&answers);
    close(marks.accuracy.value, 7.0 / 12.0, "strict accuracy stays");
    close(marks.accepted.value, 9.0 / 12.0, "accepted");
    close(marks.macro_f1.value, 0.634_920_635, "macro-F1 stays");
    assert_eq!(marks.confusions.len(), 5, "confusions stay");
    close(marks.curve.last().expect("a curve").precision, 9.0 / 12.0, "the curve asks what is accepted");
}

#[test]
fn calibration_errors_are_zero_for_the_honest_and_large_for_the_vain() {
    let of = |sure: f32, right: usize| {
        let answers: Vec<Answer> = (0..10).map(|at| guess("a", if at < right { "a" } else { "b" }, sure)).collect();
        score(&answers)
    };
    assert!(of(0.7, 7).calibration_error < 1e-6);
    close(of(1.0, 5).calibration_error, 0.5, "sure of everything, half right");
    close(of(1.0, 5).adaptive_calibration_error, 0.5, "the same over equal bins");
    close(of(1.0, 10).brier, 0.0, "perfect");
    close(of(1.0, 0).brier, 2.0, "the worst");
}

/// For n answers of probability p in one bin it is |Binomial(n, p) / n − p|: on average √(2p(1−p)/πn), exceeded by one in
/// twenty from 1.96 √(p(1−p)/n) on.
#[test]
fn what_chance_alone_makes_of_the_calibration_error_follows_the_binomial() {
    let of = |count: usize| score(&vec![guess("a", "a", 0.7); count]).chance;
    let spread = |count: f64| (0.7_f64 * 0.3 / count).sqrt();
    for count in [100, 2_500] {
        let (chance, spread) = (of(count), spread(count as f64));
        let mean = spread * (2.0 / std::f64::consts::PI).sqrt();
        assert!((chance.mean / mean - 1.0).abs() < 0.08, "{chance:?} beside a mean of {mean}");
        assert!((chance.critical / (1.96 * spread) - 1.0).abs() < 0.12, "{chance:?} beside {}", 1.96 * spread);
    }
    assert_eq!(score(&vec![guess("a", "a", 1.0); 10]).chance.critical, 0.0, "who is always sure is held to it");
}

#[test]
fn silence_is_wrong_and_nothing_at_all_is_all_zeros() {
    let silent = score(&[Answer { gold: "a".into(), ..Answer::default() }]);
    assert_eq!((silent.accuracy.value, silent.top3.value, silent.brier), (0.0, 0.0, 1.0));
    let nothing = score(&[]);
    assert_eq!((nothing.count, nothing.accuracy.value, nothing.macro_f1.high), (0, 0.0, 0.0));
    assert!(nothing.curve.is_empty());
}

#[test]
fn intervals_have_the_width_statistics_says_and_groups_widen_them() {
    // 400 answers, 280 right: the normal interval is 0.7 ± 1.96 √(0.7 · 0.3 / 400) = 0.655 … 0.745.
    let single: Vec<Answer> = (0..400).map(|at| guess("a", if at % 10 < 7 { "a" } else { "b" }, 0.5)).collect();
    let alone = score(&single).accuracy;
    assert!((alone.low - 0.655).abs() < 0.008 && (alone.high - 0.745).abs() < 0.008, "{alone:?}");
    // Each told four times by the same group: four times the answers, no more knowledge.
    let told = single
        .iter()
        .enumerate()
        .flat_map(|(at, answer)| std::iter::repeat_n(Answer { group: Some(at.to_string()), ..answer.clone() }, 4));
    let grouped = score(&told.collect::<Vec<_>>()).accuracy;
    assert!((grouped.high - grouped.low - (alone.high - alone.low)).abs() < 0.01, "{grouped:?}");
    assert_eq!(score(&single), score(&single), "the seed is fixed");
}

#[test]
fn a_paired_comparison_sees_what_single_intervals_cannot() {
    let first: Vec<Answer> = (0..300).map(|at| guess("a", if at % 10 < 8 { "a" } else { "b" }, 0.5)).collect();
    let second: Vec<Answer> = (0..300).map(|at| guess("a", if at % 20 < 15 { "a" } else { "b" }, 0.5)).collect();
    let gap = compare(&first, &second).accuracy;
    close(gap.value, 0.05, "difference");
    assert!(gap.ahead > 0.5 && gap.low < 0.05 && 0.05 < gap.high, "{gap:?}");
    let same = compare(&first, &first);
    assert_eq!((same.accuracy.value, same.accuracy.low, same.macro_f1.high, same.top3.ahead), (0.0, 0.0, 0.0, 0.0));
    let back = compare(&second, &first).accuracy;
    close(back.value, -0.05, "turned round");
    close(back.low, -gap.high, "its interval is turned round too");
}

#[test]
fn tables_line_up_though_chinese_is_two_columns_wide() {
    let summary = score(&twelve()).summary();
    let width = |line: &str| line.chars().map(|c| if c.is_ascii() || c == '–' { 1 } else { 2 }).sum::<usize>();
    let whole: Vec<usize> = summary.lines().take(5).map(width).collect();
    assert!(whole.windows(2).all(|pair| pair[0] == pair[1]), "{summary}");
    assert!(summary.contains("58.3%") && summary.contains("63.5%"), "{summary}");
    let report = score(&twelve()).to_string();
    assert!(["样本 12 条", "最易混淆", "精确率 ≥ 92.0%"].iter().all(|piece| report.contains(piece)), "{report}");
}

#[test]
fn marks_survive_json() {
    let marks = score(&twelve());
    let json = serde_json::to_string(&marks).expect("they can be written");
    let again: guikou::model::score::Marks = serde_json::from_str(&json).expect("they can be read");
    assert!((again.brier - marks.brier).abs() < 1e-12 && again.classes.len() == marks.classes.len());
}

const NOISE: &str = "长虹路北段工地每天凌晨两点还在打桩,家里有高考的孩子,打了三次电话没人管,请马上派人来看一看";

#[test]
fn near_duplicates_share_a_group_and_other_texts_do_not() {
    let told_again = NOISE.replace("三次", "四次");
    let spaced = NOISE.replace(',', "， ");
    let texts = [NOISE, "小区停水两天了没人通知", &told_again, "老板拖欠三个月工资", &spaced, "", "", "停", "停"];
    let none = [None; 9];
    assert_eq!(near_duplicate_groups(&texts, &none), [0, 1, 0, 2, 0, 3, 4, 5, 5]);
    let mut stated = none;
    (stated[1], stated[3], stated[5]) = (Some("事件一"), Some("事件二"), Some("事件一"));
    stated[8] = Some("事件二");
    assert_eq!(near_duplicate_groups(&texts, &stated), [0, 1, 0, 2, 0, 1, 3, 2, 2], "a chain joins 7 to 3 through 8");
}

fn corpus() -> Vec<Labelled> {
    let part = |part| Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("data/corpus/P{part}.jsonl"));
    (1..=6).flat_map(|at| read_labelled(&part(at), &Columns::default()).expect("the corpus is sound")).collect()
}

#[test]
fn held_out_parts_of_the_corpus_keep_groups_whole_and_labels_in_proportion() {
    let corpus = corpus();
    let texts: Vec<&str> = corpus.iter().map(|one| one.text.as_str()).collect();
    let events: Vec<Option<&str>> = corpus.iter().map(|one| one.group.as_deref()).collect();
    let labels: Vec<&str> = corpus.iter().map(|one| one.labels[&Head::Category].as_str()).collect();
    let groups = near_duplicate_groups(&texts, &events);

    let held = stratified_split(&groups, &labels, 0.1, 7);
    let parts: Vec<usize> = held.iter().map(|held| usize::from(*held)).collect();
    whole(&groups, &parts);
    for (label, [kept, held]) in counts::<2>(&labels, &parts) {
        let share = held as f64 / (kept + held) as f64;
        assert!((0.03..=0.2).contains(&share), "{label}: {held} of {}", kept + held);
    }
    assert_eq!(held, stratified_split(&groups, &labels, 0.1, 7), "the seed decides");
    assert_ne!(held, stratified_split(&groups, &labels, 0.1, 8), "another seed, another part");

    let folds = folds(&groups, &labels, 5, 7);
    whole(&groups, &folds);
    for (label, counts) in counts::<5>(&labels, &folds) {
        let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
        assert!(most - least <= 6, "{label}: {counts:?}");
    }
}

/// Every group lies in one part.
fn whole(groups: &[usize], parts: &[usize]) {
    let mut of = BTreeMap::new();
    for (group, part) in groups.iter().zip(parts) {
        assert_eq!(of.insert(group, part).unwrap_or(part), part, "group {group} straddles two parts");
    }
}

/// How many examples of each label each part has.
fn counts<'a, const N: usize>(labels: &[&'a str], parts: &[usize]) -> BTreeMap<&'a str, [usize; N]> {
    let mut counts = BTreeMap::new();
    for (label, part) in labels.iter().zip(parts) {
        counts.entry(*label).or_insert([0; N])[*part] += 1;
    }
    counts
}

#[test]
fn groups_found_are_those_an_exhaustive_search_finds() {
    let corpus = corpus();
    // 200 texts and a copy of each with its tail cut off: from nearly the same to half.
    let sample: Vec<&str> = corpus.iter().step_by(35).take(200).map(|one| one.text.as_str()).collect();
    let cut = |(at, text): (usize, &&str)| -> String {
        let length = text.chars().count();
        text.chars().take(length - length * (at % 10) / 20).collect()
    };
    let cuts: Vec<String> = sample.iter().enumerate().map(cut).collect();
    let texts: Vec<&str> = sample.iter().copied().chain(cuts.iter().map(String::as_str)).collect();
    let groups = near_duplicate_groups(&texts, &vec![None; texts.len()]);
    let shingles: Vec<std::collections::BTreeSet<Vec<char>>> = texts.iter().map(|text| shingles(text)).collect();
    let mut joined = 0;
    for a in 0..texts.len() {
        for b in 0..a {
            let both = shingles[a].intersection(&shingles[b]).count();
            let likeness = both as f64 / (shingles[a].len() + shingles[b].len() - both) as f64;
            if likeness >= 0.65 {
                assert_eq!(groups[a], groups[b], "likeness {likeness}");
                joined += 1;
            } else if likeness < 0.3 {
                assert_ne!(groups[a], groups[b], "likeness {likeness}");
            }
        }
    }
    assert!((100..200).contains(&joined), "{joined}");
}

fn shingles(text: &str) -> std::collections::BTreeSet<Vec<char>> {
    let letters: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).collect();
    letters.windows(4).map(<[char]>::to_vec).collect()
}
