//! Places by their shape (…小区, …路, A3区), in the masked text.
//!
//! A shape is found by how it ends (小区, 大道) or by what follows it (物业, 3栋); where it begins is told by the words
//! before: names, nouns and numbers belong to it, verbs, prepositions and pronouns do not. An ending alone (小区, 公司)
//! is no place, nor is one after everyday words only (安装公司).

use aho_corasick::{AhoCorasick, MatchKind};

use super::gazetteer::Gazetteer;
use super::lexicon::Lexicon;
use super::normal::is_han;
use super::place_words::{
    ENDINGS, FOLLOWERS, NAMING, NO_PLACE, PLAIN_AREAS, PLAIN_ESTATES, STANDS_AFTER_AREA, STRANGERS, TOO_WIDE,
    USUAL_ROADS,
};
use super::{holds, words};
use crate::case::{PlaceKind, Word};
use crate::error::{Error, Result};

/// Finds places by their shape.
pub struct Shapes {
    endings: AhoCorasick,
    meanings: Vec<Ending>,
}

#[derive(Debug, Clone, Copy)]
enum Ending {
    /// Part of the place: 小区.
    Inside(PlaceKind),
    /// Stands after a place and shows that there is one: 物业, 附近, 3栋.
    After(PlaceKind),
}

/// A place in the masked text, in characters; `meaning` is its entry in the gazetteer.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    pub start: usize,
    pub end: usize,
    pub kind: PlaceKind,
    pub meaning: Option<usize>,
    pub listed: bool,
}

const LONGEST_NAME: usize = 14;

impl Shapes {
    pub fn load() -> Result<Self> {
        let inside = ENDINGS.iter().flat_map(|&(kind, table)| words(table).map(move |w| (Ending::Inside(kind), w)));
        let after = FOLLOWERS.iter().flat_map(|&(kind, table)| words(table).map(move |w| (Ending::After(kind), w)));
        let (meanings, words): (Vec<Ending>, Vec<&str>) = inside.chain(after).unzip();
        let endings = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(words)
            .map_err(|error| Error::internal("地名词尾表无法编译", "the endings do not compile").because(error))?;
        Ok(Self { endings, meanings })
    }

    /// Adds the shapes among what was `found` already; in order, not overlapping.
    pub fn find(&self, text: &Lined, found: &mut Vec<Found>) {
        let mut taken = vec![false; text.chars.len() + 1];
        for f in found.iter() {
            taken[f.start..f.end].fill(true);
        }
        for hit in self.endings.find_iter(text.text) {
            let (start, end) = (text.char_at[hit.start()], text.char_at[hit.end()]);
            if taken[start..end].contains(&true) {
                continue;
            }
            let place = match self.meanings[hit.pattern()] {
                Ending::Inside(kind) => text.with_ending(start, end, kind, &taken),
                Ending::After(kind) => text.before_follower(start, kind, &taken),
            };
            if self.lengthens(hit.pattern().as_usize(), text, start, end, found) {
                taken[start..end].fill(true);
            } else if let Some(place) = place {
                taken[place.start..place.end].fill(true);
                found.push(place);
            }
        }
        found.sort_by_key(|f| f.start);
    }
}

impl Shapes {
    /// 青槐文苑 + 小区, 滨湖 + 路: an ending right after a shape lengthens it.
    fn lengthens(&self, pattern: usize, text: &Lined, start: usize, end: usize, found: &mut [Found]) -> bool {
        let (Ending::Inside(kind), Some(last)) = (self.meanings[pattern], found.last_mut()) else { return false };
        let open = match last.kind {
            PlaceKind::Estate | PlaceKind::Poi | PlaceKind::Firm | PlaceKind::School => true,
            PlaceKind::Road => kind == PlaceKind::Crossing || kind == PlaceKind::School,
            _ => false,
        };
        let follows = last.end == start && !last.listed && end - last.start <= 2 * LONGEST_NAME;
        if !follows || !open || (end - start == 1 && !text.is_edge(end)) {
            return false;
        }
        (last.end, last.kind) = (end, kind);
        true
    }
}

/// A text with its words and both ways of counting.
pub struct Lined<'t> {
    pub text: &'t str,
    pub chars: Vec<char>,
    words: &'t [Word],
    lexicon: &'t Lexicon,
    /// Byte offset → character offset.
    char_at: Vec<usize>,
    /// Character offset → the word it lies in.
    word_at: Vec<usize>,
}

