//! What a condition asks of one value.

use std::net::IpAddr;

use super::points;
use crate::analyse::words::Pattern;

/// A test of one value. Negation is the predicate's, not the test's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ValueTest {
    /// There is a value.
    Presence,
    /// The value is a word of the pattern.
    Words(Pattern),
    /// The value is a number that compares so with one of the bounds.
    Number(Comparison, Vec<i128>),
    /// The value is an instant that compares so with one of the bounds.
    Date(Comparison, Vec<i128>),
    /// The value is an address in one of the networks.
    Address(Vec<(IpAddr, u8)>),
    /// The value is one of these truth values.
    Boolean(Vec<bool>),
}

/// How a number or an instant compares with a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    fn holds(self, value: i128, bound: i128) -> bool {
        match self {
            Self::Equal => value == bound,
            Self::Less => value < bound,
            Self::LessOrEqual => value <= bound,
            Self::Greater => value > bound,
            Self::GreaterOrEqual => value >= bound,
        }
    }
}

/// The kinds of value whose interesting points can be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Words,
    Number,
    Date,
    Address,
    Boolean,
}

impl ValueTest {
    pub(crate) fn kind(&self) -> Option<Kind> {
        match self {
            Self::Presence => None,
            Self::Words(_) => Some(Kind::Words),
            Self::Number(..) => Some(Kind::Number),
            Self::Date(..) => Some(Kind::Date),
            Self::Address(_) => Some(Kind::Address),
            Self::Boolean(_) => Some(Kind::Boolean),
        }
    }

    pub(crate) fn holds(&self, text: &str) -> bool {
        match self {
            Self::Presence => true,
            Self::Words(pattern) => pattern.matches(text),
            Self::Number(comparison, bounds) => compares(points::number(text), *comparison, bounds),
            Self::Date(comparison, bounds) => compares(points::instant(text), *comparison, bounds),
            Self::Address(networks) => {
                text.parse().is_ok_and(|ip| networks.iter().any(|network| points::contains(*network, ip)))
            }
            Self::Boolean(values) => points::boolean(text).is_some_and(|value| values.contains(&value)),
        }
    }

    /// Values between which, for this test, nothing new happens.
    pub(crate) fn points(&self) -> Vec<String> {
        match self {
            Self::Presence => Vec::new(),
            Self::Words(pattern) => pattern.words().unwrap_or_default(),
            Self::Number(..) | Self::Date(..) | Self::Address(_) => Vec::new(),
            Self::Boolean(_) => vec!["true".to_owned(), "false".to_owned()],
        }
    }
}

fn compares(value: Option<i128>, comparison: Comparison, bounds: &[i128]) -> bool {
    value.is_some_and(|value| bounds.iter().any(|bound| comparison.holds(value, *bound)))
}
