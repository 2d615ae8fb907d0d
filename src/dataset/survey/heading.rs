//! Column names of survey exports, taken apart: `5(A、上下班)`, `8、请打分:环境`, `12、您的建议[选项填空]`, `序号`.

use crate::case::QuestionKind;

/// A column's name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Heading {
    /// Where it stands in a row.
    pub(super) at: usize,
    /// As it stands in the file; two rows joined by `:`.
    pub(super) whole: String,
    /// The question's number, where it has one.
    pub(super) number: Option<u32>,
    /// The question's wording; may be empty where only an option is told.
    pub(super) stem: String,
    /// The option or the row of a matrix.
    pub(super) part: Option<String>,
    /// Whether it holds what was written beside an option (其他请注明).
    pub(super) is_fill: bool,
}

/// What platforms call the column in which respondents wrote beside an option.
const FILLS: [&str; 5] = ["[选项填空]", "【选项填空】", "［选项填空］", "[填空]", "_填空"];
/// What may stand between a question's number and its wording.
const AFTER_NUMBER: [char; 8] = ['、', '.', '．', ':', '：', ')', '）', ' '];
/// What may stand between an option's letter and its wording.
const AFTER_LETTER: [char; 6] = ['、', '.', '．', ':', '：', ')'];

impl Heading {
    /// Of one header cell.
    pub(super) fn of(at: usize, cell: &str) -> Self {
        let whole = cell.split_whitespace().collect::<Vec<_>>().join(" ");
        let (rest, is_fill) = without_fill(&whole);
        let (number, rest) = numbered(rest);
        let inside = rest.strip_prefix(['(', '（']).and_then(|rest| rest.strip_suffix([')', '）']));
        let (stem, part) = match inside {
            Some(part) if number.is_some() => (String::new(), Some(part.trim().to_owned())),
            _ => (rest.trim().to_owned(), None),
        };
        Self { at, number, stem, part, is_fill, whole }
    }

    /// Of two header cells, one above the other.
    pub(super) fn under(at: usize, top: &str, below: &str) -> Self {
        let mut heading = Self::of(at, top);
        if below.trim().is_empty() {
            return heading;
        }
        if top.trim().is_empty() {
            return Self::of(at, below);
        }
        let (part, is_fill) = without_fill(below.trim());
        heading.part = Some(part.trim().to_owned());
        heading.is_fill |= is_fill;
        heading.whole = format!("{}:{}", heading.whole, below.trim());
        heading
    }

    /// The same with an option split off the end of the wording: `…(甲)`, `…[甲]`, `…:甲`, `…—甲`.
    pub(super) fn split(&self) -> Option<Self> {
        let stem = self.stem.trim();
        let closed = [(')', '('), ('）', '（'), (']', '['), ('】', '【')];
        let bracketed = closed.iter().find_map(|(close, open)| {
            let inner = stem.strip_suffix(*close)?;
            let at = inner.rfind(*open)?;
            Some((&inner[..at], &inner[at + open.len_utf8()..]))
        });
        let (stem, part) = bracketed.or_else(|| {
            let (at, mark) = stem.char_indices().rev().find(|(_, c)| [':', '：', '—', '–', '_', '-'].contains(c))?;
            Some((&stem[..at], &stem[at + mark.len_utf8()..]))
        })?;
        let (stem, part) = (stem.trim_end_matches(['—', '–', '-', '_', ':', '：', ' ']), part.trim());
        let whole = !stem.is_empty() && !part.is_empty() && self.part.is_none();
        whole.then(|| Self { stem: stem.to_owned(), part: Some(part.to_owned()), ..self.clone() })
    }
}

fn without_fill(cell: &str) -> (&str, bool) {
    let bare = FILLS.iter().find_map(|mark| {
        let at = cell.find(mark)?;
        Some((at, mark.len()))
    });
    match bare {
        // `5(G、其他[选项填空])`: the mark stands before the bracket that closes.
        Some((at, length)) if cell[at + length..].trim_end() == ")" => (&cell[..at], true),
        Some((at, _)) => (&cell[..at], true),
        None => (cell, false),
    }
}

/// The number in front, of at most three digits, and the rest.
fn numbered(cell: &str) -> (Option<u32>, &str) {
    let bare = cell.strip_prefix(['Q', 'q', '第']).unwrap_or(cell);
    let digits = bare.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &bare[digits..];
    let rest = rest.strip_prefix('题').unwrap_or(rest);
    let is_number = (1..=3).contains(&digits)
        && (rest.is_empty() || rest.starts_with(AFTER_NUMBER) || rest.starts_with(['(', '（']));
    match bare[..digits].parse() {
        Ok(number) if is_number => (Some(number), rest.trim_start_matches(AFTER_NUMBER)),
        _ => (None, cell),
    }
}

