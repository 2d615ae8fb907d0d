//! What a reader makes of a text: one writing, words, keywords, places and the scene, each tied to the text as sent.

use std::fs;
use std::path::Path;

use guikou::case::{PlaceKind, Span};
use guikou::text::{Reader, scene};
use proptest::prelude::*;
use tempfile::TempDir;

use super::masking::READER;

// ── one writing ─────────────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn one_content_has_one_writing() {
    let check = |submitted: &str, wanted: &str| assert_eq!(READER.read(submitted).text, wanted, "{submitted}");
    check("ＡＢＣ１２３％＋", "ABC123%+");
    check("物业费，收得不清楚；怎么办？（急）", "物业费，收得不清楚；怎么办？（急）");
    check("樓下餐廳油煙很大，請儘快處理", "楼下餐厅油烟很大，请尽快处理");
    check("著名的瞭望塔拆了", "著名的瞭望塔拆了");
    check("<p>电梯坏了</p><p>没人&nbsp;修</p>", "电梯坏了\n没人 修");
    check("&amp;lt;br&amp;gt;第二行", "第二行");
    check("价格<100 而且>50", "价格<100 而且>50");
    check("停\u{200b}水\u{feff}了\u{7}", "停水了");
    check("第一段_x000D_\r\n\r\n  第二段\u{3000}\u{3000}", "第一段\n第二段");
    check("开心😀①②不变", "开心😀①②不变");
    check("90㎡的房", "90m2的房");
    check("", "");
    check(" \u{3000}\n", "");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn words_laid_end_to_end_are_the_text(text in "(\\PC|[一-龥]|\\n|[A-Z][0-9]区|\\[手机号\\]){0,60}") {
        let read = READER.read(&text);
        prop_assert_eq!(read.words.iter().map(|word| word.text.as_str()).collect::<String>(), read.text.clone());
        let mut end = 0;
        for word in &read.words {
            prop_assert_eq!(word.span, Span { start: end, end: end + word.text.chars().count() });
            end = word.span.end;
        }
    }

    #[test]
    fn a_simplified_text_passes_unchanged(text in "[小区楼道灯坏了三个月物业不管晚上老人摔跤希望尽快修好路面积水很深车停满消防通道，。；：？！（）、“”《》…—]{0,80}") {
        prop_assert_eq!(READER.read(&text).text, text);
    }
}

#[test]
fn the_longest_text_taken_is_read_to_its_end() {
    let text = "樊城区长虹路工地半夜打桩，<br>吵得睡不着。".repeat(500);
    let text: String = text.chars().take(guikou::case::LONGEST_TEXT).collect();
    let read = READER.read(&text);
    let last = read.origin.last().expect("not empty");
    assert!(last.end + 8 >= guikou::case::LONGEST_TEXT && read.places.len() > 500);
}

// ── words and keywords ──────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn hotline_words_are_not_cut() {
    let check = |text: &str, word: &str, tag: &str| {
        let words = READER.read(text).words;
        assert!(words.iter().any(|w| w.text == word && w.tag == tag), "{word} in {words:?}");
    };
    check("楼道里有人飞线充电，很危险", "飞线充电", "vn");
    check("业委会换届没有公示", "业委会", "n");
    check("我打过12345没人管", "12345", "n");
    check("维修基金被物业挪用了", "维修基金", "n");
    check("这条断头路修了五年", "断头路", "n");
    check("在外地住院，异地就医怎么备案", "异地就医", "n");
    check("请石花镇政府管一管", "石花镇", "ns");
    check("A3区青槐雅苑小区外", "A3区", "ns");
    check("联系电话13871650234", "[手机号]", "x");
}

#[test]
fn keywords_name_the_matter() {
    let check = |text: &str, wanted: &str| {
        let keywords = READER.read(text).keywords;
        let first: Vec<&str> = keywords.iter().take(4).map(|k| k.text.as_str()).collect();
        assert!(first.contains(&wanted), "{wanted} in {first:?}");
        assert!(keywords.windows(2).all(|pair| pair[0].weight >= pair[1].weight));
    };
    check("来电人反映楼下烧烤店油烟大，希望有关部门处理", "油烟");
    check("您好，请问我在外地住院，医保报销需要什么材料，谢谢", "报销");
    check("工地半夜打桩，孩子要高考，打了三次电话没人管", "打桩");
    check("小区有人飞线充电，物业不管", "飞线充电");
}

// ── places ──────────────────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn places_are_found_by_name_and_by_shape() {
    use PlaceKind::*;
    let check = |text: &str, place: &str, kind: PlaceKind, district: Option<&str>| {
        let places = READER.read(text).places;
        let found = places.iter().find(|p| p.text == place).unwrap_or_else(|| panic!("{place} in {places:?}"));
        assert_eq!((found.kind, found.district.as_deref()), (kind, district), "{text}");
    };
    check("樊城区长虹路半夜施工", "樊城区", District, Some("樊城区"));
    check("谷城县石花镇老街没有路灯", "石花镇", Street, Some("谷城县"));
    check("保康县城关镇停水三天", "城关镇", Street, Some("保康县"));
    check("在城关镇买的房", "城关镇", Street, None);
    check("襄城区古槐社区活动室不开门", "古槐社区", Community, Some("襄城区"));
    check("我住在翡翠湾小区，电梯坏了", "翡翠湾小区", Estate, None);
    check("请问青槐雅苑小区什么时候通气", "青槐雅苑小区", Estate, None);
    check("A3区梧桐路没有路灯", "A3区", District, Some("A3区"));
    check("H4县松坪镇石岭村养猪场臭", "松坪镇", Street, Some("H4县"));
    check("西地省社保卡怎么用", "西地省", City, None);
    check("丹江路与大庆西路交叉口红绿灯不亮", "丹江路与大庆西路交叉口", Crossing, Some("樊城区"));
    check("尚东雅居物业乱收费", "尚东雅居", Estate, None);
    check("枣阳市鹿头镇中心卫生院挂不上号", "中心卫生院", Hospital, Some("枣阳市"));
    check("洛阳市涧西区建设路积水", "建设路", Road, Some("涧西区"));
}

