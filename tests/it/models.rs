//! Learning from work: corrections are heard, a worse model does not get into service, the one before comes back, and
//! a challenger is measured in the shadow of the champion.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{LazyLock, Mutex};

use guikou::case::{Complaint, ComplaintText, Head, Labelled};
use guikou::config::Config;
use guikou::learning::corrections::replay;
use guikou::learning::{self, Order, Stage};
use guikou::triage::{Shadow, Triage, Wanted};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::door::{SHARED, await_status, get, post, start_with};
use crate::learn::{READER, TAXONOMY, TINY, TRAINED, guikou, order, rows};

/// What `guikou` did: its exit code, standard output and standard error.
fn run(arguments: &[&str]) -> (i32, String, String) {
    let done = guikou(arguments);
    let [out, err] = [done.stdout, done.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    (done.status.code().unwrap(), out, err)
}

fn json_of(file: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()))).unwrap()
}

// ── corrections ─────────────────────────────────────────────────────────────────────────────────────────────────

fn labelled(id: &str, text: &str, label: &str, group: Option<&str>, line: usize) -> Labelled {
    Labelled {
        id: id.into(),
        text: text.into(),
        labels: [(Head::Category, label.into())].into(),
        group: group.map(str::to_owned),
        line,
        ..Labelled::default()
    }
}

#[test]
fn a_correction_takes_the_place_of_the_example_with_its_id_or_text() {
    let examples = || {
        vec![
            labelled("GD2026-1", "路灯不亮", "甲", Some("E1"), 2),
            labelled("GD2026-2", "井盖丢了", "甲", None, 3),
            labelled("GD2026-3", "小区停水", "甲", None, 4),
            labelled("7", "夜里打桩", "甲", None, 8),
            labelled("table:9", "水压太低", "甲", None, 9),
        ]
    };
    let check = |corrections: Vec<Labelled>, expected: &[(&str, &str, Option<&str>)], replaced: usize| {
        let done = replay(examples(), corrections);
        let stand = done
            .examples
            .iter()
            .map(|one| (one.text.as_str(), one.labels[&Head::Category].as_str(), one.group.as_deref()));
        assert_eq!(stand.collect::<Vec<_>>(), expected);
        assert_eq!((done.replaced, done.from), (replaced, 5 - replaced));
    };
    let [lamp, cover, water, pile, pressure] = [
        ("路灯不亮", "甲", Some("E1")),
        ("井盖丢了", "甲", None),
        ("小区停水", "甲", None),
        ("夜里打桩", "甲", None),
        ("水压太低", "甲", None),
    ];
    check(vec![], &[lamp, cover, water, pile, pressure], 0);
    // The same id, told in other words: it stays in its event.
    check(
        vec![labelled("GD2026-1", "路灯坏了", "乙", None, 2)],
        &[cover, water, pile, pressure, ("路灯坏了", "乙", Some("E1"))],
        1,
    );
    check(
        vec![labelled("other", "小区停水", "乙", Some("E2"), 2)],
        &[lamp, cover, pile, pressure, ("小区停水", "乙", Some("E2"))],
        1,
    );
    // The later of two corrections of one complaint stands.
    check(
        vec![labelled("a", "井盖丢了", "乙", None, 2), labelled("b", "井盖丢了", "丙", None, 3)],
        &[lamp, water, pile, pressure, ("井盖丢了", "丙", None)],
        1,
    );
    // The number of a row names no complaint: two files count from one.
    check(
        vec![labelled("7", "楼道堆物", "乙", None, 8), labelled("table:9", "车位被占", "乙", None, 9)],
        &[lamp, cover, water, pile, pressure, ("楼道堆物", "乙", None), ("车位被占", "乙", None)],
        0,
    );
}

