//! A model is trained from labelled files: it learns, the same each time, through a kill, for any taxonomy of one or
//! two levels; and what nothing can be learnt from is refused.

use std::collections::HashMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{LazyLock, Mutex};

use candle_core::{Device, Tensor};
use guikou::case::Head;
use guikou::dataset::Columns;
use guikou::error::{Error, Result};
use guikou::learning::seams::{self, Parted};
use guikou::learning::{self, Order, Stage};
use guikou::model::Model;
use guikou::model::card::Card;
use guikou::model::encoder::Encoder;
use guikou::model::graph::Trunk;
use guikou::model::heads::read_plan;
use guikou::model::train::Options;
use guikou::taxonomy::Taxonomy;
use guikou::text::Reader;
use serde_json::Value;
use tempfile::TempDir;

pub const TINY: &str = "tests/fixtures/tiny";

/// Everything that a finished model folder holds, and nothing else.
const FILES: [&str; 13] = [
    "README.md",
    "calibration.json",
    "card.json",
    "config.json",
    "examples.jsonl",
    "examples.safetensors",
    "heads.safetensors",
    "labels.json",
    "linear.safetensors",
    "model.safetensors",
    "seams.json",
    "thresholds.json",
    "tokenizer.json",
];

pub static READER: LazyLock<Reader> = LazyLock::new(|| Reader::load(Path::new("data")).unwrap());
pub static TAXONOMY: LazyLock<Taxonomy> = LazyLock::new(|| Taxonomy::load(Path::new("data")).unwrap());

/// A model of industrial, building and neighbours' noise (工业、建筑施工、社会生活噪声) that has learnt its lesson;
/// shared, not to be changed.
pub static TRAINED: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("trained");
    fs::remove_dir_all(&folder).ok();
    fs::create_dir_all(&folder).unwrap();
    let mut order = order(&folder, lesson(&folder));
    order.options = Options { epochs: 12, patience: 12, rate: 1e-2, ..order.options };
    train(&order).unwrap();
    order.out
});

/// Thirty texts of each from the corpus, as one file.
fn lesson(folder: &Path) -> PathBuf {
    let corpus = |part: usize| fs::read_to_string(format!("data/corpus/P{part}.jsonl")).unwrap();
    let corpus: String = (1..=6).map(corpus).collect();
    let of = |code: &'static str| corpus.lines().filter(move |line| line.contains(code)).take(30);
    let lines: Vec<&str> =
        ["\"l2\": \"0701\"", "\"l2\": \"0702\"", "\"l2\": \"0703\""].into_iter().flat_map(of).collect();
    assert_eq!(lines.len(), 90);
    let file = folder.join("lesson.jsonl");
    fs::write(&file, lines.join("\n")).unwrap();
    file
}

pub fn order(folder: &Path, file: PathBuf) -> Order {
    let options =
        Options { epochs: 2, patience: 9, batch: 8, rate: 3e-3, max_tokens: 48, workers: 2, ..Options::default() };
    Order {
        files: vec![file],
        corrections: Vec::new(),
        times: 3,
        columns: Columns::default(),
        out: folder.join("model"),
        base: TINY.into(),
        average: Vec::new(),
        matters: matters(),
        held_out: 0.3,
        options,
        licence: "CC0-1.0".into(),
        today: chrono::NaiveDate::from_ymd_opt(2026, 11, 23).unwrap(),
    }
}

/// Some of the texts whose matters are marked: enough to learn what a seam is.
fn matters() -> Vec<Parted> {
    seams::read(Path::new("data")).unwrap().into_iter().take(24).collect()
}

fn train(order: &Order) -> Result<Card> {
    learning::train(order, &READER, &TAXONOMY, &|_| ())
}

/// Trains and says which epochs it went through.
fn epochs(order: &Order) -> Vec<usize> {
    let seen = Mutex::new(Vec::new());
    let tell = |stage| {
        if let Stage::Marked(epoch, _) = stage {
            seen.lock().unwrap().push(epoch);
        }
    };
    learning::train(order, &READER, &TAXONOMY, &tell).unwrap();
    seen.into_inner().unwrap()
}