#[test]
fn what_only_ends_like_a_place_is_none() {
    for text in [
        "小区停电了",
        "512路公交不准点",
        "公司拖欠工资",
        "修路修了两年",
        "学校乱收费",
        "斑马线看不清",
        "我们社区不管",
        "3栋电梯坏了",
        "热线打不通",
    ] {
        let places = READER.read(text).places;
        assert!(places.is_empty(), "{text}: {places:?}");
    }
}

#[test]
fn a_place_is_shown_where_it_stands_in_the_submitted_text() {
    let submitted = "<p>　電話１３８７１６５０２３４，住樊城區<b>長虹路</b>附近</p>";
    let read = READER.read(submitted);
    let chars: Vec<char> = submitted.chars().collect();
    let shown = |span: Span| chars[span.start..span.end].iter().collect::<String>();
    let places: Vec<String> = read.places.iter().map(|place| shown(place.span)).collect();
    assert_eq!(places, ["樊城區", "長虹路"]);
    assert_eq!(shown(read.masked[0].span), "１３８７１６５０２３４");
}

#[test]
fn the_scene_is_the_place_where_it_happened() {
    let check = |text: &str, place: &str, district: Option<&str>| {
        let scene = scene(&READER.read(text)).unwrap_or_else(|| panic!("no scene in {text}"));
        assert_eq!((scene.place.as_deref(), scene.district.as_deref()), (Some(place), district), "{text}");
        let (start, end) = (scene.start.expect("read from the text"), scene.end.expect("read from the text"));
        assert_eq!(text.chars().skip(start).take(end - start).collect::<String>(), place);
    };
    check("长虹路北段工地每天凌晨两点还在打桩", "长虹路北段工地", Some("樊城区"));
    check("尊敬的襄阳市政府领导：我住在枣阳市光武大道锦绣花园，停水两天了", "枣阳市光武大道锦绣花园", Some("枣阳市"));
    check("反映噪音问题\n襄城区檀溪路86号的烧烤店，每天闹到三点", "襄城区檀溪路86号", Some("襄城区"));
    check("咨询E6县老年乘车卡的办理\n需要带哪些证？", "E6县", Some("E6县"));
    check("樊城区的老人在汉江国际小区摔伤", "汉江国际小区", Some("樊城区"));
    // A title names the place shortly, the letter in full.
    check("A3区青槐雅苑小区漏水\n我住在A3区银河路559号青槐雅苑小区", "A3区银河路559号青槐雅苑小区", Some("A3区"));
    check("樊城区教育局你好，长虹路与大庆西路交汇处的路灯不亮", "长虹路与大庆西路交汇处", Some("樊城区"));
    assert_eq!(scene(&READER.read("医保卡能给爱人用吗")), None);
}

// ── the data of a city ──────────────────────────────────────────────────────────────────────────────────────────

fn data_with(file: &str, content: &str) -> TempDir {
    let data = TempDir::new().expect("a temporary folder");
    for name in ["lexicon.txt", "stopwords.txt", "places.csv"] {
        let ours = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(name)).expect("our data");
        fs::write(data.path().join(name), if name == file { content } else { &ours }).expect("written");
    }
    data
}

#[test]
fn another_city_needs_other_files_and_no_other_program() {
    let places = "name,aliases,kind,area_code,parent\n江河市,,city,990000,\n东湖区,东湖,district,990101,江河市\n柳叶路,,road,,东湖区\n";
    let data = data_with("places.csv", places);
    let reader = Reader::load(data.path()).expect("a city of three lines");
    let scene = scene(&reader.read("柳叶路路灯不亮")).expect("a scene");
    assert_eq!((scene.district.as_deref(), scene.area_code.as_deref()), (Some("东湖区"), Some("990101")));
}

#[test]
fn every_mistake_of_a_file_is_named_with_its_line() {
    let check = |file: &str, content: &str, wanted: &[&str]| {
        let data = data_with(file, content);
        let error = Reader::load(data.path()).err().expect("refused");
        let named: Vec<String> =
            error.flaws.iter().map(|flaw| flaw.pointer.rsplit('/').next().unwrap_or("").to_owned()).collect();
        assert_eq!(named, wanted, "{error}");
    };
    check(
        "lexicon.txt",
        "# 词\n飞线充电 100 n\n飞线充电 100 n\n业委会 many n\n断头路\n",
        &["lexicon.txt:3", "lexicon.txt:4", "lexicon.txt:5"],
    );
    check("places.csv", "name,kind\n", &["places.csv:1"]);
    check(
        "places.csv",
        "name,aliases,kind,area_code,parent\n甲市,,city,,\n乙区,,quarter,,甲市\n丙区,,district,12,甲市\n丁路,,road\n戊路,,road,,己区\n甲市,,city,,\n",
        &["places.csv:3", "places.csv:4", "places.csv:5", "places.csv:6", "places.csv:7"],
    );
    check(
        "places.csv",
        "name,aliases,kind,area_code,parent\n甲区,,district,,乙区\n乙区,,district,,甲区\n",
        &["places.csv:2", "places.csv:3"],
    );
}

#[test]
fn a_missing_file_is_named() {
    let empty = TempDir::new().expect("a temporary folder");
    let error = Reader::load(empty.path()).err().expect("refused");
    assert!(error.to_string().contains("places.csv"), "{error}");
}
