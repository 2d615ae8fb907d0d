//! 热点: what is told most by many, since when, and with whom it is; what comes more than usual.

use super::asking::Asking;
use crate::analytics::suppress::is_small;
use crate::case::document::{Block, Point, Section, Sentence, Told};
use crate::error::Result;

/// Hotspots told in sentences, and bursts told.
const TOLD: usize = 5;
const BURSTS: usize = 5;

const EVENTS: [(&str, &str); 7] = [
    ("序号", "/rank:count"),
    ("热点", "/title:title"),
    ("件数", "/cases:count"),
    ("人数", "/people:count"),
    ("最早反映", "/first_at:day"),
    ("归口单位", "/units/0/name"),
    ("已办结", "/status/closed:count"),
];

pub fn section(asking: &mut Asking) -> Result<Section> {
    let events = asking.events()?;
    let places = events.each("/rows", usize::MAX);
    let mut blocks = vec![Block::Heading("热点事项".to_owned())];
    if places.is_empty() {
        blocks.push(Block::says(Sentence::plain("本期没有达到热点起点的事项。")));
    } else {
        blocks.push(Block::says(events.say("本期有{/total:count}个事项被多次反映，按热度居前的是：")?));
        let points = places.iter().take(TOLD).map(|place| event(&events, place)).collect::<Result<_>>()?;
        blocks.push(Block::Points(points));
        blocks.push(Block::Table(events.table("热点事项", &EVENTS, &places)?));
    }
    bursts(asking, &mut blocks)?;
    Ok(Section { title: "热点诉求".to_owned(), blocks })
}

fn event(told: &Told, place: &str) -> Result<Point> {
    let unit = if told.has(&format!("{place}/units/0/name")) {
        format!("，主要归口{{{place}/units/0/name}}")
    } else {
        String::new()
    };
    let said = format!(
        "{{{place}/title:title}}：{{{place}/people:count}}人反映{{{place}/cases:count}}件，自{{{place}/first_at:day}}起{unit}，\
         已办结{{{place}/status/closed:count}}件。"
    );
    told.say(&said).map(Point::from)
}

fn bursts(asking: &mut Asking, blocks: &mut Vec<Block>) -> Result<()> {
    if !asking.is_whole() {
        return Ok(());
    }
    let bursts = asking.bursts()?;
    blocks.push(Block::Heading("突增".to_owned()));
    let places = bursts.each("/rows", BURSTS);
    if bursts.words("/method") == Some("none") {
        blocks.push(Block::says(Sentence::plain("历史太短，暂不判断是否突增。")));
    } else if places.is_empty() {
        blocks.push(Block::says(
            bursts.say("{/as_of:moment}时看了{/cells:count}个“二级分类×区县”，没有超出平常波动的。")?,
        ));
    } else {
        let one = |place: &String| {
            let said = format!(
                "{{{place}/district}}{{{place}/category/name}}：最近{{{place}/window_hours:count}}小时{{{place}/people:count}}人\
                 反映{{{place}/cases:count}}件，平常约{{{place}/expected:decimal}}件，自{{{place}/since:moment}}起。"
            );
            bursts.say(&said).map(Point::from)
        };
        blocks.push(Block::says(bursts.say("{/as_of:moment}时，以下诉求多于平常波动：")?));
        blocks.push(Block::Points(places.iter().map(one).collect::<Result<_>>()?));
    }
    Ok(())
}

/// Names without numbers, of what was told often enough to be counted in public: a number here, beside those of the tables, would give away small ones.
pub fn published(asking: &mut Asking) -> Result<Section> {
    let matters = asking.matters()?;
    let many = |place: &String| {
        matters.number(&format!("{place}/cases")).is_some_and(|cases| !is_small(cases as u32))
            && matters.has(&format!("{place}/category/name"))
            && matters.has(&format!("{place}/district"))
    };
    let places: Vec<String> = matters.each("/rows", usize::MAX).into_iter().filter(many).take(TOLD).collect();
    let one = |place: &String| format!("{{{place}/district}}{{{place}/category/name}}");
    let named: Vec<String> = places.iter().map(one).collect();
    let blocks = match named.is_empty() {
        true => Vec::new(),
        false => vec![Block::says(matters.say(&format!("本期反映较集中的有：{}。", named.join("、")))?)],
    };
    Ok(Section { title: "热点诉求".to_owned(), blocks })
}
