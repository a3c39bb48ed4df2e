//! Condition keys, equal without regard to case.

use std::{cmp::Ordering, fmt};

/// The name of a value of the request, such as `aws:PrincipalTag/team`.
///
/// Letter case never counts, in the tag part neither (IAM User Guide, "Condition keys").
#[derive(Clone)]
pub struct ConditionKey(Box<str>);

impl ConditionKey {
    /// The key as written.
    #[must_use]
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// The key as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the key called `name`, in any case.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.0.eq_ignore_ascii_case(name)
    }

    /// The part before the colon: `aws`, `sts`, or an issuer.
    #[must_use]
    pub fn prefix(&self) -> Option<&str> {
        self.0.rsplit_once(':').map(|(prefix, _)| prefix)
    }

    fn folded(&self) -> impl Iterator<Item = u8> {
        self.0.bytes().map(|byte| byte.to_ascii_lowercase())
    }
}

impl PartialEq for ConditionKey {
    fn eq(&self, other: &Self) -> bool {
        self.is(&other.0)
    }
}

impl Eq for ConditionKey {}

impl PartialOrd for ConditionKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ConditionKey {
    fn cmp(&self, other: &Self) -> Ordering {
        let (one, two) = (self.0.as_bytes(), other.0.as_bytes());
        let differ = one.iter().zip(two).find(|(a, b)| a != b && !a.eq_ignore_ascii_case(b));
        differ.map_or_else(
            || one.len().cmp(&two.len()),
            |(a, b)| a.to_ascii_lowercase().cmp(&b.to_ascii_lowercase()),
        )
    }
}

impl std::hash::Hash for ConditionKey {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.folded().for_each(|byte| state.write_u8(byte));
    }
}

impl fmt::Debug for ConditionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0)
    }
}

impl fmt::Display for ConditionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
