//! Open answers (开放题): themes proposed, signed off, mapped and quoted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use guikou::case::{
    AnswerKey, Confirmed, Description, Frame, FrameStep, Mapped, MappedTheme, NO_OPINION, Scored, Sentiment,
};
use guikou::error::Kind;
use guikou::themes::{self, Answer, Mapper, Proposal, ProposeOptions, QuoteRules, Reading, Taught};

#[path = "../../benches/themes/ground.rs"]
mod ground;

use ground::{Ground, Survey};

const QUIET: &(dyn Fn(usize, usize) + Sync) = &|_, _| {};

/// Read once for all tests: the encoder takes its time.
static READ: LazyLock<(Ground, [Survey; 3])> = LazyLock::new(|| {
    let ground = Ground::load();
    let surveys = ground::SURVEYS.map(|name| ground.survey(name));
    (ground, surveys)
});

fn hall() -> (&'static Ground, &'static Survey) {
    (&READ.0, &READ.1[2])
}

/// The same answers in another order.
fn shuffled(answers: &[Answer]) -> Vec<Answer> {
    let mut shuffled: Vec<Answer> = answers.to_vec();
    shuffled.sort_by_key(|answer| {
        let number: u64 = answer.key.respondent.parse().unwrap();
        (number * 7919 % 401, answer.key.question.clone())
    });
    assert_ne!(shuffled[0].key, answers[0].key);
    shuffled
}

fn frame() -> Frame {
    let add = |frame: Frame, name: &str, under: Option<&str>| {
        let (name, under) = (name.to_owned(), under.map(str::to_owned));
        themes::signed(&frame, &FrameStep::Add { name, description: String::new(), under }).unwrap()
    };
    let frame = add(themes::empty_frame(), "停车", None);
    let frame = add(frame, "电梯", None);
    let frame = add(frame, "加装费用", Some("T02"));
    add(frame, "电梯维保", Some("T02"))
}

fn codes(frame: &Frame) -> Vec<String> {
    frame
        .themes
        .iter()
        .flat_map(|theme| std::iter::once(&theme.code).chain(theme.sub.iter().map(|s| &s.code)))
        .cloned()
        .collect()
}

#[test]
fn the_order_of_the_answers_changes_nothing() {
    let (ground, survey) = hall();
    let other = shuffled(&survey.answers);
    assert_eq!(themes::floods(&survey.answers), themes::floods(&other));
    let proposal = themes::propose(&survey.answers, &ProposeOptions::default(), QUIET);
    assert_eq!(proposal, themes::propose(&other, &ProposeOptions::default(), QUIET));

    let taught = ground.taught(&survey.frame);
    let frame = with_confirmed(survey, 3);
    let map = |answers: &[Answer]| {
        let mapper = Mapper::learn(&frame, &taught, answers, QUIET);
        let mapped = mapper.map(answers, &themes::floods(answers), QUIET);
        let quotes = themes::quotes(&mapper, "T02", answers, &mapped, QuoteRules::default());
        let by_key: BTreeMap<AnswerKey, _> = mapped.into_iter().map(|mapped| (mapped.answer.clone(), mapped)).collect();
        (by_key, quotes, mapper.to_confirm(answers, &themes::floods(answers), 40))
    };
    assert_eq!(map(&survey.answers), map(&other));
}

fn with_confirmed(survey: &Survey, each: usize) -> Frame {
    let mut frame = survey.frame.clone();
    let mut chosen = BTreeSet::new();
    for theme in &survey.frame.themes {
        let of = survey.gold.iter().filter(|(_, gold)| gold.codes.iter().any(|code| code.starts_with(&theme.code)));
        chosen.extend(of.map(|(key, _)| key).take(each));
    }
    let confirm = |key: &AnswerKey| Confirmed { answer: key.clone(), codes: survey.gold[key].codes.clone() };
    frame.confirmed = chosen.into_iter().map(confirm).collect();
    frame
}

