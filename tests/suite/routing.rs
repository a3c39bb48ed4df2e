//! Which rule of the template takes which event: every function gets its own, and nothing that changes rescind goes
//! unreported.

use std::fs;
use std::path::{Path, PathBuf};

use remediation::Function;
use serde_json::{Value, json};

use crate::pattern::matches;
use crate::template::template;

/// Its rule's pattern, in the account of the events.
fn pattern(template: &Value, rule: &str) -> Value {
    let text = template["Resources"][rule]["Properties"]["EventPattern"].to_string();
    let values = [
        ("${AWS::AccountId}", "111122223333"),
        ("AWS::AccountId", "111122223333"),
        ("${AWS::StackName}", "rescind"),
        ("${LockdownPolicy}", "rescind-lockdown"),
        ("AWS::StackName", "rescind"),
        ("AWS::StackId", "arn:aws:cloudformation:us-east-1:111122223333:stack/rescind/1a2b"),
        ("\"AlertsKey.Arn\"", "\"arn:aws:kms:us-east-1:111122223333:key/3c4d\""),
        ("\"Alerts\"", "\"arn:aws:sns:us-east-1:111122223333:rescind-Alerts-5E6F\""),
    ];
    let text = values.into_iter().fold(text, |text, (name, value)| text.replace(name, value));
    serde_json::from_str(&text).unwrap()
}

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn read(file: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

/// The functions whose rules take the event.
fn taken_by(template: &Value, event: &Value) -> Vec<Function> {
    let takes = |function: &Function| matches(&pattern(template, &format!("{function:?}Rule")), event);
    Function::ALL.into_iter().filter(takes).collect()
}

#[test]
fn every_event_goes_to_its_function_and_a_failed_call_to_none() {
    let template = template();
    for function in Function::ALL {
        let events = files(&format!("events/{function}"));
        for file in events.iter().filter(|file| !file.ends_with("account.json")) {
            let is_failed = file.file_name().unwrap().to_string_lossy().starts_with("ignore--");
            let expected = if is_failed { vec![] } else { vec![function] };
            assert_eq!(taken_by(&template, &read(file)), expected, "{}", file.display());
        }
    }
}

#[test]
fn every_write_of_the_corpus_is_taken_by_the_function_that_looks_at_it() {
    let template = template();
    let told = files("tests/corpus/cloudtrail").into_iter().map(|file| {
        let functions: Vec<_> = taken_by(&template, &read(&file)).iter().map(ToString::to_string).collect();
        format!("{}: {}", file.file_stem().unwrap().to_string_lossy(), functions.join(", "))
    });
    insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"));
}

#[test]
fn events_that_anybody_may_put_are_taken_by_no_rule() {
    let template = template();
    let mut event = read(&files("tests/corpus/cloudtrail")[0]);
    assert_eq!(taken_by(&template, &event), [Function::CreateRole]);
    for (field, value) in
        [("source", "example.iam"), ("account", "444455556666"), ("detail-type", "Scheduled Event")]
    {
        let was = event[field].clone();
        event[field] = json!(value);
        assert_eq!(taken_by(&template, &event), [], "{field}");
        event[field] = was;
    }
}

/// `tests/corpus/self-protection.jsonl`: calls, and whether they change rescind.
#[test]
fn whoever_changes_rescind_or_its_trail_is_reported_by_no_function_of_rescind() {
    let template = template();
    let rule = pattern(&template, "SelfProtection");
    let cases =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/corpus/self-protection.jsonl")).unwrap();
    for line in cases.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let service = case["service"].as_str().unwrap();
        let mut event = json!({
            "source": format!("aws.{service}"),
            "detail-type": "AWS API Call via CloudTrail",
            "account": "111122223333",
            "detail": {
                "eventSource": format!("{service}.amazonaws.com"),
                "eventName": case["call"],
                "requestParameters": case["parameters"],
                "responseElements": case["answer"],
                "resources": case["resources"],
            },
        });
        assert_eq!(matches(&rule, &event), case["reported"], "{line}");
        event["detail"]["errorCode"] = json!("AccessDenied");
        assert!(!matches(&rule, &event), "a failed call changes nothing: {line}");
    }
    let target = &template["Resources"]["SelfProtection"]["Properties"]["Targets"][0];
    assert_eq!(target["Arn"], "Alerts", "straight to people");
    // EventBridge quota: a pattern has at most 2,048 characters.
    assert!(rule.to_string().len() <= 2_048, "{}", rule.to_string().len());
}

#[test]
fn a_notification_of_every_kind_reaches_people() {
    let rule = pattern(&template(), "FindingsToAlerts");
    for kind in ["Role Remediation", "Identity Provider Changed", "Rescind Blind"] {
        assert!(matches(&rule, &json!({"source": "rescind", "detail-type": kind})), "{kind}");
    }
}
