//! Sections three to five: the overall mark, the items, the groups.

use super::{Asked, HIDDEN};
use crate::case::document::{Block, Point, Section, Sentence, Shape, Table, Told};
use crate::case::{Question, QuestionKind};
use crate::error::Result;

/// An item is told to be weak below this satisfaction.
const WEAK: f64 = 0.6;
/// Items that are told by name at either end.
const ENDS: usize = 2;
/// Findings between groups that the conclusions tell.
const GROUPS: usize = 2;
/// A finding between groups holds below this p-value, corrected.
const LEVEL: f64 = 0.05;

/// Where the items that ask how satisfied one is stand in the figures, most satisfied first; the overall mark left out.
fn rated(asked: &Asked) -> Vec<String> {
    let told = &asked.figures;
    let overall = asked.survey.overall.as_deref();
    let is_item = |place: &String| overall.is_none() || told.words(&format!("{place}/question")) != overall;
    let share = |place: &String| told.number(&format!("{place}/satisfaction/of_expressed/share"));
    let mut places: Vec<String> = told
        .each("/questions", usize::MAX)
        .into_iter()
        .filter(is_item)
        .filter(|place| share(place).is_some())
        .collect();
    places.sort_by(|a, b| share(b).unwrap_or_default().total_cmp(&share(a).unwrap_or_default()));
    places
}

/// Those with enough answers to say something by.
fn satisfied(asked: &Asked) -> Vec<String> {
    let mut places = rated(asked);
    places.retain(|place| !asked.figures.is_true(&format!("{place}/satisfaction/of_expressed/few")));
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
    let opening = "对“{./text}”，表了态的{./satisfaction/of_expressed/base:count}份中，选";
    let share = format!("的占{{./satisfaction/of_expressed/share:percent}}{interval}");
    let sentence = said(&asked.figures, place, opening)?.and(good(asked, place)?);
    let sentence = sentence.and(said(&asked.figures, place, &share)?);
    let missing = format!("{place}/satisfaction/missing/share");
    let more = if asked.figures.has(&missing) {
        said(&asked.figures, place, "；另有{./satisfaction/missing/share:percent}的人未表态，未计入其中。")?
    } else {
        Sentence::plain("。")
    };
    Ok(sentence.and(more))
}

/// What counts as good: “满意”“基本满意”, as the questionnaire words it.
fn good(asked: &Asked, place: &str) -> Result<Sentence> {
    let id = asked.figures.words(&format!("{place}/question"));
    let at = asked.survey.questions.iter().position(|question| Some(question.id.as_str()) == id);
    let named = asked.whole.each(&format!("/survey/question/{}/favourable", at.unwrap_or_default()), usize::MAX);
    asked.whole.say(&named.iter().map(|option| format!("“{{{option}}}”")).collect::<String>())
}

