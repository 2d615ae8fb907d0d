//! Sections three to five: the overall mark, the items, the groups.

use super::Asked;
use crate::case::document::{Block, Point, Section, Sentence, Shape, Told};
use crate::error::Result;

/// An item is told to be weak below this satisfaction.
const WEAK: f64 = 0.6;
/// Items that are told by name at either end.
const ENDS: usize = 2;
/// Findings between groups that the conclusions tell.
const GROUPS: usize = 2;
/// A finding between groups holds below this p-value, corrected.
const LEVEL: f64 = 0.05;

/// Where the items that ask how satisfied one is stand in the figures, most satisfied first; small ones and the overall
/// mark left out.
fn satisfied(asked: &Asked) -> Vec<String> {
    let told = &asked.figures;
    let overall = asked.survey.overall.as_deref();
    let is_item = |place: &String| overall.is_none() || told.words(&format!("{place}/question")) != overall;
    let share = |place: &String| told.number(&format!("{place}/satisfaction/of_expressed/share"));
    let solid = |place: &String| !told.is_true(&format!("{place}/satisfaction/of_expressed/few"));
    let mut places: Vec<String> = told
        .each("/questions", usize::MAX)
        .into_iter()
        .filter(is_item)
        .filter(|place| share(place).is_some())
        .collect();
    places.retain(solid);
    places.sort_by(|a, b| share(b).unwrap_or_default().total_cmp(&share(a).unwrap_or_default()));
    places
}

/// Places of questions that have what is asked for, with enough answers.
fn with(told: &Told, what: &str) -> Vec<String> {
    let has = |place: &String| told.has(&format!("{place}{what}")) && !told.is_true(&format!("{place}{what}/few"));
    told.each("/questions", usize::MAX).into_iter().filter(has).collect()
}

/// Says it with the place's own pointers: `{./text}`.
pub(super) fn said(told: &Told, place: &str, template: &str) -> Result<Sentence> {
    told.say(&template.replace("{.", &format!("{{{place}")).replace("|.", &format!("|{place}")))
}

fn interval(asked: &Asked, place: &str) -> String {
    if asked.is_precise() { format!("（95%区间{{{place}/low|{place}/high:range}}）") } else { String::new() }
}

/// 三、总体评价
pub fn overall(asked: &Asked) -> Result<Section> {
    let told = &asked.figures;
    let mut sentences = Vec::new();
    let overall = asked.survey.overall.as_deref();
    for place in told.each("/questions", usize::MAX) {
        let is_overall = told.words(&format!("{place}/question")) == overall && overall.is_some();
        if is_overall && told.has(&format!("{place}/satisfaction/of_expressed")) {
            sentences.push(satisfaction(asked, &place)?);
        } else if told.has(&format!("{place}/mean")) {
            sentences.push(mean(asked, &place)?);
        } else if told.has(&format!("{place}/nps")) {
            sentences.push(nps(asked, &place)?);
        }
    }
    let empty = "问卷没有问总体评价、打分或推荐意愿。";
    let blocks = if sentences.is_empty() {
        vec![Block::says(Sentence::plain(empty))]
    } else {
        sentences.into_iter().map(Block::says).collect()
    };
    Ok(Section { title: "总体评价".to_owned(), blocks })
}

fn satisfaction(asked: &Asked, place: &str) -> Result<Sentence> {
    let interval = interval(asked, &format!("{place}/satisfaction/of_expressed"));
    let expressed = "对“{./text}”，表了态的{./satisfaction/of_expressed/base:count}份中，满意和基本满意的占\
                     {./satisfaction/of_expressed/share:percent}";
    let sentence = said(&asked.figures, place, &format!("{expressed}{interval}"))?;
    let missing = format!("{place}/satisfaction/missing/share");
    let more = if asked.figures.has(&missing) {
        said(&asked.figures, place, "；另有{./satisfaction/missing/share:percent}的人未表态，未计入其中。")?
    } else {
        Sentence::plain("。")
    };
    Ok(sentence.and(more))
}

