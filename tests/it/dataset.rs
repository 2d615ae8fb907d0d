//! Labelled files are read whole, whatever program wrote them, or refused with every bad line named.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use guikou::case::{Head, Labelled};
use guikou::dataset::{Columns, Field, columns_of, read_labelled, read_plain};
use guikou::error::{Error, Kind};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/dataset").join(name)
}

fn corpus(part: usize) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("data/corpus/P{part}.jsonl"))
}

/// Reads `content` from a file of that name.
fn read(name: &str, content: &[u8], columns: &str) -> Result<Vec<Labelled>, Error> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(name);
    std::fs::write(&path, content).expect("it can be written");
    read_labelled(&path, &Columns::parse(columns)?)
}

#[test]
fn every_kind_of_file_gives_the_same_complaints() {
    let kinds: [(&str, [usize; 3]); 6] = [
        ("utf8_bom.csv", [2, 4, 5]),
        ("gb18030.csv", [2, 4, 5]),
        ("utf16.csv", [2, 4, 5]),
        ("tabs.tsv", [2, 4, 5]),
        ("lines.jsonl", [1, 2, 3]),
        ("sheet.xlsx", [4, 6, 7]),
    ];
    for (name, lines) in kinds {
        let read = read_labelled(&fixture(name), &Columns::default()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(read.iter().map(|one| one.line).collect::<Vec<_>>(), lines, "{name}");
        let first = &read[0];
        assert_eq!(first.text, "长虹路北段工地,凌晨两点还在打桩，\n孩子说:\"睡不着\"。", "{name}");
        assert_eq!((first.id.as_str(), first.title.as_deref()), ("20261101", Some("夜间施工")), "{name}");
        assert_eq!((first.place.as_deref(), first.group.as_deref()), (Some("长虹路北段"), Some("E1")), "{name}");
        let labels: Vec<&str> = first.labels.values().map(String::as_str).collect();
        assert_eq!(labels, ["建筑施工噪声", "投诉", "紧急", "false", "城管局"], "{name}");
        assert_eq!(read[1].labels[&Head::Protect], "true", "{name}");
        assert_eq!((&read[1].title, &read[1].group), (&None, &None), "{name}");
    }
}

#[test]
fn the_corpus_is_whole_and_sound() {
    let parts = (1..=6).map(|part| read_labelled(&corpus(part), &Columns::default()).expect("the corpus is sound"));
    let all: Vec<Labelled> = parts.flatten().collect();
    assert_eq!(all.len(), 7_127);
    assert_eq!(all.iter().map(|one| &one.id).collect::<HashSet<_>>().len(), all.len(), "ids are unique");
    assert_eq!(all.iter().map(|one| &one.text).collect::<HashSet<_>>().len(), all.len(), "texts are unique");
    assert_eq!(all.iter().filter_map(|one| one.group.as_ref()).collect::<HashSet<_>>().len(), 302, "events");
    let mut frequency: BTreeMap<&str, usize> = BTreeMap::new();
    for one in &all {
        assert_eq!(one.labels.keys().copied().collect::<Vec<_>>(), Head::ALL, "{} has every label", one.id);
        let whole = format!("{}\n{}", one.title.as_deref().unwrap_or_default(), one.text);
        assert!(one.place.as_ref().is_none_or(|place| whole.contains(place)), "{}: its place is in its text", one.id);
        *frequency.entry(&one.labels[&Head::Category]).or_default() += 1;
    }
    assert_eq!(frequency.len(), 150);
    assert!(frequency.values().all(|count| (37..=69).contains(count)));
}

#[test]
fn street_racing_always_leads_to_the_traffic_police() {
    let noise = read_labelled(&corpus(2), &Columns::default()).expect("the corpus is sound");
    let racing = |one: &&Labelled| {
        one.labels[&Head::Category] == "0705" && ["炸街", "改装", "飙车"].iter().any(|word| one.text.contains(word))
    };
    let leads: Vec<&str> = noise.iter().filter(racing).map(|one| one.labels[&Head::Unit].as_str()).collect();
    assert!(leads.len() >= 4 && leads.iter().all(|lead| *lead == "JJZD"), "{leads:?}");
}

#[test]
fn usual_headers_are_understood_without_being_told() {
    let cases = [
        ("text,label", "正文 ← text，分类 ← label"),
        ("row,tokens,label,group", "分词 ← tokens，分类 ← label，事件 ← group，编号 ← row"),
        ("留言编号,留言主题,留言详情,一级标签", "正文 ← 留言详情，标题 ← 留言主题，分类 ← 一级标签，编号 ← 留言编号"),
        ("内容,一级分类,二级分类", "正文 ← 内容，分类 ← 二级分类，一级分类 ← 一级分类"),
        ("case_content,Case_Is_Urgent,deptName", "正文 ← case_content，紧急程度 ← Case_Is_Urgent，牵头单位 ← deptName"),
        ("key,text,l2,l2_ok", "正文 ← text，分类 ← l2，可接受的分类 ← l2_ok，编号 ← key"),
        ("a,b", ""),
    ];
    for (header, said) in cases {
        let header: Vec<String> = header.split(',').map(str::to_owned).collect();
        assert_eq!(Columns::guess(&header).to_string(), said);
    }
}

#[test]
fn a_guess_can_be_overridden_or_switched_off() {
    let content = "编号,内容,备注,label\n1,甲,水管爆了,供水\n1,乙,路灯不亮,路灯\n".as_bytes();
    let read = read("overridden.csv", content, "text=备注, category=label, id=").expect("it is sound");
    assert_eq!(read[0].text, "水管爆了");
    assert_eq!(read[1].id, "overridden:3");
    let guess = columns_of(&fixture("utf8_bom.csv"), &Columns::parse("unit=诉求类型").expect("it is sound"));
    let guess = guess.expect("it can be read");
    assert_eq!(guess.of(Field::Label(Head::Unit)), Some("诉求类型"));
    assert_eq!(guess.of(Field::Label(Head::Petition)), None, "one column is not read as two things");
}

#[test]
fn words_parted_by_blanks_are_joined_into_the_text() {
    let read = read("segmented.csv", "tokens,label\nA3 区 大道 open day 占 道,交通\n".as_bytes(), "").expect("sound");
    assert_eq!(read[0].text, "A3区大道open day占道");
}

#[test]
fn accepted_labels_hold_the_label_itself_first() {
    let lines = r#"{"text":"甲","l2":"0101","l2_alt":["0203","0101"],"lead":"ZJJ","lead_ok":[]}
{"text":"乙","l2":"0102","l2_alt":[]}"#;
    let read_lines = read("accepted.jsonl", lines.as_bytes(), "").expect("it is sound");
    assert_eq!(read_lines[0].accepted, BTreeMap::from([(Head::Category, vec!["0101".into(), "0203".into()])]));
    assert!(read_lines[1].accepted.is_empty());
    let cells = read("accepted.csv", "text,l2,l2_ok\n甲,0101,0203；0204\n".as_bytes(), "").expect("it is sound");
    assert_eq!(cells[0].accepted[&Head::Category], ["0101", "0203", "0204"]);
}

#[test]
fn a_file_without_labels_can_be_read_for_its_texts() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("plain.csv");
    std::fs::write(&path, "正文\n水管爆了\n路灯不亮\n").expect("it can be written");
    assert_eq!(read_plain(&path, &Columns::default()).expect("it is sound").len(), 2);
}

