//! What is hot: how heat is made up of its parts, that nobody makes a hotspot alone, and that each figure leads to exactly
//! its cases.

mod titles;
mod weights;

use std::net::SocketAddr;

use chrono::{DateTime, FixedOffset, TimeDelta};
use guikou::analytics::{
    Asked, Formula, Frame, Over, Parts, Scale, Signs, Subject, Tally, Weights, rank, tallies, usual_z,
};
use guikou::case::{Fact, Life, Satisfaction, Scope, Status};
use serde_json::{Value, json};

use crate::door::{Reply, SHARED, get, post, settings};
use crate::duplicates::{LIFT, SITE, SMOKE, kept, on, server};

const SIGNS: Signs = Signs { urgent: &["urgent"], grave: &["life_safety"], again: &["repeat"] };
const WEIGHTS: Weights = Weights { volume: 0.35, burst: 0.25, people: 0.15, severity: 0.15, returns: 0.10 };
const SCALE: Scale = Scale { weights: WEIGHTS, reference: 100.0 };

fn time(text: &str) -> DateTime<FixedOffset> {
    text.parse().unwrap()
}

/// A Monday, at which all figures here end.
fn monday() -> DateTime<FixedOffset> {
    time("2026-11-23T00:00:00+08:00")
}

/// So many hours before it.
fn ago(hours: i64) -> i64 {
    (monday() - TimeDelta::hours(hours)).timestamp_millis()
}

/// A case so many hours ago, of an event, told by a caller.
fn fact(arrival: i64, hours: i64, issue: &str, reporter: Option<u64>) -> Fact {
    Fact {
        arrival,
        seq: arrival,
        received_at: ago(hours),
        category: Some("0702".into()),
        petition: None,
        department: Some("CGJ".into()),
        channel: None,
        urgency: "normal".into(),
        district: Some("樊城区".into()),
        street: None,
        community: None,
        reporter,
        issue: Some(issue.into()),
        flags: Vec::new(),
        status: Status::Accepted,
        due_at: None,
        closed_at: None,
        life: Life::default(),
    }
}

/// Far enough back that eight past weeks are known.
fn begun() -> Fact {
    fact(900, 24 * 100, "g_old", None)
}

fn counted(
    facts: &[Fact],
    over: Over,
    scope: &Scope,
    to: DateTime<FixedOffset>,
    as_of: DateTime<FixedOffset>,
) -> Vec<Tally> {
    let mut frame = Frame::new(*monday().offset()).unwrap();
    frame.absorb(facts.to_vec()).unwrap();
    let (from, half_life) = (monday() - TimeDelta::days(7), TimeDelta::hours(168));
    let asked = Asked { scope, over, from, to, as_of, half_life, signs: SIGNS };
    tallies(&frame.snapshot().unwrap(), &asked).unwrap()
}

/// The events of the week before the Monday.
fn events(facts: &[Fact]) -> Vec<Tally> {
    counted(facts, Over::Event, &Scope::default(), monday(), monday())
}

fn heat(tally: &Tally) -> f64 {
    let parts = Parts::of(tally, usual_z(tally), &SCALE);
    Formula::Guikou.heat(tally, &parts, &SCALE, monday().timestamp_millis())
}

fn near(got: f64, want: f64) -> bool {
    (got - want).abs() < 1e-6 * want.abs().max(1.0)
}

/// Four cases of three people: one tells twice within a half-life and counts once in V; one is urgent and overdue; one is
/// dangerous, closed, and its citizen not content.
fn worked() -> Vec<Fact> {
    let first = fact(1, 168, "g_a", Some(1));
    let late = Fact { urgency: "urgent".into(), due_at: Some(ago(10)), ..fact(2, 84, "g_a", Some(2)) };
    let again = fact(3, 24, "g_a", Some(1));
    let life = Life { replied_at: Some(ago(2)), satisfied: Some(Satisfaction::Unsatisfied), ..Life::default() };
    let closed = Fact {
        flags: vec!["collective".into(), "life_safety".into()],
        status: Status::Closed,
        due_at: Some(ago(5)),
        closed_at: Some(ago(1)),
        department: Some("ZJJ".into()),
        life,
        ..fact(4, 12, "g_a", None)
    };
    vec![first, late, again, closed, begun()]
}