impl<'t> Lined<'t> {
    pub fn new(text: &'t str, words: &'t [Word], lexicon: &'t Lexicon) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let mut char_at = vec![0; text.len() + 1];
        for (i, (byte, c)) in text.char_indices().enumerate() {
            char_at[byte..byte + c.len_utf8()].fill(i);
        }
        char_at[text.len()] = chars.len();
        let mut word_at = vec![0; chars.len() + 1];
        for (w, word) in words.iter().enumerate() {
            word_at[word.span.start..word.span.end].fill(w);
        }
        word_at[chars.len()] = words.len();
        Self { text, chars, words, lexicon, char_at, word_at }
    }

    /// A word starts or ends before character `i`.
    fn is_edge(&self, i: usize) -> bool {
        i == 0 || i >= self.chars.len() || self.word_at[i] != self.word_at[i - 1]
    }

    /// Names of the gazetteer; a short one must not cut a word in two.
    pub fn listed(&self, gazetteer: &Gazetteer) -> Vec<Found> {
        let mut found = Vec::new();
        for hit in gazetteer.find(self.text) {
            let (start, end) = (self.char_at[hit.start], self.char_at[hit.end]);
            if end - start > 2 || self.is_edge(start) && self.is_edge(end) {
                let [first, rest @ ..] = hit.meanings else { continue };
                let meaning = if rest.is_empty() { Some(*first) } else { None };
                found.push(Found { start, end, kind: gazetteer.entry(*first).kind, meaning, listed: true });
            }
        }
        found
    }

    /// Anonymised areas (A3区, K5县, 西地省) and the dictionary's place names.
    pub fn areas(&self, found: &mut Vec<Found>) {
        let mut taken = vec![false; self.chars.len() + 1];
        for f in found.iter() {
            taken[f.start..f.end].fill(true);
        }
        let mut i = 0;
        while i < self.chars.len() {
            let Some((end, kind)) = self.anonymised(i).or_else(|| self.known(i)).filter(|_| !taken[i]) else {
                i += 1;
                continue;
            };
            if !taken[i..end].contains(&true) {
                found.push(Found { start: i, end, kind, meaning: None, listed: false });
            }
            i = end.max(i + 1);
        }
        found.sort_by_key(|f| f.start);
    }

    fn anonymised(&self, i: usize) -> Option<(usize, PlaceKind)> {
        if self.chars[i..].starts_with(&['西', '地', '省']) {
            return Some((i + 3, PlaceKind::City));
        }
        let lone = i == 0 || !self.chars[i - 1].is_ascii_alphanumeric();
        if !lone || !self.chars[i].is_ascii_uppercase() {
            return None;
        }
        let digits = self.chars[i + 1..].iter().take(2).take_while(|c| c.is_ascii_digit()).count();
        let blank = usize::from(self.chars.get(i + 1 + digits) == Some(&' '));
        let end = i + 1 + digits + blank;
        match self.chars.get(end)? {
            '市' | '省' | '州' => Some((end + 1, PlaceKind::City)),
            '区' | '县' if digits > 0 => Some((end + 1, PlaceKind::District)),
            _ => None,
        }
    }

    /// A word that the dictionary tags as a place, with the 市, 区 or 县 after it.
    fn known(&self, i: usize) -> Option<(usize, PlaceKind)> {
        let word = self.words.get(self.word_at[i]).filter(|word| word.span.start == i)?;
        if word.tag != "ns" {
            return self.unknown_district(word);
        }
        let length = word.span.end - word.span.start;
        if length < 2 || holds(TOO_WIDE, &word.text) {
            return None;
        }
        let last = self.chars[word.span.end - 1];
        let next = self.chars.get(word.span.end).copied().unwrap_or(' ');
        let (end, last) = if "省市区县州镇乡村".contains(next) && !"省市区县州镇乡村".contains(last) {
            (word.span.end + 1, next)
        } else {
            (word.span.end, last)
        };
        let alone = (i == 0 || !is_han(self.chars[i - 1])) && self.chars.get(end).is_none_or(|&c| !is_han(c));
        let kind = match last {
            _ if alone => PlaceKind::City,
            '市' | '省' | '州' => PlaceKind::City,
            '区' | '县' | '旗' => PlaceKind::District,
            '镇' | '乡' => PlaceKind::Street,
            '村' => PlaceKind::Village,
            _ => return None,
        };
        Some((end, kind))
    }

