//! The words said to have spoken for a category did: without them it is less likely. And they stand where it is said.

use std::path::Path;
use std::sync::LazyLock;

use guikou::case::{Complaint, ComplaintText, Reason, Suggestion};
use guikou::model::Model;
use guikou::store::Kept;
use guikou::triage::{Triage, Wanted};
use serde_json::{Value, json};

use crate::learn::{READER, TAXONOMY, TRAINED, order};

static TRIAGE: LazyLock<Triage> = LazyLock::new(|| Triage::load(Path::new("data"), &TRAINED).unwrap());

fn suggest(title: Option<&str>, text: &str) -> Suggestion {
    let text = ComplaintText::parse(text).unwrap();
    let complaint = Complaint { title: title.map(str::to_owned), ..Complaint::of(text) };
    TRIAGE.suggest(&[complaint], Wanted { top_k: 20, explain: true }).remove(0).unwrap()
}

/// Start, end, text and weight of each word that spoke.
fn spans(suggestion: &Suggestion) -> Vec<(usize, usize, &str, f32)> {
    let reasons = suggestion.assignment.iter().flat_map(|assignment| &assignment.reasons);
    let spans = reasons.filter_map(|reason| match reason {
        Reason::Span { start, end, text, weight } => Some((*start, *end, text.as_str(), *weight)),
        _ => None,
    });
    spans.collect()
}

const TEXTS: [&str; 4] = [
    "长虹路工地每天凌晨两点还在打桩，噪声太大，孩子没法睡觉",
    "楼上歌厅音响开到凌晨，唱歌喝酒吵得全楼睡不着觉",
    "村口机械厂的冲床白天晚上不停，机器轰鸣震得窗户响",
    "半夜混凝土搅拌车轰鸣，工地施工到天亮，投诉几次没人管",
];

#[test]
fn a_weight_is_positive_just_where_deleting_the_word_makes_the_category_less_likely() {
    let model = Model::load(&TRAINED).unwrap();
    let mut seen = [0, 0];
    for text in TEXTS {
        let read = READER.read(text);
        let spans: Vec<_> = read.words.iter().map(|word| word.span).collect();
        let first = model.predict(&[&read.text]).unwrap().remove(0).categories.remove(0);
        let weights = model.occlude(&read.text, &spans, &first.code).unwrap();
        assert_eq!(weights.len(), spans.len());
        for (span, weight) in spans.iter().zip(weights) {
            let chars: Vec<char> = read.text.chars().collect();
            let without: String = chars[..span.start].iter().chain(&chars[span.end..]).collect();
            let after = model.predict(&[&without]).unwrap().remove(0);
            let after = after.categories.iter().find(|scored| scored.code == first.code).unwrap().probability;
            if weight.abs() > 1e-3 {
                assert_eq!(weight > 0.0, after < first.probability, "{weight}: {} → {after}", first.probability);
                seen[usize::from(weight > 0.0)] += 1;
            }
        }
    }
    assert!(seen[0] > 0 && seen[1] > 0, "words spoke for and against: {seen:?}");
}

#[test]
fn deleting_what_spoke_most_for_the_category_makes_a_new_suggestion_less_sure_of_it() {
    for text in TEXTS {
        let before = suggest(None, text);
        let first = &before.categories[0];
        let found = spans(&before);
        assert!(found.len() >= 3 && found.is_sorted_by(|a, b| a.3.abs() >= b.3.abs()), "{found:?}");
        let most = found.iter().filter(|span| span.3 > 0.0).max_by(|a, b| a.3.total_cmp(&b.3));
        let (start, end, word, _) = *most.expect("something spoke for it");
        let chars: Vec<char> = text.chars().collect();
        let without: String = chars[..start].iter().chain(&chars[end..]).collect();
        let after = suggest(None, &without);
        let after = after.categories.iter().find(|category| category.code == first.code).unwrap().probability;
        assert!(after < first.probability, "without {word}: {} → {after}", first.probability);
    }
}