#[test]
fn heat_is_as_worked_by_hand() {
    let tallies = events(&worked());
    let [tally] = tallies.as_slice() else { panic!("{tallies:?}") };
    assert_eq!(tally.subject, Subject::Event { issue: "g_a".into() });
    // 2^(−24/168) + 2^(−84/168) + 2^(−12/168); the first telling lies 144 h before the same caller's last.
    assert!(near(tally.halved, 2.564_525_598), "{}", tally.halved);
    assert_eq!((tally.cases, tally.people, tally.severe), (4, 3, 2));
    assert_eq!((tally.repeated, tally.overdue, tally.discontent, tally.returning), (1, 1, 1, 3));
    assert_eq!((tally.closed, tally.heard, tally.content), (1, 1, 0));
    assert_eq!((tally.before, tally.past.as_slice()), (Some(0), [0; 8].as_slice()));
    assert_eq!(tally.units, [("CGJ".to_owned(), 3), ("ZJJ".to_owned(), 1)]);
    assert_eq!(tally.arrivals, [1, 2, 3, 4]);
    // (3 − 0)/√(0 + 1)
    assert_eq!(usual_z(tally), Some(3.0));
    let parts = Parts::of(tally, usual_z(tally), &SCALE);
    // ln(3.564526)/ln 101, 3/6, 3/4·ln 4/ln 101, 2/4, 3/4.
    for (got, want) in [
        (parts.volume, 0.275_405_803),
        (parts.burst, 0.5),
        (parts.people, 0.225_285_725),
        (parts.severity, 0.5),
        (parts.returns, 0.75),
    ] {
        assert!(near(got, want), "{got} {want}");
    }
    let points = parts.points(&WEIGHTS);
    assert!(near(points[1], 12.5) && near(points[3], 7.5) && near(points[4], 7.5), "{points:?}");
    assert!(near(heat(tally), 40.518_488_986), "{}", heat(tally));
}

#[test]
fn each_formula_is_as_it_is_told() {
    let tallies = events(&worked());
    let parts = Parts::of(&tallies[0], None, &SCALE);
    // 4 cases of 3 people over 6.5 days, the first 168 hours ago.
    for (code, want) in [
        ("count", 4.0),
        ("span", 0.6 * 4.0 + 0.1 * 6.5),
        ("teddy", 0.7 * 4.0 / 6.5),
        ("regression", 773.514 + 48.269 * 4.0 + 4.869 * 6.5),
        ("hn", 2.0 / 170f64.powf(1.8)),
        ("reddit", 14_683.374_832_366),
        // Without a z nothing is added for a burst.
        ("guikou", 40.518_488_986 - 12.5),
    ] {
        let formula = Formula::called(code).unwrap();
        let got = formula.heat(&tallies[0], &parts, &SCALE, monday().timestamp_millis());
        assert!(near(got, want), "{code}: {got} {want}");
        assert_eq!(formula.code(), code);
    }
    assert_eq!(Formula::called("heat"), None);
}

#[test]
fn a_burst_is_told_by_the_same_weekdays_of_the_past() {
    let tally = |people: u32, past: &[u32]| Tally { people, past: past.to_vec(), ..events(&worked()).remove(0) };
    // Mean, sample variance; the spread is at least the mean's (Poisson).
    for (people, past, want) in [
        (9, [2, 4, 3, 3].as_slice(), Some(3.0)),
        (5, &[0, 10], Some(0.0)),
        (12, &[4, 0, 8, 0], Some(9.0 / (44f64 / 3.0 + 1.0).sqrt())),
        (1, &[4, 4], Some(-3.0 / 5f64.sqrt())),
        (9, &[1], None),
        (9, &[], None),
    ] {
        let got = usual_z(&tally(people, past));
        assert!(got.zip(want).map_or(got == want, |(got, want)| near(got, want)), "{past:?}: {got:?} {want:?}");
    }
    // Two weeks back one more caller, one of them twice; three weeks back nothing was kept yet.
    let mut facts =
        vec![fact(5, 24 * 15, "g_a", Some(7)), fact(6, 24 * 15 + 1, "g_a", Some(7)), fact(8, 24 * 24, "g_b", None)];
    facts.extend(worked().into_iter().take(4));
    assert_eq!(events(&facts)[0].past, [0, 1]);
}

