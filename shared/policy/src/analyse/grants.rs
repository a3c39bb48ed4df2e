//! What does a role's policy let it do: single capabilities, and paths to more than it has.
//!
//! A capability is an action on a resource of the right type with what a request of that action
//! carries. A path is a set of capabilities; `catalogue` lists the known ones. Circumstances that the
//! caller can arrange (region, MFA, address, time, tags) never make an Allow harmless; but a path is
//! closed if it takes two values of what a session has only one of (`together`).

mod actions;
mod capabilities;
mod capability;
mod catalogue;
mod holder;
mod services;
mod target;
#[cfg(test)]
mod tests;
mod together;

pub use actions::Reach;
pub use capabilities::Capabilities;

use super::{Answer, Budget, Witness, within::Permissions};
use crate::{AccountId, Partition};

/// What is known of the role and its surroundings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantFacts {
    /// The account of the role.
    pub account: AccountId,
    /// The partition of the role.
    pub partition: Partition,
    /// The role's own ARN, if known.
    pub self_arn: Option<String>,
    /// The id of the own organization, if known.
    pub org_id: Option<String>,
    /// ARNs of boundaries that keep an identity harmless.
    pub safe_boundaries: Vec<String>,
    /// ARNs of policies that are harmless to attach.
    pub safe_policies: Vec<String>,
    /// ARNs of roles that are harmless to pass or assume.
    pub harmless_roles: Vec<String>,
}

impl GrantFacts {
    /// Facts that know only the account.
    #[must_use]
    pub const fn new(account: AccountId) -> Self {
        Self {
            account,
            partition: Partition::Aws,
            self_arn: None,
            org_id: None,
            safe_boundaries: Vec::new(),
            safe_policies: Vec::new(),
            harmless_roles: Vec::new(),
        }
    }
}

/// The answer to [`grants`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grants {
    /// `Proved`: no known way to more permissions is open.
    pub answer: Answer<Witness>,
    /// Whether a way is open, or perhaps is.
    pub escalates: bool,
    /// Whether the permissions are those of an administrator, but for what the holder can undo.
    pub admin: bool,
    /// The open ways: each the actions it takes, `iam:PassRole` first.
    pub paths: Vec<&'static [&'static str]>,
}

/// Which ways to more permissions than it has are open to a role?
///
/// The permissions' first layer are the identity policies, further ones boundaries.
#[must_use]
pub fn grants(permissions: &Permissions<'_>, facts: &GrantFacts, budget: Budget) -> Grants {
    Capabilities::new(permissions, facts).grants(budget)
}

/// Are the permissions those of an administrator, but for what the holder can undo?
///
/// The same as [`Grants::admin`], and soon decided for everybody else.
#[must_use]
pub fn is_administrator(permissions: &Permissions<'_>, facts: &GrantFacts, budget: Budget) -> bool {
    Capabilities::new(permissions, facts).are_an_administrators(budget).is_some()
}

/// Is no request allowed whose action matches the glob `action`, on any resource, in any context?
///
/// `Refuted` shows a request that is allowed.
#[must_use]
pub fn never_allows(
    permissions: &Permissions<'_>,
    action: &str,
    facts: &GrantFacts,
    budget: Budget,
) -> Answer<Witness> {
    Capabilities::new(permissions, facts).never_allow(action, budget)
}