#[test]
fn proposed_themes_are_whole_on_two_levels_and_none_takes_a_third() {
    let (_, survey) = hall();
    let options = ProposeOptions::default();
    let proposal = themes::propose(&survey.answers, &options, QUIET);
    let proper: Vec<_> = proposal.frame.themes.iter().filter(|theme| theme.is_theme()).collect();
    assert!((options.fewest..=options.most).contains(&proper.len()), "{} themes", proper.len());
    assert!(proper.iter().any(|theme| theme.sub.len() >= 2), "no theme is divided");
    let mut names = BTreeSet::new();
    for theme in &proper {
        assert!(names.insert(&theme.name) && !theme.name.starts_with("未命名"), "{} is no name", theme.name);
        assert!(theme.sentence.is_some() && !theme.words.is_empty(), "{} has nothing typical", theme.code);
    }
    let mut sizes: BTreeMap<String, usize> = BTreeMap::new();
    proposal.dominant().into_iter().for_each(|(_, code)| *sizes.entry(code).or_default() += 1);
    let all: usize = sizes.values().sum();
    assert_eq!(all, survey.answers.len());
    for (code, size) in sizes {
        assert!(3 * size < all, "{code} takes {size} of {all}");
        assert!(code == NO_OPINION || size >= 2, "{code} leads {size}");
    }
}

#[test]
fn themes_keep_their_codes_when_answers_are_added() {
    let (_, survey) = hall();
    let (some, added): (Vec<Answer>, Vec<Answer>) =
        survey.answers.iter().cloned().partition(|answer| !answer.key.respondent.ends_with('3'));
    assert!(added.len() > survey.answers.len() / 12);
    let options = ProposeOptions::default();
    let old = themes::propose(&some, &options, QUIET);
    let new = themes::extend(&old, &survey.answers, &options, QUIET);
    let of = |proposal: &Proposal| proposal.codes.iter().cloned().collect::<BTreeMap<_, _>>();
    let (before, after) = (of(&old), of(&new));
    let stood = before.iter().filter(|(key, codes)| after[key] == **codes).count();
    // Only copies of a first that was added later may fall elsewhere.
    assert!(stood + 3 >= before.len(), "{stood} of {} kept their themes", before.len());
    for theme in &old.frame.themes {
        let same = new.frame.themes.iter().find(|other| other.code == theme.code).unwrap();
        assert_eq!((&same.name, &same.sub), (&theme.name, &theme.sub));
    }
    let placed = added.iter().filter(|answer| after[&answer.key].iter().any(|code| code != NO_OPINION)).count();
    assert!(placed * 10 > added.len() * 7, "{placed} of {} new answers found a theme", added.len());
}

#[test]
fn a_flood_is_found_whole_and_counts_as_its_first() {
    let (ground, surveys) = &*READ;
    for survey in surveys {
        let name = survey.name;
        let floods = themes::floods(&survey.answers);
        assert_eq!(floods.len(), 1, "{name}");
        let copies: BTreeSet<&AnswerKey> = floods[0].copies.iter().collect();
        let gold = survey.gold.iter().filter(|(_, gold)| gold.copy_of.as_ref() == Some(&floods[0].first));
        assert_eq!(copies, gold.map(|(key, _)| key).collect(), "{name}");
        assert!(copies.len() == 13 && floods[0].minutes.is_some_and(|minutes| minutes < 90), "{:?}", floods[0]);
        if name == "bus" {
            let mapper = Mapper::learn(&survey.frame, &ground.taught(&survey.frame), &survey.answers, QUIET);
            let mapped = mapper.map(&survey.answers, &floods, QUIET);
            let of = |key: &AnswerKey| mapped.iter().find(|mapped| mapped.answer == *key).unwrap();
            let first = of(&floods[0].first);
            assert!(first.copy_of.is_none());
            for copy in copies {
                assert_eq!((&of(copy).themes, of(copy).copy_of.as_ref()), (&first.themes, Some(&floods[0].first)));
            }
        }
    }
}

