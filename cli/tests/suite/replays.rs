//! Every event of `events/` replayed: its name tells what must come of it.

use std::path::PathBuf;

use serde_json::Value;

use crate::transcript::{data, run};

/// The events of a function.
fn events(function: &str) -> Vec<PathBuf> {
    let folder = data().join("../../../events").join(function);
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 3, "{files:?}");
    files
}

/// The outcomes of a replay and its exit status.
fn outcomes(file: &std::path::Path) -> (Vec<String>, Option<i32>) {
    let output =
        run(&["replay", file.to_str().unwrap(), "--settings", "enforce.yaml", "--output", "json"], b"");
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
        let (outcomes, status) = outcomes(&file);
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
