//! Puts the three files together and finds what is wrong in them: codes that repeat, name nothing or have the wrong
//! form, empty words, rules that can never fire.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::sheet::{Entry, Sheet, Source};
use super::{
    Category, City, Conflict, Cues, Department, District, Domain, EMERGENCY, Flag, PetitionType, Questions, Rule,
    Taxonomy, Telling, UrgencyLevel, When, alternatives,
};
use crate::error::Flaw;

/// Highest priority a rule may have.
const HIGHEST: u32 = 1999;

/// The taxonomy, or every mistake found.
pub(super) fn assemble(catalogue: &Source, units: &Source, book: &Source) -> Result<Taxonomy, Vec<Flaw>> {
    let (mut labels, mut offices, mut rulebook) = (Sheet::of(catalogue), Sheet::of(units), Sheet::of(book));
    labels.only(&["version", "fallback", "petition", "urgency", "flag", "domain", "category"]);
    offices.only(&["version", "city", "district", "unit"]);
    rulebook.only(&["version", "cues", "conflict", "questions", "rule"]);
    let version = labels.one::<String>("version");
    offices.one::<String>("version");
    let rules_version = rulebook.one::<String>("version");

    let departments = departments(&mut offices);
    let known = codes(&departments, |unit| &unit.code);
    let (city, districts) = (offices.one::<City>("city"), districts(&mut offices));
    let urgency = labels.all::<UrgencyLevel>("urgency");
    let petition = labels.all::<PetitionType>("petition");
    let flags = flags(&mut labels);
    names(&mut labels, &urgency, |level| &level.code);
    names(&mut labels, &petition, |petition| &petition.code);
    let domains = domains(&mut labels);
    let categories = categories(&mut labels, &codes(&domains, |d| &d.code), &known, &codes(&urgency, |u| &u.code));
    let rules = rules(&mut rulebook, &codes(&categories, |category| &category.code), &known);
    let fallback = fallback(&mut labels, &categories);
    let (cues, conflict) = (rulebook.one::<Cues>("cues"), rulebook.one::<Conflict>("conflict"));
    let questions = rulebook.one::<Questions>("questions");

    let flaws = [labels, offices, rulebook].into_iter().flat_map(|sheet| sheet.flaws).collect::<Vec<_>>();
    let whole = (version, rules_version, city, fallback, cues, conflict, questions);
    let (Some(version), Some(rules_version), Some(city), Some(fallback), Some(cues), Some(conflict), Some(questions)) =
        whole
    else {
        return Err(flaws);
    };
    if !flaws.is_empty() {
        return Err(flaws);
    }
    let (categories, departments, mut rules) = (values(categories), values(departments), values(rules));
    rules.sort_by(|a, b| b.priority.cmp(&a.priority).then_with(|| a.id.cmp(&b.id)));
    let mut rules_of = HashMap::<String, Vec<usize>>::new();
    for (at, rule) in rules.iter().enumerate() {
        rule.categories.iter().for_each(|code| rules_of.entry(code.clone()).or_default().push(at));
    }
    Ok(Taxonomy {
        words: telling(&categories, &rules),
        version: format!("{}+{}", version.value, Source::hash(&[catalogue, units])),
        rules_version: format!("{}+{}", rules_version.value, Source::hash(&[book])),
        category_at: categories.iter().enumerate().map(|(at, c)| (c.code.clone(), at)).collect(),
        department_at: departments.iter().enumerate().map(|(at, unit)| (unit.code.clone(), at)).collect(),
        petition: values(petition),
        urgency: values(urgency),
        flags: values(flags),
        domains: values(domains),
        city: city.value,
        districts: values(districts),
        cues: cues.value,
        conflict: conflict.value,
        questions: questions.value,
        categories,
        departments,
        rules,
        fallback,
        rules_of,
    })
}