#[test]
fn words_stand_where_the_reasons_say_whatever_was_folded_masked_or_put_before_them() {
    let check = |title: Option<&str>, text: &str, wanted: &str| {
        let suggestion = suggest(title, text);
        let found = spans(&suggestion);
        let mut stands = false;
        for (start, end, word, _) in &found {
            let said: String = text.chars().skip(*start).take(end - start).collect();
            // What is told in the title alone has no place in the text.
            let in_title = (*start, *end) == (0, 0) && title.is_some_and(|title| READER.mask(title).contains(word));
            assert!(in_title || READER.mask(&said) == *word, "{word} is not {said:?} in {text:?}");
            stands |= *word == wanted && !in_title;
        }
        assert!(stands, "{wanted} is not among {found:?}");
        assert!(!suggestion.degraded);
    };
    check(None, "工地半夜打桩吵得睡不着", "打桩");
    check(Some("工地噪声扰民"), "长虹路工地凌晨打桩，孩子没法睡", "打桩");
    check(Some("  "), "长虹路工地凌晨打桩，孩子没法睡", "打桩");
    check(None, "我叫张建国，电话13812345678，身份证420606199001011234，楼上歌厅半夜唱歌吵人", "歌厅");
    check(None, "😭😭工地半夜打樁，噪聲太大，孩子沒法睡覺😡", "打桩");
    check(None, "<b>工地</b>&nbsp;凌晨还在打桩，ＡＢＣ栋居民没法睡", "打桩");
}

#[test]
fn labelled_examples_like_it_are_shown() {
    let suggestion = suggest(None, "楼上歌厅半夜唱歌吵人");
    let reasons = &suggestion.assignment[0].reasons;
    let similar: Vec<f32> = reasons
        .iter()
        .filter_map(|r| if let Reason::Similar { score, .. } = r { Some(*score) } else { None })
        .collect();
    assert!(similar.len() == 3 && similar.is_sorted_by(|a, b| a >= b), "{similar:?}");
}

/// Whistleblowers' words, learnt from, are shown to nobody; what is kept with a case holds no other citizen's words.
#[test]
fn examples_of_protected_reporters_are_learnt_from_and_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let lesson = std::fs::read_to_string(TRAINED.with_file_name("lesson.jsonl")).unwrap();
    let mut lines: Vec<Value> = lesson.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (n, line) in lines.iter_mut().enumerate() {
        line["protect"] = json!(n < 12);
        line["petition"] = json!(if (12..24).contains(&n) { "report" } else { "complaint" });
    }
    let file = folder.path().join("ours.jsonl");
    std::fs::write(&file, lines.iter().map(Value::to_string).collect::<Vec<_>>().join("\n")).unwrap();
    let order = order(folder.path(), file);
    guikou::learning::train(&order, &READER, &TAXONOMY, &|_| ()).unwrap();
    #[cfg(unix)]
    {
        let examples = std::fs::metadata(order.out.join("examples.jsonl")).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::mode(&examples.permissions());
        assert_eq!(mode & 0o777, 0o600, "they are citizens' words");
    }
    let triage = Triage::load(Path::new("data"), &order.out).unwrap();
    let told: Vec<Complaint> = lines[..24]
        .iter()
        .map(|line| Complaint::of(ComplaintText::parse(line["text"].as_str().unwrap()).unwrap()))
        .collect();
    let hidden: Vec<String> = told.iter().map(|complaint| READER.mask(complaint.text.as_str())).collect();
    let mut shown = 0;
    for answer in triage.suggest(&told, Wanted::default()) {
        for reason in &answer.unwrap().assignment[0].reasons {
            if let Reason::Similar { text, .. } = reason {
                let text = text.as_ref().unwrap();
                assert!(!hidden.iter().any(|hidden| text.contains(hidden)), "{text}");
                shown += 1;
            }
        }
    }
    assert_eq!(shown, 3 * 24, "others are shown");
    let now = chrono::DateTime::parse_from_rfc3339("2026-11-23T08:12:00+08:00").unwrap();
    for kept in triage.keep(&told[..3], Wanted::default(), now).unwrap() {
        let Kept::New(case) = kept else { panic!("it is new") };
        let suggestion = case.suggestion.unwrap();
        let reasons = suggestion["assignment"][0]["reasons"].as_array().unwrap();
        let similar: Vec<&Value> = reasons.iter().filter(|reason| reason["kind"] == "similar").collect();
        assert!(similar.len() == 3 && similar.iter().all(|one| one["case"].is_string() && one.get("text").is_none()));
    }
}
