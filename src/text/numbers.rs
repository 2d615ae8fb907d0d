//! Personal numbers (号码类个人信息): what they look like, and what must stand before them.
//!
//! One table: a shape, and a check that sees the words around it. A number with a proof of its own (an identity
//! card's check digit, Luhn) needs no words; one without needs them, and words of another kind (`订单号`) refuse it.
//! Not personal and left alone: 12345, 110 and other short numbers, 400/800 service numbers, an office's line
//! (投诉电话), group chats (QQ群), a building alone (3栋), a house number on a road (长征路12号).

use regex::Regex;

use super::{ends_with_any, starts_with_any, words};
use crate::case::Personal;
use crate::error::{Error, Result};

/// A stretch of text, in bytes, that is personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    pub kind: Personal,
    pub start: usize,
    pub end: usize,
}

/// What a shape matched, with the words around it.
struct Candidate<'t> {
    found: &'t str,
    before: &'t str,
    after: &'t str,
}

struct Rule {
    kind: Personal,
    shape: Regex,
    holds: fn(&Candidate) -> bool,
}

/// Finds personal numbers in normalized text.
pub struct Numbers {
    rules: Vec<Rule>,
}

const NUMERAL: &str = "(?:[0-9]{1,3}|[一二三四五六七八九十]{1,3})";
const PROVINCES: &str = "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]";
const PLATE_CHARS: &str = "[A-HJ-NP-Za-hj-np-z0-9]";

impl Numbers {
    pub fn load() -> Result<Self> {
        let rules = rules().into_iter().map(|(kind, shape, holds)| {
            let shape = Regex::new(&shape)
                .map_err(|error| Error::internal("脱敏规则写错了", "a masking rule does not compile").because(error))?;
            Ok(Rule { kind, shape, holds })
        });
        Ok(Self { rules: rules.collect::<Result<_>>()? })
    }

    /// All findings, overlapping ones included; the earlier rule is the surer one.
    pub fn find(&self, text: &str, findings: &mut Vec<Finding>) {
        for rule in &self.rules {
            for captures in rule.shape.captures_iter(text) {
                let Some(hit) = captures.get(1).or_else(|| captures.get(0)) else { continue };
                let candidate = Candidate {
                    found: hit.as_str(),
                    before: last_chars(&text[..hit.start()], 18),
                    after: &text[hit.end()..],
                };
                if (rule.holds)(&candidate) {
                    findings.push(Finding { kind: rule.kind, start: hit.start(), end: hit.end() });
                }
            }
        }
    }
}

type Row = (Personal, String, fn(&Candidate) -> bool);

