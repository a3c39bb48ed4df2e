//! The proofs as a whole, against second opinions; each part has tests of its own.

mod corpus;
mod doubts;
mod hard;
mod pairs;
mod rows;
mod trust;
mod undecided;

use serde_json::{Value, json};

use crate::Document;

fn document(value: &Value) -> Document {
    Document::read(value.to_string()).unwrap()
}

fn policy(statements: &[Value]) -> Document {
    document(&json!({"Version": "2012-10-17", "Statement": statements}))
}