#[test]
fn what_a_correction_does_not_name_stays_as_it_was() {
    let mut old = labelled("GD2026-1", "路灯不亮", "甲", None, 2);
    old.labels.extend([(Head::Unit, "SZZX".into()), (Head::Petition, "complaint".into())]);
    old.accepted
        .extend([(Head::Category, vec!["甲".into(), "丙".into()]), (Head::Unit, vec!["SZZX".into(), "CGJ".into()])]);
    (old.place, old.channel) = (Some("长虹路".into()), Some("电话".into()));
    let mut other = labelled("GD2026-2", "井盖丢了", "甲", None, 3);
    other.labels.insert(Head::Unit, "SZZX".into());
    let mut unit_only = labelled("GD2026-2", "井盖丢了", "甲", None, 3);
    unit_only.labels = [(Head::Unit, "CGJ".into())].into();
    let done = replay(vec![old, other], vec![labelled("GD2026-1", "路灯不亮", "乙", None, 2), unit_only]);
    let [lamp, cover] = &done.examples[..] else { panic!("{} examples", done.examples.len()) };
    let label = |one: &Labelled, head| one.labels.get(&head).cloned().unwrap_or_default();
    assert_eq!([Head::Category, Head::Unit, Head::Petition].map(|head| label(lamp, head)), ["乙", "SZZX", "complaint"]);
    assert_eq!(lamp.accepted, [(Head::Unit, vec!["SZZX".into(), "CGJ".into()])].into(), "what was settled is settled");
    assert_eq!((lamp.place.as_deref(), lamp.channel.as_deref()), (Some("长虹路"), Some("电话")));
    assert_eq!([Head::Category, Head::Unit].map(|head| label(cover, head)), ["甲", "CGJ"]);
}

/// Trains on thirty-six texts and three corrections of them; what was said of the corrections.
fn corrected(folder: &Path, times: usize) -> (Order, (usize, usize, usize)) {
    let file = folder.join("labels.csv");
    fs::write(&file, format!("正文,标签\n{}\n", rows(|text, label, _| format!("{text},{label}")).join("\n"))).unwrap();
    let corrections = folder.join("更正.csv");
    let settled =
        "长虹路一带夜里打桩吵得睡不着,甲,乙\n檀溪湖边上自来水发黄有怪味,乙,\n闸口二路附近讨薪没有人管,丙,甲\n";
    fs::write(&corrections, format!("正文,标签,复核结果\n{settled}")).unwrap();
    let mut order = order(folder, file);
    order.options.epochs = 1;
    (order.corrections, order.times) = (vec![corrections], times);
    let told = Mutex::new(None);
    let tell = |stage| {
        if let Stage::Replayed { corrections, replaced, times } = stage {
            *told.lock().unwrap() = Some((corrections, replaced, times));
        }
    };
    let card = learning::train(&order, &READER, &TAXONOMY, &tell).unwrap();
    assert_eq!(card.data.iter().map(|source| source.examples).collect::<Vec<_>>(), [36, 3], "the card names both");
    (order, told.into_inner().unwrap().unwrap())
}

#[test]
fn corrections_override_old_labels_and_are_heard_again() {
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let (once, told) = corrected(folders[0].path(), 1);
    assert_eq!(told, (3, 3, 1));
    let (often, told) = corrected(folders[1].path(), 9);
    assert!(told.0 == 3 && told.1 == 3 && (3..=5).contains(&told.2), "never more than a third of an epoch: {told:?}");
    let lines = fs::read_to_string(often.out.join("examples.jsonl")).unwrap();
    let label = |text: &str| -> Value {
        let mut found = lines.lines().filter(|line| line.contains(text));
        let line = found.next().unwrap_or_else(|| panic!("{text} is gone"));
        assert!(found.next().is_none(), "{text} stands twice");
        serde_json::from_str::<Value>(line).unwrap()["category"].clone()
    };
    assert_eq!(lines.lines().count(), 36);
    assert_eq!(label("长虹路一带夜里打桩吵得睡不着"), "乙", "the reviewed label wins");
    assert_eq!(label("檀溪湖边上自来水发黄有怪味"), "乙", "where the reviewer wrote nothing, the label stands");
    assert_eq!(label("闸口二路附近讨薪没有人管"), "甲");
    assert_eq!(label("檀溪湖边上讨薪没有人管"), "丙", "what nobody corrected stays");
    for file in ["model.safetensors", "linear.safetensors"] {
        let [a, b] = [&once, &often].map(|order| fs::read(order.out.join(file)).unwrap());
        assert!(a != b, "{file} does not care how often corrections are heard");
    }
}