fn rules() -> Vec<Row> {
    let mut rows: Vec<Row> = vec![
        (Personal::Email, r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+".into(), |_| true),
        (Personal::IdCard, id_shape("[0-9Xx？?*×]"), is_id_card),
        (Personal::IdCard, id_shape(r"[0-9Xx][0-9]{2}"), is_disability_card),
        (Personal::IdCard, r"[1-9][0-9]{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}".into(), is_old_id_card),
        (
            Personal::IdCard,
            r"(?:身份证|身份号|公民身份)(?:号码?|件)?[是为:： （(]*([0-9]{15,17}[0-9Xx？?]?)".into(),
            ends_clean,
        ),
        (Personal::BankCard, r"[0-9]{4}(?:[ \-]?[0-9]{4}){3}(?:[ \-]?[0-9]{1,3})?".into(), is_bank_card),
        (
            Personal::Email,
            r"[A-Za-z0-9._%+\-]+ ?(?:艾特|\(at\)|\[at\]) ?[A-Za-z0-9\-]+ ?(?:\.|点) ?(?:com|cn|net)".into(),
            |_| true,
        ),
    ];
    rows.extend(phones());
    rows.extend(plates());
    rows.extend(chats());
    rows.extend(households());
    rows
}

// ── identity and bank cards ─────────────────────────────────────────────────────────────────────────────────────

fn id_shape(tail: &str) -> String {
    format!(
        r"[1-9][0-9]{{5}}[ \-]?(?:18|19|20)[0-9]{{2}}[ \-]?(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[ \-]?[0-9]{{3}}{tail}"
    )
}

fn is_id_card(c: &Candidate) -> bool {
    alone(c) && (check_digit_holds(&compact(c.found)) || said(c) == Some(Said::Identity))
}

/// A disability card (残疾人证) is the identity number and two digits more.
fn is_disability_card(c: &Candidate) -> bool {
    let digits = compact(c.found);
    alone(c) && (check_digit_holds(&digits[..18.min(digits.len())]) || said(c) == Some(Said::Identity))
}

/// Fifteen digits carry no check digit: only the words before tell.
fn is_old_id_card(c: &Candidate) -> bool {
    alone(c) && said(c) == Some(Said::Identity)
}

/// GB 11643-1999: weighted sum mod 11; the date was checked by the shape, the first two digits are a province.
fn check_digit_holds(number: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let bytes = number.as_bytes();
    if bytes.len() != 18 || !number[..2].parse().is_ok_and(is_province) {
        return false;
    }
    let sum: u32 = WEIGHTS.iter().zip(bytes).map(|(weight, digit)| weight * u32::from(digit - b'0')).sum();
    b"10X98765432"[(sum % 11) as usize] == bytes[17].to_ascii_uppercase()
}

/// GB/T 2260, the first two digits.
fn is_province(code: u8) -> bool {
    matches!(code, 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83)
}

/// With Luhn's proof and an issuer's first digits, or with the words of an account.
fn is_bank_card(c: &Candidate) -> bool {
    let digits = compact(c.found);
    let issued =
        digits.starts_with("62") || digits.starts_with("60") || matches!(digits.as_bytes()[0], b'4' | b'5' | b'3');
    match said(c) {
        Some(Said::Account) => alone(c),
        _ if is_serial(c) => false,
        _ => alone(c) && issued && (luhn_holds(&digits) || digits.len() == 19 && digits.starts_with("62")),
    }
}

/// ISO/IEC 7812-1, annex B.
fn luhn_holds(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(i, digit)| {
            let value = u32::from(digit - b'0') * if i % 2 == 1 { 2 } else { 1 };
            if value > 9 { value - 9 } else { value }
        })
        .sum();
    sum.is_multiple_of(10)
}

// ── telephones ──────────────────────────────────────────────────────────────────────────────────────────────────

/// 138…, with +86, in groups of 3-4-4, 3-3-5, 4-3-4 and 5-3-3, or each digit apart.
const MOBILE: &str = r"(?x) (?: (?:\+|00)? 86 [\x20\-]? )? 1[3-9][0-9] (?:
    [\x20.\-—–·]? [0-9]{4} [\x20.\-—–·]? [0-9]{4}
    | [\x20.\-—–·] [0-9]{3} [\x20.\-—–·] [0-9]{5}
    | [0-9] [\x20.\-—–·] [0-9]{3} [\x20.\-—–·] [0-9]{4}
    | [0-9]{2} [\x20.\-—–·] [0-9]{3} [\x20.\-—–·] [0-9]{3} )
    | 1 \x20 [3-9] (?: \x20 [0-9] ){9}";

/// 幺三八…, digits and numerals mixed.
const SPELT: &str = r"(?x) [1一幺] [3-9三四五六七八九] [0-9零〇一幺么二两三四五六七八九]
    (?: [\x20，,、.\-]? [0-9零〇一幺么二两三四五六七八九]{4} ){2}";

/// (0710)3512846, 0710-3512846转8001.
const WITH_AREA: &str = r"(?x) [(（]? 0 (?: 10 | 2[0-9] | [3-9][0-9]{2} ) (?: [)）] | [\x20\-—–转] ) [\x20\-]?
    [2-8][0-9]{2,3} [\x20\-]? [0-9]{4} (?: [\x20\-转]{1,2} [0-9]{1,5} )?";

