//! Tuning: a reviewed sample makes probabilities honest and leaves every weight alone.

use std::fs;
use std::path::{Path, PathBuf};

use guikou::dataset::Columns;
use guikou::learning::tune::{LEAST, tune};
use guikou::model::card::Card;
use guikou::routing::Thresholds;

use crate::learn::{READER, TAXONOMY, TRAINED};

/// A copy of the tiny trained model that speaks far too timidly.
fn timid(folder: &Path) {
    for file in fs::read_dir(&*TRAINED).unwrap().map(Result::unwrap).filter(|file| file.path().is_file()) {
        fs::copy(file.path(), folder.join(file.file_name())).unwrap();
    }
    let tuning = r#"{"category":{"temperature":5.0,"sharpness":0.2,"linear_share":0.5,"power":0.5}}"#;
    fs::write(folder.join("calibration.json"), tuning).unwrap();
}

/// The first `count` texts that the tiny model learnt from.
fn sample(folder: &Path, count: usize) -> PathBuf {
    let lesson = fs::read_to_string(TRAINED.with_file_name("lesson.jsonl")).unwrap();
    let file = folder.join("reviewed.jsonl");
    fs::write(&file, lesson.lines().take(count).collect::<Vec<_>>().join("\n")).unwrap();
    file
}

#[test]
fn timid_probabilities_become_honest_and_no_weight_is_touched() {
    let folder = tempfile::tempdir().unwrap();
    timid(folder.path());
    let weights = || {
        ["model.safetensors", "heads.safetensors", "linear.safetensors"]
            .map(|f| fs::read(folder.path().join(f)).unwrap())
    };
    let before = weights();
    let file = sample(folder.path(), 90);
    let start = Thresholds::default();
    let tuned = tune(&[file], &Columns::default(), folder.path(), &start, &READER, &TAXONOMY).unwrap();
    let (before_marks, after_marks) = (tuned.before.marks["level2"], tuned.after.marks["level2"]);
    let (was, now) = (before_marks.calibration_error, after_marks.calibration_error);
    let (right, still) = (before_marks.accepted, after_marks.accepted);
    assert!(was > 0.2 && now < was / 2.0, "calibration error {was} → {now}");
    // An exponent orders nothing anew.
    assert_eq!((right, before_marks.top3), (still, after_marks.top3));
    let page = fs::read_to_string(folder.path().join("README.md")).unwrap();
    assert!(page.contains(&format!("| level2 | {:.1} %", after_marks.strict * 100.0)), "{page}");
    assert_eq!(before, weights());
    // Another answer is another version; of the same weights.
    let [was, now] = [TRAINED.as_path(), folder.path()].map(|dir| Card::load(dir).unwrap());
    assert!(now.version.starts_with(&format!("{}+", was.version)) && now.weights() == was.version, "{}", now.version);
    let again = tune(&[sample(folder.path(), 60)], &Columns::default(), folder.path(), &start, &READER, &TAXONOMY);
    assert!(again.is_ok() && Card::load(folder.path()).unwrap().weights() == was.version);
    let left = fs::read_dir(folder.path()).unwrap().filter_map(|entry| entry.unwrap().file_name().into_string().ok());
    assert_eq!(left.filter(|name| name.ends_with(".tmp")).count(), 0);
}

#[test]
fn too_small_a_sample_is_refused_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    timid(folder.path());
    let before = fs::read(folder.path().join("calibration.json")).unwrap();
    let file = sample(folder.path(), LEAST - 1);
    let error =
        tune(&[file], &Columns::default(), folder.path(), &Thresholds::default(), &READER, &TAXONOMY).unwrap_err();
    assert!(error.to_string().contains(&format!("至少要 {LEAST} 条")), "{error}");
    assert_eq!(before, fs::read(folder.path().join("calibration.json")).unwrap());
}