/// What must be refused: name, content, mapping, kind, the lines named, a piece of the Chinese sentence.
type Refusal<'a> = (&'a str, &'a [u8], &'a str, Kind, &'a [usize], &'a str);

#[test]
fn what_is_wrong_is_named_line_by_line_and_never_quoted() {
    let mixed = [&b"text,label\n"[..], "秘密好,a\n秘密坏,a\n".as_bytes(), b"\xff\xfe\xff,a\n"].concat();
    let cases: [Refusal; 17] = [
        ("blank.csv", "text,label\n秘密,a\n ,a\n,b\n".as_bytes(), "", Kind::Invalid, &[3, 4], "内容为空"),
        ("unlabelled.csv", "text,label\n秘密,\n秘密二,a\n秘密三,\n".as_bytes(), "", Kind::Invalid, &[2, 4], "没有标签"),
        (
            "twice.csv",
            "id,text,label\r\n7,秘密,a\r\n\r\n8,乙,a\r\n\r\n7,丙,a".as_bytes(),
            "",
            Kind::Invalid,
            &[6],
            "第 2 行重复",
        ),
        ("protect.csv", "text,label,protect\n秘密,a,也许\n".as_bytes(), "", Kind::Invalid, &[2], "是/否"),
        ("comma.csv", "text,label\n秘密,秘密,a\n乙,a\n".as_bytes(), "", Kind::Malformed, &[2], "双引号括起来"),
        ("quote.csv", "label,text\na,\"秘密\nb,乙\nc,丙\n".as_bytes(), "", Kind::Malformed, &[2], "没有配对"),
        ("mixed.csv", &mixed, "", Kind::Malformed, &[4], "UTF-8"),
        (
            "json.jsonl",
            "{\"text\":\"秘密\"\n{\"text\":\"好\",\"label\":\"a\"}\n[1]\n".as_bytes(),
            "",
            Kind::Malformed,
            &[1, 3],
            "JSON",
        ),
        (
            "both.jsonl",
            "{\"text\":\"秘密\"\n{\"text\":\"好\"}\n{\"text\":\"好\",\"label\":\"a\"}".as_bytes(),
            "",
            Kind::Malformed,
            &[1, 2],
            "没有标签",
        ),
        ("empty.csv", b"", "", Kind::Invalid, &[], "没有数据"),
        ("header.csv", b"text,label\n", "", Kind::Invalid, &[], "没有数据"),
        ("kind.docx", b"x", "", Kind::Invalid, &[], "类型不认识"),
        ("broken.xlsx", b"not a zip", "", Kind::Malformed, &[], "Excel"),
        ("named.csv", "text,label\n秘密,a\n".as_bytes(), "category=类", Kind::Invalid, &[], "没有名为“类”的列"),
        ("mapping.csv", "text,label\n秘密,a\n".as_bytes(), "colour=类", Kind::Invalid, &[], "colour"),
        ("no_text.csv", "a,label\n秘密,a\n".as_bytes(), "", Kind::Invalid, &[], "text=列名"),
        ("no_header.csv", "秘密的来电13800001111,噪声\n秘密,a\n".as_bytes(), "", Kind::Invalid, &[], "text=列名"),
    ];
    for (name, content, columns, kind, lines, sentence) in cases {
        let error = read(name, content, columns).expect_err(name);
        assert_eq!(error.kind, kind, "{name}: {error}");
        let named: Vec<String> = error.flaws.iter().map(|flaw| flaw.pointer.clone()).collect();
        let ends: Vec<String> = lines.iter().map(|line| format!("{name}:{line}")).collect();
        assert_eq!(named.len(), ends.len(), "{name}: {error}");
        assert!(named.iter().zip(&ends).all(|(pointer, end)| pointer.ends_with(end)), "{name}: {named:?}");
        let story = format!("{} {error:?}", error.chain());
        assert!(error.to_string().contains(sentence), "{name}: {error}");
        assert!(!story.contains("秘密") && !story.contains("13800001111"), "{name} quotes the complaint: {story}");
    }
}

#[test]
fn a_missing_file_is_named() {
    let error = read_labelled(Path::new("nowhere/none.csv"), &Columns::default()).expect_err("it is not there");
    assert_eq!(error.kind, Kind::NotFound);
    assert!(error.saying.zh.contains("none.csv") && error.saying.en.contains("none.csv"));
}
