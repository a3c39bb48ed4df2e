//! Findings as SARIF.

use std::collections::BTreeSet;

use guardrails::{Digest, Severity};
use remediation::dump::Dump;
use serde_json::{Value, json};

use super::found::{Judged, Repair, Report, word};
use crate::input::Text;
use crate::sarif;

/// The log of a scan. A finding lies where its role begins in the dump.
pub(super) fn log(judged: &[Judged], dump: &Dump<'_>, texts: &[Text]) -> Value {
    let places = places(dump, texts);
    let mut rules = BTreeSet::new();
    let mut results = Vec::new();
    for role in judged {
        for report in &role.reports {
            let rule = format!("{}/{}", word(report.found.guardrail()), report.found.kind());
            results.push(result(&rule, role, report, places.get(role.place)));
            rules.insert(rule);
        }
    }
    let rules: Vec<Value> = rules.iter().map(|rule| json!({"id": rule})).collect();
    sarif::log(&rules, &results)
}

/// A file, and a line in it from 1.
type Place<'t> = (&'t str, usize);

/// Where each role of the dump begins.
fn places<'t>(dump: &Dump<'_>, texts: &'t [Text]) -> Vec<Place<'t>> {
    let mut roles = dump.roles.iter().map(|role| role.text.as_ptr().addr()).peekable();
    let mut places = Vec::with_capacity(dump.roles.len());
    for Text { name, text } in texts {
        let (mut line, mut read) = (1, 0);
        let start = text.as_ptr().addr();
        while let Some(at) = roles.next_if(|at| (start..start + text.len()).contains(at)) {
            let between = text.as_bytes().get(read..at - start).unwrap_or_default();
            line += between.iter().filter(|&&byte| byte == b'\n').count();
            read = at - start;
            places.push((name.as_str(), line));
        }
    }
    places
}

fn result(rule: &str, role: &Judged, report: &Report, place: Option<&Place<'_>>) -> Value {
    let found = &report.found;
    let mut text = format!("{}: {}", role.role, found.sentence());
    if let Repair::Steps { steps } = &report.repair {
        for step in steps {
            text.push_str(&format!("; repair: {}", step.sentence));
        }
    }
    let mut location = json!({"logicalLocations": [{"fullyQualifiedName": role.role, "kind": "resource"}]});
    if let (Some((file, line)), Some(location)) = (place, location.as_object_mut()) {
        let file = json!({"artifactLocation": {"uri": sarif::uri(file)}, "region": {"startLine": line}});
        location.insert("physicalLocation".to_owned(), file);
    }
    json!({
        "ruleId": rule,
        "level": match found.severity() {
            Severity::Low => "note",
            Severity::Medium => "warning",
            Severity::High | Severity::Critical => "error",
        },
        "message": sarif::message(&text),
        "locations": [location],
        // The same finding has the same fingerprint in the next dump, wherever it stands there.
        "partialFingerprints": {
            "rescind/v1": Digest::of(&format!("{} {rule} {}", role.role, found.sentence())).to_string(),
        },
        "properties": {"severity": word(found.severity())},
    })
}
