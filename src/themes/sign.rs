//! Signing off (签认): one step on a frame makes the next frame, or is refused with what to do about it.
//!
//! Codes are never given twice: what was merged, split or dropped is retired, so that an old answer's code never
//! comes to mean something else.

use std::collections::BTreeSet;

use crate::case::{
    AnswerKey, CategoryLink, Confirmed, Description, Frame, FrameStep, NO_OPINION, OFF_TOPIC, SubTheme, Theme,
};
use crate::error::{Error, Kind, Result};

/// The longest name and description taken, in Unicode scalar values.
const LONGEST_NAME: usize = 30;
const LONGEST_DESCRIPTION: usize = 500;
/// A theme may hold as many sub-themes as there are letters.
const LETTERS: std::ops::RangeInclusive<char> = 'a'..='z';

/// A frame with nothing but 无意见 and 与问卷无关.
pub fn empty_frame() -> Frame {
    let theme = |code: &str, name: &str, description: &str| Theme {
        code: code.to_owned(),
        name: name.to_owned(),
        description: description.to_owned(),
        ..Theme::default()
    };
    Frame {
        themes: vec![
            theme(NO_OPINION, "无意见或看不出意见", "“无”“没有”“不清楚”，或没有内容的话"),
            theme(OFF_TOPIC, "与问卷无关", "广告、别的事"),
        ],
        ..Frame::default()
    }
}

/// The frame after `step`; refused where it names what is not there, gives a name twice, or would take away
/// [`NO_OPINION`] or [`OFF_TOPIC`].
pub fn signed(frame: &Frame, step: &FrameStep) -> Result<Frame> {
    let mut next = frame.clone();
    match step {
        FrameStep::Rename { code, name, description } => {
            rename(&mut next, code, name.as_deref(), description.as_deref())
        }
        FrameStep::Merge { codes, into } => merge(&mut next, codes, into),
        FrameStep::Split { code, into } => split(&mut next, code, into),
        FrameStep::Drop { code } => drop(&mut next, code),
        FrameStep::Move { code, under } => shift(&mut next, code, under.as_deref()),
        FrameStep::Add { name, description, under } => {
            add(&mut next, &Description { name: name.clone(), description: description.clone() }, under.as_deref())
        }
        FrameStep::Confirm { answer, codes } => confirm(&mut next, answer, codes),
        FrameStep::Unconfirm { answer } => unconfirm(&mut next, answer),
        FrameStep::Link { code, category } => link(&mut next, code, category.as_deref()),
    }?;
    Ok(next)
}

/// Where a code stands: a theme, or a theme's sub-theme.
#[derive(Clone, Copy)]
enum Place {
    Theme(usize),
    Sub(usize, usize),
}

fn find(frame: &Frame, code: &str) -> Result<Place> {
    for (i, theme) in frame.themes.iter().enumerate() {
        if theme.code == code {
            return Ok(Place::Theme(i));
        }
        if let Some(j) = theme.sub.iter().position(|sub| sub.code == code) {
            return Ok(Place::Sub(i, j));
        }
    }
    let (zh, en) =
        (format!("没有主题 {code}：请先取主题表再改"), format!("there is no theme {code}: read the frame first"));
    Err(Error::new(Kind::NotFound, zh, en))
}

/// Like [`find`], for what may be taken apart.
fn find_theme(frame: &Frame, code: &str) -> Result<Place> {
    if code == NO_OPINION || code == OFF_TOPIC {
        let (zh, en) =
            (format!("{code} 是固定的，只能改名称和界线"), format!("{code} is fixed: it can only be renamed"));
        return Err(Error::new(Kind::Conflict, zh, en));
    }
    find(frame, code)
}

fn rename(frame: &mut Frame, code: &str, name: Option<&str>, description: Option<&str>) -> Result<()> {
    let place = find(frame, code)?;
    let name = name.map(|name| named(frame, name, Some(code))).transpose()?;
    let description = description.map(described).transpose()?;
    let (to_name, to_description) = match place {
        Place::Theme(i) => {
            let theme = &mut frame.themes[i];
            (&mut theme.name, &mut theme.description)
        }
        Place::Sub(i, j) => {
            let sub = &mut frame.themes[i].sub[j];
            (&mut sub.name, &mut sub.description)
        }
    };
    name.into_iter().for_each(|name| *to_name = name);
    description.into_iter().for_each(|description| *to_description = description);
    Ok(())
}

