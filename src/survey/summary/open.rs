//! Sections six and seven: what people wrote, and what the hotline heard of the same.

use super::closed::said;
use super::{Asked, HIDDEN};
use crate::case::FEW_ANSWERS;
use crate::case::document::{Block, Point, Quote, Section, Sentence, Shape, Told};
use crate::error::Result;

/// Themes told in words; all stand in the table.
const TOLD: usize = 5;
/// Themes told in the conclusions.
const FOUND: usize = 3;
/// A theme to which so many speak critically is told to be a problem, from so many people on.
const CRITICAL: (f64, f64) = (0.6, 20.0);
const NOT_SIGNED: &str = "开放题的主题还没有签认，本节待签认后生成。";

/// Themes that are shown, most told first.
fn shown(told: &Told) -> Vec<String> {
    told.each("/themes", usize::MAX).into_iter().filter(|place| told.has(&format!("{place}/share/count"))).collect()
}

/// 六、群众意见建议
pub fn themes(asked: &Asked) -> Result<Section> {
    let title = "群众意见建议".to_owned();
    let Some(told) = &asked.themes else {
        return Ok(Section { title, blocks: vec![Block::says(Sentence::plain(NOT_SIGNED))] });
    };
    let mut opening = vec![told.say(
        "开放题收到可计数的答案{/answers:count}条，来自{/respondents:count}人；以下占比都以这些人为底，一人可说到几个主题。",
    )?];
    if told.has("/none/share") {
        opening.push(told.say("其中{/none/count:count}人没有意见或看不出意见，占{/none/share:percent}。")?);
    }
    if told.has("/unmapped") {
        opening.push(told.say("签认之后补充的{/unmapped:count}条答案还没有归类，不在其中。")?);
    }
    let mut blocks = vec![Block::Paragraph(opening)];
    blocks.extend(floods(told)?);
    let places = shown(told);
    let columns = [
        ("主题", "/name"),
        ("人数", "/share/count:count"),
        ("占比", "/share/share:percent"),
        ("95%区间", "/share/low|/share/high:range"),
        ("否定或有褒有贬", "/sentiment/critical:percent"),
    ];
    let columns: Vec<(&str, &str)> =
        columns.into_iter().filter(|(name, _)| asked.is_precise() || *name != "95%区间").collect();
    let mut table = told.table("各主题说到的人", &columns, &places)?;
    table.note = Some(HIDDEN.to_owned());
    blocks.push(Block::Table(table));
    let series = [("说到的人", "/share/share:percent")];
    blocks.push(Block::Picture(told.picture("各主题占比", (Shape::Bars, "%"), "/name", &series, &places)?));
    for place in places.iter().take(TOLD) {
        blocks.extend(theme(asked, told, place)?);
    }
    Ok(Section { title, blocks })
}

/// Copies are told, and that they count once.
fn floods(told: &Told) -> Result<Option<Block>> {
    if told.length("/floods") == 0 {
        return Ok(None);
    }
    let all = told.say("发现雷同答卷{/floods:length}组，多出的{/copies:count}条没有重复计数；")?;
    let mut largest = "最大的一组{/floods/0/size:count}份".to_owned();
    if told.has("/floods/0/minutes") {
        largest.push_str("，前后相隔{/floods/0/minutes:count}分钟");
    }
    Ok(Some(Block::says(all.and(told.say(&format!("{largest}。"))?))))
}

