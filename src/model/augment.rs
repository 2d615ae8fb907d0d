//! Views (变形): what training reads of a labelled text in one epoch. No text is read the same way every time, so that
//! a model made from tidy, short lines holds for long letters that wander and for bare notes without punctuation.
//!
//! Of *copies* (a message and its stop-word-free version, say) an epoch reads one. A text may be joined with another
//! of its own category, get a stray piece of some other text before or behind it, or lose its punctuation or some
//! of its tokens (word dropout, Iyyer et al. 2015). All in token ids and all from a seed: the same seed, the same views.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::backward::splitmix;
use super::heads::Target;
use super::train::Item;
use crate::case::Head;

/// How often each change happens, as a share of all readings; 0 leaves it out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Augment {
    /// Joined with another text of the same category.
    pub join: f32,
    /// A piece of another text, at most half as long, stands before or behind it.
    pub stray: f32,
    /// Punctuation goes.
    pub bare: f32,
    /// One token in eight goes.
    pub thin: f32,
}

impl Default for Augment {
    fn default() -> Self {
        Self { join: 0.15, stray: 0.15, bare: 0.1, thin: 0.1 }
    }
}

impl Augment {
    /// Every text as it stands: how models were trained before there were views.
    pub fn none() -> Self {
        Self { join: 0.0, stray: 0.0, bare: 0.0, thin: 0.0 }
    }
}

/// One token in so many is lost where a text is thinned.
const THINNED: u64 = 8;
/// A piece of another text shorter than this many tokens says nothing.
const SHORTEST_PIECE: usize = 6;

/// The items of a training and how they are read.
pub struct Views<'a> {
    items: &'a [Item],
    augment: Augment,
    longest: usize,
    punctuation: BTreeSet<u32>,
    /// Items of each category.
    kin: BTreeMap<usize, Vec<usize>>,
    /// Items of each set of copies.
    copies: Vec<Vec<usize>>,
}

/// Draws numbers from a seed.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        splitmix(self.0)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    fn falls(&mut self, share: f32) -> bool {
        ((self.next() >> 40) as f32 / (1u64 << 24) as f32) < share
    }
}

impl<'a> Views<'a> {
    /// `longest`: tokens of a text, `[CLS]` and `[SEP]` among them. `punctuation`: ids that may go.
    pub fn new(items: &'a [Item], augment: Augment, longest: usize, punctuation: BTreeSet<u32>) -> Self {
        let mut kin: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut copies: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (i, item) in items.iter().enumerate() {
            if let Some(category) = category(item) {
                kin.entry(category).or_default().push(i);
            }
            copies.entry(item.copies).or_default().push(i);
        }
        Self { items, augment, longest, punctuation, kin, copies: copies.into_values().collect() }
    }

    /// How many texts an epoch reads.
    pub fn len(&self) -> usize {
        self.copies.len()
    }

    pub fn is_empty(&self) -> bool {
        self.copies.is_empty()
    }

    /// One item of each set of copies, in a new order; tellings of one event come together, so that they can be
    /// compared within a step.
    pub fn epoch(&self, seed: u64) -> Vec<usize> {
        let mut dice = Dice(seed);
        let mut drawn: Vec<usize> = self.copies.iter().map(|set| set[dice.below(set.len())]).collect();
        let key =
            |i: usize| self.items[i].event.map_or_else(|| splitmix(!seed ^ i as u64), |e| splitmix(seed ^ e as u64));
        drawn.sort_by_key(|&i| (key(i), i));
        drawn
    }

    /// The item as it is read this time.
    pub fn read(&self, at: usize, seed: u64) -> (Vec<u32>, Target) {
        let (dice, item) = (&mut Dice(splitmix(seed ^ at as u64)), &self.items[at]);
        let (mut ids, mut target) = (inner(item).to_vec(), item.target.clone());
        if dice.falls(self.augment.join) {
            if let Some(other) = self.relative(at, dice) {
                target = mean(&target, &other.target);
                ids = if dice.falls(0.5) { [&ids, inner(other)].concat() } else { [inner(other), &ids].concat() };
            }
        } else if dice.falls(self.augment.stray) {
            let piece = self.piece(ids.len() / 2, dice);
            ids = if dice.falls(0.5) { [&ids, piece].concat() } else { [piece, &ids].concat() };
        }
        if dice.falls(self.augment.bare) {
            ids.retain(|id| !self.punctuation.contains(id));
        }
        if dice.falls(self.augment.thin) {
            ids.retain(|_| dice.next() % THINNED != 0);
        }
        ids.truncate(self.longest.saturating_sub(2));
        let frame = (item.ids[0], item.ids[item.ids.len() - 1]);
        ids.insert(0, frame.0);
        ids.push(frame.1);
        (ids, target)
    }

