//! Personal data never leaves the door: what is masked, what is left alone, and that masking is stable.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use guikou::case::{Personal, Segmented};
use guikou::text::Reader;
use proptest::prelude::*;

pub static READER: LazyLock<Reader> = LazyLock::new(|| {
    Reader::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data")).expect("the data of the house loads")
});

/// One line of the table: a text and what must be masked in it.
struct Example {
    line: usize,
    text: String,
    expected: Vec<(Personal, String)>,
}

fn examples() -> Vec<Example> {
    let table = include_str!("../fixtures/masking.tsv");
    let rows = table.lines().enumerate().filter(|(_, row)| !row.starts_with('#'));
    rows.map(|(i, row)| {
        let (text, marks) = row.split_once('\t').expect("two columns");
        let mark = |mark: &str| {
            let (kind, part) = mark.split_once('=').expect("kind=part");
            (serde_json::from_value(kind.into()).expect("a kind"), part.to_owned())
        };
        let expected = if marks == "-" { Vec::new() } else { marks.split('|').map(mark).collect() };
        Example { line: i + 1, text: text.replace("\\n", "\n"), expected }
    })
    .collect()
}

fn masked(text: &str) -> Vec<(Personal, String)> {
    let chars: Vec<char> = text.chars().collect();
    let part = |m: &guikou::case::Masked| (m.kind, chars[m.span.start..m.span.end].iter().collect());
    READER.read(text).masked.iter().map(part).collect()
}

#[test]
fn the_table_of_examples_is_masked_with_recall_098_and_precision_097() {
    let (mut wanted, mut found, mut right) = (0, 0, 0);
    let mut kinds: BTreeMap<Personal, (usize, usize)> = BTreeMap::new();
    for example in examples() {
        let got = masked(&example.text);
        for mark in &example.expected {
            let hit = got.contains(mark);
            let kind = kinds.entry(mark.0).or_default();
            *kind = (kind.0 + 1, kind.1 + usize::from(hit));
            right += usize::from(hit);
        }
        if got != example.expected {
            println!("line {}: wanted {:?}, got {got:?}", example.line, example.expected);
        }
        wanted += example.expected.len();
        found += got.len();
    }
    let (recall, precision) = (right as f64 / wanted as f64, right as f64 / found as f64);
    println!("{wanted} wanted, {found} found, {right} right: recall {recall:.4}, precision {precision:.4}; {kinds:?}");
    assert!(recall >= 0.98 && precision >= 0.97, "recall {recall:.4}, precision {precision:.4}");
}

#[test]
fn the_table_holds_every_kind_and_as_many_look_alikes() {
    let examples = examples();
    let personal = examples.iter().filter(|example| !example.expected.is_empty()).count();
    let kinds: std::collections::BTreeSet<Personal> =
        examples.iter().flat_map(|e| e.expected.iter().map(|m| m.0)).collect();
    assert_eq!(kinds.len(), 10);
    assert!(personal >= 70 && examples.len() - personal >= 70, "{personal} of {}", examples.len());
}

#[test]
fn tokens_stand_where_personal_data_stood() {
    let check = |submitted: &str, wanted: &str| assert_eq!(READER.mask(submitted), wanted);
    check("我叫罗志平，电话13871650234。", "我叫[姓名]，电话[手机号]。");
    check("鄂F·3K217堵在5栋2单元门口", "[车牌]堵在[门牌]门口");
    check("微信号：laowang1962，QQ：270815533", "微信号：[微信]，QQ：[QQ]");
    check("３栋电梯坏了，拨打12345", "3栋电梯坏了，拨打12345");
}

#[test]
fn every_example_is_masked_once_and_for_all() {
    for example in examples() {
        let once = READER.mask(&example.text);
        assert_eq!(READER.mask(&once), once, "line {}", example.line);
    }
}

/// What a citizen may type, and what may break a normalizer.
fn anything() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[一-龥]{1,8}",
        2 => "[0-9０-９ -]{1,12}",
        1 => prop::sample::select(vec![
            "我叫", "联系人：", "身份证号", "3栋2单元", "鄂F", "&amp;", "&lt;br&gt;", "<p>", "</div>", "＆nbsp；", "\u{200b}", "\u{3000}", "\n", "_x000D_",
            "😀", "1️⃣", "13812345678", "電話", "李", "王小明", "@qq.com", "&", ";", "<", ">", "①", "㎡", "ﬁ", "號", "薴", "著名", "瞭望",
        ]).prop_map(str::to_owned),
        1 => "\\PC{0,6}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn check_origin(submitted: &str, read: &Segmented) -> Result<(), TestCaseError> {
    let length = submitted.chars().count();
    prop_assert_eq!(read.origin.len(), read.text.chars().count());
    prop_assert!(read.origin.iter().all(|span| span.start < span.end && span.end <= length));
    prop_assert!(read.origin.windows(2).all(|pair| pair[0].start <= pair[1].start));
    prop_assert!(read.masked.iter().all(|m| m.span.start < m.span.end && m.span.end <= length));
    prop_assert!(read.places.iter().all(|p| p.span.start < p.span.end && p.span.end <= length));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn masking_a_masked_text_changes_nothing(text in anything()) {
        let once = READER.mask(&text);
        prop_assert_eq!(READER.mask(&once), once);
    }

    #[test]
    fn every_character_knows_where_it_came_from(text in anything()) {
        check_origin(&text, &READER.read(&text))?;
    }

    #[test]
    fn reading_and_masking_give_the_same_text(text in anything()) {
        prop_assert_eq!(READER.read(&text).text, READER.mask(&text));
    }

    #[test]
    fn a_mobile_number_never_survives(before in "[一-龥]{0,6}", tail in "[0-9]{8}", prefix in "1[3-9][0-9]") {
        let text = format!("{before}，手机{prefix}{tail}，谢谢");
        prop_assert!(!READER.mask(&text).contains(&tail));
    }
}
