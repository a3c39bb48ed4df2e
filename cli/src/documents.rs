//! Policy documents in files of their own.

use anyhow::anyhow;
use policy::{Document, Unreadable};

use crate::input::{self, Text};

/// A policy document and the file it came from.
#[derive(Clone, Debug)]
pub(crate) struct PolicyFile {
    pub(crate) name: String,
    pub(crate) document: Document,
}

/// Reads a policy document.
pub(crate) fn read(path: &str) -> anyhow::Result<PolicyFile> {
    let Text { name, text } = input::read(path)?;
    match Document::read(text) {
        Ok(document) => Ok(PolicyFile { name, document }),
        Err(error) => Err(complaint(&name, &error)),
    }
}

pub(crate) fn read_all(paths: &[String]) -> anyhow::Result<Vec<PolicyFile>> {
    paths.iter().map(|path| read(path)).collect()
}

fn complaint(name: &str, error: &Unreadable) -> anyhow::Error {
    match error {
        Unreadable::Syntax { problem, position, .. } => {
            anyhow!("{name}:{}:{}: not a policy: {problem}", position.line, position.column)
        }
        Unreadable::TooLong(_) | Unreadable::NotAnObject { .. } => anyhow!("{name}: not a policy: {error}"),
    }
}

/// `statement 2 (\`Sid\`)`, counted from 1 for people.
pub(crate) fn statement(document: &Document, index: usize) -> String {
    let sid = document.statements.get(index).and_then(|statement| statement.sid.as_deref());
    let sid = sid.map(|sid| format!(" (`{sid}`)")).unwrap_or_default();
    format!("statement {}{sid}", index + 1)
}
