//! Text of strangers, wherever a command reads it: it comes out harmless in every format.

use std::process::Output;

use serde_json::{Value, json};

use crate::transcript::{data, run};

fn hostile_texts() -> Vec<String> {
    let file = data().join("../../../tests/corpus/hostile-texts.json");
    let mut texts: Vec<String> = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    texts.push("very long ".repeat(2_000));
    texts
}

/// All of them in one text, for where every place takes a process.
fn all_at_once() -> String {
    hostile_texts().concat()
}

/// A second opinion on what misleads: by blocks of code points.
fn misleads(char: char) -> bool {
    let code = u32::from(char);
    code < 0x20
        || (0x7f..=0x9f).contains(&code)
        || [0xad, 0x61c, 0xfeff].contains(&code)
        || (0x200b..=0x200f).contains(&code)
        || (0x2028..=0x202e).contains(&code)
        || (0x2060..=0x206f).contains(&code)
        || (0xe0000..=0xe007f).contains(&code)
}

/// Answered, and every line of both streams is what it seems.
#[track_caller]
fn assert_harmless(place: &str, text: &str, output: &Output) {
    assert!(output.status.code().is_some_and(|code| code < 4), "{place}: {output:?}");
    for stream in [&output.stdout, &output.stderr] {
        let shown = std::str::from_utf8(stream).unwrap();
        let bad = shown.lines().find(|line| line.chars().any(misleads));
        assert_eq!(bad, None, "{place} with {text:?}");
        assert!(!shown.contains("panicked"), "{place} with {text:?}: {shown}");
        // A line that only a stranger's line break can have begun.
        assert!(!shown.lines().any(|line| line.starts_with("break")), "{place} with {text:?}: {shown}");
    }
}

#[track_caller]
fn assert_json(place: &str, output: &Output) {
    for line in std::str::from_utf8(&output.stdout).unwrap().lines() {
        serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{place}: {error}: {line}"));
    }
}

/// The text in place of each string below, once for each.
fn in_every_leaf(value: &Value, text: &str) -> Vec<Value> {
    let changed: Vec<Value> = match value {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(key, member)| {
                in_every_leaf(member, text).into_iter().map(move |changed| {
                    let mut fields = fields.clone();
                    fields.insert(key.clone(), changed);
                    Value::Object(fields)
                })
            })
            .collect(),
        Value::Array(values) => (0..values.len())
            .flat_map(|index| {
                in_every_leaf(&values[index], text).into_iter().map(move |changed| {
                    let mut values = values.clone();
                    values[index] = changed;
                    Value::Array(values)
                })
            })
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => vec![json!(text)],
    };
    changed
}

fn trust() -> Value {
    json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "S", "Effect": "Allow", "Action": ["sts:AssumeRole"],
        "Principal": {"AWS": ["arn:aws:iam::999988887777:role/x"], "Federated": "accounts.google.com"},
        "Condition": {"StringLike": {"aws:PrincipalTag/team": ["a*"]}},
    }]})
}

/// Roles that each have the text in another place.
fn dump(text: &str) -> Value {
    let role = json!({
        "Path": "/", "RoleName": "app", "RoleId": "AROAX2BE4EEWZ2EXDAPP1",
        "Arn": "arn:aws:iam::111122223333:role/app", "CreateDate": "2026-03-01T08:00:00+00:00",
        "AssumeRolePolicyDocument": trust(),
        "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Sid": "S", "Effect": "Allow", "Action": ["iam:PassRole", "*"], "Resource": ["*"]}]}}],
        "AttachedManagedPolicies": [{"PolicyName": "m", "PolicyArn": "arn:aws:iam::111122223333:policy/m"}],
        "PermissionsBoundary": {"PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/b"},
        "Tags": [{"Key": "k", "Value": "v"}],
    });
    let mut roles = in_every_leaf(&role, text);
    let mut far = role.clone();
    far["Arn"] = json!(format!("arn:aws:iam::111122223333:role/{text}/app"));
    let mut named = role;
    named["AssumeRolePolicyDocument"]["Statement"][0][text] = json!({text: text});
    named["AssumeRolePolicyDocument"]["Statement"][0]["Condition"][text] = json!({text: text});
    roles.extend([far, named]);
    json!({"RoleDetailList": roles, "UserDetailList": [], "GroupDetailList": [], "Policies": []})
}

