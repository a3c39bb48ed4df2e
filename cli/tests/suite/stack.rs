//! Who in an account can change rescind itself.

use serde_json::Value;

use crate::transcript::{self, run};

#[test]
fn whoever_can_change_rescind_is_listed() {
    transcript::assert("scan-stack", &["scan account.json --stack rescind"]);
}

#[test]
fn programs_get_one_object_for_each_part() {
    let output = run(&["scan", "account.json", "--stack", "rescind", "--output", "json"], b"");
    let text = String::from_utf8(output.stdout).unwrap();
    let objects = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let can: Vec<Value> = objects.filter(|object| object["kind"] == "can_change_rescind").collect();
    assert!(can.iter().all(|can| can["version"] == 1 && can["principal"].is_string()), "{can:?}");
    let parts_of = |name: &str| {
        let of = |can: &&Value| can["principal"].as_str().unwrap().ends_with(name);
        can.iter().filter(of).map(|can| can["part"].as_str().unwrap_or("?").to_owned()).collect::<Vec<_>>()
    };
    assert!(parts_of("user/bob").contains(&"Functions".to_owned()), "an administrator: {can:?}");
    let without = run(&["scan", "account.json", "--output", "json"], b"");
    assert!(!String::from_utf8(without.stdout).unwrap().contains("can_change_rescind"), "only if asked for");
}
