//! Files of answers are read however platforms export them; what is wrong with them is told before anything is computed.

use std::path::{Path, PathBuf};

use chrono::FixedOffset;
use guikou::analytics::survey::Sample;
use guikou::case::{Checklist, Question, QuestionKind, Survey};
use guikou::dataset::survey::{
    SurveyGuess, SurveyRead, guess_survey, guess_survey_file, read_answers, read_answers_file, read_survey,
    write_survey,
};
use guikou::error::Kind;
use rust_xlsxwriter::{Format, Workbook};

fn offset() -> FixedOffset {
    FixedOffset::east_opt(8 * 3600).unwrap()
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/surveys").join(name)
}

fn authored(name: &str) -> (Survey, SurveyRead) {
    let survey = read_survey(&std::fs::read_to_string(folder(name).join("survey.toml")).unwrap()).unwrap();
    let read = read_answers_file(&folder(name).join("answers.csv"), &survey, offset()).unwrap();
    (survey, read)
}

fn codes(checklist: &Checklist) -> Vec<&str> {
    checklist.findings.iter().map(|finding| finding.code.as_str()).collect()
}

/// In how many rows of an authored file a column of that question holds anything, by the CSV library alone.
fn filled(name: &str, id: &str) -> usize {
    let mut reader = csv::Reader::from_path(folder(name).join("answers.csv")).unwrap();
    let number = id.trim_start_matches('q');
    let of = |header: &str| ["、", "("].iter().any(|mark| header.starts_with(&format!("{number}{mark}")));
    let columns: Vec<usize> =
        reader.headers().unwrap().iter().enumerate().filter(|(_, header)| of(header)).map(|(at, _)| at).collect();
    reader.records().filter(|row| columns.iter().any(|at| !row.as_ref().unwrap()[*at].is_empty())).count()
}

#[test]
fn the_three_authored_surveys_are_read_whole() {
    for (name, rows, opens) in [("bus", 400, [380, 180]), ("hall", 400, [390, 188]), ("renovation", 400, [380, 190])] {
        let (survey, read) = authored(name);
        read.checklist.settle().unwrap_or_else(|error| panic!("{name}: {error}"));
        let answers = &read.answers;
        assert_eq!((answers.len(), answers.replies.len()), (rows, 14), "{name}");
        assert!(answers.times.iter().all(Option::is_some) && answers.seconds.iter().all(Option::is_some), "{name}");
        assert_eq!(opens, ["q13", "q14"].map(|id| answers.replies[id].answered()), "{name}");
        for question in survey.questions.iter().filter(|question| question.kind != QuestionKind::Open) {
            let filled = filled(name, &question.id);
            assert!(filled > 350, "{name} {}: {filled}", question.id);
            assert_eq!(answers.replies[&question.id].answered(), filled, "{name} {}", question.id);
        }
        let days = survey.days().unwrap();
        assert!(answers.times.iter().flatten().all(|time| (days.0..=days.1).contains(&time.date_naive())), "{name}");
        for code in ["unknown_option", "other_options", "other_wording", "out_of_period", "out_of_range", "time"] {
            assert!(!read.checklist.has(code), "{name}: {:?}", codes(&read.checklist));
        }
        let satisfied = survey.questions.iter().filter(|question| question.is_satisfaction()).count();
        assert_eq!(satisfied, 4, "{name}");
        let sample = Sample::of(&survey, answers);
        let closed: Vec<_> = survey.questions.iter().filter_map(|question| sample.closed(question)).collect();
        assert_eq!(closed.len(), 12, "{name}");
        assert!(closed.iter().filter(|closed| closed.satisfaction.is_some()).count() == 4, "{name}");
    }
    assert_eq!(authored("bus").0.question("q12").unwrap().most, Some(3));
    assert_eq!(authored("bus").0.overall.as_deref(), Some("q10"), "the only mark");
    assert_eq!(authored("hall").0.overall.as_deref(), Some("q5"));
    assert!(authored("bus").1.answers.others.contains_key("q5"), "what stands beside 其他 is read");
}

