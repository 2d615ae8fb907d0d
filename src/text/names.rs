//! Personal names in giving contexts (自报或指明的姓名): 我叫罗志平, 联系人：周秀兰, 来电人沈国强反映, a signature.
//!
//! A name is a surname and one or two characters more, after a word that announces a person, before a telephone
//! number, before 来电/反映, or alone on the last line. A surname with a title (王女士, 雷老师, 王某) names nobody and
//! stays. A dictionary word (高度, 马上, 常年) is no name, unless the words before leave no doubt.

use aho_corasick::{AhoCorasick, MatchKind};
use regex::Regex;

use super::lexicon::Lexicon;
use super::normal::is_han;
use super::numbers::{Finding, last_chars};
use super::{holds, starts_with_any, words};
use crate::case::Personal;
use crate::error::{Error, Result};

/// Finds names in normalized text.
pub struct Names {
    /// Words that announce a name, the sure ones first.
    announced: AhoCorasick,
    sure: usize,
    /// What stands right after one who reports.
    reports: Regex,
}

/// After these nothing but a name is to be expected.
const SURE: &str = "\
    我叫 名叫 姓名 名字叫 名字是 叫做 本名 真名 联系人 收件人 户名 她叫 他叫 弟弟叫 孩子叫 我姓 来电人姓名 \
    诉求人姓名 写的是 本人姓名 联系人姓名 申请人姓名";

/// Words for a person, after which a name may follow.
const LIKELY: &str = "\
    来电人 诉求人 反映人 投诉人 举报人 申请人 当事人 求助人 被征收人 委托人 代理人 受害人 户主 业主 车主 店主 \
    机主 房东 楼长 住户 居民 村民 市民 群众 乘客 旅客 游客 患者 病人 学员 学生 员工 职工 孩子 小孩 儿子 女儿 \
    父亲 母亲 爸爸 妈妈 我爸 我妈 我爹 我娘 丈夫 妻子 老公 老婆 爱人 哥哥 弟弟 姐姐 妹妹 叔叔 姑妈 舅舅 婆婆 \
    公公 爷爷 奶奶 外公 外婆 侄子 侄女 外甥 孙子 孙女 老人 老汉 老两口 家属 家长 代表 代笔 本人 我是 人事 校长 \
    园长 班组长 带班人 经办人 负责人 法人 代表人 老板 会计 民警 农民 司机 养殖户 姓 材料员 办事员 监护人 主任 \
    书记 支书 经理 厂长 村长 队长 站长 所长 老师 医生 护士 干部 法官 律师 工作人员 小男孩 小女孩 收款人 邻居 叫 \
    [姓名]、 [姓名]和 职员 教练 花匠 委员 师傅 同学 同事 亲戚 老乡 一个叫 签名 落款 此致 老师傅";

const SURNAMES: &str = "\
    迟曲仝亓佘原母楚战岳官揭赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏\
    潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄\
    和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐\
    邱骆高夏蔡田樊胡凌霍虞万支柯昝管卢莫经房裘缪干解应宗丁宣邓郁单杭洪包诸左石崔吉钮龚程嵇邢裴陆荣翁荀羊惠甄家封\
    储靳汲松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全班仰秋仲伊宫宁仇栾甘厉戎祖武符刘景詹束龙叶幸司黎薄印宿白怀蒲邰从鄂\
    索咸籍赖卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍桑桂濮牛寿通边扈燕冀浦尚农温别庄晏柴瞿阎充慕连\
    茹习宦艾鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄阙东欧沃利蔚越隆师巩聂晁勾敖融冷訾辛阚那简饶空曾沙养\
    鞠须丰巢关相查后荆红游竺权盖益桓公肖付闫佟覃庹禤丛兰涂代卿邸尧苟鄢邝撒";
/// Surnames that are far more often something else: taken only after 我叫 and 我姓.
const RARE: &str =
    "和都向能别于连从全那车师相时应经查管家公花满解单水国后养空丰益物司冷会要通原母官常代包党成东支路房权";

