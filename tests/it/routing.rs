//! Who answers: emergencies, rules, the model's voice, jurisdiction, and what is never done without a person.

use std::path::Path;
use std::sync::LazyLock;

use chrono::NaiveDate;
use guikou::case::{
    Decision, Level, Location, LocationSource, Place, PlaceKind, Prediction, Reason, Routing, Scored, Segmented, Span,
    Voice,
};
use guikou::routing::{Evidence, Thresholds, decide, keyword_prediction};
use guikou::taxonomy::Taxonomy;
use proptest::prelude::*;

static TAXONOMY: LazyLock<Taxonomy> =
    LazyLock::new(|| Taxonomy::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data")).unwrap());

fn text(text: &str) -> Segmented {
    Segmented { text: text.to_string(), ..Segmented::default() }
}

fn scored(list: &[(&str, f32)]) -> Vec<Scored> {
    list.iter().map(|(code, probability)| Scored { code: code.to_string(), probability: *probability }).collect()
}

/// What a model says that is sure of the category and of the units given.
fn sure(category: &str, units: &[(&str, f32)]) -> Prediction {
    let categories = scored(&[(category, 0.97), ("9904", 0.03)]);
    Prediction { categories, units: scored(units), voice: Voice::Encoder, ..Prediction::default() }
}

fn at(district: &str, code: &str) -> Location {
    Location {
        district: Some(district.to_string()),
        area_code: Some(code.to_string()),
        street: None,
        place: None,
        source: LocationSource::Text,
        start: None,
        end: None,
    }
}

fn routed(words: &str, prediction: &Prediction, location: Option<&Location>, stated: &[&str]) -> Routing {
    let stated = stated.iter().map(|flag| flag.to_string()).collect::<Vec<_>>();
    let text = text(words);
    let evidence = Evidence { text: &text, prediction, location, stated_flags: &stated, on: None };
    decide(&evidence, &TAXONOMY, &Thresholds::default())
}

fn leads(routing: &Routing) -> Vec<&str> {
    routing.assignment.iter().map(|assignment| assignment.lead.code.as_str()).collect()
}

// ── emergencies ─────────────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn what_is_happening_now_is_handed_over_at_once() {
    let cases = [
        ("七栋着火了！十几楼往外冒黑烟，上面有人在喊", "E119"),
        ("我家厨房着火了打119没人接", "E119"),
        ("去年就反映消防通道被堵，现在楼上着火了消防车进不来", "E119"),
        ("楼下饭店的排风管道烧着了，快来", "E119"),
        ("楼道里电瓶车充电冒烟了，我们被堵在五楼", "E119"),
        ("加油站旁边有人把煤气罐点着了，火苗蹿得老高", "E119"),
        ("隔壁突然一声巨响，玻璃全碎了，爆炸了", "E119"),
        ("担心的事还是发生了，楼上起火了，快来人", "E119"),
        ("是不是着火了，楼上飘下来好多烟", "E119"),
        ("氨气泄漏，车间里的人都往外跑", "E119"),
        ("一家三口煤气中毒，喊不醒，门反锁", "E119"),
        ("电梯里被困四个人，二十多分钟了没人管", "E119"),
        ("有个孩子掉进井里了，我听得到哭声", "E119"),
        ("河边有人落水，快叫人来", "E119"),
        ("房子塌下来压住人了", "E119"),
        ("水漫到窗台了，父亲瘫痪抬不动，水还在涨", "E119"),
        ("我爸突然倒在地上，叫不醒，嘴角歪了", "E120"),
        ("老人在公厕里晕倒了，门打不开", "E120"),
        ("孕妇大出血，救护车还要多久", "E120"),
        ("孩子抽搐翻白眼，快", "E120"),
        ("他不是喝醉，是没有呼吸了", "E120"),
        ("有人持刀抢劫，往北边跑了", "E110"),
        ("救命，前夫堵门要打我", "E110"),
        ("有人在撬我家防盗门，快派警察", "E110"),
        ("我女儿吃了半瓶安眠药，门锁着", "E110"),
        ("他坐在楼顶说要跳楼，下面围了好多人", "E110"),
        ("我真的不想活了", "E110"),
        ("我站在桥上，不想再还债了", "E110"),
        ("桌上有遗书，我妈电话关机了", "E110"),
        ("刚刚发生车祸，有人躺在地上不动了", "E122"),
        ("校车刚翻到沟里了，司机头上都是血", "E122"),
        ("高速上追尾了，有人流血，速来", "E122"),
    ];
    for (words, unit) in cases {
        let routing = routed(words, &sure("0704", &[("CGJ", 0.99)]), None, &[]);
        assert_eq!(routing.decision, Decision::TransferEmergency, "{words}: {}", routing.decision_reason);
        assert_eq!(leads(&routing)[0], unit, "{words}");
        assert_eq!(routing.assignment[0].level, Level::Transfer);
    }
}