#[test]
fn the_authored_surveys_are_guessed_as_they_are() {
    for name in ["bus", "hall", "renovation"] {
        let (survey, _) = authored(name);
        let guess = guess_survey_file(&folder(name).join("answers.csv"), offset()).unwrap();
        assert_eq!(guess.survey.questions.len(), survey.questions.len(), "{name}");
        for (guessed, told) in guess.survey.questions.iter().zip(&survey.questions) {
            // Columns of options tell no wording.
            let text = if told.kind == QuestionKind::Multiple { "第" } else { told.text.as_str() };
            assert!(guessed.id == told.id && guessed.text.starts_with(text), "{name} {}: {}", told.id, guessed.text);
            let kinds = [guessed.kind, told.kind];
            let about_whom = kinds == [QuestionKind::Single, QuestionKind::Background];
            assert!(kinds[0] == kinds[1] || about_whom, "{name} {}: {kinds:?}", told.id);
            let sorted = |question: &Question| {
                let mut options = question.options.clone();
                options.sort();
                options
            };
            if told.kind.has_options() && told.id != "q2" {
                assert_eq!(sorted(guessed), sorted(told), "{name} {}", told.id);
            }
        }
        let grades = &guess
            .survey
            .questions
            .iter()
            .find(|question| question.options.contains(&"基本满意".into()))
            .unwrap()
            .options;
        assert_eq!(grades.as_slice(), ["满意", "基本满意", "不满意", "未表态"], "{name}");
        assert_eq!(guess.survey.days(), survey.days(), "{name}");
        let first = &guess.columns[0];
        assert_eq!((first.column.as_str(), first.kind), ("A", QuestionKind::Id));
    }
}

#[test]
fn a_survey_written_is_read_back_the_same() {
    for name in ["bus", "hall", "renovation"] {
        let (survey, _) = authored(name);
        assert_eq!(read_survey(&write_survey(&survey)).unwrap(), survey, "{name}");
    }
    let guess = guess_survey_file(&folder("bus").join("answers.csv"), offset()).unwrap();
    let written = write_survey(&guess.survey);
    let error = read_survey(&written).unwrap_err();
    assert!(error.to_string().contains("/organiser"), "who asked must be filled in: {error}");
    let filled = written
        .replace("organiser = \"\"", "organiser = \"热线办\"")
        .replace("population = \"\"", "population = \"市民\"");
    read_survey(&filled).unwrap();
}

const SURVEY: &str = r#"
title = "小调查"
organiser = "热线办"
population = "市民"
mode = "网络问卷"
period = "2026-09-01至2026-09-30"
[[question]]
id = "q1"
text = "您所在的区县"
kind = "background"
options = ["襄城区", "樊城区"]
[[question]]
id = "q2"
text = "您是否满意"
kind = "single"
options = ["满意", "基本满意", "不满意", "未表态"]
[[question]]
id = "q3"
text = "您希望改什么（可多选）"
kind = "multiple"
options = ["停车", "绿化、保洁", "其他请注明"]
[[question]]
id = "q4"
text = "请打分"
kind = "rating"
options = ["1", "2", "3", "4", "5"]
[[question]]
id = "q5"
text = "您的建议"
kind = "open"
"#;

const HEADER: &str =
    "序号,提交答卷时间,所用时间,1、您所在的区县,2、您是否满意,3、您希望改什么（可多选）,4、请打分,5、您的建议";

/// Twelve plain answers.
fn rows() -> Vec<String> {
    (1..=12)
        .map(|id| {
            format!("{id},2026/9/{id} 8:00:00,{}秒,樊城区,满意,停车┋绿化、保洁,5,第{id}条建议要说得长一些", 60 + id)
        })
        .collect()
}

fn file(header: &str, rows: &[String]) -> Vec<u8> {
    format!("{header}\r\n{}\r\n", rows.join("\r\n")).into_bytes()
}

fn read(bytes: Vec<u8>) -> SurveyRead {
    read_answers(Path::new("答卷.csv"), bytes, &read_survey(SURVEY).unwrap(), offset()).unwrap()
}

