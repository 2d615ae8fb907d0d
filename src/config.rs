//! Settings in layers: the commented defaults in the binary < a TOML file < environment < flags.
//!
//! `config.default.toml` is also the schema: a key it does not have is unknown, and a value of another type is wrong.
//! Every mistake is named with `file:line` or its variable, all of them at once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::de::DeTable;
use toml::{Table, Value};

use crate::error::{Error, Flaw, Result, Saying};
use crate::http;
use crate::insight;
use crate::issues;
use crate::learning::registry;

const DEFAULTS: &str = include_str!("config.default.toml");
/// Variables with a short name of their own.
const NAMED: [(&str, &str); 6] = [
    ("GUIKOU_LISTEN", "http.listen"),
    ("GUIKOU_DATA", "data"),
    ("GUIKOU_MODEL", "model"),
    ("GUIKOU_MODELS", "models"),
    ("GUIKOU_SHADOW", "shadow"),
    ("GUIKOU_STORE", "store"),
];
/// Never shown; an address may hold a token.
const SECRETS: [&str; 3] = ["http.api_keys", "alerts.webhooks", "alerts.webhook_secret"];

/// The effective settings.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    data: Option<PathBuf>,
    model: Option<PathBuf>,
    models: Option<PathBuf>,
    /// A model that answers beside the active one, to be compared with it.
    pub shadow: Option<PathBuf>,
    pub store: Option<PathBuf>,
    pub http: http::Options,
    pub alerts: http::AlertOptions,
    pub issues: issues::Options,
    pub hotspots: insight::hotspots::Options,
    pub reports: http::ReportOptions,
    pub log: Log,
}

/// How the log is written; always to standard error.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub level: String,
    pub format: LogFormat,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    Text,
    Json,
}

impl Settings {
    /// The data folder: as set, else `./data`, else beside the executable.
    pub fn data(&self) -> PathBuf {
        self.data.clone().unwrap_or_else(|| nearby("data"))
    }

    /// The model folder: as set, else the active one of [`Settings::models`], else its `default`. Fails only where
    /// the pointer to the active one is broken.
    pub fn model(&self) -> Result<PathBuf> {
        if let Some(model) = &self.model {
            return Ok(model.clone());
        }
        Ok(registry::active(&self.models())?.unwrap_or_else(|| self.default_model()))
    }

    /// The same where work must go on: `default` where the pointer is broken, and what is wrong with it.
    pub fn model_anyhow(&self) -> (PathBuf, Option<Saying>) {
        self.model().map_or_else(|error| (self.default_model(), Some(error.saying)), |model| (model, None))
    }

    fn default_model(&self) -> PathBuf {
        self.models.as_ref().map_or_else(|| nearby("models/default"), |models| models.join("default"))
    }

    /// The folder of all models: as set, else `./models`, else beside the executable.
    pub fn models(&self) -> PathBuf {
        self.models.clone().unwrap_or_else(|| nearby("models"))
    }

    /// A model as a person names it: one of [`Settings::models`] by its name, any other by its folder.
    pub fn named(&self, model: &Path) -> PathBuf {
        let inside = self.models().join(model);
        if inside.is_dir() { inside } else { model.to_owned() }
    }

    /// By what figures are measured.
    pub fn measures(&self) -> insight::Options {
        insight::Options { hotspots: self.hotspots }
    }

    /// Whether the model folder was set, whichever is active.
    pub fn names_model(&self) -> bool {
        self.model.is_some()
    }
}

fn nearby(folder: &str) -> PathBuf {
    let here = PathBuf::from(folder);
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join(folder)));
    beside.filter(|beside| !here.is_dir() && beside.is_dir()).unwrap_or(here)
}

/// Settings and where each one comes from.
pub struct Config {
    pub settings: Settings,
    values: Table,
    origins: BTreeMap<String, String>,
}

impl Config {
    /// Reads all layers. `flags` are `(flag, key, value)`.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
        flags: &[(&str, &str, String)],
    ) -> Result<Self> {
        let mut layers = Layers::new()?;
        if let Some(path) = file {
            layers.file(path)?;
        }
        layers.environment(environment);
        for (flag, key, value) in flags {
            layers.text(flag, key, value);
        }
        layers.settle()
    }

    /// The effective settings as TOML, each with its origin; keys redacted.
    pub fn show(&self) -> String {
        let mut shown = String::new();
        let mut section = "";
        let keys: Vec<_> = leaves(&self.values, "");
        for (key, value) in &keys {
            let (head, name) = key.split_once('.').unwrap_or(("", key));
            if head != section {
                shown.push_str(&format!("\n[{head}]\n"));
                section = head;
            }
            let value = match value {
                Value::Array(hidden) if SECRETS.contains(&key.as_str()) => format!("{:?}", vec!["***"; hidden.len()]),
                Value::String(hidden) if SECRETS.contains(&key.as_str()) && !hidden.is_empty() => "\"***\"".to_owned(),
                value => written(value),
            };
            let origin = self.origins.get(key).map_or("默认", String::as_str);
            shown.push_str(&format!("{name} = {value}  # {origin}\n"));
        }
        shown
    }
}

