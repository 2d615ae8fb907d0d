//! The tokenizer and the encoder say what the reference implementation says (`tests/fixtures/README.md`), and a
//! broken model folder is refused with the file and the reason.

use std::fs;
use std::path::{Path, PathBuf};

use guikou::error::Kind;
use guikou::model::encoder::Encoder;
use guikou::model::tokens::{Limit, Tokens};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    tiny: Vec<Reference>,
    base: Vec<Reference>,
}

/// One text and what ONNX Runtime made of it; some give only the first values of the mean.
#[derive(Deserialize)]
struct Reference {
    text: Option<String>,
    ids: Vec<u32>,
    cls: Vec<f32>,
    mean: Vec<f32>,
}

fn golden() -> Golden {
    let file = fs::read(root().join("tests/fixtures/golden.json")).unwrap();
    serde_json::from_slice(&file).unwrap()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn tiny() -> PathBuf {
    root().join("tests/fixtures/tiny")
}

/// The largest difference to the references, of texts sent one by one and all in one batch.
fn check(dir: &Path, references: &[Reference], tolerance: f32) {
    let encoder = Encoder::load(dir).unwrap();
    let ids: Vec<&[u32]> = references.iter().map(|r| &r.ids[..]).collect();
    let batch = encoder.encode(&ids).unwrap();
    for (i, reference) in references.iter().enumerate() {
        let alone = encoder.encode(&ids[i..=i]).unwrap();
        let rows = i * batch.hidden..(i + 1) * batch.hidden;
        for (got, want) in [
            (&alone.cls[..], &reference.cls),
            (&alone.mean[..], &reference.mean),
            (&batch.cls[rows.clone()], &reference.cls),
            (&batch.mean[rows.clone()], &reference.mean),
        ] {
            let most = got.iter().zip(want).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(most <= tolerance, "text {i} of {} tokens differs by {most}", ids[i].len());
        }
    }
}

#[test]
fn a_tiny_model_equals_onnx_runtime_at_every_length() {
    check(&tiny(), &golden().tiny, 2e-5);
}

#[test]
fn the_base_model_equals_onnx_runtime() {
    check(&root().join("models/base"), &golden().base, 1e-4);
}

#[test]
fn no_texts_give_no_vectors() {
    let encoded = Encoder::load(&tiny()).unwrap().encode::<Vec<u32>>(&[]).unwrap();
    assert!(encoded.cls.is_empty() && encoded.mean.is_empty());
}

#[test]
fn ids_outside_the_vocabulary_and_sequences_without_or_with_too_many_tokens_are_refused() {
    let encoder = Encoder::load(&tiny()).unwrap();
    for ids in [vec![], vec![3000], vec![5; 257]] {
        assert_eq!(encoder.encode(&[ids]).unwrap_err().kind, Kind::Internal);
    }
}

#[test]
fn the_tokenizer_gives_the_reference_ids() {
    let golden = golden();
    for (dir, references) in [(tiny(), golden.tiny), (root().join("models/base"), golden.base)] {
        let tokens = Tokens::load(&dir).unwrap();
        for reference in references {
            let Some(text) = reference.text else { continue };
            assert_eq!(tokens.ids(&text, Limit::of(512)).unwrap(), reference.ids);
            assert_eq!(tokens.encode(&text, Limit::of(512)).unwrap().ids, reference.ids);
        }
    }
}

#[test]
fn offsets_count_characters_of_the_text_as_it_was_sent() {
    let tokens = Tokens::load(&root().join("models/base")).unwrap();
    let text = "A3区 KTV夜里吵,é[SEP]完😭";
    let chars: Vec<char> = text.chars().collect();
    let tokenized = tokens.encode(text, Limit::of(64)).unwrap();
    let words: Vec<String> = tokenized.offsets.iter().map(|span| chars[span.clone()].iter().collect()).collect();
    assert_eq!(words, ["", "A3", "区", "KTV", "夜", "里", "吵", ",", "é", "[", "SEP", "]", "完", "😭", ""]);
    assert_eq!(tokenized.ids.iter().filter(|id| **id == 102).count(), 1, "a spelled-out [SEP] ends nothing");
}

#[test]
fn a_text_too_long_keeps_its_beginning_and_its_end() {
    let tokens = Tokens::load(&tiny()).unwrap();
    let text = "一二三四五六七八九十";
    let kept = |tokens_, tail| {
        let tokenized = tokens.encode(text, Limit { tokens: tokens_, tail }).unwrap();
        assert_eq!(tokenized.ids, tokens.ids(text, Limit { tokens: tokens_, tail }).unwrap());
        let chars: Vec<char> = text.chars().collect();
        tokenized.offsets.iter().flat_map(|span| chars[span.clone()].to_vec()).collect::<String>()
    };
    for (limit, tail, want) in [
        (12, 3, text),
        (11, 3, "一二三四五六八九十"),
        (8, 2, "一二三四九十"),
        (8, 0, "一二三四五六"),
        (4, 9, "九十"),
        (2, 1, ""),
    ] {
        assert_eq!(kept(limit, tail), want, "limit {limit}, tail {tail}");
    }
}

/// A copy of the tiny model with one file changed, and what the refusal must say.
fn refused(file: &str, change: impl Fn(Vec<u8>) -> Vec<u8>, says: &str) {
    let dir = tempfile::tempdir().unwrap();
    for name in ["config.json", "model.safetensors", "tokenizer.json"] {
        let bytes = fs::read(tiny().join(name)).unwrap();
        fs::write(dir.path().join(name), if name == file { change(bytes) } else { bytes }).unwrap();
    }
    let error = match file {
        "tokenizer.json" => Tokens::load(dir.path()).err(),
        _ => Encoder::load(dir.path()).err(),
    };
    let error = error.unwrap_or_else(|| panic!("{file} is wrong and yet it loads"));
    assert_eq!(error.kind, Kind::Setup);
    for part in [file, says] {
        assert!(error.saying.en.contains(part), "{:?} does not say {part:?}", error.saying.en);
    }
    assert!(error.saying.zh.contains(file));
}

fn replaced(from: &'static str, to: &'static str) -> impl Fn(Vec<u8>) -> Vec<u8> {
    move |bytes| {
        let at = bytes.windows(from.len()).position(|window| window == from.as_bytes()).expect("the file holds it");
        [&bytes[..at], to.as_bytes(), &bytes[at + from.len()..]].concat()
    }
}

#[test]
fn a_broken_model_folder_is_refused_with_the_file_and_the_reason() {
    let config = "config.json";
    refused(config, replaced("{", ""), "no valid model config");
    refused(config, replaced("\"hidden_size\": 32", "\"hidden_size\": 0"), "greater than 0");
    refused(config, replaced("\"num_attention_heads\": 4", "\"num_attention_heads\": 5"), "multiple");
    refused(config, replaced("\"gelu\"", "\"relu\""), "must be gelu");
    refused(config, replaced("1e-12", "-1"), "layer_norm_eps");
    let weights = "model.safetensors";
    refused(weights, |bytes| bytes[..bytes.len() / 2].to_vec(), "damaged");
    refused(weights, |_| Vec::new(), "damaged");
    refused(
        weights,
        replaced("encoder.layer.1.output.dense.weight", "encoder.layer.9.output.dense.weight"),
        "lacks tensor",
    );
    refused(weights, replaced("\"shape\":[64,32]", "\"shape\":[32,64]"), "has shape");
    refused("tokenizer.json", replaced("{", ""), "no valid tokenizer");
    refused("tokenizer.json", replaced("\"model\":{", "\"model\":{\"x\":["), "no valid tokenizer");
}

#[test]
fn a_missing_model_folder_is_refused_with_its_path() {
    let error = Encoder::load(Path::new("no/such/folder")).err().unwrap();
    assert_eq!(error.kind, Kind::Setup);
    assert!(error.saying.en.contains("config.json") && error.saying.en.contains("no/such/folder"));
}
