//! The summary (调查报告) in nine sections. Every number and name in it is taken out of an answer that a route gives, and
//! is found again there: change the data and the sentence changes.

mod annex;
mod closed;
mod open;

use chrono::NaiveDate;
use serde_json::Value;

use super::figures::{QuestionsAsked, figures};
use super::{Ground, body, theme_figures};
use crate::analytics::suppress::is_small;
use crate::case::document::{Block, Document, Edition, Section, Sentence, Sources, Told};
use crate::case::{Place, PlaceKind, Precision, QuestionKind, Survey};
use crate::error::Result;
use crate::store::FrameState;

/// Beneath tables with dashes.
const HIDDEN: &str = "“—”为不足五份，或会由此推出不足五份的数。";

/// What the hotline heard of a theme's category in the time of the survey, as a route tells it (印证).
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    pub theme: String,
    /// The path and parameters that give it again.
    pub query: String,
    pub answer: Value,
}

/// What all sections are written from.
struct Asked<'a> {
    ground: Ground<'a>,
    survey: Survey,
    whole: Told,
    figures: Told,
    /// Crossed with each background question.
    crossed: Vec<Told>,
    themes: Option<Told>,
    /// By theme; none where it is too little to be published.
    heard: Vec<(String, Option<Told>)>,
    edition: Edition,
}

impl Asked<'_> {
    /// Whether words may be quoted: in what is published they name no place finer than a street (街道、乡镇).
    fn may_quote(&self, words: &str) -> bool {
        let coarse = |place: &Place| matches!(place.kind, PlaceKind::City | PlaceKind::District | PlaceKind::Street);
        self.edition == Edition::Internal || self.ground.reader.read(words).places.iter().all(coarse)
    }

    fn is_weighted(&self) -> bool {
        self.figures.has("/weighting")
    }

    /// Whether intervals are told.
    fn is_precise(&self) -> bool {
        self.survey.sampling.precision() != Precision::Never
    }
}

/// Writes the summary; `heard` is what the hotline heard of the themes whose categories were confirmed.
pub fn summary(ground: Ground, id: &str, edition: Edition, heard: Vec<Heard>, dated: NaiveDate) -> Result<Document> {
    let kept = ground.store.survey(id)?;
    let survey = kept.survey.clone();
    let signed = ground.store.frame(id)?.is_some_and(|version| version.state == FrameState::Signed);
    let mut sources = Sources::new(edition);
    let base = format!("/v1/surveys/{id}");
    let whole = sources.ask("调查概况", &base, &body::body(ground, id)?)?;
    let asked = QuestionsAsked { question: None, by: None, weighted: true };
    let closed = sources.ask("封闭题结果", &format!("{base}/figures"), &figures(ground, id, &asked)?)?;
    let mut crossed = Vec::new();
    for background in survey.of_kind(QuestionKind::Background) {
        let asked = QuestionsAsked { by: Some(background.id.clone()), ..asked.clone() };
        let query = format!("{base}/figures?by={}", background.id);
        let name = format!("按{}比较", background.text);
        crossed.push(sources.ask(&name, &query, &figures(ground, id, &asked)?)?);
    }
    let themes = signed.then(|| theme_figures(ground, id, None)).transpose()?;
    let themes =
        themes.map(|themes| sources.ask("开放题主题", &format!("{base}/themes/figures"), &themes)).transpose()?;
    // What may not be published is no source either: its hash would be one of few.
    let ask = |Heard { theme, query, answer }: Heard| {
        let small = answer["total"].as_u64().is_none_or(|total| is_small(total as u32));
        let told = !(small && edition == Edition::Public);
        Ok((theme, told.then(|| sources.ask("热线同期诉求", &query, &answer)).transpose()?))
    };
    let heard = heard.into_iter().map(ask).collect::<Result<Vec<_>>>()?;
    let asked = Asked { ground, survey, whole, figures: closed, crossed, themes, heard, edition };
    let sections = vec![
        annex::method(&asked)?,
        conclusions(&asked)?,
        closed::overall(&asked)?,
        closed::items(&asked)?,
        closed::groups(&asked)?,
        open::themes(&asked)?,
        open::corroboration(&asked)?,
        suggestions(&asked)?,
        annex::annex(&asked)?,
    ];
    let (sources, inputs) = sources.close();
    Ok(Document {
        title: format!("{}调查报告", asked.survey.title.trim_end_matches("调查")),
        subtitle: None,
        issuer: Some(asked.survey.organiser.clone()),
        number: None,
        dated,
        edition,
        sections,
        notes: notes(&asked.survey),
        sources,
        inputs,
    })
}

fn notes(survey: &Survey) -> Vec<String> {
    let caveat = survey.sampling.caveat().map(str::to_owned);
    let fixed = [
        "不足三十份的分组只列数、不解读；不足五份的数不显示，会由此推出它们的数也不显示。".to_owned(),
        "开放题由程序归纳主题、人工签认后逐条归类；以人为单位计数，雷同答卷只计一次；原话已去除个人信息。".to_owned(),
    ];
    caveat.into_iter().chain(fixed).collect()
}

/// 二、主要结论: what the other sections found, the weightiest first.
fn conclusions(asked: &Asked) -> Result<Section> {
    let mut points = closed::findings(asked)?;
    points.extend(open::findings(asked)?);
    let mut blocks = Vec::new();
    if let Some(caveat) = asked.survey.sampling.caveat() {
        blocks.push(Block::says(Sentence::plain(caveat)));
    }
    blocks.push(match points.is_empty() {
        true => Block::says(Sentence::plain("各题的份数都不足以得出结论，见各题结果。")),
        false => Block::Points(points.into_iter().map(Into::into).collect()),
    });
    Ok(Section { title: "主要结论".to_owned(), blocks })
}

/// 八、问题与建议: by rules whose conditions are printed; no cause is guessed.
fn suggestions(asked: &Asked) -> Result<Section> {
    let mut points = closed::suggestions(asked)?;
    points.extend(open::suggestions(asked)?);
    let blocks = match points.is_empty() {
        true => vec![Block::says(Sentence::plain("各项数字都没有达到提示条件。"))],
        false => {
            let opening = "以下各条由数字按固定条件得出，条件附后；只提示宜核实和改进的方面，不说明原因。";
            vec![Block::says(Sentence::plain(opening)), Block::Points(points)]
        }
    };
    Ok(Section { title: "问题与建议".to_owned(), blocks })
}
