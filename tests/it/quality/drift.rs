//! Drift: what changed is found, what chance makes is not called a change.

use guikou::case::Decision;
use guikou::insight::{Drift, DriftState, Insight, Measure};
use guikou::triage::Triage;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{NOW, advised, empty, ground, keep, november, time};

/// Cases of October and of November: how many are advised to each unit, and their channel.
fn months(october: &[(&str, usize)], november: &[(&str, usize)], channel: &str) -> Triage {
    let triage = empty();
    for (day, units) in [("2025-10-25", october), ("2025-11-03", november)] {
        for (unit, count) in units {
            for n in 0..*count {
                let at = format!("{day}T09:{:02}:00+08:00", n % 60);
                let mut case = advised(&format!("{day}{unit}{n}"), &at, &[(unit, 0.8)], Decision::Suggest, "路灯不亮");
                case.channel = Some(if day == "2025-10-25" { "电话" } else { channel }.to_owned());
                keep(&triage, case);
            }
        }
    }
    triage
}

fn drift(triage: &Triage) -> Drift {
    Insight::default().drift(ground(triage), &november(), time(NOW)).unwrap()
}

fn measure<'d>(drift: &'d Drift, name: &str) -> &'d Measure {
    drift.measures.iter().find(|one| one.measure == name).unwrap()
}

/// Units 60 and 40 of 100, then 40 and 60: shares with half a case each are 60.5/101 and 39.5/101, so that
/// PSI = 2 · (21/101) · ln(60.5/40.5), nearly; critical is 3.841 · 2/100.
#[test]
fn a_change_of_units_is_found_and_the_one_that_grew_is_named() {
    let triage = months(&[("CGJ", 60), ("ZJJ", 40)], &[("CGJ", 40), ("ZJJ", 60)], "电话");
    let found = drift(&triage);
    let unit = measure(&found, "unit");
    let share = |cases: f64| (cases + 0.5) / 101.0;
    let psi = (share(40.0) - share(60.0)) * (share(40.0) / share(60.0)).ln() * 2.0;
    assert!((unit.psi.unwrap() - psi).abs() < 1e-12, "{:?}", unit.psi);
    assert!((unit.critical.unwrap() - 3.841_458_820_694_1 * 0.02).abs() < 1e-9);
    assert_eq!((unit.state, unit.by_chance), (DriftState::Moderate, Some(0.02)));
    assert!(
        unit.sentence.contains("从 60.0% 到 40.0%") || unit.sentence.contains("从 40.0% 到 60.0%"),
        "{}",
        unit.sentence
    );
    assert_eq!(measure(&found, "channel").state, DriftState::Unknown, "one channel is no spread");
    assert!(found.sentence.contains("建议的单位"), "{}", found.sentence);
    assert_eq!((found.now.cases.cases, found.before.cases.cases), (100, 100));
}

#[test]
fn a_new_channel_is_a_great_change() {
    let triage = months(&[("CGJ", 60)], &[("CGJ", 60)], "微信小程序");
    let found = drift(&triage);
    let channel = measure(&found, "channel");
    assert_eq!(channel.state, DriftState::Large);
    assert!(channel.psi.unwrap().is_finite());
    assert_eq!(found.vocabulary.new_share, Some(0.0), "the same words");
}

/// Twenty units of equal chance, 100 cases on each side: the customary bound of 0.25 is passed by chance alone in a
/// quarter of the draws, the critical value in about one of twenty.
#[test]
fn what_chance_makes_is_not_called_a_change() {
    use guikou::analytics::quality::{Class, LARGE, Sides, psi};
    let mut random = ChaCha8Rng::seed_from_u64(20_251_112);
    let (mut alarms, mut over_the_bound) = (0, 0);
    for _ in 0..400 {
        let mut classes = vec![Sides::default(); 20];
        for _ in 0..100 {
            classes[random.random_range(0..20)].before += 1;
            classes[random.random_range(0..20)].now += 1;
        }
        let classes = classes.into_iter().enumerate().map(|(n, cases)| Class { code: Some(n.to_string()), cases });
        let shift = psi(classes.collect()).unwrap();
        alarms += usize::from(shift.psi > shift.critical);
        over_the_bound += usize::from(shift.psi >= LARGE);
    }
    assert!(over_the_bound > 80, "the bound alone cries wolf: {over_the_bound} of 400");
    assert!((4..=40).contains(&alarms), "about one in twenty: {alarms} of 400");
}
