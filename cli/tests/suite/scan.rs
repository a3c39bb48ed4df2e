//! Whole accounts: generated ones whose right verdicts are known, and every way a dump may come.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::transcript::{data, run};

fn tools() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/tools")
}

/// Accounts of these sizes, in a folder of their own.
fn generated(name: &str, sizes: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let status = Command::new("python3")
        .arg(tools().join("gen_account.py"))
        .args(["--events", "0", "--managed-from", "", "--sizes", sizes, "--out"])
        .arg(&folder)
        .status()
        .unwrap();
    assert!(status.success());
    folder
}

/// The findings of a scan with the settings that the labels hold under.
fn findings(dump: &Path) -> Vec<Value> {
    let settings = tools().join("gen_account-settings.yaml");
    let output = run(
        &["scan", dump.to_str().unwrap(), "--settings", settings.to_str().unwrap(), "--output", "json"],
        b"",
    );
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    lines(&output)
}

fn lines(output: &Output) -> Vec<Value> {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn name(finding: &Value) -> String {
    finding["role"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

#[test]
fn every_trust_of_generated_accounts_is_judged_right() {
    let folder = generated("labels", "100,1000");
    for size in [100, 1000] {
        let labels = std::fs::read_to_string(folder.join(format!("account-{size}.labels.json"))).unwrap();
        let labels: BTreeMap<String, Value> = serde_json::from_str(&labels).unwrap();
        assert_eq!(labels.len(), size);
        let guilty = labels.into_iter().filter(|(_, label)| label["unsafe"] == true).map(|(name, _)| name);
        let findings = findings(&folder.join(format!("account-{size}.json")));
        let found: BTreeSet<String> = findings.iter().map(name).collect();
        assert_eq!(found, guilty.collect::<BTreeSet<_>>());
        assert_eq!(findings.len(), found.len(), "one finding a role");
        for finding in &findings {
            assert_eq!(finding["version"], 1);
            assert_eq!(finding["guardrail"], "restrict_cross_account_access");
            assert!(finding["witness"].is_string() && finding["sentence"].is_string(), "{finding}");
            assert!(!finding["statements"].as_array().unwrap().is_empty(), "{finding}");
            assert!(!finding["repair"]["steps"].as_array().unwrap().is_empty(), "{finding}");
        }
    }
}

#[test]
fn a_dump_may_come_in_pages_packed_or_encoded() {
    let folder = generated("forms", "100");
    let plain = folder.join("account-100.json");
    let expected = findings(&plain);
    let dump: Value = serde_json::from_str(&std::fs::read_to_string(&plain).unwrap()).unwrap();
    let pages: Vec<String> = pages(&dump).iter().map(Value::to_string).collect();
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(pages.join("\n").as_bytes()).unwrap();
    let forms: [(&str, Vec<u8>); 4] = [
        ("pages", pages.join("\n").into_bytes()),
        ("list", format!("[{}]", pages.join(",")).into_bytes()),
        ("packed", packed.finish().unwrap()),
        ("encoded", encoded(dump).to_string().into_bytes()),
    ];
    for (name, bytes) in forms {
        let file = folder.join(name);
        std::fs::write(&file, bytes).unwrap();
        assert_eq!(findings(&file), expected, "{name}");
    }
}

/// Roles first, policies on a later page.
fn pages(dump: &Value) -> Vec<Value> {
    let roles = dump["RoleDetailList"].as_array().unwrap();
    let mut pages: Vec<Value> = roles
        .chunks(30)
        .map(|roles| serde_json::json!({"RoleDetailList": roles, "IsTruncated": true}))
        .collect();
    pages.push(serde_json::json!({"Policies": dump["Policies"], "IsTruncated": false}));
    pages
}

/// As the API sends it: documents as URL-encoded text.
fn encoded(mut dump: Value) -> Value {
    let encode = |document: &mut Value| {
        let text = document.to_string();
        *document = percent_encoding::utf8_percent_encode(&text, percent_encoding::NON_ALPHANUMERIC)
            .to_string()
            .into();
    };
    for role in dump["RoleDetailList"].as_array_mut().unwrap() {
        encode(&mut role["AssumeRolePolicyDocument"]);
        for policy in role["RolePolicyList"].as_array_mut().unwrap() {
            encode(&mut policy["PolicyDocument"]);
        }
    }
    for policy in dump["Policies"].as_array_mut().unwrap() {
        for version in policy["PolicyVersionList"].as_array_mut().unwrap() {
            encode(&mut version["Document"]);
        }
    }
    dump
}

#[test]
fn one_bad_role_costs_no_other() {
    let good = std::fs::read_to_string(data().join("account.json")).unwrap();
    let scan = |dump: &Value| lines(&run(&["scan", "-", "--output", "json"], dump.to_string().as_bytes()));
    let dump: Value = serde_json::from_str(&good).unwrap();
    let expected = scan(&dump);
    for bad in [
        serde_json::json!(null),
        serde_json::json!([]),
        serde_json::json!({"Arn": "arn:aws:iam::111122223333:role/bad", "RoleId": "AROAX2BE4EEWZ2EXDBAD1",
            "AssumeRolePolicyDocument": 7}),
        serde_json::json!({"Arn": "arn:aws:iam::111122223333:role/", "RoleId": "AROAX2BE4EEWZ2EXDBAD1",
            "AssumeRolePolicyDocument": {}}),
    ] {
        let mut dump = dump.clone();
        dump["RoleDetailList"].as_array_mut().unwrap().insert(0, bad);
        let (found, unjudged): (Vec<Value>, Vec<Value>) =
            scan(&dump).into_iter().partition(|finding| expected.contains(finding));
        assert_eq!((found.len(), unjudged.len()), (expected.len(), 2), "{unjudged:?}");
        assert!(unjudged.iter().all(|finding| finding["kind"] == "unjudged"), "{unjudged:?}");
    }
}

#[test]
fn sarif_has_what_code_scanning_reads() {
    let output = run(&["scan", "account.json", "--output", "sarif"], b"");
    let log: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert_eq!(run["tool"]["driver"]["name"], "rescind");
    let rules: BTreeSet<&str> = run["tool"]["driver"]["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| rule["id"].as_str().unwrap())
        .collect();
    let dump = std::fs::read_to_string(data().join("account.json")).unwrap();
    let results = run["results"].as_array().unwrap();
    assert!(!results.is_empty());
    for result in results {
        assert!(rules.contains(result["ruleId"].as_str().unwrap()));
        assert!(["note", "warning", "error"].contains(&result["level"].as_str().unwrap()));
        assert!(result["message"]["text"].is_string());
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "account.json");
        let line = place["region"]["startLine"].as_u64().unwrap() as usize;
        let role = dump.lines().skip(line - 1).take(5).collect::<String>();
        assert!(
            role.contains(
                result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"].as_str().unwrap()
            )
        );
    }
}
