//! What a survey's summary says of weights, scales, single choices and the wave before.

use guikou::case::Survey;
use guikou::case::document::{Block, Document, Edition, Table};
use guikou::store::Store;
use guikou::survey::{self, QuestionsAsked, Upload};
use guikou::triage::Triage;

use crate::door::settings;

const SURVEY: &str = r#"
title = "出行调查"
organiser = "热线办"
population = "市民"
mode = "网络问卷"
period = "2026-09-07至2026-09-27"
sampling = "random"
overall = "q4"

[[question]]
id = "id"
text = "序号"
kind = "id"

[[question]]
id = "q1"
text = "您的性别"
kind = "background"
options = ["男", "女"]

[[question]]
id = "q2"
text = "您平时怎么出行"
kind = "single"
options = ["公交", "步行", "开车"]

[[question]]
id = "q3"
text = "您给公交打几星"
kind = "rating"
options = ["0.5", "1", "1.5", "2", "2.5", "3", "3.5", "4", "4.5", "5"]

[[question]]
id = "q4"
text = "您对公交总体是否满意"
kind = "single"
options = ["非常满意", "满意", "一般", "不满意"]
"#;

const WEIGHT: &str = r#"
[[question]]
id = "w"
text = "权重"
kind = "weight"
"#;

fn triage() -> Triage {
    let data = settings(&[]).settings.data();
    let store = Store::open(None).unwrap();
    Triage::load(&data, std::path::Path::new("no/such/folder")).unwrap().keeping_in(store).unwrap()
}

fn read(text: &str) -> Survey {
    guikou::dataset::survey::read_survey(text).unwrap()
}

/// Keeps 120 answers; `seed` makes them other ones.
fn kept(triage: &Triage, survey: Survey, seed: usize) -> String {
    let row = |at: usize| {
        let pick = |options: &[&'static str], by: usize| options[(at * by + at / 7 + seed) % options.len()];
        let (sex, way) = (pick(&["男", "女"], 1), pick(&["公交", "步行", "开车"], 2));
        let (stars, grade) = (pick(&["4", "4.5", "5", "3.5"], 3), pick(&["非常满意", "满意", "一般", "不满意"], 5));
        format!("{at},{sex},{way},{stars},{grade},{}", 1 + at % 3)
    };
    let rows: Vec<String> = (1..=120).map(row).collect();
    let file = format!("序号,您的性别,您平时怎么出行,您给公交打几星,您对公交总体是否满意,权重\n{}\n", rows.join("\n"));
    let offset = chrono::FixedOffset::east_opt(8 * 3600).unwrap();
    let (name, now) = (std::path::Path::new("answers.csv"), "2026-11-19T08:00:00Z".parse().unwrap());
    let upload = Upload { name, bytes: file.into_bytes(), survey, offset, actor: None, now };
    survey::keep(guikou::http::surveying(triage), upload).unwrap().id
}

fn written(triage: &Triage, id: &str) -> Document {
    let dated = "2026-11-20".parse().unwrap();
    survey::summary(guikou::http::surveying(triage), id, Edition::Internal, Vec::new(), dated).unwrap()
}

fn text(document: &Document, section: usize) -> String {
    let blocks = document.sections[section].blocks.iter();
    blocks.flat_map(Block::sentences).map(|sentence| sentence.text()).collect()
}

fn tables(document: &Document, section: usize) -> Vec<&Table> {
    let mut tables = Vec::new();
    for block in &document.sections[section].blocks {
        if let Block::Table(table) = block {
            tables.push(table);
        }
    }
    tables
}

#[test]
fn the_summary_says_what_is_weighted_and_holds_every_closed_question() {
    let triage = triage();
    let id = kept(&triage, read(&format!("{SURVEY}{WEIGHT}")), 0);
    let figures = survey::figures(
        guikou::http::surveying(&triage),
        &id,
        &QuestionsAsked { weighted: true, ..Default::default() },
    );
    let weighting = figures.unwrap().weighting.unwrap();
    // Forty weights each of 1, 2 and 3: 120·560/240².
    assert!(!weighting.raked && (weighting.deff - 120.0 * 560.0 / (240.0 * 240.0)).abs() < 1e-9, "{weighting:?}");
    let document = written(&triage, &id);
    let method = text(&document, 0);
    assert!(method.contains("按答卷文件自带的权重加权") && method.contains("设计效应1.17"), "{method}");
    assert!(method.contains("组间检验和等级相关未加权"), "{method}");
    let overall = text(&document, 2);
    assert!(overall.contains("选“非常满意”“满意”的占"), "{overall}");
    assert!(overall.contains("可打0.5至5分"), "{overall}");
    let single = tables(&document, 3).into_iter().find(|table| table.title == "您平时怎么出行").expect("a table of it");
    assert_eq!(single.rows.len(), 3);
    let crossed = tables(&document, 4).into_iter().find(|table| table.title == "您平时怎么出行").expect("crossed");
    let names: Vec<&str> = crossed.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["组", "份数", "公交", "步行", "开车"]);
}

#[test]
fn a_wave_that_is_missing_or_unlike_is_told() {
    let triage = triage();
    let before = kept(&triage, read(SURVEY), 0);
    let wave = |previous: &str, change: fn(&str) -> String| {
        let toml = format!("{}\n[previous]\nsurvey = \"{previous}\"\n", change(SURVEY));
        let id = kept(&triage, read(&toml), previous.len() + toml.len());
        let asked = QuestionsAsked { weighted: true, ..Default::default() };
        let figures = survey::figures(guikou::http::surveying(&triage), &id, &asked).unwrap();
        (figures, text(&written(&triage, &id), 3))
    };
    let (figures, said) = wave("no-such-survey", str::to_owned);
    assert!(figures.changes.is_empty() && figures.changes_caution.is_some());
    assert!(said.contains("no-such-survey") && said.contains("没有比较"), "{said}");
    let other = |text: &str| text.replace(r#""一般", "不满意""#, r#""一般", "不满意", "很不满意""#);
    let (figures, said) = wave(&before, other);
    assert!(figures.changes.iter().all(|change| change.question != "q4"), "{:?}", figures.changes);
    assert!(said.contains("q4 的选项或满意的算法与上一次不同"), "{said}");
    let (figures, _) = wave(&before, |text| text.replace("出行调查", "出行再调查"));
    assert!(figures.changes.iter().any(|change| change.question == "q4") && figures.changes_caution.is_none());
}
