//! Marks for people: Chinese tables that line up in a terminal, where a Chinese character is two columns wide.

use std::fmt;

use unicode_width::UnicodeWidthStr;

use super::{Comparison, Difference, Marks, Point, Share};

/// The whole report; the per-class table and the confusions come last.
impl fmt::Display for Marks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "样本 {} 条", self.count)?;
        f.write_str(&self.summary())?;
        f.write_str(&self.operating())?;
        writeln!(f, "\n各类（按样本数）")?;
        f.write_str(&self.by_class())?;
        writeln!(f, "\n最易混淆")?;
        f.write_str(&self.confused())
    }
}

impl Marks {
    /// The handful of figures one looks at first.
    pub fn summary(&self) -> String {
        let share = |name: &str, share: Share| {
            vec![name.to_owned(), percent(share.value), format!("{}–{}", percent(share.low), percent(share.high))]
        };
        let plain = |name: &str, value: f64| vec![name.to_owned(), format!("{value:.3}"), String::new()];
        let rows = vec![
            vec!["指标".to_owned(), "值".to_owned(), "95% 区间".to_owned()],
            share("准确率（严格）", self.accuracy),
            share("准确率（可接受）", self.accepted),
            share("前三命中（可接受）", self.top3),
            share("宏平均 F1", self.macro_f1),
            plain("校准误差 ECE", self.calibration_error),
            plain("　概率全对时平均", self.chance.mean),
            plain("　概率全对时二十次有一次超过", self.chance.critical),
            plain("校准误差（等频）", self.adaptive_calibration_error),
            plain("Brier 分数", self.brier),
        ];
        aligned(&rows)
    }

    /// What could be dispatched without a person.
    pub fn operating(&self) -> String {
        let row = |asked: String, point: &Option<Point>| match point {
            None => vec![asked, "达不到".to_owned(), String::new(), String::new()],
            Some(at) => vec![asked, percent(at.coverage), percent(at.precision), format!("{:.3}", at.threshold)],
        };
        let mut rows = vec![["自动派单条件", "覆盖率", "精确率", "阈值"].map(str::to_owned).to_vec()];
        rows.extend(self.coverage_at_precision.iter().map(|(p, at)| row(format!("精确率 ≥ {}", percent(*p)), at)));
        rows.extend(self.precision_at_coverage.iter().map(|(c, at)| row(format!("覆盖率 ≥ {}", percent(*c)), at)));
        aligned(&rows)
    }

    pub fn by_class(&self) -> String {
        let mut rows = vec![["类别", "精确率", "召回率", "F1", "样本"].map(str::to_owned).to_vec()];
        rows.extend(self.classes.iter().map(|class| {
            let [precision, recall, f1] = [class.precision, class.recall, class.f1].map(percent);
            vec![class.label.clone(), precision, recall, f1, class.support.to_string()]
        }));
        aligned(&rows)
    }

    fn confused(&self) -> String {
        let mut rows = vec![["应为", "判为", "次数"].map(str::to_owned).to_vec()];
        let row = |pair: &super::Confusion| vec![pair.gold.clone(), pair.predicted.clone(), pair.count.to_string()];
        rows.extend(self.confusions.iter().map(row));
        aligned(&rows)
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let points = |share: f64| format!("{:+.1}", share * 100.0);
        let row = |name: &str, gap: Difference| {
            let interval = format!("{} … {}", points(gap.low), points(gap.high));
            vec![name.to_owned(), points(gap.value), interval, percent(gap.ahead)]
        };
        f.write_str(&aligned(&[
            ["指标", "差（百分点）", "95% 区间", "领先的重抽样"].map(str::to_owned).to_vec(),
            row("准确率（严格）", self.accuracy),
            row("准确率（可接受）", self.accepted),
            row("前三命中（可接受）", self.top3),
            row("宏平均 F1", self.macro_f1),
        ]))
    }
}

fn percent(share: f64) -> String {
    format!("{:.1}%", share * 100.0)
}

/// Rows of cells as a table that lines up in a terminal: the first column to the left, figures to the right.
pub fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let widest = |column: usize| rows.iter().map(|row| row[column].width()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(widest).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
            let blank = " ".repeat(width - cell.width());
            if column == 0 { format!("{cell}{blank}") } else { format!("  {blank}{cell}") }
        });
        format!("{}\n", cells.collect::<String>().trim_end())
    };
    rows.iter().map(line).collect()
}
