//! Decision cases as data: every line of `cases/*.jsonl` is one request, the policies that concern it
//! and what AWS decides. `rescind test` reads the same files.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of a test")]

use std::{fs, path::Path};

use rescind_policy::{AccountId, Caller, ConditionKey, Context, Document, Policies, Request, evaluate};
use serde_json::Value;

#[test]
fn every_case_is_decided_as_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let (mut count, mut wrong, mut names) = (0, Vec::new(), std::collections::BTreeSet::new());
    for file in &files {
        for (line, text) in fs::read_to_string(file).unwrap().lines().enumerate() {
            let place = format!("{}:{}", file.file_name().unwrap().to_string_lossy(), line + 1);
            let case: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{place}: {error}"));
            let name = case["name"].as_str().unwrap().to_owned();
            let (expect, got) = (case["expect"].as_str().unwrap(), decide(&case, &place));
            let right = got == expect || (expect == "Denied" && got.ends_with("Denied"));
            if !right {
                wrong.push(format!("{place} {name}: expected {expect}, got {got}"));
            }
            assert!(names.insert(name), "{place}: the name occurs twice");
            count += 1;
        }
    }
    assert!(wrong.is_empty(), "{} of {count} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= 300, "only {count} cases: were files lost?");
}

fn decide(case: &Value, place: &str) -> &'static str {
    let policies = &case["policies"];
    let list = |value: &Value| {
        value.as_array().into_iter().flatten().map(|one| document(one, place)).collect::<Vec<_>>()
    };
    let levels = |value: &Value| value.as_array().into_iter().flatten().map(&list).collect::<Vec<_>>();
    let (identity, boundary, session) =
        (list(&policies["identity"]), list(&policies["boundary"]), list(&policies["session"]));
    let resource = policies["resource"].is_object().then(|| document(&policies["resource"], place));
    let (scps, rcps) = (levels(&policies["scps"]), levels(&policies["rcps"]));
    let borrowed = Policies {
        identity: identity.iter().collect(),
        resource: resource.as_ref(),
        boundary: boundary.iter().collect(),
        session: session.iter().collect(),
        scps: scps.iter().map(|level| level.iter().collect()).collect(),
        rcps: rcps.iter().map(|level| level.iter().collect()).collect(),
    };
    evaluate(&request(&case["request"]), &borrowed).decision.as_str()
}

fn document(value: &Value, place: &str) -> Document {
    Document::read(value.to_string()).unwrap_or_else(|error| panic!("{place}: {error}"))
}

fn request(value: &Value) -> Request {
    let text = |field: &str| value[field].as_str().unwrap_or_default();
    let principal = &value["principal"];
    let caller = match (principal["service"].as_str(), principal["federated"].as_str()) {
        (Some(service), _) => Caller::service(service),
        (_, Some(provider)) => Caller::federated(provider),
        _ => Caller::parse(text("principal")),
    };
    let mut request = Request::new(caller.unwrap(), text("action"), text("resource"));
    request.resource_account = AccountId::parse(text("resource_account"));
    for (key, value) in value["context"].as_object().into_iter().flatten() {
        let values =
            value.as_array().map_or_else(|| vec![plain(value)], |list| list.iter().map(plain).collect());
        request.context.set(key.as_str(), values);
    }
    request
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[test]
fn context_keys_ignore_case() {
    let context = Context::new().with("aws:PrincipalTag/Team", ["a"]);
    assert_eq!(context.get(&ConditionKey::new("AWS:principaltag/TEAM")), Some(&[Box::from("a")][..]));
}
