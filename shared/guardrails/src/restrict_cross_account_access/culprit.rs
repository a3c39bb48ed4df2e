//! Who it is that a statement lets in, in words.

use policy::edit::Target;
use policy::{Document, Element, Principal, PrincipalEntry};

use crate::vendors::vendor;
use crate::words::listed;

/// The part of a statement that is at fault.
pub(super) struct Culprit<'a> {
    /// Counted from 0.
    pub(super) statement: usize,
    principal: Option<&'a Element<PrincipalEntry>>,
    /// The guilty entries of `Principal`; empty when the whole statement is guilty.
    entries: Vec<usize>,
}

impl<'a> Culprit<'a> {
    pub(super) fn new(document: &'a Document, statement: usize, entries: &[Target]) -> Self {
        let found = document.statements.get(statement);
        let entries = entries
            .iter()
            .filter_map(|target| match *target {
                Target::Principal { entry, .. } => Some(entry),
                Target::Statement(_) | Target::Action { .. } | Target::Resource { .. } => None,
            })
            .collect();
        Self { statement, principal: found.and_then(|statement| statement.principal.as_ref()), entries }
    }

    /// The guilty principals as they are written.
    pub(super) fn names(&self) -> Vec<String> {
        self.guilty().map(|entry| entry.text.to_string()).collect()
    }

    /// The guilty principals.
    pub(super) fn principals(&self) -> Vec<&'a Principal> {
        self.guilty().map(|entry| &entry.principal).collect()
    }

    fn guilty(&self) -> impl Iterator<Item = &'a PrincipalEntry> {
        let entries = match self.principal {
            None | Some(Element::AllBut(_)) => &[][..],
            Some(Element::Only(entries)) => entries.as_slice(),
        };
        let is_guilty = |index: &usize| self.entries.is_empty() || self.entries.contains(index);
        entries.iter().enumerate().filter(move |(index, _)| is_guilty(index)).map(|(_, entry)| entry)
    }

    /// The same for a sentence.
    pub(super) fn who(&self) -> String {
        match self.principal {
            Some(Element::Only(_)) => {
                let names: Vec<String> = self.guilty().map(called).collect();
                listed(&names)
            }
            Some(Element::AllBut(entries)) if !entries.is_empty() => {
                let names: Vec<String> = entries.iter().map(|entry| format!("`{}`", entry.text)).collect();
                format!("everyone but {}", listed(&names))
            }
            None | Some(Element::AllBut(_)) => "everyone".to_owned(),
        }
    }

    /// What is taken away when the culprit goes.
    pub(super) fn part(&self) -> String {
        let number = self.statement + 1;
        if self.entries.is_empty() {
            format!("statement {number}")
        } else {
            format!("{} of statement {number}", self.who())
        }
    }
}

/// As it is written, and whose account it is if that is known.
fn called(entry: &PrincipalEntry) -> String {
    let account = entry.principal.account().map(|account| account.to_string());
    match account.and_then(|account| vendor(&account)) {
        Some(vendor) => format!("`{}` (an account of {vendor})", entry.text),
        None => format!("`{}`", entry.text),
    }
}