/// 座机3512846: seven or eight digits after a word for a telephone.
const LOCAL: &str = r"(?x) (?: 座机 | 固话 | 固定电话 | 家[里中庭]电话 | 宅电 | 联系电话 | 电话号码 | 电话 | 联系方式 | 拨打 | 致电 )
    [是为:：\x20号（(]* ( [2-8][0-9]{2,3} [\x20\-]? [0-9]{4} )";

fn phones() -> Vec<Row> {
    vec![
        (Personal::Phone, MOBILE.into(), is_phone),
        (Personal::Phone, SPELT.into(), is_spelt_phone),
        (Personal::Landline, WITH_AREA.into(), is_private_line),
        (Personal::Landline, r"0(?:10|2[0-9]|[3-9][0-9]{2})[2-8][0-9]{6,7}".into(), is_run_together_landline),
        (Personal::Landline, LOCAL.into(), is_private_line),
    ]
}

fn is_phone(c: &Candidate) -> bool {
    let tail = c.before.chars().next_back();
    let glued = tail.is_some_and(|b| b.is_ascii_alphanumeric() || b == '_');
    let labelled = glued && {
        let before = c.before.to_ascii_lowercase();
        ["tel", "phone", "mobile", "wx", "vx", "v", "t"].iter().any(|label| before.ends_with(label))
    };
    let decimal = matches!(tail, Some('.' | '-')) && c.before.chars().rev().nth(1).is_some_and(|b| b.is_ascii_digit());
    (!glued || labelled) && !decimal && ends_clean_digits(c) && !is_serial(c)
}

fn is_spelt_phone(c: &Candidate) -> bool {
    let ours = |ch: char| ch.is_ascii_digit() || "零〇一幺么二两三四五六七八九十百千万".contains(ch);
    let spelt = c.found.chars().any(|ch| !ch.is_ascii() && ours(ch));
    spelt && !c.before.ends_with(ours) && !c.after.starts_with(ours) && !is_serial(c)
}

fn is_private_line(c: &Candidate) -> bool {
    ends_clean_digits(c) && !is_office_line(c)
}

fn is_run_together_landline(c: &Candidate) -> bool {
    alone(c) && !is_serial(c) && !is_office_line(c)
}

/// A body's own number is public: it is part of what the citizen complains about (打投诉电话没人接). Only the words of
/// its own clause make it one, and none where the citizen's own stand between (打热线没人管我家电话…).
fn is_office_line(c: &Candidate) -> bool {
    const OFFICES: &str =
        "投诉电话 举报电话 监督电话 服务电话 值班电话 办公电话 办公室 热线 客服 局电话 股电话 科电话 站电话";
    const OWN: &str = "我 家 本人 宅电 座机";
    let before = c.before.trim_end_matches([' ', ':', '：']);
    let clause = before.rsplit(['，', ',', '。', '！', '？', '；', ';', '\n', ' ']).next().unwrap_or(before);
    let Some(end) = words(OFFICES).filter_map(|office| Some(clause.rfind(office)? + office.len())).max() else {
        return false;
    };
    let between = clause[end..].trim_start_matches("座机");
    !words(OWN).any(|own| between.contains(own))
}

// ── plates ──────────────────────────────────────────────────────────────────────────────────────────────────────

fn plates() -> Vec<Row> {
    let tail = format!("(?:{PLATE_CHARS}{{5,6}}|{PLATE_CHARS}{{4}}[挂学警港澳领试超])");
    vec![
        (Personal::Plate, format!(r"{PROVINCES} ?[A-Za-z][·•・.\- ]{{0,2}}{tail}"), is_plate),
        (
            Personal::Plate,
            format!(r"(?:车牌|牌照|号牌)号?[码是为:：（( ]*({PROVINCES}[0-9]{{2}}[A-Za-z]?[0-9]{{4,5}})"),
            ends_clean,
        ),
        (
            Personal::Plate,
            format!(r"(?:车牌|牌照|号牌|车号)号?[码是为:：（( ]*([A-Za-z][·•・.\-]?{PLATE_CHARS}{{5,6}})"),
            |c| ends_clean(c) && count_digits(c.found) >= 3,
        ),
    ]
}

/// GA 36-2018: five places after the office's letter, six for new-energy vehicles; two digits at least, no word is one.
fn is_plate(c: &Candidate) -> bool {
    ends_clean(c) && count_digits(c.found) >= 2
}

fn count_digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

// ── chats ───────────────────────────────────────────────────────────────────────────────────────────────────────

/// 微信号：…, vx: …
const WECHAT: &str = r"(?xi) (?: 微信 | 薇信 | 威信 | v信 | wechat | weixin | (?-u:\b)vx | (?-u:\b)wx | 加v | 加微 )
    (?: 号码 | 号 | id )? (?: 同号 )? [是为叫:：\x20]* ( [A-Z][A-Z0-9_\-]{5,19} | [1-9][0-9]{5,11} )";

fn chats() -> Vec<Row> {
    vec![
        (Personal::Wechat, r"wxid_[A-Za-z0-9]{6,}".into(), |_| true),
        (Personal::Wechat, WECHAT.into(), is_chat_name),
        (Personal::Qq, r"(?i)(?:qq|扣扣|企鹅)(?:号码|号)?[是为叫:： ]*([1-9][0-9]{4,10})".into(), ends_clean),
    ]
}

fn is_chat_name(c: &Candidate) -> bool {
    let date = c.found.len() == 8 && c.found.starts_with("20");
    ends_clean(c) && !date && !c.after.starts_with(['元', '块', '年', '月', '次', '笔'])
}

// ── households ──────────────────────────────────────────────────────────────────────────────────────────────────

/// A building and a unit already tell a household with its neighbours; a building alone does not.
fn households() -> Vec<Row> {
    let building = format!("(?:第?{NUMERAL}|[A-Za-z][0-9]{{0,2}}|[0-9]{{1,2}}[A-Za-z])-?(?:栋|幢|号楼|座|#楼?|号院)");
    let unit = format!("第?{NUMERAL} ?单元");
    let side = "[左右东西中]户";
    let room = "(?:[0-9]{1,2}[层楼])?[0-9]{3,4}(?:室|号房|号|房间|房|户)?";
    let floor = format!("{NUMERAL}[层楼](?:{side}|[0-9]{{1,4}}[号户室])?");
    let gap = "[ ,，、\\-]?";
    vec![
        (
            Personal::HouseNo,
            format!("(?:{building}{gap}){{0,2}}{unit}(?:{gap}(?:{room}|{floor}|[0-9]{{1,2}}[号户室]|{side}))?"),
            |c| starts_clean(c) && is_room(c) && (has_room_number(c.found) || has_building(c.found)),
        ),
        (Personal::HouseNo, format!("(?:{building}){{1,2}}{unit}"), starts_clean),
        (Personal::HouseNo, format!("(?:{building}){{1,2}}{gap}{room}"), |c| starts_clean(c) && is_room(c)),
        (Personal::HouseNo, "[0-9]{1,3}[\\-—–][0-9]{1,2}[\\-—–][0-9]{3,4}(?:室|号|房)?".to_owned(), is_dashed_room),
        (Personal::HouseNo, "[0-9]{1,2}[\\-—–][0-9]{3,4}(?:室|号|房)?".to_owned(), is_dashed_room),
        (Personal::HouseNo, "[0-9]{3,4}(?:室|房|户|号房)".to_owned(), is_bare_room),
        (Personal::HouseNo, format!("{NUMERAL}组[0-9]{{1,3}}号"), starts_clean),
        (
            Personal::HouseNo,
            "(?:写字楼|大厦|公寓|宿舍楼?|门牌号?[是为:：]?|房号[是为:：]?)([0-9]{3,4})".to_owned(),
            is_room,
        ),
    ]
}

/// What follows three or four digits when they count something instead.
const COUNTED: &str = "元米平㎡块年个人度吨名家条次倍多万千百%余辆亩件方m张套栋层株棵间";

fn has_building(found: &str) -> bool {
    found.contains(['栋', '幢', '座', '#']) || found.contains("号楼") || found.contains("号院")
}

/// Three digits or more at the end: 单元503, not 单元一层.
fn has_room_number(found: &str) -> bool {
    let room = found.rsplit("单元").next().unwrap_or(found);
    room.bytes().filter(u8::is_ascii_digit).count() >= 3
}

fn is_room(c: &Candidate) -> bool {
    let counts = c.found.ends_with('户') && starts_with_any(c.after, "居民 人家 业主 村民 家庭");
    c.found.chars().any(|ch| ch.is_ascii_digit() || "层楼户".contains(ch))
        && !c.found.ends_with("单元")
        && ends_clean(c)
        && !c.after.starts_with(|a| COUNTED.contains(a))
        && !counts
}

/// `3-2-501` where an address was just named.
fn is_dashed_room(c: &Candidate) -> bool {
    const ADDRESS: &str = "\
        小区 苑 园 府 城 庭 湾 居 里 院 公寓 花园 地址 家住 我住 住在 住 家 门牌 门牌号 房号 区 宿舍 新村 公馆 \
        郡 邸 墅 期 楼上 楼下";
    let before = c.before.trim_end_matches([' ', ':', '：', '是', '在', '的', '，', ',']);
    ends_with_any(before, ADDRESS) && starts_clean(c) && is_room(c) && !c.found.starts_with('0')
}

/// `902户`, `301室` beside a neighbour or a home; an office's room stays.
fn is_bare_room(c: &Candidate) -> bool {
    const NEIGHBOUR: &str = "楼上 楼下 隔壁 对门 邻居 我家";
    const HOME: &str = "住 小区 公寓 宿舍 租";
    const COUNT: &str = "共 有 约 近 达 计 超 及";
    let near = last_chars(c.before, 5);
    let home = !c.found.ends_with('户') && words(HOME).any(|word| near.contains(word));
    starts_clean(c)
        && is_room(c)
        && (home || words(NEIGHBOUR).any(|word| near.contains(word)))
        && !ends_with_any(c.before, COUNT)
}

// ── the words around ────────────────────────────────────────────────────────────────────────────────────────────

/// What the nearest telling word before a number says it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    Identity,
    Account,
    Telephone,
    /// A number of papers and things: orders, contracts, invoices.
    Serial,
}