const DOUBLE_SURNAMES: &str = "欧阳 司马 上官 诸葛 夏侯 皇甫 尉迟 公孙 慕容 令狐 司徒 端木 东方 南宫";

/// After a surname these make a title or a veiled name.
const TITLES: &str = "\
    某 先生 女士 小姐 老师 师傅 大爷 大妈 大姐 大哥 大叔 大嫂 大娘 大伯 阿姨 阿婆 婆婆 经理 主任 书记 局长 市长 \
    区长 县长 厅长 部长 校长 院长 医生 大夫 护士 警官 同志 老板 老头 律师 教练 会计 老汉 奶奶 爷爷 村长 镇长 \
    处长 主席 *";

const SHORT_TITLES: &str = "总工姐哥叔婶嫂姨氏家科队所爹娘爷奶伯姓局处";

/// Words that look like a name and are none, whatever the dictionary calls them.
const NOT_NAMES: &str = "\
    陈述 高一 高二 高三 高考 高层 孙子 孙女 丁克 单位 老师 师傅 别人 养老 周末 周边 周围 通信 谢谢 康复 盖章 安危 钱财 \
    安排";

/// Never in a given name.
const NOT_GIVEN: &str = "的了是我你您他她它们不没被把与及很请吗呢吧啊某这那哪谁么也都就在到说区县镇乡村街路幢户元着过";

/// What a name may be followed by.
const FOLLOWING: &str = "\
    反映 来电 来访 致电 来信 称 说 表示 咨询 投诉 举报 求助 请求 要求 建议 申请 今年 现年 家住 住 身份证 电话 \
    手机 联系 男 女 系 年龄 敬上 生前 之 于 在 和 与 被 从 因 名下 向 对 也 来 我 本人 给 家 医保 社保 到 师傅 \
    可以 还 今天 昨天 出生 去年 突然 等 一直 一户 一家 代 或";
const KIN: &str = "妈 爸 母 父 家 妻 丈夫 儿 女 爱人 老婆 老公 姐 哥 弟 妹";

impl Names {
    pub fn load() -> Result<Self> {
        let announced =
            AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(words(SURE).chain(words(LIKELY)));
        let broken = || Error::internal("姓名词表无法编译", "the name tables do not compile");
        Ok(Self {
            announced: announced.map_err(|error| broken().because(error))?,
            sure: words(SURE).count(),
            reports: Regex::new(REPORTS).map_err(|error| broken().because(error))?,
        })
    }

    pub fn find(&self, text: &str, lexicon: &Lexicon, numbers: &[Finding], findings: &mut Vec<Finding>) {
        self.announced(text, lexicon, findings);
        self.before_reports(text, lexicon, findings);
        before_numbers(text, lexicon, numbers, findings);
        signatures(text, lexicon, findings);
        alone(text, lexicon, findings);
    }

    fn announced(&self, text: &str, lexicon: &Lexicon, findings: &mut Vec<Finding>) {
        for hit in self.announced.find_iter(text) {
            let sure = hit.pattern().as_usize() < self.sure;
            let word = &text[hit.span()];
            let rest = &text[hit.end()..];
            let name = rest.trim_start_matches([':', '：', ' ', '是', '叫', '为', '“', '"', '（', '(']);
            let start = text.len() - name.len();
            // 我姓蔡桂香 names; 我姓蔡 does not.
            let shortest = if word.ends_with('姓') || word == "叫" { 3 } else { 2 };
            let trust = if sure && !name.starts_with(['和', '与']) { Trust::Sure } else { Trust::Guess };
            if let Some(length) = name_at(name, lexicon, trust, word == "我是", shortest) {
                findings.push(Finding { kind: Personal::Name, start, end: start + length });
            }
        }
    }

    /// 枣阳市童爱华来电, 张建国，男，.
    fn before_reports(&self, text: &str, lexicon: &Lexicon, findings: &mut Vec<Finding>) {
        for hit in self.reports.find_iter(text) {
            if let Some(start) = name_before(&text[..hit.start()], lexicon, is_left_edge) {
                findings.push(Finding { kind: Personal::Name, start, end: hit.start() });
            }
        }
    }
}

