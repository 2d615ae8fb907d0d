//! What was asked and told: the answers that a document is written from.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::figure::BLANK;
use super::{Column, Edition, Figure, Form, Part, Picture, Sentence, Series, Shape, Source, Table};
use crate::error::{Error, Result};

/// The answers asked for so far; each is kept as JSON under its number.
#[derive(Debug)]
pub struct Sources {
    edition: Edition,
    asked: Vec<Source>,
}

/// One answer, from which figures are taken.
#[derive(Debug, Clone)]
pub struct Told {
    source: usize,
    query: String,
    answer: Arc<Value>,
    /// Whether figures lead to their records.
    links: bool,
}

impl Sources {
    /// In a public edition no figure leads to records.
    pub fn new(edition: Edition) -> Self {
        Self { edition, asked: Vec::new() }
    }

    /// Keeps an answer: what it is about, the path and parameters that give it again, and itself. What is asked twice
    /// is one source.
    pub fn ask(&mut self, name: &str, query: &str, answer: &impl Serialize) -> Result<Told> {
        let unwritable = |error| Error::internal("答案无法写成 JSON", "the answer is not JSON").because(error);
        let answer = serde_json::to_value(answer).map_err(unwritable)?;
        let links = self.edition == Edition::Internal;
        let standing = self.asked.iter().find(|source| source.query == query).map(|source| source.number);
        let source = standing.unwrap_or(self.asked.len() + 1);
        if standing.is_none() {
            let link = answer.get("link").and_then(Value::as_str).filter(|_| links).map(str::to_owned);
            let sha256 = hex(&Sha256::digest(answer.to_string()));
            self.asked.push(Source { number: source, name: name.to_owned(), query: query.to_owned(), link, sha256 });
        }
        Ok(Told { source, query: query.to_owned(), answer: Arc::new(answer), links })
    }

    /// The list of records behind a source, where its answer does not say it itself.
    pub fn led_by(&mut self, told: &Told, link: impl Into<String>) {
        if let Some(source) = self.asked.iter_mut().find(|source| source.number == told.source && told.links) {
            source.link = Some(link.into());
        }
    }

    /// All sources, for [`super::Document::sources`], and the hash of all of them, for [`super::Document::inputs`].
    pub fn close(self) -> (Vec<Source>, String) {
        let mut all = Sha256::new();
        for source in &self.asked {
            all.update(format!("{}\n{}\n", source.query, source.sha256));
        }
        (self.asked, hex(&all.finalize()))
    }
}

impl Told {
    /// A sentence with figures in it: `{pointer:form}`, or `{pointer}` for words; a form of two values takes
    /// `{pointer|pointer:form}`. Fails where the answer has nothing there, or nothing that can be so written.
    pub fn say(&self, template: &str) -> Result<Sentence> {
        let mut parts = Vec::new();
        let mut rest = template;
        while let Some((words, after)) = rest.split_once('{') {
            let (asked, more) = after.split_once('}').ok_or_else(|| unreadable(template))?;
            if !words.is_empty() {
                parts.push(Part::Words(words.to_owned()));
            }
            parts.push(Part::Figure(self.figure(asked)?));
            rest = more;
        }
        if !rest.is_empty() {
            parts.push(Part::Words(rest.to_owned()));
        }
        Ok(Sentence { parts })
    }

    /// One figure: `pointer:form` as in [`Told::say`].
    pub fn figure(&self, asked: &str) -> Result<Figure> {
        let figure = self.cell(asked)?;
        match figure.shown == BLANK {
            false => Ok(figure),
            true => Err(Error::internal(
                format!("{} 的答案里 {asked} 没有可写的值", self.query),
                format!("the answer of {} has nothing to write at {asked}", self.query),
            )),
        }
    }

    /// The same for a table or a picture, where no value is a dash.
    pub fn cell(&self, asked: &str) -> Result<Figure> {
        let (pointers, form) = read(asked)?;
        let values: Option<Vec<&Value>> = pointers.iter().map(|pointer| self.answer.pointer(pointer)).collect();
        let values = values.unwrap_or_default();
        Ok(Figure {
            shown: form.write(&values).unwrap_or_else(|| BLANK.to_owned()),
            source: self.source,
            link: pointers.first().and_then(|pointer| self.link(pointer)),
            value: form.value(&values),
            pointers,
            form,
        })
    }

