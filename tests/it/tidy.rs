//! The house, held: who may use whom, which library has which door, how long a file may get.
//!
//! This table is the plan; `src/lib.rs` draws it and the README tells it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Floors from the ground up. A module uses only modules of lower floors.
const FLOORS: [&[&str]; 7] = [
    &["error"],
    &["disk"],
    &["taxonomy"],
    &["case"],
    &["text", "model", "issues", "routing", "deadline", "store", "analytics", "dataset", "themes"],
    &["triage", "insight", "survey", "learning"],
    &["report", "http", "config", "cli"],
];

/// Among faces: who may use whom. `cli` builds everything, once; `config` nests each face's own options; what `report`
/// prints goes out through the others.
const FACES: [(&str, &[&str]); 4] =
    [("report", &[]), ("http", &["report"]), ("config", &["http"]), ("cli", &["http", "config", "report"])];

/// Each library and the modules that may name it. The floors' own rule covers the rest.
const DOORS: [(&str, &[&str]); 37] = [
    ("jieba_rs", &["text"]),
    ("ferrous_opencc", &["text"]),
    ("unicode_normalization", &["text"]),
    ("html_escape", &["text", "report"]),
    ("regex", &["text"]),
    ("candle_core", &["model"]),
    ("candle_nn", &["model"]),
    ("tokenizers", &["model"]),
    ("safetensors", &["model"]),
    ("pulp", &["model"]),
    ("csv", &["dataset"]),
    ("calamine", &["dataset"]),
    ("encoding_rs", &["dataset"]),
    // Tables of cases in the one, documents with their charts in the other.
    ("rust_xlsxwriter", &["dataset", "report"]),
    ("docx_rs", &["report"]),
    ("zip", &["report"]),
    // Tables: counted in one craft, written as Parquet in the other.
    ("polars", &["analytics", "dataset"]),
    ("polars_io", &["dataset"]),
    ("rusqlite", &["store"]),
    ("uuid", &["store"]),
    ("postcard", &["store"]),
    ("axum", &["http"]),
    ("tokio", &["http"]),
    ("tower", &["http"]),
    ("tower_http", &["http"]),
    ("utoipa_axum", &["http"]),
    ("utoipa_swagger_ui", &["http"]),
    ("metrics", &["http"]),
    ("metrics_exporter_prometheus", &["http"]),
    // The shapes that cross the wire describe themselves where they are defined.
    ("utoipa", &["http", "case", "taxonomy", "store", "insight", "analytics", "survey", "report"]),
    // What goes out to other systems.
    ("ureq", &["http"]),
    ("hmac", &["http"]),
    ("base64", &["http"]),
    ("futures_core", &["http"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("indicatif", &["cli"]),
];

const LONGEST_FILE: usize = 500;

/// A source file: its module (the first path part under `src`) and its lines.
struct Source {
    path: PathBuf,
    module: String,
    text: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let found: Vec<Source> = files(&root, &["rs"])
        .into_iter()
        .map(|path| {
            let inside = path.strip_prefix(&root).unwrap();
            let first = inside.components().next().unwrap().as_os_str().to_string_lossy();
            let module = first.trim_end_matches(".rs").to_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            Source { module, text, path }
        })
        .collect();
    assert!(found.len() > 20, "the sources were not found");
    found
}

/// The files under a folder with one of these endings; what npm put there is not ours.
fn files(root: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let (mut folders, mut found) = (vec![root.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("node_modules") && !path.ends_with("out") {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| endings.iter().any(|wanted| ending == *wanted)) {
                found.push(path);
            }
        }
    }
    found
}

/// Code without comments: what a line says before `//`.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(|line| line.split("//").next().unwrap_or(""))
}

fn names(code: &str, name: &str) -> bool {
    let inside = |before: Option<char>| before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':');
    code.match_indices(&format!("{name}::")).any(|(at, _)| !inside(code[..at].chars().next_back()))
}

/// The modules that a file imports from its own crate.
fn uses<'a>(text: &'a str, modules: &[&'a str]) -> Vec<&'a str> {
    let whole: String = code(text).collect::<Vec<_>>().join("\n");
    let direct =
        |module: &&&str| names(&whole, &format!("crate::{module}")) || whole.contains(&format!("crate::{module}"));
    let grouped = |module: &&&str| whole.contains(&format!("crate::{{{module}"));
    modules.iter().filter(|module| direct(module) || grouped(module)).copied().collect()
}

#[test]
fn a_module_uses_only_what_stands_below_it() {
    let floor: BTreeMap<&str, usize> =
        FLOORS.iter().enumerate().flat_map(|(i, modules)| modules.iter().map(move |module| (*module, i))).collect();
    let modules: Vec<&str> = floor.keys().copied().collect();
    let mut wrong = Vec::new();
    for source in sources() {
        if source.module == "lib" || source.module == "main" {
            continue;
        }
        let Some(mine) = floor.get(source.module.as_str()) else {
            wrong.push(format!("{} stands on no floor", source.path.display()));
            continue;
        };
        for used in uses(&source.text, &modules) {
            let faces = FACES.iter().any(|(face, may)| *face == source.module && may.contains(&used));
            if used != source.module && floor[used] >= *mine && !faces {
                wrong.push(format!("{} uses {used}, which does not stand below it", source.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_library_has_one_door() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (library, doors) in DOORS {
            let named = code(&source.text).any(|line| names(line, library));
            if named && !doors.contains(&source.module.as_str()) {
                wrong.push(format!("{} names {library}, whose door is {doors:?}", source.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_is_longer_than_a_reader_can_hold() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let ours = ["src", "build", "tests/pages"].map(|folder| files(&home.join(folder), &["rs", "ts", "css", "mjs"]));
    // The contract is made from the API's description.
    let ours = ours.into_iter().flatten().filter(|path| !path.to_string_lossy().ends_with(".d.ts"));
    let lines = |path: &PathBuf| std::fs::read_to_string(path).unwrap().lines().count();
    let long: Vec<String> =
        ours.filter(|path| lines(path) > LONGEST_FILE).map(|path| path.display().to_string()).collect();
    assert!(long.is_empty(), "longer than {LONGEST_FILE} lines: {}", long.join(", "));
}

#[test]
fn the_plan_in_lib_names_every_module() {
    let plan = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    for module in FLOORS.iter().flat_map(|modules| modules.iter()) {
        assert!(plan.contains(&format!("pub mod {module};")), "lib.rs does not declare {module}");
        let drawn = plan.lines().filter(|line| line.starts_with("//!")).any(|line| line.contains(module));
        assert!(drawn, "the plan in lib.rs does not draw {module}");
    }
}

/// The rules above must be able to fail.
#[test]
fn the_rules_see_what_they_forbid() {
    assert_eq!(
        uses("use crate::{http, case};\nlet x = crate::model::Model::load(d);", &["http", "model", "text"]),
        ["http", "model"]
    );
    assert!(uses("// crate::http is above", &["http"]).is_empty());
    assert!(names("let x = csv::Reader::new();", "csv") && !names("let x = my_csv::Reader::new();", "csv"));
}
