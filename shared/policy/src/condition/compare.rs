//! One value of the request against the listed values of a condition.

use std::cmp::Ordering;

use super::{Condition, ConditionValue, Instant, Network, Number, Parts, Test, boolean, same_letter};
use crate::{
    Context, glob,
    glob::{
        Case,
        tokens::{Colons, matches},
    },
};

/// Whether `have` passes the test: it matches some listed value, or none if the test is negated.
///
/// What is no number, date, address or ARN pattern equals nothing and differs from nothing: AWS does
/// not say what a negated test makes of it, and an Allow must not rest on it.
pub(super) fn passes(condition: &Condition, have: &str, context: &Context) -> bool {
    let test = &condition.operator.test;
    let arn = matches!(test, Test::ArnEquals | Test::ArnLike | Test::ArnNotEquals | Test::ArnNotLike);
    if condition.is_mistyped() || (!arn && !differs_from(test, have)) {
        return false;
    }
    let matched = condition.values.iter().any(|value| matches_one(test, value, have, context));
    matched != test.is_negated()
}

impl Condition {
    /// Whether the condition lists a value of which AWS does not say how it is read: one under a negated test that
    /// is not of its type, or under an ARN test what is no pattern of an ARN.
    pub(crate) fn is_mistyped(&self) -> bool {
        !self.values.iter().all(|value| differs_from(&self.operator.test, &value.text))
    }
}

/// Whether `text` is such that a negated test can say whether something differs from it.
fn differs_from(test: &Test, text: &str) -> bool {
    match test {
        Test::NumericNotEquals => Number::parse(text).is_some(),
        Test::DateNotEquals => Instant::parse(text).is_some(),
        Test::NotIpAddress => Network::parse(text).is_some(),
        Test::ArnEquals | Test::ArnLike | Test::ArnNotEquals | Test::ArnNotLike => {
            Parts::of_text(text) != Parts::TooFew
        }
        Test::StringEquals
        | Test::StringNotEquals
        | Test::StringEqualsIgnoreCase
        | Test::StringNotEqualsIgnoreCase
        | Test::StringLike
        | Test::StringNotLike
        | Test::NumericEquals
        | Test::NumericLessThan
        | Test::NumericLessThanEquals
        | Test::NumericGreaterThan
        | Test::NumericGreaterThanEquals
        | Test::DateEquals
        | Test::DateLessThan
        | Test::DateLessThanEquals
        | Test::DateGreaterThan
        | Test::DateGreaterThanEquals
        | Test::Bool
        | Test::BinaryEquals
        | Test::IpAddress
        | Test::Null
        | Test::Unrecognised(_) => true,
    }
}

fn matches_one(test: &Test, value: &ConditionValue, have: &str, context: &Context) -> bool {
    let text = &*value.text;
    match test {
        Test::StringEquals | Test::StringNotEquals => equals(value, have, context, |a, b| a == b),
        Test::StringEqualsIgnoreCase | Test::StringNotEqualsIgnoreCase => {
            equals(value, have, context, equal_ignoring_case)
        }
        Test::Bool => equals(value, have, context, |a, b| boolean(a).is_some() && boolean(a) == boolean(b)),
        Test::BinaryEquals => text == have,
        Test::StringLike | Test::StringNotLike => like(value, have, context),
        Test::ArnEquals | Test::ArnLike | Test::ArnNotEquals | Test::ArnNotLike => {
            arn_like(value, have, context)
        }
        Test::NumericEquals | Test::NumericNotEquals => number(text, have, Ordering::is_eq),
        Test::NumericLessThan => number(text, have, Ordering::is_lt),
        Test::NumericLessThanEquals => number(text, have, Ordering::is_le),
        Test::NumericGreaterThan => number(text, have, Ordering::is_gt),
        Test::NumericGreaterThanEquals => number(text, have, Ordering::is_ge),
        Test::DateEquals | Test::DateNotEquals => date(text, have, Ordering::is_eq),
        Test::DateLessThan => date(text, have, Ordering::is_lt),
        Test::DateLessThanEquals => date(text, have, Ordering::is_le),
        Test::DateGreaterThan => date(text, have, Ordering::is_gt),
        Test::DateGreaterThanEquals => date(text, have, Ordering::is_ge),
        Test::IpAddress | Test::NotIpAddress => address(text, have),
        Test::Null | Test::Unrecognised(_) => false,
    }
}

/// A value whose variable is missing equals nothing.
fn equals(value: &ConditionValue, have: &str, context: &Context, equal: impl Fn(&str, &str) -> bool) -> bool {
    match &value.template {
        None => equal(&value.text, have),
        Some(template) => template.text(context).is_some_and(|text| equal(&text, have)),
    }
}

fn equal_ignoring_case(one: &str, other: &str) -> bool {
    one.chars().count() == other.chars().count()
        && one.chars().zip(other.chars()).all(|(one, other)| same_letter(one, other))
}

fn like(value: &ConditionValue, have: &str, context: &Context) -> bool {
    match &value.template {
        None => glob::matches(&value.text, have, Case::Sensitive),
        Some(template) => {
            template.tokens(context).is_some_and(|tokens| matches(tokens.as_slice(), have, Colons::Crossed))
        }
    }
}

fn arn_like(value: &ConditionValue, have: &str, context: &Context) -> bool {
    match &value.template {
        None => parts_match(Parts::of_text(&value.text), have, |want, part| {
            glob::matches(want, part, Case::Sensitive)
        }),
        Some(template) => template.tokens(context).is_some_and(|tokens| {
            parts_match(Parts::of_tokens(&tokens), have, |want, part| matches(want, part, Colons::Crossed))
        }),
    }
}

fn parts_match<P: ?Sized>(wanted: Parts<'_, P>, have: &str, matches: impl Fn(&P, &str) -> bool) -> bool {
    let Parts::Six(parts) = Parts::of_text(have) else { return false };
    parts.first() == Some(&"arn")
        && match wanted {
            Parts::Any => true,
            Parts::Six(wanted) => wanted.iter().zip(parts).all(|(want, part)| matches(want, part)),
            Parts::TooFew => false,
        }
}

fn number(text: &str, have: &str, wanted: impl Fn(Ordering) -> bool) -> bool {
    let compared = Number::parse(have).zip(Number::parse(text));
    compared.is_some_and(|(have, limit)| wanted(have.cmp(&limit)))
}

fn date(text: &str, have: &str, wanted: impl Fn(Ordering) -> bool) -> bool {
    let compared = Instant::parse(have).zip(Instant::parse(text));
    compared.is_some_and(|(have, limit)| wanted(have.cmp(&limit)))
}

fn address(text: &str, have: &str) -> bool {
    let compared = Network::parse(text).zip(have.parse().ok());
    compared.is_some_and(|(network, address)| network.contains(address))
}