// ── the gate and the registry ───────────────────────────────────────────────────────────────────────────────────

/// Thirty texts of each kind of noise, which [`TRAINED`] has learnt.
fn lesson() -> PathBuf {
    TRAINED.with_file_name("lesson.jsonl")
}

/// What a gate decides on: the same matters in words that nobody has learnt.
fn gate(folder: &Path) -> PathBuf {
    let file = folder.join("gate.jsonl");
    let lines = fs::read_to_string(lesson()).unwrap();
    let lines = lines.lines().map(|line| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        line["id"] = json!(format!("G-{}", line["id"].as_str().unwrap()));
        line["text"] = json!(format!("{}望回复。", line["text"].as_str().unwrap()));
        line.to_string()
    });
    fs::write(&file, lines.collect::<Vec<_>>().join("\n")).unwrap();
    file
}

/// A folder of models, shared, not to be changed: `default` knows its lesson, `worse` learnt it with mixed-up labels
/// and was held up at the gate, `better` learnt it as it is and passed.
static MODELS: LazyLock<PathBuf> = LazyLock::new(|| {
    let models = Path::new(env!("CARGO_TARGET_TMPDIR")).join("models");
    fs::remove_dir_all(&models).ok();
    copy(&TRAINED, &models.join("default"));
    let mixed = models.join("mixed.jsonl");
    let text = fs::read_to_string(lesson()).unwrap();
    let labels = ["0701", "0702", "0703"];
    let lines = text.lines().enumerate().map(|(at, line)| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        line["l2"] = json!(labels[at % 3]);
        line["lead"] = json!(["ZJJ", "CGJ", "GAJ"][at % 3]);
        line.to_string()
    });
    fs::write(&mixed, lines.collect::<Vec<_>>().join("\n")).unwrap();
    let gate = gate(&models);
    let (code, out, err) = trained(&mixed, &models.join("worse"), &models.join("default"), &gate);
    assert_eq!(code, 1, "{out}{err}");
    assert!(err.contains("未过闸门：worse 不如 default") && err.contains("二级分类准确率低"), "{out}{err}");
    let (code, out, err) = trained(&lesson(), &models.join("better"), &models.join("worse"), &gate);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("通过闸门，可以启用：guikou models activate better"), "{out}{err}");
    models
});

/// Trains a tiny model and marks it at the gate beside the champion.
fn trained(file: &Path, out: &Path, champion: &Path, gate: &Path) -> (i32, String, String) {
    let library = out.parent().unwrap();
    let [file, out, champion, gate, library] =
        [file, out, champion, gate, library].map(|path| path.display().to_string());
    let small = ["--base", TINY, "--epochs", "1", "--batch", "8", "--held-out", "0.3", "--max-tokens", "48"];
    let mut arguments =
        vec!["train", &file, "--out", &out, "--gate", &gate, "--champion", &champion, "--models", &library];
    arguments.extend(small);
    run(&arguments)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file()) {
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// A copy of [`MODELS`] that may be changed.
fn library() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["default", "worse", "better"] {
        copy(&MODELS.join(name), &folder.path().join(name));
    }
    folder
}

/// `guikou models …` on a folder of models.
fn models(library: &TempDir, arguments: &[&str]) -> (i32, String, String) {
    let folder = library.path().display().to_string();
    run(&[&["models", "--models", &folder], arguments].concat())
}

fn version(library: &TempDir, name: &str) -> Value {
    json_of(&library.path().join(name).join("card.json"))["version"].clone()
}

/// The version that would answer now.
fn answers(library: &TempDir) -> Value {
    let folder = library.path().display().to_string();
    let (code, out, err) = run(&["route", "半夜打桩太吵", "--json", "--no-explain", "--models", &folder]);
    assert_eq!(code, 0, "{err}");
    serde_json::from_str::<Value>(&out).unwrap()["versions"]["model"].clone()
}

