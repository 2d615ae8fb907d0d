//! Looking labels over: swapped labels are found, the workbook holds masked text only and is never written over.

use std::path::{Path, PathBuf};

use guikou::dataset::{Columns, code_of};
use guikou::learning::review::{Order, review};
use serde_json::json;

use crate::learn::{READER, TAXONOMY};

const MATTERS: [(&str, &[&str]); 4] = [
    ("0403", &["路灯不亮", "灯杆歪了", "晚上漆黑一片", "灯泡坏了没人换", "整条街的灯都灭了"]),
    ("0501", &["自来水发黄", "水压太低", "停水两天", "水管爆了", "水里有沙子"]),
    ("1101", &["工资拖了三个月", "老板欠薪不给", "押着工钱不发", "工资被克扣", "讨薪没人理"]),
    ("0601", &["公交车甩站", "等车半小时不来", "司机不停站", "班次太少", "公交改线不通知"]),
];
const WHERE: [&str; 12] =
    ["东街", "西门", "南苑", "北岭", "河边", "桥头", "学校旁", "市场口", "厂区", "老街", "新村", "车站"];

/// 240 requests; of every twelfth the label is that of another matter. Returns the file and the ids swapped.
fn written(dir: &Path) -> (PathBuf, Vec<String>) {
    let (mut lines, mut swapped) = (String::new(), Vec::new());
    for i in 0..240 {
        let (label, ways) = MATTERS[i % 4];
        let (way, other) = (ways[i / 4 % 5], ways[(i / 4 + 1 + i / 20 % 4) % 5]);
        let wrong = i % 12 == 5;
        let given = if wrong { MATTERS[(i + 1 + i / 12 % 3) % 4].0 } else { label };
        let phone = if i == 5 { "，电话13812345678" } else { "" };
        let text = format!("{}{way}，{other}，反映第{i}次{phone}", WHERE[i / 20]);
        lines += &format!("{}\n", json!({"id": format!("r{i}"), "text": text, "l2": given}));
        if wrong {
            swapped.push(format!("r{i}"));
        }
    }
    let file = dir.join("labelled.jsonl");
    std::fs::write(&file, lines).unwrap();
    (file, swapped)
}

fn order(file: PathBuf, sheet: PathBuf) -> Order {
    Order {
        files: vec![file],
        unlabelled: Vec::new(),
        columns: Columns::default(),
        sheet,
        rows: 10,
        model: PathBuf::from("no such model"),
        seed: 1,
        today: chrono::NaiveDate::from_ymd_opt(2026, 11, 25).unwrap(),
    }
}

#[test]
fn labels_put_in_by_mistake_are_found_and_the_right_one_is_proposed() {
    let dir = tempfile::tempdir().unwrap();
    let (file, swapped) = written(dir.path());
    let done = review(&order(file.clone(), dir.path().join("a.xlsx")), &READER, &TAXONOMY, &|_| {}).unwrap();
    assert_eq!((done.examples, swapped.len()), (240, 20));
    let first: Vec<_> = done.review.doubts.iter().take(swapped.len()).collect();
    let found = first.iter().filter(|doubt| swapped.contains(&doubt.id)).count();
    assert!(found >= 16, "{found} of 20 among the first 20 suspects");
    let right = first.iter().filter(|doubt| {
        let number: usize = doubt.id[1..].parse().unwrap();
        doubt.suggested.code == MATTERS[number % 4].0
    });
    assert!(right.count() >= 16, "wrong labels are proposed");
    assert!(done.review.doubts.iter().all(|doubt| !doubt.text.contains("13812345678")), "a number was not masked");
    let again = review(&order(file, dir.path().join("b.xlsx")), &READER, &TAXONOMY, &|_| {}).unwrap();
    assert_eq!(done.review, again.review, "the same files, other suspects");
}

#[test]
fn a_workbook_that_may_hold_work_is_not_written_over() {
    let dir = tempfile::tempdir().unwrap();
    let (file, _) = written(dir.path());
    let sheet = dir.path().join("a.xlsx");
    std::fs::write(&sheet, "somebody's work").unwrap();
    let error = review(&order(file, sheet.clone()), &READER, &TAXONOMY, &|_| {}).unwrap_err();
    assert!(error.to_string().contains("已经存在"), "{error}");
    assert_eq!(std::fs::read_to_string(sheet).unwrap(), "somebody's work");
}

#[test]
fn a_label_is_read_from_what_the_list_of_choices_puts_in_the_cell() {
    for (cell, code) in [("0401 道路与桥隧破损", "0401"), ("0401", "0401"), (" CGJ 城市管理执法局 ", "CGJ")]
    {
        assert_eq!(code_of(cell), code);
    }
}
