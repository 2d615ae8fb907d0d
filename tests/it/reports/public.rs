//! The public edition: no case, no word of a citizen, no place finer than a district, no small number, and none that could be
//! worked out.

use guikou::case::document::{Document, Edition, Form};
use guikou::insight::ReportKind;
use serde_json::Value;

use super::{HOUSE, asked};

const REGULAR: [ReportKind; 3] = [ReportKind::Daily, ReportKind::Weekly, ReportKind::Monthly];

fn published(kind: ReportKind) -> Document {
    HOUSE.written(&asked(kind, Edition::Public))
}

#[test]
fn no_small_count_no_link_and_no_place_finer_than_a_district() {
    for kind in REGULAR {
        let document = published(kind);
        for figure in document.figures() {
            assert_eq!(figure.link(), None);
            if figure.form() == Form::Count {
                let small = figure.value().is_some_and(|value| (1.0..5.0).contains(&value));
                assert!(!small, "{kind:?}: {} at {:?}", figure.shown(), figure.pointers());
            }
        }
        assert!(document.sources.iter().all(|source| source.link.is_none()));
        let whole = serde_json::to_string(&document).unwrap();
        for place in ["小区", "社区居委会", "/v1/complaints", "representative", "keywords"] {
            assert!(!whole.contains(place) || place == "小区", "{kind:?} has {place}");
        }
        let internal = HOUSE.written(&asked(kind, Edition::Internal));
        let titles = internal.figures().filter(|figure| figure.pointers()[0].ends_with("/title"));
        let titles: Vec<_> = titles.collect();
        assert!(kind != ReportKind::Weekly || !titles.is_empty(), "no event to keep back");
        for title in titles {
            assert!(!whole.contains(title.shown()), "{kind:?} has {}", title.shown());
        }
    }
}

/// In no table is exactly one row hidden, nor rows whose sum is known to be under 5: then the rest would tell it.
#[test]
fn what_is_hidden_cannot_be_worked_out_from_the_rest() {
    let mut hidden_somewhere = false;
    for (from, to) in [("2026-10-26", "2026-11-01"), ("2026-10-01", "2026-10-31"), ("2026-11-02", "2026-11-02")] {
        for by in ["day", "domain", "petition", "district", "channel"] {
            let answer = HOUSE.answer(&format!("/v1/volumes?edition=public&by={by}&from={from}&to={to}"));
            let rows = answer["rows"].as_array().unwrap();
            let hidden: Vec<&Value> = rows.iter().filter(|row| row["suppressed"] == true).collect();
            hidden_somewhere |= !hidden.is_empty();
            assert!(hidden.iter().all(|row| row["cases"].is_null() && row["share"].is_null()), "{answer}");
            let shown: i64 = rows.iter().filter_map(|row| row["cases"].as_i64()).sum();
            assert!(
                rows.iter().filter_map(|row| row["cases"].as_i64()).all(|cases| !(1..5).contains(&cases)),
                "{answer}"
            );
            let Some(total) = answer["total"].as_i64() else { continue };
            match hidden.len() as i64 {
                0 => assert_eq!(shown, total, "{answer}"),
                1 => panic!("one row alone is hidden: {answer}"),
                // Each of them could be 1, or what leaves 1 to each other.
                many => assert!(total - shown - (many - 1) >= 4, "{answer}"),
            }
            assert!(answer.get("link").is_none() && answer.get("people").is_none(), "{answer}");
        }
    }
    assert!(hidden_somewhere, "nothing had to be hidden: the test sees nothing");
}

#[test]
fn of_a_month_units_are_told_as_their_own_public_edition_tells_them() {
    let document = published(ReportKind::Monthly);
    assert!(document.sections.iter().any(|section| section.title == "责任单位办理"));
    assert!(
        document.sources.iter().any(|source| source.query.starts_with("/v1/departments?edition=public&month=2026-10"))
    );
    for kind in [ReportKind::Daily, ReportKind::Weekly] {
        assert!(published(kind).sections.iter().all(|section| section.title != "责任单位办理"), "{kind:?}");
    }
    assert!(document.notes.iter().any(|note| note.contains("只宜公开一种")));
}
