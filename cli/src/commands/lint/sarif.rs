//! Diagnostics as SARIF.

use policy::{Code, Position, Severity};
use serde_json::{Value, json};

use super::{Linted, Placed};
use crate::sarif;

/// The end of a longer place is left out.
const LONGEST_PLACE: usize = 2_000;

/// The log of one run over all files.
pub(super) fn log(linted: &[Linted]) -> Value {
    let rules: Vec<Value> = Code::ALL.iter().map(|code| json!({"id": code.as_str()})).collect();
    let results: Vec<Value> =
        linted.iter().flat_map(|linted| linted.found.iter().map(|placed| result(linted, placed))).collect();
    sarif::log(&rules, &results)
}

fn result(linted: &Linted, placed: &Placed) -> Value {
    let Placed { at, diagnostic } = placed;
    let mut text = diagnostic.message.clone();
    if let Some(help) = &diagnostic.help {
        text.push_str("; ");
        text.push_str(help);
    }
    json!({
        "ruleId": diagnostic.code.as_str(),
        "level": match diagnostic.severity {
            Severity::Advice => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        },
        "message": sarif::message(&text),
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": sarif::uri(&linted.file.name)},
            "region": region(*at, diagnostic.span.of(&linted.file.text)),
        }}],
    })
}

fn region(at: Position, covered: &str) -> Value {
    if covered.len() > LONGEST_PLACE {
        return json!({"startLine": at.line, "startColumn": at.column});
    }
    let lines = covered.matches('\n').count();
    let last = covered.rsplit('\n').next().unwrap_or_default().chars().count();
    let end_column = if lines == 0 { at.column + last } else { last + 1 };
    json!({
        "startLine": at.line,
        "startColumn": at.column,
        "endLine": at.line + lines,
        "endColumn": end_column,
    })
}