fn merge(frame: &mut Frame, codes: &[String], into: &str) -> Result<()> {
    let target = find_theme(frame, into)?;
    let codes: BTreeSet<&String> = codes.iter().filter(|code| *code != into).collect();
    if codes.is_empty() {
        return Err(Error::invalid("请给出要并入的主题", "name the themes to merge").at(
            "/codes",
            "至少一个，且不是并入的目标",
            "at least one that is not the target",
        ));
    }
    for code in codes {
        match (find_theme(frame, code)?, target) {
            (Place::Theme(_), Place::Theme(_)) => merge_themes(frame, code, into)?,
            (Place::Sub(i, j), _) => {
                frame.themes[i].sub.remove(j);
                retire(frame, code, Some(into));
            }
            (Place::Theme(_), Place::Sub(..)) => {
                let zh = format!("{code} 是一级主题，{into} 是子主题：请并入一级主题，或先把 {code} 移到别的主题下");
                let en =
                    format!("{code} is of level 1, {into} is a sub-theme: merge into a theme, or move {code} first");
                return Err(Error::new(Kind::Conflict, zh, en));
            }
        }
    }
    Ok(())
}

/// The sub-themes go along under new codes; the merged theme itself is kept as what its answers were about.
fn merge_themes(frame: &mut Frame, code: &str, into: &str) -> Result<()> {
    let Place::Theme(i) = find(frame, code)? else { return Ok(()) };
    let theme = frame.themes.remove(i);
    for sub in theme.sub {
        let new = next_sub(frame, into)?;
        let old = sub.code.clone();
        let Place::Theme(to) = find(frame, into)? else { return Ok(()) };
        frame.themes[to].sub.push(SubTheme { code: new.clone(), ..sub });
        retire(frame, &old, Some(&new));
    }
    retire(frame, code, Some(into));
    Ok(())
}

fn split(frame: &mut Frame, code: &str, into: &[Description]) -> Result<()> {
    if into.len() < 2 {
        return Err(Error::invalid("拆开须给出至少两个新主题", "a split needs two new themes at least").at(
            "/into",
            "至少两个",
            "two at least",
        ));
    }
    let under = match find_theme(frame, code)? {
        Place::Theme(_) => None,
        Place::Sub(i, _) => Some(frame.themes[i].code.clone()),
    };
    take(frame, code)?;
    into.iter().try_for_each(|description| add(frame, description, under.as_deref()))
}

fn drop(frame: &mut Frame, code: &str) -> Result<()> {
    find_theme(frame, code)?;
    take(frame, code)
}

/// Takes a theme away with its sub-themes. Answers confirmed for it are confirmed no more, since not all of what they
/// say is in the frame; those of a sub-theme stay with the theme above it.
fn take(frame: &mut Frame, code: &str) -> Result<()> {
    match find(frame, code)? {
        Place::Theme(i) => {
            let theme = frame.themes.remove(i);
            theme.sub.iter().for_each(|sub| retire(frame, &sub.code, None));
            retire(frame, code, None);
        }
        Place::Sub(i, j) => {
            frame.themes[i].sub.remove(j);
            let above = frame.themes[i].code.clone();
            retire(frame, code, Some(&above));
        }
    }
    Ok(())
}

