//! Action patterns: `s3:Get*`, compared without case.

use crate::{Glob, Span};

/// One entry of `Action` or `NotAction`.
///
/// `*` and `?` range over the whole text, the colon included; letter case does not count (IAM User
/// Guide, "IAM JSON policy elements: Action").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionPattern {
    /// The pattern as written.
    pub glob: Glob,
    /// The JSON string.
    pub span: Span,
}

impl ActionPattern {
    /// Whether the pattern covers `action`, such as `s3:GetObject`.
    #[must_use]
    pub fn matches(&self, action: &str) -> bool {
        self.glob.matches_ignoring_case(action)
    }
}
