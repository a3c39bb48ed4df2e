//! What the house promises about itself and a reader can check: pure packages, small files, short tables of
//! contents, events for every way a function can end.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All Rust files below a folder, with their text.
fn rust_files(folder: &str) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                files.push((path, text));
            }
        }
    }
    assert!(!files.is_empty(), "no Rust file below `{folder}`");
    files
}

/// The dependencies of a package, without those of its tests.
fn dependencies(package: &str) -> Vec<String> {
    let manifest = read(&format!("{package}/Cargo.toml"));
    let section = manifest.split("[dependencies]").nth(1).unwrap_or_default();
    let section = section.split("\n[").next().unwrap_or_default();
    section.lines().filter_map(|line| line.split(['.', '=', ' ']).next()).map(str::to_owned).collect()
}

#[test]
fn the_pure_packages_name_no_runtime_no_sdk_and_no_logging() {
    for package in ["shared/policy", "shared/guardrails"] {
        for dependency in dependencies(package) {
            let impure = ["tokio", "futures", "aws", "lambda", "tracing", "log", "reqwest", "hyper"];
            assert!(
                !impure.iter().any(|name| dependency.starts_with(name)),
                "`{package}` is pure and depends on `{dependency}`"
            );
        }
    }
    for dependency in dependencies("shared/remediation") {
        assert!(
            !["aws", "lambda", "tokio"].iter().any(|name| dependency.starts_with(name)),
            "`shared/remediation` knows no SDK and no runtime, and depends on `{dependency}`"
        );
    }
}

#[test]
fn every_file_holds_one_idea() {
    for folder in ["shared", "functions", "cli"] {
        for (path, text) in rust_files(folder) {
            let is_test = path
                .components()
                .any(|part| ["tests", "benches", "fuzz"].map(AsRef::as_ref).contains(&part.as_os_str()))
                || path.file_name().is_some_and(|name| name == "tests.rs");
            let lines = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().lines().count();
            assert!(is_test || lines <= 500, "{} has {lines} lines: more than one idea?", path.display());
        }
    }
}

#[test]
fn every_lib_is_a_table_of_contents() {
    for package in ["policy", "guardrails", "remediation", "aws"] {
        let lines = read(&format!("shared/{package}/src/lib.rs")).lines().count();
        assert!(lines <= 60, "shared/{package}/src/lib.rs has {lines} lines");
    }
}

#[test]
fn a_function_is_a_few_lines() {
    for (path, text) in rust_files("functions") {
        assert!(text.lines().count() <= 30, "{} holds logic", path.display());
    }
}

#[test]
fn every_function_has_events_for_every_way_it_can_end() {
    let wanted = [
        "revert--external-account",
        "revert--public",
        "leave--own-account",
        "ignore--failed-call",
        "revert--parameters-omitted",
        "leave--self-caused",
    ];
    for function in ["create-role", "update-assume-role-policy", "put-role-policy"] {
        for event in wanted {
            let path = format!("events/{function}/{event}.json");
            assert!(root().join(&path).is_file(), "{path} is missing");
        }
    }
}

#[test]
fn only_undoing_asks_for_the_permit_of_an_operator() {
    let files = ["shared", "functions", "cli"].into_iter().flat_map(rust_files);
    let asking: Vec<_> = files
        .filter(|(_, text)| text.contains("of_operator"))
        .map(|(path, _)| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(asking.iter().collect::<std::collections::BTreeSet<_>>().len(), 2, "{asking:?}");
    assert!(asking.iter().all(|name| ["permit.rs", "apply.rs"].contains(&name.as_str())), "{asking:?}");
}
