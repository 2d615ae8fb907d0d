//! A category added to the catalogue is answered without retraining, by its name, its keywords and a few sentences.

use std::fs;
use std::path::Path;

use guikou::case::{Complaint, ComplaintText};
use guikou::triage::{Shadow, Triage, Wanted};

const ADDED: &str = r#"
[[category]]
code = "0313"
name = "低空无人机扰民"
english = "Drones"
lead = "GAJ"
co = ["CGJ"]
keywords = ["无人机", "航拍", "黑飞"]
place = "local"
urgency = "normal"
examples = [
    "有人天天在小区上空放无人机，嗡嗡响，还对着我家窗户拍",
    "公园里玩无人机的太多，飞得很低，差点砸到孩子",
    "楼顶有架无人机半夜飞来飞去，怀疑偷拍，请管管黑飞",
    "送外卖的无人机从阳台外面过，螺旋桨声音吵得睡不着",
    "河边有人用无人机撒传单，没有报备，希望查处",
]
"#;

fn triage(added: &str) -> (tempfile::TempDir, Triage) {
    let folder = tempfile::tempdir().unwrap();
    for file in fs::read_dir("data").unwrap().map(Result::unwrap).filter(|file| file.path().is_file()) {
        fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
    }
    let catalogue = folder.path().join("taxonomy.toml");
    fs::write(&catalogue, fs::read_to_string(&catalogue).unwrap() + added).unwrap();
    let triage = Triage::load(folder.path(), Path::new("models/default")).unwrap();
    (folder, triage)
}

fn first(triage: &Triage, text: &str) -> String {
    let complaint = Complaint::of(ComplaintText::parse(text).unwrap());
    let said = triage.suggest(&[complaint], Wanted { explain: false, ..Wanted::default() }).remove(0).unwrap();
    said.categories[0].code.clone()
}

#[test]
fn a_new_category_is_heard_and_the_others_are_not_drowned() {
    let (_data, triage) = triage(ADDED);
    for text in [
        "邻居家小伙子每天晚上在我们楼前飞那个四个翅膀的遥控飞机，声音很大，镜头对着我家卧室，请处理",
        "东湖公园上空老有人放无人机，飞得特别低，怕掉下来伤人",
    ] {
        assert_eq!(first(&triage, text), "0313", "{text}");
    }
    let (_plain, before) = self::triage("");
    for text in [
        "楼下烧烤店油烟太大，呛得窗户都不敢开",
        "小区电梯坏了半个月没人修，老人下不了楼",
        "工地半夜两点还在打桩，吵得睡不着",
        "公司拖欠我三个月工资不给",
    ] {
        assert_eq!(first(&triage, text), first(&before, text), "{text}");
    }
}

/// The challenger and the contenders of a gate hear what the service hears.
#[test]
fn a_model_in_its_own_shadow_hears_the_new_category_too() {
    let (data, triage) = triage(ADDED);
    let now = chrono::DateTime::parse_from_rfc3339("2026-11-23T08:12:00+08:00").unwrap();
    let shadow = Shadow::start(data.path(), Path::new("models/default"), now).unwrap();
    let triage = triage.beside(shadow);
    assert_eq!(first(&triage, "东湖公园上空老有人放无人机，飞得特别低，怕掉下来伤人"), "0313");
    for _ in 0..6000 {
        if triage.shadow().unwrap().tally().compared == 1 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let tally = triage.shadow().unwrap().tally();
    assert_eq!((tally.compared, tally.category), (1, 1), "{tally:?}");
}
