//! 诉求分类: what kinds of requests, about what, where, and what grew.

use super::asking::Asking;
use super::intake::{breakdown, leading};
use crate::analytics::Dimension;
use crate::case::document::{Block, LEAST_BASE, Section, Sentence, Shape, Told};
use crate::error::Result;

/// A change is worth a sentence from here on, either way.
const WORTH: f64 = 0.2;
/// Changes told.
const CHANGES: usize = 3;
/// Categories in the table.
const CATEGORIES: usize = 15;
/// Bars of a picture.
const BARS: usize = 10;

pub fn section(asking: &mut Asking) -> Result<Section> {
    let mut blocks = vec![Block::Heading("诉求类型".to_owned())];
    let petition = asking.volumes("诉求类型", Dimension::Petition, None)?;
    blocks.push(Block::says(leading(asking, &petition, "按诉求类型，", 4)?));
    blocks.push(Block::Table(breakdown(asking, &petition, "诉求类型", "类型")?));
    about(asking, &mut blocks)?;
    blocks.push(Block::Heading("区域分布".to_owned()));
    let district = asking.volumes("区域", Dimension::District, None)?;
    blocks.push(Block::says(leading(asking, &district, "按区县，", 3)?));
    blocks.push(Block::Table(breakdown(asking, &district, "区域分布", "区县")?));
    Ok(Section { title: "诉求分类".to_owned(), blocks })
}

fn about(asking: &mut Asking, blocks: &mut Vec<Block>) -> Result<()> {
    let domain = asking.volumes("一级分类", Dimension::Domain, None)?;
    blocks.push(Block::Heading("诉求内容".to_owned()));
    blocks.push(Block::says(leading(asking, &domain, "按内容，", 3)?));
    let some = |place: &String| domain.number(&format!("{place}/cases")).is_some_and(|cases| cases > 0.0);
    let places: Vec<String> = domain.each("/rows", usize::MAX).into_iter().filter(some).take(BARS).collect();
    if places.len() > 1 {
        let series = [("本期", "/cases:count"), ("上期", "/previous/cases:count")];
        let series = if asking.is_public() { &series[..1] } else { &series[..] };
        let picture = domain.picture("诉求内容（一级分类）", (Shape::Bars, "件"), "/name", series, &places)?;
        blocks.push(Block::Picture(picture));
    }
    blocks.push(Block::Table(breakdown(asking, &domain, "诉求内容（一级分类）", "分类")?));
    if !asking.is_public() {
        let category = asking.volumes("二级分类", Dimension::Category, Some(CATEGORIES))?;
        blocks.push(Block::says(leading(asking, &category, "细分到二级分类，较多的是", 5)?));
        let turns = turns(&category)?;
        if !turns.is_empty() {
            blocks.push(Block::Paragraph(turns));
        }
        blocks.push(Block::Table(breakdown(asking, &category, "诉求内容（二级分类）", "分类")?));
    }
    Ok(())
}

/// What grew and what fell, of what there was enough of to say so.
fn turns(told: &Told) -> Result<Vec<Sentence>> {
    let mut rose = changed(told, |change| change >= WORTH);
    let mut fell = changed(told, |change| change <= -WORTH);
    rose.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    fell.sort_by(|a, b| a.1.total_cmp(&b.1).then_with(|| a.0.cmp(&b.0)));
    let mut sentences = Vec::new();
    for (opening, places) in [("环比上升较多的有", rose), ("环比下降较多的有", fell)] {
        let one = |(place, _): &(String, f64)| {
            format!("{{{place}/name}}（{{{place}/cases:count}}件，{{{place}/previous/change:change}}）")
        };
        let named: Vec<String> = places.iter().take(CHANGES).map(one).collect();
        if !named.is_empty() {
            sentences.push(told.say(&format!("{opening}{}。", named.join("、")))?);
        }
    }
    Ok(sentences)
}

/// Rows whose change fits. The base has enough cases, or there were no change; a rise must have enough itself.
pub fn changed(told: &Told, fits: impl Fn(f64) -> bool) -> Vec<(String, f64)> {
    let change = |place: String| {
        let change = told.number(&format!("{place}/previous/change"))?;
        let many = change < 0.0 || told.number(&format!("{place}/cases"))? >= LEAST_BASE;
        let named = told.has(&format!("{place}/code")) && told.words(&format!("{place}/code")) != Some("-");
        (many && named && fits(change)).then_some((place, change))
    };
    told.each("/rows", usize::MAX).into_iter().filter_map(change).collect()
}
