//! What is happening now must never be missed; what is past, feared, drilled or a figure of speech is not handed over.

use guikou::case::{Decision, Level, Prediction, Voice};

use super::{leads, routed, scored, sure};

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
        ("好像着火了，楼道里全是烟", "E119"),
        ("楼上可能着火了，烟好大", "E119"),
        ("别墅着火了，里面有人", "E119"),
        ("去年就反映过没人管，楼上着火了", "E119"),
        ("反映了几次都没人来，楼道着火了", "E119"),
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
        ("老人晕倒了，快送医院", "E120"),
        ("手术后大出血，人快不行了", "E120"),
        ("我爹喝了半瓶农药", "E110"),
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
        ("我男人触电了，手还在抖", "E120"),
        ("挖沟塌方了，两个人埋在底下", "E119"),
        ("孩子丢了，刚才还在菜市场里头", "E110"),
        ("罐车翻了，氯气漏出来，好几个人在咳", "E119"),
        ("一个男的拿着刀追着人砍", "E110"),
        ("屋里煤气味重，老伴说头晕想吐", "E119"),
        ("宝宝吃花生卡到了，脸憋得发紫", "E120"),
        ("出车祸了，人被卷到轮子底下", "E122"),
        ("翻车了，滚到坎子底下，还有人没出来", "E122"),
        ("楼道里全是烟，找火了，我们下不去", "E119"),
        ("师傅下井半天没声，叫他也不应", "E119"),
        ("药我都倒好了，就是想跟你们说声再见", "E110"),
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
        "楼道堆杂物，怕着火了跑不出去",
        "这种线可能会起火",
        "去年夏天，楼下电动车起火，至今没有赔偿",
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
        "教孩子们着火了怎么弯腰跑，请学校多办几次",
        "救命的药涨价了，医保能不能报",
        "作业太多，孩子哭得喘不上气",
        "我的车被困在地库三天了，道闸抬不起来",
        "他拎着斧头出来卖，说是祖传的手艺",
        "卖肉的拿着刀跟人讲价，短斤少两",
        "配电间昨天冒烟，现在还没修好",
        "楼下剧本杀店半夜喊杀人了救命，睡不着",
        "我家狗丢了，三岁，刚才还在楼下",
        "出了车祸，保险公司拖着不赔，要我重新做伤残鉴定",
    ];
    for words in cases {
        let routing = routed(words, &sure("0901", &[]), None, &[]);
        assert_ne!(routing.decision, Decision::TransferEmergency, "{words}: {}", routing.decision_reason);
    }
}

/// Probability of the category 紧急事项转接, of the urgency 特急 → decision.
#[test]
fn the_model_hands_over_when_category_and_urgency_together_are_sure() {
    let told = |words: &str, category: f32, urgency: f32| {
        let categories = scored(&[("9903", category), ("0704", 1.0 - category)]);
        let (urgency, units) = (scored(&[("critical", urgency)]), scored(&[("E120", 0.1), ("CGJ", 0.9)]));
        let prediction = Prediction { categories, urgency, units, voice: Voice::Encoder, ..Prediction::default() };
        let routing = routed(words, &prediction, None, &[]);
        (routing.decision == Decision::TransferEmergency).then(|| leads(&routing)[0].to_string())
    };
    let unnamed = "他一头栽到那边，你们看着办";
    assert_eq!(told(unnamed, 0.2, 0.25).as_deref(), Some("E120"));
    assert_eq!(told(unnamed, 0.2, 0.15), None);
    // Words of an emergency that are excused speak against it.
    let past = "去年楼下着火，墙还没修";
    assert_eq!(told(past, 0.2, 0.4), None);
    assert_eq!(told(past, 0.6, 0.0).as_deref(), Some("E119"));
}

#[test]
fn in_a_long_letter_an_emergency_must_be_told_as_happening_now() {
    let filler = "我们小区的物业公司管理混乱，收费不公开，业主多次反映没有结果。".repeat(10);
    let told = |last: &str| routed(&format!("{filler}{last}"), &sure("0201", &[]), None, &[]).decision;
    assert_ne!(told("楼道里起火了，物业的灭火器都是空的。"), Decision::TransferEmergency);
    assert_eq!(told("现在楼道里起火了，物业的灭火器都是空的。"), Decision::TransferEmergency);
}