fn shift(frame: &mut Frame, code: &str, under: Option<&str>) -> Result<()> {
    let place = find_theme(frame, code)?;
    if let Some(under) = under {
        let Place::Theme(_) = find_theme(frame, under)? else {
            let (zh, en) = (format!("{under} 是子主题，下面不能再分"), format!("{under} is a sub-theme itself"));
            return Err(Error::new(Kind::Conflict, zh, en));
        };
    }
    let moved = match (place, under) {
        (Place::Theme(_), None) => return Ok(()),
        (Place::Theme(i), Some(under)) => {
            if !frame.themes[i].sub.is_empty() || code == under {
                let zh = format!("{code} 有子主题，不能整个移到 {under} 下：请用合并");
                let en = format!("{code} has sub-themes and cannot stand under {under}: merge it");
                return Err(Error::new(Kind::Conflict, zh, en));
            }
            let Theme { name, description, words, sentence, .. } = frame.themes[i].clone();
            SubTheme { code: next_sub(frame, under)?, name, description, words, sentence }
        }
        (Place::Sub(i, j), Some(under)) => {
            if frame.themes[i].code == under {
                return Ok(());
            }
            SubTheme { code: next_sub(frame, under)?, ..frame.themes[i].sub[j].clone() }
        }
        (Place::Sub(i, j), None) => SubTheme { code: next_theme(frame), ..frame.themes[i].sub[j].clone() },
    };
    let new = moved.code.clone();
    match place {
        Place::Theme(i) => std::mem::drop(frame.themes.remove(i)),
        Place::Sub(i, j) => std::mem::drop(frame.themes[i].sub.remove(j)),
    }
    match under {
        Some(under) => {
            let Place::Theme(to) = find(frame, under)? else { return Ok(()) };
            frame.themes[to].sub.push(moved);
        }
        None => {
            let SubTheme { code, name, description, words, sentence } = moved;
            insert(frame, Theme { code, name, description, words, sentence, ..Theme::default() });
        }
    }
    retire(frame, code, Some(&new));
    Ok(())
}

fn add(frame: &mut Frame, new: &Description, under: Option<&str>) -> Result<()> {
    let (name, description) = (named(frame, &new.name, None)?, described(&new.description)?);
    match under {
        None => {
            let code = next_theme(frame);
            insert(frame, Theme { code, name, description, ..Theme::default() });
        }
        Some(under) => {
            let Place::Theme(i) = find_theme(frame, under)? else {
                let (zh, en) = (format!("{under} 是子主题，下面不能再分"), format!("{under} is a sub-theme itself"));
                return Err(Error::new(Kind::Conflict, zh, en));
            };
            let code = next_sub(frame, under)?;
            frame.themes[i].sub.push(SubTheme { code, name, description, ..SubTheme::default() });
        }
    }
    Ok(())
}

fn confirm(frame: &mut Frame, answer: &AnswerKey, codes: &BTreeSet<String>) -> Result<()> {
    if codes.is_empty() {
        return Err(Error::invalid(
            format!("请给出答案的主题；看不出意见的写 {NO_OPINION}"),
            format!("give the answer's themes; {NO_OPINION} where it says nothing"),
        )
        .at("/codes", "至少一个", "one at least"));
    }
    codes.iter().try_for_each(|code| find(frame, code).map(|_| ()))?;
    if codes.len() > 1 && codes.iter().any(|code| code == NO_OPINION || code == OFF_TOPIC) {
        let zh = format!("{NO_OPINION}、{OFF_TOPIC} 不能与别的主题同时确认");
        let en = format!("{NO_OPINION} and {OFF_TOPIC} stand alone");
        return Err(Error::invalid(zh, en).at("/codes", "只留一个", "keep one"));
    }
    frame.confirmed.retain(|confirmed| confirmed.answer != *answer);
    frame.confirmed.push(Confirmed { answer: answer.clone(), codes: codes.clone() });
    frame.confirmed.sort();
    Ok(())
}

fn unconfirm(frame: &mut Frame, answer: &AnswerKey) -> Result<()> {
    let before = frame.confirmed.len();
    frame.confirmed.retain(|confirmed| confirmed.answer != *answer);
    match before == frame.confirmed.len() {
        true => Err(Error::new(
            Kind::NotFound,
            format!("答案 {answer} 没有确认过"),
            format!("answer {answer} was not confirmed"),
        )),
        false => Ok(()),
    }
}

fn link(frame: &mut Frame, code: &str, category: Option<&str>) -> Result<()> {
    let Place::Theme(i) = find_theme(frame, code)? else {
        let zh = "诉求分类对应到一级主题：请给一级主题的代码";
        return Err(Error::new(Kind::Conflict, zh, "categories are linked to themes of level 1"));
    };
    let proposed = frame.themes[i].category.take();
    frame.themes[i].category = category.map(|category| CategoryLink {
        code: category.to_owned(),
        probability: proposed.filter(|proposed| proposed.code == category).map_or(1.0, |proposed| proposed.probability),
        confirmed: true,
    });
    Ok(())
}