fn mean(asked: &Asked, place: &str) -> Result<Sentence> {
    // Stars may be halved.
    let mark = |end: &str| {
        let whole = asked.figures.number(&format!("{place}/mean/{end}")).is_some_and(|mark| mark.fract() == 0.0);
        format!("{{./mean/{end}:{}}}", if whole { "count" } else { "decimal" })
    };
    let (least, most) = (mark("least"), mark("most"));
    let mut template =
        format!("“{{./text}}”平均{{./mean/mean:decimal2}}分（可打{least}至{most}分，{{./mean/base:count}}份）");
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
    template.push_str("；其中推荐者占{./nps/promoters/share:percent}，贬损者占{./nps/detractors/share:percent}");
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
    let listed = rated(asked);
    if !listed.is_empty() {
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
        let mut table = told.table("各分项满意率（以表了态的为底）", &columns, &listed)?;
        table.note = Some("不足三十份的只列数，不解读。".to_owned()).filter(|_| listed.len() > places.len());
        blocks.push(Block::Table(table));
    }
    if !places.is_empty() {
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
    choices(asked, &mut blocks)?;
    changes(asked, &mut blocks)?;
    if blocks.is_empty() {
        blocks.push(Block::says(Sentence::plain("问卷没有分项满意度题。")));
    }
    Ok(Section { title: "分维度评价".to_owned(), blocks })
}

/// Questions of one choice or several that ask for no degree of satisfaction: what was chosen most.
fn choices(asked: &Asked, blocks: &mut Vec<Block>) -> Result<()> {
    let told = &asked.figures;
    for place in told.each("/questions", usize::MAX) {
        let several = told.words(&format!("{place}/kind")) == Some("multiple");
        let one = told.words(&format!("{place}/kind")) == Some("single");
        let rated = told.has(&format!("{place}/satisfaction"));
        if !(several || one && !rated) {
            continue;
        }
        let mut parts = told.each(&format!("{place}/parts"), usize::MAX);
        let share = |part: &String| told.number(&format!("{part}/share/share")).unwrap_or(-1.0);
        parts.sort_by(|a, b| share(b).total_cmp(&share(a)));
        let columns = [("选项", "/option"), ("份数", "/share/count:count"), ("占回答者", "/share/share:percent")];
        let mut table = told.table("", &columns, &parts)?;
        table.title = told.words(&format!("{place}/text")).unwrap_or_default().to_owned();
        let sums = if several { "可选多项，占比之和可超过全部。" } else { "" };
        table.note = Some(format!("{sums}{HIDDEN}"));
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
    let caution = told.has("/changes_caution").then(|| told.say("{/changes_caution}")).transpose()?;
    if all.is_empty() && caution.is_none() {
        return Ok(());
    }
    blocks.push(Block::Heading("与上一次调查相比".to_owned()));
    blocks.extend(caution.map(Block::says));
    if all.is_empty() {
        return Ok(());
    }
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
        let (rated, others) = (crossed(asked, told), others(asked, told));
        let Some(first) = rated.first().or(others.first()) else { continue };
        let Some(by) = by(asked, told, first) else { continue };
        blocks.push(Block::Heading(by));
        let differences = differences(told, &rated)?;
        if rated.is_empty() {
            blocks.push(Block::says(Sentence::plain("各组怎样选择，见下表。")));
        } else if differences.is_empty() {
            let plain = if asked.is_precise() {
                "各组之间没有超出随机波动的差别。"
            } else {
                "数据不是抽来的样本，不作组间检验，数字仅供查阅。"
            };
            blocks.push(Block::says(Sentence::plain(plain)));
        } else {
            blocks.push(Block::Points(differences.into_iter().map(Into::into).collect()));
        }
        blocks.extend(matrix(told, &rated)?.map(Block::Table));
        for table in others {
            blocks.push(Block::Table(spread(told, &table)?));
        }
    }
    if blocks.is_empty() {
        blocks.push(Block::says(Sentence::plain("没有可比较的背景题。")));
    }
    Ok(Section { title: "分群体、分区域比较".to_owned(), blocks })
}

/// Cross tables of satisfaction questions.
fn crossed(asked: &Asked, told: &Told) -> Vec<String> {
    tables(asked, told, Question::is_satisfaction)
}

/// Cross tables of the other questions, where anything of them is shown.
fn others(asked: &Asked, told: &Told) -> Vec<String> {
    let other = |question: &Question| !question.is_satisfaction() && question.kind != QuestionKind::Background;
    let mut places = tables(asked, told, other);
    places.retain(|place| told.has(&format!("{place}/base")));
    places
}

fn tables(asked: &Asked, told: &Told, of: impl Fn(&Question) -> bool) -> Vec<String> {
    let fits = |place: &String| {
        let question = told.words(&format!("{place}/question")).and_then(|id| asked.survey.question(id));
        question.is_some_and(&of)
    };
    told.each("/cross", usize::MAX).into_iter().filter(fits).collect()
}

/// Groups by what they chose.
fn spread(told: &Told, table: &str) -> Result<Table> {
    let names = told.each(&format!("{table}/columns"), usize::MAX);
    let names: Vec<&str> = names.iter().filter_map(|name| told.words(name)).collect();
    let shares: Vec<String> = (0..names.len()).map(|at| format!("/cells/{at}/share/share:percent")).collect();
    let columns = [("组", "/option"), ("份数", "/base:count")].into_iter();
    let columns: Vec<(&str, &str)> = columns.chain(names.into_iter().zip(shares.iter().map(String::as_str))).collect();
    let mut spread = told.table("", &columns, &told.each(&format!("{table}/rows"), usize::MAX))?;
    let text = question_place(told, table).and_then(|place| told.words(&format!("{place}/text")));
    spread.title = text.unwrap_or_default().to_owned();
    spread.note = Some(HIDDEN.to_owned());
    Ok(spread)
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
fn matrix(told: &Told, tables: &[String]) -> Result<Option<Table>> {
    let Some(first) = tables.first() else { return Ok(None) };
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
    whole.note = Some(HIDDEN.to_owned());
    Ok(Some(whole))
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
