//! The catalogue of categories, units and rules: what the shipped files hold and how a broken file is told.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use guikou::error::Kind;
use guikou::taxonomy::{Jurisdiction, Taxonomy};

fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
}

fn loaded() -> Taxonomy {
    Taxonomy::load(&shipped()).unwrap_or_else(|error| panic!("{}", error.chain()))
}

#[test]
fn the_shipped_files_load_and_every_code_leads_somewhere() {
    let taxonomy = loaded();
    assert_eq!(taxonomy.domains.len(), 19);
    assert_eq!(taxonomy.categories.len(), 150);
    assert_eq!(taxonomy.departments.len(), 61);
    assert_eq!(taxonomy.petition.len(), 8);
    for category in &taxonomy.categories {
        assert!(taxonomy.department(&category.lead).is_some(), "{}", category.code);
        assert_eq!(taxonomy.domain(&category.code).unwrap().code, category.code[..2]);
    }
    let places = taxonomy.categories.iter().map(|category| category.place).collect::<HashSet<_>>();
    assert!(places.contains(&Jurisdiction::Workplace) && places.contains(&Jurisdiction::Insured));
}

#[test]
fn a_code_gives_its_name_path_and_rules() {
    let taxonomy = loaded();
    assert_eq!(taxonomy.path("0706").as_deref(), Some("生态环境/餐饮油烟"));
    assert_eq!(taxonomy.path("07"), None);
    assert_eq!(taxonomy.category("0000"), None);
    assert_eq!(taxonomy.department("CGJ").unwrap().name, "城市管理执法局");
    assert_eq!(taxonomy.district(Some("420606"), None).unwrap().name, "樊城区");
    assert_eq!(taxonomy.district(None, Some("高新区")).unwrap().name, "襄阳高新区");
    assert_eq!(taxonomy.fallback().code, "9904");
    let priorities = taxonomy.rules_of("0704").map(|rule| rule.priority).collect::<Vec<_>>();
    assert!(priorities.len() > 1 && priorities.is_sorted_by(|a, b| a >= b), "{priorities:?}");
}

#[test]
fn any_edit_shows_in_the_version() {
    let before = loaded();
    let folder = copy_with("rules.toml", |text| format!("{text}\n# 改了一行\n"));
    let after = Taxonomy::load(folder.path()).unwrap();
    assert_eq!(before.version(), after.version());
    assert_ne!(before.rules_version(), after.rules_version());
    assert!(after.rules_version().starts_with("2026.11+"));
}

