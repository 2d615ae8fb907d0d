//! 建议研判: sentences by rules. Each rule's condition is printed with what it says; a figure that does not reach it says
//! nothing, and no cause is guessed.

use super::asking::Asking;
use super::kinds::changed;
use crate::analytics::Dimension;
use crate::case::document::{Block, LEAST_BASE, Point, Section, Sentence, Told};
use crate::error::Result;

/// Points that one rule makes, at most.
const MOST: usize = 3;
/// A category that grew so much.
const GREW: f64 = 0.3;
/// An event with so many cases, of which such a part was told before, is late or unsatisfied.
const AGAIN: (f64, f64) = (5.0, 0.3);
/// An event with so many cases, of which such a part is urgent or of safety.
const GRAVE: (f64, f64) = (3.0, 0.5);
/// A unit with so many late and unanswered, and such a part of its cases.
const LATE: (f64, f64) = (5.0, 0.1);
/// A unit that sent back so many, and so many to each of its own.
const RETURNED: (f64, f64) = (5.0, 0.2);
/// A unit whose satisfaction is so far below that of all.
const BELOW: f64 = 0.1;
/// Categories looked at, as many as the section on kinds tells.
const CATEGORIES: usize = 15;

pub fn section(asking: &mut Asking) -> Result<Section> {
    let whole = asking.is_whole();
    let mut points = Vec::new();
    let (events, units) = (asking.events()?, asking.departments()?);
    grave(&events, &mut points)?;
    if whole {
        let bursts = asking.bursts()?;
        burst(&bursts, &mut points)?;
    }
    let category = asking.volumes("二级分类", Dimension::Category, Some(CATEGORIES))?;
    grew(&category, &mut points)?;
    again(&events, &mut points)?;
    late(&units, &mut points)?;
    returned(&units, &mut points)?;
    below(&units, whole, &mut points)?;
    if whole {
        supervised(&asking.supervisions()?, &mut points)?;
    }
    let blocks = match points.is_empty() {
        true => vec![Block::says(Sentence::plain("本期各项数字都没有达到提示条件。"))],
        false => {
            let opening = "以下各条由数字按固定条件得出，条件附后；只提示宜核实的事项，不说明原因。";
            vec![Block::says(Sentence::plain(opening)), Block::Points(points)]
        }
    };
    Ok(Section { title: "建议研判".to_owned(), blocks })
}

/// Adds what a rule says of the first places that fit it.
fn say(told: &Told, places: Vec<String>, said: &str, rule: &str, points: &mut Vec<Point>) -> Result<()> {
    for place in places.iter().take(MOST) {
        let sentence = told.say(&said.replace("{.", &format!("{{{place}")).replace("|.", &format!("|{place}")))?;
        points.push(Point { sentences: vec![sentence], rule: Some(rule.to_owned()) });
    }
    Ok(())
}

fn which(told: &Told, list: &str, fits: impl Fn(&dyn Fn(&str) -> f64) -> bool) -> Vec<String> {
    let fit = |place: &String| fits(&|name: &str| told.number(&format!("{place}{name}")).unwrap_or_default());
    told.each(list, usize::MAX).into_iter().filter(fit).collect()
}

fn grave(events: &Told, points: &mut Vec<Point>) -> Result<()> {
    let places =
        which(events, "/rows", |at| at("/cases") >= GRAVE.0 && at("/parts/severity/cases") >= GRAVE.1 * at("/cases"));
    let said = "“{./title:title}”{./cases:count}件中{./parts/severity/cases:count}件紧急或涉及安全，宜先核实现场情况，明确责任单位和时限。";
    say(events, places, said, "热点中件数≥3，且紧急或涉及安全的≥一半", points)
}

fn burst(bursts: &Told, points: &mut Vec<Point>) -> Result<()> {
    let places = bursts.each("/rows", MOST);
    let said = "{./district}{./category/name}最近{./window_hours:count}小时{./people:count}人反映，平常约{./expected:decimal}件，\
                宜向{./district}有关单位核实是否为同一起因，必要时统一答复口径。";
    say(bursts, places, said, "突增检测有发现（错误发现率受控）", points)
}

fn grew(category: &Told, points: &mut Vec<Point>) -> Result<()> {
    let mut rose = changed(category, |change| change >= GREW);
    rose.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let places = rose.into_iter().map(|(place, _)| place).collect();
    let said = "{./name}受理{./cases:count}件，环比{./previous/change:change}，宜结合时令和近期工作安排研判是否持续。";
    say(category, places, said, "本期和上期均≥20件，环比上升≥30%", points)
}

fn again(events: &Told, points: &mut Vec<Point>) -> Result<()> {
    let places = which(events, "/rows", |at| at("/cases") >= AGAIN.0 && at("/parts/returns/value") >= AGAIN.1);
    let said = "“{./title:title}”{./cases:count}件中，重复反映{./parts/returns/repeated:count}件、超期{./parts/returns/overdue:count}件、\
                不满意{./parts/returns/unsatisfied:count}件，宜核实前次办理是否到位。";
    say(events, places, said, "热点中件数≥5，且重复、超期或不满意的≥30%", points)
}

fn late(units: &Told, points: &mut Vec<Point>) -> Result<()> {
    let places = which(units, "/rows", |at| {
        let late = at("/answering/overdue/cases");
        late >= LATE.0 && late >= LATE.1 * at("/assigned/cases")
    });
    let said =
        "{./name}承办{./assigned/cases:count}件，超期未答复{./answering/overdue/cases:count}件，宜催办并了解原因。";
    say(units, places, said, "超期未答复≥5件，且≥承办件的10%", points)
}

fn returned(units: &Told, points: &mut Vec<Point>) -> Result<()> {
    let places = which(units, "/rows", |at| {
        let returned = at("/returned/cases");
        returned >= RETURNED.0 && returned >= RETURNED.1 * at("/assigned/cases")
    });
    let said = "{./name}退单{./returned/cases:count}件、承办{./assigned/cases:count}件，宜对照派单目录核对职责边界。";
    say(units, places, said, "退单≥5件，且≥承办件的20%", points)
}

/// The total is of what the report is of: the city, or the cases of a special report.
fn below(units: &Told, whole: bool, points: &mut Vec<Point>) -> Result<()> {
    let Some(rate) = units.number("/total/satisfaction/rate") else { return Ok(()) };
    let places =
        which(units, "/rows", |at| at("/satisfaction/of") >= LEAST_BASE && at("/satisfaction/rate") <= rate - BELOW);
    let all = if whole { "全市" } else { "本专报范围内各单位合计" };
    let said = format!(
        "{{./name}}满意率{{./satisfaction/rate:percent}}（{{./satisfaction/hits:count}}/{{./satisfaction/of:count}}），\
         低于{all}{{/total/satisfaction/rate:percent}}，宜抽查答复质量。"
    );
    say(units, places, &said, &format!("表态的回访≥20件，且满意率低于{all}10个百分点以上"), points)
}

fn supervised(told: &Told, points: &mut Vec<Point>) -> Result<()> {
    if told.number("/overdue").is_some_and(|overdue| overdue > 0.0) {
        let sentence = told.say("已超期的督办有{/overdue:count}条，宜逐条核实进度，报告交办部门。")?;
        points.push(Point { sentences: vec![sentence], rule: Some("有超期未销号的督办".to_owned()) });
    }
    Ok(())
}