#[test]
fn what_is_past_feared_drilled_or_a_figure_of_speech_is_not_handed_over() {
    let cases = [
        "去年我们楼着火，到现在墙还没修",
        "上周家里着火后，物业一直不来清理",
        "3月5日小区失火，至今没有认定原因",
        "打119没人接，消防热线该整改了",
        "楼道堆满杂物，一旦着火后果不堪设想",
        "飞线充电容易起火，请查处",
        "万一发生火灾消防车都进不来",
        "小区存在火灾隐患",
        "害怕哪天会着火",
        "燃气灶打不着火，保修期内不给修",
        "请问着火怎么办，小区搞不搞消防演练",
        "社区组织消防演练，模拟楼上着火，声音太大",
        "差点着火，幸亏发现得早",
        "楼上没有着火，是做饭的烟",
        "天气热死了，公交车不开空调",
        "办个证跑五趟，气得想死的心都有",
        "商场天天喊跳楼价，喇叭吵得要死",
        "游乐园的跳楼机没有年检标志",
        "街上有人炸街，吵得睡不着",
        "烟囱冒黑烟，天天这样",
        "我被老师的作业困扰，孩子睡得很晚",
        "疫情期间资金被困，贷款还不上",
        "以前有人在这个路口出过车祸，建议装红绿灯",
        "这个路口经常发生车祸，现在都没人管",
        "父亲上个月在工地晕倒，工伤认定下不来",
        "表扬公交司机，乘客晕倒他直接开到医院",
        "前年有工友跳楼，公司还是不发工资",
        "有学生溺水的事故以后，水库边还是没有护栏",
        "救命钱被骗走了，派出所不立案",
        "被物业绑架的业主们要换物业",
        "这台电梯去年困人六次，每次都是消防员撬开",
        "电影里爆炸的声音太大，影院隔音差",
    ];
    for words in cases {
        let routing = routed(words, &sure("0901", &[]), None, &[]);
        assert_ne!(routing.decision, Decision::TransferEmergency, "{words}: {}", routing.decision_reason);
    }
}

#[test]
fn in_a_long_letter_an_emergency_must_be_told_as_happening_now() {
    let filler = "我们小区的物业公司管理混乱，收费不公开，业主多次反映没有结果。".repeat(10);
    let told = |last: &str| routed(&format!("{filler}{last}"), &sure("0201", &[]), None, &[]).decision;
    assert_ne!(told("楼道里起火了，物业的灭火器都是空的。"), Decision::TransferEmergency);
    assert_eq!(told("现在楼道里起火了，物业的灭火器都是空的。"), Decision::TransferEmergency);
}