#[test]
fn confirmed_answers_stand_and_what_says_nothing_has_no_theme() {
    let (ground, survey) = hall();
    let frame = with_confirmed(survey, 3);
    let mapper = Mapper::learn(&frame, &ground.taught(&survey.frame), &survey.answers, QUIET);
    let mapped = mapper.map(&survey.answers, &[], QUIET);
    assert_eq!(mapped.len(), survey.answers.len());
    let mut right = 0;
    for (mapped, answer) in mapped.iter().zip(&survey.answers) {
        assert_eq!(mapped.answer, answer.key);
        assert!(!mapped.themes.is_empty());
        let told: BTreeSet<&str> = mapped.themes.iter().map(|theme| theme.code.as_str()).collect();
        let truth: BTreeSet<&str> = survey.gold[&answer.key]
            .codes
            .iter()
            .map(|code| code.trim_end_matches(|c: char| c.is_ascii_lowercase()))
            .collect();
        if let Some(confirmed) = frame.confirmed.iter().find(|confirmed| confirmed.answer == answer.key) {
            assert!(mapped.confirmed, "{}", confirmed.answer);
            assert_eq!(told, truth, "{}", answer.key);
        } else {
            right += usize::from(!told.is_disjoint(&truth));
        }
        if themes::says_nothing(&answer.whole.text) && !mapped.confirmed {
            assert_eq!(told, BTreeSet::from([NO_OPINION]));
        }
        assert!(mapped.themes.iter().all(|theme| (0.0..=1.0).contains(&theme.probability)));
    }
    let asked = survey.answers.len() - frame.confirmed.len();
    assert!(2 * right > asked, "{right} of {asked} have a right theme");
    // A person is asked about what is told wrongly more often than not: not about copies, nor about what is confirmed.
    let floods = themes::floods(&survey.answers);
    let offered = mapper.to_confirm(&survey.answers, &floods, 60);
    let offered: BTreeSet<AnswerKey> = offered.into_iter().flat_map(|(_, keys)| keys).collect();
    assert_eq!(offered.len(), 60);
    assert!(frame.confirmed.iter().all(|confirmed| !offered.contains(&confirmed.answer)));
    assert!(floods.iter().flat_map(|flood| &flood.copies).all(|copy| !offered.contains(copy)));
    let wrong = |asked: bool| {
        let judged = mapped.iter().filter(|one| !one.confirmed && offered.contains(&one.answer) == asked);
        let errors = judged.clone().map(|one| {
            let told: BTreeSet<String> = one.themes.iter().map(|theme| theme.code.clone()).collect();
            let codes = survey.gold[&one.answer].codes.iter();
            let truth = codes.map(|code| code.trim_end_matches(|c: char| c.is_ascii_lowercase()).to_owned()).collect();
            told.symmetric_difference(&truth).count()
        });
        errors.sum::<usize>() as f64 / judged.count() as f64
    };
    assert!(wrong(true) > 1.5 * wrong(false), "{} errors an answer asked, {} others", wrong(true), wrong(false));
}

#[test]
fn what_was_asked_tells_what_is_answered() {
    let (ground, survey) = (&READ.0, &READ.1[1]);
    let praise = |key: &dyn Fn(&AnswerKey) -> AnswerKey| {
        // Every fourth is confirmed, so that both questions are.
        let confirm = |answer: &AnswerKey| Confirmed { answer: key(answer), codes: survey.gold[answer].codes.clone() };
        let confirmed = survey.gold.keys().step_by(4).map(confirm).collect();
        let frame = Frame { confirmed, ..survey.frame.clone() };
        let answers: Vec<Answer> =
            survey.answers.iter().map(|answer| Answer { key: key(&answer.key), ..answer.clone() }).collect();
        let mapper = Mapper::learn(&frame, &ground.taught(&survey.frame), &answers, QUIET);
        let (mut right, mut told, mut truth) = (0, 0, 0);
        for (mapped, answer) in mapper.map(&answers, &[], QUIET).into_iter().zip(&survey.answers) {
            let praised = survey.gold[&answer.key].codes.iter().any(|code| code.starts_with("T13"));
            let found = mapped.themes.iter().any(|theme| theme.code == "T13");
            if !mapped.confirmed {
                right += usize::from(found && praised);
                told += usize::from(found);
                truth += usize::from(praised);
            }
        }
        2.0 * right as f64 / (told + truth) as f64
    };
    // 最满意的是什么 is answered with praise (T13), 最想提的意见 is not: whoever does not know what was asked mixes them up.
    let asked = praise(&AnswerKey::clone);
    let unasked = praise(&|key| AnswerKey::new("open", format!("{}-{}", key.question, key.respondent)));
    assert!(asked > 0.8 && asked > unasked + 0.05, "F1 of praise {asked:.3}, {unasked:.3} without the question");
}