    /// A place that ends with this ending, if a name stands before it.
    fn with_ending(&self, start: usize, end: usize, kind: PlaceKind, taken: &[bool]) -> Option<Found> {
        let short = end - start == 1;
        if short && !self.is_edge(end) {
            return None;
        }
        let roads = matches!(kind, PlaceKind::Road | PlaceKind::Crossing | PlaceKind::Estate);
        let first = self.name_start(start, roads, taken);
        let after_area = first > 0 && taken[first - 1];
        let ending = self.slice(start, end);
        let public = matches!(kind, PlaceKind::School | PlaceKind::Hospital) && !short;
        let bare = start == first && after_area && (public || holds(STANDS_AFTER_AREA, &ending));
        let long_enough = start - first > usize::from(short && !after_area);
        let named = long_enough && !self.is_stranger(first, end);
        let sure = after_area || self.is_distinctive(first, start) || self.is_usual(first, start, kind, &ending);
        (bare || named && sure).then_some(Found { start: first, end, kind, meaning: None, listed: false })
    }

    /// A place whose only mark is what stands after it: 尚东雅居 + 物业, 天玺 + 10号楼. Its last word must be no
    /// dictionary word.
    fn before_follower(&self, follower: usize, kind: PlaceKind, taken: &[bool]) -> Option<Found> {
        let mut end = follower;
        while end > 0
            && (self.chars[end - 1].is_ascii_alphanumeric() || "一二三四五六七八九十#第".contains(self.chars[end - 1]))
        {
            end -= 1;
        }
        if end == 0 || taken[end - 1] || !self.is_edge(end) {
            return None;
        }
        let first = self.name_start(end, false, taken);
        let last = &self.words[self.word_at[end - 1]];
        let counted = follower > end && end - first >= 3 && last.tag.starts_with(['n', 'j']);
        let named = end - first >= 2 && (self.is_proper(last) || counted) && !self.is_stranger(first, end);
        named.then_some(Found { start: first, end, kind, meaning: None, listed: false })
    }

    /// 建邺区, 双流 + 区: a word that no dictionary has, or a name, with 区 or 县.
    fn unknown_district(&self, word: &Word) -> Option<(usize, PlaceKind)> {
        let (start, end) = (word.span.start, word.span.end);
        let name = !self.lexicon.knows(&word.text) || word.tag.starts_with("nr");
        let inside = end - start == 3 && matches!(self.chars[end - 1], '区' | '县') && name;
        let beside =
            end - start == 2 && self.chars.get(end).is_some_and(|c| matches!(c, '区' | '县')) && self.is_edge(end + 1);
        let stem = word.text.trim_end_matches(['区', '县']);
        let plain = (start..end).all(|i| is_han(self.chars[i]))
            && !STRANGERS.contains(word.text.as_str())
            && !holds(PLAIN_AREAS, stem);
        match () {
            () if plain && inside => Some((end, PlaceKind::District)),
            () if plain && beside && word.tag.starts_with('n') => Some((end + 1, PlaceKind::District)),
            () => None,
        }
    }

    /// Where the name before an ending at `ending` begins.
    fn name_start(&self, ending: usize, roads: bool, taken: &[bool]) -> usize {
        let mut first = ending;
        while first > 0 && ending - first < LONGEST_NAME {
            let word = &self.words[self.word_at[first - 1]];
            let start = word.span.start;
            if taken[start..first].contains(&true) || !self.belongs(word, first, ending, roads) {
                break;
            }
            first = start;
        }
        self.trim(first, ending, taken)
    }

    fn belongs(&self, word: &Word, upto: usize, ending: usize, roads: bool) -> bool {
        let touches = upto == ending || upto < word.span.end;
        let chars = &self.chars[word.span.start..upto];
        let plain = chars.iter().all(|&c| is_han(c) || c.is_ascii_alphanumeric() || "·.#-".contains(c));
        let naming = holds(NAMING, &word.tag);
        // 前进路, 解放路: other words may be a name where they touch the ending.
        let touching = touches
            && chars.len() <= 3
            && (word.tag.starts_with(['a', 'l', 'i', 'z', 'g', 'm', 'f', 't']) || roads && word.tag.starts_with('v'));
        // 文体用品有限公司: a long ending bears a verb of one character in its name.
        let formal = self.chars[ending..].starts_with(&['有', '限']);
        let single = chars.len() == 1
            && !word.tag.starts_with(['u', 'p', 'c', 'r', 'd', 'y'])
            && (formal || !word.tag.starts_with('v'))
            && is_han(chars[0]);
        plain
            && !STRANGERS.contains(word.text.as_str())
            && (naming || touching || single || !self.lexicon.knows(&word.text))
    }