    /// Another item of the same category that fits behind this one.
    fn relative(&self, at: usize, dice: &mut Dice) -> Option<&'a Item> {
        let kin = self.kin.get(&category(&self.items[at])?)?;
        let other = kin[dice.below(kin.len())];
        let fits = self.items[at].ids.len() + self.items[other].ids.len() <= self.longest;
        (other != at && fits).then(|| &self.items[other])
    }

    /// A stretch of any text, `longest` tokens at most.
    fn piece(&self, longest: usize, dice: &mut Dice) -> &'a [u32] {
        let all = inner(&self.items[dice.below(self.items.len())]);
        let length = longest.min(all.len());
        if length < SHORTEST_PIECE {
            return &[];
        }
        let length = SHORTEST_PIECE + dice.below(length - SHORTEST_PIECE + 1);
        let start = dice.below(all.len() - length + 1);
        &all[start..start + length]
    }
}

/// The ids without `[CLS]` and `[SEP]`.
fn inner(item: &Item) -> &[u32] {
    &item.ids[1..item.ids.len() - 1]
}

fn category(item: &Item) -> Option<usize> {
    item.target.get(&Head::Category).and_then(|shares| shares.first()).map(|(label, _)| *label)
}

/// Half of each; a head that only one was asked keeps its answer.
fn mean(one: &Target, other: &Target) -> Target {
    let mut both = one.clone();
    for (head, shares) in other {
        match both.get_mut(head) {
            Some(mine) => {
                mine.iter_mut().for_each(|(_, share)| *share /= 2.0);
                mine.extend(shares.iter().map(|(label, share)| (*label, share / 2.0)));
            }
            None => _ = both.insert(*head, shares.clone()),
        }
    }
    both
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(ids: &[u32], label: usize, copies: usize, event: Option<usize>) -> Item {
        let target = [(Head::Category, vec![(label, 1.0)])].into();
        Item { ids: ids.to_vec(), target, copies, event }
    }

    #[test]
    fn an_epoch_reads_each_set_of_copies_once_and_keeps_events_together() {
        let items: Vec<Item> =
            (0..30).map(|i| item(&[1, i as u32, 2], 0, i / 2, (i % 10 < 4).then_some(i % 10 / 2))).collect();
        let views = Views::new(&items, Augment::none(), 16, BTreeSet::new());
        for seed in 0..20 {
            let epoch = views.epoch(seed);
            let mut sets: Vec<usize> = epoch.iter().map(|&i| items[i].copies).collect();
            let events: Vec<Option<usize>> = epoch.iter().map(|&i| items[i].event).collect();
            let first = events.iter().position(|e| *e == Some(0)).unwrap();
            assert!(events[first..first + 3].iter().all(|e| *e == Some(0)), "the three tellings lie apart: {events:?}");
            sets.sort_unstable();
            assert_eq!(sets, (0..15).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_view_keeps_its_frame_its_length_and_its_whole_target() {
        let items: Vec<Item> = (0..40)
            .map(|i| item(&[&[101][..], &vec![i as u32 + 5; 20 + i], &[102]].concat(), i % 3, i, None))
            .collect();
        let all = Augment { join: 0.4, stray: 0.5, bare: 0.3, thin: 0.5 };
        let views = Views::new(&items, all, 64, [7, 8].into());
        for seed in 0..200 {
            let at = seed as usize % 40;
            let (ids, target) = views.read(at, seed);
            assert!(ids.len() <= 64 && ids[0] == 101 && ids[ids.len() - 1] == 102);
            let shares = &target[&Head::Category];
            assert!((shares.iter().map(|(_, share)| share).sum::<f32>() - 1.0).abs() < 1e-6);
            assert!(shares.iter().all(|(label, _)| *label == at % 3), "joined with another category");
            assert_eq!((ids, target), views.read(at, seed), "one seed, two views");
        }
    }
}
