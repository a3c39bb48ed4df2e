//! Would IAM accept this document, as a policy of this kind? And does it mean what its author thinks?
//!
//! Errors are what IAM refuses (its own answer stands beside ours where it is known); warnings are
//! what it accepts but what does nothing or too much. Where it is not known whether IAM refuses, it is
//! a warning.

mod condition;
mod issuer;
mod principal;
mod quota;
mod statement;

use std::collections::BTreeMap;

use crate::{Code, Diagnostic, Document, Severity, Span, Unreadable};

pub use issuer::{SharedIssuer, shared_issuer};
pub use quota::stored_size;

/// What a policy is attached to, which decides its grammar and its quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Who may assume a role.
    Trust,
    /// Embedded in a role (or user, or group).
    Inline,
    /// A customer managed policy.
    Managed,
    /// A managed policy used as a permissions boundary.
    Boundary,
    /// A service control policy.
    Scp,
    /// A resource control policy.
    Rcp,
    /// The policy of a bucket, queue, key or other resource.
    Resource,
}

impl Kind {
    /// What the document looks like: with principals and actions of `sts` alone, a trust policy; with
    /// principals, a resource's; else a managed policy.
    #[must_use]
    pub fn guess(document: &Document) -> Self {
        if document.statements.iter().all(|statement| statement.principal.is_none()) {
            return Self::Managed;
        }
        let trusts = document.statements.iter().all(|statement| {
            let sts = |text: &str| text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("sts:"));
            statement.resource.is_none()
                && statement.action.entries().iter().all(|entry| sts(entry.glob.as_str()))
        });
        if trusts { Self::Trust } else { Self::Resource }
    }

    /// Whether statements name principals.
    const fn has_principals(self) -> bool {
        match self {
            Self::Trust | Self::Rcp | Self::Resource => true,
            Self::Inline | Self::Managed | Self::Boundary | Self::Scp => false,
        }
    }

    /// In words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trust => "trust policy",
            Self::Inline => "inline policy",
            Self::Managed => "managed policy",
            Self::Boundary => "permissions boundary",
            Self::Scp => "service control policy",
            Self::Rcp => "resource control policy",
            Self::Resource => "resource policy",
        }
    }
}

/// Validates a text that need not even be JSON.
#[must_use]
pub fn validate_text(text: &str, kind: Kind) -> Vec<Diagnostic> {
    match Document::read(text) {
        Ok(document) => validate(&document, kind),
        Err(unreadable) => vec![unreadable.diagnostic(text)],
    }
}

/// Validates a document; the findings come in the order of their places.
#[must_use]
pub fn validate(document: &Document, kind: Kind) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = document.diagnostics.iter().cloned().map(with_answer).collect();
    quota::check(document, kind, &mut found);
    whole(document, kind, &mut found);
    for (index, statement) in document.statements.iter().enumerate() {
        let from = found.len();
        statement::check(document, statement, kind, &mut found);
        for diagnostic in found.iter_mut().skip(from) {
            diagnostic.statement = Some(index);
        }
    }
    found.sort_by_key(|one| (one.span, one.code));
    found
}

/// What IAM says to a text that is JSON but no policy.
fn with_answer(diagnostic: Diagnostic) -> Diagnostic {
    let answer = match diagnostic.code {
        Code::BadVersion => "The policy must contain a valid version string",
        Code::UnknownElement
        | Code::DuplicateKey
        | Code::WrongType
        | Code::Exclusive
        | Code::BadEffect
        | Code::MissingElement => "Syntax errors in policy.",
        Code::Syntax
        | Code::Forbidden
        | Code::BadPrincipal
        | Code::BadAction
        | Code::BadResource
        | Code::UnknownOperator
        | Code::BadConditionKey
        | Code::BadConditionValue
        | Code::BadSid
        | Code::DuplicateSid
        | Code::Empty
        | Code::BadCharacter
        | Code::TooLong
        | Code::SharedIssuer
        | Code::Variable
        | Code::Risky => return diagnostic,
    };
    diagnostic.with_iam(answer)
}

fn whole(document: &Document, kind: Kind, found: &mut Vec<Diagnostic>) {
    let everything = Span::new(0, document.text.len());
    if document.statements.is_empty() {
        let diagnostic = Diagnostic::error(Code::MissingElement, everything, "the document has no statement");
        found.push(diagnostic.with_iam("Missing required field Statement"));
    }
    if document.id.is_some() && !kind.has_principals() {
        let message = format!("`Id` has no place in a {}", kind.as_str());
        found.push(Diagnostic::error(Code::Forbidden, everything, message));
    }
    let mut sids = BTreeMap::new();
    for (index, statement) in document.statements.iter().enumerate() {
        let Some(sid) = statement.sid.as_deref().filter(|sid| !sid.is_empty()) else { continue };
        if sids.insert(sid, index).is_some() {
            let diagnostic = Diagnostic::error(
                Code::DuplicateSid,
                statement.span,
                format!("the `Sid` `{sid}` occurs twice"),
            );
            let answer = "Statement IDs (SID) in a single policy must be unique.";
            found.push(diagnostic.with_iam(answer).in_statement(index));
        }
    }
}

impl Unreadable {
    /// The error as a diagnostic of `text`.
    #[must_use]
    pub fn diagnostic(&self, text: &str) -> Diagnostic {
        let everything = Span::new(0, text.len());
        match self {
            Self::TooLong(_) => Diagnostic::error(Code::TooLong, everything, self.to_string()),
            Self::Syntax { problem, span, .. } => {
                Diagnostic::error(Code::Syntax, *span, *problem).with_iam("This policy contains invalid Json")
            }
            Self::NotAnObject { .. } => Diagnostic::error(Code::WrongType, everything, self.to_string())
                .with_iam("Syntax errors in policy."),
            Self::NoStatement => Diagnostic::error(Code::MissingElement, everything, self.to_string())
                .with_iam("Missing required field Statement"),
            Self::NoStatementList { span, .. } => Diagnostic::error(Code::WrongType, *span, self.to_string())
                .with_iam("Syntax errors in policy."),
        }
    }
}

/// A warning: accepted, but not what it seems.
fn warning(code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(code, span, message).with_severity(Severity::Warning)
}

#[cfg(test)]
mod tests;
