//! Answers on the terminal: colours where the terminal has them (`NO_COLOR` is honoured), bars for probabilities.

use anstyle::{AnsiColor, Reset, Style};
use serde::Serialize;

use crate::case::{Assignment, Decision, Level, Location, Reason, Segmented, Suggestion};
use crate::error::{Error, Result};
use crate::learning::eval::Report;
use crate::learning::gate::{Duel, Pair};
use crate::learning::registry::Listed;
use crate::model::score::{self, Marks};
use crate::taxonomy::Taxonomy;

pub const GOOD: Style = AnsiColor::Green.on_default().bold();
pub const BAD: Style = AnsiColor::Red.on_default().bold();
const ASK: Style = AnsiColor::Yellow.on_default().bold();
const TELL: Style = AnsiColor::Cyan.on_default().bold();
pub const FAINT: Style = Style::new().dimmed();
const STRONG: Style = Style::new().bold();
pub const PLAIN: Reset = Reset;

/// The answer as the HTTP face gives it.
pub fn json(answer: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(answer);
    let text = text.map_err(|error| Error::internal("答案无法写成 JSON", "the answer is not JSON").because(error))?;
    anstream::println!("{text}");
    Ok(())
}

/// One suggestion, the most important on top.
pub fn suggestion(answer: &Suggestion, taxonomy: &Taxonomy) {
    let (name, style) = decision(answer.decision);
    anstream::println!("{style}{name}{PLAIN}  {}", answer.decision_reason);
    if answer.degraded {
        anstream::println!("{BAD}降级{PLAIN}  缺少模型或词典，结果仅供参考；运行 guikou check 查看原因");
    }
    for (at, assignment) in answer.assignment.iter().enumerate() {
        anstream::println!();
        unit(assignment, at == 0);
    }
    anstream::println!();
    for (at, category) in answer.categories.iter().enumerate() {
        row(
            if at == 0 { "分类" } else { "" },
            &bar(category.probability, &format!("{} {}", category.code, category.path)),
        );
    }
    if let Some(petition) = answer.petition_types.first() {
        row("诉求类型", &bar(petition.probability, &petition.name));
    }
    row("紧急程度", &answer.urgency.name);
    row("答复期限", &answer.due_at.map(|due| due.format("%Y-%m-%d %H:%M").to_string()).unwrap_or_default());
    row("地点", &answer.location.as_ref().map(place).unwrap_or_else(|| "未读出".into()));
    let flags = answer.flags.iter().map(|code| taxonomy.flag(code).map_or(code.as_str(), |flag| flag.name.as_str()));
    row("标签", &flags.collect::<Vec<_>>().join("、"));
    row("关键词", &answer.keywords.iter().map(|keyword| keyword.text.as_str()).collect::<Vec<_>>().join("、"));
    for matter in &answer.multi_issue {
        let lead = matter.lead.as_ref().map_or("", |lead| lead.name.as_str());
        let path = matter.categories.first().map_or("", |first| first.path.as_str());
        row("一单多诉", &format!("{}–{} {path} → {lead}", matter.start, matter.end));
    }
    for question in &answer.ask {
        row("请问", question);
    }
    let versions = &answer.versions;
    let (model, taxonomy, rules) = (&versions.model, &versions.taxonomy, &versions.rules);
    let ms = answer.latency_ms;
    anstream::println!("\n{FAINT}模型 {model} · 分类 {taxonomy} · 规则 {rules} · {ms:.1} ms{PLAIN}");
}

/// Words with part of speech, keywords, places and masked spans.
pub fn segmented(read: &Segmented, location: Option<&Location>) {
    let words = read.words.iter().map(|word| format!("{STRONG}{}{PLAIN}{FAINT}/{}{PLAIN}", word.text, word.tag));
    anstream::println!("{}\n", words.collect::<Vec<_>>().join(" "));
    row("关键词", &read.keywords.iter().map(|k| format!("{} {:.2}", k.text, k.weight)).collect::<Vec<_>>().join("、"));
    for place in &read.places {
        let known = if place.listed { "地名库" } else { "按词形" };
        let name = place.name.as_deref().filter(|name| *name != place.text).map(|name| format!(" → {name}"));
        row("地点", &format!("{}{} {FAINT}{known}{PLAIN}", place.text, name.unwrap_or_default()));
    }
    row("事发地", &location.map(self::place).unwrap_or_default());
    for masked in &read.masked {
        row("脱敏", &format!("{} {}–{}", code_of(&masked.kind), masked.span.start, masked.span.end));
    }
}