/// Dies in the middle of the second epoch.
fn killed(order: &Order) {
    let first = Mutex::new(false);
    let tell = |stage| match stage {
        Stage::Marked(1, _) => *first.lock().unwrap() = true,
        Stage::Encoder(progress) => assert!(progress.epoch < 2, "killed, as wanted"),
        _ => (),
    };
    let outcome = catch_unwind(AssertUnwindSafe(|| learning::train(order, &READER, &TAXONOMY, &tell)));
    assert!(outcome.is_err(), "it was to be killed in its second epoch");
    assert!(first.into_inner().unwrap(), "it was to begin with the first");
}

fn bytes(order: &Order, file: &str) -> Vec<u8> {
    fs::read(order.out.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn weights(dir: &Path, file: &str) -> HashMap<String, Tensor> {
    candle_core::safetensors::load(dir.join(file), &Device::Cpu).unwrap()
}

fn numbers(tensor: &Tensor) -> Vec<f32> {
    tensor.to_dtype(candle_core::DType::F32).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

#[test]
fn it_learns_and_leaves_a_whole_folder_with_a_card_that_says_how() {
    let mut found: Vec<String> =
        fs::read_dir(&*TRAINED).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    found.sort();
    assert_eq!(found, FILES);
    let model = Model::load(&TRAINED).unwrap();
    assert!(model.lacking.is_none());
    let examples = learning::read(&[TRAINED.with_file_name("lesson.jsonl")], &Columns::default(), &READER).unwrap();
    let texts: Vec<&str> = examples.iter().map(|example| example.text.as_str()).collect();
    let labels = &model.plan()[&Head::Category];
    let best = |row: &[f32]| (0..row.len()).max_by(|a, b| row[*a].total_cmp(&row[*b]));
    let voices = model.hear(&texts).unwrap();
    let right = voices.iter().zip(&examples).filter(|(voice, example)| {
        best(&voice.logits[&Head::Category]) == labels.index(&example.labels[&Head::Category])
    });
    let right = right.count();
    assert!(right >= 50, "the encoder alone knows {right} of 90 texts; chance knows 30");

    let card = &model.card;
    assert_eq!((card.name.as_str(), card.trained_on.to_string().as_str()), ("model", "2026-11-23"));
    assert!(card.version.starts_with("20261123-") && card.base.starts_with("tiny "), "{card:?}");
    assert!(card.licence.starts_with("CC0-1.0; base encoder: "), "{}", card.licence);
    assert_eq!((card.data[0].file.as_str(), card.data[0].examples), ("lesson.jsonl", 90));
    assert_eq!((card.data[0].sha256.len(), card.history.len()), (64, 12));
    assert!(card.history[11].loss < 0.8 * card.history[0].loss, "{:?}", card.history);
    assert_eq!(card.marks.keys().collect::<Vec<_>>(), ["category", "petition", "unit", "urgency"]);
    assert!(card.marks["category"]["accuracy"] > 0.5, "{:?}", card.marks);
    let page = fs::read_to_string(TRAINED.join("README.md")).unwrap();
    for said in [&card.version, &card.licence, "lesson.jsonl | 90", "macro_f1", "\"seed\": 12345", "epoch 12"] {
        assert!(page.contains(said), "{said} is missing in\n{page}");
    }
}

#[test]
fn the_same_seed_gives_the_same_folder_and_another_seed_another() {
    let folders = [(); 3].map(|()| tempfile::tempdir().unwrap());
    let [first, again, other] = [(&folders[0], 1), (&folders[1], 1), (&folders[2], 2)].map(|(folder, seed)| {
        let mut order = order(folder.path(), lesson(folder.path()));
        order.options = Options { seed, epochs: 1, ..order.options };
        train(&order).unwrap();
        order
    });
    for file in FILES {
        assert!(bytes(&first, file) == bytes(&again, file), "{file} differs");
    }
    for file in ["model.safetensors", "heads.safetensors"] {
        assert!(bytes(&first, file) != bytes(&other, file), "{file} does not care for the seed");
    }
}

#[test]
fn a_killed_training_is_taken_up_where_it_was_and_ends_the_same() {
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let [whole, broken] = folders.each_ref().map(|folder| order(folder.path(), lesson(folder.path())));
    assert_eq!(epochs(&whole), [1, 2]);
    killed(&broken);
    assert!(Model::load(&broken.out).is_err(), "a folder in the making is no model");
    assert_eq!(epochs(&broken), [2]);
    for file in FILES {
        assert!(bytes(&whole, file) == bytes(&broken, file), "{file} differs");
    }
}

#[test]
fn a_checkpoint_of_other_options_or_data_is_not_taken_up() {
    let folder = tempfile::tempdir().unwrap();
    let mut order = order(folder.path(), lesson(folder.path()));
    killed(&order);
    order.options.rate = 2e-3;
    killed(&order);
    let text = fs::read_to_string(&order.files[0]).unwrap();
    fs::write(&order.files[0], text.replacen("\"complaint\"", "\"help\"", 1)).unwrap();
    assert_eq!(epochs(&order), [1, 2]);
}

#[test]
fn a_damaged_checkpoint_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let order = order(folder.path(), lesson(folder.path()));
    killed(&order);
    fs::write(order.out.join(".checkpoint/state-1.safetensors"), "not tensors").unwrap();
    let error = train(&order).unwrap_err();
    assert!(error.saying.zh.contains("state-1.safetensors"), "{error}");
}

#[test]
fn frozen_layers_keep_their_weights_and_the_heads_learn_all_the_same() {
    let base = weights(Path::new(TINY), "model.safetensors");
    let check = |freeze: usize, learns: fn(&str) -> bool| {
        let folder = tempfile::tempdir().unwrap();
        let mut order = order(folder.path(), lesson(folder.path()));
        order.options = Options { freeze, epochs: 1, rate: 1e-2, ..order.options };
        train(&order).unwrap();
        for (name, tensor) in weights(&order.out, "model.safetensors") {
            // Of the two token types only the first is ever used; the other is written as zero.
            let used = if name.contains("token_type") { 32 } else { usize::MAX };
            let same = numbers(&tensor).iter().take(used).eq(numbers(&base[&name]).iter().take(used));
            // A bias of all keys changes no attention, so nothing moves it.
            if !name.ends_with("key.bias") {
                assert_eq!(same, !learns(&name), "freeze {freeze}: {name}");
            }
        }
        let heads = weights(&order.out, "heads.safetensors");
        assert!(numbers(&heads["category.bias"]).iter().all(|bias| *bias != 0.0), "biases begin at zero");
    };
    check(0, |_| true);
    check(2, |name| name.starts_with("encoder.layer.1."));
    check(3, |_| false);
}

#[test]
fn what_learns_and_what_answers_compute_the_same() {
    let encoder = Encoder::load(Path::new(TINY)).unwrap();
    let trunk = Trunk::load(&Path::new(TINY).join("model.safetensors"), encoder.config(), 0).unwrap();
    let ids = |length: u32| (0..length).map(|i| 5 + (i * 37 + length) % 2900).collect::<Vec<u32>>();
    let texts = [1, 2, 17, 48, 256].map(ids);
    let (pooled, _) = trunk.forward(&texts.each_ref().map(Vec::as_slice), None).unwrap();
    let answered = encoder.encode(&texts).unwrap().mean;
    let most = numbers(&pooled).iter().zip(&answered).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(numbers(&pooled).len() == answered.len() && most < 1e-4, "they differ by {most}");
}

// ── other people's files ────────────────────────────────────────────────────────────────────────────────────────

const MATTERS: [(&str, &str, [&str; 4]); 3] = [
    ("甲", "环保", ["夜里打桩吵得睡不着", "工地凌晨还在施工", "搅拌车半夜轰鸣", "噪声太大老人受不了"]),
    ("乙", "民生", ["自来水发黄有怪味", "小区停水两天了", "水压太低放不出水", "水表坏了没人修"]),
    ("丙", "民生", ["老板拖欠三个月工资", "工程完工不结工钱", "离职了不发工资", "讨薪没有人管"]),
];

/// Twelve written texts for each matter, no two alike enough to be one.
pub fn rows(row: impl Fn(&str, &str, &str) -> String) -> Vec<String> {
    let places = ["长虹路一带", "檀溪湖边上", "闸口二路附近"];
    let rows = MATTERS.iter().flat_map(|(label, domain, texts)| {
        let pairs = texts.iter().flat_map(|text| places.iter().map(move |place| format!("{place}{text}")));
        pairs.map(|text| row(&text, label, domain)).collect::<Vec<_>>()
    });
    rows.collect()
}

pub fn guikou(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_guikou"))
        .args(arguments)
        .env_remove("GUIKOU_CONFIG")
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

#[test]
fn a_stranger_trains_and_measures_on_a_gb18030_file_with_labels_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let table = format!("来信,类属\n{}\n", rows(|text, label, _| format!("{text},{label}")).join("\n"));
    fs::write(at("来信.csv"), encoding_rs::GB18030.encode(&table).0).unwrap();
    let map = "text=来信,category=类属";
    let (file, model, marks) = (at("来信.csv"), at("model"), at("marks.json"));
    let trained = guikou(&[
        "train",
        &file,
        "--map",
        map,
        "--out",
        &model,
        "--base",
        TINY,
        "--epochs",
        "2",
        "--batch",
        "8",
        "--held-out",
        "0.3",
    ]);
    let (said, told) = (String::from_utf8_lossy(&trained.stdout), String::from_utf8_lossy(&trained.stderr));
    assert!(trained.status.success(), "{told}");
    assert!(said.contains("模型已写入") && said.contains("category"), "{said}");
    assert!(told.contains("读入 36 条") && told.contains("第 2 轮结束"), "no terminal, and yet signs of life: {told}");

    let plan = read_plan(Path::new(&model)).unwrap();
    assert_eq!(plan.keys().collect::<Vec<_>>(), [&Head::Category], "heads without labels are left out");
    assert_eq!(plan[&Head::Category].codes, ["丙", "乙", "甲"]);
    assert!(plan[&Head::Category].parents.is_empty(), "one level");

    let measured = guikou(&["eval", &file, "--map", map, "--model", &model, "--json", &marks]);
    let said = String::from_utf8_lossy(&measured.stdout);
    assert!(measured.status.success(), "{}", String::from_utf8_lossy(&measured.stderr));
    let json: Value = serde_json::from_str(&fs::read_to_string(&marks).unwrap()).unwrap();
    for system in ["model", "linear"] {
        let accuracy = &json[system]["level2"]["accuracy"];
        assert!(accuracy["value"].as_f64().unwrap() > 0.8, "{system}: {accuracy}");
        assert!(accuracy["low"].as_f64().unwrap() <= accuracy["high"].as_f64().unwrap());
        assert_eq!(json[system]["level2"]["classes"].as_array().unwrap().len(), 3);
    }
    let keys = ["macro_f1", "top3", "calibration_error", "curve"];
    assert!(keys.iter().all(|key| !json["model"]["level2"][key].is_null()), "{json}");
    assert!(json["gaps"]["level2"]["accuracy"]["low"].is_number() && json["examples"] == 36, "{json}");
    assert!(said.contains("线性") && said.contains("模型"), "{said}");
}

#[test]
fn a_file_with_two_levels_of_its_own_keeps_them() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("two.csv");
    let table = rows(|text, label, domain| format!("{text},{domain},{label}")).join("\n");
    fs::write(&file, format!("诉求内容,一级分类,二级分类\n{table}\n")).unwrap();
    let order = order(folder.path(), file);
    train(&order).unwrap();
    let labels = read_plan(&order.out).unwrap().remove(&Head::Category).unwrap();
    assert_eq!(
        (labels.parents.as_slice(), labels.parent.as_slice()),
        (&["民生".into(), "环保".into()][..], &[0, 0, 1][..])
    );
    let prediction = Model::load(&order.out).unwrap().predict(&["半夜打桩太吵"]).unwrap().remove(0);
    let children: f32 = prediction.categories.iter().filter(|c| c.code != "甲").map(|c| c.probability).sum();
    let parent = prediction.domains.iter().find(|domain| domain.code == "民生").unwrap().probability;
    assert!((parent - children).abs() < 1e-5, "level 1 is the sum of level 2");
}

#[test]
fn a_class_of_one_text_does_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rare.csv");
    let mut table = rows(|text, label, _| format!("{text},{label}"));
    table.push("路灯整条街都不亮,丁".into());
    fs::write(&file, format!("正文,标签\n{}\n", table.join("\n"))).unwrap();
    let order = order(folder.path(), file);
    train(&order).unwrap();
    assert_eq!(read_plan(&order.out).unwrap()[&Head::Category].codes, ["丁", "丙", "乙", "甲"]);
}