#[test]
fn the_gate_leaves_its_figures_beside_the_card() {
    let [worse, better] = ["worse", "better"].map(|name| json_of(&MODELS.join(name).join("gate.json")));
    assert_eq!((&worse["passed"], &better["passed"]), (&json!(false), &json!(true)), "{worse} {better}");
    let behind: Vec<_> = worse["behind"].as_array().unwrap().iter().map(|one| (&one["mark"], &one["figure"])).collect();
    assert!(behind.contains(&(&json!("level2"), &json!("accuracy"))), "{behind:?}");
    assert_eq!(better["behind"], json!([]));
    assert_eq!((&worse["examples"], &worse["champion"]["name"]), (&json!(90), &json!("default")));
    assert_eq!(worse["champion"]["version"], json_of(&MODELS.join("default/card.json"))["version"]);
    assert_eq!((&worse["categories"], &worse["left_out"]), (&json!(90), &json!(0)));
    assert_eq!((&better["challenger"]["seen"], &better["champion"]["seen"]), (&json!(0), &json!(0)));
    let mark = &worse["marks"]["level2"];
    let gap = mark["difference"]["accuracy"]["value"].as_f64().unwrap();
    let [first, second] = ["champion", "challenger"].map(|who| mark[who]["accuracy"]["value"].as_f64().unwrap());
    assert!(first > 0.8 && second < 0.6 && (second - first - gap).abs() < 1e-9, "{mark}");
}

#[test]
fn a_champion_is_not_trained_over_and_a_gate_that_cannot_be_read_is_told_before_training() {
    let out = tempfile::tempdir().unwrap();
    let fresh = out.path().join("fresh");
    let (default, good) = (MODELS.join("default"), gate(out.path()));
    let (code, _, err) = trained(&lesson(), &default, &default, &good);
    assert!(code == 1 && err.contains("--out"), "{err}");
    let (code, _, err) = trained(&lesson(), &fresh, Path::new("no/such/champion"), &good);
    assert!(code == 1 && err.contains("no/such/champion") && !fresh.exists(), "{err}");
    // What the gate could not decide on is told before hours of training, not after.
    let unlabelled = out.path().join("units.csv");
    let units = (0..60).map(|n| format!("{n}号楼下半夜打桩吵人,CGJ")).collect::<Vec<_>>().join("\n");
    fs::write(&unlabelled, format!("正文,承办单位\n{units}\n")).unwrap();
    let few = out.path().join("few.jsonl");
    let lines = fs::read_to_string(&good).unwrap();
    fs::write(&few, lines.lines().take(49).collect::<Vec<_>>().join("\n")).unwrap();
    for (gate, says) in [(&unlabelled, "分类标签"), (&few, "只有 49 条"), (&lesson(), "只有 0 条")] {
        let (code, _, err) = trained(&lesson(), &fresh, &default, gate);
        assert!(code == 1 && err.contains(says) && !fresh.exists(), "{says}: {err}");
    }
}

#[test]
fn a_gate_decides_on_enough_texts_that_neither_has_learnt_from() {
    let library = library();
    let (learnt, fresh) = (lesson(), gate(library.path()));
    let few = library.path().join("few.jsonl");
    let (lines, one) = (fs::read_to_string(&learnt).unwrap(), fs::read_to_string(&fresh).unwrap());
    fs::write(&few, format!("{lines}\n{}", one.lines().next().unwrap())).unwrap();
    let gate = few.display().to_string();
    let (code, _, err) = models(&library, &["activate", "better", "--gate", &gate]);
    assert!(code == 1 && err.contains("只有 1 条"), "{err}");
    fs::write(&few, format!("{lines}\n{one}")).unwrap();
    let (code, out, err) = models(&library, &["activate", "better", "--gate", &gate]);
    assert!(code == 0 && out.contains("90 条是训练时见过的原文，没有参加比较"), "{out}{err}");
}