/// Every word that categories and their rules look for, with the categories it speaks for. Emergency rules look at
/// every text anyway.
fn telling(categories: &[Category], rules: &[Rule]) -> Vec<Telling> {
    let mut words = BTreeMap::<&str, (Vec<usize>, Vec<usize>)>::new();
    for (at, category) in categories.iter().enumerate() {
        category.keywords.iter().for_each(|word| words.entry(word).or_default().0.push(at));
        let ours = rules.iter().filter(|rule| !rule.is_emergency() && rule.categories.contains(&category.code));
        for word in ours.flat_map(|rule| &rule.when.any) {
            let of_rules = &mut words.entry(word).or_default().1;
            if of_rules.last() != Some(&at) {
                of_rules.push(at);
            }
        }
    }
    let telling =
        |(word, (keyword_of, rule_word_of)): (&str, _)| Telling { word: word.to_string(), keyword_of, rule_word_of };
    words.into_iter().map(telling).collect()
}

// ── the files' sections ─────────────────────────────────────────────────────────────────────────────────────────

fn departments<'a>(sheet: &mut Sheet<'a>) -> Vec<Entry<'a, Department>> {
    let entries = sheet.all::<Department>("unit");
    unique(sheet, &entries, |unit| &unit.code);
    let known = codes(&entries, |unit| &unit.code);
    for entry in &entries {
        let unit = &entry.value;
        form(sheet, entry.at("code"), &unit.code, is_unit_code, "2–8 个大写字母或数字", "2–8 capitals or digits");
        words(sheet, entry, "aliases", &unit.aliases);
        words(sheet, entry, "duties", &unit.duties);
        if let Some(supervisor) = &unit.supervisor {
            refer(sheet, entry.at("supervisor"), supervisor, &known, "单位", "unit");
        }
    }
    entries
}

fn districts<'a>(sheet: &mut Sheet<'a>) -> Vec<Entry<'a, District>> {
    let entries = sheet.all::<District>("district");
    unique(sheet, &entries, |district| &district.name);
    for entry in &entries {
        let Some(code) = &entry.value.code else { continue };
        form(sheet, entry.at("code"), code, |code| is_digits(code, 6), "6 位数字", "six digits");
    }
    entries
}

fn flags<'a>(sheet: &mut Sheet<'a>) -> Vec<Entry<'a, Flag>> {
    let entries = sheet.all::<Flag>("flag");
    names(sheet, &entries, |flag| &flag.code);
    for entry in &entries {
        words(sheet, entry, "cues", &entry.value.cues);
        words(sheet, entry, "not", &entry.value.not);
        if entry.value.cues.is_empty() {
            sheet.flaw(entry.start(), "cues 为空，标签永远不会出现", "cues is empty: the flag can never appear");
        }
    }
    entries
}

fn domains<'a>(sheet: &mut Sheet<'a>) -> Vec<Entry<'a, Domain>> {
    let entries = sheet.all::<Domain>("domain");
    unique(sheet, &entries, |domain| &domain.code);
    for entry in &entries {
        form(sheet, entry.at("code"), &entry.value.code, |code| is_digits(code, 2), "2 位数字", "two digits");
    }
    entries
}

fn categories<'a>(
    sheet: &mut Sheet<'a>,
    domains: &HashSet<String>,
    units: &HashSet<String>,
    urgency: &HashSet<String>,
) -> Vec<Entry<'a, Category>> {
    let entries = sheet.all::<Category>("category");
    unique(sheet, &entries, |category| &category.code);
    let mut children = HashSet::new();
    for entry in &entries {
        let category = &entry.value;
        let code = entry.at("code");
        if form(sheet, code, &category.code, |code| is_digits(code, 4), "4 位数字", "four digits") {
            refer(sheet, code, &category.code[..2], domains, "一级分类", "domain");
        }
        refer(sheet, entry.at("urgency"), &category.urgency, urgency, "紧急程度", "urgency");
        words(sheet, entry, "keywords", &category.keywords);
        words(sheet, entry, "examples", &category.examples);
        team(sheet, entry, &category.lead, &category.co, units);
        for child in &category.children {
            let fits = is_digits(&child.code, 6) && child.code.starts_with(&category.code);
            if !fits || !children.insert(child.code.clone()) {
                let (zh, en) =
                    ("三级代码应为本分类代码加 2 位数字且不重复", "a child's code is its parent's and two digits");
                sheet.flaw(entry.at("children"), format!("{zh}：{}", child.code), format!("{en}: {}", child.code));
            }
        }
    }
    entries
}

