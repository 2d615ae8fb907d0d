//! Which unlabelled texts to label next.

use std::collections::{BTreeMap, HashSet};

use super::lesson::{Heard, Lesson};
use super::{Order, choice};
use crate::case::{Head, Labelled, Prediction, Scored, Voice};
use crate::dataset::{self, Pick};
use crate::error::Result;
use crate::learning::{Stage, masked};
use crate::model::Model;
use crate::model::doubt::{self, Vector};
use crate::taxonomy::Taxonomy;
use crate::text::Reader;

/// Texts that the encoder answers at once.
const AT_ONCE: usize = 32;

/// What was answered about one text.
struct Guess {
    first: Scored,
    second: Scored,
    vector: Vector,
}

/// The unlabelled texts that would teach most, and who guessed: the model of `order.model`, else the linear model of
/// the labelled texts. Only one head is asked: the category, or the unit where no category is labelled.
pub(super) fn picks(
    order: &Order,
    lesson: &Lesson,
    heard: &BTreeMap<Head, Heard>,
    reader: &Reader,
    taxonomy: &Taxonomy,
    tell: &(dyn Fn(Stage) + Sync),
) -> Result<(Vec<Pick>, Voice)> {
    let unlabelled = unlabelled(order, lesson, reader)?;
    let Some((&head, heard)) = heard.first_key_value().filter(|_| !unlabelled.is_empty()) else {
        return Ok((Vec::new(), Voice::None));
    };
    let texts: Vec<&str> = unlabelled.iter().map(|example| example.text.as_str()).collect();
    let (guesses, guesser) = match fitting(order, lesson, head) {
        Some(model) => (by_model(&model, head, &texts, tell)?, Voice::Encoder),
        None => (by_linear(lesson, head, heard, &texts, order.seed, tell), Voice::Linear),
    };
    let uncertainty: Vec<f32> = guesses.iter().map(Guess::uncertainty).collect();
    let vectors: Vec<Vector> = guesses.iter().map(|guess| guess.vector.clone()).collect();
    let pick = |place: usize| Pick {
        id: unlabelled[place].id.clone(),
        text: unlabelled[place].text.clone(),
        head,
        first: choice(head, &guesses[place].first.code, taxonomy),
        second: choice(head, &guesses[place].second.code, taxonomy),
        uncertainty: uncertainty[place],
    };
    Ok((doubt::informative(&uncertainty, &vectors, order.rows).into_iter().map(pick).collect(), guesser))
}

impl Guess {
    /// Of a list, most probable first.
    fn of(mut ranked: Vec<Scored>, vector: Vector) -> Option<Self> {
        ranked.truncate(2);
        let [first, second] = <[Scored; 2]>::try_from(ranked).ok()?;
        Some(Self { first, second, vector })
    }

    fn uncertainty(&self) -> f32 {
        1.0 - (self.first.probability - self.second.probability)
    }
}

/// The texts to choose from, masked; those that stand among the labelled ones are not asked again.
fn unlabelled(order: &Order, lesson: &Lesson, reader: &Reader) -> Result<Vec<Labelled>> {
    let known: HashSet<&str> = lesson.examples.iter().map(|example| example.text.as_str()).collect();
    let mut unlabelled = Vec::new();
    for file in &order.unlabelled {
        let read = masked(dataset::read_plain(file, &order.columns)?, reader);
        unlabelled.extend(read.into_iter().filter(|example| !known.contains(example.text.as_str())));
    }
    Ok(unlabelled)
}

/// The ready model, if its encoder loads and it speaks of the labels that the files use.
fn fitting(order: &Order, lesson: &Lesson, head: Head) -> Option<Model> {
    let model = Model::load(&order.model).ok().filter(|model| model.lacking.is_none())?;
    let knows = |code: &String| model.plan().get(&head).is_some_and(|labels| labels.index(code).is_some());
    lesson.plan[&head].codes.iter().all(knows).then_some(model)
}

fn by_model(model: &Model, head: Head, texts: &[&str], tell: &dyn Fn(Stage)) -> Result<Vec<Guess>> {
    let mut guesses = Vec::new();
    for chunk in texts.chunks(AT_ONCE) {
        for Prediction { categories, units, embedding, .. } in model.predict(chunk)? {
            let ranked = if head == Head::Category { categories } else { units };
            guesses.extend(Guess::of(ranked, (0..).zip(embedding).collect()));
        }
        tell(Stage::Asked(guesses.len(), texts.len()));
    }
    Ok(guesses)
}

fn by_linear(
    lesson: &Lesson,
    head: Head,
    heard: &Heard,
    texts: &[&str],
    seed: u64,
    tell: &(dyn Fn(Stage) + Sync),
) -> Vec<Guess> {
    let everything: Vec<usize> = (0..lesson.examples.len()).collect();
    let linear = lesson.learn(&everything, seed, &|done, all| tell(Stage::Linear(done, all)));
    let margins = linear.predict(texts).remove(&head).unwrap_or_default();
    let codes = &lesson.plan[&head].codes;
    let guess = |(margins, vector): (Vec<f32>, Vector)| {
        let probabilities = heard.tuning.probabilities(&[], &margins);
        let pairs = codes.iter().cloned().zip(probabilities);
        let mut ranked: Vec<Scored> = pairs.map(|(code, probability)| Scored { code, probability }).collect();
        ranked.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        Guess::of(ranked, vector)
    };
    margins.into_iter().zip(linear.vectors(texts)).filter_map(guess).collect()
}