const TELLING: &[(Said, &str)] = &[
    (Said::Identity, "身份证 证件号 身份号 公民身份 残疾证 残疾人证 驾驶证 证号"),
    (
        Said::Account,
        "卡号 银行卡 储蓄卡 信用卡 账号 帐号 账户 账户号 帐户号 工资卡 社保卡 付款卡 退款卡 存折 一卡通 开户行 打到 卡 收款",
    ),
    (Said::Telephone, "电话 手机 联系 号码"),
    (
        Said::Serial,
        "工单 订单 单号 编号 合同 发票 流水 运单 案号 文号 户号 表号 批号 条码 货号 型号 备案 许可证 信用代码 税号 识别号 执照 受理号",
    ),
];

fn said(c: &Candidate) -> Option<Said> {
    told(c).map(|(said, _)| said)
}

/// Whether the number is that of papers or things: their word stands right before it (订单号：…), not just somewhere
/// in the sentence (签了合同不退钱，请打…).
fn is_serial(c: &Candidate) -> bool {
    let joins = |ch: char| ch.is_ascii_alphabetic() || " 号码是为:：（(.".contains(ch);
    told(c).is_some_and(|(said, between)| said == Said::Serial && between.chars().all(joins))
}

/// The nearest telling word before a number, and what stands between them.
fn told<'t>(c: &Candidate<'t>) -> Option<(Said, &'t str)> {
    let clause = c.before.rsplit(['。', '！', '？', '\n', '；']).next().unwrap_or(c.before);
    let all = TELLING.iter().flat_map(|&(said, table)| words(table).map(move |word| (said, word)));
    let told = all.filter_map(|(said, word)| Some((clause.rfind(word)? + word.len(), word.len(), said)));
    told.max_by_key(|&(end, length, _)| (end, length)).map(|(end, _, said)| (said, &clause[end..]))
}

/// No letter or digit touches it on either side.
fn alone(c: &Candidate) -> bool {
    starts_clean(c) && ends_clean(c)
}

fn starts_clean(c: &Candidate) -> bool {
    !c.before.ends_with(|b: char| b.is_ascii_alphanumeric() || b == '.' || b == '+')
}

fn ends_clean(c: &Candidate) -> bool {
    !c.after.starts_with(|a: char| a.is_ascii_alphanumeric())
}

fn ends_clean_digits(c: &Candidate) -> bool {
    !c.before.ends_with(|b: char| b.is_ascii_digit()) && !c.after.starts_with(|a: char| a.is_ascii_digit())
}

fn compact(found: &str) -> String {
    found.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// The last `n` characters of `text`.
pub fn last_chars(text: &str, n: usize) -> &str {
    match text.char_indices().rev().nth(n.saturating_sub(1)) {
        Some((start, _)) if n > 0 => &text[start..],
        _ => text,
    }
}
