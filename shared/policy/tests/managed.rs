//! Every AWS managed policy is read without loss and passes strict validation.
#![expect(clippy::unwrap_used, reason = "helpers of a test")]

#[path = "support/corpus.rs"]
mod corpus;

use rescind_policy::{
    Code, ConditionValue, Document, Element, Kind, Severity, Statement, ValueForm, canonical, edit, validate,
};
use serde_json::{Map, Value, json};

fn documents() -> Vec<(String, Document)> {
    let read = |(name, text): (String, String)| (name, Document::read(text).unwrap());
    corpus::managed_policies().into_iter().map(read).collect()
}

#[test]
fn nothing_is_lost_in_reading() {
    let documents = documents();
    assert_eq!(documents.len(), 1485);
    for (name, document) in &documents {
        let source: Value = serde_json::from_str(&document.text).unwrap();
        let statements = lists(&source["Statement"]);
        assert_eq!(document.diagnostics, [], "{name}");
        assert_eq!(statements.len(), document.statements.len(), "{name}");
        for (statement, source) in document.statements.iter().zip(statements) {
            assert_eq!(written(statement), normal(&source), "{name}");
        }
    }
}

/// A single value is a list of one.
fn lists(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_else(|| vec![value.clone()])
}

fn normal(statement: &Value) -> Value {
    let mut members = Map::new();
    for (name, value) in statement.as_object().unwrap() {
        let value = match name.as_str() {
            "Sid" | "Effect" => value.clone(),
            "Condition" => {
                let block = |block: &Value| {
                    block
                        .as_object()
                        .unwrap()
                        .iter()
                        .map(|(k, v)| (k.clone(), lists(v).into()))
                        .collect::<Map<_, _>>()
                };
                value
                    .as_object()
                    .unwrap()
                    .iter()
                    .map(|(k, v)| (k.clone(), block(v).into()))
                    .collect::<Map<_, _>>()
                    .into()
            }
            _ => lists(value).into(),
        };
        members.insert(name.clone(), value);
    }
    members.into()
}

/// The typed statement, written by other means than those that read it.
fn written(statement: &Statement) -> Value {
    let mut members = Map::new();
    if let Some(sid) = &statement.sid {
        members.insert("Sid".into(), json!(sid));
    }
    members.insert("Effect".into(), json!(format!("{:?}", statement.effect)));
    let (name, texts) = named("Action", &statement.action, |entry| entry.glob.as_str());
    members.insert(name, texts);
    if let Some(element) = &statement.resource {
        let (name, texts) = named("Resource", element, |entry| entry.glob.as_str());
        members.insert(name, texts);
    }
    let mut conditions: Map<String, Value> = Map::new();
    for condition in &statement.conditions {
        let block = conditions.entry(condition.operator.to_string()).or_insert_with(|| json!({}));
        block[condition.key.as_str()] = condition.values.iter().map(plain).collect::<Vec<_>>().into();
    }
    if !conditions.is_empty() {
        members.insert("Condition".into(), conditions.into());
    }
    members.into()
}

fn named<T>(name: &str, element: &Element<T>, text: impl Fn(&T) -> &str) -> (String, Value) {
    let not = if element.is_inverted() { "Not" } else { "" };
    (format!("{not}{name}"), element.entries().iter().map(text).collect::<Vec<_>>().into())
}

fn plain(value: &ConditionValue) -> Value {
    match value.form {
        ValueForm::String => json!(value.text),
        ValueForm::Number | ValueForm::Boolean => serde_json::from_str(&value.text).unwrap(),
    }
}

#[test]
fn strict_validation_accepts_them() {
    let mut refused = Vec::new();
    for (name, document) in documents() {
        assert_eq!(Kind::guess(&document), Kind::Managed, "{name}");
        for found in validate(&document, Kind::Managed) {
            // AWS does not bind itself to the quota of its customers.
            if found.severity == Severity::Error && found.code != Code::TooLong {
                refused.push(format!("{name}: {} {}", found.span.position(&document.text), found.message));
            }
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

#[test]
fn the_canonical_form_is_stable() {
    for (name, document) in documents() {
        let form = canonical(&document);
        let again = Document::read(form.as_str()).unwrap();
        assert_eq!(canonical(&again), form, "{name}");
        assert_eq!(again.diagnostics, [], "{name}");
    }
}

#[test]
fn taking_a_statement_out_leaves_the_others() {
    for (name, document) in documents() {
        for index in 0..document.statements.len().min(4) {
            let rest = edit::remove_statements(&document, &[index]).unwrap();
            let rest = rest.map(|text| Document::read(text).unwrap());
            let kept = rest.iter().flat_map(|rest| rest.statements.iter().map(|one| one.span.of(&rest.text)));
            let wanted = document.statements.iter().enumerate().filter(|(other, _)| *other != index);
            let wanted = wanted.map(|(_, one)| one.span.of(&document.text));
            assert!(kept.eq(wanted), "{name}: {index}");
        }
    }
}
