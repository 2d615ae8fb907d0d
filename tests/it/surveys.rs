//! Opinion surveys: a file of answers in, themes signed by a person, and a summary in which every number is found again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use guikou::case::document::{Block, Document, Edition};
use guikou::case::{AnswerKey, Confirmed, Frame, Sentiment};
use guikou::report::{Print, print};
use guikou::store::Store;
use guikou::survey::{self, By, FrameChange, Ground, Heard, Readings, Upload};
use guikou::triage::Triage;
use serde_json::{Value, json};

use crate::door::{Reply, get, post, send, settings, start};
use crate::keep::on_file;

pub const QUIET: survey::Progress<'static> = &|_, _| Ok(());

pub fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data/surveys").join(name)
}

pub fn text(name: &str, file: &str) -> String {
    std::fs::read_to_string(folder(name).join(file)).unwrap()
}

/// A survey kept in a store, without a service.
pub struct Desk {
    pub triage: Triage,
    pub id: String,
}

impl Desk {
    pub fn ground(&self) -> Ground<'_> {
        guikou::http::surveying(&self.triage)
    }
}

pub fn by(actor: &str) -> By {
    By { actor: Some(actor.to_owned()), now: "2026-11-20T08:00:00Z".parse().unwrap() }
}

/// Keeps a survey; `change` may alter the file of answers first.
pub fn kept(name: &str, store: Store, change: impl FnOnce(String) -> String) -> Desk {
    let data = settings(&[]).settings.data();
    let triage = Triage::load(&data, std::path::Path::new("no/such/folder")).unwrap().keeping_in(store).unwrap();
    let survey = guikou::dataset::survey::read_survey(&text(name, "survey.toml")).unwrap();
    let file = folder(name).join("answers.csv");
    let bytes = change(text(name, "answers.csv")).into_bytes();
    let offset = chrono::FixedOffset::east_opt(8 * 3600).unwrap();
    let now = "2026-11-19T08:00:00Z".parse().unwrap();
    let upload = Upload { name: &file, bytes, survey, offset, actor: None, now };
    let id = survey::keep(guikou::http::surveying(&triage), upload).unwrap().id;
    Desk { triage, id }
}

/// What the authored gold says of each open answer.
pub struct Gold {
    codes: BTreeSet<String>,
    copy: bool,
}

pub fn gold(name: &str) -> BTreeMap<AnswerKey, Gold> {
    let line = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let key = AnswerKey::new(line["question"].as_str().unwrap(), line["id"].to_string());
        let codes = line["themes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned());
        (key, Gold { codes: codes.collect(), copy: line.get("copy_of").is_some_and(|copy| !copy.is_null()) })
    };
    text(name, "gold.jsonl").lines().map(line).collect()
}

/// The gold frame with every answer confirmed, signed: themes are then what the gold says, and counts can be made by hand.
pub fn signed(desk: &Desk, name: &str, gold: &BTreeMap<AnswerKey, Gold>) {
    let mut frame: Frame = toml::from_str(&text(name, "themes.toml")).unwrap();
    frame.confirmed =
        gold.iter().map(|(answer, gold)| Confirmed { answer: answer.clone(), codes: gold.codes.clone() }).collect();
    let now = "2026-11-20T08:00:00Z".parse().unwrap();
    let change = FrameChange { frame: Some(frame), ..FrameChange::default() };
    let version = survey::change(desk.ground(), &desk.id, change, now).unwrap().version;
    survey::sign(desk.ground(), &Readings::default(), &desk.id, version, &by("张科"), QUIET).unwrap();
}

fn summary(desk: &Desk, edition: Edition) -> Document {
    let dated = "2026-11-20".parse().unwrap();
    let heard = guikou::http::heard(&guikou::insight::Insight::default(), &desk.triage, &desk.id).unwrap();
    survey::summary(desk.ground(), &desk.id, edition, heard, dated).unwrap()
}