proptest! {
    #[test]
    fn an_emergency_beats_any_prediction(category in 0..150usize, unit in 0..61usize, p in 0.0f32..1.0) {
        let prediction = Prediction {
            categories: scored(&[(&TAXONOMY.categories[category].code, p)]),
            units: scored(&[(&TAXONOMY.departments[unit].code, 1.0 - p)]),
            petition: scored(&[("praise", p)]),
            voice: Voice::Encoder,
            ..Prediction::default()
        };
        let routing = routed("快来，楼上着火了，有人被困", &prediction, None, &[]);
        prop_assert_eq!(routing.decision, Decision::TransferEmergency);
        prop_assert_eq!(leads(&routing)[0], "E119");
    }

    #[test]
    fn no_unit_outside_the_taxonomy_is_named_and_the_order_of_lists_does_not_matter(
        picks in prop::collection::vec((0..160usize, 0..70usize, 0.0f32..1.0), 0..9),
        words in "[油烟工地小区路灯狗欠薪停水城管举报，。]{0,24}",
    ) {
        let code = |list: Vec<&String>, at: usize| list.get(at).map_or(format!("X{at}"), |code| code.to_string());
        let categories = TAXONOMY.categories.iter().map(|c| &c.code).collect::<Vec<_>>();
        let units = TAXONOMY.departments.iter().map(|unit| &unit.code).collect::<Vec<_>>();
        let category = |(c, _, p): &(usize, usize, f32)| Scored { code: code(categories.clone(), *c), probability: *p };
        let unit = |(_, u, p): &(usize, usize, f32)| Scored { code: code(units.clone(), *u), probability: *p };
        let prediction = |picks: &[(usize, usize, f32)]| Prediction {
            categories: picks.iter().map(category).collect(),
            units: picks.iter().map(unit).collect(),
            voice: Voice::Linear,
            ..Prediction::default()
        };
        let routing = routed(&words, &prediction(&picks), None, &[]);
        prop_assert!(!routing.assignment.is_empty());
        for assignment in &routing.assignment {
            prop_assert!((0.0..=1.001).contains(&assignment.probability));
            prop_assert!(!assignment.reasons.is_empty());
            for unit in assignment.co.iter().chain([&assignment.lead]) {
                prop_assert!(TAXONOMY.department(&unit.code).is_some());
            }
        }
        let turned = picks.iter().rev().copied().collect::<Vec<_>>();
        let other = routed(&words, &prediction(&turned), None, &[]);
        prop_assert_eq!(leads(&routing), leads(&other));
    }
}

// ── rules, categories and the model ─────────────────────────────────────────────────────────────────────────────

