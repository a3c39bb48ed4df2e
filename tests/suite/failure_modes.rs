//! What `docs/failure-modes.md` names as shown is shown by tests that exist.

use std::fs;
use std::path::Path;

/// The links of the text: a name in backticks, and the file it is said to be in.
fn named_tests(text: &str) -> Vec<(&str, &str)> {
    let links = text.split("[`").skip(1);
    links.filter_map(|link| link.split_once(')')?.0.split_once("`](")).collect()
}

/// The number of a row: `| 7 | ...`.
fn number(row: &str) -> Option<u8> {
    row.strip_prefix("| ")?.split(' ').next()?.parse().ok()
}

#[test]
fn every_failure_mode_is_shown_by_a_test_that_exists() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let text = fs::read_to_string(docs.join("failure-modes.md")).unwrap();
    let rows: Vec<_> = text.lines().filter(|line| line.starts_with("| ") && line.contains("**")).collect();
    let numbers: Vec<u8> = rows.iter().filter_map(|row| number(row)).collect();
    assert_eq!(numbers, (1..=20).collect::<Vec<u8>>());
    for row in rows {
        let tests = named_tests(row);
        assert!(!tests.is_empty(), "nothing shows: {row}");
        for (name, file) in tests {
            let code = fs::read_to_string(docs.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
            let is_there =
                [format!("fn {name}("), format!("def {name}(")].iter().any(|test| code.contains(test));
            assert!(is_there, "there is no `{name}` in {file}");
        }
    }
}
