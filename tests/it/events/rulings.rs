//! What people say of groups: it holds against all evidence, and each ruling can be taken back to the last id.

use std::cell::RefCell;
use std::collections::BTreeMap;

use guikou::triage::Ruling;
use proptest::prelude::*;
use serde_json::json;

use super::*;

/// Two groups, of the grill and of the building site; their ids and those of their cases.
fn two_groups(address: SocketAddr) -> ([Value; 2], Vec<Value>, Vec<Value>) {
    let keep = |text: &&str| kept(address, &json!({"text": text, "received_at": on(1)}))["id"].clone();
    let (smoke, site): (Vec<Value>, Vec<Value>) = (SMOKE.iter().map(keep).collect(), SITE.iter().map(keep).collect());
    let group =
        |case: &Value| get(address, &format!("/v1/complaints/{}", case.as_str().unwrap())).json()["issue"].clone();
    ([group(&smoke[0]), group(&site[0])], smoke, site)
}

fn last_act(issue: &Value) -> Value {
    issue["acts"].as_array().unwrap().last().unwrap()["n"].clone()
}

#[test]
fn a_merge_keeps_the_name_it_was_asked_of_and_undoing_it_brings_both_back() {
    let address = server();
    let ([smoke, site], of_smoke, of_site) = two_groups(address);
    let (before, before_site) = (read(address, &smoke), read(address, &site));
    // The smaller one takes up the larger.
    let merged = done(address, &site, "merge", json!({"with": smoke, "reason": "致电13912345678", "actor": "派单员"}));
    assert_eq!((&merged["id"], &merged["cases"], &merged["people"]), (&site, &json!(5), &json!(5)));
    let act = merged["acts"].as_array().unwrap().last().unwrap();
    assert_eq!((&act["kind"], &act["other"], &act["actor"]), (&json!("merge"), &smoke, &json!("派单员")));
    assert_eq!(act["cases"].as_array().unwrap().len(), 3);
    assert!(!act["reason"].to_string().contains("1391234"), "{act}");
    let taken = read(address, &smoke);
    assert_eq!((&taken["into_issue"], &taken["cases"], &taken["tellings"]), (&site, &json!(0), &json!([])));
    assert_eq!(kinds(&taken).last(), Some(&"merge"), "told in both");
    assert_eq!(list(address, "").len(), 1);

    let undone = done(address, &site, "undo", json!({"act": last_act(&merged)}));
    let cases = |issue: &Value| of(issue, "case");
    assert_eq!(cases(&undone), of_site);
    assert_eq!(cases(&read(address, &smoke)), of_smoke);
    for (id, before) in [(&smoke, before), (&site, before_site)] {
        let mut now = read(address, id);
        assert_eq!(kinds(&now).last(), Some(&"undo"));
        assert_eq!(now["acts"].as_array().unwrap().iter().rev().nth(1).unwrap()["undone_by"], last_act(&now));
        // All but the number of change and the log.
        (now["seq"], now["acts"]) = (before["seq"].clone(), before["acts"].clone());
        assert_eq!(now, before);
    }
}

#[test]
fn a_split_holds_when_later_cases_come_and_undoing_it_brings_the_group_back() {
    let address = server();
    let ([smoke, _], of_smoke, _) = two_groups(address);
    let both = done(address, &smoke, "split", json!({"cases": [of_smoke[2]], "reason": "另一家店"}));
    assert_eq!((&both["issue"]["id"], &both["issue"]["cases"], &both["other"]), (&smoke, &json!(2), &Value::Null));
    // As like the one as the others.
    let later = kept(address, &json!({"text": SMOKE[2], "received_at": on(2)}));
    let first = get(address, &format!("/v1/complaints/{}", of_smoke[0].as_str().unwrap())).json()["issue"].clone();
    let out = get(address, &format!("/v1/complaints/{}", of_smoke[2].as_str().unwrap())).json()["issue"].clone();
    assert!(first == smoke && out != smoke, "{first} {out}");
    let split =
        read(address, &smoke)["acts"].as_array().unwrap().iter().find(|act| act["kind"] == "split").unwrap()["n"]
            .clone();
    let undone = done(address, &smoke, "undo", json!({"act": split}));
    let cases = of(&undone, "case");
    assert!(of_smoke.iter().all(|case| cases.contains(case)) && cases.contains(&later["id"]), "{undone}");
}

#[test]
fn cases_split_off_together_are_a_group_of_their_own() {
    let address = server();
    let ([smoke, site], of_smoke, of_site) = two_groups(address);
    done(address, &smoke, "merge", json!({"with": site}));
    let both = done(address, &smoke, "split", json!({"cases": of_site}));
    assert_eq!((of(&both["issue"], "case"), of(&both["other"], "case")), (of_smoke, of_site));
    let act = both["other"]["acts"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&act["kind"], &act["issue"], &act["other"]), (&json!("split"), &smoke, &both["other"]["id"]));
    // What was split can be put together again: the last word counts.
    let merged = done(address, &smoke, "merge", json!({"with": both["other"]["id"]}));
    assert_eq!(merged["cases"], 5);
}