#[test]
fn every_number_of_a_summary_is_found_again_where_it_says() {
    let kept_in = tempfile::tempdir().unwrap();
    let file = kept_in.path().join("cases.db");
    let desk = kept("bus", Store::open(Some(&file)).unwrap(), |text| text);
    signed(&desk, "bus", &gold("bus"));
    // A person confirms that a theme is the hotline's matter of bus lines, so that the two are held side by side.
    let version = survey::frame_of(desk.ground(), &desk.id).unwrap().unwrap();
    let code = version.frame.themes[0].code.clone();
    let category = desk.triage.taxonomy().categories[0].code.clone();
    let steps = vec![guikou::case::FrameStep::Link { code, category: Some(category) }];
    let change = FrameChange { version: version.version, steps, ..FrameChange::default() };
    let version = survey::change(desk.ground(), &desk.id, change, by("张科").now).unwrap().version;
    survey::sign(desk.ground(), &Readings::default(), &desk.id, version, &by("张科"), QUIET).unwrap();
    let documents = Edition::ALL.map(|edition| summary(&desk, edition));
    drop(desk);
    let (address, stop) = on_file(&file);
    for document in &documents {
        let fetch = |query: &str| {
            let reply = get(address, query);
            assert_eq!(reply.status, 200, "{query}: {}", reply.body);
            Ok(reply.json())
        };
        let checked = document.check(fetch).unwrap();
        assert_eq!(checked.mismatches, Vec::new());
        assert_eq!(checked.unsourced, Vec::<String>::new());
        assert!(checked.figures > 300, "{} figures are too few for a summary", checked.figures);
        assert_eq!(document.sections.len(), 9);
        let heard = document.sources.iter().any(|source| source.query.starts_with("/v1/volumes?"));
        assert!(heard, "what the hotline heard is a source");
    }
    let leads = |document: &Document| document.figures().filter(|figure| figure.link().is_some()).count();
    assert!(leads(&documents[0]) > 20 && leads(&documents[1]) == 0, "the public edition leads to no answers");
    assert!(documents[1].sources.iter().all(|source| source.link.is_none()));
    stop();
}

#[test]
fn themes_count_people_and_copies_once() {
    let desk = kept("bus", Store::open(None).unwrap(), |text| text);
    let gold = gold("bus");
    signed(&desk, "bus", &gold);
    let figures = survey::theme_figures(desk.ground(), &desk.id, None).unwrap();
    // By hand: distinct respondents with an original answer of the theme. Which answers are copies is the program's own
    // finding, held against the gold elsewhere.
    let found = desk.triage.store().mapping(&desk.id).unwrap().unwrap();
    let copies: BTreeSet<&AnswerKey> = found.mapped.iter().filter(|m| m.copy_of.is_some()).map(|m| &m.answer).collect();
    assert_eq!(figures.copies, copies.len());
    let gold_copies = gold.iter().filter(|(_, gold)| gold.copy).count();
    assert!(copies.len() >= gold_copies * 9 / 10, "{} of {gold_copies} copies found", copies.len());
    let people = |holds: &dyn Fn(&Gold) -> bool| {
        let told = gold.iter().filter(|(key, gold)| !copies.contains(key) && holds(gold));
        told.map(|(key, _)| &key.respondent).collect::<BTreeSet<_>>().len()
    };
    assert_eq!(figures.respondents, people(&|_| true));
    let level1 = |code: &str| code.trim_end_matches(|c: char| c.is_ascii_lowercase()).to_owned();
    let mut shown = 0;
    for theme in &figures.themes {
        let by_hand = people(&|gold| gold.codes.iter().any(|code| level1(code) == theme.code));
        match theme.share {
            Some(share) => {
                assert_eq!((share.count, share.base), (by_hand, figures.respondents), "{}", theme.code);
                assert!((share.share - by_hand as f64 / figures.respondents as f64).abs() < 1e-12);
                shown += 1;
            }
            None => assert!(by_hand < 5, "{} is hidden with {by_hand} people", theme.code),
        }
    }
    assert!(shown >= 10, "{shown} themes are shown");
    // Each number leads to exactly its people.
    for theme in figures.themes.iter().filter(|theme| theme.share.is_some()) {
        let asked = survey::AnswersAsked { theme: Some(theme.code.clone()), most: 1000, ..Default::default() };
        let listed = survey::answers(desk.ground(), &desk.id, &asked).unwrap();
        assert_eq!(listed.people, theme.share.unwrap().count, "{}", theme.link);
        assert!(listed.answers.len() >= listed.people);
    }
    let none = people(&|gold| gold.codes.contains("NONE"));
    assert_eq!(figures.none.unwrap().count, none);
}