fn mean(asked: &Asked, place: &str) -> Result<Sentence> {
    let mut template =
        "“{./text}”平均{./mean/mean:decimal2}分（可打{./mean/least:count}至{./mean/most:count}分，{./mean/base:count}份）".to_owned();
    if asked.is_precise() && asked.figures.has(&format!("{place}/mean/low")) {
        template.push_str("，95%区间{./mean/low:decimal2}至{./mean/high:decimal2}分");
    }
    if asked.figures.has(&format!("{place}/mean/top_two/share")) {
        template.push_str("；打最高两档的占{./mean/top_two/share:percent}");
    }
    said(&asked.figures, place, &format!("{template}。"))
}

fn nps(asked: &Asked, place: &str) -> Result<Sentence> {
    let mut template = "“{./text}”净推荐值为{./nps/score:decimal}（{./nps/base:count}份）".to_owned();
    if asked.is_precise() && asked.figures.has(&format!("{place}/nps/low")) {
        template.push_str("，95%区间{./nps/low:decimal}至{./nps/high:decimal}");
    }
    let parts = ["promoters", "detractors"].iter().all(|part| asked.figures.has(&format!("{place}/nps/{part}/share")));
    if parts {
        template.push_str("；其中推荐者占{./nps/promoters/share:percent}，贬损者占{./nps/detractors/share:percent}");
    }
    said(&asked.figures, place, &format!("{template}。"))
}

/// 四、分维度评价
pub fn items(asked: &Asked) -> Result<Section> {
    let (told, places) = (&asked.figures, satisfied(asked));
    let mut blocks = Vec::new();
    if let [best, .., worst] = places.as_slice() {
        let best =
            said(told, best, "各分项中，满意率最高的是“{./text}”（{./satisfaction/of_expressed/share:percent}），")?;
        let worst = said(told, worst, "最低的是“{./text}”（{./satisfaction/of_expressed/share:percent}）。")?;
        blocks.push(Block::says(best.and(worst)));
    }
    if !places.is_empty() {
        let columns = [
            ("分项", "/text"),
            ("回答", "/answered:count"),
            ("表态", "/satisfaction/of_expressed/base:count"),
            ("满意率", "/satisfaction/of_expressed/share:percent"),
            ("95%区间", "/satisfaction/of_expressed/low|/satisfaction/of_expressed/high:range"),
            ("未表态", "/satisfaction/missing/share:percent"),
        ];
        let columns: Vec<(&str, &str)> =
            columns.into_iter().filter(|(name, _)| asked.is_precise() || *name != "95%区间").collect();
        blocks.push(Block::Table(told.table("各分项满意率（以表了态的为底）", &columns, &places)?));
        let series = [("满意率", "/satisfaction/of_expressed/share:percent")];
        blocks.push(Block::Picture(told.picture("各分项满意率", (Shape::Bars, "%"), "/text", &series, &places)?));
    }
    let drivers = told.each("/drivers", usize::MAX);
    if !drivers.is_empty() && !told.is_true("/drivers/0/few") {
        let text = "与总体评价关系最密切的分项是“{./text}”（等级相关系数{./correlation:decimal2}）；相关不等于因果。";
        blocks.push(Block::says(said(told, "/drivers/0", text)?));
        let columns = [("分项", "/text"), ("与总体评价的等级相关", "/correlation:decimal2"), ("份数", "/base:count")];
        blocks.push(Block::Table(told.table("各分项与总体评价的关系", &columns, &drivers)?));
    }
    multiples(asked, &mut blocks)?;
    changes(asked, &mut blocks)?;
    if blocks.is_empty() {
        blocks.push(Block::says(Sentence::plain("问卷没有分项满意度题。")));
    }
    Ok(Section { title: "分维度评价".to_owned(), blocks })
}

/// Questions of several ticks: what was ticked most.
fn multiples(asked: &Asked, blocks: &mut Vec<Block>) -> Result<()> {
    let told = &asked.figures;
    for place in told.each("/questions", usize::MAX) {
        if told.words(&format!("{place}/kind")) != Some("multiple") {
            continue;
        }
        let mut parts = told.each(&format!("{place}/parts"), usize::MAX);
        let share = |part: &String| told.number(&format!("{part}/share/share")).unwrap_or(-1.0);
        parts.sort_by(|a, b| share(b).total_cmp(&share(a)));
        let columns = [("选项", "/option"), ("份数", "/share/count:count"), ("占回答者", "/share/share:percent")];
        let mut table = told.table("多选题", &columns, &parts)?;
        table.title = told.words(&format!("{place}/text")).unwrap_or("多选题").to_owned();
        table.note = Some("可选多项，占比之和可超过全部。".to_owned());
        blocks.push(Block::Table(table));
    }
    Ok(())
}

