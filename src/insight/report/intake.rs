//! 受理概况: how many, how many a day, more or fewer than before, by which channel.

use super::ReportKind;
use super::asking::Asking;
use crate::analytics::Dimension;
use crate::case::NONE;
use crate::case::document::{Block, Section, Sentence, Shape, Told};
use crate::error::Result;

/// A whole hotline does not grow fourfold: rather its records began in the period before.
const MOST_CHANGE: f64 = 3.0;

pub fn section(asking: &mut Asking) -> Result<Section> {
    let title = "受理概况".to_owned();
    let whole = asking.whole.clone();
    if asking.is_empty() {
        let nothing = whole.say("{/from:date}至{/to:last_date}没有受理诉求（{/total:count}件）。")?;
        return Ok(Section { title, blocks: vec![Block::says(nothing)] });
    }
    let mut blocks = vec![Block::Paragraph(overall(asking, &whole)?)];
    if let Some(picture) = trend(asking, &whole)? {
        blocks.push(picture);
    }
    let channels = asking.volumes("渠道", Dimension::Channel, None)?;
    blocks.push(Block::Heading("来件渠道".to_owned()));
    blocks.push(Block::says(leading(asking, &channels, "从渠道看，", 3)?));
    blocks.push(Block::Table(breakdown(asking, &channels, "来件渠道", "渠道")?));
    Ok(Section { title, blocks })
}

fn overall(asking: &Asking, whole: &Told) -> Result<Vec<Sentence>> {
    let kind = asking.asked.kind;
    let days = if kind == ReportKind::Daily { "{/from:date}，" } else { "{/from:date}至{/to:last_date}，" };
    let who = if asking.is_whole() { "12345热线" } else { "本专报范围内" };
    let running = if asking.asked.runs() { "（本期未完）" } else { "" };
    if !whole.has("/total") {
        return Ok(vec![whole.say(&format!("{days}{who}受理诉求较少，件数不公开。"))?]);
    }
    let people = if whole.has("/people") { "，涉及{/people:count}人" } else { "" };
    let mean = if kind != ReportKind::Daily && whole.has("/per_day") { "，日均{/per_day:decimal}件" } else { "" };
    let mut sentences = vec![whole.say(&format!("{days}{who}共受理诉求{{/total:count}}件{running}{people}{mean}。"))?];
    let begun = if asking.asked.runs() { "同一段" } else { "" };
    let mut beside = |base: &str, called: &str| -> Result<()> {
        let (cases, change) = (format!("{base}/cases"), format!("{base}/change"));
        if whole.number(&change).is_some_and(|change| change > MOST_CHANGE) {
            let said = format!("{called}{begun}记有{{{cases}:count}}件，相差悬殊，记录可能不全，不计增减幅度。");
            sentences.push(whole.say(&said)?);
        } else if whole.has(&change) {
            let said = format!("比{called}{begun}（{{{cases}:count}}件）{{{change}:change}}。");
            sentences.push(whole.say(&said)?);
        } else if whole.number(&cases).is_some_and(|cases| cases > 0.0) {
            sentences.push(whole.say(&format!("{called}{begun}受理{{{cases}:count}}件，件数少，不计增减幅度。"))?);
        }
        Ok(())
    };
    beside("/previous", kind.before())?;
    beside("/year_before", "去年同期")?;
    for at in whole.each("/holidays", 3) {
        sentences.push(whole.say(&format!("本期含{{{at}}}假期，增减受其影响。"))?);
    }
    Ok(sentences)
}

/// By day, or of a day by hour.
fn trend(asking: &Asking, whole: &Told) -> Result<Option<Block>> {
    let hours = whole.words("/by/0") == Some("hour_of_day");
    let places = whole.each("/rows", usize::MAX);
    if places.len() < 3 {
        return Ok(None);
    }
    let (title, name) = if hours { ("各时段受理量", "/name") } else { ("每日受理量", "/code:day") };
    let shape = if hours || places.len() <= 10 { Shape::Columns } else { Shape::Line };
    let series: &[(&str, &str)] = match asking.is_public() || !whole.has("/rows/0/previous/cases") || places.len() > 10
    {
        true => &[("本期", "/cases:count")],
        // By day a row's base is the day before, which says nothing beside it.
        false if !hours => &[("本期", "/cases:count")],
        false => &[("本期", "/cases:count"), ("前一日", "/previous/cases:count")],
    };
    Ok(Some(Block::Picture(whole.picture(title, (shape, "件"), name, series, &places)?)))
}

/// What there is most of: names, counts and shares of the first rows that have cases and may be shown.
pub fn leading(asking: &Asking, told: &Told, opening: &str, most: usize) -> Result<Sentence> {
    let named = |place: &String| {
        let code = told.words(&format!("{place}/code"));
        told.number(&format!("{place}/cases")).is_some_and(|cases| cases > 0.0) && code.is_some_and(|code| code != NONE)
    };
    let places: Vec<String> = told.each("/rows", usize::MAX).into_iter().filter(named).take(most).collect();
    if places.is_empty() {
        let hidden = told.each("/rows", usize::MAX).iter().any(|place| told.is_true(&format!("{place}/suppressed")));
        let why = if hidden { "各类件数都少，不公开" } else { "均未注明" };
        return Ok(Sentence::plain(format!("{opening}{why}。")));
    }
    let shares = asking.has_shares();
    let one = |place: &String| match shares {
        true => format!("{{{place}/name}}{{{place}/cases:count}}件（占{{{place}/share:percent}}）"),
        false => format!("{{{place}/name}}{{{place}/cases:count}}件"),
    };
    told.say(&format!("{opening}{}。", places.iter().map(one).collect::<Vec<_>>().join("，")))
}

/// A table of all rows that have cases: how many, what share, and beside the periods before.
pub fn breakdown(asking: &Asking, told: &Told, title: &str, called: &str) -> Result<crate::case::document::Table> {
    let some = |place: &String| told.number(&format!("{place}/cases")) != Some(0.0);
    let places: Vec<String> = told.each("/rows", usize::MAX).into_iter().filter(some).collect();
    let mut columns = vec![(called, "/name"), ("件数", "/cases:count")];
    if asking.has_shares() {
        columns.push(("占比", "/share:percent"));
    }
    if !asking.is_public() {
        columns.push(("上期件数", "/previous/cases:count"));
        columns.push(("环比", "/previous/change:signed"));
        let had = |place: &String| told.number(&format!("{place}/year_before/cases")).is_some_and(|cases| cases > 0.0);
        if places.iter().any(had) {
            columns.push(("去年同期", "/year_before/cases:count"));
            columns.push(("同比", "/year_before/change:signed"));
        }
    }
    told.table(title, &columns, &places)
}
