//! A model folder that is broken is named, file by file; the service answers all the same and says that it does less.

use std::fs;
use std::io::Read;
#[cfg(unix)]
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use guikou::case::{Complaint, ComplaintText};
use guikou::error::Result;
use guikou::issues::{Scorer, WEIGHTS};
use guikou::learning;
use guikou::model::card::Card;
use guikou::model::linear::Linear;
use guikou::triage::{Triage, Wanted};
use tempfile::TempDir;

use crate::learn::{TAXONOMY, TRAINED};

/// A file and what becomes of its bytes; `None` takes it away.
type Change<'a> = (&'a str, &'a dyn Fn(Vec<u8>) -> Option<Vec<u8>>);

/// A copy of the trained folder with files changed.
fn folder(changes: &[Change]) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(&*TRAINED).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let change = changes.iter().find(|(file, _)| *file == name);
        let bytes = fs::read(&path).unwrap();
        if let Some(bytes) = change.map_or(Some(bytes.clone()), |(_, change)| change(bytes)) {
            fs::write(copy.path().join(name), bytes).unwrap();
        }
    }
    copy
}

#[test]
fn what_is_learnt_into_a_model_in_service_is_never_read_half() {
    let folder = folder(&[]);
    let whole = |name: &str| {
        let path = folder.path().join(name);
        let before = fs::read(&path).unwrap_or_else(|_| b"what stood".to_vec());
        fs::write(&path, &before).unwrap();
        (fs::File::open(&path).unwrap(), before, name.to_owned())
    };
    let card = Card::load(folder.path()).unwrap();
    let linear = Linear::load(folder.path()).unwrap();
    let scorer = Scorer::load(Path::new("models/default")).unwrap();
    let open = ["card.json", "README.md", "linear.safetensors", WEIGHTS].map(whole);
    Card { name: "改过".into(), ..card }.save(folder.path()).unwrap();
    linear.save(folder.path()).unwrap();
    scorer.save(folder.path()).unwrap();
    for (mut file, before, name) in open {
        let mut read = Vec::new();
        file.read_to_end(&mut read).unwrap();
        assert_eq!(read, before, "{name}");
        // A new file took its place, so that who has the old one open reads that to its end.
        #[cfg(unix)]
        assert_ne!(file.metadata().unwrap().ino(), fs::metadata(folder.path().join(&name)).unwrap().ino(), "{name}");
    }
    assert_eq!(Card::load(folder.path()).unwrap().name, "改过");
}

fn gone(_: Vec<u8>) -> Option<Vec<u8>> {
    None
}

fn garbage(_: Vec<u8>) -> Option<Vec<u8>> {
    Some("这不是它该有的内容".repeat(40).into_bytes())
}

fn cut(bytes: Vec<u8>) -> Option<Vec<u8>> {
    Some(bytes[..bytes.len() - 7].to_vec())
}

fn replaced(from: &'static str, to: &'static str) -> impl Fn(Vec<u8>) -> Option<Vec<u8>> {
    move |bytes| {
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains(from), "{from} is not there");
        Some(text.replacen(from, to, 1).into_bytes())
    }
}

fn first_line_doubled(bytes: Vec<u8>) -> Option<Vec<u8>> {
    let end = 1 + bytes.iter().position(|byte| *byte == b'\n').unwrap();
    Some([&bytes[..end], &bytes].concat())
}

fn checked(dir: &Path) -> Result<String> {
    learning::check::model(dir, &TAXONOMY)
}

#[test]
fn a_whole_folder_passes() {
    assert!(checked(&TRAINED).unwrap().starts_with("20261123-"));
}

#[test]
fn every_broken_file_is_named_with_what_is_wrong() {
    let check = |file: &str, change: &dyn Fn(Vec<u8>) -> Option<Vec<u8>>, says: &str| {
        let folder = folder(&[(file, change)]);
        let told = checked(folder.path()).err().unwrap_or_else(|| panic!("{file} is broken and passes")).chain();
        assert!(told.contains(says), "{file}: {says} is missing in {told}");
    };
    check("card.json", &gone, "没有模型");
    check("card.json", &replaced("\n  \"version\"", "\n  version"), "card.json:3");
    for file in ["labels.json", "linear.safetensors", "config.json", "model.safetensors", "heads.safetensors"] {
        check(file, &gone, file);
        check(file, &garbage, file);
        check(file, &cut, file);
    }
    check("tokenizer.json", &gone, "tokenizer.json");
    check("tokenizer.json", &cut, "tokenizer.json");
    check("labels.json", &replaced("\"0701\"", "\"0702\""), "标签重复");
    check("labels.json", &replaced("\"0701\",", ""), "labels.json");
    check("config.json", &replaced("\"vocab_size\": 3000", "\"vocab_size\": 2000"), "config.json");
    check("calibration.json", &replaced("\"sharpness\":", "\"sharpness\""), "calibration.json:4");
    check("calibration.json", &replaced("\"power\": ", "\"power\": -"), "calibration.json#/category");
    check("examples.jsonl", &replaced("{\"id\"", "{\"name\""), "examples.jsonl:1");
    check("examples.jsonl", &first_line_doubled, "90 vectors for 91 examples");
    check("examples.safetensors", &cut, "examples.safetensors");
}