fn changes(asked: &Asked, blocks: &mut Vec<Block>) -> Result<()> {
    let told = &asked.figures;
    let holds = |place: &String| {
        told.number(&format!("{place}/p_adjusted")).is_some_and(|p| p < LEVEL) && !told.is_true(&format!("{place}/few"))
    };
    let all = told.each("/changes", usize::MAX);
    if all.is_empty() {
        return Ok(());
    }
    blocks.push(Block::Heading("与上一次调查相比".to_owned()));
    let text = |place: &str| {
        let question = told.words(&format!("{place}/question")).unwrap_or_default().to_owned();
        told.each("/questions", usize::MAX)
            .into_iter()
            .find(|at| told.words(&format!("{at}/question")) == Some(question.as_str()))
    };
    let mut sentences = Vec::new();
    for place in all.iter().filter(|place| holds(place)) {
        let Some(question) = text(place) else { continue };
        let is_share = told.words(&format!("{place}/measured")) == Some("satisfaction");
        let template = if is_share {
            "满意率{./now|./before:gap}，由{./before:percent}到{./now:percent}（p={./p_adjusted:chance}，已作多重比较校正）。"
        } else {
            "由{./before:decimal2}到{./now:decimal2}（p={./p_adjusted:chance}，已作多重比较校正）。"
        };
        let subject = told.say(&format!("“{{{question}/text}}”"))?;
        sentences.push(subject.and(said(told, place, template)?));
    }
    if sentences.is_empty() {
        sentences.push(Sentence::plain("各项与上一次相比都没有超出抽样波动的变化。"));
    }
    blocks.extend(sentences.into_iter().map(Block::says));
    Ok(())
}

/// 五、分群体、分区域比较
pub fn groups(asked: &Asked) -> Result<Section> {
    let mut blocks = Vec::new();
    for told in &asked.crossed {
        let tables = crossed(asked, told);
        let Some(first) = tables.first() else { continue };
        let Some(by) = by(asked, told, first) else { continue };
        blocks.push(Block::Heading(by));
        let differences = differences(told, &tables)?;
        if differences.is_empty() {
            let plain = if asked.is_precise() {
                "各组之间没有超出随机波动的差别。"
            } else {
                "数据不是抽来的样本，不作组间检验，数字仅供查阅。"
            };
            blocks.push(Block::says(Sentence::plain(plain)));
        } else {
            blocks.push(Block::Points(differences.into_iter().map(Into::into).collect()));
        }
        blocks.push(Block::Table(matrix(told, &tables)?));
    }
    if blocks.is_empty() {
        blocks.push(Block::says(Sentence::plain("没有可比较的背景题。")));
    }
    Ok(Section { title: "分群体、分区域比较".to_owned(), blocks })
}

/// Cross tables of satisfaction questions.
fn crossed(asked: &Asked, told: &Told) -> Vec<String> {
    let satisfaction = |place: &String| {
        let question = told.words(&format!("{place}/question")).and_then(|id| asked.survey.question(id));
        question.is_some_and(|question| question.is_satisfaction())
    };
    told.each("/cross", usize::MAX).into_iter().filter(satisfaction).collect()
}

fn by(asked: &Asked, told: &Told, place: &str) -> Option<String> {
    let question = asked.survey.question(told.words(&format!("{place}/by"))?)?;
    Some(format!("按“{}”", question.text))
}