#[test]
fn what_nothing_can_be_learnt_from_is_refused_before_anything_is_written() {
    let all = rows(|text, label, _| format!("{text},{label}")).join("\n");
    let alike = (0..20).map(|i| format!("夜里打桩吵得睡不着{},{}", "啊".repeat(i % 2), ["甲", "乙"][i % 2]));
    let alike = alike.collect::<Vec<_>>().join("\n");
    let check = |what: &str, content: &str, change: fn(&mut Order), says: &str| {
        let folder: TempDir = tempfile::tempdir().unwrap();
        let file = folder.path().join("file.csv");
        fs::write(&file, content).unwrap();
        let mut order = order(folder.path(), file);
        change(&mut order);
        let error: Error = train(&order).expect_err(what);
        assert!(error.chain().contains(says), "{what}: {}", error.chain());
        assert!(!error.saying.en.is_empty() && !order.out.join("card.json").exists(), "{what}");
    };
    let keep = |_: &mut Order| ();
    check("one label", "正文,标签\n路灯不亮,甲\n井盖破了,甲\n", keep, "至少要有两个不同的标签");
    check("no label column", "正文,电话\n路灯不亮,1\n", keep, "找不到标签列");
    check("a row without a label", "正文,标签\n路灯不亮,\n", keep, "没有标签");
    check("no text column", "甲,乙\n1,2\n", keep, "找不到正文列");
    check("a header alone", "正文,标签\n", keep, "file.csv");
    check("two texts", "正文,标签\n路灯不亮,甲\n井盖破了,乙\n", keep, "标注文本太少");
    check("all texts alike", &format!("正文,标签\n{alike}\n"), keep, "标注文本太少");
    let all = format!("正文,标签\n{all}\n");
    check("all held out", &all, |order| order.held_out = 1.0, "--held-out");
    check("no base", &all, |order| order.base = "no/such/base".into(), "no/such/base");
    check("a wrong column", &all, |order| order.columns = Columns::parse("text=来信").unwrap(), "来信");
    check("no file", &all, |order| order.files = vec!["no/such.csv".into()], "no/such.csv");
}