    /// The list beside a value: `x_link` for a value called `x`, else `link`; for a value of the whole, of the whole.
    fn link(&self, pointer: &str) -> Option<String> {
        let (parent, name) = pointer.rsplit_once('/').filter(|_| self.links)?;
        let beside = |name: &str| self.answer.pointer(&format!("{parent}/{name}")).and_then(Value::as_str);
        beside(&format!("{name}_link")).or_else(|| beside("link")).map(str::to_owned)
    }

    /// The number at a place, for what is decided by it.
    pub fn number(&self, pointer: &str) -> Option<f64> {
        self.answer.pointer(pointer)?.as_f64()
    }

    /// The words at a place, for what is decided by them.
    pub fn words(&self, pointer: &str) -> Option<&str> {
        self.answer.pointer(pointer)?.as_str()
    }

    pub fn is_true(&self, pointer: &str) -> bool {
        self.answer.pointer(pointer).and_then(Value::as_bool).unwrap_or_default()
    }

    /// Whether there is a value, other than null, at a place.
    pub fn has(&self, pointer: &str) -> bool {
        self.answer.pointer(pointer).is_some_and(|value| !value.is_null())
    }

    /// How many items the list at a place has.
    pub fn length(&self, pointer: &str) -> usize {
        self.answer.pointer(pointer).and_then(Value::as_array).map_or(0, Vec::len)
    }

    /// The places of a list's first items: `/rows/0`, `/rows/1` …
    pub fn each(&self, pointer: &str, most: usize) -> Vec<String> {
        (0..self.length(pointer).min(most)).map(|at| format!("{pointer}/{at}")).collect()
    }

    /// A table: a row for each place, and columns by name and what stands beneath the place, `/cases:count`.
    pub fn table(&self, title: &str, columns: &[(&str, &str)], places: &[String]) -> Result<Table> {
        let row = |place: &String| {
            columns.iter().map(|(_, asked)| Ok(Part::Figure(self.cell(&beneath(place, asked))?))).collect()
        };
        let rows = places.iter().map(row).collect::<Result<_>>()?;
        let column =
            |(name, asked): &(&str, &str)| Ok(Column { name: (*name).to_owned(), number: read(asked)?.1.is_number() });
        let columns = columns.iter().map(column).collect::<Result<_>>()?;
        Ok(Table { title: title.to_owned(), columns, rows, note: None })
    }

    /// A picture of the same places: what each is called, and series by name.
    pub fn picture(
        &self,
        title: &str,
        (shape, unit): (Shape, &str),
        name: &str,
        series: &[(&str, &str)],
        places: &[String],
    ) -> Result<Picture> {
        let names = places.iter().map(|place| Ok(Part::Figure(self.cell(&beneath(place, name))?)));
        let points = |asked: &str| places.iter().map(|place| self.cell(&beneath(place, asked))).collect::<Result<_>>();
        let series = series.iter().map(|(name, asked)| Ok(Series { name: (*name).to_owned(), points: points(asked)? }));
        Ok(Picture {
            title: title.to_owned(),
            shape,
            unit: unit.to_owned(),
            names: names.collect::<Result<_>>()?,
            series: series.collect::<Result<_>>()?,
        })
    }
}

/// What stands beneath a place; both pointers of a form of two.
fn beneath(place: &str, asked: &str) -> String {
    let (pointers, form) = asked.rsplit_once(':').unwrap_or((asked, Form::Words.code()));
    let pointers: Vec<String> = pointers.split('|').map(|pointer| format!("{place}{pointer}")).collect();
    format!("{}:{form}", pointers.join("|"))
}

/// `pointer:form` taken apart.
fn read(asked: &str) -> Result<(Vec<String>, Form)> {
    let (pointers, form) = asked.rsplit_once(':').unwrap_or((asked, Form::Words.code()));
    let form = Form::ALL.into_iter().find(|known| known.code() == form).ok_or_else(|| unreadable(asked))?;
    let pointers: Vec<String> = pointers.split('|').map(str::to_owned).collect();
    let right = pointers.len() == form.takes() && pointers.iter().all(|pointer| pointer.starts_with('/'));
    if right { Ok((pointers, form)) } else { Err(unreadable(asked)) }
}

fn unreadable(template: &str) -> Error {
    Error::internal(format!("材料的写法不对：{template}"), format!("the template is wrong: {template}"))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
