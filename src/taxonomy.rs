//! What a complaint can be about, who can answer for it, and the rules between the two (诉求分类、单位、派单目录).
//!
//! All of it is data: `taxonomy.toml`, `departments.toml` and `rules.toml` in one folder. [`Taxonomy::load`] reads
//! them once and reports every mistake with its file and line; a city replaces the files and touches no code.
//! Codes are on disk and on the wire and never change their meaning.

mod check;
pub(crate) mod sheet;

use std::collections::HashMap;
use std::path::Path;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::{Error, Result};
use sheet::Source;

/// Rules from this priority on are emergencies: they look at every text and win over everything.
pub const EMERGENCY: u32 = 1000;
/// Rules from this priority on name a legal channel outside the hotline: they look at every text and only propose.
pub const REDIRECT: u32 = 950;

/// Everything loaded from one data folder.
#[derive(Debug, Clone)]
pub struct Taxonomy {
    version: String,
    rules_version: String,
    pub petition: Vec<PetitionType>,
    pub urgency: Vec<UrgencyLevel>,
    pub flags: Vec<Flag>,
    pub domains: Vec<Domain>,
    pub categories: Vec<Category>,
    pub departments: Vec<Department>,
    pub city: City,
    pub districts: Vec<District>,
    /// Highest priority first.
    pub rules: Vec<Rule>,
    pub cues: Cues,
    pub conflict: Conflict,
    pub questions: Questions,
    /// Every word that categories and their rules look for, once.
    pub words: Vec<Telling>,
    fallback: usize,
    category_at: HashMap<String, usize>,
    department_at: HashMap<String, usize>,
    rules_of: HashMap<String, Vec<usize>>,
}

impl Taxonomy {
    /// Reads the three files of `dir`. Fails with one [`Error`] of kind `Setup` that lists every mistake as
    /// `file:line`.
    pub fn load(dir: &Path) -> Result<Self> {
        let catalogue = Source::read(dir, "taxonomy.toml")?;
        let units = Source::read(dir, "departments.toml")?;
        let book = Source::read(dir, "rules.toml")?;
        check::assemble(&catalogue, &units, &book).map_err(|flaws| {
            let mut error = Error::setup(
                format!("分类目录、单位目录或派单目录有 {} 处错误：请按所列文件和行号修改", flaws.len()),
                format!("the taxonomy files have {} mistakes: mend the lines listed", flaws.len()),
            );
            error.flaws = flaws;
            error
        })
    }

    /// Declared version and a short hash of the content, so that any edit shows: `2026.11+1a2b3c4d`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The same for the dispatch catalogue (派单目录).
    pub fn rules_version(&self) -> &str {
        &self.rules_version
    }

    /// A level-2 category by its code, e.g. `0706`.
    pub fn category(&self, code: &str) -> Option<&Category> {
        self.category_at.get(code).map(|&at| &self.categories[at])
    }

    /// The level-1 domain of a level-1 or level-2 code.
    pub fn domain(&self, code: &str) -> Option<&Domain> {
        let parent = code.get(..2)?;
        self.domains.iter().find(|domain| domain.code == parent)
    }

    /// `生态环境/餐饮油烟`; `None` for a code that is not level-2.
    pub fn path(&self, code: &str) -> Option<String> {
        Some(format!("{}/{}", self.domain(code)?.name, self.category(code)?.name))
    }

    pub fn department(&self, code: &str) -> Option<&Department> {
        self.department_at.get(code).map(|&at| &self.departments[at])
    }

    pub fn petition_type(&self, code: &str) -> Option<&PetitionType> {
        self.petition.iter().find(|petition| petition.code == code)
    }

    pub fn urgency_level(&self, code: &str) -> Option<&UrgencyLevel> {
        self.urgency.iter().find(|level| level.code == code)
    }

    pub fn flag(&self, code: &str) -> Option<&Flag> {
        self.flags.iter().find(|flag| flag.code == code)
    }

    /// Where a text goes of which nothing is known (其他未分类).
    pub fn fallback(&self) -> &Category {
        &self.categories[self.fallback]
    }

    /// The rules that speak about a category, highest priority first.
    pub fn rules_of<'a>(&'a self, category: &str) -> impl Iterator<Item = &'a Rule> + use<'a> {
        self.rules_of.get(category).into_iter().flatten().map(|&at| &self.rules[at])
    }

    /// A district by its code, its name or one of its aliases.
    pub fn district(&self, area_code: Option<&str>, name: Option<&str>) -> Option<&District> {
        let by_code = area_code.and_then(|code| self.districts.iter().find(|d| d.code.as_deref() == Some(code)));
        by_code.or_else(|| {
            let name = name?;
            self.districts.iter().find(|d| d.name == name || d.aliases.iter().any(|alias| alias == name))
        })
    }
}

