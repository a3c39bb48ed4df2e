//! Text of strangers, wherever it can enter: it comes out harmless in records and notifications.

use guardrails::PolicyName;
use serde_json::{Value, json};

use super::fixture::*;
use crate::embedded::{Embedded, Fault};
use crate::function::Function;
use crate::iam_error::IamError;
use crate::log_text::{json_line, misleads};
use crate::pass::{Passed, handle_text};
use crate::record::{Notification, Record};

fn hostile_texts() -> Vec<String> {
    let text = include_str!("../../../../../tests/corpus/hostile-texts.json");
    let mut texts: Vec<String> = serde_json::from_str(text).unwrap();
    texts.push("very long ".repeat(2_000));
    texts
}

/// All of them in one text, for where there are many places and each pass takes its time.
fn all_at_once() -> [String; 2] {
    let all = hostile_texts().concat();
    [format!("={all}"), all]
}

/// An event with every field that a stranger has a say in.
fn full_event() -> Value {
    let mut event = update(&unsafe_trust());
    let detail = &mut event["detail"];
    detail["sourceIPAddress"] = json!("198.51.100.7");
    detail["userAgent"] = json!("aws-cli/2.31");
    detail["userIdentity"]["invokedBy"] = json!("cloudformation.amazonaws.com");
    detail["userIdentity"]["principalId"] = json!("AROAX2BE4EEWZ2EXDORD1:session");
    detail["userIdentity"]["sessionContext"] =
        json!({"sessionIssuer": {"arn": "arn:aws:iam::111122223333:role/ci", "userName": "ci"}});
    detail["responseElements"] = json!({"role": {"arn": "arn:aws:iam::111122223333:role/app"}});
    event
}

/// The paths of all strings and numbers below, as JSON pointers.
fn leaves(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(key, value)| {
                leaves(value, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), found)
            });
        }
        Value::Array(values) => {
            values
                .iter()
                .enumerate()
                .for_each(|(index, value)| leaves(value, &format!("{at}/{index}"), found));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => found.push(at.to_owned()),
    }
}

/// The document with the text in place of one leaf, for every leaf.
fn in_every_leaf(value: &Value, text: &str) -> Vec<(String, Value)> {
    let mut paths = Vec::new();
    leaves(value, "", &mut paths);
    paths
        .into_iter()
        .map(|path| {
            let mut changed = value.clone();
            *changed.pointer_mut(&path).unwrap() = json!(text);
            (path, changed)
        })
        .collect()
}

#[track_caller]
fn assert_harmless(place: &str, passed: &[Passed], told: &[Notification]) {
    assert!(!passed.is_empty(), "{place}: nothing was said");
    for Passed { record, .. } in passed {
        let line = record.line();
        assert!(!line.chars().any(misleads), "{place}: {line:?}");
        assert_eq!(&serde_json::from_str::<Record>(&line).unwrap(), record, "{place}");
    }
    for notification in told {
        let line = json_line(notification).unwrap();
        assert!(line.len() < 200_000, "{place}: {} bytes", line.len());
        assert_eq!(&serde_json::from_str::<Notification>(&line).unwrap(), notification, "{place}");
        assert_shown_harmless(place, &json!(notification));
    }
}

/// Whoever shows a value of a notification shows it as it is.
#[track_caller]
fn assert_shown_harmless(place: &str, notification: &Value) {
    let mut paths = Vec::new();
    leaves(notification, "", &mut paths);
    for path in paths {
        let Some(text) = notification.pointer(&path).unwrap().as_str() else { continue };
        assert!(!text.chars().any(misleads), "{place}: {path}: {text:?}");
        assert!(!text.contains(['<', '>', '&']), "{place}: {path}: {text:?}");
        assert!(!text.starts_with(['=', '+', '-', '@']), "{place}: {path}: {text:?}");
    }
}

fn assert_pass_is_harmless(place: &str, account: &Embedded, message: &str) {
    let world = trust_world(account);
    let passed = block_on(handle_text(&world, &updater(), message, None));
    assert_harmless(place, &passed, &world.bus.told());
}