#[test]
fn other_answers_make_other_sentences_and_the_same_make_the_same_bytes() {
    let told = |change: fn(String) -> String| {
        let desk = kept("bus", Store::open(None).unwrap(), change);
        let document = summary(&desk, Edition::Public);
        let words: Vec<String> = document.sentences().map(|sentence| sentence.text()).collect();
        (document, words)
    };
    let (document, words) = told(|text| text);
    let (_, turned) = told(|text| text.replace(",不满意,", ",满意,"));
    assert_ne!(words, turned);
    for kind in Print::ALL {
        let bytes = print(&document, kind, None).unwrap();
        assert_eq!(bytes, print(&document, kind, None).unwrap(), "{kind:?}");
        assert!(bytes.len() > 2000, "{kind:?} has {} bytes", bytes.len());
    }
}

#[test]
fn nothing_is_counted_by_themes_that_nobody_signed() {
    let desk = kept("hall", Store::open(None).unwrap(), |text| text);
    let refused = survey::theme_figures(desk.ground(), &desk.id, None).unwrap_err();
    assert!(refused.saying.zh.contains("签认"), "{refused:?}");
    let document = summary(&desk, Edition::Internal);
    let six = &document.sections[5];
    let said: String = six.blocks.iter().flat_map(Block::sentences).map(|sentence| sentence.text()).collect();
    assert!(six.title == "群众意见建议" && said.contains("还没有签认"), "{}: {said}", six.title);
    let without = survey::propose(desk.ground(), &Readings::default(), &desk.id, None, &by("程序"), QUIET).unwrap_err();
    assert!(without.saying.zh.contains("models/base"), "{without:?}");
    let settings = settings(&[]).settings;
    let readings = Readings::by(settings.data(), settings.models().join("base"));
    let proposed = survey::propose(desk.ground(), &readings, &desk.id, None, &by("程序"), QUIET).unwrap().unwrap();
    assert!(proposed.frame.themes.iter().filter(|theme| theme.is_theme()).count() >= 5);
    assert!(survey::theme_figures(desk.ground(), &desk.id, None).is_err(), "a proposal is not a signature");
}

/// A survey handed in over HTTP.
pub fn handed_in(address: std::net::SocketAddr, name: &str) -> Reply {
    let file = std::fs::read(folder(name).join("answers.csv")).unwrap();
    let path = "/v1/surveys:examine?filename=answers.csv";
    let guess = send(address, "POST", path, &[("Content-Type", "application/octet-stream")], &file);
    assert_eq!(guess.status, 200, "{}", guess.body);
    let kinds: Vec<String> = guess.json()["survey"]["question"]
        .as_array()
        .unwrap()
        .iter()
        .map(|question| question["kind"].as_str().unwrap().to_owned())
        .collect();
    assert!(kinds.iter().any(|kind| kind == "open") && kinds.iter().any(|kind| kind == "multiple"), "{kinds:?}");
    let survey: toml::Value = toml::from_str(&text(name, "survey.toml")).unwrap();
    post(address, "/v1/surveys", &json!({"filename": "answers.csv", "file": STANDARD.encode(&file), "survey": survey}))
}