fn fallback(sheet: &mut Sheet, categories: &[Entry<Category>]) -> Option<usize> {
    let fallback = sheet.one::<String>("fallback")?;
    let at = categories.iter().position(|entry| entry.value.code == fallback.value);
    if at.is_none() {
        refer(sheet, fallback.start(), &fallback.value, &HashSet::new(), "二级分类", "category");
    }
    at
}

fn rules<'a>(sheet: &mut Sheet<'a>, categories: &HashSet<String>, units: &HashSet<String>) -> Vec<Entry<'a, Rule>> {
    let entries = sheet.all::<Rule>("rule");
    unique(sheet, &entries, |rule| &rule.id);
    for entry in &entries {
        let rule = &entry.value;
        form(sheet, entry.at("id"), &rule.id, is_rule_id, "R 加 3–4 位数字", "R and three or four digits");
        if !(1..=HIGHEST).contains(&rule.priority) {
            let (zh, en) = ("priority 应在 1–1999", "priority must be 1–1999");
            sheet.flaw(
                entry.at("priority"),
                format!("{zh}，现为 {}", rule.priority),
                format!("{en}: {}", rule.priority),
            );
        }
        for (at, code) in rule.categories.iter().enumerate() {
            refer(sheet, entry.at_item("categories", at), code, categories, "二级分类", "category");
        }
        team(sheet, entry, &rule.lead, &rule.co, units);
        let When { any, all, not, place } = &rule.when;
        let parts = [any, all, not, place].into_iter().flatten().flat_map(|word| alternatives(word));
        let mut parts = parts.flat_map(|word| word.split('…'));
        if parts.clone().any(|part| is_blank(&part.replace(['(', '|', ')'], ""))) {
            sheet.flaw(entry.at("when"), "when 里有空词", "a word of `when` is empty");
        }
        if !parts.all(has_whole_brackets) {
            let (zh, en) =
                ("when 里的括号没有成对，或中间有“…”", "brackets in `when` do not close before the next … or (");
            sheet.flaw(entry.at("when"), zh, en);
        }
        if rule.ask.iter().any(|ask| is_blank(&ask.question) || ask.unless.iter().any(|word| is_blank(word))) {
            sheet.flaw(entry.at("ask"), "ask 里有空词", "a question or word of `ask` is empty");
        }
        never_fires(sheet, entry, &entries);
    }
    entries
}

/// A rule that no text can reach is a mistake, and so is an emergency rule that every text meets.
fn never_fires(sheet: &mut Sheet, entry: &Entry<Rule>, all: &[Entry<Rule>]) {
    let rule = &entry.value;
    if let (Some(from), Some(until)) = (rule.effective_from, rule.effective_until)
        && until < from
    {
        sheet.flaw(entry.at("effective_until"), "失效日期早于生效日期", "effective_until is before effective_from");
    }
    if rule.categories.is_empty() {
        sheet.flaw(
            entry.at("categories"),
            "categories 为空，规则永远不会用到",
            "no categories: the rule can never fire",
        );
    }
    let needed = rule.when.any.iter().flat_map(|word| alternatives(word));
    if !rule.when.any.is_empty() && needed.clone().all(|word| rule.when.not.iter().any(|not| word.contains(not))) {
        let (zh, en) = ("any 里的每个词都被 not 排除，规则永远不会用到", "every word of `any` is ruled out by `not`");
        sheet.flaw(entry.at("when"), zh, en);
    }
    if rule.priority >= super::REDIRECT && rule.when.any.is_empty() {
        let (zh, en) = ("优先级 950 以上的规则看所有诉求，必须写 any", "from priority 950 on a rule needs `any`");
        sheet.flaw(entry.at("when"), zh, en);
    }
    if rule.firm && !rule.is_redirect() {
        let (zh, en) = ("firm 只用于优先级 950–999 的规则", "`firm` is for rules of priority 950–999");
        sheet.flaw(entry.at("firm"), zh, en);
    }
    let above = all.iter().map(|entry| &entry.value).find(|above| hides(above, rule));
    if let Some(above) = above.filter(|_| rule.priority < EMERGENCY) {
        let (zh, en) =
            (format!("永远轮不到：{} 优先且条件更宽", above.id), format!("never reached: {} comes first", above.id));
        sheet.flaw(entry.start(), zh, en);
    }
}

