//! Answers that say nothing (无, 没有意见, 不清楚): told by what is left when such words are taken away.

/// Words of which nothing is left, longer ones before those they hold. Praise and blame (满意, 差) are in it only where
/// they are denied.
const EMPTY: &[&str] = &[
    "没什么特别满意",
    "没有特别满意",
    "没啥特别满意",
    "没特别满意",
    "没什么满意",
    "没什么差的",
    "没啥满意",
    "没啥差的",
    "已在上题写明",
    "先改了再说",
    "说不上来",
    "想不起来",
    "没有意见",
    "马马虎虎",
    "中规中矩",
    "没坐过",
    "不知道",
    "不清楚",
    "不晓得",
    "说不好",
    "不好说",
    "无所谓",
    "上面说了",
    "一言难尽",
    "没想好",
    "还行吧",
    "见上题",
    "可说的",
    "没什么",
    "没有",
    "没得",
    "莫得",
    "暂无",
    "暂时",
    "目前",
    "意见",
    "建议",
    "想法",
    "看法",
    "什么",
    "说的",
    "想到",
    "都行",
    "随便",
    "么样",
    "其他",
    "别的",
    "谢谢",
    "呵呵",
    "凑合",
    "一般",
    "特别",
    "无感",
    "飘过",
    "不评",
    "不讲",
    "没",
    "无",
    "啥",
    "了",
    "我",
    "哦",
    "啊",
    "嗯",
    "吧",
    "呢",
    "略",
    "空",
    "的",
    "也",
];
/// Words that must not be all there is: 谢谢 alone is thanks.
const SAYING: &[&str] = &["谢谢", "谢谢谢谢", "还行吧"];
/// Longer answers say something.
const LONGEST: usize = 16;

pub fn says_nothing(text: &str) -> bool {
    let letters: String = text.chars().filter(|c| c.is_alphabetic()).collect();
    if letters.is_empty() {
        // Figures and punctuation; signs (👍) may speak.
        return text.chars().all(|c| c.is_ascii() || !c.is_alphanumeric() && (c as u32) < 0x1f000);
    }
    if letters.chars().count() > LONGEST || SAYING.contains(&letters.as_str()) {
        return false;
    }
    let mut rest = letters.as_str();
    while let Some(word) = EMPTY.iter().find(|word| rest.starts_with(**word)) {
        rest = &rest[word.len()..];
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_nothing_is_known_and_praise_is_not_taken_for_it() {
        for nothing in
            ["无", "没有。", "没意见", "暂时没想到", "1", "。。。", "没啥特别满意的，凑合", "没什么差的", "不清楚"]
        {
            assert!(says_nothing(nothing), "{nothing} says nothing");
        }
        for said in ["满意", "谢谢", "没有人修", "不好", "👍", "无障碍", "电梯", "满意，谢谢", "我特别满意", "差"]
        {
            assert!(!says_nothing(said), "{said} says something");
        }
        for said in ["特别差", "一般差", "差差差", "服务差，没有别的了"] {
            assert!(!says_nothing(said), "{said} says something");
        }
    }
}
