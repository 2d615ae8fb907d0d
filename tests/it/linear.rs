//! The linear yardstick learns, says the same each time, and survives being written down.

use std::collections::BTreeMap;

use guikou::case::Head;
use guikou::error::Kind;
use guikou::model::linear::{FILE, Linear, Options, Targets};

/// Text, category (噪声 0, 供水 1, 欠薪 2), petition type (投诉 0, 咨询 1; the last two have none).
const EXAMPLES: [(&str, usize, Option<usize>); 15] = [
    ("工地半夜还在打桩,吵得睡不着", 0, Some(0)),
    ("楼下歌厅音响太吵,凌晨也不停", 0, Some(0)),
    ("请问夜间施工要不要办证明", 0, Some(1)),
    ("广场舞喇叭声音大,老人受不了", 0, Some(0)),
    ("夜间噪声扰民打哪个电话咨询", 0, Some(1)),
    ("小区停水两天了,没人通知", 1, Some(0)),
    ("自来水发黄有怪味,不敢喝", 1, Some(0)),
    ("请问水费阶梯价怎么算的", 1, Some(1)),
    ("水压太低,五楼放不出水", 1, Some(0)),
    ("想咨询水表过户要带什么材料", 1, Some(1)),
    ("老板拖欠三个月工资不给", 2, Some(0)),
    ("工程完工了,农民工工资还没结", 2, Some(0)),
    ("请问讨薪应该先找哪个部门", 2, Some(1)),
    ("厂里欠薪,说没钱发工资", 2, None),
    ("离职了工资一直不结清", 2, None),
];

fn trained(options: &Options) -> Linear {
    let texts = EXAMPLES.map(|(text, _, _)| text);
    let heads = BTreeMap::from([
        (Head::Category, Targets { labels: 3, of: EXAMPLES.map(|(_, category, _)| Some(category)).to_vec() }),
        (Head::Petition, Targets { labels: 2, of: EXAMPLES.map(|(_, _, petition)| petition).to_vec() }),
    ]);
    Linear::train(&texts, &heads, options, &|_, _| ())
}

fn first(linear: &Linear, head: Head, text: &str) -> usize {
    let margins = &linear.predict(&[text])[&head][0];
    (0..margins.len()).max_by(|a, b| margins[*a].total_cmp(&margins[*b])).expect("a head has labels")
}

#[test]
fn it_knows_new_sentences_about_old_matters() {
    let options = [Options::default(), Options { balance: true, least_texts: 1, ..Options::default() }];
    for linear in options.iter().map(trained) {
        let asked = [("半夜施工噪声太吵", 0), ("家里停水了没有水", 1), ("拖欠工资三个月", 2)];
        for (text, category) in asked {
            assert_eq!(first(&linear, Head::Category, text), category, "{text}");
        }
        assert_eq!(first(&linear, Head::Petition, "请问怎么咨询"), 1);
        assert_eq!(linear.labels(), BTreeMap::from([(Head::Category, 3), (Head::Petition, 2)]));
    }
}

#[test]
fn the_same_seed_gives_the_same_model_on_one_thread_or_many() {
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads start");
    let alone = pool(1).install(|| trained(&Options::default()));
    let crowd = pool(4).install(|| trained(&Options::default()));
    assert!(alone == crowd);
}

#[test]
fn it_says_the_same_after_being_written_and_read() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let linear = trained(&Options { keep: 1.0, ..Options::default() });
    linear.save(folder.path()).expect("it can be written");
    let again = Linear::load(folder.path()).expect("it can be read");
    let texts = EXAMPLES.map(|(text, _, _)| text);
    assert_eq!(linear.predict(&texts), again.predict(&texts));
    assert_eq!(linear.labels(), again.labels());
}

#[test]
fn cutting_weak_weights_makes_the_file_smaller_and_keeps_the_answers() {
    let size = |keep| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let linear = trained(&Options { keep, ..Options::default() });
        linear.save(folder.path()).expect("it can be written");
        let right = EXAMPLES.iter().filter(|(text, category, _)| first(&linear, Head::Category, text) == *category);
        assert_eq!(right.count(), EXAMPLES.len());
        std::fs::metadata(folder.path().join(FILE)).expect("it was written").len()
    };
    assert!(size(0.9) < size(1.0));
}

#[test]
fn a_missing_or_damaged_file_is_refused_by_name() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let refused = |what: &str| {
        let error = Linear::load(folder.path()).expect_err(what);
        assert_eq!(error.kind, Kind::Setup, "{what}");
        assert!(error.saying.zh.contains(FILE) && error.saying.en.contains(FILE), "{what}: {error}");
    };
    refused("missing");
    trained(&Options::default()).save(folder.path()).expect("it can be written");
    let path = folder.path().join(FILE);
    let whole = std::fs::read(&path).expect("it was written");
    for (what, bytes) in [
        ("empty", Vec::new()),
        ("cut short", whole[..whole.len() - 9].to_vec()),
        ("not safetensors", b"{}".repeat(40)),
        ("another format", other_format(&whole)),
    ] {
        std::fs::write(&path, bytes).expect("it can be overwritten");
        refused(what);
    }
}

fn other_format(whole: &[u8]) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    let at = bytes.windows(15).position(|window| window == b"guikou-linear-1").expect("the format is named");
    bytes[at + 14] = b'9';
    bytes
}

#[test]
fn a_text_without_known_characters_still_gets_an_answer() {
    let margins = &trained(&Options::default()).predict(&["", "xyz"])[&Head::Category];
    assert_eq!(margins[0], margins[1]);
    assert!(margins[0].iter().all(|margin| margin.is_finite()));
}
