//! What the parts of the heat weigh is the reader's to say.

use serde_json::json;

use super::{AT, asked, rows, server, told};
use crate::door::get;

#[test]
fn weights_change_the_ranks_and_only_sensible_ones_are_taken() {
    let address = server();
    told(address);
    let usual = json!({"volume": 0.35, "burst": 0.25, "people": 0.15, "severity": 0.15, "returns": 0.1});
    let by = |weights: &str| {
        let answer = asked(address, &format!("{AT}&weights={weights}")).json();
        assert_eq!(answer["formula"]["usual_weights"], usual);
        let first = rows(&answer)[0].clone();
        (first, answer["formula"]["weights"].clone())
    };
    // Nobody was answered in time, of either; of the three one told it twice, while the two others are two people.
    let (first, weights) = by("0,0,0,0,1");
    assert_eq!((&first["cases"], weights["returns"].as_f64()), (&json!(3), Some(1.0)));
    assert_eq!(first["heat"].as_f64(), first["parts"]["returns"]["value"].as_f64().map(|share| 100.0 * share));
    assert_eq!(by("0,%200,%201,%200,%200").0["cases"], json!(2));
    let plain = asked(address, AT).json();
    assert_eq!((&plain["formula"]["weights"], &plain["formula"]["usual_weights"]), (&usual, &usual));
    assert_eq!(rows(&plain), rows(&asked(address, &format!("{AT}&weights=0.35,0.25,0.15,0.15,0.1")).json()));
    for wrong in
        ["1", "0.5,0.5,0.5,0,0", "0,0,0,0,0", "-1,1,1,0,0", "a,b,c,d,e", "1,0,0,0,0,0", "1,0,0,0,0&formula=count"]
    {
        let reply = get(address, &format!("/v1/hotspots?weights={wrong}"));
        assert_eq!((reply.status, &reply.json()["errors"][0]["pointer"]), (422, &json!("?weights")), "{wrong}");
    }
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("cases.db");
    drop(crate::keep::reopened(&store));
    let report = ["report", "hotspots", "--store", store.to_str().unwrap(), "--weights", "1,0,0,0,0"];
    crate::backup::said(&report, 0);
    let refused = crate::backup::said(&[&report[..], &["--formula", "count"]].concat(), 1);
    assert!(refused.contains("--weights 只与 guikou 公式同用"), "{refused}");
}
