//! Pictures of the HTML file, as SVG inside it: bars, columns, lines, parts of a whole.
//!
//! Drawn by hand: the page's style colours them for light, dark and paper, every number stands beside its mark, and no
//! library for plots leaves colours to the page.

use std::fmt::Write;

use html_escape::encode_text as text;

use crate::case::document::{Figure, Picture, Shape};

/// Width of a picture in user units.
const WIDE: f64 = 720.0;
/// Room for names at the left of bars, and for numbers at their right.
const NAMES: f64 = 150.0;
const NUMBERS: f64 = 70.0;
/// A bar's height, and the space between groups of bars.
const BAR: f64 = 16.0;
const SPACE: f64 = 10.0;
/// The plot of columns and lines.
const PLOT: (f64, f64, f64, f64) = (48.0, 14.0, 656.0, 200.0);
/// The line of the legend.
const LEGEND: f64 = 22.0;
/// How wide a Chinese letter and a digit are in a name under a column, and the space between two names.
const LETTER: f64 = 12.0;
const DIGIT: f64 = 7.0;
const APART: f64 = 8.0;

pub fn svg(picture: &Picture) -> String {
    let (body, high) = match picture.shape {
        Shape::Bars => bars(picture),
        Shape::Stacked => stacked(picture),
        Shape::Columns | Shape::Line => plot(picture),
    };
    let top = if picture.series.len() > 1 { LEGEND } else { 0.0 };
    let title = text(&picture.title);
    format!(
        "<svg viewBox=\"0 0 {WIDE} {}\" role=\"img\" aria-label=\"{title}\">\n{}<g transform=\"translate(0 {top})\">\n{body}</g>\n</svg>\n",
        high + top,
        legend(picture)
    )
}

fn legend(picture: &Picture) -> String {
    let mut out = String::new();
    if picture.series.len() < 2 {
        return out;
    }
    let mut x = PLOT.0;
    for (at, series) in picture.series.iter().enumerate() {
        let _ = writeln!(out, "<rect class=\"s{}\" x=\"{x:.0}\" y=\"3\" width=\"12\" height=\"12\"/>", at % 5);
        let _ = writeln!(out, "<text x=\"{:.0}\" y=\"13\">{}</text>", x + 17.0, text(&series.name));
        x += 40.0 + 13.0 * series.name.chars().count() as f64;
    }
    out
}

fn value(figure: &Figure) -> f64 {
    figure.value().unwrap_or_default().max(0.0)
}

fn largest(picture: &Picture) -> f64 {
    picture.series.iter().flat_map(|series| &series.points).map(value).fold(0.0, f64::max).max(f64::MIN_POSITIVE)
}

fn name(picture: &Picture, at: usize, most: usize) -> String {
    let name = picture.names.get(at).map_or("", |name| name.text());
    let short: String = name.chars().take(most).collect();
    if short.len() < name.len() { format!("{short}…") } else { short }
}

fn wide_of(name: &str) -> f64 {
    name.chars().map(|letter| if letter.is_ascii() { DIGIT } else { LETTER }).sum()
}

fn bars(picture: &Picture) -> (String, f64) {
    let (mut out, mut y) = (String::new(), 4.0);
    let scale = (WIDE - NAMES - NUMBERS) / largest(picture);
    for at in 0..picture.names.len() {
        let high = BAR * picture.series.len() as f64;
        let middle = y + high / 2.0 + 4.0;
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{middle:.1}\" text-anchor=\"end\">{}</text>",
            NAMES - 8.0,
            text(&name(picture, at, 10))
        );
        for (number, series) in picture.series.iter().enumerate() {
            let Some(point) = series.points.get(at) else { continue };
            let (top, wide) = (y + BAR * number as f64, value(point) * scale);
            let _ = writeln!(
                out,
                "<rect class=\"s{}\" x=\"{NAMES}\" y=\"{:.1}\" width=\"{wide:.1}\" height=\"{}\"/>",
                number % 5,
                top + 1.0,
                BAR - 2.0
            );
            let _ = writeln!(
                out,
                "<text class=\"soft\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                NAMES + wide + 5.0,
                top + 12.0,
                text(point.shown())
            );
        }
        y += high + SPACE;
    }
    (out, y)
}

