//! Which column is what: guessed from the header, overridden by name.

use std::collections::BTreeMap;
use std::fmt;

use crate::case::Head;
use crate::error::{Error, Result};

/// What a column may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    Text,
    /// Words parted by blanks, joined into the text where there is no other.
    Tokens,
    Title,
    Label(Head),
    /// The label a reviewer settled on (复核结果); where it is filled in, it stands in place of the label.
    Reviewed(Head),
    /// Labels that are right as well; the label itself need not stand in it.
    Accepted(Head),
    /// Level-1 category, where there is also a level-2 column.
    Domain,
    Place,
    Channel,
    Group,
    Relation,
    Id,
    ReceivedAt,
    OccurredAt,
    /// Who complains (诉求主体): a person, a firm.
    SubjectType,
    AreaCode,
    /// Longitude; may hold the latitude after it (经纬度).
    Lng,
    Lat,
    /// Who called: a phone, a name or a number of the user.
    Reporter,
}

/// Fields, what each is called in Chinese, and the column names it goes by, likeliest first; the first is also its
/// name in [`Columns::parse`].
type Vocabulary = [(Field, &'static str, &'static [&'static str])];

const TEXT: &[&str] = &[
    "text",
    "正文",
    "诉求内容",
    "留言详情",
    "留言内容",
    "case_content",
    "工单内容",
    "来电内容",
    "反映内容",
    "问题描述",
    "诉求详情",
    "事项内容",
    "内容",
    "content",
];
const TITLE: &[&str] = &["title", "标题", "留言主题", "诉求标题", "事项标题", "工单标题", "主题", "subject"];

/// Labelled files. Names are those of our corpus, of 12345 exports and of the Teddy Cup 2020 files.
const LABELLED: &Vocabulary = &[
    (Field::Text, "正文", TEXT),
    (Field::Tokens, "分词", &["tokens", "分词"]),
    (Field::Title, "标题", TITLE),
    (
        Field::Label(Head::Category),
        "分类",
        &[
            "category",
            "l2",
            "二级分类",
            "二级标签",
            "case_accord_type_two_name",
            "label",
            "标签",
            "分类",
            "类别",
            "诉求分类",
            "事项分类",
        ],
    ),
    (
        Field::Label(Head::Petition),
        "诉求类型",
        &["petition", "诉求类型", "诉求性质", "nature", "service_object_type", "工单类型"],
    ),
    (Field::Label(Head::Urgency), "紧急程度", &["urgency", "urgent", "紧急程度", "case_is_urgent"]),
    (Field::Label(Head::Protect), "举报人保护", &["protect", "info_protect", "举报人保护", "是否保密", "信息保护"]),
    (
        Field::Label(Head::Unit),
        "牵头单位",
        &["unit", "lead", "牵头单位", "主办单位", "责任单位", "承办单位", "处置部门", "deptname", "dispose_unit"],
    ),
    (
        Field::Reviewed(Head::Category),
        "复核分类",
        &[
            "reviewed",
            "reviewed_category",
            "final_category",
            "final_label",
            "final label",
            "复核结果",
            "复核分类",
            "最终分类",
        ],
    ),
    (Field::Reviewed(Head::Unit), "复核单位", &["reviewed_unit", "final_unit", "复核单位", "最终单位"]),
    (Field::Accepted(Head::Category), "可接受的分类", &["category_ok", "l2_ok", "l2_alt", "可接受分类"]),
    (Field::Accepted(Head::Petition), "可接受的诉求类型", &["petition_ok", "可接受诉求类型"]),
    (Field::Accepted(Head::Unit), "可接受的牵头单位", &["unit_ok", "lead_ok", "可接受单位"]),
    (Field::Domain, "一级分类", &["domain", "l1", "一级分类", "一级标签", "case_accord_type_one_name", "大类"]),
    (Field::Place, "事发地", &["place", "事发地", "事发地点", "地点", "address_detail", "occur_place"]),
    (Field::Channel, "渠道", &["channel", "渠道", "诉求渠道", "来源", "诉求来源", "order_source", "event_src"]),
    (Field::Group, "事件", &["group", "event", "issue", "事件", "事件编号", "诉求组", "分组"]),
    (Field::Relation, "关系", &["relation", "关系"]),
    (
        Field::Id,
        "编号",
        &["id", "key", "编号", "工单编号", "诉求编号", "留言编号", "order_no", "report_num", "row", "序号"],
    ),
];

/// Files of complaints to be kept. Names are those of our own interface, of 12345 and 民生诉求 exports and of the Teddy
/// Cup 2020 files. What merely counts rows (序号) is no reference: it would say 1 in the next file, too.
const INTAKE: &Vocabulary = &[
    (
        Field::Id,
        "编号",
        &[
            "reference",
            "order_no",
            "工单编号",
            "工单号",
            "诉求编号",
            "受理编号",
            "来电编号",
            "留言编号",
            "事件编号",
            "案件编号",
            "流水号",
            "report_num",
            "编号",
            "id",
        ],
    ),
    (Field::Text, "正文", TEXT),
    (Field::Title, "标题", TITLE),
    (
        Field::Channel,
        "渠道",
        &[
            "channel",
            "渠道",
            "诉求渠道",
            "受理渠道",
            "来源渠道",
            "诉求来源",
            "工单来源",
            "来源",
            "order_source",
            "event_src",
        ],
    ),
    (
        Field::ReceivedAt,
        "受理时间",
        &[
            "received_at",
            "受理时间",
            "来电时间",
            "登记时间",
            "诉求时间",
            "留言时间",
            "提交时间",
            "反映时间",
            "受理日期",
            "call_time",
            "创建时间",
            "create_time",
            "时间",
            "time",
        ],
    ),
    (Field::OccurredAt, "事发时间", &["occurred_at", "事发时间", "发生时间", "案发时间", "occur_time", "happen_time"]),
    (
        Field::SubjectType,
        "诉求主体",
        &["subject_type", "诉求主体", "主体类型", "诉求人类型", "来电人类型", "反映人类型", "order_type"],
    ),
    (
        Field::Place,
        "事发地",
        &[
            "place",
            "location.text",
            "事发地",
            "事发地点",
            "事发地址",
            "发生地点",
            "发生地址",
            "诉求地址",
            "问题地点",
            "事件地址",
            "地点",
            "address_detail",
            "occur_place",
        ],
    ),
    (
        Field::AreaCode,
        "行政区划代码",
        &["area_code", "location.area_code", "行政区划代码", "区划代码", "区县代码", "area_code_area"],
    ),
    (Field::Lng, "经度", &["lng", "location.lng", "经度", "lon", "longitude", "经纬度", "case_lnglat", "lnglat"]),
    (Field::Label(Head::Protect), "举报人保护", &["info_protect", "protect", "举报人保护", "是否保密", "信息保护"]),
    (Field::Lat, "纬度", &["lat", "location.lat", "纬度", "latitude"]),
    (
        Field::Reporter,
        "诉求人",
        &[
            "reporter",
            "联系电话",
            "来电号码",
            "主叫号码",
            "手机号码",
            "手机号",
            "手机",
            "电话号码",
            "电话",
            "联系方式",
            "诉求人电话",
            "来电人电话",
            "phone",
            "mobile",
            "tel",
            "call_number",
            "留言用户",
            "用户编号",
            "user_id",
            "诉求人",
            "来电人",
            "反映人",
            "诉求人姓名",
            "来电人姓名",
            "姓名",
            "name",
        ],
    ),
];

/// Which column holds which field. [`Columns::default`] names none and leaves all to the guess.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    /// A blank name says: there is none, whatever the guess.
    named: BTreeMap<Field, String>,
}

impl Columns {
    /// What the header suggests. Where only a level-1 category stands, it is the category.
    pub fn guess(header: &[String]) -> Self {
        let mut named = found(LABELLED, header);
        let two_levels = [Field::Label(Head::Category), Field::Reviewed(Head::Category)];
        if !two_levels.iter().any(|field| named.contains_key(field))
            && let Some(only) = named.remove(&Field::Domain)
        {
            named.insert(Field::Label(Head::Category), only);
        }
        Self { named }
    }

    /// What the header of a file of complaints suggests.
    pub fn guess_intake(header: &[String]) -> Self {
        Self { named: found(INTAKE, header) }
    }

    /// Reads `text=留言详情,category=一级标签`; a field may go by any of its usual column names, and `id=` says that
    /// no column is the id.
    pub fn parse(said: &str) -> Result<Self> {
        parsed(LABELLED, said)
    }

    /// The same for a file of complaints: `text=诉求内容,reporter=联系电话`.
    pub fn parse_intake(said: &str) -> Result<Self> {
        parsed(INTAKE, said)
    }

    /// The same with `named` in place of what both name.
    pub fn overridden(mut self, named: &Columns) -> Self {
        for column in named.named.values() {
            self.named.retain(|_, guessed| guessed != column);
        }
        self.named.extend(named.named.clone());
        self
    }

    /// The same without the columns that the header lacks and a file without labels can lack.
    pub(super) fn only_needed(&self, header: &[String]) -> Self {
        let mut needed = self.clone();
        needed.named.retain(|field, name| {
            matches!(field, Field::Text | Field::Tokens | Field::Title)
                || name.is_empty()
                || header.iter().any(|column| alike(column, name))
        });
        needed
    }

    /// The column's name, if the field has one.
    pub fn of(&self, field: Field) -> Option<&str> {
        self.named.get(&field).map(String::as_str).filter(|name| !name.is_empty())
    }

    /// Where each field stands in a row; refuses names that the header lacks.
    pub(super) fn places(&self, header: &[String]) -> Result<BTreeMap<Field, usize>> {
        let mut places = BTreeMap::new();
        let mut missing = Vec::new();
        for (field, name) in self.named.iter().filter(|(_, name)| !name.is_empty()) {
            match header.iter().position(|column| alike(column, name)) {
                Some(place) => _ = places.insert(*field, place),
                None => missing.push(format!("“{name}”")),
            }
        }
        if missing.is_empty() {
            return Ok(places);
        }
        let (missing, shown) = (missing.join("、"), shown(header));
        Err(Error::invalid(
            format!("没有名为{missing}的列（{shown}）：请改正列名"),
            format!("no column is called {missing} ({shown}): correct the name"),
        ))
    }
}

/// `正文 ← text，分类 ← l2`.
impl fmt::Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = INTAKE.iter().filter(|(field, ..)| LABELLED.iter().all(|(known, ..)| known != field));
        let pairs =
            LABELLED.iter().chain(more).filter_map(|(field, zh, _)| Some(format!("{zh} ← {}", self.of(*field)?)));
        f.write_str(&pairs.collect::<Vec<_>>().join("，"))
    }
}