#[test]
fn models_are_listed_and_the_better_of_two_is_told() {
    let library = library();
    let (code, out, _) = models(&library, &[]);
    assert_eq!(code, 0);
    let row = |name: &str| out.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}: {out}"));
    for words in ["名称", "版本", "训练日期", "宏平均 F1", "MB"] {
        assert!(out.lines().next().unwrap().contains(words), "{words}: {out}");
    }
    assert!(row("default").contains("  是  ") && !row("better").contains("  是  "), "{out}");
    assert!(row("worse").contains("未过") && row("better").contains("通过") && row("better").contains('%'), "{out}");
    assert!(row("worse").contains(version(&library, "worse").as_str().unwrap()), "{out}");

    let lesson = lesson().display().to_string();
    let (code, out, _) = models(&library, &["compare", "worse", "better", &lesson]);
    assert!(code == 0 && out.contains("二级分类 严格") && out.contains("95% 区间") && out.contains("90 条是"), "{out}");
    let (code, out, _) = models(&library, &["compare", "worse", "better", &lesson, "--json"]);
    let told: Value = serde_json::from_str(&out).unwrap();
    let gap = &told["marks"]["level2"]["difference"]["accuracy"];
    assert!(code == 0 && gap["low"].as_f64().unwrap() > 0.0 && gap["ahead"] == 1.0, "{gap}");
}

#[test]
fn a_model_goes_into_service_and_the_one_before_comes_back() {
    let library = library();
    let [default, worse, better] = ["default", "worse", "better"].map(|name| version(&library, name));
    let gate = gate(library.path()).display().to_string();
    assert_eq!(answers(&library), default, "without a pointer, `default`");

    let (code, _, err) = models(&library, &["activate", "worse"]);
    assert!(code == 1 && err.contains("未过闸门"), "what a gate held up once stays out: {err}");
    let (code, _, err) = models(&library, &["activate", "worse", "--force"]);
    assert!(code == 2 && err.contains("--reason"), "{err}");
    let (code, _, err) = models(&library, &["activate", "no-such"]);
    assert!(code == 1 && err.contains("better、default、worse"), "{err}");
    let (code, _, err) = models(&library, &["activate", "better"]);
    assert!(code == 1 && err.contains("worse（") && err.contains("--gate"), "it won against another: {err}");
    assert_eq!(answers(&library), default);

    let (code, out, err) = models(&library, &["activate", "better", "--gate", &gate, "--reason", "十一月的更正"]);
    assert!(code == 0 && out.contains("已启用 better"), "{out}{err}");
    assert_eq!(answers(&library), better);
    let (code, _, err) = models(&library, &["activate", "worse", "--force", "--reason", "演练"]);
    assert!(code == 0, "{err}");
    assert_eq!(answers(&library), worse);
    let (code, _, err) = models(&library, &["activate", "worse", "--gate", &gate]);
    assert!(code == 1 && err.contains("与自己"), "nobody wins against himself: {err}");
    let failed = json_of(&library.path().join("worse/gate.json"))["passed"] == false;
    assert!(failed, "the verdict that was forced stands");

    // The one that was active before is no longer what it was.
    let card = library.path().join("better/card.json");
    let was = fs::read_to_string(&card).unwrap();
    fs::write(&card, was.replace(better.as_str().unwrap(), "20270101-0badc0de")).unwrap();
    let (code, _, err) = models(&library, &["rollback"]);
    assert!(code == 1 && err.contains("20270101-0badc0de") && err.contains("退不回去"), "{err}");
    assert_eq!(answers(&library), worse);
    fs::write(&card, was).unwrap();

    for (returned, version) in [("better", &better), ("default", &default)] {
        let (code, out, err) = models(&library, &["rollback"]);
        assert!(code == 0 && out.contains(&format!("已退回 {returned}")), "{out}{err}");
        assert_eq!(answers(&library), *version);
    }
    let (code, _, err) = models(&library, &["rollback"]);
    assert!(code == 1 && err.contains("没有更早的模型"), "{err}");

    let pointer = json_of(&library.path().join("active.json"));
    assert_eq!(pointer["active"], "default");
    let names: Vec<_> = pointer["history"].as_array().unwrap().iter().map(|change| change["name"].clone()).collect();
    assert_eq!(names, ["better", "worse", "better", "default"]);
    let first = &pointer["history"][0];
    assert_eq!(
        (&first["version"], &first["reason"], &first["gate"]["passed"]),
        (&better, &json!("十一月的更正"), &json!(true))
    );
    assert!(first["at"].as_str().unwrap().contains('T'), "{first}");
    assert_eq!(pointer["history"][1]["gate"]["passed"], false, "what was forced is on record");
}

