//! What a condition asks of one value.

use std::net::IpAddr;

use crate::{Instant, Network, Number, analyse::words::Pattern, condition::boolean};

/// A test of one value. Negation of tests of text is the predicate's; other types are negated by the test itself,
/// since it fails for a value that is not of its type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ValueTest {
    /// There is a value.
    Presence,
    /// The value is a word of the pattern.
    Words(Pattern),
    /// The value is a number that compares so with one of the bounds.
    Number(Comparison, Vec<Number>),
    /// The value is an instant that compares so with one of the bounds.
    Date(Comparison, Vec<Instant>),
    /// The value is an address in one of the networks.
    Address(Vec<Network>),
    /// The value is an address in none of the networks.
    AddressOutside(Vec<Network>),
    /// The value is one of these truth values.
    Boolean(Vec<bool>),
}

/// How a number or an instant compares with a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Comparison {
    Equal,
    /// With every bound.
    Different,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    fn holds<T: Ord>(self, value: &T, bounds: &[T]) -> bool {
        match self {
            Self::Equal => bounds.contains(value),
            Self::Different => !bounds.contains(value),
            Self::Less => bounds.iter().any(|bound| value < bound),
            Self::LessOrEqual => bounds.iter().any(|bound| value <= bound),
            Self::Greater => bounds.iter().any(|bound| value > bound),
            Self::GreaterOrEqual => bounds.iter().any(|bound| value >= bound),
        }
    }
}

/// How values are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Words,
    Number,
    Date,
    Address,
    Boolean,
}

impl ValueTest {
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Presence | Self::Words(_) => Kind::Words,
            Self::Number(..) => Kind::Number,
            Self::Date(..) => Kind::Date,
            Self::Address(_) | Self::AddressOutside(_) => Kind::Address,
            Self::Boolean(_) => Kind::Boolean,
        }
    }

    /// The words that pass, of a test of words.
    pub(crate) fn pattern(&self) -> Option<&Pattern> {
        match self {
            Self::Words(pattern) => Some(pattern),
            Self::Presence
            | Self::Number(..)
            | Self::Date(..)
            | Self::Address(_)
            | Self::AddressOutside(_)
            | Self::Boolean(_) => None,
        }
    }

    /// Whether it passes what differs.
    pub(crate) fn is_negated(&self) -> bool {
        match self {
            Self::Number(comparison, _) | Self::Date(comparison, _) => *comparison == Comparison::Different,
            Self::AddressOutside(_) => true,
            Self::Presence | Self::Words(_) | Self::Address(_) | Self::Boolean(_) => false,
        }
    }

    pub(crate) fn holds(&self, text: &str) -> bool {
        let in_one_of =
            |networks: &[Network], ip: IpAddr| networks.iter().any(|network| network.contains(ip));
        match self {
            Self::Presence => true,
            Self::Words(pattern) => pattern.matches(text),
            Self::Number(comparison, bounds) => {
                Number::parse(text).is_some_and(|value| comparison.holds(&value, bounds))
            }
            Self::Date(comparison, bounds) => {
                Instant::parse(text).is_some_and(|value| comparison.holds(&value, bounds))
            }
            Self::Address(networks) => text.parse().is_ok_and(|ip| in_one_of(networks, ip)),
            Self::AddressOutside(networks) => text.parse().is_ok_and(|ip| !in_one_of(networks, ip)),
            Self::Boolean(values) => boolean(text).is_some_and(|value| values.contains(&value)),
        }
    }
}