/// Each row is a whole whose parts stand in a line.
fn stacked(picture: &Picture) -> (String, f64) {
    let (mut out, mut y) = (String::new(), 4.0);
    for at in 0..picture.names.len() {
        let points: Vec<&Figure> = picture.series.iter().filter_map(|series| series.points.get(at)).collect();
        let whole = points.iter().map(|point| value(point)).sum::<f64>().max(f64::MIN_POSITIVE);
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            NAMES - 8.0,
            y + 16.0,
            text(&name(picture, at, 10))
        );
        let mut x = NAMES;
        for (number, point) in points.iter().enumerate() {
            let wide = value(point) / whole * (WIDE - NAMES - 10.0);
            let _ = writeln!(
                out,
                "<rect class=\"s{}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{wide:.1}\" height=\"22\"><title>{} {}</title></rect>",
                number % 5,
                text(&picture.series[number].name),
                text(point.shown())
            );
            x += wide;
        }
        let told: Vec<&str> = points.iter().map(|point| point.shown()).collect();
        let _ = writeln!(
            out,
            "<text class=\"soft\" x=\"{NAMES}\" y=\"{:.1}\">{}</text>",
            y + 37.0,
            text(&told.join(" · "))
        );
        y += 44.0 + SPACE;
    }
    (out, y)
}

fn plot(picture: &Picture) -> (String, f64) {
    let (left, top, wide, high) = PLOT;
    let step = step(largest(picture));
    let ceiling = (largest(picture) / step).ceil() * step;
    let y = |value: f64| top + high * (1.0 - value / ceiling);
    let mut out = String::new();
    for line in 0..=(ceiling / step).round() as usize {
        let (at, told) = (y(line as f64 * step), line as f64 * step);
        let _ = writeln!(out, "<path class=\"grid\" d=\"M{left} {at:.1}h{wide}\"/>");
        let _ = writeln!(
            out,
            "<text class=\"soft\" x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{told}</text>",
            left - 6.0,
            at + 4.0
        );
    }
    let count = picture.names.len().max(1);
    let room = wide / count as f64;
    let middle = |at: usize| left + room * (at as f64 + 0.5);
    match picture.shape {
        Shape::Line => lines(&mut out, picture, middle, y),
        _ => columns(&mut out, picture, room, middle, y),
    }
    let names: Vec<String> = (0..picture.names.len()).map(|at| name(picture, at, 7)).collect();
    let widest = names.iter().map(|name| wide_of(name)).fold(0.0, f64::max);
    for (at, name) in names.iter().enumerate().step_by(((widest + APART) / room).ceil().max(1.0) as usize) {
        let _ = writeln!(
            out,
            "<text class=\"soft\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            middle(at),
            top + high + 18.0,
            text(name)
        );
    }
    let _ = writeln!(
        out,
        "<text class=\"soft\" x=\"{}\" y=\"{:.1}\">{}</text>",
        left - 40.0,
        top - 2.0,
        text(&picture.unit)
    );
    (out, top + high + 28.0)
}

fn columns(out: &mut String, picture: &Picture, room: f64, middle: impl Fn(usize) -> f64, y: impl Fn(f64) -> f64) {
    let count = picture.series.len().max(1) as f64;
    let thick = (room * 0.72 / count).min(36.0);
    for (number, series) in picture.series.iter().enumerate() {
        for (at, point) in series.points.iter().enumerate() {
            let x = middle(at) + thick * (number as f64 - count / 2.0);
            let (top, bottom) = (y(value(point)), y(0.0));
            let _ = writeln!(
                out,
                "<rect class=\"s{}\" x=\"{x:.1}\" y=\"{top:.1}\" width=\"{thick:.1}\" height=\"{:.1}\"/>",
                number % 5,
                bottom - top
            );
            if picture.series.len() == 1 {
                let _ = writeln!(
                    out,
                    "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                    x + thick / 2.0,
                    top - 3.0,
                    text(point.shown())
                );
            }
        }
    }
}

fn lines(out: &mut String, picture: &Picture, middle: impl Fn(usize) -> f64, y: impl Fn(f64) -> f64) {
    for (number, series) in picture.series.iter().enumerate() {
        let known = series.points.iter().enumerate().filter(|(_, point)| point.value().is_some());
        let points: Vec<String> =
            known.map(|(at, point)| format!("{:.1} {:.1}", middle(at), y(value(point)))).collect();
        let _ = writeln!(out, "<path class=\"l l{}\" d=\"M{}\"/>", number % 5, points.join("L"));
    }
}

/// A round step that makes four to nine lines.
fn step(largest: f64) -> f64 {
    let power = 10f64.powf((largest / 5.0).log10().floor());
    let fits = [1.0, 2.0, 5.0, 10.0].into_iter().find(|step| largest / (step * power) <= 6.0);
    (fits.unwrap_or(10.0) * power).max(1e-9)
}
