//! Every event of `events/` replayed: its name tells what must come of it.

use std::path::PathBuf;

use serde_json::Value;

use crate::transcript::{data, run};

fn folder(function: &str) -> PathBuf {
    data().join("../../../events").join(function)
}

/// The events of a function.
fn events(function: &str) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder(function)).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = files.filter(|file| !file.ends_with("account.json")).collect();
    files.sort();
    assert!(files.len() > 3, "{files:?}");
    files
}

/// The outcomes of a replay and its exit status.
fn outcomes(file: &std::path::Path, more: &[&str]) -> (Vec<String>, Option<i32>) {
    let arguments = ["replay", file.to_str().unwrap(), "--settings", "enforce.yaml", "--output", "json"];
    let output = run(&[&arguments[..], more].concat(), b"");
    let text = String::from_utf8(output.stdout).unwrap();
    let records = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let outcomes = records.map(|record| {
        assert_eq!(record["version"], 1);
        record["outcome"]["name"].as_str().unwrap().to_owned()
    });
    (outcomes.collect(), output.status.code())
}

fn replay(function: &str) {
    for file in events(function) {
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let (verdict, what) = name.split_once("--").unwrap();
        let (outcomes, status) = outcomes(&file, &[]);
        let expected = match (verdict, what) {
            // Without a dump nobody knows which role it was.
            ("revert", "parameters-omitted") => ("unjudged", Some(3)),
            ("revert", _) => ("repaired", Some(1)),
            ("leave", _) => ("compliant", Some(0)),
            ("ignore", _) => ("ignored", Some(0)),
            (other, _) => panic!("{other} is no verdict"),
        };
        assert_eq!((outcomes.first().map_or("", String::as_str), status), expected, "{name}: {outcomes:?}");
    }
}

#[test]
fn update_assume_role_policy() {
    replay("update-assume-role-policy");
}

#[test]
fn create_role() {
    replay("create-role");
}

#[test]
fn put_role_policy() {
    replay("put-role-policy");
}

/// These events change what other documents say; `account.json` beside them is the account before.
#[test]
fn functions_whose_events_do_not_tell_the_whole_story() {
    for function in
        ["attach-role-policy", "change-policy-version", "change-permissions-boundary", "update-role", "sweep"]
    {
        let account = folder(function).join("account.json");
        for file in events(function) {
            let name = file.file_stem().unwrap().to_str().unwrap();
            let (outcomes, status) = outcomes(&file, &["--account-dump", account.to_str().unwrap()]);
            let all = |outcome: &str| outcomes.iter().all(|one| one == outcome);
            let is_right = match name.split_once("--").unwrap().0 {
                "revert" => outcomes.contains(&"repaired".to_owned()) && status != Some(0),
                "leave" => all("compliant") && status == Some(0),
                "ignore" => all("ignored") && status == Some(0),
                "tell" => all("unjudged") && status == Some(3),
                other => panic!("{other} is no verdict"),
            };
            assert!(is_right, "{function}/{name}: {outcomes:?} {status:?}");
        }
    }
}

/// A managed policy allows what is never allowed, and denies what an inline policy would allow without it: whichever
/// call the role is looked at for, nothing comes free and the inline policy loses nothing.
#[test]
fn a_policy_that_holds_others_back_is_not_just_detached() {
    let with = "--settings repair-guard/settings.yaml";
    let dump = "--account-dump repair-guard/dump.json";
    crate::transcript::assert(
        "repair-guard",
        &[
            &format!("replay repair-guard/attach.json {with} {dump}"),
            &format!("replay repair-guard/put.json {with} {dump}"),
            &format!("scan repair-guard/dump.json {with}"),
            &format!("scan repair-guard/dump.json {with} --output json"),
        ],
    );
}