    /// Drops signs, and everyday words before what is a name without them: 项目经理 龙湖 小区.
    fn trim(&self, mut first: usize, ending: usize, taken: &[bool]) -> usize {
        while first < ending && matches!(self.chars[first], '·' | '.' | '-' | '#') {
            first += 1;
        }
        if first > 0 && taken[first - 1] {
            return first;
        }
        // 称施营村, 到秋丰小区: jieba glues these to a name it does not know.
        while ending - first > 2 && "称其到在说从先".contains(self.chars[first]) {
            first += 1;
        }
        while first < ending {
            let word = &self.words[self.word_at[first]];
            let next = word.span.end;
            if next >= ending || next - first < 2 || self.is_proper(word) || !self.is_distinctive(next, ending) {
                break;
            }
            first = next;
        }
        first
    }

    /// Holds a word that is no everyday word.
    fn is_distinctive(&self, first: usize, end: usize) -> bool {
        let mut at = first;
        let mut singles = 0;
        while at < end {
            let word = &self.words[self.word_at[at]];
            let single = word.span.end - word.span.start == 1 && is_han(self.chars[at]) && !word.tag.starts_with('v');
            singles = if single { singles + 1 } else { 0 };
            if self.is_proper(word) || singles >= 2 {
                return true;
            }
            at = word.span.end;
        }
        false
    }

    fn is_proper(&self, word: &Word) -> bool {
        let long = word.span.end - word.span.start >= 2;
        let han = word.text.chars().all(|c| is_han(c) || c.is_ascii_alphabetic());
        long && han
            && (!self.lexicon.knows(&word.text)
                || matches!(word.tag.as_str(), "nr" | "ns" | "nz" | "nt" | "nrt" | "nrfg"))
    }

    /// Everyday words that do make names: 建设路, 阳光花园.
    fn is_usual(&self, first: usize, start: usize, kind: PlaceKind, ending: &str) -> bool {
        let one_word = start > first && self.words[self.word_at[start - 1]].span.start == first && start - first == 2;
        let name = self.slice(first, start);
        let estate_like =
            start - first >= 3 && name.ends_with(['湾', '苑', '园', '府', '城', '庭', '郡', '阁', '轩', '邸']);
        match kind {
            PlaceKind::Estate if estate_like || start - first >= 3 && self.are_nouns(first, start) => true,
            PlaceKind::Road | PlaceKind::Crossing => {
                let numbered = start - first >= 3 && "一二三四五六七八九十东西南北中".contains(self.chars[start - 1]);
                let avenue = one_word && matches!(ending, "大道" | "步行街") && self.is_noun(first);
                numbered || avenue || one_word && holds(USUAL_ROADS, &name)
            }
            PlaceKind::Estate => one_word && !holds(PLAIN_ESTATES, ending),
            _ => false,
        }
    }

    fn is_noun(&self, at: usize) -> bool {
        self.words[self.word_at[at]].tag.starts_with('n')
    }

    fn are_nouns(&self, first: usize, end: usize) -> bool {
        (first..end).all(|at| self.is_noun(at))
    }

    /// What only looks like a place: 512路, 一条路, 高速公路, 10个小区.
    fn is_stranger(&self, first: usize, end: usize) -> bool {
        let name: String = self.chars[first..end].iter().collect();
        let numbered = self.chars[first..end - 1]
            .iter()
            .all(|&c| c.is_ascii_digit() || "一二三四五六七八九十百千两几".contains(c));
        let village_group = name.ends_with('组');
        let clause = name.chars().any(|c| "是了的我就没不被请".contains(c));
        let pronoun = "我你您他她它这那哪跟把被给问查人全每各某几该".contains(self.chars[first]);
        let group = village_group && !"一二三四五六七八九十0123456789塘坡冲坳湾柏垄".contains(self.chars[end - 2]);
        let office = ["政府", "工作组", "人民法院"].iter().any(|word| name.ends_with(word));
        (numbered && !village_group) || group || office || pronoun || clause || NO_PLACE.contains(name.as_str())
    }

    pub fn slice(&self, start: usize, end: usize) -> String {
        self.chars[start..end].iter().collect()
    }
}