/// What a training that cannot end would have destroyed: every file of a folder, with its content.
fn whole(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let mut files: Vec<_> = files.map(|path| (path.clone(), fs::read(path).unwrap())).collect();
    files.sort();
    files
}

#[test]
fn a_model_that_stands_is_given_up_only_for_a_training_that_can_end() {
    let folder = tempfile::tempdir().unwrap();
    let stand = |name: &str| {
        let to = folder.path().join(name);
        fs::create_dir_all(&to).unwrap();
        whole(&TRAINED).into_iter().for_each(|(file, content)| {
            fs::write(to.join(file.file_name().unwrap()), content).unwrap();
        });
        to
    };
    let (model, half, notes) = (stand("model"), stand("half"), folder.path().join("notes"));
    fs::remove_file(half.join("card.json")).unwrap();
    fs::create_dir_all(&notes).unwrap();
    fs::write(notes.join("README.md"), "ours").unwrap();
    let broken = stand("broken");
    fs::write(broken.join("heads.safetensors"), "no tensors").unwrap();
    let lesson = TRAINED.with_file_name("lesson.jsonl");
    let check = |what: &str, change: &dyn Fn(&mut Order), says: &str| {
        let mut order = order(folder.path(), lesson.clone());
        change(&mut order);
        let before = whole(&order.out);
        let error = train(&order).expect_err(what);
        assert!(error.chain().contains(says), "{what}: {}", error.chain());
        assert_eq!(whole(&order.out), before, "{what}");
    };
    check("no base", &|order| order.base = "no/such/base".into(), "no/such/base");
    check("a base without weights", &|order| order.base = notes.clone(), "config.json");
    check("averaged into one of them", &|order| order.average = vec![TRAINED.clone(), model.clone()], "--out");
    check("averaged with one without a card", &|order| order.average = vec![half.clone()], "half");
    check("averaged with a broken one", &|order| order.average = vec![broken.clone()], "heads.safetensors");
    check("a folder of other things", &|order| order.out = notes.clone(), "不是模型目录");
    let [file, out, base] = [lesson.as_path(), &model, Path::new(TINY)].map(|path| path.display().to_string());
    let before = whole(&model);
    let done = guikou(&["train", &file, "--out", &out, "--model", &out, "--base", &base]);
    assert!(!done.status.success() && String::from_utf8_lossy(&done.stderr).contains("正在使用"), "{done:?}");
    assert_eq!(whole(&model), before);
}

