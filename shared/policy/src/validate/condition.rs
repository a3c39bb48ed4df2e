//! Conditions that IAM refuses, or that never hold.

use super::{statement::variables, warning};
use crate::{
    Code, Condition, Diagnostic, Effect, Instant, Network, Number, Quantifier, Statement, Test, Version,
};

pub(super) fn check(condition: &Condition, version: Version, found: &mut Vec<Diagnostic>) {
    let span = condition.span;
    if let Test::Unrecognised(name) = &condition.operator.test {
        let diagnostic =
            Diagnostic::error(Code::UnknownOperator, span, format!("`{name}` is no condition operator"));
        found.push(diagnostic.with_iam(format!("Invalid Condition type : {name}.")));
        return;
    }
    let key = condition.key.as_str();
    if !key.contains(':') || key.starts_with(':') || key.ends_with(':') {
        let diagnostic = Diagnostic::error(
            Code::BadConditionKey,
            span,
            format!("the condition key `{key}` names no service"),
        );
        let answer = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
        found.push(diagnostic.with_iam(answer).with_help("global keys begin with `aws:`"));
    }
    if condition.values.is_empty() {
        let message = format!("the condition on `{key}` lists no value");
        found.push(
            warning(Code::Empty, span, message).with_help("it never holds: remove it, or say what is meant"),
        );
    }
    for value in &condition.values {
        if let Some(wanted) =
            wanted(&condition.operator.test, &value.text).filter(|_| value.template.is_none())
        {
            let message =
                format!("`{}` compares {wanted}, which `{}` is not", condition.operator, value.text);
            found.push(
                warning(Code::BadConditionValue, value.span, message).with_help("this value never matches"),
            );
        }
        variables(&value.text, value.span, version, value.template.is_some(), found);
    }
}

/// What the test compares, if the text is none of it.
fn wanted(test: &Test, text: &str) -> Option<&'static str> {
    let (wanted, right) = match test {
        Test::NumericEquals
        | Test::NumericNotEquals
        | Test::NumericLessThan
        | Test::NumericLessThanEquals
        | Test::NumericGreaterThan
        | Test::NumericGreaterThanEquals => ("numbers", Number::parse(text).is_some()),
        Test::DateEquals
        | Test::DateNotEquals
        | Test::DateLessThan
        | Test::DateLessThanEquals
        | Test::DateGreaterThan
        | Test::DateGreaterThanEquals => ("dates", Instant::parse(text).is_some()),
        Test::IpAddress | Test::NotIpAddress => ("addresses", Network::parse(text).is_some()),
        Test::Bool | Test::Null => {
            ("`true` and `false`", text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false"))
        }
        Test::ArnEquals | Test::ArnLike | Test::ArnNotEquals | Test::ArnNotLike => {
            ("ARNs", text == "*" || text.split(':').count() >= 6)
        }
        Test::StringEquals
        | Test::StringNotEquals
        | Test::StringEqualsIgnoreCase
        | Test::StringNotEqualsIgnoreCase
        | Test::StringLike
        | Test::StringNotLike
        | Test::BinaryEquals
        | Test::Unrecognised(_) => return None,
    };
    (!right).then_some(wanted)
}

/// `ForAllValues` holds when its key is missing: in an Allow it needs a `Null` beside it.
pub(super) fn check_guards(statement: &Statement, found: &mut Vec<Diagnostic>) {
    if statement.effect != Effect::Allow {
        return;
    }
    for condition in &statement.conditions {
        let guarded = || {
            statement
                .conditions
                .iter()
                .any(|other| other.operator.test == Test::Null && other.key == condition.key)
        };
        if condition.operator.quantifier == Some(Quantifier::ForAllValues) && !guarded() {
            let message = format!("this also holds when the request has no `{}`", condition.key);
            let help =
                format!("add `\"Null\": {{\"{}\": \"false\"}}`, if the key must be there", condition.key);
            found.push(warning(Code::Risky, condition.span, message).with_help(help));
        }
    }
}