/// What is wrong, the code of the finding, whether it is fatal, the lines, and words of the sentence that help.
#[test]
fn broken_files_get_a_sentence_that_helps() {
    let with = |at: usize, from: &str, to: &str| {
        let mut rows = rows();
        rows[at] = rows[at].replace(from, to);
        file(HEADER, &rows)
    };
    let no_name = file(&HEADER.replace("4、请打分", ""), &rows());
    let headless = file(&rows()[0], &rows()[1..]);
    let all_words: Vec<String> = rows().iter().map(|row| row.replace("2026/9/", "九月")).collect();
    let total = file(HEADER, &[rows(), vec!["合计,,,,,,60,".into()]].concat());
    let personal = file(
        &format!("{HEADER},6、您的联系电话（选填）,来自IP"),
        &rows().iter().map(|row| format!("{row},13900000000,10.1.2.3(湖北)")).collect::<Vec<_>>(),
    );
    let no_column = file(&HEADER.replace("4、请打分", "9、别的题"), &rows());
    let quick: Vec<String> = (1..=40)
        .map(|id| format!("{id},2026/9/2 8:00:00,{}秒,樊城区,满意,停车,5,建议{id}", if id == 7 { 5 } else { 90 }))
        .collect();
    let other_wording = file(&HEADER.replace("4、请打分", "4、您家有几口人"), &rows());
    let cases = [
        ("id twice", with(4, "5,", "4,"), "duplicate_id", true, vec![6], "删去一行"),
        ("no id", with(4, "5,2026", ",2026"), "no_id", false, vec![6], "改用行号"),
        ("total", total, "total_row", true, vec![14], "请删去"),
        (
            "answers twice",
            with(
                2,
                "3,2026/9/3 8:00:00,63秒,樊城区,满意,停车┋绿化、保洁,5,第3条",
                "3,2026/9/3 8:00:00,63秒,樊城区,满意,停车┋绿化、保洁,5,第2条",
            ),
            "duplicate_answers",
            false,
            vec![4],
            "重复提交",
        ),
        ("time in words", file(HEADER, &all_words), "time", true, (2..=13).collect(), "2026-09-07 08:12:00"),
        ("one time in words", with(3, "2026/9/4 8:00:00", "上周五"), "time", false, vec![5], "日期时间格式"),
        ("other time", with(3, "2026/9/4", "2026/3/4"), "out_of_period", false, vec![5], "period"),
        ("unknown option", with(3, "满意", "还行"), "unknown_option", false, vec![5], "补上选项"),
        (
            "other options",
            file(HEADER, &rows().iter().map(|row| row.replace("樊城区", "江岸区")).collect::<Vec<_>>()),
            "other_options",
            true,
            (2..=13).collect(),
            "同一份问卷",
        ),
        ("out of range", with(5, ",5,第", ",9,第"), "out_of_range", false, vec![7], "1—5"),
        ("between marks", with(5, ",5,第", ",4.5,第"), "between_marks", false, vec![7], "半分"),
        ("no mark", with(5, ",5,第", ",好,第"), "unknown_option", false, vec![7], "按未答处理"),
        ("no name", no_name, "no_name", true, vec![], "G 列"),
        ("no header", headless, "no_header", true, vec![], "补一行列名"),
        ("no column", no_column, "no_column", true, vec![], "column = \"列名\""),
        ("other wording", other_wording, "other_wording", false, vec![], "是不是同一题"),
        ("personal", personal, "personal", false, vec![], "没有读入"),
        ("too fast", file(HEADER, &quick), "too_fast", false, vec![8], "30 秒"),
        ("ragged", with(6, "第7条建议", "第7条,建议"), "unreadable", true, vec![8], "双引号"),
        ("few", file(HEADER, &rows()), "few", false, vec![], "不下结论"),
    ];
    for (what, bytes, code, fatal, lines, words) in cases {
        let read = read(bytes);
        let finding = read.checklist.findings.iter().find(|finding| finding.code == code);
        let finding = finding.unwrap_or_else(|| panic!("{what}: only {:?}", codes(&read.checklist)));
        assert_eq!((finding.fatal, &finding.lines), (fatal, &lines), "{what}: {}", finding.zh);
        assert!(finding.zh.contains(words), "{what}: {}", finding.zh);
        let settled = read.checklist.settle();
        assert_eq!(settled.is_err(), read.checklist.fatal().count() > 0, "{what}");
        let said = serde_json::to_string(&read.checklist).unwrap();
        assert!(!said.contains("13900000000") && !said.contains("条建议"), "{what} quotes an answer: {said}");
    }
}

#[test]
fn weights_that_are_missing_or_not_above_zero_are_refused() {
    let rows: Vec<String> =
        rows().iter().enumerate().map(|(at, row)| format!("{row},{}", ["1.2", "0", ""][at.min(2)])).collect();
    let read = read(file(&format!("{HEADER},权重"), &rows));
    let finding = read.checklist.fatal().find(|finding| finding.code == "weight").unwrap();
    assert_eq!((finding.lines[0], finding.count), (3, 11));
}

#[test]
fn personal_columns_are_never_read() {
    let header = format!("{HEADER},姓名,备用");
    let rows: Vec<String> = rows().iter().map(|row| format!("{row},王小明,13912345678")).collect();
    let read = read(file(&header, &rows));
    let dropped: Vec<&str> =
        read.columns.iter().filter(|column| column.personal).map(|column| column.column.as_str()).collect();
    assert_eq!(dropped, ["I", "J"], "by its name, and by what stands in it");
    let kept = serde_json::to_string(&read.answers).unwrap();
    assert!(!kept.contains("王小明") && !kept.contains("13912345678"));
    let guess = guess_survey(Path::new("答卷.csv"), file(&header, &rows), offset()).unwrap();
    assert!(!write_survey(&guess.survey).contains("王小明"));
}

