//! Would IAM take a trust policy? Asked before it is planned, so that a repair does not fail on what has been
//! stored since before IAM refused it.

use policy::{Code, Diagnostic, Document, Kind, Severity, validate};

/// What IAM would object to.
pub(crate) fn refusal(document: &Document) -> Option<String> {
    let diagnostics = validate(document, Kind::Trust);
    Some(diagnostics.into_iter().find(is_refusal)?.message)
}

/// Words that are unknown here may be newer than this table: IAM has stored them, so nothing is taken away for
/// their sake. Should IAM refuse them all the same, the step has another form in reserve.
fn is_refusal(diagnostic: &Diagnostic) -> bool {
    let may_be_newer = matches!(
        diagnostic.code,
        Code::UnknownElement | Code::UnknownOperator | Code::BadConditionKey | Code::BadConditionValue
    );
    diagnostic.severity == Severity::Error && !may_be_newer
}