#[test]
fn a_gate_at_activation_holds_a_worse_model_up_and_a_damaged_one_never_gets_in() {
    let library = library();
    let gate = gate(library.path()).display().to_string();
    fs::remove_file(library.path().join("worse/gate.json")).unwrap();
    let (code, _, err) = models(&library, &["activate", "worse", "--gate", &gate]);
    assert!(code == 1 && err.contains("未过闸门"), "{err}");
    assert!(library.path().join("worse/gate.json").exists() && !library.path().join("active.json").exists());

    let thresholds = library.path().join("better/thresholds.json");
    let were = fs::read_to_string(&thresholds).unwrap();
    fs::write(&thresholds, "{\"auto\": 0.9,}").unwrap();
    for forced in [&[][..], &["--force", "--reason", "演练"]] {
        let (code, _, err) = models(&library, &[&["activate", "better"], forced].concat());
        assert!(code == 1 && err.contains("thresholds.json:1"), "the service could not use it: {err}");
    }
    fs::write(&thresholds, were).unwrap();
    fs::write(library.path().join("better/heads.safetensors"), "not tensors").unwrap();
    let (code, _, err) = models(&library, &["activate", "better"]);
    assert!(code == 1 && err.contains("heads.safetensors"), "{err}");
    fs::write(library.path().join("better/linear.safetensors"), "not tensors").unwrap();
    let (code, _, err) = models(&library, &["activate", "better", "--force", "--reason", "演练"]);
    assert!(code == 1 && err.contains("linear.safetensors"), "{err}");
}

#[test]
fn a_broken_pointer_is_told_with_how_to_mend_it() {
    let library = library();
    let folder = library.path().display().to_string();
    for broken in
        ["", "{\"active\": ", "[]", "{\"active\": \"\"}", "{\"active\": \"../elsewhere\"}", "{\"activ\": \"a\"}"]
    {
        fs::write(library.path().join("active.json"), broken).unwrap();
        for arguments in [&["models"][..], &["models", "activate", "better"], &["models", "rollback"], &["check"]] {
            let (code, _, err) = run(&[arguments, &["--models", &folder]].concat());
            assert!(code == 1 && err.contains("active.json") && err.contains("删去它"), "{broken}: {err}");
        }
    }
    // Intake goes on with the shipped model's name, and says why.
    let [file, store] = ["file.csv", "cases.db"].map(|name| library.path().join(name).display().to_string());
    fs::write(&file, "编号,诉求内容\nXY1,半夜打桩太吵\n").unwrap();
    let (code, out, err) = run(&["import", &file, "--yes", "--store", &store, "--models", &folder]);
    assert!(code == 0 && err.contains("active.json") && err.contains("删去它"), "{out}{err}");
    let model = library.path().join("better").display().to_string();
    let (code, ..) = run(&["route", "半夜打桩太吵", "--models", &folder, "--model", &model, "--no-explain"]);
    assert_eq!(code, 0, "a model that is named needs no pointer");
}

// ── the shadow ──────────────────────────────────────────────────────────────────────────────────────────────────

fn shadow(model: &Path) -> Shadow {
    let since = chrono::DateTime::parse_from_rfc3339("2026-11-23T08:12:00+08:00").unwrap();
    Shadow::start(Path::new("data"), model, since).unwrap()
}

