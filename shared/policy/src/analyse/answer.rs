//! What a question is answered with.

use std::fmt;

use crate::ConditionKey;

/// The answer to "is this always so?".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<W> {
    /// It is so for every request.
    Proved,
    /// It is not so for this one. The plain evaluator agrees.
    Refuted(W),
    /// Not decided. To be treated as unsafe.
    Unknown(Reason),
}

impl<W> Answer<W> {
    /// Whether it is proved.
    #[must_use]
    pub const fn is_proved(&self) -> bool {
        matches!(self, Self::Proved)
    }

    /// The witness of a refutation.
    #[must_use]
    pub const fn witness(&self) -> Option<&W> {
        match self {
            Self::Refuted(witness) => Some(witness),
            Self::Proved | Self::Unknown(_) => None,
        }
    }
}

/// Why a question was not decided. Displays what to change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The step budget is spent.
    Budget,
    /// A policy variable relates two values of the request.
    Variable(ConditionKey),
    /// Operators of different kinds on one key.
    Mixed(ConditionKey),
    /// A plain operator on a key that has several values.
    PlainOnSet(ConditionKey),
    /// An empty value of the key, of which AWS does not say whether it counts as missing.
    Empty(ConditionKey),
    /// A value of the key that is not of the type that a negated operator compares.
    Mistyped(ConditionKey),
    /// Something that no page of AWS decides.
    Undocumented(String),
    /// A resource pattern whose two documented readings differ.
    Reading,
    /// Something in a statement that is not understood.
    Unreadable(String),
    /// The plain evaluator did not agree with the witness.
    Unconfirmed,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Budget => f.write_str("the step budget is spent; raise it or use fewer wildcards and condition keys"),
            Self::Variable(key) => write!(f, "it depends on the value of the policy variable `${{{key}}}`; write the value out"),
            Self::Mixed(key) => write!(f, "`{key}` is compared both as text and as another type; use operators of one type"),
            Self::PlainOnSet(key) => {
                write!(f, "`{key}` can have several values; test it with `ForAnyValue:` or `ForAllValues:`")
            }
            Self::Empty(key) => write!(
                f,
                "`{key}` may be empty, and AWS does not say whether that counts as missing; test it with `StringLike` `?*`"
            ),
            Self::Mistyped(key) => write!(
                f,
                "AWS does not say whether a value of `{key}` that is not of the operator's type differs from one that is; \
                 use an operator that is not negated"
            ),
            Self::Undocumented(what) => write!(f, "AWS does not say whether {what}; write what you mean"),
            Self::Reading => f.write_str(
                "a wildcard before the fifth colon of a resource may or may not cross colons; write the segments out",
            ),
            Self::Unreadable(what) => write!(f, "not understood: {what}; correct the statement"),
            Self::Unconfirmed => f.write_str("a request was found that the evaluator judges differently; please report this policy"),
        }
    }
}