#[test]
fn words_leave_only_masked_and_never_in_debug_prints() {
    let mut answers = read(file(HEADER, &rows())).answers;
    assert!(!format!("{answers:?}").contains("条建议"));
    let mut seen = 0;
    answers.each_text(|question, text| {
        seen += 1;
        assert_eq!(question, "q5");
        *text = "遮盖".into();
    });
    assert_eq!(seen, 12);
    assert_eq!(answers.texts("q5").unwrap()[0].as_deref(), Some("遮盖"));
    answers.keep(|row| row % 2 == 0);
    assert_eq!((answers.len(), answers.replies["q3"].len()), (6, 6));
}

/// The same answers, as six programs write them.
#[test]
fn whatever_wrote_the_file_the_answers_are_the_same() {
    let plain = read(file(HEADER, &rows())).answers;
    let check = |what: &str, name: &str, bytes: Vec<u8>| {
        let read = read_answers(Path::new(name), bytes, &read_survey(SURVEY).unwrap(), offset()).unwrap();
        read.checklist.settle().unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(read.answers.replies, plain.replies, "{what}");
        assert_eq!((&read.answers.ids, &read.answers.seconds), (&plain.ids, &plain.seconds), "{what}");
    };
    let text = String::from_utf8(file(HEADER, &rows())).unwrap();
    check("byte order mark", "a.csv", [b"\xEF\xBB\xBF".as_slice(), text.as_bytes()].concat());
    let (gb, _, broken) = encoding_rs::GB18030.encode(&text);
    assert!(!broken);
    check("GB18030", "a.csv", gb.into_owned());
    check("title above", "a.csv", format!("小调查的原始数据,,,,,,,\r\n{text}").into_bytes());
    let columns = "3(A、停车),3(B、绿化、保洁),3(C、其他请注明),3(C、其他[选项填空])";
    let own = |what: &str, columns: &str| {
        let header = HEADER.replace("3、您希望改什么（可多选）", columns);
        let rows: Vec<String> = rows().iter().map(|row| row.replace("停车┋绿化、保洁", "1,1,0,")).collect();
        check(what, "a.csv", file(&header, &rows));
    };
    own("a column for each option", columns);
    own(
        "with the question's words",
        "3.您希望改什么（可多选）:停车,3.您希望改什么（可多选）:绿化、保洁,3.您希望改什么（可多选）:其他请注明,3.您希望改什么（可多选）:其他请注明[选项填空]",
    );
    let top = HEADER.replace("3、您希望改什么（可多选）", "3、您希望改什么（可多选）,,");
    let below = ",,,,,停车,绿化、保洁,其他请注明,,";
    let two: Vec<String> =
        [vec![below.to_owned()], rows().iter().map(|row| row.replace("停车┋绿化、保洁", "1,1,0")).collect()].concat();
    check("two rows of headers", "a.csv", file(&top, &two));
    check("numbers of options", "a.csv", text.replace("樊城区,满意,停车┋绿化、保洁", "2,1,1┋2").into_bytes());
}