/// Groups that are higher or lower than the others, where the whole table says that there is a difference.
fn differences(told: &Told, tables: &[String]) -> Result<Vec<Sentence>> {
    let mut sentences = Vec::new();
    for table in tables {
        if told.number(&format!("{table}/test/p_adjusted")).is_none_or(|p| p >= LEVEL) {
            continue;
        }
        for row in told.each(&format!("{table}/rows"), usize::MAX) {
            let cell = format!("{row}/cells/0");
            if !told.has(&format!("{cell}/higher")) || !told.has(&format!("{cell}/share/share")) {
                continue;
            }
            let turn = if told.is_true(&format!("{cell}/higher")) { "高" } else { "低" };
            let Some(question) = question_place(told, table) else { continue };
            let template = format!(
                "“{{{question}/text}}”：{{{row}/option}}的满意率为{{{cell}/share/share:percent}}（{{{row}/base:count}}份），\
                 {turn}于其他组（p={{{cell}/p:chance}}，已作多重比较校正）。"
            );
            sentences.push(told.say(&template)?);
        }
    }
    Ok(sentences)
}

fn question_place(told: &Told, table: &str) -> Option<String> {
    let id = told.words(&format!("{table}/question"))?.to_owned();
    told.each("/questions", usize::MAX)
        .into_iter()
        .find(|place| told.words(&format!("{place}/question")) == Some(id.as_str()))
}

/// Groups by items: how satisfied each is.
fn matrix(told: &Told, tables: &[String]) -> Result<crate::case::document::Table> {
    let first = &tables[0];
    let places = told.each(&format!("{first}/rows"), usize::MAX);
    let mut whole = told.table("各组满意率", &[("组", "/option"), ("份数", "/base:count")], &places)?;
    for table in tables {
        let rows = told.each(&format!("{table}/rows"), usize::MAX);
        let column = told.table("", &[("", "/cells/0/share/share:percent")], &rows)?;
        let name =
            question_place(told, table).and_then(|place| told.words(&format!("{place}/text")).map(str::to_owned));
        let mut heading = column.columns.into_iter();
        if let Some(mut heading) = heading.next() {
            heading.name = name.unwrap_or_default();
            whole.columns.push(heading);
        }
        for (row, cells) in whole.rows.iter_mut().zip(column.rows) {
            row.extend(cells);
        }
    }
    whole.note = Some("“—”为不足五份，或会由此推出不足五份的数。".to_owned());
    Ok(whole)
}

/// For the conclusions.
pub fn findings(asked: &Asked) -> Result<Vec<Sentence>> {
    let told = &asked.figures;
    let mut found = Vec::new();
    let overall = asked.survey.overall.as_deref();
    let is_overall = |place: &&String| overall.is_some() && told.words(&format!("{place}/question")) == overall;
    let places = satisfied(asked);
    if let Some(place) = with(told, "/satisfaction/of_expressed").iter().find(is_overall) {
        found.push(satisfaction(asked, place)?);
    } else if let Some(place) = with(told, "/mean").first() {
        found.push(mean(asked, place)?);
    }
    if let [best, .., worst] = places.as_slice() {
        let interval = |place: &str| interval(asked, &format!("{place}/satisfaction/of_expressed"));
        let high = format!(
            "满意率最高的分项是“{{./text}}”，为{{./satisfaction/of_expressed/share:percent}}{}，",
            interval(best)
        );
        let low = format!("最低的是“{{./text}}”，为{{./satisfaction/of_expressed/share:percent}}{}。", interval(worst));
        found.push(said(told, best, &high)?.and(said(told, worst, &low)?));
    }
    let mut between = Vec::new();
    for told in &asked.crossed {
        between.extend(differences(told, &crossed(asked, told))?);
    }
    found.extend(between.into_iter().take(GROUPS));
    Ok(found)
}

/// For the suggestions.
pub fn suggestions(asked: &Asked) -> Result<Vec<Point>> {
    let told = &asked.figures;
    let share = |place: &String| told.number(&format!("{place}/satisfaction/of_expressed/share")).unwrap_or(1.0);
    let mut points = Vec::new();
    for place in satisfied(asked).iter().rev().filter(|place| share(place) < WEAK).take(ENDS) {
        let text = "“{./text}”满意率{./satisfaction/of_expressed/share:percent}，宜作为改进的重点，并结合开放题中的具体意见核实。";
        points.push(Point {
            sentences: vec![said(told, place, text)?],
            rule: Some("分项满意率低于六成，且表态的不少于三十份".to_owned()),
        });
    }
    Ok(points)
}
