//! An identity provider that changed, and the roles that let in whom it vouches for.

use guardrails::{IdentityProvider, ProviderKind, RoleArn};
use serde::{Deserialize, Serialize};

use crate::log_text::{LogSentence, LogText};

/// The most roles that are listed: a notification has room for them, and nobody reads more.
const MOST_ROLES: usize = 100;

/// What people must know of a changed provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderRecord {
    /// What it is.
    pub kind: ProviderKind,
    /// Which one; absent where the event does not tell, so that any of its kind is meant.
    pub provider: Option<LogText>,
    /// The roles that trust it, at most 100.
    pub roles: Vec<LogText>,
    /// How many there are.
    pub total: usize,
    /// How many roles could not be understood, and so may be more of them.
    pub unread: usize,
    /// The same for people.
    pub sentence: LogSentence,
}

impl ProviderRecord {
    pub(crate) fn of(provider: &IdentityProvider, roles: &[RoleArn], unread: usize) -> Self {
        let roles_that = match roles.len() {
            0 => "no role trusts it".to_owned(),
            1 => "one role trusts it".to_owned(),
            total => format!("{total} roles trust it"),
        };
        let more = match unread {
            0 => String::new(),
            unread => format!(", and {unread} more could not be understood"),
        };
        Self {
            kind: provider.kind(),
            provider: provider.name().map(LogText::new),
            roles: roles.iter().take(MOST_ROLES).map(|role| LogText::new(role.as_str())).collect(),
            total: roles.len(),
            unread,
            sentence: LogSentence::new(&format!("{provider} was changed; {roles_that}{more}")),
        }
    }

    /// How bad it may be: as bad as a change of all these trust policies.
    pub(crate) fn severity(&self) -> &'static str {
        if self.total + self.unread > 0 { "high" } else { "low" }
    }
}
