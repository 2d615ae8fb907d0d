//! Work on a survey that stands: jobs in line and cancelled, themes proposed beside those that people made, answers added.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use assert_cmd::assert::OutputAssertExt;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use guikou::case::{AnswerKey, Frame, FrameStep, NO_OPINION, OFF_TOPIC};
use guikou::error::Kind;
use guikou::http::Server;
use guikou::store::{FrameState, Store};
use guikou::survey::{self, FrameChange, More, Readings};
use guikou::triage::Triage;
use serde_json::{Value, json};

use crate::door::{await_status, get, post, send, settings};
use crate::keep::reopened;
use crate::surveys::{Desk, QUIET, by, folder, gold, kept, signed, text};

/// A server that reads open answers by the base encoder.
fn surveyor(store: Option<&Path>) -> SocketAddr {
    let settings = settings(&[("model", "no/such/folder")]).settings;
    let (data, base) = (settings.data(), settings.models().join("base"));
    let server = Server::bind(settings.http.clone()).unwrap().surveying_by(data.clone(), base);
    let address = server.address().unwrap();
    let store = Store::open(store).unwrap();
    let load = move || Triage::load(&data, Path::new("no/such/folder"))?.keeping_in(store);
    std::thread::spawn(move || server.run(load, std::future::pending()));
    await_status(address, "/readyz", 200);
    address
}

fn by_base() -> Readings {
    let settings = settings(&[]).settings;
    Readings::by(settings.data(), settings.models().join("base"))
}

/// The header and some of the rows of the bus survey.
fn rows(which: std::ops::Range<usize>) -> String {
    let text = text("bus", "answers.csv");
    let lines: Vec<&str> = text.split("\r\n").filter(|line| !line.is_empty()).collect();
    [&lines[..1], &lines[1 + which.start..1 + which.end]].concat().join("\r\n")
}

fn hand_in(address: SocketAddr, file: &str) -> String {
    let survey: toml::Value = toml::from_str(&text("bus", "survey.toml")).unwrap();
    let body = json!({"filename": "answers.csv", "file": STANDARD.encode(file), "survey": survey});
    let reply = post(address, "/v1/surveys", &body);
    assert_eq!(reply.status, 201, "{}", reply.body);
    reply.header("location").unwrap().to_owned()
}

