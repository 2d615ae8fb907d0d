//! Words and places that come up: told by people, not by mentions, and never from what is protected.

use guikou::case::{PlaceKind, Scope};
use guikou::insight::{AskedWords, Insight, Of, Words};
use guikou::store::{NewCase, Store};

use super::{NOW, ago, case, ground, store_of, time};

fn asked(of: Of) -> AskedWords {
    AskedWords { scope: Scope::default(), of, base_days: None, top: 200 }
}

fn words(store: &Store, of: Of) -> Words {
    Insight::default().words(ground(store), &asked(of), time(NOW)).unwrap()
}

/// What people told, a line each, over and over: 140 cases in five weeks.
const USUAL: [&str; 7] = [
    "小区门口的路灯坏了一个星期，晚上看不见路，希望尽快维修",
    "楼下烧烤店油烟太大，窗户都不敢开，请环保部门处理",
    "公交车等了四十分钟才来一班，老人在站台冻坏了",
    "物业乱收停车费，收据都不给，业主意见很大",
    "自来水有股异味，烧开了还有沉淀，孩子喝了拉肚子",
    "工资拖欠三个月，老板一直推脱，请劳动监察部门帮助",
    "楼道里堆满杂物，消防通道被占用，安全隐患很大",
];

fn usual() -> Vec<NewCase> {
    let told = |at: usize| {
        let (day, line) = (1 + at as i64 % 35, USUAL[at % USUAL.len()]);
        // Nobody tells it quite the same.
        let mut case =
            case(ago(day), "0101", Some("樊城区"), &format!("{line}，第{}次反映编号{}楼栋", at % 9, letters(at)));
        case.reporter_key = Some(format!("usual-{at}"));
        case
    };
    (0..140).map(told).collect()
}

/// Three letters that differ from case to case.
fn letters(at: usize) -> String {
    [at / 26 % 26, at % 26].iter().map(|letter| char::from(b'a' + *letter as u8)).collect()
}

fn by(who: &str, days: i64, text: &str) -> NewCase {
    let mut case = case(ago(days), "0801", Some("樊城区"), text);
    case.reporter_key = Some(who.to_owned());
    case
}

fn found<'a>(words: &'a Words, text: &str) -> Option<&'a guikou::insight::Emerging> {
    words.rows.iter().find(|row| row.text == text)
}

#[test]
fn what_more_people_tell_than_before_comes_up() {
    let mut cases = usual();
    let manhole = ["井盖丢了", "路口井盖破损", "井盖翘起来", "井盖不见了很危险", "骑车被井盖绊倒", "下雨井盖冲走"];
    cases.extend(manhole.iter().enumerate().map(|(at, text)| by(&format!("m-{at}"), 2 + at as i64 % 5, text)));
    // One who calls ten times is one.
    let boar = |at: usize| by("the-one", 1 + at as i64 % 6, &format!("野猪又来了{}糟蹋庄稼", letters(at)));
    cases.extend((0..10).map(boar));
    // A letter that eight sent is one, whoever signs it.
    let letter = "我们全体家长强烈要求停止使用有毒塑胶跑道，立即检测并公布结果";
    cases.extend((0..8).map(|at| by(&format!("l-{at}"), 3, &format!("{letter}。1390000{at:04}"))));
    let words = words(&store_of(&cases, 1000), Of::Words);
    let row = found(&words, "井盖").unwrap_or_else(|| panic!("{:?}", words.rows));
    assert_eq!((row.people, row.cases, row.base_people, row.base_cases), (6, 6, 0, 0));
    assert!(row.z > 1.96 && row.log_odds > 0.0, "{row:?}");
    assert_eq!(row.examples.len(), 3);
    assert!(row.sentence.contains("“井盖”：本期 6 人、6 件说到"), "{}", row.sentence);
    for told_by_one in ["野猪", "庄稼", "跑道", "塑胶", "家长"] {
        assert_eq!(found(&words, told_by_one).map(|row| row.people), None, "{told_by_one} is told by one voice");
    }
    for usual in ["物业", "油烟", "路灯"] {
        assert!(found(&words, usual).is_none(), "{usual} is told as ever: {:?}", words.rows);
    }
    assert!(words.rows.iter().all(|row| row.people >= 3 && row.z >= 1.96));
    assert_eq!((words.texts.cases, words.texts.read), (28 + 6 + 10 + 8, 28 + 6 + 10 + 8));
    assert_eq!(words.texts.people, 28 + 6 + 1 + 1);
}

