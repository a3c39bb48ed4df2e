//! A contradiction made small: whatever can be taken from documents and request while it stays is taken.

use rescind_policy::{Document, Request};
use serde_json::Value;

use crate::{
    judge::{self, Case},
    requests::unset,
};

/// How often the solver is asked at most.
const MOST: usize = 400;

/// The smallest case and request found in which the contradiction stays.
pub(crate) fn smallest(case: &Case, request: &Request) -> (Case, Request) {
    let (mut case, mut request) = (case.clone(), request.clone());
    let mut asked = 0;
    loop {
        let smaller = candidates(&case).into_iter().find(|candidate| {
            asked += 1;
            asked < MOST && stays(candidate, &request)
        });
        match smaller {
            Some(smaller) => case = smaller,
            None => break,
        }
    }
    let keys: Vec<String> = request.context.iter().map(|(key, _)| key.to_string()).collect();
    for key in keys {
        let mut less = request.clone();
        unset(&mut less.context, &key);
        if stays(&case, &less) {
            request = less;
        }
    }
    (case, request)
}

fn stays(case: &Case, request: &Request) -> bool {
    let Some(documents) = judge::read(case) else { return false };
    let documents: Vec<Document> = documents;
    let claim = judge::claim(&case.question, &documents);
    judge::contradicts(&case.question, &documents, &claim, request).is_some()
}

/// The case with one thing less.
fn candidates(case: &Case) -> Vec<Case> {
    let mut all = Vec::new();
    for (at, document) in case.documents.iter().enumerate() {
        for less in less(document, 0) {
            let mut smaller = case.clone();
            smaller.documents[at] = less;
            all.push(smaller);
        }
    }
    if case.documents.len() > 2 {
        let mut smaller = case.clone();
        smaller.documents.pop();
        all.insert(0, smaller);
    }
    all
}

/// Elements without which nothing is a statement.
const KEPT: [&str; 9] = [
    "Version",
    "Statement",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Principal",
    "NotPrincipal",
];

/// The value with one entry less, of itself or of something in it.
fn less(value: &Value, depth: usize) -> Vec<Value> {
    let mut all = Vec::new();
    match value {
        Value::Array(entries) => {
            for at in 0..entries.len() {
                let mut fewer = entries.clone();
                fewer.remove(at);
                if !fewer.is_empty() || depth < 3 {
                    all.push(Value::Array(fewer));
                }
            }
            if let [Value::String(only)] = entries.as_slice() {
                all.push(Value::String(only.clone()));
            }
            for (at, entry) in entries.iter().enumerate() {
                for smaller in less(entry, depth + 1) {
                    let mut changed = entries.clone();
                    changed[at] = smaller;
                    all.push(Value::Array(changed));
                }
            }
        }
        Value::Object(members) => {
            for name in members.keys().filter(|name| !KEPT.contains(&name.as_str())) {
                let mut fewer = members.clone();
                fewer.remove(name);
                if !fewer.is_empty() {
                    all.push(Value::Object(fewer));
                }
            }
            for (name, member) in members {
                for smaller in less(member, depth + 1) {
                    let mut changed = members.clone();
                    changed.insert(name.clone(), smaller);
                    all.push(Value::Object(changed));
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    all
}