/// Category × words → the unit that leads, and the rule that says so (or none).
#[test]
fn words_decide_between_units_of_one_category() {
    let cases = [
        ("0702", "长虹路北段工地每天凌晨两点还在打桩", "CGJ", Some("R102")),
        ("0702", "地铁站夜里一直在吊渣，睡不着", "ZJJ", Some("R103")),
        ("0703", "楼上装修，早上七点就开电锤", "JD", Some("R107")),
        ("0703", "广场舞音响太大", "GAJ", Some("R104")),
        ("0704", "楼下超市的冷却塔一夜嗡嗡响", "STHJ", Some("R106")),
        ("0704", "服装店门口的喇叭从早喊到晚", "CGJ", Some("R105")),
        ("0704", "小区水泵房一启动整栋楼都在抖", "JD", Some("R109")),
        ("0705", "一群改装摩托半夜炸街", "JJZD", Some("R108")),
        ("0705", "高架上车流声太大，想装声屏障", "JTJ", None),
        ("0706", "楼下烧烤店油烟直接排到窗户", "CGJ", Some("R111")),
        ("0706", "公共烟道倒灌，别人炒菜我家全是味", "JD", Some("R112")),
        ("0708", "拆迁工地不洒水，全是灰", "QX", Some("R117")),
        ("0708", "搅拌站粉尘满天飞", "STHJ", Some("R118")),
        ("0711", "邻居在院子里养了几十只鸡，鸡粪堆到我窗下", "JD", Some("R163")),
        ("0602", "高铁晚点不给退票", "TLJC", Some("R178")),
        ("0602", "地铁三号线早高峰太挤", "DTGS", None),
        ("0407", "盲道修到一棵树跟前就断了", "SZZX", Some("R170")),
        ("0309", "一群流浪狗追电动车", "CGJ", Some("R194")),
        ("0309", "邻居养的大狗半夜狗叫不停", "GAJ", Some("R195")),
        ("0402", "井盖上写着燃气，缝里有股味", "RQGS", Some("R167")),
        ("0406", "高压线垂到屋顶", "GDGS", Some("R169")),
        ("0505", "家里有线电视全是花屏", "GDWL", Some("R176")),
        ("1001", "小卖部卖的香烟是假烟", "YCJ", Some("R201")),
        ("1003", "健身房关门了，年卡退不了", "TYJ", Some("R181")),
        ("1003", "理发店办的会员卡，店关了", "SCJG", Some("R183")),
        ("1102", "包工头拖欠我们工资，工地在东津", "RSJ", Some("R131")),
        ("1102", "总包欠我供货的材料款三十万", "ZJJ", Some("R134")),
        ("1109", "会计网信息采集一直待审核", "CZJ", Some("R139")),
        ("1109", "护士资格证名字打错了找谁改", "WJW", Some("R140")),
        ("1109", "选调生的政审什么时候开始", "ZZB", Some("R138")),
        ("1109", "事业单位考试笔试成绩有疑问", "RSJ", Some("R198")),
        ("1209", "生育津贴打到公司，公司不给我", "YBJ", Some("R137")),
        ("1209", "托育机构没有备案", "WJW", None),
        ("1206", "居民医保在网上重复扣了两次", "SWJ", Some("R136")),
        ("1707", "政府采购质疑十五天没有答复", "CZJ", Some("R209")),
        ("1403", "残疾人护理补贴三个月没发", "MZJ", Some("R215")),
        ("9903", "火很大，快来", "E119", Some("R001")),
    ];
    for (category, words, unit, rule) in cases {
        let routing = routed(words, &sure(category, &[]), None, &[]);
        assert_eq!(leads(&routing)[0], unit, "{words}");
        let said = routing.assignment[0].reasons.iter().find_map(|reason| match reason {
            Reason::Rule { id, .. } => Some(id.as_str()),
            _ => None,
        });
        assert_eq!(said, rule, "{words}");
        assert!(routing.assignment.len() >= 2 || TAXONOMY.category(category).unwrap().co.is_empty(), "{words}");
    }
}

#[test]
fn several_categories_speak_with_their_mass_and_not_only_the_first() {
    let categories = scored(&[("1801", 0.36), ("0702", 0.33), ("0102", 0.0), ("0708", 0.01), ("0704", 0.30)]);
    let prediction = Prediction { categories, voice: Voice::Encoder, ..Prediction::default() };
    let routing = routed("工地半夜打桩，商铺喇叭也响", &prediction, None, &[]);
    assert_eq!(leads(&routing)[0], "CGJ", "{:?}", leads(&routing));
    assert!(leads(&routing).len() >= 3);
}

#[test]
fn a_rule_vetoes_the_model_and_the_case_goes_to_a_person() {
    let place = at("樊城区", "420606");
    let routing = routed("一群改装摩托半夜炸街", &sure("0705", &[("JTJ", 0.99)]), Some(&place), &[]);
    assert_eq!(leads(&routing)[0], "JJZD");
    assert_ne!(routing.decision, Decision::Auto);
}

#[test]
fn where_the_kind_of_place_decides_it_is_read_from_the_text() {
    let words = "丽岛花园院内路灯不亮";
    let place = Place {
        text: "丽岛花园".into(),
        kind: PlaceKind::Estate,
        span: Span { start: 0, end: 4 },
        name: None,
        area_code: None,
        district: None,
        street: None,
        listed: false,
    };
    let text = Segmented { places: vec![place], ..text(words) };
    let prediction = sure("0403", &[]);
    let evidence = Evidence { text: &text, prediction: &prediction, location: None, stated_flags: &[], on: None };
    assert_eq!(leads(&decide(&evidence, &TAXONOMY, &Thresholds::default()))[0], "JD");
}

