//! Makes the pages part of the program: the modules without their types, the style sheets, one shell for each page,
//! and, where Node is at hand, the charts.
//!
//! Nothing is fetched but by npm for the charts, and nothing fails for want of it: without Node, or without a network,
//! the program is built all the same and the pages show their tables. Rust-only changes never come here.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is how a build script speaks to cargo")]

#[path = "build/strip.rs"]
mod strip;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs, io};

use serde::Deserialize;

const WEB: &str = "src/http/web";
/// Single files served as they are, and folders of modules and style sheets.
const FILES: [&str; 3] = ["app.ts", "icon.svg", "samples.json"];
const FOLDERS: [&str; 2] = ["base", "pages"];
/// What the charts are made of.
const CHARTS: [&str; 4] = ["package.json", "package-lock.json", "vite.config.js", "charts.ts"];

/// A page as `pages.json` lists it.
#[derive(Deserialize)]
struct Page {
    path: String,
    name: String,
    title: String,
}

/// The assets by name, with the file that holds each; and what each module imports.
#[derive(Default)]
struct Made {
    files: BTreeMap<String, PathBuf>,
    imports: BTreeMap<String, Vec<String>>,
}

fn main() -> ExitCode {
    for name in FILES.iter().chain(&FOLDERS).chain(&CHARTS).chain(&["index.html", "pages.json"]) {
        println!("cargo:rerun-if-changed={WEB}/{name}");
    }
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), String> {
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo gives no OUT_DIR")?);
    let home = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("cargo gives no CARGO_MANIFEST_DIR")?);
    let web = home.join(WEB);
    let mut made = Made::default();
    for name in FILES {
        embed(&mut made, &web, name, &out)?;
    }
    for folder in FOLDERS {
        for name in listed(&web, folder)? {
            embed(&mut made, &web, &name, &out)?;
        }
    }
    if let Some(charts) = charts(&web, &out.join("charts")) {
        made.files.insert("charts.js".into(), charts);
    }
    let pages = shells(&mut made, &web, &out)?;
    write(&out.join("assets.rs"), &table(&made, &pages))
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, text))
        .map_err(|error| format!("{}: {error}", path.display()))
}

/// The modules and style sheets of a folder and its folders, by their names under `web`.
fn listed(web: &Path, folder: &str) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    let entries = fs::read_dir(web.join(folder)).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    for entry in entries.map_err(|error| format!("{folder}: {error}"))? {
        let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            names.extend(listed(web, &name)?);
        } else if name.ends_with(".css") || (name.ends_with(".ts") && !name.ends_with(".d.ts")) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Takes one file in; a module without its types.
fn embed(made: &mut Made, web: &Path, name: &str, out: &Path) -> Result<(), String> {
    let source = web.join(name);
    if !name.ends_with(".ts") {
        made.files.insert(name.into(), source);
        return Ok(());
    }
    let at = |line: usize, what: &str| format!("{WEB}/{name}:{line}: {what}");
    let module = strip::strip(&read(&source)?).map_err(|flaw| at(flaw.line, &flaw.what))?;
    let mut imports = Vec::new();
    for (import, line) in module.imports {
        let found = resolved(name, &import).filter(|found| web.join(found).is_file() && !found.ends_with(".d.ts"));
        imports.push(found.ok_or_else(|| at(line, &format!("imports `{import}`, which is not there")))?);
    }
    made.imports.insert(name.into(), imports);
    let stripped = out.join("web").join(name);
    write(&stripped, &module.code)?;
    made.files.insert(name.into(), stripped);
    Ok(())
}

/// `../base/dom.ts` seen from `pages/desk.ts` is `base/dom.ts`.
fn resolved(from: &str, import: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in import.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    import.starts_with('.').then(|| parts.join("/"))
}