fn unit(assignment: &Assignment, first: bool) {
    let title = if first { "主办" } else { "备选" };
    let (lead, style) = (&assignment.lead, if first { STRONG } else { Style::new() });
    let text = format!("{style}{} {}{PLAIN} {FAINT}{}{PLAIN}", lead.code, lead.name, level(assignment.level));
    row(title, &bar(assignment.probability, &text));
    row("协办", &assignment.co.iter().map(|unit| unit.name.as_str()).collect::<Vec<_>>().join("、"));
    if !first {
        return;
    }
    for reason in &assignment.reasons {
        row("理由", &why(reason));
    }
    for basis in &assignment.basis {
        let verified = if basis.verified { "已核实" } else { "未核实" };
        row("依据", &format!("{} {FAINT}{verified}{PLAIN}", basis.cite));
    }
}

fn why(reason: &Reason) -> String {
    match reason {
        Reason::Rule { id, text } => format!("规则 {id}：{text}"),
        Reason::Category { code, text } => format!("分类 {code}：{text}"),
        Reason::Span { text, weight, .. } => format!("“{TELL}{text}{PLAIN}” {FAINT}{weight:+.2}{PLAIN}"),
        Reason::Similar { case, score, text } => {
            format!("相似 {case}（{score:.2}）{FAINT}{}{PLAIN}", text.as_deref().unwrap_or_default())
        }
        Reason::Model { text } => text.clone(),
    }
}

fn decision(decision: Decision) -> (&'static str, Style) {
    match decision {
        Decision::Auto => ("自动派单", GOOD),
        Decision::Suggest => ("建议派单", ASK),
        Decision::Manual => ("人工派单", ASK),
        Decision::TransferEmergency => ("紧急转接", BAD),
        Decision::Redirect => ("告知渠道", TELL),
    }
}

fn level(level: Level) -> &'static str {
    match level {
        Level::City => "市级",
        Level::District => "区县级",
        Level::Street => "街道（乡镇）",
        Level::Utility => "公用企业",
        Level::Transfer => "紧急转接",
        Level::Redirect => "告知渠道",
    }
}

/// District, street and place, without saying twice what the place already says.
fn place(location: &Location) -> String {
    let place = location.place.as_deref().unwrap_or_default();
    let around =
        [&location.district, &location.street].into_iter().flatten().filter(|name| !place.contains(name.as_str()));
    around.map(String::as_str).chain([place]).collect::<Vec<_>>().join(" ")
}

/// The wire code of a unit-only enum.
fn code_of(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A title column of eight columns; nothing at all where there is nothing to say.
fn row(title: &str, text: &str) {
    if text.is_empty() {
        return;
    }
    let width: usize = title.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
    anstream::println!("{FAINT}{title}{PLAIN}{} {text}", " ".repeat(8usize.saturating_sub(width)));
}

/// `███████▍   74% text`
fn bar(probability: f32, text: &str) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let filled = (probability.clamp(0.0, 1.0) * 80.0).round() as usize;
    let bar = format!("{}{}", "█".repeat(filled / 8), EIGHTHS[filled % 8]);
    let pad = " ".repeat(10usize.saturating_sub(bar.chars().count()));
    format!("{TELL}{bar}{PLAIN}{pad} {:>3.0}% {text}", probability * 100.0)
}

/// A mark's name for people.
fn mark(name: &str) -> &str {
    match name {
        "level1" => "一级分类",
        "level2" => "二级分类",
        "petition" => "诉求类型",
        "urgency" => "紧急程度",
        "unit" => "牵头单位（派单）",
        "unit_head" => "牵头单位（模型）",
        other => other,
    }
}

/// Marks of the model beside the linear yardstick's: the overview, and on request everything behind it.
pub fn report(report: &Report, full: bool) {
    anstream::println!("{STRONG}{}{PLAIN}  {} 条 · 模型 {}\n", report.file, report.examples, report.model_version);
    anstream::println!("{}", score::aligned(&overview(report)));
    if let Some(dispatch) = report.dispatch {
        let (coverage, precision) = (dispatch.coverage, dispatch.precision);
        anstream::println!("自动派单  覆盖 {:.1}%，其中派对 {:.1}%", coverage * 100.0, precision * 100.0);
    }
    if let Some(place) = report.place {
        let (exact, overlapping) = (place.exact * 100.0, place.exact_or_overlapping * 100.0);
        anstream::println!(
            "地点      {} 条写明地点：完全一致 {exact:.1}%，一致或重叠 {overlapping:.1}%",
            place.with_place
        );
    }
    anstream::println!("{FAINT}校准误差括号内为临界值：概率全对，这么多条上二十次也有一次超过它{PLAIN}");
    match full {
        true => report.model.iter().for_each(|(name, marks)| details(report, name, marks)),
        false => anstream::println!("{FAINT}加 --full 看区间、覆盖率–精确率、各类成绩和易混淆的类{PLAIN}"),
    }
}