/// Whether `above` always speaks first where `below` would.
fn hides(above: &Rule, below: &Rule) -> bool {
    let When { any, all, not, place } = &above.when;
    let wider = || {
        let mut words = below.when.any.iter().flat_map(|word| alternatives(word));
        any.is_empty() || (!below.when.any.is_empty() && words.all(|word| any.iter().any(|wide| word.contains(wide))))
    };
    above.priority > below.priority
        && all.is_empty()
        && not.is_empty()
        && place.is_empty()
        && above.effective_from.is_none()
        && above.effective_until.is_none()
        && below.categories.iter().all(|code| above.categories.contains(code))
        && wider()
}

// ── single checks ───────────────────────────────────────────────────────────────────────────────────────────────

fn team<T>(sheet: &mut Sheet, entry: &Entry<T>, lead: &str, co: &[String], units: &HashSet<String>) {
    refer(sheet, entry.at("lead"), lead, units, "单位", "unit");
    for (at, code) in co.iter().enumerate() {
        refer(sheet, entry.at_item("co", at), code, units, "单位", "unit");
        if code == lead || co[..at].contains(code) {
            let (zh, en) = (format!("单位 {code} 重复"), format!("unit {code} repeats"));
            sheet.flaw(entry.at_item("co", at), zh, en);
        }
    }
}

fn names<'a, T>(sheet: &mut Sheet<'a>, entries: &[Entry<'a, T>], code: impl Fn(&T) -> &String) {
    unique(sheet, entries, &code);
    for entry in entries {
        form(sheet, entry.at("code"), code(&entry.value), is_name, "小写字母和下划线", "small letters and underscores");
    }
}

fn unique<'a, T>(sheet: &mut Sheet<'a>, entries: &[Entry<'a, T>], code: impl Fn(&T) -> &String) {
    let mut seen = HashSet::new();
    for entry in entries {
        let code = code(&entry.value);
        if !seen.insert(code) {
            sheet.flaw(entry.start(), format!("{code} 重复"), format!("{code} is there twice"));
        }
    }
}

fn refer(sheet: &mut Sheet, at: usize, code: &str, known: &HashSet<String>, zh: &str, en: &str) {
    if !known.contains(code) {
        sheet.flaw(at, format!("没有{zh} {code}"), format!("there is no {en} {code}"));
    }
}

fn form(sheet: &mut Sheet, at: usize, code: &str, fits: impl Fn(&str) -> bool, zh: &str, en: &str) -> bool {
    if !fits(code) {
        sheet.flaw(at, format!("代码 {code} 格式不对：应为{zh}"), format!("code {code} must be {en}"));
    }
    fits(code)
}

fn words<T>(sheet: &mut Sheet, entry: &Entry<T>, field: &str, list: &[String]) {
    for (at, word) in list.iter().enumerate() {
        if is_blank(word) {
            sheet.flaw(entry.at_item(field, at), format!("{field} 里有空词"), format!("a word of `{field}` is empty"));
        } else if list[..at].contains(word) {
            sheet.flaw(entry.at_item(field, at), format!("{word} 重复"), format!("{word} is there twice"));
        }
    }
}

fn codes<T>(entries: &[Entry<T>], code: impl Fn(&T) -> &String) -> HashSet<String> {
    entries.iter().map(|entry| code(&entry.value).clone()).collect()
}

fn values<T>(entries: Vec<Entry<T>>) -> Vec<T> {
    entries.into_iter().map(|entry| entry.value).collect()
}

fn is_blank(word: &str) -> bool {
    word.trim().is_empty()
}

fn has_whole_brackets(part: &str) -> bool {
    let mut pieces = part.split('(');
    !pieces.next().is_some_and(|plain| plain.contains(')')) && pieces.all(|piece| piece.matches(')').count() == 1)
}

fn is_digits(code: &str, length: usize) -> bool {
    code.len() == length && code.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_unit_code(code: &str) -> bool {
    (2..=8).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn is_rule_id(id: &str) -> bool {
    id.strip_prefix('R').is_some_and(|digits| is_digits(digits, 3) || is_digits(digits, 4))
}

fn is_name(code: &str) -> bool {
    !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}