#[test]
fn excerpts_carry_no_personal_data_and_dissent_is_heard() {
    let (ground, surveys) = &*READ;
    let mut dissents = 0;
    for survey in surveys {
        let frame = with_confirmed(survey, 5);
        let attitude = ground.attitude(&[survey]);
        let mapper =
            Mapper::learn(&frame, &ground.taught(&survey.frame), &survey.answers, QUIET).feeling(attitude.into());
        let floods = themes::floods(&survey.answers);
        let mapped = mapper.map(&survey.answers, &floods, QUIET);
        let rules = QuoteRules::default();
        for theme in survey.frame.themes.iter().filter(|theme| theme.is_theme()) {
            let excerpts = themes::quotes(&mapper, &theme.code, &survey.answers, &mapped, rules);
            assert!(excerpts.len() <= 3 && excerpts.iter().filter(|excerpt| excerpt.dissent).count() <= 1);
            for excerpt in &excerpts {
                let length = excerpt.text.chars().count();
                assert!(length <= rules.longest && !excerpt.text.contains('['), "{}", excerpt.text);
                for personal in ["13800007215", "周德顺", "13871677405", "鄂F"] {
                    assert!(!excerpt.text.contains(personal), "{}", excerpt.text);
                }
                assert!(floods.iter().all(|flood| !flood.copies.contains(&excerpt.answer)));
            }
            if let Some(dissent) = excerpts.iter().find(|excerpt| excerpt.dissent) {
                assert!(excerpts.iter().all(|other| other.dissent || other.sentiment != dissent.sentiment));
                dissents += 1;
            }
        }
        let mut protected = survey.answers.clone();
        protected.iter_mut().for_each(|answer| answer.protected = true);
        assert!(themes::quotes(&mapper, "T02", &protected, &mapped, rules).is_empty());
    }
    assert!(dissents >= 10, "{dissents} themes have a dissenting voice");
}

#[test]
fn attitudes_learnt_from_other_surveys_are_mostly_right() {
    let (ground, [renovation, bus, hall]) = &*READ;
    let attitude = ground.attitude(&[renovation, bus]);
    let right = hall.answers.iter().filter(|answer| attitude.of(answer).0 == hall.gold[&answer.key].sentiment).count();
    assert!(right * 100 > hall.answers.len() * 62, "{right} of {} right", hall.answers.len());
    let (sentiment, sure) =
        attitude.of(&ground.answers(vec![(AnswerKey::new("q", "1"), None, "服务态度很好，点赞".to_owned())])[0]);
    assert!(sentiment == Sentiment::Positive && sure > 0.5, "{sentiment:?} {sure}");
}