/// The layers while they are laid.
struct Layers {
    defaults: Table,
    /// Key → origin and value, the last layer's.
    set: BTreeMap<String, (String, Value)>,
    flaws: Vec<Flaw>,
}

impl Layers {
    fn new() -> Result<Self> {
        let defaults = DEFAULTS.parse().map_err(|error: toml::de::Error| {
            Error::internal("内置默认设置有误", "the built-in defaults are broken").because(error)
        })?;
        Ok(Self { defaults, set: BTreeMap::new(), flaws: Vec::new() })
    }

    fn flaw(&mut self, origin: &str, zh: impl Into<String>, en: impl Into<String>) {
        self.flaws.push(Flaw { pointer: origin.to_owned(), saying: Saying::new(zh, en) });
    }

    fn file(&mut self, path: &Path) -> Result<()> {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| {
            Error::setup(format!("读不了设置文件 {shown}"), format!("cannot read {shown}")).because(error)
        })?;
        let line = |at: usize| 1 + text.get(..at).unwrap_or(&text).matches('\n').count();
        let broken = |error: toml::de::Error| {
            let origin = format!("{shown}:{}", error.span().map_or(1, |span| line(span.start)));
            let error = (format!("TOML 语法错误：{}", error.message()), format!("broken TOML: {}", error.message()));
            Error::setup(format!("设置文件 {shown} 有误"), format!("{shown} is wrong")).at(origin, error.0, error.1)
        };
        let places = DeTable::parse(&text).map_err(broken)?;
        let values: Table = text.parse().map_err(broken)?;
        let origin = |at: usize| format!("{shown}:{}", line(at));
        self.table(places.get_ref(), &values, "", &origin);
        Ok(())
    }

    fn table(&mut self, places: &DeTable, values: &Table, prefix: &str, origin: &impl Fn(usize) -> String) {
        for (name, _) in places {
            let Some(value) = values.get(name.get_ref().as_ref()) else { continue };
            let key = format!("{prefix}{}", name.get_ref());
            let origin_here = origin(name.span().start);
            let inner = places.get(name.get_ref().as_ref()).and_then(|place| place.get_ref().as_table());
            match (default(&self.defaults, &key), value, inner) {
                (Some(Value::Table(_)), Value::Table(values), Some(places)) => {
                    self.table(places, values, &format!("{key}."), origin);
                }
                (Some(wanted), value, _) if wanted.same_type(value) => {
                    self.set.insert(key, (origin_here, value.clone()));
                }
                (Some(wanted), value, _) => {
                    let (zh, en) = (type_name(wanted), wanted.type_str());
                    let zh = format!("{key} 须为{zh}，现在是{}", type_name(value));
                    self.flaw(&origin_here, zh, format!("{key} must be {en}, is {}", value.type_str()));
                }
                (None, ..) => self.unknown(&origin_here, &key),
            }
        }
    }

    fn unknown(&mut self, origin: &str, key: &str) {
        let known: Vec<_> = leaves(&self.defaults, "").into_iter().map(|(key, _)| key).collect();
        let (zh, en) = (known.join("、"), known.join(", "));
        self.flaw(origin, format!("不认识的设置 {key}；可用：{zh}"), format!("unknown setting {key}; known: {en}"));
    }

    /// Only `GUIKOU_SECTION__KEY` and the short names are ours: orchestrators put `GUIKOU_PORT` and the like there for
    /// a service of our name, and those must not stop us.
    fn environment(&mut self, environment: impl IntoIterator<Item = (String, String)>) {
        for (name, value) in environment {
            if let Some((_, key)) = NAMED.iter().find(|(named, _)| *named == name) {
                self.text(&name, key, &value);
            } else if let Some((section, key)) = name.strip_prefix("GUIKOU_").and_then(|rest| rest.split_once("__")) {
                self.text(&name, &format!("{section}.{key}").to_lowercase(), &value);
            }
        }
    }

    /// A value that came as text; the default's type says how to read it.
    fn text(&mut self, origin: &str, key: &str, text: &str) {
        let read = match default(&self.defaults, key) {
            None | Some(Value::Table(_)) => return self.unknown(origin, key),
            Some(Value::String(_)) => Some(Value::String(text.to_owned())),
            Some(Value::Integer(_)) => text.trim().parse().ok().map(Value::Integer),
            Some(Value::Float(_)) => text.trim().parse().ok().map(Value::Float),
            Some(Value::Boolean(_)) => text.trim().parse().ok().map(Value::Boolean),
            Some(Value::Array(_)) => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                Some(Value::Array(items.map(|item| Value::String(item.to_owned())).collect()))
            }
            Some(Value::Datetime(_)) => None,
        };
        match (read, default(&self.defaults, key)) {
            (Some(value), _) => {
                self.set.insert(key.to_owned(), (origin.to_owned(), value));
            }
            (None, wanted) => {
                let zh = wanted.map_or("", type_name);
                self.flaw(origin, format!("{key} 须为{zh}"), format!("{key} has the wrong type"));
            }
        }
    }

    /// Tries every setting alone over the defaults, so that each mistake is named with its origin, then all together.
    fn settle(mut self) -> Result<Config> {
        let set = std::mem::take(&mut self.set);
        for (key, (origin, value)) in &set {
            let mut alone = self.defaults.clone();
            put(&mut alone, key, value.clone());
            if let Err(error) = settings(&alone) {
                let (usual, why) = (default(&self.defaults, key).map(written).unwrap_or_default(), error.message());
                self.flaw(
                    origin,
                    format!("{key} 取值无效（默认 {usual}）：{why}"),
                    format!("{key}: {why} (default {usual})"),
                );
            }
        }
        if !self.flaws.is_empty() {
            let count = self.flaws.len();
            let mut error = Error::setup(format!("设置有 {count} 处错误"), format!("{count} settings are wrong"));
            error.flaws = self.flaws;
            return Err(error);
        }
        let mut values = self.defaults;
        let mut origins = BTreeMap::new();
        for (key, (origin, value)) in set {
            put(&mut values, &key, value);
            origins.insert(key, origin);
        }
        let settings = settings(&values)
            .map_err(|error| Error::setup("设置互相矛盾", "the settings do not fit together").because(error))?;
        Ok(Config { settings, values, origins })
    }
}

