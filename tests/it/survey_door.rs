//! A survey's files through the door: `survey.toml` and `themes.toml` in and out as the command line has them, answers and
//! figures as tables.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::door::{Reply, get, post, send, start};
use crate::surveys::{folder, handed_in, text};

const TOML: [(&str, &str); 1] = [("Content-Type", "application/toml")];

fn server() -> std::net::SocketAddr {
    start(&[("model", "no/such/folder"), ("http.answer_timeout_seconds", "300")])
}

#[test]
fn a_confirmed_survey_toml_tells_how_the_answers_are_read_and_comes_back_as_it_went() {
    let address = server();
    let file = STANDARD.encode(std::fs::read(folder("bus").join("answers.csv")).unwrap());
    let path = "/v1/surveys:examine?filename=answers.csv";
    let toml = text("bus", "survey.toml");
    let read = post(address, path, &json!({"file": file, "toml": toml}));
    assert_eq!(read.status, 200, "{}", read.body);
    let read = read.json();
    assert_eq!(read["survey"]["title"], toml::from_str::<toml::Table>(&toml).unwrap()["title"].as_str().unwrap());
    let asked = |column: &Value| column["question"] == "q13";
    assert!(read["columns"].as_array().unwrap().iter().any(asked), "columns say which question they are");
    let wrong = post(address, path, &json!({"file": file, "toml": "title = \"甲\"\nmode = \n"}));
    assert_eq!((wrong.status, &wrong.json()["errors"][0]["pointer"]), (400, &json!("survey.toml:2")), "{}", wrong.body);
    let lacking = post(address, path, &json!({"file": file, "toml": "title = \"甲\"\n"}));
    assert!(lacking.status == 400 && lacking.body.contains("organiser"), "{}", lacking.body);

    let kept =
        post(address, "/v1/surveys", &json!({"filename": "answers.csv", "file": file, "survey": read["survey"]}));
    assert_eq!(kept.status, 201, "{}", kept.body);
    let place = kept.header("location").unwrap().to_owned();
    let back = get(address, &format!("{place}?format=toml"));
    assert_eq!(back.header("content-disposition"), Some("attachment; filename=\"survey.toml\""));
    let again = post(address, path, &json!({"file": file, "toml": back.body}));
    assert_eq!(again.json()["survey"], get(address, &place).json()["survey"], "nothing is lost on the way");
}

#[test]
fn a_themes_toml_replaces_the_themes_unless_somebody_worked_on_them_since() {
    let address = server();
    let place = handed_in(address, "bus").header("location").unwrap().to_owned();
    let themes = format!("{place}/themes");
    let put =
        |body: &str| -> Reply { send(address, "PUT", &format!("{themes}?actor=analyst"), &TOML, body.as_bytes()) };
    assert_eq!(get(address, &format!("{themes}?format=toml")).status, 404, "there are none yet");
    let first = put(&text("bus", "themes.toml"));
    assert_eq!((first.status, &first.json()["version"]), (200, &json!(1)), "{}", first.body);
    assert_eq!(first.json()["log"][0]["actor"], "analyst");
    let file = get(address, &format!("{themes}?format=toml"));
    assert_eq!(file.header("content-type"), Some("application/toml"));
    assert!(file.body.starts_with("version = 1\n"), "{}", file.body);
    let second = put(&file.body);
    assert_eq!(second.json()["frame"], first.json()["frame"], "what went out comes back");
    assert_eq!(put(&file.body).status, 409, "it is of version 1 still");
    let unsaid = put(&text("bus", "themes.toml"));
    assert!(unsaid.status == 422 && unsaid.body.contains("version = 2"), "{}", unsaid.body);
    let wrong = put("version = 2\n\n[[theme]]\ncode = \"T01\"\nname = 5\n");
    assert_eq!((wrong.status, &wrong.json()["errors"][0]["pointer"]), (400, &json!("themes.toml:5")), "{}", wrong.body);
    let no_number = put("version = \"2\"\n\n[[theme]]\ncode = \"T01\"\nname = \"票价\"\n");
    let pointer = &no_number.json()["errors"][0]["pointer"];
    assert_eq!((no_number.status, pointer), (400, &json!("themes.toml:1")), "{}", no_number.body);
    // What reads like a version in a description is a description.
    let told =
        "version = 2 # seen\n[[theme]]\ncode = \"T01\"\nname = \"票价\"\ndescription = \"\"\"\nversion = 9\n\"\"\"\n";
    let kept = put(told);
    assert_eq!(kept.status, 200, "{}", kept.body);
    assert!(kept.json()["frame"]["theme"][0]["description"].as_str().unwrap().contains("version = 9"), "{}", kept.body);
}

#[test]
fn figures_and_answers_come_as_tables_with_what_is_hidden_left_blank() {
    let address = server();
    let place = handed_in(address, "bus").header("location").unwrap().to_owned();
    let figures = get(address, &format!("{place}/figures")).json();
    let table = get(address, &format!("{place}/figures?format=csv"));
    assert!(table.header("content-disposition").unwrap().contains("survey-figures-"));
    let lines: Vec<&str> = table.body.trim_start_matches('\u{feff}').lines().collect();
    assert!(lines[0].starts_with("题号,题目,题型,"), "{}", lines[0]);
    let parts: Vec<&Value> =
        figures["questions"].as_array().unwrap().iter().flat_map(|q| q["parts"].as_array().unwrap()).collect();
    let options: Vec<&&str> = lines[1..].iter().filter(|line| line.contains(",选项,")).collect();
    assert_eq!(options.len(), parts.len());
    for (line, part) in options.iter().zip(&parts) {
        let cells: Vec<&str> = line.rsplitn(7, ',').collect();
        match part["share"]["count"].as_u64() {
            Some(count) => assert_eq!(cells[5], count.to_string(), "{line}"),
            None => assert_eq!((cells[5], cells[4], cells[3]), ("", "", "—"), "{line}"),
        }
    }
    let crossed = get(address, &format!("{place}/figures?format=csv&by=q1")).body;
    assert!(crossed.lines().count() > lines.len(), "each group has its rows");
    for format in ["xlsx", "jsonl", "parquet"] {
        let head = |path: &str| send(address, "HEAD", &format!("{place}/{path}format={format}"), &[], b"");
        for path in ["figures?", "answers?", "answers?question=q6&"] {
            let reply = head(path);
            let kind = reply.header("content-disposition").unwrap_or_default().to_owned();
            assert!(reply.status == 200 && kind.ends_with(&format!(".{format}\"")), "{path} {kind}");
        }
    }
    let answers = get(address, &format!("{place}/answers?question=q13")).json();
    let table = get(address, &format!("{place}/answers?question=q13&format=csv")).body;
    assert_eq!(json!(table.lines().count() - 1), answers["total"], "all of them, not a page");
    assert_eq!(get(address, &format!("{place}/themes/figures?format=csv")).status, 409, "nobody signed themes");
}
