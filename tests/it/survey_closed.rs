//! Closed questions are counted as statisticians count them; what is small is hidden, what was not sampled has no error.
//!
//! Reference figures are those of scipy 1.17.1, statsmodels 0.15.0 and numpy, by the calls that stand beside them.

use std::collections::BTreeMap;

use guikou::analytics::survey::association::{chi_square, fisher, residuals};
use guikou::analytics::survey::interval::{mean, newcombe, nps, two_means, two_nps, two_shares};
use guikou::analytics::survey::{
    Closed, Method, Sample, Total, changes, hide, judged, kish, shown_overlapping, shown_parts, spearman,
};
use guikou::case::{Answers, Question, QuestionKind, Replies, Sampling, Survey, SurveyMargin};
use guikou::dataset::survey::{read_answers_file, read_survey};

fn near(found: f64, told: f64) {
    assert!((found - told).abs() <= 1e-9 * told.abs().max(1.0), "{found} is not {told}");
}

fn ends((low, high): (f64, f64), told: (f64, f64)) {
    near(low, told.0);
    near(high, told.1);
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn question(id: &str, text: &str, kind: QuestionKind, options: &[&str]) -> Question {
    Question { id: id.into(), text: text.into(), kind, options: words(options), ..Question::default() }
}

const GRADES: [&str; 4] = ["满意", "基本满意", "不满意", "未表态"];

fn satisfaction(id: &str) -> Question {
    question(id, "您是否满意", QuestionKind::Single, &GRADES)
}

fn survey(sampling: Sampling, questions: Vec<Question>) -> Survey {
    let survey = Survey {
        title: "测试".into(),
        organiser: "热线办".into(),
        population: "市民".into(),
        sampling,
        questions,
        ..Survey::default()
    };
    survey.checked().unwrap()
}

/// The value so many times.
fn column<T: Clone>(counts: &[(Option<T>, usize)]) -> Vec<Option<T>> {
    counts.iter().flat_map(|(value, count)| std::iter::repeat_n(value.clone(), *count)).collect()
}

fn answers(replies: Vec<(&str, Replies)>) -> Answers {
    let count = replies[0].1.len();
    Answers {
        ids: (1..=count).map(|id| id.to_string()).collect(),
        lines: (2..count + 2).collect(),
        times: vec![None; count],
        seconds: vec![None; count],
        replies: replies.into_iter().map(|(id, replies)| (id.to_owned(), replies)).collect(),
        ..Answers::default()
    }
}

#[test]
fn satisfaction_has_both_bases_and_no_opinion_stands_apart() {
    let survey = survey(Sampling::Random, vec![satisfaction("q1")]);
    let marks = column(&[(Some(0), 120), (Some(1), 90), (Some(2), 60), (Some(3), 30), (None, 10)]);
    let answers = answers(vec![("q1", Replies::Choice(marks))]);
    let closed = Sample::of(&survey, &answers).closed(&survey.questions[0]).unwrap();
    assert_eq!((closed.asked, closed.answered, closed.blank), (310, 300, 10));
    let counts: Vec<usize> = closed.parts.iter().map(|part| part.share.unwrap().count).collect();
    assert_eq!(counts, [120, 90, 60, 30]);
    near(closed.parts[0].share.unwrap().share, 0.4);
    assert!(closed.parts[3].missing && closed.parts[1].favourable && !closed.parts[2].favourable);
    let shares = closed.satisfaction.unwrap();
    // proportion_confint(210, 270, 0.05, "wilson"), proportion_confint(210, 300, 0.05, "wilson")
    let expressed = shares.of_expressed.unwrap();
    assert_eq!((expressed.count, expressed.base), (210, 270));
    ends((expressed.low.unwrap(), expressed.high.unwrap()), (0.7244869351912047, 0.8232752650467694));
    let answered = shares.of_answered.unwrap();
    assert_eq!((answered.count, answered.base), (210, 300));
    ends((answered.low.unwrap(), answered.high.unwrap()), (0.6458824752950583, 0.7490603362151231));
    near(shares.missing.unwrap().share, 0.1);
}

#[test]
fn means_and_nps_have_their_intervals() {
    let rating = question("q1", "打分", QuestionKind::Rating, &["1", "2", "3", "4", "5"]);
    let survey = survey(Sampling::Random, vec![rating, question("q2", "推荐", QuestionKind::Nps, &[])]);
    let marks = column(&[(Some(1.0), 10), (Some(2.0), 20), (Some(3.0), 40), (Some(4.0), 80), (Some(5.0), 50)]);
    let nps_marks = column(&[
        (Some(0.0), 10),
        (Some(6.0), 20),
        (Some(7.0), 30),
        (Some(8.0), 20),
        (Some(9.0), 25),
        (Some(10.0), 15),
        (None, 80),
    ]);
    let answers = answers(vec![("q1", Replies::Number(marks)), ("q2", Replies::Number(nps_marks))]);
    let sample = Sample::of(&survey, &answers);
    // DescrStatsW(x, ddof=1).tconfint_mean(0.05)
    let mean = sample.closed(&survey.questions[0]).unwrap().mean.unwrap();
    near(mean.mean, 3.7);
    near(mean.deviation.unwrap(), 1.1027603556575882);
    ends((mean.low.unwrap(), mean.high.unwrap()), (3.546232877555542, 3.8537671224444585));
    assert_eq!(mean.top_two.unwrap().count, 130);
    // By hand: p₊ = 1/3, p₋ = 1/4, n = 120, variance (7/12 − 1/144)/120.
    let nps = sample.closed(&survey.questions[1]).unwrap().nps.unwrap();
    near(nps.score, 100.0 / 12.0);
    ends((nps.low.unwrap(), nps.high.unwrap()), (-5.250278672107603, 21.916945338774266));
    assert_eq!([nps.promoters, nps.passives, nps.detractors].map(|share| share.count), [40, 50, 30]);
}

#[test]
fn several_choices_are_of_those_asked_of_those_who_chose_and_of_all_choices() {
    let survey = survey(Sampling::Open, vec![question("q1", "可多选", QuestionKind::Multiple, &["甲", "乙", "丙"])]);
    let chosen =
        column(&[(Some(vec![0, 1]), 40), (Some(vec![1]), 30), (Some(vec![2]), 10), (Some(vec![]), 20), (None, 5)]);
    let answers = answers(vec![("q1", Replies::Choices(chosen))]);
    let closed = Sample::of(&survey, &answers).closed(&survey.questions[0]).unwrap();
    assert_eq!((closed.answered, closed.blank), (100, 5));
    let second = &closed.parts[1];
    near(second.share.unwrap().share, 0.7);
    near(second.of_choosers.unwrap(), 70.0 / 80.0);
    near(second.of_ticks.unwrap(), 70.0 / 120.0);
}

#[test]
fn tests_of_tables_are_those_of_scipy_and_statsmodels() {
    let table = vec![vec![56, 30, 14], vec![38, 42, 20], vec![25, 35, 40]];
    // stats.chi2_contingency(t, correction=False), stats.contingency.association(t, method="cramer")
    let chi = chi_square(&table).unwrap();
    near(chi.statistic, 29.2828975995551);
    near(chi.p, 6.848201912360369e-06);
    near(chi.v, 0.22091815075405605);
    assert!(chi.freedom == 4.0 && chi.holds());
    // Table(t).standardized_resids
    let theirs = [
        [4.08911139, -1.44885194, -3.03057843],
        [-0.41725626, 1.61930511, -1.32587806],
        [-3.67185513, -0.17045317, 4.3564565],
    ];
    for (ours, theirs) in residuals(&table).iter().flatten().zip(theirs.iter().flatten()) {
        assert!((ours.unwrap() - theirs).abs() < 1e-8, "{ours:?} is not {theirs}");
    }
    // stats.fisher_exact(t).pvalue
    near(fisher([[8, 2], [1, 5]]), 0.034965034965034975);
    near(fisher([[3, 1], [1, 3]]), 0.48571428571428565);
    near(fisher([[12, 5], [29, 2]]), 0.08026855207410463);
    near(fisher([[0, 5], [9, 4]]), 0.02941176470588235);
    assert!(chi_square(&[vec![5, 0], vec![7, 0]]).is_none(), "one column only");
}

#[test]
fn differences_are_those_of_newcombe_welch_and_the_pooled_share() {
    // confint_proportions_2indep(56, 70, 48, 80, method="newcomb"), proportions_ztest([56, 48], [70, 80]); the first is
    // Newcombe 1998, table II, method 10: 0.0524 to 0.3339.
    let share = |hits: f64, of: f64| (hits / of, of);
    let (difference, interval) = newcombe(share(56.0, 70.0), share(48.0, 80.0));
    near(difference, 0.2);
    ends(interval, (0.05243147240236498, 0.33387265403690614));
    let (z, p) = two_shares(share(56.0, 70.0), share(48.0, 80.0)).unwrap();
    near(z, 2.6501719512585336);
    near(p, 0.00804508136819656);
    ends(newcombe(share(10.0, 10.0), share(0.0, 20.0)).1, (0.6790860371419145, 1.0));
    assert!(two_shares(share(5.0, 5.0), share(9.0, 9.0)).is_none());
    // stats.ttest_ind_from_stats(3.8, 1.1, 200, 3.5, 1.3, 150, equal_var=False)
    let (difference, interval, p) = two_means((3.8, 1.1, 200.0), (3.5, 1.3, 150.0)).unwrap();
    near(difference, 0.3);
    near(p, 0.023349363271369154);
    ends(interval, (0.04100001642824708, 0.558999983571753));
    // By hand with numpy.
    let (difference, interval, p) = two_nps((0.4, 0.2, 300.0), (0.3, 0.25, 250.0)).unwrap();
    near(difference, 15.0);
    ends(interval, (2.5166038477974677, 27.483396152202538));
    near(p, 0.018518466196688285);
    near(nps(1.0, 0.0, 5.0).0, 100.0);
}

#[test]
fn ranks_go_together_as_scipy_says() {
    let xs = [1.0, 2.0, 2.0, 3.0, 4.0, 4.0, 4.0, 5.0, 5.0, 3.0, 1.0, 2.0];
    let ys = [2.0, 1.0, 3.0, 3.0, 5.0, 4.0, 5.0, 5.0, 4.0, 2.0, 2.0, 3.0];
    let pairs: Vec<(f64, f64)> = xs.into_iter().zip(ys).collect();
    // stats.spearmanr(xs, ys).statistic
    near(spearman(&pairs).unwrap(), 0.8120492038195157);
    assert_eq!(spearman(&[(1.0, 2.0), (1.0, 3.0), (1.0, 4.0)]), None);
}

#[test]
fn weights_cost_what_kish_says() {
    let (deff, effective) = kish(&[1.0, 1.0, 2.0, 2.0]);
    near(deff, 40.0 / 36.0);
    near(effective, 3.6);
    // By hand with numpy; stats.t.ppf(0.975, 2.6).
    let centre = mean(&[(1.0, 1.0), (2.0, 1.0), (3.0, 2.0), (4.0, 2.0)]).unwrap();
    near(centre.mean, 17.0 / 6.0);
    near(centre.deviation, 1.255755978254962);
    near(centre.effective, 3.6);
    ends(centre.interval.unwrap(), (0.5313278249291602, 5.135338841737507));
}

/// Two backgrounds and a question of satisfaction; `counts[row][column]` answers each.
fn crossed(counts: &[&[usize]], targets: (&[f64], &[f64])) -> (Survey, Answers) {
    let names = ["甲", "乙", "丙"];
    let rows = question("a", "区县", QuestionKind::Background, &names[..counts.len()]);
    let columns = question("b", "性别", QuestionKind::Background, &names[..counts[0].len()]);
    let mut survey = survey(Sampling::Random, vec![rows, columns]);
    let margin = |question: &str, shares: &[f64]| SurveyMargin {
        question: question.into(),
        source: "普查".into(),
        shares: names.iter().zip(shares).map(|(name, share)| ((*name).to_owned(), *share)).collect::<BTreeMap<_, _>>(),
    };
    survey.margins = vec![margin("a", targets.0), margin("b", targets.1)];
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for (row, cells) in counts.iter().enumerate() {
        for (column, count) in cells.iter().enumerate() {
            a.extend(std::iter::repeat_n(Some(row as u16), *count));
            b.extend(std::iter::repeat_n(Some(column as u16), *count));
        }
    }
    (survey.checked().unwrap(), answers(vec![("a", Replies::Choice(a)), ("b", Replies::Choice(b))]))
}

#[test]
fn raking_gives_the_margins_and_keeps_how_questions_go_together() {
    // By hand: the cross-product ratio 400/900 stays, so 5x² + 3.5x − 1.2 = 0 for the first cell's share.
    let (survey, answers) = crossed(&[&[20, 30], &[30, 20]], (&[0.6, 0.4], &[0.5, 0.5]));
    let raked = Sample::of(&survey, &answers).rake().unwrap();
    let first = (-3.5 + f64::sqrt(12.25 + 24.0)) / 10.0;
    near(raked.weights[0], first / 0.2);
    assert!(raked.converged && raked.trimmed == Some(0));
    // numpy: iterative proportional fitting of [[50, 30], [60, 90], [10, 60]] to (.3, .4, .3) and (.48, .52).
    let (survey, answers) = crossed(&[&[50, 30], &[60, 90], &[10, 60]], (&[0.3, 0.4, 0.3], &[0.48, 0.52]));
    let raked = Sample::of(&survey, &answers).rake().unwrap();
    let theirs =
        [(0, 1.29568689), (50, 0.84052186), (80, 1.01365324), (140, 0.65756451), (230, 1.83964612), (240, 1.19339231)];
    for (row, weight) in theirs {
        assert!((raked.weights[row] - weight).abs() < 1e-7, "{row}: {} is not {weight}", raked.weights[row]);
    }
    near(raked.deff, 1.0833113236679988);
    near(raked.effective, 300.0 / 1.0833113236679988);
    assert!(raked.gaps.iter().all(|gap| (gap.after.unwrap() - gap.target).abs() < 1e-8), "{:?}", raked.gaps);
    let weighted = Sample::of(&survey, &answers).weighted(&raked.weights);
    let share = weighted.closed(&survey.questions[0]).unwrap().parts[0].share.unwrap();
    assert_eq!((share.count, share.base), (80, 300));
    near(share.share, 0.3);
    near(share.effective, raked.effective);
}

#[test]
fn weights_are_trimmed_and_what_then_does_not_hold_is_told() {
    let (survey, answers) = crossed(&[&[5, 5], &[245, 245]], (&[0.2, 0.8], &[0.5, 0.5]));
    let raked = Sample::of(&survey, &answers).rake().unwrap();
    let most = raked.weights.iter().copied().fold(0.0, f64::max);
    assert!(most <= 3.0 && raked.trimmed.unwrap() >= 10, "{most}, {:?}", raked.trimmed);
    near(raked.weights.iter().sum::<f64>() / 500.0, 1.0);
    assert!(!raked.converged);
    let gap = &raked.gaps[0];
    assert!(gap.question == "a" && (gap.after.unwrap() - gap.target).abs() > 0.1, "{gap:?}");
    // A group that nobody answered from cannot be weighted up.
    let (survey, answers) = crossed(&[&[40, 60], &[0, 0], &[60, 40]], (&[0.4, 0.2, 0.4], &[0.5, 0.5]));
    let raked = Sample::of(&survey, &answers).rake().unwrap();
    assert!(!raked.converged && raked.gaps.iter().any(|gap| gap.count == Some(0) && gap.after == Some(0.0)));
}

#[test]
fn counts_of_one_to_four_are_never_shown_nor_told_by_the_others() {
    let survey = survey(Sampling::Random, vec![satisfaction("q1")]);
    let marks = column(&[(Some(0), 120), (Some(1), 90), (Some(2), 3), (Some(3), 30)]);
    let answers = answers(vec![("q1", Replies::Choice(marks))]);
    let closed = Sample::of(&survey, &answers).closed(&survey.questions[0]).unwrap();
    let shown: Vec<bool> = closed.parts.iter().map(|part| part.share.is_some()).collect();
    assert!(!shown[2] && shown.iter().filter(|shown| !**shown).count() >= 2, "{shown:?}");
    // 243 answered, 30 without opinion: 210 satisfied would leave 3.
    let shares = closed.satisfaction.unwrap();
    let told = [shares.of_expressed.is_some(), shares.missing.is_some() && shares.of_answered.is_some()];
    assert_eq!(told, [false, false]);
}

/// All ways to put so many answers into so many cells.
fn spread(whole: usize, cells: usize) -> Vec<Vec<usize>> {
    if cells == 1 {
        return vec![vec![whole]];
    }
    let first =
        |first: usize| spread(whole - first, cells - 1).into_iter().map(move |rest| [vec![first], rest].concat());
    (0..=whole).flat_map(first).collect()
}

/// Cells with the totals of rows and columns, row by row.
fn with_totals(cells: &[usize], width: usize) -> Vec<usize> {
    let mut rows: Vec<Vec<usize>> = cells.chunks(width).map(|row| [row, &[row.iter().sum()]].concat()).collect();
    rows.push((0..=width).map(|at| rows.iter().map(|row| row[at]).sum()).collect());
    rows.concat()
}

/// Which totals of rows and columns are shown by themselves, as figures of one question are.
fn margins(rows: &[Vec<usize>]) -> (Vec<Total>, Vec<bool>) {
    let sums: Vec<usize> = rows.iter().map(|row| row.iter().sum()).collect();
    let columns: Vec<usize> = (0..rows[0].len()).map(|at| rows.iter().map(|row| row[at]).sum()).collect();
    let shown = |sums: &[usize]| shown_parts(&vec![0; sums.len()], sums).0;
    let total = |shown: bool| if shown { Total::Known } else { Total::Hidden };
    (shown(&sums).into_iter().map(total).collect(), shown(&columns))
}

/// Every small table: whoever sees what is shown finds no hidden count of 1 to 4.
#[test]
fn no_small_cell_of_a_cross_table_can_be_worked_out() {
    for (height, width, most) in [(2, 2, 12), (2, 3, 8), (3, 2, 8)] {
        for whole in 5..=most {
            let all = spread(whole, height * width);
            let totals: Vec<Vec<usize>> = all.iter().map(|cells| with_totals(cells, width)).collect();
            for (cells, told) in all.iter().zip(&totals) {
                let rows: Vec<Vec<usize>> = cells.chunks(width).map(<[usize]>::to_vec).collect();
                let (across, down) = margins(&rows);
                let hidden = hide(&rows, &across, &down).map(|hidden| hidden.concat());
                let hidden = hidden.unwrap_or_else(|| vec![true; told.len()]);
                let agrees = |other: &&Vec<usize>| (0..told.len()).all(|at| hidden[at] || told[at] == other[at]);
                let possible: Vec<&Vec<usize>> = totals.iter().filter(agrees).collect();
                for (at, count) in told.iter().enumerate().filter(|(_, count)| (1..=4).contains(*count)) {
                    assert!(hidden[at], "{cells:?} shows {count}");
                    assert!(possible.iter().any(|other| other[at] != *count), "{cells:?}: {count} is told");
                }
            }
        }
    }
}

/// Four attitudes of two kinds, all ways up to 14 people; the number of people is known.
#[test]
fn no_small_part_of_a_whole_can_be_worked_out() {
    let of = [0, 0, 1, 1];
    for whole in 5..=14 {
        let all = spread(whole, 4);
        for parts in &all {
            let (shown, groups) = shown_parts(&of, parts);
            let sum = |parts: &[usize], group: usize| parts[2 * group] + parts[2 * group + 1];
            let agrees = |other: &&Vec<usize>| {
                (0..4).all(|at| !shown[at] || parts[at] == other[at])
                    && (0..2).all(|group| !groups[group] || sum(parts, group) == sum(other, group))
            };
            let possible: Vec<&Vec<usize>> = all.iter().filter(agrees).collect();
            let small = |count: usize| (1..=4).contains(&count);
            for at in (0..4).filter(|at| small(parts[*at])) {
                assert!(!shown[at] && possible.iter().any(|other| other[at] != parts[at]), "{parts:?} tells {at}");
            }
            for group in (0..2).filter(|group| small(sum(parts, *group))) {
                let other = possible.iter().any(|other| sum(other, group) != sum(parts, group));
                assert!(!groups[group] && other, "{parts:?} tells group {group}");
            }
        }
    }
    // Of 54 people who each ticked something 50 ticked the first: the other cannot be fewer than 4.
    assert_eq!(shown_overlapping(&[50, 4], 54), [false, false]);
    assert_eq!(shown_overlapping(&[50, 4, 30], 54), [true, false, true]);
}

#[test]
fn groups_are_compared_and_small_ones_are_not_interpreted() {
    let by = question("a", "区县", QuestionKind::Background, &["甲", "乙", "丙"]);
    let survey = survey(Sampling::Random, vec![by, satisfaction("q1")]);
    let groups = column(&[(Some(0), 100), (Some(1), 100), (Some(2), 20)]);
    let marks = column(&[
        (Some(0), 80),
        (Some(2), 15),
        (Some(3), 5),
        (Some(0), 40),
        (Some(2), 55),
        (Some(3), 5),
        (Some(1), 12),
        (Some(2), 8),
    ]);
    let answers = answers(vec![("a", Replies::Choice(groups)), ("q1", Replies::Choice(marks))]);
    let cross = Sample::of(&survey, &answers).cross(&survey.questions[0], &survey.questions[1]).unwrap();
    assert_eq!((cross.base, cross.columns.as_slice()), (Some(210), &words(&["满意、基本满意", "其余"])[..]));
    let [first, second, third] = cross.rows.as_slice() else { panic!("{:?}", cross.rows) };
    near(first.cells[0].share.unwrap().share, 80.0 / 95.0);
    assert_eq!((first.cells[0].higher, second.cells[0].higher), (Some(true), Some(false)));
    assert!(third.few && third.base == Some(20) && third.cells[0].residual.is_none());
    let tables = judged(vec![cross.clone(), cross]);
    let test = tables[0].test.as_ref().unwrap();
    assert_eq!(test.method, Method::ChiSquare);
    near(test.p_adjusted.unwrap(), (2.0 * test.p).min(1.0));
}

#[test]
fn sparse_tables_get_fishers_test_or_none_and_say_so() {
    let by = question("a", "性别", QuestionKind::Background, &["男", "女", "其他"]);
    let survey =
        survey(Sampling::Random, vec![by, question("q1", "知道吗", QuestionKind::Single, &["知道", "不知道"])]);
    let one = |groups: &[(Option<u16>, usize)], marks: &[(Option<u16>, usize)]| {
        let answers = answers(vec![("a", Replies::Choice(column(groups))), ("q1", Replies::Choice(column(marks)))]);
        Sample::of(&survey, &answers).cross(&survey.questions[0], &survey.questions[1]).unwrap()
    };
    let four = one(&[(Some(0), 6), (Some(1), 14)], &[(Some(1), 6), (Some(0), 9), (Some(1), 5)]);
    let test = four.test.unwrap();
    assert_eq!(test.method, Method::Fisher);
    // By hand: 6 of 9 + 11 drawn, none or all of the 9: (C(11,6) + C(9,6))/C(20,6).
    near(test.p, 546.0 / 38760.0);
    assert!(four.caution.unwrap().contains("费舍尔"));
    // Of a table that hides cells p would tell which they are.
    let hidden = one(&[(Some(0), 10), (Some(1), 6)], &[(Some(0), 8), (Some(1), 2), (Some(0), 1), (Some(1), 5)]);
    assert!(hidden.test.is_none() && hidden.caution.unwrap().contains("全部显示的不足两组"));
    let six = one(&[(Some(0), 5), (Some(1), 6), (Some(2), 6)], &[(Some(0), 5), (Some(1), 12)]);
    assert!(six.test.is_none() && six.caution.unwrap().contains("合并"));
}

/// Every closed question, in order.
fn closed_of(survey: &Survey, sample: &Sample) -> Vec<Closed> {
    survey.questions.iter().filter_map(|question| sample.closed(question)).collect()
}

#[test]
fn tickets_have_no_margin_of_error_and_no_test() {
    let by = question("a", "区县", QuestionKind::Background, &["甲", "乙"]);
    let mut survey =
        survey(Sampling::Hotline, vec![by, satisfaction("q1"), question("q2", "推荐", QuestionKind::Nps, &[])]);
    survey.overall = Some("q1".into());
    let groups = column(&[(Some(0), 100), (Some(1), 100)]);
    let marks = column(&[(Some(0), 90), (Some(2), 40), (Some(1), 70)]);
    let nps = column(&[(Some(9.0), 100), (Some(3.0), 100)]);
    let answers =
        answers(vec![("a", Replies::Choice(groups)), ("q1", Replies::Choice(marks)), ("q2", Replies::Number(nps))]);
    let sample = Sample::of(&survey, &answers);
    let closed = closed_of(&survey, &sample);
    let told = serde_json::to_value(&closed).unwrap().to_string();
    assert!(!told.contains("\"low\":0") && !told.contains("\"high\":0"), "{told}");
    assert_eq!(closed[2].nps.unwrap().low, None);
    let cross = sample.cross(&survey.questions[0], &survey.questions[1]).unwrap();
    assert!(cross.test.is_none() && cross.rows.iter().flat_map(|row| &row.cells).all(|cell| cell.p.is_none()));
    assert!(changes(&[(&closed[1], &closed[1])]).is_empty());
    assert!(Sampling::Hotline.caveat().unwrap().contains("不能推断全体市民"));
}

#[test]
fn what_changed_since_the_last_wave_is_tested() {
    let survey = survey(Sampling::Random, vec![satisfaction("q1")]);
    let wave = |good: usize, bad: usize| {
        let answers = answers(vec![("q1", Replies::Choice(column(&[(Some(0), good), (Some(2), bad)])))]);
        Sample::of(&survey, &answers).closed(&survey.questions[0]).unwrap()
    };
    let [change] = &changes(&[(&wave(56, 14), &wave(48, 32))])[..] else { panic!("one figure") };
    near(change.difference, 0.2);
    ends((change.low, change.high), (0.05243147240236498, 0.33387265403690614));
    near(change.p.unwrap(), 0.00804508136819656);
    near(change.p_adjusted.unwrap(), change.p.unwrap());
    assert!(!change.few && changes(&[(&wave(20, 5), &wave(48, 32))])[0].few);
}

/// Every figure of the authored surveys, by every background.
#[test]
fn nothing_told_of_a_real_survey_is_small_or_outside_its_interval() {
    let mut crossed = 0;
    for name in ["bus", "hall", "renovation"] {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data/surveys").join(name);
        let survey = read_survey(&std::fs::read_to_string(folder.join("survey.toml")).unwrap()).unwrap();
        let east = chrono::FixedOffset::east_opt(8 * 3600).unwrap();
        let answers = read_answers_file(&folder.join("answers.csv"), &survey, east).unwrap().answers;
        let sample = Sample::of(&survey, &answers);
        let mut told = vec![serde_json::to_value(closed_of(&survey, &sample)).unwrap()];
        for by in survey.of_kind(QuestionKind::Background) {
            let tables = survey.questions.iter().filter(|question| question.id != by.id);
            let tables = judged(tables.filter_map(|question| sample.cross(by, question)).collect());
            crossed += tables.len();
            told.push(serde_json::to_value(tables).unwrap());
        }
        let drivers = sample.drivers();
        assert!(drivers.windows(2).all(|pair| pair[0].correlation >= pair[1].correlation), "{name}");
        told.push(serde_json::to_value(&drivers).unwrap());
        let mut shares = 0;
        told.iter().for_each(|value| each_share(value, &mut shares));
        assert!(shares > 100, "{name}: {shares}");
    }
    assert!(crossed > 60, "{crossed}");
}

fn each_share(value: &serde_json::Value, seen: &mut usize) {
    if let (Some(count), Some(share)) = (value["count"].as_u64(), value["share"].as_f64()) {
        *seen += 1;
        assert!(!(1..=4).contains(&count), "{value}");
        let (low, high) = (value["low"].as_f64().unwrap(), value["high"].as_f64().unwrap());
        assert!(low <= share + 1e-12 && share <= high + 1e-12, "{value}");
        return;
    }
    match value {
        serde_json::Value::Array(items) => items.iter().for_each(|item| each_share(item, seen)),
        serde_json::Value::Object(fields) => fields.values().for_each(|field| each_share(field, seen)),
        _ => {}
    }
}
