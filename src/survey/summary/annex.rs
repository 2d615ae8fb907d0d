//! Sections one and nine: how the survey was made, and what it asked of whom.

use super::closed::said;
use super::{Asked, HIDDEN};
use crate::case::document::{Block, Section, Sentence};
use crate::error::Result;

/// 一、调查概况: what the AAPOR checklist asks to be told (https://aapor.org/standards-and-ethics/disclosure-standards/).
pub fn method(asked: &Asked) -> Result<Section> {
    let told = &asked.whole;
    let mut sentences = Vec::new();
    let parts = [
        ("/survey/purpose", "调查目的：{/survey/purpose}。"),
        ("/survey/organiser", "主办单位：{/survey/organiser}。"),
        ("/survey/fielded_by", "实施单位：{/survey/fielded_by}。"),
        ("/survey/population", "调查对象：{/survey/population}。"),
        ("/survey/frame", "抽样框：{/survey/frame}。"),
        ("/sampling", "受访者产生方式：{/sampling}。"),
        ("/survey/selection", "抽取办法：{/survey/selection}。"),
        ("/survey/mode", "调查方式：{/survey/mode}。"),
        ("/survey/period", "调查时间：{/survey/period}。"),
        ("/respondents", "收回答卷{/respondents:count}份。"),
        ("/response_rate", "回收率{/response_rate:percent}。"),
        (
            "/closed_questions",
            "封闭题{/closed_questions:count}题，开放题{/open_questions:count}题，开放题答案{/open_answers:count}条。",
        ),
    ];
    for (place, template) in parts {
        if told.has(place) && told.words(place).is_none_or(|words| !words.trim().is_empty()) {
            sentences.push(told.say(template)?);
        }
    }
    let mut blocks: Vec<Block> = sentences.into_iter().map(Block::says).collect();
    if asked.is_weighted() {
        blocks.push(Block::says(weighting(asked)?));
        blocks.push(Block::says(Sentence::plain("开放题的人数、组间检验和等级相关未加权。")));
    }
    Ok(Section { title: "调查概况".to_owned(), blocks })
}

fn weighting(asked: &Asked) -> Result<Sentence> {
    let by = match asked.figures.is_true("/weighting/raked") {
        true => "总体构成加权（迭代比例拟合）",
        false => "答卷文件自带的权重加权",
    };
    let mut template = format!(
        "封闭题的占比和均值按{by}，设计效应{{/weighting/deff:decimal2}}，有效样本量{{/weighting/effective:decimal}}"
    );
    if asked.figures.number("/weighting/trimmed") > Some(0.0) {
        template.push_str("；{/weighting/trimmed:count}份的权重被截到限值");
    }
    if !asked.figures.is_true("/weighting/converged") {
        template.push_str("；迭代没有收敛，加权结果慎用");
    }
    asked.figures.say(&format!("{template}。"))
}

/// 九、附录
pub fn annex(asked: &Asked) -> Result<Section> {
    let told = &asked.whole;
    let mut blocks = vec![Block::Heading("问卷和回答情况".to_owned())];
    let columns = [
        ("题号", "/question"),
        ("题目", "/text"),
        ("题型", "/kind"),
        ("回答", "/answered:count"),
        ("未答", "/blank:count"),
    ];
    blocks.push(Block::Table(told.table("各题回答情况", &columns, &told.each("/answered", usize::MAX))?));
    blocks.push(Block::Heading("样本结构".to_owned()));
    let figures = &asked.figures;
    for place in figures.each("/questions", usize::MAX) {
        if figures.words(&format!("{place}/kind")) != Some("background") {
            continue;
        }
        let columns = [("选项", "/option"), ("份数", "/share/count:count"), ("占比", "/share/share:percent")];
        let mut table = figures.table("", &columns, &figures.each(&format!("{place}/parts"), usize::MAX))?;
        table.title = figures.words(&format!("{place}/text")).unwrap_or_default().to_owned();
        table.note = Some(HIDDEN.to_owned());
        blocks.push(Block::Table(table));
    }
    if figures.is_true("/weighting/raked") {
        let columns = [
            ("题号", "/question"),
            ("选项", "/option"),
            ("总体", "/target:percent"),
            ("加权前", "/before:percent"),
            ("加权后", "/after:percent"),
        ];
        let mut table = figures.table("加权", &columns, &figures.each("/weighting/gaps", usize::MAX))?;
        table.note = Some(HIDDEN.to_owned());
        blocks.push(Block::Table(table));
    }
    blocks.push(Block::Heading("数据检查".to_owned()));
    let findings = told.each("/checklist/findings", usize::MAX);
    if findings.is_empty() {
        blocks.push(Block::says(Sentence::plain("没有发现问题。")));
    } else {
        let points: Result<Vec<_>> =
            findings.iter().map(|place| said(told, place, "{./zh}（{./count:count}处）。")).collect();
        blocks.push(Block::Points(points?.into_iter().map(Into::into).collect()));
    }
    Ok(Section { title: "附录".to_owned(), blocks })
}
