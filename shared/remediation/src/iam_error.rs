//! What IAM answered instead of doing it, sorted by what to do next.

/// An answer of IAM (or of the way to it) other than success.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IamError {
    /// The role or the policy is not there, or not yet (`NoSuchEntity`).
    #[error("`{0}` does not exist")]
    Absent(String),
    /// AWS owns the role (`UnmodifiableEntity`). Never retried.
    #[error("`{0}` can only be changed by AWS")]
    Unmodifiable(String),
    /// IAM refuses the document (`MalformedPolicyDocument`); the text is IAM's own.
    #[error("IAM refuses the document: {0}")]
    Malformed(String),
    /// A quota is exhausted (`LimitExceeded`); the text is IAM's own.
    #[error("a quota is exhausted: {0}")]
    LimitExceeded(String),
    /// The caller may not do it (`AccessDenied`): a policy, a boundary or an SCP stands in the way. Never
    /// retried; it may mean that someone tampered with our own role.
    #[error("access denied: {0}")]
    Denied(String),
    /// IAM asks to come back later (`Throttling`), is unwell (`ServiceFailure`) or reports a concurrent
    /// change. The call did nothing.
    #[error("IAM asks to try again: {0}")]
    TryAgain(String),
    /// The call may or may not have been carried out (a timeout, a broken connection). Read before writing
    /// again.
    #[error("no answer from IAM, so the call may have been carried out: {0}")]
    Unanswered(String),
    /// The account in memory was never told: an event or a dump does not show it. The text says what is missing.
    #[error("{0}")]
    Unseen(String),
    /// An answer that this version does not understand.
    #[error("unexpected answer from IAM: {0}")]
    Unexpected(String),
}

impl IamError {
    /// Can the same call succeed later?
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::TryAgain(_) | Self::Unanswered(_) => true,
            Self::Absent(_)
            | Self::Unmodifiable(_)
            | Self::Malformed(_)
            | Self::LimitExceeded(_)
            | Self::Denied(_)
            | Self::Unseen(_)
            | Self::Unexpected(_) => false,
        }
    }
}