#[test]
fn scans() {
    for text in hostile_texts() {
        let dump = dump(&text).to_string();
        for format in ["text", "json", "sarif"] {
            let output = run(
                &["scan", "-", "--diff", "--settings", "every-role.yaml", "--output", format],
                dump.as_bytes(),
            );
            assert!(output.stdout.len() > 1_000, "{output:?}");
            assert_harmless(format, &text, &output);
            if format != "text" {
                assert_json(format, &output);
            }
        }
    }
}

#[test]
fn links_of_strangers_are_none_in_sarif() {
    let text = "[click](https://x.example)";
    let output = run(&["scan", "-", "--output", "sarif"], dump(text).to_string().as_bytes());
    let log: Value = serde_json::from_slice(&output.stdout).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let messages = results.iter().map(|result| result["message"]["text"].as_str().unwrap());
    let quoting: Vec<&str> = messages.filter(|message| message.contains("click")).collect();
    assert!(!quoting.is_empty());
    assert!(quoting.iter().all(|message| !message.contains("[click]")), "{quoting:?}");
}

#[test]
fn replays() {
    let event =
        std::fs::read(data().join("../../../events/update-assume-role-policy/revert--external-account.json"));
    let event: Value = serde_json::from_slice(&event.unwrap()).unwrap();
    for text in [all_at_once()] {
        // Accounts and sources of other forms are errors of the whole command, so what is left is replayed.
        let mut events = in_every_leaf(&event["detail"], &text);
        events.retain(|detail| {
            ["recipientAccountId", "eventSource"]
                .iter()
                .all(|field| detail[*field] == event["detail"][*field])
        });
        let lines: Vec<String> = events
            .into_iter()
            .map(|detail| {
                let mut event = event.clone();
                event["detail"] = detail;
                event.to_string()
            })
            .collect();
        for line in lines {
            let output = run(&["replay", "-", "--settings", "enforce.yaml"], line.as_bytes());
            assert_harmless("replay", &text, &output);
        }
    }
}

#[test]
fn single_policies() {
    for text in [all_at_once()] {
        for policy in in_every_leaf(&trust(), &text).into_iter().chain([json!({text.as_str(): text})]) {
            let policy = policy.to_string();
            for arguments in [
                ["lint", "-", "--as", "trust", "--output", "text"],
                ["lint", "-", "--as", "trust", "--output", "sarif"],
                ["check", "--trust", "-", "--account", "111122223333", "--output=text"],
            ] {
                assert_harmless("policy", &text, &run(&arguments, policy.as_bytes()));
            }
        }
    }
}

#[test]
fn settings() {
    let settings = json!({
        "version": 1,
        "organization": {"id": "o-exampleorg1", "trusted": true},
        "guardrails": {"restrict_cross_account_access": {
            "mode": "monitor", "trusted_accounts": ["444455556666"], "trusted_services": ["lambda.amazonaws.com"],
        }},
        "protected_roles": [{"role": "arn:aws:iam::111122223333:role/x", "owner": "o", "reason": "r"}],
    });
    for text in [all_at_once()] {
        for settings in in_every_leaf(&settings, &text).into_iter().chain([json!({text.as_str(): 1})]) {
            let output = run(&["settings", "check", "-"], settings.to_string().as_bytes());
            assert_harmless("settings", &text, &output);
        }
        assert_harmless("settings", &text, &run(&["settings", "check", "-"], text.as_bytes()));
    }
}