/// What is put at the end of which file, and what must be said about the line it was put on.
#[test]
fn each_mistake_is_told_with_its_file_and_line() {
    let rule =
        |rest: &str| format!("[[rule]]\nid = \"R900\"\npriority = 300\nlevel = \"city\"\nexplanation = \"试\"\n{rest}");
    let category = |code: &str, rest: &str| {
        format!("[[category]]\ncode = \"{code}\"\nname = \"试\"\nenglish = \"try\"\nco = []\nplace = \"local\"\n{rest}")
    };
    let good = "lead = \"CGJ\"\nkeywords = []\nurgency = \"normal\"";
    let cases = [
        ("rules.toml", rule("lead = \"XXX\"\ncategories = [\"0706\"]"), 6, "没有单位 XXX"),
        ("rules.toml", rule("lead = \"CGJ\"\nco = [\"ZJJ\", \"YYY\"]\ncategories = [\"0706\"]"), 7, "没有单位 YYY"),
        ("rules.toml", rule("lead = \"CGJ\"\ncategories = [\"0706\", \"0799\"]"), 7, "没有二级分类 0799"),
        ("rules.toml", rule("lead = \"CGJ\"\ncategories = []"), 7, "永远不会用到"),
        ("rules.toml", rule("lead = \"CGJ\"\ncategories = [\"0706\"]\nwhen.any = [\"烟\", \" \"]"), 8, "空词"),
        ("rules.toml", rule("lead = \"CGJ\"\ncategories = [\"0706\"]\nwhen.any = [\"(油|烟\"]"), 8, "括号"),
        ("rules.toml", rule("lead = \"CGJ\"\ncategories = [\"0706\"]\nwhen.any = [\"(油…烟)道\"]"), 8, "括号"),
        ("rules.toml", rule("lead = \"CGJ\"\ncategories = [\"0706\"]\nwhen.any = [\"烟…(|)\"]"), 8, "空词"),
        ("rules.toml", rule("lead = \"CGJ\"\ncategories = [\"0706\"]\nwhen.any = [\"烟\"]\nfirm = true"), 9, "firm"),
        ("rules.toml", rule("lead = \"CGJ\"\ncategories = [\"0706\"]\nwhen.any = [\"烟道\"]\nwhen.not = [\"烟\"]"), 8, "排除"),
        ("rules.toml", rule("lead = \"CGJ\"\ncategories = [\"0706\"]\nwhen.any = [\"油烟味\"]"), 1, "永远轮不到：R111"),
        ("rules.toml", rule("lead = \"CGJ\"\ncategories = [\"0706\"]\nwhne.any = [\"烟\"]"), 8, "whne"),
        (
            "rules.toml",
            rule("lead = \"CGJ\"\ncategories = [\"0706\"]\neffective_from = \"2027-01-01\"\neffective_until = \"2026-01-01\""),
            9,
            "失效日期早于生效日期",
        ),
        ("rules.toml", rule("lead = \"CGJ\"\ncategories = [\"0706\"]\neffective_from = \"明年\""), 8, "不符合要求"),
        ("rules.toml", rule("lead = \"CGJ\"\ncategories = [\"0706\"]").replace("300", "5000"), 3, "priority"),
        ("rules.toml", rule("lead = \"CGJ\"\ncategories = [\"0706\"]").replace("300", "1500"), 1, "必须写 any"),
        ("rules.toml", rule("lead = \"CGJ\"\ncategories = [\"0706\"]").replace("R900", "X9"), 2, "格式不对"),
        ("rules.toml", rule("lead = \"CGJ\"\ncategories = [\"0706\"]").replace("R900", "R111"), 1, "R111 重复"),
        ("taxonomy.toml", category("0706", good), 1, "0706 重复"),
        ("taxonomy.toml", category("7006", good), 2, "没有一级分类 70"),
        ("taxonomy.toml", category("70-6", good), 2, "格式不对"),
        ("taxonomy.toml", category("0799", "lead = \"CGJ\"\nkeywords = [\"烟\", \"\"]\nurgency = \"normal\""), 8, "空词"),
        ("taxonomy.toml", category("0799", "lead = \"CGJ\"\nkeywords = []\nurgency = \"soon\""), 9, "没有紧急程度 soon"),
        ("taxonomy.toml", category("0799", &format!("{good}\nchildren = [{{ code = \"070601\", name = \"试\" }}]")), 10, "三级代码"),
        ("taxonomy.toml", "[nonsense]\na = 1".to_string(), 1, "不认识的字段 nonsense"),
        ("taxonomy.toml", "[[domain]]\ncode = \"20".to_string(), 2, "TOML 语法错误"),
        ("departments.toml", "[[unit]]\ncode = \"城管\"\nname = \"试\"\nenglish = \"try\"\nlevel = \"bureau\"\naliases = []\nduties = []".to_string(), 2, "格式不对"),
        ("departments.toml", "[[district]]\nname = \"试\"\ncode = \"42\"".to_string(), 3, "6 位数字"),
    ];
    for (file, added, line, said) in cases {
        let before = fs::read_to_string(shipped().join(file)).unwrap().lines().count();
        let folder = copy_with(file, |text| format!("{text}{added}\n"));
        let error = Taxonomy::load(folder.path()).expect_err(&added);
        assert_eq!(error.kind, Kind::Setup);
        let place = format!("{}:{}", folder.path().join(file).display(), before + line);
        let told = error.flaws.iter().any(|flaw| flaw.pointer == place && flaw.saying.zh.contains(said));
        assert!(told, "{added}\nwanted {place} {said}, got {error}");
    }
}

#[test]
fn all_mistakes_of_all_files_are_told_at_once() {
    let folder = copy_with("taxonomy.toml", |text| text.replacen("lead = \"ZJJ\"", "lead = \"ZZZ\"", 3));
    let rules = folder.path().join("rules.toml");
    let broken = fs::read_to_string(&rules).unwrap().replacen("categories = [\"0701\"]", "categories = [\"0700\"]", 1);
    fs::write(&rules, broken).unwrap();
    let error = Taxonomy::load(folder.path()).unwrap_err();
    assert_eq!(error.flaws.len(), 4, "{error}");
}

#[test]
fn a_bracket_left_open_is_told_at_its_own_line_not_at_every_line_after_it() {
    let folder = copy_with("rules.toml", |text| {
        let mut lines: Vec<&str> = text.lines().collect();
        lines[39] = "lead = [";
        lines.join("\n")
    });
    let error = Taxonomy::load(folder.path()).unwrap_err();
    assert!(error.flaws[0].saying.zh.starts_with("TOML 语法错误"), "{error}");
    assert!(error.flaws.iter().all(|flaw| flaw.pointer.ends_with("rules.toml:40")), "{error}");
}

#[test]
fn a_missing_file_is_named() {
    let folder = copy_with("rules.toml", |text| text);
    fs::remove_file(folder.path().join("departments.toml")).unwrap();
    let error = Taxonomy::load(folder.path()).unwrap_err();
    assert_eq!(error.kind, Kind::Setup);
    assert!(error.to_string().contains("departments.toml"), "{error}");
}

/// The shipped folder with one file changed.
fn copy_with(file: &str, change: impl FnOnce(String) -> String) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["taxonomy.toml", "departments.toml", "rules.toml"] {
        fs::copy(shipped().join(name), folder.path().join(name)).unwrap();
    }
    let text = fs::read_to_string(folder.path().join(file)).unwrap();
    fs::write(folder.path().join(file), change(text)).unwrap();
    folder
}
