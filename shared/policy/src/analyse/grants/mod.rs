//! What does a role's policy let it do: single capabilities, and paths to more than it has.

use super::{Answer, Budget, Reason, Witness, within::Permissions};
use crate::AccountId;

/// What is known of the role and its surroundings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantFacts {
    /// The account of the role.
    pub account: AccountId,
    /// The partition of the role.
    pub partition: crate::Partition,
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
            partition: crate::Partition::Aws,
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
    pub paths: Vec<Vec<&'static str>>,
}

/// Which ways to more permissions than it has are open to a role?
///
/// The permissions' first layer are the identity policies, further ones boundaries.
#[must_use]
pub fn grants(permissions: &Permissions<'_>, facts: &GrantFacts, budget: Budget) -> Grants {
    let _ = (permissions, facts, budget);
    Grants { answer: Answer::Unknown(Reason::Budget), escalates: true, admin: false, paths: Vec::new() }
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
    let _ = (permissions, action, facts, budget);
    Answer::Unknown(Reason::Budget)
}
