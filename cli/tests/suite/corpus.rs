//! The corpora of `tests/corpus`, by way of flags and a settings file: what the library proves must come out of
//! the command line, whatever way the facts take.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::transcript::{data, run};

/// A folder of its own, taken away at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("rescind-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, content: &Value) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, content.to_string()).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

/// The cases whose verdict is beyond doubt.
fn cases(file: &str) -> Vec<Value> {
    let path: PathBuf = Path::new(&data()).join("../../../tests/corpus").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let cases: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let sure: Vec<Value> = cases.into_iter().filter(|case| case["confidence"] == "high").collect();
    assert!(sure.len() > 40, "{file} has only {} cases", sure.len());
    sure
}

/// The options of a case as settings; JSON is YAML.
fn settings(options: &Value) -> Value {
    let mut restrict = json!({"mode": "monitor"});
    for (option, setting) in [
        ("trusted_accounts", "trusted_accounts"),
        ("trusted_services", "trusted_services"),
        ("source_bound_services", "source_bound_services"),
        ("trusted_saml", "trusted_saml_providers"),
        ("trusted_oidc", "trusted_oidc_providers"),
    ] {
        if !options[option].is_null() {
            restrict[setting] = options[option].clone();
        }
    }
    let mut lock_down = json!({"mode": "monitor"});
    for list in ["safe_boundaries", "safe_policies"] {
        if !options[list].is_null() {
            lock_down[list] = options[list].clone();
        }
    }
    let mut settings = json!({
        "version": 1,
        "guardrails": {"restrict_cross_account_access": restrict, "lock_down_permissions": lock_down},
    });
    if options["org_id"].is_string() {
        let paths = if options["trusted_org_paths"].is_array() {
            options["trusted_org_paths"].clone()
        } else {
            json!([])
        };
        settings["organization"] =
            json!({"id": options["org_id"], "trusted": options["trust_org"] == true, "paths": paths});
    }
    settings
}

/// The answer in JSON and the exit status.
fn answer(arguments: &[&str]) -> (Value, Option<i32>) {
    let output = run(arguments, b"");
    let text = String::from_utf8(output.stdout).unwrap();
    let answer = serde_json::from_str(&text)
        .unwrap_or_else(|_| panic!("{arguments:?}: {text}{}", String::from_utf8_lossy(&output.stderr)));
    (answer, output.status.code())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[test]
fn who_can_assume() {
    let folder = Folder::new("trust");
    for case in cases("trust.jsonl") {
        let options = &case["options"];
        let trust = folder.write("trust.json", &case["document"]);
        let settings = folder.write("settings.yaml", &settings(options));
        let origin = options["document_origin"].as_str().unwrap_or("request");
        let (answer, status) = answer(&[
            "check",
            "--trust",
            &trust,
            "--account",
            text(&options["account"]),
            "--settings",
            &settings,
            "--origin",
            origin,
            "--output",
            "json",
        ]);
        let expected = &case["expected"];
        let (word, code) = if expected["safe"] == true { ("proved", 0) } else { ("refuted", 1) };
        assert_eq!((text(&answer["answer"]), status), (word, Some(code)), "{case}: {answer}");
        assert_eq!(answer["reach"], expected["reach"], "{case}: {answer}");
        assert_eq!(answer["statements"], expected["unsafe_statements"], "{case}: {answer}");
        assert_eq!(answer["witness"].is_object(), code == 1, "{case}: {answer}");
    }
}

#[test]
fn within() {
    let folder = Folder::new("within");
    for case in cases("subset.jsonl") {
        let policy = folder.write("policy.json", &case["policy"]);
        let ceiling = folder.write("ceiling.json", &case["ceiling"]);
        let account = text(&case["options"]["account"]);
        let (answer, status) =
            answer(&["compare", &policy, "--ceiling", &ceiling, "--account", account, "--output", "json"]);
        let (word, code) = if case["expected"]["subset"] == true { ("proved", 0) } else { ("refuted", 1) };
        assert_eq!((text(&answer["answer"]), status), (word, Some(code)), "{case}: {answer}");
    }
}

#[test]
fn grants() {
    let folder = Folder::new("grants");
    for case in cases("permissions.jsonl") {
        let options = &case["options"];
        let settings = folder.write("settings.yaml", &settings(options));
        let mut arguments: Vec<String> = ["check", "--output", "json", "--settings", &settings, "--account"]
            .into_iter()
            .chain([text(&options["account"]), "--role-arn", text(&options["self_arn"]), "--identity"])
            .map(str::to_owned)
            .collect();
        for (index, policy) in case["policies"].as_array().unwrap().iter().enumerate() {
            arguments.push(folder.write(&format!("identity-{index}.json"), policy));
        }
        for role in options["harmless_roles"].as_array().into_iter().flatten() {
            arguments.extend(["--harmless-role".to_owned(), text(role).to_owned()]);
        }
        if options["boundary"].is_object() {
            arguments.extend(["--boundary".to_owned(), folder.write("boundary.json", &options["boundary"])]);
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let (answer, status) = answer(&arguments);
        let expected = &case["expected"];
        let (word, code) = if expected["escalates"] == true { ("refuted", 1) } else { ("proved", 0) };
        assert_eq!((text(&answer["answer"]), status), (word, Some(code)), "{case}: {answer}");
        assert_eq!(answer["escalates"], expected["escalates"], "{case}: {answer}");
        assert_eq!(answer["admin"], expected["admin"], "{case}: {answer}");
        let paths: Vec<String> = answer["paths"].as_array().unwrap().iter().map(joined).collect();
        for path in expected["must_include"].as_array().into_iter().flatten() {
            assert!(paths.iter().any(|found| found == text(path)), "{path} is missing in {case}: {answer}");
        }
    }
}

/// A path as the corpus spells it: `a+b`.
fn joined(path: &Value) -> String {
    path.as_array().unwrap().iter().map(text).collect::<Vec<_>>().join("+")
}
