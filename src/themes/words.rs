//! The words that set a theme apart: class-based TF-IDF (c-TF-IDF; Grootendorst 2022, arXiv:2203.05794, equation 2).

use std::collections::BTreeMap;

/// For each class the weight of each of its words, W = tf · ln(1 + A / f): tf is the word's count in the class, f its
/// count in all classes, A the mean count of words per class. Heaviest first; of equal weight the first in the
/// alphabet. Empty classes count for A.
pub fn class_words(classes: &[BTreeMap<&str, usize>]) -> Vec<Vec<(String, f64)>> {
    let total: usize = classes.iter().flat_map(BTreeMap::values).sum();
    let average = total as f64 / classes.len().max(1) as f64;
    let mut everywhere: BTreeMap<&str, usize> = BTreeMap::new();
    for (word, count) in classes.iter().flatten() {
        *everywhere.entry(word).or_default() += count;
    }
    let weigh = |class: &BTreeMap<&str, usize>| {
        let weight = |(word, count): (&&str, &usize)| {
            let idf = (1.0 + average / everywhere[word] as f64).ln();
            ((*word).to_owned(), *count as f64 * idf)
        };
        let mut words: Vec<(String, f64)> = class.iter().map(weight).collect();
        words.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        words
    };
    classes.iter().map(weigh).collect()
}

/// The first `count` words of a class, none a part of another: of 电梯 and 加装电梯 the one that comes first stands.
pub fn leading(words: &[(String, f64)], count: usize) -> Vec<String> {
    let mut led: Vec<String> = Vec::new();
    for (word, _) in words {
        if led.len() == count {
            break;
        }
        if !led.iter().any(|other| other.contains(word.as_str()) || word.contains(other.as_str())) {
            led.push(word.clone());
        }
    }
    led
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked by hand. Class one: 电梯 3, 加装 1; class two: 停车 2, 加装 2. A = (4 + 4) / 2 = 4.
    /// 电梯: 3 · ln(1 + 4/3) = 2.541894; 停车: 2 · ln(1 + 4/2) = 2.197225; 加装: f = 3, ln(1 + 4/3) = 0.847298 a time.
    #[test]
    fn weights_are_those_of_the_paper() {
        let classes = [BTreeMap::from([("电梯", 3), ("加装", 1)]), BTreeMap::from([("停车", 2), ("加装", 2)])];
        let weighed = class_words(&classes);
        let names: Vec<&str> = weighed.iter().flatten().map(|(word, _)| word.as_str()).collect();
        assert_eq!(names, ["电梯", "加装", "停车", "加装"]);
        let weights: Vec<f64> = weighed.iter().flatten().map(|(_, weight)| *weight).collect();
        for (ours, by_hand) in weights.iter().zip([2.541_893_6, 0.847_297_9, 2.197_224_6, 1.694_595_7]) {
            assert!((ours - by_hand).abs() < 1e-6, "{ours} is not {by_hand}");
        }
        assert!(class_words(&[]).is_empty());
    }
}
