//! What is put up for review: unsure ones that differ, and decisions that a sure machine contradicts; what a reviewer
//! settles is not put up again, and goes out as a correction.

use guikou::case::{Decision, REVIEWER};
use guikou::dataset::{Columns, read_labelled};
use guikou::insight::{AskedQuality, Insight, Review, ReviewReason};
use guikou::triage::Triage;

use super::{NOW, advised, empty, ground, judge, keep, november, serve, time};
use crate::door::get;

/// Twenty cases rightly advised to CGJ and twenty to ZJJ; one advised to CGJ, very surely, that people gave to ZJJ; one
/// that they gave to ZJJ though the machine leant but little to CGJ; and some undecided.
fn hotline() -> Triage {
    let triage = empty();
    let case = |reference: &str, units: &[(&str, f32)], text: &str| {
        keep(&triage, advised(reference, "2025-11-03T09:00:00+08:00", units, Decision::Suggest, text))
    };
    for n in 0..20 {
        let id = case(&format!("c{n}"), &[("CGJ", 0.9), ("ZJJ", 0.1)], "烧烤摊油烟");
        judge(&triage, &id, "accepted", None, true, None);
        let id = case(&format!("z{n}"), &[("ZJJ", 0.8), ("CGJ", 0.2)], "小区电梯坏了");
        judge(&triage, &id, "accepted", None, true, None);
    }
    let id = case("suspect", &[("CGJ", 0.97), ("ZJJ", 0.02)], "夜市占道经营");
    judge(&triage, &id, "edited", Some("ZJJ".to_owned()), true, None);
    let id = case("fair", &[("CGJ", 0.55), ("ZJJ", 0.45)], "工地围挡");
    judge(&triage, &id, "edited", Some("ZJJ".to_owned()), true, None);
    case("sure", &[("CGJ", 0.99), ("ZJJ", 0.01)], "流动摊贩吆喝");
    case("even", &[("CGJ", 0.48), ("ZJJ", 0.47)], "小区门口违章搭建的棚子占了消防通道");
    case("even too", &[("CGJ", 0.47), ("ZJJ", 0.46)], "小区门口违章搭建的棚子占了消防通道");
    case("other", &[("CGJ", 0.60), ("STHJ", 0.30)], "河里漂着死鱼，水发黑发臭");
    let mut hidden =
        advised("hidden", "2025-11-03T09:00:00+08:00", &[("CGJ", 0.5), ("ZJJ", 0.5)], Decision::Suggest, "举报某厂");
    hidden.suggestion.flags = vec!["info_protect".to_owned()];
    keep(&triage, hidden);
    triage
}

fn review(triage: &Triage, asked: &AskedQuality) -> Review {
    Insight::default().review(ground(triage), asked, time(NOW)).unwrap()
}

fn names(review: &Review, reason: ReviewReason) -> Vec<&str> {
    review.items.iter().filter(|item| item.reason == reason).map(|item| item.reference.as_deref().unwrap()).collect()
}

#[test]
fn sure_contradictions_come_first_then_unsure_ones_that_differ() {
    let triage = hotline();
    let found = review(&triage, &november());
    assert_eq!(names(&found, ReviewReason::Suspect), ["suspect"], "a mild disagreement is none");
    let uncertain = names(&found, ReviewReason::Uncertain);
    // The second telling of the same teaches nothing more; nobody sees who must be protected.
    assert_eq!(uncertain.iter().filter(|name| name.starts_with("even")).count(), 1, "{uncertain:?}");
    assert_eq!(uncertain.last(), Some(&"sure"), "{uncertain:?}");
    assert!(uncertain.contains(&"other") && !uncertain.contains(&"hidden"), "{uncertain:?}");
    let item = &found.items[0];
    assert_eq!((item.decided.as_ref().unwrap().code.as_str(), item.advised[0].code.as_str()), ("ZJJ", "CGJ"));
    assert!(item.because.starts_with("审定认定为") && item.because.contains("97%"), "{}", item.because);
    assert_eq!((found.undecided.cases, found.doubtful), (5, 1));
    let few = review(&triage, &AskedQuality { top: 1, ..november() });
    assert_eq!(few.items.len(), 2, "one of each reason");
}

#[test]
fn what_a_reviewer_settled_is_not_put_up_again_and_goes_out_as_a_correction() {
    let triage = hotline();
    let suspect = triage.store().find_reference("suspect").unwrap().unwrap().id;
    judge(&triage, &suspect, "edited", Some("ZJJ".to_owned()), true, Some("派单员"));
    assert_eq!(names(&review(&triage, &november()), ReviewReason::Suspect), ["suspect"], "no reviewer");
    judge(&triage, &suspect, "accepted", None, true, Some(REVIEWER));
    let even = triage.store().find_reference("even").unwrap().unwrap().id;
    judge(&triage, &even, "edited", Some("ZJJ".to_owned()), true, Some(REVIEWER));
    let after = review(&triage, &november());
    assert!(names(&after, ReviewReason::Suspect).is_empty());
    assert!(!names(&after, ReviewReason::Uncertain).contains(&"even"));

    let address = serve(triage);
    let file = get(address, "/v1/quality/corrections?from=2025-11-01&to=2025-11-30");
    assert!(file.header("content-disposition").unwrap().contains("corrections-"), "{file:?}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("corrections.jsonl");
    std::fs::write(&path, &file.body).unwrap();
    let lessons = read_labelled(&path, &Columns::default()).unwrap();
    assert_eq!(lessons.len(), 43, "all that people settled, and nothing else");
    let label = |id: &str| {
        let lesson = lessons.iter().find(|lesson| lesson.id == id).unwrap();
        lesson.labels[&guikou::case::Head::Unit].clone()
    };
    assert_eq!([label(&suspect), label(&even)], ["CGJ", "ZJJ"]);
}