#[test]
fn every_field_of_an_event() {
    for text in all_at_once() {
        for (path, event) in in_every_leaf(&full_event(), &text) {
            assert_pass_is_harmless(&path, &account(&unsafe_trust()), &event.to_string());
        }
    }
    for text in hostile_texts() {
        for message in [text.clone(), json!(text).to_string(), json!({ "role": text }).to_string()] {
            assert_pass_is_harmless("message", &account(&safe()), &message);
        }
    }
}

/// Statements with all that a policy may hold, and an outsider that makes it unsafe.
fn full_policy(grants: &Value) -> Value {
    let mut statement = json!({
        "Sid": "S",
        "Effect": "Allow",
        "Condition": {"StringLike": {"aws:PrincipalTag/team": "a*", "sts:ExternalId": ["b"]}},
    });
    statement.as_object_mut().unwrap().extend(grants.as_object().unwrap().clone());
    json!({"Version": "2012-10-17", "Id": "I", "Statement": [statement]})
}

/// The text in every leaf, and as the name of a condition key, of an operator and of an element.
fn policies_with(policy: &Value, text: &str) -> Vec<(String, String)> {
    let as_name = |name: &str| {
        (name.to_owned(), policy.to_string().replace(&json!(name).to_string(), &json!(text).to_string()))
    };
    let leaves = in_every_leaf(policy, text).into_iter().map(|(path, policy)| (path, policy.to_string()));
    leaves.chain(["StringLike", "aws:PrincipalTag/team", "Sid"].map(as_name)).collect()
}

#[test]
fn every_part_of_a_trust_policy() {
    let grants = json!({
        "Principal": {"AWS": ["arn:aws:iam::999988887777:role/x"], "Federated": "accounts.google.com", "Service": "ec2.amazonaws.com"},
        "Action": ["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"],
    });
    for text in all_at_once() {
        for (path, document) in policies_with(&full_policy(&grants), &text) {
            assert_pass_is_harmless(&path, &account(&document), &update(&document).to_string());
        }
    }
}

#[test]
fn every_part_of_a_permission_policy_and_its_name() {
    let grants = json!({"Action": ["iam:PassRole", "s3:*"], "Resource": ["*"]});
    let names = ["p", "=1+1"];
    for text in all_at_once() {
        for (place, document) in policies_with(&full_policy(&grants), &text) {
            let account = account(&safe());
            for name in names.map(|name| PolicyName::parse(name).unwrap()) {
                account.seed(|stored| assert!(stored.put_inline("app", &name, &document)));
            }
            let world = inline_world(&account);
            let message = put_inline(&document).to_string();
            let passed = block_on(handle_text(&world, &enforce(Function::PutRolePolicy), &message, None));
            assert_harmless(&place, &passed, &world.bus.told());
        }
    }
}

#[test]
fn every_answer_of_iam() {
    for text in hostile_texts() {
        for answer in [IamError::Unexpected, IamError::Denied, IamError::TryAgain] {
            for call in 0..3 {
                let account = account(&unsafe_trust());
                account.fail(call, Fault::Answer(answer(text.clone())));
                assert_pass_is_harmless("answer", &account, &update(&unsafe_trust()).to_string());
            }
        }
    }
}

#[test]
fn the_path_and_the_name_of_a_role() {
    for path in ["/<!channel>/", "/&amp;/=1+1/", "/[x](https://x.example)/"] {
        for name in ["=1+1", "@SUM", "-x", "+x"] {
            let account = Embedded::new("aws", ACCOUNT);
            account.seed(|stored| stored.put_role(path, name, &unsafe_trust(), EVENT)).unwrap();
            assert_pass_is_harmless(path, &account, &by_hand(name).to_string());
        }
    }
}

#[test]
fn a_thousand_findings_fit_on_the_bus() {
    let statement = OUTSIDER.to_owned();
    let document = trust(&vec![statement.as_str(); 1_000]);
    let account = account(&document);
    assert_pass_is_harmless("thousand", &account, &update(&document).to_string());
}
