//! The pages, their files, the documentation and the OpenAPI document.

use std::collections::BTreeSet;

use guikou::dataset::export::Format;
use serde_json::Value;

use crate::door::{SHARED, get, send};

const HTTP: [&str; 5] = ["get", "post", "put", "patch", "delete"];

const PAGES: [(&str, &str); 9] = [
    ("/", "派单台"),
    ("/cases", "案件"),
    ("/hotspots", "热点"),
    ("/issues", "诉求组"),
    ("/figures", "统计"),
    ("/departments", "办理"),
    ("/quality", "质量"),
    ("/surveys", "调查"),
    ("/reports", "报告"),
];

#[test]
fn the_pages_and_their_files_come_from_the_binary() {
    let check = |path: &str, kind: &str, holds: &str| {
        let reply = get(*SHARED, path);
        assert_eq!(reply.status, 200, "{path}");
        assert_eq!(reply.header("content-type"), Some(kind), "{path}");
        assert!(reply.body.contains(holds), "{path} lacks {holds}");
        let etag = reply.header("etag").unwrap().to_owned();
        let again = send(*SHARED, "GET", path, &[("If-None-Match", &etag)], b"");
        assert_eq!((again.status, again.body.as_str()), (304, ""), "{path}");
        assert_eq!(send(*SHARED, "GET", path, &[("If-None-Match", "W/\"0\"")], b"").status, 200, "{path}");
    };
    for (path, title) in PAGES {
        check(path, "text/html; charset=utf-8", &format!("<title>{title} · 归口</title>"));
    }
    check("/assets/app.ts", "text/javascript; charset=utf-8", "/v1/info");
    check("/assets/base/tokens.css", "text/css; charset=utf-8", "data-theme=\"dark\"");
    check("/assets/icon.svg", "image/svg+xml", "<svg");
    check("/assets/samples.json", "application/json; charset=utf-8", "打桩");
}

/// The files that a page names in its head.
fn files(page: &str) -> Vec<String> {
    let named = ["href=\"", "src=\""].into_iter().flat_map(|attribute| page.split(attribute).skip(1));
    let paths = named.filter_map(|rest| rest.split('"').next());
    paths.filter(|path| path.starts_with("/assets/")).map(str::to_owned).collect()
}

#[test]
fn a_page_needs_nothing_from_elsewhere_and_nothing_inline() {
    for (path, _) in PAGES {
        let page = get(*SHARED, path).body;
        assert!(
            !page.contains("<style") && !page.contains("style=") && !page.contains("onclick"),
            "inline style or script"
        );
        for piece in page.split("<script").skip(1) {
            assert!(piece.starts_with(" type=\"module\" src=\"/"), "an inline script: {piece}");
        }
        let files = files(&page);
        let module =
            format!("/assets/pages/{}.ts", path.strip_prefix('/').filter(|name| !name.is_empty()).unwrap_or("desk"));
        assert!(files.contains(&module) && files.contains(&"/assets/base/dom.ts".to_owned()), "{path}: {files:?}");
        for file in files {
            let reply = get(*SHARED, &file);
            let body = reply.body.replace("http://www.w3.org/2000/svg", "");
            assert_eq!(reply.status, 200, "{file}");
            assert!(!body.contains("http://") && !body.contains("https://"), "{file} reaches out");
        }
    }
}

#[test]
fn modules_come_without_their_types() {
    let module = get(*SHARED, "/assets/base/dom.ts").body;
    assert!(module.contains("export function el") && !module.contains("HTMLElementTagNameMap"), "{module}");
    for path in
        ["/assets/charts.ts", "/assets/package.json", "/assets/../Cargo.toml", "/assets/base", "/assets/contract.d.ts"]
    {
        let reply = get(*SHARED, path);
        assert_eq!(
            (reply.status, reply.header("content-type")),
            (404, Some("application/problem+json; charset=utf-8")),
            "{path}"
        );
    }
}