#[test]
fn places_come_up_by_their_names() {
    let mut cases = usual();
    let told = [
        "紫薇花园小区漏水",
        "紫薇花园小区电梯停运",
        "住紫薇花园小区，物业不管",
        "紫薇花园小区停电",
        "紫薇花园小区门禁坏了",
    ];
    cases.extend(told.iter().enumerate().map(|(at, text)| by(&format!("p-{at}"), 2, text)));
    let store = store_of(&cases, 1000);
    let places = words(&store, Of::Places);
    let row = found(&places, "紫薇花园小区").unwrap_or_else(|| panic!("{:?}", places.rows));
    assert_eq!((row.people, row.place), (5, Some(PlaceKind::Estate)));
    assert!(words(&store, Of::Words).rows.iter().all(|row| row.place.is_none() && row.text != "紫薇"));
}

#[test]
fn protected_cases_names_and_masked_data_never_come_up() {
    let mut cases = usual();
    for at in 0..6 {
        let mut told = by(&format!("s-{at}"), 2, "厂里偷排废水，老板威胁举报的人");
        told.text.push_str(&letters(at));
        told.suggestion.flags = vec![if at % 2 == 0 { "info_protect" } else { "reporter_protect" }.to_owned()];
        cases.push(told);
        let named = format!("我叫[姓名]，电话[手机号]，李建国主任说井盖{}不归他管", letters(at));
        cases.push(by(&format!("n-{at}"), 3, &named));
    }
    let store = store_of(&cases, 1000);
    let words = words(&store, Of::Words);
    for never in ["废水", "偷排", "举报", "姓名", "手机号", "[姓名]", "[手机号]", "李建国", "建国"]
    {
        assert!(found(&words, never).is_none(), "{never}: {:?}", words.rows);
    }
    assert_eq!(found(&words, "井盖").map(|row| row.people), Some(6));
    assert_eq!((words.texts.cases, words.texts.read), (28 + 12, 28 + 6));
}

#[test]
fn neither_order_nor_earlier_questions_change_the_answer() {
    let mut cases = usual();
    cases.extend((0..6).map(|at| by(&format!("m-{at}"), 2 + at % 5, &format!("井盖丢了{}", letters(at as usize)))));
    let plain = |words: Words| {
        let rows = words.rows.into_iter();
        (words.texts, rows.map(|row| (row.text, row.people, row.cases, row.z, row.examples.len())).collect::<Vec<_>>())
    };
    let straight = plain(words(&store_of(&cases, 1000), Of::Words));
    assert!(!straight.1.is_empty());
    cases.reverse();
    let store = store_of(&[], 1);
    let insight = Insight::default();
    for some in cases.chunks(41) {
        store.keep(some).unwrap();
        insight.words(ground(&store), &asked(Of::Places), time(NOW)).unwrap();
    }
    assert_eq!(plain(insight.words(ground(&store), &asked(Of::Words), time(NOW)).unwrap()), straight);
}

#[test]
fn nothing_comes_up_in_an_empty_store_or_without_a_base() {
    assert!(words(&store_of(&[], 1), Of::Words).rows.is_empty());
    let one = words(&store_of(&[case(ago(1), "0101", None, "井盖丢了")], 1), Of::Words);
    assert!(one.rows.is_empty() && one.base.is_none() && one.note.contains("无从比较"), "{one:?}");
}