/// The bytes of the name that `text` begins with.
fn name_at(text: &str, lexicon: &Lexicon, trust: Trust, strict: bool, shortest: usize) -> Option<usize> {
    let head: Vec<char> = text.chars().take(5).collect();
    let surname = surname_length(&head)?;
    for length in [surname + 2, surname + 1] {
        let hard_end = head.get(length).is_none_or(|&c| !is_han(c));
        if length < shortest || head.len() < length || !is_name(&head[..length], surname, lexicon, trust, hard_end) {
            continue;
        }
        let bytes: usize = head[..length].iter().map(|c| c.len_utf8()).sum();
        let whole = length > surname + 1 && !strict && lexicon.starts_with_unit(text, bytes);
        if ends_here(&text[bytes..], strict) || whole {
            return Some(bytes);
        }
    }
    None
}

fn surname_length(head: &[char]) -> Option<usize> {
    let two: String = head.iter().take(2).collect();
    if holds(DOUBLE_SURNAMES, &two) {
        return Some(2);
    }
    head.first().filter(|c| SURNAMES.contains(**c)).map(|_| 1)
}

/// How much the words before promise a name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trust {
    Sure,
    Guess,
}

/// `hard_end`: no Chinese character follows.
fn is_name(name: &[char], surname: usize, lexicon: &Lexicon, trust: Trust, hard_end: bool) -> bool {
    let whole: String = name.iter().collect();
    if !has_form_of_name(name, surname) || starts_with_any(&whole, NOT_NAMES) {
        return false;
    }
    if trust == Trust::Sure {
        return !lexicon.is_place(&whole);
    }
    // 高度重视 is no 高度重; but 唐国庆 before a comma is a name though 唐国 may be a word.
    let first_two: String = name[..2].iter().collect();
    let ordinary = surname == 2 || !RARE.contains(name[0]) && (hard_end || !lexicon.is_common(&first_two));
    ordinary && !lexicon.is_common(&whole)
}

fn has_form_of_name(name: &[char], surname: usize) -> bool {
    let given: String = name[surname..].iter().collect();
    let short_title = name.len() == surname + 1 && SHORT_TITLES.contains(name[surname]);
    let plain = name.iter().all(|&c| is_han(c)) && !name[surname..].iter().any(|&c| NOT_GIVEN.contains(c));
    plain && !short_title && !starts_with_any(&given, TITLES) && !PLACE_ENDS.contains(name[name.len() - 1])
}

/// A "name" that ends so is a place or a body.
const PLACE_ENDS: &str = "会办镇乡村区县市街路湾组社苑店校厂司院局所庙埠营庄";

fn ends_here(rest: &str, strict: bool) -> bool {
    let Some(next) = rest.chars().next() else { return true };
    if !is_han(next) {
        return true;
    }
    if let Some(after) = rest.strip_prefix('的') {
        return !strict || starts_with_any(after, KIN);
    }
    !strict && (starts_with_any(rest, FOLLOWING) || counts_years(rest))
}

/// 七十三岁, 78岁.
fn counts_years(rest: &str) -> bool {
    let after = rest.trim_start_matches(|c: char| c.is_ascii_digit() || "一二三四五六七八九十".contains(c));
    after.len() < rest.len() && after.starts_with(['岁', '多'])
}