#[test]
fn a_survey_is_looked_at_kept_worked_on_and_deleted_over_http() {
    let address = start(&[("model", "no/such/folder"), ("http.answer_timeout_seconds", "300")]);
    let reply = handed_in(address, "renovation");
    assert_eq!(reply.status, 201, "{}", reply.body);
    let body = reply.json();
    let place = reply.header("location").unwrap().to_owned();
    assert_eq!(body["respondents"], 400);
    assert_eq!(handed_in(address, "renovation").status, 409, "the same file is not kept twice");
    assert_eq!(get(address, "/v1/surveys").json()["surveys"].as_array().unwrap().len(), 1);

    let put = |body: Value| {
        let headers = [("Content-Type", "application/json")];
        send(address, "PUT", &format!("{place}/themes"), &headers, body.to_string().as_bytes())
    };
    let add = |version: i64, name: &str| {
        put(json!({"version": version, "steps": [{"do": "add", "name": name, "description": "停车难", "under": null}]}))
    };
    let first = add(0, "停车");
    assert_eq!(first.status, 200, "{}", first.body);
    assert_eq!(add(0, "绿化").status, 409, "who has not seen the last version changes nothing");
    assert_eq!(add(1, "绿化").json()["version"], 2);
    let wrong = put(json!({"version": 2, "steps": [{"do": "rename", "code": "T99", "name": "无"}]}));
    assert_eq!(wrong.status, 422, "{}", wrong.body);
    assert!(wrong.json()["errors"].to_string().contains("/steps/0"), "{}", wrong.body);
    assert_eq!(get(address, &format!("{place}/themes")).json()["log"].as_array().unwrap().len(), 2);

    assert_eq!(get(address, &format!("{place}/themes/figures")).status, 409);
    let job = post(address, &format!("{place}/themes:sign"), &json!({"version": 2, "actor": "张科"}));
    assert_eq!(job.status, 202, "{}", job.body);
    let job = job.header("location").unwrap().to_owned();
    let ended = (0..1500).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(200));
        let job = get(address, &job).json();
        (!["waiting", "running"].contains(&job["state"].as_str().unwrap())).then_some(job)
    });
    assert_eq!(ended.unwrap()["state"], "done");
    assert_eq!(get(address, &format!("{place}/themes/figures")).status, 200);

    let delete = || send(address, "DELETE", &place, &[], b"").status;
    assert_eq!((delete(), delete()), (204, 404));
    assert_eq!(get(address, &place).status, 404);
}

#[test]
fn no_personal_data_of_a_survey_reaches_the_disk() {
    let kept_in = tempfile::tempdir().unwrap();
    let file = kept_in.path().join("cases.db");
    let marks = ["13871234567", "420602198801011234"];
    let with = |text: String| {
        let mut lines: Vec<String> = text.split("\r\n").map(str::to_owned).collect();
        // The last open answer of the first respondents.
        for (line, mark) in lines[1..].iter_mut().zip(marks) {
            let cells: Vec<&str> = line.rsplitn(3, ',').collect();
            *line = format!("{},联系我 {mark} 谢谢,{}", cells[2], cells[0]);
        }
        lines.join("\r\n")
    };
    let desk = kept("bus", Store::open(Some(&file)).unwrap(), with);
    let asked = survey::AnswersAsked { question: Some("q13".into()), most: 1000, ..Default::default() };
    let answers = survey::answers(desk.ground(), &desk.id, &asked).unwrap();
    let told = serde_json::to_string(&answers).unwrap();
    assert!(told.contains("联系我"), "the answers were changed as the test meant to");
    drop(desk);
    for entry in std::fs::read_dir(kept_in.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for mark in marks {
            assert!(!bytes.windows(mark.len()).any(|window| window == mark.as_bytes()), "{mark} is on the disk");
            assert!(!told.contains(mark));
        }
    }
}