#[test]
fn files_of_two_models_do_not_pass_for_one() {
    let two_labels = |bytes: Vec<u8>| {
        let mut plan: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        plan.as_object_mut().unwrap().remove("urgency");
        Some(plan.to_string().into_bytes())
    };
    let told = checked(folder(&[("labels.json", &two_labels)]).path()).unwrap_err().to_string();
    assert!(told.contains("linear.safetensors 与 labels.json 不是同一个模型的"), "{told}");
    let tokenizer = |_: Vec<u8>| Some(fs::read("models/base/tokenizer.json").unwrap());
    let told = checked(folder(&[("tokenizer.json", &tokenizer)]).path()).unwrap_err().to_string();
    assert!(told.contains("tokenizer.json 与 config.json 不是同一个模型的"), "{told}");
}

#[test]
fn labels_that_the_catalogue_lacks_are_all_listed() {
    let strange = |bytes: Vec<u8>| {
        let text = String::from_utf8(bytes).unwrap();
        let text = text.replace("\"0702\"", "\"0799\"").replace("\"help\"", "\"halp\"");
        Some(text.replace("\"CGJ\"", "\"CGJX\"").into_bytes())
    };
    let folder = folder(&[("labels.json", &strange)]);
    let told = checked(folder.path()).unwrap_err().to_string();
    for says in ["labels.json#/category 没有二级分类 0799", "没有诉求类型 halp", "labels.json#/unit 没有单位 CGJX"]
    {
        assert!(told.contains(says), "{says} is missing in {told}");
    }
}

#[test]
fn check_prints_every_flaw_at_once_and_fails() {
    let folder =
        folder(&[("calibration.json", &garbage), ("model.safetensors", &cut), ("examples.jsonl", &first_line_doubled)]);
    let output = Command::new(env!("CARGO_BIN_EXE_guikou"))
        .args(["check", "--model", folder.path().to_str().unwrap()])
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{told}");
    let corpus = fs::read_dir("data/corpus").unwrap().map(|file| file.unwrap().path());
    let lines = |path: PathBuf| fs::read_to_string(path).unwrap().lines().count();
    let corpus: usize = corpus.filter(|path| path.extension().is_some_and(|end| end == "jsonl")).map(lines).sum();
    let corpus = format!("标注语料：{corpus} 条");
    for says in ["calibration.json:1", "model.safetensors", "examples.safetensors", &corpus] {
        assert!(told.contains(says), "{says} is missing in\n{told}");
    }
}

#[test]
fn the_service_answers_degraded_and_says_which_file_is_at_fault() {
    let check = |dir: &Path, says: &str, model: &str| {
        let triage = Triage::load(Path::new("data"), dir).unwrap();
        let lacking: Vec<&str> = triage.lacking().iter().map(|saying| saying.zh.as_str()).collect();
        assert!(lacking.len() == 1 && lacking[0].contains(says), "{says} is missing in {lacking:?}");
        let complaint = Complaint::of(ComplaintText::parse("长虹路工地每天凌晨两点还在打桩").unwrap());
        let answer = triage.suggest(&[complaint], Wanted::default()).remove(0).unwrap();
        assert!(answer.degraded && answer.versions.model.starts_with(model), "{answer:?}");
        assert_eq!(answer.categories[0].code, "0702");
        assert_ne!(answer.decision, guikou::case::Decision::Auto, "nothing goes out without a person");
    };
    check(Path::new("no/such/folder"), "no/such/folder", "keywords");
    check(folder(&[("model.safetensors", &cut)]).path(), "model.safetensors", "20261123-");
    check(folder(&[("linear.safetensors", &garbage)]).path(), "linear.safetensors", "keywords");
    check(folder(&[("thresholds.json", &replaced("\"auto\":", "\"auto\""))]).path(), "thresholds.json:2", "keywords");
}

#[test]
fn a_corpus_is_checked_against_the_catalogue_and_itself() {
    let folder = tempfile::tempdir().unwrap();
    let lines = [
        r#"{"id": "1", "l2": "0702", "petition": "complaint", "lead": "ZJJ", "text": "长虹路工地打桩", "place": "长虹路"}"#,
        r#"{"id": "2", "l2": "0799", "l2_alt": ["0701", "0798"], "lead": "NOBODY", "text": "井盖破了", "place": "檀溪路"}"#,
        r#"{"id": "3", "l2": "0703", "urgent": "soon", "title": "檀溪路太吵", "text": "歌厅太吵", "place": "檀溪路"}"#,
    ];
    fs::write(folder.path().join("a.jsonl"), lines.join("\n")).unwrap();
    fs::write(folder.path().join("b.jsonl"), "{\"id\": \"1\"\n").unwrap();
    let told = learning::check::corpus(folder.path(), &TAXONOMY).unwrap_err().to_string();
    for says in [
        "a.jsonl:2 没有二级分类 0799",
        "a.jsonl:2 没有二级分类 0798",
        "a.jsonl:2 没有单位 NOBODY",
        "a.jsonl:2 事发地不是",
        "a.jsonl:3 没有紧急程度 soon",
        "b.jsonl:1",
    ] {
        assert!(told.contains(says), "{says} is missing in {told}");
    }
    assert!(!told.contains("a.jsonl:1 ") && !told.contains("a.jsonl:3 事发地"), "{told}");
}
