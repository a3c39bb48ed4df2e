//! Runs the case files that stand beside the code, and looks at how cases may be written.

use crate::transcript::{data, run};

/// The results of `rescind test --output json`, a line each.
fn results(text: &str) -> Vec<serde_json::Value> {
    let output = run(&["test", "-", "--output", "json"], text.as_bytes());
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The case files of the project: this folder's, and those that the policy language is tested with.
fn case_files() -> Vec<std::path::PathBuf> {
    let folders = [data().join("cases"), data().join("../../../shared/policy/tests/cases")];
    let files = folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap());
    let mut files: Vec<_> = files.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn every_case_file_passes() {
    let files = case_files();
    assert!(files.len() > 3, "{files:?}");
    for file in files {
        let output = run(&["test", file.to_str().unwrap()], b"");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn every_case_can_be_explained() {
    for file in case_files() {
        let output = run(&["explain", file.to_str().unwrap()], b"");
        assert_ne!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        let hole = text.lines().find(|line| line.contains("()") || line.ends_with(": "));
        assert_eq!(hole, None, "an explanation has a hole");
    }
}

#[test]
fn a_document_may_stand_where_a_list_is_expected() {
    let policy = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let text = serde_json::Value::from(policy).to_string();
    for identity in [policy.to_owned(), format!("[{policy}]"), text.clone(), format!("[{text}, {policy}]")] {
        for scps in [
            "null".to_owned(),
            "[]".to_owned(),
            policy.to_owned(),
            format!("[{text}]"),
            format!("[[{text}]]"),
        ] {
            let case = format!(
                r#"{{"request":{{"principal":"arn:aws:iam::111122223333:role/app","action":"a:B","resource":"*","resource_account":null}},
                "policies":{{"identity":{identity},"scps":{scps},"resource":null}},"expect":"Allowed"}}"#
            );
            let results = results(&case);
            assert_eq!(results[0]["got"], "Allowed", "{case}: {results:?}");
            assert_eq!(results[0]["name"], "case 1");
        }
    }
}

#[test]
fn the_same_case_reads_the_same_in_every_form() {
    let case = std::fs::read_to_string(data().join("good.jsonl")).unwrap();
    let lines: Vec<&str> = case.lines().collect();
    let pretty: Vec<String> = lines
        .iter()
        .map(|line| format!("{:#}", serde_json::from_str::<serde_json::Value>(line).unwrap()))
        .collect();
    let verdicts = |text: &str| -> Vec<_> {
        results(text).into_iter().map(|result| (result["name"].clone(), result["got"].clone())).collect()
    };
    let expected = verdicts(&case);
    assert_eq!(expected.len(), lines.len());
    assert_eq!(verdicts(&format!("[{}]", lines.join(","))), expected);
    assert_eq!(verdicts(&pretty.join("\n")), expected);
    // JSON is YAML.
    assert_eq!(verdicts(&format!("# cases\n---\n{}", lines.join("\n---\n"))), expected);
    assert_eq!(verdicts(&lines.join("\n---\n")), expected);
    assert_eq!(verdicts(&format!("[{}, # cases\n]", lines.join(",\n"))), expected);
    assert_eq!(verdicts(&format!("# cases\n- {}", lines.join("\n- "))), expected);
    assert_eq!(verdicts(&format!("\u{feff}\r\n{}", lines.join("\r\n"))), expected);
}

#[test]
fn one_broken_case_costs_one_case() {
    let case = std::fs::read_to_string(data().join("good.jsonl")).unwrap();
    let good = case.lines().next().unwrap();
    for broken in ["{", "{]", "}", "{\"name\": tru}", "nonsense", "\"text\"", "[1, 2", "{\"a\":1}}", "\u{0}"]
    {
        let results = results(&format!("{good}\n{broken}\n{good}\n"));
        let passed = results.iter().filter(|result| result["pass"] == true).count();
        let errors = results.iter().filter(|result| result["error"].is_string()).count();
        assert!(passed == 2 && errors >= 1, "{broken}: {results:#?}");
    }
}
