//! A role's past on this machine: kept by a replay, shown, and taken back.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::transcript::run;

/// A folder of its own, gone with the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("rescind-past-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        Self(folder)
    }

    fn path(&self, file: &str) -> String {
        self.0.join(file).to_str().unwrap().to_owned()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The lines of JSON that a command prints, and its status.
fn told(arguments: &[&str], input: &[u8]) -> (Vec<Value>, i32) {
    let output = run(arguments, input);
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (lines, output.status.code().unwrap())
}

fn entries<'a>(past: &'a [Value], kind: &str) -> Vec<&'a Value> {
    past.iter().filter(|entry| entry["entry"] == kind).collect()
}

/// An account that holds the role as the repair left it.
fn dump(version: &Value, trust: &str) -> String {
    let arn = version["role"].as_str().unwrap();
    let trust: Value = serde_json::from_str(trust).unwrap();
    let role = json!({"Path": "/", "RoleName": arn.rsplit('/').next().unwrap(), "RoleId": version["role_id"],
        "Arn": arn, "CreateDate": "2026-03-01T08:00:00+00:00", "AssumeRolePolicyDocument": trust,
        "RolePolicyList": [], "AttachedManagedPolicies": [], "InstanceProfileList": [], "Tags": []});
    json!({"RoleDetailList": [role]}).to_string()
}

#[test]
fn a_replayed_repair_is_kept_shown_and_taken_back() {
    let scratch = Scratch::new();
    let (folder, account) = (scratch.path("past"), scratch.path("account.json"));
    let place = ["--history", folder.as_str(), "--output", "json"];
    let event = ["event", "app", "--kind", "update-trust", "--account", "111122223333"];
    let document = ["--document", "trust-outside.json", "--time", "2026-11-20T10:00:00Z"];
    let event = run(&[&event[..], &document[..]].concat(), b"");
    let replayed =
        told(&[&["replay", "-", "--settings", "enforce.yaml"], &place[..]].concat(), &event.stdout);
    assert_eq!((replayed.1, &replayed.0[0]["outcome"]["name"]), (1, &json!("repaired")));
    let id = replayed.0[0]["repair"].as_str().unwrap();

    let (past, status) = told(&[&["history", "app"], &place[..]].concat(), b"");
    assert_eq!(status, 0);
    let versions = entries(&past, "version");
    let trusts = versions.iter().filter(|version| version["facet"] == "trust");
    let verdicts: Vec<_> = trusts.map(|version| version["verdict"].clone()).collect();
    assert_eq!(verdicts, ["unsafe", "safe"]);
    assert_eq!(entries(&past, "repair")[0]["repair"], id);
    let (difference, status) = told(&[&["diff", "app"], &place[..]].concat(), b"");
    assert_eq!(status, 1);

    let after = difference[0]["after"].as_str().unwrap();
    std::fs::write(&account, dump(entries(&past, "version")[0], after)).unwrap();
    let undo = [&["undo", id, "--account-dump", &account, "--by", "dana"], &place[..]].concat();
    // Shown, and nothing done.
    let (shown, status) = told(&undo, b"");
    assert_eq!((status, &shown[0]["steps"][0]["after"]), (0, &difference[0]["before"]));
    assert_eq!(told(&[&["history", "--holds"], &place[..]].concat(), b"").0, [Value::Null; 0]);
    // Nobody sits at a terminal to say yes.
    assert_eq!(told(&[&undo[..], &["--apply"]].concat(), b"y\n").1, 2);
    assert_eq!(told(&[&undo[..], &["--apply", "--yes"]].concat(), b"").1, 0);
    let (holds, _) = told(&[&["history", "--holds"], &place[..]].concat(), b"");
    assert_eq!((holds.len(), &holds[0]["by"]), (1, &json!("dana")));
}

#[test]
fn what_there_is_no_past_of_is_wrong_input() {
    let scratch = Scratch::new();
    let folder = scratch.path("none");
    for command in [vec!["history", "app"], vec!["diff", "app"], vec!["undo", "x", "--by", "dana"]] {
        let arguments = [&command[..], &["--history", &folder]].concat();
        assert_eq!(run(&arguments, b"").status.code(), Some(2), "{command:?}");
        assert_eq!(run(&command, b"").status.code(), Some(2), "{command:?}: no history is named");
    }
    assert!(!scratch.0.exists(), "looking makes no folder");
}