const REPORTS: &str = r"(?x) 来电 | 致电 | 来访 | 反映 | 来信 | 名下 | 师傅 | 老人 | 一户 | 可以作证
    | [，,] (?: [男女] [，,] | 住 ) | [（(] (?: 身份证 | 电话 | 联系 )
    | 的 (?: 丈夫 | 妻子 | 儿子 | 女儿 | 母亲 | 父亲 | 妈妈 | 爸爸 )";

/// A name may start after punctuation, an area or a word for people.
fn is_left_edge(before: &str) -> bool {
    const PEOPLE: &str = "的市区县镇村街道苑园里家城户主人长员客生属民号室";
    before.chars().next_back().is_none_or(|c| !is_han(c) && !c.is_alphanumeric() || PEOPLE.contains(c))
}

fn is_break(before: &str) -> bool {
    before.chars().next_back().is_none_or(|c| !c.is_alphanumeric())
}

/// Where the name that ends `text` starts.
fn name_before(text: &str, lexicon: &Lexicon, edge: fn(&str) -> bool) -> Option<usize> {
    for length in [4, 3, 2] {
        let tail = last_chars(text, length);
        let name: Vec<char> = tail.chars().collect();
        if name.len() != length {
            continue;
        }
        let Some(surname) = surname_length(&name) else { continue };
        let before = &text[..text.len() - tail.len()];
        if (surname + 1..=surname + 2).contains(&length)
            && edge(before)
            && is_name(&name, surname, lexicon, Trust::Guess, true)
        {
            return Some(before.len());
        }
    }
    None
}

/// 。吴秋萍，138… : a name alone between a break and a telephone or identity number.
fn before_numbers(text: &str, lexicon: &Lexicon, numbers: &[Finding], findings: &mut Vec<Finding>) {
    const LABELS: &str = "联系电话 联系方式 手机号码 手机号 电话号码 身份证号码 身份证号 身份证 电话 手机 号码 本人";
    for number in numbers.iter().filter(|n| matches!(n.kind, Personal::Phone | Personal::Landline | Personal::IdCard)) {
        let separators = [' ', '，', ',', '、', ':', '：', '（', '(', '是', '为', '\n'];
        let mut left = text[..number.start].trim_end_matches(separators);
        for label in words(LABELS) {
            left = left.strip_suffix(label).unwrap_or(left).trim_end_matches(separators);
        }
        if let Some(start) = name_before(left, lexicon, is_break) {
            findings.push(Finding { kind: Personal::Name, start, end: left.len() });
        }
    }
}

/// The last two lines, and what follows the last full stop, when they are a name and nothing else.
fn signatures(text: &str, lexicon: &Lexicon, findings: &mut Vec<Finding>) {
    let mut end = text.len();
    for (above, line) in text.rsplit('\n').take(2).enumerate() {
        let last_line = above == 0;
        let start = end - line.len();
        end = start.saturating_sub(1);
        let signature = line.trim_end_matches(['。', ' ', '！']);
        let signature = signature.strip_suffix("敬上").or(signature.strip_suffix("上")).unwrap_or(signature).trim_end();
        let stop = signature
            .rfind(['。', '！', '，', ' ', '：', '？'])
            .map_or(0, |at| at + signature[at..].chars().next().map_or(1, char::len_utf8));
        let whole_line = stop == 0 && start > 0;
        let after_greeting = signature[..stop].trim_end_matches(['，', '！', '。', ' ', '：']).ends_with(['致', '礼']);
        let name = &signature[stop..];
        let long_enough = whole_line || after_greeting || name.chars().count() >= 3;
        let in_place = whole_line || after_greeting || last_line && signature[..stop].ends_with(['。', '！', '？']);
        let one_unit = whole_line || after_greeting || lexicon.starts_with_unit(name, name.len());
        if long_enough && in_place && one_unit && name_before(name, lexicon, str::is_empty) == Some(0) {
            findings.push(Finding { kind: Personal::Name, start: start + stop, end: start + signature.len() });
        }
    }
}

/// 龚明贵，又是我: three characters that jieba takes for one name, alone between two stops.
fn alone(text: &str, lexicon: &Lexicon, findings: &mut Vec<Finding>) {
    let mut start = 0;
    for piece in text.split_inclusive(['，', '。', '！', '？', '\n', ',', '、', '；', '：', '（', '）']) {
        let stop = piece.chars().next_back().map_or(0, char::len_utf8);
        let name = &piece[..piece.len() - stop];
        let three = name.chars().count() == 3
            && piece.ends_with(['，', ','])
            && !name.ends_with(['河', '环', '渡', '宝', '啦', '桥', '山', '湖']);
        if three && name_before(name, lexicon, str::is_empty) == Some(0) && lexicon.starts_with_unit(name, name.len()) {
            findings.push(Finding { kind: Personal::Name, start, end: start + name.len() });
        }
        start += piece.len();
    }
}
