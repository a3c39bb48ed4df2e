//! The catalogue against AWS's own list of actions: whatever puts a role to use is a way, or was looked at and is none.
//!
//! `tests/data/looked-at.jsonl` says why, in rows of one service each; where a row speaks of what is counted, it means an
//! action of the catalogue. `tests/tools/aws_actions.py` makes the list anew; an action that is new in it fails here.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read,
};

use serde_json::Value;

use super::PATHS;

const ACTIONS: &[u8] = include_bytes!("../../../../tests/data/aws-actions.jsonl.gz");
const LOOKED_AT: &str = include_str!("../../../../tests/data/looked-at.jsonl");

/// Verbs that start code, hand it a request or lend credentials.
const STARTS: [&str; 18] = [
    "Access", "Assume", "Connect", "Deploy", "Execute", "Invoke", "Launch", "Open", "Restart", "Resume",
    "Retry", "Run", "Schedule", "Send", "Start", "Submit", "Test", "Trigger",
];

/// Verbs that may change the code that a role runs. They matter in services that have a way.
const CHANGES: [&str; 14] = [
    "Add",
    "Associate",
    "Attach",
    "Create",
    "Deploy",
    "Import",
    "Modify",
    "Publish",
    "Put",
    "Register",
    "Replace",
    "Set",
    "Update",
    "Upload",
];

/// Actions of services that AWS has ended.
const GONE: [&str; 1] = ["codestar:CreateProject"];

/// AWS's actions that write, those that take `iam:PassRole`, and those whose request names a role.
#[derive(Default)]
struct Listed {
    write: BTreeSet<String>,
    passes: BTreeSet<String>,
    role: BTreeSet<String>,
}

fn named(row: &Value, list: &str) -> Vec<String> {
    let service = row["service"].as_str().unwrap();
    let names = row[list].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
    names.map(|name| format!("{service}:{name}")).collect()
}

fn listed() -> Listed {
    let mut text = String::new();
    flate2::read::GzDecoder::new(ACTIONS).read_to_string(&mut text).unwrap();
    let mut listed = Listed::default();
    for line in text.lines().skip(1) {
        let row: Value = serde_json::from_str(line).unwrap();
        listed.write.extend(named(&row, "write"));
        listed.passes.extend(named(&row, "passes"));
        listed.role.extend(named(&row, "role"));
    }
    listed
}

/// Actions of ways that write nothing themselves.
const READING: [&str; 5] = [
    "bedrock-agentcore:ConnectBrowserAutomationStream",
    "bedrock-agentcore:GetAgentRuntime",
    "codedeploy:GetDeploymentConfig",
    "gamelift:RequestUploadCredentials",
    "s3:GetObject",
];

/// The actions that were looked at and are no way, each with the reason.
fn looked_at() -> BTreeMap<String, String> {
    let mut reasons = BTreeMap::new();
    for line in LOOKED_AT.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let because = row["because"].as_str().unwrap();
        assert!(!because.is_empty(), "{line}");
        for action in named(&row, "actions") {
            assert_eq!(
                reasons.insert(action.clone(), because.to_owned()),
                None,
                "{action} stands there twice"
            );
        }
    }
    reasons
}

fn counted() -> BTreeSet<&'static str> {
    PATHS.iter().flat_map(|path| path.actions).copied().collect()
}

fn has_verb(action: &str, verbs: &[&str]) -> bool {
    let name = action.split_once(':').unwrap().1;
    let rest = verbs.iter().filter_map(|verb| name.strip_prefix(verb));
    rest.into_iter().any(|rest| !rest.starts_with(|next: char| next.is_ascii_lowercase()))
}

/// The actions that put a role to use, or might.
fn puts_a_role_to_use(listed: &Listed) -> BTreeSet<String> {
    let services: BTreeSet<&str> = counted().iter().map(|action| action.split_once(':').unwrap().0).collect();
    let might = |action: &&String| {
        let has_a_way = services.contains(action.split_once(':').unwrap().0);
        has_verb(action, &STARTS) || (has_a_way && has_verb(action, &CHANGES))
    };
    let by_verb = listed.write.iter().filter(might);
    by_verb.chain(&listed.passes).chain(&listed.role).cloned().collect()
}

#[test]
fn what_puts_a_role_to_use_is_a_way_or_was_looked_at() {
    let (looked_at, counted) = (looked_at(), counted());
    let listed = listed();
    assert!(listed.write.len() > 12_000 && listed.passes.len() > 250 && listed.role.len() > 900);
    let actions = puts_a_role_to_use(&listed);
    let open: Vec<&String> = actions
        .iter()
        .filter(|action| !counted.contains(action.as_str()) && !looked_at.contains_key(*action))
        .collect();
    assert!(
        open.is_empty(),
        "is it a way to more permissions? add it to the catalogue or to looked-at.jsonl: {open:#?}"
    );
    let stale: Vec<&String> = looked_at
        .keys()
        .filter(|action| !actions.contains(*action) || counted.contains(action.as_str()))
        .collect();
    assert!(stale.is_empty(), "these rows of looked-at.jsonl say nothing any more: {stale:#?}");
}

/// A name that AWS does not know closes no way and opens none.
#[test]
fn the_catalogue_spells_actions_as_aws_does() {
    let mut known = listed().write;
    known.extend(READING.map(str::to_owned));
    let unknown: Vec<&str> =
        counted().into_iter().filter(|action| !known.contains(*action) && !GONE.contains(action)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}