#[test]
fn what_the_machine_did_can_be_undone_and_stays_undone() {
    let address = server();
    let ([smoke, site], of_smoke, of_site) = two_groups(address);
    let (found, join) = (&read(address, &smoke)["acts"][0], &read(address, &smoke)["acts"][1]);
    assert_eq!((&found["kind"], &join["kind"]), (&json!("found"), &json!("join")));
    let undone = done(address, &smoke, "undo", json!({"act": join["n"], "reason": "不是一家"}));
    assert_eq!(of(&undone, "case"), of_smoke[..2]);
    let late = kept(address, &json!({"text": SMOKE[1], "received_at": on(1)}));
    let group =
        |case: &Value| get(address, &format!("/v1/complaints/{}", case.as_str().unwrap())).json()["issue"].clone();
    assert_eq!((group(&late["id"]), group(&of_smoke[2])), (smoke, Value::Null));
    let dissolved = done(address, &site, "undo", json!({"act": read(address, &site)["acts"][0]["n"]}));
    assert_eq!(
        (&dissolved["cases"], &dissolved["into_issue"], &dissolved["tellings"]),
        (&json!(0), &Value::Null, &json!([]))
    );
    assert_eq!(of_site.iter().map(group).collect::<Vec<_>>(), [Value::Null, Value::Null]);
}

#[test]
fn what_cannot_be_ruled_is_said_and_changes_nothing() {
    let address = server();
    let ([smoke, site], of_smoke, of_site) = two_groups(address);
    let join = read(address, &smoke)["acts"][1]["n"].clone();
    let nobody = json!("g_0");
    let check = |id: &Value, verb: &str, body: Value, status: u16, pointer: Option<&str>| {
        let before = (list(address, ""), read(address, &smoke));
        let reply = act(address, id, verb, &body);
        assert_eq!(reply.status, status, "{verb} {body}: {}", reply.body);
        assert_eq!(reply.json()["errors"][0]["pointer"].as_str(), pointer, "{verb} {body}");
        assert_eq!((list(address, ""), read(address, &smoke)), before, "{verb} {body}");
    };
    check(&smoke, "merge", json!({"with": smoke}), 422, Some("/with"));
    check(&smoke, "merge", json!({"with": nobody}), 422, Some("/with"));
    check(&smoke, "merge", json!({}), 422, Some("/with"));
    check(&smoke, "merge", json!({"with": site, "why": "x"}), 422, Some("/why"));
    check(&nobody, "merge", json!({"with": site}), 404, None);
    check(&smoke, "split", json!({"cases": of_smoke}), 422, Some("/cases"));
    check(&smoke, "split", json!({"cases": []}), 422, Some("/cases"));
    check(&smoke, "split", json!({"cases": [of_site[0]]}), 422, Some("/cases"));
    check(&smoke, "split", json!({"cases": ["c_0"]}), 422, Some("/cases"));
    check(&nobody, "split", json!({"cases": [of_smoke[0]]}), 404, None);
    check(&smoke, "undo", json!({"act": 0}), 422, Some("/act"));
    check(&smoke, "undo", json!({"act": 99}), 404, None);
    check(&site, "undo", json!({"act": join}), 404, None);
    check(&smoke, "close", json!({}), 404, None);
    assert_eq!(post(address, &format!("/v1/issues/{}", smoke.as_str().unwrap()), &json!({})).status, 404);
    assert_eq!(get(address, "/v1/issues/g_0").status, 404);

    let merged = done(address, &site, "merge", json!({"with": smoke}));
    check(&smoke, "merge", json!({"with": site}), 404, None);
    let act = last_act(&merged);
    done(address, &site, "undo", json!({"act": act}));
    check(&site, "undo", json!({"act": act}), 409, None);
    check(&site, "undo", json!({"act": last_act(&read(address, &site))}), 409, None);
}

/// One ruling on the groups that stand, chosen by numbers.
#[derive(Debug, Clone)]
enum Say {
    Merge(usize, usize),
    Split(usize, u8),
}

fn says() -> impl Strategy<Value = Vec<Say>> {
    let merge = (0..8usize, 0..8usize).prop_map(|(a, b)| Say::Merge(a, b));
    let split = (0..8usize, any::<u8>()).prop_map(|(a, mask)| Say::Split(a, mask));
    prop::collection::vec(prop_oneof![merge, split], 1..6)
}

/// Groups in use with all that is said of them but their numbers of change, and the group of each case.
type All = (Vec<Value>, BTreeMap<String, Option<String>>);

fn all_of(triage: &Triage) -> All {
    let page = triage.store().issues(&IssueFilter::default(), &Seek::first(last_told_first()), 200, None).unwrap();
    let mut all: Vec<Value> = page.items.iter().map(|line| json!(line.issue)).collect();
    all.iter_mut().for_each(|issue| issue["seq"] = Value::Null);
    all.sort_by_key(|issue| issue["id"].to_string());
    (all, groups(triage))
}

