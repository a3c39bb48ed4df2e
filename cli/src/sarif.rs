//! SARIF 2.1.0 (OASIS, "Static Analysis Results Interchange Format"), which code scanning reads.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Value, json};

use crate::quote::uncut;

/// The log of one run.
pub(crate) fn log(rules: &[Value], results: &[Value]) -> Value {
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "rescind", "version": env!("CARGO_PKG_VERSION"), "rules": rules}},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

/// What a path can hold and a URI reference can't.
const NOT_IN_URI: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// A plain text message. Brackets would make links of it (section 3.11.6, "Messages with embedded links").
pub(crate) fn message(text: &str) -> Value {
    let mut plain = String::with_capacity(text.len());
    for char in uncut(text).chars() {
        if matches!(char, '\\' | '[' | ']') {
            plain.push('\\');
        }
        plain.push(char);
    }
    json!({"text": plain})
}

/// A file name as a reference.
pub(crate) fn uri(name: &str) -> String {
    let name = if name == "<stdin>" { "stdin" } else { name };
    utf8_percent_encode(name, NOT_IN_URI).to_string()
}
