//! What an event is called: the place and the problem, from its own cases' words.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, FixedOffset, TimeDelta};
use guikou::case::{Complaint, ComplaintText, StatedLocation};
use guikou::issues::{NAMES, Scorer, Weights};
use guikou::store::{IssueFilter, Seek, Store, last_told_first};
use guikou::triage::demo::Told;
use guikou::triage::{Triage, Wanted};
use tempfile::TempDir;

use crate::door::settings;

/// Events of the corpus: their place, and words of which one must tell the problem.
const EVENTS: [(&str, &str, &str); 31] = [
    ("P1-E01", "檀府", "质量 裂缝 墙面 开裂"),
    ("P1-E06", "云岫府", "花园 交付 停车场 绿地 商品房"),
    ("P1-E12", "粮油宿舍", "改造 下水管 返水 马桶"),
    ("P1-E17", "鑫旺", "公积金"),
    ("P1-E24", "云水名居", "物业 水管 保安 值班"),
    ("P1-E29", "建设路", "停车 车位 租位"),
    ("P1-E34", "岘山", "电梯"),
    ("P1-E44", "沙河公园", "灯 漏电 麻手"),
    ("P1-E49", "羊祜山", "健身 器材 游园"),
    ("P2-E14", "邓城大道", "渣土"),
    ("P2-E28", "湖城花园", "噪声 冲压 机械 加工厂"),
    ("P2-E39", "滨江大道", "摩托 飙车 噪声 炸街"),
    ("P2-E44", "马家巷", "喷漆 油漆 异味"),
    ("P2-E50", "翰林雅苑", "探照灯 光污染 体育场"),
    ("P3-E05", "翠屏山庄", "煤气 燃气 漏气"),
    ("P3-E11", "学府雅居", "快递"),
    ("P3-E27", "三里桥", "违停 停车"),
    ("P3-E43", "银河苑", "消防"),
    ("P4-E01", "长虹路", "电池 电动车 商品质量"),
    ("P4-E06", "济南", "洗车 会员卡 预付卡 转让"),
    ("P4-E11", "聚贤楼", "肚子 食品 聚餐 腹泻 呕吐"),
    ("P4-E24", "飞天乐园", "设备 飞椅 计量与特种设备"),
    ("P4-E34", "游泳馆", "游泳 教练 体育"),
    ("P5-E05", "恒泰", "辞职 离职 劳动合同"),
    ("P5-E10", "南河镇", "工伤"),
    ("P5-E27", "荆山", "结算 医保 报销"),
    ("P5-E32", "大禹路", "托育 托费"),
    ("P5-E37", "文华初", "平板 智慧班"),
    ("P5-E42", "襄江春晓", "小班 适龄 幼儿园 学前教育"),
    ("P5-E47", "禾田岭", "跑道 塑胶"),
    ("P6-E33", "古驿镇", "泵站 提灌 水利 电机"),
];

fn moment(text: &str) -> DateTime<FixedOffset> {
    text.parse().unwrap()
}

/// The shipped linear model alone, which is quick, and a scorer to which all that is told is one event: so each event of
/// the corpus is one group.
fn triage() -> (TempDir, Triage) {
    let folder = tempfile::tempdir().unwrap();
    let shipped = Path::new("models/default");
    for file in std::fs::read_dir(shipped).unwrap().map(|entry| entry.unwrap().path()) {
        if file.file_name().unwrap() != "model.safetensors" {
            std::fs::copy(&file, folder.path().join(file.file_name().unwrap())).unwrap();
        }
    }
    let learnt = Scorer::load(shipped).unwrap();
    let weights = Weights { bias: 10.0, weights: NAMES.iter().map(|name| ((*name).to_owned(), 0.0)).collect() };
    Scorer::new(weights, learnt.rarity).unwrap().save(folder.path()).unwrap();
    let triage = Triage::load(&settings(&[]).settings.data(), folder.path()).unwrap();
    (folder, triage)
}

