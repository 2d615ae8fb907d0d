//! Figures (数字): a value of an answer as it is written.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, TimeDelta, Timelike};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// What stands where an answer has no value.
pub const BLANK: &str = "—";
/// p-values below are told as such.
const SMALLEST_CHANCE: f64 = 0.001;
/// Of fewer a share tells nothing.
pub const LEAST_BASE: f64 = 20.0;

/// 一个出自答案的数字或名称：写成什么样、出自哪次查询的哪个位置。
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = DocumentFigure)]
pub struct Figure {
    pub(super) shown: String,
    /// 第几个来源
    pub(super) source: usize,
    /// 在答案中的位置（JSON Pointer，RFC 6901）；由两个数算出的有两个
    pub(super) pointers: Vec<String>,
    pub(super) form: Form,
    /// 这个数背后的案件或答卷的列表
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) link: Option<String>,
    /// What it is, for a picture or a cell that counts.
    #[serde(skip)]
    pub(super) value: Option<f64>,
}

/// 写法。
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// 照写：樊城区
    Words,
    /// 诉求组的标题，略去括号里来自来件的词：樊城区某路 施工噪声
    Title,
    /// 个数：1,816
    Count,
    /// 列表的长度：12
    Length,
    /// 百分数：21.3%
    Percent,
    /// 两个百分数之间：18.9%至23.8%
    Range,
    /// 增减幅度：上升 12.3%、下降 4.0%、持平
    Change,
    /// 带正负号的增减幅度：+12.3%
    Signed,
    /// 前一个百分数比后一个高多少：上升 3.2 个百分点
    Gap,
    /// 前一个数占后一个数的百分数：21.3%
    Ratio,
    /// 前一个百分数，后一个是其分母；分母不足 20 不写
    Rate,
    /// 一位小数：60.5
    Decimal,
    /// 两位小数：4.25
    Decimal2,
    /// p 值：0.012、小于 0.001
    Chance,
    /// 年月日：2026年11月25日
    Date,
    /// 月日：11月25日
    Day,
    /// 此刻之前的一天，用于不含当时的截止时间：2026年11月30日
    LastDate,
    /// 同上，只写月日：11月30日
    LastDay,
    /// 月日时分：11月25日8时12分
    Moment,
}

impl Figure {
    /// As it is written.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// The number of its source.
    pub fn source(&self) -> usize {
        self.source
    }

    /// Where it stands in the answer.
    pub fn pointers(&self) -> &[String] {
        &self.pointers
    }

    pub fn form(&self) -> Form {
        self.form
    }

    /// The list of records behind it.
    pub fn link(&self) -> Option<&str> {
        self.link.as_deref()
    }

    /// The number itself; a share as a fraction. None for words and times.
    pub fn value(&self) -> Option<f64> {
        self.value
    }
}

impl Form {
    pub const ALL: [Form; 19] = [
        Form::Words,
        Form::Title,
        Form::Count,
        Form::Length,
        Form::Percent,
        Form::Range,
        Form::Change,
        Form::Signed,
        Form::Gap,
        Form::Ratio,
        Form::Rate,
        Form::Decimal,
        Form::Decimal2,
        Form::Chance,
        Form::Date,
        Form::Day,
        Form::LastDate,
        Form::LastDay,
        Form::Moment,
    ];

