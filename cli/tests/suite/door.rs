//! What is no policy is refused, what holds one is unwrapped, and what was not shown is undecided: nothing is
//! called safe that was not read.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::transcript::{data, run};

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Runs the command line with these files in the places of `{file}` and `{ceiling}`: status, and all that was said.
fn ran(line: &str, file: &Path, ceiling: &Path) -> (i32, String) {
    let place = |word: &str| match word {
        "{file}" => file.to_str().unwrap().to_owned(),
        "{ceiling}" => ceiling.to_str().unwrap().to_owned(),
        other => other.to_owned(),
    };
    let words: Vec<String> = line.split(' ').map(place).collect();
    let output = run(&words.iter().map(String::as_str).collect::<Vec<_>>(), b"");
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(said).unwrap())
}

#[test]
fn every_case_ends_as_it_should() {
    let folder = folder("door-cases");
    let cases = std::fs::read_to_string(data().join("door.jsonl")).unwrap();
    let mut wrong = Vec::new();
    for (case, number) in cases.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).zip(1..) {
        let file = folder.join(format!("{number}.json"));
        let text = case["text"].as_str().map_or_else(|| case["file"].to_string(), str::to_owned);
        std::fs::write(&file, text).unwrap();
        let ceiling = folder.join(format!("{number}-ceiling.json"));
        std::fs::write(&ceiling, case["ceiling"].to_string()).unwrap();
        let (status, said) = ran(case["run"].as_str().unwrap(), &file, &ceiling);
        let is_right = i64::from(status) == case["status"].as_i64().unwrap()
            && said.contains(case["says"].as_str().unwrap())
            && (status == 0 || !["proved", "clean", "compliant"].iter().any(|word| said.contains(word)));
        if !is_right {
            wrong.push(format!("{} [{status}]\n{said}", case["name"]));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// What AWS prints around a policy, and what people make of it.
fn wrapped(policy: &Value, part: &str) -> Vec<Value> {
    let text = policy.to_string();
    let encoded =
        percent_encoding::utf8_percent_encode(&text, percent_encoding::NON_ALPHANUMERIC).to_string();
    let mut forms = Vec::new();
    for document in [policy.clone(), text.into(), encoded.into()] {
        let role = json!({"RoleName": "x", "AssumeRolePolicyDocument": document});
        let version = json!({"VersionId": "v1", "IsDefaultVersion": true, "Document": document});
        forms.extend(match part {
            "--trust" => vec![json!({"Role": role}), json!({"Roles": [role]}), json!([role]), role],
            _ => vec![
                json!({"RoleName": "x", "PolicyName": "p", "PolicyDocument": document}),
                json!({"UserName": "x", "PolicyName": "p", "PolicyDocument": document}),
                json!({"GroupName": "x", "PolicyName": "p", "PolicyDocument": document}),
                json!({"PolicyName": "p", "Arn": "a", "DefaultVersionId": "v1", "PolicyVersionList": [version]}),
                json!({"PolicyVersion": version}),
                version,
            ],
        });
        forms.extend([json!([document]), json!({"Document": document}), json!({"PolicyDocument": document})]);
        if document.is_string() {
            forms.push(document);
        }
    }
    forms
}

#[test]
fn a_wrapped_policy_is_judged_as_the_policy() {
    let folder = folder("door-wrapped");
    let (bare, file) = (folder.join("bare.json"), folder.join("wrapped.json"));
    for (part, policy) in [
        ("--trust", "trust-own.json"),
        ("--trust", "trust-outside.json"),
        ("--trust", "trust-unclear.json"),
        ("--identity", "read.json"),
        ("--identity", "admin.json"),
    ] {
        let line = format!("check {part} {{file}} --account 111122223333 --output json");
        let policy: Value =
            serde_json::from_str(&std::fs::read_to_string(data().join(policy)).unwrap()).unwrap();
        std::fs::write(&bare, policy.to_string()).unwrap();
        let (status, said) = ran(&line, &bare, &bare);
        for form in wrapped(&policy, part) {
            std::fs::write(&file, form.to_string()).unwrap();
            let (status_wrapped, said_wrapped) = ran(&line, &file, &bare);
            let mut answer: Value = serde_json::from_str(&said_wrapped).expect(&said_wrapped);
            let judged = answer.as_object_mut().unwrap().remove("judged");
            assert!(judged.is_some_and(|judged| judged[0].is_string()), "{form}");
            assert_eq!((status_wrapped, answer), (status, serde_json::from_str(&said).unwrap()), "{form}");
        }
    }
}

/// Texts that neither are policies nor wrap exactly one.
const NO_POLICIES: &[&str] = &[
    "",
    " \n",
    "null",
    "7",
    "true",
    "\"x\"",
    "[]",
    "[{}]",
    "[[]]",
    "{}",
    "%7B",
    "%7B%7D",
    "<Role/>",
    r#"{"Version": "2012-10-17"}"#,
    r#"{"Statement": null}"#,
    r#"{"Statement": "[]"}"#,
    r#"{"Statement": 1}"#,
    r#"{"Statments": []}"#,
    r#"{"Roles": []}"#,
    r#"{"Role": {}}"#,
    r#"{"Role": {"AssumeRolePolicyDocument": null}}"#,
    r#"{"Role": {"AssumeRolePolicyDocument": {}}}"#,
    r#"{"Role": {"AssumeRolePolicyDocument": "%7B%7D"}}"#,
    r#"{"PolicyVersion": {"VersionId": "v1"}}"#,
    r#"{"PolicyVersion": {"Document": {"Statements": []}}}"#,
    r#"{"PolicyDocument": 7}"#,
    r#"{"Policies": []}"#,
    r#"{"AttachedPolicies": []}"#,
    r#"{"resource_changes": []}"#,
    r#"{"Records": []}"#,
    r#"{"RoleDetailList": []}"#,
    r#"{"guardrails": {}}"#,
    r#"{"anything": {"Statement": []}}"#,
    r#"[{"Statement": []}, {"Statement": []}]"#,
    r#"[{"Statement": []}, {}]"#,
    "Statement: []\n",
];

#[test]
fn what_is_no_policy_is_refused_by_every_command() {
    let folder = folder("door-refused");
    let (policy, file) = (data().join("read.json"), folder.join("file.json"));
    let explain = "explain --principal anonymous --action s3:GetObject --resource *";
    let account = "--account 111122223333";
    let lines = [
        format!("check --trust {{file}} {account}"),
        format!("check --identity {{file}} {account}"),
        format!("check --identity {{ceiling}} --boundary {{file}} {account}"),
        "compare {file} --ceiling {ceiling}".to_owned(),
        "compare {ceiling} --ceiling {file}".to_owned(),
        "compare {ceiling} --ceiling {ceiling} --boundary {file}".to_owned(),
        format!("{explain} --identity {{file}}"),
        format!("{explain} --resource-policy {{file}}"),
        format!("{explain} --boundary {{file}}"),
        format!("{explain} --session {{file}}"),
        format!("{explain} --scp {{file}}"),
        format!("{explain} --rcp {{file}}"),
        format!("event x --kind create-role --document {{file}} {account}"),
        format!("event x --kind put-role-policy --document {{file}} {account}"),
    ];
    for text in NO_POLICIES {
        std::fs::write(&file, text).unwrap();
        for line in &lines {
            let (status, said) = ran(line, &file, &policy);
            assert_eq!(status, 2, "{text}: {line}: {said}");
            assert!(said.contains("file.json") && said.lines().count() == 1, "{text}: {line}: {said}");
        }
        let (status, said) = ran("lint {file}", &file, &policy);
        assert!(status == 1 || status == 2, "{text}: {said}");
    }
}