/// The challenger's report after it had time for all that was sent.
fn settled(address: SocketAddr, sent: u64) -> Value {
    for _ in 0..3000 {
        let told = get(address, "/v1/models").json()["challenger"].clone();
        if told["compared"].as_u64().unwrap() + told["dropped"].as_u64().unwrap() == sent {
            return told;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("the shadow never came to the end");
}

/// Sends the lesson to a server with `challenger` in the shadow of [`TRAINED`].
fn report(challenger: &Path) -> (SocketAddr, Value) {
    let shadow = shadow(challenger);
    let load = move || Ok(Triage::load(Path::new("data"), &TRAINED)?.beside(shadow));
    let (address, stop, _) = start_with(&[], load);
    std::mem::forget(stop);
    await_status(address, "/readyz", 200);
    let fresh = get(address, "/v1/models").json()["challenger"].clone();
    assert_eq!((&fresh["compared"], &fresh["agreement"]["unit"]), (&json!(0), &Value::Null), "{fresh}");
    let texts = fs::read_to_string(lesson()).unwrap();
    let texts = texts.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["text"].clone());
    let items: Vec<_> = texts.map(|text| json!({"text": text, "explain": false})).collect();
    assert_eq!(post(address, "/v1/suggestions:batch", &json!({"items": items})).status, 200);
    (address, settled(address, 90))
}

#[test]
fn a_model_in_its_own_shadow_agrees_with_itself() {
    let (address, told) = report(&TRAINED);
    assert_eq!(told["agreement"], json!({"category": 1.0, "domain": 1.0, "unit": 1.0, "decision": 1.0}), "{told}");
    assert_eq!((&told["compared"], &told["dropped"]), (&json!(90), &json!(0)), "{told}");
    assert_eq!(told["disagreements_by_category"], json!([]));
    assert_eq!(told["since"], "2026-11-23T08:12:00+08:00");
    let champion = get(address, "/v1/models").json()["champion"].clone();
    assert_eq!((&champion["version"], &champion["name"]), (&told["version"], &json!("model")));
}

#[test]
fn a_model_that_learnt_otherwise_disagrees_and_is_counted() {
    let (address, told) = report(&MODELS.join("worse"));
    let agreement = told["agreement"]["category"].as_f64().unwrap();
    assert!(agreement < 0.8, "{told}");
    let pairs = told["disagreements_by_category"].as_array().unwrap();
    let counts: Vec<u64> = pairs.iter().map(|pair| pair["count"].as_u64().unwrap()).collect();
    assert!(counts.is_sorted_by(|a, b| a >= b) && pairs.len() <= 20, "{told}");
    assert!(pairs.iter().all(|pair| pair["champion"] != pair["challenger"]), "{told}");
    let compared = told["compared"].as_f64().unwrap();
    assert!((counts.iter().sum::<u64>() as f64 - compared * (1.0 - agreement)).abs() < 1e-6, "{told}");
    let metrics = get(address, "/metrics").body;
    let version = told["version"].as_str().unwrap();
    for series in ["guikou_shadow_compared_total", "guikou_shadow_dropped_total", "guikou_shadow_agreed_total"] {
        let counted = metrics.lines().any(|line| line.starts_with(series) && line.contains(version));
        assert!(counted, "{series} is missing in\n{metrics}");
    }
}

#[test]
fn without_a_shadow_there_is_no_challenger() {
    let told = get(*SHARED, "/v1/models").json();
    let info = get(*SHARED, "/v1/info").json();
    assert_eq!((&told["challenger"], &told["champion"]["version"]), (&Value::Null, &info["versions"]["model"]));
}

/// Of 600 texts 256 may wait: a challenger twenty times the champion's size would have to answer 344 in the moment in
/// which they are handed over for none to be dropped.
#[test]
fn a_challenger_that_cannot_keep_up_delays_nobody() {
    let texts: String = fs::read_to_string(lesson()).unwrap();
    let texts =
        texts.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["text"].as_str().unwrap().to_owned());
    // Without a stop the champion has nothing to split and answers fast.
    let long: String = texts.take(6).collect::<String>().chars().filter(|c| c.is_alphanumeric()).collect();
    let complaints: Vec<Complaint> =
        (0..600).map(|n| Complaint::of(ComplaintText::parse(format!("{n}号：{long}")).unwrap())).collect();
    let triage = Triage::load(Path::new("data"), &TRAINED).unwrap().beside(shadow(Path::new("models/default")));
    let answers = triage.suggest(&complaints, Wanted { top_k: 1, explain: false });
    let shadow = triage.shadow().unwrap();
    assert!(answers.len() == 600 && answers.iter().all(Result::is_ok));
    assert!(shadow.tally().compared < 600 && shadow.dropped() > 0, "{} compared", shadow.tally().compared);
}