    /// In templates and on the wire.
    pub fn code(self) -> &'static str {
        match self {
            Form::Words => "words",
            Form::Title => "title",
            Form::Count => "count",
            Form::Length => "length",
            Form::Percent => "percent",
            Form::Range => "range",
            Form::Change => "change",
            Form::Signed => "signed",
            Form::Gap => "gap",
            Form::Ratio => "ratio",
            Form::Rate => "rate",
            Form::Decimal => "decimal",
            Form::Decimal2 => "decimal2",
            Form::Chance => "chance",
            Form::Date => "date",
            Form::Day => "day",
            Form::LastDate => "last_date",
            Form::LastDay => "last_day",
            Form::Moment => "moment",
        }
    }

    /// How many values it is made of.
    pub(super) fn takes(self) -> usize {
        match self {
            Form::Range | Form::Gap | Form::Ratio | Form::Rate => 2,
            _ => 1,
        }
    }

    /// Whether it stands at the right of its column.
    pub fn is_number(self) -> bool {
        !matches!(
            self,
            Form::Words | Form::Title | Form::Date | Form::Day | Form::LastDate | Form::LastDay | Form::Moment
        )
    }

    /// The number that is shown; none for words and times.
    pub(super) fn value(self, values: &[&Value]) -> Option<f64> {
        let first = values.first()?;
        match self {
            Form::Length => first.as_array().map(|items| items.len() as f64),
            Form::Gap => Some(first.as_f64()? - values.get(1)?.as_f64()?),
            Form::Ratio => ratio(values),
            Form::Rate => rate(values),
            _ if self.is_number() => first.as_f64(),
            _ => None,
        }
    }

    /// As it is written; none where the value is null or of another kind.
    pub(super) fn write(self, values: &[&Value]) -> Option<String> {
        let first = *values.first()?;
        Some(match self {
            Form::Words => first.as_str()?.to_owned(),
            Form::Title => first.as_str()?.split('（').next()?.trim_end().to_owned(),
            Form::Count => grouped(whole(first)?),
            Form::Length => grouped(i64::try_from(first.as_array()?.len()).ok()?),
            Form::Percent => percent(first.as_f64()?),
            Form::Range => format!("{}至{}", percent(first.as_f64()?), percent(values.get(1)?.as_f64()?)),
            Form::Change => turn(first.as_f64()?, "%"),
            Form::Signed => signed(first.as_f64()?),
            Form::Gap => turn(first.as_f64()? - values.get(1)?.as_f64()?, "个百分点"),
            Form::Ratio => percent(ratio(values)?),
            Form::Rate => percent(rate(values)?),
            Form::Decimal => tenths(first.as_f64()?),
            Form::Decimal2 => fixed(first.as_f64()?, 2),
            Form::Chance => chance(first.as_f64()?),
            Form::Date => date(moment(first)?.date_naive()),
            Form::Day => day(moment(first)?.date_naive()),
            Form::LastDate => date(before(moment(first)?)),
            Form::LastDay => day(before(moment(first)?)),
            Form::Moment => {
                let at = moment(first)?;
                format!("{}{}时{:02}分", day(at.date_naive()), at.hour(), at.minute())
            }
        })
    }
}

/// Whole numbers, also where the answer has them as 12.0.
fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_f64().filter(|number| number.fract() == 0.0).map(|number| number as i64))
}