#[test]
fn without_a_model_keywords_and_rules_still_name_units_but_never_dispatch() {
    let cases = [
        ("樊城区小区楼下烧烤店油烟大，排烟管对着窗户", "CGJ"),
        ("老板拖欠工资三个月，我们几个工友要不到钱", "RSJ"),
        ("小区停水两天了，供水公司电话打不通", "GSGS"),
        ("路灯不亮，晚上一片黑", "SZZX"),
        ("公积金提取材料交了一个月没到账", "GJJ"),
    ];
    for (words, unit) in cases {
        let prediction = keyword_prediction(&text(words), &TAXONOMY);
        assert_eq!(prediction.voice, Voice::None);
        let whole = prediction.categories.iter().map(|scored| scored.probability).sum::<f32>();
        assert!((whole - 1.0).abs() < 1e-3);
        let routing = routed(words, &prediction, Some(&at("樊城区", "420606")), &[]);
        assert_eq!(leads(&routing)[0], unit, "{words}");
        assert!(matches!(routing.decision, Decision::Suggest | Decision::Manual), "{words}");
    }
    let nothing = routed("嗯嗯啊啊", &Prediction::default(), None, &[]);
    assert_eq!((nothing.decision, leads(&nothing)[0]), (Decision::Manual, "XZSP"));
}

// ── the decision ────────────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn a_sure_case_in_a_known_place_is_dispatched() {
    let routing = routed("楼下烧烤店油烟大", &sure("0706", &[("CGJ", 0.99)]), Some(&at("樊城区", "420606")), &[]);
    assert_eq!(routing.decision, Decision::Suggest, "co-units keep their share: {}", routing.decision_reason);
    let thresholds = Thresholds { auto: 0.8, ..Thresholds::default() };
    let (text, prediction, place) = (text("楼下烧烤店油烟大"), sure("0706", &[("CGJ", 0.99)]), at("樊城区", "420606"));
    let evidence =
        Evidence { text: &text, prediction: &prediction, location: Some(&place), stated_flags: &[], on: None };
    let routing = decide(&evidence, &TAXONOMY, &thresholds);
    assert_eq!(routing.decision, Decision::Auto, "{}", routing.decision_reason);
    assert!(routing.decision_reason.contains("0.80"), "{}", routing.decision_reason);
}

/// What keeps a sure case from being dispatched, and how the reason names it.
#[test]
fn some_cases_are_never_dispatched_without_a_person() {
    let here = at("樊城区", "420606");
    let petition = |code: &str| Prediction { petition: scored(&[(code, 0.9)]), ..sure("0706", &[("CGJ", 0.99)]) };
    let plain = || sure("0706", &[("CGJ", 0.99)]);
    let oily = "楼下烧烤店油烟大";
    let cases = [
        (oily.to_string(), petition("report"), Some(&here), vec![], "保护反映人"),
        (oily.to_string(), plain(), Some(&here), vec!["info_protect"], "保护反映人"),
        (oily.to_string(), Prediction { protect: 0.9, ..plain() }, Some(&here), vec![], "保护反映人"),
        (format!("{oily}，请替我保密"), plain(), Some(&here), vec![], "举报人保护"),
        (format!("{oily}，几十户准备集体上访"), plain(), Some(&here), vec![], "群体"),
        (format!("{oily}，再不管我就跟他同归于尽"), plain(), Some(&here), vec![], "扬言"),
        (format!("{oily}，油桶漏电"), plain(), Some(&here), vec![], "生命安全"),
        (oily.to_string(), plain(), None, vec![], "事发地不明"),
        (oily.to_string(), sure("0706", &[("SCJG", 0.99)]), Some(&here), vec![], "意见不一"),
        (format!("{oily}，听说老板给科长行贿"), plain(), Some(&here), vec![], "R005"),
        (oily.to_string(), Prediction { voice: Voice::None, ..plain() }, Some(&here), vec![], "没有模型"),
    ];
    let thresholds = Thresholds { auto: 0.7, ..Thresholds::default() };
    for (words, prediction, location, stated, why) in cases {
        let stated = stated.into_iter().map(String::from).collect::<Vec<_>>();
        let text = text(&words);
        let evidence = Evidence { text: &text, prediction: &prediction, location, stated_flags: &stated, on: None };
        let routing = decide(&evidence, &TAXONOMY, &thresholds);
        assert_eq!(routing.decision, Decision::Suggest, "{words}: {}", routing.decision_reason);
        assert!(routing.decision_reason.contains(why), "{words}: {}", routing.decision_reason);
    }
    let invalid = Prediction { petition: scored(&[("invalid", 0.9)]), ..sure("9901", &[]) };
    assert_eq!(routed("喂喂打错了", &invalid, None, &[]).decision, Decision::Manual);
}