/// Counts of attitudes are shown as all others are.
#[test]
fn attitudes_of_one_to_four_are_not_told() {
    let desk = kept("bus", Store::open(None).unwrap(), |text| text);
    signed(&desk, "bus", &gold("bus"));
    // One answer in twenty-three is critical, all others are not.
    let store = desk.triage.store();
    let (mut mapping, last) = (store.mapping(&desk.id).unwrap().unwrap(), store.frame(&desk.id).unwrap().unwrap());
    for (at, mapped) in mapping.mapped.iter_mut().enumerate() {
        mapped.sentiment = if at % 23 == 0 { Sentiment::Negative } else { Sentiment::Positive };
    }
    store.add_frame(&desk.id, last.version, &last, Some(&mapping), None).unwrap();
    let figures = survey::theme_figures(desk.ground(), &desk.id, None).unwrap();
    let mut hidden = 0;
    for theme in figures.themes.iter().filter(|theme| theme.share.is_some()) {
        let (share, held) = (theme.share.unwrap(), theme.sentiment.unwrap());
        let counts = [held.positive, held.neutral, held.negative, held.mixed];
        assert!(counts.iter().flatten().all(|count| !(1..=4).contains(count)), "{} {held:?}", theme.code);
        let blank = counts.iter().filter(|count| count.is_none()).count();
        hidden += usize::from(blank > 0);
        assert!(blank != 1, "{}: one alone is what is left: {held:?}", theme.code);
        let critical = held.critical.map(|critical| (critical * share.count as f64).round() as usize);
        for part in critical.into_iter().flat_map(|critical| [critical, share.count - critical]) {
            assert!(!(1..=4).contains(&part), "{} {held:?}", theme.code);
        }
    }
    assert!(hidden > 0, "no theme has a small attitude");
    assert!(figures.themes.iter().all(|theme| theme.share.is_some() || theme.quotes.is_empty()));
}

#[test]
fn what_the_hotline_heard_is_not_published_where_it_is_little() {
    let desk = kept("bus", Store::open(None).unwrap(), |text| text);
    signed(&desk, "bus", &gold("bus"));
    let theme = survey::theme_figures(desk.ground(), &desk.id, None).unwrap().themes[0].code.clone();
    let written = |edition, total: i64| {
        let answer = json!({"total": total, "previous": {"cases": 40, "change": total as f64 / 40.0 - 1.0}});
        let heard = vec![Heard { theme: theme.clone(), query: "/v1/volumes?category=02".into(), answer }];
        let dated = "2026-11-20".parse().unwrap();
        let document = survey::summary(desk.ground(), &desk.id, edition, heard, dated).unwrap();
        let seven: String = document.sections[6].blocks.iter().flat_map(Block::sentences).map(|s| s.text()).collect();
        (seven, document.sources.iter().any(|source| source.query.starts_with("/v1/volumes")))
    };
    let (said, cited) = written(Edition::Internal, 3);
    assert!(said.contains("诉求3件，比前一段同样长的时间下降92.5%") && cited, "{said}");
    let (said, cited) = written(Edition::Public, 3);
    assert!(said.contains("较少，件数不公开") && !said.contains("92.5") && !said.contains("3件") && !cited, "{said}");
    let (said, cited) = written(Edition::Public, 36);
    assert!(said.contains("诉求36件") && said.contains("下降10.0%") && cited, "{said}");
}

/// Lists are records, for those who work on the survey: each option leads to exactly those who chose it, few or many.
#[test]
fn each_option_leads_to_those_who_chose_it() {
    let desk = kept("bus", Store::open(None).unwrap(), |text| text);
    let survey = desk.triage.store().survey(&desk.id).unwrap();
    let mut listed = 0;
    for question in survey.survey.questions.iter().filter(|question| question.kind.has_options()) {
        for option in &question.options {
            let asked = survey::AnswersAsked {
                question: Some(question.id.clone()),
                option: Some(option.clone()),
                most: 1000,
                ..Default::default()
            };
            let list = survey::answers(desk.ground(), &desk.id, &asked).unwrap();
            let at = question.option(option).unwrap() as u16;
            let chose = match (survey.answers.choice(&question.id), survey.answers.choices(&question.id)) {
                (Some(column), _) => column.iter().filter(|choice| **choice == Some(at)).count(),
                (_, Some(column)) => column.iter().flatten().filter(|ticked| ticked.contains(&at)).count(),
                _ => 0,
            };
            assert_eq!(list.answers.len(), chose, "{} {option}", question.id);
            assert!(list.answers.iter().all(|line| line.chosen.contains(option)));
            listed += 1;
        }
    }
    assert!(listed > 20, "{listed} options were listed");
}
