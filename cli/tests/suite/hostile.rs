//! Input that is huge, broken or meant to do harm, and readers that hang up.

use std::io::Read as _;
use std::process::{Command, Stdio};

use crate::transcript::{data, run};

/// Neither a crash nor an answer that says yes.
fn refused(arguments: &[&str], input: &[u8]) {
    let output = run(arguments, input);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
    assert!(!error.contains("panicked"), "{error}");
}

#[test]
fn hostile_input_is_refused() {
    let deep = "[".repeat(1_000_000);
    let deep_objects = "{\"a\":".repeat(300_000);
    let deep_yaml = "- ".repeat(100_000);
    let long = format!("{{\"Statement\": \"{}\"}}", "x".repeat(10_000_000));
    for input in
        [deep.as_bytes(), deep_objects.as_bytes(), deep_yaml.as_bytes(), b"\xff\xfe{\0", b"\xc0", b"\0"]
    {
        refused(&["test", "-"], input);
        refused(&["settings", "check", "-"], input);
        refused(&["check", "--trust", "-", "--account", "111122223333"], input);
        refused(&["compare", "-", "--ceiling", "read.json"], input);
    }
    refused(&["check", "--trust", "-", "--account", "111122223333"], long.as_bytes());
}

#[test]
fn a_policy_nested_beyond_reason_breaks_its_case_only() {
    let nested = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let case = format!(
        r#"{{"name":"deep","request":{{"principal":"anonymous","action":"a:B","resource":"*"}},
        "policies":{{"identity":{{"Statement":{nested}}}}},"expect":"ImplicitlyDenied"}}"#
    );
    let good = std::fs::read_to_string(data().join("good.jsonl")).unwrap();
    let output = run(&["test", "-", "--output", "json"], format!("{case}\n{good}").as_bytes());
    assert!(matches!(output.status.code(), Some(1 | 2)), "{output:?}");
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), good.lines().count() + 1);
}

#[test]
fn a_policy_that_is_wrong_in_ten_thousand_places_is_linted_in_a_moment() {
    let statement = r#"{"Effect":"Allow","Action":"*","Resource":"ä"},"#;
    let text = format!("{{\"Statement\":[{}{{}}]}}", statement.repeat(5_000));
    for output in ["text", "json", "sarif"] {
        let output = run(&["lint", "-", "--output", output], text.as_bytes());
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn names_do_not_drive_the_terminal() {
    let case = r#"{"name":"\u001b[2Jgone","request":{"principal":"anonymous","action":"a:\u001b[31mB","resource":"*"},
        "policies":{"resource":{"Statement":[{"Sid":"\u001b]0;x\u0007","Effect":"Allow","Principal":"*","Action":"\u001b[1m"}]}},
        "expect":"Allowed"}"#;
    let output = run(&["test", "-"], case.as_bytes());
    assert_eq!(output.status.code(), Some(1));
    assert!(!output.stdout.contains(&0x1b), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn a_reader_that_hangs_up_is_no_reason_to_crash_or_to_say_yes() {
    let case = std::fs::read_to_string(data().join("good.jsonl")).unwrap();
    let file = std::env::temp_dir().join(format!("rescind-{}.jsonl", std::process::id()));
    std::fs::write(&file, case.repeat(2_000)).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_rescind"))
        .args(["test", "--output", "json"])
        .arg(&file)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 100];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    std::fs::remove_file(&file).unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(2));
}