/// Built where Node is, there are charts; elsewhere there is an answer that says so.
#[test]
fn charts_are_there_or_said_to_be_missing() {
    let reply = get(*SHARED, "/assets/charts.js");
    assert!([200, 404].contains(&reply.status), "{}", reply.status);
    assert!(reply.status == 404 || reply.body.contains("registerMap"), "not the charts");
}

#[test]
fn browsers_are_told_to_run_only_our_own_files() {
    for path in ["/", "/hotspots", "/v1/info", "/nope", "/assets/app.ts"] {
        let reply = get(*SHARED, path);
        let policy = reply.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(reply.header("referrer-policy"), Some("no-referrer"), "{path}");
    }
}

#[test]
fn the_documentation_is_browsable_offline() {
    assert_eq!(get(*SHARED, "/docs").header("location"), Some("/docs/"));
    let page = get(*SHARED, "/docs/");
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(!policy.split(';').any(|part| part.trim().starts_with("script-src")), "scripts stay bound: {policy}");
    for file in ["swagger-ui-bundle.js", "swagger-ui.css", "swagger-initializer.js"] {
        assert!(page.body.contains(file), "{file}");
        assert_eq!(get(*SHARED, &format!("/docs/{file}")).status, 200, "{file}");
    }
    assert!(get(*SHARED, "/docs/swagger-initializer.js").body.contains("/openapi.json"));
}

#[test]
fn every_route_is_in_the_openapi_document() {
    let api = get(*SHARED, "/openapi.json").json();
    assert!(api["openapi"].as_str().unwrap().starts_with("3.1."));
    let paths: BTreeSet<_> = api["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "/livez",
        "/metrics",
        "/readyz",
        "/v1/alerts",
        "/v1/alerts/stream",
        "/v1/alerts/{id}",
        "/v1/alerts/{id}:acknowledge",
        "/v1/alerts/{id}:dismiss",
        "/v1/bursts",
        "/v1/complaints",
        "/v1/complaints/{id}",
        "/v1/complaints/{id}/feedback",
        "/v1/complaints/{id}/feedback:undo",
        "/v1/complaints/{id}/status",
        "/v1/complaints/{id}/status:undo",
        "/v1/complaints/{id}/supervisions",
        "/v1/complaints/{id}/supervisions/{supervision}/lift",
        "/v1/complaints:batch",
        "/v1/departments",
        "/v1/departments/{code}",
        "/v1/deliveries",
        "/v1/deliveries/{id}:retry",
        "/v1/duplicates:compare",
        "/v1/duplicates:search",
        "/v1/hotspots",
        "/v1/imports",
        "/v1/complaints/{id}/audit",
        "/v1/info",
        "/v1/issues",
        "/v1/issues/{id}",
        "/v1/issues/{id}:merge",
        "/v1/issues/{id}:split",
        "/v1/issues/{id}:undo",
        "/v1/jobs",
        "/v1/jobs/{id}",
        "/v1/models",
        "/v1/segment",
        "/v1/suggestions",
        "/v1/suggestions:batch",
        "/v1/supervisions",
        "/v1/reports",
        "/v1/reports/{kind}",
        "/v1/reports/archive/{name}",
        "/v1/quality",
        "/v1/quality/calibration",
        "/v1/quality/changes",
        "/v1/quality/corrections",
        "/v1/quality/drift",
        "/v1/quality/returns",
        "/v1/quality/review",
        "/v1/surveys",
        "/v1/surveys/{id}",
        "/v1/surveys/{id}/answers",
        "/v1/surveys/{id}/figures",
        "/v1/surveys/{id}/summary",
        "/v1/surveys/{id}/themes",
        "/v1/surveys/{id}/themes/figures",
        "/v1/surveys/{id}/themes:propose",
        "/v1/surveys/{id}/themes:sign",
        "/v1/surveys:examine",
        "/v1/taxonomy",
        "/v1/trends",
        "/v1/trends/words",
        "/v1/trends/forecast",
        "/v1/volumes",
    ];
    assert_eq!(paths, BTreeSet::from(expected));
    for (path, item) in api["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            // Its answer never ends.
            if path == "/v1/alerts/stream" {
                continue;
            }
            let reply = send(*SHARED, &method.to_uppercase(), path, &[("Content-Type", "application/json")], b"");
            let none = path.contains('{') && !reply.body.contains("没有这个地址");
            assert!(none || ![404, 405].contains(&reply.status), "{method} {path} answers {}", reply.status);
        }
    }
}

