//! Who answers: emergencies, rules, the model's voice, jurisdiction, and what is never done without a person.

mod emergency;

use std::path::Path;
use std::sync::LazyLock;

use chrono::NaiveDate;
use guikou::case::{
    Decision, Level, Location, LocationSource, Place, PlaceKind, Prediction, Reason, Routing, Scored, Segmented, Span,
    Voice,
};
use guikou::routing::{Evidence, Thresholds, decide, hear_keywords, keyword_prediction};
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
        community: None,
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

/// Routed from a lower threshold on.
fn routed_at(auto: f32, words: &str, prediction: &Prediction, location: &Location) -> Routing {
    let text = text(words);
    let evidence = Evidence { text: &text, prediction, location: Some(location), stated_flags: &[], on: None };
    decide(&evidence, &TAXONOMY, &Thresholds { auto, ..Thresholds::default() })
}

fn leads(routing: &Routing) -> Vec<&str> {
    routing.assignment.iter().map(|assignment| assignment.lead.code.as_str()).collect()
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

#[test]
fn keywords_are_a_quiet_voice_beside_the_model() {
    let model = Prediction {
        categories: scored(&[("0706", 0.5), ("0704", 0.5)]),
        petition: scored(&[("complaint", 1.0)]),
        voice: Voice::Encoder,
        ..Prediction::default()
    };
    let words = text("楼下餐馆油烟太大，烟道对着窗户");
    let heard = hear_keywords(&model, &words, &TAXONOMY, 0.1);
    let mass = |list: &[Scored], code: &str| {
        list.iter().filter(|s| s.code.starts_with(code)).map(|s| s.probability).sum::<f32>()
    };
    assert!(mass(&heard.categories, "0706") > 0.5 && mass(&heard.categories, "0704") < 0.5);
    assert!((mass(&heard.categories, "") - 1.0).abs() < 1e-4);
    for domain in &heard.domains {
        assert!((domain.probability - mass(&heard.categories, &domain.code)).abs() < 1e-5, "{}", domain.code);
    }
    assert_eq!((&heard.petition, heard.voice), (&model.petition, Voice::Encoder));
    let alone = hear_keywords(&Prediction::default(), &words, &TAXONOMY, 0.1);
    assert_eq!(alone, keyword_prediction(&words, &TAXONOMY));
}

// ── the decision ────────────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn the_probability_of_the_unit_decides_between_dispatch_suggestion_and_a_person() {
    let here = at("樊城区", "420606");
    let told = |p: f32, auto: f32, suggest: f32| {
        let categories = scored(&[("0706", p), ("1006", 1.0 - p)]);
        let prediction = Prediction { categories, voice: Voice::Encoder, ..Prediction::default() };
        let text = text("楼下烧烤店油烟大");
        let evidence =
            Evidence { text: &text, prediction: &prediction, location: Some(&here), stated_flags: &[], on: None };
        let routing = decide(&evidence, &TAXONOMY, &Thresholds { auto, suggest, ..Thresholds::default() });
        (routing.decision, routing.decision_reason)
    };
    for (p, auto, suggest, decision, number) in [
        (0.99, 0.90, 0.3, Decision::Auto, "0.90"),
        (0.60, 0.90, 0.3, Decision::Suggest, "0.90"),
        (0.60, 0.50, 0.3, Decision::Auto, "0.50"),
        (0.60, 0.90, 0.8, Decision::Manual, "0.80"),
    ] {
        let (decided, reason) = told(p, auto, suggest);
        assert_eq!(decided, decision, "{reason}");
        assert!(reason.contains(number) && reason.contains("城市管理执法局"), "{reason}");
    }
}

#[test]
fn thresholds_not_written_down_have_their_defaults_and_misspelt_ones_are_refused() {
    let read = |json: &str| serde_json::from_str::<Thresholds>(json);
    assert_eq!(read("{}").unwrap(), Thresholds::default());
    assert_eq!(read(r#"{"auto":0.95}"#).unwrap(), Thresholds { auto: 0.95, ..Thresholds::default() });
    assert!(read(r#"{"atuo":0.95}"#).is_err());
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
    // A bureau finds its branch wherever the citizen says it is; a street office must be told the district.
    let elsewhere = Location { district: None, area_code: None, ..at("樊城区", "420606") };
    let named = Location { place: Some("麓山小区".into()), ..elsewhere };
    let there = routed_at(0.7, oily, &plain(), &named);
    assert_eq!(there.decision, Decision::Auto, "{}", there.decision_reason);
    assert!(there.decision_reason.contains("转办"), "{}", there.decision_reason);
    let street = routed_at(0.7, "保安从来不巡逻", &sure("0201", &[("JD", 0.99)]), &named);
    assert!(street.decision_reason.contains("事发地不明"), "{}", street.decision_reason);
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

/// With no rule's words and less than even: not sent to the unit that would only name the channel, however sure of it.
#[test]
fn what_likeliest_belongs_to_another_channel_is_never_sent_by_itself() {
    let with = |likeliest: &str, next: &str| {
        let categories = scored(&[(likeliest, 0.45), (next, 0.35), ("0609", 0.2)]);
        let units = scored(&[("SFJ", 1.0)]);
        let prediction = Prediction { categories, units, voice: Voice::Encoder, ..Prediction::default() };
        let text = "赢是赢了，钱三年拿不到，该去敲哪个门";
        let routing = routed_at(0.5, text, &prediction, &at("樊城区", "420606"));
        (routing.decision, leads(&routing)[0].to_owned())
    };
    assert_eq!(with("1806", "1805"), (Decision::Manual, "SFJ".to_owned()));
    assert_eq!(with("1805", "1806").0, Decision::Auto, "a matter of its own is");
}

#[test]
fn a_firm_rule_decides_without_the_model() {
    let cases = [
        ("外公家在南阳，路灯坏了，请襄阳派人去修", Decision::Redirect, "XZSP"),
        ("请市长改一改这个判法", Decision::Redirect, "SFJ"),
        ("请把材料转给纪检部门", Decision::Redirect, "JWJW"),
        ("哦打错了，我找我姑", Decision::Manual, "XZSP"),
        ("名字打错了，找谁改证", Decision::Auto, "SZZX"),
    ];
    for (words, decision, unit) in cases {
        let routing = routed(words, &sure("0403", &[]), None, &[]);
        assert_eq!((routing.decision, leads(&routing)[0]), (decision, unit), "{words}: {}", routing.decision_reason);
    }
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

#[test]
fn what_stands_in_place_of_personal_data_is_no_keyword() {
    let heard = |told: &str| keyword_prediction(&text(told), &TAXONOMY).categories;
    let plain = heard("楼道的灯坏了，请回复");
    assert!(plain.len() > 1, "the words of the complaint itself still speak");
    for mask in ["[手机号]", "[身份证]", "[银行卡]", "[微信]", "[车牌]"] {
        assert_eq!(heard(&format!("楼道的灯坏了，请回复{mask}")), plain, "{mask}");
    }
    assert_ne!(heard("楼道的灯坏了，请回复手机号"), plain, "the bare word does speak");
}
