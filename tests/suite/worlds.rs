//! `docs/worlds.md` prints the rules that narrow the worlds of the proofs as they stand in the code.

use std::fs;
use std::path::Path;

use policy::{RULES, Rule, With};

fn row(rule: &Rule) -> String {
    let callers: Vec<String> = rule.callers.iter().map(ToString::to_string).collect();
    let callers = if callers.is_empty() { "everybody".to_owned() } else { callers.join("; ") };
    let with = match rule.with {
        With::Any => "any".to_owned(),
        With::Only(actions) => {
            actions.iter().map(|action| format!("`{action}`")).collect::<Vec<_>>().join(", ")
        }
    };
    let values = if rule.many { "several" } else { "one" };
    format!(
        "| {} | {callers} | {with} | {} | {} | {values} | {} |",
        rule.keys, rule.sent, rule.form, rule.page
    )
}

#[test]
fn the_page_on_worlds_prints_every_rule() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/worlds.md");
    let text = fs::read_to_string(path).unwrap();
    let printed: Vec<&str> = text.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    let rules: Vec<String> = RULES.iter().map(row).collect();
    assert!(printed.iter().eq(rules.iter()), "the table of docs/worlds.md must be:\n{}", rules.join("\n"));
}
