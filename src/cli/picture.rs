//! The coverage–precision picture (覆盖率–精确率图) of a model, as SVG: how many cases are answered without a person, and
//! how many of those rightly, as the probability asked for falls.
//!
//! Drawn by hand: four lines and two axes need no plotting library, and the file has no font and no script in it.

use std::fmt::Write;

use crate::learning::eval::Report;

/// Size in user units, and the plot's corner distances from it.
const SIZE: (f64, f64) = (640.0, 400.0);
const LEFT: f64 = 56.0;
const TOP: f64 = 44.0;
const WIDTH: f64 = 440.0;
const HEIGHT: f64 = 290.0;
/// The lowest precision drawn.
const FLOOR: f64 = 0.7;

/// Marks drawn: key in the report, name, colour (Okabe & Ito 2008, told apart by the colour-blind), dashes.
const LINES: [(&str, &str, &str, &str); 4] = [
    ("unit", "牵头单位 unit", "#0072b2", ""),
    ("level1", "一级分类 level 1", "#009e73", "7 3"),
    ("level2", "二级分类 level 2", "#d55e00", "2 3"),
    ("petition", "诉求类型 petition", "#cc79a7", "10 3 2 3"),
];

const STYLE: &str = "svg{background:#fff;color:#222;font:13px sans-serif}\
    text{fill:currentColor}.g{stroke:currentColor;stroke-opacity:.18}.w{stroke:currentColor;stroke-dasharray:4 4}\
    path{fill:none;stroke-width:2.2}path.g,path.w{stroke-width:1}\
    @media(prefers-color-scheme:dark){svg{background:#16181d;color:#e6e6e6}}";

/// The picture of a report; marks the report lacks are left out.
pub fn coverage(report: &Report) -> String {
    let drawn: Vec<_> = LINES.iter().filter_map(|line| Some((line, report.model.get(line.0)?))).collect();
    let (wide, high) = SIZE;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {wide} {high}\" role=\"img\" aria-labelledby=\"t d\">\n\
         <title id=\"t\">覆盖率–精确率 Coverage and precision</title>\n<desc id=\"d\">{}</desc>\n<style>{STYLE}</style>\n",
        told(report)
    );
    axes(&mut svg);
    for (at, ((_, name, colour, dashes), marks)) in drawn.iter().enumerate() {
        let points = marks.curve.iter().filter(|point| point.precision >= FLOOR);
        let line: Vec<String> =
            points.map(|point| format!("{:.1} {:.1}", x(point.coverage), y(point.precision))).collect();
        let stroke = format!("stroke=\"{colour}\" stroke-dasharray=\"{dashes}\"");
        let (from, height) = (LEFT + WIDTH + 14.0, TOP + 16.0 + 24.0 * at as f64);
        let _ = writeln!(svg, "<path {stroke} d=\"M{}\"/>", line.join("L"));
        let _ = writeln!(svg, "<path {stroke} d=\"M{from} {height}h22\"/>");
        let _ = writeln!(svg, "<text x=\"{}\" y=\"{}\" font-size=\"11\">{name}</text>", from + 28.0, height + 4.0);
    }
    svg + "</svg>\n"
}

fn x(coverage: f64) -> f64 {
    LEFT + WIDTH * coverage
}

fn y(precision: f64) -> f64 {
    TOP + HEIGHT * (1.0 - precision) / (1.0 - FLOOR)
}

fn axes(svg: &mut String) {
    let _ = writeln!(svg, "<text x=\"{LEFT}\" y=\"22\" font-size=\"15\">覆盖率–精确率 Coverage and precision</text>");
    for step in 0..=5 {
        let coverage = f64::from(step) / 5.0;
        let (at, bottom) = (x(coverage), TOP + HEIGHT);
        let _ = writeln!(svg, "<path class=\"g\" d=\"M{at} {TOP}V{bottom}\"/>");
        let label = format!("{:.0}%", coverage * 100.0);
        let _ = writeln!(svg, "<text x=\"{at}\" y=\"{}\" text-anchor=\"middle\">{label}</text>", bottom + 18.0);
    }
    for percent in [70, 80, 90, 95, 100] {
        let at = y(f64::from(percent) / 100.0);
        let class = if percent == 95 { "w" } else { "g" };
        let _ = writeln!(svg, "<path class=\"{class}\" d=\"M{LEFT} {at:.1}h{WIDTH}\"/>");
        let _ = writeln!(svg, "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{percent}%</text>", LEFT - 6.0, at + 4.0);
    }
    let (middle, below) = (LEFT + WIDTH / 2.0, TOP + HEIGHT + 40.0);
    let _ = writeln!(
        svg,
        "<text x=\"{middle}\" y=\"{below}\" text-anchor=\"middle\">覆盖率：可不经人工的来件 coverage</text>"
    );
    let _ =
        writeln!(svg, "<text x=\"{LEFT}\" y=\"{}\" font-size=\"11\">精确率：其中正确的 precision</text>", TOP - 8.0);
}

/// The same in words.
fn told(report: &Report) -> String {
    let Some(marks) = report.model.get("unit") else { return format!("{} 条", report.examples) };
    let at = |coverage: f64| marks.curve.iter().find(|point| point.coverage >= coverage).map(|point| point.precision);
    let points = [0.5, 0.7, 0.88, 1.0]
        .into_iter()
        .filter_map(|coverage| Some(format!("覆盖 {:.0}% 时派对 {:.1}%", coverage * 100.0, at(coverage)? * 100.0)));
    format!("{} 条来件，牵头单位：{}", report.examples, points.collect::<Vec<_>>().join("，"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::score::{Marks, Point};

    #[test]
    fn the_picture_is_whole_and_says_its_figures_in_words() {
        let point = |coverage, precision| Point { threshold: 0.5, coverage, precision };
        let curve = vec![point(0.5, 1.0), point(0.7, 0.95), point(1.0, 0.875)];
        let unit = Marks { curve, ..Marks::default() };
        let report = Report { examples: 8, model: [("unit", unit)].into(), ..Report::default() };
        let svg = coverage(&report);
        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"));
        assert!(svg.contains("覆盖 70% 时派对 95.0%") && svg.contains("牵头单位 unit"), "{svg}");
        assert!(!svg.contains("二级分类"), "a mark that was not taken is drawn");
    }
}
