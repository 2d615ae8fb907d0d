//! The frame: the same however the cases came, each of them once, as they are now.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, TimeDelta};
use guikou::analytics::{Cut, Dimension, Frame, Value, cases_by, column, pivot, total, volumes};
use guikou::case::{Fact, Life, Scope, Status};
use proptest::prelude::*;

fn offset() -> FixedOffset {
    FixedOffset::east_opt(8 * 3600).unwrap()
}

fn fact(arrival: i64, seq: i64, minute: i64, kind: usize) -> Fact {
    let pick = |of: &[&str]| of.get(kind % (of.len() + 1)).map(|one| (*one).to_owned());
    let start = DateTime::parse_from_rfc3339("2026-11-01T00:00:00+08:00").unwrap();
    Fact {
        arrival,
        seq,
        received_at: (start + TimeDelta::minutes(minute)).timestamp_millis(),
        category: pick(&["0501", "0502", "0706"]),
        petition: pick(&["complaint"]),
        department: pick(&["CGJ", "STHJ"]),
        channel: None,
        urgency: "normal".to_owned(),
        district: pick(&["樊城区", "襄城区", "襄州区", "高新区"]),
        street: None,
        community: None,
        reporter: (!kind.is_multiple_of(3)).then_some(kind as u64 % 5),
        issue: pick(&["i_1", "i_2"]),
        flags: Vec::new(),
        status: Status::ALL[kind % Status::ALL.len()],
        due_at: None,
        closed_at: None,
        life: Life::default(),
    }
}

/// Changes in the order in which they were made: each is of a case that came before, or a new one.
fn changes() -> impl Strategy<Value = Vec<Fact>> {
    let change = (0..40i64, 0..9000i64, 0..60usize);
    prop::collection::vec(change, 1..160).prop_map(|changes| {
        let mut received: BTreeMap<i64, i64> = BTreeMap::new();
        let fact = |(seq, (arrival, minute, kind)): (i64, (i64, i64, usize))| {
            let minute = *received.entry(arrival).or_insert(minute);
            fact(arrival, seq, minute, kind)
        };
        (1..).zip(changes).map(fact).collect()
    })
}

/// What stands of each case.
fn standing(changes: &[Fact]) -> BTreeMap<i64, &Fact> {
    changes.iter().map(|fact| (fact.arrival, fact)).collect()
}

fn scope(from: i64, to: i64) -> Scope {
    let start = DateTime::parse_from_rfc3339("2026-11-01T00:00:00+08:00").unwrap();
    let at = |minute| Some(start + TimeDelta::minutes(minute));
    Scope { from: at(from), to: at(to), ..Scope::default() }
}

/// Takes the changes in as they come, `batch` at once; `short` so that parts are made of few.
fn framed(changes: &[Fact], batch: usize) -> Frame {
    let mut frame = Frame::new(offset()).unwrap();
    changes.chunks(batch).for_each(|batch| frame.absorb(batch.to_vec()).unwrap());
    frame
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn neither_order_nor_batches_matter(changes in changes(), batch in 1..50usize, order in any::<u64>()) {
        let snapshot = framed(&changes, batch).snapshot().unwrap();
        let mut mixed = changes.clone();
        mixed.sort_by_key(|fact| (fact.seq as u64).wrapping_mul(order | 1));
        mixed.extend_from_slice(&changes[..changes.len() / 2]);
        let other = framed(&mixed, changes.len()).snapshot().unwrap();
        prop_assert_eq!(snapshot.seq(), other.seq());
        let within = scope(1000, 7000);
        let kept = standing(&changes);
        let kept: Vec<&&Fact> =
            kept.values().filter(|fact| {
                let at = fact.received_at;
                within.from.unwrap().timestamp_millis() <= at && at < within.to.unwrap().timestamp_millis()
            }).collect();
        for (by, of) in [
            (Dimension::Category, (|fact: &Fact| fact.category.clone()) as fn(&Fact) -> Option<String>),
            (Dimension::District, |fact| fact.district.clone()),
            (Dimension::Status, |fact| Some(fact.status.code().to_owned())),
        ] {
            let mut plain: BTreeMap<Value, i64> = BTreeMap::new();
            kept.iter().for_each(|fact| *plain.entry(of(fact).map_or(Value::Lacking, Value::Code)).or_default() += 1);
            prop_assert_eq!(&cases_by(&snapshot, &within, by).unwrap(), &plain);
            let cut = Cut { by, top: Some(2) };
            let days = Cut { by: Dimension::Day, top: None };
            prop_assert_eq!(volumes(&snapshot, &within, cut).unwrap(), volumes(&other, &within, cut).unwrap());
            prop_assert_eq!(pivot(&snapshot, &within, days, cut, 1000).unwrap(), pivot(&other, &within, days, cut, 1000).unwrap());
        }
        let known: std::collections::BTreeSet<u64> = kept.iter().filter_map(|fact| fact.reporter).collect();
        let unknown = kept.iter().filter(|fact| fact.reporter.is_none()).count();
        prop_assert_eq!(total(&snapshot, &within).unwrap(), (kept.len() as i64, (known.len() + unknown) as i64));
    }
}

/// Long enough that parts are made, become one, and are outdated across all of them.
#[test]
fn many_cases_and_many_changes_are_counted_as_they_stand() {
    let kind = |n: i64| (n * 7 % 60) as usize;
    let mut changes: Vec<Fact> = (0..9000).map(|n| fact(n, n + 1, n, kind(n))).collect();
    // The same cases again, each third, otherwise than before; then all of the last ones once more.
    changes.extend((0..3000).map(|n| fact(3 * n, 9001 + n, 3 * n, kind(n + 5))));
    changes.extend((8000..9000).map(|n| fact(n, 12_001 + n, n, kind(n + 9))));
    let standing = standing(&changes);
    let frame = framed(&changes, 700);
    let snapshot = frame.snapshot().unwrap();
    assert_eq!(snapshot.rows().collect().unwrap().height(), 9000);
    let arrivals = snapshot.rows().collect().unwrap();
    let arrivals = arrivals.column(column::ARRIVAL).unwrap().i64().unwrap().clone();
    assert_eq!(arrivals.iter().flatten().collect::<std::collections::BTreeSet<_>>().len(), 9000, "each once");
    let plain = |from: i64, to: i64| {
        let mut plain: BTreeMap<Value, i64> = BTreeMap::new();
        for fact in standing.values().filter(|fact| (from..to).contains(&fact.arrival)) {
            let value = fact.category.clone().map_or(Value::Lacking, Value::Code);
            *plain.entry(value).or_default() += 1;
        }
        plain
    };
    for (from, to) in [(0, 9000), (0, 1), (2999, 3001), (8500, 9000), (4000, 4000)] {
        let counted = cases_by(&snapshot, &scope(from, to), Dimension::Category).unwrap();
        assert_eq!(counted, plain(from, to), "{from} to {to}");
    }
    let cut = |by| Cut { by, top: None };
    let days = pivot(&snapshot, &scope(0, 9000), cut(Dimension::Day), cut(Dimension::Category), 27);
    assert_eq!(days.unwrap(), None, "seven days by four values are 28");
    // A snapshot stays as it was while the frame goes on.
    let mut frame = frame;
    frame.absorb(vec![fact(9000, 30_000, 9000, 0), fact(0, 30_001, 0, 1)]).unwrap();
    assert_eq!(total(&snapshot, &Scope::default()).unwrap().0, 9000);
    assert_eq!(total(&frame.snapshot().unwrap(), &Scope::default()).unwrap().0, 9001);
}