/// One row a mark: the model's figures, then the yardstick's.
fn overview(report: &Report) -> Vec<Vec<String>> {
    let head =
        ["", "严格", "可接受", "前三", "宏平均 F1", "校准误差（临界）", "线性：严格", "可接受", "前三", "宏平均 F1"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for (name, marks) in &report.model {
        let four = |m: &Marks| [m.accuracy, m.accepted, m.top3, m.macro_f1].map(|share| format!("{:.3}", share.value));
        let mut row = vec![mark(name).to_owned()];
        row.extend(four(marks));
        row.push(format!("{:.3}（{:.3}）", marks.calibration_error, marks.chance.critical));
        row.extend(report.linear.get(name).map(four).into_iter().flatten());
        row.resize(head.len(), String::new());
        rows.push(row);
    }
    rows
}

fn details(report: &Report, name: &str, marks: &Marks) {
    anstream::println!("\n{STRONG}{}{PLAIN}\n{marks}", mark(name));
    if let Some(linear) = report.linear.get(name) {
        anstream::println!("{FAINT}线性基线\n{}{PLAIN}", linear.summary());
    }
    if let Some(gap) = report.gaps.get(name) {
        anstream::println!("领先线性基线\n{gap}");
    }
}

/// The registry, one row a model.
pub fn models(models: &[Listed]) {
    let head = ["名称", "启用", "版本", "训练日期", "分类准确率", "宏平均 F1", "单位准确率", "闸门", "大小 MB"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(models.iter().map(|model| {
        let card = model.card.as_ref().ok();
        let mark = |head: &str, mark: &str| {
            let value = card.and_then(|card| card.marks.get(head)?.get(mark));
            value.map_or_else(|| "—".to_owned(), |value| format!("{:.1}%", value * 100.0))
        };
        vec![
            model.name.clone(),
            if model.active { "是" } else { "" }.to_owned(),
            card.map_or_else(|| "模型卡有误".to_owned(), |card| card.version.clone()),
            card.map_or_else(String::new, |card| card.trained_on.to_string()),
            mark("category", "accuracy"),
            mark("category", "macro_f1"),
            mark("unit", "accuracy"),
            model.gate.map_or("", |passed| if passed { "通过" } else { "未过" }).to_owned(),
            format!("{:.1}", model.bytes as f64 / 1e6),
        ]
    }));
    anstream::print!("{}", score::aligned(&rows));
    anstream::println!("{FAINT}成绩取自模型卡的留出集；同一份文件上的比较用 guikou models compare{PLAIN}");
}

/// Two models mark by mark.
pub fn duel(duel: &Duel) {
    let (first, second) = (&duel.champion, &duel.challenger);
    anstream::println!("{STRONG}{}{PLAIN}  {} 条", duel.file, duel.examples);
    anstream::println!(
        "甲 {} {FAINT}{}{PLAIN}  乙 {} {FAINT}{}{PLAIN}\n",
        first.name,
        first.version,
        second.name,
        second.version
    );
    let head = ["", "甲", "乙", "乙−甲（百分点）", "95% 区间"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(duel.marks.iter().flat_map(|(name, pair)| three(mark(name), pair)));
    anstream::println!("{}", score::aligned(&rows));
    for name in &duel.unanswered {
        anstream::println!("{BAD}{}{PLAIN}  乙的标签不同，答不出", mark(name));
    }
    if duel.left_out > 0 {
        anstream::println!("{FAINT}{} 条是训练时见过的原文，没有参加比较{PLAIN}", duel.left_out);
    }
    for party in [first, second].into_iter().filter(|party| party.seen > 0) {
        anstream::println!("{BAD}注意{PLAIN}  {} 条是 {} 训练时见过的原文，它的成绩偏高", party.seen, party.name);
    }
}

fn three(name: &str, pair: &Pair) -> [Vec<String>; 3] {
    let row = |figure: &str, first: f64, second: f64, gap: score::Difference| {
        let [first, second] = [first, second].map(|share| format!("{:.1}%", share * 100.0));
        let [value, low, high] = [gap.value, gap.low, gap.high].map(|share| format!("{:+.1}", share * 100.0));
        vec![format!("{name} {figure}"), first, second, value, format!("{low} … {high}")]
    };
    let (first, second, gap) = (pair.champion, pair.challenger, pair.difference);
    [
        row("严格", first.accuracy.value, second.accuracy.value, gap.accuracy),
        row("可接受", first.accepted.value, second.accepted.value, gap.accepted),
        row("宏平均 F1", first.macro_f1.value, second.macro_f1.value, gap.macro_f1),
    ]
}
