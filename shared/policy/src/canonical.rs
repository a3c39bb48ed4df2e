//! One form for all spellings of a document: members sorted, lists as sorted sets, a single value as
//! a list of one, principals and letter case as IAM understands them.
//!
//! Digests are taken of it, and it tells whether two documents differ in more than spelling. What IAM
//! does not know is kept as it is, so that an unknown part still makes a difference.

use std::collections::BTreeSet;

use crate::{
    Document, Operator, Principal,
    json::{self, Kind, Value},
};

/// The canonical JSON of a document.
#[must_use]
pub fn canonical(document: &Document) -> String {
    let tape = json::read(&document.text).ok();
    let Some(root) = tape.as_ref().and_then(|tape| tape.root(&document.text)) else { return String::new() };
    let mut members = vec![pair("Version", string(document.version.as_str()))];
    for (key, value) in root.members() {
        match key.string().unwrap_or_default().as_ref() {
            "Version" if value.string().as_deref() == Some(document.version.as_str()) => {}
            "Statement" => members.push(pair("Statement", set(value, statement))),
            other => members.push(pair(other, verbatim(value))),
        }
    }
    object(members)
}

fn statement(value: Value<'_>) -> String {
    if value.kind() != Kind::Object {
        return verbatim(value);
    }
    object(value.members().map(|(key, value)| {
        let name = key.string().unwrap_or_default();
        let value = match name.as_ref() {
            "Action" | "NotAction" => set(value, |item| text_or(item, str::to_ascii_lowercase)),
            "Resource" | "NotResource" => set(value, verbatim),
            "Principal" | "NotPrincipal" => principal(value),
            "Condition" => condition(value),
            _ => verbatim(value),
        };
        pair(&name, value)
    }))
}

fn principal(value: Value<'_>) -> String {
    if value.string().as_deref() == Some("*") {
        return object([pair("AWS", r#"["*"]"#.to_owned())]);
    }
    if value.kind() != Kind::Object {
        return verbatim(value);
    }
    object(value.members().map(|(key, value)| {
        let kind = key.string().unwrap_or_default();
        pair(&kind, set(value, |item| text_or(item, |text| one_principal(&kind, text))))
    }))
}

/// Twelve digits are the root of that account.
fn one_principal(kind: &str, text: &str) -> String {
    let principal = Principal::parse(kind, text);
    if let Principal::Account { partition: None, account } = principal {
        return format!("arn:aws:iam::{account}:root");
    }
    principal.to_string()
}

fn condition(value: Value<'_>) -> String {
    if value.kind() != Kind::Object {
        return verbatim(value);
    }
    object(value.members().map(|(name, block)| {
        let operator = Operator::parse(&name.string().unwrap_or_default());
        let keys = block.members().map(|(key, values)| {
            let key = key.string().unwrap_or_default().to_ascii_lowercase();
            pair(&key, set(values, condition_value))
        });
        pair(&operator.to_string(), if block.kind() == Kind::Object { object(keys) } else { verbatim(block) })
    }))
}

/// Numbers and booleans are compared as text.
fn condition_value(value: Value<'_>) -> String {
    match value.kind() {
        Kind::Number | Kind::True | Kind::False => string(value.raw()),
        Kind::String(_) | Kind::Object | Kind::Array | Kind::Null => verbatim(value),
    }
}

fn text_or(value: Value<'_>, change: impl Fn(&str) -> String) -> String {
    value.string().map_or_else(|| verbatim(value), |text| string(&change(&text)))
}

fn set(value: Value<'_>, item: impl Fn(Value<'_>) -> String) -> String {
    let items: BTreeSet<String> = value.one_or_more().map(item).collect();
    list(items)
}

fn list(items: impl IntoIterator<Item = String>) -> String {
    let items: Vec<String> = items.into_iter().collect();
    format!("[{}]", items.join(","))
}

/// Sorted by name; doubles stay, as they are part of what the text says.
fn object(members: impl IntoIterator<Item = String>) -> String {
    let mut members: Vec<String> = members.into_iter().collect();
    members.sort();
    format!("{{{}}}", members.join(","))
}

fn pair(name: &str, value: String) -> String {
    string(name) + ":" + &value
}

/// The value without spaces, members sorted, lists in their order. As deep as the reader lets it be.
fn verbatim(value: Value<'_>) -> String {
    match value.kind() {
        Kind::Object => object(
            value.members().map(|(key, value)| pair(&key.string().unwrap_or_default(), verbatim(value))),
        ),
        Kind::Array => list(value.items().map(verbatim)),
        Kind::String(_) => string(&value.string().unwrap_or_default()),
        Kind::Number | Kind::True | Kind::False | Kind::Null => value.raw().to_owned(),
    }
}

fn string(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            control if control < ' ' => quoted.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}