#[test]
fn a_legal_channel_is_proposed_only_where_the_model_agrees() {
    let agreed = routed("举报局长受贿二十万", &sure("1807", &[]), None, &[]);
    assert_eq!((agreed.decision, leads(&agreed)[0]), (Decision::Redirect, "JWJW"));
    assert_eq!(agreed.assignment[0].level, Level::Redirect);
    let other = routed("油烟问题法院判决了也不执行", &sure("0706", &[]), None, &[]);
    assert_eq!((other.decision, leads(&other)[0]), (Decision::Suggest, "CGJ"));
    assert!(leads(&other).contains(&"SFJ"), "{:?}", leads(&other));
}

#[test]
fn the_unit_complained_of_does_not_answer_for_itself() {
    let cases = [
        ("0301", "城管打人，把我的秤都摔了", "QX", Level::District),
        ("0804", "举报派出所民警收钱不办案", "GAJ", Level::City),
        ("1405", "举报街道办弄虚作假", "QX", Level::District),
    ];
    for (category, words, unit, level) in cases {
        let first = routed(words, &sure(category, &[]), Some(&at("樊城区", "420606")), &[]).assignment.remove(0);
        assert_eq!((first.lead.code.as_str(), first.level), (unit, level), "{words}");
        assert!(first.co.iter().all(|co| co.code != TAXONOMY.category(category).unwrap().lead), "{words}");
        assert!(
            first.reasons.iter().any(|reason| matches!(reason, Reason::Rule { text, .. } if text.contains("核查")))
        );
    }
    let idle = routed("占道经营打电话给城管没人来", &sure("0301", &[]), None, &[]);
    assert_eq!(leads(&idle)[0], "CGJ");
}

#[test]
fn flags_need_the_matter_itself() {
    let flags = |words: &str| routed(words, &sure("0201", &[]), None, &[]).flags;
    assert!(flags("几十户联名反映").contains(&"collective".to_string()));
    assert!(!flags("村集体资产怎么分红").contains(&"collective".to_string()));
    assert!(flags("楼顶外墙砖砸到人").contains(&"life_safety".to_string()));
    assert!(!flags("去年有人触电，今年还没整改").contains(&"life_safety".to_string()));
    assert!(flags("这是第三次打电话了").contains(&"repeat".to_string()));
    assert_eq!(routed("油烟", &sure("0706", &[]), None, &["info_protect"]).flags, ["info_protect"]);
}