#[test]
fn ten_callers_are_hot_and_one_who_calls_ten_times_is_not() {
    let angry = (0..10).map(|n| fact(n + 1, 30 + n, "g_one", Some(1)));
    let many = (0..10).map(|n| fact(n + 11, 30 + n, "g_ten", Some(100 + n as u64)));
    let facts: Vec<Fact> = angry.chain(many).chain([begun()]).collect();
    let found = events(&facts);
    let [one, ten] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((one.cases, one.people, one.repeated), (10, 1, 9));
    assert_eq!((ten.cases, ten.people, ten.repeated), (10, 10, 0));
    // The angry one counts once in V.
    assert!(near(one.halved, 2f64.powf(-30.0 / 168.0)), "{}", one.halved);
    assert!(ten.halved > 8.0, "{}", ten.halved);
    assert!(heat(ten) > 2.0 * heat(one), "{} {}", heat(ten), heat(one));
    let other = |tally: &Tally| Formula::Count.heat(tally, &Parts::of(tally, None, &SCALE), &SCALE, 0);
    assert_eq!(other(one), other(ten), "by mere count they are alike");
}

#[test]
fn neither_the_order_of_rows_nor_how_they_came_makes_a_difference() {
    let mut facts: Vec<Fact> = (0..60)
        .map(|n| Fact {
            district: [Some("樊城区".to_owned()), Some("襄城区".to_owned()), None][n as usize % 3].clone(),
            ..fact(n + 1, n * 7 % 400, &format!("g_{}", n % 5), (n % 4 > 0).then_some(n as u64 % 9))
        })
        .collect();
    facts.push(begun());
    let told = |facts: &[Fact], at_once: usize| {
        let mut frame = Frame::new(*monday().offset()).unwrap();
        for some in facts.chunks(at_once) {
            frame.absorb(some.to_vec()).unwrap();
        }
        let scope = Scope::default();
        let all = [Over::Event, Over::Cell].into_iter().flat_map(|over| {
            let (from, half_life) = (monday() - TimeDelta::days(7), TimeDelta::hours(72));
            let asked = Asked { scope: &scope, over, from, to: monday(), as_of: monday(), half_life, signs: SIGNS };
            let mut found = tallies(&frame.snapshot().unwrap(), &asked).unwrap();
            rank(&mut found, |tally| (heat(tally), tally));
            found.into_iter().map(|tally| Tally { arrivals: Vec::new(), ..tally })
        });
        all.collect::<Vec<_>>()
    };
    let want = told(&facts, 100);
    assert!(want.len() == 5 + 3, "{}", want.len());
    for (turn, at_once) in [(7, 1), (31, 4), (50, 9)] {
        facts.rotate_left(turn);
        // As they come, so they are numbered.
        facts.iter_mut().zip(1..).for_each(|(fact, n)| (fact.arrival, fact.seq) = (n, n));
        assert_eq!(told(&facts, at_once), want, "{turn} {at_once}");
    }
}

#[test]
fn only_what_was_known_then_counts() {
    let now = events(&worked());
    let then = monday() - TimeDelta::hours(13);
    let before = counted(&worked(), Over::Event, &Scope::default(), monday(), then);
    assert_eq!((now[0].cases, before[0].cases), (4, 3), "the last was received 12 hours ago");
    assert_eq!((before[0].overdue, before[0].closed, before[0].heard), (0, 0, 0), "its deadline was to come");
    // The age counts from then: 11, 71 hours, and the first telling is the caller's own again.
    assert!(near(before[0].halved, 2f64.powf(-11.0 / 168.0) + 2f64.powf(-71.0 / 168.0)), "{}", before[0].halved);
    let earlier = counted(&worked(), Over::Event, &Scope::default(), monday(), monday() - TimeDelta::hours(3));
    assert_eq!((earlier[0].cases, earlier[0].closed, earlier[0].overdue), (4, 0, 2), "not answered yet, and late");
    let at_the_moment = counted(&worked(), Over::Event, &Scope::default(), monday(), monday() - TimeDelta::hours(12));
    assert_eq!(at_the_moment[0].cases, 4, "what is received at the moment itself is known");
}