/// Rules, where it can be ruled; the group and the act.
fn rule(triage: &Triage, say: &Say) -> Option<(String, i64)> {
    let mut members: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (reference, group) in groups(triage) {
        members.entry(group.unwrap_or_default()).or_default().push(reference);
    }
    members.remove("");
    // By their first case: names are made by chance.
    let mut named: Vec<(String, Vec<String>)> = members.into_iter().collect();
    named.sort_by(|a, b| a.1.cmp(&b.1));
    let (issue, cases) = match say {
        Say::Merge(a, _) | Say::Split(a, _) => named.get(a % named.len().max(1))?,
    };
    let (ruling, now) = (Ruling::default(), moment(20));
    match say {
        Say::Merge(_, b) => {
            let (other, _) = &named[b % named.len()];
            triage.merge(issue, other, &ruling, now).ok().filter(|()| issue != other)?;
        }
        Say::Split(_, mask) => {
            let out = cases.iter().zip(0..).filter(|(_, n)| mask >> (n % 8) & 1 == 1);
            let out: Vec<String> =
                out.map(|(case, _)| triage.store().find_reference(case).unwrap().unwrap().id).collect();
            triage.split(issue, &out, &ruling, now).ok()?;
        }
    }
    let story = triage.store().issue(issue).unwrap().unwrap();
    let last = story.acts.into_iter().rfind(|act| act.actor.is_some()).unwrap();
    Some((issue.clone(), last.n))
}

thread_local! {
    static TRIAGE: RefCell<Option<Triage>> = const { RefCell::new(None) };
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rulings_undone_in_reverse_leave_no_trace(order in Just(many()).prop_shuffle(), first in 4..13usize, says in says(), more in says()) {
        let triage = TRIAGE.take().unwrap_or_else(triage).keeping_in(Store::open(None).unwrap()).unwrap();
        let (early, late) = order.split_at(first);
        keep(&triage, early);
        // What stands may have been ruled already.
        says.iter().for_each(|say| _ = rule(&triage, say));
        keep(&triage, late);
        let before = all_of(&triage);
        let mut stack: Vec<((String, i64), All)> = Vec::new();
        for say in &more {
            let standing = all_of(&triage);
            if let Some(done) = rule(&triage, say) {
                stack.push((done, standing));
            }
        }
        while let Some(((issue, act), standing)) = stack.pop() {
            triage.undo(&issue, act, &Ruling::default(), moment(20)).unwrap();
            prop_assert_eq!(all_of(&triage), standing);
        }
        prop_assert_eq!(all_of(&triage), before);
        TRIAGE.set(Some(triage));
    }
}

/// Groups by what is in them, with what is said of each but what is made by chance.
fn by_cases(triage: &Triage) -> BTreeMap<BTreeSet<String>, Value> {
    let (all, of_cases) = all_of(triage);
    let members = |id: &Value| {
        let inside = of_cases.iter().filter(|(_, group)| group.as_deref() == id.as_str());
        inside.map(|(reference, _)| reference.clone()).collect::<BTreeSet<_>>()
    };
    let plain = |mut issue: Value| {
        let id = issue["id"].take();
        issue["medoid"] = Value::Null;
        (members(&id), issue)
    };
    all.into_iter().map(plain).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_in_any_batches_gives_the_same_groups(order in Just(many()).prop_shuffle(), at_once in 1..6usize) {
        let mut triage = TRIAGE.take().unwrap_or_else(triage).keeping_in(Store::open(None).unwrap()).unwrap();
        keep(&triage, &many());
        let wanted = by_cases(&triage);
        prop_assert!(wanted.len() >= 4 && wanted.keys().any(|cases| cases.len() > 2), "{wanted:?}");
        triage = triage.keeping_in(Store::open(None).unwrap()).unwrap();
        order.chunks(at_once).for_each(|some| keep(&triage, some));
        prop_assert_eq!(by_cases(&triage), wanted);
        TRIAGE.set(Some(triage));
    }
}

/// Five events of two to four tellings, some of them rather like each other.
fn many() -> Vec<Complaint> {
    let again = |text: &str| format!("{text}，投诉多次没有结果");
    let mut many = vec![told("L1", LIFT, 3, None), told("L2", &again(LIFT), 4, None)];
    many.extend([told("W1", SMOKE_ELSEWHERE, 3, None), told("W2", &again(SMOKE_ELSEWHERE), 5, None)]);
    many.extend(SMOKE.iter().zip(1..).map(|(text, n)| told(&format!("E{n}"), text, n, None)));
    many.push(told("E4", &again(SMOKE[1]), 6, Some("k1")));
    many.extend(SITE.iter().zip(4..).map(|(text, n)| told(&format!("S{n}"), text, n, None)));
    many.extend(
        ["丽景花园小区楼下烧烤店油烟呛人", "云锦苑小区楼下烧烤店半夜噪声大，吵得睡不着"]
            .iter()
            .zip(1..)
            .map(|(text, n)| told(&format!("M{n}"), text, n, Some("k2"))),
    );
    many
}