#[test]
fn a_training_that_ends_before_its_end_leaves_no_model() {
    let folder = tempfile::tempdir().unwrap();
    let order = order(folder.path(), TRAINED.with_file_name("lesson.jsonl"));
    // Nothing can be written in the place of a folder.
    fs::create_dir_all(order.out.join("thresholds.json/taken")).unwrap();
    fs::write(order.out.join("labels.json"), "{}").unwrap();
    train(&order).unwrap_err();
    assert!(order.out.join("calibration.json").exists() && !order.out.join("card.json").exists());
    assert!(Model::load(&order.out).is_err());
}

/// The mean of a training with itself is that training, calibrated and marked as it was; one on other labels is
/// refused.
#[test]
fn trainings_on_the_same_labels_are_averaged() {
    let folder = tempfile::tempdir().unwrap();
    let lesson = TRAINED.with_file_name("lesson.jsonl");
    let twice = Order { average: vec![TRAINED.clone(), TRAINED.clone()], ..order(folder.path(), lesson.clone()) };
    let card = train(&twice).unwrap();
    let first = Card::load(&TRAINED).unwrap();
    assert!(card.base.contains("mean of") && card.base.contains("calibration"), "{card:?}");
    assert_eq!((card.marks, card.history, card.options), (first.marks, first.history, first.options));
    for file in ["calibration.json", "thresholds.json"] {
        assert_eq!(fs::read(twice.out.join(file)).unwrap(), fs::read(TRAINED.join(file)).unwrap(), "{file}");
    }
    for file in ["model.safetensors", "heads.safetensors"] {
        let mean = weights(&twice.out, file);
        for (name, tensor) in weights(&TRAINED, file) {
            assert_eq!(numbers(&tensor), numbers(&mean[&name]), "{name}");
        }
    }
    let fewer = folder.path().join("fewer.jsonl");
    let lines = fs::read_to_string(&lesson).unwrap();
    let kept: Vec<&str> = lines.lines().filter(|line| !line.contains("\"0703\"")).collect();
    fs::write(&fewer, kept.join("\n")).unwrap();
    let other = Order { average: vec![TRAINED.clone()], ..order(folder.path(), fewer) };
    let error = train(&other).unwrap_err();
    assert!(error.to_string().contains("标签与训练文件的不同"), "{error}");
}