#[test]
fn places_and_kinds_are_compared_within_a_scope() {
    let mut facts = worked();
    facts.push(Fact { district: None, street: Some("张湾街道".into()), issue: None, ..fact(5, 5, "", None) });
    facts.push(Fact { category: Some("0706".into()), street: Some("米公街道".into()), ..fact(6, 6, "g_c", None) });
    let cells = |over, scope: &Scope| counted(&facts, over, scope, monday(), monday());
    let all = Scope::default();
    let found: Vec<(Subject, u32)> =
        cells(Over::Cell, &all).into_iter().map(|tally| (tally.subject, tally.cases)).collect();
    let cell = |category: &str, district: Option<&str>| Subject::Cell {
        category: Some(category.into()),
        district: district.map(str::to_owned),
    };
    assert_eq!(found, [(cell("0702", None), 1), (cell("0702", Some("樊城区")), 4), (cell("0706", Some("樊城区")), 1)]);
    assert_eq!(found[0].0.scope(&all).link(), "/v1/complaints?category=0702&district=-");
    assert_eq!(cells(Over::Street, &all).len(), 2);
    let only = Scope { category: Some("0706".into()), ..Scope::default() };
    assert_eq!((cells(Over::Cell, &only).len(), cells(Over::Event, &only).len()), (1, 1));
}

#[test]
fn equal_heat_has_one_order() {
    let tally = |issue: &str, people: u32, cases: u32, last_at: i64| Tally {
        subject: Subject::Event { issue: issue.into() },
        people,
        cases,
        last_at,
        ..events(&worked()).remove(0)
    };
    let mut found = vec![
        (1.0, tally("g_c", 2, 2, 5)),
        (1.0, tally("g_b", 2, 2, 5)),
        (1.0, tally("g_d", 2, 2, 9)),
        (1.0, tally("g_e", 2, 3, 1)),
        (1.0, tally("g_f", 3, 3, 1)),
        (2.0, tally("g_g", 1, 1, 1)),
    ];
    rank(&mut found, |(heat, tally)| (*heat, tally));
    let order: Vec<String> = found.iter().map(|(_, tally)| format!("{:?}", tally.subject)).collect();
    let want = ["g_g", "g_f", "g_e", "g_d", "g_b", "g_c"];
    assert!(order.iter().zip(want).all(|(got, want)| got.contains(want)), "{order:?}");
}

#[test]
fn the_settings_as_documented_are_the_programs_own() {
    assert_eq!(settings(&[]).settings.hotspots, guikou::insight::hotspots::Options::default());
}

// ── through the door ────────────────────────────────────────────────────────────────────────────────────────────

const AT: &str = "as_of=2026-11-20T09:00:00%2B08:00&from=2026-11-01";

fn asked(address: SocketAddr, query: &str) -> Reply {
    let reply = get(address, &format!("/v1/hotspots?{query}"));
    assert_eq!(reply.status, 200, "{query}: {}", reply.body);
    reply
}

fn rows(answer: &Value) -> Vec<Value> {
    answer["rows"].as_array().unwrap().clone()
}

/// Two events, the second with a protected case, and one case alone; all with callers.
fn told(address: SocketAddr) {
    for (n, text) in SMOKE.iter().enumerate() {
        let caller = ["k1", "k2", "k1"][n];
        kept(
            address,
            &json!({"text": text, "title": "油烟扰民", "reference": format!("A-{n}"),
            "received_at": on(3 + n as u32), "reporter_key": caller, "location": {"area_code": "420606"}}),
        );
    }
    for (n, text) in SITE.iter().enumerate() {
        kept(address, &json!({"text": text, "received_at": on(8 + n as u32), "flags": ["info_protect"]}));
    }
    kept(address, &json!({"text": LIFT, "received_at": on(19)}));
}

#[test]
fn an_empty_store_has_no_hotspots() {
    let address = server();
    for over in ["event", "cell", "street"] {
        let answer = asked(address, &format!("over={over}")).json();
        assert_eq!((&answer["total"], &answer["rows"]), (&json!(0), &json!([])), "{answer}");
    }
    assert_eq!(asked(address, "format=csv").body.lines().count(), 1);
}

