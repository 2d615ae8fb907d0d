//! 责任单位办理 and 督办: how units handle what they are given, by code and never ranked, and what is under supervision.

use super::asking::Asking;
use crate::case::document::{Block, Section, Sentence, Told};
use crate::error::Result;

const UNITS: [(&str, &str); 10] = [
    ("单位", "/name"),
    ("承办", "/assigned/cases:count"),
    ("按时答复", "/answering/in_time/cases:count"),
    ("逾期答复", "/answering/late/cases:count"),
    ("超期未答复", "/answering/overdue/cases:count"),
    ("退单", "/returned/cases:count"),
    ("按时办结率", "/on_time/rate|/on_time/of:rate"),
    ("不满意", "/satisfied/unsatisfied/cases:count"),
    ("满意率", "/satisfaction/rate|/satisfaction/of:rate"),
    ("督办中", "/supervised/cases:count"),
];

const PUBLIC_UNITS: [(&str, &str); 5] = [
    ("单位", "/name"),
    ("承办", "/assigned:count"),
    ("响应率", "/response/rate|/response/of:rate"),
    ("按时办结率", "/on_time/rate|/on_time/of:rate"),
    ("满意率", "/satisfaction/rate|/satisfaction/of:rate"),
];

const SUPERVISED: [(&str, &str); 3] = [("单位", "/name"), ("督办中", "/standing:count"), ("已超期", "/overdue:count")];
const OVERDUE: [(&str, &str); 4] =
    [("案件", "/case"), ("单位", "/unit_name"), ("方式", "/kind_name"), ("期限", "/due_at:day")];

const RATES: [(&str, &str); 4] =
    [("响应率", "/response"), ("按时办结率", "/on_time"), ("解决率", "/resolution"), ("满意率", "/satisfaction")];

pub fn section(asking: &mut Asking) -> Result<Section> {
    let told = asking.departments()?;
    let title = "责任单位办理".to_owned();
    if told.number("/total/assigned/cases") == Some(0.0) {
        let none = told.say("本期受理的诉求中没有派出的承办件（{/total/assigned/cases:count}件）。")?;
        return Ok(Section { title, blocks: vec![Block::says(none)] });
    }
    let mut sentences = vec![told.say(
        "本期受理的诉求中，转各单位承办{/total/assigned/cases:count}件；截至{/as_of:moment}，按时答复\
         {/total/answering/in_time/cases:count}件，逾期答复{/total/answering/late/cases:count}件，超期未答复\
         {/total/answering/overdue/cases:count}件，退单{/total/returned/cases:count}件。",
    )?];
    sentences.extend(rates(&told, "/total")?);
    let places = told.each("/rows", usize::MAX);
    let had = |place: &String| {
        ["assigned", "returned"]
            .iter()
            .any(|what| told.number(&format!("{place}/{what}/cases")).is_some_and(|n| n > 0.0))
    };
    let mut places: Vec<String> = places.into_iter().filter(had).collect();
    places.push("/total".to_owned());
    let mut table = told.table("各单位办理情况", &UNITS, &places)?;
    table.note = Some("按单位代码排列，不作排名；未到期的不计入各率。".to_owned());
    Ok(Section { title, blocks: vec![Block::Paragraph(sentences), Block::Table(table)] })
}

/// The rates of a row that have enough to tell by, with what they are of.
fn rates(told: &Told, place: &str) -> Result<Option<Sentence>> {
    let enough = |rate: &str| {
        told.number(&format!("{place}{rate}/of")).is_some_and(|of| of >= crate::case::document::LEAST_BASE)
    };
    let one = |(name, rate): &(&str, &str)| {
        let place = format!("{place}{rate}");
        format!("{name}{{{place}/rate:percent}}（{{{place}/hits:count}}/{{{place}/of:count}}）")
    };
    let named: Vec<String> = RATES.iter().filter(|(_, rate)| enough(rate)).map(one).collect();
    if named.is_empty() { Ok(None) } else { told.say(&format!("{}。", named.join("，"))).map(Some) }
}

/// Of months, as `/v1/departments?edition=public` has it; other times may not be published.
pub fn published(asking: &mut Asking) -> Result<Section> {
    let title = "责任单位办理".to_owned();
    let Some(told) = asking.published_departments()? else { return Ok(Section { title, blocks: Vec::new() }) };
    let mut blocks = Vec::new();
    if told.has("/total/assigned") {
        let mut sentences = vec![told.say("本月受理的诉求中，转各单位承办{/total/assigned:count}件。")?];
        sentences.extend(rates(&told, "/total")?);
        blocks.push(Block::Paragraph(sentences));
    }
    let mut table = told.table("各单位办理情况", &PUBLIC_UNITS, &told.each("/rows", usize::MAX))?;
    table.note = Some("按单位代码排列，不作排名；未到期的不计入各率。".to_owned());
    blocks.push(Block::Table(table));
    Ok(Section { title, blocks })
}

/// What is under supervision now, whenever it was received; a special report has none of it.
pub fn supervisions(asking: &mut Asking) -> Result<Section> {
    let title = "督办".to_owned();
    if !asking.is_whole() {
        return Ok(Section { title, blocks: Vec::new() });
    }
    let told = asking.supervisions()?;
    if told.number("/standing") == Some(0.0) {
        let none = told.say("截至{/as_of:moment}没有未销号的督办（{/standing:count}条）。")?;
        return Ok(Section { title, blocks: vec![Block::says(none)] });
    }
    let all = told.say("截至{/as_of:moment}，未销号的督办{/standing:count}条，其中已超期{/overdue:count}条。")?;
    let mut blocks = vec![Block::says(all)];
    blocks.push(Block::Table(told.table("各单位督办", &SUPERVISED, &told.each("/units", usize::MAX))?));
    let late = told.each("/items", usize::MAX);
    if !late.is_empty() {
        let mut table = told.table("已超期的督办", &OVERDUE, &late)?;
        if told.number("/overdue") > Some(late.len() as f64) {
            table.note = Some(format!("只列前{}条，其余见督办列表。", late.len()));
        }
        blocks.push(Block::Table(table));
    }
    Ok(Section { title, blocks })
}