/// What the citizen wants (诉求类型); crosses with the categories, never one of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PetitionType {
    pub code: String,
    pub name: String,
    pub english: String,
    /// Who speaks must not become known (举报).
    #[serde(default)]
    pub confidential: bool,
    /// A person decides (无效).
    #[serde(default)]
    pub manual: bool,
}

/// How urgent (紧急程度).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UrgencyLevel {
    pub code: String,
    pub name: String,
    pub english: String,
}

/// A mark that words put on a text (标签).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Flag {
    pub code: String,
    pub name: String,
    pub english: String,
    pub cues: Vec<String>,
    /// A cue inside one of these does not count.
    #[serde(default)]
    pub not: Vec<String>,
    /// Counts only when told as happening now.
    #[serde(default)]
    pub live: bool,
    /// A person must confirm (不自动派单).
    #[serde(default)]
    pub manual: bool,
}

/// Level-1 category (一级分类).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Domain {
    pub code: String,
    pub name: String,
    pub english: String,
}

/// Level-2 category (二级分类); its first two digits are its domain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Category {
    pub code: String,
    pub name: String,
    pub english: String,
    /// The unit that leads unless a rule says otherwise (默认主办).
    pub lead: String,
    pub co: Vec<String>,
    pub keywords: Vec<String>,
    pub place: Jurisdiction,
    pub urgency: String,
    /// Units that the text names are candidates as well (窗口、作风).
    #[serde(default)]
    pub named: bool,
    /// Some five requests as citizens would put them (例句): by these, the name and the keywords, a category that the
    /// model was not trained on is recognized; without them, by its keywords alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<String>,
    #[serde(default)]
    pub children: Vec<Child>,
}

/// A word and the categories it speaks for (特征词).
#[derive(Debug, Clone, PartialEq)]
pub struct Telling {
    pub word: String,
    /// Places in [`Taxonomy::categories`] of those that have it as a keyword.
    pub keyword_of: Vec<usize>,
    /// Places of those whose rules look for it.
    pub rule_word_of: Vec<usize>,
}

/// Level-3 example (三级分类).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Child {
    pub code: String,
    pub name: String,
}

/// Whose unit acts: the place of the event (属地原则) and its exceptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Jurisdiction {
    /// 事发地
    Local,
    /// 用工所在地
    Workplace,
    /// 工程项目所在地
    Project,
    /// 参保地
    Insured,
    /// 卖家或平台所在地
    Seller,
    /// 登记机关
    Registrar,
    /// 市级
    City,
    /// 企业供区
    ServiceArea,
    /// 垂直管理机构
    Vertical,
    /// 不受理，告知渠道
    Redirect,
    /// 即时转接
    Transfer,
    /// 人工
    Manual,
}

/// A unit that can be named (承办单位).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Department {
    pub code: String,
    pub name: String,
    pub english: String,
    pub level: Tier,
    /// What citizens call it.
    pub aliases: Vec<String>,
    pub duties: Vec<String>,
    /// The hotline merged into 12345.
    pub hotline: Option<String>,
    #[serde(default)]
    pub vertical: bool,
    /// Its name in a district, with `{city}`, `{district}` and `{street}` to fill; without it, one for the city.
    pub branch: Option<String>,
    /// The same in a county or county-level city (县、县级市), where it differs.
    pub county_branch: Option<String>,
    /// Who looks into it when it is itself complained of; itself means its own city-level office.
    pub supervisor: Option<String>,
}

/// What kind of unit (单位性质).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// 政府部门
    Bureau,
    /// 公用企业
    Utility,
    /// 区县政府
    District,
    /// 街道乡镇、社区村
    Street,
    /// 紧急热线
    Emergency,
}

impl Tier {
    pub const ALL: [Tier; 5] = [Tier::Bureau, Tier::Utility, Tier::District, Tier::Street, Tier::Emergency];

    /// On disk and on the wire.
    pub fn code(self) -> &'static str {
        match self {
            Tier::Bureau => "bureau",
            Tier::Utility => "utility",
            Tier::District => "district",
            Tier::Street => "street",
            Tier::Emergency => "emergency",
        }
    }

    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Tier::Bureau => "政府部门",
            Tier::Utility => "公用企业",
            Tier::District => "区县政府",
            Tier::Street => "街道乡镇、社区村",
            Tier::Emergency => "紧急热线",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct City {
    pub name: String,
    /// GB/T 2260.
    pub code: String,
}