#[test]
fn the_openapi_document_is_sound() {
    let api = get(*SHARED, "/openapi.json").json();
    let mut ids = BTreeSet::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(HTTP.contains(&method.as_str()), "{path} {method}");
            assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{path} repeats an id");
            assert!(operation["summary"].is_string() && operation["tags"][0].is_string(), "{path} says nothing");
            for (status, response) in operation["responses"].as_object().unwrap() {
                assert!(response["description"].is_string(), "{path} {status}");
                let problem = response["content"].get("application/problem+json").is_some();
                assert_eq!(problem, status.starts_with(['4', '5']), "{path} {status}");
            }
        }
    }
    references(&api, &api);
    let request = &api["components"]["schemas"]["SuggestionRequest"];
    assert_eq!(request["additionalProperties"], false, "{request}");
    assert_eq!(request["required"], serde_json::json!(["text"]), "{request}");
}

#[test]
fn the_openapi_document_names_every_kind_of_file_that_a_list_comes_as() {
    let api = get(*SHARED, "/openapi.json").json();
    let kinds = [
        "text/csv",
        "application/x-ndjson",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.apache.parquet",
    ];
    for path in ["/v1/complaints", "/v1/quality/corrections"] {
        let named = api["paths"][path]["get"]["responses"]["200"]["content"].as_object().unwrap();
        assert!(kinds.iter().all(|kind| named.contains_key(*kind)), "{path}: {:?}", named.keys());
    }
    let asked = api["paths"].as_object().unwrap().values().filter_map(|path| path["get"]["parameters"].as_array());
    let formats = asked.flatten().filter(|one| one["name"] == "format").map(|one| one["schema"].to_string());
    let tables = formats.filter(|schema| Format::ALL.iter().all(|format| schema.contains(format.name()))).count();
    assert!(tables > 10, "{tables} answers say which tables they come as");
    let schemas = &api["components"]["schemas"];
    assert!(schemas.get("SurveyAdded").is_some() && schemas.get("Added").is_none());
}

/// Every `$ref` names something that is there.
fn references(api: &Value, value: &Value) {
    match value {
        Value::Object(fields) => {
            if let Some(target) = fields.get("$ref").and_then(Value::as_str) {
                let pointer = target.strip_prefix('#').expect("a reference inside the document");
                assert!(api.pointer(pointer).is_some(), "{target} is nowhere");
            }
            fields.values().for_each(|value| references(api, value));
        }
        Value::Array(items) => items.iter().for_each(|value| references(api, value)),
        _ => {}
    }
}

#[test]
fn the_samples_are_all_answered() {
    let samples = get(*SHARED, "/assets/samples.json").json();
    let samples = samples.as_array().unwrap();
    assert!(samples.len() >= 20 && samples.iter().any(|sample| sample["demo"] == false));
    let items: Vec<_> = samples.iter().map(|sample| serde_json::json!({"text": sample["text"]})).collect();
    let reply = crate::door::post(*SHARED, "/v1/suggestions:batch", &serde_json::json!({"items": items}));
    for (sample, item) in samples.iter().zip(reply.json()["items"].as_array().unwrap()) {
        assert!(item["suggestion"]["decision"].is_string(), "{}: {item}", sample["name"]);
    }
}
