//! Clauses (分句): where a text may be cut so that each part can be heard alone.

use crate::case::{Clause, Joint, Span};

/// Words that announce another matter at the beginning of a clause.
const ANNOUNCING: &[&str] = &[
    "另外",
    "还有",
    "此外",
    "除此之外",
    "除了这",
    "再有",
    "再就是",
    "再一个",
    "再一件",
    "再者",
    "再说",
    "顺便",
    "顺带",
    "其次",
    "第二",
    "第三",
    "二是",
    "三是",
    "其二",
    "其三",
    "二、",
    "三、",
    "2、",
    "3、",
    "2.",
    "3.",
    "(二)",
    "(三)",
    "②",
    "③",
    "另一",
    "另有",
    "另,",
    "也想",
    "还想",
    "还要",
];
/// Characters below which a clause is told together with the next.
const SHORTEST: usize = 8;
/// Characters from which a clause without a full stop is cut at a comma.
const LONG: usize = 24;
/// Clauses at most: where there are more, the shortest are told together with a neighbour.
const MOST: usize = 14;

/// Cuts a normalized text, from its `from`-th character on, at full stops, before announcing words and, where a
/// sentence runs on, at commas. The clauses lie back to back and cover the rest of the text.
pub fn clauses(text: &str, from: usize) -> Vec<Clause> {
    let characters: Vec<char> = text.chars().collect();
    let (mut clauses, mut start, mut joint) = (Vec::new(), from, Joint::Sentence);
    for at in from..characters.len() {
        let announced = announces(&characters[at + 1..]);
        let length = at + 1 - start;
        let stop = matches!(characters[at], '。' | '！' | '？' | '!' | '?' | '；' | ';' | '\n');
        let pause = matches!(characters[at], '，' | ',' | '、' | '：' | ':' | ' ');
        let cut = length >= SHORTEST && (stop || pause && announced) || length >= LONG && pause;
        if cut || at + 1 == characters.len() {
            clauses.push(Clause { span: Span { start, end: at + 1 }, joint });
            start = at + 1;
            joint = match (announced, stop) {
                (true, _) => Joint::Announced,
                (false, true) => Joint::Sentence,
                (false, false) => Joint::Pause,
            };
        }
    }
    fewer(clauses)
}

/// Cuts a normalized text at every pause, finer than [`clauses`]: an opinion changes its matter at a comma (“车是新的，就是
/// 站太远”). Parts shorter than eight characters are told together with the next, the last with the one before. They lie
/// back to back and cover the text.
pub fn phrases(text: &str) -> Vec<Span> {
    let characters: Vec<char> = text.chars().collect();
    let (mut phrases, mut start): (Vec<Span>, usize) = (Vec::new(), 0);
    for (at, c) in characters.iter().enumerate() {
        let pause =
            matches!(c, '。' | '！' | '？' | '!' | '?' | '；' | ';' | '\n' | '，' | ',' | '、' | '：' | ':' | ' ');
        if pause && at + 1 - start >= SHORTEST {
            phrases.push(Span { start, end: at + 1 });
            start = at + 1;
        }
    }
    match phrases.last_mut() {
        Some(last) if characters.len() - start < SHORTEST => last.end = characters.len(),
        _ if start < characters.len() => phrases.push(Span { start, end: characters.len() }),
        _ => {}
    }
    phrases
}

fn announces(rest: &[char]) -> bool {
    let begin: String = rest.iter().skip_while(|c| c.is_whitespace()).take(5).collect();
    ANNOUNCING.iter().any(|word| begin.starts_with(word))
}

fn fewer(mut clauses: Vec<Clause>) -> Vec<Clause> {
    let length = |clause: &Clause| clause.span.end - clause.span.start;
    while clauses.len() > MOST {
        // Nothing announced is swallowed.
        let pairs = (1..clauses.len()).filter(|&i| clauses[i].joint != Joint::Announced);
        let shortest = pairs.min_by_key(|&i| length(&clauses[i - 1]) + length(&clauses[i])).unwrap_or(1);
        clauses[shortest - 1].span.end = clauses.remove(shortest).span.end;
    }
    clauses
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clauses_cover_the_text_and_know_what_announces_them() {
        let text = "楼下烧烤店油烟很大,天天到半夜。另外小区路灯坏了半个月了,没有人修。";
        let cut = clauses(text, 0);
        assert_eq!(cut.iter().map(|c| c.joint).collect::<Vec<_>>(), [Joint::Sentence, Joint::Announced]);
        assert_eq!((cut[0].span.start, cut[1].span.end), (0, text.chars().count()));
        assert_eq!(cut[0].span.end, cut[1].span.start);
    }

    #[test]
    fn phrases_cover_the_text_and_none_is_short_but_a_short_text() {
        let text = "车是新的，空调也凉快，就是站牌离小区太远，走得累";
        let cut: Vec<String> = phrases(text)
            .into_iter()
            .map(|span| text.chars().skip(span.start).take(span.end - span.start).collect())
            .collect();
        assert_eq!(cut, ["车是新的，空调也凉快，", "就是站牌离小区太远，走得累"]);
        assert_eq!(phrases("挺好"), [Span { start: 0, end: 2 }]);
        assert!(phrases("").is_empty());
    }

    #[test]
    fn a_text_of_many_sentences_has_few_clauses() {
        let text = "路灯坏了没有人修呀。".repeat(60);
        let cut = clauses(&text, 3);
        assert_eq!(cut.len(), MOST);
        assert_eq!((cut[0].span.start, cut[MOST - 1].span.end), (3, text.chars().count()));
        assert!(cut.windows(2).all(|pair| pair[0].span.end == pair[1].span.start));
    }
}
