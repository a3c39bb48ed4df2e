//! Changes to a document that keep every byte they do not mean: order, spaces, unknown elements.
//!
//! What a removal empties goes away with it: the last entry takes its list, the last list its
//! `Principal`, `Action` or `Resource`, any of these its statement. With the last statement nothing is left.

mod cut;

use crate::{Document, Element, Span, json};

/// Something to take out of a document. Indices count from 0, as in the typed document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// A whole statement.
    Statement(usize),
    /// One entry of a statement's `Principal`.
    Principal {
        /// The statement.
        statement: usize,
        /// The entry.
        entry: usize,
    },
    /// One entry of a statement's `Action`.
    Action {
        /// The statement.
        statement: usize,
        /// The entry.
        entry: usize,
    },
    /// One entry of a statement's `Resource`.
    Resource {
        /// The statement.
        statement: usize,
        /// The entry.
        entry: usize,
    },
}

impl Target {
    /// The statement that it is, or is part of.
    #[must_use]
    pub const fn statement(self) -> usize {
        match self {
            Self::Statement(statement)
            | Self::Principal { statement, .. }
            | Self::Action { statement, .. }
            | Self::Resource { statement, .. } => statement,
        }
    }
}

/// Why a document cannot be edited so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The index is beyond the last statement.
    #[error("statement {} does not exist: the document has {}", .0 + 1, .1)]
    NoSuchStatement(usize, usize),
    /// The index is beyond the last entry, or the statement has no such element.
    #[error("statement {} has no such entry", .0 + 1)]
    NoSuchEntry(usize),
    /// Taking an entry out of `NotAction` or `NotPrincipal` would widen the statement.
    #[error("an entry of a `Not...` element of statement {} cannot be removed: the statement would cover more", .0 + 1)]
    Inverted(usize),
    /// There is no statement to put another one beside.
    #[error("the document has no statement list to add to")]
    NoStatements,
    /// The new statement is no JSON object, or the document would not be readable with it.
    #[error("the new statement does not fit: {0}")]
    BadStatement(String),
}

/// Takes the targets out; `None` if no statement is left.
///
/// # Errors
/// If a target does not exist, or is an entry of a `Not...` element.
pub fn remove(document: &Document, targets: &[Target]) -> Result<Option<String>, EditError> {
    let spans = targets.iter().map(|&target| span(document, target)).collect::<Result<Vec<_>, _>>()?;
    Ok(cut::cut(document, &spans))
}

/// Takes whole statements out; `None` if none is left.
///
/// # Errors
/// If one does not exist.
pub fn remove_statements(document: &Document, statements: &[usize]) -> Result<Option<String>, EditError> {
    remove(document, &statements.iter().map(|&index| Target::Statement(index)).collect::<Vec<_>>())
}

/// Takes entries out of a statement's `Principal`; `None` if no statement is left.
///
/// # Errors
/// If one does not exist, or the element is `NotPrincipal`.
pub fn remove_principals(
    document: &Document,
    statement: usize,
    entries: &[usize],
) -> Result<Option<String>, EditError> {
    remove(document, &entries.iter().map(|&entry| Target::Principal { statement, entry }).collect::<Vec<_>>())
}

/// Takes entries out of a statement's `Action`; `None` if no statement is left.
///
/// # Errors
/// If one does not exist, or the element is `NotAction`.
pub fn remove_actions(
    document: &Document,
    statement: usize,
    entries: &[usize],
) -> Result<Option<String>, EditError> {
    remove(document, &entries.iter().map(|&entry| Target::Action { statement, entry }).collect::<Vec<_>>())
}

/// Puts `statement`, a JSON object, in the place of the one with this index.
///
/// # Errors
/// If there is none, or `statement` is no JSON object.
pub fn replace_statement(document: &Document, index: usize, statement: &str) -> Result<String, EditError> {
    let place = span(document, Target::Statement(index))?;
    splice(document, place, statement, document.statements.len())
}

/// Adds `statement`, a JSON object, behind the last one, spaced like those before it.
///
/// # Errors
/// If the document has no `Statement`, or `statement` is no JSON object.
pub fn add_statement(document: &Document, statement: &str) -> Result<String, EditError> {
    let tape = json::read(&document.text).map_err(|_| EditError::NoStatements)?;
    let root = tape.root(&document.text).ok_or(EditError::NoStatements)?;
    let named = |(key, _): &(json::Value<'_>, json::Value<'_>)| key.string().as_deref() == Some("Statement");
    let (_, list) = root.members().filter(named).last().ok_or(EditError::NoStatements)?;
    let (place, text) = cut::addition(list, &document.text, statement);
    splice(document, place, &text, document.statements.len() + 1)
}

/// Replaces a place of the text and checks that the result has the wanted number of statements.
fn splice(document: &Document, place: Span, text: &str, statements: usize) -> Result<String, EditError> {
    let source = &document.text;
    let before = Span::new(0, place.start).of(source);
    let after = Span::new(place.end, source.len()).of(source);
    let edited = [before, text, after].concat();
    let read = Document::read(edited).map_err(|error| EditError::BadStatement(error.to_string()))?;
    let objects = read.statements.iter().all(|statement| statement.span.of(&read.text).starts_with('{'));
    if read.statements.len() != statements || !objects {
        return Err(EditError::BadStatement("it is not exactly one JSON object".to_owned()));
    }
    Ok(read.text)
}

fn span(document: &Document, target: Target) -> Result<Span, EditError> {
    let index = target.statement();
    let missing = EditError::NoSuchStatement(index, document.statements.len());
    let statement = document.statements.get(index).ok_or(missing)?;
    match target {
        Target::Statement(_) => Ok(statement.span),
        Target::Principal { entry, .. } => {
            let element = statement.principal.as_ref().ok_or(EditError::NoSuchEntry(index))?;
            self::entry(element, index, entry).map(|entry| entry.span)
        }
        Target::Action { entry, .. } => self::entry(&statement.action, index, entry).map(|entry| entry.span),
        Target::Resource { entry, .. } => {
            let element = statement.resource.as_ref().ok_or(EditError::NoSuchEntry(index))?;
            self::entry(element, index, entry).map(|entry| entry.span)
        }
    }
}

fn entry<T>(element: &Element<T>, statement: usize, entry: usize) -> Result<&T, EditError> {
    match element {
        Element::Only(entries) => entries.get(entry).ok_or(EditError::NoSuchEntry(statement)),
        Element::AllBut(_) => Err(EditError::Inverted(statement)),
    }
}

#[cfg(test)]
mod tests;