#[test]
fn each_step_of_signing_off_makes_the_next_frame() {
    let steps: [(FrameStep, &[&str], &[&str]); 7] = [
        (
            FrameStep::Rename { code: "T01".into(), name: Some("停车位".into()), description: None },
            &["T01", "T02", "T02a", "T02b"],
            &[],
        ),
        (
            FrameStep::Merge { codes: vec!["T02".into()], into: "T01".into() },
            &["T01", "T01a", "T01b"],
            &["T02", "T02a", "T02b"],
        ),
        (FrameStep::Merge { codes: vec!["T02a".into()], into: "T02b".into() }, &["T01", "T02", "T02b"], &["T02a"]),
        (
            FrameStep::Split {
                code: "T01".into(),
                into: ["车位", "充电"]
                    .map(|name| Description { name: name.into(), description: String::new() })
                    .to_vec(),
            },
            &["T02", "T02a", "T02b", "T03", "T04"],
            &["T01"],
        ),
        (FrameStep::Drop { code: "T02".into() }, &["T01"], &["T02", "T02a", "T02b"]),
        (FrameStep::Move { code: "T02b".into(), under: None }, &["T01", "T02", "T02a", "T03"], &["T02b"]),
        (
            FrameStep::Move { code: "T02a".into(), under: Some("T01".into()) },
            &["T01", "T01a", "T02", "T02b"],
            &["T02a"],
        ),
    ];
    for (step, stand, retired) in steps {
        let next = themes::signed(&frame(), &step).unwrap();
        let expected: Vec<&str> = stand.iter().copied().chain(["NONE", "OFF"]).collect();
        assert_eq!(codes(&next), expected, "{step:?}");
        assert_eq!(next.retired.iter().map(String::as_str).collect::<Vec<_>>(), retired, "{step:?}");
    }
}

#[test]
fn what_was_confirmed_goes_where_its_theme_goes() {
    let answer = AnswerKey::new("q13", "7");
    let confirm = |codes: &[&str]| FrameStep::Confirm {
        answer: answer.clone(),
        codes: codes.iter().map(|c| (*c).to_owned()).collect(),
    };
    let confirmed =
        |frame: &Frame| -> Vec<String> { frame.confirmed.iter().flat_map(|one| one.codes.clone()).collect() };
    let frame = themes::signed(&frame(), &confirm(&["T01", "T02a"])).unwrap();
    let after = |step: FrameStep| confirmed(&themes::signed(&frame, &step).unwrap());
    assert_eq!(after(FrameStep::Merge { codes: vec!["T02".into()], into: "T01".into() }), ["T01a"]);
    assert_eq!(after(FrameStep::Drop { code: "T02a".into() }), ["T01", "T02"]);
    assert_eq!(after(FrameStep::Drop { code: "T01".into() }), Vec::<String>::new(), "it said more than is left");
    assert_eq!(after(confirm(&["NONE"])), ["NONE"]);
    assert_eq!(after(FrameStep::Unconfirm { answer: answer.clone() }), Vec::<String>::new());
}

#[test]
fn steps_that_make_no_sense_are_refused_with_what_to_do() {
    let answer = AnswerKey::new("q13", "7");
    let description = Description { name: "新".into(), description: String::new() };
    let refused: [(FrameStep, Kind, &str); 9] = [
        (FrameStep::Drop { code: "T09".into() }, Kind::NotFound, "没有主题 T09"),
        (FrameStep::Drop { code: "NONE".into() }, Kind::Conflict, "固定"),
        (FrameStep::Add { name: "停车".into(), description: String::new(), under: None }, Kind::Conflict, "T01 已叫"),
        (FrameStep::Add { name: "  ".into(), description: String::new(), under: None }, Kind::Invalid, "名称"),
        (
            FrameStep::Add { name: "新".into(), description: String::new(), under: Some("T02a".into()) },
            Kind::Conflict,
            "子主题",
        ),
        (FrameStep::Merge { codes: vec!["T01".into()], into: "T01".into() }, Kind::Invalid, "并入"),
        (FrameStep::Split { code: "T01".into(), into: vec![description] }, Kind::Invalid, "至少两个"),
        (FrameStep::Move { code: "T02".into(), under: Some("T01".into()) }, Kind::Conflict, "合并"),
        (
            FrameStep::Confirm { answer, codes: ["NONE", "T01"].map(str::to_owned).into() },
            Kind::Invalid,
            "不能与别的主题同时",
        ),
    ];
    for (step, kind, words) in refused {
        let error = themes::signed(&frame(), &step).unwrap_err();
        assert_eq!(error.kind, kind, "{step:?}");
        assert!(error.saying.zh.contains(words), "{}", error.saying.zh);
    }
}

