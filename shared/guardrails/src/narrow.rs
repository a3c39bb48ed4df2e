//! Cuts the guilty parts out of a document and keeps every other byte.
//!
//! Which parts are guilty is found by asking the same question of smaller documents: one that keeps a single
//! `Allow` statement, or a single entry of it, and every `Deny`. That is exact for questions of the form "is
//! there a request that is allowed and must not be", because one statement is enough to allow a request.

use policy::edit::{self, Target};
use policy::{Document, Effect, Element, Statement};

/// The list of a statement that can be cut entry by entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    /// `Principal`, for trust policies.
    Principals,
    /// `Action`, for permission policies.
    Actions,
}

impl List {
    /// How many entries can be cut out of the statement; entries of a `Not...` element cannot, since without
    /// them it would cover more.
    fn len(self, statement: &Statement) -> usize {
        match self {
            Self::Principals => statement.principal.as_ref().map_or(0, cuttable),
            Self::Actions => cuttable(&statement.action),
        }
    }

    fn target(self, statement: usize, entry: usize) -> Target {
        match self {
            Self::Principals => Target::Principal { statement, entry },
            Self::Actions => Target::Action { statement, entry },
        }
    }
}

fn cuttable<T>(element: &Element<T>) -> usize {
    match element {
        Element::Only(entries) => entries.len(),
        Element::AllBut(_) => 0,
    }
}

/// A part of a document that must not be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Guilty {
    pub(crate) statement: usize,
    /// The guilty entries of the list; empty when the whole statement is guilty.
    pub(crate) entries: Vec<usize>,
}

impl Guilty {
    fn targets(&self, list: List) -> Vec<Target> {
        if self.entries.is_empty() {
            vec![Target::Statement(self.statement)]
        } else {
            self.entries.iter().map(|&entry| list.target(self.statement, entry)).collect()
        }
    }
}

/// What is left of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    /// This text, which grants something.
    Kept(String),
    /// Nothing that grants anything.
    Nothing,
    /// The cut did not help: what is left is still guilty, or cannot be read.
    Failed,
}

/// Finds the guilty parts.
pub(crate) fn guilty(document: &Document, list: List, is_guilty: &dyn Fn(&Document) -> bool) -> Vec<Guilty> {
    let mut found = Vec::new();
    for (index, statement) in document.statements.iter().enumerate() {
        if !may_allow(statement) || !isolated(document, index, &[]).is_some_and(|alone| is_guilty(&alone)) {
            continue;
        }
        found.push(Guilty { statement: index, entries: guilty_entries(document, index, list, is_guilty) });
    }
    found
}

/// Cuts the guilty parts out, and with `dead` what can be pruned at the same time.
pub(crate) fn cut(
    document: &Document,
    list: List,
    guilty: &[Guilty],
    dead: &[Target],
    is_guilty: &dyn Fn(&Document) -> bool,
) -> Rest {
    let mut targets: Vec<Target> = guilty.iter().flat_map(|part| part.targets(list)).collect();
    targets.extend_from_slice(dead);
    targets.sort_unstable();
    targets.dedup();
    let Ok(text) = edit::remove(document, &targets) else { return Rest::Failed };
    let Some(text) = text else { return Rest::Nothing };
    match Document::read(text) {
        Ok(rest) if !rest.statements.iter().any(may_allow) => Rest::Nothing,
        Ok(rest) if !is_guilty(&rest) => Rest::Kept(rest.text),
        Ok(_) | Err(_) => Rest::Failed,
    }
}

/// An `Allow`, or a statement that may be one.
pub(crate) fn may_allow(statement: &Statement) -> bool {
    match statement.effect {
        Effect::Allow | Effect::Unreadable => true,
        Effect::Deny => false,
    }
}

/// The entries that are guilty on their own; empty when all are, or when none is alone.
fn guilty_entries(
    document: &Document,
    index: usize,
    list: List,
    is_guilty: &dyn Fn(&Document) -> bool,
) -> Vec<usize> {
    let count = document.statements.get(index).map_or(0, |statement| list.len(statement));
    if count < 2 {
        return Vec::new();
    }
    let alone = |entry: usize| {
        let others: Vec<Target> =
            (0..count).filter(|&other| other != entry).map(|other| list.target(index, other)).collect();
        isolated(document, index, &others)
    };
    let entries: Vec<usize> =
        (0..count).filter(|&entry| alone(entry).is_none_or(|alone| is_guilty(&alone))).collect();
    if entries.len() == count { Vec::new() } else { entries }
}

/// The document with one `Allow` only, less some of its entries, and with every `Deny`.
pub(crate) fn isolated(document: &Document, index: usize, without: &[Target]) -> Option<Document> {
    let others = document.statements.iter().enumerate();
    let mut targets: Vec<Target> = others
        .filter(|(other, statement)| *other != index && may_allow(statement))
        .map(|(other, _)| Target::Statement(other))
        .collect();
    targets.extend_from_slice(without);
    Document::read(edit::remove(document, &targets).ok()??).ok()
}