// ── place ───────────────────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn the_branch_of_the_place_acts_and_the_exceptions_are_kept() {
    let (fancheng, nanzhang) = (at("樊城区", "420606"), at("南漳县", "420624"));
    let zone = Location { area_code: None, ..at("高新区", "") };
    let street = Location { street: Some("王寨街道办事处".into()), ..fancheng.clone() };
    let cases = [
        ("0706", "楼下烧烤店油烟大", &fancheng, "樊城区城市管理执法局", Some("420606")),
        ("0703", "广场舞音响太大", &fancheng, "襄阳市公安局樊城区分局", Some("420606")),
        ("0703", "广场舞音响太大", &nanzhang, "南漳县公安局", Some("420624")),
        ("0108", "拆迁补偿没到位", &fancheng, "樊城区人民政府", Some("420606")),
        ("0108", "拆迁补偿没到位", &zone, "襄阳高新技术产业开发区管理委员会", None),
        ("0201", "物业保安不管事", &street, "王寨街道办事处", Some("420606")),
        ("0201", "物业保安不管事", &fancheng, "樊城区街道办事处（乡镇人民政府）", Some("420606")),
        ("0501", "水龙头没水", &fancheng, "供水公司", None),
        ("0110", "公积金提取太慢", &fancheng, "住房公积金中心", None),
        ("1207", "异地就医报销不了", &fancheng, "医疗保障局", None),
        ("1004", "淘宝网店不退款", &fancheng, "市场监督管理局", None),
        ("1101", "公司拖欠工资", &fancheng, "樊城区人力资源和社会保障局", Some("420606")),
    ];
    for (category, words, location, name, area) in cases {
        let first = routed(words, &sure(category, &[]), Some(location), &[]).assignment.remove(0);
        assert_eq!((first.lead.name.as_str(), first.lead.area.as_deref()), (name, area), "{words}");
    }
}

// ── questions, dates ────────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn only_what_the_text_does_not_tell_is_asked() {
    let asked = |category: &str, words: &str, place: Option<&Location>| {
        routed(words, &sure(category, &[]), place, &[]).ask.join(" ")
    };
    let here = at("樊城区", "420606");
    assert!(asked("0706", "油烟太大了", None).contains("哪个区"));
    assert!(!asked("0706", "油烟太大了", Some(&here)).contains("哪个区"));
    assert!(asked("0706", "油烟太大了", Some(&here)).contains("烟道"));
    assert!(!asked("0706", "居民楼下油烟太大了", Some(&here)).contains("烟道"));
    assert!(asked("0702", "工地太吵", Some(&here)).contains("22时"));
    assert!(!asked("0702", "工地半夜太吵", Some(&here)).contains("22时"));
    assert!(asked("1101", "老板不发工资", None).contains("用工单位"));
    assert!(asked("1207", "报销不了", Some(&here)).contains("参保"));
    assert!(asked("1004", "网购不退款", Some(&here)).contains("平台"));
    assert_eq!(asked("0402", "井盖丢了", Some(&here)).matches('？').count(), 1);
}

#[test]
fn a_rule_speaks_only_between_its_dates() {
    let folder = tempfile::tempdir().unwrap();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    for name in ["taxonomy.toml", "departments.toml", "rules.toml"] {
        std::fs::copy(data.join(name), folder.path().join(name)).unwrap();
    }
    let rules = std::fs::read_to_string(folder.path().join("rules.toml")).unwrap();
    let dated = format!(
        "{rules}\n[[rule]]\nid = \"R900\"\npriority = 940\ncategories = [\"0706\"]\nlead = \"JD\"\nlevel = \"street\"\n\
         explanation = \"赋权街道\"\neffective_from = \"2027-01-01\"\neffective_until = \"2027-12-31\"\n"
    );
    std::fs::write(folder.path().join("rules.toml"), dated).unwrap();
    let taxonomy = Taxonomy::load(folder.path()).unwrap();
    let (text, prediction) = (text("楼下烧烤店油烟大"), sure("0706", &[]));
    let lead = |day: Option<(i32, u32, u32)>| {
        let on = day.map(|(year, month, day)| NaiveDate::from_ymd_opt(year, month, day).unwrap());
        let evidence = Evidence { text: &text, prediction: &prediction, location: None, stated_flags: &[], on };
        decide(&evidence, &taxonomy, &Thresholds::default()).assignment.remove(0).lead.code
    };
    assert_eq!(lead(Some((2026, 12, 31))), "CGJ");
    assert_eq!(lead(Some((2027, 1, 1))), "JD");
    assert_eq!(lead(Some((2028, 1, 1))), "CGJ");
    assert_eq!(lead(None), "CGJ");
}