/// The header as an error may show it. A file without a header has a complaint in its first line: nothing long and
/// nothing with a number in it is shown.
pub(super) fn shown(header: &[String]) -> String {
    let harmless = |name: &&String| {
        name.chars().count() <= 16 && name.chars().filter(char::is_ascii_digit).count() < 4 && !name.trim().is_empty()
    };
    if header.iter().any(|name| name.chars().count() > 30) {
        return "第一行不像列名".into();
    }
    let names: Vec<&str> = header.iter().filter(harmless).map(String::as_str).collect();
    format!("现有列：{}", names.join("、"))
}

fn alike(a: &str, b: &str) -> bool {
    a.trim().to_lowercase() == b.trim().to_lowercase()
}

fn found(vocabulary: &Vocabulary, header: &[String]) -> BTreeMap<Field, String> {
    let stands = |known: &&str| header.iter().find(|name| alike(name, known));
    let find = |names: &[&str]| names.iter().find_map(stands).cloned();
    vocabulary.iter().filter_map(|(field, _, names)| Some((*field, find(names)?))).collect()
}

fn parsed(vocabulary: &Vocabulary, said: &str) -> Result<Columns> {
    let called = |name: &str| {
        let known = vocabulary.iter().find(|(_, _, names)| names.iter().any(|known| alike(known, name)));
        known.map(|(field, ..)| *field)
    };
    let mut named = BTreeMap::new();
    for pair in said.split([',', '，']).map(str::trim).filter(|pair| !pair.is_empty()) {
        let (field, column) = pair.split_once('=').ok_or_else(|| unknown(vocabulary, pair))?;
        named.insert(called(field).ok_or_else(|| unknown(vocabulary, field))?, column.trim().to_owned());
    }
    Ok(Columns { named })
}

fn unknown(vocabulary: &Vocabulary, said: &str) -> Error {
    let fields: Vec<&str> = vocabulary.iter().map(|(_, _, names)| names[0]).collect();
    let fields = fields.join(" ");
    Error::invalid(
        format!("列对应“{said}”看不懂：写成 字段=列名，用逗号隔开；字段有 {fields}"),
        format!("the column mapping `{said}` is not FIELD=COLUMN; fields are {fields}"),
    )
}