/// Themes proper stand before 无意见 and 与问卷无关.
fn insert(frame: &mut Frame, theme: Theme) {
    let at = frame.themes.iter().position(|theme| !theme.is_theme()).unwrap_or(frame.themes.len());
    frame.themes.insert(at, theme);
}

/// A code is given up; answers confirmed for it go to `to`, or are confirmed no more.
fn retire(frame: &mut Frame, code: &str, to: Option<&str>) {
    frame.retired.insert(code.to_owned());
    for confirmed in &mut frame.confirmed {
        if confirmed.codes.remove(code) {
            match to {
                Some(to) => confirmed.codes.extend([to.to_owned()]),
                None => confirmed.codes.clear(),
            }
        }
    }
    frame.confirmed.retain(|confirmed| !confirmed.codes.is_empty());
    for theme in &frame.themes {
        let below = |codes: &BTreeSet<String>| theme.sub.iter().any(|sub| codes.contains(&sub.code));
        for confirmed in &mut frame.confirmed {
            // A theme is not said beside its own sub-theme.
            if below(&confirmed.codes) {
                confirmed.codes.remove(&theme.code);
            }
        }
    }
}

/// The next code of level 1: T01, T02 …
pub(super) fn next_theme(frame: &Frame) -> String {
    numbered(highest(frame.themes.iter().map(|theme| &theme.code).chain(&frame.retired)) + 1)
}

/// The code of level 1 with that number.
pub(super) fn numbered(number: u32) -> String {
    format!("T{number:02}")
}

/// The number in a code of either level; none in one that a person made up otherwise.
pub(super) fn number(code: &str) -> Option<u32> {
    code.strip_prefix('T')?.trim_end_matches(char::is_alphabetic).parse().ok()
}

/// The highest number that was given; 0 where none was.
pub(super) fn highest<'a>(codes: impl IntoIterator<Item = &'a String>) -> u32 {
    codes.into_iter().filter_map(|code| number(code)).max().unwrap_or(0)
}

fn next_sub(frame: &Frame, theme: &str) -> Result<String> {
    let taken = |code: &String| {
        frame.retired.contains(code) || frame.themes.iter().any(|t| t.sub.iter().any(|sub| sub.code == *code))
    };
    let free = LETTERS.map(|letter| format!("{theme}{letter}")).find(|code| !taken(code));
    free.ok_or_else(|| {
        let zh = format!("{theme} 的子主题代码用完了：请先合并或另立一级主题");
        Error::new(Kind::Conflict, zh, format!("{theme} has no code left for another sub-theme"))
    })
}

/// A name that no other theme has.
fn named(frame: &Frame, name: &str, mine: Option<&str>) -> Result<String> {
    let name = name.trim();
    let length = name.chars().count();
    if length == 0 || length > LONGEST_NAME {
        return Err(Error::invalid("主题名称不合要求", "the theme's name cannot be taken").at(
            "/name",
            format!("1 至 {LONGEST_NAME} 字"),
            format!("1 to {LONGEST_NAME} characters"),
        ));
    }
    let themes = frame.themes.iter().map(|theme| (&theme.code, &theme.name));
    let subs = frame.themes.iter().flat_map(|theme| theme.sub.iter().map(|sub| (&sub.code, &sub.name)));
    match themes.chain(subs).find(|(code, other)| *other == name && Some(code.as_str()) != mine) {
        Some((code, _)) => Err(Error::new(
            Kind::Conflict,
            format!("{code} 已叫“{name}”：请换一个名称，或合并"),
            format!("{code} has that name already: choose another, or merge"),
        )),
        None => Ok(name.to_owned()),
    }
}

fn described(description: &str) -> Result<String> {
    let description = description.trim();
    match description.chars().count() > LONGEST_DESCRIPTION {
        true => Err(Error::invalid("界线太长", "the description is too long").at(
            "/description",
            format!("最多 {LONGEST_DESCRIPTION} 字"),
            format!("at most {LONGEST_DESCRIPTION} characters"),
        )),
        false => Ok(description.to_owned()),
    }
}
