//! Whoever takes all that is served of a survey together, and solves for the rest, finds no count of 1 to 4.
//!
//! The adversary knows every sum that the figures tell: options, groups, bases, blanks, means and their spread, NPS and
//! its interval, cross tables both ways, what weighting was by. For each pair of questions these are equations in the
//! cells of their table; how far a count may lie is a linear programme, solved here.

mod programme;

use std::collections::BTreeMap;

use guikou::analytics::survey::Sample;
use guikou::case::{Answers, Question, QuestionKind, Replies, Sampling, Survey, SurveyMargin};
use serde_json::{Value, json};

use self::programme::{Known, Programme, one};

const GRADES: [&str; 4] = ["满意", "基本满意", "不满意", "未表态"];
const MARKS: [&str; 5] = ["1", "2", "3", "4", "5"];
const NAMES: [&str; 5] = ["甲", "乙", "丙", "丁", "戊"];
/// 95 % of a normal law lie within so many deviations.
const Z: f64 = 1.959963984540054;

/// Numbers that look drawn by chance (G. Marsaglia's xorshift).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    fn upto(&mut self, most: usize) -> usize {
        (self.next() * most as f64) as usize
    }

    /// Some large and many small.
    fn weights(&mut self, count: usize) -> Vec<f64> {
        (0..count).map(|_| self.next().powi(3) + 0.004).collect()
    }

    fn draw(&mut self, weights: &[f64]) -> usize {
        let mut left = self.next() * weights.iter().sum::<f64>();
        weights
            .iter()
            .position(|weight| {
                left -= weight;
                left < 0.0
            })
            .unwrap_or(weights.len() - 1)
    }
}

fn question(id: &str, kind: QuestionKind, options: &[&str]) -> Question {
    let options = options.iter().map(|option| (*option).to_owned()).collect();
    Question { id: id.into(), text: format!("题目{id}"), kind, options, ..Question::default() }
}