#[test]
fn every_hotspot_says_what_where_and_why_and_leads_to_exactly_its_cases() {
    let address = server();
    told(address);
    let answer = asked(address, AT).json();
    let found = rows(&answer);
    assert_eq!((found.len(), &answer["total"], &answer["over"]), (2, &json!(2), &json!("event")), "{answer}");
    assert_eq!(answer["formula"]["code"], "guikou");
    assert_eq!(answer["formula"]["half_life_hours"], 168.0);
    let smoke = found.iter().find(|row| row["cases"] == 3).unwrap();
    assert!(smoke["title"].as_str().unwrap().starts_with("樊城区云锦苑小区 餐饮油烟"), "{smoke}");
    assert_eq!(smoke["category"], json!({"code": "0706", "name": "餐饮油烟"}));
    assert_eq!(
        (&smoke["people"], &smoke["district"], &smoke["place"]),
        (&json!(2), &json!("樊城区"), &json!("云锦苑小区"))
    );
    assert_eq!(smoke["parts"]["returns"]["repeated"], 1);
    assert_eq!(smoke["growth"], json!({"before": null, "change": null}));
    assert_eq!(smoke["status"]["closed"], 0);
    assert!(smoke["keywords"].as_array().unwrap().iter().any(|word| word == "油烟"), "{smoke}");
    assert_eq!(smoke["units"][0]["cases"], 3);
    let points: f64 = ["volume", "burst", "people", "severity", "returns"]
        .iter()
        .map(|part| smoke["parts"][part]["points"].as_f64().unwrap())
        .sum();
    assert!(near(points, smoke["heat"].as_f64().unwrap()), "{smoke}");
    for over in ["event", "cell", "street"] {
        for row in rows(&asked(address, &format!("{AT}&over={over}")).json()) {
            let list = get(address, row["link"].as_str().unwrap()).json();
            assert_eq!(json!(list["items"].as_array().unwrap().len()), row["cases"], "{row}");
        }
    }
    let cells = rows(&asked(address, &format!("{AT}&over=cell")).json());
    let many = |row: &Value| row["cases"].as_i64().unwrap() >= 2;
    assert!(!cells.is_empty() && cells.iter().all(many), "one case alone is no hotspot: {cells:?}");
    assert_eq!(answer["as_of"], "2026-11-20T09:00:00+08:00");
    let before = asked(address, "as_of=2026-11-04T12:00:00%2B08:00&from=2026-11-01").json();
    let [row] = rows(&before).try_into().unwrap();
    assert_eq!(row["cases"], 2, "{row}");
    assert_eq!(get(address, row["link"].as_str().unwrap()).json()["items"].as_array().unwrap().len(), 2);
}

#[test]
fn a_formula_may_be_chosen_and_is_named() {
    let address = server();
    told(address);
    for (formula, want) in [("count", 3.0), ("span", 0.6 * 3.0 + 0.1 * 2.0), ("teddy", 0.7 * 3.0 / 2.0)] {
        let answer = asked(address, &format!("{AT}&formula={formula}&category=0706&top=1")).json();
        assert_eq!(answer["formula"]["code"], formula);
        let row = &rows(&answer)[0];
        assert!(near(row["heat"].as_f64().unwrap(), want), "{formula}: {row}");
        assert!(row["parts"]["volume"]["points"].as_f64().unwrap() > 0.0, "the parts are told whatever the formula");
    }
}

#[test]
fn a_group_put_together_by_people_is_one_hotspot() {
    let address = server();
    told(address);
    let ids: Vec<Value> = rows(&asked(address, AT).json()).iter().map(|row| row["id"].clone()).collect();
    let merge = format!("/v1/issues/{}:merge", ids[0].as_str().unwrap());
    assert_eq!(post(address, &merge, &json!({"with": ids[1], "actor": "组长"})).status, 200);
    let found = rows(&asked(address, AT).json());
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((&found[0]["id"], &found[0]["cases"]), (&ids[0], &json!(5)));
}

