//! The principals that a trust policy names, and the policy without some of them.

use std::collections::BTreeSet;

use policy::edit::Target;
use policy::{Document, Element};

use super::narrow;

/// The principals that the `Principal` lists of a trust policy name, each once. None if it can't be read.
#[must_use]
pub fn principals(trust: &str) -> BTreeSet<String> {
    let Ok(document) = Document::read(trust) else { return BTreeSet::new() };
    entries(&document).into_iter().map(|(_, text)| text).collect()
}

/// The trust policy without these principals, and every other byte kept; `None` if no statement is left.
#[must_use]
pub fn without_principals(trust: &str, gone: &[String]) -> Option<String> {
    let document = Document::read(trust).ok()?;
    let targets = entries(&document).into_iter().filter(|(_, text)| gone.contains(text));
    Some(narrow::without(&document, &targets.map(|(target, _)| target).collect())?.text)
}

fn entries(document: &Document) -> Vec<(Target, String)> {
    let mut found = Vec::new();
    for (statement, element) in document.statements.iter().enumerate() {
        if let Some(Element::Only(entries)) = &element.principal {
            let targets = entries.iter().enumerate();
            found.extend(targets.map(|(entry, principal)| {
                (Target::Principal { statement, entry }, principal.text.to_string())
            }));
        }
    }
    found
}