/// A district, county or development zone (区县、开发区).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct District {
    pub name: String,
    /// GB/T 2260; zones have none.
    pub code: Option<String>,
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Its government's name where it is not `…人民政府`.
    pub government: Option<String>,
}

/// One line of the dispatch catalogue (派单目录).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub id: String,
    /// From [`EMERGENCY`] and [`REDIRECT`] on it looks at every text, below only at texts of its categories.
    pub priority: u32,
    pub categories: Vec<String>,
    #[serde(default)]
    pub when: When,
    pub lead: String,
    #[serde(default)]
    pub co: Vec<String>,
    pub level: Level,
    pub explanation: String,
    /// Its words alone decide, without the model's consent; for rules from [`REDIRECT`] to [`EMERGENCY`].
    #[serde(default)]
    pub firm: bool,
    #[serde(default)]
    pub basis: Vec<Basis>,
    /// What to ask when the deciding fact is missing.
    #[serde(default)]
    pub ask: Vec<Question>,
    /// Rules that answer the same question (易混组).
    pub group: Option<String>,
    pub effective_from: Option<NaiveDate>,
    pub effective_until: Option<NaiveDate>,
}

impl Rule {
    pub fn is_emergency(&self) -> bool {
        self.priority >= EMERGENCY
    }

    pub fn is_redirect(&self) -> bool {
        (REDIRECT..EMERGENCY).contains(&self.priority)
    }

    /// Whether it is in force on that day; without a day, whether it is not yet repealed.
    pub fn in_force(&self, on: Option<NaiveDate>) -> bool {
        match on {
            Some(day) => {
                self.effective_from.is_none_or(|from| from <= day)
                    && self.effective_until.is_none_or(|until| day <= until)
            }
            None => self.effective_until.is_none(),
        }
    }
}

/// When a rule speaks. A word may list alternatives, `工资|工钱`, also in brackets, `拿(着|)…(刀|斧)`, and leave a gap
/// within one clause, `打…孩子`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct When {
    /// At least one; no list, no condition.
    pub any: Vec<String>,
    /// Every one.
    pub all: Vec<String>,
    /// None. For emergencies, none in the same clause.
    pub not: Vec<String>,
    /// At least one, as a word of the text or as the kind of a place read from it (小区, 道路, 村, 学校 …).
    pub place: Vec<String>,
}

/// The alternatives of a word; those in brackets stay together.
pub fn alternatives(word: &str) -> impl Iterator<Item = &str> + Clone {
    let mut inside = false;
    word.split(move |c| {
        inside = (inside || c == '(') && c != ')';
        c == '|' && !inside
    })
}

/// A fact that decides the route (须追问的要素).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    pub question: String,
    /// Not asked when the text holds one of these.
    #[serde(default)]
    pub unless: Vec<String>,
}

/// The level a case is handled at (办理层级).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    City,
    District,
    Street,
    Utility,
    Transfer,
    Redirect,
}

/// What a rule rests on; from memory unless `verified`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    pub cite: String,
    pub verified: bool,
}

/// Words that tell whether a thing is happening now, was, may be, or is not (时态与语气线索).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cues {
    /// Ends what a `past` word began.
    pub now: Vec<String>,
    /// Earlier in the same sentence.
    pub past: Vec<String>,
    /// A clause with one of these dates the report, not the event.
    pub reported: Vec<String>,
    /// Right behind the word.
    pub over: Vec<String>,
    /// In the same sentence: all is over, unless it says now or cries for help.
    pub settled: Vec<String>,
    /// Before it in the same clause: a fear, a condition, a risk.
    pub unreal: Vec<String>,
    /// Before it in the same clause: a suspicion, believed when 了 follows.
    pub suspected: Vec<String>,
    /// Right behind the word: a risk, a drill, a figure of speech.
    pub figure: Vec<String>,
    /// Right before the word.
    pub denied: Vec<String>,
    /// A cry for help anywhere: then a feared thing counts as happening.
    pub plea: Vec<String>,
}

/// How a text tells that the unit itself is complained of (回避).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Conflict {
    /// Right before the unit's name: 举报, 投诉.
    pub accuse: Vec<String>,
    /// Behind the unit's name in the same clause: 打人, 收钱.
    pub misconduct: Vec<String>,
}

/// What to ask when the place that decides is unknown (属地追问).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Questions {
    /// Where it happened.
    pub place: Question,
    pub workplace: Question,
    pub project: Question,
    pub insured: Question,
    pub seller: Question,
    pub registrar: Question,
}