#[test]
fn workbooks_with_merged_headers_are_read_and_merged_answers_refused() {
    let build = |merged_answers: bool| {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        let plain = Format::new();
        sheet.merge_range(0, 0, 0, 6, "小调查", &plain).unwrap();
        for (at, name) in ["序号", "提交答卷时间", "1、您所在的区县", "2、您是否满意"].iter().enumerate()
        {
            sheet.merge_range(1, at as u16, 2, at as u16, name, &plain).unwrap();
        }
        sheet.merge_range(1, 4, 1, 6, "3、您希望改什么（可多选）", &plain).unwrap();
        for (at, name) in ["停车", "绿化、保洁", "其他请注明"].iter().enumerate() {
            sheet.write(2, 4 + at as u16, *name).unwrap();
        }
        for row in 3..13_u32 {
            sheet.write(row, 0, row - 2).unwrap();
            sheet
                .write_datetime_with_format(
                    row,
                    1,
                    rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 9, 3).unwrap(),
                    &Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
                )
                .unwrap();
            for (at, cell) in ["襄城区", "基本满意"].iter().enumerate() {
                sheet.write(row, 2 + at as u16, *cell).unwrap();
            }
            for (at, cell) in [1, 0, 1].iter().enumerate() {
                sheet.write(row, 4 + at as u16, *cell).unwrap();
            }
        }
        if merged_answers {
            sheet.merge_range(5, 3, 7, 3, "不满意", &plain).unwrap();
        }
        book.save_to_buffer().unwrap()
    };
    let survey: String = SURVEY.split("[[question]]\nid = \"q4\"").next().unwrap().to_owned();
    let survey = read_survey(&survey).unwrap();
    let read = read_answers(Path::new("a.xlsx"), build(false), &survey, offset()).unwrap();
    read.checklist.settle().unwrap();
    assert_eq!((read.answers.len(), read.answers.lines[0]), (10, 4));
    assert!(read.answers.choices("q3").unwrap().iter().all(|chosen| chosen.as_deref() == Some(&[0, 2])));
    assert_eq!(read.answers.times[0].unwrap().to_rfc3339(), "2026-09-03T00:00:00+08:00");
    let guess = guess_survey(Path::new("a.xlsx"), build(false), offset()).unwrap();
    let kinds: Vec<QuestionKind> = guess.survey.questions.iter().map(|question| question.kind).collect();
    assert_eq!(guess.survey.title, "小调查");
    assert_eq!(kinds[2], QuestionKind::Multiple, "{kinds:?}");
    let read = read_answers(Path::new("a.xlsx"), build(true), &survey, offset()).unwrap();
    let finding = read.checklist.fatal().find(|finding| finding.code == "merged_cells").unwrap();
    assert!(finding.lines == [6] && finding.zh.contains("D6:D8") && finding.zh.contains("取消合并"), "{}", finding.zh);
}

#[test]
fn matrix_questions_become_one_question_a_row() {
    let header = "序号,1、请评价:环境,1、请评价:态度,2、打分—速度,2、打分—结果,3、您的看法[选项填空],3、您的看法";
    let rows: Vec<String> = (1..=12).map(|id| format!("{id},满意,不满意,{},4,补充,看法", id % 5 + 1)).collect();
    let SurveyGuess { mut survey, .. } = guess_survey(Path::new("矩阵.csv"), file(header, &rows), offset()).unwrap();
    let told: Vec<(&str, &str, QuestionKind)> =
        survey.questions.iter().map(|question| (question.id.as_str(), question.text.as_str(), question.kind)).collect();
    assert_eq!(
        told[..4],
        [
            ("q1_1", "环境", QuestionKind::Single),
            ("q1_2", "态度", QuestionKind::Single),
            ("q2_1", "速度", QuestionKind::Rating),
            ("q2_2", "结果", QuestionKind::Rating),
        ]
    );
    assert!(
        survey.questions[..2].iter().all(|question| question.options == ["满意", "不满意"]),
        "one scale for all rows"
    );
    (survey.organiser, survey.population) = ("热线办".into(), "市民".into());
    survey.questions.truncate(4);
    let survey = survey.checked().unwrap();
    let read = read_answers(Path::new("矩阵.csv"), file(header, &rows), &survey, offset()).unwrap();
    read.checklist.settle().unwrap();
    assert_eq!(read.answers.choice("q1_2").unwrap()[0], Some(1));
    assert_eq!(read.answers.numbers("q2_1").unwrap()[1], Some(3.0));
}

#[test]
fn a_guess_does_not_depend_on_the_order_of_the_answers() {
    let forward = guess_survey(Path::new("a.csv"), file(HEADER, &rows()), offset()).unwrap();
    let backward =
        guess_survey(Path::new("a.csv"), file(HEADER, &rows().into_iter().rev().collect::<Vec<_>>()), offset())
            .unwrap();
    assert_eq!(forward.survey, backward.survey);
}

#[test]
fn a_survey_that_contradicts_itself_is_refused_place_by_place() {
    let broken = SURVEY.replace("id = \"q2\"", "id = \"q1\"").replace("\"停车\", ", "\"停车\", \"停车\", ");
    let error = read_survey(&format!(
        "{broken}[[margin]]\nquestion = \"q1\"\nsource = \"\"\nshares = {{ \"襄城区\" = 0.7, \"樊城\" = 0.1 }}\n"
    ))
    .unwrap_err();
    assert_eq!(error.kind, Kind::Invalid);
    let places: Vec<&str> = error.flaws.iter().map(|flaw| flaw.pointer.as_str()).collect();
    for place in ["/question/1/id", "/question/2/options", "/margin/0/source", "/margin/0/shares"] {
        assert!(places.contains(&place), "{place} is not among {places:?}");
    }
    let error = read_survey("title = \"甲\"\nkinds = 3\n").unwrap_err();
    assert!(error.kind == Kind::Malformed && error.to_string().contains("第 2 行"), "{error}");
}