#[test]
fn what_the_protected_said_stands_in_no_answer_and_no_table() {
    let address = server();
    told(address);
    let tables = ["hotspots", "details", "figures"].map(|table| format!("{AT}&format=csv&table={table}"));
    for query in tables.iter().map(String::as_str).chain([AT, &format!("{AT}&over=cell")]) {
        let body = asked(address, query).body;
        for word in ["打桩", "高考", "凌晨"] {
            assert!(!body.contains(word), "{query}: {body}");
        }
    }
}

#[test]
fn the_two_customary_tables_are_given_as_files() {
    let address = server();
    told(address);
    let csv = asked(address, &format!("{AT}&format=csv")).body;
    let lines: Vec<&str> = csv.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!((lines[0], lines.len()), ("热度排名,问题ID,热度指数,时间范围,地点/人群,问题描述", 3));
    assert!(csv.contains(",2026/11/03至2026/11/05,樊城区云锦苑小区,餐饮油烟"), "{csv}");
    let csv = asked(address, &format!("{AT}&format=csv&table=details")).body;
    let lines: Vec<&str> = csv.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines[0], "问题ID,留言编号,留言用户,留言主题,留言时间,留言详情,点赞数,反对数");
    let smoke: Vec<Vec<&str>> = lines
        .iter()
        .map(|line| line.split(',').collect())
        .filter(|cells: &Vec<&str>| cells[1].starts_with("A-"))
        .collect();
    let user: Vec<&str> = smoke.iter().map(|cells| cells[2]).collect();
    assert_eq!(user, ["第 1 位诉求人", "第 2 位诉求人", "第 1 位诉求人"]);
    assert_eq!((smoke[0][1], smoke[0][3], smoke[0][4]), ("A-0", "油烟扰民", "2026-11-03T09:00:00+08:00"));
    assert!(smoke[0][5].starts_with("云锦苑小区楼下烧烤店油烟太大"), "{smoke:?}");
    assert_eq!((lines.len(), smoke[0][6], smoke[0][7]), (1 + 5, "", ""));
    assert!(!csv.contains("k1"), "nobody is told by what the sender calls them");
    for format in ["jsonl", "xlsx", "parquet"] {
        let reply =
            crate::door::send(address, "HEAD", &format!("/v1/hotspots?{AT}&format={format}&table=details"), &[], b"");
        assert_eq!(reply.status, 200, "{format}");
        assert!(reply.header("content-disposition").unwrap().contains(&format!(".{format}")), "{reply:?}");
    }
}

#[test]
fn what_is_asked_wrongly_is_named() {
    let address = server();
    for (query, wrong) in [
        ("over=city", "?over"),
        ("formula=heat", "?formula"),
        ("top=0", "?top"),
        ("top=501", "?top"),
        ("as_of=soon", "?as_of"),
        ("table=details", "?table"),
        ("format=csv&table=all", "?table"),
        ("likes=1", "?likes"),
        ("from=2026-11-03&to=2026-11-01", "?to"),
    ] {
        let reply = get(address, &format!("/v1/hotspots?{query}"));
        assert_eq!((reply.status, &reply.json()["errors"][0]["pointer"]), (422, &json!(wrong)), "{query}");
    }
}

#[test]
fn a_date_is_a_day_of_the_hotline_wherever_the_machine_stands() {
    // The sample city counts days at +08:00; most machines that run tests stand at UTC.
    let begins: DateTime<FixedOffset> = "2026-11-02T00:00:00+08:00".parse().unwrap();
    for path in ["/v1/hotspots?as_of=2026-11-02", "/v1/bursts?as_of=2026-11-02", "/v1/departments?as_of=2026-11-02"] {
        let answer = get(*SHARED, path).json();
        let as_of: DateTime<FixedOffset> = answer["as_of"].as_str().unwrap().parse().unwrap();
        assert_eq!(as_of, begins, "{path}");
    }
    let asked = "from=2026-11-02&to=2026-11-02";
    let answer = get(*SHARED, &format!("/v1/departments?{asked}")).json();
    let time = |name: &str| answer[name].as_str().unwrap().parse::<DateTime<FixedOffset>>().unwrap();
    assert_eq!((time("from"), time("to") - time("from")), (begins, TimeDelta::days(1)));
}