/// What is looked at again, compared or searched is no further case.
#[test]
fn the_shadow_hears_each_case_once() {
    let triage = Triage::load(Path::new("data"), &TRAINED).unwrap().beside(shadow(&TRAINED));
    let case = Complaint {
        reference: Some("XY1".into()),
        ..Complaint::of(ComplaintText::parse("工地半夜打桩吵得睡不着").unwrap())
    };
    let (quick, now) = (Wanted { top_k: 1, explain: false }, shadow(&TRAINED).since);
    triage.keep(std::slice::from_ref(&case), quick, now).unwrap();
    for _ in 0..3 {
        triage.suggest(std::slice::from_ref(&case), quick).remove(0).unwrap();
    }
    triage.compare(&case, &case).ok();
    triage.suggest(&[Complaint { reference: None, ..case }], quick).remove(0).unwrap();
    let heard = || triage.shadow().unwrap().tally().compared;
    for _ in 0..1000 {
        if heard() == 2 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    std::thread::sleep(std::time::Duration::from_millis(100));
    assert_eq!((heard(), triage.shadow().unwrap().dropped()), (2, 0), "the case, and the text that is none");
}

#[cfg(unix)]
#[test]
fn a_challenger_is_named_as_its_folder_among_the_models_is() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_guikou"))
        .args(["serve", "--listen", "127.0.0.1:0", "--models", "models", "--shadow", "default"])
        .env_remove("GUIKOU_CONFIG")
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let log = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let told = log.into_iter().find(|line| line.contains("影子模型"));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(told.as_ref().is_some_and(|told| told.contains("影子模型 default 已启动")), "{told:?}");
}

#[test]
fn a_model_is_named_by_its_name_or_by_its_folder() {
    let models = tempfile::tempdir().unwrap();
    fs::create_dir(models.path().join("autumn")).unwrap();
    let folder = models.path().display().to_string();
    let settings = Config::load(None, [], &[("--models", "models", folder)]).unwrap().settings;
    assert_eq!(settings.named(Path::new("autumn")), models.path().join("autumn"));
    assert_eq!(settings.named(Path::new("models/default")), Path::new("models/default"));
    assert_eq!(settings.named(models.path()), models.path(), "a whole path stays");
}

#[cfg(unix)]
#[test]
fn a_challenger_that_cannot_be_loaded_is_told_and_intake_goes_on() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_guikou"))
        .args(["serve", "--listen", "127.0.0.1:0", "--log-format", "json", "--shadow", "no/such/challenger"])
        .env_remove("GUIKOU_CONFIG")
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let mut line = |holds: &str| log.find(|line| line.contains(holds)).unwrap_or_else(|| panic!("no line: {holds}"));
    let listening: Value = serde_json::from_str(&line("http://")).unwrap();
    let address = listening["message"].as_str().unwrap().rsplit("http://").next().unwrap().parse().unwrap();
    let warning = line("影子模型没有载入");
    assert!(warning.contains("WARN") && warning.contains("no/such/challenger"), "{warning}");
    line("就绪");
    assert_eq!(post(address, "/v1/suggestions", &json!({"text": "路灯不亮", "explain": false})).status, 200);
    assert_eq!(get(address, "/v1/models").json()["challenger"], Value::Null);
    child.kill().unwrap();
    child.wait().unwrap();
}