/// One shell for each page: its title, its style sheet, and its modules named ahead, so that the browser asks for all
/// of them at once and not one after the other.
fn shells(made: &mut Made, web: &Path, out: &Path) -> Result<Vec<Page>, String> {
    let template = read(&web.join("index.html"))?;
    let pages: Vec<Page> =
        serde_json::from_str(&read(&web.join("pages.json"))?).map_err(|error| format!("pages.json: {error}"))?;
    for page in &pages {
        let (module, sheet) = (format!("pages/{}.ts", page.name), format!("pages/{}.css", page.name));
        if !made.files.contains_key(&module) {
            return Err(format!("{WEB}/pages.json names {module}, which is not there"));
        }
        let mut head = String::new();
        if made.files.contains_key(&sheet) {
            let _ = write!(head, "<link rel=\"stylesheet\" href=\"/assets/{sheet}\">");
        }
        let mut needed = BTreeSet::new();
        reach(&made.imports, "app.ts", &mut needed);
        reach(&made.imports, &module, &mut needed);
        for name in needed {
            let _ = write!(head, "\n  <link rel=\"modulepreload\" href=\"/assets/{name}\">");
        }
        let shell = template.replace("{title}", &page.title).replace("{name}", &page.name);
        let file = out.join("web").join(format!("{}.html", page.name));
        write(&file, &shell.replace("<!-- page -->", &head))?;
        made.files.insert(format!("{}.html", page.name), file);
    }
    Ok(pages)
}

/// A module and all that it imports.
fn reach<'a>(imports: &'a BTreeMap<String, Vec<String>>, name: &'a str, seen: &mut BTreeSet<&'a str>) {
    if seen.insert(name) {
        for import in imports.get(name).into_iter().flatten() {
            reach(imports, import, seen);
        }
    }
}

/// What `src/http/pages.rs` includes.
fn table(made: &Made, pages: &[Page]) -> String {
    let mut text =
        String::from("/// Name, media type and content of each file.\nstatic FILES: &[(&str, &str, &[u8])] = &[\n");
    for (name, file) in &made.files {
        let kind = match name.rsplit('.').next() {
            Some("html") => "text/html; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("svg") => "image/svg+xml",
            Some("json") => "application/json; charset=utf-8",
            _ => "text/javascript; charset=utf-8",
        };
        let _ = writeln!(text, "    ({name:?}, {kind:?}, include_bytes!({:?})),", file.display().to_string());
    }
    text.push_str("];\n/// Path and shell of each page.\nstatic PAGES: &[(&str, &str)] = &[\n");
    for page in pages {
        let _ = writeln!(text, "    ({:?}, {:?}),", page.path, format!("{}.html", page.name));
    }
    text.push_str("];\n");
    text
}

/// The bundle of charts, made anew only when what it is made of changed; none where Node is missing or npm fails.
fn charts(web: &Path, place: &Path) -> Option<PathBuf> {
    let bundle = place.join("out/charts.js");
    match bundled(web, place, &bundle) {
        Ok(()) => Some(bundle),
        Err(why) => {
            println!(
                "cargo:warning=页面将不含图表，只有表格：{why}。装好 Node 20.19 以上（含 npm，能访问 npm 源）后执行 cargo clean -p guikou \
                 再构建，即有图表。 The pages are built without charts, tables only: {why}. With Node 20.19 or later and an npm \
                 registry in reach, run cargo clean -p guikou and build again."
            );
            None
        }
    }
}

fn bundled(web: &Path, place: &Path, bundle: &Path) -> Result<(), String> {
    let mut sources = String::new();
    for name in CHARTS {
        let text = read(&web.join(name))?;
        write(&place.join(name), &text)?;
        sources.push_str(&text);
    }
    let stamp = place.join("made-of");
    if bundle.is_file() && fs::read_to_string(&stamp).is_ok_and(|made_of| made_of == sources) {
        return Ok(());
    }
    let _ = fs::remove_file(&stamp);
    // A machine without a network should know soon.
    npm(
        place,
        &[
            "ci",
            "--omit=dev",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--fetch-retries=1",
            "--fetch-timeout=30000",
        ],
    )?;
    npm(place, &["run", "charts"])?;
    if !bundle.is_file() {
        return Err("vite 没有产出 charts.js (vite made no charts.js)".into());
    }
    // A hundred megabytes that nobody needs again before the charts change.
    let _ = fs::remove_dir_all(place.join("node_modules"));
    write(&stamp, &sources)
}

fn npm(place: &Path, arguments: &[&str]) -> Result<(), String> {
    let program = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let ran = Command::new(program).args(arguments).current_dir(place).output();
    let ran = ran.map_err(|_| "没有找到 npm (npm was not found)".to_owned())?;
    if ran.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&ran.stderr).into_owned() + &String::from_utf8_lossy(&ran.stdout);
    let last = said.lines().map(str::trim).find(|line| line.contains("rror")).unwrap_or("?").to_owned();
    Err(format!("npm {} 失败 (failed)：{last}", arguments[0]))
}
