//! Would IAM take a trust policy? Asked before it is planned, so that a repair does not fail on what has been
//! stored since before IAM refused it.

use policy::{Document, Kind, Severity, validate};

/// What IAM would object to.
pub(crate) fn refusal(document: &Document) -> Option<String> {
    let diagnostics = validate(document, Kind::Trust);
    let error = diagnostics.into_iter().find(|diagnostic| diagnostic.severity == Severity::Error)?;
    Some(error.message)
}