/// An option's letter and its wording: `A、上下班`.
pub(super) fn lettered(part: &str) -> (Option<char>, &str) {
    let mut letters = part.chars();
    match (letters.next(), letters.next()) {
        (Some(letter @ 'A'..='Z'), Some(mark)) if AFTER_LETTER.contains(&mark) => {
            (Some(letter), letters.as_str().trim())
        }
        _ => (None, part),
    }
}

/// What two spellings of a wording have in common: letters and digits, brackets of options gone.
pub(super) fn bare(words: &str) -> String {
    let plain = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        c => c,
    };
    words.chars().map(plain).filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Names of columns that platforms add.
const SYSTEM: [(QuestionKind, &[&str]); 5] = [
    (
        QuestionKind::Id,
        &[
            "序号",
            "编号",
            "答卷编号",
            "答卷序号",
            "问卷编号",
            "答题序号",
            "样本编号",
            "答卷id",
            "id",
            "respondentid",
            "responseid",
        ],
    ),
    (
        QuestionKind::Time,
        &[
            "提交答卷时间",
            "提交时间",
            "结束答题时间",
            "填写时间",
            "作答时间",
            "答题时间",
            "结束时间",
            "时间戳记",
            "submitdate",
        ],
    ),
    (QuestionKind::Duration, &["所用时间", "答题时长", "填写时长", "答题用时", "用时", "耗时", "答题时长秒", "用时秒"]),
    (QuestionKind::Weight, &["权重", "加权", "样本权重", "加权系数", "weight", "wt"]),
    (
        QuestionKind::Skip,
        &[
            "来源",
            "来源详情",
            "总分",
            "开始答题时间",
            "开始时间",
            "语言",
            "清洗数据结果",
            "智能清洗数据结果",
            "用户类型",
            "自定义字段",
            "ua",
            "referrer",
            "地理位置国家和地区",
            "地理位置省",
            "地理位置市",
            "渠道",
            "答题渠道",
            "设备",
            "浏览器",
            "操作系统",
            "状态",
        ],
    ),
];
/// What personal data (个人信息) is called, as a column of the platform or as a question's whole matter.
const PERSONAL: [&str; 30] = [
    "姓名",
    "名字",
    "称呼",
    "联系人",
    "受访者",
    "联系电话",
    "联系方式",
    "手机",
    "手机号",
    "手机号码",
    "电话",
    "电话号码",
    "身份证",
    "身份证号",
    "身份证号码",
    "住址",
    "家庭住址",
    "家庭地址",
    "详细地址",
    "通讯地址",
    "门牌号",
    "来自ip",
    "ip",
    "ip地址",
    "昵称",
    "微信昵称",
    "微信号",
    "邮箱",
    "电子邮箱",
    "车牌号",
];
const PERSONAL_MORE: [&str; 8] = ["用户id", "openid", "unionid", "qq", "qq号", "银行卡号", "社保卡号", "qq号码"];
/// What may stand around it in a question: 请留下您的联系电话（选填）.
const AROUND: [&str; 16] = [
    "请留下",
    "请填写",
    "请输入",
    "请提供",
    "方便留下",
    "您的",
    "您",
    "你的",
    "是什么",
    "是多少",
    "是",
    "选填",
    "可不填",
    "必填",
    "方便回访",
    "以便回访",
];

/// The kind of a column that the platform added; none for questions.
pub(super) fn system(heading: &Heading) -> Option<QuestionKind> {
    if heading.number.is_some() {
        return None;
    }
    let name = bare(&heading.whole);
    SYSTEM.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(kind, _)| *kind)
}

/// Whether the column's name says that it holds personal data.
pub(super) fn is_personal(heading: &Heading) -> bool {
    let mut name = bare(if heading.stem.is_empty() { &heading.whole } else { &heading.stem });
    for words in AROUND {
        name = name.replace(words, "");
    }
    let parts: Vec<&str> = name.split(['和', '及', '与', '或']).collect();
    let known = |part: &&str| PERSONAL.contains(part) || PERSONAL_MORE.contains(part);
    !parts.is_empty() && parts.iter().all(known)
}
