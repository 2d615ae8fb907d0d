//! What is not for dispatch, told to the shipped model: emergencies are handed over at once, what only sounds like one
//! is not, other channels are told, and what is no request goes to a person.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use guikou::case::{Complaint, ComplaintText, Decision, Suggestion};
use guikou::triage::{Triage, Wanted};
use serde::Deserialize;

static TRIAGE: LazyLock<Triage> =
    LazyLock::new(|| Triage::load(Path::new("data"), Path::new("models/default")).unwrap());

/// Of the 28 cases for another channel, so many are told it; the rest are left to a person.
const REDIRECTED: usize = 27;

/// One line of `tests/fixtures/scope*.jsonl`; the note may name further units that would do.
#[derive(Deserialize)]
struct Case {
    id: String,
    text: String,
    expect: String,
    unit: String,
    note: String,
}

/// Each case that expects this decision, with what is suggested for it.
fn suggested(file: &str, expect: &str) -> Vec<(Case, Suggestion)> {
    let lines = fs::read_to_string(Path::new("tests/fixtures").join(file)).unwrap();
    let cases: Vec<Case> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let cases: Vec<Case> = cases.into_iter().filter(|case| case.expect == expect).collect();
    let complaint = |case: &Case| Complaint::of(ComplaintText::parse(&case.text).unwrap());
    let complaints: Vec<Complaint> = cases.iter().map(complaint).collect();
    let answers = TRIAGE.suggest(&complaints, Wanted { top_k: 5, explain: false });
    cases.into_iter().zip(answers.into_iter().map(Result::unwrap)).collect()
}

/// The cases that are not answered as they should be, told one a line.
fn wrong(answered: &[(Case, Suggestion)], right: impl Fn(&Case, &Suggestion) -> bool) -> Vec<String> {
    let wrong = answered.iter().filter(|(case, answer)| !right(case, answer));
    let told = |(case, answer): &(Case, Suggestion)| {
        let lead = &answer.assignment[0].lead.code;
        format!("{} {:?} {lead} ({}): {}", case.id, answer.decision, answer.decision_reason, case.text)
    };
    wrong.map(told).collect()
}

fn is_handed_over(case: &Case, answer: &Suggestion) -> bool {
    let lead = answer.assignment[0].lead.code.as_str();
    answer.decision == Decision::TransferEmergency && (case.unit == lead || case.note.contains(lead))
}

fn is_ordinary(_: &Case, answer: &Suggestion) -> bool {
    !matches!(answer.decision, Decision::TransferEmergency | Decision::Redirect)
}

#[test]
fn no_emergency_of_the_table_is_missed() {
    let missed = wrong(&suggested("scope.jsonl", "transfer_emergency"), is_handed_over);
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn what_only_sounds_like_an_emergency_is_not_handed_over() {
    let alarmed = wrong(&suggested("scope.jsonl", "ordinary"), is_ordinary);
    assert!(alarmed.is_empty(), "{}", alarmed.join("\n"));
}

/// The level reached once the rules were mended after the first runs; those stand in `tests/fixtures/README.md`.
#[test]
fn wordings_that_no_rule_was_written_for_are_told_apart_as_well_as_before() {
    let missed = wrong(&suggested("scope_blind.jsonl", "transfer_emergency"), is_handed_over);
    assert!(missed.is_empty(), "{}", missed.join("\n"));
    let alarmed = wrong(&suggested("scope_blind.jsonl", "ordinary"), is_ordinary);
    assert!(alarmed.is_empty(), "{}", alarmed.join("\n"));
}

/// Lines of `data/corpus/S3.jsonl`, told by another hand than what was learnt: 75 emergencies and 45 that only sound like
/// one, by which no threshold was set; 53 are handed over, and 1 of the others. A model that learnt the file needs new lines
/// to be measured on.
#[test]
fn emergencies_told_indirectly_in_lines_not_learnt_are_mostly_handed_over() {
    let card = guikou::model::card::Card::load(Path::new("models/default")).unwrap();
    assert!(card.data.iter().all(|source| source.file != "S3.jsonl"), "the model learnt what it is measured on");
    let lines = fs::read_to_string("data/corpus/S3.jsonl").unwrap();
    let lines: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let complaint = |line: &serde_json::Value| {
        let [title, text] = ["title", "text"].map(|key| line[key].as_str().unwrap());
        Complaint { title: Some(title.to_owned()), ..Complaint::of(ComplaintText::parse(text).unwrap()) }
    };
    let complaints: Vec<Complaint> = lines.iter().map(complaint).collect();
    let answers = TRIAGE.suggest(&complaints, Wanted { top_k: 5, explain: false });
    let (mut handed_over, mut alarmed) = (0, 0);
    for (line, answer) in lines.iter().zip(answers) {
        let over = answer.unwrap().decision == Decision::TransferEmergency;
        *if line["l2"] == "9903" { &mut handed_over } else { &mut alarmed } += usize::from(over);
    }
    println!("handed over {handed_over} of 75, of what only sounds like it {alarmed} of 45");
    assert!(handed_over >= 50 && alarmed <= 3, "{handed_over} of 75 handed over, {alarmed} of 45 alarmed in vain");
}

#[test]
fn what_another_channel_decides_is_redirected_or_left_to_a_person() {
    let answered = suggested("scope.jsonl", "redirect");
    let dispatched = wrong(&answered, |_, answer| matches!(answer.decision, Decision::Redirect | Decision::Manual));
    assert!(dispatched.is_empty(), "{}", dispatched.join("\n"));
    let undirected = wrong(&answered, |_, answer| answer.decision == Decision::Redirect);
    assert!(answered.len() - undirected.len() >= REDIRECTED, "{}", undirected.join("\n"));
}

#[test]
fn what_is_no_request_goes_to_a_person() {
    let dispatched = wrong(&suggested("scope.jsonl", "manual"), |_, answer| answer.decision == Decision::Manual);
    assert!(dispatched.is_empty(), "{}", dispatched.join("\n"));
}
