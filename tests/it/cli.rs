//! The command line: what it prints, where, and how it ends.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use assert_cmd::assert::OutputAssertExt;

fn guikou(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guikou"));
    command.args(arguments).env_remove("GUIKOU_CONFIG").env("NO_COLOR", "1");
    command
}

/// Runs it and returns standard output and standard error.
fn check(arguments: &[&str], code: i32) -> (String, String) {
    let output = guikou(arguments).assert().code(code).get_output().clone();
    (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn route_names_category_unit_and_reasons() {
    let text = "长虹路北段工地每天凌晨两点还在打桩,家里有高考的孩子,打了三次电话没人管";
    let (answer, _) = check(&["route", text], 0);
    for words in ["建筑施工噪声", "主办", "理由", "0702"] {
        assert!(answer.contains(words), "{words} is missing in\n{answer}");
    }
    assert!(!answer.contains('\u{1b}'), "no colours where none are wanted");
}

#[test]
fn route_gives_json_and_reads_standard_input() {
    let mut command = guikou(&["route", "--json", "--top-k", "2", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), "小区停水两天了\n".as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(answer["decision"].is_string() && answer["categories"].as_array().unwrap().len() <= 2, "{answer}");
}

#[test]
fn segment_prints_words_with_their_part_of_speech() {
    let (answer, _) = check(&["segment", "烧烤店油烟大，电话13800000000"], 0);
    assert!(answer.contains("油烟/n") && answer.contains("phone"), "{answer}");
    assert!(!answer.contains("13800000000"), "{answer}");
}

#[test]
fn wrong_usage_ends_with_2_and_failure_with_1() {
    check(&["dispatch"], 2);
    check(&["route"], 2);
    check(&["route", "--top-k", "0", "路灯不亮"], 2);
    let (answer, complaint) = check(&["route", "  "], 1);
    assert!(answer.is_empty() && complaint.contains("诉求内容为空"), "{complaint}");
    let (_, complaint) = check(&["route", "--data", "no/such/folder", "路灯不亮"], 1);
    assert!(complaint.contains("no/such/folder"), "{complaint}");
}

#[test]
fn help_is_in_chinese_and_shows_examples() {
    for command in [&["--help"] as &[&str], &["serve", "--help"], &["route", "--help"]] {
        let (help, _) = check(command, 0);
        assert!(help.contains("用法") && help.contains("示例") && !help.contains("Usage"), "{help}");
    }
}

#[test]
fn completions_are_written_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(check(&["completions", shell], 0).0.contains("guikou"), "{shell}");
    }
}

fn file(folder: &Path, text: &str) -> String {
    let path = folder.join("guikou.toml");
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[test]
fn every_mistake_in_the_settings_is_named_with_its_line_or_variable() {
    let folder = tempfile::tempdir().unwrap();
    let check = |text: &str, variables: &[(&str, &str)], named: &[&str]| {
        let path = file(folder.path(), text);
        let mut command = guikou(&["config", "--config", &path]);
        let output = command.envs(variables.iter().copied()).output().unwrap();
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{text}: {complaint}");
        for name in named {
            assert!(complaint.contains(name), "{name} is missing in {complaint}");
        }
    };
    check("[http\n", &[], &["guikou.toml:1", "TOML"]);
    check("[http]\nmax_batch = 10\nmax_batch = 11\n", &[], &["guikou.toml:3"]);
    check("[http]\n\nport = 80\n", &[], &["guikou.toml:3", "http.port", "http.listen"]);
    check("# 注释\n[http]\nmax_batch = \"many\"\n", &[], &["guikou.toml:3", "http.max_batch 须为整数"]);
    check("[http]\nlisten = \"everywhere\"\nmax_batch = 0\n", &[], &["guikou.toml:2", "http.listen", "guikou.toml:3"]);
    check("", &[("GUIKOU_HTTP__MAX_BATCH", "many")], &["GUIKOU_HTTP__MAX_BATCH", "整数"]);
    check("", &[("GUIKOU_HTTP__PORT", "80")], &["GUIKOU_HTTP__PORT", "不认识"]);
    check("[log]\nformat = \"xml\"\n", &[("GUIKOU_LISTEN", "x")], &["guikou.toml:2", "GUIKOU_LISTEN"]);
}

#[test]
fn later_layers_win_and_keys_are_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path =
        file(folder.path(), "[http]\nmax_batch = 100\ngrace_seconds = 5\napi_keys = [\"very-secret-key-0001\"]\n");
    let mut command = guikou(&["config", "--config", &path, "--log-level", "warn"]);
    command.envs([("GUIKOU_HTTP__MAX_BATCH", "200"), ("GUIKOU_PORT", "tcp://10.0.0.1:80"), ("GUIKOU_DATA", "there")]);
    let output = command.output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for line in [
        "max_batch = 200  # GUIKOU_HTTP__MAX_BATCH",
        "level = \"warn\"  # --log-level",
        "data = \"there\"  # GUIKOU_DATA",
        "max_in_flight = 64  # 默认",
        "api_keys = [\"***\"]",
    ] {
        assert!(shown.contains(line), "{line} is missing in\n{shown}");
    }
    assert!(shown.contains("grace_seconds = 5  # ") && shown.contains("guikou.toml:3"), "{shown}");
    assert!(!shown.contains("very-secret"), "{shown}");
}

#[test]
fn check_finds_the_shipped_data_whole_and_names_every_flaw_of_a_broken_copy() {
    let (report, complaint) = check(&["check", "--model", "no/such/folder"], 1);
    assert!(report.contains("分类") && report.contains("no/such/folder"), "{report}{complaint}");
    let folder = tempfile::tempdir().unwrap();
    for file in ["taxonomy.toml", "departments.toml", "rules.toml", "lexicon.txt", "stopwords.txt", "places.csv"] {
        std::fs::copy(Path::new("data").join(file), folder.path().join(file)).unwrap();
    }
    let rules = std::fs::read_to_string("data/rules.toml").unwrap();
    let line = 1 + rules.lines().position(|line| line.starts_with("lead = ")).unwrap();
    let broken = rules.lines().enumerate().map(|(n, text)| if n + 1 == line { "lead = \"NOBODY\"" } else { text });
    std::fs::write(folder.path().join("rules.toml"), broken.collect::<Vec<_>>().join("\n")).unwrap();
    let (report, complaint) = check(&["check", "--data", folder.path().to_str().unwrap()], 1);
    let told = report + &complaint;
    assert!(told.contains(&format!("rules.toml:{line}")) && told.contains("NOBODY"), "{told}");
}

#[cfg(unix)]
#[test]
fn serve_stops_cleanly_when_told_to() {
    let mut child = guikou(&["serve", "--listen", "127.0.0.1:0", "--log-format", "json"])
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let mut line =
        |holds: &str| log.find(|line| line.contains(holds)).unwrap_or_else(|| panic!("no line with {holds}"));
    let listening: serde_json::Value = serde_json::from_str(&line("http://")).unwrap();
    let address = listening["message"].as_str().unwrap().rsplit("http://").next().unwrap().parse().unwrap();
    line("就绪");
    let secret = "天机不可泄露路灯不亮";
    assert_eq!(crate::door::post(address, "/v1/suggestions", &serde_json::json!({"text": secret})).status, 200);
    assert!(!line("/v1/suggestions").contains(secret));
    let sought = secret.bytes().fold(String::new(), |sought, byte| format!("{sought}%{byte:02X}"));
    let search = format!("/v1/complaints?q={sought}");
    for (query, status) in
        [(search.clone(), 200), (format!("{search}{sought}{}", sought.repeat(9)), 422), (format!("{search}&q=a"), 422)]
    {
        let reply = crate::door::get(address, &query);
        assert_eq!(reply.status, status);
        assert!(!reply.body.contains(secret) && !line("/v1/complaints").contains(secret), "{}", reply.body);
    }
    let metrics = crate::door::get(address, "/metrics").body;
    assert!(metrics.contains("/v1/complaints") && !metrics.contains(secret) && !metrics.contains(&sought), "{metrics}");
    Command::new("kill").args(["-TERM", &child.id().to_string()]).assert().success();
    assert!(child.wait().unwrap().success(), "a clean stop ends with 0");
    assert!(!log.any(|line| line.contains(secret) || line.contains(&sought)), "what is looked for is never logged");
}