fn survey(questions: Vec<Question>) -> Survey {
    let survey = Survey {
        title: "测试".into(),
        organiser: "热线办".into(),
        population: "市民".into(),
        sampling: Sampling::Random,
        questions,
        ..Survey::default()
    };
    survey.checked().unwrap()
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

/// The value so many times.
fn column<T: Clone>(counts: &[(Option<T>, usize)]) -> Vec<Option<T>> {
    counts.iter().flat_map(|(value, count)| std::iter::repeat_n(value.clone(), *count)).collect()
}

/// A survey as chance would have it: two backgrounds, of which one is weighted by, and a question of each kind.
fn drawn(chance: &mut Chance) -> (Survey, Answers) {
    let (first, second, choices) = (2 + chance.upto(3), 2 + chance.upto(2), 3 + chance.upto(2));
    let questions = vec![
        question("a", QuestionKind::Background, &NAMES[..first]),
        question("b", QuestionKind::Background, &NAMES[..second]),
        question("s", QuestionKind::Single, &GRADES),
        question("c", QuestionKind::Single, &NAMES[..choices]),
        question("r", QuestionKind::Rating, &MARKS),
        question("n", QuestionKind::Nps, &[]),
    ];
    let sizes = [first, second, 4, choices, 5, 11];
    let mut survey = survey(questions);
    let shares = chance.weights(first);
    let whole: f64 = shares.iter().sum();
    let shares = NAMES.iter().zip(shares).map(|(name, share)| ((*name).to_owned(), share / whole));
    survey.margins = vec![SurveyMargin { question: "a".into(), source: "普查".into(), shares: shares.collect() }];
    let count = 12 + chance.upto(190);
    let blank = [0.0, 0.0, 0.04][chance.upto(3)];
    let groups = chance.weights(first);
    // What one answers depends on one's group.
    let laws: Vec<Vec<Vec<f64>>> =
        (0..first).map(|_| sizes.iter().map(|size| chance.weights(*size)).collect()).collect();
    let mut drawn: Vec<Vec<Option<usize>>> = vec![Vec::new(); 6];
    for _ in 0..count {
        let group = chance.draw(&groups);
        for (at, column) in drawn.iter_mut().enumerate() {
            let level = if at == 0 { group } else { chance.draw(&laws[group][at]) };
            column.push(Some(level).filter(|_| chance.next() >= blank));
        }
    }
    let mut columns = drawn.into_iter();
    let mut choice = || Replies::Choice(columns.next().unwrap().iter().map(|at| at.map(|at| at as u16)).collect());
    let (a, b, s, c) = (choice(), choice(), choice(), choice());
    let mut marks =
        |from: f64| Replies::Number(columns.next().unwrap().iter().map(|at| at.map(|at| at as f64 + from)).collect());
    let (r, n) = (marks(1.0), marks(0.0));
    (survey, answers(vec![("a", a), ("b", b), ("s", s), ("c", c), ("r", r), ("n", n)]))
}

/// All that is served of it, as it goes out.
struct Served {
    closed: BTreeMap<String, Value>,
    crossed: Vec<Value>,
    gaps: Vec<Value>,
}

fn served(survey: &Survey, answers: &Answers) -> Served {
    let sample = Sample::of(survey, answers);
    let closed = survey.questions.iter().filter_map(|question| sample.closed(question));
    let closed = closed.map(|closed| (closed.question.clone(), json!(closed))).collect();
    let mut crossed = Vec::new();
    for by in survey.of_kind(QuestionKind::Background) {
        let others = survey.questions.iter().filter(|question| question.id != by.id);
        crossed.extend(others.filter_map(|question| sample.cross(by, question)).map(|cross| json!(cross)));
    }
    let gaps = sample.rake().map(|raked| json!(raked.gaps)).unwrap_or(json!([]));
    Served { closed, crossed, gaps: gaps.as_array().unwrap().clone() }
}

fn levels(survey: &Survey, answers: &Answers, id: &str) -> (usize, Vec<usize>) {
    let question = survey.question(id).unwrap();
    let count = if question.kind == QuestionKind::Nps { 11 } else { question.options.len() };
    let first = if question.kind == QuestionKind::Rating { 1.0 } else { 0.0 };
    let column: Vec<Option<usize>> = match answers.replies.get(id).unwrap() {
        Replies::Choice(column) => column.iter().map(|at| at.map(usize::from)).collect(),
        Replies::Number(column) => column.iter().map(|mark| mark.map(|mark| (mark - first) as usize)).collect(),
        _ => panic!("{id} has other answers"),
    };
    // Who did not answer stands last.
    (count, column.into_iter().map(|at| at.unwrap_or(count)).collect())
}

/// In which of the told groups a level is: 满意、其余、未表态; the two best marks and the rest; 推荐、中立、贬损.
fn group(question: &Question, level: usize) -> usize {
    match question.id.as_str() {
        "s" => [0, 0, 1, 2][level],
        "r" => usize::from(level < 3),
        "n" => usize::from(level < 9) + usize::from(level < 7),
        _ => 0,
    }
}

/// The column of a cross table in which a level is counted.
fn told_column(question: &Question, level: usize) -> Option<usize> {
    match question.id.as_str() {
        "s" => [Some(0), Some(0), Some(1), None][level],
        "n" => Some(group(question, level)),
        _ => Some(level),
    }
}

/// What the question by itself tells; `level` reads its level off a cell.
fn tell_closed(
    known: &mut Known,
    question: &Question,
    count: usize,
    closed: &Value,
    level: impl Fn(usize, usize) -> usize + Copy,
) {
    let number = |pointer: &str| closed.pointer(pointer).and_then(Value::as_f64);
    let is = |holds: &dyn Fn(usize) -> bool, at: usize| one(at < count && holds(at));
    known.tell(number("/answered"), |r, c| one(level(r, c) < count));
    known.tell(number("/blank"), |r, c| one(level(r, c) == count));
    for option in 0..count {
        known.tell(number(&format!("/parts/{option}/share/count")), |r, c| one(level(r, c) == option));
    }
    let of = |wanted: usize| move |at: usize| group(question, at) == wanted;
    for (pointer, wanted) in [
        ("/satisfaction/of_expressed", 0),
        ("/satisfaction/of_answered", 0),
        ("/satisfaction/missing", 2),
        ("/mean/top_two", 0),
        ("/nps/promoters", 0),
        ("/nps/passives", 1),
        ("/nps/detractors", 2),
    ] {
        known.tell(number(&format!("{pointer}/count")), |r, c| is(&of(wanted), level(r, c)));
    }
    known.tell(number("/satisfaction/of_expressed/base"), |r, c| is(&|at| group(question, at) < 2, level(r, c)));
    if let (Some(mean), Some(n)) = (number("/mean/mean"), number("/mean/base")) {
        let mark = |at: usize| if at < count { at as f64 + 1.0 } else { 0.0 };
        known.tell(Some(n), |r, c| one(level(r, c) < count));
        known.tell(Some(mean * n), |r, c| mark(level(r, c)));
        let squares = number("/mean/deviation").map(|deviation| deviation * deviation * (n - 1.0) + n * mean * mean);
        known.tell(squares, |r, c| mark(level(r, c)).powi(2));
    }
    if let (Some(score), Some(n)) = (number("/nps/score"), number("/nps/base")) {
        let turned = |at: usize| if at < count { 1.0 - group(question, at) as f64 } else { 0.0 };
        known.tell(Some(score / 100.0 * n), |r, c| turned(level(r, c)));
        let both = number("/nps/low").filter(|low| *low > -100.0).map(|low| {
            let reach = (score - low) / 100.0 / Z;
            (reach * reach * n + (score / 100.0).powi(2)) * n
        });
        known.tell(both, |r, c| turned(level(r, c)).abs());
    }
}

/// What a cross table tells; turned where the groups of the other question are its rows.
fn tell_cross(known: &mut Known, question: &Question, (height, width): (usize, usize), cross: &Value, turned: bool) {
    let number = |pointer: String| cross.pointer(&pointer).and_then(Value::as_f64);
    let place = |r: usize, c: usize| if turned { (c, r) } else { (r, c) };
    let (height, width) = place(height, width);
    let column = |c: usize| if c < width { told_column(question, c) } else { None };
    for row in 0..height {
        let mine = |r: usize, c: usize| place(r, c).0 == row && column(place(r, c).1).is_some();
        known.tell(number(format!("/rows/{row}/base")), |r, c| one(mine(r, c)));
        for cell in 0..width {
            let here = |r: usize, c: usize| place(r, c).0 == row && column(place(r, c).1) == Some(cell);
            known.tell(number(format!("/rows/{row}/cells/{cell}/share/count")), |r, c| one(here(r, c)));
            known.tell(number(format!("/rows/{row}/cells/{cell}/share/base")), |r, c| one(mine(r, c)));
        }
    }
    let any = |r: usize, c: usize| place(r, c).0 < height && column(place(r, c).1).is_some();
    known.tell(number("/base".to_owned()), |r, c| one(any(r, c)));
}

/// Every count of 1 to 4 that the adversary finds in the table of two questions.
fn found(survey: &Survey, answers: &Answers, served: &Served, by: &str, id: &str) -> Vec<String> {
    let ((height, rows), (width, columns)) = (levels(survey, answers, by), levels(survey, answers, id));
    let (by, asked) = (survey.question(by).unwrap(), survey.question(id).unwrap());
    let mut known = Known { width: width + 1, height: height + 1, ..Known::default() };
    known.tell(Some(answers.len() as f64), |_, _| 1.0);
    tell_closed(&mut known, by, height, &served.closed[&by.id], |r, _| r);
    tell_closed(&mut known, asked, width, &served.closed[&asked.id], |_, c| c);
    for cross in &served.crossed {
        let pair = (cross["by"].as_str().unwrap(), cross["question"].as_str().unwrap());
        if pair == (by.id.as_str(), asked.id.as_str()) {
            tell_cross(&mut known, asked, (height, width), cross, false);
        } else if pair == (asked.id.as_str(), by.id.as_str()) {
            tell_cross(&mut known, by, (height, width), cross, true);
        }
    }
    let answered = served.closed[&by.id]["answered"].as_f64().unwrap();
    for gap in served.gaps.iter().filter(|gap| gap["question"] == by.id.as_str()) {
        let option = by.option(gap["option"].as_str().unwrap()).unwrap();
        known.tell(gap["count"].as_f64(), |r, _| one(r == option));
        known.tell(gap["before"].as_f64().map(|before| before * answered), |r, _| one(r == option));
    }
    let mut programme = Programme::of(&known);
    let mut found = Vec::new();
    let mut look = |name: String, holds: &dyn Fn(usize, usize) -> bool| {
        let count = rows.iter().zip(&columns).filter(|(r, c)| holds(**r, **c)).count();
        if (1..=4).contains(&count) && programme.tells(&known.sum(|r, c| one(holds(r, c)))) {
            found.push(format!("{name}: {count}"));
        }
    };
    for row in 0..height {
        look(format!("{} {row}", by.id), &|r, _| r == row);
        for cell in 0..width {
            let mine = |c: usize| c < width && told_column(asked, c) == Some(cell);
            look(format!("{} {row} × {} {cell}", by.id, asked.id), &|r, c| r == row && mine(c));
        }
    }
    for option in 0..width {
        look(format!("{} {option}", asked.id), &|_, c| c == option);
    }
    for wanted in 0..3 {
        look(format!("{} group {wanted}", asked.id), &|_, c| c < width && group(asked, c) == wanted);
    }
    found
}

#[test]
fn no_small_count_is_found_in_all_that_is_served() {
    let mut chance = Chance(0x9E37_79B9_7F4A_7C15);
    let (mut told, mut small) = (Vec::new(), 0);
    let (mut cells, mut shown) = (0, 0);
    for _ in 0..60 {
        let (survey, answers) = drawn(&mut chance);
        let served = served(&survey, &answers);
        for (by, id) in [("a", "b"), ("a", "s"), ("a", "c"), ("a", "r"), ("a", "n"), ("b", "s"), ("b", "c")] {
            told.extend(found(&survey, &answers, &served, by, id));
        }
        small += served
            .closed
            .values()
            .flat_map(|closed| closed["parts"].as_array().unwrap())
            .filter(|part| part["share"].is_null())
            .count();
        let all = served.crossed.iter().flat_map(|cross| cross["rows"].as_array().unwrap());
        for cell in all.flat_map(|row| row["cells"].as_array().unwrap()) {
            cells += 1;
            shown += usize::from(!cell["share"].is_null());
        }
    }
    assert!(small > 100 && shown * 5 > cells, "{small} options hidden, {shown} of {cells} cells shown");
    assert!(told.is_empty(), "{} are told: {}", told.len(), told[..told.len().min(20)].join("; "));
}

/// Tables in which one cell alone would be left, or a test would tell which numbers stand in all four.
#[test]
fn no_small_count_is_found_in_tables_that_gave_one_away() {
    let tables: [&[&[usize]]; 4] = [
        &[&[15, 12, 15], &[8, 0, 1]],
        &[&[40, 0, 3, 0], &[9, 0, 15, 3], &[0, 8, 20, 2]],
        &[&[57, 3], &[40, 20]],
        &[&[20, 6, 30], &[25, 4, 20], &[2, 1, 2], &[30, 9, 11]],
    ];
    for table in tables {
        let (height, width) = (table.len(), table[0].len());
        let rows = question("a", QuestionKind::Background, &NAMES[..height]);
        let survey = survey(vec![rows, question("c", QuestionKind::Single, &NAMES[..width])]);
        let cells = table.iter().enumerate().flat_map(|(row, cells)| {
            cells.iter().enumerate().map(move |(column, count)| (row as u16, column as u16, *count))
        });
        let (mut a, mut c) = (Vec::new(), Vec::new());
        for (row, column, count) in cells {
            a.extend(std::iter::repeat_n(Some(row), count));
            c.extend(std::iter::repeat_n(Some(column), count));
        }
        let answers = answers(vec![("a", Replies::Choice(a)), ("c", Replies::Choice(c))]);
        let served = served(&survey, &answers);
        let told = found(&survey, &answers, &served, "a", "c");
        assert!(told.is_empty(), "{table:?}: {}", told.join("; "));
        // A test is of what is shown, so that its statistic tells nothing more.
        let cross = &served.crossed[0];
        let hides = |row: &Value| row["cells"].as_array().unwrap().iter().any(|cell| cell["share"].is_null());
        let shown: Vec<&Value> = cross["rows"].as_array().unwrap().iter().filter(|row| !hides(row)).collect();
        assert!(shown.len() >= 2 || cross["test"].is_null(), "{table:?}: {}", cross["test"]);
    }
}

#[test]
fn weighting_means_and_nps_tell_no_small_count() {
    let background = question("a", QuestionKind::Background, &["18岁以下", "18至60岁", "60岁以上"]);
    let marks = question("r", QuestionKind::Rating, &MARKS);
    let mut survey = survey(vec![background, marks, question("n", QuestionKind::Nps, &[])]);
    let shares = [("18岁以下", 0.05), ("18至60岁", 0.65), ("60岁以上", 0.3)];
    let shares = shares.into_iter().map(|(option, share)| (option.to_owned(), share)).collect();
    survey.margins = vec![SurveyMargin { question: "a".into(), source: "普查".into(), shares }];
    let groups = column(&[(Some(0), 2), (Some(1), 58), (Some(2), 40)]);
    let ratings = column(&[(Some(1.0), 3), (Some(2.0), 7), (Some(3.0), 20), (Some(4.0), 30), (Some(5.0), 40)]);
    let nps = column(&[(Some(10.0), 2), (Some(8.0), 38), (Some(3.0), 60)]);
    let answers =
        answers(vec![("a", Replies::Choice(groups)), ("r", Replies::Number(ratings)), ("n", Replies::Number(nps))]);
    let served = served(&survey, &answers);
    for id in ["r", "n"] {
        let told = found(&survey, &answers, &served, "a", id);
        assert!(told.is_empty(), "{}", told.join("; "));
    }
    let gap = served.gaps.iter().find(|gap| gap["option"] == "18岁以下").unwrap();
    assert!(gap["count"].is_null() && gap["before"].is_null() && gap["after"].is_null(), "{gap}");
    // The two hidden groups weigh the same, so that no weighted figure tells one from the other.
    let raked = Sample::of(&survey, &answers).rake().unwrap();
    let hidden: Vec<usize> = (0..3).filter(|option| served.closed["a"]["parts"][option]["share"].is_null()).collect();
    assert!(hidden.len() == 2 && json!(raked.trimmed) != 2, "{hidden:?} {:?}", raked.trimmed);
    let weights: Vec<f64> = [0, 2, 60].map(|row| raked.weights[row]).to_vec();
    let alike: Vec<f64> = hidden.iter().map(|option| weights[*option]).collect();
    assert!((alike[0] - alike[1]).abs() < 1e-9, "{alike:?}");
    assert!(served.closed["n"]["nps"].is_null(), "{}", served.closed["n"]["nps"]);
    // The mean stands, bare; a third mark is hidden for its sake.
    let mean = &served.closed["r"]["mean"];
    assert!(mean["mean"] == 3.97 && mean["deviation"].is_null() && mean["low"].is_null(), "{mean}");
    // Of one to four nothing is told.
    let few = self::answers(vec![
        ("a", Replies::Choice(column(&[(Some(1), 50)]))),
        ("r", Replies::Number(column(&[(Some(2.0), 1), (None, 49)]))),
        ("n", Replies::Number(column(&[(Some(9.0), 4), (None, 46)]))),
    ]);
    let served = self::served(&survey, &few);
    assert!(served.closed["r"]["mean"].is_null() && served.closed["n"]["nps"].is_null());
}

/// Marks of a question, all ways to answer that agree with what is served: whole numbers only.
#[test]
fn no_small_count_is_the_only_one_that_makes_a_mean() {
    let survey = survey(vec![question("r", QuestionKind::Rating, &MARKS)]);
    let mut chance = Chance(42);
    let mut means = 0;
    for _ in 0..100 {
        let (law, count) = (chance.weights(5), 8 + chance.upto(17));
        let mut counts = [0; 5];
        (0..count).for_each(|_| counts[chance.draw(&law)] += 1);
        let marks: Vec<(Option<f64>, usize)> = (0..5).map(|at| (Some(at as f64 + 1.0), counts[at])).collect();
        let answers = answers(vec![("r", Replies::Number(column(&marks)))]);
        let served = served(&survey, &answers);
        let mut known = Known { width: 6, height: 1, ..Known::default() };
        tell_closed(&mut known, &survey.questions[0], 5, &served.closed["r"], |_, c| c);
        means += usize::from(!served.closed["r"]["mean"].is_null());
        let agrees = |other: &[usize]| {
            known.sums.iter().all(|(sum, value)| {
                let made: f64 = sum.iter().zip(other).map(|(factor, count)| factor * *count as f64).sum();
                (made - value).abs() < 1e-6
            })
        };
        let possible: Vec<Vec<usize>> = spread(count, 5).into_iter().filter(|other| agrees(other)).collect();
        assert!(possible.contains(&counts.to_vec()), "{counts:?}");
        for (at, small) in counts.iter().enumerate().filter(|(_, count)| (1..=4).contains(*count)) {
            assert!(
                possible.iter().any(|other| other[at] != *small),
                "{counts:?} tells {small}: {}",
                served.closed["r"]
            );
        }
    }
    assert!(means > 20, "{means} means are told");
}

/// All ways to put so many answers into so many options.
fn spread(whole: usize, options: usize) -> Vec<Vec<usize>> {
    if options == 1 {
        return vec![vec![whole]];
    }
    let with =
        |first: usize| spread(whole - first, options - 1).into_iter().map(move |rest| [vec![first], rest].concat());
    (0..=whole).flat_map(with).collect()
}