/// One theme in words, with its parts and what people said.
fn theme(asked: &Asked, told: &Told, place: &str) -> Result<Vec<Block>> {
    let mut blocks = vec![Block::Heading(told.words(&format!("{place}/name")).unwrap_or_default().to_owned())];
    let mut first = "{./share/count:count}人说到{./name}，占{./share/share:percent}".to_owned();
    if asked.is_precise() {
        first.push_str("（95%区间{./share/low|./share/high:range}）");
    }
    if told.has(&format!("{place}/sentiment/critical")) {
        first.push_str("；其中态度否定或有褒有贬的占{./sentiment/critical:percent}");
    }
    first.push('。');
    let mut sentences = vec![said(told, place, &first)?];
    let subs: Vec<String> = told
        .each(&format!("{place}/sub"), usize::MAX)
        .into_iter()
        .filter(|sub| told.has(&format!("{sub}/share/count")))
        .take(3)
        .collect();
    if !subs.is_empty() {
        let parts: Vec<String> =
            subs.iter().map(|sub| format!("{{{sub}/name}}（{{{sub}/share/count:count}}人）")).collect();
        sentences.push(told.say(&format!("较多的是{}。", parts.join("、")))?);
    }
    blocks.push(Block::Paragraph(sentences));
    for quote in told.each(&format!("{place}/quotes"), 3) {
        let dissent = told.is_true(&format!("{quote}/dissent"));
        let words = told.figure(&format!("{quote}/text"))?;
        if !asked.may_quote(words.shown()) {
            continue;
        }
        let said = dissent.then(|| Sentence::plain("不同意见"));
        blocks.push(Block::Quote(Quote { words, said }));
    }
    Ok(blocks)
}

/// 七、与热线诉求的印证
pub fn corroboration(asked: &Asked) -> Result<Section> {
    let mut blocks = Vec::new();
    if let Some(told) = &asked.themes {
        for (theme, heard) in &asked.heard {
            let place = shown(told).into_iter().find(|place| told.words(&format!("{place}/code")) == Some(theme));
            let Some(place) = place else { continue };
            let survey = said(told, &place, "调查中{./share/count:count}人说到{./name}；")?;
            let Some(heard) = heard else {
                blocks.push(survey.and(Sentence::plain("同期热线受理对应分类的诉求较少，件数不公开。")));
                continue;
            };
            let mut template = "同期热线受理对应分类的诉求{/total:count}件".to_owned();
            if heard.has("/previous/change") {
                template.push_str("，比前一段同样长的时间{/previous/change:change}");
            }
            blocks.push(survey.and(heard.say(&format!("{template}。"))?));
        }
    }
    let caution = "热线诉求由来电来信者自行反映，不是调查样本；两边并列只供相互印证，不能相加或换算。";
    let blocks = if blocks.is_empty() {
        let why = if asked.themes.is_none() {
            NOT_SIGNED
        } else {
            "没有已确认对应诉求分类的主题，未作印证。"
        };
        vec![Block::says(Sentence::plain(why))]
    } else {
        let points = Block::Points(blocks.into_iter().map(Into::into).collect());
        vec![points, Block::says(Sentence::plain(caution))]
    };
    Ok(Section { title: "与热线诉求的印证".to_owned(), blocks })
}

/// For the conclusions.
pub fn findings(asked: &Asked) -> Result<Vec<Sentence>> {
    let Some(told) = &asked.themes else { return Ok(Vec::new()) };
    let places: Vec<String> = shown(told).into_iter().take(FOUND).collect();
    if places.is_empty() || told.number("/respondents") < Some(FEW_ANSWERS as f64) {
        return Ok(Vec::new());
    }
    let interval = |place: &str| {
        if asked.is_precise() {
            format!("，95%区间{{{place}/share/low|{place}/share/high:range}}")
        } else {
            String::new()
        }
    };
    let part = |place: &String| format!("{{{place}/name}}（{{{place}/share/share:percent}}{}）", interval(place));
    let parts: Vec<String> = places.iter().map(part).collect();
    Ok(vec![told.say(&format!("开放题中说到最多的是{}。", parts.join("、")))?])
}

/// For the suggestions.
pub fn suggestions(asked: &Asked) -> Result<Vec<Point>> {
    let Some(told) = &asked.themes else { return Ok(Vec::new()) };
    let weighs = |place: &&String| {
        told.number(&format!("{place}/sentiment/critical")) >= Some(CRITICAL.0)
            && told.number(&format!("{place}/share/count")) >= Some(CRITICAL.1)
    };
    let mut points = Vec::new();
    for place in shown(told).iter().filter(weighs).take(FOUND) {
        let text = "“{./name}”有{./share/count:count}人说到，其中{./sentiment/critical:percent}持否定或有褒有贬的态度，\
                    宜逐条阅读所附答案，核实具体地点和事项后研究办理。";
        points.push(Point {
            sentences: vec![said(told, place, text)?],
            rule: Some("主题说到的人不少于二十，且否定或有褒有贬的不少于六成".to_owned()),
        });
    }
    Ok(points)
}
