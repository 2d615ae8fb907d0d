//! Excerpts (代表性原话): what people said, in their own words, and nothing that tells who they are.

use std::collections::{BTreeMap, BTreeSet};

use super::mapper::Mapper;
use super::{Answer, Reading};
use crate::case::{AnswerKey, Excerpt, Mapped, Sentiment};

/// Which excerpts may be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuoteRules {
    /// How many that say what most say.
    pub typical: usize,
    /// Characters at least and at most.
    pub shortest: usize,
    pub longest: usize,
}

impl Default for QuoteRules {
    fn default() -> Self {
        Self { typical: 2, shortest: 6, longest: 60 }
    }
}

/// How sure the attitude of a dissenting voice must be: irony (“真是谢谢你们了”) is taken for praise, though not surely.
const SURE: f32 = 0.5;

/// What stands between the figures of a house, a unit and a room.
const DASHES: [char; 6] = ['-', '－', '–', '—', '‐', '―'];

/// An answer that might be quoted.
struct Candidate<'a> {
    key: &'a AnswerKey,
    text: &'a str,
    sentiment: Sentiment,
    weight: f32,
    sure: f32,
}

/// For the theme or sub-theme `code`: typical excerpts first, then one that dissents, where there is one. Copies,
/// protected answers and all that `tells_nobody` refuses are left out. `mapped` and `answers` are matched by key.
pub fn quotes(mapper: &Mapper, code: &str, answers: &[Answer], mapped: &[Mapped], rules: QuoteRules) -> Vec<Excerpt> {
    let of: BTreeMap<&AnswerKey, &Answer> = answers.iter().map(|answer| (&answer.key, answer)).collect();
    let told = mapped.iter().filter_map(|mapped| Some((mapped, probability(mapped, code)?, *of.get(&mapped.answer)?)));
    let told: Vec<(&Mapped, f32, &Answer)> = told.filter(|(mapped, ..)| mapped.copy_of.is_none()).collect();
    let side = |sentiment: Sentiment| told.iter().filter(|(mapped, ..)| mapped.sentiment == sentiment).count();
    let (good, bad, calm) = (side(Sentiment::Positive), side(Sentiment::Negative), side(Sentiment::Neutral));
    let (most, other) = match (good > bad, calm > good.max(bad)) {
        (_, true) => (Sentiment::Neutral, if good > bad { Sentiment::Positive } else { Sentiment::Negative }),
        (true, false) => (Sentiment::Positive, Sentiment::Negative),
        (false, false) => (Sentiment::Negative, Sentiment::Positive),
    };
    let candidate = |(mapped, probability, answer): &(&'_ Mapped, f32, &'_ Answer)| {
        let (text, share) = excerpt(mapper, code, of.get(&answer.key)?, rules)?;
        let sure = mapped.sentiment_probability;
        Some(Candidate {
            key: of.get_key_value(&answer.key)?.0,
            text,
            sentiment: mapped.sentiment,
            weight: probability * share * sure,
            sure,
        })
    };
    let mut candidates: Vec<Candidate> = told.iter().filter_map(candidate).collect();
    candidates.sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| a.key.cmp(b.key)));
    let mut seen = BTreeSet::new();
    candidates.retain(|candidate| seen.insert(candidate.text));
    let of_side = |side: Sentiment, count: usize, dissent: bool| {
        let given = candidates
            .iter()
            .filter(move |candidate| candidate.sentiment == side && (!dissent || candidate.sure >= SURE))
            .take(count);
        given.map(move |candidate| Excerpt {
            answer: candidate.key.clone(),
            text: candidate.text.trim_end_matches(['，', ',', '、', ' ', '：', ':', '；']).trim().to_owned(),
            sentiment: candidate.sentiment,
            dissent,
        })
    };
    of_side(most, rules.typical, false).chain(of_side(other, 1, true)).collect()
}

fn probability(mapped: &Mapped, code: &str) -> Option<f32> {
    let theme = mapped.themes.iter().find(|theme| theme.code == code).map(|theme| theme.probability);
    let subs = || mapped.themes.iter().flat_map(|theme| &theme.sub);
    theme.or_else(|| subs().find(|sub| sub.code == code).map(|sub| sub.probability))
}

/// The whole answer where it is short, otherwise the clause that says most of `code`; and how sure that is.
fn excerpt<'a>(mapper: &Mapper, code: &str, answer: &'a Answer, rules: QuoteRules) -> Option<(&'a str, f32)> {
    let fits = |reading: &Reading| {
        let length = reading.text.trim().chars().count();
        (rules.shortest..=rules.longest).contains(&length) && tells_nobody(&reading.text)
    };
    if answer.protected {
        return None;
    }
    if fits(&answer.whole) {
        return Some((answer.whole.text.trim(), 1.0));
    }
    let (clause, sure) = mapper.clause(answer, code)?;
    fits(clause).then_some((clause.text.trim(), sure))
}

/// Whether nothing in a masked text points at one person or one home: no mask (`[手机号]`), no house, unit, room, plate or
/// long number, and no figures joined by a dash, as rooms are written (3-2-501).
fn tells_nobody(text: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    let figure = |c: &char| c.is_ascii_digit() || "一二三四五六七八九十百".contains(*c);
    let numbered = |pair: &[char]| figure(&pair[0]) && "栋幢室号".contains(pair[1]);
    let joined = |three: &[char]| three[0].is_ascii_digit() && DASHES.contains(&three[1]) && three[2].is_ascii_digit();
    let long = letters.split(|c| !c.is_ascii_digit()).any(|run| run.len() >= 5);
    let unit = ["单元", "门牌", "微信号", "身份证"].iter().any(|word| text.contains(word));
    !text.contains('[') && !letters.windows(2).any(numbered) && !letters.windows(3).any(joined) && !long && !unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_points_at_a_home_is_not_quoted() {
        for telling in ["我家3栋漏水", "六号楼二单元没灯", "请打[手机号]", "住在502室", "加我13812"]
            .into_iter()
            .chain(["3-2-501楼顶漏水，报修多次无人管", "我家5—1102没暖气"])
        {
            assert!(!tells_nobody(telling), "{telling} tells who it is");
        }
        assert!(tells_nobody("楼下停车位太少，晚上8点以后抢不到"));
    }
}