fn ended(address: SocketAddr, job: &str) -> Value {
    for _ in 0..3000 {
        let job = get(address, job).json();
        if !["waiting", "running"].contains(&job["state"].as_str().unwrap()) {
            return job;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("{job} never ended");
}

#[test]
fn few_jobs_on_surveys_wait_and_each_can_be_cancelled() {
    let address = surveyor(None);
    let surveys: Vec<String> = (0..6).map(|n| hand_in(address, &rows(0..400 - n))).collect();
    let propose = |survey: &str| post(address, &format!("{survey}/themes:propose"), &json!({"actor": "张科"}));
    let taken: Vec<_> = surveys.iter().map(|survey| propose(survey)).collect();
    let states: Vec<u16> = taken.iter().map(|reply| reply.status).collect();
    assert_eq!(states, [202, 202, 202, 202, 429, 429], "one works and three wait");
    assert_eq!(propose(&surveys[0]).status, 429, "a survey is worked on once at a time");
    let jobs: Vec<&str> = taken[..4].iter().map(|reply| reply.header("location").unwrap()).collect();
    let sent = post(address, "/v1/complaints", &json!({"text": "路灯不亮"}));
    assert_eq!(sent.status, 201, "intake goes on: {}", sent.body);
    // Who waits is out at once, whoever works is soon.
    for job in &jobs[1..] {
        let reply = send(address, "DELETE", job, &[], b"");
        assert_eq!((reply.status, &reply.json()["state"]), (200, &json!("cancelled")), "{}", reply.body);
    }
    assert_eq!(send(address, "DELETE", jobs[0], &[], b"").status, 200);
    assert_eq!(ended(address, jobs[0])["state"], "cancelled");
    for survey in &surveys {
        assert_eq!(get(address, &format!("{survey}/themes")).json(), Value::Null, "what was cancelled left nothing");
    }
    let next = propose(&surveys[5]);
    assert_eq!(next.status, 202, "there is room again: {}", next.body);
    send(address, "DELETE", next.header("location").unwrap(), &[], b"");
}

/// Every code but the fixed ones.
fn codes(frame: &Frame) -> BTreeSet<String> {
    let themes = frame.themes.iter().filter(|theme| theme.is_theme());
    themes.flat_map(|t| std::iter::once(&t.code).chain(t.sub.iter().map(|sub| &sub.code))).cloned().collect()
}

fn change(desk: &Desk, change: FrameChange) -> guikou::error::Result<survey::FrameBody> {
    survey::change(desk.ground(), &desk.id, change, by("张科").now)
}

#[test]
fn proposing_again_throws_nothing_away_that_a_person_worked_on() {
    let desk = kept("hall", Store::open(None).unwrap(), |text| text);
    let readings = by_base();
    let propose = |seen| survey::propose(desk.ground(), &readings, &desk.id, seen, &by("张科"), QUIET);
    let first = propose(None).unwrap().unwrap();
    let again = propose(None).unwrap().unwrap();
    assert_eq!((&again.frame, again.version), (&first.frame, 2), "nobody has worked on a mere proposal");
    let step = FrameStep::Rename { code: "T01".into(), name: Some("窗口态度".into()), description: None };
    let edited = change(&desk, FrameChange { version: 2, steps: vec![step], ..FrameChange::default() }).unwrap();
    let refused = propose(None).unwrap_err();
    assert!(refused.kind == Kind::Conflict && refused.saying.zh.contains("签认"), "{refused}");
    assert_eq!(propose(Some(2)).unwrap_err().kind, Kind::Conflict, "who gives it up must have seen it");

    survey::sign(desk.ground(), &readings, &desk.id, edited.version, &by("张科"), QUIET).unwrap();
    // Every answer is mapped: nothing is left to be proposed beside what stands.
    assert_eq!(propose(None).unwrap(), None);
    let signed = survey::frame_of(desk.ground(), &desk.id).unwrap().unwrap();
    assert_eq!(signed.state, FrameState::Signed);
    let anew = propose(Some(signed.version)).unwrap().unwrap();
    assert_eq!((anew.state, anew.version), (FrameState::Proposed, signed.version + 1));
    let (old, new) = (codes(&signed.frame), codes(&anew.frame));
    assert!(new.len() > 5 && old.is_disjoint(&new), "{old:?} {new:?}");
    assert!(anew.frame.retired.is_superset(&old), "an old code means what it meant");
    assert!(anew.typical.iter().filter(|typical| !typical.answers.is_empty()).count() > 5);
    // A few for each theme are asked at a time; others stand by.
    for offered in [&signed.typical, &anew.typical] {
        let most = offered.iter().map(|typical| typical.answers.len()).max();
        assert_eq!(most, Some(6));
    }
}

#[test]
fn answers_are_added_and_the_themes_stay() {
    let desk = kept("bus", Store::open(None).unwrap(), |_| rows(0..360));
    let gold = gold("bus").into_iter().filter(|(key, _)| key.respondent.parse::<usize>().unwrap() <= 360).collect();
    signed(&desk, "bus", &gold);
    let before = survey::frame_of(desk.ground(), &desk.id).unwrap().unwrap();
    let figures = || survey::theme_figures(desk.ground(), &desk.id, None).unwrap();
    let first = figures();
    let add = |file: &str| {
        let offset = chrono::FixedOffset::east_opt(8 * 3600).unwrap();
        let (name, bytes) = (Path::new("answers.csv"), file.as_bytes().to_vec());
        survey::add(desk.ground(), &desk.id, More { name, bytes, offset, actor: None, now: by("").now })
    };
    // A later export holds the earlier answers too.
    let added = add(&rows(0..400)).unwrap();
    assert_eq!((added.added, added.standing, added.survey.respondents), (40, 360, 400));
    assert!(
        added.survey.checklist.has("added") && added.survey.file == desk.triage.store().survey(&desk.id).unwrap().file
    );
    let again = add(&rows(380..400)).unwrap();
    assert_eq!((again.added, again.standing), (0, 20), "nobody is counted twice");
    let other = add(&rows(390..400).replace(",樊城区,", ",襄城区,")).unwrap_err();
    assert!(other.kind == Kind::Conflict && other.flaws[0].pointer.contains("行"), "{other}");
    // As if the whole file had been handed in at once.
    let whole = kept("bus", Store::open(None).unwrap(), |text| text);
    let of = |desk: &Desk| desk.triage.store().survey(&desk.id).unwrap().answers;
    assert_eq!(of(&desk), of(&whole));

    // Themes count what was signed, and say what they leave out.
    let told = figures();
    assert_eq!((told.respondents, told.unmapped), (first.respondents, Some(added.survey.unmapped)));
    assert!(added.survey.unmapped > 40 && first.unmapped.is_none());
    assert_eq!(survey::frame_of(desk.ground(), &desk.id).unwrap().unwrap(), before, "a signature stays");
    let readings = by_base();
    let proposed = survey::propose(desk.ground(), &readings, &desk.id, None, &by("张科"), QUIET).unwrap();
    let now = proposed.unwrap_or_else(|| before.clone());
    for theme in &before.frame.themes {
        let same = now.frame.themes.iter().find(|other| other.code == theme.code).unwrap();
        assert_eq!((&same.name, &same.description, &same.sub), (&theme.name, &theme.description, &theme.sub));
    }
    assert_eq!(now.frame.confirmed, before.frame.confirmed, "what was confirmed stays");
    survey::sign(desk.ground(), &readings, &desk.id, now.version, &by("张科"), QUIET).unwrap();
    let last = figures();
    assert!(last.unmapped.is_none() && last.respondents > first.respondents, "{}", last.respondents);
}

/// Some matter that the signed themes do not hold, told by enough of those who came later.
#[test]
fn what_later_answers_bring_up_makes_a_theme_of_its_own() {
    let desk = kept("bus", Store::open(None).unwrap(), |_| rows(0..300));
    let gold = gold("bus").into_iter().filter(|(key, _)| key.respondent.parse::<usize>().unwrap() <= 300).collect();
    signed(&desk, "bus", &gold);
    let before = survey::frame_of(desk.ground(), &desk.id).unwrap().unwrap();
    let strange = [
        "图书馆的新书太少",
        "市图书馆座位不够，学生抢不到",
        "希望图书馆多买些儿童绘本",
        "图书馆自习室冬天太冷",
        "借书证押金退不了，图书馆没人管",
        "图书馆的还书机总是坏",
        "图书馆的讲座应该多办几场",
        "老图书馆拆了以后没地方看书",
        "图书馆里有人大声打电话",
        "图书馆的电子书太旧",
        "图书馆儿童阅览区太小",
        "图书馆借一本书要排队预约",
    ];
    let rows = rows(300..300 + strange.len());
    let mut lines = rows.split("\r\n");
    let header = lines.next().unwrap().to_owned();
    let told = lines.zip(strange).map(|(line, text)| {
        let cells: Vec<&str> = line.rsplitn(3, ',').collect();
        format!("{},{text},", cells[2])
    });
    let file: Vec<String> = std::iter::once(header).chain(told).collect();
    let offset = chrono::FixedOffset::east_opt(8 * 3600).unwrap();
    let (name, bytes) = (Path::new("answers.csv"), file.join("\r\n").into_bytes());
    let more = More { name, bytes, offset, actor: None, now: by("").now };
    assert_eq!(survey::add(desk.ground(), &desk.id, more).unwrap().added, strange.len());
    let proposed = survey::propose(desk.ground(), &by_base(), &desk.id, None, &by("张科"), QUIET).unwrap().unwrap();
    assert_eq!(proposed.state, FrameState::Edited, "a person signs it");
    let fresh: BTreeSet<String> = codes(&proposed.frame).difference(&codes(&before.frame)).cloned().collect();
    assert!(!fresh.is_empty() && codes(&proposed.frame).is_superset(&codes(&before.frame)));
    let named = proposed.frame.themes.iter().filter(|theme| fresh.contains(&theme.code));
    let words: String = named.map(|theme| theme.name.clone()).collect();
    assert!(words.contains("图书馆"), "{words}");
    let typical = proposed.typical.iter().find(|typical| fresh.contains(&typical.code)).unwrap();
    assert!(typical.answers.iter().any(|answer| answer.text.contains("图书馆")));
}

#[test]
fn a_frame_names_only_what_there_is_and_keeps_what_is_fixed() {
    let desk = kept("bus", Store::open(None).unwrap(), |text| text);
    let mut frame: Frame = toml::from_str(&text("bus", "themes.toml")).unwrap();
    frame.themes.retain(|theme| theme.is_theme());
    let body = change(&desk, FrameChange { frame: Some(frame), ..FrameChange::default() }).unwrap();
    let all: Vec<&str> = body.frame.themes.iter().map(|theme| theme.code.as_str()).collect();
    assert!(all.ends_with(&[NO_OPINION, OFF_TOPIC]), "{all:?}");
    let key = |question: &str, respondent: &str| AnswerKey::new(question, respondent);
    let codes = || BTreeSet::from(["T01".to_owned()]);
    for (step, said) in [
        (FrameStep::Link { code: "T01".into(), category: Some("9999".into()) }, "没有分类 9999"),
        (FrameStep::Confirm { answer: key("q13", "4711"), codes: codes() }, "没有答案 q13/4711"),
        (FrameStep::Confirm { answer: key("q6", "1"), codes: codes() }, "没有答案 q6/1"),
    ] {
        let steps = vec![step];
        let wrong = change(&desk, FrameChange { version: 1, steps, ..FrameChange::default() }).unwrap_err();
        assert!(wrong.flaws[0].saying.zh.contains(said) && wrong.flaws[0].pointer == "/steps/0", "{wrong}");
    }
    let mut frame = body.frame.clone();
    frame.themes[0].category =
        Some(guikou::case::CategoryLink { code: "9999".into(), probability: 1.0, confirmed: true });
    let confirmed = guikou::case::Confirmed { answer: key("q13", "4711"), codes: codes() };
    frame.confirmed.push(confirmed);
    let wrong = change(&desk, FrameChange { version: 1, frame: Some(frame), ..FrameChange::default() }).unwrap_err();
    let places: Vec<&str> = wrong.flaws.iter().map(|flaw| flaw.pointer.as_str()).collect();
    assert_eq!(places, ["/frame/theme/0/category", "/frame/confirmed/0/answer"]);
    // A code that went is not given again, and whoever brings it back has it back.
    let mut without = body.frame.clone();
    without.themes.remove(0);
    let went = change(&desk, FrameChange { version: 1, frame: Some(without), ..FrameChange::default() }).unwrap();
    assert!(went.frame.retired.contains("T01"), "{:?}", went.frame.retired);
    let back = change(&desk, FrameChange { version: 2, frame: Some(body.frame), ..FrameChange::default() }).unwrap();
    assert!(!back.frame.retired.contains("T01"), "{:?}", back.frame.retired);
}

#[test]
fn the_description_of_a_sub_theme_tells_what_belongs_to_it() {
    let desk = kept("bus", Store::open(None).unwrap(), |text| text);
    let add = |name: &str, description: &str, under: Option<&str>| FrameStep::Add {
        name: name.into(),
        description: description.into(),
        under: under.map(Into::into),
    };
    let steps = vec![
        add("公交车", "公交车的事", None),
        add("其一", "司机服务态度，开车急刹", Some("T01")),
        add("其二", "班次少，等车时间长，半小时一班", Some("T01")),
    ];
    change(&desk, FrameChange { steps, ..FrameChange::default() }).unwrap();
    survey::sign(desk.ground(), &by_base(), &desk.id, 3, &by("张科"), QUIET).unwrap();
    let told = |words: &[&str], code: &str| {
        let asked = survey::AnswersAsked { theme: Some(code.into()), most: 1000, ..Default::default() };
        let answers = survey::answers(desk.ground(), &desk.id, &asked).unwrap().answers;
        let texts = answers.iter().filter_map(|answer| answer.text.as_deref());
        texts.filter(|text| words.iter().any(|word| text.contains(word))).count()
    };
    let (driver, wait) = (["司机", "急刹"], ["班次", "半小时", "等车"]);
    assert!(told(&driver, "T01a") > told(&driver, "T01b"), "{} {}", told(&driver, "T01a"), told(&driver, "T01b"));
    assert!(told(&wait, "T01b") > told(&wait, "T01a"), "{} {}", told(&wait, "T01b"), told(&wait, "T01a"));
    let asked = survey::AnswersAsked { theme: Some("T01b".into()), most: 1, ..Default::default() };
    let table = survey::answers(desk.ground(), &desk.id, &asked).unwrap().table();
    let cell = |name: &str| {
        let at = table.columns.iter().position(|column| column.name == name).unwrap();
        format!("{:?}", table.rows[0][at])
    };
    assert!(cell("themes").contains("公交车（") && cell("themes").contains("其二"), "{}", cell("themes"));
    assert!(cell("theme_codes").contains("T01（") && cell("theme_codes").contains("T01b"), "{}", cell("theme_codes"));
}

#[test]
fn what_was_written_beside_an_option_stands_with_who_chose_it() {
    let desk = kept("bus", Store::open(None).unwrap(), |text| text);
    let asked = survey::AnswersAsked {
        question: Some("q5".into()),
        option: Some("其他请注明".into()),
        most: 1000,
        ..Default::default()
    };
    let listed = survey::answers(desk.ground(), &desk.id, &asked).unwrap();
    let beside: Vec<&str> = listed.answers.iter().filter_map(|answer| answer.text.as_deref()).collect();
    assert!(beside.contains(&"看江") && beside.len() * 2 > listed.total, "{beside:?} of {}", listed.total);
}

fn guikou(arguments: &[&str], code: i32) -> (String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guikou"));
    let output = command.args(arguments).env_remove("GUIKOU_CONFIG").env("NO_COLOR", "1").assert().code(code);
    let output = output.get_output().clone();
    (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn the_command_line_does_with_a_survey_what_the_service_does() {
    let place = tempfile::tempdir().unwrap();
    let path = |name: &str| place.path().join(name).display().to_string();
    let (store, some, all) = (path("cases.db"), path("some.csv"), path("all.csv"));
    std::fs::write(&some, rows(0..200)).unwrap();
    std::fs::write(&all, rows(0..230)).unwrap();
    let asked = folder("bus").join("survey.toml").display().to_string();
    let run = |arguments: &[&str], code| guikou(&[&["survey"], arguments, &["--store", &store]].concat(), code);
    run(&["add", &some, "--survey", &asked], 0);
    let id = Store::open(Some(Path::new(&store))).unwrap().surveys().unwrap()[0].id.clone();
    let (said, _) = run(&["add", &all, "--to", &id, "--actor", "调查科"], 0);
    assert!(said.contains("已补充 30 份") && said.contains("现共 230 份"), "{said}");
    guikou(&["survey", "add", &all, "--store", &store], 2);

    let (said, _) = run(&["figures", &id, "--question", "q6"], 0);
    assert!(said.contains("226 份回答") && said.contains("满意率"), "{said}");
    let figures: Value = serde_json::from_str(&run(&["figures", &id, "--by", "q1", "--json"], 0).0).unwrap();
    assert!(figures["respondents"] == 230 && figures["cross"].as_array().is_some_and(|cross| !cross.is_empty()));
    let (said, _) = run(&["answers", &id, "--question", "q13", "--most", "3"], 0);
    assert!(said.contains("q13/1") && said.contains("--skip 3"), "{said}");

    // A file that was written from an older version overwrites nothing.
    let themes = path("themes.toml");
    let (said, wrong) = run(&["propose", &id, "--out", &themes], 0);
    assert!(said.contains("主题表写在"), "{said}{wrong}");
    let written = std::fs::read_to_string(&themes).unwrap();
    assert!(written.starts_with("version = 1\n"), "{}", written.lines().next().unwrap());
    run(&["sign", &id, "--themes", &themes, "--actor", "调查科"], 0);
    let (_, wrong) = run(&["sign", &id, "--themes", &themes], 1);
    assert!(wrong.contains("已被修改"), "{wrong}");
    std::fs::write(&themes, written.trim_start_matches("version = 1\n")).unwrap();
    let (_, wrong) = run(&["sign", &id, "--themes", &themes], 1);
    assert!(wrong.contains("version = 3"), "{wrong}");
    let (said, _) = run(&["propose", &id], 0);
    assert!(said.contains("主题表未变"), "{said}");

    run(&["delete", &id, "--actor", "调查科"], 0);
    let (_, wrong) = run(&["delete", &id], 1);
    assert!(wrong.contains("没有编号为"), "{wrong}");
    assert_eq!(acts(Path::new(&store)).iter().filter(|(_, actor)| actor == "调查科").count(), 4);
}

/// What the audit holds of surveys: the act and who did it.
fn acts(store: &Path) -> Vec<(String, String)> {
    let connection = rusqlite::Connection::open(store).unwrap();
    let query = "SELECT act, actor FROM audit WHERE act LIKE 'survey%' OR act LIKE 'themes_%' ORDER BY n";
    let mut statement = connection.prepare(query).unwrap();
    let acts = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    acts.collect::<Result<_, _>>().unwrap()
}

#[test]
fn the_audit_names_who_worked_on_a_survey_over_http() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("cases.db");
    let settings = settings(&[]).settings;
    let (data, base) = (settings.data(), settings.models().join("base"));
    let server = Server::bind(settings.http).unwrap().surveying_by(data.clone(), base);
    let address = server.address().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let store = Store::open(Some(&file)).unwrap();
    let load = move || Triage::load(&data, Path::new("no/such/folder"))?.keeping_in(store);
    let running = std::thread::spawn(move || server.run(load, async { _ = stopped.await }));
    await_status(address, "/readyz", 200);
    let survey = hand_in(address, &rows(0..60));
    let more = json!({"filename": "more.csv", "file": STANDARD.encode(rows(50..70)), "actor": "录入员"});
    let added = post(address, &format!("{survey}/answers"), &more);
    assert_eq!((added.status, &added.json()["added"]), (200, &json!(10)), "{}", added.body);
    let job = post(address, &format!("{survey}/themes:propose"), &json!({"actor": "分析员"}));
    assert_eq!(ended(address, job.header("location").unwrap())["state"], "done");
    let refused = post(address, &format!("{survey}/themes:propose"), &json!({"actor": "machine"}));
    assert_eq!((refused.status, &refused.json()["errors"][0]["pointer"]), (422, &json!("/actor")), "{}", refused.body);
    let without = send(address, "POST", &format!("{survey}/themes:propose"), &[], b"");
    assert_eq!(without.status, 202, "a body is not asked for: {}", without.body);
    assert_eq!(ended(address, without.header("location").unwrap())["state"], "done");
    assert_eq!(send(address, "DELETE", &format!("{survey}?actor=%E7%A7%91%E9%95%BF"), &[], b"").status, 204);
    stop.send(()).unwrap();
    running.join().unwrap().unwrap();
    drop(reopened(&file));
    let acts = acts(&file);
    for (act, actor) in [
        ("survey_answers_added", "录入员"),
        ("themes_proposed", "分析员"),
        ("themes_proposed", "person"),
        ("survey_deleted", "科长"),
    ] {
        assert!(acts.iter().any(|one| *one == (act.to_owned(), actor.to_owned())), "{act} {actor}: {acts:?}");
    }
}