/// 1,816: in groups of three.
fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::from(if number < 0 { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn percent(share: f64) -> String {
    format!("{}%", tenths(share * 100.0))
}

fn tenths(number: f64) -> String {
    fixed(number, 1)
}

/// So many decimals, without a minus before naught.
fn fixed(number: f64, decimals: usize) -> String {
    let text = format!("{number:.decimals$}");
    if text.chars().all(|c| matches!(c, '-' | '0' | '.')) { text.replace('-', "") } else { text }
}

fn turn(change: f64, unit: &str) -> String {
    match tenths(change.abs() * 100.0).as_str() {
        "0.0" => "持平".to_owned(),
        size if change > 0.0 => format!("上升{size}{unit}"),
        size => format!("下降{size}{unit}"),
    }
}

fn signed(change: f64) -> String {
    match tenths(change * 100.0).as_str() {
        "0.0" => "0.0%".to_owned(),
        size if change > 0.0 => format!("+{size}%"),
        size => format!("{size}%"),
    }
}

fn ratio(values: &[&Value]) -> Option<f64> {
    let (part, whole) = (values.first()?.as_f64()?, values.get(1)?.as_f64()?);
    (whole > 0.0).then(|| part / whole)
}

/// None of a base too small to tell anything by.
fn rate(values: &[&Value]) -> Option<f64> {
    values.get(1)?.as_f64().filter(|base| *base >= LEAST_BASE)?;
    values.first()?.as_f64()
}

fn chance(p: f64) -> String {
    if p < SMALLEST_CHANCE { format!("小于{SMALLEST_CHANCE}") } else { format!("{p:.3}") }
}

/// An RFC 3339 time, or the start of a day.
fn moment(value: &Value) -> Option<DateTime<FixedOffset>> {
    let text = value.as_str()?;
    DateTime::parse_from_rfc3339(text).ok().or_else(|| {
        let day: NaiveDate = text.parse().ok()?;
        day.and_hms_opt(0, 0, 0)?.and_local_timezone(FixedOffset::east_opt(0)?).single()
    })
}

fn before(at: DateTime<FixedOffset>) -> NaiveDate {
    (at - TimeDelta::milliseconds(1)).date_naive()
}

fn date(day: NaiveDate) -> String {
    format!("{}年{}月{}日", day.year(), day.month(), day.day())
}

fn day(day: NaiveDate) -> String {
    format!("{}月{}日", day.month(), day.day())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_form_is_written_as_it_says() {
        let cases: [(Form, Value, &str); 26] = [
            (Form::Words, json!("樊城区"), "樊城区"),
            (Form::Title, json!("樊城区某路 施工噪声（打桩、凌晨）"), "樊城区某路 施工噪声"),
            (Form::Count, json!(0), "0"),
            (Form::Count, json!(999), "999"),
            (Form::Count, json!(1816), "1,816"),
            (Form::Count, json!(-1_234_567), "-1,234,567"),
            (Form::Length, json!([1, 2, 3]), "3"),
            (Form::Percent, json!(0.2131), "21.3%"),
            (Form::Percent, json!(1), "100.0%"),
            (Form::Change, json!(0.1234), "上升12.3%"),
            (Form::Change, json!(-0.04), "下降4.0%"),
            (Form::Change, json!(-0.0004), "持平"),
            (Form::Signed, json!(0.1234), "+12.3%"),
            (Form::Signed, json!(-0.0004), "0.0%"),
            (Form::Decimal, json!(60.54), "60.5"),
            (Form::Decimal2, json!(4.254), "4.25"),
            (Form::Decimal2, json!(-0.001), "0.00"),
            (Form::Decimal, json!(-0.04), "0.0"),
            (Form::Chance, json!(0.0124), "0.012"),
            (Form::Chance, json!(0.0001), "小于0.001"),
            (Form::Date, json!("2026-11-25T08:12:00+08:00"), "2026年11月25日"),
            (Form::Day, json!("2028-02-29"), "2月29日"),
            (Form::LastDate, json!("2028-03-01T00:00:00+08:00"), "2028年2月29日"),
            (Form::LastDay, json!("2027-01-01T00:00:00+08:00"), "12月31日"),
            (Form::LastDay, json!("2026-11-25T08:12:00+08:00"), "11月25日"),
            (Form::Moment, json!("2026-11-25T08:02:00+08:00"), "11月25日8时02分"),
        ];
        for (form, value, shown) in cases {
            assert_eq!(form.write(&[&value]).as_deref(), Some(shown), "{form:?} of {value}");
        }
    }

    #[test]
    fn what_takes_two_values_is_made_of_both() {
        let of = |form: Form, one: f64, other: f64| form.write(&[&json!(one), &json!(other)]);
        assert_eq!(of(Form::Range, 0.189, 0.238).as_deref(), Some("18.9%至23.8%"));
        assert_eq!(of(Form::Gap, 0.85, 0.818).as_deref(), Some("上升3.2个百分点"));
        assert_eq!(of(Form::Ratio, 1.0, 3.0).as_deref(), Some("33.3%"));
        assert_eq!(of(Form::Ratio, 1.0, 0.0), None);
        assert_eq!(of(Form::Rate, 0.5, 20.0).as_deref(), Some("50.0%"));
        assert_eq!(of(Form::Rate, 0.5, 19.0), None);
    }

    #[test]
    fn a_value_of_another_kind_is_not_written() {
        for form in Form::ALL {
            assert_eq!(form.write(&[&Value::Null, &Value::Null]), None, "{form:?}");
        }
        assert_eq!(Form::Count.write(&[&json!(1.5)]), None);
        assert_eq!(Form::Words.write(&[&json!(1)]), None);
    }
}