/// An empty text means "not set".
fn settings(values: &Table) -> Result<Settings, toml::de::Error> {
    let mut values = values.clone();
    fn drop_empty(table: &mut Table) {
        table.retain(|_, value| value.as_str() != Some(""));
        table.iter_mut().filter_map(|(_, value)| value.as_table_mut()).for_each(drop_empty);
    }
    drop_empty(&mut values);
    values.try_into()
}

fn default<'a>(defaults: &'a Table, key: &str) -> Option<&'a Value> {
    match key.split_once('.') {
        Some((section, rest)) => default(defaults.get(section)?.as_table()?, rest),
        None => defaults.get(key),
    }
}

fn put(table: &mut Table, key: &str, value: Value) {
    match key.split_once('.') {
        Some((section, rest)) => {
            if let Some(inner) = table.get_mut(section).and_then(Value::as_table_mut) {
                put(inner, rest, value);
            }
        }
        None => {
            table.insert(key.to_owned(), value);
        }
    }
}

/// Every setting by its dotted key, plain keys before sections.
fn leaves(table: &Table, prefix: &str) -> Vec<(String, Value)> {
    let (sections, plain): (Vec<_>, Vec<_>) = table.iter().partition(|(_, value)| value.is_table());
    let mut leaves: Vec<_> = plain.into_iter().map(|(key, value)| (format!("{prefix}{key}"), value.clone())).collect();
    for (key, inner) in sections.into_iter().filter_map(|(key, value)| Some((key, value.as_table()?))) {
        leaves.extend(self::leaves(inner, &format!("{prefix}{key}.")));
    }
    leaves
}

/// A value as TOML writes it; the settings hold no tables or times.
fn written(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text:?}"),
        Value::Array(items) => format!("{:?}", items.iter().filter_map(Value::as_str).collect::<Vec<_>>()),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => format!("{number:?}"),
        Value::Boolean(truth) => truth.to_string(),
        Value::Datetime(_) | Value::Table(_) => String::new(),
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "字符串",
        Value::Integer(_) => "整数",
        Value::Float(_) => "小数",
        Value::Boolean(_) => "true 或 false",
        Value::Datetime(_) => "时间",
        Value::Array(_) => "数组",
        Value::Table(_) => "节",
    }
}