#[test]
fn a_frame_is_read_from_a_file_as_from_the_wire() {
    let step = FrameStep::Confirm { answer: AnswerKey::new("q13", "7"), codes: ["T01".to_owned()].into() };
    let frame = themes::signed(&frame(), &step).unwrap();
    let file = r#"
        theme = [
            { code = "T01", name = "停车" },
            { code = "T02", name = "电梯", sub = [{ code = "T02a", name = "加装费用" }, { code = "T02b", name = "电梯维保" }] },
            { code = "NONE", name = "无意见或看不出意见", description = "“无”“没有”“不清楚”，或没有内容的话" },
            { code = "OFF", name = "与问卷无关", description = "广告、别的事" },
        ]
        confirmed = [{ answer = { question = "q13", respondent = "7" }, codes = ["T01"] }]
    "#;
    assert_eq!(toml::from_str::<Frame>(file).unwrap(), frame);
    let wire = serde_json::to_value(&frame).unwrap();
    assert_eq!(serde_json::from_value::<Frame>(wire).unwrap(), frame);
    assert!(serde_json::from_value::<Frame>(serde_json::json!({"themes": []})).is_err(), "an unknown field is refused");
    let step = serde_json::json!({"do": "merge", "codes": ["T02"], "into": "T01"});
    assert_eq!(
        serde_json::from_value::<FrameStep>(step).unwrap(),
        FrameStep::Merge { codes: vec!["T02".into()], into: "T01".into() }
    );
}

/// Worked by hand. T01's description: 0205 0.8, 0601 0.2. Two answers weigh 0.9 and 0.5 / 2 themes = 0.25:
/// 0205 (0.9 · 0.4 + 0.25 · 1) / 1.15 = 0.530435, 0401 0.9 · 0.6 / 1.15 = 0.469565. Half each: 0.665217, 0.234783, 0.1.
#[test]
fn a_theme_is_linked_to_the_categories_of_its_words_and_answers() {
    let reading = |categories: &[(&str, f32)]| Reading {
        categories: categories.iter().map(|(code, p)| Scored { code: (*code).to_owned(), probability: *p }).collect(),
        ..Reading::default()
    };
    let answer = |id: &str, whole: Reading| Answer {
        key: AnswerKey::new("q13", id),
        at: None,
        parts: vec![whole.clone()],
        whole,
        protected: false,
    };
    let answers = [answer("1", reading(&[("0401", 0.6), ("0205", 0.4)])), answer("2", reading(&[("0205", 1.0)]))];
    let mapped = |id: &str, themes: &[(&str, f32)]| Mapped {
        answer: AnswerKey::new("q13", id),
        themes: themes
            .iter()
            .map(|(code, p)| MappedTheme { code: (*code).to_owned(), probability: *p, sub: Vec::new() })
            .collect(),
        sentiment: Sentiment::Neutral,
        sentiment_probability: 1.0,
        copy_of: None,
        confirmed: false,
    };
    let taught = Taught::from([("T01".to_owned(), vec![reading(&[("0205", 0.8), ("0601", 0.2)])])]);
    let mapped = [mapped("1", &[("T01", 0.9)]), mapped("2", &[("T01", 0.5), ("T02", 0.5)])];
    let links = themes::links(&frame(), &taught, &answers, &mapped, 3);
    let expected = [("0205", 0.665_217), ("0401", 0.234_783), ("0601", 0.1)];
    assert_eq!(links[0].0, "T01");
    for (link, (code, probability)) in links[0].1.iter().zip(expected) {
        assert!(link.code == code && (link.probability - probability).abs() < 1e-5 && !link.confirmed, "{link:?}");
    }
    assert_eq!(links.len(), 2, "what is no theme has no category");
}
