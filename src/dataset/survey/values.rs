//! What stands in a cell, as an answer to a question.

use super::heading::{bare, lettered};

/// A cell read as one of the options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Chosen {
    /// The option, and what was written beside it.
    Option(u16, Option<String>),
    /// None of them.
    Unknown,
}

/// The options of a question, as cells may spell them.
pub(super) struct Options<'a> {
    options: &'a [String],
    spelt: Vec<String>,
    /// Cells hold the options' numbers (按选项序号导出), not their wording.
    coded: bool,
}

/// What may part the options that stand in one cell; the first is what 问卷星 writes.
const BETWEEN: [char; 9] = ['┋', '\n', ';', '；', '|', ',', '，', '、', '/'];
/// What may stand around words written beside an option: 其他〖自行车〗, 其他：自行车.
const AROUND: [char; 18] =
    ['〖', '〗', '[', ']', '【', '】', '(', ')', '（', '）', ':', '：', '_', '^', '-', '—', ' ', '｜'];

impl<'a> Options<'a> {
    /// `cells` are all that stand in the column, to tell wording from numbers.
    pub(super) fn of<'c>(options: &'a [String], mut cells: impl Iterator<Item = &'c str>) -> Self {
        let worded = options.iter().all(|option| option.trim().parse::<f64>().is_err());
        let within =
            |part: &str| part.trim().parse::<usize>().is_ok_and(|number| (1..=options.len()).contains(&number));
        let coded = worded
            && cells.all(|cell| cell.is_empty() || cell.split(BETWEEN).filter(|part| !part.is_empty()).all(within));
        Self { options, spelt: options.iter().map(|option| bare(option)).collect(), coded }
    }

    pub(super) fn are_coded(&self) -> bool {
        self.coded
    }

    /// A cell that holds one option.
    pub(super) fn one(&self, cell: &str) -> Chosen {
        let found = |at: usize| Chosen::Option(at as u16, None);
        if self.coded {
            return cell
                .trim()
                .parse::<usize>()
                .ok()
                .filter(|number| *number > 0)
                .map_or(Chosen::Unknown, |number| found(number - 1));
        }
        let (_, unlettered) = lettered(cell);
        for words in [cell, unlettered] {
            let spelt = bare(words);
            let at = self.options.iter().position(|option| option == words);
            if let Some(at) = at.or_else(|| self.spelt.iter().position(|known| *known == spelt && !spelt.is_empty())) {
                return found(at);
            }
        }
        self.other(unlettered).unwrap_or(Chosen::Unknown)
    }

    /// 其他 with words beside it.
    fn other(&self, cell: &str) -> Option<Chosen> {
        let is_other = |words: &str| words.starts_with("其他") || words.starts_with("其它");
        let at = self.options.iter().position(|option| is_other(option)).filter(|_| is_other(cell))?;
        let option = self.options[at].as_str();
        let rest = cell.strip_prefix(option).unwrap_or_else(|| &cell["其他".len()..]);
        let asked = ["（请注明）", "(请注明)", "请注明", "请说明", "（请填写）", "请填写"];
        let rest = asked.iter().find_map(|words| rest.strip_prefix(words)).unwrap_or(rest).trim_matches(AROUND);
        Some(Chosen::Option(at as u16, (!rest.is_empty()).then(|| rest.to_owned())))
    }

    /// A cell that holds several, ascending, what was written beside 其他, and whether something is none of them. An
    /// option may hold what parts options: the longest option that stands next is taken.
    pub(super) fn several(&self, cell: &str) -> (Vec<u16>, Option<String>, bool) {
        let (mut chosen, mut beside, mut unknown) = (Vec::new(), None, false);
        let mut rest = cell.trim();
        while !rest.is_empty() {
            let (part, after) = self.next(rest);
            match self.one(part) {
                Chosen::Option(at, words) => {
                    chosen.push(at);
                    beside = words.or(beside);
                }
                Chosen::Unknown => unknown = true,
            }
            rest = after.trim_start_matches(BETWEEN).trim_start();
        }
        chosen.sort_unstable();
        chosen.dedup();
        (chosen, beside, unknown)
    }

    /// The next option of a cell, and the rest.
    fn next<'c>(&self, rest: &'c str) -> (&'c str, &'c str) {
        if let Some(at) = rest.find('┋') {
            return rest.split_at(at);
        }
        let (_, unlettered) = lettered(rest);
        let lead = rest.len() - unlettered.len();
        let ends = |option: &&String| {
            unlettered.strip_prefix(option.as_str()).is_some_and(|after| after.is_empty() || after.starts_with(BETWEEN))
        };
        let longest = self.options.iter().filter(ends).map(String::len).max();
        let end = longest.map_or_else(|| self.end(rest), |length| lead + length);
        rest.split_at(end)
    }

    /// Where words that are no option as it stands end: those beside 其他 run on to the end.
    fn end(&self, rest: &str) -> usize {
        if rest.starts_with("其他") || rest.starts_with("其它") {
            let closed = rest.find('〗').map(|at| at + '〗'.len_utf8());
            return closed.unwrap_or(rest.len());
        }
        rest.find(BETWEEN).unwrap_or(rest.len())
    }
}