fn complaint(triage: &Triage, told: &Told, n: i64) -> Complaint {
    let district = triage.taxonomy().district(None, Some(&told.district));
    let stated = |code: &Option<String>| StatedLocation { area_code: code.clone(), ..StatedLocation::default() };
    Complaint {
        title: Some(told.title.clone()).filter(|title| !title.is_empty()),
        received_at: Some(moment("2026-11-01T09:00:00+08:00") + TimeDelta::hours(n)),
        location: district.map(|district| stated(&district.code)),
        ..Complaint::of(ComplaintText::parse(told.text.as_str()).unwrap())
    }
}

/// The title of the one group that these complaints make in a store of their own.
fn title(triage: &Triage, complaints: &[Complaint], at_once: usize) -> String {
    let wanted = Wanted { top_k: 1, explain: false };
    for some in complaints.chunks(at_once) {
        triage.keep(some, wanted, moment("2026-11-20T09:00:00+08:00")).unwrap();
    }
    let mut issues =
        triage.store().issues(&IssueFilter::default(), &Seek::first(last_told_first()), 10, None).unwrap().items;
    assert_eq!(issues.len(), 1, "{issues:?}");
    issues.remove(0).issue.title
}

#[test]
fn a_title_names_the_place_and_the_problem() {
    let (_folder, mut triage) = triage();
    let corpus = triage.corpus().unwrap();
    let mut events: BTreeMap<&str, Vec<&Told>> = BTreeMap::new();
    for told in &corpus {
        events.entry(told.event.as_deref().unwrap_or_default()).or_default().push(told);
    }
    let (mut wrong, mut titles) = (Vec::new(), Vec::new());
    for (event, place, problem) in EVENTS {
        triage = triage.keeping_in(Store::open(None).unwrap()).unwrap();
        let told: Vec<Complaint> = events[event].iter().zip(0..).map(|(told, n)| complaint(&triage, told, n)).collect();
        let title = title(&triage, &told, told.len());
        let (whereabouts, what) = title.split_once(' ').unwrap();
        let named = problem.split(' ').any(|word| what.contains(word));
        let clean = !title.contains('[') && title.chars().count() <= 40 && !title.contains("电话");
        if !whereabouts.contains(place) || !named || !clean {
            wrong.push(format!("{event}: {title}"));
        }
        titles.push(title);
    }
    println!("{}", titles.join("\n"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_title_does_not_depend_on_how_the_cases_came() {
    let (_folder, mut triage) = triage();
    let corpus = triage.corpus().unwrap();
    let told: Vec<&Told> = corpus.iter().filter(|told| told.event.as_deref() == Some("P1-E01")).collect();
    let mut complaints: Vec<Complaint> = told.iter().zip(0..).map(|(told, n)| complaint(&triage, told, n)).collect();
    let mut titles = Vec::new();
    for at_once in [1, 2, complaints.len()] {
        triage = triage.keeping_in(Store::open(None).unwrap()).unwrap();
        titles.push(title(&triage, &complaints, at_once));
        complaints.rotate_left(2);
    }
    assert!(titles.windows(2).all(|pair| pair[0] == pair[1]), "{titles:?}");
}

#[test]
fn neither_a_name_nor_a_word_of_the_protected_stands_in_a_title() {
    let (_folder, triage) = triage();
    let told = |text: &str, n: i64, flags: &[&str]| Complaint {
        received_at: Some(moment("2026-11-01T09:00:00+08:00") + TimeDelta::hours(n)),
        flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
        ..Complaint::of(ComplaintText::parse(text).unwrap())
    };
    let text = "樊城区长虹路世纪云邸工地凌晨浇筑混凝土，我叫张建国，电话13800138000，请处理";
    let title = title(&triage, &[told(text, 0, &["info_protect"]), told(text, 1, &["info_protect"])], 2);
    assert!(title.starts_with("樊城区长虹路世纪云邸"), "{title}");
    for word in ["混凝土", "浇筑", "张建国", "138", "["] {
        assert!(!title.contains(word), "{title}");
    }
}
