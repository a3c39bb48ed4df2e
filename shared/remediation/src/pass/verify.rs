//! After a write: read back and check again.

use time::OffsetDateTime;

/// Proof that a repair was read back and checked again. Only this module makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    at: OffsetDateTime,
}

impl Verified {
    /// When the repaired role was read back.
    #[must_use]
    pub fn at(&self) -> OffsetDateTime {
        self.at
    }
}
