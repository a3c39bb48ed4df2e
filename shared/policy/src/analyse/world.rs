//! What the keys of a request mean to the question asked. The same engine answers all questions;
//! only the world differs.

use super::{
    space::{Name, Value},
    words::{Class, Pattern, Token},
};
use crate::{ConditionKey, Request};

/// Who asks, in which circumstances.
pub(crate) trait World {
    /// What `key` means here.
    fn key(&self, key: &ConditionKey) -> Meaning;

    /// Fills in what the request owes to dimensions of this world, and to its constants.
    fn complete(&self, request: &mut Request, value: &dyn Fn(&Name) -> Option<Value>) {
        let _ = (request, value);
    }

    /// Whether each request of a joint question has its own value of `key`; otherwise the caller or
    /// his session has one.
    fn belongs_to_one_request(&self, key: &ConditionKey) -> bool {
        let _ = key;
        false
    }

    /// Values worth trying for a policy variable over `key`.
    fn samples(&self, key: &ConditionKey) -> Vec<String> {
        let _ = key;
        vec!["alice".to_owned()]
    }
}

/// What a condition key means in a world.
pub(crate) enum Meaning {
    /// Always this value, or always missing.
    Constant(Value),
    /// A dimension of its own.
    Free {
        /// Whether requests may come without it.
        may_miss: bool,
        /// Whether it is multivalued; absent, if a set operator is used on it.
        several: Option<bool>,
        /// The values it can have.
        base: Option<Pattern>,
    },
    /// A function of another dimension.
    Part(Part),
}

impl Meaning {
    pub(crate) const ABSENT: Self = Self::Constant(Value::Missing);

    pub(crate) fn is(text: impl Into<String>) -> Self {
        Self::Constant(Value::One(text.into()))
    }

    /// A key of its own, that any request may have or miss.
    pub(crate) fn free(key: &ConditionKey) -> Self {
        Self::Free { may_miss: true, several: crate::analyse::keys::several(key), base: None }
    }
}

/// A key whose value is a part of the text of a dimension: `before`, the value, `after`.
pub(crate) struct Part {
    pub(crate) dimension: Name,
    pub(crate) before: String,
    /// What the value is made of.
    pub(crate) class: Class,
    pub(crate) after: Vec<Token>,
    /// The value is an account id, which numbers may be compared with.
    pub(crate) is_account: bool,
}