/// Whether a cell of an option's own column says that it was chosen; none where it says something else.
pub(super) fn ticked(cell: &str, option: &str) -> Option<bool> {
    match cell {
        "" | "0" | "否" | "未选" | "未选中" | "FALSE" | "false" => Some(false),
        "1" | "是" | "√" | "✓" | "✔" | "选中" | "已选" | "TRUE" | "true" => Some(true),
        words => (bare(lettered(words).1) == bare(option)).then_some(true),
    }
}

/// A mark: `5`, `5分`, `5.0`, `10（非常愿意）`.
pub(super) fn mark(cell: &str) -> Option<f64> {
    let number: String =
        cell.trim().chars().map(ascii).take_while(|c| c.is_ascii_digit() || matches!(c, '.' | '-')).collect();
    let rest = cell.trim().chars().nth(number.chars().count());
    let ends = rest.is_none_or(|c| matches!(c, '分' | '(' | '（' | ' ' | '、' | '=' | '：' | ':' | '-' | '—' | '星'));
    number.parse().ok().filter(|_| ends)
}

fn ascii(c: char) -> char {
    match c {
        '０'..='９' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        c => c,
    }
}

/// How long it took, in seconds: `115秒`, `3分20秒`, `1小时2分`, `115`, `00:03:20`, `3:20`.
pub(super) fn seconds(cell: &str) -> Option<u32> {
    let cell = cell.trim();
    if cell.contains(':') {
        return cell.split(':').try_fold(0, |sum: u32, part| Some(sum * 60 + part.trim().parse::<u32>().ok()?));
    }
    let (mut sum, mut number) = (0.0, String::new());
    let unit = |c: char| match c {
        '时' => Some(3600.0),
        '分' => Some(60.0),
        '秒' | 's' => Some(1.0),
        _ => None,
    };
    for c in cell.chars() {
        match c {
            '0'..='9' | '.' => number.push(c),
            '小' | '钟' | ' ' => {}
            c => {
                sum += unit(c)? * number.parse::<f64>().ok()?;
                number.clear();
            }
        }
    }
    let rest = if number.is_empty() { 0.0 } else { number.parse::<f64>().ok()? };
    let total: f64 = sum + rest;
    (!cell.is_empty() && total < 1e8).then_some(total.round() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_options_stand_in_one_cell_however_they_are_parted() {
        let options: Vec<String> =
            ["加密班次、缩短候车", "加密班次", "新开线路", "其他请注明"].map(str::to_owned).into();
        let read = |cell: &str| Options::of(&options, [cell].into_iter()).several(cell);
        assert_eq!(read("加密班次、缩短候车┋新开线路"), (vec![0, 2], None, false));
        assert_eq!(read("加密班次、新开线路"), (vec![1, 2], None, false));
        assert_eq!(read("A、加密班次、缩短候车;C、新开线路"), (vec![0, 2], None, false));
        assert_eq!(read("新开线路┋其他〖夜班车，末班〗"), (vec![2, 3], Some("夜班车，末班".into()), false));
        assert_eq!(read("其他请注明：站牌"), (vec![3], Some("站牌".into()), false));
        assert_eq!(read("新开线路,修路"), (vec![2], None, true));
        assert_eq!(read("1,3"), (vec![0, 2], None, false));
    }

    #[test]
    fn marks_and_times_taken_are_read_however_they_are_written() {
        assert_eq!(
            ["5", "5分", "４", "10（非常愿意）", "5.0", "满意", "5楼", "-1", ""].map(mark),
            [Some(5.0), Some(5.0), Some(4.0), Some(10.0), Some(5.0), None, None, Some(-1.0), None]
        );
        assert_eq!(
            ["115秒", "3分20秒", "1小时2分", "115", "00:03:20", "3:20", "", "很快"].map(seconds),
            [Some(115), Some(200), Some(3720), Some(115), Some(200), Some(200), None, None]
        );
    }
}
