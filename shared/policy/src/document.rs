//! A policy document: statements, and what was not understood.

mod read;
mod statement;

use crate::{ActionPattern, Condition, Context, Diagnostic, Position, PrincipalEntry, ResourcePattern, Span};

/// Longer texts are refused unread. IAM stores far less; this bounds time and memory.
pub const MAX_BYTES: usize = 262_144;

/// A policy document, read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Document {
    /// The source. Edits and spans refer to it.
    pub text: String,
    /// The language version.
    pub version: Version,
    /// `Id`, if any.
    pub id: Option<String>,
    /// The statements in order.
    pub statements: Vec<Statement>,
    /// What was not understood, of the document and of all its statements.
    pub diagnostics: Vec<Diagnostic>,
}

/// The version of the policy language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// `2008-10-17`, also when no version is written: policy variables are plain text.
    V2008,
    /// `2012-10-17`.
    V2012,
}

impl Version {
    /// The value of the `Version` element.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V2008 => "2008-10-17",
            Self::V2012 => "2012-10-17",
        }
    }
}

/// One statement.
///
/// What cannot be read is widened: an unreadable `Action` becomes "all but nothing", an unreadable
/// condition is left out. So the typed statement covers at least what the text covers, and exactly
/// that if [`unreadable`](Self::unreadable) is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statement {
    /// `Sid`, if any.
    pub sid: Option<String>,
    /// Allow, deny, or unknown.
    pub effect: Effect,
    /// `Principal` or `NotPrincipal`.
    pub principal: Option<Element<PrincipalEntry>>,
    /// `Action` or `NotAction`.
    pub action: Element<ActionPattern>,
    /// `Resource` or `NotResource`.
    pub resource: Option<Element<ResourcePattern>>,
    /// All must hold.
    pub conditions: Vec<Condition>,
    /// What was not understood; if there is any, the statement only *perhaps* applies.
    pub unreadable: Vec<Diagnostic>,
    /// What IAM would refuse although its meaning is plain.
    pub refused: Vec<Diagnostic>,
    /// The whole statement in the source.
    pub span: Span,
}

impl Statement {
    /// Whether `Action` or `NotAction` covers this action.
    #[must_use]
    pub fn covers_action(&self, action: &str) -> bool {
        let named = self.action.entries().iter().any(|pattern| pattern.matches(action));
        named != self.action.is_inverted()
    }

    /// Whether `Resource` or `NotResource` covers this resource. A statement without either covers the
    /// resource its policy belongs to; a list without entries covers nothing.
    #[must_use]
    pub fn covers_resource(&self, resource: &str, context: &Context) -> bool {
        self.resource.as_ref().is_none_or(|element| {
            let named = element.entries().iter().any(|pattern| pattern.matches(resource, context));
            named != element.is_inverted()
        })
    }
}

/// What a statement does when it applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// `Allow`
    Allow,
    /// `Deny`
    Deny,
    /// Neither word, or the element is absent: it may be either.
    Unreadable,
}

/// A list that a statement wants matched, or wants not matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Element<T> {
    /// `Action`, `Resource`, `Principal`: what any of these covers.
    Only(Vec<T>),
    /// `NotAction`, `NotResource`, `NotPrincipal`: what none of these covers.
    AllBut(Vec<T>),
}

impl<T> Element<T> {
    /// The entries, whichever way they are meant.
    #[must_use]
    pub fn entries(&self) -> &[T] {
        match self {
            Self::Only(entries) | Self::AllBut(entries) => entries,
        }
    }

    /// Whether this is a `Not...` element.
    #[must_use]
    pub const fn is_inverted(&self) -> bool {
        match self {
            Self::Only(_) => false,
            Self::AllBut(_) => true,
        }
    }

    /// The element that covers everything: what an unreadable one is taken for.
    #[must_use]
    pub const fn anything() -> Self {
        Self::AllBut(Vec::new())
    }
}

/// Why a text is not a policy document at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Longer than [`MAX_BYTES`].
    #[error("the document has {0} bytes; at most {MAX_BYTES} are read")]
    TooLong(usize),
    /// Not JSON.
    #[error("{position}: {problem}")]
    Syntax {
        /// What is wrong.
        problem: &'static str,
        /// Where, for people.
        position: Position,
        /// Where, in bytes.
        span: Span,
    },
    /// JSON, but not an object.
    #[error("a policy document is a JSON object, not {found}")]
    NotAnObject {
        /// What was found instead, in words.
        found: &'static str,
    },
    /// An object without statements: it may be anything, and says nothing about what is allowed. An empty
    /// list is a list.
    #[error("the object has no `Statement`, so it is no policy document")]
    NoStatement,
    /// A `Statement` that is neither a list nor an object.
    #[error("`Statement` is a list of statements, or one, not {found}")]
    NoStatementList {
        /// What was found instead, in words.
        found: &'static str,
        /// Where, in bytes.
        span: Span,
    },
}

impl Document {
    /// Reads a policy document.
    ///
    /// # Errors
    /// Only if `text` is no JSON object, or too long, or holds no statements to read. All else that is not understood is in
    /// [`diagnostics`](Self::diagnostics) and on the statement it concerns.
    pub fn read(text: impl Into<String>) -> Result<Self, Unreadable> {
        read::document(text.into())
    }
}
